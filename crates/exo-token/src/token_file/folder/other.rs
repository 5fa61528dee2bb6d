//! Folders where the rights of what is in them are those of the folder, as in a user's profile on Windows.

use super::super::error::TokenFileError;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Makes a folder, and those above it; one that is there stays as it is.
pub(super) fn make(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// A folder that was looked at.
pub(super) struct Opened {
    path: PathBuf,
}

impl Opened {
    pub(super) fn open(path: &Path) -> Result<Self, TokenFileError> {
        let about = path.symlink_metadata().map_err(TokenFileError::system(path, "open"))?;
        if about.is_symlink() {
            return Err(TokenFileError::Link { path: path.to_owned() });
        }
        if !about.is_dir() {
            return Err(TokenFileError::OtherThing { path: path.to_owned(), wanted: "folder" });
        }
        Ok(Self { path: path.to_owned() })
    }

    /// A file, for reading; nothing if there is none.
    pub(super) fn file(&self, name: &str) -> Result<Option<File>, TokenFileError> {
        let path = self.path.join(name);
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(TokenFileError::system(&path, "open")(error)),
            Ok(about) if about.is_symlink() => return Err(TokenFileError::Link { path }),
            Ok(about) if !about.is_file() => return Err(TokenFileError::OtherThing { path, wanted: "file" }),
            Ok(_) => {}
        }
        File::open(&path).map(Some).map_err(TokenFileError::system(&path, "open"))
    }

    /// A new file.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        File::create_new(self.path.join(name))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    /// Whether there was one.
    pub(super) fn remove(&self, name: &str) -> io::Result<bool> {
        match fs::remove_file(self.path.join(name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}
