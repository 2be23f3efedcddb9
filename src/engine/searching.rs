//! How a reader comes by a searcher: views that lag behind are brought up to date first, unless another process is writing;
//! then the view is that of its last commit, and the catalogue the one that belongs to it.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use crate::catalogue::Catalogue;
use crate::definition::Definition;
use crate::engine::{replay, views};
use crate::error::{Error, Result};
use crate::fulltext::{Fulltext, Searcher, Stamp};
use crate::model::Notice;
use crate::store::{Log, WriterLock};
use crate::text::Segmenter;

/// How long, and how often, a reader waits for a writer's next whole view before it builds its own in memory.
const WAIT_FOR_WRITER: Duration = Duration::from_millis(50);
const WAITS_FOR_WRITER: u32 = 20;

/// A data directory that is read.
pub(super) struct Reading<'a> {
    /// The data directory.
    pub directory: &'a Path,
    /// The declaration.
    pub definition: &'a Definition,
    /// Cuts texts, if there are any to cut.
    pub segmenter: &'a OnceLock<Segmenter>,
    /// Who asks, for others who want to write.
    pub holder: &'a str,
    /// Is told what was found damaged and has been mended.
    pub on_notice: &'a dyn Fn(Notice),
}

impl Reading<'_> {
    /// Opens the full-text view; returns it with the catalogue of the same entry, made from a known one if that is not
    /// ahead.
    ///
    /// # Errors
    /// What the log or the view says.
    pub(super) fn searcher(&self, known: &Catalogue) -> Result<(Catalogue, Searcher)> {
        let log = Log::open_for_reading(self.directory)?;
        let mut on_disk = views::on_disk(self.directory, self.definition, &log)?;
        // A reader that takes the lock without need could turn a writer away.
        if on_disk.as_ref().is_some_and(|(_, stamp)| stamp.seq >= known.seq()) {
            return self.beside_writer(known, &log, on_disk);
        }
        match self.up_to_date(known, &log) {
            Err(Error::Locked { .. }) => {
                // The writer is likely to be between a commit and its seal.
                for _ in 0..WAITS_FOR_WRITER {
                    if on_disk.is_some() {
                        break;
                    }
                    std::thread::sleep(WAIT_FOR_WRITER);
                    on_disk = views::on_disk(self.directory, self.definition, &log)?;
                }
                self.beside_writer(known, &log, on_disk)
            }
            Err(Error::Io { .. } | Error::Log(_) | Error::Fulltext(_)) => self.beside_writer(known, &log, on_disk),
            opened => opened,
        }
    }

    fn up_to_date(&self, known: &Catalogue, log: &Log) -> Result<(Catalogue, Searcher)> {
        let _lock = WriterLock::take(self.directory, self.holder)?;
        let catalogue = self.at(known, log, log.last_seq()?)?;
        let (fulltext, was_damaged) = views::synced(self.directory, self.definition, self.segmenter, log, &catalogue)?;
        if was_damaged {
            (self.on_notice)(Notice::ViewRebuilt);
        }
        let (searcher, _) = fulltext.searcher()?;
        Ok((catalogue, searcher))
    }

    fn beside_writer(
        &self,
        known: &Catalogue,
        log: &Log,
        on_disk: Option<(Fulltext, Stamp)>,
    ) -> Result<(Catalogue, Searcher)> {
        if let Some((searcher, Some(stamp))) = on_disk.and_then(|(fulltext, _)| fulltext.searcher().ok()) {
            return Ok((self.at(known, log, stamp.seq)?, searcher));
        }
        // The view on disk is of another declaration, damaged, or in a directory that cannot be written even for a lock;
        // it is the writer's to replace.
        let fulltext = Fulltext::in_memory();
        views::fill(&fulltext, self.definition, self.segmenter, known)?;
        let (searcher, _) = fulltext.searcher()?;
        Ok((known.clone(), searcher))
    }

    fn at(&self, known: &Catalogue, log: &Log, seq: u64) -> Result<Catalogue> {
        if known.seq() > seq {
            return replay::at(self.directory, self.definition, log, seq);
        }
        let mut catalogue = known.clone();
        replay::follow(&mut catalogue, self.definition, log, seq)?;
        Ok(catalogue)
    }
}
