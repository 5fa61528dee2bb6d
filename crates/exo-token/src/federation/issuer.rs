//! One question to the issuer of a pipeline's tokens, asked again where that can help.

use super::check;
use super::error::FederationError;
use crate::retry::Patience;
use crate::said::said;
use crate::{exchange, json};
use exo_http::{Request, Response, RetryAfter, Transport};
use exo_model::{Clock, Secret};
use http::header::AUTHORIZATION;
use http::{HeaderValue, StatusCode, Uri};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Who issues the tokens of jobs, and by what a job is known to it.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) name: &'static str,
    pub(super) address: Uri,
    pub(super) proof: Secret,
    /// The sum of waits of one question at most.
    pub(super) longest_wait: Duration,
}

impl Issuer {
    /// The token that the answer holds under this name.
    pub(super) async fn ask(&self, mut request: Request, member: &'static str) -> Result<Secret, FederationError> {
        request.headers_mut().insert(AUTHORIZATION, self.bearer()?);
        let (mut attempts, mut waited) = (0, Duration::ZERO);
        loop {
            attempts += 1;
            let outcome = self.transport.send(request.clone()).await;
            let (error, told) = match outcome {
                Ok(response) if response.status() == StatusCode::OK => return self.read(&response, member),
                Ok(response) => {
                    let told = RetryAfter::of(response.headers(), self.clock.now());
                    let (issuer, status) = (self.name, response.status().as_u16());
                    let said = said(response.body(), Some(&self.proof));
                    (FederationError::Refused { issuer, status, attempts, said }, told)
                }
                Err(source) => (FederationError::Transport { issuer: self.name, attempts, source }, None),
            };
            let wait = told.unwrap_or(Duration::from_secs(1 << (attempts - 1)));
            let too_long = wait > LONGEST || waited.saturating_add(wait) > self.longest_wait;
            if !may_pass(&error) || attempts >= ATTEMPTS || too_long {
                return Err(error);
            }
            waited += wait;
            tracing::warn!(%error, attempts, wait_ms = wait.as_millis(), "asking for a federated token again");
            self.clock.sleep(wait).await;
        }
    }

    fn bearer(&self) -> Result<HeaderValue, FederationError> {
        let text = Secret::new(format!("Bearer {}", self.proof.expose().trim()));
        let mut value = HeaderValue::from_str(text.expose()).map_err(|_| FederationError::NotUnderstood {
            issuer: self.name,
            what: "the job's own token cannot stand in a header",
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn read(&self, response: &Response, member: &'static str) -> Result<Secret, FederationError> {
        let fail = |what| FederationError::NotUnderstood { issuer: self.name, what };
        let mut members = json::object(response.body()).map_err(|_| fail("its answer is not a JSON object"))?;
        match members.remove(member) {
            Some(Value::String(token)) => check(self.name, Secret::new(token), self.clock.now()),
            _ => Err(fail("its answer holds no token")),
        }
    }
}

/// The value of a variable that the platform sets.
pub(super) fn variable(
    lookup: &impl Fn(&str) -> Option<String>,
    issuer: &'static str,
    name: &'static str,
) -> Result<String, FederationError> {
    let value = lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    value.ok_or(FederationError::Variables { issuer, missing: name })
}

/// An address on https, or of this machine, with these fields behind what it has.
pub(super) fn address(issuer: &'static str, text: &str, fields: &[(&str, &str)]) -> Result<Uri, FederationError> {
    let text = text.trim();
    let fail = |error| match error {
        crate::Error::TokenUrl { text, why } => FederationError::Address { issuer, text, why },
        other => FederationError::Address { issuer, text: String::new(), why: other.to_string() },
    };
    let separator = if text.contains('?') { '&' } else { '?' };
    exchange::parse_url(&format!("{text}{separator}{}", exchange::form(fields))).map_err(fail)
}

/// The sum of waits where no other limit is given.
pub(super) fn usual_wait() -> Duration {
    Patience::default().waits
}

/// Whether the same question may be answered a little later.
fn may_pass(error: &FederationError) -> bool {
    match error {
        FederationError::Refused { status, .. } => matches!(status, 408 | 429 | 500..=599),
        FederationError::Transport { source, .. } => source.is_transient(),
        _ => false,
    }
}

const ATTEMPTS: u32 = 4;
/// The longest single wait that is begun.
const LONGEST: Duration = Duration::from_mins(1);
