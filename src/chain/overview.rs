//! All rates of one chain, and the links of one firm.

use std::collections::BTreeMap;

use crate::chain::coverage::{capacity_coverage, link_coverages};
use crate::chain::leader::local_purchases;
use crate::chain::market::{ChainId, FirmId, LinkId, Market};
use crate::chain::model::{Evidence, Span};
use crate::chain::rate::Rate;
use crate::chain::scope::Scope;
use crate::chain::sourcing::{supplier_coverage, value_coverage};
use crate::chain::spend::last_year;
use crate::chain::suppliers::Proof;

/// How the rates of a chain are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// How well a supply must be proved where supplies count.
    pub evidence: Evidence,
    /// Groups of local suppliers that cover a link; coverage by two is always shown beside it.
    pub k: usize,
    /// The period of purchases; the last year told where absent.
    pub period: Option<Span>,
}

/// The coverage that is resilient: a second source.
const RESILIENT_K: usize = 2;

/// All rates of a chain: coverage of links by capability and in fact, for `k` and for two suppliers, by value, by count, by
/// capacity, and the local purchases of each leader.
///
/// # Complexity
/// O(what belongs to the chain and its leaders x log).
pub fn chain_rates(market: &Market, scope: &Scope<'_>, chain: ChainId, ask: Ask) -> Vec<Rate> {
    let mut rates = Vec::new();
    for proof in [Proof::Capable, Proof::Actual(ask.evidence.max(Evidence::E2))] {
        let of_both = link_coverages(market, scope, chain, [ask.k, RESILIENT_K], proof);
        rates.extend(of_both.into_iter().take(if ask.k == RESILIENT_K { 1 } else { 2 }));
    }
    rates.push(capacity_coverage(market, scope, chain));
    rates.push(value_coverage(market, scope, chain, ask.evidence, ask.period));
    rates.push(supplier_coverage(market, scope, chain, ask.evidence));
    for leader in market.leaders_on(chain, scope.as_of) {
        let proved = market.goods_to(leader).filter(|flow| flow.supply.evidence >= ask.evidence);
        let period = ask.period.unwrap_or_else(|| last_year(scope.as_of, proved));
        rates.push(local_purchases(market, scope, leader, ask.evidence, period));
    }
    rates
}

/// Lists the links of a firm (`入链`) by link, each with the best evidence; none for what it only offers.
pub fn links_of_firm(market: &Market, scope: &Scope<'_>, firm: FirmId) -> Vec<(LinkId, Option<Evidence>)> {
    let mut links: BTreeMap<LinkId, Option<Evidence>> = BTreeMap::new();
    for offer in market.offers_by(firm).filter(|offer| scope.is_live_offer(market, offer)) {
        for link in &offer.links {
            links.entry(*link).or_default();
        }
    }
    for flow in market.flows_from(firm).filter(|flow| scope.is_live_flow(market, flow)) {
        for link in &flow.links {
            let best = links.entry(*link).or_default();
            *best = (*best).max(Some(flow.supply.evidence));
        }
    }
    links.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::sample::{
        JINAN, chain_id, facts, firm, firm_id, leader, link_id, makes, market, offer, product, scope, supply,
    };

    #[test]
    fn all_rates_of_a_chain_are_told_in_order() {
        let mut facts = facts(&["A"]);
        facts.firms = vec![firm(1, JINAN), firm(9, JINAN)];
        facts.leaders = vec![leader(9, "C")];
        facts.supplies = vec![supply(1, 1, 9, "A", 100)];
        let market = market(facts);
        let shown = |k: usize| {
            let ask = Ask { evidence: Evidence::E1, k, period: None };
            let rates = chain_rates(&market, &scope(), chain_id(&market), ask).into_iter();
            let told = |rate: &Rate| rate.parameters.iter().find(|(name, _)| *name == "k").map(|(_, k)| k.clone());
            rates.map(|rate| (rate.formula.name, told(&rate), rate.evidence, rate.numerator)).collect::<Vec<_>>()
        };
        let k = |k: u8| Some(k.to_string());
        // What is actual is proved by others than the supplier.
        let expected = [
            ("link_coverage", k(1), None, 1000),
            ("link_coverage", k(2), None, 0),
            ("link_coverage", k(1), Some(Evidence::E2), 1000),
            ("link_coverage", k(2), Some(Evidence::E2), 0),
            ("capacity_coverage", None, None, 0),
            ("value_coverage", None, Some(Evidence::E1), 10_000),
            ("supplier_coverage", None, Some(Evidence::E1), 1),
            ("local_purchases", None, Some(Evidence::E1), 10_000),
        ];
        assert_eq!(shown(1), expected);
        assert_eq!(shown(2).len(), expected.len() - 2);
    }

    #[test]
    fn a_firm_has_the_links_of_what_it_offers_and_supplies() {
        let mut facts = facts(&["A", "B", "D"]);
        facts.products = vec![product("钢", &["B"])];
        facts.firms = vec![firm(1, JINAN), firm(9, JINAN)];
        facts.capabilities = vec![makes(1, 1, "钢"), offer(2, 9, "D")];
        facts.supplies = vec![supply(1, 1, 9, "A", 100), supply(2, 1, 9, "A", 100)];
        facts.supplies[1].evidence = Evidence::E3;
        let market = market(facts);
        let found = links_of_firm(&market, &scope(), firm_id(&market, 1));
        assert_eq!(found, [(link_id(&market, "A"), Some(Evidence::E3)), (link_id(&market, "B"), None)]);
    }
}
