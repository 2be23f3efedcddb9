//! What must survive upkeep: merges and their end, lists that lack something, rehearsals, and a log that lost its end.

use std::fs;

use serde_json::Value;

use crate::support::Place;

const CODE_A: &str = "91370100MA0000007J";

/// Writes a file into the place and returns its name.
fn file<'a>(place: &Place, name: &'a str, text: &str) -> &'a str {
    fs::write(place.folder().join(name), text).unwrap();
    name
}

fn raw(place: &Place, id: &str, column: &str) -> String {
    place.json(0, &["show", id])["fields"][column]["raw"].as_str().unwrap().to_owned()
}

#[test]
fn merged_parties_keep_their_own_records_and_names() {
    let place = Place::new();
    let parties =
        file(&place, "主体.csv", &format!("企业名称,统一社会信用代码\n示例甲有限公司,{CODE_A}\n示例乙有限公司,\n"));
    let first = file(&place, "目录甲.csv", "编号,企业名称,产品名称\n001,示例甲有限公司,轴承\n");
    let second = file(&place, "目录乙.csv", "编号,企业名称,产品名称\n001,示例乙有限公司,齿轮\n");
    let kinds = [(parties, "party"), (first, "catalog"), (second, "catalog")];
    for (table, kind) in kinds {
        place.json(0, &["import", table, "--kind", kind]);
    }
    assert_eq!(place.run(&["party", "merge", "P2", "P1"]).status.code(), Some(0));
    for (table, kind) in kinds {
        let report = place.json(0, &["import", table, "--kind", kind]);
        let file = &report["files"][0];
        assert_eq!((&file["unchanged"], &file["saved"]), (&file["rows"], &Value::from(false)), "{table}: {report}");
    }
    assert_eq!(
        (raw(&place, "P1:catalog:001", "title"), raw(&place, "P2:catalog:001", "title")),
        ("轴承".into(), "齿轮".into())
    );
    let refused = place.run(&["party", "merge", "P2", "P1"]);
    assert_eq!(refused.status.code(), Some(2), "they are one already");
    assert_eq!(place.run(&["party", "split", "P2"]).status.code(), Some(0));
    assert_eq!(place.json(0, &["show", "P1"])["name"], "示例甲有限公司");
    assert_eq!(place.json(0, &["show", "P2"])["name"], "示例乙有限公司");
}

#[test]
fn a_code_is_not_learnt_through_another_name() {
    let place = Place::new();
    let aliases = file(&place, "别名.csv", "企业名称,别名,类型\n示例甲轴承有限公司,示例轴承,简称\n");
    place.json(0, &["import", aliases, "--kind", "alias"]);
    let supplies = file(&place, "目录.csv", &format!("企业名称,统一社会信用代码,产品名称\n示例轴承,{CODE_A},轴承\n"));
    let report = place.json(0, &["import", supplies, "--kind", "catalog"]);
    assert_eq!(report["files"][0]["problems"][0]["code"], "same_name");
    assert_eq!(place.json(0, &["show", "P1"])["uscc"], Value::Null);
    assert_eq!(place.json(0, &["show", "P2"])["uscc"], CODE_A);
}

#[test]
fn contacts_stay_where_a_table_has_no_column_for_them() {
    let place = Place::new();
    let full = file(&place, "全.csv", "编号,企业名称,产品名称,联系电话\nG1,示例甲有限公司,轴承,0531-88888888\n");
    let plain = file(&place, "简.csv", "编号,企业名称,产品名称\nG1,示例甲有限公司,轴承\n");
    let emptied = file(&place, "空.csv", "编号,企业名称,产品名称,联系电话\nG1,示例甲有限公司,轴承,\n");
    place.json(0, &["import", full, "--kind", "catalog"]);
    assert_eq!(place.json(0, &["import", plain, "--kind", "catalog"])["files"][0]["unchanged"], 1);
    assert_eq!(place.json(0, &["show", "G1"])["contact"]["contact_phone"], "0531-88888888");
    place.json(0, &["import", emptied, "--kind", "catalog"]);
    assert_eq!(place.json(0, &["show", "G1"])["contact"], serde_json::json!({}), "an empty cell takes it away");
}

#[test]
fn an_empty_name_finds_nothing_to_withdraw() {
    let place = Place::new();
    let supplies = file(&place, "目录.csv", "企业名称,产品名称\n示例甲有限公司,轴承\n");
    place.json(0, &["import", supplies, "--kind", "catalog"]);
    for id in ["", " "] {
        let output = place.run(&["withdraw", id]);
        assert_eq!(output.status.code(), Some(2), "{id:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("not_found"), "{id:?}");
    }
}

#[test]
fn a_rehearsal_writes_nothing_at_all() {
    let place = Place::new();
    let supplies = file(&place, "目录.csv", "企业名称,产品名称\n示例甲有限公司,轴承\n");
    let report = place.json(0, &["import", "--dry-run", supplies, "--kind", "catalog"]);
    assert_eq!(report["files"][0]["accepted"], 1);
    assert!(!place.data().exists());
}

#[test]
fn a_log_that_lost_its_end_is_damage() {
    let place = Place::new();
    let one = file(&place, "一.csv", "编号,企业名称,产品名称\nG1,示例甲有限公司,轴承\n");
    let two = file(&place, "二.csv", "编号,企业名称,产品名称\nG2,示例甲有限公司,齿轮\n");
    place.json(0, &["import", one, "--kind", "catalog"]);
    let files = ["log.sqlite", "log.seal"];
    let earlier = files.map(|name| fs::read(place.data().join(name)).unwrap());
    place.json(0, &["import", two, "--kind", "catalog"]);
    // Of the log alone its seal tells; that both lost their end only the views can tell.
    for ((name, bytes), told) in files.iter().zip(earlier).zip(["封条", "丢失了末尾"]) {
        fs::write(place.data().join(name), bytes).unwrap();
        let output = place.run(&["verify"]);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && err.contains("damaged") && err.contains(told), "{name}: {err}");
    }
}

#[test]
fn only_a_search_needs_the_full_text_view() {
    let place = Place::new();
    let demand = file(&place, "需求.csv", "编号,企业名称,需求名称,产品名称\nX1,示例链主有限公司,轴承采购,轴承\n");
    let supply = file(&place, "目录.csv", "编号,企业名称,产品名称\nG1,示例甲有限公司,轴承\n");
    place.json(0, &["import", demand, "--kind", "procurement"]);
    place.json(0, &["import", supply, "--kind", "catalog"]);
    fs::remove_dir_all(place.data().join("views")).unwrap();
    place.json(0, &["show", "G1"]);
    assert_eq!(place.json(0, &["match", "--demand", "X1"])["matches"][0]["id"], "P2:catalog:G1");
    let views = || -> Vec<String> {
        let names = fs::read_dir(place.data().join("views")).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    };
    assert!(views().contains(&"catalogue".to_owned()), "what was read from the log is kept");
    assert!(!views().contains(&"fulltext".to_owned()), "nobody has searched");
    assert_eq!(place.json(0, &["search", "轴承"])["found"].as_array().unwrap().len(), 2);
    assert!(views().contains(&"fulltext".to_owned()));
}

/// Imports one demand and one supply with facts about the supplier, and returns the verdict of a rule.
fn verdict(rule: &str, demand: &str, supply: &str, facts: &[(&str, &str)]) -> String {
    let place = Place::new();
    let demand = file(&place, "需求.csv", demand);
    let supply = file(&place, "目录.csv", supply);
    place.json(0, &["import", demand, "--kind", "procurement"]);
    place.json(0, &["import", supply, "--kind", "catalog"]);
    for (kind, text) in facts {
        let table = file(&place, "事实.csv", text);
        place.json(0, &["import", table, "--kind", kind]);
    }
    let output = place.run(&["--format", "json", "match", "--demand", "X1", "--all"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    if let Some(refusal) = answer["refused"].as_array().unwrap().first() {
        return format!("{} refused", refusal["rule"].as_str().unwrap());
    }
    let rules = answer["matches"][0]["rules"].as_array().unwrap();
    let found = rules.iter().find(|outcome| outcome["rule"] == rule).unwrap();
    format!("{rule} {}", found["verdict"].as_str().unwrap())
}

#[test]
fn what_the_facts_do_not_settle_is_unknown() {
    let demand = |column: &str, value: &str| {
        format!("编号,企业名称,需求名称,产品名称,{column}\nX1,示例链主有限公司,轴承采购,轴承,{value}\n")
    };
    let supply =
        |column: &str, value: &str| format!("编号,企业名称,产品名称,{column}\nG1,示例甲有限公司,轴承,{value}\n");
    let no_facts: &[(&str, &str)] = &[];
    let region = |place| verdict("region", &demand("地域要求", "限济南市"), &supply("产地", place), no_facts);
    assert_eq!(region("山东省"), "region unknown", "it may be in the city");
    assert_eq!(region("济南市历下区"), "region met");
    assert_eq!(region("青岛市"), "region refused");
    let quantity =
        |capacity| verdict("quantity", &demand("年需求量", "600吨/年"), &supply("年产能", capacity), no_facts);
    assert_eq!(quantity("≥500吨/年"), "quantity unknown");
    assert_eq!(quantity("≥600吨/年"), "quantity met");
    assert_eq!(quantity("月产60吨"), "quantity met");
    assert_eq!(quantity("500吨/年"), "quantity refused");
}

#[test]
fn certificates_count_from_their_issue_and_shares_from_control() {
    let demand = "编号,企业名称,需求名称,产品名称,资质要求\nX1,示例链主有限公司,轴承采购,轴承,ISO9001\n";
    let supply = "编号,企业名称,产品名称,资质认证\nG1,示例甲有限公司,轴承,ISO14001\n";
    let certificate = |issued: &str| {
        format!("企业名称,资质名称,证书编号,发证日期,有效期至\n示例甲有限公司,ISO9001,Z1,{issued},2029-01-01\n")
    };
    let held = |issued: &str| verdict("certificates", demand, supply, &[("certificate", certificate(issued).as_str())]);
    assert_eq!(held("2026-06-01"), "certificates met");
    assert_eq!(held("2026-06-02"), "certificates refused", "it is issued tomorrow");
    let plain = "编号,企业名称,需求名称,产品名称\nX1,示例链主有限公司,轴承采购,轴承\n";
    let relation = |kind: &str| {
        format!(
            "企业名称,控股方,关系类型\n示例链主有限公司,示例投资有限公司,控股\n示例甲有限公司,示例投资有限公司,{kind}\n"
        )
    };
    let group = |kind: &str| verdict("not_self", plain, supply, &[("relation", relation(kind).as_str())]);
    assert_eq!(group("控股"), "not_self refused");
    assert_eq!(group("参股"), "not_self met");
}

#[test]
fn a_workbook_of_corrections_is_no_whole_list() {
    let place = Place::new();
    let list = file(&place, "表.csv", "编号,企业名称,产品名称\nG1,示例甲有限公司,轴承\nG2,示例甲有限公司,齿轮\n");
    place.json(0, &["import", list, "--kind", "catalog"]);
    let corrected = file(&place, "改.csv", "编号,企业名称,产品名称,原表,原行\nG3,示例甲有限公司,螺栓,表.csv,4\n");
    let report = place.json(0, &["import", corrected, "--kind", "catalog", "--replace"]);
    let table = &report["files"][0];
    assert_eq!((&table["accepted"], &table["withdrawn"]), (&1.into(), &0.into()));
    assert_eq!(table["problems"][0]["code"], "replace_skipped");
    assert_eq!(place.run(&["import", list, list, "--replace"]).status.code(), Some(2), "one file is one whole list");
}

#[test]
fn a_header_of_two_rows_and_a_line_with_the_unit_are_read() {
    let place = Place::new();
    let text = "编号,企业名称,需求名称,预算金额\nX1,示例甲有限公司,轴承采购,1200000\n";
    let table = file(&place, "需求.csv", &format!("某集团采购需求\n单位：元\n{text}"));
    place.json(0, &["import", table, "--kind", "procurement"]);
    assert_eq!(raw(&place, "X1", "budget"), "1200000元");
}

#[test]
fn what_was_withdrawn_comes_back_with_a_word() {
    let place = Place::new();
    let list = file(&place, "表.csv", "编号,企业名称,产品名称\nG1,示例甲有限公司,轴承\n");
    place.json(0, &["import", list, "--kind", "catalog"]);
    assert_eq!(place.run(&["withdraw", "G1"]).status.code(), Some(0));
    let report = place.json(0, &["import", list, "--kind", "catalog"]);
    assert_eq!(report["files"][0]["problems"][0]["code"], "reopened");
}
