//! Searching postings and parties by words, with highlights. Only public columns are searched and shown.

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::engine::Engine;
use crate::engine::views::public_text;
use crate::error::{Error, Result};
use crate::fulltext::{Hit, SearchWord};
use crate::model::{Moment, PartyId, Record, RecordId, State};
use crate::normal::places;
use crate::text::{Term, may_be_pinyin, parts_to_find, strip_personal};

/// One found record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The place in the list, from 1.
    pub rank: usize,
    /// The record.
    pub id: RecordId,
    /// Its kind.
    pub kind: String,
    /// Its kind's Chinese label.
    pub kind_label: String,
    /// Its party.
    pub party: Option<(PartyId, String)>,
    /// Its title.
    pub title: String,
    /// Its state on the day.
    pub state: State,
    /// The words found, as pieces of text; `true` marks what was looked for.
    pub snippet: Vec<(String, bool)>,
}

/// What a search gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchResult {
    /// The records, best first.
    pub found: Vec<Found>,
    /// Whether no record has all the words, so that those with some of them are given.
    pub relaxed: bool,
}

/// What the view found, and what was looked for.
pub(super) struct Hits {
    /// The catalogue of the same state.
    pub catalogue: Arc<Catalogue>,
    /// The records, best first.
    pub hits: Vec<Hit>,
    /// The words.
    pub words: Vec<SearchWord>,
    /// Whether no record has all the words.
    pub relaxed: bool,
}

/// A search text may have this many characters.
pub(super) const TEXT_CHARS_MAX: usize = 500;
/// Characters shown before the first word found, and in all.
const SNIPPET_LEAD: usize = 12;
const SNIPPET_LENGTH: usize = 60;

impl Engine {
    /// Finds records that have every word of a text in title, party or public columns; if there are none, those that
    /// have any. Withdrawn records are not found.
    ///
    /// # Errors
    /// If the kind is unknown, the text has no words or is too long, or the view cannot be read.
    pub fn search(&self, text: &str, kind: Option<&str>, top: usize, moment: &Moment) -> Result<SearchResult> {
        let Hits { catalogue, hits, words, relaxed } = self.hits(text, kind, top)?;
        let marked = self.marked(&words);
        let found = (1..).zip(hits).filter_map(|(rank, hit)| {
            let record = catalogue.record(&hit.id)?;
            Some(self.found(&catalogue, record, &marked, rank, moment))
        });
        Ok(SearchResult { found: found.collect(), relaxed })
    }

    /// Asks the view.
    pub(super) fn hits(&self, text: &str, kind: Option<&str>, limit: usize) -> Result<Hits> {
        let kind = kind.map(|name| self.definition.find_kind(name)).transpose()?;
        let kinds: Vec<String> = kind.map(|kind| kind.name.clone()).into_iter().collect();
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(Error::Request(format!("搜索文字最多 {TEXT_CHARS_MAX} 字")));
        }
        let words = self.search_words(text);
        if words.is_empty() {
            return Err(Error::Request("请输入要查找的文字".to_owned()));
        }
        let (catalogue, searcher) = self.searchable()?;
        let mut hits = searcher.search_all(&kinds, &words, limit)?;
        let relaxed = hits.is_empty();
        if relaxed {
            hits = searcher.search_any(&kinds, &words, limit)?;
        }
        Ok(Hits { catalogue, hits, words, relaxed })
    }

    /// Lists all forms of the words that are looked for.
    pub(super) fn marked<'a>(&'a self, words: &'a [SearchWord]) -> Vec<&'a str> {
        words.iter().flat_map(|word| self.definition.words.forms(&word.term)).collect()
    }

    /// Shows a found record.
    pub(super) fn found(
        &self,
        catalogue: &Catalogue,
        record: &Record,
        marked: &[&str],
        rank: usize,
        moment: &Moment,
    ) -> Found {
        let party = catalogue.party_of(record);
        let party = party.map(|party| (party, catalogue.parties().name(party)));
        let title = match (&party, record.kind.as_str()) {
            (Some((_, name)), "party") => name.clone(),
            _ => strip_personal(record.title()).trim().to_owned(),
        };
        let body = format!("{title}\n{}", public_text(&self.definition, record));
        Found {
            rank,
            id: record.id.clone(),
            kind: record.kind.to_string(),
            kind_label: self.definition.kind(&record.kind).map_or(String::new(), |kind| kind.label.clone()),
            party,
            snippet: snippet(&body, marked),
            title,
            state: record.state(moment.as_of),
        }
    }

    /// Reads what a person looks for: words that say little are left out, unless there are no others.
    pub(super) fn search_words(&self, text: &str) -> Vec<SearchWord> {
        let word = |term: Term| SearchWord {
            weight: self.definition.terms.term(&term.text),
            parts: parts_to_find(term.form.as_ref().unwrap_or(&term.text)),
            may_be_pinyin: may_be_pinyin(&term.text),
            term: term.text,
        };
        let all: Vec<SearchWord> = self.segmenter().words(text, "").into_iter().map(word).collect();
        if all.iter().all(|word| word.weight == 0) {
            return all.into_iter().map(|word| SearchWord { weight: 1, ..word }).collect();
        }
        all.into_iter().filter(|word| word.weight > 0).collect()
    }
}

/// Cuts a window around the first word found and marks every word in it. Letters compare in any case and width.
fn snippet(text: &str, words: &[&str]) -> Vec<(String, bool)> {
    let shown: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut marked = vec![false; shown.len()];
    for place in words.iter().flat_map(|word| places(&shown, word)) {
        marked.iter_mut().take(place.end).skip(place.start).for_each(|mark| *mark = true);
    }
    let first = marked.iter().position(|mark| *mark).unwrap_or(0);
    let start = first.saturating_sub(SNIPPET_LEAD);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for (c, mark) in shown.into_iter().zip(marked).skip(start).take(SNIPPET_LENGTH) {
        match pieces.last_mut() {
            Some((piece, last)) if *last == mark => piece.push(c),
            _ => pieces.push((c.to_string(), mark)),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_in_any_case_and_width() {
        let pieces = snippet("高强度ＧＣｒ15轴承钢", &["gcr15", "轴承"]);
        let expected = [("高强度", false), ("ＧＣｒ15轴承", true), ("钢", false)];
        assert_eq!(pieces, expected.map(|(text, mark)| (text.to_owned(), mark)));
    }
}
