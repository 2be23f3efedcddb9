//! Agendas of events, which stand beside the log: nothing that is shown of the records follows from them. A row of one
//! that was removed stays without its text, so that no other gets its number. The table came with version 5; every row has
//! a checksum. Before, agendas were files of the data directory, which are taken in when such a directory is opened.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::Deserialize;

use crate::digest::digest;
use crate::error::{Error, Result};
use crate::model::KeptAgenda;
use crate::store::fault::log_error;

/// The version of the tables that first had this one.
const VERSION: i64 = 5;
/// Where agendas were before.
const FORMER_FOLDER: &str = "agendas";

/// Creates the table.
pub(super) const SCHEMA: &str = "
CREATE TABLE agenda (
    number INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    region TEXT,
    created TEXT NOT NULL,
    text TEXT,
    text_digest TEXT NOT NULL,
    checksum TEXT NOT NULL
) STRICT;";

/// Writes an agenda as it is from now on.
pub(super) fn put(transaction: &Transaction<'_>, agenda: &KeptAgenda) -> Result<()> {
    let number = i64::try_from(agenda.number).map_err(|_| Error::Damaged("议程编号过大".to_owned()))?;
    let KeptAgenda { name, region, created, text, .. } = agenda;
    let text_digest = digest_of(text.as_deref());
    let sql = "INSERT OR REPLACE INTO agenda (number, name, region, created, text, text_digest, checksum)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let values = params![number, name, region, created, text, text_digest, checksum(agenda, &text_digest)];
    transaction.execute(sql, values).map(drop).map_err(log_error)
}

/// Reads what is kept of agendas by number, without their texts: those that are removed have an empty one.
pub(super) fn heads(connection: &Connection, version: i64) -> Result<Vec<KeptAgenda>> {
    if version < VERSION {
        return Ok(Vec::new());
    }
    let sql = "SELECT number, name, region, created, iif(text IS NULL, NULL, ''), text_digest, checksum FROM agenda ORDER BY number";
    let mut statement = connection.prepare(sql).map_err(log_error)?;
    let rows = statement.query_map([], read_row).map_err(log_error)?;
    rows.map(|row| decode(row.map_err(log_error)?)).collect()
}

/// Reads an agenda whole, if there is or was one with this number.
pub(super) fn one(connection: &Connection, version: i64, number: u64) -> Result<Option<KeptAgenda>> {
    let Some(number) = i64::try_from(number).ok().filter(|_| version >= VERSION) else { return Ok(None) };
    let sql = "SELECT number, name, region, created, text, text_digest, checksum FROM agenda WHERE number = ?1";
    let found = connection.query_row(sql, params![number], read_row).optional().map_err(log_error)?;
    let Some((stored, digest, checksum)) = found else { return Ok(None) };
    if digest_of(stored.text.as_deref()) != digest {
        return Err(Error::Damaged(format!("议程 A{number}：正文的校验和不符")));
    }
    decode((stored, digest, checksum)).map(Some)
}

/// Checks every agenda, and counts those that are not removed.
pub(super) fn check(connection: &Connection, version: i64) -> Result<u64> {
    let mut n_kept = 0;
    for head in heads(connection, version)? {
        let agenda = one(connection, version, head.number)?;
        n_kept += u64::from(agenda.is_some_and(|agenda| agenda.text.is_some()));
    }
    Ok(n_kept)
}

/// Takes in the agendas that are files of a directory, and says which files these were.
pub(super) fn adopt(transaction: &Transaction<'_>, directory: &Path) -> Result<Vec<PathBuf>> {
    let folder = directory.join(FORMER_FOLDER);
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(id) = name.strip_suffix(".origin.json") else { continue };
        let Some(number) = KeptAgenda::parse(id) else { continue };
        let damaged = || Error::Damaged(format!("议程文件 {}", path.display()));
        let origin = fs::read_to_string(&path).map_err(Error::io("读取", &path))?;
        let origin: Origin = serde_json::from_str(&origin).map_err(|_| damaged())?;
        let text_path = folder.join(format!("{id}.json"));
        let text = match text_path.exists() {
            true => Some(fs::read_to_string(&text_path).map_err(Error::io("读取", &text_path))?),
            false => None,
        };
        let Origin { name, region, created } = origin;
        put(transaction, &KeptAgenda { number, name, region, created, text })?;
        files.extend([path, text_path]);
    }
    Ok(files)
}

/// Who made an agenda, as its former file has it.
#[derive(Deserialize)]
struct Origin {
    /// What the event is called. Older files do not say.
    #[serde(default)]
    name: String,
    region: Option<String>,
    created: String,
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<(KeptAgenda, String, String)> {
    // A negative number has no name, and its checksum does not fit.
    let number = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
    let (name, region, created, text) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
    Ok((KeptAgenda { number, name, region, created, text }, row.get(5)?, row.get(6)?))
}

fn decode((agenda, text_digest, stored): (KeptAgenda, String, String)) -> Result<KeptAgenda> {
    match checksum(&agenda, &text_digest) == stored {
        true => Ok(agenda),
        false => Err(Error::Damaged(format!("议程 A{}：校验和不符", agenda.number))),
    }
}

fn digest_of(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| digest([text.as_bytes()]))
}

/// Hashes what is kept of an agenda, its text by its digest.
fn checksum(agenda: &KeptAgenda, text_digest: &str) -> String {
    let KeptAgenda { number, name, region, created, text } = agenda;
    let (number, is_removed) = (number.to_string(), text.is_none().to_string());
    let region = region.as_deref().unwrap_or_default();
    let texts = [number.as_str(), name, region, created, &is_removed, text_digest];
    digest(texts.iter().map(|text| text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Aside;
    use crate::store::{LOG_FILE, Log};

    fn write(log: &mut Log, agenda: &KeptAgenda) {
        let asides = [Aside::Agenda(agenda.clone())];
        log.append(Vec::new(), &[], &asides, "2026-01-01T00:00:00Z", "f").expect("written");
    }

    fn agenda(number: u64, text: Option<&str>) -> KeptAgenda {
        KeptAgenda {
            number,
            name: "示例对接会".to_owned(),
            region: Some("370200".to_owned()),
            created: "2026-01-01T00:00:00Z".to_owned(),
            text: text.map(str::to_owned),
        }
    }

    #[test]
    fn an_agenda_is_kept_changed_and_removed_and_damage_is_noticed() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        write(&mut log, &agenda(1, Some("{}")));
        write(&mut log, &agenda(2, Some("{}")));
        write(&mut log, &agenda(1, Some("{\"revision\":1}")));
        write(&mut log, &agenda(2, None));
        drop(log);
        let mut log = Log::open(directory.path()).expect("the same log");
        assert_eq!(log.agendas().expect("readable"), [agenda(1, Some("")), agenda(2, None)]);
        assert_eq!(log.agenda(1).expect("readable"), Some(agenda(1, Some("{\"revision\":1}"))));
        assert_eq!((log.agenda(2).expect("readable"), log.agenda(3).expect("readable")), (Some(agenda(2, None)), None));
        assert_eq!(log.check().expect("whole").agendas, 1);
        log.seal().expect("all in one file");
        drop(log);
        for damage in ["UPDATE agenda SET text = '{}'", "UPDATE agenda SET region = NULL"] {
            let other = tempfile::tempdir().expect("a temporary directory");
            fs::copy(directory.path().join(LOG_FILE), other.path().join(LOG_FILE)).expect("copied");
            let connection = Connection::open(other.path().join(LOG_FILE)).expect("the file");
            connection.execute(damage, []).expect("changed");
            drop(connection);
            let opened = Log::open(other.path());
            assert!(matches!(&opened, Err(Error::Damaged(what)) if what.contains("议程")), "{damage}: {opened:?}");
        }
    }

    #[test]
    fn agendas_that_were_files_are_taken_in() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let log = Log::open(directory.path()).expect("a new log");
        log.connection.execute_batch("DROP TABLE agenda; PRAGMA user_version = 4;").expect("as version 4 was");
        drop(log);
        let folder = directory.path().join(FORMER_FOLDER);
        fs::create_dir(&folder).expect("a folder");
        let origin = r#"{"name":"示例对接会","region":"370200","created":"2026-01-01T00:00:00Z"}"#;
        for (name, text) in [("A1.origin.json", origin), ("A1.json", "{}"), ("A2.origin.json", origin), ("其他", "")]
        {
            fs::write(folder.join(name), text).expect("written");
        }
        let log = Log::open(directory.path()).expect("brought up to this version");
        assert_eq!(log.agendas().expect("readable"), [agenda(1, Some("")), agenda(2, None)]);
        assert_eq!(log.agenda(1).expect("readable"), Some(agenda(1, Some("{}"))));
        let left: Vec<PathBuf> = fs::read_dir(&folder).expect("there").flatten().map(|entry| entry.path()).collect();
        assert_eq!(left, [folder.join("其他")], "nothing is twice, nothing else is touched");
    }
}
