//! Days, deadlines and reporting periods as tables write them. What is said of no year is told by the day `on`, which
//! is an argument: nothing here knows the clock. A day that does not exist, and a deadline that counts from an event
//! whose day is unknown (`计划下达日起7天内`), are not read.

use jiff::Span;
use jiff::civil::Date;

use crate::model::Deadline;
use crate::normal::normalise;
use crate::text::interval::strip_labels;
use crate::text::numbers::scan_number;

/// Years outside this range are slips or numbers of something else.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

const RELATIVE_YEARS: &[(&str, i16)] =
    &[("今年", 0), ("本年", 0), ("明年", 1), ("次年", 1), ("去年", -1), ("上年", -1), ("上一年", -1)];

/// Whole texts for "without end".
const NEVER: &[&str] =
    &["长期", "长期有效", "永久", "永久有效", "无固定期限", "无期限", "无限期", "不限期", "不限", "不设期限"];

/// Words before the day of a deadline.
const DEADLINE_LEADS: &[&str] = &[
    "有效期",
    "截至",
    "截止到",
    "截止至",
    "截止",
    "截止时间",
    "截止日期",
    "即日起",
    "即日起至",
    "即日至",
    "自即日起",
    "自即日起至",
    "至",
    "到",
    "不晚于",
    "不迟于",
    "最晚",
    "最迟",
];

/// Words after the day of a deadline. `前` includes the day, as those who write it mean.
const DAY_TAILS: &[&str] = &["", "前", "之前", "以前", "(含)前", "止", "截止", "为止", "前有效", "有效", "前完成"];

/// Words after the period at whose end a deadline is; a bare `前` could mean its beginning.
const PERIOD_TAILS: &[&str] =
    &["", "底", "底前", "底之前", "底以前", "末", "末前", "末以前", "内", "以内", "年底", "年底前", "年末", "全年"];

/// Reads a civil day. A month alone is its first day; a day without a year is one of the year of `on`; a time of day is
/// dropped.
pub fn read_date(text: &str, on: Date) -> Option<Date> {
    let text = normalise(text);
    if let Some((day, rest)) = split_day(&text, on) {
        return if skip_time(rest)?.is_empty() { day.in_year(day.year.unwrap_or(on.year())) } else { None };
    }
    match split_period(&text, on)? {
        (Period { year: Some(year), part: Part::Month(month) }, "") => Date::new(year, month, 1).ok(),
        _ => None,
    }
}

/// Reads the last day of something. What is said of no year is the next such day on or after `on`; spans such as
/// `30天内` count from `on`.
pub fn read_deadline(text: &str, on: Date) -> Option<Deadline> {
    let text = normalise(text);
    if NEVER.contains(&text.as_str()) {
        return Some(Deadline::Never);
    }
    let text = strip_labels(&text, DEADLINE_LEADS);
    let last_day = read_last_day(text, on).or_else(|| read_range_end(text, on)).or_else(|| read_span(text, on));
    last_day.map(Deadline::On)
}

/// Reads a reporting period and returns its normalised form: `2025`, `2025Q1`, `2025H1` or `2025-03`. A period without
/// a year is not read.
pub fn read_period(text: &str, on: Date) -> Option<String> {
    let text = normalise(text);
    let (Period { year: Some(year), part }, "") = split_period(&text, on)? else {
        return None;
    };
    Some(match part {
        Part::Year => format!("{year}"),
        Part::Half(half) => format!("{year}H{half}"),
        Part::Quarter(quarter) => format!("{year}Q{quarter}"),
        Part::Month(month) => format!("{year}-{month:02}"),
    })
}

/// A day as written; the year may be left out.
struct Day {
    year: Option<i16>,
    month: i8,
    day: i8,
}

impl Day {
    fn in_year(&self, year: i16) -> Option<Date> {
        Date::new(year, self.month, self.day).ok()
    }
}

/// A period as written; the year may be left out.
struct Period {
    year: Option<i16>,
    part: Part,
}

#[derive(Clone, Copy)]
enum Part {
    Year,
    Half(i8),
    Quarter(i8),
    Month(i8),
}

impl Part {
    fn last_day(self, year: i16) -> Option<Date> {
        let month = match self {
            Self::Year => 12,
            Self::Half(half) => half * 6,
            Self::Quarter(quarter) => quarter * 3,
            Self::Month(month) => month,
        };
        Date::new(year, month, 1).ok().map(Date::last_of_month)
    }
}

fn read_last_day(text: &str, on: Date) -> Option<Date> {
    if let Some((day, rest)) = split_day(text, on) {
        let is_explained = DAY_TAILS.contains(&skip_time(rest)?);
        return if is_explained { in_year_or_next(day.year, on, |year| day.in_year(year)) } else { None };
    }
    let (period, rest) = split_current(text, on).or_else(|| split_period(text, on))?;
    let is_explained = PERIOD_TAILS.contains(&rest);
    if is_explained { in_year_or_next(period.year, on, |year| period.part.last_day(year)) } else { None }
}

/// Splits off a period that is told from `on` alone: `年底前`, `月底`, `本月内`.
fn split_current(text: &str, on: Date) -> Option<(Period, &str)> {
    const NAMED: [(&str, bool); 3] = [("本月", true), ("月", true), ("年", false)];
    let found = NAMED.iter().find_map(|(word, is_month)| text.strip_prefix(word).map(|rest| (*is_month, rest)));
    let (is_month, rest) = found.filter(|(_, rest)| !rest.is_empty())?;
    let part = if is_month { Part::Month(on.month()) } else { Part::Year };
    Some((Period { year: Some(on.year()), part }, rest))
}

/// Resolves a day of a stated year, or else the next one on or after `on`.
fn in_year_or_next(year: Option<i16>, on: Date, day_in: impl Fn(i16) -> Option<Date>) -> Option<Date> {
    if let Some(year) = year {
        return day_in(year);
    }
    let this_year = day_in(on.year()).filter(|day| *day >= on);
    this_year.or_else(|| day_in(on.year().checked_add(1)?))
}

/// Reads the last day of `2024年1月1日至6月30日`, whose year may stand with the first.
fn read_range_end(text: &str, on: Date) -> Option<Date> {
    let (first, rest) = split_day(text, on)?;
    let last = skip_time(rest)?.trim_start_matches("起").strip_prefix(['至', '到', '~'])?;
    let first = in_year_or_next(first.year, on, |year| first.in_year(year))?;
    read_last_day(last.trim_start(), first).filter(|last| *last >= first)
}

/// Reads a span that counts from `on` and includes its last day.
fn read_span(text: &str, on: Date) -> Option<Date> {
    let (count, rest) = match text.strip_prefix('半') {
        Some(rest) if rest.starts_with('年') => (None, rest),
        _ => split_integer(text).map(|(count, rest)| (Some(i64::from(count)), rest))?,
    };
    const UNITS: [&str; 8] = ["年", "周年", "个月", "月", "天", "日", "周", "个星期"];
    let unit = UNITS.into_iter().filter(|unit| rest.starts_with(unit)).max_by_key(|unit| unit.len())?;
    let tail = rest.strip_prefix(unit)?;
    if !["内", "以内", "之内", "内有效", "有效"].contains(&tail) {
        return None;
    }
    let span = match (unit, count) {
        ("年" | "周年", Some(count)) => Span::new().try_years(count),
        ("年", None) => Span::new().try_months(6),
        ("个月", Some(count)) => Span::new().try_months(count),
        ("天" | "日", Some(count)) => Span::new().try_days(count),
        ("周" | "个星期", Some(count)) => Span::new().try_weeks(count),
        // `3月内` is within March.
        _ => return None,
    };
    on.checked_add(span.ok()?).ok()
}

/// Splits off a day: `2024-01-09`, `2024/1/9`, `2024.1.9`, `20240109`, `2024年1月9日`, `1月9日`.
fn split_day(text: &str, on: Date) -> Option<(Day, &str)> {
    if let Some(found) = split_compact_day(text) {
        return Some(found);
    }
    let (year, rest) = match split_year(text, on) {
        Some((year, rest)) => (Some(year), rest),
        None => (None, text),
    };
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.'));
    if let (Some(separator), Some(_)) = (separator, year) {
        let (month, rest) = split_integer(rest.strip_prefix(separator)?)?;
        let (day, rest) = split_integer(rest.strip_prefix(separator)?)?;
        return Some((Day { year, month: i8::try_from(month).ok()?, day: i8::try_from(day).ok()? }, rest));
    }
    let (month, rest) = split_integer(rest)?;
    let (day, rest) = split_integer(rest.trim_start().strip_prefix('月')?)?;
    let rest = rest.trim_start().strip_prefix(['日', '号'])?;
    Some((Day { year, month: i8::try_from(month).ok()?, day: i8::try_from(day).ok()? }, rest))
}

fn split_compact_day(text: &str) -> Option<(Day, &str)> {
    let (digits, rest) = text.split_at_checked(8)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) || rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let year = digits.get(..4)?.parse().ok().filter(|year| YEARS.contains(year))?;
    Some((Day { year: Some(year), month: digits.get(4..6)?.parse().ok()?, day: digits.get(6..)?.parse().ok()? }, rest))
}

/// Splits off a period: `2025`, `2025年度`, `2025q1`, `2025年二季度`, `上半年`, `2025-03`, `3月`.
fn split_period(text: &str, on: Date) -> Option<(Period, &str)> {
    let Some((year, rest)) = split_year(text, on) else {
        let (part, rest) = split_part(text)?;
        return Some((Period { year: None, part }, rest));
    };
    let year = Some(year);
    if let Some((part, rest)) = split_part(rest) {
        return Some((Period { year, part }, rest));
    }
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.'));
    if let Some((month, after)) = separator.and_then(|c| rest.strip_prefix(c)).and_then(split_integer) {
        // `2024.1` may be what a spreadsheet left of October.
        let is_clear = separator != Some('.') || rest.len() - after.len() == 3;
        let month = i8::try_from(month).ok().filter(|month| (1..=12).contains(month) && is_clear)?;
        return Some((Period { year, part: Part::Month(month) }, after));
    }
    Some((Period { year, part: Part::Year }, rest.strip_prefix('度').unwrap_or(rest)))
}

/// Splits off the part of a year that follows it.
fn split_part(text: &str) -> Option<(Part, &str)> {
    const NAMED: [(&str, Part); 8] = [
        ("上半年", Part::Half(1)),
        ("下半年", Part::Half(2)),
        ("h1", Part::Half(1)),
        ("h2", Part::Half(2)),
        ("q1", Part::Quarter(1)),
        ("q2", Part::Quarter(2)),
        ("q3", Part::Quarter(3)),
        ("q4", Part::Quarter(4)),
    ];
    let text = text.trim_start();
    if let Some(found) = NAMED.iter().find_map(|(name, part)| text.strip_prefix(name).map(|rest| (*part, rest))) {
        return Some(found);
    }
    let (number, rest) = split_integer(text.strip_prefix('第').unwrap_or(text))?;
    let number = i8::try_from(number).ok()?;
    if let Some(rest) = rest.strip_prefix("季度").or_else(|| rest.strip_prefix('季')) {
        return (1..=4).contains(&number).then_some((Part::Quarter(number), rest));
    }
    let rest = rest.strip_prefix('月').or_else(|| rest.strip_prefix("月份"))?;
    (1..=12).contains(&number).then_some((Part::Month(number), rest.strip_prefix('份').unwrap_or(rest)))
}

/// Splits off a year of four digits or one told from `on`, with the `年` after it.
fn split_year(text: &str, on: Date) -> Option<(i16, &str)> {
    let relative = RELATIVE_YEARS.iter().find_map(|(word, years)| text.strip_prefix(word).map(|rest| (years, rest)));
    if let Some((years, rest)) = relative {
        return Some((on.year().checked_add(*years)?, rest.trim_start()));
    }
    let (year, rest) = split_integer(text).filter(|(year, _)| YEARS.contains(year))?;
    Some((year, rest.trim_start().strip_prefix('年').unwrap_or(rest).trim_start()))
}

/// Splits off a whole number of at most four digits, or a Chinese numeral.
fn split_integer(text: &str) -> Option<(i16, &str)> {
    let text = text.trim_start();
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let len = text.len() - rest.len();
    if len > 0 {
        return if len <= 4 { Some((text.get(..len)?.parse().ok()?, rest)) } else { None };
    }
    let number = scan_number(text)?;
    // A whole number is displayed without decimals.
    Some((number.value(0)?.to_string().parse().ok()?, text.get(number.len..)?))
}

/// Skips a weekday and a time of day (`(周二) 上午9时00分`, `17:00:00`); `None` if the time does not exist.
fn skip_time(text: &str) -> Option<&str> {
    const DAY_PARTS: [&str; 7] = ["上午", "下午", "中午", "晚上", "早上", "凌晨", "t"];
    let mut rest = text.trim();
    if let Some((weekday, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
        let is_weekday = (weekday.starts_with('周') || weekday.starts_with("星期")) && weekday.chars().count() <= 3;
        rest = if is_weekday { after.trim_start() } else { rest };
    }
    rest = DAY_PARTS.iter().find_map(|part| rest.strip_prefix(part)).unwrap_or(rest);
    let mut limit = 24;
    for marks in [[':', '时', '点'], [':', '分', '分'], [' ', '秒', '秒']] {
        let Some((value, after)) = split_integer(rest) else {
            break;
        };
        let after_mark = after.strip_prefix(marks);
        // After a colon the last number has no mark of its own.
        let is_marked = after_mark.is_some() || limit == 60;
        if value > limit || !is_marked {
            return None;
        }
        rest = after_mark.unwrap_or(after);
        limit = 60;
    }
    Some(rest.strip_prefix('整').unwrap_or(rest).trim())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const ON: Date = date(2024, 3, 15);

    #[test]
    fn days_in_all_written_forms() {
        for (text, expected) in [
            ("2024-01-09", date(2024, 1, 9)),
            ("2024/1/9", date(2024, 1, 9)),
            ("2024.1.9", date(2024, 1, 9)),
            ("20240109", date(2024, 1, 9)),
            ("2024年1月9日", date(2024, 1, 9)),
            ("2024年 1月 9日", date(2024, 1, 9)),
            ("２０２４年１月９号", date(2024, 1, 9)),
            ("2024年1月9日17时", date(2024, 1, 9)),
            ("2024年1月9日17时30分", date(2024, 1, 9)),
            ("2024年1月9日上午9时00分", date(2024, 1, 9)),
            ("2024年1月9日（星期二）下午5点整", date(2024, 1, 9)),
            ("2024-01-09 17:00", date(2024, 1, 9)),
            ("2024-01-09 17:00:00", date(2024, 1, 9)),
            ("2024-01-09T17:00:00", date(2024, 1, 9)),
            ("2024/1/9 0:00:00", date(2024, 1, 9)),
            ("二〇二四年一月九日", date(2024, 1, 9)),
            ("二○二四年十二月三十一日", date(2024, 12, 31)),
            ("2024年2月29日", date(2024, 2, 29)),
            ("1月9日", date(2024, 1, 9)),
            ("去年6月30日", date(2023, 6, 30)),
            ("2024年1月", date(2024, 1, 1)),
            ("2024-01", date(2024, 1, 1)),
        ] {
            assert_eq!(read_date(text, ON), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_not_read() {
        for text in [
            "",
            "2024",
            "2024年",
            "2024年2月30日",
            "2023-02-29",
            "2024-13-01",
            "20241301",
            "2月30日",
            "24-1-9",
            "9/1/2024",
            "2024.1",
            "2024-01-09 25:00",
            "2024-01-09 17:61",
            "2024-01-09起",
            "202401091",
            "0531-88888888",
            "2024年1月9日2024年",
            "1月",
            "面议",
            "3-5",
            "45300",
        ] {
            assert_eq!(read_date(text, ON), None, "{text}");
        }
    }

    #[test]
    fn deadlines_are_last_days() {
        for (text, expected) in [
            ("2024年6月30日", date(2024, 6, 30)),
            ("2024年1月18日9时00分", date(2024, 1, 18)),
            ("2024年6月30日17时前", date(2024, 6, 30)),
            ("6月30日前", date(2024, 6, 30)),
            ("1月9日", date(2025, 1, 9)),
            ("3月15日", date(2024, 3, 15)),
            ("2024年1月", date(2024, 1, 31)),
            ("1月底前", date(2025, 1, 31)),
            ("2024年6月底", date(2024, 6, 30)),
            ("2024年2月末", date(2024, 2, 29)),
            ("六月底", date(2024, 6, 30)),
            ("截至2024年6月30日", date(2024, 6, 30)),
            ("截止日期：2024/6/30", date(2024, 6, 30)),
            ("2024年6月30日截止", date(2024, 6, 30)),
            ("有效期至2026-06-30", date(2026, 6, 30)),
            ("即日起至2024年6月30日", date(2024, 6, 30)),
            ("2024年1月1日至6月30日", date(2024, 6, 30)),
            ("2024-01-01~2024-06-30", date(2024, 6, 30)),
            ("2024年12月1日至1月31日", date(2025, 1, 31)),
            ("年底前", date(2024, 12, 31)),
            ("今年年底", date(2024, 12, 31)),
            ("明年底", date(2025, 12, 31)),
            ("年内", date(2024, 12, 31)),
            ("本月底", date(2024, 3, 31)),
            ("月底前", date(2024, 3, 31)),
            ("2025Q1", date(2025, 3, 31)),
            ("2025年二季度", date(2025, 6, 30)),
            ("2025年第2季度末", date(2025, 6, 30)),
            ("二季度", date(2024, 6, 30)),
            ("2025年上半年", date(2025, 6, 30)),
            ("下半年", date(2024, 12, 31)),
            ("2024", date(2024, 12, 31)),
            ("2024年底前", date(2024, 12, 31)),
            ("一年内", date(2025, 3, 15)),
            ("半年内", date(2024, 9, 15)),
            ("30天内", date(2024, 4, 14)),
            ("15日内有效", date(2024, 3, 30)),
            ("3个月内", date(2024, 6, 15)),
            ("两周内", date(2024, 3, 29)),
            ("即日起30天内", date(2024, 4, 14)),
        ] {
            assert_eq!(read_deadline(text, ON), Some(Deadline::On(expected)), "{text}");
        }
        for text in ["长期有效", "长期", "永久", "无固定期限", " 长期有效 "] {
            assert_eq!(read_deadline(text, ON), Some(Deadline::Never), "{text}");
        }
    }

    #[test]
    fn deadlines_from_an_unknown_day_are_not_read() {
        for text in [
            "",
            "年",
            "月",
            "计划下达日起7天内",
            "合同签订后30天内",
            "10个工作日内",
            "2月30日前",
            "6月前",
            "2025年前",
            "一年",
            "30天",
            "尽快",
            "9999年内",
            "9999999天内",
        ] {
            assert_eq!(read_deadline(text, ON), None, "{text}");
        }
    }

    #[test]
    fn periods_have_one_written_form() {
        for (text, expected) in [
            ("2025", "2025"),
            ("2025年", "2025"),
            ("2025年度", "2025"),
            ("上年度", "2023"),
            ("上一年度", "2023"),
            ("本年度", "2024"),
            ("2025Q1", "2025Q1"),
            ("2025年Q3", "2025Q3"),
            ("2025年一季度", "2025Q1"),
            ("2025年第四季度", "2025Q4"),
            ("2025H1", "2025H1"),
            ("2025年上半年", "2025H1"),
            ("2025年下半年", "2025H2"),
            ("2025-03", "2025-03"),
            ("2025/3", "2025-03"),
            ("2025.03", "2025-03"),
            ("2025年3月", "2025-03"),
            ("2025年12月份", "2025-12"),
        ] {
            assert_eq!(read_period(text, ON).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "一季度", "3月", "2025Q5", "2025-13", "2025.1", "25年", "2025-03-01", "近三年", "2025年5季度"]
        {
            assert_eq!(read_period(text, ON), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}|[0-9年月日号时分:/.至到底前内季度半上下个-]{0,20}") {
            for on in [ON, Date::MIN, Date::MAX] {
                let _ = read_date(&text, on);
                let _ = read_deadline(&text, on);
                let _ = read_period(&text, on);
            }
        }
    }
}
