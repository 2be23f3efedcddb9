//! What goes wrong in office tables, put into a share of the rows: some of it is refused at import, some is noted, some
//! is read all the same.

use crate::chance::Chance;
use crate::definition::{Column, ColumnType, Role};
use crate::error::Result;
use crate::province::sheet::{Sheet, Sink};

/// The error values of spreadsheets that no declaration takes for an empty cell.
const CELL_ERRORS: [&str; 4] = ["#REF!", "#VALUE!", "#NAME?", "#DIV/0!"];

/// Soils the cells in one way, if they have a place for it.
type Soil = fn(&Sheet<'_>, &mut [String], &mut Chance) -> bool;

/// The ways that change a row.
const SOILS: [Soil; 8] =
    [wrong_date, missing_value, bad_uscc, unknown_region, mixed_units, full_width, other_spelling, stray_spaces];

/// Soils a share of the rows on their way to the sink.
pub(super) struct Dirt {
    chance: Chance,
    share_ppm: u32,
    /// Rows written.
    pub n_rows: usize,
    /// Rows soiled or repeated.
    pub n_dirty: usize,
}

impl Dirt {
    /// Soils so many of a million rows.
    pub(super) fn new(chance: Chance, share_ppm: u32) -> Self {
        Self { chance, share_ppm, n_rows: 0, n_dirty: 0 }
    }

    /// Writes a row, soiled or repeated now and then. Its chance is its own, so clean rows are the same for any share.
    ///
    /// # Errors
    /// Those of the sink.
    pub(super) fn write(&mut self, sheet: &Sheet<'_>, mut cells: Vec<String>, sink: Sink<'_>) -> Result<()> {
        self.n_rows += 1;
        let is_dirty = self.chance.in_a_million(self.share_ppm);
        if !is_dirty {
            return sink(sheet, &cells);
        }
        self.n_dirty += 1;
        let way = self.chance.below(SOILS.len() + 2);
        if way == SOILS.len() && sheet.kind.role.is_posting() {
            sink(sheet, &cells)?;
            self.n_rows += 1;
            contradict(sheet, &mut cells);
            return sink(sheet, &cells);
        }
        // A way for which the row has no place gives way to the next; an error value has a place in any row.
        let ways = SOILS.iter().cycle().skip(way).take(if way < SOILS.len() { SOILS.len() } else { 0 });
        let is_soiled = ways.into_iter().any(|soil| soil(sheet, &mut cells, &mut self.chance));
        if !is_soiled {
            cell_error(sheet, &mut cells, &mut self.chance);
        }
        sink(sheet, &cells)
    }
}

/// Finds the cells of columns of some types that are not empty.
fn filled(sheet: &Sheet<'_>, cells: &[String], is_wanted: impl Fn(&Column) -> bool) -> Vec<usize> {
    let columns = sheet.columns.iter().zip(cells).enumerate();
    columns.filter(|(_, (column, cell))| !cell.is_empty() && is_wanted(column)).map(|(i, _)| i).collect()
}

/// Changes one of the cells.
fn change(cells: &mut [String], places: &[usize], chance: &mut Chance, how: impl Fn(&str) -> String) -> bool {
    let cell = chance.pick(places).and_then(|place| cells.get_mut(*place));
    match cell {
        Some(cell) => {
            let changed = how(cell);
            std::mem::replace(cell, changed) != *cell
        }
        None => false,
    }
}

fn wrong_date(sheet: &Sheet<'_>, cells: &mut [String], chance: &mut Chance) -> bool {
    let is_wanted = |column: &Column| matches!(column.column_type, ColumnType::Date | ColumnType::Deadline);
    change(cells, &filled(sheet, cells, is_wanted), chance, |_| "2026-02-30".to_owned())
}

fn missing_value(sheet: &Sheet<'_>, cells: &mut [String], chance: &mut Chance) -> bool {
    let is_wanted = |column: &Column| column.required && column.column_type != ColumnType::PartyName;
    change(cells, &filled(sheet, cells, is_wanted), chance, |_| String::new())
}

fn bad_uscc(sheet: &Sheet<'_>, cells: &mut [String], chance: &mut Chance) -> bool {
    let is_wanted = |column: &Column| column.column_type == ColumnType::Uscc;
    change(cells, &filled(sheet, cells, is_wanted), chance, |code| {
        let (base, check) = code.split_at(code.len().saturating_sub(1));
        format!("{base}{}", if check == "0" { "1" } else { "0" })
    })
}

fn unknown_region(sheet: &Sheet<'_>, cells: &mut [String], chance: &mut Chance) -> bool {
    let is_wanted = |column: &Column| column.column_type == ColumnType::Region;
    change(cells, &filled(sheet, cells, is_wanted), chance, |_| "鲁南某市".to_owned())
}

/// Read all the same: yuan among ten thousands of yuan, tons by their symbol.
fn mixed_units(sheet: &Sheet<'_>, cells: &mut [String], chance: &mut Chance) -> bool {
    let is_wanted = |column: &Column| matches!(column.column_type, ColumnType::Money | ColumnType::Quantity);
    let mut places = filled(sheet, cells, is_wanted);
    places.retain(|place| {
        cells.get(*place).is_some_and(|cell| (cell.ends_with("万元") && !cell.contains('-')) || cell.contains('吨'))
    });
    change(cells, &places, chance, |cell| cell.replace("万元", "0000元").replace('吨', "t"))
}

/// Read all the same: letters and digits as wide as Chinese characters.
fn full_width(sheet: &Sheet<'_>, cells: &mut [String], chance: &mut Chance) -> bool {
    let mut places = filled(sheet, cells, |column| column.column_type == ColumnType::Text);
    places.retain(|place| cells.get(*place).is_some_and(|cell| cell.chars().any(|c| c.is_ascii_alphanumeric())));
    let widen = |c: char| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c) } else { c };
    change(cells, &places, chance, |cell| cell.chars().map(widen).collect())
}

/// Noted at import: another spelling of a name beside the party's code. The table of parties itself says what is right.
fn other_spelling(sheet: &Sheet<'_>, cells: &mut [String], chance: &mut Chance) -> bool {
    let has_code = !filled(sheet, cells, |column| column.column_type == ColumnType::Uscc).is_empty();
    if !has_code || sheet.kind.role == Role::Party {
        return false;
    }
    let places = filled(sheet, cells, |column| column.column_type == ColumnType::PartyName);
    change(cells, &places, chance, |name| match name.strip_suffix("有限公司") {
        Some(stem) => format!("{stem}公司"),
        None => format!("{name}（本部）"),
    })
}

/// Read all the same: spaces around a text.
fn stray_spaces(sheet: &Sheet<'_>, cells: &mut [String], chance: &mut Chance) -> bool {
    let is_wanted = |column: &Column| matches!(column.column_type, ColumnType::Text | ColumnType::PartyName);
    change(cells, &filled(sheet, cells, is_wanted), chance, |text| format!(" {text}\u{3000}"))
}

/// A spreadsheet's error value, in any cell but those that say whose the row is.
fn cell_error(sheet: &Sheet<'_>, cells: &mut [String], chance: &mut Chance) -> bool {
    let is_wanted = |column: &Column| {
        !matches!(column.column_type, ColumnType::PartyName | ColumnType::Uscc | ColumnType::Code | ColumnType::Contact)
    };
    let places = filled(sheet, cells, is_wanted);
    let error = chance.pick(&CELL_ERRORS).copied().unwrap_or_default();
    change(cells, &places, chance, |_| error.to_owned())
}

/// Makes a repeated row say something else than the first.
fn contradict(sheet: &Sheet<'_>, cells: &mut [String]) {
    let title = sheet.columns.iter().position(|column| column.required && column.column_type == ColumnType::Text);
    if let Some(cell) = title.and_then(|place| cells.get_mut(place)) {
        cell.push_str("（二）");
    }
}
