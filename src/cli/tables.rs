//! What people read: texts and tables in Chinese, and the rows of CSV. Meaning never rests on colour.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};
use jiff::civil::Date;

use crate::definition::{Definition, Role};
use crate::engine::{ImportOptions, LaneSummary, SearchResult};
use crate::matching::SEEN_WITHIN;
use crate::model::{
    FileReport, Fit, Match, MatchList, Nearest, PartyId, Problem, RecordId, Severity, State, Verdict, VerifyReport,
};
use crate::wire::Hundredths;

/// Problems shown for one file; the rest is in the workbook, JSON or CSV.
const PROBLEMS_SHOWN: usize = 20;
/// The width of tables where the terminal's is not known.
const WIDTH: u16 = 120;

/// The header of problems as CSV.
pub(super) const PROBLEM_HEADER: [&str; 8] =
    ["file", "sheet", "row", "column", "value", "code", "message", "suggestion"];
/// The header of found records as CSV.
pub(super) const FOUND_HEADER: [&str; 7] = ["rank", "id", "kind", "party_id", "party", "title", "state"];
/// The header of matches as CSV.
pub(super) const MATCH_HEADER: [&str; 11] =
    ["rank", "score", "mutual", "rank_back", "fit", "served", "id", "party_id", "party", "title", "reasons"];
/// The header of what matching whole lanes gave as CSV.
pub(super) const SUMMARY_HEADER: [&str; 6] = ["lane", "label", "demands", "matched", "supplies", "unseen"];
/// The header of misfits as CSV.
pub(super) const MISFIT_HEADER: [&str; 4] = ["id", "column", "value", "message"];

/// Lays rows out for people.
pub(super) fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(header.to_vec());
    table.add_rows(rows);
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<&str>>().join("\n")
}

/// Lists the kinds.
pub(super) fn kinds(definition: &Definition) -> String {
    let role = |role| match role {
        Role::Party => "主体",
        Role::Fact => "主体的事实",
        Role::Demand => "需求",
        Role::Supply => "供应",
        Role::Chain => "产业链",
        Role::Between => "对接",
    };
    let order = [Role::Party, Role::Demand, Role::Supply, Role::Fact, Role::Chain, Role::Between];
    let mut rows = Vec::new();
    for wanted in order {
        let of_role = definition.kinds.values().filter(|kind| kind.role == wanted);
        rows.extend(of_role.map(|kind| vec![kind.label.clone(), kind.name.clone(), role(kind.role).to_owned()]));
    }
    table(&["类别", "英文名", "性质"], rows)
}

/// Says what became of one file, in one line.
pub(super) fn progress(report: &FileReport, options: &ImportOptions) -> String {
    let what = if report.saved {
        "已保存"
    } else if options.dry_run {
        "只检查，未写入"
    } else if options.strict && report.rejected > 0 {
        "有出错的行，整个文件未导入"
    } else {
        "没有写入"
    };
    let assigned = report.assigned.len();
    let assigned =
        if assigned > 0 { format!("，其中 {assigned} 条没有编号，已代为编号") } else { String::new() };
    let withdrawn = if report.withdrawn > 0 { format!("，撤回 {}", report.withdrawn) } else { String::new() };
    format!(
        "{}{}：新增 {}，更新 {}，未变 {}，出错 {}{withdrawn}{assigned}（{what}）",
        report.file,
        if report.kind_label.is_empty() { String::new() } else { format!(" [{}]", report.kind_label) },
        report.accepted,
        report.changed,
        report.unchanged,
        report.rejected,
    )
}

/// Shows what an import did.
pub(super) fn imports(reports: &[FileReport], has_workbook: bool) -> String {
    let rows = reports.iter().map(|report| {
        let numbers =
            [report.rows, report.accepted, report.changed, report.unchanged, report.rejected, report.withdrawn];
        let kind = if report.kind_label.is_empty() { "（认不出）".to_owned() } else { report.kind_label.clone() };
        [report.file.clone(), kind].into_iter().chain(numbers.map(|n| n.to_string())).collect()
    });
    let mut text = table(&["文件", "类别", "行数", "新增", "更新", "未变", "出错", "撤回"], rows.collect());
    let mut all: Vec<(&FileReport, &Problem)> =
        reports.iter().flat_map(|report| report.problems.iter().map(move |problem| (report, problem))).collect();
    if all.is_empty() {
        return text;
    }
    // What keeps a row out comes first; the sort is stable, so each part stays in the order of the tables.
    all.sort_by_key(|(_, problem)| Reverse(problem.code.severity()));
    let rejected: usize = reports.iter().map(|report| report.rejected).sum();
    text.push_str(&format!("\n\n需要查看的 {} 处（× 未导入，· 已导入或不是数据）：\n", all.len()));
    let n_files = reports.iter().map(|report| &report.file).collect::<BTreeSet<_>>().len();
    for (report, problem) in all.iter().take(PROBLEMS_SHOWN) {
        let file = if n_files > 1 { report.file.as_str() } else { "" };
        text.push_str(&problem_text(file, problem));
    }
    if all.len() > PROBLEMS_SHOWN {
        text.push_str(&format!("  ……另有 {} 处，用 --format csv 查看全部\n", all.len() - PROBLEMS_SHOWN));
    }
    if rejected > 0 && !has_workbook {
        text.push_str("加上 --problems 改正.xlsx 可把出错的行写成工作簿，改好后直接再导入\n");
    }
    text
}

/// Says what is wrong at one place, in two lines.
fn problem_text(file: &str, problem: &Problem) -> String {
    let mark = if problem.code.severity() == Severity::Error { '×' } else { '·' };
    let row = if problem.row > 0 { format!("第 {} 行", problem.row) } else { String::new() };
    let column = if problem.column.is_empty() { String::new() } else { format!("“{}”列", problem.column) };
    let value = if problem.value.is_empty() { String::new() } else { format!("：{}", short(&problem.value)) };
    let places = [file, &problem.sheet, &row, &column];
    let place = places.into_iter().filter(|part| !part.is_empty()).collect::<Vec<&str>>().join(" ");
    let suggestion = if problem.suggestion.is_empty() { String::new() } else { format!("；{}", problem.suggestion) };
    format!("{mark} {place}{value}\n    {}（{}）{suggestion}\n", problem.message, problem.code.code())
}

/// Cuts a long cell for display.
fn short(text: &str) -> String {
    const SHOWN_CHARS: usize = 30;
    // A cell may hold what would move a terminal's cursor.
    let line = text.replace(char::is_control, " ");
    if line.chars().count() <= SHOWN_CHARS {
        return line;
    }
    line.chars().take(SHOWN_CHARS).chain(['…']).collect()
}

/// Gives problems as rows of CSV.
pub(super) fn problem_rows(reports: &[FileReport]) -> Vec<Vec<String>> {
    let row = |report: &FileReport, problem: &Problem| {
        vec![
            report.file.clone(),
            problem.sheet.clone(),
            problem.row.to_string(),
            problem.column.clone(),
            problem.value.clone(),
            problem.code.code().to_owned(),
            problem.message.clone(),
            problem.suggestion.clone(),
        ]
    };
    reports.iter().flat_map(|report| report.problems.iter().map(move |problem| row(report, problem))).collect()
}

fn party_cells(party: Option<&(PartyId, String)>) -> [String; 2] {
    party.map_or_else(Default::default, |(id, name)| [id.to_string(), name.clone()])
}

/// Shows found records.
pub(super) fn search(result: &SearchResult) -> String {
    if result.found.is_empty() {
        return "没有找到".to_owned();
    }
    let mut text = String::new();
    if result.relaxed {
        text.push_str("没有同时含全部文字的信息，以下只含其中一部分：\n");
    }
    for found in &result.found {
        let party = party_cells(found.party.as_ref());
        let state = format!("{} {}", found.kind_label, found.state.label());
        text.push_str(&format!("{:>3}. {}  [{state}]\n", found.rank, found.title));
        let marked = |(piece, mark): &(String, bool)| if *mark { format!("【{piece}】") } else { piece.clone() };
        let snippet: String = found.snippet.iter().map(marked).collect();
        if party[1] != found.title {
            text.push_str(&format!("     {}（{}）\n", party[1], party[0]));
        }
        text.push_str(&format!("     {}\n     标识 {}\n", snippet.trim(), found.id));
    }
    text
}

/// Gives found records as rows of CSV.
pub(super) fn found_rows(result: &SearchResult) -> Vec<Vec<String>> {
    let rows = result.found.iter().map(|found| {
        let [party_id, party] = party_cells(found.party.as_ref());
        let (id, kind) = (found.id.to_string(), found.kind.clone());
        vec![found.rank.to_string(), id, kind, party_id, party, found.title.clone(), found.state.name().to_owned()]
    });
    rows.collect()
}

/// Shows a ranked list, the first `n_explained` of it with every reason.
pub(super) fn matches(list: &MatchList, as_of: Date, n_explained: usize) -> String {
    let subject = &list.subject;
    let id = subject.id.as_ref().map(|id| format!("（{id}）")).unwrap_or_default();
    let mut text = format!("{}：{}{id}\n", list.lane_label, subject.title);
    if let Some((_, name)) = &subject.party {
        text.push_str(&format!("单位：{name}\n"));
    }
    if subject.state != State::Open {
        let state = subject.state.label();
        text.push_str(&format!("截至 {as_of}，这条信息{state}，不参加匹配\n"));
        return text;
    }
    let shown = list.matches.len();
    let cut = if shown < list.total { format!("，显示前 {shown} 条") } else { String::new() };
    text.push_str(&format!("截至 {as_of}，共 {} 条匹配{cut}\n", list.total));
    for found in &list.matches {
        let what = if found.rank <= n_explained { explained(found) } else { headline(found) };
        let blank = if found.rank <= n_explained + 1 { "\n" } else { "" };
        text.push_str(&format!("{blank}第 {} 名  {what}", found.rank));
    }
    if !list.refused.is_empty() {
        text.push_str("\n因硬性条件不符合而未列入：\n");
        for refusal in &list.refused {
            let example = if refusal.count > 1 { "，如" } else { "，" };
            text.push_str(&format!("  {} {} 条{example}{}\n", refusal.label, refusal.count, refusal.example));
        }
    }
    if let Some(nearest) = &list.nearest {
        text.push_str(&nearest_text(nearest));
    } else if list.matches.is_empty() {
        text.push_str("\n没有任何供需信息与之有共同的词。\n");
    }
    text
}

fn headline(found: &Match) -> String {
    let fit = match found.fit {
        Fit::Good => "较好",
        Fit::Weak => "一般",
    };
    let party = found.party.as_ref().map_or("", |(_, name)| name.as_str());
    // Weak matches of served parties come before weak ones of others, and good ones likewise.
    let served = if found.served { "" } else { "（无有效的专精特新称号，排在后面）" };
    format!("{} 分（{fit}）  {}  {party}{served}\n", Hundredths(found.score.0), found.title)
}

fn explained(found: &Match) -> String {
    let mut text = headline(found);
    let back = match found.rank_back {
        Some(1) if found.rank == 1 => "，互为首选".to_owned(),
        Some(rank) => format!("，在对方的名单中排第 {rank}"),
        None => String::new(),
    };
    text.push_str(&format!("  标识  {}  双向分 {}{back}\n", found.id, Hundredths(found.mutual.0)));
    for part in found.contributions.iter().filter(|part| part.weight > 0) {
        let mark = if part.value.is_some() { "" } else { "未知，按约定值计；" };
        let points = Hundredths(part.points).to_string();
        text.push_str(&format!(
            "  {}  {points:>5} / {:<5}  {mark}{}\n",
            padded(&part.label, 10),
            Hundredths(part.weight).to_string(),
            part.reason
        ));
    }
    for rule in &found.rules {
        let mark = match rule.verdict {
            Verdict::Met => "√",
            Verdict::Unmet => "×",
            Verdict::Unknown => "？",
        };
        let verdict = format!("{mark} {}", rule.verdict.label());
        text.push_str(&format!("  {}  {}  {}\n", padded(&verdict, 8), padded(&rule.label, 16), rule.detail));
    }
    text
}

fn nearest_text(nearest: &Nearest) -> String {
    format!(
        "\n没有可以列出的匹配。最接近的一条：\n\n{}  未列入的原因  {}\n",
        explained(&nearest.candidate),
        nearest.why
    )
}

/// Fills a text up to a width; Chinese characters are two wide.
fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(unicode_width::UnicodeWidthStr::width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// Gives matches as rows of CSV.
pub(super) fn match_rows(list: &MatchList) -> Vec<Vec<String>> {
    let rows = list.matches.iter().map(|found| {
        let [party_id, party] = party_cells(found.party.as_ref());
        let reasons = found.contributions.iter().filter(|c| c.weight > 0);
        let reasons: Vec<String> = reasons.map(|c| format!("{}：{}", c.label, c.reason)).collect();
        vec![
            found.rank.to_string(),
            Hundredths(found.score.0).to_string(),
            Hundredths(found.mutual.0).to_string(),
            found.rank_back.map(|rank| rank.to_string()).unwrap_or_default(),
            if found.fit == Fit::Good { "good" } else { "weak" }.to_owned(),
            found.served.to_string(),
            found.id.to_string(),
            party_id,
            party,
            found.title.clone(),
            reasons.join("；"),
        ]
    });
    rows.collect()
}

/// Shows what matching whole lanes gave.
pub(super) fn summary(summaries: &[LaneSummary]) -> String {
    let rows = summaries.iter().map(|summary| {
        let share = |part: usize| match summary.n_supplies {
            0 => "—".to_owned(),
            all => format!("{part}（{}%）", part * 100 / all),
        };
        vec![
            summary.label.clone(),
            summary.n_demands.to_string(),
            summary.n_matched.to_string(),
            summary.n_supplies.to_string(),
            share(summary.n_unseen),
        ]
    });
    let unseen = format!("不在任何需求前 {SEEN_WITHIN} 名的供给");
    table(&["对接通道", "有效需求", "有匹配的需求", "有效供给", &unseen], rows.collect())
}

/// Gives what matching whole lanes gave as rows of CSV.
pub(super) fn summary_rows(summaries: &[LaneSummary]) -> Vec<Vec<String>> {
    let rows = summaries.iter().map(|summary| {
        let numbers = [summary.n_demands, summary.n_matched, summary.n_supplies, summary.n_unseen];
        let names = [summary.lane.clone(), summary.label.clone()];
        names.into_iter().chain(numbers.map(|number| number.to_string())).collect()
    });
    rows.collect()
}

/// Shows what a check of the data directory counted.
pub(super) fn verify(report: &VerifyReport) -> String {
    let seal = if report.is_sealed { "与封条一致" } else { "正在写入，没有封条" };
    let mut text = format!(
        "完好：日志 {} 行、联系方式 {} 条、议程 {} 份，页面和校验和全部相符，文件{seal}；主体 {} 个，有效信息 {} 条；\
         全文索引 {} 条，与重建的一致",
        report.entries, report.contacts, report.agendas, report.parties, report.records, report.documents
    );
    if !report.misfits.is_empty() {
        text.push_str(&format!("\n\n以下 {} 个单元格不符合现在的声明，原文仍在：\n", report.misfits.len()));
        text.push_str(&table(&["标识", "列", "内容", "问题"], misfit_rows(report)));
    }
    text
}

/// Gives misfits as rows.
pub(super) fn misfit_rows(report: &VerifyReport) -> Vec<Vec<String>> {
    let row = |(id, column, raw, message): &(RecordId, String, String, String)| {
        vec![id.to_string(), column.clone(), raw.clone(), message.clone()]
    };
    report.misfits.iter().map(row).collect()
}

/// Shows what the declaration holds.
pub(super) fn definition(definition: &Definition) -> String {
    let lanes: Vec<&str> = definition.lanes_in_order().into_iter().map(|lane| lane.label.as_str()).collect();
    let n_columns: usize = definition.kinds.values().map(|kind| kind.columns.len()).sum();
    let [chains, drafts, links, products, inputs] = definition.chains.counts();
    let notices: String = definition.chains.notices.iter().map(|notice| format!("提示：{notice}\n")).collect();
    format!(
        "{}：完好，指纹 {}\n类别 {} 个（{} 列），对接通道 {} 条（{}），地区 {} 个，行业 {} 个，资质 {} 个\n\
         产业链 {chains} 条（其中骨架 {drafts} 条），环节 {links} 个，产品 {products} 种，投入 {inputs} 条\n{notices}",
        definition.title,
        definition.fingerprint,
        definition.kinds.len(),
        n_columns,
        lanes.len(),
        lanes.join("、"),
        definition.regions.iter().count(),
        definition.industries.iter().count(),
        definition.certificates.iter().count(),
    )
}
