//! What happens, for whoever watches; and what must be kept, for whoever runs it again.

use crate::{Error, Kept, Step};
use exo_model::SeamError;
use std::time::Duration;

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A step begins by looking.
    #[non_exhaustive]
    Begun {
        /// The step.
        step: &'a Step,
    },
    /// What the step is for was there; nothing was changed.
    #[non_exhaustive]
    Found {
        /// The step.
        step: &'a Step,
    },
    /// What the step is for was made, or changed.
    #[non_exhaustive]
    Made {
        /// The step.
        step: &'a Step,
    },
    /// The directory has not heard of a change yet, or wants to be left alone; comes again with every second.
    #[non_exhaustive]
    Waiting {
        /// The step.
        step: &'a Step,
        /// What was said last; nothing where an object is simply not seen yet.
        why: Option<&'a (dyn std::error::Error + 'static)>,
        /// Until the next attempt.
        next: Duration,
        /// Until this step is given up.
        left: Duration,
    },
}

/// Whoever watches the set-up, and remembers for it.
///
/// ```
/// use exo_model::SeamError;
/// use exo_onboard::{Event, Kept, Observer};
/// use std::sync::Mutex;
///
/// /// Remembers in memory, and shows nothing.
/// #[derive(Debug, Default)]
/// struct Memory(Mutex<Option<Kept>>);
///
/// impl Observer for Memory {
///     fn event(&self, _: &Event<'_>) {}
///
///     fn keep(&self, kept: &Kept) -> Result<(), SeamError> {
///         *self.0.lock().expect("nobody panics") = Some(kept.clone());
///         Ok(())
///     }
/// }
/// ```
pub trait Observer: Send + Sync + std::fmt::Debug {
    /// Something happened.
    fn event(&self, event: &Event<'_>);

    /// Keeps what the next run must know; called before the change that it speaks of is made.
    ///
    /// # Errors
    ///
    /// It cannot be kept; the set-up then ends before the change.
    fn keep(&self, kept: &Kept) -> Result<(), SeamError>;
}

/// Shows nothing and keeps nothing, for calls that read.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "it does nothing, and will not")]
pub struct Quiet;

impl Observer for Quiet {
    fn event(&self, _: &Event<'_>) {}

    fn keep(&self, _: &Kept) -> Result<(), SeamError> {
        Ok(())
    }
}

/// What an error is shown as while it is waited for.
pub(crate) fn cause(error: &Error) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
    match error {
        Error::NotYet { last, .. } => {
            last.as_deref().map(|last| last as &(dyn std::error::Error + Send + Sync + 'static))
        }
        other => Some(other),
    }
}
