//! What stands beside the log and is no history: keys by the hashes of their secrets, the trail of what was seen and
//! changed, and answers that are kept for repeated requests. Every row has a checksum. The tables came with version 3.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::digest::digest;
use crate::error::{Error, Result};
use crate::model::{Answer, Aside, Key, KeyId, KeyRole, Once, PartyId, Trace};
use crate::store::fault::log_error;
use crate::store::{agendas, hooks};

/// The version of the tables that first had these.
const VERSION: i64 = 3;

/// Creates the tables.
pub(super) const SCHEMA: &str = "
CREATE TABLE access_key (
    id INTEGER NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    party INTEGER,
    region TEXT,
    created TEXT NOT NULL,
    expires TEXT,
    revoked TEXT,
    checksum TEXT NOT NULL
) STRICT;
CREATE TABLE trace (
    seq INTEGER NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    checksum TEXT NOT NULL
) STRICT;
CREATE TABLE answer (
    key INTEGER NOT NULL,
    token TEXT NOT NULL,
    route TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    checksum TEXT NOT NULL,
    PRIMARY KEY (key, token, route)
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_by_instant ON answer (at);";

/// Writes something in the transaction of a change, at an instant (RFC 3339, UTC).
pub(super) fn put(transaction: &Transaction<'_>, at: &str, aside: &Aside) -> Result<()> {
    match aside {
        Aside::Key(key, hash) => put_key(transaction, key, hash),
        Aside::Revoke(id) => {
            let Some((hash, key)) = keys(transaction, VERSION)?.into_iter().find(|(_, key)| key.id == *id) else {
                return Err(Error::NotFound(id.to_string()));
            };
            put_key(transaction, &Key { revoked: Some(at.to_owned()), ..key }, &hash)
        }
        Aside::Trace { actor, action, subject } => {
            let next: i64 = transaction
                .query_row("SELECT coalesce(max(seq), 0) + 1 FROM trace", [], |row| row.get(0))
                .map_err(log_error)?;
            let checksum = checksum(&[&next.to_string(), at, actor, action, subject]);
            let sql = "INSERT INTO trace (seq, at, actor, action, subject, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            execute(transaction, sql, params![next, at, actor, action, subject, checksum])
        }
        Aside::Hook(hook, secret) => hooks::put(transaction, hook, secret),
        Aside::NoHook(id) => hooks::remove(transaction, *id),
        Aside::Agenda(agenda) => agendas::put(transaction, agenda),
        Aside::Answer(once, answer) => {
            let stored = StoredAnswer::new(once, answer, at);
            let sql = "INSERT INTO answer (key, token, route, body, at, status, answer, checksum)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
            let StoredAnswer { key, token, route, body, at, status, answer } = &stored;
            execute(transaction, sql, params![key, token, route, body, at, status, answer, stored.checksum()])
        }
    }
}

/// Forgets answers that were given before an instant (RFC 3339, UTC).
pub(super) fn forget_answers(transaction: &Transaction<'_>, before: &str) -> Result<()> {
    execute(transaction, "DELETE FROM answer WHERE at < ?1", params![before])
}

/// Lists the keys by number, each with the hash of its secret. `version` is that of the tables.
pub(super) fn keys(connection: &Connection, version: i64) -> Result<Vec<(String, Key)>> {
    let sql = "SELECT id, hash, role, party, region, created, expires, revoked, checksum FROM access_key ORDER BY id";
    read_all(connection, version, sql, read_key)?.into_iter().map(decode_key).collect()
}

/// Lists the last lines of the trail, newest first.
pub(super) fn traces(connection: &Connection, version: i64, n_max: u32) -> Result<Vec<Trace>> {
    let sql = format!("{TRACES} ORDER BY seq DESC LIMIT {n_max}");
    let rows = read_all(connection, version, &sql, read_trace)?;
    rows.into_iter().map(|(seq, trace, checksum)| decode_trace(seq, trace, &checksum)).collect()
}

/// Returns the hash of the body with which a request was sent before, and its answer.
pub(super) fn answer(connection: &Connection, once: &Once) -> Result<Option<(String, Answer)>> {
    let sql = format!("{ANSWERS} WHERE key = ?1 AND token = ?2 AND route = ?3");
    let mut statement = connection.prepare_cached(&sql).map_err(log_error)?;
    let found = statement.query_row(params![once.key.0, once.token, once.route], read_answer);
    found.optional().map_err(log_error)?.map(decode_answer).transpose()
}

/// Checks every row.
pub(super) fn check(connection: &Connection, version: i64) -> Result<()> {
    keys(connection, version)?;
    for (seq, trace, checksum) in read_all(connection, version, &format!("{TRACES} ORDER BY seq"), read_trace)? {
        decode_trace(seq, trace, &checksum)?;
    }
    read_all(connection, version, ANSWERS, read_answer)?.into_iter().try_for_each(|row| decode_answer(row).map(drop))
}

const TRACES: &str = "SELECT seq, at, actor, action, subject, checksum FROM trace";
const ANSWERS: &str = "SELECT key, token, route, body, at, status, answer, checksum FROM answer";

fn execute(transaction: &Transaction<'_>, sql: &str, values: impl rusqlite::Params) -> Result<()> {
    let mut statement = transaction.prepare_cached(sql).map_err(log_error)?;
    statement.execute(values).map(drop).map_err(log_error)
}

/// Reads rows of tables that an older version does not have.
fn read_all<T>(
    connection: &Connection,
    version: i64,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    if version < VERSION {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(sql).map_err(log_error)?;
    let rows = statement.query_map([], read).map_err(log_error)?;
    rows.map(|row| row.map_err(log_error)).collect()
}

fn put_key(transaction: &Transaction<'_>, key: &Key, hash: &str) -> Result<()> {
    let stored = StoredKey {
        id: i64::from(key.id.0),
        hash: hash.to_owned(),
        role: key.role.name().to_owned(),
        party: key.party.and_then(|party| i64::try_from(party.0).ok()),
        region: key.region.clone(),
        created: key.created.clone(),
        expires: key.expires.map(|day| day.to_string()),
        revoked: key.revoked.clone(),
    };
    let checksum = stored.checksum();
    let StoredKey { id, hash, role, party, region, created, expires, revoked } = stored;
    let sql = "INSERT INTO access_key (id, hash, role, party, region, created, expires, revoked, checksum)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
               ON CONFLICT (id) DO UPDATE SET revoked = excluded.revoked, checksum = excluded.checksum";
    execute(transaction, sql, params![id, hash, role, party, region, created, expires, revoked, checksum])
}

/// A key as its columns hold it, without the checksum.
struct StoredKey {
    id: i64,
    hash: String,
    role: String,
    party: Option<i64>,
    region: Option<String>,
    created: String,
    expires: Option<String>,
    revoked: Option<String>,
}

impl StoredKey {
    fn checksum(&self) -> String {
        let [id, party] = [self.id, self.party.unwrap_or(-1)].map(|number| number.to_string());
        let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
        let [region, expires, revoked] = [&self.region, &self.expires, &self.revoked].map(or_none);
        checksum(&[&id, &self.hash, &self.role, &party, &region, &self.created, &expires, &revoked])
    }
}

fn read_key(row: &Row<'_>) -> rusqlite::Result<(StoredKey, String)> {
    let stored = StoredKey {
        id: row.get(0)?,
        hash: row.get(1)?,
        role: row.get(2)?,
        party: row.get(3)?,
        region: row.get(4)?,
        created: row.get(5)?,
        expires: row.get(6)?,
        revoked: row.get(7)?,
    };
    Ok((stored, row.get(8)?))
}

fn decode_key((stored, checksum): (StoredKey, String)) -> Result<(String, Key)> {
    let damaged = |what: &str| Error::Damaged(format!("第 {} 号访问钥匙：{what}", stored.id));
    if stored.checksum() != checksum {
        return Err(damaged("校验和不符"));
    }
    let id = u32::try_from(stored.id).map_err(|_| damaged("编号不可读"))?;
    let role = KeyRole::parse(&stored.role).ok_or_else(|| damaged("角色不可读"))?;
    let party = stored.party.map(u64::try_from).transpose().map_err(|_| damaged("主体不可读"))?;
    let expires = stored.expires.as_deref().map(str::parse).transpose().map_err(|_| damaged("日期不可读"))?;
    let key = Key {
        id: KeyId(id),
        role,
        party: party.map(PartyId),
        region: stored.region,
        created: stored.created,
        expires,
        revoked: stored.revoked,
    };
    Ok((stored.hash, key))
}

fn read_trace(row: &Row<'_>) -> rusqlite::Result<(i64, Trace, String)> {
    let trace = Trace { at: row.get(1)?, actor: row.get(2)?, action: row.get(3)?, subject: row.get(4)? };
    Ok((row.get(0)?, trace, row.get(5)?))
}

fn decode_trace(seq: i64, trace: Trace, found: &str) -> Result<Trace> {
    let Trace { at, actor, action, subject } = &trace;
    if checksum(&[&seq.to_string(), at, actor, action, subject]) != found {
        return Err(Error::Damaged(format!("访问记录第 {seq} 行的校验和不符")));
    }
    Ok(trace)
}

/// An answer as its columns hold it, without the checksum.
struct StoredAnswer {
    key: u32,
    token: String,
    route: String,
    body: String,
    at: String,
    status: u16,
    answer: String,
}

impl StoredAnswer {
    fn new(once: &Once, answer: &Answer, at: &str) -> Self {
        Self {
            key: once.key.0,
            token: once.token.clone(),
            route: once.route.clone(),
            body: once.body.clone(),
            at: at.to_owned(),
            status: answer.status,
            answer: answer.body.clone(),
        }
    }

    fn checksum(&self) -> String {
        let [key, status] = [self.key.to_string(), self.status.to_string()];
        checksum(&[&key, &self.token, &self.route, &self.body, &self.at, &status, &self.answer])
    }
}

fn read_answer(row: &Row<'_>) -> rusqlite::Result<(StoredAnswer, String)> {
    let stored = StoredAnswer {
        key: row.get(0)?,
        token: row.get(1)?,
        route: row.get(2)?,
        body: row.get(3)?,
        at: row.get(4)?,
        status: row.get(5)?,
        answer: row.get(6)?,
    };
    Ok((stored, row.get(7)?))
}

fn decode_answer((stored, checksum): (StoredAnswer, String)) -> Result<(String, Answer)> {
    if stored.checksum() != checksum {
        return Err(Error::Damaged(format!("为 {} 保留的答复的校验和不符", stored.route)));
    }
    Ok((stored.body, Answer { status: stored.status, body: stored.answer }))
}

fn checksum(texts: &[&str]) -> String {
    digest(texts.iter().map(|text| text.as_bytes()))
}
