//! The supply chains as matching sees them: the graph of products, who supplies which link, and which links lack somebody.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::catalogue::TrackRecords;
use crate::chain::{
    Area, Basis, ChainId, Finding as Found, Flow, LinkId, Market, ProductId, RECENT_MONTHS, SURVEY_YEARS, Scope, Survey,
};
use crate::definition::{Regions, Titles};
use crate::matching::kinship::{KnownKin, Products};
use crate::matching::names::Names;
use crate::model::PartyId;

/// What it is worth that the supplier serves the wanted link already, and that it serves another link of the chain.
const SERVES_LINK: u64 = 10_000;
const SERVES_CHAIN: u64 = 8_000;
/// What it is worth to come where a survey found nobody, and where it found too few.
const FILLS_MISSING: u64 = 10_000;
const FILLS_WEAK: u64 = 8_000;

/// A market with what was found out of names in its graph, to be kept as long as the market is.
#[derive(Default)]
pub struct NamedMarket {
    market: Market,
    names: Names,
    kin: Arc<KnownKin>,
    records: Arc<TrackRecords>,
}

impl NamedMarket {
    /// Takes a market of which nothing was asked yet, and the track records of those in it.
    pub fn new(market: Market, records: Arc<TrackRecords>) -> Self {
        Self { market, records, ..Self::default() }
    }
}

/// A market, ready to find names in its graph.
pub struct Chains<'g> {
    /// The market.
    pub(super) market: &'g Market,
    /// The graph.
    pub(super) products: Products<'g>,
    /// Product names, with where they stand in the graph.
    pub(super) names: &'g Names,
    /// What came of what firms supplied.
    pub(super) records: &'g TrackRecords,
}

/// A supply that brings a firm close to wanted links.
#[derive(Clone, Copy)]
pub(super) struct Served<'g> {
    /// What it is worth.
    pub worth: u64,
    /// The supply.
    pub flow: &'g Flow,
    /// The chain that it serves.
    pub chain: ChainId,
    /// The link that it serves, a wanted one if there is one; unknown where only the chain is told.
    pub link: Option<LinkId>,
}

impl Served<'_> {
    /// Says whether it serves a wanted link, and not only its chain.
    pub(super) fn is_of_link(&self) -> bool {
        self.worth == SERVES_LINK
    }
}

impl<'g> Chains<'g> {
    /// Prepares a market. O(names).
    pub fn new(named: &'g NamedMarket, titles: &'g Titles) -> Self {
        let NamedMarket { market, names, kin, records } = named;
        Self { market, products: Products::with_kin(market.graph(), titles, kin), names, records }
    }

    /// Lists the links of some products.
    pub(super) fn links(&self, products: impl Iterator<Item = ProductId>) -> BTreeSet<LinkId> {
        products.flat_map(|product| self.market.links_of(product)).copied().collect()
    }

    /// Finds the supply that brings a firm closest to some links: one to a link, else one to a chain of theirs.
    pub(super) fn serves(
        &self,
        party: PartyId,
        links: &BTreeSet<LinkId>,
        regions: &Regions,
        as_of: Date,
    ) -> Option<Served<'g>> {
        let market = self.market;
        let chains: BTreeSet<ChainId> = links.iter().map(|link| market.link(*link).chain).collect();
        let nowhere = Area { label: String::new(), codes: Vec::new() };
        let scope = Scope { regions, area: &nowhere, as_of, basis: Basis::Production, recent_months: RECENT_MONTHS };
        let live = market.flows_from(market.find_firm(party)?).filter(|flow| scope.is_live_flow(market, flow));
        let served = |flow: &'g Flow| {
            let chain_of = |link: &LinkId| market.link(*link).chain;
            if let Some(link) = flow.links.iter().find(|link| links.contains(link)) {
                return Some(Served { worth: SERVES_LINK, flow, chain: chain_of(link), link: Some(*link) });
            }
            let of_chain = flow.links.iter().find(|link| chains.contains(&chain_of(link)));
            let chain = of_chain.map(chain_of).or(flow.chain.filter(|chain| chains.contains(chain)))?;
            Some(Served { worth: SERVES_CHAIN, flow, chain, link: of_chain.copied() })
        };
        // The better proved of several.
        live.filter_map(served).max_by_key(|served| (served.worth, served.flow.supply.evidence))
    }

    /// Finds the newest survey of some links that looked where a place is, and found nobody or too few.
    pub(super) fn lacks(
        &self,
        links: &BTreeSet<LinkId>,
        place: &str,
        regions: &Regions,
        as_of: Date,
    ) -> Option<(u64, LinkId, &'g Survey)> {
        let market = self.market;
        let oldest = as_of.checked_sub(jiff::Span::new().years(SURVEY_YEARS)).ok()?;
        let of_link = |link: &LinkId| {
            let surveys = market.link(*link).surveys.iter();
            let mut telling = surveys.filter(|survey| {
                let is_there = regions.within(place, &survey.region);
                survey.finding != Found::Partial && is_there && (oldest..=as_of).contains(&survey.date)
            });
            let survey = telling.next_back()?;
            match survey.finding {
                Found::Nobody => Some((FILLS_MISSING, *link, survey)),
                Found::Weak => Some((FILLS_WEAK, *link, survey)),
                Found::Somebody | Found::Partial => None,
            }
        };
        links.iter().filter_map(of_link).max_by_key(|(worth, link, _)| (*worth, std::cmp::Reverse(*link)))
    }
}
