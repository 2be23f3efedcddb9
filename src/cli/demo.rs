//! `demo`: a province that does not exist, imported into a fresh temporary directory; one explained match for each lane,
//! the support rates and one gap of a chain, and the agenda of a roadshow. The files are compiled in, so the demo runs
//! from anywhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rust_embed::RustEmbed;

use crate::agenda::Agenda;
use crate::chain::{Basis, Depth, Evidence, Fraction, LOCAL_PURCHASES};
use crate::cli::agenda_args::EffortArgs;
use crate::cli::args::Args;
use crate::cli::printer::{Format, Printer};
use crate::cli::{chain_tables, clock, event, opening, rate_tables, tables};
use crate::engine::{ChainBook, ChainRates, ChainRow, Engine, ImportOptions, MatchRequest, MatchSubject, RateRequest};
use crate::error::Error;
use crate::event::{Event, Plan, Summary};
use crate::matching::{MatchOptions, MatchOrder};
use crate::model::{Fit, MatchList, Moment};
use crate::wire::{ChainsBody, EventSummaryBody, MatchListBody, RatesBody};

#[derive(RustEmbed)]
#[folder = "fixtures/demo/"]
struct Files;

/// Matches shown for each lane.
const SHOWN: usize = 3;

/// The roadshow whose agenda is planned.
const ROADSHOW: &str = "96-路演场次.toml";

/// Imports the demo's files and prints the matches of the first demand of each lane and the agenda of the roadshow.
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
    let book = engine.chain_book(&moment);
    let (area, gaps) = book.gaps(None, &[], 1)?;
    let rates = shown_rates(&book, &lists)?;
    let (plan, agenda) = roadshow(&engine, &moment)?;
    let summary = Summary::new(&plan, &agenda);
    match printer.format {
        Format::Json => printer.json(&serde_json::json!({
            "as_of": moment.as_of.to_string(),
            "matches": lists.iter().map(|list| MatchListBody::new(moment.as_of, list)).collect::<Vec<_>>(),
            "rates": RatesBody::new(&book, &rates),
            "gaps": ChainsBody::gaps(&book, &area, &gaps, &|_| true),
            "agenda": EventSummaryBody::new(&plan, &agenda, &summary),
        }))?,
        Format::Csv => {
            let rows: Vec<Vec<String>> = lists.iter().flat_map(tables::match_rows).collect();
            printer.csv(&tables::MATCH_HEADER, &rows)?;
        }
        Format::Table => {
            for list in &lists {
                printer.text(&format!("\n{}", tables::matches(list, moment.as_of, 1)))?;
            }
            printer.text(&format!("\n配套率  {}", rate_tables::rates(&book, &rates)))?;
            if let Some(gap) = chain_tables::one_gap(&book, &gaps) {
                printer.text(&format!("\n产业链缺口一例（全部见 chain gaps）\n{gap}"))?;
            }
            printer.text(&format!("\n议程：{}", event::overview(&plan, &agenda, &summary)))?;
        }
    }
    printer.say("演示数据在临时目录中，已随程序结束删除；用自己的表格请看 README 的“第一刻钟”。");
    Ok(0)
}

/// Computes the support rates of tiers, and the rates of the chain that the buyer of the first list leads.
fn shown_rates(book: &ChainBook<'_>, lists: &[MatchList]) -> anyhow::Result<ChainRates> {
    let buyer = lists.first().and_then(|list| list.subject.party.as_ref()).map(|(id, _)| *id);
    let request = RateRequest {
        chain: None,
        regions: Vec::new(),
        tier: None,
        evidence: Evidence::E1,
        k: 1,
        nesting: None,
        depth: Depth::Any,
        basis: Basis::Production,
        share_min: Fraction::ZERO,
    };
    let mut answer = book.rates(&request)?;
    let rows = book.list();
    let leads = |row: &&ChainRow| row.leaders.iter().any(|(id, _)| Some(*id) == buyer);
    let chain = rows.iter().find(leads).map(|row| row.code.as_str());
    let codes: BTreeSet<&str> = rows.iter().map(|row| row.code.as_str()).filter(|code| Some(*code) != chain).collect();
    let leader = buyer.map(|id| id.to_string());
    answer.rates.retain(|rate| {
        !codes.contains(rate.subject.as_str())
            && (rate.formula.name != LOCAL_PURCHASES.name || Some(&rate.subject) == leader.as_ref())
    });
    answer.concentrations.retain(|found| Some(found.leader) == buyer);
    answer.purchases.retain(|found| Some(found.leader) == buyer);
    Ok(answer)
}

/// Plans the roadshow.
fn roadshow(engine: &Engine, moment: &Moment) -> anyhow::Result<(Plan, Agenda)> {
    let file = Files::get(ROADSHOW).ok_or_else(|| Error::NotFound(ROADSHOW.to_owned()))?;
    let event = Event::parse(Path::new(ROADSHOW), &String::from_utf8_lossy(&file.data), engine.definition())?;
    Ok(event::arrange(engine, &event, EffortArgs { seconds: 1, seed: 1 }, moment)?)
}

/// Matches, for every lane, the first demand that has a good match, else the first that has any, else the first.
fn first_of_each_lane(engine: &Engine, moment: &Moment) -> anyhow::Result<Vec<MatchList>> {
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
