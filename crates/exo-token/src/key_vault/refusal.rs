//! What a key vault says of itself when it refuses, as data.

use crate::json;
use crate::service_error::clean;
use exo_http::Response;
use exo_model::Secret;
use serde_json::Value;
use std::fmt;

/// What a key vault said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VaultRefusal {
    /// The HTTP status.
    pub status: u16,
    /// The vault's name for the failure, such as `Forbidden` or `CertificateNotFound`.
    pub code: Option<String>,
    /// Its name for the reason, such as `ForbiddenByRbac`.
    pub inner_code: Option<String>,
    /// Its own words, on one line, cut at 1,000 characters.
    pub message: String,
    /// By which the vault's operators find the request.
    pub request_id: Option<String>,
}

/// What the reason of a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// A permission is missing.
    Permission,
    /// The vault takes requests from other networks only.
    Network,
    /// The object is switched off.
    Disabled,
    /// Something else.
    Other,
}

impl VaultRefusal {
    /// Reads the body of an answer that is no success; nothing if it is not a key vault's. The token that was sent is not repeated.
    pub(super) fn parse(response: &Response, sent: &Secret) -> Option<Self> {
        let body = json::object(response.body()).ok()?;
        let error = body.get("error")?.as_object()?;
        let inner = error.get("innererror").or_else(|| error.get("innerError"));
        let clean = |text: &str| clean(text, Some(sent));
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(clean).filter(|text| !text.is_empty());
        let id = response.headers().get("x-ms-request-id").and_then(|value| value.to_str().ok());
        Some(Self {
            status: response.status().as_u16(),
            code: text(error.get("code")),
            inner_code: text(inner.and_then(|inner| inner.get("code"))),
            message: text(error.get("message")).unwrap_or_default(),
            request_id: id.map(clean),
        })
    }

    /// The most exact of the vault's names for the failure.
    pub fn name(&self) -> Option<&str> {
        self.inner_code.as_deref().or(self.code.as_deref())
    }

    /// Whether permissions in this vault come from roles; `None` if it did not say.
    pub fn goes_by_roles(&self) -> Option<bool> {
        match self.inner_code.as_deref()? {
            "ForbiddenByRbac" => Some(true),
            "AccessDenied" | "ForbiddenByPolicy" => Some(false),
            _ => None,
        }
    }

    pub(super) fn reason(&self) -> Reason {
        match self.inner_code.as_deref() {
            Some("ForbiddenByRbac" | "AccessDenied" | "ForbiddenByPolicy") => Reason::Permission,
            Some("ForbiddenByFirewall" | "ForbiddenByConnection") => Reason::Network,
            Some("SecretDisabled" | "KeyDisabled" | "CertificateDisabled") => Reason::Disabled,
            _ if self.message.contains("not allowed on a disabled") => Reason::Disabled,
            None if self.status == 403 => Reason::Permission,
            _ => Reason::Other,
        }
    }
}

impl fmt::Display for VaultRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name)?,
            None => write!(f, "status {}", self.status)?,
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message.trim_end_matches('.'))?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}
