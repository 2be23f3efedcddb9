//! Searches the other way round: which of many standing searches a new document answers. A search that asks for every word
//! is filed under one of its words only, the heaviest, so a document is held against those few that have such a word, and
//! these are then looked at by the rule of [`search_all`](crate::fulltext::Searcher::search_all).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use crate::fulltext::query::QUERY_TERMS_MAX;
use crate::fulltext::{Document, SearchWord};

/// How a document may have a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    /// As a term of title, party or body.
    Term,
    /// Inside of a longer word.
    Part,
    /// As pinyin.
    Pinyin,
}

/// Standing searches by the names that the caller gives them.
#[derive(Debug, Clone)]
pub struct Standing<N> {
    searches: BTreeMap<N, Vec<SearchWord>>,
    filed: HashMap<(Way, String), BTreeSet<N>>,
}

/// The terms, parts and pinyin of a document, to be looked up.
struct Looked<'d> {
    terms: HashSet<&'d str>,
    parts: HashSet<&'d str>,
    pinyin: HashSet<&'d str>,
}

impl<N> Default for Standing<N> {
    fn default() -> Self {
        Self { searches: BTreeMap::new(), filed: HashMap::new() }
    }
}

impl<N: Clone + Ord + Hash> Standing<N> {
    /// Adds a search for documents that have every word, in place of one of the same name; one without words finds
    /// nothing. O(words).
    pub fn put(&mut self, name: N, words: Vec<SearchWord>) {
        self.remove(&name);
        for place in self.places(&words) {
            self.filed.entry(place).or_default().insert(name.clone());
        }
        self.searches.insert(name, words);
    }

    /// Removes a search, if there is one.
    pub fn remove(&mut self, name: &N) {
        let Some(words) = self.searches.remove(name) else { return };
        // Under which part a word was filed depended on what was there then; all are looked at.
        for place in words.iter().flat_map(ways) {
            if let Some(names) = self.filed.get_mut(&place) {
                names.remove(name);
                if names.is_empty() {
                    self.filed.remove(&place);
                }
            }
        }
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.searches.is_empty()
    }

    /// Lists the searches that find a document, ascending.
    ///
    /// # Complexity
    /// O(terms of the document + searches whose heaviest word it has).
    pub fn finding(&self, document: &Document) -> Vec<N> {
        let looked = Looked::new(document);
        let mut found = BTreeSet::new();
        for (way, lines) in [
            (Way::Term, [document.title.as_str(), &document.party, &document.body].as_slice()),
            (Way::Part, &[&document.parts]),
            (Way::Pinyin, &[&document.pinyin]),
        ] {
            for line in lines.iter().flat_map(|lines| lines.lines()) {
                found.extend(self.filed.get(&(way, line.to_owned())).into_iter().flatten());
            }
        }
        let finds = |name: &&N| self.searches.get(name).is_some_and(|words| looked.has_all(words));
        found.into_iter().filter(finds).cloned().collect()
    }

    /// As [`finding`](Self::finding), by looking at every search.
    #[cfg(any(test, feature = "bench"))]
    pub fn finding_one_by_one(&self, document: &Document) -> Vec<N> {
        let looked = Looked::new(document);
        let finding = self.searches.iter().filter(|(_, words)| looked.has_all(words));
        finding.map(|(name, _)| name.clone()).collect()
    }

    /// Returns where a search is filed: under every way in which a document may have its heaviest word, the longest of
    /// several; of the word's parts under the one that the fewest are filed under.
    fn places(&self, words: &[SearchWord]) -> Vec<(Way, String)> {
        let heaviest = words.iter().max_by_key(|word| (word.weight, word.term.len(), &word.term));
        let Some(word) = heaviest else { return Vec::new() };
        let n_filed = |part: &&String| self.filed.get(&(Way::Part, (*part).clone())).map_or(0, BTreeSet::len);
        let rarest = word.parts.iter().min_by_key(|part| (n_filed(part), *part));
        let others = ways(word).filter(|(way, _)| *way != Way::Part);
        others.chain(rarest.map(|part| (Way::Part, part.clone()))).collect()
    }
}

/// Lists all under which a word may be filed.
fn ways(word: &SearchWord) -> impl Iterator<Item = (Way, String)> {
    let pinyin = word.may_be_pinyin.then(|| (Way::Pinyin, word.term.clone()));
    let parts = word.parts.iter().map(|part| (Way::Part, part.clone()));
    std::iter::once((Way::Term, word.term.clone())).chain(pinyin).chain(parts)
}

impl<'d> Looked<'d> {
    fn new(document: &'d Document) -> Self {
        Self {
            terms: [&document.title, &document.party, &document.body].into_iter().flat_map(|t| t.lines()).collect(),
            parts: document.parts.lines().collect(),
            pinyin: document.pinyin.lines().collect(),
        }
    }

    /// Says whether the document has every word, as a search would.
    fn has_all(&self, words: &[SearchWord]) -> bool {
        !words.is_empty() && words.iter().take(QUERY_TERMS_MAX).all(|word| self.has(word))
    }

    fn has(&self, word: &SearchWord) -> bool {
        let term = word.term.as_str();
        let has_parts = || !word.parts.is_empty() && word.parts.iter().all(|part| self.parts.contains(part.as_str()));
        self.terms.contains(term) || has_parts() || (word.may_be_pinyin && self.pinyin.contains(term))
    }
}
