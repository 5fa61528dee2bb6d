//! Answers in order, and a failure if any is left; time that passes only when somebody sleeps.

use crate::{Error, Request, Response, Transport};
use bytes::Bytes;
use exo_model::Clock;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// A transport that gives prepared answers in order and keeps the requests.
///
/// Being asked once more than there are answers, and being dropped with answers left, fails the test.
///
/// ```
/// use exo_http::{Request, ScriptedTransport, Transport};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let transport = ScriptedTransport::new().reply(200, &[("content-type", "text/plain")], "hello");
/// let answer = transport.send(Request::default()).await.unwrap();
/// assert_eq!(answer.body(), "hello");
/// assert_eq!(transport.requests().len(), 1);
/// # });
/// ```
#[derive(Default)]
pub struct ScriptedTransport {
    script: Mutex<VecDeque<Step>>,
    requests: Mutex<Vec<Request>>,
}

type Answer = Box<dyn FnOnce(&Request) -> Result<Response, Error> + Send>;

struct Step(Answer);

impl ScriptedTransport {
    /// A transport that has no answers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer.
    #[must_use]
    pub fn reply(self, status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Self {
        let response = response(status, headers, body.into());
        self.answer(move |_| Ok(response))
    }

    /// Adds a failure.
    #[must_use]
    pub fn error(self, error: Error) -> Self {
        self.answer(move |_| Err(error))
    }

    /// Adds an answer that looks at the request, and may check it.
    #[must_use]
    pub fn answer(self, answer: impl FnOnce(&Request) -> Result<Response, Error> + Send + 'static) -> Self {
        lock(&self.script).push_back(Step(Box::new(answer)));
        self
    }

    /// The requests that came, in order.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    /// How many answers are left.
    pub fn left(&self) -> usize {
        lock(&self.script).len()
    }
}

#[async_trait::async_trait]
impl Transport for ScriptedTransport {
    #[expect(clippy::panic, reason = "a request that no answer was written for must fail the test that made it")]
    async fn send(&self, request: Request) -> Result<Response, Error> {
        // Others may run meanwhile, as on a real network.
        tokio::task::yield_now().await;
        lock(&self.requests).push(request.clone());
        let step = lock(&self.script).pop_front();
        match step {
            Some(Step(answer)) => answer(&request),
            None => panic!("no answer is left for {} {}", request.method(), crate::redact::address(request.uri())),
        }
    }
}

impl Drop for ScriptedTransport {
    fn drop(&mut self) {
        let left = self.left();
        // A second panic would hide the first.
        assert!(left == 0 || std::thread::panicking(), "{left} answers of the script were not asked for");
    }
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedTransport").field("left", &self.left()).finish_non_exhaustive()
    }
}

/// An answer with these parts, for scripts and fakes; what is not a header or a status is left out.
pub fn response(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    if let Ok(status) = http::StatusCode::from_u16(status) {
        *response.status_mut() = status;
    }
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse()) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A clock that stands still until somebody sleeps, and then is later at once.
///
/// ```
/// use exo_http::FakeClock;
/// use exo_model::Clock;
/// use std::time::Duration;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let clock = FakeClock::at(1_780_000_000);
/// let before = clock.now();
/// clock.sleep(Duration::from_secs(3600)).await;
/// assert_eq!(clock.now(), before + Duration::from_secs(3600));
/// assert_eq!(clock.slept(), [Duration::from_secs(3600)]);
/// # });
/// ```
#[derive(Debug)]
pub struct FakeClock {
    now: Mutex<SystemTime>,
    slept: Mutex<Vec<Duration>>,
}

impl FakeClock {
    /// A clock that shows this many seconds since 1970.
    pub fn at(unix_seconds: u64) -> Self {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(unix_seconds);
        Self { now: Mutex::new(now), slept: Mutex::default() }
    }

    /// Lets time pass without a sleeper.
    pub fn advance(&self, duration: Duration) {
        *lock(&self.now) += duration;
    }

    /// The waits that were asked for, in order.
    pub fn slept(&self) -> Vec<Duration> {
        lock(&self.slept).clone()
    }
}

#[async_trait::async_trait]
impl Clock for FakeClock {
    fn now(&self) -> SystemTime {
        *lock(&self.now)
    }

    async fn sleep(&self, duration: Duration) {
        lock(&self.slept).push(duration);
        self.advance(duration);
        tokio::task::yield_now().await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_come_in_order_and_requests_are_kept() {
        let transport = ScriptedTransport::new().reply(429, &[("Retry-After", "7")], "").error(Error::reset("h"));
        let first = transport.send(Request::default()).await.unwrap();
        assert_eq!((first.status().as_u16(), first.headers()["retry-after"].as_bytes()), (429, b"7".as_slice()));
        assert!(matches!(transport.send(Request::default()).await, Err(Error::Reset { .. })));
        assert_eq!(transport.requests().len(), 2);
    }

    #[test]
    #[should_panic(expected = "1 answers of the script were not asked for")]
    fn an_answer_left_over_fails() {
        drop(ScriptedTransport::new().reply(200, &[], ""));
    }

    #[tokio::test]
    #[should_panic(expected = "no answer is left for GET")]
    async fn a_request_too_many_fails() {
        let _never = ScriptedTransport::new().send(Request::default()).await;
    }
}
