//! What people read of rates: tables in Chinese, and the rows of CSV.

use jiff::civil::Date;

use crate::chain::{Basis, Direction, Evidence, Fraction, LinkId, Rate, Unit, Value};
use crate::cli::tables::table;
use crate::definition::{GoalReading, GoalUnit};
use crate::engine::{ChainBook, ChainRates, GoalAnswer, LeaderConcentration, LeaderPurchases};
use crate::wire::amount;

/// The header of rates as CSV.
pub(super) const RATE_HEADER: [&str; 21] = [
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
    "target_reached",
    "local_by",
    "period",
    "link",
];

/// Gives rates as rows of CSV; those of the leaders' years and links stand behind the others.
pub(super) fn rate_rows(answer: &ChainRates) -> Vec<Vec<String>> {
    let number = |fraction: Fraction| fraction.to_f64().to_string();
    let row = |rate: &Rate| {
        let value = |part: fn(&Value) -> Option<Fraction>| rate.value.as_ref().and_then(part).map(number);
        let unit = rate.formula.unit;
        let parameter = |wanted: &str| {
            let found = rate.parameters.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
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
            rate.evidence.map(Evidence::name).unwrap_or_default().to_owned(),
            details(rate),
            rate.is_reached().map(|is_reached| is_reached.to_string()).unwrap_or_default(),
            rate.basis.name().to_owned(),
            parameter("period"),
            parameter("link"),
        ]
    };
    let of_leader = |found: &LeaderPurchases| -> Vec<Vec<String>> {
        let is_new = |rate: &&Rate| !answer.rates.contains(rate);
        let years = found.years.iter().map(|(_, rate)| rate).filter(is_new);
        years.chain(found.links.iter().map(|(_, rate)| rate)).map(row).collect()
    };
    let rates: Vec<Vec<String>> = answer.rates.iter().map(row).collect();
    rates.into_iter().chain(answer.purchases.iter().flat_map(of_leader)).collect()
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
pub(super) fn rates(book: &ChainBook<'_>, answer: &ChainRates) -> String {
    let by = if answer.basis == Basis::Registered { "（按注册地）" } else { "" };
    let mut text = format!("截至 {}，本地 = {}{by}\n", book.as_of, answer.area.label);
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
    text.push_str(&goals(&answer.goals));
    text.push_str(&purchases(book, &answer.purchases));
    if !answer.concentrations.is_empty() {
        text.push_str("\n链主的供应商集中度（同一控制人之下的算一家）\n");
        let header = ["链主", "期间", "供应商", "HHI", "前五名占比", "相当于几家"];
        text.push_str(&table(&header, answer.concentrations.iter().map(concentration_cells).collect()));
        text.push('\n');
    }
    text
}

/// Shows the goals of the plan.
fn goals(answers: &[GoalAnswer]) -> String {
    let is_told = |answer: &&GoalAnswer| answer.reading.n_known > 0;
    let (told, untold): (Vec<&GoalAnswer>, Vec<&GoalAnswer>) = answers.iter().partition(is_told);
    let mut text = String::new();
    if !told.is_empty() {
        text.push_str("\n规划目标（普遍 = 达到的企业占比，平均 = 有数据的企业的算术平均）\n");
        let header = ["目标", "企业", "值", "有数据", "没有", "达到", "最低、四分位、最高"];
        text.push_str(&table(&header, told.into_iter().map(goal_cells).collect()));
        text.push('\n');
    }
    if !untold.is_empty() {
        let names: Vec<&str> = untold.iter().map(|answer| answer.goal.label.as_str()).collect();
        text.push_str(&format!("没有经营指标可算的规划目标：{}\n", names.join("、")));
    }
    text
}

fn goal_cells(answer: &GoalAnswer) -> Vec<String> {
    let (goal, reading) = (&answer.goal, &answer.reading);
    let plain = |fraction: Fraction| match goal.unit {
        GoalUnit::Percent => fraction.percent(),
        GoalUnit::Count => format!("{:.1}", fraction.to_f64()),
    };
    let is_share = matches!(goal.reading, GoalReading::Widely | GoalReading::All);
    let value = reading.value.map(|value| if is_share { format!("{} 的企业", value.percent()) } else { plain(value) });
    let verdict = match (goal.reading, reading.is_reached) {
        (_, Some(true)) => "达到".to_owned(),
        (_, Some(false)) => "未达到".to_owned(),
        (GoalReading::Widely, None) => "规划没有定线".to_owned(),
        (GoalReading::About, None) => {
            reading.ratio.map_or_else(String::new, |ratio| format!("目标的 {}", ratio.percent()))
        }
        (GoalReading::Average | GoalReading::All, None) => "数据不全".to_owned(),
    };
    let spread = reading.spread.map(|spread| spread.map(plain).join("、"));
    vec![
        goal.label.clone(),
        goal.tier.label().to_owned(),
        value.unwrap_or_default(),
        reading.n_known.to_string(),
        reading.n_missing.to_string(),
        verdict,
        spread.unwrap_or_default(),
    ]
}

/// Shows the leaders' local purchases by year and by link.
fn purchases(book: &ChainBook<'_>, found: &[LeaderPurchases]) -> String {
    let mut text = String::new();
    let years: Vec<Vec<String>> = found.iter().filter(|one| !one.years.is_empty()).map(year_cells).collect();
    if !years.is_empty() {
        let header = ["链主", "逐年本地采购率", "走向"];
        text.push_str(&format!("\n链主本地采购率（逐年）\n{}\n", table(&header, years)));
    }
    let of_leader = |one: &LeaderPurchases| -> Vec<Vec<String>> {
        one.links.iter().map(|(link, rate)| link_cells(book, &one.name, *link, rate)).collect()
    };
    let links: Vec<Vec<String>> = found.iter().flat_map(of_leader).collect();
    if !links.is_empty() {
        let header = ["链主", "环节", "值", "最低", "最高", "是/已知", "未知", "说明"];
        text.push_str(&format!("\n链主本地采购率（按环节）\n{}\n", table(&header, links)));
    }
    text
}

fn year_cells(found: &LeaderPurchases) -> Vec<String> {
    let year = |(year, rate): &(i16, Rate)| match rate.value {
        None => format!("{year} 年没有数据"),
        Some(value) => format!("{year} 年 {}", percent(value.point)),
    };
    let years: Vec<String> = found.years.iter().map(year).collect();
    let direction = found.direction.map_or("不足两年", Direction::label);
    vec![found.name.clone(), years.join("，"), direction.to_owned()]
}

fn link_cells(book: &ChainBook<'_>, leader: &str, link: LinkId, rate: &Rate) -> Vec<String> {
    let unit = rate.formula.unit;
    let notes: Vec<&str> = rate.notes.iter().map(|note| note.words.as_str()).collect();
    vec![
        leader.to_owned(),
        book.market.link(link).link.title.clone(),
        percent(rate.value.and_then(|value| value.point)),
        percent(rate.value.map(|value| value.low)),
        percent(rate.value.map(|value| value.high)),
        format!("{}/{} {}", amount(rate.numerator, unit), amount(rate.denominator, unit), unit_label(unit)),
        amount(rate.unknown, unit).to_string(),
        notes.join("；"),
    ]
}

fn percent(fraction: Option<Fraction>) -> String {
    fraction.map_or_else(|| "—".to_owned(), Fraction::percent)
}

fn rate_cells(rate: &Rate) -> Vec<String> {
    let unit = rate.formula.unit;
    let reached = match rate.is_reached() {
        Some(true) => "，达到",
        Some(false) => "，未达到",
        None if rate.target.is_some() => "，未知的决定",
        None => "",
    };
    vec![
        rate.formula.label.to_owned(),
        percent(rate.value.and_then(|value| value.point)),
        percent(rate.value.map(|value| value.low)),
        percent(rate.value.map(|value| value.high)),
        format!("{}/{} {}", amount(rate.numerator, unit), amount(rate.denominator, unit), unit_label(unit)),
        amount(rate.unknown, unit).to_string(),
        format!("{}{reached}", percent(rate.target)),
        rate.evidence.map_or("目录", Evidence::name).to_owned(),
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
