//! What happens while an app is set up, on stderr; and what must be kept of it, in its file and in the profile.

use super::setup::Setup;
use super::setup_file::SetupFile;
use super::stopped::Stopped;
use crate::failure::{Failure, Result};
use crate::profile_writer::ProfileEdit;
use crate::progress::Progress;
use crate::{interrupt, terminal, times};
use exo_model::{ErrorKind, SeamError};
use exo_onboard::{Error, Event, Kept, Observer, Step};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Tells what happens, and remembers.
#[derive(Debug)]
pub(super) struct Narrator {
    quiet: bool,
    file: SetupFile,
    config: PathBuf,
    profile: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The line of the step that goes on.
    line: Option<Progress>,
    /// What the step is, for whoever asks where it stopped.
    step: Option<String>,
    /// What was left to wait when a line was written last, where lines are not redrawn.
    told: Option<Duration>,
    /// The app that the profile names.
    named: Option<String>,
}

impl Narrator {
    /// Tells of a profile's app, and keeps what is known of it.
    pub(super) fn of(setup: &Setup, quiet: bool) -> Self {
        let (config, profile) = (setup.config.clone(), setup.name.clone());
        Self { quiet, file: setup.file(), config, profile, state: Mutex::default() }
    }

    /// Does something step by step; Ctrl-C ends it between two calls or within one, and the next run goes on.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = std::result::Result<T, Error>>) -> Result<T> {
        let cancel = interrupt::token();
        let outcome = tokio::select! {
            outcome = work => Some(outcome),
            () = cancel.cancelled() => None,
        };
        self.rest();
        match outcome {
            Some(outcome) => outcome.map_err(|error| Stopped::at(self.state().step.clone(), error)),
            None => Err(Failure::new(ErrorKind::Interrupted, "interrupted before everything was done")
                .hinted("what was made stands; run the same command again, and it goes on where it stopped")),
        }
    }

    /// Takes the moving line away.
    fn rest(&self) {
        if let Some(line) = self.state().line.take() {
            line.finish();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, step: &Step) {
        self.rest();
        let mut state = self.state();
        state.line = Some(Progress::of(&step.to_string(), self.quiet));
        state.step = Some(step.to_string());
        state.told = None;
    }

    fn end(&self, word: &str, step: &Step) {
        self.rest();
        if !self.quiet {
            terminal::say(&format!("{word:7} {step}"));
        }
    }

    fn wait(&self, step: &Step, why: Option<String>, next: Duration, left: Duration) {
        let said = why.map(|why| format!("; said last: {}", short(&why))).unwrap_or_default();
        let text = format!("not there yet, next try in {}, giving up in {}{said}", seconds(next), times::span(left));
        let mut state = self.state();
        if let Some(line) = &state.line {
            line.note(text.clone());
        }
        let due = state.told.is_none_or(|told| told.saturating_sub(left) >= BETWEEN_LINES);
        if due && !self.quiet && !terminal::watched() {
            terminal::say(&format!("waiting {step}: {text}"));
            state.told = Some(left);
        }
    }

    /// Writes the state, and the app's id into the profile as soon as there is one.
    fn remember(&self, kept: &Kept) -> Result<()> {
        self.file.keep(kept)?;
        let app_id = kept.app_id().map(|id| id.to_string());
        if let Some(id) = app_id.filter(|id| self.state().named.as_ref() != Some(id)) {
            let mut edit = ProfileEdit::default();
            edit.set("app-id", id.as_str());
            edit.write(&self.config, &self.profile)?;
            self.state().named = Some(id);
        }
        Ok(())
    }
}

impl Observer for Narrator {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Begun { step, .. } => self.begin(step),
            Event::Found { step, .. } => self.end("found", step),
            Event::Made { step: step @ Step::SignIn(_), .. } => self.end("works", step),
            Event::Made { step, .. } => self.end("made", step),
            Event::Waiting { step, why, next, left, .. } => {
                self.wait(step, why.map(ToString::to_string), *next, *left);
            }
            _ => {}
        }
    }

    fn keep(&self, kept: &Kept) -> std::result::Result<(), SeamError> {
        self.remember(kept).map_err(Failure::into_seam)
    }
}

fn seconds(wait: Duration) -> String {
    times::span(Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
}

/// One line has room for so much.
fn short(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    if text.chars().count() > LONGEST { line + "…" } else { line }
}

const LONGEST: usize = 160;

/// Between two lines about the same wait, where no line is redrawn.
const BETWEEN_LINES: Duration = Duration::from_secs(30);
