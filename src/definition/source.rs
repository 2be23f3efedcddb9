//! Where the files of the declaration come from: the copy compiled into the program, or a directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;
use serde::de::DeserializeOwned;

use crate::digest::digest;
use crate::error::{Error, Result};

#[derive(RustEmbed)]
#[folder = "index/"]
struct Compiled;

/// A file of the declaration may have this many bytes at most.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A declaration may have this many files at most.
const FILES_MAX: usize = 1_000;

/// The declaration's files by their path under `index/`, with `/` between names.
pub(super) struct Files {
    texts: BTreeMap<String, String>,
}

impl Files {
    /// Reads the copy that was compiled in.
    pub(super) fn compiled() -> Result<Self> {
        let mut texts = BTreeMap::new();
        for path in Compiled::iter() {
            let file = Compiled::get(&path).ok_or_else(|| bad(&path, "编译时缺失"))?;
            let text = String::from_utf8(file.data.into_owned()).map_err(|_| bad(&path, "不是 UTF-8 文本"))?;
            texts.insert(path.into_owned(), text);
        }
        Ok(Self { texts })
    }

    /// Reads every `.toml` and `.tsv` file below a directory.
    pub(super) fn directory(root: &Path) -> Result<Self> {
        let mut texts = BTreeMap::new();
        let mut waiting = vec![(root.to_path_buf(), String::new())];
        while let Some((directory, prefix)) = waiting.pop() {
            for entry in fs::read_dir(&directory).map_err(Error::io("读取", &directory))? {
                let entry = entry.map_err(Error::io("读取", &directory))?;
                let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
                let path = entry.path();
                let file_type = entry.file_type().map_err(Error::io("读取", &path))?;
                // The declaration has one level of folders; links, pipes and deeper trees are no part of it.
                if file_type.is_dir() && prefix.is_empty() {
                    waiting.push((path, format!("{name}/")));
                } else if file_type.is_file() && (name.ends_with(".toml") || name.ends_with(".tsv")) {
                    let text = read_bounded(&path, &name)?;
                    texts.insert(name, text);
                }
                if texts.len() > FILES_MAX {
                    return Err(bad(&root.display().to_string(), "文件过多，不像是索引声明的目录"));
                }
            }
        }
        Ok(Self { texts })
    }

    /// Returns a hash over all paths and contents, as 16 hexadecimal digits; line ends count as written.
    pub(super) fn fingerprint(&self) -> String {
        digest(self.texts.iter().flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]))
    }

    /// Returns the text of one file.
    pub(super) fn text(&self, path: &str) -> Result<&str> {
        self.texts.get(path).map(String::as_str).ok_or_else(|| bad(path, "缺少这个文件"))
    }

    /// Parses one TOML file.
    pub(super) fn toml<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        toml::from_str(self.text(path)?).map_err(|error| bad(path, &error.to_string()))
    }

    /// Splits one tab-separated file into rows of exactly `n_columns` cells; the first line is a header, and trailing
    /// empty cells may be left out.
    pub(super) fn rows(&self, path: &str, n_columns: usize) -> Result<Vec<Vec<&str>>> {
        let text = self.text(path)?;
        let mut rows = Vec::new();
        for (i, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.is_empty()) {
            let mut cells: Vec<&str> = line.split('\t').collect();
            if cells.len() > n_columns {
                return Err(bad(path, &format!("第 {} 行有 {} 列，应为 {n_columns} 列", i + 1, cells.len())));
            }
            cells.resize(n_columns, "");
            rows.push(cells);
        }
        Ok(rows)
    }

    /// Lists the paths of a folder's TOML files, ascending.
    pub(super) fn folder(&self, folder: &str) -> Vec<String> {
        let inside = |path: &&String| path.strip_prefix(folder).is_some_and(|rest| rest.ends_with(".toml"));
        self.texts.keys().filter(inside).cloned().collect()
    }
}

/// Builds the error about one file of the declaration.
pub(super) fn bad(file: &str, reason: &str) -> Error {
    Error::Definition { file: file.to_owned(), reason: reason.trim_end().to_owned() }
}

fn read_bounded(path: &PathBuf, name: &str) -> Result<String> {
    let length = fs::metadata(path).map_err(Error::io("读取", path))?.len();
    if length > FILE_BYTES_MAX {
        return Err(bad(name, "文件超过 16 MiB"));
    }
    fs::read_to_string(path).map_err(Error::io("读取", path))
}
