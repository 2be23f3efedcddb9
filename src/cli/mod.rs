//! The command line: arguments in, requests to the engine, answers out. Data goes to standard output, talk to standard
//! error, both through one printer; everything that a user reads is Chinese. `main` only passes the exit code on.

mod agenda;
mod agenda_args;
mod agenda_files;
mod args;
mod chain;
mod chain_args;
mod chain_tables;
mod clock;
mod commands;
mod critical_tables;
mod demo;
mod dossier;
mod evaluate;
mod event;
mod folder;
mod generate;
mod help;
mod keys;
mod match_all;
mod opening;
mod printer;
mod rate_tables;
mod run;
#[cfg(feature = "service")]
mod serve;
mod show;
mod tables;
mod values;

pub use run::run;
