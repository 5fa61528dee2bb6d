//! What a report is given: calls, concurrency, log, progress, cancellation.

use crate::concurrent::{self, Concurrent, Items};
use crate::mailbox::Mail;
use crate::{Call, Result};
use exo_model::{Gap, GapKind};
use exo_plugin_abi::NoteKind;
use exo_plugin_wire::{DateTime, LogLevel, LogLine, Progress};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The run that a report is part of.
#[derive(Debug, Clone)]
pub struct Cx {
    mail: Rc<Mail>,
    now: DateTime,
}

impl Cx {
    pub(crate) fn new(mail: Rc<Mail>, now: Option<i64>) -> Self {
        let now = now.and_then(DateTime::from_unix).unwrap_or_else(clock);
        Self { mail, now }
    }

    /// When the run began: what "today" and "90 days ago" are reckoned from.
    ///
    /// It is the same for all that belongs to a run, and stands still in tests: see
    /// [`FakeHost::now`](crate::fake::FakeHost::now).
    pub fn now(&self) -> DateTime {
        self.now
    }

    /// A call of a cmdlet that the report declares; nothing is sent yet.
    pub fn cmdlet(&self, name: &str) -> Call {
        Call::new(Rc::clone(&self.mail), name)
    }

    /// Runs a future per item, at most `at_once` at a time, and gives the results as they come.
    ///
    /// The items may be a list or [`Pages::records`](crate::Pages::records), whose next page is read while calls
    /// are still in flight. The first error ends it; a function that returns `Ok` for its failures goes on.
    pub fn concurrent<'a, I, F, Fut, T>(&self, items: I, at_once: usize, run: F) -> Concurrent<'a, T>
    where
        I: Items<'a> + 'a,
        F: FnMut(I::Item) -> Fut + 'a,
        Fut: Future<Output = Result<T>> + 'a,
        T: 'a,
    {
        concurrent::as_they_come(items, at_once, run)
    }

    /// The same, with the results in the order of the items.
    pub fn concurrent_in_order<'a, I, F, Fut, T>(&self, items: I, at_once: usize, run: F) -> Concurrent<'a, T>
    where
        I: Items<'a> + 'a,
        F: FnMut(I::Item) -> Fut + 'a,
        Fut: Future<Output = Result<T>> + 'a,
        T: 'a,
    {
        concurrent::in_order(items, at_once, run)
    }

    /// Says how far the report is.
    pub fn progress(&self, done: u64, of: Option<u64>) {
        self.note(NoteKind::PROGRESS, &Progress::new(done, of));
    }

    /// Says that something is missing from the result, so that it counts as incomplete.
    ///
    /// Streams that break or end early, refused calls and records that do not fit their type are told by themselves;
    /// this is for what only the report can know.
    pub fn missing(&self, what: impl Into<String>) {
        self.mail.gap(&Gap::new(GapKind::Failed, what));
    }

    /// Writes a line to the program's log.
    pub fn log(&self, level: LogLevel, message: impl Into<String>) {
        self.note(NoteKind::LOG, &LogLine::new(level, message));
    }

    /// Writes a line of level `info`.
    pub fn info(&self, message: impl Into<String>) {
        self.log(LogLevel::Info, message);
    }

    /// Writes a line of level `warn`.
    pub fn warn(&self, message: impl Into<String>) {
        self.log(LogLevel::Warn, message);
    }

    /// An error if the run is being cancelled: for loops that neither await nor push for thousands of rounds.
    ///
    /// # Errors
    ///
    /// [`FailureKind::Cancelled`](crate::FailureKind::Cancelled), to be passed on with `?`.
    pub fn check(&self) -> Result<()> {
        self.mail.check()?;
        self.mail.wait(Some(Duration::ZERO))
    }

    fn note(&self, kind: NoteKind, body: &impl serde::Serialize) {
        if let Ok(body) = serde_json::to_vec(body) {
            self.mail.note(kind, &body);
        }
    }
}

/// The time of this machine, where the host does not say.
#[expect(clippy::disallowed_methods, reason = "a plugin has no other clock where an older host gives none")]
fn clock() -> DateTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).ok().and_then(DateTime::from_unix).unwrap_or_else(DateTime::epoch)
}
