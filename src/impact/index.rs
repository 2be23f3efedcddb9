//! The postings of one side of a lane, in blocks, and how they follow changes.

use std::sync::Arc;

use rayon::prelude::*;

use crate::impact::block::{BLOCK_MAX, Block, Posting};
use crate::model::RecordId;
use crate::text::Vector;

/// An immutable state of the index; the next one shares its blocks.
#[derive(Debug, Clone, Default)]
pub struct Impact {
    /// The blocks.
    pub(super) parts: Vec<Part>,
}

/// Two states are equal if they have the same postings with the same vectors, in whatever blocks.
impl PartialEq for Impact {
    fn eq(&self, other: &Self) -> bool {
        self.items() == other.items()
    }
}

/// A block and which of its postings are gone.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The block.
    pub block: Arc<Block>,
    /// The places of what is gone, ascending.
    pub gone: Arc<Vec<u16>>,
}

impl Part {
    fn n_live(&self) -> usize {
        self.block.postings().len() - self.gone.len()
    }

    /// Says whether the posting at a place is gone.
    pub(super) fn is_gone(&self, at: usize) -> bool {
        u16::try_from(at).is_ok_and(|at| self.gone.binary_search(&at).is_ok())
    }
}

impl Impact {
    /// Builds the index of postings with their vectors, on all cores. O(n log n) in the pieces of all.
    pub fn build(mut items: Vec<(Posting, Vector)>) -> Self {
        items.sort_by(|left, right| left.0.id.cmp(&right.0.id));
        let mut pieces: Vec<Vec<(Posting, Vector)>> = Vec::new();
        while !items.is_empty() {
            let rest = items.split_off(items.len().min(BLOCK_MAX));
            pieces.push(std::mem::replace(&mut items, rest));
        }
        let part = |items| Part { block: Arc::new(Block::build(items)), gone: Arc::default() };
        Self { parts: pieces.into_par_iter().map(part).collect() }
    }

    /// Returns the index after some postings went and others came; one that comes again is replaced.
    ///
    /// The time is that of building what came, and now and then of merging: O(log n) times the pieces of each posting over
    /// many changes.
    #[must_use]
    pub fn with(&self, removals: &[RecordId], items: Vec<(Posting, Vector)>) -> Self {
        let mut next = self.clone();
        for id in removals.iter().chain(items.iter().map(|(posting, _)| &posting.id)) {
            next.remove(id);
        }
        next.parts.retain(|part| part.n_live() > 0);
        next.parts.extend(Self::build(items).parts);
        next.merge();
        next
    }

    fn remove(&mut self, id: &RecordId) {
        for part in &mut self.parts {
            let Ok(at) = part.block.postings().binary_search_by(|posting| posting.id.cmp(id)) else { continue };
            let at = u16::try_from(at).unwrap_or(u16::MAX);
            if let Err(place) = part.gone.binary_search(&at) {
                Arc::make_mut(&mut part.gone).insert(place, at);
            }
        }
    }

    /// Merges the last block into the one before as long as that is not much larger, so that there are few blocks, and
    /// each posting is moved seldom.
    fn merge(&mut self) {
        while let [.., before, last] = self.parts.as_slice() {
            let (n_before, n_last) = (before.n_live(), last.n_live());
            if n_before >= 2 * n_last || n_before + n_last > BLOCK_MAX {
                return;
            }
            let mut items = live(before);
            items.extend(live(last));
            self.parts.truncate(self.parts.len() - 2);
            self.parts.extend(Self::build(items).parts);
        }
    }

    /// Returns how many postings there are.
    pub fn n_postings(&self) -> usize {
        self.parts.iter().map(Part::n_live).sum()
    }

    /// Lists every posting with its vector, ascending by identifier.
    pub fn items(&self) -> Vec<(Posting, Vector)> {
        let mut items: Vec<(Posting, Vector)> = self.parts.iter().flat_map(live).collect();
        items.sort_by(|left, right| left.0.id.cmp(&right.0.id));
        items
    }

    /// Finds the vector of a posting. O(blocks x log n).
    pub fn vector(&self, id: &RecordId) -> Option<Vector> {
        self.parts.iter().find_map(|part| {
            let at = part.block.postings().binary_search_by(|posting| posting.id.cmp(id)).ok()?;
            (!part.is_gone(at)).then(|| part.block.vector(at))
        })
    }
}

fn live(part: &Part) -> Vec<(Posting, Vector)> {
    let all = part.block.postings().iter().enumerate().filter(|(at, _)| !part.is_gone(*at));
    all.map(|(at, posting)| (posting.clone(), part.block.vector(at))).collect()
}
