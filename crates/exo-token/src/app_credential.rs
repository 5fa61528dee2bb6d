//! One exchange per call: an assertion that vouches for the app, for an access token.

use crate::exchange;
use crate::retry::{Patience, Tries};
use crate::{AssertionSource, Audience, Cached, Error};
use exo_http::{RequestId, Response, Transport, http_date, random_u32};
use exo_model::{AccessToken, AppId, Clock, Cloud, Origin, SeamError, TenantName, TokenProvider, TokenRequest};
use http::Uri;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};
use tracing::Instrument;

/// Gets tokens for an app from whatever vouches for it, one exchange per call; [`cached`](Self::cached) keeps them.
///
/// A passing failure is asked again, within limits; a refusal is final, except that a clock that differs from the
/// service's is corrected once, and that a source may have another kind of assertion to offer.
#[derive(Debug)]
pub struct AppCredential {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    app_id: AppId,
    source: Arc<dyn AssertionSource>,
    token_url: Uri,
    audience: String,
    patience: Patience,
    random: fn() -> u32,
    /// By how many seconds the service's clock is ahead of ours, as far as assertions have to heed it.
    ahead: AtomicI64,
    /// The same as the last answer told it; the least number where none did.
    told: AtomicI64,
}

impl AppCredential {
    /// What is needed to sign in; the rest has defaults.
    pub fn builder(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        tenant: TenantName,
        app_id: AppId,
        source: impl AssertionSource + 'static,
    ) -> AppCredentialBuilder {
        AppCredentialBuilder {
            transport,
            clock,
            tenant,
            app_id,
            source: Arc::new(source),
            login: Cloud::Worldwide.endpoints().login,
            token_url: None,
            audience: None,
            patience: Patience::default(),
            random: random_u32,
        }
    }

    /// The same credential with a cache around it.
    pub fn cached(self) -> Cached {
        let clock = Arc::clone(&self.clock);
        Cached::new(self, clock)
    }

    /// The address that tokens are asked from.
    pub fn token_url(&self) -> String {
        self.token_url.to_string()
    }

    /// By how many seconds the service's clock was ahead of this machine's at the last answer that told the time.
    pub fn clock_ahead_seconds(&self) -> Option<i64> {
        Some(self.told.load(Ordering::Relaxed)).filter(|seconds| *seconds != i64::MIN)
    }

    async fn persevere(&self, wanted: &TokenRequest) -> Result<AccessToken, Error> {
        let mut tries = Tries::new(self.patience, self.random);
        let (mut corrected, mut fell_back) = (false, false);
        loop {
            let error = match self.exchange(wanted).await {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            if let Some(ahead) = clock_ahead(&error).filter(|_| !corrected) {
                tracing::warn!(clock_ahead_seconds = ahead, "the service's clock differs from this machine's");
                self.ahead.store(ahead, Ordering::Relaxed);
                corrected = true;
                continue;
            }
            if !fell_back
                && let Error::Refused { error } = &error
                && self.source.fall_back(error)
            {
                fell_back = true;
                continue;
            }
            tries.pause(error, &*self.clock).await?;
        }
    }

    async fn exchange(&self, wanted: &TokenRequest) -> Result<AccessToken, Error> {
        let now = moved(self.clock.now(), self.ahead.load(Ordering::Relaxed));
        let audience = Audience::new(&self.audience, &self.app_id, now);
        let assertion = self.source.assertion(&audience).await.map_err(|source| Error::Assertion { source })?;
        let id = RequestId::random();
        let request = exchange::request(&self.token_url, &self.app_id, wanted, &assertion, id);
        tracing::debug!(client_request_id = %id, "asking");
        let response = self.transport.send(request).await.map_err(|source| Error::Transport {
            attempts: 1,
            client_request_id: id.to_string(),
            source,
        })?;
        let now = self.clock.now();
        let ahead = seconds_ahead(&response, now);
        self.told.store(ahead.unwrap_or(i64::MIN), Ordering::Relaxed);
        let host = self.token_url.host().unwrap_or_default();
        let asked = exchange::Asked { host, id, secret: Some(&assertion) };
        let token = exchange::answer(&response, &asked, now).map_err(|error| with_clock(error, ahead))?;
        let seconds = token.expires_at().duration_since(now).unwrap_or_default().as_secs();
        tracing::debug!(client_request_id = %id, expires_in = seconds, "issued");
        Ok(token)
    }
}

#[async_trait::async_trait]
impl TokenProvider for AppCredential {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        let span = tracing::info_span!("token", scope = %request.scope);
        Ok(self.persevere(request).instrument(span).await?)
    }
}

/// Makes an [`AppCredential`].
#[derive(Debug)]
#[must_use]
pub struct AppCredentialBuilder {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    tenant: TenantName,
    app_id: AppId,
    source: Arc<dyn AssertionSource>,
    login: Origin,
    token_url: Option<String>,
    audience: Option<String>,
    patience: Patience,
    random: fn() -> u32,
}

impl AppCredentialBuilder {
    /// The sign-in host; that of the worldwide cloud by default.
    pub fn login(mut self, host: Origin) -> Self {
        self.login = host;
        self
    }

    /// The token endpoint, given whole; it is then the assertion's audience, too.
    pub fn token_url(mut self, url: &str) -> Self {
        self.token_url = Some(url.to_owned());
        self
    }

    /// The assertion's audience, for an authorization server that wants another than its token endpoint.
    pub fn assertion_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The sum of waits that one call may take at most; five minutes by default.
    pub fn longest_wait(mut self, limit: Duration) -> Self {
        self.patience.waits = limit;
        self
    }

    /// Asks every ten seconds for this long while the service does not know the app, its certificate or its federated
    /// credential, as it does not for some minutes after they were made; not at all by default.
    pub fn wait_for_propagation(mut self, limit: Duration) -> Self {
        self.patience.propagation = limit;
        self
    }

    /// Where the jitter of waits comes from; the system's random numbers by default.
    pub fn random(mut self, source: fn() -> u32) -> Self {
        self.random = source;
        self
    }

    /// Checks everything; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Error::TokenUrl`] if the address cannot be used.
    pub fn build(self) -> Result<AppCredential, Error> {
        let url = self.token_url.unwrap_or_else(|| format!("{}/{}/oauth2/v2.0/token", self.login, self.tenant));
        Ok(AppCredential {
            token_url: exchange::parse_url(&url)?,
            audience: self.audience.unwrap_or(url),
            transport: self.transport,
            clock: self.clock,
            app_id: self.app_id,
            source: self.source,
            patience: self.patience,
            random: self.random,
            ahead: AtomicI64::new(0),
            told: AtomicI64::new(i64::MIN),
        })
    }
}

/// By how many seconds the service's clock is ahead, if that is why it refused.
fn clock_ahead(error: &Error) -> Option<i64> {
    match error {
        Error::Refused { error } => error.clock_ahead_seconds,
        _ => None,
    }
}

/// Adds what the answer's date tells of the clocks to a refusal for its time.
fn with_clock(mut error: Error, ahead: Option<i64>) -> Error {
    if let Error::Refused { error } = &mut error
        && error.code() == Some(OUTSIDE_ITS_TIME)
    {
        error.clock_ahead_seconds = ahead;
    }
    error
}

/// AADSTS700024: the assertion is outside its time.
const OUTSIDE_ITS_TIME: u32 = 700_024;

/// By how many seconds the answer's date is later than our clock.
fn seconds_ahead(response: &Response, now: SystemTime) -> Option<i64> {
    let date = response.headers().get(http::header::DATE)?.to_str().ok().and_then(http_date)?;
    match date.duration_since(now) {
        Ok(ahead) => i64::try_from(ahead.as_secs()).ok(),
        Err(behind) => i64::try_from(behind.duration().as_secs()).ok().map(|s| -s),
    }
}

fn moved(time: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    let there = if seconds < 0 { time.checked_sub(by) } else { time.checked_add(by) };
    there.unwrap_or(time)
}
