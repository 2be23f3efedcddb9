//! What must be held comes before minima, minima before scores: what can be had is had, and what cannot is proved. Small
//! problems are checked against everything that could be tried.

use std::collections::BTreeSet;

use lianqiao::agenda::{
    Agenda, Change, Dropped, Effort, IdleRule, Lock, NamedMeeting, Pair, Party, Problem, Resource, Role, Rule, Slot,
    SlotSet, Watch, check, prices, repair, solve,
};
use proptest::prelude::*;

use crate::roadshow::Dice;

fn solved(problem: &Problem, steps: u64) -> Agenda {
    problem.check().unwrap();
    solve(problem, &Effort { seed: 1, steps }, &Watch::PATIENT)
}

/// Lists the faults of an agenda, apart from what it says of itself.
fn faults(problem: &Problem, agenda: &Agenda) -> Vec<String> {
    let mut problem = problem.clone();
    for lowered in &agenda.lowered {
        problem.parties[lowered.party].min = lowered.held;
    }
    for pair in &agenda.unheld {
        (problem.pairs[*pair].must, problem.pairs[*pair].lock) = (false, None);
    }
    let meetings: Vec<NamedMeeting> = agenda.meetings.iter().map(|meeting| NamedMeeting::from(*meeting)).collect();
    check(&problem, &meetings).faults
}

fn party(id: &str, role: Role, min: u32, max: u32, unavailable: &[usize]) -> Party {
    let unavailable = unavailable.iter().copied().collect();
    Party { id: id.to_owned(), role, min, max, unavailable, desks: 1, tables: BTreeSet::new(), row_max: None }
}

fn pair(buyer: usize, sme: usize, score: u32) -> Pair {
    Pair { buyer, sme, score, lock: None, must: false, resources: Vec::new(), rank: 0 }
}

fn slots(tables: &[u32]) -> Vec<Slot> {
    tables.iter().map(|tables| Slot { tables: *tables, ..Slot::default() }).collect()
}

/// A buyer with two SMEs in two slots at two tables.
fn session(buyer_max: u32) -> Problem {
    Problem {
        slots: slots(&[2, 2]),
        parties: vec![
            party("b0", Role::Buyer, 0, buyer_max, &[]),
            party("s0", Role::Sme, 0, 2, &[]),
            party("s1", Role::Sme, 0, 2, &[]),
        ],
        pairs: vec![pair(0, 1, 10), pair(0, 2, 1)],
        idle: IdleRule::Present,
        ..Problem::default()
    }
}

fn held(agenda: &Agenda) -> Vec<(usize, usize)> {
    agenda.meetings.iter().map(|meeting| (meeting.pair, meeting.slot)).collect()
}

#[test]
fn a_lock_comes_before_a_minimum_and_a_score() {
    let mut problem = session(1);
    problem.parties[1].min = 1;
    problem.pairs[1].lock = Some(Lock { slot: 1, table: None });
    let agenda = solved(&problem, 10_000);
    assert_eq!((held(&agenda), agenda.unheld.as_slice()), (vec![(1, 1)], &[][..]));
    assert_eq!((agenda.n_lowered(), agenda.lowered_least, agenda.is_proved()), (1, 1, true));
    problem.pairs[1].lock = None;
    problem.pairs[1].must = true;
    assert_eq!(solved(&problem, 10_000).unheld, [0; 0]);
}

#[test]
fn locks_that_contradict_are_told_with_the_rule_and_each_other() {
    let told = |problem: &Problem| {
        let agenda = solved(problem, 10_000);
        assert_eq!(faults(problem, &agenda), Vec::<String>::new());
        assert_eq!(agenda.unheld, agenda.clashes.iter().map(|clash| clash.pair).collect::<Vec<usize>>());
        agenda.clashes.into_iter().map(|clash| (clash.rule, clash.with)).collect::<Vec<_>>()
    };
    let locked = |problem: &mut Problem, slots: [usize; 2], tables: [Option<u32>; 2]| {
        for (pair, (slot, table)) in problem.pairs.iter_mut().zip(slots.into_iter().zip(tables)) {
            pair.lock = Some(Lock { slot, table });
        }
    };
    let mut problem = session(2);
    locked(&mut problem, [0, 1], [None; 2]);
    assert_eq!(told(&problem), []);
    problem.parties[0].row_max = Some(1);
    assert_eq!(told(&problem), [(Rule::Order(0), vec![0])]);
    let mut problem = session(1);
    locked(&mut problem, [0, 1], [None; 2]);
    assert_eq!(told(&problem), [(Rule::Full(0), vec![0])]);
    let mut problem = session(2);
    locked(&mut problem, [1, 1], [None; 2]);
    assert_eq!(told(&problem), [(Rule::Busy(0), vec![0])]);
    problem.parties[0].desks = 2;
    locked(&mut problem, [1, 1], [Some(1), Some(1)]);
    assert_eq!(told(&problem), [(Rule::SameTable, vec![0])]);
    locked(&mut problem, [1, 1], [Some(1), Some(0)]);
    problem.resources.push(Resource { id: "翻译".to_owned(), units: vec![1, 1] });
    assert_eq!(told(&problem), []);
    problem.pairs.iter_mut().for_each(|pair| pair.resources.push(0));
    assert_eq!(told(&problem), [(Rule::Units(0), vec![0])]);
    problem.slots[1].closed.insert(0);
    problem.pairs[1].lock = Some(Lock { slot: 1, table: None });
    assert_eq!(told(&problem), [(Rule::Tables, vec![0])]);
    problem.parties[2].unavailable = SlotSet::of(1);
    assert_eq!(told(&problem), [(Rule::Absent, vec![])]);
}

/// The choice alone lacks two meetings in either of two ways; only one of them fits into the slots.
#[test]
fn minima_are_lowered_by_the_least_whoever_it_falls_on() {
    let problem = Problem {
        slots: slots(&[1, 0, 2]),
        parties: vec![
            party("b0", Role::Buyer, 1, 3, &[2]),
            party("b1", Role::Buyer, 0, 2, &[2]),
            party("b2", Role::Buyer, 1, 2, &[]),
            party("b3", Role::Buyer, 0, 3, &[]),
            party("s0", Role::Sme, 0, 2, &[]),
            party("s1", Role::Sme, 1, 2, &[]),
            party("s2", Role::Sme, 0, 2, &[]),
            party("s3", Role::Sme, 0, 2, &[]),
            party("s4", Role::Sme, 1, 3, &[]),
        ],
        pairs: vec![pair(0, 6, 9), pair(2, 4, 14), pair(1, 8, 19), pair(3, 7, 14), pair(3, 5, 3)],
        ..Problem::default()
    };
    let agenda = solved(&problem, 100_000);
    assert_eq!(faults(&problem, &agenda), Vec::<String>::new());
    assert_eq!((agenda.n_lowered(), agenda.lowered_least, agenda.is_least), (1, 1, true));
}

#[test]
fn staff_and_rows_are_in_the_bound() {
    let mut problem = session(2);
    problem.parties.push(party("b1", Role::Buyer, 0, 2, &[]));
    problem.pairs.extend([pair(3, 1, 7), pair(3, 2, 8)]);
    problem.resources.push(Resource { id: "翻译".to_owned(), units: vec![1, 1] });
    problem.pairs.iter_mut().for_each(|pair| pair.resources.push(0));
    let agenda = solved(&problem, 200_000);
    assert_eq!((agenda.score, agenda.bound), (18, 18), "one meeting a slot");
    problem.resources.clear();
    problem.pairs.iter_mut().for_each(|pair| pair.resources.clear());
    problem.parties.iter_mut().for_each(|party| party.row_max = Some(1));
    let agenda = solved(&problem, 200_000);
    assert_eq!((agenda.score, agenda.bound), (18, 18), "one meeting each");
}

#[test]
fn a_lock_whose_table_or_party_is_gone_is_given_up_and_told() {
    let mut problem = session(2);
    problem.pairs[0].lock = Some(Lock { slot: 1, table: Some(1) });
    let agenda = solved(&problem, 10_000);
    let mended = |changes: &[Change]| {
        let repaired = repair(&problem, &agenda, changes, &Effort { seed: 1, steps: 0 }, &Watch::PATIENT);
        repaired.problem.check().unwrap();
        assert_eq!(faults(&repaired.problem, &repaired.agenda), Vec::<String>::new());
        repaired
    };
    let (pair, lock) = (0, Lock { slot: 1, table: Some(1) });
    let repaired = mended(&[Change::TableOut { table: 1, slots: SlotSet::before(2) }]);
    assert_eq!(repaired.dropped, [Dropped { pair, lock, is_table_only: true }]);
    assert_eq!(repaired.problem.pairs[0].lock, Some(Lock { slot: 1, table: None }));
    assert!(held(&repaired.agenda).contains(&(0, 1)), "{:?}", repaired.agenda);
    let repaired = mended(&[Change::Absent { party: 1, slots: SlotSet::of(1) }]);
    assert_eq!(repaired.dropped, [Dropped { pair, lock, is_table_only: false }]);
    assert!(held(&repaired.agenda).contains(&(0, 0)), "it is held at another time: {:?}", repaired.agenda);
    let repaired = mended(&[Change::Absent { party: 1, slots: SlotSet::before(2) }]);
    assert_eq!((repaired.dropped.len(), repaired.agenda.unheld.len()), (1, 0), "nobody must meet who is not there");
}

/// Whoever sat at the table to which another is locked gives way.
#[test]
fn a_locked_table_is_kept_against_who_sat_there() {
    let mut problem = session(2);
    problem.parties.push(party("b1", Role::Buyer, 0, 1, &[0]));
    problem.pairs.push(pair(3, 2, 5));
    let agenda = solved(&problem, 10_000);
    let other = agenda.meetings.iter().find(|meeting| meeting.pair == 2).unwrap();
    problem.pairs[0].lock = Some(Lock { slot: 1, table: Some(other.table) });
    let gone = Change::Absent { party: 0, slots: SlotSet::EMPTY };
    let repaired = repair(&problem, &agenda, &[gone], &Effort { seed: 1, steps: 0 }, &Watch::PATIENT);
    assert_eq!(faults(&repaired.problem, &repaired.agenda), Vec::<String>::new());
}

/// Says whether some pairs can be held together, in the order given, beside meetings that are.
fn can_hold(problem: &Problem, rest: &[usize], meetings: &mut Vec<NamedMeeting>) -> bool {
    let Some((first, rest)) = rest.split_first() else { return true };
    let pair = &problem.pairs[*first];
    let slots = pair.lock.map_or(0..problem.slots.len(), |lock| lock.slot..lock.slot + 1);
    slots.into_iter().any(|slot| {
        meetings.push(NamedMeeting { pair: *first, slot, table: pair.lock.and_then(|lock| lock.table) });
        let so_far = meetings.iter().map(|meeting| meeting.pair).collect::<BTreeSet<usize>>();
        let mut partly = problem.clone();
        for (idx, pair) in partly.pairs.iter_mut().enumerate().filter(|(idx, _)| !so_far.contains(idx)) {
            assert!(idx < problem.pairs.len());
            (pair.must, pair.lock) = (false, None);
        }
        partly.parties.iter_mut().for_each(|party| party.min = 0);
        let is_possible = check(&partly, meetings).n_faults == 0 && can_hold(problem, rest, meetings);
        if !is_possible {
            meetings.pop();
        }
        is_possible
    })
}

/// A small session in which much must be held.
fn wanting(seed: u64) -> Problem {
    let mut dice = Dice::new(seed);
    let count = |number: usize| u32::try_from(number).unwrap();
    let n_slots = 2 + dice.below(2);
    let mut parties = Vec::new();
    for i in 0..6 {
        let role = if i < 3 { Role::Buyer } else { Role::Sme };
        let max = count(1 + dice.below(3));
        let unavailable: Vec<usize> = (0..n_slots).filter(|_| dice.below(5) == 0).collect();
        let mut own = party(&format!("p{i}"), role, count(dice.below(2)), max, &unavailable);
        own.row_max = (dice.below(4) == 0).then_some(1);
        own.desks = count(1 + usize::from(dice.below(6) == 0));
        parties.push(own);
    }
    let mut pairs = Vec::new();
    for (buyer, sme) in (0..3).flat_map(|buyer| (3..6).map(move |sme| (buyer, sme))) {
        let mut own = pair(buyer, sme, count(1 + dice.below(50)));
        match dice.below(6) {
            0 => own.lock = Some(Lock { slot: dice.below(n_slots), table: None }),
            1 | 2 => own.must = true,
            _ => {}
        }
        if dice.below(3) == 0 {
            own.resources.push(0);
        }
        own.rank = u8::from(dice.below(5) == 0);
        pairs.push(own);
    }
    let tables: Vec<u32> = (0..n_slots).map(|_| count(1 + dice.below(3))).collect();
    let resources = vec![Resource { id: "翻译".to_owned(), units: vec![1; n_slots] }];
    Problem { slots: slots(&tables), parties, pairs, resources, ..Problem::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn what_must_be_held_and_can_be_is(seed in 0_u64..u64::MAX) {
        let problem = wanting(seed);
        let agenda = solved(&problem, 20_000);
        prop_assert_eq!(faults(&problem, &agenda), Vec::<String>::new());
        let is_wanted = |pair: &usize| problem.pairs[*pair].must || problem.pairs[*pair].lock.is_some();
        let wanted: Vec<usize> = (0..problem.pairs.len()).filter(is_wanted).collect();
        let (kept, lost): (Vec<usize>, Vec<usize>) = wanted.iter().partition(|pair| !agenda.unheld.contains(pair));
        prop_assert_eq!(lost.is_empty(), can_hold(&problem, &wanted, &mut Vec::new()));
        for pair in lost {
            let clash = agenda.clashes.iter().find(|clash| clash.pair == pair).expect("told why");
            prop_assert!(clash.rule != Rule::Unknown);
            let both = [&kept[..], &[pair]].concat();
            prop_assert!(!can_hold(&problem, &both, &mut Vec::new()), "{}", pair);
            // The proof needs no more than it names, and the locks.
            let locks = kept.iter().copied().filter(|other| problem.pairs[*other].lock.is_some());
            let mut named: Vec<usize> = locks.chain(clash.with.iter().copied()).chain([pair]).collect();
            named.sort_unstable();
            named.dedup();
            prop_assert!(!can_hold(&problem, &named, &mut Vec::new()), "{:?}", clash);
        }
    }

    /// What one more table, or one more meeting of a party, brings is never more than told.
    #[test]
    fn prices_are_not_passed(seed in 0_u64..1_000_000) {
        let mut problem = wanting(seed);
        problem.resources.clear();
        for pair in &mut problem.pairs {
            (pair.must, pair.lock, pair.rank) = (false, None, 0);
            pair.resources.clear();
        }
        for party in &mut problem.parties {
            (party.min, party.max, party.row_max) = (0, party.max - 1, None);
        }
        let agenda = solved(&problem, 100_000);
        let found = prices(&problem, agenda.score);
        let mut more = problem.clone();
        more.slots[0].tables += 1;
        prop_assert!(solved(&more, 100_000).score <= agenda.score + found.table);
        for party in 0..problem.parties.len() {
            let mut more = problem.clone();
            more.parties[party].max += 1;
            let told = found.meetings.iter().find(|(other, _)| *other == party).map(|(_, gain)| *gain);
            let gain = told.unwrap_or(found.choice.saturating_sub(agenda.score));
            prop_assert!(solved(&more, 100_000).score <= agenda.score + gain, "{}", party);
        }
    }
}
