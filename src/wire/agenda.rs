//! What solving and checking an agenda gave.

use schemars::JsonSchema;
use serde::Serialize;

use crate::agenda::{Agenda, Bottleneck, Checked, Prices, Problem};

/// `{"score", "bound", "proved", "idle_periods", "table_changes", "meetings", "stopped", "lowered": [{"party", "min",
/// "held"}], "lowered_least", "unheld", "shortages": [{"parties", "needed", "room", "shared"}], "prices"}`; parties by their identifiers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgendaBody<'a> {
    score: u64,
    bound: u64,
    proved: bool,
    idle_periods: u64,
    table_changes: u64,
    meetings: usize,
    stopped: bool,
    lowered: Vec<LoweredBody<'a>>,
    lowered_least: u64,
    unheld: &'a [usize],
    shortages: Vec<ShortageBody<'a>>,
    prices: PricesBody<'a>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LoweredBody<'a> {
    party: &'a str,
    min: u32,
    held: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ShortageBody<'a> {
    parties: Vec<&'a str>,
    needed: u64,
    room: u64,
    shared: Vec<BottleneckBody<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BottleneckBody<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    party: Option<&'a str>,
    room: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PricesBody<'a> {
    table: u64,
    meetings: Vec<PriceBody<'a>>,
    minima: u64,
    every_sme: Option<u64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PriceBody<'a> {
    party: &'a str,
    gain: u64,
}

fn id(problem: &Problem, party: usize) -> &str {
    problem.parties.get(party).map_or("", |party| &party.id)
}

impl<'a> AgendaBody<'a> {
    /// Builds the answer.
    pub fn new(problem: &'a Problem, agenda: &'a Agenda, prices: &Prices) -> Self {
        let lowered = agenda.lowered.iter();
        let shortages = agenda.shortages.iter();
        let price = |(party, gain): &(usize, u64)| PriceBody { party: id(problem, *party), gain: *gain };
        Self {
            score: agenda.score,
            bound: agenda.bound,
            proved: agenda.is_proved(),
            idle_periods: agenda.idle_periods,
            table_changes: agenda.table_changes,
            meetings: agenda.meetings.len(),
            stopped: agenda.is_stopped,
            lowered: lowered
                .map(|low| LoweredBody { party: id(problem, low.party), min: low.min, held: low.held })
                .collect(),
            lowered_least: agenda.lowered_least,
            unheld: &agenda.unheld,
            shortages: shortages
                .map(|shortage| ShortageBody {
                    parties: shortage.parties.iter().map(|party| id(problem, *party)).collect(),
                    needed: shortage.needed,
                    room: shortage.room,
                    shared: shortage.shared.iter().map(|part| bottleneck(problem, part)).collect(),
                })
                .collect(),
            prices: PricesBody {
                table: prices.table,
                meetings: prices.meetings.iter().map(price).collect(),
                minima: prices.minima,
                every_sme: prices.every_sme,
            },
        }
    }
}

fn bottleneck<'a>(problem: &'a Problem, part: &Bottleneck) -> BottleneckBody<'a> {
    let (kind, party) = match part {
        Bottleneck::Partner { party, .. } => ("partner", Some(*party)),
        Bottleneck::OwnSlots { party, .. } => ("own_slots", Some(*party)),
        Bottleneck::Pairs { .. } => ("pairs", None),
        Bottleneck::Tables { .. } => ("tables", None),
    };
    BottleneckBody { kind, party: party.map(|party| id(problem, party)), room: part.room() }
}

/// `{"feasible", "faults", "fault_count", "score", "meetings", "idle_periods", "smes_served", "smes"}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckedBody<'a> {
    feasible: bool,
    faults: &'a [String],
    fault_count: usize,
    score: u64,
    meetings: usize,
    idle_periods: u64,
    smes_served: usize,
    smes: usize,
}

impl<'a> From<&'a Checked> for CheckedBody<'a> {
    fn from(checked: &'a Checked) -> Self {
        let (smes_served, smes) = checked.smes_served;
        Self {
            feasible: checked.n_faults == 0,
            faults: &checked.faults,
            fault_count: checked.n_faults,
            score: checked.score,
            meetings: checked.n_meetings,
            idle_periods: checked.idle_periods,
            smes_served,
            smes,
        }
    }
}
