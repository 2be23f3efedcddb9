//! Agendas of invented roadshows, small to large, with few and with many absences: what is reached, how far from the best it
//! can be, and when. `cargo bench --bench agenda -- [SECONDS]`; instance files may follow, which are solved as well.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement, not a product"
)]

#[path = "../tests/it/roadshow.rs"]
mod roadshow;

use std::cell::Cell;
use std::time::Instant;

use lianqiao::agenda::{
    Change, Effort, NamedMeeting, Phase, Problem, SlotSet, Watch, check, prices, read_instance, repair, solve,
};
use roadshow::{Plan, invent};

fn plans() -> Vec<(String, Problem)> {
    let sizes = [
        ("xs", 10, 40, 8, 8, 160),
        ("s", 40, 200, 16, 30, 1500),
        ("m", 100, 600, 20, 80, 6000),
        ("l", 200, 2000, 24, 160, 20_000),
    ];
    let mut plans = Vec::new();
    for (name, n_buyers, n_smes, n_slots, n_tables, n_pairs) in sizes {
        for absent_percent in [0, 10, 25, 40] {
            let plan = Plan { n_buyers, n_smes, n_slots, n_tables, n_pairs, absent_percent, seed: 1 };
            plans.push((format!("{name}-{absent_percent}%"), invent(&plan)));
        }
    }
    plans
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let seconds: u32 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);
    let mut problems = plans();
    for path in arguments {
        problems.push((path.clone(), read_instance(&std::fs::read_to_string(path).unwrap()).unwrap()));
    }
    println!(
        "instance pairs meetings score bound gap% placed_ms scored_ms idle changes total_ms repair_ms moved prices_ms"
    );
    for (name, problem) in &problems {
        measure(name, problem, seconds);
    }
}

fn measure(name: &str, problem: &Problem, seconds: u32) {
    let begun = Instant::now();
    let millis = |from: Instant| from.elapsed().as_secs_f64() * 1e3;
    let (placed, scored) = (Cell::new(0.0), Cell::new(0.0));
    let on_phase = |phase: Phase| match phase {
        Phase::Placed { .. } => placed.set(millis(begun)),
        Phase::Scored { .. } => scored.set(millis(begun)),
        _ => {}
    };
    let is_over = || begun.elapsed().as_secs_f64() >= f64::from(seconds);
    let effort = Effort { seed: 1, steps: u64::from(seconds) * Effort::STEPS_PER_SECOND };
    let agenda = solve(problem, &effort, &Watch { is_over: &is_over, on_phase: &on_phase });
    let total = millis(begun);
    let meetings: Vec<NamedMeeting> = agenda.meetings.iter().map(|meeting| NamedMeeting::from(*meeting)).collect();
    let faults = check(problem, &meetings).n_faults;
    let begun = Instant::now();
    let gone = Change::Absent { party: 0, slots: SlotSet::before(problem.slots.len()) };
    let repaired = repair(problem, &agenda, &[gone], &Effort { seed: 1, steps: 0 }, &Watch::PATIENT);
    let mended = millis(begun);
    let begun = Instant::now();
    let _ = prices(problem, agenda.score);
    println!(
        "{name} {} {} {} {} {:.4} {:.1} {:.1} {} {} {total:.0} {mended:.0} {} {:.0}{}",
        problem.pairs.len(),
        agenda.meetings.len(),
        agenda.score,
        agenda.bound,
        100.0 * (agenda.bound - agenda.score) as f64 / agenda.score.max(1) as f64,
        placed.get(),
        scored.get(),
        agenda.idle_periods,
        agenda.table_changes,
        repaired.moves.len(),
        millis(begun),
        if faults > 0 { format!(" FAULTS {faults}, lowered {}", agenda.lowered.len()) } else { String::new() },
    );
}
