//! Secure strings: the public key that is handed out, and the reading of what was encrypted with it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::rsa::{KeyPair, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::rsa_numbers;

/// The keys of a tenant: the one that is handed out, and the one before it.
#[derive(Default)]
pub(crate) struct SecureText(Mutex<Vec<Key>>);

struct Key {
    /// The public half, as .NET writes it.
    xml: String,
    private: Pkcs1PrivateDecryptingKey,
}

impl SecureText {
    /// The public key as XML; none if the machine refuses to make one.
    pub(crate) fn public_key(&self) -> Option<String> {
        let mut keys = self.keys();
        if keys.is_empty() {
            keys.push(Key::make()?);
        }
        keys.last().map(|key| key.xml.clone())
    }

    /// Makes a new key; the one before still opens what it closed.
    pub(crate) fn rotate(&self) -> Option<()> {
        let key = Key::make()?;
        let mut keys = self.keys();
        keys.push(key);
        let old = keys.len().saturating_sub(2);
        keys.drain(..old);
        Some(())
    }

    /// The text of base64 that one of the keys opens.
    pub(crate) fn open(&self, sealed: &str) -> Option<String> {
        let sealed = STANDARD.decode(sealed).ok()?;
        self.keys().iter().rev().find_map(|key| {
            let mut room = vec![0; key.private.min_output_size()];
            let clear = key.private.decrypt(&sealed, &mut room).ok()?;
            String::from_utf8(clear.to_vec()).ok()
        })
    }

    fn keys(&self) -> MutexGuard<'_, Vec<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Key {
    fn make() -> Option<Self> {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).ok()?;
        let der = pair.serialize_der();
        let (modulus, exponent) = rsa_numbers::of(&KeyPair::from_pkcs8(&der).ok()?)?;
        let xml = format!(
            "<RSAKeyValue><Modulus>{}</Modulus><Exponent>{}</Exponent></RSAKeyValue>",
            STANDARD.encode(modulus),
            STANDARD.encode(exponent)
        );
        let private = PrivateDecryptingKey::from_pkcs8(&der).ok()?;
        Some(Self { xml, private: Pkcs1PrivateDecryptingKey::new(private).ok()? })
    }
}

impl std::fmt::Debug for SecureText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecureText").finish_non_exhaustive()
    }
}
