//! A problem with everything worked out that solving asks for again and again: which slots a pair may have, who has
//! which pairs, how many meetings fit where.

use std::collections::BTreeSet;

use crate::agenda::column::{Column, Lists};
use crate::agenda::model::{IdleRule, Pair, Problem, Role, Slot};
use crate::agenda::slots::SlotSet;

/// A pair as solving sees it.
#[derive(Debug, Clone)]
pub(super) struct CorePair {
    /// The buyer and the SME.
    pub ends: [usize; 2],
    /// What the meeting is worth.
    pub score: i64,
    /// The slots in which it may be held.
    pub open: SlotSet,
    /// Which tables it may have.
    pub zone: usize,
    /// Whether both may sit at one table.
    pub is_at_one_table: bool,
    /// Whether it must be held.
    pub must: bool,
}

/// Tables that are used alike: those of no party, or those of a party's list.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    /// The tables, ascending, in each slot.
    pub tables: Column<Vec<u32>>,
}

/// A problem, worked out.
#[derive(Debug, Clone)]
pub(super) struct Core<'p> {
    /// The problem.
    pub problem: &'p Problem,
    /// How many slots there are.
    pub n_slots: usize,
    /// The pairs.
    pub pairs: Column<CorePair>,
    /// The pairs of each party, ascending.
    pub pairs_of: Lists,
    /// The parties that are buyers, ascending.
    pub buyers: Column<usize>,
    /// The slots in which each party may meet.
    pub free: Column<SlotSet>,
    /// The fewest meetings of each party.
    pub min: Column<i64>,
    /// The most meetings of each party, no more than fit into its slots.
    pub max: Column<i64>,
    /// How many meetings each party can hold at once.
    pub desks: Column<usize>,
    /// The largest number of desks.
    pub desks_max: usize,
    /// The groups of tables; the first is for those without a list.
    pub zones: Column<Zone>,
    /// Whether a party has ranked meetings or a longest row.
    pub is_strict: Column<bool>,
    /// Whether nothing but availability, tables in one zone and one meeting at a time matters.
    pub is_plain: bool,
    /// The slots between two meetings of a party that are waiting.
    pub waiting: Column<SlotSet>,
    /// The slots of each session.
    pub sessions: Column<SlotSet>,
    /// What is lost for every minimum that is not kept: more than all scores together.
    pub penalty: i64,
}

impl<'p> Core<'p> {
    /// Works a sound problem out. O(slots x (pairs + parties)).
    pub(super) fn new(problem: &'p Problem) -> Self {
        let n_slots = problem.slots.len();
        let (zones, zone_of) = zones(problem);
        let all = SlotSet::before(n_slots);
        let blocked: SlotSet =
            (0..n_slots).filter(|t| problem.slots.get(*t).is_some_and(|slot| slot.is_block)).collect();
        let free: Column<SlotSet> =
            problem.parties.iter().map(|party| all.without(party.unavailable).without(blocked)).collect();
        let pairs: Column<CorePair> =
            problem.pairs.iter().map(|pair| core_pair(problem, pair, &free, &zones, &zone_of)).collect();
        let ends = |pair: usize| pairs[pair].ends;
        let pairs_of = Lists::group(problem.parties.len(), pairs.len(), ends);
        let desks: Column<usize> =
            problem.parties.iter().map(|party| usize::try_from(party.desks).unwrap_or(1).clamp(1, 64)).collect();
        let max = problem.parties.iter().enumerate().map(|(i, party)| {
            let fits = i64::from(free[i].len()) * i64::try_from(desks[i]).unwrap_or(1);
            i64::from(party.max).min(fits)
        });
        let is_strict = problem.parties.iter().enumerate().map(|(i, party)| {
            let rank = |pair: &usize| problem.pairs.get(*pair).map(|pair| pair.rank);
            let mut ranks = pairs_of.of(i).iter().map(rank);
            let first = ranks.next();
            party.row_max.is_some() || (party.role == Role::Sme && ranks.any(|rank| Some(rank) != first))
        });
        let is_strict: Column<bool> = is_strict.collect();
        let desks_max = desks.iter().copied().max().unwrap_or(1);
        let needs_resource = problem.pairs.iter().any(|pair| !pair.resources.is_empty());
        let is_plain =
            zones.len() == 1 && desks_max == 1 && !needs_resource && !is_strict.iter().any(|is_strict| *is_strict);
        Self {
            problem,
            n_slots,
            buyers: (0..problem.parties.len()).filter(|i| is_buyer(problem, *i)).collect(),
            pairs_of,
            min: problem.parties.iter().map(|party| i64::from(party.min)).collect(),
            max: max.collect(),
            desks,
            desks_max,
            zones,
            is_strict,
            is_plain,
            waiting: problem.parties.iter().map(|party| waiting(problem, party.unavailable)).collect(),
            sessions: sessions(problem),
            penalty: 1 + pairs.iter().map(|pair| pair.score).sum::<i64>(),
            free,
            pairs,
        }
    }

    /// Returns how many tables a zone has in a slot.
    pub(super) fn n_tables(&self, zone: usize, slot: usize) -> usize {
        self.zones[zone].tables[slot].len()
    }

    /// Returns how many meetings all tables take.
    pub(super) fn n_seats(&self) -> i64 {
        let sizes = self.zones.iter().flat_map(|zone| zone.tables.iter().map(Vec::len));
        i64::try_from(sizes.sum::<usize>()).unwrap_or(i64::MAX)
    }

    /// Says on which side a party is.
    pub(super) fn is_buyer(&self, party: usize) -> bool {
        is_buyer(self.problem, party)
    }

    /// Returns the other party of a pair.
    pub(super) fn other(&self, pair: usize, party: usize) -> usize {
        let [buyer, sme] = self.pairs[pair].ends;
        if buyer == party { sme } else { buyer }
    }

    /// Counts how often a party that meets in these slots waits between two meetings.
    pub(super) fn idle_periods(&self, party: usize, busy: SlotSet) -> i64 {
        let waiting = self.waiting[party];
        let of_session = |session: &SlotSet| busy.common(*session).gaps(waiting);
        self.sessions.iter().map(of_session).sum()
    }
}

/// Says on which side a party is.
fn is_buyer(problem: &Problem, party: usize) -> bool {
    problem.parties.get(party).is_some_and(|party| party.role == Role::Buyer)
}

fn waiting(problem: &Problem, unavailable: SlotSet) -> SlotSet {
    let all = SlotSet::before(problem.slots.len());
    match problem.idle {
        IdleRule::Every => all,
        IdleRule::Present => {
            let runs = |slot: &(usize, &Slot)| slot.1.is_block;
            let blocked: SlotSet = problem.slots.iter().enumerate().filter(runs).map(|(t, _)| t).collect();
            all.without(unavailable).without(blocked)
        }
    }
}

fn sessions(problem: &Problem) -> Column<SlotSet> {
    let numbers: BTreeSet<u32> = problem.slots.iter().map(|slot| slot.session).collect();
    let of = |number: u32| {
        let slots = problem.slots.iter().enumerate().filter(move |(_, slot)| slot.session == number);
        slots.map(|(t, _)| t).collect()
    };
    numbers.into_iter().map(of).collect()
}

/// Finds the groups of tables, and the group of each party.
fn zones(problem: &Problem) -> (Column<Zone>, Column<usize>) {
    let lists: BTreeSet<&BTreeSet<u32>> =
        problem.parties.iter().map(|party| &party.tables).filter(|tables| !tables.is_empty()).collect();
    let owned: BTreeSet<u32> = lists.iter().flat_map(|tables| tables.iter().copied()).collect();
    let usable = |accepts: &dyn Fn(u32) -> bool| Zone {
        tables: (problem.slots.iter())
            .map(|slot| (0..slot.tables).filter(|table| !slot.closed.contains(table) && accepts(*table)).collect())
            .collect(),
    };
    let mut zones = Column::default();
    zones.push(usable(&|table| !owned.contains(&table)));
    for tables in &lists {
        zones.push(usable(&|table| tables.contains(&table)));
    }
    let place = |tables: &BTreeSet<u32>| lists.iter().position(|list| *list == tables).map_or(0, |place| place + 1);
    (zones, problem.parties.iter().map(|party| place(&party.tables)).collect())
}

fn core_pair(
    problem: &Problem,
    pair: &Pair,
    free: &Column<SlotSet>,
    zones: &Column<Zone>,
    zone_of: &Column<usize>,
) -> CorePair {
    let zone = zone_of[pair.buyer].max(zone_of[pair.sme]);
    let mut open = free[pair.buyer].common(free[pair.sme]);
    // Two parties with different tables of their own have none in common.
    let is_at_one_table = zone_of[pair.buyer].min(zone_of[pair.sme]) == 0 || zone_of[pair.buyer] == zone_of[pair.sme];
    if !is_at_one_table {
        open = SlotSet::EMPTY;
    }
    if let Some(lock) = pair.lock {
        open = open.common(SlotSet::of(lock.slot));
    }
    let has_units = |slot: usize| {
        let units = |resource: &usize| problem.resources.get(*resource).and_then(|r| r.units.get(slot)).copied();
        pair.resources.iter().all(|resource| units(resource).unwrap_or(0) > 0)
    };
    let usable = |slot: &usize| !zones[zone].tables[*slot].is_empty() && has_units(*slot);
    CorePair {
        ends: [pair.buyer, pair.sme],
        score: i64::from(pair.score),
        open: open.iter().filter(usable).collect(),
        zone,
        is_at_one_table,
        must: pair.must || pair.lock.is_some(),
    }
}
