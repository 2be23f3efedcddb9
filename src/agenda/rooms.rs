//! The rooms in which meetings are short of place: each party's desks in each slot, each zone's tables, each resource's
//! units, and, for a party that meets in a few slots in a row at most, each stretch of one slot more. A pair in a slot
//! takes one place in each of its rooms; the relaxations price them.

use crate::agenda::column::Column;
use crate::agenda::core::Core;
use crate::agenda::slots::SlotSet;

/// Rooms, one after another: parties by slots, zones by slots, resources by slots, then stretches by their first slots.
#[derive(Debug, Clone)]
pub(super) struct Rooms {
    /// How many places each room has.
    pub sizes: Column<i64>,
    /// The first room of zones, of resources and of stretches.
    zones: usize,
    resources: usize,
    stretches: usize,
    n_slots: usize,
    /// In which slots a stretch of each party begins that could be too long; none if it may meet in any row of slots.
    starts: Column<SlotSet>,
    /// By how many slots a stretch goes beyond its first.
    lengths: Column<usize>,
    /// Whether no pair has a room beyond those of its parties and its table.
    is_plain: bool,
}

impl Rooms {
    /// Lists the rooms. O(slots x (parties + zones + resources)).
    pub(super) fn new(core: &Core<'_>) -> Self {
        let (n_slots, n_parties) = (core.n_slots, core.free.len());
        let to_size = |room: usize| i64::try_from(room).unwrap_or(i64::MAX);
        let (mut starts, mut lengths) = (Column::default(), Column::default());
        for party in 0..n_parties {
            let (start, length) = stretches(core, party);
            starts.push(start);
            lengths.push(length);
        }
        let has_stretches = starts.iter().any(|starts| !starts.is_empty());
        let desks = core.desks.iter().flat_map(|desks| std::iter::repeat_n(to_size(*desks), n_slots));
        let tables =
            (0..core.zones.len()).flat_map(|zone| (0..n_slots).map(move |slot| to_size(core.n_tables(zone, slot))));
        let units = core.problem.resources.iter().flat_map(|resource| resource.units.iter().copied().map(i64::from));
        let n_stretches = if has_stretches { n_parties } else { 0 };
        let rows = (0..n_stretches).flat_map(|party| std::iter::repeat_n(to_size(lengths[party]), n_slots));
        let zones = n_parties * n_slots;
        let resources = zones + core.zones.len() * n_slots;
        Self {
            sizes: desks.chain(tables).chain(units).chain(rows).collect(),
            zones,
            resources,
            stretches: resources + core.problem.resources.len() * n_slots,
            n_slots,
            is_plain: core.problem.pairs.iter().all(|pair| pair.resources.is_empty()) && !has_stretches,
            starts,
            lengths,
        }
    }

    /// Returns the rooms of both parties and of the table of a pair in a slot.
    pub(super) fn common(&self, core: &Core<'_>, pair: usize, slot: usize) -> [usize; 3] {
        let pair = &core.pairs[pair];
        let [buyer, sme] = pair.ends;
        [buyer * self.n_slots + slot, sme * self.n_slots + slot, self.zones + pair.zone * self.n_slots + slot]
    }

    /// Lists the other rooms of a pair in a slot, if it has any.
    pub(super) fn special(&self, core: &Core<'_>, pair: usize, slot: usize) -> impl Iterator<Item = usize> {
        let declared = core.problem.pairs.get(pair).filter(|_| !self.is_plain);
        let resources = declared.into_iter().flat_map(|pair| &pair.resources);
        let resources = resources.map(move |resource| self.resources + resource * self.n_slots + slot);
        let ends = if self.is_plain { [].iter() } else { core.pairs[pair].ends.iter() };
        let stretches = ends.flat_map(move |party| {
            let over = SlotSet::before(slot + 1).without(SlotSet::before(slot.saturating_sub(self.lengths[*party])));
            let first = self.stretches + party * self.n_slots;
            self.starts[*party].common(over).iter().map(move |start| first + start)
        });
        resources.chain(stretches)
    }

    /// Returns the largest number of rooms of a pair in a slot.
    pub(super) fn n_most(&self, core: &Core<'_>) -> usize {
        let of = |pair: usize| core.pairs[pair].open.iter().map(move |slot| self.special(core, pair, slot).count());
        3 + if self.is_plain { 0 } else { (0..core.pairs.len()).flat_map(of).max().unwrap_or(0) }
    }
}

/// Finds where stretches of a party begin that could be too long, and by how many slots they go beyond their first. Who
/// meets several at once is left alone: its meetings are not its slots.
fn stretches(core: &Core<'_>, party: usize) -> (SlotSet, usize) {
    let row_max = core.problem.parties.get(party).and_then(|party| party.row_max);
    let length = row_max.and_then(|row| usize::try_from(row).ok()).filter(|_| core.desks[party] == 1);
    let Some(length) = length.filter(|length| *length < core.n_slots) else { return (SlotSet::EMPTY, 0) };
    let is_free = |slot: usize| {
        core.sessions.iter().any(|session| {
            let free = session.common(core.free[party]);
            (slot..=slot + length).all(|slot| free.contains(slot))
        })
    };
    ((0..core.n_slots - length).filter(|slot| is_free(*slot)).collect(), length)
}
