//! The integration tests: the program as its users run it, on small tables that a person can check.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod agenda;
mod agenda_wishes;
#[cfg(target_os = "linux")]
mod archives;
mod batch;
#[cfg(all(unix, feature = "service"))]
mod canaries;
mod chain;
mod chain_rates;
mod chain_tables;
mod cli;
mod demo;
#[cfg(all(unix, feature = "service"))]
mod dossiers;
mod durability;
mod events;
mod faults;
mod formats;
mod full_disk;
mod generate;
#[cfg(all(unix, feature = "service"))]
mod hooks;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
mod hostile_texts;
#[cfg(target_os = "linux")]
mod hostile_workbooks;
#[cfg(all(unix, feature = "service"))]
mod http;
mod identity;
mod intake;
#[cfg(all(unix, feature = "service"))]
mod intents;
mod judged;
#[cfg(all(unix, feature = "service"))]
mod kept_agendas;
mod keys;
#[cfg(all(unix, feature = "service"))]
mod live;
#[cfg(all(unix, feature = "service"))]
mod manners;
#[cfg(all(unix, feature = "service"))]
mod matrix;
mod phenomena;
#[cfg(all(unix, feature = "service"))]
mod probing;
mod procurement;
#[cfg(all(unix, feature = "service"))]
mod receiver;
#[cfg(all(unix, feature = "service"))]
mod region_office;
mod roadshow;
#[cfg(all(unix, feature = "service"))]
mod rude;
mod scores;
#[cfg(all(unix, feature = "service"))]
mod secrets;
#[cfg(all(unix, feature = "service"))]
mod served;
#[cfg(all(unix, feature = "service"))]
mod service;
#[cfg(all(unix, feature = "service"))]
mod shared;
mod specs;
#[cfg(all(unix, feature = "service"))]
mod story;
mod support;
mod track_record;
mod upkeep;
