//! How alike two product names are. A Chinese product name ends with what the thing is (`高强度钢帘线` is a `钢帘线`), so a
//! name that ends with another is a narrower kind of it, and one that only begins with it is a part or an accessory
//! (`驱动电机壳体` is no `驱动电机`). The declaration lists exceptions: `白炭黑` is no `炭黑`.

use std::collections::BTreeMap;

use crate::definition::Terms;
use crate::model::Share;
use crate::normal::key;
use crate::text::{Segmenter, weigh};

/// The supply is a narrower kind of what is asked for: it fits, in one version.
const NARROWER: u64 = 9_000;
/// The supply is a broader kind of what is asked for: it may fit.
const BROADER: u64 = 7_000;
/// The most that shared words can give where both names end with the same word.
const SHARED_WORDS_SAME_END: u64 = 6_000;
/// The most that shared words can give where the names end with different words: they are different things.
const SHARED_WORDS: u64 = 3_000;
/// What a tender adds behind a name.
const TENDER_ENDINGS: [&str; 7] = ["采购需求", "采购项目", "采购", "项目", "需求", "供应", "产品"];

/// A product name, ready to be compared.
pub(super) struct ProductName {
    /// The name without the endings that tenders add.
    pub name: String,
    /// Whether it stands in the first of the columns that were read, the title of a supply.
    pub is_of_first_column: bool,
    key: String,
    words: Vec<String>,
    weights: BTreeMap<String, u32>,
}

impl ProductName {
    /// Prepares a name; `None` if nothing remains without the endings that tenders add.
    pub(super) fn new(raw: &str, segmenter: &Segmenter, terms: &Terms) -> Option<Self> {
        let mut name = raw.trim();
        while let Some(shorter) = TENDER_ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) {
            name = shorter.trim_end();
        }
        let (key, words) = (key(name), segmenter.words(name));
        let weights = weigh(&segmenter.terms(name), terms);
        (!key.is_empty() && !weights.is_empty()).then(|| Self {
            name: name.to_owned(),
            is_of_first_column: true,
            key,
            words,
            weights,
        })
    }

    /// Says how `supply` names what `self` asks for.
    pub(super) fn likeness(&self, supply: &Self, terms: &Terms) -> Likeness {
        if self.key == supply.key {
            return Likeness::Same;
        }
        if terms.is_kind_of(&supply.key, &self.key) {
            return Likeness::Narrower;
        }
        if terms.is_kind_of(&self.key, &supply.key) {
            return Likeness::Broader;
        }
        let total = |weights: &BTreeMap<String, u32>| weights.values().map(|w| u64::from(*w)).sum::<u64>();
        let shared = self.weights.iter().filter(|(term, _)| supply.weights.contains_key(*term));
        let shared: u64 = shared.map(|(_, weight)| u64::from(*weight)).sum();
        let share = Share::ratio(2 * shared, total(&self.weights) + total(&supply.weights)).unwrap_or(Share::ZERO);
        let of_most = |most: u64| Share::from_ten_thousandths(u64::from(share.ten_thousandths()) * most / 10_000);
        if self.words.last() == supply.words.last() {
            Likeness::SameEnd(of_most(SHARED_WORDS_SAME_END))
        } else {
            Likeness::OtherEnd(of_most(SHARED_WORDS))
        }
    }
}

/// How a supply's product name stands to a demand's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// The same name.
    Same,
    /// The supply's name ends with the demand's.
    Narrower,
    /// The demand's name ends with the supply's.
    Broader,
    /// Both end with the same word; the worth of the words they share (Dice).
    SameEnd(Share),
    /// They end with different words; the worth of the words they share (Dice).
    OtherEnd(Share),
}

impl Likeness {
    /// Returns what it is worth.
    pub(super) fn share(self) -> Share {
        match self {
            Self::Same => Share::ONE,
            Self::Narrower => Share::from_ten_thousandths(NARROWER),
            Self::Broader => Share::from_ten_thousandths(BROADER),
            Self::SameEnd(share) | Self::OtherEnd(share) => share,
        }
    }

    /// Says it in Chinese.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Same => "产品相同",
            Self::Narrower => "供方的更具体",
            Self::Broader => "供方的更笼统",
            Self::SameEnd(_) => "产品相近",
            Self::OtherEnd(_) => "名称只有部分相同，未必是同一种产品",
        }
    }
}
