//! What the fuzz targets share: a transport that answers what it is told, a clock that does not wait, and no runtime.

use bytes::Bytes;
use exo_http::{Error, Request, Response, Transport};
use exo_model::{AccessToken, Clock, SeamError, Secret, TokenProvider, TokenRequest};
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

/// Gives these answers in order, the last one for ever.
#[derive(Debug)]
pub struct Answers(Mutex<Vec<Response>>);

impl Answers {
    /// Reads answers: each begins with a byte for the status and one for its header, and ends at a byte 0xfe, which no
    /// text holds.
    pub fn read(data: &[u8]) -> Self {
        let mut answers: Vec<_> = data.split(|byte| *byte == 0xfe).map(answer).collect();
        answers.reverse();
        Self(Mutex::new(answers))
    }
}

fn answer(data: &[u8]) -> Response {
    let (kind, body) = data.split_at_checked(2).unwrap_or((&[0, 0], data));
    let mut response = Response::new(Bytes::copy_from_slice(body));
    let status = STATUS[usize::from(kind[0]) % STATUS.len()];
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    let name = HEADERS[usize::from(kind[1]) % HEADERS.len()];
    // The header is the body's first line, so that the input need not be cut into more pieces.
    let line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if let Ok(value) = http::HeaderValue::from_bytes(line) {
        response.headers_mut().insert(name, value);
    }
    response
}

const STATUS: &[u16] = &[200, 400, 401, 403, 404, 408, 429, 500, 204, 302, 407, 418];
const HEADERS: &[&str] = &["x-none", "retry-after", "date", "www-authenticate", "x-ms-request-id"];

#[async_trait::async_trait]
impl Transport for Answers {
    async fn send(&self, _: Request) -> Result<Response, Error> {
        let mut left = self.0.lock().expect("one thread");
        Ok(if left.len() > 1 { left.pop() } else { left.last().cloned() }.unwrap_or_default())
    }
}

/// A clock that stands still, and waits for nothing.
#[derive(Debug)]
pub struct Still;

#[async_trait::async_trait]
impl Clock for Still {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)
    }

    async fn sleep(&self, _: Duration) {}
}

/// An identity that has a token.
#[derive(Debug)]
pub struct Somebody;

#[async_trait::async_trait]
impl TokenProvider for Somebody {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        // The claims name the tenant 7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11.
        let jwt = "e30.eyJ0aWQiOiI3YjBmNmE1Mi00YzFkLTRhNmUtOWQ1My0yZjFmNmYwYzhlMTEifQ.MARKED";
        Ok(AccessToken::new(Secret::from(jwt), SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_003_599)))
    }
}

/// Runs what never has to wait.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// Everything that an error shows must be bounded, on one line, and without the token.
pub fn check(error: &(dyn std::error::Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        assert!(text.len() < 20_000, "{} bytes", text.len());
        assert!(!text.contains("MARKED") && !format!("{error:?}").contains("MARKED"));
        assert!(!text.chars().any(char::is_control), "{text:?}");
        next = error.source();
    }
}
