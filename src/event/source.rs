//! The text of an event file, and what is wrong at a place of it. What the reader of TOML says is put into Chinese.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// An event file may have this many bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A file that was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Event`] if it is no file of a sensible size.
    pub(super) fn load(path: &Path) -> Result<Self> {
        let metadata = fs::metadata(path).map_err(Error::io("读取", path))?;
        let source = Self { path: path.to_path_buf(), text: String::new() };
        if !metadata.is_file() {
            return Err(source.bad(0, "这不是普通文件"));
        }
        if metadata.len() > FILE_BYTES_MAX {
            return Err(source.bad(0, format!("文件超过 {} MiB", FILE_BYTES_MAX >> 20)));
        }
        let bytes = fs::read(path).map_err(Error::io("读取", path))?;
        String::from_utf8(bytes).map(|text| Self { text, ..source }).map_err(|error| {
            let line = line_at(error.as_bytes(), error.utf8_error().valid_up_to());
            let reason = "不是 UTF-8 文字；请用 UTF-8 编码另存".to_owned();
            Error::Event { path: path.to_path_buf(), line, reason }
        })
    }

    /// Takes a text as if it had been read.
    pub(super) fn of(path: &Path, text: &str) -> Self {
        Self { path: path.to_path_buf(), text: text.to_owned() }
    }

    /// Parses the text.
    ///
    /// # Errors
    /// [`Error::Event`] names the line.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        toml::from_str(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.bad(at, in_chinese(error.message()))
        })
    }

    /// Builds the error about a place, given as an offset in bytes.
    pub(super) fn bad(&self, at: usize, reason: impl Into<String>) -> Error {
        let line = line_at(self.text.as_bytes(), at);
        Error::Event { path: self.path.clone(), line, reason: reason.into() }
    }
}

/// Returns the line of an offset, from 1.
fn line_at(text: &[u8], at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Puts into Chinese what the reader of TOML says; what is rare is given in its own words.
fn in_chinese(message: &str) -> String {
    let message = message.trim();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (first, others) = match quoted.split_first() {
        Some((first, others)) => (*first, others.join("、")),
        None => ("", String::new()),
    };
    if message.starts_with("unknown field") {
        return format!("不认识的键“{first}”；可用：{others}");
    }
    if message.starts_with("unknown variant") {
        return format!("不能写“{first}”；可用：{others}");
    }
    if message.starts_with("missing field") {
        return format!("缺少“{first}”");
    }
    if message.starts_with("duplicate") {
        return "同一个键写了两次".to_owned();
    }
    if message.starts_with("invalid type") || message.starts_with("invalid value") {
        let expected = message.rsplit("expected ").next().unwrap_or_default();
        let expected = EXPECTED.iter().find(|(english, _)| expected.starts_with(english)).map(|(_, chinese)| *chinese);
        return format!("这里应是{}", expected.unwrap_or("另一种值"));
    }
    if message.contains("recurs") {
        return "一层套一层，层数太多".to_owned();
    }
    if message.starts_with("invalid date") {
        return "没有这一天".to_owned();
    }
    format!("不合 TOML 的写法（{}）", message.replace('\n', "；"))
}

/// What the reader expects, and how we call it.
const EXPECTED: [(&str, &str); 10] = [
    ("a sequence", "方括号里的列表"),
    ("a string", "引号里的文字"),
    ("a boolean", "true 或 false"),
    ("u32", "不小于 0 的整数"),
    ("u64", "不小于 0 的整数"),
    ("f64", "数字"),
    ("a nonzero", "正整数"),
    ("struct", "一组键和值"),
    ("an integer", "整数"),
    ("enum", "所列的几个词之一"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_reader_says_is_chinese() {
        assert_eq!(in_chinese("unknown field `a`, expected one of `b`, `c`"), "不认识的键“a”；可用：b、c");
        assert_eq!(in_chinese("missing field `name`"), "缺少“name”");
        assert_eq!(in_chinese("invalid type: string \"x\", expected u32"), "这里应是不小于 0 的整数");
        assert!(in_chinese("unexpected eof").starts_with("不合 TOML 的写法"));
    }

    #[test]
    fn a_place_is_named_by_its_line() {
        let source = Source::of(Path::new("a.toml"), "a = 1\nb = 2\n");
        assert_eq!(source.bad(6, "不对").to_string(), "场次文件 a.toml 第 2 行：不对");
    }
}
