//! What holds of every market: tried on invented ones of a few firms, with rings, returns, traders, groups, doubtful places
//! and names that do not exist.

use jiff::civil::date;
use proptest::prelude::*;

use crate::chain::coverage::{capacity_coverage, link_coverage};
use crate::chain::critical::{Critical, Question, critical, critical_places, without};
use crate::chain::fraction::Fraction;
use crate::chain::gaps::{LinkReport, Weakness, link_reports};
use crate::chain::market::Market;
use crate::chain::missing::{Missing, missing};
use crate::chain::model::{
    Capability, Certificate, Evidence, Facts, Finding, Firm, Input, Product, Risk, Span, Supply, Title,
};
use crate::chain::overview::{Ask, chain_rates};
use crate::chain::rate::{Rate, Verdict};
use crate::chain::sample::{
    BEIJING, JINAN, QINGDAO, SHANDONG, chain_id, definition, facts, firm, leader, link_name, market, offer, product,
    scope, site, span, supply, survey, tonnes,
};
use crate::chain::sourcing::{supplier_coverage, value_coverage};
use crate::chain::spend::year;
use crate::chain::suppliers::Proof;
use crate::chain::support::{Depth, Nesting, Support, support};
use crate::chain::web::{Purchase, Removed, Web};
use crate::definition::Tier;
use crate::model::PartyId;

const LINKS: [&str; 4] = ["A", "B", "D", "E"];
const PRODUCTS: [&str; 7] = ["p0", "p1", "p2", "p3", "p4", "p5", "p6"];
const N_FIRMS: u64 = 8;
const CERTIFICATE: &str = "IATF16949";

fn region() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just(JINAN), Just(QINGDAO), Just(BEIJING), Just("")]
}

fn certificate(is_valid: bool) -> Certificate {
    let until = if is_valid { None } else { Some(date(2026, 1, 1)) };
    Certificate { name: CERTIFICATE.to_owned(), span: Span { from: None, until } }
}

fn any_firm(number: u64) -> impl Strategy<Value = Firm> {
    let titles = proptest::option::of((0..3_usize, any::<bool>()));
    let money = (proptest::option::of(1..100_000_i64), proptest::option::of(0..50_000_i64));
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.1), 0..3_u8);
    (region(), proptest::option::of((region(), 0..7_usize)), 1..=N_FIRMS, titles, money, flags).prop_map(
        move |(region, place, controller, title, (revenue, sales), (is_trader, is_gone, certified))| {
            let mut firm = firm(number, region);
            firm.sites = place.map(|(region, made)| site(region, &[PRODUCTS[made]])).into_iter().collect();
            firm.controller = PartyId(controller);
            let tiers = [Tier::Innovative, Tier::Specialised, Tier::LittleGiant];
            firm.titles = title
                .map(|(tier, is_suspended)| Title { tier: tiers[tier], span: Span::ALWAYS, is_suspended })
                .into_iter()
                .collect();
            (firm.revenue_fen, firm.chain_sales_fen) = (revenue, sales);
            (firm.is_trader, firm.gone_since) = (is_trader, is_gone.then_some(date(2026, 5, 1)));
            firm.certificates = (certified > 0).then(|| certificate(certified > 1)).into_iter().collect();
            firm
        },
    )
}

fn any_supply(number: u64) -> impl Strategy<Value = Supply> {
    let parties = (1..=N_FIRMS, 1..=N_FIRMS + 1);
    let amount = proptest::option::weighted(0.8, -500..5_000_i64);
    let time = (0..4_u8, 0..3_u8);
    (parties, 0..4_usize, proptest::option::of(0..7_usize), amount, time).prop_map(
        move |((supplier, buyer), link, product, amount, (when, level))| {
            let mut told = supply(number, supplier, buyer, LINKS[link], 0);
            told.amount_fen = amount;
            if let Some(product) = product {
                (told.link, told.product) = (None, Some(PRODUCTS[product].to_owned()));
            }
            match when {
                0 => told.period = Some(year(2025)),
                1 => told.span = Some(span(date(2020, 1, 1), date(2026, 5, 1))),
                2 => told.last_delivery = Some(date(2026, 4, 1)),
                _ => {}
            }
            told.evidence = [Evidence::E1, Evidence::E2, Evidence::E3][usize::from(level)];
            told.left_out = (number % 7 == 6).then(|| "水电气热".to_owned());
            told
        },
    )
}

fn any_offer(number: u64) -> impl Strategy<Value = Capability> {
    (1..=N_FIRMS, 0..4_usize, proptest::option::of(0..7_usize), proptest::option::of(0..500_u64)).prop_map(
        move |(firm, link, product, capacity)| {
            let mut told = offer(number, firm, LINKS[link]);
            told.capacity = capacity.and_then(tonnes);
            if let Some(product) = product {
                (told.link, told.product) = (None, Some(PRODUCTS[product].to_owned()));
            }
            told
        },
    )
}

fn any_product(number: usize) -> impl Strategy<Value = Product> {
    (0..5_usize, proptest::option::weighted(0.2, 0..8_usize), any::<bool>()).prop_map(move |(link, kind, is_final)| {
        let links: Vec<&str> = LINKS.get(link).copied().into_iter().collect();
        let narrower =
            kind.map(|kind| PRODUCTS.get(kind).map_or("no such", |name| name).to_owned()).into_iter().collect();
        Product { narrower, is_final, ..product(PRODUCTS[number], &links) }
    })
}

fn any_input() -> impl Strategy<Value = Input> {
    (0..7_usize, 0..7_usize, 0..4_u8, prop::bool::weighted(0.1)).prop_map(|(made, of, group, is_optional)| Input {
        product: PRODUCTS[made].to_owned(),
        input: PRODUCTS[of].to_owned(),
        or_group: (group < 2).then(|| format!("g{group}")),
        is_optional,
        span: Span::ALWAYS,
    })
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let products = (0..7).map(any_product).collect::<Vec<_>>();
    let inputs = proptest::collection::vec(any_input(), 0..10);
    let link = (any::<bool>(), 0..3_u32, 0..4_u8, proptest::option::of(1..400_u64), prop::bool::weighted(0.2));
    let links = proptest::collection::vec(link, 4);
    let findings = [Finding::Nobody, Finding::Weak, Finding::Somebody, Finding::Partial];
    let surveys = proptest::collection::vec((0..4_usize, 0..4_usize), 0..3);
    let firms = (1..=N_FIRMS).map(any_firm).collect::<Vec<_>>();
    let supplies = (1..=14).map(any_supply).collect::<Vec<_>>();
    let offers = (1..=8).map(any_offer).collect::<Vec<_>>();
    (products, inputs, links, surveys, firms, (supplies, offers)).prop_map(
        move |(products, inputs, links, surveys, firms, (supplies, capabilities))| {
            let mut facts = facts(&LINKS);
            for (link, (is_essential, weight, group, demand, is_certified)) in facts.links.iter_mut().zip(links) {
                (link.is_essential, link.weight_thousandths) = (is_essential, weight * 500);
                link.or_group = (group == 0).then(|| "g".to_owned());
                link.demand = demand.and_then(tonnes);
                link.required_certificates = is_certified.then(|| CERTIFICATE.to_owned()).into_iter().collect();
            }
            facts.surveys =
                surveys.into_iter().map(|(link, found)| survey(LINKS[link], SHANDONG, findings[found])).collect();
            facts.leaders = vec![leader(1, "C"), leader(2, "C")];
            Facts { products, inputs, firms, supplies, capabilities, ..facts }
        },
    )
}

const ASK: Ask = Ask { evidence: Evidence::E1, k: 1, period: None };

fn all_rates(market: &Market) -> Vec<Rate> {
    let mut rates = chain_rates(market, &scope(), chain_id(market), ASK);
    for tier in [Tier::Specialised, Tier::LittleGiant] {
        for nesting in [Nesting::Inclusive, Nesting::Exclusive] {
            let options = Support {
                tier,
                nesting,
                depth: Depth::Any,
                evidence: Evidence::E1,
                share_min: Fraction::new(1, 100).unwrap(),
                chain: None,
            };
            rates.extend(support(market, &scope(), &options));
        }
    }
    rates
}

type Answers = (Vec<Rate>, Vec<LinkReport>, Vec<Critical>, Vec<Missing>);

fn all_answers(market: &Market) -> Answers {
    let chain = chain_id(market);
    let weakness = Weakness { k: 2, grades: &definition().grades };
    let web = Web::new(market, &scope(), chain, None);
    let wanted: Vec<_> = market.graph().ids().collect();
    (
        all_rates(market),
        link_reports(market, &scope(), chain, &weakness),
        critical(market, &scope(), chain, question(Purchase::Nowhere)),
        missing(&web, Purchase::Nowhere, &wanted),
    )
}

fn question(purchase: Purchase) -> Question {
    Question { evidence: Evidence::E1, purchase }
}

fn turned<T>(mut rows: Vec<T>, by: usize) -> Vec<T> {
    let n = rows.len().max(1);
    rows.rotate_left(by % n);
    rows.reverse();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_rate_lies_between_its_bounds_and_they_between_0_and_1(facts in any_facts()) {
        for rate in all_rates(&market(facts)) {
            let Some(value) = rate.value else {
                prop_assert_eq!((rate.numerator, rate.denominator, rate.unknown), (0, 0, 0), "{}", rate.formula.name);
                continue;
            };
            let point = value.point.unwrap_or(value.low);
            prop_assert!(Fraction::ZERO <= value.low && value.low <= point, "{rate:?}");
            prop_assert!(point <= value.high && value.high <= Fraction::ONE, "{rate:?}");
            prop_assert!(rate.members.iter().all(|member| member.amount >= 0), "{rate:?}");
            let is_partial = rate.notes.iter().any(|note| note.code == "partial");
            prop_assert_eq!(value.point.is_none(), rate.denominator == 0 || is_partial);
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(facts in any_facts(), by in 0..20_usize) {
        let other = Facts {
            products: turned(facts.products.clone(), by),
            inputs: turned(facts.inputs.clone(), by),
            chains: turned(facts.chains.clone(), by),
            links: turned(facts.links.clone(), by),
            leaders: turned(facts.leaders.clone(), by),
            firms: turned(facts.firms.clone(), by),
            capabilities: turned(facts.capabilities.clone(), by),
            supplies: turned(facts.supplies.clone(), by),
            surveys: turned(facts.surveys.clone(), by),
        };
        let (left, right) = (market(facts), market(other));
        prop_assert_eq!(left.problems(), right.problems());
        prop_assert_eq!(all_answers(&left), all_answers(&right));
    }

    #[test]
    fn a_local_supplier_more_lowers_no_coverage(
        mut facts in any_facts(),
        link in 0..4_usize,
        capacity in proptest::option::of(1..50_u64),
        is_proved in any::<bool>(),
    ) {
        facts.firms.retain(|firm| firm.id.0 != 50);
        let before = market(facts.clone());
        let mut newcomer = firm(50, JINAN);
        newcomer.certificates = vec![certificate(true)];
        facts.firms.push(newcomer);
        let mut told = offer(900, 50, LINKS[link]);
        told.capacity = capacity.and_then(tonnes);
        facts.capabilities.push(told);
        let mut flow = supply(900, 50, 3, LINKS[link], 100);
        flow.evidence = if is_proved { Evidence::E2 } else { Evidence::E1 };
        facts.supplies.push(flow);
        let after = market(facts);
        let chain = chain_id(&before);
        let rates = |market: &Market| {
            let ks = [1, 2, 3].into_iter();
            let proofs = [Proof::Capable, Proof::Actual(Evidence::E2)];
            let asked = ks.flat_map(|k| proofs.map(|proof| link_coverage(market, &scope(), chain, k, proof)));
            let spent = value_coverage(market, &scope(), chain, Evidence::E1, None);
            asked.chain([spent, supplier_coverage(market, &scope(), chain, Evidence::E1)]).collect::<Vec<Rate>>()
        };
        for (old, new) in rates(&before).into_iter().zip(rates(&after)) {
            let Some(was) = old.value else { continue };
            let is = new.value.expect("members stay");
            prop_assert!(was.low <= is.low && was.high <= is.high, "{old:?} {new:?}");
            // A point may give way to wider bounds, and never to a lower one.
            prop_assert!(was.point.zip(is.point).is_none_or(|(was, is)| was <= is), "{old:?} {new:?}");
        }
        let [old, new] = [&before, &after].map(|market| capacity_coverage(market, &scope(), chain).value);
        prop_assert!(old.map(|value| value.low) <= new.map(|value| value.low));
        let hand = |market: &Market| Web::new(market, &scope(), chain, None).at_hand(Purchase::Nowhere, None);
        for ((_, old), (_, new)) in hand(&before).into_iter().zip(hand(&after)) {
            prop_assert!(old != Verdict::Yes || new == Verdict::Yes);
        }
    }

    #[test]
    fn a_local_supplier_more_makes_no_link_worse(
        mut facts in any_facts(),
        link in 0..4_usize,
        product in proptest::option::of(0..7_usize),
        (city, controller, k) in (0..2_usize, 0..3_u64, 1..3_usize),
        (capacity, is_risky) in (proptest::option::of(1..50_u64), any::<bool>()),
    ) {
        let before = market(facts.clone());
        let mut newcomer = firm(50, [JINAN, QINGDAO][city]);
        newcomer.certificates = vec![certificate(true)];
        newcomer.controller = PartyId(if controller == 0 { 50 } else { controller });
        newcomer.risks = is_risky.then_some(Risk::Dishonest).into_iter().collect();
        facts.firms.push(newcomer);
        let mut told = offer(900, 50, LINKS[link]);
        told.capacity = capacity.and_then(tonnes);
        if let Some(product) = product {
            (told.link, told.product) = (None, Some(PRODUCTS[product].to_owned()));
        }
        facts.capabilities.push(told);
        let after = market(facts);
        let weakness = Weakness { k, grades: &definition().grades };
        let [old, new] =
            [&before, &after].map(|market| link_reports(market, &scope(), chain_id(market), &weakness));
        for (old, new) in old.iter().zip(&new) {
            prop_assert!(new.state <= old.state, "{old:?} {new:?}");
        }
    }

    #[test]
    fn what_is_critical_falls_and_nothing_else(facts in any_facts(), is_bought in any::<bool>()) {
        let purchase = if is_bought { Purchase::Anywhere } else { Purchase::Nowhere };
        let market = market(facts);
        let chain = chain_id(&market);
        let told = critical(&market, &scope(), chain, question(purchase));
        for controller in 1..=N_FIRMS {
            let removed = Removed::Group(PartyId(controller));
            let found = without(&market, &scope(), chain, question(purchase), &removed);
            let has_fallen = !found.products.is_empty() || !found.pairs.is_empty();
            prop_assert_eq!(told.iter().find(|one| one.removed == removed), has_fallen.then_some(&found));
        }
        let codes = [JINAN, QINGDAO, SHANDONG, BEIJING].map(str::to_owned);
        let told = critical_places(&market, &scope(), chain, question(purchase), &codes);
        for code in codes {
            let removed = Removed::Place(code);
            let found = without(&market, &scope(), chain, question(purchase), &removed);
            let has_fallen = !found.products.is_empty() || !found.pairs.is_empty();
            prop_assert_eq!(told.iter().find(|one| one.removed == removed), has_fallen.then_some(&found));
        }
    }

    #[test]
    fn a_market_that_changed_is_one_built_anew(facts in any_facts(), change in any_supply(7), gone in 1..=14_u64) {
        let mut changed = market(facts.clone());
        let lost = facts.supplies.iter().find(|one| one.record.code() == format!("{gone:06}")).unwrap().record.clone();
        changed.put(change.clone());
        changed.take(&lost);
        let mut supplies = facts.supplies.clone();
        supplies.retain(|one| one.record != change.record);
        supplies.push(change);
        supplies.retain(|one| one.record != lost);
        prop_assert_eq!(all_answers(&changed), all_answers(&market(Facts { supplies, ..facts })));
    }

    #[test]
    fn making_what_is_missing_is_enough_and_no_less(facts in any_facts()) {
        let mut facts = facts;
        for code in LINKS {
            facts.surveys.push(survey(code, SHANDONG, Finding::Nobody));
            facts.surveys.last_mut().unwrap().date = date(2026, 5, 31);
        }
        for link in &mut facts.links {
            link.required_certificates.clear();
        }
        for product in &mut facts.products {
            // Who makes a kind of a product makes the product; that way out is not among the sets.
            product.narrower.clear();
            // Products that belong to no link are never surveyed.
            if product.links.is_empty() {
                product.links = vec![link_name("A")];
            }
        }
        let before = market(facts.clone());
        let chain = chain_id(&before);
        let wanted: Vec<_> = before.graph().ids().collect();
        let web = Web::new(&before, &scope(), chain, None);
        for found in missing(&web, Purchase::Nowhere, &wanted).into_iter().filter(|found| found.is_complete) {
            for set in found.sets {
                for left_out in std::iter::once(None).chain(set.iter().copied().map(Some)) {
                    let mut more = facts.clone();
                    more.firms.push(firm(50, JINAN));
                    let made = set.iter().filter(|product| Some(**product) != left_out);
                    for (number, product) in (900..).zip(made) {
                        more.capabilities.push(crate::chain::sample::makes(number, 50, before.graph().title(*product)));
                    }
                    let after = market(more);
                    let hand = Web::new(&after, &scope(), chain, None).at_hand(Purchase::Nowhere, None);
                    let verdict = hand.iter().find(|(product, _)| *product == found.product).unwrap().1;
                    let is_there = verdict != Verdict::No;
                    prop_assert_eq!(is_there, left_out.is_none(), "{:?} without {:?}", set, left_out);
                }
            }
        }
    }
}
