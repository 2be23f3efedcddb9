//! A mapping tells intake what a table does not say itself: which column is which, values that hold for every row, and
//! texts to be read as others. Offices keep one beside each of their own table layouts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::definition::{Definition, Kind};
use crate::error::{Error, Result};
use crate::intake::header::{Header, missing_required};

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
        let length = fs::metadata(path).map_err(Error::io("读取", path))?.len();
        let bad = |reason: String| Error::Mapping { path: path.to_path_buf(), reason };
        if length > FILE_BYTES_MAX {
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

/// Drafts a mapping for a table: recognised columns as they are, the others as comments to be filled in.
pub fn suggest_mapping(kind: &Kind, header: &Header) -> String {
    let mut text = format!("# {}的列映射；改好后用 import --mapping 引用本文件。\n", kind.label);
    text.push_str(&format!("kind = {}\n\n[columns]\n", quoted(&kind.name)));
    for column in &header.columns {
        let place = quoted(&column.header);
        match &column.column {
            Some(declared) => text.push_str(&format!("{} = {place}  # {}\n", declared.name, declared.label)),
            None if column.ignored => {}
            None => text.push_str(&format!("# ？ = {place}  # 没有认出；把 ？ 换成下面列出的列名，或留着不导入\n")),
        }
    }
    text.push_str("\n# 表中没有、但每行都相同的值：\n[constants]\n");
    for column in missing_required(kind, header, None) {
        text.push_str(&format!("# {} = \"\"  # {}（必填）\n", column.name, column.label));
    }
    text.push_str(
        "\n# 把某些写法当作另一种写法来读，例如：\n# [rewrites.region]\n# \"泉城\" = \"济南市\"\n\n# 可用的列：\n",
    );
    for column in &kind.columns {
        text.push_str(&format!("#   {}  {}\n", column.name, column.label));
    }
    text
}

/// Writes a TOML basic string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
