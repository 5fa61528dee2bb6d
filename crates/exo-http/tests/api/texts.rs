//! All error texts with their kinds and hints, to be read in one place.

use exo_http::{Error, HttpsTransport, Phase};
use exo_model::Diagnose;
use std::fmt::Write;

#[test]
fn every_text_fits_after_failed() {
    let errors = [
        Error::dns("login.example"),
        Error::connect("login.example"),
        Error::tls("login.example"),
        Error::timeout("login.example", Phase::Connect),
        Error::timeout("login.example", Phase::Answer),
        Error::timeout("login.example", Phase::Body),
        Error::reset("login.example"),
        Error::truncated("login.example", 4096),
        Error::too_large("login.example", 67_108_864),
        HttpsTransport::builder().extra_ca_pem(b"hello").build().unwrap_err(),
        HttpsTransport::builder().proxy("http://[").build().unwrap_err(),
    ];
    let mut all = String::new();
    for error in errors {
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        writeln!(all, "{error}\n  caused by: {source}\n  kind: {:?}", error.kind()).unwrap();
        writeln!(all, "  hint: {}", error.hint().unwrap_or_default()).unwrap();
    }
    insta::assert_snapshot!(all);
}
