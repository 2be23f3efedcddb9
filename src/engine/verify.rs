//! Checking a data directory (the log's file and rows, and the view against a rebuilt one), its backup and its return.

use std::fs;
use std::path::Path;

use crate::catalogue::Catalogue;
use crate::engine::{Engine, FULLTEXT_FOLDER, VIEWS_FOLDER, create_private, replay, views};
use crate::error::{Error, Result};
use crate::fulltext::Fulltext;
use crate::model::VerifyReport;
use crate::store::Log;

/// Makes a data directory from a backup, after checking all of it; the views are built at the first opening.
///
/// # Errors
/// [`Error::Damaged`] for a backup that is not whole, [`Error::Request`] if the directory has data.
pub fn restore(backup: &Path, directory: &Path) -> Result<()> {
    create_private(directory)?;
    Log::restore(backup, directory)?;
    // Views of an earlier log would be taken for proof that this one lost its end.
    let views = directory.join(VIEWS_FOLDER);
    if views.exists() { fs::remove_dir_all(&views).map_err(Error::io("清空", &views)) } else { Ok(()) }
}

impl Engine {
    /// Writes a backup: all that is not made anew from it, in one file, consistent while others write.
    ///
    /// # Errors
    /// [`Error::Io`] if the file exists or cannot be written.
    pub fn backup(&self, path: &Path) -> Result<()> {
        Log::open_for_reading(&self.directory)?.copy_to(path)
    }

    /// Checks everything that is stored and counts it.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::DamagedView`] at the first damage, naming it.
    pub fn verify(&self) -> Result<VerifyReport> {
        let log = Log::open_for_reading(&self.directory)?;
        let checked = log.check()?;
        // Views that lag behind, or are damaged, are made anew first, as a search and a match would.
        self.searchable()?;
        self.impacts(&self.snapshot());
        let stored = Fulltext::open(&self.directory.join(FULLTEXT_FOLDER), &self.definition.fingerprint);
        let (stored, stamp) = stored.ok_or_else(|| Error::DamagedView("全文索引无法打开".to_owned()))?;
        replay::verify(&self.directory, &self.definition, &log)?;
        let last = log.last_seq()?;
        let entries = log.entries(0, last)?;
        let catalogue = Catalogue::build(&self.definition, &entries);
        let up_to = usize::try_from(stamp.seq).unwrap_or(usize::MAX).min(entries.len());
        let shown = Catalogue::build(&self.definition, entries.get(..up_to).unwrap_or_default());
        let rebuilt = Fulltext::in_memory();
        views::fill(&rebuilt, &self.definition, &self.segmenter, &shown)?;
        let (stored, rebuilt) = (stored.digests()?, rebuilt.digests()?);
        if let Some(id) = stored.iter().find(|(id, digest)| rebuilt.get(*id) != Some(digest)).map(|(id, _)| id) {
            return Err(Error::DamagedView(format!("全文索引中的 {id} 与日志不符")));
        }
        if let Some(id) = rebuilt.keys().find(|id| !stored.contains_key(*id)) {
            return Err(Error::DamagedView(format!("全文索引缺少 {id}")));
        }
        replay::verify_impacts(&self.directory, &self.definition, &self.segmenter, &log)?;
        let misfits = catalogue.misfits().iter().flat_map(|(id, misfits)| {
            misfits.iter().map(|m| (id.clone(), m.column.clone(), m.raw.clone(), m.message.clone()))
        });
        Ok(VerifyReport {
            entries: checked.entries,
            contacts: checked.contacts,
            agendas: checked.agendas,
            is_sealed: log.is_sealed(),
            parties: catalogue.parties().iter().count(),
            records: catalogue.records().filter(|record| record.withdrawn.is_none()).count(),
            documents: stored.len(),
            misfits: misfits.collect(),
            notices: self.notices(),
        })
    }
}
