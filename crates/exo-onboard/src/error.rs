//! Why the set-up did not come about.

use crate::{GraphError, Namesake, Privilege, Step};
use exo_http::Error as TransportError;
use exo_model::{AppId, Diagnose, ErrorKind, SeamError, Service};
use std::borrow::Cow;
use std::time::Duration;

/// Why the set-up did not come about. What was done until then stands, and the next run goes on from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no token for Microsoft Graph.
    #[error("there is no access token for Microsoft Graph")]
    #[non_exhaustive]
    Token {
        /// What the provider said.
        source: SeamError,
    },

    /// The exchange broke.
    #[error("`{call}` got no answer (client request id {client_request_id})")]
    #[non_exhaustive]
    Transport {
        /// The call.
        call: String,
        /// By which both sides find it.
        client_request_id: String,
        /// What the transport said.
        source: TransportError,
    },

    /// Microsoft Graph refused.
    #[error("Microsoft Graph refused `{call}`: {error}")]
    #[non_exhaustive]
    Refused {
        /// The call.
        call: String,
        /// What it asks of whoever sends it.
        needs: Privilege,
        /// In Graph's words.
        error: Box<GraphError>,
    },

    /// Microsoft Graph asked for fewer calls.
    #[error("Microsoft Graph throttles `{call}`: {error}")]
    #[non_exhaustive]
    Throttled {
        /// The call.
        call: String,
        /// In Graph's words.
        error: Box<GraphError>,
    },

    /// Microsoft Graph is not available.
    #[error("Microsoft Graph is not available for `{call}`: {error}")]
    #[non_exhaustive]
    Outage {
        /// The call.
        call: String,
        /// In Graph's words.
        error: Box<GraphError>,
    },

    /// The answer is not what Microsoft Graph says.
    #[error("what was answered to `{call}` is not understood: {what} (client request id {client_request_id})")]
    #[non_exhaustive]
    NotUnderstood {
        /// The call.
        call: String,
        /// What is wrong with it.
        what: &'static str,
        /// By which both sides find it.
        client_request_id: String,
    },

    /// A collection goes on at another host, which must not get the token.
    #[error("the next page of `{call}` is at another host, which is not given the token: `{link}`")]
    #[non_exhaustive]
    ForeignLink {
        /// The call.
        call: String,
        /// Where the next page is, without its query.
        link: String,
    },

    /// There are apps of the wanted name.
    #[error("{} named `{display_name}` already: {}", count(same), joined(same))]
    #[non_exhaustive]
    NameTaken {
        /// The name.
        display_name: String,
        /// The apps.
        same: Vec<Namesake>,
    },

    /// The app that was asked for, or made earlier, is not there.
    #[error("there is no app {app_id} in this tenant")]
    #[non_exhaustive]
    Gone {
        /// Its application id.
        app_id: String,
    },

    /// What was made did not become visible in time.
    #[error("{step} did not come about within {} minutes of trying", waited.as_secs() / 60)]
    #[non_exhaustive]
    NotYet {
        /// What was waited for.
        step: Step,
        /// How long.
        waited: Duration,
        /// What was said last.
        #[source]
        last: Option<Box<Self>>,
    },

    /// The app cannot sign in to a service, though everything is set up.
    #[error("the app is set up, but signing in to {} failed", service.title())]
    #[non_exhaustive]
    SignIn {
        /// The app.
        app_id: AppId,
        /// The service.
        service: Service,
        /// How long it was tried.
        waited: Duration,
        /// What was said last.
        source: SeamError,
    },

    /// The proof by which the app changes its own certificates could not be signed.
    #[error("the proof of holding the app's certificate could not be signed")]
    #[non_exhaustive]
    Proof {
        /// What the certificate's key said.
        source: exo_cert::Error,
    },

    /// A cmdlet of the set-up failed.
    #[error("`{cmdlet}` failed")]
    #[non_exhaustive]
    Cmdlet {
        /// The cmdlet.
        cmdlet: &'static str,
        /// What the service said.
        source: SeamError,
    },

    /// What must be remembered could not be kept, so nothing more was changed.
    #[error("what the next run must know could not be kept")]
    #[non_exhaustive]
    Keep {
        /// What the caller said.
        source: SeamError,
    },
}

impl Error {
    /// What Microsoft Graph said, if it said something.
    pub fn graph_error(&self) -> Option<&GraphError> {
        match self {
            Self::Refused { error, .. } | Self::Throttled { error, .. } | Self::Outage { error, .. } => Some(error),
            Self::NotYet { last: Some(last), .. } => last.graph_error(),
            _ => None,
        }
    }

    /// Whether the object that the call was about is not there, or not there yet.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error.is_absent())
    }
}

impl Diagnose for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Token { source }
            | Self::SignIn { source, .. }
            | Self::Keep { source }
            | Self::Cmdlet { source, .. } => source.kind(),
            Self::Proof { source } => source.kind(),
            Self::Transport { source, .. } => source.kind(),
            Self::Refused { error, .. } => match error.status {
                401 => ErrorKind::Authentication,
                403 => ErrorKind::Authorization,
                _ => ErrorKind::Refused,
            },
            Self::Throttled { .. } => ErrorKind::Throttled,
            Self::Outage { .. } | Self::NotYet { .. } => ErrorKind::Unavailable,
            Self::NotUnderstood { .. } | Self::ForeignLink { .. } => ErrorKind::Answer,
            Self::NameTaken { .. } | Self::Gone { .. } => ErrorKind::Usage,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Token { source }
            | Self::SignIn { source, .. }
            | Self::Keep { source }
            | Self::Cmdlet { source, .. } => source.hint(),
            Self::Proof { source } => source.hint(),
            Self::Transport { source, .. } => source.hint(),
            Self::Refused { error, needs, .. } => refused(error, *needs),
            Self::Throttled { error, .. } | Self::Outage { error, .. } => Some(later(error)),
            Self::NotYet { .. } => {
                Some("changes can take longer to reach all of the directory; run the same again, it goes on where it stands".into())
            }
            Self::NotUnderstood { .. } | Self::ForeignLink { .. } => {
                Some("check the address of Microsoft Graph, and whether a proxy answers in its place".into())
            }
            Self::NameTaken { .. } => {
                Some("choose one of them to be completed, ask for another one beside them, or take another name".into())
            }
            Self::Gone { .. } => Some(
                "it may have been deleted, which can be undone for thirty days, or belong to another tenant; without what was kept of it, a new one is made".into(),
            ),
        }
    }
}

impl From<Error> for SeamError {
    fn from(error: Error) -> Self {
        let code = error.graph_error().and_then(|said| said.code.clone());
        let seam = Self::new(error);
        match code {
            Some(code) => seam.code(code),
            None => seam,
        }
    }
}

fn later(error: &GraphError) -> Cow<'static, str> {
    match error.retry_after.map(|wait| wait.as_secs()) {
        Some(seconds) => format!("run the same again in {seconds} seconds; it goes on where it stands").into(),
        None => "run the same again later; it goes on where it stands".into(),
    }
}

/// What to do about a refusal: which privilege or administrator's role lacks, or what a known code means.
fn refused(error: &GraphError, needs: Privilege) -> Option<Cow<'static, str>> {
    let code = error.code.as_deref().unwrap_or_default();
    if code == "CredentialInvalidLifetimeAsPerAppPolicy" {
        return Some("the tenant's policy allows no certificate of such a length; make a shorter one".into());
    }
    if error.is_fixed_key() {
        return Some("an entry that is there was not taken back; add the new certificate in the portal, or let the app do it itself".into());
    }
    match error.status {
        401 => Some("the token is not one for Microsoft Graph in this tenant, or has ended; sign in again".into()),
        403 => Some(lacks(needs).into()),
        _ => None,
    }
}

fn lacks(needs: Privilege) -> String {
    let permissions = needs.permissions().join(" and ");
    let mut advice = match needs.permissions() {
        [] => format!("{needs} the app needs no permission, but the signature must be by one of its certificates"),
        _ => format!("{needs} the token needs {permissions}"),
    };
    if let Some(role) = needs.administrator() {
        advice.push_str(", and a person who signs in the role ");
        advice.push_str(role);
    }
    advice
}

fn count(same: &[Namesake]) -> String {
    match same.len() {
        1 => "there is an app".to_owned(),
        many => format!("there are {many} apps"),
    }
}

fn joined(same: &[Namesake]) -> String {
    same.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
