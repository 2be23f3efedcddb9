//! The one printer: data to standard output, talk to standard error unless quiet.

use std::io::{self, Write};

use serde::Serialize;

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

/// Writes what a command has to say.
pub(super) struct Printer {
    /// How data is written.
    pub format: Format,
    quiet: bool,
}

impl Printer {
    /// Builds a printer; a quiet one says nothing on standard error but errors.
    pub(super) fn new(format: Format, quiet: bool) -> Self {
        Self { format, quiet }
    }

    /// Says whether talk is suppressed.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Writes text to standard output.
    ///
    /// # Errors
    /// If standard output is closed.
    pub(super) fn text(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    /// Writes a JSON value to standard output, indented.
    ///
    /// # Errors
    /// If standard output is closed.
    pub(super) fn json<T: Serialize>(&self, value: &T) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        self.text(&text)
    }

    /// Writes rows as CSV to standard output, with a header; texts that a spreadsheet would take for a formula get an
    /// apostrophe in front.
    ///
    /// # Errors
    /// If standard output is closed.
    pub(super) fn csv(&self, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(header).map_err(io::Error::other)?;
        for row in rows {
            writer.write_record(row.iter().map(|cell| formula_safe(cell))).map_err(io::Error::other)?;
        }
        let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
    }

    /// Says something on standard error.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Says something on standard error even when quiet. A closed standard error is nobody's loss.
    pub(super) fn complain(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Puts an apostrophe before a text that a spreadsheet would take for a formula.
pub(super) fn formula_safe(cell: &str) -> String {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    if risky { format!("'{cell}") } else { cell.to_owned() }
}
