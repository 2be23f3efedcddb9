//! What can be made in an area: the products of a chain with all that goes into them, who can supply each, and the fixed
//! point from raw materials upwards. A product is at hand if it can be bought, or if somebody makes it and one of each
//! group of its required inputs is at hand.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::chain::graph::ProductId;
use crate::chain::market::{ChainId, FirmId, Flow, LinkId, Market, Offer};
use crate::chain::model::{Evidence, Finding};
use crate::chain::neighbours::KIND_LEVELS_MAX;
use crate::chain::rate::{Area, Verdict};
use crate::chain::scope::{Scope, Whereabouts};
use crate::chain::suppliers::{both, certified};
use crate::model::PartyId;

/// What is not made in the area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purchase {
    /// It is bought from any known supplier elsewhere.
    Anywhere,
    /// It is missing: only what is made in the area counts.
    Nowhere,
}

/// A supplier left out of the picture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Removed {
    /// All firms under one controller.
    Group(PartyId),
    /// All that is made in a place (a city), by its code.
    Place(String),
}

/// Who can supply a product, by controller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sources {
    /// Those who make it in the area.
    pub local: BTreeSet<PartyId>,
    /// Those of whom nobody knows whether they are local and certified.
    pub doubtful: BTreeSet<PartyId>,
    /// Those of whom one can buy though they may not be local.
    pub elsewhere: BTreeSet<PartyId>,
    /// Whether the absence of suppliers is a fact.
    pub is_told: bool,
    /// Whether somebody looked for suppliers and found none.
    pub is_surveyed: bool,
}

/// The products of a chain and all that goes into them.
#[derive(Debug, Clone)]
pub struct Web {
    /// Ascending.
    pub(super) products: Vec<ProductId>,
    /// For each product, its groups of required inputs, by places.
    pub(super) required: Vec<Vec<Vec<usize>>>,
    /// For each product, which require it.
    users: Vec<Vec<usize>>,
    /// For each product, who can supply it.
    pub(super) sources: Vec<Sources>,
}

/// How unknowns are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As absent.
    Strict,
    /// As present.
    Hopeful,
    /// As present; and what nobody has looked for may be bought, whoever else is known to make it.
    Open,
}

impl Web {
    /// Gathers the web of a chain, without what is made in the place that `removed` names.
    ///
    /// # Complexity
    /// O(products upstream of the chain, with their kinds and suppliers).
    pub fn new(market: &Market, scope: &Scope<'_>, chain: ChainId, removed: Option<&Removed>) -> Self {
        let own = market.chain(chain).links.iter().flat_map(|link| &market.link(*link).products);
        let mut waiting: Vec<ProductId> = own.copied().collect();
        let mut seen: BTreeSet<ProductId> = waiting.iter().copied().collect();
        while let Some(product) = waiting.pop() {
            let inputs = market.graph().required(product).into_iter().flatten();
            waiting.extend(inputs.filter(|input| seen.insert(*input)));
        }
        let products: Vec<ProductId> = seen.into_iter().collect();
        let places: FxHashMap<ProductId, usize> = products.iter().copied().zip(0..).collect();
        let placed = |group: Vec<ProductId>| group.iter().filter_map(|input| places.get(input).copied()).collect();
        let required: Vec<Vec<Vec<usize>>> = products
            .iter()
            .map(|product| market.graph().required(*product).into_iter().map(placed).collect())
            .collect();
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); products.len()];
        for (user, groups) in required.iter().enumerate() {
            for input in groups.iter().flatten() {
                if let Some(users) = users.get_mut(*input) {
                    users.push(user);
                }
            }
        }
        let gather = Gather { market, scope, removed };
        let links: BTreeSet<LinkId> = products.iter().flat_map(|product| market.links_of(*product)).copied().collect();
        let at_links = links.into_iter().map(|link| (link, gather.at_link(link))).collect();
        let sources = products.iter().map(|product| gather.sources(*product, &at_links)).collect();
        Self { products, required, users, sources }
    }

    /// Takes over what was told before somebody failed: who was the only known supplier leaves nobody, not a question.
    pub(super) fn told_as(mut self, before: &Self) -> Self {
        for (sources, told) in self.sources.iter_mut().zip(&before.sources) {
            sources.is_told |= told.is_told;
        }
        self
    }

    /// Says of each product, ascending, whether it is at hand.
    pub fn at_hand(&self, purchase: Purchase, removed: Option<PartyId>) -> Vec<(ProductId, Verdict)> {
        let strict = self.reach(purchase, removed, Reading::Strict);
        let hopeful = self.reach(purchase, removed, Reading::Hopeful);
        let verdicts = strict.into_iter().zip(hopeful).map(|pair| match pair {
            (true, _) => Verdict::Yes,
            (false, true) => Verdict::Unknown,
            (false, false) => Verdict::No,
        });
        self.products.iter().copied().zip(verdicts).collect()
    }

    /// Lists the products that can certainly neither be made nor bought, ascending: that a maker is known somewhere does
    /// not tell that nobody else sells, so that one supplier more never makes a product fail.
    pub(super) fn failing(&self) -> Vec<ProductId> {
        let reached = self.reach(Purchase::Anywhere, None, Reading::Open);
        self.products.iter().zip(reached).filter(|(_, is_reached)| !is_reached).map(|(product, _)| *product).collect()
    }

    /// Says of each product whether somebody makes it and whether it is bought.
    pub(super) fn bases(&self, purchase: Purchase, reading: Reading) -> Vec<(bool, bool)> {
        let bases = (0..self.products.len()).map(|place| self.base(place, purchase, None, reading));
        bases.map(|base| (base.is_made, base.is_bought)).collect()
    }

    /// The least fixed point, from nothing.
    pub(super) fn reach(&self, purchase: Purchase, removed: Option<PartyId>, reading: Reading) -> Vec<bool> {
        let mut at_hand = vec![false; self.products.len()];
        let waiting = (0..self.products.len()).collect();
        self.spread(&mut at_hand, waiting, |place| self.base(place, purchase, removed, reading));
        at_hand
    }

    /// Goes on from `waiting` until nothing more comes to hand.
    fn spread(&self, at_hand: &mut [bool], mut waiting: Vec<usize>, base: impl Fn(usize) -> Base) {
        while let Some(place) = waiting.pop() {
            let is_new = !at_hand.get(place).copied().unwrap_or(true) && self.comes(at_hand, place, base(place));
            if let Some(slot) = at_hand.get_mut(place).filter(|_| is_new) {
                *slot = true;
                waiting.extend(self.users.get(place).into_iter().flatten());
            }
        }
    }

    fn comes(&self, at_hand: &[bool], place: usize, base: Base) -> bool {
        let is_fed = || {
            let mut groups = self.required.get(place).into_iter().flatten();
            groups.all(|group| group.iter().any(|input| at_hand.get(*input).copied().unwrap_or(false)))
        };
        base.is_bought || (base.is_made && is_fed())
    }

    fn base(&self, place: usize, purchase: Purchase, removed: Option<PartyId>, reading: Reading) -> Base {
        let Some(sources) = self.sources.get(place) else { return Base::default() };
        let any = |groups: &BTreeSet<PartyId>| groups.iter().any(|group| Some(*group) != removed);
        let is_hopeful = reading != Reading::Strict;
        let is_unknown = is_hopeful && !sources.is_told;
        let is_open = reading == Reading::Open && !sources.is_surveyed;
        Base {
            is_made: any(&sources.local) || (is_hopeful && any(&sources.doubtful)) || is_unknown,
            is_bought: purchase == Purchase::Anywhere
                && (any(&sources.elsewhere) || (is_hopeful && any(&sources.doubtful)) || is_unknown || is_open),
        }
    }

    /// What is no longer at hand without a group of firms, given what was with it. Only what stands behind the group's
    /// products is looked at again.
    pub(super) fn lost(&self, before: &[bool], purchase: Purchase, removed: PartyId) -> Vec<ProductId> {
        let base = |place: usize| self.base(place, purchase, Some(removed), Reading::Hopeful);
        let hit = |(place, sources): (usize, &Sources)| {
            let has =
                [&sources.local, &sources.doubtful, &sources.elsewhere].iter().any(|groups| groups.contains(&removed));
            has.then_some(place)
        };
        let mut cone: Vec<usize> = self.sources.iter().enumerate().filter_map(hit).collect();
        let mut seen: BTreeSet<usize> = cone.iter().copied().collect();
        let mut next = 0;
        while let Some(place) = cone.get(next).copied() {
            cone.extend(self.users.get(place).into_iter().flatten().filter(|user| seen.insert(**user)));
            next += 1;
        }
        let mut after = before.to_vec();
        for place in &cone {
            if let Some(slot) = after.get_mut(*place) {
                *slot = false;
            }
        }
        self.spread(&mut after, cone, base);
        let pairs = self.products.iter().zip(before.iter().zip(after));
        pairs.filter(|(_, (before, after))| **before && !*after).map(|(product, _)| *product).collect()
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Base {
    is_made: bool,
    is_bought: bool,
}

struct Gather<'a> {
    market: &'a Market,
    scope: &'a Scope<'a>,
    removed: Option<&'a Removed>,
}

impl Gather<'_> {
    /// Who supplies a product: whoever names it or a kind of it, or no more than a link that makes it (`at_links`).
    fn sources(&self, product: ProductId, at_links: &FxHashMap<LinkId, Sources>) -> Sources {
        let (market, scope) = (self.market, self.scope);
        let mut sources = Sources::default();
        let links = market.links_of(product);
        for kind in kinds(market, product) {
            for offer in market.offers_of(kind) {
                self.add_offer(&mut sources, links, offer);
            }
            for flow in market.flows_of(kind) {
                self.add_flow(&mut sources, links, flow);
            }
        }
        for more in links.iter().filter_map(|link| at_links.get(link)) {
            sources.local.extend(&more.local);
            sources.doubtful.extend(&more.doubtful);
            sources.elsewhere.extend(&more.elsewhere);
        }
        let is_draft = |link: &LinkId| market.chain(market.link(*link).chain).chain.is_draft;
        let is_surveyed = links.iter().any(|link| scope.surveyed(market, *link) == Some(Finding::Nobody));
        let is_known = [&sources.local, &sources.doubtful, &sources.elsewhere].iter().any(|groups| !groups.is_empty());
        sources.is_surveyed = is_surveyed;
        sources.is_told = is_surveyed || (is_known && !links.iter().any(is_draft));
        sources
    }

    /// Who names no product but only a link.
    fn at_link(&self, link: LinkId) -> Sources {
        let mut sources = Sources::default();
        for offer in self.market.offers_at(link).filter(|offer| offer.product.is_none()) {
            self.add_offer(&mut sources, &[link], offer);
        }
        for flow in self.market.flows_at(link).filter(|flow| flow.product.is_none()) {
            self.add_flow(&mut sources, &[link], flow);
        }
        sources
    }

    fn add_offer(&self, sources: &mut Sources, links: &[LinkId], offer: &Offer) {
        let is_removed = self.is_removed(offer.firm, |scope| scope.offer_from(self.market, offer));
        if self.scope.is_live_offer(self.market, offer) && !is_removed {
            self.add(sources, links, offer.firm, self.scope.offer_from(self.market, offer));
        }
    }

    fn add_flow(&self, sources: &mut Sources, links: &[LinkId], flow: &Flow) {
        let is_removed = self.is_removed(flow.supplier, |scope| scope.flow_from(self.market, flow));
        if self.scope.counts(self.market, flow, Evidence::E1) && !is_removed {
            self.add(sources, links, flow.supplier, self.scope.flow_from(self.market, flow));
        }
    }

    fn is_removed(&self, firm: FirmId, from: impl Fn(&Scope<'_>) -> Whereabouts) -> bool {
        match self.removed {
            None => false,
            Some(Removed::Group(group)) => self.market.controller(firm) == *group,
            Some(Removed::Place(code)) => {
                let area = Area { label: String::new(), codes: vec![code.clone()] };
                matches!(from(&Scope { area: &area, ..*self.scope }), Whereabouts::Local | Whereabouts::LocalTrade)
            }
        }
    }

    fn add(&self, sources: &mut Sources, links: &[LinkId], firm: FirmId, from: Whereabouts) {
        let controller = self.market.controller(firm);
        let verdicts = links.iter().map(|link| certified(self.market, self.scope, firm, *link));
        let is_certified = verdicts.fold(Verdict::Yes, both);
        // Who may not deliver for want of a certificate is no source anywhere.
        match both(from.verdict(), is_certified) {
            Verdict::Yes => sources.local.insert(controller),
            Verdict::Unknown => sources.doubtful.insert(controller),
            Verdict::No => false,
        };
        if is_certified == Verdict::Yes && from != Whereabouts::Local {
            sources.elsewhere.insert(controller);
        }
    }
}

/// Lists a product and its kinds, ascending.
fn kinds(market: &Market, product: ProductId) -> BTreeSet<ProductId> {
    let (mut all, mut level) = (BTreeSet::from([product]), vec![product]);
    for _ in 0..KIND_LEVELS_MAX {
        level = level.iter().flat_map(|kind| market.graph().narrower(*kind)).filter(|kind| all.insert(*kind)).collect();
    }
    all
}
