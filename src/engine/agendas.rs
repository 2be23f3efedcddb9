//! Making the agenda of a plan and mending it, with the validator's word for the result. How much work is done, and when it
//! is too long, is for whoever asks.

use jiff::civil::DateTime;

use crate::agenda::{self, Agenda, Change, Effort, NamedMeeting, Problem, Repaired, SlotSet, Watch};
use crate::error::{Error, Result};
use crate::event::{Item, Plan, parse_moment};

/// Who and what is missing of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Losses<'a> {
    /// Parties that do not come, by identifier or full name.
    pub without: &'a [String],
    /// Parties that come late: `P12=10:30`.
    pub late: &'a [String],
    /// Tables that are gone, from 1.
    pub tables: &'a [u32],
}

/// A party that is late, and when it comes.
type Arrival = (usize, DateTime);

/// A mended agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The agenda, and what changed of its meetings.
    pub repaired: Repaired,
    /// Pitches that were in the programme and are not any more: who was to speak is not there in time.
    pub cancelled: Vec<Item>,
}

/// Makes the agenda of a plan.
///
/// # Errors
/// [`Error::Agenda`] if the plan's problem cannot be, or the validator finds a fault in the agenda.
pub fn solve_plan(plan: &Plan, effort: &Effort, watch: &Watch<'_>) -> Result<Agenda> {
    plan.problem.check()?;
    let agenda = agenda::solve(&plan.problem, effort, watch);
    sound(&plan.problem, &agenda, "result")?;
    Ok(agenda)
}

/// Mends an agenda after losses; the plan becomes that of the mended one.
///
/// # Errors
/// [`Error::Request`] names a loss that cannot be; [`Error::Agenda`] if the validator finds a fault in the agenda.
pub fn repair_plan(
    plan: &mut Plan,
    before: &Agenda,
    losses: &Losses<'_>,
    effort: &Effort,
    watch: &Watch<'_>,
) -> Result<Mended> {
    let (changes, arrivals) = changes(plan, losses)?;
    let repaired = agenda::repair(&plan.problem, before, &changes, effort, watch);
    sound(&repaired.problem, &repaired.agenda, "result")?;
    let cancelled = plan.revise(repaired.problem.clone(), &arrivals);
    Ok(Mended { repaired, cancelled })
}

/// Checks a plan and its agenda that come from a file.
///
/// # Errors
/// [`Error::Agenda`] names what cannot be.
pub fn check_plan(plan: &Plan, agenda: &Agenda) -> Result<()> {
    plan.problem.check()?;
    sound(&plan.problem, agenda, "meetings")
}

/// Refuses an agenda in which the validator finds a fault, and tells the first.
fn sound(problem: &Problem, agenda: &Agenda, place: &str) -> Result<()> {
    match faults(problem, agenda).into_iter().next() {
        Some(reason) => Err(Error::Agenda { place: place.to_owned(), reason }),
        None => Ok(()),
    }
}

/// Lists what the validator finds wrong with an agenda, apart from the minima that it says were lowered.
fn faults(problem: &Problem, agenda: &Agenda) -> Vec<String> {
    let mut problem = problem.clone();
    for lowered in &agenda.lowered {
        if let Some(party) = problem.parties.get_mut(lowered.party) {
            party.min = lowered.held;
        }
    }
    for unheld in &agenda.unheld {
        if let Some(pair) = problem.pairs.get_mut(*unheld) {
            (pair.lock, pair.must) = (None, false);
        }
    }
    let meetings: Vec<NamedMeeting> = agenda.meetings.iter().map(|meeting| NamedMeeting::from(*meeting)).collect();
    agenda::check(&problem, &meetings).faults
}

/// Reads what has changed, and when those come who are late.
fn changes(plan: &Plan, losses: &Losses<'_>) -> Result<(Vec<Change>, Vec<Arrival>)> {
    let all = SlotSet::before(plan.spans.len());
    let (mut changes, mut arrivals) = (Vec::new(), Vec::new());
    for name in losses.without {
        changes.push(Change::Absent { party: plan.find(name)?, slots: all });
    }
    for late in losses.late {
        let wrong =
            || Error::Request(format!("--late 请写成 单位=10:30（多天的写 单位=2026-06-18T10:30），现为“{late}”"));
        let (name, time) = late.rsplit_once('=').ok_or_else(wrong)?;
        let arrival = parse_moment(time, plan.only_day()).ok_or_else(wrong)?;
        let missed = plan.spans.iter().enumerate().filter(|(_, span)| span.start < arrival).map(|(slot, _)| slot);
        let party = plan.find(name)?;
        changes.push(Change::Absent { party, slots: missed.collect() });
        arrivals.push((party, arrival));
    }
    let n_tables = plan.problem.slots.iter().map(|slot| slot.tables).max().unwrap_or(0);
    for number in losses.tables {
        let table = number.checked_sub(1).filter(|table| *table < n_tables);
        let table = table.ok_or_else(|| Error::Request(format!("没有 {number} 号桌；桌号是 1 到 {n_tables}")))?;
        changes.push(Change::TableOut { table, slots: all });
    }
    if changes.is_empty() {
        return Err(Error::Request(
            "没有要修补的；请写明谁不来（--without）、谁晚到（--late）或撤掉哪张桌（--drop-table）".to_owned(),
        ));
    }
    Ok((changes, arrivals))
}
