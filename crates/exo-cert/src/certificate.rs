//! A certificate without its key: names, dates, thumbprints.

use crate::detect::{self, Kind};
use crate::x509::{self, PublicKey};
use crate::{Error, Sha256Thumbprint, SignatureAlgorithm, Thumbprint, client_certificate, oids, private_key};
use exo_model::Secret;
use ring::signature::{self, UnparsedPublicKey};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A certificate: the public part alone, which is what an app registration is given.
///
/// ```
/// # let pem = include_bytes!("../tests/data/contoso.crt");
/// let certificate = exo_cert::Certificate::from_bytes(pem)?;
/// assert_eq!(certificate.subject(), "CN=contoso.org");
/// assert_eq!(certificate.thumbprint().to_string().len(), 40);
/// # Ok::<(), exo_cert::Error>(())
/// ```
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    thumbprint: Thumbprint,
    sha256_thumbprint: Sha256Thumbprint,
    subject: String,
    issuer: String,
    raw_subject: Vec<u8>,
    raw_issuer: Vec<u8>,
    serial: String,
    not_before: SystemTime,
    not_after: SystemTime,
    key: Key,
    dns_names: Vec<String>,
    sha1_signature: bool,
}

struct Key {
    algorithm: KeyAlgorithm,
    /// `RSAPublicKey`; empty for other algorithms.
    pkcs1: Vec<u8>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// What kind of key a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA, the only kind that the sign-in service takes.
    Rsa,
    /// Another one, by name, such as `EC P-256`.
    Other(String),
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa => f.write_str("RSA"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

impl Certificate {
    /// Reads the first certificate of a DER, PEM or base64 text, whatever stands around it.
    ///
    /// A private key beside it is passed over; a PFX is refused, since its certificate may be encrypted.
    ///
    /// # Errors
    /// [`Error::NoCertificate`], [`Error::NotACertificate`] and [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let items = detect::items(bytes)?.items;
        if let Some(item) = items.iter().find(|item| item.kind == Kind::Certificate) {
            return Self::from_der(&item.der);
        }
        match items.first().map(|item| item.kind) {
            Some(Kind::Pkcs7) => Err(detect::PKCS7.into()),
            Some(Kind::Unknown) => Err(Error::Malformed { what: "certificate file" }),
            kind => Err(Error::NoCertificate { what: kind.map_or("there is nothing", Kind::instead) }),
        }
    }

    /// Reads every certificate of a file that may need a password, such as a PFX, whatever its keys are.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes), and what is wrong with the password or the PFX.
    pub fn all_from_bytes(bytes: &[u8], password: Option<&Secret>) -> Result<Vec<Self>, Error> {
        let material = client_certificate::material(bytes, password)?;
        if material.certificates.is_empty() {
            let nothing = material.no_certificate();
            return Err(material.unread.unwrap_or(nothing));
        }
        Ok(material.certificates.into_iter().map(|found| found.certificate).collect())
    }

    /// Reads DER; what follows the certificate is not looked at.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, Error> {
        let fields = x509::read(der).map_err(|_| Error::Malformed { what: "certificate" })?;
        let key = match fields.key {
            PublicKey::Rsa { pkcs1, modulus, exponent } => Key {
                algorithm: KeyAlgorithm::Rsa,
                pkcs1: pkcs1.to_vec(),
                modulus: modulus.to_vec(),
                exponent: exponent.to_vec(),
            },
            PublicKey::Other { algorithm } => Key {
                algorithm: KeyAlgorithm::Other(algorithm),
                pkcs1: Vec::new(),
                modulus: Vec::new(),
                exponent: Vec::new(),
            },
        };
        Ok(Self(Arc::new(Inner {
            thumbprint: Thumbprint::of(fields.whole),
            sha256_thumbprint: Sha256Thumbprint::of(fields.whole),
            subject: x509::show_name(&fields.subject),
            issuer: x509::show_name(&fields.issuer),
            raw_subject: fields.subject.content.to_vec(),
            raw_issuer: fields.issuer.content.to_vec(),
            serial: fields.serial,
            not_before: fields.not_before,
            not_after: fields.not_after,
            key,
            dns_names: fields.dns_names,
            sha1_signature: fields.signature_algorithm == oids::SHA1_WITH_RSA.as_bytes(),
            der: fields.whole.to_vec(),
        })))
    }

    /// The certificate as it is registered, transferred and hashed.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-1 of the DER: what administrators call the thumbprint.
    pub fn thumbprint(&self) -> Thumbprint {
        self.0.thumbprint
    }

    /// SHA-256 of the DER.
    pub fn sha256_thumbprint(&self) -> Sha256Thumbprint {
        self.0.sha256_thumbprint
    }

    /// For whom it was issued, such as `CN=contoso.org`.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// By whom it was issued.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The serial number in upper-case hexadecimal digits.
    pub fn serial(&self) -> &str {
        &self.0.serial
    }

    /// When its validity begins.
    pub fn not_before(&self) -> SystemTime {
        self.0.not_before
    }

    /// When its validity ends.
    pub fn not_after(&self) -> SystemTime {
        self.0.not_after
    }

    /// What kind of key it is for.
    pub fn key_algorithm(&self) -> &KeyAlgorithm {
        &self.0.key.algorithm
    }

    /// The length of an RSA key; nothing for other kinds.
    pub fn key_bits(&self) -> Option<usize> {
        match self.0.key.algorithm {
            KeyAlgorithm::Rsa => Some(private_key::bits(&self.0.key.modulus)),
            KeyAlgorithm::Other(_) => None,
        }
    }

    /// The DNS names among its alternative names.
    pub fn dns_names(&self) -> &[String] {
        &self.0.dns_names
    }

    /// Whether the certificate itself was signed with SHA-1, as old scripts do.
    pub fn has_sha1_signature(&self) -> bool {
        self.0.sha1_signature
    }

    /// Whether it names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.0.raw_subject == self.0.raw_issuer
    }

    /// Checks a signature over `message` with the certificate's key.
    ///
    /// # Errors
    /// [`Error::Sign`] if the signature does not hold, [`Error::UnsupportedKey`] if the key is not RSA.
    pub fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.require_rsa()?;
        let checked: &dyn signature::VerificationAlgorithm = match algorithm {
            SignatureAlgorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
            SignatureAlgorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        };
        UnparsedPublicKey::new(checked, &self.0.key.pkcs1)
            .verify(message, signature)
            .map_err(|_| Error::sign(algorithm, "the signature does not fit the certificate's key"))
    }

    pub(crate) fn require_rsa(&self) -> Result<(), Error> {
        match &self.0.key.algorithm {
            KeyAlgorithm::Rsa => Ok(()),
            KeyAlgorithm::Other(algorithm) => Err(Error::UnsupportedKey { algorithm: algorithm.clone() }),
        }
    }

    /// Whether this RSA key is the one that the certificate was issued for.
    pub(crate) fn belongs_to(&self, modulus: &[u8], exponent: &[u8]) -> bool {
        self.0.key.algorithm == KeyAlgorithm::Rsa && self.0.key.modulus == modulus && self.0.key.exponent == exponent
    }

    /// Whether the other one's subject is this one's issuer.
    pub(crate) fn names_as_issuer(&self, other: &Self) -> bool {
        self.0.raw_issuer == other.0.raw_subject
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("thumbprint", &self.0.thumbprint)
            .field("subject", &self.0.subject)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}
