//! How much the terms of a text weigh, by the declaration.

use std::collections::BTreeMap;

use crate::definition::Terms;
use crate::text::segment::Term;

/// Counts distinct terms with their declared weights, ascending by term; terms of weight 0 are left out.
pub fn weigh(terms: &[Term], weights: &Terms) -> BTreeMap<String, u32> {
    let weighed = terms.iter().map(|term| (term.text.clone(), weights.term(&term.text)));
    weighed.filter(|(_, weight)| *weight > 0).collect()
}
