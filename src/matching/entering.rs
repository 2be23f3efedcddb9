//! Whose lists a new or changed posting enters. A demand's list is known by its head: the best supplies with what they are
//! ordered by. A supply that is not better than the last of a full head does not enter, which needs no match; one that may
//! enter is found out by matching the demand until there are enough that are better.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::definition::Lane;
use crate::matching::judge::{Judge, Judged, MatchOptions, MatchOrder};
use crate::matching::pair::{Context, Side};
use crate::matching::rank::{Candidate, candidates, side};
use crate::model::{Fit, Record, RecordId, Score, State};

/// A posting that a new or changed one is newly matched with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// The posting on the other side.
    pub other: RecordId,
    /// The score of the pair.
    pub score: Score,
    /// The supply's place in the demand's list, from 1.
    pub rank: usize,
}

/// By what a list is ordered, the best first.
type Key = (Fit, Reverse<bool>, Reverse<Score>, RecordId);

/// The best of a demand's list, one more than count; or so many of it as count, which tells what is not among the best.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Head {
    best: Vec<Key>,
}

/// The heads of lists that were looked at lately. They hold as long as no supply in them changes or goes: others that come
/// only push the last one out.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    by_demand: BTreeMap<(String, RecordId), Head>,
}

/// A posting is among the first if it is among so many.
const FIRST: usize = 20;
/// So many heads are remembered before all are forgotten.
const HEADS_MAX: usize = 20_000;
/// Demands that are matched together, sharing what is worked out about their supplies.
const DEMANDS_AT_A_TIME: usize = 32;

/// What belongs to a list.
const LISTED: MatchOptions = MatchOptions { top: FIRST, below_floor: false, order: MatchOrder::Score };

impl Heads {
    /// Forgets everything, as when what is known of parties, or the day, has changed.
    pub fn clear(&mut self) {
        self.by_demand.clear();
    }

    /// Forgets the heads of some demands, and those that have one of some supplies.
    pub fn forget(&mut self, changed: &BTreeSet<RecordId>) {
        let is_touched = |head: &Head| head.best.iter().any(|(.., id)| changed.contains(id));
        self.by_demand.retain(|(_, demand), head| !changed.contains(demand) && !is_touched(head));
    }

    fn get(&self, lane: &Lane, demand: &RecordId) -> Option<&Head> {
        self.by_demand.get(&(lane.name.clone(), demand.clone()))
    }

    fn put(&mut self, lane: &Lane, demand: &RecordId, head: Head) {
        if self.by_demand.len() >= HEADS_MAX {
            self.clear();
        }
        self.by_demand.insert((lane.name.clone(), demand.clone()), head);
    }
}

impl Head {
    /// Takes the best of some, one more than count; or the first so many that are better than `enough`.
    fn of(keys: impl Iterator<Item = Key>, enough: Option<&Key>) -> Self {
        let (mut best, mut n_better) = (Vec::new(), 0);
        for key in keys {
            n_better += usize::from(enough.is_some_and(|enough| key < *enough));
            best.push(key);
            if n_better == FIRST {
                break;
            }
        }
        best.sort_unstable();
        best.truncate(if n_better == FIRST { FIRST } else { FIRST + 1 });
        Self { best }
    }

    /// Says whether something could be among the first.
    fn has_room_for(&self, key: &Key) -> bool {
        self.best.get(FIRST - 1).is_none_or(|last| key <= last)
    }

    /// Says whether something would be among the first in place of `id`.
    fn has_room_without(&self, id: &RecordId, key: &Key) -> bool {
        self.best.iter().filter(|(.., other)| other != id).take_while(|other| *other < key).count() < FIRST
    }

    fn first(&self) -> impl Iterator<Item = Entered> {
        let ranked = (1..).zip(self.best.iter().take(FIRST));
        ranked.map(|(rank, (.., Reverse(score), id))| Entered { other: id.clone(), score: *score, rank })
    }
}

/// Lists the supplies that are among the first of a new or changed demand's list, and were not among those of its former
/// version, best first.
///
/// # Complexity
/// That of two matches.
pub fn newly_listed(
    context: Context<'_>,
    lane: &Lane,
    demand: &Record,
    former: Option<&Record>,
    heads: &mut Heads,
) -> Vec<Entered> {
    let former = former.map(unfiled);
    let both: Vec<&Record> = std::iter::once(demand).chain(&former).collect();
    let both: Vec<(&Record, Option<&Key>)> = both.into_iter().map(|demand| (demand, None)).collect();
    let mut found = matched(context, lane, &both).into_iter();
    let (Some(head), former) = (found.next(), found.next()) else { return Vec::new() };
    let known: BTreeSet<RecordId> = former.iter().flat_map(Head::first).map(|entered| entered.other).collect();
    let entered = head.first().filter(|entered| !known.contains(&entered.other)).collect();
    heads.put(lane, &demand.id, head);
    entered
}

/// Lists the demands to whose first ones a new or changed supply belongs, and its former version would not, by ascending
/// identifier. Only those are looked at that would be looked at for the supply's own list.
///
/// # Complexity
/// That of one match, and of one for each demand that it may enter.
pub fn newly_entered(
    context: Context<'_>,
    lane: &Lane,
    supply: &Record,
    former: Option<&Record>,
    heads: &mut Heads,
) -> Vec<Entered> {
    if !is_open(context, supply) {
        return Vec::new();
    }
    let judge = Judge::new(context.definition, lane);
    let own = side(context, lane, supply);
    let former = former.filter(|former| is_open(context, former)).map(unfiled);
    let former = former.as_ref().map(|former| side(context, lane, former));
    let ids: BTreeSet<RecordId> = candidates(&own, lane).into_iter().map(|found| found.id).collect();
    let demands: Vec<&Record> = ids.iter().filter_map(|id| context.catalogue.record(id)).collect();
    let worthy = demands.par_iter().filter_map(|demand| {
        let other = side(context, lane, demand);
        let key_of = |own: &Side<'_>| judge.listed(&other, own, None, LISTED).map(|judged| key(&judged, &supply.id));
        let now = key_of(&own)?;
        let is_new = heads.get(lane, &demand.id).is_none_or(|head| head.has_room_for(&now));
        is_new.then(|| {
            let before = former.as_ref().and_then(key_of);
            (*demand, now, before)
        })
    });
    // Collected in the order of the demands, whichever thread took which.
    let worthy: Vec<(&Record, Key, Option<Key>)> = worthy.collect();
    let mut entered = Vec::new();
    for some in worthy.chunks(DEMANDS_AT_A_TIME) {
        let demands: Vec<(&Record, Option<&Key>)> = some.iter().map(|(demand, now, _)| (*demand, Some(now))).collect();
        for ((demand, _, before), head) in some.iter().zip(matched(context, lane, &demands)) {
            let was_in = before.as_ref().is_some_and(|before| head.has_room_without(&supply.id, before));
            let found = head.first().find(|one| one.other == supply.id && !was_in);
            entered.extend(found.map(|one| Entered { other: demand.id.clone(), ..one }));
            heads.put(lane, &demand.id, head);
        }
    }
    entered
}

/// Matches a demand with a supply; `None` if a rule refuses the pair.
pub fn pair_score(context: Context<'_>, lane: &Lane, demand: &Record, supply: &Record) -> Option<Score> {
    let (demand, supply) = (side(context, lane, demand), side(context, lane, supply));
    let judge = Judge::new(context.definition, lane);
    judge.refused_by(&demand, &supply).is_none().then(|| judge.score(&demand, &supply))
}

/// Matches some demands; what is not open has an empty list. For one that comes with a key it is enough to know that so
/// many are better than that: most often the first few candidates are.
fn matched(context: Context<'_>, lane: &Lane, demands: &[(&Record, Option<&Key>)]) -> Vec<Head> {
    let judge = Judge::new(context.definition, lane);
    let prepared = demands.par_iter().map(|(record, enough)| {
        let own = side(context, lane, record);
        let found = if is_open(context, record) { candidates(&own, lane) } else { Vec::new() };
        (own, found, *enough)
    });
    let prepared: Vec<(Side<'_>, Vec<Candidate>, Option<&Key>)> = prepared.collect();
    // Most have the same supplies; each is taken apart once.
    let ids: BTreeSet<&RecordId> = prepared.iter().flat_map(|(_, found, _)| found).map(|found| &found.id).collect();
    let supplies: BTreeMap<&RecordId, Side<'_>> =
        ids.into_iter().filter_map(|id| Some((id, side(context, lane, context.catalogue.record(id)?)))).collect();
    let heads = prepared.par_iter().map(|(own, found, enough)| {
        let found = found.iter().filter_map(|found| Some((supplies.get(&found.id)?, found.product)));
        let listed = found.filter_map(|(supply, product)| judge.listed(own, supply, product, LISTED));
        Head::of(listed.map(|judged| key(&judged, judged.id())), *enough)
    });
    heads.collect()
}

fn key(judged: &Judged<'_>, id: &RecordId) -> Key {
    (judged.fit, Reverse(judged.served), Reverse(judged.score), id.clone())
}

fn is_open(context: Context<'_>, record: &Record) -> bool {
    record.is_listed() && record.state(context.as_of) == State::Open
}

/// Returns a former version under no identifier, so that its text is not taken for that of the present one.
fn unfiled(former: &Record) -> Record {
    Record { id: RecordId::from_text(""), ..former.clone() }
}
