//! What a user should know of a certificate that can be used.

use crate::certificate::Certificate;
use crate::provider::Provider;
use crate::timestamp;
use std::fmt;
use std::time::{Duration, SystemTime};

/// What a user should know of a certificate, though it hinders nothing.
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
        }
    }
}

pub(crate) fn warnings(certificate: &Certificate, provider: &Provider, now: SystemTime) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if provider.is_cng() {
        warnings.push(Warning::Cng { provider: provider.clone() });
    }
    if certificate.has_sha1_signature() {
        warnings.push(Warning::Sha1Signature);
    }
    let not_after = certificate.not_after();
    if now <= not_after && now + SOON > not_after {
        warnings.push(Warning::ExpiresSoon { not_after });
    }
    warnings
}

const SOON: Duration = Duration::from_hours(30 * 24);
