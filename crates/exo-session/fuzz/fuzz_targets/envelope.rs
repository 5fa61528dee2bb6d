//! Whatever stands in a success, its records are those that `serde_json` sees, or one of them is broken, or the call ends
//! with an error.
#![no_main]

use exo_http::response;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;

fuzz_target!(|body: &[u8]| {
    let outcome = exo_session_fuzz::run([response(200, &[], body.to_vec())]);
    // A broken record is seen by whoever decodes it.
    if outcome.records.iter().any(|record| serde_json::from_slice::<&RawValue>(record).is_err()) {
        return;
    }
    // A front end says this under any status, so such a body is asked for again.
    let throttled = body.windows(19).any(|text| text == b"concurrent requests");
    // An empty body is a success without records, and the pages after it are empty.
    if outcome.end.is_ok() && !throttled && !body.iter().all(u8::is_ascii_whitespace) {
        serde_json::from_slice::<&RawValue>(body).expect("an answer is JSON");
        // A number that no `f64` holds is one to us alone.
        if let Ok(whole) = serde_json::from_slice::<Value>(body) {
            let records = whole["value"].as_array().map_or(0, Vec::len);
            assert_eq!(records, outcome.records.len());
        }
    }
});
