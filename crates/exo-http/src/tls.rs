//! Whom TLS trusts: the platform's CAs and those that were named.

use crate::Error;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

/// A configuration with ring's algorithms; no process-wide default is touched.
pub(crate) fn config(extra_ca: &[Vec<u8>]) -> Result<rustls::ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let setup = |source: rustls::Error| Error::Setup { source: source.into() };
    let roots = extra_roots(extra_ca)?;
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).map_err(setup)?;
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A configuration that trusts one certificate, by its thumbprint, and no other.
pub(crate) fn pinned(thumbprint: [u8; 20]) -> Result<rustls::ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pinned = Pinned { thumbprint, algorithms: provider.signature_verification_algorithms };
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| Error::Setup { source: source.into() })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(pinned))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Takes the certificate with this thumbprint, whatever its name, its dates and its issuer.
#[derive(Debug)]
struct Pinned {
    thumbprint: [u8; 20],
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let found = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, end_entity);
        if found.as_ref() == self.thumbprint {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General("the server's certificate is not the one with the pinned thumbprint".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn extra_roots(pems: &[Vec<u8>]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut roots = Vec::new();
    for text in pems {
        let blocks = pem::parse_many(text).map_err(|e| Error::ExtraCa { why: e.to_string() })?;
        let before = roots.len();
        for block in blocks.into_iter().filter(|b| b.tag() == "CERTIFICATE") {
            let certificate = CertificateDer::from(block.into_contents());
            // Tried one by one, since the verifier says neither which nor whether it was one of these.
            let tried = rustls::RootCertStore::empty().add(certificate.clone());
            tried.map_err(|e| Error::ExtraCa { why: e.to_string() })?;
            roots.push(certificate);
        }
        if roots.len() == before {
            return Err(Error::ExtraCa { why: "no certificate was found in PEM form".to_owned() });
        }
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_certificate_is_refused() {
        let key = b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
        let damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for bad in [b"".as_slice(), b"hello", key, damaged] {
            assert!(matches!(extra_roots(&[bad.to_vec()]), Err(Error::ExtraCa { .. })));
        }
    }
}
