//! Assertions that a certificate's key signs.

use crate::assertion::{self, Statement};
use crate::{AssertionSource, Audience, Error, ServiceError};
use exo_cert::{ClientCertificate, SignatureAlgorithm};
use exo_http::RequestId;
use exo_model::{SeamError, Secret};
use std::sync::atomic::{AtomicBool, Ordering};

/// Signs assertions with a certificate's key, wherever that lives.
///
/// With PS256 and the SHA-256 thumbprint; with RS256 and the SHA-1 thumbprint where the key cannot do the former, or
/// when the server has refused it.
#[derive(Debug)]
pub struct CertificateAssertion {
    certificate: ClientCertificate,
    preferred: SignatureAlgorithm,
    /// The algorithm was asked for, so that no other is tried.
    fixed: bool,
    fell_back: AtomicBool,
    with_chain: bool,
}

impl CertificateAssertion {
    /// Signs in the best way that the key knows.
    ///
    /// # Errors
    ///
    /// [`Error::NoAlgorithm`] if the key knows none that the service takes.
    pub fn new(certificate: ClientCertificate) -> Result<Self, Error> {
        let known = certificate.signer().algorithms();
        let preferred = if known.contains(&SignatureAlgorithm::Ps256) {
            SignatureAlgorithm::Ps256
        } else {
            *known.first().ok_or(Error::NoAlgorithm)?
        };
        Ok(Self { certificate, preferred, fixed: false, fell_back: AtomicBool::new(false), with_chain: false })
    }

    /// Signs in this way and no other.
    ///
    /// # Errors
    ///
    /// [`Error::Algorithm`] if the key cannot.
    pub fn algorithm(mut self, algorithm: SignatureAlgorithm) -> Result<Self, Error> {
        if !self.certificate.signer().algorithms().contains(&algorithm) {
            return Err(Error::Algorithm { algorithm });
        }
        (self.preferred, self.fixed) = (algorithm, true);
        Ok(self)
    }

    /// Sends the certificate and its issuers along (`x5c`), for apps that trust a subject name and issuer.
    ///
    /// Microsoft enables few apps for that; a self-signed certificate gains nothing by it.
    #[must_use]
    pub fn with_chain(mut self) -> Self {
        self.with_chain = true;
        self
    }

    /// How the next assertion is signed.
    pub fn signs_with(&self) -> SignatureAlgorithm {
        if self.fell_back.load(Ordering::Relaxed) { SignatureAlgorithm::Rs256 } else { self.preferred }
    }
}

#[async_trait::async_trait]
impl AssertionSource for CertificateAssertion {
    async fn assertion(&self, audience: &Audience<'_>) -> Result<Secret, SeamError> {
        let statement = Statement {
            audience: audience.token_endpoint,
            app_id: audience.app_id,
            id: RequestId::random(),
            now: audience.now,
            chain: if self.with_chain { self.certificate.chain() } else { &[] },
        };
        assertion::sign(&self.certificate, self.signs_with(), statement).await.map_err(SeamError::new)
    }

    fn fall_back(&self, refusal: &ServiceError) -> bool {
        let can = self.certificate.signer().algorithms().contains(&SignatureAlgorithm::Rs256);
        let refused = matches!(refusal.code(), Some(UNSUPPORTED_KEY | UNSUPPORTED_ALGORITHM));
        if self.fixed || !can || !refused || self.signs_with() == SignatureAlgorithm::Rs256 {
            return false;
        }
        self.fell_back.store(true, Ordering::Relaxed);
        tracing::warn!(code = refusal.code(), "PS256 was refused; signing with RS256");
        true
    }
}

/// AADSTS5002730: the key cannot be used with the algorithm.
const UNSUPPORTED_KEY: u32 = 5_002_730;
/// AADSTS5002738: the algorithm is not taken.
const UNSUPPORTED_ALGORITHM: u32 = 5_002_738;
