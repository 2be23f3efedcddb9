//! Webhooks: where alerts are sent, the secrets that sign what is sent, and how far each has come. They stand beside the
//! log: the alerts themselves are in it. A secret is kept as it is, because signing needs it. The table came with
//! version 4; every row has a checksum.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::digest::digest;
use crate::error::{Error, Result};
use crate::model::{Attempt, Hook, HookId, KeyId, PartyId, Pause, Progress, Trouble};
use crate::store::fault::log_error;

/// The version of the tables that first had this one.
const VERSION: i64 = 4;

/// Creates the table.
pub(super) const SCHEMA: &str = "
CREATE TABLE hook (
    id TEXT NOT NULL PRIMARY KEY,
    key INTEGER NOT NULL,
    party INTEGER NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    created TEXT NOT NULL,
    progress TEXT NOT NULL,
    checksum TEXT NOT NULL
) STRICT, WITHOUT ROWID;";

/// Writes a webhook as it is from now on.
pub(super) fn put(transaction: &Transaction<'_>, hook: &Hook, secret: &str) -> Result<()> {
    let party = i64::try_from(hook.party.0).map_err(|_| Error::Damaged("主体编号过大".to_owned()))?;
    let stored = Stored {
        id: hook.id.to_string(),
        key: hook.key.0,
        party,
        url: hook.url.clone(),
        secret: secret.to_owned(),
        created: hook.created.clone(),
        progress: encode(&hook.progress),
    };
    let checksum = stored.checksum();
    let Stored { id, key, party, url, secret, created, progress } = stored;
    let sql = "INSERT OR REPLACE INTO hook (id, key, party, url, secret, created, progress, checksum)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let mut statement = transaction.prepare_cached(sql).map_err(log_error)?;
    let values = params![id, key, party, url, secret, created, progress, checksum];
    statement.execute(values).map(drop).map_err(log_error)
}

/// Removes a webhook and its secret.
pub(super) fn remove(transaction: &Transaction<'_>, id: HookId) -> Result<()> {
    transaction.execute("DELETE FROM hook WHERE id = ?1", params![id.to_string()]).map(drop).map_err(log_error)
}

/// Reads and checks every webhook, each with its secret, by number. `version` is that of the tables.
pub(super) fn all(connection: &Connection, version: i64) -> Result<Vec<(Hook, String)>> {
    if version < VERSION {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(&format!("{SELECT} ORDER BY id")).map_err(log_error)?;
    let rows = statement.query_map([], read_row).map_err(log_error)?;
    rows.map(|row| decode(row.map_err(log_error)?)).collect()
}

/// Reads one webhook, with its secret. The tables are of the present version.
pub(super) fn one(connection: &Connection, id: HookId) -> Result<Option<(Hook, String)>> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE id = ?1")).map_err(log_error)?;
    let found = statement.query_row(params![id.to_string()], read_row).optional().map_err(log_error)?;
    found.map(decode).transpose()
}

const SELECT: &str = "SELECT id, key, party, url, secret, created, progress, checksum FROM hook";

/// A row as its columns hold it, without the checksum.
struct Stored {
    id: String,
    key: u32,
    party: i64,
    url: String,
    secret: String,
    created: String,
    progress: String,
}

impl Stored {
    fn checksum(&self) -> String {
        let (key, party) = (self.key.to_string(), self.party.to_string());
        let texts = [&self.id, &key, &party, &self.url, &self.secret, &self.created, &self.progress];
        digest(texts.iter().map(|text| text.as_bytes()))
    }
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<(Stored, String)> {
    let stored = Stored {
        id: row.get(0)?,
        key: row.get(1)?,
        party: row.get(2)?,
        url: row.get(3)?,
        secret: row.get(4)?,
        created: row.get(5)?,
        progress: row.get(6)?,
    };
    Ok((stored, row.get(7)?))
}

fn decode((stored, checksum): (Stored, String)) -> Result<(Hook, String)> {
    let damaged = |what: &str| Error::Damaged(format!("回调 {}：{what}", stored.id));
    if stored.checksum() != checksum {
        return Err(damaged("校验和不符"));
    }
    let id = HookId::parse(&stored.id).ok_or_else(|| damaged("编号不可读"))?;
    let party = u64::try_from(stored.party).map_err(|_| damaged("主体不可读"))?;
    let read = serde_json::from_str(&stored.progress).map_err(|error| damaged(&error.to_string()))?;
    let progress = progress_of(read).ok_or_else(|| damaged("进度不可读"))?;
    let Stored { key, url, secret, created, .. } = stored;
    Ok((Hook { id, key: KeyId(key), party: PartyId(party), url, created, progress }, secret))
}

/// How far a webhook has come, as the column `progress` holds it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredProgress {
    cursor: u64,
    failures: u32,
    failing_since: Option<String>,
    due: Option<String>,
    ping: Option<String>,
    last: Option<StoredAttempt>,
    paused: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredAttempt {
    at: String,
    status: Option<u16>,
    trouble: Option<String>,
}

fn encode(progress: &Progress) -> String {
    let Progress { cursor, failures, failing_since, due, ping, last, paused } = progress.clone();
    let last = last.map(|Attempt { at, status, trouble }| {
        let trouble = trouble.map(|trouble| trouble.name().to_owned());
        StoredAttempt { at, status, trouble }
    });
    let paused = paused.map(|paused| paused.name().to_owned());
    let stored = StoredProgress { cursor, failures, failing_since, due, ping, last, paused };
    serde_json::to_string(&stored).expect("numbers and strings always serialise")
}

/// Reads how far a webhook has come; `None` where a name is not known.
fn progress_of(stored: StoredProgress) -> Option<Progress> {
    let StoredProgress { cursor, failures, failing_since, due, ping, last, paused } = stored;
    let last = match last {
        None => None,
        Some(StoredAttempt { at, status, trouble }) => {
            let trouble = trouble.map(|name| Trouble::parse(&name).ok_or(())).transpose().ok()?;
            Some(Attempt { at, status, trouble })
        }
    };
    let paused = paused.map(|name| Pause::parse(&name).ok_or(())).transpose().ok()?;
    Some(Progress { cursor, failures, failing_since, due, ping, last, paused })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Aside;
    use crate::store::{LOG_FILE, Log};

    fn hook(number: u64) -> Hook {
        Hook {
            id: HookId(number),
            key: KeyId(2),
            party: PartyId(7),
            url: "https://example.com/a?b=c".to_owned(),
            created: "2026-01-01T00:00:00Z".to_owned(),
            progress: Progress { cursor: 3, ..Progress::default() },
        }
    }

    fn write(log: &mut Log, aside: Aside) {
        log.append(Vec::new(), &[], &[aside], "2026-01-01T00:00:00Z", "f").expect("written");
    }

    #[test]
    fn a_webhook_is_kept_changed_and_removed_and_damage_is_noticed() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut log = Log::open(directory.path()).expect("a new log");
        let (first, second) = (hook(1), hook(2));
        write(&mut log, Aside::Hook(first.clone(), "whsec_a".to_owned()));
        write(&mut log, Aside::Hook(second.clone(), "whsec_b".to_owned()));
        let failed =
            Attempt { at: "2026-01-02T00:00:00Z".to_owned(), status: Some(410), trouble: Some(Trouble::Status) };
        let progress = Progress {
            cursor: 9,
            failures: 2,
            failing_since: Some("2026-01-02T00:00:00Z".to_owned()),
            due: Some("2026-01-03T00:00:00Z".to_owned()),
            ping: Some("2026-01-04T00:00:00Z".to_owned()),
            last: Some(failed),
            paused: Some(Pause::Gone),
        };
        let changed = Hook { progress, ..first };
        write(&mut log, Aside::Hook(changed.clone(), "whsec_a".to_owned()));
        write(&mut log, Aside::NoHook(second.id));
        drop(log);
        let log = Log::open(directory.path()).expect("the same log");
        assert_eq!(log.hooks().expect("readable"), [(changed, "whsec_a".to_owned())]);
        drop(log);
        let connection = Connection::open(directory.path().join(LOG_FILE)).expect("the file");
        connection.execute("UPDATE hook SET secret = 'whsec_c'", []).expect("changed");
        drop(connection);
        let opened = Log::open(directory.path());
        assert!(matches!(&opened, Err(Error::Damaged(what)) if what.contains("回调")), "{opened:?}");
    }
}
