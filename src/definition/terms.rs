//! How much a piece of text weighs when a demand is looked for in a supply: the rarer, the more. How rare is declared in
//! a table of frequencies and not counted in the collection, so that a pair's score does not move when other postings
//! come and go.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::file::TermsFile;
use crate::normal::normalise;

/// Weights of terms and characters.
#[derive(Debug, Clone, Default)]
pub struct Terms {
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
        let mut terms = Self::default();
        for word in file.weak.iter().chain(&file.stop) {
            let word = normalise(word);
            if terms.weak.contains(&word) || terms.stop.contains(&word) {
                return Err(format!("词“{word}”重复"));
            }
            let is_weak = terms.weak.len() < file.weak.len();
            if is_weak {
                terms.weak.insert(word)
            } else {
                terms.stop.insert(word)
            };
        }
        for row in frequencies {
            let [term, frequency] = row.as_slice() else { continue };
            let frequency: f64 =
                frequency.parse().ok().filter(|f| *f >= 1.0).ok_or_else(|| format!("“{term}”的频率应不小于 1"))?;
            let is_character = term.chars().nth(1).is_none();
            let (table, total, most) = if is_character {
                (&mut terms.characters, file.characters_total, CHARACTER_MAX)
            } else {
                (&mut terms.terms, file.words_total, TERM_MAX)
            };
            if table.insert(normalise(term), rarity(total, frequency, most)).is_some() {
                return Err(format!("“{term}”重复"));
            }
        }
        Ok(terms)
    }

    /// Says whether a normalised word is one that nearly every text has.
    pub fn says_little(&self, word: &str) -> bool {
        self.weak.contains(word) || self.stop.contains(word)
    }

    /// Returns the weight of a normalised term: a pair of characters, a longer word, a Latin word or a code; stop words
    /// weigh nothing, weak words a tenth. O(log n).
    pub fn term(&self, term: &str) -> u32 {
        if self.stop.contains(term) {
            return 0;
        }
        let rarity = match latin(term, TERM_MAX) {
            Some(weight) => return weight,
            None if term.chars().nth(1).is_none() => self.characters.get(term).copied().unwrap_or(CHARACTER_MAX),
            None => self.terms.get(term).copied().unwrap_or(TERM_MAX),
        };
        if self.weak.contains(term) { rarity } else { rarity * STEP }
    }

    /// Returns the weight of a normalised character, or of a Latin word or a code that counts as one. O(log n).
    pub fn character(&self, character: &str) -> u32 {
        latin(character, CHARACTER_MAX)
            .unwrap_or_else(|| STEP * self.characters.get(character).copied().unwrap_or(CHARACTER_MAX))
    }
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
