//! A raw access token that somebody else has fetched: used while it lives, and never renewed.

use crate::{Claims, timestamp};
use exo_model::{AccessToken, Clock, Diagnose, ErrorKind, SeamError, Secret, TokenProvider, TokenRequest};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

/// Access tokens that somebody else has fetched, such as by `az account get-access-token`; one per audience.
///
/// Read them from a file, a variable or standard input, never from an argument, which all processes can see.
///
/// ```
/// use exo_http::SystemClock;
/// use exo_model::Secret;
/// use exo_token::{GivenToken, GivenTokenError};
/// use std::sync::Arc;
///
/// let error = GivenToken::new(&Secret::from("opaque"), Arc::new(SystemClock::new())).unwrap_err();
/// assert!(matches!(error, GivenTokenError::NotReadable { .. }));
/// ```
#[derive(Debug)]
pub struct GivenToken {
    clock: Arc<dyn Clock>,
    tokens: Vec<Given>,
}

#[derive(Debug)]
struct Given {
    token: AccessToken,
    claims: Claims,
}

impl GivenToken {
    /// A token that can be used now.
    ///
    /// # Errors
    ///
    /// [`GivenTokenError`] for what is no JWT, a user's token, and one that has expired.
    pub fn new(token: &Secret, clock: Arc<dyn Clock>) -> Result<Self, GivenTokenError> {
        Self { clock, tokens: Vec::new() }.and(token)
    }

    /// A token by which an administrator sets something up: a user's is taken, too.
    ///
    /// # Errors
    ///
    /// [`GivenTokenError`] for what is no JWT, and one that has expired.
    pub fn of_administrator(token: &Secret, clock: Arc<dyn Clock>) -> Result<Self, GivenTokenError> {
        let (text, claims) = readable(token)?;
        Self { clock, tokens: Vec::new() }.with(text, claims)
    }

    /// One more token, for another audience.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn and(self, token: &Secret) -> Result<Self, GivenTokenError> {
        let (text, claims) = readable(token)?;
        if !claims.is_app_only() {
            let user = claims.upn.clone();
            return Err(GivenTokenError::OfAUser { user, permissions: claims.scp.unwrap_or_default() });
        }
        self.with(text, claims)
    }

    fn with(mut self, text: &str, claims: Claims) -> Result<Self, GivenTokenError> {
        let Some(expires_at) = claims.exp else {
            return Err(GivenTokenError::NotReadable { what: "it does not say when it expires".to_owned() });
        };
        if expires_at <= self.clock.now() {
            return Err(GivenTokenError::Expired { expired_at: expires_at });
        }
        self.tokens.push(Given { token: AccessToken::new(Secret::from(text), expires_at), claims });
        Ok(self)
    }

    /// What the tokens say.
    pub fn claims(&self) -> impl Iterator<Item = &Claims> {
        self.tokens.iter().map(|given| &given.claims)
    }

    fn find(&self, request: &TokenRequest) -> Result<AccessToken, GivenTokenError> {
        if request.claims.is_some() {
            return Err(GivenTokenError::Claims);
        }
        let exact = self.tokens.iter().find(|given| given.claims.is_for(&request.scope) == Some(true));
        // A token that names its resource by the GUID of its app may be the right one.
        let given = exact.or_else(|| self.tokens.iter().find(|given| given.claims.is_for(&request.scope).is_none()));
        let Some(Given { token, .. }) = given else {
            let audiences = self.claims().filter_map(|claims| claims.aud.clone()).collect();
            return Err(GivenTokenError::Audience { audiences, wanted: request.scope.audience().to_owned() });
        };
        if request.rejected.as_ref().is_some_and(|rejected| rejected.secret().expose() == token.secret().expose()) {
            return Err(GivenTokenError::Rejected);
        }
        if token.expires_at() <= self.clock.now() {
            return Err(GivenTokenError::Expired { expired_at: token.expires_at() });
        }
        Ok(token.clone())
    }
}

#[async_trait::async_trait]
impl TokenProvider for GivenToken {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        self.find(request).map_err(SeamError::new)
    }
}

/// The token alone, and what it says.
fn readable(token: &Secret) -> Result<(&str, Claims), GivenTokenError> {
    let text = token.expose().trim();
    let text = text.strip_prefix("Bearer ").or_else(|| text.strip_prefix("bearer ")).unwrap_or(text).trim();
    let claims = Claims::of_jwt(text).map_err(|error| GivenTokenError::NotReadable { what: error.to_string() })?;
    Ok((text, claims))
}

/// Why a given access token cannot be used, or not any longer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GivenTokenError {
    /// It is not a JWT with an end.
    #[error("the given access token cannot be used: {what}")]
    #[non_exhaustive]
    NotReadable {
        /// What is wrong with it.
        what: String,
    },

    /// It is a user's, not an app's.
    #[error("the given access token is that of a user{}, with the permissions `{permissions}`", of(user.as_deref()))]
    #[non_exhaustive]
    OfAUser {
        /// Whose, if it says so.
        user: Option<String>,
        /// What the user has lent to the app.
        permissions: String,
    },

    /// It is for another service.
    #[error("the given access token is for {}, not for `{wanted}`", list(audiences))]
    #[non_exhaustive]
    Audience {
        /// What it is for.
        audiences: Vec<String>,
        /// What is needed.
        wanted: String,
    },

    /// Its time is over.
    #[error("the given access token expired at {}, and there is nothing to renew it with", timestamp::show(*expired_at))]
    #[non_exhaustive]
    Expired {
        /// When it ended.
        expired_at: SystemTime,
    },

    /// The service has refused it, and there is no other.
    #[error("the service refused the given access token, and there is nothing to get another with")]
    Rejected,

    /// The service wants another, and there is no other.
    #[error("the service demands a token with other claims than the given one, and there is nothing to get it with")]
    Claims,
}

impl Diagnose for GivenTokenError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Authentication
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::NotReadable { .. } => {
                "give the token alone: three parts with dots between them, beginning with `eyJ`"
            }
            Self::OfAUser { .. } => {
                "fetch one for the app itself, by client credentials or a managed identity; a token with `scp` acts for a user"
            }
            Self::Audience { .. } => {
                "fetch a token for that resource; Exchange Online and Security & Compliance need one each"
            }
            Self::Expired { .. } => {
                "fetch a new one and start again; a certificate or a managed identity renews its tokens by itself"
            }
            Self::Rejected => "look at its claims; roles are frozen at issue, so fetch a new one after a grant",
            Self::Claims => "sign in with a certificate, which can answer the service's demand",
        };
        Some(hint.into())
    }
}

fn of(user: Option<&str>) -> String {
    user.map(|user| format!(" ({user})")).unwrap_or_default()
}

fn list(audiences: &[String]) -> String {
    if audiences.is_empty() {
        return "an audience that it does not name".to_owned();
    }
    audiences.iter().map(|audience| format!("`{audience}`")).collect::<Vec<_>>().join(" and ")
}
