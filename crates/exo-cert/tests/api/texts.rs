//! What must never be said.

use crate::files::{data, open, pem};
use exo_cert::{ClientCertificate, RsaSigner};
use exo_model::Secret;
use std::error::Error as _;

const MARK: &str = "s3cr3t-MARK";

#[test]
fn no_error_repeats_the_password() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Err(error) = ClientCertificate::from_bytes(&data(&name), Some(&Secret::from(MARK))) else { continue };
        let mut said = format!("{error} {error:?}");
        let mut cause = error.source();
        while let Some(source) = cause {
            said = format!("{said} {source} {source:?}");
            cause = source.source();
        }
        assert!(!said.contains(MARK), "{name}: {said}");
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn no_debug_shows_a_key() {
    let pem = pem(&["contoso.key", "contoso.crt"]);
    let shown = [
        format!("{:?}", ClientCertificate::from_bytes(&pem, None).unwrap()),
        format!("{:?}", RsaSigner::from_pkcs8_der(&data("contoso.key.der")).unwrap()),
    ];
    assert_eq!(shown[1], "RsaSigner { bits: 2048, .. }");
    assert!(shown[0].contains("CN=contoso.org") && shown[0].len() < 250, "{}", shown[0]);
}

#[test]
fn the_provider_of_a_pem_stands_in_the_text_around_it() {
    let name = b"Microsoft CSP Name: Microsoft Software Key Storage Provider\n";
    let text = [name, pem(&["contoso.key", "contoso.crt"]).as_slice()].concat();
    let certificate = ClientCertificate::from_bytes(&text, None).unwrap();
    assert!(certificate.provider().is_cng());
    assert!(!open("with-bag-attributes.pem", None).unwrap().provider().is_cng());
}
