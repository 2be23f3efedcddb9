//! Runs the program in a directory of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The day on which the fixtures take place.
pub const DAY: &str = "2026-06-01";

/// A data directory that is removed when the test ends.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// Makes an empty place.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Returns the folder, for files of the test's own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the data directory.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Prepares the program with the data directory and the fixtures' day.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lianqiao"));
        command.current_dir(self.folder.path()).env_remove("LIANQIAO_DATA");
        command.arg("--data").arg(self.data()).args(["--as-of", DAY]).args(arguments);
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the program for JSON and checks its exit code.
    pub fn json(&self, code: i32, arguments: &[&str]) -> Value {
        let output = self.run(&[&["--format", "json", "--quiet"], arguments].concat());
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Imports a table of a kind, all of whose rows are good.
    pub fn import(&self, kind: &str, text: &str) {
        std::fs::write(self.folder().join("表.csv"), text).unwrap();
        self.json(0, &["import", "表.csv", "--kind", kind]);
    }

    /// Makes a key and returns it.
    #[cfg(feature = "service")]
    pub fn key(&self, arguments: &[&str]) -> String {
        let made = self.json(0, &[&["key", "add"], arguments].concat());
        made["key"].as_str().unwrap().to_owned()
    }

    /// Makes keys for the first three parties, an organiser and a reader.
    #[cfg(feature = "service")]
    pub fn keys(&self) -> Vec<String> {
        let party = |id| vec!["--role", "party", "--party", id];
        let made = [party("P1"), party("P2"), party("P3"), vec!["--role", "organizer"], vec!["--role", "reader"]];
        made.map(|arguments| self.key(&arguments)).into()
    }
}

/// Returns the path of a fixture.
pub fn fixture(path: &str) -> String {
    format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// Lists the files below a folder.
pub fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { files.push(path) }
        }
    }
    files
}

/// Numbers that only look random (`SplitMix64`).
pub struct Numbers(pub u64);

impl Numbers {
    /// Returns the next number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Returns the next one as an index of a slice of so many items.
    pub fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }
}

/// Copies a data directory, so that one import serves many damages.
pub fn copy(from: &Place) -> Place {
    let to = Place::new();
    for path in walk(&from.data()) {
        let target = to.data().join(path.strip_prefix(from.data()).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(path, target).unwrap();
    }
    to
}
