//! Chance that repeats: a stream of numbers that the seed and the stream's number determine, the same on every machine.
//! Only whole numbers of fixed width are drawn, because floating-point functions differ from machine to machine.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// One stream of chance.
pub struct Chance {
    source: ChaCha8Rng,
}

impl Chance {
    /// Opens a stream of a seed; different streams of one seed are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        source.set_stream(stream);
        Self { source }
    }

    /// Draws a number below `end`, or 0 if `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        if end == 0 {
            return 0;
        }
        usize::try_from(self.source.random_range(0..end)).unwrap_or(0)
    }

    /// Draws a number from `from` to `to`, both included; `from` if `to` is less.
    pub fn between(&mut self, from: u32, to: u32) -> u32 {
        if to < from { from } else { self.source.random_range(from..=to) }
    }

    /// Says yes in so many of a million cases.
    pub fn in_a_million(&mut self, share: u32) -> bool {
        self.between(0, 999_999) < share
    }

    /// Says yes in so many of a hundred cases.
    pub fn in_a_hundred(&mut self, share: u32) -> bool {
        self.in_a_million(share.saturating_mul(10_000))
    }

    /// Draws one of several, all alike; `None` if there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let i = self.below(from.len());
        from.get(i)
    }

    /// Brings things into a random order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for i in (1..things.len()).rev() {
            let j = self.below(i + 1);
            things.swap(i, j);
        }
    }
}

/// Things that are drawn in proportion to their weights.
pub struct Weighted {
    /// Sums of the weights up to each thing.
    sums: Vec<u64>,
}

impl Weighted {
    /// Takes the weights in order.
    pub fn new(weights: impl Iterator<Item = u64>) -> Self {
        let mut sum = 0_u64;
        let sums = weights.map(|weight| {
            sum = sum.saturating_add(weight);
            sum
        });
        Self { sums: sums.collect() }
    }

    /// Draws the place of one of them; 0 if there is none. O(log n).
    pub fn draw(&self, chance: &mut Chance) -> usize {
        let total = self.sums.last().copied().unwrap_or(0);
        let at = if total == 0 { 0 } else { chance.source.random_range(0..total) };
        self.sums.partition_point(|sum| *sum <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_gives_the_same_numbers_everywhere() {
        let mut chance = Chance::new(7, 3);
        let drawn: Vec<usize> = (0..8).map(|_| chance.below(1000)).collect();
        assert_eq!(drawn, [181, 92, 979, 334, 351, 384, 919, 328]);
        let mut other = Chance::new(7, 4);
        assert_ne!(drawn, (0..8).map(|_| other.below(1000)).collect::<Vec<_>>());
    }

    #[test]
    fn draws_follow_the_weights() {
        let weighted = Weighted::new([1, 0, 3].into_iter());
        let mut chance = Chance::new(1, 1);
        let mut counts = [0_u32; 3];
        for _ in 0..4000 {
            counts[weighted.draw(&mut chance)] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((900..1100).contains(&counts[0]), "{counts:?}");
    }
}
