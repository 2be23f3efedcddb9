//! What the commands of agendas print: what an agenda comes to, and what a repair changed.

use schemars::JsonSchema;
use serde::Serialize;

use crate::agenda::{Agenda, Dropped, Meeting, Move};
use crate::engine::Mended;
use crate::event::{Coverage, Item, Plan, Summary, dropped_in_words, table_number};
use crate::wire::decimal::Points;
use crate::wire::event::{ResultBody, result_body};

/// `{"as_of", "name", "revision", "meetings", "buyers", "smes", "result"}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventSummaryBody {
    as_of: String,
    name: String,
    revision: u32,
    meetings: usize,
    buyers: CoverageBody,
    smes: CoverageBody,
    result: ResultBody,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CoverageBody {
    parties: usize,
    served: usize,
    fewest: usize,
    most: usize,
}

impl EventSummaryBody {
    /// Sums up an agenda.
    pub fn new(plan: &Plan, agenda: &Agenda, summary: &Summary) -> Self {
        let coverage = |of: Coverage| CoverageBody {
            parties: of.parties,
            served: of.served,
            fewest: of.range.0,
            most: of.range.1,
        };
        Self {
            as_of: plan.as_of.to_string(),
            name: plan.name.clone(),
            revision: plan.revision,
            meetings: agenda.meetings.len(),
            buyers: coverage(summary.buyers),
            smes: coverage(summary.smes),
            result: result_body(agenda, summary),
        }
    }
}

/// `{"dropped", "cancelled", "moves", "renewal_gain", "agenda"}`; `dropped` are locks that were given up, `cancelled` pitches
/// whose speakers are not there in time, `renewal_gain` is what an agenda made
/// anew would add to the score, null if it would keep more minima or wishes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RepairBody {
    dropped: Vec<DroppedBody>,
    cancelled: Vec<CancelledBody>,
    moves: Vec<MoveBody>,
    renewal_gain: Option<Points>,
    agenda: EventSummaryBody,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MoveBody {
    buyer: String,
    sme: String,
    from: Option<PlaceBody>,
    to: Option<PlaceBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DroppedBody {
    buyer: String,
    sme: String,
    start: String,
    table: Option<u32>,
    reason: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CancelledBody {
    title: String,
    speaker: String,
    start: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PlaceBody {
    start: String,
    table: u32,
}

impl RepairBody {
    /// Builds what a repair changed, whose plan this is.
    pub fn new(plan: &Plan, mended: &Mended, agenda: EventSummaryBody) -> Self {
        let repaired = &mended.repaired;
        let start = |slot: usize| plan.span_of(slot).map_or_else(String::new, |span| span.start.to_string());
        let place = |meeting: Meeting| PlaceBody { start: start(meeting.slot), table: table_number(meeting.table) };
        let names = |pair: usize| {
            let (buyer, sme) = plan.sides_of(pair).unwrap_or_default();
            (plan.name_of(buyer).to_owned(), plan.name_of(sme).to_owned())
        };
        let moved = |change: &Move| {
            let (buyer, sme) = names(change.pair);
            MoveBody { buyer, sme, from: change.from.map(place), to: change.to.map(place) }
        };
        let dropped = |dropped: &Dropped| {
            let (buyer, sme) = names(dropped.pair);
            let reason = dropped_in_words(plan, dropped);
            DroppedBody {
                buyer,
                sme,
                start: start(dropped.lock.slot),
                table: dropped.lock.table.map(table_number),
                reason,
            }
        };
        let cancelled = |item: &Item| CancelledBody {
            title: item.title.clone(),
            speaker: item.speaker.map_or("", |speaker| plan.name_of(speaker)).to_owned(),
            start: item.span.start.to_string(),
        };
        Self {
            cancelled: mended.cancelled.iter().map(cancelled).collect(),
            dropped: repaired.dropped.iter().map(dropped).collect(),
            moves: repaired.moves.iter().map(moved).collect(),
            renewal_gain: repaired.renewal_gain.map(Points),
            agenda,
        }
    }
}
