//! From files to drafts of records: which sheet is of which kind, which column is which, what each cell says, and what
//! is wrong with it. A bad row never stops the good ones, and nothing is dropped without a word. Intake does not know
//! what is already stored: who a party is and whether a record is new is decided by the engine.

mod archive;
mod delimited;
mod files;
mod header;
mod jsonl;
mod limits;
mod mapping;
mod process;
mod rows;
mod sheet;
mod suggest;
mod table;
mod torn;
mod workbook;

pub use files::read_tables;
pub use header::{HEADER_ROWS_MAX, find_header, first_row_header};
pub use mapping::{Mapping, TableOptions};
pub use process::{READ_WORKBOOK, serve_workbook};
pub use rows::{Draft, RowRead, problem};
#[cfg(test)]
pub use sheet::collect;
pub use sheet::{Cell, EXAMPLE_ROW_MARK, GUIDE_SHEET, Piece, Row, Sheet};
pub use suggest::suggest_mapping;
pub use table::{Table, TableReader};
