//! The best postings for a query. Accumulators never tell less than the truth, and not much more: what falls out by them
//! cannot be among the best, and the rest is weighed exactly.

use std::cell::RefCell;
use std::cmp::Reverse;

use crate::impact::block::{BLOCK_MAX, Block, Listed, Posting};
use crate::impact::index::{Impact, Part};
use crate::text::Vector;

/// A found posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'i> {
    /// The posting.
    pub posting: &'i Posting,
    /// The [product](Vector::product) of its vector with the query.
    pub product: u64,
}

/// A query may have this many pieces; the heaviest are kept.
pub const QUERY_MAX: usize = 400;
/// The most that the pieces of a query can add up to in an accumulator, with room for what is rounded up.
const SUM_MAX: u64 = 65_000;
/// The steps of a byte, the shift of a factor, and how many accumulators are looked at together.
const BYTE_MAX: u64 = 255;
const SHIFT: u32 = 8;
const LANES: usize = 64;
/// So many postings are collected for each one wanted before the least are dropped.
const POOL_FACTOR: usize = 8;

thread_local! {
    /// Accumulators are used again and again: zeroed after each block, and never given back.
    static SUMS: RefCell<Vec<u16>> = RefCell::new(vec![0; BLOCK_MAX]);
}

/// A posting that may be among the best.
#[derive(Debug, Clone, Copy)]
struct Near {
    sum: u16,
    part_idx: usize,
    at: usize,
}

/// Says whether the posting at a place of a part is accepted.
type Accepts<'a> = dyn Fn(usize) -> bool + 'a;

/// Returns the postings of some indexes whose product with the query is largest and above 0, among those that are
/// accepted: the largest first, ties by identifier. The answer is exact, and does not depend on blocks.
///
/// # Complexity
/// O(postings of the pieces + all postings / 32 + limit x pieces).
pub fn top<'i>(
    indexes: &[&'i Impact],
    query: &Vector,
    limit: usize,
    accepts: &dyn Fn(&Posting) -> bool,
) -> Vec<Hit<'i>> {
    let query = query.heaviest(QUERY_MAX);
    let parts: Vec<&'i Part> = indexes.iter().flat_map(|index| &index.parts).collect();
    let found: Vec<Vec<(u32, u16)>> = parts.iter().map(|part| pieces(&part.block, &query)).collect();
    let unit = parts.iter().zip(&found).map(|(part, pieces)| unit(&part.block, pieces)).max().unwrap_or(1);
    let n_pieces = found.iter().map(Vec::len).max().unwrap_or(0);
    if limit == 0 || n_pieces == 0 {
        return Vec::new();
    }
    let mut pool = Pool::new(limit, n_pieces);
    SUMS.with_borrow_mut(|sums| {
        for (part_idx, (part, pieces)) in parts.iter().zip(&found).enumerate().filter(|(_, (_, p))| !p.is_empty()) {
            let Some(sums) = sums.get_mut(..part.block.postings().len()) else { continue };
            let columns = accumulate(&part.block, pieces, unit, sums);
            let accepts = |at: usize| part.block.postings().get(at).is_some_and(accepts) && !part.is_gone(at);
            pool.collect(part_idx, sums, &columns, &accepts);
            sums.fill(0);
        }
    });
    let weigh = |near: &Near| -> Option<Hit<'i>> {
        let block = &parts.get(near.part_idx)?.block;
        let product = exact(block, near.at, found.get(near.part_idx)?);
        Some(Hit { posting: block.postings().get(near.at)?, product })
    };
    pool.best(unit, weigh)
}

/// Finds the pieces of a query that a block has, ascending, each with its weight in the query.
fn pieces(block: &Block, query: &Vector) -> Vec<(u32, u16)> {
    let found = query.entries().filter_map(|(key, weight)| Some((block.piece(key)?, weight)));
    found.collect()
}

/// Returns what a step of an accumulator is worth, so that no sum passes [`SUM_MAX`].
fn unit(block: &Block, pieces: &[(u32, u16)]) -> u64 {
    let most: u64 = pieces.iter().map(|(piece, weight)| u64::from(block.largest(*piece)) * u64::from(*weight)).sum();
    most.div_ceil(SUM_MAX).max(1)
}

/// A column of a block, with the factor by which a query adds it.
struct Column<'b> {
    bytes: &'b [u8],
    factor: u16,
}

impl Column<'_> {
    /// Adds what the column has from a place on to sums.
    fn add_to(&self, sums: &mut [u16], from: usize) {
        let bytes = self.bytes.get(from..).unwrap_or_default();
        for (sum, byte) in sums.iter_mut().zip(bytes) {
            *sum = sum.wrapping_add(scaled(*byte, self.factor));
        }
    }
}

/// Adds up the pieces of a query for the postings of a block that list them, and returns the pieces that are columns.
fn accumulate<'b>(block: &'b Block, pieces: &[(u32, u16)], unit: u64, sums: &mut [u16]) -> Vec<Column<'b>> {
    let mut columns = Vec::new();
    for (piece, weight) in pieces {
        let most = u64::from(block.largest(*piece)) * u64::from(*weight);
        // A byte of 255 gives at least the most: a factor for bytes that is rounded up.
        let factor = (most << SHIFT).div_ceil(unit * BYTE_MAX);
        let factor = u16::try_from(factor).unwrap_or(u16::MAX);
        match block.listed(*piece) {
            Listed::Column(bytes) => columns.push(Column { bytes, factor }),
            Listed::Places(places, bytes) => {
                for (at, byte) in places.iter().zip(bytes) {
                    if let Some(sum) = sums.get_mut(usize::from(*at)) {
                        *sum = sum.wrapping_add(scaled(*byte, factor));
                    }
                }
            }
        }
    }
    columns
}

/// Multiplies a byte by a factor in 256ths, to at least 1 unless the byte is 0, so that whatever has a piece shows. The sum
/// cannot pass 16 bits; the factor is taken in two parts, so that no product does either and the compiler takes many at
/// once.
fn scaled(byte: u8, factor: u16) -> u16 {
    let [low, high] = factor.to_le_bytes().map(u16::from);
    let wide = u16::from(byte);
    let product = wide.wrapping_mul(high).wrapping_add(wide.wrapping_mul(low) >> SHIFT);
    product.max(u16::from(byte.min(1)))
}

/// Returns the product of a posting with the query, piece by piece.
fn exact(block: &Block, at: usize, pieces: &[(u32, u16)]) -> u64 {
    let mut sum = 0;
    let mut own = block.pieces_of(at).peekable();
    for (piece, weight) in pieces {
        while own.next_if(|(other, _)| other < piece).is_some() {}
        if let Some((_, other)) = own.next_if(|(other, _)| other == piece) {
            sum += u64::from(*weight) * u64::from(other);
        }
    }
    sum
}

/// Returns the number at a place, counted from 0, if numbers are put in order, the largest first.
fn nth_largest(numbers: &mut [u16], place: usize) -> Option<u16> {
    (place < numbers.len()).then(|| *numbers.select_nth_unstable_by_key(place, |number| Reverse(*number)).1)
}

/// What may be among the best.
struct Pool {
    limit: usize,
    /// What is rounded down for each piece, so much less than the truth an accumulator may show in steps.
    short: u64,
    near: Vec<Near>,
    /// Sums below this cannot be among the best.
    least: u16,
    /// How many are collected before the least are dropped.
    drop_at: usize,
}

impl Pool {
    fn new(limit: usize, n_pieces: usize) -> Self {
        let short = u64::try_from(n_pieces).unwrap_or(u64::MAX);
        Self { limit, short, near: Vec::new(), least: 1, drop_at: POOL_FACTOR.saturating_mul(limit) }
    }

    /// Collects the accepted postings of a part whose sums, with what the columns add, may be among the best. Columns are
    /// added only where they can lift a sum to the least.
    fn collect(&mut self, part_idx: usize, sums: &mut [u16], columns: &[Column<'_>], accepts: &Accepts<'_>) {
        let most: Vec<u16> = sums.chunks(LANES).map(|chunk| chunk.iter().copied().max().unwrap_or(0)).collect();
        if self.near.len() < self.limit {
            self.foresee(sums, &most, columns, accepts);
        }
        let added: u32 = columns.iter().map(|column| u32::from(scaled(u8::MAX, column.factor))).sum();
        for (chunk_idx, (chunk, most)) in sums.chunks_mut(LANES).zip(most).enumerate() {
            if u32::from(most) + added < u32::from(self.least) {
                continue;
            }
            let from = chunk_idx * LANES;
            columns.iter().for_each(|column| column.add_to(chunk, from));
            for (at, sum) in (from..).zip(chunk.iter()).filter(|(_, sum)| **sum >= self.least) {
                if accepts(at) {
                    self.near.push(Near { sum: *sum, part_idx, at });
                }
            }
            if self.near.len() >= self.drop_at {
                self.drop_least();
                // Many may be as good as the last of the best; they are not gone through after every few.
                self.drop_at = self.drop_at.max(2 * self.near.len());
            }
        }
    }

    /// Raises the least before anything is collected: if as many accepted postings as are wanted are found among those with
    /// the largest sums before columns are added, the rest must come to what these do.
    fn foresee(&mut self, sums: &[u16], most: &[u16], columns: &[Column<'_>], accepts: &Accepts<'_>) {
        let Some(last) = self.limit.checked_sub(1) else { return };
        let large = nth_largest(&mut most.to_vec(), last).unwrap_or(1).max(1);
        let chunks = sums.chunks(LANES).zip(most).enumerate().filter(|(_, (_, most))| **most >= large);
        let places = chunks.flat_map(|(chunk_idx, (chunk, _))| (chunk_idx * LANES..).zip(chunk));
        let found = places.filter(|(at, sum)| **sum >= large && accepts(*at)).map(|(at, sum)| {
            let mut whole = [*sum];
            columns.iter().for_each(|column| column.add_to(&mut whole, at));
            whole[0]
        });
        if let Some(sum) = nth_largest(&mut found.collect::<Vec<u16>>(), last) {
            self.raise(sum);
        }
    }

    /// Drops what cannot be among the best any more: every sum shows at most this much more than the truth, and at most
    /// `short` less.
    fn drop_least(&mut self) {
        let Some(last) = self.limit.checked_sub(1).filter(|last| *last < self.near.len()) else { return };
        let (_, last, _) = self.near.select_nth_unstable_by_key(last, |near| Reverse(near.sum));
        let sum = last.sum;
        self.raise(sum);
        let least = self.least;
        self.near.retain(|near| near.sum >= least);
    }

    /// Raises the least to the least sum with which a posting can be as good as one with the sum given.
    fn raise(&mut self, sum: u16) {
        // Bytes are rounded up by less than a step of 255 each, together by less than a 255th of the largest sum; factors
        // by less than a step each.
        let over = SUM_MAX / BYTE_MAX + 1 + self.short;
        let least = u64::from(sum).saturating_sub(over + self.short).max(1);
        self.least = self.least.max(u16::try_from(least).unwrap_or(u16::MAX));
    }

    /// Weighs what may be among the best, the most likely first, until the rest cannot be.
    fn best<'i>(mut self, unit: u64, weigh: impl Fn(&Near) -> Option<Hit<'i>>) -> Vec<Hit<'i>> {
        self.drop_least();
        self.near.sort_unstable_by_key(|near| (Reverse(near.sum), near.part_idx, near.at));
        let (first, rest) = self.near.split_at(self.limit.min(self.near.len()));
        let mut hits: Vec<Hit<'i>> = first.iter().filter_map(&weigh).collect();
        let least = hits.iter().map(|hit| hit.product).min().unwrap_or(0);
        let can_be = |near: &&Near| unit * (u64::from(near.sum) + self.short) >= least;
        hits.extend(rest.iter().take_while(can_be).filter_map(&weigh));
        hits.retain(|hit| hit.product > 0);
        hits.sort_unstable_by(|left, right| {
            right.product.cmp(&left.product).then_with(|| left.posting.id.cmp(&right.posting.id))
        });
        hits.truncate(self.limit);
        hits
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::RecordId;

    /// Postings whose texts have some of few pieces, so that there are ties, columns and rare pieces.
    fn items(texts: &[Vec<(u8, u16)>]) -> Vec<(Posting, Vector)> {
        let item = |(i, text): (usize, &Vec<(u8, u16)>)| {
            let posting = Posting {
                id: RecordId::from_text(&format!("P{}:catalog:{i}", i % 7 + 1)),
                party: None,
                is_open: i % 5 > 0,
                last_day: None,
            };
            (posting, vector(text))
        };
        texts.iter().enumerate().map(item).collect()
    }

    fn vector(text: &[(u8, u16)]) -> Vector {
        // Spread over all hashes, as real ones are.
        let key = |piece: u8| u64::from(piece).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Vector::from_entries(text.iter().map(|(piece, weight)| (key(*piece), (*weight).max(1))).collect())
    }

    /// Weighs everything and sorts it.
    fn exhaustive<'i>(items: &'i [(Posting, Vector)], query: &Vector, limit: usize) -> Vec<Hit<'i>> {
        let open = items.iter().filter(|(posting, _)| posting.is_open);
        let mut hits: Vec<Hit<'_>> = open.map(|(posting, own)| Hit { posting, product: query.product(own) }).collect();
        hits.retain(|hit| hit.product > 0);
        hits.sort_by(|left, right| {
            right.product.cmp(&left.product).then_with(|| left.posting.id.cmp(&right.posting.id))
        });
        hits.truncate(limit);
        hits
    }

    fn texts(n: usize) -> impl Strategy<Value = Vec<Vec<(u8, u16)>>> {
        // Small pieces are frequent.
        let piece = (0_u8..6, 0_u8..60, any::<bool>()).prop_map(|(few, many, is_few)| if is_few { few } else { many });
        prop::collection::vec(prop::collection::vec((piece, prop_oneof![1_u16..=40, any::<u16>()]), 0..12), 0..n)
    }

    proptest! {
        #[test]
        fn the_best_are_those_of_an_exhaustive_search(
            texts in texts(400), query in texts(2), limit in 1_usize..30, n_first in 0_usize..400,
        ) {
            let items = items(&texts);
            let query = vector(query.first().map_or(&[], Vec::as_slice));
            let expected = exhaustive(&items, &query, limit);
            let whole = Impact::build(items.clone());
            prop_assert_eq!(&top(&[&whole], &query, limit, &|posting| posting.is_open), &expected);
            let (first, rest) = items.split_at(n_first.min(items.len()));
            let [first, rest] = [first, rest].map(|items| Impact::build(items.to_vec()));
            prop_assert_eq!(top(&[&first, &rest], &query, limit, &|posting| posting.is_open), expected);
        }

        #[test]
        fn changes_leave_what_a_fresh_index_would_have(
            texts in texts(120), changes in prop::collection::vec((0_usize..120, prop::option::of(0_usize..120)), 0..40),
            query in texts(2),
        ) {
            let query = vector(query.first().map_or(&[], Vec::as_slice));
            let mut items = items(&texts);
            let mut followed = Impact::build(items.clone());
            for (at, source) in changes {
                let Some((posting, _)) = items.get(at).cloned() else { continue };
                let Some(text) = source.and_then(|source| texts.get(source)) else {
                    followed = followed.with(std::slice::from_ref(&posting.id), Vec::new());
                    items.remove(at);
                    continue;
                };
                let changed = (posting, vector(text));
                followed = followed.with(&[], vec![changed.clone()]);
                items[at] = changed;
            }
            prop_assert_eq!(followed.n_postings(), items.len());
            let (posting, own) = items.first().cloned().unwrap_or_else(items_of_one);
            prop_assert_eq!(followed.vector(&posting.id), (!items.is_empty()).then_some(own));
            let everything = |_: &Posting| true;
            let fresh = Impact::build(items);
            prop_assert_eq!(top(&[&followed], &query, 10, &everything), top(&[&fresh], &query, 10, &everything));
            prop_assert!(followed.parts.len() <= 9, "blocks double in size: {}", followed.parts.len());
        }
    }

    fn items_of_one() -> (Posting, Vector) {
        items(&[Vec::new()]).remove(0)
    }

    #[test]
    fn large_blocks_are_exact_too() {
        let text = |i: u32| -> Vec<(u8, u16)> {
            let weight = |k: u32| u16::try_from((i.wrapping_mul(2_654_435_761) >> (k + 8)) & 0xFFFF).unwrap_or(1);
            (0..4).map(|k| (u8::try_from((i / (k + 1) + k * k) % (3 + 60 * k)).unwrap_or(0), weight(k))).collect()
        };
        let texts: Vec<Vec<(u8, u16)>> = (0..70_000).map(text).collect();
        let items = items(&texts);
        let index = Impact::build(items.clone());
        assert_eq!(index.parts.len(), 2);
        for i in [0, 7, 123, 65_535, 69_999] {
            let query = vector(&texts[i]);
            assert_eq!(top(&[&index], &query, 100, &|p| p.is_open), exhaustive(&items, &query, 100), "{i}");
        }
    }
}
