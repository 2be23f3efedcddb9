//! Records whose quotation marks do not enclose what their writer meant. A cell that begins with a lone mark (`"钢板`) is
//! read as running on to the next mark, lines further down, and the rows between would be gone without a word; here such a
//! record is taken apart line by line, the marks being text.

use std::borrow::Cow;

use csv::StringRecord;

/// Two lines of two fields are too few to tell rows from a text of two lines with a separator in it.
const FIELDS_MIN: usize = 5;

/// Lists the fields of each record that `raw`, which was read as one, is made of: line by line where it is torn, else
/// the one. `width` is the number of fields of the record before.
pub(super) fn records<'r>(
    record: &'r StringRecord,
    raw: &'r str,
    delimiter: u8,
    width: usize,
) -> Vec<Vec<Cow<'r, str>>> {
    let delimiter = char::from(delimiter);
    let raw = raw.trim_end_matches(['\n', '\r']);
    let is_whole = !raw.contains('"') || !(delimiter == '\t' || raw.contains(['\n', '\r']));
    if is_whole {
        return vec![record.iter().map(Cow::Borrowed).collect()];
    }
    let lines: Vec<Vec<Cow<'_, str>>> = lines(raw).map(|line| fields(line, delimiter)).collect();
    if lines.len() == 1 || is_torn(record, &lines, delimiter, width) {
        return lines;
    }
    vec![record.iter().map(Cow::Borrowed).collect()]
}

/// Says whether the lines of a record are records: tabs stand in no cell, and other lines are as wide as the one before.
fn is_torn(record: &StringRecord, lines: &[Vec<Cow<'_, str>>], delimiter: char, width: usize) -> bool {
    if delimiter == '\t' {
        return record.iter().any(|field| field.contains(['\n', '\r']) && field.contains('\t'));
    }
    let is_row = |line: &Vec<Cow<'_, str>>| line.len() == width;
    let n_rows = lines.iter().filter(|line| is_row(line)).count();
    width > 1 && n_rows * width >= FIELDS_MIN && n_rows * 2 > lines.len() && lines.first().is_some_and(is_row)
}

fn lines(raw: &str) -> impl Iterator<Item = &str> {
    raw.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// Splits a line; a quotation mark that does not enclose a whole field is text.
fn fields(line: &str, delimiter: char) -> Vec<Cow<'_, str>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, behind) = match enclosed(rest, delimiter) {
            Some((field, behind)) => (Cow::Owned(field.replace("\"\"", "\"")), behind),
            None => match rest.split_once(delimiter) {
                Some((field, behind)) => (Cow::Borrowed(field), Some(behind)),
                None => (Cow::Borrowed(rest), None),
            },
        };
        fields.push(field);
        match behind {
            Some(behind) => rest = behind,
            None => return fields,
        }
    }
}

/// Splits off a field that is enclosed in quotation marks, those inside being doubled; returns it without the two, and what
/// stands behind the next delimiter.
fn enclosed(line: &str, delimiter: char) -> Option<(&str, Option<&str>)> {
    let inside = line.strip_prefix('"')?;
    let mut from = 0;
    loop {
        let end = from + inside.get(from..)?.find('"')?;
        let behind = inside.get(end + 1..)?;
        if behind.starts_with('"') {
            from = end + 2;
            continue;
        }
        let field = inside.get(..end)?;
        return match behind.strip_prefix(delimiter) {
            Some(next) => Some((field, Some(next))),
            None => behind.is_empty().then_some((field, None)),
        };
    }
}
