//! Whom TLS trusts: the platform's CAs and those that were named.

use crate::Error;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use std::sync::{Arc, Mutex, PoisonError};

/// By whose word a server is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trust {
    /// The authorities of the system.
    System,
    /// Those that were named beside them.
    ExtraCa,
    /// The server's certificate itself, by its thumbprint.
    Pinned,
}

/// Who decides whether a server is trusted.
#[derive(Debug)]
pub(crate) struct Verifiers {
    /// All who do.
    pub(crate) all: Arc<dyn ServerCertVerifier>,
    /// The authorities that were named, alone.
    extra: Option<Arc<dyn ServerCertVerifier>>,
    otherwise: Trust,
}

impl Verifiers {
    /// The system's authorities, and these.
    pub(crate) fn of_system_and(extra_ca: &[Vec<u8>]) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = extra_roots(extra_ca)?;
        let mut extra: Option<Arc<dyn ServerCertVerifier>> = None;
        if !roots.is_empty() {
            let mut store = rustls::RootCertStore::empty();
            store.add_parsable_certificates(roots.iter().cloned());
            let alone = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider)).build();
            extra = Some(alone.map_err(|e| Error::ExtraCa { why: e.to_string() })?);
        }
        let all = Verifier::new_with_extra_roots(roots, provider).map_err(setup)?;
        Ok(Self { all: Arc::new(all), extra, otherwise: Trust::System })
    }

    /// One certificate, by its thumbprint, and no other.
    pub(crate) fn pinned(thumbprint: [u8; 20]) -> Self {
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        Self { all: Arc::new(Pinned { thumbprint, algorithms }), extra: None, otherwise: Trust::Pinned }
    }
}

/// A configuration with ring's algorithms; no process-wide default is touched.
pub(crate) fn config(verifier: Arc<dyn ServerCertVerifier>) -> Result<rustls::ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn setup(source: rustls::Error) -> Error {
    Error::Setup { source: source.into() }
}

/// Decides as the others do, and keeps what it was shown.
#[derive(Debug)]
pub(crate) struct Witness {
    all: Arc<dyn ServerCertVerifier>,
    extra: Option<Arc<dyn ServerCertVerifier>>,
    otherwise: Trust,
    seen: Mutex<(Vec<Vec<u8>>, Option<Trust>)>,
}

impl Witness {
    pub(crate) fn of(verifiers: &Verifiers) -> Self {
        Self {
            all: Arc::clone(&verifiers.all),
            extra: verifiers.extra.clone(),
            otherwise: verifiers.otherwise,
            seen: Mutex::default(),
        }
    }

    /// The certificates that were shown, and by whose word they were taken.
    pub(crate) fn saw(&self) -> (Vec<Vec<u8>>, Option<Trust>) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let asked = |verifier: &Arc<dyn ServerCertVerifier>| {
            verifier.verify_server_cert(end_entity, intermediates, name, ocsp, now)
        };
        let by_extra = self.extra.as_ref().and_then(|extra| asked(extra).ok());
        let (verdict, trust) = match by_extra {
            Some(verified) => (Ok(verified), Trust::ExtraCa),
            None => (asked(&self.all), self.otherwise),
        };
        let shown = std::iter::once(end_entity).chain(intermediates).map(|certificate| certificate.to_vec()).collect();
        let trust = verdict.is_ok().then_some(trust);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = (shown, trust);
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.all.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.all.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.all.supported_verify_schemes()
    }
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
