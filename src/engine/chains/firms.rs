//! The firms' part of the facts: who they are, where they make things, which titles they hold, and what they can supply.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::catalogue::Catalogue;
use crate::chain::{Capability, Certificate, Firm, Fraction, Leader, LeaderRole, Risk, Site, Span, Title};
use crate::definition::{Definition, GoalUnit};
use crate::engine::chains::cells;
use crate::engine::chains::placing::{Placing, named as names_of};
use crate::engine::chains::products::live;
use crate::engine::chains::strangers::Strangers;
use crate::model::{Party, PartyId, Record, State, Value};
use crate::normal::normalise;
use crate::text::is_percentage;

/// Fen in ten thousand yuan, the unit of indicators whose table names none.
const FEN_PER_WAN: f64 = 1_000_000.0;
/// The units of counts; without one, a number is as good.
const COUNTED: [&str; 12] = ["", "项", "件", "个", "人", "名", "家", "次", "篇", "条", "台", "套"];
/// Controllers who are no known parties get identifiers from here on; no log has so many parties.
const UNKNOWN_CONTROLLERS_FROM: u64 = 1 << 48;

/// Lists the firms as they stand on a day, ascending.
pub(super) fn firms(catalogue: &Catalogue, definition: &Definition, as_of: Date) -> Vec<Firm> {
    let mut unknown: BTreeMap<String, PartyId> = BTreeMap::new();
    let mut firms = Vec::new();
    for party in catalogue.parties().iter() {
        let controller = catalogue.ultimate_controller(party.id, as_of);
        let controller = PartyId::parse(&controller).unwrap_or_else(|| {
            let next = PartyId(UNKNOWN_CONTROLLERS_FROM + u64::try_from(unknown.len()).unwrap_or(0));
            *unknown.entry(controller).or_insert(next)
        });
        firms.push(firm(catalogue, definition, party, controller, as_of));
    }
    firms
}

/// Builds a firm of which only the name and whether it is still there is known.
pub(super) fn named(catalogue: &Catalogue, id: PartyId) -> Firm {
    let row = catalogue.facts(id, "party").next();
    let gone_since = row.and_then(gone_since);
    Firm { is_registered: true, gone_since, ..Firm::unregistered(id, catalogue.parties().name(id)) }
}

/// Returns the day on which a firm was closed or moved away; where no day is told, it never was there.
fn gone_since(row: &Record) -> Option<Date> {
    let day = cells::date(row, "closed_on");
    day.or_else(|| (cells::choice(row, "credit_status") == Some("closed")).then_some(Date::MIN))
}

/// Builds a firm with all that its records tell.
pub(super) fn firm(
    catalogue: &Catalogue,
    definition: &Definition,
    party: &Party,
    controller: PartyId,
    as_of: Date,
) -> Firm {
    let row = catalogue.facts(party.id, "party").next();
    let (titles, certificates) = certificates(catalogue, definition, party.id);
    let roles: Vec<&str> =
        catalogue.facts(party.id, "catalog").filter_map(|record| cells::choice(record, "supplier_role")).collect();
    let told = indicators(catalogue, definition, party.id, as_of);
    Firm {
        controller,
        registered: row.and_then(|row| cells::region(row, "region")),
        registered_at: row
            .and_then(|row| cells::region(row, "registered_region"))
            .or_else(|| seat(catalogue, party.id, as_of)),
        sites: catalogue.facts(party.id, "site").filter_map(site).collect(),
        titles,
        certificates,
        is_trader: !roles.is_empty() && roles.iter().all(|role| *role == "trader"),
        risks: row.map(risks).unwrap_or_default(),
        revenue_fen: told.revenue.map(|(_, fen)| fen).or_else(|| row.and_then(|row| cells::fen(row, "revenue"))),
        revenue_year: told.revenue.map(|(year, _)| year),
        chain_sales_fen: told.chain_sales_fen,
        purchases_fen: told.purchases_fen,
        indicators: told.for_goals,
        ..named(catalogue, party.id)
    }
}

/// Lists what speaks against relying on a firm: its standing, and the warnings that its row names.
fn risks(row: &Record) -> Vec<Risk> {
    let warnings = cells::list(row, "risks");
    let named = cells::choice(row, "credit_status").into_iter().chain(warnings.iter().map(String::as_str));
    let risks: BTreeSet<Risk> = named.filter_map(Risk::parse).collect();
    risks.into_iter().collect()
}

/// Returns the code of the place that a firm's sites name as that of its registration.
fn seat(catalogue: &Catalogue, party: PartyId, as_of: Date) -> Option<String> {
    let sites = catalogue.facts(party, "site");
    let mut seats = sites.filter(|site| cells::choice(site, "site_type") == Some("registered"));
    seats.find(|site| cells::span(site).holds(as_of)).and_then(|site| cells::region(site, "region"))
}

fn site(record: &Record) -> Option<Site> {
    Some(Site {
        region: cells::region(record, "region")?,
        products: cells::list(record, "products"),
        is_production: cells::choice(record, "site_type").is_none_or(|kind| kind == "production"),
        span: cells::span(record),
    })
}

/// Separates a firm's titles of tiers from its other certificates.
fn certificates(catalogue: &Catalogue, definition: &Definition, party: PartyId) -> (Vec<Title>, Vec<Certificate>) {
    let (mut titles, mut others) = (Vec::new(), Vec::new());
    for record in catalogue.facts(party, "certificate") {
        let Some(Value::Certificates(names)) = record.value("type") else { continue };
        let span = Span { from: cells::date(record, "issued"), until: cells::last_day(record) };
        let status = cells::choice(record, "status");
        if status == Some("revoked") {
            continue;
        }
        let is_suspended = status == Some("suspended");
        for name in names.iter().flatten() {
            match definition.certificates.by_name(name).and_then(|certificate| certificate.tier) {
                Some(tier) => titles.push(Title { tier, span, is_suspended }),
                None if is_suspended => {}
                None => others.push(Certificate { name: name.clone(), span }),
            }
        }
    }
    (titles, others)
}

/// What a firm's indicators of whole years before a day tell.
#[derive(Default)]
struct Told {
    /// The last revenue with its year, in fen.
    revenue: Option<(i16, i64)>,
    /// The sales to key chains of that year, in fen.
    chain_sales_fen: Option<i64>,
    /// What was bought in all, by year, in fen.
    purchases_fen: BTreeMap<i16, i64>,
    /// The values of each indicator that a goal asks for, by year.
    for_goals: BTreeMap<String, BTreeMap<i16, Option<Fraction>>>,
}

fn indicators(catalogue: &Catalogue, definition: &Definition, party: PartyId, as_of: Date) -> Told {
    let mut rows: Vec<(i16, &str, &Record)> = Vec::new();
    for record in catalogue.facts(party, "indicator") {
        let Some(Span { from: Some(from), until: Some(until) }) = cells::period(record, "period") else { continue };
        let is_year = from.year() == until.year() && from.month() == 1 && until.month() == 12;
        if let Some(name) = cells::choice(record, "name").filter(|_| is_year && until < as_of) {
            rows.push((from.year(), name, record));
        }
    }
    // Later years stand for earlier ones.
    rows.sort_by_key(|(year, name, _)| (*year, *name));
    let (mut told, mut sales) = (Told::default(), None);
    for (year, name, record) in rows {
        let fen = indicator_fen(record);
        match name {
            "revenue" => told.revenue = fen.map(|fen| (year, fen)).or(told.revenue),
            "chain_sales" => sales = fen.map(|fen| (year, fen)).or(sales),
            "purchases" => told.purchases_fen.extend(fen.map(|fen| (year, fen))),
            _ => {}
        }
        if let Some(goal) = definition.goals.iter().find(|goal| goal.indicator == name) {
            let of_name = told.for_goals.entry(name.to_owned()).or_default();
            of_name.insert(year, indicator_value(record, goal.unit));
        }
    }
    let of_same_year = |(year, _): &(i16, i64)| told.revenue.is_none_or(|(of, _)| of == *year);
    told.chain_sales_fen = sales.filter(of_same_year).map(|(_, fen)| fen);
    told
}

/// Reads an indicator that a goal asks for; none is below 0. A percentage without any sign is one of a hundred; up to 1 it
/// may as well be a fraction, and is not known. A count is whole, and of no money.
fn indicator_value(record: &Record, unit: GoalUnit) -> Option<Fraction> {
    let Some(Value::Number(number)) = record.value("value") else { return None };
    let value = number.point().filter(|value| *value >= 0.0)?;
    let is_percentage = is_percentage(record.raw("value"));
    match (unit, record.raw("unit").trim()) {
        (GoalUnit::Count, unit) => {
            let is_count = !is_percentage && value.fract() == 0.0 && COUNTED.contains(&unit);
            cells::fraction(value).filter(|_| is_count)
        }
        (GoalUnit::Percent, _) if is_percentage => cells::fraction(value),
        (GoalUnit::Percent, "%" | "\u{ff05}" | "百分比" | "百分点") => cells::fraction(value / 100.0),
        (GoalUnit::Percent, "") if value == 0.0 || value > 1.0 => cells::fraction(value / 100.0),
        (GoalUnit::Percent, _) => None,
    }
}

fn indicator_fen(record: &Record) -> Option<i64> {
    let Some(Value::Number(number)) = record.value("value").filter(|_| !is_percentage(record.raw("value"))) else {
        return None;
    };
    let factor = match record.raw("unit").trim() {
        "" | "万元" => 1.0,
        "元" => 0.000_1,
        "亿元" => 10_000.0,
        _ => return None,
    };
    cells::whole(number.point()? * factor, FEN_PER_WAN)
}

/// Lists who leads which chain.
pub(super) fn leaders(catalogue: &Catalogue, strangers: &mut Strangers<'_>) -> Vec<Leader> {
    let leader = |record: &Record| {
        Some(Leader {
            party: strangers.firm(record, "party")?,
            chain: cells::text(record, "chain")?,
            role: match cells::choice(record, "leader_type") {
                Some("potential") => LeaderRole::Potential,
                Some("core") => LeaderRole::Core,
                _ => LeaderRole::Leader,
            },
            span: cells::span(record),
        })
    };
    live(catalogue, "chain_leader").filter_map(leader).collect()
}

/// Finds the one party that a cell names.
pub(super) fn party(catalogue: &Catalogue, record: &Record, column: &str) -> Option<PartyId> {
    catalogue.parties().only(record.raw(column))
}

/// Lists the records by which firms say what they can make or sell: open rows of catalogues, and their own rows.
pub(super) fn offering(catalogue: &Catalogue, as_of: Date) -> impl Iterator<Item = &Record> {
    live(catalogue, "catalog").filter(move |record| is_on_offer(record, as_of)).chain(live(catalogue, "party"))
}

/// Says whether a row of a catalogue is on offer.
pub(super) fn is_on_offer(record: &Record, as_of: Date) -> bool {
    record.is_listed() && record.state(as_of) == State::Open
}

/// Lists what a record says that its firm can make or sell.
pub(super) fn capabilities(
    catalogue: &Catalogue,
    definition: &Definition,
    placing: &Placing<'_>,
    record: &Record,
) -> Vec<Capability> {
    let Some(firm) = catalogue.party_of(record) else { return Vec::new() };
    if record.kind.as_str() != "party" {
        return offers(definition, placing, record, firm);
    }
    if !makes_things(record) {
        return Vec::new();
    }
    let products = cells::list(record, "products").into_iter().flat_map(|name| placing.titles(&name));
    let of_product = |product| Capability { product: Some(product), ..told(record, firm) };
    let of_link = cells::link(record).map(|link| Capability { link: Some(link), ..told(record, firm) });
    products.map(of_product).chain(of_link).collect()
}

/// Says whether a party's row may tell of products that it makes; a university's are what it studies.
fn makes_things(record: &Record) -> bool {
    match record.value("roles") {
        Some(Value::List(roles)) => roles.iter().any(|role| role == "enterprise"),
        _ => true,
    }
}

/// Builds a capability of which only the record and the firm are known.
fn told(record: &Record, firm: PartyId) -> Capability {
    Capability {
        record: record.id.clone(),
        firm,
        product: None,
        link: None,
        capacity: None,
        levels: Vec::new(),
        origin: None,
        is_traded: false,
        span: Span::ALWAYS,
    }
}

/// Lists the grades that a row of a catalogue names.
fn levels(definition: &Definition, record: &Record) -> Vec<String> {
    let texts = ["title", "product", "spec", "technical"].map(|column| normalise(record.raw(column)));
    let grades: BTreeSet<&str> = texts.iter().flat_map(|text| definition.grades.find_all(text)).collect();
    grades.into_iter().map(str::to_owned).collect()
}

/// Lists what a row of a catalogue offers on the graph: by the first of its names that stands there, or by its link alone.
fn offers(definition: &Definition, placing: &Placing<'_>, record: &Record, firm: PartyId) -> Vec<Capability> {
    let link = cells::link(record);
    let products = names_of(record).iter().map(|name| placing.titles(name)).find(|titles| !titles.is_empty());
    let offer = |product: Option<String>| Capability {
        product,
        link: link.clone(),
        capacity: cells::quantity(record, "capacity"),
        levels: levels(definition, record),
        origin: cells::origin(record),
        is_traded: cells::choice(record, "supplier_role") == Some("trader"),
        span: cells::span(record),
        ..told(record, firm)
    };
    match products {
        Some(titles) => titles.into_iter().map(|title| offer(Some(title))).collect(),
        None => link.is_some().then(|| offer(None)).into_iter().collect(),
    }
}
