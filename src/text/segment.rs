//! Segmentation of Chinese text into terms. The same function serves records and queries, so what is indexed can be
//! found. Part numbers, grades and models stay whole and are also given by their parts; declared forms become the name
//! of their word; everything else is cut by jieba, and long words also give the dictionary's words inside them.

use std::borrow::Cow;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use jieba_rs::Jieba;

use crate::definition::{Definition, Word, Words};
use crate::normal::normalise;
use crate::text::codes::{code_parts, find_codes};

/// What a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// A word.
    Word,
    /// A part number, grade or model, whole.
    Code,
    /// A part of a code.
    CodePart,
    /// The name of a word of which the text names a kind.
    Broader,
}

/// A term of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// The normalised text; for a declared form the name of its word.
    pub text: String,
    /// What it is.
    pub kind: TermKind,
    /// The normalised form in which the text names it, where that is another one.
    pub form: Option<String>,
}

impl Term {
    fn new(text: &str, kind: TermKind) -> Self {
        Self { text: text.to_owned(), kind, form: None }
    }
}

/// Cuts text into terms. Loading the dictionary takes some tenths of a second; build it once and share it.
pub struct Segmenter {
    jieba: Jieba,
    words: Words,
    /// Finds declared forms with Latin letters, digits or punctuation.
    mixed_forms: AhoCorasick,
}

/// A step through a text.
pub(super) enum Cut {
    /// A Chinese word, by the name of its word.
    Word(String),
    /// A Latin word or a code.
    Code(String),
    /// The name of a word of which what came before is a kind.
    Broader(String),
    /// Where words do not follow each other.
    Break,
}

/// A piece of a text.
enum Piece<'a> {
    /// A declared form with Latin letters, digits or punctuation, and its word.
    Form(Range<usize>, &'a Word),
    Code(Range<usize>),
    Other(Range<usize>),
}

impl Segmenter {
    /// Loads the dictionary and the declaration's words.
    pub fn new(definition: &Definition) -> Self {
        let words = definition.words.clone();
        let mut jieba = Jieba::new();
        for word in words.whole() {
            // Without a frequency jieba takes the least that makes it one word.
            jieba.add_word(word, None, None);
        }
        let mixed_forms = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(words.mixed_forms())
            .expect("the declaration has far fewer forms than the automaton can hold");
        Self { jieba, words, mixed_forms }
    }

    /// Cuts a raw text into terms in the order of their appearance; repeated terms are repeated. Punctuation gives no
    /// term. What stands `beside` the text, normalised, tells what abbreviations mean. Linear in both texts.
    pub fn terms(&self, raw: &str, beside: &str) -> Vec<Term> {
        let text = normalise(raw);
        let context = context(&text, beside);
        let mut terms = Vec::new();
        for piece in self.pieces(&text, &context) {
            match piece {
                Piece::Form(range, word) => self.push_meaning(word, part(&text, range), &mut terms),
                Piece::Code(range) => push_code(part(&text, range), &mut terms),
                Piece::Other(range) => self.push_words(part(&text, range), &context, &mut terms),
            }
        }
        terms
    }

    /// As [`terms`](Self::terms), with the names of the words of which the text names a kind, and with abbreviations as
    /// they are written: for the side that is looked through, never for the side that asks.
    pub fn terms_with_broader(&self, raw: &str, beside: &str) -> Vec<Term> {
        let mut terms = self.terms(raw, beside);
        let mut broader = Vec::new();
        for term in &terms {
            let Some(word) = self.words.word(&term.text) else { continue };
            let form = term.form.as_ref().unwrap_or(&term.text);
            // Who asks for `dmc` alone does not say which one is meant.
            broader.extend(latin_words(form).map(|latin| Term::new(latin, TermKind::CodePart)));
            broader.extend(word.broader.iter().map(|name| Term {
                text: name.clone(),
                kind: TermKind::Broader,
                form: Some(form.clone()),
            }));
        }
        terms.extend(broader);
        terms
    }

    /// Cuts a raw text into words and codes that do not overlap, in order, without punctuation, declared forms by the
    /// name of their word; `beside` as for [`terms`](Self::terms). Linear in the text.
    pub fn words(&self, raw: &str, beside: &str) -> Vec<Term> {
        let text = normalise(raw);
        let context = context(&text, beside);
        let named = |name: &str, form: &str, kind| Term {
            form: (form != name).then(|| form.to_owned()),
            ..Term::new(name, kind)
        };
        let mut words = Vec::new();
        for piece in self.pieces(&text, &context) {
            match piece {
                Piece::Form(range, word) => words.push(named(&word.name, part(&text, range), TermKind::Word)),
                Piece::Code(range) => words.push(Term::new(part(&text, range), TermKind::Code)),
                Piece::Other(range) => words.extend(self.cut(part(&text, range)).map(|word| {
                    let meaning = self.words.meaning(word, &context);
                    named(meaning.map_or(word, |meaning| meaning.name.as_str()), word, TermKind::Word)
                })),
            }
        }
        words
    }

    /// Goes through a raw text word by word; `beside` as for [`terms`](Self::terms). Linear in the text.
    pub(super) fn cuts(&self, raw: &str, beside: &str) -> Vec<Cut> {
        let text = normalise(raw);
        let context = context(&text, beside);
        let mut cuts = Vec::new();
        for piece in self.pieces(&text, &context) {
            match piece {
                Piece::Form(_, word) => {
                    cuts.push(Cut::Break);
                    push_cuts(word, &mut cuts);
                    cuts.push(Cut::Break);
                }
                Piece::Code(range) => cuts.push(Cut::Code(part(&text, range).to_owned())),
                Piece::Other(range) => {
                    for token in self.jieba.cut(part(&text, range), true) {
                        let word = self.words.variant(token.word).unwrap_or(token.word);
                        match self.words.meaning(word, &context) {
                            _ if !word.chars().any(char::is_alphanumeric) => cuts.push(Cut::Break),
                            Some(meaning) => push_cuts(meaning, &mut cuts),
                            None if word.is_ascii() => cuts.push(Cut::Code(word.to_owned())),
                            None => cuts.push(Cut::Word(word.to_owned())),
                        }
                    }
                }
            }
        }
        cuts
    }

    /// Lists the dictionary's words of two and three characters inside a longer word, but for lookalikes of it.
    pub(super) fn inner_words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        let starts: Vec<usize> = word.char_indices().map(|(start, _)| start).chain([word.len()]).collect();
        let mut inner = Vec::new();
        for length in [2, 3] {
            for window in starts.windows(length + 1).filter(|_| starts.len() > length + 1) {
                if let [start, .., end] = window {
                    inner.push(part(word, *start..*end));
                }
            }
        }
        inner.into_iter().filter(|inner| self.jieba.has_word(inner) && !self.words.are_distinct(word, inner))
    }

    /// Says whether two words are declared lookalikes.
    pub(super) fn are_lookalikes(&self, left: &str, right: &str) -> bool {
        self.words.are_distinct(left, right)
    }

    /// Says whether the dictionary or the declaration has a word.
    pub fn knows(&self, word: &str) -> bool {
        self.jieba.has_word(word)
    }

    /// Cuts normalised text into words that do not overlap, regional ones by the mainland word.
    pub(super) fn cut<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let words = self.jieba.cut(text, true).into_iter().map(|token| token.word.trim());
        let words = words.filter(|word| word.chars().any(char::is_alphanumeric));
        words.map(|word| self.words.variant(word).unwrap_or(word))
    }

    /// Takes a normalised text apart.
    fn pieces(&self, text: &str, context: &str) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        let mut end_of_last = 0;
        for found in self.mixed_forms.find_iter(text) {
            let form = part(text, found.range());
            if stands_alone(text, found.range())
                && let Some(word) = self.words.meaning(form, context)
            {
                push_codes(text, end_of_last..found.start(), &mut pieces);
                pieces.push(Piece::Form(found.range(), word));
                end_of_last = found.end();
            }
        }
        push_codes(text, end_of_last..text.len(), &mut pieces);
        pieces
    }

    /// Pushes the name of a word and the words inside it for one of its forms.
    fn push_meaning(&self, word: &Word, form: &str, terms: &mut Vec<Term>) {
        let is_code = find_codes(&word.name).first() == Some(&(0..word.name.len()));
        let start = terms.len();
        if is_code {
            push_code(&word.name, terms);
        } else {
            terms.push(Term::new(&word.name, TermKind::Word));
            terms.extend(self.inner_words(&word.name).map(|inner| Term::new(inner, TermKind::Word)));
        }
        if let Some(first) = terms.get_mut(start).filter(|_| form != word.name) {
            first.form = Some(form.to_owned());
        }
    }

    fn push_words(&self, piece: &str, context: &str, terms: &mut Vec<Term>) {
        for word in self.cut(piece) {
            match self.words.meaning(word, context) {
                Some(meaning) => self.push_meaning(meaning, word, terms),
                None => {
                    terms.extend(self.inner_words(word).map(|inner| Term::new(inner, TermKind::Word)));
                    terms.push(Term::new(word, TermKind::Word));
                }
            }
        }
    }
}

/// Returns a text with what stands beside it.
fn context<'t>(text: &'t str, beside: &str) -> Cow<'t, str> {
    if beside.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n{beside}")) }
}

fn push_cuts(word: &Word, cuts: &mut Vec<Cut>) {
    if is_latin(&word.name) {
        cuts.push(Cut::Code(word.name.clone()))
    } else {
        cuts.push(Cut::Word(word.name.clone()))
    }
    cuts.extend(word.broader.iter().cloned().map(Cut::Broader));
}

/// Says whether a word is compared as a whole, since it has Latin letters or digits.
pub(super) fn is_latin(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_alphanumeric())
}

/// Lists the Latin words and numbers of a form, of two characters and more.
fn latin_words(form: &str) -> impl Iterator<Item = &str> {
    let words = form.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| word.len() > 1)
}

fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or("")
}

/// Says whether what stands at a range is no part of a longer Latin word or number.
fn stands_alone(text: &str, range: Range<usize>) -> bool {
    let is_latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let form = part(text, range.clone());
    let joins_before = is_latin(form.chars().next()) && is_latin(part(text, 0..range.start).chars().next_back());
    let joins_after = is_latin(form.chars().next_back()) && is_latin(part(text, range.end..text.len()).chars().next());
    !joins_before && !joins_after
}

/// Splits a range of a text into codes and what stands between them.
fn push_codes(text: &str, range: Range<usize>, pieces: &mut Vec<Piece<'_>>) {
    let mut end_of_last = range.start;
    for code in find_codes(part(text, range.clone())) {
        let (start, end) = (range.start + code.start, range.start + code.end);
        pieces.push(Piece::Other(end_of_last..start));
        pieces.push(Piece::Code(start..end));
        end_of_last = end;
    }
    pieces.push(Piece::Other(end_of_last..range.end));
}

fn push_code(code: &str, terms: &mut Vec<Term>) {
    terms.push(Term::new(code, TermKind::Code));
    let parts = code_parts(code).into_iter().filter(|part| *part != code);
    terms.extend(parts.map(|part| Term::new(part, TermKind::CodePart)));
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static SEGMENTER: LazyLock<Segmenter> =
        LazyLock::new(|| Segmenter::new(&Definition::compiled().expect("the compiled declaration is valid")));

    fn words(raw: &str) -> String {
        SEGMENTER.words(raw, "").into_iter().map(|word| word.text).collect::<Vec<String>>().join(" ")
    }

    /// Checks texts and their words.
    fn check(rows: &[(&str, &str)]) {
        let wrong = rows.iter().filter(|(text, expected)| words(text) != *expected);
        let wrong: Vec<String> = wrong.map(|(text, _)| format!("{text}: {}", words(text))).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn traps_are_cut_as_people_read_them() {
        check(&[
            ("全钢子午线轮胎", "全钢子午线轮胎"),
            ("高压共轨喷油器", "高压共轨喷油器"),
            ("四轮一带", "四轮一带"),
            ("京东方", "京东方"),
            ("南京市长江大桥", "南京市 长江大桥"),
            ("三角带", "三角带"),
            ("无缝钢管、无纺布", "无缝钢管 非织造布"),
            ("首台（套）装备", "首台套 装备"),
            ("臺灣軟體", "台湾 软件"),
            ("软体机器人", "软体机器人"),
        ]);
    }

    #[test]
    fn scripts_are_cut_apart_but_not_inside_codes() {
        check(&[
            ("CNC加工", "cnc 加工"),
            ("五轴VMC850", "五轴 vmc850"),
            ("MES系统", "制造执行系统"),
            ("5G+工业互联网", "5g 工业 互联网"),
            ("C端应用", "c 端 应用"),
            ("轮胎315/80R22.5", "轮胎 315/80r22.5"),
        ]);
    }

    #[test]
    fn a_text_is_also_found_by_its_abbreviations_and_kinds() {
        let terms = |raw: &str| -> Vec<String> {
            SEGMENTER.terms_with_broader(raw, "").into_iter().map(|term| term.text).collect()
        };
        let has = |raw: &str, term: &str| terms(raw).iter().any(|text| text == term);
        assert!(has("电解液用DMC", "碳酸二甲酯") && has("电解液用DMC", "dmc"));
        assert!(has("MES系统", "mes") && has("螺栓", "紧固件") && !has("紧固件", "螺栓"));
        assert!(!has("白炭黑", "炭黑"), "a lookalike");
        assert!(SEGMENTER.terms("电解液用DMC", "").iter().all(|term| term.text != "dmc"), "not where it is asked for");
    }
}
