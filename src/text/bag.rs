//! A text as bags of small pieces, for telling how alike two texts are: the characters of its telling words; and its
//! terms, which are all pairs of neighbouring characters, longer words, and Latin words and codes. Pairs find what
//! segmentation cuts in two ways; characters find what two authors name differently. Declared forms count as the name of
//! their word.

use std::collections::BTreeMap;

use crate::definition::Terms;
use crate::text::codes::code_parts;
use crate::text::segment::{Cut, Segmenter, is_latin};
use crate::text::vector::Vector;

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

/// What a text asks for or offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pieces {
    /// Weights of terms.
    pub terms: Vector,
    /// Weights of characters.
    pub characters: Vector,
}

/// What stands in a title counts as much as so many mentions elsewhere.
const TITLE_FACTOR: f64 = 8.0;

impl Pieces {
    /// Weighs what a demand asks for with its title and the rest of its text: the rarer and the oftener, the more. The
    /// weights of terms add up to 1, those of characters too, or to an eighth where there is no title.
    pub fn wanted(title: &Bag, rest: &Bag, weights: &Terms) -> Self {
        let characters = weighed(&title.characters, &rest.characters, |piece| weights.character(piece));
        let terms = weighed(&title.terms, &rest.terms, |piece| weights.term(piece));
        // The characters of a long text alone say little; it is trusted as much as any text beside a title.
        let trust = if title.characters.is_empty() { TITLE_FACTOR } else { 1.0 };
        Self { characters: normalised(&characters, trust), terms: normalised(&terms, 1.0) }
    }

    /// Weighs what a supply offers: each piece the more the oftener it is mentioned and the less the longer the text is,
    /// `n / (n + length / typical)`. Pieces that no demand gives a weight are left out.
    pub fn offered(bag: &Bag, typical: f64, weights: &Terms) -> Self {
        let room = f64::from(bag.length) / typical;
        let worth = |count: u32| f64::from(count) / (f64::from(count) + room);
        let terms = bag.terms.iter().filter(|(piece, _)| weights.term(piece) > 0);
        Self {
            terms: Vector::new(terms.map(|(piece, count)| (piece.as_str(), worth(*count)))),
            characters: Vector::new(bag.characters.iter().map(|(piece, count)| (piece.as_str(), worth(*count)))),
        }
    }
}

fn weighed<'a>(
    title: &'a BTreeMap<String, u32>,
    rest: &'a BTreeMap<String, u32>,
    weight: impl Fn(&str) -> u32,
) -> BTreeMap<&'a str, f64> {
    let mut weighed: BTreeMap<&str, f64> = BTreeMap::new();
    for (bag, factor) in [(title, TITLE_FACTOR), (rest, 1.0)] {
        for (piece, count) in bag {
            *weighed.entry(piece).or_default() += f64::from(*count) * factor * f64::from(weight(piece));
        }
    }
    weighed
}

fn normalised(weighed: &BTreeMap<&str, f64>, trust: f64) -> Vector {
    let total: f64 = weighed.values().sum::<f64>() * trust;
    Vector::new(weighed.iter().map(|(piece, weight)| (*piece, weight / total)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;
    use crate::text::vector::coverage;

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
        let weights = &Definition::compiled().expect("valid").terms;
        let counts = |pieces: &[&str]| pieces.iter().map(|piece| ((*piece).to_owned(), 1)).collect();
        let offered = |pieces: &[&str], length| {
            let bag = Bag { terms: counts(pieces), length, ..Bag::default() };
            Pieces::offered(&bag, 100.0, weights).terms
        };
        let wish = Bag { terms: counts(&["帘线", "钢丝"]), ..Bag::default() };
        let wanted = Pieces::wanted(&Bag::default(), &wish, weights).terms;
        let share = |supply: &Vector| coverage(wanted.product(supply));
        let (half, all) = (share(&offered(&["帘线"], 100)), share(&offered(&["帘线", "钢丝", "无关"], 100)));
        assert!((all - 2.0 / 3.0).abs() < 1e-4, "{all}");
        assert!(half > 0.3 && half < 0.5, "{half}");
        assert!((share(&offered(&["帘线", "钢丝"], 0)) - 1.0).abs() < 1e-4);
        assert!(share(&offered(&["帘线", "钢丝"], 300)) < 0.5);
        assert!(share(&Vector::default()) < 1e-12);
    }
}
