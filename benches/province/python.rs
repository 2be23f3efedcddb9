//! The peers in Python, in a process that waits for its turn: `benches/peers/peers.py` reads the same weighed terms from
//! files, and answers each request with one number.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lianqiao::RecordId;
use lianqiao::internals::{Posting, Vector};

/// The process.
pub struct Python {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts the peers on the files in a folder.
    pub fn start(python: &Path, folder: &Path) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/peers.py");
        let mut command = Command::new(python);
        command.arg(script).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (requests, answers) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, requests, answers }
    }

    /// Asks for one number.
    pub fn ask(&mut self, request: &str) -> f64 {
        writeln!(self.requests.as_mut().unwrap(), "{request}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().parse().unwrap_or_else(|_| panic!("{request}: {answer}"))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It ends at the end of its requests.
        drop(self.requests.take());
        self.child.wait().unwrap();
    }
}

/// Writes the weighed terms of both sides as compressed sparse rows, little-endian: `SIDE.starts` and `SIDE.terms` of 32
/// bits, `SIDE.weights` of 16. Terms are numbered by their hashes, over both sides.
pub fn write_weights(folder: &Path, supplies: &[(Posting, Vector)], demands: &[(RecordId, Vector)]) {
    let sides = [
        ("supplies", supplies.iter().map(|(_, vector)| vector).collect::<Vec<_>>()),
        ("demands", demands.iter().map(|(_, vector)| vector).collect()),
    ];
    let keys = sides.iter().flat_map(|(_, rows)| rows).flat_map(|row| row.entries().map(|(key, _)| key));
    let mut keys: Vec<u64> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    let numbers: BTreeMap<u64, u32> = keys.into_iter().zip(0..).collect();
    for (side, rows) in sides {
        let (mut starts, mut terms, mut weights) = (vec![0_u32], Vec::new(), Vec::new());
        for (key, weight) in rows.iter().flat_map(|row| row.entries()) {
            terms.extend(numbers[&key].to_le_bytes());
            weights.extend(weight.to_le_bytes());
        }
        for row in rows {
            starts.push(starts.last().unwrap() + u32::try_from(row.entries().len()).unwrap());
        }
        let starts: Vec<u8> = starts.into_iter().flat_map(u32::to_le_bytes).collect();
        for (part, bytes) in [("starts", starts), ("terms", terms), ("weights", weights)] {
            fs::write(folder.join(format!("{side}.{part}")), bytes).unwrap();
        }
    }
}
