//! A mapping tells intake what a table does not say itself: which column is which, values that hold for every row, and
//! texts to be read as others. Offices keep one beside each of their own table layouts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;

use crate::definition::{Definition, Kind};
use crate::error::{Error, Result};

/// Where a column is found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ColumnPlace {
    /// The column's number, from 1.
    Number(usize),
    /// The column's header.
    Header(String),
}

/// A mapping file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The kind of the records.
    pub kind: String,
    /// The one sheet to read; all of them if absent.
    #[serde(default)]
    pub sheet: Option<String>,
    /// The number of the header's row, as the user's program counts; looked for if absent.
    #[serde(default)]
    pub header_row: Option<u32>,
    /// Declared column names and where they are found; headers that are known anyway need not be named.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnPlace>,
    /// Values of columns that the table lacks, for every row.
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
    /// By declared column name: texts to be read as others.
    #[serde(default)]
    pub rewrites: BTreeMap<String, BTreeMap<String, String>>,
}

/// A mapping file may have this many bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

impl Mapping {
    /// Reads a mapping and checks it against the declaration.
    ///
    /// # Errors
    /// [`Error::Mapping`] names an unknown key, kind or column.
    pub fn load(path: &Path, definition: &Definition) -> Result<Self> {
        let metadata = fs::metadata(path).map_err(Error::io("读取", path))?;
        let bad = |reason: String| Error::Mapping { path: path.to_path_buf(), reason };
        if !metadata.is_file() {
            return Err(bad("这不是普通文件".to_owned()));
        }
        if metadata.len() > FILE_BYTES_MAX {
            return Err(bad("文件超过 1 MiB".to_owned()));
        }
        let text = fs::read_to_string(path).map_err(Error::io("读取", path))?;
        let mapping: Self = toml::from_str(&text).map_err(|error| bad(error.to_string()))?;
        let kind = definition.kind(&mapping.kind).ok_or_else(|| bad(format!("没有“{}”这个类别", mapping.kind)))?;
        let names = mapping.columns.keys().chain(mapping.constants.keys()).chain(mapping.rewrites.keys());
        for name in names {
            if kind.column(name).is_none() {
                let known: Vec<&str> = kind.columns.iter().map(|column| column.name.as_str()).collect();
                return Err(bad(format!("{} 没有列“{name}”；可用：{}", kind.name, known.join("、"))));
            }
        }
        Ok(mapping)
    }

    /// Returns the text that a cell is to be read as.
    pub(super) fn rewrite<'a>(&'a self, column: &str, raw: &'a str) -> &'a str {
        self.rewrites.get(column).and_then(|rewrites| rewrites.get(raw)).map_or(raw, String::as_str)
    }
}

/// How a table is to be read.
#[derive(Debug, Clone, Copy)]
pub struct TableOptions<'a> {
    /// The kind that the user asks for; decided by sheet name or header if absent.
    pub kind: Option<&'a Kind>,
    /// A name that decides between kinds which the columns fit equally well; the file's.
    pub hint: &'a str,
    /// The user's mapping.
    pub mapping: Option<&'a Mapping>,
    /// The day from which relative dates count.
    pub on: Date,
}
