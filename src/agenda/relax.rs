//! The linear relaxation with a variable for each pair and slot, by a first-order method: primal-dual hybrid gradients
//! with averages and restarts. What it gives are prices of the places that are short, which need not be exact: the bound
//! that they prove is worked out in whole numbers elsewhere. Only sums, products, quotients and square roots are taken, in
//! a fixed order, so that the prices are the same on every machine.

use crate::agenda::column::Column;
use crate::agenda::core::Core;
use crate::agenda::rooms::Rooms;

/// Prices are on the scale of scores, cells of 0 to 1; so many times the mean score is a good balance to begin with.
const WEIGHT: f64 = 20.0;
/// After so many steps work goes on from the averages.
const RESTART: u32 = 200;
/// Where not all minima can be kept, one is worth so many times the best pair.
const MINIMUM: f64 = 4.0;

/// A pair in a slot.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// The rows that it fills: each party in the slot, then the tables, then each party in all.
    rows: [usize; 5],
    /// Where its other rows stand in the list of them.
    special: (usize, usize),
    x: f64,
}

/// A sum of cells that must stay within limits.
#[derive(Debug, Clone, Copy)]
struct Row {
    least: f64,
    most: f64,
    /// The price is not below this.
    floor: f64,
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
        Self { least, most, floor: f64::NEG_INFINITY, size: 0.0, sum: 0.0, price: 0.0, total: 0.0, start: 0.0 }
    }

    /// Moves the price against what is too much or too little, and makes ready for the next sum.
    fn update(&mut self, weight: f64) {
        let length = weight / self.size.max(1.0);
        let aim = self.price / length + self.sum;
        self.price = (length * (aim - aim.clamp(self.least, self.most))).max(self.floor);
        self.total += self.price;
        self.sum = 0.0;
    }
}

/// The relaxation at work.
#[derive(Debug, Clone)]
pub(super) struct Relaxation {
    cells: Column<Cell>,
    /// The rows that only some cells have.
    special: Column<usize>,
    /// Where each cell was at the last restart, and its sum since.
    history: Column<(f64, f64)>,
    /// The first cell of each pair.
    starts: Column<usize>,
    /// One row for each pair: it is held once at most.
    pairs: Column<Row>,
    /// Each room, then each party in all.
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
    /// Sets the relaxation up; nothing is held and everything is free. Minima must be kept.
    pub(super) fn new(core: &Core<'_>) -> Self {
        let scores = core.pairs.iter().map(|pair| to_float(usize::try_from(pair.score).unwrap_or(0)));
        Self::open(core, scores.collect(), f64::NEG_INFINITY)
    }

    /// As [`new`](Self::new) where not all minima can be kept: each has its price.
    pub(super) fn lenient(core: &Core<'_>) -> Self {
        let scores: Column<f64> =
            core.pairs.iter().map(|pair| to_float(usize::try_from(pair.score).unwrap_or(0))).collect();
        let most = scores.iter().copied().fold(0.0, f64::max);
        Self::open(core, scores, -most * MINIMUM)
    }

    /// Sets up the relaxation in which minima alone count, one each.
    pub(super) fn counting(core: &Core<'_>) -> Self {
        Self::open(core, Column::filled(0.0, core.pairs.len()), -1.0)
    }

    /// Sets the relaxation up with what pairs are worth and, below zero, what a minimum is.
    fn open(core: &Core<'_>, scores: Column<f64>, floor: f64) -> Self {
        let n_parties = core.free.len();
        let rooms = Rooms::new(core);
        let to_size = |room: i64| to_float(usize::try_from(room).unwrap_or(0));
        let mut rows: Column<Row> =
            rooms.sizes.iter().map(|size| Row::new(f64::NEG_INFINITY, to_size(*size))).collect();
        let n_priced = rows.len();
        for party in 0..n_parties {
            let [least, most] = [core.min[party].min(core.max[party]), core.max[party]].map(to_size);
            rows.push(Row { floor, ..Row::new(if least > 0.0 { least } else { f64::NEG_INFINITY }, most) });
        }
        let (mut cells, mut starts, mut pairs) = (Column::default(), Column::default(), Column::default());
        let mut special = Column::default();
        for (idx, pair) in core.pairs.iter().enumerate() {
            starts.push(cells.len());
            let must = pair.must && !pair.open.is_empty();
            let mut row = Row::new(if must { 1.0 } else { f64::NEG_INFINITY }, 1.0);
            for slot in pair.open.iter() {
                let [buyer, sme] = pair.ends;
                let [a, b, c] = rooms.common(core, idx, slot);
                let first = special.len();
                rooms.special(core, idx, slot).for_each(|row| _ = special.push(row));
                let rows_of = [a, b, c, n_priced + buyer, n_priced + sme];
                rows_of.iter().chain(special.part(first..special.len())).for_each(|row| rows[*row].size += 1.0);
                row.size += 1.0;
                cells.push(Cell { rows: rows_of, special: (first, special.len()), x: 0.0 });
            }
            pairs.push(row);
        }
        starts.push(cells.len());
        let mean = scores.iter().sum::<f64>() / to_float(scores.len().max(1));
        let weight = if mean > 0.0 { mean * WEIGHT } else { WEIGHT };
        let history = Column::filled((0.0, 0.0), cells.len());
        Self { cells, special, history, starts, pairs, rows, scores, weight, n_since: 0.0, n_steps: 0, n_priced }
    }

    /// Takes a step. O(cells).
    pub(super) fn step(&mut self) {
        // A cell is in six rows, and in its special ones.
        let plain_length = 1.0 / (6.0 * self.weight);
        for pair in 0..self.pairs.len() {
            let worth = self.scores[pair] - self.pairs[pair].price;
            for at in self.starts[pair]..self.starts[pair + 1] {
                let Cell { rows, special: (first, end), x } = self.cells[at];
                let special = self.special.part(first..end);
                let mut price: f64 = rows.iter().map(|row| self.rows[*row].price).sum();
                let mut length = plain_length;
                if first < end {
                    price += special.iter().map(|row| self.rows[*row].price).sum::<f64>();
                    length = 1.0 / (to_float(6 + end - first) * self.weight);
                }
                let next = (x + (worth - price) * length).clamp(0.0, 1.0);
                let ahead = 2.0 * next - x;
                rows.iter().chain(special).for_each(|row| self.rows[*row].sum += ahead);
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

    /// Returns the prices of the rooms, as they are or as they were on average.
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
