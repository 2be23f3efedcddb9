//! One party's file holds all that is known of it, and is shown to those alone who may act for it.

use serde_json::{Value, json};

use crate::http::Service;
use crate::support::Place;

const TABLES: [(&str, &str); 7] = [
    (
        "party",
        "企业名称,所在地区,联系电话,备注
示例甲轮胎有限公司,山东省东营市,0546-1110001,
示例乙钢丝有限公司,山东省济南市,0531-1110002,内部记号
示例丙钢丝有限公司,山东省青岛市,0532-1110003,
",
    ),
    ("procurement", "编号,企业名称,需求名称,产品名称,联系电话\nX1,示例甲轮胎有限公司,钢帘线采购,钢帘线,13911110001\n"),
    (
        "catalog",
        "编号,企业名称,产品名称,产品说明,参考价格
G1,示例乙钢丝有限公司,钢帘线,子午线轮胎用,1.31万元/吨
G2,示例丙钢丝有限公司,钢帘线,子午线轮胎用,1.32万元/吨
",
    ),
    (
        "certificate",
        "企业名称,资质名称,发证日期,有效期至\n示例乙钢丝有限公司,省级专精特新中小企业,2025-01-01,2028-01-01\n",
    ),
    ("difficulty", "企业名称,诉求标题\n示例乙钢丝有限公司,用电接入慢\n"),
    (
        "intent",
        "需求方,供给方,需求,供给,发起方,答复,意向金额\n示例甲轮胎有限公司,示例乙钢丝有限公司,X1,G1,需求方,同意,300万元\n",
    ),
    (
        "outcome",
        "需求方,供给方,需求,供给,进展,成果金额,日期,信息来源,合同编号
示例甲轮胎有限公司,示例乙钢丝有限公司,X1,G1,已签约,260万元,2026-05-20,需求方,HT-77
",
    ),
];

fn place() -> Place {
    let place = Place::new();
    for (kind, text) in TABLES {
        place.import(kind, text);
    }
    place
}

fn total(dossier: &Value, part: &str) -> u64 {
    let listed = &dossier[part];
    assert_eq!(listed["total"].as_u64(), listed["items"].as_array().map(|items| items.len() as u64), "{part}");
    listed["total"].as_u64().unwrap()
}

#[test]
fn a_file_holds_all_that_is_known_of_a_party() {
    let place = place();
    let dossier = place.json(0, &["dossier", "--party", "示例乙钢丝有限公司"]);
    assert_eq!((&dossier["party"]["id"], &dossier["tier"]), (&"P2".into(), &"specialised".into()), "{dossier}");
    assert_eq!(dossier["party"]["row"]["contact"]["contact_phone"], "0531-1110002");
    let link = &dossier["links"][0];
    assert_eq!((&link["chain"]["code"], &link["evidence"]), (&"SD-LT".into(), &"E2".into()), "{dossier}");
    for (part, n) in [("facts", 2), ("postings", 1), ("matches", 1), ("intents", 1), ("outcomes", 1)] {
        assert_eq!(total(&dossier, part), n, "{part}: {dossier}");
    }
    assert_eq!(dossier["matches"]["items"][0]["matches"][0]["id"], "P1:procurement:X1");
    let outcome = &dossier["outcomes"]["items"][0]["fields"];
    assert_eq!((&outcome["amount"], &outcome["contract"]), (&"260万元".into(), &Value::Null), "{outcome}");
    let text = String::from_utf8(place.run(&["dossier", "--party", "P2"]).stdout).unwrap();
    for told in [
        "示例乙钢丝有限公司（P2）",
        "梯度：专精特新",
        "入链：轮胎与橡胶产业链的“钢帘线”",
        "资质名称 省级专精特新中小企业",
        "用电接入慢",
        "[供应目录 有效] 钢帘线",
        "钢帘线 → 钢帘线采购（示例甲轮胎有限公司）",
        "[对接意向 同意] 钢帘线采购 × 钢帘线",
        "2026-05-20 已签约 260万元",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let csv = String::from_utf8(place.run(&["--format", "csv", "dossier", "--party", "P2"]).stdout).unwrap();
    assert!(csv.lines().any(|line| line.starts_with("供应目录,P2:catalog:G1,钢帘线,")), "{csv}");
    let unknown = place.run(&["dossier", "--party", "无此单位"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_file_is_for_those_who_may_act_for_the_party() {
    let place = place();
    let key = |arguments: &[&str]| place.key(arguments);
    let (own, other) = (key(&["--role", "party", "--party", "P2"]), key(&["--role", "party", "--party", "P1"]));
    let (office, elsewhere) =
        (key(&["--role", "organizer", "--region", "济南市"]), key(&["--role", "organizer", "--region", "青岛市"]));
    let service = Service::start(&place);
    let ask = |key: &str, id: &str| service.ask("GET", &format!("/api/v1/dossiers/{id}"), key, "");
    let whole = ask(&own, "P2");
    assert_eq!(whole.status, 200, "{}", whole.body);
    assert!(whole.body.contains("内部记号") && !whole.body.contains("HT-77"), "{}", whole.body);
    assert!(!whole.body.contains("13911110001"), "how to reach the other side is looked up in the intent itself");
    let seen = ask(&office, "P2");
    assert_eq!(total(&seen.json(), "outcomes"), 1);
    assert!(!seen.body.contains("内部记号") && !seen.body.contains("用电接入慢"), "{}", seen.body);
    assert!(place.json(0, &["key", "trail"]).to_string().contains("see_dossier"));
    for (key, id) in [(&other, "P2"), (&elsewhere, "P2"), (&own, "P3")] {
        let (foreign, missing) = (ask(key, id), ask(key, "P99"));
        assert_eq!((foreign.status, foreign.body.replace(id, "P99")), (404, missing.body), "{id}");
    }
    // What is told of others in it is what all may know of them.
    let body = json!({ "supply": "P2:catalog:G1", "top": 3 }).to_string();
    let mut list = service.ask("POST", "/api/v1/matches", &own, &body).json()["matches"].clone();
    list[0]["mutual"]["rank_back"] = Value::Null;
    list[0]["mutual"]["best"] = false.into();
    assert_eq!(whole.json()["matches"]["items"][0]["matches"], list);
}
