//! What the commands of agendas print: what an agenda comes to, and what a repair changed.

use serde::Serialize;

use crate::agenda::{Agenda, Meeting, Move};
use crate::event::{Coverage, Plan, Summary, table_number};
use crate::wire::decimal::Points;
use crate::wire::event::{ResultBody, result_body};

/// `{"as_of", "name", "revision", "meetings", "buyers", "smes", "result"}`.
#[derive(Debug, Serialize)]
pub struct EventSummaryBody {
    as_of: String,
    name: String,
    revision: u32,
    meetings: usize,
    buyers: CoverageBody,
    smes: CoverageBody,
    result: ResultBody,
}

#[derive(Debug, Serialize)]
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

/// `{"moves", "renewal_gain", "agenda"}`; `renewal_gain` is what an agenda made anew would add to the score.
#[derive(Debug, Serialize)]
pub struct RepairBody {
    moves: Vec<MoveBody>,
    renewal_gain: Points,
    agenda: EventSummaryBody,
}

#[derive(Debug, Serialize)]
struct MoveBody {
    buyer: String,
    sme: String,
    from: Option<PlaceBody>,
    to: Option<PlaceBody>,
}

#[derive(Debug, Serialize)]
struct PlaceBody {
    start: String,
    table: u32,
}

impl RepairBody {
    /// Builds what a repair changed.
    pub fn new(plan: &Plan, moves: &[Move], renewal_gain: u64, agenda: EventSummaryBody) -> Self {
        let place = |meeting: Meeting| PlaceBody {
            start: plan.span_of(meeting.slot).map_or_else(String::new, |span| span.start.to_string()),
            table: table_number(meeting.table),
        };
        let moved = |change: &Move| {
            let (buyer, sme) = plan.sides_of(change.pair).unwrap_or_default();
            MoveBody {
                buyer: plan.name_of(buyer).to_owned(),
                sme: plan.name_of(sme).to_owned(),
                from: change.from.map(place),
                to: change.to.map(place),
            }
        };
        Self { moves: moves.iter().map(moved).collect(), renewal_gain: Points(renewal_gain), agenda }
    }
}
