//! The declared chains: which links a chain has, which products a link makes, and what each product is made of. The
//! project drafts them itself; a draft chain is a skeleton whose gaps mean nothing yet. A product is declared once and
//! may stand in links of several chains, so the products of all chains form one graph. What a region can make of it is
//! no matter of this module.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::civil::Date;

use crate::normal::key;

/// All declared chains and their products.
#[derive(Debug, Clone, Default)]
pub struct Chains {
    /// Chains by code.
    pub chains: BTreeMap<String, Chain>,
    /// Products by title.
    pub products: BTreeMap<String, ChainProduct>,
    /// What is worth a look but no mistake, in Chinese: products that are made of each other in a circle.
    pub notices: Vec<String>,
    /// Codes of chains by code, title and alias, as compared.
    pub(super) chain_forms: BTreeMap<String, String>,
    /// Titles of products by title and synonym, as compared.
    pub(super) product_forms: BTreeMap<String, String>,
    /// The chain and the place in it of each link, by code.
    pub(super) link_places: BTreeMap<String, (String, usize)>,
    /// Titles of the products of each link, ascending, by its code.
    pub(super) made_in: BTreeMap<String, Vec<String>>,
}

/// One declared chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// A short code, unique among chains and links (`SD-LT`).
    pub code: String,
    /// The Chinese name.
    pub title: String,
    /// Other names that tables use.
    pub aliases: Vec<String>,
    /// An option of the column `level` of the kind `chain`.
    pub level: String,
    /// The code of the place to which it belongs.
    pub region: String,
    /// The industry that it counts to; may be empty.
    pub sector: String,
    /// Whether firms' rates count it.
    pub is_key: bool,
    /// The first day on the list; it was always on it where none is named.
    pub valid_from: Option<Date>,
    /// The last day on the list; it still is where none is named.
    pub valid_until: Option<Date>,
    /// When it was drafted.
    pub drafted: Date,
    /// Where it comes from, to be shown with it.
    pub source: String,
    /// Whether it is a skeleton, whose gaps mean nothing yet.
    pub is_draft: bool,
    /// Its links, in the order in which they are shown.
    pub links: Vec<ChainLink>,
}

impl Chain {
    /// Says whether the chain is on the list on a day.
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_until.is_none_or(|until| day <= until)
    }
}

/// One link of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainLink {
    /// A short code, unique among chains and links (`SD-LT-01`).
    pub code: String,
    /// The Chinese name, unique in its chain.
    pub title: String,
    /// An option of the column `position` of the kind `chain_link`.
    pub position: String,
    /// Whether the chain needs it.
    pub is_essential: bool,
    /// How much it counts; positive, 1 by default.
    pub weight: f64,
    /// Links of one group are alternatives and count as one; at least two share a group.
    pub or_group: Option<String>,
    /// Declared names of the certificates that its suppliers need.
    pub required_certificates: Vec<String>,
}

/// One product of the chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainProduct {
    /// The Chinese name, unique among all chains.
    pub title: String,
    /// The code of the chain in whose file it stands.
    pub chain: String,
    /// Codes of the links that make it, of any chain; at least one.
    pub links: Vec<String>,
    /// Names that mean the same.
    pub synonyms: Vec<String>,
    /// Names of kinds of it; some are products themselves.
    pub narrower: Vec<String>,
    /// Names of related things that it is not.
    pub near: Vec<String>,
    /// Grades and models as they are written.
    pub grades: Vec<String>,
    /// Whether it is what its chain is for.
    pub is_final: bool,
    /// What it is made of.
    pub inputs: Vec<ChainInput>,
}

/// One product that another is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainInput {
    /// The title of the product.
    pub product: String,
    /// How much the other one depends on it.
    pub need: Need,
}

/// How much a product depends on one of its inputs; what binds most comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// It cannot be made without.
    Required,
    /// One input of the named group is enough.
    OneOf(String),
    /// It can be made without.
    Optional,
}

/// A link whose products go into those of another link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The place of the feeding link in the chain's `links`.
    pub from: usize,
    /// The place of the fed link in the chain's `links`.
    pub to: usize,
    /// The strongest need among the products of both.
    pub need: Need,
}

impl Chains {
    /// Finds a chain by its code, title or alias, in any spelling.
    pub fn find(&self, text: &str) -> Option<&Chain> {
        self.chains.get(self.chain_forms.get(&key(text))?)
    }

    /// Finds a product by its title or a synonym, in any spelling.
    pub fn find_product(&self, text: &str) -> Option<&ChainProduct> {
        self.products.get(self.product_forms.get(&key(text))?)
    }

    /// Finds a link of any chain by its code, with its chain.
    pub fn link(&self, code: &str) -> Option<(&Chain, &ChainLink)> {
        let (chain, place) = self.link_places.get(code)?;
        let chain = self.chains.get(chain)?;
        Some((chain, chain.links.get(*place)?))
    }

    /// Lists the products that a link makes, by title.
    pub fn made_in(&self, link: &str) -> impl Iterator<Item = &ChainProduct> {
        self.made_in.get(link).into_iter().flatten().filter_map(|title| self.products.get(title))
    }

    /// Lists which links of a chain feed which others, by their places. A product's inputs that other links of the
    /// chain make are its feeds; what only other chains make is none. O(products of the chain x inputs x links).
    pub fn feeds(&self, chain: &Chain) -> Vec<Feed> {
        let places: BTreeMap<&str, usize> = chain.links.iter().enumerate().map(|(i, l)| (l.code.as_str(), i)).collect();
        let mut feeds: BTreeMap<(usize, usize), Need> = BTreeMap::new();
        for (to, link) in chain.links.iter().enumerate() {
            for input in self.made_in(&link.code).flat_map(|product| &product.inputs) {
                let makers = self.products.get(&input.product).into_iter().flat_map(|product| &product.links);
                for from in makers.filter_map(|code| places.get(code.as_str())).filter(|from| **from != to) {
                    let need = feeds.entry((*from, to)).or_insert_with(|| input.need.clone());
                    if input.need < *need {
                        *need = input.need.clone();
                    }
                }
            }
        }
        feeds.into_iter().map(|((from, to), need)| Feed { from, to, need }).collect()
    }

    /// Counts chains, draft chains, links, products and inputs, in this order.
    pub fn counts(&self) -> [usize; 5] {
        let drafts = self.chains.values().filter(|chain| chain.is_draft).count();
        let links = self.chains.values().map(|chain| chain.links.len()).sum();
        let inputs = self.products.values().map(|product| product.inputs.len()).sum();
        [self.chains.len(), drafts, links, self.products.len(), inputs]
    }
}

/// Finds circles among named things: one for each group of things that all lead to each other, the shortest way around
/// from the first of them by name. O(groups x (things + edges)).
pub(super) fn circles<'a>(edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<Vec<&'a str>> {
    let mut back: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, next) in edges {
        for to in next {
            back.entry(to).or_default().insert(from);
        }
    }
    let (mut found, mut told) = (Vec::new(), BTreeSet::<&str>::new());
    for start in edges.keys().copied().filter(|name| back.contains_key(name)) {
        if told.contains(start) {
            continue;
        }
        let ahead = reached(edges, start);
        if !ahead.contains_key(start) {
            continue;
        }
        let behind = reached(&back, start);
        told.extend(ahead.keys().filter(|name| behind.contains_key(*name)));
        let mut way = vec![start];
        while let Some(before) = way.last().and_then(|last| ahead.get(last)).filter(|before| **before != start) {
            way.push(before);
        }
        // Told in the order of the edges.
        way.get_mut(1..).into_iter().for_each(<[_]>::reverse);
        found.push(way);
    }
    found
}

/// Lists what a thing leads to, by breadth, each with the thing before it on the shortest way.
fn reached<'a>(edges: &BTreeMap<&'a str, BTreeSet<&'a str>>, start: &'a str) -> BTreeMap<&'a str, &'a str> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(here) = waiting.pop_front() {
        for next in edges.get(here).into_iter().flatten().copied() {
            if !before.contains_key(next) {
                before.insert(next, here);
                waiting.push_back(next);
            }
        }
    }
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_leads_around_is_told_once_by_its_shortest_way() {
        let edges = |pairs: &[(&'static str, &'static str)]| {
            let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for (from, to) in pairs {
                edges.entry(from).or_default().insert(to);
            }
            edges
        };
        assert_eq!(circles(&edges(&[("a", "b"), ("b", "c"), ("a", "c")])), Vec::<Vec<&str>>::new());
        let around = edges(&[("b", "c"), ("c", "d"), ("d", "b"), ("d", "e"), ("e", "b"), ("a", "b"), ("e", "f")]);
        assert_eq!(circles(&around), [["b", "c", "d"]]);
        let two = edges(&[("a", "b"), ("b", "a"), ("b", "x"), ("x", "y"), ("y", "x")]);
        assert_eq!(circles(&two), [["a", "b"], ["x", "y"]]);
    }
}
