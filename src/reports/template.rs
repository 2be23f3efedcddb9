//! Writes the Excel template that an office fills in: headers, an example row, notes and drop-down lists on the first
//! sheet, and how to fill in each column on the second. Beside it stands what every workbook shares.

use std::fs;
use std::path::Path;

use rust_xlsxwriter::utility::cell_range_absolute;
use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, IgnoreError, Note,
    Workbook, Worksheet, XlsxError,
};
use unicode_width::UnicodeWidthStr;

use crate::definition::{Column, ColumnType, Kind, Visibility};
use crate::error::Error;
use crate::intake::{EXAMPLE_ROW_MARK, GUIDE_SHEET};

/// The header of the template's last column, which import ignores; it holds the mark of the example row.
pub const GUIDE_HEADER: &str = "填表说明";
/// The name of the hidden sheet that holds lists too long for a drop-down list of their own.
const OPTIONS_SHEET: &str = "选项";

/// How many rows below the example get drop-down lists.
const DATA_ROWS: u32 = 2000;
/// How long the choices of one drop-down list may be, joined by commas; a limit of Excel.
const INLINE_LIST_CHARS: usize = 255;
/// How long the name of a sheet may be; a limit of Excel.
const SHEET_NAME_CHARS: usize = 31;
/// Characters that the name of a sheet must not have, and what stands for each.
const FORBIDDEN_IN_NAMES: (&str, &str) = ("[]:*?/\\", "［］：＊？／＼");
/// The narrowest and the widest column, in characters; a Chinese one counts 2.
const COLUMN_WIDTHS: (usize, usize) = (10, 40);
/// What the button of the filter takes of a header's width.
const FILTER_BUTTON_WIDTH: usize = 4;

const LINE_GREY: Color = Color::RGB(0x00BF_BFBF);
const TEXT_GREY: Color = Color::RGB(0x0080_8080);
const HEADER_BLUE: Color = Color::RGB(0x00DD_EBF7);
const REQUIRED_ORANGE: Color = Color::RGB(0x00FC_E4D6);

/// Writes the template of a kind. Same declaration, same bytes.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written, [`Error::Workbook`] for a kind that no sheet can hold.
pub fn write_template(kind: &Kind, path: &Path) -> Result<(), Error> {
    let workbook = build(kind).map_err(workbook_error)?;
    save(workbook, path)
}

fn build(kind: &Kind) -> Result<Workbook, XlsxError> {
    let mut options = Worksheet::new();
    options.set_name(OPTIONS_SHEET)?.set_hidden(true);
    let mut table = Worksheet::new();
    table.set_name(sheet_name(&kind.label, &[GUIDE_SHEET, OPTIONS_SHEET]))?;
    let mut n_lists = 0;
    for (i, column) in (0..).zip(&kind.columns) {
        write_column(&mut table, i, column)?;
        let choices = choices(column);
        if choices.is_empty() {
            continue;
        }
        let list = if fits_inline(&choices) {
            DataValidation::new().allow_list_strings(&choices)?
        } else {
            n_lists += 1;
            DataValidation::new().allow_list_formula(write_list(&mut options, n_lists - 1, &choices)?)
        };
        table.add_data_validation(2, i, DATA_ROWS + 1, i, &explain(list, column)?)?;
    }
    let last = u16::try_from(kind.columns.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
    table.write_string_with_format(0, last, GUIDE_HEADER, &header_format(HEADER_BLUE))?;
    table.write_string_with_format(1, last, EXAMPLE_ROW_MARK, &example_format())?;
    table.set_column_width(last, column_width(&[EXAMPLE_ROW_MARK]))?;
    table.ignore_error_range(1, 0, DATA_ROWS + 1, last, IgnoreError::NumberStoredAsText)?;
    table.set_freeze_panes(1, 0)?.autofilter(0, 0, DATA_ROWS + 1, last)?;

    let mut workbook = new_workbook()?;
    workbook.push_worksheet(table);
    workbook.push_worksheet(guide_sheet(kind)?);
    if n_lists > 0 {
        workbook.push_worksheet(options);
    }
    Ok(workbook)
}

/// Writes the header, its note, the example and the format of one column.
fn write_column(sheet: &mut Worksheet, i: u16, column: &Column) -> Result<(), XlsxError> {
    let (header, fill) = match column.required {
        true => (format!("{}*", column.header()), REQUIRED_ORANGE),
        false => (column.header(), HEADER_BLUE),
    };
    sheet.set_column_width(i, column_width(&[&header, &column.example]))?;
    if let Some(format) = cell_format(column.column_type) {
        sheet.set_column_format(i, &Format::new().set_num_format(format))?;
    }
    sheet.write_string_with_format(0, i, &header, &header_format(fill))?;
    sheet.write_string_with_format(1, i, &column.example, &example_format())?;
    let required = if column.required { "必填。\n" } else { "" };
    sheet.insert_note(0, i, &note(&format!("{required}{}", requirement(column))))?;
    Ok(())
}

/// Returns the number format of a column. As text are kept codes, whose digits Excel would round, and everything that
/// may be a range: Excel makes a day of March of `3-5`.
fn cell_format(column_type: ColumnType) -> Option<&'static str> {
    match column_type {
        ColumnType::Date | ColumnType::Deadline => Some("yyyy-mm-dd"),
        ColumnType::Uscc
        | ColumnType::Code
        | ColumnType::Number
        | ColumnType::Figure
        | ColumnType::Percent
        | ColumnType::Money
        | ColumnType::Quantity
        | ColumnType::Period
        | ColumnType::Industry
        | ColumnType::PartyRef
        | ColumnType::Contact => Some("@"),
        ColumnType::PartyName
        | ColumnType::Text
        | ColumnType::LongText
        | ColumnType::List
        | ColumnType::Choice
        | ColumnType::ChoiceList
        | ColumnType::Flag
        | ColumnType::Region
        | ColumnType::Origin
        | ColumnType::RegionList
        | ColumnType::RegionWish
        | ColumnType::Certificates
        | ColumnType::Url => None,
    }
}

/// Returns what a drop-down list offers for a column, if anything.
fn choices(column: &Column) -> Vec<&str> {
    match column.column_type {
        ColumnType::Flag => vec!["是", "否"],
        _ => column.options.iter().map(|option| option.label.as_str()).collect(),
    }
}

/// Says whether Excel takes the choices as they are; it splits them at commas.
fn fits_inline(choices: &[&str]) -> bool {
    let n_chars: usize = choices.iter().map(|choice| choice.replace('"', "\"\"").encode_utf16().count() + 1).sum();
    n_chars <= INLINE_LIST_CHARS && !choices.iter().any(|choice| choice.contains(','))
}

/// Writes choices into a column of the hidden sheet and returns the formula that names them.
fn write_list(sheet: &mut Worksheet, i: u16, choices: &[&str]) -> Result<Formula, XlsxError> {
    let mut last = 0;
    for (row, choice) in (0..).zip(choices) {
        sheet.write_string(row, i, *choice)?;
        last = row;
    }
    Ok(Formula::new(format!("='{OPTIONS_SHEET}'!{}", cell_range_absolute(0, i, last, i))))
}

/// Adds what Excel says about a drop-down list; of several choices it knows nothing, so it only offers them.
fn explain(list: DataValidation, column: &Column) -> Result<DataValidation, XlsxError> {
    if column.column_type == ColumnType::ChoiceList {
        return list.show_error_message(false).set_input_message("可填多项，用“；”隔开");
    }
    list.set_error_title("不在可选值之内")?.set_error_message("请从下拉列表中选一项；没有合适的可以不填")
}

/// Writes the sheet that explains every column, to be printed on A4.
fn guide_sheet(kind: &Kind) -> Result<Worksheet, XlsxError> {
    const A4: u8 = 9;
    const HEADERS: [(&str, u16); 6] =
        [("列名", 24), ("是否必填", 10), ("填写要求", 52), ("示例", 26), ("可选值", 36), ("谁能看到", 24)];
    let mut sheet = Worksheet::new();
    sheet.set_name(GUIDE_SHEET)?;
    let cell = bordered().set_text_wrap().set_align(FormatAlign::Top);
    let title = Format::new().set_bold().set_font_size(14);
    sheet.write_string_with_format(0, 0, format!("{}：填写说明", kind.label), &title)?;
    sheet.write_string(1, 0, &kind.note)?;
    sheet.write_string(2, 0, "表头带 * 的列必填；第 2 行是示例，导入时忽略；列的次序可以改，用不到的列可以删。")?;
    for (i, (header, width)) in (0..).zip(HEADERS) {
        sheet.set_column_width(i, width)?;
        sheet.write_string_with_format(4, i, header, &header_format(HEADER_BLUE))?;
    }
    for (row, column) in (5..).zip(&kind.columns) {
        let texts = [
            column.header(),
            if column.required { "必填" } else { "选填" }.to_owned(),
            requirement(column),
            column.example.clone(),
            choices(column).join("、"),
            visible_to(column.visibility).to_owned(),
        ];
        let widths = HEADERS.map(|(_, width)| width);
        sheet.set_row_height(row, row_height(texts.iter().map(String::as_str).zip(widths)))?;
        for (i, text) in (0..).zip(texts) {
            sheet.write_string_with_format(row, i, text, &cell)?;
        }
    }
    sheet.set_freeze_panes(5, 0)?;
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0)
        .set_footer("&C&P / &N")
        .set_repeat_rows(4, 4)?;
    Ok(sheet)
}

/// Returns how a column is filled in: what its type takes, then its own note.
fn requirement(column: &Column) -> String {
    let form = match column.column_type {
        ColumnType::PartyName => "单位全称。",
        ColumnType::Uscc => "统一社会信用代码。",
        ColumnType::Code => "字母和数字均可。",
        ColumnType::Text => "一行文字。",
        ColumnType::LongText => "一段文字，可以分行。",
        ColumnType::List => "多项用顿号、分号或换行隔开。",
        ColumnType::Choice => "从下拉列表中选一项。",
        ColumnType::ChoiceList => "从可选值中选，多项用分号隔开。",
        ColumnType::Flag => "填“是”或“否”。",
        ColumnType::Number => "数字或范围，如 12、10-20、不少于5；不带单位的数按表头的单位。",
        ColumnType::Figure => "数字或百分数，如 8600、95%；不带单位的数按表头的单位。",
        ColumnType::Percent => "百分数或范围，如 3.85%、3%-5%。",
        ColumnType::Money => "可写 500万元、300-500万、不超过200万、面议；不带单位的数按表头的单位。",
        ColumnType::Quantity => "数量或范围，带单位，如 500吨/年、20万件、不少于5台；不带单位的数按表头的单位。",
        ColumnType::Date => "日期，如 2026-03-01。",
        ColumnType::Deadline => "最后一天，如 2026-12-31；没有期限的填“长期有效”。",
        ColumnType::Period => "年度、半年、季度或月份，如 2025年、2025年上半年、2025Q1、2025年3月。",
        ColumnType::Region => "省、市、县（市、区）的名称或行政区划代码，如 山东省潍坊市寿光市。",
        ColumnType::Origin => "省、市、县（市、区）的名称或行政区划代码；国外的写国名或“进口”。",
        ColumnType::RegionList => "省、市、县（市、区）的名称，多个用顿号隔开。",
        ColumnType::RegionWish => "如 限济南市、省内优先、不限。",
        ColumnType::Industry => "国民经济行业分类（GB/T 4754-2017）的代码或名称。",
        ColumnType::Certificates => "证书或资质的名称，多项用顿号隔开。",
        ColumnType::PartyRef => "对方单位的全称或统一社会信用代码。",
        ColumnType::Contact => "联系方式；单独保存，不参加检索。",
        ColumnType::Url => "网址，如 https://www.example.com。",
    };
    format!("{form}{}", column.note)
}

fn visible_to(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "公开",
        Visibility::Consented => "双方同意对接后，对方可见",
        Visibility::Matched => "仅用于匹配；对方只看到是否符合",
        Visibility::Private => "仅本单位",
    }
}

/// Starts a workbook whose bytes do not depend on the clock.
pub(super) fn new_workbook() -> Result<Workbook, XlsxError> {
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    Ok(workbook)
}

/// Writes a workbook to a file.
pub(super) fn save(mut workbook: Workbook, path: &Path) -> Result<(), Error> {
    let bytes = workbook.save_to_buffer().map_err(workbook_error)?;
    fs::write(path, bytes).map_err(Error::io("写入", path))
}

/// Wraps an error of the writing library.
pub(super) fn workbook_error(e: XlsxError) -> Error {
    Error::Workbook(Box::new(e))
}

/// Makes a valid name of a sheet that is none of `taken`; Excel compares names without case. The characters that Excel
/// forbids become full-width ones, which import takes for the same.
pub(super) fn sheet_name<T: AsRef<str>>(label: &str, taken: &[T]) -> String {
    let (forbidden, wide) = FORBIDDEN_IN_NAMES;
    let allowed = |c: char| forbidden.chars().zip(wide.chars()).find(|(from, _)| *from == c).map_or(c, |(_, to)| to);
    let clean: String = label.chars().map(allowed).collect();
    let clean = clean.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    let clean = if clean.is_empty() { "表" } else { clean };
    let candidates = (1..).map(|n| {
        let suffix = if n == 1 { String::new() } else { format!(" ({n})") };
        format!("{}{suffix}", truncate(clean, SHEET_NAME_CHARS - suffix.len()))
    });
    let is_free = |name: &String| !taken.iter().any(|other| other.as_ref().to_lowercase() == name.to_lowercase());
    candidates.into_iter().find(is_free).unwrap_or_default()
}

/// Cuts a text to a number of UTF-16 units, as Excel counts.
pub(super) fn truncate(text: &str, n_units_max: usize) -> &str {
    let mut n_units = 0;
    let end = text.char_indices().find(|(_, c)| {
        n_units += c.len_utf16();
        n_units > n_units_max
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// Returns a width for a column of these texts, the first of which is its header.
pub(super) fn column_width(texts: &[&str]) -> f64 {
    let lines = texts.iter().enumerate().flat_map(|(i, text)| {
        let button = if i == 0 { FILTER_BUTTON_WIDTH } else { 1 };
        text.lines().map(move |line| line.width() + button)
    });
    let (narrowest, widest) = COLUMN_WIDTHS;
    let width = lines.max().unwrap_or_default().clamp(narrowest, widest);
    u32::try_from(width).map_or(10.0, f64::from)
}

/// Returns the height of a row of wrapped texts in columns of these widths; WPS does not find it by itself.
pub(super) fn row_height<'a>(cells: impl Iterator<Item = (&'a str, u16)>) -> f64 {
    const LINE_HEIGHT: f64 = 15.0;
    // Excel ends at 409 points.
    const LINES_MAX: usize = 27;
    let lines_in = |text: &str, width: u16| -> usize {
        text.lines().map(|line| (line.width() + 1).div_ceil(usize::from(width).max(1))).sum()
    };
    let n_lines = cells.map(|(text, width)| lines_in(text, width)).max().unwrap_or_default().clamp(1, LINES_MAX);
    u32::try_from(n_lines).map_or(LINE_HEIGHT, |n| f64::from(n) * LINE_HEIGHT)
}

/// Returns the format of a header.
pub(super) fn header_format(fill: impl Into<Color>) -> Format {
    bordered().set_bold().set_background_color(fill).set_align(FormatAlign::VerticalCenter).set_text_wrap()
}

/// Makes a note that is as large as its text.
pub(super) fn note(text: &str) -> Note {
    const LINE_CHARS: usize = 36;
    let n_lines: usize = text.lines().map(|line| line.width() / LINE_CHARS + 1).sum();
    let height = u32::try_from(n_lines.min(30)).map_or(600, |n| n * 20 + 16);
    Note::new(text).add_author_prefix(false).set_width(280).set_height(height)
}

fn bordered() -> Format {
    Format::new().set_border(FormatBorder::Thin).set_border_color(LINE_GREY)
}

fn example_format() -> Format {
    Format::new().set_num_format("@").set_italic().set_font_color(TEXT_GREY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{ChoiceOption, Definition};
    use crate::intake::{Sheet, collect, read_tables};

    fn written(kind: &Kind) -> (Vec<u8>, Vec<Sheet>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("模板.xlsx");
        write_template(kind, &path).unwrap();
        (fs::read(&path).unwrap(), collect(|receiver| read_tables(&path, None, receiver)).unwrap())
    }

    fn texts(sheet: &Sheet, row: usize) -> Vec<&str> {
        sheet.rows[row].cells.iter().map(|cell| cell.text()).collect()
    }

    #[test]
    fn every_kind_has_a_template_that_reads_back() {
        for kind in Definition::compiled().unwrap().kinds.values() {
            let (bytes, sheets) = written(kind);
            assert_eq!(bytes, written(kind).0, "{}", kind.name);
            let names: Vec<&str> = sheets.iter().map(|s| s.name.as_str()).collect();
            assert_eq!(names, [sheet_name(&kind.label, &[GUIDE_SHEET]).as_str(), GUIDE_SHEET]);
            let header = |c: &Column| format!("{}{}", c.header(), if c.required { "*" } else { "" });
            let headers: Vec<String> = kind.columns.iter().map(header).chain([GUIDE_HEADER.to_owned()]).collect();
            assert_eq!(texts(&sheets[0], 0), headers);
            let examples = kind.columns.iter().map(|c| c.example.as_str()).chain([EXAMPLE_ROW_MARK]);
            assert_eq!(texts(&sheets[0], 1), examples.collect::<Vec<_>>());
            assert_eq!(sheets[0].rows.len(), 2);
            assert!(sheets[1].rows.len() > kind.columns.len());
        }
    }

    #[test]
    fn long_lists_are_kept_on_a_hidden_sheet() {
        let mut kind = Definition::compiled().unwrap().kind("procurement").unwrap().clone();
        let option = |i| ChoiceOption { name: format!("o{i}"), label: format!("第{i}个选项"), aliases: Vec::new() };
        let column = kind.columns.iter_mut().find(|c| c.column_type == ColumnType::Choice).unwrap();
        column.options = (0..200).map(option).collect();
        assert!(!fits_inline(&choices(column)));
        let mut workbook = build(&kind).unwrap();
        let names: Vec<String> = workbook.worksheets_mut().iter().map(Worksheet::name).collect();
        assert_eq!(names, ["采购需求", GUIDE_SHEET, OPTIONS_SHEET]);
        assert_eq!(written(&kind).1.len(), 2);
    }

    #[test]
    fn lists_are_inline_up_to_the_limit_and_without_commas() {
        assert!(fits_inline(&["是", "否"]));
        assert!(fits_inline(&["长".repeat(INLINE_LIST_CHARS - 1).as_str()]));
        assert!(!fits_inline(&["长".repeat(INLINE_LIST_CHARS).as_str()]));
        assert!(!fits_inline(&["a,b"]));
    }

    #[test]
    fn sheet_names_are_valid_and_unique() {
        assert_eq!(sheet_name("采购[A/B]", &[""; 0]), "采购［A／B］");
        assert_eq!(sheet_name("'", &[""; 0]), "表");
        assert_eq!(sheet_name("A", &["a", "a (2)"]), "A (3)");
        let long = "长".repeat(40);
        assert_eq!(sheet_name(&long, &["长".repeat(31)]), format!("{} (2)", "长".repeat(27)));
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(truncate("甲𠮷乙", 2), "甲");
        assert_eq!(truncate("甲𠮷乙", 3), "甲𠮷");
        assert_eq!(truncate("甲", 1), "甲");
    }
}
