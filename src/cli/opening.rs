//! Opening what a command works on: the declaration and the data directory that the arguments name.

use crate::cli::args::Args;
use crate::definition::Definition;
use crate::engine::Engine;
use crate::error::Error;

/// Loads the declaration that the arguments name.
pub(super) fn definition(args: &Args) -> crate::Result<Definition> {
    match &args.definition {
        Some(directory) => Definition::load(directory),
        None => Definition::compiled(),
    }
}

/// Tells others who holds the data directory.
pub(super) fn holder(command: &str) -> String {
    format!("进程 {}（{command}）", std::process::id())
}

/// Opens the data directory for a command that reads.
pub(super) fn reader(args: &Args, command: &str) -> crate::Result<Engine> {
    Engine::open_for_reading(&args.data, definition(args)?, &holder(command))
}

/// Opens the data directory for a command that writes.
pub(super) fn writer(args: &Args, command: &str) -> crate::Result<Engine> {
    if command != "import" && !args.data.is_dir() {
        return Err(Error::NoData { path: args.data.clone() });
    }
    Engine::open(&args.data, definition(args)?, &holder(command))
}
