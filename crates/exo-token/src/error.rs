//! Why there is no access token.

use crate::ServiceError;
use exo_cert::SignatureAlgorithm;
use exo_model::{Diagnose, ErrorKind, SeamError};
use std::borrow::Cow;
use std::time::Duration;

/// Why there is no access token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no assertion to send.
    #[error("there is no assertion that vouches for the app")]
    #[non_exhaustive]
    Assertion {
        /// What the certificate's key, or the other issuer, said.
        source: SeamError,
    },

    /// The key cannot sign in the way that was asked for.
    #[error("the certificate's key cannot sign with {algorithm}")]
    #[non_exhaustive]
    Algorithm {
        /// What was asked for.
        algorithm: SignatureAlgorithm,
    },

    /// The key can sign in none of the ways that the token service takes.
    #[error("the certificate's key can sign with neither PS256 nor RS256")]
    NoAlgorithm,

    /// The token endpoint's address cannot be used.
    #[error("`{text}` is not the address of a token endpoint ({why})")]
    #[non_exhaustive]
    TokenUrl {
        /// What was given, without user, password and query.
        text: String,
        /// What is wrong with it.
        why: String,
    },

    /// The token service refused.
    #[error("the token service refused: {error}")]
    #[non_exhaustive]
    Refused {
        /// In its own words.
        error: Box<ServiceError>,
    },

    /// The token service asked for fewer requests until the limit on waiting was reached.
    #[error("the token service at `{host}` throttles: {}; {}", throttled(*attempts, *retry_after), words(error.as_deref(), client_request_id))]
    #[non_exhaustive]
    Throttled {
        /// The host that answered.
        host: String,
        /// How often it was asked.
        attempts: u32,
        /// How long it wants to be left alone, if it said so.
        retry_after: Option<Duration>,
        /// In its own words, if it had any.
        error: Option<Box<ServiceError>>,
        /// By which the last request is found again.
        client_request_id: String,
    },

    /// The token service is not available.
    #[error("the token service at `{host}` is not available: {}; {}", outage(*status, *attempts), words(error.as_deref(), client_request_id))]
    #[non_exhaustive]
    Outage {
        /// The host that answered.
        host: String,
        /// The HTTP status.
        status: u16,
        /// How often it was asked.
        attempts: u32,
        /// How long it wants to be left alone, if it said so.
        retry_after: Option<Duration>,
        /// In its own words, if it had any.
        error: Option<Box<ServiceError>>,
        /// By which the last request is found again.
        client_request_id: String,
    },

    /// The answer is not what a token service says.
    #[error(
        "what the token service at `{host}` answered (status {status}) is not understood: {what} (client request id {client_request_id})"
    )]
    #[non_exhaustive]
    NotUnderstood {
        /// The host that answered.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        what: &'static str,
        /// By which the request is found again.
        client_request_id: String,
    },

    /// The exchange broke.
    #[error("the exchange with the token service failed (client request id {client_request_id})")]
    #[non_exhaustive]
    Transport {
        /// How often it was asked.
        attempts: u32,
        /// By which the last request is found again.
        client_request_id: String,
        /// What the transport said.
        source: exo_http::Error,
    },
}

impl Error {
    /// What the token service said, if it said something.
    pub fn service_error(&self) -> Option<&ServiceError> {
        match self {
            Self::Refused { error } => Some(error),
            Self::Throttled { error, .. } | Self::Outage { error, .. } => error.as_deref(),
            _ => None,
        }
    }

    pub(crate) fn after(mut self, asked: u32) -> Self {
        match &mut self {
            Self::Throttled { attempts, .. } | Self::Outage { attempts, .. } | Self::Transport { attempts, .. } => {
                *attempts = asked;
            }
            _ => {}
        }
        self
    }
}

impl Diagnose for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Assertion { source } => source.kind(),
            Self::Algorithm { .. } | Self::NoAlgorithm => ErrorKind::Certificate,
            Self::TokenUrl { .. } => ErrorKind::Profile,
            Self::Refused { .. } => ErrorKind::Authentication,
            Self::Throttled { .. } => ErrorKind::Throttled,
            Self::Outage { .. } => ErrorKind::Unavailable,
            Self::NotUnderstood { .. } => ErrorKind::Answer,
            Self::Transport { source, .. } => source.kind(),
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Assertion { source } => source.hint(),
            Self::Algorithm { .. } => Some("leave the algorithm to the key, or take one that it can do".into()),
            Self::Refused { error } => Some(advice(error)),
            Self::Throttled { .. } => Some("try again later; other jobs of the same app share the limit".into()),
            Self::Outage { .. } => Some("try again later; Microsoft's service status tells of outages".into()),
            Self::NotUnderstood { .. } => {
                Some("check the address of the sign-in host, and whether a proxy answers in its place".into())
            }
            Self::Transport { source, .. } => source.hint(),
            Self::NoAlgorithm | Self::TokenUrl { .. } => None,
        }
    }
}

impl From<Error> for SeamError {
    fn from(error: Error) -> Self {
        let code = match &error {
            // Whoever vouches may have been refused itself.
            Error::Assertion { source } => source.service_code().map(ToOwned::to_owned),
            other => other.service_error().map(|e| e.code().map_or_else(|| e.error.clone(), |c| format!("AADSTS{c}"))),
        };
        let seam = Self::new(error);
        match code {
            Some(code) => seam.code(code),
            None => seam,
        }
    }
}

fn advice(error: &ServiceError) -> Cow<'static, str> {
    let remedy = error.remedy();
    match error.setup_step() {
        Some(step) => format!("look at set-up {step}: {remedy}").into(),
        None => remedy,
    }
}

fn throttled(attempts: u32, retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) => format!("it wants to be left alone for {} seconds, after {}", wait.as_secs(), times(attempts)),
        None => format!("no success after {}", times(attempts)),
    }
}

fn outage(status: u16, attempts: u32) -> String {
    format!("status {status} after {}", times(attempts))
}

/// What the service said, or by which it finds the request.
fn words(error: Option<&ServiceError>, client_request_id: &str) -> String {
    error.map_or_else(|| format!("client request id {client_request_id}"), ToString::to_string)
}

pub(crate) fn times(attempts: u32) -> String {
    if attempts == 1 { "1 request".to_owned() } else { format!("{attempts} requests") }
}
