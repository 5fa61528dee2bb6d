//! Why a call brought no result.

use crate::ServiceError;
use exo_model::{CmdletName, Diagnose, ErrorKind, ReadPath, SeamError, Service};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// Why a call brought no result, or no whole one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no token.
    #[error(transparent)]
    Token(SeamError),

    /// The service refused or failed.
    #[error(transparent)]
    Service(Box<ServiceError>),

    /// No answer came.
    #[error("no answer to `{cmdlet}` came; attempts: {attempts}")]
    #[non_exhaustive]
    Transport {
        /// The cmdlet that was called.
        cmdlet: CmdletName,
        /// How often it was sent.
        attempts: u32,
        /// A cmdlet that changes something was sent, so that its effect is unknown.
        uncertain: bool,
        /// What the transport said.
        source: exo_http::Error,
    },

    /// The service asked for more patience than there is.
    #[error(
        "`{cmdlet}` did not come through in the {:.1} s that may be waited for the service (waited {:.1} s, asked to wait {:.1} s more)",
        limit.as_secs_f64(), waited.as_secs_f64(), wanted.as_secs_f64()
    )]
    #[non_exhaustive]
    WaitedTooLong {
        /// The cmdlet that was called.
        cmdlet: CmdletName,
        /// The waits so far.
        waited: Duration,
        /// The wait that was asked for.
        wanted: Duration,
        /// The limit on the sum.
        limit: Duration,
        /// The last answer that asked for patience.
        source: Option<Box<ServiceError>>,
    },

    /// The answer is not what the service gives.
    #[error("the answer to `{cmdlet}` is not understood: {why} (byte {at}, request id {})", request_id.as_deref().unwrap_or("unknown"))]
    #[non_exhaustive]
    Answer {
        /// The cmdlet that was called.
        cmdlet: CmdletName,
        /// What is wrong with it.
        why: &'static str,
        /// Where that was seen.
        at: usize,
        /// A cmdlet that changes something was sent, so that its effect is unknown.
        uncertain: bool,
        /// The id by which support finds the request.
        request_id: Option<String>,
    },

    /// The next page is said to be where the token must not go.
    #[error(
        "the next page of `{cmdlet}` is said to be at `{to}`, not at `{from}` where the run began; nothing was sent there"
    )]
    #[non_exhaustive]
    ForeignLink {
        /// The cmdlet that was called.
        cmdlet: CmdletName,
        /// The host of this page.
        from: String,
        /// The host of the next.
        to: String,
    },

    /// The service gave a link that was followed before.
    #[error("the service gave the same link to the next page of `{cmdlet}` twice, after {pages} pages")]
    #[non_exhaustive]
    RepeatedLink {
        /// The cmdlet that was called.
        cmdlet: CmdletName,
        /// Pages so far.
        pages: u64,
    },

    /// The service dropped the pages before all were read.
    #[error("the service dropped the pages of `{cmdlet}` after {pages} pages; what came is not all")]
    #[non_exhaustive]
    PagesExpired {
        /// The cmdlet that was called.
        cmdlet: CmdletName,
        /// Pages so far.
        pages: u64,
        /// What the service said.
        source: Box<ServiceError>,
    },

    /// A redirect that cannot be followed.
    #[error("the service redirected `{cmdlet}` to `{to}`, which is not followed: {why}")]
    #[non_exhaustive]
    Redirect {
        /// The cmdlet that was called.
        cmdlet: CmdletName,
        /// The host that was named.
        to: String,
        /// Why it is not followed.
        why: &'static str,
    },

    /// The answer is another tenant's.
    #[error("`{cmdlet}` was asked of tenant `{asked}`, and tenant `{answered}` answered")]
    #[non_exhaustive]
    OtherTenant {
        /// The cmdlet that was called.
        cmdlet: CmdletName,
        /// The tenant that was asked.
        asked: String,
        /// The tenant in the answer.
        answered: String,
    },

    /// A parameter cannot be sent.
    #[error("parameter `{name}` of `{cmdlet}` cannot be sent: {why}")]
    #[non_exhaustive]
    Parameter {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The parameter.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },

    /// What the call shares with others came to nothing: a batch, or the question for the service's key.
    #[error("`{cmdlet}` has no answer: {what} came to nothing")]
    #[non_exhaustive]
    Shared {
        /// The cmdlet that was called.
        cmdlet: CmdletName,
        /// What they share.
        what: &'static str,
        /// Why; the same for all of them.
        source: Arc<Error>,
    },

    /// The path that was asked for cannot express the call.
    #[error("`{cmdlet}` cannot go by {}: {why}", path.title())]
    #[non_exhaustive]
    Path {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The path that was asked for.
        path: ReadPath,
        /// What it cannot express.
        why: String,
    },

    /// The call is for the other service.
    #[error("`{cmdlet}` is to run on {}, and this session is for {}", asked.title(), session.title())]
    #[non_exhaustive]
    OtherService {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The service it is to run on.
        asked: Service,
        /// The session's service.
        session: Service,
    },

    /// The request cannot be written as HTTP.
    #[error("the request for `{cmdlet}` cannot be written: {what} is not valid in HTTP")]
    #[non_exhaustive]
    Request {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// Which part; never its content, which may be the token.
        what: &'static str,
    },
}

impl Error {
    /// Takes the error through the seam, with the service's own name for it.
    pub(crate) fn into_seam(self) -> SeamError {
        match self {
            Self::Token(error) => error,
            Self::Service(error) => {
                let name = error.name();
                SeamError::new(Self::Service(error)).code(name)
            }
            Self::PagesExpired { .. } => SeamError::new(self).code("PagesExpired"),
            other => SeamError::new(other),
        }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Token(error) => error.kind(),
            // A service that is down may ask for patience as well as one that throttles.
            Self::Service(error) | Self::WaitedTooLong { source: Some(error), .. } => error.kind(),
            Self::Transport { source, .. } => source.kind(),
            Self::WaitedTooLong { source: None, .. } => ErrorKind::Throttled,
            Self::PagesExpired { .. } => ErrorKind::Unavailable,
            Self::Shared { source, .. } => source.kind(),
            Self::Parameter { .. } | Self::Path { .. } => ErrorKind::Usage,
            Self::OtherService { .. } | Self::Request { .. } => ErrorKind::Fault,
            Self::Answer { .. }
            | Self::ForeignLink { .. }
            | Self::RepeatedLink { .. }
            | Self::Redirect { .. }
            | Self::OtherTenant { .. } => ErrorKind::Answer,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Token(error) => error.hint(),
            Self::Service(error) => error.hint(),
            Self::Transport { cmdlet, uncertain: true, .. } | Self::Answer { cmdlet, uncertain: true, .. } => {
                Some(format!("whether `{cmdlet}` ran is unknown; look at the object before you try again").into())
            }
            Self::Transport { source, .. } => source.hint(),
            Self::Shared { source, .. } => source.hint(),
            Self::WaitedTooLong { .. } if self.kind() == ErrorKind::Unavailable => {
                Some("the service is not available; allow longer waits, or try again later".into())
            }
            Self::WaitedTooLong { .. } => {
                Some("run fewer calls at a time, allow longer waits, or try again later".into())
            }
            Self::PagesExpired { .. } => Some(
                "run again; if it happens every time, check that the organization is the tenant's initial domain"
                    .into(),
            ),
            Self::Path { .. } => Some("InvokeCommand can express every call; ask for no path to let it be chosen".into()),
            Self::OtherTenant { .. } => Some("check that organization and tenant name the same tenant".into()),
            Self::Answer { .. } => Some("try again later; if it happens every time, check the hosts, and whether a proxy answers in the service's place".into()),
            Self::Redirect { .. } | Self::ForeignLink { .. } => {
                Some("check the cloud, and the hosts if they were given".into())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
