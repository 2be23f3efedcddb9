//! Large-neighbourhood search: all meetings of a few slots are taken off, chosen again by a circulation from everything
//! that could be held there, and put back by chains. What is not worse is kept. What the prices of the relaxation show
//! to be of no use in a better agenda is left out.

use crate::agenda::board::Board;
use crate::agenda::bound::Lagrangian;
use crate::agenda::choose::{Ask, Choice, Places};
use crate::agenda::column::Column;
use crate::agenda::core::Core;
use crate::agenda::slots::SlotSet;
use crate::chance::Chance;

/// At most so many slots are emptied at a time.
const EMPTIED_MAX: usize = 8;
/// In so many of a hundred rounds pairs pay for the slots that they need, which makes chains find room for nearly all.
const PRICED_PERCENT: u32 = 90;
/// An agenda may be worse than the best by so many hundredths of the gap.
const SLACK_PERCENT: i64 = 50;
/// The gap is narrowed to random eighths of it.
const NARROWED: usize = 8;
/// After so many rounds without a better agenda, in so many of a hundred rounds pairs are worth less by chance, by up to
/// this part of the best pair, so that a choice that always comes to the same is made another way.
const VAIN_MAX: u32 = 500;
const NOISY_PERCENT: u32 = 50;
const NOISE: i64 = 4;
/// And an agenda may then be so many times as much worse than the best.
const STUCK_SLACK: usize = 8;
/// So many meetings looked at for chains are one step of work.
const LOOKS_A_STEP: u64 = 2;

/// A search at work.
pub(super) struct Search<'c, 'p> {
    /// An agenda nearly as good as the best.
    board: Board<'c, 'p>,
    /// What the best agenda lacks and, below zero, is worth; and where its meetings are.
    best: ((i64, i64), Column<u8>),
    /// No agenda lacks less than this.
    target: i64,
    /// The slots in which each pair may be of use.
    useful: Column<SlotSet>,
    /// How much less than the best an agenda may be worth to be gone on from.
    slack: usize,
    /// How many rounds ago the best agenda was found.
    n_vain: u32,
    need: Column<i64>,
    room: Column<i64>,
    places: Places,
    chance: Chance,
    /// How much work was done, in steps.
    pub work: u64,
}

impl<'c, 'p> Search<'c, 'p> {
    /// Begins with meetings that go together; chosen pairs are put beside them as far as chains make room for them. No
    /// agenda lacks less than `target`.
    pub(super) fn new(core: &'c Core<'p>, choice: &Choice, standing: &[(usize, usize)], chance: Chance) -> Self {
        let mut board = Board::new(core);
        for (pair, slot) in standing {
            board.try_place(*pair, *slot);
        }
        let all = SlotSet::before(core.n_slots);
        let mut order: Vec<usize> = choice.chosen().collect();
        // What has few slots goes first.
        order.sort_by_key(|pair| (core.pairs[*pair].open.len(), *pair));
        for pair in order {
            board.insert(pair, all);
        }
        board.settle();
        let n_parties = core.free.len();
        Self {
            best: ((board.missing, -board.score), board.places()),
            board,
            target: choice.n_missing(core),
            slack: 0,
            n_vain: 0,
            useful: core.pairs.iter().map(|pair| pair.open).collect(),
            need: Column::filled(0, n_parties),
            room: Column::filled(0, n_parties),
            places: Places::default(),
            chance,
            work: 0,
        }
    }

    /// Returns what the best agenda is worth, if it keeps all minima that can be chosen.
    pub(super) fn score(&self) -> Option<i64> {
        let (missing, loss) = self.best.0;
        (missing <= self.target).then_some(-loss)
    }

    /// Returns by how much the best agenda falls short of its minima.
    pub(super) fn missing(&self) -> i64 {
        self.best.0.0
    }

    /// Gives up the search for the board with the best agenda.
    pub(super) fn finish(mut self) -> Board<'c, 'p> {
        self.board.restore(&self.best.1);
        self.board
    }

    /// Says whether many rounds have found nothing better.
    fn is_stuck(&self) -> bool {
        self.n_vain > VAIN_MAX
    }

    /// Turns to what an agenda in the gap below the bound might use, by the prices that proved the bound: sometimes to
    /// little, for one close to the bound, sometimes to all that could be better than the best.
    pub(super) fn narrow(&mut self, lagrangian: &Lagrangian, bound: i64) {
        let core = self.board.core;
        let Some(score) = self.score() else {
            self.useful = core.pairs.iter().map(|pair| pair.open).collect();
            return;
        };
        let gap = bound - score;
        let eighths = i64::try_from(1 + self.chance.below(NARROWED)).unwrap_or(1);
        lagrangian.narrow(core, bound - 1 - gap * eighths / 8, &mut self.useful);
        self.slack = usize::try_from(gap * SLACK_PERCENT / 100).unwrap_or(0);
    }

    /// Empties some slots and fills them again.
    pub(super) fn round(&mut self, lagrangian: &Lagrangian) {
        let n_slots = self.board.core.n_slots;
        let n_emptied = 1 + self.chance.below(EMPTIED_MAX.min(n_slots));
        let mut slots = SlotSet::EMPTY;
        for _ in 0..n_emptied {
            slots.insert(self.chance.below(n_slots));
        }
        let before = (self.board.missing, -self.board.score);
        let removed = self.empty(slots);
        let pairs = self.candidates(slots, removed);
        self.refill(slots, &pairs, lagrangian);
        let now = (self.board.missing, -self.board.score);
        let slack = if self.is_stuck() { self.slack * STUCK_SLACK } else { self.slack };
        let slack = i64::try_from(self.chance.below(slack)).unwrap_or(0);
        let (best_missing, best_loss) = self.best.0;
        if now > before && (now.0 > best_missing || now.1 > best_loss + slack) {
            self.board.undo(0);
        } else if now < self.best.0 {
            self.best = (now, self.board.places());
            self.n_vain = 0;
        }
        self.n_vain += 1;
        self.board.settle();
    }

    /// Takes every meeting out of some slots and returns them.
    fn empty(&mut self, slots: SlotSet) -> Vec<usize> {
        let mut removed = Vec::new();
        let core = self.board.core;
        for buyer in core.buyers.iter() {
            for slot in slots.common(self.board.busy(*buyer)).iter() {
                let held: Vec<usize> = self.board.pairs_at(*buyer, slot).collect();
                for pair in held {
                    self.board.remove(pair);
                    removed.push(pair);
                }
            }
        }
        let to_count = |desks: usize| i64::try_from(desks).unwrap_or(i64::MAX);
        for party in 0..core.free.len() {
            let held = self.board.held(party);
            let fits: usize = core.free[party]
                .common(slots)
                .iter()
                .map(|slot| core.desks[party] - self.board.pairs_at(party, slot).count())
                .sum();
            self.need[party] = (core.min[party] - held).max(0);
            self.room[party] = (core.max[party] - held).min(to_count(fits));
        }
        removed
    }

    /// Lists what was taken out and whatever else might be of use in some slots, ascending.
    fn candidates(&self, slots: SlotSet, mut removed: Vec<usize>) -> Vec<usize> {
        let is_candidate =
            |pair: &usize| !self.useful[*pair].common(slots).is_empty() && self.board.slot(*pair).is_none();
        removed.extend((0..self.useful.len()).filter(is_candidate));
        removed.sort_unstable();
        removed.dedup();
        removed
    }

    /// Chooses anew and places what was chosen, in these slots or, by chains, in others.
    fn refill(&mut self, slots: SlotSet, pairs: &[usize], lagrangian: &Lagrangian) {
        let core = self.board.core;
        let seats: usize = slots.iter().map(|slot| self.board.seats_left(slot)).sum();
        let seats = i64::try_from(seats).unwrap_or(i64::MAX);
        let ask = Ask { pairs, need: &self.need, room: &self.room, seats, has_spare: false };
        let mut choice = Choice::open(core, &ask, lagrangian.scale, &mut self.places);
        if slots.len() > 1 && self.chance.in_a_hundred(PRICED_PERCENT) {
            for (pair, arc) in choice.pair_arcs.iter() {
                choice.network.add_cost(*arc, lagrangian.cheapest(core, *pair, slots));
            }
        }
        if self.is_stuck() && self.chance.in_a_hundred(NOISY_PERCENT) {
            let most = choice.pair_arcs.iter().map(|(pair, _)| core.pairs[*pair].score).max().unwrap_or(0);
            let noise = usize::try_from(most * lagrangian.scale.unit / NOISE).unwrap_or(0);
            for at in 0..choice.pair_arcs.len() {
                let (_, arc) = choice.pair_arcs[at];
                choice.network.add_cost(arc, i64::try_from(self.chance.below(noise)).unwrap_or(0));
            }
        }
        choice.network.begin_at(self.chance.below(pairs.len()));
        choice.network.solve();
        let n_looks = self.board.marks.n_looks;
        let mut left: Vec<usize> = choice.chosen().collect();
        left.sort_by_key(|pair| (!core.pairs[*pair].must, core.pairs[*pair].open.common(slots).len(), *pair));
        left.retain(|pair| !self.board.insert(*pair, slots));
        let all = SlotSet::before(core.n_slots);
        for pair in left {
            self.board.insert(pair, all);
        }
        let n_scanned = core.pairs.len() + core.free.len() * 4 + pairs.len() * 8;
        self.work += u64::try_from(n_scanned / 8).unwrap_or(0)
            + choice.network.n_pivots * 3
            + (self.board.marks.n_looks - n_looks) / LOOKS_A_STEP;
    }
}
