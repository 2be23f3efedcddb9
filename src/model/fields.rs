//! The filled cells of a record, packed: a province has millions of them. One text holds all that was written, the
//! column names are shared by all records of a kind, and equal values may be shared too.

use std::sync::Arc;

use crate::model::{Name, Value};

/// One cell of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field<'a> {
    /// The cell as the user wrote it; what is shown.
    pub raw: &'a str,
    /// The typed reading; `None` where the cell says that the value is not known or not fixed (`面议`).
    pub value: Option<&'a Value>,
}

/// Filled cells by declared column name, ascending; empty cells are absent.
#[derive(Debug, Clone)]
pub struct Fields {
    columns: Arc<[Name]>,
    values: Arc<[Value]>,
    text: Box<str>,
    cells: Box<[Cell]>,
}

/// A cell: what stands in the text from the end of the cell before.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Where the cell's text ends, in bytes.
    pub end: u32,
    /// The typed reading: one more than its place among the values, or 0 for none.
    pub value: u32,
    /// The column, by its place among the columns.
    pub column: u16,
}

/// Cells that are packed, but for their values, which are still being gathered.
#[derive(Debug)]
pub struct Packed {
    columns: Arc<[Name]>,
    text: Box<str>,
    cells: Box<[Cell]>,
}

impl Packed {
    /// Packs cells given by column name, as written, and by [`Cell::value`]. `columns`, ascending, are those of the kind;
    /// a record with a column that is not among them keeps a list of its own.
    ///
    /// # Panics
    /// Panics if there are more than 65,535 columns or 4 GiB of text, both far above what a table may have.
    pub fn new(columns: &Arc<[Name]>, mut cells: Vec<(&str, &str, u32)>) -> Self {
        cells.sort_by_key(|(column, _, _)| *column);
        let mut known = (0..).zip(columns.iter());
        let mut place_of = |name: &str| known.find(|(_, column)| column.as_str() == name).map(|(place, _)| place);
        let places: Option<Vec<u16>> = cells.iter().map(|(name, _, _)| place_of(name)).collect();
        let (columns, places) = match places {
            Some(places) => (Arc::clone(columns), places),
            None => (cells.iter().map(|(name, _, _)| Name::from(*name)).collect(), (0..).take(cells.len()).collect()),
        };
        let mut text = String::with_capacity(cells.iter().map(|(_, raw, _)| raw.len()).sum());
        let mut packed = Vec::with_capacity(cells.len());
        for ((_, raw, value), column) in cells.into_iter().zip(places) {
            text.push_str(raw);
            let end = u32::try_from(text.len()).expect("a record has less than 4 GiB of text");
            packed.push(Cell { value, end, column });
        }
        Self { columns, text: text.into(), cells: packed.into() }
    }

    /// Takes packed cells as they were stored; see [`Fields::parts`].
    pub fn from_parts(columns: Arc<[Name]>, text: Box<str>, cells: Box<[Cell]>) -> Self {
        Self { columns, text, cells }
    }

    /// Adds the values, which many records may share.
    pub fn with(self, values: &Arc<[Value]>) -> Fields {
        let Self { columns, text, cells } = self;
        Fields { columns, values: Arc::clone(values), text, cells }
    }
}

impl Fields {
    /// Returns the columns of the kind, the text and the cells, to be stored.
    pub fn parts(&self) -> (&[Name], &str, &[Cell]) {
        (&self.columns, &self.text, &self.cells)
    }

    /// Returns the value of a cell.
    pub fn value(&self, cell: Cell) -> Option<&Value> {
        self.values.get(usize::try_from(cell.value).ok()?.checked_sub(1)?)
    }

    /// Finds a cell by its column. O(columns), but only those of one length are looked into.
    pub fn get(&self, column: &str) -> Option<Field<'_>> {
        let column = self.columns.iter().position(|name| name.as_str() == column)?;
        let place = self.cells.binary_search_by_key(&column, |cell| usize::from(cell.column)).ok()?;
        Some(self.field(place, *self.cells.get(place)?))
    }

    /// Lists the cells by column name, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Field<'_>)> {
        self.cells.iter().enumerate().map(|(place, cell)| (self.name(*cell), self.field(place, *cell)))
    }

    /// Lists the names of the filled columns, ascending.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(|cell| self.name(*cell))
    }

    fn name(&self, cell: Cell) -> &str {
        self.columns.get(usize::from(cell.column)).map_or("", Name::as_str)
    }

    fn field(&self, place: usize, cell: Cell) -> Field<'_> {
        let start = place.checked_sub(1).and_then(|before| self.cells.get(before)).map_or(0, |before| before.end);
        let at = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
        Field { raw: self.text.get(at(start)..at(cell.end)).unwrap_or(""), value: self.value(cell) }
    }
}

/// Equal cells are equal however they are packed.
impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_whether_their_columns_are_declared_or_not() {
        let columns: Arc<[Name]> = ["brand", "price", "title"].map(Name::from).into();
        let values: Arc<[Value]> = [Value::Text, Value::Flag(true)].into();
        let fields = |columns, last| Packed::new(columns, vec![("title", "轴承", 1), (last, "是", 2)]).with(&values);
        for last in ["brand", "undeclared", "a"] {
            let fields = fields(&columns, last);
            assert_eq!(fields.get(last), Some(Field { raw: "是", value: Some(&Value::Flag(true)) }));
            assert_eq!(fields.get("title"), Some(Field { raw: "轴承", value: Some(&Value::Text) }));
            assert_eq!(fields.get("price"), None);
            let mut names = [last, "title"];
            names.sort_unstable();
            assert_eq!(fields.names().collect::<Vec<_>>(), names);
        }
        assert_ne!(fields(&columns, "brand"), fields(&columns, "a"));
        assert_eq!(fields(&columns, "brand"), fields(&["brand", "title"].map(Name::from).into(), "brand"));
    }
}
