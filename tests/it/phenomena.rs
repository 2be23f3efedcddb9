//! The phenomena of Chinese procurement text, seen from outside the program. Where a reading has its own unit test, it
//! is not repeated here:
//!
//! - threads, dimensions, model codes, width and variants: `normal.rs`, `text/codes.rs`; as search here
//! - ranges, limits, tolerances, temperatures, quantities, money: `text/interval.rs`, `specs.rs`, `measure.rs`,
//!   `money.rs`; compared in `matching/specs.rs`
//! - grades, protection classes, materials: `text/leaves.rs`, `matching/specs.rs`; T6 and T651 as search here
//! - chemical names and formulas by context: `definition/words.rs`; as search here
//! - dates, deadlines, periods: `text/dates.rs`; places and wishes for them: `text/places.rs`
//! - exclusions, substitutes, lists: `text/exclusions.rs`, `requirements.rs`, `matching/excluded.rs`, `it/specs.rs`
//! - certificates and tiers: `text/cell.rs`, `it/procurement.rs`; that none implies another here
//! - kinds of processing, code words of policy, status: as columns and as search here
//! - several meanings of a word, lookalikes: here
//! - traps of segmentation, mixed script: `text/segment.rs`; as search here
//! - noise, company names: `text/names.rs`, `it/intake.rs`, `it/identity.rs`
//!
//! Questions go through the library, which opens once; the program loads its dictionary at every start.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lianqiao::{
    Definition, Engine, ImportOptions, Match, MatchList, MatchOptions, MatchOrder, MatchRequest, MatchSubject, Moment,
    Value,
};

use crate::support::{Place, walk};

fn moment() -> Moment {
    Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) }
}

/// Opens an engine that holds some tables, every row of them.
fn opened(place: &Place, tables: &[(&str, &str)]) -> Engine {
    let engine = Engine::open(&place.data(), Definition::compiled().unwrap(), "test").unwrap();
    for (name, text) in tables {
        let path = place.folder().join(format!("{name}.csv"));
        fs::write(&path, text).unwrap();
        let imported = engine.import(&path, &ImportOptions::default(), &moment()).unwrap();
        let report = &imported.reports[0];
        assert_eq!((report.rejected, report.accepted), (0, text.lines().count() - 1), "{:?}", report.problems);
    }
    engine
}

/// The table's own number of a record.
fn number(id: &lianqiao::RecordId) -> &str {
    id.as_str().rsplit(':').next().unwrap()
}

/// The numbers of the supplies that have every word of a text, best first.
fn found(engine: &Engine, text: &str) -> Vec<String> {
    let result = engine.search(text, Some("catalog"), 100, &moment()).unwrap();
    let found = result.found.iter().map(|one| number(&one.id).to_owned());
    if result.relaxed { Vec::new() } else { found.collect() }
}

fn matches(engine: &Engine, demand: &str, below_floor: bool) -> MatchList {
    let options = MatchOptions { top: 100, below_floor, order: MatchOrder::default() };
    let request = MatchRequest { subject: MatchSubject::Demand(demand.to_owned()), lane: None, options };
    engine.matches(&request, &moment()).unwrap()
}

fn reason<'a>(found: &'a Match, feature: &str) -> &'a str {
    &found.contributions.iter().find(|part| part.feature == feature).unwrap().reason
}

const SEARCHED: &str = "\
编号,企业名称,产品名称,规格型号,产品说明
A1,示例甲软件有限公司,核心系统,,中国农业发展银行在用
A2,示例招商证券有限公司,行情终端,,
A3,示例招商基金管理有限公司,估值终端,,
A4,示例甲支架有限公司,光伏支架,,安装简单
A5,示例乙环境有限公司,污泥干化机,,待处理污泥
A6,示例丙检测有限公司,声测管,,在建工程用
A7,示例丁阀门有限公司,蝴蝶阀,,
A8,示例戊控制有限公司,控制器,WES-5.4.5,
A9,示例戊控制有限公司,控制器,3.6.3,
A10,示例戊控制有限公司,控制器,3.6.4,
A11,示例己轮胎有限公司,全钢子午线轮胎,315/80R22.5,
A12,示例庚铝业有限公司,铝板,6061-T6,
A13,示例庚铝业有限公司,铝板,6061-T651,
A14,示例辛标件有限公司,螺栓,M8×30,
A15,示例辛标件有限公司,螺栓,Ｍ８Ｘ３０,
A16,示例辛标件有限公司,螺栓,M8*25,
A17,示例辛标件有限公司,紧固件,,
A18,示例壬特钢有限公司,轴承钢,GCr15,
A19,示例癸传媒有限公司,景点导览屏,,
A20,示例癸传媒有限公司,经典导览屏,,
A21,示例宏绳新材料有限公司,钢帘线,,
A22,示例子新材料有限公司,帘布,,ganglianxian牌
A23,示例丑科技有限公司,工业软件,,台湾软件同类
A24,示例寅科技有限公司,車規晶片,,
A25,示例寅科技有限公司,车规芯片,,
A26,示例卯化工有限公司,碳黑,,
A27,示例卯化工有限公司,炭黑,,
A28,示例卯化工有限公司,白炭黑,,
A29,示例辰化工有限公司,碳酸二甲酯,,电解液用
A30,示例辰化工有限公司,电解液用DMC,,
A31,示例辰化工有限公司,有机硅DMC,,
A32,示例巳机械有限公司,高压共轨喷油器,,柴油机用
A33,示例巳机械有限公司,四轮一带,,工程机械底盘件
A34,示例三角轮胎股份有限公司,半钢子午线轮胎,,
A35,示例午传动有限公司,三角带,,
A36,示例未电子有限公司,显示模组,,京东方配套
A37,示例申桥梁有限公司,伸缩缝,,南京市长江大桥在用
A38,示例酉加工有限公司,CNC加工,,五轴VMC850
A39,示例酉软件有限公司,MES系统,,5G+工业互联网；C端应用
A40,示例戌装备有限公司,盾构机,,首台（套）；揭榜挂帅；解决卡脖子
A41,示例亥农业有限公司,苹果,,红富士
A42,示例亥农业有限公司,苹果手机壳,,
A43,示例甲钢管有限公司,无缝钢管,304/06Cr19Ni10,φ20mm
A44,示例甲钢管有限公司,标准件,,
A45,示例乙卫材有限公司,鉬靶,PVDF,“专精特新”企业；帐户齐全
A46,示例丙金服有限公司,小巨人贷,,
A47,示例丁碱业有限公司,NaOH(32%),,
A48,示例丁碱业有限公司,LiPF6,,
";

/// What is searched for and what is found; `>` stands before what must come later, what counts the same comes by
/// identifier.
const SEARCHES: &[(&str, &str)] = &[
    // Words inside words.
    ("农业", "A41 A42 > A1"),
    ("招商", "A2 A3"),
    ("招商证券", "A2"),
    ("招商基金管理有限公司", "A3"),
    ("简单", "A4"),
    ("处理", "A5"),
    ("工程", "A33 A6"),
    ("蝶", "A7"),
    ("蝶阀", "A7"),
    ("市长", ""),
    ("长江大桥", "A37"),
    ("工程机械", "A33"),
    // Codes, whole and by their parts.
    ("3.6.3", "A9"),
    ("3.6.4", "A10"),
    ("WES-5.4.5", "A8"),
    ("wes", "A8"),
    ("5.4.5", "A8"),
    ("315/80R22.5", "A11"),
    ("R22.5", "A11"),
    ("6061-T6", "A12"),
    ("6061-T651", "A13"),
    ("6061", "A12 A13"),
    ("T6", "A12"),
    ("M8×30", "A14 A15"),
    ("M8*30", "A14 A15"),
    ("Ｍ８Ｘ３０", "A14 A15"),
    ("M8 x 30", "A14 A15"),
    ("m8", "A14 A15 A16"),
    ("GCr15", "A18"),
    ("gcr15 轴承钢", "A18"),
    ("06Cr19Ni10", "A43"),
    ("304", "A43"),
    ("PVDF", "A45"),
    ("VMC850", "A38"),
    // Pinyin is below everything else, and never a meaning.
    ("景点", "A19"),
    ("经典", "A20"),
    ("jingdian", "A19 A20"),
    ("ganglianxian", "A22 > A21"),
    ("glx", "A21"),
    ("hongsheng", "A21"),
    // Regional and traditional forms.
    ("臺灣軟體", "A23"),
    ("軟體", "A23 > A1 A39"),
    ("晶片", "A24 A25"),
    ("芯片", "A24 A25"),
    ("钼靶", "A45"),
    // Synonyms both ways, kinds one way, related words never, lookalikes never.
    ("炭黑", "A26 A27"),
    ("碳黑", "A26 A27"),
    ("白炭黑", "A28"),
    ("紧固件", "A14 A15 A16 A17"),
    ("螺栓", "A14 A15 A16"),
    ("标准件", "A44"),
    // An abbreviation by its context.
    ("碳酸二甲酯", "A29 A30"),
    ("电解液DMC", "A29 A30"),
    ("有机硅DMC", "A31"),
    ("DMC", "A30 A31"),
    ("烧碱", "A47"),
    ("NaOH", "A47"),
    ("六氟磷酸锂", "A48"),
    // Traps of segmentation, mixed script, several meanings, code words.
    ("全钢子午线轮胎", "A11"),
    ("子午线轮胎", "A11 A34"),
    ("喷油器", "A32"),
    ("四轮一带", "A33"),
    ("三角带", "A35"),
    ("三角轮胎", "A34"),
    ("京东方", "A36"),
    ("京东", "A36"),
    ("CNC", "A38"),
    ("MES", "A39"),
    ("5G", "A39"),
    ("工业互联网", "A39"),
    ("首台套", "A40"),
    ("首台（套）", "A40"),
    ("揭榜", "A40"),
    ("卡脖子", "A40"),
    ("专精特新", "A45"),
    ("小巨人贷", "A46"),
    ("底盘", "A33"),
    ("模组", "A36"),
    ("账户", "A45"),
    ("苹果", "A41 A42"),
    ("无缝钢管", "A43"),
];

#[test]
fn a_search_finds_what_is_meant_and_nothing_else() {
    let place = Place::new();
    let engine = opened(&place, &[("供应目录", SEARCHED)]);
    let mut wrong = Vec::new();
    for (query, expected) in SEARCHES {
        let found = found(&engine, query);
        let mut rest = found.as_slice();
        for group in expected.split('>') {
            let group: BTreeSet<&str> = group.split_whitespace().collect();
            let (head, tail) = rest.split_at(group.len().min(rest.len()));
            if head.iter().map(String::as_str).collect::<BTreeSet<&str>>() != group {
                wrong.push(format!("{query}: {expected}, found {found:?}"));
            }
            rest = tail;
        }
        if !rest.is_empty() {
            wrong.push(format!("{query}: {expected}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Product, lookalike.
const LOOKALIKES: [(&str, &str); 8] = [
    ("镍钴锰三元材料", "镍钴铝三元材料"),
    ("五轴联动", "3+2定位"),
    ("电解铝", "氧化铝"),
    ("全钢子午线轮胎", "半钢子午线轮胎"),
    ("炭黑", "白炭黑"),
    ("纯碱", "烧碱"),
    ("RV减速器", "谐波减速器"),
    ("液压缸", "气缸"),
];

#[test]
fn lookalikes_do_not_meet() {
    let place = Place::new();
    let (mut demands, mut supplies) = ("编号,企业名称,产品名称\n".to_owned(), "编号,企业名称,产品名称\n".to_owned());
    for (idx, (left, right)) in LOOKALIKES.iter().enumerate() {
        demands += &format!("L{idx},示例链主有限公司,{left}\nR{idx},示例链主有限公司,{right}\n");
        supplies += &format!("L{idx},示例甲{idx}有限公司,{left}\nR{idx},示例乙{idx}有限公司,{right}\n");
    }
    let engine = opened(&place, &[("采购需求", &demands), ("供应目录", &supplies)]);
    let mut wrong = Vec::new();
    for (idx, pair) in LOOKALIKES.iter().enumerate() {
        for (wanted, other) in [(format!("L{idx}"), format!("R{idx}")), (format!("R{idx}"), format!("L{idx}"))] {
            let listed = matches(&engine, &format!("P1:procurement:{wanted}"), false);
            let listed: Vec<&str> = listed.matches.iter().map(|found| number(&found.id)).collect();
            if listed != [wanted.as_str()] {
                wrong.push(format!("{pair:?}: {wanted} is given {listed:?}"));
            }
            let all = matches(&engine, &format!("P1:procurement:{wanted}"), true);
            let Some(other) = all.matches.iter().find(|found| number(&found.id) == other) else { continue };
            let reason = reason(other, "products");
            if !["没有相同之处", "不是同一种", "未必是同一种"].iter().any(|said| reason.contains(said))
            {
                wrong.push(format!("{pair:?}: {wanted} {} says {reason}", other.score.0));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const WANTED: &str = "\
编号,企业名称,产品名称,资质要求,技术要求
X1,示例链主有限公司,紧固件,,
X2,示例链主有限公司,螺栓,,
X3,示例链主有限公司,炭黑,,
X4,示例链主有限公司,碳黑,,
X5,示例链主有限公司,标准件,,
X6,示例链主有限公司,碳酸二甲酯,,
X7,示例链主有限公司,空气压缩机,,
X8,示例链主有限公司,冲压件,ISO9001,
X9,示例链主有限公司,冲压件,GJB9001C,
X10,示例链主有限公司,冲压件,IATF16949,
X11,示例链主有限公司,冲压件,军工保密资格,
";

const OFFERED: &str = "\
编号,企业名称,产品名称,资质认证,产品说明
Y1,示例甲有限公司,螺栓,,
Y2,示例乙有限公司,紧固件,,
Y3,示例丙有限公司,碳黑,,
Y4,示例丁有限公司,炭黑,,
Y5,示例戊有限公司,电解液DMC,,
Y6,示例己有限公司,有机硅DMC,,
Y7,示例庚有限公司,制冷压缩机,,
Y8,示例辛有限公司,空气压缩机,,
Y9,示例壬有限公司,冲压件,IATF16949,
Y10,示例癸有限公司,冲压件,军工保密资格,
Y11,示例子有限公司,冲压件,ISO9001、GJB9001C,
";

#[test]
fn synonyms_kinds_meanings_and_certificates_match_as_declared() {
    let place = Place::new();
    let engine = opened(&place, &[("采购需求", WANTED), ("供应目录", OFFERED)]);
    let mut wrong = Vec::new();
    for (demand, expected) in [
        ("X1", "Y2 名称相同：紧固件; Y1 供方的更具体：需紧固件，供螺栓"),
        ("X2", "Y1 名称相同：螺栓"),
        ("X3", "Y3 名称相同：需炭黑，供碳黑; Y4 名称相同：炭黑"),
        ("X4", "Y3 名称相同：碳黑; Y4 名称相同：需碳黑，供炭黑"),
        ("X5", ""),
        ("X6", "Y5 供方的更具体：需碳酸二甲酯，供电解液DMC"),
        ("X7", "Y8 名称相同：空气压缩机"),
        ("X8", "Y11 名称相同：冲压件; certificates 2"),
        ("X9", "Y11 名称相同：冲压件; certificates 2"),
        ("X10", "Y9 名称相同：冲压件; certificates 2"),
        ("X11", "Y10 名称相同：冲压件; certificates 2"),
    ] {
        let list = matches(&engine, &format!("P1:procurement:{demand}"), false);
        let line = |found: &Match| format!("{} {}", number(&found.id), reason(found, "products"));
        let refused = list.refused.iter().map(|one| format!("{} {}", one.rule, one.count));
        let found = list.matches.iter().map(line).chain(refused).collect::<Vec<String>>().join("; ");
        if found != expected {
            wrong.push(format!("{demand}: {expected} | {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn kinds_of_processing_and_code_words_are_columns() {
    let place = Place::new();
    let table = "\
编号,企业名称,产品名称,加工服务,首台套类别,产品说明
B1,示例甲模具有限公司,注塑件,来料加工、带料、包工包料、OEM、ODM、打样,首台（套）,含模具；联系人：张先生13800000001；&phi;20　ＡＢＣ
B2,示例甲模具有限公司,钎焊料,,首批次,
B3,示例甲模具有限公司,控制软件,,首版次,
";
    fs::write(place.folder().join("供应目录.csv"), table).unwrap();
    place.json(0, &["import", "供应目录.csv"]);
    let shown = place.json(0, &["show", "示例甲模具有限公司"]);
    assert_eq!(shown["records"].as_array().unwrap().len(), 3);
    let one = place.json(0, &["show", "B1"]);
    let value = |column: &str| one["fields"][column]["value"].clone();
    let expected = ["material", "turnkey", "oem", "odm", "prototype"];
    let got: Vec<String> = value("processing").as_array().unwrap().iter().map(|v| v.as_str().unwrap().into()).collect();
    assert!(expected.iter().all(|name| got.iter().any(|got| got == name)), "{got:?}");
    assert_eq!(value("first_of_kind"), "equipment");
    assert!(one["fields"]["description"]["raw"].as_str().unwrap().contains("&phi;20　ＡＢＣ"), "as it was written");
}

const ASKING: &str = "\
编号,企业名称,产品名称,地域要求,资质要求
E1,示例链主有限公司,甲,鲁中地区,高企
E2,示例链主有限公司,甲,胶东,单项冠军
E3,示例链主有限公司,甲,省内优先,限国家级小巨人
E4,示例链主有限公司,甲,山东省内企业,专精特新企业优先
E5,示例链主有限公司,甲,限济南市,规上企业
E6,示例链主有限公司,甲,半径300公里,特种设备制造许可(A2)
E7,示例链主有限公司,甲,黄淮海,三证齐全
E8,示例链主有限公司,甲,,军工资质
E9,示例链主有限公司,甲,,具备AS9100D优先
E10,示例链主有限公司,甲,,须通过IATF16949
E11,示例链主有限公司,甲,,取得GJB9001C
";

#[test]
fn areas_titles_and_certificates_are_read_as_declared_or_kept_as_written() {
    let place = Place::new();
    let engine = opened(&place, &[("采购需求", ASKING)]);
    let read = |number: usize| {
        let record = engine.find(&format!("E{number}")).unwrap();
        let region = match record.value("region_wish") {
            Some(Value::RegionWish(wish)) => format!("{:?} {}", wish.strength, wish.regions.len()),
            _ => "-".to_owned(),
        };
        let certificates = match record.value("required_certificates") {
            Some(Value::Certificates(all)) => all.concat().join("、"),
            _ => "-".to_owned(),
        };
        format!("{region} {certificates}")
    };
    let expected = [
        "Hard 4 高新技术企业",
        "Hard 3 制造业单项冠军",
        "Soft 1 专精特新“小巨人”企业",
        "Hard 1 -",
        "Hard 1 规上企业",
        "- 特种设备生产许可证",
        "Hard 16 三证齐全",
        "- 军工资质",
        "- -",
        "- IATF16949",
        "- GJB9001C",
    ];
    assert_eq!((1..=expected.len()).map(read).collect::<Vec<String>>(), expected);
}

/// Copies the declaration into a folder.
fn copied_definition(folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("index");
    for path in walk(&source) {
        let copy = folder.join(path.strip_prefix(&source).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&path, copy).unwrap();
    }
}

#[test]
fn a_changed_declaration_is_followed_and_texts_stay_as_written() {
    let place = Place::new();
    let demands = "编号,企业名称,产品名称\nC1,示例链主有限公司,链桥牌减震器\n";
    let supplies = "编号,企业名称,产品名称\nD1,示例甲部件有限公司,避震筒子\nD2,示例乙部件有限公司,星河云舟\n";
    for (name, text) in [("采购需求.csv", demands), ("供应目录.csv", supplies)] {
        fs::write(place.folder().join(name), text).unwrap();
        place.json(0, &["import", name]);
    }
    let index = place.folder().join("index");
    copied_definition(&index);
    let index = index.to_str().unwrap();
    let with = |code, arguments: &[&str]| place.json(code, &[&["--definition", index], arguments].concat());
    let before = with(1, &["search", "链桥牌减震器", "--kind", "catalog"]);
    assert_eq!(before["found"].as_array().unwrap().len(), 0);
    assert!(with(1, &["match", "--demand", "C1"])["matches"].as_array().unwrap().is_empty());

    // What reaches over the end of a known word is no part of one.
    assert_eq!(with(1, &["search", "河云", "--kind", "catalog"])["found"].as_array().unwrap().len(), 0);

    let path = Path::new(index).join("words/general.toml");
    let text = fs::read_to_string(&path).unwrap();
    let synonym = "\n[[term]]\nname = \"链桥牌减震器\"\nsame = [\"避震筒子\"]\n";
    let text = text.replacen("words = [\n", "words = [\n  \"星河云舟\",\n", 1) + synonym;
    fs::write(&path, text).unwrap();

    let found = with(0, &["search", "链桥牌减震器", "--kind", "catalog"]);
    assert_eq!(found["found"][0]["title"], "避震筒子", "{found}");
    let found = with(0, &["search", "河云", "--kind", "catalog"]);
    assert_eq!(found["found"][0]["title"], "星河云舟", "a part of the new word");
    let answer = with(0, &["match", "--demand", "C1"]);
    assert_eq!(answer["matches"][0]["title"], "避震筒子");
    let parts = answer["matches"][0]["contributions"].as_array().unwrap();
    let product = parts.iter().find(|part| part["feature"] == "products").unwrap();
    assert_eq!(product["reason"], "名称相同：需链桥牌减震器，供避震筒子");
    assert_eq!(with(0, &["show", "D1"])["title"], "避震筒子");
    // The compiled declaration knows nothing of it.
    assert_eq!(place.json(1, &["search", "链桥牌减震器", "--kind", "catalog"])["found"].as_array().unwrap().len(), 0);
}
