//! What the service answers to requests that are not quite as they should be: the right status at once, in words that the
//! reader of the interface knows, and the same words for the same mistake.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{Reply, Service, ask};
use crate::support::Place;

/// A service with a party that has a posting, and the keys of an administrator and of the party.
fn world() -> (Place, Service, String, String) {
    let place = Place::new();
    place.import("party", "企业名称,所在地区\n示例甲有限公司,山东省济南市\n");
    place.import("catalog", "编号,企业名称,产品名称,产业链\nG1,示例甲有限公司,轴承,自拟一链\n");
    let (admin, party) = (place.key(&["--role", "admin"]), place.key(&["--role", "party", "--party", "P1"]));
    let service = Service::start(&place);
    (place, service, admin, party)
}

/// Tells which part of a request an answer complains of.
fn field(reply: &Reply) -> Value {
    assert_eq!(reply.status, 400, "{}", reply.body);
    reply.json()["error"]["details"][0]["field"].clone()
}

#[test]
fn a_table_of_which_nothing_goes_in_is_no_success() {
    let (_place, service, admin, _) = world();
    for more in ["", "&dry_run=true"] {
        let path = format!("/api/v1/imports?filename=a.csv&kind=link_survey{more}");
        let reply = service.ask("POST", &path, &admin, "产业链,环节\n轮胎,钢帘线\n");
        assert_eq!(reply.json()["files"][0]["problems"][0]["code"], "missing_column", "{}", reply.body);
        assert_eq!(reply.status, 422, "{}", reply.body);
    }
    // What deserves a look keeps nothing out.
    let table = "编号,企业名称,产品名称,无此列\nG2,示例甲有限公司,齿轮,x\n";
    let reply = service.ask("POST", "/api/v1/imports?filename=a.csv&kind=catalog", &admin, table);
    assert_eq!(reply.json()["files"][0]["problems"][0]["code"], "unknown_column", "{}", reply.body);
    assert_eq!(reply.status, 200, "{}", reply.body);
}

#[test]
fn what_says_that_it_is_too_large_is_not_waited_for() {
    let (_place, service, admin, _) = world();
    for (path, length) in
        [("searches", 2_000_000_u64), ("searches", 99_999_999_999_999), ("imports?filename=a.csv", 1 << 40)]
    {
        let started = Instant::now();
        let head = format!(
            "POST /api/v1/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {admin}\r\nContent-Length: {length}\r\n\r\n{{"
        );
        let answer = service.raw(head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("too_large"), "{path} {length}: {answer}");
        assert!(started.elapsed() < Duration::from_secs(10), "{path} {length}: {:?}", started.elapsed());
    }
}

#[test]
fn a_method_that_is_not_served_is_told_which_are() {
    let (_place, service, admin, _) = world();
    for (method, path, allowed) in [
        ("PATCH", "/api/v1/parties", "GET, HEAD"),
        ("DELETE", "/api/v1/postings", "GET, HEAD, POST"),
        ("GET", "/api/v1/searches", "POST"),
        ("HEAD", "/api/v1/searches", "POST"),
        ("HEAD", "/api/v1/alerts/stream", "GET"),
        ("POST", "/livez", "GET, HEAD"),
        ("PUT", "/", "GET, HEAD"),
    ] {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {admin}\r\n\r\n"
        );
        let answer = service.raw(head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 405"), "{method} {path}: {answer}");
        let allow = answer.lines().find_map(|line| line.strip_prefix("allow: "));
        assert_eq!(allow, Some(allowed), "{method} {path}: {answer}");
    }
}

#[test]
fn what_can_be_got_can_be_asked_for_without_its_body() {
    let (_place, service, admin, _) = world();
    for path in ["/", "/livez", "/metrics", "/api/v1/openapi.json", "/api/v1/parties", "/api/v1/parties/P1"] {
        let ask = |method: &str| {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {admin}\r\n\r\n"
            );
            service.raw(head.as_bytes())
        };
        let (head, body) = (ask("HEAD"), ask("GET").split_once("\r\n\r\n").unwrap().1.to_owned());
        assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{path}: {head}");
        assert_eq!(head.matches("\r\n\r\n").count(), 1, "{path}: {head}");
        assert!(!body.is_empty(), "{path}");
    }
    let foreign = service.raw(b"HEAD /api/v1/parties HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(foreign.starts_with("HTTP/1.1 401"), "{foreign}");
}

#[test]
fn what_is_wrong_with_json_is_told_in_chinese() {
    let (_place, service, admin, _) = world();
    for (body, named) in [
        (r#"{"txt":"轴承"}"#, Some("txt")),
        ("{}", Some("text")),
        (r#"{"text":"轴承","text":"齿轮"}"#, Some("text")),
        (r#"{"text":1}"#, None),
        (r#"{"text":"轴承","top":-1}"#, None),
        (r#"["轴承",null,null,null,null,null,null]"#, None),
        ("\"轴承\"", None),
        (r#"{"text":"#, None),
        (r#"{"text":"轴承"} x"#, None),
        ("", None),
        ("{'text':1}", None),
    ] {
        let reply = service.ask("POST", "/api/v1/searches", &admin, body);
        assert_eq!(reply.status, 400, "{body}: {}", reply.body);
        let told = reply.json();
        assert_eq!(told["error"]["code"], "bad_request", "{body}: {told}");
        let message = told["error"]["message"].as_str().unwrap().replace(named.unwrap_or("JSON"), "");
        let message = message.replace("JSON", "");
        assert!(!message.chars().any(|c| c.is_ascii_alphabetic()), "{body}: {message}");
        assert_eq!(told["error"]["details"][0]["field"].as_str(), named, "{body}: {told}");
    }
    let fine = service.ask("POST", "/api/v1/searches", &admin, "\n {\"text\":\"轴承\"}\n");
    assert_eq!(fine.status, 200, "{}", fine.body);
}

#[test]
fn the_same_mistake_has_the_same_answer_everywhere() {
    let (_place, service, admin, party) = world();
    let lists = [
        ("parties?", &admin),
        ("postings?kind=catalog&", &admin),
        ("postings?kind=catalog&party=P1&", &admin),
        ("intents?", &admin),
        ("outcomes?", &admin),
        ("watches?", &party),
        ("agendas?", &admin),
    ];
    for cursor in ["x", "P1", "P1:procurement:G1", "catalog"] {
        let (body, mut told) = (json!({ "text": "轴承", "cursor": cursor }).to_string(), Vec::new());
        told.push(("searches", service.ask("POST", "/api/v1/searches", &admin, &body)));
        // That is one which a list of parties gives.
        let lists = lists.iter().filter(|(list, _)| cursor != "P1" || *list != "parties?");
        told.extend(
            lists.map(|(list, key)| (*list, service.ask("GET", &format!("/api/v1/{list}cursor={cursor}"), key, ""))),
        );
        for (list, reply) in &told {
            assert_eq!((reply.status, &reply.body), (400, &told[0].1.body), "{list} {cursor}");
        }
    }
    // A chain that nobody ever named is a mistake; one that a posting names is not.
    let search = |chain: &str, text: &str| {
        let body = json!({ "text": text, "chain": chain }).to_string();
        service.ask("POST", "/api/v1/searches", &admin, &body)
    };
    let rates = service.ask("GET", "/api/v1/rates?chain=x", &admin, "");
    assert_eq!((search("x", "轴承").status, search("x", "轴承").body), (400, rates.body));
    assert_eq!(search("自拟一链", "轴承").json()["total"], 1);
    assert_eq!(search("自拟一链", "齿轮").json()["total"], 0);
    assert_eq!(search("轮胎", "轴承").json()["total"], 0);
}

#[test]
fn a_header_is_called_by_its_name() {
    let (_place, service, admin, party) = world();
    let bearer = format!("Bearer {party}");
    let headers = [("Authorization", bearer.as_str()), ("Last-Event-ID", "abc")];
    let reply = ask(service.address, "GET", "/api/v1/alerts/stream", &headers, "").unwrap();
    assert_eq!(field(&reply), "Last-Event-ID");
    let reply = service.ask("GET", "/api/v1/alerts?after=abc", &party, "");
    assert_eq!(field(&reply), "after");
    drop(admin);
}

#[test]
fn the_number_of_a_job_is_not_used_again() {
    let (place, service, admin, _) = world();
    let table = "编号,企业名称,产品名称,有效期至\nA1,示例甲有限公司,轴承,某天\n";
    let path = "/api/v1/imports?filename=a.csv&kind=catalog&dry_run=true&problems=xlsx";
    let file = |service: &Service| {
        let reply = service.ask("POST", path, &admin, table);
        reply.json()["problems_file"].as_str().unwrap().to_owned()
    };
    let before = file(&service);
    service.kill();
    let service = Service::start(&place);
    assert_eq!(service.ask("GET", &before, &admin, "").status, 404);
    assert_ne!(file(&service), before);
    assert_eq!(service.ask("GET", &before, &admin, "").status, 404, "it is not another one's");
}

#[test]
fn a_backup_that_is_asked_for_several_times_at_once_is_made_once() {
    let (place, service, admin, _) = world();
    let headers = [("Authorization", format!("Bearer {admin}")), ("Idempotency-Key", "once".to_owned())];
    let asked = || {
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        ask(service.address, "POST", "/api/v1/backups", &headers, "").unwrap()
    };
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..12).map(|_| scope.spawn(asked)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for reply in &replies {
        assert_eq!((reply.status, &reply.body), (201, &replies[0].body));
    }
    assert_eq!(std::fs::read_dir(place.data().join("backups")).unwrap().count(), 1);
}
