//! How a run ended.

use crate::{Confinement, Error};
use exo_model::{CmdletName, Completeness, Diagnose, ErrorKind, Gap, SeamError, Service};
use exo_plugin_wire::{Failure, Refusal};
use std::fmt;
use std::sync::Arc;

/// How a run ended. Where several hold, the first in this order is told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The plugin did not start.
    NotStarted(Error),
    /// The plugin did what its manifest or the boundary does not allow, whatever it returned; see [`RunEnd::violations`].
    Violated,
    /// The child ended by a signal or by itself.
    Crashed {
        /// The signal, where it was one.
        signal: Option<i32>,
        /// The exit code, where it was none.
        code: Option<i32>,
    },
    /// The plugin did not end when it was told to, or its time was over; see [`RunEnd::explanation`].
    Killed,
    /// The report panicked.
    Panicked {
        /// What it said.
        message: String,
        /// File, line and column, where the plugin told.
        location: Option<String>,
    },
    /// The run was cancelled.
    Cancelled,
    /// The report failed, or its rows could go nowhere.
    Failed(Failure),
    /// The report returned in good order; whether it saw everything, [`RunEnd::is_complete`] knows.
    Ok,
}

impl Outcome {
    /// The word for results: `ok`, `failed`, `cancelled`, and so on.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotStarted(_) => "not-started",
            Self::Violated => "violated",
            Self::Crashed { .. } => "crashed",
            Self::Killed => "killed",
            Self::Panicked { .. } => "panicked",
            Self::Cancelled => "cancelled",
            Self::Failed(_) => "failed",
            Self::Ok => "ok",
        }
    }

    /// Whether it is [`Outcome::Ok`].
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Ok)
    }

    /// The kind of error that it is, if it is one.
    pub fn error_kind(&self) -> Option<ErrorKind> {
        match self {
            Self::NotStarted(error) => Some(error.kind()),
            Self::Violated | Self::Crashed { .. } | Self::Killed | Self::Panicked { .. } => Some(ErrorKind::Plugin),
            Self::Cancelled => Some(ErrorKind::Interrupted),
            Self::Failed(failure) => Some(failure.kind()),
            Self::Ok => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(error) => error.fmt(f),
            Self::Violated => f.write_str("violated its declaration"),
            Self::Crashed { signal: Some(signal), .. } => match name_of(*signal) {
                Some(name) => write!(f, "crashed ({name})"),
                None => write!(f, "crashed (signal {signal})"),
            },
            Self::Crashed { code: Some(code), .. } => write!(f, "crashed (ended itself with code {code})"),
            Self::Crashed { .. } => f.write_str("crashed"),
            Self::Killed => f.write_str("killed"),
            Self::Panicked { message, location: Some(location) } => write!(f, "panicked: {message} ({location})"),
            Self::Panicked { message, location: None } => write!(f, "panicked: {message}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Failed(failure) => write!(f, "failed: {failure}"),
            Self::Ok => f.write_str("ok"),
        }
    }
}

/// All calls of one cmdlet in a run, summed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Call {
    /// Where it ran.
    pub service: Service,
    /// The cmdlet.
    pub cmdlet: CmdletName,
    /// How often it was called.
    pub count: u64,
    /// How many of the calls failed.
    pub failed: u64,
    /// What came and what is missing, over all calls; the first hundred gaps and warnings are named.
    pub completeness: Completeness,
    /// Gaps that are not named.
    pub unnamed_gaps: u64,
    /// The first error.
    pub error: Option<Arc<SeamError>>,
}

impl Call {
    /// Whether all calls gave all that they were asked for.
    pub fn is_complete(&self) -> bool {
        self.completeness.is_complete()
    }
}

/// How a run ended, and what it did until then.
#[derive(Debug)]
#[non_exhaustive]
pub struct RunEnd {
    /// How it ended.
    pub outcome: Outcome,
    /// Every cmdlet that was called, in the order of the first calls.
    pub calls: Vec<Call>,
    /// Rows that were handed on.
    pub rows: u64,
    /// Calls that the policy refused; the first hundred.
    pub refusals: Vec<Refusal>,
    /// What the plugin did that it may not do, as sentences; refusals among them, the first hundred.
    pub violations: Vec<String>,
    /// Such acts that are not named.
    pub unnamed_violations: u64,
    /// What the report itself said is missing; the first hundred.
    pub gaps: Vec<Gap>,
    /// Such gaps that are not named.
    pub unnamed_gaps: u64,
    /// Why it was killed or could not go on, as a sentence.
    pub explanation: Option<String>,
    /// What confined the plugin; `None` when nothing of it was started.
    pub confinement: Option<Confinement>,
    /// Log lines that were dropped because there were too many.
    pub dropped_log_lines: u64,
    /// Pages that the plugin had not given back when it returned.
    pub leaked_pages: u64,
}

impl RunEnd {
    /// Whether the report returned in good order, every stream gave all that it was asked for, and the report itself
    /// misses nothing.
    pub fn is_complete(&self) -> bool {
        self.outcome.is_ok() && self.gaps.is_empty() && self.calls.iter().all(Call::is_complete)
    }

    /// A run that did not come to anything.
    pub(crate) fn not_started(error: Error) -> Self {
        Self {
            outcome: Outcome::NotStarted(error),
            calls: Vec::new(),
            rows: 0,
            refusals: Vec::new(),
            violations: Vec::new(),
            unnamed_violations: 0,
            gaps: Vec::new(),
            unnamed_gaps: 0,
            explanation: None,
            confinement: None,
            dropped_log_lines: 0,
            leaked_pages: 0,
        }
    }
}

/// The signals by which programs crash.
fn name_of(signal: i32) -> Option<&'static str> {
    Some(match signal {
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        31 if cfg!(target_os = "linux") => "SIGSYS",
        _ => return None,
    })
}
