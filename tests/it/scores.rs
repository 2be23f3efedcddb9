//! A pair's score is a sum that a reader can check, and depends on nothing but the pair: not on other postings, the
//! number of threads, or how the views came to be.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize as _;
use serde_json::value::RawValue;

use crate::support::{DAY, Place};

const DEMANDS: &str = "\
编号,企业名称,需求名称,产品名称,规格型号,采购数量,交付地点,地域要求,资质要求,技术要求
XQ1,示例重工有限公司,深沟球轴承采购,深沟球轴承,6208-2RS P5级,20万件/年,山东省济南市,省内优先,ISO9001,内径40mm外径80mm低噪声电机用
XQ2,示例轮胎有限公司,钢帘线年度采购,钢帘线,ST82C,3000吨/年,山东省东营市,,IATF16949,子午线轮胎用高强度镀铜钢帘线
XQ3,示例农机有限公司,齿轮箱壳体铸件,齿轮箱壳体,QT450-10,2万件,山东省潍坊市,限山东省,,球墨铸铁壳体精密铸造与加工
";

const SUPPLIES: &str = "\
编号,企业名称,产品名称,产品关键词,规格型号,年产能,供应商类型,产地,资质认证,产品说明
GY1,示例甲轴承有限公司,深沟球轴承,滚动轴承、电机轴承,6200-6320系列 6208-2RS P5级,300万件/年,生产商,山东省聊城市,ISO9001,低噪声电机用轴承内径10到100mm
GY2,示例乙轴承有限公司,圆锥滚子轴承,轴承,30208,80万件/年,生产商,河南省洛阳市,,重载车辆用
GY3,示例丙钢丝有限公司,高强度钢帘线,钢帘线,ST82C,2万吨/年,生产商,山东省济南市,IATF16949,子午线轮胎用镀铜
GY4,示例丁贸易有限公司,钢帘线,钢丝,,,经销商,江苏省无锡市,,现货供应
GY5,示例戊铸造有限公司,球墨铸铁壳体,齿轮箱壳体、铸件,QT450-10,5万件/年,生产商,山东省潍坊市,ISO9001,精密铸造与加工
GY6,示例华北机床铸件有限公司,灰铁铸件,铸件,HT250,1万吨/年,生产商,河北省沧州市,,机床床身
";

const CERTIFICATES: &str = "\
企业名称,资质名称,证书编号,发证日期,有效期至
示例甲轴承有限公司,专精特新中小企业,A-1,2024-01-01,2027-01-01
示例丙钢丝有限公司,专精特新“小巨人”企业,C-1,2024-07-01,2027-06-30
";

/// The demands of [`DEMANDS`].
const ASKED: [&str; 3] = ["XQ1", "XQ2", "XQ3"];

/// Runs the program with a number of threads; gives its standard output.
fn output(place: &Place, threads: &str, arguments: &[&str]) -> String {
    let arguments = [&["--format", "json", "--quiet"], arguments].concat();
    let output = place.command(&arguments).env("RAYON_NUM_THREADS", threads).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}\n{out}\n{err}");
    out
}

/// Makes a place that holds the tables above.
fn imported(threads: &str) -> Place {
    let place = Place::new();
    for (name, text) in [("采购需求.csv", DEMANDS), ("供应目录.csv", SUPPLIES), ("资质与称号.csv", CERTIFICATES)]
    {
        fs::write(place.folder().join(name), text).unwrap();
        let report = output(&place, threads, &["import", name]);
        assert!(report.contains("\"rejected\": 0") && report.contains("\"problems\": []"), "{name}: {report}");
    }
    place
}

fn matches_of(place: &Place, threads: &str, demand: &str) -> String {
    output(place, threads, &["match", "--demand", demand, "--all", "--top", "1000"])
}

type Object = BTreeMap<String, Box<RawValue>>;

/// Reads a list of JSON objects with every value as it is written.
fn objects(json: &RawValue) -> Vec<Object> {
    Vec::deserialize(&mut serde_json::Deserializer::from_str(json.get())).unwrap()
}

/// Lists the matches of an answer: by identifier, as they are written but for the rank.
fn matches_by_id(answer: &str) -> BTreeMap<String, String> {
    let answer: Object = serde_json::from_str(answer).unwrap();
    let written = |mut found: Object| {
        found.remove("rank").unwrap();
        let id = found["id"].get().to_owned();
        (id, found.iter().map(|(name, value)| format!("{name}: {}\n", value.get())).collect())
    };
    objects(&answer["matches"]).into_iter().map(written).collect()
}

/// Reads a decimal with two places as hundredths, without a float in between.
fn hundredths(text: &str) -> u32 {
    let (whole, part) = text.split_once('.').unwrap_or_else(|| panic!("{text} has two decimals"));
    assert_eq!(part.len(), 2, "{text} has two decimals");
    whole.parse::<u32>().unwrap() * 100 + part.parse::<u32>().unwrap()
}

#[test]
fn points_add_up_to_the_score() {
    let place = imported("2");
    let mut n_matches = 0;
    for demand in ASKED {
        let answer: Object = serde_json::from_str(&matches_of(&place, "2", demand)).unwrap();
        let found = objects(&answer["matches"]);
        n_matches += found.len();
        let scores: Vec<u32> = found.iter().map(|found| hundredths(found["score"].get())).collect();
        for (found, score) in found.iter().zip(scores) {
            let parts = objects(&found["contributions"]);
            let points: Vec<u32> = parts.iter().map(|part| hundredths(part["points"].get())).collect();
            assert_eq!(points.iter().sum::<u32>(), score, "{demand}: {points:?}");
            let weights: u32 = parts.iter().map(|part| hundredths(part["weight"].get())).sum();
            assert_eq!(weights, 10_000);
            for (part, points) in parts.iter().zip(points) {
                let most = hundredths(part["weight"].get());
                assert!(points <= most, "{demand}: {points} of {most}");
            }
        }
    }
    assert!(n_matches >= 4, "the tables give matches to add up: {n_matches}");
}

/// A list of postings that have nothing to do with those above but some common words.
fn unrelated(kind: &str, rows: std::ops::Range<usize>) -> String {
    let words =
        ["水性涂料", "包装纸箱", "电缆桥架", "不锈钢阀门", "工业机器人", "玻璃纤维布", "电机支架", "精密加工服务"];
    let (head, party) = match kind {
        "采购需求" => ("编号,企业名称,产品名称,技术要求\n", "示例综合采购有限公司"),
        _ => ("编号,企业名称,产品名称,产品说明\n", "示例综合供应有限公司"),
    };
    // One in five shares a word with a demand above; all together fit into the candidates that a lane looks at.
    let shared = |n: usize| if n.is_multiple_of(5) { "高强度" } else { "" };
    let row = |n: usize| format!("WG{n},{party},{}{n}号,{}{}\n", words[n % 8], shared(n), words[n * 3 % 7]);
    head.to_owned() + &rows.map(row).collect::<String>()
}

#[test]
fn other_postings_change_no_score() {
    let place = imported("2");
    let before: Vec<String> = ASKED.iter().map(|demand| matches_of(&place, "2", demand)).collect();
    let check = |when: &str| {
        for (demand, before) in ASKED.iter().zip(&before) {
            let (before, after) = (matches_by_id(before), matches_by_id(&matches_of(&place, "2", demand)));
            for (id, found) in &before {
                assert_eq!(after.get(id), Some(found), "{when}: {demand} and {id}");
            }
        }
    };
    for kind in ["采购需求", "供应目录"] {
        let name = format!("{kind}-其他.csv");
        fs::write(place.folder().join(&name), unrelated(kind, 0..500)).unwrap();
        assert_eq!(place.json(0, &["import", &name])["files"][0]["accepted"], 500);
    }
    check("with 1,000 others");
    let found = matches_by_id(&matches_of(&place, "2", "XQ1"));
    assert!(found.len() > matches_by_id(&before[0]).len(), "some of the others are candidates too");
    for kind in ["采购需求", "供应目录"] {
        let name = format!("{kind}-其他.csv");
        fs::write(place.folder().join(&name), unrelated(kind, 0..250)).unwrap();
        let report = place.json(0, &["import", "--replace", &name]);
        assert_eq!(report["files"][0]["unchanged"], 250, "{report}");
        assert_eq!(report["files"][0]["withdrawn"], 250, "{report}");
    }
    check("with half of them withdrawn");
    fs::remove_dir_all(place.data().join("views")).unwrap();
    check("with the views rebuilt");
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let questions: Vec<Vec<&str>> = ASKED
        .iter()
        .map(|demand| vec!["match", "--demand", demand, "--all"])
        .chain([
            vec!["match", "--supply", "GY3", "--all"],
            vec!["match", "--kind", "procurement", "--text", "钢帘线 ST82C", "--all"],
            vec!["search", "轴承", "--top", "50"],
            vec!["search", "钢帘线", "--kind", "catalog"],
            vec!["show", "XQ1"],
            vec!["show", "示例甲轴承有限公司"],
            vec!["verify"],
        ])
        .collect();
    let places = [("1", imported("1")), ("2", imported("2")), ("2", imported("2"))];
    for question in &questions {
        let answers = places.each_ref().map(|(threads, place)| output(place, threads, question));
        assert!(answers[0].contains(DAY), "{question:?}");
        assert_eq!(answers[0], answers[1], "{question:?}: with one thread and with two");
        assert_eq!(answers[1], answers[2], "{question:?}: in two directories");
    }
}
