//! The answer to an import.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{FileReport, Problem};

/// `{"as_of", "files": [...]}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportBody {
    as_of: String,
    files: Vec<FileBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FileBody {
    file: String,
    kind: Option<String>,
    rows: usize,
    accepted: usize,
    changed: usize,
    unchanged: usize,
    rejected: usize,
    withdrawn: usize,
    saved: bool,
    assigned: Vec<AssignedBody>,
    problems: Vec<ProblemBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AssignedBody {
    sheet: String,
    row: u32,
    id: String,
}

/// What is wrong with a cell, a row or a table.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ProblemBody {
    sheet: String,
    row: u32,
    column: String,
    value: String,
    code: &'static str,
    message: String,
    suggestion: String,
}

impl ImportBody {
    /// Builds the answer; `as_of` is the day of the request.
    pub fn new(as_of: jiff::civil::Date, reports: &[FileReport]) -> Self {
        Self { as_of: as_of.to_string(), files: reports.iter().map(FileBody::from).collect() }
    }
}

impl From<&FileReport> for FileBody {
    fn from(report: &FileReport) -> Self {
        let assigned = report.assigned.iter().map(|assigned| AssignedBody {
            sheet: assigned.sheet.clone(),
            row: assigned.row,
            id: assigned.id.to_string(),
        });
        Self {
            file: report.file.clone(),
            kind: report.kind.clone(),
            rows: report.rows,
            accepted: report.accepted,
            changed: report.changed,
            unchanged: report.unchanged,
            rejected: report.rejected,
            withdrawn: report.withdrawn,
            saved: report.saved,
            assigned: assigned.collect(),
            problems: report.problems.iter().map(ProblemBody::from).collect(),
        }
    }
}

/// The value of a problem is shown with so many characters at most; the file has the rest.
const VALUE_CHARS_MAX: usize = 200;

/// Cuts a value that is too long to be shown.
fn beginning(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

impl From<&Problem> for ProblemBody {
    fn from(problem: &Problem) -> Self {
        Self {
            sheet: problem.sheet.clone(),
            row: problem.row,
            column: problem.column.clone(),
            value: beginning(&problem.value),
            code: problem.code.code(),
            message: problem.message.clone(),
            suggestion: problem.suggestion.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_shown_in_part() {
        assert_eq!(beginning("钢板"), "钢板");
        let shown = beginning(&"长".repeat(95_132));
        assert_eq!((shown.chars().count(), shown.ends_with('…')), (VALUE_CHARS_MAX + 1, true));
    }
}
