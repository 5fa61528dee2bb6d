//! What a file holds, before key and certificate are matched.

use crate::Error;
use crate::certificate::Certificate;
use crate::detect::{self, Kind};
use crate::private_key::{PrivateKey, RsaKey};

/// The keys and certificates of a file, in the order of finding.
#[derive(Default)]
pub(crate) struct Material {
    pub(crate) keys: Vec<KeyMaterial>,
    pub(crate) certificates: Vec<CertificateMaterial>,
    /// Why something could not be read; matters if what is left does not suffice.
    pub(crate) unread: Option<Error>,
    /// What else is there, to be named where there is nothing better.
    pub(crate) beside: Option<Kind>,
}

/// An RSA key, and what its file says of it.
pub(crate) struct KeyMaterial {
    pub(crate) key: RsaKey,
    pub(crate) local_key_id: Option<Vec<u8>>,
    pub(crate) provider: Option<String>,
    pub(crate) key_usage: Option<u8>,
}

/// A certificate, and what its file says of it.
pub(crate) struct CertificateMaterial {
    pub(crate) certificate: Certificate,
    pub(crate) local_key_id: Option<Vec<u8>>,
}

impl Material {
    pub(crate) fn add_pkcs8(&mut self, der: &[u8], with: impl FnOnce(KeyMaterial) -> KeyMaterial) {
        match PrivateKey::from_pkcs8(der) {
            Ok((key, key_usage)) => self.add_key(key, key_usage, with),
            Err(error) => self.unread(error),
        }
    }

    pub(crate) fn add_pkcs1(&mut self, der: &[u8]) {
        match PrivateKey::from_pkcs1(der) {
            Ok(key) => self.add_key(key, None, |key| key),
            Err(error) => self.unread(error),
        }
    }

    fn add_key(&mut self, key: PrivateKey, key_usage: Option<u8>, with: impl FnOnce(KeyMaterial) -> KeyMaterial) {
        match key {
            PrivateKey::Rsa(key) => {
                self.keys.push(with(KeyMaterial { key, local_key_id: None, provider: None, key_usage }));
            }
            PrivateKey::Other { algorithm } => self.unread(Error::UnsupportedKey { algorithm }),
        }
    }

    pub(crate) fn add_certificate(
        &mut self,
        der: &[u8],
        with: impl FnOnce(CertificateMaterial) -> CertificateMaterial,
    ) {
        match Certificate::from_der(der) {
            Ok(certificate) => {
                self.certificates.push(with(CertificateMaterial { certificate, local_key_id: None }));
            }
            Err(error) => self.unread(error),
        }
    }

    /// Takes what another file held.
    pub(crate) fn append(&mut self, other: Self) {
        self.keys.extend(other.keys);
        self.certificates.extend(other.certificates);
        if let Some(error) = other.unread {
            self.unread(error);
        }
        self.beside = self.beside.or(other.beside);
    }

    /// What to say where there is no certificate.
    pub(crate) fn no_certificate(&self) -> Error {
        let what = match self.beside {
            _ if !self.keys.is_empty() => detect::ONLY_A_KEY,
            Some(kind) => kind.instead(),
            None => "there is neither a certificate nor a key in it",
        };
        Error::NoCertificate { what }
    }

    /// Remembers the first thing that could not be read.
    pub(crate) fn unread(&mut self, error: Error) {
        self.unread.get_or_insert(error);
    }
}
