//! Access keys on the command line: shown once, kept as a hash, checked, backed up, revoked.

use std::fs;

use serde_json::Value;

use crate::support::{Place, fixture, walk};

fn place_with_parties() -> Place {
    let place = Place::new();
    place.json(0, &["import", &fixture("procurement/01-主体.csv")]);
    place
}

#[test]
fn a_secret_is_shown_once_and_kept_nowhere() {
    let place = place_with_parties();
    let made = place.json(0, &["key", "add", "--role", "party", "--party", "P2", "--expires", "2026-12-31"]);
    let secret = made["key"].as_str().unwrap();
    assert_eq!((&made["id"], &made["role"], &made["party"]), (&"K1".into(), &"party".into(), &"P2".into()));
    assert_eq!((secret.len(), made["expires"].as_str()), (68, Some("2026-12-31")));
    let other = place.json(0, &["key", "add", "--role", "organizer", "--region", "济南市"]);
    assert_eq!((&other["id"], &other["region"]), (&"K2".into(), &"370100".into()));
    assert_ne!(other["key"], made["key"]);
    let listed = place.json(0, &["key", "list"]);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains(secret));
    for file in walk(&place.data()) {
        let bytes = fs::read(&file).unwrap();
        let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!is_there, "{}", file.display());
    }
}

#[test]
fn role_party_and_region_must_go_together() {
    let place = place_with_parties();
    for (arguments, told) in [
        (vec!["--role", "party"], "bad_request"),
        (vec!["--role", "party", "--party", "查无此人"], "not_found"),
        (vec!["--role", "admin", "--party", "P1"], "bad_request"),
        (vec!["--role", "party", "--party", "P1", "--region", "济南市"], "bad_request"),
        (vec!["--role", "reader", "--region", "济南市"], "bad_request"),
        (vec!["--role", "organizer", "--region", "没有的地方"], "bad_request"),
        (vec!["--role", "king"], "bad_arguments"),
    ] {
        let output = place.run(&[&["key", "add"], &arguments[..]].concat());
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && err.contains(told), "{arguments:?}: {err}");
    }
    assert_eq!(place.json(0, &["key", "list"])["keys"], Value::Array(Vec::new()));
}

#[test]
fn keys_and_trail_survive_backup_restore_and_verify() {
    let place = place_with_parties();
    place.json(0, &["key", "add", "--role", "admin"]);
    place.json(0, &["key", "add", "--role", "reader"]);
    assert_eq!(place.run(&["key", "revoke", "K1"]).status.code(), Some(0));
    assert_eq!(place.run(&["key", "revoke", "K1"]).status.code(), Some(2), "it is revoked already");
    assert_eq!(place.run(&["key", "revoke", "K9"]).status.code(), Some(2), "there is no such key");
    place.json(0, &["verify"]);
    assert_eq!(place.run(&["backup", "备份.sqlite"]).status.code(), Some(0));
    assert_eq!(place.run(&["--data", "新目录", "restore", "备份.sqlite"]).status.code(), Some(0));
    let at = |command: &[&str]| place.json(0, &[&["--data", "新目录"], command].concat());
    let keys = at(&["key", "list"]);
    assert!(keys["keys"][0]["revoked"].is_string() && keys["keys"][1]["revoked"].is_null(), "{keys}");
    assert_eq!(keys, place.json(0, &["key", "list"]));
    let trail = at(&["key", "trail"]);
    let actions: Vec<&str> =
        trail["traces"].as_array().unwrap().iter().map(|trace| trace["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["revoke_key", "add_key", "add_key", "import"]);
    at(&["verify"]);
}

#[test]
fn a_log_of_the_first_release_takes_keys() {
    let place = Place::new();
    fs::create_dir(place.data()).unwrap();
    fs::copy(fixture("formats/1.sqlite"), place.data().join("log.sqlite")).unwrap();
    assert_eq!(place.json(0, &["key", "list"])["keys"], Value::Array(Vec::new()));
    place.json(0, &["key", "add", "--role", "party", "--party", "P2"]);
    assert_eq!(place.json(0, &["key", "list"])["keys"][0]["party"], "P2");
    assert_eq!(place.json(0, &["verify"])["records"], 61);
}
