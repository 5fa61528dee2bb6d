//! Folders on Unix: their owner and mode are looked at, and no link is followed.

use super::super::error::TokenFileError;
use rustix::fs::{AtFlags, Mode, OFlags, open, openat, renameat, unlinkat};
use rustix::io::Errno;
use std::fs::{DirBuilder, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Makes a folder for this user alone, and those above it as usual; one that is there stays as it is.
pub(super) fn make(path: &Path) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        DirBuilder::new().recursive(true).create(above)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A folder that was looked at and is held open, so that no other can take its place.
pub(super) struct Opened {
    folder: File,
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
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let system = || TokenFileError::system(path, "open");
        let folder = File::from(open(path, flags, Mode::empty()).map_err(|error| system()(error.into()))?);
        check(path, &folder.metadata().map_err(system())?)?;
        Ok(Self { folder, path: path.to_owned() })
    }

    /// A file of ours, for reading; nothing if there is none.
    pub(super) fn file(&self, name: &str) -> Result<Option<File>, TokenFileError> {
        let path = self.path.join(name);
        // Opening a pipe must not wait for whoever writes to it.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.folder, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(TokenFileError::Link { path }),
            Err(error) => return Err(TokenFileError::system(&path, "open")(error.into())),
        };
        let about = file.metadata().map_err(TokenFileError::system(&path, "open"))?;
        if !about.is_file() {
            return Err(TokenFileError::OtherThing { path, wanted: "file" });
        }
        check(&path, &about)?;
        Ok(Some(file))
    }

    /// A new file that this user alone may open.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(&self.folder, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(renameat(&self.folder, from, &self.folder, to)?)
    }

    /// Whether there was one.
    pub(super) fn remove(&self, name: &str) -> io::Result<bool> {
        match unlinkat(&self.folder, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Refuses what belongs to somebody else, or is open to others.
fn check(path: &Path, about: &Metadata) -> Result<(), TokenFileError> {
    let path = || path.to_owned();
    if about.uid() != rustix::process::geteuid().as_raw() {
        return Err(TokenFileError::Foreign { path: path(), owner: about.uid() });
    }
    match about.mode() & 0o7777 {
        mode if mode & 0o077 != 0 => Err(TokenFileError::OpenToOthers { path: path(), mode }),
        _ => Ok(()),
    }
}
