//! What people read of rates: tables in Chinese, and the rows of CSV.

use jiff::civil::Date;

use crate::chain::{Fraction, Rate, Unit, Value};
use crate::cli::tables::table;
use crate::engine::{ChainRates, LeaderConcentration};
use crate::wire::amount;

/// The header of rates as CSV.
pub(super) const RATE_HEADER: [&str; 17] = [
    "rate",
    "label",
    "version",
    "subject",
    "subject_name",
    "low",
    "point",
    "high",
    "numerator",
    "denominator",
    "unknown",
    "unit",
    "target",
    "as_of",
    "region",
    "evidence",
    "notes",
];

/// Gives rates as rows of CSV.
pub(super) fn rate_rows(answer: &ChainRates) -> Vec<Vec<String>> {
    let number = |fraction: Fraction| fraction.to_f64().to_string();
    let row = |rate: &Rate| {
        let value = |part: fn(&Value) -> Option<Fraction>| rate.value.as_ref().and_then(part).map(number);
        let unit = rate.formula.unit;
        vec![
            rate.formula.name.to_owned(),
            rate.formula.label.to_owned(),
            rate.formula.version.to_string(),
            rate.subject.clone(),
            rate.label.clone(),
            value(|value| Some(value.low)).unwrap_or_default(),
            value(|value| value.point).unwrap_or_default(),
            value(|value| Some(value.high)).unwrap_or_default(),
            amount(rate.numerator, unit).to_string(),
            amount(rate.denominator, unit).to_string(),
            amount(rate.unknown, unit).to_string(),
            unit_label(unit).to_owned(),
            rate.target.map(number).unwrap_or_default(),
            rate.as_of.to_string(),
            rate.region.label.clone(),
            rate.evidence.map(|evidence| format!("{evidence:?}")).unwrap_or_default(),
            details(rate),
        ]
    };
    answer.rates.iter().map(row).collect()
}

fn unit_label(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "家",
        Unit::Weight | Unit::PartialWeight => "权重",
        Unit::Fen => "万元",
    }
}

/// Tells what a rate depends on, and what must be told beside it.
fn details(rate: &Rate) -> String {
    let parameters = rate.parameters.iter().map(|(name, value)| format!("{name}={value}"));
    parameters.chain(rate.notes.iter().map(|note| note.words.clone())).collect::<Vec<String>>().join("；")
}

/// As [`details`], for people.
fn words(rate: &Rate) -> String {
    let parameters = rate.parameters.iter().filter_map(|(name, value)| parameter_words(name, value));
    parameters.chain(rate.notes.iter().map(|note| note.words.clone())).collect::<Vec<String>>().join("；")
}

/// Says what a parameter means; nothing where it is what everybody expects, or stands in the heading.
fn parameter_words(name: &str, value: &str) -> Option<String> {
    Some(match (name, value) {
        ("nesting", "inclusive") => "含更高梯度的企业".to_owned(),
        ("nesting", _) => "不含更高梯度的企业".to_owned(),
        ("depth", "direct") => "只算直接给链主供货的".to_owned(),
        ("min_share", share) if !share.starts_with("0/") => format!("销售占比不低于 {share}"),
        ("chain", chain) => format!("只看产业链 {chain}"),
        ("basis", "capability") => "说能供的都算".to_owned(),
        ("basis", _) => "有供货记录的才算".to_owned(),
        ("k", k) => format!("每个环节至少 {k} 家"),
        ("period", period) => period.replace('/', "～"),
        ("link", link) => format!("环节 {link}"),
        _ => return None,
    })
}

/// Shows rates, subject by subject.
pub(super) fn rates(answer: &ChainRates, as_of: Date) -> String {
    let mut text = format!("截至 {as_of}，本地 = {}\n", answer.area.label);
    text.push_str("“值”只算已知的；“最低”把未知的都算作不是，“最高”都算作是。成员和算法见 --format json\n");
    for rates in answer.rates.chunk_by(|left, right| left.subject == right.subject) {
        let Some(first) = rates.first() else { continue };
        text.push_str(&format!("\n{}（{}）\n", first.label, first.subject));
        let (told, untold): (Vec<&Rate>, Vec<&Rate>) = rates.iter().partition(|rate| rate.value.is_some());
        if !told.is_empty() {
            let header = ["配套率", "值", "最低", "最高", "是/已知", "未知", "目标", "证据", "说明"];
            text.push_str(&table(&header, told.into_iter().map(rate_cells).collect()));
            text.push('\n');
        }
        for rate in untold {
            text.push_str(&format!("  {}：没有可算的数据  {}\n", rate.formula.label, words(rate)));
        }
    }
    if !answer.concentrations.is_empty() {
        text.push_str("\n链主的供应商集中度（同一控制人之下的算一家）\n");
        let header = ["链主", "期间", "供应商", "HHI", "前五名占比", "相当于几家"];
        text.push_str(&table(&header, answer.concentrations.iter().map(concentration_cells).collect()));
        text.push('\n');
    }
    text
}

fn rate_cells(rate: &Rate) -> Vec<String> {
    let unit = rate.formula.unit;
    let percent = |fraction: Option<Fraction>| fraction.map_or_else(|| "—".to_owned(), Fraction::percent);
    vec![
        rate.formula.label.to_owned(),
        percent(rate.value.and_then(|value| value.point)),
        percent(rate.value.map(|value| value.low)),
        percent(rate.value.map(|value| value.high)),
        format!("{}/{} {}", amount(rate.numerator, unit), amount(rate.denominator, unit), unit_label(unit)),
        amount(rate.unknown, unit).to_string(),
        rate.target.map_or_else(|| "—".to_owned(), Fraction::percent),
        rate.evidence.map_or_else(|| "目录".to_owned(), |evidence| format!("{evidence:?}")),
        words(rate),
    ]
}

fn concentration_cells(found: &LeaderConcentration) -> Vec<String> {
    let numbers = &found.numbers;
    let missing = || "金额不全".to_owned();
    let range = |low: Fraction, high: Fraction, shown: fn(Fraction) -> String| match low == high {
        true => shown(low),
        false => format!("{}～{}", shown(low), shown(high)),
    };
    let index = |fraction: Fraction| format!("{:.3}", fraction.to_f64());
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    vec![
        found.name.clone(),
        format!("{}～{}", day(found.period.from), day(found.period.until)),
        format!("{} 家", numbers.n_suppliers),
        numbers.index.map_or_else(missing, |bounds| range(bounds.low, bounds.high, index)),
        numbers.top_five.map_or_else(missing, |(low, high)| range(low, high, Fraction::percent)),
        numbers.effective_suppliers.map_or_else(missing, |n| format!("{:.1} 家", n.to_f64())),
    ]
}
