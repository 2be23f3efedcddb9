//! Small facts for tests, in as few words as possible: products, firms and supplies by name and number.

use std::sync::LazyLock;

use jiff::civil::{Date, date};

use crate::chain::graph::ProductId;
use crate::chain::market::{ChainId, FirmId, LinkId, Market};
use crate::chain::model::{
    Capability, Chain, Evidence, Facts, Finding, Firm, Input, Leader, LeaderRole, Link, LinkName, Product, Quantity,
    Site, Span, Supply, Survey, Title,
};
use crate::chain::rate::{Area, Basis};
use crate::chain::scope::{RECENT_MONTHS, Scope};
use crate::definition::{Definition, Tier};
use crate::model::{PartyId, RecordId};

/// The day of all tests, unless they say otherwise.
pub(super) const TODAY: Date = date(2026, 6, 1);
/// The province.
pub(super) const SHANDONG: &str = "370000";
/// A city of it.
pub(super) const JINAN: &str = "370100";
/// Another city of it.
pub(super) const QINGDAO: &str = "370200";
/// A place elsewhere.
pub(super) const BEIJING: &str = "110000";

static DEFINITION: LazyLock<Definition> = LazyLock::new(|| Definition::compiled().expect("the declaration is sound"));
static PROVINCE: LazyLock<Area> =
    LazyLock::new(|| Area { label: "山东省".to_owned(), codes: vec![SHANDONG.to_owned()] });

/// The declaration that is compiled in.
pub(super) fn definition() -> &'static Definition {
    &DEFINITION
}

/// Today in the province.
pub(super) fn scope() -> Scope<'static> {
    Scope {
        regions: &DEFINITION.regions,
        area: &PROVINCE,
        as_of: TODAY,
        basis: Basis::Production,
        recent_months: RECENT_MONTHS,
    }
}

/// Both ends included.
pub(super) fn span(from: Date, until: Date) -> Span {
    Span { from: Some(from), until: Some(until) }
}

/// A key chain.
pub(super) fn chain(code: &str) -> Chain {
    Chain {
        code: code.to_owned(),
        title: format!("{code}链"),
        aliases: Vec::new(),
        level: None,
        region: None,
        is_key: true,
        span: Span::ALWAYS,
        is_draft: false,
    }
}

/// A link that the chain needs.
pub(super) fn link(chain: &str, code: &str) -> Link {
    Link {
        chain: chain.to_owned(),
        code: code.to_owned(),
        title: format!("{code}环节"),
        position: None,
        is_essential: true,
        weight_thousandths: 1000,
        or_group: None,
        demand: None,
        level_min: None,
        required_certificates: Vec::new(),
        span: Span::ALWAYS,
    }
}

/// A link of any chain.
pub(super) fn link_name(code: &str) -> LinkName {
    LinkName { chain: None, link: code.to_owned() }
}

/// A product of links.
pub(super) fn product(title: &str, links: &[&str]) -> Product {
    let links = links.iter().map(|code| link_name(code)).collect();
    Product { title: title.to_owned(), links, ..Product::default() }
}

/// A required input.
pub(super) fn input(product: &str, input: &str) -> Input {
    Input { product: product.to_owned(), input: input.to_owned(), ..Input::default() }
}

/// One of the alternatives of a group.
pub(super) fn either(product: &str, made_of: &str, group: &str) -> Input {
    Input { or_group: Some(group.to_owned()), ..input(product, made_of) }
}

/// A firm that is registered somewhere.
pub(super) fn firm(number: u64, region: &str) -> Firm {
    Firm {
        is_registered: true,
        registered: Some(region.to_owned()).filter(|region| !region.is_empty()),
        ..Firm::unregistered(PartyId(number), format!("企业{number}"))
    }
}

/// A firm with a valid title.
pub(super) fn titled(number: u64, tier: Tier) -> Firm {
    let title = Title { tier, span: span(date(2024, 1, 1), date(2026, 12, 31)), is_suspended: false };
    Firm { titles: vec![title], ..firm(number, JINAN) }
}

/// A site in use.
pub(super) fn site(region: &str, products: &[&str]) -> Site {
    let products = products.iter().map(|name| (*name).to_owned()).collect();
    Site { region: region.to_owned(), products, is_production: true, span: Span::ALWAYS }
}

/// An undated supply at a link, confirmed by the buyer.
pub(super) fn supply(number: u64, supplier: u64, buyer: u64, link: &str, yuan: i64) -> Supply {
    Supply {
        record: RecordId::new(Some(PartyId(supplier)), "supply_edge", &format!("{number:06}")),
        supplier: PartyId(supplier),
        buyer: Some(PartyId(buyer)),
        product: None,
        link: Some(link_name(link)),
        chain: None,
        amount_fen: Some(yuan * 100),
        share: None,
        period: None,
        span: None,
        last_delivery: None,
        origin: None,
        left_out: None,
        is_public: true,
        evidence: Evidence::E2,
    }
}

/// An offer at a link.
pub(super) fn offer(number: u64, firm: u64, link: &str) -> Capability {
    Capability {
        record: RecordId::new(Some(PartyId(firm)), "catalog", &format!("{number:06}")),
        firm: PartyId(firm),
        product: None,
        link: Some(link_name(link)),
        capacity: None,
        levels: Vec::new(),
        origin: None,
        is_traded: false,
        span: Span::ALWAYS,
    }
}

/// An offer of a product.
pub(super) fn makes(number: u64, firm: u64, product: &str) -> Capability {
    Capability { product: Some(product.to_owned()), link: None, ..offer(number, firm, "") }
}

/// A quantity of so many tonnes.
pub(super) fn tonnes(tonnes: u64) -> Option<Quantity> {
    Some(Quantity { thousandths: tonnes * 1_000_000, unit: "kg".to_owned() })
}

/// A survey of this spring.
pub(super) fn survey(link: &str, region: &str, finding: Finding) -> Survey {
    Survey { link: link_name(link), region: region.to_owned(), date: date(2026, 3, 1), finding, n_suppliers: None }
}

/// A leader without dates.
pub(super) fn leader(party: u64, chain: &str) -> Leader {
    Leader { party: PartyId(party), chain: chain.to_owned(), role: LeaderRole::Leader, span: Span::ALWAYS }
}

/// One chain `C` with links of these codes.
pub(super) fn facts(links: &[&str]) -> Facts {
    let links = links.iter().map(|code| link("C", code)).collect();
    Facts { chains: vec![chain("C")], links, ..Facts::default() }
}

/// A market of today.
pub(super) fn market(facts: Facts) -> Market {
    Market::build(facts, TODAY)
}

/// The chain `C`.
pub(super) fn chain_id(market: &Market) -> ChainId {
    market.find_chain("C").expect("the chain C")
}

/// A link by code.
pub(super) fn link_id(market: &Market, code: &str) -> LinkId {
    market.find_link(&link_name(code)).expect("a known link")
}

/// A firm by number.
pub(super) fn firm_id(market: &Market, number: u64) -> FirmId {
    market.find_firm(PartyId(number)).expect("a known firm")
}

/// A product by name.
pub(super) fn product_id(market: &Market, title: &str) -> ProductId {
    market.graph().find(title).expect("a known product")
}
