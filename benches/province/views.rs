//! The views: how long they take to build and to open, how much memory they hold, and how soon they show a change.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use lianqiao::internals::{Impact, Segmenter};
use lianqiao::{
    Definition, Engine, ImportOptions, MatchList, MatchOptions, MatchOrder, MatchRequest, MatchSubject, Moment, Record,
};

use crate::clock::{median, memory, timed, wall};
use crate::{Items, moment, row, tantivy};

/// How many changes are timed.
const CHANGES: usize = 21;

fn open(data: &Path) -> Engine {
    Engine::open(data, Definition::compiled().unwrap(), "bench").unwrap()
}

/// Copies the log without the views.
pub fn copy_log(data: &Path, folder: &Path) -> PathBuf {
    let copy = folder.join("log-alone");
    if copy.exists() {
        fs::remove_dir_all(&copy).unwrap();
    }
    fs::create_dir_all(&copy).unwrap();
    for file in ["log.sqlite", "log.seal"] {
        fs::copy(data.join(file), copy.join(file)).unwrap();
    }
    copy
}

/// Opens the data for writing until a match and a search are answered, and sees what memory that holds.
pub fn restart(data: &Path) -> Engine {
    let before = memory("self", "VmRSS");
    let ((engine, processor), seconds) = wall(|| {
        timed(|| {
            let engine = open(data);
            match_text(&engine, &moment(), "存储芯片");
            engine.search("存储芯片", None, 20, &moment()).unwrap();
            engine
        })
    });
    row("restart.wall", seconds);
    row("restart.processor", processor);
    // The allocator gives back what was freed a while ago when it is next used.
    sleep(Duration::from_secs(1));
    match_text(&engine, &moment(), "油压机");
    let snapshot = engine.snapshot();
    row("records", snapshot.catalogue.n_records() as f64);
    let n_supplies = snapshot.catalogue.records_of_kind("catalog").count();
    row("supplies", n_supplies as f64);
    row("memory.bytes_per_supply", (memory("self", "VmRSS") - before) * 1024.0 / n_supplies as f64);
    engine
}

/// Builds all views from the log, and for comparison tantivy alone over the words of the same supplies.
pub fn rebuild(copy: &Path, engine: &Engine, supplies: &Items) {
    let segmenter = Segmenter::new(engine.definition());
    let snapshot = engine.snapshot();
    let words = |record: &Record| -> String {
        let words = segmenter.words(&whole_text(engine, record), "");
        words.iter().map(|word| word.text.replace(' ', "_")).collect::<Vec<String>>().join(" ")
    };
    let records = snapshot.catalogue.records_of_kind("catalog");
    let texts: Vec<(String, String)> = records.map(|record| (record.id.to_string(), words(record))).collect();
    let (_, theirs) = timed(|| tantivy::index_texts(&texts));
    drop(texts);
    let (rebuilt, ours) = timed(|| {
        let rebuilt = open(copy);
        match_text(&rebuilt, &moment(), "存储芯片");
        rebuilt
    });
    drop(rebuilt);
    fs::remove_dir_all(copy).unwrap();
    row("build.ours", ours);
    row("build.tantivy", theirs);
    let items = supplies.clone();
    row("build.impact", timed(|| Impact::build(items)).1);
}

/// Imports one changed record again and again, and waits until a match and a search show each version.
pub fn update(engine: &Engine, folder: &Path, moment: &Moment) {
    let file = folder.join("change.csv");
    let options = ImportOptions { kind: Some("catalog".to_owned()), ..ImportOptions::default() };
    let (mut saved, mut visible) = (Vec::new(), Vec::new());
    for i in 0..CHANGES {
        let title = format!("螺栓更新件GXJ-{i:03}");
        let code = format!("GXJ-{i:03}");
        fs::write(&file, format!("企业名称,编号,产品名称\n示例更新有限公司,GX-1,{title}\n")).unwrap();
        let (seconds, all) = wall(|| {
            let (_, seconds) = wall(|| engine.import(&file, &options, moment).unwrap());
            let list = match_text(engine, moment, &title);
            let found = engine.search(&code, None, 20, moment).unwrap().found;
            assert!(list.matches.iter().any(|found| found.title == title), "{title} is not matched");
            assert!(found.iter().any(|found| found.title == title), "{title} is not found");
            seconds
        });
        saved.push(seconds);
        visible.push(all);
    }
    // The first one loads the dictionary.
    row("update.saved", median(&saved[1..]));
    row("update.visible", median(&visible[1..]));
    row("update.visible_max", visible[1..].iter().copied().fold(0.0, f64::max));
}

fn match_text(engine: &Engine, moment: &Moment, text: &str) -> MatchList {
    let options = MatchOptions { top: 20, below_floor: true, order: MatchOrder::Score };
    let subject = MatchSubject::Text { text: text.to_owned(), kind: "procurement".to_owned() };
    engine.matches_alone(&MatchRequest { subject, lane: None, options }, moment).unwrap()
}

/// Joins all columns of a record.
fn whole_text(engine: &Engine, record: &Record) -> String {
    let columns = &engine.definition().kind(&record.kind).unwrap().columns;
    columns.iter().map(|column| record.raw(&column.name)).collect::<Vec<&str>>().join("\n")
}

/// Lists the distinct clauses of all supplies: what is cut once is remembered, so repeated ones would flatter us.
pub fn clauses(engine: &Engine) -> Vec<String> {
    let snapshot = engine.snapshot();
    let mut clauses = BTreeSet::new();
    for record in snapshot.catalogue.records_of_kind("catalog") {
        let text = whole_text(engine, record);
        let parts = text.split(|c: char| c.is_whitespace() || "，。；、：（）,;:()/".contains(c));
        clauses.extend(parts.filter(|part| !part.is_ascii()).map(str::to_owned));
    }
    clauses.into_iter().collect()
}
