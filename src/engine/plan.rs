//! What importing one file would do, planned row by row as the file is read: reports, changes, and the rows kept out.
//! Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::catalogue::Catalogue;
use crate::definition::{ColumnType, Definition, Kind};
use crate::engine::chains::Mentioned;
use crate::engine::place::{MayChange, Placement, Planner};
use crate::error::Result;
use crate::intake::{Cell, Draft, GUIDE_SHEET, Piece, RowRead, Table, TableOptions, TableReader};
use crate::model::{Assigned, Change, Contact, FileReport, PartyId, Problem, ProblemCode, RecordId, RejectedRow};

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
    /// The program (this one, or the command line) that reads workbooks in a process of its own, with limits of memory
    /// and time in proportion to the file: whoever takes files from others sets it. Without it this process reads them;
    /// a hostile one can then take its memory, and end it.
    pub reader: Option<PathBuf>,
}

/// How many bytes of memory the problems and the rejected rows of one file may take, roughly. Whoever has more of them
/// corrects these first.
const LISTED_BYTES: usize = 32 << 20;
/// What a listed text takes beside its bytes.
const TEXT_BYTES: usize = 48;

/// Asks for the stored contact of a record.
type StoredContact<'a> = dyn Fn(&RecordId) -> Result<Contact> + 'a;

/// The plan of one file.
pub(super) struct FilePlan<'a> {
    path: &'a Path,
    file: String,
    definition: &'a Definition,
    catalogue: &'a Catalogue,
    table_options: TableOptions<'a>,
    options: &'a ImportOptions,
    planner: Planner<'a>,
    /// The sheet whose first row is still to come.
    sheet: Option<String>,
    open: Option<OpenTable<'a>>,
    has_tables: bool,
    has_unread_table: bool,
    whole_lists: BTreeMap<String, WholeList>,
    listed_bytes: usize,
    /// The record that the last row is, if it goes in.
    placed: Option<RecordId>,
    mentioned: Mentioned,
    /// One report for each kind in the file, in order of appearance.
    pub reports: Vec<FileReport>,
    /// The rows kept out.
    pub rejected: Vec<RejectedRow>,
}

/// The table that is being read.
struct OpenTable<'a> {
    reader: TableReader<'a>,
    notes: Vec<Problem>,
    problems: Vec<Problem>,
    n_unlisted: usize,
}

impl<'a> FilePlan<'a> {
    /// Begins the plan of a file against the stored state.
    pub(super) fn new(
        path: &'a Path,
        definition: &'a Definition,
        catalogue: &'a Catalogue,
        table_options: TableOptions<'a>,
        options: &'a ImportOptions,
    ) -> Self {
        let file =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        Self {
            path,
            definition,
            catalogue,
            table_options,
            options,
            planner: Planner::new(definition, catalogue, &file, table_options.on),
            file,
            sheet: None,
            open: None,
            has_tables: false,
            has_unread_table: false,
            whole_lists: BTreeMap::new(),
            listed_bytes: 0,
            placed: None,
            mentioned: Mentioned::default(),
            reports: Vec::new(),
            rejected: Vec::new(),
        }
    }

    /// Takes every row for one of this party's.
    pub(super) fn act_for(&mut self, party: PartyId) {
        self.planner.owner = Some(party);
    }

    /// Keeps out the rows of kinds and parties, unknown ones too, of which `may_change` says no.
    pub(super) fn keep_to(&mut self, may_change: &'a MayChange<'a>) {
        self.planner.may_change = Some(may_change);
    }

    /// Returns the record that the last row is; `None` if it was kept out.
    pub(super) fn placed(&self) -> Option<&RecordId> {
        self.placed.as_ref()
    }

    /// Takes the next piece of the file.
    ///
    /// # Errors
    /// Those of `stored_contact`.
    pub(super) fn take(&mut self, piece: Piece, stored_contact: &StoredContact<'_>) -> Result<()> {
        match piece {
            Piece::Sheet(name) => {
                self.end_table(stored_contact)?;
                let wanted = self.wanted_sheet();
                self.sheet =
                    Some(name).filter(|name| name != GUIDE_SHEET && wanted.is_none_or(|wanted| name == wanted));
            }
            Piece::Row(row) => {
                if let Some(name) = self.sheet.take() {
                    let reader = TableReader::new(&name, self.definition, self.table_options);
                    self.open = Some(OpenTable { reader, notes: Vec::new(), problems: Vec::new(), n_unlisted: 0 });
                    self.has_tables = true;
                }
                if let Some(mut open) = self.open.take() {
                    let read = open.reader.push(row);
                    self.place(&mut open, read, stored_contact)?;
                    self.open = Some(open);
                }
            }
        }
        Ok(())
    }

    /// Takes the end of the file; returns in Chinese why there is nothing in it.
    ///
    /// # Errors
    /// Those of `stored_contact`.
    pub(super) fn finish(&mut self, stored_contact: &StoredContact<'_>) -> Result<Option<String>> {
        self.end_table(stored_contact)?;
        if !self.has_tables {
            let missing = |name| format!("没有名为“{name}”的工作表");
            return Ok(Some(self.wanted_sheet().map_or("文件中没有数据".to_owned(), missing)));
        }
        let unknown = self.mentioned.problem(self.definition, self.catalogue);
        if let Some(report) = self.reports.iter_mut().find(|report| report.kind.as_deref() == Some("product_input")) {
            report.problems.extend(unknown);
        }
        if self.options.replace {
            self.whole_lists.values_mut().for_each(|list| list.has_unread_rows |= self.has_unread_table);
            withdraw_absent(&mut self.planner, &mut self.reports, std::mem::take(&mut self.whole_lists));
        }
        Ok(None)
    }

    /// Takes out what would be appended to the log, in order, and the contacts to be stored.
    pub(super) fn changes(&mut self) -> (Vec<Change>, Vec<(RecordId, Contact)>) {
        (std::mem::take(&mut self.planner.changes), std::mem::take(&mut self.planner.contacts))
    }

    /// Says whether anything of the file is kept out.
    pub(super) fn has_rejected(&self) -> bool {
        self.reports.iter().any(|report| report.rejected > 0 || report.kind.is_none())
    }

    fn wanted_sheet(&self) -> Option<&'a str> {
        self.table_options.mapping.and_then(|mapping| mapping.sheet.as_deref())
    }

    fn end_table(&mut self, stored_contact: &StoredContact<'_>) -> Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let read = open.reader.finish();
        self.place(&mut open, read, stored_contact)?;
        let table = open.reader.table();
        match &table.kind {
            Some(kind) => {
                let list = self.whole_lists.entry(kind.clone()).or_default();
                let lacks_column = table.problems.iter().any(|p| p.code == ProblemCode::MissingColumn);
                list.has_unread_rows |= lacks_column || table.is_corrections;
            }
            None => self.has_unread_table = true,
        }
        let unlisted = (open.n_unlisted > 0).then(|| unlisted(&table.sheet, open.n_unlisted));
        let report = self.report_of(table);
        report.problems.extend(table.problems.iter().cloned());
        report.problems.extend(open.notes.into_iter().chain(open.problems).chain(unlisted));
        Ok(())
    }

    /// Places the rows that were read of a table.
    fn place(
        &mut self,
        open: &mut OpenTable<'a>,
        read: Vec<RowRead>,
        stored_contact: &StoredContact<'_>,
    ) -> Result<()> {
        let definition = self.definition;
        let table = open.reader.table();
        let Some(kind) = table.kind.as_deref().and_then(|name| definition.kind(name)) else { return Ok(()) };
        for row in read {
            match row {
                RowRead::Note(note) => {
                    if self.has_room(&[], std::slice::from_ref(&note)) {
                        open.notes.push(note);
                    } else {
                        open.n_unlisted += 1;
                    }
                }
                RowRead::Draft(draft) => {
                    let (problems, rejected) = self.place_draft(kind, table, draft, stored_contact)?;
                    let cells = rejected.as_ref().map_or(&[][..], |row| &row.cells);
                    if self.has_room(cells, &problems) {
                        open.problems.extend(problems);
                        self.rejected.extend(rejected);
                    } else {
                        open.n_unlisted += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// Places one row; returns its problems and, if it is kept out, the row.
    fn place_draft(
        &mut self,
        kind: &Kind,
        table: &Table,
        mut draft: Draft,
        stored_contact: &StoredContact<'_>,
    ) -> Result<(Vec<Problem>, Option<RejectedRow>)> {
        // Placing a row takes its cells.
        let needs_name = kind.role.is_posting() && !has_own_code(kind, &draft);
        let placement = if draft.is_rejected() {
            Placement::Rejected
        } else {
            self.mentioned.take(&kind.name, &draft);
            self.planner.place(kind, table, &mut draft, stored_contact)?
        };
        if self.options.dry_run {
            // A rehearsal only counts them.
            drop(self.changes());
        }
        count(self.report_of(table), &placement);
        self.placed = placement.record().cloned();
        let rejected = match placement {
            Placement::Rejected => {
                if self.options.replace {
                    let would_be = self.planner.would_be(kind, &draft);
                    self.whole_lists.entry(kind.name.clone()).or_default().spare(would_be);
                }
                Some(rejected_row(kind, &self.file, table, &draft))
            }
            Placement::New(id) | Placement::Changed(id) | Placement::Unchanged(id) => {
                let party = id.party().map(|party| self.catalogue.parties().canonical(party));
                self.whole_lists.entry(kind.name.clone()).or_default().parties.extend(party);
                if needs_name {
                    let assigned = Assigned { sheet: table.sheet.clone(), row: draft.row, id };
                    self.report_of(table).assigned.push(assigned);
                }
                None
            }
        };
        Ok((draft.problems, rejected))
    }

    /// Says whether what is wrong with a row can still be listed; once something cannot, nothing can.
    fn has_room(&mut self, cells: &[(String, String)], problems: &[Problem]) -> bool {
        let of_cell = |(header, raw): &(String, String)| header.len() + raw.len() + 2 * TEXT_BYTES;
        let of_problem = |problem: &Problem| {
            let texts = [&problem.sheet, &problem.column, &problem.value, &problem.message, &problem.suggestion];
            texts.into_iter().map(|text| text.len() + TEXT_BYTES).sum::<usize>()
        };
        self.listed_bytes += cells.iter().map(of_cell).chain(problems.iter().map(of_problem)).sum::<usize>();
        problems.is_empty() || self.listed_bytes <= LISTED_BYTES
    }

    fn report_of(&mut self, table: &Table) -> &mut FileReport {
        let reports = &mut self.reports;
        let place = reports.iter().position(|report| report.kind == table.kind).unwrap_or(reports.len());
        if place == reports.len() {
            let kind = table.kind.as_ref().and_then(|name| self.definition.kind(name));
            reports.push(FileReport {
                file: self.path.display().to_string(),
                kind: table.kind.clone(),
                kind_label: kind.map_or_else(String::new, |kind| kind.label.clone()),
                ..FileReport::default()
            });
        }
        reports.get_mut(place).expect("the report was found or has just been pushed")
    }
}

/// Says how many rows are not listed.
fn unlisted(sheet: &str, n_rows: usize) -> Problem {
    Problem {
        sheet: sheet.to_owned(),
        row: 0,
        column: String::new(),
        value: String::new(),
        code: ProblemCode::Unlisted,
        message: format!("问题太多，另有 {n_rows} 行的没有列出"),
        suggestion: "请先改正已列出的，再导入一次".to_owned(),
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
        let renamed = table.headers.iter().find(|[header, _]| *header == problem.column);
        let column = renamed.map_or_else(|| problem.column.clone(), |[_, lasting]| lasting.clone());
        Problem { column, ..problem }
    };
    let texts = draft.written.iter().map(Cell::text).chain(std::iter::repeat(""));
    let cells =
        table.headers.iter().zip(texts).filter(|([header, _], _)| !header.is_empty() && !draft.written.is_empty());
    RejectedRow {
        kind: kind.label.clone(),
        file: file.to_owned(),
        sheet: table.sheet.clone(),
        row: draft.row,
        cells: cells.map(|([_, lasting], text)| (lasting.clone(), text.to_owned())).collect(),
        problems: draft.problems.iter().cloned().map(lasting).collect(),
    }
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
