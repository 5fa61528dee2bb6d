//! Why a certificate, or its key, cannot be used.

use crate::{KeyFileError, PfxError, Provider, Selector, Thumbprint, detect, timestamp};
use exo_model::{Diagnose, ErrorKind};
use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

/// Why a certificate, or its key, cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The certificate's validity has ended.
    #[error("certificate {thumbprint} expired on {}", timestamp::show(*not_after))]
    #[non_exhaustive]
    Expired {
        /// Which certificate.
        thumbprint: Thumbprint,
        /// When it ended.
        not_after: SystemTime,
    },

    /// The certificate's validity has not begun.
    #[error("certificate {thumbprint} is not valid before {}", timestamp::show(*not_before))]
    #[non_exhaustive]
    NotYetValid {
        /// Which certificate.
        thumbprint: Thumbprint,
        /// When it begins.
        not_before: SystemTime,
    },

    /// The private key is not the one the certificate was issued for.
    #[error("private key does not belong to certificate {thumbprint}")]
    #[non_exhaustive]
    KeyMismatch {
        /// The certificate.
        thumbprint: Thumbprint,
    },

    /// There is a certificate, or a public key, and no private key with it.
    #[error("no private key: {what}")]
    #[non_exhaustive]
    NoPrivateKey {
        /// What is there instead.
        what: Cow<'static, str>,
    },

    /// There is something, and no certificate with it.
    #[error("no certificate: {what}")]
    #[non_exhaustive]
    NoCertificate {
        /// What is there instead.
        what: &'static str,
    },

    /// There are several certificates with their keys, and nothing says which one is meant.
    #[error("several certificates have a private key; say which one is meant: {}", list(candidates))]
    #[non_exhaustive]
    Ambiguous {
        /// The certificates that could be meant.
        candidates: Vec<Candidate>,
    },

    /// The certificate that was asked for is not there.
    #[error("{wanted} is not there; found: {}", list(found))]
    #[non_exhaustive]
    NotInFile {
        /// What was asked for.
        wanted: Selector,
        /// What is there, with a key.
        found: Vec<Candidate>,
    },

    /// A PFX file or another encrypted key could not be opened.
    #[error(transparent)]
    Pfx(#[from] PfxError),

    /// The key is of a kind that the sign-in service does not take.
    #[error("{algorithm} keys are not accepted for sign-in; only RSA is")]
    #[non_exhaustive]
    UnsupportedKey {
        /// The key's algorithm.
        algorithm: String,
    },

    /// The key is RSA, and cannot be used here.
    #[error("this RSA key of {bits} bits cannot sign: {reason}; 2048, 3072 and 4096 bits work")]
    #[non_exhaustive]
    KeySize {
        /// How long the modulus is.
        bits: usize,
        /// What is wrong with the key.
        reason: Cow<'static, str>,
    },

    /// The bytes begin as they should and then are not what they should be.
    #[error("the {what} is damaged or cut off")]
    #[non_exhaustive]
    Malformed {
        /// What was being read.
        what: &'static str,
    },

    /// The bytes are something else.
    #[error("not a certificate file: it looks like {looks_like}")]
    #[non_exhaustive]
    NotACertificate {
        /// What they look like.
        looks_like: &'static str,
    },

    /// Signing, or checking a signature, failed.
    #[error("{algorithm} with this key: {reason}")]
    #[non_exhaustive]
    Sign {
        /// `PS256` or `RS256`.
        algorithm: &'static str,
        /// What went wrong.
        reason: Cow<'static, str>,
        /// What sort of failure it is: a vault that cannot be reached is no fault of the certificate.
        kind: ErrorKind,
        /// The way out, where there is one.
        hint: Option<Cow<'static, str>>,
    },

    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] KeyFileError),

    /// The key is of a provider that old tools refuse, and that was not to be accepted.
    #[error("the key is of provider {provider}, and only keys of a classic provider (CSP) are accepted here")]
    #[non_exhaustive]
    Cng {
        /// The provider.
        provider: Provider,
    },

    /// A certificate could not be made.
    #[error("failed to make a certificate: {reason}")]
    #[non_exhaustive]
    Generate {
        /// What went wrong, or what was asked for that cannot be.
        reason: Cow<'static, str>,
    },
}

impl Error {
    /// For a [`Signer`](crate::Signer) whose key lives elsewhere: why it gave no signature.
    pub fn sign(algorithm: crate::SignatureAlgorithm, reason: impl Into<Cow<'static, str>>) -> Self {
        let (kind, hint) = (ErrorKind::Certificate, None);
        Self::Sign { algorithm: algorithm.as_str(), reason: reason.into(), kind, hint }
    }

    /// The same, where the signer's own error knows more: its kind and its way out are kept.
    pub fn sign_because(
        algorithm: crate::SignatureAlgorithm,
        reason: impl Into<Cow<'static, str>>,
        because: &dyn Diagnose,
    ) -> Self {
        let (kind, hint) = (because.kind(), because.hint());
        Self::Sign { algorithm: algorithm.as_str(), reason: reason.into(), kind, hint }
    }

    /// A name for programs, which stays as it is while texts change.
    ///
    /// ```
    /// let error = exo_cert::Certificate::from_bytes(b"<html>").unwrap_err();
    /// assert_eq!(error.code(), "malformed");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::KeyMismatch { .. } => "key-cert-mismatch",
            Self::NoPrivateKey { .. } => "no-private-key",
            Self::NoCertificate { .. } => "no-certificate",
            Self::Ambiguous { .. } => "ambiguous",
            Self::NotInFile { .. } => "not-found",
            Self::Pfx(pfx) => pfx.code(),
            Self::KeySize { bits: 0..2048, .. } => "key-too-small",
            Self::UnsupportedKey { .. } | Self::KeySize { .. } => "unsupported-key",
            Self::Malformed { .. } | Self::NotACertificate { .. } => "malformed",
            Self::Sign { .. } => "sign-failed",
            Self::File(file) => file.code(),
            Self::Cng { .. } => "cng-key",
            Self::Generate { .. } => "generate-failed",
        }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::File(file) => file.kind(),
            Self::Sign { kind, .. } => *kind,
            _ => ErrorKind::Certificate,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Expired { .. } => {
                "make a new certificate, upload it to the app registration, then change the profile"
            }
            Self::NotYetValid { .. } => {
                "check this machine's clock; a new certificate may need its first minutes to pass"
            }
            Self::KeyMismatch { .. } => "export the certificate together with its private key",
            Self::NoPrivateKey { .. } => {
                "sign-in needs the private key too: give the .pfx, or a PEM file that holds key and certificate"
            }
            Self::NoCertificate { what } => detect::instead_of_certificate(what),
            Self::Ambiguous { .. } => "name one by its thumbprint",
            Self::NotInFile { .. } => "name one of those that are there, or give another file",
            Self::Pfx(pfx) => return pfx.hint(),
            Self::UnsupportedKey { .. } | Self::KeySize { .. } => {
                "make an RSA certificate with `exoctl cert new`, and upload its .cer to the app registration"
            }
            Self::Malformed { .. } => "export it again; a copy through mail or a text editor can damage it",
            Self::NotACertificate { looks_like } => detect::instead_of_file(looks_like),
            Self::File(file) => return file.hint(),
            Self::Cng { .. } => "make the certificate with -KeySpec KeyExchange, or with `exoctl cert new`",
            Self::Sign { hint, .. } => return hint.clone(),
            Self::Generate { .. } => return None,
        };
        Some(hint.into())
    }
}

/// A certificate that could be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// Its thumbprint.
    pub thumbprint: Thumbprint,
    /// Its subject.
    pub subject: String,
    /// When it ends.
    pub not_after: SystemTime,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` until {}", self.thumbprint, self.subject, timestamp::show(self.not_after))
    }
}

fn list(candidates: &[Candidate]) -> String {
    if candidates.is_empty() {
        return "no certificate with a key".to_owned();
    }
    candidates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
