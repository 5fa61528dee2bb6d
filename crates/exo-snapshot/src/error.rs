//! Why a call cannot be collected.

use exo_model::{CmdletName, Diagnose, ErrorKind, Service};

/// Why a call cannot be collected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The run has no session with this service.
    #[error("{cmdlet} belongs to {}, with which this run has no session", service.title())]
    #[non_exhaustive]
    NotConnected {
        /// The service.
        service: Service,
        /// What was to run there.
        cmdlet: CmdletName,
    },
}

impl Diagnose for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotConnected { .. } => ErrorKind::Fault,
        }
    }
}
