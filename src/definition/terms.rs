//! How much a term weighs when a demand's words are looked for in a supply. Weights are declared, not counted in the
//! collection, so that a pair's score does not move when other postings come and go.

use std::collections::BTreeMap;

use crate::definition::file::TermsFile;
use crate::normal::{key, normalise};

/// Weights of terms, and words that segmentation keeps whole.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    declared: BTreeMap<String, u32>,
    one_character: u32,
    two_characters: u32,
    longer: u32,
    code: u32,
    words: Vec<String>,
    no_kind_of_ending: Vec<String>,
}

/// The heaviest weight allowed: sums over thousands of terms stay exact in a 32-bit float.
const WEIGHT_MAX: u32 = 100;

impl Terms {
    /// Validates the declared weights.
    pub(super) fn build(file: &TermsFile) -> Result<Self, String> {
        let weights = [file.one_character, file.two_characters, file.longer, file.code, file.weak_weight];
        if weights.iter().any(|weight| *weight > WEIGHT_MAX) {
            return Err(format!("权重不得超过 {WEIGHT_MAX}"));
        }
        let mut declared = BTreeMap::new();
        let weak = file.weak.iter().map(|word| (word, file.weak_weight));
        for (word, weight) in weak.chain(file.stop.iter().map(|word| (word, 0))) {
            if declared.insert(normalise(word), weight).is_some() {
                return Err(format!("词“{word}”重复"));
            }
        }
        Ok(Self {
            declared,
            one_character: file.one_character,
            two_characters: file.two_characters,
            longer: file.longer,
            code: file.code,
            no_kind_of_ending: file.no_kind_of_ending.iter().map(|name| key(name)).collect(),
            words: file.words.iter().map(|word| normalise(word)).collect(),
        })
    }

    /// Returns the weight of a normalised term; `is_code` marks part numbers, grades and models. O(log n).
    pub fn weight(&self, term: &str, is_code: bool) -> u32 {
        if let Some(weight) = self.declared.get(term) {
            return *weight;
        }
        if is_code {
            return self.code;
        }
        match term.chars().count() {
            0 | 1 => self.one_character,
            2 => self.two_characters,
            _ => self.longer,
        }
    }

    /// Says whether a product name, as a key, is a kind of `ending`, with which it ends: Chinese names end with what the
    /// thing is, but for declared exceptions.
    pub fn is_kind_of(&self, name: &str, ending: &str) -> bool {
        let is_exception = |exception: &String| {
            name.ends_with(exception.as_str()) && exception.ends_with(ending) && exception.len() > ending.len()
        };
        name.ends_with(ending) && !self.no_kind_of_ending.iter().any(is_exception)
    }

    /// Returns the declared words that segmentation keeps whole, normalised.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}
