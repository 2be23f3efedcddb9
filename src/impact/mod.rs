//! The impact index: which postings have most of what is wanted, exactly, out of hundreds of thousands in a fraction of a
//! millisecond. Weights come from the declaration and not from the collection, so that a posting's weight never moves
//! when others come and go.
//!
//! Postings stand in blocks of at most 65,536 that never change. A query adds one-byte weights into 16-bit accumulators,
//! block by block, picks those that may be among the best, and weighs these again exactly. A change adds a block of the
//! new postings and marks the old ones as gone; blocks of like size are merged.

mod block;
mod index;
mod stored;
mod top;

pub use block::Posting;
pub use index::Impact;
pub use stored::{load, save};
#[cfg(feature = "bench")]
pub use top::Hit;
pub use top::{QUERY_MAX, top};

use std::collections::BTreeMap;

use crate::definition::TextField;

/// The indexes of every text by which postings become candidates.
pub type Impacts = BTreeMap<TextField, Impact>;
