//! Why a folder or a file is no place for a token.

use exo_model::{Diagnose, ErrorKind};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a folder or a file is no place for a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFileError {
    /// Others may open it.
    #[error("`{}` is open to others on this machine (mode {mode:04o})", path.display())]
    #[non_exhaustive]
    OpenToOthers {
        /// Which folder or file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },

    /// It belongs to somebody else.
    #[error("`{}` belongs to another user (id {owner})", path.display())]
    #[non_exhaustive]
    Foreign {
        /// Which folder or file.
        path: PathBuf,
        /// The number of the user whose it is.
        owner: u32,
    },

    /// It leads elsewhere.
    #[error("`{}` is a symbolic link", path.display())]
    #[non_exhaustive]
    Link {
        /// Which folder or file.
        path: PathBuf,
    },

    /// Something else is there.
    #[error("`{}` is not a {wanted}", path.display())]
    #[non_exhaustive]
    OtherThing {
        /// Which folder or file.
        path: PathBuf,
        /// What should be there.
        wanted: &'static str,
    },

    /// The system does not let us.
    #[error("failed to {doing} `{}`", path.display())]
    #[non_exhaustive]
    System {
        /// Which folder or file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl TokenFileError {
    pub(super) fn system(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::System { path, doing, source }
    }

    /// The text with its cause, for the log.
    pub(super) fn sentence(&self) -> String {
        match self.source() {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }
}

impl Diagnose for TokenFileError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Profile
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::OpenToOthers { path, .. } => {
                format!("chmod go= '{}', or name a folder of your own for tokens", path.display()).into()
            }
            Self::Foreign { .. } | Self::Link { .. } | Self::OtherThing { .. } => {
                "name a folder of your own for tokens, or keep none".into()
            }
            Self::System { .. } => "check the path and its permissions, or keep no tokens".into(),
        })
    }
}
