//! What the leaders of chains buy: the local share year by year and link by link, and how concentrated it is.

use crate::chain::{
    ChainId, Concentration, Direction, Evidence, FirmId, LinkId, Purchases, Rate, Scope, Span, concentration,
    last_year, local_purchase_series, local_purchases_by_link, purchases_told,
};
use crate::engine::chains::book::ChainBook;
use crate::model::PartyId;

/// Leaders' local purchases are told for so many years.
const YEARS: i16 = 3;

/// What a leader of a chain buys, beside the rate of the last year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaderPurchases {
    /// The chain's code.
    pub chain: String,
    /// The leader.
    pub leader: PartyId,
    /// Its name.
    pub name: String,
    /// The rate of each of the last years, oldest first; none where no supply tells of a period.
    pub years: Vec<(i16, Rate)>,
    /// Which way they go; absent with fewer than two years that have a rate.
    pub direction: Option<Direction>,
    /// The rate of each link in the last year, by link.
    pub links: Vec<(LinkId, Rate)>,
}

/// How concentrated the purchases of a chain's leader are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaderConcentration {
    /// The chain's code.
    pub chain: String,
    /// The leader.
    pub leader: PartyId,
    /// Its name.
    pub name: String,
    /// The period of the purchases.
    pub period: Span,
    /// The numbers.
    pub numbers: Concentration,
}

impl ChainBook<'_> {
    /// The last year of which something is told of what a leader buys.
    pub(super) fn last_year(&self, leader: FirmId, evidence: Evidence) -> Span {
        let told = self.market.goods_to(leader).filter(|flow| flow.supply.evidence >= evidence);
        last_year(self.as_of, told)
    }

    /// Tells the local share of what a leader buys by year and by link; nothing for one that buys nothing.
    pub(super) fn purchases(
        &self,
        scope: &Scope<'_>,
        evidence: Evidence,
        chain: ChainId,
        leader: FirmId,
        period: Span,
    ) -> Option<LeaderPurchases> {
        let market = &self.market;
        market.goods_to(leader).next()?;
        let last = period.from.map(|day| day.year());
        let series = last.map(|last| local_purchase_series(market, scope, leader, evidence, last, YEARS));
        let (years, direction) = series.map_or((Vec::new(), None), |series| (series.years, series.direction));
        let firm = &market.firm(leader).firm;
        Some(LeaderPurchases {
            chain: market.chain(chain).chain.code.clone(),
            leader: firm.id,
            name: firm.name.clone(),
            years,
            direction,
            links: local_purchases_by_link(market, scope, leader, evidence, period),
        })
    }

    /// Tells how concentrated a leader's purchases of a year are, beside its whole spend of the year if it told that.
    pub(super) fn concentration(
        &self,
        scope: &Scope<'_>,
        evidence: Evidence,
        chain: ChainId,
        leader: FirmId,
        period: Span,
    ) -> Option<LeaderConcentration> {
        let market = &self.market;
        let firm = &market.firm(leader).firm;
        let whole_fen = purchases_told(market, leader, evidence, &period);
        let numbers = concentration(market, scope, leader, &Purchases { link: None, period, evidence, whole_fen });
        (numbers.n_suppliers > 0).then(|| LeaderConcentration {
            chain: market.chain(chain).chain.code.clone(),
            leader: firm.id,
            name: firm.name.clone(),
            period,
            numbers,
        })
    }
}
