//! Logs of released versions are opened for ever.

use std::fs;

use crate::support::{Place, fixture};

#[test]
fn the_log_of_the_first_release_is_read() {
    let place = Place::new();
    fs::create_dir(place.data()).unwrap();
    fs::copy(fixture("formats/1.sqlite"), place.data().join("log.sqlite")).unwrap();
    let report = place.json(0, &["verify"]);
    assert_eq!((&report["parties"], &report["records"]), (&18.into(), &61.into()));
    let answer = place.json(0, &["match", "--demand", "XQ-1"]);
    assert_eq!(answer["matches"][0]["id"], "P2:catalog:GY-03");
    let shown = place.json(0, &["show", "P16:catalog:GY-14", "--history"]);
    assert_eq!(shown["state"], "withdrawn");
    assert_eq!(shown["history"].as_array().unwrap().len(), 2);
}
