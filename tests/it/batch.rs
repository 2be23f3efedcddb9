//! Matching whole lanes, both ways, and measuring the ranking.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::demo::imported;
use crate::support::Place;

fn run_on_threads(place: &Place, threads: &str, arguments: &[&str]) -> Output {
    place.command(arguments).env("RAYON_NUM_THREADS", threads).output().unwrap()
}

fn lists(path: &std::path::Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_lane_goes_to_a_file_and_the_bytes_are_those_of_any_number_of_threads() {
    let place = imported();
    let mut bytes = Vec::new();
    for threads in ["1", "2"] {
        let out = place.folder().join(format!("threads-{threads}.jsonl"));
        let output = run_on_threads(&place, threads, &["--quiet", "match-all", "--out", out.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        bytes.push((fs::read(&out).unwrap(), output.stdout));
    }
    assert!(bytes[0] == bytes[1], "one thread and two");
    let summary = String::from_utf8(bytes[0].1.clone()).unwrap();
    for lane in ["采购对接", "信贷对接", "技工人才", "不在任何需求前 20 名的供给"] {
        assert!(summary.contains(lane), "{lane}: {summary}");
    }
    // A list of the batch is the list of a single match, its place in the other's list included.
    let all = lists(&place.folder().join("threads-1.jsonl"));
    for demand in ["P1:procurement:LT-01", "P7:tech_need:JS-01", "P26:debt_need:ZQ-02"] {
        let of_batch = all.iter().find(|list| list["subject"]["id"] == demand).unwrap();
        let lane = of_batch["lane"].as_str().unwrap();
        let single = place.json(0, &["match", "--demand", demand, "--lane", lane, "--top", "20"]);
        assert_eq!(*of_batch, single, "{demand}");
    }
}

#[test]
fn a_pair_scores_the_same_from_both_sides() {
    let place = imported();
    for (demand, lane) in [("P17:debt_need:ZQ-01", "credit"), ("P7:tech_need:JS-01", "achievement")] {
        let there = place.json(0, &["match", "--demand", demand, "--lane", lane, "--top", "1"]);
        let best = &there["matches"][0];
        let supply = best["id"].as_str().unwrap();
        let back = place.json(0, &["match", "--supply", supply, "--lane", lane, "--top", "50"]);
        let (place_back, own) = (1..)
            .zip(back["matches"].as_array().unwrap())
            .find(|(_, one)| one["id"] == demand)
            .expect("the demand is in the supply's list");
        assert_eq!((&own["score"], &own["mutual"]["score"]), (&best["score"], &best["mutual"]["score"]), "{demand}");
        assert_eq!(best["mutual"]["rank_back"], place_back, "{demand}");
        assert_eq!(best["mutual"]["best"], place_back == 1, "{demand}");
    }
}

#[test]
fn nobody_is_listed_more_often_than_the_bound() {
    let place = imported();
    let count = |arguments: &[&str], name: &str| {
        let out = place.folder().join(name);
        place.json(0, &[&["match-all", "--lane", "credit", "--out", out.to_str().unwrap()], arguments].concat());
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for list in lists(&out) {
            for one in list["matches"].as_array().unwrap() {
                *counts.entry(one["id"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        counts.into_values().max().unwrap()
    };
    assert!(count(&[], "free.jsonl") > 2, "without a bound one product is in many lists");
    assert_eq!(count(&["--exposure", "2"], "bound.jsonl"), 2);
}

#[test]
fn a_spreadsheet_runs_nothing_of_what_is_written() {
    let place = Place::new();
    let demands = "编号,企业名称,需求名称,产品名称\nXQ1,示例甲有限公司,轴承采购,轴承\n";
    let supplies = "编号,企业名称,产品名称\nGY1,示例乙有限公司,=HYPERLINK(\"http://example.com\")轴承\n";
    fs::write(place.folder().join("采购需求.csv"), demands).unwrap();
    fs::write(place.folder().join("供应目录.csv"), supplies).unwrap();
    place.json(0, &["import", "采购需求.csv", "供应目录.csv"]);
    place.json(0, &["match-all", "--all", "--out", "all.csv"]);
    let csv = fs::read_to_string(place.folder().join("all.csv")).unwrap();
    assert!(csv.contains("'=HYPERLINK"), "{csv}");
    place.json(0, &["match-all", "--all", "--out", "all.xlsx"]);
    let book = fs::read(place.folder().join("all.xlsx")).unwrap();
    assert!(book.starts_with(b"PK"), "a workbook");
    let output = place.run(&["match-all", "--out", "all.pdf"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!place.folder().join("all.pdf").exists());
}

#[test]
fn a_ranking_is_measured_against_grades() {
    let place = Place::new();
    let write = |name: &str, text: &str| fs::write(place.folder().join(name), text).unwrap();
    write("d.tsv", "id\ttitle\ttext\nd1\t钢帘线断丝在线检测\t机器视觉检测捻股断丝\n");
    write("s.tsv", "id\ttitle\ns1\t面粉 品质 检测\ns2\t高速 线材 断丝 视觉 检测\ns3\t断丝 检测\n");
    write("q.tsv", "demand\tsupply\tgrade\nd1\ts2\t3\nd1\ts1\t0\n");
    let files = ["--demands", "d.tsv", "--supplies", "s.tsv", "--lane", "achievement", "--run", "run.tsv"];
    let answer = place.json(0, &[&["evaluate"], &files[..], &["--qrels", "q.tsv", "--judged-only"]].concat());
    assert_eq!((&answer["ndcg_10"], &answer["mrr"]), (&Value::from(1.0), &Value::from(1.0)));
    let run = fs::read_to_string(place.folder().join("run.tsv")).unwrap();
    let order: Vec<&str> = run.lines().skip(1).map(|line| line.split('\t').nth(1).unwrap()).collect();
    assert_eq!(order, ["s2", "s1"], "the judged ones only");
    place.run(&[&["evaluate"], &files[..]].concat());
    assert_eq!(fs::read_to_string(place.folder().join("run.tsv")).unwrap().lines().count(), 4);
    write("q.tsv", "demand\tsupply\tgrade\nd1\ts2\tgood\n");
    let output = place.run(&[&["evaluate"], &files[..], &["--qrels", "q.tsv"]].concat());
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && complaint.contains("第 2 行"), "{complaint}");
}
