//! Agendas that the service made are as safe as all else that it acknowledged: they come back with a backup, damage to
//! them is found, and a request that is repeated makes no second one.

use std::fs;

use serde_json::Value;

use crate::http::{Reply, Service, ask};
use crate::served;
use crate::support::{Place, fixture};

/// Imports the parties of an event, and makes keys of an administrator and an organiser.
fn place() -> (Place, String, String) {
    let (place, keys) = served::place("agenda", &[&["--role", "organizer"]]);
    let [admin, organizer] = <[String; 2]>::try_from(keys).unwrap();
    (place, admin, organizer)
}

const PLAN: &str = "/api/v1/agendas?seconds=1";

/// Plans the event of the fixtures.
fn plan(service: &Service, key: &str) -> Reply {
    service.ask("POST", PLAN, key, &fs::read_to_string(fixture("agenda/场次.toml")).unwrap())
}

/// Plans the event of the fixtures, as a request that may be repeated.
fn plan_once(service: &Service, key: &str) -> Reply {
    let event = fs::read_to_string(fixture("agenda/场次.toml")).unwrap();
    let bearer = format!("Bearer {key}");
    let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", "one")];
    ask(service.address, "POST", PLAN, &headers, &event).unwrap()
}

fn listed(service: &Service, key: &str) -> usize {
    service.ask("GET", "/api/v1/agendas", key, "").json()["items"].as_array().unwrap().len()
}

#[test]
fn agendas_come_back_with_a_backup() {
    let (place, admin, organizer) = place();
    let service = Service::start(&place);
    let made = plan(&service, &organizer);
    assert_eq!(made.status, 201, "{}", made.body);
    let removed = plan(&service, &organizer).json()["id"].as_str().unwrap().to_owned();
    assert_eq!(service.ask("DELETE", &format!("/api/v1/agendas/{removed}"), &organizer, "").status, 200);
    let backup = service.ask("POST", "/api/v1/backups", &admin, "");
    assert_eq!(backup.status, 201, "{}", backup.body);
    let file = place.data().join(backup.json()["file"].as_str().unwrap());
    drop(service);
    let other = Place::new();
    let file = file.to_str().unwrap();
    assert_eq!(other.run(&["restore", file]).status.code(), Some(0));
    assert_eq!(other.json(0, &["verify"])["agendas"], 1);
    let service = Service::start(&other);
    let path = format!("/api/v1/agendas/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(service.ask("GET", &path, &organizer, "").json(), made.json());
    assert_eq!(service.ask("GET", &format!("/api/v1/agendas/{removed}"), &organizer, "").status, 404);
    let next = plan(&service, &organizer).json()["id"].clone();
    assert_eq!(next, "A3", "the number of a removed one is not used again");
    drop(service);
    // A backup of which one letter of an agenda is another is refused.
    let mut bytes = fs::read(file).unwrap();
    let text = br#""meetings""#;
    let at = bytes.windows(text.len()).position(|window| window == text).unwrap();
    bytes[at + 1] = b'M';
    let damaged = other.folder().join("damaged.sqlite");
    fs::write(&damaged, bytes).unwrap();
    let third = Place::new();
    let output = third.run(&["restore", damaged.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("damaged") && told.contains("议程"), "{told}");
}

#[test]
fn a_request_for_an_agenda_that_is_repeated_makes_no_second_one() {
    let (place, _, organizer) = place();
    let service = Service::start(&place);
    let made = plan_once(&service, &organizer);
    service.kill();
    let service = Service::start(&place);
    let again = plan_once(&service, &organizer);
    assert_eq!((again.status, again.body), (made.status, made.body.clone()));
    let path = format!("/api/v1/agendas/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(listed(&service, &organizer), 1);
    let trail: Value = place.json(0, &["key", "trail"]);
    assert!(trail.to_string().contains("keep_agenda"), "who made it is on the trail: {trail}");
    let bearer = format!("Bearer {organizer}");
    let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", "gone")];
    let remove = || ask(service.address, "DELETE", &path, &headers, "").unwrap();
    let first = remove();
    assert_eq!(first.status, 200, "{}", first.body);
    let second = remove();
    assert_eq!((second.status, second.body), (first.status, first.body));
    assert_eq!(listed(&service, &organizer), 0);
}
