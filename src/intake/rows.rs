//! From a row of a table to a draft of a record: every cell is read by its column's type, and what is wrong with it is
//! said at its place.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::definition::{Column, ColumnType, Definition, Kind};
use crate::intake::header::{Header, HeaderColumn};
use crate::intake::mapping::TableOptions;
use crate::intake::sheet::{Cell, EXAMPLE_ROW_MARK, NOT_CALCULATED, Row};
use crate::model::{Contact, Owner, Problem, ProblemCode, Severity, Uscc};
use crate::normal::{key, normalise};
use crate::text::{Finding, Reading, read_cell};

/// A row of a table, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The row's number, as the user's program counts.
    pub row: u32,
    /// Filled cells by declared column name, contacts and the owner's name and code left out.
    pub cells: BTreeMap<String, String>,
    /// Whom the row belongs to; `None` for kinds that belong to no party.
    pub owner: Option<Owner>,
    /// How to reach somebody; `None` if the table has no columns for it.
    pub contact: Option<Contact>,
    /// What is wrong with it, in column order.
    pub problems: Vec<Problem>,
    /// The row as the table has it, for the workbook of corrections: cells from the first column, which may lack empty
    /// ones at the end; none of a row that cannot be read at all.
    pub written: Vec<Cell>,
}

impl Draft {
    /// Says whether the cell of a column is filled.
    fn has(&self, column: &Column) -> bool {
        match column.column_type {
            ColumnType::PartyName => self.owner.as_ref().is_some_and(|owner| !owner.name.is_empty()),
            ColumnType::Uscc => self.owner.as_ref().is_some_and(|owner| owner.uscc.is_some()),
            ColumnType::Contact => self.contact.as_ref().is_some_and(|c| c.fields.contains_key(&column.name)),
            _ => self.cells.contains_key(&column.name),
        }
    }

    /// Says whether a problem keeps the row out.
    pub fn is_rejected(&self) -> bool {
        self.problems.iter().any(|problem| problem.code.severity() == Severity::Error)
    }
}

/// What a row below the header is.
pub enum RowRead {
    /// Data.
    Draft(Draft),
    /// No data; the notice that says so.
    Note(Problem),
}

enum RowSort {
    Blank,
    Note,
    Data,
}

/// Reads the rows below a header.
pub(super) struct RowReader<'a> {
    /// The sheet's name.
    pub sheet: &'a str,
    /// The declaration.
    pub definition: &'a Definition,
    /// The kind of the records.
    pub kind: &'a Kind,
    /// The header.
    pub header: &'a Header,
    /// How the table is to be read.
    pub options: TableOptions<'a>,
    /// Cells that were read before.
    pub sound: &'a RefCell<Sound>,
}

/// Says whether a column tells whose the row is or which record; a second column of that meaning is not trusted.
fn identifies(column: &Column) -> bool {
    matches!(column.column_type, ColumnType::PartyName | ColumnType::Uscc | ColumnType::Code)
}

/// Beginnings of rows that sum up or explain.
const NOTE_BEGINNINGS: [&str; 9] = ["合计", "总计", "小计", "共计", "注:", "注1", "备注:", "说明:", "填表人"];

/// Cells of a table that nothing was wrong with, by column: what repeats is read once.
#[derive(Default)]
pub(super) struct Sound {
    columns: HashMap<String, HashSet<Box<str>>>,
}

/// Longer cells are hardly ever repeated.
const SOUND_BYTES_MAX: usize = 64;
/// More cells of one column are not remembered.
const SOUND_CELLS_MAX: usize = 4_096;

impl Sound {
    /// Says whether a cell is known to have nothing wrong with it.
    fn has(&self, column: &Column, raw: &str) -> bool {
        raw.len() <= SOUND_BYTES_MAX && self.columns.get(&column.name).is_some_and(|cells| cells.contains(raw))
    }

    fn put(&mut self, column: &Column, raw: &str) {
        if !self.columns.contains_key(&column.name) {
            self.columns.insert(column.name.clone(), HashSet::new());
        }
        let cells = self.columns.get_mut(&column.name).filter(|cells| cells.len() < SOUND_CELLS_MAX);
        if let Some(cells) = cells.filter(|_| raw.len() <= SOUND_BYTES_MAX) {
            cells.insert(raw.into());
        }
    }
}

impl RowReader<'_> {
    /// Reads a row; one that says nothing gives nothing.
    pub(super) fn read(&self, row: Row) -> Option<RowRead> {
        match self.sort_out(&row) {
            RowSort::Blank => None,
            RowSort::Note => Some(RowRead::Note(self.note_row(&row))),
            RowSort::Data => Some(RowRead::Draft(self.read_data(row))),
        }
    }

    /// Tells data from titles of sections, sums, notes, repeated headers and the template's example row.
    fn sort_out(&self, row: &Row) -> RowSort {
        let filled: Vec<(&Cell, Option<&HeaderColumn>)> = row
            .cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(i, cell)| (cell, self.header.columns.get(i)))
            .collect();
        if filled.iter().any(|(cell, _)| cell.text() == EXAMPLE_ROW_MARK) {
            return RowSort::Blank;
        }
        let in_columns = filled.iter().filter(|(_, header)| header.is_none_or(|header| !header.ignored));
        if in_columns.count() == 0 {
            return RowSort::Blank;
        }
        let first = filled.first().map_or("", |(cell, _)| cell.text());
        let all_one = filled.iter().all(|(cell, _)| cell.text() == first);
        let beginning = normalise(first);
        let is_sum_or_note = NOTE_BEGINNINGS.iter().any(|note| beginning.starts_with(note));
        let is_header = filled.len() > 1
            && filled.iter().all(|(cell, header)| header.is_some_and(|h| key(&h.header) == key(cell.text())));
        if is_sum_or_note || is_header || (all_one && row.spanned) {
            return RowSort::Note;
        }
        RowSort::Data
    }

    fn read_data(&self, row: Row) -> Draft {
        let mut draft = Draft {
            row: row.number,
            cells: BTreeMap::new(),
            owner: self.kind.column_of_type(ColumnType::PartyName).map(|_| Owner::default()),
            contact: self.has_contacts().then(Contact::default),
            problems: Vec::new(),
            written: Vec::new(),
        };
        if let [Cell::Error(text)] = row.cells.as_slice()
            && self.header.columns.len() > 1
        {
            let finding = Finding::new(ProblemCode::BadRow, "整行无法读取", "请检查这一行的格式");
            draft.problems.push(self.problem(row.number, "", text, finding));
            return draft;
        }
        for (i, header) in self.header.columns.iter().enumerate() {
            let empty = Cell::Empty;
            let cell = row.cells.get(i).unwrap_or(&empty);
            let Some(column) = &header.column else { continue };
            match cell {
                Cell::Empty => {}
                _ if header.repeats && (draft.has(column) || identifies(column)) => {}
                Cell::Error(text) => {
                    let message = format!("单元格内容是“{text}”，无法读取");
                    let suggestion = if text == NOT_CALCULATED {
                        "请用 Excel 或 WPS 打开文件，保存一次，再导入"
                    } else {
                        "请改成实际的值"
                    };
                    let finding = Finding::new(ProblemCode::CellError, message, suggestion);
                    draft.problems.push(self.problem(row.number, &header.header, text, finding));
                }
                Cell::Text(raw) => self.read_into(&mut draft, column, header, raw),
            }
        }
        let beyond = row.cells.iter().enumerate().skip(self.header.columns.len());
        for (i, cell) in beyond.filter(|(_, cell)| !cell.is_empty()) {
            let finding = Finding::new(ProblemCode::BadRow, format!("第 {} 列没有表头", i + 1), "请检查这一行是否错位");
            draft.problems.push(self.problem(row.number, "", cell.text(), finding));
        }
        self.fill_constants(&mut draft);
        self.fill_fallbacks(&mut draft);
        self.check_required(&mut draft);
        draft.written = row.cells;
        draft
    }

    fn read_into(&self, draft: &mut Draft, column: &Column, header: &HeaderColumn, raw: &str) {
        let raw = self.options.mapping.map_or(raw, |mapping| mapping.rewrite(&column.name, raw)).trim();
        let caption = self.header.caption_unit.as_deref().filter(|_| column.column_type == ColumnType::Money);
        let raw = with_unit(raw, column, header.unit.as_deref().or(caption));
        if !self.sound.borrow().has(column, &raw) {
            let (is_kept, finding) = match read_cell(&raw, column, self.definition, self.options.on) {
                Reading::Empty => (false, None),
                Reading::Known(_) | Reading::Unknown => (true, None),
                Reading::Noted(_, finding) | Reading::Unclear(finding) => (true, Some(finding)),
                Reading::Bad(finding) => (false, Some(finding)),
            };
            match finding {
                Some(finding) => draft.problems.push(self.problem(draft.row, &header.header, &raw, finding)),
                None if is_kept => self.sound.borrow_mut().put(column, &raw),
                None => {}
            }
            if !is_kept {
                return;
            }
        }
        match (column.column_type, &mut draft.owner) {
            (ColumnType::PartyName, Some(owner)) => owner.name = raw,
            (ColumnType::Uscc, Some(owner)) => owner.uscc = Uscc::parse(&normalise(&raw)).ok(),
            (ColumnType::Contact, _) => {
                draft.contact.get_or_insert_default().fields.insert(column.name.clone(), raw);
            }
            _ => {
                draft.cells.insert(column.name.clone(), raw);
            }
        }
    }

    fn fill_constants(&self, draft: &mut Draft) {
        let Some(mapping) = self.options.mapping else { return };
        for (name, value) in &mapping.constants {
            let Some(column) = self.kind.column(name) else { continue };
            let in_table = self.header.columns.iter().flat_map(|h| &h.column).any(|c| c.name == *name);
            if !in_table {
                let header = HeaderColumn {
                    header: column.label.clone(),
                    column: None,
                    repeats: false,
                    ignored: false,
                    unit: column.unit.clone(),
                };
                self.read_into(draft, column, &header, value);
            }
        }
    }

    fn fill_fallbacks(&self, draft: &mut Draft) {
        for column in &self.kind.columns {
            let stand_in = column.falls_back_to.as_ref().and_then(|name| draft.cells.get(name)).cloned();
            if let (Some(text), false) = (stand_in, draft.cells.contains_key(&column.name)) {
                draft.cells.insert(column.name.clone(), text);
            }
        }
    }

    fn check_required(&self, draft: &mut Draft) {
        for column in self.kind.columns.iter().filter(|column| column.required) {
            let named_by_code = column.column_type == ColumnType::PartyName
                && draft.owner.as_ref().is_some_and(|owner| owner.uscc.is_some());
            let filled = draft.has(column) || named_by_code;
            let header = self.header.columns.iter().find(|h| h.column.as_ref().is_some_and(|c| c.name == column.name));
            let header = header.map_or(column.label.as_str(), |h| h.header.as_str());
            let reported = draft.problems.iter().any(|problem| problem.column == header);
            if !filled && !reported {
                let finding =
                    Finding::new(ProblemCode::MissingValue, "必填，不能为空", format!("请填写{}", column.label));
                draft.problems.push(self.problem(draft.row, header, "", finding));
            }
        }
    }

    /// Lists for every column its header and the one that lasts; those that are not read have none.
    pub(super) fn headers(&self) -> Vec<[String; 2]> {
        let both = |header: &HeaderColumn| match header.ignored || header.header.is_empty() {
            true => <[String; 2]>::default(),
            false => [header.header.clone(), self.lasting_header(header)],
        };
        self.header.columns.iter().map(both).collect()
    }

    /// Returns a header that means the same column on its own, without a second row, a mapping or a line above it.
    fn lasting_header(&self, header: &HeaderColumn) -> String {
        let Some(column) = header.column.as_ref().filter(|_| !header.repeats) else { return header.header.clone() };
        let unit = header.unit.as_ref().or(self.header.caption_unit.as_ref()).or(column.unit.as_ref());
        let is_money = column.column_type == ColumnType::Money;
        let says_all = !is_money || header.unit.is_some() || self.header.caption_unit.is_none();
        let bare = header.header.split(['(', '（']).next().unwrap_or("");
        let is_known = self.kind.column_by_header(&key(bare)).is_some_and(|known| known.name == column.name);
        match unit {
            _ if is_known && says_all => header.header.clone(),
            Some(unit) => format!("{}（{unit}）", column.label),
            None => column.label.clone(),
        }
    }

    fn has_contacts(&self) -> bool {
        let mut columns = self.header.columns.iter().filter_map(|header| header.column.as_ref());
        columns.any(|column| column.column_type == ColumnType::Contact)
    }

    /// Returns the header of the owner's name, or the empty string.
    pub(super) fn party_header(&self) -> String {
        let column =
            self.header.columns.iter().find(|header| {
                header.column.as_ref().is_some_and(|column| column.column_type == ColumnType::PartyName)
            });
        column.map(|header| header.header.clone()).unwrap_or_default()
    }

    /// Reports columns that are not read, or only to fill what another leaves empty.
    pub(super) fn unknown_columns(&self) -> impl Iterator<Item = Problem> {
        self.header.columns.iter().filter_map(|header| {
            let finding = match &header.column {
                None if header.ignored => return None,
                None => {
                    let message = format!("{}没有这一列，内容没有导入", self.kind.label);
                    let suggestion = "如需导入，请改用模板中的列名，或用 --mapping 指明";
                    Finding::new(ProblemCode::UnknownColumn, message, suggestion)
                }
                Some(column) if header.repeats => {
                    let message = format!("前面已有一列是“{}”，这一列只补前一列的空格", column.label);
                    Finding::new(ProblemCode::RepeatedColumn, message, "多余的列请删去")
                }
                Some(_) => return None,
            };
            Some(self.problem(0, &header.header, "", finding))
        })
    }

    fn note_row(&self, row: &Row) -> Problem {
        let text = row.cells.iter().map(Cell::text).find(|text| !text.is_empty()).unwrap_or("");
        let finding = Finding::new(ProblemCode::NoteRow, "看作说明、分组或合计行，没有导入", "");
        self.problem(row.number, "", text, finding)
    }

    fn problem(&self, row: u32, column: &str, value: &str, finding: Finding) -> Problem {
        problem(self.sheet, row, column, value, finding)
    }
}

/// Builds a problem about one place of a table.
pub fn problem(sheet: &str, row: u32, column: &str, value: &str, finding: Finding) -> Problem {
    Problem {
        sheet: sheet.to_owned(),
        row,
        column: column.to_owned(),
        value: value.to_owned(),
        code: finding.code,
        message: finding.message,
        suggestion: finding.suggestion,
    }
}

/// Writes the unit behind a bare number, so that the stored text says all by itself: a header's unit goes before the
/// declared one, and neither is added where the cell names a unit, or a currency by its sign (`￥500` is in yuan).
fn with_unit(raw: &str, column: &Column, header_unit: Option<&str>) -> String {
    let has_unit = matches!(column.column_type, ColumnType::Money | ColumnType::Quantity | ColumnType::Percent);
    let unit = header_unit.or(column.unit.as_deref()).filter(|_| has_unit);
    // `(100)` is how bookkeepers write a return.
    let last = raw.trim_end_matches([')', '）']).chars().next_back();
    let is_bare = last.is_some_and(|c| c.is_ascii_digit() || ('０'..='９').contains(&c))
        && !raw.contains(['¥', '￥', '$', '＄', '€']);
    match unit {
        Some(unit) if is_bare => format!("{raw}{unit}"),
        _ => raw.to_owned(),
    }
}
