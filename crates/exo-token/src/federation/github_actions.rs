//! The token of a job of GitHub Actions.

use super::error::{FederationError, GITHUB};
use super::issuer::{Issuer, address, usual_wait, variable};
use crate::{AssertionSource, Audience, exchange};
use bytes::Bytes;
use exo_http::Transport;
use exo_model::{Clock, SeamError, Secret};
use http::HeaderValue;
use http::header::ACCEPT;
use std::sync::Arc;
use std::time::Duration;

/// The token of a job of GitHub Actions, asked for anew for each exchange, since it lives for minutes only.
///
/// The workflow needs `permissions: id-token: write`; the app needs a federated credential whose issuer is
/// `https://token.actions.githubusercontent.com` and whose subject is the job's, such as
/// `repo:contoso/reports:ref:refs/heads/main`.
///
/// ```
/// use exo_http::{HttpsTransport, SystemClock};
/// use exo_model::Cloud;
/// use exo_token::{FederationError, GitHubActions};
/// use std::sync::Arc;
///
/// let transport = Arc::new(HttpsTransport::builder().build()?);
/// let audience = Cloud::Worldwide.endpoints().federated_audience;
/// let nothing = |_: &str| None;
/// let outcome = GitHubActions::from_variables(transport, Arc::new(SystemClock::new()), nothing, &audience);
/// assert!(matches!(outcome, Err(FederationError::Variables { missing: "ACTIONS_ID_TOKEN_REQUEST_URL", .. })));
/// # Ok::<(), exo_http::Error>(())
/// ```
#[derive(Debug)]
pub struct GitHubActions {
    issuer: Issuer,
}

impl GitHubActions {
    /// A job's tokens: from this address, with this token to ask for them, for this audience (each cloud has its own).
    ///
    /// # Errors
    ///
    /// [`FederationError::Address`] if the address cannot be used.
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        request_url: &str,
        request_token: Secret,
        audience: &str,
    ) -> Result<Self, FederationError> {
        let address = address(GITHUB, request_url, &[("audience", audience)])?;
        Ok(Self {
            issuer: Issuer {
                transport,
                clock,
                name: GITHUB,
                address,
                proof: request_token,
                longest_wait: usual_wait(),
            },
        })
    }

    /// The same with the values that GitHub gives a job in variables.
    ///
    /// # Errors
    ///
    /// [`FederationError::Variables`] if the job has no permission to ask for tokens, or as [`new`](Self::new).
    pub fn from_variables(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        lookup: impl Fn(&str) -> Option<String>,
        audience: &str,
    ) -> Result<Self, FederationError> {
        let url = variable(&lookup, GITHUB, "ACTIONS_ID_TOKEN_REQUEST_URL")?;
        let token = Secret::new(variable(&lookup, GITHUB, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")?);
        Self::new(transport, clock, &url, token, audience)
    }

    /// The sum of waits that one question may take at most; five minutes by default.
    #[must_use]
    pub fn longest_wait(mut self, limit: Duration) -> Self {
        self.issuer.longest_wait = limit;
        self
    }
}

#[async_trait::async_trait]
impl AssertionSource for GitHubActions {
    async fn assertion(&self, _: &Audience<'_>) -> Result<Secret, SeamError> {
        let mut request = exchange::question(Bytes::new());
        *request.uri_mut() = self.issuer.address.clone();
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        self.issuer.ask(request, "value").await.map_err(SeamError::new)
    }
}
