//! The only place that writes to the terminal: results to stdout, everything else to stderr.

use std::io::{IsTerminal, Write};

/// Says something to the person; nobody reads it by program.
pub(crate) fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // Nobody is left to be told when stderr itself is closed.
    drop(writeln!(stderr, "{}", text.trim_end()));
}

/// Writes a result; `Err` when nobody reads any more.
pub(crate) fn result(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// How wide a table may be: the terminal's width, or no limit where there is none.
pub(crate) fn width() -> Option<usize> {
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
