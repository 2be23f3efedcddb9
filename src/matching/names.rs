//! How alike two product names are. A Chinese product name ends with what the thing is (`高强度钢帘线` is a `钢帘线`), so a
//! name that ends with another is a narrower kind of it, and one that only begins with it is a part or an accessory
//! (`驱动电机壳体` is no `驱动电机`). Names are compared with declared forms replaced by the name of their word, declared
//! kinds count as kinds, and declared lookalikes (`白炭黑` and `炭黑`) are different things.

use std::collections::BTreeMap;

use crate::definition::{Definition, Words};
use crate::model::Share;
use crate::text::{Segmenter, weigh};

/// The supply is a narrower kind of what is asked for: it fits, in one version.
const NARROWER: u64 = 9_000;
/// The supply is a broader kind of what is asked for: it may fit.
const BROADER: u64 = 7_000;
/// The most that shared words can give where both names end with the same word.
const SHARED_WORDS_SAME_END: u64 = 6_000;
/// The most that shared words can give where the names end with different words: they are different things.
const SHARED_WORDS: u64 = 3_000;
/// What is added behind a name without telling what the thing is; brackets are left empty where a person stood in them.
const TENDER_ENDINGS: [&str; 16] = [
    "（ ）",
    "（）",
    "( )",
    "()",
    "采购需求",
    "采购项目",
    "采购",
    "项目",
    "需求",
    "供应",
    "产品",
    "技术",
    "系统",
    "专业",
    "方案",
    "服务",
];

/// A product name, ready to be compared.
pub(super) struct ProductName {
    /// The name without the endings that tenders add.
    pub name: String,
    /// The place of its column among those that were read; the title of a supply is the first.
    pub column: usize,
    words: Vec<String>,
    /// The words joined; then the same with the last word replaced by each word that it is a kind of.
    keys: Vec<String>,
    weights: BTreeMap<String, u32>,
}

impl ProductName {
    /// Prepares a name; what stands `beside` it, normalised, tells what abbreviations mean. `None` if nothing remains without the endings that tenders add.
    pub(super) fn new(raw: &str, beside: &str, segmenter: &Segmenter, definition: &Definition) -> Option<Self> {
        let mut name = raw.trim();
        while let Some(shorter) = TENDER_ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) {
            name = shorter.trim_end();
        }
        let words: Vec<String> = segmenter.words(name, beside).into_iter().map(|word| word.text).collect();
        let weights = weigh(&segmenter.terms(name, beside), &definition.terms);
        if words.is_empty() || weights.is_empty() {
            return None;
        }
        let mut keys = vec![words.concat()];
        if let Some((last, before)) = words.split_last() {
            let broader = definition.words.word(last).into_iter().flat_map(|word| &word.broader);
            keys.extend(broader.map(|broader| format!("{}{broader}", before.concat())));
        }
        Some(Self { name: name.to_owned(), column: 0, words, keys, weights })
    }

    /// Says whether the name ends with another, with more before it than what the thing is for (`轮胎用`).
    pub(super) fn is_named_kind_of(&self, other: &Self) -> bool {
        let (Some(own), Some(other)) = (self.keys.first(), other.keys.first()) else { return false };
        own.strip_suffix(other.as_str()).is_some_and(|before| !before.is_empty() && !before.ends_with(['用', '的']))
    }

    /// Says how `supply` names what `self` asks for.
    pub(super) fn likeness(&self, supply: &Self, definition: &Definition) -> Likeness {
        let words = &definition.words;
        let (Some(own), Some(other)) = (self.keys.first(), supply.keys.first()) else { return Likeness::Different };
        if own == other {
            return Likeness::Same;
        }
        if let (Some(own), Some(other)) = (self.words.last(), supply.words.last())
            && words.are_distinct(own, other)
        {
            return Likeness::Different;
        }
        let has_lookalike = self.has_lookalike_in(supply, words);
        if !has_lookalike && supply.keys.iter().any(|key| key.ends_with(own.as_str())) {
            return Likeness::Narrower;
        }
        if !has_lookalike && self.keys.iter().any(|key| key.ends_with(other.as_str())) {
            return Likeness::Broader;
        }
        let total = |weights: &BTreeMap<String, u32>| weights.values().map(|w| u64::from(*w)).sum::<u64>();
        let shared = self.weights.iter().filter(|(term, _)| supply.weights.contains_key(*term));
        let shared: u64 = shared.map(|(_, weight)| u64::from(*weight)).sum();
        let share = Share::ratio(2 * shared, total(&self.weights) + total(&supply.weights)).unwrap_or(Share::ZERO);
        let of_most = |most: u64| Share::from_ten_thousandths(u64::from(share.ten_thousandths()) * most / 10_000);
        match self.words.last() == supply.words.last() {
            true if has_lookalike => Likeness::Lookalike(of_most(SHARED_WORDS)),
            false if has_lookalike => Likeness::Different,
            true => Likeness::SameEnd(of_most(SHARED_WORDS_SAME_END)),
            false => Likeness::OtherEnd(of_most(SHARED_WORDS)),
        }
    }

    /// Says whether a word that only this name has is a declared lookalike of one that only the other has.
    fn has_lookalike_in(&self, other: &Self, words: &Words) -> bool {
        let own = self.words.iter().filter(|word| !other.words.contains(word));
        own.into_iter().any(|word| {
            let others = other.words.iter().filter(|theirs| !self.words.contains(theirs));
            others.into_iter().any(|theirs| words.are_distinct(word, theirs))
        })
    }
}

/// How a supply's product name stands to a demand's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// The same name, or another form of it.
    Same,
    /// The supply's name ends with the demand's, or is a declared kind of it.
    Narrower,
    /// The demand's name ends with the supply's, or is a declared kind of it.
    Broader,
    /// Both end with the same word; the worth of the words they share (Dice).
    SameEnd(Share),
    /// They end with different words; the worth of the words they share (Dice).
    OtherEnd(Share),
    /// Both end with the same word, and differ by declared lookalikes; the worth of the words they share (Dice).
    Lookalike(Share),
    /// Declared lookalikes: different things.
    Different,
}

impl Likeness {
    /// Returns what it is worth.
    pub(super) fn share(self) -> Share {
        match self {
            Self::Same => Share::ONE,
            Self::Narrower => Share::from_ten_thousandths(NARROWER),
            Self::Broader => Share::from_ten_thousandths(BROADER),
            Self::SameEnd(share) | Self::OtherEnd(share) | Self::Lookalike(share) => share,
            Self::Different => Share::ZERO,
        }
    }

    /// Says it in Chinese.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Same => "名称相同",
            Self::Narrower => "供方的更具体",
            Self::Broader => "供方的更笼统",
            Self::SameEnd(_) => "名称相近",
            Self::OtherEnd(_) => "名称只有部分相同，未必是同一种",
            Self::Lookalike(_) | Self::Different => "名称相近，但不是同一种",
        }
    }
}
