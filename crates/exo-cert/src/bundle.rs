//! A certificate with its key in the clear, on the way from one file into another.

use crate::client_certificate::{ClientCertificate, material};
use crate::encode::{self, armour, octet_string, oid, sequence, small_unsigned};
use crate::pfx::{self, Entry, PfxEncryption};
use crate::{Error, Selector, oids, select};
use exo_model::{Secret, SecretBytes};
use std::fmt;
use zeroize::Zeroizing;

/// A certificate, its chain and its private key in the clear, to be written into another file.
///
/// ```
/// use exo_cert::{Bundle, PfxEncryption, Selector};
///
/// # let pem = [include_bytes!("../tests/data/contoso.key").as_slice(), include_bytes!("../tests/data/contoso.crt")].concat();
/// let bundle = Bundle::from_bytes(&pem, None, &Selector::Only)?;
/// let pfx = bundle.to_pfx(&"password".into(), PfxEncryption::Aes256)?;
/// # assert!(pfx.expose().len() > 1000);
/// # Ok::<(), exo_cert::Error>(())
/// ```
pub struct Bundle {
    client_certificate: ClientCertificate,
    pkcs8: Zeroizing<Vec<u8>>,
}

impl Bundle {
    /// Reads what [`ClientCertificate::from_bytes`] reads; `wanted` tells which, where there are several.
    ///
    /// # Errors
    /// As [`ClientCertificate::from_bytes_selecting`].
    pub fn from_bytes(bytes: &[u8], password: Option<&Secret>, wanted: &Selector) -> Result<Self, Error> {
        let selection = select::select(material(bytes, password)?, wanted)?;
        let algorithm = sequence(&[&oid(oids::RSA_ENCRYPTION), encode::NULL]);
        let pkcs8 = sequence(&[&small_unsigned(0), &algorithm, &octet_string(&selection.key.key.pkcs1)]);
        Ok(Self { client_certificate: ClientCertificate::from_selection(&selection)?, pkcs8 })
    }

    /// The certificate with its key, ready to sign.
    pub fn client_certificate(&self) -> &ClientCertificate {
        &self.client_certificate
    }

    /// Key, certificate and chain as a PFX file that Windows imports as a CSP key.
    ///
    /// # Errors
    /// [`Error::Pfx`] if the password is too long, [`Error::Generate`] if the system gives no random numbers.
    pub fn to_pfx(&self, password: &Secret, encryption: PfxEncryption) -> Result<SecretBytes, Error> {
        let issuers = self.client_certificate.chain().get(1..).unwrap_or_default();
        let certificate = self.client_certificate.certificate().der();
        pfx::write(&Entry { pkcs8: &self.pkcs8, certificate, issuers }, password, encryption)
    }

    /// Key, certificate and chain as PEM, the key not encrypted.
    pub fn to_pem(&self) -> SecretBytes {
        let key = armour("PRIVATE KEY", &self.pkcs8);
        let chain: Vec<_> = self.client_certificate.chain().iter().map(|c| armour("CERTIFICATE", c.der())).collect();
        let mut pem = Zeroizing::new(Vec::with_capacity(key.len() + chain.iter().map(|c| c.len()).sum::<usize>()));
        pem.extend_from_slice(&key);
        for certificate in &chain {
            pem.extend_from_slice(certificate);
        }
        SecretBytes::new(std::mem::take(&mut *pem))
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle").field("client_certificate", &self.client_certificate).finish_non_exhaustive()
    }
}
