//! A plan: the problem of an agenda together with what people must know of its parties, pairs and slots. It is complete in
//! itself: an agenda is printed, and repaired, from it alone.

use jiff::civil::{Date, DateTime};

use crate::agenda::{Agenda, Meeting, Problem, Role, SlotSet};
use crate::error::{Error, Result};
use crate::event::timetable::Span;
use crate::model::{PartyId, RecordId};

/// Who takes part, as people know it; all of it public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The identifier.
    pub id: PartyId,
    /// The full name.
    pub name: String,
    /// Where it is, written out; may be empty.
    pub region: String,
    /// The label of its tier on the day; may be empty.
    pub tier: String,
    /// How many open postings it has in the lanes of the event.
    pub postings: usize,
}

/// A posting in brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The record.
    pub id: RecordId,
    /// Its title.
    pub title: String,
}

/// A reason for a meeting: a feature of the match with its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The feature's label.
    pub label: String,
    /// The points that it gives, in hundredths.
    pub points: u16,
    /// Why, in Chinese.
    pub text: String,
}

/// The match that a meeting is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The lane's declared name.
    pub lane: String,
    /// The lane's label.
    pub lane_label: String,
    /// What is asked for.
    pub demand: Posting,
    /// What is offered.
    pub supply: Posting,
    /// The score of the match, in hundredths, whatever the pair is worth to the agenda.
    pub score: u16,
    /// What speaks for it, most points first.
    pub reasons: Vec<Reason>,
    /// Rules whose verdict is not known, with what is to be asked.
    pub open: Vec<String>,
}

/// What is known of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairNotes {
    /// The match; `None` where the organiser alone wants the meeting.
    pub topic: Option<Topic>,
    /// Whether the two have met before, so that the pair is worth less.
    pub met_before: bool,
}

/// A part of the programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub title: String,
    /// When it is.
    pub span: Span,
    /// Who is busy with it; everybody if `None`.
    pub parties: Option<Vec<usize>>,
    /// Who speaks, if it is a pitch.
    pub speaker: Option<usize>,
}

/// A plan. Lists that describe something stand beside those of the problem, place by place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What the event is called.
    pub name: String,
    /// Where it is held.
    pub place: String,
    /// Who holds it; may be empty.
    pub host: String,
    /// The day at which the matches were read.
    pub as_of: Date,
    /// How often the agenda has been repaired.
    pub revision: u32,
    /// When each slot is.
    pub spans: Vec<Span>,
    /// What else the days have, by time.
    pub programme: Vec<Item>,
    /// Who takes part.
    pub parties: Vec<Participant>,
    /// What is known of each pair.
    pub pairs: Vec<PairNotes>,
    /// What the agenda must respect.
    pub problem: Problem,
}

/// A meeting of one party, seen from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// The meeting.
    pub meeting: Meeting,
    /// The other party.
    pub other: usize,
}

impl Plan {
    /// Returns a party's name, empty for a place that does not exist.
    pub fn name_of(&self, party: usize) -> &str {
        self.parties.get(party).map_or("", |party| party.name.as_str())
    }

    /// Returns a party's role; [`Role::Sme`] for a place that does not exist.
    pub fn role_of(&self, party: usize) -> Role {
        self.problem.parties.get(party).map_or(Role::Sme, |party| party.role)
    }

    /// Lists the places of the parties of one side.
    pub fn side(&self, role: Role) -> impl Iterator<Item = usize> {
        (0..self.parties.len()).filter(move |party| self.role_of(*party) == role)
    }

    /// Returns the buyer and the SME of a pair.
    pub fn sides_of(&self, pair: usize) -> Option<(usize, usize)> {
        self.problem.pairs.get(pair).map(|pair| (pair.buyer, pair.sme))
    }

    /// Returns the match that a pair is about, if there is one.
    pub fn topic_of(&self, pair: usize) -> Option<&Topic> {
        self.pairs.get(pair)?.topic.as_ref()
    }

    /// Says what a pair talks about, in one line.
    pub fn subject_of(&self, pair: usize) -> String {
        match self.topic_of(pair) {
            Some(topic) if topic.demand.title == topic.supply.title => topic.demand.title.clone(),
            Some(topic) => format!("{} ← {}", topic.demand.title, topic.supply.title),
            None => "组织方安排".to_owned(),
        }
    }

    /// Returns when a slot is.
    pub fn span_of(&self, slot: usize) -> Option<Span> {
        self.spans.get(slot).copied()
    }

    /// Says whether the event has more than one day.
    pub fn has_days(&self) -> bool {
        let days = self.spans.iter().map(|span| span.start.date());
        days.clone().min() != days.max()
    }

    /// Returns the day of the event, if it has only one.
    pub fn only_day(&self) -> Option<Date> {
        self.spans.first().map(|span| span.start.date()).filter(|_| !self.has_days())
    }

    /// Finds one who takes part by identifier or full name.
    ///
    /// # Errors
    /// [`Error::Request`] names those whose names have the text in them.
    pub fn find(&self, text: &str) -> Result<usize> {
        let text = text.trim();
        let has = |party: &Participant| PartyId::parse(text) == Some(party.id) || party.name == text;
        if let Some(found) = self.parties.iter().position(has) {
            return Ok(found);
        }
        let near = self.parties.iter().filter(|party| !text.is_empty() && party.name.contains(text));
        let near: Vec<&str> = near.map(|party| party.name.as_str()).take(5).collect();
        if near.is_empty() {
            return Err(Error::Request(format!("议程里没有“{text}”；请写编号或全称")));
        }
        Err(Error::Request(format!("议程里没有“{text}”；是不是 {}？请写全称", near.join("、"))))
    }

    /// Takes the problem that a repair left, with when those come who are late; pitches of those who are not there by then,
    /// or at any time any more, are left out and returned.
    pub fn revise(&mut self, problem: Problem, arrivals: &[(usize, DateTime)]) -> Vec<Item> {
        self.problem = problem;
        self.revision += 1;
        let n_slots = self.problem.slots.len();
        let is_gone = |party: usize| {
            let party = self.problem.parties.get(party);
            party.is_some_and(|party| SlotSet::before(n_slots).without(party.unavailable).is_empty())
        };
        let is_missed = |speaker: usize, item: &Item| {
            is_gone(speaker) || arrivals.iter().any(|(party, arrival)| *party == speaker && item.span.start < *arrival)
        };
        let is_cancelled = |item: &mut Item| item.speaker.is_some_and(|speaker| is_missed(speaker, item));
        let cancelled = self.programme.extract_if(.., is_cancelled);
        cancelled.collect()
    }

    /// Lists every party's meetings by time. O(meetings).
    pub fn seats(&self, agenda: &Agenda) -> Vec<Vec<Seat>> {
        let mut seats: Vec<Vec<Seat>> = vec![Vec::new(); self.parties.len()];
        for meeting in by_time(agenda) {
            let Some((buyer, sme)) = self.sides_of(meeting.pair) else { continue };
            for (own, other) in [(buyer, sme), (sme, buyer)] {
                if let Some(own) = seats.get_mut(own) {
                    own.push(Seat { meeting, other });
                }
            }
        }
        seats
    }

    /// Lists the parts of the programme that a party takes part in.
    pub fn items_of(&self, party: usize) -> impl Iterator<Item = &Item> {
        self.programme.iter().filter(move |item| {
            item.speaker == Some(party) || item.parties.as_ref().is_none_or(|parties| parties.contains(&party))
        })
    }
}

/// Lists the meetings by slot and table.
pub fn by_time(agenda: &Agenda) -> Vec<Meeting> {
    let mut meetings = agenda.meetings.clone();
    meetings.sort_unstable_by_key(|meeting| (meeting.slot, meeting.table, meeting.pair));
    meetings
}

/// The number of a table as people count.
pub fn table_number(table: u32) -> u32 {
    table + 1
}
