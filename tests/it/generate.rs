//! An invented province: the same bytes for the same seed, tables that import as they are, and mistakes in the share
//! that was asked for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Place, walk};

/// Generates a small province into a folder of the place, with a seed and a share of mistakes.
fn generate(place: &Place, out: &str, seed: &str, dirt: &str) -> Value {
    let counts = ["--parties", "120", "--supplies", "260", "--demands", "140"];
    place.json(0, &[&["generate", "--seed", seed, "--dirt", dirt, "--out", out], counts.as_slice()].concat())
}

fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let named = |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    walk(folder).iter().map(|path| (named(path), fs::read(path).unwrap())).collect()
}

fn import(place: &Place, folder: &str, code: i32) -> Vec<Value> {
    let mut files: Vec<String> =
        walk(&place.folder().join(folder)).iter().map(|path| path.to_str().unwrap().to_owned()).collect();
    files.sort_unstable();
    let arguments: Vec<&str> = std::iter::once("import").chain(files.iter().map(String::as_str)).collect();
    place.json(code, &arguments)["files"].as_array().unwrap().clone()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let place = Place::new();
    for (out, seed) in [("a", "7"), ("b", "7"), ("c", "8")] {
        generate(&place, out, seed, "0.02");
    }
    let [a, b, c] = ["a", "b", "c"].map(|out| bytes(&place.folder().join(out)));
    assert_eq!(a, b);
    assert_eq!(a.keys().collect::<Vec<_>>(), c.keys().collect::<Vec<_>>());
    assert!(a.iter().all(|(name, bytes)| c[name] != *bytes), "another seed gives another province");
    assert!(a.values().all(|bytes| bytes.starts_with("\u{feff}".as_bytes())), "Excel needs the mark");
}

#[test]
fn a_clean_province_imports_without_a_word() {
    let place = Place::new();
    let report = generate(&place, "clean", "7", "0");
    assert_eq!(report["dirty_rows"], 0);
    let written = report["files"].as_array().unwrap();
    let files = import(&place, "clean", 0);
    assert_eq!(files.len(), 26, "one party, four facts, ten supplies, eleven demands");
    for (file, written) in files.iter().zip(written) {
        assert_eq!(file["problems"].as_array().unwrap(), &Vec::<Value>::new(), "{file}");
        assert_eq!((&file["kind"], &file["accepted"]), (&written["kind"], &written["rows"]), "{file}");
    }
    let demand = place.json(0, &["search", "采购", "--kind", "procurement", "--top", "1"]);
    assert!(demand["found"][0]["party"].as_str().is_none_or(|party| party.starts_with("示例")), "{demand}");
}

#[test]
fn mistakes_come_in_the_share_that_was_asked_for() {
    let place = Place::new();
    let report = generate(&place, "dirty", "7", "0.2");
    let (rows, dirty) = (report["rows"].as_f64().unwrap(), report["dirty_rows"].as_f64().unwrap());
    assert!((0.15..0.25).contains(&(dirty / rows)), "{dirty} of {rows}");
    let files = import(&place, "dirty", 1);
    let problems: Vec<&Value> = files.iter().flat_map(|file| file["problems"].as_array().unwrap()).collect();
    // Some mistakes are read all the same; none spreads to other rows.
    let share = problems.len() as f64 / dirty;
    assert!((0.5..=1.0).contains(&share), "{} problems of {dirty} dirty rows", problems.len());
    let known = [
        "bad_date",
        "missing_value",
        "bad_uscc",
        "unknown_region",
        "duplicate_in_file",
        "name_differs",
        "bad_money",
        "bad_quantity",
        "bad_choice",
        "bad_flag",
        "bad_number",
        "unknown_industry",
        "unknown_certificate",
        "unclear_wish",
        "unknown_unit",
        "cell_error",
    ];
    let other: Vec<&&Value> = problems.iter().filter(|p| !known.contains(&p["code"].as_str().unwrap())).collect();
    assert!(other.is_empty(), "{other:?}");
    for code in ["bad_date", "missing_value", "bad_uscc", "unknown_region", "duplicate_in_file", "name_differs"] {
        assert!(problems.iter().any(|problem| problem["code"] == code), "{code}");
    }
}

#[test]
fn what_cannot_be_generated_is_refused_and_nothing_is_written() {
    let place = Place::new();
    fs::create_dir(place.folder().join("full")).unwrap();
    fs::write(place.folder().join("full/01-主体.csv"), "单位名称\n").unwrap();
    let base = ["generate", "--parties", "10", "--supplies", "10", "--demands", "10", "--seed", "1", "--out", "out"];
    let refused = |changes: &[&str], named: &str| {
        let output = place.run(&[&base, changes].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && error.contains(named), "{changes:?}: {error}");
    };
    refused(&["--out", "full"], "full 不是空目录");
    refused(&["--parties", "0"], "--parties");
    refused(&["--supplies", "99999999999"], "5000000");
    refused(&["--demands", "很多"], "--demands");
    refused(&["--dirt", "1.5"], "比例应在 0 与 1 之间");
    refused(&["--dirt", "NaN"], "比例应在 0 与 1 之间");
    refused(&["--lane", "采"], "procurement");
    assert!(!place.folder().join("out").exists());
    assert_eq!(walk(&place.folder().join("full")).len(), 1);
}
