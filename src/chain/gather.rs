//! Builds a market from facts: resolves every name once and lists what does not fit together.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::chain::graph::{Graph, ProductId};
use crate::chain::market::{ChainId, ChainNode, FirmId, FirmNode, LinkId, LinkNode, Market, Offer, size};
use crate::chain::model::{Capability, Chain, Facts, Firm, Leader, Link, Site, Survey};
use crate::chain::names::{NameKind, Names};
use crate::chain::problem::{ProblemKind, problem};

impl Market {
    /// Resolves facts in any order; what does not fit together is left out and listed. Inputs of products hold on `as_of`.
    ///
    /// # Complexity
    /// O(facts log facts).
    pub fn build(mut facts: Facts, as_of: Date) -> Self {
        let inputs: Vec<_> = facts.inputs.iter().filter(|input| input.span.holds(as_of)).collect();
        let graph = Graph::build(std::mem::take(&mut facts.products), &inputs);
        let mut market = Self { problems: graph.problems().to_vec(), graph, ..Self::default() };
        market.add_chains(facts.chains);
        market.add_links(facts.links);
        market.add_products();
        market.add_firms(facts.firms);
        market.add_leaders(facts.leaders);
        market.add_surveys(facts.surveys);
        facts.capabilities.sort();
        for capability in facts.capabilities {
            market.add_capability(capability);
        }
        facts.supplies.sort();
        for supply in facts.supplies {
            market.put(supply);
        }
        market.problems.sort();
        market.problems.dedup();
        market
    }

    fn add_chains(&mut self, mut chains: Vec<Chain>) {
        chains.sort();
        for chain in chains {
            let place = size(self.chains.len());
            if [&chain.code, &chain.title].into_iter().any(|name| self.chain_names.find(name).is_some()) {
                self.problems.push(problem(ProblemKind::Doubled, &chain.code, &[&chain.title]));
                continue;
            }
            self.chain_names.add(&chain.code, NameKind::Code, place);
            self.chain_names.add(&chain.title, NameKind::Title, place);
            let (links, leaders, unlinked) = (Vec::new(), Vec::new(), BTreeSet::new());
            self.chains.push(ChainNode { chain, links, leaders, unlinked });
            self.link_names.push(Names::default());
        }
        for (place, node) in (0..).zip(&self.chains) {
            for alias in &node.chain.aliases {
                self.chain_names.add(alias, NameKind::Synonym, place);
            }
        }
    }

    fn add_links(&mut self, links: Vec<Link>) {
        let mut placed: Vec<(ChainId, Link)> = Vec::with_capacity(links.len());
        for link in links {
            match self.find_chain(&link.chain) {
                Some(chain) => placed.push((chain, link)),
                None => self.problems.push(problem(ProblemKind::UnknownChain, &link.title, &[&link.chain])),
            }
        }
        placed.sort_by(|left, right| (left.0, &left.1.code, &left.1).cmp(&(right.0, &right.1.code, &right.1)));
        for (chain, link) in placed {
            let place = size(self.links.len());
            let Some(names) = self.link_names.get_mut(chain.0 as usize) else { continue };
            if [&link.code, &link.title].into_iter().any(|name| names.find(name).is_some()) {
                self.problems.push(problem(ProblemKind::Doubled, &link.code, &[&link.title]));
                continue;
            }
            names.add(&link.code, NameKind::Code, place);
            names.add(&link.title, NameKind::Title, place);
            self.any_link_names.add(&link.code, NameKind::Synonym, place);
            self.any_link_names.add(&link.title, NameKind::Synonym, place);
            if let Some(node) = self.chains.get_mut(chain.0 as usize) {
                node.links.push(LinkId(place));
            }
            let (products, surveys, offers, flows) = (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
            self.links.push(LinkNode { link, chain, products, surveys, offers, flows });
        }
    }

    fn add_products(&mut self) {
        let mut own: Vec<Vec<LinkId>> = Vec::with_capacity(self.graph.len());
        for id in self.graph.ids() {
            let product = self.graph.product(id);
            let mut links = Vec::new();
            for name in &product.links {
                match self.find_link(name) {
                    Some(link) => links.push(link),
                    None => self.problems.push(problem(ProblemKind::UnknownLink, &product.title, &[&name.link])),
                }
            }
            links.sort_unstable();
            links.dedup();
            for link in &links {
                if let Some(node) = self.links.get_mut(link.0 as usize) {
                    node.products.push(id);
                }
            }
            own.push(links);
        }
        self.product_links = self.graph.ids().map(|id| inherited(&self.graph, &own, id)).collect();
    }

    fn add_firms(&mut self, mut firms: Vec<Firm>) {
        firms.sort();
        firms.dedup_by_key(|firm| firm.id);
        for firm in firms {
            if !firm.is_registered {
                self.problems.push(problem(ProblemKind::UnregisteredFirm, &firm.name, &[]));
            }
            self.by_party.insert(firm.id, FirmId(size(self.firms.len())));
            let made_at = |site: &Site| site.products.iter().filter_map(|name| self.graph.find(name)).collect();
            let sites = firm.sites.iter().map(|site| (site.clone(), made_at(site))).collect();
            let (offers, sold, bought) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
            self.firms.push(FirmNode { firm, sites, offers, sold, bought });
        }
    }

    fn add_leaders(&mut self, leaders: Vec<Leader>) {
        for leader in leaders {
            let place = leader.party.to_string();
            match (self.find_firm(leader.party), self.find_chain(&leader.chain)) {
                (Some(firm), Some(chain)) => {
                    if let Some(node) = self.chains.get_mut(chain.0 as usize) {
                        node.leaders.push((firm, leader.role, leader.span));
                    }
                }
                (None, _) => self.problems.push(problem(ProblemKind::UnknownFirm, &leader.chain, &[&place])),
                (_, None) => self.problems.push(problem(ProblemKind::UnknownChain, &place, &[&leader.chain])),
            }
        }
        for node in &mut self.chains {
            node.leaders.sort_unstable();
        }
    }

    fn add_surveys(&mut self, surveys: Vec<Survey>) {
        for survey in surveys {
            match self.find_link(&survey.link) {
                Some(link) => {
                    if let Some(node) = self.links.get_mut(link.0 as usize) {
                        node.surveys.push(survey);
                    }
                }
                None => {
                    let place = survey.link.chain.as_deref().unwrap_or("");
                    self.problems.push(problem(ProblemKind::UnknownLink, place, &[&survey.link.link]));
                }
            }
        }
        for node in &mut self.links {
            node.surveys.sort_by(|left, right| {
                (left.date, &left.region, left.finding).cmp(&(right.date, &right.region, right.finding))
            });
        }
    }

    fn add_capability(&mut self, capability: Capability) {
        let place = capability.record.as_str().to_owned();
        let Some(firm) = self.find_firm(capability.firm) else {
            self.problems.push(problem(ProblemKind::UnknownFirm, &place, &[&capability.firm.to_string()]));
            return;
        };
        let product = self.resolve_product(capability.product.as_deref(), &place);
        let links = self.resolve_links(capability.link.as_ref(), product, None, &place);
        let slot = size(self.offers.len());
        for link in &links {
            if let Some(node) = self.links.get_mut(link.0 as usize) {
                node.offers.push(slot);
            }
        }
        if let Some(product) = product {
            self.offers_of_product.entry(product).or_default().push(slot);
        }
        if let Some(node) = self.firms.get_mut(firm.0 as usize) {
            node.offers.push(slot);
        }
        self.offers.push(Offer { capability, firm, product, links });
    }
}

fn inherited(graph: &Graph, own: &[Vec<LinkId>], id: ProductId) -> Vec<LinkId> {
    let links = |id: ProductId| own.get(id.0 as usize).map_or(&[][..], Vec::as_slice);
    let (mut level, mut seen) = (vec![id], BTreeSet::from([id]));
    while !level.is_empty() {
        let found: BTreeSet<LinkId> = level.iter().flat_map(|id| links(*id)).copied().collect();
        if !found.is_empty() {
            return found.into_iter().collect();
        }
        level = level.iter().flat_map(|id| graph.broader(*id)).filter(|id| seen.insert(*id)).collect();
    }
    Vec::new()
}
