//! Any bytes as a certificate file: `cargo +nightly fuzz run detection fuzz/corpus/detection`.
#![no_main]

use exo_cert::{Certificate, ClientCertificate};
use exo_model::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for password in [Some(&Secret::from("password")), None] {
        let opened = ClientCertificate::from_bytes(bytes, password);
        let certificates = Certificate::all_from_bytes(bytes, password);
        // Whoever can sign has a certificate, and every refusal has a code.
        match opened {
            Ok(opened) => assert!(certificates.is_ok_and(|all| all.contains(opened.certificate()))),
            Err(error) => assert!(!error.code().is_empty() && !error.to_string().is_empty()),
        }
    }
});
