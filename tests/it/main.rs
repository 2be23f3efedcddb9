//! The integration tests: the program as its users run it, on small tables that a person can check.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod batch;
mod cli;
mod demo;
mod durability;
mod formats;
mod identity;
mod intake;
mod judged;
mod phenomena;
mod procurement;
mod scores;
mod specs;
mod support;
mod upkeep;
