//! One request to a key vault: with a token, again where that helps, and what its answer means.

use super::address::VaultCertificate;
use super::error::{KeyVaultError, VaultPermission};
use super::refusal::{Reason, VaultRefusal};
use crate::retry::Patience;
use crate::{Claims, Error, exchange, json};
use exo_http::{Request, RequestId, Response, RetryAfter, Transport};
use exo_model::{AccessToken, Clock, Scope, SecretBytes, TenantId, TokenProvider, TokenRequest};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{Method, StatusCode, Uri};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// All that it takes to ask a vault.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) identity: Arc<dyn TokenProvider>,
    pub(super) certificate: VaultCertificate,
    pub(super) scope: Scope,
    pub(super) patience: Patience,
    pub(super) random: fn() -> u32,
}

/// What is asked.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) permission: VaultPermission,
    /// From the first slash on, without query.
    pub(super) path: String,
    /// What is posted; a question without it is a plain reading one.
    pub(super) body: Option<String>,
}

/// A success, and by which it is found again.
pub(super) struct Answer {
    pub(super) members: Map<String, Value>,
    id: RequestId,
    address: String,
}

impl Answer {
    /// That a success is not one after all.
    pub(super) fn garbled(&self, what: &'static str) -> KeyVaultError {
        not_understood(self.address.clone(), 200, what, self.id)
    }
}

impl Connection {
    /// Asks, and asks again what may pass: throttling, outages, broken connections. Signing changes nothing, so that it
    /// may be repeated as reading may.
    pub(super) async fn ask(&self, question: &Question) -> Result<Answer, KeyVaultError> {
        let mut request = TokenRequest::new(self.scope.clone());
        let (mut tries, mut waited) = (0, Duration::ZERO);
        loop {
            let token = self
                .identity
                .token(&request)
                .await
                .map_err(|source| KeyVaultError::Token { vault: self.vault(), source })?;
            let error = match self.exchange(question, &token).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if matches!(&error, KeyVaultError::Unauthorized { .. }) && request.rejected.is_none() && !error.is_foreign()
            {
                tracing::debug!(vault = %self.certificate.vault(), "the vault's token was refused; asking for another");
                request = request.rejected(token);
                continue;
            }
            tries += 1;
            let Some(wait) = self.wait(&error, tries, waited) else { return Err(error.after(tries)) };
            tracing::warn!(%error, tries, wait_ms = wait.as_millis(), "asking the key vault again");
            waited += wait;
            self.clock.sleep(wait).await;
        }
    }

    fn vault(&self) -> String {
        self.certificate.vault().to_string()
    }

    /// How long to wait before the next request, with the same patience as for tokens.
    fn wait(&self, error: &KeyVaultError, asked: u32, waited: Duration) -> Option<Duration> {
        let (host, client_request_id) = (String::new(), String::new());
        let alike = match error {
            KeyVaultError::Throttled { retry_after, .. } => {
                Error::Throttled { host, attempts: asked, retry_after: *retry_after, error: None, client_request_id }
            }
            KeyVaultError::Outage { status, retry_after, .. } => {
                let (status, retry_after) = (*status, *retry_after);
                Error::Outage { host, status, attempts: asked, retry_after, error: None, client_request_id }
            }
            KeyVaultError::Transport { source, .. } if source.is_transient() => {
                Error::Outage { host, status: 0, attempts: asked, retry_after: None, error: None, client_request_id }
            }
            _ => return None,
        };
        self.patience.wait(&alike, asked, waited, (self.random)())
    }

    async fn exchange(&self, question: &Question, token: &AccessToken) -> Result<Answer, KeyVaultError> {
        let id = RequestId::random();
        let address = format!("{}{}", self.certificate.vault(), question.path);
        let Some(request) = request(&address, question, token, id) else {
            return Err(not_understood(address, 0, "its token cannot stand in a header", id));
        };
        tracing::debug!(address, client_request_id = %id, "asking the key vault");
        let response = self.transport.send(request).await.map_err(|source| KeyVaultError::Transport {
            vault: self.vault(),
            attempts: 1,
            client_request_id: id.to_string(),
            source,
        })?;
        if response.status() != StatusCode::OK {
            return Err(self.failure(&response, address, question.permission, (token, id)));
        }
        // What a secret's answer holds is wiped with it.
        let body = SecretBytes::new(response.into_body().into());
        match json::object(body.expose()) {
            Ok(members) => Ok(Answer { members, id, address }),
            Err(what) => Err(not_understood(address, 200, what, id)),
        }
    }

    /// What an answer that is no success means.
    fn failure(
        &self,
        response: &Response,
        address: String,
        permission: VaultPermission,
        (token, id): (&AccessToken, RequestId),
    ) -> KeyVaultError {
        let (vault, client_request_id) = (self.vault(), id.to_string());
        let status = response.status();
        let retry_after = RetryAfter::of(response.headers(), self.clock.now());
        if status == StatusCode::TOO_MANY_REQUESTS {
            return KeyVaultError::Throttled { vault, attempts: 1, retry_after, client_request_id };
        }
        if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            let status = status.as_u16();
            return KeyVaultError::Outage { vault, status, attempts: 1, retry_after, client_request_id };
        }
        let refusal = VaultRefusal::parse(response, token.secret()).map(Box::new);
        if status == StatusCode::UNAUTHORIZED {
            let token_tenant = Claims::decode(token).ok().and_then(|claims| claims.tid);
            return KeyVaultError::Unauthorized { vault, vault_tenant: tenant(response), token_tenant, refusal };
        }
        let Some(refusal) = refusal.filter(|_| status.is_client_error()) else {
            return not_understood(address, status.as_u16(), "it is not a key vault's error", id);
        };
        match refusal.reason() {
            Reason::Disabled => KeyVaultError::Disabled { address },
            Reason::Network => KeyVaultError::Firewall { vault, refusal },
            Reason::Permission => KeyVaultError::Denied { vault, permission, refusal },
            Reason::Other if status == StatusCode::NOT_FOUND => KeyVaultError::NotFound { address, refusal },
            Reason::Other => KeyVaultError::Refused { address, refusal },
        }
    }
}

fn not_understood(address: String, status: u16, what: &'static str, id: RequestId) -> KeyVaultError {
    KeyVaultError::NotUnderstood { address, status, what, client_request_id: id.to_string() }
}

/// The request, if its parts can be written.
fn request(address: &str, question: &Question, token: &AccessToken, id: RequestId) -> Option<Request> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret().expose())).ok()?;
    bearer.set_sensitive(true);
    let mut request = exchange::question(question.body.clone().unwrap_or_default());
    *request.uri_mut() = format!("{address}?api-version={VERSION}").parse::<Uri>().ok()?;
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, bearer);
    exchange::identify(headers, id);
    headers.insert("x-ms-client-request-id", id.to_string().parse().ok()?);
    if question.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.method_mut() = Method::POST;
    }
    Some(request)
}

/// The version of the vault's interface that is spoken.
const VERSION: &str = "7.4";

/// The tenant that a challenge names in its `authorization`, by which an identity of another is recognised.
fn tenant(response: &Response) -> Option<String> {
    let challenge = response.headers().get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let value = ["authorization=", "authorization_uri="].iter().find_map(|name| challenge.split_once(name))?.1;
    let address = value.trim_start_matches('"').split(['"', ',', ' ']).next()?;
    let uri: Uri = address.parse().ok()?;
    let tenant: TenantId = uri.path().split('/').nth(1)?.parse().ok()?;
    Some(tenant.to_string())
}
