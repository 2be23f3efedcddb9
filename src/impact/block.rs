//! A block of postings, as arrays: for each posting its weighed pieces, and for each piece the postings that have it with
//! one byte of weight. Pieces that many postings have stand as a column with a byte for each posting, which is added
//! without looking anything up.

use std::fmt;
use std::marker::PhantomData;

use jiff::civil::Date;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::{PartyId, RecordId};
use crate::text::Vector;

/// What is known of a posting before its record is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The record.
    pub id: RecordId,
    /// Its party after merges.
    pub party: Option<PartyId>,
    /// Whether it is open, as long as it is valid.
    pub is_open: bool,
    /// The last day on which it is valid, if there is one.
    pub last_day: Option<Date>,
}

/// A block has at most this many postings, so that places fit 16 bits and the accumulators stay in a core's cache.
pub(super) const BLOCK_MAX: usize = 1 << 16;
/// A piece that more than one in so many postings have is a column.
const DENSE_PART: usize = 16;
/// The largest weight of a byte.
const BYTE_MAX: u32 = 255;

/// What the postings of a block have, from which the rest of the block is made.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Own {
    /// The postings, ascending by identifier.
    postings: Vec<Posting>,
    /// The hashes of the pieces, ascending.
    #[serde(deserialize_with = "at_once")]
    keys: Vec<u64>,
    /// Where the pieces of a posting start, and the end.
    #[serde(deserialize_with = "at_once")]
    starts: Vec<u32>,
    /// The pieces of each posting, ascending.
    #[serde(deserialize_with = "at_once")]
    pieces: Vec<u32>,
    /// Their weights.
    #[serde(deserialize_with = "at_once")]
    weights: Vec<u16>,
}

impl Own {
    /// Returns about how many bytes it has when it is written, rather more than fewer.
    pub(super) fn n_bytes(&self) -> usize {
        const POSTING_BYTES: usize = 64;
        const KEY_BYTES: usize = 10;
        const PIECE_BYTES: usize = 6;
        self.postings.len() * POSTING_BYTES + self.keys.len() * KEY_BYTES + self.pieces.len() * PIECE_BYTES
    }
}

/// Reads a list into memory that is reserved as a whole: growing a list of millions, as is done by default, copies it again
/// and again. What a length claims beyond the most that is reserved must be there to be read.
fn at_once<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    const RESERVED_MAX: usize = 1 << 26;

    struct List<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
        type Value = Vec<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::with_capacity(items.size_hint().unwrap_or(0).min(RESERVED_MAX));
            while let Some(item) = items.next_element()? {
                list.push(item);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_seq(List(PhantomData))
}

/// Postings that never change.
#[derive(Debug, Default)]
pub(super) struct Block {
    own: Own,
    /// Where the keys with a common beginning start, and the end; finds a key in constant time, since hashes are even.
    prefixes: Vec<u32>,
    /// How far a key is shifted to give its beginning.
    shift: u32,
    /// The largest weight that a piece has, by piece.
    largest: Vec<u16>,
    /// Where the places and bytes of a piece start, and the end; a column has none.
    starts: Vec<u32>,
    /// Places of postings, ascending for each piece.
    places: Vec<u16>,
    /// Their weights as fractions of the largest in 255 steps, rounded up.
    bytes: Vec<u8>,
    /// The pieces that are columns, ascending.
    dense: Vec<u32>,
    /// Their columns one after the other, a byte for each posting.
    columns: Vec<u8>,
}

/// The postings of one piece.
pub(super) enum Listed<'a> {
    /// Places and bytes.
    Places(&'a [u16], &'a [u8]),
    /// A byte for each posting.
    Column(&'a [u8]),
}

impl Block {
    /// Builds a block of at most [`BLOCK_MAX`] postings, ascending by identifier. O(n log n) in the pieces of all.
    pub(super) fn build(items: Vec<(Posting, Vector)>) -> Self {
        let mut keys: Vec<u64> = items.iter().flat_map(|(_, vector)| vector.entries().map(|(key, _)| key)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut block = Self { own: Own { keys, starts: vec![0], ..Own::default() }, ..Self::default() };
        block.index_keys();
        for (posting, vector) in items {
            for (key, weight) in vector.entries() {
                let piece = block.piece(key).expect("the key was taken from the same vectors");
                block.own.pieces.push(piece);
                block.own.weights.push(weight);
            }
            block.own.starts.push(offset(block.own.pieces.len()));
            block.own.postings.push(posting);
        }
        block.invert();
        block
    }

    /// Makes a block of what its postings have; `None` if that does not hold together.
    pub(super) fn from_own(own: Own) -> Option<Self> {
        let n = own.pieces.len();
        let fits = own.postings.len() <= BLOCK_MAX
            && own.starts.len() == own.postings.len() + 1
            && own.starts.is_sorted()
            && own.starts.last().is_some_and(|end| place(*end) == n)
            && own.weights.len() == n
            && own.pieces.iter().all(|piece| place(*piece) < own.keys.len());
        let mut block = fits.then(|| Self { own, ..Self::default() })?;
        block.index_keys();
        block.invert();
        Some(block)
    }

    /// Returns what the block is made from.
    pub(super) fn own(&self) -> &Own {
        &self.own
    }

    /// Returns the postings, ascending by identifier.
    pub(super) fn postings(&self) -> &[Posting] {
        &self.own.postings
    }

    /// Fills in where the keys with each beginning stand.
    fn index_keys(&mut self) {
        let keys = &self.own.keys;
        let bits = usize::BITS - (keys.len() / 2).leading_zeros();
        self.shift = u64::BITS - bits;
        let n_prefixes = 1_usize << bits;
        let mut prefixes = Vec::with_capacity(n_prefixes + 1);
        let mut at = 0;
        for prefix in 0..=n_prefixes {
            while keys.get(at).is_some_and(|key| self.prefix(*key) < prefix) {
                at += 1;
            }
            prefixes.push(offset(at));
        }
        self.prefixes = prefixes;
    }

    fn prefix(&self, key: u64) -> usize {
        usize::try_from(key.checked_shr(self.shift).unwrap_or(0)).unwrap_or(0)
    }

    /// Finds a piece by its hash. O(1).
    pub(super) fn piece(&self, key: u64) -> Option<u32> {
        let prefix = self.prefix(key);
        let [from, to] = [prefix, prefix + 1].map(|at| self.prefixes.get(at).map_or(0, |at| place(*at)));
        let found = self.own.keys.get(from..to)?.iter().position(|known| *known == key)?;
        Some(offset(from + found))
    }

    /// Fills in the places, bytes and columns from what each posting has.
    fn invert(&mut self) {
        let n = self.own.postings.len();
        let mut counts = vec![0_u32; self.own.keys.len()];
        self.largest = vec![0; self.own.keys.len()];
        for (piece, weight) in self.own.pieces.iter().zip(&self.own.weights) {
            if let (Some(count), Some(largest)) = (counts.get_mut(place(*piece)), self.largest.get_mut(place(*piece))) {
                *count += 1;
                *largest = (*largest).max(*weight);
            }
        }
        let is_dense = |count: &u32| place(*count) * DENSE_PART > n;
        self.dense = (0..).zip(&counts).filter(|(_, count)| is_dense(count)).map(|(piece, _)| piece).collect();
        self.columns = vec![0; self.dense.len() * n];
        let mut n_listed = 0;
        self.starts = vec![0];
        for count in &counts {
            n_listed += if is_dense(count) { 0 } else { *count };
            self.starts.push(n_listed);
        }
        (self.places, self.bytes) = (vec![0; place(n_listed)], vec![0; place(n_listed)]);
        // Where the next posting of a piece goes.
        let mut next: Vec<u32> = self.starts.clone();
        for at in 0..n {
            for i in self.own_range(at) {
                self.invert_one(at, i, n, &mut next);
            }
        }
    }

    /// Puts the entry `i` of the posting `at` where its piece is listed.
    fn invert_one(&mut self, at: usize, i: usize, n: usize, next: &mut [u32]) {
        let (Some(piece), Some(weight)) = (self.own.pieces.get(i).copied(), self.own.weights.get(i)) else { return };
        let largest = self.largest.get(place(piece)).map_or(1, |largest| u32::from(*largest).max(1));
        let byte = (u32::from(*weight) * BYTE_MAX).div_ceil(largest).min(BYTE_MAX);
        let byte = u8::try_from(byte).unwrap_or(u8::MAX);
        if let Ok(column) = self.dense.binary_search(&piece) {
            if let Some(slot) = self.columns.get_mut(column * n + at) {
                *slot = byte;
            }
        } else if let Some(next) = next.get_mut(place(piece)) {
            let to = place(*next);
            if let (Some(slot), Some(slot_byte)) = (self.places.get_mut(to), self.bytes.get_mut(to)) {
                *slot = u16::try_from(at).unwrap_or(u16::MAX);
                *slot_byte = byte;
            }
            *next += 1;
        }
    }

    fn own_range(&self, at: usize) -> std::ops::Range<usize> {
        let [from, to] = [at, at + 1].map(|at| self.own.starts.get(at).map_or(0, |start| place(*start)));
        from..to
    }

    /// Returns the largest weight of a piece.
    pub(super) fn largest(&self, piece: u32) -> u16 {
        self.largest.get(place(piece)).copied().unwrap_or(0)
    }

    /// Returns the postings that have a piece.
    pub(super) fn listed(&self, piece: u32) -> Listed<'_> {
        if let Ok(column) = self.dense.binary_search(&piece) {
            let n = self.own.postings.len();
            return Listed::Column(self.columns.get(column * n..(column + 1) * n).unwrap_or_default());
        }
        let [from, to] = [0, 1].map(|i| self.starts.get(place(piece) + i).map_or(0, |start| place(*start)));
        Listed::Places(self.places.get(from..to).unwrap_or_default(), self.bytes.get(from..to).unwrap_or_default())
    }

    /// Returns the pieces of a posting with their weights, ascending by piece.
    pub(super) fn pieces_of(&self, at: usize) -> impl ExactSizeIterator<Item = (u32, u16)> {
        let range = self.own_range(at);
        let pieces = self.own.pieces.get(range.clone()).unwrap_or_default();
        pieces.iter().copied().zip(self.own.weights.get(range).unwrap_or_default().iter().copied())
    }

    /// Returns the vector of a posting.
    pub(super) fn vector(&self, at: usize) -> Vector {
        let key = |piece: u32| self.own.keys.get(place(piece)).copied().unwrap_or_default();
        Vector::from_entries(self.pieces_of(at).map(|(piece, weight)| (key(piece), weight)).collect())
    }
}

/// Takes a 32-bit number for a place in memory.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Takes a place in a block for a 32-bit number: the pieces of 65,536 postings are far fewer than 2^32.
fn offset(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
