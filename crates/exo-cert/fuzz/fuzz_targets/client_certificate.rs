//! Any bytes as a certificate file: `cargo +nightly fuzz run client_certificate fuzz/corpus tests/data`.
#![no_main]

use exo_cert::ClientCertificate;
use exo_model::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for password in [Some(&Secret::from("password")), None] {
        // What comes out does not matter, as long as something does.
        ClientCertificate::from_bytes(bytes, password).ok();
    }
});
