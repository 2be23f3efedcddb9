//! Broken input of every sort: bytes of the fixtures are changed by chance, and whatever comes out must be an answer or a
//! clear error, without a panic and in time. Each target runs for `LIANQIAO_FUZZ_SECONDS` (1 without it), from a seed that
//! is `LIANQIAO_FUZZ_SEED` or by chance and is printed; an input that fails is kept in `target/fuzz/`.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr, reason = "test helpers")]

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{Cursor, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lianqiao::{
    Definition, Engine, Error, ImportOptions, MatchOptions, MatchOrder, MatchRequest, MatchSubject, Moment,
};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// No input may take longer.
const INPUT_SECONDS_MAX: u64 = 10;

/// What is likely to matter somewhere.
const TOKENS: &[&str] = &[
    "",
    "\0",
    "\u{feff}",
    "\u{fffd}",
    "\"",
    "\"\"",
    "'",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "（",
    "）",
    "、",
    "，",
    "。",
    "；",
    "：",
    "/",
    "\\",
    "=",
    "==",
    "<",
    ">",
    "≥",
    "≤",
    "±",
    "~",
    "～",
    "-",
    "--",
    "—",
    "+",
    "*",
    "×",
    "x",
    "%",
    "‰",
    "φ",
    "Φ",
    "°",
    "℃",
    "²",
    "³",
    "^",
    "①",
    "⑳",
    "０",
    "９",
    "ａ",
    "Ｚ",
    "零",
    "〇",
    "十",
    "百",
    "千",
    "万",
    "亿",
    "万亿",
    "元",
    "万元",
    "美元",
    "￥",
    "$",
    "吨",
    "件",
    "台套",
    "mm",
    "kPa",
    "MPa",
    "kW",
    "h",
    "年",
    "月",
    "日",
    "年底",
    "季度",
    "长期",
    "面议",
    "不限",
    "以上",
    "以下",
    "不低于",
    "至少",
    "以内",
    "左右",
    "约",
    "或",
    "和",
    "除",
    "外",
    "禁用",
    "不接受",
    "须",
    "★",
    "优先",
    "限",
    "省内",
    "济南市",
    "山东省",
    "小巨人",
    "专精特新",
    "ISO9001",
    "GB/T",
    "304",
    "06Cr19Ni10",
    "M12×50",
    "315/80R22.5",
    "6205-2RS",
    "13812345678",
    "a@b.cn",
    "微信：",
    "联系人：",
    "2026-02-30",
    "9999999999999999999",
    "1e309",
    "-0",
    "NaN",
    "inf",
    "0x10",
    "1/0",
    "&amp;",
    "&#x0;",
    "&#99999999;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "é",
    "e\u{301}",
    "\u{200b}",
    "\u{202e}",
    "𠮷",
    "👩‍🔬",
    "臺灣",
    "true",
    "false",
    "null",
    "[[",
    "]]",
    "name",
    "kind",
    "column",
    "weight",
    "type",
    "text",
    "version",
];

/// Changes some bytes.
fn change(bytes: &mut Vec<u8>, chance: &mut ChaCha8Rng) {
    for _ in 0..chance.random_range(1..=6) {
        let at = chance.random_range(0..=bytes.len());
        let end = (at + chance.random_range(0..=24)).min(bytes.len());
        match chance.random_range(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.random_range(0..8),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at),
            3 => {
                let part = bytes[at..end].to_vec();
                let to = chance.random_range(0..=bytes.len());
                bytes.splice(to..to, part);
            }
            4 => {
                let part = bytes[at..end].repeat(chance.random_range(1..40));
                bytes.splice(at..at, part);
            }
            _ => {
                let token = TOKENS[chance.random_range(0..TOKENS.len())];
                bytes.splice(at..end, token.bytes());
            }
        }
    }
    bytes.truncate(200_000);
}

/// Writes a text of tokens and of characters of any sort.
fn text(chance: &mut ChaCha8Rng) -> String {
    let mut text = String::new();
    for _ in 0..chance.random_range(0..24) {
        match chance.random_range(0..4) {
            0 => text.extend(char::from_u32(chance.random_range(0..0x11_0000))),
            1 => text.push_str(&chance.random_range(0..100_000).to_string()),
            _ => text.push_str(TOKENS[chance.random_range(0..TOKENS.len())]),
        }
    }
    text
}

/// Tries inputs until the time is over.
fn run(target: &str, mut make: impl FnMut(&mut ChaCha8Rng) -> Vec<u8>, mut attempt: impl FnMut(&[u8])) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("LIANQIAO_FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    let end = Instant::now() + Duration::from_secs(number("LIANQIAO_FUZZ_SECONDS").unwrap_or(1));
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut n_inputs = 0;
    while Instant::now() < end {
        let input = make(&mut chance);
        let start = Instant::now();
        let done = catch_unwind(AssertUnwindSafe(|| attempt(&input)));
        let is_slow = start.elapsed() > Duration::from_secs(INPUT_SECONDS_MAX);
        n_inputs += 1;
        if done.is_err() || is_slow {
            let path =
                PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("target/fuzz/{target}-{seed}-{n_inputs}"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &input).unwrap();
            panic!(
                "{target}, seed {seed}, input {n_inputs}: {}; kept as {}",
                if is_slow { "slow" } else { "panic" },
                path.display()
            );
        }
    }
    eprintln!("{target}: {n_inputs} inputs from seed {seed}");
}

fn moment() -> Moment {
    Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) }
}

fn engine(folder: &Path) -> Engine {
    Engine::open(folder, Definition::compiled().unwrap(), "fuzz").unwrap()
}

/// Imports bytes as a file, without writing.
fn rehearse(engine: &Engine, path: &Path, bytes: &[u8], kind: Option<&str>) {
    fs::write(path, bytes).unwrap();
    let options = ImportOptions { dry_run: true, kind: kind.map(str::to_owned), ..ImportOptions::default() };
    let imported =
        engine.import(path, &options, &moment()).expect("what is wrong with a file is a problem in its report");
    let n_rows: usize = imported.reports.iter().map(|r| r.accepted + r.changed + r.unchanged + r.rejected).sum();
    assert_eq!(n_rows, imported.reports.iter().map(|report| report.rows).sum::<usize>(), "every row is counted once");
}

/// Imports changed copies of fixtures.
fn fuzz_files(target: &str, fixtures: &[&str], file: &str) {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&folder.path().join("data"));
    let path = folder.path().join(file);
    let read = |name: &&str| fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap();
    let seeds: Vec<Vec<u8>> = fixtures.iter().map(read).collect();
    let make = |chance: &mut ChaCha8Rng| {
        let mut bytes = seeds[chance.random_range(0..seeds.len())].clone();
        change(&mut bytes, chance);
        bytes
    };
    run(target, make, |bytes| rehearse(&engine, &path, bytes, None));
}

#[test]
fn delimited_files() {
    let fixtures =
        ["intake/supplies-gb18030.csv", "intake/supplies.tsv", "procurement/10-采购需求.csv", "identity/01-主体.csv"];
    fuzz_files("delimited", &fixtures, "表.csv");
}

#[test]
fn json_lines() {
    fuzz_files("jsonl", &["intake/supplies.jsonl", "identity/05-供应目录.jsonl"], "表.jsonl");
}

#[test]
fn workbooks() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&folder.path().join("data"));
    let path = folder.path().join("表.xlsx");
    let read =
        |name: &&str| fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/intake").join(name)).unwrap();
    let seeds: Vec<Vec<u8>> = ["dirty.xlsx", "libreoffice.xlsx", "corrected.xlsx"].iter().map(read).collect();
    let make = |chance: &mut ChaCha8Rng| {
        let seed = &seeds[chance.random_range(0..seeds.len())];
        if chance.random_range(0..4) > 0 {
            return repacked(seed, chance);
        }
        let mut bytes = seed.clone();
        change(&mut bytes, chance);
        bytes
    };
    run("workbooks", make, |bytes| rehearse(&engine, &path, bytes, None));
}

/// Changes one part of an archive, so that what is inside is reached.
fn repacked(archive: &[u8], chance: &mut ChaCha8Rng) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let changed = chance.random_range(0..archive.len());
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        if place == changed {
            change(&mut bytes, chance);
        }
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        out.start_file(part.name().unwrap().into_owned(), options).unwrap();
        out.write_all(&bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[test]
fn cells_of_every_type() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&folder.path().join("data"));
    let path = folder.path().join("表.csv");
    let definition = Definition::compiled().unwrap();
    let kinds: Vec<_> = definition.kinds.values().collect();
    let cell = |chance: &mut ChaCha8Rng| format!("\"{}\"", text(chance).replace('"', "\"\""));
    let make = |chance: &mut ChaCha8Rng| {
        let kind = kinds[chance.random_range(0..kinds.len())];
        let header: Vec<&str> = kind.columns.iter().map(|column| column.label.as_str()).collect();
        let mut rows = vec![header.join(",")];
        for _ in 0..8 {
            rows.push((0..header.len()).map(|_| cell(chance)).collect::<Vec<String>>().join(","));
        }
        format!("{}\n{}", kind.name, rows.join("\n")).into_bytes()
    };
    run("cells", make, |bytes| {
        let (kind, rows) = std::str::from_utf8(bytes).unwrap().split_once('\n').unwrap();
        rehearse(&engine, &path, rows.as_bytes(), Some(kind));
    });
}

#[test]
fn texts_that_are_searched_and_matched() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&folder.path().join("data"));
    for file in ["01-主体.csv", "10-采购需求.csv", "20-供应目录.csv"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/procurement").join(file);
        engine.import(&path, &ImportOptions::default(), &moment()).unwrap();
    }
    let is_clear = |error: &Error| matches!(error, Error::Request(_));
    run(
        "texts",
        |chance| text(chance).into_bytes(),
        |bytes| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let searched = engine.search(&text, None, 10, &moment());
            assert!(searched.as_ref().err().is_none_or(is_clear), "{:?}", searched.err());
            for kind in ["procurement", "catalog"] {
                let subject = MatchSubject::Text { text: text.clone(), kind: kind.to_owned() };
                let options = MatchOptions { top: 5, below_floor: true, order: MatchOrder::Score };
                let found = engine.matches(&MatchRequest { subject, lane: None, options }, &moment());
                assert!(found.as_ref().err().is_none_or(is_clear), "{:?}", found.err());
            }
        },
    );
}

#[test]
fn declarations() {
    let folder = tempfile::tempdir().unwrap();
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("index");
    let mut files = Vec::new();
    copy(&source, folder.path(), &mut files);
    // Large tables of one sort each would take all the time.
    let small: Vec<PathBuf> = files.into_iter().filter(|file| fs::metadata(file).unwrap().len() < 60_000).collect();
    let make = |chance: &mut ChaCha8Rng| {
        let place = chance.random_range(0..small.len());
        let mut bytes = fs::read(&small[place]).unwrap();
        change(&mut bytes, chance);
        [&u32::try_from(place).unwrap().to_le_bytes(), bytes.as_slice()].concat()
    };
    run("declarations", make, |bytes| {
        let (place, changed) = bytes.split_at(4);
        let path = &small[usize::try_from(u32::from_le_bytes(place.try_into().unwrap())).unwrap()];
        let whole = fs::read(path).unwrap();
        fs::write(path, changed).unwrap();
        let loaded = Definition::load(folder.path());
        fs::write(path, whole).unwrap();
        if let Err(error) = loaded {
            assert!(matches!(error, Error::Definition { .. } | Error::Io { .. }), "{error:?}");
        }
    });
}

fn copy(from: &Path, to: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target, files);
        } else {
            fs::copy(entry.path(), &target).unwrap();
            files.push(target);
        }
    }
    files.sort();
}
