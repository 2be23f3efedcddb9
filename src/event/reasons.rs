//! Why not all that was asked for can be, in words: proofs that minima cannot be kept, what forbids meetings that must be
//! held, locks that changes of the day have made impossible.

use crate::agenda::{Agenda, Bottleneck, Clash, Dropped, Rule, Shortage};
use crate::event::plan::{Plan, table_number};
use crate::event::timetable::clock;

/// So many names are written out; of the others there is the number.
const NAMES_MAX: usize = 8;

/// Names parties, the first ones only if they are many.
pub(super) fn names(plan: &Plan, parties: &[usize]) -> String {
    named(&|party| plan.name_of(party), parties)
}

fn named<'n>(name: &dyn Fn(usize) -> &'n str, parties: &[usize]) -> String {
    let shown: Vec<&str> = parties.iter().take(NAMES_MAX).map(|party| name(*party)).collect();
    let more = if parties.len() > shown.len() { format!("等 {} 家", parties.len()) } else { String::new() };
    format!("{}{more}", shown.join("、"))
}

/// Puts a proof into words, in which `name` names the parties.
pub fn shortage_in_words<'n>(name: &dyn Fn(usize) -> &'n str, shortage: &Shortage) -> String {
    let part = |bottleneck: &Bottleneck| match *bottleneck {
        Bottleneck::Partner { party, room } => format!("{} 至多 {room} 场", name(party)),
        Bottleneck::Pairs { count } => format!("与其他单位合适的配对共 {count} 个"),
        Bottleneck::OwnSlots { party, room } => format!("{} 在场的时段至多 {room} 场", name(party)),
        Bottleneck::Tables { room } => format!("全部桌位至多 {room} 场"),
    };
    let mut parts: Vec<String> = shortage.shared.iter().take(NAMES_MAX).map(part).collect();
    if parts.is_empty() {
        parts.push("没有既合适、又能同时在场的单位".to_owned());
    }
    let more = if shortage.shared.len() > parts.len() { "等" } else { "" };
    let (needed, room) = (shortage.needed, shortage.room);
    format!(
        "{} 合计至少要 {needed} 场，而至多能有 {room} 场（{}{more}）",
        named(name, &shortage.parties),
        parts.join("；")
    )
}

/// Says by how much minima were lowered in all, and whether it could be less; nothing where none was.
pub(super) fn lowering_in_words(agenda: &Agenda) -> Option<String> {
    let (n_lowered, least) = (agenda.n_lowered(), agenda.lowered_least);
    let proof = match least {
        _ if agenda.is_least => "已证明不能更少".to_owned(),
        0 => "没有证明不能更少".to_owned(),
        _ => format!("没有证明不能更少，至少要少 {least} 场"),
    };
    (n_lowered > 0).then(|| format!("合计少 {n_lowered} 场，{proof}"))
}

/// Says what forbids a meeting that had to be held.
pub(super) fn clash_in_words(plan: &Plan, clash: &Clash) -> String {
    let problem = &plan.problem;
    let lock = problem.pairs.get(clash.pair).and_then(|pair| pair.lock);
    let span = lock.and_then(|lock| plan.span_of(lock.slot));
    let at = span.map_or_else(|| "任何时段".to_owned(), |span| format!("锁定的 {} ", clock(span.start.time())));
    let with = || pairs(plan, &clash.with);
    let unit = |resource: usize| problem.resources.get(resource).map_or("", |resource| resource.id.as_str());
    match clash.rule {
        Rule::Absent => format!("{at}双方都不能同时在场"),
        Rule::Closed => format!("{at}没有双方可用的桌"),
        Rule::NoUnits(resource) => format!("{at}没有“{}”", unit(resource)),
        Rule::SameTable => format!("{at}这张桌已锁定给 {}", with()),
        Rule::Full(place) => match clash.with.len() {
            0 => format!("“{}”一场也不能谈", plan.name_of(place)),
            n => format!("“{}”至多能谈 {n} 场，已全部用于必须见的 {}", plan.name_of(place), with()),
        },
        Rule::Busy(place) => {
            let desks = problem.parties.get(place).map_or(1, |party| party.desks);
            format!("{at}“{}”同时只能谈 {desks} 场，已锁定 {}", plan.name_of(place), with())
        }
        Rule::Tables => format!("{at}可用的桌已全部锁定给 {}", with()),
        Rule::Units(resource) => format!("{at}“{}”已全部用于锁定的 {}", unit(resource), with()),
        Rule::Order(place) => {
            format!("{at}会使“{}”的先后次序或连续场数不合要求，已锁定 {}", plan.name_of(place), with())
        }
        Rule::Tried if clash.with.is_empty() => "锁定的会面不动，试遍各个时段都排不下".to_owned(),
        Rule::Tried => format!("锁定的会面不动，与必须见的 {} 一起试遍各个时段都排不下", with()),
        Rule::Unknown => "没有找到排法，也没有证明排不下".to_owned(),
    }
}

/// Says which lock was given up, and what became of the meeting.
pub fn dropped_in_words(plan: &Plan, dropped: &Dropped) -> String {
    let when = plan.span_of(dropped.lock.slot).map_or_else(String::new, |span| clock(span.start.time()));
    let table = dropped.lock.table.map_or_else(String::new, |table| format!(" {} 号桌", table_number(table)));
    let is_wanted = plan.problem.pairs.get(dropped.pair).is_some_and(|pair| pair.must);
    let why = match (dropped.is_table_only, is_wanted) {
        (true, _) => "这张桌不能用了；时段不变，另排一张桌",
        (false, true) => "这个时段双方不能同时在场；改为必须在其他时段见面",
        (false, false) => "双方没有能同时在场的时段了；不再安排",
    };
    format!("{} 锁定在 {when}{table}：{why}", pairs(plan, &[dropped.pair]))
}

/// Names pairs, the first ones only if they are many.
fn pairs(plan: &Plan, pairs: &[usize]) -> String {
    let named = |pair: &usize| {
        let (buyer, sme) = plan.sides_of(*pair)?;
        Some(format!("{} 与 {}", plan.name_of(buyer), plan.name_of(sme)))
    };
    let shown: Vec<String> = pairs.iter().take(NAMES_MAX).filter_map(named).collect();
    let more = if pairs.len() > shown.len() { format!("等 {} 场", pairs.len()) } else { String::new() };
    format!("{}{more}", shown.join("、"))
}
