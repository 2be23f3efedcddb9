//! Names of organisations and traces of persons. Two organisations are one only if their full names agree; a branch, a
//! group and its parent never do, and a likely slip of the pen is only pointed out. Phone numbers, addresses and names
//! of contacts are taken out of free text before it is indexed.

use crate::normal::normalise;

/// Characters that tell organisations apart: `一局` and `二局`, `山东` and `山西` are not slips of the pen.
const TELLING: &str = "0123456789零〇一二三四五六七八九十百千甲乙丙丁东南西北中上下左右前后新老大小";

/// Shorter names differ by one character too often.
const SIMILAR_CHARS_MIN: usize = 6;

/// Returns the form in which full names of organisations are compared: normalised, without spaces and punctuation but
/// with unified brackets. Nothing that tells organisations apart is removed.
pub fn organisation_key(name: &str) -> String {
    let unified = normalise(name);
    let chars = unified.chars().map(|c| match c {
        '[' | '{' | '〔' | '【' | '〈' | '《' | '<' | '〖' => '(',
        ']' | '}' | '〕' | '】' | '〉' | '》' | '>' | '〗' => ')',
        other => other,
    });
    chars.filter(|c| c.is_alphanumeric() || matches!(c, '(' | ')')).collect()
}

/// Says whether two different keys of organisations are probably the same name with one slip of the pen: a character
/// too many, too few, or another one, or two neighbours exchanged. Linear in the names.
pub fn similar(a: &str, b: &str) -> bool {
    let left: Vec<char> = a.chars().collect();
    let right: Vec<char> = b.chars().collect();
    if left.len().min(right.len()) < SIMILAR_CHARS_MIN || left.len().abs_diff(right.len()) > 1 {
        return false;
    }
    let n_same = |pairs: &mut dyn Iterator<Item = (&char, &char)>| pairs.take_while(|(l, r)| l == r).count();
    let n_before = n_same(&mut left.iter().zip(&right));
    let n_room = left.len().min(right.len()) - n_before;
    let n_after = n_same(&mut left.iter().rev().zip(right.iter().rev())).min(n_room);
    let core = |name: &[char]| name.get(n_before..name.len() - n_after).map(<[char]>::to_vec).unwrap_or_default();
    let (left, right) = (core(&left), core(&right));
    let is_one_edit = match (left.as_slice(), right.as_slice()) {
        ([_], [_]) | ([_], []) | ([], [_]) => true,
        ([l1, l2], [r1, r2]) => l1 == r2 && l2 == r1,
        _ => false,
    };
    is_one_edit && !left.iter().chain(&right).all(|c| TELLING.contains(*c))
}

/// Labels of persons; what follows the colon is a name.
const PERSON_LABELS: &[&str] =
    &["联系人", "联络人", "对接人", "负责人", "经办人", "项目联系人", "采购联系人", "技术联系人"];

/// Labels of accounts; what follows is an account's name.
const ACCOUNT_LABELS: &[&str] = &["微信", "微信号", "微信id", "wechat", "vx", "qq", "qq号", "qq群"];

/// Labels of phones, whose numbers may then stand in any form.
const PHONE_LABELS: &[&str] = &["电话", "手机", "手机号", "手机号码", "传真", "联系方式", "tel", "fax"];

/// A person's name and title reach this far at most where no punctuation ends them.
const PERSON_CHARS_MAX: usize = 24;

/// The longest local part of a mail address (RFC 5321).
const MAIL_LOCAL_CHARS_MAX: usize = 64;

/// The longest host name.
const MAIL_HOST_CHARS_MAX: usize = 253;

/// What makes an amount, and not a phone number, of eleven digits before it.
const AFTER_AMOUNT: &[char] =
    &['元', '万', '亿', '千', '吨', '件', '个', '条', '台', '套', '只', '米', '股', '片', '次', '人', '%', '¥', '$'];

/// Replaces phone numbers, mail addresses, accounts, identity card numbers and named contacts by one space each. Works
/// on raw and on normalised text, linear in it.
pub fn strip_personal(text: &str) -> String {
    if !may_be_personal(text) {
        return text.to_owned();
    }
    let raw: Vec<char> = text.chars().collect();
    let folded: Vec<char> = raw.iter().copied().map(fold).collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let (Some(c), Some(rest)) = (raw.get(at), folded.get(at..)) {
        let before = at.checked_sub(1).and_then(|i| folded.get(i)).copied();
        match personal_length(before, rest) {
            Some(len) => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push(' ');
                at += len;
                at += raw.iter().skip(at).take_while(|c| **c == ' ').count();
            }
            None => {
                out.push(*c);
                at += 1;
            }
        }
    }
    out
}

/// Says at a glance whether a text may tell of a person: with a colon, as behind every label; with an `@`; or with the
/// digits of a phone number, ten at least without a letter between them.
fn may_be_personal(text: &str) -> bool {
    const DIGITS_MIN: usize = 10;
    let mut n_digits = 0;
    text.chars().any(|c| {
        match fold(c) {
            '0'..='9' => n_digits += 1,
            '\u{4e00}'..='\u{9fff}' | 'a'..='z' => n_digits = 0,
            ':' | '@' => return true,
            _ => {}
        }
        n_digits >= DIGITS_MIN
    })
}

/// Folds the width and case of Latin characters, one for one.
fn fold(c: char) -> char {
    let narrow = match c {
        '\u{3000}' | '\u{a0}' => ' ',
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '￥' => '¥',
        '–' | '—' | '−' | '‐' | '‑' => '-',
        other => other,
    };
    narrow.to_ascii_lowercase()
}

/// Returns how many characters at the start of `rest` tell of a person.
fn personal_length(before: Option<char>, rest: &[char]) -> Option<usize> {
    let first = rest.first()?;
    if !first.is_ascii() {
        return labelled_length(rest);
    }
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    if let Some(len) = labelled_length(rest).or_else(|| mail_length(before, rest)) {
        return Some(len);
    }
    if before.is_some_and(|c| matches!(c, '.' | '-' | '×' | '¥' | '$')) {
        return None;
    }
    identity_card_length(rest).or_else(|| phone_length(rest))
}

/// Returns the length of a label with what it labels.
fn labelled_length(rest: &[char]) -> Option<usize> {
    if let Some(start) = after_label(rest, PERSON_LABELS) {
        let ends = |c: &char| !c.is_alphanumeric() && !matches!(c, '·' | '.' | '-');
        let name = rest.get(start..)?.iter().take(PERSON_CHARS_MAX).take_while(|c| !ends(c)).count();
        return (name > 0).then_some(start + name);
    }
    if let Some(start) = after_label(rest, ACCOUNT_LABELS) {
        let is_account = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '@' | '.');
        let account = rest.get(start..)?.iter().take_while(|c| is_account(c)).count();
        return (5..=MAIL_LOCAL_CHARS_MAX).contains(&account).then_some(start + account);
    }
    let start = after_label(rest, PHONE_LABELS)?;
    let digits = rest.get(start..)?.iter().take(PERSON_CHARS_MAX).take_while(|c| is_phone_char(**c)).count();
    let number = rest.get(start..start + digits)?;
    (number.iter().filter(|c| c.is_ascii_digit()).count() >= 7).then_some(start + digits)
}

fn is_phone_char(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '-' | ' ' | '(' | ')' | '+' | '转')
}

/// Returns where the text after a label and its colon starts.
fn after_label(rest: &[char], labels: &[&str]) -> Option<usize> {
    let length = |label: &&str| {
        let mut n_chars = 0;
        let is_label = label.chars().all(|c| {
            n_chars += 1;
            rest.get(n_chars - 1) == Some(&c)
        });
        is_label.then_some(n_chars)
    };
    let len = labels.iter().filter_map(length).max()?;
    let blanks = |from: usize| rest.iter().skip(from).take_while(|c| **c == ' ').count();
    let colon = len + blanks(len);
    (rest.get(colon) == Some(&':')).then(|| colon + 1 + blanks(colon + 1))
}

fn mail_length(before: Option<char>, rest: &[char]) -> Option<usize> {
    let is_local = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    if before.is_some_and(is_local) {
        return None;
    }
    let local = rest.iter().take(MAIL_LOCAL_CHARS_MAX + 1).take_while(|c| is_local(**c)).count();
    if local == 0 || rest.get(local) != Some(&'@') {
        return None;
    }
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let host = rest.get(local + 1..)?;
    let n_host = host.iter().take(MAIL_HOST_CHARS_MAX).take_while(|c| is_host(**c)).count();
    host.get(..n_host)?.contains(&'.').then_some(local + 1 + n_host)
}

/// Returns the length of an identity card number (GB 11643): a region, a birthday, a serial number and a check digit.
/// The birthday tells it from a unified social credit code.
fn identity_card_length(rest: &[char]) -> Option<usize> {
    let number: String = rest.get(..18)?.iter().collect();
    let (digits, check) = number.split_at_checked(17)?;
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|text| text.parse::<u32>().ok());
    let is_digits = digits.bytes().all(|b| b.is_ascii_digit());
    let is_check = check.starts_with(|c: char| c.is_ascii_digit() || c == 'x');
    let is_region = part(0..2).is_some_and(|province| (11..=83).contains(&province));
    let is_birthday = part(6..10).is_some_and(|year| (1900..=2100).contains(&year))
        && part(10..12).is_some_and(|month| (1..=12).contains(&month))
        && part(12..14).is_some_and(|day| (1..=31).contains(&day));
    let is_ended = !rest.get(18).is_some_and(char::is_ascii_alphanumeric);
    (is_digits && is_check && is_region && is_birthday && is_ended).then_some(18)
}

/// Returns the length of a phone number at the start of a text of folded characters: a mobile, a landline with its area
/// and an extension, or a service number.
pub(super) fn phone_length(chars: &[char]) -> Option<usize> {
    const COUNTRY: [&[char]; 3] = [&['+', '8', '6'], &['0', '0', '8', '6'], &['8', '6', '-']];
    let prefix = COUNTRY.iter().find(|prefix| chars.starts_with(prefix)).map_or(0, |prefix| prefix.len());
    let blanks = chars.iter().skip(prefix).take_while(|c| prefix > 0 && matches!(c, ' ' | '-')).count();
    let start = prefix + blanks;
    let number = chars.get(start..)?;
    let len = match number {
        ['1', '3'..='9', ..] => grouped_length(number, &[3, 4, 4], false)?,
        ['4' | '8', '0', '0', ..] => {
            grouped_length(number, &[3, 3, 4], true).or_else(|| grouped_length(number, &[3, 7], true))?
        }
        ['0' | '(', ..] => {
            let landline = |area: usize, local: usize| grouped_length(number, &[area, local], true);
            let found = [(3, 8), (4, 8), (4, 7), (3, 7)].into_iter().find_map(|(area, local)| landline(area, local))?;
            found + extension_length(number.get(found..)?)
        }
        _ => return None,
    };
    let mut after = number.get(len..)?.iter();
    let is_amount = after.clone().find(|c| **c != ' ').is_some_and(|c| AFTER_AMOUNT.contains(c));
    let is_ended = match (after.next(), after.next()) {
        (Some('.' | '-' | '×' | '_'), Some(next)) => !next.is_ascii_alphanumeric(),
        (Some(next), _) => !next.is_ascii_alphanumeric(),
        (None, _) => true,
    };
    (is_ended && !is_amount).then_some(start + len)
}

/// Returns the length of groups of digits with a hyphen, a space or brackets between them.
fn grouped_length(chars: &[char], groups: &[usize], needs_separator: bool) -> Option<usize> {
    let is_bracketed = chars.first() == Some(&'(');
    let mut at = usize::from(is_bracketed);
    for (i, group) in groups.iter().enumerate() {
        if i > 0 {
            let n_separators = match chars.get(at..)? {
                [')', '-' | ' ', ..] if is_bracketed && i == 1 => 2,
                [')', ..] if is_bracketed && i == 1 => 1,
                ['-' | ' ', ..] if !(is_bracketed && i == 1) => 1,
                _ => 0,
            };
            if n_separators == 0 && (needs_separator || is_bracketed) {
                return None;
            }
            at += n_separators;
        }
        if !chars.get(at..at + group)?.iter().all(char::is_ascii_digit) {
            return None;
        }
        at += group;
    }
    let is_ended = !chars.get(at).is_some_and(char::is_ascii_digit);
    let has_area = !is_bracketed || chars.get(1) == Some(&'0');
    (is_ended && has_area).then_some(at)
}

/// Returns the length of an extension: `-801`, `转801`.
fn extension_length(chars: &[char]) -> usize {
    let Some(digits) = chars.strip_prefix(&['-']).or_else(|| chars.strip_prefix(&['转'])) else {
        return 0;
    };
    let n_digits = digits.iter().take_while(|c| c.is_ascii_digit()).count();
    if (1..=6).contains(&n_digits) { n_digits + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_agree_for_one_organisation_only() {
        for (name, expected) in [
            ("山东链桥（集团）有限公司", "山东链桥(集团)有限公司"),
            ("山东链桥 (集团) 有限公司", "山东链桥(集团)有限公司"),
            ("山东链桥【集团】有限公司。", "山东链桥(集团)有限公司"),
            ("山东链桥集团有限公司", "山东链桥集团有限公司"),
            ("山东链桥集团有限公司济南分公司", "山东链桥集团有限公司济南分公司"),
            ("ＡＢＣ·科技，有限公司", "abc科技有限公司"),
            ("“小巨人”公司", "小巨人公司"),
        ] {
            assert_eq!(organisation_key(name), expected, "{name}");
        }
    }

    #[test]
    fn one_slip_is_similar() {
        for (a, b, expected) in [
            ("山东链桥科技有限公司", "山东链桥科枝有限公司", true),
            ("山东链桥科技有限公司", "山东链桥科技限公司", true),
            ("山东链桥科技有限公司", "山东链桥科技有有限公司", true),
            ("山东链桥科技有限公司", "山东桥链科技有限公司", true),
            ("山东链桥(集团)有限公司", "山东链桥集团)有限公司", true),
            ("山东链桥科技有限公司", "山东链桥科技有限公司", false),
            ("山东链桥科技有限公司", "山东链条科学有限公司", false),
            ("山东链桥科技有限公司", "山东链桥科技有限公司分厂", false),
            ("山东链桥科技有限公司", "山西链桥科技有限公司", false),
            ("河南新材料有限公司", "河北新材料有限公司", false),
            ("中铁一局集团有限公司", "中铁二局集团有限公司", false),
            ("中铁十局集团有限公司", "中铁十一局集团有限公司", false),
            ("中铁十二局集团有限公司", "中铁二十局集团有限公司", false),
            ("链桥科技", "链条科技", false),
            ("", "", false),
        ] {
            assert_eq!(similar(a, b), expected, "{a} {b}");
            assert_eq!(similar(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn traces_of_persons_are_taken_out() {
        for (text, expected) in [
            ("轴承，13812345678", "轴承， "),
            ("请致电138-1234-5678咨询", "请致电 咨询"),
            ("请致电 138 1234 5678 咨询", "请致电 咨询"),
            ("１３８１２３４５６７８", " "),
            ("+86 13812345678", " "),
            ("13812345678/13912345678", " / "),
            ("0531-88888888转801，欢迎", " ，欢迎"),
            ("0531-88888888-801", " "),
            ("010 12345678", " "),
            ("（0531）8888888", " "),
            ("400-800-1234", " "),
            ("邮箱zhang.san@abc-1.com.cn。", "邮箱 。"),
            ("微信：zhang_san88 主营轴承", " 主营轴承"),
            ("QQ:12345678", " "),
            ("qq号： 12345678", " "),
            ("联系人：张先生，主营轴承", " ，主营轴承"),
            ("项目联系人：张三 主营轴承", " 主营轴承"),
            ("联系人：张先生13812345678；", " ；"),
            ("电话：88888888", " "),
            ("联系电话:053188888888", "联系 "),
            ("身份证37010219900307123X", "身份证 "),
        ] {
            assert_eq!(strip_personal(text), expected, "{text}");
        }
    }

    #[test]
    fn codes_and_quantities_stay() {
        for text in [
            "",
            "轴承6205-2RS、315/80R22.5、WES-5.4.5",
            "91370100MA3C12345X",
            "913701001990030712",
            "年产15000000000元",
            "15000000000 件",
            "￥13812345678",
            "型号A13812345678、13812345678A、13812345678-2",
            "15000000000-18000000000",
            "微信小程序开发",
            "QQ群",
            "联系人不限",
            "电话机10台",
            "2024-01-09",
            "0531-888",
            "M8@30",
            "138123456789",
            "1,000,000",
        ] {
            assert_eq!(strip_personal(text), text, "{text}");
        }
    }

    #[test]
    fn long_texts_are_read_in_linear_time() {
        for part in ["1", "a@", "a.", "联系人：", "qq:", "qq:  ", "0531-", "(", "138 ", " "] {
            let text = part.repeat(20_000);
            let _ = strip_personal(&text);
            let _ = similar(&text, &format!("{text}x"));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_stripped(text in "\\PC{0,30}|[0-9a-z@.+()转:：微信联系人-]{0,40}") {
            prop_assert!(strip_personal(&text).chars().count() <= text.chars().count() + 1);
            let _ = organisation_key(&text);
        }
    }
}
