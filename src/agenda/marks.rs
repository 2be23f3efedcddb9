//! The chain at hand: which pairs are in it, where they go and where its paths end.

use crate::agenda::column::Column;

/// Which pairs are in the chain at hand, and the chain.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    round: u32,
    marked: Column<u32>,
    /// How many meetings were looked at in all, for budgets of work.
    pub n_looks: u64,
    /// Where the last two paths ended.
    pub ends: (usize, usize),
    /// The pairs of the chain, each with the slot to which it goes.
    pub chain: Column<(usize, usize)>,
}

impl Marks {
    /// Makes room for so many pairs.
    pub(super) fn new(n_pairs: usize) -> Self {
        Self { round: 0, marked: Column::filled(0, n_pairs), n_looks: 0, ends: (0, 0), chain: Column::default() }
    }

    /// Begins a new chain.
    pub(super) fn begin(&mut self) {
        self.round += 1;
        self.chain.clear();
    }

    /// Takes off what was added since the chain had this length.
    pub(super) fn cut(&mut self, length: usize) {
        while self.chain.len() > length {
            if let Some((pair, _)) = self.chain.pop() {
                self.marked[pair] = 0;
            }
        }
    }

    /// Returns the party at which the last path that was followed ended; `start` if it had no need to go anywhere.
    pub(super) fn end(&self, start: usize) -> usize {
        if self.ends.0 == start { self.ends.1 } else { self.ends.0 }
    }

    /// Says whether a pair is in the chain.
    pub(super) fn is_marked(&self, pair: usize) -> bool {
        self.marked[pair] == self.round
    }

    /// Adds a pair to the chain.
    pub(super) fn add(&mut self, pair: usize, slot: usize) {
        self.marked[pair] = self.round;
        self.chain.push((pair, slot));
    }
}
