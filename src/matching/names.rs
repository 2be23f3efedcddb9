//! How alike two product names are. A Chinese product name ends with what the thing is (`高强度钢帘线` is a `钢帘线`), so a
//! name that ends with another is a narrower kind of it, and one that only begins with it is a part or an accessory
//! (`驱动电机壳体` is no `驱动电机`). Names are compared with declared forms replaced by the name of their word, declared
//! kinds count as kinds, and declared lookalikes (`白炭黑` and `炭黑`) are different things.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use crate::chain::Relation;
use crate::definition::{Definition, Titles, Words};
use crate::matching::kinship::{Kin, Kinship, Products, Spot};
use crate::model::Share;
use crate::text::{Cut, Segmenter, weigh};

/// The supply is a narrower kind of what is asked for: it fits, in one version.
const NARROWER: u64 = 9_000;
/// The supply is a broader kind of what is asked for: it may fit.
const BROADER: u64 = 7_000;
/// The most that shared words can give where both names end with the same word.
const SHARED_WORDS_SAME_END: u64 = 6_000;
/// The most that shared words can give where the names end with different words: they are different things.
const SHARED_WORDS: u64 = 3_000;
/// What kinds of one thing are worth to each other: they are bought for different uses.
const SIBLING: u64 = 3_000;
/// What is worth what goes into the wanted product, one and two steps away: a firm that may turn to making it, or knows
/// who does. Little enough that it is listed only where nearly all else speaks for it, since a buyer of motors wants no
/// bearings; what is made of the wanted product is worth half as much.
const BY_STEPS: [u64; 2] = [3_000, 2_500];

/// A product name, ready to be compared.
pub(super) struct ProductName {
    /// The name without what stands around it in titles.
    pub name: String,
    /// The name as written.
    whole: String,
    words: Vec<String>,
    /// The words joined; then the same with the last word replaced by each word that it is a kind of.
    keys: Vec<String>,
    weights: BTreeMap<String, u32>,
    /// Where the name stands on the graph, and what stands around it there; found when they are first asked for.
    spots: OnceLock<Vec<Spot>>,
    kin: OnceLock<Vec<Arc<Kin>>>,
}

/// A product name in a posting.
pub(super) struct Listed {
    /// The name.
    name: Arc<ProductName>,
    /// The place of its column among those that were read; the title of a supply is the first.
    pub column: usize,
}

impl Deref for Listed {
    type Target = ProductName;

    fn deref(&self) -> &ProductName {
        &self.name
    }
}

/// Names that were prepared already, for one graph: many postings are of the same products.
#[derive(Default)]
pub(super) struct Names {
    /// By the name as written; `None` where what stands beside it may tell what it means.
    known: Mutex<FxHashMap<String, Option<Option<Arc<ProductName>>>>>,
}

/// More names are not kept: each takes about a kilobyte.
const NAMES_MAX: usize = 50_000;

impl Names {
    /// Prepares a name, as [`ProductName::new`], and says where it stands; `beside` is asked only if it matters.
    pub(super) fn list<B: AsRef<str>>(
        &self,
        (raw, column): (&str, usize),
        beside: impl FnOnce() -> B,
        segmenter: &Segmenter,
        definition: &Definition,
    ) -> Option<Listed> {
        let known = self.known().get(raw).cloned();
        let settled = known.unwrap_or_else(|| {
            let name = definition.titles.bare(raw);
            let cut = segmenter.cut_both(name, "");
            let is_settled = !cut.is_conditional;
            let settled = is_settled.then(|| ProductName::from_cut(raw, name, cut, definition).map(Arc::new));
            let mut known = self.known();
            if known.len() < NAMES_MAX {
                known.insert(raw.to_owned(), settled.clone());
            }
            settled
        });
        let made = || ProductName::new(raw, beside().as_ref(), segmenter, definition).map(Arc::new);
        Some(Listed { name: settled.unwrap_or_else(made)?, column })
    }

    fn known(&self) -> MutexGuard<'_, FxHashMap<String, Option<Option<Arc<ProductName>>>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProductName {
    /// Prepares a name; what stands `beside` it, normalised, tells what abbreviations mean. `None` if nothing remains without
    /// what stands around names in titles.
    pub(super) fn new(raw: &str, beside: &str, segmenter: &Segmenter, definition: &Definition) -> Option<Self> {
        let name = definition.titles.bare(raw);
        Self::from_cut(raw, name, segmenter.cut_both(name, beside), definition)
    }

    fn from_cut(raw: &str, name: &str, cut: Cut, definition: &Definition) -> Option<Self> {
        let (words, weights) = (cut.words, weigh(&cut.terms, &definition.terms));
        if words.is_empty() || weights.is_empty() {
            return None;
        }
        let mut keys = vec![words.concat()];
        if let Some((last, before)) = words.split_last() {
            let broader = definition.words.word(last).into_iter().flat_map(|word| &word.broader);
            keys.extend(broader.map(|broader| format!("{}{broader}", before.concat())));
        }
        let (spots, kin) = Default::default();
        let whole = raw.to_owned();
        Some(Self { name: name.to_owned(), whole, words, keys, weights, spots, kin })
    }

    /// Returns where the name stands on the graph.
    pub(super) fn spots(&self, products: &Products<'_>) -> &[Spot] {
        self.spots.get_or_init(|| products.spots(&self.whole))
    }

    /// Returns what stands around the name on the graph.
    pub(super) fn kin(&self, products: &Products<'_>) -> &[Arc<Kin>] {
        self.kin.get_or_init(|| self.spots(products).iter().map(|spot| products.kin(spot)).collect())
    }

    /// Says how `supply` names what `self` asks for, and how the two stand to each other on the graph, where it knows. The
    /// graph tells what is the same under another name, and what is near without being the same; a name that says what
    /// the thing is needs no graph, and declared lookalikes stay different things.
    pub(super) fn fit(
        &self,
        supply: &Self,
        definition: &Definition,
        products: &Products<'_>,
    ) -> (Likeness, Option<Kinship<'_>>) {
        let by_name = self.likeness(supply, definition);
        let kin = self.kin(products);
        if kin.is_empty() || by_name == Likeness::Different {
            return (by_name, None);
        }
        let pairs = kin.iter().flat_map(|kin| supply.spots(products).iter().filter_map(|spot| kin.to(spot)));
        let Some(kinship) = pairs.min_by_key(|kinship| kinship.relation) else { return (by_name, None) };
        let by_graph = Likeness::Kin(kinship.relation);
        let is_more = by_graph.share() > by_name.share();
        let is_told = matches!(by_name, Likeness::Same | Likeness::Narrower | Likeness::Broader);
        if is_more || !is_told {
            return (by_graph, Some(kinship));
        }
        // A way through the graph that says something else than the name would be evidence against what is told.
        let agrees = matches!(
            (by_name, kinship.relation),
            (Likeness::Narrower, Relation::Narrower(_)) | (Likeness::Broader, Relation::Broader(_))
        );
        (by_name, agrees.then_some(kinship))
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
        let titles = &definition.titles;
        let is_other = self.is_other_thing_than(supply, titles) || supply.is_other_thing_than(self, titles);
        let has_lookalike = is_other || self.has_lookalike_in(supply, words);
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

    /// Says whether the name ends with another, and what stands before makes it another thing (`玩具轮胎`).
    fn is_other_thing_than(&self, other: &Self, titles: &Titles) -> bool {
        let before = |key: &String| self.keys.first()?.strip_suffix(key.as_str()).map(str::to_owned);
        other.keys.iter().filter_map(before).any(|before| titles.other_thing(&before).is_some())
    }

    /// Says whether a word that only this name has is a declared lookalike of one that only the other has.
    fn has_lookalike_in(&self, other: &Self, words: &Words) -> bool {
        // Few words have any.
        let own = self.words.iter().filter(|word| words.has_lookalikes(word) && !other.words.contains(word));
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
    /// As the graph has it.
    Kin(Relation),
}

impl Likeness {
    /// Returns what it is worth.
    pub(super) fn share(self) -> Share {
        match self {
            Self::Same | Self::Kin(Relation::Same) => Share::ONE,
            Self::Narrower | Self::Kin(Relation::Narrower(_)) => Share::from_ten_thousandths(NARROWER),
            Self::Broader | Self::Kin(Relation::Broader(_)) => Share::from_ten_thousandths(BROADER),
            Self::Kin(Relation::Sibling) => Share::from_ten_thousandths(SIBLING),
            Self::Kin(Relation::Upstream(steps)) => Share::from_ten_thousandths(by_steps(steps)),
            Self::Kin(Relation::Downstream(steps)) => Share::from_ten_thousandths(by_steps(steps) / 2),
            Self::SameEnd(share) | Self::OtherEnd(share) | Self::Lookalike(share) => share,
            Self::Different => Share::ZERO,
        }
    }

    /// Says whether the names are of different things, as far as names tell.
    pub(super) fn is_of_another(self) -> bool {
        matches!(self, Self::OtherEnd(_) | Self::Lookalike(_) | Self::Different)
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
            Self::Kin(Relation::Same) => "图谱上是同一产品",
            Self::Kin(Relation::Narrower(_)) => "图谱上供方的更具体",
            Self::Kin(Relation::Broader(_)) => "图谱上供方的更笼统",
            Self::Kin(Relation::Sibling) => "图谱上是同类的另一种",
            Self::Kin(Relation::Upstream(_)) => "图谱上供方的是它的上游投入",
            Self::Kin(Relation::Downstream(_)) => "图谱上供方的是用它做的下游产品",
        }
    }
}

fn by_steps(steps: u8) -> u64 {
    BY_STEPS.get(usize::from(steps).saturating_sub(1)).copied().unwrap_or(0)
}
