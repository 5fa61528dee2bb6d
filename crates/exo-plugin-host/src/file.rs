//! A plugin's file: opened once, refused when others can change it, read.

use crate::Error;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// How a file or folder is open to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exposure {
    /// The file can be written by everybody.
    FileWritable,
    /// The folder that it is in can be written by everybody.
    FolderWritable,
    /// The file belongs neither to the user nor to root.
    FileOwner(u32),
    /// The folder that it is in belongs neither to the user nor to root.
    FolderOwner(u32),
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileWritable => f.write_str("can be written by everybody"),
            Self::FolderWritable => f.write_str("is in a folder that everybody can write to"),
            Self::FileOwner(id) => write!(f, "belongs to another user (id {id})"),
            Self::FolderOwner(id) => write!(f, "is in a folder of another user (id {id})"),
        }
    }
}

/// The bytes of a file that nobody else can change.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Open { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "not a file")));
    }
    if about.len() > LARGEST {
        return Err(failed(io::ErrorKind::FileTooLarge.into()));
    }
    let real = path.canonicalize().map_err(failed)?;
    let folder = real.parent().map(Path::metadata).transpose().map_err(failed)?;
    if let Some(exposure) = exposure(&about, folder.as_ref()) {
        return Err(Error::Exposed { path: path.to_owned(), exposure });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
    file.by_ref().take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

#[cfg(unix)]
fn exposure(file: &Metadata, folder: Option<&Metadata>) -> Option<Exposure> {
    use std::os::unix::fs::MetadataExt as _;
    let user = rustix::process::geteuid().as_raw();
    let folder = folder.map(|f| (f.mode(), f.uid()));
    judge(user, (file.mode(), file.uid()), folder)
}

/// Windows guards a user's folders by inherited access lists.
#[cfg(not(unix))]
fn exposure(_file: &Metadata, _folder: Option<&Metadata>) -> Option<Exposure> {
    None
}

/// Mode and owner of the file and of its folder, as this user sees them.
#[cfg(unix)]
fn judge(user: u32, file: (u32, u32), folder: Option<(u32, u32)>) -> Option<Exposure> {
    const OTHERS_WRITE: u32 = 0o002;
    let foreign = |owner: u32| owner != user && owner != 0;
    let (mode, owner) = file;
    if mode & OTHERS_WRITE != 0 {
        return Some(Exposure::FileWritable);
    }
    if foreign(owner) {
        return Some(Exposure::FileOwner(owner));
    }
    let (mode, owner) = folder?;
    if mode & OTHERS_WRITE != 0 {
        return Some(Exposure::FolderWritable);
    }
    foreign(owner).then_some(Exposure::FolderOwner(owner))
}

/// No plugin is larger.
pub(crate) const LARGEST: u64 = 256 << 20;

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_user_or_root_that_others_cannot_write_pass() {
        let good = (0o644, 1000);
        assert_eq!(judge(1000, good, Some((0o755, 1000))), None);
        assert_eq!(judge(1000, (0o644, 0), Some((0o755, 0))), None);
        assert_eq!(judge(1000, (0o646, 1000), None), Some(Exposure::FileWritable));
        assert_eq!(judge(1000, (0o644, 7), None), Some(Exposure::FileOwner(7)));
        assert_eq!(judge(1000, good, Some((0o1777, 0))), Some(Exposure::FolderWritable));
        assert_eq!(judge(1000, good, Some((0o755, 7))), Some(Exposure::FolderOwner(7)));
        assert_eq!(judge(0, good, None), Some(Exposure::FileOwner(1000)));
    }
}
