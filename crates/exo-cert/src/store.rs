//! Places where certificates with their keys are found: folders, the stores of systems, memory.

pub(crate) mod chain;
pub(crate) mod directory;
pub(crate) mod dotnet;
pub(crate) mod error;
mod files;
#[cfg(target_os = "macos")]
pub(crate) mod macos;
pub(crate) mod memory;
#[cfg(test)]
mod texts;
#[cfg(windows)]
pub(crate) mod windows;

use crate::error::Candidate;
use crate::selector::is_subject;
use crate::{ClientCertificate, Provider, Selector, Sha256Thumbprint, StoreError, Thumbprint};
use std::fmt;
use std::time::SystemTime;

/// A place where certificates with their keys are found.
///
/// ```
/// use exo_cert::{ClientCertificate, Description, KeyStore, Selector, StoreError};
///
/// /// A place in which there never is anything.
/// #[derive(Debug)]
/// struct Nowhere;
///
/// #[async_trait::async_trait]
/// impl KeyStore for Nowhere {
///     fn place(&self) -> String {
///         "nowhere".to_owned()
///     }
///     async fn find(&self, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
///         Err(StoreError::not_found(wanted, self.place()))
///     }
///     async fn list(&self) -> Result<Vec<Description>, StoreError> {
///         Ok(Vec::new())
///     }
/// }
/// ```
#[async_trait::async_trait]
pub trait KeyStore: Send + Sync + fmt::Debug {
    /// Where it is, for people: `folder /home/…`, `CurrentUser\My`.
    fn place(&self) -> String;

    /// The certificate that is meant, ready to sign, and seen to sign.
    async fn find(&self, wanted: &Selector) -> Result<ClientCertificate, StoreError>;

    /// What is there; never the keys.
    async fn list(&self) -> Result<Vec<Description>, StoreError>;
}

/// A certificate of a store, without its key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// For whom it was issued.
    pub subject: String,
    /// SHA-1 of the certificate.
    pub thumbprint: Thumbprint,
    /// SHA-256 of the certificate.
    pub sha256_thumbprint: Sha256Thumbprint,
    /// When its validity begins.
    pub not_before: SystemTime,
    /// When its validity ends.
    pub not_after: SystemTime,
    /// Which Windows provider its key belongs to, if that is known.
    pub provider: Provider,
    /// Where it is.
    pub place: String,
    /// Whether its private key is there, too.
    pub has_private_key: bool,
    /// Whether the code for this place was never seen to run on the system that it is for.
    pub unverified: bool,
}

impl Description {
    /// Describes a certificate with its key.
    pub fn of(certificate: &ClientCertificate, place: impl Into<String>) -> Self {
        let provider = certificate.provider().clone();
        Self { provider, has_private_key: true, ..Self::bare(certificate.certificate(), place) }
    }

    /// Describes a certificate whose key is not there.
    pub fn bare(certificate: &crate::Certificate, place: impl Into<String>) -> Self {
        Self {
            subject: certificate.subject().to_owned(),
            thumbprint: certificate.thumbprint(),
            sha256_thumbprint: certificate.sha256_thumbprint(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            provider: Provider::unknown(),
            place: place.into(),
            has_private_key: false,
            unverified: false,
        }
    }

    /// Whether it is the one that is meant; [`Selector::Only`] means any.
    pub fn is(&self, wanted: &Selector) -> bool {
        match wanted {
            Selector::Thumbprint(wanted) => *wanted == self.thumbprint,
            Selector::Sha256(wanted) => *wanted == self.sha256_thumbprint,
            Selector::Subject(wanted) => is_subject(wanted, &self.subject),
            Selector::Only => true,
        }
    }

    pub(crate) fn candidate(&self) -> Candidate {
        Candidate { thumbprint: self.thumbprint, subject: self.subject.clone(), not_after: self.not_after }
    }
}

/// The one that is meant among those there are; copies of one certificate are one.
fn choose<'a>(place: &str, wanted: &Selector, there: &'a [Description]) -> Result<&'a Description, StoreError> {
    let mut meant: Vec<&Description> = Vec::new();
    for description in there.iter().filter(|d| d.is(wanted)) {
        match meant.iter_mut().find(|d| d.thumbprint == description.thumbprint) {
            Some(known) if !known.has_private_key => *known = description,
            Some(_) => {}
            None => meant.push(description),
        }
    }
    // A certificate without a key is not meant where one with a key could be.
    if meant.iter().any(|d| d.has_private_key) {
        meant.retain(|d| d.has_private_key);
    }
    match meant.as_slice() {
        [] => Err(StoreError::not_found(wanted, place)),
        [one] if !one.has_private_key => {
            Err(StoreError::NoPrivateKey { thumbprint: one.thumbprint, place: place.to_owned() })
        }
        [one] => Ok(one),
        several => Err(StoreError::Ambiguous {
            place: place.to_owned(),
            candidates: several.iter().map(|d| d.candidate()).collect(),
        }),
    }
}
