//! Making alerts: who is to be told of what the log has taken in since the last time. A new posting is matched both ways
//! and held against the saved searches; of a changed one, its former version is too, and only those are told whom it newly
//! concerns. Alerts and the mark how far they have come are one transaction, so whenever the process ends, no posting is
//! left out and none is told twice.
//!
//! A table of very many postings tells nobody: the next directory does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::catalogue::Catalogue;
use crate::definition::Role;
use crate::engine::access::hours_before;
use crate::engine::matches::free_text;
use crate::engine::watches::{Watch, canonical, live};
use crate::engine::{Engine, Snapshot, views};
use crate::error::{Error, Result};
use crate::fulltext::Standing;
use crate::matching::{Chains, Context, Entered, Heads, newly_entered, newly_listed, pair_score};
use crate::model::{
    AlertCause, AlertMark, Change, Entry, Moment, NewAlert, PartyId, Receiver, Record, RecordId, State,
};
use crate::store::Log;

/// More postings that change at once tell nobody.
const ALERTED_AT_ONCE_MAX: usize = 1_000;
/// Rows of the log that are in memory at once. A change that has as many rows is one of very many postings.
const ENTRIES_AT_A_TIME: u64 = 4_096;
/// About so many postings are told of in one transaction.
const POSTINGS_AT_A_TIME: usize = 64;
/// Alerts are kept this long.
const KEPT_HOURS: i64 = 90 * 24;

/// What whoever makes alerts remembers from one time to the next. It may be lost: then only the next time takes longer.
#[derive(Default)]
pub struct Alerting {
    heads: Heads,
    /// The day of the heads.
    day: Option<Date>,
    /// Read when they are first needed.
    watches: Option<Watches>,
}

/// What became of making alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// How far alerts have come.
    pub mark: AlertMark,
    /// Who was told of something, each once, ascending.
    pub receivers: Vec<Receiver>,
    /// Whether nothing that was in the log is left to be told of.
    pub is_done: bool,
}

/// The saved searches.
#[derive(Default)]
struct Watches {
    standing: Standing<RecordId>,
    read: BTreeMap<RecordId, Watch>,
}

/// What the next rows of the log changed.
#[derive(Default)]
struct Round {
    /// The last row.
    through: u64,
    /// Postings that were put in or changed, each with its last row, and those that were withdrawn.
    postings: BTreeMap<RecordId, u64>,
    withdrawn: BTreeSet<RecordId>,
    watches: BTreeSet<RecordId>,
    /// Whether more changed than single postings and saved searches.
    is_more: bool,
}

/// A posting that somebody may have to be told of.
struct News<'a> {
    record: &'a Record,
    /// Whose it is.
    party: Option<PartyId>,
    /// What it was when alerts were last made, if others could find it then.
    former: Option<Record>,
    /// The row of the log.
    seq: u64,
}

impl Engine {
    /// Tells of the next postings that nobody was told of yet, if there are any; some at a time. `is_over` is asked after
    /// each whether to leave it undone.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if `is_over` says so, or what the log says; then nothing was told, and the next time begins at the same place.
    pub fn tell(&self, alerting: &mut Alerting, is_over: &dyn Fn() -> bool, moment: &Moment) -> Result<Told> {
        let snapshot = self.snapshot();
        let last = snapshot.catalogue.seq();
        let mark = self.log()?.alert_mark()?;
        if mark.through >= last {
            return Ok(Told { mark, receivers: Vec::new(), is_done: true });
        }
        let log = Log::open_again(&self.directory)?;
        let round = self.round(&log, mark.through, last)?;
        self.remember(alerting, &snapshot.catalogue, &round, moment.as_of);
        let news = self.news(&snapshot.catalogue, &log, (&round, mark.through), moment)?;
        let alerts = self.alerts_of(alerting, &snapshot, &news, is_over, moment)?;
        let forget_before = hours_before(&moment.instant, KEPT_HOURS);
        let mark = self.log()?.tell(&alerts, round.through, &moment.instant, forget_before.as_deref())?;
        let receivers: BTreeSet<Receiver> =
            alerts.iter().map(|alert| canonical(&snapshot.catalogue, alert.receiver)).collect();
        Ok(Told { mark, receivers: receivers.into_iter().collect(), is_done: round.through >= last })
    }

    /// Reads what the next rows changed, whole changes only.
    fn round(&self, log: &Log, after: u64, last: u64) -> Result<Round> {
        let up_to = last.min(after + ENTRIES_AT_A_TIME);
        let entries = log.entries(after, up_to)?;
        let mut round = Round { through: after, ..Round::default() };
        // What is written at once has one instant.
        for change in entries.chunk_by(|left, right| left.at == right.at) {
            let Some(end) = change.last() else { continue };
            if end.seq == up_to && up_to < last {
                if round.through == after {
                    (round.through, round.is_more) = (end_of(log, end, last)?, true);
                }
                break;
            }
            let n_postings = change.iter().filter(|entry| self.is_posting(entry)).count();
            if n_postings > ALERTED_AT_ONCE_MAX {
                round.is_more = true;
            } else {
                change.iter().for_each(|entry| self.take(&mut round, entry));
            }
            round.through = end.seq;
            if round.postings.len() >= POSTINGS_AT_A_TIME {
                break;
            }
        }
        Ok(round)
    }

    fn take(&self, round: &mut Round, entry: &Entry) {
        match &entry.change {
            Change::Put { record, .. } if self.is_posting(entry) => {
                round.postings.insert(record.clone(), entry.seq);
            }
            Change::Put { record, kind, .. } if kind == "watch" => {
                round.watches.insert(record.clone());
            }
            // What two parties said to each other changes no list.
            Change::Put { kind, .. } if kind == "intent" => {}
            Change::Withdraw { record, .. } => {
                round.withdrawn.insert(record.clone());
                round.watches.insert(record.clone());
            }
            Change::Put { .. } | Change::Party { .. } | Change::Merge { .. } | Change::Split { .. } => {
                round.is_more = true;
            }
        }
    }

    fn is_posting(&self, entry: &Entry) -> bool {
        let Change::Put { kind, .. } = &entry.change else { return false };
        self.definition.kind(kind).is_some_and(|kind| kind.role.is_posting())
    }

    /// Brings what is remembered up to date.
    fn remember(&self, alerting: &mut Alerting, catalogue: &Catalogue, round: &Round, as_of: Date) {
        if round.is_more || alerting.day != Some(as_of) {
            alerting.heads.clear();
            alerting.day = Some(as_of);
        } else {
            alerting.heads.forget(&round.postings.keys().chain(&round.withdrawn).cloned().collect());
        }
        match &mut alerting.watches {
            // A table may have brought some.
            Some(watches) if !round.is_more => {
                for id in &round.watches {
                    self.put_watch(watches, id, catalogue.record(id));
                }
            }
            unread => {
                let mut watches = Watches::default();
                live(catalogue).for_each(|record| self.put_watch(&mut watches, &record.id, Some(record)));
                *unread = Some(watches);
            }
        }
    }

    fn put_watch(&self, watches: &mut Watches, id: &RecordId, record: Option<&Record>) {
        match record.and_then(|record| self.read_watch(record)) {
            Some(watch) => {
                watches.standing.put(id.clone(), self.search_words(&watch.text));
                watches.read.insert(id.clone(), watch);
            }
            None => {
                watches.standing.remove(id);
                watches.read.remove(id);
            }
        }
    }

    /// Lists the postings of some rows that others may find, in the order in which they came in, each with what it was up
    /// to the row `told`.
    fn news<'c>(
        &self,
        catalogue: &'c Catalogue,
        log: &Log,
        (round, told): (&Round, u64),
        moment: &Moment,
    ) -> Result<Vec<News<'c>>> {
        let is_open = |record: &Record| record.is_listed() && record.state(moment.as_of) == State::Open;
        let mut news = Vec::new();
        for (id, seq) in &round.postings {
            if let Some(record) = catalogue.record(id).filter(|record| is_open(record)) {
                let former = self.former(log, id, told)?.filter(is_open);
                news.push(News { record, party: catalogue.party_of(record), former, seq: *seq });
            }
        }
        news.sort_by_key(|news| news.seq);
        Ok(news)
    }

    /// Lists whom to tell of what.
    fn alerts_of(
        &self,
        alerting: &mut Alerting,
        snapshot: &Snapshot,
        news: &[News<'_>],
        is_over: &dyn Fn() -> bool,
        moment: &Moment,
    ) -> Result<Vec<NewAlert>> {
        let mut alerts = Vec::new();
        if news.is_empty() {
            return Ok(alerts);
        }
        let market = self.market(snapshot, &self.definition.lanes_in_order(), moment.as_of);
        let chains = Chains::new(&market, &self.definition.titles);
        let context = self.context(snapshot, &chains, moment);
        for news in news {
            if is_over() {
                return Err(Error::Cancelled);
            }
            alerts.extend(self.matched(context, &mut alerting.heads, news));
            if let Some(watches) = &alerting.watches {
                alerts.extend(self.watched(context, watches, news, moment));
            }
        }
        Ok(alerts)
    }

    /// Returns the version of a record up to a row; `None` if there was none, or it was withdrawn.
    fn former(&self, log: &Log, id: &RecordId, up_to: u64) -> Result<Option<Record>> {
        let history = log.history(id)?;
        let last = history.iter().take_while(|entry| entry.seq <= up_to).last();
        Ok(last.and_then(|entry| Catalogue::version(&self.definition, entry)))
    }

    /// Tells whose postings it is newly matched with.
    fn matched(&self, context: Context<'_>, heads: &mut Heads, news: &News<'_>) -> Vec<NewAlert> {
        let (record, former) = (news.record, news.former.as_ref());
        let mut alerts: Vec<NewAlert> = Vec::new();
        for lane in self.definition.lanes_in_order() {
            let entered: Vec<Entered> = if *lane.demand == *record.kind {
                newly_listed(context, lane, record, former, heads)
            } else if lane.supply.iter().any(|kind| **kind == *record.kind) {
                newly_entered(context, lane, record, former, heads)
            } else {
                continue;
            };
            for Entered { other, score, rank } in entered {
                let party = context.catalogue.record(&other).and_then(|own| context.catalogue.party_of(own));
                let is_told = |alert: &NewAlert| matches!(&alert.cause, AlertCause::Match { own, .. } if *own == other);
                // Two postings may meet in several lanes.
                let Some(party) = party.filter(|party| Some(*party) != news.party && !alerts.iter().any(is_told))
                else {
                    continue;
                };
                let rank = u32::try_from(rank).unwrap_or(u32::MAX);
                let cause = AlertCause::Match { own: other, lane: lane.name.clone(), score, rank };
                alerts.push(news.alert(Receiver::Party(party), cause));
            }
        }
        alerts
    }

    /// Tells whose saved searches newly find it.
    fn watched(&self, context: Context<'_>, watches: &Watches, news: &News<'_>, moment: &Moment) -> Vec<NewAlert> {
        let finding = |record: &Record| -> BTreeSet<RecordId> {
            let found = self.finding(watches, context.catalogue, record).into_iter();
            let passes = |id: &RecordId| {
                let watch = watches.read.get(id);
                watch.is_some_and(|watch| self.is_found(context, watch, record, moment))
            };
            found.filter(|id| passes(id)).collect()
        };
        let before = news.former.as_ref().map(finding).unwrap_or_default();
        let mut by_owner: BTreeMap<Receiver, Vec<RecordId>> = BTreeMap::new();
        for id in finding(news.record).difference(&before) {
            if let Some(watch) = watches.read.get(id).filter(|watch| watch.since < news.seq) {
                by_owner.entry(canonical(context.catalogue, watch.owner)).or_default().push(id.clone());
            }
        }
        let own = news.party.map(Receiver::Party);
        let others = by_owner.into_iter().filter(|(owner, _)| Some(*owner) != own);
        others.map(|(owner, watches)| news.alert(owner, AlertCause::Watch { watches })).collect()
    }

    /// Lists the saved searches every word of which a record has.
    fn finding(&self, watches: &Watches, catalogue: &Catalogue, record: &Record) -> Vec<RecordId> {
        if watches.standing.is_empty() {
            return Vec::new();
        }
        watches.standing.finding(&views::document(&self.definition, self.segmenter(), catalogue, record))
    }

    /// Says whether a record passes what a saved search asks for beside words.
    fn is_found(&self, context: Context<'_>, watch: &Watch, record: &Record, moment: &Moment) -> bool {
        let is_kind = watch.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| **kind == *record.kind));
        if !is_kind || self.passing(context.catalogue, record, &watch.filters, moment).is_none() {
            return false;
        }
        let Some((name, least)) = &watch.threshold else { return true };
        let Some(lane) = self.definition.lanes.get(name) else { return false };
        let is_demand = self.definition.kind(&record.kind).is_some_and(|kind| kind.role == Role::Demand);
        let Some(other) = (if is_demand { lane.supply.first() } else { Some(&lane.demand) }) else { return false };
        let text = free_text(&watch.text, other);
        let (demand, supply) = if is_demand { (record, &text) } else { (&text, record) };
        pair_score(context, lane, demand, supply).is_some_and(|score| score.0 >= *least)
    }
}

impl News<'_> {
    fn alert(&self, receiver: Receiver, cause: AlertCause) -> NewAlert {
        NewAlert { receiver, posting: self.record.id.clone(), version: self.record.seq, cause }
    }
}

/// Returns the last row that was written at once with `entry`.
fn end_of(log: &Log, entry: &Entry, last: u64) -> Result<u64> {
    let mut end = entry.seq;
    while end < last {
        let entries = log.entries(end, last.min(end + ENTRIES_AT_A_TIME))?;
        let of_it = entries.iter().take_while(|next| next.at == entry.at).count();
        end = entries.get(..of_it).and_then(<[Entry]>::last).map_or(end, |entry| entry.seq);
        if of_it < entries.len() {
            break;
        }
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::definition::Definition;
    use crate::engine::{AlertReason, By, Done, ImportOptions, MatchRequest, MatchSubject, NewPosting};
    use crate::matching::{MatchOptions, MatchOrder};
    use crate::model::Viewer;

    /// A small market in which every demand has more than twenty supplies.
    struct Small {
        _folder: tempfile::TempDir,
        engine: Engine,
        alerting: Alerting,
        moment: Moment,
        chance: Chance,
        last: u64,
    }

    const DEMANDS: u32 = 4;
    const BUYER: PartyId = PartyId(1);

    impl Small {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a temporary directory");
            let engine = Engine::open(folder.path(), Definition::compiled().expect("valid"), "test").expect("new");
            let moment = Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) };
            let alerting = Alerting::default();
            let mut small = Self { _folder: folder, engine, alerting, moment, chance: Chance::new(7, 1), last: 0 };
            let mut rows = |n: u32, party: &str| -> String {
                let titles = (0..n).map(|_| small.words());
                (1..).zip(titles).map(|(row, title): (u32, _)| format!("{party},A{row},{title},{title}\n")).collect()
            };
            let demands = format!("企业名称,编号,需求名称,产品名称\n{}", rows(DEMANDS, "示例甲有限公司"));
            let supplies = format!("企业名称,编号,产品名称,产品说明\n{}", rows(60, "示例乙有限公司"));
            for (kind, table) in [("procurement", demands), ("catalog", supplies)] {
                let file = small._folder.path().join("a.csv");
                std::fs::write(&file, table).expect("written");
                let options = ImportOptions { kind: Some(kind.to_owned()), ..ImportOptions::default() };
                small.tick();
                small.engine.import(&file, &options, &small.moment).expect("imported");
            }
            small.tell();
            small
        }

        fn words(&mut self) -> String {
            let words = ["高速", "低噪声", "农机", "电机"];
            let mut title = "深沟球轴承".to_owned();
            for _ in 0..self.chance.between(0, 2) {
                title.push_str(self.chance.pick(&words).copied().unwrap_or(""));
            }
            title
        }

        /// What is written at once has one instant, and nothing else has.
        fn tick(&mut self) {
            self.last += 1;
            self.moment.instant = format!("2026-06-01T00:00:{:02}.{:03}Z", self.last / 1_000, self.last % 1_000);
        }

        /// Makes all alerts, and returns those that are new.
        fn tell(&mut self) -> Vec<NewAlert> {
            let before = self.engine.last_alert().expect("a number");
            while !self.engine.tell(&mut self.alerting, &|| false, &self.moment).expect("told").is_done {}
            let log = Log::open_again(&self.engine.directory).expect("there");
            let all: Vec<Receiver> = (1..9).map(|id| Receiver::Party(PartyId(id))).collect();
            log.alerts(&all, before, usize::MAX).expect("readable").into_iter().map(|told| told.alert).collect()
        }

        /// Lists the pairs of demand and supply that are in the demands' lists.
        fn listed(&self) -> BTreeSet<(RecordId, RecordId)> {
            let catalogue = self.engine.snapshot().catalogue;
            let demands = catalogue.records_of_kind("procurement").filter(|record| record.withdrawn.is_none());
            let pairs = demands.flat_map(|demand| {
                let options = MatchOptions { top: 20, below_floor: false, order: MatchOrder::Score };
                let subject = MatchSubject::Demand(demand.id.to_string());
                let list = self.engine.matches_alone(&MatchRequest { subject, lane: None, options }, &self.moment);
                let matches = list.expect("matched").matches;
                matches.into_iter().map(|found| (demand.id.clone(), found.id)).collect::<Vec<_>>()
            });
            pairs.collect()
        }

        fn put(&mut self, kind: &str, party: &str, code: &str) -> RecordId {
            self.tick();
            let title = self.words();
            let mut cells = BTreeMap::from([("code".to_owned(), code.to_owned()), ("title".to_owned(), title.clone())]);
            let column = if kind == "catalog" { "description" } else { "product" };
            cells.insert(column.to_owned(), title);
            let (viewer, id) = (Viewer::operator(), format!("{party}:{kind}:{code}"));
            let by = By::viewer(&viewer);
            let is_known = self.engine.snapshot().catalogue.record(&RecordId::from_text(&id)).is_some();
            let done = match is_known {
                true => self.engine.change_posting(&id, &cells, &by, &self.moment),
                false => {
                    let new = NewPosting { kind: kind.to_owned(), party: Some(party.to_owned()), cells };
                    self.engine.create_posting(&new, &by, &self.moment)
                }
            };
            let Ok(Done::Now(outcome)) = done else { panic!("{id}: {done:?}") };
            outcome.id.expect("accepted")
        }
    }

    #[test]
    fn those_are_told_whose_lists_it_newly_enters_and_nobody_else() {
        let mut small = Small::new();
        let mut listed = small.listed();
        let (mut n_told, mut n_unmoved) = (0, 0);
        for step in 0..20 {
            let (kind, id) = match step % 10 {
                7 => ("procurement", small.put("procurement", "P1", &format!("B{step}"))),
                8 => {
                    small.tick();
                    // Some that are in lists, so that worse ones have room there.
                    let gone: BTreeSet<RecordId> = listed.iter().step_by(5).map(|(_, id)| id.clone()).collect();
                    for id in &gone {
                        small.engine.withdraw(id, "", &small.moment).expect("withdrawn");
                    }
                    ("catalog", gone.first().cloned().expect("there are some"))
                }
                // Some are changed again and again.
                _ => ("catalog", small.put("catalog", "P2", &format!("C{}", step % 6 + step / 20))),
            };
            let alerts = small.tell();
            let now = small.listed();
            let is_it = |(demand, supply): &&(RecordId, RecordId)| {
                if kind == "catalog" { *supply == id } else { *demand == id }
            };
            let entered = now.difference(&listed).filter(is_it);
            let expected: BTreeSet<(Receiver, RecordId)> = entered
                .map(|(demand, supply)| match kind {
                    "catalog" => (Receiver::Party(BUYER), demand.clone()),
                    _ => (Receiver::Party(PartyId(2)), supply.clone()),
                })
                .collect();
            let told = alerts.iter().map(|alert| match &alert.cause {
                AlertCause::Match { own, .. } => (alert.receiver, own.clone()),
                AlertCause::Watch { .. } => panic!("nobody saved a search"),
            });
            assert_eq!(told.collect::<BTreeSet<_>>(), expected, "{step} {id}");
            assert!(alerts.iter().all(|alert| alert.posting == id), "{step}");
            n_told += alerts.len();
            n_unmoved += usize::from(alerts.is_empty());
            assert!(now.len() > 60, "most lists are full: {}", now.len());
            listed = now;
        }
        assert!(n_told > 20 && n_unmoved > 3, "{n_told} {n_unmoved}");
    }

    #[test]
    fn rank_and_score_are_those_of_the_list() {
        let mut small = Small::new();
        let before = small.engine.last_alert().expect("a number");
        let id = small.put("procurement", "P1", "B1");
        small.tell();
        let told = small.engine.alerts(Receiver::Party(PartyId(2)), before, 100, &small.moment).expect("readable");
        let options = MatchOptions { top: 20, below_floor: false, order: MatchOrder::Score };
        let request = MatchRequest { subject: MatchSubject::Demand(id.to_string()), lane: None, options };
        let list = small.engine.matches_alone(&request, &small.moment).expect("matched");
        let expected: Vec<_> = list.matches.iter().map(|found| (found.id.clone(), found.rank, found.score)).collect();
        let shown = told.iter().filter(|alert| alert.posting.id == id).map(|alert| match &alert.reason {
            AlertReason::Match { own, rank, score, .. } => {
                (own.id.clone(), usize::try_from(*rank).expect("small"), *score)
            }
            AlertReason::Watch { .. } => panic!("nobody saved a search"),
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }
}
