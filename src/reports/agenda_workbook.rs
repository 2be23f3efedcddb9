//! The workbook of an agenda: its summary, and its meetings by slot, by party and by table, laid out to be printed.

use std::path::Path;

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::agenda::{Agenda, Meeting};
use crate::error::Error;
use crate::event::{Plan, Seat, Summary, by_time};
use crate::reports::agenda_text::{
    about, days, facts, item_title, open_of, reasons_of, score_of, side, table_of, time_of, troubles, when,
};
use crate::reports::template::{new_workbook, row_height, save, truncate, workbook_error};

/// How long a cell may be; a limit of Excel.
const CELL_CHARS: usize = 32_767;
const A4: u8 = 9;
/// The first row below title and headers.
const FIRST_ROW: u32 = 3;
const REASONS_MAX: usize = 3;
/// The height that a row has beyond its text, in points.
const ROOM: f64 = 5.0;
const HEADER_BLUE: Color = Color::RGB(0x00DD_EBF7);
const BAND_GREY: Color = Color::RGB(0x00F5_F7FA);
const LINE_GREY: Color = Color::RGB(0x00BF_BFBF);
const FONT: &str = "微软雅黑";

/// A table with its headers, their widths in characters, and its rows; the rows of one band stand together.
struct Table {
    name: &'static str,
    headers: &'static [(&'static str, u16)],
    rows: Vec<(usize, Vec<String>)>,
}

const BY_SLOT: &[(&str, u16)] =
    &[("时段", 15), ("桌号", 9), ("坐席方", 32), ("来访方", 32), ("通道", 12), ("洽谈内容", 40)];
const BY_PARTY: &[(&str, u16)] =
    &[("单位", 26), ("时间", 15), ("桌号", 9), ("对方", 28), ("洽谈内容", 32), ("得分", 8), ("理由", 48)];
const BY_TABLE: &[(&str, u16)] =
    &[("桌号", 9), ("时段", 15), ("坐席方", 32), ("来访方", 32), ("通道", 12), ("洽谈内容", 40)];

/// Writes the workbook of an agenda. Same agenda, same bytes.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written, [`Error::Workbook`] for what no sheet can hold.
pub fn write_agenda_workbook(path: &Path, plan: &Plan, agenda: &Agenda, summary: &Summary) -> Result<(), Error> {
    let workbook = build(plan, agenda, summary).map_err(workbook_error)?;
    save(workbook, path)
}

fn build(plan: &Plan, agenda: &Agenda, summary: &Summary) -> Result<Workbook, XlsxError> {
    let meetings = by_time(agenda);
    let mut workbook = new_workbook()?;
    workbook.push_worksheet(overview(plan, agenda, summary)?);
    workbook.push_worksheet(sheet(plan, &by_slot(plan, &meetings))?);
    workbook.push_worksheet(sheet(plan, &by_party(plan, agenda))?);
    workbook.push_worksheet(sheet(plan, &by_table(plan, &meetings))?);
    Ok(workbook)
}

fn overview(plan: &Plan, agenda: &Agenda, summary: &Summary) -> Result<Worksheet, XlsxError> {
    const WIDTHS: (u16, u16) = (16, 84);
    let mut rows: Vec<(String, String)> =
        facts(plan, agenda, summary).into_iter().map(|(label, text)| (label.to_owned(), text)).collect();
    rows.extend(troubles(summary).into_iter().map(|text| ("请留意".to_owned(), text)));
    rows.extend(plan.programme.iter().map(|item| (when(plan, item.span), item_title(plan, item))));
    let unserved = |(party, why): &(usize, String)| ("没有洽谈".to_owned(), format!("{}：{why}", plan.name_of(*party)));
    rows.extend(summary.unserved.iter().map(unserved));
    let mut sheet = Worksheet::new();
    sheet.set_name("摘要")?;
    sheet.set_column_width(0, WIDTHS.0)?.set_column_width(1, WIDTHS.1)?;
    sheet.write_string_with_format(0, 0, truncate(&plan.name, CELL_CHARS), &title())?;
    sheet.set_row_height(0, 26)?;
    for (row, (label, text)) in (1..).zip(&rows) {
        sheet.write_string_with_format(row, 0, label, &cell().set_bold())?;
        sheet.write_string_with_format(row, 1, truncate(text, CELL_CHARS), &cell())?;
        let texts = [(label.as_str(), WIDTHS.0), (text.as_str(), WIDTHS.1)];
        sheet.set_row_height(row, row_height(texts.into_iter()) + ROOM)?;
    }
    paper(&mut sheet, plan)?;
    Ok(sheet)
}

fn by_slot(plan: &Plan, meetings: &[Meeting]) -> Table {
    let row = |meeting: &Meeting| {
        let [buyer, sme, lane, subject] = meeting_texts(plan, *meeting);
        (meeting.slot, vec![time_of(plan, *meeting), table_of(*meeting), buyer, sme, lane, subject])
    };
    Table { name: "按时段", headers: BY_SLOT, rows: meetings.iter().map(row).collect() }
}

fn by_table(plan: &Plan, meetings: &[Meeting]) -> Table {
    let mut meetings = meetings.to_vec();
    meetings.sort_by_key(|meeting| meeting.table);
    let mut band = 0;
    let mut last = None;
    let rows = meetings.iter().map(|meeting| {
        band += usize::from(last.replace(meeting.table).is_some_and(|last| last != meeting.table));
        let [buyer, sme, lane, subject] = meeting_texts(plan, *meeting);
        (band, vec![table_of(*meeting), time_of(plan, *meeting), buyer, sme, lane, subject])
    });
    Table { name: "按桌号", headers: BY_TABLE, rows: rows.collect() }
}

fn by_party(plan: &Plan, agenda: &Agenda) -> Table {
    let seats = plan.seats(agenda);
    let rows = seats.iter().enumerate().flat_map(|(party, seats)| {
        let name = format!("{}（{}）", plan.name_of(party), side(plan.role_of(party)));
        let mut rows: Vec<Vec<String>> = seats.iter().map(|seat| seat_row(plan, &name, *seat)).collect();
        if rows.is_empty() {
            rows.push(vec![name, "没有洽谈".to_owned()]);
        }
        rows.into_iter().map(move |row| (party, row))
    });
    Table { name: "按单位", headers: BY_PARTY, rows: rows.collect() }
}

fn seat_row(plan: &Plan, name: &str, seat: Seat) -> Vec<String> {
    let pair = seat.meeting.pair;
    let mut reasons = reasons_of(plan, pair, REASONS_MAX);
    reasons.extend(open_of(plan, pair).iter().map(|open| format!("待核实 {open}")));
    vec![
        name.to_owned(),
        time_of(plan, seat.meeting),
        table_of(seat.meeting),
        format!("{}\n{}", plan.name_of(seat.other), about(plan, seat.other)).trim_end().to_owned(),
        plan.subject_of(pair),
        score_of(plan, pair),
        reasons.join("\n"),
    ]
}

/// Returns buyer, SME, lane and subject of a meeting.
fn meeting_texts(plan: &Plan, meeting: Meeting) -> [String; 4] {
    let (buyer, sme) = plan.sides_of(meeting.pair).unwrap_or_default();
    let lane = plan.topic_of(meeting.pair).map_or(String::new(), |topic| topic.lane_label.clone());
    [plan.name_of(buyer).to_owned(), plan.name_of(sme).to_owned(), lane, plan.subject_of(meeting.pair)]
}

fn sheet(plan: &Plan, table: &Table) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(table.name)?;
    let heading = format!("{}：{}", table.name, plan.name);
    sheet.write_string_with_format(0, 0, truncate(&heading, CELL_CHARS), &title())?;
    let heading = format!("{}　{}", days(plan), plan.place);
    sheet.write_string_with_format(1, 0, truncate(&heading, CELL_CHARS), &small())?;
    sheet.set_row_height(0, 26)?;
    let header = cell().set_bold().set_background_color(HEADER_BLUE).set_align(FormatAlign::VerticalCenter);
    for (column, (label, width)) in (0..).zip(table.headers) {
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(FIRST_ROW - 1, column, *label, &header)?;
    }
    let (plain, banded) = (cell(), cell().set_background_color(BAND_GREY));
    for (row, (band, texts)) in (FIRST_ROW..).zip(&table.rows) {
        let format = if band % 2 == 0 { &plain } else { &banded };
        for (column, (_, _)) in (0..).zip(table.headers) {
            let text = texts.get(usize::from(column)).map_or("", String::as_str);
            sheet.write_string_with_format(row, column, truncate(text, CELL_CHARS), format)?;
        }
        let widths = texts.iter().map(String::as_str).zip(table.headers.iter().map(|(_, width)| *width));
        sheet.set_row_height(row, row_height(widths) + ROOM)?;
    }
    let last_row = FIRST_ROW + u32::try_from(table.rows.len()).unwrap_or(0);
    let last_column = u16::try_from(table.headers.len()).unwrap_or(1) - 1;
    sheet.autofilter(FIRST_ROW - 1, 0, last_row.max(FIRST_ROW) - 1, last_column)?;
    sheet.set_freeze_panes(FIRST_ROW, 0)?;
    sheet.set_landscape().set_repeat_rows(0, FIRST_ROW - 1)?;
    paper(&mut sheet, plan)?;
    Ok(sheet)
}

/// One page wide on A4, with the event and the page below.
fn paper(sheet: &mut Worksheet, plan: &Plan) -> Result<(), XlsxError> {
    // In a footer an ampersand begins a code.
    let name = plan.name.replace('&', "&&");
    sheet.set_paper_size(A4).set_print_fit_to_pages(1, 0).set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_footer(format!("&L{}&R第 &P 页，共 &N 页", truncate(&name, 100)));
    Ok(())
}

fn cell() -> Format {
    Format::new()
        .set_font_name(FONT)
        .set_font_size(10)
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter)
        .set_border(FormatBorder::Thin)
        .set_border_color(LINE_GREY)
}

fn title() -> Format {
    Format::new().set_font_name(FONT).set_font_size(15).set_bold()
}

fn small() -> Format {
    Format::new().set_font_name(FONT).set_font_size(10)
}
