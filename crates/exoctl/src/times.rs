//! Times as they are written.

use std::time::SystemTime;

/// RFC 3339 in UTC, to the second: `2026-11-22T10:00:00Z`.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time)
        .ok()
        .and_then(|time| time.round(jiff::Unit::Second).ok())
        .map_or_else(|| "beyond the calendar".to_owned(), |time| time.to_string())
}

/// The day alone: `2026-11-22`.
pub(crate) fn day(time: SystemTime) -> String {
    rfc3339(time).chars().take(10).collect()
}

/// A moment in RFC 3339, or a day, which begins at midnight in UTC.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let day = || {
        let date: jiff::civil::Date = text.parse().ok()?;
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    text.parse::<jiff::Timestamp>().ok().or_else(day).map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn seconds_and_days() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_780_000_000_400);
        assert_eq!(rfc3339(time), "2026-05-28T20:26:40Z");
        assert_eq!(day(time), "2026-05-28");
    }

    #[test]
    fn a_day_begins_at_midnight() {
        for text in ["2027-01-31", "2027-01-31T00:00:00Z", "2027-01-31T02:00:00+02:00"] {
            assert_eq!(parse(text).map(rfc3339).as_deref(), Some("2027-01-31T00:00:00Z"), "{text}");
        }
        assert_eq!(parse("31.1.2027"), None);
        assert_eq!(parse("2027-01-31T00:00:00"), parse("2027-01-31"));
    }
}
