//! Workbooks for people: templates to fill in, rejected rows to correct, and matches to read. A report is written from inert data and
//! decides nothing.

mod corrections;
mod matches;
mod template;

pub use corrections::write_corrections;
pub use matches::MatchWorkbook;
pub use template::write_template;
