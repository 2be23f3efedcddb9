//! The whole story over HTTP alone: an empty data directory, keys, tables, a match told of as it comes, an agreement, an
//! event, a contract, and a rate that knows of it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Events, Reply, Service, escape, fetch};
use crate::receiver::{Answer, Delivery, Receiver};
use crate::support::Place;

const PARTIES: &str = "企业名称,所在地区,主体类型,联系电话
示例甲轮胎集团有限公司,山东省东营市,企业,0546-1110001
示例乙钢丝有限公司,山东省济南市,企业,0531-1110002
示例丙钢丝有限公司,山东省济南市,企业,0531-1110003
示例丁橡胶助剂有限公司,山东省青岛市,企业,0532-1110004
示例戊创业投资有限公司,山东省青岛市,基金,0532-1110005
";
const CERTIFICATES: &str = "企业名称,资质名称,发证日期,有效期至
示例乙钢丝有限公司,省级专精特新中小企业,2025-01-01,2028-01-01
示例丙钢丝有限公司,省级专精特新中小企业,2025-01-01,2028-01-01
示例丁橡胶助剂有限公司,省级专精特新中小企业,2025-01-01,2028-01-01
";
/// Each by the key of its own party.
const TABLES: [(&str, &str, &str); 4] = [
    (
        "leader",
        "procurement",
        "编号,企业名称,需求名称,产品名称,预算金额,联系人,联系电话
X1,示例甲轮胎集团有限公司,钢帘线年度采购,钢帘线,987万元,甲采购,13911110001
X2,示例甲轮胎集团有限公司,橡胶促进剂采购,橡胶促进剂,654万元,甲采购,13911110001
",
    ),
    (
        "second",
        "catalog",
        "编号,企业名称,产品名称,联系人,联系电话\nG1,示例丙钢丝有限公司,胎圈钢丝,丙销售,13911110003\n",
    ),
    (
        "third",
        "catalog",
        "编号,企业名称,产品名称,联系人,联系电话\nG1,示例丁橡胶助剂有限公司,橡胶促进剂,丁销售,13911110004\n",
    ),
    (
        "fund",
        "fund_interest",
        "编号,企业名称,投资意向名称,投资领域,投资轮次,单笔投资下限,单笔投资上限,联系人,联系电话
F1,示例戊创业投资有限公司,新材料成长基金,新材料,A轮,500万元,3000万元,戊经理,13911110005
",
    ),
];
const EVENT: &str = r#"version = "1"
name = "轮胎产业链供需见面会"
place = "济南"
lanes = ["procurement", "equity"]

[[day]]
date = 2026-06-18
from = "09:00"
to = "10:30"

[meetings]
minutes = 30
tables = 3

[[group]]
side = "buyer"
parties = ["示例甲轮胎集团有限公司", "示例戊创业投资有限公司"]

[[group]]
side = "sme"
parties = ["示例乙钢丝有限公司", "示例丙钢丝有限公司", "示例丁橡胶助剂有限公司"]
"#;

const DEMAND: &str = "P1:procurement:X1";
const SUPPLY: &str = "P2:catalog:S1";
/// How long what is told of may take on a busy machine.
const SOON: Duration = Duration::from_secs(20);
/// For how long what should not come is waited for.
const WHILE: Duration = Duration::from_millis(300);

/// A service that nobody has used before, and a key for everybody.
struct Story {
    service: Service,
    keys: Vec<(&'static str, String)>,
    _place: Place,
}

impl Story {
    /// Starts on nothing; the key of the first start makes all others, the organiser brings the parties.
    fn begin() -> Self {
        let place = Place::new();
        let service = Service::start_with(&place, &["--rate", "0", "--webhook-allow", "127.0.0.0/8"]);
        let admin = service.key.clone().unwrap();
        let mut story = Self { service, keys: vec![("admin", admin)], _place: place };
        story.make_key("organiser", &json!({ "role": "organizer" }));
        story.import("organiser", "party", PARTIES);
        story.import("organiser", "certificate", CERTIFICATES);
        for (name, party) in [("leader", "P1"), ("first", "P2"), ("second", "P3"), ("third", "P4"), ("fund", "P5")] {
            story.make_key(name, &json!({ "role": "party", "party": party }));
        }
        story.make_key("reader", &json!({ "role": "reader" }));
        story.make_key("organiser from elsewhere", &json!({ "role": "organizer", "region": "四川省" }));
        for (name, kind, table) in TABLES {
            story.import(name, kind, table);
        }
        story
    }

    fn key(&self, name: &str) -> &str {
        &self.keys.iter().find(|(known, _)| *known == name).unwrap().1
    }

    fn ask(&self, name: &str, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.service.ask(method, &format!("/api/v1/{path}"), self.key(name), &body)
    }

    /// Asks for what should be given, with a status.
    #[track_caller]
    fn done(&self, name: &str, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let reply = self.ask(name, method, path, body);
        assert_eq!(reply.status, status, "{name}: {method} {path}: {}", reply.body);
        reply.json()
    }

    fn make_key(&mut self, name: &'static str, body: &Value) {
        let made = self.done("admin", "POST", "keys", body, 201);
        self.keys.push((name, made["key"].as_str().unwrap().to_owned()));
    }

    fn import(&self, name: &str, kind: &str, table: &str) {
        let path = format!("/api/v1/imports?filename=a.csv&kind={kind}");
        let reply = self.service.ask("POST", &path, self.key(name), table);
        assert_eq!(reply.status, 200, "{name}: {kind}: {}", reply.body);
    }

    fn listen(&self, name: &str) -> Events {
        let events = Events::open(&self.service, self.key(name), None);
        assert_eq!(events.status, 200, "{name}");
        events
    }

    /// Tells which specialised firms are known to supply the tyre chain: how many of how many, by name.
    fn suppliers(&self) -> (Value, Value, Vec<String>) {
        let path = "rates?chain=SD-LT&tier=specialised&evidence=E2&nesting=inclusive";
        let rates = self.done("reader", "GET", path, &Value::Null, 200);
        let is_support = |rate: &&Value| rate["rate"] == "support" && rate["unit"] == "count";
        let rate = rates["rates"].as_array().unwrap().iter().find(is_support).unwrap_or_else(|| panic!("{rates}"));
        let members = rate["members"].as_array().unwrap().iter().filter(|member| member["verdict"] == "yes");
        let names = members.map(|member| member["name"].as_str().unwrap().to_owned()).collect();
        (rate["numerator"].clone(), rate["value"]["low"].clone(), names)
    }

    /// The first one offers what the leader wants: the leader is told of it at once, on both ways, and nobody else is.
    fn a_match_is_told_of_as_it_comes(&self) {
        let receiver = Receiver::start(|_, _| Answer::Status(204));
        let hook = self.done("leader", "POST", "webhooks", &json!({ "url": receiver.url("/told") }), 201);
        let mut leader = self.listen("leader");
        let others = ["first", "second", "third", "fund", "organiser"].map(|name| (name, self.listen(name)));
        let fields = json!({
            "code": "S1", "title": "钢帘线", "description": "子午线轮胎用", "price": "1.31万元/吨",
            "contact_phone": "13911110002",
        });
        let made = self.done("first", "POST", "postings", &json!({ "kind": "catalog", "fields": fields }), 201);
        assert_eq!(made["id"], SUPPLY);
        let told = leader.next(SOON).unwrap();
        assert_eq!((&told["posting"]["id"], &told["own"]["id"]), (&SUPPLY.into(), &DEMAND.into()), "{told}");
        let delivery: Delivery = receiver.wait(1, SOON).remove(0);
        assert!(delivery.is_signed_by(hook["secret"].as_str().unwrap()), "{delivery:?}");
        assert_eq!((delivery.path.as_str(), &delivery.json()["data"]), ("/told", &told));
        assert!(!delivery.body.contains("1.31") && !delivery.body.contains("13911110002"), "{}", delivery.body);
        for (name, mut events) in others {
            assert_eq!(events.next(WHILE), None, "{name}");
        }
    }

    /// Both declare that they want to talk; from then on the two see how to reach each other.
    fn both_agree(&self) -> String {
        let asked = json!({ "own": DEMAND, "other": SUPPLY, "amount": "300万元" });
        let pending = self.done("leader", "POST", "intents", &asked, 200);
        assert_eq!(pending["answer"], "pending");
        let path = format!("intents/{}", escape(pending["id"].as_str().unwrap()));
        let closed = self.ask("first", "GET", &path, &Value::Null);
        assert!(!closed.body.contains("13911110001"), "{}", closed.body);
        let agreed = self.done("first", "POST", "intents", &json!({ "own": SUPPLY, "other": DEMAND }), 200);
        assert_eq!((&agreed["answer"], &agreed["id"]), (&"agreed".into(), &pending["id"]));
        for name in ["leader", "first"] {
            let contacts = self.done(name, "GET", &path, &Value::Null, 200)["contacts"].clone();
            assert_eq!(contacts["demander"]["contact_phone"], "13911110001", "{name}");
            assert_eq!(contacts["supplier"]["contact_phone"], "13911110002", "{name}");
        }
        for name in ["second", "third", "fund", "reader", "organiser from elsewhere"] {
            let refused = self.ask(name, "GET", &path, &Value::Null).status;
            assert_eq!(refused, if name == "reader" { 403 } else { 404 }, "{name}");
            for path in [DEMAND, SUPPLY].map(|id| format!("postings/{}", escape(id))) {
                let shown = self.ask(name, "GET", &path, &Value::Null);
                assert_eq!(shown.status, 200, "{name}: {}", shown.body);
                assert!(!shown.body.contains("1391111000"), "{name}: {}", shown.body);
            }
        }
        agreed["id"].as_str().unwrap().to_owned()
    }

    /// The organiser plans an event; the two sit at one table over just these two postings.
    fn they_meet_at_an_event(&self) {
        let planned = self.service.ask("POST", "/api/v1/agendas?seconds=1", self.key("organiser"), EVENT);
        assert_eq!(planned.status, 201, "{}", planned.body);
        let planned = planned.json();
        let agenda = &planned["agenda"];
        let meets = |meeting: &&Value| {
            let pair = &agenda["pairs"][usize::try_from(meeting["pair"].as_u64().unwrap()).unwrap()];
            pair["topic"]["demand"]["id"] == DEMAND && pair["topic"]["supply"]["id"] == SUPPLY
        };
        assert_eq!(agenda["meetings"].as_array().unwrap().iter().filter(meets).count(), 1, "{agenda}");
        let calendar = format!("/api/v1/agendas/{}/calendar", planned["id"].as_str().unwrap());
        let text = |name: &str| {
            let (status, bytes) = fetch(self.service.address, &calendar, self.key(name));
            assert_eq!(status, 200, "{name}");
            // Long lines are folded.
            String::from_utf8(bytes).unwrap().replace("\r\n ", "")
        };
        assert!(text("leader").contains("示例乙钢丝有限公司") && text("first").contains("示例甲轮胎集团有限公司"));
        assert!(!text("third").contains("示例乙钢丝有限公司"));
    }
}

#[test]
fn the_whole_story_is_told_over_http() {
    let story = Story::begin();
    assert_eq!(story.suppliers(), (0.into(), 0.0.into(), Vec::new()));
    story.a_match_is_told_of_as_it_comes();
    let intent = story.both_agree();
    story.they_meet_at_an_event();
    let outcome = |progress: &str, amount: Value, date: &str| json!({ "intent": intent, "progress": progress, "amount": amount, "date": date });
    for name in ["second", "fund", "organiser from elsewhere"] {
        let refused = story.ask(name, "POST", "outcomes", &outcome("met", Value::Null, "2026-05-20"));
        assert_eq!(refused.status, 404, "{name}: {}", refused.body);
    }
    story.done("first", "POST", "outcomes", &outcome("met", Value::Null, "2026-05-20"), 201);
    assert_eq!(story.suppliers().0, 0, "a meeting is no contract");
    story.done("leader", "POST", "outcomes", &outcome("signed", "260万元".into(), "2026-05-28"), 201);
    let listed = story.done("first", "GET", "outcomes", &Value::Null, 200);
    let fields: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|item| &item["fields"]).collect();
    assert!(fields.iter().any(|fields| fields["progress"] == "已签约" && fields["amount"] == "260万元"), "{listed}");
    let (numerator, value, names) = story.suppliers();
    assert_eq!((numerator, names), (1.into(), vec!["示例乙钢丝有限公司".to_owned()]));
    assert!(value.as_f64().unwrap() > 0.0, "{value}");
    // The leader now depends on its supplier, which only the two of them may know, and whoever looks after both.
    for (name, knows) in [("leader", true), ("first", true), ("organiser", true), ("second", false), ("reader", false)]
    {
        let path = format!("chains/{}/critical", escape("轮胎与橡胶产业链"));
        let told = story.done(name, "GET", &path, &Value::Null, 200).to_string();
        assert_eq!(!told.contains("\"single_points\":[]"), knows, "{name}: {told}");
    }
    assert_eq!(story.service.stop(), Some(0));
}
