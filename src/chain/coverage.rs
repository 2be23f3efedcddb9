//! How many of the links that a chain needs have local suppliers: the link coverage and the capacity-adjusted coverage of
//! `产业链本地配套率`.

use std::collections::BTreeMap;

use crate::chain::fraction::Fraction;
use crate::chain::market::{ChainId, LinkId, Market};
use crate::chain::model::{Evidence, Finding};
use crate::chain::rate::{Formula, Rate, Unit, Value, Verdict};
use crate::chain::scope::Scope;
use crate::chain::suppliers::{Groups, Proof, Supplier, groups, suppliers};
use crate::chain::tally::{Subject, member, note, tally};

/// Links with enough local suppliers / links, by weight.
pub const LINK_COVERAGE: Formula = Formula {
    name: "link_coverage",
    version: 2,
    label: "本地配套率（环节覆盖）",
    words: "有足够本地供应商的必需环节 ÷ 全部必需环节，按权重；互相替代的环节算一个，供应商按实际控制人去重",
    unit: Unit::Weight,
};

/// Local capacity / demand, at most 1 for each link, by weight.
pub const CAPACITY_COVERAGE: Formula = Formula {
    name: "capacity_coverage",
    version: 2,
    label: "本地配套率（产能）",
    words: "需求和本地产能都知道的必需环节，min(1, 本地产能 ÷ 本地需求) 按权重平均；只知道一部分的只抬高下限；每个环节的比值舍到十亿分之一",
    unit: Unit::PartialWeight,
};

/// What a chain needs: a link, or several of which one is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The links, by code.
    pub links: Vec<LinkId>,
    /// Thousandths; the greatest of its links.
    pub weight_thousandths: u32,
}

impl Requirement {
    /// Returns the codes of its links.
    pub fn id(&self, market: &Market) -> String {
        let codes: Vec<&str> = self.links.iter().map(|link| market.link(*link).link.code.as_str()).collect();
        codes.join("|")
    }

    /// Returns the titles of its links.
    pub fn label(&self, market: &Market) -> String {
        let titles: Vec<&str> = self.links.iter().map(|link| market.link(*link).link.title.as_str()).collect();
        titles.join(" 或 ")
    }
}

/// Lists what a chain needs on the day, by its first link. Links that it can do without are left out.
pub fn requirements(market: &Market, scope: &Scope<'_>, chain: ChainId) -> Vec<Requirement> {
    let mut alone: Vec<Requirement> = Vec::new();
    let mut grouped: BTreeMap<&str, Requirement> = BTreeMap::new();
    for id in &market.chain(chain).links {
        let link = &market.link(*id).link;
        if !link.is_essential || !link.span.holds(scope.as_of) {
            continue;
        }
        match link.or_group.as_deref().filter(|group| !group.is_empty()) {
            None => alone.push(Requirement { links: vec![*id], weight_thousandths: link.weight_thousandths }),
            Some(group) => {
                let empty = Requirement { links: Vec::new(), weight_thousandths: 0 };
                let requirement = grouped.entry(group).or_insert(empty);
                requirement.links.push(*id);
                requirement.weight_thousandths = requirement.weight_thousandths.max(link.weight_thousandths);
            }
        }
    }
    alone.extend(grouped.into_values());
    alone.sort_by(|left, right| left.links.cmp(&right.links));
    alone
}

/// Says whether at least `k` groups of firms in the area serve one of alternative links, and why nobody knows.
///
/// `Unknown` where a group may serve of which too little is told, where somebody looked and found some that nobody named, in
/// a draft of a chain, and where nobody finished looking and nobody but those who do serve is told of. So one local
/// supplier more never turns what nobody knows into a `No`.
pub fn covered(
    market: &Market,
    scope: &Scope<'_>,
    links: &[LinkId],
    k: usize,
    proof: Proof,
) -> (Verdict, &'static str) {
    covered_by(market, scope, links, k, &Counted::new(market, scope, links, proof))
}

/// Who serves alternative links.
struct Counted {
    groups: Groups,
    /// For each link, whether somebody is told of who does not serve: then the others would be as well.
    has_others: Vec<bool>,
}

impl Counted {
    fn new(market: &Market, scope: &Scope<'_>, links: &[LinkId], proof: Proof) -> Self {
        let by_link: Vec<Vec<Supplier>> = links.iter().map(|link| suppliers(market, scope, *link, proof)).collect();
        let has_other = |found: &Vec<Supplier>| found.iter().any(|supplier| supplier.verdict() == Verdict::No);
        Self { groups: groups(by_link.iter().flatten()), has_others: by_link.iter().map(has_other).collect() }
    }
}

fn covered_by(
    market: &Market,
    scope: &Scope<'_>,
    links: &[LinkId],
    k: usize,
    found: &Counted,
) -> (Verdict, &'static str) {
    let Groups { local, unknown, .. } = found.groups;
    if local >= k {
        return (Verdict::Yes, "");
    }
    if local + unknown >= k {
        return (Verdict::Unknown, "有供应商待核实");
    }
    for (link, has_others) in links.iter().zip(&found.has_others) {
        if market.chain(market.link(*link).chain).chain.is_draft {
            return (Verdict::Unknown, "产业链为骨架，未填全");
        }
        match scope.surveyed(market, *link) {
            Some(Finding::Somebody | Finding::Weak) => return (Verdict::Unknown, "摸底有供应商，未全部登记"),
            None if !has_others && local > 0 => return (Verdict::Unknown, "没有摸底，不知道还有没有"),
            None if !has_others => return (Verdict::Unknown, "没有数据，也没有摸底"),
            _ => {}
        }
    }
    (Verdict::No, "")
}

/// Names a chain as what a rate is of.
pub(super) fn chain_subject(market: &Market, chain: ChainId) -> Subject {
    let chain = &market.chain(chain).chain;
    Subject { id: chain.code.clone(), label: chain.title.clone() }
}

/// Returns how well supplies must be proved; none where catalogues count.
pub(super) fn evidence_of(proof: Proof) -> Option<Evidence> {
    match proof {
        Proof::Capable => None,
        Proof::Actual(evidence) => Some(evidence),
    }
}

/// Link coverage: the links with at least `k` groups of local suppliers.
pub fn link_coverage(market: &Market, scope: &Scope<'_>, chain: ChainId, k: usize, proof: Proof) -> Rate {
    link_coverages(market, scope, chain, [k], proof).swap_remove(0)
}

/// As [`link_coverage`], for several `k` at once, in their order.
pub(super) fn link_coverages<const N: usize>(
    market: &Market,
    scope: &Scope<'_>,
    chain: ChainId,
    ks: [usize; N],
    proof: Proof,
) -> Vec<Rate> {
    let counted: Vec<(Requirement, Counted)> = requirements(market, scope, chain)
        .into_iter()
        .map(|requirement| {
            let found = Counted::new(market, scope, &requirement.links, proof);
            (requirement, found)
        })
        .collect();
    let rate = |k: usize| {
        let members = counted.iter().map(|(requirement, found)| {
            let (verdict, why) = covered_by(market, scope, &requirement.links, k, found);
            let Groups { local, unknown, all } = found.groups;
            let counts = format!("本地 {local} 家、待核实 {unknown} 家、共 {all} 家");
            let reason = if why.is_empty() { counts } else { format!("{counts}；{why}") };
            let weight = i128::from(requirement.weight_thousandths);
            member(requirement.id(market), &requirement.label(market), verdict, weight, reason)
        });
        let members = members.collect();
        let mut rate = tally(LINK_COVERAGE, chain_subject(market, chain), scope, evidence_of(proof), members);
        let basis = if proof == Proof::Capable { "capability" } else { "actual" };
        rate.parameters = vec![("basis", basis.to_owned()), ("k", k.to_string())];
        rate
    };
    ks.into_iter().map(|k| rate(k.max(1))).collect()
}

/// Capacity-adjusted coverage: how much of each link's demand its local suppliers can make. A link of which one of them does
/// not tell, or not in the demand's unit, is unknown; what the others can make raises the lower bound, and leaves no point:
/// it can only be too low for the link, and the rest without it too high for the chain.
pub fn capacity_coverage(market: &Market, scope: &Scope<'_>, chain: ChainId) -> Rate {
    let (mut members, mut partial, mut n_partial) = (Vec::new(), 0, 0);
    for requirement in requirements(market, scope, chain) {
        let (id, label) = (requirement.id(market), requirement.label(market));
        let whole =
            i128::from(requirement.weight_thousandths) * (Unit::PartialWeight.per_one() / Unit::Weight.per_one());
        // The best of alternatives; another one, of which too little is told, may be better.
        let fills = requirement.links.iter().map(|link| fill(market, scope, *link));
        let best = fills.reduce(|one, other| Fill {
            billionths: one.billionths.max(other.billionths),
            is_sure: one.is_sure && other.is_sure,
        });
        let Some(best) = best else { continue };
        let met = whole * best.billionths / BILLION;
        if best.is_sure {
            members.push(member(id.clone(), &label, Verdict::Yes, met, ""));
            members.push(member(id, &label, Verdict::No, whole - met, ""));
            continue;
        }
        let reason = match Fraction::new(best.billionths, BILLION).filter(|_| met > 0) {
            Some(known) => format!("只知道一部分产能，至少够需求的 {}", known.percent()),
            None => "需求或产能不明".to_owned(),
        };
        members.push(member(id, &label, Verdict::Unknown, whole, reason));
        (partial, n_partial) = (partial + met, n_partial + usize::from(met > 0));
    }
    members.retain(|member| member.amount > 0);
    let mut rate = tally(CAPACITY_COVERAGE, chain_subject(market, chain), scope, None, members);
    if n_partial > 0 {
        rate.value = rate.value.and_then(|value| {
            let low = Fraction::new(rate.numerator + partial, rate.denominator + rate.unknown)?;
            Some(Value { low, point: None, ..value })
        });
        let words = format!("{n_partial} 个环节只知道一部分产能，只算进“最低”；“值”要等都知道");
        rate.notes.push(note("partial", words));
    }
    rate
}

const BILLION: i128 = 1_000_000_000;

/// How much of a link's demand its local suppliers can meet.
struct Fill {
    /// Known local capacity / demand in billionths, at most 1.
    billionths: i128,
    /// Whether no more is possible.
    is_sure: bool,
}

fn fill(market: &Market, scope: &Scope<'_>, link: LinkId) -> Fill {
    let demand = market.link(link).link.demand.as_ref().filter(|demand| demand.thousandths > 0);
    let Some(demand) = demand else { return Fill { billionths: 0, is_sure: false } };
    let capacity = local_capacity(market, scope, link, &demand.unit);
    let thousandths = i128::try_from(capacity.thousandths).unwrap_or(i128::MAX / BILLION);
    let billionths = thousandths.min(demand.thousandths.into()) * BILLION / i128::from(demand.thousandths);
    let is_known = covered(market, scope, &[link], 1, Proof::Capable).0 != Verdict::Unknown;
    Fill { billionths, is_sure: billionths == BILLION || (capacity.is_complete && is_known) }
}

/// What local suppliers can make of something a year.
pub(super) struct Capacity {
    /// Whether all of them told, in the unit asked for, and none is in doubt.
    pub is_complete: bool,
    /// The sum of what was told.
    pub thousandths: u128,
}

/// Adds up what the local suppliers of a link can make a year, in a unit.
pub(super) fn local_capacity(market: &Market, scope: &Scope<'_>, link: LinkId, unit: &str) -> Capacity {
    let mut sum = Capacity { is_complete: true, thousandths: 0 };
    for supplier in suppliers(market, scope, link, Proof::Capable) {
        match supplier.verdict() {
            Verdict::No => {}
            Verdict::Unknown => sum.is_complete = false,
            Verdict::Yes => {
                let told = supplier.capacity.as_deref().unwrap_or(&[]);
                sum.is_complete &= told.len() == 1 && told.iter().all(|capacity| capacity.unit == unit);
                let counted = told.iter().filter(|capacity| capacity.unit == unit);
                sum.thousandths += counted.map(|capacity| u128::from(capacity.thousandths)).sum::<u128>();
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::{Certificate, Facts, Span};
    use crate::chain::sample::{
        BEIJING, JINAN, QINGDAO, SHANDONG, chain_id, facts, firm, market, offer, scope, span, supply, survey, tonnes,
    };
    use jiff::civil::date;

    fn covers(facts: &Facts, k: usize, proof: Proof) -> (i128, i128, i128) {
        let market = market(facts.clone());
        let rate = link_coverage(&market, &scope(), chain_id(&market), k, proof);
        (rate.numerator, rate.denominator, rate.unknown)
    }

    const ACTUAL: Proof = Proof::Actual(Evidence::E2);

    /// A: a local maker; B: one elsewhere; D: nobody.
    fn three() -> Facts {
        let mut facts = facts(&["A", "B", "D"]);
        facts.firms = vec![firm(1, JINAN), firm(2, BEIJING), firm(3, QINGDAO), firm(9, JINAN)];
        facts.capabilities = vec![offer(1, 1, "A"), offer(2, 2, "B")];
        facts
    }

    #[test]
    fn a_link_without_data_is_unknown_and_not_uncovered() {
        let market = market(three());
        let rate = link_coverage(&market, &scope(), chain_id(&market), 1, Proof::Capable);
        assert_eq!((rate.numerator, rate.denominator, rate.unknown), (1000, 2000, 1000));
        let value = rate.value.unwrap();
        let shown = [value.low, value.point.unwrap(), value.high].map(|fraction| fraction.to_string());
        assert_eq!(shown, ["1/3", "1/2", "2/3"]);
        let ids: Vec<(&str, Verdict)> = rate.members.iter().map(|m| (m.id.as_str(), m.verdict)).collect();
        assert_eq!(ids, [("A", Verdict::Yes), ("B", Verdict::No), ("D", Verdict::Unknown)]);
    }

    #[test]
    fn a_finished_survey_makes_no_supplier_a_fact() {
        let mut facts = three();
        facts.surveys = vec![survey("D", SHANDONG, Finding::Nobody)];
        assert_eq!(covers(&facts, 1, Proof::Capable), (1000, 3000, 0));
        // Of one city only, unfinished, or of later: no.
        for (region, finding) in [(JINAN, Finding::Nobody), (SHANDONG, Finding::Partial), (SHANDONG, Finding::Somebody)]
        {
            facts.surveys = vec![survey("D", region, finding)];
            assert_eq!(covers(&facts, 1, Proof::Capable), (1000, 2000, 1000), "{region} {finding:?}");
        }
        facts.surveys = vec![survey("D", SHANDONG, Finding::Nobody)];
        facts.surveys[0].date = date(2026, 6, 2);
        assert_eq!(covers(&facts, 1, Proof::Capable).2, 1000);
        // Of each city of the province: yes.
        let regions = &crate::chain::sample::definition().regions;
        let cities = regions.iter().filter(|region| region.parent == SHANDONG);
        facts.surveys = cities.map(|city| survey("D", &city.code, Finding::Nobody)).collect();
        assert_eq!(covers(&facts, 1, Proof::Capable).2, 0);
        facts.surveys.pop();
        assert_eq!(covers(&facts, 1, Proof::Capable).2, 1000);
    }

    #[test]
    fn one_supplier_is_too_few_only_where_others_are_told_of_or_looked_for() {
        let mut facts = three();
        // A: one here; B: one elsewhere; D: nobody told.
        assert_eq!(covers(&facts, 2, Proof::Capable), (0, 1000, 2000));
        facts.capabilities.push(offer(3, 3, "B"));
        assert_eq!(covers(&facts, 2, Proof::Capable), (0, 1000, 2000), "one here, one elsewhere");
        facts.capabilities.push(offer(4, 3, "A"));
        assert_eq!(covers(&facts, 2, Proof::Capable), (1000, 2000, 1000));
        assert_eq!(covers(&facts, 3, Proof::Capable), (0, 1000, 2000));
        facts.surveys = vec![survey("A", SHANDONG, Finding::Nobody)];
        assert_eq!(covers(&facts, 3, Proof::Capable), (0, 2000, 1000));
        facts.surveys = vec![survey("B", SHANDONG, Finding::Somebody)];
        assert_eq!(covers(&facts, 3, Proof::Capable), (0, 0, 3000), "there are more than those who are named");
    }

    #[test]
    fn a_draft_names_no_gaps() {
        let mut facts = three();
        facts.chains[0].is_draft = true;
        assert_eq!(covers(&facts, 1, Proof::Capable), (1000, 1000, 2000));
    }

    #[test]
    fn alternatives_count_as_one() {
        let mut facts = three();
        facts.links[0].or_group = Some("胶".to_owned());
        facts.links[1].or_group = Some("胶".to_owned());
        facts.links[1].weight_thousandths = 3000;
        assert_eq!(covers(&facts, 1, Proof::Capable), (3000, 3000, 1000));
        // With one of them unknown and the other elsewhere only, the whole is unknown.
        facts.capabilities.remove(0);
        assert_eq!(covers(&facts, 1, Proof::Capable), (0, 0, 4000));
        facts.surveys = vec![survey("A", SHANDONG, Finding::Nobody)];
        assert_eq!(covers(&facts, 1, Proof::Capable), (0, 3000, 1000));
    }

    #[test]
    fn links_that_are_optional_or_over_are_left_out() {
        let mut facts = three();
        facts.links[1].is_essential = false;
        facts.links[2].span = span(date(2020, 1, 1), date(2026, 5, 31));
        assert_eq!(covers(&facts, 1, Proof::Capable), (1000, 1000, 0));
        facts.links.clear();
        let market = market(facts);
        assert_eq!(link_coverage(&market, &scope(), chain_id(&market), 1, Proof::Capable).value, None);
    }

    #[test]
    fn firms_under_one_controller_are_one() {
        let mut facts = three();
        facts.capabilities.push(offer(3, 3, "A"));
        assert_eq!(covers(&facts, 2, Proof::Capable).0, 1000);
        facts.firms[2].controller = facts.firms[0].id;
        assert_eq!(covers(&facts, 2, Proof::Capable).0, 0);
        // A group counts by its best firm, whichever comes last.
        facts.firms[1].controller = facts.firms[0].id;
        facts.capabilities = vec![offer(1, 1, "A"), offer(2, 2, "A")];
        assert_eq!(covers(&facts, 1, Proof::Capable).0, 1000);
    }

    #[test]
    fn a_catalogue_is_no_supply() {
        let mut facts = three();
        assert_eq!(covers(&facts, 1, ACTUAL), (0, 0, 3000));
        let mut told = supply(1, 1, 9, "A", 10);
        told.evidence = Evidence::E1;
        facts.supplies = vec![told, supply(2, 2, 9, "B", 10)];
        // What is only declared at A is no proof, and no proof of the contrary.
        assert_eq!(covers(&facts, 1, ACTUAL), (0, 1000, 2000));
        assert_eq!(covers(&facts, 1, Proof::Actual(Evidence::E1)), (1000, 2000, 1000));
        facts.supplies[0].evidence = Evidence::E3;
        assert_eq!(covers(&facts, 1, ACTUAL), (1000, 2000, 1000));
    }

    #[test]
    fn certificates_that_ran_out_are_none_and_those_never_told_of_unknown() {
        let mut facts = three();
        facts.links[0].required_certificates = vec!["IATF16949".to_owned()];
        let held = |until| Certificate { name: "IATF16949".to_owned(), span: Span { from: None, until: Some(until) } };
        assert_eq!(covers(&facts, 1, Proof::Capable), (0, 1000, 2000));
        facts.firms[0].certificates = vec![held(date(2026, 5, 31))];
        assert_eq!(covers(&facts, 1, Proof::Capable), (0, 2000, 1000));
        facts.firms[0].certificates = vec![held(date(2026, 6, 1))];
        assert_eq!(covers(&facts, 1, Proof::Capable), (1000, 2000, 1000));
    }

    #[test]
    fn capacity_counts_up_to_the_demand() {
        let mut facts = three();
        for link in &mut facts.links {
            link.demand = tonnes(300);
        }
        facts.capabilities[0].capacity = tonnes(100);
        let rate = |facts: &Facts| {
            let market = market(facts.clone());
            let rate = capacity_coverage(&market, &scope(), chain_id(&market));
            (rate.numerator, rate.denominator, rate.unknown)
        };
        // A: 100 of 300; B: nothing local of 300; D: unknown.
        assert_eq!(rate(&facts), (333_333_333, 2_000_000_000, 1_000_000_000));
        facts.capabilities[0].capacity = tonnes(900);
        assert_eq!(rate(&facts), (1_000_000_000, 2_000_000_000, 1_000_000_000));
        // One local supplier does not tell, or tells in pieces: what the others do not meet is unknown.
        facts.capabilities.push(offer(3, 3, "A"));
        assert_eq!(rate(&facts).0, 1_000_000_000);
        facts.capabilities[0].capacity = tonnes(100);
        assert_eq!(rate(&facts), (0, 1_000_000_000, 2_000_000_000));
        facts.capabilities[2].capacity =
            Some(crate::chain::model::Quantity { thousandths: 5, unit: "piece".to_owned() });
        assert_eq!(rate(&facts), (0, 1_000_000_000, 2_000_000_000));
        // At least 100 of 300 of A, nothing of B: of all three between a ninth and two thirds.
        let market = market(facts.clone());
        let value = capacity_coverage(&market, &scope(), chain_id(&market)).value.unwrap();
        assert_eq!(
            (value.low.percent(), value.point, value.high.percent()),
            ("11.1%".to_owned(), None, "66.7%".to_owned())
        );
        facts.capabilities[2].capacity = tonnes(100);
        assert_eq!(rate(&facts), (666_666_666, 2_000_000_000, 1_000_000_000));
    }
}
