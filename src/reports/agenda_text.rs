//! What all reports of an agenda say in the same words: the facts of its summary, when and where a meeting is, whom a
//! party meets.

use crate::agenda::{Agenda, Meeting, Move, Role};
use crate::event::{Coverage, Item, Plan, Span, Summary, clock, gap, points, table_number};
use jiff::civil::Date;

/// Lists the facts of a summary, each with its label.
pub fn facts(plan: &Plan, agenda: &Agenda, summary: &Summary) -> Vec<(&'static str, String)> {
    let n_meetings = agenda.meetings.len();
    let proof = match (agenda.is_proved(), agenda.is_stopped) {
        (true, _) => "已证明没有更高的总分".to_owned(),
        (false, false) => format!("与上界相差不到 {}", gap(agenda)),
        (false, true) => format!("与上界相差不到 {}（因时间限制提前停止，再给时间也许更好）", gap(agenda)),
    };
    let mut facts = vec![
        ("时间", days(plan)),
        ("地点", plan.place.clone()),
        ("坐席方", coverage(summary.buyers)),
        ("来访方", coverage(summary.smes)),
        (
            "洽谈",
            format!(
                "{n_meetings} 场，从 {} 个候选配对中选出；{} 个时段共可容 {} 场",
                summary.pairs, summary.slots, summary.seats
            ),
        ),
        ("总分", format!("{}，上界 {}：{proof}", points(agenda.score), points(agenda.bound))),
        ("空档与换桌", format!("空档 {} 段，换桌 {} 次", agenda.idle_periods, agenda.table_changes)),
        ("匹配以哪天为准", plan.as_of.to_string()),
    ];
    if !plan.host.is_empty() {
        facts.insert(2, ("主办", plan.host.clone()));
    }
    if let Some(text) = met_before(plan, agenda) {
        facts.push(("此前见过", text));
    }
    if !summary.prices.is_empty() {
        facts.push(("放宽或收紧", summary.prices.join("；")));
    }
    if plan.revision > 0 {
        facts.push(("修订", format!("第 {} 次", plan.revision)));
    }
    facts
}

/// Says how many meetings are of two who have met before, and what the score lost by it, if any are.
fn met_before(plan: &Plan, agenda: &Agenda) -> Option<String> {
    let met = agenda.meetings.iter().filter_map(|meeting| {
        let (pair, notes) = (plan.problem.pairs.get(meeting.pair)?, plan.pairs.get(meeting.pair)?);
        let topic = notes.topic.as_ref().filter(|_| notes.met_before)?;
        Some(u64::from(topic.score).saturating_sub(u64::from(pair.score)))
    });
    let (n_met, lost) = met.fold((0, 0), |(n_met, lost), own| (n_met + 1, lost + own));
    (n_met > 0).then(|| format!("{n_met} 场的双方见过面，总分里共减 {} 分", points(lost)))
}

/// Lists what the organiser must look at: minima and meetings that could not be kept, with the proofs.
pub fn troubles(summary: &Summary) -> Vec<String> {
    let lowered = summary.lowered.iter().map(|text| format!("达不到最少场数：{text}"));
    let unheld = summary.unheld.iter().map(|text| format!("必须见面而没有排上，或不在锁定的时间：{text}"));
    let proofs = summary.shortages.iter().map(|text| format!("原因（可以数出来）：{text}"));
    lowered.chain(unheld).chain(proofs).collect()
}

fn coverage(coverage: Coverage) -> String {
    let Coverage { parties, served, range: (least, most) } = coverage;
    let each = if least == most { format!("每家 {most} 场") } else { format!("每家 {least} 到 {most} 场") };
    format!("{parties} 家，{served} 家有洽谈；{each}")
}

/// Writes the days of an event.
pub fn days(plan: &Plan) -> String {
    let items = plan.programme.iter().map(|item| item.span);
    let all = || plan.spans.iter().copied().chain(items.clone());
    let mut days: Vec<Date> = all().map(|span| span.start.date()).collect();
    days.sort_unstable();
    days.dedup();
    let written = days.iter().map(|day| {
        let of_day = || all().filter(|span| span.start.date() == *day);
        let (first, last) = (of_day().map(|span| span.start).min(), of_day().map(|span| span.end).max());
        let hours = first.zip(last).map_or_else(String::new, |(start, end)| Span { start, end }.clock());
        format!("{}年{}月{}日 {hours}", day.year(), day.month(), day.day())
    });
    written.collect::<Vec<String>>().join("、")
}

/// Writes when something is: the day only where the event has several.
pub fn when(plan: &Plan, span: Span) -> String {
    let day = span.start.date();
    let day = if plan.has_days() { format!("{}月{}日 ", day.month(), day.day()) } else { String::new() };
    format!("{day}{}", span.clock())
}

/// Writes when a slot begins, in few characters.
pub fn begins(plan: &Plan, slot: usize) -> String {
    plan.span_of(slot).map_or_else(String::new, |span| clock(span.start.time()))
}

/// Writes what a part of the programme is, with who speaks or, if it is for some only, for whom.
pub fn item_title(plan: &Plan, item: &Item) -> String {
    let named = match item.speaker {
        Some(speaker) => vec![speaker],
        None => item.parties.clone().unwrap_or_default(),
    };
    let names: Vec<&str> = named.iter().map(|party| plan.name_of(*party)).collect();
    if names.is_empty() { item.title.clone() } else { format!("{}（{}）", item.title, names.join("、")) }
}

/// Writes when a meeting is.
pub fn time_of(plan: &Plan, meeting: Meeting) -> String {
    plan.span_of(meeting.slot).map_or_else(String::new, |span| when(plan, span))
}

/// Writes where a meeting is.
pub fn table_of(meeting: Meeting) -> String {
    format!("{} 号桌", table_number(meeting.table))
}

/// Returns the label of a side.
pub fn side(role: Role) -> &'static str {
    match role {
        Role::Buyer => "坐席方",
        Role::Sme => "来访方",
    }
}

/// Writes what is known of a party beside its name.
pub fn about(plan: &Plan, party: usize) -> String {
    let who = plan.parties.get(party);
    let parts = who.map(|who| [who.region.as_str(), who.tier.as_str()]).unwrap_or_default();
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<&str>>().join(" · ")
}

/// Writes the score of the match behind a pair; empty where there is none.
pub fn score_of(plan: &Plan, pair: usize) -> String {
    plan.topic_of(pair).map_or_else(String::new, |topic| points(u64::from(topic.score)))
}

/// Writes the reasons of a pair, most points first, so many of them.
pub fn reasons_of(plan: &Plan, pair: usize, n_max: usize) -> Vec<String> {
    let reasons = plan.topic_of(pair).map(|topic| topic.reasons.as_slice()).unwrap_or_default();
    reasons.iter().take(n_max).map(|reason| format!("{}：{}", reason.label, reason.text)).collect()
}

/// Writes what is to be asked at a meeting.
pub fn open_of(plan: &Plan, pair: usize) -> &[String] {
    plan.topic_of(pair).map(|topic| topic.open.as_slice()).unwrap_or_default()
}

/// Writes a meeting as a row: time, table, buyer, SME, subject, score.
pub fn meeting_row(plan: &Plan, meeting: Meeting) -> Vec<String> {
    let (buyer, sme) = plan.sides_of(meeting.pair).unwrap_or_default();
    vec![
        time_of(plan, meeting),
        table_number(meeting.table).to_string(),
        plan.name_of(buyer).to_owned(),
        plan.name_of(sme).to_owned(),
        plan.subject_of(meeting.pair),
        score_of(plan, meeting.pair),
    ]
}

/// Writes what became of a meeting after a repair.
pub fn move_text(plan: &Plan, change: &Move) -> String {
    let (buyer, sme) = plan.sides_of(change.pair).unwrap_or_default();
    let place = |meeting: Meeting| format!("{} {}", time_of(plan, meeting), table_of(meeting));
    let what = match (change.from, change.to) {
        (Some(from), Some(to)) => format!("改期　{} → {}", place(from), place(to)),
        (Some(from), None) => format!("取消　{}", place(from)),
        (None, Some(to)) => format!("新增　{}", place(to)),
        (None, None) => String::new(),
    };
    format!("{what}　{} 与 {}", plan.name_of(buyer), plan.name_of(sme))
}
