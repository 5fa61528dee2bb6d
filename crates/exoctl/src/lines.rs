//! A text that grows line by line.

use std::fmt::{self, Write as _};

/// Lines for a person.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// Adds a line: `lines.line(format_args!("{name}: {value}"))`.
    pub(crate) fn line(&mut self, text: fmt::Arguments<'_>) {
        // Writing into a String does not fail.
        self.0.write_fmt(text).unwrap_or_default();
        self.0.push('\n');
    }

    /// The whole text, with a line break after every line.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}
