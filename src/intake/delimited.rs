//! Reads comma-, semicolon- and tab-separated text as Excel, WPS and business systems write it: in UTF-8, UTF-16 or
//! GB18030, with or without a mark at the start. Bytes that fit no encoding spoil their own cell only.

use std::io::{self, Cursor, Read, Seek};

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, GB18030, UTF_8};
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::intake::limits::{Budget, Failure, MAX_ROW_BYTES, text_cell, too_long, trim_end, unreadable_row};
use crate::intake::sheet::{Cell, Piece, Receiver, Row};
use crate::intake::torn;

/// How many bytes are read at once.
const BUFFER_BYTES: usize = 64 << 10;
/// How many bytes of text are looked at to find the delimiter.
const HEAD_BYTES: u64 = 256 << 10;

/// How many lines are looked at to find the delimiter; titles above the header have none.
const DETECTION_LINES: usize = 20;

/// Reads the rows of a text, after its one sheet; without a given delimiter it is the comma, or a semicolon or tab where
/// those are used instead. A row's number is the physical line on which it starts. The text is read twice: one byte
/// tells its encoding, and it may be the last.
///
/// # Errors
/// [`Failure::Unreadable`] says which limit is passed.
pub(super) fn read(
    file: &mut (impl Read + Seek),
    delimiter: Option<u8>,
    mut budget: Budget,
    receiver: &mut Receiver<'_>,
) -> Result<(), Failure> {
    let encoding = detect_encoding(file)?;
    file.rewind()?;
    let mut text =
        DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build_with_buffer(file, vec![0; BUFFER_BYTES])?;
    let mut head = Vec::new();
    (&mut text).take(HEAD_BYTES).read_to_end(&mut head)?;
    let shown = String::from_utf8_lossy(&head).into_owned();
    let (declared, first_line, body) = split_declaration(&shown);
    let delimiter = declared.or(delimiter).unwrap_or_else(|| detect_delimiter(body));
    head.drain(..shown.len() - body.len());
    let lines = Lines { inner: Cursor::new(head).chain(text), ahead: Vec::new(), counted: 0, at: 0, line: first_line };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(BUFFER_BYTES)
        .from_reader(lines);
    if receiver(Piece::Sheet(String::new())).is_break() {
        return Ok(());
    }
    let mut record = StringRecord::new();
    let mut number = first_line;
    let mut width = 0;
    // Whether a record is whole shows when the next one begins.
    let mut last: Vec<Row> = Vec::new();
    while reader.read_record(&mut record).map_err(|e| failure(e, reader.get_ref()))? {
        if std::mem::take(&mut last).into_iter().any(|row| receiver(Piece::Row(row)).is_break()) {
            return Ok(());
        }
        number = reader.get_mut().start_of_record(record.position().map_or(0, csv::Position::byte));
        let n_bytes = reader.position().byte().saturating_sub(reader.get_ref().at);
        let raw = String::from_utf8_lossy(reader.get_ref().next_bytes(n_bytes));
        for (line, fields) in (number..).zip(torn::records(&record, &raw, delimiter, width)) {
            let mut cells: Vec<Cell> = fields.iter().map(|field| read_cell(field)).collect();
            width = cells.len();
            trim_end(&mut cells);
            if !cells.is_empty() {
                let row = Row { number: line, cells, spanned: false };
                budget.spend_row(&row)?;
                last.push(row);
            }
        }
    }
    let tail = String::from_utf8_lossy(reader.get_ref().uncounted());
    if last.len() < 2 && is_unclosed(&tail) {
        last = vec![unreadable_row(number, &tail)];
    }
    // What follows the last one that is broken off is nothing.
    let _ = last.into_iter().any(|row| receiver(Piece::Row(row)).is_break());
    Ok(())
}

fn failure(error: csv::Error, lines: &Lines<impl Read>) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => too_long(lines.line).into(),
        csv::ErrorKind::Io(error) => error.into(),
        other => format!("文本无法读取（{other:?}）；请另存为 .xlsx 后再导入").into(),
    }
}

/// Tells the encoding: by the mark at the start, else UTF-8, else GB18030. What cannot be decoded becomes U+FFFD.
fn detect_encoding(file: &mut (impl Read + Seek)) -> io::Result<&'static Encoding> {
    file.rewind()?;
    let mut chunk = Vec::with_capacity(BUFFER_BYTES);
    file.take(BUFFER_BYTES as u64).read_to_end(&mut chunk)?;
    if let Some((encoding, _)) = Encoding::for_bom(&chunk) {
        return Ok(encoding);
    }
    let mut decoder = UTF_8.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(BUFFER_BYTES).unwrap_or(BUFFER_BYTES));
    let (mut n_broken, mut n_long, mut has_errors) = (0, 0, false);
    loop {
        text.clear();
        let is_end = chunk.is_empty();
        let (_, _, is_wrong) = decoder.decode_to_string(&chunk, &mut text, is_end);
        has_errors |= is_wrong;
        n_broken += text.chars().filter(|&c| c == '\u{FFFD}').count();
        n_long += text.chars().filter(|&c| c >= '\u{800}' && c != '\u{FFFD}').count();
        if is_end {
            break;
        }
        chunk.clear();
        file.take(BUFFER_BYTES as u64).read_to_end(&mut chunk)?;
    }
    // UTF-8 with a few broken bytes: three bytes of GB18030 hardly ever happen to be a character of UTF-8, while most of
    // its pairs break (some pairs do not, so those are not counted).
    Ok(if has_errors && n_long <= n_broken { GB18030 } else { UTF_8 })
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
/// carriage return. Stands between the text and `csv`, which reads ahead.
struct Lines<R> {
    inner: R,
    /// What has been read and is not forgotten yet.
    ahead: Vec<u8>,
    /// How many bytes of it are counted.
    counted: usize,
    /// The offset of the first byte that is not counted.
    at: u64,
    /// The line on which that byte stands.
    line: u32,
}

impl<R> Lines<R> {
    /// Goes to the record that begins at or after offset `from`, past line ends, and returns its line.
    fn start_of_record(&mut self, from: u64) -> u32 {
        while let [byte, rest @ ..] = self.uncounted() {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => rest.first() != Some(&b'\n'),
                _ if self.at >= from => break,
                _ => false,
            };
            self.line = self.line.saturating_add(u32::from(ends_line));
            self.at += 1;
            self.counted += 1;
        }
        self.line
    }

    fn uncounted(&self) -> &[u8] {
        self.ahead.get(self.counted..).unwrap_or_default()
    }

    /// Returns so many bytes from the first that is not counted.
    fn next_bytes(&self, n_bytes: u64) -> &[u8] {
        let ahead = self.uncounted();
        ahead.get(..usize::try_from(n_bytes).unwrap_or(usize::MAX)).unwrap_or(ahead)
    }
}

impl<R: Read> Read for Lines<R> {
    /// Refuses with [`io::ErrorKind::FileTooLarge`] to go on within a record that is too long.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.ahead.drain(..self.counted);
        self.counted = 0;
        if self.ahead.len() > MAX_ROW_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let n_read = self.inner.read(buffer)?;
        self.ahead.extend(buffer.iter().take(n_read));
        Ok(n_read)
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
    use crate::intake::sheet::collect;

    fn parse(bytes: &[u8], delimiter: Option<u8>) -> Result<Vec<Row>, String> {
        let mut file = Cursor::new(bytes);
        let read = collect(|receiver| read(&mut file, delimiter, Budget::of_file(0), receiver));
        read.map(|mut sheets| sheets.remove(0).rows).map_err(|failure| match failure {
            Failure::Io(error) => error.to_string(),
            Failure::Unreadable(reason) => reason,
        })
    }

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
    fn a_lone_quotation_mark_before_a_cell_swallows_no_rows() {
        let rows = |delimiter: &str| {
            let lines = ["单位|品名", "甲|\"钢板", "乙|铝板", "丙|铜板\"", "丁|锌板"];
            shown(lines.join("\n").replace('|', delimiter).as_bytes(), None)
        };
        let whole = ["1: 单位|品名", "2: 甲|\"钢板", "3: 乙|铝板", "4: 丙|铜板\"", "5: 丁|锌板"];
        assert_eq!(rows("\t"), whole);
        assert_eq!(rows(","), whole);
        let open = shown("单位\t品名\n甲\t\"钢板\n乙\t铝板\n".as_bytes(), None);
        assert_eq!(open, ["1: 单位|品名", "2: 甲|\"钢板", "3: 乙|铝板"], "never closed");
    }

    #[test]
    fn a_quotation_mark_between_tabs_is_text_unless_it_encloses_the_cell() {
        let text = "品名\t说明\n\"旋翼\"总成\t5\" 管\n\"钢\"\"板\"\t\"第一行\n第二行\"\n乙\tx";
        assert_eq!(
            shown(text.as_bytes(), None),
            ["1: 品名|说明", "2: \"旋翼\"总成|5\" 管", "3: 钢\"板|第一行\n第二行", "5: 乙|x"]
        );
    }

    #[test]
    fn a_text_of_several_lines_stays_in_its_cell() {
        let text = "名称,数量,说明\n甲,1,\"用于a,b\n也用于c\"\n乙,2,x";
        assert_eq!(shown(text.as_bytes(), None), ["1: 名称|数量|说明", "2: 甲|1|用于a,b\n也用于c", "4: 乙|2|x"]);
    }

    #[test]
    fn stray_separators_are_no_columns() {
        let row = format!("a,b{}\n", ",".repeat(2000));
        assert_eq!(shown(row.as_bytes(), None), ["1: a|b"]);
        assert!(parse(format!("{row}c{}d", ",".repeat(2000)).as_bytes(), None).unwrap_err().contains("第 2 行"));
    }
}
