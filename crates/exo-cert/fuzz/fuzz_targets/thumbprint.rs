//! Any text as a thumbprint: `cargo +nightly fuzz run thumbprint`.
#![no_main]

use exo_cert::Thumbprint;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(thumbprint) = text.parse::<Thumbprint>() {
        assert_eq!(thumbprint.to_string().parse(), Ok(thumbprint));
    }
});
