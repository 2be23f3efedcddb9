//! Segmentation of Chinese text into terms. The same function serves records and queries, so what is indexed can be
//! found. Part numbers, grades and models stay whole and are also given by their parts; declared forms become the name
//! of their word; everything else is cut by jieba, and long words also give the dictionary's words inside them.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::definition::{Definition, Word, Words};
use crate::normal::normalise;
use crate::text::codes::{code_parts, find_codes};
use crate::text::dictionary::Dictionary;

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
    /// Says whether it is a part number, a grade or a model.
    pub fn is_code(&self) -> bool {
        self.kind == TermKind::Code
    }

    fn new(text: &str, kind: TermKind) -> Self {
        Self { text: text.to_owned(), kind, form: None }
    }
}

/// Cuts text into terms. Loading the dictionary takes some tenths of a second; build it once and share it.
pub struct Segmenter {
    dictionary: Dictionary,
    words: Words,
    /// Finds declared forms with Latin letters, digits or punctuation.
    mixed_forms: AhoCorasick,
}

/// A text that was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The texts of its [words](Segmenter::words).
    pub words: Vec<String>,
    /// Its [terms](Segmenter::terms).
    pub terms: Vec<Term>,
    /// Whether it has an abbreviation, so that what stands beside it may change both.
    pub is_conditional: bool,
}

/// A step through a normalised text.
pub(super) enum Step<'t> {
    /// A declared form with Latin letters, digits or punctuation, and its word.
    Form(&'t str, &'t Word),
    /// A code.
    Code(&'t str),
    /// A word of the dictionary or what stands between such words, regional ones by the mainland word.
    Word(&'t str),
    /// Punctuation and spaces.
    Mark,
}

/// A term of a text, which is not copied: its text, what it is, and the form in which the text names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TermOf<'t> {
    /// The text.
    pub text: &'t str,
    kind: TermKind,
    form: Option<&'t str>,
}

impl Segmenter {
    /// Loads the dictionary and the declaration's words.
    pub fn new(definition: &Definition) -> Self {
        let words = definition.words.clone();
        let dictionary = Dictionary::new(words.whole());
        let mixed_forms = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::LeftmostLongest)
            .build(words.mixed_forms())
            .expect("the declaration has far fewer forms than the automaton can hold");
        Self { dictionary, words, mixed_forms }
    }

    /// Cuts a raw text into terms in the order of their appearance; repeated terms are repeated. Punctuation gives no
    /// term. What stands `beside` the text, normalised, tells what abbreviations mean. Linear in both texts.
    pub fn terms(&self, raw: &str, beside: &str) -> Vec<Term> {
        let text = normalise(raw);
        self.terms_of(&text, beside).into_iter().map(Term::from).collect()
    }

    /// As [`terms`](Self::terms), with the names of the words of which the text names a kind, and with abbreviations as
    /// they are written: for the side that is looked through, never for the side that asks.
    pub fn terms_with_broader(&self, raw: &str, beside: &str) -> Vec<Term> {
        let text = normalise(raw);
        self.with_broader(self.terms_of(&text, beside)).into_iter().map(Term::from).collect()
    }

    /// Cuts a raw text into words and codes that do not overlap, in order, without punctuation, declared forms by the
    /// name of their word; `beside` as for [`terms`](Self::terms). Linear in the text.
    pub fn words(&self, raw: &str, beside: &str) -> Vec<Term> {
        let text = normalise(raw);
        let named = |name: &str, form: &str, kind| Term {
            form: (form != name).then(|| form.to_owned()),
            ..Term::new(name, kind)
        };
        let mut words = Vec::new();
        self.each_step(&text, beside, |step| match step {
            Step::Form(form, word) => words.push(named(&word.name, form, TermKind::Word)),
            Step::Code(code) => words.push(Term::new(code, TermKind::Code)),
            Step::Word(word) => {
                let meaning = self.words.meaning_among(word, &[&text, beside]);
                words.push(named(meaning.map_or(word, |meaning| meaning.name.as_str()), word, TermKind::Word));
            }
            Step::Mark => {}
        });
        words
    }

    /// Cuts a raw text into [words](Self::words) and into [terms](Self::terms), going through it once.
    pub fn cut_both(&self, raw: &str, beside: &str) -> Cut {
        let text = normalise(raw);
        let (mut words, mut terms) = (Vec::new(), Vec::new());
        let mut forms = self.mixed_forms.find_iter(&text);
        let mut is_conditional = forms.any(|found| self.words.is_conditional(part(&text, found.range())));
        self.each_step(&text, beside, |step| {
            is_conditional |= matches!(step, Step::Word(word) if self.words.is_conditional(word));
            words.extend(self.push_step(&step, &[&text, beside], &mut terms).map(str::to_owned));
        });
        Cut { words, terms: terms.into_iter().map(Term::from).collect(), is_conditional }
    }

    /// Goes through a normalised text step by step; `beside` as for [`terms`](Self::terms). Linear in the text.
    pub(super) fn each_step<'t>(&'t self, text: &'t str, beside: &str, mut take: impl FnMut(Step<'t>)) {
        let mut end_of_last = 0;
        for found in self.mixed_forms.find_iter(text) {
            let form = part(text, found.range());
            if stands_alone(text, found.range())
                && let Some(word) = self.words.meaning_among(form, &[text, beside])
            {
                self.each_code_and_word(part(text, end_of_last..found.start()), &mut take);
                take(Step::Form(form, word));
                end_of_last = found.end();
            }
        }
        self.each_code_and_word(part(text, end_of_last..text.len()), &mut take);
    }

    /// Goes through a piece of a text that holds no declared form.
    fn each_code_and_word<'t>(&'t self, piece: &'t str, take: &mut impl FnMut(Step<'t>)) {
        let mut end_of_last = 0;
        for code in find_codes(piece) {
            self.each_word(part(piece, end_of_last..code.start), take);
            take(Step::Code(part(piece, code.clone())));
            end_of_last = code.end;
        }
        self.each_word(part(piece, end_of_last..piece.len()), take);
    }

    fn each_word<'t>(&'t self, piece: &'t str, take: &mut impl FnMut(Step<'t>)) {
        for word in self.dictionary.cut(piece) {
            let is_word = word.chars().any(is_in_word);
            take(if is_word { Step::Word(self.words.variant(word).unwrap_or(word)) } else { Step::Mark });
        }
    }

    /// Returns what a normalised word means in texts that stand together.
    pub(super) fn meaning(&self, word: &str, texts: &[&str]) -> Option<&Word> {
        self.words.meaning_among(word, texts)
    }

    /// As [`terms`](Self::terms), of a normalised text.
    pub(super) fn terms_of<'t>(&'t self, text: &'t str, beside: &str) -> Vec<TermOf<'t>> {
        let mut terms = Vec::new();
        self.each_step(text, beside, |step| {
            self.push_step(&step, &[text, beside], &mut terms);
        });
        terms
    }

    /// Adds the terms of a step through a text, and returns its [word](Self::words).
    fn push_step<'t>(&'t self, step: &Step<'t>, texts: &[&str], terms: &mut Vec<TermOf<'t>>) -> Option<&'t str> {
        match *step {
            Step::Form(form, word) => {
                self.push_meaning(word, form, terms);
                Some(&word.name)
            }
            Step::Code(code) => {
                push_code(code, terms);
                Some(code)
            }
            Step::Word(word) => match self.words.meaning_among(word, texts) {
                Some(meaning) => {
                    self.push_meaning(meaning, word, terms);
                    Some(&meaning.name)
                }
                None => {
                    terms.extend(self.inner_words(word).map(|inner| TermOf::new(inner, TermKind::Word)));
                    terms.push(TermOf::new(word, TermKind::Word));
                    Some(word)
                }
            },
            Step::Mark => None,
        }
    }

    /// Adds what [`terms_with_broader`](Self::terms_with_broader) adds to the terms of a text.
    pub(super) fn with_broader<'t>(&'t self, mut terms: Vec<TermOf<'t>>) -> Vec<TermOf<'t>> {
        let mut broader = Vec::new();
        for term in &terms {
            let Some(word) = self.words.word(term.text) else { continue };
            let form = term.form.unwrap_or(term.text);
            // Who asks for `dmc` alone does not say which one is meant.
            broader.extend(latin_words(form).map(|latin| TermOf::new(latin, TermKind::CodePart)));
            let named = |name: &'t String| TermOf { text: name, kind: TermKind::Broader, form: Some(form) };
            broader.extend(word.broader.iter().map(named));
        }
        terms.extend(broader);
        terms
    }

    /// Lists the dictionary's words of two and three characters inside a longer word, but for lookalikes of it.
    pub(super) fn inner_words<'t>(&'t self, word: &'t str) -> impl Iterator<Item = &'t str> {
        [2, 3].into_iter().flat_map(|length| self.inner_words_of(word, length))
    }

    /// Lists the dictionary's words of so many characters inside a longer word, but for lookalikes of it.
    pub(super) fn inner_words_of<'t>(&'t self, word: &'t str, length: usize) -> impl Iterator<Item = &'t str> {
        let is_longer = word.chars().nth(length).is_some();
        let windows = windows(word, length).take_while(move |_| is_longer);
        windows.filter(|inner| self.dictionary.has_word(inner) && !self.words.are_distinct(word, inner))
    }

    /// Says whether a word has declared lookalikes.
    pub(super) fn has_lookalikes(&self, word: &str) -> bool {
        self.words.has_lookalikes(word)
    }

    /// Says whether two words are declared lookalikes.
    pub(super) fn are_lookalikes(&self, left: &str, right: &str) -> bool {
        self.words.are_distinct(left, right)
    }

    /// Says whether the dictionary or the declaration has a word.
    pub fn knows(&self, word: &str) -> bool {
        self.dictionary.has_word(word)
    }

    /// Cuts normalised text into words that do not overlap, regional ones by the mainland word.
    pub(super) fn cut<'t>(&'t self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let words = self.dictionary.cut(text).into_iter().filter(|word| word.chars().any(is_in_word));
        words.map(|word| self.words.variant(word).unwrap_or(word))
    }

    /// Pushes the name of a word and the words inside it for one of its forms.
    fn push_meaning<'t>(&'t self, word: &'t Word, form: &'t str, terms: &mut Vec<TermOf<'t>>) {
        let is_code = find_codes(&word.name).first() == Some(&(0..word.name.len()));
        let start = terms.len();
        if is_code {
            push_code(&word.name, terms);
        } else {
            terms.push(TermOf::new(&word.name, TermKind::Word));
            terms.extend(self.inner_words(&word.name).map(|inner| TermOf::new(inner, TermKind::Word)));
        }
        if let Some(first) = terms.get_mut(start).filter(|_| form != word.name) {
            first.form = Some(form);
        }
    }
}

impl<'t> TermOf<'t> {
    fn new(text: &'t str, kind: TermKind) -> Self {
        Self { text, kind, form: None }
    }
}

impl From<TermOf<'_>> for Term {
    fn from(term: TermOf<'_>) -> Self {
        Self { text: term.text.to_owned(), kind: term.kind, form: term.form.map(str::to_owned) }
    }
}

/// Lists the runs of so many characters in a text.
pub(super) fn windows(text: &str, length: usize) -> impl Iterator<Item = &str> {
    let starts = text.char_indices().map(|(start, _)| start);
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8()).skip(length.saturating_sub(1));
    starts.zip(ends).map(|(start, end)| part(text, start..end))
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

/// Says whether a character is a letter, an ideograph or a digit; most are ideographs.
fn is_in_word(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}') || c.is_alphanumeric()
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

fn push_code<'t>(code: &'t str, terms: &mut Vec<TermOf<'t>>) {
    terms.push(TermOf::new(code, TermKind::Code));
    let parts = code_parts(code).into_iter().filter(|part| *part != code);
    terms.extend(parts.map(|part| TermOf::new(part, TermKind::CodePart)));
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
    fn only_abbreviations_depend_on_what_stands_beside_them() {
        for (raw, expected) in [("DMC", true), ("电解液用DMC", true), ("钢帘线", false), ("Q235B钢板", false)]
        {
            let cut = SEGMENTER.cut_both(raw, "");
            assert_eq!(cut.is_conditional, expected, "{raw}");
            assert_eq!((cut.words.join(" "), cut.terms), (words(raw), SEGMENTER.terms(raw, "")), "{raw}");
        }
        let beside = |beside| SEGMENTER.cut_both("DMC", beside).words;
        assert_eq!((beside("").concat(), beside("电解液").concat()), ("dmc".to_owned(), "碳酸二甲酯".to_owned()));
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
