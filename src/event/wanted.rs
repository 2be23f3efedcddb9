//! The pairs of a plan: matches that the organiser does not rule out, and meetings that the organiser wants in any case.

use std::collections::{BTreeMap, BTreeSet};

use crate::agenda::{Lock, PAIRS_MAX, Pair, Problem, Role, Slot};
use crate::error::Result;
use crate::event::plan::PairNotes;
use crate::event::roster::{Candidate, Lookup};
use crate::event::settings::{EventLock, Named};

/// What a meeting is worth that no match speaks for, in hundredths; the least there is.
const WORTH_MIN: u32 = 1;

/// Makes the pairs with their notes, ascending by buyer and SME.
///
/// # Errors
/// [`Error::Event`](crate::error::Error::Event) names the line of a wish that cannot be, or contradicts another.
pub(super) fn pairs(
    lookup: &Lookup<'_>,
    candidates: Vec<Candidate>,
    problem: &Problem,
) -> Result<(Vec<Pair>, Vec<PairNotes>)> {
    let event = lookup.event;
    let sides = |buyer: &Named, sme: &Named| sides(lookup, problem, buyer, sme);
    let mut forbidden = BTreeSet::new();
    for (buyer, sme) in &event.must_not {
        if !forbidden.insert(sides(buyer, sme)?) {
            return Err(event.bad(buyer.at, "这一对在 must_not 里写了两次"));
        }
    }
    let mut wanted: BTreeMap<(usize, usize), (Option<Lock>, bool)> = BTreeMap::new();
    for (buyer, sme) in &event.must {
        let both = sides(buyer, sme)?;
        if forbidden.contains(&both) {
            return Err(event.bad(buyer.at, "这一对同时写在 must 和 must_not 里"));
        }
        if wanted.insert(both, (None, true)).is_some() {
            return Err(event.bad(buyer.at, "这一对在 must 里写了两次"));
        }
    }
    let locks = event.locks.iter().map(|lock| Ok((sides(&lock.buyer, &lock.sme)?, lock)));
    let locks: Vec<((usize, usize), &EventLock)> = locks.collect::<Result<_>>()?;
    check_locks(lookup, problem, &locks)?;
    for (both, lock) in &locks {
        if forbidden.contains(both) {
            return Err(event.bad(lock.buyer.at, "这一对同时写在 lock 和 must_not 里"));
        }
        let table = lock.table.map(|number| number - 1);
        let (former, _) = wanted.entry(*both).or_default();
        if former.replace(Lock { slot: lock.slot, table }).is_some() {
            return Err(event.bad(lock.buyer.at, "这一对锁定了两次"));
        }
    }
    let staff = staff(lookup)?;
    let mut found: BTreeMap<(usize, usize), Candidate> = BTreeMap::new();
    for candidate in candidates {
        found.insert((candidate.buyer, candidate.sme), candidate);
    }
    let all: BTreeSet<(usize, usize)> = found.keys().chain(wanted.keys()).copied().collect();
    if all.len() > PAIRS_MAX {
        let what = format!("候选配对有 {} 个，最多 {PAIRS_MAX} 个；请写 score_min 或 top", all.len());
        return Err(event.bad(event.groups.first().map_or(0, |group| group.at), what));
    }
    let (mut pairs, mut notes) = (Vec::new(), Vec::new());
    for both in all.into_iter().filter(|both| !forbidden.contains(both)) {
        let candidate = found.remove(&both);
        let (lock, must) = wanted.get(&both).copied().unwrap_or_default();
        let penalty = event.met_before.map_or(0, |(_, penalty)| penalty);
        let worth = candidate.as_ref().map_or(0, |candidate| {
            let penalty = if candidate.met_before { penalty } else { 0 };
            u32::from(candidate.topic.score.saturating_sub(penalty))
        });
        let lane = candidate.as_ref().and_then(|candidate| event.lanes.get(candidate.lane));
        pairs.push(Pair {
            buyer: both.0,
            sme: both.1,
            score: worth.max(WORTH_MIN),
            lock,
            must,
            resources: resources(&staff, both),
            rank: lane.map_or(0, |lane| lane.rank),
        });
        let met_before = candidate.as_ref().is_some_and(|candidate| candidate.met_before);
        notes.push(PairNotes { topic: candidate.map(|candidate| candidate.topic), met_before });
    }
    check_order(lookup, &locks, &pairs)?;
    Ok((pairs, notes))
}

/// What comes first by the order of lanes is not locked behind what comes after it.
fn check_order(lookup: &Lookup<'_>, locks: &[((usize, usize), &EventLock)], pairs: &[Pair]) -> Result<()> {
    let ranks: BTreeMap<(usize, usize), u8> = pairs.iter().map(|pair| ((pair.buyer, pair.sme), pair.rank)).collect();
    let rank = |both: &(usize, usize)| ranks.get(both).copied().unwrap_or(0);
    let mut of_sme: BTreeMap<usize, Vec<(u8, usize)>> = BTreeMap::new();
    for (both, lock) in locks {
        let others = of_sme.entry(both.1).or_default();
        let own = (rank(both), lock.slot);
        if others.iter().any(|other| (own.0 < other.0 && own.1 > other.1) || (own.0 > other.0 && own.1 < other.1)) {
            let what = format!("“{}”的几场锁定与 order 的先后相反", lock.sme.text);
            return Err(lookup.event.bad(lock.sme.at, what));
        }
        others.push(own);
    }
    Ok(())
}

/// Finds both sides of a wish.
fn sides(lookup: &Lookup<'_>, problem: &Problem, buyer: &Named, sme: &Named) -> Result<(usize, usize)> {
    let side = |named: &Named, role: Role, label: &str| {
        let place = lookup.place(named)?;
        match problem.parties.get(place) {
            Some(party) if party.role == role => Ok(place),
            _ => Err(lookup.event.bad(named.at, format!("“{}”不是{label}", named.text))),
        }
    };
    Ok((side(buyer, Role::Buyer, "坐席方（buyer）")?, side(sme, Role::Sme, "来访方（sme）")?))
}

/// Locked meetings must be possible together: present parties, free desks, open and different tables, no more than the
/// most of each.
fn check_locks(lookup: &Lookup<'_>, problem: &Problem, locks: &[((usize, usize), &EventLock)]) -> Result<()> {
    let mut tables = BTreeSet::new();
    let mut held: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    let mut totals: BTreeMap<usize, u32> = BTreeMap::new();
    let mut n_locked: BTreeMap<usize, usize> = BTreeMap::new();
    for ((buyer, sme), lock) in locks {
        let bad = |named: &Named, what: String| Err(lookup.event.bad(named.at, what));
        for (place, named) in [(*buyer, &lock.buyer), (*sme, &lock.sme)] {
            let Some(party) = problem.parties.get(place) else { continue };
            if party.unavailable.contains(lock.slot) {
                return bad(named, format!("锁定的时段里“{}”不在场或另有安排", named.text));
            }
            let at_once = held.entry((place, lock.slot)).or_default();
            *at_once += 1;
            if *at_once > party.desks {
                return bad(
                    named,
                    format!("“{}”在同一时段锁定了 {at_once} 场，同时只能谈 {} 场", named.text, party.desks),
                );
            }
            let total = totals.entry(place).or_default();
            *total += 1;
            if *total > party.max {
                return bad(named, format!("“{}”锁定了 {total} 场，最多 {} 场", named.text, party.max));
            }
        }
        let n_here = n_locked.entry(lock.slot).or_default();
        *n_here += 1;
        let n_tables = problem.slots.get(lock.slot).map_or(0, n_open);
        if *n_here > n_tables {
            return bad(&lock.buyer, format!("这个时段锁定了 {n_here} 场，可用的桌只有 {n_tables} 张"));
        }
        if let Some(number) = lock.table {
            check_locked_table(lookup, problem, (*buyer, *sme), lock, number)?;
            if !tables.insert((lock.slot, number)) {
                return bad(&lock.buyer, format!("{number} 号桌在这个时段锁定了两场"));
            }
        }
    }
    Ok(())
}

/// Counts the tables that are open in a slot.
fn n_open(slot: &Slot) -> usize {
    (0..slot.tables).filter(|table| !slot.closed.contains(table)).count()
}

/// A meeting is locked at a table that is open, and nobody else's.
fn check_locked_table(
    lookup: &Lookup<'_>,
    problem: &Problem,
    (buyer, sme): (usize, usize),
    lock: &EventLock,
    number: u32,
) -> Result<()> {
    let table = number - 1;
    if problem.slots.get(lock.slot).is_some_and(|slot| slot.closed.contains(&table)) {
        return Err(lookup.event.bad(lock.buyer.at, format!("{number} 号桌在这个时段停用")));
    }
    let tables_of = |place: usize| problem.parties.get(place).map(|party| &party.tables);
    for (place, named) in [(buyer, &lock.buyer), (sme, &lock.sme)] {
        if tables_of(place).is_some_and(|tables| !tables.is_empty() && !tables.contains(&table)) {
            return Err(lookup.event.bad(named.at, format!("{number} 号桌不是“{}”的固定桌位", named.text)));
        }
    }
    let is_own = [buyer, sme].iter().any(|place| tables_of(*place).is_some_and(|tables| tables.contains(&table)));
    if !is_own && problem.parties.iter().any(|party| party.tables.contains(&table)) {
        return Err(lookup.event.bad(lock.buyer.at, format!("{number} 号桌是别的单位的固定桌位")));
    }
    Ok(())
}

/// Lists who needs staff: for each kind, whose meetings.
fn staff(lookup: &Lookup<'_>) -> Result<Vec<BTreeSet<usize>>> {
    let of_kind = |parties: &[Named]| parties.iter().map(|named| lookup.place(named)).collect();
    lookup.event.staff.iter().map(|staff| of_kind(&staff.parties)).collect()
}

fn resources(staff: &[BTreeSet<usize>], (buyer, sme): (usize, usize)) -> Vec<usize> {
    let kinds = staff.iter().enumerate().filter(|(_, parties)| parties.contains(&buyer) || parties.contains(&sme));
    kinds.map(|(kind, _)| kind).collect()
}
