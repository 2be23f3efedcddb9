//! What it would bring to have more, and what minima cost: the same choice solved again with one limit moved, against the
//! agenda that there is. Choosing knows no slots, so what it brings is what an agenda can gain at most; where everybody is
//! always present it is exact.

use crate::agenda::choose::{Ask, Choice, Places};
use crate::agenda::column::Column;
use crate::agenda::core::Core;
use crate::agenda::model::{Problem, Role};
use crate::agenda::settle::settle;

/// So many parties are told for whom another meeting would bring most.
const TOLD_MAX: usize = 10;
/// So many parties are tried for that, the most promising by the prices of the choice.
const TRIED_MAX: usize = 40;

/// What limits are worth, in points of score.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices {
    /// What the choice without regard to slots is worth. The prices are exact only if the agenda's score is the same.
    pub choice: u64,
    /// What one more table would bring at most in a slot that has tables.
    pub table: u64,
    /// What one more meeting would bring at most that a party may have (one more slot, if these are what limits it): the
    /// best of the most promising parties, best first, then by party. Any other party gains at most what the choice is
    /// worth more than the agenda.
    pub meetings: Vec<(usize, u64)>,
    /// What the minima cost at most: what could be had without them.
    pub minima: u64,
    /// What it would cost at least to have every SME meet at least once; `None` if that is impossible.
    pub every_sme: Option<u64>,
}

/// Works the prices of a sound problem out, whose best known agenda is worth `score`.
///
/// # Complexity
/// Three choices solved from the start, and some forty solved on.
pub fn prices(problem: &Problem, score: u64) -> Prices {
    let settled = settle(problem);
    let core = Core::new(&settled.problem);
    let base = choose(&core, &core.min);
    let choice = to_points(base.score(&core));
    let worth = |choice: &Choice| to_points(choice.score(&core));
    let more = |arc: usize| {
        let mut next = base.clone();
        next.network.set_limit(arc, 1);
        next.network.solve();
        worth(&next)
    };
    let held = base.counts(&core);
    let full = base.spare_arcs.iter().filter(|(party, _)| held[*party] >= core.max[*party]);
    // The price of a limit is what moving it brings at most.
    let mut promising: Vec<(i64, usize, usize)> =
        full.map(|(party, arc)| (base.network.reduced_cost(*arc), *party, *arc)).collect();
    promising.sort_unstable();
    let tried = promising.iter().filter(|(cost, ..)| *cost < 0).take(TRIED_MAX);
    let mut meetings: Vec<(usize, u64)> = tried.map(|(_, party, arc)| (*party, more(*arc))).collect();
    meetings.retain(|(_, worth)| *worth > choice);
    meetings.iter_mut().for_each(|(_, worth)| *worth = worth.saturating_sub(score));
    meetings.sort_unstable_by_key(|(party, gain)| (std::cmp::Reverse(*gain), *party));
    meetings.truncate(TOLD_MAX);
    let none = Column::filled(0, core.free.len());
    let is_sme = |party: usize| problem.parties.get(party).is_some_and(|party| party.role == Role::Sme);
    let one: Column<i64> = core.min.iter().enumerate().map(|(i, min)| (*min).max(i64::from(is_sme(i)))).collect();
    let with_one = choose(&core, &one);
    let served = with_one.counts(&core);
    let is_served = (0..core.free.len()).all(|party| served[party] >= one[party] || core.min[party] > core.max[party]);
    Prices {
        choice,
        table: more(base.spare_seat_arc).saturating_sub(score),
        meetings,
        minima: worth(&choose(&core, &none)).saturating_sub(score),
        every_sme: is_served.then(|| score.saturating_sub(worth(&with_one))),
    }
}

/// Chooses with some minima; of those who may have no meeting it is known what one would bring.
fn choose(core: &Core<'_>, need: &Column<i64>) -> Choice {
    let pairs: Vec<usize> = (0..core.pairs.len()).collect();
    let ask = Ask { pairs: &pairs, need, room: &core.max, seats: core.n_seats(), has_spare: true };
    Choice::best(core, &ask, &mut Places::default())
}

fn to_points(score: i64) -> u64 {
    u64::try_from(score).unwrap_or(0)
}
