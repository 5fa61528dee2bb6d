//! What a user should know of a certificate.

use crate::certificate::{Certificate, KeyAlgorithm};
use crate::provider::Provider;
use crate::timestamp;
use std::fmt;
use std::time::{Duration, SystemTime};

/// What a user should know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The key is from a provider that tools on Windows PowerShell 5.1 refuse.
    Cng {
        /// The provider.
        provider: Provider,
    },
    /// The certificate itself is signed with SHA-1.
    Sha1Signature,
    /// The certificate ends within thirty days.
    ExpiresSoon {
        /// When it ends.
        not_after: SystemTime,
    },
    /// The certificate has ended.
    Expired {
        /// When it ended.
        not_after: SystemTime,
    },
    /// The certificate has not begun.
    NotYetValid {
        /// When it begins.
        not_before: SystemTime,
    },
    /// The certificate is valid for more than two years, which a tenant may forbid.
    LongValidity {
        /// For how many days.
        days: u64,
    },
    /// The RSA key is shorter than the 2048 bits that are the minimum.
    ShortKey {
        /// How long it is.
        bits: usize,
    },
    /// The key is of a kind that the sign-in service does not take.
    UnsupportedKey {
        /// The key's algorithm.
        algorithm: String,
    },
}

impl Warning {
    /// A name for programs, which stays as it is while texts change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cng { .. } => "cng-key",
            Self::Sha1Signature => "sha1-signature",
            Self::ExpiresSoon { .. } => "expires-soon",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::LongValidity { .. } => "long-validity",
            Self::ShortKey { .. } => "key-too-small",
            Self::UnsupportedKey { .. } => "unsupported-key",
        }
    }

    /// Whether nothing but a look hinders its use: dates and keys that sign-in refuses do.
    fn is_harmless(&self) -> bool {
        matches!(self, Self::Cng { .. } | Self::Sha1Signature | Self::ExpiresSoon { .. })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cng { provider } => {
                write!(f, "the key is of provider {provider}: tools on Windows PowerShell 5.1 will refuse it")
            }
            Self::Sha1Signature => {
                f.write_str("the certificate is signed with SHA-1, which works for sign-in but is not recommended")
            }
            Self::ExpiresSoon { not_after } => write!(f, "the certificate expires on {}", timestamp::show(*not_after)),
            Self::Expired { not_after } => {
                write!(f, "the certificate expired on {}, and sign-in will refuse it", timestamp::show(*not_after))
            }
            Self::NotYetValid { not_before } => {
                write!(f, "the certificate is not valid before {}", timestamp::show(*not_before))
            }
            Self::LongValidity { days } => {
                write!(f, "the certificate is valid for {days} days; a tenant's policy may forbid more than it allows")
            }
            Self::ShortKey { bits } => {
                write!(f, "the key has {bits} bits, and at least 2048 are needed")
            }
            Self::UnsupportedKey { algorithm } => {
                write!(f, "{algorithm} keys are not accepted for sign-in; only RSA is")
            }
        }
    }
}

impl Certificate {
    /// Everything that a user who looks at this certificate should know: its signature, its key, its dates.
    pub fn warnings(&self, now: SystemTime) -> Vec<Warning> {
        let mut warnings = Vec::new();
        match (self.key_algorithm(), self.key_bits()) {
            (KeyAlgorithm::Other(algorithm), _) => {
                warnings.push(Warning::UnsupportedKey { algorithm: algorithm.clone() });
            }
            (KeyAlgorithm::Rsa, Some(bits @ 0..2048)) => warnings.push(Warning::ShortKey { bits }),
            (KeyAlgorithm::Rsa, _) => {}
        }
        if self.has_sha1_signature() {
            warnings.push(Warning::Sha1Signature);
        }
        let (not_before, not_after) = (self.not_before(), self.not_after());
        match not_after.duration_since(not_before) {
            Ok(length) if length > LONG => warnings.push(Warning::LongValidity { days: length.as_secs() / DAY }),
            _ => {}
        }
        if now > not_after {
            warnings.push(Warning::Expired { not_after });
        } else if now < not_before {
            warnings.push(Warning::NotYetValid { not_before });
        } else if not_after.duration_since(now).is_ok_and(|left| left < SOON) {
            warnings.push(Warning::ExpiresSoon { not_after });
        }
        warnings
    }
}

/// The provider of the key, then what the certificate says.
pub(crate) fn all(certificate: &Certificate, provider: &Provider, now: SystemTime) -> Vec<Warning> {
    let cng = provider.is_cng().then(|| Warning::Cng { provider: provider.clone() });
    cng.into_iter().chain(certificate.warnings(now)).collect()
}

/// Those that hinder nothing, for programs that are about to sign in.
pub(crate) fn harmless(certificate: &Certificate, provider: &Provider, now: SystemTime) -> Vec<Warning> {
    all(certificate, provider, now).into_iter().filter(Warning::is_harmless).collect()
}

const DAY: u64 = 24 * 60 * 60;
const SOON: Duration = Duration::from_secs(30 * DAY);
// Two years, a leap day, and the ten minutes by which Windows dates certificates back.
const LONG: Duration = Duration::from_secs(731 * DAY + 60 * 60);
