//! Why another issuer's token, which would vouch for the app, did not come.

use crate::error::times;
use crate::small_file::FileFault;
use crate::timestamp;
use exo_model::{Diagnose, ErrorKind};
use std::borrow::Cow;
use std::path::PathBuf;
use std::time::SystemTime;

/// Why another issuer's token, which would vouch for the app, did not come.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FederationError {
    /// The file of the token cannot be used.
    #[error("the federated token in `{}` cannot be used: {fault}", path.display())]
    #[non_exhaustive]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        fault: FileFault,
    },

    /// What came is not a JWT.
    #[error("what {issuer} gave is not a token: {what}")]
    #[non_exhaustive]
    NotAToken {
        /// Where it came from.
        issuer: String,
        /// What is wrong with it.
        what: &'static str,
    },

    /// The token has expired.
    #[error("the federated token of {issuer} expired at {}", timestamp::show(*expired_at))]
    #[non_exhaustive]
    Expired {
        /// Where it came from.
        issuer: String,
        /// When it ended.
        expired_at: SystemTime,
    },

    /// The job's variables, by which its tokens are asked for, are missing.
    #[error("{issuer} offers this job no token: {missing} is not set")]
    #[non_exhaustive]
    Variables {
        /// Who would issue it.
        issuer: &'static str,
        /// The variable that is not set.
        missing: &'static str,
    },

    /// The address that tokens are asked from cannot be used.
    #[error("`{text}` is not the address of {issuer} ({why})")]
    #[non_exhaustive]
    Address {
        /// Who would issue it.
        issuer: &'static str,
        /// What was given, without user, password and query.
        text: String,
        /// What is wrong with it.
        why: String,
    },

    /// The issuer gave none.
    #[error("{issuer} gave no token (status {status} after {}): {said}", times(*attempts))]
    #[non_exhaustive]
    Refused {
        /// Who was asked.
        issuer: &'static str,
        /// The HTTP status.
        status: u16,
        /// How often it was asked.
        attempts: u32,
        /// In its own words.
        said: String,
    },

    /// The answer is not what such an issuer says.
    #[error("the exchange with {issuer} is not understood: {what}")]
    #[non_exhaustive]
    NotUnderstood {
        /// Who was asked.
        issuer: &'static str,
        /// What is wrong.
        what: &'static str,
    },

    /// The exchange broke.
    #[error("the exchange with {issuer} failed after {}", times(*attempts))]
    #[non_exhaustive]
    Transport {
        /// Who was asked.
        issuer: &'static str,
        /// How often it was asked.
        attempts: u32,
        /// What the transport said.
        source: exo_http::Error,
    },
}

impl Diagnose for FederationError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::File { .. } | Self::Variables { .. } | Self::Address { .. } => ErrorKind::Profile,
            Self::Refused { status: 429, .. } => ErrorKind::Throttled,
            Self::Refused { status: 408 | 500..=599, .. } => ErrorKind::Unavailable,
            Self::NotAToken { .. } | Self::Expired { .. } | Self::Refused { .. } => ErrorKind::Authentication,
            Self::NotUnderstood { .. } => ErrorKind::Answer,
            Self::Transport { source, .. } => source.kind(),
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::File { fault: FileFault::Forbidden, .. } => "let the account of this job read the file",
            Self::File { .. } => {
                "name the file that the platform writes (AZURE_FEDERATED_TOKEN_FILE); in Kubernetes, label the pod `azure.workload.identity/use: \"true\"`"
            }
            Self::NotAToken { .. } => "the token must be a signed JWT, as the issuer wrote it",
            Self::Expired { .. } => "whoever writes the token must renew it; check that its agent still runs",
            Self::Variables { issuer: GITHUB, .. } => "add `permissions: id-token: write` to the workflow or job",
            Self::Variables { missing: "SYSTEM_OIDCREQUESTURI", .. } => {
                "run this in a job of Azure Pipelines; a self-hosted agent must be recent"
            }
            Self::Variables { .. } => "map it in the step's `env:` as `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`",
            Self::Address { .. } => "take the address as the platform gives it",
            Self::Refused { status: 429 | 408 | 500..=599, .. } => "try again later",
            Self::Refused { issuer: GITHUB, .. } => {
                "the job's request token is good for this job only; check `permissions: id-token: write`"
            }
            Self::Refused { .. } => {
                "check the id of the service connection, that this pipeline may use it, and that SYSTEM_ACCESSTOKEN is that of this job"
            }
            Self::NotUnderstood { .. } => "check the address, and whether a proxy answers in the issuer's place",
            Self::Transport { source, .. } => return source.hint(),
        };
        Some(hint.into())
    }
}

pub(super) const GITHUB: &str = "GitHub Actions";
pub(super) const PIPELINES: &str = "Azure Pipelines";
