//! Parties, lists of postings, and what became of a posting.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::{Glimpse, Page, PartySight, PostingOutcome};
use crate::model::{PartyId, Problem, RecordId, Uscc};
use crate::wire::RecordBody;
use crate::wire::imports::ProblemBody;
use crate::wire::records::GlimpseBody;

/// `{"as_of", "items", "next"}`: a page of postings.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PostingPageBody {
    as_of: String,
    items: Vec<GlimpseBody>,
    next: Option<String>,
}

/// `{"items", "next"}`: a page of parties.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PartyPageBody {
    items: Vec<PartyItemBody>,
    next: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PartyItemBody {
    id: String,
    name: String,
    uscc: Option<String>,
}

/// `{"as_of", "id", "name", "uscc", "row"}`: one party.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PartyBody {
    as_of: String,
    id: String,
    name: String,
    uscc: Option<String>,
    row: Option<RecordBody>,
}

/// `{"as_of", "id", "changed", "problems"}`: what became of a posting.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PostingOutcomeBody {
    as_of: String,
    id: Option<String>,
    changed: bool,
    problems: Vec<ProblemBody>,
}

impl PostingPageBody {
    /// Builds the answer; `as_of` is the day of the request.
    pub fn new(as_of: Date, page: &Page<Glimpse>) -> Self {
        let items = page.items.iter().map(GlimpseBody::from);
        Self { as_of: as_of.to_string(), items: items.collect(), next: page.next.clone() }
    }
}

impl PartyPageBody {
    /// Builds the answer.
    pub fn new(page: Page<(PartyId, String, Option<Uscc>)>) -> Self {
        let item = |(id, name, uscc): (PartyId, String, Option<Uscc>)| PartyItemBody {
            id: id.to_string(),
            name,
            uscc: uscc.map(|uscc| uscc.to_string()),
        };
        Self { items: page.items.into_iter().map(item).collect(), next: page.next }
    }
}

impl PartyBody {
    /// Builds the answer; `as_of` is the day of the request.
    pub fn new(as_of: Date, party: &PartySight) -> Self {
        Self {
            as_of: as_of.to_string(),
            id: party.id.to_string(),
            name: party.name.clone(),
            uscc: party.uscc.as_ref().map(ToString::to_string),
            row: party.row.as_ref().map(|row| RecordBody::new(as_of, row)),
        }
    }
}

impl PostingOutcomeBody {
    /// Builds the answer; `as_of` is the day of the request.
    pub fn new(as_of: Date, outcome: &PostingOutcome) -> Self {
        Self::of(as_of, outcome.id.as_ref(), outcome.is_changed, &outcome.problems)
    }

    /// Builds the answer to a withdrawal.
    pub fn withdrawn(as_of: Date, id: &RecordId) -> Self {
        Self::of(as_of, Some(id), true, &[])
    }

    fn of(as_of: Date, id: Option<&RecordId>, changed: bool, problems: &[Problem]) -> Self {
        Self {
            as_of: as_of.to_string(),
            id: id.map(ToString::to_string),
            changed,
            problems: problems.iter().map(ProblemBody::from).collect(),
        }
    }
}
