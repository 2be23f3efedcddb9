//! The engine at the size of a province, beside tantivy on the same terms, in one run: ratios, since the
//! clock of a shared machine tells little. `benches/run` makes the data directory and calls this.
//!
//! usage: cargo bench --features bench --bench province -- DATA
//!
//! DATA is a data directory that holds the supplies and demands of the lane `procurement`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement, not a product"
)]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use lianqiao::internals::{Impact, Posting, Vector, top};
use lianqiao::{
    BatchOptions, Definition, Engine, MatchOptions, MatchOrder, MatchRequest, MatchSubject, Moment, RecordId,
};
use rayon::prelude::*;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{Index, TantivyDocument, Term};

/// Demands that are timed one by one.
const TIMED: usize = 300;
/// So often each of them is answered.
const RUNS: usize = 5;
/// Demands whose answers are compared with an exhaustive search.
const CHECKED: usize = 1_000;
/// Demands of the batch.
const BATCH: usize = 5_000;

type Items = Vec<(Posting, Vector)>;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(data) = arguments.first() else {
        println!("no data directory given; see benches/run");
        return;
    };
    let moment = Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) };
    let before = resident();
    let (engine, seconds) =
        timed(|| Engine::open_for_reading(Path::new(data), Definition::compiled().unwrap(), "bench").unwrap());
    row("open the catalogue (s)", seconds);
    let (supplies, demands) = texts(&engine, &moment);
    let n = supplies.len();
    row("supplies", n as f64);
    row("demands", demands.len() as f64);
    row("memory per supply, all views that a match needs (bytes)", (resident() - before) * 1024.0 / n as f64);
    let (index, ours) = timed(|| Impact::build(supplies.clone()));
    let (peer, theirs) = timed(|| Peer::build(&supplies));
    row("build from weighed terms / tantivy, processor time", ours / theirs);
    one_by_one(&index, &peer, &demands, "200 thousand");
    exhaustive(&index, &supplies, &demands);
    whole_match(&engine, &moment, &peer, &demands);
    batch(&engine, &moment, &index, &peer, &demands);
    drop((index, peer));
    million(supplies, &demands);
}

fn row(what: &str, value: f64) {
    println!("| {what} | {value:.4} |");
}

/// Returns the processor time of this process in seconds.
fn process_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Returns the least wall time of some runs in seconds: what others do on the machine only adds to it, and the clock of a
/// thread's processor time is too coarse for a fraction of a millisecond.
fn least_seconds(mut work: impl FnMut()) -> f64 {
    let runs = (0..RUNS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    });
    runs.fold(f64::INFINITY, f64::min)
}

/// Returns the resident memory in KiB.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = process_seconds();
    let done = work();
    (done, process_seconds() - before)
}

/// Reads the weighed texts of both sides of the lane.
fn texts(engine: &Engine, moment: &Moment) -> (Items, Vec<(RecordId, Vector)>) {
    let impacts = engine.impact_indexes();
    let items = |kind: &str| impacts[&engine.definition().text_field(kind)].items();
    let supplies = items("catalog");
    let open = items("procurement").into_iter();
    let open = open.filter(|(posting, _)| posting.is_open && posting.last_day.is_none_or(|day| day >= moment.as_of));
    (supplies, open.map(|(posting, vector)| (posting.id, vector)).take(BATCH).collect())
}

/// tantivy on the same terms, with its own BM25.
struct Peer {
    searcher: tantivy::Searcher,
    field: tantivy::schema::Field,
}

impl Peer {
    fn build(items: &Items) -> Self {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
        let field = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
        let id = schema.add_text_field("id", STRING | STORED);
        let index = Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, 200_000_000).unwrap();
        for (posting, vector) in items {
            let tokens = vector.entries().enumerate().map(|(position, (key, _))| Token {
                position,
                text: format!("{key:x}"),
                ..Token::default()
            });
            let mut document = TantivyDocument::default();
            document
                .add_pre_tokenized_text(field, PreTokenizedString { text: String::new(), tokens: tokens.collect() });
            document.add_text(id, posting.id.as_str());
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        let segments = index.searchable_segment_ids().unwrap();
        if segments.len() > 1 {
            writer.merge(&segments).wait().unwrap();
        }
        writer.wait_merging_threads().unwrap();
        Self { searcher: index.reader().unwrap().searcher(), field }
    }

    fn top(&self, query: &Vector, limit: usize) -> usize {
        let clauses = query.entries().map(|(key, _)| {
            let term = Term::from_field_text(self.field, &format!("{key:x}"));
            let query: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
            (Occur::Should, query)
        });
        let query = BooleanQuery::new(clauses.collect());
        self.searcher.search(&query, &TopDocs::with_limit(limit).order_by_score()).unwrap().len()
    }
}

/// Accepts as a match does: what is open, valid on the day, and another party's.
fn accepts(posting: &Posting) -> bool {
    posting.is_open && posting.last_day.is_none_or(|last| last >= jiff::civil::date(2026, 6, 1))
}

fn percentile(times: &mut [f64], part: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * part).round() as usize]
}

fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / times.len() as f64
}

/// Times single queries, ours and tantivy's by turns.
fn one_by_one(index: &Impact, peer: &Peer, demands: &[(RecordId, Vector)], size: &str) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (_, query) in demands.iter().step_by((demands.len() / TIMED).max(1)) {
        ours.push(least_seconds(|| drop(black_box(top(&[index], query, 100, &accepts)))));
        theirs.push(least_seconds(|| _ = black_box(peer.top(query, 100))));
    }
    row(&format!("candidates, top 100 of {size}: mean ms"), mean(&ours) * 1e3);
    row(&format!("candidates, top 100 of {size}: tantivy, mean ms"), mean(&theirs) * 1e3);
    row(&format!("candidates, top 100 of {size} / tantivy"), mean(&ours) / mean(&theirs));
    row(
        &format!("candidates of {size}: 99th percentile / median"),
        percentile(&mut ours, 0.99) / percentile(&mut ours, 0.5),
    );
}

/// Compares the best twenty with those of a search through everything.
fn exhaustive(index: &Impact, supplies: &Items, demands: &[(RecordId, Vector)]) {
    let wrong = demands.par_iter().take(CHECKED).filter(|(_, query)| {
        let mut all: Vec<(u64, &RecordId)> = supplies
            .iter()
            .filter(|(posting, _)| accepts(posting))
            .map(|(posting, vector)| (query.product(vector), &posting.id))
            .filter(|(product, _)| *product > 0)
            .collect();
        all.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(right.1)));
        let found = top(&[index], query, 20, &accepts);
        !found.iter().map(|hit| (hit.product, &hit.id)).eq(all.into_iter().take(20))
    });
    row("of 1,000 demands, top 20 other than by an exhaustive search", wrong.count() as f64);
}

/// Times whole matches with all their words.
fn whole_match(engine: &Engine, moment: &Moment, peer: &Peer, demands: &[(RecordId, Vector)]) {
    let options = MatchOptions { top: 20, below_floor: false, order: MatchOrder::Score };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (id, query) in demands.iter().step_by((demands.len() / TIMED).max(1)) {
        let subject = MatchSubject::Demand(id.to_string());
        let request = MatchRequest { subject, lane: Some("procurement".to_owned()), options };
        ours.push(least_seconds(|| drop(black_box(engine.matches_alone(&request, moment).unwrap()))));
        theirs.push(least_seconds(|| _ = black_box(peer.top(query, 100))));
    }
    row("a whole match, explained: mean ms", mean(&ours) * 1e3);
    row("a whole match, explained / tantivy's top 100", mean(&ours) / mean(&theirs));
    row("a whole match: 99th percentile / median", percentile(&mut ours, 0.99) / percentile(&mut ours, 0.5));
}

/// Matches everything, and times the candidates alone beside tantivy's.
fn batch(engine: &Engine, moment: &Moment, index: &Impact, peer: &Peer, demands: &[(RecordId, Vector)]) {
    let list = MatchOptions { top: 20, below_floor: false, order: MatchOrder::Score };
    let start = Instant::now();
    let (summaries, seconds) = timed(|| {
        let options = BatchOptions { list, exposure_max: None };
        engine.match_all(Some("procurement"), options, moment, &|_, _| (), &mut |_| Ok(())).unwrap()
    });
    let n: usize = summaries.iter().map(|summary| summary.n_demands).sum();
    row("match-all: demands", n as f64);
    row("match-all: wall seconds", start.elapsed().as_secs_f64());
    row("match-all: demands per core-second", n as f64 / seconds);
    let (_, ours) =
        timed(|| demands.par_iter().map(|(_, query)| top(&[index], query, 20, &accepts).len()).sum::<usize>());
    let (_, theirs) = timed(|| demands.par_iter().map(|(_, query)| peer.top(query, 20)).sum::<usize>());
    row("match-all, candidates, top 20: core-seconds", ours);
    row("match-all, candidates, top 20 / tantivy", ours / theirs);
    threads(engine, moment);
}

/// Compares the speed-up by a second thread with that of pure arithmetic.
fn threads(engine: &Engine, moment: &Moment) {
    let list = MatchOptions { top: 20, below_floor: false, order: MatchOrder::Score };
    let options = BatchOptions { list, exposure_max: None };
    let matching = || {
        engine.match_all(Some("procurement"), options, moment, &|_, _| (), &mut |_| Ok(())).unwrap();
    };
    let arithmetic = || {
        let sum = |seed: u64| {
            (0..2_000_000_u64).fold(seed, |sum, i| sum.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(i))
        };
        black_box((0..600_u64).into_par_iter().map(sum).reduce(|| 0, u64::wrapping_add));
    };
    let wall = |n: usize, work: &(dyn Fn() + Sync)| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        let start = Instant::now();
        pool.install(work);
        start.elapsed().as_secs_f64()
    };
    let speed_up = |work: &(dyn Fn() + Sync)| wall(1, work) / wall(2, work);
    let (ours, pure) = (speed_up(&matching), speed_up(&arithmetic));
    row("match-all, speed-up by 2 threads", ours);
    row("pure arithmetic, speed-up by 2 threads", pure);
    row("speed-up / that of arithmetic", ours / pure);
}

/// Five times as many supplies: each again with a part of its terms.
fn million(supplies: Items, demands: &[(RecordId, Vector)]) {
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
    one_by_one(&index, &peer, demands, "a million");
}
