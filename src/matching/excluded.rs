//! What a demand forbids (`禁用西门子`, `不接受贸易商`, `P5级及以下不接受`), looked for in what a supply states of itself.

use std::cmp::Ordering;
use std::ops::Range;

use crate::definition::{ColumnType, Definition};
use crate::matching::compare::contains;
use crate::matching::designations::{grade_order, same_code};
use crate::matching::pair::{Pair, Side};
use crate::matching::specs::{is_likened, specs_in, states_word, word_places};
use crate::model::{Value, Verdict};
use crate::normal::{as_written, as_written_at};
use crate::text::{Exclusion, ExclusionKind, Requirements, Spec, read_requirements};

/// Roles of suppliers that do not make what they offer.
const TRADERS: &[&str] =
    &["贸易商", "代理商", "经销商", "中间商", "贸易公司", "贸易型", "贸易", "代理", "经销", "中介", "分销商"];
/// Words behind what is forbidden that say what sort of thing it is.
const ENDINGS: &[&str] = &[
    "投标",
    "报价",
    "参与",
    "参加",
    "供应商",
    "供货商",
    "供货",
    "企业",
    "厂家",
    "公司",
    "单位",
    "品牌",
    "系列",
    "产品",
    "设备",
    "型号",
    "材料",
    "材质",
    "等",
];
/// Words behind what is forbidden without which it is looked for.
const SORTS: &[&str] = &["机型", "方案", "系统", "方式", "的"];
/// Words behind a grade that reach down or up its scale.
const BELOW: &[&str] = &["及以下", "或以下", "(含)以下", "以下"];
const ABOVE: &[&str] = &["及以上", "或以上", "(含)以上", "以上"];
/// Words beside a grade that name nothing else.
const BESIDE_GRADES: &[&str] = &["级", "等级", "精度", "尺寸", "规格"];
/// What stands between several forbidden things.
const JOINERS: &[char] = &['、', '/', '或', '和', '及', '与', ','];
/// Origins, which running text names of much else than what is offered (`采用进口设备加工`).
const ORIGINS: &[&str] = &["进口", "国产", "原装", "合资", "外资"];
/// More forbidden things of one demand are not looked for.
const THINGS_MAX: usize = 50;

/// Rules on what the demand forbids in some columns; `None` if it forbids nothing, or nothing that the supply says
/// anything about.
pub(super) fn rule_on(pair: &Pair<'_>, demand: &[String], supply: &[String]) -> Option<(Verdict, String)> {
    // What is said of several things is said once.
    let mut said: Vec<(Verdict, Vec<String>, String)> = Vec::new();
    for (thing, written) in forbidden(pair, demand) {
        let ruling = if TRADERS.contains(&thing.as_str()) {
            Some(role(pair, supply))
        } else {
            let typed = Typed::read(&thing, pair.context.definition);
            typed.and_then(|typed| typed.rule_on(pair, supply)).or_else(|| look(pair, supply, &thing))
        };
        let Some((verdict, detail)) = ruling else { continue };
        match said.iter_mut().find(|(known, _, reason)| *known == verdict && *reason == detail) {
            Some((_, things, _)) => things.push(written),
            None => said.push((verdict, vec![written], detail)),
        }
    }
    let verdicts = [Verdict::Unmet, Verdict::Unknown, Verdict::Met];
    let verdict = verdicts.into_iter().find(|verdict| said.iter().any(|(known, _, _)| known == verdict))?;
    let of_verdict = said.iter().filter(|(known, _, _)| *known == verdict);
    let details: Vec<String> =
        of_verdict.map(|(_, things, reason)| format!("不接受{}；{reason}", things.join("、"))).collect();
    Some((verdict, details.join("；")))
}

/// Lists what is forbidden: normalised, and as written.
fn forbidden(pair: &Pair<'_>, columns: &[String]) -> Vec<(String, String)> {
    let mut things: Vec<(String, String)> = Vec::new();
    for column in columns {
        let Some(read) = pair.demand.requirements(column) else { continue };
        let raw = pair.demand.record.raw(column);
        for exclusion in read.exclusions.iter().filter(|one| one.kind == ExclusionKind::Forbidden) {
            for thing in things_in(read, exclusion) {
                if things.len() < THINGS_MAX && !things.iter().any(|(known, _)| known == thing) {
                    things.push((thing.to_owned(), as_written(raw, thing)));
                }
            }
        }
    }
    things
}

/// Splits what one exclusion names.
fn things_in<'t>(read: &'t Requirements, exclusion: &Exclusion) -> Vec<&'t str> {
    let scope = read.text.get(exclusion.scope.clone()).unwrap_or("");
    let bare = |thing: &'t str| {
        let mut thing = thing.trim();
        while let Some(shorter) = ENDINGS.iter().find_map(|ending| thing.strip_suffix(ending)) {
            thing = shorter.trim_end();
        }
        thing
    };
    split(scope).into_iter().map(bare).filter(|thing| thing.chars().nth(1).is_some()).collect()
}

/// Splits at what joins several things, but not `P5级及以下`.
fn split(scope: &str) -> Vec<&str> {
    let mut things = Vec::new();
    let mut start = 0;
    for (at, joiner) in scope.match_indices(JOINERS) {
        let reaches = [BELOW, ABOVE]
            .concat()
            .iter()
            .any(|word| word.starts_with(joiner) && scope.get(at..).is_some_and(|rest| rest.starts_with(word)));
        if !reaches {
            things.extend(scope.get(start..at));
            start = at + joiner.len();
        }
    }
    things.extend(scope.get(start..));
    things
}

/// A forbidden number, range, code or grade, with the words beside it that name what has it (`8英寸及以下硅片`).
struct Typed<'a> {
    definition: &'a Definition,
    read: Requirements,
    what: What,
    beside: Vec<String>,
}

/// What is forbidden of something that can be compared.
enum What {
    Spec(Spec),
    /// A code and how others of its scale stand to it that are forbidden with it.
    Code(Range<usize>, Option<Ordering>),
}

impl<'a> Typed<'a> {
    /// Reads a thing that holds one number, range or code.
    fn read(thing: &str, definition: &'a Definition) -> Option<Self> {
        let read = read_requirements(thing, definition);
        let specs: Vec<&Spec> = specs_in(&read).collect();
        let (what, before, after) = match (specs.as_slice(), read.codes.as_slice()) {
            ([spec], []) => {
                let (before, after) = (read.text.get(..spec.range.start)?, read.text.get(spec.range.end..)?);
                (What::Spec((*spec).clone()), before, after)
            }
            ([], [code]) => {
                let (before, after) = (read.text.get(..code.start)?, read.text.get(code.end..)?);
                let after = BESIDE_GRADES.iter().find_map(|word| after.strip_prefix(word)).unwrap_or(after);
                let cut = |words: &[&str]| words.iter().find_map(|word| after.strip_prefix(word));
                let (reach, after) = match (cut(BELOW), cut(ABOVE)) {
                    (Some(after), _) => (Some(Ordering::Less), after),
                    (_, Some(after)) => (Some(Ordering::Greater), after),
                    _ => (None, after),
                };
                (What::Code(code.clone(), reach), before, after)
            }
            _ => return None,
        };
        let is_word = |word: &&str| word.chars().nth(1).is_some() && !BESIDE_GRADES.contains(word);
        let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphanumeric() || c == '的').to_owned();
        let beside: Vec<String> =
            [bare(before), bare(after)].into_iter().filter(|word| is_word(&word.as_str())).collect();
        Some(Self { definition, read, what, beside })
    }

    /// Rules on what the supply states of the sort; `None` if it states nothing of it, or not what stands beside it.
    fn rule_on(&self, pair: &Pair<'_>, columns: &[String]) -> Option<(Verdict, String)> {
        let sides = || columns.iter().filter_map(|column| Some((column, pair.supply.requirements(column)?)));
        let is_beside = self.beside.iter().all(|word| sides().any(|(_, read)| states_word(read, word)));
        is_beside.then_some(())?;
        let mut stated: Vec<(bool, String)> = Vec::new();
        for (column, read) in sides() {
            let raw = pair.supply.record.raw(column);
            stated.extend(
                self.stated(read)
                    .into_iter()
                    .map(|(is_forbidden, range)| (is_forbidden, as_written_at(raw, &read.text, range))),
            );
        }
        // Who also offers another one can serve.
        let (is_forbidden, found) = stated.iter().find(|(is_forbidden, _)| !is_forbidden).or(stated.first())?;
        Some(match is_forbidden {
            true => (Verdict::Unmet, format!("供应方写有{found}")),
            false => (Verdict::Met, format!("供应方是{found}")),
        })
    }

    /// Lists what a text states of the sort, and whether it is forbidden.
    fn stated(&self, read: &Requirements) -> Vec<(bool, Range<usize>)> {
        match &self.what {
            What::Spec(spec) => {
                let is_same_sort = |offer: &&Spec| {
                    let is_same_size = spec.property.is_some() || spec.unit != "m" || spec.is_in_inches;
                    is_same_size
                        && offer.property == spec.property
                        && offer.unit == spec.unit
                        && offer.is_in_inches == spec.is_in_inches
                        && !read.denies(&offer.range)
                };
                let is_forbidden = |offer: &Spec| match (spec.amounts.as_slice(), offer.amounts.as_slice()) {
                    ([forbidden], [offer]) => contains(forbidden, offer),
                    (forbidden, offer) => forbidden == offer,
                };
                let offers = specs_in(read).filter(is_same_sort);
                offers.map(|offer| (is_forbidden(offer), offer.quantity.clone())).collect()
            }
            What::Code(code, reach) => {
                let forbidden = self.read.text.get(code.clone()).unwrap_or("");
                let mut found = Vec::new();
                for range in read.codes.iter().filter(|range| !read.denies(range)) {
                    let offer = read.text.get(range.clone()).unwrap_or("");
                    if is_likened(&read.text, range.start, range.end) {
                        continue;
                    }
                    match grade_order(self.definition, offer, forbidden) {
                        _ if same_code(offer, forbidden) => found.push((true, range.clone())),
                        Some(order) => found.push((Some(order) == *reach, range.clone())),
                        None => {}
                    }
                }
                found
            }
        }
    }
}

/// A trader is refused where traders are, and a maker is none.
fn role(pair: &Pair<'_>, columns: &[String]) -> (Verdict, String) {
    let role = columns.iter().find_map(|column| match pair.supply.record.value(column) {
        Some(Value::Choice(role)) => Some(role.as_str()),
        _ => None,
    });
    match role {
        Some("trader") => (Verdict::Unmet, "供应方是经销商".to_owned()),
        Some("maker") => (Verdict::Met, "供应方是生产商".to_owned()),
        _ => (Verdict::Unknown, "供应方未写是否生产商".to_owned()),
    }
}

/// Returns what is looked for of a forbidden thing: `浓缩蛋白(65-70%)` without what stands in brackets, `3+2定位机型`
/// without the sort.
fn sought(thing: &str) -> &str {
    let outside = thing.strip_suffix(')').and_then(|inside| thing.get(..inside.rfind('(')?)).unwrap_or("");
    let thing = if outside.is_empty() { thing } else { outside.trim_end() };
    let shorter = SORTS.iter().find_map(|word| thing.strip_suffix(word));
    shorter.filter(|shorter| shorter.chars().nth(1).is_some()).unwrap_or(thing)
}

/// Looks for a forbidden thing; that it is not found says nothing.
fn look(pair: &Pair<'_>, columns: &[String], thing: &str) -> Option<(Verdict, String)> {
    let thing = sought(thing);
    let mut is_mentioned = false;
    for column in columns {
        let Some(read) = pair.supply.requirements(column) else { continue };
        for start in word_places(&read.text, thing) {
            let end = start + thing.len();
            if read.denies(&(start..end)) {
                continue;
            }
            let is_beside = ORIGINS.contains(&thing) && is_running_text(pair, column);
            if !is_beside && !is_likened(&read.text, start, end) {
                let found = as_written(pair.supply.record.raw(column), thing);
                // A catalogue that spans several grades (`AH32-FH40`) may hold the one that is wanted too.
                if is_code(thing) && states_wish(pair, columns) {
                    return Some((Verdict::Unknown, format!("供应方写有{found}，也写有所需的，请人工核对")));
                }
                return Some((Verdict::Unmet, format!("供应方写有{found}")));
            }
            is_mentioned = true;
        }
    }
    is_mentioned.then(|| (Verdict::Unknown, "供应方提到，请人工核对".to_owned()))
}

fn is_code(thing: &str) -> bool {
    thing.contains(|c: char| c.is_ascii_digit())
}

/// Says whether the supply states a part number, grade or material that the demand asks for.
fn states_wish(pair: &Pair<'_>, columns: &[String]) -> bool {
    let codes_of = |side: &'_ Side<'_>, column: &str| -> Vec<String> {
        let Some(read) = side.requirements(column) else { return Vec::new() };
        read.codes.iter().filter_map(|range| read.text.get(range.clone()).map(str::to_owned)).collect()
    };
    let wanted: Vec<String> =
        pair.demand.record.fields.names().flat_map(|column| codes_of(pair.demand, column)).collect();
    columns.iter().flat_map(|column| codes_of(pair.supply, column)).any(|code| wanted.contains(&code))
}

fn is_running_text(pair: &Pair<'_>, column: &str) -> bool {
    let kind = pair.context.definition.kind(&pair.supply.record.kind);
    let declared = kind.and_then(|kind| kind.column(column));
    declared.is_some_and(|column| column.column_type == ColumnType::LongText)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::pair::tests::with_pair;

    fn ruled(demand: &str, supply: &[(&str, &str)]) -> Option<(Verdict, String)> {
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let (asked, stated) = (columns(&["technical"]), columns(&["brand", "title", "description", "supplier_role"]));
        with_pair(&[("technical", demand)], supply, |pair| rule_on(pair, &asked, &stated))
    }

    #[test]
    fn what_is_forbidden_is_looked_for() {
        let said = |verdict, detail: &str| Some((verdict, detail.to_owned()));
        let brand = |brand| [("brand", brand), ("title", "伺服电机")];
        for (demand, supply, expected) in [
            ("禁用西门子、三菱", brand("西门子"), said(Verdict::Unmet, "不接受西门子；供应方写有西门子")),
            ("禁用西门子、三菱品牌", brand("三菱"), said(Verdict::Unmet, "不接受三菱；供应方写有三菱")),
            ("伺服电机，功率不低于5kW，304不锈钢", brand("西门子"), None),
            ("无需西门子", brand("西门子"), None),
        ] {
            assert_eq!(ruled(demand, &supply), expected, "{demand} | {supply:?}");
        }
        let verdict = |demand, text| ruled(demand, &[("description", text)]).map(|(verdict, _)| verdict);
        assert_eq!(ruled("除进口品牌外均可", &brand("进口")).map(|ruling| ruling.0), Some(Verdict::Unmet));
        assert_eq!(verdict("除进口品牌外均可", "采用进口设备加工"), Some(Verdict::Unknown), "other things");
        assert_eq!(verdict("不接受201材质", "2016年投产"), None, "another number");
        assert_eq!(verdict("不接受201材质", "201不锈钢"), Some(Verdict::Unmet));
        assert_eq!(verdict("禁用西门子", "可替代西门子1FK7"), Some(Verdict::Unknown), "it is not one");
        assert_eq!(verdict("禁用西门子", "不使用西门子元件"), None);
        assert_eq!(verdict("不接受联合体投标", "伺服电机"), None, "nobody can say");
    }

    #[test]
    fn grades_sizes_and_ranges_may_be_forbidden() {
        let ruled = |demand, text| ruled(demand, &[("description", text)]);
        let said = |verdict, detail: &str| Some((verdict, detail.to_owned()));
        for (demand, supply, expected) in [
            ("P5级及以下不接受。", "P5级轴承", said(Verdict::Unmet, "不接受P5级及以下；供应方写有P5")),
            ("P5级及以下不接受。", "P6级轴承", said(Verdict::Unmet, "不接受P5级及以下；供应方写有P6")),
            ("P5级及以下不接受。", "P4级轴承", said(Verdict::Met, "不接受P5级及以下；供应方是P4")),
            ("P5级及以下不接受。", "P6、P5、P4级", said(Verdict::Met, "不接受P5级及以下；供应方是P4")),
            ("8英寸及以下尺寸不满足", "8英寸硅片", said(Verdict::Unmet, "不接受8英寸及以下尺寸；供应方写有8英寸")),
            ("8英寸及以下尺寸不满足", "6英寸硅片", said(Verdict::Unmet, "不接受8英寸及以下尺寸；供应方写有6英寸")),
            ("8英寸及以下尺寸不满足", "12英寸硅片", said(Verdict::Met, "不接受8英寸及以下尺寸；供应方是12英寸")),
            ("8英寸及以下硅片不接受", "8英寸硅片", said(Verdict::Unmet, "不接受8英寸及以下硅片；供应方写有8英寸")),
        ] {
            assert_eq!(ruled(demand, supply), expected, "{demand} | {supply}");
        }
        let verdict = |demand, text| ruled(demand, text).map(|(verdict, _)| verdict);
        assert_eq!(verdict("8英寸及以下屏幕不接受", "8英寸硅片"), None, "another thing");
        assert_eq!(verdict("P5级及以下不接受", "P4级，暂不能做P5级"), Some(Verdict::Met));
        assert_eq!(verdict("P5级及以下不接受", "轴承"), None);
        assert_eq!(verdict("化妆品级、食品级不可", "食品级"), Some(Verdict::Unmet));
        assert_eq!(verdict("厚度2mm以下不接受", "厚度1mm"), Some(Verdict::Unmet));
        assert_eq!(verdict("厚度2mm以下不接受", "厚度1-5mm"), Some(Verdict::Met));
        assert_eq!(verdict("3+2定位不予考虑", "支持3+2定位"), Some(Verdict::Unmet));
        assert_eq!(verdict("3+2定位机型不满足要求", "支持3+2定位"), Some(Verdict::Unmet));
        let both = said(Verdict::Unmet, "不接受化妆品级；供应方写有化妆品级；不接受食品级；供应方写有食品级");
        assert_eq!(ruled("化妆品级、食品级不可", "化妆品级，食品级"), both);
        assert_eq!(ruled("化妆品级、食品级不可", "注射级"), None);
        assert_eq!(verdict("贸易商不接受", "电机"), Some(Verdict::Unknown));
        assert_eq!(verdict("P5级，单价不限", "P5级"), None);
    }

    #[test]
    fn traders_are_told_by_their_role() {
        let verdict = |demand, role| ruled(demand, &[("supplier_role", role)]).map(|(verdict, _)| verdict);
        for demand in ["不接受贸易商", "非贸易商", "代理商勿扰", "不接受经销商投标", "不接受代理商或中间商"]
        {
            assert_eq!(verdict(demand, "trader"), Some(Verdict::Unmet), "{demand}");
            assert_eq!(verdict(demand, "maker"), Some(Verdict::Met), "{demand}");
            assert_eq!(ruled(demand, &[("title", "电机")]).map(|r| r.0), Some(Verdict::Unknown), "{demand}");
        }
    }
}
