//! `Rate-Limit-Remaining` and `Rate-Limit-Reset`: how many calls are left until a time.
//!
//! Not on every answer. The reset was seen as a date with time; seconds from now, as others send it, are taken too.

use exo_http::http_date;
use http::HeaderMap;
use std::time::{Duration, SystemTime};

/// What an answer tells of the calls that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimit {
    pub(crate) remaining: u32,
    pub(crate) reset: SystemTime,
}

/// Reads the two headers, if both are there and understood.
pub(crate) fn read(headers: &HeaderMap, now: SystemTime) -> Option<RateLimit> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let remaining = text("rate-limit-remaining")?.parse().ok()?;
    let reset = text("rate-limit-reset")?;
    let reset = match reset.parse::<u32>() {
        Ok(seconds) => now.checked_add(Duration::from_secs(seconds.into()))?,
        Err(_) => iso(reset).or_else(|| http_date(reset))?,
    };
    Some(RateLimit { remaining, reset })
}

/// `2024-05-22T16:52:26.365Z`.
fn iso(text: &str) -> Option<SystemTime> {
    Some(text.parse::<jiff::Timestamp>().ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(remaining: &str, reset: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("Rate-Limit-Remaining", remaining.parse().unwrap());
        headers.insert("Rate-Limit-Reset", reset.parse().unwrap());
        headers
    }

    fn at(seconds: u64, milliseconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_millis(milliseconds)
    }

    #[test]
    fn the_reset_is_a_date_or_seconds() {
        let now = at(1_716_396_730, 0);
        for (text, reset) in [
            ("2024-05-22T16:52:26.365Z", at(1_716_396_746, 365)),
            ("2024-02-29T00:00:00Z", at(1_709_164_800, 0)),
            ("1970-01-01T00:00:00Z", at(0, 0)),
            ("16", at(1_716_396_746, 0)),
            ("Wed, 22 May 2024 16:52:26 GMT", at(1_716_396_746, 0)),
        ] {
            assert_eq!(read(&headers("29997", text), now), Some(RateLimit { remaining: 29_997, reset }), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_heeded() {
        for (remaining, reset) in
            [("-1", "5"), ("many", "5"), ("1", "soon"), ("1", "2024-13-01T00:00:00Z"), ("1", "2024-05-22T25:00:00Z")]
        {
            assert_eq!(read(&headers(remaining, reset), at(1_700_000_000, 0)), None, "{remaining} {reset}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(remaining in "[ -~]*", reset in "[ -~]*") {
            let read = read(&headers(&remaining, &reset), at(1_700_000_000, 0));
            prop_assert!(read.is_none_or(|limit| limit.remaining.to_string().len() <= 10));
        }
    }
}
