//! Who supplies whom: rows of supply, receivables that a buyer has confirmed, and what was signed after a match.

use jiff::civil::Date;

use crate::catalogue::{Catalogue, is_confirmed};
use crate::chain::{Evidence, Span, Supply};
use crate::definition::Definition;
use crate::engine::chains::cells;
use crate::engine::chains::firms::party;
use crate::engine::chains::products::live;
use crate::engine::chains::strangers::Strangers;
use crate::model::Record;

/// Finds the product on the graph for which a name stands, if it is one.
pub(super) type Place<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Lists the supplies that records tell of. Who is nobody's name, or several parties', is a stranger.
pub(super) fn gather(
    definition: &Definition,
    catalogue: &Catalogue,
    strangers: &mut Strangers<'_>,
    place: &Place<'_>,
) -> Vec<Supply> {
    let edges = live(catalogue, "supply_edge").filter_map(|record| edge(definition, strangers, place, record));
    let mut supplies: Vec<Supply> = edges.collect();
    supplies.extend(live(catalogue, "receivable").filter_map(|record| receivable(catalogue, strangers, record)));
    supplies.extend(live(catalogue, "outcome").filter_map(|record| outcome(catalogue, place, record)));
    supplies
}

/// Says what a supply is of, if it is neither goods nor processing: what the row says, else what its product means.
fn left_out(definition: &Definition, record: &Record) -> Option<String> {
    let label = match cells::choice(record, "category") {
        Some(category) => definition.left_out.label(category),
        None => {
            let product = cells::text(record, "product")?;
            definition.titles.forms(&product).into_iter().find_map(|form| definition.left_out.find(form))
        }
    };
    label.map(str::to_owned)
}

fn edge(definition: &Definition, strangers: &mut Strangers<'_>, place: &Place<'_>, record: &Record) -> Option<Supply> {
    let span = cells::span(record);
    Some(Supply {
        record: record.id.clone(),
        supplier: strangers.firm(record, "supplier")?,
        buyer: strangers.firm(record, "buyer"),
        product: cells::text(record, "product").and_then(|name| place(&name)),
        link: cells::link(record),
        chain: cells::text(record, "chain"),
        amount_fen: cells::fen(record, "amount"),
        share: cells::share(record, "share"),
        period: cells::period(record, "period"),
        span: (span != Span::ALWAYS).then_some(span),
        last_delivery: cells::date(record, "last_delivery"),
        origin: cells::origin(record),
        left_out: left_out(definition, record),
        evidence: match cells::choice(record, "evidence") {
            Some("e3") => Evidence::E3,
            Some("e2") => Evidence::E2,
            _ => Evidence::E1,
        },
        is_public: true,
    })
}

/// A confirmed receivable proves that its owner supplied the debtor, though not with what, nor for how much a year.
fn receivable(catalogue: &Catalogue, strangers: &mut Strangers<'_>, record: &Record) -> Option<Supply> {
    matches!(cells::choice(record, "status"), Some("confirmed" | "financed" | "settled")).then_some(())?;
    Some(Supply {
        record: record.id.clone(),
        supplier: catalogue.party_of(record)?,
        buyer: strangers.firm(record, "debtor"),
        product: None,
        link: None,
        chain: None,
        amount_fen: None,
        share: None,
        period: None,
        span: None,
        last_delivery: cells::date(record, "confirmed_on"),
        origin: None,
        left_out: None,
        evidence: Evidence::E3,
        is_public: false,
    })
}

/// A signed outcome about something in a catalogue is a supply from then on. The supplier alone declares it; the buyer, or
/// an organiser, names it.
fn outcome(catalogue: &Catalogue, place: &Place<'_>, record: &Record) -> Option<Supply> {
    let is_signed = matches!(cells::choice(record, "progress"), Some("signed" | "delivered"));
    (is_signed || cells::flag(record, "signed") == Some(true)).then_some(())?;
    let (supplier, buyer) = (party(catalogue, record, "supplier")?, party(catalogue, record, "demander")?);
    let supply = catalogue.named_by(supplier, record.raw("supply")).filter(|supply| *supply.kind == *"catalog")?;
    let demand = catalogue.named_by(buyer, record.raw("demand"));
    let names = [Some(supply), demand].into_iter().flatten();
    let names = names.flat_map(|posting| [posting.raw("title").to_owned(), posting.raw("product").to_owned()]);
    let signed = cells::date(record, "date")?;
    let year = |day: fn(Date) -> Date| Some(day(signed));
    Some(Supply {
        record: record.id.clone(),
        supplier,
        buyer: Some(buyer),
        product: names.filter(|name| !name.is_empty()).find_map(|name| place(&name)),
        link: None,
        chain: None,
        amount_fen: cells::fen(record, "amount"),
        share: None,
        period: Some(Span { from: year(Date::first_of_year), until: year(Date::last_of_year) }),
        span: None,
        last_delivery: Some(signed),
        origin: None,
        left_out: None,
        evidence: if is_confirmed(record) { Evidence::E2 } else { Evidence::E1 },
        is_public: false,
    })
}
