//! One party's file: who it is and where in the chains, what is known of it, what it offers and seeks, whom it suits, whom
//! it talks to, and what came of it.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::definition::{Role, Tier};
use crate::engine::{Engine, Glimpse, IntentSight, MatchRequest, MatchSubject, PartyLink, PartySight, Sight};
use crate::error::{Error, Result};
use crate::matching::{MatchOptions, MatchOrder};
use crate::model::{MatchList, Moment, PartyId, Reach, Record, RecordId, Share, State, Viewer};

/// Records of each sort that a file lists.
const LISTED_MAX: usize = 200;
/// Open postings for which a file lists matches; each takes some ten milliseconds of a processor.
const MATCHED_MAX: usize = 10;
/// Matches of each of these.
const MATCHES_MAX: usize = 3;

/// The first of some, and how many there are.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// How many there are.
    pub total: usize,
    /// The first of them.
    pub items: Vec<T>,
}

/// One party's file.
#[derive(Debug, Clone, PartialEq)]
pub struct Dossier {
    /// The party, with its own row.
    pub party: PartySight,
    /// The highest tier whose certificate holds on the day.
    pub tier: Option<Tier>,
    /// The links of chains at which it stands.
    pub links: Vec<PartyLink>,
    /// What others are told of its dealings as a supplier, if anything.
    pub record: Option<Share>,
    /// Certificates, indicators, holdings, sites, difficulties and whatever else is known of it, by kind.
    pub facts: Listed<Sight>,
    /// What it offers and seeks, by kind; withdrawn ones are left out.
    pub postings: Listed<Glimpse>,
    /// The best matches of the first of those that are open.
    pub matches: Listed<MatchList>,
    /// Its intents, without how to reach anybody.
    pub intents: Listed<IntentSight>,
    /// Its outcomes, with what both sides may see.
    pub outcomes: Listed<(RecordId, BTreeMap<String, String>)>,
}

impl<T> Listed<T> {
    /// Takes the first of some.
    fn first<S>(all: Vec<S>, most: usize, show: impl FnMut(S) -> Result<T>) -> Result<Self> {
        let total = all.len();
        Ok(Self { total, items: all.into_iter().take(most).map(show).collect::<Result<_>>()? })
    }
}

impl Engine {
    /// Gathers the file of a party for a viewer who may act for it; `id` is its identifier. The look is noted in the trail
    /// first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a party for which the viewer may not act and for one that does not exist, alike.
    ///
    /// # Complexity
    /// That of [`party_links`](Self::party_links) and of ten matches; O(intents + outcomes).
    pub fn dossier(&self, id: &str, viewer: &Viewer, moment: &Moment) -> Result<Dossier> {
        let catalogue = self.snapshot().catalogue;
        let is_known = |party: &PartyId| catalogue.parties().get(*party).is_some();
        let party = PartyId::parse(id).filter(is_known).map(|party| catalogue.parties().canonical(party));
        let party = party.filter(|party| self.reaches(&catalogue, Some(*party), viewer));
        let party = party.ok_or_else(|| Error::NotFound(id.to_owned()))?;
        if viewer.key.is_some() && !matches!(viewer.reach, Reach::Party(_)) {
            self.note(viewer, "see_dossier", &party.to_string(), moment)?;
        }
        let postings = self.live(&catalogue, party, Role::is_posting);
        let open: Vec<&Record> =
            postings.iter().copied().filter(|p| p.is_listed() && p.state(moment.as_of) == State::Open).collect();
        let facts = self.live(&catalogue, party, |role| role == Role::Fact);
        Ok(Dossier {
            party: self.party(&party.to_string(), viewer, moment)?,
            tier: catalogue.tier(party, moment.as_of, &self.definition),
            links: self.party_links(party, moment),
            record: self.snapshot().records(moment.as_of).of(party),
            facts: Listed::first(facts, LISTED_MAX, |fact| Ok(self.brief(&catalogue, fact, viewer, moment)))?,
            postings: Listed::first(postings, LISTED_MAX, |posting| Ok(self.glimpse(&catalogue, posting, moment)))?,
            matches: Listed::first(open, MATCHED_MAX, |posting| self.best_of(posting, moment))?,
            intents: Listed::first(self.intents_of(&catalogue, party), LISTED_MAX, |tie| {
                self.intent_brief(&catalogue, &tie, viewer, moment)
            })?,
            outcomes: Listed::first(self.outcomes_of(&catalogue, party)?, LISTED_MAX, Ok)?,
        })
    }

    /// Lists the records of a party whose kinds have some role and that are not withdrawn, by kind.
    fn live<'c>(&self, catalogue: &'c Catalogue, party: PartyId, is_meant: impl Fn(Role) -> bool) -> Vec<&'c Record> {
        let is_live = |record: &&Record| {
            let role = self.definition.kind(&record.kind).map(|kind| kind.role);
            record.withdrawn.is_none() && role.is_some_and(&is_meant)
        };
        let mut records: Vec<&Record> = catalogue.records_of(party).filter(is_live).collect();
        records.sort_by(|left, right| (&left.kind, &left.id).cmp(&(&right.kind, &right.id)));
        records
    }

    fn best_of(&self, posting: &Record, moment: &Moment) -> Result<MatchList> {
        let is_demand = self.definition.kind(&posting.kind).is_some_and(|kind| kind.role == Role::Demand);
        let id = posting.id.to_string();
        let request = MatchRequest {
            subject: if is_demand { MatchSubject::Demand(id) } else { MatchSubject::Supply(id) },
            lane: None,
            options: MatchOptions { top: MATCHES_MAX, below_floor: false, order: MatchOrder::Score },
        };
        self.matches_alone(&request, moment)
    }
}
