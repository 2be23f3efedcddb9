//! Tables as offices keep them: what goes in, what stays out, and where each problem is said to be.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::{Place, fixture, walk};

/// One line for each table that was read: its kind and what became of its rows.
fn counts(report: &Value) -> Vec<String> {
    let files = report["files"].as_array().unwrap();
    let count = |file: &Value| {
        let numbers = ["rows", "accepted", "changed", "unchanged", "rejected"].map(|key| file[key].to_string());
        format!("{} {}", file["kind"].as_str().unwrap_or("?"), numbers.join(" "))
    };
    files.iter().map(count).collect()
}

/// One line for each problem: sheet, row, column, value, code.
fn problems(report: &Value) -> Vec<String> {
    let of_file = |file: &Value| file["problems"].as_array().unwrap().clone();
    let line = |problem: &Value| {
        let text = |key: &str| problem[key].as_str().unwrap().to_owned();
        let row = problem["row"].to_string();
        [text("sheet"), row, text("column"), text("value"), text("code")].join("|")
    };
    report["files"].as_array().unwrap().iter().flat_map(of_file).map(|problem| line(&problem)).collect()
}

/// The readable value of a column.
fn value(place: &Place, id: &str, column: &str) -> Value {
    place.json(0, &["show", id])["fields"][column]["value"].clone()
}

/// What both writers of the same workbook give; the formulas differ.
const DIRTY: [&str; 14] = [
    "采购需求清单|5||一、原材料|note_row",
    "采购需求清单|10||二、零部件|note_row",
    "采购需求清单|17||合计|note_row",
    "采购需求清单|18||注：预算为含税价，最终以合同为准。填表人：示例张三|note_row",
    "采购需求清单|8|交付地点|火星市|unknown_region",
    "采购需求清单|11|统一社会信用代码|91370800MA0000102X|bad_uscc",
    "采购需求清单|13|需求名称||missing_value",
    "采购需求清单|14|是否允许进口|也许|bad_flag",
    "采购需求清单|14|采购方式|抽签|bad_choice",
    // A formula that openpyxl writes has no computed value; Excel and LibreOffice write one.
    "采购需求清单|15|预算金额（万元）|#公式未计算|cell_error",
    "采购需求清单|16|有效期至|2026年13月1日|bad_date",
    "供应目录|0|说明会||unknown_column",
    "供应目录|3|年产能|很多|bad_quantity",
    "供应目录|4|供应商类型|二道贩子|bad_choice",
];

fn sorted<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    lines.into_iter().map(|line| line.as_ref().to_owned()).collect()
}

#[test]
fn every_problem_of_an_office_workbook_is_said_at_its_cell() {
    let place = Place::new();
    let report = place.json(1, &["import", &fixture("intake/dirty.xlsx")]);
    assert_eq!(counts(&report), ["procurement 9 3 0 0 6", "catalog 4 2 0 0 2"]);
    let expected = sorted(DIRTY.iter().copied().chain(["采购需求清单|16|预算金额（万元）|#公式未计算|cell_error"]));
    assert_eq!(sorted(problems(&report)), expected);
    assert_eq!(problems(&report).len(), expected.len(), "nothing is said twice");
}

#[test]
fn a_workbook_saved_by_libreoffice_is_read_alike() {
    let place = Place::new();
    let report = place.json(1, &["import", &fixture("intake/libreoffice.xlsx")]);
    assert_eq!(counts(&report), ["procurement 9 4 0 0 5", "catalog 4 2 0 0 2"]);
    let without_formulas = DIRTY.iter().copied().filter(|line| !line.contains("#公式未计算"));
    let expected = sorted(without_formulas.chain(["采购需求清单|16|预算金额（万元）|#DIV/0!|cell_error"]));
    assert_eq!(sorted(problems(&report)), expected);
    // =100*3 under `预算金额（万元）`.
    assert_eq!(value(&place, "XQ-08", "budget")["amount"], 300.0);
}

#[test]
fn money_dates_and_merged_cells_mean_what_the_office_meant() {
    let place = Place::new();
    place.json(1, &["import", &fixture("intake/dirty.xlsx")]);
    // 380万元 and 1200000元 in a column of 万元; 面议 is unknown, not 0.
    assert_eq!(value(&place, "XQ-01", "budget")["amount"], 380.0);
    assert_eq!(value(&place, "XQ-02", "budget")["amount"], 120.0);
    assert_eq!(value(&place, "XQ-05", "budget"), Value::Null);
    assert_eq!(place.json(0, &["show", "XQ-05"])["fields"]["budget"]["raw"], "面议");
    // A date cell, a Chinese date, and one without end.
    assert_eq!(value(&place, "XQ-01", "valid_until"), "2026-12-31");
    assert_eq!(value(&place, "XQ-02", "valid_until"), "2026-12-31");
    assert_eq!(value(&place, "XQ-05", "valid_until"), "never");
    // Full-width digits; thousands separators; a unit from the header and one in the cell.
    assert_eq!(value(&place, "XQ-02", "quantity")["amount"], 3_000_000.0);
    assert_eq!(value(&place, "GY-01", "price")["amount"], 0.42);
    assert_eq!(value(&place, "GY-04", "price")["amount"], 0.00075);
    // The buyer stands in one cell merged over three rows.
    assert_eq!(place.json(0, &["show", "XQ-02"])["party"]["name"], "示例重工有限公司");
    // Header cells of two rows: `联系方式` over `联系人` and `电话`.
    assert_eq!(place.json(0, &["show", "XQ-02"])["contact"]["contact_phone"], "0537-0000002");
    assert_eq!(place.json(0, &["show", "XQ-02"])["contact"]["contact_person"], "示例李四");
}

#[test]
fn the_workbook_of_problems_comes_back_with_all_its_cells() {
    let place = Place::new();
    let first = place.json(1, &["import", &fixture("intake/dirty.xlsx"), "--problems", "改正.xlsx"]);
    let again = place.json(1, &["import", "改正.xlsx"]);
    assert_eq!(counts(&again), ["procurement 6 0 0 0 6", "catalog 2 0 0 0 2"]);
    // The same cells are wrong; an uncomputed formula has become the text that says so.
    let cell = |line: &String| line.split('|').skip(2).take(2).map(str::to_owned).collect::<Vec<_>>().join("|");
    let of_rows = |lines: Vec<String>| -> Vec<String> {
        lines.iter().filter(|line| !line.contains("note_row") && !line.contains("unknown_column")).map(cell).collect()
    };
    assert_eq!(of_rows(problems(&again)), of_rows(problems(&first)));
}

#[test]
fn corrected_rows_go_in_and_the_same_file_again_changes_nothing() {
    let place = Place::new();
    place.json(1, &["import", &fixture("intake/dirty.xlsx")]);
    // `corrected.xlsx` is the workbook of problems of `dirty.xlsx`, corrected by hand. Its one notice: `说明会`.
    let report = place.json(0, &["import", &fixture("intake/corrected.xlsx")]);
    assert_eq!(counts(&report), ["procurement 6 6 0 0 0", "catalog 2 2 0 0 0"]);
    assert_eq!(problems(&report), ["供应目录|0|说明会||unknown_column"]);
    assert_eq!(value(&place, "XQ-03", "budget")["amount"], 50_000.0, "5亿");
    assert_eq!(value(&place, "XQ-09", "valid_until"), "2026-12-01", "a date cell");
    assert_eq!(place.json(0, &["show", "XQ-03"])["id"], "P1:procurement:XQ-03", "the buyer of the merged cell");

    let again = place.json(0, &["import", &fixture("intake/corrected.xlsx")]);
    assert_eq!(counts(&again), ["procurement 6 0 0 6 0", "catalog 2 0 0 2 0"]);
    let first = place.json(1, &["import", &fixture("intake/dirty.xlsx")]);
    assert_eq!(counts(&first), ["procurement 9 0 0 3 6", "catalog 4 0 0 2 2"]);
}

#[test]
fn a_gb18030_table_with_a_title_and_blank_lines_is_read() {
    let place = Place::new();
    let path = fixture("intake/supplies-gb18030.csv");
    assert!(std::str::from_utf8(&fs::read(&path).unwrap()).is_err(), "the fixture is not UTF-8");
    let report = place.json(1, &["import", &path]);
    assert_eq!(counts(&report), ["catalog 7 4 0 0 3"]);
    let expected = [
        "|9|统一社会信用代码|91370700MA0000112R|bad_uscc",
        "|10|参考价格|贵|bad_money",
        "|10|产地|亚特兰蒂斯|unknown_region",
        "|12|产品名称||missing_value",
        "|14||合计|note_row",
    ];
    assert_eq!(sorted(problems(&report)), sorted(expected));
    assert_eq!(value(&place, "TH-1", "spec"), "N330,湿法造粒", "a quoted comma");
    assert_eq!(value(&place, "TH-1", "capacity")["amount"], 80_000_000.0, "full-width ８万吨, in kg");
    assert_eq!(value(&place, "TH-1", "price")["amount"], 0.78, "7,800元/吨, in 万元");
    assert_eq!(value(&place, "TH-2", "price"), Value::Null, "面议");
    assert_eq!(value(&place, "ZJ-3", "origin"), "370700", "山东潍坊");
}

#[test]
fn a_mapping_reads_headers_that_nobody_knows() {
    let place = Place::new();
    let table = fixture("intake/unknown-headers.csv");
    let refused = place.json(1, &["import", &table]);
    assert_eq!(problems(&refused), ["|1|||unknown_kind"]);
    let report = place.json(0, &["import", &table, "--mapping", &fixture("intake/unknown-headers.toml")]);
    assert_eq!(counts(&report), ["catalog 3 3 0 0 0"]);
    assert_eq!(problems(&report), ["|0|备用||unknown_column"]);
    let found = place.json(0, &["show", "示例活塞有限公司"]);
    assert_eq!(found["uscc"], "91370100MA0000121P", "a constant of the mapping");
    let id = |title: &str| {
        let record = found["records"].as_array().unwrap().iter().find(|record| record["title"] == title).unwrap();
        record["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(value(&place, &id("活塞环"), "origin"), "370100", "泉城, rewritten");
    assert_eq!(value(&place, &id("气门"), "supplier_role"), "trader", "倒手卖的, rewritten");
    assert_eq!(value(&place, &id("缸套"), "capacity")["amount"], 800_000.0, "a column by its number");
}

#[test]
fn json_lines_and_tab_separated_tables_are_read() {
    let place = Place::new();
    let report = place.json(1, &["import", &fixture("intake/supplies.jsonl")]);
    assert_eq!(counts(&report), ["catalog 4 2 0 0 2"]);
    assert_eq!(value(&place, "BC-1", "warranty")["amount"], 12.0, "a JSON number");
    let report = place.json(1, &["import", &fixture("intake/supplies.tsv"), "--kind", "供应目录"]);
    assert_eq!(counts(&report), ["catalog 3 2 0 0 1"]);
    assert_eq!(problems(&report), ["|4|供应商||missing_value"]);
    assert_eq!(value(&place, "BC-5", "supplier_role"), "maker", "源头工厂");
    assert_eq!(value(&place, "BC-6", "min_order"), Value::Null, "若干 is unknown");
    assert_eq!(place.json(0, &["show", "BC-6"])["party"]["id"], "P1", "the party of the other file, by its full name");
}

#[test]
fn a_line_that_is_no_json_is_one_problem_of_its_row() {
    let report = Place::new().json(1, &["import", &fixture("intake/supplies.jsonl")]);
    let of_line = |line: &String| line.split('|').nth(1) == Some("4");
    let found: Vec<String> = problems(&report).into_iter().filter(of_line).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("|bad_row"), "{found:?}");
}

#[test]
fn a_short_name_of_a_province_is_the_province() {
    let place = Place::new();
    // 河北 is also a district of Tianjin; beside other provinces, and without 区, it is the province.
    let path = place.folder().join("供应目录.csv");
    fs::write(&path, "编号,企业名称,产品名称,供货区域\nA1,示例板材有限公司,胶合板,山东、河北\n").unwrap();
    let report = place.json(0, &["import", path.to_str().unwrap()]);
    assert_eq!(problems(&report), Vec::<String>::new());
}

#[test]
fn money_in_json_is_what_was_written() {
    let place = Place::new();
    place.json(1, &["import", &fixture("intake/supplies-gb18030.csv")]);
    assert_eq!(value(&place, "TH-3", "price")["amount"].to_string(), "0.85", "0.85万元/吨");
}

#[test]
fn problems_beyond_what_can_be_listed_are_counted() {
    let place = Place::new();
    // Each row lists a megabyte twice: as a value and as a cell; the good row behind them still goes in.
    let long = "长".repeat(333_333);
    let bad = (0..20).map(|i| format!("B{i},示例板材有限公司,{long}\n"));
    let text = format!("编号,企业名称,产品名称\n{}A1,示例板材有限公司,胶合板\n", bad.collect::<String>());
    let path = place.folder().join("供应目录.csv");
    fs::write(&path, text).unwrap();
    let report = place.json(1, &["import", path.to_str().unwrap(), "--problems", "改正.xlsx"]);
    assert_eq!(counts(&report), ["catalog 21 1 0 0 20"]);
    let listed = report["files"][0]["problems"].as_array().unwrap();
    let (last, others) = listed.split_last().unwrap();
    assert_eq!(last["code"], "unlisted");
    assert_eq!(last["message"], format!("问题太多，另有 {} 行的没有列出", 20 - others.len()));
    assert!((10..20).contains(&others.len()) && others.iter().all(|problem| problem["code"] == "too_long"));
}

#[test]
fn a_dry_run_writes_nothing() {
    let place = Place::new();
    let report = place.json(1, &["import", "--dry-run", &fixture("intake/dirty.xlsx")]);
    assert_eq!(counts(&report), ["procurement 9 3 0 0 6", "catalog 4 2 0 0 2"]);
    assert_eq!(report["files"][0]["saved"], false);
    let output = place.run(&["show", "XQ-01"]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    let report = place.json(1, &["import", &fixture("intake/dirty.xlsx")]);
    assert_eq!(counts(&report), ["procurement 9 3 0 0 6", "catalog 4 2 0 0 2"], "as if it were the first time");
}

#[test]
fn strict_keeps_a_whole_file_out() {
    let place = Place::new();
    let (bad, good) = (fixture("intake/supplies-gb18030.csv"), fixture("intake/supplies.tsv"));
    let report = place.json(1, &["import", "--strict", &bad]);
    assert_eq!(report["files"][0]["saved"], false);
    assert_eq!(place.run(&["show", "TH-1"]).status.code(), Some(2));
    // A file without rejected rows goes in, whatever notices it has.
    let folder = place.folder().join("供应目录.tsv");
    let first_two: String = fs::read_to_string(good).unwrap().lines().take(3).map(|line| format!("{line}\n")).collect();
    fs::write(&folder, first_two).unwrap();
    let report = place.json(0, &["import", "--strict", folder.to_str().unwrap()]);
    assert_eq!(report["files"][0]["saved"], true);
    assert_eq!(place.run(&["show", "BC-5"]).status.code(), Some(0));
}

#[test]
fn contacts_are_neither_found_nor_in_the_view() {
    let place = Place::new();
    place.json(1, &["import", &fixture("intake/dirty.xlsx")]);
    for personal in ["13800000001", "0537-0000002", "示例李四"] {
        let found = place.run(&["--format", "json", "search", personal]);
        let text = String::from_utf8(found.stdout).unwrap();
        assert!(!text.contains(personal), "{personal}: {text}");
    }
    assert_eq!(place.json(1, &["search", "13800000001"])["found"].as_array().unwrap().len(), 0);
    // A number within a public column.
    let path = place.folder().join("供应目录.csv");
    let row = "A1,示例板材有限公司,胶合板,型号ZX4455667；订货电话：13911112222";
    fs::write(&path, format!("编号,企业名称,产品名称,产品说明\n{row}\n")).unwrap();
    place.json(0, &["import", path.to_str().unwrap()]);
    assert_eq!(place.json(1, &["search", "13911112222"])["found"].as_array().unwrap().len(), 0);
    // Nor do the reasons of a match tell of it, wherever it stands.
    let demands = "编号,企业名称,需求名称\nXQ9,示例家具有限公司,胶合板（联系人：示例李四13800000001）\n";
    fs::write(place.folder().join("采购需求.csv"), demands).unwrap();
    let supplies = "编号,企业名称,产品名称,产品说明\nA2,示例板材有限公司,胶合板 13911112222,联系人：示例李四\n";
    fs::write(path, supplies).unwrap();
    place.json(0, &["import", "采购需求.csv", "供应目录.csv"]);
    let matched = place.run(&["--format", "json", "match", "--demand", "XQ9", "--lane", "procurement", "--all"]);
    let text = String::from_utf8(matched.stdout).unwrap();
    assert!(text.contains("名称相同：胶合板") && text.contains("catalog:A2"), "{text}");
    assert!(!text.contains("13800000001") && !text.contains("13911112222") && !text.contains("李四"), "{text}");
    // The view's bytes; that identifiers are there shows that the test could see a contact.
    // The catalogue keeps every text as it is written, as the log does, but no cell of a contact.
    let (catalogue, others): (Vec<_>, Vec<_>) =
        walk(&place.data().join("views")).into_iter().partition(|path| path.ends_with("catalogue"));
    let kept = fs::read(&catalogue[0]).unwrap();
    assert!(kept.windows(7).any(|part| part == b"catalog") && !kept.windows(7).any(|part| part == b"0000002"));
    let bytes: Vec<Vec<u8>> = others.iter().map(|path| fs::read(path).unwrap()).collect();
    let has = |text: &str| bytes.iter().any(|file| file.windows(text.len()).any(|part| part == text.as_bytes()));
    assert!(has("P1:procurement:XQ-01"));
    for personal in ["13800000001", "0000002", "示例李四", "李四", "13911112222", "13911"] {
        assert!(!has(personal), "{personal}");
    }
}

#[test]
fn every_template_comes_back_empty_and_without_problems() {
    let place = Place::new();
    let listed = place.run(&["template"]);
    let kinds: Vec<String> = String::from_utf8(listed.stdout)
        .unwrap()
        .split_whitespace()
        .filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        .map(str::to_owned)
        .collect();
    assert!(kinds.len() > 30, "{kinds:?}");
    for kind in kinds {
        let file = format!("{kind}.xlsx");
        assert_eq!(place.run(&["template", &kind, "--out", &file]).status.code(), Some(0));
        let report = place.json(0, &["import", &file]);
        assert_eq!(counts(&report), [format!("{kind} 0 0 0 0 0")]);
        assert_eq!(problems(&report), Vec::<String>::new());
    }
}
