//! One exchange per call: an assertion signed with the certificate's key, for an access token.

use crate::assertion::{self, Statement};
use crate::exchange::{self, Issued};
use crate::retry::Patience;
use crate::{Cached, Error};
use exo_cert::{ClientCertificate, SignatureAlgorithm};
use exo_http::{RequestId, Response, Transport, http_date, random_u32};
use exo_model::{AccessToken, AppId, Clock, Cloud, Origin, Scope, SeamError, TenantName, TokenProvider, TokenRequest};
use http::Uri;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};
use tracing::Instrument;

/// Gets tokens for an app with its certificate, one exchange per call; [`cached`](Self::cached) keeps them.
///
/// A passing failure is asked again, within limits; a refusal is final, except that a clock that differs from the
/// service's is corrected once.
#[derive(Debug)]
pub struct CertificateCredential {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    app_id: AppId,
    certificate: ClientCertificate,
    algorithm: SignatureAlgorithm,
    token_url: Uri,
    audience: String,
    patience: Patience,
    random: fn() -> u32,
    /// By how many seconds the service's clock is ahead of ours, as far as it had to be looked at.
    ahead: AtomicI64,
}

impl CertificateCredential {
    /// What is needed to sign in; the rest has defaults.
    pub fn builder(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        tenant: TenantName,
        app_id: AppId,
        certificate: ClientCertificate,
    ) -> CertificateCredentialBuilder {
        CertificateCredentialBuilder {
            transport,
            clock,
            tenant,
            app_id,
            certificate,
            login: Cloud::Worldwide.endpoints().login,
            token_url: None,
            audience: None,
            algorithm: None,
            patience: Patience::default(),
            random: random_u32,
        }
    }

    /// The same credential with a cache around it that also honours the service's wish when to renew.
    pub fn cached(self) -> Cached {
        let clock = Arc::clone(&self.clock);
        Cached::of_credential(self, clock)
    }

    /// The address that tokens are asked from.
    pub fn token_url(&self) -> String {
        self.token_url.to_string()
    }

    /// How assertions are signed.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    pub(crate) async fn issue(&self, scope: &Scope) -> Result<Issued, Error> {
        let span = tracing::info_span!("token", %scope);
        self.persevere(scope).instrument(span).await
    }

    async fn persevere(&self, scope: &Scope) -> Result<Issued, Error> {
        let mut waited = Duration::ZERO;
        let mut asked = 0;
        let mut corrected = false;
        loop {
            asked += 1;
            let error = match self.exchange(scope).await {
                Ok(issued) => return Ok(issued),
                Err(error) => error.after(asked),
            };
            if let Some(ahead) = clock_ahead(&error).filter(|_| !corrected) {
                tracing::warn!(clock_ahead_seconds = ahead, "the service's clock differs from this machine's");
                self.ahead.store(ahead, Ordering::Relaxed);
                corrected = true;
                continue;
            }
            let Some(wait) = self.patience.wait(&error, asked, waited, (self.random)()) else { return Err(error) };
            tracing::warn!(%error, asked, wait_ms = wait.as_millis(), "asking for a token again");
            self.clock.sleep(wait).await;
            waited += wait;
        }
    }

    async fn exchange(&self, scope: &Scope) -> Result<Issued, Error> {
        let statement = Statement {
            audience: &self.audience,
            app_id: &self.app_id,
            id: RequestId::random(),
            now: moved(self.clock.now(), self.ahead.load(Ordering::Relaxed)),
        };
        let assertion = assertion::sign(&self.certificate, self.algorithm, statement)
            .await
            .map_err(|source| Error::Sign { source })?;
        let id = RequestId::random();
        let request = exchange::request(&self.token_url, &self.app_id, scope, &assertion, id);
        tracing::debug!(client_request_id = %id, algorithm = %self.algorithm, "asking");
        let response = self.transport.send(request).await.map_err(|source| Error::Transport {
            attempts: 1,
            client_request_id: id.to_string(),
            source,
        })?;
        let now = self.clock.now();
        let issued = exchange::answer(&response, id, now).map_err(|error| with_clock(error, &response, now))?;
        let seconds = issued.token.expires_at().duration_since(now).unwrap_or_default().as_secs();
        tracing::debug!(client_request_id = %id, expires_in = seconds, "issued");
        Ok(issued)
    }
}

#[async_trait::async_trait]
impl TokenProvider for CertificateCredential {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        Ok(self.issue(&request.scope).await?.token)
    }
}

/// Makes a [`CertificateCredential`].
#[derive(Debug)]
#[must_use]
pub struct CertificateCredentialBuilder {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    tenant: TenantName,
    app_id: AppId,
    certificate: ClientCertificate,
    login: Origin,
    token_url: Option<String>,
    audience: Option<String>,
    algorithm: Option<SignatureAlgorithm>,
    patience: Patience,
    random: fn() -> u32,
}

impl CertificateCredentialBuilder {
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

    /// How assertions are signed; by default the key's first of those the service takes.
    pub fn algorithm(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// The sum of waits that one call may take at most; five minutes by default.
    pub fn longest_wait(mut self, limit: Duration) -> Self {
        self.patience.waits = limit;
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
    /// [`Error::TokenUrl`] if the address cannot be used, [`Error::Algorithm`] and [`Error::NoAlgorithm`] if the key
    /// cannot sign in that way.
    pub fn build(self) -> Result<CertificateCredential, Error> {
        let url = self.token_url.unwrap_or_else(|| format!("{}/{}/oauth2/v2.0/token", self.login, self.tenant));
        let known = self.certificate.signer().algorithms();
        let algorithm = match self.algorithm {
            Some(algorithm) if known.contains(&algorithm) => algorithm,
            Some(algorithm) => return Err(Error::Algorithm { algorithm }),
            None if known.contains(&SignatureAlgorithm::Ps256) => SignatureAlgorithm::Ps256,
            None => *known.first().ok_or(Error::NoAlgorithm)?,
        };
        Ok(CertificateCredential {
            token_url: parse_url(&url)?,
            audience: self.audience.unwrap_or(url),
            transport: self.transport,
            clock: self.clock,
            app_id: self.app_id,
            certificate: self.certificate,
            algorithm,
            patience: self.patience,
            random: self.random,
            ahead: AtomicI64::new(0),
        })
    }
}

/// An absolute address on https, or on loopback: an assertion is a credential.
fn parse_url(text: &str) -> Result<Uri, Error> {
    let shown = || text.split(['?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default().to_owned();
    let fail = |why: String| Error::TokenUrl { text: shown(), why };
    let uri: Uri = text.parse().map_err(|_| fail("it is not a URL".to_owned()))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(fail("it must begin with https:// and a host".to_owned()));
    };
    format!("{scheme}://{authority}").parse::<Origin>().map_err(|e| fail(e.why.to_owned()))?;
    Ok(uri)
}

/// By how many seconds the service's clock is ahead, if that is why it refused.
fn clock_ahead(error: &Error) -> Option<i64> {
    match error {
        Error::Refused { error } => error.clock_ahead_seconds,
        _ => None,
    }
}

/// Adds what the answer's date tells of the clocks to a refusal for its time.
fn with_clock(mut error: Error, response: &Response, now: SystemTime) -> Error {
    if let Error::Refused { error } = &mut error
        && error.code() == Some(OUTSIDE_ITS_TIME)
    {
        let date = response.headers().get(http::header::DATE).and_then(|d| d.to_str().ok());
        error.clock_ahead_seconds = date.and_then(http_date).and_then(|theirs| seconds_between(now, theirs));
    }
    error
}

/// AADSTS700024: the one refusal that is acted on by its code.
const OUTSIDE_ITS_TIME: u32 = 700_024;

fn seconds_between(from: SystemTime, to: SystemTime) -> Option<i64> {
    match to.duration_since(from) {
        Ok(ahead) => i64::try_from(ahead.as_secs()).ok(),
        Err(behind) => i64::try_from(behind.duration().as_secs()).ok().map(|s| -s),
    }
}

fn moved(time: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    let there = if seconds < 0 { time.checked_sub(by) } else { time.checked_add(by) };
    there.unwrap_or(time)
}
