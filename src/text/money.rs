//! Amounts of money as tables write them: `380.28万元`, `￥1,000,000`, `人民币叁佰万元整`, `500-1000万`, `50元/件`. What
//! an amount is paid for is kept, currencies are never converted, and a text with anything unexplained in it is not
//! read: callers report it rather than guess.

use crate::model::{Bound, Currency, Interval, Money};
use crate::normal::normalise;
use crate::text::interval::{Reading, read_interval, strip_labels};

/// Written forms of currencies, longer ones before those that they contain, with what stands for them while the
/// number is read: a word is a unit like `元`, while a sign or a code only names the currency.
const CURRENCIES: &[(&str, Currency, &str)] = &[
    ("人民币", Currency::Cny, " "),
    ("rmb", Currency::Cny, " "),
    ("cny", Currency::Cny, " "),
    ("¥", Currency::Cny, SIGN),
    ("美元", Currency::Usd, "元"),
    ("美金", Currency::Usd, "元"),
    ("us$", Currency::Usd, SIGN),
    ("usd", Currency::Usd, " "),
    ("hk$", Currency::Hkd, SIGN),
    ("hkd", Currency::Hkd, " "),
    ("港元", Currency::Hkd, "元"),
    ("港币", Currency::Hkd, "元"),
    ("欧元", Currency::Eur, "元"),
    ("eur", Currency::Eur, " "),
    ("€", Currency::Eur, SIGN),
    ("日元", Currency::Jpy, "元"),
    ("日圆", Currency::Jpy, "元"),
    ("jpy", Currency::Jpy, " "),
    ("$", Currency::Usd, SIGN),
];

/// Stands for a sign before an amount, which says that the amount is in whole units. As wide as a space to the number
/// reader.
const SIGN: &str = "  ";

/// Words that may stand before an amount and say nothing about its size.
const LABELS: &[&str] = &[
    "预算",
    "总预算",
    "预算金额",
    "预算总额",
    "总额",
    "总金额",
    "总价",
    "总投资",
    "投资",
    "投资额",
    "拟投入",
    "拟投入资金",
    "金额",
    "单价",
    "价格",
    "报价",
    "合同额",
    "合同金额",
    "融资",
    "融资额",
    "拟融资",
    "需融资",
    "融资需求",
    "资金需求",
    "资金",
    "额度",
    "授信额度",
    "年费",
    "费用",
    "含税",
    "不含税",
    "含税价",
    "不含税价",
    "需",
    "计划",
];

/// Notes that may stand after an amount.
const NOTES: &[&str] = &["(含税)", "(不含税)", "(未税)", "含增值税", "不含税", "含税", "未税", "整", "正"];

/// What an amount is paid for is a word of this many characters at most.
const PER_CHARS_MAX: usize = 8;

/// Reads an amount, in whole units of its currency. `default_unit` is the column's unit (`万元`, `元/吨`) for cells
/// that hold just a number; a cell with a multiplier, a `元` or a currency sign ignores it. `None` for anything else.
pub fn read_money(text: &str, default_unit: Option<&str>) -> Option<Money> {
    let marked = take_currency(&normalise(text))?;
    let amount = strip_labels(marked.text.trim_start_matches([' ', ':']), LABELS);
    let reading = read_interval(amount)?;
    let tail = read_tail(&reading.rest)?;
    let column = match default_unit {
        Some(unit) => Some(take_currency(&normalise(unit))?),
        None => None,
    };
    if tail.has_unit || marked.has_sign || reading.is_multiplied {
        let implied = if tail.has_unit { None } else { column.and_then(|column| column.currency) };
        let currency = marked.currency.or(implied).unwrap_or(Currency::Cny);
        return Some(Money { amount: reading.interval, currency, per: tail.per });
    }
    if tail.per.is_some() {
        return None;
    }
    match column {
        Some(column) => read_in_column(amount, marked.currency, &column),
        // A currency without `元` (`USD 500`) is enough; a number alone is not.
        None => marked.currency.map(|currency| Money { amount: reading.interval, currency, per: None }),
    }
}

/// Reads an amount that may be negative, such as a return: `-100万元`, `负100`, `-￥100`, or in brackets, as bookkeepers
/// write it, `(100)`. Otherwise as [`read_money`].
pub fn read_signed_money(text: &str, default_unit: Option<&str>) -> Option<Money> {
    let text = normalise(text);
    let text = text.trim();
    let bare = ["-", "负"].iter().find_map(|sign| text.strip_prefix(sign)).map(str::to_owned);
    let bracketed = || {
        let (inside, behind) = text.strip_prefix('(')?.split_once(')')?;
        Some(format!("{inside}{behind}"))
    };
    let Some(positive) = bare.or_else(bracketed) else { return read_money(text, default_unit) };
    let money = read_money(&positive, default_unit)?;
    let negated = |bound: Option<Bound>| bound.map(|bound| Bound { value: -bound.value, ..bound });
    let is_positive = money.amount.low().is_some_and(|low| low.value >= 0.0);
    let amount = Interval::new(negated(money.amount.high()), negated(money.amount.low())).filter(|_| is_positive)?;
    Some(Money { amount, ..money })
}

/// Reads a bare number in the column's unit. A currency code leaves open whether the column's `万` still applies.
fn read_in_column(amount: &str, named: Option<Currency>, column: &Marked) -> Option<Money> {
    let unit = column.text.trim();
    if named.is_some() && !unit.starts_with('元') {
        return None;
    }
    // Joined as text, so that a range shares the multiplier and decimals are rounded once.
    let joined = format!("{amount} {unit}");
    let reading: Reading<'_> = read_interval(&joined)?;
    let tail = read_tail(&reading.rest)?;
    if !tail.has_unit && !reading.is_multiplied {
        return None;
    }
    let currency = match (named, column.currency) {
        (Some(named), Some(declared)) if named != declared => return None,
        (named, declared) => named.or(declared).unwrap_or(Currency::Cny),
    };
    Some(Money { amount: reading.interval, currency, per: tail.per })
}

/// A text whose currency was taken out.
struct Marked {
    text: String,
    currency: Option<Currency>,
    has_sign: bool,
}

/// Takes currency words and signs out of a text; `None` if it names two currencies.
fn take_currency(text: &str) -> Option<Marked> {
    let mut marked = Marked { text: String::with_capacity(text.len()), currency: None, has_sign: false };
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let found = CURRENCIES.iter().find_map(|row| rest.strip_prefix(row.0).map(|after| (row, after)));
        if let Some(((_, currency, stand_in), after)) = found {
            if marked.currency.is_some_and(|former| former != *currency) {
                return None;
            }
            marked.currency = Some(*currency);
            marked.has_sign |= *stand_in == SIGN;
            marked.text.push_str(stand_in);
            rest = after;
        } else {
            marked.text.push(c);
            rest = rest.get(c.len_utf8()..)?;
        }
    }
    Some(marked)
}

/// The text after an amount.
struct Tail {
    has_unit: bool,
    per: Option<String>,
}

fn read_tail(text: &str) -> Option<Tail> {
    let (rest, has_unit) = match text.trim().strip_prefix(['元', '圆', '块']) {
        Some(rest) => (rest, true),
        None => (text.trim(), false),
    };
    let rest = strip_labels(rest, NOTES).trim_end();
    let rest = NOTES.iter().find_map(|note| rest.strip_suffix(note)).unwrap_or(rest).trim();
    if rest.is_empty() {
        return Some(Tail { has_unit, per: None });
    }
    let per = rest.strip_prefix(['/', '每'])?.trim();
    let is_word =
        per.chars().all(|c| c.is_alphabetic() || matches!(c, '2' | '3')) && per.starts_with(char::is_alphabetic);
    (is_word && per.chars().count() <= PER_CHARS_MAX).then(|| Tail { has_unit, per: Some(per.to_owned()) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes an amount as `low..high currency/per`, with `-` for no bound.
    fn read(text: &str, unit: Option<&str>) -> Option<String> {
        let money = read_money(text, unit)?;
        let end = |bound: Option<crate::model::Bound>| bound.map_or("-".to_owned(), |b| b.value.to_string());
        let amount = match money.amount.point() {
            Some(point) => point.to_string(),
            None => format!("{}..{}", end(money.amount.low()), end(money.amount.high())),
        };
        Some(format!("{amount} {}{}", money.currency, money.per.map_or(String::new(), |per| format!("/{per}"))))
    }

    #[test]
    fn amounts_with_their_own_unit() {
        for (text, expected) in [
            ("5亿元", "500000000 CNY"),
            ("3000万", "30000000 CNY"),
            ("380.28万元", "3802800 CNY"),
            ("500 万元", "5000000 CNY"),
            ("￥1,000,000", "1000000 CNY"),
            ("¥ 5000.50", "5000.5 CNY"),
            ("人民币叁佰万元整", "3000000 CNY"),
            ("人民币：叁佰万圆整", "3000000 CNY"),
            ("500-1000万", "5000000..10000000 CNY"),
            ("500万-1000万元", "5000000..10000000 CNY"),
            ("￥500-￥1000", "500..1000 CNY"),
            ("100-200万美元", "1000000..2000000 USD"),
            ("不超过200万", "-..2000000 CNY"),
            ("预算不超过人民币200万元", "-..2000000 CNY"),
            ("200万元以内", "-..2000000 CNY"),
            ("50万以上", "500000..- CNY"),
            ("最高限价：200万元", "-..2000000 CNY"),
            ("100万美元", "1000000 USD"),
            ("USD 100万", "1000000 USD"),
            ("100万USD", "1000000 USD"),
            ("$1,000", "1000 USD"),
            ("US$1000", "1000 USD"),
            ("50万欧元", "500000 EUR"),
            ("€20", "20 EUR"),
            ("3000万日元", "30000000 JPY"),
            ("100万港币", "1000000 HKD"),
            ("100万元人民币", "1000000 CNY"),
            ("50元/件", "50 CNY/件"),
            ("50元每吨", "50 CNY/吨"),
            ("1.2万元/吨", "12000 CNY/吨"),
            ("5万/年", "50000 CNY/年"),
            ("2.5元/m²", "2.5 CNY/m2"),
            ("50-80元/件(含税)", "50..80 CNY/件"),
            ("50元（不含税）/件", "50 CNY/件"),
            ("50万元(含税)", "500000 CNY"),
            ("含税50万元", "500000 CNY"),
            ("预算：约50万元左右", "500000 CNY"),
            ("需融资5亿元", "500000000 CNY"),
            ("单价:50元", "50 CNY"),
            ("3000余万元", "30000000 CNY"),
            ("0元", "0 CNY"),
            ("USD 500", "500 USD"),
        ] {
            assert_eq!(read(text, None).as_deref(), Some(expected), "{text}");
            // A column in another unit changes nothing, but for a currency code before a bare number.
            if text != "USD 500" {
                assert_eq!(read(text, Some("万元")).as_deref(), Some(expected), "{text} in 万元");
            }
        }
    }

    #[test]
    fn bare_numbers_take_the_unit_of_the_column() {
        for (text, unit, expected) in [
            ("380.28", "万元", "3802800 CNY"),
            ("1,000", "元", "1000 CNY"),
            ("5", "亿元", "500000000 CNY"),
            ("500-1000", "万元", "5000000..10000000 CNY"),
            ("≥500", "万元", "5000000..- CNY"),
            ("500以上", "万元", "5000000..- CNY"),
            ("约500", "万元", "5000000 CNY"),
            ("1e3", "元", "1000 CNY"),
            ("50", "元/吨", "50 CNY/吨"),
            ("50", "万美元", "500000 USD"),
            ("5万", "万美元", "50000 USD"),
            ("5万元", "万美元", "50000 CNY"),
            ("$5", "万元", "5 USD"),
            ("人民币500", "元", "500 CNY"),
            ("叁佰", "万元", "3000000 CNY"),
        ] {
            assert_eq!(read(text, Some(unit)).as_deref(), Some(expected), "{text} in {unit}");
        }
    }

    #[test]
    fn returns_are_negative() {
        for text in [
            "-100",
            "－100",
            "负100",
            "(100)",
            "（100）",
            "-100万元",
            "（100）万元",
            "-￥1000000",
            "￥-1,000,000",
            "(1,000,000元)",
        ] {
            let money = read_signed_money(text, Some("万元")).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((money.amount.point(), money.currency), (Some(-1_000_000.0), Currency::Cny), "{text}");
        }
        assert_eq!(read_signed_money("50-80", Some("元")), read_money("50-80", Some("元")));
        for text in ["--100", "-(100)", "(-100)", "(100", "-不超过200", "()", "-"] {
            assert_eq!(read_signed_money(text, Some("万元")), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_explained_is_not_read() {
        for (text, unit) in [
            ("", None),
            ("500", None),
            ("面议", Some("万元")),
            ("无预算", Some("万元")),
            ("5元8角", None),
            ("5万5", Some("元")),
            ("300w", Some("元")),
            ("500吨", Some("万元")),
            ("50%", Some("万元")),
            ("5万元或6万美元", None),
            ("人民币500", Some("万元")),
            ("USD 500", Some("万元")),
            ("50/件", Some("元")),
            ("50元/年/户(首年免费)", None),
            ("100万元，分三期支付", None),
            ("1000-500万", None),
            ("5rmb00", None),
        ] {
            assert_eq!(read(text, unit), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}|[0-9.,万亿元¥$/件每至-]{0,20}", unit in "\\PC{0,5}|万?元") {
            let _ = read_money(&text, None);
            let _ = read_money(&text, Some(&unit));
        }
    }
}
