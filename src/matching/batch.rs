//! Matching every open demand of a lane at once. What is worked out about a supply is shared by all demands; a first pass
//! ranks and keeps numbers only, a second one explains what is listed. The lists are the same as those of single matches,
//! but for a bound on how often one supply may be listed, if there is one; a demand's place in a supply's list is told
//! among the demands that have the supply among their first hundred.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::definition::Lane;
use crate::matching::judge::{Judge, MatchOptions, is_served};
use crate::matching::pair::{Context, Side};
use crate::matching::rank::{self, Candidate};
use crate::matching::sift::sift;
use crate::model::{Fit, Match, MatchList, RecordId, Score, State};

/// How a lane is matched as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchOptions {
    /// The most matches to list for one demand, and how.
    pub list: MatchOptions,
    /// The most lists that one supply may be in; who loses a place there gives it to the demand's next.
    pub exposure_max: Option<usize>,
}

/// A supply counts as seen if it is among so many first of some demand.
pub const SEEN_WITHIN: usize = 20;
/// So many pairs of a demand are ranked against those of other demands.
const PAIRS_MAX: usize = 100;

/// A lane, matched.
pub struct LaneBatch<'a> {
    judge: Judge<'a>,
    options: BatchOptions,
    supplies: Vec<Side<'a>>,
    demands: Vec<Demand<'a>>,
}

struct Demand<'a> {
    side: Side<'a>,
    /// The list without its matches.
    list: MatchList,
    /// The best pairs, best first.
    pairs: Vec<RankedPair>,
    /// The places of the listed ones among `pairs`.
    listed: Vec<usize>,
}

/// One pair in brief.
#[derive(Clone, Copy)]
struct RankedPair {
    supply_idx: usize,
    fit: Fit,
    worth: Score,
    is_supply_served: bool,
    is_demand_served: bool,
    /// The demand's place among those that have the supply.
    rank_back: usize,
}

impl<'a> LaneBatch<'a> {
    /// Matches every open demand of a lane, on all cores; `on_done` is called after each, and
    /// once it says so the rest is left undone.
    ///
    /// # Complexity
    /// O(demands x (postings of their terms + candidates x features)).
    pub fn build(
        context: Context<'a>,
        lane: &'a Lane,
        options: BatchOptions,
        on_done: &(dyn Fn() -> ControlFlow<()> + Sync),
    ) -> Self {
        let is_over = AtomicBool::new(false);
        let judge = Judge::new(context.definition, lane);
        let open = |kind: &'a str| {
            let records = context.catalogue.records_of_kind(kind);
            let open = records.filter(|record| record.is_listed() && record.state(context.as_of) == State::Open);
            open.map(|record| rank::side(context, lane, record))
        };
        let supplies: Vec<Side<'a>> = lane.supply.iter().flat_map(|kind| open(kind)).collect();
        let places: FxHashMap<&RecordId, usize> =
            supplies.iter().enumerate().map(|(idx, side)| (&side.record.id, idx)).collect();
        let demands: Vec<Side<'a>> = open(&lane.demand).collect();
        let ranked = demands.into_par_iter().map(|own| {
            let (mut found, mut ended) = (Vec::new(), Vec::new());
            let candidates = if is_over.load(Ordering::Relaxed) { Vec::new() } else { rank::candidates(&own, lane) };
            for Candidate { id, product } in candidates {
                match places.get(&id).and_then(|idx| supplies.get(*idx)) {
                    Some(other) => found.push((other, product)),
                    None => {
                        let record = context.catalogue.record(&id);
                        ended.extend(record.map(|record| (rank::side(context, lane, record), product)));
                    }
                }
            }
            // What has ended is judged too: it is counted among the refused.
            let all = found.into_iter().chain(ended.iter().map(|(other, product)| (other, *product)));
            let sifted = sift(&judge, &own, all, options.list, PAIRS_MAX);
            let demand_served = is_served(lane, &own);
            let pairs = sifted.best.iter().filter_map(|one| {
                Some(RankedPair {
                    supply_idx: *places.get(one.id())?,
                    fit: one.fit,
                    worth: one.worth(options.list.order),
                    is_supply_served: one.served,
                    is_demand_served: demand_served,
                    rank_back: 0,
                })
            });
            let pairs = pairs.collect();
            let list = rank::list(&judge, &own, &sifted, MatchOptions { top: 0, ..options.list });
            if on_done().is_break() {
                is_over.store(true, Ordering::Relaxed);
            }
            Demand { side: own, list, pairs, listed: Vec::new() }
        });
        // Collected in the order of the demands, whichever thread took which.
        let demands = ranked.collect();
        let mut batch = Self { judge, options, supplies, demands };
        batch.rank_back();
        batch.choose();
        batch
    }

    /// Returns how many open demands there are.
    pub fn n_demands(&self) -> usize {
        self.demands.len()
    }

    /// Counts the open supplies, and those that are among the first [`SEEN_WITHIN`] of no demand.
    pub fn unseen(&self) -> (usize, usize) {
        let mut seen = vec![false; self.supplies.len()];
        for pair in self.demands.iter().flat_map(|demand| demand.pairs.iter().take(SEEN_WITHIN)) {
            if let Some(seen) = seen.get_mut(pair.supply_idx) {
                *seen = true;
            }
        }
        (seen.len(), seen.iter().filter(|seen| !**seen).count())
    }

    /// Explains the lists of some demands by their places, on all cores, in order.
    pub fn lists(&self, places: std::ops::Range<usize>) -> Vec<MatchList> {
        let demands = self.demands.get(places).unwrap_or_default();
        demands.par_iter().map(|demand| self.explained(demand)).collect()
    }

    fn explained(&self, demand: &Demand<'_>) -> MatchList {
        let pairs = demand.listed.iter().filter_map(|place| demand.pairs.get(*place));
        let matches = (1..).zip(pairs).filter_map(|(rank, pair)| {
            let supply = self.supplies.get(pair.supply_idx)?;
            let explained = self.judge.explain(&demand.side, supply);
            Some(Match { rank, rank_back: Some(pair.rank_back), ..explained })
        });
        MatchList { matches: matches.collect(), ..demand.list.clone() }
    }

    /// Fills in every pair's place in the supply's own list.
    fn rank_back(&mut self) {
        let mut by_supply: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (d, demand) in self.demands.iter().enumerate() {
            for (p, pair) in demand.pairs.iter().enumerate() {
                by_supply.entry(pair.supply_idx).or_default().push((d, p));
            }
        }
        for (_, mut pairs) in by_supply {
            let key = |(d, p): &(usize, usize)| {
                let pair = self.demands.get(*d).and_then(|demand| demand.pairs.get(*p));
                // Demands stand in the order of their identifiers, which breaks ties.
                pair.map(|pair| (pair.fit, Reverse(pair.is_demand_served), Reverse(pair.worth)))
            };
            pairs.sort_by_key(|place| (key(place), place.0));
            for (rank, (d, p)) in (1..).zip(pairs) {
                if let Some(pair) = self.demands.get_mut(d).and_then(|demand| demand.pairs.get_mut(p)) {
                    pair.rank_back = rank;
                }
            }
        }
    }

    /// Chooses what each demand lists: its best pairs; with a bound, the best pairs of all demands first, as long as
    /// neither the demand's list nor the supply's share of lists is full.
    fn choose(&mut self) {
        let top = self.options.list.top;
        let Some(exposure_max) = self.options.exposure_max else {
            for demand in &mut self.demands {
                demand.listed = (0..demand.pairs.len().min(top)).collect();
            }
            return;
        };
        let mut all: Vec<(usize, usize, RankedPair)> = Vec::new();
        for (d, demand) in self.demands.iter().enumerate() {
            all.extend(demand.pairs.iter().enumerate().map(|(p, pair)| (d, p, *pair)));
        }
        all.sort_by_key(|(d, p, pair)| (pair.fit, Reverse(pair.is_supply_served), Reverse(pair.worth), *d, *p));
        let mut n_lists = vec![0; self.supplies.len()];
        for (d, p, pair) in all {
            let (Some(n_lists), Some(demand)) = (n_lists.get_mut(pair.supply_idx), self.demands.get_mut(d)) else {
                continue;
            };
            if *n_lists < exposure_max && demand.listed.len() < top {
                *n_lists += 1;
                demand.listed.push(p);
            }
        }
        self.demands.iter_mut().for_each(|demand| demand.listed.sort_unstable());
    }

    /// Returns the lane.
    pub fn lane(&self) -> &'a Lane {
        self.judge.lane
    }
}
