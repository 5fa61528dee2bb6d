//! Times as texts.

use std::time::SystemTime;

/// A time as RFC 3339 in UTC, in whole seconds.
pub(crate) fn show(time: SystemTime) -> String {
    match jiff::Timestamp::try_from(time) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => "a time out of range".to_owned(),
    }
}
