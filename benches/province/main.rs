//! The engine at the size of a province, beside its peers on the same terms, in one run: ratios, since the clock of a
//! shared machine tells little. It prints one figure a line, name and value; `benches/run` makes a table of them.
//!
//! usage: cargo bench --features bench --bench province -- FOLDER [PYTHON]
//!
//! FOLDER keeps an invented province of the lane `procurement` for the next run. PYTHON is an interpreter with
//! `benches/peers/requirements.txt`; without it the peers in Python are left out.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement, not a product"
)]

mod candidates;
mod clock;
mod program;
mod python;
mod tantivy;
mod views;
mod whole;

use std::fs;
use std::path::{Path, PathBuf};

use lianqiao::internals::{Impact, Posting, Segmenter, Vector};
use lianqiao::{Definition, Engine, Moment, RecordId};
use mimalloc::MiMalloc;

use clock::{median, timed};
use python::Python;
use tantivy::Peer;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Demands that are timed one by one.
const TIMED: usize = 300;
/// So often each of them is answered.
const RUNS: usize = 5;
/// So often we and a peer take turns at something long.
const ROUNDS: usize = 3;
/// So often the program is started.
const STARTS: usize = 5;

/// Postings with their weighed terms.
type Items = Vec<(Posting, Vector)>;
/// Demands with what they ask for.
type Demands = Vec<(RecordId, Vector)>;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(folder) = arguments.first().map(PathBuf::from) else {
        println!("no folder given; see benches/run");
        return;
    };
    fs::create_dir_all(&folder).unwrap();
    let data = folder.join("data");
    import(&folder, &data);
    cold_start(&data);
    let copy = views::copy_log(&data, &folder);
    let (engine, moment) = (views::restart(&data), moment());
    let (supplies, demands) = texts(&engine, &moment);
    row("demands", demands.len() as f64);
    views::rebuild(&copy, &engine, &supplies);
    let (index, peer) = (Impact::build(supplies.clone()), Peer::build(&supplies));
    candidates::one_by_one(&index, &peer, &demands, "200k");
    candidates::exhaustive(&index, &supplies, &demands);
    candidates::batch(&index, &peer, &demands);
    if let Some(python) = arguments.get(1) {
        python_peers(Path::new(python), &folder, &engine, &index, &demands);
    }
    drop(index);
    whole::one_by_one(&engine, &moment, &peer, &demands);
    drop(peer);
    whole::threads(&engine, &moment, &demands);
    whole::batch(&engine, &moment, &demands);
    views::update(&engine, &folder, &moment);
    drop(engine);
    million(supplies, &demands);
}

fn row(name: &str, value: f64) {
    println!("{name}\t{value}");
}

/// Returns the day on which the province is seen.
fn moment() -> Moment {
    Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) }
}

/// Accepts as a match does: what is open and valid on the day.
fn accepts(posting: &Posting) -> bool {
    posting.is_open && posting.last_day.is_none_or(|last| last >= moment().as_of)
}

/// Takes some demands out of all.
fn some(demands: &Demands) -> impl Iterator<Item = &(RecordId, Vector)> {
    demands.iter().step_by((demands.len() / TIMED).max(1))
}

/// Generates the province, if it is not there, and imports it anew.
fn import(folder: &Path, data: &Path) {
    let csv = folder.join("csv");
    if !csv.exists() {
        let sizes = ["--parties", "30000", "--supplies", "200000", "--demands", "5000", "--seed", "1", "--dirt", "0"];
        let out = ["--lane", "procurement", "--out", csv.to_str().unwrap()];
        program::run(data, &[&["generate"][..], &sizes, &out].concat());
    }
    if data.exists() {
        fs::remove_dir_all(data).unwrap();
    }
    let mut files: Vec<PathBuf> = fs::read_dir(&csv).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let files = files.iter().map(|file| file.to_str().unwrap());
    let run = program::run(data, &std::iter::once("import").chain(files).collect::<Vec<_>>());
    row("import.wall", run.wall);
    row("import.processor", run.processor);
    row("import.peak_kib", run.peak);
}

/// Starts the program for one match. Its files are in the system's cache.
fn cold_start(data: &Path) {
    let runs: Vec<program::Run> = (0..STARTS)
        .map(|_| program::run(data, &["match", "--text", "存储芯片", "--kind", "procurement", "--all"]))
        .collect();
    row("start.wall", median(&runs.iter().map(|run| run.wall).collect::<Vec<f64>>()));
    row("start.processor", median(&runs.iter().map(|run| run.processor).collect::<Vec<f64>>()));
    row("start.peak_kib", median(&runs.iter().map(|run| run.peak).collect::<Vec<f64>>()));
}

/// Reads the weighed texts of both sides of the lane, as far as they can match on the day.
fn texts(engine: &Engine, moment: &Moment) -> (Items, Demands) {
    let impacts = engine.impact_indexes();
    let items = |kind: &str| impacts[&engine.definition().text_field(kind)].items();
    let open = |posting: &Posting| posting.is_open && posting.last_day.is_none_or(|day| day >= moment.as_of);
    let demands = items("procurement").into_iter().filter(|(posting, _)| open(posting));
    (items("catalog"), demands.map(|(posting, vector)| (posting.id, vector)).collect())
}

/// Takes turns with each peer in Python: the median of the ratios of some rounds.
fn python_peers(python: &Path, folder: &Path, engine: &Engine, index: &Impact, demands: &Demands) {
    let files = folder.join("peers");
    fs::create_dir_all(&files).unwrap();
    let supplies: Items = index.items().into_iter().filter(|(posting, _)| accepts(posting)).collect();
    python::write_weights(&files, &supplies, demands);
    let clauses = views::clauses(engine);
    fs::write(files.join("clauses"), clauses.join("\n")).unwrap();
    fs::write(files.join("top20"), candidates::top_products(index, demands)).unwrap();
    let mut peers = Python::start(python, &files);
    row("sparse.differs", peers.ask("sparse-differs"));
    let segmenter = Segmenter::new(&Definition::compiled().unwrap());
    let n_chars: usize = clauses.iter().map(|clause| clause.chars().count()).sum();
    row("jieba.chars", n_chars as f64);
    let cut = || timed(|| clauses.iter().map(|clause| segmenter.words(clause, "").len()).sum::<usize>()).1;
    let top_20 = || candidates::batch_seconds(index, demands);
    let top_100 = || candidates::seconds_per_demand(index, demands);
    for (peer, ours) in
        [("sparse", &top_20 as &dyn Fn() -> f64), ("bm25s", &top_100), ("fts5", &top_100), ("jieba", &cut)]
    {
        // Once beforehand: builds, compiles, warms up.
        let _ = (peers.ask(peer), ours());
        let rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (ours(), peers.ask(peer))).collect();
        row(&format!("{peer}.ours"), median(&rounds.iter().map(|(ours, _)| *ours).collect::<Vec<f64>>()));
        row(&format!("{peer}.theirs"), median(&rounds.iter().map(|(_, theirs)| *theirs).collect::<Vec<f64>>()));
        row(&format!("{peer}.ratio"), median(&rounds.iter().map(|(ours, theirs)| ours / theirs).collect::<Vec<f64>>()));
    }
}

/// Five times as many supplies: each again with a part of its terms.
fn million(supplies: Items, demands: &Demands) {
    let mut all = Items::new();
    for copy in 0..5_u64 {
        all.extend(supplies.iter().map(|(posting, vector)| {
            let kept = vector.entries().filter(|(key, _)| copy == 0 || (key >> 7) % 8 != copy);
            let id = RecordId::from_text(&format!("{}-{copy}", posting.id));
            (Posting { id, ..posting.clone() }, Vector::from_entries(kept.collect()))
        }));
    }
    drop(supplies);
    let index = Impact::build(all.clone());
    let peer = Peer::build(&all);
    drop(all);
    candidates::one_by_one(&index, &peer, demands, "1m");
}
