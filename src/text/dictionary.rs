//! jieba's dictionary, and how it cut what it cut lately. One record's words are wanted for terms, for parts, for pinyin
//! and for weights, and the look-ups in the dictionary are the dearest step of all.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use jieba_rs::Jieba;
use rustc_hash::FxHashMap;

/// Cuts Chinese text into words.
pub(super) struct Dictionary {
    jieba: Jieba,
    /// Tells dictionaries apart.
    id: u64,
}

/// The lengths of the words, in bytes, into which one dictionary cut some clauses.
#[derive(Default)]
struct Memo {
    id: u64,
    clauses: FxHashMap<Box<str>, Box<[u16]>>,
}

/// So many clauses are remembered by each thread, some hundred records' worth, before all are forgotten.
const CLAUSES_MAX: usize = 8_192;
/// A longer clause is not remembered.
const CLAUSE_BYTES_MAX: usize = 1_024;

thread_local! {
    static MEMO: RefCell<Memo> = RefCell::default();
}

impl Dictionary {
    /// Loads the dictionary, with further words that are kept whole.
    pub(super) fn new<'a>(words: impl IntoIterator<Item = &'a String>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut jieba = Jieba::new();
        for word in words {
            // Without a frequency jieba takes the least that makes it one word.
            jieba.add_word(word, None, None);
        }
        Self { jieba, id: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// Cuts a normalised text into words and what stands between them. Linear in the text.
    pub(super) fn cut<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut words = Vec::with_capacity(text.len() / 4 + 1);
        MEMO.with_borrow_mut(|memo| {
            if memo.id != self.id {
                *memo = Memo { id: self.id, ..Memo::default() };
            }
            for clause in text.split_inclusive(is_stop) {
                let stop = clause.chars().next_back().filter(|c| is_stop(*c)).map_or(0, char::len_utf8);
                let (clause, stop) = clause.split_at_checked(clause.len() - stop).unwrap_or((clause, ""));
                self.cut_clause(clause, memo, &mut words);
                words.extend(Some(stop).filter(|stop| !stop.is_empty()));
            }
        });
        words
    }

    fn cut_clause<'t>(&self, clause: &'t str, memo: &mut Memo, words: &mut Vec<&'t str>) {
        if let Some(lengths) = memo.clauses.get(clause) {
            let mut rest = clause;
            for length in lengths {
                let (word, after) = rest.split_at_checked(usize::from(*length)).unwrap_or((rest, ""));
                words.push(word);
                rest = after;
            }
            return;
        }
        let n_before = words.len();
        words.extend(self.jieba.cut(clause, true).into_iter().map(|token| token.word));
        if (1..=CLAUSE_BYTES_MAX).contains(&clause.len()) {
            if memo.clauses.len() >= CLAUSES_MAX {
                memo.clauses.clear();
            }
            let new = words.get(n_before..).unwrap_or_default();
            let lengths = new.iter().map(|word| u16::try_from(word.len()).unwrap_or(u16::MAX));
            memo.clauses.insert(clause.into(), lengths.collect());
        }
    }

    /// Says whether the dictionary has a word.
    pub(super) fn has_word(&self, word: &str) -> bool {
        self.jieba.has_word(word)
    }
}

/// Says whether a character is none that jieba looks for in a word, so that a text may be cut there.
fn is_stop(c: char) -> bool {
    matches!(c, ' ' | ',' | '。' | '、' | ';' | ':' | '(' | ')' | '/' | '"' | '×' | '~' | '≥' | '≤' | '±')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn clauses_are_cut_as_the_text_is(
            text in "(钢|帘线|子午线|轮胎|南京市长江大桥|的|阀|t恤|m8|11kw|3d|\\.|-|%|#|[ ,。、;:()/\"×~≥≤±]|φ|é|\\PC){0,24}"
        ) {
            let dictionary = Dictionary::new(&["首台套".to_owned()]);
            for _ in 0..2 {
                let whole: Vec<&str> = dictionary.jieba.cut(&text, true).into_iter().map(|token| token.word).collect();
                prop_assert_eq!(dictionary.cut(&text), whole);
            }
        }
    }

    #[test]
    fn dictionaries_do_not_share_what_they_remember() {
        let [plain, other] = [Dictionary::new(&[]), Dictionary::new(&["帘线钢丝".to_owned()])];
        assert_eq!(plain.cut("帘线钢丝"), ["帘线", "钢丝"]);
        assert_eq!(other.cut("帘线钢丝"), ["帘线钢丝"]);
        assert_eq!(plain.cut("帘线钢丝"), ["帘线", "钢丝"]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let dictionary = Dictionary::new(&[]);
        for i in 0..2 * CLAUSES_MAX {
            let _ = dictionary.cut(&format!("轴承{i}"));
        }
        assert!(MEMO.with_borrow(|memo| memo.clauses.len()) <= CLAUSES_MAX);
    }
}
