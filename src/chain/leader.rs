//! What share of a leader's purchases is local: `链主本地采购率`, by year and by link.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::chain::fraction::Fraction;
use crate::chain::market::{FirmId, Flow, LinkId, Market};
use crate::chain::model::{Evidence, Span};
use crate::chain::rate::{Formula, Rate, Unit, Verdict};
use crate::chain::scope::Scope;
use crate::chain::sourcing::{add_left_out_note, add_spend_notes, spend_members, yuan};
use crate::chain::spend::{Bought, bought, is_of_period, period_parameter, year};
use crate::chain::tally::{Subject, member, note, tally};

/// What a leader buys of local make / what it buys.
pub const LOCAL_PURCHASES: Formula = Formula {
    name: "local_purchases",
    version: 2,
    label: "链主本地采购率",
    words: "向本地生产的供应商采购货物和加工的不含税金额 ÷ 全部货物和加工采购额；不含集团内部和水电气热、土地房产、金融；按供应商净额，净额为负的计 0",
    unit: Unit::Fen,
};

/// Which way a number goes over the years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Up every year.
    Rising,
    /// The same every year.
    Level,
    /// Down every year.
    Falling,
    /// Now this way, now that.
    Mixed,
}

impl Direction {
    /// Returns the stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Level => "level",
            Self::Falling => "falling",
            Self::Mixed => "mixed",
        }
    }

    /// Returns the name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Rising => "逐年上升",
            Self::Level => "逐年持平",
            Self::Falling => "逐年下降",
            Self::Mixed => "有升有降",
        }
    }

    /// Reads the direction of points; `None` with fewer than two.
    fn of(points: &[Fraction]) -> Option<Self> {
        let mut steps = points.windows(2).filter_map(|pair| Some(pair.last()?.cmp(pair.first()?)));
        let first = steps.next()?;
        Some(match first {
            _ if steps.any(|step| step != first) => Self::Mixed,
            Ordering::Greater => Self::Rising,
            Ordering::Equal => Self::Level,
            Ordering::Less => Self::Falling,
        })
    }
}

/// A leader's local purchases of some years, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// One rate a year; without a value for a year of which nothing is told.
    pub years: Vec<(i16, Rate)>,
    /// Which way the points go; `None` with fewer than two years that have one.
    pub direction: Option<Direction>,
}

/// Local purchases of a firm in a period, outside of its group, on the level of `evidence`.
///
/// What names no link counts in the whole and is told beside it. Where the net total is not above 0, there is no value.
pub fn local_purchases(market: &Market, scope: &Scope<'_>, leader: FirmId, evidence: Evidence, period: Span) -> Rate {
    let flows: Vec<&Flow> = purchases(market, leader, evidence, &period).collect();
    let whole = told(market, leader, evidence, &period);
    let mut rate = rate_of(market, scope, (leader, evidence), flows.iter().copied(), whole);
    rate.parameters = period_parameter(&period);
    if whole.is_none() && !flows.is_empty() {
        rate.notes.push(note("no_total", "没有当年的采购总额，只算逐笔写明的".to_owned()));
    }
    let unplaced = bought(market, scope, flows.into_iter().filter(|flow| flow.links.is_empty()));
    let unplaced: i128 = unplaced.values().map(Bought::total).sum();
    if unplaced > 0 {
        rate.notes.push(note("unclassified", format!("未归入环节的采购额 {} 元", yuan(unplaced))));
    }
    add_left_out_note(&mut rate, left_out(market, leader, evidence, &period));
    rate
}

/// Returns what a buyer says that it bought of goods and processing in a calendar year from whomever, outside of its group,
/// in fen: the sum that it tells without what supplies tell of the rest.
pub fn purchases_told(market: &Market, buyer: FirmId, evidence: Evidence, period: &Span) -> Option<i128> {
    told(market, buyer, evidence, period).map(Told::goods)
}

/// What a buyer says that it bought in a calendar year, and what supplies tell of what is neither goods nor processing, in
/// fen.
#[derive(Clone, Copy)]
struct Told {
    whole: i128,
    left_out: i128,
}

impl Told {
    fn goods(self) -> i128 {
        self.whole - self.left_out
    }
}

fn told(market: &Market, buyer: FirmId, evidence: Evidence, period: &Span) -> Option<Told> {
    let of = period.from?.year();
    let whole = market.firm(buyer).firm.purchases_fen.get(&of).filter(|_| *period == year(of))?;
    let left_out = left_out(market, buyer, evidence, period).filter_map(|flow| flow.supply.amount_fen);
    Some(Told { whole: i128::from(*whole), left_out: left_out.map(i128::from).sum() })
}

/// Lists what a buyer bought outside of its group that is neither goods nor processing.
fn left_out<'m>(
    market: &'m Market,
    buyer: FirmId,
    evidence: Evidence,
    period: &Span,
) -> impl Iterator<Item = &'m Flow> {
    market.flows_to(buyer).filter(move |flow| {
        let is_meant = !flow.is_goods() && is_outside(market, buyer, flow);
        is_meant && flow.supply.evidence >= evidence && is_of_period(flow, period)
    })
}

/// The same for each link, by link; supplies of several links count in each of them, so that the links do not add up.
pub fn local_purchases_by_link(
    market: &Market,
    scope: &Scope<'_>,
    leader: FirmId,
    evidence: Evidence,
    period: Span,
) -> Vec<(LinkId, Rate)> {
    let mut by_link: BTreeMap<LinkId, Vec<&Flow>> = BTreeMap::new();
    for flow in purchases(market, leader, evidence, &period) {
        for link in &flow.links {
            by_link.entry(*link).or_default().push(flow);
        }
    }
    let rates = by_link.into_iter().map(|(link, flows)| {
        let mut rate = rate_of(market, scope, (leader, evidence), flows, None);
        let code = market.link(link).link.code.clone();
        rate.parameters = period_parameter(&period);
        rate.parameters.push(("link", code));
        let at_link = left_out(market, leader, evidence, &period).filter(|flow| flow.links.contains(&link));
        add_left_out_note(&mut rate, at_link);
        (link, rate)
    });
    rates.collect()
}

/// Local purchases of the `years` calendar years up to `last`.
pub fn local_purchase_series(
    market: &Market,
    scope: &Scope<'_>,
    leader: FirmId,
    evidence: Evidence,
    last: i16,
    years: i16,
) -> Series {
    let of_year = |of: i16| (of, local_purchases(market, scope, leader, evidence, year(of)));
    let years: Vec<(i16, Rate)> = (0..years.max(0)).rev().map(|back| of_year(last.saturating_sub(back))).collect();
    let points: Vec<Fraction> = years.iter().filter_map(|(_, rate)| rate.value?.point).collect();
    Series { years, direction: Direction::of(&points) }
}

fn purchases<'m>(
    market: &'m Market,
    leader: FirmId,
    evidence: Evidence,
    period: &Span,
) -> impl Iterator<Item = &'m Flow> {
    market.goods_to(leader).filter(move |flow| {
        is_outside(market, leader, flow) && flow.supply.evidence >= evidence && is_of_period(flow, period)
    })
}

/// Says whether a supply comes from outside of a buyer's group.
fn is_outside(market: &Market, buyer: FirmId, flow: &Flow) -> bool {
    market.controller(flow.supplier) != market.controller(buyer)
}

/// Says that a buyer's whole is less than its parts, of which `net` are goods and processing.
fn below(told: Told, net: i128) -> String {
    let of_which = match told.left_out {
        0 => String::new(),
        fen => format!("（其中不是货物和加工的 {} 元）", yuan(fen)),
    };
    format!("采购总额 {} 元，少于逐笔写明的 {} 元{of_which}", yuan(told.whole), yuan(net + told.left_out))
}

fn rate_of<'f>(
    market: &Market,
    scope: &Scope<'_>,
    (leader, evidence): (FirmId, Evidence),
    flows: impl IntoIterator<Item = &'f Flow>,
    whole: Option<Told>,
) -> Rate {
    let sums = bought(market, scope, flows);
    let net: i128 = sums.values().map(|bought| bought.net).sum();
    // Of what was bought and nobody is named for, nothing is known.
    let untold = whole.map_or(0, |told| told.goods() - net.max(0)).max(0);
    let untold = (untold > 0).then(|| {
        let reason = format!("采购总额中没有写明供货方的 {} 元", yuan(untold));
        member(String::new(), "没有写明的供货方", Verdict::Unknown, untold, reason)
    });
    let members =
        sums.iter().filter(|_| net > 0).flat_map(|(firm, bought)| spend_members(market, scope, *firm, bought));
    let members = members.chain(untold);
    let firm = &market.firm(leader).firm;
    let subject = Subject { id: firm.code(), label: firm.name.clone() };
    let mut rate = tally(LOCAL_PURCHASES, subject, scope, Some(evidence), members.collect());
    let returned = sums.iter().filter(|(_, bought)| bought.net < 0).map(|(supplier, bought)| {
        let supplier = &market.firm(*supplier).firm;
        let reason = format!("净额 {} 元，计 0", yuan(bought.net));
        member(supplier.code(), &supplier.name, Verdict::No, 0, reason)
    });
    rate.members.extend(returned);
    rate.members.sort_unstable();
    if let Some(told) = whole.filter(|told| told.goods() < net) {
        rate.notes.push(note("total_below", below(told, net)));
    }
    add_spend_notes(&mut rate, sums.values());
    rate
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::Facts;
    use crate::chain::sample::{BEIJING, JINAN, facts, firm, firm_id, market, scope, supply};

    /// Leader 9 bought for 600 and 200 here, for 200 elsewhere and for 500 of its own group.
    fn bought_of_four() -> Facts {
        let mut facts = facts(&["L", "M"]);
        facts.firms = vec![firm(1, JINAN), firm(2, JINAN), firm(3, BEIJING), firm(4, JINAN), firm(9, JINAN)];
        facts.firms[3].controller = facts.firms[4].id;
        facts.supplies = vec![
            supply(1, 1, 9, "L", 600),
            supply(2, 2, 9, "M", 200),
            supply(3, 3, 9, "L", 200),
            supply(4, 4, 9, "L", 500),
        ];
        for supply in &mut facts.supplies {
            supply.period = Some(year(2025));
        }
        facts
    }

    fn rate(facts: Facts, of: i16) -> Rate {
        let market = market(facts);
        local_purchases(&market, &scope(), firm_id(&market, 9), Evidence::E1, year(of))
    }

    #[test]
    fn a_group_buys_nothing_of_itself() {
        let rate = rate(bought_of_four(), 2025);
        assert_eq!((rate.numerator, rate.denominator), (80_000, 100_000));
        assert_eq!(rate.members.len(), 3);
    }

    #[test]
    fn what_nobody_is_named_for_is_unknown() {
        let mut facts = bought_of_four();
        facts.firms[4].purchases_fen = [(2025, 160_000)].into();
        let whole = rate(facts.clone(), 2025);
        let bounds = whole.value.expect("told");
        assert_eq!((whole.numerator, whole.denominator), (80_000, 100_000));
        assert_eq!((bounds.low.percent(), bounds.high.percent()), ("50.0%".to_owned(), "87.5%".to_owned()));
        facts.firms[4].purchases_fen = [(2025, 90_000)].into();
        let words = |facts: Facts| {
            rate(facts, 2025).notes.into_iter().find(|note| note.code == "total_below").map(|note| note.words)
        };
        assert_eq!(words(facts.clone()).as_deref(), Some("采购总额 900.00 元，少于逐笔写明的 1000.00 元"));
        // What is no goods was paid from the same sum.
        let mut power = supply(5, 3, 9, "L", 1200);
        (power.period, power.left_out) = (Some(year(2025)), Some("水电气热".to_owned()));
        facts.supplies.push(power);
        let told = "采购总额 900.00 元，少于逐笔写明的 2200.00 元（其中不是货物和加工的 1200.00 元）";
        assert_eq!(words(facts.clone()).as_deref(), Some(told));
        facts.firms[4].purchases_fen = [(2025, 220_000)].into();
        assert_eq!(words(facts), None);
    }

    #[test]
    fn negative_suppliers_count_nothing_and_are_listed() {
        let mut facts = bought_of_four();
        let mut returned = supply(5, 2, 9, "M", -300);
        returned.period = Some(year(2025));
        facts.supplies.push(returned);
        let rate = rate(facts, 2025);
        assert_eq!((rate.numerator, rate.denominator), (60_000, 80_000));
        assert!(rate.members.iter().any(|one| one.id == "P2" && one.amount == 0 && one.reason.contains("-100.00")));
    }

    #[test]
    fn a_total_that_is_not_positive_has_no_rate() {
        let mut facts = bought_of_four();
        facts.supplies[0].amount_fen = Some(-50_000);
        // -500 + 200 + 200.
        let rate = rate(facts.clone(), 2025);
        assert_eq!((rate.value, rate.denominator), (None, 0));
        assert!(rate.notes.iter().any(|note| note.code == "not_positive"));
        facts.supplies[0].amount_fen = Some(-39_900);
        assert!(self::rate(facts, 2025).value.is_some());
    }

    #[test]
    fn what_is_no_goods_is_left_out_and_told() {
        let mut facts = bought_of_four();
        let mut power = supply(5, 3, 9, "L", 900);
        (power.period, power.left_out) = (Some(year(2025)), Some("水电气热".to_owned()));
        let mut earlier = power.clone();
        (earlier.record, earlier.period) = (supply(6, 3, 9, "L", 1).record, Some(year(2024)));
        facts.supplies.extend([power, earlier]);
        let market = market(facts.clone());
        let buyer = firm_id(&market, 9);
        let rate = local_purchases(&market, &scope(), buyer, Evidence::E1, year(2025));
        assert_eq!((rate.numerator, rate.denominator), (80_000, 100_000));
        let told: Vec<&str> = rate.notes.iter().map(|note| note.words.as_str()).collect();
        assert_eq!(told, ["没有当年的采购总额，只算逐笔写明的", "不是货物和加工，未计入：水电气热 900.00 元"]);
        let by_link = local_purchases_by_link(&market, &scope(), buyer, Evidence::E1, year(2025));
        let notes = |rate: &Rate| rate.notes.iter().any(|note| note.code == "left_out");
        assert_eq!(by_link.iter().map(|(_, rate)| notes(rate)).collect::<Vec<bool>>(), [true, false]);
        let chain = crate::chain::sample::chain_id(&market);
        let value = crate::chain::value_coverage(&market, &scope(), chain, Evidence::E1, Some(year(2025)));
        assert_eq!(value.denominator, 150_000, "without the 900");
        assert!(value.notes.iter().any(|note| note.code == "left_out" && note.words.contains("900.00")));
        assert_eq!(
            market.flows_at(crate::chain::sample::link_id(&market, "L")).count(),
            5,
            "it is a supply all the same"
        );
    }

    #[test]
    fn what_names_no_link_is_told_and_not_spread() {
        let mut facts = bought_of_four();
        facts.supplies[1].link = None;
        let market = market(facts);
        let buyer = firm_id(&market, 9);
        let rate = local_purchases(&market, &scope(), buyer, Evidence::E1, year(2025));
        assert_eq!(rate.numerator, 80_000);
        assert!(rate.notes.iter().any(|note| note.code == "unclassified" && note.words.contains("200.00")));
        let by_link = local_purchases_by_link(&market, &scope(), buyer, Evidence::E1, year(2025));
        let shown: Vec<_> = by_link.iter().map(|(_, rate)| (rate.numerator, rate.denominator)).collect();
        assert_eq!(shown, [(60_000, 80_000)]);
    }

    #[test]
    fn a_series_has_a_direction_with_two_years() {
        let mut facts = bought_of_four();
        let series = |facts: &Facts| {
            let market = market(facts.clone());
            local_purchase_series(&market, &scope(), firm_id(&market, 9), Evidence::E1, 2025, 3)
        };
        let one = series(&facts);
        assert_eq!((one.years.len(), one.direction), (3, None));
        let points: Vec<bool> = one.years.iter().map(|(_, rate)| rate.value.is_some()).collect();
        assert_eq!((one.years[0].0, points), (2023, vec![false, false, true]));
        for (number, (supplier, yuan, of)) in
            (5..).zip([(1, 700, 2024), (3, 300, 2024), (1, 600, 2023), (3, 400, 2023)])
        {
            let mut earlier = supply(number, supplier, 9, "L", yuan);
            earlier.period = Some(year(of));
            facts.supplies.push(earlier);
        }
        assert_eq!(series(&facts).direction, Some(Direction::Rising));
        facts.supplies[4].amount_fen = Some(10_000);
        assert_eq!(series(&facts).direction, Some(Direction::Mixed), "60 %, 25 %, 80 %");
    }
}
