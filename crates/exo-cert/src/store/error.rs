//! Why a store does not give a certificate, or does not take one.

use crate::error::Candidate;
use crate::{Error, Selector, Thumbprint};
use exo_model::{Diagnose, ErrorKind};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

/// Why a store does not give a certificate, or does not take one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It is not in this store.
    #[error("no {wanted} in {place}{}", note.as_deref().map(|note| format!(" ({note})")).unwrap_or_default())]
    #[non_exhaustive]
    NotFound {
        /// What was asked for.
        wanted: Selector,
        /// Which store.
        place: String,
        /// What else is known, such as that there is no such folder.
        note: Option<String>,
    },

    /// No store of a chain gives it.
    #[error("no {wanted} that could sign; {}", every(asked))]
    #[non_exhaustive]
    Nowhere {
        /// What was asked for.
        wanted: Selector,
        /// Every place that was asked, and what it said.
        asked: Vec<Asked>,
    },

    /// Several could be meant.
    #[error("several certificates in {place} could be meant: {}", list(candidates))]
    #[non_exhaustive]
    Ambiguous {
        /// Which store.
        place: String,
        /// The certificates that could be meant.
        candidates: Vec<Candidate>,
    },

    /// The certificate is there, and its private key is not.
    #[error("certificate {thumbprint} is in {place} without its private key")]
    #[non_exhaustive]
    NoPrivateKey {
        /// Which certificate.
        thumbprint: Thumbprint,
        /// Which store.
        place: String,
    },

    /// The private key is there, and this user may not use it.
    #[error("the private key of certificate {thumbprint} in {place} may not be used by this user")]
    #[non_exhaustive]
    NoAccess {
        /// Which certificate.
        thumbprint: Thumbprint,
        /// Which store.
        place: String,
    },

    /// The private key asks somebody at the keyboard before it signs.
    #[error("the private key of certificate {thumbprint} in {place} asks for a PIN or a consent before it signs")]
    #[non_exhaustive]
    PromptNeeded {
        /// Which certificate.
        thumbprint: Thumbprint,
        /// Which store.
        place: String,
    },

    /// The certificate was found, and cannot be used.
    #[error("certificate {thumbprint} in {place} cannot be used")]
    #[non_exhaustive]
    Unusable {
        /// Which certificate.
        thumbprint: Thumbprint,
        /// Which store.
        place: String,
        /// Why.
        source: Error,
    },

    /// Others on this machine may read or write a store or one of its files.
    #[error("`{}` is open to others on this machine (mode {mode:04o})", path.display())]
    #[non_exhaustive]
    OpenToOthers {
        /// The folder or the file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// Whether it is a folder.
        folder: bool,
    },

    /// A store, or one of its files, belongs to somebody else.
    #[error("`{}` belongs to another user (uid {owner})", path.display())]
    #[non_exhaustive]
    ForeignOwner {
        /// The folder or the file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },

    /// A folder or file could not be read.
    #[error("failed to read `{}`", path.display())]
    #[non_exhaustive]
    Unreadable {
        /// The folder or the file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// A folder or file could not be written or removed.
    #[error("failed to change `{}`", path.display())]
    #[non_exhaustive]
    Unwritable {
        /// The folder or the file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// The certificate, or a file under its name, is in the store already.
    #[error("certificate {thumbprint} is in the store already, as `{}`", path.display())]
    #[non_exhaustive]
    AlreadyThere {
        /// Which certificate.
        thumbprint: Thumbprint,
        /// Its file.
        path: PathBuf,
    },

    /// What shall be put into the store is not a certificate with its key.
    #[error(transparent)]
    Certificate(#[from] Error),

    /// The system's store failed.
    #[error("{place} failed: {call} ended with {code:#010X}")]
    #[non_exhaustive]
    System {
        /// Which store.
        place: String,
        /// Which of the system's functions.
        call: &'static str,
        /// What it said.
        code: u32,
    },
}

/// A place that was asked, and what it said.
#[derive(Debug)]
#[non_exhaustive]
pub struct Asked {
    /// The place.
    pub place: String,
    /// What it said.
    pub said: StoreError,
}

impl StoreError {
    /// For a [`KeyStore`](crate::KeyStore): what is asked for is not there.
    pub fn not_found(wanted: &Selector, place: impl Into<String>) -> Self {
        Self::NotFound { wanted: wanted.clone(), place: place.into(), note: None }
    }

    /// The same, with what else is known.
    pub(crate) fn noted(self, more: Option<String>) -> Self {
        match self {
            Self::NotFound { wanted, place, note } => Self::NotFound { wanted, place, note: note.or(more) },
            other => other,
        }
    }

    /// A stable name for what is wrong, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => NOT_FOUND,
            Self::Nowhere { asked, .. } => {
                asked.iter().map(|a| a.said.code()).find(|code| *code != NOT_FOUND).unwrap_or(NOT_FOUND)
            }
            Self::Ambiguous { .. } => "ambiguous",
            Self::NoPrivateKey { .. } => "no-private-key",
            Self::NoAccess { .. } => "no-access",
            Self::PromptNeeded { .. } => "prompt-needed",
            Self::Unusable { source: error, .. } | Self::Certificate(error) => error.code(),
            Self::OpenToOthers { .. } => "open-to-others",
            Self::ForeignOwner { .. } => "foreign-owner",
            Self::Unreadable { .. } => "unreadable",
            Self::Unwritable { .. } => "unwritable",
            Self::AlreadyThere { .. } => "exists",
            Self::System { .. } => "store-failed",
        }
    }

    /// What a place says when it is asked among others: without the place and without what was wanted.
    fn said(&self) -> String {
        match self {
            Self::NotFound { note, .. } => note.clone().unwrap_or_else(|| "not there".to_owned()),
            Self::NoPrivateKey { .. } => "there, without its private key".to_owned(),
            Self::NoAccess { .. } => "there, and this user may not use its private key".to_owned(),
            Self::PromptNeeded { .. } => "there, and its key asks for a PIN or a consent before it signs".to_owned(),
            Self::Unusable { source, .. } => format!("there, and cannot be used: {source}"),
            Self::Ambiguous { candidates, .. } => format!("several could be meant: {}", list(candidates)),
            Self::Unreadable { source, .. } => format!("cannot be read: {source}"),
            Self::System { call, code, .. } => format!("{call} ended with {code:#010X}"),
            other => other.to_string(),
        }
    }
}

impl Diagnose for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Certificate(error) => error.kind(),
            Self::Unwritable { .. } | Self::AlreadyThere { .. } => ErrorKind::Output,
            _ => ErrorKind::Certificate,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::NotFound { .. } => ADD,
            Self::Nowhere { asked, .. } => {
                let telling = asked.iter().map(|a| &a.said).find(|said| !matches!(said, Self::NotFound { .. }));
                return telling.map_or(Some(ADD.into()), Self::hint);
            }
            Self::Ambiguous { .. } => "name one by its thumbprint",
            Self::NoPrivateKey { .. } => "import the .pfx, which holds the key too; a .cer holds only the certificate",
            Self::NoAccess { .. } => {
                "give this account read permission on the private key (certlm.msc, All Tasks, Manage Private Keys)"
            }
            Self::PromptNeeded { .. } => {
                "nobody is at the keyboard of an unattended run: use a key without PIN and without strong protection"
            }
            Self::OpenToOthers { path, folder, .. } => {
                let mode = if *folder { "700" } else { "600" };
                return Some(format!("chmod {mode} {}", crate::key_file::quoted(path)).into());
            }
            Self::ForeignOwner { .. } => "use a folder of your own, or run as the user whose certificates these are",
            Self::AlreadyThere { .. } => "remove the old one first, if it is to be replaced",
            Self::Unwritable { .. } => "choose a folder that this user may write to",
            Self::Unusable { source, .. } => return source.hint(),
            Self::Certificate(error) => return error.hint(),
            Self::Unreadable { .. } | Self::System { .. } => return None,
        };
        Some(hint.into())
    }
}

fn every(asked: &[Asked]) -> String {
    let mut text = String::from("asked ");
    for (index, Asked { place, said }) in asked.iter().enumerate() {
        let comma = if index == 0 { "" } else { "; " };
        // Writing to a string does not fail.
        write!(text, "{comma}{place}: {}", said.said()).ok();
    }
    if asked.is_empty() { "no place was asked".to_owned() } else { text }
}

fn list(candidates: &[Candidate]) -> String {
    candidates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

const NOT_FOUND: &str = "not-found";
const ADD: &str = "`exoctl cert list` shows what is there, `exoctl cert add FILE` puts one into the own store";
