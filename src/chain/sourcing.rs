//! What share of a chain's purchases, and of its suppliers, is local: the value-weighted and the supplier-count coverage
//! of `产业链本地配套率`.

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::coverage::{Requirement, chain_subject, requirements};
use crate::chain::fraction::Fraction;
use crate::chain::market::{ChainId, FirmId, Flow, Market};
use crate::chain::model::{Evidence, Span};
use crate::chain::rate::{Formula, Member, Rate, Unit, Verdict};
use crate::chain::scope::{Scope, Whereabouts};
use crate::chain::spend::{Bought, bought, is_of_period, last_year, period_parameter};
use crate::chain::tally::{member, note, tally};

/// What is bought of local make / what is bought.
pub const VALUE_COVERAGE: Formula = Formula {
    name: "value_coverage",
    version: 2,
    label: "本地配套率（采购额）",
    words: "链上各必需环节本地生产的货物和加工采购额 ÷ 全部货物和加工采购额；按供应商净额，净额为负的计 0",
    unit: Unit::Fen,
};

/// Local suppliers / suppliers.
pub const SUPPLIER_COVERAGE: Formula = Formula {
    name: "supplier_coverage",
    version: 1,
    label: "本地配套率（供应商数）",
    words: "本地生产的供应商家数 ÷ 供应商家数",
    unit: Unit::Count,
};

/// Below this share of links with known purchases, value coverage says too little.
pub const KNOWN_SPEND_PERCENT_MIN: u32 = 50;

/// Value-weighted coverage in a period; without one, in the [last year](last_year) told. Purchases count on the level of
/// `evidence`; what is known is told beside it. What names the chain and no link counts in the whole.
pub fn value_coverage(
    market: &Market,
    scope: &Scope<'_>,
    chain: ChainId,
    evidence: Evidence,
    period: Option<Span>,
) -> Rate {
    let needs = requirements(market, scope, chain);
    let is_meant = |flow: &Flow| flow.is_goods() && flow.supply.evidence >= evidence;
    let mut flows = flows_of(market, &needs, is_meant);
    flows.extend(market.unlinked_flows(chain).filter(|flow| is_meant(flow)));
    let period = period.unwrap_or_else(|| last_year(scope.as_of, flows.iter().copied()));
    let told: Vec<&Flow> = flows.into_iter().filter(|flow| is_of_period(flow, &period)).collect();
    let n_unlinked = told.iter().filter(|flow| flow.links.is_empty()).count();
    let sums = bought(market, scope, told);
    // As with the purchases of a leader: more returned than bought is no purchase of which a share could be local.
    let net: i128 = sums.values().map(|bought| bought.net).sum();
    let members =
        sums.iter().filter(|_| net > 0).flat_map(|(firm, bought)| spend_members(market, scope, *firm, bought));
    let members = members.collect();
    let mut rate = tally(VALUE_COVERAGE, chain_subject(market, chain), scope, Some(evidence), members);
    rate.parameters = period_parameter(&period);
    add_spend_notes(&mut rate, sums.values());
    let left_out = market.left_out_of(chain).filter(|flow| flow.supply.evidence >= evidence);
    add_left_out_note(&mut rate, left_out.filter(|flow| is_of_period(flow, &period)));
    if n_unlinked > 0 {
        rate.notes.push(note("unclassified", format!("{n_unlinked} 条配套关系只写了产业链，没有归入环节，已计入")));
    }
    let is_known = |need: &&Requirement| {
        let mut flows = need.links.iter().flat_map(|link| market.flows_at(*link));
        flows.any(|flow| flow.supply.amount_fen.is_some() && is_meant(flow) && is_of_period(flow, &period))
    };
    add_known_note(&mut rate, &needs, needs.iter().filter(is_known), ("known_spend", "采购额已知的环节"));
    rate
}

/// Tells of how many links, by weight, a rate knows something, and whether that is too little.
fn add_known_note<'n>(
    rate: &mut Rate,
    needs: &[Requirement],
    known: impl Iterator<Item = &'n Requirement>,
    (code, words): (&'static str, &str),
) {
    let known: i128 = known.map(|need| i128::from(need.weight_thousandths)).sum();
    let all: i128 = needs.iter().map(|need| i128::from(need.weight_thousandths)).sum();
    let Some(share) = Fraction::new(known, all) else { return };
    rate.notes.push(note(code, format!("{words}占 {}", share.percent())));
    if Fraction::new(KNOWN_SPEND_PERCENT_MIN.into(), 100).is_some_and(|least| share < least) {
        rate.notes.push(note("insufficient", "不足一半，数据不足以下结论".to_owned()));
    }
}

/// Supplier-count coverage: the share of live suppliers that make what they supply in the area.
pub fn supplier_coverage(market: &Market, scope: &Scope<'_>, chain: ChainId, evidence: Evidence) -> Rate {
    let needs = requirements(market, scope, chain);
    let mut places: BTreeMap<FirmId, Whereabouts> = BTreeMap::new();
    let flows = flows_of(market, &needs, |flow| scope.counts(market, flow, evidence));
    let unlinked = market.unlinked_flows(chain).filter(|flow| scope.counts(market, flow, evidence));
    for flow in flows.into_iter().chain(unlinked) {
        let place = places.entry(flow.supplier).or_insert(Whereabouts::Outside);
        *place = (*place).min(scope.flow_from(market, flow));
    }
    let members = places.into_iter().map(|(firm, place)| {
        let firm = &market.firm(firm).firm;
        member(firm.code(), &firm.name, place.verdict(), 1, place.label(scope.basis))
    });
    let members = members.collect();
    let mut rate = tally(SUPPLIER_COVERAGE, chain_subject(market, chain), scope, Some(evidence), members);
    let known = needs.iter().filter(|need| {
        let mut flows = need.links.iter().flat_map(|link| market.flows_at(*link));
        flows.any(|flow| scope.counts(market, flow, evidence))
    });
    add_known_note(&mut rate, &needs, known, ("known_links", "有供货记录的环节"));
    let traders =
        rate.members.iter().filter(|member| member.reason == Whereabouts::LocalTrade.label(scope.basis)).count();
    if traders > 0 {
        rate.notes.push(note("local_trade", format!("另有本地贸易商 {traders} 家，不算本地生产")));
    }
    rate
}

/// Lists the supplies at the links that a chain needs, each once, in the order of links.
fn flows_of<'m>(market: &'m Market, needs: &[Requirement], counts: impl Fn(&Flow) -> bool) -> Vec<&'m Flow> {
    let mut seen = BTreeSet::new();
    let links = needs.iter().flat_map(|need| need.links.iter());
    let flows = links.flat_map(|link| market.flows_at(*link));
    flows.filter(|flow| counts(flow) && seen.insert(&flow.supply.record)).collect()
}

/// The parts of what was bought from a supplier.
pub(super) fn spend_members(market: &Market, scope: &Scope<'_>, firm: FirmId, bought: &Bought) -> Vec<Member> {
    let firm = &market.firm(firm).firm;
    let parts = [
        (Verdict::Yes, bought.local, Whereabouts::Local),
        (Verdict::Unknown, bought.unknown, Whereabouts::Unknown),
        (Verdict::No, bought.outside - bought.local_trade, Whereabouts::Outside),
        (Verdict::No, bought.local_trade, Whereabouts::LocalTrade),
    ];
    let parts = parts.into_iter().filter(|(_, amount, _)| *amount > 0);
    let one = |(verdict, amount, place): (Verdict, i128, Whereabouts)| {
        member(firm.code(), &firm.name, verdict, amount, place.label(scope.basis))
    };
    parts.map(one).collect()
}

/// Tells why there is no rate where returns are above purchases, and what the sum leaves out: suppliers of whom that is so,
/// and supplies without an amount.
pub(super) fn add_spend_notes<'b>(rate: &mut Rate, sums: impl Iterator<Item = &'b Bought> + Clone) {
    let net: i128 = sums.clone().map(|bought| bought.net).sum();
    if net <= 0 && sums.clone().next().is_some() {
        rate.notes.push(note("not_positive", format!("采购净额 {} 元，不计算比率", yuan(net))));
    }
    let negative = sums.clone().filter(|bought| bought.net < 0).count();
    if negative > 0 {
        rate.notes.push(note("negative", format!("{negative} 家供应商净额为负，计 0")));
    }
    let untold: usize = sums.map(|bought| bought.untold).sum();
    if untold > 0 {
        rate.notes.push(note("untold_amounts", format!("{untold} 条配套关系没有金额，或不是人民币，未计入")));
    }
}

/// Tells what is neither goods nor processing, for how much, and is left out.
pub(super) fn add_left_out_note<'f>(rate: &mut Rate, flows: impl Iterator<Item = &'f Flow>) {
    let mut sums: BTreeMap<&str, (i128, usize)> = BTreeMap::new();
    for flow in flows {
        let Some(label) = &flow.supply.left_out else { continue };
        let (sum, n_untold) = sums.entry(label).or_default();
        match flow.supply.amount_fen {
            Some(fen) => *sum += i128::from(fen),
            None => *n_untold += 1,
        }
    }
    let words: Vec<String> = sums
        .into_iter()
        .map(|(label, (fen, n_untold))| match n_untold {
            0 => format!("{label} {} 元", yuan(fen)),
            _ => format!("{label} {} 元（另 {n_untold} 条没有金额）", yuan(fen)),
        })
        .collect();
    if !words.is_empty() {
        rate.notes.push(note("left_out", format!("不是货物和加工，未计入：{}", words.join("、"))));
    }
}

/// Writes fen as yuan, exactly.
pub(super) fn yuan(fen: i128) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", (fen / 100).abs(), (fen % 100).abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::Facts;
    use crate::chain::sample::{
        BEIJING, JINAN, QINGDAO, TODAY, chain_id, facts, firm, market, scope, site, span, supply,
    };
    use jiff::civil::date;

    /// The example of eight suppliers, four of them local: spends 8500, 6200, 5800*, 4200*, 3800*, 3200, 2800, 2100*.
    fn eight() -> Facts {
        let rows = [
            (8500, BEIJING),
            (6200, BEIJING),
            (5800, JINAN),
            (4200, QINGDAO),
            (3800, JINAN),
            (3200, BEIJING),
            (2800, BEIJING),
            (2100, JINAN),
        ];
        let mut facts = facts(&["L"]);
        facts.firms.push(firm(100, JINAN));
        for (number, (yuan, region)) in (1..).zip(rows) {
            facts.firms.push(firm(number, region));
            facts.supplies.push(supply(number, number, 100, "L", yuan));
        }
        facts
    }

    fn value(facts: Facts) -> Rate {
        let market = market(facts);
        value_coverage(&market, &scope(), chain_id(&market), Evidence::E1, None)
    }

    fn count(facts: Facts) -> Rate {
        let market = market(facts);
        supplier_coverage(&market, &scope(), chain_id(&market), Evidence::E1)
    }

    fn points(rate: &Rate) -> [String; 3] {
        let value = rate.value.expect("members");
        [value.low, value.point.expect("known members"), value.high].map(|fraction| fraction.to_string())
    }

    fn has_note(rate: &Rate, code: &str) -> bool {
        rate.notes.iter().any(|note| note.code == code)
    }

    #[test]
    fn the_worked_example_is_half_by_count_and_43_percent_by_value() {
        let (value, count) = (value(eight()), count(eight()));
        assert_eq!((value.numerator, value.denominator, value.unknown), (1_590_000, 3_660_000, 0));
        assert_eq!(value.value.unwrap().point.unwrap().percent(), "43.4%");
        assert_eq!((count.numerator, count.denominator), (4, 8));
        assert_eq!(count.value.unwrap().point.unwrap().percent(), "50.0%");
        assert_eq!((value.members.len(), count.members.len()), (8, 8));
    }

    #[test]
    fn a_firm_of_unknown_place_lies_between_the_bounds() {
        let mut facts = eight();
        facts.firms[1].registered = None;
        let (value, count) = (value(facts.clone()), count(facts));
        // Firm 1 bought for 8500: 15900/36600, 15900/28100, 24400/36600.
        assert_eq!(points(&value), ["53/122", "159/281", "2/3"]);
        assert_eq!(points(&count), ["1/2", "4/7", "5/8"]);
        assert_eq!((value.unknown, count.unknown), (850_000, 1));
    }

    #[test]
    fn a_supply_is_local_where_the_site_that_makes_it_is() {
        let mut facts = eight();
        facts.products.push(crate::chain::sample::product("钢帘线", &["L"]));
        // Firm 3 is registered in Jinan, and makes this product in Beijing and another one at home.
        facts.firms[3].sites = vec![site(JINAN, &["盘条"]), site(BEIJING, &["钢帘线"])];
        facts.supplies[2].product = Some("钢帘线".to_owned());
        assert_eq!(count(facts.clone()).numerator, 3);
        // A site that is closed makes nothing; the other one is left.
        facts.firms[3].sites[1].span = span(date(2020, 1, 1), date(2025, 12, 31));
        assert_eq!(count(facts.clone()).numerator, 4);
        // Two sites that do not say what they make, one here and one there: nobody knows.
        facts.firms[3].sites = vec![site(JINAN, &[]), site(BEIJING, &[])];
        let rate = count(facts);
        assert_eq!((rate.numerator, rate.unknown), (3, 1));
    }

    #[test]
    fn a_trader_is_local_only_with_goods_made_here() {
        let mut facts = eight();
        facts.firms[3].is_trader = true;
        let rate = count(facts.clone());
        assert_eq!((rate.numerator, rate.denominator), (3, 8));
        assert!(has_note(&rate, "local_trade"));
        assert_eq!(value(facts.clone()).numerator, 1_590_000 - 580_000);
        facts.supplies[2].origin = Some(QINGDAO.to_owned());
        assert_eq!(count(facts.clone()).numerator, 4);
        facts.supplies[2].origin = Some(BEIJING.to_owned());
        let rate = count(facts);
        assert_eq!(rate.numerator, 3);
        assert!(has_note(&rate, "local_trade"));
        // What comes from abroad is nobody's make here, and what cannot be read may come from anywhere.
        let mut facts = eight();
        facts.supplies[2].origin = Some(crate::definition::Regions::ABROAD.to_owned());
        facts.supplies[3].origin = Some("亚特兰蒂斯".to_owned());
        let rate = value(facts);
        assert_eq!((rate.numerator, rate.denominator, rate.unknown), (590_000, 3_240_000, 420_000));
    }

    #[test]
    fn an_origin_coarser_than_the_area_leaves_it_open() {
        let mut facts = eight();
        // Of one elsewhere, a trader here and a maker here.
        facts.firms[3].is_trader = true;
        for number in [0, 2, 4] {
            facts.supplies[number].origin = Some(crate::chain::sample::SHANDONG.to_owned());
        }
        let market = market(facts);
        let area = crate::chain::rate::Area { label: "济南市".to_owned(), codes: vec![JINAN.to_owned()] };
        let of = |scope: &Scope<'_>| {
            let rate = value_coverage(&market, scope, chain_id(&market), Evidence::E1, None);
            (rate.numerator, rate.denominator, rate.unknown)
        };
        assert_eq!(of(&Scope { area: &area, ..scope() }), (210_000, 1_850_000, 1_810_000));
        assert_eq!(of(&scope()), (2_440_000, 3_660_000, 0), "all of it is in the province");
    }

    #[test]
    fn by_registration_sites_and_trade_do_not_matter() {
        let mut facts = eight();
        facts.firms[3].sites = vec![site(BEIJING, &[])];
        // Told of its own, the place of registration is another one than where it is.
        facts.firms[6].registered_at = Some(JINAN.to_owned());
        let market = market(facts);
        let registered = Scope { basis: crate::chain::rate::Basis::Registered, ..scope() };
        let rate = supplier_coverage(&market, &registered, chain_id(&market), Evidence::E1);
        assert_eq!(rate.numerator, 5);
        assert!(rate.members.iter().any(|member| member.id == "P3" && member.reason == "注册地在本地"));
        assert_eq!(supplier_coverage(&market, &scope(), chain_id(&market), Evidence::E1).numerator, 3);
    }

    #[test]
    fn returns_are_netted_by_supplier() {
        let mut facts = eight();
        facts.supplies.push(supply(9, 3, 100, "L", -800));
        assert_eq!(value(facts.clone()).numerator, 1_510_000);
        facts.supplies.push(supply(10, 3, 100, "L", -10_000));
        let rate = value(facts.clone());
        assert_eq!((rate.numerator, rate.denominator), (1_010_000, 3_080_000));
        assert!(has_note(&rate, "negative"));
        // 36600 - 800 - 10000 - 80000 in all: no purchase, and no rate.
        facts.supplies.push(supply(11, 3, 100, "L", -80_000));
        let rate = value(facts);
        assert_eq!((rate.value, rate.denominator), (None, 0));
        assert!(has_note(&rate, "not_positive"));
    }

    #[test]
    fn a_quarter_told_beside_its_year_counts_once() {
        let mut facts = eight();
        let year = crate::chain::spend::year(2025);
        for supply in &mut facts.supplies {
            supply.period = Some(year);
        }
        let mut quarter = supply(9, 3, 100, "L", 1500);
        quarter.period = Some(span(date(2025, 10, 1), date(2025, 12, 31)));
        facts.supplies.push(quarter);
        assert_eq!(value(facts.clone()).numerator, 1_590_000);
        // Another year is another year.
        let mut earlier = supply(10, 3, 100, "L", 1500);
        earlier.period = Some(crate::chain::spend::year(2024));
        facts.supplies.push(earlier);
        assert_eq!(value(facts).numerator, 1_590_000);
    }

    #[test]
    fn what_is_over_or_not_proved_drops_out() {
        let mut facts = eight();
        facts.supplies[2].span = Some(span(date(2020, 1, 1), date(2025, 5, 31)));
        facts.supplies[3].evidence = Evidence::E1;
        facts.firms[5].gone_since = Some(TODAY);
        let market = market(facts);
        let count = |evidence| {
            let rate = supplier_coverage(&market, &scope(), chain_id(&market), evidence);
            (rate.numerator, rate.denominator)
        };
        assert_eq!((count(Evidence::E1), count(Evidence::E2), count(Evidence::E3)), ((2, 6), (1, 5), (0, 0)));
        // A delivery in the last twelve months keeps it live.
        let yesterday = Scope { as_of: date(2026, 5, 31), ..scope() };
        assert_eq!(supplier_coverage(&market, &yesterday, chain_id(&market), Evidence::E1).denominator, 7);
        assert_eq!(supplier_coverage(&market, &scope(), chain_id(&market), Evidence::E3).value, None);
    }

    #[test]
    fn a_supply_is_live_for_a_year_behind_its_last_delivery() {
        let n_live = |change: &dyn Fn(&mut crate::chain::model::Supply)| {
            let mut facts = eight();
            change(&mut facts.supplies[2]);
            count(facts).denominator
        };
        assert_eq!(n_live(&|told| told.last_delivery = Some(date(2025, 6, 1))), 8);
        assert_eq!(n_live(&|told| told.last_delivery = Some(date(2025, 5, 31))), 7);
        assert_eq!(n_live(&|told| told.last_delivery = Some(date(2026, 6, 2))), 7, "not yet");
        // Where no day is told, the last one of the period counts, unless it is told when the supply ends.
        assert_eq!(n_live(&|told| told.period = Some(crate::chain::spend::year(2025))), 8);
        assert_eq!(n_live(&|told| told.period = Some(crate::chain::spend::year(2024))), 7);
        let ended = Some(span(date(2025, 1, 1), date(2025, 12, 31)));
        assert_eq!(n_live(&|told| (told.period, told.span) = (ended, ended)), 7);
    }

    #[test]
    fn purchases_count_on_the_level_of_their_proof() {
        let mut facts = eight();
        facts.links.push(crate::chain::sample::link("C", "M"));
        facts.supplies.push(supply(9, 3, 100, "M", 500));
        facts.supplies[8].evidence = Evidence::E1;
        let market = market(facts);
        let at = |evidence| value_coverage(&market, &scope(), chain_id(&market), evidence, None);
        let known = |rate: &Rate| rate.notes.iter().find(|note| note.code == "known_spend").unwrap().words.clone();
        let (told, proved) = (at(Evidence::E1), at(Evidence::E2));
        assert_eq!((told.numerator, proved.numerator), (1_640_000, 1_590_000));
        assert!(known(&told).contains("100.0%") && known(&proved).contains("50.0%"));
    }

    #[test]
    fn too_little_known_spend_is_insufficient() {
        let mut facts = eight();
        facts.links.push(crate::chain::sample::link("C", "M"));
        let rate = value(facts.clone());
        assert!(!has_note(&rate, "insufficient"), "one of two links is half");
        facts.links.push(crate::chain::sample::link("C", "N"));
        let rate = value(facts);
        assert!(has_note(&rate, "insufficient"));
        assert!(rate.notes.iter().any(|note| note.words.contains("33.3%")));
    }
}
