//! One demand for tyre cord and a catalogue around it: who is shown, in which order, why, and who is refused.
//! The remark (备注) of each row of the fixtures says why the row is there.

use serde_json::Value;

use crate::support::{Place, fixture};

const FILES: [&str; 5] = ["01-主体.csv", "02-资质.csv", "03-控股关系.csv", "10-采购需求.csv", "20-供应目录.csv"];

fn filled() -> Place {
    let place = Place::new();
    let files = FILES.map(|file| fixture(&format!("procurement/{file}")));
    let arguments: Vec<&str> = std::iter::once("import").chain(files.iter().map(String::as_str)).collect();
    let report = place.json(0, &arguments);
    let accepted: Vec<u64> =
        report["files"].as_array().unwrap().iter().map(|file| file["accepted"].as_u64().unwrap()).collect();
    assert_eq!(accepted, [18, 22, 2, 3, 17]);
    place
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// One line for each match: rank, identifier, whether served.
fn ranking(answer: &Value) -> Vec<String> {
    let line = |found: &Value| format!("{} {} {}", found["rank"], found["id"].as_str().unwrap(), found["served"]);
    list(&answer["matches"]).iter().map(line).collect()
}

fn refused(answer: &Value) -> Vec<String> {
    list(&answer["refused"]).iter().map(|one| format!("{} {}", one["rule"].as_str().unwrap(), one["count"])).collect()
}

fn found<'a>(answer: &'a Value, id: &str) -> &'a Value {
    list(&answer["matches"]).iter().find(|found| found["id"] == id).unwrap()
}

/// One line for each rule that the demand asks for: rule and verdict.
fn verdicts(one: &Value) -> Vec<String> {
    let rules = list(&one["rules"]).iter();
    rules.map(|rule| format!("{} {}", rule["rule"].as_str().unwrap(), rule["verdict"].as_str().unwrap())).collect()
}

fn reason<'a>(one: &'a Value, feature: &str) -> &'a str {
    let parts = list(&one["contributions"]);
    parts.iter().find(|part| part["feature"] == feature).unwrap()["reason"].as_str().unwrap()
}

#[test]
fn suppliers_come_in_the_order_that_a_buyer_expects() {
    let answer = filled().json(0, &["match", "--demand", "XQ-1", "--top", "30"]);
    let expected = [
        "1 P2:catalog:GY-03 true",  // all right, little giant
        "2 P3:catalog:GY-02 true",  // all right, provincial
        "3 P16:catalog:GY-14 true", // as GY-02, but nobody knows its capacity
        "4 P9:catalog:GY-15 true",  // no sizes given; the buyer holds 30 % only
        "5 P5:catalog:GY-04 true",  // a narrower product, one of two sizes
        "6 P4:catalog:GY-01 false", // all right, no title: after everybody whom the lane serves
    ];
    assert_eq!(ranking(&answer), expected);
    assert_eq!(answer["as_of"], "2026-06-01");
    assert_eq!(answer["nearest"], Value::Null);
}

#[test]
fn each_hard_rule_refuses_what_it_is_for() {
    let answer = filled().json(0, &["match", "--demand", "XQ-1"]);
    let expected = [
        "open 2",         // GY-11 ended the day before, GY-12 is paused
        "not_self 2",     // GY-07 is a subsidiary, GY-08 a branch
        "region 1",       // GY-13 is outside the province
        "maker 1",        // GY-06 trades
        "certificates 1", // GY-05 has a certificate that ended the day before
        "quantity 1",     // GY-09 makes half of what is needed
        "min_order 1",    // GY-10 sells 10000 t at least
    ];
    assert_eq!(refused(&answer), expected);
}

#[test]
fn what_is_only_related_is_shown_on_request_and_what_is_unrelated_never() {
    let place = filled();
    let answer = place.json(0, &["match", "--demand", "XQ-1", "--top", "30", "--all"]);
    let ids: Vec<&str> = list(&answer["matches"]).iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 7, "{ids:?}");
    assert_eq!(ids[6], "P17:catalog:GY-16", "a wire rope, weak, after everybody who is good");
    assert!(!ids.contains(&"P18:catalog:GY-17"), "flour");
    let rope = found(&answer, "P17:catalog:GY-16")["score"].as_f64().unwrap();
    assert!(rope < 45.0, "{rope}");
}

#[test]
fn the_reasons_name_product_size_and_certificate() {
    let answer = filled().json(0, &["match", "--demand", "XQ-1"]);
    let best = found(&answer, "P2:catalog:GY-03");
    assert_eq!(best["party"]["name"], "示例东营帘线有限公司");
    assert_eq!(best["fit"], "good");
    assert_eq!(reason(best, "products"), "名称相同：钢帘线");
    assert!(reason(best, "specs").contains("3×0.24") && reason(best, "specs").contains("9×0.225"));
    assert!(reason(best, "certificates").contains("IATF16949（有效至 2026-06-01）"), "its last day still counts");
    assert!(reason(best, "tier").contains("小巨人"));
    let all_met = ["open", "not_self", "region", "maker", "certificates", "quantity", "min_order"];
    assert_eq!(verdicts(best), all_met.map(|rule| format!("{rule} met")));
    // A narrower product says both names; an unknown capacity refuses nobody, and unknown sizes have no value.
    let narrower = found(&answer, "P5:catalog:GY-04");
    assert_eq!(reason(narrower, "products"), "供方的更具体：需钢帘线，供高强度钢帘线");
    assert!(verdicts(found(&answer, "P16:catalog:GY-14")).contains(&"quantity unknown".to_owned()));
    let unsized_one = list(&found(&answer, "P9:catalog:GY-15")["contributions"]);
    let specs = unsized_one.iter().find(|part| part["feature"] == "specs").unwrap();
    assert_eq!((&specs["value"], &specs["weight"]), (&Value::Null, &Value::from(14.25)));
    // Words that say nothing are no evidence.
    let terms: Vec<&str> = list(&best["evidence"]["terms"]).iter().map(|term| term.as_str().unwrap()).collect();
    assert!(terms.contains(&"钢帘线") && !terms.contains(&"用"), "{terms:?}");
}

/// Reads `12.34` as 1234 hundredths; anything but two decimals is wrong.
fn hundredths(text: &str) -> u64 {
    let (whole, decimals) = text.split_once('.').unwrap();
    assert_eq!(decimals.len(), 2, "{text}");
    whole.parse::<u64>().unwrap() * 100 + decimals.parse::<u64>().unwrap()
}

#[test]
fn points_sum_exactly_to_the_score() {
    let place = filled();
    let output = place.run(&["--format", "json", "match", "--demand", "XQ-1", "--top", "30", "--all"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers = |key: &str, text: &str| -> Vec<u64> {
        let start = format!("\"{key}\":");
        text.lines()
            .filter_map(|line| line.trim().strip_prefix(&start))
            .map(|n| hundredths(n.trim().trim_end_matches(',')))
            .collect()
    };
    let parts: Vec<&str> = text.split("\"rank\":").skip(1).collect();
    assert_eq!(parts.len(), 7);
    for part in parts {
        let (score, points) = (numbers("score", part), numbers("points", part));
        // The score, the one that both sides have together, and a point for each feature.
        assert_eq!((score.len(), points.len()), (2, 7), "{part}");
        assert_eq!(points.iter().sum::<u64>(), score[0], "{part}");
    }
}

#[test]
fn a_demand_without_a_supplier_gets_an_honest_none() {
    let place = filled();
    let answer = place.json(1, &["match", "--demand", "XQ-2"]);
    assert!(list(&answer["matches"]).is_empty());
    assert_eq!(answer["nearest"]["id"], "P18:catalog:GY-17", "flour, by one word of the description");
    let why = answer["nearest"]["why"].as_str().unwrap();
    assert!(why.contains("低于") && why.contains("45"), "{why}");
    // Nothing has a word in common: not even a nearest.
    let answer = place.json(1, &["match", "--demand", "XQ-3"]);
    assert!(list(&answer["matches"]).is_empty() && answer["nearest"].is_null(), "{answer}");
}

#[test]
fn a_supply_finds_its_demand() {
    let place = filled();
    let answer = place.json(0, &["match", "--supply", "GY-03"]);
    assert_eq!(ranking(&answer), ["1 P1:procurement:XQ-1 true"]);
    // The same pair scores the same from both sides.
    let other = place.json(0, &["match", "--demand", "XQ-1"]);
    assert_eq!(answer["matches"][0]["score"], found(&other, "P2:catalog:GY-03")["score"]);
    assert_eq!(answer["matches"][0]["mutual"], found(&other, "P2:catalog:GY-03")["mutual"]);
    assert_eq!(answer["matches"][0]["mutual"]["best"], true);
}
