//! The largest sum of scores that work allows, and a bound on it: choosing, placing, then the relaxation and the search in
//! turn, each helping the other, until they meet.

use crate::agenda::board::Board;
use crate::agenda::bound::Lagrangian;
use crate::agenda::choose::Choice;
use crate::agenda::core::Core;
use crate::agenda::model::{Effort, Phase, Watch};
use crate::agenda::relax::Relaxation;
use crate::agenda::search::Search;
use crate::chance::Chance;

/// So many steps of the relaxation are taken before its bound is worked out again.
const STEPS_A_BOUND: u32 = 100;
/// So many rounds of the search are made at least between two bounds.
const ROUNDS_MIN: u32 = 25;
/// After so many turns without a better agenda the search does no more than that.
const SEARCH_PATIENCE: u32 = 4;
/// After so many turns without a better bound the relaxation is left as it is.
const BOUND_PATIENCE: u32 = 20;
/// The part of the work that is for minima that are hard to keep, as a divisor.
const MINIMA_PART: u64 = 4;
/// So many steps are for minima, if these are hard to keep, however little work is allowed and whatever the watch says: a
/// minimum that can be kept should not be lowered for want of a moment.
const MINIMA_STEPS: u64 = 1_000_000;

/// What came of it.
pub(super) struct Scored<'c, 'p> {
    /// The meetings.
    pub board: Board<'c, 'p>,
    /// No agenda that keeps as many minima as can be chosen is worth more.
    pub bound: i64,
    /// By how much the board falls short of its minima.
    pub missing: i64,
    /// By how much any agenda does.
    pub least: i64,
    /// How much work was done, in steps.
    pub work: u64,
    /// Whether the watch stopped it.
    pub is_stopped: bool,
}

/// The relaxation and the search at work.
struct Duel<'c, 'p> {
    core: &'c Core<'p>,
    search: Search<'c, 'p>,
    relaxation: Relaxation,
    /// The prices that proved the bound.
    lagrangian: Lagrangian,
    bound: i64,
    /// How much work went into the relaxation.
    bound_work: u64,
    /// How many turns the bound and the best agenda have stayed as they are.
    n_stale: [u32; 2],
    /// By how much any agenda falls short of its minima.
    least: i64,
    /// What raises that, where the choice alone is not enough.
    count: Option<Count>,
}

/// Searches from a choice, and from meetings that go together, until the choice's bound is reached, the work is done or the
/// watch says stop.
pub(super) fn score<'c, 'p>(
    core: &'c Core<'p>,
    choice: &Choice,
    standing: &[(usize, usize)],
    effort: Effort,
    watch: &Watch<'_>,
) -> Scored<'c, 'p> {
    let bound = choice.score(core);
    (watch.on_phase)(Phase::Chosen { bound: points(bound) });
    let search = Search::new(core, choice, standing, Chance::new(effort.seed, 1));
    (watch.on_phase)(Phase::Placed { score: search.score().map(points), bound: points(bound) });
    // Without minima to win, no work means none.
    let is_done = if effort.steps == 0 { search.score().is_some() } else { search.score() == Some(bound) };
    let least = choice.n_missing(core);
    if is_done {
        return Scored {
            work: search.work,
            missing: search.missing(),
            board: search.finish(),
            bound,
            least,
            is_stopped: false,
        };
    }
    let relaxation = if least == 0 { Relaxation::new(core) } else { Relaxation::lenient(core) };
    let mut lagrangian = Lagrangian::new(core, choice.n_kept());
    lagrangian.bound(core, relaxation.prices(false));
    let count = (search.score().is_none()).then(|| Count::new(core, choice.n_kept() + least));
    let mut duel = Duel { core, search, relaxation, lagrangian, bound, bound_work: 0, n_stale: [0; 2], least, count };
    let mut is_stopped = false;
    while duel.search.score() != Some(duel.bound) && !is_stopped {
        let keeps_minima = duel.search.score().is_some();
        // What is hard to keep at all would take all the time that is left for what can be kept.
        let most = if keeps_minima { effort.steps } else { MINIMA_STEPS.max(effort.steps / MINIMA_PART) };
        if duel.work() >= most || (!keeps_minima && duel.search.missing() <= duel.least) {
            break;
        }
        if !keeps_minima {
            duel.count();
        }
        duel.tighten();
        is_stopped = duel.look(if keeps_minima || duel.work() >= MINIMA_STEPS { watch } else { &Watch::PATIENT });
    }
    Scored {
        work: duel.work(),
        missing: duel.search.missing(),
        least: duel.least,
        bound: duel.bound,
        board: duel.search.finish(),
        is_stopped,
    }
}

/// How many minima can be kept, as far as slots tell.
struct Count {
    relaxation: Relaxation,
    lagrangian: Lagrangian,
    /// So many first meetings, apart from those that are forced, the minima ask for.
    n_asked: i64,
    /// What it said last, and how many turns it has said so.
    said: (i64, u32),
}

impl Count {
    fn new(core: &Core<'_>, n_asked: i64) -> Self {
        Self { relaxation: Relaxation::counting(core), lagrangian: Lagrangian::counting(core), n_asked, said: (0, 0) }
    }

    /// Lets the relaxation go on; returns how much any agenda lacks of minima at least.
    fn least(&mut self, core: &Core<'_>) -> i64 {
        for _ in 0..STEPS_A_BOUND {
            self.relaxation.step();
        }
        let kept = [false, true].map(|is_average| self.lagrangian.kept(core, self.relaxation.prices(is_average)));
        let least = self.n_asked - kept.into_iter().min().unwrap_or(self.n_asked);
        let (most, n_stale) = self.said;
        self.said = if least > most { (least, 0) } else { (most, n_stale + 1) };
        self.said.0
    }

    fn is_settled(&self) -> bool {
        self.said.1 > BOUND_PATIENCE
    }

    fn work(&self) -> u64 {
        u64::from(STEPS_A_BOUND) * self.relaxation.work() + 2 * self.lagrangian.work()
    }
}

impl Duel<'_, '_> {
    fn work(&self) -> u64 {
        self.bound_work + self.search.work
    }

    /// Lets the relaxation go on, unless it has settled, and keeps the prices that prove the best bound.
    fn tighten(&mut self) {
        let [n_stale, _] = self.n_stale;
        if n_stale > BOUND_PATIENCE {
            return;
        }
        for _ in 0..STEPS_A_BOUND {
            self.relaxation.step();
        }
        self.bound_work += u64::from(STEPS_A_BOUND) * self.relaxation.work() + 2 * self.lagrangian.work();
        let before = self.bound;
        for is_average in [false, true] {
            let mut next = self.lagrangian.clone();
            let bound = next.bound(self.core, self.relaxation.prices(is_average));
            if bound <= self.bound {
                (self.bound, self.lagrangian) = (bound, next);
            }
        }
        self.n_stale = [if self.bound < before { 0 } else { n_stale + 1 }, self.n_stale[1]];
    }

    /// Lets the count of minima that can be kept go on.
    fn count(&mut self) {
        if let Some(count) = self.count.as_mut().filter(|count| !count.is_settled()) {
            self.least = self.least.max(count.least(self.core));
            self.bound_work += count.work();
        }
    }

    /// Lets the search do as much work as the relaxation did, or little if that is of no use. Returns whether the watch
    /// says stop.
    fn look(&mut self, watch: &Watch<'_>) -> bool {
        let [_, n_stale] = self.n_stale;
        let before = self.search.score();
        self.search.narrow(&self.lagrangian, self.bound);
        let is_hopeful = n_stale < SEARCH_PATIENCE;
        let mut n_rounds = 0;
        while n_rounds < ROUNDS_MIN || (is_hopeful && self.search.work < self.bound_work) {
            if self.search.score() == Some(self.bound) {
                return false;
            }
            if (watch.is_over)() {
                return true;
            }
            self.search.round(&self.lagrangian);
            n_rounds += 1;
        }
        self.n_stale = [self.n_stale[0], if self.search.score() > before { 0 } else { n_stale + 1 }];
        false
    }
}

/// Turns a sum of scores into what users read.
pub(super) fn points(score: i64) -> u64 {
    u64::try_from(score).unwrap_or(0)
}
