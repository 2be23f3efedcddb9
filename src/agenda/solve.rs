//! From a problem to its agenda: as many minima as can be kept, then the largest sum of scores, then the fewest idle
//! periods, then the fewest changes of tables.

use crate::agenda::board::Board;
use crate::agenda::choose::{Choice, choose_all};
use crate::agenda::core::Core;
use crate::agenda::idle::{anneal, total};
use crate::agenda::model::{Agenda, Effort, Lock, Lowered, Meeting, Phase, Problem, Watch};
use crate::agenda::score::{Scored, points, score};
use crate::agenda::seat::seat;
use crate::agenda::shortage::shortages;
use crate::chance::Chance;

/// At most so often minima are lowered to what was reached before.
const LOWERINGS_MAX: u32 = 3;

/// Solves a sound problem. Minima that cannot be kept are lowered, by the smallest total that was found, and what is
/// provably impossible is told.
///
/// # Complexity
/// Work as in `effort`, at most a few times the size of the problem more.
pub fn solve(problem: &Problem, effort: &Effort, watch: &Watch<'_>) -> Agenda {
    within(problem, Budget { effort: *effort, n_lowerings: LOWERINGS_MAX, is_polished: true }, watch)
}

/// Solves a problem as [`solve`] does and reaches the same score, but leaves waiting and changes of tables as they come.
pub(super) fn solve_score(problem: &Problem, effort: &Effort, watch: &Watch<'_>) -> Agenda {
    within(problem, Budget { effort: *effort, n_lowerings: LOWERINGS_MAX, is_polished: false }, watch)
}

fn within(problem: &Problem, mut budget: Budget, watch: &Watch<'_>) -> Agenda {
    let core = Core::new(problem);
    let choice = choose_all(&core);
    let shortages = shortages(&core, &choice);
    // What choosing cannot keep no agenda keeps; what placing cannot keep is seen only after a search.
    let mut lowered = lower(&core, choice.chosen());
    loop {
        let attempted = match &lowered {
            None => attempt(problem, &core, &choice, &mut budget, watch),
            Some(lowered) => {
                let core = Core::new(lowered);
                attempt(problem, &core, &choose_all(&core), &mut budget, watch)
            }
        };
        match attempted {
            Ok(agenda) => return Agenda { shortages, ..agenda },
            Err(lower) => lowered = Some(*lower),
        }
    }
}

/// What is left to be done at most.
struct Budget {
    effort: Effort,
    n_lowerings: u32,
    /// Whether what the score leaves goes into waiting and changes of tables.
    is_polished: bool,
}

/// Solves a problem whose minima may have been lowered. If some are not kept all the same, and another attempt is left,
/// gives the problem with these lowered too.
fn attempt(
    problem: &Problem,
    core: &Core<'_>,
    choice: &Choice,
    budget: &mut Budget,
    watch: &Watch<'_>,
) -> Result<Agenda, Box<Problem>> {
    let half = Effort { steps: budget.effort.steps / 2, ..budget.effort };
    let Scored { board, mut bound, work, is_stopped } = score(core, choice, half, watch);
    budget.effort.steps = budget.effort.steps.saturating_sub(work);
    if let Some(next) = lower(core, board.meetings().map(|(pair, _)| pair)) {
        if budget.n_lowerings > 0 && !is_stopped {
            budget.n_lowerings -= 1;
            return Err(Box::new(next));
        }
        bound = bound_of(&next);
    }
    let (score, bound) = (points(board.score), points(bound));
    (watch.on_phase)(Phase::Scored { score, bound });
    if !budget.is_polished {
        budget.effort.steps = 0;
    }
    let polished = polish(problem, board, budget.effort, watch);
    Ok(Agenda { bound, is_stopped: is_stopped || polished.is_stopped, ..polished })
}

/// Returns the bound that choosing alone gives.
pub(super) fn bound_of(problem: &Problem) -> i64 {
    let core = Core::new(problem);
    choose_all(&core).score(&core)
}

/// Returns the problem with minima no higher than these meetings keep; `None` if they keep all.
pub(super) fn lower(core: &Core<'_>, held: impl Iterator<Item = usize>) -> Option<Problem> {
    let mut counts = vec![0; core.free.len()];
    let mut is_held = vec![false; core.pairs.len()];
    for pair in held {
        is_held.get_mut(pair).into_iter().for_each(|held| *held = true);
        for party in core.pairs[pair].ends {
            counts.get_mut(party).into_iter().for_each(|count| *count += 1);
        }
    }
    let mut lowered = core.problem.clone();
    for (party, count) in lowered.parties.iter_mut().zip(counts) {
        party.min = party.min.min(count);
    }
    for (pair, is_held) in lowered.pairs.iter_mut().zip(is_held) {
        if !is_held {
            (pair.must, pair.lock) = (false, None);
        }
    }
    (lowered != *core.problem).then_some(lowered)
}

/// Makes idle periods and changes of tables few, and sets the agenda down.
fn polish(problem: &Problem, mut board: Board<'_, '_>, effort: Effort, watch: &Watch<'_>) -> Agenda {
    let is_stopped = anneal(&mut board, effort.steps, &mut Chance::new(effort.seed, 2), watch.is_over);
    let agenda = set_down(problem, &board, &[]);
    (watch.on_phase)(Phase::Seated { idle_periods: agenda.idle_periods, table_changes: agenda.table_changes });
    Agenda { is_stopped, ..agenda }
}

/// Seats the meetings of a board and counts what they amount to, as against the minima of a problem; meetings that are
/// where they were `before` keep their tables.
pub(super) fn set_down(problem: &Problem, board: &Board<'_, '_>, before: &[Meeting]) -> Agenda {
    let (meetings, table_changes) = seat(board, before);
    let lowered = problem.parties.iter().enumerate().filter_map(|(party, declared)| {
        let held = u32::try_from(board.held(party)).unwrap_or(u32::MAX);
        (held < declared.min).then_some(Lowered { party, min: declared.min, held })
    });
    let must = problem.pairs.iter().enumerate().filter(|(_, pair)| pair.must || pair.lock.is_some());
    Agenda {
        score: points(board.score),
        idle_periods: points(total(board)),
        table_changes,
        lowered: lowered.collect(),
        // A locked meeting at another time is not held as it must be.
        unheld: must.filter(|(place, pair)| !is_held(board, *place, pair.lock)).map(|(place, _)| place).collect(),
        meetings,
        ..Agenda::default()
    }
}

/// Says whether a pair is on the board, and where it is locked if it is.
fn is_held(board: &Board<'_, '_>, pair: usize, lock: Option<Lock>) -> bool {
    board.slot(pair).is_some_and(|slot| lock.is_none_or(|lock| lock.slot == slot))
}
