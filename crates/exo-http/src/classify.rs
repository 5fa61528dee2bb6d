//! What a failure of the HTTP library was.

use crate::error::{Cause, Error, Phase};
use crate::resolve::Unresolved;
use std::error::Error as StdError;
use std::io;

/// A failure before the head of the answer had come.
pub(crate) fn before_answer(host: String, error: reqwest::Error) -> Error {
    // The address may hold what must not be shown, and the variants name the host anyway.
    let error = error.without_url();
    if error.is_timeout() {
        let phase = if error.is_connect() { Phase::Connect } else { Phase::Answer };
        return Error::Timeout { host, phase };
    }
    if error.is_builder() {
        return Error::Request { host, source: innermost(&error) };
    }
    let source = innermost(&error);
    if any(&error, is_tls) {
        Error::Tls { host, source }
    } else if any(&error, is_tunnel) {
        Error::Proxy { host, source }
    } else if any(&error, is_unresolved) {
        Error::Dns { host, source }
    } else if error.is_connect() {
        Error::Connect { host, source }
    } else if any(&error, is_garbled) {
        Error::Garbled { host, source }
    } else {
        Error::Reset { host, source }
    }
}

/// A failure while the body came.
pub(crate) fn within_body(host: String, received: usize, error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        return Error::Timeout { host, phase: Phase::Body };
    }
    Error::Truncated { host, received }
}

/// Whether a link of the chain is of this sort.
fn any(error: &(dyn StdError + 'static), sort: impl Fn(&(dyn StdError + 'static)) -> bool) -> bool {
    std::iter::successors(Some(error), |link| below(*link)).any(sort)
}

fn is_tls(link: &(dyn StdError + 'static)) -> bool {
    link.is::<rustls::Error>()
}

fn is_unresolved(link: &(dyn StdError + 'static)) -> bool {
    link.is::<Unresolved>()
}

/// The type is private to the library; its text is all there is.
fn is_tunnel(link: &(dyn StdError + 'static)) -> bool {
    link.to_string().starts_with("tunnel error")
}

fn is_garbled(link: &(dyn StdError + 'static)) -> bool {
    link.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)
}

/// The next link; an I/O error hides its own content from `source`.
fn below<'a>(link: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match link.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => link.source(),
    }
}

/// The text at the end of the chain; what stands above it is said by our own variants.
fn innermost(error: &(dyn StdError + 'static)) -> Cause {
    let last = std::iter::successors(Some(error), |link| below(*link)).last();
    last.unwrap_or(error).to_string().into()
}
