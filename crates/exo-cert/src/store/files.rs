//! Folders with one file per certificate: read with care, whatever else lies there.

use super::{Description, choose};
use crate::pfx::MAX_FILE;
use crate::{ClientCertificate, Selector, StoreError};
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a folder must be like before its keys are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FolderRule {
    /// Nobody else may even look into it.
    Private,
    /// Nobody else may change it.
    NotWritable,
}

/// A file with a certificate and its key.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) certificate: ClientCertificate,
    /// Why it may not be used all the same.
    pub(super) objection: Option<StoreError>,
}

/// What a folder holds.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) found: Vec<Found>,
    /// Files with a fitting name that hold no usable certificate with its key.
    pub(super) skipped: usize,
    /// There is no such folder.
    pub(super) no_folder: bool,
}

impl Scan {
    pub(super) fn descriptions(&self, place: &str) -> Vec<Description> {
        let mut descriptions: Vec<Description> = Vec::new();
        for found in &self.found {
            let description = Description::of(&found.certificate, place);
            if !descriptions.contains(&description) {
                descriptions.push(description);
            }
        }
        descriptions
    }

    /// The files of the one certificate that is meant.
    pub(super) fn take(self, place: &str, wanted: &Selector) -> Result<Vec<Found>, StoreError> {
        let descriptions = self.descriptions(place);
        let note = self.note(wanted);
        let meant = choose(place, wanted, &descriptions).map_err(|error| error.noted(note))?.thumbprint;
        let mut taken = self.found;
        taken.retain(|found| found.certificate.certificate().thumbprint() == meant);
        Ok(taken)
    }

    fn note(&self, wanted: &Selector) -> Option<String> {
        if self.no_folder {
            return Some("there is no such folder".to_owned());
        }
        let others = self.found.len();
        let mut notes = Vec::new();
        match others {
            0 if self.skipped == 0 => notes.push("it is empty".to_owned()),
            0 => {}
            1 if *wanted != Selector::Only => notes.push("1 other certificate is".to_owned()),
            _ => notes.push(format!("{others} other certificates are")),
        }
        match self.skipped {
            0 => {}
            1 => notes.push("1 file there holds no certificate with its key that can be opened".to_owned()),
            more => notes.push(format!("{more} files there hold no certificate with its key that can be opened")),
        }
        Some(notes.join(", ")).filter(|note| !note.is_empty())
    }
}

/// Gives the certificate of the first of these files, if it may be used, after it was seen to sign.
pub(super) async fn ready(place: &str, found: Vec<Found>) -> Result<ClientCertificate, StoreError> {
    let usable = found.iter().position(|f| f.objection.is_none()).unwrap_or(0);
    let Some(found) = found.into_iter().nth(usable) else {
        return Err(StoreError::not_found(&Selector::Only, place));
    };
    if let Some(objection) = found.objection {
        return Err(objection);
    }
    let thumbprint = found.certificate.certificate().thumbprint();
    let tested = found.certificate.self_test().await;
    tested.map_err(|source| StoreError::Unusable { thumbprint, place: place.to_owned(), source })?;
    Ok(found.certificate)
}

/// Reads every file of these extensions; what does not parse is skipped and counted.
pub(super) fn scan(folder: &Path, extensions: &[&str], rule: FolderRule) -> Result<Scan, StoreError> {
    let unreadable = |source| StoreError::Unreadable { path: folder.to_owned(), source };
    let about = match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Scan { no_folder: true, ..Scan::default() });
        }
        about => about.map_err(unreadable)?,
    };
    check_folder(folder, &about, rule)?;
    let mut paths = fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    paths.retain(|path| {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        extensions.iter().any(|known| known.eq_ignore_ascii_case(extension))
    });
    paths.sort();
    let mut scan = Scan::default();
    for path in paths {
        match read(path) {
            Some(found) => scan.found.push(found),
            None => scan.skipped += 1,
        }
    }
    Ok(scan)
}

/// A certificate with its key, if that is what the file holds. The name of the file says nothing.
fn read(path: PathBuf) -> Option<Found> {
    // Opening a pipe would wait for its other end.
    if !fs::metadata(&path).ok()?.is_file() {
        return None;
    }
    let file = File::open(&path).ok()?;
    let about = file.metadata().ok()?;
    let size = usize::try_from(about.len()).ok().filter(|size| *size <= MAX_FILE)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
    file.take(about.len()).read_to_end(&mut bytes).ok()?;
    let certificate = ClientCertificate::from_bytes(&bytes, None).ok()?;
    let objection = objection(&path, &about, false, 0o077).err();
    Some(Found { path, certificate, objection })
}

/// Whether the folder is fit to take keys from, or to put keys into.
pub(super) fn check_folder(folder: &Path, about: &Metadata, rule: FolderRule) -> Result<(), StoreError> {
    if !about.is_dir() {
        let source = io::ErrorKind::NotADirectory.into();
        return Err(StoreError::Unreadable { path: folder.to_owned(), source });
    }
    let forbidden = match rule {
        FolderRule::Private => 0o077,
        FolderRule::NotWritable => 0o022,
    };
    objection(folder, about, true, forbidden)
}

/// Whose it is, and what others may do with it.
#[cfg(unix)]
fn objection(path: &Path, about: &Metadata, folder: bool, forbidden: u32) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt as _;
    let (owner, mode) = (about.uid(), about.mode() & 0o7777);
    let path = || path.to_owned();
    if !is_trusted(owner, rustix::process::geteuid().as_raw()) {
        return Err(StoreError::ForeignOwner { path: path(), owner });
    }
    if mode & forbidden != 0 {
        return Err(StoreError::OpenToOthers { path: path(), mode, folder });
    }
    Ok(())
}

/// Elsewhere the folder's access control list decides, which is not looked at.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix there is something to object to")]
fn objection(_: &Path, _: &Metadata, _: bool, _: u32) -> Result<(), StoreError> {
    Ok(())
}

/// The user's own files, and those of root, who could read everything anyway.
#[cfg(unix)]
const fn is_trusted(owner: u32, user: u32) -> bool {
    owner == user || owner == 0
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn ones_own_files_and_those_of_root_are_trusted() {
        assert!(is_trusted(1000, 1000));
        assert!(is_trusted(0, 1000));
        assert!(!is_trusted(1001, 1000));
        assert!(!is_trusted(1000, 0));
    }
}
