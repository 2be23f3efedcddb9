//! Who takes part in an event and who suits whom, as found in the data.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::event::plan::{Participant, Topic};
use crate::event::settings::{Event, Named};
use crate::model::PartyId;

/// One who takes part, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// What people know of it.
    pub who: Participant,
    /// The group through which it takes part, as a place in [`Event::groups`].
    pub group: usize,
}

/// A match between two of those who take part: the best there is between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The buyer, as a place in [`Roster::attendees`].
    pub buyer: usize,
    /// The SME.
    pub sme: usize,
    /// The lane, as a place in [`Event::lanes`].
    pub lane: usize,
    /// The match.
    pub topic: Topic,
    /// Whether they have met since the day that the event names.
    pub met_before: bool,
}

/// Who takes part in an event, and who suits whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roster {
    /// Every party that the event file names.
    pub known: BTreeMap<String, PartyId>,
    /// Who takes part, in the order in which they are printed.
    pub attendees: Vec<Attendee>,
    /// The matches, no two of the same two parties.
    pub candidates: Vec<Candidate>,
}

/// What is looked up while a plan is made.
pub(super) struct Lookup<'a> {
    /// The event.
    pub event: &'a Event,
    known: &'a BTreeMap<String, PartyId>,
    places: BTreeMap<PartyId, usize>,
}

impl<'a> Lookup<'a> {
    /// Prepares to look up who takes part.
    pub(super) fn new(event: &'a Event, known: &'a BTreeMap<String, PartyId>, attendees: &[Attendee]) -> Self {
        let places = (0..).zip(attendees).map(|(place, attendee)| (attendee.who.id, place)).collect();
        Self { event, known, places }
    }

    /// Finds one who takes part.
    ///
    /// # Errors
    /// [`Error::Event`](crate::error::Error::Event) if it does not.
    pub(super) fn place(&self, named: &Named) -> Result<usize> {
        let found = self.known.get(&named.text).and_then(|id| self.places.get(id));
        found.copied().ok_or_else(|| self.event.bad(named.at, format!("“{}”没有参会：不在任何一组里", named.text)))
    }
}
