//! Why a managed identity gave no token, and the way out.

use super::host::HostKind;
use super::identity::Identity;
use crate::Aadsts;
use crate::error::times;
use crate::small_file::FileFault;
use exo_model::{Diagnose, ErrorKind, SeamError};
use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

/// Why a managed identity gave no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManagedIdentityError {
    /// The variables describe a host that is not supported, or none at all.
    #[error("{why}")]
    #[non_exhaustive]
    Variables {
        /// What they say.
        why: &'static str,
    },

    /// The endpoint's address cannot be used.
    #[error("`{text}` ({variable}) is not the address of a managed identity endpoint ({why})")]
    #[non_exhaustive]
    Address {
        /// Where it came from.
        variable: &'static str,
        /// What was given, without user, password and query.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },

    /// A text that names no identity.
    #[error("`{text}` names no managed identity")]
    #[non_exhaustive]
    NotAnIdentity {
        /// What was given.
        text: String,
    },

    /// The host has no way to be asked for this identity.
    #[error("{host} cannot be asked for {identity}")]
    #[non_exhaustive]
    Unsupported {
        /// What was asked for.
        identity: Identity,
        /// Where.
        host: HostKind,
    },

    /// Nothing answers where the tokens should come from.
    #[error("there is no managed identity here: nothing answers at `{address}` ({host})")]
    #[non_exhaustive]
    NoEndpoint {
        /// Which sort of host was looked for.
        host: HostKind,
        /// Where.
        address: String,
        /// What the transport said.
        source: exo_http::Error,
    },

    /// The host does not have the identity.
    #[error("{host} does not have {identity}: {said}")]
    #[non_exhaustive]
    NotFound {
        /// What was asked for.
        identity: Identity,
        /// Where.
        host: HostKind,
        /// What the endpoint said.
        said: String,
    },

    /// The header that shows that the request comes from this host was not accepted.
    #[error("{host} did not accept the header of the request (status {status}): {said}")]
    #[non_exhaustive]
    Header {
        /// Where.
        host: HostKind,
        /// The HTTP status.
        status: u16,
        /// What the endpoint said.
        said: String,
    },

    /// The endpoint sent the request elsewhere, where a secret must not go.
    #[error("{host} answered with a redirect (status {status}), which a managed identity endpoint never does")]
    #[non_exhaustive]
    Redirected {
        /// Where.
        host: HostKind,
        /// The HTTP status.
        status: u16,
    },

    /// The endpoint was busy, or not ready, until the limit on waiting was reached.
    #[error("the managed identity endpoint of {host} is not ready (status {status} after {}): {said}", times(*attempts))]
    #[non_exhaustive]
    Busy {
        /// Where.
        host: HostKind,
        /// The HTTP status.
        status: u16,
        /// How often it was asked.
        attempts: u32,
        /// How long it wants to be left alone, if it said so.
        retry_after: Option<Duration>,
        /// What the endpoint said.
        said: String,
    },

    /// The endpoint, or the token service behind it, refused.
    #[error("{host} gave no token (status {status}): {said}")]
    #[non_exhaustive]
    Refused {
        /// Where.
        host: HostKind,
        /// The HTTP status.
        status: u16,
        /// What the endpoint said.
        said: String,
        /// The token service's code, if its words were passed on.
        code: Option<u32>,
    },

    /// The answer is not what such an endpoint says.
    #[error("the answer of {host} is not understood: {what}")]
    #[non_exhaustive]
    NotUnderstood {
        /// Where.
        host: HostKind,
        /// What is wrong with it.
        what: &'static str,
    },

    /// Azure Arc's key, by which a process shows that it may have a token, could not be used.
    #[error("Azure Arc's key `{}` cannot be used: {fault}", path.display())]
    #[non_exhaustive]
    ArcKey {
        /// The file that the agent named.
        path: PathBuf,
        /// What is wrong with it.
        fault: ArcKeyFault,
    },

    /// The exchange broke.
    #[error("the exchange with the managed identity endpoint of {host} failed after {}", times(*attempts))]
    #[non_exhaustive]
    Transport {
        /// Where.
        host: HostKind,
        /// How often it was asked.
        attempts: u32,
        /// What the transport said.
        source: exo_http::Error,
    },

    /// The service demands what a managed identity's token cannot have.
    #[error("the service demands a token with other claims, which a managed identity cannot get")]
    Claims,
}

/// What is wrong with the file that Azure Arc's agent named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArcKeyFault {
    /// It is not directly in the agent's folder.
    #[error("it is not directly in `{}`, the agent's own folder", folder.display())]
    #[non_exhaustive]
    Elsewhere {
        /// Where the agent leaves its keys.
        folder: PathBuf,
    },
    /// Its name does not end in `.key`.
    #[error("its name does not end in .key")]
    Name,
    /// It could not be read.
    #[error("{0}")]
    File(FileFault),
}

impl ManagedIdentityError {
    pub(super) fn after(mut self, asked: u32) -> Self {
        if let Self::Busy { attempts, .. } | Self::Transport { attempts, .. } = &mut self {
            *attempts = asked;
        }
        self
    }
}

impl Diagnose for ManagedIdentityError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Variables { .. } | Self::Address { .. } | Self::NotAnIdentity { .. } | Self::Unsupported { .. } => {
                ErrorKind::Profile
            }
            Self::Busy { status: 429, .. } => ErrorKind::Throttled,
            Self::NoEndpoint { .. } | Self::Busy { .. } => ErrorKind::Unavailable,
            Self::Transport { source, .. } => source.kind(),
            Self::NotUnderstood { .. } | Self::Redirected { .. } => ErrorKind::Answer,
            Self::NotFound { .. } | Self::Header { .. } | Self::Refused { .. } | Self::ArcKey { .. } | Self::Claims => {
                ErrorKind::Authentication
            }
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Variables { .. } => {
                "use another credential here, such as a certificate or workload identity federation"
            }
            Self::Address { .. } => "the platform sets this variable; unset it if this machine is a virtual machine",
            Self::NotAnIdentity { .. } => {
                "give `system`, the client id of a user-assigned identity, `object-id:` and its object id, or its resource id"
            }
            Self::Unsupported { host: HostKind::Arc, .. } => {
                "Azure Arc has the system-assigned identity only; grant the permission and the role to that one"
            }
            Self::Unsupported { host: HostKind::ServiceFabric, .. } => {
                "the application's manifest says which identity it has; leave the name out"
            }
            Self::Unsupported { .. } => "name the identity by its client id",
            Self::NoEndpoint { host: HostKind::Arc, .. } => "check that the agent runs: `azcmagent show`",
            Self::NoEndpoint { .. } => {
                "run this on an Azure resource that has a managed identity, or sign in with a certificate; requests to this address must not go through a proxy"
            }
            Self::NotFound { host: HostKind::ServiceFabric, .. } => {
                "give the application an identity in its manifest, and the cluster the token service"
            }
            Self::NotFound { identity: Identity::System, .. } => {
                "switch the system-assigned identity on (portal: Identity, System assigned), or name a user-assigned one by its client id"
            }
            Self::NotFound { .. } => {
                "assign that identity to this resource (portal: Identity, User assigned), and compare its client id"
            }
            Self::Header { host: HostKind::VirtualMachine, .. } => {
                "something between takes the header `Metadata: true` away; requests to this address must not go through a proxy"
            }
            Self::Header { .. } => {
                "the secret in the variable is that of another process or of an earlier start; restart the job so that it gets the present one"
            }
            Self::Redirected { .. } | Self::NotUnderstood { .. } => {
                "check the address, and that no proxy answers in place of the endpoint"
            }
            Self::Busy { status: 404, .. } => {
                "the identity may just have been created or taken away; try again in some minutes, and check it in the portal"
            }
            Self::Busy { .. } => "try again in some minutes",
            Self::Refused { code, .. } => code.and_then(Aadsts::find).map_or(REFUSED, |entry| entry.remedy),
            Self::ArcKey { fault: ArcKeyFault::File(FileFault::Forbidden | FileFault::Missing), .. } => {
                if cfg!(windows) { ARC_WINDOWS } else { ARC_UNIX }
            }
            Self::ArcKey { .. } => {
                "no such file is read, since something other than the agent may answer in its place; check what listens at its address"
            }
            Self::Transport { .. } => "try again; the endpoint is on this machine, so that no proxy may be between",
            Self::Claims => {
                "sign in with a certificate; continuous access evaluation does not exist for managed identities"
            }
        };
        Some(hint.into())
    }
}

impl From<ManagedIdentityError> for SeamError {
    fn from(error: ManagedIdentityError) -> Self {
        let code = match &error {
            ManagedIdentityError::Refused { code, .. } => *code,
            _ => None,
        };
        let seam = Self::new(error);
        match code {
            Some(code) => seam.code(format!("AADSTS{code}")),
            None => seam,
        }
    }
}

const REFUSED: &str =
    "check in the portal that the resource has this identity, and that its enterprise application is not disabled";
const ARC_UNIX: &str =
    "add the account to the group `himds` (`sudo usermod -aG himds NAME`) and start the job anew, or run it as root";
const ARC_WINDOWS: &str = "add the account to the local group `Hybrid agent extension applications` and sign in anew, or run it as administrator";
