//! The folder of tokens: what is trusted there, and how a file comes into it.

#[cfg(not(unix))]
#[path = "folder/other.rs"]
mod system;
#[cfg(unix)]
#[path = "folder/unix.rs"]
mod system;

use super::error::TokenFileError;
use exo_http::RequestId;
use exo_model::SecretBytes;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use system::Opened;

/// A folder of this user that nobody else can open, as far as the system tells.
///
/// It is looked at anew for each use, and what is in it is reached through the folder that was looked at.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at this path, made if it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, TokenFileError> {
        system::make(path).map_err(TokenFileError::system(path, "make the folder"))?;
        Opened::open(path)?;
        Ok(Self { path: path.to_owned() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A file's content; nothing if it is not there, or larger than any token.
    pub(super) fn read(&self, name: &str) -> Result<Option<SecretBytes>, TokenFileError> {
        let Some(file) = Opened::open(&self.path)?.file(name)? else { return Ok(None) };
        let path = self.path.join(name);
        // Room for all of it from the start, so that no copy is left behind by growing.
        let mut bytes = Vec::with_capacity(LARGEST + 1);
        let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX) + 1;
        let read = file.take(limit).read_to_end(&mut bytes);
        let bytes = SecretBytes::new(bytes);
        read.map_err(TokenFileError::system(&path, "read"))?;
        Ok((bytes.expose().len() <= LARGEST).then_some(bytes))
    }

    /// Puts a file in, whole or not at all, in the place of one that was there.
    pub(super) fn write(&self, name: &str, bytes: &SecretBytes) -> Result<(), TokenFileError> {
        let folder = Opened::open(&self.path)?;
        let path = self.path.join(name);
        let new = format!("{name}.{}", RequestId::random());
        let written = folder.create(&new).and_then(|file| fill(file, bytes)).and_then(|()| folder.rename(&new, name));
        written.map_err(|error| {
            // The first failure is the one to tell.
            folder.remove(&new).ok();
            TokenFileError::system(&path, "write")(error)
        })
    }

    /// Takes a file away; whether it was there.
    pub(super) fn remove(&self, name: &str) -> Result<bool, TokenFileError> {
        let removed = Opened::open(&self.path)?.remove(name);
        removed.map_err(TokenFileError::system(&self.path.join(name), "remove"))
    }

    /// Takes away the files that are meant; how many.
    pub(super) fn clear(path: &Path, is_meant: fn(&str) -> bool) -> Result<usize, TokenFileError> {
        if matches!(path.symlink_metadata(), Err(error) if error.kind() == io::ErrorKind::NotFound) {
            return Ok(0);
        }
        let folder = Opened::open(path)?;
        let mut count = 0;
        for entry in path.read_dir().map_err(TokenFileError::system(path, "list"))? {
            let name = entry.map_err(TokenFileError::system(path, "list"))?.file_name();
            if let Some(name) = name.to_str().filter(|name| is_meant(name)) {
                let removed = folder.remove(name).map_err(TokenFileError::system(&path.join(name), "remove"))?;
                count += usize::from(removed);
            }
        }
        Ok(count)
    }
}

fn fill(mut file: File, bytes: &SecretBytes) -> io::Result<()> {
    file.write_all(bytes.expose())?;
    file.sync_all()
}

/// A file that is larger holds no token.
const LARGEST: usize = 256 << 10;
