//! The ways in which an app can prove itself, and which of the two services takes which.

use exo_model::Service;
use std::fmt;
use std::str::FromStr;

/// A way in which an unattended app can prove itself.
///
/// ```
/// use exo_model::Service;
/// use exo_token::{CredentialKind, Evidence};
///
/// let answer = CredentialKind::ManagedIdentity.accepts(Service::Compliance);
/// assert_eq!(answer.evidence, Evidence::Undocumented);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// A certificate whose key is here, from a file, bytes or a store.
    Certificate,
    /// A certificate in Azure Key Vault, fetched at run time or signing where it is.
    KeyVault,
    /// The identity of the Azure resource that the job runs on.
    ManagedIdentity,
    /// A token of another issuer in a file, as in Kubernetes.
    WorkloadIdentityFile,
    /// The token of a job of GitHub Actions.
    GitHubActions,
    /// The token of a service connection of Azure Pipelines.
    AzurePipelines,
    /// A managed identity that vouches for an app.
    FederatedManagedIdentity,
    /// An access token that somebody else has fetched.
    RawToken,
    /// A client secret; refused.
    ClientSecret,
}

/// How well it is known that a service takes a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// Microsoft's documentation says so.
    Documented,
    /// It was seen to work, though it is not documented.
    Seen,
    /// Nothing is documented or known to have been seen; the protocol does not forbid it.
    Undocumented,
    /// It is not offered here, for the reason given.
    Refused,
}

/// Whether a service takes a credential, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Acceptance {
    /// How well it is known.
    pub evidence: Evidence,
    /// What is known.
    pub sentence: &'static str,
    /// Where that comes from.
    pub source: &'static str,
}

/// A text that names no kind of credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a kind of credential; there are {}", self.0, names())]
#[non_exhaustive]
pub struct UnknownCredential(pub String);

impl CredentialKind {
    /// All kinds, the refused one last.
    pub const ALL: &'static [Self] = &[
        Self::Certificate,
        Self::KeyVault,
        Self::ManagedIdentity,
        Self::WorkloadIdentityFile,
        Self::GitHubActions,
        Self::AzurePipelines,
        Self::FederatedManagedIdentity,
        Self::RawToken,
        Self::ClientSecret,
    ];

    /// The name in profiles and flags.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::KeyVault => "key-vault",
            Self::ManagedIdentity => "managed-identity",
            Self::WorkloadIdentityFile => "workload-identity",
            Self::GitHubActions => "github-actions",
            Self::AzurePipelines => "azure-pipelines",
            Self::FederatedManagedIdentity => "federated-managed-identity",
            Self::RawToken => "access-token",
            Self::ClientSecret => "client-secret",
        }
    }

    /// What it is, as a phrase.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Certificate => "a certificate and its key",
            Self::KeyVault => "a certificate in Azure Key Vault",
            Self::ManagedIdentity => "the managed identity of this Azure resource",
            Self::WorkloadIdentityFile => "a federated token in a file",
            Self::GitHubActions => "the token of a GitHub Actions job",
            Self::AzurePipelines => "the token of an Azure Pipelines service connection",
            Self::FederatedManagedIdentity => "a managed identity that vouches for the app",
            Self::RawToken => "an access token fetched by somebody else",
            Self::ClientSecret => "a client secret",
        }
    }

    /// Whether a service takes it, and how that is known.
    pub const fn accepts(self, service: Service) -> Acceptance {
        let exchange = matches!(service, Service::Exchange);
        match self {
            Self::Certificate => CERTIFICATE,
            Self::KeyVault => KEY_VAULT,
            Self::ManagedIdentity if exchange => MANAGED_IDENTITY_EXCHANGE,
            Self::ManagedIdentity => MANAGED_IDENTITY_COMPLIANCE,
            Self::WorkloadIdentityFile
            | Self::GitHubActions
            | Self::AzurePipelines
            | Self::FederatedManagedIdentity => FEDERATION,
            Self::RawToken if exchange => RAW_TOKEN_EXCHANGE,
            Self::RawToken => RAW_TOKEN_COMPLIANCE,
            Self::ClientSecret => CLIENT_SECRET,
        }
    }

    /// Why it is not offered, if it is not.
    pub const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::ClientSecret => Some(CLIENT_SECRET.sentence),
            _ => None,
        }
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CredentialKind {
    type Err = UnknownCredential;

    fn from_str(text: &str) -> Result<Self, UnknownCredential> {
        let named = |kind: &&Self| kind.as_str().eq_ignore_ascii_case(text.trim());
        Self::ALL.iter().find(named).copied().ok_or_else(|| UnknownCredential(text.chars().take(80).collect()))
    }
}

impl Evidence {
    /// The word in results: `documented`, `seen`, `undocumented`, `refused`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Seen => "seen",
            Self::Undocumented => "undocumented",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn names() -> String {
    let offered = CredentialKind::ALL.iter().filter(|kind| kind.refusal().is_none());
    offered.map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

const APP_ONLY: &str = "Microsoft: App-only authentication for unattended scripts in Exchange Online PowerShell and Security & Compliance PowerShell";

const CERTIFICATE: Acceptance = Acceptance {
    evidence: Evidence::Documented,
    sentence: "both services take it; each needs its own token",
    source: APP_ONLY,
};

const KEY_VAULT: Acceptance = Acceptance {
    evidence: Evidence::Documented,
    sentence: "to the token service and to both services it is a certificate like any other; where its key is does not show",
    source: "Microsoft: Key Vault REST API, Sign and Get Secret; and the article on app-only authentication",
};

const MANAGED_IDENTITY_EXCHANGE: Acceptance = Acceptance {
    evidence: Evidence::Documented,
    sentence: "Exchange Online takes it; the permission must be granted through Microsoft Graph, since the portal cannot",
    source: "Microsoft: Use Azure managed identities to connect to Exchange Online PowerShell",
};

const MANAGED_IDENTITY_COMPLIANCE: Acceptance = Acceptance {
    evidence: Evidence::Undocumented,
    sentence: "Microsoft's own module offers no managed identity for Security & Compliance; nothing in the protocol forbids to ask for such a token, and nobody has published what the service says to it",
    source: "Microsoft: Exchange Online PowerShell module, limits of Connect-IPPSSession; issue 10605 of its documentation",
};

const FEDERATION: Acceptance = Acceptance {
    evidence: Evidence::Undocumented,
    sentence: "the exchange is documented; that the service takes the token is not, but the token says the same as one that was got with a certificate (`appidacr` 2)",
    source: "Microsoft: Workload identity federation; Access token claims reference",
};

const RAW_TOKEN_EXCHANGE: Acceptance = Acceptance {
    evidence: Evidence::Documented,
    sentence: "Exchange Online takes it until it expires, which is after about an hour; it cannot be renewed",
    source: "Microsoft: Connect-ExchangeOnline, parameter AccessToken (module 3.1.0 and later)",
};

const RAW_TOKEN_COMPLIANCE: Acceptance = Acceptance {
    evidence: Evidence::Documented,
    sentence: "Security & Compliance takes it until it expires, which is after about an hour; it cannot be renewed, and one for Exchange Online is not known to do",
    source: "Microsoft: Connect-IPPSSession, parameter AccessToken (module 3.8.0 and later)",
};

const CLIENT_SECRET: Acceptance = Acceptance {
    evidence: Evidence::Refused,
    sentence: "a client secret is a password that travels with every request and works from anywhere, and Microsoft documents certificates and managed identities only; use one of these, or federation where the platform offers it",
    source: APP_ONLY,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_by_its_name_and_answers_for_both_services() {
        for kind in CredentialKind::ALL {
            assert_eq!(kind.as_str().to_uppercase().parse::<CredentialKind>().unwrap(), *kind);
            for service in Service::ALL {
                let answer = kind.accepts(*service);
                assert!(!answer.sentence.ends_with('.') && !answer.source.is_empty());
                assert_eq!(answer.evidence == Evidence::Refused, kind.refusal().is_some(), "{kind}");
            }
        }
    }

    #[test]
    fn a_managed_identity_is_documented_for_one_service_only() {
        let evidence = |service| CredentialKind::ManagedIdentity.accepts(service).evidence;
        assert_eq!(evidence(Service::Exchange), Evidence::Documented);
        assert_eq!(evidence(Service::Compliance), Evidence::Undocumented);
    }

    #[test]
    fn a_client_secret_is_not_among_the_ways_out() {
        let text = "password".parse::<CredentialKind>().unwrap_err().to_string();
        assert!(text.contains("managed-identity") && !text.contains("client-secret"), "{text}");
        assert!(CredentialKind::ClientSecret.refusal().unwrap().contains("certificate"));
    }
}
