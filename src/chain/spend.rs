//! Adds up who bought for how much from whom. Returns are netted for each supplier, and what was told twice, for a year
//! and for a quarter of it, counts once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::chain::graph::ProductId;
use crate::chain::market::{FirmId, Flow, LinkId, Market};
use crate::chain::model::Span;
use crate::chain::scope::{Scope, Whereabouts};

/// What was bought from one supplier, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bought {
    /// What is made in the area; not negative.
    pub local: i128,
    /// What nobody knows where it is made; not negative.
    pub unknown: i128,
    /// What is made elsewhere or only traded in the area; not negative.
    pub outside: i128,
    /// What is only traded in the area, part of `outside`.
    pub local_trade: i128,
    /// The net sum before negative ones were put to 0.
    pub net: i128,
    /// Supplies without an amount.
    pub untold: usize,
}

impl Bought {
    /// Returns the whole; not negative.
    pub fn total(&self) -> i128 {
        self.local + self.unknown + self.outside
    }
}

/// What is one and the same purchase, if told for several periods.
type Purchase<'f> = (FirmId, Option<FirmId>, Option<ProductId>, &'f [LinkId]);

/// Adds up supplies by supplier, in fen. Supplies of a period that lies in another one of the same purchase are left
/// out. O(supplies x log).
pub fn bought<'f>(
    market: &Market,
    scope: &Scope<'_>,
    flows: impl IntoIterator<Item = &'f Flow>,
) -> BTreeMap<FirmId, Bought> {
    let mut purchases: BTreeMap<Purchase<'f>, Vec<&Flow>> = BTreeMap::new();
    for flow in flows {
        purchases.entry((flow.supplier, flow.buyer, flow.product, flow.links.as_slice())).or_default().push(flow);
    }
    let mut all: BTreeMap<FirmId, Sums> = BTreeMap::new();
    for ((supplier, ..), flows) in purchases {
        let periods: BTreeSet<Span> = flows.iter().filter_map(|flow| flow.supply.period).collect();
        for flow in flows.iter().filter(|flow| !is_inside_another(flow.supply.period, &periods)) {
            let sums = all.entry(supplier).or_default();
            match flow.supply.amount_fen {
                None => sums.untold += 1,
                Some(fen) => *sums.by_place.entry(scope.flow_from(market, flow)).or_default() += i128::from(fen),
            }
        }
    }
    all.into_iter().map(|(supplier, sums)| (supplier, sums.netted())).collect()
}

fn is_inside_another(period: Option<Span>, periods: &BTreeSet<Span>) -> bool {
    let Some(Span { from: Some(from), until: Some(until) }) = period else { return false };
    periods.iter().any(|other| Some(*other) != period && other.holds(from) && other.holds(until))
}

#[derive(Default)]
struct Sums {
    by_place: BTreeMap<Whereabouts, i128>,
    untold: usize,
}

impl Sums {
    /// Nets a supplier's returns: a net sum below 0 counts 0, and no part of it is above the whole.
    fn netted(&self) -> Bought {
        let part = |place: Whereabouts| self.by_place.get(&place).copied().unwrap_or(0);
        let net: i128 = self.by_place.values().sum();
        let whole = net.max(0);
        let local = part(Whereabouts::Local).clamp(0, whole);
        let unknown = part(Whereabouts::Unknown).clamp(0, whole - local);
        let outside = whole - local - unknown;
        let local_trade = part(Whereabouts::LocalTrade).clamp(0, outside);
        Bought { local, unknown, outside, local_trade, net, untold: self.untold }
    }
}

/// Says whether a supply's amount belongs to a period: its own period lies in it, else its last delivery, else the
/// supply runs in it; one that does not say when belongs to every period.
pub fn is_of_period(flow: &Flow, period: &Span) -> bool {
    let supply = &flow.supply;
    match (supply.period, supply.last_delivery, supply.span) {
        (Some(Span { from: Some(from), until: Some(until) }), ..) => period.holds(from) && period.holds(until),
        (Some(open), ..) => open.meets(period),
        (None, Some(day), _) => period.holds(day),
        (None, None, Some(span)) => span.meets(period),
        (None, None, None) => true,
    }
}

/// Returns the last calendar year over on the day in which a period ends, for sums where no year is asked for; else the
/// year of the last period that ends by the day; always where no supply tells a period. A quarter of the year that still
/// runs is not set beside whole years.
pub fn last_year<'f>(as_of: Date, flows: impl IntoIterator<Item = &'f Flow>) -> Span {
    let ends = flows.into_iter().filter_map(|flow| flow.supply.period?.until).filter(|end| *end <= as_of);
    let is_over = |end: &Date| end.last_of_year() <= as_of;
    ends.max_by_key(|end| (is_over(end), *end)).map_or(Span::ALWAYS, |end| year(end.year()))
}

/// Returns a calendar year.
pub fn year(year: i16) -> Span {
    Span { from: Date::new(year, 1, 1).ok(), until: Date::new(year, 12, 31).ok() }
}

/// Tells a rate's period (`2025-01-01/2025-12-31`); nothing where none is told.
pub(super) fn period_parameter(period: &Span) -> Vec<(&'static str, String)> {
    if *period == Span::ALWAYS {
        return Vec::new();
    }
    let day = |day: Option<Date>| day.map_or_else(|| "..".to_owned(), |day| day.to_string());
    vec![("period", format!("{}/{}", day(period.from), day(period.until)))]
}
