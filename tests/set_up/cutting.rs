//! A transport that cuts one call: before or after it is carried out, with the program or without it.

use exo_http::{Error, HttpsTransport, Request, Response, Transport};
use std::sync::Mutex;
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

/// The way to Microsoft Graph.
#[derive(Debug)]
pub(crate) struct Cutting {
    inner: HttpsTransport,
    calls: Mutex<Vec<String>>,
    cut: Mutex<Option<(usize, Cut)>>,
    killed: Notify,
}

impl Cutting {
    pub(crate) fn new(inner: HttpsTransport) -> Self {
        Self { inner, calls: Mutex::default(), cut: Mutex::default(), killed: Notify::new() }
    }

    /// Cuts the call of this number, once.
    pub(crate) fn cut(&self, number: usize, cut: Cut) {
        *self.cut.lock().unwrap() = Some((number, cut));
    }

    /// Returns when a call was reached at which the program ends.
    pub(crate) async fn killed(&self) {
        self.killed.notified().await;
    }

    /// The calls that were begun.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl Transport for Cutting {
    async fn send(&self, request: Request) -> Result<Response, Error> {
        let number = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(format!("{} {}", request.method(), request.uri().path()));
            calls.len() - 1
        };
        let cut = self.cut.lock().unwrap().take_if(|(at, _)| *at == number).map(|(_, cut)| cut);
        let Some(cut) = cut else { return self.inner.send(request).await };
        if matches!(cut, Cut::KilledAfter | Cut::LostAfter) {
            self.inner.send(request).await?;
        }
        if matches!(cut, Cut::LostBefore | Cut::LostAfter) {
            return Err(Error::reset("graph.localhost"));
        }
        self.killed.notify_one();
        std::future::pending().await
    }
}
