//! An answer on its way out, and the ways in which it may be spoilt.

use std::time::Duration;

use bytes::Bytes;

/// What happens to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The answer is sent.
    Whole,
    /// The answer is announced whole, and ends after so many bytes.
    Cut(usize),
    /// The connection is reset, without an answer.
    Reset,
    /// Nothing is ever sent.
    Silence,
}

/// Status, headers and body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) ending: Ending,
    /// Bytes that leave at once, and the pause behind each.
    pub(crate) slow: Option<(usize, Duration)>,
    /// By how many seconds the `Date` is ahead.
    pub(crate) skew: i64,
}

impl Answer {
    pub(crate) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), ending: Ending::Whole, slow: None, skew: 0 }
    }

    pub(crate) fn text(status: u16, text: impl Into<Bytes>) -> Self {
        Self::empty(status).typed("text/plain; charset=utf-8", text)
    }

    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::empty(status).typed("application/json; charset=utf-8", body)
    }

    /// The page of a gateway that does not reach what is behind it.
    pub(crate) fn gateway_page(status: u16) -> Self {
        const PAGE: &str = "<!DOCTYPE html>\r\n<html><head><title>502 - Web server received an invalid response \
            while acting as a gateway or proxy server.</title></head>\r\n<body><h1>Server Error</h1>\
            <h2>502 - Web server received an invalid response while acting as a gateway or proxy server.</h2>\
            <h3>There is a problem with the page you are looking for, and it cannot be displayed.</h3></body></html>\r\n";
        Self::empty(status).typed("text/html", PAGE)
    }

    pub(crate) fn typed(mut self, kind: &str, body: impl Into<Bytes>) -> Self {
        self.headers.push(("content-type", kind.to_owned()));
        self.body = body.into();
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) const fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }
}
