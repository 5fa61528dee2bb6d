//! A server over plain HTTP on loopback that keeps what it was sent, and says what it is told to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// A server, a token endpoint mostly, that keeps every request.
#[derive(Debug)]
pub struct TokenDesk {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[expect(clippy::panic, reason = "a test whose server cannot be started cannot go on")]
impl TokenDesk {
    /// Answers each request, of which it gets head and body, with the bytes of a whole HTTP answer.
    pub fn start(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("a port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("a port: {error}"));
        let (requests, closed) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let (kept, ended) = (Arc::clone(&requests), Arc::clone(&closed));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let Some(request) = read(&stream) else { continue };
                let answer = answer(&request);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                // Who hangs up before the end has had enough.
                (&stream).write_all(&answer).ok();
            }
        });
        Self { address, requests, closed, thread: Some(thread) }
    }

    /// Gives the first of these tokens whose part of a scope was asked for.
    pub fn giving(tokens: Vec<(&'static str, String)>) -> Self {
        Self::start(move |request| {
            let scope = field(body(request), "scope").unwrap_or_default();
            match tokens.iter().find(|(part, _)| scope.contains(part)) {
                Some((_, token)) => json(&format!(
                    r#"{{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"{token}"}}"#
                )),
                None => whole("400 Bad Request", "application/json", br#"{"error":"invalid_scope"}"#),
            }
        })
    }

    /// Repeats in the answer whatever it is sent: `#` stands for the body of the request and each of its headers.
    pub fn echo(status: &'static str, pattern: &'static str) -> Self {
        Self::start(move |request| {
            let quiet = |c: char| if c.is_control() || "\"\\".contains(c) { ' ' } else { c };
            let sent: String = request.chars().map(quiet).collect();
            whole(status, "application/json\r\nretry-after: 0", pattern.replace('#', &sent).as_bytes())
        })
    }

    /// Says JSON that has no end.
    pub fn flooding() -> Self {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"access_token\":\"";
        // More than any client may wait for, and still an end for a test.
        Self::start(move |_| [head.as_bytes(), &vec![b'a'; FLOOD]].concat())
    }

    /// The address for `--token-url`.
    pub fn url(&self) -> String {
        format!("{}/token", self.origin())
    }

    /// The address without a path.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that came, head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The assertions that came, whole.
    pub fn assertions(&self) -> Vec<String> {
        let requests = self.requests();
        requests.iter().filter_map(|request| field(body(request), "client_assertion").map(str::to_owned)).collect()
    }
}

impl Drop for TokenDesk {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the thread, so that it sees that it is over.
        drop(TcpStream::connect(self.address));
        drop(self.thread.take().map(JoinHandle::join));
    }
}

const FLOOD: usize = 512 << 20;

/// A whole answer of status 200.
pub fn json(body: &str) -> Vec<u8> {
    whole("200 OK", "application/json", body.as_bytes())
}

/// A whole answer.
pub fn whole(status: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A field of a form as it was sent.
fn field<'a>(form: &'a str, name: &str) -> Option<&'a str> {
    form.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
}

/// The body of a request.
fn body(request: &str) -> &str {
    request.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// A whole request.
fn read(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let begin = head.len();
        reader.read_line(&mut head).ok().filter(|count| *count > 0)?;
        let line = head.get(begin..).unwrap_or_default().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8(body).ok()?)
}
