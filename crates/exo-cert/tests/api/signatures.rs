//! Signatures and thumbprints, checked against those of other programs.

use crate::files::{data, open};
use exo_cert::{Certificate, ClientCertificate, Error, RsaSigner, SignatureAlgorithm, Signer};
use std::sync::Arc;

const ALGORITHMS: [SignatureAlgorithm; 2] = [SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256];

#[test]
fn signatures_of_another_program_hold() {
    let certificate = Certificate::from_bytes(&data("contoso.crt")).unwrap();
    let message = b"what another program signed";
    for (algorithm, file) in
        [(SignatureAlgorithm::Rs256, "message.rs256"), (SignatureAlgorithm::Ps256, "message.ps256")]
    {
        let signature = data(file);
        certificate.verify(algorithm, message, &signature).unwrap();
        assert!(certificate.verify(algorithm, b"what another program signee", &signature).is_err());
        let mut damaged = signature.clone();
        damaged[17] ^= 1;
        assert!(certificate.verify(algorithm, message, &damaged).is_err());
    }
}

#[tokio::test]
async fn rs256_gives_the_bytes_of_another_program() {
    let certificate = open("openssl3-aes256.pfx", Some("password")).unwrap();
    let signature = certificate.sign(SignatureAlgorithm::Rs256, b"what another program signed").await.unwrap();
    assert_eq!(signature, data("message.rs256"));
}

#[tokio::test]
async fn every_size_signs_in_both_ways() {
    for size in ["rsa3072", "rsa4096"] {
        let pem = crate::files::pem(&[&format!("{size}.key"), &format!("{size}.crt")]);
        let certificate = ClientCertificate::from_bytes(&pem, None).unwrap();
        for algorithm in ALGORITHMS {
            let signature = certificate.sign(algorithm, b"message").await.unwrap();
            certificate.certificate().verify(algorithm, b"message", &signature).unwrap();
        }
    }
}

fn contoso() -> Certificate {
    Certificate::from_bytes(&data("contoso.crt")).unwrap()
}

/// A key that lives elsewhere and knows only one of the two.
#[derive(Debug)]
struct OldToken(RsaSigner);

#[async_trait::async_trait]
impl Signer for OldToken {
    fn algorithms(&self) -> &[SignatureAlgorithm] {
        &[SignatureAlgorithm::Rs256]
    }

    async fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.sign_now(algorithm, message)
    }
}

#[tokio::test]
async fn a_key_elsewhere_is_asked_only_for_what_it_can() {
    let signer = RsaSigner::from_pkcs8_der(&data("contoso.key.der")).unwrap();
    let certificate = ClientCertificate::new(vec![contoso()], Arc::new(OldToken(signer))).unwrap();
    certificate.self_test().await.unwrap();
    let error = certificate.sign(SignatureAlgorithm::Ps256, b"message").await.unwrap_err();
    assert!(matches!(error, Error::Sign { algorithm: "PS256", .. }));
}

#[tokio::test]
async fn the_self_test_finds_another_key() {
    let signer = RsaSigner::from_pkcs8_der(&data("contoso.key.der")).unwrap();
    let fabrikam = Certificate::from_bytes(&data("fabrikam.crt")).unwrap();
    let certificate = ClientCertificate::new(vec![fabrikam], Arc::new(signer)).unwrap();
    assert!(matches!(certificate.self_test().await, Err(Error::KeyMismatch { .. })));
}

#[test]
fn a_certificate_for_another_kind_of_key_is_no_client_certificate() {
    let signer = Arc::new(RsaSigner::from_pkcs8_der(&data("contoso.key.der")).unwrap());
    let ec = Certificate::from_bytes(&data("ec.crt")).unwrap();
    assert!(matches!(ClientCertificate::new(vec![ec], signer.clone()), Err(Error::UnsupportedKey { .. })));
    assert!(matches!(ClientCertificate::new(vec![], signer), Err(Error::NoCertificate { .. })));
}

#[test]
fn the_published_vectors_hold() {
    let certificate = Certificate::from_bytes(&data("vector.cer.base64")).unwrap();
    assert_eq!(certificate.subject(), "CN=EXO app-only vector");
    assert_eq!(certificate.thumbprint().to_string(), "34613194892994A65E938F84CD6993A610B563F2");
    assert_eq!(certificate.thumbprint().base64url(), "NGExlIkplKZek4-EzWmTphC1Y_I");
    let sha256 = certificate.sha256_thumbprint();
    assert_eq!(sha256.to_string(), "BB0CF3468784CE251BF43BDFD194868F635F7BB25B40F61A9FC821308BC695B0");
    assert_eq!(sha256.base64url(), "uwzzRoeEziUb9Dvf0ZSGj2Nfe7JbQPYan8ghMIvGlbA");
    for (algorithm, file) in
        [(SignatureAlgorithm::Rs256, "vector.rs256.jwt"), (SignatureAlgorithm::Ps256, "vector.ps256.jwt")]
    {
        let jwt = String::from_utf8(data(file)).unwrap();
        let (input, signature) = jwt.trim().rsplit_once('.').unwrap();
        let signature = base64_url(signature);
        certificate.verify(algorithm, input.as_bytes(), &signature).unwrap();
        for flipped in 0..input.len() {
            let mut input = input.as_bytes().to_vec();
            input[flipped] ^= 1;
            assert!(certificate.verify(algorithm, &input, &signature).is_err(), "{file}: byte {flipped}");
        }
    }
}

fn base64_url(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}
