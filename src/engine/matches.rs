//! Answering a request for matches: which posting, which lane, and the list from one snapshot.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::catalogue::Catalogue;
use crate::definition::{Lane, Role};
use crate::engine::{Engine, Snapshot};
use crate::error::{Error, Result};
use crate::matching::{BatchOptions, Chains, Context, LaneBatch, MatchOptions, look_back, match_posting};
use crate::model::{MatchList, Moment, Reach, Record, RecordId, State, Value, Viewer};

/// What to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchSubject {
    /// A stored demand, by identifier or by the table's own number.
    Demand(String),
    /// A stored supply.
    Supply(String),
    /// A text, taken for a posting of a kind.
    Text {
        /// The text.
        text: String,
        /// The kind's name.
        kind: String,
    },
}

/// A request for matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchRequest {
    /// What to match.
    pub subject: MatchSubject,
    /// The lane; needed only where several serve the kind.
    pub lane: Option<String>,
    /// How much to show.
    pub options: MatchOptions,
}

/// What matching a whole lane gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneSummary {
    /// The lane's declared name.
    pub lane: String,
    /// The lane's Chinese label.
    pub label: String,
    /// Open demands.
    pub n_demands: usize,
    /// Demands with a match.
    pub n_matched: usize,
    /// Open supplies.
    pub n_supplies: usize,
    /// Supplies that are among the first twenty of no demand.
    pub n_unseen: usize,
}

/// Is told how many demands are done of how many, and says whether to go on.
pub type OnProgress<'a> = dyn Fn(usize, usize) -> ControlFlow<()> + Sync + 'a;

/// Lists that are explained before they are handed on.
const LISTS_AT_A_TIME: usize = 256;

/// A free text may have this many characters.
const TEXT_CHARS_MAX: usize = 5_000;

impl Engine {
    /// Matches a posting and explains every match.
    ///
    /// # Errors
    /// If the posting, the kind or the lane is unknown, or the views cannot be read.
    pub fn matches(&self, request: &MatchRequest, moment: &Moment) -> Result<MatchList> {
        self.match_one(request, moment, true)
    }

    /// Matches a posting without telling its places in the lists of its matches, which takes a match for each.
    ///
    /// # Errors
    /// As [`matches`](Self::matches).
    pub fn matches_alone(&self, request: &MatchRequest, moment: &Moment) -> Result<MatchList> {
        self.match_one(request, moment, false)
    }

    fn match_one(&self, request: &MatchRequest, moment: &Moment, looks_back: bool) -> Result<MatchList> {
        let snapshot = self.snapshot();
        let (subject, role) = self.subject(&snapshot.catalogue, &request.subject)?;
        let lane = self.lane(&subject.kind, role, request.lane.as_deref())?;
        let market = self.market(&snapshot, &[lane], moment.as_of);
        let chains = Chains::new(&market, &self.definition.titles);
        let context = self.context(&snapshot, &chains, moment);
        let mut list = match_posting(context, lane, &subject, request.options);
        if looks_back {
            look_back(context, lane, &subject, &mut list.matches, request.options.order);
        }
        Ok(list)
    }

    /// Matches every open demand of one lane or of all; `on_progress` is told how many demands are done of how many
    /// and says whether to go on, and `on_lists` gets the lists in order, lane by lane, some at a time.
    ///
    /// # Errors
    /// If the lane is unknown, the views cannot be read, or `on_lists` fails; [`Error::Cancelled`] if `on_progress` says so.
    pub fn match_all(
        &self,
        lane: Option<&str>,
        options: BatchOptions,
        moment: &Moment,
        on_progress: &OnProgress<'_>,
        on_lists: &mut dyn FnMut(&[MatchList]) -> Result<()>,
    ) -> Result<Vec<LaneSummary>> {
        let lanes = self.find_lanes(lane)?;
        let snapshot = self.snapshot();
        let market = self.market(&snapshot, &lanes, moment.as_of);
        let chains = Chains::new(&market, &self.definition.titles);
        let context = self.context(&snapshot, &chains, moment);
        let is_open = |record: &&Record| record.is_listed() && record.state(moment.as_of) == State::Open;
        let count = |lane: &&Lane| snapshot.catalogue.records_of_kind(&lane.demand).filter(is_open).count();
        let total: usize = lanes.iter().map(count).sum();
        let (done, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let mut summaries = Vec::new();
        for lane in lanes {
            let on_done = || {
                let next = on_progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                is_over.fetch_or(next.is_break(), Ordering::Relaxed);
                next
            };
            let batch = LaneBatch::build(context, lane, options, &on_done);
            if is_over.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            let mut n_matched = 0;
            for start in (0..batch.n_demands()).step_by(LISTS_AT_A_TIME) {
                let lists = batch.lists(start..batch.n_demands().min(start + LISTS_AT_A_TIME));
                n_matched += lists.iter().filter(|list| !list.matches.is_empty()).count();
                on_lists(&lists)?;
            }
            let (n_supplies, n_unseen) = batch.unseen();
            let (lane, n_demands) = (batch.lane().clone(), batch.n_demands());
            summaries.push(LaneSummary {
                lane: lane.name,
                label: lane.label,
                n_demands,
                n_matched,
                n_supplies,
                n_unseen,
            });
        }
        Ok(summaries)
    }

    /// Matches for a viewer every open demand that it may change, of one lane or of all; else as
    /// [`match_all`](Self::match_all).
    ///
    /// # Errors
    /// As [`match_all`](Self::match_all).
    pub fn match_all_for(
        &self,
        lane: Option<&str>,
        options: MatchOptions,
        (viewer, moment): (&Viewer, &Moment),
        on_progress: &OnProgress<'_>,
        on_lists: &mut dyn FnMut(&[MatchList]) -> Result<()>,
    ) -> Result<()> {
        if viewer.reach == Reach::All {
            let options = BatchOptions { list: options, exposure_max: None };
            return self.match_all(lane, options, moment, on_progress, on_lists).map(drop);
        }
        let catalogue = self.snapshot().catalogue;
        let is_meant = |record: &&Record| {
            let is_open = record.is_listed() && record.state(moment.as_of) == State::Open;
            is_open && self.reaches(&catalogue, record.party, viewer)
        };
        let mut demands: Vec<(&str, &RecordId)> = Vec::new();
        for lane in self.find_lanes(lane)? {
            let meant = catalogue.records_of_kind(&lane.demand).filter(is_meant);
            demands.extend(meant.map(|record| (lane.name.as_str(), &record.id)));
        }
        for (n_done, (lane, id)) in (1..).zip(&demands) {
            let subject = MatchSubject::Demand(id.to_string());
            let request = MatchRequest { subject, lane: Some((*lane).to_owned()), options };
            match self.matches_for(&request, viewer, moment) {
                Ok(list) => on_lists(&[list])?,
                // It was withdrawn meanwhile.
                Err(Error::NotFound(_)) => {}
                Err(other) => return Err(other),
            }
            if on_progress(n_done, demands.len()).is_break() {
                return Err(Error::Cancelled);
            }
        }
        Ok(())
    }

    /// Finds a lane by name or label; all lanes if none is named.
    ///
    /// # Errors
    /// [`Error::Request`] if there is no such lane.
    pub fn find_lanes(&self, name: Option<&str>) -> Result<Vec<&Lane>> {
        let is_meant = |lane: &&Lane| name.is_none_or(|name| lane.name == name || lane.label == name);
        let lanes: Vec<&Lane> = self.definition.lanes_in_order().into_iter().filter(is_meant).collect();
        match name {
            Some(name) if lanes.is_empty() => Err(Error::Request(format!("没有“{name}”这条对接通道"))),
            _ => Ok(lanes),
        }
    }

    /// Returns what a match on a day stands on.
    pub(super) fn context<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        chains: &'a Chains<'a>,
        moment: &Moment,
    ) -> Context<'a> {
        Context {
            definition: &self.definition,
            catalogue: &snapshot.catalogue,
            impacts: self.impacts(snapshot),
            chains,
            segmenter: self.segmenter(),
            readings: &self.readings,
            as_of: moment.as_of,
        }
    }

    fn subject(&self, catalogue: &Catalogue, subject: &MatchSubject) -> Result<(Record, Role)> {
        match subject {
            MatchSubject::Demand(id) => Ok((self.find_posting(catalogue, id, Role::Demand)?, Role::Demand)),
            MatchSubject::Supply(id) => Ok((self.find_posting(catalogue, id, Role::Supply)?, Role::Supply)),
            MatchSubject::Text { text, kind } => {
                let kind = self.definition.find_kind(kind)?;
                if !kind.role.is_posting() {
                    return Err(Error::Request(format!("{}不是需求或供应，不能匹配", kind.label)));
                }
                let n_chars = text.chars().count();
                if n_chars == 0 || n_chars > TEXT_CHARS_MAX {
                    return Err(Error::Request(format!("文字应为 1 到 {TEXT_CHARS_MAX} 字，现有 {n_chars} 字")));
                }
                Ok((free_text(text, &kind.name), kind.role))
            }
        }
    }

    fn find_posting(&self, catalogue: &Catalogue, id: &str, role: Role) -> Result<Record> {
        let fits = |record: &&&Record| self.definition.kind(&record.kind).is_some_and(|kind| kind.role == role);
        let all = catalogue.find(id);
        let found: Vec<&Record> = all.iter().filter(fits).copied().collect();
        match (found.as_slice(), all.first()) {
            ([one], _) => Ok((*one).clone()),
            ([], Some(other)) => {
                let label = self.definition.kind(&other.kind).map_or("", |kind| kind.label.as_str());
                let side = if role == Role::Demand { "需求" } else { "供应" };
                Err(Error::Request(format!("{} 是{label}，不是{side}", other.id)))
            }
            ([], None) => Err(Error::NotFound(id.to_owned())),
            (several, _) => Err(Error::Ambiguous {
                id: id.to_owned(),
                candidates: several.iter().map(|record| record.id.to_string()).take(10).collect(),
            }),
        }
    }

    fn lane(&self, kind: &str, role: Role, asked: Option<&str>) -> Result<&Lane> {
        let serves = |lane: &&Lane| match role {
            Role::Demand => lane.demand == kind,
            _ => lane.supply.iter().any(|supply| supply == kind),
        };
        let lanes: Vec<&Lane> = self.definition.lanes.values().filter(serves).collect();
        let names: Vec<&str> = lanes.iter().map(|lane| lane.name.as_str()).collect();
        let label = self.definition.kind(kind).map_or(kind, |kind| kind.label.as_str());
        match (asked, lanes.as_slice()) {
            (Some(name), _) => {
                lanes.iter().find(|lane| lane.name == name || lane.label == name).copied().ok_or_else(|| {
                    Error::Request(format!("{label}没有“{name}”这条对接通道；可用：{}", names.join("、")))
                })
            }
            (None, [one]) => Ok(one),
            (None, []) => Err(Error::Request(format!("{label}还没有对接通道"))),
            (None, several) => {
                several.iter().find(|lane| lane.default_for.iter().any(|of| of == kind)).copied().ok_or_else(|| {
                    Error::Request(format!("{label}有多条对接通道：{}；请用 --lane 指明", names.join("、")))
                })
            }
        }
    }
}

/// Builds a posting that is not stored from a free text; its first line is the title.
pub(super) fn free_text(text: &str, kind: &str) -> Record {
    text_record("", text.lines().next().unwrap_or(text), text, kind)
}

/// Builds a posting that is not stored from a title and a text.
pub(super) fn text_record(id: &str, title: &str, text: &str, kind: &str) -> Record {
    let cells = [("title", title), ("description", text)].into_iter().filter(|(_, raw)| !raw.is_empty());
    let cells = cells.map(|(column, raw)| (column, raw, Value::Text)).collect();
    Record::unstored(RecordId::from_text(id), kind, cells)
}
