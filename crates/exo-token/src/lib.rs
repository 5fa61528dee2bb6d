#![doc = include_str!("../README.md")]

mod aadsts;
mod app_credential;
mod assertion;
mod assertion_source;
mod cached;
mod certificate_assertion;
mod claim_lines;
mod claims;
mod credential_kind;
mod device_code;
mod error;
mod exchange;
mod explain;
mod federation;
mod given_token;
mod json;
mod key_vault;
mod managed_identity;
pub mod openid;
mod retry;
mod said;
mod service_error;
mod setup_step;
mod small_file;
mod timestamp;
mod token_file;

pub use aadsts::Aadsts;
pub use app_credential::{AppCredential, AppCredentialBuilder};
pub use assertion_source::{AssertionSource, Audience};
pub use cached::Cached;
pub use certificate_assertion::CertificateAssertion;
pub use claim_lines::ClaimLine;
pub use claims::{Claims, ClaimsError};
pub use credential_kind::{Acceptance, CredentialKind, Evidence, UnknownCredential};
pub use device_code::{DeviceCode, DeviceCodeError, UserCode};
pub use error::Error;
pub use explain::{TokenFault, TokenFinding, Wanted, explain};
pub use federation::{AzurePipelines, FederatedManagedIdentity, FederatedTokenFile, FederationError, GitHubActions};
pub use given_token::{GivenToken, GivenTokenError};
pub use key_vault::{
    InvalidVaultCertificate, KeyVault, KeyVaultError, VaultCertificate, VaultPermission, VaultRefusal,
};
pub use managed_identity::{
    ArcKeyFault, HostKind, Identity, ManagedIdentity, ManagedIdentityError, ManagedIdentityHost, arc_folder,
};
pub use service_error::{KeyReason, ServiceError};
pub use setup_step::SetupStep;
pub use small_file::FileFault;
pub use token_file::{TokenFile, TokenFileError, TokenOwner};
