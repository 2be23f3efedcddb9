//! Reading the files of agendas and of what they solve.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};

/// A file may have this many bytes.
const FILE_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Reads a file of a sensible size.
pub(super) fn read(path: &Path) -> Result<String> {
    let metadata = fs::metadata(path).map_err(Error::io("读取", path))?;
    let unreadable = |reason: String| Err(Error::UnreadableFile { path: path.to_owned(), reason });
    // A directory is refused by the system; a pipe would be waited for without an end.
    if !metadata.is_file() && !metadata.is_dir() {
        return unreadable("这不是普通文件".to_owned());
    }
    if metadata.len() > FILE_BYTES_MAX {
        return unreadable(format!("文件超过 {} MiB", FILE_BYTES_MAX >> 20));
    }
    fs::read_to_string(path).map_err(Error::io("读取", path))
}

/// Names the file in an error about a place of it.
pub(super) fn in_file(path: &Path) -> impl Fn(Error) -> Error {
    move |error| match error {
        Error::Agenda { place, reason } => Error::Agenda { place: format!("{} {place}", path.display()), reason },
        other => other,
    }
}
