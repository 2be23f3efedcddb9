//! Where names and firms stand in the chains: products of postings on the graph, and the links of a party.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::catalogue::Catalogue;
use crate::chain::{
    Area, Basis, Evidence, LinkId, Market, Placed, Placement, RECENT_MONTHS, Reason, Scope, links_of_firm,
};
use crate::definition::Definition;
use crate::engine::Engine;
use crate::engine::chains::placing::{self, Placing};
use crate::engine::chains::strangers::Strangers;
use crate::engine::chains::{declared, firms, graph, products, supplies};
use crate::error::Result;
use crate::model::{Moment, Party, PartyId, Record, RecordId};
use crate::text::Segmenter;

impl Engine {
    /// Lists the links of a party (`入链`).
    ///
    /// # Complexity
    /// O(products + supplies + the party's records).
    pub fn party_links(&self, party: PartyId, moment: &Moment) -> Vec<PartyLink> {
        let catalogue = self.snapshot().catalogue;
        let Some(party) = catalogue.parties().get(catalogue.parties().canonical(party)) else { return Vec::new() };
        party_links(&self.definition, self.segmenter(), &catalogue, party, moment.as_of)
    }

    /// Says where the product names of a record stand on the graph of products.
    pub fn placements(&self, record: &Record, moment: &Moment) -> Vec<NamePlace> {
        let names = placing::named(record);
        if names.is_empty() {
            return Vec::new();
        }
        let catalogue = self.snapshot().catalogue;
        let market =
            Market::build(products::gather(&catalogue, declared::facts(&self.definition.chains)), moment.as_of);
        let placing = Placing::new(market.graph(), self.segmenter(), &self.definition.titles);
        names.into_iter().map(|name| NamePlace::new(&market, &placing.placed(&name), name)).collect()
    }

    /// Lists the names of products in open rows of catalogues and in firms' own rows that stand nowhere on the graph, of one
    /// chain's firms or of all, those that most rows have first.
    ///
    /// # Errors
    /// [`Error::Request`](crate::Error::Request) for an unknown chain.
    ///
    /// # Complexity
    /// As [`chain_book`](Self::chain_book).
    pub fn unplaced(&self, chain: Option<&str>, moment: &Moment) -> Result<Vec<Unplaced>> {
        let book = self.chain_book(moment);
        let chain = chain.map(|name| book.find_chain(name)).transpose()?;
        let catalogue = self.snapshot().catalogue;
        let mut placing = Placing::new(book.market.graph(), self.segmenter(), &self.definition.titles);
        placing.learn(&catalogue);
        let is_meant = |record: &&Record| {
            chain.is_none_or(|chain| book.market.find_chain(record.raw("chain").trim()) == Some(chain))
        };
        let mut found: BTreeMap<String, Unplaced> = BTreeMap::new();
        for record in firms::offering(&catalogue, moment.as_of).filter(is_meant) {
            let is_placed = record.kind.as_str() != "party"
                && !firms::capabilities(&catalogue, &self.definition, &placing, record).is_empty();
            for name in placing::named(record).into_iter().filter(|_| !is_placed) {
                let Placed::Nowhere(nearest) = placing.placed(&name) else { continue };
                let title = |one: &Placement| book.market.graph().title(one.product).to_owned();
                let new = || Unplaced {
                    name: name.clone(),
                    n_records: 0,
                    example: record.id.clone(),
                    nearest: nearest.iter().map(title).collect(),
                };
                found.entry(name.clone()).or_insert_with(new).n_records += 1;
            }
        }
        let mut all: Vec<Unplaced> = found.into_values().collect();
        all.sort_by(|left, right| right.n_records.cmp(&left.n_records).then_with(|| left.name.cmp(&right.name)));
        Ok(all)
    }
}

/// A link, by code and title, and its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPlace {
    /// The chain's code.
    pub chain: String,
    /// The chain's title.
    pub chain_title: String,
    /// The link's code.
    pub link: String,
    /// The link's title.
    pub link_title: String,
}

/// A link of a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyLink {
    /// The link.
    pub place: LinkPlace,
    /// How well it is proved that the party supplies it; absent where it only says that it can.
    pub evidence: Option<Evidence>,
}

/// Where a name stands on the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePlace {
    /// The name.
    pub name: String,
    /// Whether it stands for the products; else they are what it might mean.
    pub is_placed: bool,
    /// The products.
    pub products: Vec<ProductPlace>,
}

/// A product for which a name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductPlace {
    /// Its title.
    pub title: String,
    /// The links that make it.
    pub links: Vec<LinkPlace>,
    /// Why.
    pub reason: Reason,
    /// The product's name or words that were found.
    pub found: String,
}

/// A name that stands nowhere on the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// The name.
    pub name: String,
    /// How many records have it.
    pub n_records: usize,
    /// The first of them.
    pub example: RecordId,
    /// The products that it might mean.
    pub nearest: Vec<String>,
}

impl NamePlace {
    fn new(market: &Market, placed: &Placed, name: String) -> Self {
        let (is_placed, found) = match placed {
            Placed::On(found) => (true, found),
            Placed::Nowhere(nearest) => (false, nearest),
        };
        let product = |one: &Placement| ProductPlace {
            title: market.graph().title(one.product).to_owned(),
            links: market.links_of(one.product).iter().map(|link| place(market, *link)).collect(),
            reason: one.reason,
            found: one.found.clone(),
        };
        Self { name, is_placed, products: found.iter().map(product).collect() }
    }
}

/// Lists the links of a party (`入链`), each with the best evidence; none for what it only offers.
fn party_links(
    definition: &Definition,
    segmenter: &Segmenter,
    catalogue: &Catalogue,
    party: &Party,
    as_of: Date,
) -> Vec<PartyLink> {
    let mut facts = products::gather(catalogue, declared::facts(&definition.chains));
    let graph = graph(&facts, as_of);
    let placing = Placing::new(&graph, segmenter, &definition.titles);
    let offering = catalogue.facts(party.id, "catalog").filter(|record| firms::is_on_offer(record, as_of));
    let records = offering.chain(catalogue.facts(party.id, "party"));
    facts.capabilities =
        records.flat_map(|record| firms::capabilities(catalogue, definition, &placing, record)).collect();
    let mut strangers = Strangers::new(catalogue);
    let supplies =
        supplies::gather(definition, catalogue, &mut strangers, &|name| placing.titles(name).into_iter().next());
    facts.supplies = supplies.into_iter().filter(|supply| supply.supplier == party.id).collect();
    facts.firms = vec![firms::firm(catalogue, definition, party, party.id, as_of)];
    let buyers: BTreeSet<PartyId> = facts.supplies.iter().filter_map(|supply| supply.buyer).collect();
    let others = buyers.into_iter().filter(|buyer| *buyer != party.id && Strangers::is_known(*buyer));
    facts.firms.extend(others.map(|id| firms::named(catalogue, id)));
    facts.firms.extend(strangers.firms());
    let market = Market::build(facts, as_of);
    let area = Area { label: String::new(), codes: Vec::new() };
    let (regions, basis, recent_months) = (&definition.regions, Basis::Production, RECENT_MONTHS);
    let scope = Scope { regions, area: &area, as_of, basis, recent_months };
    let links = market.find_firm(party.id).map(|firm| links_of_firm(&market, &scope, firm)).unwrap_or_default();
    let named = links.into_iter().map(|(link, evidence)| PartyLink { place: place(&market, link), evidence });
    named.collect()
}

/// Names a link and its chain.
fn place(market: &Market, link: LinkId) -> LinkPlace {
    let node = market.link(link);
    let chain = &market.chain(node.chain).chain;
    LinkPlace {
        chain: chain.code.clone(),
        chain_title: chain.title.clone(),
        link: node.link.code.clone(),
        link_title: node.link.title.clone(),
    }
}
