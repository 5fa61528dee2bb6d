//! An error on its way across: what a `FAIL` and a failed outcome hold.

use crate::Refusal;
use exo_model::{Diagnose, ErrorKind, SeamError};
use serde::{Deserialize, Serialize};
use std::error::Error as StdError;

/// What sort of failure it is, for code that decides. Kinds of other versions are read as [`FailureKind::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FailureKind {
    /// The run is being cancelled.
    Cancelled,
    /// Not allowed: by the policy, the declaration, or the tenant's roles.
    Denied,
    /// The object that a parameter names does not exist.
    NotFound,
    /// Throttled beyond patience.
    Throttled,
    /// The service refused the cmdlet in its own words.
    Cmdlet,
    /// A record or an answer that is not understood.
    Decode,
    /// A limit of the host.
    Limit,
    /// The service or the network is not available.
    Io,
    /// Anything else.
    #[default]
    Other,
}

impl<'de> Deserialize<'de> for FailureKind {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Ok(match word.as_ref() {
            "cancelled" => Self::Cancelled,
            "denied" => Self::Denied,
            "not-found" => Self::NotFound,
            "throttled" => Self::Throttled,
            "cmdlet" => Self::Cmdlet,
            "decode" => Self::Decode,
            "limit" => Self::Limit,
            "io" => Self::Io,
            _ => Self::Other,
        })
    }
}

impl FailureKind {
    /// The exit code's kind, where the failure does not carry its own.
    pub const fn error_kind(self) -> ErrorKind {
        match self {
            Self::Cancelled => ErrorKind::Interrupted,
            Self::Denied => ErrorKind::Authorization,
            Self::NotFound | Self::Cmdlet => ErrorKind::Refused,
            Self::Throttled => ErrorKind::Throttled,
            Self::Decode => ErrorKind::Answer,
            Self::Io => ErrorKind::Unavailable,
            Self::Limit | Self::Other => ErrorKind::Plugin,
        }
    }
}

/// An error as it crosses: its kind, its sentence, and what a reader may want to know.
///
/// ```
/// use exo_plugin_wire::{Failure, FailureKind};
/// let failure = Failure::parse(br#"{"kind":"unheard-of","message":"no","new":1}"#);
/// assert_eq!(failure.kind, FailureKind::Other);
/// assert_eq!(failure.message, "no");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[serde(default)]
#[non_exhaustive]
pub struct Failure {
    /// What sort it is.
    pub kind: FailureKind,
    /// What happened, as a sentence.
    pub message: String,
    /// The causes, nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The cmdlet that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmdlet: Option<String>,
    /// The record, counted from 1 over the whole stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// The field of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The service's own name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The kind by which the program exits, where the host knows better than [`FailureKind::error_kind`].
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "known_or_none")]
    pub exit: Option<ErrorKind>,
}

impl Failure {
    /// A failure of a kind, in a sentence.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), ..Self::default() }
    }

    /// Names the cmdlet.
    #[must_use]
    pub fn cmdlet(mut self, name: impl Into<String>) -> Self {
        self.cmdlet = Some(name.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the kind by which the program exits.
    #[must_use]
    pub fn exiting(mut self, kind: ErrorKind) -> Self {
        self.exit = Some(kind);
        self
    }

    /// Takes the texts of an error's causes.
    #[must_use]
    pub fn caused_by(mut self, error: &(dyn StdError + 'static)) -> Self {
        let chain = std::iter::successors(error.source(), |e: &&(dyn StdError + 'static)| (*e).source());
        self.causes = chain.take(16).map(ToString::to_string).collect();
        self
    }

    /// Reads a failure; what is no failure becomes one that says so.
    pub fn parse(data: &[u8]) -> Self {
        serde_json::from_slice(data)
            .unwrap_or_else(|e| Self::new(FailureKind::Other, format!("a failure that cannot be read: {e}")))
    }

    /// The failure as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        // Plain data: serialization does not fail, and an empty body is read as a failure too.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Diagnose for Failure {
    fn kind(&self) -> ErrorKind {
        self.exit.unwrap_or(self.kind.error_kind())
    }

    fn hint(&self) -> Option<std::borrow::Cow<'static, str>> {
        self.hint.clone().map(Into::into)
    }
}

impl From<&SeamError> for Failure {
    fn from(error: &SeamError) -> Self {
        let kind = match error.kind() {
            ErrorKind::Interrupted => FailureKind::Cancelled,
            ErrorKind::Authentication | ErrorKind::Authorization => FailureKind::Denied,
            ErrorKind::Throttled => FailureKind::Throttled,
            ErrorKind::Refused if error.service_code().is_some_and(is_not_found) => FailureKind::NotFound,
            ErrorKind::Refused => FailureKind::Cmdlet,
            ErrorKind::Answer => FailureKind::Decode,
            ErrorKind::Unavailable => FailureKind::Io,
            _ => FailureKind::Other,
        };
        let mut failure = Self::new(kind, error.to_string()).exiting(error.kind()).caused_by(error);
        failure.hint = error.hint().map(std::borrow::Cow::into_owned);
        failure.code = error.service_code().map(str::to_owned);
        failure
    }
}

impl From<&Refusal> for Failure {
    fn from(refusal: &Refusal) -> Self {
        let mut failure = Self::new(refusal.failure_kind(), refusal.to_string()).exiting(refusal.kind());
        failure.cmdlet = refusal.cmdlet().map(ToString::to_string);
        failure.hint = refusal.hint().map(std::borrow::Cow::into_owned);
        failure
    }
}

impl From<&crate::Error> for Failure {
    fn from(error: &crate::Error) -> Self {
        let kind = match error {
            crate::Error::TooLarge { .. } => FailureKind::Limit,
            _ => FailureKind::Other,
        };
        let mut failure = Self::new(kind, error.to_string()).exiting(error.kind()).caused_by(error);
        failure.hint = error.hint().map(std::borrow::Cow::into_owned);
        failure
    }
}

/// Whether the service's name for a failure says that an object does not exist: `ManagementObjectNotFoundException`.
fn is_not_found(code: &str) -> bool {
    code.ends_with("NotFoundException") || code == "ADNoSuchObjectException"
}

fn known_or_none<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<ErrorKind>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}
