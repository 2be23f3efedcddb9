//! A text as numbers: its pieces by their hashes, each with a weight. Two vectors are compared in whole numbers, so that
//! the answer is the same in whatever order and on whatever machine it is added up.

use xxhash_rust::xxh3::xxh3_64;

/// Weighed pieces of a text.
///
/// A weight is a fraction of 1 in steps of 1/65,535. Two pieces with one hash would be taken for the same; with 64 bits
/// that is not expected among some million million pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vector {
    /// The hashes, ascending, none twice.
    keys: Box<[u64]>,
    /// The weight of each, above 0.
    weights: Box<[u16]>,
}

/// What a weight of 1 is.
const ONE: f64 = 65_535.0;

impl Vector {
    /// Builds a vector of distinct pieces, by their [keys](key), with weights from 0 to 1; what weighs nothing is left out,
    /// and what weighs anything weighs a step at least. O(n log n).
    pub fn new(pieces: impl IntoIterator<Item = (u64, f64)>) -> Self {
        let weighed = pieces.into_iter().filter(|(_, weight)| *weight > 0.0);
        Self::from_entries(weighed.map(|(key, weight)| (key, step(weight))).collect())
    }

    /// Builds a vector of hashes and weights in any order; of two with one hash the heavier one counts.
    pub fn from_entries(mut entries: Vec<(u64, u16)>) -> Self {
        entries.sort_unstable_by(|left, right| left.0.cmp(&right.0).then(right.1.cmp(&left.1)));
        entries.dedup_by_key(|(key, _)| *key);
        let (keys, weights): (Vec<u64>, Vec<u16>) = entries.into_iter().unzip();
        Self { keys: keys.into(), weights: weights.into() }
    }

    /// Returns the hashes with their weights, ascending by hash.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (u64, u16)> {
        self.keys.iter().copied().zip(self.weights.iter().copied())
    }

    /// Says whether the vector has nothing.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Keeps the heaviest entries, ties by hash.
    pub fn heaviest(&self, most: usize) -> Self {
        if self.keys.len() <= most {
            return self.clone();
        }
        let mut entries: Vec<(u64, u16)> = self.entries().collect();
        entries.sort_unstable_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
        entries.truncate(most);
        Self::from_entries(entries)
    }

    /// Returns the sum of the products of the weights of common pieces, a product of 1 by 1 counting 65,535 x 65,535. O(both).
    pub fn product(&self, other: &Self) -> u64 {
        let mut sum = 0;
        let mut others = other.entries().peekable();
        for (key, weight) in self.entries() {
            while others.next_if(|(other, _)| *other < key).is_some() {}
            if let Some((_, other)) = others.next_if(|(other, _)| *other == key) {
                sum += u64::from(weight) * u64::from(other);
            }
        }
        sum
    }
}

/// Returns the hash by which a vector knows a piece.
pub(super) fn key(piece: &str) -> u64 {
    xxh3_64(piece.as_bytes())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held between 1 and 65,535")]
fn step(weight: f64) -> u16 {
    (weight * ONE).round().clamp(1.0, ONE) as u16
}

/// Returns how much of what is wanted a text has, from 0 to 1, by the [product](Vector::product) `s` of both as a fraction
/// of 1: `2 s / (1 + s)`. A text of the typical length that mentions every piece once has half of what is possible and is
/// worth two thirds.
#[expect(clippy::cast_precision_loss, reason = "a sum of products of 16-bit numbers, for a share of four digits")]
pub fn coverage(product: u64) -> f64 {
    let s = product as f64 / (ONE * ONE);
    (2.0 * s / (1.0 + s)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(pieces: &[(&str, f64)]) -> Vector {
        Vector::new(pieces.iter().map(|(piece, weight)| (key(piece), *weight)))
    }

    #[test]
    fn common_pieces_are_multiplied() {
        let wanted = vector(&[("甲乙", 0.5), ("丙丁", 0.5), ("无", 0.0)]);
        let both = vector(&[("甲乙", 0.5), ("丙丁", 0.5)]);
        let half = vector(&[("甲乙", 0.5), ("戊己", 1.0)]);
        let s = |other: &Vector| wanted.product(other);
        assert!((coverage(s(&both)) - 2.0 / 3.0).abs() < 1e-4, "s is a half");
        assert!((coverage(s(&half)) - 0.4).abs() < 1e-4);
        assert_eq!(s(&half), half.product(&wanted));
        assert_eq!((s(&Vector::default()), wanted.entries().len()), (0, 2));
    }

    #[test]
    fn the_heaviest_pieces_stay() {
        let all = vector(&[("甲", 0.1), ("乙", 0.9), ("丙", 0.5)]);
        assert_eq!(all.heaviest(2), vector(&[("乙", 0.9), ("丙", 0.5)]));
        assert_eq!(all.heaviest(3), all);
    }
}
