//! The service: what is foreign is as if it were not there; nothing hidden gets out; nothing acknowledged is lost;
//! rude clients are cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::http::{Reply, Service, ask, connect, escape};
use crate::support::Place;

/// What must not be seen by those to whom it is not open: contacts, prices, budgets, remarks.
const SECRETS: [&str; 9] =
    ["13911112222", "13933334444", "canary@example.com", "暗标人", "77731", "88842", "仅限内部", "99953", "示例密客户"];

const PARTIES: &str = "企业名称,所在地区,上年营业收入,备注,联系电话
示例甲有限公司,山东省济南市,99953,仅限内部甲,13911112222
示例乙有限公司,山东省青岛市,99953,仅限内部乙,13933334444
";
const SUPPLIES: &str = "编号,企业名称,产品名称,参考价格,现有客户,产品说明,联系人,联系电话,邮箱,备注,状态
G1,示例甲有限公司,深沟球轴承,77731元/件,示例密客户有限公司,用于电机；订货电话：13911112222,暗标人,13911112222,canary@example.com,仅限内部一,有效
G2,示例乙有限公司,深沟球轴承,77731元/件,示例密客户有限公司,用于农机,暗标人,13933334444,canary@example.com,仅限内部二,有效
G3,示例乙有限公司,圆锥滚子轴承,77731元/件,,草稿里的说明,暗标人,13933334444,,仅限内部三,草稿
";
const DEMANDS: &str = "编号,企业名称,需求名称,产品名称,预算金额,联系人,联系电话,备注
X1,示例甲有限公司,电机用轴承采购,深沟球轴承,88842万元,暗标人,13911112222,仅限内部四
X2,示例乙有限公司,农机用轴承采购,深沟球轴承,88842万元,暗标人,13933334444,仅限内部五
";

/// A place with two parties, their postings, and a key for everybody.
struct World {
    place: Place,
    keys: BTreeMap<&'static str, String>,
}

impl World {
    fn new() -> Self {
        let place = Place::new();
        for (name, text, kind) in
            [("主体.csv", PARTIES, "party"), ("目录.csv", SUPPLIES, "catalog"), ("需求.csv", DEMANDS, "procurement")]
        {
            fs::write(place.folder().join(name), text).unwrap();
            place.json(0, &["import", name, "--kind", kind]);
        }
        let made: [(&str, &[&str]); 6] = [
            ("admin", &["--role", "admin"]),
            ("organizer", &["--role", "organizer"]),
            ("organizer of A", &["--role", "organizer", "--region", "济南市"]),
            ("party", &["--role", "party", "--party", "P1"]),
            ("party B", &["--role", "party", "--party", "P2"]),
            ("reader", &["--role", "reader"]),
        ];
        let key = |arguments: &[&str]| {
            let made = place.json(0, &[&["key", "add"], arguments].concat());
            made["key"].as_str().unwrap().to_owned()
        };
        let keys = made.map(|(name, arguments)| (name, key(arguments))).into();
        Self { place, keys }
    }

    fn key(&self, name: &str) -> &str {
        &self.keys[name]
    }
}

#[test]
fn what_is_foreign_and_what_is_missing_are_told_apart_by_nothing() {
    let world = World::new();
    let service = Service::start(&world.place);
    let key = world.key("party");
    let told = |method: &str, id: &str, body: &str| {
        let reply = service.ask(method, &format!("/api/v1/postings/{}", escape(id)), key, body);
        assert_eq!(reply.status, 404, "{method} {id}");
        reply.body.replace(id, "ID")
    };
    for (method, body) in [("GET", ""), ("PUT", r#"{"fields":{"title":"轴承"}}"#), ("DELETE", "")] {
        assert_eq!(told(method, "P2:catalog:G3", body), told(method, "P2:catalog:G7", body));
        assert_eq!(told(method, "P2:catalog:G3", body), told(method, "无此信息", body));
    }
    let matched = |id: &str| {
        let reply = service.ask("POST", "/api/v1/matches", key, &json!({ "demand": id }).to_string());
        (reply.status, reply.body.replace(id, "ID"))
    };
    assert_eq!(matched("P2:procurement:X2"), matched("P2:procurement:X7"));
    // The table's own number, which others have too, names nothing here.
    assert_eq!(matched("X2").0, 404);
    assert_eq!(matched("P1:procurement:X1").0, 200);
    let rows = "编号,企业名称,产品名称\nG8,示例乙有限公司,轴承\nG9,无此单位有限公司,轴承\n";
    let report = service.ask("POST", "/api/v1/imports?filename=a.csv&kind=catalog", key, rows);
    let problems = &report.json()["files"][0]["problems"];
    assert_eq!((report.status, problems[0]["code"].as_str()), (422, Some("foreign_party")));
    assert_eq!((&problems[0]["message"], &problems[0]["value"]), (&problems[1]["message"], &problems[1]["value"]));
    assert_eq!(service.ask("GET", "/api/v1/parties/P3", world.key("admin"), "").status, 404, "nothing was learnt");
    let certificate = "企业名称,资质名称\n示例甲有限公司,国家级专精特新“小巨人”企业\n";
    let report = service.ask("POST", "/api/v1/imports?filename=a.csv&kind=certificate", key, certificate);
    assert_eq!(report.json()["files"][0]["problems"][0]["code"], "foreign_party", "nobody certifies themselves");
}

#[test]
fn nothing_hidden_reaches_those_to_whom_it_is_not_open() {
    let world = World::new();
    let service = Service::start(&world.place);
    let asked: Vec<(&str, String, String)> = vec![
        ("GET", "/api/v1/parties".to_owned(), String::new()),
        ("GET", "/api/v1/parties/P2".to_owned(), String::new()),
        ("GET", "/api/v1/postings?kind=catalog".to_owned(), String::new()),
        ("GET", "/api/v1/postings?kind=procurement&party=P2".to_owned(), String::new()),
        ("GET", "/api/v1/postings/P2:catalog:G2".to_owned(), String::new()),
        ("GET", "/api/v1/postings/P2:procurement:X2".to_owned(), String::new()),
        ("PUT", "/api/v1/postings/P2:catalog:G2".to_owned(), r#"{"fields":{"title":"x"}}"#.to_owned()),
        ("POST", "/api/v1/matches".to_owned(), json!({ "text": "深沟球轴承", "kind": "procurement" }).to_string()),
        ("POST", "/api/v1/matches".to_owned(), json!({ "demand": "P1:procurement:X1", "all": true }).to_string()),
        ("POST", "/api/v1/matches".to_owned(), json!({ "supply": "P1:catalog:G1", "all": true }).to_string()),
    ];
    let words = ["轴承", "13911112222", "canary@example.com", "77731", "暗标人", "示例密客户", "仅限内部", "农机"];
    let searches = words.map(|word| ("POST", "/api/v1/searches".to_owned(), json!({ "text": word }).to_string()));
    let asked: Vec<_> = asked.into_iter().chain(searches).collect();
    let mut n_found = 0;
    for name in ["reader", "party", "organizer of A"] {
        for (method, path, body) in &asked {
            let reply = service.ask(method, path, world.key(name), body);
            // What was asked may stand in what is answered, and one's own data do.
            let is_own = |secret: &str| body.contains(secret);
            for secret in SECRETS.iter().filter(|secret| !is_own(secret)) {
                assert!(!reply.body.contains(secret), "{name}: {method} {path} {body}: {secret} in {}", reply.body);
            }
            n_found += usize::from(reply.body.contains("轴承"));
        }
    }
    assert!(n_found > 15, "there must be something to see: {n_found}");
    // Those to whom it is open do see it, so the texts are there to be found.
    let own = service.ask("GET", "/api/v1/postings/P2:catalog:G2", world.key("party B"), "").body;
    for secret in ["13933334444", "暗标人", "77731", "示例密客户", "仅限内部二"] {
        assert!(own.contains(secret), "{secret}: {own}");
    }
    let organizers = service.ask("GET", "/api/v1/postings/P2:catalog:G2", world.key("organizer"), "").body;
    assert!(organizers.contains("13933334444") && !organizers.contains("仅限内部"), "{organizers}");
    let trail = service.ask("GET", "/api/v1/traces", world.key("admin"), "").json();
    assert_eq!((&trail["traces"][0]["action"], &trail["traces"][0]["actor"]), (&"see".into(), &"K2".into()));
    let others = ask(service.address, "GET", "/metrics", &[], "").unwrap().body;
    assert!(others.contains("lianqiao_requests_total"));
    assert!(SECRETS.iter().all(|secret| !others.contains(secret)), "{others}");
}

#[test]
fn a_posting_is_created_changed_found_and_withdrawn() {
    let world = World::new();
    let service = Service::start(&world.place);
    let key = world.key("party");
    let new = json!({ "kind": "供应目录", "fields": { "title": "调心滚子轴承", "price": "12元/件", "remark": "底价另议",
        "contact_phone": "0531-88880000" } });
    let created = service.ask("POST", "/api/v1/postings", key, &new.to_string());
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/postings/{}", escape(&id));
    assert_eq!(service.ask("POST", "/api/v1/postings", key, &new.to_string()).status, 200, "it is there already");
    let shown = service.ask("GET", &path, key, "").json();
    assert_eq!(shown["contact"]["contact_phone"], "0531-88880000");
    let found = service.ask("POST", "/api/v1/searches", key, r#"{"text":"调心滚子"}"#).json();
    assert_eq!(found["found"][0]["id"], *id);
    // An organiser sees no remark, and leaves it where it is; nor does it speak of the contact.
    let change = r#"{"fields":{"title":"调心滚子轴承","price":"13元/件"}}"#;
    let changed = service.ask("PUT", &path, world.key("organizer of A"), change);
    assert_eq!(changed.status, 200, "{}", changed.body);
    let shown = service.ask("GET", &path, key, "").json();
    assert_eq!(shown["fields"]["price"]["raw"], "13元/件");
    assert_eq!(
        (&shown["fields"]["remark"]["raw"], &shown["contact"]["contact_phone"]),
        (&"底价另议".into(), &"0531-88880000".into())
    );
    for (body, status) in [
        (r#"{"fields":{"title":"别的产品"}}"#, 400),
        (r#"{"fields":{"title":"调心滚子轴承","valid_until":"明年某天"}}"#, 422),
        (r#"{"fields":{"title":"调心滚子轴承","nothing":"1"}}"#, 400),
        (r#"{"fields":{"title":"调心滚子轴承","party":"示例乙有限公司"}}"#, 400),
        (r#"{"fields":{"title":1}}"#, 400),
        (r#"{"fields":{},"more":1}"#, 400),
    ] {
        let reply = service.ask("PUT", &path, key, body);
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
    }
    assert_eq!(service.ask("DELETE", &format!("{path}?reason=%E5%94%AE%E7%BD%84"), key, "").status, 200);
    assert_eq!(service.ask("GET", &path, world.key("party B"), "").status, 404);
    assert_eq!(service.ask("GET", &path, key, "").json()["state"], "withdrawn");
    let found = service.ask("POST", "/api/v1/searches", key, r#"{"text":"调心滚子"}"#).json();
    assert!(found["found"].as_array().unwrap().iter().all(|item| item["id"] != *id));
}

#[test]
fn lists_are_paged_without_gaps() {
    let world = World::new();
    let service = Service::start(&world.place);
    for (name, expected) in [("reader", 2), ("party B", 3), ("admin", 3)] {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/postings?kind=catalog&limit=1{cursor}");
            let page = service.ask("GET", &path, world.key(name), "").json();
            ids.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={}", escape(next));
        }
        assert_eq!(ids.len(), expected, "{name}: {ids:?}");
        assert!(ids.is_sorted());
    }
}

#[test]
fn a_repeated_request_is_carried_out_once_even_after_a_restart() {
    let world = World::new();
    let service = Service::start(&world.place);
    let bearer = format!("Bearer {}", world.key("party"));
    let body = json!({ "kind": "catalog", "fields": { "title": "推力轴承" } }).to_string();
    let post = |service: &Service, token: &str, body: &str| {
        let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", token)];
        ask(service.address, "POST", "/api/v1/postings", &headers, body).unwrap()
    };
    let first = post(&service, "a", &body);
    assert_eq!(first.status, 201, "{}", first.body);
    service.kill();
    let service = Service::start(&world.place);
    let again = post(&service, "a", &body);
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(post(&service, "b", &body).status, 200, "another request learns that it is there");
    let other = post(&service, "a", &body.replace("推力", "关节"));
    assert_eq!((other.status, other.json()["error"]["code"].as_str()), (409, Some("repeated")));
    let table = "编号,企业名称,产品名称\nG7,示例甲有限公司,轴承\n";
    let import = || {
        let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", "c")];
        ask(service.address, "POST", "/api/v1/imports?filename=a.csv&kind=catalog", &headers, table).unwrap()
    };
    let (first, again) = (import(), import());
    assert_eq!(first.json()["files"][0]["accepted"], 1, "{}", first.body);
    assert_eq!(first.body, again.body);
}

#[test]
fn the_first_start_gives_a_key_once_and_others_are_told_where_to_write() {
    let place = Place::new();
    let service = Service::start(&place);
    let key = service.key.clone().unwrap();
    let made = service.ask("POST", "/api/v1/keys", &key, r#"{"role":"reader"}"#).json();
    let (id, reader) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!(service.ask("GET", "/api/v1/parties", reader, "").status, 200);
    assert!(!service.ask("GET", "/api/v1/keys", &key, "").body.contains(reader));
    assert_eq!(service.ask("DELETE", &format!("/api/v1/keys/{id}"), &key, "").status, 200);
    assert_eq!(service.ask("GET", "/api/v1/parties", reader, "").status, 401);
    let refused = place.run(&["key", "add", "--role", "reader"]);
    let err = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.code() == Some(2) && err.contains(&service.address.to_string()), "{err}");
    assert_eq!(place.json(0, &["key", "list"])["keys"].as_array().unwrap().len(), 2, "reading goes on beside it");
    let backup = service.ask("POST", "/api/v1/backups", &key, "").json();
    let file = place.data().join(backup["file"].as_str().unwrap());
    assert_eq!(place.run(&["--data", "新目录", "restore", file.to_str().unwrap()]).status.code(), Some(0));
    let pages = ["/", "/api/docs", "/livez"].map(|path| ask(service.address, "GET", path, &[], "").unwrap());
    assert!(pages.iter().all(|page| page.status == 200));
    assert!(pages[1].body.contains("/api/v1/postings/{id}") && !pages[1].body.contains("//cdn"));
    assert_eq!(service.stop(), Some(0));
    assert!(place.data().join("log.seal").exists(), "it was left in order");
    assert_eq!(Service::start(&place).key, None, "a key is shown once");
}

/// What clients have sent, and how each was answered, if it was; the key of who sent it.
type Sent = BTreeMap<String, (String, Option<(u16, String)>)>;

/// Sends a new posting under a key that tells it from all others.
fn send(service: SocketAddr, bearer: &str, code: &str) -> Option<Reply> {
    let body = json!({ "kind": "catalog", "fields": { "code": code, "title": "螺栓" } }).to_string();
    let headers = [("Authorization", bearer), ("Idempotency-Key", code)];
    ask(service, "POST", "/api/v1/postings", &headers, &body)
}

/// Sends what was sent before once more: what was answered is answered the same, what was not is carried out now if it was
/// not before.
fn send_again(service: &Service, sent: &Sent) {
    for (code, (bearer, answered)) in sent {
        let again = send(service.address, bearer, code).unwrap();
        let again = (again.status, again.body);
        assert_eq!(again.0, 201, "{code}: {}", again.1);
        assert!(answered.as_ref().is_none_or(|first| *first == again), "{code}: {answered:?} {again:?}");
    }
}

#[test]
fn no_acknowledged_write_is_lost_and_none_is_doubled_when_the_service_is_killed() {
    let world = World::new();
    // More of them take minutes: LIANQIAO_KILLS=50.
    let rounds = std::env::var("LIANQIAO_KILLS").map_or(3, |rounds| rounds.parse().unwrap());
    let (mut acknowledged, mut sent) = (BTreeSet::new(), Sent::new());
    for round in 0..rounds {
        let service = Service::start(&world.place);
        send_again(&service, &sent);
        let (is_over, all) = (AtomicBool::new(false), Mutex::new(Sent::new()));
        thread::scope(|scope| {
            for client in 0..64 {
                let (address, all, is_over) = (service.address, &all, &is_over);
                let bearer = format!("Bearer {}", world.key(if client % 2 == 0 { "party" } else { "party B" }));
                scope.spawn(move || {
                    for number in 0.. {
                        if is_over.load(Ordering::Relaxed) {
                            return;
                        }
                        let code = format!("W{round}-{client}-{number}");
                        all.lock().unwrap().insert(code.clone(), (bearer.clone(), None));
                        let reply = send(address, &bearer, &code).filter(|reply| reply.status == 201);
                        let answered = reply.map(|reply| (reply.status, reply.body));
                        all.lock().unwrap().insert(code, (bearer.clone(), answered));
                    }
                });
            }
            let started = Instant::now();
            let n_answered = || all.lock().unwrap().values().filter(|(_, answered)| answered.is_some()).count();
            while n_answered() < 64 && started.elapsed() < Duration::from_secs(60) {
                thread::sleep(Duration::from_millis(20));
            }
            // Whoever asks on finds nobody there, and what was never sent need not be asked for again.
            is_over.store(true, Ordering::Relaxed);
            service.kill();
        });
        sent = all.into_inner().unwrap();
        let answered = sent.iter().filter(|(_, (_, answered))| answered.is_some()).map(|(code, _)| code.clone());
        acknowledged.extend(answered);
    }
    assert!(acknowledged.len() >= rounds * 64, "{}", acknowledged.len());
    let service = Service::start(&world.place);
    send_again(&service, &sent);
    let (mut codes, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = service
            .ask("GET", &format!("/api/v1/postings?kind=catalog&limit=200{cursor}"), world.key("admin"), "")
            .json();
        let items = page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap());
        codes.extend(items.map(|id| id.rsplit(':').next().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={}", escape(next));
    }
    let distinct: BTreeSet<String> = codes.iter().cloned().collect();
    assert_eq!(distinct.len(), codes.len(), "none is doubled");
    assert!(acknowledged.is_subset(&distinct), "{:?}", acknowledged.difference(&distinct).collect::<Vec<_>>());
    service.stop();
    let history = world.place.json(0, &["show", acknowledged.first().unwrap(), "--history"]);
    assert_eq!(history["history"].as_array().unwrap().len(), 1, "each was written once");
    world.place.json(0, &["verify"]);
}

#[test]
fn rude_requests_are_answered_or_cut_off_and_others_go_on() {
    let world = World::new();
    let service = Service::start(&world.place);
    let key = world.key("party");
    let head = |path: &str, more: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n{more}\r\n")
    };
    let status = |answer: &str| answer.split(' ').nth(1).and_then(|text| text.parse::<u16>().ok()).unwrap_or(0);
    let is_refused = |bytes: &[u8]| {
        let status = status(&service.raw(bytes));
        assert!(status == 0 || (400..500).contains(&status), "{status}");
    };
    is_refused(head("/api/v1/searches", &format!("X-Long: {}\r\n", "a".repeat(1 << 20))).as_bytes());
    is_refused(head("/api/v1/searches", &"X-Many: a\r\n".repeat(5_000)).as_bytes());
    is_refused(head(&format!("/api/v1/searches?{}", "a".repeat(60_000)), "Content-Length: 0\r\n").as_bytes());
    is_refused(b"GET / HTTP/9.9\r\n\r\n");
    is_refused(b"\0\0\0\0\0\0\r\n\r\n");
    is_refused(head("/api/v1/searches", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n").as_bytes());
    // A body that is too large is refused by its size, and not waited for.
    let large = head("/api/v1/searches", &format!("Content-Length: {}\r\n", 100 << 20));
    let mut stream = connect(service.address);
    stream.write_all(large.as_bytes()).unwrap();
    let chunk = vec![b'a'; 1 << 16];
    while stream.write_all(&chunk).is_ok() {}
    drop(stream);
    for body in [
        format!("{{\"text\":{}", "[".repeat(200_000)),
        format!("{{\"text\":\"{}\"}}", "(".repeat(100_000)),
        format!("{{\"text\":\"{}\"}}", "轴承 ".repeat(10_000)),
        "{\"text\":\"轴承\",\"top\":1000000}".to_owned(),
        "{\"text\":\"\"}".to_owned(),
        "[]".to_owned(),
        String::new(),
    ] {
        let reply = service.ask("POST", "/api/v1/searches", key, &body);
        assert_eq!(reply.status, 400, "{}: {}", &body.chars().take(40).collect::<String>(), reply.body);
    }
    let wildcards = service.ask("POST", "/api/v1/searches", key, r#"{"text":"*轴承* OR title:/.*.*.*x/ \"((((\" ~9"}"#);
    assert!(wildcards.status < 500, "{}", wildcards.body);
    // Clients that send a head letter by letter hold nobody up, and are cut off.
    let slow: Vec<_> = (0..200)
        .map(|_| {
            let mut stream = connect(service.address);
            stream.write_all(b"GET / HTTP/1.1\r\nHost:").unwrap();
            stream
        })
        .collect();
    let started = Instant::now();
    assert_eq!(service.ask("GET", "/api/v1/parties", key, "").status, 200);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    for mut stream in slow {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(matches!(status(&String::from_utf8_lossy(&answer)), 0 | 408));
    }
    assert!(started.elapsed() < Duration::from_secs(50), "{:?}", started.elapsed());
    assert_eq!(service.ask("GET", "/api/v1/parties", key, "").status, 200);
}
