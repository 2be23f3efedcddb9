//! The program as a process of its own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::clock::{children_seconds, memory, wall};

/// What a run of the program took.
pub struct Run {
    /// Wall time in seconds.
    pub wall: f64,
    /// Processor time in seconds.
    pub processor: f64,
    /// The most memory in KiB, looked at every few milliseconds.
    pub peak: f64,
}

/// Runs the program on a data directory, seen on the province's day. It must find nothing to complain of.
pub fn run(data: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianqiao"));
    command.arg("--data").arg(data).args(["--quiet", "--as-of", "2026-06-01"]).args(arguments).stdout(Stdio::null());
    let before = children_seconds();
    let (peak, wall) = wall(|| {
        let mut child = command.spawn().unwrap();
        let (id, mut peak) = (child.id().to_string(), 0.0_f64);
        while child.try_wait().unwrap().is_none() {
            peak = peak.max(memory(&id, "VmHWM"));
            sleep(Duration::from_millis(2));
        }
        assert!(child.wait().unwrap().success(), "{arguments:?}");
        peak
    });
    Run { wall, processor: children_seconds() - before, peak }
}
