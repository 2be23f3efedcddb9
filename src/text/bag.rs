//! A text as bags of small pieces, for telling how alike two texts are: the characters of its telling words; and its
//! terms, which are all pairs of neighbouring characters, longer words, and Latin words and codes. Pairs find what
//! segmentation cuts in two ways; characters find what two authors name differently. Declared forms count as the name of
//! their word.

use std::collections::BTreeMap;

use crate::definition::Terms;
use crate::text::codes::code_parts;
use crate::text::segment::{Cut, Segmenter, is_latin};

/// How often each piece stands in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bag {
    /// Characters of words that are neither weak nor stop words, and Latin words and codes as a whole.
    pub characters: BTreeMap<String, u32>,
    /// Pairs of characters, words of three and more characters, Latin words, codes and their parts.
    pub terms: BTreeMap<String, u32>,
    /// Characters in all, a Latin word or a code counting as one.
    pub length: u32,
}

impl Bag {
    /// Takes a raw text apart; `with_broader` adds the words of which the text names a kind, for the side that is looked
    /// through; what stands `beside` the text, normalised, tells what abbreviations mean. Linear in the text.
    pub fn new(raw: &str, beside: &str, segmenter: &Segmenter, weights: &Terms, with_broader: bool) -> Self {
        let mut bag = Self::default();
        let mut run: Vec<String> = Vec::new();
        for cut in segmenter.cuts(raw, beside) {
            match cut {
                Cut::Word(name) => run.push(name),
                // What is only implied makes the text no longer.
                Cut::Broader(name) if with_broader => {
                    let length = bag.length;
                    if is_latin(&name) {
                        bag.push_latin(&name, weights);
                    } else {
                        bag.push_run(std::slice::from_ref(&name), segmenter, weights);
                    }
                    bag.length = length;
                }
                Cut::Broader(_) => {}
                Cut::Code(code) => {
                    bag.push_run(&std::mem::take(&mut run), segmenter, weights);
                    bag.push_latin(&code, weights);
                }
                Cut::Break => bag.push_run(&std::mem::take(&mut run), segmenter, weights),
            }
        }
        bag.push_run(&run, segmenter, weights);
        bag
    }

    /// Adds a Latin word or a code.
    fn push_latin(&mut self, word: &str, weights: &Terms) {
        self.length += 1;
        if !weights.says_little(word) {
            *self.characters.entry(word.to_owned()).or_default() += 1;
        }
        *self.terms.entry(word.to_owned()).or_default() += 1;
        for part in code_parts(word) {
            *self.terms.entry(part.to_owned()).or_default() += 1;
        }
    }

    /// Adds Chinese words that follow each other without a break.
    fn push_run(&mut self, words: &[String], segmenter: &Segmenter, weights: &Terms) {
        let text = words.concat();
        let chars: Vec<char> = text.chars().collect();
        self.length += length_of(&text);
        for pair in chars.windows(2).chain((chars.len() == 1).then_some(chars.as_slice())) {
            *self.terms.entry(pair.iter().collect()).or_default() += 1;
        }
        for word in words {
            if !weights.says_little(word) {
                for c in word.chars() {
                    *self.characters.entry(c.to_string()).or_default() += 1;
                }
            }
            let inner = segmenter.inner_words(word).filter(|inner| inner.chars().count() > 2);
            let whole = std::iter::once(word.as_str()).filter(|word| word.chars().count() > 2);
            for term in inner.chain(whole) {
                *self.terms.entry(term.to_owned()).or_default() += 1;
            }
        }
    }
}

fn length_of(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// What a demand asks for, as weights of pieces.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Weights of characters; they add up to 1, or to an eighth where there is no title.
    pub characters: BTreeMap<String, f64>,
    /// Weights of terms; they add up to 1.
    pub terms: BTreeMap<String, f64>,
}

/// What stands in a title counts as much as so many mentions elsewhere.
const TITLE_FACTOR: f64 = 8.0;

impl Profile {
    /// Weighs the pieces of a demand's title and of the rest of its text.
    pub fn new(title: &Bag, rest: &Bag, weights: &Terms) -> Self {
        let characters = weighed(&title.characters, &rest.characters, |piece| weights.character(piece));
        let terms = weighed(&title.terms, &rest.terms, |piece| weights.term(piece));
        // The characters of a long text alone say little; it is trusted as much as any text beside a title.
        let trust = if title.characters.is_empty() { TITLE_FACTOR } else { 1.0 };
        Self { characters: normalised(characters, trust), terms: normalised(terms, 1.0) }
    }
}

fn weighed(
    title: &BTreeMap<String, u32>,
    rest: &BTreeMap<String, u32>,
    weight: impl Fn(&str) -> u32,
) -> BTreeMap<String, f64> {
    let mut weighed: BTreeMap<String, f64> = BTreeMap::new();
    for (bag, factor) in [(title, TITLE_FACTOR), (rest, 1.0)] {
        for (piece, count) in bag {
            let worth = f64::from(*count) * factor * f64::from(weight(piece));
            if worth > 0.0 {
                *weighed.entry(piece.clone()).or_default() += worth;
            }
        }
    }
    weighed
}

fn normalised(mut weighed: BTreeMap<String, f64>, trust: f64) -> BTreeMap<String, f64> {
    let total: f64 = weighed.values().sum::<f64>() * trust;
    if total > 0.0 {
        weighed.values_mut().for_each(|weight| *weight /= total);
    }
    weighed
}

/// Returns how much of what is wanted a text of `length` characters has, from 0 to 1: each piece counts the more the
/// oftener it is mentioned and the less the longer the text is, `s = sum(weight * n / (n + length / typical))`, told as
/// `2 s / (1 + s)`: a text of the `typical` length that mentions every piece once has half of what is possible and is
/// worth two thirds. O(smaller bag x log n).
pub fn cover(wanted: &BTreeMap<String, f64>, offered: &BTreeMap<String, u32>, length: u32, typical: f64) -> f64 {
    let room = f64::from(length) / typical;
    let worth = |weight: f64, count: u32| weight * f64::from(count) / (f64::from(count) + room);
    // The order of the pieces is that of the maps, whichever is the smaller, so that sums are the same everywhere.
    let sum: f64 = if wanted.len() < offered.len() {
        wanted.iter().filter_map(|(piece, weight)| Some(worth(*weight, *offered.get(piece)?))).sum()
    } else {
        offered.iter().filter_map(|(piece, count)| Some(worth(*wanted.get(piece)?, *count))).sum()
    };
    (2.0 * sum / (1.0 + sum)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    fn bag(text: &str) -> Bag {
        let definition = Definition::compiled().expect("valid");
        Bag::new(text, "", &Segmenter::new(&definition), &definition.terms, false)
    }

    #[test]
    fn a_text_is_pairs_longer_words_codes_and_characters() {
        let bag = bag("钢丝绳 M8×30，碳黑");
        let terms: Vec<&str> = bag.terms.keys().map(String::as_str).collect();
        assert_eq!(terms, ["30", "m8", "m8×30", "丝绳", "炭黑", "钢丝", "钢丝绳"]);
        assert_eq!(bag.length, 6, "three characters, one code, two characters");
        assert!(bag.characters.contains_key("绳") && bag.characters.contains_key("m8×30"));
    }

    #[test]
    fn words_that_say_little_lend_no_characters() {
        let bag = bag("技术研发");
        assert!(bag.characters.is_empty(), "{:?}", bag.characters);
        assert!(bag.terms.contains_key("技术"));
    }

    #[test]
    fn a_typical_text_with_everything_is_worth_two_thirds_and_longer_ones_less() {
        let wanted = BTreeMap::from([("甲乙".to_owned(), 0.5), ("丙丁".to_owned(), 0.5)]);
        let offered = BTreeMap::from([("甲乙".to_owned(), 1), ("丙丁".to_owned(), 1)]);
        let half = BTreeMap::from([("甲乙".to_owned(), 1)]);
        assert!((cover(&wanted, &offered, 100, 100.0) - 2.0 / 3.0).abs() < 1e-12);
        assert!((cover(&wanted, &half, 100, 100.0) - 0.4).abs() < 1e-12);
        assert!((cover(&wanted, &offered, 0, 100.0) - 1.0).abs() < 1e-12);
        assert!(cover(&wanted, &offered, 300, 100.0) < 0.5);
        assert!(cover(&wanted, &BTreeMap::new(), 0, 100.0) < 1e-12);
    }
}
