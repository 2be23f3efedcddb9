//! `demo`: a province that does not exist, imported into a fresh temporary directory, and one explained match for each
//! lane. The files are compiled in, so the demo runs from anywhere.

use std::fs;

use rust_embed::RustEmbed;

use crate::cli::args::Args;
use crate::cli::printer::{Format, Printer};
use crate::cli::{clock, opening, tables};
use crate::engine::{Engine, ImportOptions, MatchRequest, MatchSubject};
use crate::error::Error;
use crate::matching::{MatchOptions, MatchOrder};
use crate::model::{Fit, MatchList};
use crate::wire::MatchListBody;

#[derive(RustEmbed)]
#[folder = "fixtures/demo/"]
struct Files;

/// Matches shown for each lane.
const SHOWN: usize = 3;

/// Imports the demo's files and prints the matches of the first demand of each lane.
pub(super) fn run(args: &Args, printer: &Printer) -> anyhow::Result<u8> {
    let moment = clock::now(Some(args.as_of.unwrap_or(clock::INVENTED_DAY)));
    let directory = tempfile::tempdir()?;
    let files = directory.path().join("files");
    fs::create_dir_all(&files).map_err(Error::io("创建", &files))?;
    let engine = Engine::open(&directory.path().join("data"), opening::definition(args)?, "demo")?;
    let options = ImportOptions::default();
    // The folder also holds a description for people.
    for name in Files::iter().filter(|name| name.ends_with(".xlsx") || name.ends_with(".csv")) {
        let Some(file) = Files::get(&name) else { continue };
        let path = files.join(name.as_ref());
        fs::write(&path, &file.data).map_err(Error::io("写入", &path))?;
        for mut report in engine.import(&path, &options, &moment)?.reports {
            report.file = name.to_string();
            printer.say(&tables::progress(&report, &options));
        }
    }
    let lists = first_of_each_lane(&engine, &moment)?;
    match printer.format {
        Format::Json => {
            let bodies: Vec<MatchListBody> = lists.iter().map(|list| MatchListBody::new(moment.as_of, list)).collect();
            printer.json(&bodies)?;
        }
        Format::Csv => {
            let rows: Vec<Vec<String>> = lists.iter().flat_map(tables::match_rows).collect();
            printer.csv(&tables::MATCH_HEADER, &rows)?;
        }
        Format::Table => {
            for list in &lists {
                printer.text(&format!("\n{}", tables::matches(list, moment.as_of, 1)))?;
            }
        }
    }
    printer.say("演示数据在临时目录中，已随程序结束删除；用自己的表格请看 README 的“第一刻钟”。");
    Ok(0)
}

/// Matches, for every lane, the first demand that has a good match, else the first that has any, else the first.
fn first_of_each_lane(engine: &Engine, moment: &crate::model::Moment) -> anyhow::Result<Vec<MatchList>> {
    let mut lists = Vec::new();
    let catalogue = engine.snapshot().catalogue;
    for lane in engine.definition().lanes_in_order() {
        let mut best: Option<(bool, bool, MatchList)> = None;
        for demand in catalogue.records_of_kind(&lane.demand) {
            let request = MatchRequest {
                subject: MatchSubject::Demand(demand.id.to_string()),
                lane: Some(lane.name.clone()),
                options: MatchOptions { top: SHOWN, below_floor: false, order: MatchOrder::Score },
            };
            let list = engine.matches(&request, moment)?;
            let is_good = list.matches.first().is_some_and(|first| first.fit == Fit::Good);
            let found = (is_good, !list.matches.is_empty());
            if best.as_ref().is_none_or(|(good, any, _)| found > (*good, *any)) {
                best = Some((found.0, found.1, list));
            }
            if is_good {
                break;
            }
        }
        lists.extend(best.map(|(_, _, list)| list));
    }
    Ok(lists)
}
