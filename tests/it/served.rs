//! What the command line does, over HTTP: chains and rates, jobs, problem workbooks, searches with counts, agendas; the same
//! answers, and to each only what is its own.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{Service, ask, escape, fetch};
use crate::support::{Place, fixture};

/// Imports a folder's tables and makes keys: an administrator's first, then those asked for.
pub fn place(folder: &str, keys: &[&[&str]]) -> (Place, Vec<String>) {
    let place = Place::new();
    let mut files: Vec<String> = fs::read_dir(fixture(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .filter(|path| path.ends_with(".csv"))
        .collect();
    files.sort();
    let arguments: Vec<&str> = std::iter::once("import").chain(files.iter().map(String::as_str)).collect();
    place.json(0, &arguments);
    let admin: &[&str] = &["--role", "admin"];
    let key = |arguments: &&[&str]| {
        place.json(0, &[&["key", "add"], *arguments].concat())["key"].as_str().unwrap().to_owned()
    };
    let keys = std::iter::once(&admin).chain(keys).map(key).collect();
    (place, keys)
}

/// Waits until a job is no more running.
fn ended(service: &Service, key: &str, id: &str) -> Value {
    let started = Instant::now();
    loop {
        let job = service.ask("GET", &format!("/api/v1/jobs/{id}"), key, "").json();
        if job["state"] != "running" {
            return job;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{job}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A reader, an organiser from elsewhere, and one of the region where the leader is seated.
const CHAIN_KEYS: &[&[&str]] = &[
    &["--role", "reader"],
    &["--role", "organizer", "--region", "青岛市"],
    &["--role", "organizer", "--region", "东营市"],
];

/// Returns the code of a chain of which something falls without a place.
fn falling_chain(place: &Place) -> String {
    let critical = place.json(0, &["chain", "critical"]);
    let has_spend = |one: &Value| one["spend"].as_f64().is_some_and(|spend| spend > 0.0);
    let falls = |chain: &&Value| chain["places"].as_array().unwrap().iter().any(has_spend);
    critical["chains"].as_array().unwrap().iter().find(falls).unwrap()["code"].as_str().unwrap().to_owned()
}

#[test]
fn chains_are_told_as_on_the_command_line() {
    let (place, keys) = place("chain", CHAIN_KEYS);
    let (list, rates) = (place.json(0, &["chain", "list"]), place.json(0, &["chain", "rates"]));
    let chain = falling_chain(&place);
    let svg = place.folder().join("chain.svg");
    place.run(&["chain", "show", &chain, "--svg", svg.to_str().unwrap()]);
    let told = [
        ("/api/v1/chains".to_owned(), list),
        (format!("/api/v1/chains/{}", escape(&chain)), place.json(0, &["chain", "show", &chain])),
        (
            format!("/api/v1/chains/{}/gaps?k=2", escape(&chain)),
            place.json(0, &["chain", "gaps", "--chain", &chain, "--k", "2"]),
        ),
        (
            format!("/api/v1/chains/{}/critical", escape(&chain)),
            place.json(0, &["chain", "critical", "--chain", &chain]),
        ),
        ("/api/v1/rates".to_owned(), rates),
        (
            format!("/api/v1/rates?min_share=0.5&evidence=E2&region={}", escape("青岛市，济南市")),
            place.json(
                0,
                &[
                    "chain",
                    "rates",
                    "--min-share",
                    "0.5",
                    "--evidence",
                    "E2",
                    "--region",
                    "青岛市",
                    "--region",
                    "济南市",
                ],
            ),
        ),
    ];
    let service = Service::start(&place);
    for (path, expected) in &told {
        assert_eq!(service.ask("GET", path, &keys[0], "").json(), *expected, "{path}");
    }
    let picture = fetch(service.address, &format!("/api/v1/chains/{}/picture", escape(&chain)), &keys[1]);
    assert_eq!((picture.0, picture.1), (200, fs::read(svg).unwrap()));
    assert_eq!(service.ask("GET", "/api/v1/chains/%E6%97%A0", &keys[0], "").status, 404);
}

#[test]
fn amounts_of_chains_are_told_to_those_who_may_know_them() {
    let (place, keys) = place("chain", CHAIN_KEYS);
    let rates = place.json(0, &["chain", "rates"]);
    let chain = falling_chain(&place);
    let service = Service::start(&place);
    // A reader, and an organiser from elsewhere, learn who supplies whom, but not for how much.
    let is_money = |rate: &&Value| rate["unit"] == "wan_yuan";
    let n_money = rates["rates"].as_array().unwrap().iter().filter(is_money).count();
    assert!(n_money > 0 && !rates["concentrations"].as_array().unwrap().is_empty(), "{rates}");
    let shown = service.ask("GET", "/api/v1/rates", &keys[1], "").json();
    let all = shown["rates"].as_array().unwrap();
    assert_eq!(all.iter().filter(is_money).count(), 0);
    assert_eq!(all.len() + n_money, rates["rates"].as_array().unwrap().len());
    assert!(
        shown["concentrations"].as_array().unwrap().is_empty() && !shown["withheld"].as_array().unwrap().is_empty()
    );
    assert!(!rates["purchases"].as_array().unwrap().is_empty() && !rates["goals"].as_array().unwrap().is_empty());
    assert_eq!((&shown["purchases"], &shown["goals"]), (&json!([]), &Value::Null));
    assert!(shown["withheld"].as_array().unwrap().contains(&json!("goals")));
    assert_eq!(service.ask("GET", "/api/v1/rates", &keys[2], "").json(), shown);
    // The leader is seated in the third one's region.
    let theirs = service.ask("GET", "/api/v1/rates", &keys[3], "").json();
    let money: Vec<&Value> = theirs["rates"].as_array().unwrap().iter().filter(is_money).collect();
    assert!(!money.is_empty() && money.iter().all(|rate| rates["rates"].as_array().unwrap().contains(rate)));
    assert_eq!(theirs["concentrations"], rates["concentrations"]);
    assert_eq!(theirs["purchases"], rates["purchases"]);
    let refused = service.ask("GET", "/api/v1/rates?min_share=0.5", &keys[1], "");
    assert_eq!(refused.status, 400, "{}", refused.body);
    let bad = service.ask("GET", "/api/v1/rates?evidence=E9", &keys[0], "");
    assert_eq!((bad.status, &bad.json()["error"]["details"][0]["field"]), (400, &"evidence".into()));
    let critical = format!("/api/v1/chains/{}/critical", escape(&chain));
    let spends = |key: &str| {
        let found = service.ask("GET", &critical, key, "").json();
        let of = |name: &str| found["chains"][0][name].as_array().unwrap().clone();
        let fallen: Vec<Value> = of("groups").into_iter().chain(of("places")).collect();
        (fallen.len(), fallen.iter().filter(|one| one["spend"].as_f64().is_some_and(|spend| spend > 0.0)).count())
    };
    assert!(spends(&keys[0]).1 > 0, "there are amounts");
    assert_eq!(spends(&keys[1]), (spends(&keys[0]).0, 0));
}

#[test]
fn a_job_matches_what_its_key_may_match_and_is_nobody_elses() {
    let party: &[&str] = &["--role", "party", "--party", "P1"];
    let (place, keys) = place("agenda", &[party, &["--role", "reader"], &["--role", "party", "--party", "P2"]]);
    let out = place.folder().join("all.jsonl");
    place.json(0, &["match-all", "--top", "3", "--out", out.to_str().unwrap()]);
    let service = Service::start(&place);
    let body = json!({ "what": "match_all", "top": 3 }).to_string();
    let begin = |key: &str| service.ask("POST", "/api/v1/jobs", key, &body);
    let begun = begin(&keys[0]);
    assert_eq!(begun.status, 202, "{}", begun.body);
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    let job = ended(&service, &keys[0], &id);
    assert_eq!((&job["state"], &job["done"]), (&"done".into(), &job["total"]));
    let result = fetch(service.address, &format!("/api/v1/jobs/{id}/result"), &keys[0]);
    assert_eq!((result.0, String::from_utf8(result.1).unwrap()), (200, fs::read_to_string(&out).unwrap()));
    // A party's job has its own demands only, each as a match of one has it.
    let id = begin(&keys[1]).json()["id"].as_str().unwrap().to_owned();
    ended(&service, &keys[1], &id);
    let lines = String::from_utf8(fetch(service.address, &format!("/api/v1/jobs/{id}/result"), &keys[1]).1).unwrap();
    let lists: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!lists.is_empty());
    for list in &lists {
        assert_eq!(list["subject"]["party"]["id"], "P1");
        let ask = json!({ "demand": list["subject"]["id"], "lane": list["lane"], "top": 3 }).to_string();
        assert_eq!(service.ask("POST", "/api/v1/matches", &keys[1], &ask).json(), *list);
    }
    assert_eq!(begin(&keys[2]).status, 403);
    for (method, path) in [("GET", ""), ("GET", "/result"), ("DELETE", "")] {
        let path = format!("/api/v1/jobs/{id}{path}");
        let (foreign, missing) =
            (service.ask(method, &path, &keys[3], ""), service.ask(method, "/api/v1/jobs/J99", &keys[3], ""));
        assert_eq!(foreign.status, 404, "{method} {path}");
        assert_eq!(foreign.body.replace(&id, "J99"), missing.body, "a foreign job is like a missing one");
    }
    assert_eq!(
        service.ask("GET", &format!("/api/v1/jobs/{id}"), &keys[0], "").status,
        200,
        "an administrator sees all"
    );
    assert_eq!(service.ask("DELETE", &format!("/api/v1/jobs/{id}"), &keys[1], "").status, 200);
    assert_eq!(service.ask("GET", &format!("/api/v1/jobs/{id}"), &keys[1], "").status, 404);
    for (body, field) in [(r#"{"what":"nothing"}"#, "what"), (r#"{"what":"match_all","top":0}"#, "top")] {
        let reply = service.ask("POST", "/api/v1/jobs", &keys[0], body);
        assert_eq!((reply.status, &reply.json()["error"]["details"][0]["field"]), (400, &field.into()));
    }
    assert_eq!(service.ask("POST", "/api/v1/jobs", &keys[0], r#"{"what":"match_all","lane":"x"}"#).status, 400);
    assert_eq!(service.stop(), Some(0));
    assert!(!place.data().join("jobs").exists(), "results go with the service");
}

#[test]
fn a_large_table_is_a_job_and_its_repetition_is_given_what_it_gave() {
    let (place, keys) = place("agenda", &[]);
    let mut table = "编号,企业名称,产品名称,产品说明\n".to_owned();
    let filler = "大".repeat(900);
    for number in 0..1_800 {
        table.push_str(&format!("L{number},示例大表有限公司,螺栓,{filler}{number}\n"));
    }
    table.push_str("L9,,没有单位的一行,\n");
    assert!(table.len() > 4 << 20);
    let service = Service::start(&place);
    let bearer = format!("Bearer {}", keys[0]);
    let post = |table: &str| {
        let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", "large")];
        ask(service.address, "POST", "/api/v1/imports?filename=a.csv&kind=catalog", &headers, table).unwrap()
    };
    let begun = post(&table);
    assert_eq!(begun.status, 202, "{}", begun.body);
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    let job = ended(&service, &keys[0], &id);
    assert_eq!((&job["state"], &job["status"]), (&"done".into(), &207.into()), "{job}");
    assert_eq!((&job["done"], &job["total"]), (&1_801.into(), &1_801.into()), "{job}");
    let result = service.ask("GET", &format!("/api/v1/jobs/{id}/result"), &keys[0], "").json();
    assert_eq!((&result["files"][0]["accepted"], &result["files"][0]["rejected"]), (&1_800.into(), &1.into()));
    let again = post(&table);
    assert_eq!((again.status, again.json()), (207, result.clone()));
    assert_eq!(post(&format!("{table}\n")).status, 409);
    let (status, workbook) = fetch(service.address, result["problems_file"].as_str().unwrap(), &keys[0]);
    assert!(status == 200 && workbook.starts_with(b"PK"));
    let page = service.ask("POST", "/api/v1/searches", &keys[0], r#"{"text":"螺栓","top":1}"#).json();
    assert_eq!(page["total"], 1_800);
}

#[test]
fn rows_that_were_kept_out_come_as_a_workbook_that_can_be_imported() {
    let (place, keys) = place("agenda", &[&["--role", "organizer"], &["--role", "reader"]]);
    let service = Service::start(&place);
    let table = "编号,企业名称,产品名称,有效期至\nA1,示例新厂有限公司,轴承,2027-01-01\nA2,示例新厂有限公司,齿轮,某天\n";
    let path = "/api/v1/imports?filename=a.csv&kind=catalog";
    for more in ["&dry_run=true", ""] {
        let reply = service.ask("POST", &format!("{path}&problems=xlsx{more}"), &keys[1], table);
        assert_eq!(reply.status, 207, "{}", reply.body);
        let file = reply.json()["problems_file"].as_str().unwrap().to_owned();
        let (status, workbook) = fetch(service.address, &file, &keys[1]);
        assert_eq!(status, 200);
        fs::write(place.folder().join("改.xlsx"), workbook).unwrap();
        let report = place.json(1, &["import", "改.xlsx", "--dry-run"]);
        assert_eq!(report["files"][0]["problems"][0]["value"], "某天", "{report}");
        assert_eq!(fetch(service.address, &file, &keys[2]).0, 403);
        assert_eq!(fetch(service.address, &file, &keys[0]).0, 200, "an administrator's");
        assert_eq!(service.ask("GET", &file.replace('J', "J9"), &keys[1], "").status, 404);
    }
    assert!(service.ask("POST", path, &keys[1], table).json()["problems_file"].is_null(), "only if it is asked for");
    // No file can be called that.
    let path = format!("/api/v1/imports?kind=catalog&filename={}.csv", "a".repeat(252));
    let refused = service.ask("POST", &path, &keys[1], table);
    assert_eq!((refused.status, &refused.json()["error"]["details"][0]["field"]), (400, &"filename".into()));
    assert_eq!(service.ask("POST", "/api/v1/imports?kind=catalog&filename=", &keys[1], table).status, 400);
}

#[test]
fn a_search_has_pages_filters_and_counts_of_what_all_may_see() {
    let (place, keys) = place("agenda", &[&["--role", "reader"]]);
    let rows = "编号,企业名称,产品名称,备注,状态\nS1,示例轴承有限公司,轴承,暗语甲,有效\nS2,示例轴承有限公司,轴承座,暗语甲,草稿\n\
        S3,示例轴承有限公司,轴承钢,,有效\n";
    fs::write(place.folder().join("a.csv"), rows).unwrap();
    let party = "企业名称,所在地区\n示例轴承有限公司,山东省青岛市\n";
    fs::write(place.folder().join("b.csv"), party).unwrap();
    place.json(0, &["import", "a.csv", "--kind", "catalog"]);
    place.json(0, &["import", "b.csv", "--kind", "party"]);
    let service = Service::start(&place);
    let search = |body: Value| service.ask("POST", "/api/v1/searches", &keys[1], &body.to_string());
    let all = search(json!({ "text": "轴承", "top": 100 })).json();
    let ids = |page: &Value| -> Vec<String> {
        page["found"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let total = all["total"].as_u64().unwrap();
    assert!(total >= 3 && !all.to_string().contains("S2"), "{all}");
    for facet in ["kind", "region", "chain", "tier"] {
        let counts = all["facets"][facet].as_array().unwrap();
        assert!(counts.iter().map(|one| one["count"].as_u64().unwrap()).sum::<u64>() <= total, "{facet}");
        for one in counts {
            let mut body = json!({ "text": "轴承", "top": 100 });
            body[facet] = one["value"].clone();
            assert_eq!(search(body).json()["total"], one["count"], "{facet} {one}");
        }
    }
    let qingdao = all["facets"]["region"].as_array().unwrap().iter().find(|one| one["label"] == "青岛市").unwrap();
    assert!(qingdao["count"].as_u64().unwrap() >= 3, "two postings and the party: {all}");
    assert_eq!(search(json!({ "text": "轴承", "region": "山东省", "kind": "catalog" })).json()["found"][0]["rank"], 1);
    let (mut paged, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = search(json!({ "text": "轴承", "top": 1, "cursor": cursor })).json();
        assert_eq!(page["total"], all["total"]);
        paged.extend(ids(&page));
        cursor = page["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(paged, ids(&all));
    let hidden = search(json!({ "text": "暗语甲" })).json();
    assert!(hidden["found"].as_array().unwrap().iter().all(|one| !one.to_string().contains("S1")), "{hidden}");
    for (name, value) in [("region", "无此地"), ("tier", "无此级"), ("cursor", "x"), ("kind", "无此类")] {
        let mut body = json!({ "text": "轴承" });
        body[name] = value.into();
        assert_eq!(search(body).status, 400, "{name}");
    }
}

#[test]
fn a_thousand_hostile_searches_are_refused_or_answered_in_time() {
    let (place, keys) = place("agenda", &[]);
    let service = Service::start(&place);
    let started = Instant::now();
    let shapes: [fn(usize) -> String; 8] = [
        |n| "(".repeat(n * 7),
        |n| "轴承 ".repeat(n * 10),
        |n| format!("{}轴*承?{}", "*".repeat(n), "?".repeat(n)),
        |n| (0..n * 10).map(|i| format!("词{i} OR ")).collect(),
        |n| format!("title:/({}/ AND [* TO *] ~{n} ^{n}", "a+".repeat(n)),
        |n| "\\\"\u{0}\u{202e}".repeat(n),
        |n| "NOT ".repeat(n) + "轴承",
        |n| "\u{1f469}\u{200d}".repeat(n),
    ];
    for n in 0..1_000_usize {
        let text = shapes[n % shapes.len()](n);
        let body = json!({ "text": text, "chain": text, "kind": Value::Null }).to_string();
        let reply = service.ask("POST", "/api/v1/searches", &keys[0], &body);
        assert!(matches!(reply.status, 200 | 400), "{n}: {} {}", reply.status, reply.body);
    }
    let nested = format!("{{\"text\":{}\"x\"{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(service.ask("POST", "/api/v1/searches", &keys[0], &nested).status, 400);
    let large = json!({ "text": "a".repeat((1 << 20) + 1) }).to_string();
    assert_eq!(service.ask("POST", "/api/v1/searches", &keys[0], &large).status, 413);
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn an_agenda_is_planned_mended_and_shown_to_those_whom_it_concerns() {
    let (place, keys) = place(
        "agenda",
        &[
            &["--role", "organizer"],
            &["--role", "organizer", "--region", "乌鲁木齐市"],
            &["--role", "party", "--party", "P1"],
            &["--role", "party", "--party", "P2"],
        ],
    );
    let text = fs::read_to_string(fixture("agenda/场次.toml")).unwrap();
    fs::write(place.folder().join("场次.toml"), &text).unwrap();
    place.json(0, &["agenda", "plan", "场次.toml", "--out", "out", "--seconds", "1"]);
    let expected: Value = serde_json::from_slice(&fs::read(place.folder().join("out/agenda.json")).unwrap()).unwrap();
    let service = Service::start(&place);
    let created = service.ask("POST", "/api/v1/agendas?seconds=1", &keys[1], &text);
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(created.json()["agenda"], expected);
    let path = format!("/api/v1/agendas/{id}");
    assert_eq!(service.ask("GET", &path, &keys[0], "").json(), created.json());
    for (more, begin) in
        [("/workbook", &b"PK"[..]), ("/page", b"<!DOCTYPE html>"), ("/calendar?party=P1", b"BEGIN:VCALENDAR")]
    {
        let (status, bytes) = fetch(service.address, &format!("{path}{more}"), &keys[1]);
        assert!(status == 200 && bytes.starts_with(begin), "{more}: {status} {:?}", bytes.get(..20));
        assert_eq!(fetch(service.address, &format!("{path}{more}"), &keys[2]).0, 404, "a foreign organiser: {more}");
    }
    let foreign = service.ask("POST", "/api/v1/agendas?seconds=1", &keys[2], &text);
    assert_eq!(foreign.status, 400, "demands of other regions: {}", foreign.body);
    // Those who take part see their own calendar alone.
    let own = fetch(service.address, &format!("{path}/calendar"), &keys[3]);
    assert_eq!((own.0, &own.1), (200, &fetch(service.address, &format!("{path}/calendar?party=P1"), &keys[1]).1));
    assert_eq!(fetch(service.address, &format!("{path}/calendar?party=P2"), &keys[3]).0, 404);
    assert_eq!(fetch(service.address, &path, &keys[3]).0, 403);
    let gone = expected["parties"][0]["name"].as_str().unwrap();
    let loss = json!({ "without": [gone] }).to_string();
    assert_eq!(service.ask("POST", &format!("{path}/repair?seconds=1"), &keys[2], &loss).status, 404);
    let repaired = service.ask("POST", &format!("{path}/repair?seconds=1"), &keys[1], &loss);
    assert!(repaired.status == 200 && !repaired.json()["moves"].as_array().unwrap().is_empty(), "{}", repaired.body);
    for (body, status) in [("{}", 400), (r#"{"without":["无此单位"]}"#, 400), (r#"{"without":1}"#, 400)] {
        assert_eq!(service.ask("POST", &format!("{path}/repair"), &keys[1], body).status, status, "{body}");
    }
    let wrong = service.ask("POST", "/api/v1/agendas", &keys[1], "version = \"1\"\nnothing = 1\n");
    assert_eq!(
        (wrong.status, &wrong.json()["error"]["details"][0]["field"]),
        (422, &"line 2".into()),
        "{}",
        wrong.body
    );
    service.kill();
    let service = Service::start(&place);
    let kept = service.ask("GET", &path, &keys[1], "").json();
    assert_eq!(kept["agenda"]["revision"], 1, "it is there after a restart, as it was mended");
    let listed = |key: &str| service.ask("GET", "/api/v1/agendas", key, "").json()["items"].clone();
    assert_eq!((&listed(&keys[1])[0]["id"], &listed(&keys[1])[0]["name"]), (&json!(id), &expected["name"]));
    assert_eq!((listed(&keys[1]).as_array().unwrap().len(), listed(&keys[2])), (1, json!([])));
    assert_eq!(service.ask("DELETE", &path, &keys[2], "").status, 404);
    assert_eq!(service.ask("DELETE", &path, &keys[1], "").status, 200);
    assert_eq!((service.ask("GET", &path, &keys[1], "").status, listed(&keys[1])), (404, json!([])));
    let next = service.ask("POST", "/api/v1/agendas?seconds=1", &keys[1], &text).json()["id"].clone();
    assert_ne!(next, json!(id), "a number is not used again");
}
