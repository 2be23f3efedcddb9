//! How one amount that is asked for stands to one that is offered. An amount may be a single number, a range or a
//! limit; where the records leave the answer open it stays open.

use std::cmp::Ordering;

use crate::definition::{Better, Compare, Property};
use crate::model::{Bound, Interval};

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The supply has what is asked for.
    Met,
    /// It states something else.
    Missed,
    /// It lists things of this sort, and this one is not among them.
    Absent,
    /// It does not say.
    Unknown,
}

/// Compares an amount that is asked for with one that is offered.
pub(super) fn compare(wish: &Interval, offer: &Interval, property: Option<&Property>) -> Outcome {
    match property.map(|property| property.compare) {
        Some(Compare::Cover) => cover(wish, offer),
        // A span from zero or below is what must be reached, if nothing says what it is of (`0-60MPa`, `-40℃~125℃`).
        None if is_span(wish) => cover(wish, offer),
        Some(Compare::Within) | None => within(wish, offer, property.and_then(|property| property.better)),
    }
}

fn is_span(wish: &Interval) -> bool {
    let starts_low = wish.low().is_some_and(|low| low.value <= 0.0);
    starts_low && wish.high().is_some_and(|high| high.value > 0.0) && deviation(wish).is_none()
}

/// Says whether two amounts differ by a factor of `ratio_max` at most, so that one may be said of what the other is said
/// of: a limit on one side only is met by whatever is small or large enough (`≤3m` by a pore of 0.25 mm).
pub(super) fn is_near(wish: &Interval, offer: &Interval, ratio_max: f64) -> bool {
    let ends =
        |interval: &Interval| [interval.low(), interval.high()].map(|bound| bound.map(|bound| bound.value.abs()));
    let both = |interval: &Interval| interval.low().is_some() && interval.high().is_some();
    let is_within_range = both(wish) && both(offer) && (contains(offer, wish) || contains(wish, offer));
    let near = |left: f64, right: f64| left <= right * ratio_max && right <= left * ratio_max;
    let wishes = ends(wish).into_iter().flatten();
    let is_close = wishes.into_iter().any(|left| ends(offer).into_iter().flatten().any(|right| near(left, right)));
    is_within_range || is_close
}

/// The offered value lies in what is asked for; or what is asked for, if it is limited on both sides, lies in the range
/// that can be made.
fn within(wish: &Interval, offer: &Interval, better: Option<Better>) -> Outcome {
    let limit = match (wish.point(), better) {
        (Some(point), Some(Better::Higher)) => Interval::at_least(point),
        (Some(point), Some(Better::Lower)) => Interval::at_most(point),
        // `±0.01mm` allows a deviation of 0.01 mm at most.
        _ => deviation(wish).and_then(Interval::at_most),
    };
    let wish = limit.unwrap_or(*wish);
    let is_most = wish.low().is_none();
    let offer = if is_most { deviation(offer).and_then(Interval::exactly).unwrap_or(*offer) } else { *offer };
    if contains(&wish, &offer) {
        return Outcome::Met;
    }
    // A supply that says `≥400MPa` warrants 400, it does not offer all that is above.
    let is_capability = better.is_none() && wish.low().is_some() && offer.high().is_some();
    if is_capability && wish.high().is_some() && contains(&offer, &wish) {
        return Outcome::Met;
    }
    // Who makes up to 1.5 makes 1.2 and more.
    let reaches = wish.low().and_then(|low| Interval::exactly(low.value)).is_some_and(|low| contains(&offer, &low));
    if is_capability && wish.high().is_none() && offer.point().is_none() && reaches {
        return Outcome::Met;
    }
    if is_disjoint(&wish, &offer) { Outcome::Missed } else { Outcome::Unknown }
}

/// Returns the greatest deviation of a range around zero.
fn deviation(interval: &Interval) -> Option<f64> {
    let (low, high) = (interval.low()?.value, interval.high()?.value);
    (high > 0.0 && low.total_cmp(&-high).is_eq()).then_some(high)
}

/// Every end of what is asked for lies in what is offered. A side that the offer leaves open is not covered for
/// certain, and a single number is no range.
fn cover(wish: &Interval, offer: &Interval) -> Outcome {
    let lies_in = |bound: Option<Bound>| {
        let value = bound.map(|bound| bound.value);
        let below = value.zip(offer.low()).is_some_and(|(value, low)| value < low.value);
        let above = value.zip(offer.high()).is_some_and(|(value, high)| value > high.value);
        !below && !above
    };
    if offer.point().is_some() && offer != wish {
        return Outcome::Unknown;
    }
    if !lies_in(wish.low()) || !lies_in(wish.high()) {
        return Outcome::Missed;
    }
    let is_open = wish.point().is_none()
        && ((wish.low().is_some() && wish.high().is_some() && offer.low().is_none())
            || (wish.high().is_some() && offer.high().is_none()));
    if is_open { Outcome::Unknown } else { Outcome::Met }
}

/// Says whether every number of `inner` is one of `outer`.
pub(super) fn contains(outer: &Interval, inner: &Interval) -> bool {
    let reaches = |outer: Option<Bound>, inner: Option<Bound>, inside: Ordering| match (outer, inner) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(outer), Some(inner)) => match inner.value.total_cmp(&outer.value) {
            Ordering::Equal => outer.closed || !inner.closed,
            order => order == inside,
        },
    };
    reaches(outer.low(), inner.low(), Ordering::Greater) && reaches(outer.high(), inner.high(), Ordering::Less)
}

fn is_disjoint(left: &Interval, right: &Interval) -> bool {
    let is_below = |high: Option<Bound>, low: Option<Bound>| {
        high.zip(low).is_some_and(|(high, low)| match high.value.total_cmp(&low.value) {
            Ordering::Less => true,
            Ordering::Equal => !(high.closed && low.closed),
            Ordering::Greater => false,
        })
    };
    is_below(left.high(), right.low()) || is_below(right.high(), left.low())
}

/// Joins the answers to several things of which at least some are asked for.
pub(super) fn at_least(least: usize, outcomes: &[Outcome]) -> Outcome {
    let count = |outcome: Outcome| outcomes.iter().filter(|one| **one == outcome).count();
    if count(Outcome::Met) >= least {
        return Outcome::Met;
    }
    // Enough is certain to be missing only if the rest would not do.
    let n_possible = outcomes.len() - count(Outcome::Missed);
    if n_possible < least {
        return Outcome::Missed;
    }
    if n_possible - count(Outcome::Absent) < least { Outcome::Absent } else { Outcome::Unknown }
}

#[cfg(test)]
mod tests {
    use super::Outcome::{Absent, Met, Missed, Unknown};
    use super::*;
    use crate::text::read_measure;

    fn property(compare: Compare, better: Option<Better>) -> Property {
        let (name, label, base) = (String::new(), String::new(), "m".to_owned());
        Property { name, label, base, factor: 1.0, compare, better }
    }

    /// Compares two texts that hold numbers only.
    fn said(wish: &str, offer: &str, property: &Property) -> Outcome {
        let units = crate::definition::Definition::compiled().expect("valid").units;
        let read = |text: &str| read_measure(text, Some("米"), &units).expect("readable").amount;
        compare(&read(wish), &read(offer), Some(property))
    }

    #[test]
    fn a_value_lies_within_what_is_asked_for() {
        let plain = property(Compare::Within, None);
        for (wish, offer, expected) in [
            ("≥5", "6", Met),
            ("≥5", "5", Met),
            (">5", "5", Missed),
            ("≥5", "4", Missed),
            ("≤0.01", "0.008", Met),
            ("20±0.05", "20", Met),
            ("20±0.05", "10-100", Met),
            ("20", "≤100", Met),
            ("20", "≥10", Unknown),
            ("20", "30", Missed),
            ("3-5", "4-6", Unknown),
            ("≥520", "≥400", Unknown),
            ("≥520", "≥600", Met),
            ("≥520", "≤400", Missed),
            ("±0.01", "±0.005", Met),
            ("±0.01", "≤0.008", Met),
            ("≤0.01", "±0.02", Missed),
            ("≥1.2", "≤1.5", Met),
            ("≥300", "10-500", Met),
            ("≥500", "10-300", Missed),
            ("≥1.2", "≤1.1", Missed),
            ("≤1.2", "≤1.5", Unknown),
            ("5以下", "5", Missed),
            ("5以上", "5", Met),
        ] {
            assert_eq!(said(wish, offer, &plain), expected, "{wish} {offer}");
        }
    }

    #[test]
    fn a_single_number_is_a_limit_where_more_is_better() {
        let higher = property(Compare::Within, Some(Better::Higher));
        let lower = property(Compare::Within, Some(Better::Lower));
        assert_eq!(said("4000", "5000", &higher), Met);
        assert_eq!(said("4000", "3000", &higher), Missed);
        assert_eq!(said("4000", "1000-5000", &higher), Unknown, "no size that can be chosen");
        assert_eq!(said("≥4000", "≤5000", &higher), Unknown);
        assert_eq!(said("35", "30", &lower), Met);
        assert_eq!(said("35", "40", &lower), Missed);
    }

    #[test]
    fn a_range_covers_what_is_asked_for() {
        let cover = property(Compare::Cover, None);
        for (wish, offer, expected) in [
            ("-40~85", "-40~105", Met),
            ("-40~85", "-20~105", Missed),
            ("-40~85", "-40~70", Missed),
            ("-40~85", "≤105", Unknown),
            ("-40~85", "≤70", Missed),
            ("-40~85", "85", Unknown),
            ("≥85", "-40~105", Met),
            ("85", "-40~105", Met),
            ("85", "85", Met),
        ] {
            assert_eq!(said(wish, offer, &cover), expected, "{wish} {offer}");
        }
    }

    #[test]
    fn spans_must_be_covered_and_lengths_are_of_one_order() {
        let units = crate::definition::Definition::compiled().expect("valid").units;
        let read = |text: &str| read_measure(text, Some("米"), &units).expect("readable").amount;
        for (wish, offer, expected) in
            [("0-60", "35", Unknown), ("0-60", "0-100", Met), ("0-60", "0-40", Missed), ("-40~85", "25", Unknown)]
        {
            assert_eq!(compare(&read(wish), &read(offer), None), expected, "{wish} {offer}");
        }
        for (wish, offer, expected) in [
            ("≤3", "0.00025", false),
            ("≥0.000045", "0.8-2.0", false),
            ("0.3", "≤3500", false),
            ("0.3", "0.001-3500", true),
            ("≤3", "≤3.5", true),
        ] {
            assert_eq!(is_near(&read(wish), &read(offer), 100.0), expected, "{wish} {offer}");
        }
    }

    #[test]
    fn three_values_and_how_many() {
        for (least, outcomes, expected) in [
            (1, [Missed, Met, Unknown], Met),
            (1, [Missed, Missed, Unknown], Unknown),
            (1, [Missed, Missed, Absent], Absent),
            (1, [Missed, Missed, Missed], Missed),
            (3, [Met, Met, Met], Met),
            (3, [Met, Unknown, Met], Unknown),
            (3, [Met, Absent, Unknown], Absent),
            (3, [Missed, Absent, Unknown], Missed),
            (2, [Met, Missed, Unknown], Unknown),
            (2, [Met, Missed, Missed], Missed),
        ] {
            assert_eq!(at_least(least, &outcomes), expected, "{least} {outcomes:?}");
        }
    }
}
