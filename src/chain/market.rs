//! The facts with all names resolved, found by link, product, firm and buyer, so that a question about a chain reads what
//! belongs to the chain and nothing else. A supply can be put in and taken out without building anew.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::chain::graph::{Graph, ProductId};
use crate::chain::model::{Capability, Chain, Firm, LeaderRole, Link, LinkName, Site, Span, Supply, Survey};
use crate::chain::names::Names;
use crate::chain::problem::{Problem, ProblemKind, problem};
use crate::model::{PartyId, RecordId};

/// A chain of one market, by its place there; places follow the codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(pub(super) u32);

/// A link of one market, by its place there; places follow the chains, then the codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub(super) u32);

/// A firm of one market, by its place there; places follow the identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FirmId(pub(super) u32);

/// A chain with its links and leaders.
#[derive(Debug, Clone)]
pub struct ChainNode {
    /// The chain.
    pub chain: Chain,
    /// Its links, by code.
    pub links: Vec<LinkId>,
    /// Who leads it, by firm.
    pub leaders: Vec<(FirmId, LeaderRole, Span)>,
    /// The supplies that name the chain and no link.
    pub(super) unlinked: BTreeSet<Slot>,
}

/// A link with all that belongs to it.
#[derive(Debug, Clone)]
pub struct LinkNode {
    /// The link.
    pub link: Link,
    /// Its chain.
    pub chain: ChainId,
    /// The products that say they belong to it, by title.
    pub products: Vec<ProductId>,
    /// Who looked for suppliers, by date.
    pub surveys: Vec<Survey>,
    /// The capabilities at it or of it.
    pub(super) offers: Vec<Slot>,
    /// The supplies at it.
    pub(super) flows: BTreeSet<Slot>,
}

/// A firm with all that belongs to it.
#[derive(Debug, Clone)]
pub struct FirmNode {
    /// The firm.
    pub firm: Firm,
    /// Its sites, each with those of its products that are on the graph.
    pub(super) sites: Vec<(Site, Vec<ProductId>)>,
    /// The capabilities at it or of it.
    pub(super) offers: Vec<Slot>,
    /// What it supplied.
    pub(super) sold: BTreeSet<Slot>,
    /// What it bought.
    pub(super) bought: BTreeSet<Slot>,
}

/// A capability, resolved.
#[derive(Debug, Clone)]
pub struct Offer {
    /// As told.
    pub capability: Capability,
    /// The firm.
    pub firm: FirmId,
    /// The product, if told and known.
    pub product: Option<ProductId>,
    /// The links: the one that is told, else the product's.
    pub links: Vec<LinkId>,
}

/// A supply, resolved.
#[derive(Debug, Clone)]
pub struct Flow {
    /// As told.
    pub supply: Supply,
    /// Who supplied.
    pub supplier: FirmId,
    /// Who bought, if told.
    pub buyer: Option<FirmId>,
    /// The product, if told and known.
    pub product: Option<ProductId>,
    /// The chain, if told and known; none for what is no goods and is at no link.
    pub chain: Option<ChainId>,
    /// The links: the one that is told, else the product's, in the chain that is told.
    pub links: Vec<LinkId>,
}

impl Flow {
    /// Says whether it is goods or processing, so that its amount counts among purchases.
    pub fn is_goods(&self) -> bool {
        self.supply.left_out.is_none()
    }
}

/// A place among capabilities or supplies.
pub(super) type Slot = u32;

/// All that is known, resolved.
#[derive(Debug, Clone, Default)]
pub struct Market {
    /// The products.
    pub(super) graph: Graph,
    /// The chains by code.
    pub(super) chains: Vec<ChainNode>,
    /// The links by chain and code.
    pub(super) links: Vec<LinkNode>,
    /// The firms by identifier.
    pub(super) firms: Vec<FirmNode>,
    /// The capabilities by record.
    pub(super) offers: Vec<Offer>,
    /// The supplies; a place is empty where one was taken out.
    pub(super) flows: Vec<Option<Flow>>,
    /// The links of each product: its own, else those of the nearest broader ones.
    pub(super) product_links: Vec<Vec<LinkId>>,
    /// The capabilities that name a product.
    pub(super) offers_of_product: FxHashMap<ProductId, Vec<Slot>>,
    /// The supplies that name a product.
    pub(super) flows_of_product: FxHashMap<ProductId, BTreeSet<Slot>>,
    /// The place of each supply.
    pub(super) slots: BTreeMap<RecordId, Slot>,
    /// The firms by identifier.
    pub(super) by_party: FxHashMap<PartyId, FirmId>,
    /// The chains by every name.
    pub(super) chain_names: Names,
    /// The links of each chain by every name.
    pub(super) link_names: Vec<Names>,
    /// The links of all chains by every name.
    pub(super) any_link_names: Names,
    /// What does not fit together.
    pub(super) problems: Vec<Problem>,
}

impl Market {
    /// Puts a supply in, in the place of an earlier one of the same record. What names it has wrong is added to the
    /// problems. O(links of the product x log).
    pub fn put(&mut self, supply: Supply) {
        self.take(&supply.record);
        let place = supply.record.as_str().to_owned();
        let buyer = supply.buyer.map(|buyer| (buyer, self.find_firm(buyer)));
        let unknown_buyer = buyer.filter(|(_, found)| found.is_none()).map(|(buyer, _)| buyer);
        let supplier = self.find_firm(supply.supplier);
        let unknown_supplier = Some(supply.supplier).filter(|_| supplier.is_none());
        for unknown in unknown_supplier.into_iter().chain(unknown_buyer) {
            self.problems.push(problem(ProblemKind::UnknownFirm, &place, &[&unknown.to_string()]));
        }
        let Some(supplier) = supplier else { return };
        let buyer = buyer.and_then(|(_, found)| found);
        if buyer == Some(supplier) {
            let name = self.firm(supplier).firm.name.clone();
            return self.problems.push(problem(ProblemKind::SelfSupply, &place, &[&name]));
        }
        let product = self.resolve_product(supply.product.as_deref(), &place);
        let chain = supply.chain.as_deref().and_then(|name| {
            let found = self.find_chain(name);
            if found.is_none() {
                self.problems.push(problem(ProblemKind::UnknownChain, &place, &[name]));
            }
            found
        });
        let links = self.resolve_links(supply.link.as_ref(), product, chain, &place);
        let slot = size(self.flows.len());
        for link in &links {
            if let Some(node) = self.links.get_mut(link.0 as usize) {
                node.flows.insert(slot);
            }
        }
        if let Some(node) = chain.filter(|_| links.is_empty()).and_then(|chain| self.chains.get_mut(chain.0 as usize)) {
            node.unlinked.insert(slot);
        }
        if let Some(product) = product {
            self.flows_of_product.entry(product).or_default().insert(slot);
        }
        self.add_to_firms(supplier, buyer, slot);
        self.slots.insert(supply.record.clone(), slot);
        let chain = chain.filter(|_| supply.left_out.is_none() || !links.is_empty());
        self.flows.push(Some(Flow { supply, supplier, buyer, product, chain, links }));
    }

    fn add_to_firms(&mut self, supplier: FirmId, buyer: Option<FirmId>, slot: Slot) {
        if let Some(node) = self.firms.get_mut(supplier.0 as usize) {
            node.sold.insert(slot);
        }
        if let Some(node) = buyer.and_then(|buyer| self.firms.get_mut(buyer.0 as usize)) {
            node.bought.insert(slot);
        }
    }

    /// Takes a supply out; says whether it was there. O(links of the product x log).
    pub fn take(&mut self, record: &RecordId) -> bool {
        let Some(slot) = self.slots.remove(record) else { return false };
        let Some(flow) = self.flows.get_mut(slot as usize).and_then(Option::take) else { return false };
        for link in &flow.links {
            if let Some(node) = self.links.get_mut(link.0 as usize) {
                node.flows.remove(&slot);
            }
        }
        let named = flow.supply.chain.as_deref().and_then(|name| self.find_chain(name));
        if let Some(node) = named.and_then(|chain| self.chains.get_mut(chain.0 as usize)) {
            node.unlinked.remove(&slot);
        }
        if let Some(flows) = flow.product.and_then(|product| self.flows_of_product.get_mut(&product)) {
            flows.remove(&slot);
        }
        if let Some(node) = self.firms.get_mut(flow.supplier.0 as usize) {
            node.sold.remove(&slot);
        }
        if let Some(node) = flow.buyer.and_then(|buyer| self.firms.get_mut(buyer.0 as usize)) {
            node.bought.remove(&slot);
        }
        true
    }

    /// Finds a product by a name that a fact tells; an unknown one becomes a problem of `place`.
    pub(super) fn resolve_product(&mut self, name: Option<&str>, place: &str) -> Option<ProductId> {
        let name = name?;
        let found = self.graph.find(name);
        if found.is_none() {
            self.problems.push(problem(ProblemKind::UnknownProduct, place, &[name]));
        }
        found
    }

    /// Finds the link that a fact tells, else those of its product in the chain that it tells.
    pub(super) fn resolve_links(
        &mut self,
        told: Option<&LinkName>,
        product: Option<ProductId>,
        chain: Option<ChainId>,
        place: &str,
    ) -> Vec<LinkId> {
        if let Some(name) = told {
            let found = self.find_link(name);
            if found.is_none() {
                self.problems.push(problem(ProblemKind::UnknownLink, place, &[&name.link]));
            }
            return found.into_iter().collect();
        }
        let links = product.map_or(&[][..], |product| self.links_of(product));
        let is_meant = |link: &&LinkId| chain.is_none_or(|chain| self.link(**link).chain == chain);
        links.iter().filter(is_meant).copied().collect()
    }

    /// Returns the graph of products.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Lists what does not fit together.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Lists the chains by code.
    pub fn chains(&self) -> impl Iterator<Item = (ChainId, &ChainNode)> {
        (0..).map(ChainId).zip(&self.chains)
    }

    /// Lists the firms by identifier.
    pub fn firms(&self) -> impl Iterator<Item = (FirmId, &FirmNode)> {
        (0..).map(FirmId).zip(&self.firms)
    }

    /// Finds a chain by code, title or alias.
    pub fn find_chain(&self, name: &str) -> Option<ChainId> {
        self.chain_names.find(name).map(ChainId)
    }

    /// Finds a link by code or title, in a chain or among all.
    pub fn find_link(&self, name: &LinkName) -> Option<LinkId> {
        let names = match &name.chain {
            Some(chain) => self.link_names.get(self.find_chain(chain)?.0 as usize)?,
            None => &self.any_link_names,
        };
        names.find(&name.link).map(LinkId)
    }

    /// Finds a firm by identifier.
    pub fn find_firm(&self, party: PartyId) -> Option<FirmId> {
        self.by_party.get(&party).copied()
    }

    /// Returns a chain of this market.
    pub fn chain(&self, id: ChainId) -> &ChainNode {
        self.chains.get(id.0 as usize).expect("identifiers of chains come from this market")
    }

    /// Returns a link of this market.
    pub fn link(&self, id: LinkId) -> &LinkNode {
        self.links.get(id.0 as usize).expect("identifiers of links come from this market")
    }

    /// Returns a firm of this market.
    pub fn firm(&self, id: FirmId) -> &FirmNode {
        self.firms.get(id.0 as usize).expect("identifiers of firms come from this market")
    }

    /// Lists who leads a chain on a day.
    pub fn leaders_on(&self, chain: ChainId, day: Date) -> BTreeSet<FirmId> {
        let leaders = self.chain(chain).leaders.iter();
        let leading = leaders.filter(|(_, role, span)| *role == LeaderRole::Leader && span.holds(day));
        leading.map(|(firm, ..)| *firm).collect()
    }

    /// Returns who controls a firm in the end.
    pub fn controller(&self, id: FirmId) -> PartyId {
        self.firm(id).firm.controller
    }

    /// Lists the links of a product: its own, else those of the nearest broader products that have any.
    pub fn links_of(&self, product: ProductId) -> &[LinkId] {
        self.product_links.get(product.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Lists the capabilities at a link.
    pub fn offers_at(&self, link: LinkId) -> impl Iterator<Item = &Offer> {
        self.offers_in(&self.link(link).offers)
    }

    /// Lists the supplies at a link.
    pub fn flows_at(&self, link: LinkId) -> impl Iterator<Item = &Flow> {
        self.flows_in(&self.link(link).flows)
    }

    /// Lists the supplies of goods and processing that name a chain and no link.
    pub fn unlinked_flows(&self, chain: ChainId) -> impl Iterator<Item = &Flow> {
        self.flows_in(&self.chain(chain).unlinked).filter(|flow| flow.is_goods())
    }

    /// Lists a firm's capabilities.
    pub fn offers_by(&self, firm: FirmId) -> impl Iterator<Item = &Offer> {
        self.offers_in(&self.firm(firm).offers)
    }

    /// Lists what a firm supplied.
    pub fn flows_from(&self, firm: FirmId) -> impl Iterator<Item = &Flow> {
        self.flows_in(&self.firm(firm).sold)
    }

    /// Lists what a firm bought.
    pub fn flows_to(&self, firm: FirmId) -> impl Iterator<Item = &Flow> {
        self.flows_in(&self.firm(firm).bought)
    }

    /// Lists what a firm bought of goods and processing.
    pub fn goods_to(&self, firm: FirmId) -> impl Iterator<Item = &Flow> {
        self.flows_to(firm).filter(|flow| flow.is_goods())
    }

    /// Lists what is neither goods nor processing among the supplies at links of a chain, and those that name no more than
    /// the chain, each once.
    pub(super) fn left_out_of(&self, chain: ChainId) -> impl Iterator<Item = &Flow> {
        let node = self.chain(chain);
        let at_links = node.links.iter().flat_map(|link| &self.link(*link).flows);
        let slots: BTreeSet<Slot> = at_links.chain(&node.unlinked).copied().collect();
        slots.into_iter().filter_map(|slot| self.flows.get(slot as usize)?.as_ref()).filter(|flow| !flow.is_goods())
    }

    /// Lists the capabilities that name a product.
    pub fn offers_of(&self, product: ProductId) -> impl Iterator<Item = &Offer> {
        self.offers_in(self.offers_of_product.get(&product).map_or(&[], Vec::as_slice))
    }

    /// Lists the supplies that name a product.
    pub fn flows_of(&self, product: ProductId) -> impl Iterator<Item = &Flow> {
        self.flows_of_product.get(&product).into_iter().flat_map(|slots| self.flows_in(slots))
    }

    fn offers_in<'a>(&'a self, slots: &'a [Slot]) -> impl Iterator<Item = &'a Offer> {
        slots.iter().filter_map(|slot| self.offers.get(*slot as usize))
    }

    fn flows_in<'a>(&'a self, slots: &'a BTreeSet<Slot>) -> impl Iterator<Item = &'a Flow> {
        slots.iter().filter_map(|slot| self.flows.get(*slot as usize)?.as_ref())
    }
}

/// Returns a length as a place; there are never as many facts as places.
pub(super) fn size(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::Product;
    use crate::chain::problem::ProblemKind;
    use crate::chain::sample::{
        JINAN, chain, chain_id, facts, firm, firm_id, link, link_id, link_name, market, product, supply,
    };

    #[test]
    fn a_product_has_the_links_of_what_it_is_a_kind_of() {
        let mut facts = facts(&["A", "B"]);
        let narrower = |title: &str, links: &[&str], kinds: &[&str]| Product {
            narrower: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            ..product(title, links)
        };
        facts.products = vec![
            narrower("胎", &["A"], &["轮胎"]),
            narrower("轮胎", &[], &["雪胎"]),
            narrower("雪胎", &["B"], &[]),
            product("胶", &[]),
        ];
        let market = market(facts);
        let links = |title: &str| market.links_of(market.graph().find(title).unwrap()).to_vec();
        assert_eq!(links("轮胎"), [link_id(&market, "A")]);
        assert_eq!(links("雪胎"), [link_id(&market, "B")]);
        assert_eq!(links("胶"), []);
    }

    #[test]
    fn a_supply_is_at_its_link_or_at_those_of_its_product_in_its_chain() {
        let mut facts = facts(&["A"]);
        facts.chains.push(chain("D"));
        facts.links.push(link("D", "M"));
        facts.products = vec![product("钢", &["A", "M"])];
        facts.firms = vec![firm(1, JINAN), firm(2, JINAN)];
        let of_product = |number: u64, chain: Option<&str>| {
            let mut told = supply(number, 1, 2, "", 1);
            (told.link, told.product, told.chain) = (None, Some("钢".to_owned()), chain.map(str::to_owned));
            told
        };
        facts.supplies =
            vec![supply(1, 1, 2, "M", 1), of_product(2, None), of_product(3, Some("D")), of_product(4, Some("D链"))];
        let market = market(facts);
        let at = |code: &str| {
            market.flows_at(link_id(&market, code)).map(|flow| flow.supply.record.code().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            (at("A"), at("M")),
            (
                vec!["000002".to_owned()],
                vec!["000001".to_owned(), "000002".to_owned(), "000003".to_owned(), "000004".to_owned()]
            )
        );
        assert_eq!(
            (market.flows_from(firm_id(&market, 1)).count(), market.flows_to(firm_id(&market, 2)).count()),
            (4, 4)
        );
    }

    #[test]
    fn what_does_not_fit_is_told_and_left_out() {
        let mut facts = facts(&["A"]);
        facts.chains.push(chain("D"));
        facts.chains.push(chain("C"));
        facts.links.extend([link("C", "A"), link("E", "X"), link("D", "A")]);
        facts.products = vec![product("钢", &["A", "Z"])];
        facts.firms = vec![firm(1, JINAN)];
        facts.supplies = vec![supply(1, 1, 7, "A", 1), supply(2, 7, 1, "A", 1), supply(3, 1, 1, "A", 1)];
        facts.supplies[0].link = Some(LinkName { chain: Some("D".to_owned()), ..link_name("A") });
        let market = market(facts);
        let told: Vec<(ProblemKind, &str)> =
            market.problems().iter().map(|one| (one.kind, one.names[0].as_str())).collect();
        let expected = [
            (ProblemKind::Doubled, "A环节"),
            (ProblemKind::Doubled, "C链"),
            (ProblemKind::UnknownChain, "E"),
            // Both chains have a link A, so that the product's link is none of them.
            (ProblemKind::UnknownLink, "A"),
            (ProblemKind::UnknownLink, "Z"),
            (ProblemKind::UnknownFirm, "P7"),
            (ProblemKind::UnknownFirm, "P7"),
            (ProblemKind::SelfSupply, "企业1"),
        ];
        assert_eq!(told, expected);
        assert_eq!(market.chain(chain_id(&market)).links.len(), 1);
        let found = LinkName { chain: Some("D链".to_owned()), ..link_name("A环节") };
        assert_eq!(market.flows_at(market.find_link(&found).unwrap()).count(), 1);
    }

    #[test]
    fn of_two_rows_of_one_record_the_same_one_stays() {
        let mut facts = facts(&["A"]);
        facts.firms = vec![firm(1, JINAN), firm(2, JINAN)];
        facts.supplies = vec![supply(1, 1, 2, "A", 1), supply(1, 1, 2, "A", 5)];
        let amounts = |facts: crate::chain::model::Facts| {
            let market = market(facts);
            market.flows_at(link_id(&market, "A")).map(|flow| flow.supply.amount_fen).collect::<Vec<_>>()
        };
        let kept = amounts(facts.clone());
        facts.supplies.reverse();
        assert_eq!((kept.len(), amounts(facts)), (1, kept));
    }

    #[test]
    fn supplies_come_and_go() {
        let mut facts = facts(&["A"]);
        facts.firms = vec![firm(1, JINAN), firm(2, JINAN)];
        let mut market = market(facts);
        let count = |market: &Market| {
            let link = market.flows_at(link_id(market, "A")).count();
            (link, market.flows_from(firm_id(market, 1)).count(), market.unlinked_flows(chain_id(market)).count())
        };
        market.put(supply(1, 1, 2, "A", 1));
        assert_eq!(count(&market), (1, 1, 0));
        let mut changed = supply(1, 1, 2, "A", 1);
        (changed.link, changed.chain) = (None, Some("C".to_owned()));
        market.put(changed.clone());
        assert_eq!(count(&market), (0, 1, 1));
        assert_eq!((market.take(&changed.record), market.take(&changed.record)), (true, false));
        assert_eq!(count(&market), (0, 0, 0));
    }
}
