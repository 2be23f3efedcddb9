//! Matching: from a posting to a ranked, explained list. Everything is pure: the same snapshot, declaration and day
//! give the same list. A pair's score depends on the two records, dated facts about their parties and the declaration,
//! never on what else has been posted.
//!
//! A new hard rule is a function in `rules` and a row in its table; a new feature likewise in `features`. Lanes name
//! them in `index/lanes/`, with the columns to read.

mod among;
mod batch;
mod chains;
mod compare;
mod conditions;
mod designations;
mod entering;
mod excluded;
mod extents;
mod features;
mod findings;
mod fits;
mod judge;
mod kinship;
mod names;
mod pair;
mod position;
mod rank;
mod readings;
mod rules;
mod sift;
mod specs;
mod trial;

pub use among::{explain_pair, partners, score_among};
pub use batch::{BatchOptions, LaneBatch, SEEN_WITHIN};
pub use chains::{Chains, NamedMarket};
pub use entering::{Entered, Heads, newly_entered, newly_listed, pair_score};
pub use judge::{MatchOptions, MatchOrder};
pub use kinship::{Products, place_by_name};
pub use pair::{Context, pieces};
pub use rank::{look_back, match_posting};
pub use readings::Readings;
pub use trial::rank_texts;

use std::collections::BTreeMap;

use crate::definition::{Kind, Lane, Visibility};

/// Says whether a lane asks the supply chains anything.
pub fn reads_chains(lane: &Lane) -> bool {
    lane.features.iter().any(|feature| matches!(feature.feature.as_str(), "products" | "chain_position"))
}

/// Checks that every rule and feature of a lane exists, and that features whose reasons quote what they read read public
/// columns only; on failure says what is wrong, in Chinese.
pub fn check_lane(lane: &Lane, kinds: &BTreeMap<String, Kind>) -> Result<(), String> {
    if let Some(rule) = lane.rules.iter().find(|rule| rules::find(&rule.rule).is_none()) {
        return Err(format!("没有“{}”这个硬性条件", rule.rule));
    }
    for feature in &lane.features {
        let known = features::find(&feature.feature).ok_or_else(|| format!("没有“{}”这个评分项", feature.feature))?;
        let demand = std::iter::once(&lane.demand).flat_map(|kind| feature.demand.iter().map(move |c| (kind, c)));
        let supply = lane.supply.iter().flat_map(|kind| feature.supply.iter().map(move |column| (kind, column)));
        let is_hidden = |(kind, column): &(&String, &String)| {
            let declared = kinds.get(*kind).and_then(|kind| kind.column(column));
            declared.is_some_and(|declared| declared.visibility != Visibility::Public)
        };
        if let Some((_, column)) = demand.chain(supply).find(is_hidden).filter(|_| known.quotes) {
            return Err(format!("评分项 {} 不得读取不公开的列 {column}", feature.name));
        }
    }
    Ok(())
}
