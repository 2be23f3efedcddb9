//! What people read outside the program: workbooks with templates to fill in, rejected rows to correct and matches, and
//! pictures of chains. A report is written from inert data and decides nothing.

mod agenda_calendar;
mod agenda_page;
mod agenda_text;
mod agenda_workbook;
mod chain_box;
mod chain_drawing;
mod chain_svg;
mod corrections;
mod layered;
mod matches;
mod rails;
mod svg;
mod template;

pub use agenda_calendar::calendar;
pub use agenda_page::write_agenda_page;
pub use agenda_text::{facts, item_title, meeting_row, move_text, troubles, when};
pub use agenda_workbook::write_agenda_workbook;
pub use chain_drawing::{ChainDrawing, DrawnFeed, DrawnLink, FeedStrength, SKELETON, layers, remarks};
#[cfg(feature = "service")]
pub use chain_svg::chain_svg;
pub use chain_svg::write_chain_svg;
pub use corrections::write_corrections;
pub use matches::MatchWorkbook;
pub use template::write_template;
