//! On whom a chain hangs: buyers with a single supplier, and what falls when a group of firms or a city fails.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::chain::fraction::Fraction;
use crate::chain::graph::ProductId;
use crate::chain::market::{ChainId, FirmId, Flow, LinkId, Market};
use crate::chain::missing::ends;
use crate::chain::model::Evidence;
use crate::chain::rate::{Area, Verdict};
use crate::chain::scope::Scope;
use crate::chain::spend::{Bought, bought, is_of_period, last_year};
use crate::chain::suppliers::certified;
use crate::chain::web::{Purchase, Reading, Removed, Web, is_made_in, places_of};
use crate::model::{PartyId, RecordId};

/// A buyer that depends on one group of firms for a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinglePoint {
    /// Who buys.
    pub buyer: FirmId,
    /// For which link.
    pub link: LinkId,
    /// On whom it depends.
    pub controller: PartyId,
    /// The group's firms that supply it.
    pub firms: Vec<FirmId>,
    /// Groups that supply it in all; 1 for an only supplier.
    pub n_groups: usize,
    /// The group's share of what is known of the last year's purchases, and no more than the greatest that all of its rows
    /// tell; where no amount is known, the greatest that rows tell.
    pub share: Option<Fraction>,
}

/// What falls without somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Critical {
    /// Who fails.
    pub removed: Removed,
    /// Buyers that lose their last supplier of a link.
    pub pairs: Vec<(FirmId, LinkId)>,
    /// What they bought there in the last year told, in fen.
    pub spend_fen: i128,
    /// Products that can no longer be made or bought.
    pub products: Vec<ProductId>,
    /// The final products among them.
    pub finals: Vec<ProductId>,
}

/// From this share on a supplier is a single point, unless told otherwise.
pub const SINGLE_SHARE_PERCENT: u32 = 80;

/// The live supplies of a chain by buyer and link, from outside of the buyer's group, each with the groups of firms that
/// supply.
struct Pairs<'m> {
    by_pair: BTreeMap<(FirmId, LinkId), Vec<&'m Flow>>,
}

impl<'m> Pairs<'m> {
    fn new(market: &'m Market, scope: &Scope<'_>, chain: ChainId, evidence: Evidence) -> Self {
        let mut by_pair: BTreeMap<(FirmId, LinkId), Vec<&Flow>> = BTreeMap::new();
        for link in &market.chain(chain).links {
            for flow in market.flows_at(*link).filter(|flow| scope.counts(market, flow, evidence)) {
                let is_qualified = certified(market, scope, flow.supplier, *link) != Verdict::No;
                // What a buyer's own group makes is not at others' mercy.
                let is_outside = |buyer: &FirmId| market.controller(*buyer) != market.controller(flow.supplier);
                if let Some(buyer) = flow.buyer.filter(|buyer| is_qualified && is_outside(buyer)) {
                    by_pair.entry((buyer, *link)).or_default().push(flow);
                }
            }
        }
        Self { by_pair }
    }

    /// The pairs that have no supplier but those that `is_removed`, with what was bought.
    fn lost(
        &self,
        market: &Market,
        scope: &Scope<'_>,
        is_removed: impl Fn(&Flow) -> bool,
    ) -> (Vec<(FirmId, LinkId)>, i128) {
        let lost = self.by_pair.iter().filter(|(_, flows)| flows.iter().all(|flow| is_removed(flow)));
        let (mut pairs, mut seen, mut flows) = (Vec::new(), BTreeSet::new(), Vec::new());
        for (pair, of_pair) in lost {
            pairs.push(*pair);
            // A supply for two links is paid once.
            flows.extend(of_pair.iter().copied().filter(|flow| seen.insert(&flow.supply.record)));
        }
        let year = last_year(scope.as_of, flows.iter().copied());
        let of_year = flows.into_iter().filter(|flow| flow.is_goods() && is_of_period(flow, &year));
        let sums = bought(market, scope, of_year);
        (pairs, sums.values().map(Bought::total).sum())
    }
}

/// Lists the buyers of a chain with one group of suppliers for a link, or one with at least `share_min` of what they buy,
/// by buyer and link.
pub fn single_points(
    market: &Market,
    scope: &Scope<'_>,
    chain: ChainId,
    evidence: Evidence,
    share_min: Fraction,
) -> Vec<SinglePoint> {
    let pairs = Pairs::new(market, scope, chain, evidence);
    let points = pairs.by_pair.into_iter().filter_map(|((buyer, link), flows)| {
        let groups: BTreeSet<PartyId> = flows.iter().map(|flow| market.controller(flow.supplier)).collect();
        let year = last_year(scope.as_of, flows.iter().copied());
        let of_year = flows.iter().copied().filter(|flow| flow.is_goods() && is_of_period(flow, &year));
        let sums = bought(market, scope, of_year);
        let mut by_group: BTreeMap<PartyId, i128> = BTreeMap::new();
        for (firm, bought) in &sums {
            *by_group.entry(market.controller(*firm)).or_default() += bought.total();
        }
        let whole: i128 = by_group.values().sum();
        let largest = by_group.iter().max_by_key(|(party, fen)| (**fen, Reverse(**party)));
        let only = groups.first().filter(|_| groups.len() == 1);
        // Amounts are of the suppliers that are known: no share of theirs is more than what the rows say of all suppliers.
        let share_of = |party: &PartyId| {
            let paid = by_group.get(party).and_then(|fen| Fraction::new(*fen, whole))?;
            let mut told = flows.iter().filter(|flow| market.controller(flow.supplier) == *party);
            let most = told.try_fold(Fraction::ZERO, |most, flow| Some(most.max(flow.supply.share?)));
            Some(most.filter(|most| *most > Fraction::ZERO).map_or(paid, |most| most.min(paid)))
        };
        let main = largest.filter(|(party, _)| share_of(party).is_some_and(|share| share >= share_min));
        // Where no amount is known, the shares that rows tell.
        let mut told: BTreeMap<PartyId, Fraction> = BTreeMap::new();
        for flow in flows.iter().filter(|_| whole == 0) {
            let share = flow.supply.share.unwrap_or(Fraction::ZERO);
            let best = told.entry(market.controller(flow.supplier)).or_insert(share);
            *best = share.max(*best);
        }
        let told_main = told.iter().filter(|(_, share)| **share >= share_min && **share > Fraction::ZERO);
        let told_main = told_main.max_by_key(|(party, share)| (**share, Reverse(**party)));
        let depends_on = *only.or(main.map(|(party, _)| party)).or(told_main.map(|(party, _)| party))?;
        let of_group = |flow: &&&Flow| market.controller(flow.supplier) == depends_on;
        let firms: BTreeSet<FirmId> = flows.iter().filter(of_group).map(|flow| flow.supplier).collect();
        let told = told.get(&depends_on).copied().filter(|share| *share > Fraction::ZERO);
        let share = share_of(&depends_on).or(told);
        let (n_groups, firms) = (groups.len(), firms.into_iter().collect());
        Some(SinglePoint { buyer, link, controller: depends_on, firms, n_groups, share })
    });
    points.collect()
}

/// Says what of a chain falls for certain when a group of firms or a place fails, by working everything out anew.
pub fn without(market: &Market, scope: &Scope<'_>, chain: ChainId, question: Question, removed: &Removed) -> Critical {
    let is_removed = |flow: &Flow| match removed {
        Removed::Group(group) => market.controller(flow.supplier) == *group,
        Removed::Place(code) => {
            let area = Area { label: String::new(), codes: vec![code.clone()] };
            is_made_in(Scope { area: &area, ..*scope }.flow_from(market, flow))
        }
    };
    let (pairs, spend_fen) = Pairs::new(market, scope, chain, question.evidence).lost(market, scope, is_removed);
    let before = Web::new(market, scope, chain, None);
    let after = Web::new(market, scope, chain, Some(removed)).told_as(&before);
    let had = before.reach(question.purchase, None, Reading::Hopeful);
    let has = after.reach(question.purchase, None, Reading::Hopeful);
    let products = before.products.iter().zip(had.iter().zip(has));
    let products = products.filter(|(_, (had, has))| **had && !*has).map(|(product, _)| *product).collect();
    finished(&ends(market, chain), removed.clone(), pairs, spend_fen, products)
}

/// What counts when asking who is critical.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// How well a supply must be proved to count among pairs of buyer and link.
    pub evidence: Evidence,
    /// Whether what is not made in the area is bought elsewhere.
    pub purchase: Purchase,
}

/// Lists the groups of firms without which something of a chain falls for certain: what is not known of other sources is
/// taken to be there. Those come first that most final products need, then most products, then most pairs, then by
/// controller.
///
/// # Complexity
/// For each group that is the only one somewhere, O(products downstream of it).
pub fn critical(market: &Market, scope: &Scope<'_>, chain: ChainId, question: Question) -> Vec<Critical> {
    let pairs = Pairs::new(market, scope, chain, question.evidence);
    let web = Web::new(market, scope, chain, None);
    let before = web.reach(question.purchase, None, Reading::Hopeful);
    let mut groups: BTreeSet<PartyId> = BTreeSet::new();
    let mut pairs_of: BTreeMap<PartyId, Pairs<'_>> = BTreeMap::new();
    for (pair, flows) in pairs.by_pair {
        let of_pair: BTreeSet<PartyId> = flows.iter().map(|flow| market.controller(flow.supplier)).collect();
        if let Some(only) = of_pair.first().filter(|_| of_pair.len() == 1) {
            groups.insert(*only);
            let own = pairs_of.entry(*only).or_insert_with(|| Pairs { by_pair: BTreeMap::new() });
            own.by_pair.insert(pair, flows);
        }
    }
    for sources in &web.sources {
        for of_product in [&sources.local, &sources.elsewhere] {
            let mut may: Vec<&PartyId> = of_product.iter().chain(&sources.doubtful).collect();
            may.dedup();
            groups.extend(may.first().filter(|_| may.len() == 1).copied());
        }
    }
    let ends = ends(market, chain);
    let all = groups.into_iter().map(|group| {
        let lost = pairs_of.get(&group).map(|own| own.lost(market, scope, |_| true));
        let (pairs, spend_fen) = lost.unwrap_or_default();
        let products = web.lost(&before, question.purchase, group);
        finished(&ends, Removed::Group(group), pairs, spend_fen, products)
    });
    let mut all: Vec<Critical> = all.filter(|one| !one.pairs.is_empty() || !one.products.is_empty()).collect();
    all.sort_by_cached_key(Critical::rank);
    all
}

/// The same for places: the cities of the area, by codes.
///
/// # Complexity
/// The web and the pairs are gathered once; then, for each place, O(products downstream of what it makes).
pub fn critical_places(
    market: &Market,
    scope: &Scope<'_>,
    chain: ChainId,
    question: Question,
    places: &[String],
) -> Vec<Critical> {
    let area = |code: &String| Area { label: String::new(), codes: vec![code.clone()] };
    let areas: Vec<Area> = places.iter().map(area).collect();
    let pairs = Pairs::new(market, scope, chain, question.evidence);
    let web = Web::with_places(market, scope, chain, &areas);
    let before = web.reach(question.purchase, None, Reading::Hopeful);
    let ends = ends(market, chain);
    let of_flow = |flow: &Flow| {
        let from = |scope: &Scope<'_>| scope.flow_from(market, flow);
        places_of(market, scope, &areas, (flow.supplier, flow.supply.origin.as_deref()), &from)
    };
    let flows = pairs.by_pair.values().flatten();
    let made_in: BTreeMap<&RecordId, Vec<usize>> = flows.map(|flow| (&flow.supply.record, of_flow(flow))).collect();
    let all = places.iter().enumerate().map(|(number, code)| {
        let is_removed = |flow: &Flow| made_in.get(&flow.supply.record).is_some_and(|places| places.contains(&number));
        let (lost, spend_fen) = pairs.lost(market, scope, is_removed);
        let products = web.lost_in(&before, question.purchase, number);
        finished(&ends, Removed::Place(code.clone()), lost, spend_fen, products)
    });
    let mut all: Vec<Critical> = all.filter(|one| !one.pairs.is_empty() || !one.products.is_empty()).collect();
    all.sort_by_cached_key(Critical::rank);
    all
}

impl Critical {
    fn rank(&self) -> (Reverse<usize>, Reverse<usize>, Reverse<usize>, Removed) {
        (Reverse(self.finals.len()), Reverse(self.products.len()), Reverse(self.pairs.len()), self.removed.clone())
    }
}

/// Puts together what falls; `ends` ascend.
fn finished(
    ends: &[ProductId],
    removed: Removed,
    pairs: Vec<(FirmId, LinkId)>,
    spend_fen: i128,
    products: Vec<ProductId>,
) -> Critical {
    let finals = products.iter().copied().filter(|product| ends.binary_search(product).is_ok()).collect();
    Critical { removed, pairs, spend_fen, products, finals }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::Facts;
    use crate::chain::sample::{
        BEIJING, JINAN, QINGDAO, chain_id, either, facts, firm, firm_id, input, link_id, makes, market, product,
        product_id, scope, supply,
    };

    const ASK: Question = Question { evidence: Evidence::E1, purchase: Purchase::Nowhere };

    /// A vehicle of tyres and steel or aluminium; tyres of cord. 1 makes tyres, 2 and 3 cord, 4 steel, 5 aluminium.
    fn vehicles() -> Facts {
        let mut facts = facts(&["L", "M"]);
        facts.products = ["车", "胎", "帘线", "钢", "铝"].map(|title| product(title, &["L"])).to_vec();
        facts.products[0].is_final = true;
        facts.inputs = vec![input("车", "胎"), either("车", "钢", "材"), either("车", "铝", "材"), input("胎", "帘线")];
        facts.firms = (1..=9).map(|number| firm(number, if number == 5 { QINGDAO } else { JINAN })).collect();
        facts.capabilities = vec![
            makes(1, 1, "胎"),
            makes(2, 2, "帘线"),
            makes(3, 3, "帘线"),
            makes(4, 4, "钢"),
            makes(5, 5, "铝"),
            makes(6, 9, "车"),
        ];
        facts
    }

    fn shown(market: &Market, found: &[Critical]) -> Vec<(Removed, usize, i128, Vec<String>)> {
        let titles = |products: &[ProductId]| products.iter().map(|id| market.graph().title(*id).to_owned()).collect();
        found.iter().map(|one| (one.removed.clone(), one.pairs.len(), one.spend_fen, titles(&one.products))).collect()
    }

    fn group(number: u64) -> Removed {
        Removed::Group(PartyId(number))
    }

    #[test]
    fn who_has_a_second_source_or_an_alternative_is_not_critical() {
        let market = market(vehicles());
        let found = critical(&market, &scope(), chain_id(&market), ASK);
        let titles = |titles: &[&str]| titles.iter().map(|title| (*title).to_owned()).collect::<Vec<_>>();
        let expected = [
            (group(1), 0, 0, titles(&["胎", "车"])),
            (group(9), 0, 0, titles(&["车"])),
            (group(4), 0, 0, titles(&["钢"])),
            (group(5), 0, 0, titles(&["铝"])),
        ];
        assert_eq!(shown(&market, &found), expected);
        assert_eq!(found[0].finals, [product_id(&market, "车")]);
        // The two makers of cord under one controller are one.
        let mut facts = vehicles();
        facts.firms[2].controller = PartyId(2);
        let market = self::market(facts);
        let found = critical(&market, &scope(), chain_id(&market), ASK);
        assert_eq!(found[0].removed, group(2));
        assert_eq!(found[0].products.len(), 3);
    }

    #[test]
    fn what_can_be_bought_elsewhere_does_not_fall() {
        let mut facts = vehicles();
        facts.firms.push(firm(10, BEIJING));
        facts.capabilities.push(makes(10, 10, "胎"));
        let market = market(facts);
        let lost = |purchase| {
            without(&market, &scope(), chain_id(&market), Question { purchase, ..ASK }, &group(1)).products.len()
        };
        assert_eq!((lost(Purchase::Nowhere), lost(Purchase::Anywhere)), (2, 0));
    }

    #[test]
    fn a_share_that_is_told_stands_for_amounts_that_are_not() {
        let mut facts = vehicles();
        facts.supplies = vec![supply(1, 2, 9, "M", 0), supply(2, 3, 9, "M", 0)];
        facts.supplies.iter_mut().for_each(|supply| supply.amount_fen = None);
        let points = |facts: &Facts| {
            let market = market(facts.clone());
            let least = Fraction::new(SINGLE_SHARE_PERCENT.into(), 100).unwrap();
            let found = single_points(&market, &scope(), chain_id(&market), Evidence::E1, least);
            found.iter().map(|one| (one.controller.0, one.share.map(Fraction::percent))).collect::<Vec<_>>()
        };
        assert_eq!(points(&facts), []);
        facts.supplies[1].share = Fraction::new(85, 100);
        assert_eq!(points(&facts), [(3, Some("85.0%".to_owned()))]);
        facts.supplies[1].share = Fraction::new(75, 100);
        assert_eq!(points(&facts), []);
    }

    #[test]
    fn known_amounts_are_no_more_than_the_share_that_is_told() {
        let mut facts = vehicles();
        facts.supplies = vec![supply(1, 1, 9, "L", 100), supply(2, 2, 9, "M", 900), supply(3, 3, 9, "M", 100)];
        (facts.supplies[0].share, facts.supplies[1].share) = (Fraction::new(12, 100), Fraction::new(40, 100));
        let points = |facts: &Facts| {
            let market = market(facts.clone());
            let least = Fraction::new(SINGLE_SHARE_PERCENT.into(), 100).unwrap();
            let found = single_points(&market, &scope(), chain_id(&market), Evidence::E1, least);
            found.iter().map(|one| (one.controller.0, one.share.unwrap().percent())).collect::<Vec<_>>()
        };
        // The only one that is known is a single point; who has 40 % of all beside others is none.
        assert_eq!(points(&facts), [(1, "12.0%".to_owned())]);
        facts.supplies[1].share = None;
        assert_eq!(points(&facts), [(1, "12.0%".to_owned()), (2, "90.0%".to_owned())]);
        facts.supplies[1].share = Fraction::new(95, 100);
        assert_eq!(points(&facts)[1].1, "90.0%");
    }

    #[test]
    fn a_city_falls_with_all_that_it_makes() {
        let market = market(vehicles());
        let codes = [JINAN.to_owned(), QINGDAO.to_owned()];
        let found = critical_places(&market, &scope(), chain_id(&market), ASK, &codes);
        let places: Vec<(Removed, usize)> = found.iter().map(|one| (one.removed.clone(), one.products.len())).collect();
        assert_eq!(places, [(Removed::Place(JINAN.to_owned()), 4), (Removed::Place(QINGDAO.to_owned()), 1)]);
    }

    #[test]
    fn buyers_with_one_group_of_suppliers_are_single_points() {
        let mut facts = vehicles();
        facts.supplies = vec![
            supply(1, 1, 9, "L", 100),
            supply(2, 2, 9, "M", 900),
            supply(3, 3, 9, "M", 100),
            supply(4, 4, 8, "M", 50),
            supply(5, 5, 8, "M", 50),
        ];
        let points = |facts: &Facts| {
            let market = market(facts.clone());
            let least = Fraction::new(SINGLE_SHARE_PERCENT.into(), 100).unwrap();
            let found = single_points(&market, &scope(), chain_id(&market), Evidence::E1, least);
            found
                .iter()
                .map(|one| (one.buyer, one.link, one.controller.0, one.n_groups, one.share.unwrap().percent()))
                .collect::<Vec<_>>()
        };
        let market = market(facts.clone());
        let (buyer, l, m) = (firm_id(&market, 9), link_id(&market, "L"), link_id(&market, "M"));
        let expected = [(buyer, l, 1, 1, "100.0%".to_owned()), (buyer, m, 2, 2, "90.0%".to_owned())];
        assert_eq!(points(&facts), expected);
        let found = critical(&market, &scope(), chain_id(&market), ASK);
        let first = &shown(&market, &found)[0];
        assert_eq!((&first.0, first.1, first.2), (&group(1), 1, 10_000));
        // One that has no certificate any more is no second source.
        facts.links[1].required_certificates = vec!["IATF16949".to_owned()];
        let held = |until| crate::chain::model::Certificate {
            name: "IATF16949".to_owned(),
            span: crate::chain::model::Span { from: None, until },
        };
        facts.firms[3].certificates = vec![held(Some(jiff::civil::date(2025, 1, 1)))];
        facts.firms[4].certificates = vec![held(None)];
        assert_eq!(points(&facts)[0].2, 5);
    }
}
