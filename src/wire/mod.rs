//! JSON shapes, shared by the command line and whatever else speaks for the engine. Keys are in snake case; scores, points
//! and values are decimals written from integers. A shape is built from a model value and knows nothing else.

mod decimal;
mod generated;
mod imports;
mod matches;
mod quality;
mod records;

pub use decimal::Hundredths;
pub use generated::{GeneratedBody, GeneratedFile};
pub use imports::ImportBody;
pub use matches::MatchListBody;
pub use quality::{LaneSummaryBody, QualityBody};
pub use records::{RecordBody, SearchBody, VerifyBody};
