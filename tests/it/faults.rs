//! Damaged, cut and failing disks. Every flipped byte and every cut file is told of; no answer is ever wrong; what was
//! said to be saved is there after any call of the system has failed.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lianqiao::{
    Definition, Engine, Error, MatchOptions, MatchOrder, MatchRequest, MatchSubject, Moment, Notice, RecordId,
};

use crate::support::{Numbers, Place, copy, walk};

const SEED: u64 = 20_260_602;
/// Damages to a directory that was left in order, to the log of one without a seal, and to one that a kill has left.
const FLIPS: usize = 500;
const FLIPS_WITHOUT_SEAL: usize = 200;
const FLIPS_AFTER_KILL: usize = 60;
/// Calls of the system that fail, of all those of an import.
const FAULTS: usize = 36;

const DEMANDS: &str = "编号,企业名称,需求名称,产品名称\nXQ-1,示例轮胎有限公司,钢帘线采购,钢帘线\n";
const SUPPLIES: &str = "编号,企业名称,产品名称,产品说明,联系人,联系电话\n\
    GY-1,示例钢丝有限公司,钢帘线,子午线轮胎用,张三,13911112222\n\
    GY-2,示例钢丝有限公司,胎圈钢丝,缠绕用,李四,13911113333\n\
    GY-3,示例帘布有限公司,锦纶帘子布,浸胶,王五,13911114444\n";
const LATER: &str = "编号,企业名称,产品名称,产品说明,联系人,联系电话\n\
    GY-1,示例钢丝有限公司,钢帘线,子午线轮胎和胶管用,张三,13911112222\n";
const RECORDS: [&str; 4] = ["P1:procurement:XQ-1", "P2:catalog:GY-1", "P2:catalog:GY-2", "P3:catalog:GY-3"];

fn moment() -> Moment {
    Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) }
}

fn write_tables(place: &Place) {
    for (name, text) in [("采购需求.csv", DEMANDS), ("供应目录.csv", SUPPLIES), ("供应目录后.csv", LATER)]
    {
        fs::write(place.folder().join(name), text).unwrap();
    }
}

/// A directory with versions, contacts, a withdrawal and a merge, left in order.
fn imported() -> Place {
    let place = Place::new();
    write_tables(&place);
    place.json(0, &["import", "采购需求.csv", "供应目录.csv"]);
    place.json(0, &["import", "供应目录后.csv"]);
    for command in [&["withdraw", "GY-3"][..], &["party", "merge", "P3", "P2"]] {
        assert_eq!(place.run(command).status.code(), Some(0));
    }
    place
}

/// Asks everything but a check; gives the answers and what the engine says to have mended.
fn answers(data: &Path, definition: &Definition) -> Result<(String, Vec<Notice>), Error> {
    let engine = Engine::open_for_reading(data, definition.clone(), "试验")?;
    let mut text = String::new();
    for id in RECORDS.map(RecordId::from_text) {
        let record = engine.find(id.as_str())?;
        text.push_str(&format!("{record:?}\n{:?}\n{:?}\n", engine.history(&id)?, engine.contact(&id)?));
    }
    let options = MatchOptions { top: 20, below_floor: true, order: MatchOrder::Score };
    let request = MatchRequest { subject: MatchSubject::Demand("XQ-1".to_owned()), lane: None, options };
    text.push_str(&format!("{:?}\n", engine.matches(&request, &moment())?));
    text.push_str(&format!("{:?}\n", engine.search("钢丝", None, 20, &moment())?));
    Ok((text, engine.notices()))
}

/// One damage to a copy of a directory, and what came of it.
fn check_damage(whole: &Place, before: &str, definition: &Definition, when: &str, damage: impl Fn(&Path)) {
    let damaged = copy(whole);
    damage(&damaged.data());
    match answers(&damaged.data(), definition) {
        Ok((after, notices)) => {
            assert!(!notices.is_empty(), "{when}: nothing was said of it");
            assert_eq!(after, before, "{when}");
            let again = Engine::open_for_reading(&damaged.data(), definition.clone(), "试验");
            let again = again.unwrap_or_else(|error| panic!("{when}: {error}"));
            assert!(again.notices().is_empty(), "{when}: it is mended for good");
            again.verify().unwrap_or_else(|error| panic!("{when}: {error}"));
        }
        Err(error) => assert_eq!(error.code(), "damaged", "{when}: {error}"),
    }
}

/// Lists the files of a directory that are not empty, with their lengths, in the order of their names.
fn files(data: &Path) -> Vec<(PathBuf, usize)> {
    let mut files = walk(data);
    files.sort();
    let sized = files.into_iter().map(|path| {
        let length = fs::read(&path).unwrap().len();
        (path.strip_prefix(data).unwrap().to_owned(), length)
    });
    sized.filter(|(_, length)| *length > 0).collect()
}

/// Draws a file, a byte of it, and the bits to flip: each file as often as its length says, every fourth time each file
/// as often as the others.
fn draw(numbers: &mut Numbers, files: &[(PathBuf, usize)], turn: usize) -> (PathBuf, usize, u8) {
    let mut below = |end: usize| usize::try_from(numbers.below(u64::try_from(end).unwrap())).unwrap();
    let mask = u8::try_from(1 + below(255)).unwrap();
    if turn.is_multiple_of(4) {
        let (path, length) = &files[below(files.len())];
        return (path.clone(), below(*length), mask);
    }
    let mut at = below(files.iter().map(|(_, length)| length).sum());
    for (path, length) in files {
        if at < *length {
            return (path.clone(), at, mask);
        }
        at -= length;
    }
    unreachable!("the place is below the sum of the lengths")
}

fn flip(path: &Path, at: usize, mask: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= mask;
    fs::write(path, bytes).unwrap();
}

fn cut(path: &Path, left: usize) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(u64::try_from(left).unwrap()).unwrap();
}

#[test]
fn every_flipped_byte_is_told_of_and_no_answer_is_wrong() {
    let whole = imported();
    let definition = Definition::compiled().unwrap();
    // A question may leave side files of SQLite, which hold nothing, so it is put to a copy.
    let (before, notices) = answers(&copy(&whole).data(), &definition).unwrap();
    assert!(notices.is_empty() && before.contains("13911113333"), "{before}");
    let files = files(&whole.data());
    assert!(files.len() > 9 && !files.iter().any(|(path, _)| path.ends_with("writer.lock")), "{files:?}");
    let mut numbers = Numbers(SEED);
    let draws: Vec<_> = (0..FLIPS).map(|turn| draw(&mut numbers, &files, turn)).collect();
    let check = |(path, at, mask): &(PathBuf, usize, u8)| {
        let when = format!("{} byte {at} by {mask:#x}", path.display());
        check_damage(&whole, &before, &definition, &when, |data| flip(&data.join(path), *at, *mask));
    };
    std::thread::scope(|scope| {
        draws.chunks(FLIPS.div_ceil(4)).for_each(|part| drop(scope.spawn(|| part.iter().for_each(check))));
    });
}

#[test]
fn every_cut_file_is_told_of_and_no_answer_is_wrong() {
    let whole = imported();
    let definition = Definition::compiled().unwrap();
    let (before, _) = answers(&copy(&whole).data(), &definition).unwrap();
    for (path, length) in files(&whole.data()) {
        for left in BTreeSet::from([0, 1, length / 2, length - 1]) {
            let when = format!("{} cut to {left} of {length} bytes", path.display());
            check_damage(&whole, &before, &definition, &when, |data| {
                cut(&data.join(&path), left);
            });
        }
    }
}

#[test]
fn a_lost_log_and_a_lost_seal_are_told_apart() {
    let whole = imported();
    let definition = Definition::compiled().unwrap();
    let (before, _) = answers(&copy(&whole).data(), &definition).unwrap();
    let without_seal = copy(&whole);
    fs::remove_file(without_seal.data().join("log.seal")).unwrap();
    let (after, notices) = answers(&without_seal.data(), &definition).unwrap();
    assert!(after == before && notices.is_empty(), "as a kill leaves it: {notices:?}");
    assert!(without_seal.data().join("log.seal").exists(), "it is sealed again");
    check_damage(&whole, &before, &definition, "log gone", |data| fs::remove_file(data.join("log.sqlite")).unwrap());
    let without_log = copy(&whole);
    fs::remove_file(without_log.data().join("log.sqlite")).unwrap();
    write_tables(&without_log);
    let output = without_log.run(&["import", "供应目录.csv"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && err.contains("damaged") && err.contains("restore"), "{err}");
    assert!(!without_log.data().join("log.sqlite").exists(), "no new log is begun");
}

#[test]
fn without_a_seal_a_flipped_byte_of_the_log_gives_no_wrong_answer() {
    let whole = imported();
    fs::remove_file(whole.data().join("log.seal")).unwrap();
    let definition = Definition::compiled().unwrap();
    let (before, _) = answers(&copy(&whole).data(), &definition).unwrap();
    let bytes = fs::read(whole.data().join("log.sqlite")).unwrap();
    // Where something is written: rows, their index, contacts, and what binds them together.
    let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let mut numbers = Numbers(SEED + 3);
    for _ in 0..FLIPS_WITHOUT_SEAL {
        let at = used[usize::try_from(numbers.below(used.len() as u64)).unwrap()];
        let mask = u8::try_from(1 + numbers.below(255)).unwrap();
        let damaged = copy(&whole);
        flip(&damaged.data().join("log.sqlite"), at, mask);
        let when = format!("byte {at} by {mask:#x}");
        match answers(&damaged.data(), &definition) {
            Ok((after, _)) => assert_eq!(after, before, "{when}"),
            Err(error) => {
                assert!(["damaged", "newer_format", "log"].contains(&error.code()), "{when}: {error}");
            }
        }
    }
}

#[test]
fn a_view_that_is_behind_and_a_log_that_lost_its_end_are_told_apart() {
    let (early, definition) = (imported(), Definition::compiled().unwrap());
    let late = copy(&early);
    fs::write(late.folder().join("供应目录.csv"), "编号,企业名称,产品名称\nGY-9,示例钢丝有限公司,钢帘线\n").unwrap();
    late.json(0, &["import", "供应目录.csv"]);
    let (before, _) = answers(&copy(&late).data(), &definition).unwrap();
    let with = |log: &Place, views: &Place| {
        let place = copy(log);
        fs::remove_dir_all(place.data().join("views")).unwrap();
        for path in walk(&views.data().join("views")) {
            let target = place.data().join(path.strip_prefix(views.data()).unwrap());
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(path, target).unwrap();
        }
        place
    };
    let (after, notices) = answers(&with(&late, &early).data(), &definition).unwrap();
    assert!(after == before && notices.is_empty(), "a view that is behind is brought up without a word: {notices:?}");
    let error = answers(&with(&early, &late).data(), &definition).unwrap_err();
    assert!(error.code() == "damaged" && error.to_string().contains("丢失了末尾"), "{error}");
}

/// A directory as a kill leaves it: one import is said to be saved, the log has no seal and a write-ahead file.
fn killed() -> Place {
    let place = imported();
    let rows: String = (0..1_500)
        .map(|row| {
            format!(
                "FM-{row},示例阀门有限公司,阀门{row}型
"
            )
        })
        .collect();
    fs::write(
        place.folder().join("供应目录大.csv"),
        format!(
            "编号,企业名称,产品名称
{rows}"
        ),
    )
    .unwrap();
    fs::write(
        place.folder().join("供应目录小.csv"),
        "编号,企业名称,产品名称
GY-9,示例钢丝有限公司,钢帘线
",
    )
    .unwrap();
    let mut command = place.command(&["import", "供应目录小.csv", "供应目录大.csv"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        line.ends_with(
            "（已保存）
"
        ),
        "{line}"
    );
    assert!(!place.data().join("log.seal").exists());
    place
}

#[test]
fn after_a_kill_a_flipped_byte_or_a_cut_gives_no_wrong_answer() {
    let whole = killed();
    let definition = Definition::compiled().unwrap();
    let (before, notices) = answers(&copy(&whole).data(), &definition).unwrap();
    assert!(before.contains("P2:catalog:GY-9") && notices.is_empty(), "no false alarm: {notices:?}");
    let files = files(&whole.data());
    let has = |name: &str| files.iter().any(|(path, _)| path.ends_with(name));
    assert!(has("log.sqlite-wal") && has("log.sqlite-shm") && has("writer.lock"), "{files:?}");
    let mut numbers = Numbers(SEED + 1);
    let mut n_told = 0;
    for turn in 0..FLIPS_AFTER_KILL {
        // Each file as often as the others: most bytes are the write-ahead file's and its index's.
        let (path, at, mask) = draw(&mut numbers, &files, turn * 4);
        let damaged = copy(&whole);
        let is_cut = turn.is_multiple_of(3);
        let when = format!("{} byte {at} by {mask:#x}, cut there: {is_cut}", path.display());
        if is_cut {
            cut(&damaged.data().join(&path), at);
        } else {
            flip(&damaged.data().join(&path), at, mask);
        }
        match answers(&damaged.data(), &definition) {
            Ok((after, notices)) => {
                n_told += usize::from(!notices.is_empty());
                assert_eq!(after, before, "{when}");
            }
            Err(error) => {
                n_told += 1;
                assert!(["damaged", "newer_format", "log"].contains(&error.code()), "{when}: {error}");
            }
        }
    }
    assert!(n_told > FLIPS_AFTER_KILL / 2, "{n_told} of {FLIPS_AFTER_KILL} were told of");
}

/// Compiles what makes calls fail; the build of the program needs the same compiler.
fn failing_disk(folder: &Path) -> PathBuf {
    let source = format!("{}/tests/it/failing_disk.c", env!("CARGO_MANIFEST_DIR"));
    let library = folder.join("failing_disk.so");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut command = Command::new(compiler);
    let done = command.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).args(["-ldl"]).status();
    assert!(done.unwrap().success(), "the C compiler refused");
    library
}

/// What an import of two files came to while a call failed.
struct Run {
    code: Option<i32>,
    err: String,
    log: String,
}

/// Imports while call `at` fails, and if it lasts, all calls after it.
fn import_on_failing_disk(place: &Place, library: &Path, at: usize, lasts: bool) -> Run {
    let log = place.folder().join("fault.log");
    let mut command = place.command(&["import", "--kind", "供应目录", "甲.csv", "乙.csv"]);
    command.env("LD_PRELOAD", library).env("FAULT_FOLDER", place.data()).env("FAULT_LOG", &log);
    command.env("FAULT_AT", at.to_string()).env("FAULT_ERRNO", if lasts { "28" } else { "5" });
    if lasts {
        command.env("FAULT_LASTS", "1");
    }
    let output = command.output().unwrap();
    let log = fs::read_to_string(log).unwrap_or_default();
    Run { code: output.status.code(), err: String::from_utf8_lossy(&output.stderr).into_owned(), log }
}

/// A directory with one record, and two tables to import.
fn before_faults() -> Place {
    let place = Place::new();
    write_tables(&place);
    place.json(0, &["import", "采购需求.csv"]);
    for (file, text) in [("甲.csv", "GY-1"), ("乙.csv", "GY-2")] {
        let rows: String = (1..4).map(|row| format!("{text}{row},示例钢丝有限公司,钢帘线,张三\n")).collect();
        fs::write(place.folder().join(file), format!("编号,企业名称,产品名称,联系人\n{rows}")).unwrap();
    }
    place
}

/// Checks that all is whole without the faults, and that what was said to be saved is there, and nothing by half.
fn check_after_fault(place: &Place, run: &Run, when: &str) {
    let verified = place.json(0, &["verify"]);
    assert_eq!(verified["sealed"], true, "{when}: {verified}");
    let shown = place.run(&["--format", "json", "show", "示例钢丝有限公司"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let mut n_records = 1;
    for (file, code) in [("甲.csv", "GY-1"), ("乙.csv", "GY-2")] {
        let there = (1..4).filter(|row| shown.contains(&format!("P2:catalog:{code}{row}\""))).count();
        let was_saved = run.err.lines().any(|line| line.starts_with(file) && line.ends_with("（已保存）"));
        assert!(
            there == 3 || (there == 0 && !was_saved),
            "{when}: {file}: {there} of 3, said to be saved: {was_saved}"
        );
        n_records += there;
        if there > 0 {
            let record = place.json(0, &["show", &format!("P2:catalog:{code}1")]);
            assert!(record.to_string().contains("张三"), "{when}: {record}");
        }
    }
    assert_eq!(verified["records"], n_records, "{when}");
    assert_eq!(verified["documents"], n_records, "{when}");
}

#[test]
fn whatever_call_of_the_system_fails_nothing_saved_is_lost() {
    let library_folder = tempfile::tempdir().unwrap();
    let library = failing_disk(library_folder.path());
    let whole = before_faults();
    let fresh = || {
        let place = copy(&whole);
        for file in ["甲.csv", "乙.csv"] {
            fs::copy(whole.folder().join(file), place.folder().join(file)).unwrap();
        }
        place
    };
    let place = fresh();
    let run = import_on_failing_disk(&place, &library, 0, false);
    check_after_fault(&place, &run, "without a fault");
    assert_eq!((run.code, run.err.matches("（已保存）").count()), (Some(0), 2), "{}", run.err);
    let n_calls: usize = run.log.trim().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(n_calls > 60, "the calls are counted: {}", run.log);
    let mut numbers = Numbers(SEED + 2);
    let mut n_failed = 0;
    for turn in 0..FAULTS {
        // One call of each of as many stretches of the run.
        let stretch = n_calls / FAULTS;
        let at = 1 + turn * stretch + usize::try_from(numbers.below(u64::try_from(stretch).unwrap())).unwrap();
        let place = fresh();
        let run = import_on_failing_disk(&place, &library, at, turn % 2 == 1);
        let when = format!("call {at} of {n_calls}, lasting {}: {}{}", turn % 2 == 1, run.log, run.err);
        assert!(!run.err.contains("panicked"), "{when}");
        match run.code {
            Some(0) => assert_eq!(run.err.matches("（已保存）").count(), 2, "{when}"),
            Some(2) => assert!(run.err.contains("错误（"), "{when}"),
            code => panic!("exit {code:?}: {when}"),
        }
        n_failed += usize::from(run.code == Some(2));
        check_after_fault(&place, &run, &when);
    }
    assert!(n_failed > FAULTS / 4, "only {n_failed} of {FAULTS} imports failed");
}
