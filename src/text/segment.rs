//! Segmentation of Chinese text into terms. The same function serves records and queries, so what is indexed can be
//! found. Part numbers, grades and models stay whole and are also given by their parts; everything else is cut by
//! jieba's search mode, which gives long words and the words inside them.

use std::collections::BTreeMap;

use jieba_rs::Jieba;

use crate::definition::Terms;
use crate::normal::normalise;
use crate::text::codes::{code_parts, find_codes};

/// A term of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// The normalised text.
    pub text: String,
    /// Whether it is a part number, grade or model, whole.
    pub is_code: bool,
}

/// Cuts text into terms. Loading the dictionary takes some tenths of a second; build it once and share it.
pub struct Segmenter {
    jieba: Jieba,
}

/// A frequency that makes jieba prefer a declared word to its parts.
const DECLARED_WORD_FREQUENCY: usize = 1_000_000;

impl Segmenter {
    /// Loads the dictionary and the words that the declaration keeps whole.
    pub fn new(terms: &Terms) -> Self {
        let mut jieba = Jieba::new();
        for word in terms.words() {
            jieba.add_word(word, Some(DECLARED_WORD_FREQUENCY), None);
        }
        Self { jieba }
    }

    /// Cuts a raw text into terms in the order of their appearance; repeated terms are repeated. Punctuation gives no
    /// term. Linear in the text.
    pub fn terms(&self, raw: &str) -> Vec<Term> {
        let text = normalise(raw);
        let mut terms = Vec::new();
        let mut end_of_last = 0;
        for range in find_codes(&text) {
            self.cut_words(text.get(end_of_last..range.start).unwrap_or(""), &mut terms);
            if let Some(code) = text.get(range.clone()) {
                terms.push(Term { text: code.to_owned(), is_code: true });
                let parts = code_parts(code).into_iter().filter(|part| *part != code);
                terms.extend(parts.map(|part| Term { text: part.to_owned(), is_code: false }));
            }
            end_of_last = range.end;
        }
        self.cut_words(text.get(end_of_last..).unwrap_or(""), &mut terms);
        terms
    }

    /// Cuts a raw text into words that do not overlap, in order, without punctuation. Linear in the text.
    pub fn words(&self, raw: &str) -> Vec<String> {
        let text = normalise(raw);
        let words = self.jieba.cut(&text, true).into_iter().map(|token| token.word);
        words.filter(|word| word.chars().any(char::is_alphanumeric)).map(str::to_owned).collect()
    }

    fn cut_words(&self, text: &str, terms: &mut Vec<Term>) {
        for token in self.jieba.cut_for_search(text, true) {
            if token.word.chars().any(char::is_alphanumeric) {
                terms.push(Term { text: token.word.trim().to_owned(), is_code: false });
            }
        }
    }
}

/// Counts distinct terms with their declared weights, ascending by term; terms of weight 0 are left out.
pub fn weigh(terms: &[Term], weights: &Terms) -> BTreeMap<String, u32> {
    let weighed = terms.iter().map(|term| (term.text.clone(), weights.weight(&term.text, term.is_code)));
    weighed.filter(|(_, weight)| *weight > 0).collect()
}
