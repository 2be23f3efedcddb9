//! Lines for the operator of the service, in English, to standard error.

use std::io::{self, Write};

/// Writes one line. A closed standard error is nobody's loss.
pub(super) fn log(line: &str) {
    let _ = writeln!(io::stderr().lock(), "lianqiao: {line}");
}
