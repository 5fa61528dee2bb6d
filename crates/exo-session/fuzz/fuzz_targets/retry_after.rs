//! Whatever the service asks to wait, it is a wait that ends, and no longer than the caller's patience.
#![no_main]

use exo_http::{RetryAfter, http_date, response};
use exo_session_fuzz::{PATIENCE, run};
use libfuzzer_sys::fuzz_target;
use std::time::{Duration, SystemTime};

fuzz_target!(|data: &[u8]| {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000);
    let text = String::from_utf8_lossy(data);
    assert!(http_date(&text).is_none_or(|date| date >= SystemTime::UNIX_EPOCH));
    assert!(RetryAfter::parse(&text, now).is_none_or(|wait| wait <= RetryAfter::LONGEST));
    let (kind, value) = data.split_first().unwrap_or((&0, data));
    let Ok(value) = http::HeaderValue::from_bytes(value) else { return };
    let status = [429, 503][usize::from(kind % 2)];
    let name = ["retry-after", "rate-limit-reset"][usize::from(kind / 2 % 2)];
    let mut refusal = response(status, &[("rate-limit-remaining", "0")], "");
    refusal.headers_mut().insert(name, value);
    let outcome = run([refusal.clone(), refusal, response(200, &[], r#"{"value":[{}]}"#)]);
    assert!(outcome.slept <= PATIENCE + Duration::from_secs(5), "{outcome:?}");
    assert!(outcome.end.is_err() || outcome.records.len() == 1, "{outcome:?}");
});
