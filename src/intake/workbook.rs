//! Reads the visible sheets of an `.xlsx`; the only module that knows `calamine`. Cells are streamed and bounded, never
//! laid out over the sheet's extent: one stray cell in column XFD makes a dense range of many gigabytes. What a cell
//! shows counts: percentages keep their sign, a merged cell stands in every cell that it covers.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use crate::intake::limits::{Budget, MAX_COLUMNS, MAX_SHEETS, text_cell, too_wide};
use crate::intake::sheet::{Cell, NOT_CALCULATED, Row, Sheet};

type Workbook = Xlsx<BufReader<File>>;

const SAVE_AGAIN: &str = "请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入";
/// Serial numbers from here on lie after the year 9999, the last that Excel shows as a date.
const END_OF_DATES: f64 = 2_958_466.0;

/// Reads every visible sheet, empty ones included. Hidden sheets are left out: templates keep their lists there.
///
/// # Errors
/// Returns in Chinese what is wrong with the file or which limit it passes, and what to do.
pub(super) fn read(file: File) -> Result<Vec<Sheet>, String> {
    // calamine computes with the numbers of a damaged file unchecked, so that it panics where overflow is checked.
    catch_unwind(AssertUnwindSafe(|| read_sheets(file)))
        .unwrap_or_else(|_| Err(format!("文件已损坏；{SAVE_AGAIN}，或从备份恢复")))
}

fn read_sheets(file: File) -> Result<Vec<Sheet>, String> {
    let mut workbook = Workbook::new(BufReader::new(file)).map_err(|e| match e {
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
    let mut budget = Budget::default();
    names.into_iter().map(|name| read_sheet(&mut workbook, name, &mut budget)).collect()
}

fn read_sheet(workbook: &mut Workbook, name: String, budget: &mut Budget) -> Result<Sheet, String> {
    let in_sheet = |reason: String| format!("工作表“{name}”：{reason}");
    let damaged = |e: XlsxError| in_sheet(format!("无法读取（{e}）；{SAVE_AGAIN}"));
    let (mut grid, has_blanks) = read_cells(workbook, &name, budget).map_err(in_sheet)?;
    if has_blanks {
        mark_uncomputed(workbook, &name, &mut grid, budget).map_err(in_sheet)?;
    }
    let regions = workbook.merge_cells_by_sheet_name(&name).map_err(damaged)?;
    for region in &regions {
        grid.fill(region, budget).map_err(in_sheet)?;
    }
    Ok(Sheet { rows: grid.rows.into_values().collect(), name })
}

/// Reads the cells that hold something; also says whether there are cells without a value.
fn read_cells(workbook: &mut Workbook, name: &str, budget: &mut Budget) -> Result<(Grid, bool), String> {
    let mut reader = workbook.worksheet_cells_reader(name).map_err(|e| near(0, &e))?;
    let percent_styles: Vec<bool> = reader
        .styles()
        .iter()
        .map(|style| style.number_format.as_ref().is_some_and(|format| is_percent(&format.format_code)))
        .collect();
    let mut grid = Grid::default();
    let mut has_blanks = false;
    let mut last_row = 0;
    while let Some((cell, style)) = reader.next_cell_with_style_id().map_err(|e| near(last_row, &e))? {
        let (row, column) = cell.get_position();
        last_row = row;
        let value = match cell.get_value() {
            DataRef::Float(number) if percent_styles.get(style) == Some(&true) => percent_cell(*number),
            DataRef::Empty => {
                has_blanks = true;
                Cell::Empty
            }
            other => read_value(other),
        };
        grid.put(row, column, value, budget)?;
    }
    Ok((grid, has_blanks))
}

/// Marks formulas without a stored result: a program wrote the file and no spreadsheet has computed it, so that the
/// cells would seem empty.
fn mark_uncomputed(workbook: &mut Workbook, name: &str, grid: &mut Grid, budget: &mut Budget) -> Result<(), String> {
    let mut reader = workbook.worksheet_cells_reader(name).map_err(|e| near(0, &e))?;
    let mut last_row = 0;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(|e| near(last_row, &e))? {
        let (row, column) = cell.pos;
        last_row = row;
        if cell.formula.is_some() && cell.value == DataRef::Empty {
            grid.put(row, column, Cell::Error(NOT_CALCULATED.to_owned()), budget)?;
        }
    }
    Ok(())
}

/// Says near which row (from 0) a sheet cannot be read; an unknown error value, as newer programs write, is named.
fn near(row: u32, e: &XlsxError) -> String {
    let row = row.saturating_add(1);
    match e {
        XlsxError::CellError(value) => format!("第 {row} 行附近有认不出的错误值 {value}；请改正该公式后保存"),
        other => format!("第 {row} 行附近无法读取（{other}）；{SAVE_AGAIN}"),
    }
}

/// The rows of a sheet that hold something, by their position from 0.
#[derive(Debug, Default)]
struct Grid {
    rows: BTreeMap<u32, Row>,
    n_columns: usize,
}

impl Grid {
    fn put(&mut self, row: u32, column: u32, cell: Cell, budget: &mut Budget) -> Result<(), String> {
        if cell.is_empty() {
            return Ok(());
        }
        let number = row.saturating_add(1);
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MAX_COLUMNS {
            return Err(too_wide(number, column.saturating_add(1)));
        }
        let n_rows = self.rows.len();
        let slot = self.rows.entry(row).or_insert_with(|| Row { number, cells: Vec::new(), spanned: false });
        let n_new = (column + 1).saturating_sub(slot.cells.len());
        slot.cells.resize(slot.cells.len() + n_new, Cell::Empty);
        self.n_columns = self.n_columns.max(column + 1);
        let text_bytes = cell.text().len();
        if let Some(place) = slot.cells.get_mut(column) {
            *place = cell;
        }
        budget.spend(self.rows.len() - n_rows, n_new, text_bytes)
    }

    /// Writes a merged region's value into every cell of it, in the rows and columns that hold something of their own:
    /// a row with nothing but merged cells is the lower part of the row above.
    fn fill(&mut self, region: &Dimensions, budget: &mut Budget) -> Result<(), String> {
        let ((top, left), (bottom, right)) = (region.start, region.end);
        let [first, last] = [left, right].map(|column| usize::try_from(column).unwrap_or(usize::MAX));
        let last = last.min(self.n_columns.saturating_sub(1));
        let value = self.rows.get(&top).and_then(|row| row.cells.get(first)).filter(|cell| !cell.is_empty()).cloned();
        let Some(value) = value.filter(|_| top <= bottom && left <= right) else {
            return Ok(());
        };
        for row in self.rows.range_mut(top..=bottom).map(|(_, row)| row) {
            let n_filled = last + 1 - first;
            budget.spend(0, n_filled, n_filled * value.text().len())?;
            row.spanned |= left < right;
            if row.cells.len() <= last {
                row.cells.resize(last + 1, Cell::Empty);
            }
            row.cells.iter_mut().take(last + 1).skip(first).for_each(|cell| *cell = value.clone());
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

    fn read_written(fill: impl FnOnce(&mut Writer)) -> Result<Vec<Sheet>, String> {
        let mut writer = Writer::new();
        fill(&mut writer);
        read_bytes(&writer.save_to_buffer().unwrap())
    }

    fn read_bytes(bytes: &[u8]) -> Result<Vec<Sheet>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        read(file.reopen().unwrap())
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
