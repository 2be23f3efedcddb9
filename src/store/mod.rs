//! The durable log, one SQLite file, and the lock that keeps it to one writer. What is appended is on disk before the
//! call returns, and is never changed afterwards. Contacts, access keys, webhooks, agendas and the trail of what was seen are
//! kept beside the log and out of every view. A seal beside it tells a file that was left in order from one that was not, or is damaged. The store knows nothing of declarations
//! or matching: it takes and gives inert changes.

mod access;
mod agendas;
mod alerts;
mod beside;
mod contacts;
mod fault;
mod file;
mod hooks;
mod lock;
mod log;
mod payload;

pub use lock::WriterLock;
pub use log::Log;

/// The file of the log in its data directory.
const LOG_FILE: &str = "log.sqlite";
