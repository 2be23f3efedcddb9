//! The log's file in its data directory: how it is found, opened, and left. A writer that leaves in order moves all of
//! the log into the one file and seals it; a sealed file is believed after one look at every byte, one without a seal
//! only after a check of every page and row.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, Result};
use crate::seal::{Found, Seal, sync_parent};
use crate::store::fault::log_error;
use crate::store::{LOG_FILE, lock};

/// The seal's file in the data directory.
const SEAL_FILE: &str = "log.seal";
/// What SQLite calls the file of what is not yet in the log's own file.
const WAL_FILE: &str = "log.sqlite-wal";
/// A statement waits this long for another process's commit.
const BUSY_TIMEOUT: Duration = Duration::from_millis(5_000);
/// How often a seal that a writer replaces meanwhile is looked at anew.
const LOOKS: u32 = 10;

/// What is known of the log's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is as its seal says, and holds all of the log.
    Sealed,
    /// It has no seal: it is new, or its last writer is still there or ended in the middle of its work. What that writer
    /// could not bring to the disk may look as if it were there.
    Unsealed,
    /// It has a seal that says nothing.
    SealBroken,
    /// This process has removed the seal.
    Changing,
}

/// Compares the log's file with its seal. O(bytes).
///
/// # Errors
/// [`Error::Damaged`] if it is not as its seal says, or gone and something of it is left.
pub(super) fn state(directory: &Path) -> Result<State> {
    if !directory.join(LOG_FILE).exists() && has_parts(directory) {
        return Err(Error::Damaged(format!("{LOG_FILE} 不见了")));
    }
    for _ in 0..LOOKS {
        let found = Seal::read(&directory.join(SEAL_FILE))?;
        let Found::Whole(seal) = &found else {
            return Ok(if found == Found::Missing { State::Unsealed } else { State::SealBroken });
        };
        if over(directory)? == *seal {
            return Ok(State::Sealed);
        }
        // A writer removes the seal before it changes the file.
        if Seal::read(&directory.join(SEAL_FILE))? == found {
            return Err(Error::Damaged(format!("{LOG_FILE} 与它的封条 {SEAL_FILE} 不符")));
        }
    }
    Ok(State::Unsealed)
}

/// Says whether a directory has a log, or something that belongs to one: a new log beside it would not be whole.
pub(super) fn has_parts(directory: &Path) -> bool {
    [LOG_FILE, WAL_FILE, SEAL_FILE].iter().any(|name| directory.join(name).exists())
}

/// Removes the seal, for good, before the file is changed.
pub(super) fn unseal(directory: &Path) -> Result<()> {
    Seal::remove(&directory.join(SEAL_FILE))
}

/// Seals the file, which must hold all of the log.
pub(super) fn seal(directory: &Path) -> Result<()> {
    over(directory)?.write(&directory.join(SEAL_FILE))
}

fn over(directory: &Path) -> Result<Seal> {
    Seal::over(directory, [LOG_FILE.to_owned()], &Seal::default())
}

/// Opens the file for writing, creating it if there is none.
pub(super) fn connect(directory: &Path) -> Result<Connection> {
    let path = directory.join(LOG_FILE);
    create_private(&path)?;
    let connection = Connection::open(path).map_err(log_error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(log_error)?;
    Ok(connection)
}

/// Opens the file for reading, with what keeps writers away where that is needed. A disk that has no room left for
/// SQLite's side files, or lets nobody write, still gives what is sealed.
pub(super) fn connect_for_reading(directory: &Path) -> Result<(Connection, Option<File>)> {
    let error = match connect_to(&directory.join(LOG_FILE)) {
        Err(error @ (Error::Io { .. } | Error::Log(_))) => error,
        done => return done.map(|connection| (connection, None)),
    };
    let Ok(hold) = lock::keep_writers_out(directory) else { return Err(error) };
    if state(directory)? != State::Sealed {
        return Err(error);
    }
    // With `immutable` SQLite asks for no lock and no side file; it must be told so in a URI.
    let path = directory.join(LOG_FILE);
    let Some(path) = path.to_str() else { return Err(error) };
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{path}?immutable=1"), flags).map_err(log_error)?;
    Ok((connection, hold))
}

/// Opens any file of a log for reading, and reads in it, so that what is wrong shows now.
pub(super) fn connect_to(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(log_error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(log_error)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(log_error)?;
    Ok(connection)
}

/// Moves what stands in the write-ahead file into the log's file, on the disk; says whether no reader was in the way.
pub(super) fn checkpoint(connection: &Connection) -> Result<bool> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(log_error)?;
    Ok(busy == 0)
}

/// Says whether closing the connection clears the write-ahead file away. A process that has found something wrong leaves
/// it as it is.
pub(super) fn clear_on_close(connection: &Connection, clear: bool) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !clear).map(drop).map_err(log_error)
}

/// Writes a consistent copy of a log to a new file, for its owner alone; a copy that breaks off does not look like one
/// that is whole.
pub(super) fn copy(connection: &Connection, path: &Path) -> Result<()> {
    if path.exists() {
        return Err(Error::io("写入", path)(ErrorKind::AlreadyExists.into()));
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    let written = write_copy(connection, part).and_then(|()| {
        fs::rename(part, path).map_err(Error::io("写入", path))?;
        sync_parent(path)
    });
    if written.is_err() {
        // What went wrong is in the error; a part that stays behind does no harm.
        let _ = fs::remove_file(part);
        let mut journal = part.as_os_str().to_owned();
        journal.push("-journal");
        let _ = fs::remove_file(journal);
    }
    written
}

fn write_copy(connection: &Connection, part: &Path) -> Result<()> {
    if part.exists() {
        fs::remove_file(part).map_err(Error::io("删除", part))?;
    }
    create_private(part)?;
    let target = part.to_str().ok_or_else(|| Error::io("写入", part)(ErrorKind::InvalidFilename.into()))?;
    connection.execute("VACUUM INTO ?1", [target]).map_err(|error| match log_error(error) {
        // It is the copy for which there is no room.
        Error::Io { action, source, .. } => Error::Io { action, path: part.to_path_buf(), source },
        other => other,
    })?;
    File::open(part).and_then(|file| file.sync_all()).map_err(Error::io("写入", part))
}

/// Creates the log's file, which holds contacts, for its owner alone; SQLite gives its side files the same rights.
fn create_private(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(Error::io("创建", path))
}
