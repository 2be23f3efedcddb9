//! The graph's part of the facts: chains, links, products and inputs from the declaration and from records. A user's
//! chain with the code, title or other name of a declared one replaces it; a user's link of a declared chain tells more of
//! the declared one of that code or title, and a user's product of the title of a declared one adds to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::chain::{Chain, Facts, Finding, Input, Level, Link, LinkName, Position, Product, Span, Survey};
use crate::engine::chains::cells;
use crate::model::{Record, Value};
use crate::normal::key;

/// A link counts once where nothing else is told.
pub(super) const WEIGHT_THOUSANDTHS: u32 = 1_000;

/// Adds the chains, links, products, inputs and surveys of the catalogue to declared ones.
pub(super) fn gather(catalogue: &Catalogue, declared: Facts) -> Facts {
    let mut chains: Vec<Chain> = live(catalogue, "chain").map(chain).collect();
    let (mut facts, gone) = without_chains(declared, &chains);
    for former in &gone {
        let is_heir = |chain: &Chain| {
            let own = [key(&chain.code), key(&chain.title)];
            names(former).any(|name| own.contains(&key(name)))
        };
        // Who replaces a chain answers to its names.
        if let Some(heir) = chains.iter_mut().find(|chain| is_heir(chain)) {
            heir.aliases.extend(names(former).cloned());
        }
    }
    for chain in &mut chains {
        let own = [key(&chain.code), key(&chain.title)];
        chain.aliases.retain(|alias| !own.contains(&key(alias)));
        chain.aliases.sort_unstable();
        chain.aliases.dedup();
    }
    facts.chains.extend(chains);
    facts.links = joined(&facts.chains, std::mem::take(&mut facts.links), live(catalogue, "chain_link"));
    let products = live(catalogue, "product").map(product).collect();
    facts.products = merged(std::mem::take(&mut facts.products), products);
    facts.inputs.extend(live(catalogue, "product_input").filter_map(input));
    facts.surveys.extend(live(catalogue, "link_survey").filter_map(survey));
    facts
}

/// Lists the records of a kind that are not withdrawn.
pub(super) fn live<'a>(catalogue: &'a Catalogue, kind: &str) -> impl Iterator<Item = &'a Record> {
    catalogue.records_of_kind(kind).filter(|record| record.withdrawn.is_none())
}

/// Takes out declared chains whose code, title or other name a user has taken, with their links, and returns them; their
/// products stay, since what is made of what does not depend on who draws the chain.
fn without_chains(mut declared: Facts, told: &[Chain]) -> (Facts, Vec<Chain>) {
    let taken: BTreeSet<String> = told.iter().flat_map(|chain| [key(&chain.code), key(&chain.title)]).collect();
    let is_replaced = |chain: &Chain| names(chain).any(|name| taken.contains(&key(name)));
    let gone: Vec<Chain> = declared.chains.extract_if(.., |chain| is_replaced(chain)).collect();
    let codes: BTreeSet<&str> = gone.iter().map(|chain| chain.code.as_str()).collect();
    declared.links.retain(|link| !codes.contains(link.chain.as_str()));
    let is_gone = |name: &LinkName| name.chain.as_deref().is_some_and(|chain| codes.contains(chain));
    declared.products.iter_mut().for_each(|product| product.links.retain(|name| !is_gone(name)));
    (declared, gone)
}

/// Puts what rows tell of links of declared chains in their place, under their codes; what a row does not tell stays as
/// it is declared.
fn joined<'r>(chains: &[Chain], declared: Vec<Link>, told: impl Iterator<Item = &'r Record>) -> Vec<Link> {
    let codes: BTreeMap<String, &str> =
        chains.iter().flat_map(|chain| names(chain).map(|name| (key(name), chain.code.as_str()))).collect();
    let chain_of = |name: &str| codes.get(&key(name)).map_or_else(|| name.to_owned(), |code| (*code).to_owned());
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (place, link) in declared.iter().enumerate() {
        for name in [&link.code, &link.title] {
            places.insert((chain_of(&link.chain), key(name)), place);
        }
    }
    let mut links = declared;
    for record in told {
        let Some(new) = link(record) else { continue };
        let chain = chain_of(&new.chain);
        let known = [&new.code, &new.title].into_iter().find_map(|name| places.get(&(chain.clone(), key(name))));
        match known.and_then(|place| links.get_mut(*place)) {
            Some(former) => *former = add_link(record, former.clone()),
            None => links.push(new),
        }
    }
    links
}

/// Lists all names of a chain.
fn names(chain: &Chain) -> impl Iterator<Item = &String> {
    [&chain.code, &chain.title].into_iter().chain(&chain.aliases)
}

fn chain(record: &Record) -> Chain {
    let title = record.title().trim().to_owned();
    Chain {
        code: cells::text(record, "code").unwrap_or_else(|| title.clone()),
        title,
        aliases: cells::list(record, "aliases"),
        level: cells::choice(record, "level").and_then(level),
        region: cells::region(record, "region"),
        is_key: cells::flag(record, "key").unwrap_or(false),
        span: cells::span(record),
        is_draft: false,
    }
}

/// Every level with its declared name.
const LEVELS: [(Level, &str); 4] =
    [(Level::National, "national"), (Level::Province, "province"), (Level::City, "city"), (Level::County, "county")];

/// Reads the declared name of a level.
pub(super) fn level(name: &str) -> Option<Level> {
    LEVELS.iter().find(|(_, known)| *known == name).map(|(level, _)| *level)
}

/// Returns the declared name of a level.
pub(super) fn level_name(level: Level) -> &'static str {
    LEVELS.iter().find(|(known, _)| *known == level).map_or("", |(_, name)| name)
}

/// Lists the codes of the chains that users' tables brought.
pub(super) fn told_chains(catalogue: &Catalogue) -> BTreeSet<String> {
    live(catalogue, "chain").map(|record| chain(record).code).collect()
}

/// Builds a link of which a row tells all that is known.
fn link(record: &Record) -> Option<Link> {
    let title = record.title().trim().to_owned();
    let bare = Link {
        chain: cells::text(record, "chain")?,
        code: cells::text(record, "code").unwrap_or_else(|| title.clone()),
        title: String::new(),
        position: None,
        is_essential: true,
        weight_thousandths: WEIGHT_THOUSANDTHS,
        or_group: None,
        demand: None,
        level_min: None,
        required_certificates: Vec::new(),
        span: Span::ALWAYS,
    };
    Some(add_link(record, bare))
}

/// Adds what a row tells to a link.
fn add_link(record: &Record, former: Link) -> Link {
    let certificates = match record.value("required_certificates") {
        // Of alternatives none is required by itself.
        Some(Value::Certificates(all)) => all.iter().filter(|any| any.len() == 1).flatten().cloned().collect(),
        _ => former.required_certificates,
    };
    let span = cells::span(record);
    Link {
        title: record.title().trim().to_owned(),
        position: cells::choice(record, "position").and_then(position).or(former.position),
        is_essential: cells::flag(record, "essential").unwrap_or(former.is_essential),
        weight_thousandths: cells::thousandths(record, "weight").unwrap_or(former.weight_thousandths),
        or_group: cells::text(record, "or_group").or(former.or_group),
        demand: cells::quantity(record, "annual_demand").or(former.demand),
        level_min: cells::text(record, "grade_min").or(former.level_min),
        required_certificates: certificates,
        span: Span { from: span.from.or(former.span.from), until: span.until.or(former.span.until) },
        ..former
    }
}

/// Reads the declared name of a position.
pub(super) fn position(name: &str) -> Option<Position> {
    Some(match name {
        "upstream" => Position::Upstream,
        "midstream" => Position::Midstream,
        "downstream" => Position::Downstream,
        "support" => Position::Support,
        _ => return None,
    })
}

fn product(record: &Record) -> Product {
    let chain = cells::text(record, "chain");
    let links = cells::list(record, "link").into_iter().map(|link| LinkName { chain: chain.clone(), link });
    Product {
        title: record.title().trim().to_owned(),
        code: cells::text(record, "code"),
        links: links.collect(),
        synonyms: cells::list(record, "synonyms"),
        narrower: cells::list(record, "narrower"),
        near: cells::list(record, "near"),
        grades: cells::list(record, "grades"),
        is_final: false,
    }
}

/// Joins products of one title, in the order in which titles first appear.
fn merged(declared: Vec<Product>, told: Vec<Product>) -> Vec<Product> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<Product> = Vec::with_capacity(declared.len() + told.len());
    for product in declared.into_iter().chain(told) {
        let place = *places.entry(key(&product.title)).or_insert(all.len());
        match all.get_mut(place) {
            Some(former) => add(former, product),
            None => all.push(product),
        }
    }
    all
}

fn add(former: &mut Product, other: Product) {
    fn join<T: PartialEq>(all: &mut Vec<T>, others: Vec<T>) {
        for other in others {
            if !all.contains(&other) {
                all.push(other);
            }
        }
    }
    former.code = former.code.take().or(other.code);
    join(&mut former.links, other.links);
    join(&mut former.synonyms, other.synonyms);
    join(&mut former.narrower, other.narrower);
    join(&mut former.near, other.near);
    join(&mut former.grades, other.grades);
    former.is_final |= other.is_final;
}

fn input(record: &Record) -> Option<Input> {
    Some(Input {
        product: cells::text(record, "product")?,
        input: cells::text(record, "input")?,
        or_group: cells::text(record, "or_group"),
        is_optional: cells::flag(record, "essential") == Some(false),
        span: cells::span(record),
    })
}

fn survey(record: &Record) -> Option<Survey> {
    let finding = match cells::choice(record, "finding") {
        Some("none") => Finding::Nobody,
        Some("weak") => Finding::Weak,
        Some("some") => Finding::Somebody,
        Some(_) => Finding::Partial,
        // How many were found tells it as well.
        None => match cells::count(record, "supplier_count") {
            Some(0) => Finding::Nobody,
            Some(_) => Finding::Somebody,
            None => Finding::Partial,
        },
    };
    Some(Survey {
        link: cells::link(record)?,
        region: cells::region(record, "region")?,
        date: cells::date(record, "date")?,
        finding,
        n_suppliers: cells::count(record, "supplier_count"),
    })
}
