//! Dates in messages.

use std::time::SystemTime;

/// A time as a message shows it: the day, in UTC.
pub(crate) fn show(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time)
        .map_or_else(|_| "a date out of range".to_owned(), |t| t.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
