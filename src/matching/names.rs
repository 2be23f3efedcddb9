//! How alike two product names are. Chinese product names end with what the thing is (`high-strength tyre cord`), so a
//! name that ends with another is a narrower kind of it.

use std::collections::BTreeMap;

use crate::definition::Terms;
use crate::model::Share;
use crate::normal::key;
use crate::text::{Segmenter, weigh};

/// The supply is a narrower kind of what is asked for: it fits, in one version.
const NARROWER: u64 = 9_000;
/// The supply is a broader kind of what is asked for: it may fit.
const BROADER: u64 = 7_000;
/// The most that shared words can give without one name ending with the other.
const SHARED_WORDS: u64 = 6_000;
/// Names that differ in nothing but what a tender adds behind them.
const TENDER_ENDINGS: [&str; 7] = ["采购需求", "采购项目", "采购", "项目", "需求", "供应", "产品"];

/// A product name, ready to be compared.
pub(super) struct ProductName {
    /// The name without the endings that tenders add.
    pub name: String,
    key: String,
    weights: BTreeMap<String, u32>,
}

impl ProductName {
    /// Prepares a name; `None` if nothing remains without the endings that tenders add.
    pub(super) fn new(raw: &str, segmenter: &Segmenter, terms: &Terms) -> Option<Self> {
        let mut name = raw.trim();
        while let Some(shorter) = TENDER_ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) {
            name = shorter.trim_end();
        }
        let key = key(name);
        let weights = weigh(&segmenter.terms(name), terms);
        (!key.is_empty() && !weights.is_empty()).then(|| Self { name: name.to_owned(), key, weights })
    }

    /// Says how well `supply` names what `self` asks for: 1 if the names are equal, less if one ends with the other,
    /// else by the weight of the words they share (Dice).
    pub(super) fn likeness(&self, supply: &Self) -> Share {
        if self.key == supply.key {
            return Share::ONE;
        }
        if supply.key.ends_with(&self.key) {
            return Share::from_ten_thousandths(NARROWER);
        }
        if self.key.ends_with(&supply.key) {
            return Share::from_ten_thousandths(BROADER);
        }
        let total = |weights: &BTreeMap<String, u32>| weights.values().map(|w| u64::from(*w)).sum::<u64>();
        let shared = self.weights.iter().filter(|(term, _)| supply.weights.contains_key(*term));
        let shared: u64 = shared.map(|(_, weight)| u64::from(*weight)).sum();
        let share = Share::ratio(2 * shared, total(&self.weights) + total(&supply.weights)).unwrap_or(Share::ZERO);
        Share::from_ten_thousandths(u64::from(share.ten_thousandths()) * SHARED_WORDS / 10_000)
    }
}
