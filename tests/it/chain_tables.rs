//! What offices' tables tell of chains, and how it is read: returns and several invoices, firms that nobody registered,
//! grades, closed firms, suspended titles, quarters beside years, and what a row adds to a declared link.

use serde_json::Value;

use crate::support::Place;

const PARTIES: &str = "企业名称,所在地区
示例链主有限公司,山东省济南市
示例甲有限公司,山东省济南市
示例乙有限公司,山东省青岛市
示例丙有限公司,北京市
";
pub const CHAIN: &str = "产业链编码,产业链名称,是否重点产业链\nSL,示例链,是\n";
pub const LINKS: &str = "环节编码,所属产业链,环节名称\nSL-1,SL,锻造\nSL-2,SL,装配\n";
pub const LEADERS: &str = "企业名称,产业链\n示例链主有限公司,SL\n";
const SUPPLIES: &str = "供货方,采购方,产品,所属产业链,所属环节,供货金额,期间,证据等级,单号";

/// A place with the chain, and supplies as rows of [`SUPPLIES`].
fn place(rows: &[&str]) -> Place {
    let place = Place::new();
    let supplies = format!("{SUPPLIES}\n{}\n", rows.join("\n"));
    for (kind, text) in [
        ("party", PARTIES),
        ("chain", CHAIN),
        ("chain_link", LINKS),
        ("chain_leader", LEADERS),
        ("supply_edge", supplies.as_str()),
    ] {
        place.import(kind, text);
    }
    place
}

fn rates(place: &Place, more: &[&str]) -> Value {
    place.json(0, &[&["--as-of", "2026-06-01", "chain", "rates", "--chain", "SL"], more].concat())
}

fn rate<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let rates = answer["rates"].as_array().unwrap();
    rates.iter().find(|rate| rate["rate"] == name).unwrap_or_else(|| panic!("{name}: {answer}"))
}

fn part(answer: &Value, name: &str) -> (i64, i64, i64) {
    let rate = rate(answer, name);
    let number = |name: &str| rate[name].as_f64().unwrap_or_else(|| panic!("{rate}"));
    #[expect(clippy::cast_possible_truncation, reason = "whole amounts")]
    let whole = |name: &str| number(name).round() as i64;
    (whole("numerator"), whole("denominator"), whole("unknown"))
}

fn notes(answer: &Value, name: &str) -> Vec<String> {
    let notes = rate(answer, name)["notes"].as_array().unwrap();
    notes.iter().map(|note| note["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn returns_and_several_invoices_of_a_year_are_added_up() {
    let place = place(&[
        "示例甲有限公司,示例链主有限公司,,SL,锻造,800,2025,E2,",
        "示例甲有限公司,示例链主有限公司,,SL,锻造,（300）,2025,E2,T-1",
        "示例甲有限公司,示例链主有限公司,,SL,装配,100,2025,E2,",
        "示例丙有限公司,示例链主有限公司,,SL,锻造,400,2025,E2,F-1",
        "示例丙有限公司,示例链主有限公司,,SL,锻造,\"￥-1,000,000\",2025,E2,F-2",
    ]);
    let answer = rates(&place, &[]);
    // In 10,000 yuan: 600 of 900.
    assert_eq!(part(&answer, "local_purchases"), (600, 900, 0));
    // Nothing but returns: no rate.
    let only = self::place(&["示例甲有限公司,示例链主有限公司,,SL,锻造,-50,2025,E2,"]);
    assert_eq!(rate(&rates(&only, &[]), "local_purchases")["value"], Value::Null);
    assert!(notes(&rates(&only, &[]), "local_purchases").contains(&"not_positive".to_owned()));
}

#[test]
fn a_supplier_that_nobody_registered_is_of_unknown_place() {
    let place = place(&[
        "示例甲有限公司,示例链主有限公司,,SL,锻造,600,2025,E2,",
        "无人登记有限公司,示例链主有限公司,,SL,锻造,300,2025,E2,",
        "示例丙有限公司,示例链主有限公司,,SL,锻造,100,2025,E2,",
    ]);
    let answer = rates(&place, &[]);
    assert_eq!(part(&answer, "supplier_coverage"), (1, 2, 1));
    assert_eq!(part(&answer, "local_purchases"), (600, 700, 300));
    let members = rate(&answer, "supplier_coverage")["members"].as_array().unwrap();
    assert!(members.iter().any(|member| member["id"] == "无人登记有限公司" && member["verdict"] == "unknown"));
    let listed = place.json(0, &["--as-of", "2026-06-01", "chain", "list"]).to_string();
    assert!(listed.contains("chain_unregistered_firm") && listed.contains("无人登记有限公司"), "{listed}");
}

#[test]
fn a_quarter_of_the_running_year_does_not_stand_in_for_the_last_one() {
    let place = place(&[
        "示例甲有限公司,示例链主有限公司,,SL,锻造,1000,2025,E3,",
        "示例丙有限公司,示例链主有限公司,,SL,锻造,10,2026Q1,E1,",
    ]);
    let answer = rates(&place, &[]);
    assert_eq!(part(&answer, "local_purchases"), (1_000, 1_000, 0));
    assert_eq!(rate(&answer, "local_purchases")["parameters"]["period"], "2025-01-01/2025-12-31");
    assert_eq!(part(&rates(&place, &["--evidence", "E3"]), "value_coverage").1, 1_000);
}

#[test]
fn a_row_that_names_only_the_chain_counts_in_its_purchases() {
    let place = place(&[
        "示例甲有限公司,示例链主有限公司,,SL,,300,2025,E2,",
        "示例丙有限公司,示例链主有限公司,,SL,,700,2025,E2,",
    ]);
    let answer = rates(&place, &[]);
    assert_eq!(part(&answer, "value_coverage"), (300, 1_000, 0));
    let told = notes(&answer, "value_coverage");
    assert!(told.contains(&"unclassified".to_owned()) && told.contains(&"insufficient".to_owned()), "{told:?}");
}

#[test]
fn a_group_is_no_supplier_of_its_own() {
    let place = place(&[
        "示例甲有限公司,示例链主有限公司,,SL,锻造,500,2025,E2,",
        "示例乙有限公司,示例链主有限公司,,SL,锻造,300,2025,E2,",
        "示例丙有限公司,示例链主有限公司,,SL,锻造,300,2025,E2,",
    ]);
    place.import("relation", "企业名称,控股方,持股比例\n示例甲有限公司,示例链主有限公司,100%\n");
    let answer = rates(&place, &[]);
    let index = &answer["concentrations"][0];
    assert_eq!(index["suppliers"], 2, "{answer}");
    let critical = place.json(0, &["--as-of", "2026-06-01", "chain", "critical", "--chain", "SL"]);
    assert!(!critical["chains"][0]["single_points"].to_string().contains("示例甲"), "{critical}");
}

#[test]
fn grades_that_are_too_low_make_a_link_weak() {
    let place = place(&["示例甲有限公司,示例链主有限公司,,SL,装配,1,2025,E2,"]);
    place.import("chain_link", "环节编码,所属产业链,环节名称,最低等级要求\nSL-1,SL,锻造,P5\n");
    let reasons = |spec: &str| {
        let catalogue =
            format!("编号,企业名称,产品名称,规格型号,所属产业链,所属环节\nG1,示例甲有限公司,套圈,{spec},SL,锻造\n");
        place.import("catalog", &catalogue);
        place.json(0, &["--as-of", "2026-06-01", "chain", "gaps", "--chain", "SL"]).to_string()
    };
    assert!(reasons("精度P6级").contains("\"level\""));
    assert!(!reasons("精度P6/P5级").contains("\"level\""));
    assert!(!reasons("精度面议").contains("\"level\""), "who names no grade may reach it");
}

#[test]
fn a_firm_counts_until_it_closes_and_a_suspended_title_is_in_doubt() {
    let place = place(&["示例甲有限公司,示例链主有限公司,,SL,锻造,1,2025,E2,"]);
    let titles = "企业名称,资质名称,发证日期,有效期至,证书状态
示例甲有限公司,山东省专精特新中小企业,2024-01-01,2027-12-31,
示例乙有限公司,山东省专精特新中小企业,2024-01-01,2027-12-31,暂停
示例丙有限公司,山东省专精特新中小企业,2024-01-01,2027-12-31,已撤销
";
    place.import("certificate", titles);
    let support = |as_of: &str| {
        let answer = place.json(0, &["--as-of", as_of, "chain", "rates", "--tier", "specialised"]);
        part(&answer, "support")
    };
    assert_eq!(support("2026-06-01"), (1, 1, 1));
    place.import("party", "企业名称,注销或迁出日期,信用状况\n示例甲有限公司,2026-03-01,注销\n");
    assert_eq!((support("2026-02-28"), support("2026-03-01")), ((1, 1, 1), (0, 0, 1)));
}

#[test]
fn a_place_that_is_too_coarse_leaves_it_open() {
    let place = place(&["示例甲有限公司,示例链主有限公司,,SL,锻造,1,2025,E2,"]);
    let at = |region: &str| part(&rates(&place, &["--region", region]), "supplier_coverage");
    assert_eq!((at("济南市"), at("青岛市"), at("济南市历下区")), ((1, 1, 0), (0, 1, 0), (0, 0, 1)));
}

#[test]
fn a_row_adds_to_a_declared_link_and_takes_nothing_away() {
    let place = place(&["示例甲有限公司,示例链主有限公司,,SL,锻造,1,2025,E2,"]);
    let shown = || place.json(0, &["--as-of", "2026-06-01", "chain", "show", "轮胎与橡胶产业链"]);
    let required = |answer: &Value| -> Vec<(String, bool)> {
        let links = answer["chains"][0]["links"].as_array().unwrap().iter();
        links.map(|link| (link["title"].to_string(), link["required"].as_bool().unwrap())).collect()
    };
    let before = required(&shown());
    assert!(before.iter().any(|(_, is_required)| !is_required), "the chain has a link that it can do without");
    let rows: String =
        before.iter().map(|(title, _)| format!("轮胎与橡胶产业链,{},1000吨\n", title.trim_matches('"'))).collect();
    place.import("chain_link", &format!("所属产业链,环节名称,年需求量\n{rows}"));
    assert_eq!(required(&shown()), before);
}

#[test]
fn a_currency_sign_means_whole_units_in_any_column() {
    let place = place(&["示例甲有限公司,示例链主有限公司,,SL,锻造,\"￥2,000,000\",2025,E2,"]);
    assert_eq!(part(&rates(&place, &[]), "local_purchases"), (200, 200, 0));
    let header = "供货方,采购方,所属产业链,所属环节,供货金额（元）,期间,证据等级,单号";
    let rows = "示例甲有限公司,示例链主有限公司,SL,锻造,（500000）,2025,E2,T-1\n";
    place.import("supply_edge", &format!("{header}\n{rows}"));
    assert_eq!(part(&rates(&place, &[]), "local_purchases"), (150, 150, 0));
}

#[test]
fn a_chain_that_replaces_a_declared_one_answers_to_its_names() {
    let place = Place::new();
    place.import("chain", "产业链编码,产业链名称,是否重点产业链,别名\nMY-LT,轮胎与橡胶产业链,是,我的轮胎\n");
    place.import("chain_link", "环节编码,所属产业链,环节名称\nMY-1,MY-LT,成型\n");
    for name in ["轮胎", "SD-LT", "我的轮胎", "轮胎与橡胶产业链"] {
        let shown = place.json(0, &["chain", "show", name]);
        let links: Vec<&str> =
            shown["chains"][0]["links"].as_array().unwrap().iter().map(|link| link["code"].as_str().unwrap()).collect();
        assert_eq!((shown["chains"][0]["code"].as_str(), links), (Some("MY-LT"), vec!["MY-1"]), "{name}");
    }
}

#[test]
fn a_link_with_the_code_of_a_declared_one_takes_nothing_from_it() {
    let products = |place: &Place| {
        let shown = place.json(0, &["chain", "show", "SD-LT"]);
        let links = shown["chains"][0]["links"].as_array().unwrap().clone();
        links.iter().find(|link| link["code"] == "SD-LT-01").unwrap()["products"].clone()
    };
    let bare = Place::new();
    bare.import("chain", CHAIN);
    let declared = products(&bare);
    assert!(declared.as_array().unwrap().len() > 2, "{declared}");
    bare.import("chain_link", "环节编码,所属产业链,环节名称\nSD-LT-01,SL,别的环节\n");
    assert_eq!(products(&bare), declared);
}

#[test]
fn inputs_of_products_that_nobody_knows_are_told_when_they_come() {
    let place = Place::new();
    let import = |kind: &str, text: &str| {
        std::fs::write(place.folder().join("表.csv"), text).unwrap();
        place.json(0, &["import", "表.csv", "--kind", kind])["files"][0].clone()
    };
    // 天然橡胶 stands in a declared chain.
    let rows = "产品,上游投入\n示例旋翼,示例碳布\n示例碳布,天然橡胶\n";
    let report = import("product_input", rows);
    let problem = &report["problems"][0];
    assert_eq!((&report["accepted"], problem["code"].as_str()), (&Value::from(2), Some("unknown_product")));
    assert_eq!(problem["value"], "示例旋翼、示例碳布");
    assert!(
        import("product", "产品名称,同义名\n示例旋翼,\n示例布,示例碳布\n")["problems"].as_array().unwrap().is_empty()
    );
    assert!(import("product_input", rows)["problems"].as_array().unwrap().is_empty());
}
