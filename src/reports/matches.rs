//! The workbook of all matches: one sheet for each lane, one row for each pair, with the reasons beside it. Cells are
//! written as texts and numbers, never as formulas.

use std::path::{Path, PathBuf};

use rust_xlsxwriter::{Color, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::error::Error;
use crate::model::{Match, MatchList, Verdict};
use crate::reports::template::{header_format, new_workbook, save, sheet_name, truncate, workbook_error};

/// The headers with the widths of their columns, in characters.
const COLUMNS: [(&str, f64); 13] = [
    ("需求", 34.0),
    ("需求单位", 30.0),
    ("名次", 6.0),
    ("得分", 8.0),
    ("双向分", 8.0),
    ("对方名次", 9.0),
    ("供给", 34.0),
    ("供给单位", 30.0),
    ("服务对象", 9.0),
    ("理由", 70.0),
    ("待核实", 40.0),
    ("需求标识", 26.0),
    ("供给标识", 26.0),
];
/// How many rows go on one sheet; Excel holds a few more.
const SHEET_ROWS: u32 = 1_000_000;
/// How long a cell may be; a limit of Excel.
const CELL_CHARS: usize = 32_767;
const HEADER_BLUE: Color = Color::RGB(0x00DD_EBF7);

/// A workbook that grows list by list.
pub struct MatchWorkbook {
    path: PathBuf,
    workbook: Workbook,
    sheet: Option<Sheet>,
    names: Vec<String>,
}

struct Sheet {
    lane: String,
    worksheet: Worksheet,
    row: u32,
}

impl MatchWorkbook {
    /// Begins a workbook that [`finish`](Self::finish) writes to a file.
    ///
    /// # Errors
    /// [`Error::Workbook`] if it cannot be set up.
    pub fn new(path: &Path) -> Result<Self, Error> {
        let workbook = new_workbook().map_err(workbook_error)?;
        Ok(Self { path: path.to_path_buf(), workbook, sheet: None, names: Vec::new() })
    }

    /// Adds the pairs of a list; lists of one lane follow each other.
    ///
    /// # Errors
    /// [`Error::Workbook`] for what a sheet cannot hold.
    pub fn push(&mut self, list: &MatchList) -> Result<(), Error> {
        for found in &list.matches {
            self.push_row(list, found).map_err(workbook_error)?;
        }
        Ok(())
    }

    fn push_row(&mut self, list: &MatchList, found: &Match) -> Result<(), XlsxError> {
        let fits = |sheet: &Sheet| sheet.lane == list.lane && sheet.row <= SHEET_ROWS;
        let mut sheet = match self.sheet.take() {
            Some(sheet) if fits(&sheet) => sheet,
            full => {
                self.close(full);
                let name = sheet_name(&list.lane_label, &self.names);
                self.names.push(name.clone());
                Sheet { lane: list.lane.clone(), worksheet: begin(&name)?, row: 1 }
            }
        };
        write_row(&mut sheet.worksheet, sheet.row, list, found)?;
        sheet.row += 1;
        self.sheet = Some(sheet);
        Ok(())
    }

    fn close(&mut self, sheet: Option<Sheet>) {
        if let Some(sheet) = sheet {
            self.workbook.push_worksheet(sheet.worksheet);
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be written.
    pub fn finish(mut self) -> Result<(), Error> {
        let last = self.sheet.take();
        self.close(last);
        if self.names.is_empty() {
            self.workbook.push_worksheet(begin("匹配").map_err(workbook_error)?);
        }
        save(self.workbook, &self.path)
    }
}

fn begin(name: &str) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    for (i, (header, width)) in (0..).zip(COLUMNS) {
        sheet.write_string_with_format(0, i, header, &header_format(HEADER_BLUE))?;
        sheet.set_column_width(i, width)?;
    }
    sheet.set_freeze_panes(1, 1)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(sheet)
}

fn write_row(sheet: &mut Worksheet, row: u32, list: &MatchList, found: &Match) -> Result<(), XlsxError> {
    let name = |party: Option<&(crate::model::PartyId, String)>| party.map_or(String::new(), |(_, name)| name.clone());
    let subject = &list.subject;
    let reasons = found.contributions.iter().filter(|part| part.weight > 0 && !part.reason.is_empty());
    let reasons: Vec<String> = reasons.map(|part| format!("{}：{}", part.label, part.reason)).collect();
    let open = found.rules.iter().filter(|rule| rule.verdict == Verdict::Unknown);
    let open: Vec<String> = open.map(|rule| format!("{}：{}", rule.label, rule.detail)).collect();
    let texts = [
        (0, subject.title.clone()),
        (1, name(subject.party.as_ref())),
        (6, found.title.clone()),
        (7, name(found.party.as_ref())),
        (8, if found.served { "是" } else { "否" }.to_owned()),
        (9, reasons.join("\n")),
        (10, open.join("\n")),
        (11, subject.id.as_ref().map(ToString::to_string).unwrap_or_default()),
        (12, found.id.to_string()),
    ];
    let cell = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (column, text) in texts {
        sheet.write_string_with_format(row, column, truncate(&text, CELL_CHARS), &cell)?;
    }
    let points = Format::new().set_num_format("0.00").set_align(FormatAlign::Top);
    let count = |rank: usize| f64::from(u32::try_from(rank).unwrap_or(u32::MAX));
    sheet.write_number_with_format(row, 2, count(found.rank), &cell)?;
    sheet.write_number_with_format(row, 3, f64::from(found.score.0) / 100.0, &points)?;
    sheet.write_number_with_format(row, 4, f64::from(found.mutual.0) / 100.0, &points)?;
    if let Some(rank) = found.rank_back {
        sheet.write_number_with_format(row, 5, count(rank), &cell)?;
    }
    Ok(())
}
