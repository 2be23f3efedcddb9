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
    /// For each product, the same without what is made in a place, by the place's number; only where it differs.
    without: FxHashMap<(usize, usize), Sources>,
}

/// One supply of a product, as it makes its group a source.
#[derive(Debug, Clone)]
struct Part {
    controller: PartyId,
    /// Whether it is local and certified.
    verdict: Verdict,
    is_elsewhere: bool,
    /// The places without which it is not there, by number.
    places: Vec<usize>,
}

impl Sources {
    /// Puts parts together; whether they are all is not said.
    fn of<'p>(parts: impl Iterator<Item = &'p Part>) -> Self {
        let mut sources = Self::default();
        for part in parts {
            match part.verdict {
                Verdict::Yes => sources.local.insert(part.controller),
                Verdict::Unknown => sources.doubtful.insert(part.controller),
                Verdict::No => false,
            };
            if part.is_elsewhere {
                sources.elsewhere.insert(part.controller);
            }
        }
        sources
    }
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
        Self::gather(chain, &Gather { market, scope, removed, places: &[] })
    }

    /// Gathers the web of a chain once for all `places`, by each of which something may be lost.
    pub(super) fn with_places(market: &Market, scope: &Scope<'_>, chain: ChainId, places: &[Area]) -> Self {
        Self::gather(chain, &Gather { market, scope, removed: None, places })
    }

    fn gather(chain: ChainId, gather: &Gather<'_>) -> Self {
        let market = gather.market;
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
        let links: BTreeSet<LinkId> = products.iter().flat_map(|product| market.links_of(*product)).copied().collect();
        let at_links = links.into_iter().map(|link| (link, gather.at_link(link))).collect();
        let mut without = FxHashMap::default();
        let mut sources = Vec::with_capacity(products.len());
        for (place, product) in products.iter().enumerate() {
            let mut own = Vec::new();
            let parts = gather.parts(*product, &at_links, &mut own);
            let all = gather.told(*product, Sources::of(parts.iter().copied()));
            let hit: BTreeSet<usize> = parts.iter().flat_map(|part| part.places.iter().copied()).collect();
            for number in hit {
                let left = parts.iter().copied().filter(|part| !part.places.contains(&number));
                // What was told stays told: who was the only known supplier leaves nobody, not a question.
                let (is_told, is_surveyed) = (all.is_told, all.is_surveyed);
                without.insert((number, place), Sources { is_told, is_surveyed, ..Sources::of(left) });
            }
            sources.push(all);
        }
        Self { products, required, users, sources, without }
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
        self.sources.get(place).map_or_else(Base::default, |sources| sources.base(purchase, removed, reading))
    }
}

impl Sources {
    fn base(&self, purchase: Purchase, removed: Option<PartyId>, reading: Reading) -> Base {
        let sources = self;
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
}

impl Web {
    /// What is no longer at hand without what is made in a place, by its number, given what was with it.
    pub(super) fn lost_in(&self, before: &[bool], purchase: Purchase, number: usize) -> Vec<ProductId> {
        let hit = (0..self.products.len()).filter(|place| self.without.contains_key(&(number, *place))).collect();
        self.fallen(before, hit, |place| match self.without.get(&(number, place)) {
            Some(left) => left.base(purchase, None, Reading::Hopeful),
            None => self.base(place, purchase, None, Reading::Hopeful),
        })
    }

    /// What is no longer at hand without a group of firms, given what was with it.
    pub(super) fn lost(&self, before: &[bool], purchase: Purchase, removed: PartyId) -> Vec<ProductId> {
        let hit = |(place, sources): (usize, &Sources)| {
            let has =
                [&sources.local, &sources.doubtful, &sources.elsewhere].iter().any(|groups| groups.contains(&removed));
            has.then_some(place)
        };
        let hit = self.sources.iter().enumerate().filter_map(hit).collect();
        self.fallen(before, hit, |place| self.base(place, purchase, Some(removed), Reading::Hopeful))
    }

    /// What is no longer at hand where the products in `cone` have lost some of their sources. Only what stands behind
    /// them is looked at again.
    fn fallen(&self, before: &[bool], mut cone: Vec<usize>, base: impl Fn(usize) -> Base) -> Vec<ProductId> {
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
    places: &'a [Area],
}

impl Gather<'_> {
    /// Who supplies a product: whoever names it or a kind of it, or no more than a link that makes it (`at_links`).
    fn parts<'p>(
        &self,
        product: ProductId,
        at_links: &'p FxHashMap<LinkId, Vec<Part>>,
        own: &'p mut Vec<Part>,
    ) -> Vec<&'p Part> {
        let market = self.market;
        let links = market.links_of(product);
        for kind in kinds(market, product) {
            own.extend(market.offers_of(kind).filter_map(|offer| self.offered(links, offer)));
            own.extend(market.flows_of(kind).filter_map(|flow| self.supplied(links, flow)));
        }
        own.iter().chain(links.iter().filter_map(|link| at_links.get(link)).flatten()).collect()
    }

    /// Says of sources whether they are known to be all.
    fn told(&self, product: ProductId, sources: Sources) -> Sources {
        let (market, links) = (self.market, self.market.links_of(product));
        let is_draft = |link: &LinkId| market.chain(market.link(*link).chain).chain.is_draft;
        // A draft's links are not settled: that nobody was found for one of them says nothing of its products.
        let is_empty = |link: &LinkId| self.scope.surveyed(market, *link) == Some(Finding::Nobody);
        let is_surveyed = links.iter().any(|link| !is_draft(link) && is_empty(link));
        let is_known = [&sources.local, &sources.doubtful, &sources.elsewhere].iter().any(|groups| !groups.is_empty());
        let is_told = is_surveyed || (is_known && !links.iter().any(is_draft));
        Sources { is_surveyed, is_told, ..sources }
    }

    /// Who names no product but only a link.
    fn at_link(&self, link: LinkId) -> Vec<Part> {
        let offers = self.market.offers_at(link).filter(|offer| offer.product.is_none());
        let flows = self.market.flows_at(link).filter(|flow| flow.product.is_none());
        let offered = offers.filter_map(|offer| self.offered(&[link], offer));
        offered.chain(flows.filter_map(|flow| self.supplied(&[link], flow))).collect()
    }

    fn offered(&self, links: &[LinkId], offer: &Offer) -> Option<Part> {
        let from = |scope: &Scope<'_>| scope.offer_from(self.market, offer);
        let is_there = self.scope.is_live_offer(self.market, offer) && !self.is_removed(offer.firm, from);
        is_there.then(|| self.part(links, offer.firm, offer.capability.origin.as_deref(), &from))
    }

    fn supplied(&self, links: &[LinkId], flow: &Flow) -> Option<Part> {
        let from = |scope: &Scope<'_>| scope.flow_from(self.market, flow);
        let is_there = self.scope.counts(self.market, flow, Evidence::E1) && !self.is_removed(flow.supplier, from);
        is_there.then(|| self.part(links, flow.supplier, flow.supply.origin.as_deref(), &from))
    }

    fn is_removed(&self, firm: FirmId, from: impl Fn(&Scope<'_>) -> Whereabouts) -> bool {
        match self.removed {
            None => false,
            Some(Removed::Group(group)) => self.market.controller(firm) == *group,
            Some(Removed::Place(code)) => {
                let area = Area { label: String::new(), codes: vec![code.clone()] };
                is_made_in(from(&Scope { area: &area, ..*self.scope }))
            }
        }
    }

    fn part(
        &self,
        links: &[LinkId],
        firm: FirmId,
        origin: Option<&str>,
        from: &dyn Fn(&Scope<'_>) -> Whereabouts,
    ) -> Part {
        let whereabouts = from(self.scope);
        let verdicts = links.iter().map(|link| certified(self.market, self.scope, firm, *link));
        let is_certified = verdicts.fold(Verdict::Yes, both);
        // Who may not deliver for want of a certificate is no source anywhere.
        Part {
            controller: self.market.controller(firm),
            verdict: both(whereabouts.verdict(), is_certified),
            is_elsewhere: is_certified == Verdict::Yes && whereabouts != Whereabouts::Local,
            places: places_of(self.market, self.scope, self.places, (firm, origin), from),
        }
    }
}

/// Lists the places from which something comes, by number. Only those are tried where its firm is, or its goods.
pub(super) fn places_of(
    market: &Market,
    scope: &Scope<'_>,
    places: &[Area],
    (firm, origin): (FirmId, Option<&str>),
    from: &dyn Fn(&Scope<'_>) -> Whereabouts,
) -> Vec<usize> {
    if places.is_empty() {
        return Vec::new();
    }
    let firm = &market.firm(firm).firm;
    let sites = firm.sites.iter().map(|site| site.region.as_str());
    let codes: Vec<&str> = sites.chain(firm.registered.as_deref()).chain(origin).collect();
    let is_near =
        |area: &Area| area.codes.iter().any(|outer| codes.iter().any(|code| scope.regions.within(code, outer)));
    let near = places.iter().enumerate().filter(|(_, area)| is_near(area));
    let is_of = |area: &Area| is_made_in(from(&Scope { area, ..*scope }));
    near.filter(|(_, area)| is_of(area)).map(|(number, _)| number).collect()
}

/// Says whether what comes from a place falls with it.
pub(super) fn is_made_in(from: Whereabouts) -> bool {
    matches!(from, Whereabouts::Local | Whereabouts::LocalTrade)
}

/// Lists a product and its kinds, ascending.
fn kinds(market: &Market, product: ProductId) -> BTreeSet<ProductId> {
    let (mut all, mut level) = (BTreeSet::from([product]), vec![product]);
    for _ in 0..KIND_LEVELS_MAX {
        level = level.iter().flat_map(|kind| market.graph().narrower(*kind)).filter(|kind| all.insert(*kind)).collect();
    }
    all
}
