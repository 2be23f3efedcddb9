//! The suppliers of a link: who they are, whether they count, and how many groups of firms they are.

use std::collections::BTreeMap;

use crate::chain::market::{FirmId, LinkId, Market, Offer};
use crate::chain::model::{Evidence, Quantity};
use crate::chain::rate::Verdict;
use crate::chain::scope::{Scope, Whereabouts};
use crate::model::PartyId;

/// Who counts as a supplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// Whoever says that it can: in a catalogue, or by any supply.
    Capable,
    /// Whoever has a supply that is proved so well at least.
    Actual(Evidence),
}

/// A live supplier of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplier {
    /// The firm.
    pub firm: FirmId,
    /// Its ultimate controller.
    pub controller: PartyId,
    /// Where the best of what it supplies comes from, local before unknown before the rest.
    pub whereabouts: Whereabouts,
    /// Whether it has the certificates that the link asks for.
    pub is_certified: Verdict,
    /// What it can make in the area a year, in each unit told; absent where one of its local offers does not tell.
    pub capacity: Option<Vec<Quantity>>,
    /// The grades that it reaches in the area.
    pub levels: Vec<String>,
}

impl Supplier {
    /// Says whether it is local and certified.
    pub fn verdict(&self) -> Verdict {
        both(self.whereabouts.verdict(), self.is_certified)
    }
}

/// Says whether both hold: `no` if one does not, `unknown` if one is not known.
pub(super) fn both(left: Verdict, right: Verdict) -> Verdict {
    match (left, right) {
        (Verdict::No, _) | (_, Verdict::No) => Verdict::No,
        (Verdict::Yes, Verdict::Yes) => Verdict::Yes,
        _ => Verdict::Unknown,
    }
}

/// How many groups of firms under one controller supply something, and how many may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Groups {
    /// Groups of which a firm is local and certified.
    pub local: usize,
    /// Groups of which nobody knows.
    pub unknown: usize,
    /// All groups with a live supplier, wherever.
    pub all: usize,
}

/// Lists the live suppliers of a link by firm. O(offers and supplies of the link x log).
pub fn suppliers(market: &Market, scope: &Scope<'_>, link: LinkId, proof: Proof) -> Vec<Supplier> {
    let mut found: BTreeMap<FirmId, Supplier> = BTreeMap::new();
    let new = |firm: FirmId| Supplier {
        firm,
        controller: market.controller(firm),
        whereabouts: Whereabouts::Outside,
        is_certified: certified(market, scope, firm, link),
        capacity: Some(Vec::new()),
        levels: Vec::new(),
    };
    let evidence = match proof {
        Proof::Capable => Evidence::E1,
        Proof::Actual(evidence) => evidence,
    };
    for flow in market.flows_at(link).filter(|flow| scope.counts(market, flow, evidence)) {
        let supplier = found.entry(flow.supplier).or_insert_with(|| new(flow.supplier));
        supplier.whereabouts = supplier.whereabouts.min(scope.flow_from(market, flow));
    }
    for offer in market.offers_at(link).filter(|offer| scope.is_live_offer(market, offer)) {
        let is_meant = proof == Proof::Capable || found.contains_key(&offer.firm);
        if !is_meant {
            continue;
        }
        let supplier = found.entry(offer.firm).or_insert_with(|| new(offer.firm));
        let from = scope.offer_from(market, offer);
        if proof == Proof::Capable {
            supplier.whereabouts = supplier.whereabouts.min(from);
        }
        if from == Whereabouts::Local {
            add(supplier, offer);
        }
    }
    let mut suppliers: Vec<Supplier> = found.into_values().collect();
    for supplier in &mut suppliers {
        supplier.capacity = supplier.capacity.take().filter(|capacity| !capacity.is_empty());
        supplier.levels.sort_unstable();
        supplier.levels.dedup();
    }
    suppliers
}

fn add(supplier: &mut Supplier, offer: &Offer) {
    supplier.levels.extend(offer.capability.levels.iter().cloned());
    let Some(capacity) = &mut supplier.capacity else { return };
    match &offer.capability.capacity {
        None => supplier.capacity = None,
        Some(more) => match capacity.iter_mut().find(|known| known.unit == more.unit) {
            Some(known) => known.thousandths = known.thousandths.saturating_add(more.thousandths),
            None => {
                capacity.push(more.clone());
                capacity.sort_unstable();
            }
        },
    }
}

/// Says whether a firm has the certificates that a link asks for: one that has run out is none, one that nobody ever
/// told of is unknown.
pub(super) fn certified(market: &Market, scope: &Scope<'_>, firm: FirmId, link: LinkId) -> Verdict {
    let held = &market.firm(firm).firm.certificates;
    let verdicts = market.link(link).link.required_certificates.iter().map(|name| {
        let mut told = held.iter().filter(|certificate| certificate.name == *name).peekable();
        match (told.peek().is_some(), told.any(|certificate| certificate.span.holds(scope.as_of))) {
            (_, true) => Verdict::Yes,
            (true, false) => Verdict::No,
            (false, false) => Verdict::Unknown,
        }
    });
    verdicts.fold(Verdict::Yes, both)
}

/// Counts groups of firms under one controller; a group counts by its best firm.
pub fn groups<'a>(suppliers: impl IntoIterator<Item = &'a Supplier>) -> Groups {
    let mut verdicts: BTreeMap<PartyId, Verdict> = BTreeMap::new();
    for supplier in suppliers {
        let verdict = verdicts.entry(supplier.controller).or_insert(Verdict::No);
        *verdict = either(*verdict, supplier.verdict());
    }
    let count = |wanted: Verdict| verdicts.values().filter(|verdict| **verdict == wanted).count();
    Groups { local: count(Verdict::Yes), unknown: count(Verdict::Unknown), all: verdicts.len() }
}

/// Says whether one of both holds: `yes` if one does, `unknown` if one may.
pub(super) fn either(left: Verdict, right: Verdict) -> Verdict {
    match (left, right) {
        (Verdict::Yes, _) | (_, Verdict::Yes) => Verdict::Yes,
        (Verdict::No, Verdict::No) => Verdict::No,
        _ => Verdict::Unknown,
    }
}
