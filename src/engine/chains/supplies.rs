//! Who supplies whom: rows of supply, and receivables that a buyer has confirmed.

use crate::catalogue::Catalogue;
use crate::chain::{Evidence, Span, Supply};
use crate::engine::chains::cells;
use crate::engine::chains::firms::party;
use crate::engine::chains::products::live;
use crate::model::Record;

/// Finds the product on the graph for which a name stands, if it is one.
pub(super) type Place<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Lists the supplies that records tell of. Rows whose supplier is nobody's name, or several parties', are left
/// out; a buyer may be outside of the tables.
pub(super) fn gather(catalogue: &Catalogue, place: &Place<'_>) -> Vec<Supply> {
    let edges = live(catalogue, "supply_edge").filter_map(|record| edge(catalogue, place, record));
    edges.chain(live(catalogue, "receivable").filter_map(|record| receivable(catalogue, record))).collect()
}

fn edge(catalogue: &Catalogue, place: &Place<'_>, record: &Record) -> Option<Supply> {
    let span = cells::span(record);
    Some(Supply {
        record: record.id.clone(),
        supplier: party(catalogue, record, "supplier")?,
        buyer: party(catalogue, record, "buyer"),
        product: cells::text(record, "product").and_then(|name| place(&name)),
        link: cells::link(record),
        chain: cells::text(record, "chain"),
        amount_fen: cells::fen(record, "amount"),
        period: cells::period(record, "period"),
        span: (span != Span::ALWAYS).then_some(span),
        last_delivery: cells::date(record, "last_delivery"),
        origin: None,
        evidence: match cells::choice(record, "evidence") {
            Some("e3") => Evidence::E3,
            Some("e2") => Evidence::E2,
            _ => Evidence::E1,
        },
    })
}

/// A confirmed receivable proves that its owner supplied the debtor, though not with what, nor for how much a year.
fn receivable(catalogue: &Catalogue, record: &Record) -> Option<Supply> {
    matches!(cells::choice(record, "status"), Some("confirmed" | "financed" | "settled")).then_some(())?;
    Some(Supply {
        record: record.id.clone(),
        supplier: catalogue.party_of(record)?,
        buyer: party(catalogue, record, "debtor"),
        product: None,
        link: None,
        chain: None,
        amount_fen: None,
        period: None,
        span: None,
        last_delivery: cells::date(record, "confirmed_on"),
        origin: None,
        evidence: Evidence::E3,
    })
}
