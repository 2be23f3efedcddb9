//! What an import did, and what a check of the data found.

use crate::model::{Problem, RecordId};

/// The moment of a request: the instant for the log, the day for everything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The present instant, UTC, RFC 3339.
    pub instant: String,
    /// The day at which validity is read.
    pub as_of: jiff::civil::Date,
}

impl Moment {
    /// Returns the milliseconds from 1970 until this moment; 0 if its instant cannot be read.
    pub fn milliseconds(&self) -> u64 {
        let instant: Option<jiff::Timestamp> = self.instant.parse().ok();
        instant.and_then(|instant| u64::try_from(instant.as_millisecond()).ok()).unwrap_or(0)
    }

    /// Returns the instant as seconds since 1970; 0 for one that cannot be read.
    pub fn unix_seconds(&self) -> i64 {
        self.instant.parse().map_or(0, |instant: jiff::Timestamp| instant.as_second())
    }
}

/// A row that got an identifier of the engine's making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// The sheet.
    pub sheet: String,
    /// The row, as the user's program counts.
    pub row: u32,
    /// The identifier.
    pub id: RecordId,
}

/// What became of the rows of one kind in one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileReport {
    /// The file as given.
    pub file: String,
    /// The kind; `None` if it could not be told.
    pub kind: Option<String>,
    /// The kind's Chinese label, or the empty string.
    pub kind_label: String,
    /// Rows of data; the sum of the next four.
    pub rows: usize,
    /// New records.
    pub accepted: usize,
    /// New versions of known records.
    pub changed: usize,
    /// Rows that say what is already known.
    pub unchanged: usize,
    /// Rows kept out.
    pub rejected: usize,
    /// Records withdrawn because the file is the whole list and lacks them.
    pub withdrawn: usize,
    /// Whether the rows were written to the log; not for a dry run, a refused file, or a file without news.
    pub saved: bool,
    /// Rows without a number of their own.
    pub assigned: Vec<Assigned>,
    /// What is wrong, by sheet and row.
    pub problems: Vec<Problem>,
}

/// A row that was kept out, as the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The kind's Chinese label.
    pub kind: String,
    /// The file's name.
    pub file: String,
    /// The sheet.
    pub sheet: String,
    /// The row, as the user's program counts.
    pub row: u32,
    /// Headers and texts, as the table has them.
    pub cells: Vec<(String, String)>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// What a check of the data directory counted; damage is an error, not a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// Rows of the log, each with a right checksum.
    pub entries: u64,
    /// Records with a contact, each with a right checksum.
    pub contacts: u64,
    /// Agendas that the service keeps, each with a right checksum.
    pub agendas: u64,
    /// Whether every byte of the log's file is as its seal says; a log that is being written has no seal.
    pub is_sealed: bool,
    /// Parties.
    pub parties: usize,
    /// Records that are not withdrawn.
    pub records: usize,
    /// Documents of the full-text view, equal to those of a rebuilt one.
    pub documents: usize,
    /// Cells that the present declaration cannot read: record, column, text, message.
    pub misfits: Vec<(RecordId, String, String, String)>,
    /// What was found damaged at the opening and has been mended.
    pub notices: Vec<Notice>,
}

/// Damage that the engine mended from what is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The full-text view was not as its seal says.
    ViewRebuilt,
    /// The log's seal was unreadable, and the log itself whole.
    SealRenewed,
}

impl Notice {
    /// Returns the stable English code.
    pub fn code(self) -> &'static str {
        match self {
            Self::ViewRebuilt => "view_rebuilt",
            Self::SealRenewed => "seal_renewed",
        }
    }

    /// Says in Chinese what was found and done.
    pub fn message(self) -> &'static str {
        match self {
            Self::ViewRebuilt => "索引的文件不完好，已由完好的日志重建；多次出现时请检查磁盘",
            Self::SealRenewed => "日志的封条已损坏；日志经逐页逐行检查完好，已重新封存；多次出现时请检查磁盘",
        }
    }
}
