//! What people read outside the program: workbooks with templates to fill in, rejected rows to correct and matches, and
//! pictures of chains. A report is written from inert data and decides nothing.

mod chain_drawing;
mod chain_svg;
mod corrections;
mod layered;
mod matches;
mod svg;
mod template;

pub use chain_drawing::{ChainDrawing, DrawnFeed, DrawnLink, FeedStrength, LinkState as DrawnState};
pub use chain_svg::write_chain_svg;
pub use corrections::write_corrections;
pub use matches::MatchWorkbook;
pub use template::write_template;
