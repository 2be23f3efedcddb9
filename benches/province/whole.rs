//! Whole matches: candidates, hard rules, scores, and all their words.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

use lianqiao::internals::Vector;
use lianqiao::{
    BatchOptions, Engine, MatchList, MatchOptions, MatchOrder, MatchRequest, MatchSubject, Moment, RecordId,
};
use rayon::prelude::*;

use crate::clock::{least_seconds, mean, median, percentile, timed, wall};
use crate::tantivy::Peer;
use crate::{Demands, RUNS, row, some};

/// How matches are listed.
const OPTIONS: MatchOptions = MatchOptions { top: 20, below_floor: false, order: MatchOrder::Score };

/// Whole matches take long: of the demands that are timed, every so many is taken.
const STEP: usize = 3;

/// Takes few demands out of all.
fn few(demands: &Demands) -> impl Iterator<Item = &(RecordId, Vector)> {
    some(demands).step_by(STEP)
}

/// Matches one demand.
fn match_one(engine: &Engine, moment: &Moment, id: &RecordId) -> MatchList {
    let subject = MatchSubject::Demand(id.to_string());
    let request = MatchRequest { subject, lane: Some("procurement".to_owned()), options: OPTIONS };
    engine.matches_alone(&request, moment).unwrap()
}

/// Times single matches beside tantivy's candidates.
pub fn one_by_one(engine: &Engine, moment: &Moment, peer: &Peer, demands: &Demands) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (id, query) in few(demands) {
        ours.push(least_seconds(RUNS, || drop(black_box(match_one(engine, moment, id)))));
        theirs.push(least_seconds(RUNS, || _ = black_box(peer.top(query, 100))));
    }
    row("match.ours", mean(&ours));
    row("match.tantivy", mean(&theirs));
    row("match.tail", percentile(&ours, 0.99) / median(&ours));
}

/// Matches everything: how long, whether a list names one supply twice, and whether it is the list of a single match.
pub fn batch(engine: &Engine, moment: &Moment, demands: &Demands) {
    let mut lists = BTreeMap::new();
    let (((), processor), wall) = wall(|| timed(|| match_all(engine, moment, |list| _ = lists.insert(list.0, list.1))));
    row("all.demands", lists.len() as f64);
    row("all.wall", wall);
    row("all.processor", processor);
    let is_repeated = |list: &&Listed| list.iter().map(|(id, _)| id).collect::<BTreeSet<_>>().len() < list.len();
    row("all.repeated", lists.values().filter(is_repeated).count() as f64);
    row("all.matches", lists.values().map(Vec::len).sum::<usize>() as f64);
    let differs = some(demands).filter(|(id, _)| lists[id] != listed(&match_one(engine, moment, id)).1);
    row("all.compared", some(demands).count() as f64);
    row("all.differs", differs.count() as f64);
}

/// A demand's matches with their scores, in order.
type Listed = Vec<(RecordId, u16)>;

fn listed(list: &MatchList) -> (RecordId, Listed) {
    let matches = list.matches.iter().map(|found| (found.id.clone(), found.score.0));
    (list.subject.id.clone().unwrap(), matches.collect())
}

fn match_all(engine: &Engine, moment: &Moment, mut take: impl FnMut((RecordId, Listed))) {
    let options = BatchOptions { list: OPTIONS, exposure_max: None };
    let mut on_lists = |lists: &[MatchList]| {
        lists.iter().for_each(|list| take(listed(list)));
        Ok(())
    };
    engine
        .match_all(Some("procurement"), options, moment, &|_, _| std::ops::ControlFlow::Continue(()), &mut on_lists)
        .unwrap();
}

/// Compares the speed-up by a second thread with that of pure arithmetic.
pub fn threads(engine: &Engine, moment: &Moment, demands: &Demands) {
    let arithmetic = || {
        let sum = |seed: u64| {
            (0..2_000_000_u64).fold(seed, |sum, i| sum.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(i))
        };
        black_box((0..600_u64).into_par_iter().map(sum).reduce(|| 0, u64::wrapping_add));
    };
    let seconds = |n: usize, work: &(dyn Fn() + Sync)| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        wall(|| pool.install(work)).1
    };
    let speed_up = |work: &(dyn Fn() + Sync)| seconds(1, work) / seconds(2, work);
    let ids: Vec<&RecordId> = some(demands).map(|(id, _)| id).collect();
    let matching = || ids.par_iter().for_each(|id| drop(black_box(match_one(engine, moment, id))));
    row("threads.ours", speed_up(&matching));
    row("threads.arithmetic", speed_up(&arithmetic));
}
