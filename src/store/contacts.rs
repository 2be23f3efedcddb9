//! Contacts: persons, phones and mails, in a table of their own. They are not history: a new value replaces the old.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::error::{Error, Result};
use crate::model::{Contact, RecordId};
use crate::store::fault::log_error;

/// Creates the table.
pub(super) const SCHEMA: &str = "
CREATE TABLE contact (
    record TEXT NOT NULL PRIMARY KEY,
    fields TEXT NOT NULL
) STRICT, WITHOUT ROWID;";

/// Replaces the contact of a record; an empty one removes it.
pub(super) fn put(transaction: &Transaction<'_>, record: &RecordId, contact: &Contact) -> Result<()> {
    if contact.fields.is_empty() {
        let sql = "DELETE FROM contact WHERE record = ?1";
        transaction.execute(sql, params![record.as_str()]).map_err(log_error)?;
        return Ok(());
    }
    let fields = serde_json::to_string(&contact.fields).expect("a map of strings always serialises");
    let sql = "INSERT INTO contact (record, fields) VALUES (?1, ?2)
               ON CONFLICT (record) DO UPDATE SET fields = excluded.fields";
    transaction.execute(sql, params![record.as_str(), fields]).map_err(log_error)?;
    Ok(())
}

/// Returns the contact of a record; empty if there is none.
pub(super) fn get(connection: &Connection, record: &RecordId) -> Result<Contact> {
    let sql = "SELECT fields FROM contact WHERE record = ?1";
    let mut statement = connection.prepare_cached(sql).map_err(log_error)?;
    let found: Option<String> =
        statement.query_row(params![record.as_str()], |row| row.get(0)).optional().map_err(log_error)?;
    let Some(text) = found else { return Ok(Contact::default()) };
    let fields: BTreeMap<String, String> =
        serde_json::from_str(&text).map_err(|error| Error::Damaged(format!("{record} 的联系方式：{error}")))?;
    Ok(Contact { fields })
}
