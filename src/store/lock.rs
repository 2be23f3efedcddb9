//! One writer per data directory: a lock that the system drops when its holder ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Holds the right to write a data directory until it is dropped.
#[derive(Debug)]
pub struct WriterLock {
    file: File,
}

const LOCK_FILE: &str = "writer.lock";

impl WriterLock {
    /// Takes the lock of a data directory; `holder` says who asks, for those who come later.
    ///
    /// # Errors
    /// [`Error::Locked`] names the present holder.
    pub fn take(directory: &Path, holder: &str) -> Result<Self> {
        let path = directory.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::io("写入", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let present = fs::read_to_string(&path).unwrap_or_default();
                let holder =
                    if present.trim().is_empty() { "另一个进程".to_owned() } else { present.trim().to_owned() };
                return Err(Error::Locked { holder });
            }
            Err(TryLockError::Error(source)) => return Err(Error::io("锁定", path)(source)),
        }
        file.set_len(0).map_err(Error::io("写入", &path))?;
        file.write_all(holder.as_bytes()).map_err(Error::io("写入", &path))?;
        Ok(Self { file })
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Whoever reads the name of a holder that has gone is told nothing, for the lock is free.
        let _ = self.file.set_len(0);
    }
}

/// Keeps writers out of a data directory until the file is dropped; none if there has never been one.
///
/// # Errors
/// [`Error::Locked`] while there is a writer.
pub(super) fn keep_writers_out(directory: &Path) -> Result<Option<File>> {
    let path = directory.join(LOCK_FILE);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("打开", path)(error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { holder: "另一个进程".to_owned() }),
        Err(TryLockError::Error(source)) => Err(Error::io("锁定", path)(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_writer_is_told_who_the_first_is() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let first = WriterLock::take(directory.path(), "进程 1（import）").expect("free");
        match WriterLock::take(directory.path(), "进程 2") {
            Err(Error::Locked { holder }) => assert_eq!(holder, "进程 1（import）"),
            other => panic!("expected a refusal, got {other:?}"),
        }
        drop(first);
        assert!(WriterLock::take(directory.path(), "进程 2").is_ok());
    }
}
