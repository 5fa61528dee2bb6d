//! A certificate with its private key, known to match.

use crate::certificate::Certificate;
use crate::detect::{self, Item, Kind};
use crate::material::{KeyMaterial, Material};
use crate::pfx::{self, Budget, Passwords, PfxError};
use crate::provider::Provider;
use crate::select::{self, Selection};
use crate::warning::{self, Warning};
use crate::{Error, RsaSigner, Selector, SignatureAlgorithm, Signer};
use exo_model::Secret;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A certificate chain with whoever signs for it, known to match.
///
/// ```
/// use exo_cert::ClientCertificate;
/// use exo_model::Secret;
///
/// # let bytes = include_bytes!("../tests/data/openssl3-aes256.pfx");
/// let certificate = ClientCertificate::from_bytes(bytes, Some(&Secret::from("password")))?;
/// assert_eq!(certificate.certificate().subject(), "CN=contoso.org");
/// # Ok::<(), exo_cert::Error>(())
/// ```
#[derive(Clone)]
pub struct ClientCertificate {
    leaf: Certificate,
    chain: Arc<[Certificate]>,
    signer: Arc<dyn Signer>,
    provider: Provider,
}

impl ClientCertificate {
    /// Reads a PFX (DER or BER), or PEM, DER or base64 that holds a key and its certificate, in any order.
    ///
    /// No password and an empty one mean the same.
    ///
    /// # Errors
    /// Whatever is wrong with the file, the password, the key or the pair; see [`Error`].
    /// A certificate that has expired is read; see [`check_validity`](Self::check_validity).
    pub fn from_bytes(bytes: &[u8], password: Option<&Secret>) -> Result<Self, Error> {
        Self::read(bytes, password, &Selector::Only)
    }

    /// The same, where the file holds several certificates with keys: the one with a thumbprint of either kind, or with
    /// a subject.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes), and [`Error::NotInFile`].
    pub fn from_bytes_selecting(bytes: &[u8], password: Option<&Secret>, wanted: &Selector) -> Result<Self, Error> {
        Self::read(bytes, password, wanted)
    }

    fn read(bytes: &[u8], password: Option<&Secret>, wanted: &Selector) -> Result<Self, Error> {
        let selection = select::select(material(bytes, password)?, wanted)?;
        Self::from_selection(&selection)
    }

    pub(crate) fn from_selection(selection: &Selection) -> Result<Self, Error> {
        let Selection { leaf, chain, key } = selection;
        let signer = RsaSigner::from_rsa(&key.key)?;
        Ok(Self {
            leaf: leaf.clone(),
            chain: chain.clone().into(),
            signer: Arc::new(signer),
            provider: Provider::classify(key.provider.clone(), key.key_usage),
        })
    }

    /// A certificate whose key lives elsewhere; its own certificate is first in the chain.
    ///
    /// Whether they match is seen by [`self_test`](Self::self_test).
    ///
    /// # Errors
    /// [`Error::NoCertificate`] if the chain is empty, [`Error::UnsupportedKey`] if the certificate's key is not RSA.
    pub fn new(chain: Vec<Certificate>, signer: Arc<dyn Signer>) -> Result<Self, Error> {
        let leaf = chain.first().ok_or(Error::NoCertificate { what: "the chain is empty" })?.clone();
        leaf.require_rsa()?;
        Ok(Self { leaf, chain: chain.into(), signer, provider: Provider::unknown() })
    }

    /// The same, with what a store knows of its key's provider.
    #[must_use]
    pub fn provided_by(mut self, provider: Provider) -> Self {
        self.provider = provider;
        self
    }

    /// The certificate itself.
    pub fn certificate(&self) -> &Certificate {
        &self.leaf
    }

    /// The certificate, then its issuers as far as they are known.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Who signs.
    pub fn signer(&self) -> &Arc<dyn Signer> {
        &self.signer
    }

    /// Which Windows provider the key came from, if the file says so.
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// What a user should know at every sign-in, though it hinders nothing.
    pub fn warnings(&self, now: SystemTime) -> Vec<Warning> {
        warning::harmless(self.certificate(), &self.provider, now)
    }

    /// Everything that a user who looks at this certificate should know, dates and length of validity too.
    pub fn all_warnings(&self, now: SystemTime) -> Vec<Warning> {
        warning::all(self.certificate(), &self.provider, now)
    }

    /// Refuses a CNG key, for those who want the rule that Microsoft documents; an unknown provider is accepted.
    ///
    /// # Errors
    /// [`Error::Cng`].
    pub fn require_csp(&self) -> Result<(), Error> {
        if self.provider.is_cng() { Err(Error::Cng { provider: self.provider.clone() }) } else { Ok(()) }
    }

    /// Whether the certificate may be used now.
    ///
    /// # Errors
    /// [`Error::Expired`] and [`Error::NotYetValid`].
    pub fn check_validity(&self, now: SystemTime) -> Result<(), Error> {
        self.certificate().check_validity(now)
    }

    /// Signs a message.
    ///
    /// # Errors
    /// What the signer says, usually [`Error::Sign`].
    pub async fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        if !self.signer.algorithms().contains(&algorithm) {
            return Err(Error::sign(algorithm, "the key cannot do that"));
        }
        self.signer.sign(algorithm, message).await
    }

    /// Signs something with the signer's best algorithm and checks it with the certificate.
    ///
    /// # Errors
    /// [`Error::KeyMismatch`] if the key is another one, or what the signer says.
    pub async fn self_test(&self) -> Result<(), Error> {
        let certificate = self.certificate();
        let Some(algorithm) = self.signer.algorithms().first() else {
            return Err(Error::sign(SignatureAlgorithm::Ps256, "the key can do nothing"));
        };
        let signature = self.signer.sign(*algorithm, SELF_TEST).await?;
        certificate
            .verify(*algorithm, SELF_TEST, &signature)
            .map_err(|_| Error::KeyMismatch { thumbprint: certificate.thumbprint() })
    }
}

impl Certificate {
    /// Whether the certificate may be used now.
    ///
    /// # Errors
    /// [`Error::Expired`] and [`Error::NotYetValid`].
    pub fn check_validity(&self, now: SystemTime) -> Result<(), Error> {
        let thumbprint = self.thumbprint();
        if now > self.not_after() {
            return Err(Error::Expired { thumbprint, not_after: self.not_after() });
        }
        if now < self.not_before() {
            return Err(Error::NotYetValid { thumbprint, not_before: self.not_before() });
        }
        Ok(())
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("certificate", self.certificate())
            .field("signer", &self.signer)
            .finish_non_exhaustive()
    }
}

/// Everything that is in the bytes.
pub(crate) fn material(bytes: &[u8], password: Option<&Secret>) -> Result<Material, Error> {
    let passwords = Passwords::new(password)?;
    let found = detect::items(bytes)?;
    let mut opening = Opening { budget: Budget::new(), passwords, provider: found.provider };
    opening.charge(&found.items)?;
    let mut material = Material::default();
    for item in &found.items {
        opening.add(&mut material, item)?;
    }
    Ok(material)
}

/// What it takes to open the parts of a file.
struct Opening {
    passwords: Passwords,
    budget: Budget,
    provider: Option<String>,
}

impl Opening {
    /// Adds up what all encrypted keys cost, before one of them is opened.
    fn charge(&mut self, items: &[Item]) -> Result<(), Error> {
        for item in items.iter().filter(|item| item.kind == Kind::EncryptedPkcs8) {
            // What else is wrong with it is said if this key is needed.
            if let Err(error @ PfxError::TooExpensive { .. }) = pfx::charge_sealed(&item.der, &mut self.budget) {
                return Err(error.into());
            }
        }
        Ok(())
    }

    fn add(&mut self, material: &mut Material, item: &Item) -> Result<(), Error> {
        match item.kind {
            Kind::Pfx => material.append(pfx::read(&item.der, &self.passwords, &mut self.budget)?),
            Kind::Certificate => material.add_certificate(&item.der, |certificate| certificate),
            Kind::Pkcs8 => material.add_pkcs8(&item.der, self.known()),
            Kind::Pkcs1 => material.add_pkcs1(&item.der),
            Kind::EncryptedPkcs8 => match pfx::open_sealed(&item.der, &self.passwords, &mut self.budget) {
                Ok(pkcs8) => material.add_pkcs8(&pkcs8, self.known()),
                Err(error) => material.unread(error.into()),
            },
            Kind::OldPem => self.add_old_pem(material, item),
            Kind::EcKey => material.unread(Error::UnsupportedKey { algorithm: "EC".into() }),
            Kind::Pkcs7 => material.unread(detect::PKCS7.into()),
            Kind::PublicKey | Kind::Request | Kind::RevocationList => {
                material.beside.get_or_insert(item.kind);
            }
            Kind::Unknown => material.unread(Error::Malformed { what: "certificate file" }),
        }
        Ok(())
    }

    fn add_old_pem(&self, material: &mut Material, item: &Item) {
        let opened = pfx::open_old_pem(item.dek_info.as_deref().unwrap_or(""), &item.der, &self.passwords);
        match opened.map(|der| (detect::kind(&der), der)) {
            Ok((Kind::Pkcs1, der)) => material.add_pkcs1(&der),
            Ok((Kind::Pkcs8, der)) => material.add_pkcs8(&der, self.known()),
            Ok((Kind::EcKey, _)) => material.unread(Error::UnsupportedKey { algorithm: "EC".into() }),
            Ok(_) => material.unread(self.passwords.refused().into()),
            Err(error) => material.unread(error.into()),
        }
    }

    /// Says the provider that stands in the text around a key.
    fn known(&self) -> impl FnOnce(KeyMaterial) -> KeyMaterial {
        |key| KeyMaterial { provider: self.provider.clone(), ..key }
    }
}

const SELF_TEST: &[u8; 32] = b"does this key fit to its cert? 1";
