//! Bringing meetings back to where they were. An agenda that had to be searched for anew is changed in steps, each of which
//! lets one meeting go home, pushes off those in its way that are not at home themselves, and finds these another place;
//! until no step leaves fewer meetings moved or lost.

use crate::agenda::board::Board;
use crate::agenda::column::Column;
use crate::agenda::model::Meeting;
use crate::agenda::serve::serve;
use crate::agenda::slots::SlotSet;

/// All meetings are tried so often at most.
const ROUNDS_MAX: usize = 12;

/// Brings meetings back that were held `before`, as long as no more than now is missing.
///
/// # Complexity
/// O(meetings that are not at home x (meetings + parties)) a round.
pub(super) fn bring_home(board: &mut Board<'_, '_>, before: &[Meeting]) {
    let mut homes: Column<Option<usize>> = Column::filled(None, board.core.pairs.len());
    let known = |meeting: &&Meeting| meeting.pair < board.core.pairs.len() && meeting.slot < board.core.n_slots;
    let before: Vec<Meeting> = before.iter().filter(known).copied().collect();
    before.iter().for_each(|meeting| homes[meeting.pair] = Some(meeting.slot));
    let n_away = |board: &Board<'_, '_>| before.iter().filter(|m| board.slot(m.pair) != Some(m.slot)).count();
    let mut best = (board.missing, n_away(board));
    for _ in 0..ROUNDS_MAX {
        let last = best;
        for meeting in &before {
            if board.slot(meeting.pair) == Some(meeting.slot) {
                continue;
            }
            let then = board.now();
            let found = go_home(board, meeting.pair, meeting.slot, &homes).then(|| (board.missing, n_away(board)));
            match found {
                Some(found) if found < best => best = found,
                _ => board.undo(then),
            }
        }
        if best == last {
            return;
        }
    }
}

/// Lets a pair go home, whoever is in its way but is not at home goes elsewhere. Says whether it is at home then.
fn go_home(board: &mut Board<'_, '_>, pair: usize, slot: usize, homes: &Column<Option<usize>>) -> bool {
    let core = board.core;
    if !core.pairs[pair].open.contains(slot) {
        return false;
    }
    let missing = board.missing;
    board.remove(pair);
    let mut pushed = Vec::new();
    let is_away = |board: &Board<'_, '_>, other: usize| board.slot(other) != homes[other];
    for party in core.pairs[pair].ends {
        let at_desk = board.pairs_at(party, slot).find(|other| is_away(board, *other));
        if let Some(other) = at_desk.filter(|_| !board.has_desk(party, slot)) {
            board.remove(other);
            pushed.push(other);
        }
        if board.held(party) >= core.max[party] {
            let held = core.pairs_of.of(party).iter().copied().filter(|other| board.slot(*other).is_some());
            let least = held.filter(|o| is_away(board, *o)).min_by_key(|other| (core.pairs[*other].score, *other));
            least.into_iter().for_each(|other| board.remove(other));
            pushed.extend(least);
        }
    }
    if !board.try_place(pair, slot) {
        // Tables, staff, or rows of meetings are in the way: one of those that share them goes.
        let sharing: Vec<usize> = near(board, pair, slot).filter(|other| is_away(board, *other)).collect();
        let makes_room = |other: &usize| {
            let then = board.now();
            board.remove(*other);
            let is_placed = board.try_place(pair, slot);
            if !is_placed {
                board.undo(then);
            }
            is_placed
        };
        let Some(other) = sharing.into_iter().find(makes_room) else { return false };
        pushed.push(other);
    }
    for other in pushed {
        board.insert(other, SlotSet::before(core.n_slots));
    }
    // Only whom this step took something from needs help.
    if board.missing > missing {
        serve(board);
    }
    board.slot(pair) == Some(slot)
}

/// Lists the meetings of a slot, and those of both parties at any time.
fn near(board: &Board<'_, '_>, pair: usize, slot: usize) -> impl Iterator<Item = usize> {
    let core = board.core;
    let here = board.meetings().filter(move |(_, at)| *at == slot).map(|(other, _)| other);
    let own = core.pairs[pair].ends.into_iter().flat_map(|party| core.pairs_of.of(party).iter().copied());
    here.chain(own.filter(move |other| board.slot(*other).is_some_and(|at| at != slot)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agenda::core::Core;
    use crate::agenda::instance::read_instance;

    #[test]
    fn meetings_in_each_others_places_go_home() {
        let text = r#"{"format":"docking-agenda/1","slots":2,"tables":[2,2],
            "parties":[{"id":"B1","side":"buyer","min":0,"max":2,"unavailable":[]},
                {"id":"B2","side":"buyer","min":0,"max":2,"unavailable":[]},
                {"id":"S1","side":"sme","min":0,"max":2,"unavailable":[]},
                {"id":"S2","side":"sme","min":0,"max":2,"unavailable":[]}],
            "pairs":[{"a":0,"b":2,"score":5},{"a":0,"b":3,"score":4},{"a":1,"b":2,"score":3},{"a":1,"b":3,"score":2}]}"#;
        let problem = read_instance(text).expect("a sound instance");
        let core = Core::new(&problem);
        let home = [(0, 0), (1, 1), (2, 1), (3, 0)];
        let before = home.map(|(pair, slot)| Meeting { pair, slot, table: 0 });
        let mut board = Board::new(&core);
        assert!(home.iter().all(|(pair, slot)| board.try_place(*pair, 1 - slot)));
        bring_home(&mut board, &before);
        assert_eq!(board.meetings().collect::<Vec<_>>(), home);
    }
}
