//! Keys that live elsewhere: they may be able to do less, or be out of reach.

use crate::{ISSUED, World, app_certificate, assertion, exchange};
use exo_cert::{ClientCertificate, SignatureAlgorithm, Signer};
use exo_http::ScriptedTransport;
use exo_model::{Diagnose, ErrorKind, TokenProvider};
use exo_token::{CertificateAssertion, Error};
use std::sync::Arc;

#[derive(Debug)]
struct Elsewhere {
    can: &'static [SignatureAlgorithm],
    reachable: bool,
}

#[async_trait::async_trait]
impl Signer for Elsewhere {
    fn algorithms(&self) -> &[SignatureAlgorithm] {
        self.can
    }

    async fn sign(&self, algorithm: SignatureAlgorithm, _: &[u8]) -> Result<Vec<u8>, exo_cert::Error> {
        if self.reachable {
            Ok(vec![1, 2, 3])
        } else {
            Err(exo_cert::Error::sign(algorithm, "the token is not plugged in"))
        }
    }
}

fn certificate(signer: Elsewhere) -> ClientCertificate {
    let chain = app_certificate().chain().to_vec();
    ClientCertificate::new(chain, Arc::new(signer)).unwrap()
}

#[tokio::test]
async fn an_old_key_signs_as_it_can() {
    let world = World::new(ScriptedTransport::new().reply(200, &[], ISSUED));
    let signer = Elsewhere { can: &[SignatureAlgorithm::Rs256], reachable: true };
    let source = CertificateAssertion::new(certificate(signer)).unwrap();
    assert_eq!(source.signs_with(), SignatureAlgorithm::Rs256);
    world.vouched_by(source).build().unwrap().token(&exchange()).await.unwrap();
    let (header, _) = assertion(&world.transport.requests()[0]);
    assert_eq!(header["alg"], "RS256");
    assert!(header["x5t"].is_string() && header.get("x5t#S256").is_none());
}

#[test]
fn what_a_key_cannot_do_is_said_before_anything_is_sent() {
    let old = Elsewhere { can: &[SignatureAlgorithm::Rs256], reachable: true };
    let error = CertificateAssertion::new(certificate(old)).unwrap().algorithm(SignatureAlgorithm::Ps256).unwrap_err();
    assert!(matches!(error, Error::Algorithm { algorithm: SignatureAlgorithm::Ps256, .. }));
    assert_eq!(error.kind(), ErrorKind::Certificate);
    let none = Elsewhere { can: &[], reachable: true };
    assert!(matches!(CertificateAssertion::new(certificate(none)), Err(Error::NoAlgorithm)));
}

const UNSUPPORTED: &str = r#"{"error":"invalid_request","error_description":"AADSTS5002730: Unsupported key for the signing algorithm.","error_codes":[5002730]}"#;

#[tokio::test]
async fn a_server_that_refuses_ps256_is_given_rs256_from_then_on() {
    let script = ScriptedTransport::new().reply(400, &[], UNSUPPORTED).reply(200, &[], ISSUED).reply(200, &[], ISSUED);
    let world = World::new(script);
    let credential = world.credential();
    credential.token(&exchange()).await.unwrap();
    credential.token(&exchange()).await.unwrap();
    let headers: Vec<_> = world.transport.requests().iter().map(|request| assertion(request).0).collect();
    assert_eq!(headers.iter().map(|h| h["alg"].as_str().unwrap()).collect::<Vec<_>>(), ["PS256", "RS256", "RS256"]);
    assert!(headers[1]["x5t"].is_string());
    assert!(world.waits().is_empty());
}

#[tokio::test]
async fn an_algorithm_that_was_asked_for_is_kept() {
    let world = World::new(ScriptedTransport::new().reply(400, &[], UNSUPPORTED));
    let source = CertificateAssertion::new(app_certificate()).unwrap().algorithm(SignatureAlgorithm::Ps256).unwrap();
    let error = world.vouched_by(source).build().unwrap().token(&exchange()).await.unwrap_err();
    assert_eq!(error.service_code(), Some("AADSTS5002730"));
    assert_eq!(world.transport.requests().len(), 1);
}

#[tokio::test]
async fn the_chain_goes_along_where_it_is_wanted_only() {
    let world = World::new(ScriptedTransport::new().reply(200, &[], ISSUED).reply(200, &[], ISSUED));
    let source = || CertificateAssertion::new(app_certificate()).unwrap();
    world.vouched_by(source()).build().unwrap().token(&exchange()).await.unwrap();
    world.vouched_by(source().with_chain()).build().unwrap().token(&exchange()).await.unwrap();
    let headers: Vec<_> = world.transport.requests().iter().map(|request| assertion(request).0).collect();
    assert!(headers[0].get("x5c").is_none());
    assert_eq!(headers[1]["x5c"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_out_of_reach_is_a_failure_of_the_key_and_nothing_is_sent() {
    let world = World::new(ScriptedTransport::new());
    let gone = Elsewhere { can: &[SignatureAlgorithm::Ps256], reachable: false };
    let source = CertificateAssertion::new(certificate(gone)).unwrap();
    let error = world.vouched_by(source).build().unwrap().token(&exchange()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Certificate);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("not plugged in"), "{cause}");
    assert!(world.transport.requests().is_empty());
}
