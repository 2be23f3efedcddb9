//! A text as bags of small pieces, for telling how alike two texts are: the characters of its telling words; and its
//! terms, which are all pairs of neighbouring characters, longer words, and Latin words and codes. Pairs find what
//! segmentation cuts in two ways; characters find what two authors name differently. Declared forms count as the name of
//! their word.

use std::mem;

use crate::definition::{Terms, Word};
use crate::text::codes::code_parts;
use crate::text::segment::{Segmenter, Step, is_latin, windows};
use crate::text::vector::{Vector, key};

/// By what a text is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Pairs of characters, words of three and more characters, Latin words, codes and their parts.
    Terms,
    /// Characters of words that are neither weak nor stop words, and Latin words and codes as a whole.
    Characters,
}

/// How often each piece of one grain stands in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bag {
    /// Ascending by key, none twice.
    pieces: Vec<Piece>,
    /// Characters in all, a Latin word or a code counting as one.
    length: u32,
}

/// A piece as a [`Vector`] knows it, with its declared weight and how often it is mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    key: u64,
    weight: u32,
    count: u32,
}

impl Bag {
    /// Takes a normalised text apart; `with_broader` adds the words of which the text names a kind, for the side that is looked
    /// through; what stands `beside` the text, normalised, tells what abbreviations mean. O(n log n) in the text.
    pub fn new(
        text: &str,
        beside: &str,
        grain: Grain,
        segmenter: &Segmenter,
        weights: &Terms,
        with_broader: bool,
    ) -> Self {
        let mut filler = Filler::new(grain, segmenter, weights, text.len());
        segmenter.each_step(text, beside, |step| match step {
            Step::Form(_, word) => {
                filler.end_run();
                filler.push_meaning(word);
                filler.end_run();
            }
            Step::Code(code) => filler.push_latin(code),
            Step::Word(word) => match segmenter.meaning(word, &[text, beside]) {
                Some(meaning) => filler.push_meaning(meaning),
                None if word.is_ascii() => filler.push_latin(word),
                None => filler.run.push(word),
            },
            Step::Mark => filler.end_run(),
        });
        filler.end_run();
        if with_broader {
            filler.push_implied();
        }
        Self::counted(filler.pieces, filler.length)
    }

    /// Puts equal pieces together.
    fn counted(mut pieces: Vec<Piece>, length: u32) -> Self {
        pieces.sort_unstable_by_key(|piece| piece.key);
        pieces.dedup_by(|next, first| {
            let is_same = next.key == first.key;
            first.count += if is_same { next.count } else { 0 };
            is_same
        });
        Self { pieces, length }
    }

    /// Weighs what a supply offers: each piece the more the oftener it is mentioned and the less the longer the text is,
    /// `n / (n + length / typical)`. Pieces that no demand gives a weight are left out.
    pub fn offered(&self, typical: f64) -> Vector {
        let room = f64::from(self.length) / typical;
        let worth = |piece: &Piece| (piece.key, f64::from(piece.count) / (f64::from(piece.count) + room));
        Vector::new(self.pieces.iter().filter(|piece| piece.weight > 0).map(worth))
    }
}

/// Takes words for a bag.
struct Filler<'t> {
    grain: Grain,
    segmenter: &'t Segmenter,
    weights: &'t Terms,
    pieces: Vec<Piece>,
    length: u32,
    /// Chinese words that follow each other without a break.
    run: Vec<&'t str>,
    /// Words of which the text names a kind.
    implied: Vec<&'t str>,
}

impl<'t> Filler<'t> {
    /// Starts a bag for a text of so many bytes.
    fn new(grain: Grain, segmenter: &'t Segmenter, weights: &'t Terms, n_bytes: usize) -> Self {
        let pieces = Vec::with_capacity(n_bytes / 2);
        Self { grain, segmenter, weights, pieces, length: 0, run: Vec::new(), implied: Vec::new() }
    }

    fn push_meaning(&mut self, word: &'t Word) {
        if is_latin(&word.name) {
            self.push_latin(&word.name);
        } else {
            self.run.push(&word.name);
        }
        self.implied.extend(word.broader.iter().map(String::as_str));
    }

    /// Adds a Latin word or a code.
    fn push_latin(&mut self, word: &str) {
        self.end_run();
        self.length += 1;
        match self.grain {
            Grain::Characters if self.weights.says_little(word) => {}
            Grain::Characters => self.push(word),
            Grain::Terms => {
                self.push(word);
                code_parts(word).into_iter().for_each(|part| self.push(part));
            }
        }
    }

    /// Adds the Chinese words that follow each other without a break.
    fn end_run(&mut self) {
        let run = mem::take(&mut self.run);
        let n_chars: usize = run.iter().map(|word| word.chars().count()).sum();
        self.length += u32::try_from(n_chars).unwrap_or(u32::MAX);
        match self.grain {
            Grain::Characters => {
                let telling = run.iter().filter(|word| !self.weights.says_little(word));
                telling.flat_map(|word| windows(word, 1)).for_each(|c| self.push(c));
            }
            Grain::Terms => {
                windows(&run.concat(), n_chars.min(2)).for_each(|pair| self.push(pair));
                for word in run.iter().filter(|word| word.chars().nth(2).is_some()) {
                    self.segmenter.inner_words_of(word, 3).for_each(|inner| self.push(inner));
                    self.push(word);
                }
            }
        }
        self.run = run;
        self.run.clear();
    }

    /// Adds what is only implied, which makes the text no longer.
    fn push_implied(&mut self) {
        let length = self.length;
        for name in mem::take(&mut self.implied) {
            if is_latin(name) {
                self.push_latin(name);
            } else {
                self.run.push(name);
                self.end_run();
            }
        }
        self.length = length;
    }

    fn push(&mut self, piece: &str) {
        let weight = match self.grain {
            Grain::Terms => self.weights.term(piece),
            Grain::Characters => self.weights.character(piece),
        };
        self.pieces.push(Piece { key: key(piece), weight, count: 1 });
    }
}

/// What stands in a title counts as much as so many mentions elsewhere.
const TITLE_FACTOR: f64 = 8.0;

/// Weighs what a demand asks for with its title and the rest of its text: the rarer and the oftener, the more. The
/// weights of terms add up to 1, those of characters too, or to an eighth where there is no title.
pub fn wanted(title: &Bag, rest: &Bag, grain: Grain) -> Vector {
    let weigh = |piece: &Piece, factor: f64| (piece.key, f64::from(piece.count) * factor * f64::from(piece.weight));
    let of_title = title.pieces.iter().map(|piece| weigh(piece, TITLE_FACTOR));
    let mut weighed: Vec<(u64, f64)> = of_title.chain(rest.pieces.iter().map(|piece| weigh(piece, 1.0))).collect();
    weighed.sort_by_key(|(key, _)| *key);
    weighed.dedup_by(|next, first| {
        let is_same = next.0 == first.0;
        first.1 += if is_same { next.1 } else { 0.0 };
        is_same
    });
    // The characters of a long text alone say little; it is trusted as much as any text beside a title.
    let is_long = grain == Grain::Characters && title.pieces.is_empty();
    // A sum of whole numbers, exact in any order.
    let total = weighed.iter().map(|(_, weight)| weight).sum::<f64>() * if is_long { TITLE_FACTOR } else { 1.0 };
    Vector::new(weighed.into_iter().map(|(key, weight)| (key, weight / total)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;
    use crate::normal::normalise;
    use crate::text::vector::coverage;

    fn bag(text: &str, grain: Grain) -> Bag {
        let definition = Definition::compiled().expect("valid");
        Bag::new(&normalise(text), "", grain, &Segmenter::new(&definition), &definition.terms, false)
    }

    /// Says whether a bag has these pieces and no others, once each.
    fn is_once(bag: &Bag, pieces: &[&str]) -> bool {
        let mut keys: Vec<u64> = pieces.iter().map(|piece| key(piece)).collect();
        keys.sort_unstable();
        bag.pieces.iter().map(|piece| piece.key).eq(keys) && bag.pieces.iter().all(|piece| piece.count == 1)
    }

    #[test]
    fn a_text_is_pairs_longer_words_codes_and_characters() {
        let terms = bag("钢丝绳 M8×30，碳黑", Grain::Terms);
        assert!(is_once(&terms, &["30", "m8", "m8×30", "丝绳", "炭黑", "钢丝", "钢丝绳"]), "{terms:?}");
        assert_eq!(terms.length, 6, "three characters, one code, two characters");
        let characters = bag("钢丝绳 M8×30，碳黑", Grain::Characters);
        assert!(is_once(&characters, &["钢", "丝", "绳", "m8×30", "炭", "黑"]), "{characters:?}");
        assert_eq!(characters.length, 6);
    }

    #[test]
    fn words_that_say_little_lend_no_characters() {
        let characters = bag("技术研发", Grain::Characters);
        assert!(is_once(&characters, &[]), "{characters:?}");
        let terms = bag("技术研发", Grain::Terms);
        assert!(is_once(&terms, &["技术", "术研", "研发"]), "{terms:?}");
    }

    #[test]
    fn pieces_are_counted() {
        let terms = bag("轮胎，轮胎", Grain::Terms);
        assert_eq!(terms.pieces.iter().map(|piece| piece.count).collect::<Vec<u32>>(), [2]);
    }

    #[test]
    fn a_typical_text_with_everything_is_worth_two_thirds_and_longer_ones_less() {
        let weights = &Definition::compiled().expect("valid").terms;
        let piece = |text: &&str| Piece { key: key(text), weight: weights.term(text), count: 1 };
        let bag = |pieces: &[&str], length| Bag::counted(pieces.iter().map(piece).collect(), length);
        let offered = |pieces: &[&str], length| bag(pieces, length).offered(100.0);
        let wanted = wanted(&Bag::default(), &bag(&["帘线", "钢丝"], 0), Grain::Terms);
        let share = |supply: &Vector| coverage(wanted.product(supply));
        let (half, all) = (share(&offered(&["帘线"], 100)), share(&offered(&["帘线", "钢丝", "无关"], 100)));
        assert!((all - 2.0 / 3.0).abs() < 1e-4, "{all}");
        assert!(half > 0.3 && half < 0.5, "{half}");
        assert!((share(&offered(&["帘线", "钢丝"], 0)) - 1.0).abs() < 1e-4);
        assert!(share(&offered(&["帘线", "钢丝"], 300)) < 0.5);
        assert!(share(&Vector::default()) < 1e-12);
    }
}
