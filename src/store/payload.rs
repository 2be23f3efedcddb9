//! How a change is written into a row of the log. The shapes are versioned and separate from the model, so that the
//! model may change while old rows stay readable.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{Change, PartyId, RecordId, Source, Uscc};

/// The version of the shapes below.
pub(super) const PAYLOAD_VERSION: i64 = 1;

/// A change as the log's columns hold it.
pub(super) struct Row {
    /// `party`, `put`, `withdraw`, `merge` or `split`.
    pub entry: &'static str,
    /// The record, where there is one.
    pub record: Option<String>,
    /// The party, where there is one.
    pub party: Option<i64>,
    /// The rest, as JSON.
    pub payload: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyPayload {
    name: String,
    uscc: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PutPayload<'a> {
    kind: Cow<'a, str>,
    cells: Cow<'a, BTreeMap<String, String>>,
    read_on: String,
    file: Cow<'a, str>,
    sheet: Cow<'a, str>,
    row: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WithdrawPayload {
    reason: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MergePayload {
    into: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SplitPayload {}

/// Writes a change as a row.
pub(super) fn encode(change: &Change) -> Row {
    let number = |party: &PartyId| i64::try_from(party.0).ok();
    match change {
        Change::Party { party, name, uscc } => {
            let payload = PartyPayload { name: name.clone(), uscc: uscc.as_ref().map(ToString::to_string) };
            Row { entry: "party", record: None, party: number(party), payload: json(&payload) }
        }
        Change::Put { record, kind, party, cells, read_on, source } => {
            let payload = PutPayload {
                kind: Cow::Borrowed(kind),
                cells: Cow::Borrowed(cells),
                read_on: read_on.to_string(),
                file: Cow::Borrowed(&source.file),
                sheet: Cow::Borrowed(&source.sheet),
                row: source.row,
            };
            let party = party.as_ref().and_then(number);
            Row { entry: "put", record: Some(record.to_string()), party, payload: json(&payload) }
        }
        Change::Withdraw { record, reason } => {
            let payload = WithdrawPayload { reason: reason.clone() };
            Row { entry: "withdraw", record: Some(record.to_string()), party: None, payload: json(&payload) }
        }
        Change::Merge { from, into } => {
            let payload = MergePayload { into: into.0 };
            Row { entry: "merge", record: None, party: number(from), payload: json(&payload) }
        }
        Change::Split { party } => {
            Row { entry: "split", record: None, party: number(party), payload: json(&SplitPayload {}) }
        }
    }
}

/// Reads a change back.
///
/// # Errors
/// [`Error::Damaged`] names the row whose columns do not fit together.
pub(super) fn decode(seq: u64, entry: &str, record: Option<&str>, party: Option<i64>, payload: &str) -> Result<Change> {
    let damaged = |what: &str| Error::Damaged(format!("日志第 {seq} 行：{what}"));
    let record = || record.map(RecordId::from_text).ok_or_else(|| damaged("缺少记录标识"));
    let party_id = party.and_then(|number| u64::try_from(number).ok()).map(PartyId);
    let party = || party_id.ok_or_else(|| damaged("缺少主体标识"));
    let unreadable = |error: serde_json::Error| damaged(&error.to_string());
    match entry {
        "party" => {
            let read: PartyPayload = serde_json::from_str(payload).map_err(unreadable)?;
            let uscc = read.uscc.map(|text| Uscc::parse(&text)).transpose();
            let uscc = uscc.map_err(|error| damaged(&error.to_string()))?;
            Ok(Change::Party { party: party()?, name: read.name, uscc })
        }
        "put" => {
            let read: PutPayload<'_> = serde_json::from_str(payload).map_err(unreadable)?;
            let read_on = read.read_on.parse().map_err(|_| damaged("日期不可读"))?;
            let source = Source { file: read.file.into_owned(), sheet: read.sheet.into_owned(), row: read.row };
            let (kind, cells) = (read.kind.into_owned(), read.cells.into_owned());
            Ok(Change::Put { record: record()?, kind, party: party_id, cells, read_on, source })
        }
        "withdraw" => {
            let read: WithdrawPayload = serde_json::from_str(payload).map_err(unreadable)?;
            Ok(Change::Withdraw { record: record()?, reason: read.reason })
        }
        "merge" => {
            let read: MergePayload = serde_json::from_str(payload).map_err(unreadable)?;
            Ok(Change::Merge { from: party()?, into: PartyId(read.into) })
        }
        "split" => {
            let _: SplitPayload = serde_json::from_str(payload).map_err(unreadable)?;
            Ok(Change::Split { party: party()? })
        }
        other => Err(damaged(&format!("未知的类型“{other}”"))),
    }
}

fn json<T: Serialize>(payload: &T) -> String {
    serde_json::to_string(payload).expect("strings, numbers and maps with string keys always serialise")
}
