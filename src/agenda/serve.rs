//! Helping, on a board that many have in their hands already, whoever lacks a meeting: each by whatever moves or loses the
//! fewest others.

use crate::agenda::board::Board;
use crate::agenda::slots::SlotSet;

/// Helps parties below their minimum and pairs that must be held, each by whatever moves or loses the fewest meetings.
pub(super) fn serve(board: &mut Board<'_, '_>) {
    let core = board.core;
    let must = (0..core.pairs.len()).filter(|pair| core.pairs[*pair].must).collect::<Vec<_>>();
    for pair in must.into_iter().filter(|pair| !core.pairs[*pair].open.is_empty()) {
        help(board, &[pair]);
    }
    for party in 0..core.free.len() {
        while board.held(party) < core.min[party] && help(board, core.pairs_of.of(party)) {}
    }
}

/// Places one of several pairs so that fewer minima are missing, with the fewest changes. Says whether it could.
fn help(board: &mut Board<'_, '_>, pairs: &[usize]) -> bool {
    let (then, missing) = (board.now(), board.missing);
    let ways: [fn(&mut Board<'_, '_>, usize); 2] = [insert, replace];
    let mut best = None;
    for pair in pairs.iter().copied() {
        for (way, place) in ways.iter().enumerate() {
            if board.slot(pair).is_some() {
                break;
            }
            place(board, pair);
            if board.missing < missing {
                let found = (board.n_changed(then), -board.score, pair, way);
                best = best.min(Some(found)).or(Some(found));
            }
            board.undo(then);
        }
    }
    let Some((.., pair, way)) = best else { return false };
    ways.get(way).into_iter().for_each(|place| place(board, pair));
    true
}

fn insert(board: &mut Board<'_, '_>, pair: usize) {
    board.insert(pair, SlotSet::before(board.core.n_slots));
}

/// Places a pair where at most one meeting of each side is in the way, if fewer minima are missing then.
fn replace(board: &mut Board<'_, '_>, pair: usize) {
    let core = board.core;
    let ends = core.pairs[pair].ends;
    let (then, missing) = (board.now(), board.missing);
    let mut slots: Vec<usize> = core.pairs[pair].open.iter().collect();
    slots.sort_by_key(|slot| ends.iter().filter(|party| !board.has_desk(**party, *slot)).count());
    for slot in slots {
        for party in ends {
            let in_the_way = board.pairs_at(party, slot).find(|_| !board.has_desk(party, slot));
            in_the_way.into_iter().for_each(|other| board.remove(other));
        }
        for party in ends.into_iter().filter(|party| board.held(*party) >= core.max[*party]).collect::<Vec<_>>() {
            let held = core.pairs_of.of(party).iter().copied().filter(|other| board.slot(*other).is_some());
            let least = held.min_by_key(|other| (core.pairs[*other].score, *other));
            least.into_iter().for_each(|other| board.remove(other));
        }
        if board.try_place(pair, slot) && board.missing < missing {
            return;
        }
        board.undo(then);
    }
}
