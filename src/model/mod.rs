//! Inert data that every other module shares: identifiers, typed values, records, problems, scores and matches.
//! Nothing here reads a file, knows a library's types, or decides anything about a domain; constructors only keep
//! values that are meaningless from being built. JSON shapes live in `wire`, never here.

mod ids;
mod log;
mod problem;
mod ranking;
mod record;
mod report;
mod value;

pub use ids::{PartyId, RecordId, Uscc, UsccError};
pub use log::{Change, Entry, Source};
pub use problem::{Problem, ProblemCode, Severity};
pub use ranking::{
    Contribution, Evidence, Fit, Match, MatchList, Nearest, Refusal, RuleOutcome, Score, Share, Subject, Verdict,
    apportion,
};
pub use record::{Contact, Field, Owner, Party, Record, State};
pub use report::{Assigned, FileReport, Moment, RejectedRow, VerifyReport};
pub use value::{Bound, Currency, Deadline, Interval, Measure, Money, RegionWish, Strength, Value};
