//! A small file that holds a credential: read anew each time, and never more of it than is sensible.

use exo_model::Secret;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Why a small file was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// There is no such file.
    #[error("it does not exist")]
    Missing,
    /// This account may not read it.
    #[error("this account may not read it")]
    Forbidden,
    /// It is a folder, a pipe or a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// It is larger than anything that belongs there.
    #[error("it is larger than {limit} bytes")]
    #[non_exhaustive]
    TooLarge {
        /// How much is read at most.
        limit: u64,
    },
    /// It is not text.
    #[error("it is not text")]
    NotText,
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// Reading failed.
    #[error("reading it failed")]
    #[non_exhaustive]
    Unreadable {
        /// What the system said.
        source: io::Error,
    },
}

impl From<io::Error> for FileFault {
    fn from(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::PermissionDenied => Self::Forbidden,
            _ => Self::Unreadable { source },
        }
    }
}

/// Reads a regular file of at most `limit` bytes of text, without the blanks around it.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Secret, FileFault> {
    // Looked at before it is opened, since opening a pipe waits for whoever writes to it.
    if !path.metadata()?.is_file() {
        return Err(FileFault::NotAFile);
    }
    let mut bytes = Vec::new();
    // One byte more than is taken tells a file at the limit from one above it.
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
        return Err(FileFault::TooLarge { limit });
    }
    let text = Secret::new(String::from_utf8(bytes).map_err(|_| FileFault::NotText)?);
    match text.expose().trim() {
        "" => Err(FileFault::Empty),
        trimmed => Ok(Secret::from(trimmed)),
    }
}
