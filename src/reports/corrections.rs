//! Writes the rows that import kept out as a workbook that a person corrects and imports again: one sheet for each
//! kind, the cells as the table had them, what is wrong marked and said beside them.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use rust_xlsxwriter::{Color, Format, FormatAlign, IgnoreError, Workbook, Worksheet, XlsxError};

use crate::error::Error;
use crate::model::{Problem, RejectedRow};
use crate::reports::template::{
    column_width, header_format, new_workbook, note, row_height, save, sheet_name, truncate, workbook_error,
};

/// The headers of the columns that the workbook adds, which import ignores: the messages, the suggestions, the file and
/// sheet, and the row there.
pub const ADDED_HEADERS: [&str; 4] = ["问题", "建议", "原表", "原行"];

/// The widths of the added columns.
const ADDED_WIDTHS: [u16; 4] = [50, 40, 24, 8];
/// How many rows go on one sheet; Excel holds a few more.
const SHEET_ROWS: usize = 1_000_000;
/// How long a cell may be; a limit of Excel. Longer ones are cut, which their problem says.
const CELL_CHARS: usize = 32_767;
/// How long a note on a cell may be; the column of problems holds the rest.
const NOTE_CHARS: usize = 1000;
/// How many cells of a sheet get a note; Excel slows down with many of them.
const SHEET_NOTES: usize = 5000;
/// How many rows are looked at to find the width of a column.
const WIDTH_ROWS: usize = 100;

const HEADER_BLUE: Color = Color::RGB(0x00DD_EBF7);
const HEADER_RED: Color = Color::RGB(0x00F4_B084);
const BAD_RED: Color = Color::RGB(0x00FF_C7CE);

/// Writes the rejected rows, in the order given, grouped by kind. Same rows, same bytes.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written, [`Error::Workbook`] for more columns than a sheet holds.
pub fn write_corrections(rows: &[RejectedRow], path: &Path) -> Result<(), Error> {
    let workbook = build(rows).map_err(workbook_error)?;
    save(workbook, path)
}

fn build(rows: &[RejectedRow]) -> Result<Workbook, XlsxError> {
    let mut kinds: Vec<(&str, Vec<&RejectedRow>)> = Vec::new();
    let mut positions = HashMap::new();
    for row in rows {
        let position = *positions.entry(row.kind.as_str()).or_insert_with(|| {
            kinds.push((&row.kind, Vec::new()));
            kinds.len() - 1
        });
        if let Some((_, group)) = kinds.get_mut(position) {
            group.push(row);
        }
    }
    let mut workbook = new_workbook()?;
    let mut names: Vec<String> = Vec::new();
    for (kind, group) in &kinds {
        for part in group.chunks(SHEET_ROWS) {
            let name = sheet_name(kind, &names);
            workbook.push_worksheet(write_sheet(&name, part)?);
            names.push(name);
        }
    }
    if names.is_empty() {
        workbook.add_worksheet().set_name("问题")?.write_string(0, 0, "没有需要改正的行")?;
    }
    Ok(workbook)
}

fn write_sheet(name: &str, rows: &[&RejectedRow]) -> Result<Worksheet, XlsxError> {
    let layout = Layout::of(rows);
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    for (i, header) in (0..).zip(&layout.headers) {
        sheet.write_string_with_format(0, i, truncate(header, CELL_CHARS), &header_format(HEADER_BLUE))?;
        let sample = rows.iter().take(WIDTH_ROWS).flat_map(|row| &row.cells).filter(|(h, _)| h == header);
        let texts: Vec<&str> = std::iter::once(*header).chain(sample.map(|(_, raw)| raw.as_str())).collect();
        sheet.set_column_width(i, column_width(&texts))?;
    }
    let first_added = u16::try_from(layout.headers.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
    for (i, (header, width)) in (first_added..).zip(ADDED_HEADERS.into_iter().zip(ADDED_WIDTHS)) {
        sheet.write_string_with_format(0, i, header, &header_format(HEADER_RED))?;
        sheet.set_column_width(i, width)?;
    }
    let mut n_notes = 0;
    for (i, row) in (1..).zip(rows) {
        n_notes += write_cells(&mut sheet, i, row, &layout, SHEET_NOTES - n_notes)?;
        write_added(&mut sheet, i, row, first_added)?;
    }
    let last_row = u32::try_from(rows.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
    let last = first_added.saturating_add(3);
    sheet.set_freeze_panes(1, 0)?.autofilter(0, 0, last_row, last)?;
    sheet.ignore_error_range(1, 0, last_row, last, IgnoreError::NumberStoredAsText)?;
    Ok(sheet)
}

/// Writes the cells of one row, with notes on at most `n_notes_max` of them; returns how many notes were written. All
/// cells are text: a value that begins with `=` must not become a formula, nor lose its zeros when it is edited.
fn write_cells(
    sheet: &mut Worksheet,
    i: u32,
    row: &RejectedRow,
    layout: &Layout<'_>,
    n_notes_max: usize,
) -> Result<usize, XlsxError> {
    let text = Format::new().set_num_format("@").set_align(FormatAlign::Top);
    let bad = text.clone().set_background_color(BAD_RED);
    let mut n_notes = 0;
    for (column, header, raw) in layout.places(row) {
        let problems: Vec<&Problem> =
            row.problems.iter().filter(|p| p.column == header && !header.is_empty()).collect();
        let format = if problems.is_empty() { &text } else { &bad };
        sheet.write_string_with_format(i, column, truncate(raw, CELL_CHARS), format)?;
        if !problems.is_empty() && n_notes < n_notes_max {
            let lines: Vec<String> = problems.iter().map(|problem| advice(problem)).collect();
            sheet.insert_note(i, column, &note(truncate(&lines.join("\n"), NOTE_CHARS)))?;
            n_notes += 1;
        }
    }
    Ok(n_notes)
}

/// Writes what the added columns say of one row.
fn write_added(sheet: &mut Worksheet, i: u32, row: &RejectedRow, first: u16) -> Result<(), XlsxError> {
    let format = Format::new().set_num_format("@").set_align(FormatAlign::Top).set_text_wrap();
    let messages: Vec<String> = row.problems.iter().map(described).collect();
    let mut seen = BTreeSet::new();
    let suggestions = row.problems.iter().map(|problem| problem.suggestion.as_str());
    let suggestions: Vec<&str> = suggestions.filter(|text| !text.is_empty() && seen.insert(*text)).collect();
    let place = if row.sheet.is_empty() { row.file.clone() } else { format!("{} / {}", row.file, row.sheet) };
    let texts = [messages.join("\n"), suggestions.join("\n"), place, row.row.to_string()];
    sheet.set_row_height(i, row_height(texts.iter().map(String::as_str).zip(ADDED_WIDTHS)))?;
    for (column, text) in (first..).zip(texts) {
        sheet.write_string_with_format(i, column, truncate(&text, CELL_CHARS), &format)?;
    }
    Ok(())
}

/// Says a problem in one line, with its column and code.
fn described(problem: &Problem) -> String {
    let column = if problem.column.is_empty() { String::new() } else { format!("{}：", problem.column) };
    format!("{column}{} [{}]", problem.message, problem.code.code())
}

fn advice(problem: &Problem) -> String {
    match problem.suggestion.as_str() {
        "" => problem.message.clone(),
        suggestion => format!("{}；{suggestion}", problem.message),
    }
}

/// Where the headers of a sheet's rows stand. A header that a table has twice has two columns.
struct Layout<'a> {
    headers: Vec<&'a str>,
    columns: HashMap<&'a str, Vec<u16>>,
}

impl<'a> Layout<'a> {
    /// Lays out the union of the rows' headers, in the order in which they are first seen.
    fn of(rows: &[&'a RejectedRow]) -> Self {
        let mut layout = Self { headers: Vec::new(), columns: HashMap::new() };
        for row in rows {
            for (header, nth, _) in cells(row) {
                let columns = layout.columns.entry(header).or_default();
                if columns.len() <= nth {
                    // Beyond the last column writing is refused.
                    columns.push(u16::try_from(layout.headers.len()).unwrap_or(u16::MAX));
                    layout.headers.push(header);
                }
            }
        }
        layout
    }

    /// Returns the row's cells with their columns: column, header, raw text.
    fn places<'r>(&self, row: &'r RejectedRow) -> impl Iterator<Item = (u16, &'r str, &'r str)> {
        cells(row).filter_map(|(header, nth, raw)| {
            let column = self.columns.get(header).and_then(|columns| columns.get(nth));
            column.map(|&column| (column, header, raw))
        })
    }
}

/// Returns the row's cells: header, how many times the row had it before, raw text. Leaves out what an earlier workbook
/// of corrections added.
fn cells(row: &RejectedRow) -> impl Iterator<Item = (&str, usize, &str)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    row.cells.iter().filter(|(header, _)| !ADDED_HEADERS.contains(&header.as_str())).map(move |(header, raw)| {
        let count = seen.entry(header).or_default();
        *count += 1;
        (header.as_str(), *count - 1, raw.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::{Sheet, collect, read_tables};
    use crate::model::ProblemCode;

    fn rejected(kind: &str, row: u32, cells: &[(&str, &str)], problems: Vec<Problem>) -> RejectedRow {
        let cells = cells.iter().map(|(header, raw)| ((*header).to_owned(), (*raw).to_owned())).collect();
        RejectedRow {
            kind: kind.to_owned(), file: "a.xlsx".to_owned(), sheet: "表一".to_owned(), row, cells, problems
        }
    }

    fn problem(column: &str, code: ProblemCode, suggestion: &str) -> Problem {
        Problem {
            sheet: "表一".to_owned(),
            row: 3,
            column: column.to_owned(),
            value: String::new(),
            code,
            message: code.meaning().to_owned(),
            suggestion: suggestion.to_owned(),
        }
    }

    /// The sheets of the written workbook as lines `cell|cell`.
    fn written(rows: &[RejectedRow]) -> Vec<(String, Vec<String>)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("问题.xlsx");
        write_corrections(rows, &path).unwrap();
        let lines = |sheet: &Sheet| {
            let line = |cells: &[crate::intake::Cell]| cells.iter().map(|c| c.text()).collect::<Vec<_>>().join("|");
            sheet.rows.iter().map(|row| line(&row.cells)).collect()
        };
        collect(|receiver| read_tables(&path, None, receiver))
            .unwrap()
            .iter()
            .map(|sheet| (sheet.name.clone(), lines(sheet)))
            .collect()
    }

    #[test]
    fn rows_are_grouped_by_kind_with_what_is_wrong_beside_them() {
        let bad_date = problem("日期", ProblemCode::BadDate, "写成 2026-03-01");
        let twice = vec![bad_date.clone(), problem("", ProblemCode::AmbiguousParty, "写成 2026-03-01"), bad_date];
        let sheets = written(&[
            rejected("采购需求", 3, &[("名称", "甲"), ("日期", "三月")], twice),
            rejected("企业", 4, &[("名称", "乙")], vec![problem("名称", ProblemCode::MissingValue, "")]),
            rejected("采购需求", 9, &[("备注", "丙"), ("名称", "丁")], Vec::new()),
        ]);
        let date = "日期：不是可读的日期 [bad_date]";
        let procurement = vec![
            "名称|日期|备注|问题|建议|原表|原行".to_owned(),
            format!("甲|三月||{date}\n对应到两个主体 [ambiguous_party]\n{date}|写成 2026-03-01|a.xlsx / 表一|3"),
            "丁||丙|||a.xlsx / 表一|9".to_owned(),
        ];
        let party =
            ["名称|问题|建议|原表|原行", "乙|名称：必填项为空 [missing_value]||a.xlsx / 表一|4"].map(str::to_owned);
        assert_eq!(sheets, [("采购需求".to_owned(), procurement), ("企业".to_owned(), party.to_vec())]);
    }

    #[test]
    fn values_stay_text() {
        let cells = [("a", "=1+1"), ("b", "0012"), ("c", "+86"), ("d", "@x"), ("e", "91370200264574251")];
        let sheets = written(&[rejected("企业", 2, &cells, Vec::new())]);
        assert_eq!(sheets[0].1[1], "=1+1|0012|+86|@x|91370200264574251|||a.xlsx / 表一|2");
    }

    #[test]
    fn a_header_used_twice_keeps_both_columns_and_added_ones_do_not_pile_up() {
        let cells = [("备注", "一"), ("备注", "二"), ("问题", "旧"), ("原行", "7")];
        let sheets =
            written(&[rejected("企业", 2, &cells, Vec::new()), rejected("企业", 3, &[("备注", "三")], Vec::new())]);
        assert_eq!(sheets[0].1[0], "备注|备注|问题|建议|原表|原行");
        assert_eq!(sheets[0].1[1], "一|二|||a.xlsx / 表一|2");
        assert_eq!(sheets[0].1[2], "三||||a.xlsx / 表一|3");
    }

    #[test]
    fn long_cells_are_cut_and_no_rows_make_a_workbook_too() {
        let long = "长".repeat(CELL_CHARS + 1);
        let sheets = written(&[rejected("企业", 2, &[("a", &long)], vec![problem("a", ProblemCode::TooLong, &long)])]);
        assert_eq!(sheets[0].1[1].split('|').next().unwrap().chars().count(), CELL_CHARS);
        assert_eq!(written(&[]), [("问题".to_owned(), vec!["没有需要改正的行".to_owned()])]);
    }

    #[test]
    fn same_rows_same_bytes() {
        let rows = [rejected("企业", 2, &[("a", "1"), ("b", "2")], vec![problem("b", ProblemCode::BadFlag, "填是")])];
        let bytes = || build(&rows).unwrap().save_to_buffer().unwrap();
        assert_eq!(bytes(), bytes());
    }
}
