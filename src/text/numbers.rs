//! Numbers as Chinese tables write them: digits with separators and decimals, Chinese numerals, and the multipliers
//! of both. A number that could be read in two ways is not read at all, and neither are the digits at the start of
//! a part number. Texts are expected in normalised form.

/// More terms than any written number has (`九千九百九十九亿九千九百九十九万九千九百九十九`).
const TERMS_MAX: usize = 16;

/// Multipliers within a group of four digits, by power of ten.
const SMALL_MULTIPLIERS: &[(char, i32)] = &[('十', 1), ('拾', 1), ('百', 2), ('佰', 2), ('千', 3), ('仟', 3)];

/// Multipliers of whole groups, by power of ten.
const BIG_MULTIPLIERS: &[(char, i32)] = &[('万', 4), ('萬', 4), ('亿', 8), ('億', 8)];

/// What makes a unit, and not a number, of the thousand before it (`千克`, `千瓦`).
const AFTER_UNIT_THOUSAND: &[char] = &['克', '米', '瓦', '伏', '帕', '赫', '焦', '安', '乏'];

/// Units that end in a digit, which does not make a part number of the digits before them.
const POWER_UNITS: &[&str] = &["m2", "m3", "cm2", "cm3", "mm2", "mm3", "dm2", "dm3", "km2", "tco2"];

/// A number that stands at the start of a text, with how it is written.
#[derive(Debug)]
pub(super) struct Number {
    terms: Vec<Term>,
    /// How many bytes of the text it takes.
    pub(super) len: usize,
    /// The power of ten of its last `万` or `亿`; 0 where it has none.
    pub(super) big: i32,
    /// The power of ten of the smaller multiplier of a number of one term; 0 where it has none.
    pub(super) small: i32,
    /// Whether it is written in Arabic digits.
    pub(super) arabic: bool,
}

/// Digits times a power of ten. Kept as written, because `380.28 * 1e4` is not the double nearest to 3802800.
#[derive(Debug)]
struct Term {
    digits: String,
    exponent: i32,
}

impl Term {
    fn value(&self, shift: i32) -> Option<f64> {
        match self.exponent + shift {
            0 => self.digits.parse().ok(),
            power => format!("{}e{power}", self.digits).parse().ok(),
        }
    }
}

impl Number {
    /// Returns the value times the given power of ten, rounded once; `None` if it is not finite.
    pub(super) fn value(&self, shift: i32) -> Option<f64> {
        let sum: f64 = self.terms.iter().map(|term| term.value(shift)).sum::<Option<f64>>()?;
        sum.is_finite().then_some(sum)
    }

    /// Says whether a multiplier is written that stands for a column's `万`; the ones inside a Chinese numeral do not.
    pub(super) fn is_multiplied(&self) -> bool {
        self.big > 0 || (self.arabic && self.small > 0)
    }
}

/// Reads the number at the start of a normalised text; returns its value and its length in bytes.
pub(super) fn read_number(text: &str) -> Option<(f64, usize)> {
    let number = scan_number(text)?;
    Some((number.value(0)?, number.len))
}

/// As [`read_number`], with how the number is written.
pub(super) fn scan_number(text: &str) -> Option<Number> {
    let mut number = Number { terms: Vec::new(), len: 0, big: 0, small: 0, arabic: false };
    let mut rest = text;
    while number.terms.len() < TERMS_MAX {
        let Some(coefficient) = read_coefficient(rest, number.terms.is_empty()) else {
            break;
        };
        let (small, after_small) = read_small(coefficient.rest);
        let (big, after) = read_big(after_small);
        let is_first = number.terms.is_empty();
        if !coefficient.fits(number.terms.last(), small, big) {
            return None;
        }
        number.arabic |= is_first && coefficient.arabic;
        number.small = if is_first { small } else { 0 };
        number.terms.push(Term { digits: coefficient.digits, exponent: small });
        number.raise(big);
        rest = after;
        if small == 0 && big == 0 {
            break;
        }
    }
    let descends = number.terms.windows(2).all(|pair| match pair {
        [left, right] => right.value(-left.exponent).is_some_and(|share| share < 1.0),
        _ => true,
    });
    if number.terms.is_empty() || !descends || continues_as_code(text, rest) {
        return None;
    }
    number.len = text.len() - rest.len();
    Some(number)
}

impl Number {
    /// Applies a `万` or `亿` to the terms that it groups.
    fn raise(&mut self, big: i32) {
        if big == 0 {
            return;
        }
        // The last four powers of a big multiplier are its own group's: 12 is `万亿`.
        let own = if big == 12 { 8 } else { big };
        for term in self.terms.iter_mut().rev().take_while(|term| term.exponent < own) {
            term.exponent += big;
        }
        self.big = big;
    }
}

/// Digits before a multiplier.
struct Coefficient<'a> {
    digits: String,
    rest: &'a str,
    arabic: bool,
    after_zero: bool,
}

impl Coefficient<'_> {
    /// Says whether it may follow `last` and stand before these multipliers without being ambiguous, as `三万五`,
    /// `七八十` and `三四万` are.
    fn fits(&self, last: Option<&Term>, small: i32, big: i32) -> bool {
        let is_digit_row = !self.arabic && self.digits.len() > 1 && !self.digits.contains('.');
        if is_digit_row {
            let has_zero = self.digits.contains('0');
            return last.is_none() && small == 0 && big == 0 && (has_zero || self.digits.len() > 2);
        }
        match last {
            None => true,
            Some(last) if small == 0 && big == 0 => !self.arabic && (self.after_zero || last.exponent == 1),
            Some(last) if small == 0 => {
                self.after_zero || last.exponent == 1 || (last.exponent >= 4 && big < last.exponent)
            }
            Some(_) => true,
        }
    }
}

fn read_coefficient(text: &str, is_first: bool) -> Option<Coefficient<'_>> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let (digits, rest) = read_arabic(text)?;
        return Some(Coefficient { digits, rest, arabic: true, after_zero: false });
    }
    if is_first && text.starts_with(['十', '拾']) {
        return Some(Coefficient { digits: "1".to_owned(), rest: text, arabic: false, after_zero: false });
    }
    let (row, rest) = read_numerals(text);
    if row.is_empty() {
        return None;
    }
    if let Some((decimals, rest)) = rest.strip_prefix('点').map(read_numerals).filter(|(d, _)| !d.is_empty()) {
        return Some(Coefficient { digits: format!("{row}.{decimals}"), rest, arabic: false, after_zero: false });
    }
    let after_zero = !is_first && row.starts_with('0');
    let digits = if after_zero { row.trim_start_matches('0').to_owned() } else { row };
    (!digits.is_empty()).then_some(Coefficient { digits, rest, arabic: false, after_zero })
}

fn read_numerals(text: &str) -> (String, &str) {
    let row: String = text.chars().map_while(numeral).collect();
    let rest = text.trim_start_matches(|c| numeral(c).is_some());
    (row, rest)
}

fn numeral(c: char) -> Option<char> {
    Some(match c {
        '零' | '〇' | '○' => '0',
        '一' | '壹' => '1',
        '二' | '贰' | '貳' | '两' | '兩' => '2',
        '三' | '叁' | '參' => '3',
        '四' | '肆' => '4',
        '五' | '伍' => '5',
        '六' | '陆' | '陸' => '6',
        '七' | '柒' => '7',
        '八' | '捌' => '8',
        '九' | '玖' => '9',
        _ => return None,
    })
}

/// Splits off Arabic digits with thousands separators, decimals and an exponent of ten; the digits come back without
/// separators.
fn read_arabic(text: &str) -> Option<(String, &str)> {
    let (first, mut rest) = split_digits(text);
    let mut digits = first.to_owned();
    if first.len() <= 3 {
        while let Some((group, after)) = rest.strip_prefix(',').map(split_digits).filter(|(g, _)| g.len() == 3) {
            digits.push_str(group);
            rest = after;
        }
    }
    if let Some((decimals, after)) = rest.strip_prefix('.').map(split_digits).filter(|(d, _)| !d.is_empty()) {
        digits.push('.');
        digits.push_str(decimals);
        rest = after;
    }
    // `1.5×10^6`, `10^6`.
    let (base, power) = match rest.strip_prefix('^').filter(|_| digits == "10") {
        Some(after) => ("1", Some(after)),
        None => (digits.as_str(), rest.strip_prefix("×10^")),
    };
    if let Some((exponent, after)) = power.and_then(split_power) {
        let shift: i32 = exponent.parse().ok()?;
        let value: f64 = format!("{base}e{shift}").parse().ok()?;
        return value.is_finite().then(|| (value.to_string(), after));
    }
    if let Some((exponent, after)) = rest.strip_prefix('e').and_then(split_exponent) {
        let shift: i32 = exponent.parse().ok()?;
        let value: f64 = format!("{digits}e{shift}").parse().ok()?;
        return value.is_finite().then(|| (value.to_string(), after));
    }
    Some((digits, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    text.split_at(text.len() - rest.len())
}

/// Splits off a power of ten with its sign.
fn split_power(text: &str) -> Option<(&str, &str)> {
    let signed = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, rest) = split_digits(signed);
    (!digits.is_empty()).then(|| text.split_at(text.len() - rest.len()))
}

fn split_exponent(text: &str) -> Option<(&str, &str)> {
    let signed = text.strip_prefix(['+', '-']);
    let (digits, rest) = split_digits(signed.unwrap_or(text));
    // Without a sign, letters after it make a part number (`1e5a`).
    let is_ended = signed.is_some() || !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_exponent = !digits.is_empty() && is_ended;
    is_exponent.then(|| text.split_at(text.len() - rest.len()))
}

fn read_small(text: &str) -> (i32, &str) {
    let Some((exponent, rest)) = read_multiplier(text, SMALL_MULTIPLIERS) else {
        return (0, text);
    };
    if exponent == 3 && rest.starts_with(AFTER_UNIT_THOUSAND) { (0, text) } else { (exponent, rest) }
}

fn read_big(text: &str) -> (i32, &str) {
    match read_multiplier(text, BIG_MULTIPLIERS) {
        Some((4, rest)) => match rest.strip_prefix(['亿', '億']) {
            Some(rest) => (12, rest),
            None => (4, rest),
        },
        Some((exponent, rest)) => (exponent, rest),
        None => (0, text),
    }
}

/// Reads a multiplier, which may stand after a space (`500 万元`).
fn read_multiplier<'a>(text: &'a str, multipliers: &[(char, i32)]) -> Option<(i32, &'a str)> {
    let text = text.trim_start_matches(' ');
    multipliers.iter().find_map(|(c, exponent)| text.strip_prefix(*c).map(|rest| (*exponent, rest)))
}

/// Reads the multiplier of whole numbers at the start of a text (`万`, `千万`), if there is one.
pub(super) fn split_multiplier(text: &str) -> (i32, &str) {
    let (small, rest) = read_small(text);
    let (big, rest) = read_big(rest);
    (small + big, rest)
}

/// Says whether the number `text[..text.len() - rest.len()]` is only the start of a part number: `80r22.5`,
/// `6061-t6`, `315/80r22.5`, `3.6.3`.
fn continues_as_code(text: &str, rest: &str) -> bool {
    let starts_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if let Some(after) = rest.strip_prefix('.') {
        return starts_with_digit(after);
    }
    if let Some(after) = rest.strip_prefix('-') {
        return after.starts_with(|c: char| c.is_ascii_lowercase());
    }
    let after_slash = rest.strip_prefix('/').map(|after| after.trim_start_matches(|c: char| c.is_ascii_digit()));
    let letters = match after_slash {
        Some(after) if after.len() + 1 == rest.len() => return false,
        Some(after) => after,
        None => rest,
    };
    let tail = letters.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let is_power_unit = POWER_UNITS.iter().any(|unit| {
        letters.strip_prefix(unit).is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
    });
    tail.len() < letters.len() && starts_with_digit(tail) && !is_power_unit
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_with_their_multipliers() {
        for (text, value, rest) in [
            ("5", 5.0, ""),
            ("1,000,000元", 1e6, "元"),
            ("380.28万元", 3_802_800.0, "元"),
            ("3.5万", 35_000.0, ""),
            ("500 万元", 5e6, "元"),
            ("2千万", 2e7, ""),
            ("3百万", 3e6, ""),
            ("5亿元", 5e8, "元"),
            ("1亿2000万", 1.2e8, ""),
            ("2亿5千万", 2.5e8, ""),
            ("3万5千", 35_000.0, ""),
            ("1.2万亿", 1.2e12, ""),
            ("叁佰万元整", 3e6, "元整"),
            ("三百二十", 320.0, ""),
            ("三百二十五件", 325.0, "件"),
            ("一千二百", 1200.0, ""),
            ("一千零五十", 1050.0, ""),
            ("一百零五", 105.0, ""),
            ("二十", 20.0, ""),
            ("十五天", 15.0, "天"),
            ("十万", 1e5, ""),
            ("两万套", 2e4, "套"),
            ("二十五万", 25e4, ""),
            ("一万二千", 12_000.0, ""),
            ("一万二千亿", 1.2e12, ""),
            ("三点五万", 35_000.0, ""),
            ("〇", 0.0, ""),
            ("二〇二四年", 2024.0, "年"),
            ("二○二四", 2024.0, ""),
            ("1e5", 1e5, ""),
            ("1.5×10^6", 1.5e6, ""),
            ("10^-3m", 1e-3, "m"),
            ("1200×2400", 1200.0, "×2400"),
            ("1.5e-3mm", 1.5e-3, "mm"),
            ("5千克", 5.0, "千克"),
            ("五千瓦", 5.0, "千瓦"),
            ("五千套", 5000.0, "套"),
            ("100m2", 100.0, "m2"),
            ("0.02mm/300mm", 0.02, "mm/300mm"),
            ("5t", 5.0, "t"),
            ("3-5", 3.0, "-5"),
            ("2万吨/年", 2e4, "吨/年"),
            ("1,2", 1.0, ",2"),
        ] {
            let (read, len) = read_number(text).expect(text);
            assert!((read - value).abs() <= value.abs() * 1e-15, "{text}: {read}");
            assert_eq!(&text[len..], rest, "{text}");
        }
    }

    #[test]
    fn ambiguous_numbers_and_codes_are_not_read() {
        for text in [
            "",
            "吨",
            "三万五",
            "3万5",
            "1万2000",
            "七八十",
            "三四万",
            "三五台",
            "三百五",
            "三百五百",
            "1万2亿",
            "几十万",
            "80r22.5",
            "6061-t6",
            "315/80r22.5",
            "3.6.3",
            "1688-t2",
            "06cr19ni10",
            "1fk7",
            "-5",
            "1e999",
        ] {
            assert_eq!(read_number(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_read_in_linear_time() {
        for part in ["9", "一", "万", "一百", "十", ",000", "1万"] {
            let _ = read_number(&format!("1{}", part.repeat(200_000)));
            let _ = read_number(&part.repeat(200_000));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}|[0-9.,e十百千万亿零一两点 m-]{0,20}") {
            if let Some((value, len)) = read_number(&text) {
                prop_assert!(value.is_finite() && value >= 0.0);
                prop_assert!(len > 0 && text.is_char_boundary(len));
            }
        }
    }
}
