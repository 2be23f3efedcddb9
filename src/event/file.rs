//! The shape of an event file, exactly as written. Unknown keys are refused here; what the values mean is checked in
//! `event`, and the rest of the program sees only the validated [`Event`](crate::event::Event).

use serde::Deserialize;
use toml::{Spanned, Value};

/// A day or a time of day, in quotes or not.
pub(super) type When = Spanned<Value>;

/// An event file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventFile {
    /// The version of the file shape; only "1" is known.
    pub version: Spanned<String>,
    /// What the event is called.
    pub name: Spanned<String>,
    /// Where it is held.
    pub place: Spanned<String>,
    /// Who holds it.
    #[serde(default = "nobody")]
    pub host: Spanned<String>,
    /// The lanes whose matches become meetings, by name or label.
    pub lanes: Vec<Spanned<String>>,
    /// Lanes whose meetings an SME has before those of the next group of lanes.
    #[serde(default)]
    pub order: Vec<Vec<Spanned<String>>>,
    /// The days, ascending.
    pub day: Vec<Spanned<DayFile>>,
    /// How meetings are laid out.
    pub meetings: Spanned<MeetingsFile>,
    /// Tables out of use.
    #[serde(default)]
    pub closed: Vec<Spanned<ClosedFile>>,
    /// What else the day has.
    #[serde(default)]
    pub programme: Vec<Spanned<ItemFile>>,
    /// Pitches, chosen from the matches.
    pub pitches: Option<Spanned<PitchesFile>>,
    /// Who takes part.
    pub group: Vec<Spanned<GroupFile>>,
    /// What holds for single parties.
    #[serde(default)]
    pub party: Vec<Spanned<PartyFile>>,
    /// Meetings that must be held.
    #[serde(default)]
    pub must: Vec<PairFile>,
    /// Meetings that must not be held.
    #[serde(default)]
    pub must_not: Vec<PairFile>,
    /// Meetings whose time, and perhaps table, is settled.
    #[serde(default)]
    pub lock: Vec<LockFile>,
    /// What a meeting of parties that have met before loses.
    pub met_before: Option<MetBeforeFile>,
    /// Staff of whom there are few.
    #[serde(default)]
    pub staff: Vec<Spanned<StaffFile>>,
}

fn nobody() -> Spanned<String> {
    Spanned::new(0..0, String::new())
}

/// One day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DayFile {
    /// Which day.
    pub date: When,
    /// When the event begins.
    pub from: When,
    /// When it ends.
    pub to: When,
}

/// How meetings are laid out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeetingsFile {
    /// How long a meeting is, in minutes.
    pub minutes: Spanned<u32>,
    /// The minutes between two meetings.
    pub pause: Option<Spanned<u32>>,
    /// How many tables there are, numbered from 1.
    pub tables: Spanned<u32>,
    /// The most meetings of a party in a row.
    pub in_a_row: Option<Spanned<u32>>,
    /// Pairs below this score, in points, are not considered.
    pub score_min: Option<Spanned<f64>>,
}

/// Tables out of use for a time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClosedFile {
    /// Their numbers.
    pub tables: Vec<Spanned<u32>>,
    /// Which day; may be left out where the event has one.
    pub date: Option<When>,
    /// From when; from the day's beginning if left out.
    pub from: Option<When>,
    /// Until when; until the day's end if left out.
    pub to: Option<When>,
}

/// A stretch of time: a whole day unless times are given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeFile {
    /// Which day; may be left out where the event has one.
    pub date: Option<When>,
    /// From when; from the day's beginning if left out.
    pub from: Option<When>,
    /// Until when; until the day's end if left out.
    pub to: Option<When>,
}

/// A part of the programme.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemFile {
    /// What it is called.
    pub title: Spanned<String>,
    /// Which day; may be left out where the event has one.
    pub date: Option<When>,
    /// When it begins.
    pub from: When,
    /// When it ends.
    pub to: When,
    /// Who is busy with it; everybody if left out.
    pub parties: Option<Vec<Spanned<String>>>,
}

/// Pitches.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PitchesFile {
    /// What they are called.
    pub title: Option<Spanned<String>>,
    /// Which day; may be left out where the event has one.
    pub date: Option<When>,
    /// When the first one begins.
    pub from: When,
    /// How long each is.
    pub minutes: Spanned<u32>,
    /// How many there are.
    pub count: Spanned<u32>,
    /// Who pitches first, in this order; the rest are chosen from the matches.
    #[serde(default)]
    pub parties: Vec<Spanned<String>>,
    /// Who is busy meanwhile: `all`, or each of the `speakers` only.
    #[serde(default)]
    pub audience: Audience,
}

/// Who is busy during the pitches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody listens.
    #[default]
    All,
    /// Meetings go on without the one who speaks.
    Speakers,
}

/// A side of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SideFile {
    /// Stays at its table: chain leaders, funds, banks, providers.
    Buyer,
    /// Goes from table to table: those whom the lane serves.
    Sme,
}

/// Some of those who take part: a list, or what they have in common.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupFile {
    /// Their side.
    pub side: SideFile,
    /// Who they are, if it is a list.
    pub parties: Option<Vec<Spanned<String>>>,
    /// The lanes in which they have an open posting; all of the event if left out.
    pub lanes: Option<Vec<Spanned<String>>>,
    /// Where they are.
    pub region: Option<Spanned<String>>,
    /// Their tiers, by name or label.
    pub tier: Option<Vec<Spanned<String>>>,
    /// The chain to which they belong, or that their postings name.
    pub chain: Option<Spanned<String>>,
    /// The best so many for each party of the other side.
    pub top: Option<Spanned<u32>>,
    /// The least meetings of each.
    #[serde(default)]
    pub min: u32,
    /// The most meetings of each.
    pub max: Option<Spanned<u32>>,
}

/// What holds for one party.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartyFile {
    /// Which one.
    pub name: Spanned<String>,
    /// The least meetings.
    pub min: Option<u32>,
    /// The most meetings.
    pub max: Option<Spanned<u32>>,
    /// How many meetings it holds at once.
    pub representatives: Option<Spanned<u32>>,
    /// The tables at which it always meets.
    #[serde(default)]
    pub tables: Vec<Spanned<u32>>,
    /// The most meetings in a row.
    pub in_a_row: Option<Spanned<u32>>,
    /// When it is not there.
    #[serde(default)]
    pub absent: Vec<Spanned<TimeFile>>,
}

/// Two parties.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PairFile {
    /// The one that stays.
    pub buyer: Spanned<String>,
    /// The one that comes.
    pub sme: Spanned<String>,
}

/// A settled meeting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LockFile {
    /// The one that stays.
    pub buyer: Spanned<String>,
    /// The one that comes.
    pub sme: Spanned<String>,
    /// Which day; may be left out where the event has one.
    pub date: Option<When>,
    /// When the meeting begins.
    pub from: When,
    /// At which table.
    pub table: Option<Spanned<u32>>,
}

/// What meetings of parties lose that have met before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetBeforeFile {
    /// What was before this day is forgotten.
    pub since: When,
    /// The points that are taken off.
    pub penalty: Spanned<f64>,
}

/// Staff that some meetings need.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StaffFile {
    /// What they do.
    pub name: Spanned<String>,
    /// How many there are.
    pub count: Spanned<u32>,
    /// Whose meetings need one of them.
    pub parties: Vec<Spanned<String>>,
}
