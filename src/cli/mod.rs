//! The command line: arguments in, requests to the engine, answers out. Data goes to standard output, talk to standard
//! error, both through one printer; everything that a user reads is Chinese. `main` only passes the exit code on.

mod agenda;
mod args;
mod chain;
mod chain_drawing;
mod chain_tables;
mod clock;
mod commands;
mod demo;
mod evaluate;
mod event;
mod folder;
mod generate;
mod match_all;
mod opening;
mod printer;
mod rate_tables;
mod run;
mod show;
mod tables;

pub use run::run;
