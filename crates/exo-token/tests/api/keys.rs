//! Keys that live elsewhere: they may be able to do less, or be out of reach.

use crate::{ISSUED, PEM, World, assertion, exchange};
use exo_cert::{ClientCertificate, SignatureAlgorithm, Signer};
use exo_http::ScriptedTransport;
use exo_model::{Diagnose, ErrorKind, TokenProvider};
use exo_token::{CertificateCredential, CertificateCredentialBuilder, Error};
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

fn builder(world: &World, signer: Elsewhere) -> CertificateCredentialBuilder {
    let chain = ClientCertificate::from_bytes(PEM, None).unwrap().chain().to_vec();
    CertificateCredential::builder(
        Arc::clone(&world.transport) as _,
        Arc::clone(&world.clock) as _,
        "contoso.onmicrosoft.com".parse().unwrap(),
        "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap(),
        ClientCertificate::new(chain, Arc::new(signer)).unwrap(),
    )
}

#[tokio::test]
async fn an_old_key_signs_as_it_can() {
    let world = World::new(ScriptedTransport::new().reply(200, &[], ISSUED));
    let signer = Elsewhere { can: &[SignatureAlgorithm::Rs256], reachable: true };
    let credential = builder(&world, signer).build().unwrap();
    assert_eq!(credential.algorithm(), SignatureAlgorithm::Rs256);
    credential.token(&exchange()).await.unwrap();
    let (header, _) = assertion(&world.transport.requests()[0]);
    assert_eq!(header["alg"], "RS256");
    assert!(header["x5t"].is_string() && header.get("x5t#S256").is_none());
}

#[test]
fn what_a_key_cannot_do_is_said_before_anything_is_sent() {
    let world = World::new(ScriptedTransport::new());
    let old = Elsewhere { can: &[SignatureAlgorithm::Rs256], reachable: true };
    let error = builder(&world, old).algorithm(SignatureAlgorithm::Ps256).build().unwrap_err();
    assert!(matches!(error, Error::Algorithm { algorithm: SignatureAlgorithm::Ps256, .. }));
    assert_eq!(error.kind(), ErrorKind::Certificate);
    let none = Elsewhere { can: &[], reachable: true };
    assert!(matches!(builder(&world, none).build(), Err(Error::NoAlgorithm)));
}

#[tokio::test]
async fn a_key_out_of_reach_is_a_failure_of_the_key_and_nothing_is_sent() {
    let world = World::new(ScriptedTransport::new());
    let gone = Elsewhere { can: &[SignatureAlgorithm::Ps256], reachable: false };
    let error = builder(&world, gone).build().unwrap().token(&exchange()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Certificate);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("not plugged in"), "{cause}");
    assert!(world.transport.requests().is_empty());
}
