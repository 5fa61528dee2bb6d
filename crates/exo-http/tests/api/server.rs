//! A server on loopback that says what it is told to say.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do when a request has come.
#[derive(Clone)]
pub(crate) enum Then {
    /// Answer, and wait for the next request on the same connection.
    Answer(Vec<u8>),
    /// Answer, and close.
    Close(Vec<u8>),
    /// Send this, and nothing more, without closing.
    Stall(Vec<u8>),
    /// Break the connection off.
    Reset,
}

/// A server that answers each request in turn, the last one again and again.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    pub(crate) async fn start(script: Vec<Then>) -> Self {
        Self::listen(script, None).await
    }

    pub(crate) async fn tls(script: Vec<Then>, config: rustls::ServerConfig) -> Self {
        Self::listen(script, Some(tokio_rustls::TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn listen(script: Vec<Then>, tls: Option<tokio_rustls::TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server =
            Self { address: listener.local_addr().unwrap(), heads: Arc::default(), connections: Arc::default() };
        let (heads, connections) = (Arc::clone(&server.heads), Arc::clone(&server.connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *connections.lock().unwrap() += 1;
                let talk = Talk { script: script.clone(), heads: Arc::clone(&heads) };
                match &tls {
                    None => drop(tokio::spawn(talk.plain(stream))),
                    Some(acceptor) => {
                        let accepting = acceptor.accept(stream);
                        drop(tokio::spawn(async move {
                            if let Ok(stream) = accepting.await {
                                talk.over(stream).await;
                            }
                        }));
                    }
                }
            }
        });
        server
    }

    /// The heads of the requests that came.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

struct Talk {
    script: Vec<Then>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Talk {
    async fn plain(self, mut stream: TcpStream) {
        if self.talk(&mut stream).await {
            // Unread bytes and no lingering make the close a reset.
            stream.set_zero_linger().unwrap();
        }
    }

    async fn over<S: AsyncRead + AsyncWrite + Unpin>(self, mut stream: S) {
        self.talk(&mut stream).await;
        drop(stream.shutdown().await);
    }

    /// True if the connection is to be broken off.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut S) -> bool {
        loop {
            let Some(head) = read_request(stream).await else { return false };
            let index = {
                let mut heads = self.heads.lock().unwrap();
                heads.push(head);
                heads.len() - 1
            };
            let then = self.script.get(index).or(self.script.last()).unwrap();
            match then {
                Then::Answer(bytes) => stream.write_all(bytes).await.unwrap(),
                Then::Close(bytes) => {
                    stream.write_all(bytes).await.unwrap();
                    stream.flush().await.unwrap();
                    return false;
                }
                Then::Stall(bytes) => {
                    stream.write_all(bytes).await.unwrap();
                    stream.flush().await.unwrap();
                    std::future::pending::<()>().await;
                }
                Then::Reset => return true,
            }
            stream.flush().await.unwrap();
        }
    }
}

async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(head)
}

/// An answer of status 200 with this body and these further header lines.
pub(crate) fn ok(extra: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{extra}\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}
