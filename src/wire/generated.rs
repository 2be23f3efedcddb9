//! What inventing a province gave.

use schemars::JsonSchema;
use serde::Serialize;

use crate::province::Invented;

/// `{"seed", "rows", "dirty_rows", "files": [{"file", "kind", "rows"}]}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GeneratedBody<'a> {
    seed: u64,
    rows: usize,
    dirty_rows: usize,
    files: &'a [GeneratedFile],
}

/// One file that was written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GeneratedFile {
    /// Its name in the directory.
    pub file: String,
    /// The kind of its rows.
    pub kind: String,
    /// How many rows it has.
    pub rows: usize,
}

impl<'a> GeneratedBody<'a> {
    /// Builds the answer.
    pub fn new(seed: u64, invented: Invented, files: &'a [GeneratedFile]) -> Self {
        Self { seed, rows: invented.n_rows, dirty_rows: invented.n_dirty, files }
    }
}
