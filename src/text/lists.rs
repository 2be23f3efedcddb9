//! The numbers of lists in running text (`(1)`, `2.`, `3、`, `一、`). Texts are expected in normalised form.

/// Reads the number of a list's member at a place (`(1)`, `2.`, `3、`, `一、`): the number and its length.
pub(super) fn list_number(text: &str, at: usize) -> Option<(u32, usize)> {
    const NUMERALS: &str = "一二三四五六七八九十";
    let (before, rest) = text.split_at_checked(at)?;
    let last = before.chars().next_back();
    let is_first = last.is_none_or(|c| matches!(c, ' ' | ';' | '。' | ':' | ',' | '★'));
    let (bare, is_bracketed) = match rest.strip_prefix('(') {
        Some(inside) => (inside, true),
        None => (rest, false),
    };
    let digits = bare.len() - bare.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let numeral = bare.chars().next().and_then(|c| NUMERALS.chars().position(|n| n == c));
    let (number, len) = match (digits, numeral) {
        (1 | 2, _) => (bare.get(..digits)?.parse().ok()?, digits),
        (0, Some(place)) => (u32::try_from(place).ok()? + 1, '一'.len_utf8()),
        _ => return None,
    };
    let behind = bare.get(len..)?;
    if is_bracketed {
        let is_joined = last.is_some_and(|c| c.is_ascii_alphanumeric());
        return (behind.starts_with(')') && !is_joined).then_some((number, len + 2));
    }
    let stop = behind.chars().next().filter(|c| *c == '、' || (digits > 0 && matches!(c, '.' | ')')))?;
    let is_decimal = behind.get(stop.len_utf8()..)?.starts_with(|c: char| c.is_ascii_digit()) && stop == '.';
    (is_first && !is_decimal && number > 0).then_some((number, len + stop.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_lists() {
        for (text, expected) in [
            ("(1)厚度", Some((1, 3))),
            ("2.厚度", Some((2, 2))),
            ("3、厚度", Some((3, 4))),
            ("一、厚度", Some((1, 6))),
            ("(二)厚度", Some((2, 5))),
            ("1.5mm", None),
            ("12345、", None),
            ("(含)", None),
            ("5mm", None),
        ] {
            assert_eq!(list_number(text, 0), expected, "{text}");
        }
        assert_eq!(list_number("厚度3、5mm", 6), None, "a list of numbers");
        assert_eq!(list_number("f(1)", 1), None);
    }
}
