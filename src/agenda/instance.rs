//! The formats `docking-agenda/1`: instances and solutions as JSON. Everything is read value by value, so that whatever
//! is wrong is named by its place.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::agenda::model::{Agenda, IdleRule, NamedMeeting, Pair, Party, Problem, Role, SCORE_MAX, Slot};
use crate::agenda::slots::{SLOTS_MAX, SlotSet};
use crate::agenda::sound::{PAIRS_MAX, PARTIES_MAX, TABLES_MAX, unsound};
use crate::error::Result;

/// So many characters of a wrong value are shown.
const SHOWN_MAX: usize = 40;
/// The format's name.
const FORMAT: &str = "docking-agenda/1";

/// Reads an instance.
///
/// # Errors
/// [`Error::Agenda`](crate::Error::Agenda) with the place that is wrong.
pub fn read_instance(text: &str) -> Result<Problem> {
    let root = parse(text)?;
    let root = object(&root, "")?;
    if text_of(root, "", "format")? != FORMAT {
        return Err(unsound("format", &format!("应为“{FORMAT}”")));
    }
    let n_slots = number(root, "", "slots", SLOTS_MAX)?;
    let tables = list(root, "", "tables", SLOTS_MAX)?;
    if tables.len() != n_slots {
        return Err(unsound("tables", &format!("应有 {n_slots} 个数，每个时段一个，实有 {} 个", tables.len())));
    }
    let slot = |(t, value): (usize, &Value)| {
        let tables = whole(value, &format!("tables[{t}]"), to_size(TABLES_MAX))?;
        Ok(Slot { tables: to_u32(tables), ..Slot::default() })
    };
    let parties = list(root, "", "parties", PARTIES_MAX)?;
    let pairs = list(root, "", "pairs", PAIRS_MAX)?;
    let problem = Problem {
        slots: tables.iter().enumerate().map(slot).collect::<Result<_>>()?,
        parties: parties.iter().enumerate().map(|(i, value)| party(i, value, n_slots)).collect::<Result<_>>()?,
        pairs: pairs.iter().enumerate().map(|(p, value)| pair(p, value, parties.len())).collect::<Result<_>>()?,
        resources: Vec::new(),
        idle: IdleRule::Every,
    };
    problem.check()?;
    Ok(problem)
}

fn party(i: usize, value: &Value, n_slots: usize) -> Result<Party> {
    let place = format!("parties[{i}].");
    let value = object(value, &place)?;
    let role = match text_of(value, &place, "side")? {
        "buyer" => Role::Buyer,
        "sme" => Role::Sme,
        _ => return Err(unsound(&format!("{place}side"), "应为 buyer 或 sme")),
    };
    let mut unavailable = SlotSet::EMPTY;
    for (k, slot) in list(value, &place, "unavailable", SLOTS_MAX)?.iter().enumerate() {
        unavailable.insert(whole(slot, &format!("{place}unavailable[{k}]"), n_slots.saturating_sub(1))?);
    }
    Ok(Party {
        id: text_of(value, &place, "id")?.to_owned(),
        role,
        min: to_u32(number(value, &place, "min", PAIRS_MAX)?),
        max: to_u32(number(value, &place, "max", PAIRS_MAX)?),
        unavailable,
        desks: 1,
        tables: BTreeSet::new(),
        row_max: None,
    })
}

fn pair(p: usize, value: &Value, n_parties: usize) -> Result<Pair> {
    let place = format!("pairs[{p}].");
    let value = object(value, &place)?;
    let last = n_parties.saturating_sub(1);
    Ok(Pair {
        buyer: number(value, &place, "a", last)?,
        sme: number(value, &place, "b", last)?,
        score: to_u32(number(value, &place, "score", to_size(SCORE_MAX))?),
        lock: None,
        must: false,
        resources: Vec::new(),
        rank: 0,
    })
}

/// Reads a solution of a problem.
///
/// # Errors
/// [`Error::Agenda`](crate::Error::Agenda) with the place that is wrong. Whether the meetings go together is for
/// [`check`](fn@crate::agenda::check) to say.
pub fn read_solution(text: &str) -> Result<Vec<NamedMeeting>> {
    let root = parse(text)?;
    let meetings = list(object(&root, "")?, "", "meetings", PAIRS_MAX)?;
    let read = |(k, value): (usize, &Value)| {
        let place = format!("meetings[{k}]");
        let (pair, slot, table) = match value.as_array().map(Vec::as_slice) {
            Some([pair, slot]) => (pair, slot, None),
            Some([pair, slot, table]) => (pair, slot, Some(table)),
            _ => return Err(unsound(&place, "应为 [候选会面, 时段] 或 [候选会面, 时段, 桌]")),
        };
        let table = table.map(|table| whole(table, &format!("{place}[2]"), to_size(TABLES_MAX))).transpose()?;
        Ok(NamedMeeting {
            pair: whole(pair, &format!("{place}[0]"), PAIRS_MAX)?,
            slot: whole(slot, &format!("{place}[1]"), SLOTS_MAX)?,
            table: table.map(to_u32),
        })
    };
    meetings.iter().enumerate().map(read).collect()
}

/// Writes an agenda as a solution.
pub fn write_solution(agenda: &Agenda) -> String {
    let meetings: Vec<Value> =
        agenda.meetings.iter().map(|meeting| json!([meeting.pair, meeting.slot, meeting.table])).collect();
    let body = json!({
        "format": FORMAT,
        "score": agenda.score,
        "bound": agenda.bound,
        "proved": agenda.is_proved(),
        "idle_periods": agenda.idle_periods,
        "table_changes": agenda.table_changes,
        "meetings": meetings,
    });
    body.to_string() + "\n"
}

fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        let place = format!("第 {} 行第 {} 列", error.line(), error.column());
        let reason = if error.is_eof() { "文件不完整" } else { "不是可读的 JSON" };
        unsound(&place, reason)
    })
}

fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>> {
    let place = if place.is_empty() { "文件" } else { place.trim_end_matches('.') };
    value.as_object().ok_or_else(|| unsound(place, "应是 {…} 形式的对象"))
}

fn field<'v>(value: &'v Map<String, Value>, place: &str, name: &str) -> Result<&'v Value> {
    value.get(name).ok_or_else(|| unsound(&format!("{place}{name}"), "缺少"))
}

fn list<'v>(value: &'v Map<String, Value>, place: &str, name: &str, most: usize) -> Result<&'v [Value]> {
    let found = field(value, place, name)?;
    let place = format!("{place}{name}");
    let values = found.as_array().ok_or_else(|| unsound(&place, "应是 […] 形式的列表"))?;
    if values.len() > most {
        return Err(unsound(&place, &format!("最多 {most} 项，实有 {} 项", values.len())));
    }
    Ok(values)
}

fn text_of<'v>(value: &'v Map<String, Value>, place: &str, name: &str) -> Result<&'v str> {
    field(value, place, name)?.as_str().ok_or_else(|| unsound(&format!("{place}{name}"), "应是文字"))
}

fn number(value: &Map<String, Value>, place: &str, name: &str, most: usize) -> Result<usize> {
    whole(field(value, place, name)?, &format!("{place}{name}"), most)
}

fn whole(value: &Value, place: &str, most: usize) -> Result<usize> {
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    number.filter(|number| *number <= most).ok_or_else(|| {
        let written: String = value.to_string().chars().take(SHOWN_MAX).collect();
        unsound(place, &format!("应为 0 到 {most} 的整数，写的是 {written}"))
    })
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn to_size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
