//! Reads comma-, semicolon- and tab-separated text as Excel, WPS and business systems write it: in UTF-8, UTF-16 or
//! GB18030, with or without a mark at the start. Bytes that fit no encoding spoil their own cell only.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{GB18030, UTF_8};

use crate::intake::limits::{Budget, text_cell, trim_end, unreadable_row};
use crate::intake::sheet::{Cell, Row};

/// How many lines are looked at to find the delimiter; titles above the header have none.
const DETECTION_LINES: usize = 20;

/// Reads the rows of a text; without a given delimiter it is the comma, or a semicolon or tab where those are used
/// instead. A row's number is the physical line on which it starts.
///
/// # Errors
/// Returns in Chinese which limit is passed.
pub(super) fn parse(bytes: &[u8], delimiter: Option<u8>) -> Result<Vec<Row>, String> {
    let text = decode(bytes);
    let (declared, first_line, body) = split_declaration(&text);
    let delimiter = declared.or(delimiter).unwrap_or_else(|| detect_delimiter(body));
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(body.as_bytes());
    let mut lines = LineCounter { rest: body.as_bytes(), at: 0, line: first_line };
    let mut budget = Budget::default();
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    let mut last = (0, first_line);
    while reader.read_record(&mut record).map_err(|e| format!("文本无法读取（{e}）；请另存为 .xlsx 后再导入"))?
    {
        let from = record.position().map_or(0, |p| usize::try_from(p.byte()).unwrap_or(usize::MAX));
        let number = lines.start_of_record(from);
        last = (lines.at, number);
        let mut cells: Vec<Cell> = record.iter().map(read_cell).collect();
        trim_end(&mut cells);
        if !cells.is_empty() {
            let row = Row { number, cells, spanned: false };
            budget.spend_row(&row)?;
            rows.push(row);
        }
    }
    let (last_at, last_number) = last;
    let tail = body.get(last_at..).unwrap_or_default();
    if is_unclosed(tail) {
        rows.pop_if(|row| row.number == last_number);
        rows.push(unreadable_row(last_number, tail));
    }
    Ok(rows)
}

/// Decodes by the byte order mark, else as UTF-8, else as GB18030. What cannot be decoded becomes U+FFFD.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let (text, encoding, has_errors) = UTF_8.decode(bytes);
    let has_mark = encoding != UTF_8 || bytes.starts_with(b"\xEF\xBB\xBF");
    if !has_errors || has_mark || is_damaged_utf8(&text) {
        return text;
    }
    GB18030.decode_without_bom_handling(bytes).0
}

/// Tells UTF-8 with a few broken bytes from another encoding, by a text decoded as UTF-8: three bytes of GB18030 hardly
/// ever happen to be a character of UTF-8, while most of its pairs break (some pairs do not, so those are not counted).
fn is_damaged_utf8(text: &str) -> bool {
    let n_broken = text.chars().filter(|&c| c == '\u{FFFD}').count();
    let n_long = text.chars().filter(|&c| c >= '\u{800}' && c != '\u{FFFD}').count();
    n_long > n_broken
}

/// Splits off the line `sep=;` with which Excel declares a delimiter; returns it, and the number of the next line.
fn split_declaration(text: &str) -> (Option<u8>, u32, &str) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let declared = line.trim_end().strip_prefix("sep=").unwrap_or_default();
    match declared.as_bytes() {
        [delimiter] => (Some(*delimiter), 2, rest),
        // The tab is lost to trimming.
        [] if line.starts_with("sep=") => (Some(b'\t'), 2, rest),
        _ => (None, 1, text),
    }
}

fn detect_delimiter(body: &str) -> u8 {
    for line in body.lines().take(DETECTION_LINES) {
        let count = |delimiter: char| line.chars().filter(|&c| c == delimiter).count();
        let (n_commas, n_semicolons, n_tabs) = (count(','), count(';'), count('\t'));
        if n_commas > 0 {
            return b',';
        }
        if n_semicolons + n_tabs > 0 {
            return if n_tabs >= n_semicolons { b'\t' } else { b';' };
        }
    }
    b','
}

/// Finds the physical lines on which records start; `csv` counts neither blank lines before a record nor a lone
/// carriage return.
struct LineCounter<'a> {
    /// What is not counted yet.
    rest: &'a [u8],
    /// The offset of `rest`.
    at: usize,
    /// The line on which `rest` starts.
    line: u32,
}

impl LineCounter<'_> {
    /// Goes to the record that begins at or after offset `from`, past line ends, and returns its line.
    fn start_of_record(&mut self, from: usize) -> u32 {
        while let [byte, rest @ ..] = self.rest {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => rest.first() != Some(&b'\n'),
                _ if self.at >= from => break,
                _ => false,
            };
            self.line = self.line.saturating_add(u32::from(ends_line));
            self.at += 1;
            self.rest = rest;
        }
        self.line
    }
}

/// Says whether the last record runs over its line because a quotation mark is never closed; all rows below it would
/// then hide in one cell.
fn is_unclosed(record: &str) -> bool {
    record.trim_end().contains(['\n', '\r']) && !record.bytes().filter(|&b| b == b'"').count().is_multiple_of(2)
}

fn read_cell(field: &str) -> Cell {
    match text_cell(field) {
        Cell::Text(text) if text.contains(['\0', '\u{FFFD}']) => Cell::Error(text),
        Cell::Text(text) => text_cell(without_guard(&text)),
        other => other,
    }
}

/// Strips what people put before a long number so that Excel keeps it as text: `'0012` and `="0012"`.
fn without_guard(text: &str) -> &str {
    if let Some(quoted) = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        return quoted;
    }
    match text.strip_prefix('\'') {
        Some(rest) if !rest.contains('\'') => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as `number: cell|cell`, with `!` before errors.
    fn shown(bytes: &[u8], delimiter: Option<u8>) -> Vec<String> {
        let cell = |c: &Cell| match c {
            Cell::Error(text) => format!("!{text}"),
            other => other.text().to_owned(),
        };
        let rows = parse(bytes, delimiter).unwrap();
        rows.iter()
            .map(|r| format!("{}: {}", r.number, r.cells.iter().map(cell).collect::<Vec<_>>().join("|")))
            .collect()
    }

    #[test]
    fn every_usual_encoding_is_read() {
        let text = "名称,电话\n山东甲机械有限公司,联通";
        let utf16 = |to_bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(to_bytes).collect()
        };
        let expected = ["1: 名称|电话", "2: 山东甲机械有限公司|联通"];
        assert_eq!(shown(text.as_bytes(), None), expected);
        assert_eq!(shown(format!("\u{FEFF}{text}").as_bytes(), None), expected);
        assert_eq!(shown(&GB18030.encode(text).0, None), expected);
        assert_eq!(shown(&utf16(u16::to_le_bytes), None), expected);
        assert_eq!(shown(&utf16(u16::to_be_bytes), None), expected);
    }

    #[test]
    fn rare_characters_of_gb18030_are_read() {
        assert_eq!(shown(&GB18030.encode("名称\n㐂𠮷€").0, None), ["1: 名称", "2: 㐂𠮷€"]);
    }

    #[test]
    fn broken_bytes_spoil_only_their_cell() {
        let mut utf8 = "名称,数量\n甲".as_bytes().to_vec();
        utf8.extend_from_slice(b"\xFF\xC0,1\n");
        utf8.extend_from_slice("乙,2".as_bytes());
        assert_eq!(shown(&utf8, None), ["1: 名称|数量", "2: !甲\u{FFFD}\u{FFFD}|1", "3: 乙|2"]);

        let mut gb = GB18030.encode("名称,数量\n甲").0.to_vec();
        gb.extend_from_slice(b"\xFF,1\n");
        gb.extend_from_slice(&GB18030.encode("乙,2").0);
        assert_eq!(shown(&gb, None), ["1: 名称|数量", "2: !甲\u{FFFD}|1", "3: 乙|2"]);

        assert_eq!(shown(b"a,b\nx\0y,2", None), ["1: a|b", "2: !x\0y|2"]);
    }

    #[test]
    fn delimiters_are_found_or_declared() {
        assert_eq!(
            shown("供应商名录\n名称;数量\n甲,乙;2".as_bytes(), None),
            ["1: 供应商名录", "2: 名称|数量", "3: 甲,乙|2"]
        );
        assert_eq!(shown("名称\t数量\n甲;乙\t2".as_bytes(), None), ["1: 名称|数量", "2: 甲;乙|2"]);
        assert_eq!(shown(b"a,b;c;d", None), ["1: a|b;c;d"]);
        assert_eq!(shown(b"a,b\tc", Some(b'\t')), ["1: a,b|c"]);
        assert_eq!(shown(b"sep=;\r\na,b;c", None), ["2: a,b|c"]);
        assert_eq!(shown(b"sep=\t\na,b\tc", None), ["2: a,b|c"]);
        assert_eq!(shown(b"sep=,", None), Vec::<String>::new());
    }

    #[test]
    fn numbers_are_physical_lines() {
        let text = "名称,说明\r\n\r\n甲,\"第一行\r\n第二行\"\r\n,,\r\n\n乙,x";
        assert_eq!(shown(text.as_bytes(), None), ["1: 名称|说明", "3: 甲|第一行\r\n第二行", "7: 乙|x"]);
        assert_eq!(shown(b"\n\na\rb\r\rc", None), ["3: a", "4: b", "6: c"]);
    }

    #[test]
    fn guards_of_long_numbers_go() {
        let text = "'91370200264574251E,\t0012,=\"0012\",\"=\"\"0012\"\"\",5\" 管,'甲'";
        assert_eq!(shown(text.as_bytes(), None), ["1: 91370200264574251E|0012|0012|0012|5\" 管|'甲'"]);
    }

    #[test]
    fn an_unclosed_quotation_mark_hides_no_rows() {
        assert_eq!(shown("名称,x\n\"甲,1\n乙,2\n".as_bytes(), None), ["1: 名称|x", "2: !\"甲,1\n乙,2"]);
    }

    #[test]
    fn stray_separators_are_no_columns() {
        let row = format!("a,b{}\n", ",".repeat(2000));
        assert_eq!(shown(row.as_bytes(), None), ["1: a|b"]);
        assert!(parse(format!("{row}c{}d", ",".repeat(2000)).as_bytes(), None).unwrap_err().contains("第 2 行"));
    }
}
