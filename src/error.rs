//! The library's one error type. A message is for the user, in Chinese, and says what to do; `code` is stable and
//! English. Findings about single cells are not errors but [`Problem`](crate::model::Problem)s.

use std::path::PathBuf;

use thiserror::Error;

/// Why a request could not be carried out at all.
#[derive(Debug, Error)]
pub enum Error {
    /// A file or directory could not be read or written.
    #[error("无法{action} {}：{source}", path.display())]
    Io {
        /// What was tried, as a Chinese verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that was given to import is not a readable table.
    #[error("{}：{reason}", path.display())]
    UnreadableFile {
        /// The file.
        path: PathBuf,
        /// Why, in Chinese, with what to do.
        reason: String,
    },
    /// A file of the declaration is wrong.
    #[error("声明文件 {file} 有误：{reason}")]
    Definition {
        /// The file's path under `index/`.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A column mapping is wrong.
    #[error("列映射 {} 有误：{reason}", path.display())]
    Mapping {
        /// The mapping file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Another process writes the data directory.
    #[error("数据目录正被占用：{holder}；请等它结束后再试")]
    Locked {
        /// Who holds it.
        holder: String,
    },
    /// The data directory was written by a newer version.
    #[error("数据目录的格式版本是 {found}，本程序只认识到 {known}；请换用新版本的程序")]
    NewerFormat {
        /// The version found.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// There is no data at the given place.
    #[error("{} 不是数据目录；先用 import 导入表格，或用 --data 指明目录", path.display())]
    NoData {
        /// The directory.
        path: PathBuf,
    },
    /// The log or a view is damaged.
    #[error("数据损坏：{0}；请用备份恢复，或把该目录留存备查")]
    Damaged(String),
    /// The log could not be used.
    #[error("日志数据库出错：{0}")]
    Log(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The full-text view could not be used.
    #[error("全文索引出错：{0}")]
    Fulltext(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A workbook could not be written.
    #[error("无法写出工作簿：{0}")]
    Workbook(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No record or party has this identifier.
    #[error("查不到“{0}”；编号可用 search 查找")]
    NotFound(String),
    /// An identifier means several records.
    #[error("“{id}”对应多条：{}；请写完整的标识", candidates.join("、"))]
    Ambiguous {
        /// What was given.
        id: String,
        /// The identifiers that it may mean.
        candidates: Vec<String>,
    },
    /// A request that does not fit the data or the declaration.
    #[error("{0}")]
    Request(String),
}

impl Error {
    /// Returns the stable English code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::UnreadableFile { .. } => "unreadable_file",
            Self::Definition { .. } => "bad_definition",
            Self::Mapping { .. } => "bad_mapping",
            Self::Locked { .. } => "locked",
            Self::NewerFormat { .. } => "newer_format",
            Self::NoData { .. } => "no_data",
            Self::Damaged(_) => "damaged",
            Self::Log(_) => "log",
            Self::Fulltext(_) => "fulltext",
            Self::Workbook(_) => "workbook",
            Self::NotFound(_) => "not_found",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Request(_) => "bad_request",
        }
    }

    /// Wraps an input or output error with what was tried (a Chinese verb) and where.
    pub fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// A result of the library.
pub type Result<T> = std::result::Result<T, Error>;
