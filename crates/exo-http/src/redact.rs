//! What of a request or an answer may be logged: an allow list.

use http::{HeaderMap, Uri};
use std::fmt;

/// The headers of a message as they may be logged: values of the allow list, names of the rest.
///
/// ```
/// use http::{HeaderMap, HeaderValue, header};
/// let mut headers = HeaderMap::new();
/// headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer secret"));
/// headers.insert("request-id", HeaderValue::from_static("4f"));
/// let shown = exo_http::redact::headers(&headers).to_string();
/// assert_eq!(shown, "authorization: ***, request-id: 4f");
/// ```
pub fn headers(headers: &HeaderMap) -> Headers<'_> {
    Headers(headers)
}

/// A request's address without its query, which may hold page links and identifiers.
pub fn address(uri: &Uri) -> String {
    format!("{}://{}{}", uri.scheme_str().unwrap_or("https"), host(uri), uri.path())
}

/// Host and port, without user and password.
fn host(uri: &Uri) -> String {
    match (uri.host().unwrap_or_default(), uri.port_u16()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    }
}

/// Headers that show only what may be seen; see [`headers`].
#[derive(Clone, Copy)]
pub struct Headers<'a>(&'a HeaderMap);

impl fmt::Display for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.0.iter().enumerate() {
            let shown = value.to_str().ok().filter(|_| SHOWN.contains(&name.as_str())).unwrap_or("***");
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name}: {shown}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Headers without secrets, as the two services and the token service use them.
const SHOWN: &[&str] = &[
    "accept",
    "accept-encoding",
    "cache-control",
    "client-request-id",
    "connection-id",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "host",
    "prefer",
    "preference-applied",
    "rate-limit-limit",
    "rate-limit-remaining",
    "rate-limit-reset",
    "request-id",
    "retry-after",
    "transfer-encoding",
    "user-agent",
    "x-ms-correlation-id",
    "x-ms-diagnostics",
    "x-ms-ests-server",
    "x-ms-request-id",
    "x-cmdletname",
    "x-clientapplication",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_user_password_and_query() {
        let uri: Uri = "https://user:pw@host.example:444/a/b?code=secret".parse().unwrap();
        assert_eq!(address(&uri), "https://host.example:444/a/b");
    }

    #[test]
    fn unknown_headers_are_not_shown() {
        for name in ["cookie", "set-cookie", "proxy-authorization", "www-authenticate", "location", "x-anchormailbox"] {
            let mut map = HeaderMap::new();
            map.insert(name, "marked".parse().unwrap());
            assert_eq!(format!("{:?}", headers(&map)), format!("{name}: ***"));
        }
    }
}
