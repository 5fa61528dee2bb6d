//! The service's errors as data: codes, exception types, request ids, and what they mean.

use crate::{challenge, diagnosis};
use exo_http::Response;
use exo_model::{CmdletName, Diagnose, ErrorKind, ReadPath, Service, without_tokens};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// What the service said when it refused or failed, in its own words, cut at 1,000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceError {
    /// The cmdlet that was called.
    pub cmdlet: CmdletName,
    /// Where it was called.
    pub service: Service,
    /// By which path.
    pub path: ReadPath,
    /// The status of HTTP.
    pub status: u16,
    /// The service's name for the status, such as `NotFound`.
    pub code: Option<String>,
    /// The id of the message, the same in every language, such as `Ex6F9304`.
    pub id: Option<String>,
    /// The full name of the exception's type.
    pub exception: Option<String>,
    /// The text; empty if the answer had none that can be shown.
    pub text: String,
    /// The value of `x-ms-diagnostics`: the front end's reason for 401 and 403.
    pub diagnostics: Option<String>,
    /// The id by which support finds the request.
    pub request_id: Option<String>,
    /// The back end that answered.
    pub server: Option<String>,
    /// The time of the answer, as the service wrote it.
    pub date: Option<String>,
    /// The host that signs in for the service's cloud, where a refused token is answered with it.
    pub sign_in_host: Option<String>,
    /// What the service warned of beside the error.
    pub warnings: Vec<String>,
    pub(crate) sign: Sign,
    /// The call did not run, since it reached another server than that of its mailbox.
    pub(crate) elsewhere: bool,
    /// The body had the form of the service's own errors.
    pub(crate) readable: bool,
}

impl ServiceError {
    /// Reads an answer that is not a success, whatever its body is.
    pub(crate) fn of(service: Service, cmdlet: &CmdletName, response: &Response) -> Self {
        let headers = response.headers();
        let told = Told::of(response.body());
        let status = response.status();
        let exception = told.exception.or_else(|| named(headers, "x-exceptiontype"));
        let target = named(headers, "x-exceptiontargettype").unwrap_or_default();
        // A call that was passed on holds a second error in its text, so names are looked for everywhere.
        let everything = [told.everything.as_str(), exception.as_deref().unwrap_or_default(), &target];
        let holds = |names: &[&str]| names.iter().any(|name| everything.iter().any(|text| text.contains(name)));
        Self {
            cmdlet: cmdlet.clone(),
            service,
            path: ReadPath::default(),
            status: status.as_u16(),
            code: told.code,
            id: told.id.as_deref().map(short),
            text: short(&told.text),
            diagnostics: named(headers, "x-ms-diagnostics"),
            request_id: named(headers, "request-id"),
            server: named(headers, "x-calculatedbetarget"),
            date: named(headers, header::DATE.as_str()),
            sign: if status == StatusCode::TOO_MANY_REQUESTS || holds(&[THROTTLED]) {
                Sign::Throttled
            } else if status == StatusCode::BAD_REQUEST && holds(&[PAGE_EXPIRED]) {
                Sign::PagesExpired
            } else if holds(TRANSIENT) {
                Sign::Transient
            } else {
                Sign::None
            },
            sign_in_host: challenge::sign_in_host(headers),
            elsewhere: holds(NEEDS_PROXY),
            warnings: told.warnings,
            readable: told.readable,
            exception: exception.map(|name| short(&name)),
        }
    }

    /// The number of `x-ms-diagnostics`, such as 2000008.
    pub(crate) fn diagnostics_number(&self) -> Option<u32> {
        self.diagnostics.as_deref()?.split(';').next()?.trim().parse().ok()
    }

    /// The shortest name of the failure: exception type, else the service's code, else the status.
    pub(crate) fn name(&self) -> String {
        let exception = self.exception.as_deref().and_then(|e| e.rsplit('.').next()).filter(|e| !e.is_empty());
        exception.or(self.code.as_deref()).map_or_else(|| self.status.to_string(), str::to_owned)
    }
}

impl Diagnose for ServiceError {
    fn kind(&self) -> ErrorKind {
        if self.sign == Sign::Throttled {
            return ErrorKind::Throttled;
        }
        match self.status {
            401 if diagnosis::lacks_permission(self) => ErrorKind::Authorization,
            401 => ErrorKind::Authentication,
            403 => ErrorKind::Authorization,
            _ if self.text.contains(diagnosis::UNSUPPORTED_ROLE) => ErrorKind::Authorization,
            408 | 500..=599 => ErrorKind::Unavailable,
            _ if self.sign == Sign::Transient => ErrorKind::Unavailable,
            _ if self.readable => ErrorKind::Refused,
            _ => ErrorKind::Answer,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        diagnosis::hint(self)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|s| s.canonical_reason()).unwrap_or_default();
        write!(f, "{} answered `{}`", self.service.title(), self.cmdlet)?;
        if self.path != ReadPath::InvokeCommand {
            write!(f, " by {}", self.path.title())?;
        }
        write!(f, " with {}", self.status)?;
        if !reason.is_empty() {
            write!(f, " {reason}")?;
        }
        let exception = self.exception.as_deref().and_then(|e| e.rsplit('.').next()).unwrap_or_default();
        for part in [exception, &self.text] {
            if !part.is_empty() {
                write!(f, ": {part}")?;
            }
        }
        let facts = [
            ("diagnostics", &self.diagnostics),
            ("server", &self.server),
            ("request id", &self.request_id),
            ("time", &self.date),
        ];
        let facts: Vec<String> =
            facts.iter().filter_map(|(name, fact)| Some(format!("{name} {}", fact.as_deref()?))).collect();
        if facts.is_empty() { Ok(()) } else { write!(f, " ({})", facts.join(", ")) }
    }
}

impl std::error::Error for ServiceError {}

/// What decides how to go on, wherever in an answer it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Too many calls, under any status.
    Throttled,
    /// The link to a page came too late, or to the wrong back end.
    PagesExpired,
    /// An exception that passes.
    Transient,
    /// Nothing of these.
    None,
}

/// What a body tells.
#[derive(Debug, Default)]
struct Told {
    code: Option<String>,
    id: Option<String>,
    exception: Option<String>,
    text: String,
    warnings: Vec<String>,
    /// All texts of the error, for names that may stand anywhere.
    everything: String,
    /// Whether the body has the form of the service's own errors.
    readable: bool,
}

impl Told {
    fn of(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::of_json(&value),
            Err(_) => Self::of_text(&String::from_utf8_lossy(body)),
        }
    }

    fn of_json(value: &Value) -> Self {
        let Some(error) = value.get("error").or_else(|| value.get("odata.error")) else {
            let text = value.get("Message").or_else(|| value.get("message")).and_then(Value::as_str);
            let text = text.unwrap_or_default().to_owned();
            return Self { everything: value.to_string(), readable: !text.is_empty(), text, ..Self::default() };
        };
        let at = |path: &str| error.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
        let details = error.get("details").and_then(Value::as_array).into_iter().flatten();
        let detail = details.filter_map(|detail| detail.get("message")?.as_str()).find(|text| !text.is_empty());
        let texts = ["/innererror/internalexception/message", "/innererror/message", "/message", "/message/value"];
        let texts = || detail.into_iter().chain(texts.iter().filter_map(|path| at(path)));
        // `Exception of type '…' was thrown.` says less than the texts further out.
        let told = texts().find(|text| !text.starts_with("Exception of type '")).or_else(|| texts().next());
        let (id, exception, text) = parts(told.or_else(|| error.as_str()).unwrap_or_default());
        // A server that passed the call on tells what the other one said.
        if let Some(inner) = passed_on(&text) {
            let inner = Self::of_json(&inner);
            let code = at("/code").map(short).or(inner.code);
            let everything = without_stacks(error).to_string();
            return Self { code, id: inner.id.or(id), everything, warnings: warnings(value, error), ..inner };
        }
        let types = ["/innererror/internalexception/type", "/innererror/type"];
        Self {
            code: at("/code").map(short).or_else(|| error.get("code")?.as_i64().map(|code| code.to_string())),
            id,
            exception: exception.or_else(|| types.iter().find_map(|path| at(path)).map(str::to_owned)),
            text,
            warnings: warnings(value, error),
            everything: without_stacks(error).to_string(),
            readable: true,
        }
    }

    /// Text, a page of HTML, a run of NUL bytes, or nothing.
    fn of_text(body: &str) -> Self {
        let body = body.trim_matches(|c: char| c == '\0' || c.is_whitespace() || c == '\u{feff}');
        let text = if body.starts_with('<') { title(body) } else { body };
        Self { text: text.to_owned(), everything: body.to_owned(), ..Self::default() }
    }
}

/// The warnings around an error, or in it.
fn warnings(value: &Value, error: &Value) -> Vec<String> {
    let lists = [value, error].into_iter().filter_map(|place| place.get("@adminapi.warnings")?.as_array());
    lists.flatten().filter_map(Value::as_str).take(MOST_WARNINGS).map(short).collect()
}

/// An error without the stacks of its exceptions, whose lines name exceptions that did not happen.
fn without_stacks(error: &Value) -> Value {
    match error {
        Value::Object(members) => {
            let wanted = members.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("stacktrace"));
            wanted.map(|(name, value)| (name.clone(), without_stacks(value))).collect()
        }
        other => other.clone(),
    }
}

/// Id, exception type and text of a detail: `id|type|text`, or JSON, or text alone.
fn parts(detail: &str) -> (Option<String>, Option<String>, String) {
    let owned = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Ok(value @ Value::Object(_)) = serde_json::from_str::<Value>(detail) {
        let at = |path: &str| value.pointer(path).and_then(Value::as_str);
        let exception = at("/TypeName").or_else(|| at("/ClassName")).and_then(owned);
        let text = at("/Message").or_else(|| at("/message")).unwrap_or(detail);
        return (at("/localizedString/stringId").and_then(owned), exception, text.to_owned());
    }
    let mut split = detail.splitn(3, '|');
    match (split.next(), split.next(), split.next()) {
        // A text may hold `|` as well; a type has dots and no blanks.
        (Some(id), Some(exception), Some(text)) if !exception.contains(' ') && !id.contains(' ') => {
            (owned(id), owned(exception), text.to_owned())
        }
        _ => (None, None, detail.to_owned()),
    }
}

/// The error within the text of an error: `… Proxy method PSWS: NotFound: Error executing cmdlet : {…}`.
fn passed_on(text: &str) -> Option<Value> {
    let (_, said) = text.split_once("Proxy method ")?;
    let at = said.match_indices('{').take(MOST_BRACES).filter_map(|(at, _)| said.get(at..));
    let mut read = at.filter_map(|rest| serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?.ok());
    let inner = read.find(|inner| inner.get("message").is_some() || inner.get("details").is_some())?;
    Some(serde_json::json!({ "error": inner }))
}

/// The title of a page of HTML, which is all that a gateway's page says.
fn title(html: &str) -> &str {
    let lower = html.to_ascii_lowercase();
    let inside = lower.find("<title>").map(|at| at + 7).and_then(|start| {
        let end = start + lower.get(start..)?.find("</title>")?;
        html.get(start..end)
    });
    inside.map_or("a page of HTML", str::trim)
}

/// At most 1,000 characters on one line, without tokens: what refuses a request may repeat its headers.
pub(crate) fn short(text: &str) -> String {
    let line: String = text.chars().take(READ).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = without_tokens(&line);
    let mut out: String = line.chars().take(LONGEST).collect();
    if line.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out.trim().to_owned()
}

fn named(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    Some(short(&String::from_utf8_lossy(value))).filter(|text| !text.is_empty())
}

const LONGEST: usize = 1000;

/// So much of a text is looked at; tokens are some thousand characters long.
const READ: usize = 20_000;
const MOST_WARNINGS: usize = 20;
/// So many places are looked at for the beginning of an error within a text.
const MOST_BRACES: usize = 8;

/// Part of the text that comes when too many calls run, under any status.
const THROTTLED: &str = "maximum number of concurrent requests";

/// Part of the text for a page that another back end was asked for, or too late.
const PAGE_EXPIRED: &str = "Expired or Invalid pagination request";

/// Parts of the error of a cmdlet that only the server of its mailbox can run.
const NEEDS_PROXY: &[&str] = &["CmdletProxyNotAvailable", "needs proxy"];

/// Exceptions after which the module, or another client, tries again.
const TRANSIENT: &[&str] = &[
    "DCOverloadedException",
    "SuitabilityDirectoryException",
    "ServerInMMException",
    "ADServerSettingsChangedException",
    "TransientException",
    "CmdletProxyNotAvailable",
    "ServerBusyException",
    "BackendCommunicationException",
];

#[cfg(test)]
mod tests;
