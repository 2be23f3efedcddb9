//! `agenda solve` and `agenda check`: instance files in, solution files out, and what they amount to in words.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::agenda::{
    Agenda, Effort, Phase, Prices, Problem, Watch, check, prices, read_instance, read_solution, solve, write_solution,
};
use crate::cli::agenda_args::{AgendaCommand, SolveArgs};
use crate::cli::agenda_files::{in_file, read};
use crate::cli::args::Args;
use crate::cli::event;
use crate::cli::printer::{Format, Printer};
use crate::error::Error;
use crate::event::{gap, shortage_in_words};
use crate::model::Moment;
use crate::wire::{AgendaBody, CheckedBody};

/// Done; there is something to look at.
const EXIT_LOOK: u8 = 1;

/// Runs a command of `agenda`.
pub(super) fn run(args: &Args, printer: &Printer, command: &AgendaCommand, moment: &Moment) -> anyhow::Result<u8> {
    match command {
        AgendaCommand::Plan(plan) => event::plan(args, printer, plan, moment),
        AgendaCommand::Repair(changes) => event::repair(printer, changes),
        AgendaCommand::Solve(args) => run_solve(printer, args),
        AgendaCommand::Check { instance, solution } => run_check(printer, instance, solution),
    }
}

fn run_solve(printer: &Printer, args: &SolveArgs) -> anyhow::Result<u8> {
    if fs::canonicalize(&args.out).is_ok_and(|out| fs::canonicalize(&args.instance).is_ok_and(|own| own == out)) {
        return Err(Error::Request(format!("--out 会覆盖 {}", args.instance.display())).into());
    }
    let problem = read_instance(&read(&args.instance)?).map_err(in_file(&args.instance))?;
    let begun = Instant::now();
    let limit = Duration::from_secs(u64::from(args.seconds));
    let is_over = || begun.elapsed() >= limit;
    let on_phase = |phase: Phase| printer.say(&format!("{:.1} 毫秒：{}", millis(begun), in_words(&phase)));
    let effort = Effort { seed: args.seed, steps: u64::from(args.seconds) * Effort::STEPS_PER_SECOND };
    let agenda = solve(&problem, &effort, &Watch { is_over: &is_over, on_phase: &on_phase });
    fs::write(&args.out, write_solution(&agenda)).map_err(Error::io("写入", &args.out))?;
    printer.say(&format!("已写出 {}", args.out.display()));
    let prices = prices(&problem, agenda.score);
    match printer.format {
        Format::Json => printer.json(&AgendaBody::new(&problem, &agenda, &prices))?,
        Format::Csv => printer.csv(
            &["score", "bound", "proved", "idle_periods", "table_changes", "meetings"],
            &[vec![
                agenda.score.to_string(),
                agenda.bound.to_string(),
                agenda.is_proved().to_string(),
                agenda.idle_periods.to_string(),
                agenda.table_changes.to_string(),
                agenda.meetings.len().to_string(),
            ]],
        )?,
        Format::Table => printer.text(&summary(&problem, &agenda, &prices))?,
    }
    Ok(if agenda.keeps_minima() { 0 } else { EXIT_LOOK })
}

fn run_check(printer: &Printer, instance: &Path, solution: &Path) -> anyhow::Result<u8> {
    let problem = read_instance(&read(instance)?).map_err(in_file(instance))?;
    let checked = check(&problem, &read_solution(&read(solution)?).map_err(in_file(solution))?);
    match printer.format {
        Format::Json => printer.json(&CheckedBody::from(&checked))?,
        Format::Csv => {
            let rows: Vec<Vec<String>> = checked.faults.iter().map(|fault| vec![fault.clone()]).collect();
            printer.csv(&["fault"], &rows)?;
        }
        Format::Table => {
            let verdict = if checked.n_faults == 0 {
                "可行".to_owned()
            } else {
                format!("不可行：{} 处", checked.n_faults)
            };
            let (served, smes) = checked.smes_served;
            let counts = format!(
                "{verdict}；{} 场会面，总分 {}，空档 {} 段，{smes} 家中小企业中 {served} 家有会面",
                checked.n_meetings, checked.score, checked.idle_periods
            );
            printer
                .text(&std::iter::once(counts).chain(checked.faults.iter().cloned()).collect::<Vec<_>>().join("\n"))?;
        }
    }
    Ok(if checked.n_faults == 0 { 0 } else { EXIT_LOOK })
}

fn millis(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

fn in_words(phase: &Phase) -> String {
    let verdict = |score: u64, bound: u64| if score == bound { "，已证明最优" } else { "" };
    match phase {
        Phase::Chosen { bound } => format!("选出会面，总分至多 {bound}"),
        Phase::Placed { score: Some(score), bound } => {
            format!("排进时段，总分 {score}，至多 {bound}{}", verdict(*score, *bound))
        }
        Phase::Placed { score: None, bound } => format!("排进时段，最少场次还没有全部满足，总分至多 {bound}"),
        Phase::Scored { score, bound } => format!("总分 {score}，至多 {bound}{}", verdict(*score, *bound)),
        Phase::Seated { idle_periods, table_changes } => format!("空档 {idle_periods} 段，换桌 {table_changes} 次"),
    }
}

/// Says what an agenda is worth, how far from the best it can be at most, and why minima were lowered.
fn summary(problem: &Problem, agenda: &Agenda, prices: &Prices) -> String {
    let verdict = if agenda.is_proved() { "已证明最优" } else { "未证明最优" };
    let mut lines = vec![
        format!(
            "{} 场会面，总分 {}，上界 {}，差距 {}，{verdict}",
            agenda.meetings.len(),
            agenda.score,
            agenda.bound,
            gap(agenda)
        ),
        format!("空档 {} 段，换桌 {} 次", agenda.idle_periods, agenda.table_changes),
    ];
    if agenda.is_stopped {
        lines.push("时间到，没有做完；再给一些时间（--seconds）也许更好，且每次结果可能不同".to_owned());
    }
    let named = |party| name(problem, party);
    lines.extend(agenda.shortages.iter().map(|shortage| shortage_in_words(&named, shortage)));
    for lowered in &agenda.lowered {
        lines.push(format!("{} 的最少场次由 {} 降为 {}", name(problem, lowered.party), lowered.min, lowered.held));
    }
    if !agenda.lowered.is_empty() {
        let proof = if agenda.is_least {
            "已证明不能更少".to_owned()
        } else {
            format!("至少要降低 {}，没有证明不能更少；再给一些时间（--seconds）也许能做到", agenda.lowered_least)
        };
        lines.push(format!("最少场次合计降低 {}，{proof}", agenda.n_lowered()));
    }
    lines.extend(prices_in_words(problem, agenda, prices));
    lines.join("\n")
}

/// Says what limits are worth: exactly where slots do not matter, else at most.
fn prices_in_words(problem: &Problem, agenda: &Agenda, prices: &Prices) -> Vec<String> {
    let slack = prices.choice.saturating_sub(agenda.score);
    let mut lines =
        vec![format!("有桌的时段多一张桌至多加 {} 分，最少场次的代价至多是 {} 分", prices.table, prices.minima)];
    lines.push(match prices.every_sme {
        Some(cost) => format!("每家中小企业至少一场的代价至少是 {cost} 分"),
        None => "做不到每家中小企业至少一场".to_owned(),
    });
    let gains: Vec<String> =
        prices.meetings.iter().map(|(party, gain)| format!("{} {gain} 分", name(problem, *party))).collect();
    if !gains.is_empty() {
        lines.push(format!("多一场会面至多加：{}", gains.join("、")));
    }
    if slack > 0 {
        lines.push(format!("这几项不计时段冲突，因此偏高：其他主体多一场会面至多加 {slack} 分"));
    }
    lines
}

fn name(problem: &Problem, party: usize) -> &str {
    problem.parties.get(party).map_or("", |party| &party.id)
}
