//! From a problem to its agenda: as many minima as can be kept, then the largest sum of scores, then the fewest idle
//! periods, then the fewest changes of tables.

use crate::agenda::board::Board;
use crate::agenda::choose::choose_all;
use crate::agenda::core::Core;
use crate::agenda::idle::{anneal, total};
use crate::agenda::model::{Agenda, Clash, Effort, Lock, Lowered, Meeting, Phase, Problem, Rule, Watch};
use crate::agenda::score::{Scored, points, score};
use crate::agenda::seat::seat;
use crate::agenda::settle::settle;
use crate::agenda::shortage::shortages;
use crate::chance::Chance;

/// Solves a sound problem. What must be held comes first, then the minima: those that cannot be kept are lowered, by the
/// smallest total that was found, and what is provably impossible is told.
///
/// # Complexity
/// Work as in `effort`, at most a few times the size of the problem more.
pub fn solve(problem: &Problem, effort: &Effort, watch: &Watch<'_>) -> Agenda {
    within(problem, *effort, true, watch)
}

/// Solves a problem as [`solve`] does and reaches the same score, but leaves waiting and changes of tables as they come.
pub(super) fn solve_score(problem: &Problem, effort: &Effort, watch: &Watch<'_>) -> Agenda {
    within(problem, *effort, false, watch)
}

/// Solves a problem; `is_polished` says whether what the score leaves goes into waiting and changes of tables.
fn within(problem: &Problem, effort: Effort, is_polished: bool, watch: &Watch<'_>) -> Agenda {
    let settled = settle(problem);
    let core = Core::new(&settled.problem);
    let choice = choose_all(&core);
    let half = Effort { steps: effort.steps / 2, ..effort };
    let first = score(&core, &choice, &settled.standing, half, watch);
    let is_reached = first.missing <= choice.n_missing(&core);
    let left = |work: u64| Effort { steps: if is_polished { effort.steps.saturating_sub(work) } else { 0 }, ..effort };
    let lacking = Agenda {
        shortages: shortages(&core, &choice),
        lowered_least: points(first.least),
        is_least: first.missing <= first.least && settled.clashes.iter().all(|clash| clash.rule != Rule::Unknown),
        clashes: settled.clashes,
        ..Agenda::default()
    };
    let lowered = lower(&core, first.board.meetings().map(|(pair, _)| pair)).filter(|_| !is_reached);
    let Some(lowered) = lowered else { return finish(problem, first, lacking, left, watch) };
    // What choosing cannot keep no agenda keeps; what placing cannot keep is seen only after a search, which goes on with
    // minima that can be kept.
    let core = Core::new(&lowered);
    let choice = choose_all(&core);
    if first.is_stopped {
        let bound = choice.score(&core);
        return finish(problem, Scored { bound, ..first }, lacking, left, watch);
    }
    let standing: Vec<(usize, usize)> = first.board.meetings().collect();
    let half = Effort { steps: effort.steps.saturating_sub(first.work) / 2, ..effort };
    let second = score(&core, &choice, &standing, half, watch);
    finish(problem, Scored { work: first.work + second.work, ..second }, lacking, left, watch)
}

/// Makes idle periods and changes of tables few with the work that is left, and sets the agenda down. `lacking` tells what
/// is not as it should be.
fn finish(
    problem: &Problem,
    scored: Scored<'_, '_>,
    lacking: Agenda,
    left: impl Fn(u64) -> Effort,
    watch: &Watch<'_>,
) -> Agenda {
    let (score, bound) = (points(scored.board.score), points(scored.bound));
    (watch.on_phase)(Phase::Scored { score, bound });
    let polished = polish(problem, scored.board, left(scored.work), watch);
    Agenda {
        bound,
        is_stopped: scored.is_stopped || polished.is_stopped,
        shortages: lacking.shortages,
        lowered_least: lacking.lowered_least,
        is_least: lacking.is_least,
        clashes: of_unheld(lacking.clashes, &polished.unheld),
        ..polished
    }
}

/// Leaves out the clashes of meetings that are held all the same.
pub(super) fn of_unheld(mut clashes: Vec<Clash>, unheld: &[usize]) -> Vec<Clash> {
    clashes.retain(|clash| unheld.contains(&clash.pair));
    clashes
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
