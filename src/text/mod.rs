//! From text to terms and typed values: numbers, money, quantities, dates, places, part numbers, organisation names
//! and Chinese words. Everything is pure: text in, values out, no files and no clock; what a text leaves unsaid
//! stays unknown and is never taken for zero.

mod bag;
mod cell;
mod codes;
mod dates;
mod dictionary;
mod exclusions;
mod interval;
mod leaves;
mod listing;
mod lists;
mod measure;
mod money;
mod names;
mod numbers;
mod phrases;
mod places;
mod requirements;
mod segment;
mod specs;
mod spellings;
mod vector;
mod weights;

pub use bag::{Bag, Grain, wanted};
pub use cell::{Finding, Reading, is_percentage, read_cell, split_list};
pub use dates::{read_date, read_deadline, read_period};
pub use exclusions::{Exclusion, ExclusionKind};
pub use leaves::Leaf;
pub use listing::list_terms;
pub use measure::{MeasureError, read_measure};
pub use money::{read_money, read_signed_money};
pub use names::{organisation_key, similar, strip_personal};
pub use phrases::Force;
pub use requirements::{Clause, Need, Requirements, read_requirements, read_statements, wanted_text};
pub use segment::{Cut, Segmenter, Term};
pub use specs::Spec;
pub use spellings::{list_parts, list_pinyin, may_be_pinyin, parts_to_find};
pub use vector::{Vector, coverage};
pub use weights::weigh;
