//! Errors of SQLite as errors of the library.

use std::io;

use crate::error::Error;
use crate::store::LOG_FILE;

/// Wraps an error of SQLite; damage and a full or failing disk are named as such.
pub(super) fn log_error(error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{
        ConstraintViolation, DatabaseCorrupt, DiskFull, NotADatabase, SchemaChanged, SystemIoFailure, TypeMismatch,
        Unknown,
    };
    match error.sqlite_error_code() {
        // Tables and statements are ours: where they do not fit together, the file is not what we wrote.
        Some(DatabaseCorrupt | NotADatabase | Unknown | SchemaChanged | ConstraintViolation | TypeMismatch) => {
            Error::Damaged(format!("日志文件：{error}"))
        }
        Some(DiskFull) => Error::io("写入", LOG_FILE)(io::ErrorKind::StorageFull.into()),
        Some(SystemIoFailure) => {
            Error::io("读写", LOG_FILE)(io::Error::other(format!("磁盘读写失败（{error}）；请检查磁盘")))
        }
        Some(_) => Error::Log(Box::new(error)),
        // A column that holds another type than ours.
        None => Error::Damaged(format!("日志文件：{error}")),
    }
}
