//! What the token service says when it refuses, as data, and what it means for the set-up.

use crate::{Aadsts, SetupStep, json};
use exo_model::{AppId, Secret};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// A refusal of the token service, in its own words.
///
/// ```
/// use exo_token::{ServiceError, SetupStep};
/// let body = br#"{"error":"unauthorized_client",
///     "error_description":"AADSTS700016: Application with identifier 'x' was not found in the directory 'Contoso'. Trace ID: 1",
///     "error_codes":[700016],"trace_id":"1"}"#;
/// let error = ServiceError::parse(400, body).unwrap();
/// assert_eq!(error.code(), Some(700016));
/// assert_eq!(error.setup_step(), Some(SetupStep::Register));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceError {
    /// The HTTP status.
    pub status: u16,
    /// The OAuth code, such as `invalid_client`.
    pub error: String,
    /// The service's own codes, the one of the description first.
    pub codes: Vec<u32>,
    /// The first sentence of the description.
    pub description: String,
    /// What the service says is wrong with the certificate, where it says so.
    pub reason: Option<KeyReason>,
    /// A closer name for the error, in some answers.
    pub suberror: Option<String>,
    /// By which the service finds the request in its log.
    pub trace_id: Option<String>,
    /// The id that the client sent, or another that the service chose.
    pub correlation_id: Option<String>,
    /// The service's time, as it wrote it.
    pub timestamp: Option<String>,
    /// What a policy demands; no challenge that an app could meet.
    pub claims: Option<String>,
    /// The id that the client sent with the request.
    pub client_request_id: Option<String>,
    /// By how many seconds the service's clock was ahead of ours, where that was looked at.
    pub clock_ahead_seconds: Option<i64>,
}

/// Why a certificate was not accepted, out of the text of code 700027.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyReason {
    /// No certificate with this thumbprint is attached to the app.
    NotFound,
    /// The private key is not the one of the attached certificate.
    WrongSignature,
    /// The certificate has expired on the app.
    Expired,
}

impl ServiceError {
    /// Reads the body of an answer that is no success; `None` if it is not the JSON object of an OAuth error.
    pub fn parse(status: u16, body: &[u8]) -> Option<Self> {
        Self::parse_without(status, body, None)
    }

    /// The same, without the secret that was sent.
    pub(crate) fn parse_without(status: u16, body: &[u8], sent: Option<&Secret>) -> Option<Self> {
        let members = json::object(body).ok()?;
        let text = |name: &str| members.get(name).and_then(text_of).map(|t| clean(&t, sent));
        let error = text("error")?;
        let whole = text("error_description").unwrap_or_default();
        Some(Self {
            status,
            error,
            codes: codes(members.get("error_codes"), &whole),
            reason: KeyReason::find(&whole),
            description: first_sentence(&whole),
            suberror: text("suberror"),
            trace_id: text("trace_id"),
            correlation_id: text("correlation_id"),
            timestamp: text("timestamp"),
            claims: text("claims"),
            client_request_id: None,
            clock_ahead_seconds: None,
        })
    }

    /// The service's own code, such as 700027.
    pub fn code(&self) -> Option<u32> {
        self.codes.first().copied()
    }

    /// What is known of the first of the codes that anything is known of.
    pub fn known(&self) -> Option<&'static Aadsts> {
        self.codes.iter().find_map(|code| Aadsts::find(*code))
    }

    /// The set-up step that is most likely open.
    pub fn setup_step(&self) -> Option<SetupStep> {
        match (self.code(), self.reason) {
            (Some(700_027), Some(KeyReason::WrongSignature | KeyReason::Expired)) => Some(SetupStep::Certificate),
            _ => self.known()?.steps.first().copied(),
        }
    }

    /// What to do.
    pub fn remedy(&self) -> Cow<'static, str> {
        match (self.code(), self.reason, self.clock_ahead_seconds) {
            (Some(700_027), Some(KeyReason::WrongSignature), _) => {
                "use the private key that belongs to the certificate attached to the app".into()
            }
            (Some(700_027), Some(KeyReason::Expired), _) => {
                "the certificate has expired on the app; make a new one and attach it".into()
            }
            (Some(700_024), _, Some(ahead)) if ahead.abs() > 60 => {
                let direction = if ahead > 0 { "behind" } else { "ahead of" };
                let seconds = ahead.abs();
                format!("set this machine's clock; it is {seconds} seconds {direction} the service's").into()
            }
            _ => self.known_remedy(),
        }
    }

    fn known_remedy(&self) -> Cow<'static, str> {
        let remedy = self.known().map_or(UNKNOWN, |entry| entry.remedy);
        match self.policies().as_slice() {
            [] => remedy.into(),
            [policy] => format!("{remedy}; it is policy {policy}").into(),
            policies => format!("{remedy}; they are the policies {}", policies.join(", ")).into(),
        }
    }

    /// The Conditional Access policies that block the app, by their ids, where the service names them.
    pub fn policies(&self) -> Vec<String> {
        let claims: Value = self.claims.as_deref().and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
        let values = claims.pointer("/access_token/capolids/values").and_then(Value::as_array);
        let ids = values.into_iter().flatten().filter_map(Value::as_str);
        ids.filter(|id| id.parse::<AppId>().is_ok()).map(str::to_owned).take(20).collect()
    }

    /// Whether the service calls its own refusal a passing one.
    pub fn is_temporary(&self) -> bool {
        self.error == "temporarily_unavailable"
    }

    /// By which the client finds the request in its own log.
    fn id(&self) -> Option<&String> {
        self.correlation_id.as_ref().or(self.client_request_id.as_ref())
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.description.as_str() {
            "" => write!(f, "{} (status {}", self.error, self.status)?,
            description => write!(f, "{description} ({}, status {}", self.error, self.status)?,
        }
        for (name, value) in [("trace id", self.trace_id.as_ref()), ("correlation id", self.id())] {
            if let Some(value) = value {
                write!(f, ", {name} {value}")?;
            }
        }
        match &self.timestamp {
            Some(time) => write!(f, ", at {time})"),
            None => f.write_str(")"),
        }
    }
}

impl KeyReason {
    fn find(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let has = |part: &str| text.contains(part);
        if has("key was not found") {
            Some(Self::NotFound)
        } else if has("signature value did not match") || has("signature is invalid") {
            Some(Self::WrongSignature)
        } else if has("is expired on application") || has("key was expired") || has("key is expired") {
            Some(Self::Expired)
        } else {
            None
        }
    }
}

const UNKNOWN: &str =
    "look the code up in Microsoft's list of AADSTS codes, or give the trace id to Microsoft's support";

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// One line, cut, without anything that looks like a token, and without the secret that was sent. The cut comes last, since
/// it could leave a half of either.
pub(crate) fn clean(text: &str, sent: Option<&Secret>) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.+/=".contains(c);
    let mut shown = String::with_capacity(line.len());
    for word in line.split_inclusive(|c: char| !is_part(c)) {
        let (core, end) = match word.char_indices().next_back() {
            Some((at, last)) if !is_part(last) => word.split_at(at),
            _ => (word, ""),
        };
        // A JSON object in base64 begins so: the header of every JWT.
        let is_token = core.len() > 40 && core.contains("eyJ");
        shown.push_str(if is_token { "***" } else { core });
        shown.push_str(end);
    }
    let shown = without(&shown, sent.map(|secret| secret.expose().trim()).unwrap_or_default());
    shown.chars().take(LONGEST).collect::<String>().trim().to_owned()
}

/// The text with three stars in place of a secret, however its letters are written.
fn without<'a>(text: &'a str, secret: &str) -> Cow<'a, str> {
    let (lower, secret) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    if secret.len() < SHORTEST || !lower.contains(&secret) {
        return text.into();
    }
    let (mut shown, mut end) = (String::with_capacity(text.len()), 0);
    for (at, found) in lower.match_indices(&secret) {
        shown.push_str(text.get(end..at).unwrap_or_default());
        shown.push_str("***");
        end = at + found.len();
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    shown.into()
}

/// What is shorter hides nothing, and may stand in any word.
const SHORTEST: usize = 4;

/// More of a text than this is not kept.
const LONGEST: usize = 1000;

fn first_sentence(text: &str) -> String {
    let head = TRAILERS.iter().filter_map(|mark| text.find(mark)).min();
    let text = head.and_then(|at| text.get(..at)).unwrap_or(text);
    let end = [". ", ".  ", "  "].iter().filter_map(|mark| text.find(mark)).min();
    let sentence = end.and_then(|at| text.get(..at)).unwrap_or(text);
    sentence.trim().trim_end_matches('.').to_owned()
}

/// What the service appends to its descriptions.
const TRAILERS: &[&str] = &["Trace ID:", "Correlation ID:", "Timestamp:"];

/// The codes of the list, and where there is none those of the text.
pub(crate) fn codes(list: Option<&Value>, text: &str) -> Vec<u32> {
    let listed = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let listed = listed.iter().filter_map(|v| text_of(v)?.parse().ok());
    let written = text.split("AADSTS").skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    let mut codes: Vec<u32> = Vec::new();
    // The text's first code is the headline; a list may hold its causes before it.
    for code in written.chain(listed) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

#[cfg(test)]
#[path = "service_error/tests.rs"]
mod tests;
