//! `agenda plan` and `agenda repair`: from an event file to everything that is printed and sent, and what to do on the day
//! when somebody does not come.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::agenda::{Agenda, Effort, Watch};
use crate::cli::agenda_args::{EffortArgs, PlanArgs, RepairArgs};
use crate::cli::agenda_files::{in_file, read as read_text};
use crate::cli::args::Args;
use crate::cli::folder::claim;
use crate::cli::opening::{definition, reader};
use crate::cli::printer::{Format, Printer};
use crate::engine::{Engine, Losses, check_plan, repair_plan, solve_plan};
use crate::error::{Error, Result};
use crate::event::{Event, Plan, Summary, by_time, dropped_in_words, points};
use crate::model::Moment;
use crate::reports::{
    calendar, facts, item_title, meeting_row, move_text, troubles, when, write_agenda_page, write_agenda_workbook,
};
use crate::wire::{AgendaFileBody, EventSummaryBody, RepairBody};

/// Done; there is something to look at.
const EXIT_LOOK: u8 = 1;
/// The name of a party is cut to so many characters in the name of its calendar.
const NAME_CHARS: usize = 40;
/// The header of meetings as CSV.
const MEETING_HEADER: [&str; 6] = ["time", "table", "buyer", "sme", "subject", "score"];
/// The clock stops the work where the machine is so many times slower than it is taken for.
const SLOWNESS_MAX: u32 = 4;

/// Plans the agenda of an event and writes its files.
pub(super) fn plan(args: &Args, printer: &Printer, plan_args: &PlanArgs, moment: &Moment) -> anyhow::Result<u8> {
    let event = Event::load(&plan_args.event, &definition(args)?)?;
    let engine = reader(args, "agenda plan")?;
    // Comparing all with all can take minutes.
    printer.say("正在逐对比较参会单位的供需，然后排议程");
    let (plan, agenda) = arrange(&engine, &event, plan_args.effort, moment)?;
    let summary = Summary::new(&plan, &agenda);
    claim(&plan_args.out)?;
    write_files(&plan_args.out, &plan, &agenda, &summary)?;
    match printer.format {
        Format::Json => printer.json(&EventSummaryBody::new(&plan, &agenda, &summary))?,
        Format::Csv => print_meetings(printer, &plan, &agenda)?,
        Format::Table => printer.text(&overview(&plan, &agenda, &summary))?,
    }
    printer.say(&format!("已写到 {}", plan_args.out.display()));
    Ok(exit_code(&agenda))
}

/// Makes the plan of an event and its agenda.
///
/// # Errors
/// What the event file, the data or the solver's check of the problem say.
pub(super) fn arrange(engine: &Engine, event: &Event, effort: EffortArgs, moment: &Moment) -> Result<(Plan, Agenda)> {
    let plan = engine.event_plan(event, moment)?;
    let agenda = watched(effort, |effort, watch| solve_plan(&plan, effort, watch))?;
    Ok((plan, agenda))
}

/// Repairs an agenda after somebody left, is late, or a table is gone, and writes its files anew.
pub(super) fn repair(printer: &Printer, repair_args: &RepairArgs) -> anyhow::Result<u8> {
    let (mut plan, before) = read(&repair_args.agenda)?;
    let losses = Losses { without: &repair_args.without, late: &repair_args.late, tables: &repair_args.drop_table };
    let begun = Instant::now();
    let mended = watched(repair_args.effort, |effort, watch| repair_plan(&mut plan, &before, &losses, effort, watch))?;
    printer.say(&format!("修补并估计全部重排：{:.1} 毫秒", begun.elapsed().as_secs_f64() * 1e3));
    let repaired = &mended.repaired;
    let (agenda, moves) = (&repaired.agenda, &repaired.moves);
    let summary = Summary::new(&plan, agenda);
    claim(&repair_args.out)?;
    write_files(&repair_args.out, &plan, agenda, &summary)?;
    match printer.format {
        Format::Json => {
            let body = EventSummaryBody::new(&plan, agenda, &summary);
            printer.json(&RepairBody::new(&plan, &mended, body))?;
        }
        Format::Csv => print_meetings(printer, &plan, agenda)?,
        Format::Table => {
            let mut lines = vec![format!("变动 {} 场", moves.len())];
            lines.extend(moves.iter().map(|change| move_text(&plan, change)));
            let dropped = repaired.dropped.iter().map(|dropped| dropped_in_words(&plan, dropped));
            lines.extend(dropped.map(|dropped| format!("锁定已放开：{dropped}")));
            let cancelled = mended.cancelled.iter().map(|item| (when(&plan, item.span), item_title(&plan, item)));
            lines.extend(cancelled.map(|(when, title)| format!("取消路演　{when} {title}：到不了")));
            lines.push(match repaired.renewal_gain {
                Some(gain) => format!("全部重排可再增加 {} 分", points(gain)),
                None => "全部重排能多守住几项必须见面或最少场数".to_owned(),
            });
            printer.text(&format!("{}\n\n{}", lines.join("\n"), overview(&plan, agenda, &summary)))?;
        }
    }
    printer.say(&format!("已写到 {}", repair_args.out.display()));
    // A lock or a pitch that was given up is something to look at.
    Ok(if repaired.dropped.is_empty() && mended.cancelled.is_empty() { exit_code(agenda) } else { EXIT_LOOK })
}

/// Writes the summary of an agenda for people.
pub(super) fn overview(plan: &Plan, agenda: &Agenda, summary: &Summary) -> String {
    let mut lines = vec![plan.name.clone()];
    lines.extend(facts(plan, agenda, summary).into_iter().map(|(label, text)| format!("  {label}：{text}")));
    lines.extend(troubles(summary).into_iter().map(|text| format!("  请留意：{text}")));
    if !summary.unserved.is_empty() {
        lines.push(format!("  没有洽谈的 {} 家：", summary.unserved.len()));
        let unserved = |(party, why): &(usize, String)| format!("    {}：{why}", plan.name_of(*party));
        lines.extend(summary.unserved.iter().map(unserved));
    }
    lines.join("\n")
}

fn exit_code(agenda: &Agenda) -> u8 {
    if agenda.keeps_minima() && !agenda.meetings.is_empty() { 0 } else { EXIT_LOOK }
}

fn print_meetings(printer: &Printer, plan: &Plan, agenda: &Agenda) -> std::io::Result<()> {
    let rows: Vec<Vec<String>> = by_time(agenda).into_iter().map(|meeting| meeting_row(plan, meeting)).collect();
    printer.csv(&MEETING_HEADER, &rows)
}

/// Does work of so many steps, which the clock ends only on a machine that is much too slow.
fn watched<T>(effort: EffortArgs, work: impl FnOnce(&Effort, &Watch<'_>) -> T) -> T {
    let seconds = u64::from(effort.seconds);
    let steps = seconds.saturating_mul(Effort::STEPS_PER_SECOND);
    let (start, limit) = (Instant::now(), Duration::from_secs(seconds) * SLOWNESS_MAX);
    let is_over = || start.elapsed() > limit;
    work(&Effort { seed: effort.seed, steps }, &Watch { is_over: &is_over, on_phase: &|_| () })
}

/// Reads the file of an agenda.
fn read(path: &Path) -> Result<(Plan, Agenda)> {
    let text = read_text(path)?;
    let sound = |(plan, agenda): (Plan, Agenda)| check_plan(&plan, &agenda).map(|()| (plan, agenda));
    AgendaFileBody::read(text.trim_start_matches('\u{feff}')).and_then(sound).map_err(in_file(path))
}

/// Writes all files of an agenda into a folder.
fn write_files(folder: &Path, plan: &Plan, agenda: &Agenda, summary: &Summary) -> Result<()> {
    let path = folder.join("agenda.json");
    let json = serde_json::to_string_pretty(&AgendaFileBody::new(plan, agenda, summary))
        .expect("numbers and strings always serialise");
    fs::write(&path, json + "\n").map_err(Error::io("写入", &path))?;
    write_agenda_workbook(&folder.join("agenda.xlsx"), plan, agenda, summary)?;
    write_agenda_page(&folder.join("agenda.html"), plan, agenda, summary)?;
    let calendars = folder.join("ics");
    fs::create_dir_all(&calendars).map_err(Error::io("创建", &calendars))?;
    for ((party, who), seats) in plan.parties.iter().enumerate().zip(plan.seats(agenda)) {
        let path = calendars.join(format!("{}-{}.ics", who.id, file_name(&who.name)));
        fs::write(&path, calendar(plan, party, &seats)).map_err(Error::io("写入", &path))?;
    }
    Ok(())
}

/// Makes a part of a file's name that every system takes.
fn file_name(name: &str) -> String {
    let allowed = |c: char| if c.is_control() || "/\\:*?\"<>|.".contains(c) { '_' } else { c };
    name.chars().take(NAME_CHARS).map(allowed).collect::<String>().trim().to_owned()
}
