//! Files with secrets in them: read with care, written with care.

use crate::Error;
use crate::pfx::MAX_FILE;
use exo_model::{Diagnose, ErrorKind, SecretBytes};
use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// There is no such file.
    #[error("`{}` does not exist", path.display())]
    #[non_exhaustive]
    NotFound {
        /// Which file.
        path: PathBuf,
    },

    /// The file may not be read, or reading failed.
    #[error("failed to read `{}`", path.display())]
    #[non_exhaustive]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// Others on this machine may read the key.
    #[error("`{}` can be read by others on this machine (mode {mode:04o})", path.display())]
    #[non_exhaustive]
    OpenToOthers {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },

    /// The file is larger than any certificate.
    #[error("`{}` is larger than {} MiB, which no certificate is", path.display(), MAX_FILE >> 20)]
    #[non_exhaustive]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },

    /// There is something under that name already.
    #[error("`{}` exists already and is not overwritten", path.display())]
    #[non_exhaustive]
    Exists {
        /// Which file.
        path: PathBuf,
    },

    /// The file could not be written.
    #[error("failed to write `{}`", path.display())]
    #[non_exhaustive]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl KeyFileError {
    /// A name for programs, which stays as it is while texts change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not-found",
            Self::Unreadable { .. } => "unreadable",
            Self::OpenToOthers { .. } => "open-to-others",
            Self::TooLarge { .. } => "too-expensive",
            Self::Exists { .. } => "exists",
            Self::Unwritable { .. } => "unwritable",
        }
    }
}

impl Diagnose for KeyFileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Exists { .. } | Self::Unwritable { .. } => ErrorKind::Output,
            _ => ErrorKind::Certificate,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::OpenToOthers { path, .. } => Some(format!("chmod 600 {}", quoted(path)).into()),
            Self::Exists { .. } => Some("choose another name, or move the old file away".into()),
            Self::NotFound { .. } | Self::Unreadable { .. } => {
                Some("check the path and its permissions; `exoctl cert new` makes a certificate".into())
            }
            Self::Unwritable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("create the folder first".into())
            }
            Self::Unwritable { .. } => Some("choose a folder that this user may write to".into()),
            Self::TooLarge { .. } => Some("give a .pfx, .p12, .pem, .cer or .crt file".into()),
        }
    }
}

/// Reads a file that may hold a private key.
///
/// On Unix a file that group or others may read is refused, unless `allow_open`.
///
/// # Errors
/// [`Error::File`].
pub fn read_key_file(path: &Path, allow_open: bool) -> Result<SecretBytes, Error> {
    Ok(read(path, allow_open)?)
}

fn read(path: &Path, allow_open: bool) -> Result<SecretBytes, KeyFileError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyFileError::NotFound { path: path.to_owned() },
        _ => KeyFileError::Unreadable { path: path.to_owned(), source },
    };
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if about.is_dir() {
        return Err(unreadable(io::ErrorKind::IsADirectory.into()));
    }
    if !allow_open && let Some(mode) = open_mode(&about) {
        return Err(KeyFileError::OpenToOthers { path: path.to_owned(), mode });
    }
    // One allocation of the right size, so that no copy is left behind by growing; pipes have no size.
    let size = usize::try_from(about.len()).unwrap_or(usize::MAX).min(MAX_FILE);
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(size + 1));
    let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX) + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_FILE {
        return Err(KeyFileError::TooLarge { path: path.to_owned() });
    }
    Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
}

/// The mode of a regular file that others may read.
#[cfg(unix)]
fn open_mode(about: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = about.permissions().mode() & 0o7777;
    (about.is_file() && mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_mode(_: &std::fs::Metadata) -> Option<u32> {
    None
}

/// Writes a new file; an old one under that name stays as it is.
///
/// A private one has the mode 0600 on Unix. What could not be written whole is taken away again.
///
/// # Errors
/// [`Error::File`].
pub fn write_new(path: &Path, bytes: &[u8], private: bool) -> Result<(), Error> {
    Ok(write(path, bytes, private)?)
}

fn write(path: &Path, bytes: &[u8], private: bool) -> Result<(), KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if private {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _: bool = private;
    let file = options.open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Exists { path: path.to_owned() },
        _ => KeyFileError::Unwritable { path: path.to_owned(), source },
    })?;
    fill(file, path, bytes)
}

/// Writes into a file that was just created, and takes it away if that fails.
fn fill(mut file: File, path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|source| {
        drop(file);
        // The first failure is the one to tell.
        std::fs::remove_file(path).ok();
        KeyFileError::Unwritable { path: path.to_owned(), source }
    })
}

/// Fit for a shell.
pub(crate) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    if path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+".contains(&b)) {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_whole_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.pfx");
        File::create(&path).unwrap();
        // Opened for reading only, so that writing fails.
        let error = fill(File::open(&path).unwrap(), &path, b"key").unwrap_err();
        assert!(matches!(error, KeyFileError::Unwritable { .. }));
        assert!(!path.exists());
    }
}
