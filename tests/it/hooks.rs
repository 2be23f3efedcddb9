//! Webhooks: alerts reach a receiver signed, in order and at least once, whatever it answers and however the service ends;
//! and nothing reaches what only the service can reach.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{Reply, Service, ask};
use crate::receiver::{Answer, Receiver};
use crate::support::{Numbers, Place};

const PARTIES: &str = "企业名称,所在地区
示例甲轮胎有限公司,山东省东营市
示例乙钢丝有限公司,山东省济南市
";
const DEMANDS: &str = "编号,企业名称,需求名称,产品名称
X1,示例甲轮胎有限公司,钢帘线年度采购,钢帘线
";

/// In how long what is told of should arrive, on a busy machine.
const SOON: Duration = Duration::from_secs(20);

const BUYER: usize = 0;
const SUPPLIER: usize = 1;
const LOOPBACK: &[&str] = &["--rate", "0", "--webhook-allow", "127.0.0.0/8"];

/// A buyer with a demand, a supplier without anything yet, and their keys.
struct World {
    place: Place,
    service: Service,
    keys: Vec<String>,
    admin: String,
}

impl World {
    fn new() -> Self {
        Self::allowing(LOOPBACK)
    }

    fn allowing(arguments: &[&str]) -> Self {
        let place = Place::new();
        for (kind, text) in [("party", PARTIES), ("procurement", DEMANDS)] {
            place.import(kind, text);
        }
        let keys = ["P1", "P2"].map(|party| place.key(&["--role", "party", "--party", party])).into();
        let admin = place.key(&["--role", "admin"]);
        let service = Service::start_with(&place, arguments);
        Self { place, service, keys, admin }
    }

    fn ask(&self, who: usize, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.service.ask(method, &format!("/api/v1/{path}"), &self.keys[who], &body)
    }

    /// Makes a webhook of the buyer's; returns its number and its secret.
    fn hook(&self, url: &str) -> (String, String) {
        let reply = self.ask(BUYER, "POST", "webhooks", &json!({ "url": url }));
        assert_eq!(reply.status, 201, "{}", reply.body);
        let made = reply.json();
        (made["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
    }

    fn shown(&self, id: &str) -> Value {
        self.ask(BUYER, "GET", &format!("webhooks/{id}"), &Value::Null).json()
    }

    fn try_out(&self, id: &str) {
        let reply = self.ask(BUYER, "POST", &format!("webhooks/{id}/test"), &Value::Null);
        assert_eq!(reply.status, 202, "{}", reply.body);
    }

    /// Has the supplier offer what the buyer wants.
    fn offer(&self, code: &str) {
        let posting = json!({ "kind": "catalog", "fields": { "code": code, "title": "钢帘线" } });
        let reply = self.ask(SUPPLIER, "POST", "postings", &posting);
        assert_eq!(reply.status, 201, "{}", reply.body);
    }

    /// Waits until a webhook is as it should be.
    #[track_caller]
    fn wait(&self, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let shown = self.shown(id);
            if is_so(&shown) {
                return shown;
            }
            assert!(started.elapsed() < SOON, "not yet {what}: {shown}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the service without a word and starts it again.
    fn restart(self, arguments: &[&str]) -> Self {
        let Self { place, service, keys, admin } = self;
        service.kill();
        let service = Service::start_with(&place, arguments);
        Self { place, service, keys, admin }
    }
}

#[test]
fn a_webhook_is_made_tried_shown_to_its_own_party_and_removed() {
    let world = World::new();
    let receiver = Receiver::start(|_, _| Answer::Status(204));
    let (id, secret) = world.hook(&receiver.url("/a?b=c"));
    world.try_out(&id);
    let delivery = receiver.wait(1, SOON).remove(0);
    assert!(delivery.is_signed_by(&secret), "{delivery:?}");
    assert!(!delivery.header("webhook-id").contains('.'), "{delivery:?}");
    let (_, other) = world.hook(&receiver.url("/other"));
    assert!(!delivery.is_signed_by(&other), "each has a secret of its own");
    assert_eq!((delivery.path.as_str(), delivery.header("content-type")), ("/a?b=c", "application/json"));
    assert_eq!((&delivery.json()["type"], &delivery.json()["data"]["webhook"]), (&"ping".into(), &id.as_str().into()));
    let shown = world.wait(&id, "tried", |shown| shown["testing"] == false);
    assert_eq!(
        (&shown["state"], &shown["last"]["status"], &shown["last"]["error"]),
        (&"active".into(), &204.into(), &Value::Null)
    );
    // The secret is nowhere but in the one answer.
    let listed = world.ask(BUYER, "GET", "webhooks", &Value::Null);
    let items = listed.json()["items"].as_array().unwrap().clone();
    assert!(items.len() == 2 && items.iter().any(|item| item["id"] == *id), "{items:?}");
    let trail = world.service.ask("GET", "/api/v1/traces", &world.admin, "");
    for text in [&listed.body, &shown.to_string(), &trail.body] {
        assert!(!text.contains("whsec_"), "{text}");
    }
    assert!(trail.body.contains("add_webhook") && !trail.body.contains("b=c"), "{}", trail.body);
    // To others it is as if it did not exist.
    assert_eq!(world.ask(SUPPLIER, "GET", "webhooks", &Value::Null).json()["items"], json!([]));
    for (method, path) in [("GET", ""), ("DELETE", ""), ("POST", "/test")] {
        let told = |id: &str| world.ask(SUPPLIER, method, &format!("webhooks/{id}{path}"), &Value::Null);
        let (foreign, missing) = (told(&id), told("W0000000000000000"));
        assert_eq!(
            (foreign.status, foreign.body.replace(&id, "ID")),
            (404, missing.body.replace("W0000000000000000", "ID"))
        );
    }
    assert_eq!(world.ask(BUYER, "DELETE", &format!("webhooks/{id}"), &Value::Null).status, 200);
    assert_eq!(world.ask(BUYER, "GET", &format!("webhooks/{id}"), &Value::Null).status, 404);
}

#[test]
fn a_party_has_few_webhooks_and_a_repeated_request_makes_one() {
    let world = World::new();
    let receiver = Receiver::start(|_, _| Answer::Status(200));
    let body = json!({ "url": receiver.url("/") }).to_string();
    let post = |token: &str| {
        let bearer = format!("Bearer {}", world.keys[BUYER]);
        let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", token)];
        ask(world.service.address, "POST", "/api/v1/webhooks", &headers, &body).unwrap()
    };
    let (first, again) = (post("a").json(), post("a").json());
    assert_eq!(first["id"], again["id"]);
    assert!(first["secret"].is_string() && again["secret"].is_null(), "a secret is shown once: {again}");
    for token in ["b", "c", "d", "e"] {
        assert_eq!(post(token).status, 201);
    }
    let refused = post("f");
    assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (409, Some("limit_reached")));
    let id = first["id"].as_str().unwrap();
    assert_eq!(world.ask(BUYER, "DELETE", &format!("webhooks/{id}"), &Value::Null).status, 200);
    assert_eq!(post("g").status, 201);
    assert_eq!(world.ask(SUPPLIER, "POST", "webhooks", &json!({ "url": receiver.url("/") })).status, 201);
}

#[test]
fn what_only_the_service_can_reach_is_refused_unless_the_operator_allows_it() {
    let world = World::allowing(&["--rate", "0"]);
    let receiver = Receiver::start(|_, _| Answer::Status(200));
    let port = receiver.address.port();
    let hosts = [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "169.254.169.254",
    ];
    for host in hosts {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/");
            let reply = world.ask(BUYER, "POST", "webhooks", &json!({ "url": url }));
            assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (400, Some("bad_target")), "{url}");
        }
    }
    let reply = world.ask(BUYER, "POST", "webhooks", &json!({ "url": "ftp://example.com/" }));
    assert!(reply.body.contains("bad_target") && reply.body.contains("https"), "{}", reply.body);
    let world = world.restart(LOOPBACK);
    let (id, _) = world.hook(&receiver.url("/"));
    world.try_out(&id);
    receiver.wait(1, SOON);
    // What is allowed no more is not sent to any more.
    let world = world.restart(&["--rate", "0"]);
    world.try_out(&id);
    let shown = world.wait(&id, "tried", |shown| shown["testing"] == false);
    assert_eq!(shown["last"]["error"], "target", "{shown}");
    assert_eq!(receiver.all().len(), 1);
}

#[test]
fn alerts_arrive_signed_in_order_and_again_after_failures() {
    let world = World::new();
    // Each of them fails at first.
    let receiver = Receiver::start(|n, _| Answer::Status(if n % 2 == 0 { 500 } else { 200 }));
    let (id, secret) = world.hook(&receiver.url("/"));
    for code in ["G1", "G2", "G3"] {
        world.offer(code);
    }
    let came = receiver.wait(6, SOON);
    assert!(came.iter().all(|delivery| delivery.is_signed_by(&secret)));
    let ids: Vec<&str> = came.iter().map(|delivery| delivery.header("webhook-id")).collect();
    for pair in ids.chunks(2) {
        assert_eq!(pair[0], pair[1], "the same number when it is sent again: {ids:?}");
    }
    let alerts: Vec<Value> = came.iter().skip(1).step_by(2).map(|delivery| delivery.json()).collect();
    let seqs: Vec<u64> = alerts.iter().map(|alert| alert["data"]["seq"].as_u64().unwrap()).collect();
    assert!(seqs.is_sorted_by(|left, right| left < right), "{seqs:?}");
    let ids: Vec<&str> = alerts.iter().map(|alert| alert["data"]["posting"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["P2:catalog:G1", "P2:catalog:G2", "P2:catalog:G3"]);
    let shown = world.wait(&id, "delivered", |shown| shown["delivered"] == seqs[2]);
    assert_eq!((&shown["state"], &shown["failures"]), (&"active".into(), &0.into()));
    // What the receiver is sent is what it would be shown.
    let listed = world.ask(BUYER, "GET", "alerts", &Value::Null).json();
    let data: Vec<&Value> = alerts.iter().map(|alert| &alert["data"]).collect();
    assert_eq!(listed["items"].as_array().unwrap().iter().collect::<Vec<_>>(), data);
}

#[test]
fn what_was_not_answered_for_is_sent_again_after_a_kill_under_the_same_number() {
    let world = World::new();
    let receiver = Receiver::start(|n, _| match n {
        0 => Answer::Status(200),
        1 => Answer::Never(Duration::from_secs(60)),
        _ => Answer::Status(200),
    });
    let (id, secret) = world.hook(&receiver.url("/"));
    world.offer("G1");
    world.wait(&id, "delivered", |shown| shown["delivered"].as_u64() > Some(0));
    world.offer("G2");
    receiver.wait(2, SOON);
    let world = world.restart(LOOPBACK);
    world.offer("G3");
    let came = receiver.wait(4, SOON);
    let ids: Vec<&str> = came.iter().map(|delivery| delivery.header("webhook-id")).collect();
    assert_eq!(ids[1], ids[2], "{ids:?}");
    let postings: Vec<String> =
        came.iter().map(|delivery| delivery.json()["data"]["posting"]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(postings, ["P2:catalog:G1", "P2:catalog:G2", "P2:catalog:G2", "P2:catalog:G3"]);
    assert!(came.iter().all(|delivery| delivery.is_signed_by(&secret)), "the secret is still the same");
    world.wait(&id, "all delivered", |shown| shown["state"] == "active" && shown["last"]["status"] == 200);
    thread::sleep(Duration::from_millis(500));
    assert_eq!(receiver.all().len(), 4, "what was delivered is not sent again");
}

#[test]
fn a_redirect_is_a_failure_and_is_not_followed() {
    let world = World::new();
    let other = Receiver::start(|_, _| Answer::Status(200));
    let url = other.url("/");
    let statuses = [301, 302, 303, 307, 308];
    let receiver = Receiver::start(move |n, _| Answer::Elsewhere(statuses[n % 5], url.clone()));
    let (id, _) = world.hook(&receiver.url("/"));
    for n in 1..=5 {
        world.try_out(&id);
        receiver.wait(n, SOON);
        let shown = world.wait(&id, "tried", |shown| shown["testing"] == false);
        assert_eq!((&shown["last"]["status"], &shown["last"]["error"]), (&statuses[n - 1].into(), &"status".into()));
    }
    assert!(other.all().is_empty());
}

#[test]
fn a_slow_target_holds_up_no_other() {
    let world = World::new();
    let slow = Receiver::start(|_, _| Answer::Never(Duration::from_secs(60)));
    let endless = Receiver::start(|_, _| Answer::Endless);
    let quick = Receiver::start(|_, _| Answer::Status(200));
    let (slow_id, _) = world.hook(&slow.url("/"));
    world.hook(&slow.url("/2"));
    let (endless_id, _) = world.hook(&endless.url("/"));
    world.hook(&quick.url("/"));
    world.offer("G1");
    slow.wait(2, SOON);
    quick.wait(1, SOON);
    let started = Instant::now();
    for code in ["G2", "G3", "G4"] {
        world.offer(code);
    }
    quick.wait(4, SOON);
    assert!(started.elapsed() < Duration::from_secs(8), "while the slow one is waited for: {:?}", started.elapsed());
    let stuck = slow.all().into_iter().map(|delivery| delivery.json()["data"]["posting"]["id"].clone());
    assert!(stuck.into_iter().all(|posting| posting == "P2:catalog:G1"), "what comes next waits for what came before");
    // No more is read of an answer than is needed.
    world.wait(&endless_id, "delivered", |shown| shown["last"]["status"] == 200);
    let shown = world.wait(&slow_id, "given up", |shown| shown["failures"] == 1);
    assert_eq!((&shown["state"], &shown["last"]["error"]), (&"failing".into(), &"timeout".into()));
    assert!(shown["next_try"].is_string() && shown["failing_since"].is_string(), "{shown}");
}

#[test]
fn whoever_is_gone_or_has_no_key_any_more_gets_nothing_until_a_trial_succeeds() {
    let world = World::new();
    let receiver = Receiver::start(|n, _| Answer::Status(if n == 0 { 410 } else { 200 }));
    let (id, _) = world.hook(&receiver.url("/"));
    world.offer("G1");
    world.wait(&id, "paused", |shown| shown["paused"] == "gone" && shown["state"] == "paused");
    world.offer("G2");
    thread::sleep(Duration::from_millis(1_500));
    assert_eq!(receiver.all().len(), 1, "nothing is sent while it is paused");
    world.try_out(&id);
    let came = receiver.wait(4, SOON);
    let sent: Vec<String> = came.iter().map(|delivery| delivery.json()["data"]["posting"]["id"].to_string()).collect();
    assert_eq!(sent, ["\"P2:catalog:G1\"", "null", "\"P2:catalog:G1\"", "\"P2:catalog:G2\""]);
    // The key that answers for it is the one that asked for the trial.
    let key = world.shown(&id)["key"].as_str().unwrap().to_owned();
    assert_eq!(world.service.ask("DELETE", &format!("/api/v1/keys/{key}"), &world.admin, "").status, 200);
    world.offer("G3");
    let made = world.service.ask("POST", "/api/v1/keys", &world.admin, r#"{"role":"party","party":"P1"}"#).json();
    let world = World { keys: vec![made["key"].as_str().unwrap().to_owned(), world.keys[SUPPLIER].clone()], ..world };
    world.wait(&id, "paused", |shown| shown["paused"] == "key_closed");
    assert_eq!(receiver.all().len(), 4);
    world.try_out(&id);
    let came = receiver.wait(6, SOON);
    assert_eq!(came[5].json()["data"]["posting"]["id"], "P2:catalog:G3");
    assert_ne!(world.shown(&id)["key"], *key);
}

#[test]
fn nothing_is_left_out_however_often_the_service_is_killed() {
    let mut world = World::new();
    let receiver = Receiver::start(|n, _| Answer::Status(if n % 3 == 0 { 503 } else { 200 }));
    world.hook(&receiver.url("/"));
    // More of them take minutes: LIANQIAO_KILLS=50.
    let rounds = std::env::var("LIANQIAO_KILLS").map_or(3, |rounds| rounds.parse().unwrap());
    let mut numbers = Numbers(7);
    for round in 0..rounds {
        for n in 0..4 {
            world.offer(&format!("G{round}-{n}"));
        }
        thread::sleep(Duration::from_millis(numbers.below(900)));
        world = world.restart(LOOPBACK);
    }
    let started = Instant::now();
    let taken = || {
        let mut seen = BTreeMap::new();
        for (_, delivery) in receiver.all().iter().enumerate().filter(|(n, _)| n % 3 != 0) {
            seen.entry(delivery.header("webhook-id").to_owned()).or_insert(delivery.json()["data"].clone());
        }
        seen.into_values().collect::<Vec<Value>>()
    };
    let seqs = |alerts: &[Value]| alerts.iter().map(|alert| alert["seq"].as_u64().unwrap()).collect::<BTreeSet<_>>();
    let listed =
        || world.ask(BUYER, "GET", "alerts?limit=200", &Value::Null).json()["items"].as_array().unwrap().clone();
    // The list of a demand has twenty places: what does not enter it is told to nobody.
    let n_told = 20.min(rounds * 4);
    while taken().len() < n_told || seqs(&taken()) != seqs(&listed()) {
        assert!(started.elapsed() < SOON * 3, "{:?} of {:?}", seqs(&taken()), seqs(&listed()));
        thread::sleep(Duration::from_millis(50));
    }
    // Nothing comes before what was told before it has come, and what is sent again is the last one.
    let order: Vec<u64> =
        receiver.all().iter().map(|delivery| delivery.json()["data"]["seq"].as_u64().unwrap()).collect();
    assert!(order.is_sorted(), "{order:?}");
}
