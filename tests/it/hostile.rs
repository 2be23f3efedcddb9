//! Files that are broken, or made to do harm: each is a problem, soon and in little memory, and the data are as good as
//! before. No such file is stored; they are made here, a few of each family from fixed numbers.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lianqiao::{Definition, Engine, ImportOptions, Moment};
use serde_json::Value;

use crate::archives::{Part, SHEET, archive, rows, sheet, workbook};
use crate::support::Numbers;
use crate::support::{Place, fixture};
use crate::{hostile_texts, hostile_workbooks};

/// A file to be imported.
pub struct Hostile {
    pub ending: String,
    pub bytes: Vec<u8>,
    /// Whether it may happen to be a good file.
    pub may_pass: bool,
}

impl Hostile {
    /// A file that is a problem.
    pub fn new(ending: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { ending: ending.to_owned(), bytes: bytes.into(), may_pass: false }
    }
}

/// A name, and what makes a file of numbers.
pub type Family = (&'static str, fn(&mut Numbers) -> Hostile);

/// Files of each family.
const VARIANTS: u64 = 4;
/// What a file may take: processor time of both processes together, and memory. Without optimisation all takes longer.
const PROCESSOR_SECONDS: f64 = if cfg!(debug_assertions) { 8.0 } else { 2.0 };
const MEMORY_KIB: u64 = 256 << 10;
/// Ticks of the clock in `/proc`.
const TICKS_PER_SECOND: f64 = 100.0;

/// What importing a file took, and gave.
struct Taken {
    processor_seconds: f64,
    memory_kib: u64,
    code: Option<i32>,
    out: String,
    err: String,
}

/// Imports a file by the program, and watches it.
fn import(place: &Place, flags: &[&str], path: &Path) -> Taken {
    let output = |name: &str| place.folder().join(name);
    let create = |name: &str| Stdio::from(fs::File::create(output(name)).unwrap());
    let mut command = place.command(&[&["--format", "json", "import"], flags, &[path.to_str().unwrap()]].concat());
    let mut child = command.stdin(Stdio::null()).stdout(create("out")).stderr(create("err")).spawn().unwrap();
    let id = child.id().to_string();
    let started = Instant::now();
    let mut memory_kib = Vec::new();
    let processor_seconds = loop {
        assert!(started.elapsed() < Duration::from_secs(300), "{}: still running", path.display());
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        if fields[0] == "Z" {
            // Its own time and that of its children, in the system's code too.
            break fields[11..15].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / TICKS_PER_SECOND;
        }
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let peaks = std::iter::once(id.as_str()).chain(children.split_whitespace()).map(peak_kib);
        memory_kib.push(peaks.sum());
        std::thread::sleep(Duration::from_millis(2));
    };
    let status = child.wait().unwrap();
    let text = |name: &str| String::from_utf8(fs::read(output(name)).unwrap()).unwrap();
    let memory_kib = memory_kib.into_iter().max().unwrap_or(0);
    Taken { processor_seconds, memory_kib, code: status.code(), out: text("out"), err: text("err") }
}

/// Reads the most memory that a process has had so far; none of one that is gone.
fn peak_kib(id: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or(0, |peak| peak.trim_end_matches("kB").trim().parse().unwrap())
}

/// Says what is wrong with how a file was taken.
fn complaint(taken: &Taken, may_pass: bool) -> Option<String> {
    let report: Value = serde_json::from_str(&taken.out).unwrap_or_default();
    let problems: Vec<&Value> =
        report["files"].as_array()?.iter().flat_map(|f| f["problems"].as_array().unwrap()).collect();
    let is_chinese = |problem: &&Value| !problem["message"].as_str().unwrap().is_ascii();
    let told = !problems.is_empty() && problems.iter().all(is_chinese);
    let what = match taken.code {
        Some(1) if !told => "no problem is told",
        Some(0) if !may_pass && !told => "it was taken for a good file",
        Some(0 | 1) if taken.processor_seconds > PROCESSOR_SECONDS => "it took too long",
        Some(0 | 1) if taken.memory_kib > MEMORY_KIB => "it took too much memory",
        Some(0 | 1) if taken.err.contains("panicked") => "it panicked",
        Some(0 | 1) => return None,
        _ => "it was no problem but an end",
    };
    Some(what.to_owned())
}

#[test]
fn hostile_files_are_problems_soon_and_in_little_memory() {
    let imported: Vec<(String, Option<String>)> = std::thread::scope(|scope| {
        let halves = [0, 1].map(|half| scope.spawn(move || import_all(half)));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    for (taken, _) in &imported {
        println!("{taken}");
    }
    let wrong: Vec<&str> = imported.iter().filter_map(|(_, complaint)| complaint.as_deref()).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), imported.len(), wrong.join("\n\n"));
    assert!(imported.len() >= 200, "{}", imported.len());
}

/// Imports every other variant of each family into one data directory, which is as good as before; says what each took,
/// and what is wrong with it.
fn import_all(half: u64) -> Vec<(String, Option<String>)> {
    let place = Place::new();
    place.json(0, &["import", &fixture("procurement/01-主体.csv")]);
    let mut imported = Vec::new();
    for (i, (family, make)) in (1..).zip(hostile_texts::FAMILIES.iter().chain(hostile_workbooks::FAMILIES)) {
        for variant in (half..VARIANTS).step_by(2) {
            let file = make(&mut Numbers(i * 1_000 + variant));
            let path = place.folder().join(format!("采购需求.{}", file.ending));
            fs::write(&path, file.bytes).unwrap();
            let taken = import(&place, &[], &path);
            fs::remove_file(path).unwrap();
            let complaint = complaint(&taken, file.may_pass).map(|complaint| {
                let out: String = taken.out.chars().take(1_000).collect();
                format!("{family} {variant}: {complaint}\n{out}\n{}", taken.err)
            });
            let (seconds, memory_mib) = (taken.processor_seconds, taken.memory_kib >> 10);
            imported.push((format!("{family} {variant}: {seconds:.2} s, {memory_mib} MiB"), complaint));
        }
    }
    still_works(&place);
    imported
}

/// The data directory takes good files, and what was in it is there.
fn still_works(place: &Place) {
    for file in ["10-采购需求.csv", "20-供应目录.csv"] {
        place.json(0, &["import", &fixture(&format!("procurement/{file}"))]);
    }
    assert_eq!(place.json(0, &["match", "--demand", "XQ-1"])["matches"][0]["id"], "P2:catalog:GY-03");
    place.json(0, &["verify"]);
}

/// The files above would all be problems if the workbooks that they spoil were none.
#[test]
fn the_workbook_that_is_spoilt_is_a_good_one() {
    let place = Place::new();
    let path = place.folder().join("采购需求.xlsx");
    let long = Part::repeated(SHEET, "<worksheet><sheetData>", &rows(0), 3_000_000 / rows(0).len(), "</sheetData>");
    for parts in [vec![], vec![Part::deflated(SHEET, sheet(&rows(3), ""))], vec![long]] {
        fs::write(&path, archive(&workbook(parts))).unwrap();
        let report = place.json(0, &["import", path.to_str().unwrap()]);
        assert_eq!(report["files"][0]["kind"], "procurement");
    }
}

#[test]
fn what_is_no_regular_file_is_a_problem() {
    let place = Place::new();
    let at = |name: &str| place.folder().join(name);
    assert!(Command::new("mkfifo").arg(at("管道.csv")).status().unwrap().success());
    fs::create_dir(at("文件夹.xlsx")).unwrap();
    symlink("/dev/zero", at("设备.csv")).unwrap();
    symlink(at("环.csv"), at("环.csv")).unwrap();
    symlink(at("没有.csv"), at("断.csv")).unwrap();
    let paths = ["管道.csv", "文件夹.xlsx", "设备.csv", "环.csv", "断.csv"].map(at);
    for path in paths.into_iter().chain(["/dev/null", "/dev/zero", "/proc/self/mem"].map(PathBuf::from)) {
        let taken = import(&place, &[], &path);
        assert_eq!(complaint(&taken, false), None, "{}\n{}", path.display(), taken.out);
        assert!(taken.out.contains("unreadable_file"), "{}\n{}", path.display(), taken.out);
    }
}

/// One engine takes a file of every family, and good files after them.
#[test]
fn an_engine_outlives_hostile_files() {
    let folder = tempfile::tempdir().unwrap();
    let moment = Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) };
    let engine = Engine::open(&folder.path().join("data"), Definition::compiled().unwrap(), "test").unwrap();
    let options = ImportOptions { reader: Some(env!("CARGO_BIN_EXE_lianqiao").into()), ..ImportOptions::default() };
    for (i, (family, make)) in (1..).zip(hostile_texts::FAMILIES.iter().chain(hostile_workbooks::FAMILIES)) {
        let file = make(&mut Numbers(i * 1_000 + VARIANTS));
        let path = folder.path().join(format!("采购需求.{}", file.ending));
        fs::write(&path, file.bytes).unwrap();
        let imported = engine.import(&path, &options, &moment);
        assert!(imported.is_ok_and(|imported| !imported.reports.is_empty()), "{family}");
    }
    for (file, n_rows) in [("procurement/01-主体.csv", 18), ("intake/corrected.xlsx", 6)] {
        let imported = engine.import(Path::new(&fixture(file)), &options, &moment).unwrap();
        assert_eq!(imported.reports[0].accepted, n_rows, "{file}");
    }
    let path = fixture("intake/corrected.xlsx");
    let told = |reader: &str| {
        let options = ImportOptions { reader: Some(reader.into()), ..ImportOptions::default() };
        let imported = engine.import(Path::new(&path), &options, &moment).unwrap();
        imported.reports[0].problems[0].message.clone()
    };
    assert!(told("/there/is/none").contains("无法启动"));
    assert!(told("true").contains("意外结束"));
    let zombies = fs::read_to_string("/proc/self/task/self/children").unwrap_or_default();
    let is_zombie = |id: &&str| fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    assert_eq!(zombies.split_whitespace().filter(is_zombie).count(), 0, "every child is waited for");
}

#[test]
fn the_death_of_the_reader_is_a_problem_that_names_the_limit() {
    let place = Place::new();
    let path = place.folder().join("采购需求.xlsx");
    let told = |part: Part| {
        fs::write(&path, archive(&workbook(vec![part]))).unwrap();
        let report = place.json(1, &["import", path.to_str().unwrap()]);
        report["files"][0]["problems"][0]["message"].as_str().unwrap().to_owned()
    };
    let strings = "xl/sharedStrings.xml";
    let count = Part::stored(strings, "<sst uniqueCount='1000000000'><si><t>x</t></si></sst>");
    assert!(told(count).contains("160 MiB 内存的上限"));
    let bomb = Part::repeated(SHEET, "", " ", 1 << 30, "");
    assert!(told(bomb.clone()).contains("解压后有 1024 MiB"));
    assert!(told(Part { size: 1_000, ..bomb }).contains("无法读取"));
}

/// The reader's own limits, while it waits for somebody to read what it has to say.
#[test]
fn the_reader_limits_itself() {
    let place = Place::new();
    let path = place.folder().join("采购需求.xlsx");
    fs::write(&path, archive(&workbook(vec![Part::deflated(SHEET, sheet(&rows(5_000), ""))]))).unwrap();
    let mut command = place.command(&["read-workbook"]);
    let mut child = command.stdin(fs::File::open(path).unwrap()).stdout(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    let has = |limits: &str, name: &str, soft: &str| {
        limits.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(soft)))
    };
    loop {
        let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();

        let memory = has(&limits, "Max address space", "16");
        if memory && has(&limits, "Max cpu time", "1 ") && has(&limits, "Max core file size", "0 ") {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{limits}");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// An honest workbook of 200,000 rows and 20 columns: `cargo test --release --test it -- --ignored --nocapture honest`.
#[test]
#[ignore = "takes a minute or two; for measuring"]
fn an_honest_workbook_of_four_million_cells_goes_in() {
    const ROWS: u32 = 200_000;
    let place = Place::new();
    let path = place.folder().join("供应目录.xlsx");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let known = ["编号", "企业名称", "产品名称", "产品说明", "年产能", "参考价格"];
    for column in 0..20 {
        let label = known.get(column as usize).map_or_else(|| format!("备注{column}"), |label| (*label).to_owned());
        sheet.write_string(0, column, label).unwrap();
    }
    for row in 1..=ROWS {
        let party = format!("示例第{}轴承有限公司", row % 5_000);
        let texts = [format!("GY-{row}"), party, format!("深沟球轴承{}", row % 900), format!("第{row}种，用于减速机")];
        for (column, text) in (0..).zip(texts) {
            sheet.write_string(row, column, text).unwrap();
        }
        sheet.write_string(row, 4, format!("{row}套")).unwrap();
        sheet.write_number(row, 5, f64::from(row) / 100.0).unwrap();
        for column in 6..20 {
            sheet.write_string(row, column, format!("备注文字{}", (row * 7 + u32::from(column)) % 50_000)).unwrap();
        }
    }
    workbook.save(&path).unwrap();
    let started = Instant::now();
    let taken = import(&place, &["--dry-run"], &path);
    let size_mib = fs::metadata(&path).unwrap().len() >> 20;
    let (seconds, memory_mib) = (started.elapsed().as_secs_f64(), taken.memory_kib >> 10);
    println!("{size_mib} MiB: {seconds:.1} s, {:.1} s of processors, {memory_mib} MiB", taken.processor_seconds);
    let report: Value = serde_json::from_str(&taken.out).unwrap();
    assert_eq!(report["files"][0]["accepted"], ROWS, "{}", taken.err);
}
