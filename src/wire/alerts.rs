//! Alerts, as they are listed, streamed and sent, and saved searches.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::{Alert, AlertReason, Alerts, NewWatch, Page, WatchSight};
use crate::wire::Hundredths;
use crate::wire::records::GlimpseBody;

/// `{"seq", "at", "what", "posting", ...}`: one alert. `what` is `match`, with `own`, `lane`, `lane_label`, `score` and
/// `rank`, or `watch`, with `watches`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AlertBody {
    seq: u64,
    at: String,
    what: &'static str,
    posting: GlimpseBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<GlimpseBody>,
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
            posting: GlimpseBody::from(&alert.posting),
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
                own: Some(GlimpseBody::from(own)),
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
#[derive(Debug, Serialize, JsonSchema)]
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

/// `{"text", "kind", "lane", "side", "region", "chain", "tier", "threshold"}`: a search to be saved.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWatchBody {
    text: String,
    kind: Option<String>,
    lane: Option<String>,
    side: Option<String>,
    region: Option<String>,
    chain: Option<String>,
    tier: Option<String>,
    threshold: Option<u32>,
}

impl From<NewWatchBody> for NewWatch {
    fn from(body: NewWatchBody) -> Self {
        let NewWatchBody { text, kind, lane, side, region, chain, tier, threshold } = body;
        Self { text, kind, lane, side, region, chain, tier, threshold }
    }
}

/// `{"id", "fields"}`: one saved search.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WatchBody {
    id: String,
    fields: BTreeMap<String, String>,
}

impl WatchBody {
    /// Builds the answer.
    pub fn new(watch: &WatchSight) -> Self {
        Self { id: watch.id.to_string(), fields: watch.cells.clone() }
    }
}

/// `{"as_of", "items", "next"}`: some saved searches.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WatchPageBody {
    as_of: String,
    items: Vec<WatchBody>,
    next: Option<String>,
}

impl WatchPageBody {
    /// Builds the answer.
    pub fn new(as_of: Date, page: &Page<WatchSight>) -> Self {
        let items = page.items.iter().map(WatchBody::new).collect();
        Self { as_of: as_of.to_string(), items, next: page.next.clone() }
    }
}
