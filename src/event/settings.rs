//! What an event file says, validated as far as the file and the declaration go. Parties stand as they are written, with
//! their places in the file, so that whatever turns out wrong later can still be told with file and line.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::agenda::Role;
use crate::definition::Tier;
use crate::error::Error;
use crate::event::file::Audience;
use crate::event::source::Source;
use crate::event::timetable::{Span, TimeSlot};

/// So many parties may be listed, or chosen, at most.
pub const ATTENDEES_MAX: usize = 5_000;

/// A party as the file names it, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What is written: an identifier, a credit code or a name.
    pub text: String,
    /// The offset in the file, in bytes.
    pub at: usize,
}

/// A lane of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLane {
    /// The declared name.
    pub name: String,
    /// An SME's meetings of lower ranks come before those of higher ones.
    pub rank: u8,
}

/// A part of the programme that the file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventItem {
    /// What it is called.
    pub title: String,
    /// When it is.
    pub span: Span,
    /// Who is busy; everybody if `None`.
    pub parties: Option<Vec<Named>>,
    /// The offset in the file.
    pub at: usize,
}

/// Pitches to be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pitches {
    /// What they are called.
    pub title: String,
    /// When each is.
    pub spans: Vec<Span>,
    /// Who pitches first.
    pub parties: Vec<Named>,
    /// Who is busy meanwhile.
    pub audience: Audience,
    /// The offset in the file.
    pub at: usize,
}

impl Pitches {
    /// Returns the stretch in which everybody listens, if everybody does.
    pub(super) fn block(&self) -> Option<Span> {
        let (first, last) = (self.spans.first()?, self.spans.last()?);
        (self.audience == Audience::All).then_some(Span { start: first.start, end: last.end })
    }
}

/// Some of those who take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Their side.
    pub role: Role,
    /// Who they are; if `None`, all that fit the rest.
    pub parties: Option<Vec<Named>>,
    /// The lanes in which they have an open posting, as places in [`Event::lanes`].
    pub lanes: Vec<usize>,
    /// The code of the place in which they are.
    pub region: Option<String>,
    /// Their tiers; any if empty.
    pub tiers: Vec<Tier>,
    /// The chain to which they belong, or that their postings name.
    pub chain: Option<Named>,
    /// The best so many for each party of the other side, in each lane.
    pub top: Option<usize>,
    /// The least meetings of each.
    pub min: u32,
    /// The most meetings of each.
    pub max: Option<u32>,
    /// The offset in the file.
    pub at: usize,
}

/// What holds for one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Which one.
    pub party: Named,
    /// The least meetings.
    pub min: Option<u32>,
    /// The most meetings.
    pub max: Option<u32>,
    /// How many meetings it holds at once.
    pub representatives: u32,
    /// The tables at which it always meets, numbered from 1.
    pub tables: BTreeSet<u32>,
    /// The most meetings in a row.
    pub row_max: Option<u32>,
    /// When it is not there.
    pub absent: Vec<Span>,
}

/// A settled meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLock {
    /// The one that stays.
    pub buyer: Named,
    /// The one that comes.
    pub sme: Named,
    /// The slot, as a place in [`Event::slots`].
    pub slot: usize,
    /// The table, numbered from 1.
    pub table: Option<u32>,
}

/// Staff that some meetings need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventStaff {
    /// What they do.
    pub name: String,
    /// How many there are.
    pub count: u32,
    /// Whose meetings need one of them.
    pub parties: Vec<Named>,
}

/// An event as its file describes it.
#[derive(Debug, Clone)]
pub struct Event {
    /// The file.
    pub(super) source: Source,
    /// What it is called.
    pub name: String,
    /// Where it is held.
    pub place: String,
    /// Who holds it; may be empty.
    pub host: String,
    /// The lanes whose matches become meetings.
    pub lanes: Vec<EventLane>,
    /// The slots, at least one of them for meetings.
    pub slots: Vec<TimeSlot>,
    /// How many tables there are.
    pub tables: u32,
    /// Tables out of use, numbered from 1, and when.
    pub closed: Vec<(BTreeSet<u32>, Span)>,
    /// The most meetings of a party in a row.
    pub row_max: Option<u32>,
    /// Pairs below this score are not considered, in hundredths.
    pub score_min: u16,
    /// What else the days have; no two that bind the same party overlap, as far as the file tells.
    pub programme: Vec<EventItem>,
    /// Pitches.
    pub pitches: Option<Pitches>,
    /// Who takes part.
    pub groups: Vec<Group>,
    /// What holds for single parties.
    pub wishes: Vec<Wish>,
    /// Meetings that must be held.
    pub must: Vec<(Named, Named)>,
    /// Meetings that must not be held.
    pub must_not: Vec<(Named, Named)>,
    /// Settled meetings.
    pub locks: Vec<EventLock>,
    /// Who met on or after this day has so many hundredths taken off.
    pub met_before: Option<(Date, u16)>,
    /// Staff of whom there are few.
    pub staff: Vec<EventStaff>,
}

impl Event {
    /// Builds the error about a place in the file.
    pub fn bad(&self, at: usize, reason: impl Into<String>) -> Error {
        self.source.bad(at, reason)
    }

    /// Lists every party that the file names.
    pub fn named(&self) -> impl Iterator<Item = &Named> {
        let pairs = self.must.iter().chain(&self.must_not).flat_map(|(buyer, sme)| [buyer, sme]);
        let items = self.programme.iter().flat_map(|item| item.parties.iter().flatten());
        (self.groups.iter().flat_map(|group| group.parties.iter().flatten()))
            .chain(self.wishes.iter().map(|wish| &wish.party))
            .chain(items)
            .chain(self.pitches.iter().flat_map(|pitches| &pitches.parties))
            .chain(pairs)
            .chain(self.locks.iter().flat_map(|lock| [&lock.buyer, &lock.sme]))
            .chain(self.staff.iter().flat_map(|staff| &staff.parties))
    }
}
