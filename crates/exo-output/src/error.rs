//! Why a result could not be written.

use exo_model::{Diagnose, ErrorKind};
use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

/// Why a result could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Whoever read the output wants no more of it, as `head` does; a program may end quietly.
    #[error("the reader of the output has closed it")]
    Closed,
    /// Output that is no file of ours could not be written.
    #[error("failed to write the output")]
    #[non_exhaustive]
    Stream {
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be created.
    #[error("failed to create a file in `{}`", folder.display())]
    #[non_exhaustive]
    Create {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("failed to write `{}`", path.display())]
    #[non_exhaustive]
    File {
        /// Its final name.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is there already.
    #[error("`{}` exists already", path.display())]
    #[non_exhaustive]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The path does not name a file that could be replaced.
    #[error("`{}` is not the name of a regular file", path.display())]
    #[non_exhaustive]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A row has more or fewer cells than there are columns.
    #[error("a row has {found} cells where {expected} columns are declared")]
    #[non_exhaustive]
    Cells {
        /// Columns declared.
        expected: usize,
        /// Cells found.
        found: usize,
    },
    /// A row is not a JSON array.
    #[error("a row is not a JSON array of values, at byte {offset} of the row")]
    #[non_exhaustive]
    Malformed {
        /// Where in the row.
        offset: usize,
    },
}

impl Error {
    /// Sorts what writing gave: a reader that went away, a file of ours, something else.
    pub fn of_io(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Closed;
        }
        match error.downcast::<FileError>() {
            Ok(FileError { path, source }) => Self::File { path, source },
            Err(source) => Self::Stream { source },
        }
    }

    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    /// What the system said, if it said anything.
    fn system(&self) -> Option<&io::Error> {
        match self {
            Self::Stream { source } | Self::Create { source, .. } | Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Cells { .. } | Self::Malformed { .. } => ErrorKind::Plugin,
            _ => ErrorKind::Output,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match (self, self.system().map(io::Error::kind)) {
            (Self::Exists { .. }, _) => "choose another name, or allow the file to be replaced (`--overwrite`)",
            (Self::NotAFile { .. }, _) => "name a file; devices and pipes are written to through standard output",
            (Self::Cells { .. } | Self::Malformed { .. }, _) => "report this to the author of the plugin",
            (_, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) => {
                "free some space, or choose another disk"
            }
            (_, Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)) => {
                "choose a folder that this user may write to"
            }
            (Self::Create { .. }, Some(io::ErrorKind::NotFound)) => "create the folder first",
            (Self::Create { .. }, Some(io::ErrorKind::NotADirectory)) => {
                "a part of the path is a file; choose a folder"
            }
            _ => return None,
        };
        Some(hint.into())
    }
}

/// An error on its way through `io::Write`, which has no place for the path.
#[derive(Debug, thiserror::Error)]
#[error("failed to write `{}`", path.display())]
pub(crate) struct FileError {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

impl FileError {
    /// Adds the path to an error; its kind stays.
    pub(crate) fn wrap(path: &Path, source: io::Error) -> io::Error {
        io::Error::new(source.kind(), Self { path: path.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_the_way_through_a_stream() {
        let on_the_way = FileError::wrap(Path::new("a/b.csv"), io::ErrorKind::StorageFull.into());
        assert_eq!(on_the_way.kind(), io::ErrorKind::StorageFull);
        let error = Error::of_io(on_the_way);
        assert_eq!(error.to_string(), "failed to write `a/b.csv`");
        assert_eq!(error.hint().as_deref(), Some("free some space, or choose another disk"));
        let source = std::error::Error::source(&error).unwrap();
        assert!(source.downcast_ref::<io::Error>().is_some());
    }
}
