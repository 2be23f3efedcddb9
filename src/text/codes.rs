//! Part numbers, grades, models and dimensions: tokens of Latin letters and digits that search must keep whole
//! (`wes-5.4.5`, `06cr19ni10`, `315/80r22.5`, `m8×30`). Plain numbers, quantities, ranges, dates, phone numbers and
//! addresses are not codes, nor are words without digits. Texts are expected in normalised form.

use std::ops::Range;

use crate::text::names::phone_length;
use crate::text::numbers::scan_number;

/// A longer token is a key, a hash or noise.
const CODE_BYTES_MAX: usize = 64;

/// Units that make a quantity of the digits before them. Letters that also end grades and models (`g` in 5g, `l` in
/// 316l, `w` in 10w-40, `d` in 3d) are left out: a quantity kept whole does less harm than a grade that is cut.
const UNITS: &[&str] = &[
    "a", "ah", "bar", "cm", "cm2", "cm3", "da", "db", "dm", "eu", "g/l", "gb", "ghz", "gpa", "gw", "gwh", "h", "hz",
    "iu", "kb", "kda", "kg", "kgce", "khz", "kj", "km", "km2", "kn", "kpa", "kv", "kva", "kvar", "kw", "kwh", "l/min",
    "lm", "lx", "m", "m2", "m3", "mah", "mb", "mg", "mg/l", "mhz", "min", "mj", "ml", "mm", "mm2", "mm3", "mol", "mpa",
    "mv", "mva", "mw", "n", "mwh", "nm", "pa", "pcs", "ppb", "ppm", "rmb", "rpm", "t", "tb", "tce", "um", "usd", "v",
    "va", "wh", "wt",
];

/// Units of one letter that end grades too, and are units for certain only in a ratio (`5g/kg`, `3g/l`).
const RATIO_UNITS: &[&str] = &["g", "l", "w"];

/// Length units that are cut off the end of a dimension, so that `φ20mm` and `φ20` meet.
const LENGTH_UNITS: &[&str] = &["mm", "cm", "m"];

/// What stands before a number that is compared, or before an exponent; digits behind it begin no code.
const COMPARISONS: &[char] = &['≤', '≥', '<', '>', '=', '±', '≈', '^'];

/// Ends of host names, without which `abc123.com` would be a part number.
const HOST_ENDS: &[&str] = &["com", "cn", "net", "org", "gov", "edu", "top", "vip", "cc"];

/// Returns where codes stand in a normalised text, as byte ranges, ascending and not overlapping. Linear in the text.
pub fn find_codes(text: &str) -> Vec<Range<usize>> {
    let mut codes = Vec::new();
    for (piece_start, piece) in split_with_starts(text, |c| !is_piece_char(c)) {
        // No code is without a digit, and most pieces are punctuation or words.
        if !has_digit(piece) {
            continue;
        }
        let is_address = piece.contains('@') || piece.contains("://") || piece.starts_with("www.");
        if is_address {
            continue;
        }
        for (run_start, run) in runs(piece) {
            if is_host(run) || is_quantity(run) {
                continue;
            }
            let start = piece_start + run_start;
            let before = text.get(..start).and_then(|t| t.chars().next_back());
            let is_power = text.get(start + run.len()..).is_some_and(|rest| rest.starts_with('^'));
            if is_power || (starts_with_digit(run) && before.is_some_and(|c| COMPARISONS.contains(&c))) {
                continue;
            }
            for (offset, token) in split_alternatives(run) {
                let before = if offset == 0 { before } else { Some('/') };
                if let Some(len) = code_length(token, before) {
                    codes.push(start + offset..start + offset + len);
                }
            }
        }
    }
    codes
}

/// Returns the parts at which a code may also be found, without the code itself: `6061-t6` is found at `6061` and `t6`,
/// `315/80r22.5` at `315`, `80` and `r22.5`. Parts have two characters at least; a formula of several letter groups
/// (`06cr19ni10`) has none.
pub fn code_parts(code: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for segment in code.split(['-', '/', '×']).flat_map(split_at_word_dots) {
        match split_grade(segment) {
            Some((left, right)) => parts.extend([left, right]),
            None => parts.push(segment),
        }
    }
    parts.retain(|part| part.chars().nth(1).is_some() && *part != code);
    parts
}

/// Characters of tokens, addresses and what joins them.
fn is_piece_char(c: char) -> bool {
    is_token_char(c) || matches!(c, '-' | '/' | '.' | '×' | '_' | '@' | ':' | '%' | '?' | '&' | '=' | '+' | '#' | '~')
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == 'φ'
}

/// Splits at every character that `separates`, leaving out empty pieces, and says where each piece starts.
fn split_with_starts(text: &str, separates: fn(char) -> bool) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive(separates).filter_map(move |piece| {
        let here = start;
        start += piece.len();
        let piece = piece.trim_end_matches(separates);
        (!piece.is_empty()).then_some((here, piece))
    })
}

/// Returns the runs of token characters, with single joining characters inside.
fn runs(piece: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut current: Option<Range<usize>> = None;
    let mut is_joined = true;
    let mut cut = |range: Range<usize>| found.extend(piece.get(range.clone()).map(|run| (range.start, run)));
    for (i, c) in piece.char_indices() {
        if is_token_char(c) {
            let start = match current.take() {
                Some(run) if is_joined => run.start,
                Some(run) => {
                    cut(run);
                    i
                }
                None => i,
            };
            current = Some(start..i + c.len_utf8());
            is_joined = true;
        } else {
            let follows = current.as_ref().is_some_and(|run| run.end == i);
            is_joined = follows && matches!(c, '-' | '/' | '.' | '×');
        }
    }
    current.into_iter().for_each(cut);
    found
}

/// Splits `q235b/q355b` but neither `315/80r22.5` nor the standard `db37/t2345`.
fn split_alternatives(run: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut end = 0;
    let mut has_own_digit = false;
    for segment in run.split('/') {
        let is_standard = segment.strip_prefix('t').is_some_and(starts_with_digit);
        if has_own_digit && !starts_with_digit(segment) && !is_standard {
            tokens.extend(run.get(start..end).map(|token| (start, token)));
            start = end + 1;
            has_own_digit = false;
        }
        has_own_digit |= has_digit(segment);
        end = segment.len() + if end == 0 { 0 } else { end + 1 };
    }
    tokens.extend(run.get(start..).map(|token| (start, token)));
    tokens
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

/// Returns how many bytes of a token are a code, if it is one.
fn code_length(token: &str, before: Option<char>) -> Option<usize> {
    if token.len() > CODE_BYTES_MAX || !has_digit(token) {
        return None;
    }
    if !token.contains(|c: char| c.is_ascii_lowercase() || c == 'φ') {
        return is_numeric_code(token).then_some(token.len());
    }
    // `元/m2` and `5万m2`, but the screw `m2`.
    let is_unit = UNITS.contains(&token) && before.is_some_and(|c| matches!(c, '/' | '万' | '亿' | '千' | '百'));
    // `a/cm2`, but the screws `m2/m3`.
    let is_bare_unit = |piece: &str| UNITS.contains(&piece) && piece != "m2" && piece != "m3";
    if is_unit || is_quantity(token) || token.split('/').all(is_bare_unit) {
        return None;
    }
    let is_dimension = token.contains(['×', 'φ']);
    let bare = LENGTH_UNITS.iter().find_map(|unit| token.strip_suffix(unit)).unwrap_or(token);
    let has_length_unit = is_dimension && bare.ends_with(|c: char| c.is_ascii_digit());
    Some(if has_length_unit { bare.len() } else { token.len() })
}

fn is_host(run: &str) -> bool {
    let host = run.split('/').next().unwrap_or("");
    host.rsplit_once('.').is_some_and(|(_, end)| HOST_ENDS.contains(&end))
}

/// Says whether a token is a quantity or several (`20mm`, `0.02mm/300mm`, `180wh/kg`, `5t-10t`).
fn is_quantity(token: &str) -> bool {
    let is_ratio = token.rsplit_once('/').is_some_and(|(_, below)| !has_digit(below));
    // `60w` is a power, while `10w-40` is a grade of oil.
    let is_power = |unit: &str| unit == "w" && !token.contains(['-', '/']);
    let is_unit = |unit: &str| UNITS.contains(&unit) || is_power(unit) || (is_ratio && RATIO_UNITS.contains(&unit));
    let has_unit = |piece: &str| {
        let unit = scan_number(piece).and_then(|number| piece.get(number.len..));
        unit.is_some_and(|unit| unit.is_empty() || is_unit(unit))
    };
    let is_dimension = token.contains(['×', 'φ']);
    let pieces = || token.split(['-', '/']);
    let has_letters = token.contains(|c: char| c.is_ascii_lowercase());
    let all_measure = || pieces().all(|piece| has_unit(piece) || is_unit(piece));
    starts_with_digit(token) && has_letters && !is_dimension && (has_unit(token) || all_measure())
}

/// Says whether digits and joining characters make a code: neither a decimal, a range, a date nor a phone number.
fn is_numeric_code(token: &str) -> bool {
    if token.contains('×') {
        return true;
    }
    let n_digits = token.bytes().filter(u8::is_ascii_digit).count();
    if n_digits < 3 || n_digits == token.len() || is_date(token) {
        return false;
    }
    let chars: Vec<char> = token.chars().collect();
    if phone_length(&chars) == Some(chars.len()) {
        return false;
    }
    match token.split_once('-') {
        Some((low, high)) => match (low.parse::<f64>(), high.parse::<f64>()) {
            (Ok(low), Ok(high)) => low >= high,
            _ => true,
        },
        None => token.parse::<f64>().is_err(),
    }
}

fn is_date(token: &str) -> bool {
    let is_year = |text: &str| text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
    let within = |text: &str, max: u8| text.parse().is_ok_and(|number: u8| (1..=max).contains(&number));
    let parts: Vec<&str> = token.split(['-', '/', '.']).collect();
    match parts.as_slice() {
        [year, month] => is_year(year) && month.len() == 2 && within(month, 12),
        [year, month, day] => is_year(year) && within(month, 12) && within(day, 31),
        _ => false,
    }
}

/// Splits at full stops other than those between digits.
fn split_at_word_dots(segment: &str) -> Vec<&str> {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut parts = Vec::new();
    let mut start = 0;
    for (i, _) in segment.match_indices('.') {
        let (left, right) = (segment.get(start..i).unwrap_or(""), segment.get(i + 1..).unwrap_or(""));
        if !(is_digit(left.chars().next_back()) && is_digit(right.chars().next())) {
            parts.push(left);
            start = i + 1;
        }
    }
    parts.extend(segment.get(start..));
    parts
}

/// Splits `80r22.5`, `1688t2` and `q235b` where letters follow digits, if that happens once and leaves sensible parts.
fn split_grade(segment: &str) -> Option<(&str, &str)> {
    let mut boundaries = segment
        .char_indices()
        .zip(segment.chars().skip(1))
        .filter(|((_, left), right)| left.is_ascii_digit() && (right.is_ascii_lowercase() || *right == 'φ'));
    let ((at, _), _) = boundaries.next()?;
    let (left, right) = segment.split_at_checked(at + 1)?;
    let is_sensible = left.len() > 1 && (has_digit(right) || right.len() == 1);
    (boundaries.next().is_none() && is_sensible).then_some((left, right))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::normal::normalise;

    fn codes(raw: &str) -> Vec<String> {
        let text = normalise(raw);
        find_codes(&text).into_iter().map(|range| text[range].to_owned()).collect()
    }

    #[test]
    fn codes_stay_whole() {
        for (text, expected) in [
            ("WES-5.4.5系统", "wes-5.4.5"),
            ("轮胎315/80R22.5", "315/80r22.5"),
            ("6061-T6铝板", "6061-t6"),
            ("螺栓M8*30", "m8×30"),
            ("M8×30mm", "m8×30"),
            ("M8×1.25×30", "m8×1.25×30"),
            ("GCr15轴承钢", "gcr15"),
            ("Q235B", "q235b"),
            ("06Cr19Ni10", "06cr19ni10"),
            ("1688-T2", "1688-t2"),
            ("BR9000橡胶", "br9000"),
            ("N330炭黑", "n330"),
            ("QT500-7", "qt500-7"),
            ("DN50阀门", "dn50"),
            ("直径Φ20mm", "φ20"),
            ("Φ20×3", "φ20×3"),
            ("1200*2400mm", "1200×2400"),
            ("1200mm*2400mm", "1200mm×2400"),
            ("西门子1FK7同类", "1fk7"),
            ("须通过IATF16949", "iatf16949"),
            ("ISO9001:2015", "iso9001"),
            ("P4级轴承", "p4"),
            ("≥P4，不低于Q355B", "p4 q355b"),
            ("C3级", "c3"),
            ("IP65(不满足IP67)", "ip65 ip67"),
            ("IT7 H7 Ra1.6", "it7 h7 ra1.6"),
            ("标段3.6.3", "3.6.3"),
            ("轴承6205-2", "6205-2"),
            ("304/316L", "304/316l"),
            ("304/06Cr19Ni10/SUS304/S30408", "304/06cr19ni10 sus304 s30408"),
            ("Q235B/Q355B", "q235b q355b"),
            ("GB/T4754-2017", "gb/t4754-2017"),
            ("DB37/T2345-2013", "db37/t2345-2013"),
            ("5G+工业互联网", "5g"),
            ("五轴VMC850加工", "vmc850"),
            ("10W-40机油", "10w-40"),
            ("2A12铝", "2a12"),
            ("LiPF6", "lipf6"),
            ("GJB9001C", "gjb9001c"),
            ("M2螺丝", "m2"),
            ("A4-80螺栓,M8~M10", "a4-80 m8 m10"),
        ] {
            assert_eq!(codes(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_code() {
        for text in [
            "",
            "CNC加工",
            "MES系统",
            "PVDF",
            "304",
            "2024",
            "3.5",
            "1,000,000",
            "3-5",
            "500-1000万",
            "3.5-5.5",
            "1/2",
            "2024-01-09",
            "2024/1/9",
            "2024.1.9",
            "2024-01",
            "20mm",
            "0.02mm/300mm",
            "3mm-5mm",
            "180Wh/kg",
            "82±5g/kg",
            "650N",
            "60W",
            "100g/L",
            "5t-10t",
            "220V",
            "10kV",
            "100m2",
            "50元/m2",
            "5万m3",
            "-40℃~85℃",
            "≤0.003IU/mg",
            "0.5EU/mL",
            "≤0.003QQ/mg",
            "μA/cm2",
            "mΩ·cm2",
            "≥1.5×10^6",
            "1.5×10^6CFU/g",
            "±3XY",
            "150kDa",
            "1e5",
            "13812345678",
            "0531-88888888",
            "400-800-1234",
            "http://abc123.com/m8x30",
            "www.a1.com",
            "abc123.com/x9",
            "b2b@a1.com",
            "B/S架构",
        ] {
            assert_eq!(codes(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(codes(&"a1".repeat(100)), Vec::<String>::new());
    }

    #[test]
    fn codes_are_also_found_at_their_parts() {
        for (code, expected) in [
            ("6061-t6", "6061 t6"),
            ("315/80r22.5", "315 80 r22.5"),
            ("m8×30", "m8 30"),
            ("wes-5.4.5", "wes 5.4.5"),
            ("qt500-7", "qt500"),
            ("q235b", "q235"),
            ("316l", "316"),
            ("1688t2", "1688 t2"),
            ("gb/t4754-2017", "gb t4754 2017"),
            ("vmc.850", "vmc 850"),
            ("06cr19ni10", ""),
            ("40cr", ""),
            ("1fk7", ""),
            ("gcr15", ""),
            ("p5", ""),
            ("", ""),
        ] {
            assert_eq!(code_parts(code).join(" "), expected, "{code}");
        }
    }

    #[test]
    fn a_long_text_is_searched_in_linear_time() {
        for part in ["a1", "a1/", "1-", "a.1", "a/", "m8 ", "×", "1/a", "a@"] {
            let text = part.repeat(20_000);
            let _ = find_codes(&text);
            let _ = code_parts(&text);
        }
    }

    proptest! {
        #[test]
        fn ranges_ascend_and_hold_codes(text in "\\PC{0,30}|[a-z0-9φ×/. @:吨-]{0,30}") {
            let text = normalise(&text);
            let mut end = 0;
            for range in find_codes(&text) {
                prop_assert!(range.start >= end && range.start < range.end);
                end = range.end;
                let code = text.get(range).expect("ranges are at characters");
                prop_assert!(code_parts(code).iter().all(|part| code.contains(part)));
            }
        }
    }
}
