//! How the catalogue is opened: from its file, and from the rows of the log that came after it. The file, and beside it
//! that of its impact indexes, is written anew only when so many came that reading them again costs about as much as reading the file; without it, everything is
//! read from the log.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::catalogue::Catalogue;
use crate::definition::Definition;
use crate::engine::{VIEWS_FOLDER, impacts};
use crate::error::{Error, Result};
use crate::frames;
use crate::impact::{self, Impacts};
use crate::model::{Entry, RecordId};
use crate::store::Log;
use crate::text::Segmenter;

/// One row after the file for so many records is not worth writing it.
const RECORDS_PER_ROW: u64 = 32;
/// Rows of the log that are in memory beside their records.
const ROWS_AT_A_TIME: u64 = 16_384;
/// As many of those that are in memory already.
const ENTRIES_AT_A_TIME: usize = 16_384;

/// A catalogue, and how much of it its file shows.
pub(super) struct Opened {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The last entry that the file shows; 0 if there is no file that can be used.
    pub on_disk: u64,
    /// The state of views that the file shows.
    pub state: String,
    /// The records that the entries after the file changed.
    pub changed: Vec<RecordId>,
    /// Whether there is a file, and it is damaged.
    pub was_damaged: bool,
}

/// Opens the catalogue that a log leaves up to its end.
///
/// # Errors
/// [`Error::Damaged`] if the file shows more than the log has, or the log itself is damaged.
pub(super) fn open(directory: &Path, definition: &Definition, log: &Log) -> Result<Opened> {
    let mut catalogue = stored(directory, definition, log)?;
    let on_disk = catalogue.seq();
    let state = state(definition, on_disk, catalogue.tip());
    let changed = follow(&mut catalogue, definition, log, log.last_seq()?)?;
    let was_damaged = on_disk == 0 && is_damaged(&file(directory));
    Ok(Opened { catalogue, on_disk, state, changed, was_damaged })
}

/// Builds the catalogue as it was after an entry.
///
/// # Errors
/// As [`open`].
pub(super) fn at(directory: &Path, definition: &Definition, log: &Log, seq: u64) -> Result<Catalogue> {
    let mut catalogue = stored(directory, definition, log)?;
    if catalogue.seq() > seq {
        catalogue = Catalogue::default();
    }
    follow(&mut catalogue, definition, log, seq)?;
    Ok(catalogue)
}

/// Applies the rows of the log that a catalogue lacks, up to and including an entry, and returns the records that they
/// changed.
///
/// # Errors
/// [`Error::Damaged`] if a row is not as it was written, or is missing.
pub(super) fn follow(
    catalogue: &mut Catalogue,
    definition: &Definition,
    log: &Log,
    up_to: u64,
) -> Result<Vec<RecordId>> {
    let mut changed = BTreeSet::new();
    while catalogue.seq() < up_to {
        let next = up_to.min(catalogue.seq() + ROWS_AT_A_TIME);
        let entries = log.entries(catalogue.seq(), next)?;
        if entries.is_empty() {
            return Err(Error::Damaged(format!("日志缺少第 {} 行", catalogue.seq() + 1)));
        }
        changed.extend(catalogue.apply(definition, &entries));
    }
    Ok(changed.into_iter().collect())
}

/// Applies the next entries to a catalogue, letting go of each once it is applied, and returns the records that they
/// changed, ascending.
pub(super) fn apply(catalogue: &mut Catalogue, definition: &Definition, entries: Vec<Entry>) -> Vec<RecordId> {
    let mut entries = entries.into_iter().peekable();
    let mut changed = Vec::new();
    while entries.peek().is_some() {
        let some: Vec<Entry> = entries.by_ref().take(ENTRIES_AT_A_TIME).collect();
        changed.extend(catalogue.apply(definition, &some));
    }
    changed.sort_unstable();
    changed.dedup();
    changed
}

/// Says whether a file that shows a catalogue up to an entry shows too little of it.
pub(super) fn is_due(catalogue: &Catalogue, on_disk: u64) -> bool {
    let n_records = u64::try_from(catalogue.n_records()).unwrap_or(u64::MAX);
    (catalogue.seq() - on_disk).saturating_mul(RECORDS_PER_ROW) > n_records
}

/// Writes the catalogue's file and that of its impact indexes, and says whether both are there. The caller holds the
/// writer's lock.
pub(super) fn save(directory: &Path, definition: &Definition, catalogue: &Catalogue, impacts: &Impacts) -> bool {
    // Without the files nothing is lost: the next opening only takes longer.
    let impacts = impact::save(impacts, &impact_file(directory), &state(definition, catalogue.seq(), catalogue.tip()));
    impacts.is_ok() && save_catalogue(directory, definition, catalogue)
}

/// Writes the catalogue's file alone, and says whether it is there. The caller holds the writer's lock.
pub(super) fn save_catalogue(directory: &Path, definition: &Definition, catalogue: &Catalogue) -> bool {
    catalogue.save(&file(directory), &definition.fingerprint).is_ok()
}

/// Reads the impact indexes of the catalogue that its file shows; otherwise says whether their file is damaged.
pub(super) fn stored_impacts(directory: &Path, state: &str) -> std::result::Result<Impacts, bool> {
    let path = impact_file(directory);
    impact::load(&path, state).ok_or_else(|| is_damaged(&path))
}

/// Says whether a file of views is there and not whole.
fn is_damaged(path: &Path) -> bool {
    path.exists() && !frames::is_whole(path)
}

/// Names the state of views after an entry with its checksum, read by a declaration.
fn state(definition: &Definition, seq: u64, tip: &str) -> String {
    format!("{seq} {tip} {}", definition.fingerprint)
}

fn impact_file(directory: &Path) -> PathBuf {
    directory.join(VIEWS_FOLDER).join("impact")
}

/// Compares the file, if there is one, with a catalogue built from the log alone.
///
/// # Errors
/// [`Error::Damaged`] if they differ, or the file cannot be used.
pub(super) fn verify(directory: &Path, definition: &Definition, log: &Log) -> Result<()> {
    if !file(directory).exists() {
        return Ok(());
    }
    let stored = stored(directory, definition, log)?;
    let mut rebuilt = Catalogue::default();
    follow(&mut rebuilt, definition, log, stored.seq())?;
    match stored == rebuilt && !is_damaged(&file(directory)) {
        true => Ok(()),
        false => Err(Error::Damaged("目录的存档与日志不符".to_owned())),
    }
}

/// Compares the impact indexes' file, if it belongs to the catalogue's, with indexes built from the catalogue.
///
/// # Errors
/// [`Error::DamagedView`] if they differ.
pub(super) fn verify_impacts(
    directory: &Path,
    definition: &Definition,
    segmenter: &OnceLock<Segmenter>,
    log: &Log,
) -> Result<()> {
    let catalogue = stored(directory, definition, log)?;
    let stored = stored_impacts(directory, &state(definition, catalogue.seq(), catalogue.tip()));
    let is_other = |stored: &Impacts| impacts::build(definition, segmenter, &catalogue) != *stored;
    match stored.is_ok_and(|stored| is_other(&stored)) {
        true => Err(Error::DamagedView("匹配索引的存档与日志不符".to_owned())),
        false => Ok(()),
    }
}

/// Reads the file if it shows a part of this log from its beginning, read by this declaration; else an empty catalogue.
fn stored(directory: &Path, definition: &Definition, log: &Log) -> Result<Catalogue> {
    let stored = Catalogue::load(&file(directory), &definition.fingerprint);
    // Asked after the file was read: a writer may append to both meanwhile, to the log first.
    let last = log.last_seq()?;
    match stored {
        // The file is written after the log, so only a log that lost its end can be behind.
        Some(stored) if stored.seq() > last => Err(lost_end(last, stored.seq())),
        Some(stored) if log.checksum(stored.seq())? == stored.tip() => Ok(stored),
        _ => Ok(Catalogue::default()),
    }
}

/// Says that a view shows more than the log has.
pub(super) fn lost_end(last: u64, shown: u64) -> Error {
    Error::Damaged(format!("日志只到第 {last} 行，索引却到了第 {shown} 行：日志丢失了末尾"))
}

fn file(directory: &Path) -> PathBuf {
    directory.join(VIEWS_FOLDER).join("catalogue")
}
