//! The cookies of a session: the service ties a caller to a back end by one.

use exo_http::http_date;
use http::{HeaderMap, HeaderValue, header};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Names and values by host. Attributes other than the end of life are not looked at: a cookie goes back to the host it came from.
#[derive(Default)]
pub(crate) struct Cookies(Mutex<HashMap<String, BTreeMap<String, String>>>);

impl Cookies {
    /// Keeps what an answer sets, and drops what it takes back.
    pub(crate) fn store(&self, host: &str, headers: &HeaderMap, now: SystemTime) {
        let mut set = headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()).peekable();
        if set.peek().is_none() {
            return;
        }
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cookies = hosts.entry(host.to_owned()).or_default();
        for cookie in set {
            let mut parts = cookie.split(';');
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let (name, value) = (name.trim(), value.trim());
            if parts.any(|attribute| ended(attribute, now)) {
                cookies.remove(name);
            } else if !name.is_empty()
                && cookie.len() <= LONGEST
                && (cookies.len() < MOST || cookies.contains_key(name))
            {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// The `Cookie` header for a host.
    pub(crate) fn header(&self, host: &str) -> Option<HeaderValue> {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<String> = hosts.get(host)?.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut header = HeaderValue::from_str(&pairs.join("; ")).ok().filter(|h| !h.is_empty())?;
        header.set_sensitive(true);
        Some(header)
    }
}

// A cookie is a secret of its session.
impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookies(***)")
    }
}

/// Whether an attribute says that the cookie's life is over.
fn ended(attribute: &str, now: SystemTime) -> bool {
    let Some((name, value)) = attribute.split_once('=') else { return false };
    let value = value.trim();
    match name.trim().to_ascii_lowercase().as_str() {
        "max-age" => value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
        // `Thu, 01-Jan-1970 00:00:00 GMT` is common beside the date of HTTP; one before 1970 is not read as one.
        "expires" => http_date(value).or_else(|| http_date(&value.replace('-', " "))).is_some_and(|end| end <= now),
        _ => false,
    }
}

const LONGEST: usize = 4096;
const MOST: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn set(cookies: &Cookies, host: &str, values: &[&str]) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::SET_COOKIE, value.parse().unwrap());
        }
        cookies.store(host, &headers, SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000));
    }

    #[test]
    fn cookies_go_back_to_their_host_only() {
        let cookies = Cookies::default();
        set(
            &cookies,
            "a",
            &["ClientId=1; path=/; secure; HttpOnly", "X-BackEnd = b=c ;expires=Tue, 22 Nov 2050 10:00:00 GMT"],
        );
        assert_eq!(cookies.header("a").unwrap(), "ClientId=1; X-BackEnd=b=c");
        assert_eq!(cookies.header("b"), None);
    }

    #[test]
    fn a_cookie_is_replaced_and_taken_back() {
        let cookies = Cookies::default();
        set(&cookies, "a", &["A=1", "B=1", "C=1", "D=1"]);
        set(
            &cookies,
            "a",
            &[
                "A=2",
                "B=; Max-Age=0",
                "C=; expires=Thu, 01-Jan-1970 00:00:00 GMT",
                "D=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            ],
        );
        assert_eq!(cookies.header("a").unwrap(), "A=2");
        set(&cookies, "a", &["A=; max-age=-1", "nonsense", "=x"]);
        assert_eq!(cookies.header("a"), None);
        assert_eq!(format!("{cookies:?}"), "Cookies(***)");
    }
}
