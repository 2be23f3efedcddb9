//! Puts names and texts on the graph: by title, code, synonym, a word for a narrower thing, and last by their words. What
//! is not clear is left unplaced; nothing is guessed.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::chain::graph::{Graph, ProductId};
use crate::chain::names::NameKind;
use crate::normal::key;

/// A name to be placed, read by whoever reads texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mention {
    /// The name as written.
    pub name: String,
    /// Its words in order, normalised, the last one being the thing itself (`子午线`, `轮胎`).
    pub words: Vec<String>,
    /// Grades and models in it, as written.
    pub codes: Vec<String>,
}

/// Why a name stands for a product, best reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It is the title.
    Title,
    /// It is the code.
    Code,
    /// It is a synonym.
    Synonym,
    /// It is a word for a narrower thing.
    Narrower,
    /// It ends in a name of the product: what stands before makes it a kind of it (`防爆轮胎` is a `轮胎`).
    Ending,
    /// It names a grade or model that only this product has.
    Grade,
    /// It has most of the product's words and ends in the same one.
    Words,
    /// It is a kind of the product's broader one, and none of the named kinds.
    Other,
}

impl Reason {
    /// Returns the stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Code => "code",
            Self::Synonym => "synonym",
            Self::Narrower => "narrower",
            Self::Ending => "ending",
            Self::Grade => "grade",
            Self::Words => "words",
            Self::Other => "other",
        }
    }

    /// Returns the reason in words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Title => "名称相同",
            Self::Code => "编码相同",
            Self::Synonym => "同义名",
            Self::Narrower => "下位名",
            Self::Ending => "名称以它结尾",
            Self::Grade => "牌号或型号",
            Self::Words => "用词相近",
            Self::Other => "不属于其他各类",
        }
    }

    /// Returns how sure the reason makes, in percent.
    pub fn confidence(self) -> u8 {
        match self {
            Self::Title | Self::Code => 100,
            Self::Synonym => 95,
            Self::Narrower => 90,
            Self::Ending => 80,
            Self::Grade => 75,
            Self::Words | Self::Other => 60,
        }
    }
}

/// A product for which a name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The product.
    pub product: ProductId,
    /// Why.
    pub reason: Reason,
    /// The product's name or words that were found.
    pub found: String,
}

/// Where a name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// For these products: one, unless the name is a word for a narrower thing of several.
    On(Vec<Placement>),
    /// For none, or nobody can say for which: the products that it might mean, at most [`NEAREST_MAX`].
    Nowhere(Vec<Placement>),
}

/// A name that stands nowhere is shown with at most so many products.
pub const NEAREST_MAX: usize = 3;
/// A name has so many percent of all words of both, to stand for a product by words alone.
const WORDS_PERCENT_MIN: usize = 60;
/// A title of fewer characters is too common to be an ending.
const ENDING_CHARS_MIN: usize = 2;
/// How the title of a product for all the rest begins.
const OTHER_STARTS: [&str; 2] = ["其他", "其它"];

/// Puts names on one graph.
#[derive(Debug, Clone)]
pub struct Places<'g> {
    graph: &'g Graph,
    narrower: FxHashMap<String, Vec<ProductId>>,
    grades: FxHashMap<String, Vec<ProductId>>,
    /// The products by each of their words; with the number of words of each.
    by_word: FxHashMap<String, Vec<ProductId>>,
    words: Vec<Vec<String>>,
}

impl<'g> Places<'g> {
    /// Prepares a graph; `cut` reads the words of a title as those of a [`Mention`] are read. O(names).
    pub fn new(graph: &'g Graph, mut cut: impl FnMut(&str) -> Vec<String>) -> Self {
        let mut places = Self {
            graph,
            narrower: FxHashMap::default(),
            grades: FxHashMap::default(),
            by_word: FxHashMap::default(),
            words: Vec::with_capacity(graph.len()),
        };
        for id in graph.ids() {
            let product = graph.product(id);
            for name in &product.narrower {
                places.narrower.entry(key(name)).or_default().push(id);
            }
            for grade in &product.grades {
                places.grades.entry(key(grade)).or_default().push(id);
            }
            let mut words = cut(&product.title);
            let last = words.last().cloned();
            words.sort_unstable();
            words.dedup();
            for word in words.iter().filter(|_| !is_other(&product.title)) {
                places.by_word.entry(word.clone()).or_default().push(id);
            }
            // The thing itself stands last.
            words.retain(|word| Some(word) != last.as_ref());
            words.extend(last);
            places.words.push(words);
        }
        places
    }

    /// Puts a name on the graph. O(length of the name squared + products that share a word with it).
    pub fn place(&self, mention: &Mention) -> Placed {
        let by_name = self.by_name(&key(&mention.name));
        if let Some(placed) = by_name {
            return placed;
        }
        let (clear, found) = match self.by_grade(mention) {
            Some(product) => (true, vec![product]),
            None => self.by_words(mention),
        };
        match found.as_slice() {
            [one] if clear => Placed::On(vec![self.or_other(one.clone())]),
            _ => Placed::Nowhere(found.into_iter().take(NEAREST_MAX).collect()),
        }
    }

    /// By what is written, whole or at its end.
    fn by_name(&self, whole: &str) -> Option<Placed> {
        let names = self.graph.names();
        if let Some((kind, place)) = names.find_key(whole) {
            let reason = match kind {
                NameKind::Title => Reason::Title,
                NameKind::Code => Reason::Code,
                NameKind::Synonym => Reason::Synonym,
            };
            return Some(Placed::On(vec![placement(ProductId(place), reason, whole)]));
        }
        let shared: Vec<Placement> =
            names.all(whole).map(|place| placement(ProductId(place), Reason::Synonym, whole)).collect();
        if !shared.is_empty() {
            return Some(Placed::Nowhere(shared.into_iter().take(NEAREST_MAX).collect()));
        }
        if let Some(broader) = self.narrower.get(whole) {
            return Some(Placed::On(broader.iter().map(|id| placement(*id, Reason::Narrower, whole)).collect()));
        }
        // The longest ending says most.
        let starts = whole.char_indices().map(|(start, _)| start).skip(1);
        starts.filter_map(|start| whole.get(start..)).find_map(|ending| {
            let is_long = ending.chars().count() >= ENDING_CHARS_MIN;
            let (_, place) = names.find_key(ending).filter(|(kind, _)| is_long && *kind != NameKind::Code)?;
            Some(Placed::On(vec![self.or_other(placement(ProductId(place), Reason::Ending, ending))]))
        })
    }

    fn by_grade(&self, mention: &Mention) -> Option<Placement> {
        let mut found = BTreeMap::new();
        for code in &mention.codes {
            for id in self.grades.get(&key(code)).into_iter().flatten() {
                found.entry(*id).or_insert(code);
            }
        }
        let mut found = found.into_iter();
        found.next().filter(|_| found.next().is_none()).map(|(id, code)| placement(id, Reason::Grade, code))
    }

    /// The products with the most words in common, and whether they are enough of them and those of one product only.
    fn by_words(&self, mention: &Mention) -> (bool, Vec<Placement>) {
        let mut own: Vec<&String> = mention.words.iter().collect();
        own.sort_unstable();
        own.dedup();
        let mut common: BTreeMap<ProductId, usize> = BTreeMap::new();
        for id in own.iter().filter_map(|word| self.by_word.get(*word)).flatten() {
            *common.entry(*id).or_default() += 1;
        }
        let mut found: Vec<(bool, usize, ProductId)> = common
            .into_iter()
            .map(|(id, n_common)| {
                let words = self.words.get(id.0 as usize).map_or(&[][..], Vec::as_slice);
                let percent = n_common * 200 / (own.len() + words.len()).max(1);
                (words.last() == mention.words.last(), percent, id)
            })
            .collect();
        found.sort_unstable_by_key(|(is_same_thing, percent, id)| (!is_same_thing, usize::MAX - percent, *id));
        let mut best = found.iter().map(|(is_same_thing, percent, _)| (*is_same_thing, *percent));
        let first = best.next().filter(|(is_same_thing, percent)| *is_same_thing && *percent >= WORDS_PERCENT_MIN);
        let is_clear = first.is_some() && best.next() != first;
        let n = if is_clear { 1 } else { NEAREST_MAX };
        let placements = found.into_iter().take(n).map(|(_, _, id)| {
            let words = self.words.get(id.0 as usize).map_or(&[][..], Vec::as_slice);
            let found: Vec<&str> = words.iter().filter(|word| own.contains(word)).map(String::as_str).collect();
            placement(id, Reason::Words, &found.join("、"))
        });
        (is_clear, placements.collect())
    }

    /// A kind of a broader product that is none of its named kinds is of the kind for all the rest, if there is one.
    fn or_other(&self, placement: Placement) -> Placement {
        let kinds = self.graph.narrower(placement.product);
        let other = kinds.into_iter().find(|kind| is_other(self.graph.title(*kind)));
        match other.filter(|_| matches!(placement.reason, Reason::Ending | Reason::Words)) {
            Some(product) => Placement { product, reason: Reason::Other, ..placement },
            None => placement,
        }
    }
}

fn is_other(title: &str) -> bool {
    OTHER_STARTS.iter().any(|start| title.starts_with(start))
}

fn placement(product: ProductId, reason: Reason, found: &str) -> Placement {
    Placement { product, reason, found: found.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::Product;
    use crate::chain::sample::product;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn graph() -> Graph {
        let with = |title: &str, synonyms: &[&str], narrower: &[&str]| Product {
            synonyms: names(synonyms),
            narrower: names(narrower),
            ..product(title, &[])
        };
        let mut bearing = with("深沟 球 轴承", &["深沟滚珠轴承"], &[]);
        bearing.code = Some("CP-0001".to_owned());
        bearing.grades = names(&["6208", "6308"]);
        let products = vec![
            bearing,
            with("圆锥 滚子 轴承", &["锥轴"], &[]),
            with("推力 球 轴承", &["锥轴"], &[]),
            with("轮胎", &["车胎"], &["雪地胎", "子午线轮胎", "其他轮胎"]),
            with("子午线轮胎", &[], &[]),
            with("其他轮胎", &[], &[]),
            with("胶", &[], &[]),
        ];
        Graph::build(products, &[])
    }

    /// Words are those between spaces.
    fn cut(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn place(name: &str, codes: &[&str]) -> Result<Vec<(String, Reason)>, usize> {
        let graph = graph();
        let places = Places::new(&graph, cut);
        let mention = Mention { name: name.to_owned(), words: cut(name), codes: names(codes) };
        match places.place(&mention) {
            Placed::On(found) => {
                Ok(found.iter().map(|one| (graph.title(one.product).to_owned(), one.reason)).collect())
            }
            Placed::Nowhere(near) => Err(near.len()),
        }
    }

    fn on(title: &str, reason: Reason) -> Result<Vec<(String, Reason)>, usize> {
        Ok(vec![(title.to_owned(), reason)])
    }

    #[test]
    fn the_surest_reason_counts() {
        assert_eq!(place("深沟球轴承", &[]), on("深沟 球 轴承", Reason::Title));
        assert_eq!(place("cp0001", &[]), on("深沟 球 轴承", Reason::Code));
        assert_eq!(place("车胎", &[]), on("轮胎", Reason::Synonym));
        assert_eq!(place("雪地胎", &[]), on("轮胎", Reason::Narrower));
        assert_eq!(place("全钢子午线轮胎", &[]), on("子午线轮胎", Reason::Ending));
        assert_eq!(place("轴承若干", &["6208"]), on("深沟 球 轴承", Reason::Grade));
        assert_eq!(place("精密 深沟 轴承", &[]), on("深沟 球 轴承", Reason::Words));
    }

    #[test]
    fn what_is_only_named_inside_is_another_thing() {
        assert_eq!(place("子午线轮胎模具", &[]), Err(0));
        assert_eq!(place("密封胶", &[]), Err(0), "one character is no ending");
    }

    #[test]
    fn what_is_not_clear_is_left_with_what_it_might_be() {
        assert_eq!(place("锥轴", &[]), Err(2), "a synonym of two");
        assert_eq!(place("精密 轴承", &[]), Err(3), "too little of any");
        assert_eq!(place("球 轴承", &[]), Err(3), "as like one as another");
        assert_eq!(place("深沟 球 轴承 套圈", &[]), Err(3), "another thing");
        assert_eq!(place("", &[]), Err(0));
    }

    #[test]
    fn the_rest_is_only_for_what_is_no_named_kind() {
        assert_eq!(place("防爆轮胎", &[]), on("其他轮胎", Reason::Other));
        assert_eq!(place("轮胎", &[]), on("轮胎", Reason::Title));
        assert_eq!(place("载重子午线轮胎", &[]), on("子午线轮胎", Reason::Ending));
    }
}
