//! What every error says beside its text: its kind, and the way out.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

/// What sort of failure an error is, one member per exit code.
///
/// A caller decides by kind; a new member is justified only by a caller that acts differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// A fault in this program.
    Fault,
    /// Wrong arguments.
    Usage,
    /// The profile cannot be used.
    Profile,
    /// The certificate or its key cannot be used.
    Certificate,
    /// The token service refused.
    Authentication,
    /// A permission or role is missing.
    Authorization,
    /// Throttled until the limit on waiting was reached.
    Throttled,
    /// The service or the network is not available.
    Unavailable,
    /// An answer that is not understood.
    Answer,
    /// A cmdlet was refused for what it asked: unknown object, bad parameter.
    Refused,
    /// A plugin was refused, crashed, or violated its declaration.
    Plugin,
    /// A result could not be written, or a snapshot not be used.
    Output,
    /// The user interrupted.
    Interrupted,
}

impl ErrorKind {
    /// Every kind, in the order of their exit codes.
    pub const ALL: &'static [Self] = &[
        Self::Fault,
        Self::Usage,
        Self::Profile,
        Self::Certificate,
        Self::Authentication,
        Self::Authorization,
        Self::Throttled,
        Self::Unavailable,
        Self::Answer,
        Self::Plugin,
        Self::Output,
        Self::Refused,
        Self::Interrupted,
    ];

    /// The exit code of a program that ends for this reason.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Fault => 1,
            Self::Usage => 2,
            Self::Profile => 10,
            Self::Certificate => 11,
            Self::Authentication => 12,
            Self::Authorization => 13,
            Self::Throttled => 14,
            Self::Unavailable => 15,
            Self::Answer => 16,
            Self::Plugin => 17,
            Self::Output => 18,
            Self::Refused => 19,
            Self::Interrupted => 130,
        }
    }

    /// What the exit code means, as one phrase.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Fault => "a fault in this program",
            Self::Usage => "wrong arguments",
            Self::Profile => "profile",
            Self::Certificate => "certificate or key",
            Self::Authentication => "authentication: the token service refused",
            Self::Authorization => "authorization: a permission or role is missing",
            Self::Throttled => "throttled until the limit on waiting was reached",
            Self::Unavailable => "service or network not available",
            Self::Answer => "an answer that is not understood",
            Self::Plugin => "plugin: refused, crashed, or violated its declaration",
            Self::Output => "output or snapshot",
            Self::Refused => "the service refused what a cmdlet asked for",
            Self::Interrupted => "interrupted",
        }
    }
}

/// An error that knows its kind and the way out.
///
/// ```
/// use exo_model::{Diagnose, ErrorKind};
///
/// #[derive(Debug, thiserror::Error)]
/// #[error("profile `{0}` does not exist")]
/// struct NoProfile(String);
///
/// impl Diagnose for NoProfile {
///     fn kind(&self) -> ErrorKind {
///         ErrorKind::Profile
///     }
/// }
/// assert_eq!(NoProfile("x".into()).kind().exit_code(), 10);
/// ```
pub trait Diagnose: StdError {
    /// What sort of failure this is.
    fn kind(&self) -> ErrorKind;

    /// What to do about it, when that is more than the text says.
    fn hint(&self) -> Option<Cow<'static, str>> {
        None
    }
}

/// An error on its way through a seam, where the two sides do not know each other's types.
///
/// It keeps the chain of the original, its kind and hint, and the facts that support asks for.
pub struct SeamError {
    kind: ErrorKind,
    hint: Option<Cow<'static, str>>,
    code: Option<String>,
    source: Box<dyn StdError + Send + Sync>,
}

impl SeamError {
    /// Takes an error of a layer through the seam.
    pub fn new(error: impl Diagnose + Send + Sync + 'static) -> Self {
        Self { kind: error.kind(), hint: error.hint(), code: None, source: Box::new(error) }
    }

    /// An error that has only a kind and a sentence, for fakes and for small implementations.
    pub fn message(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self { kind, hint: None, code: None, source: text.into().into() }
    }

    /// Adds the service's own name for the failure, such as `AADSTS700027` or an exception type.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds or replaces the hint.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The service's own name for the failure.
    pub fn service_code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The original error, if it is of this type.
    pub fn downcast_ref<T: StdError + 'static>(&self) -> Option<&T> {
        self.source.downcast_ref()
    }
}

impl Diagnose for SeamError {
    fn kind(&self) -> ErrorKind {
        self.kind
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        self.hint.clone()
    }
}

// Transparent: the text and the chain are those of the original, so that nothing is said twice.
impl fmt::Display for SeamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.source, f)
    }
}

impl fmt::Debug for SeamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeamError")
            .field("kind", &self.kind)
            .field("code", &self.code)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl StdError for SeamError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_has_its_own_exit_code() {
        let codes: BTreeSet<_> = ErrorKind::ALL.iter().map(|k| k.exit_code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
        // 0 and 3 to 5 speak of results, not of errors.
        assert!([0, 3, 4, 5].iter().all(|c| !codes.contains(c)));
    }

    #[test]
    fn a_seam_error_reads_like_its_original() {
        let seam = SeamError::message(ErrorKind::Throttled, "too many calls").code("429").hinted("wait");
        assert_eq!(seam.to_string(), "too many calls");
        assert_eq!(seam.kind(), ErrorKind::Throttled);
        assert_eq!(seam.service_code(), Some("429"));
        assert_eq!(seam.hint().as_deref(), Some("wait"));
        assert!(seam.source().is_none());
    }
}
