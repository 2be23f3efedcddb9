//! Alerts, as they are listed, streamed and sent.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::engine::{Alert, AlertReason, Alerts, Glimpse};
use crate::wire::Hundredths;

/// `{"seq", "at", "what", "posting", ...}`: one alert. `what` is `match`, with `own`, `lane`, `lane_label`, `score` and
/// `rank`, or `watch`, with `watches`.
#[derive(Debug, Serialize)]
pub struct AlertBody {
    seq: u64,
    at: String,
    what: &'static str,
    posting: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lane: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lane_label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<Hundredths>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watches: Option<Vec<String>>,
}

impl AlertBody {
    /// Builds the shape of an alert.
    pub fn new(alert: &Alert) -> Self {
        let body = Self {
            seq: alert.seq,
            at: alert.at.clone(),
            what: "watch",
            posting: posting(&alert.posting),
            own: None,
            lane: None,
            lane_label: None,
            score: None,
            rank: None,
            watches: None,
        };
        match &alert.reason {
            AlertReason::Match { own, lane, lane_label, score, rank } => Self {
                what: "match",
                own: Some(posting(own)),
                lane: Some(lane.clone()),
                lane_label: Some(lane_label.clone()),
                score: Some(Hundredths(score.0)),
                rank: Some(*rank),
                ..body
            },
            AlertReason::Watch { watches } => {
                Self { watches: Some(watches.iter().map(ToString::to_string).collect()), ..body }
            }
        }
    }
}

/// `{"as_of", "items", "next"}`: some alerts.
#[derive(Debug, Serialize)]
pub struct AlertPageBody {
    as_of: String,
    items: Vec<AlertBody>,
    next: Option<String>,
}

impl AlertPageBody {
    /// Builds the answer.
    pub fn new(as_of: Date, alerts: &Alerts) -> Self {
        let next = alerts.has_more.then(|| alerts.last.to_string());
        Self { as_of: as_of.to_string(), items: alerts.items.iter().map(AlertBody::new).collect(), next }
    }
}

fn posting(glimpse: &Glimpse) -> Json {
    let party = glimpse.party.as_ref().map(|(id, name)| json!({ "id": id.to_string(), "name": name }));
    json!({
        "id": glimpse.id.to_string(), "kind": glimpse.kind, "party": party, "title": glimpse.title,
        "state": glimpse.state.name(),
    })
}
