//! The log itself: an append-only table whose rows carry a checksum and a sequence number without gaps.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row as SqlRow, params};

use crate::digest::digest;
use crate::error::{Error, Result};
use crate::model::{Change, Contact, Entry, RecordId};
use crate::store::fault::log_error;
use crate::store::{contacts, payload};

/// The log of one data directory.
#[derive(Debug)]
pub struct Log {
    connection: Connection,
}

/// The file of the log in its data directory.
const LOG_FILE: &str = "log.sqlite";
/// The version of the tables; kept in SQLite's `user_version`.
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE log (
    seq INTEGER NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    definition TEXT NOT NULL,
    entry TEXT NOT NULL,
    record TEXT,
    party INTEGER,
    version INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum TEXT NOT NULL
) STRICT;
CREATE INDEX log_by_record ON log (record) WHERE record IS NOT NULL;";

const SELECT: &str = "SELECT seq, at, definition, entry, record, party, version, payload, checksum FROM log";

/// A statement waits this long for another process's commit.
const BUSY_TIMEOUT_MS: u64 = 5_000;

impl Log {
    /// Opens the log for appending, creating it if there is none. The caller holds the writer's lock.
    ///
    /// # Errors
    /// [`Error::NewerFormat`] for a log of a newer program, [`Error::Log`] if SQLite cannot use the file.
    pub fn open(directory: &Path) -> Result<Self> {
        create_private(&directory.join(LOG_FILE))?;
        let connection = Connection::open(directory.join(LOG_FILE)).map_err(log_error)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS)).map_err(log_error)?;
        let version = schema_version(&connection)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").map_err(log_error)?;
        if version == 0 {
            let transaction = connection.unchecked_transaction().map_err(log_error)?;
            transaction.execute_batch(SCHEMA).map_err(log_error)?;
            transaction.execute_batch(contacts::SCHEMA).map_err(log_error)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(log_error)?;
            transaction.commit().map_err(log_error)?;
        }
        Ok(Self { connection })
    }

    /// Opens the log for reading.
    ///
    /// # Errors
    /// [`Error::NoData`] if there is no log, else as [`open`](Self::open).
    pub fn open_for_reading(directory: &Path) -> Result<Self> {
        let path = directory.join(LOG_FILE);
        let no_data = || Error::NoData { path: directory.to_path_buf() };
        match fs::metadata(&path) {
            Ok(file) if file.is_file() => {}
            Ok(_) => return Err(no_data()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(no_data()),
            Err(error) => return Err(Error::io("打开", path)(error)),
        }
        match Self::open_file(&path) {
            Err(Error::NoData { .. }) => Err(no_data()),
            opened => opened,
        }
    }

    fn open_file(path: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(log_error)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS)).map_err(log_error)?;
        if schema_version(&connection)? == 0 {
            return Err(Error::NoData { path: path.to_path_buf() });
        }
        Ok(Self { connection })
    }

    /// Appends changes and replaces contacts in one transaction; when it returns they are on disk. `at` is the
    /// present instant (RFC 3339, UTC) and `definition` the fingerprint in force.
    ///
    /// Returns the last sequence number. O(changes).
    pub fn append(
        &mut self,
        changes: Vec<Change>,
        new_contacts: &[(RecordId, Contact)],
        at: &str,
        definition: &str,
    ) -> Result<u64> {
        let mut last = self.last_seq()?;
        let transaction = self.connection.transaction().map_err(log_error)?;
        {
            let sql = "INSERT INTO log (seq, at, definition, entry, record, party, version, payload, checksum)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
            let mut statement = transaction.prepare(sql).map_err(log_error)?;
            for change in changes {
                last += 1;
                let row = payload::encode(&change);
                let stored = Stored {
                    seq: number(last)?,
                    at: at.to_owned(),
                    definition: definition.to_owned(),
                    entry: row.entry.to_owned(),
                    record: row.record,
                    party: row.party,
                    version: payload::PAYLOAD_VERSION,
                    payload: row.payload,
                };
                let values = params![
                    stored.seq,
                    stored.at,
                    stored.definition,
                    stored.entry,
                    stored.record,
                    stored.party,
                    stored.version,
                    stored.payload,
                    stored.checksum()
                ];
                statement.execute(values).map_err(log_error)?;
            }
        }
        for (record, contact) in new_contacts {
            contacts::put(&transaction, record, contact)?;
        }
        transaction.commit().map_err(log_error)?;
        Ok(last)
    }

    /// Returns the last sequence number; 0 for an empty log.
    pub fn last_seq(&self) -> Result<u64> {
        let sql = "SELECT coalesce(max(seq), 0) FROM log";
        let last: i64 = self.connection.query_row(sql, [], |row| row.get(0)).map_err(log_error)?;
        u64::try_from(last).map_err(|_| Error::Damaged("日志序号为负".to_owned()))
    }

    /// Reads the entries after `after` up to and including `up_to`, in order; each row's checksum is verified.
    pub fn entries(&self, after: u64, up_to: u64) -> Result<Vec<Entry>> {
        let sql = format!("{SELECT} WHERE seq > ?1 AND seq <= ?2 ORDER BY seq");
        let mut statement = self.connection.prepare(&sql).map_err(log_error)?;
        let rows = statement.query_map(params![number(after)?, number(up_to)?], read_row).map_err(log_error)?;
        let mut entries = Vec::new();
        for (expected, row) in (after + 1..).zip(rows) {
            let entry = decode(row.map_err(log_error)?)?;
            if entry.seq != expected {
                return Err(Error::Damaged(format!("日志缺少第 {expected} 行")));
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Returns the stored checksum of a row; the empty string for 0 and for rows that do not exist.
    pub fn checksum(&self, seq: u64) -> Result<String> {
        let sql = "SELECT checksum FROM log WHERE seq = ?1";
        let found = self.connection.query_row(sql, params![number(seq)?], |row| row.get(0)).optional();
        Ok(found.map_err(log_error)?.unwrap_or_default())
    }

    /// Reads every entry about one record, in order.
    pub fn history(&self, record: &RecordId) -> Result<Vec<Entry>> {
        let sql = format!("{SELECT} WHERE record = ?1 ORDER BY seq");
        let mut statement = self.connection.prepare(&sql).map_err(log_error)?;
        let rows = statement.query_map(params![record.as_str()], read_row).map_err(log_error)?;
        rows.map(|row| decode(row.map_err(log_error)?)).collect()
    }

    /// Returns a record's contact; empty if it has none.
    pub fn contact(&self, record: &RecordId) -> Result<Contact> {
        contacts::get(&self.connection, record)
    }

    /// Writes a consistent copy of the log and its contacts to a new file, for its owner alone, while others go on.
    ///
    /// # Errors
    /// [`Error::Io`] if the file exists or cannot be written.
    pub fn copy_to(&self, path: &Path) -> Result<()> {
        if path.exists() {
            return Err(Error::io("写入", path)(ErrorKind::AlreadyExists.into()));
        }
        // A copy that breaks off must not look like one that is whole.
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = Path::new(&part);
        let written = self.write_copy(part).and_then(|()| fs::rename(part, path).map_err(Error::io("写入", path)));
        if written.is_err() {
            // What went wrong is in the error; a part that stays behind does no harm.
            let _ = fs::remove_file(part);
        }
        written
    }

    fn write_copy(&self, part: &Path) -> Result<()> {
        if part.exists() {
            fs::remove_file(part).map_err(Error::io("删除", part))?;
        }
        create_private(part)?;
        let target = part.to_str().ok_or_else(|| Error::io("写入", part)(ErrorKind::InvalidFilename.into()))?;
        self.connection.execute("VACUUM INTO ?1", params![target]).map_err(log_error)?;
        fs::File::open(part).and_then(|file| file.sync_all()).map_err(Error::io("写入", part))
    }

    /// Opens a copy of a log, checks all of it, and puts it into a directory that has none.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a copy that is not whole, [`Error::Request`] if the directory has a log.
    pub fn restore(copy: &Path, directory: &Path) -> Result<()> {
        let target = directory.join(LOG_FILE);
        if target.exists() {
            return Err(Error::Request(format!("{} 已有数据；请换一个空目录", directory.display())));
        }
        let log = Self::open_file(copy)?;
        log.check_file()?;
        log.entries(0, log.last_seq()?)?;
        log.copy_to(&target)
    }

    /// Asks SQLite to check the whole file.
    ///
    /// # Errors
    /// [`Error::Damaged`] says what it found.
    pub fn check_file(&self) -> Result<()> {
        let answer: Option<String> = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .optional()
            .map_err(log_error)?;
        match answer.as_deref() {
            Some("ok") => Ok(()),
            other => Err(Error::Damaged(format!("日志文件：{}", other.unwrap_or("无法检查")))),
        }
    }
}

/// Creates the log's file, which holds contacts, for its owner alone; SQLite gives its side files the same rights.
fn create_private(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(Error::io("创建", path))
}

/// A row as its columns hold it, without the checksum.
struct Stored {
    seq: i64,
    at: String,
    definition: String,
    entry: String,
    record: Option<String>,
    party: Option<i64>,
    version: i64,
    payload: String,
}

impl Stored {
    /// Returns a hash over all columns.
    fn checksum(&self) -> String {
        let [seq, version, party] = [self.seq, self.version, self.party.unwrap_or(-1)].map(i64::to_le_bytes);
        let record = self.record.as_deref().unwrap_or("");
        let texts = [self.at.as_str(), &self.definition, &self.entry, record, &self.payload].map(str::as_bytes);
        digest([&seq[..], &version[..], &party[..]].into_iter().chain(texts))
    }
}

fn read_row(row: &SqlRow<'_>) -> rusqlite::Result<(Stored, String)> {
    let stored = Stored {
        seq: row.get(0)?,
        at: row.get(1)?,
        definition: row.get(2)?,
        entry: row.get(3)?,
        record: row.get(4)?,
        party: row.get(5)?,
        version: row.get(6)?,
        payload: row.get(7)?,
    };
    Ok((stored, row.get(8)?))
}

fn decode((stored, checksum): (Stored, String)) -> Result<Entry> {
    let seq = u64::try_from(stored.seq).map_err(|_| Error::Damaged("日志序号为负".to_owned()))?;
    if stored.checksum() != checksum {
        return Err(Error::Damaged(format!("日志第 {seq} 行的校验和不符")));
    }
    if stored.version > payload::PAYLOAD_VERSION {
        return Err(Error::NewerFormat { found: stored.version, known: payload::PAYLOAD_VERSION });
    }
    let change = payload::decode(seq, &stored.entry, stored.record.as_deref(), stored.party, &stored.payload)?;
    Ok(Entry { seq, at: stored.at, definition: stored.definition, checksum, change })
}

fn schema_version(connection: &Connection) -> Result<i64> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(log_error)?;
    if found > SCHEMA_VERSION {
        return Err(Error::NewerFormat { found, known: SCHEMA_VERSION });
    }
    Ok(found)
}

fn number(seq: u64) -> Result<i64> {
    i64::try_from(seq).map_err(|_| Error::Damaged("日志序号过大".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PartyId;

    fn party(number: u64) -> Change {
        Change::Party { party: PartyId(number), name: format!("示例{number}有限公司"), uscc: None }
    }

    #[test]
    fn what_was_appended_is_read_back_in_order() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        log.append(vec![party(1), party(2)], &[], "2026-01-01T00:00:00Z", "f").expect("appended");
        let merge = Change::Merge { from: PartyId(2), into: PartyId(1) };
        log.append(vec![merge.clone()], &[], "2026-01-02T00:00:00Z", "f").expect("appended");
        drop(log);
        let log = Log::open_for_reading(directory.path()).expect("the same log");
        let changes: Vec<Change> = log.entries(0, 99).expect("readable").into_iter().map(|e| e.change).collect();
        assert_eq!(changes, [party(1), party(2), merge]);
        assert_eq!(log.last_seq().expect("a number"), 3);
    }

    #[test]
    fn a_changed_row_and_a_missing_row_are_damage() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        log.append(vec![party(1), party(2), party(3)], &[], "t", "f").expect("appended");
        log.connection.execute("UPDATE log SET party = 9 WHERE seq = 3", []).expect("tampered");
        assert!(matches!(log.entries(0, 3), Err(Error::Damaged(_))));
        assert_eq!(log.entries(0, 2).expect("the rows before are whole").len(), 2);
        log.connection.execute("DELETE FROM log WHERE seq = 2", []).expect("tampered");
        assert!(matches!(log.entries(0, 9), Err(Error::Damaged(_))));
    }

    #[test]
    fn a_newer_log_is_refused() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        drop(Log::open(directory.path()).expect("a new log"));
        let connection = Connection::open(directory.path().join(LOG_FILE)).expect("sqlite");
        connection.pragma_update(None, "user_version", SCHEMA_VERSION + 1).expect("updated");
        assert!(matches!(Log::open(directory.path()), Err(Error::NewerFormat { .. })));
    }
}
