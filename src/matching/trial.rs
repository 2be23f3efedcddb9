//! Ranking texts that are in no catalogue, to measure how good the ranking is: every pair is scored by the lane's
//! features as a match would be; rules, parties and candidates play no part.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::definition::{Lane, Role};
use crate::matching::judge::Judge;
use crate::matching::pair::{Context, Side};
use crate::model::{Record, Score};

/// So many supplies are kept for each demand.
const RANKED_MAX: usize = 1_000;

/// Ranks for each demand the supplies that `wanted` names by their places, the best thousand, ties by identifier; on all cores,
/// the result in the order of the demands.
///
/// # Complexity
/// O(pairs x features).
pub fn rank_texts<'a>(
    context: Context<'a>,
    lane: &Lane,
    demands: &'a [Record],
    supplies: &'a [Record],
    wanted: impl Fn(usize) -> Vec<usize> + Sync,
) -> Vec<Vec<(usize, Score)>> {
    let judge = Judge::new(context.definition, lane);
    let side = |record, role| Side::new(context, record, role, lane.features.len());
    let offered: Vec<Side<'_>> = supplies.iter().map(|record| side(record, Role::Supply)).collect();
    let ranked = demands.par_iter().enumerate().map(|(idx, record)| {
        let demand = side(record, Role::Demand);
        let pairs = wanted(idx).into_iter().filter_map(|place| Some((place, offered.get(place)?)));
        let mut scores: Vec<(usize, Score)> =
            pairs.map(|(place, supply)| (place, judge.score(&demand, supply))).collect();
        scores.sort_by_key(|(place, score)| (Reverse(*score), supplies.get(*place).map(|record| &record.id)));
        scores.truncate(RANKED_MAX);
        scores
    });
    ranked.collect()
}
