//! Matching: from a posting to a ranked, explained list. Everything is pure: the same snapshot, declaration and day
//! give the same list. A pair's score depends on the two records, dated facts about their parties and the declaration,
//! never on what else has been posted.
//!
//! A new hard rule is a function in `rules` and a row in its table; a new feature likewise in `features`. Lanes name
//! them in `index/lanes/`, with the columns to read.

mod features;
mod names;
mod pair;
mod rank;
mod rules;

pub use pair::Context;
pub use rank::{MatchOptions, match_posting};

use crate::definition::Lane;

/// Says which rules or features a lane names that do not exist, if any.
pub fn unknown_names(lane: &Lane) -> Vec<&str> {
    let rules = lane.rules.iter().map(|rule| rule.rule.as_str()).filter(|name| rules::find(name).is_none());
    let features = lane.features.iter().map(|f| f.feature.as_str()).filter(|name| features::find(name).is_none());
    rules.chain(features).collect()
}
