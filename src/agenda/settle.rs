//! What comes before everything else: the locked meetings, then the others that must be held. A lock fits or breaks a rule
//! together with other locks, which is told; where the others go is found by chains, and by trying every way where these
//! find none. What is found here is held by every agenda that follows.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::agenda::board::Board;
use crate::agenda::core::{Core, CorePair};
use crate::agenda::model::{Clash, Lock, Problem, Rule};
use crate::agenda::slots::SlotSet;

/// In all so many places are tried for meetings that must be held, where chains do not find them.
const TRIES_MAX: u64 = 1_000_000;
/// With more meetings than this not every way is tried.
const TRIED_MAX: usize = 200;
/// From a proof with no more meetings than this those are left out that it does not need.
const NAMED_MAX: usize = 12;

/// What must be held and can be.
pub(super) struct Settled<'p> {
    /// The problem, with nothing in it that must be held and cannot.
    pub problem: Cow<'p, Problem>,
    /// All that must be held, in slots where it fits together.
    pub standing: Vec<(usize, usize)>,
    /// The rest, and why; ascending by pair.
    pub clashes: Vec<Clash>,
}

/// Says of every lock that cannot be kept beside the others why not, ascending by pair.
///
/// # Complexity
/// O(locks^2).
pub fn lock_clashes(problem: &Problem) -> Vec<Clash> {
    let core = Core::new(problem);
    let mut clashes = place_locked(&mut Board::new(&core));
    clashes.sort_unstable();
    clashes
}

/// Finds out how what must be held can be.
///
/// # Complexity
/// O(meetings that must be held x slots^2) where chains suffice, else a million tries more.
pub(super) fn settle(problem: &Problem) -> Settled<'_> {
    if !problem.pairs.iter().any(|pair| pair.must || pair.lock.is_some()) {
        return Settled { problem: Cow::Borrowed(problem), standing: Vec::new(), clashes: Vec::new() };
    }
    let core = Core::new(problem);
    let mut board = Board::new(&core);
    let mut clashes = place_locked(&mut board);
    board.settle();
    clashes.extend(place_wanted(&mut board));
    clashes.sort_unstable();
    let mut problem = Cow::Borrowed(problem);
    for clash in &clashes {
        if let Some(pair) = problem.to_mut().pairs.get_mut(clash.pair) {
            (pair.lock, pair.must) = (None, false);
        }
    }
    Settled { standing: board.meetings().collect(), problem, clashes }
}

/// Puts every lock into its slot, those that are worth more first; returns those that break a rule with others.
fn place_locked(board: &mut Board<'_, '_>) -> Vec<Clash> {
    let core = board.core;
    let locks = core.problem.pairs.iter().enumerate().filter_map(|(pair, declared)| Some((pair, declared.lock?)));
    let mut locks: Vec<(usize, Lock)> = locks.collect();
    locks.sort_by_key(|(pair, _)| (Reverse(core.pairs[*pair].score), *pair));
    let mut tables: BTreeMap<(usize, u32), usize> = BTreeMap::new();
    let mut clashes = Vec::new();
    for (pair, lock) in locks {
        let own = lock.table.map(|table| (lock.slot, table));
        let same_table = own.and_then(|own| tables.get(&own)).map(|other| (Rule::SameTable, vec![*other]));
        let is_closed = lock.table.is_some_and(|table| !has_table(core, pair, lock.slot, table));
        let closed = is_closed.then(|| (Rule::Closed, Vec::new()));
        match why_closed(core, pair, SlotSet::of(lock.slot)).or(closed).or(same_table) {
            Some((rule, with)) => clashes.push(Clash { pair, rule, with }),
            None if board.try_place(pair, lock.slot) => {
                own.into_iter().for_each(|own| _ = tables.insert(own, pair));
            }
            None => {
                let (rule, with) = why_not(board, pair, lock.slot);
                clashes.push(Clash { pair, rule, with });
            }
        }
    }
    clashes
}

fn has_table(core: &Core<'_>, pair: usize, slot: usize, table: u32) -> bool {
    core.zones[core.pairs[pair].zone].tables[slot].contains(&table)
}

/// Says why a pair can be held in none of some slots, whatever else is held.
fn why_closed(core: &Core<'_>, pair: usize, within: SlotSet) -> Option<(Rule, Vec<usize>)> {
    let CorePair { ends: [buyer, sme], open, zone, .. } = core.pairs[pair];
    if let Some(full) = [buyer, sme].into_iter().find(|party| core.max[*party] <= 0) {
        return Some((Rule::Full(full), Vec::new()));
    }
    if !open.common(within).is_empty() {
        return None;
    }
    let both = core.free[buyer].common(core.free[sme]).common(within);
    let is_closed = |slot: usize| core.zones[zone].tables[slot].is_empty() || !core.pairs[pair].is_at_one_table;
    let lacking = core.problem.pairs.get(pair).into_iter().flat_map(|pair| &pair.resources).find(|resource| {
        let units = core.problem.resources.get(**resource).map(|resource| &resource.units);
        both.iter().all(|slot| units.and_then(|units| units.get(slot)).copied().unwrap_or(0) == 0)
    });
    let rule = match lacking {
        _ if both.is_empty() => Rule::Absent,
        Some(resource) if !both.iter().all(is_closed) => Rule::NoUnits(*resource),
        _ => Rule::Closed,
    };
    Some((rule, Vec::new()))
}

/// Says which rule forbids a pair in an open slot as things are, and which meetings it breaks it with.
fn why_not(board: &Board<'_, '_>, pair: usize, slot: usize) -> (Rule, Vec<usize>) {
    let core = board.core;
    let CorePair { ends, zone, .. } = core.pairs[pair];
    let of = |party: usize| core.pairs_of.of(party).iter().copied().filter(|other| board.slot(*other).is_some());
    let here = || board.meetings().filter(|(_, at)| *at == slot).map(|(other, _)| other);
    if let Some(full) = ends.into_iter().find(|party| board.held(*party) >= core.max[*party]) {
        return (Rule::Full(full), of(full).collect());
    }
    if let Some(busy) = ends.into_iter().find(|party| !board.has_desk(*party, slot)) {
        return (Rule::Busy(busy), sorted(board.pairs_at(busy, slot).collect()));
    }
    if board.tables_left(zone, slot) == 0 {
        return (Rule::Tables, here().filter(|other| core.pairs[*other].zone == zone).collect());
    }
    if let Some(resource) = board.lacks_units(pair, slot) {
        let uses = |other: &usize| core.problem.pairs.get(*other).is_some_and(|o| o.resources.contains(&resource));
        return (Rule::Units(resource), here().filter(uses).collect());
    }
    let wrong = ends.into_iter().find(|party| core.is_strict[*party] && !board.is_in_order(*party, pair, slot));
    wrong.map_or((Rule::Unknown, Vec::new()), |party| (Rule::Order(party), of(party).collect()))
}

fn sorted(mut pairs: Vec<usize>) -> Vec<usize> {
    pairs.sort_unstable();
    pairs
}

/// Puts what must be held beside the locks; returns what cannot be.
fn place_wanted(board: &mut Board<'_, '_>) -> Vec<Clash> {
    let core = board.core;
    let mut clashes = Vec::new();
    let mut wanted = Vec::new();
    let is_wanted = |pair: &usize| core.problem.pairs.get(*pair).is_some_and(|p| p.must && p.lock.is_none());
    for pair in (0..core.pairs.len()).filter(is_wanted) {
        match why_closed(core, pair, SlotSet::before(core.n_slots)) {
            Some((rule, with)) => clashes.push(Clash { pair, rule, with }),
            None => wanted.push(pair),
        }
    }
    let locked = board.places();
    wanted.sort_by_key(|pair| (core.pairs[*pair].open.len(), *pair));
    if insert_all(board, &wanted) {
        return clashes;
    }
    board.restore(&locked);
    let mut tries = Tries { left: TRIES_MAX };
    if tries.place_all(board, &wanted) == Way::Found {
        return clashes;
    }
    wanted.sort_by_key(|pair| (Reverse(core.pairs[*pair].score), *pair));
    let mut held = Vec::new();
    for pair in wanted {
        let standing = board.places();
        held.push(pair);
        if insert_all(board, &[pair]) {
            continue;
        }
        let full = core.pairs[pair].ends.into_iter().find(|party| board.held(*party) >= core.max[*party]);
        board.restore(&locked);
        let way = if full.is_some() { Way::None } else { tries.place_all(board, &held) };
        if way == Way::Found {
            continue;
        }
        held.pop();
        board.restore(&standing);
        let (rule, with) = match (full, way) {
            (Some(party), _) => {
                let of = core.pairs_of.of(party).iter().copied();
                (Rule::Full(party), of.filter(|other| board.slot(*other).is_some()).collect())
            }
            (None, Way::None) => {
                board.restore(&locked);
                let with = tries.needed(board, &held, pair);
                board.restore(&standing);
                (Rule::Tried, with)
            }
            (None, Way::Found | Way::Unknown) => (Rule::Unknown, Vec::new()),
        };
        clashes.push(Clash { pair, rule, with });
    }
    clashes
}

/// Places pairs by chains; says whether all are on the board.
fn insert_all(board: &mut Board<'_, '_>, pairs: &[usize]) -> bool {
    let all = SlotSet::before(board.core.n_slots);
    let is_done = pairs.iter().all(|pair| board.insert(*pair, all));
    board.settle();
    is_done
}

/// Whether pairs can be placed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// They are placed.
    Found,
    /// They cannot.
    None,
    /// Too many ways would have to be tried.
    Unknown,
}

/// Tries every way.
struct Tries {
    /// How many more places may be tried.
    left: u64,
}

impl Tries {
    /// Places pairs beside what is on the board; leaves it as it was if they cannot be placed together.
    fn place_all(&mut self, board: &mut Board<'_, '_>, pairs: &[usize]) -> Way {
        if pairs.len() > TRIED_MAX {
            return Way::Unknown;
        }
        let then = board.now();
        let way = self.place_rest(board, &mut pairs.to_vec());
        if way != Way::Found {
            board.undo(then);
        }
        board.settle();
        way
    }

    /// Places the pair first that has the fewest slots left, in each of them in turn, and then the rest.
    fn place_rest(&mut self, board: &mut Board<'_, '_>, rest: &mut Vec<usize>) -> Way {
        let core = board.core;
        let mut fewest: Option<(u32, usize, SlotSet)> = None;
        for (at, pair) in rest.iter().enumerate() {
            let open = core.pairs[*pair].open;
            self.left = self.left.saturating_sub(u64::from(open.len()));
            let fitting: SlotSet = open.iter().filter(|slot| board.fits(*pair, *slot)).collect();
            if fewest.is_none_or(|(least, ..)| fitting.len() < least) {
                fewest = Some((fitting.len(), at, fitting));
            }
        }
        let Some((_, at, slots)) = fewest else { return Way::Found };
        if self.left == 0 {
            return Way::Unknown;
        }
        let pair = rest.swap_remove(at);
        let then = board.now();
        let mut way = Way::None;
        for slot in slots.iter() {
            if board.try_place(pair, slot) {
                way = self.place_rest(board, rest);
                if way != Way::None {
                    break;
                }
                board.undo(then);
            }
        }
        rest.push(pair);
        way
    }

    /// Leaves out of those with which a pair cannot be placed whoever is not needed for that, ascending.
    fn needed(&mut self, board: &mut Board<'_, '_>, held: &[usize], pair: usize) -> Vec<usize> {
        let locked = board.places();
        let mut needed = sorted(held.to_vec());
        let mut at = needed.len();
        while at > 0 && held.len() <= NAMED_MAX {
            at -= 1;
            let mut fewer = needed.clone();
            fewer.remove(at);
            let way = self.place_all(board, &[&fewer[..], &[pair]].concat());
            board.restore(&locked);
            if way == Way::None {
                needed = fewer;
            }
        }
        needed
    }
}
