//! The linear relaxation with a variable for each pair and slot, by a first-order method: primal-dual hybrid gradients
//! with averages and restarts. What it gives are prices of the places that are short, which need not be exact: the bound
//! that they prove is worked out in whole numbers elsewhere. Only sums, products, quotients and square roots are taken, in
//! a fixed order, so that the prices are the same on every machine.

use crate::agenda::column::Column;
use crate::agenda::core::Core;

/// Prices are on the scale of scores, cells of 0 to 1; so many times the mean score is a good balance to begin with.
const WEIGHT: f64 = 20.0;
/// After so many steps work goes on from the averages.
const RESTART: u32 = 200;

/// A pair in a slot.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// The rows that it fills: each party in the slot, then the tables, then each party in all.
    rows: [usize; 5],
    x: f64,
}

/// A sum of cells that must stay within limits.
#[derive(Debug, Clone, Copy)]
struct Row {
    least: f64,
    most: f64,
    /// How many cells it has.
    size: f64,
    /// The sum of the extrapolated cells.
    sum: f64,
    price: f64,
    /// The sum of the prices since the last restart.
    total: f64,
    /// The price at the last restart.
    start: f64,
}

impl Row {
    fn new(least: f64, most: f64) -> Self {
        Self { least, most, size: 0.0, sum: 0.0, price: 0.0, total: 0.0, start: 0.0 }
    }

    /// Moves the price against what is too much or too little, and makes ready for the next sum.
    fn update(&mut self, weight: f64) {
        let length = weight / self.size.max(1.0);
        let aim = self.price / length + self.sum;
        self.price = length * (aim - aim.clamp(self.least, self.most));
        self.total += self.price;
        self.sum = 0.0;
    }
}

/// The relaxation at work.
#[derive(Debug, Clone)]
pub(super) struct Relaxation {
    cells: Column<Cell>,
    /// Where each cell was at the last restart, and its sum since.
    history: Column<(f64, f64)>,
    /// The first cell of each pair.
    starts: Column<usize>,
    /// One row for each pair: it is held once at most.
    pairs: Column<Row>,
    /// Each party in each slot, then each zone's tables in each slot, then each party in all.
    rows: Column<Row>,
    scores: Column<f64>,
    /// How fast prices move, as against cells.
    weight: f64,
    /// How many steps were made since the last restart.
    n_since: f64,
    n_steps: u32,
    n_priced: usize,
}

impl Relaxation {
    /// Sets the relaxation up; nothing is held and everything is free.
    pub(super) fn new(core: &Core<'_>) -> Self {
        let (n_parties, n_slots) = (core.free.len(), core.n_slots);
        let mut rows = Column::default();
        for party in 0..n_parties {
            for _ in 0..n_slots {
                rows.push(Row::new(f64::NEG_INFINITY, to_float(core.desks[party])));
            }
        }
        for zone in 0..core.zones.len() {
            for slot in 0..n_slots {
                rows.push(Row::new(f64::NEG_INFINITY, to_float(core.n_tables(zone, slot))));
            }
        }
        let n_priced = rows.len();
        for party in 0..n_parties {
            let [least, most] = [core.min[party].min(core.max[party]), core.max[party]];
            let [least, most] = [least, most].map(|limit| to_float(usize::try_from(limit).unwrap_or(0)));
            rows.push(Row::new(if least > 0.0 { least } else { f64::NEG_INFINITY }, most));
        }
        let (mut cells, mut starts, mut pairs) = (Column::default(), Column::default(), Column::default());
        for pair in core.pairs.iter() {
            starts.push(cells.len());
            let mut row = Row::new(f64::NEG_INFINITY, 1.0);
            for slot in pair.open.iter() {
                let [buyer, sme] = pair.ends;
                let places = [buyer, sme, n_parties + pair.zone].map(|row| row * n_slots + slot);
                let [a, b, c] = places;
                let cell = Cell { rows: [a, b, c, n_priced + buyer, n_priced + sme], x: 0.0 };
                cell.rows.iter().for_each(|row| rows[*row].size += 1.0);
                row.size += 1.0;
                cells.push(cell);
            }
            pairs.push(row);
        }
        starts.push(cells.len());
        let scores: Column<f64> =
            core.pairs.iter().map(|pair| to_float(usize::try_from(pair.score).unwrap_or(0))).collect();
        let mean = scores.iter().sum::<f64>() / to_float(scores.len().max(1));
        let history = Column::filled((0.0, 0.0), cells.len());
        Self { cells, history, starts, pairs, rows, scores, weight: mean * WEIGHT, n_since: 0.0, n_steps: 0, n_priced }
    }

    /// Takes a step. O(cells).
    pub(super) fn step(&mut self) {
        // A cell is in six rows.
        let length = 1.0 / (6.0 * self.weight);
        for pair in 0..self.pairs.len() {
            let worth = self.scores[pair] - self.pairs[pair].price;
            for at in self.starts[pair]..self.starts[pair + 1] {
                let Cell { rows, x } = self.cells[at];
                let price: f64 = rows.iter().map(|row| self.rows[*row].price).sum();
                let next = (x + (worth - price) * length).clamp(0.0, 1.0);
                let ahead = 2.0 * next - x;
                rows.iter().for_each(|row| self.rows[*row].sum += ahead);
                self.pairs[pair].sum += ahead;
                self.cells[at].x = next;
                self.history[at].1 += next;
            }
        }
        let weight = self.weight;
        self.rows.iter_mut().chain(self.pairs.iter_mut()).for_each(|row| row.update(weight));
        self.n_since += 1.0;
        self.n_steps += 1;
        if self.n_steps.is_multiple_of(RESTART) {
            self.restart();
        }
    }

    /// Returns how much work a step is.
    pub(super) fn work(&self) -> u64 {
        u64::try_from(self.cells.len() / 20).unwrap_or(u64::MAX)
    }

    /// Returns the prices of each party's slots and of the tables in each slot, as they are or as they were on average.
    pub(super) fn prices(&self, is_average: bool) -> impl Iterator<Item = f64> {
        let n = self.n_since.max(1.0);
        self.rows.iter().take(self.n_priced).map(move |row| if is_average { row.total / n } else { row.price })
    }

    /// Goes on from the averages, with a new balance between prices and cells.
    fn restart(&mut self) {
        let n = self.n_since.max(1.0);
        let (mut prices_moved, mut cells_moved) = (0.0, 0.0);
        for row in self.rows.iter_mut().chain(self.pairs.iter_mut()) {
            row.price = row.total / n;
            prices_moved += (row.price - row.start) * (row.price - row.start);
            (row.start, row.total) = (row.price, 0.0);
        }
        for (cell, history) in self.cells.iter_mut().zip(self.history.iter_mut()) {
            cell.x = history.1 / n;
            cells_moved += (cell.x - history.0) * (cell.x - history.0);
            *history = (cell.x, 0.0);
        }
        self.n_since = 0.0;
        if prices_moved > 1e-9 && cells_moved > 1e-9 {
            let balance = (prices_moved / cells_moved).sqrt();
            self.weight = (self.weight * balance).sqrt();
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and scores far below 2^52")]
fn to_float(number: usize) -> f64 {
    number as f64
}
