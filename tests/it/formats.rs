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

#[test]
fn a_backup_becomes_the_same_data_and_a_damaged_one_is_refused() {
    let place = Place::new();
    for file in ["01-主体.csv", "02-资质.csv", "10-采购需求.csv", "20-供应目录.csv"] {
        place.json(0, &["import", &fixture(&format!("procurement/{file}"))]);
    }
    assert_eq!(place.run(&["backup", "备份.sqlite"]).status.code(), Some(0));
    assert_eq!(place.run(&["backup", "备份.sqlite"]).status.code(), Some(2), "an old backup is never overwritten");
    let command = ["match", "--demand", "XQ-1", "--all"];
    let before = place.run(&command).stdout;
    assert_eq!(place.run(&["--data", "新目录", "restore", "备份.sqlite"]).status.code(), Some(0));
    assert_eq!(place.run(&[&["--data", "新目录"], &command[..]].concat()).stdout, before);
    assert_eq!(place.run(&["restore", "备份.sqlite"]).status.code(), Some(2), "data are never overwritten");
    let backup = place.folder().join("备份.sqlite");
    let mut bytes = fs::read(&backup).unwrap();
    let text = "钢帘线".as_bytes();
    let at = bytes.windows(text.len()).position(|window| window == text).unwrap();
    bytes[at] ^= 1;
    fs::write(&backup, bytes).unwrap();
    let output = place.run(&["--data", "坏目录", "restore", "备份.sqlite"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("damaged"));
    assert!(!place.folder().join("坏目录/log.sqlite").exists());
}
