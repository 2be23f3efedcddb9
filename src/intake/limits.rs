//! What one file may hold, and the cells that readers make within these limits.

use std::io;

use crate::intake::sheet::{Cell, Row};

/// The largest text file, in bytes.
pub(super) const MAX_TEXT_FILE_BYTES: u64 = 512 << 20;
/// The largest workbook, in bytes; it is compressed about ten to one.
pub(super) const MAX_WORKBOOK_BYTES: u64 = 64 << 20;
/// How many rows one file may hold: a full sheet of Excel and a little more.
pub(super) const MAX_ROWS: usize = 1_100_000;
/// How many columns a table may have.
pub(super) const MAX_COLUMNS: usize = 512;
/// How many cells one file may hold, empty ones before a filled one included; bounds what a few bytes unfold into.
pub(super) const MAX_CELLS: usize = 40_000_000;
/// How many bytes of text the cells of any file may hold; a string that a workbook stores once counts at every use.
const MAX_FILE_TEXT_BYTES: usize = 1 << 30;
/// How many bytes of text the cells of a tiny file may hold.
const BASE_TEXT_BYTES: usize = 64 << 20;
/// How many bytes of text each byte of a file may become: a workbook is compressed, and stores a string once.
const TEXT_BYTES_PER_BYTE: usize = 32;
/// How many bytes of text one row may hold, and one line of a text file.
pub(super) const MAX_ROW_BYTES: usize = 4 << 20;
/// The longest cell, in bytes; a longer one becomes [`Cell::Error`].
pub(super) const MAX_CELL_BYTES: usize = 1 << 20;
/// How many sheets of a workbook are read.
pub(super) const MAX_SHEETS: usize = 100;

/// How many characters of an unreadable line or value are kept to show it.
const SHOWN_CHARS: usize = 200;

/// Why a file cannot be read.
#[derive(Debug)]
pub(super) enum Failure {
    /// The system refused.
    Io(io::Error),
    /// The reason lies in the file; in Chinese, with what to do.
    Unreadable(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self::Unreadable(reason)
    }
}

/// What the cells of one file may still use of its limits.
#[derive(Debug)]
pub(super) struct Budget {
    rows: usize,
    cells: usize,
    text_bytes: usize,
    text_bytes_max: usize,
}

impl Budget {
    /// Starts the budget of a file of so many bytes.
    pub(super) fn of_file(n_bytes: u64) -> Self {
        let n_bytes = usize::try_from(n_bytes).unwrap_or(usize::MAX);
        let text_bytes_max = n_bytes.saturating_mul(TEXT_BYTES_PER_BYTE).saturating_add(BASE_TEXT_BYTES);
        Self { rows: 0, cells: 0, text_bytes: 0, text_bytes_max: text_bytes_max.min(MAX_FILE_TEXT_BYTES) }
    }

    /// Counts a row that is complete, and checks its width and length.
    pub(super) fn spend_row(&mut self, row: &Row) -> Result<(), String> {
        if row.cells.len() > MAX_COLUMNS {
            return Err(too_wide(row.number, row.cells.len()));
        }
        let text_bytes = row.cells.iter().map(|cell| cell.text().len()).sum();
        if text_bytes > MAX_ROW_BYTES {
            return Err(too_long(row.number));
        }
        self.spend(1, row.cells.len(), text_bytes)
    }

    /// Counts rows, cells and bytes of text; on failure returns what is too much, in Chinese.
    pub(super) fn spend(&mut self, rows: usize, cells: usize, text_bytes: usize) -> Result<(), String> {
        self.rows = self.rows.saturating_add(rows);
        self.cells = self.cells.saturating_add(cells);
        self.text_bytes = self.text_bytes.saturating_add(text_bytes);
        if self.rows > MAX_ROWS {
            return Err(format!("超过 {MAX_ROWS} 行；请拆成几个文件"));
        }
        if self.cells > MAX_CELLS || self.text_bytes > self.text_bytes_max {
            return Err("内容过多；请拆成几个文件，并删去多余的列和合并单元格".to_owned());
        }
        Ok(())
    }
}

/// Says that a row is wider than a table may be.
pub(super) fn too_wide(row: u32, columns: usize) -> String {
    format!("第 {row} 行用到了第 {columns} 列，最多 {MAX_COLUMNS} 列；请删去右侧多余的内容")
}

/// Says that a row holds more text than a row may.
pub(super) fn too_long(row: u32) -> String {
    format!("第 {row} 行的文字超过 {} MiB；请检查引号是否成对，并删去多余的内容", MAX_ROW_BYTES >> 20)
}

/// What spreadsheet programs write into a text file for a formula that failed.
const FORMULA_ERRORS: [&str; 7] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"];

/// Makes a cell of text, without the white space around it.
pub(super) fn text_cell(text: &str) -> Cell {
    let text = text.trim_matches(is_blank);
    if text.is_empty() {
        Cell::Empty
    } else if text.len() > MAX_CELL_BYTES {
        Cell::Error("#内容过长".to_owned())
    } else if FORMULA_ERRORS.contains(&text) {
        Cell::Error(text.to_owned())
    } else {
        Cell::Text(text.to_owned())
    }
}

/// Drops the empty cells at the end of a row, so that stray separators neither fill memory nor count as columns.
pub(super) fn trim_end(cells: &mut Vec<Cell>) {
    let n_used = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    cells.truncate(n_used);
}

/// Makes a row of a line that cannot be read.
pub(super) fn unreadable_row(number: u32, line: &str) -> Row {
    Row { number, cells: vec![unreadable_cell(line)], spanned: false }
}

/// Makes a cell of what cannot be read; it shows the beginning.
pub(super) fn unreadable_cell(text: &str) -> Cell {
    Cell::Error(text.trim_matches(is_blank).chars().take(SHOWN_CHARS).collect())
}

/// White space, full-width and no-break spaces included, and the characters without width that pages and messengers
/// leave in copied text.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends() {
        let mut budget = Budget::of_file(u64::MAX);
        assert!(budget.spend(MAX_ROWS, MAX_CELLS, MAX_FILE_TEXT_BYTES).is_ok());
        assert!(budget.spend(1, 0, 0).unwrap_err().contains("行"));
        assert!(Budget::of_file(0).spend(0, MAX_CELLS, usize::MAX).is_err());
        let row = |cells| Row { number: 3, cells, spanned: false };
        let wide = row(vec![Cell::Empty; MAX_COLUMNS + 1]);
        assert!(Budget::of_file(0).spend_row(&wide).unwrap_err().contains("第 3 行用到了第 513 列"));
        let long = row(vec![Cell::Text("x".repeat(MAX_CELL_BYTES)); 5]);
        assert!(Budget::of_file(0).spend_row(&long).unwrap_err().contains("第 3 行的文字超过 4 MiB"));
    }

    #[test]
    fn a_small_file_becomes_little_text() {
        assert!(Budget::of_file(10).spend(0, 0, BASE_TEXT_BYTES + 10 * TEXT_BYTES_PER_BYTE).is_ok());
        assert!(Budget::of_file(10).spend(0, 0, BASE_TEXT_BYTES + 11 * TEXT_BYTES_PER_BYTE).is_err());
    }

    #[test]
    fn blanks_around_text_go() {
        assert_eq!(text_cell("\u{FEFF}\u{3000}甲 乙\u{A0}\u{200B}\n"), Cell::Text("甲 乙".to_owned()));
        assert_eq!(text_cell(" \u{200B}\u{3000}"), Cell::Empty);
        assert_eq!(text_cell(" #VALUE! "), Cell::Error("#VALUE!".to_owned()));
        assert_eq!(text_cell("#1 产线"), Cell::Text("#1 产线".to_owned()));
        assert_eq!(text_cell(&"长".repeat(MAX_CELL_BYTES)), Cell::Error("#内容过长".to_owned()));
    }
}
