//! Opening what a command works on: the declaration and the data directory that the arguments name.

use std::ops::Deref;
use std::path::PathBuf;

use crate::cli::args::Args;
use crate::cli::printer::Printer;
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
fn holder(command: &str) -> String {
    format!("进程 {}（{command}）", std::process::id())
}

/// An open data directory. When the command is done with it, it tells what was found damaged, even when quiet: it is
/// mended, but the disk may be failing.
pub(super) struct Opened {
    engine: Engine,
    printer: Printer,
}

impl Opened {
    fn new(args: &Args, engine: Engine) -> Self {
        Self { engine, printer: Printer::new(args.format, args.quiet) }
    }
}

impl Deref for Opened {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        for notice in self.engine.notices() {
            self.printer.complain(&format!("注意（{}）：{}", notice.code(), notice.message()));
        }
    }
}

/// Opens the data directory for a command that reads.
pub(super) fn reader(args: &Args, command: &str) -> crate::Result<Opened> {
    let engine = Engine::open_for_reading(&args.data, definition(args)?, &holder(command))?;
    Ok(Opened::new(args, engine))
}

/// Opens the data directory for a command that writes.
pub(super) fn writer(args: &Args, command: &str) -> crate::Result<Opened> {
    if command != "import" && !args.data.is_dir() {
        return Err(Error::NoData { path: args.data.clone() });
    }
    Ok(Opened::new(args, Engine::open(&args.data, definition(args)?, &holder(command))?))
}

/// Opens the data directory for a rehearsal of imports.
pub(super) fn rehearsal(args: &Args) -> crate::Result<Opened> {
    let engine = Engine::open_for_rehearsal(&args.data, definition(args)?, &holder("import --dry-run"))?;
    Ok(Opened::new(args, engine))
}

/// Returns this program, which can also read a workbook in a process of its own.
pub(super) fn workbook_reader() -> Option<PathBuf> {
    std::env::current_exe().ok()
}
