//! Whose is a row, which record is it, and is it new? A false merge is worse than a duplicate.
//! The remark (备注) of each row of the fixtures says what is expected of it; `fixtures/identity/README.md` sums up.

use serde_json::Value;

use crate::support::{Place, fixture};

const A: &str = "91370100MA00003011";
const B: &str = "91370100MA00003024";

fn import(place: &Place, code: i32, file: &str, flags: &[&str]) -> Value {
    let path = fixture(&format!("identity/{file}"));
    place.json(code, &[&["import", path.as_str()], flags].concat())["files"][0].clone()
}

/// New, changed, unchanged, rejected and withdrawn rows.
fn counts(report: &Value) -> [u64; 5] {
    ["accepted", "changed", "unchanged", "rejected", "withdrawn"].map(|key| report[key].as_u64().unwrap())
}

/// One line for each problem: row and code.
fn problems(report: &Value) -> Vec<String> {
    let problems = report["problems"].as_array().unwrap().iter();
    problems.map(|problem| format!("{} {}", problem["row"], problem["code"].as_str().unwrap())).collect()
}

/// A party in one line: name, credit code, identifiers of its postings that are open.
fn party(place: &Place, id: &str) -> String {
    let found = place.json(0, &["show", id]);
    assert_eq!(found["id"], id);
    let records = found["records"].as_array().unwrap().iter();
    let postings = records.filter(|record| {
        let kind = record["kind"].as_str().unwrap();
        (kind == "catalog" || kind == "procurement") && record["state"] == "open"
    });
    let mut postings: Vec<&str> = postings.map(|record| record["id"].as_str().unwrap()).collect();
    postings.sort_unstable();
    let code = found["uscc"].as_str().unwrap_or("-");
    format!("{} {code} {}", found["name"].as_str().unwrap(), postings.join(" "))
}

fn parties(place: &Place, n: usize) -> Vec<String> {
    let unknown = format!("P{}", n + 1);
    assert_eq!(place.run(&["show", &unknown]).status.code(), Some(2), "there are {n} parties only");
    (1..=n).map(|i| party(place, &format!("P{i}"))).collect()
}

/// A place with the parties and catalogues, up to the change of a name.
fn with_catalogues() -> Place {
    let place = Place::new();
    assert_eq!(counts(&import(&place, 0, "01-主体.csv", &[])), [3, 0, 0, 0, 0]);
    assert_eq!(counts(&import(&place, 0, "02-曾用名与简称.csv", &[])), [1, 0, 0, 0, 0]);
    let report = import(&place, 1, "03-供应目录.xlsx", &[]);
    assert_eq!(counts(&report), [10, 0, 0, 3, 0]);
    let expected = [
        "6 similar_name",
        "7 name_differs",
        "8 ambiguous_party",
        "11 same_name",
        "12 ambiguous_party",
        "14 unknown_party",
    ];
    assert_eq!(problems(&report), expected);
    place
}

#[test]
fn parties_are_exactly_those_that_a_person_would_tell_apart() {
    let expected = [
        // Code in another spelling, former name, short name, code with a slip in the name.
        format!("示例甲机械有限公司 {A} P1:catalog:G-01 P1:catalog:G-02 P1:catalog:G-03 P1:catalog:G-06"),
        // Found by its code without a name; G-07 has A's code and B's name and belongs to neither.
        format!("示例乙科技有限公司 {B} P2:catalog:G-12"),
        // Other brackets.
        "示例丙（集团）有限公司 - P3:catalog:G-08".to_owned(),
        // A branch, and a slip without a code: not merged.
        "示例甲机械有限公司济南分公司 - P4:catalog:G-04".to_owned(),
        "示例甲机诫有限公司 - P5:catalog:G-05".to_owned(),
        // One name, two codes; G-11 has that name and no code and belongs to neither.
        "示例丁电子有限公司 91370200MA0000303C P6:catalog:G-09".to_owned(),
        "示例丁电子有限公司 91370600MA00003044 P7:catalog:G-10".to_owned(),
    ];
    assert_eq!(parties(&with_catalogues(), 7), expected);
}

#[test]
fn an_unclear_party_is_named_with_both_candidates() {
    let place = with_catalogues();
    let again = import(&place, 1, "03-供应目录.xlsx", &[]);
    assert_eq!(counts(&again), [0, 0, 10, 3, 0], "the same file again");
    let message = |row: u64| {
        let problem = again["problems"].as_array().unwrap().iter().find(|problem| problem["row"] == row).unwrap();
        problem["message"].as_str().unwrap().to_owned()
    };
    assert!(message(8).contains("示例甲机械有限公司（P1）") && message(8).contains("示例乙科技有限公司（P2）"));
    assert!(message(12).contains("P6") && message(12).contains("P7"));
}

#[test]
fn a_firm_keeps_its_number_when_it_changes_its_name() {
    let place = with_catalogues();
    assert_eq!(counts(&import(&place, 0, "04-更名.csv", &[])), [0, 1, 0, 0, 0]);
    let report = import(&place, 0, "05-供应目录.jsonl", &[]);
    assert_eq!(counts(&report), [3, 0, 0, 0, 0]);
    let first = party(&place, "P1");
    assert!(first.starts_with(&format!("示例甲智能装备有限公司 {A} ")), "{first}");
    assert!(first.ends_with("P1:catalog:G-14 P1:catalog:G-15"), "by the new name and by the one before: {first}");
    // Another firm has taken the former name; its code tells.
    assert_eq!(party(&place, "P8"), "示例甲机械有限公司 91370100MA0000305D P8:catalog:G-16");
    assert_eq!(place.run(&["show", "P9"]).status.code(), Some(2));
}

#[test]
fn a_name_with_another_code_is_a_new_party_and_is_pointed_out() {
    let place = with_catalogues();
    import(&place, 0, "04-更名.csv", &[]);
    let report = import(&place, 0, "05-供应目录.jsonl", &[]);
    let row_3 = report["problems"].as_array().unwrap().iter().find(|problem| problem["row"] == 3).unwrap();
    assert!(row_3["message"].as_str().unwrap().contains("P1"), "the bearer of the very name, not P5: {row_3}");
}

/// The identifiers of P2's demands by (title, quantity), open ones only.
fn demands(place: &Place) -> Vec<String> {
    let found = place.json(0, &["show", "P2"]);
    let records = found["records"].as_array().unwrap().iter();
    let open = records.filter(|record| record["kind"] == "procurement" && record["state"] == "open");
    let line = |record: &Value| {
        let shown = place.json(0, &["show", record["id"].as_str().unwrap()]);
        let raw = |column: &str| shown["fields"][column]["raw"].as_str().unwrap_or("-").to_owned();
        [raw("title"), raw("code"), raw("quantity"), raw("delivery_place")].join(" ")
    };
    let mut lines: Vec<String> = open.map(line).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn the_same_need_is_one_record_however_often_it_comes() {
    let place = with_catalogues();
    let report = import(&place, 1, "06-采购需求.csv", &[]);
    assert_eq!(counts(&report), [6, 0, 1, 1, 0]);
    assert_eq!(problems(&report), ["3 duplicate_in_file"]);
    let assigned: Vec<u64> =
        report["assigned"].as_array().unwrap().iter().map(|a| a["row"].as_u64().unwrap()).collect();
    assert_eq!(assigned, [2, 4], "rows without a number are told theirs");
    let before = [
        "弹簧钢 N-1 200吨/年 济南市",
        "弹簧钢 N-2 300吨/年 济南市",
        "轴承钢 - 500吨/年 济南市",
        "轴承钢 - 800吨/年 青岛市",
        "齿轮钢 N-3 100吨/年 济南市",
    ];
    assert_eq!(demands(&place), before);

    assert_eq!(counts(&import(&place, 0, "07-采购需求.csv", &[])), [0, 2, 0, 0, 0], "another quantity");
    assert_eq!(counts(&import(&place, 0, "07-采购需求.csv", &[])), [0, 0, 2, 0, 0], "the same file again");
    let after = [
        "弹簧钢 N-1 200吨/年 济南市",
        "弹簧钢 N-2 300吨/年 济南市",
        "轴承钢 - 600吨/年 山东省济南市",
        "轴承钢 - 800吨/年 青岛市",
        "齿轮钢 N-3 150吨/年 济南市",
    ];
    assert_eq!(demands(&place), after, "rows that a later file lacks stay");
    let history = place.json(0, &["show", "P2:procurement:N-3", "--history"]);
    assert_eq!(history["history"].as_array().unwrap().len(), 2, "the former version is kept");
}

#[test]
fn a_whole_list_withdraws_what_it_lacks_and_nothing_else() {
    let place = with_catalogues();
    import(&place, 1, "06-采购需求.csv", &[]);
    import(&place, 0, "07-采购需求.csv", &[]);
    let rehearsal = import(&place, 1, "08-采购需求-全量.csv", &["--replace", "--dry-run"]);
    assert_eq!(counts(&rehearsal), [0, 0, 2, 1, 2]);
    assert_eq!(demands(&place).len(), 5, "a dry run withdraws nothing");

    let report = import(&place, 1, "08-采购需求-全量.csv", &["--replace"]);
    assert_eq!(counts(&report), [0, 0, 2, 1, 2]);
    // N-1 stands in the file, though with an error: it is spared. The catalogue and other parties are untouched.
    let left = ["弹簧钢 N-1 200吨/年 济南市", "弹簧钢 N-2 300吨/年 济南市", "轴承钢 - 600吨/年 山东省济南市"];
    assert_eq!(demands(&place), left);
    assert_eq!(place.json(0, &["show", "P2:procurement:N-3"])["state"], "withdrawn");
    assert_eq!(party(&place, "P3"), "示例丙（集团）有限公司 - P3:catalog:G-08 P3:procurement:N-1");
    assert!(party(&place, "P2").contains("P2:catalog:G-12"));
}

#[test]
fn a_merge_is_undone_by_a_split() {
    let place = with_catalogues();
    let before = parties(&place, 7);
    assert_eq!(place.run(&["party", "merge", "P5", "P1"]).status.code(), Some(0));
    let merged = place.json(0, &["show", "P1"]);
    assert_eq!(merged["merged"], serde_json::json!(["P5"]));
    assert!(party(&place, "P1").contains("P5:catalog:G-05"), "the record comes along and keeps its identifier");
    assert_eq!(place.json(0, &["show", "P5:catalog:G-05"])["party"]["id"], "P1");
    assert_eq!(place.json(0, &["show", "P5"])["id"], "P1");
    // Rows of either name belong to the one that stayed; the record keeps its identifier.
    let again = import(&place, 1, "03-供应目录.xlsx", &[]);
    assert_eq!(counts(&again), [0, 0, 10, 3, 0], "{:?}", problems(&again));

    assert_eq!(place.run(&["party", "split", "P5"]).status.code(), Some(0));
    assert_eq!(parties(&place, 7), before);
}
