//! Contacts: persons, phones and mails, in a table of their own. They are not history: a new value replaces the old.
//! Each row has a checksum since version 2 of the tables.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::digest::digest;
use crate::error::{Error, Result};
use crate::model::{Contact, RecordId};
use crate::store::fault::log_error;

/// Creates the table.
pub(super) const SCHEMA: &str = "
CREATE TABLE contact (
    record TEXT NOT NULL PRIMARY KEY,
    fields TEXT NOT NULL,
    checksum TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;";

/// Brings the table of version 1 to version 2, all but the checksums.
const UPGRADE: &str = "ALTER TABLE contact ADD COLUMN checksum TEXT NOT NULL DEFAULT ''";

/// Brings the table of version 1 to version 2.
pub(super) fn upgrade(transaction: &Transaction<'_>) -> Result<()> {
    let mut rows = Vec::new();
    each(transaction, 1, |record, fields| {
        rows.push((record.to_owned(), fields.to_owned()));
        Ok(())
    })?;
    transaction.execute(UPGRADE, []).map_err(log_error)?;
    for (record, fields) in rows {
        let sql = "UPDATE contact SET checksum = ?2 WHERE record = ?1";
        transaction.execute(sql, params![record, checksum(&record, &fields)]).map_err(log_error)?;
    }
    Ok(())
}

/// Replaces the contact of a record; an empty one removes it.
pub(super) fn put(transaction: &Transaction<'_>, record: &RecordId, contact: &Contact) -> Result<()> {
    if contact.fields.is_empty() {
        let sql = "DELETE FROM contact WHERE record = ?1";
        transaction.execute(sql, params![record.as_str()]).map_err(log_error)?;
        return Ok(());
    }
    let fields = serde_json::to_string(&contact.fields).expect("a map of strings always serialises");
    let sql = "INSERT INTO contact (record, fields, checksum) VALUES (?1, ?2, ?3)
               ON CONFLICT (record) DO UPDATE SET fields = excluded.fields, checksum = excluded.checksum";
    let values = params![record.as_str(), fields, checksum(record.as_str(), &fields)];
    transaction.execute(sql, values).map_err(log_error)?;
    Ok(())
}

/// Returns the contact of a record; empty if there is none. `version` is that of the tables.
pub(super) fn get(connection: &Connection, version: i64, record: &RecordId) -> Result<Contact> {
    let sql = format!("{} WHERE record = ?1", select(version));
    let mut statement = connection.prepare_cached(&sql).map_err(log_error)?;
    let found = statement.query_row(params![record.as_str()], read_row).optional().map_err(log_error)?;
    found.map_or_else(|| Ok(Contact::default()), |row| decode(version, &row))
}

/// Checks every row and counts them. O(rows).
pub(super) fn check(connection: &Connection, version: i64) -> Result<u64> {
    let mut count = 0;
    each(connection, version, |_, _| {
        count += 1;
        Ok(())
    })?;
    Ok(count)
}

/// Calls `visit` with record and fields of every row, after checking it.
fn each(connection: &Connection, version: i64, mut visit: impl FnMut(&str, &str) -> Result<()>) -> Result<()> {
    let mut statement = connection.prepare(&select(version)).map_err(log_error)?;
    for row in statement.query_map([], read_row).map_err(log_error)? {
        let row = row.map_err(log_error)?;
        decode(version, &row)?;
        visit(&row.record, &row.fields)?;
    }
    Ok(())
}

struct Stored {
    record: String,
    fields: String,
    checksum: String,
}

fn select(version: i64) -> String {
    let checksum = if version < 2 { "''" } else { "checksum" };
    format!("SELECT record, fields, {checksum} FROM contact")
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored { record: row.get(0)?, fields: row.get(1)?, checksum: row.get(2)? })
}

fn decode(version: i64, row: &Stored) -> Result<Contact> {
    let damaged = |what: &str| Error::Damaged(format!("{} 的联系方式：{what}", row.record));
    if version >= 2 && row.checksum != checksum(&row.record, &row.fields) {
        return Err(damaged("校验和不符"));
    }
    let fields: BTreeMap<String, String> =
        serde_json::from_str(&row.fields).map_err(|error| damaged(&error.to_string()))?;
    Ok(Contact { fields })
}

fn checksum(record: &str, fields: &str) -> String {
    digest([record.as_bytes(), fields.as_bytes()])
}
