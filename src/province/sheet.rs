//! A table of an invented province as whoever writes it sees it, row by row.

use crate::definition::{Column, Kind};
use crate::error::Result;

/// One table: a kind with the columns that are written, in the order of the kind.
#[derive(Debug)]
pub struct Sheet<'a> {
    /// Where it stands in the order of import: facts come before what is matched, supplies before demands.
    pub order: usize,
    /// The kind.
    pub kind: &'a Kind,
    /// The columns.
    pub columns: Vec<&'a Column>,
}

/// Takes rows as they come; the cells are those of the sheet's columns.
pub type Sink<'a> = &'a mut dyn FnMut(&Sheet<'_>, &[String]) -> Result<()>;
