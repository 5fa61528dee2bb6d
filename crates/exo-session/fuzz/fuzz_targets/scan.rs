//! Any bytes, as an answer and as what stands in its list: no panic, never an answer that `serde_json` does not see as
//! one, and the same records whether the list is read in pieces or, with a space in it, byte by byte.

#![no_main]

#[path = "../../src/scan.rs"]
mod scan;

use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|body: &[u8]| {
    judge(body);
    let within = |lead: &[u8]| [lead, body, b"]}"].concat();
    let (dense, spaced) = (within(b"{\"value\":["), within(b"{\"value\":[ "));
    judge(&dense);
    match (scan::scan(&dense), scan::scan(&spaced)) {
        (Ok(dense), Ok(spaced)) => {
            let moved = dense.records.iter().map(|span| (span.start + 1, span.end + 1));
            assert!(moved.eq(spaced.records.iter().map(|span| (span.start, span.end))));
        }
        (dense, spaced) => assert_eq!(dense.is_ok(), spaced.is_ok()),
    }
});

fn judge(body: &[u8]) {
    let Ok(found) = scan::scan(body) else { return };
    for span in &found.records {
        let record = &body[span.start as usize..span.end as usize];
        let raw: &RawValue = serde_json::from_slice(record).expect("a record is a JSON value");
        assert_eq!(raw.get().as_bytes(), record);
    }
    serde_json::from_slice::<&RawValue>(body).expect("an answer is JSON");
}
