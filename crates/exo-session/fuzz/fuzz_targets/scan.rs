//! Any bytes: no panic, and never an answer that `serde_json` does not see as one.

#![no_main]

#[path = "../../src/scan.rs"]
mod scan;

use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|body: &[u8]| {
    let Ok(found) = scan::scan(body) else { return };
    for span in &found.records {
        let record = &body[span.start as usize..span.end as usize];
        let raw: &RawValue = serde_json::from_slice(record).expect("a record is a JSON value");
        assert_eq!(raw.get().as_bytes(), record);
    }
    serde_json::from_slice::<&RawValue>(body).expect("an answer is JSON");
});
