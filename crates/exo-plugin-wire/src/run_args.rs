//! What `run` is told: which report, with which arguments.

use crate::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The arguments of `run`: `{"report": "mailbox-sizes", "args": {"over": 42949672960}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunArgs {
    /// The report's name.
    pub report: String,
    /// Its arguments by name, as [`parse_words`](crate::parse_words) makes them: typed and complete.
    #[serde(default)]
    pub args: Map<String, Value>,
    /// When the run began, in seconds since the beginning of 1970: the same for all that belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<i64>,
}

impl RunArgs {
    /// Which report, with which arguments.
    pub fn new(report: impl Into<String>, args: Map<String, Value>) -> Self {
        Self { report: report.into(), args, now: None }
    }

    /// When the run began, in seconds since the beginning of 1970.
    #[must_use]
    pub fn at(mut self, now: Option<i64>) -> Self {
        self.now = now;
        self
    }

    /// Reads them.
    ///
    /// # Errors
    ///
    /// When they are not such JSON.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(json).map_err(|source| Error::Json { what: "the arguments of the run", source })
    }

    /// As JSON.
    ///
    /// # Errors
    ///
    /// None in practice: they are plain data.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(|source| Error::Json { what: "the arguments of the run", source })
    }
}
