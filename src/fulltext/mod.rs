//! The full-text view, on tantivy: documents of terms in, record identifiers out. Terms come from our own
//! segmentation and weights from the declaration, so what is found does not depend on segments, merges or what else
//! is in the collection: a document's score is the sum of the weights of the terms it has, in whole numbers.

mod fields;
mod lines;
mod query;
mod seal;
mod standing;
mod view;

pub use query::{Hit, SearchWord, Searcher};
pub use standing::Standing;
pub use view::{Batch, Document, Fulltext, Stamp};

use crate::error::Error;

/// Wraps an error of tantivy; one of the disk is named as such.
fn view_error(error: tantivy::TantivyError) -> Error {
    match system_error(&format!("{error:?}")) {
        Some(source) => Error::io("读写", "全文索引")(source),
        None => Error::Fulltext(Box::new(error)),
    }
}

/// Finds the system's error in the words of tantivy, which wraps it in several ways and in some of them as a text only.
fn system_error(words: &str) -> Option<std::io::Error> {
    let number = |start: &str| {
        let (_, rest) = words.split_once(start)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    number("(os error ").or_else(|| number("Os { code: ")).map(std::io::Error::from_raw_os_error)
}

#[cfg(test)]
mod tests {
    use std::io;

    use tantivy::TantivyError;

    use super::*;

    #[test]
    fn a_full_disk_is_named_however_tantivy_wraps_it() {
        let full = || io::Error::from_raw_os_error(28);
        let wrapped = [TantivyError::from(full()), TantivyError::InternalError(full().to_string())];
        for error in wrapped {
            assert_eq!(view_error(error).code(), "disk_full");
        }
        assert_eq!(view_error(TantivyError::InternalError("other".to_owned())).code(), "fulltext");
    }
}
