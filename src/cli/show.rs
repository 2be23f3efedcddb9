//! `show`: one record, or one party with its records.

use crate::cli::printer::{Format, Printer};
use crate::engine::{Engine, NamePlace, ProductPlace};
use crate::error::Error;
use crate::model::{Change, Contact, Entry, Moment, PartyId, Record};
use crate::wire::{RecordBody, party_links};

/// Shows a record by identifier or number, else a party by identifier, code or name.
pub(super) fn run(engine: &Engine, printer: &Printer, id: &str, history: bool, moment: &Moment) -> anyhow::Result<u8> {
    match engine.find(id) {
        Ok(record) => show_record(engine, printer, &record, history, moment),
        Err(Error::NotFound(_)) => show_party(engine, printer, engine.find_party(id)?, moment),
        Err(other) => Err(other.into()),
    }
}

fn show_record(
    engine: &Engine,
    printer: &Printer,
    record: &Record,
    history: bool,
    moment: &Moment,
) -> anyhow::Result<u8> {
    let snapshot = engine.snapshot();
    let party = snapshot.catalogue.party_of(record);
    let party = party.map(|party| (party, snapshot.catalogue.parties().name(party)));
    let contact = engine.contact(&record.id)?;
    let versions = if history { engine.history(&record.id)? } else { Vec::new() };
    let is_posting = engine.definition().kind(&record.kind).is_some_and(|kind| kind.role.is_posting());
    let places =
        if is_posting || record.kind.as_str() == "party" { engine.placements(record, moment) } else { Vec::new() };
    match printer.format {
        Format::Json => {
            printer
                .json(&RecordBody::new(moment.as_of, &engine.whole(record, history, moment)?).with_places(&places))?;
        }
        Format::Csv => printer.csv(&["column", "label", "value"], &rows(engine, record, &contact))?,
        Format::Table => {
            let kind = engine.definition().kind(&record.kind).map_or(record.kind.as_str(), |kind| kind.label.as_str());
            let mut text = format!("{}  [{kind} {}]\n", name(engine, record), record.state(moment.as_of).label());
            text.push_str(&format!("标识：{}\n", record.id));
            if let Some((party, name)) = &party {
                text.push_str(&format!("单位：{name}（{party}）\n"));
            }
            if let Some(reason) = record.withdrawn.as_deref().filter(|reason| !reason.is_empty()) {
                text.push_str(&format!("撤回原因：{reason}\n"));
            }
            for row in rows(engine, record, &contact) {
                if let [_, label, value] = row.as_slice() {
                    text.push_str(&format!("{label}：{value}\n"));
                }
            }
            places.iter().for_each(|place| text.push_str(&place_line(place)));
            for entry in &versions {
                text.push_str(&version(entry));
            }
            printer.text(&text)?;
        }
    }
    Ok(0)
}

/// Says where a name stands on the graph of products.
fn place_line(place: &NamePlace) -> String {
    let product = |one: &ProductPlace| {
        let links: Vec<String> =
            one.links.iter().map(|link| format!("{}的“{}”", link.chain_title, link.link_title)).collect();
        let links = if links.is_empty() { "未归入环节".to_owned() } else { links.join("、") };
        let why = format!("{} {}，把握 {}%", one.reason.label(), one.found, one.reason.confidence());
        format!("{}（{links}；{why}）", one.title)
    };
    let titles = || place.products.iter().map(|one| one.title.as_str()).collect::<Vec<&str>>().join("、");
    match (place.is_placed, place.products.is_empty()) {
        (true, _) => {
            let products: Vec<String> = place.products.iter().map(product).collect();
            format!("图谱：{} → {}\n", place.name, products.join("；"))
        }
        (false, true) => format!("图谱：{} 不在图谱上\n", place.name),
        (false, false) => format!("图谱：{} 归不到一个产品，可能是{}\n", place.name, titles()),
    }
}

/// Returns what a record is called: its title, else what identifies it, else its party's name.
fn name(engine: &Engine, record: &Record) -> String {
    let kind = engine.definition().kind(&record.kind);
    let identity = kind.map(|kind| kind.identity.as_slice()).unwrap_or_default();
    let parts: Vec<&str> = identity.iter().map(|column| record.raw(column)).filter(|raw| !raw.is_empty()).collect();
    match (record.raw("title"), record.party) {
        ("", Some(party)) if parts.is_empty() => engine.snapshot().catalogue.parties().name(party),
        ("", _) => parts.join(" "),
        (title, _) => title.to_owned(),
    }
}

/// Lists the filled columns of a record in the order of its kind: name, label, text.
fn rows(engine: &Engine, record: &Record, contact: &Contact) -> Vec<Vec<String>> {
    let Some(kind) = engine.definition().kind(&record.kind) else { return Vec::new() };
    let mut rows = Vec::new();
    for column in &kind.columns {
        let raw = contact.fields.get(&column.name).map_or(record.raw(&column.name), String::as_str);
        if !raw.is_empty() {
            rows.push(vec![column.name.clone(), column.label.clone(), raw.to_owned()]);
        }
    }
    rows
}

fn version(entry: &Entry) -> String {
    let head = format!("\n第 {} 号记录  {}\n", entry.seq, entry.at);
    match &entry.change {
        Change::Put { cells, source, .. } => {
            let cells: Vec<String> = cells.iter().map(|(name, raw)| format!("{name}={raw}")).collect();
            let sheet = if source.sheet.is_empty() { String::new() } else { format!(" {}", source.sheet) };
            format!("{head}  来自 {}{sheet} 第 {} 行\n  {}\n", source.file, source.row, cells.join("；"))
        }
        Change::Withdraw { reason, .. } => format!("{head}  撤回 {reason}\n"),
        Change::Party { .. } | Change::Merge { .. } | Change::Split { .. } => head,
    }
}

fn show_party(engine: &Engine, printer: &Printer, id: PartyId, moment: &Moment) -> anyhow::Result<u8> {
    let snapshot = engine.snapshot();
    let catalogue = &snapshot.catalogue;
    let canonical = catalogue.parties().canonical(id);
    let party = catalogue.parties().get(canonical).ok_or_else(|| Error::NotFound(id.to_string()))?;
    let uscc = party.uscc.as_ref().map(ToString::to_string).unwrap_or_default();
    let tier = catalogue.tier(canonical, moment.as_of, engine.definition());
    let records: Vec<&Record> = catalogue.records_of(canonical).collect();
    let links = engine.party_links(canonical, moment);
    if printer.format == Format::Json {
        printer.json(&serde_json::json!({
            "as_of": moment.as_of.to_string(),
            "id": canonical.to_string(),
            "name": party.name,
            "uscc": party.uscc.as_ref().map(ToString::to_string),
            "tier": tier.map(|tier| tier.name()),
            "merged": catalogue.parties().members(canonical).iter().skip(1).map(ToString::to_string).collect::<Vec<_>>(),
            "links": party_links(&links),
            "records": records.iter().map(|record| serde_json::json!({
                "id": record.id.to_string(),
                "kind": record.kind.as_str(),
                "title": record.title(),
                "state": record.state(moment.as_of).name(),
            })).collect::<Vec<_>>(),
        }))?;
        return Ok(0);
    }
    let rows: Vec<Vec<String>> = records
        .iter()
        .map(|record| {
            let label = engine.definition().kind(&record.kind).map_or(record.kind.as_str(), |kind| kind.label.as_str());
            let state = record.state(moment.as_of).label();
            vec![label.to_owned(), name(engine, record), state.to_owned(), record.id.to_string()]
        })
        .collect();
    if printer.format == Format::Csv {
        printer.csv(&["kind", "title", "state", "id"], &rows)?;
        return Ok(0);
    }
    let mut text = format!("{}（{canonical}）\n", party.name);
    if !uscc.is_empty() {
        text.push_str(&format!("统一社会信用代码：{uscc}\n"));
    }
    text.push_str(&format!("梯度：{}\n", tier.map_or("没有登记有效的称号", |tier| tier.label())));
    for merged in catalogue.parties().members(canonical).iter().skip(1) {
        let name = catalogue.parties().get(*merged).map_or("", |party| party.name.as_str());
        text.push_str(&format!("并入的主体：{name}（{merged}）\n"));
    }
    for link in &links {
        let how = link.evidence.map_or("目录或自报，没有供货记录".to_owned(), |evidence| {
            format!("供货证据 {}", evidence.name())
        });
        text.push_str(&format!("入链：{}的“{}”（{how}）\n", link.place.chain_title, link.place.link_title));
    }
    text.push_str(&format!("信息 {} 条\n", rows.len()));
    for row in &rows {
        if let [label, title, state, id] = row.as_slice() {
            text.push_str(&format!("  [{label} {state}] {title}\n      {id}\n"));
        }
    }
    printer.text(&text)?;
    Ok(0)
}
