//! What people read of rates: tables in Chinese, and the rows of CSV.

use std::collections::BTreeSet;

use crate::chain::{Basis, Evidence, Fraction, LOCAL_PURCHASES, LinkId, Rate, Unit, Value};
use crate::cli::tables::table;
use crate::definition::{GoalReading, GoalUnit, Tier};
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

fn number(fraction: Fraction) -> String {
    fraction.to_f64().to_string()
}

/// Gives rates as rows of CSV; those of the leaders' years and links stand behind the others, then how concentrated their
/// purchases are, then the goals of the plan.
pub(super) fn rate_rows(book: &ChainBook<'_>, answer: &ChainRates) -> Vec<Vec<String>> {
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
    let mut rows: Vec<Vec<String>> = rates.into_iter().chain(answer.purchases.iter().flat_map(of_leader)).collect();
    rows.extend(answer.concentrations.iter().flat_map(|found| concentration_rows(book, answer, found)));
    rows.extend(answer.goals.iter().map(|goal| goal_row(book, answer, goal)));
    rows
}

/// Gives how concentrated a leader's purchases are: the index, and the share of the five largest suppliers.
fn concentration_rows(book: &ChainBook<'_>, answer: &ChainRates, found: &LeaderConcentration) -> [Vec<String>; 2] {
    let row = |name: &str, label: &str, bounds: Option<(Fraction, Fraction)>| {
        let point = bounds.filter(|(low, high)| low == high).map(|(low, _)| number(low));
        let mut row = vec![String::new(); RATE_HEADER.len()];
        for (column, text) in [
            ("rate", name.to_owned()),
            ("label", label.to_owned()),
            ("version", "1".to_owned()),
            ("subject", found.leader.to_string()),
            ("subject_name", found.name.clone()),
            ("low", bounds.map(|(low, _)| number(low)).unwrap_or_default()),
            ("point", point.unwrap_or_default()),
            ("high", bounds.map(|(_, high)| number(high)).unwrap_or_default()),
            ("as_of", book.as_of.to_string()),
            ("region", answer.area.label.clone()),
            ("notes", format!("suppliers={}", found.numbers.n_suppliers)),
            ("period", period(found, '/')),
        ] {
            put(&mut row, column, text);
        }
        row
    };
    let widest = |bounds: crate::chain::Bounds| (bounds.low, bounds.high.max(bounds.high_if_known));
    [
        row("hhi", "供应商集中度（HHI）", found.numbers.index.map(widest)),
        row("top_five", "前五名供应商占比", found.numbers.top_five),
    ]
}

fn put(row: &mut [String], column: &str, text: String) {
    let place = RATE_HEADER.iter().position(|name| *name == column);
    if let Some(cell) = place.and_then(|place| row.get_mut(place)) {
        *cell = text;
    }
}

fn goal_row(book: &ChainBook<'_>, answer: &ChainRates, goal: &GoalAnswer) -> Vec<String> {
    let reading = &goal.reading;
    let plain = |value: Option<Fraction>| value.map(number).unwrap_or_default();
    let (all, mark) = (goal.goal.reading == GoalReading::All, goal.goal.value);
    let target = match goal.is_share() {
        true => {
            if all {
                "1".to_owned()
            } else {
                String::new()
            }
        }
        false => mark.to_string(),
    };
    let mut row = vec![String::new(); RATE_HEADER.len()];
    for (column, text) in [
        ("rate", goal.goal.name.clone()),
        ("label", goal.goal.label.clone()),
        ("version", "1".to_owned()),
        ("subject", goal.goal.tier.name().to_owned()),
        ("subject_name", goal.firms()),
        ("low", plain(reading.low)),
        ("point", plain(reading.value)),
        ("high", plain(reading.high)),
        ("numerator", plain(reading.numerator)),
        ("denominator", reading.n_known.to_string()),
        ("unknown", reading.n_missing.to_string()),
        ("unit", "家".to_owned()),
        ("target", target),
        ("as_of", book.as_of.to_string()),
        ("region", answer.area.label.clone()),
        ("notes", format!("nesting={}；reading={}；mark={mark}", goal.nesting.name(), goal.goal.reading.name())),
        ("target_reached", reading.is_reached.map(|is_reached| is_reached.to_string()).unwrap_or_default()),
        ("period", goal.year.map(|year| year.to_string()).unwrap_or_default()),
    ] {
        put(&mut row, column, text);
    }
    row
}

/// Writes the period of a leader's purchases; nothing where none is told.
fn period(found: &LeaderConcentration, between: char) -> String {
    match (found.period.from, found.period.until) {
        (Some(from), Some(until)) => format!("{from}{between}{until}"),
        _ => String::new(),
    }
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
    // Nobody stands above the highest tier.
    let is_highest = rate.subject == Tier::LittleGiant.name();
    let told = rate.parameters.iter().filter(|(name, _)| !(is_highest && *name == "nesting"));
    let parameters = told.filter_map(|(name, value)| parameter_words(name, value));
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
        ("period", period) => period_words(period),
        ("link", link) => format!("环节 {link}"),
        _ => return None,
    })
}

/// Writes a period for people: a calendar year as its number.
fn period_words(period: &str) -> String {
    let year = period.split_once("-01-01/").filter(|(year, last)| *last == format!("{year}-12-31"));
    year.map_or_else(|| period.replace('/', "～"), |(year, _)| format!("{year} 年"))
}

/// Shows rates, subject by subject.
pub(super) fn rates(book: &ChainBook<'_>, answer: &ChainRates) -> String {
    let by = if answer.basis == Basis::Registered { "（按注册地）" } else { "" };
    let mut text = format!("截至 {}，本地 = {}{by}\n", book.as_of, answer.area.label);
    text.push_str("“值”只算已知的；“最低”把未知的都算作不是，“最高”都算作是。成员和算法见 --format json\n");
    text.push_str("权重：一个必需环节算 1，环节表写了权重的按它；至少 2 家的，只知道一家、又没有摸底的环节算未知\n");
    for rates in answer.rates.chunk_by(|left, right| left.subject == right.subject) {
        // Those of leaders stand together below.
        let Some(first) = rates.first().filter(|rate| rate.formula != LOCAL_PURCHASES) else { continue };
        text.push_str(&format!("\n{}（{}）\n", first.label, first.subject));
        let (told, untold): (Vec<&Rate>, Vec<&Rate>) = rates.iter().partition(|rate| rate.value.is_some());
        if !told.is_empty() {
            let header = ["配套率", "值", "最低", "最高", "是/已知", "未知", "目标", "证据", "说明"];
            text.push_str(&table(&header, told.into_iter().map(rate_cells).collect()));
            text.push('\n');
        }
        for rate in untold {
            let notes: Vec<&str> = rate.notes.iter().map(|note| note.words.as_str()).collect();
            text.push_str(format!("  {}：没有可算的数据  {}", rate.formula.label, notes.join("；")).trim_end());
            text.push('\n');
        }
    }
    text.push_str(&goals(&answer.goals));
    text.push_str(&purchases(book, answer));
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
        text.push_str("\n规划目标（普遍、全覆盖 = 达到的企业占比，平均 = 有数据的企业的算术平均；没有数据的算作不是、是，得下限、上限）\n");
        let header = ["目标", "企业", "年份", "值", "值的下限～上限", "有/无数据", "达到", "各家最低 / 中间 / 最高"];
        text.push_str(&table(&header, told.into_iter().map(goal_cells).collect()));
        text.push('\n');
    }
    if !untold.is_empty() {
        let names: Vec<String> =
            untold.iter().map(|answer| format!("{}（{}）", answer.goal.label, answer.goal.tier.label())).collect();
        text.push_str(&format!("没有经营指标可算的规划目标：{}\n", names.join("、")));
    }
    text
}

fn goal_cells(answer: &GoalAnswer) -> Vec<String> {
    let (goal, reading) = (&answer.goal, &answer.reading);
    let mark = answer.mark().unwrap_or(Fraction::ONE);
    let plain = |fraction: Fraction| match goal.unit {
        GoalUnit::Percent => fraction.percent_beside(mark),
        GoalUnit::Count => fraction.rounded_beside(mark, 1),
    };
    let of_firms = |value: Fraction| match answer.is_share() {
        true => value.percent_beside(Fraction::ONE),
        false => plain(value),
    };
    let value = reading.value.map(|value| match answer.is_share() {
        true => format!("{} 的企业", of_firms(value)),
        false => of_firms(value),
    });
    let verdict = match (goal.reading, reading.is_reached) {
        (_, Some(true)) => "达到".to_owned(),
        (_, Some(false)) => "未达到".to_owned(),
        (GoalReading::Widely, None) => "规划没有定线".to_owned(),
        (GoalReading::About, None) => {
            reading.ratio.map_or_else(String::new, |ratio| format!("目标的 {}", ratio.percent()))
        }
        (GoalReading::Average | GoalReading::All, None) => "数据不全".to_owned(),
    };
    // Spaces, so that a narrow column breaks between numbers and not in one.
    let spread = reading.spread.map(|[least, _, middle, _, most]| [least, middle, most].map(plain).join(" / "));
    let high = reading.high.map_or_else(|| "不限".to_owned(), of_firms);
    vec![
        goal.label.clone(),
        answer.firms(),
        answer.year.map(|year| year.to_string()).unwrap_or_default(),
        value.unwrap_or_default(),
        reading.low.map(|low| format!("{} ～ {high}", of_firms(low))).unwrap_or_default(),
        format!("{} / {}", reading.n_known, reading.n_missing),
        verdict,
        spread.unwrap_or_default(),
    ]
}

/// Shows the leaders' local purchases, with earlier years beside the last, then those with several links by link.
fn purchases(book: &ChainBook<'_>, answer: &ChainRates) -> String {
    let leading: Vec<&Rate> = answer.rates.iter().filter(|rate| rate.formula == LOCAL_PURCHASES).collect();
    let mut seen = BTreeSet::new();
    let leading = leading.into_iter().filter(|rate| seen.insert(rate.subject.as_str()));
    let (told, untold): (Vec<&Rate>, Vec<&Rate>) = leading.partition(|rate| rate.value.is_some());
    let mut text = String::new();
    if !told.is_empty() {
        let of_leader = |rate: &Rate| answer.purchases.iter().find(|found| found.leader.to_string() == rate.subject);
        let rows = told.into_iter().map(|rate| leader_cells(rate, of_leader(rate))).collect();
        let header = ["链主", "值", "最低", "最高", "是/已知", "未知", "近三年", "说明"];
        text.push_str(&format!("\n链主本地采购率\n{}\n", table(&header, rows)));
    }
    for rate in untold {
        let notes: Vec<&str> = rate.notes.iter().map(|note| note.words.as_str()).collect();
        text.push_str(format!("  {}没有可算的采购  {}", rate.label, notes.join("；")).trim_end());
        text.push('\n');
    }
    let of_leader = |one: &LeaderPurchases| -> Vec<Vec<String>> {
        one.links.iter().map(|(link, rate)| link_cells(book, &one.name, *link, rate)).collect()
    };
    // What all is bought for one link is the row above.
    let several = answer.purchases.iter().filter(|one| one.links.len() > 1);
    let links: Vec<Vec<String>> = several.flat_map(of_leader).collect();
    if !links.is_empty() {
        let header = ["链主", "环节", "值", "最低", "最高", "是/已知", "未知", "说明"];
        text.push_str(&format!("\n链主本地采购率（按环节）\n{}\n", table(&header, links)));
    }
    text
}

fn leader_cells(rate: &Rate, found: Option<&LeaderPurchases>) -> Vec<String> {
    let unit = rate.formula.unit;
    vec![
        rate.label.clone(),
        percent(rate.value.and_then(|value| value.point)),
        percent(rate.value.map(|value| value.low)),
        percent(rate.value.map(|value| value.high)),
        format!("{}/{} {}", part(rate.numerator, unit), part(rate.denominator, unit), unit_label(unit)),
        part(rate.unknown, unit),
        found.map(year_words).unwrap_or_default(),
        words(rate),
    ]
}

/// Tells the years that have a rate, and which way they go.
fn year_words(found: &LeaderPurchases) -> String {
    let year = |(year, rate): &(i16, Rate)| Some(format!("{year} 年 {}", percent(Some(rate.value?.point?))));
    let years: Vec<String> = found.years.iter().filter_map(year).collect();
    match found.direction {
        // Each year on a line, so that none is broken.
        Some(direction) => format!("{}\n{}", years.join("\n"), direction.label()),
        None => "不足两年".to_owned(),
    }
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

/// Writes a part of a rate for people: weights that are met in part in thousandths.
fn part(number: i128, unit: Unit) -> String {
    match unit {
        Unit::PartialWeight => amount((number + 500_000).div_euclid(1_000_000), Unit::Weight).to_string(),
        Unit::Count | Unit::Weight | Unit::Fen => amount(number, unit).to_string(),
    }
}

fn percent(fraction: Option<Fraction>) -> String {
    fraction.map_or_else(|| "—".to_owned(), Fraction::percent)
}

fn rate_cells(rate: &Rate) -> Vec<String> {
    let unit = rate.formula.unit;
    let shown = |fraction: Option<Fraction>| match (fraction, rate.target) {
        (Some(fraction), Some(target)) => fraction.percent_beside(target),
        (fraction, _) => percent(fraction),
    };
    let reached = match rate.is_reached() {
        Some(true) => "，达到",
        Some(false) => "，未达到",
        None if rate.target.is_some() => "，未知的决定",
        None => "",
    };
    vec![
        rate.formula.label.to_owned(),
        shown(rate.value.and_then(|value| value.point)),
        shown(rate.value.map(|value| value.low)),
        shown(rate.value.map(|value| value.high)),
        format!("{}/{} {}", part(rate.numerator, unit), part(rate.denominator, unit), unit_label(unit)),
        part(rate.unknown, unit),
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
    vec![
        found.name.clone(),
        period(found, '～'),
        format!("{} 家", numbers.n_suppliers),
        numbers.index.map_or_else(missing, |bounds| range(bounds.low, bounds.high, index)),
        numbers.top_five.map_or_else(missing, |(low, high)| range(low, high, Fraction::percent)),
        numbers.effective_suppliers.map_or_else(missing, |n| format!("{:.1} 家", n.to_f64())),
    ]
}
