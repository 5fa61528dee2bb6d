//! Whatever stands in a failure and its headers, it becomes an error that can be shown, after a bounded number of requests.
#![no_main]

use exo_http::response;
use libfuzzer_sys::fuzz_target;

const STATUS: &[u16] = &[400, 401, 403, 404, 405, 408, 409, 429, 500, 502, 503, 504, 304, 200];
const HEADERS: &[&str] = &[
    "x-none",
    "x-ms-diagnostics",
    "x-exceptiontype",
    "request-id",
    "www-authenticate",
    "x-calculatedbetarget",
    "date",
];

fuzz_target!(|data: &[u8]| {
    let (kind, body) = data.split_at_checked(2).unwrap_or((&[0, 0], data));
    let status = STATUS[usize::from(kind[0]) % STATUS.len()];
    let mut failure = response(status, &[], body.to_vec());
    // The header is the body's first line, so that the input need not be cut into more pieces.
    let line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if let Ok(value) = http::HeaderValue::from_bytes(line) {
        failure.headers_mut().insert(HEADERS[usize::from(kind[1]) % HEADERS.len()], value);
    }
    let outcome = exo_session_fuzz::run(std::iter::repeat_n(failure, 12));
    if status >= 300 && status != 429 {
        assert!(outcome.records.is_empty());
        // After so many throttled answers the empty one is reached.
        let throttled = String::from_utf8_lossy(body).contains("concurrent");
        assert!(outcome.end.is_err() || throttled, "{outcome:?}");
    }
});
