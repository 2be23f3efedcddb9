//! What came of a supplier's dealings speaks for it once several buyers have signed, and tells nobody else anything: not
//! who, how much, how often, or what came to nothing.

use serde_json::Value;

use crate::support::Place;

const PARTIES: &str = "企业名称,所在地区
示例甲轮胎有限公司,山东省东营市
示例乙钢丝有限公司,山东省济南市
示例丙钢丝有限公司,山东省济南市
示例子轮胎有限公司,山东省青岛市
示例丑轮胎有限公司,山东省威海市
示例寅轮胎有限公司,山东省烟台市
示例卯轮胎有限公司,山东省潍坊市
示例辰轮胎有限公司,山东省临沂市
示例巳轮胎有限公司,山东省泰安市
示例午轮胎有限公司,山东省德州市
示例子轮胎销售有限公司,山东省青岛市
";
const DEMANDS: &str = "编号,企业名称,需求名称,产品名称\nX1,示例甲轮胎有限公司,食堂桌椅采购,食堂桌椅\n";
const SUPPLIES: &str = "编号,企业名称,产品名称,产品说明
G1,示例乙钢丝有限公司,食堂桌椅,不锈钢四人位
G2,示例丙钢丝有限公司,食堂桌椅,不锈钢四人位
";
const HEAD: &str = "需求方,供给方,需求,供给,进展,成果金额,日期,信息来源\n";

/// Makes a place with two suppliers of the same, which is of no chain: what is signed has no other effect.
fn place() -> Place {
    let place = Place::new();
    place.import("party", PARTIES);
    place.import("procurement", DEMANDS);
    place.import("catalog", SUPPLIES);
    place
}

/// Notes an outcome of the first supplier: with whom, how it ended, when, who says so.
fn note(place: &Place, buyer: &str, progress: &str, date: &str, source: &str) {
    let row = format!("{buyer},示例乙钢丝有限公司,秘密{date},G1,{progress},777万元,{date},{source}\n");
    place.import("outcome", &format!("{HEAD}{row}"));
}

fn matches(place: &Place) -> Value {
    place.json(0, &["match", "--demand", "X1", "--all"])["matches"].clone()
}

/// Returns what the list says of a supply.
fn of<'a>(matches: &'a Value, id: &str) -> &'a Value {
    matches.as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()
}

const FIRST: &str = "P2:catalog:G1";
const SECOND: &str = "P3:catalog:G2";

fn record(found: &Value) -> Option<&Value> {
    found["contributions"].as_array().unwrap().iter().find(|part| part["feature"] == "track_record")
}

#[test]
fn a_supplier_with_whom_several_have_signed_gains_a_little_and_nobody_else_changes() {
    let place = place();
    let before = matches(&place);
    assert!(record(of(&before, FIRST)).is_none(), "no record is no part of the score: {before}");
    let relation = "企业名称,控股方,关系类型,持股比例\n示例子轮胎销售有限公司,示例子轮胎有限公司,控股,100%\n";
    place.import("relation", relation);
    // None of these makes a third buyer whom somebody else confirms to have signed in time.
    for (buyer, progress, date, source) in [
        ("示例子轮胎有限公司", "已签约", "2026-01-10", "需求方"),
        ("示例丑轮胎有限公司", "已履约", "2026-02-10", "组织方"),
        ("示例子轮胎有限公司", "已签约", "2026-02-20", "需求方"),
        ("示例子轮胎销售有限公司", "已签约", "2026-03-10", "需求方"),
        ("示例寅轮胎有限公司", "已签约", "2026-03-11", "供给方"),
        ("示例寅轮胎有限公司", "已见面", "2026-03-12", "需求方"),
        ("示例寅轮胎有限公司", "达成意向", "2026-03-13", "需求方"),
        ("示例寅轮胎有限公司", "已签约", "2022-03-10", "需求方"),
        ("示例寅轮胎有限公司", "已签约", "2026-08-10", "需求方"),
    ] {
        note(&place, buyer, progress, date, source);
        assert_eq!(matches(&place), before, "{buyer} {progress} {date} {source}");
    }
    note(&place, "示例寅轮胎有限公司", "已签约", "2026-03-14", "需求方");
    let after = matches(&place);
    assert_eq!(of(&after, SECOND)["score"], of(&before, SECOND)["score"]);
    let (was, is) = (of(&before, FIRST), of(&after, FIRST));
    let points = |found: &Value| (found["score"].as_f64().unwrap() * 100.0).round();
    assert!((points(is) - points(was) - 150.0).abs() < 1e-9, "{was} {is}");
    let told = record(is).unwrap();
    assert_eq!((told["value"].as_f64(), told["points"].as_f64()), (Some(0.5), Some(1.5)), "{told}");
    assert_eq!(told["reason"], "近3年有3家以上互不关联的单位与供方签约，由需方或组织方登记");
    assert_eq!(is["rank"], 1, "of two that are alike the one with a record comes first");
    for part in was["contributions"].as_array().unwrap() {
        assert!(is["contributions"].as_array().unwrap().contains(part), "nothing else changes: {part}");
    }
    // It is the same from the supply's side, and in a whole batch.
    let back = place.json(0, &["match", "--supply", "G1", "--all"])["matches"][0].clone();
    assert_eq!(back["score"], is["score"]);
    place.json(0, &["match-all", "--all", "--out", "all.jsonl"]);
    let lines = std::fs::read_to_string(place.folder().join("all.jsonl")).unwrap();
    let list: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(of(&list["matches"], FIRST)["score"], is["score"]);
}

#[test]
fn what_came_to_nothing_and_what_came_of_more_cannot_be_read_from_a_record() {
    let place = place();
    let buyers = ["示例子轮胎有限公司", "示例丑轮胎有限公司", "示例寅轮胎有限公司"];
    for (place_in_month, buyer) in (10..).zip(buyers) {
        note(&place, buyer, "已签约", &format!("2026-01-{place_in_month}"), "需求方");
    }
    let told = matches(&place);
    assert!(record(of(&told, FIRST)).is_some());
    for (buyer, progress) in [
        ("示例卯轮胎有限公司", "未达成"),
        ("示例辰轮胎有限公司", "已签约"),
        ("示例巳轮胎有限公司", "未达成"),
        ("示例子轮胎有限公司", "未达成"),
    ] {
        note(&place, buyer, progress, "2026-02-01", "需求方");
        assert_eq!(matches(&place), told, "{buyer} {progress}");
    }
    let text = told.to_string();
    for secret in ["777", "秘密", "示例子", "示例丑", "示例寅", "G1\",\"signed", "未达成"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    // A supplier of whom much comes to nothing is told of like one of whom nothing is known.
    for buyer in ["示例午轮胎有限公司", "示例丙钢丝有限公司", "示例子轮胎销售有限公司", "示例甲轮胎有限公司"]
    {
        note(&place, buyer, "未达成", "2026-02-02", "需求方");
    }
    let (worse, fresh) = (matches(&place), matches(&self::place()));
    assert_eq!(worse, fresh);
}
