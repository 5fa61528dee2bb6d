//! The only place that writes to the terminal: results to stdout, everything else to stderr.

use crate::failure::{Failure, Result};
use exo_output::{ResultFile, SinkOptions};
use std::io::{BufRead as _, IsTerminal, Read as _, Write};

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

/// Asks a question that a person answers with yes or no; where nobody can be asked, the answer is no.
pub(crate) fn agreed(question: &str) -> bool {
    if !std::io::stdin().is_terminal() || !watched() {
        return false;
    }
    let mut stderr = std::io::stderr().lock();
    if write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush()).is_err() {
        return false;
    }
    let mut answer = String::new();
    std::io::stdin().lock().take(100).read_line(&mut answer).is_ok()
        && ["y", "yes"].iter().any(|yes| answer.trim().eq_ignore_ascii_case(yes))
}
