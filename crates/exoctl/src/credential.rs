//! What proves the app: one kind of credential, settled once from flags, variables and profile.

mod azure;
mod certificate;
mod levels;
mod place;

pub(crate) use azure::AzureVariables;
pub(crate) use levels::Levels;
pub(crate) use place::TokenPlace;

use crate::certificate_source::CertificateSource;
use exo_cert::SignatureAlgorithm;
use exo_model::AppId;
use exo_token::{CredentialKind, Identity, VaultCertificate};
use std::fmt;
use std::path::PathBuf;

/// What proves the app.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// A certificate and its key, which come from this machine.
    Certificate(CertificateSource, Signing),
    /// A certificate in a key vault.
    KeyVault(Box<Vault>),
    /// The platform that the program runs on.
    Keyless(Keyless),
    /// Tokens that somebody else has fetched.
    Given(TokenPlace),
}

/// How assertions are signed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Signing {
    /// In this way and no other.
    pub(crate) algorithm: Option<SignatureAlgorithm>,
    /// With the certificate's chain.
    pub(crate) with_chain: bool,
}

/// A certificate in a key vault, and what opens the vault.
#[derive(Debug, Clone)]
pub(crate) struct Vault {
    /// The certificate.
    pub(crate) certificate: VaultCertificate,
    /// Whether certificate and key are fetched; else the key stays where it is and signs there.
    pub(crate) fetch: bool,
    /// What opens the vault.
    pub(crate) opener: Keyless,
    /// The app that opens it, where that is another.
    pub(crate) app_id: Option<AppId>,
    /// How assertions are signed.
    pub(crate) signing: Signing,
    /// Use it outside its validity.
    pub(crate) allow_expired: bool,
}

/// A proof that the platform gives, so that there is nothing to keep.
#[derive(Debug, Clone)]
pub(crate) enum Keyless {
    /// The identity of the Azure resource itself.
    ManagedIdentity(Identity),
    /// A token of another issuer in a file.
    TokenFile(PathBuf),
    /// A job of GitHub Actions.
    GitHubActions,
    /// A service connection of Azure Pipelines.
    AzurePipelines(String),
    /// A managed identity that vouches for the app.
    Vouched(Identity),
}

impl Credential {
    /// Its kind, which knows what the services take.
    pub(crate) fn kind(&self) -> CredentialKind {
        match self {
            Self::Certificate(..) => CredentialKind::Certificate,
            Self::KeyVault(_) => CredentialKind::KeyVault,
            Self::Keyless(keyless) => keyless.kind(),
            Self::Given(_) => CredentialKind::RawToken,
        }
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyVault(vault) => {
                let key = if vault.fetch { "is fetched" } else { "stays there" };
                write!(f, "{}, whose key {key}, opened by {}", vault.certificate, vault.opener)
            }
            Self::Keyless(keyless) => keyless.fmt(f),
            Self::Certificate(..) | Self::Given(_) => f.write_str(self.kind().title()),
        }
    }
}

impl fmt::Display for Keyless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManagedIdentity(identity) => identity.fmt(f),
            Self::TokenFile(path) => write!(f, "the federated token in `{}`", path.display()),
            Self::GitHubActions => f.write_str(self.kind().title()),
            Self::AzurePipelines(id) => write!(f, "service connection {id} of Azure Pipelines"),
            Self::Vouched(identity) => write!(f, "{identity}, which vouches for the app"),
        }
    }
}

impl Keyless {
    /// Its kind.
    pub(crate) fn kind(&self) -> CredentialKind {
        match self {
            Self::ManagedIdentity(_) => CredentialKind::ManagedIdentity,
            Self::TokenFile(_) => CredentialKind::WorkloadIdentityFile,
            Self::GitHubActions => CredentialKind::GitHubActions,
            Self::AzurePipelines(_) => CredentialKind::AzurePipelines,
            Self::Vouched(_) => CredentialKind::FederatedManagedIdentity,
        }
    }
}

/// Whether an app signs in, so that its id must be known; identities and tokens know whose they are.
pub(crate) fn needs_app_id(kind: CredentialKind) -> bool {
    !matches!(kind, CredentialKind::ManagedIdentity | CredentialKind::RawToken)
}

/// Whether a token of another issuer vouches for the app, as Azure's variables describe it.
pub(crate) fn is_federated(kind: CredentialKind) -> bool {
    matches!(
        kind,
        CredentialKind::WorkloadIdentityFile
            | CredentialKind::GitHubActions
            | CredentialKind::AzurePipelines
            | CredentialKind::FederatedManagedIdentity
    )
}
