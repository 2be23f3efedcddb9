//! Events: roadshows and sessions at which those whom matches bring together meet. An event file says when and where, who
//! takes part and what the organiser wants; with a roster, who suits whom, it becomes a [`Plan`], whose problem the agenda
//! solves. Nothing here looks anything up in the data or writes a report.

mod bounds;
mod build;
mod file;
mod parts;
mod plan;
mod reading;
mod reasons;
mod roster;
mod settings;
mod source;
mod summary;
mod timetable;
mod wanted;

pub use plan::{Item, PairNotes, Participant, Plan, Posting, Reason, Seat, Topic, by_time, table_number};
pub use reasons::{dropped_in_words, shortage_in_words};
pub use roster::{Attendee, Candidate, Roster};
pub use settings::{ATTENDEES_MAX, Event, Group};
pub use summary::{Coverage, Summary, gap, points};
pub use timetable::{Span, clock, parse_moment};
