//! Inert data that every other module shares: identifiers, typed values, records, problems, scores and matches.
//! Nothing here reads a file, knows a library's types, or decides anything about a domain; constructors only keep
//! values that are meaningless from being built. JSON shapes live in `wire`, never here.

mod access;
mod alert;
mod fields;
mod hooks;
mod ids;
mod kept;
mod log;
mod name;
mod problem;
mod ranking;
mod record;
mod report;
mod value;

pub use access::{Answer, Aside, Key, KeyId, KeyRole, Once, Reach, Trace, Viewer};
pub use alert::{AlertCause, AlertMark, NewAlert, Receiver, ToldAlert};
pub use fields::{Cell, Field, Fields, Packed};
pub use hooks::{Attempt, Hook, HookId, Message, Pause, Progress, Trouble};
pub use ids::{PartyId, RecordId, Uscc, UsccError};
pub use kept::KeptAgenda;
pub use log::{Change, Entry, Source};
pub use name::Name;
pub use problem::{Problem, ProblemCode, Severity};
pub use ranking::{
    Contribution, Evidence, Fit, Match, MatchList, Nearest, Refusal, RuleOutcome, Score, Share, Subject, Verdict,
    apportion, score_of,
};
pub use record::{Contact, Owner, Party, Record, State};
pub use report::{Assigned, FileReport, Moment, Notice, RejectedRow, VerifyReport};
pub use value::{Bound, Currency, Deadline, Interval, Measure, Money, RegionWish, Strength, Value};
