//! The library's one error type. A message is for the user, in Chinese, and says what to do; `code` is stable and
//! English. Findings about single cells are not errors but [`Problem`](crate::model::Problem)s.

use std::path::PathBuf;

use thiserror::Error;

/// Why a request could not be carried out at all.
#[derive(Debug, Error)]
pub enum Error {
    /// A file or directory could not be read or written.
    #[error("无法{action} {}：{}", path.display(), system_reason(source))]
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
    /// An event file is wrong.
    #[error("场次文件 {} 第 {line} 行：{reason}", path.display())]
    Event {
        /// The event file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
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
    /// The log is damaged, which nothing in the data directory can mend.
    #[error(
        "数据损坏：{0}；请不要再用这个目录，留存备查，并用备份恢复到新目录：lianqiao --data 新目录 restore 备份文件"
    )]
    Damaged(String),
    /// A view is damaged and the log is whole.
    #[error("索引损坏：{0}；日志完好，删去数据目录中的 views 目录，下次打开时会由日志重建")]
    DamagedView(String),
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
    /// The problem of an agenda, or a file with one, is wrong.
    #[error("议程数据 {place} 有误：{reason}")]
    Agenda {
        /// The place in it, such as `parties[3].min`.
        place: String,
        /// What is wrong, in Chinese.
        reason: String,
    },
    /// There is a posting of this number already, and it says something else.
    #[error("{0} 已经有了，内容不同；要改它请用修改，要另建请换一个编号")]
    Exists(String),
    /// More of something than may be, or something that is closed.
    #[error("{0}")]
    Limit(String),
    /// A request that says it is the same as one before, and is not.
    #[error("幂等键“{0}”已用于另一个内容不同的请求；请换一个")]
    Repeated(String),
    /// Whoever asked for it wants it no more.
    #[error("已取消")]
    Cancelled,
    /// A request that does not fit the data or the declaration.
    #[error("{0}")]
    Request(String),
}

impl Error {
    /// Returns the stable English code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { source, .. } if is_disk_full(source) => "disk_full",
            Self::Io { .. } => "io",
            Self::UnreadableFile { .. } => "unreadable_file",
            Self::Definition { .. } => "bad_definition",
            Self::Mapping { .. } => "bad_mapping",
            Self::Event { .. } => "bad_event",
            Self::Locked { .. } => "locked",
            Self::NewerFormat { .. } => "newer_format",
            Self::NoData { .. } => "no_data",
            Self::Damaged(_) | Self::DamagedView(_) => "damaged",
            Self::Log(_) => "log",
            Self::Fulltext(_) => "fulltext",
            Self::Workbook(_) => "workbook",
            Self::NotFound(_) => "not_found",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Agenda { .. } => "bad_agenda",
            Self::Exists(_) => "exists",
            Self::Limit(_) => "limit_reached",
            Self::Repeated(_) => "repeated",
            Self::Cancelled => "cancelled",
            Self::Request(_) => "bad_request",
        }
    }

    /// Wraps an input or output error with what was tried (a Chinese verb) and where.
    pub fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// Says whether the disk, a quota or a limit of the size of files leaves no room.
fn is_disk_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// Says in Chinese what the system refused; what has no common name is given in the system's words.
pub fn system_reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let reason = match error.kind() {
        ErrorKind::NotFound => "没有这个文件或目录",
        ErrorKind::PermissionDenied => "没有权限",
        ErrorKind::AlreadyExists => "已经存在",
        ErrorKind::IsADirectory => "这是目录，不是文件",
        ErrorKind::NotADirectory => "路径中有一段不是目录",
        _ if is_disk_full(error) => "磁盘已满或超出限额；已报告保存的不受影响，腾出空间后再试一次",
        ErrorKind::ReadOnlyFilesystem => "磁盘是只读的",
        ErrorKind::InvalidData => "内容不是 UTF-8 文字",
        ErrorKind::InvalidFilename => "文件名不可用",
        ErrorKind::TimedOut => "等待超时",
        _ => {
            return match error.raw_os_error() {
                Some(5) => "磁盘读写失败；请检查磁盘".to_owned(),
                Some(40) => "符号链接成环".to_owned(),
                _ => error.to_string(),
            };
        }
    };
    reason.to_owned()
}

/// A result of the library.
pub type Result<T> = std::result::Result<T, Error>;
