//! What people read of the supply chains: tables in Chinese, which name a few and count the rest, and the rows of CSV,
//! which tell all by code.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::chain::{
    Area, Break, Candidate, FirmId, Groups, LinkId, LinkReport, LinkState, Market, Missing, Note, Problem, ProductId,
    Repair, Verdict,
};
use crate::cli::tables::table;
use crate::definition::Definition;
use crate::engine::{ChainBook, ChainGaps, ChainRow, ChainShown, Unplaced};

/// What does not fit together, and is shown; the rest is in JSON.
const PROBLEMS_SHOWN: usize = 20;
/// Names that stand nowhere, and are shown.
const UNPLACED_SHOWN: usize = 50;
/// Names shown in one cell.
const NAMES_SHOWN: usize = 4;
/// Where the names are that one cell leaves out.
const ALL_SHOWN: &str = "\n写着“等 n 个”的，全部名称见 --format json\n";

/// The header of chains as CSV.
pub(super) const LIST_HEADER: [&str; 10] =
    ["code", "title", "level", "region", "key", "draft", "listed", "links", "products", "leaders"];
/// The header of a chain's links as CSV.
pub(super) const SHOW_HEADER: [&str; 10] = [
    "code",
    "title",
    "required",
    "state",
    "suppliers_local",
    "suppliers_unknown",
    "suppliers_all",
    "products",
    "suppliers",
    "reasons",
];
/// The header of what chains lack as CSV.
pub(super) const GAP_HEADER: [&str; 10] = [
    "chain",
    "code",
    "title",
    "required",
    "state",
    "suppliers_local",
    "suppliers_all",
    "reasons",
    "candidates",
    "outside",
];
/// The header of names that stand nowhere on the graph as CSV.
pub(super) const UNPLACED_HEADER: [&str; 4] = ["name", "records", "example", "nearest"];

/// Gives names that stand nowhere on the graph as rows.
pub(super) fn unplaced_rows(names: &[Unplaced]) -> Vec<Vec<String>> {
    let row = |one: &Unplaced| {
        vec![one.name.clone(), one.n_records.to_string(), one.example.to_string(), one.nearest.join("、")]
    };
    names.iter().map(row).collect()
}

/// Shows names that stand nowhere on the graph.
pub(super) fn unplaced(names: &[Unplaced]) -> String {
    if names.is_empty() {
        return "供应目录和主要产品都归到了图谱的产品上".to_owned();
    }
    let rows = unplaced_rows(names).into_iter().take(UNPLACED_SHOWN).collect();
    let mut text = format!("没有归到图谱产品上的名称 {} 个；可在“产品”表里补同义名、下位名，或新增产品\n", names.len());
    text.push_str(&table(&["名称", "信息条数", "其中一条", "可能是"], rows));
    if names.len() > UNPLACED_SHOWN {
        text.push_str(&format!("\n……另有 {} 个，用 --format csv 查看全部", names.len() - UNPLACED_SHOWN));
    }
    text.push('\n');
    text
}

/// Gives chains as rows of CSV.
pub(super) fn list_rows(rows: &[ChainRow]) -> Vec<Vec<String>> {
    let row = |row: &ChainRow| {
        vec![
            row.code.clone(),
            row.title.clone(),
            row.level.clone().unwrap_or_default(),
            row.region.clone().unwrap_or_default(),
            row.is_key.to_string(),
            row.is_draft.to_string(),
            row.is_listed.to_string(),
            row.n_links.to_string(),
            row.n_products.to_string(),
            leaders(row),
        ]
    };
    rows.iter().map(row).collect()
}

fn leaders(row: &ChainRow) -> String {
    row.leaders.iter().map(|(_, name)| name.as_str()).collect::<Vec<&str>>().join("、")
}

/// Shows the chains, and what does not fit together.
pub(super) fn list(rows: &[ChainRow], problems: &[Problem], definition: &Definition, as_of: Date) -> String {
    let place = |row: &ChainRow| row.region.as_deref().map(|code| definition.regions.name(code).to_owned());
    let cells = |row: &ChainRow| {
        let kind = match (row.is_key, row.is_listed) {
            (_, false) => "不在名单",
            (true, true) => "重点",
            (false, true) => "",
        };
        let source = match (&row.source, row.is_draft) {
            (Some(_), true) => "自拟骨架",
            (Some(_), false) => "自拟",
            (None, _) => "导入",
        };
        vec![
            row.code.clone(),
            row.title.clone(),
            place(row).unwrap_or_default(),
            kind.to_owned(),
            row.n_links.to_string(),
            row.n_products.to_string(),
            leaders(row),
            source.to_owned(),
        ]
    };
    let header = ["编码", "产业链", "地区", "名单", "环节", "产品", "链主", "来源"];
    let mut text = format!("截至 {as_of}，产业链 {} 条\n", rows.len());
    text.push_str(&table(&header, rows.iter().map(cells).collect()));
    text.push('\n');
    if rows.iter().any(|row| row.source.is_some()) {
        text.push_str("“自拟”的由本程序附带，不是官方名单；导入同名的产业链即以导入的为准\n");
    }
    text.push_str(&problem_text(problems));
    text
}

/// Tells what does not fit together.
fn problem_text(problems: &[Problem]) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let mut text = format!("\n图谱中对不上的 {} 处（已略去，不影响其余）：\n", problems.len());
    for problem in problems.iter().take(PROBLEMS_SHOWN) {
        let names = some(problem.names.iter().map(String::as_str));
        text.push_str(&format!(
            "· {}：{names}\n    {}（{}）\n",
            problem.place,
            problem.kind.words(),
            problem.kind.code()
        ));
    }
    if problems.len() > PROBLEMS_SHOWN {
        text.push_str(&format!("  ……另有 {} 处，用 --format json 查看全部\n", problems.len() - PROBLEMS_SHOWN));
    }
    text
}

/// Names a few, and counts the rest.
pub(super) fn some<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = names.collect();
    let shown = all.iter().take(NAMES_SHOWN).copied().collect::<Vec<&str>>().join("、");
    if all.len() > NAMES_SHOWN { format!("{shown} 等 {} 个", all.len()) } else { shown }
}

/// Names a few products, and counts the rest.
pub(super) fn titles(market: &Market, ids: &[ProductId]) -> String {
    some(ids.iter().map(|id| market.graph().title(*id)))
}

/// Names a few firms, and counts the rest.
pub(super) fn firms(market: &Market, ids: impl Iterator<Item = FirmId>) -> String {
    let names: Vec<&str> = ids.map(|id| market.firm(id).firm.name.as_str()).collect();
    some(names.into_iter())
}

fn all_firms(market: &Market, ids: &[FirmId]) -> String {
    ids.iter().map(|id| market.firm(*id).firm.name.as_str()).collect::<Vec<&str>>().join("、")
}

/// Returns the title of a link.
pub(super) fn link_title(market: &Market, id: LinkId) -> &str {
    &market.link(id).link.title
}

fn reasons(report: &LinkReport) -> String {
    report.reasons.iter().map(|note: &Note| note.words.as_str()).collect::<Vec<&str>>().join("；")
}

/// A sign before the state tells it apart in print.
fn state(report: &LinkReport) -> String {
    let sign = match report.state {
        LinkState::Covered => "√",
        LinkState::Weak => "△",
        LinkState::AtRisk => "！",
        LinkState::Missing | LinkState::MissingEverywhere => "×",
        LinkState::Unknown => "？",
    };
    format!("{sign} {}", report.state.label())
}

fn count(groups: Groups) -> String {
    let unknown = if groups.unknown > 0 { format!("，另 {} 家不明", groups.unknown) } else { String::new() };
    format!("{}{unknown}", groups.local)
}

/// Gives a chain's links as rows of CSV.
pub(super) fn show_rows(book: &ChainBook<'_>, shown: &ChainShown) -> Vec<Vec<String>> {
    let market = &book.market;
    let row = |(report, suppliers): &(LinkReport, Vec<crate::chain::Supplier>)| {
        let node = market.link(report.link);
        let products: Vec<&str> = node.products.iter().map(|id| market.graph().title(*id)).collect();
        let suppliers: Vec<&str> = suppliers.iter().map(|one| market.firm(one.firm).firm.name.as_str()).collect();
        vec![
            node.link.code.clone(),
            node.link.title.clone(),
            report.is_required.to_string(),
            report.state.name().to_owned(),
            report.groups.local.to_string(),
            report.groups.unknown.to_string(),
            report.groups.all.to_string(),
            products.join("、"),
            suppliers.join("、"),
            reasons(report),
        ]
    };
    shown.links.iter().map(row).collect()
}

/// Shows a chain with its links.
pub(super) fn show(book: &ChainBook<'_>, row: &ChainRow, shown: &ChainShown) -> String {
    let market = &book.market;
    let mut text = format!("{}（{}）\n", row.title, row.code);
    if let Some(source) = &row.source {
        text.push_str(&format!("来源：{source}\n"));
    }
    if row.is_draft {
        text.push_str("这条链只有骨架：没有供应商的环节算情况不明，不算缺链\n");
    }
    if !row.leaders.is_empty() {
        text.push_str(&format!("链主：{}\n", leaders(row)));
    }
    text.push_str(&format!("截至 {}，本地 = {}；供应商按控制人计\n", book.as_of, shown.area.label));
    let cells = |(report, suppliers): &(LinkReport, Vec<crate::chain::Supplier>)| {
        let node = market.link(report.link);
        let local = suppliers.iter().filter(|one| one.verdict() == Verdict::Yes).map(|one| one.firm);
        let single = if ChainShown::is_single(report) { "（单点）" } else { "" };
        let optional = if report.is_required { "" } else { "（可无）" };
        vec![
            format!("{}{optional}", node.link.title),
            format!("{}{single}", state(report)),
            count(report.groups),
            report.groups.all.to_string(),
            firms(market, local),
            titles(market, &node.products),
            reasons(report),
        ]
    };
    let header = ["环节", "状态", "本地", "全部", "本地供应商", "产品", "原因"];
    text.push_str(&table(&header, shown.links.iter().map(cells).collect()));
    text.push('\n');
    text
}

fn candidate_words(market: &Market, one: &Candidate) -> String {
    let name = &market.firm(one.firm).firm.name;
    let makes = market.graph().title(one.makes);
    let why = match one.kin {
        Some(kin) => format!("同属{}", market.graph().title(kin)),
        None => format!("共用{}", titles(market, &one.shared_inputs)),
    };
    let lacking = if one.lacking.is_empty() { String::new() } else { format!("，缺{}", one.lacking.join("、")) };
    format!("{name}（现做{makes}，{why}{lacking}）")
}

/// Gives what chains lack as rows of CSV.
pub(super) fn gap_rows(book: &ChainBook<'_>, gaps: &[ChainGaps]) -> Vec<Vec<String>> {
    let market = &book.market;
    let row = |gaps: &ChainGaps, report: &LinkReport| {
        let (node, repair) = (market.link(report.link), repair_of(gaps, report));
        let candidates: Vec<String> = repair
            .map(|repair| repair.candidates.iter().map(|one| candidate_words(market, one)).collect())
            .unwrap_or_default();
        vec![
            market.chain(gaps.chain).chain.code.clone(),
            node.link.code.clone(),
            node.link.title.clone(),
            report.is_required.to_string(),
            report.state.name().to_owned(),
            report.groups.local.to_string(),
            report.groups.all.to_string(),
            reasons(report),
            candidates.join("；"),
            repair.map(|repair| all_firms(market, &repair.outside)).unwrap_or_default(),
        ]
    };
    gaps.iter().flat_map(|gaps| gaps.reports.iter().map(move |report| row(gaps, report))).collect()
}

fn repair_of<'g>(gaps: &'g ChainGaps, report: &LinkReport) -> Option<&'g Repair> {
    gaps.repairs.iter().find(|repair| repair.link == report.link)
}

/// Shows what chains lack; chains of which nothing is known are named only.
pub(super) fn gaps(book: &ChainBook<'_>, area: &Area, all: &[ChainGaps]) -> String {
    let mut text =
        format!("截至 {}，本地 = {}；没有摸底、也没有供应商的环节是情况不明，不算缺链\n", book.as_of, area.label);
    let is_blank = |gaps: &&ChainGaps| gaps.reports.iter().all(|report| report.state == LinkState::Unknown);
    let (blank, told): (Vec<&ChainGaps>, Vec<&ChainGaps>) = all.iter().partition(is_blank);
    for gaps in told {
        text.push_str(&gaps_of(book, gaps));
    }
    if !blank.is_empty() {
        let names = blank.iter().map(|gaps| book.market.chain(gaps.chain).chain.title.as_str());
        text.push_str(&format!("\n情况全部不明的产业链：{}\n", names.collect::<Vec<&str>>().join("、")));
    }
    with_hint(text)
}

/// Says where all names are, if some are left out.
pub(super) fn with_hint(text: String) -> String {
    if text.contains(" 等 ") { text + ALL_SHOWN } else { text }
}

/// Shows the gap that has most candidates, if any has; a missing link before a weak one.
pub(super) fn one_gap(book: &ChainBook<'_>, all: &[ChainGaps]) -> Option<String> {
    let market = &book.market;
    let open = all
        .iter()
        .flat_map(|gaps| gaps.reports.iter().filter_map(move |report| Some((report, repair_of(gaps, report)?))));
    let with_some = open.filter(|(_, repair)| !repair.candidates.is_empty());
    let (report, repair) =
        with_some.min_by_key(|(report, repair)| (Reverse(report.state), Reverse(repair.candidates.len())))?;
    let node = market.link(report.link);
    let chain = &market.chain(node.chain).chain.title;
    let mut text = format!("{chain}的“{}”：{}，{}\n", node.link.title, state(report), reasons(report));
    for one in &repair.candidates {
        text.push_str(&format!("  可转产补链：{}\n", candidate_words(market, one)));
    }
    if !repair.outside.is_empty() {
        text.push_str(&format!("  外地供应商：{}\n", firms(market, repair.outside.iter().copied())));
    }
    Some(text)
}

fn gaps_of(book: &ChainBook<'_>, gaps: &ChainGaps) -> String {
    let market = &book.market;
    let chain = &market.chain(gaps.chain).chain;
    let of_state = |state: LinkState| gaps.reports.iter().filter(move |report| report.state == state);
    let all = [
        LinkState::MissingEverywhere,
        LinkState::Missing,
        LinkState::Weak,
        LinkState::AtRisk,
        LinkState::Covered,
        LinkState::Unknown,
    ];
    let counts = all.into_iter().map(|state| (state.label(), of_state(state).count())).filter(|(_, n)| *n > 0);
    let counts: Vec<String> = counts.map(|(label, n)| format!("{label} {n}")).collect();
    let mut text = format!("\n{}（{}）：{}\n", chain.title, chain.code, counts.join("，"));
    // The table has what points somewhere; that all are in one city is told in a line.
    let open = gaps.reports.iter().filter(|report| repair_of(gaps, report).is_some());
    let (single, mut open): (Vec<&LinkReport>, Vec<&LinkReport>) = open.partition(|one| one.is_only_of_one_city());
    open.sort_by_key(|report| (Reverse(report.state), report.link));
    if !open.is_empty() {
        let header = ["环节", "状态", "本地", "全部", "原因", "可转产补链的本地企业", "外地供应商"];
        text.push_str(&table(&header, open.into_iter().map(|report| gap_cells(market, gaps, report)).collect()));
        text.push('\n');
    } else if single.is_empty() {
        text.push_str("  没有发现缺链、弱链或断链风险\n");
    }
    let titles_of =
        |state| of_state(state).map(|report| link_title(market, report.link)).collect::<Vec<&str>>().join("、");
    let single: Vec<String> = single
        .into_iter()
        .map(|report| format!("{}（{}）", link_title(market, report.link), reasons(report)))
        .collect();
    for (label, names) in [
        ("只因供应商都在一个市而有断链风险", single.join("、")),
        ("已覆盖", titles_of(LinkState::Covered)),
        ("情况不明", titles_of(LinkState::Unknown)),
    ] {
        if !names.is_empty() {
            text.push_str(&format!("  {label}：{names}\n"));
        }
    }
    text.push_str(&missing_words(market, &gaps.missing));
    gaps.breaks.iter().for_each(|one| text.push_str(&break_words(market, one)));
    for one in &gaps.extensions {
        let (product, beside) = (market.graph().title(one.product), market.graph().title(one.beside));
        let side = if one.is_downstream { "下游" } else { "上游" };
        let makers = firms(market, one.firms.iter().copied());
        text.push_str(&format!("  可延链：{beside}的{side}{product}，{makers}能做\n"));
    }
    text
}

fn gap_cells(market: &Market, gaps: &ChainGaps, report: &LinkReport) -> Vec<String> {
    let repair = repair_of(gaps, report);
    let candidates: Vec<String> = repair
        .map(|repair| repair.candidates.iter().take(NAMES_SHOWN).map(|one| candidate_words(market, one)).collect())
        .unwrap_or_default();
    vec![
        link_title(market, report.link).to_owned(),
        state(report),
        count(report.groups),
        report.groups.all.to_string(),
        reasons(report),
        candidates.join("；"),
        repair.map(|repair| firms(market, repair.outside.iter().copied())).unwrap_or_default(),
    ]
}

/// Tells what is lacking to make the final products of what is made in the area, once for all that lack the same; what is
/// made today of bought inputs is no gap, and is told apart.
fn missing_words(market: &Market, all: &[Missing]) -> String {
    let mut by_sets: BTreeMap<(bool, String), Vec<&str>> = BTreeMap::new();
    for missing in all {
        let sets = missing.sets.iter().filter(|set| !set.is_empty());
        let sets: Vec<String> = sets.map(|set| titles(market, set)).collect();
        if !sets.is_empty() {
            let more = if missing.is_complete { "" } else { "（还有别的组合）" };
            let lacks = format!("{}{more}", sets.join(" 或 "));
            by_sets.entry((missing.is_made, lacks)).or_default().push(market.graph().title(missing.product));
        }
    }
    let line = |((is_made, lacks), products): ((bool, String), Vec<&str>)| match is_made {
        true => format!("  {}本地今天能做；要连上游都在本地做，还缺 {lacks}\n", products.join("、")),
        false => format!("  要在本地做成{}，至少还缺 {lacks}\n", products.join("、")),
    };
    by_sets.into_iter().map(line).collect()
}

fn break_words(market: &Market, one: &Break) -> String {
    let buyer = &market.firm(one.buyer).firm.name;
    let leader = if one.is_leader { "链主" } else { "" };
    let day = one.last_day.map(|day| format!("，最后一次 {day}")).unwrap_or_default();
    let suppliers = firms(market, one.suppliers.iter().copied());
    format!("  断链：{leader}{buyer}的“{}”，原由{suppliers}供应{day}\n", link_title(market, one.link))
}
