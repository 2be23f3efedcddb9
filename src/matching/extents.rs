//! Values of two columns as ranges on one axis, so that amounts, numbers, quantities, ages and ordered choices are
//! compared in one way.

use std::cmp::Ordering;

use jiff::civil::Date;

use crate::definition::Column;
use crate::model::{Interval, Value, Verdict};

/// A range on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Extent {
    /// The range.
    pub interval: Interval,
    /// What is measured: ranges of different axes are not compared.
    pub axis: String,
}

/// An option that stands for every option, or for none in particular.
pub(super) const OPEN_OPTIONS: [&str; 2] = ["any", "other"];

/// Reads a value as a range: choices by the place of their option (from the end if the best is declared first), a day
/// by the months from it to `as_of`. `None` for what has no order, and for options that stand for all.
pub(super) fn extent(value: &Value, column: &Column, best_first: bool, as_of: Date) -> Option<Extent> {
    let (interval, axis) = match value {
        Value::Number(interval) => (*interval, String::new()),
        Value::Money(money) => {
            (money.amount, format!("{}/{}", money.currency.code(), money.per.as_deref().unwrap_or("")))
        }
        Value::Measure(measure) => {
            (measure.amount, format!("{}{}", measure.unit, if measure.per_year { "/a" } else { "" }))
        }
        Value::Date(day) => (Interval::exactly(months_between(*day, as_of))?, "month".to_owned()),
        Value::Choice(name) if !OPEN_OPTIONS.contains(&name.as_str()) => {
            let place = column.options.iter().position(|option| option.name == *name)?;
            let place = if best_first { column.options.len() - 1 - place } else { place };
            (Interval::exactly(f64::from(u32::try_from(place).ok()?))?, "choice".to_owned())
        }
        _ => return None,
    };
    Some(Extent { interval, axis })
}

/// Counts the whole and broken months from one day to another; negative if it comes later.
fn months_between(from: Date, to: Date) -> f64 {
    let whole = (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month()) - i32::from(from.month());
    f64::from(whole) + f64::from(i32::from(to.day()) - i32::from(from.day())) / 31.0
}

/// Returns the lowest number of a range, or minus infinity.
pub(super) fn low(interval: &Interval) -> f64 {
    interval.low().map_or(f64::NEG_INFINITY, |bound| bound.value)
}

/// Returns the highest number of a range, or infinity.
pub(super) fn high(interval: &Interval) -> f64 {
    interval.high().map_or(f64::INFINITY, |bound| bound.value)
}

/// Says whether `offered` reaches what `wanted` starts at: met if all of it does, unmet if none, unknown between.
pub(super) fn reaches(offered: &Interval, wanted: &Interval) -> Verdict {
    // A wish with a high end only (`不超过5年`) has no least.
    let least = if wanted.low().is_some() { low(wanted) } else { high(wanted) };
    between(low(offered).total_cmp(&least) != Ordering::Less, high(offered).total_cmp(&least) == Ordering::Less)
}

/// Says whether `offered` stays below what `wanted` ends at.
pub(super) fn stays_below(offered: &Interval, wanted: &Interval) -> Verdict {
    let most = if wanted.high().is_some() { high(wanted) } else { low(wanted) };
    between(high(offered).total_cmp(&most) != Ordering::Greater, low(offered).total_cmp(&most) == Ordering::Greater)
}

/// Says whether `inner` lies in the range from `from` to `to`: met if all of it, unmet if none of it.
pub(super) fn lies_within(inner: &Interval, from: f64, to: f64) -> Verdict {
    between(low(inner) >= from && high(inner) <= to, high(inner) < from || low(inner) > to)
}

fn between(is_met: bool, is_unmet: bool) -> Verdict {
    match (is_met, is_unmet) {
        (true, _) => Verdict::Met,
        (_, true) => Verdict::Unmet,
        _ => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: f64, high: f64) -> Interval {
        let bound = |value| Some(crate::model::Bound { value, closed: true });
        Interval::new(bound(low), bound(high)).expect("ascending")
    }

    #[test]
    fn ranges_are_met_unmet_or_unknown() {
        let wanted = range(3.0, 5.0);
        assert_eq!(reaches(&range(3.0, 4.0), &wanted), Verdict::Met);
        assert_eq!(reaches(&range(1.0, 2.0), &wanted), Verdict::Unmet);
        assert_eq!(reaches(&range(2.0, 4.0), &wanted), Verdict::Unknown);
        assert_eq!(stays_below(&range(4.0, 5.0), &wanted), Verdict::Met);
        assert_eq!(stays_below(&range(6.0, 7.0), &wanted), Verdict::Unmet);
        assert_eq!(stays_below(&range(4.0, 6.0), &wanted), Verdict::Unknown);
        assert_eq!(lies_within(&wanted, 3.0, 5.0), Verdict::Met);
        assert_eq!(lies_within(&wanted, 6.0, 9.0), Verdict::Unmet);
        assert_eq!(lies_within(&wanted, 4.0, 9.0), Verdict::Unknown);
    }

    #[test]
    fn an_age_is_counted_in_months() {
        let day = jiff::civil::date;
        assert!((months_between(day(2023, 6, 1), day(2026, 6, 1)) - 36.0).abs() < 1e-9);
        assert!(months_between(day(2023, 6, 2), day(2026, 6, 1)) < 36.0);
    }
}
