//! The seam for whatever vouches for the app at the token endpoint.

use crate::ServiceError;
use exo_model::{AppId, SeamError, Secret};
use std::fmt;
use std::time::SystemTime;

/// Whoever vouches for the app: a certificate that signs an assertion, or another issuer whose token is handed over.
///
/// It is asked anew for every exchange, since strict servers take no assertion twice.
///
/// ```
/// use exo_model::{SeamError, Secret};
/// use exo_token::{AssertionSource, Audience};
///
/// /// A token of another issuer, which somebody else has fetched.
/// #[derive(Debug)]
/// struct Given(Secret);
///
/// #[async_trait::async_trait]
/// impl AssertionSource for Given {
///     async fn assertion(&self, _: &Audience<'_>) -> Result<Secret, SeamError> {
///         Ok(self.0.clone())
///     }
/// }
/// ```
#[async_trait::async_trait]
pub trait AssertionSource: Send + Sync + fmt::Debug {
    /// A JWT that is good now for this audience.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from coming, with its kind.
    async fn assertion(&self, audience: &Audience<'_>) -> Result<Secret, SeamError>;

    /// Told that the server refused; whether the next assertion will be of another kind that it may take.
    fn fall_back(&self, refusal: &ServiceError) -> bool {
        let _ = refusal;
        false
    }
}

/// Whom an assertion is for, and when.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Audience<'a> {
    /// The token endpoint, or what was given in its place; the assertion's `aud`.
    pub token_endpoint: &'a str,
    /// The app that it speaks for.
    pub app_id: &'a AppId,
    /// The time by the server's clock, as far as that is known.
    pub now: SystemTime,
}

impl<'a> Audience<'a> {
    /// An assertion for this app, by this clock.
    pub fn new(token_endpoint: &'a str, app_id: &'a AppId, now: SystemTime) -> Self {
        Self { token_endpoint, app_id, now }
    }
}
