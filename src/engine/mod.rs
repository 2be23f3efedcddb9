//! The engine: one door to a data directory. It opens the log and the views, appends what was accepted, publishes the
//! next snapshot, and answers from one snapshot at a time. It prints nothing, reads no clock and no environment: the
//! moment of a request is an argument.

mod evaluate;
mod impacts;
mod import;
mod matches;
mod place;
mod search;
mod verify;
mod views;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use crate::catalogue::Catalogue;
use crate::definition::Definition;
use crate::error::{Error, Result};
use crate::fulltext::{Fulltext, Searcher, Stamp};
use crate::impact::Impacts;
use crate::matching::check_lane;
use crate::model::{Change, Contact, Entry, Moment, PartyId, Record, RecordId};
use crate::store::{Log, WriterLock};
use crate::text::Segmenter;

pub use evaluate::{Judgments, Quality, Rankings, TrialOptions, TrialText, measure, rank_trial};
pub use import::{ImportOptions, Imported, draft_mapping};
pub use matches::{LaneSummary, MatchRequest, MatchSubject};
pub use search::{Found, SearchResult};
pub use verify::restore;

/// An immutable state of the views; all of one sequence number.
#[derive(Clone)]
pub struct Snapshot {
    /// Parties and records.
    pub catalogue: Arc<Catalogue>,
    impacts: Arc<Impacts>,
    searcher: Searcher,
}

/// An open data directory.
pub struct Engine {
    directory: PathBuf,
    definition: Arc<Definition>,
    segmenter: OnceLock<Segmenter>,
    current: RwLock<Snapshot>,
    writer: Option<Mutex<Writer>>,
}

struct Writer {
    log: Log,
    fulltext: Fulltext,
    _lock: WriterLock,
}

/// The full-text view's folder in a data directory.
const FULLTEXT_FOLDER: &str = "views/fulltext";
/// How long, and how often, a reader waits for a writer's next whole view before it builds its own in memory.
const WAIT_FOR_WRITER: Duration = Duration::from_millis(50);
const WAITS_FOR_WRITER: u32 = 20;

impl Engine {
    /// Opens a data directory for reading and writing, creating it if there is none; `holder` says who asks, for
    /// others who want to write.
    ///
    /// # Errors
    /// [`Error::Locked`] while another process writes; else what the log, the views or the declaration say.
    pub fn open(directory: &Path, definition: Definition, holder: &str) -> Result<Self> {
        create_private(directory)?;
        let lock = WriterLock::take(directory, holder)?;
        let log = Log::open(directory)?;
        let (definition, segmenter) = (Arc::new(check_definition(definition)?), OnceLock::new());
        let catalogue = Catalogue::build(&definition, &log.entries(0, log.last_seq()?)?);
        let fulltext = views::synced(&directory.join(FULLTEXT_FOLDER), &definition, &segmenter, &log, &catalogue)?;
        let (searcher, _) = fulltext.searcher()?;
        let impacts = Arc::new(impacts::build(&definition, &segmenter, &catalogue));
        Ok(Self {
            directory: directory.to_path_buf(),
            definition,
            segmenter,
            current: RwLock::new(Snapshot { catalogue: Arc::new(catalogue), impacts, searcher }),
            writer: Some(Mutex::new(Writer { log, fulltext, _lock: lock })),
        })
    }

    /// Opens a data directory for reading. Views that lag behind are brought up to date first, unless another process
    /// is writing: then the snapshot is the one that its last commit shows.
    ///
    /// # Errors
    /// [`Error::NoData`] if there is no log; else what the log, the views or the declaration say.
    pub fn open_for_reading(directory: &Path, definition: Definition, holder: &str) -> Result<Self> {
        let log = Log::open_for_reading(directory)?;
        let view = directory.join(FULLTEXT_FOLDER);
        let mut on_disk = views::on_disk(&view, &definition, &log)?;
        let last = log.last_seq()?;
        // A reader that takes the lock without need could turn a writer away.
        if on_disk.as_ref().is_some_and(|(_, stamp)| stamp.seq == last) {
            return Self::open_beside_writer(directory, definition, &log, on_disk);
        }
        match Self::open(directory, definition.clone(), holder) {
            Err(Error::Locked { .. }) => {
                // The writer is likely to be between a commit and its seal.
                for _ in 0..WAITS_FOR_WRITER {
                    if on_disk.is_some() {
                        break;
                    }
                    std::thread::sleep(WAIT_FOR_WRITER);
                    on_disk = views::on_disk(&view, &definition, &log)?;
                }
                Self::open_beside_writer(directory, definition, &log, on_disk)
            }
            Err(Error::Io { .. } | Error::Log(_)) => Self::open_beside_writer(directory, definition, &log, on_disk),
            opened => opened.map(|engine| Self { writer: None, ..engine }),
        }
    }

    /// Opens a data directory for a rehearsal of imports, which writes nothing, not even a directory.
    ///
    /// # Errors
    /// As [`open_for_reading`](Self::open_for_reading), but a directory without data is an empty one.
    pub fn open_for_rehearsal(directory: &Path, definition: Definition, holder: &str) -> Result<Self> {
        match Self::open_for_reading(directory, definition.clone(), holder) {
            Err(Error::NoData { .. }) => {}
            opened => return opened,
        }
        let (searcher, _) = Fulltext::in_memory().searcher()?;
        Ok(Self {
            directory: directory.to_path_buf(),
            definition: Arc::new(check_definition(definition)?),
            segmenter: OnceLock::new(),
            current: RwLock::new(Snapshot { catalogue: Arc::default(), impacts: Arc::default(), searcher }),
            writer: None,
        })
    }

    fn open_beside_writer(
        directory: &Path,
        definition: Definition,
        log: &Log,
        on_disk: Option<(Fulltext, Stamp)>,
    ) -> Result<Self> {
        let (definition, segmenter) = (Arc::new(check_definition(definition)?), OnceLock::new());
        let (catalogue, searcher) = match on_disk.and_then(|(fulltext, _)| fulltext.searcher().ok()) {
            Some((searcher, Some(stamp))) => (Catalogue::build(&definition, &log.entries(0, stamp.seq)?), searcher),
            // The view on disk is of another declaration, damaged, or in a directory that cannot be written even for a
            // lock; it is the writer's to replace.
            _ => {
                let catalogue = Catalogue::build(&definition, &log.entries(0, log.last_seq()?)?);
                let fulltext = Fulltext::in_memory();
                views::fill(&fulltext, &definition, &segmenter, &catalogue)?;
                let (searcher, _) = fulltext.searcher()?;
                (catalogue, searcher)
            }
        };
        let impacts = Arc::new(impacts::build(&definition, &segmenter, &catalogue));
        Ok(Self {
            directory: directory.to_path_buf(),
            definition,
            segmenter,
            current: RwLock::new(Snapshot { catalogue: Arc::new(catalogue), impacts, searcher }),
            writer: None,
        })
    }

    /// Returns the declaration.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Returns the present snapshot; later writes leave it unchanged.
    pub fn snapshot(&self) -> Snapshot {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Finds the one record that a user's text names.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Ambiguous`] with the whole identifiers that it may mean.
    pub fn find(&self, text: &str) -> Result<Record> {
        let catalogue = self.snapshot().catalogue;
        let found = catalogue.find(text);
        match found.as_slice() {
            [] => Err(Error::NotFound(text.to_owned())),
            [one] => Ok((*one).clone()),
            several => Err(Error::Ambiguous {
                id: text.to_owned(),
                candidates: several.iter().map(|record| record.id.to_string()).take(10).collect(),
            }),
        }
    }

    /// Finds the party that a user's text names: by identifier, credit code, full name or other name.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Ambiguous`] with the parties that it may mean.
    pub fn find_party(&self, text: &str) -> Result<PartyId> {
        let catalogue = self.snapshot().catalogue;
        if let Some(id) = PartyId::parse(text).filter(|id| catalogue.parties().get(*id).is_some()) {
            return Ok(id);
        }
        match catalogue.parties().find(text).as_slice() {
            [] => Err(Error::NotFound(text.to_owned())),
            [one] => Ok(*one),
            several => Err(Error::Ambiguous {
                id: text.to_owned(),
                candidates: several.iter().map(|id| format!("{id}（{}）", catalogue.parties().name(*id))).collect(),
            }),
        }
    }

    /// Returns every version of a record, oldest first.
    pub fn history(&self, record: &RecordId) -> Result<Vec<Entry>> {
        Log::open_for_reading(&self.directory)?.history(record)
    }

    /// Returns how to reach somebody about a record.
    pub fn contact(&self, record: &RecordId) -> Result<Contact> {
        Log::open_for_reading(&self.directory)?.contact(record)
    }

    /// Withdraws a record.
    ///
    /// # Errors
    /// [`Error::Request`] if it is withdrawn already.
    pub fn withdraw(&self, record: &RecordId, reason: &str, moment: &Moment) -> Result<()> {
        let mut writer = self.writer()?;
        let snapshot = self.snapshot();
        let found = snapshot.catalogue.record(record).ok_or_else(|| Error::NotFound(record.to_string()))?;
        if found.withdrawn.is_some() {
            return Err(Error::Request(format!("{record} 已经撤回")));
        }
        let change = Change::Withdraw { record: record.clone(), reason: reason.to_owned() };
        self.commit(&mut writer, vec![change], &[], moment)
    }

    /// Puts party `from` under the roof of party `into`; [`split`](Self::split) undoes it.
    ///
    /// # Errors
    /// [`Error::Request`] if they are one party already, or `from` is under another's roof.
    pub fn merge(&self, from: PartyId, into: PartyId, moment: &Moment) -> Result<()> {
        let mut writer = self.writer()?;
        let catalogue = self.snapshot().catalogue;
        if catalogue.parties().canonical(from) == catalogue.parties().canonical(into) {
            return Err(Error::Request(format!("{from} 与 {into} 已经是同一主体")));
        }
        let roof = catalogue.parties().canonical(from);
        if roof != from {
            // Merging its roof would merge others too, and a split of `from` would not undo it.
            return Err(Error::Request(format!("{from} 已并入 {roof}；请先 party split {from}，或合并 {roof}")));
        }
        self.commit(&mut writer, vec![Change::Merge { from, into }], &[], moment)
    }

    /// Lets a merged party stand by itself again.
    ///
    /// # Errors
    /// [`Error::Request`] if it was not merged into another.
    pub fn split(&self, party: PartyId, moment: &Moment) -> Result<()> {
        let mut writer = self.writer()?;
        if self.snapshot().catalogue.parties().canonical(party) == party {
            return Err(Error::Request(format!("{party} 没有并入其他主体")));
        }
        self.commit(&mut writer, vec![Change::Split { party }], &[], moment)
    }

    /// Takes the right to write; whoever plans a change holds it from the first look at the snapshot to the commit.
    fn writer(&self) -> Result<MutexGuard<'_, Writer>> {
        let writer = self.writer.as_ref().ok_or_else(|| Error::Request("数据目录是以只读方式打开的".to_owned()))?;
        Ok(writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes changes to the log and publishes the next snapshot. When it returns they are on disk and visible; when it
    /// fails after the log was written, the next commit shows them.
    fn commit(
        &self,
        writer: &mut Writer,
        changes: Vec<Change>,
        contacts: &[(RecordId, Contact)],
        moment: &Moment,
    ) -> Result<()> {
        let last = writer.log.append(changes, contacts, &moment.instant, &self.definition.fingerprint)?;
        let mut catalogue = Catalogue::clone(&self.snapshot().catalogue);
        let entries = writer.log.entries(catalogue.seq(), last)?;
        let affected = views::follow(&writer.fulltext, &self.definition, &self.segmenter, &mut catalogue, &entries)?;
        let (searcher, _) = writer.fulltext.searcher()?;
        let impacts = &self.snapshot().impacts;
        let impacts = impacts::follow(impacts, &self.definition, &self.segmenter, &catalogue, &affected);
        let next = Snapshot { catalogue: Arc::new(catalogue), impacts: Arc::new(impacts), searcher };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    fn segmenter(&self) -> &Segmenter {
        self.segmenter.get_or_init(|| Segmenter::new(&self.definition))
    }
}

/// Refuses a declaration whose lanes name rules or features that do not exist, or let a feature quote hidden columns.
///
/// # Errors
/// [`Error::Definition`] names the lane.
pub fn check_definition(definition: Definition) -> Result<Definition> {
    for lane in definition.lanes.values() {
        check_lane(lane, &definition.kinds)
            .map_err(|reason| Error::Definition { file: format!("lanes/{}.toml", lane.name), reason })?;
    }
    Ok(definition)
}

/// Creates a directory that only its owner may enter: it holds contacts.
fn create_private(directory: &Path) -> Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(directory).map_err(Error::io("创建", directory))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let only_owner = fs::Permissions::from_mode(0o700);
        fs::set_permissions(directory, only_owner).map_err(Error::io("设置权限", directory))?;
    }
    Ok(())
}
