//! What the endpoints of managed identities say: tokens, refusals in many forms, and when to ask again.

use super::error::ManagedIdentityError;
use super::host::{HostKind, ManagedIdentityHost};
use super::identity::Identity;
use crate::said::said;
use crate::{exchange, service_error};
use exo_http::{Response, RetryAfter};
use exo_model::{AccessToken, Secret};
use http::StatusCode;
use std::time::{Duration, SystemTime};

/// The token of an answer, or what the answer means; the secret that was sent is not repeated.
pub(super) fn read(
    response: &Response,
    host: &ManagedIdentityHost,
    identity: &Identity,
    sent: Option<&Secret>,
    now: SystemTime,
) -> Result<AccessToken, ManagedIdentityError> {
    if response.status() != StatusCode::OK {
        let said = said(response.body(), sent);
        return Err(refusal(response, said, host.kind(), identity, now));
    }
    let token = exchange::token(response.body(), now)
        .map_err(|what| ManagedIdentityError::NotUnderstood { host: host.kind(), what })?;
    Ok(half_life(token, now))
}

/// Tokens of two hours and more are renewed when half of that is over.
fn half_life(token: AccessToken, now: SystemTime) -> AccessToken {
    let lifetime = token.expires_at().duration_since(now).unwrap_or_default();
    match token.refresh_at() {
        None if lifetime >= LONG => token.refresh_from(now + lifetime / 2),
        _ => token,
    }
}

fn refusal(
    response: &Response,
    said: String,
    host: HostKind,
    identity: &Identity,
    now: SystemTime,
) -> ManagedIdentityError {
    let status = response.status().as_u16();
    match status {
        300..=399 => ManagedIdentityError::Redirected { host, status },
        // The node knows the identities of its applications, so that this does not pass.
        404 if host == HostKind::ServiceFabric && is_about_identity(&said) => {
            ManagedIdentityError::NotFound { identity: identity.clone(), host, said }
        }
        404 | 408 | 410 | 429 | 500..=599 => {
            let retry_after = RetryAfter::of(response.headers(), now);
            ManagedIdentityError::Busy { host, status, attempts: 1, retry_after, said }
        }
        _ if is_about_header(&said, host, status) => ManagedIdentityError::Header { host, status, said },
        _ if is_about_identity(&said) => ManagedIdentityError::NotFound { identity: identity.clone(), host, said },
        _ => {
            let code = service_error::codes(None, &said).first().copied();
            ManagedIdentityError::Refused { host, status, said, code }
        }
    }
}

/// Only their texts tell these from other refusals.
fn is_about_header(said: &str, host: HostKind, status: u16) -> bool {
    let said = said.to_ascii_lowercase();
    ["metadata header", "secret is not found"].iter().any(|text| said.contains(text))
        || (matches!(status, 401 | 403) && host != HostKind::VirtualMachine)
}

fn is_about_identity(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["identity not found", "no managed identity found", "no msi found", "multiple user assigned identities"]
        .iter()
        .any(|text| said.contains(text))
}

/// How long to wait before the next request; `None` if there is to be none.
///
/// One, two and four seconds, as Microsoft's libraries do; while the endpoint is being updated (410), which takes about
/// a minute, seven times ten seconds.
pub(super) fn wait(error: &ManagedIdentityError, asked: u32) -> Option<Duration> {
    match error {
        ManagedIdentityError::Busy { status: 410, .. } => (asked <= 7).then_some(Duration::from_secs(10)),
        _ if asked > 3 => None,
        ManagedIdentityError::Busy { retry_after: Some(wait), .. } => (*wait <= LONGEST).then_some(*wait),
        ManagedIdentityError::Busy { .. } => Some(Duration::from_secs(1 << (asked - 1))),
        ManagedIdentityError::Transport { source, .. } if source.is_transient() => {
            Some(Duration::from_secs(1 << (asked - 1)))
        }
        _ => None,
    }
}

/// A token that lives as long as this is renewed at half of its life.
const LONG: Duration = Duration::from_hours(2);
/// The longest single wait that is begun.
const LONGEST: Duration = Duration::from_mins(5);
