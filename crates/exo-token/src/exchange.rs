//! The form that is sent and the answer that comes, without sending anything.

use crate::{Error, ServiceError, json};
use bytes::Bytes;
use exo_http::{BodyLimit, Request, RequestId, Response, RetryAfter};
use exo_model::{AccessToken, AppId, Origin, Secret, TokenRequest};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{StatusCode, Uri};
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime};

/// The request for a token.
pub(crate) fn request(url: &Uri, app_id: &AppId, wanted: &TokenRequest, assertion: &Secret, id: RequestId) -> Request {
    let mut fields = vec![
        ("client_id", app_id.as_str()),
        ("scope", wanted.scope.as_str()),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion.expose()),
        ("grant_type", "client_credentials"),
    ];
    fields.extend(wanted.claims.as_deref().map(|claims| ("claims", claims)));
    let body = form(&fields);
    let mut request = question(body);
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = url.clone();
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/x-www-form-urlencoded"));
    identify(headers, id);
    request
}

/// A request with this body, of whose answer no more is taken than is read.
pub(crate) fn question(body: impl Into<Bytes>) -> Request {
    let mut request = Request::new(body.into());
    request.extensions_mut().insert(BodyLimit(json::LARGEST));
    request
}

/// Asks for JSON, and names the request for both sides.
pub(crate) fn identify(headers: &mut http::HeaderMap, id: RequestId) {
    headers.insert(ACCEPT, http::HeaderValue::from_static("application/json"));
    if let Ok(id) = id.to_string().parse() {
        headers.insert("client-request-id", id);
    }
}

/// What is known of a request when its answer comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The host that it was for.
    pub(crate) host: &'a str,
    /// By which both sides find it again.
    pub(crate) id: RequestId,
    /// What must not be seen, though it be repeated.
    pub(crate) secret: Option<&'a Secret>,
}

/// What came of a request for a token.
pub(crate) fn answer(response: &Response, asked: &Asked<'_>, now: SystemTime) -> Result<AccessToken, Error> {
    if response.status() != StatusCode::OK {
        return Err(failure(response, asked, now));
    }
    token(response.body(), now).map_err(|what| Error::NotUnderstood {
        host: asked.host.to_owned(),
        status: 200,
        what,
        client_request_id: asked.id.to_string(),
    })
}

/// The token in the body of a success, or what is wrong with it.
pub(crate) fn token(body: &[u8], now: SystemTime) -> Result<AccessToken, &'static str> {
    let mut members = json::object(body)?;
    let Some(Value::String(token)) = members.remove("access_token") else {
        return Err("it holds no access token");
    };
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("its access token is not one word");
    }
    let kind = members.get("token_type").and_then(Value::as_str).unwrap_or_default();
    if !kind.eq_ignore_ascii_case("bearer") {
        return Err("its token is not a bearer token");
    }
    let expires_at = expiry(&members, now);
    let token = AccessToken::new(Secret::new(token), expires_at);
    let refresh_at = members.get("refresh_in").and_then(seconds).and_then(|s| now.checked_add(s));
    Ok(match refresh_at {
        Some(time) => token.refresh_from(time),
        None => token,
    })
}

/// What an answer that is no success means.
pub(crate) fn failure(response: &Response, asked: &Asked<'_>, now: SystemTime) -> Error {
    let status = response.status();
    let (host, client_request_id) = (asked.host.to_owned(), asked.id.to_string());
    let error = ServiceError::parse_without(status.as_u16(), response.body(), asked.secret).map(|mut error| {
        error.client_request_id = Some(client_request_id.clone());
        Box::new(error)
    });
    let retry_after = RetryAfter::of(response.headers(), now);
    let temporary = error.as_ref().is_some_and(|e| e.is_temporary());
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Error::Throttled { host, attempts: 1, retry_after, error, client_request_id };
    }
    if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT || temporary {
        return Error::Outage { host, status: status.as_u16(), attempts: 1, retry_after, error, client_request_id };
    }
    match error {
        Some(error) if status.is_client_error() => Error::Refused { error },
        _ => {
            Error::NotUnderstood { host, status: status.as_u16(), what: "it is not an OAuth error", client_request_id }
        }
    }
}

/// An absolute address on https, or on loopback: an assertion is a credential.
pub(crate) fn parse_url(text: &str) -> Result<Uri, Error> {
    let shown = || text.split(['?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default().to_owned();
    let fail = |why: String| Error::TokenUrl { text: shown(), why };
    let uri: Uri = text.parse().map_err(|_| fail("it is not a URL".to_owned()))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(fail("it must begin with https:// and a host".to_owned()));
    };
    format!("{scheme}://{authority}").parse::<Origin>().map_err(|e| fail(e.why.to_owned()))?;
    Ok(uri)
}

/// When the token ends: relative to now where that is told, since clocks differ.
fn expiry(members: &Map<String, Value>, now: SystemTime) -> SystemTime {
    let relative = members.get("expires_in").and_then(seconds).and_then(|s| now.checked_add(s));
    let absolute = || members.get("expires_on").and_then(moment);
    // Nothing may be assumed of a token whose end is not told, so it is used and not kept.
    relative.or_else(absolute).unwrap_or(now + UNTOLD)
}

/// Whole or broken numbers, or texts of them, as the old endpoint gives.
pub(crate) fn seconds(value: &Value) -> Option<Duration> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.trunc()).ok()
}

/// Seconds since 1970, or the date that old hosts of managed identities write.
fn moment(value: &Value) -> Option<SystemTime> {
    if let Some(since) = seconds(value) {
        return SystemTime::UNIX_EPOCH.checked_add(since);
    }
    let text = value.as_str()?.trim();
    let parsed = OLD_DATES.iter().find_map(|form| jiff::fmt::strtime::parse(form, text).ok()?.to_timestamp().ok())?;
    Some(parsed.into())
}

/// Such as `05/22/2021 17:18:21 +00:00` and `5/22/2021 5:18:21 PM +00:00`.
const OLD_DATES: &[&str] = &["%m/%d/%Y %H:%M:%S %:z", "%m/%d/%Y %I:%M:%S %p %:z"];

/// For how long a token is used whose end is not told; shorter than what is kept.
const UNTOLD: Duration = Duration::from_mins(1);

/// RFC 7523, section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `application/x-www-form-urlencoded`, with all but unreserved characters in hexadecimal.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        form.push_str(name);
        form.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                form.push(char::from(byte));
            } else {
                form.push('%');
                form.extend([byte >> 4, byte & 15].map(hex));
            }
        }
    }
    form
}

fn hex(digit: u8) -> char {
    char::from(if digit < 10 { b'0' + digit } else { b'A' + digit - 10 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::Scope;
    use proptest::prelude::*;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)
    }

    fn id() -> RequestId {
        RequestId::from_bytes([7; 16])
    }

    fn asked() -> Asked<'static> {
        Asked { host: "login.example", id: id(), secret: None }
    }

    fn ok(body: &str) -> Result<AccessToken, Error> {
        answer(&Response::new(Bytes::from(body.to_owned())), &asked(), now())
    }

    #[test]
    fn the_form_is_encoded_once() {
        let app_id: AppId = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
        let url = Uri::from_static("https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token");
        let wanted = TokenRequest::new(Scope::new("https://outlook.office365.com/.default"));
        let request = request(&url, &app_id, &wanted, &Secret::from("a.b-c_d"), id());
        assert_eq!(
            request.body(),
            "client_id=36ee4c6c-0812-40a2-b820-b22ebd02bce3&scope=https%3A%2F%2Foutlook.office365.com%2F.default\
             &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
             &client_assertion=a.b-c_d&grant_type=client_credentials"
        );
        assert_eq!(request.method(), "POST");
        assert_eq!(request.headers()["client-request-id"], id().to_string().as_str());
    }

    #[test]
    fn numbers_may_be_texts() {
        for body in [
            r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t"}"#,
            r#"{"token_type":"bearer","expires_in":"3599","access_token":"t","expires_on":"1"}"#,
            r#"{"token_type":"Bearer","expires_on":"1780003599","access_token":"t"}"#,
        ] {
            assert_eq!(ok(body).unwrap().expires_at(), now() + Duration::from_secs(3599), "{body}");
        }
        let told = ok(r#"{"token_type":"Bearer","expires_in":86399,"refresh_in":"43199","access_token":"t"}"#).unwrap();
        assert_eq!(told.refresh_at(), Some(now() + Duration::from_secs(43_199)));
    }

    #[test]
    fn a_token_without_end_is_good_for_a_moment() {
        for expires in ["", r#""expires_in":null,"#, r#""expires_in":-5,"#, r#""expires_in":1e300,"#] {
            let body = format!(r#"{{"token_type":"Bearer",{expires}"access_token":"t"}}"#);
            assert_eq!(ok(&body).unwrap().expires_at(), now() + UNTOLD, "{body}");
        }
    }

    #[test]
    fn what_is_no_token_is_not_understood() {
        for body in [
            "<html>",
            "[]",
            "{}",
            r#"{"access_token":"t"}"#,
            r#"{"access_token":"t","token_type":"pop"}"#,
            r#"{"access_token":"","token_type":"Bearer"}"#,
            r#"{"access_token":"two words","token_type":"Bearer"}"#,
            r#"{"access_token":"line\nbreak","token_type":"Bearer"}"#,
            r#"{"access_token":7,"token_type":"Bearer"}"#,
        ] {
            assert!(matches!(ok(body), Err(Error::NotUnderstood { status: 200, .. })), "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_answer_is_read_without_panic(status in 100_u16..600, body: Vec<u8>) {
            let mut response = Response::new(Bytes::from(body));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            drop(answer(&response, &asked(), now()));
        }

        #[test]
        fn a_form_holds_no_character_that_separates(value: String) {
            let form = form(&[("a", &value)]);
            let encoded = form.strip_prefix("a=").unwrap();
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
        }
    }
}
