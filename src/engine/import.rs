//! Importing files: read, plan, write, report. One file is one transaction: when its report says saved, all of its good
//! rows are on disk.

use std::ops::ControlFlow;
use std::path::Path;

use jiff::civil::Date;

use crate::definition::{Definition, Kind};
use crate::engine::Engine;
use crate::engine::place::Whose;
use crate::engine::plan::{FilePlan, ImportOptions};
use crate::engine::posting::{By, Done};
use crate::error::{Error, Result, system_reason};
use crate::intake::{
    HEADER_ROWS_MAX, Mapping, Piece, Sheet, TableOptions, find_header, first_row_header, read_tables, suggest_mapping,
};
use crate::model::{Contact, FileReport, Moment, Problem, ProblemCode, Reach, RecordId, RejectedRow, Viewer};
use crate::store::Log;

/// What importing one file gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// One report for each kind in the file, in order of appearance.
    pub reports: Vec<FileReport>,
    /// The rows kept out.
    pub rejected: Vec<RejectedRow>,
}

impl Engine {
    /// Imports one file. Good rows go in, bad ones are reported; the same file again changes nothing. Memory: what is
    /// accepted, and a bounded part of what is not.
    ///
    /// # Errors
    /// If the mapping or the log cannot be used; a file that cannot be read is a problem in the report.
    pub fn import(&self, path: &Path, options: &ImportOptions, moment: &Moment) -> Result<Imported> {
        match self.import_for(path, options, &By::viewer(&Viewer::operator()), moment)? {
            Done::Now(imported) => Ok(imported),
            Done::Before(_) => Err(Error::Request("没有幂等键的请求不会重复".to_owned())),
        }
    }

    /// Imports one file for a viewer: rows of parties that it may not act for are kept out, whether or not there are such
    /// parties, and a key of one party changes its postings only. Who looks after a region may bring parties that are in it.
    ///
    /// # Errors
    /// As [`import`](Self::import).
    pub fn import_for(
        &self,
        path: &Path,
        options: &ImportOptions,
        by: &By<'_, Imported>,
        moment: &Moment,
    ) -> Result<Done<Imported>> {
        let mapping = options.mapping.as_deref().map(|path| Mapping::load(path, &self.definition)).transpose()?;
        let asked = options.kind.as_deref().or(mapping.as_ref().map(|mapping| mapping.kind.as_str()));
        let kind = asked.map(|name| self.definition.find_kind(name)).transpose()?;
        let hint = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let table_options = TableOptions { kind, hint: &hint, mapping: mapping.as_ref(), on: moment.as_of };
        let (writer, catalogue) = match options.dry_run {
            true => (None, self.snapshot().catalogue),
            false => self.writer().map(|(writer, catalogue)| (Some(writer), catalogue))?,
        };
        if writer.is_some()
            && let Some(answer) = self.repeated(by, moment)?
        {
            return Ok(Done::Before(answer));
        }
        let log = match Log::open_again(&self.directory) {
            // A rehearsal before the first import.
            Err(Error::NoData { .. }) => None,
            opened => Some(opened?),
        };
        let stored_contact = |id: &RecordId| match (catalogue.record(id), &log) {
            (Some(_), Some(log)) => log.contact(id),
            _ => Ok(Contact::default()),
        };
        let mut plan = FilePlan::new(path, &self.definition, &catalogue, table_options, options);
        let may_change = |kind: &Kind, whose: Whose<'_>| {
            let is_own_business = match by.viewer.reach {
                Reach::Party(_) => kind.role.is_posting(),
                _ => !kind.tells_of_others,
            };
            is_own_business
                && match whose {
                    Whose::Known(party) => self.reaches(&catalogue, Some(party), by.viewer),
                    Whose::New(seat) => seat.is_some_and(|seat| self.reaches_seat(seat, by.viewer)),
                    // It was allowed to be brought; a party's own key brings none.
                    Whose::Brought => true,
                    Whose::Unclear => self.reaches(&catalogue, None, by.viewer),
                }
        };
        if by.viewer.reach != Reach::All {
            plan.keep_to(&may_change);
        }
        let mut refusal = Ok(());
        let read = read_tables(path, options.reader.as_deref(), &mut |piece| {
            refusal = if (by.is_over)() { Err(Error::Cancelled) } else { plan.take(piece, &stored_contact) };
            if refusal.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        refusal?;
        let reason = match read {
            Ok(()) => plan.finish(&stored_contact)?,
            Err(Error::UnreadableFile { reason, .. }) => Some(reason),
            Err(Error::Io { source, .. }) => Some(system_reason(&source)),
            Err(other) => return Err(other),
        };
        if let Some(reason) = reason {
            return Ok(Done::Now(unreadable(path, reason)));
        }
        let (changes, contacts) = plan.changes();
        let has_news = !changes.is_empty() || !contacts.is_empty();
        let is_kept_out = options.strict && plan.has_rejected();
        let mut imported = Imported { reports: plan.reports, rejected: plan.rejected };
        if let (true, false, Some(writer)) = (has_news, is_kept_out, writer) {
            self.count_probes(&catalogue, &changes, by.viewer, moment)?;
            imported.reports.iter_mut().for_each(|report| report.saved = report.kind.is_some());
            let subject = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            let asides = by.asides("import", &subject, &imported);
            self.commit(writer, changes, &contacts, &asides, moment)?;
        }
        Ok(Done::Now(imported))
    }
}

/// Drafts a mapping for a file: recognised columns as they are, the others to be filled in. `reader` is as in
/// [`ImportOptions`].
///
/// # Errors
/// If the file cannot be read, or no sheet of it fits a kind.
pub fn draft_mapping(
    definition: &Definition,
    path: &Path,
    kind: Option<&str>,
    on: Date,
    reader: Option<&Path>,
) -> Result<String> {
    let kind = kind.map(|name| definition.find_kind(name)).transpose()?;
    let hint = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let options = TableOptions { kind, hint: &hint, mapping: None, on };
    for sheet in first_rows(path, reader)?.iter().filter(|sheet| !sheet.rows.is_empty()) {
        let found = find_header(sheet, definition, options).ok();
        let header = found.or_else(|| first_row_header(sheet, definition, kind?));
        if let Some(header) = header {
            return Ok(suggest_mapping(definition.find_kind(&header.kind)?, &header));
        }
    }
    let reason = "认不出表头；请用 --kind 指明类别".to_owned();
    Err(Error::UnreadableFile { path: path.to_path_buf(), reason })
}

/// Reads as many rows of every sheet as a header is looked for in.
fn first_rows(path: &Path, reader: Option<&Path>) -> Result<Vec<Sheet>> {
    let mut sheets: Vec<Sheet> = Vec::new();
    read_tables(path, reader, &mut |piece| {
        match (piece, sheets.last_mut()) {
            (Piece::Sheet(name), _) => sheets.push(Sheet { name, rows: Vec::new() }),
            (Piece::Row(row), Some(sheet)) if sheet.rows.len() <= HEADER_ROWS_MAX => sheet.rows.push(row),
            (Piece::Row(_), _) => {}
        }
        ControlFlow::Continue(())
    })?;
    Ok(sheets)
}

fn unreadable(path: &Path, reason: String) -> Imported {
    let problem = Problem {
        sheet: String::new(),
        row: 0,
        column: String::new(),
        value: String::new(),
        code: ProblemCode::UnreadableFile,
        message: reason,
        suggestion: String::new(),
    };
    let file = path.display().to_string();
    let report = FileReport { file, problems: vec![problem], ..FileReport::default() };
    Imported { reports: vec![report], rejected: Vec::new() }
}
