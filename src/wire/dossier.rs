//! One party's file.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::engine::{Dossier, IntentSight, Listed};
use crate::model::RecordId;
use crate::wire::records::{GlimpseBody, RecordBody};
use crate::wire::{MatchListBody, party_links};

/// `{"as_of", "party", "tier", "links", "track_record", "facts", "postings", "matches", "intents", "outcomes"}`; the last
/// five are `{"total", "items"}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DossierBody {
    as_of: String,
    party: OwnerBody,
    tier: Option<&'static str>,
    links: Vec<Json>,
    track_record: Option<f64>,
    facts: ListedBody<RecordBody>,
    postings: ListedBody<GlimpseBody>,
    matches: ListedBody<MatchListBody>,
    intents: ListedBody<IntentItemBody>,
    outcomes: ListedBody<OutcomeItemBody>,
}

/// Whose file it is.
#[derive(Debug, Serialize, JsonSchema)]
struct OwnerBody {
    id: String,
    name: String,
    uscc: Option<String>,
    row: Option<RecordBody>,
}

/// The first of some, and how many there are.
#[derive(Debug, Serialize, JsonSchema)]
struct ListedBody<T> {
    total: usize,
    items: Vec<T>,
}

/// One of its intents, without how to reach anybody.
#[derive(Debug, Serialize, JsonSchema)]
struct IntentItemBody {
    id: String,
    answer: &'static str,
    initiator: &'static str,
    demand: GlimpseBody,
    supply: GlimpseBody,
    fields: BTreeMap<String, String>,
}

/// One of its outcomes.
#[derive(Debug, Serialize, JsonSchema)]
struct OutcomeItemBody {
    id: String,
    fields: BTreeMap<String, String>,
}

impl<T> ListedBody<T> {
    fn new<'l, S>(listed: &'l Listed<S>, body: impl Fn(&'l S) -> T) -> Self {
        Self { total: listed.total, items: listed.items.iter().map(body).collect() }
    }
}

impl DossierBody {
    /// Builds the answer from what a viewer may see; `as_of` is the day of the request.
    pub fn new(as_of: Date, dossier: &Dossier) -> Self {
        let Dossier { party, tier, links, record, facts, postings, matches, intents, outcomes } = dossier;
        Self {
            as_of: as_of.to_string(),
            party: OwnerBody {
                id: party.id.to_string(),
                name: party.name.clone(),
                uscc: party.uscc.as_ref().map(ToString::to_string),
                row: party.row.as_ref().map(|row| RecordBody::new(as_of, row)),
            },
            tier: tier.map(|tier| tier.name()),
            links: party_links(links),
            track_record: record.map(|share| f64::from(share.ten_thousandths()) / 10_000.0),
            facts: ListedBody::new(facts, |fact| RecordBody::new(as_of, fact)),
            postings: ListedBody::new(postings, GlimpseBody::from),
            matches: ListedBody::new(matches, |list| MatchListBody::new(as_of, list)),
            intents: ListedBody::new(intents, IntentItemBody::new),
            outcomes: ListedBody::new(outcomes, OutcomeItemBody::new),
        }
    }
}

impl IntentItemBody {
    fn new(sight: &IntentSight) -> Self {
        Self {
            id: sight.id.to_string(),
            answer: sight.answer.name(),
            initiator: sight.initiator.map_or("organizer", |side| side.name()),
            demand: GlimpseBody::from(&sight.demand),
            supply: GlimpseBody::from(&sight.supply),
            fields: sight.cells.clone(),
        }
    }
}

impl OutcomeItemBody {
    fn new((id, fields): &(RecordId, BTreeMap<String, String>)) -> Self {
        Self { id: id.to_string(), fields: fields.clone() }
    }
}
