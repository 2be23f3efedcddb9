//! Opens a table file: decides by its name and its first bytes what it is, bounds its size, and hands it to the reader
//! of its format. Every refusal says what to do. Nothing here knows what a column means.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::Path;

use crate::error::Error;
use crate::intake::sheet::{Cell, Row, Sheet};
use crate::intake::{delimited, jsonl, workbook};

/// The largest text file, in bytes.
pub(crate) const MAX_TEXT_FILE_BYTES: u64 = 512 << 20;
/// The largest workbook, in bytes; it is compressed about ten to one.
pub(crate) const MAX_WORKBOOK_BYTES: u64 = 64 << 20;
/// How many rows one file may hold: a full sheet of Excel and a little more.
pub(crate) const MAX_ROWS: usize = 1_100_000;
/// How many columns a table may have.
pub(crate) const MAX_COLUMNS: usize = 512;
/// How many cells one file may hold, empty ones before a filled one included; bounds what a few bytes unfold into.
pub(crate) const MAX_CELLS: usize = 40_000_000;
/// How many bytes of text the cells of one file may hold; a string that a workbook stores once counts at every use.
pub(crate) const MAX_FILE_TEXT_BYTES: usize = 1 << 30;
/// The longest cell, in bytes; a longer one becomes [`Cell::Error`].
pub(crate) const MAX_CELL_BYTES: usize = 1 << 20;
/// How many sheets of a workbook are read.
pub(crate) const MAX_SHEETS: usize = 100;

/// How many characters of an unreadable line or value are kept to show it.
const SHOWN_CHARS: usize = 200;
/// How many bytes at the start of a file tell its format.
const HEAD_BYTES: u64 = 1024;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Workbook,
    /// With the delimiter, where the extension tells it.
    Delimited(Option<u8>),
    Jsonl,
}

impl Format {
    fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "xlsx" => Some(Self::Workbook),
            "csv" => Some(Self::Delimited(None)),
            "tsv" => Some(Self::Delimited(Some(b'\t'))),
            "jsonl" => Some(Self::Jsonl),
            _ => None,
        }
    }

    fn max_bytes(self) -> u64 {
        match self {
            Self::Workbook => MAX_WORKBOOK_BYTES,
            Self::Delimited(_) | Self::Jsonl => MAX_TEXT_FILE_BYTES,
        }
    }
}

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// A zip archive, as every `.xlsx` is.
    Zip,
    /// The container of `.xls` and of workbooks with a password.
    Compound,
    /// HTML or XML, which some systems save under a table's extension.
    Markup,
    /// Anything else.
    Other,
}

impl Content {
    fn of_head(head: &[u8]) -> Self {
        if head.starts_with(b"PK\x03\x04") {
            return Self::Zip;
        }
        if head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
            return Self::Compound;
        }
        let text = String::from_utf8_lossy(head).to_lowercase();
        let text = text.trim_start_matches(is_blank);
        let is_markup = ["<?xml", "<!doctype", "<html", "<table", "<head", "<meta"].iter().any(|m| text.starts_with(m));
        if is_markup { Self::Markup } else { Self::Other }
    }
}

/// Reads every table of a file: each visible sheet of an `.xlsx`, or the one table of a `.csv`, `.tsv` or `.jsonl`.
///
/// # Errors
/// [`Error::UnreadableFile`] for a file that is no readable table or is beyond a limit, [`Error::Io`] where the system
/// refuses. Damage within a text file is no error: it becomes [`Cell::Error`] in its row.
pub fn read_tables(path: &Path) -> Result<Vec<Sheet>, Error> {
    let unreadable = |reason: String| Error::UnreadableFile { path: path.to_owned(), reason };
    let metadata = fs::metadata(path).map_err(Error::io("打开", path))?;
    if metadata.is_dir() {
        return Err(unreadable("这是文件夹；请指明其中的表格文件".to_owned()));
    }
    if !metadata.is_file() {
        return Err(unreadable("这不是普通文件；请先把内容存成 .xlsx 或 .csv 文件".to_owned()));
    }
    if metadata.len() == 0 {
        return Err(unreadable("文件是空的；请确认已保存，且复制完整".to_owned()));
    }
    let mut file = File::open(path).map_err(Error::io("打开", path))?;
    let mut head = Vec::new();
    (&mut file).take(HEAD_BYTES).read_to_end(&mut head).map_err(Error::io("读取", path))?;

    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let format = recognise(&extension, Content::of_head(&head)).map_err(unreadable)?;
    if metadata.len() > format.max_bytes() {
        let limit = format.max_bytes() >> 20;
        return Err(unreadable(format!("文件超过 {limit} MiB；请拆成几个文件，或删去图片等内容后再导入")));
    }
    file.rewind().map_err(Error::io("读取", path))?;
    let rows = match format {
        Format::Workbook => return workbook::read(file).map_err(unreadable),
        Format::Delimited(delimiter) => delimited::parse(&read_bytes(file, path)?, delimiter).map_err(unreadable)?,
        Format::Jsonl => jsonl::parse(&read_bytes(file, path)?).map_err(unreadable)?,
    };
    if rows.is_empty() {
        return Err(unreadable("文件里没有内容；请确认已保存，且复制完整".to_owned()));
    }
    Ok(vec![Sheet { name: String::new(), rows }])
}

/// Reads a text file; one that grows meanwhile is read up to the limit.
fn read_bytes(file: File, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    file.take(MAX_TEXT_FILE_BYTES).read_to_end(&mut bytes).map_err(Error::io("读取", path))?;
    Ok(bytes)
}

/// Decides how to read a file, or says in Chinese why it cannot be read.
fn recognise(extension: &str, content: Content) -> Result<Format, String> {
    const SAVE_AS: &str = "请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入";
    if content == Content::Markup {
        return Err(format!("内容是网页或 XML，不是表格文件；{SAVE_AS}"));
    }
    let Some(format) = Format::of_extension(extension) else {
        let named = if extension.is_empty() { "没有扩展名".to_owned() } else { format!("不能读 .{extension}") };
        return Err(format!("{named}，只能读 .xlsx、.csv、.tsv、.jsonl；{SAVE_AS}"));
    };
    match (format, content) {
        (Format::Workbook, Content::Zip) => Ok(format),
        (Format::Workbook, Content::Compound) => {
            Err(format!("内容是旧版 .xls，或设有打开密码；{SAVE_AS}（设有密码的请先取消）"))
        }
        (Format::Workbook, _) => Err(format!("扩展名是 .xlsx，内容却不是；{SAVE_AS}")),
        (_, Content::Zip | Content::Compound) => {
            Err(format!("扩展名是 .{extension}，内容却是 Excel 工作簿；请改回原来的扩展名，或{SAVE_AS}"))
        }
        _ => Ok(format),
    }
}

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
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &[u8]) -> Result<Vec<Sheet>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        read_tables(&path).map_err(|e| e.to_string().replace(&format!("{}：", path.display()), ""))
    }

    #[test]
    fn extensions_count_in_any_case() {
        assert_eq!(read("企业.CSV", "名称\n甲".as_bytes()).unwrap()[0].rows.len(), 2);
        assert_eq!(read("a.Tsv", b"a\tb").unwrap()[0].rows[0].cells.len(), 2);
        assert_eq!(read("a.JSONL", b"{\"a\":1}").unwrap()[0].rows.len(), 2);
    }

    #[test]
    fn a_file_that_is_no_table_says_what_to_do() {
        let reason = |name, bytes: &[u8]| read(name, bytes).unwrap_err();
        let compound = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1........";
        assert!(reason("a.csv", b"").contains("文件是空的"));
        assert!(reason("a.csv", "\u{FEFF}\r\n　\n".as_bytes()).contains("没有内容"));
        assert!(
            reason("a.xls", compound).contains("不能读 .xls") && reason("a.xls", compound).contains("另存为 .xlsx")
        );
        assert!(reason("a.xlsx", compound).contains("打开密码"));
        assert!(reason("a.xls", b"\n <HTML><table>").contains("网页"));
        assert!(reason("a.csv", "\u{FEFF}<?xml version='1.0'?>".as_bytes()).contains("网页"));
        assert!(reason("a.xlsx", "名称,电话".as_bytes()).contains("内容却不是"));
        assert!(reason("a.csv", b"PK\x03\x04....").contains("内容却是 Excel"));
        assert!(reason("a", b"a,b").contains("没有扩展名"));
    }

    #[test]
    fn directories_and_missing_files_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read_tables(dir.path()).unwrap_err().code(), "unreadable_file");
        assert_eq!(read_tables(&dir.path().join("a.csv")).unwrap_err().code(), "io");
    }

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
