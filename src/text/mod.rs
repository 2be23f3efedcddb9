//! From text to terms and typed values: numbers, money, quantities, dates, places, part numbers, organisation names
//! and Chinese words. Everything is pure: text in, values out, no files and no clock; what a text leaves unsaid
//! stays unknown and is never taken for zero.

mod cell;
mod codes;
mod dates;
mod interval;
mod measure;
mod money;
mod names;
mod numbers;
mod places;
mod segment;

pub use cell::{Finding, Reading, read_cell, split_list};
pub use dates::{read_date, read_deadline, read_period};
pub use measure::{MeasureError, read_measure};
pub use money::read_money;
pub use names::{organisation_key, similar, strip_personal};
pub use segment::{Segmenter, Term, weigh};
