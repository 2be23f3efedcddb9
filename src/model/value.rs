//! Typed cell values. Every value keeps exactly what the table said and nothing more: a range stays a range, an
//! open bound stays open, and what a cell leaves unsaid is absent rather than zero.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::Uscc;

/// One end of an [`Interval`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The value at the end; always finite.
    pub value: f64,
    /// Whether the value itself belongs to the interval.
    pub closed: bool,
}

/// A non-empty range of finite numbers; a missing bound means that the range has no limit on that side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    low: Option<Bound>,
    high: Option<Bound>,
}

impl Interval {
    /// Builds an interval, or `None` if a bound is not finite or the interval would hold no number.
    pub fn new(low: Option<Bound>, high: Option<Bound>) -> Option<Self> {
        let finite = |bound: Option<Bound>| bound.is_none_or(|b| b.value.is_finite());
        if !finite(low) || !finite(high) {
            return None;
        }
        if let (Some(l), Some(h)) = (low, high) {
            let holds_one = l.value < h.value || (l.closed && h.closed && l.value <= h.value);
            if !holds_one {
                return None;
            }
        }
        Some(Self { low, high })
    }

    /// Builds the interval that holds exactly `value`, or `None` if it is not finite.
    pub fn exactly(value: f64) -> Option<Self> {
        let bound = Some(Bound { value, closed: true });
        Self::new(bound, bound)
    }

    /// Builds `value` and everything above it.
    pub fn at_least(value: f64) -> Option<Self> {
        Self::new(Some(Bound { value, closed: true }), None)
    }

    /// Builds `value` and everything below it.
    pub fn at_most(value: f64) -> Option<Self> {
        Self::new(None, Some(Bound { value, closed: true }))
    }

    /// Returns the lower bound; `None` where the interval is unbounded below.
    pub fn low(&self) -> Option<Bound> {
        self.low
    }

    /// Returns the upper bound; `None` where the interval is unbounded above.
    pub fn high(&self) -> Option<Bound> {
        self.high
    }

    /// Returns the single number of the interval, if it holds just one.
    pub fn point(&self) -> Option<f64> {
        match (self.low, self.high) {
            (Some(l), Some(h)) if l.closed && h.closed && l.value.total_cmp(&h.value).is_eq() => Some(l.value),
            _ => None,
        }
    }

    /// Multiplies both bounds by a positive `factor`; `None` if the result is not finite.
    ///
    /// # Panics
    /// Panics if `factor` is not positive: it would turn the bounds around.
    pub fn scaled(&self, factor: f64) -> Option<Self> {
        assert!(factor > 0.0, "an interval is scaled by a positive factor, not {factor}");
        let scale = |bound: Option<Bound>| bound.map(|b| Bound { value: b.value * factor, closed: b.closed });
        Self::new(scale(self.low), scale(self.high))
    }
}

/// A currency that a table may name; amounts of different currencies are never compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Currency {
    /// Renminbi yuan, the default.
    Cny,
    /// United States dollar.
    Usd,
    /// Euro.
    Eur,
    /// Japanese yen.
    Jpy,
    /// Hong Kong dollar.
    Hkd,
}

impl Currency {
    /// Returns the ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cny => "CNY",
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Jpy => "JPY",
            Self::Hkd => "HKD",
        }
    }
}

/// An amount or a range of amounts, in units (yuan, dollars) of `currency`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Money {
    /// The amount in whole units of the currency, with decimals for smaller ones (fen).
    pub amount: Interval,
    /// The currency of the amount.
    pub currency: Currency,
    /// What the amount is paid for (`件`, `吨`, `年`), if the cell names one; as written in the declaration's units.
    pub per: Option<String>,
}

/// A quantity in the base unit of its dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The range, in `unit`.
    pub amount: Interval,
    /// The base unit's name as declared in `index/units.toml` (`kg`, `m`, `piece`).
    pub unit: String,
    /// Whether the quantity is one of a year (months and quarters are converted to years).
    pub per_year: bool,
}

/// The last day on which something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deadline {
    /// Holds up to and including this day.
    On(Date),
    /// Holds without end (`长期有效` in tables).
    Never,
}

/// How strongly a wish is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strength {
    /// A must-have: who does not fit is refused.
    Hard,
    /// A preference: who fits ranks higher.
    Soft,
}

/// Places that a posting asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionWish {
    /// Six-digit codes of GB/T 2260, ascending; any of them will do.
    pub regions: Vec<String>,
    /// Whether the wish excludes other places.
    pub strength: Strength,
}

/// The typed reading of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Free text, a name or a code of the user's own: what is written is the value.
    Text,
    /// A unified social credit code, as the standard writes it.
    Uscc(Uscc),
    /// Several texts, in the order written, none empty.
    List(Vec<String>),
    /// The declared English name of one option.
    Choice(String),
    /// Yes or no.
    Flag(bool),
    /// A plain number or a range of numbers; percentages are fractions of 1.
    Number(Interval),
    /// An amount of money.
    Money(Money),
    /// A quantity with a unit.
    Measure(Measure),
    /// A civil day.
    Date(Date),
    /// The last day of something.
    Deadline(Deadline),
    /// A reporting period, normalised: `2026`, `2026Q1`, `2026H1` or `2026-03`.
    Period(String),
    /// A six-digit code of GB/T 2260.
    Region(String),
    /// Places asked for.
    RegionWish(RegionWish),
    /// A code of GB/T 4754-2017: a letter, or two to four digits.
    Industry(String),
    /// Certificates: all of the outer list, any of each inner one; declared names, or the text where none is declared.
    Certificates(Vec<Vec<String>>),
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_without_numbers_cannot_be_built() {
        let open = |value| Some(Bound { value, closed: false });
        let closed = |value| Some(Bound { value, closed: true });
        assert_eq!(Interval::new(closed(2.0), closed(1.0)), None);
        assert_eq!(Interval::new(open(1.0), closed(1.0)), None);
        assert_eq!(Interval::new(closed(f64::NAN), None), None);
        assert!(Interval::new(closed(1.0), closed(1.0)).is_some());
    }

    #[test]
    fn a_point_is_an_interval_of_one_number() {
        assert_eq!(Interval::exactly(3.0).and_then(|i| i.point()), Some(3.0));
        assert_eq!(Interval::at_least(3.0).and_then(|i| i.point()), None);
    }
}
