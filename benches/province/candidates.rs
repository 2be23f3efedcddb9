//! The candidates alone: our impact index on the weighed terms.

use std::hint::black_box;

use lianqiao::RecordId;
use lianqiao::internals::{Impact, top};
use rayon::prelude::*;

use crate::clock::{least_seconds, mean, median, percentile, timed};
use crate::tantivy::Peer;
use crate::{Demands, Items, ROUNDS, RUNS, accepts, row, some};

/// Demands whose answers are compared with an exhaustive search.
const CHECKED: usize = 1_000;
/// The clock is coarse, and we are quick: so many passes are timed together.
const PASSES: usize = 20;

/// Times single queries, ours and tantivy's by turns.
pub fn one_by_one(index: &Impact, peer: &Peer, demands: &Demands, size: &str) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (_, query) in some(demands) {
        ours.push(least_seconds(RUNS, || drop(black_box(top(&[index], query, 100, &accepts)))));
        theirs.push(least_seconds(RUNS, || _ = black_box(peer.top(query, 100))));
    }
    row(&format!("top100.{size}.ours"), mean(&ours));
    row(&format!("top100.{size}.tantivy"), mean(&theirs));
    row(&format!("top100.{size}.tail"), percentile(&ours, 0.99) / median(&ours));
}

/// Compares the best twenty with those of a search through everything.
pub fn exhaustive(index: &Impact, supplies: &Items, demands: &Demands) {
    let wrong = demands.par_iter().take(CHECKED).filter(|(_, query)| {
        let mut all: Vec<(u64, &RecordId)> = supplies
            .iter()
            .filter(|(posting, _)| accepts(posting))
            .map(|(posting, vector)| (query.product(vector), &posting.id))
            .filter(|(product, _)| *product > 0)
            .collect();
        all.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(right.1)));
        let found = top(&[index], query, 20, &accepts);
        !found.iter().map(|hit| (hit.product, &hit.posting.id)).eq(all.into_iter().take(20))
    });
    row("exhaustive.checked", demands.len().min(CHECKED) as f64);
    row("exhaustive.differs", wrong.count() as f64);
}

/// Times the top 20 of all demands on one thread, ours and tantivy's by turns.
pub fn batch(index: &Impact, peer: &Peer, demands: &Demands) {
    let rounds = (0..ROUNDS).map(|_| {
        let ours = batch_seconds(index, demands);
        let (_, theirs) = timed(|| demands.iter().map(|(_, query)| peer.top(query, 20)).sum::<usize>());
        (ours, theirs)
    });
    let rounds: Vec<(f64, f64)> = rounds.collect();
    row("top20.tantivy.ratio", median(&rounds.iter().map(|(ours, theirs)| ours / theirs).collect::<Vec<f64>>()));
    row("top20.tantivy", median(&rounds.iter().map(|(_, theirs)| *theirs).collect::<Vec<f64>>()));
}

/// Returns the processor time of the top 20 of all demands.
pub fn batch_seconds(index: &Impact, demands: &Demands) -> f64 {
    timed(|| black_box(demands.iter().map(|(_, query)| top(&[index], query, 20, &accepts).len()).sum::<usize>())).1
}

/// Returns the processor time of the top 100 of a demand.
pub fn seconds_per_demand(index: &Impact, demands: &Demands) -> f64 {
    let pass = || some(demands).map(|(_, query)| top(&[index], query, 100, &accepts).len()).sum::<usize>();
    let (_, seconds) = timed(|| (0..PASSES).map(|_| black_box(pass())).sum::<usize>());
    seconds / (PASSES * some(demands).count()) as f64
}

/// Returns the products of the top 20 of each demand, zeros where there are fewer, as little-endian bytes.
pub fn top_products(index: &Impact, demands: &Demands) -> Vec<u8> {
    let products = demands.iter().flat_map(|(_, query)| {
        let mut products: Vec<u64> = top(&[index], query, 20, &accepts).iter().map(|hit| hit.product).collect();
        products.resize(20, 0);
        products
    });
    products.flat_map(u64::to_le_bytes).collect()
}
