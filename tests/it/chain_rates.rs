//! What rates leave out, tell year by year and link by link, and read of the plan's words: small tables, sums done by hand.

use serde_json::{Value, json};

use crate::chain_tables::{CHAIN, LEADERS, LINKS};
use crate::support::Place;

const PARTIES: &str = "企业名称,所在地区,风险提示
示例链主有限公司,山东省济南市,
示例甲有限公司,山东省济南市,停产
示例乙有限公司,山东省青岛市,
示例丙有限公司,北京市,
";
const SITES: &str = "企业名称,所在地区,场所类型\n示例乙有限公司,江苏省南京市,生产\n";
const SUPPLIES: &str = "供货方,采购方,产品,采购类别,产地,所属产业链,所属环节,供货金额,期间";

fn place(supplies: &[&str]) -> Place {
    let place = Place::new();
    let supplies = format!("{SUPPLIES}\n{}\n", supplies.join("\n"));
    for (kind, text) in [
        ("party", PARTIES),
        ("site", SITES),
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
    place.json(0, &[&["--as-of", "2026-06-01", "chain", "rates"], more].concat())
}

/// Finds a rate; writes its numerator and denominator.
fn part(answer: &Value, name: &str) -> String {
    let found = answer["rates"].as_array().unwrap().iter().find(|rate| rate["rate"] == name);
    let rate = found.unwrap_or_else(|| panic!("{name}: {answer}"));
    format!("{}/{}", rate["numerator"], rate["denominator"])
}

fn notes(answer: &Value, name: &str) -> String {
    let rate = answer["rates"].as_array().unwrap().iter().find(|rate| rate["rate"] == name).unwrap();
    let notes = rate["notes"].as_array().unwrap().iter();
    notes.map(|note| format!("{} {}\n", note["code"].as_str().unwrap(), note["message"].as_str().unwrap())).collect()
}

#[test]
fn power_rent_and_interest_are_no_purchases_and_are_told() {
    let place = place(&[
        "示例甲有限公司,示例链主有限公司,锻件,,,SL,SL-1,200,2025",
        "示例丙有限公司,示例链主有限公司,锻件,,,SL,SL-1,100,2025",
        "示例丙有限公司,示例链主有限公司,2025年度电力采购,,,SL,,900,2025",
        "示例丙有限公司,示例链主有限公司,厂房租赁,,,,,50,2025",
        // What a row says of itself goes first, either way.
        "示例丙有限公司,示例链主有限公司,天然气,原材料,,SL,SL-2,100,2025",
        "示例甲有限公司,示例链主有限公司,综合服务,金融,,SL,SL-2,40,2025",
    ]);
    let answer = rates(&place, &["--chain", "SL"]);
    assert_eq!(part(&answer, "local_purchases"), "200/400");
    let told = notes(&answer, "local_purchases");
    assert!(
        told.contains(
            "left_out 不是货物和加工，未计入：土地房产 500000.00 元、水电气热 9000000.00 元、金融 400000.00 元"
        ),
        "{told}"
    );
    assert_eq!(part(&answer, "value_coverage"), "200/400");
    // The rent names no chain.
    let told = notes(&answer, "value_coverage");
    assert!(told.contains("水电气热 9000000.00 元、金融 400000.00 元"), "{told}");
    assert_eq!(answer["concentrations"][0]["suppliers"], 2);
}

#[test]
fn years_and_links_of_a_leader_are_always_told() {
    let place = place(&[
        "示例甲有限公司,示例链主有限公司,,,,SL,SL-1,300,2025",
        "示例丙有限公司,示例链主有限公司,,,,SL,SL-2,100,2025",
        "示例甲有限公司,示例链主有限公司,,,,SL,SL-1,100,2024",
        "示例丙有限公司,示例链主有限公司,,,,SL,SL-2,300,2024",
        "示例甲有限公司,示例链主有限公司,,,,SL,SL-1,100,2023",
        "示例丙有限公司,示例链主有限公司,,,,SL,SL-2,100,2023",
    ]);
    let answer = rates(&place, &["--chain", "SL"]);
    let found = &answer["purchases"][0];
    let years: Vec<String> = found["years"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["year"], one["rate"]["value"]["point"]))
        .collect();
    assert_eq!(years, ["2023 0.5", "2024 0.25", "2025 0.75"]);
    assert_eq!(found["direction"], "mixed", "down, then up");
    let links: Vec<String> = found["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            format!("{} {}/{}", one["code"].as_str().unwrap(), one["rate"]["numerator"], one["rate"]["denominator"])
        })
        .collect();
    assert_eq!(links, ["SL-1 300/300", "SL-2 0/100"]);
    let text =
        String::from_utf8(place.run(&["--as-of", "2026-06-01", "chain", "rates", "--chain", "SL"]).stdout).unwrap();
    let lines = ["2023 年 50.0%", "2024 年 25.0%", "2025 年 75.0%", "有升有降"];
    assert!(lines.iter().all(|part| text.contains(part)), "{text}");
    assert!(text.contains("按环节") && text.contains("锻造") && text.contains("300/300 万元"), "{text}");
    let csv = place.run(&["--as-of", "2026-06-01", "--format", "csv", "chain", "rates", "--chain", "SL"]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    let of = |period: &str, link: &str| {
        let end = format!("production,{period}-01-01/{period}-12-31,{link}");
        csv.lines().filter(|line| line.starts_with("local_purchases,") && line.trim_end().ends_with(&end)).count()
    };
    assert_eq!([of("2023", ""), of("2024", ""), of("2025", ""), of("2025", "SL-2")], [1, 1, 1, 1], "{csv}");
    // One year alone has no direction, and is told all the same.
    let one = self::place(&["示例甲有限公司,示例链主有限公司,,,,SL,SL-1,300,2025"]);
    let found = &rates(&one, &["--chain", "SL"])["purchases"][0];
    assert_eq!(
        (&found["direction"], &found["years"][0]["rate"]["value"], &found["years"][2]["year"]),
        (&Value::Null, &Value::Null, &json!(2025))
    );
}

#[test]
fn what_is_local_is_read_by_place_of_make_or_of_registration() {
    let place = place(&[
        "示例甲有限公司,示例链主有限公司,,,,SL,SL-1,100,2025",
        // Registered in Qingdao, made in Nanjing; and one row tells otherwise.
        "示例乙有限公司,示例链主有限公司,,,,SL,SL-1,300,2025",
        "示例丙有限公司,示例链主有限公司,,,山东省,SL,SL-2,600,2025",
    ]);
    assert_eq!(part(&rates(&place, &["--chain", "SL"]), "local_purchases"), "700/1000");
    let registered = rates(&place, &["--chain", "SL", "--basis", "registered"]);
    assert_eq!(part(&registered, "local_purchases"), "400/1000");
    assert_eq!(registered["rates"][0]["local_by"], "registered");
}

const CERTIFICATES: &str = "企业名称,资质类型,发证日期,有效期至
示例甲有限公司,山东省专精特新中小企业,2025-01-01,2028-01-01
示例乙有限公司,山东省专精特新中小企业,2025-01-01,2028-01-01
";

#[test]
fn support_may_ask_for_a_leader_as_buyer() {
    let place = place(&[
        "示例甲有限公司,示例链主有限公司,,,,SL,SL-1,100,2025",
        "示例乙有限公司,示例甲有限公司,,,,SL,SL-2,100,2025",
    ]);
    place.import("certificate", CERTIFICATES);
    let of = |more: &[&str]| {
        part(&rates(&place, &[&["--tier", "specialised", "--nesting", "inclusive"], more].concat()), "support")
    };
    assert_eq!((of(&[]), of(&["--depth", "direct"])), ("2/2".to_owned(), "1/2".to_owned()));
    let answer = rates(&place, &["--tier", "specialised", "--nesting", "inclusive"]);
    assert_eq!(answer["rates"][0]["target_reached"], true);
    let direct = rates(&place, &["--tier", "specialised", "--nesting", "inclusive", "--depth", "direct"]);
    assert_eq!(direct["rates"][0]["target_reached"], false);
}

#[test]
fn the_words_of_the_plan_are_read_firm_by_firm() {
    let place = place(&[]);
    place.import("certificate", CERTIFICATES);
    place.import(
        "indicator",
        "企业名称,指标名称,期间,数值,计量单位
示例甲有限公司,研发费用占比,2025,5,%
示例甲有限公司,研发费用占比,2024,1,%
示例乙有限公司,研发费用占比,2025,2,
示例甲有限公司,主营业务收入占比,2025,80,%
示例乙有限公司,主营业务收入占比,2025,0.8,
",
    );
    let answer = rates(&place, &["--tier", "specialised"]);
    let goal =
        |name: &str| answer["goals"].as_array().unwrap().iter().find(|goal| goal["goal"] == name).unwrap().clone();
    // 5 % and 2 %: one of two reaches 3 %; a share of firms has no mark.
    let rnd = goal("rnd_share_specialised");
    assert_eq!(
        (&rnd["value"], &rnd["numerator"], &rnd["denominator"], &rnd["unknown"], &rnd["reached"], &rnd["year"]),
        (
            &json!({ "low": 0.5, "point": 0.5, "high": 0.5 }),
            &json!(1.0),
            &json!(2),
            &json!(0),
            &Value::Null,
            &json!(2025)
        )
    );
    assert_eq!((&rnd["as_of"], &rnd["formula"]["id"]), (&json!("2026-06-01"), &json!("goal_widely/1")));
    assert_eq!(rnd["spread"], json!([0.02, 0.02, 0.02, 0.05, 0.05]));
    // 0.8 without a unit may be 80 % or 0.8 %: it is not known.
    let main = goal("main_share");
    assert_eq!(
        (&main["value"], &main["denominator"], &main["unknown"]),
        (&json!({ "low": 0.5, "point": 1.0, "high": 1.0 }), &json!(1), &json!(1))
    );
    assert_eq!(main["members"][1]["value"], Value::Null);
    assert!(!answer["goals"].as_array().unwrap().iter().any(|goal| goal["tier"] == "little_giant"));
    let text =
        String::from_utf8(place.run(&["--as-of", "2026-06-01", "chain", "rates", "--tier", "specialised"]).stdout)
            .unwrap();
    assert!(text.contains("50.0% 的企业") && text.contains("规划没有定线"), "{text}");
    assert!(text.contains("没有经营指标可算的规划目标：数字化改造率"), "{text}");
}

#[test]
fn a_whole_spend_bounds_what_is_not_known_of_suppliers() {
    let place = place(&[
        "示例甲有限公司,示例链主有限公司,,,,SL,SL-1,60,2025",
        "示例丙有限公司,示例链主有限公司,,,,SL,SL-2,20,2025",
    ]);
    let found = |place: &Place| rates(place, &["--chain", "SL"])["concentrations"][0].clone();
    assert_eq!(found(&place)["hhi"]["low"], found(&place)["hhi"]["high"]);
    place.import("indicator", "企业名称,指标名称,期间,数值,计量单位\n示例链主有限公司,采购总额,2025,100,万元\n");
    // 0.36 + 0.04, and 0.04 more if the rest is one supplier's, 0.64 - 0.36 if it is the largest one's.
    let hhi = &found(&place)["hhi"];
    let shown = ["low", "high", "high_if_known"].map(|name| format!("{:.2}", hhi[name].as_f64().unwrap()));
    assert_eq!(shown, ["0.40", "0.44", "0.68"]);
}

#[test]
fn an_only_supplier_that_stopped_puts_its_link_at_risk() {
    let place = place(&["示例甲有限公司,示例链主有限公司,,,,SL,SL-1,100,2025"]);
    let answer = place.json(0, &["--as-of", "2026-06-01", "chain", "gaps", "--chain", "SL"]);
    let link = &answer["chains"][0]["links"][0];
    let codes: Vec<&str> =
        link["reasons"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!((link["state"].as_str(), codes), (Some("at_risk"), vec!["supplier_risk", "single_region"]));
    assert!(link["reasons"][0]["message"].as_str().unwrap().contains("停产"));
}

#[test]
fn goals_are_of_one_year_one_tier_and_told_with_all_that_belongs_to_them() {
    let place = place(&[]);
    place.import(
        "certificate",
        "企业名称,资质类型,发证日期,有效期至
示例甲有限公司,专精特新“小巨人”企业,2025-01-01,2028-01-01
示例乙有限公司,专精特新“小巨人”企业,2025-01-01,2028-01-01
示例链主有限公司,专精特新“小巨人”企业,2025-01-01,2028-01-01
",
    );
    place.import(
        "indicator",
        "企业名称,指标名称,期间,数值,计量单位
示例甲有限公司,研发费用占比,2025,8%,
示例乙有限公司,研发费用占比,2025,５.98％,%
示例链主有限公司,研发费用占比,2010,50,%
示例甲有限公司,数字化改造率,2025,100,%
示例乙有限公司,数字化改造率,2025,8000,%
示例链主有限公司,数字化改造率,2025,百分之九十,
",
    );
    let answer = rates(&place, &[]);
    let goal = |answer: &Value, name: &str| {
        let goals = answer["goals"].as_array().unwrap();
        goals.iter().find(|goal| goal["goal"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    // 8 % and 5.98 %; what was in 2010 is not known of today.
    let rnd = goal(&answer, "rnd_share_little_giant");
    assert_eq!((&rnd["value"]["point"], &rnd["value"]["high"]), (&json!(0.0699), &Value::Null));
    assert_eq!((&rnd["denominator"], &rnd["unknown"], &rnd["year"]), (&json!(2), &json!(1), &json!(2025)));
    let told = rnd["members"].as_array().unwrap().iter().find(|one| one["name"] == "示例链主有限公司").unwrap();
    assert_eq!((&told["value"], &told["reason"]), (&Value::Null, &json!("最近的是 2010 年的")));
    // Of 100, 8000 and 90: the second cannot be, the third decides.
    let digital = goal(&answer, "digital_share_little_giant");
    assert_eq!(
        (&digital["denominator"], &digital["unknown"], &digital["reached"]),
        (&json!(2), &json!(1), &json!(false))
    );
    // All three are little giants: nobody is left where those do not count.
    assert_eq!(goal(&answer, "rnd_share_specialised")["denominator"], 2);
    let exclusive = rates(&place, &["--nesting", "exclusive"]);
    assert_eq!(goal(&exclusive, "rnd_share_specialised")["members"], json!([]));
    assert_eq!(goal(&exclusive, "rnd_share_little_giant")["denominator"], 2);
    // 6.99 % of 7 % is not shown as 7.0 %, and no number is broken.
    let text = String::from_utf8(place.run(&["--as-of", "2026-06-01", "chain", "rates"]).stdout).unwrap();
    assert!(text.contains("6.99%") && text.contains("6.0% / 6.0%"), "{text}");
    let csv = place.run(&["--as-of", "2026-06-01", "--format", "csv", "chain", "rates"]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    let line = csv.lines().find(|line| line.starts_with("rnd_share_little_giant,")).unwrap_or_else(|| panic!("{csv}"));
    assert!(line.contains(",0.0699,,0.1398,2,1,家,0.07,2026-06-01,山东省,"), "{line}");
    assert!(line.trim_end().ends_with(",2025,"), "{line}");
}

#[test]
fn goods_from_abroad_are_kept_and_an_unread_origin_loses_no_amount() {
    let place = place(&["示例甲有限公司,示例链主有限公司,锻件,,山东省,SL,SL-1,300,2025"]);
    let rows = ["德国", "原装进口", "日本", "亚特兰蒂斯", "中国"];
    let rows: Vec<String> = (1..)
        .zip(rows)
        .map(|(number, origin)| format!("示例乙有限公司,示例链主有限公司,锻件{number},,{origin},SL,SL-1,100,2025"))
        .collect();
    std::fs::write(place.folder().join("表.csv"), format!("{SUPPLIES}\n{}\n", rows.join("\n"))).unwrap();
    let report = place.json(0, &["import", "表.csv", "--kind", "supply_edge"]);
    let file = &report["files"][0];
    assert_eq!((&file["accepted"], &file["rejected"]), (&json!(5), &json!(0)));
    let told: Vec<String> = file["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|problem| problem["column"] == "产地")
        .map(|problem| format!("{} {}", problem["value"].as_str().unwrap(), problem["code"].as_str().unwrap()))
        .collect();
    assert_eq!(told, ["亚特兰蒂斯 unclear_origin", "中国 unclear_origin"]);
    let answer = rates(&place, &["--chain", "SL"]);
    // 300 here, 300 from abroad, 200 from who knows where.
    assert_eq!(part(&answer, "local_purchases"), "300/600");
    let rate = answer["rates"].as_array().unwrap().iter().find(|rate| rate["rate"] == "local_purchases").unwrap();
    assert_eq!(rate["unknown"], 200);
}

#[test]
fn concentrations_and_periods_are_rows_of_csv() {
    let csv = |place: &Place| {
        let csv = place.run(&["--as-of", "2026-06-01", "--format", "csv", "chain", "rates", "--chain", "SL"]);
        String::from_utf8(csv.stdout).unwrap()
    };
    let told = csv(&place(&[
        "示例甲有限公司,示例链主有限公司,,,,SL,SL-1,300,2025",
        "示例丙有限公司,示例链主有限公司,,,,SL,SL-2,100,2025",
    ]));
    let line = |name: &str| told.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{told}"));
    // 0.75 and 0.25 squared.
    assert!(line("hhi,").contains(",0.625,0.625,0.625,"), "{told}");
    assert!(line("top_five,").contains(",1,1,1,") && line("top_five,").contains("2025-01-01/2025-12-31"), "{told}");
    // An only supplier has it all, whatever it is; a year is not told.
    let only = csv(&place(&["示例甲有限公司,示例链主有限公司,,,,SL,SL-1,,"]));
    assert!(only.lines().any(|line| line.starts_with("hhi,") && line.contains(",1,1,1,")), "{only}");
    assert!(!only.contains(".."), "{only}");
    let text = place(&["示例甲有限公司,示例链主有限公司,,,,SL,SL-1,,"]);
    let text =
        String::from_utf8(text.run(&["--as-of", "2026-06-01", "chain", "rates", "--chain", "SL"]).stdout).unwrap();
    assert!(!text.contains(".."), "{text}");
}

#[test]
fn two_steps_upstream_are_told_where_nothing_is_nearer() {
    let place = place(&[]);
    place.import("product", "产品名称,所属产业链,所属环节\n示例旋翼,SL,装配\n示例碳布,SL,锻造\n示例原丝,SL,锻造\n");
    place.import("product_input", "产品,上游投入\n示例旋翼,示例碳布\n示例碳布,示例原丝\n");
    place.import("procurement", "企业名称,编号,需求名称,产品名称\n示例链主有限公司,X1,示例旋翼采购,示例旋翼\n");
    place.import("catalog", "企业名称,编号,产品名称\n示例甲有限公司,G1,示例原丝\n示例乙有限公司,G2,会议桌\n");
    let answer = place.json(1, &["--as-of", "2026-06-01", "match", "--demand", "X1"]);
    assert_eq!((&answer["total"], &answer["nearest"]["title"]), (&json!(0), &json!("示例原丝")), "{answer}");
    assert_eq!(answer["nearest"]["evidence"]["path"], json!(["示例旋翼", "示例碳布", "示例原丝"]));
}

#[test]
fn a_word_for_an_unknown_origin_is_not_local_by_itself() {
    let row = |(number, origin): (usize, &&str)| {
        format!("示例甲有限公司,示例链主有限公司,锻件{number},,{origin},SL,SL-1,100,2025")
    };
    let rows: Vec<String> = ["未知", "不详", "无", "-", ""].iter().enumerate().map(row).collect();
    let place = place(&rows.iter().map(String::as_str).collect::<Vec<&str>>());
    let answer = rates(&place, &["--chain", "SL"]);
    // A dash is an empty cell; the words say that nobody knows.
    assert_eq!(part(&answer, "local_purchases"), "200/200");
    let rate = answer["rates"].as_array().unwrap().iter().find(|rate| rate["rate"] == "local_purchases").unwrap();
    assert_eq!(rate["unknown"], 300);
}

#[test]
fn a_sort_of_purchase_that_nobody_declared_loses_no_row() {
    let place = place(&[]);
    let sorts = ["设备", "固定资产", "办公用品", "备件", "货物类", "服务类"];
    let rows = sorts.map(|sort| format!("示例甲有限公司,示例链主有限公司,{sort}甲,{sort},,SL,SL-1,100,2025"));
    let others = [
        "示例甲有限公司,示例链主有限公司,锻件,战略类,,SL,SL-1,100,2025",
        "示例甲有限公司,示例链主有限公司,电力,其他,,SL,SL-1,100,2025",
    ];
    let rows = [rows.join("\n"), others.join("\n")].join("\n");
    std::fs::write(place.folder().join("表.csv"), format!("{SUPPLIES}\n{rows}\n")).unwrap();
    let report = place.json(0, &["import", "表.csv", "--kind", "supply_edge"]);
    let file = &report["files"][0];
    assert_eq!((&file["accepted"], &file["rejected"]), (&json!(8), &json!(0)));
    let problems = file["problems"].as_array().unwrap().iter().filter(|problem| problem["column"] == "采购类别");
    let told: Vec<String> =
        problems.map(|one| format!("{} {}", one["value"].as_str().unwrap(), one["code"].as_str().unwrap())).collect();
    assert_eq!(told, ["战略类 unclear_choice", "其他 unclear_choice"]);
    let answer = rates(&place, &["--chain", "SL"]);
    assert_eq!(part(&answer, "local_purchases"), "600/600");
    let told = notes(&answer, "local_purchases");
    assert!(told.contains("服务和工程 1000000.00 元、水电气热 1000000.00 元"), "{told}");
}

#[test]
fn counts_are_whole_and_the_year_is_one_that_many_told() {
    let place = place(&[]);
    let titles =
        ["甲", "乙", "链主"].map(|name| format!("示例{name}有限公司,专精特新“小巨人”企业,2025-01-01,2028-01-01"));
    place.import("certificate", &format!("企业名称,资质类型,发证日期,有效期至\n{}\n", titles.join("\n")));
    let told = |rows: [&str; 3]| {
        let rows = ["甲", "乙", "链主"].into_iter().zip(rows).filter(|(_, row)| !row.is_empty());
        let rows: Vec<String> = rows.map(|(name, row)| format!("示例{name}有限公司,{row}")).collect();
        place.import("indicator", &format!("企业名称,指标名称,期间,数值,计量单位\n{}\n", rows.join("\n")));
    };
    let goal = |name: &str| {
        let answer = rates(&place, &["--tier", "little_giant"]);
        answer["goals"].as_array().unwrap().iter().find(|goal| goal["goal"] == name).unwrap().clone()
    };
    let values = |goal: &Value| -> Vec<Value> {
        goal["members"].as_array().unwrap().iter().map(|one| one["value"].clone()).collect()
    };
    told(["有效发明专利,2025,20,万元", "有效发明专利,2025,-3,项", "有效发明专利,2025,2.5,项"]);
    let patents = goal("invention_patents");
    assert_eq!(values(&patents), [Value::Null, Value::Null, Value::Null]);
    assert!(patents["members"][0]["reason"].as_str().unwrap().contains("个数"), "{patents}");
    told(["有效发明专利,2025,20,", "有效发明专利,2025,3,件", "有效发明专利,2025,1,个"]);
    assert_eq!(goal("invention_patents")["value"]["point"], 8.0);
    // One that told early does not leave the others out.
    told(["研发费用占比,2025,9,%", "", ""]);
    told(["研发费用占比,2024,8,%", "研发费用占比,2024,7,%", "研发费用占比,2024,6,%"]);
    let rnd = goal("rnd_share_little_giant");
    assert_eq!((&rnd["year"], &rnd["value"]["point"], &rnd["unknown"]), (&json!(2024), &json!(0.07), &json!(0)));
    // Half as many as told any year are enough.
    told(["", "研发费用占比,2025,5,%", ""]);
    let rnd = goal("rnd_share_little_giant");
    assert_eq!((&rnd["year"], &rnd["value"]["point"], &rnd["unknown"]), (&json!(2025), &json!(0.07), &json!(1)));
    told(["研发费用占比,2025,-9,%", "", ""]);
    assert_eq!(goal("rnd_share_little_giant")["unknown"], 2, "no share is below nothing");
}
