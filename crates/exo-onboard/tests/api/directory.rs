//! A small directory in memory behind Microsoft Graph's calls: late to show what was changed, and cut wherever asked.

use crate::objects::{self, Objects};
use exo_http::{Error, FakeClock, Request, Response, Transport, response};
use exo_model::Clock;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;

/// What becomes of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The program ends before the call is carried out.
    KilledBefore,
    /// The program ends after the call was carried out, and before its answer.
    KilledAfter,
    /// The connection breaks before the call is carried out.
    LostBefore,
    /// The connection breaks after the call was carried out, and before its answer.
    LostAfter,
}

impl Cut {
    pub(crate) const ALL: [Self; 4] = [Self::KilledBefore, Self::KilledAfter, Self::LostBefore, Self::LostAfter];
}

/// The directory.
#[derive(Debug)]
pub(crate) struct Directory {
    clock: Arc<FakeClock>,
    /// For how long a change is not seen.
    lag: Duration,
    /// Every other look is answered by a server that knows all changes.
    pub(crate) flapping: bool,
    inner: Mutex<Inner>,
    killed: Notify,
}

type Prepared = (u16, Vec<(&'static str, &'static str)>, Value);

#[derive(Debug, Default)]
struct Inner {
    objects: Objects,
    calls: Vec<String>,
    bodies: Vec<(String, String)>,
    cuts: Vec<(usize, Cut)>,
    /// Answers given instead of carrying a call out, by how the call begins.
    instead: Vec<(String, Prepared)>,
    /// What must hold after every change.
    guard: Option<fn(&Objects, SystemTime)>,
    /// The app asks, which may not look at registrations.
    blind: bool,
}

impl Directory {
    pub(crate) fn new(clock: Arc<FakeClock>, lag: Duration) -> Self {
        Self { clock, lag, flapping: false, inner: Mutex::default(), killed: Notify::new() }
    }

    /// Cuts the call of this number, counted from now.
    pub(crate) fn cut(&self, after: usize, cut: Cut) {
        let mut inner = self.inner.lock().unwrap();
        let number = inner.calls.len() + after;
        inner.cuts.push((number, cut));
    }

    /// Gives this answer once to a call that begins so.
    pub(crate) fn instead(&self, begins: &str, status: u16, headers: &[(&'static str, &'static str)], body: Value) {
        self.inner.lock().unwrap().instead.push((begins.to_owned(), (status, headers.to_vec(), body)));
    }

    /// Whoever asks may not look at registrations.
    pub(crate) fn blind(&self) {
        self.inner.lock().unwrap().blind = true;
    }

    /// Checks this after every call that was carried out.
    pub(crate) fn guard(&self, guard: fn(&Objects, SystemTime)) {
        self.inner.lock().unwrap().guard = Some(guard);
    }

    /// Returns when a call was reached at which the program ends.
    pub(crate) async fn killed(&self) {
        self.killed.notified().await;
    }

    /// The calls that came, with paths.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.inner.lock().unwrap().calls.clone()
    }

    /// The calls that came, with queries and bodies.
    pub(crate) fn bodies(&self) -> Vec<(String, String)> {
        self.inner.lock().unwrap().bodies.clone()
    }

    /// The calls that came and were not looks.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.calls().into_iter().filter(|call| !call.starts_with("GET ")).collect()
    }

    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut Objects) -> R) -> R {
        act(&mut self.inner.lock().unwrap().objects)
    }

    /// Everything that is there, whenever it will be seen, without ids.
    pub(crate) fn truth(&self) -> Value {
        self.with(|objects| objects.truth())
    }

    fn carry_out(&self, request: &Request) -> Response {
        let mut inner = self.inner.lock().unwrap();
        let now = self.clock.now();
        let begun = format!("{} {}", request.method(), request.uri().path());
        if let Some(index) = inner.instead.iter().position(|(begins, _)| begun.starts_with(begins.as_str())) {
            let (_, (status, headers, body)) = inner.instead.remove(index);
            return response(status, &headers, body.to_string());
        }
        if inner.blind && begun.starts_with("GET /v1.0/applications") {
            let body = refusal("Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
            return response(403, &[], body.to_string());
        }
        let fresh = self.flapping && inner.calls.len().is_multiple_of(2);
        let view = if fresh { now + self.lag } else { now };
        let answer = objects::answer(&mut inner.objects, request, view, now + self.lag);
        if let Some(guard) = inner.guard {
            guard(&inner.objects, now);
        }
        match answer {
            (204, _) => response(204, &[], ""),
            (status, body) => response(status, &[("content-type", "application/json")], body.to_string()),
        }
    }
}

#[async_trait::async_trait]
impl Transport for Directory {
    async fn send(&self, request: Request) -> Result<Response, Error> {
        tokio::task::yield_now().await;
        assert_eq!(request.uri().host(), Some("graph.microsoft.com"), "the token leaves for another host");
        assert!(!request.uri().to_string().contains('{'), "{}", request.uri());
        let cut = {
            let mut inner = self.inner.lock().unwrap();
            let number = inner.calls.len();
            inner.calls.push(format!("{} {}", request.method(), request.uri().path()));
            let whole = format!("{} {}", request.method(), request.uri().path_and_query().unwrap());
            inner.bodies.push((whole, String::from_utf8_lossy(request.body()).into_owned()));
            inner.cuts.iter().find(|(at, _)| *at == number).map(|(_, cut)| *cut)
        };
        let lost = || Err(Error::reset("graph.microsoft.com"));
        match cut {
            None => Ok(self.carry_out(&request)),
            Some(Cut::LostBefore) => lost(),
            Some(Cut::LostAfter) => {
                self.carry_out(&request);
                lost()
            }
            Some(cut) => {
                if cut == Cut::KilledAfter {
                    self.carry_out(&request);
                }
                self.killed.notify_one();
                std::future::pending().await
            }
        }
    }
}

/// A refusal in Graph's words.
pub(crate) fn refusal(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message, "innerError": {
        "date": "2026-11-22T10:00:00", "request-id": "r-1", "client-request-id": "c-1",
    } } })
}
