//! What is live and what is local: the questions that every rate asks of every supply.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::chain::graph::{Graph, ProductId};
use crate::chain::market::{FirmId, FirmNode, Flow, LinkId, Market, Offer};
use crate::chain::model::{Evidence, Finding, Site, Supply, Survey};
use crate::chain::neighbours::KIND_LEVELS_MAX;
use crate::chain::rate::{Area, Basis, Verdict};
use crate::definition::Regions;

/// The day, the area and how they are read; every rate is one of a scope.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// All places.
    pub regions: &'a Regions,
    /// What is local.
    pub area: &'a Area,
    /// The day on which the rate holds.
    pub as_of: Date,
    /// By which place a supply is local.
    pub basis: Basis,
    /// A supply counts as live for so many months behind its last delivery.
    pub recent_months: u32,
}

/// Months for which a supply counts as live behind its last delivery, unless told otherwise.
pub const RECENT_MONTHS: u32 = 12;

/// A survey tells how things are for so many years.
pub const SURVEY_YEARS: i64 = 2;

/// Where what a firm supplies comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whereabouts {
    /// It is made in the area.
    Local,
    /// Nobody knows where it is made.
    Unknown,
    /// A trader in the area sells it; where it is made, nobody told or is not in the area.
    LocalTrade,
    /// It is made elsewhere.
    Outside,
}

impl Whereabouts {
    /// Says whether it counts as local.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Local => Verdict::Yes,
            Self::Unknown => Verdict::Unknown,
            Self::LocalTrade | Self::Outside => Verdict::No,
        }
    }

    /// Says in words what is not obvious.
    pub fn label(self, basis: Basis) -> &'static str {
        match (self, basis) {
            (Self::Local, Basis::Production) => "本地生产",
            (Self::Unknown, Basis::Production) => "生产地不明",
            (Self::Local, Basis::Registered) => "注册地在本地",
            (Self::Unknown, Basis::Registered) => "注册地不明",
            (Self::LocalTrade, _) => "本地贸易，非本地生产",
            (Self::Outside, _) => "外地",
        }
    }
}

impl Scope<'_> {
    /// Says whether a place lies in the area; `None` for a code that is no place, and for a place of which only a part
    /// lies in it. What is abroad lies in no area.
    pub fn covers(&self, code: &str) -> Option<bool> {
        let codes = || self.area.codes.iter();
        match self.regions.knows(code) {
            _ if code == Regions::ABROAD => Some(false),
            true if codes().any(|outer| self.regions.within(code, outer)) => Some(true),
            true if !codes().any(|inner| self.regions.within(inner, code)) => Some(false),
            _ => None,
        }
    }

    /// Says whether a supply is live on the day. See [`Supply::span`].
    pub fn is_live(&self, supply: &Supply) -> bool {
        let delivered = supply.last_delivery.or_else(|| match supply.span {
            None => supply.period.and_then(|period| period.until),
            Some(_) => None,
        });
        let is_undated = supply.span.is_none() && supply.period.is_none() && supply.last_delivery.is_none();
        let holds = supply.span.or(supply.period).is_some_and(|span| span.holds(self.as_of));
        let since = || self.as_of.checked_sub(i64::from(self.recent_months).months()).unwrap_or(Date::MIN);
        is_undated || holds || delivered.is_some_and(|day| day <= self.as_of && since() <= day)
    }

    /// Says whether a firm is still there on the day.
    pub fn is_there(&self, firm: &FirmNode) -> bool {
        firm.firm.gone_since.is_none_or(|gone| self.as_of < gone)
    }

    /// Says whether a supply is live between firms that are both there.
    pub fn is_live_flow(&self, market: &Market, flow: &Flow) -> bool {
        self.is_live(&flow.supply)
            && self.is_there(market.firm(flow.supplier))
            && flow.buyer.is_none_or(|buyer| self.is_there(market.firm(buyer)))
    }

    /// Says whether a supply is live and proved so well at least.
    pub fn counts(&self, market: &Market, flow: &Flow, evidence: Evidence) -> bool {
        flow.supply.evidence >= evidence && self.is_live_flow(market, flow)
    }

    /// Says whether a capability is on offer on the day.
    pub fn is_live_offer(&self, market: &Market, offer: &Offer) -> bool {
        offer.capability.span.holds(self.as_of) && self.is_there(market.firm(offer.firm))
    }

    /// Says where a supply comes from.
    pub fn flow_from(&self, market: &Market, flow: &Flow) -> Whereabouts {
        self.made(market, flow.supplier, flow.product, flow.supply.origin.as_deref(), false)
    }

    /// Says where what is on offer comes from.
    pub fn offer_from(&self, market: &Market, offer: &Offer) -> Whereabouts {
        let capability = &offer.capability;
        self.made(market, offer.firm, offer.product, capability.origin.as_deref(), capability.is_traded)
    }

    fn made(
        &self,
        market: &Market,
        firm: FirmId,
        product: Option<ProductId>,
        origin: Option<&str>,
        is_traded: bool,
    ) -> Whereabouts {
        let node = market.firm(firm);
        if self.basis == Basis::Registered {
            return whereabouts(node.firm.seat().and_then(|code| self.covers(code)));
        }
        let registered = node.firm.registered.as_deref().and_then(|code| self.covers(code));
        match origin.map(|code| self.covers(code)) {
            Some(Some(true)) => return Whereabouts::Local,
            Some(Some(false)) if registered == Some(true) && (is_traded || node.firm.is_trader) => {
                return Whereabouts::LocalTrade;
            }
            Some(Some(false)) => return Whereabouts::Outside,
            // What is told of the goods goes first, even where it is too little.
            Some(None) => return Whereabouts::Unknown,
            None => {}
        }
        if is_traded || node.firm.is_trader {
            return match registered {
                Some(true) => Whereabouts::LocalTrade,
                Some(false) => Whereabouts::Outside,
                None => Whereabouts::Unknown,
            };
        }
        self.site_of(market.graph(), node, product).unwrap_or_else(|| whereabouts(registered))
    }

    /// Says where a firm makes a product: at the sites that name it or one of its kinds, else at those that name nothing,
    /// else at any; sites that disagree leave it unknown. `None` for a firm without sites in use.
    fn site_of(&self, graph: &Graph, node: &FirmNode, product: Option<ProductId>) -> Option<Whereabouts> {
        let in_use = |(site, _): &&(Site, Vec<ProductId>)| site.is_production && site.span.holds(self.as_of);
        let sites: Vec<&(Site, Vec<ProductId>)> = node.sites.iter().filter(in_use).collect();
        let makes = |made: &[ProductId]| {
            product.is_some_and(|product| {
                made.iter().any(|one| is_kind(graph, *one, product) || is_kind(graph, product, *one))
            })
        };
        let naming: Vec<&Site> = sites.iter().filter(|(_, made)| makes(made)).map(|(site, _)| site).collect();
        let silent: Vec<&Site> = sites.iter().map(|(site, _)| site).filter(|site| site.products.is_empty()).collect();
        let all: Vec<&Site> = sites.iter().map(|(site, _)| site).collect();
        let chosen = [naming, silent, all].into_iter().find(|sites| !sites.is_empty())?;
        let mut covered = chosen.iter().map(|site| self.covers(&site.region));
        let first = covered.next().flatten();
        Some(whereabouts(first.filter(|_| covered.all(|other| other == first))))
    }

    /// Says what those found who looked for suppliers of a link, if they have looked in the whole area by the day: the
    /// latest finding of each place, and the best of all places. Unfinished surveys prove nothing, nor do those of more
    /// than [`SURVEY_YEARS`] ago, and a later one of a larger place stands in for those inside.
    pub fn surveyed(&self, market: &Market, link: LinkId) -> Option<Finding> {
        let is_near = |survey: &&Survey| {
            let codes = self.area.codes.iter();
            codes
                .into_iter()
                .any(|code| self.regions.within(code, &survey.region) || self.regions.within(&survey.region, code))
        };
        let surveys = market.link(link).surveys.iter();
        let oldest = self.as_of.checked_sub(SURVEY_YEARS.years()).unwrap_or(Date::MIN);
        let finished = surveys.filter(|s| s.finding != Finding::Partial && (oldest..=self.as_of).contains(&s.date));
        let finished: Vec<&Survey> = finished.filter(is_near).collect();
        let is_covered = self.area.codes.iter().all(|code| self.is_surveyed(code, &finished));
        // Surveys stand by date, so that the last one of a place is the latest.
        let mut latest: BTreeMap<&str, Finding> = BTreeMap::new();
        for survey in &finished {
            latest.retain(|region, _| !self.regions.within(region, &survey.region));
            latest.insert(&survey.region, survey.finding);
        }
        latest.into_values().max().filter(|_| is_covered && !self.area.codes.is_empty())
    }

    fn is_surveyed(&self, code: &str, surveys: &[&Survey]) -> bool {
        if surveys.iter().any(|survey| self.regions.within(code, &survey.region)) {
            return true;
        }
        // Surveys of all cities make one of the province.
        let mut inside = self.regions.iter().filter(|region| region.parent == code).peekable();
        inside.peek().is_some() && inside.all(|region| self.is_surveyed(&region.code, surveys))
    }
}

fn whereabouts(is_local: Option<bool>) -> Whereabouts {
    match is_local {
        Some(true) => Whereabouts::Local,
        Some(false) => Whereabouts::Outside,
        None => Whereabouts::Unknown,
    }
}

/// Says whether a product is another or a kind of it.
pub(super) fn is_kind(graph: &Graph, product: ProductId, of: ProductId) -> bool {
    let mut level = vec![product];
    for _ in 0..=KIND_LEVELS_MAX {
        if level.contains(&of) {
            return true;
        }
        level = level.into_iter().flat_map(|product| graph.broader(product)).collect();
        level.sort_unstable();
        level.dedup();
    }
    false
}
