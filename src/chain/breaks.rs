//! Broken links (`断链`): supplies that were live and have no successor.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::chain::market::{ChainId, FirmId, Flow, LinkId, Market};
use crate::chain::model::Evidence;
use crate::chain::scope::Scope;

/// A buyer that lost its last supplier of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Who bought.
    pub buyer: FirmId,
    /// For which link.
    pub link: LinkId,
    /// Whether the buyer leads the chain.
    pub is_leader: bool,
    /// Who supplied it last, by firm.
    pub suppliers: Vec<FirmId>,
    /// The last day that is told of any of the supplies; absent where only firms are gone.
    pub last_day: Option<Date>,
}

/// Lists the buyers of a chain that had a live supplier of a link on an `earlier` day and have none on the day of the
/// scope; leaders first, then by buyer and link. O(supplies of the chain).
pub fn breaks(market: &Market, scope: &Scope<'_>, chain: ChainId, evidence: Evidence, earlier: Date) -> Vec<Break> {
    let then = Scope { as_of: earlier, ..*scope };
    let node = market.chain(chain);
    let leaders = market.leaders_on(chain, scope.as_of);
    let mut before: BTreeMap<(FirmId, LinkId), Vec<&Flow>> = BTreeMap::new();
    let mut after: BTreeSet<(FirmId, LinkId)> = BTreeSet::new();
    for link in &node.links {
        for flow in market.flows_at(*link) {
            let Some(buyer) = flow.buyer else { continue };
            if then.counts(market, flow, evidence) {
                before.entry((buyer, *link)).or_default().push(flow);
            }
            if scope.counts(market, flow, evidence) {
                after.insert((buyer, *link));
            }
        }
    }
    let lost = before.into_iter().filter(|(pair, _)| !after.contains(pair));
    let mut breaks: Vec<Break> = lost
        .map(|((buyer, link), flows)| {
            let suppliers: BTreeSet<FirmId> = flows.iter().map(|flow| flow.supplier).collect();
            let last_day = flows.iter().filter_map(|flow| last_day(market, flow)).max();
            Break {
                buyer,
                link,
                is_leader: leaders.contains(&buyer),
                suppliers: suppliers.into_iter().collect(),
                last_day,
            }
        })
        .collect();
    breaks.sort_by_key(|one| (!one.is_leader, one.buyer, one.link));
    breaks
}

fn last_day(market: &Market, flow: &Flow) -> Option<Date> {
    let supply = &flow.supply;
    let ends = [supply.span.and_then(|span| span.until), supply.period.and_then(|period| period.until)];
    let gone = market.firm(flow.supplier).firm.gone_since.and_then(|day| day.yesterday().ok());
    let told = ends.into_iter().flatten().chain(supply.last_delivery).max();
    match (told, gone) {
        (Some(told), Some(gone)) => Some(told.min(gone)),
        (told, gone) => told.or(gone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::Facts;
    use crate::chain::sample::{JINAN, chain_id, facts, firm, firm_id, leader, link_id, market, scope, span, supply};
    use jiff::civil::date;

    fn two() -> Facts {
        let mut facts = facts(&["L", "M"]);
        facts.firms = [1, 2, 8, 9].map(|number| firm(number, JINAN)).to_vec();
        facts.leaders = vec![leader(9, "C")];
        facts.supplies =
            vec![supply(1, 1, 9, "L", 1), supply(2, 2, 9, "L", 1), supply(3, 1, 8, "M", 1), supply(4, 1, 9, "M", 1)];
        for ended in [0, 2] {
            facts.supplies[ended].span = Some(span(date(2024, 1, 1), date(2026, 2, 28)));
        }
        facts
    }

    fn found(facts: Facts) -> (Market, Vec<Break>) {
        let market = market(facts);
        let found = breaks(&market, &scope(), chain_id(&market), Evidence::E1, date(2026, 1, 1));
        (market, found)
    }

    #[test]
    fn a_link_is_broken_when_nobody_is_left() {
        let (market, breaks) = found(two());
        let expected = Break {
            buyer: firm_id(&market, 8),
            link: link_id(&market, "M"),
            is_leader: false,
            suppliers: vec![firm_id(&market, 1)],
            last_day: Some(date(2026, 2, 28)),
        };
        assert_eq!(breaks, [expected]);
    }

    #[test]
    fn leaders_come_first_and_closed_firms_supply_no_more() {
        let mut facts = two();
        facts.firms[1].gone_since = Some(date(2026, 3, 16));
        facts.supplies[1].span = Some(span(date(2024, 1, 1), date(2026, 12, 31)));
        let (market, breaks) = found(facts);
        assert_eq!(
            breaks.iter().map(|one| (one.buyer, one.is_leader)).collect::<Vec<_>>(),
            [(firm_id(&market, 9), true), (firm_id(&market, 8), false)]
        );
        // 1 ended in February; 2 would supply until December, and was there until the 15th of March.
        assert_eq!(breaks[0].last_day, Some(date(2026, 3, 15)));
    }
}
