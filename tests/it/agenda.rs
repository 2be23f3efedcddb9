//! Agendas: what is solved is valid by the independent check, proofs count right, repairs move little, and hostile files
//! are refused with the place that is wrong.

use std::collections::BTreeSet;
use std::fs;

use lianqiao::agenda::{
    Agenda, Bottleneck, Change, Effort, IdleRule, Lock, NamedMeeting, Pair, Party, Problem, Resource, Role, Slot,
    SlotSet, Watch, check, prices, read_instance, read_solution, repair, solve, write_solution,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::roadshow::{Dice, Plan, invent};
use crate::support::Place;

const SMALL: Plan =
    Plan { n_buyers: 10, n_smes: 40, n_slots: 8, n_tables: 8, n_pairs: 160, absent_percent: 15, seed: 1 };

fn effort(seed: u64, steps: u64) -> Effort {
    Effort { seed, steps }
}

fn solved(problem: &Problem, steps: u64) -> Agenda {
    problem.check().unwrap();
    solve(problem, &effort(1, steps), &Watch::PATIENT)
}

fn named(agenda: &Agenda) -> Vec<NamedMeeting> {
    agenda.meetings.iter().map(|meeting| NamedMeeting::from(*meeting)).collect()
}

/// Checks an agenda by the validator, against the minima that it claims to keep.
#[track_caller]
fn assert_valid(problem: &Problem, agenda: &Agenda) {
    let mut lowered = problem.clone();
    for low in &agenda.lowered {
        assert!(low.held < low.min, "{low:?}");
        lowered.parties[low.party].min = low.held;
    }
    for pair in &agenda.unheld {
        (lowered.pairs[*pair].must, lowered.pairs[*pair].lock) = (false, None);
    }
    let checked = check(&lowered, &named(agenda));
    assert_eq!(checked.faults, Vec::<String>::new());
    assert_eq!((checked.score, checked.idle_periods), (agenda.score, agenda.idle_periods));
    assert!(agenda.score <= agenda.bound, "{} > {}", agenda.score, agenda.bound);
}

/// Checks the proofs of an agenda by counting.
#[track_caller]
fn assert_proofs(problem: &Problem, agenda: &Agenda) {
    for shortage in &agenda.shortages {
        let short: BTreeSet<usize> = shortage.parties.iter().copied().collect();
        let needed: u64 = short.iter().map(|party| u64::from(problem.parties[*party].min)).sum();
        assert_eq!(needed, shortage.needed);
        assert!(shortage.room < needed, "{shortage:?}");
        assert_eq!(shortage.shared.iter().map(Bottleneck::room).sum::<u64>(), shortage.room);
        let present =
            |party: usize| SlotSet::before(problem.slots.len()).without(problem.parties[party].unavailable).len();
        let room = |party: usize| problem.parties[party].max.min(present(party) * problem.parties[party].desks);
        let (mut partners, mut n_pairs, mut tables, mut is_own) = (BTreeSet::new(), 0, false, false);
        for part in &shortage.shared {
            match part {
                Bottleneck::Partner { party, room: own } => {
                    assert_eq!(*own, room(*party));
                    partners.insert(*party);
                }
                Bottleneck::OwnSlots { party, room: own } => {
                    assert_eq!(*own, room(*party));
                    is_own = short.len() == 1 && short.contains(party);
                }
                Bottleneck::Pairs { count } => n_pairs = *count,
                Bottleneck::Tables { room } => {
                    assert_eq!(*room, problem.slots.iter().map(|slot| u64::from(slot.tables)).sum::<u64>());
                    tables = true;
                }
            }
        }
        if is_own {
            continue;
        }
        // Every meeting of a short party is with a named partner or one of the counted pairs; where tables are short, it
        // takes a table, and one with two short parties is a counted pair.
        let is_possible = |pair: &&Pair| present_both(problem, pair);
        let counted = problem.pairs.iter().filter(is_possible).filter(|pair| {
            let ends = [pair.buyer, pair.sme].map(|party| short.contains(&party));
            match ends {
                [true, true] => true,
                [true, false] => !tables && !partners.contains(&pair.sme),
                [false, true] => !tables && !partners.contains(&pair.buyer),
                [false, false] => false,
            }
        });
        assert!(counted.count() as u64 <= n_pairs, "{shortage:?}");
    }
}

/// Says whether two parties are both present in a slot that has a table.
fn present_both(problem: &Problem, pair: &Pair) -> bool {
    let [buyer, sme] = [pair.buyer, pair.sme].map(|party| problem.parties[party].unavailable);
    let present = SlotSet::before(problem.slots.len()).without(buyer.union(sme));
    present.iter().any(|slot| problem.slots[slot].tables > 0)
}

fn party(id: &str, role: Role, min: u32, max: u32) -> Party {
    Party {
        id: id.to_owned(),
        role,
        min,
        max,
        unavailable: SlotSet::EMPTY,
        desks: 1,
        tables: BTreeSet::new(),
        row_max: None,
    }
}

fn pair(buyer: usize, sme: usize, score: u32) -> Pair {
    Pair { buyer, sme, score, lock: None, must: false, resources: Vec::new(), rank: 0 }
}

fn slots(n_slots: usize, tables: u32) -> Vec<Slot> {
    vec![Slot { tables, ..Slot::default() }; n_slots]
}

#[test]
fn roadshows_are_solved_validly_and_nearly_proved() {
    for (absent_percent, seed) in [(0, 1), (10, 2), (30, 3), (45, 4)] {
        let problem = invent(&Plan { absent_percent, seed, ..SMALL });
        let agenda = solved(&problem, 3_000_000);
        assert_valid(&problem, &agenda);
        assert_proofs(&problem, &agenda);
        let gap = agenda.bound - agenda.score;
        assert!(gap * 200 <= agenda.score, "{absent_percent}: {} of {}", agenda.score, agenda.bound);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_annealing_helps() {
    let problem = invent(&Plan { seed: 9, ..SMALL });
    let [first, second, other] = [1, 1, 2].map(|seed| solve(&problem, &effort(seed, 1_000_000), &Watch::PATIENT));
    assert_eq!(write_solution(&first), write_solution(&second));
    assert_eq!(first.score, other.score);
    let quick = solve(&problem, &effort(1, 0), &Watch::PATIENT);
    assert!(first.idle_periods < quick.idle_periods, "{} {}", first.idle_periods, quick.idle_periods);
}

#[test]
fn a_watch_stops_the_work_and_the_agenda_says_so() {
    let problem = invent(&Plan { seed: 5, ..SMALL });
    let hurried = Watch { is_over: &|| true, on_phase: &|_| () };
    let agenda = solve(&problem, &effort(1, 1_000_000_000), &hurried);
    assert!(agenda.is_stopped);
    assert_valid(&problem, &agenda);
}

#[test]
fn two_buyers_who_share_one_partner_are_told_so() {
    // Both need two meetings; the only SMEs are one with room for two and one with room for one.
    let problem = Problem {
        slots: slots(4, 2),
        parties: vec![
            party("b0", Role::Buyer, 2, 4),
            party("b1", Role::Buyer, 2, 4),
            party("s0", Role::Sme, 0, 2),
            party("s1", Role::Sme, 0, 1),
        ],
        pairs: vec![pair(0, 2, 10), pair(1, 2, 20), pair(0, 3, 5), pair(1, 3, 7)],
        ..Problem::default()
    };
    let agenda = solved(&problem, 100_000);
    assert_valid(&problem, &agenda);
    assert_proofs(&problem, &agenda);
    assert_eq!(agenda.shortages.len(), 1);
    assert_eq!((agenda.shortages[0].needed, agenda.shortages[0].room), (4, 3));
    assert_eq!(agenda.shortages[0].parties, [0, 1]);
    assert_eq!(agenda.lowered.len(), 1, "one meeting is missing");
    assert_eq!(agenda.score, 37, "the better of the two pairs is held");
    assert!(agenda.is_proved());
}

#[test]
fn prices_are_differences_of_solutions() {
    let problem = invent(&Plan { absent_percent: 0, seed: 7, ..SMALL });
    let found = prices(&problem, solved(&problem, 100_000).score);
    let bound = |problem: &Problem| solve(problem, &effort(1, 0), &Watch::PATIENT).bound;
    let base = bound(&problem);
    let mut more = problem.clone();
    more.slots[0].tables += 1;
    assert_eq!(found.table, bound(&more) - base);
    for (party, gain) in found.meetings.iter().take(3) {
        let mut more = problem.clone();
        more.parties[*party].max += 1;
        // One more slot as well, in which only this party is, so that slots do not limit it.
        assert!(bound(&more) - base <= *gain, "{party}");
    }
    let mut free = problem.clone();
    free.parties.iter_mut().for_each(|party| party.min = 0);
    assert_eq!(found.minima, bound(&free) - base);
}

/// Finds by trying everything what the best agenda is worth that keeps all minima.
fn exhaustive(problem: &Problem, from: usize, meetings: &mut Vec<NamedMeeting>) -> Option<u64> {
    if from == problem.pairs.len() {
        let checked = check(problem, meetings);
        return (checked.n_faults == 0).then_some(checked.score);
    }
    let mut best = exhaustive(problem, from + 1, meetings);
    for slot in 0..problem.slots.len() {
        meetings.push(NamedMeeting { pair: from, slot, table: None });
        best = best.max(exhaustive(problem, from + 1, meetings));
        meetings.pop();
    }
    best
}

/// A problem so small that everything can be tried.
fn tiny(seed: u64) -> Problem {
    let mut dice = Dice::new(seed);
    let n_slots = 1 + dice.below(3);
    let mut parties: Vec<Party> = (0..5)
        .map(|i| {
            party(
                &format!("p{i}"),
                if i < 2 { Role::Buyer } else { Role::Sme },
                0,
                u32::try_from(1 + dice.below(3)).unwrap(),
            )
        })
        .collect();
    for party in &mut parties {
        party.unavailable = (0..n_slots).filter(|_| dice.below(4) == 0).collect();
        party.min = u32::from(dice.below(5) == 0);
    }
    let ends = (0..2).flat_map(|buyer| (2..5).map(move |sme| (buyer, sme)));
    let pairs: Vec<Pair> =
        ends.map(|(buyer, sme)| pair(buyer, sme, 1 + u32::try_from(dice.below(50)).unwrap())).collect();
    let slots = (0..n_slots).map(|_| Slot { tables: u32::try_from(dice.below(3)).unwrap(), ..Slot::default() });
    Problem { slots: slots.collect(), parties, pairs, ..Problem::default() }
}

/// A problem in which every rule of an event occurs.
fn event(seed: u64) -> Problem {
    let mut problem =
        invent(&Plan { n_buyers: 6, n_smes: 24, n_slots: 10, n_tables: 7, n_pairs: 90, absent_percent: 10, seed });
    let mut dice = Dice::new(seed);
    problem.idle = IdleRule::Present;
    problem.slots[4] = Slot { tables: 0, is_block: true, ..Slot::default() };
    problem.slots.iter_mut().skip(5).for_each(|slot| slot.session = 1);
    problem.slots[2].closed.insert(1);
    problem.parties[0].tables = [0].into();
    problem.parties[1].desks = 2;
    problem.parties[2].row_max = Some(2);
    problem.resources.push(Resource { id: "翻译".to_owned(), units: vec![1; 10] });
    for pair in &mut problem.pairs {
        pair.rank = u8::from(dice.below(3) == 0);
        if dice.below(4) == 0 {
            pair.resources.push(0);
        }
    }
    problem.parties.iter_mut().for_each(|party| party.min = party.min.min(1));
    problem.pairs[5].must = true;
    let both = [problem.pairs[9].buyer, problem.pairs[9].sme].map(|party| problem.parties[party].unavailable);
    let open = SlotSet::before(4).without(both[0].union(both[1]));
    problem.pairs[9].lock = open.first().map(|slot| Lock { slot, table: None });
    problem
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn small_agendas_are_the_best_there_are(seed in 0_u64..u64::MAX) {
        let problem = tiny(seed);
        let agenda = solved(&problem, 60_000);
        assert_valid(&problem, &agenda);
        assert_proofs(&problem, &agenda);
        match exhaustive(&problem, 0, &mut Vec::new()) {
            Some(best) => {
                prop_assert!(agenda.keeps_minima());
                prop_assert_eq!(agenda.score, best);
                prop_assert!(agenda.bound >= best);
            }
            None => prop_assert!(!agenda.keeps_minima()),
        }
    }

    #[test]
    fn events_with_every_rule_are_valid(seed in 0_u64..1_000_000) {
        let problem = event(seed);
        let agenda = solved(&problem, 60_000);
        assert_valid(&problem, &agenda);
        assert_proofs(&problem, &agenda);
    }

    #[test]
    fn impossible_minima_are_proved_by_counting(seed in 0_u64..1_000_000, extra in 1_u32..6) {
        let mut problem = invent(&Plan { n_buyers: 5, n_smes: 12, n_slots: 5, n_tables: 4, n_pairs: 30, absent_percent: 20, seed });
        let mut dice = Dice::new(seed);
        for party in &mut problem.parties {
            party.min = (party.min + u32::try_from(dice.below(2)).unwrap() * extra).min(party.max);
        }
        let agenda = solved(&problem, 60_000);
        assert_valid(&problem, &agenda);
        assert_proofs(&problem, &agenda);
        prop_assert!(agenda.shortages.is_empty() || !agenda.lowered.is_empty());
    }

    #[test]
    fn repairs_are_valid_and_leave_others_where_they_were(seed in 0_u64..1_000_000, gone in 0_usize..50) {
        let problem = invent(&Plan { seed, ..SMALL });
        let agenda = solved(&problem, 60_000);
        let all = SlotSet::before(problem.slots.len());
        let changes = [Change::Absent { party: gone, slots: all }, Change::TableOut { table: 0, slots: SlotSet::before(2) }];
        let repaired = repair(&problem, &agenda, &changes, &effort(1, 0), &Watch::PATIENT);
        assert_valid(&repaired.problem, &repaired.agenda);
        let held = |meetings: &Agenda| meetings.meetings.iter().copied().collect::<BTreeSet<_>>();
        let (before, after) = (held(&agenda), held(&repaired.agenda));
        let moved: BTreeSet<usize> = repaired.moves.iter().map(|change| change.pair).collect();
        let differing: BTreeSet<usize> = before.symmetric_difference(&after).map(|meeting| meeting.pair).collect();
        prop_assert_eq!(&moved, &differing);
        for change in &repaired.moves {
            prop_assert!(change.from.is_some() || change.to.is_some());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// Koenig and de Werra: without absences and with equal tables, whatever is chosen can be placed.
    #[test]
    fn no_spare_table_is_needed_without_absences(seed in 0_u64..u64::MAX) {
        let mut dice = Dice::new(seed);
        let (n_buyers, n_smes, n_slots) = (1 + dice.below(7), 1 + dice.below(12), 1 + dice.below(6));
        let n_tables = 1 + u32::try_from(dice.below(6)).unwrap();
        let party = |i: usize| {
            let role = if i < n_buyers { Role::Buyer } else { Role::Sme };
            party(&format!("p{i}"), role, 0, u32::try_from(n_slots).unwrap())
        };
        let parties = (0..n_buyers + n_smes).map(party).collect();
        let mut pairs = Vec::new();
        for buyer in 0..n_buyers {
            for sme in 0..n_smes {
                if dice.below(3) > 0 {
                    pairs.push(pair(buyer, n_buyers + sme, 1 + u32::try_from(dice.below(100)).unwrap()));
                }
            }
        }
        let problem = Problem { slots: slots(n_slots, n_tables), parties, pairs, ..Problem::default() };
        let agenda = solved(&problem, 0);
        assert_valid(&problem, &agenda);
        prop_assert!(agenda.is_proved(), "{} of {}", agenda.score, agenda.bound);
    }
}

#[test]
fn the_check_finds_every_kind_of_fault() {
    let mut problem = event(3);
    let agenda = solved(&problem, 60_000);
    assert_valid(&problem, &agenda);
    let good = named(&agenda);
    let faults = |problem: &Problem, meetings: &[NamedMeeting]| check(problem, meetings).n_faults;
    let lowered = agenda.lowered.len();
    assert_eq!(faults(&problem, &good), lowered);
    let with = |change: &dyn Fn(&mut Vec<NamedMeeting>)| {
        let mut meetings = good.clone();
        change(&mut meetings);
        meetings
    };
    assert!(faults(&problem, &with(&|m| m.push(m[0]))) > lowered, "twice");
    assert!(faults(&problem, &with(&|m| m[0].pair = 10_000)) > lowered, "no such pair");
    assert!(faults(&problem, &with(&|m| m[0].slot = 99)) > lowered, "no such slot");
    assert!(faults(&problem, &with(&|m| m[0].table = Some(99))) > lowered, "no such table");
    assert!(faults(&problem, &with(&|m| m[0].slot = 4)) > lowered, "a block");
    assert!(faults(&problem, &with(&|m| m.retain(|m| m.pair != 5))) > lowered, "a pair that must be held");
    assert!(
        faults(
            &problem,
            &with(&|m| {
                m.iter_mut().for_each(|m| m.slot = 0);
            })
        ) > lowered,
        "all at once"
    );
    problem.resources[0].units = vec![0; 10];
    assert!(faults(&problem, &good) > lowered, "no interpreter");
    problem.resources[0].units = vec![9; 10];
    problem.parties.iter_mut().for_each(|party| party.max = 0);
    assert!(faults(&problem, &good) > lowered, "too many meetings");
}

/// A small instance as its file has it.
fn instance() -> Value {
    json!({
        "format": "docking-agenda/1", "name": "t", "seed": 1, "slots": 2, "tables": [1, 1],
        "parties": [
            {"id": "b0", "side": "buyer", "min": 0, "max": 2, "unavailable": []},
            {"id": "s0", "side": "sme", "min": 0, "max": 1, "unavailable": [0]},
            {"id": "s1", "side": "sme", "min": 0, "max": 1, "unavailable": []},
        ],
        "pairs": [{"a": 0, "b": 1, "score": 5}, {"a": 0, "b": 2, "score": 7}],
    })
}

#[test]
fn an_instance_is_solved_and_checked_from_the_command_line() {
    let place = Place::new();
    let [file, out] = ["instance.json", "solution.json"].map(|name| place.folder().join(name));
    fs::write(&file, instance().to_string()).unwrap();
    let [file, out] = [file.to_str().unwrap(), out.to_str().unwrap()];
    let answer = place.json(0, &["agenda", "solve", file, "--out", out, "--seconds", "1"]);
    assert_eq!((&answer["score"], &answer["bound"], &answer["proved"]), (&json!(12), &json!(12), &json!(true)));
    let solution: Value = serde_json::from_str(&fs::read_to_string(out).unwrap()).unwrap();
    assert_eq!(solution["meetings"], json!([[0, 1, 0], [1, 0, 0]]));
    let answer = place.json(0, &["agenda", "check", file, out]);
    assert_eq!((&answer["feasible"], &answer["score"]), (&json!(true), &json!(12)));
    fs::write(out, json!({"meetings": [[0, 1], [1, 1]]}).to_string()).unwrap();
    let answer = place.json(1, &["agenda", "check", file, out]);
    assert_eq!(answer["feasible"], false);
}

#[test]
fn an_impossible_minimum_gives_the_best_agenda_and_a_reason() {
    let place = Place::new();
    let mut instance = instance();
    instance["parties"][1]["unavailable"] = json!([0, 1]);
    instance["parties"][1]["min"] = json!(1);
    let file = place.folder().join("instance.json");
    fs::write(&file, instance.to_string()).unwrap();
    let out = place.folder().join("solution.json");
    let arguments = ["agenda", "solve", file.to_str().unwrap(), "--out", out.to_str().unwrap(), "--seconds", "0"];
    let answer = place.json(1, &arguments);
    assert_eq!(answer["lowered"], json!([{"party": "s0", "min": 1, "held": 0}]));
    assert_eq!(answer["shortages"][0]["shared"], json!([{"kind": "own_slots", "party": "s0", "room": 0}]));
    assert_eq!(answer["score"], 7);
}

#[test]
fn hostile_instances_are_refused_with_the_place() {
    let wrong = |path: &str, value: Value| {
        let mut instance = instance();
        *instance.pointer_mut(path).unwrap() = value;
        let error = read_instance(&instance.to_string()).unwrap_err();
        assert_eq!(error.code(), "bad_agenda");
        error.to_string()
    };
    let many = |n: usize| Value::Array(vec![instance()["parties"][1].clone(); n]);
    for (path, value, place) in [
        ("/format", json!("other/1"), "format"),
        ("/slots", json!(0), "tables"),
        ("/slots", json!(-1), "slots"),
        ("/slots", json!(1_000_000), "slots"),
        ("/tables", json!([1]), "tables"),
        ("/tables/1", json!(-3), "tables[1]"),
        ("/tables/1", json!(1.5), "tables[1]"),
        ("/parties", many(100_000), "parties"),
        ("/parties", json!({}), "parties"),
        ("/parties/0", json!(null), "parties[0]"),
        ("/parties/0/side", json!("guest"), "parties[0].side"),
        ("/parties/0/min", json!(3), "parties[0].min"),
        ("/parties/2/unavailable", json!([2]), "parties[2].unavailable[0]"),
        ("/pairs/1/b", json!(9), "pairs[1].b"),
        ("/pairs/1/b", json!(0), "pairs[1].b"),
        ("/pairs/1/b", json!(1), "pairs[1]"),
        ("/pairs/1/score", json!(0), "pairs[1].score"),
        ("/pairs/1/score", json!("7"), "pairs[1].score"),
    ] {
        let message = wrong(path, value);
        assert!(message.contains(place), "{path}: {message}");
    }
    let whole = instance().to_string();
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        assert_eq!(read_instance(&whole[..cut]).unwrap_err().code(), "bad_agenda", "{cut}");
    }
    assert!(read_instance(&"[".repeat(100_000)).is_err());
    for meetings in [json!(1), json!([[0]]), json!([[0, -1]]), json!([{}])] {
        assert!(read_solution(&json!({"meetings": meetings}).to_string()).is_err());
    }
}

#[test]
fn an_instance_with_nobody_in_it_has_an_empty_agenda() {
    let problem = Problem { slots: slots(1, 0), ..Problem::default() };
    let agenda = solved(&problem, 1000);
    assert!(agenda.meetings.is_empty() && agenda.is_proved());
    assert_eq!(prices(&problem, 0).table, 0);
}

/// Some of these roadshows keep every minimum only after a search: without any time it is made all the same.
#[test]
fn minima_that_can_be_kept_are_kept_without_any_time() {
    let mut n_hard = 0;
    for seed in 0..10 {
        let plan = Plan { n_buyers: 4, n_smes: 16, n_slots: 6, n_tables: 4, n_pairs: 32, absent_percent: 25, seed };
        let problem = invent(&plan);
        let patient = solved(&problem, 1_500_000);
        let hurried = Watch { is_over: &|| true, on_phase: &|_| () };
        let agenda = solve(&problem, &effort(1, 0), &hurried);
        assert_valid(&problem, &agenda);
        assert_eq!(agenda.keeps_minima(), patient.keeps_minima(), "{seed}: {:?}", agenda.lowered);
        n_hard += usize::from(!patient.keeps_minima());
    }
    assert!(n_hard < 10);
}

#[test]
fn a_locked_meeting_at_another_time_is_told() {
    // The SME may meet the lower rank only before the higher one, which is locked to the first slot.
    let mut problem = Problem {
        slots: slots(2, 1),
        parties: vec![party("b0", Role::Buyer, 0, 2), party("b1", Role::Buyer, 0, 2), party("s0", Role::Sme, 0, 2)],
        pairs: vec![pair(0, 2, 10), pair(1, 2, 10)],
        ..Problem::default()
    };
    problem.pairs[0].lock = Some(Lock { slot: 0, table: None });
    problem.pairs[0].rank = 1;
    problem.pairs[1].lock = Some(Lock { slot: 1, table: None });
    let agenda = solved(&problem, 100_000);
    assert_valid(&problem, &agenda);
    assert!(!agenda.unheld.is_empty(), "{agenda:?}");
}

#[cfg(unix)]
#[test]
fn files_that_are_none_and_texts_in_another_encoding_are_refused() {
    let place = Place::new();
    let pipe = place.folder().join("管道");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let gbk = place.folder().join("gbk.toml");
    fs::write(&gbk, b"version = \"1\"\nname = \"\xca\xfd\"\n").unwrap();
    let refused = |arguments: &[&str], part: &str| {
        let output = place.run(&[&["agenda"], arguments, &["--out", "out"]].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(part), "{part}: {told}");
    };
    refused(&["solve", pipe.to_str().unwrap()], "不是普通文件");
    refused(&["repair", pipe.to_str().unwrap(), "--without", "P1"], "不是普通文件");
    refused(&["plan", gbk.to_str().unwrap()], "第 2 行：不是 UTF-8 文字");
    let twins = place.folder().join("twins.json");
    let party = json!({"id": "b", "side": "buyer", "min": 0, "max": 1, "unavailable": []});
    let twice =
        json!({"format": "docking-agenda/1", "slots": 1, "tables": [1], "parties": [party, party], "pairs": []});
    fs::write(&twins, twice.to_string()).unwrap();
    refused(&["solve", twins.to_str().unwrap()], "twins.json parties[1].id");
}
