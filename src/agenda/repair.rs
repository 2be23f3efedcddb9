//! Repair: parties leave or come late, a table drops out, and the agenda is already in everybody's hands. Meetings that
//! can stay do; then as few others as possible are moved or lost to keep the minima; then free seats are filled with
//! meetings that disturb nobody.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::agenda::board::Board;
use crate::agenda::choose::choose_all;
use crate::agenda::core::Core;
use crate::agenda::home::bring_home;
use crate::agenda::model::{Agenda, Change, Dropped, Effort, Lock, Meeting, Move, Problem, Repaired, Slot, Watch};
use crate::agenda::score::{points, score};
use crate::agenda::serve::serve;
use crate::agenda::settle::settle;
use crate::agenda::slots::SlotSet;
use crate::agenda::solve::{bound_of, lower, of_unheld, set_down, solve_score};

/// Where minima need a search, a meeting that is held is worth this, and another one this at most.
const HELD_WORTH: u32 = 10_000;
const OTHERS_WORTH: i64 = 100;

/// Returns the problem with changes in it, and the locks that they make impossible. A party that cannot come at all needs no
/// meetings, and nobody must meet it. A meeting whose locked
/// table is gone stays locked to its slot; one whose parties are not both there then must be held at another time, if
/// there is one.
fn changed(problem: &Problem, changes: &[Change]) -> (Problem, Vec<Dropped>) {
    let mut changed = problem.clone();
    for change in changes {
        match change {
            Change::Absent { party, slots } => {
                if let Some(party) = changed.parties.get_mut(*party) {
                    party.unavailable = party.unavailable.union(*slots);
                }
            }
            Change::TableOut { table, slots } => {
                for slot in slots.iter() {
                    if let Some(slot) = changed.slots.get_mut(slot) {
                        slot.closed.insert(*table);
                    }
                }
            }
        }
    }
    let blocked = |(idx, slot): (usize, &Slot)| slot.is_block.then_some(idx);
    let all =
        SlotSet::before(changed.slots.len()).without(changed.slots.iter().enumerate().filter_map(blocked).collect());
    for party in changed.parties.iter_mut().filter(|party| all.without(party.unavailable).is_empty()) {
        party.min = 0;
    }
    let free: Vec<SlotSet> = changed.parties.iter().map(|party| all.without(party.unavailable)).collect();
    let mut dropped = Vec::new();
    for (idx, pair) in changed.pairs.iter_mut().enumerate() {
        let [buyer, sme] = [pair.buyer, pair.sme].map(|party| free.get(party).copied().unwrap_or(SlotSet::EMPTY));
        let both = buyer.common(sme);
        if let Some(lock) = pair.lock {
            let is_open = |table: u32| changed.slots.get(lock.slot).is_some_and(|slot| !slot.closed.contains(&table));
            if !both.contains(lock.slot) {
                (pair.lock, pair.must) = (None, true);
                dropped.push(Dropped { pair: idx, lock, is_table_only: false });
            } else if !lock.table.is_none_or(is_open) {
                pair.lock = Some(Lock { table: None, ..lock });
                dropped.push(Dropped { pair: idx, lock, is_table_only: true });
            }
        }
        pair.must &= !buyer.is_empty() && !sme.is_empty();
    }
    (changed, dropped)
}

/// Mends an agenda after changes: first what must be held, then the minima, then the fewest meetings moved, then the score.
/// `effort` is for finding out what an agenda made anew would be worth; the repair itself takes a few milliseconds.
pub fn repair(problem: &Problem, agenda: &Agenda, changes: &[Change], effort: &Effort, watch: &Watch<'_>) -> Repaired {
    let (problem, dropped) = changed(problem, changes);
    let settled = settle(&problem);
    let core = Core::new(&settled.problem);
    let mut board = Board::new(&core);
    mend(&mut board, &agenda.meetings);
    let holds_all = |board: &Board<'_, '_>| settled.standing.iter().all(|(pair, _)| board.slot(*pair).is_some());
    if !holds_all(&board) {
        // What must be held goes where it is known to fit, and the others stay as far as they can.
        board = Board::new(&core);
        for (pair, slot) in &settled.standing {
            board.try_place(*pair, *slot);
        }
        mend(&mut board, &agenda.meetings);
    }
    if board.missing > choose_all(&core).n_missing(&core) {
        rescue(&mut board, effort.seed);
    }
    bring_home(&mut board, &agenda.meetings);
    let mut others: Vec<usize> = (0..core.pairs.len()).collect();
    others.sort_by_key(|pair| (-core.pairs[*pair].score, *pair));
    for pair in &others {
        place_freely(&mut board, *pair);
    }
    let mended = set_down(&problem, &board, &agenda.meetings);
    let renewed = solve_score(&problem, effort, watch);
    let is_same = (&renewed.lowered, &renewed.unheld) == (&mended.lowered, &mended.unheld);
    let lacks_as_much = (renewed.n_lowered(), &renewed.unheld) == (mended.n_lowered(), &mended.unheld);
    // What choosing alone allows binds every agenda that lacks as much, whichever minima it lowers.
    let is_chosen = mended.n_lowered() == points(choose_all(&core).n_missing(&core));
    let is_alike = is_same || (lacks_as_much && is_chosen);
    let lacks = |agenda: &Agenda| (agenda.unheld.len(), agenda.n_lowered());
    let renewal_gain = match lacks(&renewed).cmp(&lacks(&mended)) {
        Ordering::Less => None,
        Ordering::Equal => Some(renewed.score.saturating_sub(mended.score)),
        Ordering::Greater => Some(0),
    };
    let bound = match lower(&core, board.meetings().map(|(pair, _)| pair)) {
        Some(lowered) if !is_alike => points(bound_of(&lowered)),
        _ => renewed.bound,
    };
    Repaired {
        dropped,
        moves: moves(&agenda.meetings, &mended.meetings),
        renewal_gain,
        agenda: Agenda {
            bound,
            shortages: renewed.shortages,
            lowered_least: renewed.lowered_least,
            is_least: lacks_as_much && renewed.is_least,
            clashes: of_unheld(settled.clashes, &mended.unheld),
            is_stopped: renewed.is_stopped,
            ..mended
        },
        problem: problem.clone(),
    }
}

/// Puts meetings back, and serves whoever lost one.
fn mend(board: &mut Board<'_, '_>, before: &[Meeting]) {
    let core = board.core;
    let mut order: Vec<usize> = keep(board, before).iter().map(|meeting| meeting.pair).collect();
    order.sort_by_key(|pair| (!core.pairs[*pair].must, core.pairs[*pair].open.len(), *pair));
    // Whoever lost a meeting gets it at another time if nobody else is moved, or a new one where a seat is free.
    for pair in &order {
        place_freely(board, *pair);
    }
    serve(board);
}

/// Keeps minima that need more than one meeting to give way, by a search in which meetings that are held are worth far more
/// than others, so that few of them are given up.
fn rescue(board: &mut Board<'_, '_>, seed: u64) {
    let core = board.core;
    let mut keen = core.problem.clone();
    let most = core.pairs.iter().map(|pair| pair.score).max().unwrap_or(1).max(1);
    for (idx, pair) in keen.pairs.iter_mut().enumerate() {
        let own = u32::try_from(core.pairs[idx].score * OTHERS_WORTH / most).unwrap_or(0);
        pair.score = if board.slot(idx).is_some() { HELD_WORTH } else { 1 + own };
    }
    let keen = Core::new(&keen);
    let standing: Vec<(usize, usize)> = board.meetings().collect();
    let found = score(&keen, &choose_all(&keen), &standing, Effort { seed, steps: 0 }, &Watch::PATIENT);
    if found.missing >= board.missing {
        return;
    }
    *board = Board::new(core);
    for (pair, slot) in found.board.meetings() {
        board.try_place(pair, slot);
    }
}

/// Puts back every meeting that is still possible where it was, first what must be held; returns the others. A meeting
/// whose table is gone stays in its slot if another table is free.
fn keep(board: &mut Board<'_, '_>, meetings: &[Meeting]) -> Vec<Meeting> {
    let core = board.core;
    let known = |meeting: &&Meeting| meeting.pair < core.pairs.len() && meeting.slot < core.n_slots;
    let has_table =
        |meeting: &Meeting| core.zones[core.pairs[meeting.pair].zone].tables[meeting.slot].contains(&meeting.table);
    let mut waiting: Vec<Meeting> = meetings.iter().filter(known).copied().collect();
    waiting.retain(|meeting| board.slot(meeting.pair).is_none());
    waiting.sort_by_key(|meeting| (!core.pairs[meeting.pair].must, !has_table(meeting)));
    waiting.into_iter().filter(|meeting| !board.try_place(meeting.pair, meeting.slot)).collect()
}

/// Places a pair where it moves nobody.
fn place_freely(board: &mut Board<'_, '_>, pair: usize) {
    if board.slot(pair).is_none() {
        let open = board.core.pairs[pair].open;
        open.iter().find(|slot| board.try_place(pair, *slot));
    }
}

/// Lists what is not where it was.
fn moves(before: &[Meeting], after: &[Meeting]) -> Vec<Move> {
    let mut both: BTreeMap<usize, (Option<Meeting>, Option<Meeting>)> = BTreeMap::new();
    before.iter().for_each(|meeting| both.entry(meeting.pair).or_default().0 = Some(*meeting));
    after.iter().for_each(|meeting| both.entry(meeting.pair).or_default().1 = Some(*meeting));
    let moved = both.into_iter().filter(|(_, (from, to))| from != to);
    moved.map(|(pair, (from, to))| Move { pair, from, to }).collect()
}
