//! The supply chains: rates computed by hand, gaps, pictures, products on the graph, and what the graph changes in
//! matches and what it must not. `fixtures/chain/README.md` has the sums.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Place, fixture};

const PARTIES: [&str; 3] = ["01-主体.csv", "02-资质.csv", "03-生产地.csv"];
const CHAIN: [&str; 7] = [
    "10-产业链.csv",
    "11-环节.csv",
    "12-产品.csv",
    "13-上游投入.csv",
    "14-链主.csv",
    "15-配套关系.csv",
    "16-环节摸底.csv",
];
const POSTINGS: [&str; 2] = ["20-采购需求.csv", "21-供应目录.csv"];

fn import(place: &Place, files: &[&str]) {
    let paths: Vec<String> = files.iter().map(|file| fixture(&format!("chain/{file}"))).collect();
    let arguments: Vec<&str> = std::iter::once("import").chain(paths.iter().map(String::as_str)).collect();
    place.json(0, &arguments);
}

fn filled() -> Place {
    let place = Place::new();
    import(&place, &[&PARTIES[..], &CHAIN, &POSTINGS].concat());
    place
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("a list: {value}"))
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).iter().map(|one| one.as_str().unwrap()).collect()
}

/// Finds a rate by its name, its subject and some of its parameters.
fn rate<'a>(answer: &'a Value, name: &str, subject: &str, parameters: &[(&str, &str)]) -> &'a Value {
    let has = |rate: &&Value| parameters.iter().all(|(name, value)| rate["parameters"][*name] == *value);
    let found = list(&answer["rates"]).iter().filter(|rate| rate["rate"] == name && rate["subject"]["id"] == subject);
    found.clone().find(has).unwrap_or_else(|| panic!("{name} of {subject} {parameters:?}: {answer}"))
}

/// Writes a rate: numerator, denominator, unknown; low, point and high.
fn numbers(rate: &Value) -> String {
    let share = |name: &str| rate["value"][name].as_f64().map_or("none".to_owned(), |share| format!("{share:.4}"));
    let [low, point, high] = ["low", "point", "high"].map(share);
    format!("{}/{} ?{} {low} {point} {high}", rate["numerator"], rate["denominator"], rate["unknown"])
}

#[test]
fn the_worked_example_comes_out_of_the_command_line() {
    let place = filled();
    let answer = place.json(0, &["chain", "rates", "--chain", "示例骨架链"]);
    let count = rate(&answer, "supplier_coverage", "SL-GJ", &[]);
    assert_eq!(numbers(count), "4/8 ?0 0.5000 0.5000 0.5000");
    let value = rate(&answer, "value_coverage", "SL-GJ", &[]);
    assert_eq!(numbers(value), "15900/36600 ?0 0.4344 0.4344 0.4344");
    assert_eq!((&value["unit"], &value["region"]["codes"]), (&json!("wan_yuan"), &json!(["370000"])));
    let leader = rate(&answer, "local_purchases", "P1", &[]);
    assert_eq!(numbers(leader), "15900/36600 ?0 0.4344 0.4344 0.4344");
    // What people read says the same.
    let output = place.run(&["chain", "rates", "--chain", "SL-GJ"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["50.0%", "4/8 家", "43.4%", "15900/36600 万元", "2026-06-01", "山东省"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let output = place.run(&["--format", "csv", "chain", "rates", "--chain", "SL-GJ"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.lines().any(|line| line.starts_with("supplier_coverage,") && line.contains(",0.5,0.5,0.5,4,8,0,")),
        "{text}"
    );
}

#[test]
fn links_are_covered_as_counted_by_hand() {
    let answer = filled().json(0, &["chain", "rates", "--chain", "SL-GJ"]);
    let of = |basis: &str, k: &str| numbers(rate(&answer, "link_coverage", "SL-GJ", &[("basis", basis), ("k", k)]));
    // Raw rubbers are alternatives; testing is unknown, optional fabric does not count.
    assert_eq!(of("capability", "1"), "6/6 ?1 0.8571 1.0000 1.0000");
    // A survey found nobody for moulds; who makes whole tyres is told by no supply.
    assert_eq!(of("actual", "1"), "4/5 ?2 0.5714 0.8000 0.8571");
    // Powders have two makers who can supply, one who does.
    // One maker of additives and of whole tyres is told of, and nobody looked for more.
    assert_eq!(of("capability", "2"), "1/4 ?3 0.1429 0.2500 0.5714");
    assert_eq!(of("actual", "2"), "0/4 ?3 0.0000 0.0000 0.4286");
    let members = list(&rate(&answer, "link_coverage", "SL-GJ", &[("basis", "actual"), ("k", "1")])["members"]);
    let verdict = |id: &str| members.iter().find(|one| one["id"] == id).map(|one| one["verdict"].as_str().unwrap());
    assert_eq!(verdict("SL-GJ-06"), Some("no"));
    assert_eq!(verdict("SL-GJ-07"), Some("unknown"));
}

#[test]
fn tables_say_first_what_points_somewhere() {
    let place = filled();
    let text = |command: &str| {
        let output = place.run(&["chain", command, "--chain", "SL-GJ"]);
        String::from_utf8(output.stdout).unwrap()
    };
    let gaps = text("gaps");
    assert!(gaps.contains("示例骨架链（SL-GJ）：缺链 1，断链风险 7，情况不明 1"), "{gaps}");
    let is_row = |name: &str| gaps.lines().any(|line| line.starts_with(&format!(" {name} ")));
    assert!(is_row("甲种胶") && !is_row("帘线") && gaps.contains("一个市而有断链风险：帘线（"), "{gaps}");
    // Who breaks no told supply breaks none of 0; the last row breaks one of 3200.
    let critical = text("critical");
    assert!(critical.contains("3200 万元") && !critical.contains(" 0 万元"), "{critical}");
    // A leader's share stands in one place.
    let rates = text("rates");
    assert!(!rates.lines().any(|line| line.starts_with(" 链主本地采购率 ")), "{rates}");
    assert_eq!(rates.lines().filter(|line| line.trim() == "链主本地采购率").count(), 1, "{rates}");
    assert!(rates.contains("2025 年；没有当年的采购总额"), "{rates}");
}

#[test]
fn firms_support_key_chains_as_counted_by_hand() {
    let place = filled();
    let answer = place.json(0, &["chain", "rates"]);
    let of = |tier: &str, nesting: &str| numbers(rate(&answer, "support", tier, &[("nesting", nesting)]));
    assert_eq!(of("little_giant", "inclusive"), "1/2 ?0 0.5000 0.5000 0.5000");
    assert_eq!(of("specialised", "inclusive"), "2/9 ?0 0.2222 0.2222 0.2222");
    assert_eq!(of("specialised", "exclusive"), "1/7 ?0 0.1429 0.1429 0.1429");
    let targets = ["specialised", "little_giant"]
        .map(|tier| rate(&answer, "support", tier, &[("nesting", "inclusive")])["target"].to_string());
    assert_eq!(targets, ["0.8", "0.9"]);
    // Only invoices: of the two it is the little giant that has one.
    let strict =
        place.json(0, &["chain", "rates", "--evidence", "E3", "--tier", "specialised", "--nesting", "exclusive"]);
    assert_eq!(rate(&strict, "support", "specialised", &[])["numerator"], 0);
    assert_eq!(list(&strict["rates"]).len(), 3, "by count, by revenue and as intensity");
}

#[test]
fn another_region_has_other_rates() {
    let place = filled();
    let answer = place.json(0, &["chain", "rates", "--chain", "SL-GJ", "--region", "江苏省"]);
    // The first supplier; the fifth is registered there and makes its goods elsewhere.
    assert_eq!(rate(&answer, "supplier_coverage", "SL-GJ", &[])["numerator"], 1);
    let both = ["chain", "rates", "--chain", "SL-GJ", "--region", "江苏省", "--region", "370000"];
    let answer = place.json(0, &both);
    assert_eq!(rate(&answer, "supplier_coverage", "SL-GJ", &[])["numerator"], 5);
}

#[test]
fn what_is_unknown_is_no_gap() {
    let answer = filled().json(0, &["chain", "gaps", "--chain", "SL-GJ"]);
    let links = list(&answer["chains"][0]["links"]);
    let state = |code: &str| links.iter().find(|link| link["code"] == code).unwrap()["state"].as_str().unwrap();
    assert_eq!(state("SL-GJ-01"), "at_risk", "makers in one city only");
    assert_eq!(state("SL-GJ-04"), "missing", "a supplier elsewhere only");
    assert_eq!(state("SL-GJ-07"), "unknown", "nobody looked");
    let rubber = links.iter().find(|link| link["code"] == "SL-GJ-04").unwrap();
    assert_eq!(rubber["outside"][0]["name"], "示例六号胶料有限公司");
    assert_eq!(rubber["met"], "yes", "the alternative is there");
}

#[test]
fn without_its_only_supplier_the_chain_stops() {
    let answer = filled().json(0, &["chain", "critical", "--chain", "SL-GJ"]);
    let chain = &answer["chains"][0];
    let aid = list(&chain["groups"]).iter().find(|one| one["without"]["name"] == "示例五号助剂有限公司").unwrap();
    assert!(texts(&aid["products"]).contains(&"骨架轮胎"), "{aid}");
    assert_eq!(aid["spend"], 3_800);
    let place = list(&chain["places"]).iter().find(|one| one["without"]["name"] == "淄博市").unwrap();
    assert_eq!(place["products"], aid["products"], "it makes its goods there");
    let points = list(&chain["single_points"]);
    assert!(points.iter().any(|one| one["link"]["code"] == "SL-GJ-03" && one["suppliers"] == 1), "{points:?}");
    assert!(!points.iter().any(|one| one["link"]["code"] == "SL-GJ-01"), "cord has two suppliers");
}

#[test]
fn what_does_not_fit_together_is_listed_and_harmless() {
    let place = filled();
    let answer = place.json(0, &["chain", "list"]);
    let codes: Vec<(&str, &str)> = list(&answer["problems"])
        .iter()
        .map(|one| (one["code"].as_str().unwrap(), one["place"].as_str().unwrap()))
        .collect();
    for problem in [("chain_self_loop", "骨架帘线"), ("chain_cycle", "乙种胶"), ("chain_unknown_product", "骨架轮胎")]
    {
        assert!(codes.contains(&problem), "{problem:?}: {codes:?}");
    }
    let text = String::from_utf8(place.run(&["chain", "list"]).stdout).unwrap();
    assert!(text.contains("图谱上没有的东西") && text.contains("不是官方名单"), "{text}");
}

#[test]
fn a_users_chain_replaces_the_declared_one_and_a_users_link_adds_to_it() {
    let place = filled();
    let codes = |answer: &Value| -> Vec<String> {
        list(&answer["chains"]).iter().map(|chain| chain["code"].as_str().unwrap().to_owned()).collect()
    };
    let before = place.json(0, &["chain", "list"]);
    assert!(codes(&before).contains(&"SD-LT".to_owned()) && codes(&before).contains(&"SD-QN".to_owned()));
    fs::write(place.folder().join("产业链.csv"), "产业链编码,产业链名称\nLT,轮胎\n").unwrap();
    fs::write(
        place.folder().join("环节.csv"),
        "所属产业链,环节名称,是否必需,本地年需求量\n轮胎,炼胶,是,\n氢能,膜电极,是,5万片/年\n",
    )
    .unwrap();
    place.json(0, &["import", "产业链.csv", "环节.csv"]);
    let after = place.json(0, &["chain", "list"]);
    assert!(codes(&after).contains(&"LT".to_owned()) && !codes(&after).contains(&"SD-LT".to_owned()), "{after}");
    let links_of = |chain: &str| {
        let answer = place.json(0, &["chain", "show", chain]);
        texts_of(&answer["chains"][0]["links"], "title")
    };
    assert_eq!(links_of("LT"), ["炼胶"]);
    let hydrogen = links_of("氢能");
    assert_eq!(hydrogen.iter().filter(|title| *title == "膜电极").count(), 1, "{hydrogen:?}");
    assert_eq!(hydrogen.len(), 9);
}

fn texts_of(value: &Value, name: &str) -> Vec<String> {
    list(value).iter().map(|one| one[name].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_picture_shows_every_link_with_its_state() {
    let place = filled();
    let output = place.run(&["chain", "show", "SL-GJ", "--svg", "链.svg"]);
    assert_eq!(output.status.code(), Some(0));
    let picture = fs::read_to_string(place.folder().join("链.svg")).unwrap();
    for part in ["<svg", "示例骨架链", "帘线", "甲种胶", "整胎检测", "缺链", "2026-06-01", "山东省"]
    {
        assert!(picture.contains(part), "{part}");
    }
}

#[test]
fn mistakes_in_a_question_are_named() {
    let place = filled();
    for (arguments, part) in [
        (["chain", "rates", "--chain", "没有的链"], "没有的链"),
        (["chain", "rates", "--region", "无此地"], "无此地"),
        (["chain", "gaps", "--region", "高新区"], "高新区"),
    ] {
        let output = place.run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(part) && text.contains("bad_request"), "{text}");
    }
}

#[test]
fn a_posting_and_a_party_tell_where_they_stand() {
    let place = filled();
    let mould = place.json(0, &["show", "GY-6"]);
    let name = &mould["placements"][0];
    assert_eq!((&name["name"], &name["placed"]), (&json!("整胎模具"), &json!(true)));
    assert_eq!(
        (&name["products"][0]["title"], &name["products"][0]["reason"]),
        (&json!("轮胎模具"), &json!("synonym"))
    );
    let table = place.json(0, &["show", "GY-4"]);
    assert_eq!(table["placements"][0]["placed"], false);
    let supplier = place.json(0, &["show", "示例五号助剂有限公司"]);
    assert_eq!(supplier["links"][0]["link"]["code"], "SL-GJ-03");
    assert_eq!(supplier["links"][0]["evidence"], "E2");
    let lone = place.json(0, &["chain", "show", "--unplaced"]);
    let names = texts_of(&lone["unplaced"], "name");
    assert!(names.contains(&"会议桌椅".to_owned()) && !names.contains(&"整胎模具".to_owned()), "{names:?}");
}

/// The codes of the matches of a demand, best first.
fn ranking(place: &Place, demand: &str, more: &[&str]) -> Vec<String> {
    let arguments = [&["--format", "json", "--quiet", "match", "--demand", demand], more].concat();
    let answer: Value = serde_json::from_slice(&place.run(&arguments).stdout).unwrap();
    let code = |one: &Value| one["id"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    list(&answer["matches"]).iter().map(code).collect()
}

fn matched(place: &Place, demand: &str, supply: &str) -> Value {
    let answer = place.json(0, &["match", "--demand", demand, "--all", "--top", "50"]);
    let is_it = |one: &&Value| one["id"].as_str().unwrap().ends_with(supply);
    list(&answer["matches"]).iter().find(is_it).unwrap_or_else(|| panic!("{supply}: {answer}")).clone()
}

fn feature<'a>(found: &'a Value, name: &str) -> &'a Value {
    list(&found["contributions"]).iter().find(|part| part["feature"] == name).unwrap()
}

#[test]
fn the_graph_changes_what_it_knows_and_nothing_else() {
    let place = Place::new();
    import(&place, &[&PARTIES[..], &POSTINGS].concat());
    let off_graph =
        |place: &Place| place.run(&["--format", "json", "--quiet", "match", "--demand", "XQ-2", "--all"]).stdout;
    let before = off_graph(&place);
    assert_eq!(ranking(&place, "XQ-1", &[]), ["GY-2"], "by its letters");
    assert_eq!(ranking(&place, "XQ-4", &[]), ["GY-7", "GY-8"], "equal, by identifier");
    import(&place, &CHAIN);
    assert_eq!(ranking(&place, "XQ-1", &[]), ["GY-1"], "a reel with the name of the cloth is no cloth");
    let all = ranking(&place, "XQ-1", &["--all"]);
    assert_eq!(all, ["GY-1", "GY-3", "GY-2"], "a step upstream is nearer than what shares words");
    assert_eq!(ranking(&place, "XQ-4", &[]), ["GY-8", "GY-7"], "who serves the chain already comes first");
    assert_eq!(off_graph(&place), before, "desks are not on the graph");
    assert_eq!(ranking(&place, "XQ-2", &[]), ["GY-4", "GY-5"]);
}

#[test]
fn the_way_through_the_graph_is_the_evidence() {
    let place = filled();
    let narrower = matched(&place, "XQ-1", "GY-1");
    assert_eq!(narrower["evidence"]["path"], json!(["骨架帘布", "浸胶尼龙布"]));
    assert_eq!(feature(&narrower, "products")["value"], 0.9);
    let step = matched(&place, "XQ-1", "GY-3");
    assert_eq!(step["evidence"]["path"], json!(["骨架帘布", "锦纶工业丝"]));
    assert_eq!(feature(&step, "products")["value"], 0.3);
    assert!(feature(&step, "products")["reason"].as_str().unwrap().contains("骨架帘布 ← 锦纶工业丝"));
    let same = matched(&place, "XQ-3", "GY-6");
    assert_eq!(feature(&same, "products")["value"], 1.0);
    let position = feature(&same, "chain_position");
    assert_eq!(position["value"], 1.0);
    assert!(position["reason"].as_str().unwrap().contains("摸底山东省没有供应商"), "{position}");
    // Seen from the supply it is the same pair.
    let back = place.json(0, &["match", "--supply", "GY-6"]);
    assert_eq!(back["matches"][0]["score"], same["score"]);
}

#[test]
fn an_old_survey_and_an_ended_supply_tell_nothing() {
    let place = filled();
    let later = place.run(&["--as-of", "2029-01-01", "--format", "json", "--quiet", "match", "--demand", "XQ-3"]);
    let answer: Value = serde_json::from_slice(&later.stdout).unwrap();
    assert_eq!(feature(&answer["matches"][0], "chain_position")["value"], Value::Null, "{answer}");
    let later = place.run(&["--as-of", "2028-01-01", "--format", "json", "--quiet", "match", "--demand", "XQ-4"]);
    let answer: Value = serde_json::from_slice(&later.stdout).unwrap();
    for found in list(&answer["matches"]) {
        assert_eq!(feature(found, "chain_position")["value"], Value::Null, "{found}");
    }
}

#[test]
fn supplies_are_found_by_the_graph_where_there_are_too_many_to_look_at_all() {
    let place = filled();
    // More supplies than a lane looks at, all of them nearer to the demand by their letters.
    let rows = (0..400).map(|n| format!("FJ{n},示例附件有限公司,骨架帘布{n}号卷轴\n")).collect::<String>();
    fs::write(place.folder().join("供应目录.csv"), format!("编号,企业名称,产品名称\n{rows}")).unwrap();
    place.json(0, &["import", "供应目录.csv"]);
    assert_eq!(ranking(&place, "XQ-1", &["--top", "1"]), ["GY-1"], "its name has no letter of the demand's");
}

#[test]
fn the_same_files_in_another_order_give_the_same_rates() {
    let (one, other) = (filled(), Place::new());
    let mut files = [&PARTIES[..], &CHAIN].concat();
    files[3..].reverse();
    import(&other, &[&files[..], &POSTINGS].concat());
    for arguments in [
        vec!["chain", "rates"],
        vec!["chain", "gaps", "--chain", "SL-GJ"],
        vec!["chain", "critical", "--chain", "SL-GJ"],
        vec!["chain", "list"],
    ] {
        let bytes = |place: &Place, threads: &str| {
            let arguments = [&["--format", "json"], &arguments[..]].concat();
            place.command(&arguments).env("RAYON_NUM_THREADS", threads).output().unwrap().stdout
        };
        assert_eq!(bytes(&one, "1"), bytes(&other, "4"), "{arguments:?}");
    }
}

/// Imports tables that are written here.
fn import_rows(place: &Place, tables: &[(&str, &str)]) {
    for (file, rows) in tables {
        fs::write(place.folder().join(file), rows).unwrap();
        place.json(0, &["import", file]);
    }
}

#[test]
fn what_offices_write_around_a_name_leaves_the_product() {
    let place = filled();
    for asked in [
        "轮胎模具",
        "关于轮胎模具的采购需求",
        "采购轮胎模具一批",
        "寻找轮胎模具供应商",
        "轮胎模具配套",
        "我公司急需轮胎模具20套",
        "2026年度轮胎模具采购项目（第二批）",
    ] {
        let answer = place.json(0, &["match", "--text", asked, "--kind", "采购需求"]);
        let best = &answer["matches"][0];
        assert!(best["id"].as_str().unwrap().ends_with("GY-6"), "{asked}: {best}");
        assert_eq!(feature(best, "products")["value"], 1.0, "{asked}");
    }
}

#[test]
fn a_title_is_placed_whole_first_and_another_thing_not_at_all() {
    let place = Place::new();
    // The fourth is declared to be what it is called.
    let titles =
        ["燃料电池系统", "数控系统", "电池管理系统采购项目", "报废轮胎", "玩具轮胎", "二手挖掘机", "模型装载机"];
    let rows: String = titles.iter().zip(1..).map(|(title, n)| format!("GY{n},示例甲有限公司,{title}\n")).collect();
    import_rows(&place, &[("供应目录.csv", &format!("编号,企业名称,产品名称\n{rows}"))]);
    let placed = |n: usize| {
        let shown = place.json(0, &["show", &format!("GY{n}")]);
        let name = &shown["placements"][0];
        let reason = name["products"][0]["reason"].as_str().unwrap_or_default().to_owned();
        (name["placed"].as_bool().unwrap(), reason)
    };
    for n in 1..=4 {
        assert!(matches!(placed(n), (true, reason) if reason == "title" || reason == "synonym"), "{}", titles[n - 1]);
    }
    for n in 5..=7 {
        assert!(!placed(n).0, "{}", titles[n - 1]);
    }
}

#[test]
fn no_way_is_shown_that_says_something_else_than_the_name() {
    let place = filled();
    import_rows(
        &place,
        &[
            ("产品.csv", "产品名称,所属产业链,所属环节\n涂胶骨架帘布,示例骨架链,骨架织物\n"),
            ("上游投入.csv", "产品,上游投入,是否必需\n涂胶骨架帘布,骨架帘布,是\n"),
            ("供应目录.csv", "编号,企业名称,产品名称\nGY-20,示例涂胶有限公司,涂胶骨架帘布\n"),
        ],
    );
    let found = matched(&place, "XQ-1", "GY-20");
    let reason = feature(&found, "products")["reason"].as_str().unwrap();
    assert!(reason.starts_with("供方的更具体") && !reason.contains('→'), "{reason}");
    assert_eq!(found["evidence"]["path"], json!([]), "by the graph it is made of what is wanted");
}

#[test]
fn the_reason_of_a_position_names_the_link() {
    let place = filled();
    import_rows(&place, &[("供应目录.csv", "编号,企业名称,产品名称\nGY-21,示例五号助剂有限公司,补强炭粉\n")]);
    let reason = |supply: &str| {
        let found = matched(&place, "XQ-4", supply);
        feature(&found, "chain_position")["reason"].as_str().unwrap().to_owned()
    };
    assert_eq!(reason("GY-8"), "已给示例骨架轮胎有限公司供补强炭粉，就是示例骨架链的“炭粉”环节（证据 E2）");
    assert_eq!(reason("GY-21"), "已给示例骨架轮胎有限公司供硫化助剂，是示例骨架链的另一环节“助剂”（证据 E2）");
}
