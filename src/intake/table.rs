//! One table, row by row: its first rows are kept until they show the header, and with it the kind; the rows below are
//! read as they come.

use std::cell::RefCell;

use crate::definition::{Column, Definition, Kind};
use crate::intake::header::{HEADER_ROWS_MAX, Header, HeaderError, find_header, missing_required};
use crate::intake::mapping::TableOptions;
use crate::intake::rows::{RowRead, RowReader, Sound, problem};
use crate::intake::sheet::{Row, Sheet};
use crate::model::{Problem, ProblemCode};
use crate::normal::key;
use crate::text::Finding;

/// A table as a whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The sheet's name; empty for formats without sheets.
    pub sheet: String,
    /// The kind; `None` if it cannot be told, and then nothing is read.
    pub kind: Option<String>,
    /// What is wrong with the table as a whole.
    pub problems: Vec<Problem>,
    /// The header of the owner's name in this table, for problems about the party.
    pub party_header: String,
    /// For every column its header, and one that means the same without what stands above it; empty for columns that are
    /// not read.
    pub headers: Vec<[String; 2]>,
    /// Whether the table is a workbook of corrections: rows of other tables, no list of its own.
    pub is_corrections: bool,
}

/// Reads one table.
pub struct TableReader<'a> {
    definition: &'a Definition,
    options: TableOptions<'a>,
    table: Table,
    /// Rows that wait for the header to be found.
    first: Vec<Row>,
    state: State<'a>,
    sound: RefCell<Sound>,
}

enum State<'a> {
    /// The header is not looked for yet.
    Waiting,
    /// Rows are read.
    Found(&'a Kind, Header),
    /// There is no header that would do; the table's problems say why.
    Unusable,
}

/// Headers that only workbooks of corrections have.
const CORRECTIONS_HEADERS: [&str; 2] = ["原表", "原行"];

impl<'a> TableReader<'a> {
    /// Begins the table of a sheet.
    pub fn new(sheet: &str, definition: &'a Definition, options: TableOptions<'a>) -> Self {
        let table = Table { sheet: sheet.to_owned(), ..Table::default() };
        let (first, state, sound) = (Vec::new(), State::Waiting, RefCell::default());
        Self { definition, options, table, first, state, sound }
    }

    /// Returns what is known of the table; all of it once a row has been given back, or after
    /// [`finish`](Self::finish).
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Takes the next row, and gives back what can be read by now.
    pub fn push(&mut self, row: Row) -> Vec<RowRead> {
        if !matches!(self.state, State::Waiting) {
            return self.read(row).into_iter().collect();
        }
        self.first.push(row);
        // A header may have a second row.
        if self.first.len() > HEADER_ROWS_MAX { self.begin() } else { Vec::new() }
    }

    /// Gives back what is left when there are no more rows.
    pub fn finish(&mut self) -> Vec<RowRead> {
        if matches!(self.state, State::Waiting) { self.begin() } else { Vec::new() }
    }

    /// Looks for the header in the first rows, and reads those below it.
    fn begin(&mut self) -> Vec<RowRead> {
        let sheet = Sheet { name: self.table.sheet.clone(), rows: std::mem::take(&mut self.first) };
        self.state = State::Unusable;
        let header = match find_header(&sheet, self.definition, self.options) {
            Ok(header) => header,
            Err(error) => {
                self.table.problems.push(header_problem(&sheet, &error, self.options.kind));
                return Vec::new();
            }
        };
        let kind = self.definition.kind(&header.kind).expect("a header's kind is one of the declaration's");
        self.table.kind = Some(kind.name.clone());
        let missing = missing_required(kind, &header, self.options.mapping);
        self.table.problems.extend(missing.map(|column| missing_column(&sheet.name, kind, column)));
        if !self.table.problems.is_empty() {
            return Vec::new();
        }
        let n_rows = header.n_rows;
        let has = |wanted: &str| header.columns.iter().any(|read| key(&read.header) == key(wanted));
        self.table.is_corrections = CORRECTIONS_HEADERS.into_iter().all(has);
        self.state = State::Found(kind, header);
        if let Some(reader) = self.reader() {
            let (party_header, headers) = (reader.party_header(), reader.headers());
            let problems = reader.unknown_columns().collect();
            self.table = Table { party_header, headers, problems, ..std::mem::take(&mut self.table) };
        }
        sheet.rows.into_iter().skip(n_rows).filter_map(|row| self.read(row)).collect()
    }

    fn reader(&self) -> Option<RowReader<'_>> {
        let State::Found(kind, header) = &self.state else { return None };
        let (sheet, definition, options) = (self.table.sheet.as_str(), self.definition, self.options);
        Some(RowReader { sheet, definition, kind, header, options, sound: &self.sound })
    }

    fn read(&self, row: Row) -> Option<RowRead> {
        self.reader()?.read(row)
    }
}

fn header_problem(sheet: &Sheet, error: &HeaderError, kind: Option<&Kind>) -> Problem {
    let (message, suggestion) = match (error, kind) {
        (HeaderError::NotFound, Some(kind)) => (
            format!("找不到{}的表头", kind.label),
            format!("请用 template {} 生成模板对照列名，或用 --mapping 指明各列", kind.name),
        ),
        (HeaderError::NotFound, None) => (
            "认不出是哪一类表".to_owned(),
            "请用 --kind 指明类别；列名与模板不同的，可用 --suggest-mapping 生成列映射".to_owned(),
        ),
        (HeaderError::Ambiguous(labels), _) => {
            (format!("可能是 {} 中的一类", labels.join("、")), "请用 --kind 指明，或把工作表改名为类别名".to_owned())
        }
    };
    let row = sheet.rows.first().map_or(0, |row| row.number);
    problem(&sheet.name, row, "", "", Finding::new(ProblemCode::UnknownKind, message, suggestion))
}

fn missing_column(sheet: &str, kind: &Kind, column: &Column) -> Problem {
    let message = format!("{}须有“{}”列", kind.label, column.label);
    let suggestion = format!(
        "请加上这一列，或在 --mapping 文件中指明：[columns] {0} = \"表头\"，整表相同时用 [constants] {0} = \"值\"",
        column.name
    );
    problem(sheet, 0, &column.label, "", Finding::new(ProblemCode::MissingColumn, message, suggestion))
}
