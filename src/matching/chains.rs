//! The supply chains as matching sees them: the graph of products, who supplies which link, and which links lack somebody.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::chain::{Area, Basis, Finding as Found, Flow, LinkId, Market, ProductId, RECENT_MONTHS, Scope, Survey};
use crate::definition::Regions;
use crate::matching::kinship::Products;
use crate::matching::names::Names;
use crate::model::PartyId;

/// What it is worth that the supplier serves the wanted link already, and that it serves another link of the chain.
const SERVES_LINK: u64 = 10_000;
const SERVES_CHAIN: u64 = 8_000;
/// What it is worth to come where a survey found nobody, and where it found too few.
const FILLS_MISSING: u64 = 10_000;
const FILLS_WEAK: u64 = 8_000;
/// A survey tells how things are for so many years.
const SURVEY_YEARS: i16 = 2;

/// A market, ready to find names in its graph.
pub struct Chains<'g> {
    /// The market.
    pub(super) market: &'g Market,
    /// The graph.
    pub(super) products: Products<'g>,
    /// Product names, with where they stand in the graph.
    pub(super) names: Names,
}

impl<'g> Chains<'g> {
    /// Prepares a market. O(names).
    pub fn new(market: &'g Market) -> Self {
        Self { market, products: Products::new(market.graph()), names: Names::default() }
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
    ) -> Option<(u64, &'g Flow)> {
        let market = self.market;
        let chains: BTreeSet<_> = links.iter().map(|link| market.link(*link).chain).collect();
        let nowhere = Area { label: String::new(), codes: Vec::new() };
        let scope = Scope { regions, area: &nowhere, as_of, basis: Basis::Production, recent_months: RECENT_MONTHS };
        let live = market.flows_from(market.find_firm(party)?).filter(|flow| scope.is_live_flow(market, flow));
        let worth = |flow: &Flow| {
            let is_of_chain = |link: &LinkId| chains.contains(&market.link(*link).chain);
            if flow.links.iter().any(|link| links.contains(link)) {
                Some(SERVES_LINK)
            } else if flow.links.iter().any(is_of_chain) || flow.chain.is_some_and(|chain| chains.contains(&chain)) {
                Some(SERVES_CHAIN)
            } else {
                None
            }
        };
        let found = live.filter_map(|flow| Some((worth(flow)?, flow)));
        // The better proved of several.
        found.max_by_key(|(worth, flow)| (*worth, flow.supply.evidence))
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
