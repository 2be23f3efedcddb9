//! What state each link of a chain is in: covered, weak, at risk, missing (`缺链`), missing everywhere (`全链缺口`), unknown.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::chain::coverage::{Requirement, covered, local_capacity, requirements};
use crate::chain::graph::ProductId;
use crate::chain::market::{ChainId, FirmId, LinkId, Market};
use crate::chain::model::{Finding, Risk};
use crate::chain::rate::{Note, Verdict};
use crate::chain::scope::Scope;
use crate::chain::suppliers::{Groups, Proof, Supplier, groups, suppliers};
use crate::chain::tally::note;
use crate::chain::web::Web;
use crate::definition::Grades;
use crate::normal::normalise;

/// The state of a link, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkState {
    /// Enough local suppliers, as far as is told.
    Covered,
    /// Too few of them, too little capacity, or too low a grade.
    Weak,
    /// There are local suppliers, but what they need, or they themselves, may fail.
    AtRisk,
    /// No local supplier, but some elsewhere.
    Missing,
    /// No supplier anywhere, as far as is told; perhaps only imports.
    MissingEverywhere,
    /// Too little is told.
    Unknown,
}

impl LinkState {
    /// Returns the stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Weak => "weak",
            Self::AtRisk => "at_risk",
            Self::Missing => "missing",
            Self::MissingEverywhere => "missing_everywhere",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Covered => "已覆盖",
            Self::Weak => "弱链",
            Self::AtRisk => "断链风险",
            Self::Missing => "缺链",
            Self::MissingEverywhere => "全链缺口",
            Self::Unknown => "情况不明",
        }
    }
}

/// A link with its state and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkReport {
    /// The link.
    pub link: LinkId,
    /// Whether the chain needs it.
    pub is_required: bool,
    /// The worst that holds.
    pub state: LinkState,
    /// Whether it, or an alternative of it, has a local supplier.
    pub is_met: Verdict,
    /// Its suppliers.
    pub groups: Groups,
    /// Why it is in this state; for a link at risk, why it is weak as well.
    pub reasons: Vec<Note>,
}

impl LinkReport {
    /// Says whether nothing speaks against it but that all its suppliers are in one city.
    pub fn is_only_of_one_city(&self) -> bool {
        !self.reasons.is_empty() && self.reasons.iter().all(|note| note.code == "single_region")
    }
}

/// When a link is weak.
#[derive(Debug, Clone, Copy)]
pub struct Weakness<'a> {
    /// Fewer groups of local suppliers are too few.
    pub k: usize,
    /// Which grade is the higher one.
    pub grades: &'a Grades,
}

/// Reports on every link of a chain that holds on the day, by link.
pub fn link_reports(market: &Market, scope: &Scope<'_>, chain: ChainId, weakness: &Weakness<'_>) -> Vec<LinkReport> {
    let needs = requirements(market, scope, chain);
    let failing = Web::new(market, scope, chain, None).failing();
    let fails = |product: &ProductId| failing.binary_search(product).is_ok();
    let holding = market.chain(chain).links.iter().filter(|id| market.link(**id).link.span.holds(scope.as_of));
    holding.map(|id| report(market, scope, *id, &needs, weakness, &fails)).collect()
}

fn report(
    market: &Market,
    scope: &Scope<'_>,
    id: LinkId,
    needs: &[Requirement],
    weakness: &Weakness<'_>,
    fails: &dyn Fn(&ProductId) -> bool,
) -> LinkReport {
    let found = suppliers(market, scope, id, Proof::Capable);
    let groups = groups(&found);
    let need = needs.iter().find(|need| need.links.contains(&id));
    let (verdict, why) = covered(market, scope, &[id], 1, Proof::Capable);
    let is_met = need.map_or(verdict, |need| covered(market, scope, &need.links, 1, Proof::Capable).0);
    let (state, reasons) = match verdict {
        Verdict::Unknown => (LinkState::Unknown, vec![note("unknown", why.to_owned())]),
        Verdict::No if groups.all > 0 => {
            (LinkState::Missing, vec![note("no_local_supplier", "本地没有供应商".to_owned())])
        }
        Verdict::No => (LinkState::MissingEverywhere, vec![note("no_supplier", "没有已知的供应商".to_owned())]),
        Verdict::Yes => {
            let local: Vec<&Supplier> = found.iter().filter(|one| one.verdict() == Verdict::Yes).collect();
            let risks = risks(market, id, &local, fails);
            let weak = weak(market, scope, id, groups, &local, weakness);
            let single = single_region(market, scope, &local);
            let state = match (risks.is_empty() && single.is_none(), weak.is_empty()) {
                (false, _) => LinkState::AtRisk,
                (true, false) => LinkState::Weak,
                (true, true) => LinkState::Covered,
            };
            // Most links with one supplier are of one city; what points somewhere stands before that.
            (state, risks.into_iter().chain(weak).chain(single).collect())
        }
    };
    LinkReport { link: id, is_required: need.is_some(), state, is_met, groups, reasons }
}

fn weak(
    market: &Market,
    scope: &Scope<'_>,
    id: LinkId,
    groups: Groups,
    local: &[&Supplier],
    weakness: &Weakness<'_>,
) -> Vec<Note> {
    let link = &market.link(id).link;
    let mut notes = Vec::new();
    // Groups of whom too little is told may make it enough.
    if groups.local + groups.unknown < weakness.k {
        notes.push(note("too_few", format!("本地供应商 {} 家，少于 {} 家", groups.local, weakness.k)));
    }
    if let Some(demand) = &link.demand {
        let capacity = local_capacity(market, scope, id, &demand.unit);
        if capacity.is_complete && capacity.thousandths < u128::from(demand.thousandths) {
            let percent = capacity.thousandths * 100 / u128::from(demand.thousandths).max(1);
            notes.push(note("capacity", format!("本地产能只够本地需求的 {percent}%")));
        }
    }
    if let Some(least) = &link.level_min {
        let compare = |level: &String| weakness.grades.compare(&normalise(level), &normalise(least));
        // A supplier that names no grade of this scale may reach it.
        let is_low = |supplier: &&Supplier| {
            let mut told = supplier.levels.iter().filter_map(compare).peekable();
            told.peek().is_some() && told.all(|order| order == Ordering::Less)
        };
        if local.iter().all(is_low) {
            notes.push(note("level", format!("本地最高等级不到要求的 {least}")));
        }
    }
    if scope.surveyed(market, id) == Some(Finding::Weak) {
        let latest = market.link(id).surveys.iter().rev().find(|survey| survey.finding == Finding::Weak);
        let found = latest.and_then(|survey| survey.n_suppliers).map(|n| format!("，查到 {n} 家")).unwrap_or_default();
        notes.push(note("survey", format!("摸底结果为有但不足{found}")));
    }
    notes
}

fn risks(market: &Market, id: LinkId, local: &[&Supplier], fails: &dyn Fn(&ProductId) -> bool) -> Vec<Note> {
    let mut notes = Vec::new();
    let products = &market.link(id).products;
    // A link whose products are each made of something that nobody has.
    let lacking = |product: &ProductId| {
        let groups = market.graph().required(*product).into_iter();
        groups.filter(|group| group.iter().all(fails)).flatten().collect::<Vec<ProductId>>()
    };
    let lacks: Vec<Vec<ProductId>> = products.iter().map(lacking).collect();
    if !lacks.is_empty() && lacks.iter().all(|inputs| !inputs.is_empty()) {
        let inputs: BTreeSet<ProductId> = lacks.into_iter().flatten().collect();
        let titles: Vec<&str> = inputs.iter().map(|product| market.graph().title(*product)).collect();
        notes.push(note("inputs_fail", format!("必需的上游投入没有来源：{}", titles.join("、"))));
    }
    let firm = |supplier: &&&Supplier| &market.firm(supplier.firm).firm;
    let controllers: BTreeSet<_> = local.iter().map(|supplier| supplier.controller).collect();
    let risky: BTreeSet<Risk> = local.iter().flat_map(|supplier| firm(&supplier).risks.iter().copied()).collect();
    if controllers.len() == 1 && local.iter().all(|supplier| !firm(&supplier).risks.is_empty()) {
        let words: Vec<&str> = risky.into_iter().map(Risk::label).collect();
        notes.push(note("supplier_risk", format!("唯一的本地供应商有风险：{}", words.join("、"))));
    }
    notes
}

fn single_region(market: &Market, scope: &Scope<'_>, local: &[&Supplier]) -> Option<Note> {
    let city = only_city(market, scope, local)?;
    let name = scope.regions.name(&city);
    let words =
        if local.len() > 1 { format!("本地供应商都在{name}") } else { format!("只在{name}有供应商") };
    Some(note("single_region", words))
}

/// The one city in which all local suppliers make things, few or many; `None` where the area is no larger than a city, or
/// the city of one of them is not known.
fn only_city(market: &Market, scope: &Scope<'_>, local: &[&Supplier]) -> Option<String> {
    let is_wide = scope.area.codes.len() > 1 || scope.area.codes.iter().any(|code| scope.regions.depth(code) == 0);
    let mut cities = local.iter().flat_map(|supplier| cities(market, scope, supplier.firm));
    let first = cities.next().flatten().filter(|_| is_wide)?;
    cities.all(|city| city.as_ref() == Some(&first)).then_some(first)
}

/// The cities of the area in which a firm makes things, or where it is registered; `None` among them for a place that
/// lies in no one city, and for none at all.
fn cities(market: &Market, scope: &Scope<'_>, firm: FirmId) -> BTreeSet<Option<String>> {
    let firm = &market.firm(firm).firm;
    let sites = firm.sites.iter().filter(|site| site.is_production && site.span.holds(scope.as_of));
    let mut codes: Vec<&str> = sites.map(|site| site.region.as_str()).collect();
    if codes.is_empty() {
        codes.extend(firm.registered.as_deref());
    }
    let in_area = codes.into_iter().filter(|code| scope.covers(code) != Some(false));
    let cities: BTreeSet<Option<String>> =
        in_area.map(|code| scope.regions.around(code, 1).map(|city| city.code.clone())).collect();
    if cities.is_empty() { BTreeSet::from([None]) } else { cities }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::Facts;
    use crate::chain::sample::{
        BEIJING, JINAN, QINGDAO, SHANDONG, chain_id, definition, facts, firm, input, makes, market, offer, product,
        scope, survey, tonnes,
    };

    fn report(facts: &Facts, k: usize) -> Vec<(LinkState, Vec<&'static str>)> {
        let market = market(facts.clone());
        let weakness = Weakness { k, grades: &definition().grades };
        let reports = link_reports(&market, &scope(), chain_id(&market), &weakness).into_iter();
        reports.map(|one| (one.state, one.reasons.iter().map(|note| note.code).collect())).collect()
    }

    fn state(facts: &Facts) -> (LinkState, Vec<&'static str>) {
        report(facts, 2).remove(0)
    }

    /// Link A with makers in Jinan and Qingdao.
    fn two() -> Facts {
        let mut facts = facts(&["A"]);
        facts.firms = vec![firm(1, JINAN), firm(2, QINGDAO), firm(3, BEIJING)];
        facts.capabilities = vec![offer(1, 1, "A"), offer(2, 2, "A")];
        facts
    }

    #[test]
    fn links_are_missing_here_or_everywhere_or_nobody_knows() {
        let mut facts = two();
        assert_eq!(state(&facts), (LinkState::Covered, vec![]));
        facts.capabilities = vec![offer(3, 3, "A")];
        assert_eq!(state(&facts), (LinkState::Missing, vec!["no_local_supplier"]));
        facts.capabilities.clear();
        assert_eq!(state(&facts), (LinkState::Unknown, vec!["unknown"]));
        facts.surveys = vec![survey("A", SHANDONG, Finding::Nobody)];
        assert_eq!(state(&facts), (LinkState::MissingEverywhere, vec!["no_supplier"]));
    }

    #[test]
    fn links_are_weak_by_number_capacity_grade_or_survey() {
        let mut facts = two();
        facts.firms[1].controller = facts.firms[0].id;
        assert_eq!(state(&facts), (LinkState::Weak, vec!["too_few"]), "one group in two cities");
        assert_eq!(report(&facts, 1)[0].0, LinkState::Covered);
        let mut facts = two();
        facts.links[0].demand = tonnes(300);
        assert_eq!(state(&facts).0, LinkState::Covered, "nobody told a capacity");
        facts.capabilities[0].capacity = tonnes(100);
        facts.capabilities[1].capacity = tonnes(199);
        assert_eq!(state(&facts), (LinkState::Weak, vec!["capacity"]));
        facts.capabilities[1].capacity = tonnes(200);
        assert_eq!(state(&facts).0, LinkState::Covered);
        let mut facts = two();
        facts.links[0].level_min = Some("P5".to_owned());
        facts.capabilities[0].levels = vec!["P6".to_owned()];
        assert_eq!(state(&facts).0, LinkState::Covered, "2 does not tell");
        facts.capabilities[1].levels = vec!["P6".to_owned()];
        assert_eq!(state(&facts), (LinkState::Weak, vec!["level"]));
        facts.capabilities[1].levels = vec!["P5".to_owned()];
        assert_eq!(state(&facts).0, LinkState::Covered);
        let mut facts = two();
        facts.surveys = vec![survey("A", SHANDONG, Finding::Weak)];
        assert_eq!(state(&facts), (LinkState::Weak, vec!["survey"]));
    }

    #[test]
    fn links_are_at_risk_by_inputs_supplier_or_region() {
        let mut facts = facts(&["A", "B"]);
        facts.firms = vec![firm(1, JINAN), firm(2, QINGDAO), firm(3, BEIJING)];
        facts.products = vec![product("轮胎", &["A"]), product("钢帘线", &["B"])];
        facts.inputs = vec![input("轮胎", "钢帘线")];
        facts.capabilities = vec![makes(1, 1, "轮胎"), makes(2, 2, "轮胎")];
        facts.surveys = vec![survey("B", SHANDONG, Finding::Nobody)];
        let states = report(&facts, 2);
        assert_eq!(states[0], (LinkState::AtRisk, vec!["inputs_fail"]));
        assert_eq!(states[1].0, LinkState::MissingEverywhere);
        facts.capabilities.push(makes(3, 3, "钢帘线"));
        assert_eq!(state(&facts).0, LinkState::Covered, "it can be bought");

        let mut facts = two();
        facts.capabilities.truncate(1);
        facts.firms[0].risks = vec![Risk::Stopped];
        assert_eq!(state(&facts), (LinkState::AtRisk, vec!["supplier_risk", "too_few", "single_region"]));
        let mut facts = two();
        facts.firms[0].risks = vec![Risk::Stopped];
        assert_eq!(state(&facts).0, LinkState::Covered, "there is another one");
        facts.firms[1].risks = vec![Risk::Credit];
        assert_eq!(state(&facts).0, LinkState::Covered, "neither is the only one");
        facts.firms[1].risks.clear();
        facts.firms[0].risks.clear();
        facts.firms[1].registered = Some("370102".to_owned());
        assert_eq!(state(&facts), (LinkState::AtRisk, vec!["single_region"]));
        // One in a city is no better than two.
        facts.capabilities.truncate(1);
        assert_eq!(report(&facts, 1)[0], (LinkState::AtRisk, vec!["single_region"]));
        facts.firms[0].registered = Some(SHANDONG.to_owned());
        assert_eq!(report(&facts, 1)[0].0, LinkState::Covered, "somewhere in the province");
    }

    #[test]
    fn a_maker_whose_own_inputs_fail_takes_nothing_from_its_buyers() {
        let mut facts = facts(&["A", "B", "D"]);
        facts.firms = vec![firm(1, JINAN), firm(2, QINGDAO), firm(4, JINAN)];
        facts.products = vec![product("轮胎", &["A"]), product("钢帘线", &["B"]), product("盘条", &["D"])];
        facts.inputs = vec![input("轮胎", "钢帘线"), input("钢帘线", "盘条")];
        facts.capabilities = vec![makes(1, 1, "轮胎"), makes(2, 2, "轮胎")];
        facts.surveys = vec![survey("D", SHANDONG, Finding::Nobody)];
        let before: Vec<LinkState> = report(&facts, 1).into_iter().map(|(state, _)| state).collect();
        assert_eq!(before, [LinkState::Covered, LinkState::Unknown, LinkState::MissingEverywhere]);
        facts.capabilities.push(makes(3, 4, "钢帘线"));
        let after = report(&facts, 1);
        assert_eq!(after[0].0, LinkState::Covered, "cord may be bought, as before");
        assert_eq!(after[1], (LinkState::AtRisk, vec!["inputs_fail", "single_region"]));
        facts.surveys.push(survey("B", SHANDONG, Finding::Nobody));
        assert_eq!(state(&facts), (LinkState::AtRisk, vec!["inputs_fail"]), "nobody else sells cord");
    }

    #[test]
    fn a_missing_link_may_have_an_alternative() {
        let mut facts = facts(&["A", "B"]);
        facts.firms = vec![firm(1, JINAN), firm(3, BEIJING)];
        facts.capabilities = vec![offer(1, 1, "A"), offer(2, 3, "B")];
        for link in &mut facts.links {
            link.or_group = Some("料".to_owned());
        }
        let market = market(facts);
        let weakness = Weakness { k: 1, grades: &definition().grades };
        let reports = link_reports(&market, &scope(), chain_id(&market), &weakness);
        assert_eq!((reports[1].state, reports[1].is_met), (LinkState::Missing, Verdict::Yes));
    }
}
