//! Times as they are written.

use std::time::{Duration, SystemTime};

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

/// How far a moment is from now: `in 59 minutes`, `5 minutes ago`.
pub(crate) fn distance(now: SystemTime, moment: SystemTime) -> String {
    match moment.duration_since(now) {
        Ok(ahead) => format!("in {}", span(ahead)),
        Err(past) => format!("{} ago", span(past.duration())),
    }
}

/// A length of time in its greatest unit that is worth naming, rounded down: `90 seconds`, `59 minutes`, `23 hours`.
pub(crate) fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..120 => count(seconds, "second"),
        120..7200 => count(seconds / 60, "minute"),
        7200..172_800 => count(seconds / 3600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

fn count(number: u64, unit: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{s}")
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

    #[test]
    fn seconds_and_days() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_780_000_000_400);
        assert_eq!(rfc3339(time), "2026-05-28T20:26:40Z");
        assert_eq!(day(time), "2026-05-28");
    }

    #[test]
    fn a_distance_is_told_in_one_unit() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(1);
        let to = |seconds| distance(now, now + Duration::from_secs(seconds));
        assert_eq!(to(3599), "in 59 minutes");
        assert_eq!(to(1), "in 1 second");
        assert_eq!(to(86_399), "in 23 hours");
        assert_eq!(to(172_800), "in 2 days");
        assert_eq!(distance(now, now - Duration::from_mins(5)), "5 minutes ago");
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
