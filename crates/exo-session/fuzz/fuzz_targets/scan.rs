//! Any bytes, as an answer and as what stands in its list: no panic, never an answer that `serde_json` does not see as
//! one unless it is a record that is broken, and the same records whether the list is read in pieces or, with a space in
//! it, byte by byte.

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
        (Ok(found), Err(_)) => assert!(!are_json(&dense, &found)),
        (Err(_), spaced) => assert!(spaced.is_err()),
    }
});

fn judge(body: &[u8]) {
    let Ok(found) = scan::scan(body) else { return };
    let is_answer = serde_json::from_slice::<&RawValue>(body).is_ok();
    assert_eq!(are_json(body, &found), is_answer);
}

/// Whether each record is one JSON value, and nothing besides.
fn are_json(body: &[u8], found: &scan::Envelope) -> bool {
    found.records.iter().all(|span| {
        let record = &body[span.start as usize..span.end as usize];
        serde_json::from_slice::<&RawValue>(record).is_ok_and(|raw| raw.get().as_bytes() == record)
    })
}
