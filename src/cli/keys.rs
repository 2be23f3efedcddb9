//! `key`: access keys for the service, and the trail of what was seen and changed.

use crate::cli::args::{Args, KeyCommand};
use crate::cli::opening::{reader, writer};
use crate::cli::printer::{Format, Printer};
use crate::cli::tables;
use crate::engine::{Engine, NewKey};
use crate::model::{Key, Moment, Viewer};
use crate::wire::{KeyBody, TraceListBody};

/// The columns of keys.
const KEY_HEADER: [&str; 7] = ["id", "role", "party", "region", "created", "expires", "revoked"];
/// The columns of the trail.
const TRACE_HEADER: [&str; 4] = ["at", "actor", "action", "subject"];

/// Makes, lists or revokes keys, or shows the trail.
pub(super) fn run(args: &Args, printer: &Printer, command: &KeyCommand, moment: &Moment) -> anyhow::Result<u8> {
    match command {
        KeyCommand::Add { role, party, region, expires } => {
            let new = NewKey { role: *role, party: party.clone(), region: region.clone(), expires: *expires };
            add(&*writer(args, "key")?, printer, &new, moment)?;
        }
        KeyCommand::List => list(&*reader(args, "key")?, printer)?,
        KeyCommand::Revoke { id } => {
            writer(args, "key")?.revoke_key(*id, &Viewer::operator(), moment)?;
            printer.say(&format!("已吊销 {id}"));
        }
        KeyCommand::Trail { top } => trail(&*reader(args, "key")?, printer, *top)?,
    }
    Ok(0)
}

fn add(engine: &Engine, printer: &Printer, new: &NewKey, moment: &Moment) -> anyhow::Result<()> {
    let (key, secret) = engine.add_key(new, &Viewer::operator(), moment)?;
    match printer.format {
        Format::Json => printer.json(&KeyBody::new(&key, Some(&secret)))?,
        Format::Csv => {
            let row = [row(&key), vec![secret.reveal().to_owned()]].concat();
            printer.csv(&[&KEY_HEADER[..], &["key"]].concat(), &[row])?;
        }
        Format::Table => {
            printer.text(secret.reveal())?;
            printer.say(&format!("这是 {}（{}）的钥匙，只显示这一次，请妥善保管", key.id, key.role.label()));
        }
    }
    Ok(())
}

fn list(engine: &Engine, printer: &Printer) -> anyhow::Result<()> {
    let keys = engine.keys()?;
    let rows: Vec<Vec<String>> = keys.iter().map(row).collect();
    match printer.format {
        Format::Json => printer.json(&KeyBody::list(&keys))?,
        Format::Csv => printer.csv(&KEY_HEADER, &rows)?,
        Format::Table => {
            let header = ["编号", "角色", "主体", "地区", "发放", "用到", "吊销"];
            printer.text(&tables::table(&header, rows))?;
        }
    }
    Ok(())
}

fn trail(engine: &Engine, printer: &Printer, top: u32) -> anyhow::Result<()> {
    let traces = engine.traces(top)?;
    let rows = traces
        .iter()
        .map(|trace| vec![trace.at.clone(), trace.actor.clone(), trace.action.clone(), trace.subject.clone()]);
    let rows: Vec<Vec<String>> = rows.collect();
    match printer.format {
        Format::Json => printer.json(&TraceListBody::new(traces))?,
        Format::Csv => printer.csv(&TRACE_HEADER, &rows)?,
        Format::Table => printer.text(&tables::table(&["时间", "谁", "做了什么", "对什么"], rows))?,
    }
    Ok(())
}

fn row(key: &Key) -> Vec<String> {
    vec![
        key.id.to_string(),
        key.role.name().to_owned(),
        key.party.map(|party| party.to_string()).unwrap_or_default(),
        key.region.clone().unwrap_or_default(),
        key.created.clone(),
        key.expires.map(|day| day.to_string()).unwrap_or_default(),
        key.revoked.clone().unwrap_or_default(),
    ]
}
