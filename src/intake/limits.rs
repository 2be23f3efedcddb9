//! What one file may hold, and the cells that readers make within these limits.

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
/// How many bytes of text the cells of one file may hold; a string that a workbook stores once counts at every use.
pub(super) const MAX_FILE_TEXT_BYTES: usize = 1 << 30;
/// The longest cell, in bytes; a longer one becomes [`Cell::Error`].
pub(super) const MAX_CELL_BYTES: usize = 1 << 20;
/// How many sheets of a workbook are read.
pub(super) const MAX_SHEETS: usize = 100;

/// How many characters of an unreadable line or value are kept to show it.
const SHOWN_CHARS: usize = 200;
/// What the cells of one file have used of its limits.
#[derive(Debug, Default)]
pub(super) struct Budget {
    rows: usize,
    cells: usize,
    text_bytes: usize,
}

impl Budget {
    /// Counts a row that is complete, and checks its width.
    pub(super) fn spend_row(&mut self, row: &Row) -> Result<(), String> {
        if row.cells.len() > MAX_COLUMNS {
            return Err(too_wide(row.number, row.cells.len()));
        }
        self.spend(1, row.cells.len(), row.cells.iter().map(|cell| cell.text().len()).sum())
    }

    /// Counts rows, cells and bytes of text; on failure returns what is too much, in Chinese.
    pub(super) fn spend(&mut self, rows: usize, cells: usize, text_bytes: usize) -> Result<(), String> {
        self.rows = self.rows.saturating_add(rows);
        self.cells = self.cells.saturating_add(cells);
        self.text_bytes = self.text_bytes.saturating_add(text_bytes);
        if self.rows > MAX_ROWS {
            return Err(format!("超过 {MAX_ROWS} 行；请拆成几个文件"));
        }
        if self.cells > MAX_CELLS || self.text_bytes > MAX_FILE_TEXT_BYTES {
            return Err("内容过多；请拆成几个文件，并删去多余的列和合并单元格".to_owned());
        }
        Ok(())
    }
}

/// Says that a row is wider than a table may be.
pub(super) fn too_wide(row: u32, columns: usize) -> String {
    format!("第 {row} 行用到了第 {columns} 列，最多 {MAX_COLUMNS} 列；请删去右侧多余的内容")
}

/// Makes a cell of text, without the white space around it.
pub(super) fn text_cell(text: &str) -> Cell {
    let text = text.trim_matches(is_blank);
    if text.is_empty() {
        Cell::Empty
    } else if text.len() > MAX_CELL_BYTES {
        Cell::Error("#内容过长".to_owned())
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
        let mut budget = Budget::default();
        assert!(budget.spend(MAX_ROWS, MAX_CELLS, MAX_FILE_TEXT_BYTES).is_ok());
        assert!(budget.spend(1, 0, 0).unwrap_err().contains("行"));
        assert!(Budget::default().spend(0, MAX_CELLS, usize::MAX).is_err());
        let wide = Row { number: 3, cells: vec![Cell::Empty; MAX_COLUMNS + 1], spanned: false };
        assert!(Budget::default().spend_row(&wide).unwrap_err().contains("第 3 行用到了第 513 列"));
    }

    #[test]
    fn blanks_around_text_go() {
        assert_eq!(text_cell("\u{FEFF}\u{3000}甲 乙\u{A0}\u{200B}\n"), Cell::Text("甲 乙".to_owned()));
        assert_eq!(text_cell(" \u{200B}\u{3000}"), Cell::Empty);
        assert_eq!(text_cell(&"长".repeat(MAX_CELL_BYTES)), Cell::Error("#内容过长".to_owned()));
    }
}
