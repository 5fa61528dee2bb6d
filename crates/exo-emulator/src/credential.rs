//! A certificate registered on an app: its thumbprints, dates and public key.

use ring::digest;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::ObjectIdentifier;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// What an app was given; read when the emulator starts.
#[derive(Clone)]
pub(crate) struct CertificateSource {
    pub(crate) der: Vec<u8>,
    pub(crate) dates: Option<(i64, i64)>,
    /// When the token service learns of it, in seconds since the start.
    pub(crate) visible_after: i64,
}

impl std::fmt::Debug for CertificateSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertificateSource")
            .field("length", &self.der.len())
            .field("dates", &self.dates)
            .field("visible_after", &self.visible_after)
            .finish()
    }
}

/// A registered certificate, read.
#[derive(Clone, Debug)]
pub(crate) struct KeyCredential {
    pub(crate) der: Vec<u8>,
    pub(crate) sha1: Vec<u8>,
    pub(crate) sha256: Vec<u8>,
    /// The PKCS#1 form of the key; none if it is not an RSA key, which may be registered but proves nothing.
    pub(crate) rsa_key: Option<Vec<u8>>,
    /// Until when it is taken, in seconds: by itself, or as the registration says.
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// The certificate's own validity.
    pub(crate) validity: (i64, i64),
    pub(crate) subject: Option<String>,
    pub(crate) self_signed: bool,
}

impl KeyCredential {
    /// Reads a certificate, with the dates of its registration if they are others than its own.
    pub(crate) fn read(der: &[u8], dates: Option<(i64, i64)>) -> Result<Self, String> {
        let certificate = Certificate::from_der(der).map_err(|error| error.to_string())?;
        let body = certificate.tbs_certificate();
        let validity = body.validity();
        let validity = (unix(validity.not_before.to_unix_duration()), unix(validity.not_after.to_unix_duration()));
        let (start, end) = dates.unwrap_or(validity);
        let key = body.subject_public_key_info();
        let subject = body.subject().to_string();
        Ok(Self {
            der: der.to_vec(),
            sha1: digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der).as_ref().to_vec(),
            sha256: digest::digest(&digest::SHA256, der).as_ref().to_vec(),
            rsa_key: (key.algorithm.oid == RSA).then(|| key.subject_public_key.raw_bytes().to_vec()),
            start,
            end,
            validity,
            self_signed: body.subject() == body.issuer(),
            subject: Some(subject).filter(|subject| !subject.is_empty()),
        })
    }
}

fn unix(since: std::time::Duration) -> i64 {
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
