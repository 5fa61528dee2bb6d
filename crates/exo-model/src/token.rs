//! The seam between those who make tokens and those who spend them.

use crate::{Scope, SeamError, Secret};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A bearer token and the time at which it ends.
#[derive(Clone)]
pub struct AccessToken {
    secret: Secret,
    expires_at: SystemTime,
    refresh_at: Option<SystemTime>,
}

impl AccessToken {
    /// A token as the token service gave it.
    pub fn new(secret: Secret, expires_at: SystemTime) -> Self {
        Self { secret, expires_at, refresh_at: None }
    }

    /// The same token, with the time from which whoever issued it wants it renewed.
    #[must_use]
    pub fn refresh_from(mut self, time: SystemTime) -> Self {
        self.refresh_at = Some(time);
        self
    }

    /// The token itself, for an `Authorization` header.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// When the service stops taking it.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// From when it should be renewed, if whoever issued it said so.
    pub fn refresh_at(&self) -> Option<SystemTime> {
        self.refresh_at
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What a token is asked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The audience, such as `https://outlook.office365.com/.default`.
    pub scope: Scope,
    /// The token that the service has just refused, so that a cache does not hand it out again.
    pub rejected: Option<AccessToken>,
    /// What the service demands of the token beyond that, as the JSON of its claims challenge; a cache does not hand
    /// out a token that was asked for without it.
    pub claims: Option<String>,
}

impl TokenRequest {
    /// A token for this scope.
    pub fn new(scope: Scope) -> Self {
        Self { scope, rejected: None, claims: None }
    }

    /// A token for this scope that is not the one given.
    #[must_use]
    pub fn rejected(mut self, token: AccessToken) -> Self {
        self.rejected = Some(token);
        self
    }

    /// A token that meets a claims challenge, decoded to JSON.
    #[must_use]
    pub fn claims(mut self, json: impl Into<String>) -> Self {
        self.claims = Some(json.into());
        self
    }
}

/// Whoever can give an access token for a scope.
///
/// Asked before every request to the service; a provider that is costly keeps its tokens.
///
/// ```
/// use exo_model::{AccessToken, SeamError, Secret, TokenProvider, TokenRequest};
/// use std::time::{Duration, SystemTime};
///
/// /// A token that somebody else has fetched.
/// #[derive(Debug)]
/// struct Given(AccessToken);
///
/// #[async_trait::async_trait]
/// impl TokenProvider for Given {
///     async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
///         Ok(self.0.clone())
///     }
/// }
/// ```
#[async_trait::async_trait]
pub trait TokenProvider: Send + Sync + fmt::Debug {
    /// A token that is good now.
    ///
    /// # Errors
    ///
    /// Whatever keeps the provider from giving one, with its kind.
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError>;
}

#[async_trait::async_trait]
impl<P: TokenProvider + ?Sized> TokenProvider for Arc<P> {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        (**self).token(request).await
    }
}
