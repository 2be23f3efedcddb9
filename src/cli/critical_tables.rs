//! What people read of whom chains depend on: single suppliers, and what falls without a firm or a city; and the rows of
//! CSV.

use std::collections::BTreeSet;

use crate::chain::{Area, Critical, Fraction, ProductId, Removed, Unit};
use crate::cli::chain_tables::{firms, link_title, some, titles, with_hint};
use crate::cli::tables::table;
use crate::definition::Regions;
use crate::engine::{ChainBook, ChainCritical};
use crate::wire::amount;

/// The header of on whom chains depend as CSV.
pub(super) const CRITICAL_HEADER: [&str; 7] =
    ["chain", "without", "name", "links", "spend", "products", "final_products"];

/// Gives on whom chains depend as rows of CSV.
pub(super) fn critical_rows(book: &ChainBook<'_>, found: &[ChainCritical]) -> Vec<Vec<String>> {
    let market = &book.market;
    let row = |chain: &ChainCritical, one: &Critical| {
        let (id, name) = removed(book, &one.removed);
        let links: BTreeSet<&str> = one.pairs.iter().map(|(_, link)| link_title(market, *link)).collect();
        let all = |ids: &[ProductId]| ids.iter().map(|id| market.graph().title(*id)).collect::<Vec<&str>>().join("、");
        vec![
            market.chain(chain.chain).chain.code.clone(),
            id,
            name,
            links.into_iter().collect::<Vec<&str>>().join("、"),
            amount(one.spend_fen, Unit::Fen).to_string(),
            all(&one.products),
            all(&one.finals),
        ]
    };
    let of_chain = |chain: &ChainCritical| -> Vec<Vec<String>> {
        chain.groups.iter().chain(&chain.places).map(|one| row(chain, one)).collect()
    };
    found.iter().flat_map(of_chain).collect()
}

fn removed(book: &ChainBook<'_>, removed: &Removed) -> (String, String) {
    let regions: &Regions = book.regions();
    match removed {
        Removed::Group(party) => {
            let firm = book.market.find_firm(*party).map(|id| book.market.firm(id).firm.name.clone());
            (party.to_string(), firm.unwrap_or_else(|| "（未登记的控制人）".to_owned()))
        }
        Removed::Place(code) => (code.clone(), regions.name(code).to_owned()),
    }
}

/// Shows on whom chains depend.
pub(super) fn critical(book: &ChainBook<'_>, area: &Area, found: &[ChainCritical]) -> String {
    let mut text = format!("截至 {}，本地 = {}；没有列出替代的，不等于没有\n", book.as_of, area.label);
    for chain in found {
        let blank = chain.single_points.is_empty() && chain.groups.is_empty() && chain.places.is_empty();
        if !blank {
            text.push_str(&critical_of(book, chain));
        }
    }
    with_hint(text)
}

fn critical_of(book: &ChainBook<'_>, found: &ChainCritical) -> String {
    let market = &book.market;
    let chain = &market.chain(found.chain).chain;
    let mut text = format!("\n{}（{}）\n", chain.title, chain.code);
    let points = found.single_points.iter().map(|(point, others)| {
        let share = point.share.map_or_else(|| "金额不明".to_owned(), Fraction::percent);
        vec![
            market.firm(point.buyer).firm.name.clone(),
            link_title(market, point.link).to_owned(),
            firms(market, point.firms.iter().copied()),
            format!("{} 家，占 {share}", point.n_groups),
            firms(market, others.iter().map(|one| one.firm)),
        ]
    });
    let points: Vec<Vec<String>> = points.collect();
    if !points.is_empty() {
        text.push_str("单点依赖\n");
        text.push_str(&table(&["采购方", "环节", "依赖的供应商", "供应商家数与占比", "可替代"], points));
        text.push('\n');
    }
    let fallen = |one: &Critical| {
        let links: BTreeSet<&str> = one.pairs.iter().map(|(_, link)| link_title(market, *link)).collect();
        vec![
            removed(book, &one.removed).1,
            some(links.into_iter()),
            match one.spend_fen {
                0 => "—".to_owned(),
                fen => format!("{} 万元", amount(fen, Unit::Fen)),
            },
            titles(market, &one.products),
            titles(market, &one.finals),
        ]
    };
    let own: BTreeSet<ProductId> =
        market.chain(found.chain).links.iter().flat_map(|link| market.link(*link).products.iter().copied()).collect();
    let touches = |one: &&Critical| !one.pairs.is_empty() || one.products.iter().any(|product| own.contains(product));
    let header = ["没有了", "断供的环节", "涉及采购额", "做不成的产品", "其中终端产品"];
    for (label, all) in [("关键供应商", &found.groups), ("关键地区", &found.places)] {
        let (near, far): (Vec<&Critical>, Vec<&Critical>) = all.iter().partition(touches);
        if !near.is_empty() {
            text.push_str(&format!("{label}\n{}\n", table(&header, near.into_iter().map(fallen).collect())));
        }
        if !far.is_empty() {
            let n = far.len();
            text.push_str(&format!("  另有 {n} 个{label}只影响这条链环节以外的上游产品，见 --format csv\n"));
        }
    }
    text
}
