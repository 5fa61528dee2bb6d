//! A set-up that stopped: at which step, why, and what to do.

use crate::failure::Failure;
use exo_model::{Diagnose, ErrorKind, SeamError};
use exo_onboard::Error;
use std::borrow::Cow;

/// What stopped a set-up, with the step that it stopped at.
#[derive(Debug, thiserror::Error)]
#[error("the set-up stopped at {step}")]
pub(super) struct Stopped {
    step: String,
    source: Error,
}

impl Stopped {
    /// The failure of a step; the step is left out where none was begun, or the error names it itself.
    pub(super) fn at(step: Option<String>, error: Error) -> Failure {
        let error = match (step, error) {
            (_, named @ (Error::NameTaken { .. } | Error::NotYet { .. } | Error::SignIn { .. })) => {
                let hint = hint(&named);
                let seam = SeamError::from(named);
                return Failure::from(match hint {
                    Some(hint) => seam.hinted(hint),
                    None => seam,
                });
            }
            (None, error) => return Failure::from(SeamError::from(error)),
            (Some(step), source) => Self { step, source },
        };
        let code = error.source.graph_error().and_then(|said| said.code.clone());
        let seam = SeamError::new(error);
        Failure::from(match code {
            Some(code) => seam.code(code),
            None => seam,
        })
    }
}

impl Diagnose for Stopped {
    fn kind(&self) -> ErrorKind {
        self.source.kind()
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        hint(&self.source)
    }
}

/// The way out, in the words of the command line.
fn hint(error: &Error) -> Option<Cow<'static, str>> {
    match error {
        Error::NameTaken { .. } => Some(
            "--app-id ID completes one of them, --beside makes another one beside them, --name takes another name"
                .into(),
        ),
        other => other
            .hint()
            .map(|hint| format!("{hint}; then run the same command again, it goes on where it stopped").into()),
    }
}
