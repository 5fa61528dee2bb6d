//! Whom the transport trusts.

use crate::get;
use crate::server::{Server, Then, ok};
use exo_http::{Error, HttpsTransport, Transport};
use exo_model::Diagnose;
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;

/// A CA, and a server certificate of it for these names.
pub(crate) fn certificates(names: &[&str]) -> (String, rustls::ServerConfig) {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let leaf = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (ca_certificate.pem(), config)
}

#[tokio::test]
async fn a_named_ca_is_trusted_beside_those_of_the_system() {
    let (ca, config) = certificates(&["login.localhost"]);
    let server = Server::tls(vec![Then::Answer(ok("", b"secure"))], config).await;
    let (other, _) = certificates(&["other.localhost"]);
    let transport =
        HttpsTransport::builder().extra_ca_pem(other.as_bytes()).extra_ca_pem(ca.as_bytes()).build().unwrap();
    let url = format!("https://login.localhost:{}/", server.address.port());
    assert_eq!(transport.send(get(&url)).await.unwrap().body(), "secure");
}

#[tokio::test]
async fn an_unknown_ca_is_refused_by_name_before_anything_is_sent() {
    let (_, config) = certificates(&["login.localhost"]);
    let server = Server::tls(vec![Then::Answer(ok("", b"secure"))], config).await;
    let (other, _) = certificates(&["login.localhost"]);
    let transport = HttpsTransport::builder().extra_ca_pem(other.as_bytes()).build().unwrap();
    let url = format!("https://login.localhost:{}/", server.address.port());
    let error = transport.send(get(&url)).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    assert!(error.to_string().contains("login.localhost"));
    assert!(error.hint().unwrap().contains("extra CA"));
    assert!(!error.may_have_been_sent() && !error.is_transient());
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (ca, config) = certificates(&["other.localhost"]);
    let server = Server::tls(vec![Then::Answer(ok("", b"secure"))], config).await;
    let transport = HttpsTransport::builder().extra_ca_pem(ca.as_bytes()).build().unwrap();
    let url = format!("https://login.localhost:{}/", server.address.port());
    let error = transport.send(get(&url)).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
}

/// A server with a certificate that no CA has issued, and its thumbprint.
pub(crate) fn unknown_server() -> ([u8; 20], rustls::ServerConfig) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["node.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (digest.as_ref().try_into().unwrap(), config)
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_by_its_thumbprint_alone() {
    let (thumbprint, config) = unknown_server();
    let server = Server::tls(vec![Then::Answer(ok("", b"pinned"))], config).await;
    let transport = HttpsTransport::builder().pinned_certificate(thumbprint).build().unwrap();
    let url = format!("https://127.0.0.1:{}/", server.address.port());
    assert_eq!(transport.send(get(&url)).await.unwrap().body(), "pinned");
}

#[tokio::test]
async fn where_one_certificate_is_pinned_no_other_is_trusted() {
    let (ca, config) = certificates(&["login.localhost"]);
    let server = Server::tls(vec![Then::Answer(ok("", b"secure"))], config).await;
    let (thumbprint, _) = unknown_server();
    let builder = HttpsTransport::builder().extra_ca_pem(ca.as_bytes()).pinned_certificate(thumbprint);
    let url = format!("https://login.localhost:{}/", server.address.port());
    let error = builder.build().unwrap().send(get(&url)).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("pinned thumbprint"), "{error:?}");
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn a_server_without_tls_gets_no_request() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, &ok("", b"plain")).await.unwrap();
    });
    let transport = HttpsTransport::builder().build().unwrap();
    let error = transport.send(get(&format!("https://{address}/"))).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    assert!(!error.may_have_been_sent(), "{error:?}");
}
