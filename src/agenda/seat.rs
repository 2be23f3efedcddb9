//! Tables for meetings whose slots are settled. Slot by slot each meeting gets the table at which its parties sit before
//! and after, as far as that goes, by an assignment that is best for the slot; a few passes over all slots settle it.

use std::collections::BTreeMap;

use crate::agenda::board::Board;
use crate::agenda::column::Column;
use crate::agenda::core::Core;
use crate::agenda::flow::{Arcs, Network};
use crate::agenda::model::Meeting;
use crate::agenda::slots::SlotSet;

/// No table yet.
const NONE: u32 = u32::MAX;
/// So many passes are made at most.
const N_PASSES: usize = 8;

/// Gives every meeting of a board a table; returns the meetings, ascending by pair, and how often a party with one desk
/// changes its table. Meetings that are where they were `before` keep their tables as long as these are in use.
///
/// # Complexity
/// O(passes x slots) assignments of as many meetings as a slot has.
pub(super) fn seat(board: &Board<'_, '_>, before: &[Meeting]) -> (Vec<Meeting>, u64) {
    let fixed = fixed(board, before);
    let mut tables = Column::filled(NONE, board.core.pairs.len());
    let mut best: Option<(u64, Column<u32>)> = None;
    for _ in 0..N_PASSES {
        for slot in 0..board.core.n_slots {
            for zone in 0..board.core.zones.len() {
                seat_slot(board, (zone, slot), &fixed, &mut tables);
            }
        }
        let n_changes = changes(board, &tables);
        if best.as_ref().is_some_and(|(least, _)| *least <= n_changes) {
            break;
        }
        best = Some((n_changes, tables.clone()));
    }
    let (n_changes, tables) = best.unwrap_or((0, tables));
    let meeting = |(pair, slot)| Meeting { pair, slot, table: tables[pair] };
    (board.meetings().map(meeting).collect(), n_changes)
}

/// Finds the tables that are settled: locked, or taken before.
fn fixed(board: &Board<'_, '_>, before: &[Meeting]) -> Column<u32> {
    let mut fixed = Column::filled(NONE, board.core.pairs.len());
    let is_same = |meeting: &&Meeting| meeting.pair < fixed.len() && board.slot(meeting.pair) == Some(meeting.slot);
    let same: Vec<&Meeting> = before.iter().filter(is_same).collect();
    same.into_iter().for_each(|meeting| fixed[meeting.pair] = meeting.table);
    for pair in 0..fixed.len() {
        locked_table(board.core, pair).into_iter().for_each(|table| fixed[pair] = table);
    }
    fixed
}

/// Returns the table to which a pair is locked.
fn locked_table(core: &Core<'_>, pair: usize) -> Option<u32> {
    core.problem.pairs.get(pair)?.lock?.table
}

fn changes(board: &Board<'_, '_>, tables: &Column<u32>) -> u64 {
    let mut n_changes = 0;
    for party in (0..board.core.free.len()).filter(|party| board.core.desks[*party] == 1) {
        let mut before = None;
        for slot in board.busy(party).iter() {
            let table = board.pairs_at(party, slot).next().map(|pair| tables[pair]);
            n_changes += u64::from(before.is_some() && before != table);
            before = table;
        }
    }
    n_changes
}

/// Lists the tables of a party's meetings just before and just after a slot, as far as they are known.
fn beside(board: &Board<'_, '_>, party: usize, slot: usize, tables: &Column<u32>) -> impl Iterator<Item = u32> {
    let busy = board.busy(party);
    let before = busy.common(SlotSet::before(slot)).last();
    let after = busy.without(SlotSet::before(slot + 1)).first();
    let is_single = board.core.desks[party] == 1;
    let known = [before, after].map(|slot| {
        let pair = slot.filter(|_| is_single).and_then(|slot| board.pairs_at(party, slot).next());
        pair.map(|pair| tables[pair]).filter(|table| *table != NONE)
    });
    known.into_iter().flatten()
}

/// Seats the meetings of one zone in one slot as well as the slots around it tell.
fn seat_slot(board: &Board<'_, '_>, (zone, slot): (usize, usize), fixed: &Column<u32>, tables: &mut Column<u32>) {
    let core = board.core;
    let in_slot = core.buyers.iter().flat_map(|buyer| board.pairs_at(*buyer, slot));
    let mut waiting: Vec<usize> = in_slot.filter(|pair| core.pairs[*pair].zone == zone).collect();
    let mut free: Vec<u32> = core.zones[zone].tables[slot].clone();
    // Whoever is locked to a table has it, whoever sat there before.
    waiting.sort_by_key(|pair| locked_table(core, *pair).is_none());
    waiting.retain(|pair| {
        let place = free.binary_search(&fixed[*pair]);
        place.into_iter().for_each(|place| tables[*pair] = free.remove(place));
        place.is_err()
    });
    let mut arcs = Arcs::default();
    let (source, sink) = (0, 1);
    arcs.add(sink, source, i64::try_from(waiting.len()).unwrap_or(0), 0);
    let mut wishes = Vec::new();
    for (i, pair) in waiting.iter().enumerate() {
        let mut wanted: BTreeMap<u32, i64> = BTreeMap::new();
        for table in core.pairs[*pair].ends.into_iter().flat_map(|party| beside(board, party, slot, tables)) {
            *wanted.entry(table).or_default() += 1;
        }
        arcs.add(source, 2 + i, 1, 0);
        for (table, weight) in wanted {
            if let Ok(place) = free.binary_search(&table) {
                wishes.push((*pair, table, arcs.add(2 + i, 2 + waiting.len() + place, 1, -weight)));
            }
        }
    }
    for place in 0..free.len() {
        arcs.add(2 + waiting.len() + place, sink, 1, 0);
    }
    let mut network = Network::new(2 + waiting.len() + free.len(), arcs);
    network.solve();
    waiting.iter().for_each(|pair| tables[*pair] = NONE);
    for (pair, table, _) in wishes.into_iter().filter(|(_, _, arc)| network.flow(*arc) > 0) {
        tables[pair] = table;
        free.retain(|other| *other != table);
    }
    let unseated = waiting.into_iter().filter(|pair| tables[*pair] == NONE).collect::<Vec<_>>();
    for (pair, table) in unseated.into_iter().zip(free) {
        tables[pair] = table;
    }
}
