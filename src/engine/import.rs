//! Importing files: read, place, write, report. One file is one transaction: when its report says saved, all of its
//! good rows are on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::definition::{ColumnType, Definition, Kind};
use crate::engine::Engine;
use crate::engine::place::{Placement, Planner};
use crate::error::{Error, Result, system_reason};
use crate::intake::{
    Draft, GUIDE_SHEET, Mapping, Table, TableOptions, find_header, first_row_header, read_table, read_tables,
    suggest_mapping,
};
use crate::model::{Assigned, Contact, FileReport, Moment, PartyId, Problem, ProblemCode, RecordId, RejectedRow};
use crate::store::Log;

/// How files are imported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// The kind that the user asks for.
    pub kind: Option<String>,
    /// The user's mapping file.
    pub mapping: Option<PathBuf>,
    /// Whether each file is the whole list of its parties, so that what it lacks is withdrawn.
    pub replace: bool,
    /// Whether to report only.
    pub dry_run: bool,
    /// Whether one rejected row keeps its whole file out.
    pub strict: bool,
}

/// What importing one file gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// One report for each kind in the file, in order of appearance.
    pub reports: Vec<FileReport>,
    /// The rows kept out.
    pub rejected: Vec<RejectedRow>,
}

impl Engine {
    /// Imports one file. Good rows go in, bad ones are reported; the same file again changes nothing.
    ///
    /// # Errors
    /// If the mapping or the log cannot be used; a file that cannot be read is a problem in the report.
    pub fn import(&self, path: &Path, options: &ImportOptions, moment: &Moment) -> Result<Imported> {
        let mapping = options.mapping.as_deref().map(|path| Mapping::load(path, &self.definition)).transpose()?;
        let asked = options.kind.as_deref().or(mapping.as_ref().map(|mapping| mapping.kind.as_str()));
        let kind = asked.map(|name| self.definition.find_kind(name)).transpose()?;
        let file =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        let sheets = match read_tables(path) {
            Ok(sheets) => sheets,
            Err(Error::UnreadableFile { reason, .. }) => return Ok(unreadable(path, reason)),
            Err(Error::Io { source, .. }) => return Ok(unreadable(path, system_reason(&source))),
            Err(other) => return Err(other),
        };
        let wanted = mapping.as_ref().and_then(|mapping| mapping.sheet.as_deref());
        let hint = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let table_options = TableOptions { kind, hint: &hint, mapping: mapping.as_ref(), on: moment.as_of };
        let tables: Vec<Table> = sheets
            .iter()
            .filter(|sheet| {
                !sheet.rows.is_empty() && sheet.name != GUIDE_SHEET && wanted.is_none_or(|name| sheet.name == name)
            })
            .map(|sheet| read_table(sheet, &self.definition, table_options))
            .collect();
        if tables.is_empty() {
            let what = wanted.map_or("文件中没有数据".to_owned(), |name| format!("没有名为“{name}”的工作表"));
            return Ok(unreadable(path, what));
        }
        self.import_tables(path, &file, tables, options, moment)
    }

    fn import_tables(
        &self,
        path: &Path,
        file: &str,
        tables: Vec<Table>,
        options: &ImportOptions,
        moment: &Moment,
    ) -> Result<Imported> {
        let mut writer = if options.dry_run { None } else { Some(self.writer()?) };
        let catalogue = self.snapshot().catalogue;
        let log = match Log::open_for_reading(&self.directory) {
            // A rehearsal before the first import.
            Err(Error::NoData { .. }) => None,
            opened => Some(opened?),
        };
        let stored_contact = |id: &RecordId| match (catalogue.record(id), &log) {
            (Some(_), Some(log)) => log.contact(id),
            _ => Ok(Contact::default()),
        };
        let mut planner = Planner::new(&self.definition, &catalogue, file, moment.as_of);
        let mut reports = Vec::new();
        let mut rejected = Vec::new();
        let mut whole_lists: BTreeMap<String, WholeList> = BTreeMap::new();
        let mut has_unread_table = false;
        for mut table in tables {
            let report = report_of(&mut reports, path, &table, &self.definition.kinds);
            report.problems.extend(table.problems.iter().cloned());
            let Some(kind) = table.kind.as_deref().and_then(|name| self.definition.kind(name)) else {
                has_unread_table = true;
                continue;
            };
            let list = whole_lists.entry(kind.name.clone()).or_default();
            let lacks_column = table.problems.iter().any(|p| p.code == ProblemCode::MissingColumn);
            list.has_unread_rows |= lacks_column || table.is_corrections;
            for mut draft in std::mem::take(&mut table.drafts) {
                let placement = if draft.is_rejected() {
                    Placement::Rejected
                } else {
                    planner.place(kind, &table, &mut draft, stored_contact)?
                };
                count(report, &placement);
                match placement {
                    Placement::Rejected => {
                        list.spare(planner.would_be(kind, &draft));
                        rejected.push(rejected_row(kind, file, &table, &draft));
                    }
                    Placement::New(id) | Placement::Changed(id) | Placement::Unchanged(id) => {
                        list.parties.extend(id.party().map(|party| catalogue.parties().canonical(party)));
                        if kind.role.is_posting() && !has_own_code(kind, &draft) {
                            report.assigned.push(Assigned { sheet: table.sheet.clone(), row: draft.row, id });
                        }
                    }
                }
                report.problems.extend(draft.problems);
            }
        }
        if options.replace {
            whole_lists.values_mut().for_each(|list| list.has_unread_rows |= has_unread_table);
            withdraw_absent(&mut planner, &mut reports, whole_lists);
        }
        let refused = options.strict && reports.iter().any(|report| report.rejected > 0 || report.kind.is_none());
        let has_news = !planner.changes.is_empty() || !planner.contacts.is_empty();
        if let (true, false, Some(writer)) = (has_news, refused, &mut writer) {
            let (changes, contacts) = (planner.changes, planner.contacts);
            self.commit(writer, changes, &contacts, moment)?;
            reports.iter_mut().for_each(|report| report.saved = report.kind.is_some());
        }
        Ok(Imported { reports, rejected })
    }
}

fn count(report: &mut FileReport, placement: &Placement) {
    report.rows += 1;
    let counter = match placement {
        Placement::New(_) => &mut report.accepted,
        Placement::Changed(_) => &mut report.changed,
        Placement::Unchanged(_) => &mut report.unchanged,
        Placement::Rejected => &mut report.rejected,
    };
    *counter += 1;
}

fn has_own_code(kind: &Kind, draft: &Draft) -> bool {
    kind.column_of_type(ColumnType::Code).is_none_or(|column| draft.cells.contains_key(&column.name))
}

fn rejected_row(kind: &Kind, file: &str, table: &Table, draft: &Draft) -> RejectedRow {
    let lasting = |problem: Problem| {
        let renamed = draft.renamed.iter().find(|(header, _)| *header == problem.column);
        let column = renamed.map_or_else(|| problem.column.clone(), |(_, lasting)| lasting.clone());
        Problem { column, ..problem }
    };
    RejectedRow {
        kind: kind.label.clone(),
        file: file.to_owned(),
        sheet: table.sheet.clone(),
        row: draft.row,
        cells: draft.original.clone(),
        problems: draft.problems.iter().cloned().map(lasting).collect(),
    }
}

/// Drafts a mapping for a file: recognised columns as they are, the others to be filled in.
///
/// # Errors
/// If the file cannot be read, or no sheet of it fits a kind.
pub fn draft_mapping(definition: &Definition, path: &Path, kind: Option<&str>, on: Date) -> Result<String> {
    let kind = kind.map(|name| definition.find_kind(name)).transpose()?;
    let hint = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let options = TableOptions { kind, hint: &hint, mapping: None, on };
    for sheet in read_tables(path)?.iter().filter(|sheet| !sheet.rows.is_empty()) {
        let found = find_header(sheet, definition, options).ok();
        let header = found.or_else(|| first_row_header(sheet, definition, kind?));
        if let Some(header) = header {
            return Ok(suggest_mapping(definition.find_kind(&header.kind)?, &header));
        }
    }
    let reason = "认不出表头；请用 --kind 指明类别".to_owned();
    Err(Error::UnreadableFile { path: path.to_path_buf(), reason })
}

/// What a file says about whole lists of one kind.
#[derive(Default)]
struct WholeList {
    parties: BTreeSet<PartyId>,
    spared: BTreeSet<RecordId>,
    /// Whether a row was kept out that may be any stored record.
    has_unread_rows: bool,
}

impl WholeList {
    fn spare(&mut self, would_be: Option<RecordId>) {
        match would_be {
            Some(id) => {
                self.spared.insert(id);
            }
            None => self.has_unread_rows = true,
        }
    }
}

/// Withdraws what whole lists lack; a list with a row that could not be identified withdraws nothing.
fn withdraw_absent(planner: &mut Planner<'_>, reports: &mut [FileReport], lists: BTreeMap<String, WholeList>) {
    for (kind, list) in lists {
        let Some(report) = reports.iter_mut().find(|report| report.kind.as_deref() == Some(kind.as_str())) else {
            continue;
        };
        if list.has_unread_rows {
            report.problems.push(Problem {
                sheet: String::new(),
                row: 0,
                column: String::new(),
                value: String::new(),
                code: ProblemCode::ReplaceSkipped,
                message: "有不能认定的行或工作表，或这是改正工作簿，没有撤回任何旧信息".to_owned(),
                suggestion: "请在原表中改正后，再以 --replace 导入原表".to_owned(),
            });
            continue;
        }
        report.withdrawn = planner.withdraw_absent(&kind, &list.parties, &list.spared);
    }
}

fn report_of<'a>(
    reports: &'a mut Vec<FileReport>,
    path: &Path,
    table: &Table,
    kinds: &BTreeMap<String, Kind>,
) -> &'a mut FileReport {
    let place = reports.iter().position(|report| report.kind == table.kind).unwrap_or(reports.len());
    if place == reports.len() {
        let label =
            table.kind.as_ref().and_then(|name| kinds.get(name)).map_or(String::new(), |kind| kind.label.clone());
        reports.push(FileReport {
            file: path.display().to_string(),
            kind: table.kind.clone(),
            kind_label: label,
            ..FileReport::default()
        });
    }
    reports.get_mut(place).expect("the report was found or has just been pushed")
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
