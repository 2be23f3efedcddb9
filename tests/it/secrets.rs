//! Thousands of answers to those to whom nothing was opened, of every route that the document names, with arguments that
//! point at what is hidden: none has anything that is not public, nor do the log and the metrics.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::canaries::{Canary, OTHER, PARTNER, Planted, VICTIM};
use crate::http::{Events, Service, ask, escape};
use crate::receiver::{Answer, Receiver};
use crate::support::Numbers;

/// Who asks, the arguments of its key, and whether it may see what only the owner may not.
const ASKERS: [(&str, &[&str], bool); 6] = [
    ("stranger", &[], false),
    ("reader", &["--role", "reader"], false),
    ("other", &["--role", "party", "--party", "P2"], false),
    ("third", &["--role", "party", "--party", "P3"], false),
    ("organiser from elsewhere", &["--role", "organizer", "--region", "青岛市"], false),
    ("organiser", &["--role", "organizer"], true),
];
const GARBAGE: [&str; 6] = ["", "P9", "无此", "../../log.sqlite", "P1:catalog:V9", "%00'\"<x>"];
const CHAINS: [&str; 3] = ["SD-LT", "轮胎与橡胶产业链", "示例轴承产业链"];

/// The place, the service, and everything that may be named in a request.
struct World {
    planted: Planted,
    service: Service,
    keys: BTreeMap<&'static str, String>,
    document: Value,
    /// What requests have made, by the noun of its path and who asked.
    made: BTreeMap<String, Vec<String>>,
    hook: String,
    /// Whose request is being made.
    asking: &'static str,
    numbers: Numbers,
}

/// A request as it is sent.
struct Asked {
    method: String,
    target: String,
    body: String,
}

impl World {
    fn new(hook: String) -> Self {
        let planted = Planted::new();
        let mut keys: BTreeMap<&'static str, String> = ASKERS
            .iter()
            .filter(|(_, arguments, _)| !arguments.is_empty())
            .map(|(name, arguments, _)| (*name, planted.place.key(arguments)))
            .collect();
        keys.insert("stranger", String::new());
        keys.insert("victim", planted.place.key(&["--role", "party", "--party", "P1"]));
        keys.insert("admin", planted.place.key(&["--role", "admin"]));
        let log = planted.place.folder().join("log");
        let allow = ["--rate", "0", "--webhook-allow", "127.0.0.0/8"];
        let service = Service::start_noted(&planted.place, &allow, &log);
        let document = ask(service.address, "GET", "/api/v1/openapi.json", &[], "").unwrap().json();
        let (made, numbers) = (BTreeMap::new(), Numbers(11));
        let mut world = Self { planted, service, keys, document, made, hook, asking: "victim", numbers };
        world.prepare();
        world
    }

    /// Gives the victim what it may have beside tables: a job, a saved search, a webhook, an intent that waits for it.
    fn prepare(&mut self) {
        let victim = self.keys["victim"].clone();
        let made = |path: &str, key: &str, body: Value| {
            let reply = self.service.ask("POST", &format!("/api/v1/{path}"), key, &body.to_string());
            assert!(reply.status < 300, "{path}: {}", reply.body);
            reply.json()["id"].as_str().unwrap().to_owned()
        };
        made("jobs", &victim, json!({ "what": "match_all", "top": 3 }));
        let watch = made("watches", &victim, json!({ "text": "暗标watching" }));
        let hook = made("webhooks", &victim, json!({ "url": format!("{}zqhookxv", self.hook) }));
        made("webhooks", &self.keys["other"], json!({ "url": self.hook }));
        let wish = json!({ "own": "P2:procurement:V1", "other": "P1:catalog:V1", "amount": "1万元" });
        let pending = made("intents", &self.keys["other"], wish);
        let listed = self.service.ask("GET", "/api/v1/intents", &victim, "").json();
        let ids = listed["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        self.made.insert("intents".to_owned(), ids.chain([pending]).collect());
        self.planted.ids.extend([watch, hook]);
        for (mark, column) in [("暗标watching", "watch"), ("zqhookxv", "webhook")] {
            let (mark, written) = (mark.to_owned(), mark.to_owned());
            self.planted.canaries.push(Canary { mark, written, column: column.to_owned(), is_private: true });
        }
    }

    fn pick<'t>(&mut self, from: &'t [String]) -> &'t str {
        &from[self.numbers.index(from.len())]
    }

    fn chance(&mut self, of: u64) -> bool {
        self.numbers.below(of) == 0
    }

    /// A title, or nonsense: what the asker writes is its own, and may be shown to it later.
    fn word(&mut self) -> String {
        match self.chance(8) {
            false => self.pick(&self.planted.titles.clone()).to_owned(),
            true => GARBAGE[self.numbers.index(GARBAGE.len())].to_owned(),
        }
    }

    /// The same, or something that is planted.
    fn wanted(&mut self) -> String {
        let planted: Vec<String> = self.planted.canaries.iter().map(|canary| canary.written.clone()).collect();
        if self.chance(2) { self.pick(&planted).to_owned() } else { self.word() }
    }

    /// The newest object of a sort that the asker has made; of jobs the oldest, which is done by now.
    fn own(&self, noun: &str) -> Option<String> {
        let all = self.made.get(&format!("{noun} {}", self.asking))?;
        if noun == "jobs" { all.first().cloned() } else { all.last().cloned() }
    }

    /// Objects of a sort that anybody has made, or one that is none.
    fn made_by_anybody(&self, noun: &str) -> Vec<String> {
        let of_noun = self.made.iter().filter(|(key, _)| key.split(' ').next() == Some(noun));
        of_noun.flat_map(|(_, ids)| ids.clone()).chain(["J1".to_owned()]).collect()
    }

    /// An identifier that a path may be asked with, mostly of what is the victim's.
    fn id(&mut self, path: &str) -> String {
        let noun = path.trim_start_matches("/api/v1/").split('/').next().unwrap();
        let numbered = |letter: char, n: u64| format!("{letter}{n}");
        match noun {
            _ if self.chance(12) => GARBAGE[1 + self.numbers.index(GARBAGE.len() - 1)].to_owned(),
            "intents" => self.pick(&self.made["intents"].clone()).to_owned(),
            // Its own newest, or somebody's.
            _ if self.chance(2) && self.own(noun).is_some() => self.own(noun).unwrap(),
            "agendas" => numbered('A', 1 + self.numbers.below(6)),
            "parties" | "dossiers" => numbered('P', 1 + self.numbers.below(4)),
            "chains" => CHAINS[self.numbers.index(CHAINS.len())].to_owned(),
            "keys" => numbered('K', 1 + self.numbers.below(7)),
            "jobs" | "imports" => self.pick(&self.made_by_anybody(noun)).to_owned(),
            _ => self.pick(&self.planted.ids.clone()).to_owned(),
        }
    }

    fn parameter(&mut self, name: &str, schema: &Value) -> String {
        let choices: Vec<String> =
            schema["enum"].as_array().into_iter().flatten().map(|one| one.as_str().unwrap().to_owned()).collect();
        match name {
            _ if !choices.is_empty() => self.pick(&choices).to_owned(),
            "kind" => self.pick(&self.planted.kinds.clone()).to_owned(),
            "party" => format!("P{}", 1 + self.numbers.below(5)),
            "limit" | "k" => (1 + self.numbers.below(200)).to_string(),
            "seconds" => "1".to_owned(),
            "after" => self.numbers.below(20).to_string(),
            "filename" => "a.csv".to_owned(),
            "dry_run" | "strict" | "replace" => (self.chance(2)).to_string(),
            "region" => ["济南市", "青岛市", "山东省", "四川省"][self.numbers.index(4)].to_owned(),
            "chain" => CHAINS[self.numbers.index(CHAINS.len())].to_owned(),
            "min_share" => "0.5".to_owned(),
            "reason" => self.word(),
            _ => self.wanted(),
        }
    }

    /// Fills an object with some of what may stand in it.
    fn some_of(&mut self, object: &mut Map<String, Value>, more: Vec<(&str, Value)>) {
        for (name, value) in more {
            if self.chance(3) {
                object.insert(name.to_owned(), value);
            }
        }
    }

    fn body(&mut self, path: &str, verb: &str) -> String {
        let is_kept = !matches!(path, "/api/v1/searches" | "/api/v1/matches");
        let word = if is_kept { self.word() } else { self.wanted() };
        let kinds = if self.chance(8) { &self.planted.kinds } else { &self.planted.postings };
        let kind = self.pick(&kinds.clone()).to_owned();
        let (theirs, own) = (self.id("postings"), format!("P2:{kind}:V1"));
        let (region, chain) = (self.parameter("region", &Value::Null), self.parameter("chain", &Value::Null));
        let more = vec![
            ("kind", json!(kind)),
            ("region", json!(region)),
            ("chain", json!(chain)),
            ("top", json!(1 + self.numbers.below(100))),
        ];
        let mut object = Map::new();
        match path {
            "/api/v1/searches" => {
                object.insert("text".to_owned(), json!(word));
                self.some_of(&mut object, more);
            }
            "/api/v1/watches" => {
                object.insert("text".to_owned(), json!(word));
                self.some_of(&mut object, more.into_iter().take(3).collect());
            }
            "/api/v1/matches" => {
                let subject = match self.numbers.below(4) {
                    0 => vec![("demand", own)],
                    1 => vec![("supply", own)],
                    2 => vec![(["demand", "supply"][self.numbers.index(2)], theirs)],
                    _ => vec![("text", word), ("kind", kind)],
                };
                object.extend(subject.into_iter().map(|(name, value)| (name.to_owned(), json!(value))));
                object.extend([("all".to_owned(), json!(true)), ("mutual".to_owned(), json!(self.chance(2)))]);
            }
            "/api/v1/intents" => {
                let (own, theirs) = if self.chance(2) {
                    (own, theirs)
                } else {
                    ("P2:procurement:V1".to_owned(), "P1:catalog:S0".to_owned())
                };
                return json!({ "own": own, "other": theirs, "reason": word }).to_string();
            }
            "/api/v1/intents/{id}" => return json!({ "answer": "agreed" }).to_string(),
            "/api/v1/outcomes" => {
                return json!({ "intent": self.id("intents"), "progress": "signed", "result": word }).to_string();
            }
            "/api/v1/postings" => {
                let party = format!("P{}", 1 + self.numbers.below(2));
                let code = format!("N{}", self.numbers.below(5));
                return json!({ "kind": kind, "party": party, "fields": { "code": code, "title": word } }).to_string();
            }
            "/api/v1/postings/{id}" if verb == "put" => return json!({ "fields": { "title": word } }).to_string(),
            "/api/v1/imports" => {
                let owner = [VICTIM, OTHER, PARTNER][self.numbers.index(3)];
                return format!("编号,单位名称,产品名称,有效期至,联系电话\nV1,{owner},{word},某天,{word}\n");
            }
            "/api/v1/agendas" => return event(),
            "/api/v1/webhooks" => return json!({ "url": self.hook }).to_string(),
            "/api/v1/jobs" => return json!({ "what": "match_all", "top": 5 }).to_string(),
            "/api/v1/agendas/{id}/repair" => return json!({ "without": [VICTIM] }).to_string(),
            _ => return json!({ "role": "reader" }).to_string(),
        }
        Value::Object(object).to_string()
    }

    /// Makes a request of a route.
    fn request(&mut self, path: &str, verb: &str, operation: &Value) -> Asked {
        let id = match path.contains("{id}") {
            // The results of one's own jobs are to be had.
            true if verb == "delete" && path.contains("/jobs/") => "J1".to_owned(),
            true => self.id(path),
            false => String::new(),
        };
        let mut query = Vec::new();
        for parameter in operation["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            let is_needed = matches!(name, "seconds" | "kind" | "filename" | "problems");
            if parameter["in"] == "query" && (is_needed || self.chance(3)) {
                // Most kinds have other columns than what is imported.
                let is_import_of_postings = (path, name) == ("/api/v1/imports", "kind") && self.chance(2);
                let value = match is_import_of_postings {
                    true => "catalog".to_owned(),
                    false => self.parameter(name, &parameter["schema"]),
                };
                query.push(format!("{name}={}", escape(&value)));
            }
        }
        let body = if operation["requestBody"].is_null() { String::new() } else { self.body(path, verb) };
        let target = format!("{}?{}", path.replace("{id}", &escape(&id)), query.join("&"));
        Asked { method: verb.to_uppercase(), target, body }
    }

    /// Sends a request and returns the status and all that can be read in the answer.
    fn answer(&self, name: &str, asked: &Asked) -> (u16, String) {
        let Asked { method, target, body } = asked;
        let key = match self.keys[name].as_str() {
            "" => String::new(),
            key => format!("Authorization: Bearer {key}\r\n"),
        };
        let length = body.len();
        let head =
            format!("{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{key}Content-Length: {length}");
        let bytes = self.service.raw_bytes(format!("{head}\r\n\r\n{body}").as_bytes());
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes.len(), |end| end + 4);
        let (head, body) = bytes.split_at(end);
        let head = String::from_utf8_lossy(head).into_owned();
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
        (status, head + &readable(body))
    }

    /// Sends a request, and fails if the answer has what the asker may not see; says whether it was given something.
    fn check(&mut self, name: &str, sees_shared: bool, asked: &Asked) -> bool {
        let what = format!("{} {} {}", asked.method, asked.target, asked.body);
        let (status, text) = self.answer(name, asked);
        assert!(status != 0 && (status < 500 || status == 503), "{name}: {what}: {text}");
        self.scan(name, sees_shared, &what, &text);
        let json = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str::<Value>(body).ok());
        if let (false, Some(json)) = (sees_shared, &json) {
            self.scan_columns(name, &what, json);
        }
        let noun = asked.target.trim_start_matches("/api/v1/").split('?').next().unwrap();
        let id = json.as_ref().and_then(|json| json["id"].as_str());
        let file = json.as_ref().and_then(|json| json["problems_file"].as_str()?.split('/').nth(4));
        if let (Some(id), "POST") = (file.or(id.filter(|_| status < 300)), asked.method.as_str()) {
            self.made.entry(format!("{noun} {name}")).or_default().push(id.to_owned());
        }
        let is_search = noun == "searches" && status == 200 && asked.body.contains("暗标");
        if let (true, false, Some(json)) = (is_search, sees_shared, &json) {
            let finds =
                json["found"].as_array().unwrap().iter().any(|one| one["id"].as_str().unwrap().starts_with("P1"));
            assert!(!finds, "{name} finds by {what} what is hidden: {text}");
        }
        status < 300
    }

    /// Has the victim change what it offers, with all that is hidden in it, so that others are told of it.
    fn stir(&mut self, round: usize) {
        let of_catalog = self
            .planted
            .canaries
            .iter()
            .filter_map(|canary| Some((canary.column.strip_prefix("catalog.")?.to_owned(), json!(canary.written))));
        let mut fields: Map<String, Value> = of_catalog.collect();
        fields.insert("title".to_owned(), json!("年产线用深沟球轴承"));
        fields.insert("code".to_owned(), json!(format!("S{round}")));
        let body = json!({ "kind": "catalog", "fields": fields }).to_string();
        let reply = self.service.ask("POST", "/api/v1/postings", &self.keys["victim"], &body);
        assert!(reply.status < 300, "{}", reply.body);
    }

    /// Fails if a text has what somebody may not see; what was asked may stand in what is answered.
    fn scan(&self, who: &str, sees_shared: bool, asked: &str, text: &str) {
        let (asked_digits, digits) = (digits(asked), digits(text));
        for canary in self.planted.canaries.iter().filter(|canary| canary.is_private || !sees_shared) {
            let is_there = |text: &str, digits: &str| text.contains(&canary.mark) || digits.contains(&canary.mark);
            assert!(
                !is_there(text, &digits) || is_there(asked, &asked_digits),
                "{who} learns {} ({}) by {asked}: {text}",
                canary.column,
                canary.mark
            );
        }
    }

    /// Fails if any of the victim's records is shown with a column that is not public.
    fn scan_columns(&self, who: &str, asked: &str, answer: &Value) {
        match answer {
            Value::Array(all) => all.iter().for_each(|one| self.scan_columns(who, asked, one)),
            Value::Object(object) => {
                let kind = object.get("id").and_then(Value::as_str).and_then(|id| id.strip_prefix("P1:"));
                let public = kind.and_then(|kind| self.planted.public.get(kind.split(':').next()?));
                if let (Some(public), Some(Value::Object(fields))) = (public, object.get("fields")) {
                    let hidden: Vec<&String> = fields.keys().filter(|name| !public.contains(*name)).collect();
                    assert!(hidden.is_empty(), "{who} sees {hidden:?} by {asked}");
                }
                object.values().for_each(|one| self.scan_columns(who, asked, one));
            }
            _ => {}
        }
    }
}

/// An event of the other's, to which the victim comes.
fn event() -> String {
    let group = |side: &str, name: &str| format!("[[group]]\nside = \"{side}\"\nparties = [\"{name}\"]\n");
    format!(
        "version = \"1\"\nname = \"x\"\nplace = \"y\"\nlanes = [\"procurement\", \"equity\", \"credit\"]\n\
         [[day]]\ndate = 2026-06-18\nfrom = \"09:00\"\nto = \"12:00\"\n[meetings]\nminutes = 30\ntables = 2\n{}{}",
        group("buyer", OTHER),
        group("sme", VICTIM)
    )
}

/// Reads a body as text: the parts of an archive, and lines that a calendar folds.
fn readable(body: &[u8]) -> String {
    if !body.starts_with(b"PK") {
        return String::from_utf8_lossy(body).replace("\r\n ", "");
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(body)).unwrap();
    let mut text = String::new();
    for idx in 0..archive.len() {
        let mut bytes = Vec::new();
        archive.by_index(idx).unwrap().read_to_end(&mut bytes).unwrap();
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
    text
}

/// Takes out what stands between digits: amounts are told in other units too.
fn digits(text: &str) -> String {
    text.replace(['.', ','], "")
}

/// Lists the routes of a document: path, method, operation.
fn routes(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, verbs)| {
            let verbs = verbs.as_object().unwrap().iter();
            verbs.map(|(verb, operation)| (path.clone(), verb.clone(), operation.clone())).collect::<Vec<_>>()
        })
        .collect()
}

/// What is planted is there to be found, by its owner.
fn check_that_it_is_there(world: &World) {
    for canary in &world.planted.canaries {
        let kind = canary.column.split('.').next().unwrap();
        let path = match kind {
            "party" => "/api/v1/parties/P1".to_owned(),
            "intent" | "outcome" => format!("/api/v1/{kind}s"),
            _ => format!("/api/v1/postings/P1%3A{kind}%3AV1"),
        };
        let reply = world.service.ask("GET", &path, &world.keys["victim"], "");
        // What is kept about a party beside its row and its postings is shown by no route.
        if reply.status == 200 && !(canary.is_private && matches!(kind, "intent" | "outcome")) {
            assert!(
                reply.body.contains(&canary.mark) || digits(&reply.body).contains(&canary.mark),
                "{canary:?}: {reply:?}"
            );
        }
    }
}

/// Asks every route for everybody until so many answers are scanned; tells how often each gave something.
fn ask_everything(world: &mut World, n_wanted: usize) -> BTreeMap<String, usize> {
    let routes = routes(&world.document);
    let (mut n_scanned, mut n_good, mut n_slow) = (0, BTreeMap::<String, usize>::new(), 0);
    for round in 0.. {
        if n_scanned >= n_wanted {
            break;
        }
        world.stir(round);
        for (path, verb, operation) in &routes {
            // The stream is read beside all this; an agenda takes a second.
            let is_slow = operation["operationId"] == "create_agenda" || operation["operationId"] == "repair_agenda";
            if path.ends_with("/stream") || is_slow && n_slow > n_scanned / 400 {
                continue;
            }
            n_slow += usize::from(is_slow);
            for (name, _, sees_shared) in ASKERS {
                // An organiser may change all that is planted.
                if sees_shared && operation["x-writes"] == true && !is_slow {
                    continue;
                }
                world.asking = name;
                let asked = world.request(path, verb, operation);
                let is_good = world.check(name, sees_shared, &asked);
                n_scanned += 1;
                *n_good.entry(format!("{verb} {path}")).or_default() += usize::from(is_good);
            }
        }
    }
    n_good
}

#[test]
fn nothing_hidden_is_in_any_answer_nor_in_the_log_and_the_metrics() {
    // So many answers are scanned; ten thousand take minutes: LIANQIAO_ANSWERS=10000.
    let n_wanted = std::env::var("LIANQIAO_ANSWERS").map_or(1_000, |n| n.parse().unwrap());
    let receiver = Receiver::start(|_, _| Answer::Status(200));
    let mut world = World::new(receiver.url("/"));
    check_that_it_is_there(&world);
    let listeners = ["other", "third", "organiser from elsewhere"];
    let mut streams = listeners.map(|name| Events::open(&world.service, &world.keys[name], Some("0")));
    let n_good = ask_everything(&mut world, n_wanted);
    for (path, verb, operation) in routes(&world.document) {
        // To be told of something is scanned below; what only an administrator may is refused to all of these.
        let is_asked = verb == "get" && operation["x-roles"] != json!(["admin"]) && !path.ends_with("/stream");
        let n = n_good.get(&format!("{verb} {path}")).copied().unwrap_or(0);
        assert!(n > 0 || !is_asked, "{verb} {path} was never answered: {n_good:?}");
    }
    let mut n_told = 0;
    for (name, stream) in listeners.iter().zip(&mut streams) {
        while let Some(told) = stream.next(Duration::from_secs(1)) {
            world.scan(name, false, "", &told.to_string());
            n_told += 1;
        }
    }
    let sent = receiver.all();
    for delivery in sent.iter().filter(|delivery| !delivery.path.contains("zqhookxv")) {
        world.scan("a webhook", false, "", &format!("{delivery:?}"));
    }
    assert!(n_told > 0 && !sent.is_empty(), "somebody is told of something: {n_told} {}", sent.len());
    // Something for the log: where backups should go is a file.
    fs::write(world.planted.place.data().join("backups"), "").unwrap();
    assert_eq!(world.service.ask("POST", "/api/v1/backups", &world.keys["admin"], "").status, 500);
    let metrics = ask(world.service.address, "GET", "/metrics", &[], "").unwrap().body;
    let log = fs::read_to_string(world.planted.place.folder().join("log")).unwrap();
    assert!(log.contains("back_up failed") && metrics.contains("back_up"), "{log}{metrics}");
    world.scan("the metrics", false, "", &metrics);
    world.scan("the log", false, "", &log);
}
