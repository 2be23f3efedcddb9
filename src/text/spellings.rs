//! Other ways in which a person may look for a text: by a part of a word, and by pinyin. They are kept apart from terms
//! and count for less, so that `景点` never means `经典` although both are `jingdian`.

use std::ops::Range;

use pinyin::ToPinyin;

use crate::text::listing::Listing;
use crate::text::segment::{Segmenter, windows};

/// Parts of longer words have this many characters at most.
const PART_CHARS_MAX: usize = 4;
/// Pinyin is spelled for this many words in a row at most.
const PINYIN_WORDS_MAX: usize = 4;

/// Lists every part of a normalised text's words, one a line, single characters included: what stands inside one word, or inside a
/// run of characters that no dictionary has a word for. What reaches over the end of a known word is none: `市长` is no
/// part of `南京市长江大桥`; nor is a declared lookalike of the word: `炭黑` is no part of `白炭黑`. O(length x longest part).
pub fn list_parts(segmenter: &Segmenter, text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut ranges = Vec::new();
    for run in ideographs(text) {
        let mut unknown = words.len();
        for word in segmenter.cut(run) {
            let start = words.len();
            words.push_str(word);
            if word.chars().nth(1).is_some() && segmenter.knows(word) {
                ranges.extend([unknown..start, start..words.len()]);
                unknown = words.len();
            }
        }
        ranges.push(unknown..words.len());
    }
    let mut parts = Listing::new(words.len() / 2);
    for word in ranges.into_iter().filter_map(|range| words.get(range)).filter(|word| !word.is_empty()) {
        let has_lookalikes = segmenter.has_lookalikes(word);
        for (start, _) in word.char_indices() {
            let rest = word.get(start..).unwrap_or("");
            let ends = rest.char_indices().map(|(offset, c)| offset + c.len_utf8()).take(PART_CHARS_MAX);
            let found = ends.filter_map(|end| rest.get(..end));
            parts.extend(found.filter(|part| !has_lookalikes || !segmenter.are_lookalikes(word, part)));
        }
    }
    parts.finish()
}

/// Returns the parts that a text must have, all of them, for a word to be a part of one of its words; none if the word
/// is no Chinese one.
pub fn parts_to_find(word: &str) -> Vec<String> {
    if word.is_empty() || !word.chars().all(is_ideograph) {
        return Vec::new();
    }
    windows(word, word.chars().count().min(PART_CHARS_MAX)).map(str::to_owned).collect()
}

/// Lists the pinyin of a normalised text's words, one a line, alone and in a row, in full (`ganglianxian`) and by initials (`glx`),
/// without tones. Characters of several readings have the commonest one. O(length).
pub fn list_pinyin(segmenter: &Segmenter, text: &str) -> String {
    // Written in a row, so that every spelling is a range of them.
    let (mut full, mut initials) = (String::new(), String::new());
    let mut rows: Vec<Vec<[Range<usize>; 2]>> = Vec::new();
    for run in ideographs(text) {
        let words = segmenter.cut(run).map(|word| {
            let starts = [full.len(), initials.len()];
            for syllable in word.to_pinyin().flatten().map(|syllable| syllable.plain()) {
                full.push_str(syllable);
                initials.extend(syllable.chars().next());
            }
            [starts[0]..full.len(), starts[1]..initials.len()]
        });
        rows.push(words.collect());
    }
    let mut spellings = Listing::new(full.len());
    for row in &rows {
        for start in 0..row.len() {
            let words = || row.iter().skip(start).take(PINYIN_WORDS_MAX);
            let Some([first_full, first_initials]) = words().next() else { continue };
            for [last_full, last_initials] in words() {
                spellings.extend(full.get(first_full.start..last_full.end));
                let initials = initials.get(first_initials.start..last_initials.end);
                spellings.extend(initials.filter(|initials| initials.len() > 1));
            }
        }
    }
    spellings.finish()
}

/// Lists the runs of ideographs in a text.
fn ideographs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_ideograph(c)).filter(|run| !run.is_empty())
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
            let parts = list_parts(&segmenter, text);
            assert_eq!(parts.lines().any(|line| line == part), is_part, "{part} in {text}: {parts}");
        }
    }

    #[test]
    fn pinyin_is_spelled_in_full_and_by_initials() {
        let segmenter = segmenter();
        let spellings = list_pinyin(&segmenter, "高强度钢帘线");
        let has = |wanted: &str| spellings.lines().any(|line| line == wanted);
        assert!(has("ganglianxian") && has("glx"), "{spellings:?}");
        assert!(may_be_pinyin("glx") && !may_be_pinyin("g") && !may_be_pinyin("m8"));
    }

    #[test]
    fn a_long_word_is_found_by_its_windows() {
        assert_eq!(parts_to_find("农业"), ["农业"]);
        assert_eq!(parts_to_find("农业发展银"), ["农业发展", "业发展银"]);
        assert_eq!(parts_to_find("m8"), Vec::<String>::new());
    }
}
