//! The token of a service connection of Azure Pipelines.

use super::error::{FederationError, PIPELINES};
use super::issuer::{Issuer, address, usual_wait, variable};
use crate::{AssertionSource, Audience, exchange};
use bytes::Bytes;
use exo_http::Transport;
use exo_model::{Clock, SeamError, Secret};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use std::sync::Arc;
use std::time::Duration;

/// The token of a service connection of Azure Pipelines, asked for anew for each exchange.
///
/// The job needs `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` in the `env:` of its step; the app needs the federated
/// credential whose issuer and subject the service connection shows.
///
/// ```
/// use exo_http::{HttpsTransport, SystemClock};
/// use exo_token::{AzurePipelines, FederationError};
/// use std::sync::Arc;
///
/// let transport = Arc::new(HttpsTransport::builder().build()?);
/// let connection = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
/// let outcome = AzurePipelines::from_variables(transport, Arc::new(SystemClock::new()), |_| None, connection);
/// assert!(matches!(outcome, Err(FederationError::Variables { missing: "SYSTEM_OIDCREQUESTURI", .. })));
/// # Ok::<(), exo_http::Error>(())
/// ```
#[derive(Debug)]
pub struct AzurePipelines {
    issuer: Issuer,
}

impl AzurePipelines {
    /// The tokens of a service connection: from this address, with the job's own token to ask for them.
    ///
    /// # Errors
    ///
    /// [`FederationError::Address`] if the address cannot be used.
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        request_uri: &str,
        service_connection: &str,
        access_token: Secret,
    ) -> Result<Self, FederationError> {
        let fields = [("api-version", "7.1"), ("serviceConnectionId", service_connection.trim())];
        let address = address(PIPELINES, request_uri, &fields)?;
        Ok(Self {
            issuer: Issuer {
                transport,
                clock,
                name: PIPELINES,
                address,
                proof: access_token,
                longest_wait: usual_wait(),
            },
        })
    }

    /// The same with the values that Azure Pipelines gives a job in variables.
    ///
    /// # Errors
    ///
    /// [`FederationError::Variables`] if one is missing, or as [`new`](Self::new).
    pub fn from_variables(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        lookup: impl Fn(&str) -> Option<String>,
        service_connection: &str,
    ) -> Result<Self, FederationError> {
        let uri = variable(&lookup, PIPELINES, "SYSTEM_OIDCREQUESTURI")?;
        let token = Secret::new(variable(&lookup, PIPELINES, "SYSTEM_ACCESSTOKEN")?);
        Self::new(transport, clock, &uri, service_connection, token)
    }

    /// The sum of waits that one question may take at most; five minutes by default.
    #[must_use]
    pub fn longest_wait(mut self, limit: Duration) -> Self {
        self.issuer.longest_wait = limit;
        self
    }
}

#[async_trait::async_trait]
impl AssertionSource for AzurePipelines {
    async fn assertion(&self, _: &Audience<'_>) -> Result<Secret, SeamError> {
        let mut request = exchange::question(Bytes::new());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.issuer.address.clone();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // A refusal instead of a redirect to the sign-in page for people.
        headers.insert(HeaderName::from_static("x-tfs-fedauthredirect"), HeaderValue::from_static("Suppress"));
        self.issuer.ask(request, "oidcToken").await.map_err(SeamError::new)
    }
}
