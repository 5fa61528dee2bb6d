//! The `Retry-After` header in its forms, and the dates of HTTP.

use jiff::fmt::strtime;
use std::time::{Duration, SystemTime};

/// How long a service asks to be left alone.
///
/// ```
/// use exo_http::RetryAfter;
/// use std::time::{Duration, SystemTime};
///
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
/// assert_eq!(RetryAfter::parse("120", now), Some(Duration::from_secs(120)));
/// assert_eq!(RetryAfter::parse("0.5", now), Some(Duration::from_millis(500)));
/// assert_eq!(RetryAfter::parse("Sun, 06 Nov 1994 08:49:47 GMT", now), Some(Duration::from_secs(10)));
/// assert_eq!(RetryAfter::parse("soon", now), None);
/// ```
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a name for functions, never a value")]
pub struct RetryAfter;

impl RetryAfter {
    /// The longest wait that is believed.
    pub const LONGEST: Duration = Duration::from_hours(1);

    /// Reads the header's value: whole or decimal seconds, or a date of HTTP.
    ///
    /// A time that has passed, or a negative number, is zero; more than an hour is an hour.
    pub fn parse(value: &str, now: SystemTime) -> Option<Duration> {
        let value = value.trim();
        let wait = match value.parse::<f64>() {
            Ok(seconds) if seconds.is_nan() => return None,
            // `inf` and `1e400` are no numbers that a header may hold.
            Ok(_) if !value.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b)) => return None,
            Ok(seconds) => Duration::try_from_secs_f64(seconds.clamp(0.0, Self::LONGEST.as_secs_f64())).ok()?,
            Err(_) => http_date(value)?.duration_since(now).unwrap_or_default(),
        };
        Some(wait.min(Self::LONGEST))
    }

    /// Reads the header of an answer, if it has one that can be read; a date is one of the service's own clock.
    pub fn of(headers: &http::HeaderMap, now: SystemTime) -> Option<Duration> {
        Self::parse(headers.get(http::header::RETRY_AFTER)?.to_str().ok()?, service_time(headers, now))
    }
}

/// The time by the clock of whoever answered: ours, unless its `Date` says that one of the two is wrong.
///
/// ```
/// use http::{HeaderMap, HeaderValue, header::DATE};
/// use std::time::{Duration, SystemTime};
///
/// let ours = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_700);
/// let mut headers = HeaderMap::new();
/// assert_eq!(exo_http::service_time(&headers, ours), ours);
/// headers.insert(DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
/// assert_eq!(exo_http::service_time(&headers, ours), ours + Duration::from_secs(77));
/// ```
pub fn service_time(headers: &http::HeaderMap, now: SystemTime) -> SystemTime {
    let told = headers.get(http::header::DATE).and_then(|date| http_date(date.to_str().ok()?));
    // A date has whole seconds, and the answer was on its way.
    let apart = |told: SystemTime| told.duration_since(now).or_else(|_| now.duration_since(told)).unwrap_or_default();
    told.filter(|told| apart(*told) > SAME_TIME).unwrap_or(now)
}

/// Clocks that are less apart show the same time.
const SAME_TIME: Duration = Duration::from_secs(3);

/// Reads a date of HTTP in any of its three forms (RFC 9110, section 5.6.7).
pub fn http_date(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    DATE_FORMS.iter().find_map(|form| {
        let parsed = strtime::parse(form, text).ok()?.to_datetime().ok()?;
        let seconds = parsed.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).ok()?))
    })
}

/// The form that is written, and the two that must still be read.
const DATE_FORMS: &[&str] = &["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)
    }

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(http_date(date), Some(now()), "{date}");
        }
    }

    #[test]
    fn absurd_values_are_clamped() {
        assert_eq!(RetryAfter::parse("-5", now()), Some(Duration::ZERO));
        assert_eq!(RetryAfter::parse("99999999999999999999", now()), Some(RetryAfter::LONGEST));
        assert_eq!(RetryAfter::parse("Sun, 06 Nov 1994 07:00:00 GMT", now()), Some(Duration::ZERO));
        assert_eq!(RetryAfter::parse("Mon, 07 Nov 1994 08:49:37 GMT", now()), Some(RetryAfter::LONGEST));
        assert_eq!(RetryAfter::parse(" 7 ", now()), Some(Duration::from_secs(7)));
    }

    #[test]
    fn what_is_neither_number_nor_date_is_no_wait() {
        for bad in ["", "NaN", "inf", "-inf", "1e9", "1,5", "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(RetryAfter::parse(bad, now()), None, "{bad}");
        }
    }

    #[test]
    fn a_date_is_one_of_the_services_clock() {
        let headers = |date: &'static str, until: &'static str| {
            let pairs = [(http::header::DATE, date), (http::header::RETRY_AFTER, until)];
            pairs.into_iter().map(|(name, value)| (name, http::HeaderValue::from_static(value))).collect()
        };
        let wait = |headers: http::HeaderMap| RetryAfter::of(&headers, now());
        let minute = Some(Duration::from_mins(1));
        assert_eq!(wait(headers("Sun, 06 Nov 1994 06:00:00 GMT", "Sun, 06 Nov 1994 06:01:00 GMT")), minute);
        assert_eq!(wait(headers("Mon, 07 Nov 1994 06:00:00 GMT", "Mon, 07 Nov 1994 06:01:00 GMT")), minute);
        // Clocks that agree are taken as ours shows them.
        assert_eq!(wait(headers("Sun, 06 Nov 1994 08:49:35 GMT", "Sun, 06 Nov 1994 08:50:37 GMT")), minute);
        assert_eq!(wait(headers("yesterday", "Sun, 06 Nov 1994 08:50:37 GMT")), minute);
        assert_eq!(wait(headers("Mon, 07 Nov 1994 06:00:00 GMT", "60")), minute);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in any::<String>()) {
            let wait = RetryAfter::parse(&text, now());
            prop_assert!(wait.is_none_or(|w| w <= RetryAfter::LONGEST));
        }

        #[test]
        fn whole_seconds_are_what_they_say(seconds in 0_u64..=3600) {
            prop_assert_eq!(RetryAfter::parse(&seconds.to_string(), now()), Some(Duration::from_secs(seconds)));
        }
    }
}
