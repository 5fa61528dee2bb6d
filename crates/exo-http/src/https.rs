//! The one real transport: HTTP/1.1 over TLS, with kept connections.

use crate::body::Body;
use crate::buffers::Buffers;
use crate::sight::{Sight, Way};
use crate::tls::Verifiers;
use crate::{BodyLimit, Error, Request, Response, Transport, classify, redact, resolve};
use exo_model::Origin;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Sends requests over HTTPS, one exchange per call.
///
/// Nothing is repeated, redirected or remembered, and no proxy is taken from the environment. Answers are unpacked.
///
/// ```
/// use exo_http::HttpsTransport;
/// use std::time::Duration;
///
/// let transport = HttpsTransport::builder()
///     .user_agent("example/1.0")
///     .connect_timeout(Duration::from_secs(10))
///     .build()?;
/// # drop(transport);
/// # Ok::<(), exo_http::Error>(())
/// ```
#[derive(Clone)]
pub struct HttpsTransport {
    client: reqwest::Client,
    body_limit: usize,
    buffers: Buffers,
    way: Way,
}

impl HttpsTransport {
    /// A transport with the defaults, to be changed.
    pub fn builder() -> HttpsTransportBuilder {
        HttpsTransportBuilder {
            user_agent: None,
            extra_ca: Vec::new(),
            pinned: None,
            proxy: None,
            proxy_bypass: String::new(),
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            body_limit: BODY_LIMIT,
        }
    }

    /// Looks at the way to a server as requests take it: its name, the proxy, TLS. No request is sent.
    pub async fn look(&self, to: &Origin) -> Sight {
        Box::pin(self.way.look(to)).await
    }

    async fn exchange(&self, host: &str, mut request: Request) -> Result<Response, Error> {
        let headers = request.headers_mut();
        if !headers.contains_key(ACCEPT_ENCODING) {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let limit =
            request.extensions().get::<BodyLimit>().map_or(self.body_limit, |limit| limit.0.min(self.body_limit));
        let request = reqwest::Request::try_from(request).map_err(|e| classify::before_answer(host.to_owned(), e))?;
        let mut answer = self.client.execute(request).await.map_err(|e| classify::before_answer(host.to_owned(), e))?;

        let mut body = Body::new(host.to_owned(), limit, answer.content_length(), &self.buffers);
        loop {
            match answer.chunk().await {
                Ok(Some(piece)) => body.push(&piece)?,
                Ok(None) => break,
                Err(error) => return Err(classify::within_body(host.to_owned(), body.received(), &error)),
            }
        }
        let (bytes, unpacked) = body.finish()?;

        let mut response = Response::new(bytes);
        *response.status_mut() = answer.status();
        *response.version_mut() = answer.version();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        if unpacked {
            response.headers_mut().remove(CONTENT_ENCODING);
            response.headers_mut().remove(CONTENT_LENGTH);
        }
        Ok(response)
    }
}

#[async_trait::async_trait]
impl Transport for HttpsTransport {
    async fn send(&self, request: Request) -> Result<Response, Error> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let method = request.method().clone();
        let address = redact::address(request.uri());
        tracing::trace!(%method, address, headers = %redact::headers(request.headers()), "request");
        let begin = Instant::now();
        // Boxed, since the library's future is large and callers hold many of ours.
        let result = Box::pin(self.exchange(&host, request)).await;
        let elapsed_ms = begin.elapsed().as_millis();
        match &result {
            Ok(response) => {
                let status = response.status().as_u16();
                tracing::debug!(%method, address, status, bytes = response.body().len(), elapsed_ms, "answer");
                tracing::trace!(headers = %redact::headers(response.headers()), "answer");
            }
            Err(error) => tracing::debug!(%method, address, %error, elapsed_ms, "no answer"),
        }
        result
    }
}

impl fmt::Debug for HttpsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsTransport").field("body_limit", &self.body_limit).finish_non_exhaustive()
    }
}

/// Makes an [`HttpsTransport`].
#[derive(Clone)]
#[must_use]
pub struct HttpsTransportBuilder {
    user_agent: Option<String>,
    extra_ca: Vec<Vec<u8>>,
    pinned: Option<[u8; 20]>,
    proxy: Option<String>,
    proxy_bypass: String,
    connect_timeout: Duration,
    timeout: Duration,
    body_limit: usize,
}

impl HttpsTransportBuilder {
    /// What requests without a `User-Agent` header say of their sender.
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = Some(text.into());
        self
    }

    /// Adds CA certificates in PEM form to those of the system; may be called again.
    pub fn extra_ca_pem(mut self, pem: &[u8]) -> Self {
        self.extra_ca.push(pem.to_vec());
        self
    }

    /// Trusts the server whose certificate has this thumbprint (SHA-1 of its DER), whatever its name, its dates and its
    /// issuer, and no other server at all; CA certificates then mean nothing.
    pub fn pinned_certificate(mut self, thumbprint: [u8; 20]) -> Self {
        self.pinned = Some(thumbprint);
        self
    }

    /// Sends everything but loopback through this proxy, such as `http://user:password@proxy.example:8080`.
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxy = Some(url.to_owned());
        self
    }

    /// Names, domains and networks that are reached without the proxy, separated by commas.
    pub fn proxy_bypass(mut self, list: &str) -> Self {
        list.clone_into(&mut self.proxy_bypass);
        self
    }

    /// Sends everything directly, which is the default.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = None;
        self
    }

    /// How long a connection may take, TLS included.
    pub fn connect_timeout(mut self, duration: Duration) -> Self {
        self.connect_timeout = duration;
        self
    }

    /// How long an exchange may take, from the first byte sent to the last received.
    pub fn timeout(mut self, duration: Duration) -> Self {
        self.timeout = duration;
        self
    }

    /// The longest body that is taken, counted in unpacked bytes.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the transport up; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Error::ExtraCa`], [`Error::ProxyAddress`], or [`Error::Setup`] where the system has no CA certificates.
    pub fn build(self) -> Result<HttpsTransport, Error> {
        let setup = |source: reqwest::Error| Error::Setup { source: source.into() };
        let verifiers = match self.pinned {
            Some(thumbprint) => Verifiers::pinned(thumbprint),
            None => Verifiers::of_system_and(&self.extra_ca)?,
        };
        let tls = crate::tls::config(Arc::clone(&verifiers.all))?;
        // A loopback address means this machine, and the proxy would take it for itself.
        let direct = format!("localhost,127.0.0.0/8,::1,{}", self.proxy_bypass);
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .dns_resolver(Arc::new(resolve::Resolver))
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .no_proxy();
        if let Some(proxy) = &self.proxy {
            client = client.proxy(proxy_of(proxy, &direct)?);
        }
        if let Some(text) = &self.user_agent {
            client = client.user_agent(text);
        }
        let client = client.build().map_err(setup)?;
        let proxy = self.proxy.as_deref().map(|proxy| (proxy, direct.as_str()));
        let way = Way::new(proxy, verifiers, self.connect_timeout);
        Ok(HttpsTransport { client, body_limit: self.body_limit, buffers: Buffers::default(), way })
    }
}

// The proxy's address may hold a password.
impl fmt::Debug for HttpsTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsTransportBuilder")
            .field("extra_ca", &self.extra_ca.len())
            .field("pinned", &self.pinned.is_some())
            .field("proxy", &self.proxy.is_some())
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}

fn proxy_of(address: &str, direct: &str) -> Result<reqwest::Proxy, Error> {
    let proxy = reqwest::Proxy::all(address).map_err(|_| Error::ProxyAddress)?;
    // What cannot be read would mean no proxy at all, and nobody would notice.
    if !Way::leads_through(address) {
        return Err(Error::ProxyAddress);
    }
    Ok(proxy.no_proxy(reqwest::NoProxy::from_string(direct)))
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Some cmdlets take minutes on the service's side.
const TIMEOUT: Duration = Duration::from_mins(5);
/// Shorter than what servers keep, so that a request seldom meets a connection that is about to close.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
const BODY_LIMIT: usize = 64 << 20;
