//! The board: which meeting is in which slot. Every change is noted, so that it can be taken back, and none is made that
//! breaks a rule of the problem other than minima.

use crate::agenda::column::Column;
use crate::agenda::core::Core;
use crate::agenda::marks::Marks;
use crate::agenda::model::Role;
use crate::agenda::slots::SlotSet;

/// No pair.
pub(super) const NO_PAIR: u32 = u32::MAX;
/// No slot.
pub(super) const NO_SLOT: u8 = u8::MAX;

/// Meetings in slots.
#[derive(Debug, Clone)]
pub(super) struct Board<'c, 'p> {
    /// What they must respect.
    pub core: &'c Core<'p>,
    /// Where each pair is, or [`NO_SLOT`].
    slots: Column<u8>,
    /// Who is met at each desk of a party in a slot.
    at: Column<u32>,
    /// In which slots each party meets.
    busy: Column<SlotSet>,
    /// How many meetings each party has.
    held: Column<i64>,
    /// How many tables of a zone are taken in a slot.
    taken: Column<usize>,
    /// How many units of a resource are taken in a slot.
    units: Column<u32>,
    /// What the meetings are worth.
    pub score: i64,
    /// How many meetings are missing from minima, and for each pair that must be held and is not, more than all of them.
    pub missing: i64,
    /// What such a pair counts.
    must_weight: i64,
    /// Where pairs were before they were changed, latest last.
    journal: Column<(u32, u8)>,
    /// Room for chains to work in.
    pub(super) marks: Marks,
}

impl<'c, 'p> Board<'c, 'p> {
    /// Builds an empty board.
    pub(super) fn new(core: &'c Core<'p>) -> Self {
        let n_parties = core.free.len();
        let must = core.pairs.iter().filter(|pair| pair.must).count();
        let minima = core.min.iter().sum::<i64>();
        let must_weight = 1 + minima;
        Self {
            core,
            slots: Column::filled(NO_SLOT, core.pairs.len()),
            at: Column::filled(NO_PAIR, n_parties * core.n_slots * core.desks_max),
            busy: Column::filled(SlotSet::EMPTY, n_parties),
            held: Column::filled(0, n_parties),
            taken: Column::filled(0, core.zones.len() * core.n_slots),
            units: Column::filled(0, core.problem.resources.len() * core.n_slots),
            score: 0,
            missing: minima + must_weight * i64::try_from(must).unwrap_or(0),
            must_weight,
            journal: Column::default(),
            marks: Marks::new(core.pairs.len()),
        }
    }

    /// Returns where a pair is.
    pub(super) fn slot(&self, pair: usize) -> Option<usize> {
        let slot = self.slots[pair];
        (slot != NO_SLOT).then_some(usize::from(slot))
    }

    /// Lists the meetings that are held, ascending, with their slots.
    pub(super) fn meetings(&self) -> impl Iterator<Item = (usize, usize)> {
        let held = |(_, slot): &(usize, &u8)| **slot != NO_SLOT;
        self.slots.iter().enumerate().filter(held).map(|(pair, slot)| (pair, usize::from(*slot)))
    }

    /// Returns the slots in which a party meets.
    pub(super) fn busy(&self, party: usize) -> SlotSet {
        self.busy[party]
    }

    /// Returns how many meetings a party has.
    pub(super) fn held(&self, party: usize) -> i64 {
        self.held[party]
    }

    /// Returns how many more meetings all tables of a slot take.
    pub(super) fn seats_left(&self, slot: usize) -> usize {
        (0..self.core.zones.len()).map(|zone| self.tables_left(zone, slot)).sum()
    }

    /// Returns how many tables of a zone are left in a slot.
    pub(super) fn tables_left(&self, zone: usize, slot: usize) -> usize {
        self.core.n_tables(zone, slot).saturating_sub(self.taken[zone * self.core.n_slots + slot])
    }

    /// Lists the pairs at a party's desks in a slot.
    pub(super) fn pairs_at(&self, party: usize, slot: usize) -> impl Iterator<Item = usize> {
        let first = (party * self.core.n_slots + slot) * self.core.desks_max;
        let desks = self.at.part(first..first + self.core.desks[party]);
        desks.iter().filter(|pair| **pair != NO_PAIR).filter_map(|pair| usize::try_from(*pair).ok())
    }

    /// Says whether a party has a free desk in a slot.
    pub(super) fn has_desk(&self, party: usize, slot: usize) -> bool {
        !self.busy[party].contains(slot) || self.pairs_at(party, slot).count() < self.core.desks[party]
    }

    /// Says whether a pair that is not held may be put into a slot as things are.
    pub(super) fn fits(&self, pair: usize, slot: usize) -> bool {
        let core = self.core;
        let core_pair = &core.pairs[pair];
        core_pair.open.contains(slot)
            && core_pair.ends.iter().all(|party| self.held[*party] < core.max[*party] && self.has_desk(*party, slot))
            && self.tables_left(core_pair.zone, slot) > 0
            && self.has_units(pair, slot)
            && core_pair.ends.iter().all(|party| !core.is_strict[*party] || self.is_in_order(*party, pair, slot))
    }

    fn has_units(&self, pair: usize, slot: usize) -> bool {
        self.lacks_units(pair, slot).is_none()
    }

    /// Returns the first resource of a pair of which nothing is left in a slot.
    pub(super) fn lacks_units(&self, pair: usize, slot: usize) -> Option<usize> {
        resources(self.core, pair).find(|resource| {
            let units = self.core.problem.resources.get(*resource).and_then(|resource| resource.units.get(slot));
            units.is_none_or(|units| self.units[resource * self.core.n_slots + slot] >= *units)
        })
    }

    /// Says whether a further meeting leaves a party's meetings in the order of their ranks and its rows short enough.
    pub(super) fn is_in_order(&self, party: usize, pair: usize, slot: usize) -> bool {
        let problem = self.core.problem;
        let (Some(own), Some(declared)) = (problem.pairs.get(pair), problem.parties.get(party)) else { return false };
        if declared.role == Role::Sme {
            let is_crossed = |other: &usize| {
                let rank = problem.pairs.get(*other).map_or(own.rank, |other| other.rank);
                self.slot(*other).is_some_and(|at| (rank < own.rank && at >= slot) || (rank > own.rank && at <= slot))
            };
            if self.core.pairs_of.of(party).iter().any(is_crossed) {
                return false;
            }
        }
        let Some(row_max) = declared.row_max else { return true };
        let busy = self.busy[party].union(SlotSet::of(slot));
        self.core.sessions.iter().filter(|session| session.contains(slot)).all(|session| {
            let in_row = |t: &usize| busy.common(*session).contains(*t);
            let before = (0..slot).rev().take_while(in_row).count();
            let behind = (slot + 1..self.core.n_slots).take_while(in_row).count();
            u32::try_from(before + 1 + behind).is_ok_and(|row| row <= row_max)
        })
    }

    /// Puts a pair into a slot if it fits there.
    pub(super) fn try_place(&mut self, pair: usize, slot: usize) -> bool {
        let fits = self.fits(pair, slot);
        if fits {
            self.note(pair);
            self.set(pair, slot);
        }
        fits
    }

    /// Takes a pair off the board.
    pub(super) fn remove(&mut self, pair: usize) {
        if self.slot(pair).is_some() {
            self.note(pair);
            self.unset(pair);
        }
    }

    /// Returns the present, to which [`undo`](Self::undo) can go back.
    pub(super) fn now(&self) -> usize {
        self.journal.len()
    }

    /// Counts the pairs that are elsewhere than they were then.
    pub(super) fn n_changed(&self, then: usize) -> usize {
        let since = self.journal.part(then..self.journal.len());
        let mut first: std::collections::BTreeMap<u32, u8> = std::collections::BTreeMap::new();
        for (pair, slot) in since {
            first.entry(*pair).or_insert(*slot);
        }
        let is_elsewhere =
            |(pair, slot): &(u32, u8)| usize::try_from(*pair).is_ok_and(|pair| self.slots[pair] != *slot);
        first.into_iter().filter(is_elsewhere).count()
    }

    /// Takes back what was changed since.
    pub(super) fn undo(&mut self, then: usize) {
        while self.journal.len() > then {
            let Some((pair, slot)) = self.journal.pop() else { return };
            let Ok(pair) = usize::try_from(pair) else { return };
            if self.slots[pair] != NO_SLOT {
                self.unset(pair);
            }
            if slot != NO_SLOT {
                self.set(pair, usize::from(slot));
            }
        }
    }

    /// Forgets what was changed; it can no longer be taken back.
    pub(super) fn settle(&mut self) {
        self.journal.clear();
    }

    /// Returns where every pair is, for [`restore`](Self::restore).
    pub(super) fn places(&self) -> Column<u8> {
        self.slots.clone()
    }

    /// Puts every pair where it was; the meetings must have fitted together.
    pub(super) fn restore(&mut self, places: &Column<u8>) {
        for (pair, slot) in places.iter().enumerate() {
            if self.slots[pair] != NO_SLOT && self.slots[pair] != *slot {
                self.unset(pair);
            }
        }
        for (pair, slot) in places.iter().enumerate() {
            if *slot != NO_SLOT && self.slots[pair] == NO_SLOT {
                self.set(pair, usize::from(*slot));
            }
        }
    }

    fn note(&mut self, pair: usize) {
        self.journal.push((u32::try_from(pair).unwrap_or(NO_PAIR), self.slots[pair]));
    }

    /// Puts a pair into a slot where it is known to fit; to be noted by the caller.
    fn set(&mut self, pair: usize, slot: usize) {
        let core = self.core;
        let core_pair = &core.pairs[pair];
        self.slots[pair] = u8::try_from(slot).unwrap_or(NO_SLOT);
        for party in core_pair.ends {
            let first = (party * core.n_slots + slot) * core.desks_max;
            let desks = self.at.part_mut(first..first + core.desks[party]);
            if let Some(desk) = desks.iter_mut().find(|desk| **desk == NO_PAIR) {
                *desk = u32::try_from(pair).unwrap_or(NO_PAIR);
            }
            self.busy[party].insert(slot);
            self.missing -= i64::from(self.held[party] < core.min[party]);
            self.held[party] += 1;
        }
        self.taken[core_pair.zone * core.n_slots + slot] += 1;
        self.score += core_pair.score;
        self.missing -= if core_pair.must { self.must_weight } else { 0 };
        for resource in resources(core, pair) {
            self.units[resource * core.n_slots + slot] += 1;
        }
    }

    fn unset(&mut self, pair: usize) {
        let core = self.core;
        let core_pair = &core.pairs[pair];
        let slot = usize::from(self.slots[pair]);
        self.slots[pair] = NO_SLOT;
        for party in core_pair.ends {
            let first = (party * core.n_slots + slot) * core.desks_max;
            let desks = self.at.part_mut(first..first + core.desks[party]);
            if let Some(desk) = desks.iter_mut().find(|desk| usize::try_from(**desk) == Ok(pair)) {
                *desk = NO_PAIR;
            }
            if self.pairs_at(party, slot).next().is_none() {
                self.busy[party].remove(slot);
            }
            self.held[party] -= 1;
            self.missing += i64::from(self.held[party] < core.min[party]);
        }
        self.taken[core_pair.zone * core.n_slots + slot] -= 1;
        self.score -= core_pair.score;
        self.missing += if core_pair.must { self.must_weight } else { 0 };
        for resource in resources(core, pair) {
            self.units[resource * core.n_slots + slot] -= 1;
        }
    }
}

fn resources<'p>(core: &Core<'p>, pair: usize) -> impl Iterator<Item = usize> + use<'p> {
    core.problem.pairs.get(pair).into_iter().flat_map(|pair| pair.resources.iter().copied())
}
