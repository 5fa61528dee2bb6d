//! Why a key vault gave no certificate, or no signature.

use super::refusal::VaultRefusal;
use exo_model::{Diagnose, ErrorKind, SeamError};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// What an identity must be allowed to do in a key vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VaultPermission {
    /// Read a certificate, without its key.
    CertificatesGet,
    /// Sign with a key.
    KeysSign,
    /// Read a secret, and with it the key of an exportable certificate.
    SecretsGet,
}

impl VaultPermission {
    /// The name in an access policy: `certificates/get`, `keys/sign`, `secrets/get`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CertificatesGet => "certificates/get",
            Self::KeysSign => "keys/sign",
            Self::SecretsGet => "secrets/get",
        }
    }

    /// The least built-in role that has it, where the vault goes by roles.
    pub const fn role(self) -> &'static str {
        match self {
            Self::CertificatesGet => "Key Vault Certificate User",
            Self::KeysSign => "Key Vault Crypto User",
            Self::SecretsGet => "Key Vault Secrets User",
        }
    }
}

impl fmt::Display for VaultPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a key vault gave no certificate, or no signature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyVaultError {
    /// There is no token to ask the vault with.
    #[error("there is no token for the key vault `{vault}`")]
    #[non_exhaustive]
    Token {
        /// The vault.
        vault: String,
        /// What the identity's token provider said.
        source: SeamError,
    },

    /// The vault takes no token of this identity.
    #[error("the key vault `{vault}` does not take the identity's token: {}", unauthorized(vault_tenant.as_deref(), token_tenant.as_deref(), refusal.as_deref()))]
    #[non_exhaustive]
    Unauthorized {
        /// The vault.
        vault: String,
        /// The tenant that the vault belongs to, as far as it said so.
        vault_tenant: Option<String>,
        /// The tenant that the token is of, as far as it can be read.
        token_tenant: Option<String>,
        /// In its own words, if it had any.
        refusal: Option<Box<VaultRefusal>>,
    },

    /// The identity lacks a permission.
    #[error("the identity has no permission `{permission}` in the key vault `{vault}`: {refusal}")]
    #[non_exhaustive]
    Denied {
        /// The vault.
        vault: String,
        /// What it would have to be allowed.
        permission: VaultPermission,
        /// In its own words.
        refusal: Box<VaultRefusal>,
    },

    /// The vault does not take requests from this network.
    #[error("the firewall of the key vault `{vault}` does not let this machine in: {refusal}")]
    #[non_exhaustive]
    Firewall {
        /// The vault.
        vault: String,
        /// In its own words.
        refusal: Box<VaultRefusal>,
    },

    /// There is no such object in the vault.
    #[error("`{address}` does not exist: {refusal}")]
    #[non_exhaustive]
    NotFound {
        /// What was asked for.
        address: String,
        /// In its own words.
        refusal: Box<VaultRefusal>,
    },

    /// The object is switched off.
    #[error("`{address}` is disabled")]
    #[non_exhaustive]
    Disabled {
        /// What was asked for.
        address: String,
    },

    /// The vault refused for another reason.
    #[error("the key vault refused `{address}`: {refusal}")]
    #[non_exhaustive]
    Refused {
        /// What was asked for.
        address: String,
        /// In its own words.
        refusal: Box<VaultRefusal>,
    },

    /// The vault asked for fewer requests until the limit on waiting was reached.
    #[error("the key vault `{vault}` throttles: {} (client request id {client_request_id})", left_alone(*attempts, *retry_after))]
    #[non_exhaustive]
    Throttled {
        /// The vault.
        vault: String,
        /// How often it was asked.
        attempts: u32,
        /// How long it wants to be left alone, if it said so.
        retry_after: Option<Duration>,
        /// By which the last request is found again.
        client_request_id: String,
    },

    /// The vault is not available.
    #[error("the key vault `{vault}` is not available: status {status} after {} (client request id {client_request_id})", times(*attempts))]
    #[non_exhaustive]
    Outage {
        /// The vault.
        vault: String,
        /// The HTTP status.
        status: u16,
        /// How often it was asked.
        attempts: u32,
        /// How long it wants to be left alone, if it said so.
        retry_after: Option<Duration>,
        /// By which the last request is found again.
        client_request_id: String,
    },

    /// The answer is not what a key vault says.
    #[error(
        "the answer of status {status} for `{address}` is not understood: {what} (client request id {client_request_id})"
    )]
    #[non_exhaustive]
    NotUnderstood {
        /// What was asked for.
        address: String,
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        what: &'static str,
        /// By which the request is found again.
        client_request_id: String,
    },

    /// The exchange broke.
    #[error("the exchange with the key vault `{vault}` failed (client request id {client_request_id})")]
    #[non_exhaustive]
    Transport {
        /// The vault.
        vault: String,
        /// How often it was asked.
        attempts: u32,
        /// By which the last request is found again.
        client_request_id: String,
        /// What the transport said.
        source: exo_http::Error,
    },

    /// The certificate's key cannot be had.
    #[error("the key of `{address}` may not leave the vault")]
    #[non_exhaustive]
    NotExportable {
        /// The certificate.
        address: String,
    },

    /// What the vault holds cannot be used to sign in.
    #[error("`{address}` cannot be used")]
    #[non_exhaustive]
    Certificate {
        /// The certificate.
        address: String,
        /// Why not.
        source: exo_cert::Error,
    },
}

impl KeyVaultError {
    /// What the vault said, if it said something.
    pub fn refusal(&self) -> Option<&VaultRefusal> {
        match self {
            Self::Unauthorized { refusal, .. } => refusal.as_deref(),
            Self::Denied { refusal, .. }
            | Self::Firewall { refusal, .. }
            | Self::NotFound { refusal, .. }
            | Self::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// Whether the vault is of another tenant than the identity, so that no other token of it can help.
    pub(super) fn is_foreign(&self) -> bool {
        match self {
            Self::Unauthorized { vault_tenant: Some(vault), token_tenant: Some(token), .. } => {
                !vault.eq_ignore_ascii_case(token)
            }
            _ => false,
        }
    }

    pub(super) fn after(mut self, asked: u32) -> Self {
        match &mut self {
            Self::Throttled { attempts, .. } | Self::Outage { attempts, .. } | Self::Transport { attempts, .. } => {
                *attempts = asked;
            }
            _ => {}
        }
        self
    }

    /// The text with those of its causes, for a seam that takes a sentence.
    pub(super) fn sentence(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(cause) = next {
            text = format!("{text}: {cause}");
            next = cause.source();
        }
        text
    }
}

impl Diagnose for KeyVaultError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Token { source, .. } => source.kind(),
            Self::Unauthorized { .. } => ErrorKind::Authentication,
            Self::Denied { .. } | Self::Firewall { .. } => ErrorKind::Authorization,
            Self::NotFound { .. } | Self::Disabled { .. } | Self::Refused { .. } | Self::NotExportable { .. } => {
                ErrorKind::Certificate
            }
            Self::Throttled { .. } => ErrorKind::Throttled,
            Self::Outage { .. } => ErrorKind::Unavailable,
            Self::NotUnderstood { .. } => ErrorKind::Answer,
            Self::Transport { source, .. } => source.kind(),
            Self::Certificate { source, .. } => source.kind(),
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Token { source, .. } => return source.hint(),
            Self::Certificate { source, .. } => return source.hint(),
            Self::Unauthorized { .. } if self.is_foreign() => {
                "ask the vault with an identity of its own tenant; others have no access to it".into()
            }
            Self::Unauthorized { .. } => {
                "check that the identity is of the vault's tenant, and that its token is for key vaults of this cloud".into()
            }
            Self::Denied { permission, refusal, .. } => missing(*permission, refusal.goes_by_roles()),
            Self::Firewall { .. } => {
                "let this machine's address into the vault's networking settings, or run where its private endpoint is reached"
                    .into()
            }
            Self::NotFound { .. } => {
                "check the vault's name, the certificate's name and the version; a deleted certificate can be recovered for a while"
                    .into()
            }
            Self::Disabled { .. } => "enable it in the vault, or leave the version away to take the newest".into(),
            Self::Refused { .. } => return None,
            Self::Throttled { .. } => "try again later; all who use the vault share its limits".into(),
            Self::Outage { .. } => "try again later; Azure's service status tells of outages".into(),
            Self::NotUnderstood { .. } => "check the vault's address, and whether a proxy answers in its place".into(),
            Self::Transport { source: exo_http::Error::Dns { .. }, .. } => {
                "check the vault's name; a vault with a private endpoint may have no address outside its network".into()
            }
            Self::Transport { source, .. } => return source.hint(),
            Self::NotExportable { .. } => {
                "sign in the vault instead (remote signing), or make a new version whose key is exportable".into()
            }
        })
    }
}

impl From<KeyVaultError> for SeamError {
    fn from(error: KeyVaultError) -> Self {
        let code = error.refusal().and_then(VaultRefusal::name).map(ToOwned::to_owned);
        let seam = Self::new(error);
        match code {
            Some(code) => seam.code(code),
            None => seam,
        }
    }
}

/// Where a permission is given, in the model that the vault goes by.
fn missing(permission: VaultPermission, by_roles: Option<bool>) -> Cow<'static, str> {
    let role = permission.role();
    match by_roles {
        Some(true) => format!("give the identity the role {role} on the vault; a new role takes some minutes").into(),
        Some(false) => format!("give the identity `{permission}` in the vault's access policies").into(),
        None => format!(
            "give the identity `{permission}` in the vault's access policies, or the role {role} where the vault goes by roles"
        )
        .into(),
    }
}

fn unauthorized(vault: Option<&str>, token: Option<&str>, refusal: Option<&VaultRefusal>) -> String {
    match (vault, token, refusal) {
        (Some(vault), Some(token), _) if !vault.eq_ignore_ascii_case(token) => {
            format!("the vault is of tenant {vault}, and the identity is of tenant {token}")
        }
        (Some(vault), _, Some(refusal)) => format!("{refusal}; the vault is of tenant {vault}"),
        (Some(vault), _, None) => format!("the vault is of tenant {vault}"),
        (None, _, Some(refusal)) => refusal.to_string(),
        (None, _, None) => "it says no more".to_owned(),
    }
}

fn left_alone(attempts: u32, retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) => format!("it wants to be left alone for {} seconds, after {}", wait.as_secs(), times(attempts)),
        None => format!("no success after {}", times(attempts)),
    }
}

fn times(attempts: u32) -> String {
    if attempts == 1 { "1 request".to_owned() } else { format!("{attempts} requests") }
}
