//! How far a report is, on stderr, for whoever watches.

use crate::terminal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// A line that moves; nothing where nobody watches.
#[derive(Debug, Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A line for a report.
    pub(crate) fn of(name: &str, quiet: bool) -> Self {
        if quiet || !terminal::watched() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// So many rows have come.
    pub(crate) fn rows(&self, rows: u64) {
        if !self.0.is_hidden() {
            self.0.set_message(format!("{rows} rows"));
        }
    }

    /// The report itself says how far it is.
    pub(crate) fn step(&self, done: u64, of: Option<u64>) {
        // Without an end in sight the rows tell as much.
        if let Some(of) = of.filter(|_| !self.0.is_hidden()) {
            self.0.set_message(format!("{done} of {of}"));
        }
    }

    /// What is going on.
    pub(crate) fn note(&self, text: String) {
        self.0.set_message(text);
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
