//! Other ways in which a person may look for a text: by a part of a word, and by pinyin. They are kept apart from terms
//! and count for less, so that `景点` never means `经典` although both are `jingdian`.

use std::collections::BTreeSet;

use pinyin::ToPinyin;

use crate::normal::normalise;
use crate::text::segment::Segmenter;

/// Parts of longer words have this many characters at most.
const PART_CHARS_MAX: usize = 4;
/// Pinyin is spelled for this many words in a row at most.
const PINYIN_WORDS_MAX: usize = 4;

/// Lists every part of a raw text's words, single characters included: what stands inside one word, or inside a run of
/// characters that no dictionary has a word for. What reaches over the end of a known word is none: `市长` is no part of
/// `南京市长江大桥`; nor is a declared lookalike of the word: `炭黑` is no part of `白炭黑`. O(length x longest part).
pub fn word_parts(segmenter: &Segmenter, raw: &str) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    let text = normalise(raw);
    for run in text.split(|c: char| !is_ideograph(c)).filter(|run| !run.is_empty()) {
        let mut unknown = String::new();
        for word in segmenter.cut(run) {
            if word.chars().nth(1).is_some() && segmenter.knows(word) {
                push_parts(&std::mem::take(&mut unknown), segmenter, &mut parts);
                push_parts(word, segmenter, &mut parts);
            } else {
                unknown.push_str(word);
            }
        }
        push_parts(&unknown, segmenter, &mut parts);
    }
    parts
}

fn push_parts(word: &str, segmenter: &Segmenter, parts: &mut BTreeSet<String>) {
    for length in 1..=PART_CHARS_MAX {
        parts.extend(windows(word, length).into_iter().filter(|part| !segmenter.are_lookalikes(word, part)));
    }
}

/// Returns the parts that a text must have, all of them, for a word to be a part of one of its words; none if the word
/// is no Chinese one.
pub fn parts_to_find(word: &str) -> Vec<String> {
    if word.is_empty() || !word.chars().all(is_ideograph) {
        return Vec::new();
    }
    windows(word, word.chars().count().min(PART_CHARS_MAX))
}

fn windows(word: &str, length: usize) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    chars.windows(length).map(|window| window.iter().collect()).collect()
}

/// Lists the pinyin of a raw text's words, alone and in a row, in full (`ganglianxian`) and by initials (`glx`), without
/// tones. Characters of several readings have the commonest one.
pub fn pinyin_spellings(segmenter: &Segmenter, raw: &str) -> BTreeSet<String> {
    let mut spellings = BTreeSet::new();
    let text = normalise(raw);
    for run in text.split(|c: char| !is_ideograph(c)).filter(|run| !run.is_empty()) {
        let words: Vec<(String, String)> = segmenter.cut(run).map(spell).collect();
        for start in 0..words.len() {
            let (mut full, mut initials) = (String::new(), String::new());
            for (word, first_letters) in words.iter().skip(start).take(PINYIN_WORDS_MAX) {
                full.push_str(word);
                initials.push_str(first_letters);
                spellings.insert(full.clone());
                if initials.len() > 1 {
                    spellings.insert(initials.clone());
                }
            }
        }
    }
    spellings
}

/// Returns the pinyin of a word and its initials.
fn spell(word: &str) -> (String, String) {
    let syllables: Vec<&str> = word.to_pinyin().flatten().map(|syllable| syllable.plain()).collect();
    (syllables.concat(), syllables.iter().filter_map(|syllable| syllable.chars().next()).collect())
}

/// Says whether a query may be meant as pinyin: Latin letters only.
pub fn may_be_pinyin(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    fn segmenter() -> Segmenter {
        Segmenter::new(&Definition::compiled().expect("valid"))
    }

    #[test]
    fn a_part_stands_inside_one_word() {
        let segmenter = segmenter();
        for (text, part, is_part) in [
            ("中国农业发展银行", "农业", true),
            ("招商证券", "招商", true),
            ("在建工程", "工程", true),
            ("待处理", "处理", true),
            ("安装简单", "简单", true),
            ("蝴蝶阀", "蝶", true),
            ("钢丝绳", "绳", true),
            ("南京市长江大桥", "市长", false),
            ("南京市长江大桥", "长江", true),
            ("工艺流程", "工程", false),
            ("白炭黑", "炭黑", false),
            ("白炭黑", "碳黑", false),
            ("白炭黑", "炭", true),
            ("示例宏绳新材料有限公司", "宏绳", true),
        ] {
            assert_eq!(word_parts(&segmenter, text).contains(part), is_part, "{part} in {text}");
        }
    }

    #[test]
    fn pinyin_is_spelled_in_full_and_by_initials() {
        let segmenter = segmenter();
        let spellings = pinyin_spellings(&segmenter, "高强度钢帘线");
        assert!(spellings.contains("ganglianxian") && spellings.contains("glx"), "{spellings:?}");
        assert!(may_be_pinyin("glx") && !may_be_pinyin("g") && !may_be_pinyin("m8"));
    }

    #[test]
    fn a_long_word_is_found_by_its_windows() {
        assert_eq!(parts_to_find("农业"), ["农业"]);
        assert_eq!(parts_to_find("农业发展银"), ["农业发展", "业发展银"]);
        assert_eq!(parts_to_find("m8"), Vec::<String>::new());
    }
}
