//! A service with limits that its callers do not know, in virtual time, and what it makes of them.

use exo_http::{Error, Request, Response, Transport, response};
use exo_model::{
    AccessToken, Clock, Invocation, Invoker, Next, SeamError, Secret, Service, TokenProvider, TokenRequest,
};
use exo_session::{Budget, Session};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep};

/// The runtime's own clock, which stands still while anybody works and jumps when all wait.
#[derive(Debug)]
pub(crate) struct Virtual(pub(crate) Instant);

#[async_trait::async_trait]
impl Clock for Virtual {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000) + self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        sleep(duration).await;
    }
}

#[derive(Debug)]
pub(crate) struct Tokens;

#[async_trait::async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        Ok(AccessToken::new(Secret::from("t"), SystemTime::UNIX_EPOCH + Duration::from_hours(1 << 20)))
    }
}

/// What a service grants at a time of its life.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// So many calls at a time.
    Concurrent(usize),
    /// So many calls in each window of ten seconds.
    Window(usize),
}

/// A service with a limit, which it may change.
#[derive(Debug)]
struct Throttling {
    began: Instant,
    /// From which second on which limit holds, ascending.
    limits: Vec<(u64, Limit)>,
    retry_after: Option<&'static str>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    flying: usize,
    window: u64,
    in_window: usize,
    /// Since when, and by whom, for each call that was granted or refused.
    granted: Vec<(Duration, usize)>,
    refused: Vec<Duration>,
    random: u32,
}

impl Throttling {
    fn limit(&self) -> Limit {
        let second = self.began.elapsed().as_secs();
        self.limits.iter().rev().find(|(from, _)| *from <= second).unwrap().1
    }

    /// Whether a call is let in, and how long it then takes.
    fn enter(&self, caller: usize) -> Option<Duration> {
        let mut state = self.state.lock().unwrap();
        let now = self.began.elapsed();
        let window = now.as_secs() / 10;
        if state.window != window {
            (state.window, state.in_window) = (window, 0);
        }
        let full = match self.limit() {
            Limit::Concurrent(most) => state.flying >= most,
            Limit::Window(most) => state.in_window >= most,
        };
        if full {
            state.refused.push(now);
            return None;
        }
        state.flying += 1;
        state.in_window += 1;
        state.granted.push((now, caller));
        state.random = state.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // 60 to 140 ms, 100 on average.
        Some(Duration::from_millis(60 + u64::from(state.random >> 16) % 81))
    }
}

#[async_trait::async_trait]
impl Transport for Throttling {
    async fn send(&self, request: Request) -> Result<Response, Error> {
        let caller = request.headers()["x-clientapplication"].to_str().unwrap().parse().unwrap();
        let Some(time) = self.enter(caller) else {
            sleep(Duration::from_millis(5)).await;
            let headers: Vec<_> = self.retry_after.map(|value| ("retry-after", value)).into_iter().collect();
            return Ok(response(429, &headers, ""));
        };
        sleep(time).await;
        self.state.lock().unwrap().flying -= 1;
        Ok(response(200, &[], r#"{"value":[]}"#))
    }
}

/// What a run came to.
pub(crate) struct Account {
    pub(crate) granted: Vec<(Duration, usize)>,
    refused: Vec<Duration>,
}

impl Account {
    /// The share of refusals among all calls after the first ten seconds.
    pub(crate) fn refusals(&self) -> f64 {
        let late = |at: &Duration| at.as_secs() >= 10;
        let (granted, refused) =
            (self.granted.iter().filter(|(at, _)| late(at)).count(), self.refused.iter().filter(|at| late(at)).count());
        share(refused, granted + refused)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

impl Account {
    /// How many were granted of what the limits would have allowed.
    #[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
    pub(crate) fn used(&self, possible: f64) -> f64 {
        self.granted.len() as f64 / possible
    }

    /// By how much the caller with the most calls has more than the one with the fewest.
    pub(crate) fn spread(&self) -> f64 {
        let mut shares = [0_usize; 4];
        self.granted.iter().for_each(|(_, caller)| shares[*caller] += 1);
        let least = shares.iter().min().copied().unwrap_or_default();
        share(shares.iter().max().copied().unwrap_or_default(), least) - 1.0
    }
}

/// Calls that a limit allows in a second, where a call takes a tenth of one.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(crate) fn rate(limit: Limit) -> f64 {
    match limit {
        Limit::Concurrent(most) => most as f64 * 10.0,
        Limit::Window(most) => most as f64 / 10.0,
    }
}

/// Four callers with many workers each, the first with as many as the others together, for so many seconds.
pub(crate) async fn run(limits: Vec<(u64, Limit)>, retry_after: Option<&'static str>, seconds: u64) -> Account {
    let began = Instant::now();
    let state = Mutex::default();
    let service = Arc::new(Throttling { began, limits, retry_after, state });
    let budget = Budget::new(64).longest_wait(Duration::from_hours(1));
    let clock: Arc<dyn Clock> = Arc::new(Virtual(began));
    let mut workers = Vec::new();
    for caller in 0..4_usize {
        let organization = "contoso.onmicrosoft.com".parse().unwrap();
        let session = Session::builder(
            Service::Exchange,
            organization,
            Arc::new(Tokens),
            Arc::clone(&service) as _,
            Arc::clone(&clock),
        )
        .client_name(&caller.to_string(), "1")
        .budget(budget.caller())
        .build();
        // The first wants more at a time than the others together.
        for _ in 0..(if caller == 0 { 120 } else { 30 }) {
            let session = session.clone();
            workers.push(tokio::spawn(async move {
                while began.elapsed().as_secs() < seconds {
                    let call = Invocation::new(Service::Exchange, "Get-Mailbox".parse().unwrap());
                    let mut pages = session.invoke(call).await.unwrap();
                    while let Next::Page(_) = pages.next().await.unwrap() {}
                }
            }));
        }
    }
    sleep(Duration::from_secs(seconds)).await;
    workers.iter().for_each(tokio::task::JoinHandle::abort);
    let mut state = service.state.lock().unwrap();
    Account { granted: std::mem::take(&mut state.granted), refused: std::mem::take(&mut state.refused) }
}
