//! `evaluate`: ranks a file of supplies for a file of demands, writes the ranking, and prints how good it is by graded
//! judgments.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::args::{Args, EvaluateArgs};
use crate::cli::opening::definition;
use crate::cli::printer::{Format, Printer};
use crate::engine::{Judgments, Rankings, TrialOptions, TrialText, check_definition, measure, rank_trial};
use crate::error::{Error, Result};
use crate::wire::QualityBody;

/// A file may have this many bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// A title and its text may have this many characters together.
const TEXT_CHARS_MAX: usize = 32_767;
/// So many supplies are written for each demand where all are ranked.
const WRITTEN_MAX: usize = 1_000;

/// Ranks, writes and measures.
pub(super) fn run(args: &Args, printer: &Printer, trial: &EvaluateArgs) -> anyhow::Result<u8> {
    let inputs = [Some(&trial.demands), Some(&trial.supplies), trial.qrels.as_ref()];
    let is_run =
        |input: &&PathBuf| fs::canonicalize(input).ok().is_some_and(|i| fs::canonicalize(&trial.run).ok() == Some(i));
    if let Some(input) = inputs.into_iter().flatten().find(is_run) {
        return Err(Error::Request(format!("--run 会覆盖 {}", input.display())).into());
    }
    let definition = check_definition(definition(args)?)?;
    let (demands, supplies) = (texts(&trial.demands)?, texts(&trial.supplies)?);
    let judgments = trial.qrels.as_deref().map(judgments).transpose()?;
    let options =
        TrialOptions { lane: trial.lane.clone(), judged_only: trial.judged_only, without: trial.without.clone() };
    let rankings = rank_trial(&definition, &demands, &supplies, judgments.as_ref(), &options)?;
    fs::write(&trial.run, run_text(&rankings)).map_err(Error::io("写入", &trial.run))?;
    printer.say(&format!("已写出 {}", trial.run.display()));
    let Some(judgments) = judgments else { return Ok(0) };
    let Some(quality) = measure(&rankings, &judgments) else {
        printer.say("没有一条需求有 2 分以上的供给，无从评判");
        return Ok(1);
    };
    match printer.format {
        Format::Json => printer.json(&QualityBody::from(&quality))?,
        Format::Csv => printer.csv(
            &["demands", "ndcg_10", "mrr", "precision_10", "recall_100"],
            &[vec![
                quality.n_demands.to_string(),
                format!("{:.4}", quality.ndcg_10),
                format!("{:.4}", quality.mrr),
                format!("{:.4}", quality.precision_10),
                format!("{:.4}", quality.recall_100),
            ]],
        )?,
        Format::Table => printer.text(&format!(
            "需求 {} 条  NDCG@10 {:.4}  MRR {:.4}  P@10 {:.4}  Recall@100 {:.4}",
            quality.n_demands, quality.ndcg_10, quality.mrr, quality.precision_10, quality.recall_100
        ))?,
    }
    Ok(0)
}

fn run_text(rankings: &Rankings) -> String {
    let mut text = String::from("demand\tsupply\tscore\n");
    for (demand, ranking) in rankings {
        for (supply, score) in ranking.iter().take(WRITTEN_MAX) {
            let _ = writeln!(text, "{demand}\t{supply}\t{score:.2}");
        }
    }
    text
}

/// Reads rows of identifier, title and perhaps text, in order; a header is left out.
fn texts(path: &Path) -> Result<Vec<TrialText>> {
    let mut texts = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, cells) in rows(path)? {
        let [id, title, rest @ ..] = cells.as_slice() else {
            return Err(bad_row(path, number, "应有标识和标题两列"));
        };
        if !seen.insert(id.clone()) {
            return Err(bad_row(path, number, &format!("标识“{id}”重复")));
        }
        let text = rest.first().cloned().unwrap_or_default();
        if id.is_empty() || title.chars().count() + text.chars().count() > TEXT_CHARS_MAX {
            return Err(bad_row(path, number, &format!("标识不能为空，标题与正文合计最多 {TEXT_CHARS_MAX} 字")));
        }
        texts.push(TrialText { id: id.clone(), title: title.clone(), text });
    }
    Ok(texts)
}

/// Reads rows of demand, supply and grade.
fn judgments(path: &Path) -> Result<Judgments> {
    let mut judgments: Judgments = BTreeMap::new();
    for (number, cells) in rows(path)? {
        let [demand, supply, grade] = cells.as_slice() else {
            return Err(bad_row(path, number, "应有需求、供给、评分三列"));
        };
        let grade: u32 = match grade.parse() {
            Ok(grade) if grade <= 10 => grade,
            _ => return Err(bad_row(path, number, &format!("评分“{grade}”应为 0 到 10 的整数"))),
        };
        judgments.entry(demand.clone()).or_default().insert(supply.clone(), grade);
    }
    Ok(judgments)
}

/// Splits a file into its rows with their numbers, without the header and empty lines.
fn rows(path: &Path) -> Result<Vec<(usize, Vec<String>)>> {
    let length = fs::metadata(path).map_err(Error::io("读取", path))?.len();
    let unreadable = |reason: &str| Error::UnreadableFile { path: path.to_path_buf(), reason: reason.to_owned() };
    if length > FILE_BYTES_MAX {
        return Err(unreadable("超过 256 MiB"));
    }
    let bytes = fs::read(path).map_err(Error::io("读取", path))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("不是 UTF-8 文本"))?;
    let text = text.trim_start_matches('\u{feff}');
    let lines = (1..).zip(text.lines()).skip(1).filter(|(_, line)| !line.trim().is_empty());
    Ok(lines.map(|(number, line)| (number, line.split('\t').map(str::to_owned).collect())).collect())
}

fn bad_row(path: &Path, number: usize, reason: &str) -> Error {
    Error::UnreadableFile { path: path.to_path_buf(), reason: format!("第 {number} 行：{reason}") }
}
