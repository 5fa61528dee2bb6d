//! Tokens of a managed identity: an Azure resource that is its own credential.

mod answer;
mod arc;
mod error;
mod host;
mod identity;

pub use error::{ArcKeyFault, ManagedIdentityError};
pub use host::{HostKind, ManagedIdentityHost, arc_folder};
pub use identity::Identity;

use crate::retry::Patience;
use crate::{Cached, exchange};
use bytes::Bytes;
use exo_http::{Error as HttpError, Phase, Request, Response, Transport};
use exo_model::{AccessToken, Clock, SeamError, Secret, TokenProvider, TokenRequest};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, StatusCode, Uri};
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;

/// Gets the tokens of a managed identity from the Azure host that this runs on; [`cached`](Self::cached) keeps them.
///
/// The transport must use no proxy and follow no redirect. Set-up is as for an app, on the identity's service
/// principal: the app role is granted through Microsoft Graph, the directory role as usual; there is no certificate.
///
/// ```
/// use exo_http::{HttpsTransport, SystemClock};
/// use exo_token::{Identity, ManagedIdentity, ManagedIdentityHost};
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let transport = HttpsTransport::builder().no_proxy().connect_timeout(Duration::from_secs(2)).build()?;
/// let host = ManagedIdentityHost::virtual_machine();
/// let provider = ManagedIdentity::new(Arc::new(transport), Arc::new(SystemClock::new()), host)
///     .identity("36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse()?)?
///     .cached();
/// # drop(provider);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ManagedIdentity {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    host: ManagedIdentityHost,
    identity: Identity,
    longest_wait: Duration,
}

impl ManagedIdentity {
    /// The system-assigned identity of this host.
    pub fn new(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>, host: ManagedIdentityHost) -> Self {
        let longest_wait = Patience::default().waits;
        Self { transport, clock, host, identity: Identity::System, longest_wait }
    }

    /// Another identity of this host.
    ///
    /// # Errors
    ///
    /// [`ManagedIdentityError::Unsupported`] if this sort of host cannot be asked for it.
    pub fn identity(mut self, identity: Identity) -> Result<Self, ManagedIdentityError> {
        identity.parameter(self.host.kind())?;
        self.identity = identity;
        Ok(self)
    }

    /// The sum of waits that one call may take at most; five minutes by default.
    #[must_use]
    pub fn longest_wait(mut self, limit: Duration) -> Self {
        self.longest_wait = limit;
        self
    }

    /// The same provider with a cache around it.
    pub fn cached(self) -> Cached {
        let clock = Arc::clone(&self.clock);
        Cached::new(self, clock)
    }

    /// Where the tokens come from.
    pub fn host(&self) -> &ManagedIdentityHost {
        &self.host
    }

    async fn persevere(&self, wanted: &TokenRequest) -> Result<AccessToken, ManagedIdentityError> {
        if wanted.claims.is_some() {
            return Err(ManagedIdentityError::Claims);
        }
        let (mut asked, mut slept) = (0, Duration::ZERO);
        loop {
            asked += 1;
            let error = match self.ask(wanted).await {
                Ok(token) => return Ok(token),
                Err(error) => error.after(asked),
            };
            let wait = answer::wait(&error, asked).filter(|wait| slept.saturating_add(*wait) <= self.longest_wait);
            let Some(wait) = wait else { return Err(error) };
            slept += wait;
            tracing::warn!(%error, asked, wait_ms = wait.as_millis(), "asking for a token again");
            self.clock.sleep(wait).await;
        }
    }

    /// One request, or two where the first brings the challenge of Azure Arc.
    async fn ask(&self, wanted: &TokenRequest) -> Result<AccessToken, ManagedIdentityError> {
        let request = self.request(wanted.scope.resource())?;
        let mut response = self.send(request.clone()).await?;
        let mut sent = self.host.secret().cloned();
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(folder) = self.host.folder()
        {
            let key = arc::key(&response, folder)?;
            response = self.send(self.with_key(request, &key)?).await?;
            sent = Some(key);
        }
        answer::read(&response, &self.host, &self.identity, sent.as_ref(), self.clock.now())
    }

    fn request(&self, resource: &str) -> Result<Request, ManagedIdentityError> {
        let kind = self.host.kind();
        let (version, header) = match kind {
            HostKind::VirtualMachine => ("2018-02-01", METADATA),
            HostKind::AppService => ("2019-08-01", HeaderName::from_static("x-identity-header")),
            HostKind::MachineLearning => ("2017-09-01", HeaderName::from_static("secret")),
            HostKind::ServiceFabric => ("2019-07-01-preview", HeaderName::from_static("secret")),
            HostKind::Arc => ("2020-06-01", METADATA),
        };
        let mut fields = vec![("api-version", version), ("resource", resource)];
        let default = self.host.default_id().map(|id| Identity::ClientId(id.clone()));
        let identity = default.as_ref().filter(|_| self.identity == Identity::System).unwrap_or(&self.identity);
        fields.extend(identity.parameter(kind)?);
        let mut request = exchange::question(Bytes::new());
        *request.uri_mut() = with_query(self.host.url(), &exchange::form(&fields))
            .ok_or(ManagedIdentityError::NotUnderstood { host: kind, what: NO_QUERY })?;
        let value = match self.host.secret() {
            Some(secret) => self.sensitive(secret.expose().trim())?,
            None => HeaderValue::from_static("true"),
        };
        request.headers_mut().insert(header, value);
        Ok(request)
    }

    fn with_key(&self, mut request: Request, key: &Secret) -> Result<Request, ManagedIdentityError> {
        let value = Secret::new(format!("Basic {}", key.expose()));
        request.headers_mut().insert(AUTHORIZATION, self.sensitive(value.expose())?);
        Ok(request)
    }

    fn sensitive(&self, text: &str) -> Result<HeaderValue, ManagedIdentityError> {
        let what = "the secret that it wants in a header cannot stand in one";
        let host = self.host.kind();
        let mut value = HeaderValue::from_str(text).map_err(|_| ManagedIdentityError::NotUnderstood { host, what })?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn send(&self, request: Request) -> Result<Response, ManagedIdentityError> {
        let host = self.host.kind();
        self.transport.send(request).await.map_err(|source| match source {
            HttpError::Connect { .. } | HttpError::Dns { .. } | HttpError::Timeout { phase: Phase::Connect, .. } => {
                ManagedIdentityError::NoEndpoint { host, address: self.host.address(), source }
            }
            source => ManagedIdentityError::Transport { host, attempts: 1, source },
        })
    }
}

#[async_trait::async_trait]
impl TokenProvider for ManagedIdentity {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        let span = tracing::info_span!("token", scope = %request.scope, host = %self.host.kind());
        Ok(self.persevere(request).instrument(span).await?)
    }
}

/// The address with these fields behind what it has.
fn with_query(url: &Uri, fields: &str) -> Option<Uri> {
    let separator = if url.query().is_some() { '&' } else { '?' };
    format!("{url}{separator}{fields}").parse().ok()
}

/// Shows that the request was not talked out of a browser or proxy.
const METADATA: HeaderName = HeaderName::from_static("metadata");
const NO_QUERY: &str = "the resource or the identity cannot stand in its address";
