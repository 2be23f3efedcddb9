//! The log itself: an append-only table whose rows carry a checksum and a sequence number without gaps.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use crate::digest::digest;
use crate::error::{Error, Result};
use crate::model::{
    AlertMark, Answer, Aside, Change, Contact, Entry, Key, NewAlert, Once, Receiver, RecordId, ToldAlert, Trace,
};
use crate::store::fault::log_error;
use crate::store::file::State;
use crate::store::{LOG_FILE, access, agendas, alerts, contacts, file, hooks, payload};

/// The log of one data directory.
#[derive(Debug)]
pub struct Log {
    /// Open for this log alone.
    pub(super) connection: Connection,
    directory: PathBuf,
    /// The version of the tables.
    pub(super) version: i64,
    state: State,
    _writers_kept_out: Option<File>,
}

/// What a check of the whole log counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogCheck {
    /// Rows of the log.
    pub entries: u64,
    /// Records with a contact.
    pub contacts: u64,
    /// Agendas that are kept.
    pub agendas: u64,
}

/// The version of the tables; kept in SQLite's `user_version`. Version 1 had no checksums of contacts, version 2 no keys,
/// version 3 no alerts and no webhooks, version 4 no agendas.
const SCHEMA_VERSION: i64 = 5;

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

/// Rows that are read before they are decoded on all cores.
const ROWS_AT_A_TIME: usize = 16_384;

const SELECT: &str = "SELECT seq, at, definition, entry, record, party, version, payload, checksum FROM log";

impl Log {
    /// Opens the log for appending, creating it if there is none; one of an older version is brought up to this one.
    /// The caller holds the writer's lock. O(bytes), and the check of the whole log if it was not left in order.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a log that is not whole, [`Error::NewerFormat`] for one of a newer program,
    /// [`Error::Log`] or [`Error::Io`] if the file cannot be used.
    pub fn open(directory: &Path) -> Result<Self> {
        let state = file::state(directory)?;
        let connection = file::connect(directory)?;
        file::clear_on_close(&connection, state == State::Sealed)?;
        let version = schema_version(&connection)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").map_err(log_error)?;
        let mut log = Self { connection, directory: directory.to_path_buf(), version, state, _writers_kept_out: None };
        if version == 0 {
            log.change_tables(|transaction| {
                transaction.execute_batch(SCHEMA).map_err(log_error)?;
                transaction.execute_batch(contacts::SCHEMA).map_err(log_error)?;
                transaction.execute_batch(access::SCHEMA).map_err(log_error)?;
                transaction.execute_batch(hooks::SCHEMA).map_err(log_error)?;
                transaction.execute_batch(agendas::SCHEMA).map_err(log_error)?;
                alerts::create(transaction, 0)
            })?;
        }
        if !log.is_sealed() {
            log.check()?;
        }
        if log.version < SCHEMA_VERSION {
            if log.is_sealed() {
                log.prepare_change()?;
            }
            let last = log.last_seq()?;
            let adopted = log.change_tables(|transaction| {
                if version < 2 {
                    contacts::upgrade(transaction)?;
                }
                if version < 3 {
                    transaction.execute_batch(access::SCHEMA).map_err(log_error)?;
                }
                if version < 4 {
                    transaction.execute_batch(hooks::SCHEMA).map_err(log_error)?;
                    alerts::create(transaction, last)?;
                }
                transaction.execute_batch(agendas::SCHEMA).map_err(log_error)?;
                agendas::adopt(transaction, directory)
            })?;
            // What stays behind does no harm: nothing reads it any more.
            adopted.iter().for_each(|path| fs::remove_file(path).unwrap_or_default());
        }
        Ok(log)
    }

    /// Opens the log for reading. O(bytes). One that is not [sealed](Self::is_sealed) needs a [check](Self::check).
    ///
    /// # Errors
    /// [`Error::NoData`] if there is no log, else as [`open`](Self::open).
    pub fn open_for_reading(directory: &Path) -> Result<Self> {
        let state = file::state(directory)?;
        Ok(Self { state, ..Self::open_again(directory)? })
    }

    /// Opens for reading a log that this process has opened and checked before.
    ///
    /// # Errors
    /// As [`open_for_reading`](Self::open_for_reading).
    pub fn open_again(directory: &Path) -> Result<Self> {
        let path = directory.join(LOG_FILE);
        let no_data = || Error::NoData { path: directory.to_path_buf() };
        match fs::metadata(&path) {
            Ok(file) if file.is_file() => {}
            Ok(_) => return Err(no_data()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(no_data()),
            Err(error) => return Err(Error::io("打开", path)(error)),
        }
        let (connection, hold) = file::connect_for_reading(directory)?;
        let log = Self::new(connection, directory)?;
        if log.version == 0 { Err(no_data()) } else { Ok(Self { _writers_kept_out: hold, ..log }) }
    }

    fn new(connection: Connection, directory: &Path) -> Result<Self> {
        let (directory, version) = (directory.to_path_buf(), schema_version(&connection)?);
        Ok(Self { connection, directory, version, state: State::Unsealed, _writers_kept_out: None })
    }

    /// Creates or changes the tables in one transaction that ends in the present version.
    fn change_tables<T>(&mut self, change: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T>) -> Result<T> {
        let transaction = self.connection.transaction().map_err(log_error)?;
        let changed = change(&transaction)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(log_error)?;
        transaction.commit().map_err(log_error)?;
        self.version = SCHEMA_VERSION;
        Ok(changed)
    }

    /// Says whether the file was found as the last writer's seal says.
    pub fn is_sealed(&self) -> bool {
        self.state == State::Sealed
    }

    /// Says whether the seal itself was found damaged.
    pub fn had_broken_seal(&self) -> bool {
        self.state == State::SealBroken
    }

    /// Seals the log at the end of a writer's work, unless a reader is in the way: then the next writer does. To be
    /// called only for a log that fits its views. O(bytes), nothing if it is sealed.
    ///
    /// # Errors
    /// [`Error::Io`] if the disk refuses; nothing is lost then, but the next opening checks the whole log.
    pub fn seal(&mut self) -> Result<()> {
        if !self.is_sealed() && file::checkpoint(&self.connection)? {
            file::seal(&self.directory)?;
            file::clear_on_close(&self.connection, true)?;
            self.state = State::Sealed;
        }
        Ok(())
    }

    /// Makes sure before a change that no seal is left and that nothing before it is in doubt.
    fn prepare_change(&mut self) -> Result<()> {
        match self.state {
            State::Changing => {}
            State::Sealed => {
                file::clear_on_close(&self.connection, false)?;
                file::unseal(&self.directory)?;
            }
            // What an earlier process wrote in vain looks as if it were on the disk. Only writing it again is sure to
            // bring it there; else what is appended now could be cut off with it.
            State::Unsealed | State::SealBroken => {
                file::unseal(&self.directory)?;
                if !file::checkpoint(&self.connection)? {
                    return Err(Error::Locked { holder: "正在读取的进程".to_owned() });
                }
            }
        }
        self.state = State::Changing;
        Ok(())
    }

    /// Appends changes, replaces contacts and writes what stands beside the log in one transaction; when it returns they
    /// are on disk. `at` is the present instant (RFC 3339, UTC) and `definition` the fingerprint in force.
    ///
    /// Returns the new entries as [`entries`](Self::entries) would read them. O(changes).
    pub fn append(
        &mut self,
        changes: Vec<Change>,
        new_contacts: &[(RecordId, Contact)],
        asides: &[Aside],
        at: &str,
        definition: &str,
    ) -> Result<Vec<Entry>> {
        self.prepare_change()?;
        let appended = self.append_prepared(changes, new_contacts, asides, at, definition);
        if appended.is_err() {
            self.state = State::Unsealed;
        }
        appended
    }

    fn append_prepared(
        &mut self,
        changes: Vec<Change>,
        new_contacts: &[(RecordId, Contact)],
        asides: &[Aside],
        at: &str,
        definition: &str,
    ) -> Result<Vec<Entry>> {
        let mut last = self.last_seq()?;
        let mut entries = Vec::with_capacity(changes.len());
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
                let checksum = stored.checksum();
                let values = params![
                    stored.seq,
                    stored.at,
                    stored.definition,
                    stored.entry,
                    stored.record,
                    stored.party,
                    stored.version,
                    stored.payload,
                    checksum
                ];
                statement.execute(values).map_err(log_error)?;
                entries.push(Entry { seq: last, at: stored.at, definition: stored.definition, checksum, change });
            }
        }
        for (record, contact) in new_contacts {
            contacts::put(&transaction, record, contact)?;
        }
        for aside in asides {
            access::put(&transaction, at, aside)?;
        }
        transaction.commit().map_err(log_error)?;
        Ok(entries)
    }

    /// Returns the last sequence number; 0 for an empty log.
    pub fn last_seq(&self) -> Result<u64> {
        let sql = "SELECT coalesce(max(seq), 0) FROM log";
        let last: i64 = self.connection.query_row(sql, [], |row| row.get(0)).map_err(log_error)?;
        u64::try_from(last).map_err(|_| Error::Damaged("日志序号为负".to_owned()))
    }

    /// Reads the entries after `after` up to and including `up_to`, in order; each row's checksum is verified, on all
    /// cores.
    pub fn entries(&self, after: u64, up_to: u64) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        self.each_entry(after, up_to, |entry| entries.push(entry))?;
        Ok(entries)
    }

    fn each_entry(&self, after: u64, up_to: u64, mut visit: impl FnMut(Entry)) -> Result<()> {
        let sql = format!("{SELECT} WHERE seq > ?1 AND seq <= ?2 ORDER BY seq");
        let mut statement = self.connection.prepare(&sql).map_err(log_error)?;
        let rows = statement.query_map(params![number(after)?, number(up_to)?], read_row).map_err(log_error)?;
        let mut rows = rows.peekable();
        let mut expected = after + 1;
        while rows.peek().is_some() {
            let some: Vec<(Stored, String)> =
                rows.by_ref().take(ROWS_AT_A_TIME).collect::<rusqlite::Result<_>>().map_err(log_error)?;
            let decoded: Vec<Result<Entry>> = some.into_par_iter().map(decode).collect();
            for entry in decoded {
                let entry = entry?;
                if entry.seq != expected {
                    return Err(Error::Damaged(format!("日志缺少第 {expected} 行")));
                }
                expected += 1;
                visit(entry);
            }
        }
        Ok(())
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
        contacts::get(&self.connection, self.version, record)
    }

    /// Lists the keys by number, each with the hash of its secret.
    pub fn keys(&self) -> Result<Vec<(String, Key)>> {
        access::keys(&self.connection, self.version)
    }

    /// Lists the last lines of the trail, newest first.
    pub fn traces(&self, n_max: u32) -> Result<Vec<Trace>> {
        access::traces(&self.connection, self.version, n_max)
    }

    /// Returns the hash of the body with which a request was sent before, and its answer, if one is kept.
    pub fn answer(&self, once: &Once) -> Result<Option<(String, Answer)>> {
        access::answer(&self.connection, once)
    }

    /// Forgets answers that were given before an instant (RFC 3339, UTC).
    pub fn forget_answers(&mut self, before: &str) -> Result<()> {
        self.prepare_change()?;
        let transaction = self.connection.transaction().map_err(log_error)?;
        access::forget_answers(&transaction, before)?;
        transaction.commit().map_err(log_error)
    }

    /// Returns how far alerts have come.
    pub fn alert_mark(&self) -> Result<AlertMark> {
        alerts::mark(&self.connection, self.version)
    }

    /// Reads some receivers' alerts after a sequence number, ascending, as many as wanted.
    pub fn alerts(&self, receivers: &[Receiver], after: u64, most: usize) -> Result<Vec<ToldAlert>> {
        alerts::after(&self.connection, self.version, receivers, after, most)
    }

    /// Tells of what follows from the entries up to and including `through`, all or nothing, and forgets what was told
    /// before an instant (RFC 3339, UTC). Returns how far alerts have come.
    pub fn tell(&mut self, new: &[NewAlert], through: u64, at: &str, forget_before: Option<&str>) -> Result<AlertMark> {
        self.prepare_change()?;
        let transaction = self.connection.transaction().map_err(log_error)?;
        let told = alerts::tell(&transaction, new, through, at, forget_before);
        let told = told.and_then(|mark| transaction.commit().map(|()| mark).map_err(log_error));
        if told.is_err() {
            self.state = State::Unsealed;
        }
        told
    }

    /// Writes a consistent copy of the log and its contacts to a new file, for its owner alone, while others go on.
    ///
    /// # Errors
    /// [`Error::Io`] if the file exists or cannot be written.
    pub fn copy_to(&self, path: &Path) -> Result<()> {
        file::copy(&self.connection, path)
    }

    /// Opens a copy of a log, checks all of it, and puts it into a directory that has none.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a copy that is not whole, [`Error::Request`] if the directory has a log.
    pub fn restore(copy: &Path, directory: &Path) -> Result<()> {
        if file::has_parts(directory) {
            return Err(Error::Request(format!("{} 已有数据；请换一个空目录", directory.display())));
        }
        let log = Self::new(file::connect_to(copy)?, directory)?;
        if log.version == 0 {
            return Err(Error::NoData { path: copy.to_path_buf() });
        }
        log.check()?;
        log.copy_to(&directory.join(LOG_FILE))
    }

    /// Checks every page, row, contact, key, webhook and agenda, and counts rows, contacts and agendas. O(rows).
    ///
    /// # Errors
    /// [`Error::Damaged`] says what it found first.
    pub fn check(&self) -> Result<LogCheck> {
        let sql = "PRAGMA integrity_check(1)";
        let answer: Option<String> =
            self.connection.query_row(sql, [], |row| row.get(0)).optional().map_err(log_error)?;
        match answer.as_deref() {
            Some("ok") => {}
            other => return Err(Error::Damaged(format!("日志文件：{}", other.unwrap_or("无法检查")))),
        }
        let last = self.last_seq()?;
        let mut entries = 0;
        self.each_entry(0, last, |_| entries += 1)?;
        if entries != last {
            return Err(Error::Damaged(format!("日志应有 {last} 行，只读到 {entries} 行")));
        }
        access::check(&self.connection, self.version)?;
        hooks::all(&self.connection, self.version)?;
        alerts::check(&self.connection, self.version)?;
        let agendas = agendas::check(&self.connection, self.version)?;
        Ok(LogCheck { entries, contacts: contacts::check(&self.connection, self.version)?, agendas })
    }
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

/// Reads the version of the tables; 0 for a file without any.
fn schema_version(connection: &Connection) -> Result<i64> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(log_error)?;
    if found > SCHEMA_VERSION {
        return Err(Error::NewerFormat { found, known: SCHEMA_VERSION });
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(log_error)?;
    if found < 0 || (found == 0) != (tables == 0) {
        return Err(Error::Damaged(format!("日志文件：版本号 {found} 与其中的 {tables} 个表不符")));
    }
    Ok(found)
}

fn number(seq: u64) -> Result<i64> {
    i64::try_from(seq).map_err(|_| Error::Damaged("日志序号过大".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{KeyId, KeyRole, PartyId};

    fn party(number: u64) -> Change {
        Change::Party { party: PartyId(number), name: format!("示例{number}有限公司"), uscc: None }
    }

    #[test]
    fn what_was_appended_is_read_back_in_order() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        let mut appended =
            log.append(vec![party(1), party(2)], &[], &[], "2026-01-01T00:00:00Z", "f").expect("appended");
        let merge = Change::Merge { from: PartyId(2), into: PartyId(1) };
        appended.extend(log.append(vec![merge.clone()], &[], &[], "2026-01-02T00:00:00Z", "f").expect("appended"));
        drop(log);
        let log = Log::open_for_reading(directory.path()).expect("the same log");
        assert_eq!(log.entries(0, 99).expect("readable"), appended);
        let changes: Vec<Change> = appended.into_iter().map(|entry| entry.change).collect();
        assert_eq!(changes, [party(1), party(2), merge]);
        assert_eq!(log.last_seq().expect("a number"), 3);
    }

    #[test]
    fn a_changed_row_and_a_missing_row_are_damage() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        log.append(vec![party(1), party(2), party(3)], &[], &[], "t", "f").expect("appended");
        log.connection.execute("UPDATE log SET party = 9 WHERE seq = 3", []).expect("tampered");
        assert!(matches!(log.entries(0, 3), Err(Error::Damaged(_))));
        assert_eq!(log.entries(0, 2).expect("the rows before are whole").len(), 2);
        log.connection.execute("DELETE FROM log WHERE seq = 2", []).expect("tampered");
        assert!(matches!(log.entries(0, 9), Err(Error::Damaged(_))));
    }

    #[test]
    fn a_changed_contact_is_damage() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        let id = RecordId::from_text("P1:catalog:A1");
        let contact = Contact { fields: [("phone".to_owned(), "1".to_owned())].into() };
        log.append(Vec::new(), &[(id.clone(), contact.clone())], &[], "t", "f").expect("appended");
        assert_eq!(log.contact(&id).expect("whole"), contact);
        assert_eq!(log.check().expect("whole").contacts, 1);
        log.connection.execute("UPDATE contact SET fields = replace(fields, '1', '2')", []).expect("tampered");
        assert!(matches!(log.contact(&id), Err(Error::Damaged(_))));
        assert!(matches!(log.check(), Err(Error::Damaged(_))));
    }

    #[test]
    fn a_sealed_log_that_changed_is_refused_and_left_as_it_is() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        log.append(vec![party(1)], &[], &[], "t", "f").expect("appended");
        log.seal().expect("sealed");
        drop(log);
        let mut log = Log::open(directory.path()).expect("whole");
        assert!(log.is_sealed());
        log.append(vec![party(2)], &[], &[], "t", "f").expect("appended");
        // Without a seal, as after a kill.
        drop(log);
        assert!(!Log::open_for_reading(directory.path()).expect("whole").is_sealed());
        let mut log = Log::open(directory.path()).expect("whole");
        assert_eq!(log.last_seq().expect("a number"), 2);
        log.seal().expect("sealed");
        drop(log);
        let path = directory.path().join(LOG_FILE);
        let mut bytes = fs::read(&path).expect("readable");
        *bytes.last_mut().expect("not empty") ^= 1;
        fs::write(&path, &bytes).expect("written");
        assert!(matches!(Log::open(directory.path()), Err(Error::Damaged(_))));
        assert!(matches!(Log::open_for_reading(directory.path()), Err(Error::Damaged(_))));
        assert_eq!(fs::read(&path).expect("readable"), bytes);
    }

    fn key(id: u32) -> Key {
        Key {
            id: KeyId(id),
            role: KeyRole::Party,
            party: Some(PartyId(7)),
            region: None,
            created: "2026-01-01T00:00:00Z".to_owned(),
            expires: Some(jiff::civil::date(2026, 12, 31)),
            revoked: None,
        }
    }

    #[test]
    fn what_stands_beside_the_log_reads_back_and_damage_to_it_is_noticed() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        let once = Once { key: KeyId(1), token: "t".into(), route: "POST /".into(), body: "b".into() };
        let answer = Answer { status: 201, body: "{}".to_owned() };
        let trace = Aside::Trace { actor: "K1".to_owned(), action: "see", subject: "P1:catalog:A".to_owned() };
        let asides = [
            Aside::Key(key(1), "h1".to_owned()),
            trace,
            Aside::Answer(once.clone(), answer.clone()),
            Aside::Revoke(KeyId(1)),
        ];
        log.append(Vec::new(), &[], &asides, "2026-01-02T00:00:00Z", "f").expect("appended");
        let revoked = Key { revoked: Some("2026-01-02T00:00:00Z".to_owned()), ..key(1) };
        assert_eq!(log.keys().expect("readable"), [("h1".to_owned(), revoked)]);
        assert_eq!(log.traces(9).expect("readable")[0].subject, "P1:catalog:A");
        assert_eq!(log.answer(&once).expect("readable"), Some(("b".to_owned(), answer)));
        log.check().expect("whole");
        for sql in
            ["UPDATE access_key SET revoked = NULL", "UPDATE trace SET actor = 'K2'", "UPDATE answer SET status = 500"]
        {
            log.connection.execute_batch(&format!("SAVEPOINT s; {sql};")).expect("tampered");
            assert!(matches!(log.check(), Err(Error::Damaged(_))), "{sql}");
            log.connection.execute_batch("ROLLBACK TO s; RELEASE s;").expect("restored");
        }
        log.check().expect("whole again");
        log.forget_answers("2026-01-03T00:00:00Z").expect("forgotten");
        assert_eq!(log.answer(&once).expect("readable"), None);
    }

    #[test]
    fn a_change_that_fails_leaves_nothing_beside_the_log() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        let asides = [Aside::Key(key(1), "h1".to_owned()), Aside::Revoke(KeyId(2))];
        assert!(log.append(vec![party(1)], &[], &asides, "t", "f").is_err(), "there is no such key");
        assert_eq!((log.last_seq().expect("a number"), log.keys().expect("readable").len()), (0, 0));
    }

    #[test]
    fn a_sealed_log_of_the_version_before_is_brought_up_to_this_one() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        log.append(vec![party(1)], &[], &[], "t", "f").expect("appended");
        let former = "DROP TABLE access_key; DROP TABLE trace; DROP TABLE answer; DROP TABLE alert; \
            DROP TABLE alert_mark; DROP TABLE hook; DROP TABLE agenda; PRAGMA user_version = 2;";
        log.connection.execute_batch(former).expect("as version 2 was");
        log.seal().expect("sealed");
        drop(log);
        let reader = Log::open_for_reading(directory.path()).expect("readable as it is");
        assert!(reader.is_sealed() && reader.keys().expect("none yet").is_empty());
        reader.check().expect("whole");
        drop(reader);
        let mut log = Log::open(directory.path()).expect("upgraded");
        log.append(Vec::new(), &[], &[Aside::Key(key(1), "h".to_owned())], "t", "f").expect("appended");
        log.seal().expect("sealed");
        drop(log);
        let log = Log::open(directory.path()).expect("as its seal says");
        assert_eq!((log.last_seq().expect("a number"), log.keys().expect("readable").len()), (1, 1));
        assert_eq!(log.alert_mark().expect("readable").through, 1, "nobody is told of what was there before");
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
