//! Reads one cell by its column's type. Intake calls it to find problems, and the catalogue calls it again on the raw
//! text that the log keeps, so there is one reading of a cell and no second copy of it to fall out of step.

use jiff::civil::Date;

use crate::definition::{Column, ColumnType, Definition, RegionReading, Regions};
use crate::model::{Bound, Interval, ProblemCode, Uscc, UsccError, Value};
use crate::normal::normalise;
use crate::text::interval::read_interval;
use crate::text::places::{WishReading, read_region_wish};
use crate::text::{MeasureError, read_date, read_deadline, read_measure, read_money, read_period, read_signed_money};

/// A cell may have this many characters; the same bound as Excel's.
pub const CELL_CHARS_MAX: usize = 32_767;
/// Texts of columns that are no running text may have this many characters.
pub const LINE_CHARS_MAX: usize = 2_000;
/// A list may have this many members.
pub const LIST_LENGTH_MAX: usize = 200;

/// What a cell says.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// A value.
    Known(Value),
    /// A value, with something worth a look.
    Noted(Value, Finding),
    /// That the value is not known or not fixed.
    Unknown,
    /// That the value cannot be compared, though the text is kept; worth a look.
    Unclear(Finding),
    /// Nothing.
    Empty,
    /// Something that is not a value of the column.
    Bad(Finding),
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind of problem.
    pub code: ProblemCode,
    /// What is wrong, in Chinese.
    pub message: String,
    /// What to write instead, in Chinese; may be empty.
    pub suggestion: String,
}

impl Finding {
    /// Builds a finding.
    pub fn new(code: ProblemCode, message: impl Into<String>, suggestion: impl Into<String>) -> Self {
        Self { code, message: message.into(), suggestion: suggestion.into() }
    }
}

/// Reads a cell of a column; `on` is the day from which relative dates count.
pub fn read_cell(raw: &str, column: &Column, definition: &Definition, on: Date) -> Reading {
    let raw = raw.trim();
    if raw.is_empty() || definition.means_empty(raw) {
        return if says_no_origin(raw, column) { Reading::Unknown } else { Reading::Empty };
    }
    if let Some(finding) = check_shape(raw, column.column_type).or_else(|| check_torn(raw, column)) {
        return Reading::Bad(finding);
    }
    // Words such as `待定` are plain text in a text column.
    if !is_textual(column.column_type) && definition.means_unknown(raw) {
        return Reading::Unknown;
    }
    let unit = column.unit.as_deref();
    match column.column_type {
        ColumnType::PartyName
        | ColumnType::Code
        | ColumnType::Text
        | ColumnType::LongText
        | ColumnType::PartyRef
        | ColumnType::Contact
        | ColumnType::Url => Reading::Known(Value::Text),
        ColumnType::List => read_list(raw),
        ColumnType::Uscc => read_uscc(raw),
        ColumnType::Choice => read_choice(raw, column),
        ColumnType::ChoiceList => read_choices(raw, column),
        ColumnType::Flag => read_flag(raw),
        ColumnType::Number => known_or(read_plain(raw, 1.0).map(Value::Number), number_finding),
        ColumnType::Figure if is_percentage(raw) => known_or(read_percent(raw).map(Value::Number), number_finding),
        ColumnType::Figure => known_or(read_plain(raw, 1.0).map(Value::Number), number_finding),
        ColumnType::Percent => known_or(read_percent(raw).map(Value::Number), number_finding),
        ColumnType::Money => {
            let money = if column.signed { read_signed_money(raw, unit) } else { read_money(raw, unit) };
            let money = money.filter(|money| is_plausible(&money.amount, column.signed));
            known_or(money.map(Value::Money), money_finding)
        }
        ColumnType::Quantity => read_quantity(raw, unit, definition),
        ColumnType::Date => known_or(read_date(raw, on).map(Value::Date), date_finding),
        ColumnType::Deadline => known_or(read_deadline(raw, on).map(Value::Deadline), date_finding),
        ColumnType::Period => known_or(read_period(raw, on).map(Value::Period), period_finding),
        ColumnType::Region => match read_region(raw, definition) {
            Ok(code) => Reading::Known(Value::Region(code)),
            Err(finding) => Reading::Bad(finding),
        },
        // What a row tells besides is worth more than where its goods are made.
        ColumnType::Origin => match read_region(raw, definition) {
            Ok(code) => Reading::Known(Value::Region(code)),
            Err(finding) => Reading::Unclear(Finding { code: ProblemCode::UnclearOrigin, ..finding }),
        },
        ColumnType::RegionList | ColumnType::RegionWish => read_wish(raw, definition),
        ColumnType::Industry => known_or(definition.industries.read(raw).map(Value::Industry), industry_finding),
        ColumnType::Certificates => read_certificates(raw, definition),
    }
}

/// Goods come from somewhere: who writes in words that there is no origin does not know it, other than who leaves the cell
/// empty or crosses it out.
fn says_no_origin(raw: &str, column: &Column) -> bool {
    column.column_type == ColumnType::Origin && raw.contains(|c| matches!(c, '\u{4e00}'..='\u{9fff}'))
}

/// Splits a list at commas, semicolons, enumeration commas and line breaks.
pub fn split_list(raw: &str) -> impl Iterator<Item = &str> {
    raw.split(['、', '，', ',', '；', ';', '\n', '\r', '|']).map(str::trim).filter(|part| !part.is_empty())
}

fn is_textual(column_type: ColumnType) -> bool {
    use ColumnType::{Code, Contact, LongText, PartyName, PartyRef, Text, Url};
    matches!(column_type, PartyName | Code | Text | LongText | PartyRef | Contact | Url)
}

fn check_shape(raw: &str, column_type: ColumnType) -> Option<Finding> {
    let limit = if column_type == ColumnType::LongText { CELL_CHARS_MAX } else { LINE_CHARS_MAX };
    let n_chars = raw.chars().count();
    if n_chars > limit {
        let message = format!("共 {n_chars} 字，最多 {limit} 字");
        return Some(Finding::new(ProblemCode::TooLong, message, "请精简内容，或把详细说明放到“说明”类的列中"));
    }
    let control = raw.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    control.map(|c| {
        let message = format!("含有控制字符 U+{:04X}", u32::from(c));
        Finding::new(ProblemCode::BadCharacter, message, "请删去后重新输入该单元格")
    })
}

/// Names and titles are wrapped at times, and list things at times; one that does both holds the lines that follow a
/// quotation mark without its other half. One that begins with a lone mark has lost the other half.
fn check_torn(raw: &str, column: &Column) -> Option<Finding> {
    let is_name = matches!(column.column_type, ColumnType::PartyName | ColumnType::Code | ColumnType::PartyRef);
    let is_torn = raw.contains(['\n', '\r']) && raw.contains(['\t', ',', ';']);
    let is_lone = raw.starts_with('"') && raw.matches('"').count() % 2 == 1;
    let message = match (is_torn, is_lone) {
        (true, _) => "一格里有几行，又有分隔符，像是引号不成对，把后面的行并了进来",
        (false, true) => "以引号开头，却没有另一半",
        (false, false) => return None,
    };
    let suggestion = "请查这一行和后面几行的引号，补成一对或删去";
    (is_name || column.name == "title").then(|| Finding::new(ProblemCode::BadCharacter, message, suggestion))
}

fn known_or(value: Option<Value>, finding: fn() -> Finding) -> Reading {
    value.map_or_else(|| Reading::Bad(finding()), Reading::Known)
}

fn number_finding() -> Finding {
    Finding::new(ProblemCode::BadNumber, "不是可读的数字", "请只填数字，如 120、3.5%")
}

fn money_finding() -> Finding {
    Finding::new(ProblemCode::BadMoney, "不是可读的金额", "请写成 500万元、300-500万、50元/件；未定可写 面议")
}

fn date_finding() -> Finding {
    Finding::new(ProblemCode::BadDate, "不是可读的日期", "请写成 2026-03-31 或 2026年3月31日；没有期限可写 长期有效")
}

fn period_finding() -> Finding {
    Finding::new(ProblemCode::BadPeriod, "不是可读的期间", "请写成 2025、2025Q1、2025年上半年 或 2025-03")
}

fn industry_finding() -> Finding {
    Finding::new(
        ProblemCode::UnknownIndustry,
        "国民经济行业分类（GB/T 4754-2017）中没有这一项",
        "请填行业代码（如 2911）或标准中的行业全称（如 轮胎制造）",
    )
}

fn read_list(raw: &str) -> Reading {
    let parts: Vec<String> = split_list(raw).map(str::to_owned).collect();
    if parts.len() > LIST_LENGTH_MAX {
        let message = format!("共 {} 项，最多 {LIST_LENGTH_MAX} 项", parts.len());
        return Reading::Bad(Finding::new(ProblemCode::TooLong, message, "请分成多行填写"));
    }
    if parts.is_empty() { Reading::Empty } else { Reading::Known(Value::List(parts)) }
}

fn read_uscc(raw: &str) -> Reading {
    let (message, suggestion) = match Uscc::parse(&normalise(raw)) {
        Ok(uscc) => return Reading::Known(Value::Uscc(uscc)),
        Err(UsccError::Length(15)) => (
            "是 15 位的旧注册号，不是 18 位的统一社会信用代码".to_owned(),
            "请在营业执照上查 18 位代码；没有可留空，按全称认定".to_owned(),
        ),
        Err(UsccError::Length(n)) => {
            (format!("有 {n} 位，应为 18 位"), "请核对营业执照；在 Excel 中先把该列设为“文本”再填".to_owned())
        }
        Err(UsccError::Character(place)) => (
            format!("第 {place} 位不是代码允许的字符（不用 I、O、S、V、Z）"),
            "请核对营业执照，注意 0 与 O、1 与 I".to_owned(),
        ),
        Err(UsccError::Check { expected }) => {
            (format!("校验位不符：按前 17 位应为 {expected}"), "有一位或多位抄错，请对照营业执照逐位核对".to_owned())
        }
    };
    Reading::Bad(Finding::new(ProblemCode::BadUscc, message, suggestion))
}

fn choice_finding(raw: &str, column: &Column) -> Finding {
    let labels: Vec<&str> = column.options.iter().map(|option| option.label.as_str()).collect();
    Finding::new(ProblemCode::BadChoice, format!("“{raw}”不在可选值之内"), format!("可选：{}", labels.join("、")))
}

fn read_choice(raw: &str, column: &Column) -> Reading {
    match column.option(raw) {
        Some(option) => Reading::Known(Value::Choice(option.name.clone())),
        None if column.open => {
            Reading::Unclear(Finding { code: ProblemCode::UnclearChoice, ..choice_finding(raw, column) })
        }
        None => Reading::Bad(choice_finding(raw, column)),
    }
}

fn read_choices(raw: &str, column: &Column) -> Reading {
    let mut names = Vec::new();
    for part in split_list(raw).flat_map(|part| part.split('/')) {
        match column.option(part) {
            Some(option) => names.push(option.name.clone()),
            None => return Reading::Bad(choice_finding(part, column)),
        }
    }
    if names.is_empty() { Reading::Empty } else { Reading::Known(Value::List(names)) }
}

fn read_flag(raw: &str) -> Reading {
    const YES: [&str; 11] = ["是", "有", "允许", "可以", "可", "yes", "y", "true", "1", "√", "✓"];
    const NO: [&str; 10] = ["否", "没有", "不允许", "不可以", "不", "no", "n", "false", "0", "×"];
    let text = normalise(raw);
    if YES.contains(&text.as_str()) {
        Reading::Known(Value::Flag(true))
    } else if NO.contains(&text.as_str()) {
        Reading::Known(Value::Flag(false))
    } else {
        Reading::Bad(Finding::new(ProblemCode::BadFlag, format!("“{raw}”不是“是”或“否”"), "请填 是 或 否"))
    }
}

fn read_plain(raw: &str, factor: f64) -> Option<Interval> {
    let text = normalise(raw);
    let reading = read_interval(&text)?;
    if reading.rest.trim().is_empty() { reading.interval.scaled(factor) } else { None }
}

/// Says whether a number is written as one of a hundred.
pub fn is_percentage(raw: &str) -> bool {
    raw.contains(['%', '\u{ff05}']) || raw.contains("百分之")
}

/// Reads a percentage; a bare number above 1 is one of a hundred, one up to 1 is a fraction.
fn read_percent(raw: &str) -> Option<Interval> {
    let text = normalise(raw).replace("百分之", "");
    if text.contains('%') || raw.contains("百分之") {
        return read_plain(&text.replace('%', ""), 0.01);
    }
    let interval = read_plain(&text, 1.0)?;
    let is_fraction = |bound: Option<Bound>| bound.is_none_or(|b| b.value.abs() <= 1.0);
    if is_fraction(interval.low()) && is_fraction(interval.high()) { Some(interval) } else { interval.scaled(0.01) }
}

fn read_quantity(raw: &str, unit: Option<&str>, definition: &Definition) -> Reading {
    match read_measure(raw, unit, &definition.units) {
        Ok(measure) if !is_plausible(&measure.amount, false) => {
            Reading::Bad(Finding::new(ProblemCode::BadQuantity, "数量不能是负数，也不能大得离谱", "请核对数字和单位"))
        }
        Ok(measure) => Reading::Known(Value::Measure(measure)),
        Err(MeasureError::UnknownUnit(unit)) => Reading::Unclear(Finding::new(
            ProblemCode::UnknownUnit,
            format!("单位“{unit}”未登记，数量不参与比较"),
            "可改用常见单位，如 吨、件、套、米",
        )),
        Err(MeasureError::MissingUnit) => Reading::Unclear(Finding::new(
            ProblemCode::UnknownUnit,
            "没有写单位，数量不参与比较",
            "请在数字后写单位，如 500吨、2万件/年",
        )),
        Err(MeasureError::Unreadable) => Reading::Bad(Finding::new(
            ProblemCode::BadQuantity,
            "不是可读的数量",
            "请写成 500吨、2万件/年、≥5吨；未定可写 待定",
        )),
    }
}

/// Says whether a range has no end beyond a thousand billion, and no negative one unless it may be `signed`.
fn is_plausible(amount: &Interval, signed: bool) -> bool {
    const MOST: f64 = 1e15;
    let least = if signed { -MOST } else { 0.0 };
    [amount.low(), amount.high()].into_iter().flatten().all(|bound| (least..=MOST).contains(&bound.value))
}

fn read_region(raw: &str, definition: &Definition) -> Result<String, Finding> {
    let regions = &definition.regions;
    match regions.read(raw) {
        RegionReading::Found(code) => Ok(code),
        RegionReading::Ambiguous(codes) => {
            let names: Vec<String> = codes.iter().take(5).map(|code| regions.full_name(code)).collect();
            let suggestion = format!("请写明上级，如 {}", names.join("、"));
            Err(Finding::new(ProblemCode::UnknownRegion, format!("“{raw}”不止一处"), suggestion))
        }
        RegionReading::Unknown if regions.is_abroad(raw) => Ok(Regions::ABROAD.to_owned()),
        RegionReading::Unknown => {
            let wanted = normalise(raw);
            let near: Vec<&str> = regions
                .iter()
                .filter(|region| regions.within(&region.code, &definition.home_region))
                .filter(|region| one_slip(&wanted, &region.name))
                .map(|region| region.name.as_str())
                .take(3)
                .collect();
            let suggestion = if near.is_empty() {
                "请填省、市、县（区）的全称或六位代码，如 山东省济南市历城区".to_owned()
            } else {
                format!("是不是 {}？", near.join("、"))
            };
            Err(Finding::new(ProblemCode::UnknownRegion, format!("查不到地区“{raw}”"), suggestion))
        }
    }
}

/// Says whether two names of the same length differ in one character only.
fn one_slip(left: &str, right: &str) -> bool {
    left.chars().count() == right.chars().count()
        && left.chars().count() >= 3
        && left.chars().zip(right.chars()).filter(|(a, b)| a != b).count() == 1
}

fn read_wish(raw: &str, definition: &Definition) -> Reading {
    match read_region_wish(raw, &definition.regions, &definition.home_region) {
        WishReading::Anywhere => Reading::Empty,
        WishReading::Wish(wish) => Reading::Known(Value::RegionWish(wish)),
        WishReading::Unknown => Reading::Unclear(Finding::new(
            ProblemCode::UnclearWish,
            format!("“{raw}”中没有可识别的地区"),
            "请写成 限济南市、省内优先、青岛或烟台、不限",
        )),
    }
}

/// Words beside a certificate's name that leave open whether it is held, or asked for, today.
const DOUBTS: [&str; 26] = [
    "没有",
    "未",
    "无",
    "非",
    "不",
    "拟",
    "申请",
    "申报",
    "认证中",
    "办理",
    "准备",
    "计划",
    "培育",
    "过期",
    "到期",
    "有效期",
    "注销",
    "撤销",
    "失效",
    "暂停",
    "原",
    "曾",
    "优先",
    "优选",
    "正在",
    "审核中",
];

fn read_certificates(raw: &str, definition: &Definition) -> Reading {
    let mut all = Vec::new();
    let (mut unknown, mut doubtful) = (Vec::new(), Vec::new());
    // A declared name may itself hold one of these words.
    let joined = |part: &&str| if definition.certificates.is_form(part) { &[][..] } else { &['和', '及', '与'][..] };
    for part in split_list(raw).flat_map(|part| part.split(joined(&part))).filter(|part| !part.trim().is_empty()) {
        let mut any = Vec::new();
        if !definition.certificates.is_form(part) && DOUBTS.iter().any(|doubt| part.contains(doubt)) {
            doubtful.push(part);
            continue;
        }
        for form in part.split("或者").flat_map(|form| form.split('或')).map(str::trim).filter(|f| !f.is_empty()) {
            match definition.certificates.find(form) {
                Some(certificate) => any.push(certificate.name.clone()),
                None => {
                    unknown.push(form);
                    any.push(form.to_owned());
                }
            }
        }
        if !any.is_empty() && !all.contains(&any) {
            all.push(any);
        }
    }
    if !doubtful.is_empty() {
        let message = format!("看不出是否具备、是否必备：{}；不作为具备或必备", doubtful.join("、"));
        let suggestion = "只填现在有效、确已取得（或必须具备）的资质；到期日填在资质表，“优先”的填在优先资质列";
        let finding = Finding::new(ProblemCode::UnclearCertificate, message, suggestion);
        return if all.is_empty() {
            Reading::Unclear(finding)
        } else {
            Reading::Noted(Value::Certificates(all), finding)
        };
    }
    if all.is_empty() {
        return Reading::Empty;
    }
    if unknown.is_empty() {
        return Reading::Known(Value::Certificates(all));
    }
    let message = format!("未登记的资质：{}；按原文保存和比较", unknown.join("、"));
    let finding = Finding::new(ProblemCode::UnknownCertificate, message, "如是笔误请改正；多个资质用顿号分开");
    Reading::Noted(Value::Certificates(all), finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Currency, Deadline, Measure, Money};

    const ON: Date = jiff::civil::date(2026, 6, 1);

    fn read(definition: &Definition, kind: &str, column: &str, raw: &str) -> Reading {
        let column = definition.kind(kind).and_then(|kind| kind.column(column)).expect("a declared column");
        read_cell(raw, column, definition, ON)
    }

    fn code(reading: &Reading) -> Option<ProblemCode> {
        match reading {
            Reading::Bad(finding) | Reading::Unclear(finding) | Reading::Noted(_, finding) => Some(finding.code),
            Reading::Known(_) | Reading::Unknown | Reading::Empty => None,
        }
    }

    #[test]
    fn every_example_of_every_template_is_readable() {
        let definition = Definition::compiled().expect("valid");
        for kind in definition.kinds.values() {
            for column in kind.columns.iter().filter(|column| column.required) {
                assert!(!column.example.is_empty(), "{}.{} has no example", kind.name, column.name);
            }
            for column in kind.columns.iter().filter(|column| !column.example.is_empty()) {
                let reading = read_cell(&column.example, column, &definition, ON);
                assert!(
                    matches!(reading, Reading::Known(_) | Reading::Empty),
                    "{}.{}: {reading:?}",
                    kind.name,
                    column.name
                );
            }
        }
    }

    #[test]
    fn money_knows_its_unit_and_negotiable_is_unknown_not_zero() {
        let definition = Definition::compiled().expect("valid");
        let money = |amount| {
            let amount = Interval::exactly(amount).expect("finite");
            Reading::Known(Value::Money(Money { amount, currency: Currency::Cny, per: None }))
        };
        let budget = |raw| read(&definition, "procurement", "budget", raw);
        assert_eq!(budget("380"), money(3_800_000.0));
        assert_eq!(budget("380.28万元"), money(3_802_800.0));
        assert_eq!(budget("1200000元"), money(1_200_000.0));
        assert_eq!(budget("面议"), Reading::Unknown);
        assert_eq!(budget("—"), Reading::Empty);
        assert_eq!(code(&budget("很多钱")), Some(ProblemCode::BadMoney));
    }

    #[test]
    fn quantities_are_in_base_units_and_unread_units_are_said() {
        let definition = Definition::compiled().expect("valid");
        let quantity = |raw| read(&definition, "procurement", "quantity", raw);
        let year = |amount, unit: &str| {
            let amount = Interval::exactly(amount).expect("finite");
            Reading::Known(Value::Measure(Measure { amount, unit: unit.to_owned(), per_year: true }))
        };
        assert_eq!(quantity("年需求量500吨"), year(500_000.0, "kg"));
        assert_eq!(quantity("月供10万件"), year(1_200_000.0, "piece"));
        assert_eq!(quantity("一批"), Reading::Unknown);
        assert_eq!(code(&quantity("500麻袋片儿")), Some(ProblemCode::UnknownUnit));
    }

    #[test]
    fn dates_regions_codes_and_choices_are_read_or_refused() {
        let definition = Definition::compiled().expect("valid");
        let last = |raw| read(&definition, "procurement", "valid_until", raw);
        let day = |y, m, d| Reading::Known(Value::Deadline(Deadline::On(jiff::civil::date(y, m, d))));
        assert_eq!(last("2026年12月31日17时"), day(2026, 12, 31));
        assert_eq!(last("长期有效"), Reading::Known(Value::Deadline(Deadline::Never)));
        assert_eq!(code(&last("2026-02-30")), Some(ProblemCode::BadDate));
        let place = |raw| read(&definition, "procurement", "delivery_place", raw);
        assert_eq!(place("济南"), Reading::Known(Value::Region("370100".to_owned())));
        assert_eq!(code(&place("市中区")), Some(ProblemCode::UnknownRegion));
        assert_eq!(code(&place("火星市")), Some(ProblemCode::UnknownRegion));
        let uscc = |raw| read(&definition, "procurement", "uscc", raw);
        assert_eq!(code(&uscc("91370200264574251E")), None);
        let Reading::Bad(finding) = uscc("91370200264574251F") else { panic!("a wrong check character") };
        assert!(finding.message.contains('E'), "{}", finding.message);
        let role = |raw| read(&definition, "procurement", "supplier_role_wish", raw);
        assert_eq!(role("不接受贸易商"), Reading::Known(Value::Choice("maker".to_owned())));
        assert_eq!(code(&role("随便")), Some(ProblemCode::BadChoice));
    }

    #[test]
    fn certificates_are_all_of_any_of() {
        let definition = Definition::compiled().expect("valid");
        let certificates = |raw| read(&definition, "procurement", "required_certificates", raw);
        let all = |all: &[&[&str]]| {
            Value::Certificates(all.iter().map(|any| any.iter().map(|c| (*c).to_owned()).collect()).collect())
        };
        assert_eq!(
            certificates("须通过IATF 16949、ISO9001:2015"),
            Reading::Known(all(&[&["IATF16949"], &["ISO9001"]]))
        );
        assert_eq!(certificates("AS9100D或GJB9001C"), Reading::Known(all(&[&["AS9100", "GJB9001C"]])));
        assert_eq!(code(&certificates("祖传秘方")), Some(ProblemCode::UnknownCertificate));
        for doubtful in
            ["未取得ISO9001", "ISO9001认证中", "IATF16949（有效期至2024-12-31）", "非专精特新", "ISO9001者优先"]
        {
            assert!(matches!(certificates(doubtful), Reading::Unclear(_)), "{doubtful}");
        }
        let held = Value::Certificates(vec![vec!["ISO14001".to_owned()]]);
        assert!(matches!(certificates("ISO14001、拟办ISO9001"), Reading::Noted(value, _) if value == held));
    }

    #[test]
    fn too_long_and_unprintable_texts_are_refused() {
        let definition = Definition::compiled().expect("valid");
        let title = |raw: &str| read(&definition, "procurement", "title", raw);
        assert_eq!(code(&title(&"长".repeat(LINE_CHARS_MAX + 1))), Some(ProblemCode::TooLong));
        assert_eq!(code(&title("a\u{7}b")), Some(ProblemCode::BadCharacter));
        assert_eq!(code(&title("\"钢板")), Some(ProblemCode::BadCharacter));
        assert_eq!((code(&title("\"旋翼\"总成")), code(&title("5\"管"))), (None, None));
        assert_eq!(
            code(&title("钢板\n乙二有限公司,铝板")),
            Some(ProblemCode::BadCharacter),
            "rows behind a lone quote"
        );
        assert_eq!(code(&title("高强度\n钢帘线")), None, "a wrapped title");
        assert_eq!(code(&title("待定")), None, "a title is text, whatever it says");
    }
}
