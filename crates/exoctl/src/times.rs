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
}
