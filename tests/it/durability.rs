//! What was said to be saved is saved: after kills, beside another process, and with damaged files. Readers see all of
//! it once, or are told that it is damaged; never something else.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Numbers, Place, copy, walk};

/// The party that owns every row below.
const PARTY: &str = "示例机械有限公司";
const FILES: usize = 3;
const ROWS: usize = 12;
/// Kills in each of two tests, and in the life of one data directory.
const KILLS: usize = 25;
const KILLS_IN_A_LIFE: usize = 3;
/// Where the moments of the kills come from.
const SEED: u64 = 20_260_601;

fn file_name(file: usize) -> String {
    format!("供应目录{file}.csv")
}

fn codes(file: usize) -> BTreeSet<String> {
    (0..ROWS).map(|row| format!("F{file}-{row}")).collect()
}

/// Writes the files to import and returns their names.
fn write_files(place: &Place) -> Vec<String> {
    for file in 0..FILES {
        let rows = codes(file).into_iter().map(|code| format!("{code},{PARTY},轴承钢丝{code}型,用于试验\n"));
        let text: String = rows.collect();
        fs::write(place.folder().join(file_name(file)), format!("编号,企业名称,产品名称,产品说明\n{text}")).unwrap();
    }
    (0..FILES).map(file_name).collect()
}

fn start_import(place: &Place, files: &[String]) -> Child {
    let arguments: Vec<&str> = ["import"].into_iter().chain(files.iter().map(String::as_str)).collect();
    place.command(&arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Sends the lines that a process says, until it ends.
fn lines_of(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
    receiver
}

/// Imports, kills the process after a while, and returns which files it had said to be saved; whether it was still
/// running then.
fn import_and_kill(place: &Place, files: &[String], after: Duration) -> (BTreeSet<usize>, bool) {
    let started = Instant::now();
    let mut child = start_import(place, files);
    let receiver = lines_of(&mut child);
    let mut lines = Vec::new();
    loop {
        match receiver.recv_timeout(after.saturating_sub(started.elapsed())) {
            Ok(line) => lines.push(line),
            Err(RecvTimeoutError::Timeout) => break,
            // It has closed its standard error, so it is ending by itself.
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let was_running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    lines.extend(receiver);
    let said =
        |file: &usize| lines.iter().any(|line| line.starts_with(&file_name(*file)) && line.ends_with("（已保存）"));
    ((0..FILES).filter(said).collect(), was_running)
}

/// Lists the codes of all rows that the program knows; a directory in which nothing was saved has none.
fn listed(place: &Place) -> Vec<String> {
    let output = place.run(&["--format", "json", "show", PARTY]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(2) && (err.contains("no_data") || err.contains("not_found")) {
        return Vec::new();
    }
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    let shown: Value = serde_json::from_str(&out).unwrap();
    let ids = shown["records"].as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned());
    ids.map(|id| id.rsplit(':').next().unwrap().to_owned()).collect()
}

/// Checks that the log and the views hold `n_rows` rows, each once; the views are compared with rebuilt ones.
fn check_views(place: &Place, n_rows: usize, when: &str) {
    if n_rows == 0 {
        let output = place.run(&["verify"]);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || err.contains("no_data"), "{when}: {err}");
        return;
    }
    let report = place.json(0, &["verify"]);
    assert_eq!(report["records"], n_rows, "{when}: {report}");
    assert_eq!(report["documents"], n_rows, "{when}: {report}");
}

/// Checks what is there after a kill, and returns which files are.
fn check_after_kill(place: &Place, saved: &BTreeSet<usize>, when: &str) -> BTreeSet<usize> {
    let rows = listed(place);
    let distinct: BTreeSet<String> = rows.iter().cloned().collect();
    assert_eq!(rows.len(), distinct.len(), "{when}: a row is there twice: {rows:?}");
    let mut there = BTreeSet::new();
    for file in 0..FILES {
        match codes(file).intersection(&distinct).count() {
            0 => assert!(!saved.contains(&file), "{when}: file {file} was said to be saved and is not there"),
            ROWS => {
                there.insert(file);
            }
            some => panic!("{when}: file {file} is there with {some} of {ROWS} rows"),
        }
    }
    check_views(place, rows.len(), when);
    there
}

/// Imports into one directory after the other and kills each import at some moment of its run. `before_turn` may change
/// the directory in which something has been saved.
fn kill_and_check(seed: u64, before_turn: impl Fn(&Path)) {
    let whole = Place::new();
    let files = write_files(&whole);
    let started = Instant::now();
    let (saved, _) = import_and_kill(&whole, &files, Duration::from_secs(600));
    let whole_us = u64::try_from(started.elapsed().as_micros()).unwrap();
    assert_eq!(saved.len(), FILES, "an import that nobody kills saves every file and says so");

    let mut numbers = Numbers(seed);
    let (mut n_killed, mut n_saved) = (0, 0);
    // On a machine that has become slower all may come too early: then some more, until one comes late enough.
    while n_killed < KILLS || (n_saved == 0 && n_killed < 4 * KILLS) {
        let place = Place::new();
        let files = write_files(&place);
        let mut saved = BTreeSet::new();
        for turn in 0..KILLS_IN_A_LIFE {
            if !saved.is_empty() {
                before_turn(&place.data());
            }
            let after_us = numbers.below(whole_us * 3 / 2);
            let when = format!("seed {seed}, kill {n_killed}, turn {turn}, after {after_us} of {whole_us} us");
            let (said, was_running) = import_and_kill(&place, &files, Duration::from_micros(after_us));
            n_killed += usize::from(was_running);
            n_saved += said.len();
            saved.extend(said);
            saved = check_after_kill(&place, &saved, &when);
        }
        let arguments: Vec<&str> = ["import"].into_iter().chain(files.iter().map(String::as_str)).collect();
        let report = place.json(0, &arguments);
        for (file, report) in (0..FILES).zip(report["files"].as_array().unwrap()) {
            let column = if saved.contains(&file) { "unchanged" } else { "accepted" };
            assert_eq!(report[column], ROWS, "seed {seed}, before kill {n_killed}: {report}");
        }
        let all: BTreeSet<usize> = (0..FILES).collect();
        let when = format!("seed {seed}, whole again before kill {n_killed}");
        assert_eq!(check_after_kill(&place, &all, &when), all);
    }
    assert!(n_saved > 0, "no kill came after an acknowledgement, so nothing was tried");
}

#[test]
fn what_was_acknowledged_survives_kills() {
    kill_and_check(SEED, |_| {});
}

#[test]
fn what_was_acknowledged_survives_kills_while_views_are_rebuilt() {
    kill_and_check(SEED + 1, |data| {
        if data.join("views").exists() {
            fs::remove_dir_all(data.join("views")).unwrap();
        }
    });
}

/// Imports one file and returns its name.
fn imported(place: &Place) -> String {
    let file = write_files(place).remove(0);
    place.json(0, &["import", &file]);
    file
}

#[test]
fn a_second_writer_is_told_who_the_first_is() {
    let place = Place::new();
    let small = imported(&place);
    // More than is read while a refused writer and a reader come and go.
    const OTHER_ROWS: usize = 20_000;
    let other: String = (0..OTHER_ROWS).map(|row| format!("G-{row},{PARTY},阀门{row}型\n")).collect();
    fs::write(place.folder().join("供应目录大.csv"), format!("编号,企业名称,产品名称\n{other}")).unwrap();
    fs::write(place.folder().join("供应目录小.csv"), "编号,企业名称,产品名称\nH-1,示例阀门有限公司,阀门\n").unwrap();
    let mut child = start_import(&place, &["供应目录小.csv".to_owned(), "供应目录大.csv".to_owned()]);
    // The first file is saved: the process holds the directory and is busy with the second.
    let receiver = lines_of(&mut child);
    assert!(receiver.recv().unwrap().ends_with("（已保存）"));
    let refused = place.run(&["import", &small]);
    let seen = listed(&place);
    let is_still_writing = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_still_writing, "the table is too small for this test");
    let err = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{err}");
    assert!(err.contains("locked") && err.contains(&format!("进程 {}（import）", child.id())), "{err}");
    // The second file is one change: a reader sees none of it or all.
    assert!([ROWS, ROWS + OTHER_ROWS].contains(&seen.len()), "a reader sees what was saved before: {seen:?}");
}

#[test]
fn readers_work_while_the_directory_is_held() {
    let place = Place::new();
    imported(&place);
    let lock = File::options().write(true).open(place.data().join("writer.lock")).unwrap();
    lock.lock().unwrap();
    fs::write(place.data().join("writer.lock"), "进程 0（试验）").unwrap();
    for write in [&["import", "供应目录1.csv"][..], &["withdraw", "F0-1"], &["party", "split", "P1"]] {
        let output = place.run(write);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{write:?}: {err}");
        assert!(err.contains("locked") && err.contains("进程 0（试验）"), "{write:?}: {err}");
    }
    assert_eq!(listed(&place).len(), ROWS);
    assert_eq!(place.json(0, &["search", "轴承钢丝", "--top", "99"])["found"].as_array().unwrap().len(), ROWS);
    let text = ["match", "--kind", "procurement", "--text", "轴承钢丝", "--all"];
    assert!(!place.json(0, &text)["matches"].as_array().unwrap().is_empty());
    check_views(&place, ROWS, "held");
    fs::remove_dir_all(place.data().join("views")).unwrap();
    assert_eq!(place.json(0, &["search", "轴承钢丝", "--top", "99"])["found"].as_array().unwrap().len(), ROWS);
    drop(lock);
    assert_eq!(place.json(0, &["import", "供应目录1.csv"])["files"][0]["accepted"], ROWS);
}

/// Flips one bit of some bytes.
fn flip(path: &Path, places: &[usize]) {
    let mut bytes = fs::read(path).unwrap();
    places.iter().for_each(|place| bytes[*place] ^= 0x04);
    fs::write(path, bytes).unwrap();
}

/// Asks for everything that was imported; gives the exit code and the answer.
fn answer(place: &Place) -> (Option<i32>, String, String) {
    let output = place.run(&["--format", "json", "match", "--kind", "procurement", "--text", "轴承钢丝", "--all"]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_changed_row_of_the_log_is_damage() {
    let place = Place::new();
    imported(&place);
    let log = place.data().join("log.sqlite");
    let bytes = fs::read(&log).unwrap();
    let row = "轴承钢丝F0-7型".as_bytes();
    // SQLite leaves old copies in pages that it has split, so every copy is changed.
    let copies = bytes.windows(row.len()).enumerate().filter(|(_, window)| *window == row);
    let places: Vec<usize> = copies.map(|(start, _)| start + row.len() / 2).collect();
    assert!(!places.is_empty(), "the log holds what was imported");
    flip(&log, &places);
    for command in [&["verify"][..], &["search", "钢丝"], &["show", PARTY], &["import", "供应目录1.csv"]] {
        let output = place.run(command);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {err}");
        assert!(err.contains("damaged"), "{command:?}: {err}");
        assert!(output.stdout.is_empty(), "{command:?}");
    }
}

#[test]
fn a_flipped_bit_of_the_log_is_damage_or_changes_nothing() {
    const FLIPS: usize = 24;
    let place = Place::new();
    imported(&place);
    let whole = answer(&place);
    assert_eq!(whole.0, Some(0), "{}", whole.2);
    let length = fs::read(place.data().join("log.sqlite")).unwrap().len();
    let mut numbers = Numbers(SEED);
    let mut n_noticed = 0;
    for _ in 0..FLIPS {
        let damaged = copy(&place);
        let at = usize::try_from(numbers.below(u64::try_from(length).unwrap())).unwrap();
        flip(&damaged.data().join("log.sqlite"), &[at]);
        let (code, out, err) = answer(&damaged);
        if code == Some(2) {
            n_noticed += 1;
            let is_named = ["damaged", "（log）", "newer_format"].iter().any(|code| err.contains(code));
            assert!(is_named && out.is_empty(), "bit at {at}: {err}");
        } else {
            assert_eq!((code, &out), (whole.0, &whole.1), "bit at {at}: {err}");
        }
    }
    assert!(n_noticed > 0, "no flipped bit of {FLIPS} was noticed");
}

#[test]
fn views_that_are_gone_or_garbage_are_rebuilt() {
    let place = Place::new();
    imported(&place);
    let answers = |place: &Place| (answer(place), place.json(0, &["search", "轴承钢丝", "--top", "99"]));
    let whole = answers(&place);
    let views = place.data().join("views");
    fs::remove_dir_all(&views).unwrap();
    assert_eq!(answers(&place), whole, "views that are gone are made without a word");
    let meta = walk(&views).into_iter().find(|path| path.ends_with("meta.json")).expect("the view has a meta.json");
    for garbage in ["", "{", "garbage", "{\"segments\": []}"] {
        for file in [&meta, &views.join("catalogue"), &views.join("impact")] {
            fs::write(file, garbage).unwrap();
        }
        let (code, out, err) = answer(&place);
        assert_eq!((code, &out), (whole.0.0, &whole.0.1), "{garbage:?}");
        assert!(err.contains("view_rebuilt"), "{garbage:?}: {err}");
        place.json(0, &["search", "轴承钢丝"]);
        assert_eq!(answers(&place), whole, "it is mended for good");
        check_views(&place, ROWS, garbage);
    }
}

#[test]
fn a_damaged_view_is_damage_or_rebuilt() {
    let place = Place::new();
    imported(&place);
    let whole = answer(&place);
    let files = walk(&place.data().join("views"));
    assert!(files.len() > 3, "{files:?}");
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 3] = [
        ("gone", |path| fs::remove_file(path).unwrap()),
        ("garbage", |path| fs::write(path, "garbage").unwrap()),
        ("flipped", |path| {
            let length = fs::read(path).unwrap().len();
            if length > 0 {
                flip(path, &[length / 2]);
            }
        }),
    ];
    for path in &files {
        for (what, damage) in damages {
            let damaged = copy(&place);
            damage(&damaged.data().join(path.strip_prefix(place.data()).unwrap()));
            let when = format!("{what}: {}", path.file_name().unwrap().to_string_lossy());
            let output = damaged.run(&["verify"]);
            let err = String::from_utf8_lossy(&output.stderr);
            match output.status.code() {
                Some(0) => {
                    let (code, out, _) = answer(&damaged);
                    assert_eq!((code, &out), (whole.0, &whole.1), "{when}");
                }
                Some(2) => assert!(err.contains("damaged"), "{when}: {err}"),
                code => panic!("{when}: exit {code:?}: {err}"),
            }
            // The views hold nothing else, so without them everything is there again.
            fs::remove_dir_all(damaged.data().join("views")).unwrap();
            assert_eq!(answer(&damaged), whole, "{when}");
        }
    }
}

#[test]
fn a_newer_data_directory_is_refused() {
    let place = Place::new();
    imported(&place);
    let log = place.data().join("log.sqlite");
    assert!(!place.data().join("log.sqlite-wal").exists(), "the last process closed the log");
    let mut bytes = fs::read(&log).unwrap();
    // The user version stands at byte 60 of the header, big end first.
    assert_eq!(bytes[60..64], [0, 0, 0, 5], "the version of the tables");
    bytes[63] += 1;
    fs::write(&log, &bytes).unwrap();
    fs::remove_file(place.data().join("log.seal")).unwrap();
    for command in [&["verify"][..], &["search", "钢丝"], &["import", "供应目录1.csv"], &["withdraw", "F0-1"]] {
        let output = place.run(command);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {err}");
        assert!(err.contains("newer_format"), "{command:?}: {err}");
    }
    assert_eq!(fs::read(&log).unwrap(), bytes, "a refused log is left as it is");
}
