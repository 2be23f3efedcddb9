//! What somebody was told of, and how far that has come: beside the log, for it follows from the log and is kept only for
//! a while, but in the same file and written with a mark in one transaction, so that no entry is left out and none is told
//! of twice, whenever the process ends. Every row has a checksum. The tables came with version 4.

use rusqlite::{Connection, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::digest::digest;
use crate::error::{Error, Result};
use crate::model::{AlertCause, AlertMark, NewAlert, Receiver, RecordId, Score, ToldAlert};
use crate::store::fault::log_error;

/// The version of the tables that first had these.
const VERSION: i64 = 4;
/// One receiver's alerts that are kept.
const KEPT_MAX: u32 = 10_000;

/// Creates the tables. What a log holds by then is not told of.
pub(super) const SCHEMA: &str = "
CREATE TABLE alert (
    seq INTEGER NOT NULL PRIMARY KEY,
    receiver TEXT NOT NULL,
    at TEXT NOT NULL,
    posting TEXT NOT NULL,
    version INTEGER NOT NULL,
    own TEXT NOT NULL,
    cause TEXT NOT NULL,
    checksum TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX alert_once ON alert (posting, version, receiver, own);
CREATE INDEX alert_by_receiver ON alert (receiver, seq);
CREATE INDEX alert_by_instant ON alert (at);
CREATE TABLE alert_mark (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    through INTEGER NOT NULL,
    last INTEGER NOT NULL,
    checksum TEXT NOT NULL
) STRICT;";

const SELECT: &str = "SELECT seq, receiver, at, posting, version, cause, checksum FROM alert";

/// Why somebody was told, as it is written.
#[derive(Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
enum Cause {
    Match { own: String, lane: String, score: u16, rank: u32 },
    Watch { watches: Vec<String> },
}

/// Creates the tables in a log that has `last` entries.
pub(super) fn create(transaction: &Transaction<'_>, last: u64) -> Result<()> {
    transaction.execute_batch(SCHEMA).map_err(log_error)?;
    put_mark(transaction, AlertMark { through: last, last: 0 })
}

/// Returns how far alerts have come.
pub(super) fn mark(connection: &Connection, version: i64) -> Result<AlertMark> {
    if version < VERSION {
        return Ok(AlertMark::default());
    }
    let sql = "SELECT through, last, checksum FROM alert_mark WHERE id = 1";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (through, last, found): (i64, i64, String) = connection.query_row(sql, [], read).map_err(log_error)?;
    let damaged = || Error::Damaged("提醒的进度的校验和不符".to_owned());
    if mark_checksum(through, last) != found {
        return Err(damaged());
    }
    let number = |number| u64::try_from(number).map_err(|_| damaged());
    Ok(AlertMark { through: number(through)?, last: number(last)? })
}

/// Tells of what follows from the entries up to and including `through`, of one version of a posting once only, and forgets what was told before an instant
/// (RFC 3339, UTC) and the oldest of too many. Returns how far alerts have come.
pub(super) fn tell(
    transaction: &Transaction<'_>,
    alerts: &[NewAlert],
    through: u64,
    at: &str,
    forget_before: Option<&str>,
) -> Result<AlertMark> {
    let mut mark = AlertMark { through, ..mark(transaction, VERSION)? };
    let sql = "INSERT INTO alert (seq, receiver, at, posting, version, own, cause, checksum)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (posting, version, receiver, own) DO NOTHING";
    let mut statement = transaction.prepare_cached(sql).map_err(log_error)?;
    for alert in alerts {
        let (seq, version) = (signed(mark.last + 1)?, signed(alert.version)?);
        let [receiver, posting] = [alert.receiver.to_string(), alert.posting.to_string()];
        let own = match &alert.cause {
            AlertCause::Match { own, .. } => own.as_str(),
            AlertCause::Watch { .. } => "",
        };
        let cause = encode(&alert.cause);
        let checksum = checksum(&[&seq.to_string(), &receiver, at, &posting, &version.to_string(), &cause]);
        let values = params![seq, receiver, at, posting, version, own, cause, checksum];
        if statement.execute(values).map_err(log_error)? > 0 {
            mark.last += 1;
        }
    }
    put_mark(transaction, mark)?;
    if let Some(before) = forget_before {
        transaction.execute("DELETE FROM alert WHERE at < ?1", params![before]).map_err(log_error)?;
    }
    let mut receivers: Vec<Receiver> = alerts.iter().map(|alert| alert.receiver).collect();
    receivers.sort_unstable();
    receivers.dedup();
    for receiver in receivers {
        let sql = "DELETE FROM alert WHERE receiver = ?1 AND seq <=
                   (SELECT seq FROM alert WHERE receiver = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)";
        transaction.execute(sql, params![receiver.to_string(), KEPT_MAX]).map_err(log_error)?;
    }
    Ok(mark)
}

/// Reads some receivers' alerts after a sequence number, ascending, as many as wanted.
pub(super) fn after(
    connection: &Connection,
    version: i64,
    receivers: &[Receiver],
    after: u64,
    most: usize,
) -> Result<Vec<ToldAlert>> {
    let mut found = Vec::new();
    if version < VERSION {
        return Ok(found);
    }
    let sql = format!("{SELECT} WHERE receiver = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3");
    let mut statement = connection.prepare_cached(&sql).map_err(log_error)?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    for receiver in receivers {
        let values = params![receiver.to_string(), signed(after)?, limit];
        let rows = statement.query_map(values, read).map_err(log_error)?;
        for row in rows {
            found.push(decode(row.map_err(log_error)?)?);
        }
    }
    found.sort_by_key(|told| told.seq);
    found.truncate(most);
    Ok(found)
}

/// Checks every row.
pub(super) fn check(connection: &Connection, version: i64) -> Result<()> {
    if version < VERSION {
        return Ok(());
    }
    let last = mark(connection, version)?.last;
    let mut statement = connection.prepare(&format!("{SELECT} ORDER BY seq")).map_err(log_error)?;
    for row in statement.query_map([], read).map_err(log_error)? {
        let told = decode(row.map_err(log_error)?)?;
        if told.seq > last {
            return Err(Error::Damaged(format!("提醒只到第 {last} 条，却有第 {} 条", told.seq)));
        }
    }
    Ok(())
}

fn put_mark(transaction: &Transaction<'_>, mark: AlertMark) -> Result<()> {
    let (through, last) = (signed(mark.through)?, signed(mark.last)?);
    let sql = "INSERT INTO alert_mark (id, through, last, checksum) VALUES (1, ?1, ?2, ?3) ON CONFLICT (id)
               DO UPDATE SET through = excluded.through, last = excluded.last, checksum = excluded.checksum";
    let values = params![through, last, mark_checksum(through, last)];
    transaction.execute(sql, values).map(drop).map_err(log_error)
}

/// A row: its numbers, its texts, and its checksum.
type Stored = ([i64; 2], [String; 4], String);

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let texts = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(5)?];
    Ok(([row.get(0)?, row.get(4)?], texts, row.get(6)?))
}

fn decode(([seq, version], texts, found): Stored) -> Result<ToldAlert> {
    let [receiver, at, posting, cause] = texts;
    let damaged = |what: &str| Error::Damaged(format!("第 {seq} 条提醒：{what}"));
    if checksum(&[&seq.to_string(), &receiver, &at, &posting, &version.to_string(), &cause]) != found {
        return Err(damaged("校验和不符"));
    }
    let cause: Cause = serde_json::from_str(&cause).map_err(|error| damaged(&error.to_string()))?;
    let id = |text: &String| RecordId::from_text(text);
    let cause = match cause {
        Cause::Match { own, lane, score, rank } => AlertCause::Match { own: id(&own), lane, score: Score(score), rank },
        Cause::Watch { watches } => AlertCause::Watch { watches: watches.iter().map(id).collect() },
    };
    let receiver = Receiver::parse(&receiver).ok_or_else(|| damaged("接收者不可读"))?;
    let number = |number| u64::try_from(number).map_err(|_| damaged("序号为负"));
    let (seq, version) = (number(seq)?, number(version)?);
    Ok(ToldAlert { seq, at, alert: NewAlert { receiver, posting: id(&posting), version, cause } })
}

fn encode(cause: &AlertCause) -> String {
    let cause = match cause {
        AlertCause::Match { own, lane, score, rank } => {
            Cause::Match { own: own.to_string(), lane: lane.clone(), score: score.0, rank: *rank }
        }
        AlertCause::Watch { watches } => Cause::Watch { watches: watches.iter().map(ToString::to_string).collect() },
    };
    serde_json::to_string(&cause).expect("strings and numbers always serialise")
}

fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Error::Damaged("提醒的序号过大".to_owned()))
}

fn mark_checksum(through: i64, last: i64) -> String {
    checksum(&[&through.to_string(), &last.to_string()])
}

fn checksum(texts: &[&str]) -> String {
    digest(texts.iter().map(|text| text.as_bytes()))
}
