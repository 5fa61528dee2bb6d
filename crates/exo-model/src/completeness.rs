//! What a result is missing, if anything, and why.

use serde::{Deserialize, Serialize};

/// Why something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GapKind {
    /// The service said that there is more, and gave no way to it.
    Truncated,
    /// The stream broke off with an error.
    Failed,
    /// The reader stopped before the end.
    Abandoned,
    /// A call was refused, so that its object was not looked at.
    Refused,
}

/// One thing that is missing from a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// Why it is missing.
    pub kind: GapKind,
    /// What is missing, as a sentence for people.
    pub what: String,
}

impl Gap {
    /// Something that is missing.
    pub fn new(kind: GapKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into() }
    }
}

/// How a stream of pages ended: what came, and what is missing.
///
/// ```
/// use exo_model::{Completeness, Gap, GapKind};
/// let mut end = Completeness::default();
/// assert!(end.is_complete());
/// end.gaps.push(Gap::new(GapKind::Truncated, "the service has more and gave no link"));
/// assert!(!end.is_complete());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Completeness {
    /// Pages that came.
    pub pages: u64,
    /// Records that came.
    pub records: u64,
    /// The limit that the caller asked for ended the stream; that is complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
    /// What is missing; empty when the stream is complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// What the service warned of, in its own words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Requests that were repeated on the way.
    #[serde(default)]
    pub retries: u64,
}

impl Completeness {
    /// Whether all that was asked for came.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}
