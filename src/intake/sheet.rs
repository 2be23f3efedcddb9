//! Tables as they come out of a file, before anything is known of their meaning: rows of cells with the numbers that
//! the user's program shows beside them.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

/// One cell, already text: numbers are written without exponent, dates as ISO 8601.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing, or only white space.
    #[default]
    Empty,
    /// Text, as the user's program would show it without formatting.
    Text(String),
    /// A formula's error value such as `#N/A`, or a cell that cannot be read.
    Error(String),
}

impl Cell {
    /// Returns the text, or the empty string.
    pub fn text(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Error(text) => text,
        }
    }

    /// Says whether the cell holds nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::Empty
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The number that the user's program shows, from 1.
    pub number: u32,
    /// The cells, from the first column; trailing empty cells may be absent.
    pub cells: Vec<Cell>,
    /// Whether a merged cell spans several columns of this row (a title or a note, not data).
    pub spanned: bool,
}

/// The beginning of a sheet, or of a whole file of a format without sheets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The sheet's name; empty for formats without sheets.
    pub name: String,
    /// The first rows that hold anything, in order.
    pub rows: Vec<Row>,
}

/// What a file gives, one after the other, so that no file need be held whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A sheet begins; its name is empty for formats without sheets.
    Sheet(String),
    /// The next row of the sheet that holds anything. Merged cells are filled into every row that they cover.
    Row(Row),
}

/// Takes the pieces of a file; it may break off, and then gets no more.
pub type Receiver<'a> = dyn FnMut(Piece) -> ControlFlow<()> + 'a;

/// What marks the example row of a template; a row with a cell of this text is never imported.
pub const EXAMPLE_ROW_MARK: &str = "示例行，导入时忽略，请从下一行填写";

/// The sheet of a template that explains the columns; it holds no data.
pub const GUIDE_SHEET: &str = "填写说明";

/// What stands for a formula that was saved without its result.
pub const NOT_CALCULATED: &str = "#公式未计算";

/// Collects what a reader gives, for tests.
///
/// # Errors
/// Those of the reader.
#[cfg(test)]
pub fn collect<E>(read: impl FnOnce(&mut Receiver<'_>) -> Result<(), E>) -> Result<Vec<Sheet>, E> {
    let mut sheets: Vec<Sheet> = Vec::new();
    read(&mut |piece| {
        match piece {
            Piece::Sheet(name) => sheets.push(Sheet { name, rows: Vec::new() }),
            Piece::Row(row) => sheets.last_mut().expect("a sheet begins before its rows").rows.push(row),
        }
        ControlFlow::Continue(())
    })?;
    Ok(sheets)
}
