//! A disk that is full, and a limit of the size of files: writing fails in plain words, reading goes on, what was said
//! to be saved is there, and writing goes on by itself once there is room.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::Place;

/// The size of the disk that is made for the test.
const DISK_BYTES: u64 = 16 * 1024 * 1024;

/// Writes a table of some rows; each takes about 2 KB of the log.
fn write_table(place: &Place, number: usize, rows: usize) -> String {
    let note = "耐高温耐腐蚀".repeat(100);
    let rows: String = (0..rows).map(|row| format!("T{number}-{row},示例阀门有限公司,阀门{row}型,{note}\n")).collect();
    let name = format!("供应目录{number}.csv");
    fs::write(place.folder().join(&name), format!("编号,企业名称,产品名称,产品说明\n{rows}")).unwrap();
    name
}

/// The exit code and what was said.
fn said(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Counts the rows of a table that are there; reading must go on whatever the disk is like.
fn rows_there(place: &Place, number: usize) -> usize {
    let output = place.run(&["--format", "json", "show", "示例阀门有限公司"]);
    let (code, err) = said(&output);
    assert_eq!(code, Some(0), "{err}");
    String::from_utf8_lossy(&output.stdout).matches(&format!(":T{number}-")).count()
}

/// Tries an import, which either is saved and says so, or fails in words that a person can act on.
fn try_import(place: &Place, output: &Output, number: usize, rows: usize) -> bool {
    let (code, err) = said(output);
    assert!(!err.contains("panicked"), "{err}");
    let was_saved = err.contains("（已保存）");
    if code == Some(2) {
        let is_named = err.contains("错误（disk_full）：") || err.contains("错误（io）：");
        assert!(is_named && (err.contains("磁盘已满") || err.contains("磁盘读写失败")), "{err}");
    } else {
        assert!(code == Some(0) && was_saved, "{code:?} {err}");
    }
    let there = rows_there(place, number);
    assert!(there == rows || (there == 0 && !was_saved), "{there} of {rows}, said to be saved: {was_saved}: {err}");
    let found = place.json(0, &["search", "阀门0型", "--top", "1"]);
    assert_eq!(found["found"].as_array().unwrap().len(), 1);
    assert_eq!(place.run(&["verify"]).status.code(), Some(0));
    code == Some(0)
}

/// Lets no file grow beyond a number of blocks of 512 bytes; the signal that would end the process is ignored, as it
/// is for services.
fn limited(place: &Place, blocks: u64, arguments: &[&str]) -> Output {
    let command = place.command(arguments);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.current_dir(place.folder()).output().unwrap()
}

#[test]
fn where_files_may_not_grow_writing_fails_and_reading_goes_on() {
    const ROWS: usize = 60;
    let place = Place::new();
    let first = write_table(&place, 0, 3);
    place.json(0, &["import", &first]);
    let file = write_table(&place, 1, ROWS);
    let mut n_refused = 0;
    // From less than the side files need to enough for all.
    for blocks in [1, 16, 64, 70, 150, 300, 400, 1_000, 4_000] {
        let output = limited(&place, blocks, &["import", &file]);
        n_refused += usize::from(said(&output).0 == Some(2));
        if said(&output).0 == Some(0) && !said(&output).1.contains("（已保存）") {
            // It was saved before, and only its acknowledgement failed.
            assert_eq!(rows_there(&place, 1), ROWS);
            continue;
        }
        try_import(&place, &output, 1, ROWS);
    }
    assert!(n_refused > 2, "only {n_refused} imports were refused");
    place.json(0, &["import", &file]);
    assert_eq!((rows_there(&place, 0), rows_there(&place, 1)), (3, ROWS));
    assert_eq!(place.json(0, &["verify"])["sealed"], true);
}

#[test]
fn a_backup_for_which_there_is_no_room_leaves_nothing() {
    let place = Place::new();
    // More than SQLite keeps in memory, so that it writes files beside the copy.
    let file = write_table(&place, 0, 1_500);
    place.json(0, &["import", &file]);
    let folder = place.folder().join("backups");
    fs::create_dir(&folder).unwrap();
    let left = || fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    for blocks in [1, 100, 2_000, 4_000] {
        let output = limited(&place, blocks, &["backup", "backups/b.sqlite"]);
        assert_eq!(said(&output).0, Some(2), "{blocks}: {}", said(&output).1);
        assert_eq!(left(), Vec::<std::ffi::OsString>::new(), "{blocks}");
    }
    assert_eq!(place.run(&["backup", "backups/b.sqlite"]).status.code(), Some(0));
    assert_eq!(left(), ["b.sqlite"]);
}

/// A small disk of its own at the place's data directory.
struct Disk {
    at: PathBuf,
}

impl Disk {
    /// Makes the disk; `None` where the system does not let this process do so.
    fn new(at: PathBuf) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        let options = format!("size={DISK_BYTES}");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at).output();
        match done {
            Ok(output) if output.status.success() => Some(Self { at }),
            other => {
                // Not by `eprintln`, which the test runner would keep to itself.
                let _ = writeln!(std::io::stderr(), "NOT TRIED: no small disk can be mounted: {other:?}");
                None
            }
        }
    }

    fn filler(&self) -> PathBuf {
        self.at.join("filler")
    }

    /// Fills the disk but for some bytes.
    fn fill(&self, left: u64) {
        let mut filler = File::create(self.filler()).unwrap();
        let block = vec![1; 4096];
        while filler.write_all(&block).is_ok() {}
        let length = filler.metadata().unwrap().len();
        filler.set_len(length.saturating_sub(left)).unwrap();
    }

    fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

#[test]
fn on_a_full_disk_writing_fails_and_reading_goes_on() {
    const ROWS: usize = 40;
    let place = Place::new();
    let Some(disk) = Disk::new(place.data()) else { return };
    let first = write_table(&place, 0, 3);
    place.json(0, &["import", &first]);
    let lefts = [0, 4_096, 40_960, 65_536, 131_072, 200_000, 300_000, 450_000, 700_000];
    let mut refused = Vec::new();
    for (number, left) in (1..).zip(lefts) {
        let file = write_table(&place, number, ROWS);
        disk.fill(left);
        assert_eq!(rows_there(&place, 0), 3, "{left} bytes left: reading goes on");
        let output = place.run(&["import", &file]);
        if !try_import(&place, &output, number, ROWS) {
            let err = said(&output).1;
            assert!(left > 0 || err.contains("disk_full"), "{err}");
            refused.push(number);
        }
        disk.free();
    }
    assert!(refused.len() > 2 && refused.len() < lefts.len(), "refused: {refused:?}");
    // With room again, writing goes on with no other step.
    for number in refused {
        place.json(0, &["import", &format!("供应目录{number}.csv")]);
    }
    for number in 1..=lefts.len() {
        assert_eq!(rows_there(&place, number), ROWS, "table {number}");
    }
    assert_eq!(place.json(0, &["verify"])["sealed"], true);
}
