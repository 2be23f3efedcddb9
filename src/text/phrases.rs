//! The words by which a demand says how strongly it means something, how much of a list it asks for, and where one
//! thing ends and the next begins. Texts are expected in normalised form.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::text::leaves::Leaf;
use crate::text::numbers::read_number;

/// How strongly a clause is meant; the strongest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Force {
    /// Who does not meet it is refused.
    Hard,
    /// It is asked for, no more is said.
    Plain,
    /// Who meets it is preferred.
    Soft,
}

/// How many of several things are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// All of them.
    All,
    /// At least so many.
    AtLeast(usize),
}

/// Words of a preference.
const SOFT: &[&str] =
    &["优先", "优选", "最好", "更佳", "为佳", "为宜", "宜采用", "宜选", "宜为", "宜用", "尽量", "尽可能", "加分"];
/// Words of a must that mean nothing else.
const HARD: &[&str] = &["必须", "务必", "不得", "仅限", "限于", "只限", "只接受", "缺一不可", "★"];
/// Characters of a must, with the characters before and after which they are part of another word.
const HARD_CHARS: &[(char, &str, &str)] = &[
    ('须', "无莫触", ""),
    ('仅', "不", ""),
    ('应', "供响反感效适对相回答顺因时呼照理内", "用急力变答付收聘届商邀对激运标"),
];
/// Behind these, a clause that begins with `限` names no limit to who may offer.
const AFTER_LIMIT: &str = "位速流压时量制度额期幅行高";

/// Finds any word of several lists; few texts have one, and one search says so sooner than one for each word.
fn any_of(words: impl IntoIterator<Item = impl AsRef<[u8]>>) -> AhoCorasick {
    AhoCorasick::new(words).expect("a few fixed words")
}

/// Any word of a preference or a must.
static FORCE: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let chars = HARD_CHARS.iter().map(|(c, ..)| c.to_string());
    any_of(SOFT.iter().chain(HARD).map(|word| (*word).to_owned()).chain(chars).chain(["限".to_owned()]))
});

/// Says how strongly a part of a text is meant, if it says so; a part that prefers is never a must.
pub(super) fn force_of(text: &str) -> Option<Force> {
    if !FORCE.is_match(text) {
        return None;
    }
    let follows = |at: usize, len: usize| text.get(at + len..).and_then(|rest| rest.chars().next());
    let is_soft = SOFT.iter().any(|word| {
        text.match_indices(word).any(|(at, _)| !matches!(follows(at, word.len()), Some('级' | '股' | '权')))
    });
    if is_soft {
        return Some(Force::Soft);
    }
    let is_whole = |(c, not_after, not_before): &(char, &str, &str)| {
        text.match_indices(*c).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            !before.is_some_and(|b| not_after.contains(b))
                && !follows(at, c.len_utf8()).is_some_and(|next| not_before.contains(next))
        })
    };
    let begins = text.trim_start().strip_prefix('限').and_then(|rest| rest.chars().next());
    let is_limit = begins.is_some_and(|next| !AFTER_LIMIT.contains(next));
    let is_hard = HARD.iter().any(|word| text.contains(word)) || HARD_CHARS.iter().any(is_whole) || is_limit;
    is_hard.then_some(Force::Hard)
}

const ALL: &[&str] = &["同时满足", "同时具备", "同时符合", "全部满足", "均须", "均应", "均需", "缺一不可"];
const ANY: &[&str] = &["均可", "都可", "皆可", "任一", "任意一", "任选一", "任选其一", "二选一", "三选一", "择一"];
/// Words of a choice that also say other things, and words beside which they do not.
const ANY_BESIDE: (&[&str], &[&str]) =
    (&["之一", "其一"], &["满足", "具备", "符合", "以下", "下列", "上述", "其中", "如下"]);
/// Words before the number of members of a list that are asked for.
const COUNTING: &[&str] = &["至少", "任意", "任选", "其中", "满足", "具备", "不少于"];
/// Words between them and the number.
const BEFORE_COUNT: &[&str] =
    &["满足", "具备", "符合", "达到", "其中", "以下", "下列", "上述", "以上", "任意", "之中", "有", "的", " "];
/// What is counted, and what may stand behind it.
const COUNTED: &[&str] = &["项", "种", "条", "款", "个条件", "个指标"];
const AFTER_COUNTED: &[&str] =
    &["以上", "及以上", "即可", "可", "要求", "条件", "指标", "标准", "的", ":", ",", ")", ";", "。", " "];
/// A list of more members is none.
const COUNT_MAX: f64 = 50.0;

/// Any word that says how much of a list is asked for.
static QUANTIFIER: LazyLock<AhoCorasick> = LazyLock::new(|| any_of([ALL, ANY, ANY_BESIDE.0, COUNTING].concat()));

/// Says how many of several things a part of a text asks for, if it says so.
pub(super) fn quantifier_of(text: &str) -> Option<Quantifier> {
    if !QUANTIFIER.is_match(text) {
        return None;
    }
    if let Some(least) = count_of(text) {
        return Some(Quantifier::AtLeast(least));
    }
    let (also, beside) = ANY_BESIDE;
    let is_choice = also.iter().any(|word| text.contains(word)) && beside.iter().any(|word| text.contains(word));
    let is_any = |word: &&&str| text.match_indices(**word).any(|(at, _)| !text.get(..at).unwrap_or("").ends_with('平'));
    if is_choice || ANY.iter().any(|word| is_any(&word)) {
        return Some(Quantifier::AtLeast(1));
    }
    ALL.iter().any(|word| text.contains(word)).then_some(Quantifier::All)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 1..=50")]
fn count_of(text: &str) -> Option<usize> {
    COUNTING.iter().find_map(|word| {
        let mut rest = text.get(text.find(word)? + word.len()..)?;
        while let Some(shorter) = BEFORE_COUNT.iter().find_map(|word| rest.strip_prefix(word)) {
            rest = shorter;
        }
        let (count, len) = read_number(rest)?;
        let behind = rest.get(len..)?;
        let behind = COUNTED.iter().find_map(|word| behind.strip_prefix(word))?;
        let ends = behind.is_empty() || AFTER_COUNTED.iter().any(|word| behind.starts_with(word));
        (ends && (1.0..=COUNT_MAX).contains(&count)).then_some(count as usize)
    })
}

/// Words with which something equivalent will do.
const EQUIVALENT: &[&str] =
    &["同等", "相当", "等同", "同档次", "同类", "类似", "同级别", "同等级", "等效", "同品质", "对等"];

/// What says that something equivalent will do; `相当长` does not.
static BROAD: LazyLock<AhoCorasick> = LazyLock::new(|| {
    any_of([
        "同等",
        "相当于",
        "或相当",
        "等同于",
        "或等同",
        "同档次",
        "同类",
        "或类似",
        "同级别",
        "等效",
        "同品质",
        "进口替代",
        "国产替代",
        "替代进口",
        "国产化",
        "可替代",
    ])
});

/// Says whether something equivalent will do.
pub(super) fn is_broad(text: &str) -> bool {
    BROAD.is_match(text)
}

/// Words behind a bracket before another name of the same thing.
const FORMERLY: &[&str] = &["旧", "原", "即", "又称", "原牌号", "旧牌号"];

/// Splits a part of a text at `或`, `、` and the like, outside of what can be compared; says of each item whether `或`
/// or a slash between two codes joins it to the one before. `leaves_in` gives what can be compared within a range,
/// `is_inside` says whether a place lies in one or is excluded.
pub(super) fn items_of<'l>(
    text: &str,
    part: &Range<usize>,
    leaves_in: impl Fn(&Range<usize>) -> &'l [Leaf],
    is_inside: impl Fn(usize) -> bool,
) -> Vec<(Range<usize>, bool)> {
    let mut items = Vec::new();
    let (mut start, mut is_or) = (part.start, false);
    let mut floor = part.start;
    let starts_leaf = |at: usize| leaves_in(&(at..part.end)).first().is_some_and(|leaf| leaf.range().start == at);
    for (offset, c) in text.get(part.clone()).unwrap_or("").char_indices() {
        let at = part.start + offset;
        if at < floor || !matches!(c, '或' | '、' | '/' | '和' | '及' | '与' | '以' | '(') || is_inside(at) {
            continue;
        }
        let rest = text.get(at..part.end).unwrap_or("");
        let follows_leaf = || leaves_in(&(start..at)).last().is_some_and(|leaf| leaf.range().end == at);
        let (len, joins) = match c {
            '或' => {
                let len = if rest.starts_with("或者") { "或者".len() } else { c.len_utf8() };
                let after = rest.get(len..).unwrap_or("");
                if ["以上", "以下", "等于", "更"].iter().any(|word| after.starts_with(word)) {
                    continue;
                }
                let is_equivalent = EQUIVALENT.iter().any(|word| after.starts_with(word));
                if is_equivalent && leaves_in(&(at..part.end)).is_empty() {
                    // `或同等档次的产品` says nothing more to compare.
                    items.push((start..at, is_or));
                    return items;
                }
                (len, true)
            }
            '、' => (c.len_utf8(), false),
            '/' if starts_leaf(at + 1) && follows_leaf() => (1, true),
            // `q355b(旧q345b)` is one material.
            '(' if follows_leaf() => match FORMERLY.iter().find(|word| rest.get(1..).unwrap_or("").starts_with(**word))
            {
                Some(word) if starts_leaf(at + 1 + word.len()) => (1 + word.len(), true),
                _ => continue,
            },
            '以' if rest.starts_with("以及") && starts_leaf(at + "以及".len()) => ("以及".len(), false),
            '和' | '及' | '与' if starts_leaf(at + c.len_utf8()) => (c.len_utf8(), false),
            _ => continue,
        };
        items.push((start..at, is_or));
        (start, is_or, floor) = (at + len, joins, at + len);
    }
    items.push((start..part.end, is_or));
    items.retain(|(item, _)| text.get(item.clone()).is_some_and(|text| text.contains(char::is_alphanumeric)));
    items
}

/// What stands before the words that are meant (`外壳材质为铝`).
const HEADS: &[&str] = &["为", "采用", "使用", "选用", ":", "必须", "须", "应"];
/// What stands behind them.
const TAILS: &[&str] =
    &["均可以", "均可", "都可以", "都可", "皆可", "也可", "亦可", "即可", "任一", "之一", "优先", "者", "等", "的"];

/// Returns the words of a range that are meant, without what announces them; `None` if nothing is left.
pub(super) fn core(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let is_mark = |c: char| !c.is_alphanumeric() && !matches!(c, '(' | ')');
    let whole = text.get(range.clone())?;
    let from = HEADS.iter().filter_map(|word| whole.rfind(word).map(|at| at + word.len())).max().unwrap_or(0);
    let inside = whole.get(from..)?;
    let begun = inside.trim_start_matches(is_mark);
    let start = range.start + from + (inside.len() - begun.len());
    let mut words = begun.trim_end_matches(is_mark);
    while let Some(shorter) = TAILS.iter().find_map(|tail| words.strip_suffix(tail)) {
        words = shorter.trim_end_matches(is_mark);
    }
    (!words.is_empty()).then(|| start..start + words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn musts_and_preferences_are_told_apart_from_words_that_hold_them() {
        for (text, expected) in [
            ("厚度须≥5mm", Some(Force::Hard)),
            ("必须为p5级", Some(Force::Hard)),
            ("材质应为304", Some(Force::Hard)),
            ("不得低于5mm", Some(Force::Hard)),
            ("限山东省企业", Some(Force::Hard)),
            ("仅接受原厂", Some(Force::Hard)),
            ("★厚度≥5mm", Some(Force::Hard)),
            ("山东企业优先", Some(Force::Soft)),
            ("最好为p4级", Some(Force::Soft)),
            ("宜采用304", Some(Force::Soft)),
            ("须具备as9100d者优先", Some(Force::Soft)),
            ("厚度≥5mm", None),
            ("应用于工程机械", None),
            ("供应轴承", None),
            ("响应时间5ms", None),
            ("应力≤5mpa", None),
            ("限位开关", None),
            ("无须安装", None),
            ("优先级5", None),
        ] {
            assert_eq!(force_of(text), expected, "{text}");
        }
    }

    #[test]
    fn how_much_of_a_list() {
        for (text, expected) in [
            ("a、b或c均可", Some(Quantifier::AtLeast(1))),
            ("满足以下任一条件", Some(Quantifier::AtLeast(1))),
            ("满足下列条件之一", Some(Quantifier::AtLeast(1))),
            ("至少满足其中2项", Some(Quantifier::AtLeast(2))),
            ("至少两项", Some(Quantifier::AtLeast(2))),
            ("满足以下三项以上", Some(Quantifier::AtLeast(3))),
            ("须同时满足", Some(Quantifier::All)),
            ("至少3条生产线", None),
            ("龙头企业之一", None),
            ("平均可达5mm", None),
            ("至少5吨", None),
        ] {
            assert_eq!(quantifier_of(text), expected, "{text}");
        }
    }
}
