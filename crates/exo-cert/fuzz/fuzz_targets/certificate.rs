//! Any bytes as a certificate without its key: `cargo +nightly fuzz run certificate fuzz/corpus/certificate`.
#![no_main]

use exo_cert::Certificate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = Certificate::from_bytes(bytes) {
        // What was read once is read again, and is the same.
        assert_eq!(Certificate::from_bytes(certificate.der()).ok(), Some(certificate));
    }
});
