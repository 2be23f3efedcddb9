//! Workbooks for people: templates to fill in, and rejected rows to correct. A report is written from inert data and
//! decides nothing.

mod corrections;
mod template;

pub use corrections::write_corrections;
pub use template::write_template;
