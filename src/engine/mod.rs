//! The engine: one door to a data directory. It opens the log and the views, appends what was accepted, publishes the
//! next snapshot, and answers from one snapshot at a time. It prints nothing, reads no clock and no environment: the
//! moment of a request is an argument.

mod access;
mod agendas;
mod alerting;
mod alerts;
mod chains;
mod dossier;
mod evaluate;
mod facets;
mod finding;
mod hooks;
mod impacts;
mod import;
mod intents;
mod kept;
mod matches;
mod outcomes;
mod place;
mod plan;
mod posting;
mod probing;
mod replay;
mod roster;
mod search;
mod searching;
mod verify;
mod viewing;
mod views;
mod watches;
mod writing;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use jiff::civil::Date;

use crate::catalogue::{Catalogue, TrackRecords};
use crate::chain::Market;
use crate::definition::Definition;
use crate::error::{Error, Result};
use crate::fulltext::{Fulltext, Searcher};
use crate::impact::Impacts;
use crate::matching::{NamedMarket, Readings, check_lane};
use crate::model::{Change, Contact, Moment, Notice, PartyId, Record, RecordId, Viewer};
use crate::seal::sync_parent;
use crate::store::{Log, WriterLock};
use crate::text::Segmenter;

use access::{OpenKeys, trace};
use probing::Probes;
use replay::Opened;
use searching::Reading;
use writing::Writing;

pub use access::NewKey;
pub use agendas::{Losses, Mended, check_plan, repair_plan, solve_plan};
pub use alerting::{Alerting, Told};
pub use alerts::{Alert, AlertReason, Alerts};
pub use chains::{
    ChainBook, ChainCritical, ChainGaps, ChainRates, ChainRow, ChainShown, GoalAnswer, GoalMember, LeaderConcentration,
    LeaderPurchases, LinkPlace, NamePlace, PartyLink, ProductPlace, RateRequest, Unplaced,
};
pub use dossier::{Dossier, Listed};
pub use evaluate::{Judgments, Quality, Rankings, TrialOptions, TrialText, measure, rank_trial};
pub use facets::{FacetCount, SearchFilters, SearchPage};
pub use hooks::HookAtWork;
pub use import::{Imported, draft_mapping};
pub use intents::{IntentAnswer, IntentSide, IntentSight, NewIntent};
pub use matches::{LaneSummary, MatchRequest, MatchSubject};
pub use outcomes::NewOutcome;
pub use plan::ImportOptions;
pub use posting::{Answering, By, Done, NewPosting, PostingOutcome};
pub use search::{Found, SearchResult};
pub use verify::restore;
#[cfg(feature = "service")]
pub use viewing::bad_cursor;
pub use viewing::{Glimpse, Page, PageRequest, PartySight, SeenField, Sight};
pub use watches::{NewWatch, WatchSight};

/// An immutable state of the views; all of one sequence number.
#[derive(Clone)]
pub struct Snapshot {
    /// Parties and records.
    pub catalogue: Arc<Catalogue>,
    /// Read or built when they are first asked for.
    impacts: Arc<OnceLock<Impacts>>,
    /// From which file they can be read.
    stored: Arc<StoredImpacts>,
    /// What came of suppliers' dealings, on the day that was asked about first.
    records: Arc<OnceLock<(Date, Arc<TrackRecords>)>>,
    /// What matching asks of the supply chains, on the day that was asked about first.
    market: Arc<OnceLock<(Date, Arc<NamedMarket>)>>,
    /// All that is known of the supply chains, on the day that was asked about first.
    chains: Arc<OnceLock<(Date, Arc<Market>)>>,
    /// Of the catalogue's sequence number; opened at the first search where nothing is written.
    searcher: Option<Searcher>,
}

/// The impact indexes that a file shows, and what changed since.
#[derive(Debug, Default)]
struct StoredImpacts {
    /// The state that the file shows; empty if none is known.
    state: String,
    /// The last entry that it shows.
    on_disk: u64,
    /// The records that changed since.
    changed: Vec<RecordId>,
}

impl Snapshot {
    fn new(catalogue: Arc<Catalogue>, searcher: Option<Searcher>) -> Self {
        Self {
            catalogue,
            impacts: Arc::default(),
            stored: Arc::default(),
            records: Arc::default(),
            market: Arc::default(),
            chains: Arc::default(),
            searcher,
        }
    }

    fn opened(opened: Opened, searcher: Option<Searcher>) -> Self {
        let stored = StoredImpacts { state: opened.state, on_disk: opened.on_disk, changed: opened.changed };
        Self { stored: Arc::new(stored), ..Self::new(Arc::new(opened.catalogue), searcher) }
    }

    /// Returns the track records on a day.
    fn records(&self, as_of: Date) -> Arc<TrackRecords> {
        let build = || Arc::new(self.catalogue.track_records(as_of));
        let (day, records) = self.records.get_or_init(|| (as_of, build()));
        if *day == as_of { Arc::clone(records) } else { build() }
    }
}

/// An open data directory.
pub struct Engine {
    directory: PathBuf,
    /// Who asks, for others who want to write.
    holder: String,
    definition: Arc<Definition>,
    segmenter: OnceLock<Segmenter>,
    readings: Readings,
    probes: Probes,
    current: RwLock<Snapshot>,
    /// Known where it is opened for writing.
    keys: RwLock<OpenKeys>,
    /// Before the writer, so that it is closed before others may write.
    log: Option<Arc<Mutex<Log>>>,
    writing: Option<Writing>,
    notices: Mutex<Vec<Notice>>,
}

/// The folder in a data directory of all that is made anew from the log.
const VIEWS_FOLDER: &str = "views";
/// The full-text view's folder in a data directory.
const FULLTEXT_FOLDER: &str = "views/fulltext";

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
        let opened = replay::open(directory, &definition, &log)?;
        let (fulltext, was_damaged) = views::synced(directory, &definition, &segmenter, &log, &opened.catalogue)?;
        let (searcher, _) = fulltext.searcher()?;
        let was_damaged = was_damaged || opened.was_damaged;
        let keys = access::open_keys(&log)?;
        let mended = [(log.had_broken_seal(), Notice::SealRenewed), (was_damaged, Notice::ViewRebuilt)];
        let log = Arc::new(Mutex::new(log));
        let on_disk = opened.on_disk;
        let snapshot = Snapshot::opened(opened, Some(searcher));
        let shown = (Arc::clone(&snapshot.catalogue), on_disk);
        Ok(Self {
            directory: directory.to_path_buf(),
            holder: holder.to_owned(),
            definition,
            segmenter,
            readings: Readings::default(),
            probes: Probes::default(),
            current: RwLock::new(snapshot),
            keys: RwLock::new(keys),
            log: Some(Arc::clone(&log)),
            writing: Some(Writing::new(log, fulltext, shown, lock)),
            notices: Mutex::new(mended.into_iter().filter(|(was, _)| *was).map(|(_, notice)| notice).collect()),
        })
    }

    /// Opens a data directory for reading what its log holds by now. The full-text view is opened at the first search. A
    /// log that was left in the middle of a change is put in order first, unless another process is writing.
    ///
    /// # Errors
    /// [`Error::NoData`] if there is no log; else what the log, the views or the declaration say.
    pub fn open_for_reading(directory: &Path, definition: Definition, holder: &str) -> Result<Self> {
        let log = Log::open_for_reading(directory)?;
        if !log.is_sealed() {
            match Self::open(directory, definition.clone(), holder) {
                Err(Error::Locked { .. } | Error::Io { .. } | Error::Log(_) | Error::Fulltext(_)) => {
                    log.check()?;
                }
                opened => return opened.map(|engine| Self { log: None, writing: None, ..engine }),
            }
        }
        let definition = Arc::new(check_definition(definition)?);
        views::check_end(directory, &definition, &log)?;
        let opened = replay::open(directory, &definition, &log)?;
        // Without a file every reader would read the whole log again; one that does not get the lock does without.
        if opened.on_disk == 0
            && replay::is_due(&opened.catalogue, 0)
            && let Ok(_lock) = WriterLock::take(directory, holder)
        {
            replay::save_catalogue(directory, &definition, &opened.catalogue);
        }
        let was_damaged = opened.was_damaged;
        let reader = Self::reader(directory, definition, holder, Snapshot::opened(opened, None));
        if was_damaged {
            reader.notice(Notice::ViewRebuilt);
        }
        Ok(reader)
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
        let definition = Arc::new(check_definition(definition)?);
        let (searcher, _) = Fulltext::in_memory().searcher()?;
        Ok(Self::reader(directory, definition, holder, Snapshot::new(Arc::default(), Some(searcher))))
    }

    fn reader(directory: &Path, definition: Arc<Definition>, holder: &str, snapshot: Snapshot) -> Self {
        Self {
            directory: directory.to_path_buf(),
            holder: holder.to_owned(),
            definition,
            segmenter: OnceLock::new(),
            readings: Readings::default(),
            probes: Probes::default(),
            current: RwLock::new(snapshot),
            keys: RwLock::default(),
            log: None,
            writing: None,
            notices: Mutex::default(),
        }
    }

    /// Returns the declaration.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Returns what was found damaged until now and has been mended, each once.
    pub fn notices(&self) -> Vec<Notice> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn notice(&self, notice: Notice) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }

    /// Returns the present snapshot; later writes leave it unchanged.
    pub fn snapshot(&self) -> Snapshot {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how to reach somebody about a record.
    pub fn contact(&self, record: &RecordId) -> Result<Contact> {
        Log::open_again(&self.directory)?.contact(record)
    }

    /// Withdraws a record.
    ///
    /// # Errors
    /// [`Error::Request`] if it is withdrawn already.
    pub fn withdraw(&self, record: &RecordId, reason: &str, moment: &Moment) -> Result<()> {
        let (writer, catalogue) = self.writer()?;
        let found = catalogue.record(record).ok_or_else(|| Error::NotFound(record.to_string()))?;
        if found.withdrawn.is_some() {
            return Err(Error::Request(format!("{record} 已经撤回")));
        }
        let change = Change::Withdraw { record: record.clone(), reason: reason.to_owned() };
        let asides = [trace(&Viewer::operator(), "withdraw", record)];
        self.commit(writer, vec![change], &[], &asides, moment)
    }

    /// Puts party `from` under the roof of party `into`; [`split`](Self::split) undoes it.
    ///
    /// # Errors
    /// [`Error::Request`] if they are one party already, or `from` is under another's roof.
    pub fn merge(&self, from: PartyId, into: PartyId, moment: &Moment) -> Result<()> {
        let (writer, catalogue) = self.writer()?;
        if catalogue.parties().canonical(from) == catalogue.parties().canonical(into) {
            return Err(Error::Request(format!("{from} 与 {into} 已经是同一主体")));
        }
        let roof = catalogue.parties().canonical(from);
        if roof != from {
            // Merging its roof would merge others too, and a split of `from` would not undo it.
            return Err(Error::Request(format!("{from} 已并入 {roof}；请先 party split {from}，或合并 {roof}")));
        }
        let asides = [trace(&Viewer::operator(), "merge", &from)];
        self.commit(writer, vec![Change::Merge { from, into }], &[], &asides, moment)
    }

    /// Lets a merged party stand by itself again.
    ///
    /// # Errors
    /// [`Error::Request`] if it was not merged into another.
    pub fn split(&self, party: PartyId, moment: &Moment) -> Result<()> {
        let (writer, catalogue) = self.writer()?;
        if catalogue.parties().canonical(party) == party {
            return Err(Error::Request(format!("{party} 没有并入其他主体")));
        }
        let asides = [trace(&Viewer::operator(), "split", &party)];
        self.commit(writer, vec![Change::Split { party }], &[], &asides, moment)
    }

    /// Returns the impact indexes of a snapshot: from their file and what changed since, else built anew. Where they had to
    /// be built, or the files show too little, the files are written if nobody else writes.
    fn impacts<'s>(&self, snapshot: &'s Snapshot) -> &'s Impacts {
        snapshot.impacts.get_or_init(|| {
            let (definition, segmenter, catalogue) = (&self.definition, &self.segmenter, &snapshot.catalogue);
            let stored = replay::stored_impacts(&self.directory, &snapshot.stored.state);
            if stored.as_ref().is_err_and(|was_damaged| *was_damaged) {
                self.notice(Notice::ViewRebuilt);
            }
            let is_due = stored.is_err() || replay::is_due(catalogue, snapshot.stored.on_disk);
            let impacts = match stored {
                Ok(stored) => {
                    let changed = &snapshot.stored.changed;
                    let records: Vec<&Record> = changed.iter().filter_map(|id| catalogue.record(id)).collect();
                    let weighed =
                        impacts::weigh_all(&definition.text_fields(), definition, segmenter, catalogue, &records);
                    impacts::follow(&stored, catalogue, changed, weighed)
                }
                Err(_) => impacts::build(definition, segmenter, catalogue),
            };
            // A reader that does not get the lock does without.
            if is_due
                && self.writing.is_none()
                && let Ok(_lock) = WriterLock::take(&self.directory, &self.holder)
            {
                replay::save(&self.directory, definition, catalogue, &impacts);
            }
            impacts
        })
    }

    /// Returns a snapshot with its searcher. Where there was none yet, what is shown from then on is what the view shows.
    fn searchable(&self) -> Result<(Arc<Catalogue>, Searcher)> {
        let snapshot = self.snapshot();
        if let Some(searcher) = snapshot.searcher {
            return Ok((snapshot.catalogue, searcher));
        }
        let reading = Reading {
            directory: &self.directory,
            definition: &self.definition,
            segmenter: &self.segmenter,
            holder: &self.holder,
            on_notice: &|notice| self.notice(notice),
        };
        let (catalogue, searcher) = reading.searcher(&snapshot.catalogue)?;
        let next = match catalogue.seq() == snapshot.catalogue.seq() {
            true => Snapshot { searcher: Some(searcher.clone()), ..snapshot },
            false => Snapshot::new(Arc::new(catalogue), Some(searcher.clone())),
        };
        let catalogue = Arc::clone(&next.catalogue);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok((catalogue, searcher))
    }

    /// Returns the impact indexes, for measurements.
    #[cfg(feature = "bench")]
    #[doc(hidden)]
    pub fn impact_indexes(&self) -> Impacts {
        self.impacts(&self.snapshot()).clone()
    }

    /// Loads what the first match would wait for: the dictionary and the impact indexes.
    pub fn warm_up(&self) {
        self.segmenter();
        self.impacts(&self.snapshot());
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
    sync_parent(directory)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let only_owner = fs::Permissions::from_mode(0o700);
        fs::set_permissions(directory, only_owner).map_err(Error::io("设置权限", directory))?;
    }
    Ok(())
}
