//! Connections: TLS, HTTP/1.1, and the ways in which a connection goes wrong on purpose.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;

use crate::answer::{Answer, Ending};
use crate::clock::Civil;
use crate::machine;
use crate::request::Request;
use crate::route;
use crate::world::World;

/// Accepts connections for as long as it is polled.
pub(crate) async fn serve(listener: TcpListener, tls: TlsAcceptor, world: Arc<World>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        let (tls, world) = (tls.clone(), Arc::clone(&world));
        tokio::spawn(connection(stream, Some(tls), world));
    }
}

/// The same without TLS, for what a machine offers only to itself.
pub(crate) async fn serve_plainly(listener: TcpListener, world: Arc<World>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        tokio::spawn(connection(stream, None, Arc::clone(&world)));
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, world: Arc<World>) {
    let reset = Arc::new(AtomicBool::new(false));
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let socket = Socket { stream, reset: Arc::clone(&reset) };
    match tls {
        Some(tls) => {
            let Ok(stream) = tls.accept(socket).await else { return };
            exchange(stream, Door::Tls, world, reset).await;
        }
        None => exchange(socket, Door::Plain, world, reset).await,
    }
}

/// By which listener a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Tls,
    Plain,
}

async fn exchange<S>(stream: S, door: Door, world: Arc<World>, reset: Arc<AtomicBool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let (world, reset) = (Arc::clone(&world), Arc::clone(&reset));
        async move { respond(&world, request, door, &reset).await }
    });
    // A client that goes away, or a reset on purpose, ends a connection with an error; neither is news.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
}

async fn respond(
    world: &World,
    request: hyper::Request<Incoming>,
    door: Door,
    reset: &AtomicBool,
) -> io::Result<hyper::Response<Payload>> {
    let request = read(request).await?;
    let answer = match door {
        Door::Tls => route::answer(world, &request).await,
        Door::Plain => machine::answer(world, &request).await,
    };
    match answer.ending {
        Ending::Reset => {
            reset.store(true, Ordering::Release);
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ending::Silence => return std::future::pending().await,
        Ending::Whole | Ending::Cut(_) => {}
    }
    let date = Civil::from_unix(world.clock.now() + answer.skew).http();
    response(answer, &date)
}

async fn read(request: hyper::Request<Incoming>) -> io::Result<Request> {
    let (parts, mut incoming) = request.into_parts();
    let mut body = BytesMut::new();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut incoming).poll_frame(context)).await {
        if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
            body.extend_from_slice(&data);
        }
    }
    let named = parts.headers.get("host").and_then(|value| value.to_str().ok());
    let authority = parts.uri.authority().map(ToString::to_string);
    Ok(Request {
        method: parts.method.to_string(),
        authority: authority.or_else(|| named.map(ToOwned::to_owned)).unwrap_or_default(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.freeze(),
    })
}

fn response(answer: Answer, date: &str) -> io::Result<hyper::Response<Payload>> {
    let Answer { status, headers, body, ending, slow, .. } = answer;
    let length = body.len();
    let sent = match ending {
        Ending::Cut(bytes) => body.slice(..bytes.min(length)),
        _ => body,
    };
    let mut response = hyper::Response::builder().status(status);
    if !headers.iter().any(|(name, _)| *name == "date") {
        response = response.header("date", date);
    }
    for (name, value) in headers {
        response = response.header(name, value);
    }
    if status != 204 {
        response = response.header("content-length", length);
    }
    let pause = (sent.len() < length).then(|| Box::pin(tokio::time::sleep(FLUSHED)));
    response.body(Payload { rest: Some(sent), slow, pause, wait: None }).map_err(io::Error::other)
}

/// A body in one piece, possibly shorter than announced.
struct Payload {
    rest: Option<Bytes>,
    /// Bytes that leave at once, and the pause behind each.
    slow: Option<(usize, Duration)>,
    /// The pause that is on.
    wait: Option<Pin<Box<Sleep>>>,
    /// Waited for before a body ends early, so that what there is of it has left.
    pause: Option<Pin<Box<Sleep>>>,
}

/// By when a short body has left for another process of this machine.
const FLUSHED: Duration = Duration::from_millis(25);

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(wait) = &mut self.wait {
            std::task::ready!(wait.as_mut().poll(context));
            self.wait = None;
        }
        let Some(mut bytes) = self.rest.take().filter(|bytes| !bytes.is_empty()) else {
            return match &mut self.pause {
                Some(pause) => pause.as_mut().poll(context).map(|()| None),
                None => Poll::Ready(None),
            };
        };
        let Some((piece, pause)) = self.slow.filter(|(piece, _)| bytes.len() > (*piece).max(1)) else {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        };
        let now = bytes.split_to(piece.max(1));
        self.rest = Some(bytes);
        self.wait = Some(Box::pin(tokio::time::sleep(pause)));
        Poll::Ready(Some(Ok(Frame::data(now))))
    }

    fn is_end_stream(&self) -> bool {
        self.pause.is_none() && self.rest.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.rest.as_ref().map_or(0, Bytes::len) as u64;
        if self.pause.is_none() { SizeHint::with_exact(length) } else { SizeHint::new() }
    }
}

/// A TCP stream that ends in a reset if told so.
struct Socket {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Socket {
    fn is_reset(&self) -> bool {
        self.reset.load(Ordering::Acquire)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.is_reset() {
            // Without the option the peer sees an orderly end, which is still no answer.
            drop(self.stream.set_zero_linger());
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_reset() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_reset() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
