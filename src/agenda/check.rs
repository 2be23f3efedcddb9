//! The validator: whether meetings keep every rule of a problem, and what they are worth, counted in the plainest way. It
//! shares the types of the problem with the solver, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::agenda::model::{IdleRule, NamedMeeting, Problem, Role};

/// So many faults are told; the rest are counted.
const FAULTS_MAX: usize = 20;

/// What a validation found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// The first faults, in Chinese; none if the meetings keep every rule.
    pub faults: Vec<String>,
    /// How many faults there are.
    pub n_faults: usize,
    /// The sum of scores.
    pub score: u64,
    /// How many meetings there are.
    pub n_meetings: usize,
    /// How often a party waits between two meetings.
    pub idle_periods: u64,
    /// How many SMEs have a meeting, and how many there are.
    pub smes_served: (usize, usize),
}

/// Meetings by slot for each party.
type Diary = BTreeMap<usize, Vec<usize>>;

impl Checked {
    fn fault(&mut self, what: String) {
        self.n_faults += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(what);
        }
    }
}

/// Checks meetings against every rule of a problem.
///
/// # Complexity
/// O((meetings + parties + slots) log meetings).
pub fn check(problem: &Problem, meetings: &[NamedMeeting]) -> Checked {
    let mut checked = Checked { n_meetings: meetings.len(), ..Checked::default() };
    let mut seen = BTreeMap::new();
    let mut diaries: Vec<Diary> = vec![Diary::new(); problem.parties.len()];
    for meeting in meetings {
        let Some(pair) = problem.pairs.get(meeting.pair) else {
            checked.fault(format!("没有第 {} 对候选会面", meeting.pair));
            continue;
        };
        if meeting.slot >= problem.slots.len() {
            checked.fault(format!("没有第 {} 个时段（第 {} 对）", meeting.slot, meeting.pair));
            continue;
        }
        if seen.insert(meeting.pair, *meeting).is_some() {
            checked.fault(format!("第 {} 对会面安排了两次", meeting.pair));
            continue;
        }
        checked.score += u64::from(pair.score);
        for party in [pair.buyer, pair.sme] {
            if let Some(diary) = diaries.get_mut(party) {
                diary.entry(meeting.slot).or_default().push(meeting.pair);
            }
        }
    }
    check_places(problem, &seen, &mut checked);
    check_resources(problem, &seen, &mut checked);
    for (p, pair) in problem.pairs.iter().enumerate() {
        let held = seen.get(&p);
        if (pair.must || pair.lock.is_some()) && held.is_none() {
            checked.fault(format!("第 {p} 对必须会面，没有安排"));
        }
        if let (Some(lock), Some(held)) = (pair.lock, held)
            && (lock.slot != held.slot || held.table.is_some_and(|table| lock.table.is_some_and(|own| own != table)))
        {
            checked.fault(format!("第 {p} 对不在锁定的时段或桌"));
        }
    }
    for (party, diary) in diaries.iter().enumerate() {
        check_party(problem, party, diary, &mut checked);
        checked.idle_periods += idle_periods(problem, party, diary);
    }
    let smes = problem.parties.iter().zip(&diaries).filter(|(party, _)| party.role == Role::Sme);
    let served = smes.clone().filter(|(_, diary)| !diary.is_empty()).count();
    checked.smes_served = (served, smes.count());
    checked
}

/// Checks tables: that each takes one meeting, is in use, and belongs to who sits there.
fn check_places(problem: &Problem, seen: &BTreeMap<usize, NamedMeeting>, checked: &mut Checked) {
    let owned: BTreeSet<u32> = problem.parties.iter().flat_map(|party| party.tables.iter().copied()).collect();
    let mut used: BTreeMap<usize, usize> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for meeting in seen.values() {
        let (Some(pair), Some(slot)) = (problem.pairs.get(meeting.pair), problem.slots.get(meeting.slot)) else {
            continue;
        };
        *used.entry(meeting.slot).or_default() += 1;
        let Some(table) = meeting.table else { continue };
        let named = format!("第 {} 个时段第 {table} 桌（第 {} 对）", meeting.slot, meeting.pair);
        if table >= slot.tables || slot.closed.contains(&table) {
            checked.fault(format!("{named}：没有这张桌或停用"));
        }
        if !taken.insert((meeting.slot, table)) {
            checked.fault(format!("{named}：同一张桌有两场会面"));
        }
        let own = [pair.buyer, pair.sme].map(|party| problem.parties.get(party).map(|party| &party.tables));
        let listed = own.into_iter().flatten().filter(|tables| !tables.is_empty()).collect::<Vec<_>>();
        let is_allowed =
            if listed.is_empty() { !owned.contains(&table) } else { listed.iter().all(|l| l.contains(&table)) };
        if !is_allowed {
            checked.fault(format!("{named}：不是这两个主体可用的桌"));
        }
    }
    for (slot, n_used) in used {
        let tables = problem
            .slots
            .get(slot)
            .map_or(0, |slot| (0..slot.tables).filter(|table| !slot.closed.contains(table)).count());
        if n_used > tables {
            checked.fault(format!("第 {slot} 个时段有 {n_used} 场会面，只有 {tables} 张桌"));
        }
    }
}

fn check_resources(problem: &Problem, seen: &BTreeMap<usize, NamedMeeting>, checked: &mut Checked) {
    let mut used: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for meeting in seen.values() {
        for resource in problem.pairs.get(meeting.pair).iter().flat_map(|pair| &pair.resources) {
            *used.entry((*resource, meeting.slot)).or_default() += 1;
        }
    }
    for ((resource, slot), n_used) in used {
        let declared = problem.resources.get(resource);
        let units = declared.and_then(|resource| resource.units.get(slot)).copied().unwrap_or(0);
        if n_used > units {
            let id = declared.map_or("", |resource| &resource.id);
            checked.fault(format!("第 {slot} 个时段要用 {n_used} 份“{id}”，只有 {units} 份"));
        }
    }
}

fn check_party(problem: &Problem, party: usize, diary: &Diary, checked: &mut Checked) {
    let Some(declared) = problem.parties.get(party) else { return };
    let named = format!("第 {party} 个主体“{}”", declared.id);
    let held: usize = diary.values().map(Vec::len).sum();
    let held = u32::try_from(held).unwrap_or(u32::MAX);
    if held < declared.min || held > declared.max {
        checked.fault(format!("{named}有 {held} 场会面，应为 {} 到 {} 场", declared.min, declared.max));
    }
    for (slot, pairs) in diary {
        let is_block = problem.slots.get(*slot).is_some_and(|slot| slot.is_block);
        if declared.unavailable.contains(*slot) || is_block {
            checked.fault(format!("{named}在第 {slot} 个时段不能会面"));
        }
        if u32::try_from(pairs.len()).unwrap_or(u32::MAX) > declared.desks {
            checked.fault(format!("{named}在第 {slot} 个时段有 {} 场会面", pairs.len()));
        }
    }
    let session = |slot: usize| problem.slots.get(slot).map(|slot| slot.session);
    let mut row = 0;
    for slot in diary.keys() {
        let goes_on = slot.checked_sub(1).is_some_and(|b| diary.contains_key(&b) && session(b) == session(*slot));
        row = if goes_on { row + 1 } else { 1 };
        if declared.row_max.is_some_and(|most| row > most) {
            checked.fault(format!("{named}到第 {slot} 个时段已连续会面 {row} 场"));
        }
    }
    if declared.role == Role::Sme {
        let ranked: Vec<(usize, u8)> = (diary.iter())
            .flat_map(|(slot, pairs)| pairs.iter().map(|pair| (*slot, *pair)))
            .filter_map(|(slot, pair)| Some((slot, problem.pairs.get(pair)?.rank)))
            .collect();
        let is_wrong = |(slot, rank): &(usize, u8)| ranked.iter().any(|(other, r)| r < rank && other >= slot);
        if ranked.iter().any(is_wrong) {
            checked.fault(format!("{named}的会面先后有误"));
        }
    }
}

/// Counts the gaps between a party's meetings in which it waits.
fn idle_periods(problem: &Problem, party: usize, diary: &Diary) -> u64 {
    let waits = |slot: usize| {
        let (Some(declared), Some(own)) = (problem.slots.get(slot), problem.parties.get(party)) else { return false };
        problem.idle == IdleRule::Every || !(declared.is_block || own.unavailable.contains(slot))
    };
    let slots: Vec<usize> = diary.keys().copied().collect();
    let session = |slot: usize| problem.slots.get(slot).map(|slot| slot.session);
    let mut n_periods = 0;
    for pair in slots.windows(2) {
        if let [first, second] = pair {
            n_periods += u64::from(session(*first) == session(*second) && (first + 1..*second).any(waits));
        }
    }
    n_periods
}
