//! Matching among those who meet: an event's few demands against its few supplies, all of them, so that nobody who takes
//! part is missed because others of the province would come before.

use rayon::prelude::*;

use crate::definition::Lane;
use crate::matching::judge::{Judge, MatchOptions, MatchOrder, by_rank};
use crate::matching::pair::{Context, Side};
use crate::matching::rank::{candidates, side};
use crate::model::{Match, PartyId, Record, Score};

/// A demand and a supply that go together, by their places in the lists that were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scored {
    /// The demand.
    pub demand: usize,
    /// The supply.
    pub supply: usize,
    /// The score of the pair.
    pub score: Score,
}

/// A list as long as there are matches, those below the floor left out.
const ALL: MatchOptions = MatchOptions { top: usize::MAX, below_floor: false, order: MatchOrder::Score };

/// Scores every demand with every supply, on all cores; those that a rule refuses or the floor keeps out are left out.
/// By demand, then by supply.
///
/// # Complexity
/// O(demands x supplies x features).
pub fn score_among(context: Context<'_>, lane: &Lane, demands: &[&Record], supplies: &[&Record]) -> Vec<Scored> {
    let judge = Judge::new(context.definition, lane);
    let supplies: Vec<Side<'_>> = supplies.par_iter().map(|record| side(context, lane, record)).collect();
    let scored = demands.par_iter().enumerate().map(|(demand, record)| {
        let own = side(context, lane, record);
        let listed = supplies.iter().enumerate().filter_map(|(supply, other)| {
            let judged = judge.listed(&own, other, None, ALL)?;
            Some(Scored { demand, supply, score: judged.score })
        });
        listed.collect::<Vec<_>>()
    });
    // Collected in the order of the demands, whichever thread took which.
    let scored: Vec<Vec<Scored>> = scored.collect();
    scored.into_iter().flatten().collect()
}

/// Lists the parties whose postings a posting is matched with, best first, each once.
///
/// # Complexity
/// That of one match.
pub fn partners(context: Context<'_>, lane: &Lane, subject: &Record) -> Vec<PartyId> {
    let judge = Judge::new(context.definition, lane);
    let own = side(context, lane, subject);
    let records = candidates(&own, lane).into_iter().filter_map(|found| context.catalogue.record(&found.id));
    let others: Vec<Side<'_>> = records.map(|record| side(context, lane, record)).collect();
    let mut judged: Vec<_> = others.iter().filter_map(|other| judge.listed(&own, other, None, ALL)).collect();
    judged.sort_by(|left, right| by_rank(left, right, ALL.order));
    let mut partners: Vec<PartyId> = Vec::new();
    for party in judged.iter().filter_map(|one| one.other.party) {
        if !partners.contains(&party) {
            partners.push(party);
        }
    }
    partners
}

/// Explains the pair of a demand and a supply, seen from the demand.
pub fn explain_pair(context: Context<'_>, lane: &Lane, demand: &Record, supply: &Record) -> Match {
    Judge::new(context.definition, lane).explain(&side(context, lane, demand), &side(context, lane, supply))
}
