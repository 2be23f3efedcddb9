//! JSON shapes, shared by the command line and whatever else speaks for the engine. Keys are in snake case; scores, points
//! and values are decimals written from integers. A shape is built from a model value and knows nothing else.

mod agenda;
#[cfg(feature = "service")]
mod alerts;
mod chains;
mod decimal;
#[cfg(feature = "service")]
mod done;
mod dossier;
mod event;
mod event_summary;
mod generated;
#[cfg(feature = "service")]
mod hooks;
mod imports;
#[cfg(feature = "service")]
mod intents;
mod keys;
#[cfg(feature = "service")]
mod lists;
mod matches;
mod quality;
mod rates;
mod records;
#[cfg(feature = "service")]
mod requests;

pub use agenda::{AgendaBody, CheckedBody};
#[cfg(feature = "service")]
pub use alerts::{AlertBody, AlertPageBody, NewWatchBody, WatchBody, WatchPageBody};
pub use chains::{ChainsBody, party_links, placements, unplaced};
pub use decimal::{Decimal, Hundredths};
#[cfg(feature = "service")]
pub use done::{AgendaListBody, AgendaRowBody, BackupBody, KeptAgendaBody, NotedBody, RemovedBody, RevokedBody};
pub use dossier::DossierBody;
pub use event::AgendaFileBody;
pub use event_summary::{EventSummaryBody, RepairBody};
pub use generated::{GeneratedBody, GeneratedFile};
#[cfg(feature = "service")]
pub use hooks::{HookBody, HookMessageBody, HookPageBody, HookPingBody, NewHookBody};
pub use imports::ImportBody;
#[cfg(feature = "service")]
pub use intents::{
    IntentAnswerBody, IntentBody, IntentDoneBody, IntentPageBody, NewIntentBody, NewOutcomeBody, OutcomePageBody,
};
#[cfg(feature = "service")]
pub use keys::KeyListBody;
pub use keys::{KeyBody, TraceListBody};
#[cfg(feature = "service")]
pub use lists::{PartyBody, PartyPageBody, PostingOutcomeBody, PostingPageBody};
pub use matches::MatchListBody;
pub use quality::{LaneSummaryBody, QualityBody};
pub use rates::{RatesBody, amount};
#[cfg(feature = "service")]
pub use records::SearchPageBody;
pub use records::{RecordBody, SearchBody, VerifyBody};
#[cfg(feature = "service")]
pub use requests::{
    AgendaRepairBody, JobRequestBody, MatchRequestBody, NewKeyBody, NewPostingBody, PostingChangeBody,
    SearchRequestBody,
};
