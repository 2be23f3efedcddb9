//! Errors of SQLite as errors of the library.

use crate::error::Error;

/// Wraps an error of SQLite; a damaged file is named as such.
pub(super) fn log_error(error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => Error::Damaged(format!("日志文件：{error}")),
        _ => Error::Log(Box::new(error)),
    }
}
