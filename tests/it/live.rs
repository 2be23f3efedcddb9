//! What somebody is told of as it comes: matches of one's own postings, and what saved searches find. Nothing is lost and
//! nothing doubled, whatever is cut off, and nobody is told of what is not theirs.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{Events, Reply, Service, escape};
use crate::support::Place;

const PARTIES: &str = "企业名称,所在地区,联系人,联系电话
示例甲轮胎有限公司,山东省东营市,甲某,13900000001
示例乙钢丝有限公司,山东省济南市,乙某,13900000002
示例丙轴承有限公司,山东省青岛市,丙某,13900000003
";
const DEMANDS: &str = "编号,企业名称,需求名称,产品名称,预算金额,联系人,联系电话
X1,示例甲轮胎有限公司,钢帘线年度采购,钢帘线,987万元,甲采购,13911110001
";
const SUPPLIES: &str = "编号,企业名称,产品名称,参考价格,联系人,联系电话
G1,示例丙轴承有限公司,深沟球轴承,31元/件,丙销售,13911110003
";

/// The buyer, the supplier, the third, an organiser, a reader.
struct World {
    place: Place,
    keys: Vec<String>,
}

const BUYER: usize = 0;
const SUPPLIER: usize = 1;
const THIRD: usize = 2;
const ORGANIZER: usize = 3;
const READER: usize = 4;

/// How long what should come may take, and for how long what should not is waited for.
const SOON: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(10);

impl World {
    fn new() -> Self {
        let place = Place::new();
        for (kind, text) in [("party", PARTIES), ("procurement", DEMANDS), ("catalog", SUPPLIES)] {
            place.import(kind, text);
        }
        let keys = place.keys();
        Self { place, keys }
    }

    /// Starts the service and waits until what was there before has been seen to.
    fn start(&self) -> Service {
        let service = Service::start(&self.place);
        self.settle(&service);
        service
    }

    /// Waits until everything that was written has been seen to: a posting that must be told of is written and withdrawn.
    fn settle(&self, service: &Service) {
        let before = self.alerts(service, BUYER);
        let fields = json!({ "code": "SETTLE", "title": "钢帘线", "description": format!("{:?}", Instant::now()) });
        let id = self.post(service, THIRD, "catalog", &fields);
        let started = Instant::now();
        while self.alerts(service, BUYER).len() == before.len() {
            assert!(started.elapsed() < Duration::from_secs(60), "nobody is told of anything");
            thread::sleep(Duration::from_millis(10));
        }
        let path = format!("postings/{}", escape(&id));
        assert_eq!(self.ask(service, THIRD, "DELETE", &path, &Value::Null).status, 200);
    }

    fn ask(&self, service: &Service, who: usize, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        service.ask(method, &format!("/api/v1/{path}"), &self.keys[who], &body)
    }

    fn post(&self, service: &Service, who: usize, kind: &str, fields: &Value) -> String {
        let reply = self.ask(service, who, "POST", "postings", &json!({ "kind": kind, "fields": fields }));
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    fn change(&self, service: &Service, who: usize, id: &str, fields: &Value) {
        let reply = self.ask(service, who, "PUT", &format!("postings/{}", escape(id)), &json!({ "fields": fields }));
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    fn watch(&self, service: &Service, who: usize, body: &Value) -> String {
        let reply = self.ask(service, who, "POST", "watches", body);
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    fn alerts(&self, service: &Service, who: usize) -> Vec<Value> {
        let reply = self.ask(service, who, "GET", "alerts?limit=200", &Value::Null);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()["items"].as_array().unwrap().clone()
    }

    fn events(&self, service: &Service, who: usize, last: Option<&str>) -> Events {
        let events = Events::open(service, &self.keys[who], last);
        assert_eq!(events.status, 200);
        events
    }
}

#[test]
fn a_new_supply_is_told_to_the_party_of_the_demand_within_a_second() {
    let world = World::new();
    let service = world.start();
    let mut buyer = world.events(&service, BUYER, None);
    let others = [SUPPLIER, THIRD, ORGANIZER].map(|who| world.events(&service, who, None));
    let secret = json!({ "code": "S1", "title": "钢帘线", "price": "77731元/吨", "contact_phone": "13922223333" });
    let started = Instant::now();
    let supply = world.post(&service, SUPPLIER, "catalog", &secret);
    let told = buyer.next(LATE).unwrap();
    assert!(started.elapsed() < 2 * SOON, "{:?}", started.elapsed());
    assert_eq!((&told["what"], &told["lane"]), (&"match".into(), &"procurement".into()), "{told}");
    assert_eq!((&told["posting"]["id"], &told["own"]["id"]), (&supply.into(), &"P1:procurement:X1".into()), "{told}");
    assert_eq!((&told["rank"], &told["posting"]["party"]["name"]), (&1.into(), &"示例乙钢丝有限公司".into()));
    for hidden in ["77731", "13922223333", "987"] {
        assert!(!told.to_string().contains(hidden), "{told}");
    }
    assert_eq!(world.alerts(&service, BUYER).last(), Some(&told), "the list is the same");
    assert_eq!(told["seq"].to_string(), buyer.last.clone().unwrap());
    for mut other in others {
        assert_eq!(other.next(SOON / 2), None);
    }
    // The other way: a new demand is told to the parties of the supplies in its list.
    let mut supplier = world.events(&service, SUPPLIER, None);
    let demand = world.post(
        &service,
        THIRD,
        "procurement",
        &json!({ "code": "X9", "title": "采购钢帘线", "product": "钢帘线" }),
    );
    let told = supplier.next(LATE).unwrap();
    assert_eq!((&told["posting"]["id"], &told["own"]["id"]), (&demand.into(), &"P2:catalog:S1".into()), "{told}");
    assert_eq!(buyer.next(SOON / 2), None);
    for (who, status) in [(READER, 403), (BUYER, 400)] {
        assert_eq!(Events::open(&service, &world.keys[who], Some("x")).status, status);
    }
    let started = Instant::now();
    assert_eq!(service.stop(), Some(0));
    assert!(started.elapsed() < 3 * SOON, "open streams keep nobody from stopping: {:?}", started.elapsed());
    assert_eq!(supplier.next(SOON), None);
}

#[test]
fn a_change_is_told_of_only_to_those_whom_it_newly_concerns() {
    let world = World::new();
    let service = world.start();
    let n_told = |who| world.alerts(&service, who).len();
    let before = n_told(BUYER);
    let supply = world.post(&service, SUPPLIER, "catalog", &json!({ "code": "S1", "title": "钢帘线" }));
    world.settle(&service);
    assert_eq!(n_told(BUYER), before + 1);
    world.change(&service, SUPPLIER, &supply, &json!({ "title": "钢帘线", "description": "子午线轮胎用" }));
    world.settle(&service);
    assert_eq!(n_told(BUYER), before + 1, "it was in the list before");
    // While it rests it is in no list; then it enters again.
    world.change(&service, SUPPLIER, &supply, &json!({ "title": "钢帘线", "state": "暂停" }));
    world.settle(&service);
    world.change(&service, SUPPLIER, &supply, &json!({ "title": "钢帘线", "state": "有效" }));
    world.settle(&service);
    assert_eq!(n_told(BUYER), before + 2);
    // A draft is nobody's business, and what ends is not listed any more.
    world.post(&service, SUPPLIER, "catalog", &json!({ "code": "S2", "title": "钢帘线", "state": "草稿" }));
    world.post(&service, SUPPLIER, "catalog", &json!({ "code": "S3", "title": "钢帘线", "valid_until": "2026-05-01" }));
    // One's own is no news.
    world.post(&service, BUYER, "catalog", &json!({ "code": "S4", "title": "钢帘线" }));
    world.settle(&service);
    assert_eq!(n_told(BUYER), before + 2);
    let path = format!("postings/{}", escape(&supply));
    assert_eq!(world.ask(&service, SUPPLIER, "DELETE", &path, &Value::Null).status, 200);
    assert_eq!(n_told(BUYER), before, "{:?}", world.alerts(&service, BUYER));
}

#[test]
fn whoever_comes_back_goes_on_where_it_was() {
    let world = World::new();
    let service = world.start();
    let mut stream = world.events(&service, BUYER, None);
    let (mut told, mut posted) = (Vec::new(), Vec::new());
    for round in 0..3 {
        // Some come while nobody listens, some while somebody does.
        let last = stream.last.clone();
        drop(stream);
        let post = |number: usize| {
            let fields = json!({ "code": format!("S{round}{number}"), "title": "钢帘线" });
            world.post(&service, SUPPLIER, "catalog", &fields)
        };
        posted.extend((0..3).map(post));
        stream = world.events(&service, BUYER, last.as_deref());
        posted.extend((3..5).map(post));
        for _ in 0..5 {
            told.push(stream.next(LATE).unwrap());
        }
        assert_eq!(stream.next(SOON / 2), None, "none is told twice");
    }
    let ids: Vec<String> = told.iter().map(|told| told["posting"]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, posted);
    assert!(told.iter().map(|told| told["seq"].as_u64().unwrap()).is_sorted());
    // So many streams of one key, and no more.
    let held: Vec<Events> = (0..3).map(|_| world.events(&service, BUYER, None)).collect();
    assert_eq!(Events::open(&service, &world.keys[BUYER], None).status, 429);
    assert_eq!(world.events(&service, SUPPLIER, None).status, 200);
    drop(held);
    // The list has pages, and goes on where one ended.
    let (mut paged, mut after) = (Vec::new(), "0".to_owned());
    loop {
        let page = world.ask(&service, BUYER, "GET", &format!("alerts?limit=4&after={after}"), &Value::Null).json();
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        after = next.to_owned();
    }
    assert_eq!(paged, world.alerts(&service, BUYER));
    assert_eq!(world.ask(&service, BUYER, "GET", "alerts?after=x", &Value::Null).status, 400);
}

#[test]
fn a_service_that_is_killed_tells_of_everything_once() {
    let world = World::new();
    let mut posted = BTreeSet::new();
    for round in 0..4 {
        let service = Service::start(&world.place);
        for number in 0..4 {
            let fields = json!({ "code": format!("S{round}{number}"), "title": "钢帘线" });
            posted.insert(world.post(&service, SUPPLIER, "catalog", &fields));
        }
        // Some have been told of by now, and some have not.
        thread::sleep(Duration::from_millis(40 * round));
        service.kill();
    }
    let service = world.start();
    let alerts = world.alerts(&service, BUYER);
    let ids = alerts.iter().map(|told| told["posting"]["id"].as_str().unwrap().to_owned());
    let ids: Vec<String> = ids.filter(|id| id.starts_with("P2:")).collect();
    assert_eq!(ids.len(), posted.len(), "{ids:?}");
    assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), posted);
    drop(service);
    world.place.json(0, &["verify"]);
}

#[test]
fn what_a_saved_search_finds_is_told_to_its_owner_alone() {
    let world = World::new();
    let service = world.start();
    let wanted =
        json!({ "text": "圆锥滚子轴承", "lane": "采购对接", "side": "supply", "region": "济南市", "threshold": 5 });
    let own = world.watch(&service, ORGANIZER, &wanted);
    assert_eq!(world.watch(&service, ORGANIZER, &wanted), own, "the same search is saved once");
    let foreign = world.watch(&service, THIRD, &json!({ "text": "滚子轴承" }));
    world.watch(&service, SUPPLIER, &json!({ "text": "圆锥滚子轴承", "kind": "catalog" }));
    world.watch(&service, BUYER, &json!({ "text": "圆锥滚子轴承", "side": "demand" }));
    let mut events = [ORGANIZER, THIRD, SUPPLIER, BUYER].map(|who| world.events(&service, who, None));
    let supply = world.post(&service, SUPPLIER, "catalog", &json!({ "code": "S1", "title": "圆锥滚子轴承" }));
    let told = events[0].next(LATE).unwrap();
    assert_eq!((&told["what"], &told["watches"]), (&"watch".into(), &json!([own])), "{told}");
    assert_eq!(told["posting"]["id"], *supply);
    assert_eq!(events[1].next(LATE).unwrap()["watches"], json!([foreign]));
    assert_eq!(events[2].next(SOON / 2), None, "one's own is no news");
    assert_eq!(events[3].next(SOON / 2), None, "who looks for demands is told of no supply");
    // It is told of once; not again when it changes, nor of what has not every word or is elsewhere.
    world.change(&service, SUPPLIER, "P2:catalog:S1", &json!({ "title": "圆锥滚子轴承", "description": "农机用" }));
    world.post(&service, SUPPLIER, "catalog", &json!({ "code": "S2", "title": "圆锥齿轮" }));
    world.post(&service, THIRD, "catalog", &json!({ "code": "S3", "title": "圆锥滚子轴承" }));
    assert_eq!(events[0].next(SOON), None);
    // Everybody sees their own only.
    let path = format!("watches/{}", escape(&own));
    assert_eq!(world.ask(&service, ORGANIZER, "GET", &path, &Value::Null).json()["fields"]["side"], "supply");
    for method in ["GET", "DELETE"] {
        let reply = world.ask(&service, THIRD, method, &path, &Value::Null);
        let missing = world.ask(&service, THIRD, method, "watches/watch%3A0", &Value::Null);
        assert_eq!(reply.status, 404);
        assert_eq!(reply.body.replace(&own, "ID"), missing.body.replace("watch:0", "ID"));
    }
    let listed = world.ask(&service, THIRD, "GET", "watches", &Value::Null).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(world.ask(&service, ORGANIZER, "DELETE", &path, &Value::Null).status, 200);
    assert_eq!(world.ask(&service, ORGANIZER, "GET", &path, &Value::Null).status, 404);
    world.post(&service, SUPPLIER, "catalog", &json!({ "code": "S5", "title": "圆锥滚子轴承二型" }));
    assert_eq!(events[0].next(SOON), None, "it was ended");
    for wrong in [
        json!({ "text": "" }),
        json!({ "text": "轴承", "kind": "无此类" }),
        json!({ "text": "轴承", "kind": "party" }),
        json!({ "text": "轴承", "threshold": 50 }),
        json!({ "text": "轴承", "lane": "procurement", "threshold": 101 }),
        json!({ "text": "轴承", "side": "x" }),
        json!({ "text": "轴承", "kind": "catalog", "side": "demand" }),
        json!({ "text": "轴承", "region": "无此地" }),
        json!({ "text": "轴".repeat(501) }),
        json!({ "text": "轴承", "more": 1 }),
    ] {
        let reply = world.ask(&service, THIRD, "POST", "watches", &wrong);
        assert_eq!(reply.status, 400, "{wrong}: {}", reply.body);
    }
}

#[test]
fn a_table_of_very_many_postings_tells_nobody() {
    let world = World::new();
    let service = world.start();
    let before = world.alerts(&service, BUYER).len();
    let table = |letter: char, n: usize| {
        let rows = (0..n).map(|number| format!("{letter}{number},示例乙钢丝有限公司,钢帘线\n"));
        format!("编号,企业名称,产品名称\n{}", rows.collect::<String>())
    };
    let import = |table: &str| {
        let path = "/api/v1/imports?filename=a.csv&kind=catalog";
        let reply = service.ask("POST", path, &world.keys[ORGANIZER], table);
        assert_eq!(reply.status, 200, "{}", reply.body);
    };
    import(&table('A', 3));
    world.settle(&service);
    assert_eq!(world.alerts(&service, BUYER).len(), before + 3, "a small one does");
    // Whoever is told of what comes after it is told once everything before has been seen to.
    world.watch(&service, ORGANIZER, &json!({ "text": "圆锥滚子轴承" }));
    import(&table('B', 1_001));
    let mut events = world.events(&service, ORGANIZER, None);
    world.post(&service, THIRD, "catalog", &json!({ "code": "END", "title": "圆锥滚子轴承" }));
    assert!(events.next(6 * LATE).is_some());
    assert_eq!(world.alerts(&service, BUYER).len(), before + 3);
}
