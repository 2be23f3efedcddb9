//! Fewer idle periods: annealing over Kempe chains. A chain swaps two slots along a path, so only the parties at its two
//! ends meet at other times than before; where tables are full, a second chain gives back what the first takes. The
//! meetings stay the same, so the score does. All numbers are whole, so that the same seed gives the same agenda on every
//! machine.

use crate::agenda::board::Board;
use crate::agenda::column::Column;
use crate::agenda::slots::SlotSet;
use crate::chance::Chance;

/// The chance, in 2^32ths, that one more idle period is accepted, at first and at last.
const WARM: u64 = 1_300_000_000;
const COLD: u64 = 3_000_000;
/// The chance falls in so many steps of the same ratio.
const N_STAGES: u32 = 512;
/// So many ways to give tables back are tried for one chain.
const N_RETURNS: usize = 3;
/// About how much work a proposal is, in steps, and how many meetings of a chain are one step more.
const WORK: u64 = 3;
const CHAINED: usize = 4;
/// So many proposals are made before the clock is asked again.
const PATIENCE: usize = 256;

/// Rearranges the meetings of a board with about so much work, and leaves the best that was seen. `is_over` is asked now
/// and then. Returns whether it said yes.
pub(super) fn anneal(board: &mut Board<'_, '_>, steps: u64, chance: &mut Chance, is_over: &dyn Fn() -> bool) -> bool {
    let meetings: Vec<usize> = board.meetings().map(|(pair, _)| pair).collect();
    let mut idle = total(board);
    let mut best = (idle, board.places());
    let mut ladder = Ladder::new();
    let (mut work, mut is_stopped) = (0, false);
    while work < steps && best.0 > 0 {
        ladder.descend(work, steps);
        if is_over() {
            is_stopped = true;
            break;
        }
        for _ in 0..PATIENCE {
            let Some(pair) = chance.pick(&meetings) else { break };
            let allowed = ladder.allowed(chance);
            idle += propose(board, *pair, allowed, chance);
            work += WORK + u64::try_from(board.marks.chain.len() / CHAINED).unwrap_or(0);
            if idle < best.0 {
                best = (idle, board.places());
            }
        }
    }
    board.restore(&best.1);
    is_stopped
}

/// Counts the idle periods of all parties.
pub(super) fn total(board: &Board<'_, '_>) -> i64 {
    (0..board.core.free.len()).map(|party| board.core.idle_periods(party, board.busy(party))).sum()
}

/// The falling chance of what is worse.
struct Ladder {
    /// The chance of one more idle period at each stage.
    chances: Column<u64>,
    stage: usize,
}

impl Ladder {
    fn new() -> Self {
        // The ratio of which so many make up the fall, by halving the interval: 2^32ths again.
        let falls_to = |ratio: u64| (0..N_STAGES).fold(WARM << 8, |chance, _| (chance * (ratio >> 8)) >> 24) >> 8;
        let (mut low, mut high) = (1 << 31, 1 << 32);
        while low + 1 < high {
            let middle = (low + high) / 2;
            if falls_to(middle) < COLD { low = middle } else { high = middle }
        }
        let mut chance = WARM << 8;
        let chances = (0..=N_STAGES).map(|_| {
            let now = chance >> 8;
            chance = (chance * (high >> 8)) >> 24;
            now
        });
        Self { chances: chances.collect(), stage: 0 }
    }

    fn descend(&mut self, n: u64, of: u64) {
        self.stage = usize::try_from(u128::from(n) * u128::from(N_STAGES) / u128::from(of)).unwrap_or(0);
    }

    /// Draws how many more idle periods would be accepted.
    fn allowed(&self, chance: &mut Chance) -> i64 {
        let one = self.chances[self.stage];
        let drawn = u64::from(chance.between(0, u32::MAX));
        let (mut worse, mut chance) = (0, one);
        while drawn < chance {
            worse += 1;
            chance = (chance * one) >> 32;
        }
        worse
    }
}

/// Tries to take a meeting to another slot, which may bring at most `allowed` more idle periods; returns how many more
/// there are.
fn propose(board: &mut Board<'_, '_>, pair: usize, allowed: i64, chance: &mut Chance) -> i64 {
    let core = board.core;
    let Some(from) = board.slot(pair) else { return 0 };
    let [buyer, sme] = core.pairs[pair].ends;
    let party = if chance.below(2) == 0 { buyer } else { sme };
    let busy = board.busy(party);
    let mut to = core.pairs[pair].open.without(busy);
    // Every other time beside another meeting, where it makes no new run.
    if chance.below(2) == 0 {
        let mut others = busy;
        others.remove(from);
        to = to.common(others.neighbours());
    }
    let Some(to) = to.nth(chance.below(usize::try_from(to.len()).unwrap_or(0))) else { return 0 };
    let more = if core.is_plain { change_at(board, party, from, to) } else { 0 };
    // The other end gains two at most.
    if more > allowed + 2 || !board.chain_of(pair, from, to) {
        return 0;
    }
    if core.is_plain {
        propose_plain(board, [from, to], party, allowed - more, chance).map_or(0, |m| m + more)
    } else {
        propose_any(board, allowed)
    }
}

/// Returns how many more idle periods a party has when it meets in one slot instead of another.
fn change_at(board: &Board<'_, '_>, party: usize, from: usize, to: usize) -> i64 {
    let busy = board.busy(party);
    let (mut next, source, target) = (busy, SlotSet::of(from), SlotSet::of(to));
    next = next.without(source.union(target));
    next = if busy.contains(from) { next.union(target) } else { next };
    next = if busy.contains(to) { next.union(source) } else { next };
    board.core.idle_periods(party, next) - board.core.idle_periods(party, busy)
}

/// Judges a chain by its far end, and by both ends of the chain that gives a table back if one is missing.
fn propose_plain(
    board: &mut Board<'_, '_>,
    [from, to]: [usize; 2],
    party: usize,
    allowed: i64,
    chance: &mut Chance,
) -> Option<i64> {
    let core = board.core;
    let far = board.marks.end(party);
    let mut more = change_at(board, far, from, to);
    if !board.is_seated(to, from) {
        // One of the two slots has one meeting too many; another chain between them takes it back.
        let ends = (0..N_RETURNS).find_map(|_| {
            let party = chance.below(core.free.len());
            // Only from an end, so that the other end is the only other party for whom anything changes.
            let is_end = board.busy(party).contains(from) != board.busy(party).contains(to);
            (is_end && board.give_back(party, to, from)).then(|| [party, board.marks.end(party)])
        })?;
        more += ends.iter().map(|party| change_at(board, *party, from, to)).sum::<i64>();
    }
    (more <= allowed && board.shift()).then(|| {
        board.settle();
        more
    })
}

/// Judges a chain by trying it.
fn propose_any(board: &mut Board<'_, '_>, allowed: i64) -> i64 {
    let core = board.core;
    let mut touched: Vec<usize> = board.marks.chain.iter().flat_map(|(pair, _)| core.pairs[*pair].ends).collect();
    touched.sort_unstable();
    touched.dedup();
    let idle = |board: &Board<'_, '_>| -> i64 {
        touched.iter().map(|party| core.idle_periods(*party, board.busy(*party))).sum()
    };
    let before = idle(board);
    if !board.shift() {
        return 0;
    }
    let more = idle(board) - before;
    if more > allowed {
        board.undo(0);
        return 0;
    }
    board.settle();
    more
}
