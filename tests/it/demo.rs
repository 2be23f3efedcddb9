//! The demo: an invented province, from its files to a match that a buyer would believe.

use std::fs;
use std::sync::{Arc, Mutex, Weak};

use serde_json::Value;

use crate::support::{Place, fixture};

fn files() -> Vec<String> {
    let entries = fs::read_dir(fixture("demo")).unwrap();
    let names = entries.map(|entry| entry.unwrap().path().to_str().unwrap().to_owned());
    let mut tables: Vec<String> = names.filter(|name| name.ends_with(".xlsx") || name.ends_with(".csv")).collect();
    tables.sort_unstable();
    tables
}

fn filled() -> (Place, Value) {
    let place = Place::new();
    let files = files();
    let arguments: Vec<&str> = std::iter::once("import").chain(files.iter().map(String::as_str)).collect();
    let report = place.json(1, &arguments);
    (place, report)
}

/// Returns a place with the demo's data that tests share and only read; it goes when the last of them ends.
pub fn imported() -> Arc<Place> {
    static SHARED: Mutex<Weak<Place>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap();
    shared.upgrade().unwrap_or_else(|| {
        let place = Arc::new(filled().0);
        *shared = Arc::downgrade(&place);
        place
    })
}

#[test]
fn the_files_import_with_exactly_the_known_problems() {
    let (_, report) = filled();
    let of_file = |file: &Value| {
        let name = file["file"].as_str().unwrap().rsplit('/').next().unwrap().split('-').next().unwrap().to_owned();
        let codes = file["problems"].as_array().unwrap().iter();
        let codes: Vec<String> = codes.map(|p| format!("{}:{}", p["row"], p["code"].as_str().unwrap())).collect();
        format!("{name} {} {} {}", file["accepted"], file["rejected"], codes.join(" "))
    };
    let lines: Vec<String> = report["files"].as_array().unwrap().iter().map(of_file).collect();
    let expected = [
        "01 41 1 44:bad_uscc",
        "02 92 0 93:unknown_certificate",
        "03 4 0 ",
        "05 67 0 ",
        "05 64 1 69:note_row 68:bad_uscc",
        "06 210 1 210:unknown_certificate 211:bad_date",
        "07 10 0 ",
        "07 16 0 ",
        "07 13 1 17:note_row 16:unknown_region",
        "08 1 0 ",
        "08 22 0 ",
        "08 28 0 ",
        "08 25 0 27:note_row",
        "08 6 0 ",
        "08 8 0 ",
        "08 5 0 ",
        "08 8 0 ",
        "08 149 1 152:bad_choice",
        "10 8 0 11:note_row 12:note_row",
        "11 7 1 10:bad_date",
        "12 8 0 ",
        "13 5 1 6:unclear_wish 7:unknown_region",
        "14 8 2 6:bad_choice 10:missing_value",
        "15 5 0 9:note_row",
        "16 8 0 ",
        "17 4 0 6:note_row",
        "18 13 0 ",
        "19 14 0 17:note_row",
        "20 24 0 ",
        "21 17 0 ",
        "22 15 0 ",
        "23 14 0 ",
        "24 16 2 15:bad_money 19:bad_choice",
        "25 17 0 20:note_row",
        "26 14 0 ",
        "27 7 0 ",
        "28 16 1 3:unknown_unit 18:bad_quantity",
        "29 27 0 ",
        "30 13 0 16:note_row",
        "31 13 0 ",
        "35 40 1 43:bad_choice",
        "40 15 0 18:note_row",
        "41 22 1 10:bad_number",
        "42 14 0 ",
        "43 22 1 25:bad_choice",
        "50 14 0 ",
        "51 24 0 ",
        "52 14 0 16:note_row",
        "60 14 1 16:unknown_region",
        "61 24 1 27:bad_flag",
        "70 14 0 16:note_row",
        "71 23 0 ",
        "80 13 1 17:note_row 16:bad_choice",
        "81 22 0 ",
        "90 13 0 ",
        "91 22 0 25:note_row",
        "95 7 0 ",
        "95 6 0 ",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn the_first_match_is_the_one_that_a_buyer_would_take() {
    let output = Place::new().run(&["demo", "--no-serve"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("采购对接：全钢子午线轮胎用钢帘线年度采购（P1:procurement:LT-01）"), "{text}");
    assert!(text.contains("示例轮胎集团股份有限公司") && text.contains("2026-06-01"), "{text}");
    // From the first match to the second: one explained match.
    let (_, from_first) = text.split_once("第 1 名").unwrap();
    let (first, others) = from_first.split_once("第 2 名").unwrap();
    for part in [
        "示例金属帘线有限公司",
        "P7:catalog:GY-01",
        "名称相同：钢帘线",
        "3×0.24",
        "IATF16949（有效至 2027-03-14）",
        "小巨人",
    ] {
        assert!(first.contains(part), "{part}: {first}");
    }
    assert!(others.contains("示例恒丝科技有限公司"), "a provincial firm comes next: {others}");
    assert_eq!(first.matches('×').count(), first.matches("×0.").count(), "no rule is unmet: {first}");
    let (_, refused) = text.split_once("未列入").unwrap();
    for part in ["非本单位或本集团 1 条", "供应商类型 1 条"] {
        assert!(refused.contains(part), "the subsidiary and the trader: {refused}");
    }
    let lanes = ["采购对接", "项目合作", "技术攻关", "成果转化", "信贷对接", "股权对接"];
    for lane in lanes.iter().chain(&["数字化转型", "仪器共享", "绿色低碳", "技工人才", "服务对接"])
    {
        let (_, of_lane) = text.split_once(&format!("\n{lane}：")).unwrap();
        let first = of_lane.lines().find(|line| line.starts_with("第 1 名")).unwrap();
        assert!(first.contains("（较好）"), "{lane}: {first}");
    }
}

#[test]
fn the_demo_plans_a_roadshow() {
    let output = Place::new().run(&["demo", "--no-serve"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, agenda) = text.split_once("\n议程：").unwrap();
    for part in ["坐席方：", "来访方：", "上界", "空档", "没有洽谈的"] {
        assert!(agenda.contains(part), "{part}: {agenda}");
    }
    let answer = Place::new().json(0, &["demo", "--no-serve"]);
    let agenda = &answer["agenda"];
    assert!(agenda["meetings"].as_u64().unwrap() >= 30, "{agenda}");
    assert_eq!(agenda["result"]["unheld"], Value::Array(Vec::new()), "{agenda}");
}

#[test]
fn the_demo_answers_in_json_too() {
    let answer = Place::new().json(0, &["demo", "--no-serve"]);
    let first = &answer["matches"][0];
    assert_eq!((&first["lane"], &first["as_of"]), (&Value::from("procurement"), &Value::from("2026-06-01")));
    let ids: Vec<&str> = first["matches"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    // A local little giant, a provincial firm, a little giant outside the province that the buyer prefers.
    assert_eq!(ids, ["P7:catalog:GY-01", "P8:catalog:GY-01", "P10:catalog:GY-01"]);
}

/// The best match of a demand: identifier and fit, or why there is none.
fn best(place: &Place, demand: &str) -> String {
    let output = place.run(&["--format", "json", "--quiet", "match", "--demand", demand]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    match answer["matches"].as_array().unwrap().first() {
        Some(one) => format!("{} {}", one["id"].as_str().unwrap(), one["fit"].as_str().unwrap()),
        None => format!("none, nearest {}", answer["nearest"]["id"].as_str().unwrap_or("nothing")),
    }
}

#[test]
fn every_chain_finds_its_supplier() {
    let place = imported();
    for (demand, expected) in [
        ("LT-01", "P7:catalog:GY-01 good"),  // tyre cord
        ("LT-03", "P11:catalog:GY-01 good"), // carbon black N330
        ("LT-04", "P11:catalog:GY-03 good"), // silica
        ("GJ-01", "P17:catalog:GY-01 good"), // hydraulic cylinders
        ("GJ-03", "P19:catalog:GY-01 good"), // slewing rings
        ("GJ-04", "P20:catalog:GY-01 good"), // undercarriages
        ("XC-01", "P24:catalog:GY-01 good"), // battery trays
        ("XC-02", "P25:catalog:GY-01 good"), // motor housings
        ("XC-03", "P26:catalog:GY-01 good"), // high-voltage harnesses
        ("BD-02", "P32:catalog:GY-01 good"), // fan motors
        ("HG-04", "P38:catalog:GY-01 good"), // catalysts
        ("SP-01", "P39:catalog:GY-01 good"), // flour
    ] {
        assert_eq!(best(&place, demand), expected, "{demand}");
    }
}

#[test]
fn another_product_is_not_put_before_the_right_one() {
    let place = imported();
    // A housing of a motor, of a served firm, is no answer to who wants the motor, whoever makes it.
    assert_eq!(best(&place, "XC-07"), "P28:catalog:GY-01 good");
}

#[test]
fn silica_is_no_carbon_black() {
    let place = imported();
    // 白炭黑 ends with 炭黑 and is another substance.
    let answer = place.json(0, &["match", "--demand", "LT-03"]);
    let fit = |id: &str| {
        let found = answer["matches"].as_array().unwrap().iter().find(|one| one["id"] == id).map(|one| &one["score"]);
        found.and_then(Value::as_f64).unwrap_or(0.0)
    };
    assert!(
        fit("P11:catalog:GY-03") < fit("P11:catalog:GY-02"),
        "silica before another grade of carbon black: {answer}"
    );
}

#[test]
fn the_nearest_of_none_is_the_one_that_nearly_did() {
    let place = imported();
    // The one maker of reactors, whose licence ended last month; not a hydraulic cylinder.
    assert_eq!(best(&place, "HG-03"), "none, nearest P37:catalog:GY-01");
    let answer = place.json(1, &["match", "--demand", "HG-03"]);
    assert!(answer["nearest"]["why"].as_str().unwrap().contains("2026-04-30"), "{answer}");
}
