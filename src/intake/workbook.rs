//! Reads the visible sheets of an `.xlsx`; the only module that knows `calamine`. Cells are streamed and bounded, never
//! laid out over the sheet's extent: one stray cell in column XFD makes a dense range of many gigabytes. A sheet is read
//! twice, first for what a row cannot know by itself: how wide the table is, which formulas lack a result. What a cell
//! shows counts: percentages keep their sign, a merged cell stands in every cell that it covers.

use std::io::Cursor;
use std::iter::Peekable;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::vec::IntoIter;

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use crate::intake::archive;
use crate::intake::limits::{Budget, MAX_COLUMNS, MAX_ROW_BYTES, MAX_SHEETS, is_blank, text_cell, too_long, too_wide};
use crate::intake::sheet::{Cell, NOT_CALCULATED, Piece, Receiver, Row};

type Workbook<'a> = Xlsx<Cursor<&'a [u8]>>;

const SAVE_AGAIN: &str = "请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入";
/// Serial numbers from here on lie after the year 9999, the last that Excel shows as a date.
const END_OF_DATES: f64 = 2_958_466.0;

/// Reads every visible sheet of a workbook, empty ones included. Hidden sheets are left out: templates keep their lists
/// there. Memory: the strings that the sheets share, and one row.
///
/// # Errors
/// Returns in Chinese what is wrong with the file or which limit it passes, and what to do; some rows may have been
/// given before.
pub(super) fn read(bytes: &[u8], receiver: &mut Receiver<'_>) -> Result<(), String> {
    archive::check(bytes)?;
    let mut is_receiving = false;
    // calamine computes with the numbers of a damaged file unchecked, so that it panics where overflow is checked.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        read_sheets(bytes, &mut |piece| {
            is_receiving = true;
            let flow = receiver(piece);
            is_receiving = false;
            flow
        })
    }));
    match outcome {
        Ok(outcome) => outcome,
        Err(panic) if is_receiving => resume_unwind(panic),
        Err(_) => Err(format!("文件已损坏；{SAVE_AGAIN}，或从备份恢复")),
    }
}

fn read_sheets(bytes: &[u8], receiver: &mut Receiver<'_>) -> Result<(), String> {
    let mut workbook = Workbook::new(Cursor::new(bytes)).map_err(|e| match e {
        XlsxError::Password => "设有打开密码；请取消密码并另存后再导入".to_owned(),
        other => format!("文件已损坏，或不是 .xlsx 工作簿（{other}）；{SAVE_AGAIN}"),
    })?;
    let sheets = workbook.sheets_metadata().iter();
    let visible = sheets.filter(|s| s.typ == SheetType::WorkSheet && s.visible == SheetVisible::Visible);
    let names: Vec<String> = visible.map(|sheet| sheet.name.clone()).collect();
    if names.is_empty() {
        return Err(format!("其中没有可见的工作表；{SAVE_AGAIN}"));
    }
    if names.len() > MAX_SHEETS {
        return Err(format!("有 {} 个工作表，最多 {MAX_SHEETS} 个；请拆成几个文件", names.len()));
    }
    let mut budget = Budget::of_file(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    for name in names {
        if receiver(Piece::Sheet(name.clone())).is_break() {
            break;
        }
        let flow = read_sheet(&mut workbook, &name, &mut budget, receiver);
        if flow.map_err(|reason| format!("工作表“{name}”：{reason}"))?.is_break() {
            break;
        }
    }
    Ok(())
}

fn read_sheet(
    workbook: &mut Workbook<'_>,
    name: &str,
    budget: &mut Budget,
    receiver: &mut Receiver<'_>,
) -> Result<ControlFlow<()>, String> {
    let layout = read_layout(workbook, name)?;
    let regions =
        workbook.merge_cells_by_sheet_name(name).map_err(|e| format!("无法读取合并单元格（{e}）；{SAVE_AGAIN}"))?;
    let mut rows = Rows {
        uncomputed: layout.uncomputed.into_iter().peekable(),
        merged: Merged::new(regions, layout.n_columns),
        row: Row { number: 0, cells: Vec::new(), spanned: false },
        budget,
        receiver,
    };
    let mut reader = workbook.worksheet_cells_reader(name).map_err(|e| near(0, &e))?;
    let percent_styles: Vec<bool> = reader
        .styles()
        .iter()
        .map(|style| style.number_format.as_ref().is_some_and(|format| is_percent(&format.format_code)))
        .collect();
    let mut last_row = 0;
    while let Some((cell, style)) = reader.next_cell_with_style_id().map_err(|e| near(last_row, &e))? {
        let (row, column) = cell.get_position();
        last_row = row;
        let value = match cell.get_value() {
            DataRef::Float(number) if percent_styles.get(style) == Some(&true) => percent_cell(*number),
            other => read_value(other),
        };
        if rows.put(row, column, value)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    rows.end_row()
}

/// What no row of a sheet knows by itself.
#[derive(Debug, Default)]
struct Layout {
    /// How many columns hold something.
    n_columns: usize,
    /// The places, in order, of formulas without a stored result: a program wrote the file and no spreadsheet has
    /// computed it, so that the cells would seem empty.
    uncomputed: Vec<(u32, u32)>,
}

fn read_layout(workbook: &mut Workbook<'_>, name: &str) -> Result<Layout, String> {
    let mut reader = workbook.worksheet_cells_reader(name).map_err(|e| near(0, &e))?;
    let mut layout = Layout::default();
    let mut last_row = 0;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(|e| near(last_row, &e))? {
        let (row, column) = cell.pos;
        if row < last_row {
            return Err(format!("第 {} 行排在第 {} 行之后；{SAVE_AGAIN}", row.saturating_add(1), last_row + 1));
        }
        last_row = row;
        let is_uncomputed = cell.formula.is_some() && cell.value == DataRef::Empty;
        if is_uncomputed {
            layout.uncomputed.push(cell.pos);
        }
        if is_uncomputed || is_filled(&cell.value) {
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            if column >= MAX_COLUMNS {
                return Err(too_wide(row.saturating_add(1), column.saturating_add(1)));
            }
            layout.n_columns = layout.n_columns.max(column + 1);
        }
    }
    Ok(layout)
}

fn is_filled(value: &DataRef<'_>) -> bool {
    match value {
        DataRef::Empty => false,
        DataRef::SharedString(text) => !text.chars().all(is_blank),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => !text.chars().all(is_blank),
        _ => true,
    }
}

/// Says near which row (from 0) a sheet cannot be read; an unknown error value, as newer programs write, is named.
fn near(row: u32, e: &XlsxError) -> String {
    let row = row.saturating_add(1);
    match e {
        XlsxError::CellError(value) => format!("第 {row} 行附近有认不出的错误值 {value}；请改正该公式后保存"),
        other => format!("第 {row} 行附近无法读取（{other}）；{SAVE_AGAIN}"),
    }
}

/// Puts cells together to rows, and gives each away once it is complete.
struct Rows<'a, 'b> {
    uncomputed: Peekable<IntoIter<(u32, u32)>>,
    merged: Merged,
    /// The row that is being put together; its number is 0 before the first.
    row: Row,
    budget: &'a mut Budget,
    receiver: &'a mut Receiver<'b>,
}

impl Rows<'_, '_> {
    /// Takes the next cell; row and column count from 0. Cells of one row follow each other.
    fn put(&mut self, row: u32, column: u32, cell: Cell) -> Result<ControlFlow<()>, String> {
        let is_uncomputed = self.uncomputed.next_if_eq(&(row, column)).is_some();
        let cell = if is_uncomputed { Cell::Error(NOT_CALCULATED.to_owned()) } else { cell };
        if cell.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        let number = row.saturating_add(1);
        if number != self.row.number {
            if self.end_row()?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.row.number = number;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MAX_COLUMNS {
            return Err(too_wide(number, column.saturating_add(1)));
        }
        if self.row.cells.len() <= column {
            self.row.cells.resize(column + 1, Cell::Empty);
        }
        if let Some(place) = self.row.cells.get_mut(column) {
            *place = cell;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn end_row(&mut self) -> Result<ControlFlow<()>, String> {
        let next = Row { number: 0, cells: Vec::new(), spanned: false };
        let mut row = std::mem::replace(&mut self.row, next);
        if row.cells.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        self.merged.fill(&mut row, self.budget)?;
        self.budget.spend_row(&row)?;
        Ok((self.receiver)(Piece::Row(row)))
    }
}

/// The merged regions of a sheet, gone through from the top.
struct Merged {
    /// Regions whose first row is still to come, the next one last.
    waiting: Vec<Dimensions>,
    /// Regions that reach into the present row, with what they show.
    open: Vec<(Dimensions, Cell)>,
    /// How many columns hold something.
    n_columns: usize,
}

impl Merged {
    fn new(mut regions: Vec<Dimensions>, n_columns: usize) -> Self {
        regions.sort_by_key(|region| region.start.0);
        regions.reverse();
        Self { waiting: regions, open: Vec::new(), n_columns }
    }

    /// Writes a merged region's value into every cell of it, in the rows and columns that hold something of their own:
    /// a row with nothing but merged cells is the lower part of the row above.
    fn fill(&mut self, row: &mut Row, budget: &mut Budget) -> Result<(), String> {
        let index = row.number.saturating_sub(1);
        self.open.retain(|(region, _)| region.end.0 >= index);
        while let Some(region) = self.waiting.pop_if(|region| region.start.0 <= index) {
            let ((top, left), (bottom, right)) = (region.start, region.end);
            let value = usize::try_from(left).ok().and_then(|left| row.cells.get(left)).filter(|cell| !cell.is_empty());
            if let Some(value) = value.filter(|_| top == index && top <= bottom && left <= right) {
                self.open.push((region, value.clone()));
            }
        }
        for (region, value) in &self.open {
            let [first, last] = [region.start.1, region.end.1].map(|i| usize::try_from(i).unwrap_or(usize::MAX));
            let last = last.min(self.n_columns.saturating_sub(1));
            let n_filled = (last + 1).saturating_sub(first);
            let text_bytes = n_filled * value.text().len();
            if text_bytes > MAX_ROW_BYTES {
                return Err(too_long(row.number));
            }
            budget.spend(0, n_filled, text_bytes)?;
            row.spanned |= region.start.1 < region.end.1;
            if row.cells.len() <= last {
                row.cells.resize(last + 1, Cell::Empty);
            }
            row.cells.iter_mut().skip(first).take(n_filled).for_each(|cell| *cell = value.clone());
        }
        Ok(())
    }
}

fn read_value(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Int(number) => Cell::Text(number.to_string()),
        DataRef::Float(number) => number_cell(*number, ""),
        DataRef::String(text) | DataRef::DurationIso(text) => text_cell(text),
        DataRef::SharedString(text) => text_cell(text),
        DataRef::Bool(true) => Cell::Text("是".to_owned()),
        DataRef::Bool(false) => Cell::Text("否".to_owned()),
        DataRef::DateTime(moment) => moment_cell(*moment),
        DataRef::DateTimeIso(text) => {
            let text: String = text.replace('T', " ").chars().take("2026-03-01 09:30".len()).collect();
            text_cell(text.strip_suffix(" 00:00").unwrap_or(&text))
        }
        DataRef::Error(error) => Cell::Error(error.to_string()),
        DataRef::Empty => Cell::Empty,
    }
}

/// Writes a number as Excel shows it without a format: 15 significant digits, so that binary noise goes.
fn number_cell(number: f64, unit: &str) -> Cell {
    let rounded: Option<f64> = format!("{number:.14e}").parse().ok().filter(|v: &f64| v.is_finite());
    match rounded {
        // Negative zero too, which would show its sign.
        Some(0.0) => Cell::Text(format!("0{unit}")),
        Some(v) => Cell::Text(format!("{v}{unit}")),
        None => Cell::Error("#NUM!".to_owned()),
    }
}

/// Writes `3.85%` for the number 0.0385 in a cell with a format of percent; bare, it would be taken for 0.0385 %.
fn percent_cell(number: f64) -> Cell {
    number_cell(number * 100.0, "%")
}

/// Says whether a number format shows percent: a `%` that is neither quoted nor escaped.
fn is_percent(format: &str) -> bool {
    let unquoted: String = format.split('"').step_by(2).collect();
    unquoted.replace("\\%", "").contains('%')
}

/// Writes a day as `2026-03-01`, with the time of day only where there is one, and a bare time as `09:30`.
fn moment_cell(moment: ExcelDateTime) -> Cell {
    let serial = moment.as_f64();
    if !(0.0..END_OF_DATES).contains(&serial) {
        return Cell::Error("#日期超出范围".to_owned());
    }
    if moment.is_duration() {
        let minutes = (serial * 24.0 * 60.0).round();
        return Cell::Text(format!("{}:{:02}", (minutes / 60.0).floor(), minutes % 60.0));
    }
    let (year, month, day, hour, minute, ..) = moment.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}");
    let date = format!("{year:04}-{month:02}-{day:02}");
    Cell::Text(match (serial < 1.0, time.as_str()) {
        (true, _) => time,
        (false, "00:00") => date,
        (false, _) => format!("{date} {time}"),
    })
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook as Writer, Worksheet};

    use super::*;
    use crate::intake::sheet::{Sheet, collect};

    fn read_written(fill: impl FnOnce(&mut Writer)) -> Result<Vec<Sheet>, String> {
        let mut writer = Writer::new();
        fill(&mut writer);
        read_bytes(&writer.save_to_buffer().unwrap())
    }

    fn read_bytes(bytes: &[u8]) -> Result<Vec<Sheet>, String> {
        collect(|receiver| read(bytes, receiver))
    }

    /// Shows a row as `number: cell|cell`, with `!` before errors and `~` before spanned rows.
    fn show(row: &Row) -> String {
        let cell = |c: &Cell| match c {
            Cell::Error(text) => format!("!{text}"),
            other => other.text().to_owned(),
        };
        let cells: Vec<String> = row.cells.iter().map(cell).collect();
        format!("{}{}: {}", if row.spanned { "~" } else { "" }, row.number, cells.join("|"))
    }

    fn shown(fill: impl FnOnce(&mut Worksheet)) -> Vec<String> {
        let sheets = read_written(|writer| fill(writer.add_worksheet())).unwrap();
        sheets[0].rows.iter().map(show).collect()
    }

    #[test]
    fn numbers_are_written_plainly() {
        let rows = shown(|sheet| {
            let percent = Format::new().set_num_format("0.00%");
            let literal = Format::new().set_num_format("0\"%\"");
            for (row, number) in (0..).zip([500.0, 0.1 + 0.2, 1e20, 1e-7, -0.0, 914_403_001_922_038_216.0, -1.5]) {
                sheet.write_number(row, 0, number).unwrap();
            }
            sheet.write_number_with_format(7, 0, 0.0385, &percent).unwrap();
            sheet.write_number_with_format(8, 0, 5, &literal).unwrap();
        });
        let expected =
            ["500", "0.3", "100000000000000000000", "0.0000001", "0", "914403001922038000", "-1.5", "3.85%", "5"];
        let expected: Vec<String> = (1..).zip(expected).map(|(n, text)| format!("{n}: {text}")).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn dates_are_iso() {
        let rows = shown(|sheet| {
            let day = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
            let time = Format::new().set_num_format("h:mm");
            let long = Format::new().set_num_format("[h]:mm");
            let moment = ExcelDateTime::from_ymd(2026, 3, 1).unwrap().and_hms(9, 30, 0).unwrap();
            sheet.write_datetime_with_format(0, 0, ExcelDateTime::from_ymd(2026, 3, 1).unwrap(), &day).unwrap();
            sheet.write_datetime_with_format(0, 1, moment, &day).unwrap();
            sheet.write_number_with_format(0, 2, 0.5, &time).unwrap();
            sheet.write_number_with_format(0, 3, 1.5, &long).unwrap();
            sheet.write_number_with_format(0, 4, -1, &day).unwrap();
        });
        assert_eq!(rows, ["1: 2026-03-01|2026-03-01 09:30|12:00|36:00|!#日期超出范围"]);
    }

    #[test]
    fn texts_flags_errors_and_formulas() {
        let rows = shown(|sheet| {
            sheet.write_string(0, 0, "\u{3000}甲\u{A0}").unwrap();
            sheet.write_boolean(0, 1, true).unwrap();
            sheet.write_formula(0, 2, Formula::new("=1+1").set_result("2")).unwrap();
            sheet.write_formula(0, 3, Formula::new("=NA()").set_result("#N/A")).unwrap();
            sheet.write_string(0, 4, " \u{200B}").unwrap();
            sheet.write_string(0, 5, "第一行\n第二行").unwrap();
        });
        assert_eq!(rows, ["1: 甲|是|2|!#N/A||第一行\n第二行"]);
    }

    #[test]
    fn empty_rows_go_and_numbers_stay() {
        let rows = shown(|sheet| {
            sheet.write_string(2, 1, "名称").unwrap();
            sheet.write_blank(3, 1, &Format::new().set_bold()).unwrap();
            sheet.write_string(4, 0, " ").unwrap();
            sheet.write_string(1_048_575, 1, "甲").unwrap();
        });
        assert_eq!(rows, ["3: |名称", "1048576: |甲"]);
    }

    #[test]
    fn merged_headers_stand_over_every_column() {
        let rows = shown(|sheet| {
            let plain = Format::new();
            sheet.merge_range(0, 0, 0, 3, "需求表", &plain).unwrap();
            sheet.merge_range(1, 0, 2, 0, "名称", &plain).unwrap();
            // The group is wider than the table.
            sheet.merge_range(1, 1, 1, 9, "联系", &plain).unwrap();
            for (column, text) in (1..).zip(["人", "电话", "备注"]) {
                sheet.write_string(2, column, text).unwrap();
            }
        });
        let expected = ["~1: 需求表|需求表|需求表|需求表", "~2: 名称|联系|联系|联系", "3: 名称|人|电话|备注"];
        assert_eq!(rows, expected);
    }

    /// A workbook of one sheet whose XML is given: rows, and what follows `sheetData`.
    fn raw_workbook(rows: &str, rest: &str) -> Vec<u8> {
        let relation = |id: &str, kind: &str, target: &str| {
            let schema = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
            format!("<Relationships><Relationship Id='{id}' Type='{schema}/{kind}' Target='{target}'/></Relationships>")
        };
        let sheets = "<sheets><sheet name='企业' sheetId='1' r:id='r1'/></sheets>";
        stored_zip(&[
            ("_rels/.rels", relation("r0", "officeDocument", "xl/workbook.xml")),
            ("xl/_rels/workbook.xml.rels", relation("r1", "worksheet", "worksheets/sheet1.xml")),
            ("xl/workbook.xml", format!("<workbook><workbookPr date1904='1'/>{sheets}</workbook>")),
            ("xl/styles.xml", "<styleSheet><cellXfs><xf/><xf numFmtId='14'/></cellXfs></styleSheet>".to_owned()),
            ("xl/worksheets/sheet1.xml", format!("<worksheet><sheetData>{rows}</sheetData>{rest}</worksheet>")),
        ])
    }

    /// A zip archive without compression.
    fn stored_zip(files: &[(&str, String)]) -> Vec<u8> {
        let le = |value: usize| u32::try_from(value).unwrap().to_le_bytes();
        let (mut archive, mut directory) = (Vec::new(), Vec::new());
        for (name, text) in files {
            let crc = !text.bytes().fold(u32::MAX, |crc, byte| {
                (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
            });
            let sizes = [crc.to_le_bytes(), le(text.len()), le(text.len()), le(name.len())].concat();
            let common = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &sizes].concat();
            directory
                .extend([&b"PK\x01\x02\x14\0"[..], &common, &[0; 10], &le(archive.len()), name.as_bytes()].concat());
            archive.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), text.as_bytes()].concat());
        }
        let n_files = [files.len().to_le_bytes()[0], 0].repeat(2);
        let end = [&b"PK\x05\x06\0\0\0\0"[..], &n_files, &le(directory.len()), &le(archive.len()), &[0, 0]].concat();
        [archive, directory, end].concat()
    }

    fn shown_raw(rows: &str, rest: &str) -> Vec<String> {
        let sheets = read_bytes(&raw_workbook(rows, rest)).unwrap();
        sheets[0].rows.iter().map(show).collect()
    }

    #[test]
    fn merged_data_is_filled_down_to_rows_with_data() {
        let cells = [(1, "A", "甲公司"), (1, "B", "轴承"), (2, "B", "齿轮"), (4, "B", "整行"), (6, "B", "法兰")];
        let rows: String = cells
            .iter()
            .map(|(row, column, text)| format!("<row r='{row}'><c r='{column}{row}' t='str'><v>{text}</v></c></row>"))
            .collect();
        // To the end of the sheet; a row with nothing else; one without a value.
        let merged = ["A1:A1048576", "B4:B5", "C6:D6"].map(|m| format!("<mergeCell ref='{m}'/>")).concat();
        let rows = shown_raw(&rows, &format!("<mergeCells>{merged}</mergeCells>"));
        assert_eq!(rows, ["1: 甲公司|轴承", "2: 甲公司|齿轮", "4: 甲公司|整行", "6: 甲公司|法兰"]);
    }

    #[test]
    fn formulas_without_result_are_errors() {
        let rows = "<row r='1'><c r='A1'><f>1+1</f></c><c r='B1' t='str'><f>T(A9)</f><v></v></c><c r='C1'/></row>";
        assert_eq!(shown_raw(rows, ""), ["1: !#公式未计算"]);
    }

    #[test]
    fn days_are_counted_from_1904_where_the_file_says_so() {
        assert_eq!(shown_raw("<row r='2'><c r='A2' s='1'><v>44620</v></c></row>", ""), ["2: 2026-03-01"]);
    }

    #[test]
    fn a_region_turned_around_does_no_harm() {
        let rows = "<row r='1'><c r='A1'><v>1</v></c></row>";
        // calamine subtracts unchecked: an error in checked builds, a region without rows in others.
        let read = read_bytes(&raw_workbook(rows, "<mergeCells><mergeCell ref='B2:A1'/></mergeCells>"));
        assert!(read.map_or_else(|e| e.contains("已损坏"), |sheets| sheets[0].rows.len() == 1));
    }

    #[test]
    fn merging_everything_many_times_ends() {
        let rows: String = (1..=2000).map(|r| format!("<row r='{r}'><c r='A{r}'><v>1</v></c></row>")).collect();
        let wide = "<row r='2001'><c r='SR2001'><v>1</v></c></row>";
        let merged = "<mergeCell ref='A1:XFD1048576'/>".repeat(200_000);
        let bytes = raw_workbook(&format!("{rows}{wide}"), &format!("<mergeCells>{merged}</mergeCells>"));
        assert!(read_bytes(&bytes).unwrap_err().contains("内容过多"));
    }

    #[test]
    fn no_more_is_unpacked_than_declared() {
        let mut bytes = raw_workbook(&"<row><c><v>1</v></c></row>".repeat(1_000), "");
        assert_eq!(read_bytes(&bytes).unwrap()[0].rows.len(), 1_000);
        // In the directory, and there alone: the size of the last part.
        let name = "xl/worksheets/sheet1.xml";
        let at = bytes.len() - 22 - name.len() - 46;
        assert!(bytes[at..].starts_with(b"PK\x01\x02"));
        let declared = |size: u32, bytes: &mut [u8]| bytes[at + 24..at + 28].copy_from_slice(&size.to_le_bytes());
        declared(1_000, &mut bytes);
        assert!(read_bytes(&bytes).is_err());
        declared(1 << 30, &mut bytes);
        assert!(read_bytes(&bytes).unwrap_err().contains("解压后有 1024 MiB"));
    }

    #[test]
    fn an_unknown_error_value_is_named() {
        let rows = "<row r='1'><c r='A1'><v>1</v></c></row><row r='2'><c r='A2' t='e'><v>#NEW!</v></c></row>";
        let reason = read_bytes(&raw_workbook(rows, "")).unwrap_err();
        assert_eq!(reason, "工作表“企业”：第 1 行附近有认不出的错误值 #NEW!；请改正该公式后保存");
    }

    #[test]
    fn a_cell_far_to_the_right_costs_nothing() {
        let far = read_written(|writer| {
            writer.add_worksheet().write_string(4, 16_383, "x").unwrap();
        });
        assert!(far.unwrap_err().contains("第 5 行用到了第 16384 列"));
        let blank = shown(|sheet| {
            sheet.write_string(4, 16_383, " ").unwrap();
        });
        assert_eq!(blank, Vec::<String>::new());
    }

    #[test]
    fn hidden_sheets_are_left_out_and_empty_ones_kept() {
        let sheets = read_written(|writer| {
            writer.add_worksheet().set_name("企业").unwrap().write_string(0, 0, "名称").unwrap();
            writer.add_worksheet().set_name("选项").unwrap().set_hidden(true).write_string(0, 0, "x").unwrap();
            writer.add_worksheet().set_name("空").unwrap();
        });
        let names: Vec<(String, usize)> = sheets.unwrap().into_iter().map(|s| (s.name, s.rows.len())).collect();
        assert_eq!(names, [("企业".to_owned(), 1), ("空".to_owned(), 0)]);
    }

    #[test]
    fn damage_is_told_at_any_byte() {
        let mut writer = Writer::new();
        let sheet = writer.add_worksheet();
        sheet.merge_range(0, 0, 0, 3, "需求表", &Format::new()).unwrap();
        sheet.write_number(1, 0, 1.5).unwrap();
        let bytes = writer.save_to_buffer().unwrap();
        for cut in [4, 30, 300, bytes.len() / 2, bytes.len() - 30] {
            assert!(read_bytes(&bytes[..cut]).unwrap_err().contains("另存为 .xlsx"));
        }
        for at in (0..bytes.len()).step_by(7) {
            let mut broken = bytes.clone();
            broken[at] ^= 0x5A;
            // Some bytes do not matter; none may panic.
            drop(read_bytes(&broken));
        }
    }

    #[test]
    fn percent_formats_are_told_from_percent_signs() {
        assert!(is_percent("0%") && is_percent("0.00%;[Red]-0.00%"));
        assert!(!is_percent("0.00") && !is_percent("0\"%\"") && !is_percent("0\\%"));
    }
}
