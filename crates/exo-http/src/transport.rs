//! The seam through which requests leave: one request, one answer, nothing repeated.

use crate::Error;
use bytes::Bytes;
use std::fmt;

/// A request whose body is in memory.
pub type Request = http::Request<Bytes>;

/// An answer whose body is in memory, unpacked if it was packed.
pub type Response = http::Response<Bytes>;

/// The longest body that is taken as the answer of one request, counted in unpacked bytes; among the request's extensions.
///
/// It narrows what the transport takes anyway, and never widens it.
///
/// ```
/// use exo_http::{BodyLimit, Request};
/// let mut request = Request::default();
/// request.extensions_mut().insert(BodyLimit(1 << 20));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a number with a name")]
pub struct BodyLimit(pub usize);

/// Sends one request and gives its answer, whatever the status; follows no redirect, repeats nothing.
///
/// ```
/// use exo_http::{Error, Request, Response, Transport};
///
/// /// Answers everything with 204.
/// #[derive(Debug)]
/// struct Silent;
///
/// #[async_trait::async_trait]
/// impl Transport for Silent {
///     async fn send(&self, _: Request) -> Result<Response, Error> {
///         let mut response = Response::default();
///         *response.status_mut() = http::StatusCode::NO_CONTENT;
///         Ok(response)
///     }
/// }
/// ```
#[async_trait::async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends the request and reads the whole answer.
    ///
    /// # Errors
    ///
    /// No answer came, or it broke off; [`Error`] says whether the request can have reached the server.
    async fn send(&self, request: Request) -> Result<Response, Error>;
}
