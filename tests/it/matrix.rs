//! Who may do what: every route of the document, for every role, on what is one's own, on what is another's, on what is
//! hidden and on what does not exist. The requests come from the document and the rules below say what each must answer;
//! no route is left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::http::{Events, Reply, Service, ask, escape};
use crate::support::Place;

const PARTIES: &str = "企业名称,所在地区
示例甲有限公司,山东省济南市
示例乙有限公司,山东省青岛市
示例丙有限公司,山东省青岛市
";
const SUPPLIES: &str = "编号,企业名称,产品名称,状态
G1,示例甲有限公司,深沟球轴承,有效
G2,示例乙有限公司,深沟球轴承,有效
G3,示例乙有限公司,圆锥滚子轴承,草稿
G4,示例丙有限公司,深沟球轴承,有效
";
const DEMANDS: &str = "编号,企业名称,需求名称,产品名称
X1,示例甲有限公司,电机用轴承采购,深沟球轴承
X2,示例乙有限公司,农机用轴承采购,深沟球轴承
";

/// A route as the document has it: path, method, operation.
type Named<'d> = (&'d str, &'d str, &'d Value);

/// Everybody who asks. The party is P1, which is seated in the region of the organiser of A.
const EVERYBODY: [&str; 6] = ["reader", "party", "party B", "organizer of A", "organizer", "admin"];

/// Whose object a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// P1's.
    A,
    /// P2's; of intents and agendas, that of P2 and P3.
    B,
    /// P2's too, and not public.
    Hidden,
    /// Nobody's: there is none.
    Nobody,
}
use Whose::{A, B, Hidden, Nobody};

struct World {
    _place: Place,
    service: Service,
    keys: BTreeMap<&'static str, String>,
    /// What was made for P1 and for P2, by noun; what a request may use up is made anew.
    made: BTreeMap<(&'static str, &'static str), String>,
}

impl World {
    fn new() -> Self {
        let place = Place::new();
        for (kind, text) in [("party", PARTIES), ("catalog", SUPPLIES), ("procurement", DEMANDS)] {
            place.import(kind, text);
        }
        let made: [(&'static str, &[&str]); 7] = [
            ("admin", &["--role", "admin"]),
            ("organizer", &["--role", "organizer"]),
            ("organizer of A", &["--role", "organizer", "--region", "济南市"]),
            ("party", &["--role", "party", "--party", "P1"]),
            ("party B", &["--role", "party", "--party", "P2"]),
            ("party C", &["--role", "party", "--party", "P3"]),
            ("reader", &["--role", "reader"]),
        ];
        let keys = made.map(|(name, arguments)| (name, place.key(arguments))).into();
        let service = Service::start_with(&place, &["--rate", "0", "--webhook-allow", "127.0.0.0/8"]);
        let mut world = Self { _place: place, service, keys, made: BTreeMap::new() };
        for (owner, buyer, seller) in [("party", "P1", "P2"), ("party B", "P2", "P3")] {
            let planner = if owner == "party" { "organizer of A" } else { "organizer" };
            let agenda = world.make(planner, "agendas?seconds=1", &event(buyer, seller), 201);
            world.made.insert(("agendas", owner), agenda);
            let (demand, supply) = if owner == "party" {
                ("P1:procurement:X1", "P2:catalog:G2")
            } else {
                ("P2:procurement:X2", "P3:catalog:G4")
            };
            let intent = world.make(owner, "intents", &json!({ "own": demand, "other": supply }).to_string(), 200);
            world.made.insert(("intents", owner), intent);
        }
        let agreed = json!({ "own": "P2:catalog:G2", "other": "P1:procurement:X1" });
        world.make("party B", "intents", &agreed.to_string(), 200);
        let agreed = json!({ "own": "P3:catalog:G4", "other": "P2:procurement:X2" });
        world.make("party C", "intents", &agreed.to_string(), 200);
        world
    }

    fn ask(&self, name: &str, method: &str, path: &str, body: &str) -> Reply {
        self.service.ask(method, path, &self.keys[name], body)
    }

    fn make(&self, name: &str, path: &str, body: &str, status: u16) -> String {
        let reply = self.ask(name, "POST", &format!("/api/v1/{path}"), body);
        assert_eq!(reply.status, status, "{path}: {}", reply.body);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Names an object of somebody's. What only its owner can have is made for the one request.
    fn object(&self, path: &str, whose: Whose) -> String {
        let owner = if whose == A { "party" } else { "party B" };
        let noun = path.trim_start_matches("/api/v1/").split('/').next().unwrap();
        match (noun, whose) {
            ("chains", Nobody) => "无此产业链".to_owned(),
            ("chains", _) => "轮胎与橡胶产业链".to_owned(),
            ("parties" | "dossiers", A) => "P1".to_owned(),
            ("parties" | "dossiers", B | Hidden) => "P2".to_owned(),
            ("parties" | "dossiers", Nobody) => "P9".to_owned(),
            (_, Nobody) => "J999".to_owned(),
            ("postings", A) => "P1:catalog:G1".to_owned(),
            ("postings", B) => "P2:catalog:G2".to_owned(),
            ("postings", Hidden) => "P2:catalog:G3".to_owned(),
            ("keys", _) => self.make("admin", "keys", r#"{"role":"reader"}"#, 201),
            ("watches", _) => self.make(owner, "watches", r#"{"text":"滚子"}"#, 201),
            ("webhooks", _) => self.make(owner, "webhooks", r#"{"url":"http://127.0.0.1:9999/"}"#, 201),
            ("jobs", _) => {
                let id = self.make(owner, "jobs", r#"{"what":"match_all","top":1}"#, 202);
                let path = format!("/api/v1/jobs/{id}");
                while self.ask(owner, "GET", &path, "").json()["state"] == "running" {}
                id
            }
            ("imports", _) => {
                let table =
                    "编号,企业名称,产品名称,有效期至\nG9,示例甲有限公司,轴承,某天\nG9,示例乙有限公司,轴承,某天\n";
                let path = "/api/v1/imports?filename=a.csv&kind=catalog&dry_run=true&problems=xlsx";
                let reply = self.ask(owner, "POST", path, table);
                let file =
                    reply.json()["problems_file"].as_str().unwrap_or_else(|| panic!("{}", reply.body)).to_owned();
                file.split('/').nth(4).unwrap().to_owned()
            }
            // One may be removed; the others last.
            ("agendas", _) if path.ends_with("{id}") => {
                let (planner, event) = match owner {
                    "party" => ("organizer of A", event("P1", "P2")),
                    _ => ("organizer", event("P2", "P3")),
                };
                self.make(planner, "agendas?seconds=1", &event, 201)
            }
            (noun, _) => {
                let made = self.made.iter().find(|((of, by), _)| (*of, *by) == (noun, owner));
                made.unwrap_or_else(|| panic!("say how to make one of {noun}")).1.clone()
            }
        }
    }

    /// Ends what was made for a request: there may only be so many.
    fn tidy(&self, path: &str, whose: Whose, id: &str) {
        let owner = if whose == A { "party" } else { "party B" };
        if whose != Nobody && path.starts_with("/api/v1/w") && path.contains("{id}") {
            let path = path.trim_end_matches("/test").replace("{id}", &escape(id));
            self.ask(owner, "DELETE", &path, "");
        }
        // What was withdrawn is there again.
        if path == "/api/v1/postings/{id}" {
            for (key, party, code, state) in
                [("party", "P1", "G1", "有效"), ("party B", "P2", "G2", "有效"), ("party B", "P2", "G3", "草稿")]
            {
                let fields = json!({ "code": code, "title": "深沟球轴承", "state": state });
                self.ask(
                    key,
                    "POST",
                    "/api/v1/postings",
                    &json!({ "kind": "catalog", "party": party, "fields": fields }).to_string(),
                );
            }
        }
    }
}

/// An event of two.
fn event(buyer: &str, seller: &str) -> String {
    format!(
        "version = \"1\"\nname = \"x\"\nplace = \"y\"\nlanes = [\"procurement\"]\n[[day]]\ndate = 2026-06-18\nfrom = \"09:00\"\n\
         to = \"12:00\"\n[meetings]\nminutes = 30\ntables = 4\n[[group]]\nside = \"buyer\"\nparties = [\"{buyer}\"]\n\
         [[group]]\nside = \"sme\"\nparties = [\"{seller}\"]\n"
    )
}

/// Builds a request that a route should carry out for those who may.
fn request(world: &World, (path, verb, operation): Named<'_>, name: &str, whose: Whose) -> (String, String, String) {
    let id = if path.contains("{id}") { world.object(path, whose) } else { String::new() };
    let party = if whose == A { "P1" } else { "P2" };
    let query = match path {
        "/api/v1/postings" if verb == "get" => "?kind=catalog&limit=2",
        "/api/v1/imports" => "?filename=a.csv&kind=catalog&dry_run=true",
        "/api/v1/agendas" if verb == "get" => "?limit=2",
        "/api/v1/agendas" | "/api/v1/agendas/{id}/repair" => "?seconds=1",
        "/api/v1/agendas/{id}/calendar" if whose == A => "?party=P1",
        "/api/v1/agendas/{id}/calendar" => "?party=P2",
        _ => "",
    };
    let body = match (path, verb) {
        ("/api/v1/imports", _) => match whose {
            A => "编号,企业名称,产品名称\nG9,示例甲有限公司,轴承\n".to_owned(),
            B | Hidden => "编号,企业名称,产品名称\nG9,示例乙有限公司,轴承\n".to_owned(),
            Nobody => "编号,企业名称,产品名称\nG9,示例无此单位有限公司,轴承\n".to_owned(),
        },
        ("/api/v1/postings", _) => {
            let party = if whose == Nobody { "P9" } else { party };
            json!({ "kind": "catalog", "party": party, "fields": { "code": "N1", "title": "齿轮" } }).to_string()
        }
        ("/api/v1/postings/{id}", "put") => json!({ "fields": { "title": "调心轴承" } }).to_string(),
        ("/api/v1/matches", _) => match whose {
            A => json!({ "demand": "P1:procurement:X1", "all": true }).to_string(),
            B | Hidden => json!({ "demand": "P2:procurement:X2", "all": true }).to_string(),
            Nobody => json!({ "demand": "P2:procurement:X9" }).to_string(),
        },
        ("/api/v1/webhooks", _) => json!({ "url": "http://127.0.0.1:9999/" }).to_string(),
        ("/api/v1/jobs", _) => json!({ "what": "match_all" }).to_string(),
        ("/api/v1/intents", _) => match whose {
            A => json!({ "own": "P1:catalog:G1", "other": "P2:procurement:X2" }).to_string(),
            B | Hidden => json!({ "own": "P2:procurement:X2", "other": "P1:catalog:G1" }).to_string(),
            Nobody => json!({ "own": "P2:procurement:X9", "other": "P1:catalog:G1" }).to_string(),
        },
        ("/api/v1/outcomes", _) => {
            let intent = if whose == Nobody { "intent:0".to_owned() } else { world.object("/api/v1/intents", whose) };
            // What a buyer or an organiser confirmed for a day, a supplier may not change.
            let day = EVERYBODY.iter().position(|known| *known == name).map_or(0, |day| day + 1);
            json!({ "intent": intent, "progress": "met", "date": format!("2026-05-{day:02}") }).to_string()
        }
        ("/api/v1/agendas", _) => {
            if whose == A {
                event("P1", "P2")
            } else {
                event("P2", "P3")
            }
        }
        ("/api/v1/agendas/{id}/repair", _) => json!({ "drop_tables": [4] }).to_string(),
        _ => operation["requestBody"]["content"]["application/json"]["example"].to_string(),
    };
    let body = if operation["requestBody"].is_null() { String::new() } else { body };
    (id.clone(), format!("{}{query}", path.replace("{id}", &escape(&id))), body)
}

/// Says whether somebody may act for what is P1's or P2's.
fn acts_for(name: &str, whose: Whose) -> bool {
    match name {
        "party" | "organizer of A" => whose == A,
        "party B" => matches!(whose, B | Hidden),
        "organizer" | "admin" => whose != Nobody,
        _ => false,
    }
}

/// Says whether a request that the role may make is about something that this one may name: if not, it is as if there were
/// no such thing.
fn may_name(path: &str, operation: &Value, name: &str, whose: Whose) -> bool {
    let is_own = acts_for(name, whose);
    let is_party = name.starts_with("party");
    let noun = path.trim_start_matches("/api/v1/").split('/').next().unwrap();
    let has_identifier = path.contains("{id}");
    match noun {
        "chains" => !has_identifier || whose != Nobody,
        "parties" => !has_identifier || whose != Nobody,
        "postings" if operation["x-object"] == "public" => matches!(whose, A | B) || is_own,
        "postings" if operation["x-writes"] == true || has_identifier => is_own,
        "matches" | "dossiers" => is_own,
        // Whoever made it, and who may do everything.
        "jobs" | "imports" if has_identifier => whose != Nobody && (is_party && is_own || name == "admin"),
        // Nobody's but whoever made it.
        "watches" | "webhooks" if has_identifier => is_party && is_own,
        // Both sides', and theirs who look after one of them.
        "intents" if !has_identifier => operation["x-writes"] != true || is_own,
        "intents" | "outcomes" if has_identifier || operation["x-writes"] == true => match whose {
            A => name != "reader",
            B | Hidden => matches!(name, "party B" | "organizer" | "admin"),
            Nobody => false,
        },
        // Who made it and who looks after all; those who take part have their calendars.
        "agendas" if has_identifier => {
            let takes_part = is_party && is_own && path.ends_with("/calendar");
            takes_part || !is_party && is_own
        }
        "keys" if has_identifier => whose != Nobody,
        _ => true,
    }
}

/// Says which statuses a request must be answered with.
fn expected(path: &str, operation: &Value, name: &str, whose: Whose) -> BTreeSet<u16> {
    let may = operation["x-roles"].as_array().unwrap().iter().any(|role| role == name.split(' ').next().unwrap());
    let good = || operation["responses"].as_object().unwrap().keys().filter_map(|status| status.parse().ok());
    let good: BTreeSet<u16> = good().filter(|status| *status < 300).collect();
    match path {
        _ if !may => [403].into(),
        // Rows of others are told of one by one.
        "/api/v1/imports" if !acts_for(name, whose) && name != "organizer" && name != "admin" => [422].into(),
        "/api/v1/imports" => [200].into(),
        // An event with demands of other regions.
        "/api/v1/agendas" if operation["x-writes"] == true && name == "organizer of A" && whose != A => [400].into(),
        _ if !may_name(path, operation, name, whose) => [404].into(),
        _ => good,
    }
}

/// Counts what was asked, by route.
#[derive(Default)]
struct Counts {
    good: usize,
    missing: usize,
    all: usize,
}

#[test]
fn every_route_serves_every_role_as_the_document_declares() {
    let world = World::new();
    let document = ask(world.service.address, "GET", "/api/v1/openapi.json", &[], "").unwrap().json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut counts: BTreeMap<(String, String), Counts> = BTreeMap::new();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            let count = counts.entry((path.clone(), verb.clone())).or_default();
            for whose in [A, B, Hidden, Nobody] {
                for name in EVERYBODY {
                    let status = check(&world, (path, verb, operation), name, whose);
                    count.good += usize::from(status < 300);
                    count.missing += usize::from(status == 404);
                    count.all += 1;
                }
            }
        }
    }
    for ((path, verb), count) in &counts {
        assert_eq!(count.all, 4 * EVERYBODY.len(), "{verb} {path}");
        assert!(count.good > 0, "{verb} {path} was never carried out");
        assert!(count.missing > 0 || !path.contains("{id}"), "{verb} {path} never hid anything");
    }
    let wrong = world.service.ask("GET", "/api/v1/parties", &format!("lqk_{}", "0".repeat(64)), "");
    assert_eq!((wrong.status, wrong.json()["error"]["code"].as_str()), (401, Some("unauthorized")));
    assert!(wrong.head.to_lowercase().contains("www-authenticate: bearer"), "{}", wrong.head);
    assert_eq!(world.ask("admin", "PATCH", "/api/v1/parties", "").status, 405);
    assert_eq!(world.ask("admin", "GET", "/api/v1/nothing", "").status, 404);
}

/// Makes one request without a key and one with; returns the latter's status.
fn check(world: &World, (path, verb, operation): Named<'_>, name: &str, whose: Whose) -> u16 {
    let expected = expected(path, operation, name, whose);
    let (id, target, body) = request(world, (path, verb, operation), name, whose);
    let method = verb.to_uppercase();
    let refused = ask(world.service.address, &method, &target, &[], &body).unwrap();
    assert_eq!(refused.status, 401, "{method} {target}");
    let (status, answer) = if path.ends_with("/stream") {
        // It does not end; whether it begins is what is asked.
        (Events::open(&world.service, &world.keys[name], None).status, String::new())
    } else {
        let bytes = world.service.raw_bytes(
            format!(
                "{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
                world.keys[name],
                body.len()
            )
            .as_bytes(),
        );
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (text.split(' ').nth(1).unwrap().parse().unwrap(), text)
    };
    let what = format!("{name}: {method} {target} ({whose:?}): {status}, not {expected:?}: {answer}");
    assert!(expected.contains(&status), "{what}");
    assert!(operation["responses"].get(status.to_string()).is_some(), "not documented: {what}");
    world.tidy(path, whose, &id);
    // There may only be so many of these.
    if verb == "post" && matches!(path, "/api/v1/webhooks" | "/api/v1/jobs") && status < 300 {
        let made = answer.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap();
        // What still runs is cancelled first, then forgotten.
        while world.ask(name, "DELETE", &format!("{path}/{made}"), "").status != 404 {}
    }
    status
}
