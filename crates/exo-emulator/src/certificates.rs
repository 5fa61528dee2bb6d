//! The authority and server certificate, and the key that signs access tokens; all made at start.

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData as _,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::clock::{Civil, Clock};
use crate::error::Error;
use crate::{hosts, neighbours};

/// The authority's certificate, and what the listener needs.
pub(crate) struct ServerIdentity {
    pub(crate) ca_pem: String,
    pub(crate) config: Arc<ServerConfig>,
    /// SHA-1 of the server's certificate, in upper-case hexadecimal.
    pub(crate) thumbprint: String,
}

impl ServerIdentity {
    pub(crate) fn make() -> Result<Self, Error> {
        let authority_key = KeyPair::generate().map_err(keys)?;
        let mut authority = parameters("exo-emulator root", Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_certificate = authority.self_signed(&authority_key).map_err(keys)?;
        let issuer = Issuer::new(authority, authority_key);

        let server_key = KeyPair::generate().map_err(keys)?;
        let mut server =
            parameters("exo-emulator", [hosts::certificate_names(), neighbours::certificate_names()].concat())?;
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let server_certificate = server.signed_by(&server_key, &issuer).map_err(keys)?;

        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(keys)?
            .with_no_client_auth()
            .with_single_cert(vec![server_certificate.der().clone()], key)
            .map_err(keys)?;
        let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, server_certificate.der());
        let thumbprint = crate::vault::hex(sha1.as_ref(), 40).to_ascii_uppercase();
        Ok(Self { ca_pem: authority_certificate.pem(), config: Arc::new(config), thumbprint })
    }
}

/// A certificate of that name and for those hosts, valid from two days ago for most of a year.
pub(crate) fn parameters(name: &str, names: Vec<String>) -> Result<CertificateParams, Error> {
    const DAY: i64 = 86_400;
    let mut parameters = CertificateParams::new(names).map_err(keys)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    parameters.distinguished_name = subject;
    let now = Clock::ahead_by(0).now();
    let (start, end) = (Civil::from_unix(now - 2 * DAY), Civil::from_unix(now + 300 * DAY));
    parameters.not_before = rcgen::date_time_ymd(start.year, start.month, start.day);
    parameters.not_after = rcgen::date_time_ymd(end.year, end.month, end.day);
    Ok(parameters)
}

/// The key that signs access tokens (ES256).
pub(crate) struct TokenKey {
    pub(crate) id: String,
    pub(crate) x: String,
    pub(crate) y: String,
    key: jsonwebtoken::EncodingKey,
}

impl TokenKey {
    pub(crate) fn make() -> Result<Self, Error> {
        let pair = KeyPair::generate().map_err(keys)?;
        let point = pair.der_bytes();
        let half = |from: usize| point.get(from..from + 32).map(|b| URL_SAFE_NO_PAD.encode(b));
        let digest = digest::digest(&digest::SHA256, point);
        Ok(Self {
            id: URL_SAFE_NO_PAD.encode(digest.as_ref().get(..20).unwrap_or_default()),
            x: half(1).unwrap_or_default(),
            y: half(33).unwrap_or_default(),
            key: jsonwebtoken::EncodingKey::from_ec_der(&pair.serialize_der()),
        })
    }

    /// The third part of a JWT whose first two are `message`.
    pub(crate) fn sign(&self, message: &str) -> Option<String> {
        let algorithm = jsonwebtoken::Algorithm::ES256;
        jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, algorithm).ok()
    }
}

fn keys(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Keys(Box::new(error))
}
