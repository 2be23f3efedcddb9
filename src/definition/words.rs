//! Words that go together: regional variants, true synonyms, kinds, abbreviations that hold in a context only, and
//! lookalikes that are something else. Every form belongs to one word, under whose name texts are compared; what is
//! shown stays as written. Related words never expand: they are declared for people.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::definition::file::WordFile;
use crate::definition::file::WordsFile;
use crate::normal::normalise;

/// All declared words.
#[derive(Debug, Clone, Default)]
pub struct Words {
    entries: Vec<Word>,
    /// By hash, as variants are, since every word of every text is looked up.
    by_form: FxHashMap<String, Vec<Sense>>,
    /// Every form, ascending.
    forms: BTreeSet<String>,
    variants: FxHashMap<String, String>,
    whole: BTreeSet<String>,
}

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The name that stands for all forms, normalised.
    pub name: String,
    /// Names of every word that it is a kind of, near and far, ascending.
    pub broader: Vec<String>,
    /// Names of lookalikes, ascending.
    distinct: BTreeSet<String>,
}

/// What a form means, where.
#[derive(Debug, Clone)]
struct Sense {
    word: usize,
    /// Words, one of which must stand in the same text; `None` where the form always means it.
    context: Option<Vec<String>>,
}

/// Latin forms of up to this many letters mean many things and need a context.
const SHORT_LATIN_MAX: usize = 3;

impl Words {
    /// Validates the declared files and the table of regional variants (variant, mainland word).
    pub(super) fn build(files: &[WordsFile], variants: &[Vec<&str>]) -> Result<Self, String> {
        let mut words = Self::default();
        for file in files {
            for entry in &file.term {
                words.add_entry(entry).map_err(|reason| format!("{}：{reason}", file.label))?;
            }
        }
        let kinds = words.link(files)?;
        words.close(&kinds)?;
        for file in files {
            words.whole.extend(file.words.iter().map(|word| normalise(word)));
        }
        words.whole.extend(words.forms.iter().filter(|form| is_ideographic(form)).cloned());
        let variants = read_variants(variants)?;
        words.whole.extend(variants.iter().flat_map(|(variant, mainland)| [variant.clone(), mainland.clone()]));
        words.variants = variants.into_iter().collect();
        Ok(words)
    }

    /// Adds a word with the forms that mean it.
    fn add_entry(&mut self, entry: &WordFile) -> Result<(), String> {
        let word = self.entries.len();
        self.entries.push(Word { name: normalise(&entry.name), broader: Vec::new(), distinct: BTreeSet::new() });
        for form in std::iter::once(&entry.name).chain(&entry.same) {
            self.add_form(form, word)?;
        }
        if let Some(form) = entry.same.iter().find(|form| entry.near.contains(form)) {
            return Err(format!("“{form}”不能既与“{}”相同又只是相近", entry.name));
        }
        if entry.context.is_empty() != entry.abbreviation.is_empty() {
            return Err(format!("“{}”的 abbreviation 与 context 应同时给出", entry.name));
        }
        for form in &entry.abbreviation {
            let context = Some(entry.context.iter().map(|word| normalise(word)).collect());
            let form = normalise(form);
            self.forms.insert(form.clone());
            self.by_form.entry(form).or_default().push(Sense { word, context });
        }
        Ok(())
    }

    /// Gives a word a form that always means it.
    fn add_form(&mut self, form: &str, word: usize) -> Result<(), String> {
        let form = normalise(form);
        let is_short_latin = form.len() <= SHORT_LATIN_MAX && form.bytes().all(|byte| byte.is_ascii_alphabetic());
        if form.is_empty() || is_short_latin {
            return Err(format!("“{form}”太短，只能作为 abbreviation，并给出 context"));
        }
        let senses = self.by_form.entry(form.clone()).or_default();
        if let Some(other) = senses.iter().find(|sense| sense.context.is_none()) {
            let other = self.entries.get(other.word).map_or("", |word| word.name.as_str());
            return Err(format!("“{form}”也属于“{other}”"));
        }
        senses.push(Sense { word, context: None });
        self.forms.insert(form);
        Ok(())
    }

    /// Finds the word of a form, or adds a word of that name.
    fn find_or_add(&mut self, form: &str) -> Result<usize, String> {
        let normal = normalise(form);
        if let Some(word) = self.unconditional(&normal) {
            return Ok(word);
        }
        let word = self.entries.len();
        self.entries.push(Word { name: normal, broader: Vec::new(), distinct: BTreeSet::new() });
        self.add_form(form, word)?;
        Ok(word)
    }

    fn unconditional(&self, form: &str) -> Option<usize> {
        let senses = self.by_form.get(form)?;
        senses.iter().find(|sense| sense.context.is_none()).map(|sense| sense.word)
    }

    /// Links kinds and lookalikes by name; returns the words directly above each word.
    fn link(&mut self, files: &[WordsFile]) -> Result<BTreeMap<usize, BTreeSet<usize>>, String> {
        let mut above: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for entry in files.iter().flat_map(|file| &file.term) {
            let word = self.find_or_add(&entry.name)?;
            for form in &entry.narrower {
                let kind = self.find_or_add(form)?;
                if kind == word {
                    return Err(format!("“{form}”是“{}”自身", entry.name));
                }
                above.entry(kind).or_default().insert(word);
            }
            for form in &entry.distinct {
                let other = self.find_or_add(form)?;
                if other == word {
                    return Err(format!("“{form}”既是“{}”又与它不同", entry.name));
                }
                self.distinguish(word, other);
            }
        }
        Ok(above)
    }

    fn distinguish(&mut self, left: usize, right: usize) {
        for (one, other) in [(left, right), (right, left)] {
            let name = self.entries.get(other).map(|word| word.name.clone());
            if let (Some(word), Some(name)) = (self.entries.get_mut(one), name) {
                word.distinct.insert(name);
            }
        }
    }

    /// Fills in every word's broader ones, near and far.
    fn close(&mut self, above: &BTreeMap<usize, BTreeSet<usize>>) -> Result<(), String> {
        for word in 0..self.entries.len() {
            let mut seen = BTreeSet::new();
            let mut waiting: Vec<usize> = above.get(&word).into_iter().flatten().copied().collect();
            while let Some(next) = waiting.pop() {
                if next == word {
                    let name = self.entries.get(word).map_or("", |word| word.name.as_str());
                    return Err(format!("“{name}”的上下位关系成环"));
                }
                if seen.insert(next) {
                    waiting.extend(above.get(&next).into_iter().flatten());
                }
            }
            let mut broader: Vec<String> =
                seen.iter().filter_map(|idx| self.entries.get(*idx)).map(|word| word.name.clone()).collect();
            broader.sort();
            if let Some(word) = self.entries.get_mut(word) {
                word.broader = broader;
            }
        }
        Ok(())
    }

    /// Returns the mainland word for a regional one.
    pub fn variant(&self, word: &str) -> Option<&str> {
        self.variants.get(word).map(String::as_str)
    }

    /// Returns what a normalised form means in a normalised text; an abbreviation means nothing where none or several of
    /// its meanings have their context.
    pub fn meaning(&self, form: &str, text: &str) -> Option<&Word> {
        self.meaning_among(form, &[text])
    }

    /// As [`meaning`](Self::meaning), in several texts that stand together.
    pub fn meaning_among(&self, form: &str, texts: &[&str]) -> Option<&Word> {
        let senses = self.by_form.get(form)?;
        if let Some(sense) = senses.iter().find(|sense| sense.context.is_none()) {
            return self.entries.get(sense.word);
        }
        let stands = |word: &String| texts.iter().any(|text| text.contains(word.as_str()));
        let holds = |sense: &&Sense| sense.context.as_ref().is_some_and(|context| context.iter().any(stands));
        let mut fitting = senses.iter().filter(holds);
        match (fitting.next(), fitting.next()) {
            (Some(sense), None) => self.entries.get(sense.word),
            _ => None,
        }
    }

    /// Says whether what a normalised form means depends on what stands in the same text.
    pub fn is_conditional(&self, form: &str) -> bool {
        self.by_form.get(form).is_some_and(|senses| senses.iter().all(|sense| sense.context.is_some()))
    }

    /// Returns the word of a name.
    pub fn word(&self, name: &str) -> Option<&Word> {
        self.entries.get(self.unconditional(name)?)
    }

    /// Lists a name and every form that means it, ascending, for marking them in a text.
    pub fn forms<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let word = self.unconditional(name);
        let senses = |form: &String| self.by_form.get(form).into_iter().flatten();
        let means = move |form: &&String| word.is_some() && senses(form).any(|sense| Some(sense.word) == word);
        let forms = self.forms.iter().filter(means).map(String::as_str);
        std::iter::once(name).chain(forms.filter(move |form| *form != name))
    }

    /// Says whether two forms mean declared lookalikes, which are not the same thing.
    pub fn are_distinct(&self, left: &str, right: &str) -> bool {
        // Most words have no lookalike.
        let Some(left) = self.word(left).filter(|word| !word.distinct.is_empty()) else { return false };
        self.word(right).is_some_and(|right| left.distinct.contains(&right.name))
    }

    /// Says whether a form means a word that has declared lookalikes.
    pub fn has_lookalikes(&self, form: &str) -> bool {
        self.word(form).is_some_and(|word| !word.distinct.is_empty())
    }

    /// Lists the forms that hold Latin letters, digits or punctuation, normalised, ascending: a segmenter for Chinese
    /// would cut them.
    pub fn mixed_forms(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(String::as_str).filter(|form| !is_ideographic(form))
    }

    /// Lists the words that segmentation keeps whole, normalised, ascending.
    pub fn whole(&self) -> &BTreeSet<String> {
        &self.whole
    }
}

/// Validates the table of regional variants.
fn read_variants(rows: &[Vec<&str>]) -> Result<BTreeMap<String, String>, String> {
    let mut variants = BTreeMap::new();
    for row in rows {
        let [variant, mainland] = row.as_slice() else { continue };
        let (variant, mainland) = (normalise(variant), normalise(mainland));
        if variant.is_empty() || mainland.is_empty() {
            return Err("variants.tsv 有空的格子".to_owned());
        }
        if variants.insert(variant.clone(), mainland).is_some() {
            return Err(format!("variants.tsv 中“{variant}”重复"));
        }
    }
    match variants.values().find(|mainland| variants.contains_key(*mainland)) {
        Some(chained) => Err(format!("variants.tsv 中“{chained}”既是写法又是结果")),
        None => Ok(variants),
    }
}

fn is_ideographic(form: &str) -> bool {
    form.chars().all(|c| c.is_alphanumeric() && !c.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Result<Words, String> {
        let head = "version = \"1\"\nchain = \"example\"\nlabel = \"示例\"\n";
        let file: WordsFile = toml::from_str(&format!("{head}{text}")).expect("well-formed");
        Words::build(&[file], &[vec!["晶片", "芯片"]])
    }

    const TERMS: &str = "
        [[term]]\nname = '紧固件'\nsame = ['fastener']\nnarrower = ['螺栓', '螺母']\nnear = ['标准件']
        [[term]]\nname = '螺栓'\nsame = ['螺杆']\nnarrower = ['高强螺栓']\ndistinct = ['螺母']
        [[term]]\nname = '碳酸二甲酯'\nabbreviation = ['DMC']\ncontext = ['电解液', '锂电']
        [[term]]\nname = '二甲基环硅氧烷'\nabbreviation = ['DMC']\ncontext = ['有机硅']
    ";

    #[test]
    fn same_goes_both_ways_narrower_one_way_and_near_nowhere() {
        let words = words(TERMS).expect("valid");
        let meaning = |form| words.meaning(form, form).map(|word| word.name.as_str());
        assert_eq!(meaning("fastener"), Some("紧固件"));
        assert_eq!(meaning("螺杆"), Some("螺栓"));
        assert_eq!(words.word("高强螺栓").expect("added").broader, ["紧固件", "螺栓"]);
        assert_eq!(words.word("紧固件").expect("declared").broader, Vec::<String>::new());
        assert_eq!(meaning("标准件"), None);
        assert!(words.are_distinct("螺母", "螺栓") && words.are_distinct("螺栓", "螺母"));
        assert!(!words.are_distinct("螺栓", "紧固件"));
        assert!(words.are_distinct("螺杆", "螺母"), "by another form");
    }

    #[test]
    fn an_abbreviation_means_something_in_one_context_only() {
        let words = words(TERMS).expect("valid");
        let meaning = |text| words.meaning("dmc", text).map(|word| word.name.as_str());
        assert_eq!(meaning("锂电用dmc"), Some("碳酸二甲酯"));
        assert_eq!(meaning("有机硅dmc"), Some("二甲基环硅氧烷"));
        assert_eq!(meaning("dmc"), None);
        assert_eq!(meaning("有机硅与锂电dmc"), None, "both could be meant");
    }

    #[test]
    fn contradictions_are_refused() {
        let refusal = |text: &str| words(text).expect_err("a contradiction");
        assert!(refusal("[[term]]\nname='甲乙'\n[[term]]\nname='丙丁'\nsame=['甲乙']").contains("甲乙"));
        assert!(refusal("[[term]]\nname='聚丙烯'\nsame=['PP']").contains("abbreviation"));
        assert!(refusal("[[term]]\nname='聚丙烯'\nabbreviation=['PP']").contains("context"));
        assert!(
            refusal("[[term]]\nname='甲乙'\nnarrower=['丙丁']\n[[term]]\nname='丙丁'\nnarrower=['甲乙']")
                .contains("环")
        );
        assert!(refusal("[[term]]\nname='甲乙'\ndistinct=['甲乙']").contains("甲乙"));
    }
}
