//! The small pieces, each by itself, on a few thousand records of an invented province that is made under `target/`.
//!
//! usage: cargo bench --features bench --bench parts
#![expect(clippy::unwrap_used, reason = "a measurement, not a product")]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{BatchSize, Criterion};
use lianqiao::internals::{Grain, Segmenter, Standing, pieces, top};
use lianqiao::{
    Definition, Engine, ImportOptions, MatchList, MatchOptions, MatchOrder, MatchRequest, MatchSubject, Moment, Record,
};
use mimalloc::MiMalloc;
use tempfile::TempDir;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many records the small province has.
const SUPPLIES: &str = "3000";
const DEMANDS: &str = "300";

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let engine = province(&folder);
    text(&mut criterion, &engine);
    candidates(&mut criterion, &engine);
    one_pair(&mut criterion, &folder);
    watches(&mut criterion, &engine);
    update(&mut criterion, &engine, &folder);
    criterion.final_summary();
}

fn moment() -> Moment {
    Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) }
}

/// Generates a small province and imports it.
fn province(folder: &TempDir) -> Engine {
    let csv = folder.path().join("csv");
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianqiao"));
    command.args(["--quiet", "generate", "--parties", "1000", "--supplies", SUPPLIES, "--demands", DEMANDS]);
    command.args(["--seed", "1", "--dirt", "0", "--lane", "procurement", "--out"]).arg(&csv).stdout(Stdio::null());
    assert!(command.status().unwrap().success());
    let mut files: Vec<PathBuf> = fs::read_dir(csv).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let engine = Engine::open(&folder.path().join("data"), Definition::compiled().unwrap(), "bench").unwrap();
    for file in files {
        engine.import(&file, &ImportOptions::default(), &moment()).unwrap();
    }
    engine
}

fn first(engine: &Engine, kind: &str) -> Record {
    engine.snapshot().catalogue.records_of_kind(kind).next().unwrap().clone()
}

/// Cuts and weighs the text of a supply.
fn text(criterion: &mut Criterion, engine: &Engine) {
    let definition = engine.definition();
    let segmenter = Segmenter::new(definition);
    let (supply, field) = (first(engine, "catalog"), definition.text_field("catalog"));
    criterion.bench_function("segment and weigh a text", |bencher| {
        bencher.iter(|| pieces(definition, &segmenter, black_box(&supply), &field, Grain::Terms));
    });
}

/// Finds the best hundred of a small index.
fn candidates(criterion: &mut Criterion, engine: &Engine) {
    let (definition, impacts) = (engine.definition(), engine.impact_indexes());
    let index = impacts.get(&definition.text_field("catalog")).unwrap();
    let demand = first(engine, "procurement");
    let demands = impacts.get(&definition.text_field("procurement")).unwrap();
    let query = demands.vector(&demand.id).unwrap();
    criterion.bench_function("top 100 of a small index", |bencher| {
        bencher.iter(|| top(&[index], black_box(&query), 100, &|posting| posting.is_open));
    });
}

/// Prepares, judges and explains the only pair that there is.
fn one_pair(criterion: &mut Criterion, folder: &TempDir) {
    let data = folder.path().join("pair");
    let engine = Engine::open(&data, Definition::compiled().unwrap(), "bench").unwrap();
    import(&engine, folder.path(), "钢帘线");
    assert_eq!(matches(&engine, "钢帘线").matches.len(), 1);
    criterion.bench_function("judge and explain a match", |bencher| {
        bencher.iter(|| matches(&engine, black_box("钢帘线")));
    });
}

/// How many searches are saved.
const WATCHES: usize = 10_000;

/// Holds a new posting against saved searches: by their heaviest words, one by one, and by running every search.
fn watches(criterion: &mut Criterion, engine: &Engine) {
    let snapshot = engine.snapshot();
    let supplies: Vec<&Record> = snapshot.catalogue.records_of_kind("catalog").collect();
    // A title, and some characters of another text, as one who looks for something writes them.
    let text = |number: usize| {
        let at = |place: usize| *supplies.get(place % supplies.len()).unwrap();
        let (own, other) = (at(number), at(number * 7 + 3));
        let more: String = other.raw("description").chars().skip(number % 5).take(number % 4 * 2).collect();
        format!("{} {more}", own.title())
    };
    let mut standing = Standing::default();
    for number in 0..WATCHES {
        standing.put(number, engine.words_to_find(&text(number)));
    }
    let mut documents = supplies.iter().map(|record| engine.searched(record)).cycle();
    let mut next = || documents.next().unwrap();
    criterion.bench_function("read what of a posting is searched", |bencher| {
        let supply = first(engine, "catalog");
        bencher.iter(|| engine.searched(black_box(&supply)));
    });
    criterion.bench_function("10,000 saved searches and a posting", |bencher| {
        bencher.iter_batched(&mut next, |document| standing.finding(&document), BatchSize::SmallInput);
    });
    criterion.bench_function("10,000 saved searches one by one and a posting", |bencher| {
        bencher.iter_batched(&mut next, |document| standing.finding_one_by_one(&document), BatchSize::SmallInput);
    });
    let mut group = criterion.benchmark_group("searches");
    group.sample_size(10);
    // A tenth of them, which takes long enough.
    group.bench_function("1,000 searches", |bencher| {
        bencher.iter(|| {
            let found = (0..WATCHES / 10).map(|number| engine.search(&text(number), None, 20, &moment()));
            found.filter(|found| found.as_ref().is_ok_and(|found| !found.relaxed)).count()
        });
    });
}

/// Imports a changed record and waits until a match and a search show it.
fn update(criterion: &mut Criterion, engine: &Engine, folder: &TempDir) {
    let mut n_changes = 0;
    let mut next = || {
        n_changes += 1;
        format!("更新件GXJ-{n_changes:06}")
    };
    criterion.bench_function("update to visible", |bencher| {
        let shows = |title: String| {
            import(engine, folder.path(), &title);
            assert!(matches(engine, &title).matches.iter().any(|found| found.title == title));
            let found = engine.search(&title, None, 20, &moment()).unwrap().found;
            assert!(found.iter().any(|found| found.title == title));
        };
        bencher.iter_batched(&mut next, shows, BatchSize::PerIteration);
    });
}

/// Imports one supply under an identifier that stays.
fn import(engine: &Engine, folder: &Path, title: &str) {
    let file = folder.join("change.csv");
    fs::write(&file, format!("企业名称,编号,产品名称\n示例更新有限公司,GX-1,{title}\n")).unwrap();
    let options = ImportOptions { kind: Some("catalog".to_owned()), ..ImportOptions::default() };
    engine.import(&file, &options, &moment()).unwrap();
}

fn matches(engine: &Engine, text: &str) -> MatchList {
    let options = MatchOptions { top: 20, below_floor: true, order: MatchOrder::Score };
    let subject = MatchSubject::Text { text: text.to_owned(), kind: "procurement".to_owned() };
    engine.matches_alone(&MatchRequest { subject, lane: None, options }, &moment()).unwrap()
}
