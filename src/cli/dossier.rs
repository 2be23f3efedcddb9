//! `dossier`: one party's file.

use crate::cli::printer::{Format, Printer};
use crate::definition::{Definition, Kind};
use crate::engine::{Dossier, Engine, Glimpse, IntentAnswer, Listed, Sight};
use crate::model::{Moment, Share, Viewer};
use crate::wire::DossierBody;

/// What a line of the file says: of what sort it is, whose identifier it has, what it is, and how it stands.
type Line = [String; 4];

/// Shows the file of a party, by identifier, code or name.
pub(super) fn run(engine: &Engine, printer: &Printer, party: &str, moment: &Moment) -> anyhow::Result<u8> {
    let id = engine.find_party(party)?.to_string();
    let dossier = engine.dossier(&id, &Viewer::operator(), moment)?;
    match printer.format {
        Format::Json => printer.json(&DossierBody::new(moment.as_of, &dossier))?,
        Format::Csv => {
            let lines = sections(&dossier, engine.definition()).into_iter().flat_map(|(_, lines)| lines);
            let rows: Vec<Vec<String>> = lines.map(Vec::from).collect();
            printer.csv(&["section", "id", "title", "state"], &rows)?;
        }
        Format::Table => printer.text(&text(&dossier, engine.definition()))?,
    }
    Ok(0)
}

/// Lists the lines of each section under its heading.
fn sections(dossier: &Dossier, definition: &Definition) -> Vec<(String, Vec<Line>)> {
    let Dossier { facts, postings, matches, intents, outcomes, .. } = dossier;
    let label = |kind: &str| definition.kind(kind).map_or(kind, |kind| kind.label.as_str()).to_owned();
    let fact = |fact: &Sight| [label(fact.kind()), fact.id().to_string(), cells(definition, fact), String::new()];
    let posting =
        |one: &Glimpse| [label(&one.kind), one.id.to_string(), one.title.clone(), one.state.label().to_owned()];
    let mut found = Vec::new();
    for list in &matches.items {
        found.extend(list.matches.iter().map(|one| {
            let whose = one.party.as_ref().map(|(_, name)| format!("（{name}）")).unwrap_or_default();
            let title = format!("{} → {}{whose}", list.subject.title, one.title);
            ["匹配".to_owned(), one.id.to_string(), title, points(one.score.0)]
        }));
    }
    let intents_lines = intents.items.iter().map(|one| {
        let between = format!("{} × {}", one.demand.title, one.supply.title);
        ["对接意向".to_owned(), one.id.to_string(), between, answer(one.answer).to_owned()]
    });
    let outcome_lines = outcomes.items.iter().map(|(id, cells)| {
        let cell = |column: &str| cells.get(column).map_or("", String::as_str);
        let between = format!("{} × {}", cell("demander"), cell("supplier"));
        let end = [cell("date"), cell("progress"), cell("amount")].join(" ");
        ["对接成果".to_owned(), id.to_string(), between, end.trim().to_owned()]
    });
    vec![
        (heading("情况", facts), facts.items.iter().map(fact).collect()),
        (heading("供需信息", postings), postings.items.iter().map(posting).collect()),
        (heading("有效信息，各自最合适的前几条；有效信息", matches), found),
        (heading("对接意向", intents), intents_lines.collect()),
        (heading("对接成果", outcomes), outcome_lines.collect()),
    ]
}

fn heading<T>(title: &str, listed: &Listed<T>) -> String {
    let Listed { total, items } = listed;
    let rest = if items.len() < *total { format!("，这里是前 {} 条", items.len()) } else { String::new() };
    format!("{title} {total} 条{rest}")
}

/// Writes the filled cells of a fact in the order of its kind.
fn cells(definition: &Definition, fact: &Sight) -> String {
    let columns = definition.kind(fact.kind()).map(|kind: &Kind| kind.columns.as_slice()).unwrap_or_default();
    let shown = columns.iter().filter_map(|column| {
        let field = fact.fields().iter().find(|field| field.column == column.name)?;
        (!field.raw.is_empty()).then(|| format!("{} {}", column.label, field.raw))
    });
    shown.collect::<Vec<String>>().join("；")
}

fn text(dossier: &Dossier, definition: &Definition) -> String {
    let Dossier { party, tier, links, record, .. } = dossier;
    let mut text = format!("{}（{}）\n", party.name, party.id);
    if let Some(uscc) = &party.uscc {
        text.push_str(&format!("统一社会信用代码：{uscc}\n"));
    }
    if let Some(row) = &party.row {
        text.push_str(&format!("登记：{}\n", cells(definition, row)));
    }
    text.push_str(&format!("梯度：{}\n", tier.map_or("没有登记有效的称号", |tier| tier.label())));
    for link in links {
        let how =
            link.evidence.map_or("目录或自报".to_owned(), |evidence| format!("供货证据 {}", evidence.name()));
        text.push_str(&format!("入链：{}的“{}”（{how}）\n", link.place.chain_title, link.place.link_title));
    }
    text.push_str(&format!("签约记录：{}\n", record_words(*record)));
    for (heading, lines) in sections(dossier, definition) {
        text.push_str(&format!("\n{heading}\n"));
        for [sort, id, title, state] in lines {
            let state = if state.is_empty() { state } else { format!(" {state}") };
            text.push_str(&format!("  [{sort}{state}] {title}\n      {id}\n"));
        }
    }
    text
}

/// Says what others are told of a party's dealings.
fn record_words(record: Option<Share>) -> &'static str {
    match record {
        Some(Share::ONE) => "有三家以上签约，计满分",
        Some(_) => "有三家以上签约，计半分",
        None => "没有可以告知别人的",
    }
}

fn points(hundredths: u16) -> String {
    format!("{}.{:02} 分", hundredths / 100, hundredths % 100)
}

fn answer(answer: IntentAnswer) -> &'static str {
    match answer {
        IntentAnswer::Pending => "待答复",
        IntentAnswer::Agreed => "同意",
        IntentAnswer::Declined => "婉拒",
        IntentAnswer::Withdrawn => "撤回",
    }
}
