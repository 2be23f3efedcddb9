//! The file of an agenda: everything that was settled about an event, and its meetings. It is written by planning and
//! read by repairing, which needs nothing else. Parties, pairs and slots are named by their places in the lists, tables by
//! their numbers from 1.

use jiff::civil::{Date, DateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agenda::{Agenda, IdleRule, Lock, Lowered, Meeting, Pair, Party, Problem, Resource, Role, Slot};
use crate::error::{Error, Result};
use crate::event::{Item, PairNotes, Participant, Plan, Posting, Reason, Span, Summary, Topic, gap, table_number};
use crate::model::{PartyId, RecordId};
use crate::wire::decimal::Points;

/// The format's name; a file of another one is refused.
const FORMAT: &str = "lianqiao-agenda/1";

/// The whole file.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgendaFileBody {
    format: String,
    as_of: Date,
    revision: u32,
    name: String,
    place: String,
    host: String,
    slots: Vec<SlotBody>,
    programme: Vec<ItemBody>,
    parties: Vec<PartyBody>,
    staff: Vec<StaffBody>,
    pairs: Vec<PairBody>,
    meetings: Vec<MeetingBody>,
    result: ResultBody,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SlotBody {
    start: DateTime,
    end: DateTime,
    session: u32,
    tables: u32,
    closed: Vec<u32>,
    block: bool,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ItemBody {
    title: String,
    start: DateTime,
    end: DateTime,
    parties: Option<Vec<usize>>,
    speaker: Option<usize>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PartyBody {
    id: String,
    name: String,
    side: SideBody,
    region: String,
    tier: String,
    postings: usize,
    min: u32,
    max: u32,
    representatives: u32,
    tables: Vec<u32>,
    in_a_row: Option<u32>,
    unavailable: Vec<usize>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SideBody {
    Buyer,
    Sme,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StaffBody {
    name: String,
    units: Vec<u32>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PairBody {
    buyer: usize,
    sme: usize,
    worth: Points,
    rank: u8,
    must: bool,
    lock: Option<LockBody>,
    staff: Vec<usize>,
    met_before: bool,
    topic: Option<TopicBody>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LockBody {
    slot: usize,
    table: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TopicBody {
    lane: String,
    lane_label: String,
    demand: PostingBody,
    supply: PostingBody,
    score: Points,
    reasons: Vec<ReasonBody>,
    open: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PostingBody {
    id: String,
    title: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReasonBody {
    label: String,
    points: Points,
    reason: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MeetingBody {
    pair: usize,
    slot: usize,
    table: u32,
}

/// What an agenda comes to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResultBody {
    score: Points,
    bound: Points,
    gap: String,
    proved: bool,
    stopped: bool,
    idle_periods: u64,
    table_changes: u64,
    lowered: Vec<LoweredBody>,
    /// By how much minima had to be lowered in all at least. Older files do not say.
    #[serde(default)]
    lowered_least: u64,
    unheld: Vec<usize>,
    /// The reasons of those that are not held, in Chinese. Older files do not give any.
    #[serde(default)]
    unheld_reasons: Vec<String>,
    shortages: Vec<String>,
    prices: Vec<String>,
    unserved: Vec<UnservedBody>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LoweredBody {
    party: usize,
    min: u32,
    held: u32,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UnservedBody {
    party: usize,
    reason: String,
}

impl AgendaFileBody {
    /// Builds the file of an agenda.
    pub fn new(plan: &Plan, agenda: &Agenda, summary: &Summary) -> Self {
        let problem = &plan.problem;
        let slot = |(slot, span): (&Slot, &Span)| SlotBody {
            start: span.start,
            end: span.end,
            session: slot.session,
            tables: slot.tables,
            closed: slot.closed.iter().map(|table| table_number(*table)).collect(),
            block: slot.is_block,
        };
        let item = |item: &Item| ItemBody {
            title: item.title.clone(),
            start: item.span.start,
            end: item.span.end,
            parties: item.parties.clone(),
            speaker: item.speaker,
        };
        let meeting = |meeting: &Meeting| MeetingBody {
            pair: meeting.pair,
            slot: meeting.slot,
            table: table_number(meeting.table),
        };
        let staff = |resource: &Resource| StaffBody { name: resource.id.clone(), units: resource.units.clone() };
        Self {
            format: FORMAT.to_owned(),
            as_of: plan.as_of,
            revision: plan.revision,
            name: plan.name.clone(),
            place: plan.place.clone(),
            host: plan.host.clone(),
            slots: problem.slots.iter().zip(&plan.spans).map(slot).collect(),
            programme: plan.programme.iter().map(item).collect(),
            parties: problem.parties.iter().zip(&plan.parties).map(party_body).collect(),
            staff: problem.resources.iter().map(staff).collect(),
            pairs: problem.pairs.iter().zip(&plan.pairs).map(pair_body).collect(),
            meetings: agenda.meetings.iter().map(meeting).collect(),
            result: result_body(agenda, summary),
        }
    }

    /// Reads the file of an agenda.
    ///
    /// # Errors
    /// [`Error::Agenda`] names the place of what cannot be.
    pub fn read(text: &str) -> Result<(Plan, Agenda)> {
        let body: Self = serde_json::from_str(text).map_err(|error| Error::Agenda {
            place: format!("第 {} 行第 {} 列", error.line(), error.column()),
            reason: "不是 agenda plan 写出的议程文件".to_owned(),
        })?;
        if body.format != FORMAT {
            return Err(wrong("format", format!("是“{}”，本程序只认识“{FORMAT}”", body.format)));
        }
        body.open()
    }

    fn open(self) -> Result<(Plan, Agenda)> {
        let mut spans = Vec::new();
        for (idx, slot) in self.slots.iter().enumerate() {
            spans.push(span(slot.start, slot.end, || format!("slots[{idx}]"))?);
        }
        let n_parties = self.parties.len();
        let mut programme = Vec::new();
        for (idx, item) in self.programme.into_iter().enumerate() {
            let place = || format!("programme[{idx}]");
            let named = item.parties.iter().flatten().chain(&item.speaker);
            if named.into_iter().any(|party| *party >= n_parties) {
                return Err(wrong(&place(), "没有这个单位"));
            }
            let span = span(item.start, item.end, place)?;
            programme.push(Item { title: item.title, span, parties: item.parties, speaker: item.speaker });
        }
        let slots = self.slots.into_iter().enumerate();
        let slots = slots.map(|(idx, slot)| {
            let closed = slot.closed.iter().map(|number| place_of(*number, || format!("slots[{idx}].closed")));
            let closed = closed.collect::<Result<_>>()?;
            Ok(Slot { tables: slot.tables, closed, session: slot.session, is_block: slot.block })
        });
        let slots = slots.collect::<Result<_>>()?;
        let (mut who, mut parties) = (Vec::new(), Vec::new());
        for (idx, party) in self.parties.into_iter().enumerate() {
            let (participant, party) = open_party(party, &format!("parties[{idx}]"))?;
            who.push(participant);
            parties.push(party);
        }
        let (mut notes, mut pairs) = (Vec::new(), Vec::new());
        for (idx, pair) in self.pairs.into_iter().enumerate() {
            let (note, pair) = open_pair(pair, &format!("pairs[{idx}]"))?;
            notes.push(note);
            pairs.push(pair);
        }
        let resources = self.staff.into_iter().map(|staff| Resource { id: staff.name, units: staff.units }).collect();
        let meetings = self.meetings.iter().enumerate().map(|(idx, meeting)| {
            let table = place_of(meeting.table, || format!("meetings[{idx}].table"))?;
            Ok(Meeting { pair: meeting.pair, slot: meeting.slot, table })
        });
        let meetings: Vec<Meeting> = meetings.collect::<Result<_>>()?;
        if let Some(idx) = meetings.iter().position(|m| m.pair >= pairs.len() || m.slot >= spans.len()) {
            return Err(wrong(&format!("meetings[{idx}]"), "没有这个配对或时段"));
        }
        let plan = Plan {
            name: self.name,
            place: self.place,
            host: self.host,
            as_of: self.as_of,
            revision: self.revision,
            spans,
            programme,
            parties: who,
            pairs: notes,
            problem: Problem { slots, parties, pairs, resources, idle: IdleRule::Present },
        };
        let agenda = Agenda {
            meetings,
            score: self.result.score.0,
            bound: self.result.bound.0,
            idle_periods: self.result.idle_periods,
            table_changes: self.result.table_changes,
            shortages: Vec::new(),
            lowered: self.result.lowered.iter().map(|l| Lowered { party: l.party, min: l.min, held: l.held }).collect(),
            lowered_least: self.result.lowered_least,
            unheld: self.result.unheld,
            clashes: Vec::new(),
            is_least: self.result.proved || self.result.score != self.result.bound,
            is_stopped: self.result.stopped,
        };
        Ok((plan, agenda))
    }
}

fn party_body((party, who): (&Party, &Participant)) -> PartyBody {
    PartyBody {
        id: who.id.to_string(),
        name: who.name.clone(),
        side: match party.role {
            Role::Buyer => SideBody::Buyer,
            Role::Sme => SideBody::Sme,
        },
        region: who.region.clone(),
        tier: who.tier.clone(),
        postings: who.postings,
        min: party.min,
        max: party.max,
        representatives: party.desks,
        tables: party.tables.iter().map(|table| table_number(*table)).collect(),
        in_a_row: party.row_max,
        unavailable: party.unavailable.iter().collect(),
    }
}

fn open_party(body: PartyBody, place: &str) -> Result<(Participant, Party)> {
    let id = PartyId::parse(&body.id).ok_or_else(|| wrong(&format!("{place}.id"), "不是主体的编号"))?;
    let tables = body.tables.iter().map(|number| place_of(*number, || format!("{place}.tables")));
    let party = Party {
        id: body.id,
        role: match body.side {
            SideBody::Buyer => Role::Buyer,
            SideBody::Sme => Role::Sme,
        },
        min: body.min,
        max: body.max,
        unavailable: body.unavailable.into_iter().collect(),
        desks: body.representatives,
        tables: tables.collect::<Result<_>>()?,
        row_max: body.in_a_row,
    };
    let (region, tier, postings) = (body.region, body.tier, body.postings);
    Ok((Participant { id, name: body.name, region, tier, postings }, party))
}

fn pair_body((pair, notes): (&Pair, &PairNotes)) -> PairBody {
    let lock = |lock: Lock| LockBody { slot: lock.slot, table: lock.table.map(table_number) };
    PairBody {
        buyer: pair.buyer,
        sme: pair.sme,
        worth: Points(u64::from(pair.score)),
        rank: pair.rank,
        must: pair.must,
        lock: pair.lock.map(lock),
        staff: pair.resources.clone(),
        met_before: notes.met_before,
        topic: notes.topic.as_ref().map(topic_body),
    }
}

fn topic_body(topic: &Topic) -> TopicBody {
    let posting = |posting: &Posting| PostingBody { id: posting.id.to_string(), title: posting.title.clone() };
    let reason = |reason: &Reason| ReasonBody {
        label: reason.label.clone(),
        points: Points(u64::from(reason.points)),
        reason: reason.text.clone(),
    };
    TopicBody {
        lane: topic.lane.clone(),
        lane_label: topic.lane_label.clone(),
        demand: posting(&topic.demand),
        supply: posting(&topic.supply),
        score: Points(u64::from(topic.score)),
        reasons: topic.reasons.iter().map(reason).collect(),
        open: topic.open.clone(),
    }
}

fn open_pair(body: PairBody, place: &str) -> Result<(PairNotes, Pair)> {
    let lock = body.lock.map(|lock| {
        let table = lock.table.map(|number| place_of(number, || format!("{place}.lock.table")));
        Ok::<_, Error>(Lock { slot: lock.slot, table: table.transpose()? })
    });
    let pair = Pair {
        buyer: body.buyer,
        sme: body.sme,
        score: u32::try_from(body.worth.0).map_err(|_| wrong(&format!("{place}.worth"), "太大"))?,
        lock: lock.transpose()?,
        must: body.must,
        resources: body.staff,
        rank: body.rank,
    };
    let topic = body.topic.map(|topic| open_topic(topic, place)).transpose()?;
    Ok((PairNotes { topic, met_before: body.met_before }, pair))
}

fn open_topic(body: TopicBody, place: &str) -> Result<Topic> {
    let narrow = |points: Points| u16::try_from(points.0).map_err(|_| wrong(&format!("{place}.topic"), "分数太大"));
    let posting = |body: PostingBody| Posting { id: RecordId::from_text(&body.id), title: body.title };
    let reasons = body
        .reasons
        .into_iter()
        .map(|reason| Ok(Reason { label: reason.label, points: narrow(reason.points)?, text: reason.reason }));
    Ok(Topic {
        lane: body.lane,
        lane_label: body.lane_label,
        demand: posting(body.demand),
        supply: posting(body.supply),
        score: narrow(body.score)?,
        reasons: reasons.collect::<Result<_>>()?,
        open: body.open,
    })
}

/// Builds what an agenda comes to.
pub(super) fn result_body(agenda: &Agenda, summary: &Summary) -> ResultBody {
    let unserved = |(party, reason): &(usize, String)| UnservedBody { party: *party, reason: reason.clone() };
    ResultBody {
        score: Points(agenda.score),
        bound: Points(agenda.bound),
        gap: gap(agenda),
        proved: agenda.is_proved(),
        stopped: agenda.is_stopped,
        idle_periods: agenda.idle_periods,
        table_changes: agenda.table_changes,
        lowered: agenda.lowered.iter().map(|l| LoweredBody { party: l.party, min: l.min, held: l.held }).collect(),
        lowered_least: agenda.lowered_least,
        unheld: agenda.unheld.clone(),
        unheld_reasons: summary.unheld.clone(),
        shortages: summary.shortages.clone(),
        prices: summary.prices.clone(),
        unserved: summary.unserved.iter().map(unserved).collect(),
    }
}

fn wrong(place: &str, reason: impl Into<String>) -> Error {
    Error::Agenda { place: place.to_owned(), reason: reason.into() }
}

fn span(start: DateTime, end: DateTime, place: impl FnOnce() -> String) -> Result<Span> {
    if end <= start {
        return Err(wrong(&place(), "end 应晚于 start"));
    }
    Ok(Span { start, end })
}

/// Turns a table's number into its place.
fn place_of(number: u32, place: impl FnOnce() -> String) -> Result<u32> {
    number.checked_sub(1).ok_or_else(|| wrong(&place(), "桌号从 1 开始"))
}
