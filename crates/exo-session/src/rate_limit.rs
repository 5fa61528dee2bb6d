//! `Rate-Limit-Remaining` and `Rate-Limit-Reset`: how many calls are left until a time.
//!
//! Not on every answer. The reset was seen as a date with time; seconds from now, as others send it, are taken too.

use exo_http::{Response, http_date, service_time};
use std::time::{Duration, SystemTime};

/// What an answer tells of the calls that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimit {
    pub(crate) remaining: u32,
    /// How long it is until there are more.
    pub(crate) left: Duration,
}

/// Reads the two headers of a success, if both are there and understood.
///
/// A refusal says by itself how long to wait, and what it says of the calls that are left may be of another limit than
/// the one that refused.
pub(crate) fn read(answer: &Response, now: SystemTime) -> Option<RateLimit> {
    let headers = if answer.status().is_success() { answer.headers() } else { return None };
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let remaining = text("rate-limit-remaining")?.parse().ok()?;
    let reset = text("rate-limit-reset")?;
    let left = match reset.parse::<u32>() {
        Ok(seconds) => Duration::from_secs(seconds.into()),
        // What has passed tells nothing.
        Err(_) => iso(reset).or_else(|| http_date(reset))?.duration_since(service_time(headers, now)).ok()?,
    };
    Some(RateLimit { remaining, left })
}

/// `2024-05-22T16:52:26.365Z`.
fn iso(text: &str) -> Option<SystemTime> {
    Some(text.parse::<jiff::Timestamp>().ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_http::response;
    use proptest::prelude::*;

    fn answer(status: u16, remaining: &str, reset: &str) -> Response {
        response(status, &[("Rate-Limit-Remaining", remaining), ("Rate-Limit-Reset", reset)], "")
    }

    fn at(seconds: u64, milliseconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_millis(milliseconds)
    }

    #[test]
    fn the_reset_is_a_date_or_seconds() {
        let now = at(1_716_396_730, 0);
        for (text, left) in [
            ("2024-05-22T16:52:26.365Z", Some(16_365)),
            ("16", Some(16_000)),
            ("Wed, 22 May 2024 16:52:26 GMT", Some(16_000)),
            ("2024-02-29T00:00:00Z", None),
            ("1970-01-01T00:00:00Z", None),
        ] {
            let limit = left.map(|left| RateLimit { remaining: 29_997, left: Duration::from_millis(left) });
            assert_eq!(read(&answer(200, "29997", text), now), limit, "{text}");
        }
    }

    #[test]
    fn a_date_is_one_of_the_services_clock() {
        let mut answer = answer(200, "5", "2024-05-22T16:52:26.000Z");
        answer.headers_mut().insert(http::header::DATE, "Wed, 22 May 2024 16:52:10 GMT".parse().unwrap());
        for ours in [at(1_600_000_000, 0), at(1_716_396_730, 0), at(1_800_000_000, 0)] {
            assert_eq!(read(&answer, ours), Some(RateLimit { remaining: 5, left: Duration::from_secs(16) }));
        }
    }

    #[test]
    fn a_refusal_speaks_for_itself() {
        assert_eq!(read(&answer(429, "0", "16"), at(1_716_396_730, 0)), None);
    }

    #[test]
    fn what_is_not_understood_is_not_heeded() {
        for (remaining, reset) in
            [("-1", "5"), ("many", "5"), ("1", "soon"), ("1", "2024-13-01T00:00:00Z"), ("1", "2024-05-22T25:00:00Z")]
        {
            assert_eq!(read(&answer(200, remaining, reset), at(1_700_000_000, 0)), None, "{remaining} {reset}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(remaining in "[ -~]*", reset in "[ -~]*") {
            let read = read(&answer(200, &remaining, &reset), at(1_700_000_000, 0));
            prop_assert!(read.is_none_or(|limit| limit.remaining.to_string().len() <= 10));
        }
    }
}
