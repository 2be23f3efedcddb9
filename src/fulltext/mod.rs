//! The full-text view, on tantivy: documents of terms in, record identifiers out. Terms come from our own
//! segmentation and weights from the declaration, so what is found does not depend on segments, merges or what else
//! is in the collection: a document's score is the sum of the weights of the terms it has, in whole numbers.

mod fields;
mod query;
mod seal;
mod view;

pub use query::{SearchWord, Searcher};
pub use view::{Document, Fulltext, Stamp};

use crate::error::Error;

/// Wraps an error of tantivy.
fn view_error(error: tantivy::TantivyError) -> Error {
    Error::Fulltext(Box::new(error))
}
