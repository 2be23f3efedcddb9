//! What the log holds: changes, in the order in which they were accepted.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::model::{PartyId, RecordId, Uscc};

/// Where a row came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// The file's name without its folder.
    pub file: String,
    /// The sheet; empty for formats without sheets.
    pub sheet: String,
    /// The row as the user's program counts it.
    pub row: u32,
}

/// One accepted change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A party became known, or its name or credit code changed.
    Party {
        /// The party.
        party: PartyId,
        /// Its full name from now on.
        name: String,
        /// Its credit code from now on.
        uscc: Option<Uscc>,
    },
    /// A record was added, changed or opened again.
    Put {
        /// The record.
        record: RecordId,
        /// The declared name of its kind.
        kind: String,
        /// The party that it belongs to.
        party: Option<PartyId>,
        /// Filled cells as written, by declared column name; contacts are not among them.
        cells: BTreeMap<String, String>,
        /// The day from which relative dates in the cells count.
        read_on: Date,
        /// Where it came from.
        source: Source,
    },
    /// A record was withdrawn.
    Withdraw {
        /// The record.
        record: RecordId,
        /// Why, in the user's words; may be empty.
        reason: String,
    },
    /// A party turned out to be another one.
    Merge {
        /// The party that is no longer one of its own.
        from: PartyId,
        /// The party that it is.
        into: PartyId,
    },
    /// A merge was undone.
    Split {
        /// The party that is one of its own again.
        party: PartyId,
    },
}

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The sequence number, from 1 without gaps.
    pub seq: u64,
    /// When it was accepted, in UTC (RFC 3339).
    pub at: String,
    /// The fingerprint of the declaration in force.
    pub definition: String,
    /// The checksum of the row.
    pub checksum: String,
    /// What changed.
    pub change: Change,
}
