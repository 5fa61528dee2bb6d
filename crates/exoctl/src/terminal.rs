//! The only place that writes to the terminal: results to stdout, everything else to stderr.

use crate::failure::{Failure, Result};
use exo_output::{ResultFile, SinkOptions};
use std::io::{IsTerminal, Write};

/// Says something to the person; nobody reads it by program.
pub(crate) fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // Nobody is left to be told when stderr itself is closed.
    drop(writeln!(stderr, "{}", text.trim_end()));
}

/// Writes a result.
pub(crate) fn result(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(unwritten)
}

/// A result that cannot be written; that nobody reads any more is no failure of anybody.
pub(crate) fn unwritten(error: std::io::Error) -> Failure {
    Failure::from(exo_output::Error::of_io(error))
}

/// Where a result goes, into its file or to stdout, and how wide a table may be there.
pub(crate) fn out(file: Option<&ResultFile>) -> (Box<dyn Write + Send>, SinkOptions) {
    let options = SinkOptions::default();
    match (file, width()) {
        (Some(file), _) => (file.writer(), options),
        (None, Some(width)) => (Box::new(std::io::stdout()), options.width(width)),
        (None, None) => (Box::new(std::io::stdout()), options),
    }
}

/// How wide a table may be: the terminal's width, or no limit where there is none.
fn width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let size = console::Term::stdout().size_checked();
    size.map(|(_, columns)| usize::from(columns))
}

/// Whether a person watches stderr.
pub(crate) fn watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether a person watches stdout.
pub(crate) fn result_is_watched() -> bool {
    std::io::stdout().is_terminal()
}
