//! Quantities as tables write them: `年需求量500吨`, `月供10万件`, `约464万条/年`, `≥5t`. They come out in the base unit
//! of their dimension; what is said of a month or a quarter is told of a year. Days and weeks are not converted, since
//! nobody says how many of them are worked.

use crate::definition::{Unit, Units};
use crate::model::Measure;
use crate::normal::normalise;
use crate::text::interval::{Reading, read_interval, strip_labels};
use crate::text::numbers::split_multiplier;

/// Why a quantity was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// There is no number that could be read in one way only.
    #[error("not a readable quantity")]
    Unreadable,
    /// There is a number, but this text after it is no declared unit or no period that is converted.
    #[error("the unit `{0}` is not declared")]
    UnknownUnit(String),
    /// There is a number, and neither the cell nor the column names a unit.
    #[error("no unit is given")]
    MissingUnit,
}

/// The time in which a quantity is needed or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Year,
    Quarter,
    Month,
    /// Not converted.
    Other,
}

const PERIODS: &[(&str, Period)] = &[
    ("年", Period::Year),
    ("年度", Period::Year),
    ("a", Period::Year),
    ("yr", Period::Year),
    ("季", Period::Quarter),
    ("季度", Period::Quarter),
    ("月", Period::Month),
    ("个月", Period::Month),
    ("日", Period::Other),
    ("天", Period::Other),
    ("d", Period::Other),
    ("周", Period::Other),
    ("星期", Period::Other),
    ("班", Period::Other),
    ("小时", Period::Other),
    ("h", Period::Other),
];

/// Words that may stand before a quantity and say nothing about its size.
const LABELS: &[&str] = &[
    "需求",
    "需求量",
    "需",
    "采购",
    "采购量",
    "用量",
    "使用量",
    "消耗量",
    "耗",
    "产能",
    "产量",
    "产",
    "生产能力",
    "生产",
    "供应",
    "供应量",
    "供货",
    "供货量",
    "供",
    "销量",
    "销售量",
    "总量",
    "数量",
    "量",
    "可",
    "预计",
    "计划",
    "平均",
    "均",
    "共",
    "共计",
    "合计",
    "能力",
    "库存",
];

/// Starts of texts that look like a number of something but name no quantity.
const VAGUE: &[&str] = &["一批", "一些", "一定"];

/// Reads a quantity and converts it to the base unit of its dimension. `default_unit` is the column's unit (`吨`,
/// `万件/年`): its unit serves bare numbers, its period serves all cells that name none.
///
/// # Errors
/// [`MeasureError`] says what is missing.
pub fn read_measure(text: &str, default_unit: Option<&str>, units: &Units) -> Result<Measure, MeasureError> {
    let text = normalise(text);
    let column = default_unit.map(normalise).filter(|unit| !unit.is_empty());
    let (before, quantity) = read_lead(&text)?;
    let column_period = column.as_deref().and_then(|unit| unit.split_once('/')).and_then(|(_, word)| period(word));
    let reading = read_interval(quantity).ok_or(MeasureError::Unreadable)?;
    if !reading.rest.is_empty() {
        let (unit, after) = read_unit(&reading.rest, units)?;
        return convert(&reading, unit, join(before, after)?.or(column_period));
    }
    let column = column.ok_or(MeasureError::MissingUnit)?;
    // A cell's own multiplier replaces the column's, as it does for money.
    let unit = if reading.is_multiplied { split_multiplier(&column).1 } else { &column };
    // Joined as text, so that a range shares the multiplier and decimals are rounded once.
    let joined = format!("{quantity} {unit}");
    let reading = read_interval(&joined).ok_or(MeasureError::Unreadable)?;
    let (unit, after) = read_unit(&reading.rest, units)?;
    convert(&reading, unit, before.or(after))
}

/// Reads what stands before the number: labels and a period (`月供`, `每年`, `年需求量`).
fn read_lead(text: &str) -> Result<(Option<Period>, &str), MeasureError> {
    let rest = strip_labels(text, LABELS);
    if VAGUE.iter().any(|word| rest.starts_with(word)) {
        return Err(MeasureError::Unreadable);
    }
    let bare = rest.strip_prefix('每').unwrap_or(rest);
    let words = PERIODS.iter().filter(|(word, _)| !word.is_ascii());
    let found = words.filter_map(|(word, period)| bare.strip_prefix(word).map(|after| (*word, *period, after)));
    match found.min_by_key(|(_, _, after)| after.len()) {
        Some((word, Period::Other, _)) => Err(MeasureError::UnknownUnit(word.to_owned())),
        Some((_, period, after)) => Ok((Some(period), strip_labels(after, LABELS))),
        None => Ok((None, rest)),
    }
}

/// Reads the unit and the period after a number.
fn read_unit<'u>(text: &str, units: &'u Units) -> Result<(&'u Unit, Option<Period>), MeasureError> {
    let unknown = || MeasureError::UnknownUnit(text.to_owned());
    let (unit, len) = units.find_prefix(text).ok_or_else(unknown)?;
    let tail = text.get(len..).unwrap_or("").trim();
    if tail.is_empty() {
        return Ok((unit, None));
    }
    let word = tail.strip_prefix(['/', '每']).ok_or_else(unknown)?.trim();
    match period(word).ok_or_else(unknown)? {
        Period::Other => Err(MeasureError::UnknownUnit(word.to_owned())),
        period => Ok((unit, Some(period))),
    }
}

fn period(word: &str) -> Option<Period> {
    PERIODS.iter().find(|(known, _)| *known == word.trim()).map(|(_, period)| *period)
}

/// Joins the periods before and after a number; they may not contradict each other.
fn join(before: Option<Period>, after: Option<Period>) -> Result<Option<Period>, MeasureError> {
    match (before, after) {
        (Some(before), Some(after)) if before != after => Err(MeasureError::Unreadable),
        _ => Ok(before.or(after)),
    }
}

fn convert(reading: &Reading<'_>, unit: &Unit, period: Option<Period>) -> Result<Measure, MeasureError> {
    let times_a_year = match period {
        None | Some(Period::Year) => 1.0,
        Some(Period::Quarter) => 4.0,
        Some(Period::Month) => 12.0,
        Some(Period::Other) => return Err(MeasureError::UnknownUnit(unit.symbol.clone())),
    };
    let amount = reading.interval.scaled(unit.factor * times_a_year).ok_or(MeasureError::Unreadable)?;
    Ok(Measure { amount, unit: unit.base.clone(), per_year: period.is_some() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::definition::Definition;

    fn units() -> Units {
        Definition::compiled().expect("the compiled declaration is valid").units
    }

    /// Writes a quantity as `low..high base/year`, with `-` for no bound.
    fn written(measure: &Measure) -> String {
        let end = |bound: Option<crate::model::Bound>| bound.map_or("-".to_owned(), |b| b.value.to_string());
        let amount = match measure.amount.point() {
            Some(point) => point.to_string(),
            None => format!("{}..{}", end(measure.amount.low()), end(measure.amount.high())),
        };
        format!("{amount} {}{}", measure.unit, if measure.per_year { "/year" } else { "" })
    }

    /// Checks a table of text, column unit, amount with period, and a unit whose base is expected.
    fn check(units: &Units, rows: &[(&str, Option<&str>, &str, &str)]) {
        for (text, column, expected, unit) in rows {
            let (amount, year) = expected.split_once('/').map_or((*expected, ""), |(amount, _)| (amount, "/year"));
            let base = &units.find(unit).expect(unit).base;
            let measure = read_measure(text, *column, units).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(written(&measure), format!("{amount} {base}{year}"), "{text} in {column:?}");
        }
    }

    #[test]
    fn quantities_with_their_own_unit() {
        check(
            &units(),
            &[
                ("500吨", None, "500000", "kg"),
                ("500 吨", None, "500000", "kg"),
                ("年需求量500吨", None, "500000/", "kg"),
                ("年需求量：约500吨", None, "500000/", "kg"),
                ("约464万条/年", None, "4640000/", "条"),
                ("月供10万件", None, "1200000/", "件"),
                ("每月2万套", None, "240000/", "套"),
                ("每季度100件", None, "400/", "件"),
                ("季需100件", None, "400/", "件"),
                ("100件/季度", None, "400/", "件"),
                ("100件/月", None, "1200/", "件"),
                ("月产能10万件/月", None, "1200000/", "件"),
                ("20台套", None, "20", "台套"),
                ("20台（套）", None, "20", "台套"),
                ("20台/套", None, "20", "台套"),
                ("2万吨/年", None, "20000000/", "kg"),
                ("5万t/a", None, "50000000/", "kg"),
                ("500吨每年", None, "500000/", "kg"),
                ("每年500吨", None, "500000/", "kg"),
                ("产能：年产5万吨", None, "50000000/", "kg"),
                ("100-200件", None, "100..200", "件"),
                ("1-2万件", None, "10000..20000", "件"),
                ("3mm-5mm", None, "0.003..0.005", "m"),
                ("≥5t", None, "5000..-", "kg"),
                ("5吨以上", None, "5000..-", "kg"),
                ("500吨以上/年", None, "500000..-/", "kg"),
                ("不超过5吨", None, "-..5000", "kg"),
                ("3年", None, "36", "月"),
                ("5千克", None, "5", "kg"),
            ],
        );
    }

    #[test]
    fn bare_numbers_take_the_unit_of_the_column() {
        check(
            &units(),
            &[
                ("500", Some("吨"), "500000", "kg"),
                ("1,000", Some("吨/年"), "1000000/", "kg"),
                ("500吨", Some("吨/年"), "500000/", "kg"),
                ("5", Some("万吨"), "50000000", "kg"),
                ("3-5", Some("万吨"), "30000000..50000000", "kg"),
                ("5万", Some("万吨"), "50000000", "kg"),
                ("≥100", Some("件/月"), "1200..-/", "件"),
                ("500以上", Some("万件"), "5000000..-", "件"),
                ("年需求500", Some("吨"), "500000/", "kg"),
                ("约500", Some("件"), "500", "件"),
            ],
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let units = units();
        let unknown = |text: &str| MeasureError::UnknownUnit(text.to_owned());
        for (text, column, expected) in [
            ("", None, MeasureError::Unreadable),
            ("一批", Some("吨"), MeasureError::Unreadable),
            ("若干", Some("吨"), MeasureError::Unreadable),
            ("m8×30", Some("吨"), MeasureError::Unreadable),
            ("5-3吨", None, MeasureError::Unreadable),
            ("月产5吨/年", None, MeasureError::Unreadable),
            ("500", None, MeasureError::MissingUnit),
            ("500", Some(""), MeasureError::MissingUnit),
            ("5麻袋", None, unknown("麻袋")),
            ("500", Some("麻袋"), unknown("麻袋")),
            ("500吨钢材", None, unknown("吨钢材")),
            ("日产500件", None, unknown("日")),
            ("每周5吨", None, unknown("周")),
            ("500件/天", None, unknown("天")),
            ("1200*2400mm", None, unknown("×2400mm")),
            ("3mm-5cm", None, unknown("mm-5cm")),
        ] {
            assert_eq!(read_measure(text, column, &units), Err(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}|[0-9.万吨件年月每/()台套-]{0,20}") {
            let units = Units::default();
            let _ = read_measure(&text, None, &units);
            let _ = read_measure(&text, Some(&text), &units);
        }
    }
}
