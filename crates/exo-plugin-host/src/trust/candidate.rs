//! A plugin that somebody wants to add: read and verified, not yet accepted.

use super::{PublisherKey, TrustError, package};
use crate::{Plugin, PluginManifest, PluginOrigin, file};
use bytes::Bytes;
use std::fmt;
use std::path::{Path, PathBuf};

/// A plugin that somebody wants to add. Nothing of it was loaded.
pub struct Candidate {
    pub(super) plugin: Plugin,
    pub(super) content: Bytes,
    pub(super) publisher: Option<PublisherKey>,
    comment: Option<String>,
}

impl Candidate {
    /// A package or a library whose signature, in minisign's format, was made by one of these keys.
    ///
    /// No byte of the file is looked at before its signature holds.
    ///
    /// # Errors
    ///
    /// [`TrustError::Signature`] where no key made it; all that can be wrong with package and library.
    pub fn signed(path: &Path, signature: &Path, keys: &[PublisherKey]) -> Result<Self, TrustError> {
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|source| TrustError::Read { path: path.to_owned(), source })
        };
        let text = read(signature)?;
        let bytes = file::read(path)?;
        let mut last = None;
        for key in keys {
            match key.verify(path, &bytes, &text) {
                Ok(comment) => {
                    return Self::of(unpacked(path, bytes.into())?, Some(key.clone()), Some(comment));
                }
                Err(error) => last = Some(error),
            }
        }
        let none = || TrustError::Signature { path: path.to_owned(), detail: "no key of a publisher is known".into() };
        Err(last.unwrap_or_else(none))
    }

    /// A package or a library, whoever made it.
    ///
    /// # Errors
    ///
    /// All that can be wrong with package and library.
    pub fn unsigned(path: &Path) -> Result<Self, TrustError> {
        Self::of(unpacked(path, file::read(path)?.into())?, None, None)
    }

    fn of(
        (path, content): (PathBuf, Bytes),
        publisher: Option<PublisherKey>,
        comment: Option<String>,
    ) -> Result<Self, TrustError> {
        let plugin = Plugin::read(PluginOrigin::Path(path), content.clone())?;
        Ok(Self { plugin, content, publisher, comment })
    }

    /// What it says of itself and asks for.
    pub fn manifest(&self) -> &PluginManifest {
        self.plugin.manifest()
    }

    /// The SHA-256 of its library.
    pub fn sha256(&self) -> &str {
        self.plugin.sha256()
    }

    /// Who signed it.
    pub fn publisher(&self) -> Option<&PublisherKey> {
        self.publisher.as_ref()
    }

    /// The comment that its publisher signed with it.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}

/// The library in a package, or the library that the file is.
fn unpacked(path: &Path, bytes: Bytes) -> Result<(PathBuf, Bytes), TrustError> {
    if package::is_package(&bytes) { package::library(path, &bytes) } else { Ok((path.to_owned(), bytes)) }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("plugin", &self.plugin)
            .field("publisher", &self.publisher)
            .finish_non_exhaustive()
    }
}
