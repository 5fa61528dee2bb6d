//! What a plugin tells beside rows: how it ended, log lines, progress, a panic.

use crate::Failure;
use serde::{Deserialize, Serialize};

/// The body of `finish`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Outcome {
    /// Why the report failed; absent when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// How many rows it handed over, by its own count.
    pub rows: u64,
}

impl Outcome {
    /// A report that ended well.
    pub fn done(rows: u64) -> Self {
        Self { error: None, rows }
    }

    /// A report that failed.
    pub fn failed(error: Failure, rows: u64) -> Self {
        Self { error: Some(error), rows }
    }
}

/// The body of a log note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogLine {
    /// How much it matters.
    #[serde(default)]
    pub level: LogLevel,
    /// What it says.
    pub message: String,
}

impl LogLine {
    /// A line.
    pub fn new(level: LogLevel, message: impl Into<String>) -> Self {
        Self { level, message: message.into() }
    }
}

/// How much a log line matters. Levels of other versions are read as [`LogLevel::Info`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LogLevel {
    /// Every step.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// Worth knowing.
    #[default]
    Info,
    /// Worth looking at.
    Warn,
    /// Something failed.
    Error,
}

impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Ok(match word.as_ref() {
            "trace" => Self::Trace,
            "debug" => Self::Debug,
            "warn" => Self::Warn,
            "error" => Self::Error,
            _ => Self::Info,
        })
    }
}

/// The body of a progress note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// What is done.
    pub done: u64,
    /// Of how many, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
}

impl Progress {
    /// So many, of so many.
    pub fn new(done: u64, of: Option<u64>) -> Self {
        Self { done, of }
    }
}

/// The body of a panic note.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PanicNote {
    /// The panic's text.
    pub message: String,
    /// The file.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl PanicNote {
    /// A panic at a place.
    pub fn new(message: impl Into<String>, file: impl Into<String>, line: u32, column: u32) -> Self {
        Self { message: message.into(), file: file.into(), line, column }
    }
}

impl std::fmt::Display for PanicNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}:{}:{})", self.message, self.file, self.line, self.column)
    }
}
