//! How what is written becomes what is shown. Whoever plans a change holds the writer from the first look at the catalogue
//! until the change is in the log; then the next may plan, while the views follow. They follow all that is in the log at
//! once, so many small changes that come together cost little more than one, and each is shown when its caller is told.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use crate::catalogue::Catalogue;
use crate::definition::Definition;
use crate::engine::{Engine, Snapshot, impacts, replay, views};
use crate::error::{Error, Result};
use crate::fulltext::Fulltext;
use crate::model::{Aside, Change, Contact, Moment, Record, RecordId};
use crate::store::{Log, WriterLock};
use crate::text::Segmenter;

/// What a data directory that is open for writing has beside what is shown. Who holds one of these may wait for a later
/// one, never for an earlier one.
pub(super) struct Writing {
    writer: Mutex<OpenLog>,
    shown: Mutex<Shown>,
    ahead: Mutex<Ahead>,
    /// Last, so that nobody else writes before the rest is closed.
    _lock: WriterLock,
}

/// The right to plan a change.
pub(super) type Writer<'a> = MutexGuard<'a, OpenLog>;

/// The log, sealed when it is closed.
pub(super) struct OpenLog {
    /// Held only while something is written: others may write beside the log meanwhile.
    log: Arc<Mutex<Log>>,
}

/// What the views on disk show.
struct Shown {
    fulltext: Fulltext,
    /// The last entry that the catalogue's file shows.
    on_disk: u64,
    /// Writes that file; gives the last entry that it shows from then on.
    saving: Option<JoinHandle<Option<u64>>>,
}

/// What the log holds.
struct Ahead {
    catalogue: Arc<Catalogue>,
    /// The records that changed since the last snapshot.
    changed: Vec<RecordId>,
}

impl Drop for OpenLog {
    fn drop(&mut self) {
        // All is on the disk already; without a seal the next opening only takes longer.
        let _ = hold(&self.log).seal();
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.end_save();
    }
}

impl Shown {
    /// Waits for the files that are being written, if any are.
    fn end_save(&mut self) {
        // One that failed is tried again when the next is due.
        let saved = self.saving.take().and_then(|saving| saving.join().ok()).flatten();
        self.on_disk = saved.unwrap_or(self.on_disk);
    }

    /// Begins to write the files of the catalogue and its indexes if they show too little and nobody is at it.
    fn save_if_due(&mut self, directory: &Path, definition: &Arc<Definition>, snapshot: &Snapshot) {
        if self.saving.as_ref().is_some_and(JoinHandle::is_finished) {
            self.end_save();
        }
        let Snapshot { catalogue, impacts, .. } = snapshot.clone();
        if self.saving.is_some() || !replay::is_due(&catalogue, self.on_disk) {
            return;
        }
        let (directory, definition) = (directory.to_path_buf(), Arc::clone(definition));
        self.saving = Some(thread::spawn(move || {
            let is_saved = replay::save(&directory, &definition, &catalogue, impacts.get()?);
            is_saved.then(|| catalogue.seq())
        }));
    }
}

impl Writing {
    /// Prepares to write to what was opened; the catalogue's file shows it up to `on_disk`.
    pub(super) fn new(
        log: Arc<Mutex<Log>>,
        fulltext: Fulltext,
        (catalogue, on_disk): (Arc<Catalogue>, u64),
        lock: WriterLock,
    ) -> Self {
        Self {
            writer: Mutex::new(OpenLog { log }),
            shown: Mutex::new(Shown { fulltext, on_disk, saving: None }),
            ahead: Mutex::new(Ahead { catalogue, changed: Vec::new() }),
            _lock: lock,
        }
    }
}

impl Engine {
    fn writing(&self) -> Result<&Writing> {
        self.writing.as_ref().ok_or_else(|| Error::Request("数据目录是以只读方式打开的".to_owned()))
    }

    /// Takes the right to write, with the catalogue of all that is in the log; whoever plans a change holds it from the
    /// first look at that catalogue to the commit.
    ///
    /// # Errors
    /// [`Error::Request`] if the directory was opened for reading only.
    pub(super) fn writer(&self) -> Result<(Writer<'_>, Arc<Catalogue>)> {
        let writing = self.writing()?;
        let writer = hold(&writing.writer);
        let catalogue = Arc::clone(&hold(&writing.ahead).catalogue);
        Ok((writer, catalogue))
    }

    /// Writes changes to the log and shows them. When it returns they are on disk and visible; when it fails after the log
    /// was written, the next commit shows them.
    pub(super) fn commit(
        &self,
        writer: Writer<'_>,
        changes: Vec<Change>,
        contacts: &[(RecordId, Contact)],
        asides: &[Aside],
        moment: &Moment,
    ) -> Result<()> {
        let seq = self.write(&writer, changes, contacts, asides, moment)?;
        drop(writer);
        self.show(seq)
    }

    /// Writes changes to the log; returns the last entry there is then.
    fn write(
        &self,
        writer: &OpenLog,
        changes: Vec<Change>,
        contacts: &[(RecordId, Contact)],
        asides: &[Aside],
        moment: &Moment,
    ) -> Result<u64> {
        let definition = &self.definition;
        let entries = hold(&writer.log).append(changes, contacts, asides, &moment.instant, &definition.fingerprint)?;
        let ahead = &mut *hold(&self.writing()?.ahead);
        let mut catalogue = Catalogue::clone(&ahead.catalogue);
        ahead.changed.extend(replay::apply(&mut catalogue, definition, entries));
        ahead.catalogue = Arc::new(catalogue);
        Ok(ahead.catalogue.seq())
    }

    /// Shows what is in the log up to an entry, unless whoever was at it before has shown that too.
    fn show(&self, seq: u64) -> Result<()> {
        let writing = self.writing()?;
        let mut shown = hold(&writing.shown);
        let former = self.snapshot();
        if former.catalogue.seq() >= seq {
            return Ok(());
        }
        let (catalogue, mut changed) = {
            let ahead = hold(&writing.ahead);
            (Arc::clone(&ahead.catalogue), ahead.changed.clone())
        };
        let n_changed = changed.len();
        changed.sort_unstable();
        changed.dedup();
        let next = self.next(&shown.fulltext, &former, catalogue, &changed)?;
        // Only now: what could not be shown is still to be.
        hold(&writing.ahead).changed.drain(..n_changed);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next.clone();
        shown.save_if_due(&self.directory, &self.definition, &next);
        Ok(())
    }

    /// Makes the snapshot of a catalogue in which some records differ from those of the former one.
    fn next(
        &self,
        fulltext: &Fulltext,
        former: &Snapshot,
        catalogue: Arc<Catalogue>,
        changed: &[RecordId],
    ) -> Result<Snapshot> {
        let (definition, segmenter) = (&*self.definition, &self.segmenter);
        let fields = definition.text_fields();
        let weigh =
            |segmenter: &Segmenter, record: &Record| impacts::weigh(&fields, definition, segmenter, &catalogue, record);
        let step = views::Step { former: &former.catalogue, catalogue: &catalogue, changed };
        let weighed = views::follow(fulltext, definition, segmenter, step, weigh)?;
        let (searcher, _) = fulltext.searcher()?;
        let impacts = impacts::follow(self.impacts(former), &catalogue, changed, weighed.into_iter().flatten());
        Ok(Snapshot { impacts: Arc::new(OnceLock::from(impacts)), ..Snapshot::new(catalogue, Some(searcher)) })
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::{By, Done, ImportOptions, NewPosting, PostingOutcome};
    use crate::model::Viewer;

    const WRITERS: usize = 8;
    const EACH: usize = 12;

    fn moment() -> Moment {
        Moment { as_of: jiff::civil::date(2026, 6, 1), instant: "2026-06-01T08:00:00Z".to_owned() }
    }

    fn post(engine: &Engine, title: &str) -> RecordId {
        let cells = BTreeMap::from([("title".to_owned(), title.to_owned())]);
        let new = NewPosting { kind: "catalog".to_owned(), party: Some("P1".to_owned()), cells };
        let viewer = Viewer::operator();
        match engine.create_posting(&new, &By::viewer(&viewer), &moment()).expect("written") {
            Done::Now(PostingOutcome { id: Some(id), .. }) => id,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_many_write_at_once_is_shown_to_each_and_once() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let open = || Engine::open(folder.path(), Definition::compiled().expect("valid"), "test").expect("opened");
        let engine = open();
        let table = folder.path().join("供应目录.csv");
        std::fs::write(&table, "企业名称,编号,产品名称\n示例甲有限公司,A1,钢帘线\n").expect("a table");
        engine.import(&table, &ImportOptions::default(), &moment()).expect("a party with a supply");
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let engine = &engine;
                scope.spawn(move || {
                    for number in 0..EACH {
                        let title = format!("{writer}型轴承{number}号");
                        let id = post(engine, &title);
                        let found = engine.search(&title, None, 1 + WRITERS * EACH, &moment()).expect("searched");
                        assert!(found.found.iter().any(|found| found.id == id), "{title}");
                    }
                });
            }
        });
        let n_titles = |engine: &Engine| engine.snapshot().catalogue.records_of_kind("catalog").count();
        assert_eq!(n_titles(&engine), 1 + WRITERS * EACH);
        let state = engine.state();
        drop(engine);
        let engine = open();
        assert_eq!((n_titles(&engine), engine.state()), (1 + WRITERS * EACH, state));
        assert!(engine.notices().is_empty(), "{:?}", engine.notices());
        engine.verify().expect("all views are what the log says");
    }
}
