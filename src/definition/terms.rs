//! How much a piece of text weighs when a demand is looked for in a supply: the rarer, the more. How rare is declared in
//! a table of frequencies and not counted in the collection, so that a pair's score does not move when other postings
//! come and go.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::definition::file::TermsFile;
use crate::normal::normalise;

/// Weights of terms and characters.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// What the declaration lists. By hash, since every text looks up hundreds.
    listed: FxHashMap<String, Listed>,
}

/// What the declaration makes of a word or character.
#[derive(Debug, Clone, Copy)]
struct Listed {
    term: u32,
    character: u32,
    says_little: bool,
}

/// The declared words and frequencies as they are read.
#[derive(Default)]
struct Tables {
    weak: BTreeSet<String>,
    stop: BTreeSet<String>,
    characters: BTreeMap<String, u32>,
    terms: BTreeMap<String, u32>,
}

/// The weight of a character that the table does not have: the natural logarithm of how rare it is, at most.
const CHARACTER_MAX: u32 = 9;
/// The weight of a term that the table does not have.
const TERM_MAX: u32 = 12;
/// What a step of the logarithm weighs, so that weak words can weigh a tenth.
const STEP: u32 = 10;

impl Terms {
    /// Validates the declared words and the table of frequencies (term, frequency).
    pub(super) fn build(file: &TermsFile, frequencies: &[Vec<&str>]) -> Result<Self, String> {
        let mut tables = Tables::default();
        for word in file.weak.iter().chain(&file.stop) {
            let word = normalise(word);
            if tables.weak.contains(&word) || tables.stop.contains(&word) {
                return Err(format!("词“{word}”重复"));
            }
            let is_weak = tables.weak.len() < file.weak.len();
            if is_weak {
                tables.weak.insert(word)
            } else {
                tables.stop.insert(word)
            };
        }
        for row in frequencies {
            let [term, frequency] = row.as_slice() else { continue };
            let frequency: f64 =
                frequency.parse().ok().filter(|f| *f >= 1.0).ok_or_else(|| format!("“{term}”的频率应不小于 1"))?;
            let (table, total, most) = if is_character(term) {
                (&mut tables.characters, file.characters_total, CHARACTER_MAX)
            } else {
                (&mut tables.terms, file.words_total, TERM_MAX)
            };
            if table.insert(normalise(term), rarity(total, frequency, most)).is_some() {
                return Err(format!("“{term}”重复"));
            }
        }
        Ok(tables.weighed())
    }

    /// Says whether a normalised word is one that nearly every text has.
    pub fn says_little(&self, word: &str) -> bool {
        self.listed.get(word).is_some_and(|listed| listed.says_little)
    }

    /// Returns the weight of a normalised term: a pair of characters, a longer word, a Latin word or a code; stop words
    /// weigh nothing, weak words a tenth. O(length).
    pub fn term(&self, term: &str) -> u32 {
        match self.listed.get(term) {
            Some(listed) => listed.term,
            None if is_character(term) => latin(term, TERM_MAX).unwrap_or(CHARACTER_MAX * STEP),
            None => latin(term, TERM_MAX).unwrap_or(TERM_MAX * STEP),
        }
    }

    /// Returns the weight of a normalised character, or of a Latin word or a code that counts as one. O(length).
    pub fn character(&self, character: &str) -> u32 {
        match self.listed.get(character) {
            Some(listed) => listed.character,
            None => latin(character, CHARACTER_MAX).unwrap_or(CHARACTER_MAX * STEP),
        }
    }
}

impl Tables {
    /// Weighs everything that is listed.
    fn weighed(&self) -> Terms {
        let words = self.weak.iter().chain(&self.stop).chain(self.characters.keys()).chain(self.terms.keys());
        Terms { listed: words.map(|word| (word.clone(), self.listed(word))).collect() }
    }

    fn listed(&self, word: &str) -> Listed {
        let (is_weak, is_stop) = (self.weak.contains(word), self.stop.contains(word));
        let step = if is_weak { 1 } else { STEP };
        let character = self.characters.get(word).copied().unwrap_or(CHARACTER_MAX);
        let rarity = match is_character(word) {
            true => character,
            false => self.terms.get(word).copied().unwrap_or(TERM_MAX),
        };
        Listed {
            term: if is_stop { 0 } else { latin(word, TERM_MAX).unwrap_or(rarity * step) },
            character: latin(word, CHARACTER_MAX).unwrap_or(character * STEP),
            says_little: is_weak || is_stop,
        }
    }
}

fn is_character(term: &str) -> bool {
    term.chars().nth(1).is_none()
}

/// Returns the weight of a Latin word or a code: four fifths of the highest, for which no dictionary can tell how rare it
/// is; a fifth of that for a single letter and a number of one or two digits.
fn latin(term: &str, most: u32) -> Option<u32> {
    if !term.contains(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let says_little = term.len() == 1 || (term.len() == 2 && term.bytes().all(|byte| byte.is_ascii_digit()));
    let weight = most * STEP * 4 / 5;
    Some(if says_little { weight / 5 } else { weight })
}

/// Returns the natural logarithm of `total / frequency`, rounded, from 1 to `most`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held between 1 and `most`")]
fn rarity(total: u64, frequency: f64, most: u32) -> u32 {
    #[expect(clippy::cast_precision_loss, reason = "a total of some hundred million, for a logarithm")]
    let rarity = (total as f64 / frequency).ln().round();
    rarity.clamp(1.0, f64::from(most)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        let file = TermsFile {
            version: "1".to_owned(),
            words_total: 1_000_000,
            characters_total: 1_000_000,
            weak: vec!["技术".to_owned()],
            stop: vec!["的".to_owned()],
        };
        let frequencies = [vec!["技术", "20000"], vec!["轮胎", "50"], vec!["胎", "100"], vec!["的", "100000"]];
        Terms::build(&file, &frequencies).expect("valid")
    }

    #[test]
    fn the_rarer_the_heavier() {
        let terms = terms();
        assert_eq!(terms.term("轮胎"), 100, "ln(1,000,000 / 50) is 9.9");
        assert_eq!(terms.term("技术"), 4, "ln(50) is 3.9, a tenth of it");
        assert_eq!(terms.term("的"), 0);
        assert_eq!(terms.term("帘线"), 120, "not in the table");
        assert_eq!((terms.character("胎"), terms.character("帘")), (90, 90));
    }

    #[test]
    fn codes_weigh_much_and_bare_numbers_little() {
        let terms = terms();
        assert_eq!((terms.term("gcr15"), terms.term("30"), terms.term("a")), (96, 19, 19));
        assert_eq!((terms.character("gcr15"), terms.character("30")), (72, 14));
    }

    #[test]
    fn a_frequency_is_a_positive_number() {
        let file = TermsFile {
            version: "1".to_owned(),
            words_total: 1,
            characters_total: 1,
            weak: Vec::new(),
            stop: Vec::new(),
        };
        assert!(Terms::build(&file, &[vec!["轮胎", "0"]]).is_err());
        assert!(Terms::build(&file, &[vec!["轮胎", "1"], vec!["轮胎", "2"]]).is_err());
    }
}
