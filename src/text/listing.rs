//! Distinct pieces of text, one a line, as the full-text view takes them.

use rustc_hash::{FxBuildHasher, FxHashSet};

use crate::text::segment::Segmenter;

/// Lists the distinct terms of a normalised text, one a line, in the order in which they first come;
/// `with_broader` as for [`Segmenter::terms_with_broader`], `beside` as for [`Segmenter::terms`]. Linear in both texts.
pub fn list_terms(segmenter: &Segmenter, text: &str, beside: &str, with_broader: bool) -> String {
    let terms = segmenter.terms_of(text, beside);
    let terms = if with_broader { segmenter.with_broader(terms) } else { terms };
    let mut listing = Listing::new(terms.len());
    listing.extend(terms.iter().map(|term| term.text));
    listing.finish()
}

/// Distinct pieces in the order in which they first came. Pieces are normalised, so none has a line break of its own.
#[derive(Debug)]
pub(super) struct Listing<'t> {
    seen: FxHashSet<&'t str>,
    lines: String,
}

impl<'t> Extend<&'t str> for Listing<'t> {
    fn extend<I: IntoIterator<Item = &'t str>>(&mut self, pieces: I) {
        for piece in pieces {
            if !piece.is_empty() && self.seen.insert(piece) {
                self.lines.push_str(piece);
                self.lines.push('\n');
            }
        }
    }
}

impl Listing<'_> {
    /// Starts a list of about so many pieces.
    pub(super) fn new(n_pieces: usize) -> Self {
        const PIECE_BYTES: usize = 8;
        let seen = FxHashSet::with_capacity_and_hasher(n_pieces, FxBuildHasher);
        Self { seen, lines: String::with_capacity(n_pieces * PIECE_BYTES) }
    }

    /// Returns the lines.
    pub(super) fn finish(self) -> String {
        self.lines
    }
}
