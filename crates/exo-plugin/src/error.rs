//! Why a report cannot go on.

use exo_model::Diagnose;
use exo_plugin_wire::{Failure, FailureKind};
use std::error::Error as StdError;
use std::fmt;

/// What a report's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any failure: one that the host sent, one of this crate, or any error type through `?`.
///
/// Like other types that take every error, it is none itself; [`Error::failure`] is.
///
/// ```
/// use exo_plugin::{Error, FailureKind, Result};
/// fn seven() -> Result<u8> {
///     Ok("seven".parse()?)
/// }
/// let error = seven().unwrap_err();
/// assert_eq!(error.kind(), FailureKind::Other);
/// assert_eq!(error.to_string(), "invalid digit found in string");
/// ```
pub struct Error {
    failure: Box<Failure>,
}

impl Error {
    /// A failure in a sentence of the report.
    pub fn message(text: impl Into<String>) -> Self {
        Failure::new(FailureKind::Other, text).into()
    }

    /// What sort of failure it is, for code that decides.
    pub fn kind(&self) -> FailureKind {
        self.failure.kind
    }

    /// Whether the object that a call named does not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind() == FailureKind::NotFound
    }

    /// Whether the run is being cancelled; pass it on at once.
    pub fn is_cancelled(&self) -> bool {
        self.kind() == FailureKind::Cancelled
    }

    /// Everything that is known.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// Adds what was being done, as the new sentence; what was said before becomes the cause.
    #[must_use]
    pub fn context(mut self, text: impl Into<String>) -> Self {
        let before = std::mem::replace(&mut self.failure.message, text.into());
        self.failure.causes.insert(0, before);
        self
    }

    pub(crate) fn cancelled() -> Self {
        Failure::new(FailureKind::Cancelled, "the run is being cancelled").into()
    }

    pub(crate) fn limit(text: impl Into<String>) -> Self {
        Failure::new(FailureKind::Limit, text).into()
    }

    pub(crate) fn into_failure(self) -> Failure {
        *self.failure
    }
}

impl<E: StdError + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        let error: Box<dyn StdError> = Box::new(error);
        let failure = match error.downcast::<Failure>() {
            Ok(failure) => failure,
            Err(other) => Box::new(Failure::new(FailureKind::Other, other.to_string()).caused_by(other.as_ref())),
        };
        Self { failure }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failure.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{:?}]", self.failure, self.failure.kind())?;
        self.failure.causes.iter().try_for_each(|cause| write!(f, "\n  caused by: {cause}"))
    }
}
