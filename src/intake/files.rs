//! Opens a table file: decides by its name and its first bytes what it is, bounds its size, and hands it to the reader
//! of its format. Every refusal says what to do. Nothing here knows what a column means.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::Path;

use crate::error::Error;
use crate::intake::limits::{Budget, Failure, MAX_TEXT_FILE_BYTES, MAX_WORKBOOK_BYTES, is_blank};
use crate::intake::sheet::{Piece, Receiver};
use crate::intake::{delimited, jsonl, process, workbook};

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

/// Reads every table of a file: each visible sheet of an `.xlsx`, or the one table of a `.csv`, `.tsv` or `.jsonl`. A
/// workbook is read by a process of its own, that `reader` runs, or by this one if there is none. Text files are read
/// twice, since their encoding and their keys are known at their end only; no file is held whole but a workbook that this
/// process reads, packed as it is.
///
/// # Errors
/// [`Error::UnreadableFile`] for a file that is no readable table or is beyond a limit, [`Error::Io`] where the system
/// refuses; some rows may have been given before. Damage within a text file is no error: it becomes an error cell in its
/// row.
pub fn read_tables(path: &Path, reader: Option<&Path>, receiver: &mut Receiver<'_>) -> Result<(), Error> {
    let unreadable = |reason: String| Error::UnreadableFile { path: path.to_owned(), reason };
    let (mut file, n_bytes) = open(path)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD_BYTES).read_to_end(&mut head).map_err(Error::io("读取", path))?;
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let format = recognise(&extension, Content::of_head(&head)).map_err(unreadable)?;
    if n_bytes > format.max_bytes() {
        let limit = format.max_bytes() >> 20;
        return Err(unreadable(format!("文件超过 {limit} MiB；请拆成几个文件，或删去图片等内容后再导入")));
    }
    file.rewind().map_err(Error::io("读取", path))?;
    let mut has_rows = false;
    let mut rows = |piece: Piece| {
        has_rows |= matches!(piece, Piece::Row(_));
        receiver(piece)
    };
    let read = match (format, reader) {
        (Format::Workbook, Some(program)) => {
            process::read(program, file, n_bytes, &mut rows).map_err(Failure::Unreadable)
        }
        (Format::Workbook, None) => read_here(file, &mut rows),
        (Format::Delimited(delimiter), _) => delimited::read(&mut file, delimiter, Budget::of_file(n_bytes), &mut rows),
        (Format::Jsonl, _) => jsonl::read(&mut file, Budget::of_file(n_bytes), &mut rows),
    };
    match read {
        Ok(()) if has_rows || format == Format::Workbook => Ok(()),
        Ok(()) => Err(unreadable("文件里没有内容；请确认已保存，且复制完整".to_owned())),
        Err(Failure::Io(source)) => Err(Error::io("读取", path)(source)),
        Err(Failure::Unreadable(reason)) => Err(unreadable(reason)),
    }
}

/// Reads a workbook in this process.
fn read_here(file: File, receiver: &mut Receiver<'_>) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    file.take(MAX_WORKBOOK_BYTES).read_to_end(&mut bytes)?;
    Ok(workbook::read(&bytes, receiver)?)
}

/// Opens a regular file that is not empty; also returns its length in bytes.
fn open(path: &Path) -> Result<(File, u64), Error> {
    let unreadable = |reason: &str| Error::UnreadableFile { path: path.to_owned(), reason: reason.to_owned() };
    let metadata = fs::metadata(path).map_err(Error::io("打开", path))?;
    if metadata.is_dir() {
        return Err(unreadable("这是文件夹；请指明其中的表格文件"));
    }
    if !metadata.is_file() {
        return Err(unreadable("这不是普通文件；请先把内容存成 .xlsx 或 .csv 文件"));
    }
    if metadata.len() == 0 {
        return Err(unreadable("文件是空的；请确认已保存，且复制完整"));
    }
    Ok((File::open(path).map_err(Error::io("打开", path))?, metadata.len()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::sheet::{Sheet, collect};

    fn read(name: &str, bytes: &[u8]) -> Result<Vec<Sheet>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        collect(|receiver| read_tables(&path, None, receiver))
            .map_err(|e| e.to_string().replace(&format!("{}：", path.display()), ""))
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
        assert_eq!(collect(|receiver| read_tables(dir.path(), None, receiver)).unwrap_err().code(), "unreadable_file");
        assert_eq!(collect(|r| read_tables(&dir.path().join("a.csv"), None, r)).unwrap_err().code(), "io");
    }
}
