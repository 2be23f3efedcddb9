//! Questions to the view: which documents have the most weight of some terms. Ties are broken by record identifier,
//! so the answer is the same for any number of segments.

use tantivy::collector::TopDocs;
use tantivy::collector::sort_key::{SortBySimilarityScore, SortByString};
use tantivy::query::{BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Order, Term};

use crate::error::Result;
use crate::fulltext::fields::Fields;
use crate::fulltext::view_error;
use crate::model::RecordId;

/// A word that a person looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchWord {
    /// The normalised term.
    pub term: String,
    /// The parts of words, all of which a document must have that has the word inside a longer one; none if it cannot.
    pub parts: Vec<String>,
    /// Whether it may be meant as pinyin.
    pub may_be_pinyin: bool,
    /// What it weighs; at most 100.
    pub weight: u32,
}

/// A found document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The record.
    pub id: RecordId,
    /// The sum of the weights of the terms found.
    pub weight: u32,
}

/// A query may have this many terms; the heaviest are kept.
pub const QUERY_TERMS_MAX: usize = 1_000;
/// How much a term counts where a person searches: in a title, in a party's name, elsewhere.
const TITLE_FACTOR: u32 = 30;
const PARTY_FACTOR: u32 = 20;
const BODY_FACTOR: u32 = 10;
/// How much a word counts that is only a part of a longer one.
const PART_FACTOR: u32 = 4;
/// How much pinyin counts.
const PINYIN_FACTOR: u32 = 2;

/// An immutable view of one commit.
#[derive(Clone)]
pub struct Searcher {
    searcher: tantivy::Searcher,
    fields: Fields,
}

impl Searcher {
    /// Wraps the searcher of one commit.
    pub(super) fn new(searcher: tantivy::Searcher, fields: Fields) -> Self {
        Self { searcher, fields }
    }

    /// Finds documents that have every word in title, party or body, best first, ties by identifier; no kinds means
    /// every kind.
    pub fn search_all(&self, kinds: &[String], words: &[SearchWord], limit: usize) -> Result<Vec<Hit>> {
        let every = words.iter().take(QUERY_TERMS_MAX).map(|word| (Occur::Must, self.anywhere(word))).collect();
        self.top(kinds, every, limit)
    }

    /// Finds documents that have any of the words in title, party or body, as [`search_all`](Self::search_all).
    pub fn search_any(&self, kinds: &[String], words: &[SearchWord], limit: usize) -> Result<Vec<Hit>> {
        let any = words.iter().take(QUERY_TERMS_MAX).map(|word| (Occur::Should, self.anywhere(word))).collect();
        self.top(kinds, any, limit)
    }

    fn top(&self, kinds: &[String], clauses: Vec<(Occur, Box<dyn Query>)>, limit: usize) -> Result<Vec<Hit>> {
        if clauses.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let mut query: Box<dyn Query> = Box::new(BooleanQuery::new(clauses));
        if !kinds.is_empty() {
            let kinds = kinds.iter().map(|kind| {
                let term = Term::from_field_text(self.fields.kind, kind);
                let query: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::Basic));
                (Occur::Should, query)
            });
            // The filter must not add to the score.
            let filter =
                BoostQuery::new(Box::new(ConstScoreQuery::new(Box::new(BooleanQuery::new(kinds.collect())), 1.0)), 0.0);
            query = Box::new(BooleanQuery::new(vec![(Occur::Must, query), (Occur::Must, Box::new(filter))]));
        }
        let by_id = (SortByString::for_field("id"), Order::Asc);
        let collector = TopDocs::with_limit(limit).order_by((SortBySimilarityScore, by_id));
        let found = self.searcher.search(query.as_ref(), &collector).map_err(view_error)?;
        let hits = found.into_iter().map(|((score, id), _)| Hit {
            id: RecordId::from_text(id.as_deref().unwrap_or_default()),
            weight: whole(score),
        });
        Ok(hits.collect())
    }

    fn weighted(&self, field: Field, word: &SearchWord, factor: u32) -> Box<dyn Query> {
        let query = TermQuery::new(Term::from_field_text(field, &word.term), IndexRecordOption::Basic);
        Box::new(ConstScoreQuery::new(Box::new(query), float(word.weight * factor)))
    }

    fn anywhere(&self, word: &SearchWord) -> Box<dyn Query> {
        let mut ways = vec![
            self.weighted(self.fields.title, word, TITLE_FACTOR),
            self.weighted(self.fields.party, word, PARTY_FACTOR),
            self.weighted(self.fields.body, word, BODY_FACTOR),
        ];
        if !word.parts.is_empty() {
            let parts = word.parts.iter().map(|part| {
                let query: Box<dyn Query> =
                    Box::new(TermQuery::new(Term::from_field_text(self.fields.parts, part), IndexRecordOption::Basic));
                (Occur::Must, query)
            });
            let every = Box::new(BooleanQuery::new(parts.collect()));
            ways.push(Box::new(ConstScoreQuery::new(every, float(word.weight * PART_FACTOR))));
        }
        if word.may_be_pinyin {
            ways.push(self.weighted(self.fields.pinyin, word, PINYIN_FACTOR));
        }
        Box::new(DisjunctionMaxQuery::new(ways))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "weights are at most 3,000, far below the 2^24 that a float holds exactly"
)]
fn float(weight: u32) -> f32 {
    weight as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the score is a sum of at most 1,000 whole weights of at most 3,000"
)]
fn whole(score: f32) -> u32 {
    score.round() as u32
}
