//! How much a buyer depends on few suppliers: the Herfindahl index, the share of the five largest, and how many suppliers
//! of equal size would be as concentrated.

use std::collections::BTreeMap;

use crate::chain::fraction::Fraction;
use crate::chain::market::{FirmId, Flow, LinkId, Market};
use crate::chain::model::{Evidence, Span};
use crate::chain::scope::Scope;
use crate::chain::spend::{bought, is_of_period};
use crate::model::PartyId;

/// How concentrated purchases are; suppliers under one controller are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concentration {
    /// Groups of suppliers.
    pub n_suppliers: usize,
    /// The Herfindahl index, above 0 and at most 1; absent where amounts are missing.
    pub index: Option<Bounds>,
    /// The share of the five largest groups, least and most; absent where amounts are missing.
    pub top_five: Option<(Fraction, Fraction)>,
    /// 1 / index, of the lower bound of the index: at most so many suppliers of equal size.
    pub effective_suppliers: Option<Fraction>,
    /// 1 / number of groups: what the index is at least, where no amount is known.
    pub floor: Option<Fraction>,
    /// The groups with a known amount above 0, largest first, in fen.
    pub largest: Vec<(PartyId, i128)>,
}

/// Between what the index lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// As if what is not known were split among countless suppliers.
    pub low: Fraction,
    /// As if it were one unknown supplier's.
    pub high: Fraction,
    /// As if it were the largest known supplier's.
    pub high_if_known: Fraction,
}

const TOP: usize = 5;

/// Concentration of what a buyer bought outside of its group in a period, at one link or all, on the level of `evidence`.
///
/// `whole_fen` is the buyer's whole spend where it is known: what the suppliers do not explain is a residual of unknown
/// suppliers. Net amounts below 0 count 0; without an amount above 0 in all there is no index, nor where one of several
/// suppliers' amounts is missing.
pub fn concentration(market: &Market, scope: &Scope<'_>, buyer: FirmId, which: &Purchases) -> Concentration {
    let is_meant = |flow: &&Flow| {
        flow.supply.evidence >= which.evidence
            && market.controller(flow.supplier) != market.controller(buyer)
            && is_of_period(flow, &which.period)
            && which.link.is_none_or(|link| flow.links.contains(&link))
    };
    let mut by_controller: BTreeMap<PartyId, i128> = BTreeMap::new();
    let mut untold = 0;
    for (supplier, bought) in bought(market, scope, market.goods_to(buyer).filter(is_meant)) {
        *by_controller.entry(market.controller(supplier)).or_default() += bought.net;
        untold += bought.untold;
    }
    let amounts: Vec<(PartyId, i128)> = by_controller.into_iter().collect();
    concentrated(amounts, untold, which.whole_fen)
}

/// Which purchases of a buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchases {
    /// One link, or all.
    pub link: Option<LinkId>,
    /// The period.
    pub period: Span,
    /// How well a supply must be proved.
    pub evidence: Evidence,
    /// What the buyer spent in all, in fen, if known.
    pub whole_fen: Option<i128>,
}

fn concentrated(amounts: Vec<(PartyId, i128)>, untold: usize, whole_fen: Option<i128>) -> Concentration {
    let n_suppliers = amounts.len();
    let net: i128 = amounts.iter().map(|(_, fen)| fen).sum();
    let mut largest: Vec<(PartyId, i128)> = amounts.into_iter().filter(|(_, fen)| *fen > 0).collect();
    largest.sort_unstable_by_key(|(party, fen)| (std::cmp::Reverse(*fen), *party));
    let known: i128 = largest.iter().map(|(_, fen)| fen).sum();
    let residual = whole_fen.map_or(0, |whole| whole - known).max(0);
    let is_told = untold == 0 && (net > 0 || residual > 0);
    // Whatever an only supplier's amount is, it is all.
    let is_only = untold > 0 && n_suppliers == 1 && net >= 0 && whole_fen.is_none();
    let only = Some(Fraction::ONE).filter(|_| is_only);
    let index = Some(()).filter(|()| is_told).and_then(|()| bounds(&largest, known, residual));
    let index = index.or(only.map(|one| Bounds { low: one, high: one, high_if_known: one }));
    let first_five: i128 = largest.iter().take(TOP).map(|(_, fen)| fen).sum();
    // All that is not known may belong to one of the five.
    let most = first_five + residual;
    let share = |fen: i128| Fraction::new(fen, known + residual);
    Concentration {
        n_suppliers,
        top_five: share(first_five).zip(share(most)).filter(|_| is_told).or(only.zip(only)),
        effective_suppliers: index.and_then(|bounds| Fraction::new(bounds.low.denominator(), bounds.low.numerator())),
        index,
        floor: i128::try_from(n_suppliers).ok().and_then(|n| Fraction::new(1, n)),
        largest,
    }
}

/// The index with an unknown residual `u` and known shares `s`: at least the sum of `s^2`, at most that and `u^2`, or
/// `(s_max + u)^2 - s_max^2` where a known supplier may own it. `None` for sums that are 0 or beyond 2^63.
fn bounds(largest: &[(PartyId, i128)], known: i128, residual: i128) -> Option<Bounds> {
    let whole = known.checked_add(residual)?;
    let square = |fen: i128| fen.checked_mul(fen);
    let squares = largest.iter().try_fold(0_i128, |sum, (_, fen)| sum.checked_add(square(*fen)?))?;
    let most = largest.first().map_or(0, |(_, fen)| *fen);
    let widest = square(most.checked_add(residual)?)?.checked_sub(square(most)?)?;
    let denominator = square(whole)?;
    Some(Bounds {
        low: Fraction::new(squares, denominator)?,
        high: Fraction::new(squares.checked_add(square(residual)?)?, denominator)?,
        high_if_known: Fraction::new(squares.checked_add(widest)?, denominator)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::Facts;
    use crate::chain::sample::{JINAN, facts, firm, firm_id, market, scope, supply};

    fn three(amounts: &[Option<i64>]) -> Facts {
        let mut facts = facts(&["L"]);
        facts.firms.push(firm(100, JINAN));
        for (number, yuan) in (1..).zip(amounts) {
            facts.firms.push(firm(number, JINAN));
            let mut supply = supply(number, number, 100, "L", yuan.unwrap_or(0));
            supply.amount_fen = yuan.map(|yuan| yuan * 100);
            facts.supplies.push(supply);
        }
        facts
    }

    fn of(facts: Facts, whole_yuan: Option<i64>) -> Concentration {
        let market = market(facts);
        let which = Purchases {
            link: None,
            period: Span::ALWAYS,
            evidence: Evidence::E1,
            whole_fen: whole_yuan.map(|yuan| i128::from(yuan) * 100),
        };
        concentration(&market, &scope(), firm_id(&market, 100), &which)
    }

    fn shown(bounds: Option<Bounds>) -> Option<[String; 3]> {
        bounds.map(|bounds| [bounds.low, bounds.high, bounds.high_if_known].map(|fraction| fraction.to_string()))
    }

    #[test]
    fn the_index_is_the_sum_of_squares_of_shares() {
        let found = of(three(&[Some(50), Some(30), Some(20)]), None);
        // 0.25 + 0.09 + 0.04.
        assert_eq!(shown(found.index).unwrap(), ["19/50", "19/50", "19/50"]);
        assert_eq!(found.effective_suppliers, Fraction::new(50, 19));
        assert_eq!(found.top_five, Some((Fraction::ONE, Fraction::ONE)));
        assert_eq!(of(three(&[Some(50)]), None).index.unwrap().low, Fraction::ONE);
        assert_eq!(of(three(&[]), None).index, None);
        assert_eq!(of(three(&[Some(0)]), None).index, None);
    }

    #[test]
    fn one_controller_is_one_supplier() {
        let mut facts = three(&[Some(50), Some(30), Some(20)]);
        facts.firms[3].controller = facts.firms[2].id;
        let found = of(facts, None);
        assert_eq!((found.n_suppliers, found.index.unwrap().low.to_string()), (2, "1/2".to_owned()));
    }

    #[test]
    fn a_missing_amount_leaves_a_floor_only() {
        let found = of(three(&[Some(50), None, None]), None);
        assert_eq!((found.index, found.effective_suppliers, found.top_five), (None, None, None));
        assert_eq!(found.floor, Fraction::new(1, 3));
        // An only one has all, whatever it is; of a whole that is told it may have less.
        let only = of(three(&[None]), None);
        assert_eq!((only.index.unwrap().high, only.top_five), (Fraction::ONE, Some((Fraction::ONE, Fraction::ONE))));
        assert_eq!(of(three(&[None]), Some(10)).index, None);
    }

    #[test]
    fn returns_above_purchases_leave_no_index() {
        let mut facts = three(&[Some(-50), Some(30)]);
        let found = of(facts.clone(), None);
        assert_eq!((found.index, found.top_five, found.effective_suppliers), (None, None, None));
        facts.supplies[0].amount_fen = Some(-2_000);
        assert_eq!(of(facts, None).index.unwrap().low, Fraction::ONE, "-20 counts 0 beside 30");
    }

    #[test]
    fn what_suppliers_do_not_explain_widens_the_bounds() {
        let found = of(three(&[Some(50), Some(30)]), Some(100));
        // 0.34; with 0.2 as one supplier 0.38; with the largest of 0.7 0.49 + 0.09.
        assert_eq!(shown(found.index).unwrap(), ["17/50", "19/50", "29/50"]);
        assert_eq!(found.top_five, Fraction::new(80, 100).zip(Some(Fraction::ONE)));
    }

    #[test]
    fn the_five_largest_are_five() {
        let found = of(three(&[Some(30), Some(20), Some(20), Some(10), Some(10), Some(6), Some(4)]), None);
        assert_eq!(found.top_five, Fraction::new(90, 100).zip(Fraction::new(90, 100)));
        assert_eq!(found.largest.len(), 7);
    }

    #[test]
    fn amounts_beyond_measure_have_no_index() {
        let mut facts = three(&[Some(1), Some(1), Some(1)]);
        for supply in &mut facts.supplies {
            supply.amount_fen = Some(i64::MAX);
        }
        assert_eq!(of(facts, None).index, None);
    }
}
