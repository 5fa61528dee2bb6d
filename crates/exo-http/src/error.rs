//! Why an exchange brought no answer.

use exo_model::{Diagnose, ErrorKind};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

/// The cause below an [`Error`], whoever it comes from.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// What was being waited for when the time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The connection, TLS included.
    Connect,
    /// The first line and the headers of the answer.
    Answer,
    /// The rest of the body.
    Body,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "a connection",
            Self::Answer => "an answer",
            Self::Body => "the rest of the answer",
        })
    }
}

/// Why an exchange brought no answer. An answer of any status is not an error here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name has no address.
    #[error("no address was found for `{host}`")]
    #[non_exhaustive]
    Dns {
        /// The name that was looked up.
        host: String,
        /// What the system said.
        source: Cause,
    },

    /// No connection came about.
    #[error("could not connect to `{host}`")]
    #[non_exhaustive]
    Connect {
        /// The host the request was for.
        host: String,
        /// What the system said.
        source: Cause,
    },

    /// The proxy opened no way to the host.
    #[error("the proxy opened no connection to `{host}`")]
    #[non_exhaustive]
    Proxy {
        /// The host the request was for.
        host: String,
        /// What the proxy said.
        source: Cause,
    },

    /// The server's certificate was not accepted, or there is no common ground for TLS.
    #[error("no trusted TLS connection to `{host}`")]
    #[non_exhaustive]
    Tls {
        /// The host the request was for.
        host: String,
        /// What the TLS library said.
        source: Cause,
    },

    /// The time was over.
    #[error("`{host}` took too long; waited in vain for {phase}")]
    #[non_exhaustive]
    Timeout {
        /// The host the request was for.
        host: String,
        /// What was being waited for.
        phase: Phase,
    },

    /// The connection broke before an answer began.
    #[error("the connection to `{host}` broke before an answer came")]
    #[non_exhaustive]
    Reset {
        /// The host the request was for.
        host: String,
        /// What the system said.
        source: Cause,
    },

    /// The body ended before its end.
    #[error("the answer of `{host}` broke off after {received} bytes")]
    #[non_exhaustive]
    Truncated {
        /// The host the request was for.
        host: String,
        /// How much of the body came, as it was sent.
        received: usize,
    },

    /// The body is longer than is taken.
    #[error("the answer of `{host}` is longer than {limit} bytes")]
    #[non_exhaustive]
    TooLarge {
        /// The host the request was for.
        host: String,
        /// The limit, in unpacked bytes.
        limit: usize,
    },

    /// What came is not HTTP, or its packing is damaged.
    #[error("the answer of `{host}` is garbled")]
    #[non_exhaustive]
    Garbled {
        /// The host the request was for.
        host: String,
        /// What could not be read.
        source: Cause,
    },

    /// The request cannot be sent as it is.
    #[error("the request to `{host}` cannot be sent")]
    #[non_exhaustive]
    Request {
        /// The host the request was for; empty if it names none.
        host: String,
        /// What is wrong with it.
        source: Cause,
    },

    /// An extra CA certificate cannot be used.
    #[error("the extra CA certificates cannot be used: {why}")]
    #[non_exhaustive]
    ExtraCa {
        /// What is wrong with them.
        why: String,
    },

    /// The proxy's address cannot be used; it is not repeated, since it may hold a password.
    #[error("the address of the proxy is not a URL such as http://proxy.example:8080")]
    ProxyAddress,

    /// The transport cannot be set up.
    #[error("TLS could not be set up")]
    #[non_exhaustive]
    Setup {
        /// What the library said.
        source: Cause,
    },
}

impl Error {
    /// The connection broke before an answer began; for fakes and scripts.
    pub fn reset(host: impl Into<String>) -> Self {
        Self::Reset { host: host.into(), source: "connection reset by peer".into() }
    }

    /// No connection came about; for fakes and scripts.
    pub fn connect(host: impl Into<String>) -> Self {
        Self::Connect { host: host.into(), source: "connection refused".into() }
    }

    /// The name has no address; for fakes and scripts.
    pub fn dns(host: impl Into<String>) -> Self {
        Self::Dns { host: host.into(), source: "name or service not known".into() }
    }

    /// The server's certificate was not accepted; for fakes and scripts.
    pub fn tls(host: impl Into<String>) -> Self {
        Self::Tls { host: host.into(), source: "invalid peer certificate: UnknownIssuer".into() }
    }

    /// The time was over; for fakes and scripts.
    pub fn timeout(host: impl Into<String>, phase: Phase) -> Self {
        Self::Timeout { host: host.into(), phase }
    }

    /// The body ended before its end; for fakes and scripts.
    pub fn truncated(host: impl Into<String>, received: usize) -> Self {
        Self::Truncated { host: host.into(), received }
    }

    /// The body is longer than is taken; for fakes and scripts.
    pub fn too_large(host: impl Into<String>, limit: usize) -> Self {
        Self::TooLarge { host: host.into(), limit }
    }

    /// Whether the server can have received the request, so that its effect is unknown.
    pub fn may_have_been_sent(&self) -> bool {
        match self {
            Self::Timeout { phase, .. } => *phase != Phase::Connect,
            Self::Reset { .. } | Self::Truncated { .. } | Self::TooLarge { .. } | Self::Garbled { .. } => true,
            Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Proxy { .. }
            | Self::Tls { .. }
            | Self::Request { .. }
            | Self::ExtraCa { .. }
            | Self::ProxyAddress
            | Self::Setup { .. } => false,
        }
    }

    /// Whether the same request may well succeed a little later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Dns { .. }
                | Self::Connect { .. }
                | Self::Timeout { .. }
                | Self::Reset { .. }
                | Self::Truncated { .. }
        )
    }

    /// The host that the request was for, where there is one.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Dns { host, .. }
            | Self::Connect { host, .. }
            | Self::Proxy { host, .. }
            | Self::Tls { host, .. }
            | Self::Timeout { host, .. }
            | Self::Reset { host, .. }
            | Self::Truncated { host, .. }
            | Self::TooLarge { host, .. }
            | Self::Garbled { host, .. }
            | Self::Request { host, .. } => Some(host),
            Self::ExtraCa { .. } | Self::ProxyAddress | Self::Setup { .. } => None,
        }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooLarge { .. } | Self::Garbled { .. } => ErrorKind::Answer,
            Self::ExtraCa { .. } | Self::ProxyAddress => ErrorKind::Profile,
            Self::Request { .. } => ErrorKind::Fault,
            _ => ErrorKind::Unavailable,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Dns { .. } => "check the network, the name, and whether a proxy is needed",
            Self::Connect { .. } => "check the network, the firewall, and whether a proxy is needed",
            Self::Proxy { .. } => {
                "check the proxy's address, its user and password, and whether it lets this host through"
            }
            Self::Tls { .. } => {
                "if a proxy or an emulator signs with a CA of its own, name that CA's certificate as an extra CA"
            }
            Self::ExtraCa { .. } => "give the CA's certificate in PEM form, beginning with -----BEGIN CERTIFICATE-----",
            Self::Setup { .. } => {
                "install the system's CA certificates (package ca-certificates), or name a CA's certificate as an extra CA"
            }
            Self::Reset { .. } | Self::Truncated { .. } | Self::Timeout { .. } => {
                "try again later; if it happens every time, look at a proxy or firewall between"
            }
            Self::TooLarge { .. } | Self::Garbled { .. } => {
                "check the address, and whether a proxy or another server answers in its place"
            }
            Self::Request { .. } | Self::ProxyAddress => return None,
        };
        Some(hint.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sent_may_have_had_an_effect() {
        assert!(!Error::connect("h").may_have_been_sent());
        assert!(!Error::dns("h").may_have_been_sent());
        assert!(!Error::tls("h").may_have_been_sent());
        assert!(!Error::timeout("h", Phase::Connect).may_have_been_sent());
        assert!(Error::timeout("h", Phase::Answer).may_have_been_sent());
        assert!(Error::reset("h").may_have_been_sent());
        assert!(Error::truncated("h", 1).may_have_been_sent());
        assert!(Error::too_large("h", 1).may_have_been_sent());
    }

    #[test]
    fn what_will_not_change_is_not_transient() {
        assert!(Error::reset("h").is_transient());
        assert!(Error::dns("h").is_transient());
        assert!(!Error::tls("h").is_transient());
        assert!(!Error::too_large("h", 1).is_transient());
    }

    #[test]
    fn a_tls_failure_names_the_host_and_the_way_out() {
        let error = Error::tls("login.example");
        assert!(error.to_string().contains("`login.example`"));
        assert!(error.hint().unwrap().contains("extra CA"));
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(Error::too_large("h", 1).kind(), ErrorKind::Answer);
    }
}
