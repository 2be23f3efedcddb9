//! What share of the firms of a tier supplies key chains: `企业配套率` (plan: 80 % of provincial titles, 90 % of little giants).

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::fraction::Fraction;
use crate::chain::market::{ChainId, FirmId, FirmNode, Flow, LinkId, Market};
use crate::chain::model::Evidence;
use crate::chain::rate::{Formula, Member, Rate, Unit, Verdict};
use crate::chain::scope::Scope;
use crate::chain::spend::{Bought, bought, is_of_period, last_year, year};
use crate::chain::suppliers::both;
use crate::chain::tally::{Subject, member, note, tally};
use crate::definition::Tier;

/// Firms of a tier that supply a key chain / firms of the tier.
pub const SUPPORT: Formula = Formula {
    name: "support",
    version: 1,
    label: "企业配套率",
    words: "为重点产业链配套的企业数 ÷ 该层级有效企业数",
    unit: Unit::Count,
};

/// The same, each firm counting by its revenue.
pub const SUPPORT_BY_REVENUE: Formula = Formula {
    name: "support_by_revenue",
    version: 1,
    label: "企业配套率（按营业收入）",
    words: "为重点产业链配套的企业的营业收入 ÷ 该层级有效企业的营业收入；没有营业收入的企业未计入",
    unit: Unit::Fen,
};

/// What firms of a tier sell to key chains / what they sell.
pub const SUPPORT_INTENSITY: Formula = Formula {
    name: "support_intensity",
    version: 1,
    label: "企业配套强度",
    words: "对重点产业链的销售额 ÷ 营业收入，该层级有效企业合计；没有营业收入的企业未计入",
    unit: Unit::Fen,
};

/// Whether holders of a higher title count among those of a lower one, which is its precondition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nesting {
    /// They do.
    Inclusive,
    /// They do not.
    Exclusive,
}

/// How far from a chain leader a supplier may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// It supplies a leader.
    Direct,
    /// It supplies anybody in the chain.
    Any,
}

impl Nesting {
    /// Returns the stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inclusive => "inclusive",
            Self::Exclusive => "exclusive",
        }
    }
}

impl Depth {
    /// Returns the stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Any => "any",
        }
    }

    /// Reads a stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Direct, Self::Any].into_iter().find(|depth| depth.name() == name)
    }
}

/// What counts as supplying a key chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Support {
    /// Whose rate.
    pub tier: Tier,
    /// Whether higher titles count.
    pub nesting: Nesting,
    /// How far from a leader.
    pub depth: Depth,
    /// How well a supply must be proved.
    pub evidence: Evidence,
    /// The least share of a firm's revenue that key chains must buy; 0 asks for any supply at all.
    pub share_min: Fraction,
    /// One key chain only, for a breakdown; a firm in several chains counts in each of them.
    pub chain: Option<ChainId>,
}

/// A supply to a key chain, the best of a firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    chain: ChainId,
    /// 1 for a supplier of a leader, 2 for one of its suppliers; absent where no way to a leader is known.
    depth: Option<u32>,
    evidence: Evidence,
}

/// A firm of the tier with what is known of it.
struct Judged<'m> {
    firm: &'m FirmNode,
    verdict: Verdict,
    reason: String,
    /// What it sells to the chains, in fen; absent where it is not known.
    sales: Option<i128>,
}

/// The rate, by count, by revenue and as intensity, in this order. O(firms of the tier, their supplies, and all supplies
/// of key chains).
pub fn support(market: &Market, scope: &Scope<'_>, options: &Support) -> [Rate; 3] {
    let judge = Judge::new(market, scope, options);
    let firms = market.firms().filter(|_| !judge.chains.is_empty());
    let judged: Vec<Judged<'_>> = firms.filter_map(|(id, firm)| judge.firm(id, firm)).collect();
    let rate = |formula: Formula, members: Vec<Member>| {
        let subject = Subject { id: options.tier.name().to_owned(), label: options.tier.label().to_owned() };
        let mut rate = tally(formula, subject, scope, Some(options.evidence), members);
        rate.parameters = parameters(market, options);
        if judge.chains.is_empty() {
            rate.notes.push(note("no_key_chain", "当日不在重点产业链名单上，不计企业配套率".to_owned()));
        }
        rate
    };
    let one = |judged: &Judged<'_>, verdict: Verdict, amount: i128| {
        member(judged.firm.firm.code(), &judged.firm.firm.name, verdict, amount, judged.reason.clone())
    };
    let mut by_count = rate(SUPPORT, judged.iter().map(|firm| one(firm, firm.verdict, 1)).collect());
    by_count.target = target(options.tier);
    let revenue = |firm: &Judged<'_>| firm.firm.firm.revenue_fen.filter(|fen| *fen > 0).map(i128::from);
    let weighed = judged.iter().filter_map(|firm| Some(one(firm, firm.verdict, revenue(firm)?)));
    let mut by_revenue = rate(SUPPORT_BY_REVENUE, weighed.collect());
    let parts = judged.iter().filter_map(|firm| Some((firm, revenue(firm)?)));
    let parts = parts.flat_map(|(firm, revenue)| match firm.sales {
        None => vec![one(firm, Verdict::Unknown, revenue)],
        Some(sales) => {
            let sales = sales.clamp(0, revenue);
            vec![one(firm, Verdict::Yes, sales), one(firm, Verdict::No, revenue - sales)]
        }
    });
    let mut intensity = rate(SUPPORT_INTENSITY, parts.filter(|member| member.amount > 0).collect());
    let unweighed = judged.iter().filter(|firm| revenue(firm).is_none()).count();
    if unweighed > 0 {
        for rate in [&mut by_revenue, &mut intensity] {
            rate.notes.push(note("no_revenue", format!("{unweighed} 家企业没有营业收入，未计入")));
        }
    }
    [by_count, by_revenue, intensity]
}

/// Lists who holds a title of a tier, or a higher one if those nest, and is in the area, each with whether that is sure.
pub fn holders(market: &Market, scope: &Scope<'_>, tier: Tier, nesting: Nesting) -> Vec<(FirmId, bool)> {
    let (depth, evidence) = (Depth::Any, Evidence::E1);
    let options = Support { tier, nesting, depth, evidence, share_min: Fraction::ZERO, chain: None };
    let judge = Judge::bare(market, scope, &options);
    let holding = market.firms().filter(|(_, firm)| scope.is_there(firm));
    let judged = holding.map(|(id, firm)| (id, both(judge.title(firm), judge.place(firm))));
    judged.filter(|(_, verdict)| *verdict != Verdict::No).map(|(id, verdict)| (id, verdict == Verdict::Yes)).collect()
}

/// What the plan wants of a tier.
pub fn target(tier: Tier) -> Option<Fraction> {
    match tier {
        Tier::Innovative => None,
        Tier::Specialised => Fraction::new(80, 100),
        Tier::LittleGiant => Fraction::new(90, 100),
    }
}

fn parameters(market: &Market, options: &Support) -> Vec<(&'static str, String)> {
    let (nesting, depth) = (options.nesting.name().to_owned(), options.depth.name().to_owned());
    let mut parameters = vec![("nesting", nesting), ("depth", depth)];
    parameters.push(("min_share", options.share_min.to_string()));
    if let Some(chain) = options.chain {
        parameters.push(("chain", market.chain(chain).chain.code.clone()));
    }
    parameters
}

struct Judge<'a> {
    market: &'a Market,
    scope: &'a Scope<'a>,
    options: &'a Support,
    /// The key chains on the list on the day.
    chains: BTreeSet<ChainId>,
    /// Who leads any chain, and who leads a key chain.
    leaders: BTreeSet<FirmId>,
    key_leaders: BTreeSet<FirmId>,
    /// How far each firm is from a leader of each key chain.
    depths: BTreeMap<(ChainId, FirmId), u32>,
}

impl<'a> Judge<'a> {
    /// Knows of no chain: enough to judge titles and places.
    fn bare(market: &'a Market, scope: &'a Scope<'a>, options: &'a Support) -> Self {
        let (chains, leaders, key_leaders) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { market, scope, options, chains, leaders, key_leaders, depths: BTreeMap::new() }
    }

    fn new(market: &'a Market, scope: &'a Scope<'a>, options: &'a Support) -> Self {
        let is_key = |id: &ChainId| {
            let chain = &market.chain(*id).chain;
            chain.is_key && chain.span.holds(scope.as_of) && options.chain.is_none_or(|only| only == *id)
        };
        let chains: BTreeSet<ChainId> = market.chains().map(|(id, _)| id).filter(is_key).collect();
        let leads = |id: ChainId| market.leaders_on(id, scope.as_of);
        let leaders = market.chains().flat_map(|(id, _)| leads(id)).collect();
        let key_leaders = chains.iter().flat_map(|id| leads(*id)).collect();
        let mut judge = Self { chains, leaders, key_leaders, ..Self::bare(market, scope, options) };
        for chain in judge.chains.clone() {
            judge.measure(chain, leads(chain).into_iter().collect());
        }
        judge
    }

    /// Goes from the leaders of a chain to their suppliers, and theirs.
    fn measure(&mut self, chain: ChainId, leaders: Vec<FirmId>) {
        let mut level = leaders;
        for firm in &level {
            self.depths.insert((chain, *firm), 0);
        }
        let mut depth = 0;
        while !level.is_empty() {
            depth += 1;
            let mut next = Vec::new();
            for flow in level.iter().flat_map(|firm| self.market.flows_to(*firm)) {
                let counts = self.counts(flow) && self.chains_of(flow).contains(&chain);
                if counts && !self.depths.contains_key(&(chain, flow.supplier)) {
                    self.depths.insert((chain, flow.supplier), depth);
                    next.push(flow.supplier);
                }
            }
            level = next;
        }
    }

    fn counts(&self, flow: &Flow) -> bool {
        self.scope.counts(self.market, flow, self.options.evidence)
    }

    /// Lists the key chains at whose links a supply is, or the one that it names without a link.
    fn chains_of(&self, flow: &Flow) -> Vec<ChainId> {
        let is_on = |link: &&LinkId| self.market.link(**link).link.span.holds(self.scope.as_of);
        let mut chains: Vec<ChainId> =
            flow.links.iter().filter(is_on).map(|link| self.market.link(*link).chain).collect();
        chains.extend(flow.chain.filter(|_| flow.links.is_empty()));
        chains.retain(|chain| self.chains.contains(chain));
        chains.dedup();
        chains
    }

    /// Judges a firm; `None` if it is not of the tier, or not there any more.
    fn firm(&self, id: FirmId, firm: &'a FirmNode) -> Option<Judged<'a>> {
        let is_titled = self.title(firm);
        let is_here = self.place(firm);
        if is_titled == Verdict::No || is_here == Verdict::No || !self.scope.is_there(firm) {
            return None;
        }
        let sold: Vec<&Flow> = self.market.flows_from(id).filter(|flow| self.counts(flow)).collect();
        let found = self.best(id, &sold);
        let sales = self.sales(firm, &sold);
        let (supplies, mut reason) = match found {
            Some(found) => (Verdict::Yes, self.words(&found)),
            None if sold.iter().any(|flow| self.may_count(flow)) => {
                (Verdict::Unknown, "给链主供货，但环节不明".to_owned())
            }
            None => (Verdict::No, self.why_not(id, &sold).to_owned()),
        };
        let mut verdict = supplies;
        if supplies == Verdict::Yes && self.options.share_min.numerator() > 0 {
            let (enough, words) = self.is_enough(firm, sales);
            (verdict, reason) = (enough, format!("{reason}；{words}"));
        }
        if is_titled == Verdict::Unknown {
            reason = format!("称号暂停；{reason}");
        }
        if is_here == Verdict::Unknown {
            reason = format!("所在地区不明；{reason}");
        }
        // A firm whose title or place is in doubt is in doubt, whatever it supplies.
        let is_member = both(is_titled, is_here);
        let verdict = if is_member == Verdict::Unknown { Verdict::Unknown } else { verdict };
        Some(Judged { firm, verdict, reason, sales })
    }

    /// Says whether a firm is in the area. Titles are the province's to give: who holds one is in it unless told otherwise.
    fn place(&self, firm: &FirmNode) -> Verdict {
        let scope = self.scope;
        let is_province = || scope.area.codes.iter().any(|code| scope.regions.depth(code) == 0);
        match firm.firm.seat().and_then(|code| scope.covers(code)) {
            Some(true) => Verdict::Yes,
            Some(false) => Verdict::No,
            None if is_province() => Verdict::Yes,
            None => Verdict::Unknown,
        }
    }

    /// Says whether a firm holds the title on the day; in doubt where a title is suspended that decides it.
    fn title(&self, firm: &FirmNode) -> Verdict {
        let held = |tiers: &dyn Fn(Tier) -> bool| {
            let titles =
                firm.firm.titles.iter().filter(|title| tiers(title.tier) && title.span.holds(self.scope.as_of));
            let (mut sure, mut doubtful) = (false, false);
            for title in titles {
                sure |= !title.is_suspended;
                doubtful |= title.is_suspended;
            }
            match (sure, doubtful) {
                (true, _) => Verdict::Yes,
                (false, true) => Verdict::Unknown,
                (false, false) => Verdict::No,
            }
        };
        let tier = self.options.tier;
        match self.options.nesting {
            Nesting::Inclusive => held(&|other| other >= tier),
            Nesting::Exclusive => {
                let is_higher = match held(&|other| other > tier) {
                    Verdict::Yes => Verdict::No,
                    Verdict::No => Verdict::Yes,
                    Verdict::Unknown => Verdict::Unknown,
                };
                both(held(&|other| other == tier), is_higher)
            }
        }
    }

    /// The supply to a key chain that is closest to a leader, then proved best.
    fn best(&self, firm: FirmId, sold: &[&Flow]) -> Option<Found> {
        let is_leader = self.leaders.contains(&firm);
        let mut found: Vec<Found> = Vec::new();
        for flow in sold {
            let is_to_leader = flow.buyer.is_some_and(|buyer| {
                self.key_leaders.contains(&buyer) && self.market.controller(buyer) != self.market.controller(firm)
            });
            // A leader is no supplier of chains, unless it supplies another leader.
            if is_leader && !is_to_leader {
                continue;
            }
            for chain in self.chains_of(flow) {
                let depth = flow.buyer.and_then(|buyer| self.depths.get(&(chain, buyer))).map(|depth| depth + 1);
                if self.options.depth == Depth::Any || depth == Some(1) {
                    found.push(Found { chain, depth, evidence: flow.supply.evidence });
                }
            }
        }
        found.into_iter().min_by_key(|one| (one.depth.unwrap_or(u32::MAX), std::cmp::Reverse(one.evidence), one.chain))
    }

    /// Says why none of a firm's supplies counts.
    fn why_not(&self, firm: FirmId, sold: &[&Flow]) -> &'static str {
        let is_in_chain = sold.iter().any(|flow| !self.chains_of(flow).is_empty());
        if is_in_chain && self.leaders.contains(&firm) {
            return "本身是链主，没有给别的链主供货";
        }
        if is_in_chain {
            return "给重点产业链供货，但不直接供链主";
        }
        let is_no_goods = |flow: &&Flow| !flow.is_goods() && flow.links.is_empty();
        match !sold.is_empty() && sold.iter().all(is_no_goods) {
            true => "所供的不是货物和加工，也没有写明环节",
            false => "没有登记在重点产业链环节上的有效配套关系",
        }
    }

    /// Whether a supply goes to a leader of a key chain, and nobody knows for which link.
    fn may_count(&self, flow: &Flow) -> bool {
        let is_unplaced = flow.links.is_empty() && flow.chain.is_none() && flow.is_goods();
        is_unplaced && flow.buyer.is_some_and(|buyer| self.key_leaders.contains(&buyer) && buyer != flow.supplier)
    }

    /// Sums what a firm sells to the chains in the year of its revenue; a sum told outright goes first, but not for one
    /// chain.
    fn sales(&self, firm: &FirmNode, sold: &[&Flow]) -> Option<i128> {
        if let Some(fen) = firm.firm.chain_sales_fen.filter(|_| self.options.chain.is_none()) {
            return Some(fen.into());
        }
        let flows: Vec<&Flow> = sold.iter().copied().filter(|flow| !self.chains_of(flow).is_empty()).collect();
        if sold.iter().any(|flow| self.may_count(flow)) {
            return None;
        }
        // Sales and revenue of one year.
        let year = firm.firm.revenue_year.map_or_else(|| last_year(self.scope.as_of, flows.iter().copied()), year);
        let sums = bought(self.market, self.scope, flows.iter().copied().filter(|flow| is_of_period(flow, &year)));
        let is_told = flows.is_empty() == sums.is_empty() && sums.values().all(|bought| bought.untold == 0);
        is_told.then(|| sums.values().map(Bought::total).sum())
    }

    fn is_enough(&self, firm: &FirmNode, sales: Option<i128>) -> (Verdict, String) {
        let revenue = firm.firm.revenue_fen.filter(|fen| *fen > 0);
        let share = sales.zip(revenue).and_then(|(sales, revenue)| Fraction::new(sales.max(0), revenue.into()));
        match share {
            None => (Verdict::Unknown, "配套占比不明".to_owned()),
            Some(share) if share >= self.options.share_min => (Verdict::Yes, format!("配套占比 {}", share.percent())),
            Some(share) => (Verdict::No, format!("配套占比 {}，不足", share.percent())),
        }
    }

    fn words(&self, found: &Found) -> String {
        let chain = &self.market.chain(found.chain).chain.title;
        let depth = found.depth.map_or_else(|| "层级不明".to_owned(), |depth| format!("第 {depth} 层"));
        format!("{chain}，{depth}，{}", found.evidence.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::{Facts, Title};
    use crate::chain::sample::{
        BEIJING, JINAN, TODAY, chain, facts, firm, leader, link, market, scope, span, supply, titled,
    };
    use jiff::civil::date;

    const ASK: Support = Support {
        tier: Tier::Specialised,
        nesting: Nesting::Inclusive,
        depth: Depth::Any,
        evidence: Evidence::E1,
        share_min: Fraction::ZERO,
        chain: None,
    };

    /// Leader 9. 1 supplies it, 2 supplies 1, 3 supplies nobody, 4 is a little giant that supplies it.
    fn four() -> Facts {
        let mut facts = facts(&["L"]);
        facts.firms = vec![
            titled(1, Tier::Specialised),
            titled(2, Tier::Specialised),
            titled(3, Tier::Specialised),
            titled(4, Tier::LittleGiant),
            firm(9, JINAN),
        ];
        facts.leaders = vec![leader(9, "C")];
        facts.supplies = vec![supply(1, 1, 9, "L", 100), supply(2, 2, 1, "L", 50), supply(3, 4, 9, "L", 10)];
        facts
    }

    fn rates(facts: &Facts, ask: Support) -> [(i128, i128, i128); 3] {
        let market = market(facts.clone());
        support(&market, &scope(), &ask).map(|rate| (rate.numerator, rate.denominator, rate.unknown))
    }

    fn count(facts: &Facts, ask: Support) -> (i128, i128, i128) {
        rates(facts, ask)[0]
    }

    #[test]
    fn titles_nest_or_not() {
        let facts = four();
        assert_eq!(count(&facts, ASK), (3, 4, 0));
        assert_eq!(count(&facts, Support { nesting: Nesting::Exclusive, ..ASK }), (2, 3, 0));
        assert_eq!(count(&facts, Support { tier: Tier::LittleGiant, ..ASK }), (1, 1, 0));
        let market = market(facts);
        let [rate, ..] = support(&market, &scope(), &ASK);
        assert_eq!(rate.target, Fraction::new(80, 100));
        assert_eq!(rate.members.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["P1", "P2", "P3", "P4"]);
    }

    #[test]
    fn a_double_title_counts_once() {
        let mut facts = four();
        facts.firms[3].titles.extend(titled(4, Tier::Specialised).titles);
        assert_eq!(count(&facts, ASK), (3, 4, 0));
        assert_eq!(count(&facts, Support { nesting: Nesting::Exclusive, ..ASK }), (2, 3, 0));
        // The higher one has run out: the lower one counts.
        facts.firms[3].titles[0].span = span(date(2020, 1, 1), date(2023, 1, 1));
        assert_eq!(count(&facts, Support { nesting: Nesting::Exclusive, ..ASK }), (3, 4, 0));
    }

    #[test]
    fn direct_suppliers_are_those_of_a_leader() {
        let market = market(four());
        let [rate, ..] = support(&market, &scope(), &Support { depth: Depth::Direct, ..ASK });
        assert_eq!((rate.numerator, rate.denominator), (2, 4));
        let [rate, ..] = support(&market, &scope(), &ASK);
        assert!(rate.members[0].reason.contains("第 2 层") || rate.members[1].reason.contains("第 2 层"));
    }

    #[test]
    fn who_is_gone_moved_or_has_no_valid_title_is_no_member_and_a_suspended_one_unknown() {
        let mut facts = four();
        facts.firms[0].gone_since = Some(TODAY);
        assert_eq!(count(&facts, ASK), (1, 3, 0), "and 2 has lost its buyer");
        let mut facts = four();
        facts.firms[2].registered = Some(BEIJING.to_owned());
        assert_eq!(count(&facts, ASK), (3, 3, 0));
        let mut facts = four();
        facts.firms[2].titles[0].span.until = Some(date(2026, 5, 31));
        assert_eq!(count(&facts, ASK), (3, 3, 0));
        let mut facts = four();
        facts.firms[0].titles[0].is_suspended = true;
        assert_eq!(count(&facts, ASK), (2, 3, 1));
        // A title that is valid beside it decides.
        let title = Title { is_suspended: false, ..facts.firms[0].titles[0] };
        facts.firms[0].titles.push(title);
        assert_eq!(count(&facts, ASK), (3, 4, 0));
    }

    #[test]
    fn a_leader_counts_only_if_it_supplies_another_leader() {
        let mut facts = four();
        facts.leaders.push(leader(1, "C"));
        facts.supplies[0].buyer = Some(facts.firms[1].id);
        assert_eq!(count(&facts, ASK).0, 2, "1 leads and supplies 2, which leads nothing");
        facts.leaders.push(leader(2, "C"));
        facts.supplies.truncate(1);
        assert_eq!(count(&facts, ASK).0, 1, "1 supplies the leader 2");
        facts.firms[1].controller = facts.firms[0].id;
        assert_eq!(count(&facts, ASK).0, 0, "2 is of its own group");
    }

    #[test]
    fn only_key_chains_on_the_list_count_and_each_firm_once() {
        let mut facts = four();
        facts.chains.push(chain("D"));
        facts.links.push(link("D", "M"));
        facts.supplies.push(supply(4, 1, 9, "M", 100));
        facts.supplies.push(supply(5, 3, 9, "M", 100));
        assert_eq!(count(&facts, ASK), (4, 4, 0));
        facts.chains[1].is_key = false;
        assert_eq!(count(&facts, ASK), (3, 4, 0));
        facts.chains[1].is_key = true;
        facts.chains[1].span.until = Some(date(2026, 5, 31));
        assert_eq!(count(&facts, ASK), (3, 4, 0));
        let of_chain = |code: &str| {
            let market = market(facts.clone());
            let ask = Support { chain: market.find_chain(code), ..ASK };
            support(&market, &scope(), &ask)[0].numerator
        };
        assert_eq!((of_chain("C"), of_chain("D")), (3, 0));
    }

    #[test]
    fn a_supply_to_a_leader_for_no_known_link_is_unknown() {
        let mut facts = four();
        facts.supplies.push(supply(4, 3, 9, "L", 5));
        facts.supplies[3].link = None;
        assert_eq!(count(&facts, ASK), (3, 3, 1));
        facts.supplies[3].chain = Some("C链".to_owned());
        assert_eq!(count(&facts, ASK), (4, 4, 0));
    }

    #[test]
    fn what_is_no_goods_is_a_supply_only_at_the_link_that_it_names() {
        let mut facts = four();
        let mut crane = supply(4, 3, 9, "L", 5);
        crane.left_out = Some("土地房产".to_owned());
        facts.supplies.push(crane);
        assert_eq!(count(&facts, ASK), (4, 4, 0));
        let reason = |facts: &Facts, ask: &Support| {
            let rates = support(&market(facts.clone()), &scope(), ask);
            rates[0].members.iter().find(|member| member.id == "P3").map(|member| member.reason.clone()).unwrap()
        };
        facts.supplies[3].link = None;
        for chain in [None, Some("C")] {
            facts.supplies[3].chain = chain.map(str::to_owned);
            assert_eq!(count(&facts, ASK), (3, 4, 0), "{chain:?}");
            assert!(reason(&facts, &ASK).contains("不是货物和加工"));
        }
        let direct = Support { depth: Depth::Direct, ..ASK };
        assert!(reason(&facts, &direct).contains("不是货物和加工"));
        facts.supplies[3] = supply(4, 3, 1, "L", 5);
        assert_eq!(reason(&facts, &direct), "给重点产业链供货，但不直接供链主");
        facts.supplies.pop();
        assert!(reason(&facts, &direct).contains("没有登记"));
    }

    #[test]
    fn evidence_is_a_level() {
        let mut facts = four();
        facts.supplies[0].evidence = Evidence::E1;
        facts.supplies[2].evidence = Evidence::E3;
        let at = |evidence| count(&facts, Support { evidence, ..ASK }).0;
        assert_eq!([at(Evidence::E1), at(Evidence::E2), at(Evidence::E3)], [3, 2, 1]);
    }

    #[test]
    fn revenue_weighs_and_shares_are_asked_for() {
        let mut facts = four();
        for (firm, yuan) in facts.firms.iter_mut().zip([1000, 1000, 2000]) {
            firm.revenue_fen = Some(yuan * 100);
        }
        // 1 sells 100 of 1000, 2 sells 50 of 1000, 3 nothing of 2000; 4 has no revenue.
        let [_, by_revenue, intensity] = rates(&facts, ASK);
        assert_eq!(by_revenue, (200_000, 400_000, 0));
        assert_eq!(intensity, (15_000, 400_000, 0));
        let ask = Support { share_min: Fraction::new(10, 100).unwrap(), ..ASK };
        assert_eq!(count(&facts, ask), (1, 3, 1));
        // Told outright, a sum goes first; an amount that is missing leaves the share unknown.
        facts.firms[1].chain_sales_fen = Some(10_000);
        assert_eq!(count(&facts, ask), (2, 3, 1));
        facts.supplies[0].amount_fen = None;
        assert_eq!(count(&facts, ask), (1, 2, 2));
        assert_eq!(rates(&facts, ASK)[2], (10_000, 300_000, 100_000));
    }
}
