//! PEM and other texts: `cargo +nightly fuzz run pem fuzz/corpus/pem`.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_cert::{Certificate, ClientCertificate};
use exo_model::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let password = Secret::from("password");
    ClientCertificate::from_bytes(text.as_bytes(), Some(&password)).ok();
    ClientCertificate::from_bytes(text.as_bytes(), None).ok();
    // What can be read is read the same with line ends of Windows and as UTF-16.
    if let Ok(certificate) = Certificate::from_bytes(text.as_bytes()) {
        let lines = STANDARD.encode(certificate.der());
        let armoured = format!("-----BEGIN CERTIFICATE-----\r\n{lines}\r\n-----END CERTIFICATE-----\r\n");
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(armoured.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for form in [armoured.as_bytes(), &utf16, lines.as_bytes()] {
            assert_eq!(Certificate::from_bytes(form).ok().as_ref(), Some(&certificate));
        }
    }
});
