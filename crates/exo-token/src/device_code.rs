//! A person's sign-in by device code: a short code is shown, typed in anywhere, and asked for until it is confirmed.

mod answer;
mod error;

pub use answer::UserCode;
pub use error::DeviceCodeError;

use crate::exchange::{self, Asked, question};
use crate::retry::{Patience, Tries};
use crate::{Cached, Error};
use answer::Begun;
use exo_http::{Request, RequestId, Response, Transport, random_u32};
use exo_model::{AccessToken, AppId, Clock, Cloud, Origin, SeamError, Secret, TenantName, TokenProvider, TokenRequest};
use http::header::CONTENT_TYPE;
use http::{StatusCode, Uri};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tracing::Instrument;

/// Gets a token of a person, who types a code into a page of the sign-in service; [`cached`](Self::cached) keeps it.
///
/// For the one-time work of an administrator, such as setting an app up: an app-only sign-in needs nobody. The client
/// id is that of an app whose owner lets it sign people in without a secret ("Allow public client flows") and ask for
/// the permissions that are needed. Many tenants forbid this way of signing in.
///
/// ```no_run
/// use exo_http::{HttpsTransport, SystemClock};
/// use exo_model::{Scope, TokenProvider, TokenRequest};
/// use exo_token::DeviceCode;
/// use std::sync::Arc;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let administrator = DeviceCode::new(
///     Arc::new(HttpsTransport::builder().build()?),
///     Arc::new(SystemClock::new()),
///     "contoso.onmicrosoft.com".parse()?,
///     "6ad4d1c8-3c0f-4a6e-9d53-2f1f6f0c8e11".parse()?,
///     |code| eprintln!("open {} and enter {}", code.address, code.code),
/// )
/// .permissions(["Application.ReadWrite.All"])
/// .cached();
/// let token = administrator.token(&TokenRequest::new(Scope::new("https://graph.microsoft.com/.default"))).await?;
/// # drop(token);
/// # Ok(())
/// # }
/// ```
pub struct DeviceCode {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    tenant: TenantName,
    client_id: AppId,
    prompt: Box<dyn Fn(&UserCode) + Send + Sync>,
    login: Origin,
    permissions: Vec<String>,
    patience: Patience,
    random: fn() -> u32,
}

impl DeviceCode {
    /// Signs a person of this tenant in to the app with this client id; `prompt` shows the code.
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        tenant: TenantName,
        client_id: AppId,
        prompt: impl Fn(&UserCode) + Send + Sync + 'static,
    ) -> Self {
        Self {
            transport,
            clock,
            tenant,
            client_id,
            prompt: Box::new(prompt),
            login: Cloud::Worldwide.endpoints().login,
            permissions: Vec::new(),
            patience: Patience::default(),
            random: random_u32,
        }
    }

    /// The sign-in host; that of the worldwide cloud by default.
    #[must_use]
    pub fn login(mut self, host: Origin) -> Self {
        self.login = host;
        self
    }

    /// The permissions to ask for, by their names; all that the app was ever granted by default.
    #[must_use]
    pub fn permissions(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.permissions = names.into_iter().map(Into::into).collect();
        self
    }

    /// The sum of waits for a busy sign-in service at most, before the code is shown; five minutes by default.
    #[must_use]
    pub fn longest_wait(mut self, limit: Duration) -> Self {
        self.patience.waits = limit;
        self
    }

    /// Where the jitter of waits comes from; the system's random numbers by default.
    #[must_use]
    pub fn random(mut self, source: fn() -> u32) -> Self {
        self.random = source;
        self
    }

    /// The same with a cache around it, so that the person is asked once.
    pub fn cached(self) -> Cached {
        let clock = Arc::clone(&self.clock);
        Cached::new(self, clock)
    }

    /// One sign-in, from the code to the token.
    async fn sign_in(&self, wanted: &TokenRequest) -> Result<AccessToken, DeviceCodeError> {
        if wanted.claims.is_some() {
            return Err(DeviceCodeError::Claims);
        }
        let begun = self.begin(wanted).await?;
        (self.prompt)(&begun.user);
        self.confirmed(&begun).await
    }

    /// Asks for a code until there is one.
    async fn begin(&self, wanted: &TokenRequest) -> Result<Begun, DeviceCodeError> {
        let url = self.url("devicecode")?;
        let scope = self.scope(wanted);
        let fields = [("client_id", self.client_id.as_str()), ("scope", scope.as_str())];
        let mut tries = Tries::new(self.patience, self.random);
        loop {
            let error = match self.send(&url, &fields, None, answer::begun).await {
                Ok(begun) => return Ok(begun),
                Err(error) => error,
            };
            tries.pause(error, &*self.clock).await.map_err(|error| self.final_word(error, Duration::ZERO))?;
        }
    }

    /// Asks until the person has confirmed the code, or cannot any more.
    async fn confirmed(&self, begun: &Begun) -> Result<AccessToken, DeviceCodeError> {
        let url = self.url("token")?;
        let fields = [
            ("grant_type", GRANT_TYPE),
            ("client_id", self.client_id.as_str()),
            ("device_code", begun.device_code.expose()),
        ];
        let lives = begun.user.lives;
        let mut interval = begun.interval;
        loop {
            let left = begun.user.expires_at.duration_since(self.clock.now()).unwrap_or_default();
            if left.is_zero() {
                return Err(DeviceCodeError::Expired { after: lives });
            }
            self.clock.sleep(interval.min(left)).await;
            let error = match self.send(&url, &fields, Some(&begun.device_code), exchange::token).await {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            interval = next(&error, interval).ok_or(error).map_err(|error| self.final_word(error, lives))?;
        }
    }

    /// Sends a form, and reads the answer to it.
    async fn send<T>(
        &self,
        url: &Uri,
        fields: &[(&str, &str)],
        secret: Option<&Secret>,
        read: fn(&[u8], SystemTime) -> Result<T, &'static str>,
    ) -> Result<T, Error> {
        let id = RequestId::random();
        tracing::debug!(client_request_id = %id, "asking");
        let response = self.transport.send(request(url, fields, id)).await.map_err(|source| Error::Transport {
            attempts: 1,
            client_request_id: id.to_string(),
            source,
        })?;
        let asked = Asked { host: url.host().unwrap_or_default(), id, secret };
        understood(&response, &asked, self.clock.now(), read)
    }

    fn url(&self, what: &str) -> Result<Uri, DeviceCodeError> {
        exchange::parse_url(&format!("{}/{}/oauth2/v2.0/{what}", self.login, self.tenant))
            .map_err(|source| DeviceCodeError::Exchange { source })
    }

    /// What is asked for, as the endpoint takes it.
    fn scope(&self, wanted: &TokenRequest) -> String {
        if self.permissions.is_empty() {
            return wanted.scope.to_string();
        }
        let names = self.permissions.iter().map(|name| format!("{}/{name}", wanted.scope.audience()));
        names.collect::<Vec<_>>().join(" ")
    }

    /// What an error means that is not asked again.
    fn final_word(&self, error: Error, lives: Duration) -> DeviceCodeError {
        let Error::Refused { error } = error else { return DeviceCodeError::Exchange { source: error } };
        match error.error.as_str() {
            "authorization_declined" | "access_denied" => DeviceCodeError::Declined,
            "expired_token" | "code_expired" => DeviceCodeError::Expired { after: lives },
            _ => DeviceCodeError::Refused { client_id: self.client_id.clone(), error },
        }
    }
}

#[async_trait::async_trait]
impl TokenProvider for DeviceCode {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        let span = tracing::info_span!("token", scope = %request.scope);
        Ok(self.sign_in(request).instrument(span).await?)
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("permissions", &self.permissions)
            .finish_non_exhaustive()
    }
}

/// How long to wait before the next question; `None` where the answer is the last word.
///
/// The person takes minutes, so that what passes is waited for as long as the code lives.
fn next(error: &Error, interval: Duration) -> Option<Duration> {
    match error {
        Error::Refused { error } if error.error == "authorization_pending" => Some(interval),
        Error::Refused { error } if error.error == "slow_down" => Some(interval + SLOWER),
        Error::Throttled { retry_after, .. } | Error::Outage { retry_after, .. } => {
            Some(interval.max(retry_after.unwrap_or(interval + SLOWER)))
        }
        Error::Transport { source, .. } if source.is_transient() => Some(interval + SLOWER),
        _ => None,
    }
}

fn request(url: &Uri, fields: &[(&str, &str)], id: RequestId) -> Request {
    let mut request = question(exchange::form(fields));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = url.clone();
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/x-www-form-urlencoded"));
    exchange::identify(headers, id);
    request
}

/// What a success says, or what is wrong.
fn understood<T>(
    response: &Response,
    asked: &Asked<'_>,
    now: SystemTime,
    read: fn(&[u8], SystemTime) -> Result<T, &'static str>,
) -> Result<T, Error> {
    if response.status() != StatusCode::OK {
        return Err(exchange::failure(response, asked, now));
    }
    read(response.body(), now).map_err(|what| Error::NotUnderstood {
        host: asked.host.to_owned(),
        status: 200,
        what,
        client_request_id: asked.id.to_string(),
    })
}

/// RFC 8628, section 3.4.
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// By how much questions become rarer when the service asks for it (RFC 8628, section 3.5).
const SLOWER: Duration = Duration::from_secs(5);
