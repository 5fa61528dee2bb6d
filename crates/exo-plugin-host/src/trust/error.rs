//! Why a plugin is not trusted.

use crate::Error;
use exo_model::{Diagnose, ErrorKind};
use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

/// Why a plugin cannot be packed, added, found or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the text of a variant says what its fields are")]
pub enum TrustError {
    /// A file cannot be read.
    #[error("failed to read `{}`", path.display())]
    #[non_exhaustive]
    Read { path: PathBuf, source: io::Error },

    /// A file of the store cannot be written.
    #[error("failed to write `{}`", path.display())]
    #[non_exhaustive]
    Write { path: PathBuf, source: io::Error },

    /// The lock file is not what this program writes.
    #[error("`{}` is not understood: {detail}", path.display())]
    #[non_exhaustive]
    Lock { path: PathBuf, detail: String },

    /// The text is no public key of minisign.
    // What was given is not repeated: it may be the secret key.
    #[error("the publisher's key is no public key of minisign")]
    Key,

    /// There is no signature, or it was made over other bytes or by another key.
    #[error("the signature of `{}` does not hold: {detail}", path.display())]
    #[non_exhaustive]
    Signature { path: PathBuf, detail: String },

    /// The same plugin came from somebody else before.
    #[error("the plugin `{name}` that is there is {before}; this one is {now}")]
    #[non_exhaustive]
    OtherPublisher { name: String, before: String, now: String },

    /// The package is broken, or its parts do not belong together.
    #[error("the package `{}` cannot be used: {detail}", path.display())]
    #[non_exhaustive]
    Package { path: PathBuf, detail: String },

    /// The package has no library for this system.
    #[error("the package `{}` has no library for {wanted}; it has {found}", path.display())]
    #[non_exhaustive]
    NoLibrary { path: PathBuf, wanted: String, found: String },

    /// Two plugins with a report of the same name.
    #[error("report `{report}` is there already, in the plugin `{plugin}`")]
    #[non_exhaustive]
    Taken { report: String, plugin: String },

    /// No such plugin was added.
    #[error("no plugin `{name}` was added; there are: {known}")]
    #[non_exhaustive]
    NotAdded { name: String, known: String },

    /// The stored library is not the one that was added.
    #[error("the plugin `{name}` is not the one that was added: `{}` has changed", path.display())]
    #[non_exhaustive]
    Changed { name: String, path: PathBuf },

    /// The library itself cannot be used.
    #[error(transparent)]
    Plugin(#[from] Error),
}

impl Diagnose for TrustError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Key | Self::NotAdded { .. } => ErrorKind::Usage,
            Self::Write { .. } => ErrorKind::Output,
            Self::Plugin(error) => error.kind(),
            _ => ErrorKind::Plugin,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => "check the path".into(),
            Self::Lock { .. } => "take the file away and add the plugins again".into(),
            Self::Key => "it is the second line of the publisher's `.pub` file, and begins with RW".into(),
            Self::Signature { .. } => {
                "get package, signature and key again, each from the place where its publisher offers it".into()
            }
            Self::OtherPublisher { name, .. } => {
                format!("find out why; if it is right, `exoctl plugin remove {name}` first").into()
            }
            Self::Package { .. } => "get the package again, or have it packed again".into(),
            Self::NoLibrary { .. } => "ask its publisher for one".into(),
            Self::Taken { plugin, .. } => {
                format!("`exoctl plugin remove {plugin}` first, or have the report renamed").into()
            }
            Self::NotAdded { .. } => "`exoctl plugin list` shows them".into(),
            Self::Changed { name, .. } => {
                format!("find out who changed it, then `exoctl plugin remove {name}` and add it again").into()
            }
            Self::Plugin(error) => return error.hint(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_hints() {
        let path = || PathBuf::from("/p/x.exoplugin");
        let name = || "sizes".to_owned();
        let io = || io::Error::from(io::ErrorKind::NotFound);
        let all = [
            TrustError::Read { path: path(), source: io() },
            TrustError::Write { path: path(), source: io() },
            TrustError::Lock { path: path(), detail: "expected an equals".into() },
            TrustError::Key,
            TrustError::Signature { path: path(), detail: "made by another key".into() },
            TrustError::OtherPublisher { name: name(), before: "signed by RWa".into(), now: "unsigned".into() },
            TrustError::Package { path: path(), detail: "no package.json".into() },
            TrustError::NoLibrary { path: path(), wanted: "linux-x86_64".into(), found: "macos-aarch64".into() },
            TrustError::Taken { report: name(), plugin: "mailboxes".into() },
            TrustError::NotAdded { name: name(), known: "none".into() },
            TrustError::Changed { name: name(), path: path() },
            TrustError::Plugin(Error::Open { path: path(), source: io() }),
        ];
        let lines = all.iter().map(|error| {
            let hint = error.hint().unwrap_or("-".into());
            format!("{error} | {:?} | {hint}", error.kind())
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
    }
}
