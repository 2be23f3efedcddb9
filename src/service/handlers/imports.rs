//! Imports: small tables within the request, large ones as jobs; and what was kept out, as a workbook.

use std::cell::OnceCell;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::{By, Done, ImportOptions, Imported};
use crate::error::Error;
use crate::model::{Answer, FileReport, Moment, Severity};
use crate::reports::write_corrections;
use crate::service::call::{Call, Handled, answer};
use crate::service::errors::ApiError;
use crate::service::jobs::{Job, JobBody};
use crate::service::limits::{FILE_NAME_BYTES_MAX, IMPORT_AT_ONCE_BYTES_MAX};
use crate::wire::ImportBody;

/// The answer to an import, and where the rows that were kept out can be had.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ImportedBody")]
pub(in crate::service) struct Body {
    #[serde(flatten)]
    import: ImportBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    problems_file: Option<String>,
}

/// What an import is answered with: what became of it, or the job that it is.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only described, never made")]
pub(in crate::service) enum ImportedOrBegun {
    /// It is done.
    Imported(Body),
    /// It goes on.
    Begun(JobBody<'static>),
}

/// Imports a table.
pub(in crate::service) fn import(call: &Call<'_>) -> Handled {
    let name = call.parameter("filename").ok_or_else(|| ApiError::field("filename", "请写明，如 供应目录.xlsx"))?;
    if name.is_empty() || name.contains(['/', '\\', '\0']) || name.starts_with('.') {
        return Err(ApiError::field("filename", "只写文件名，不写目录"));
    }
    if name.len() > FILE_NAME_BYTES_MAX {
        return Err(ApiError::field("filename", format!("最多 {FILE_NAME_BYTES_MAX} 字节")));
    }
    let folder = tempfile::tempdir().map_err(Error::io("创建", std::env::temp_dir()))?;
    let path = folder.path().join(name);
    fs::write(&path, call.body).map_err(Error::io("写入", folder.path()))?;
    let options = ImportOptions {
        kind: call.parameter("kind").map(str::to_owned),
        mapping: None,
        replace: call.is_on("replace"),
        dry_run: call.is_on("dry_run"),
        strict: call.is_on("strict"),
        reader: call.reader.clone(),
    };
    if call.body.len() > IMPORT_AT_ONCE_BYTES_MAX {
        return begin(call, folder, name.to_owned(), options);
    }
    let wants_problems = call.parameter("problems").is_some();
    // Asked for twice: for repetitions of the request, and for itself.
    let file = OnceCell::new();
    let done = |imported: &Imported| {
        let file = file.get_or_init(|| problems_file(call, imported, wants_problems));
        import_answer(imported, name, &call.moment, file.clone())
    };
    call.change(&done, |by| call.engine.import_for(&path, &options, by, &call.moment))
}

fn problems_file(call: &Call<'_>, imported: &Imported, is_wanted: bool) -> Option<String> {
    if !is_wanted || imported.rejected.is_empty() {
        return None;
    }
    // The rows that are in are in, whether or not the others can be given.
    let job = call.state.jobs.note("import", &call.viewer).ok()?;
    write_corrections(&imported.rejected, &job.path("xlsx")).ok()?;
    Some(place_of_problems(&job))
}

fn place_of_problems(job: &Job) -> String {
    format!("/api/v1/imports/{}/problems", job.id())
}

fn import_answer(imported: &Imported, name: &str, moment: &Moment, problems_file: Option<String>) -> Answer {
    // Where the service put the file says nothing to the client.
    let named = |report: &FileReport| FileReport { file: name.to_owned(), ..report.clone() };
    let reports: Vec<FileReport> = imported.reports.iter().map(named).collect();
    let is_whole = reports.iter().all(|report| report.rejected == 0 && report.kind.is_some() && !has_error(report));
    let has_any = reports.iter().any(|report| report.rows > report.rejected);
    let status = if is_whole {
        200
    } else if has_any {
        207
    } else {
        422
    };
    answer(status, &Body { import: ImportBody::new(moment.as_of, &reports), problems_file })
}

/// Says whether something was kept out; rows of a table that lacks a column are not even counted.
fn has_error(report: &FileReport) -> bool {
    report.problems.iter().any(|problem| problem.code.severity() == Severity::Error)
}

/// Begins the import of a large table. Once it is done, a repetition of the request is given what it gave.
fn begin(call: &Call<'_>, folder: tempfile::TempDir, name: String, options: ImportOptions) -> Handled {
    if let Some(once) = call.once.as_ref().filter(|_| !options.dry_run)
        && let Some(before) = call.engine.answer_to(once, &call.moment)?
    {
        return Ok(before);
    }
    let (state, viewer, moment, once) =
        (Arc::clone(call.state), call.viewer.clone(), call.moment.clone(), call.once.clone());
    let work = move |job: &Job| {
        let path = folder.path().join(&name);
        let done = |imported: &Imported| {
            let file = (!imported.rejected.is_empty()).then(|| place_of_problems(job));
            import_answer(imported, &name, &moment, file)
        };
        let is_over = || job.is_over();
        let by = By { viewer: &viewer, once: once.as_ref().map(|once| (once, &done as _)), is_over: &is_over };
        let done_or_before = state.engine.import_for(&path, &options, &by, &moment)?;
        write_result(job, &done_or_before, &done)
    };
    let job = call.state.jobs.begin("import", &call.viewer, call.once.as_ref(), work)?;
    Ok(answer(202, &job.body()))
}

fn write_result(job: &Job, outcome: &Done<Imported>, done: &dyn Fn(&Imported) -> Answer) -> Result<u16, ApiError> {
    let answer = match outcome {
        Done::Before(answer) => answer.clone(),
        Done::Now(imported) => {
            if !imported.rejected.is_empty() {
                write_corrections(&imported.rejected, &job.path("xlsx"))?;
            }
            let n_rows = imported.reports.iter().map(|report| report.rows).sum();
            job.progress(n_rows, n_rows);
            done(imported)
        }
    };
    let path = job.path("jsonl");
    write(&path, &answer.body)?;
    Ok(answer.status)
}

fn write(path: &Path, line: &str) -> Result<(), Error> {
    fs::write(path, format!("{line}\n")).map_err(Error::io("写入", path))
}
