//! The way to a server, step by step, for whoever wants to know where it ends: name, proxy, TLS.

use crate::error::Phase;
use crate::tls::{Trust, Verifiers, Witness};
use crate::{Error, resolve};
use exo_model::Origin;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::pki_types::ServerName;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What was seen on the way to a server; a step that was not reached is `None`.
///
/// ```no_run
/// # async fn look() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = exo_http::HttpsTransport::builder().build()?;
/// let sight = transport.look(&"https://login.microsoftonline.com".parse()?).await;
/// println!("{:?}, {:?}", sight.addresses, sight.tls);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Sight {
    /// Host and port of the proxy, where one stands between.
    pub proxy: Option<String>,
    /// The addresses of the server's name; of the proxy's, where there is one, since it looks the server up itself.
    pub addresses: Result<Vec<IpAddr>, Error>,
    /// The address at which a connection came about.
    pub connected: Option<Result<SocketAddr, Error>>,
    /// Whether the proxy opened a way to the server.
    pub tunnel: Option<Result<(), Error>>,
    /// What was agreed with the server, where it speaks TLS.
    pub tls: Option<Result<Tls, Error>>,
    /// The certificates that the server showed, trusted or not, as DER; its own comes first.
    pub shown: Vec<Vec<u8>>,
}

/// What was agreed with a server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    /// The version, such as `TLS 1.3`.
    pub version: String,
    /// By whose word the server is trusted.
    pub trust: Trust,
}

/// How connections come about: as the transport makes them.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) proxy: Option<Arc<Matcher>>,
    pub(crate) verifiers: Arc<Verifiers>,
    pub(crate) limit: Duration,
}

impl Way {
    /// A way through this proxy, but for these hosts; or without one.
    pub(crate) fn new(proxy: Option<(&str, &str)>, verifiers: Verifiers, limit: Duration) -> Self {
        let proxy = proxy.map(|(all, no)| Arc::new(Matcher::builder().all(all).no(no).build()));
        Self { proxy, verifiers: Arc::new(verifiers), limit }
    }

    /// Whether an address is one of a proxy.
    pub(crate) fn leads_through(proxy: &str) -> bool {
        let anywhere = Uri::from_static("https://service.example");
        Matcher::builder().all(proxy).build().intercept(&anywhere).is_some()
    }

    /// Goes as far as it leads, sends no request, and closes the connection.
    pub(crate) async fn look(&self, to: &Origin) -> Sight {
        let secure = to.to_string().starts_with("https:");
        let port = to.port().unwrap_or(if secure { 443 } else { 80 });
        let proxy = self.proxy.as_ref().and_then(|proxy| proxy.intercept(&to.to_string().parse().unwrap_or_default()));
        let via = proxy.as_ref().map(|proxy| host_and_port(proxy.uri()));
        let (name, at) = via.clone().unwrap_or_else(|| (to.host().to_owned(), port));
        let mut sight = Sight {
            proxy: via.map(|(host, port)| format!("{host}:{port}")),
            addresses: Ok(Vec::new()),
            connected: None,
            tunnel: None,
            tls: None,
            shown: Vec::new(),
        };
        let addresses = match self.addresses(&name, at).await {
            Ok(addresses) => addresses,
            Err(error) => return Sight { addresses: Err(error), ..sight },
        };
        sight.addresses = Ok(addresses.iter().map(SocketAddr::ip).collect());
        let (connected, stream) = self.connect(&name, &addresses).await;
        sight.connected = Some(connected);
        let Some(stream) = stream else { return sight };
        let Some(stream) = self.through(proxy.as_ref(), (&name, to.host(), port), stream, &mut sight).await else {
            return sight;
        };
        if secure {
            let (tls, shown) = self.tls(to.host(), stream).await;
            (sight.tls, sight.shown) = (Some(tls), shown);
        }
        sight
    }

    async fn addresses(&self, name: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
        let found = self.within(name, resolve::addresses(name, port)).await?;
        let found = found.map_err(|source| Error::Dns { host: name.to_owned(), source: source.into() })?;
        if found.is_empty() {
            return Err(Error::Dns { host: name.to_owned(), source: "the name has no addresses".into() });
        }
        Ok(found)
    }

    /// The first address that answers.
    async fn connect(&self, name: &str, addresses: &[SocketAddr]) -> (Result<SocketAddr, Error>, Option<TcpStream>) {
        let mut last = Error::Connect { host: name.to_owned(), source: "no address is left".into() };
        for address in addresses {
            match self.within(name, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return (Ok(*address), Some(stream)),
                Ok(Err(source)) => last = Error::Connect { host: name.to_owned(), source: source.into() },
                Err(late) => last = late,
            }
        }
        (Err(last), None)
    }

    /// The same stream; or that behind the proxy, if it opens one.
    async fn through(
        &self,
        proxy: Option<&Intercept>,
        (name, host, port): (&str, &str, u16),
        stream: TcpStream,
        sight: &mut Sight,
    ) -> Option<Box<dyn Stream>> {
        let Some(proxy) = proxy else { return Some(Box::new(stream)) };
        let refused = |source: String| Error::Proxy { host: host.to_owned(), source: source.into() };
        let tunnel = async {
            let mut stream: Box<dyn Stream> = Box::new(stream);
            if proxy.uri().scheme_str() == Some("https") {
                stream = Box::new(
                    self.handshake(name, stream, &self.verifiers.all).await.map_err(|e| refused(e.to_string()))?,
                );
            }
            let request = connect_request(host, port, proxy);
            let status =
                self.within(host, ask(&mut stream, &request)).await?.map_err(|error| refused(error.to_string()))?;
            if (200..300).contains(&status) {
                Ok(stream)
            } else {
                Err(refused(format!("it answered CONNECT with status {status}")))
            }
        };
        match tunnel.await {
            Ok(stream) => {
                sight.tunnel = Some(Ok(()));
                Some(stream)
            }
            Err(error) => {
                sight.tunnel = Some(Err(error));
                None
            }
        }
    }

    async fn tls(&self, host: &str, stream: Box<dyn Stream>) -> (Result<Tls, Error>, Vec<Vec<u8>>) {
        let witness = Arc::new(Witness::of(&self.verifiers));
        let failed = |source: io::Error| {
            let source = source.get_ref().map_or_else(|| source.to_string(), ToString::to_string);
            Error::Tls { host: host.to_owned(), source: source.into() }
        };
        let shaken = match self.within(host, self.handshake(host, stream, &(Arc::clone(&witness) as _))).await {
            Ok(shaken) => shaken.map_err(failed),
            Err(late) => Err(late),
        };
        let (shown, trust) = witness.saw();
        let agreed = shaken.and_then(|stream| {
            let version = stream.get_ref().1.protocol_version();
            let version = version.map(|v| format!("{v:?}").replace("TLSv1_", "TLS 1.")).unwrap_or_default();
            let trust = trust.ok_or_else(|| failed(io::Error::other("the server showed no certificate")))?;
            Ok(Tls { version, trust })
        });
        (agreed, shown)
    }

    async fn handshake(
        &self,
        host: &str,
        stream: Box<dyn Stream>,
        verifier: &Arc<dyn rustls::client::danger::ServerCertVerifier>,
    ) -> io::Result<tokio_rustls::client::TlsStream<Box<dyn Stream>>> {
        let config = crate::tls::config(Arc::clone(verifier)).map_err(io::Error::other)?;
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// Waits no longer than the transport does for a connection.
    async fn within<T>(&self, host: &str, step: impl Future<Output = T>) -> Result<T, Error> {
        let late = |_| Error::Timeout { host: host.to_owned(), phase: Phase::Connect };
        tokio::time::timeout(self.limit, step).await.map_err(late)
    }
}

// The proxy's address may hold a password.
impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way").field("proxy", &self.proxy.is_some()).field("limit", &self.limit).finish_non_exhaustive()
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

fn host_and_port(uri: &Uri) -> (String, u16) {
    let port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    (uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(port))
}

/// What asks a proxy for a way to a server.
fn connect_request(host: &str, port: u16, proxy: &Intercept) -> Vec<u8> {
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
    if let Some(basic) = proxy.basic_auth() {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(basic.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// The status that a proxy answers with.
async fn ask(stream: &mut Box<dyn Stream>, request: &[u8]) -> io::Result<u16> {
    stream.write_all(request).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == HEAD_LIMIT {
            return Err(io::Error::other("its answer has no end"));
        }
        head.push(stream.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head);
    let status = text.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.trim().parse().ok());
    status.ok_or_else(|| io::Error::other("its answer is not HTTP"))
}

/// More of a proxy's answer is not read.
const HEAD_LIMIT: usize = 8192;
