//! Cells of records as the chain view takes them: names, days, whole numbers. What is not told stays absent.

use jiff::civil::Date;

use crate::chain::{Fraction, LinkName, Quantity, Span};
use crate::model::{Currency, Deadline, Interval, Record, Value};

/// Amounts of money are kept in fen.
const FEN_PER_YUAN: f64 = 100.0;
/// Quantities and weights are kept in thousandths.
const PER_THOUSAND: f64 = 1_000.0;

/// Returns a filled text.
pub(super) fn text(record: &Record, column: &str) -> Option<String> {
    let raw = record.raw(column).trim();
    (!raw.is_empty()).then(|| raw.to_owned())
}

/// Returns the items of a list.
pub(super) fn list(record: &Record, column: &str) -> Vec<String> {
    match record.value(column) {
        Some(Value::List(items)) => items.clone(),
        _ => Vec::new(),
    }
}

/// Returns the declared name of an option.
pub(super) fn choice<'a>(record: &'a Record, column: &str) -> Option<&'a str> {
    match record.value(column) {
        Some(Value::Choice(name)) => Some(name),
        _ => None,
    }
}

/// Returns a yes or a no.
pub(super) fn flag(record: &Record, column: &str) -> Option<bool> {
    match record.value(column) {
        Some(Value::Flag(flag)) => Some(*flag),
        _ => None,
    }
}

/// Returns a day.
pub(super) fn date(record: &Record, column: &str) -> Option<Date> {
    match record.value(column) {
        Some(Value::Date(date)) => Some(*date),
        _ => None,
    }
}

/// Returns the code of a place.
pub(super) fn region(record: &Record, column: &str) -> Option<String> {
    match record.value(column) {
        Some(Value::Region(code)) => Some(code.clone()),
        _ => None,
    }
}

/// Returns the code of the place where goods are made, as [`Supply::origin`](crate::chain::Supply::origin): the text itself
/// where it cannot be read, or says that nobody knows.
pub(super) fn origin(record: &Record) -> Option<String> {
    region(record, "origin").or_else(|| text(record, "origin"))
}

/// Returns the days on which a record holds.
pub(super) fn span(record: &Record) -> Span {
    Span { from: date(record, "valid_from"), until: last_day(record) }
}

/// Returns the last day on which a record holds.
pub(super) fn last_day(record: &Record) -> Option<Date> {
    match record.value("valid_until") {
        Some(Value::Deadline(Deadline::On(last))) => Some(*last),
        _ => None,
    }
}

/// Returns a yearly quantity; of a range the end that promises less.
pub(super) fn quantity(record: &Record, column: &str) -> Option<Quantity> {
    let Some(Value::Measure(measure)) = record.value(column) else { return None };
    let thousandths = whole(lesser(&measure.amount)?, PER_THOUSAND).and_then(|amount| u64::try_from(amount).ok())?;
    Some(Quantity { thousandths, unit: measure.unit.clone() })
}

/// Returns an amount of renminbi in fen; other currencies are not converted, since nobody tells the rate of the period.
pub(super) fn fen(record: &Record, column: &str) -> Option<i64> {
    match record.value(column) {
        Some(Value::Money(money)) if money.currency == Currency::Cny && money.per.is_none() => {
            whole(money.amount.point()?, FEN_PER_YUAN)
        }
        _ => None,
    }
}

/// Returns a percentage as a fraction of 1, to millionths.
pub(super) fn share(record: &Record, column: &str) -> Option<Fraction> {
    match record.value(column) {
        Some(Value::Number(number)) => fraction(number.point()?),
        _ => None,
    }
}

/// Returns a count.
pub(super) fn count(record: &Record, column: &str) -> Option<u32> {
    match record.value(column) {
        Some(Value::Number(number)) => whole(number.point()?, 1.0).and_then(|n| u32::try_from(n).ok()),
        _ => None,
    }
}

/// Returns a number as a fraction, to millionths; `None` for one that is too large.
pub(super) fn fraction(value: f64) -> Option<Fraction> {
    const PER_MILLION: f64 = 1_000_000.0;
    Fraction::new(whole(value, PER_MILLION)?.into(), 1_000_000)
}

/// Returns a number in thousandths.
pub(super) fn thousandths(record: &Record, column: &str) -> Option<u32> {
    match record.value(column) {
        Some(Value::Number(number)) => whole(number.point()?, PER_THOUSAND).and_then(|n| u32::try_from(n).ok()),
        _ => None,
    }
}

/// Returns the link that a record names by its columns `chain` and `link`.
pub(super) fn link(record: &Record) -> Option<LinkName> {
    text(record, "link").map(|link| LinkName { chain: text(record, "chain"), link })
}

/// Returns the end of a range that promises less.
pub(super) fn lesser(interval: &Interval) -> Option<f64> {
    interval.low().or(interval.high()).map(|bound| bound.value)
}

/// Returns a number in whole parts, rounded half away from zero; `None` beyond 2^53, where doubles skip whole numbers.
#[expect(clippy::cast_possible_truncation, reason = "checked to lie within the whole numbers that doubles hold")]
pub(super) fn whole(value: f64, parts: f64) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let scaled = (value * parts).round();
    (scaled.abs() <= EXACT_MAX).then_some(scaled as i64)
}

/// Returns the days of a reporting period: `2026`, `2026H1`, `2026Q1` or `2026-03`.
pub(super) fn period(record: &Record, column: &str) -> Option<Span> {
    let Some(Value::Period(text)) = record.value(column) else { return None };
    let (year, rest) = text.split_at_checked(4)?;
    let year: i16 = year.parse().ok()?;
    let number = |text: &str| text.parse::<i8>().ok();
    let (first, last) = match rest.split_at_checked(1) {
        None => (1, 12),
        Some(("H", half)) => (number(half)?.checked_mul(6)?.checked_sub(5)?, number(half)?.checked_mul(6)?),
        Some(("Q", quarter)) => (number(quarter)?.checked_mul(3)?.checked_sub(2)?, number(quarter)?.checked_mul(3)?),
        Some((_, month)) => (number(month)?, number(month)?),
    };
    let (from, until) = (Date::new(year, first, 1).ok()?, Date::new(year, last, 1).ok()?.last_of_month());
    Some(Span { from: Some(from), until: Some(until) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RecordId;

    fn days(period_text: &str) -> Option<(String, String)> {
        let cells = vec![("period", period_text, Value::Period(period_text.to_owned()))];
        let span = period(&Record::unstored(RecordId::from_text("x:1"), "indicator", cells), "period")?;
        Some((span.from?.to_string(), span.until?.to_string()))
    }

    #[test]
    fn periods_have_their_first_and_last_days() {
        let expected = |from: &str, until: &str| Some((from.to_owned(), until.to_owned()));
        assert_eq!(days("2024"), expected("2024-01-01", "2024-12-31"));
        assert_eq!(days("2024H2"), expected("2024-07-01", "2024-12-31"));
        assert_eq!(days("2024Q1"), expected("2024-01-01", "2024-03-31"));
        assert_eq!(days("2024-02"), expected("2024-02-01", "2024-02-29"));
        assert_eq!(days("2024Q5"), None);
    }

    #[test]
    fn money_is_whole_fen() {
        assert_eq!(whole(1_586.55, FEN_PER_YUAN), Some(158_655));
        assert_eq!(whole(-0.005, FEN_PER_YUAN), Some(-1));
        assert_eq!(whole(1e16, FEN_PER_YUAN), None);
    }
}
