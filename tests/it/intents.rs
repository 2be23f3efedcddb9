//! Two parties that find each other: an intent, an agreement, contacts for those two alone, a contract, and a rate that
//! knows of it.

use serde_json::{Value, json};

use crate::http::{Reply, Service, escape};
use crate::support::Place;

const PARTIES: &str = "企业名称,所在地区,联系人,联系电话
示例甲轮胎有限公司,山东省东营市,甲某,13900000001
示例乙钢丝有限公司,山东省济南市,乙某,13900000002
示例丙钢丝有限公司,山东省济南市,丙某,13900000003
";
const DEMANDS: &str = "编号,企业名称,需求名称,产品名称,联系人,联系电话,预算金额
X1,示例甲轮胎有限公司,钢帘线年度采购,钢帘线,甲采购,13911110001,987万元
";
const SUPPLIES: &str = "编号,企业名称,产品名称,联系人,联系电话,参考价格
G1,示例乙钢丝有限公司,钢帘线,乙销售,13911110002,1.31万元/吨
G2,示例丙钢丝有限公司,钢帘线,丙销售,13911110003,1.32万元/吨
";
const CERTIFICATES: &str = "企业名称,资质名称,发证日期,有效期至
示例乙钢丝有限公司,省级专精特新中小企业,2025-01-01,2028-01-01
示例丙钢丝有限公司,省级专精特新中小企业,2025-01-01,2028-01-01
";

/// Buyer, supplier, another supplier, an organiser, a reader.
struct World {
    place: Place,
    service: Service,
    keys: Vec<String>,
}

impl World {
    fn new() -> Self {
        let place = Place::new();
        for (kind, text) in
            [("party", PARTIES), ("procurement", DEMANDS), ("catalog", SUPPLIES), ("certificate", CERTIFICATES)]
        {
            place.import(kind, text);
        }
        let keys = place.keys();
        let service = Service::start(&place);
        Self { place, service, keys }
    }

    fn ask(&self, who: usize, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.service.ask(method, &format!("/api/v1/{path}"), &self.keys[who], &body)
    }

    /// Declares an intent of the buyer's demand and a supply; returns its identifier and how it stands.
    fn declare(&self, who: usize, own: &str, other: &str) -> (String, String) {
        let body = json!({ "own": own, "other": other, "amount": "300万元", "reason": "年度框架" });
        let reply = self.ask(who, "POST", "intents", &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        let done = reply.json();
        (done["id"].as_str().unwrap().to_owned(), done["answer"].as_str().unwrap().to_owned())
    }

    fn answer(&self, who: usize, id: &str, answer: &str) -> Reply {
        self.ask(who, "PUT", &format!("intents/{}", escape(id)), &json!({ "answer": answer }))
    }

    fn intent(&self, who: usize, id: &str) -> Reply {
        self.ask(who, "GET", &format!("intents/{}", escape(id)), &Value::Null)
    }

    /// Returns the rate of the tyre chain with evidence of the second level: the lowest value of firms that supply it.
    fn rate(&self) -> f64 {
        let reply = self.ask(3, "GET", "rates?chain=SD-LT&tier=specialised&evidence=E2", &Value::Null).json();
        let rates = reply["rates"].as_array().unwrap();
        let rate = rates.iter().find(|rate| rate["rate"] == "support" && rate["value"].is_object());
        rate.unwrap_or_else(|| panic!("{reply}"))["value"]["low"].as_f64().unwrap()
    }
}

const BUYER: usize = 0;
const SUPPLIER: usize = 1;
const RIVAL: usize = 2;
const ORGANIZER: usize = 3;
const READER: usize = 4;
const DEMAND: &str = "P1:procurement:X1";
const SUPPLY: &str = "P2:catalog:G1";

#[test]
fn contacts_open_to_the_two_that_agreed_and_to_nobody_else() {
    let world = World::new();
    let (id, answer) = world.declare(BUYER, DEMAND, SUPPLY);
    assert_eq!(answer, "pending");
    assert_eq!(world.declare(BUYER, DEMAND, SUPPLY), (id.clone(), "pending".to_owned()), "once is enough");
    let seen = world.intent(SUPPLIER, &id);
    assert_eq!(seen.status, 200, "{}", seen.body);
    for hidden in ["13911110001", "甲采购", "300", "年度框架", "987"] {
        assert!(!seen.body.contains(hidden), "{hidden}: {}", seen.body);
    }
    for (who, answer) in [(BUYER, "agreed"), (SUPPLIER, "withdrawn"), (SUPPLIER, "nonsense")] {
        assert_eq!(world.answer(who, &id, answer).status, 400, "{who} {answer}");
    }
    for stranger in [RIVAL, READER] {
        assert_eq!(world.answer(stranger, &id, "agreed").status, if stranger == READER { 403 } else { 404 });
    }
    assert_eq!(
        world.intent(RIVAL, &id).body.replace(&id, "ID"),
        world.intent(RIVAL, "intent:0").body.replace("intent:0", "ID")
    );
    assert_eq!(world.answer(SUPPLIER, &id, "agreed").json()["answer"], "agreed");
    let contacts = |who| world.intent(who, &id).json()["contacts"].clone();
    for who in [BUYER, SUPPLIER] {
        let open = contacts(who);
        assert_eq!(open["demander"]["contact_phone"], "13911110001", "{open}");
        assert_eq!(open["supplier"]["contact_phone"], "13911110002", "{open}");
    }
    let body = world.intent(SUPPLIER, &id).body;
    assert!(body.contains("年度框架") && !body.contains("987") && !body.contains("1.31"), "prices stay hidden: {body}");
    assert_eq!(world.intent(RIVAL, &id).status, 404);
    assert_eq!(world.ask(RIVAL, "GET", "intents", &Value::Null).json()["items"], json!([]));
    let posting = world.ask(RIVAL, "GET", &format!("postings/{}", escape(SUPPLY)), &Value::Null);
    assert!(!posting.body.contains("13911110002"), "{}", posting.body);
    let traces = world.place.json(0, &["key", "trail"]);
    assert!(traces.to_string().contains("see_contact"), "{traces}");
    assert_eq!(world.answer(BUYER, &id, "withdrawn").json()["answer"], "withdrawn");
    assert_eq!(contacts(SUPPLIER)["demander"], Value::Null, "what was ended is closed");
}

#[test]
fn who_was_declined_waits_until_the_other_side_wants_to() {
    let world = World::new();
    let (id, _) = world.declare(SUPPLIER, SUPPLY, DEMAND);
    assert_eq!(world.answer(BUYER, &id, "declined").status, 200);
    let again = world.ask(SUPPLIER, "POST", "intents", &json!({ "own": SUPPLY, "other": DEMAND }));
    assert_eq!((again.status, again.json()["error"]["code"].as_str()), (409, Some("limit_reached")));
    // Whoever declined may come back, and is asked for again like anybody else.
    assert_eq!(world.declare(BUYER, DEMAND, SUPPLY).1, "pending");
    assert_eq!(world.declare(SUPPLIER, SUPPLY, DEMAND), (id, "agreed".to_owned()), "both have declared it");
    let foreign = world.ask(RIVAL, "POST", "intents", &json!({ "own": SUPPLY, "other": DEMAND }));
    let own = world.ask(RIVAL, "POST", "intents", &json!({ "own": "P3:catalog:G2", "other": SUPPLY }));
    assert_eq!((foreign.status, own.status), (404, 400), "{} {}", foreign.body, own.body);
}

#[test]
fn a_party_may_not_import_that_others_agreed() {
    let world = World::new();
    let table = "需求方,供给方,需求,供给,发起方,答复
示例甲轮胎有限公司,示例丙钢丝有限公司,X1,G2,供给方,同意
";
    let path = "/api/v1/imports?filename=a.csv&kind=intent";
    let reply = world.service.ask("POST", path, &world.keys[RIVAL], table);
    assert_eq!(reply.json()["files"][0]["problems"][0]["code"], "foreign_party", "{}", reply.body);
    // What the office itself notes counts as it stands.
    assert_eq!(world.service.ask("POST", path, &world.keys[ORGANIZER], table).status, 200);
    let intents = world.ask(RIVAL, "GET", "intents", &Value::Null).json();
    assert_eq!(intents["items"][0]["contacts"]["demander"]["contact_phone"], "13911110001", "{intents}");
}

#[test]
fn a_signed_contract_changes_the_rate_once_the_buyer_says_so() {
    let world = World::new();
    let before = world.rate();
    let (id, _) = world.declare(BUYER, DEMAND, SUPPLY);
    let outcome = json!({ "intent": id, "progress": "signed", "amount": "260万元", "date": "2026-05-20" });
    assert_eq!(world.ask(SUPPLIER, "POST", "outcomes", &outcome).status, 400, "nobody agreed yet");
    world.answer(SUPPLIER, &id, "agreed");
    assert_eq!(world.ask(RIVAL, "POST", "outcomes", &outcome).status, 404);
    assert_eq!(world.ask(SUPPLIER, "POST", "outcomes", &outcome).status, 201);
    assert!((world.rate() - before).abs() < 1e-9, "what a supplier says of itself is evidence of the first level only");
    assert_eq!(world.ask(BUYER, "POST", "outcomes", &outcome).status, 201);
    assert!(world.rate() > before, "{before} {}", world.rate());
    let other = json!({ "intent": id, "progress": "signed", "amount": "999万元", "date": "2026-05-20" });
    assert_eq!(world.ask(SUPPLIER, "POST", "outcomes", &other).status, 409, "what was confirmed stands");
    for (who, n) in [(BUYER, 1), (SUPPLIER, 1), (RIVAL, 0), (ORGANIZER, 1)] {
        let outcomes = world.ask(who, "GET", "outcomes", &Value::Null).json();
        assert_eq!(outcomes["items"].as_array().map(Vec::len), Some(n), "{who} {outcomes}");
    }
}

#[test]
fn what_a_table_told_of_is_the_same_intent() {
    let world = World::new();
    let table = "需求方,供给方,需求,供给,发起方,答复
示例甲轮胎有限公司,示例乙钢丝有限公司,X1,钢帘线,需求方,撤回
";
    let path = "/api/v1/imports?filename=a.csv&kind=intent";
    assert_eq!(world.service.ask("POST", path, &world.keys[ORGANIZER], table).status, 200);
    let (id, answer) = world.declare(SUPPLIER, SUPPLY, DEMAND);
    assert_eq!(answer, "pending");
    let items = world.ask(SUPPLIER, "GET", "intents", &Value::Null).json()["items"].clone();
    assert_eq!((items.as_array().map(Vec::len), items[0]["id"].as_str()), (Some(1), Some(id.as_str())), "{items}");
    assert_eq!(world.answer(BUYER, &id, "agreed").json()["answer"], "agreed");
}
