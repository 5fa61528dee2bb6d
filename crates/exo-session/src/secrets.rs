//! What a session knows of the service's key for secret parameters, in a build that can encrypt and in one that cannot.

#[cfg(feature = "secure-strings")]
use crate::secure_string::PublicKey;
use exo_model::{Invocation, SecretParameter};
#[cfg(feature = "secure-strings")]
use std::sync::{Arc, Mutex, PoisonError};

/// The key that a session knows, if any: given by its builder, or read from what the service offers.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownKey {
    #[cfg(feature = "secure-strings")]
    key: Arc<Mutex<Option<PublicKey>>>,
}

#[cfg(feature = "secure-strings")]
impl KnownKey {
    fn get(&self) -> Option<PublicKey> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keep(&self, key: PublicKey) {
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    /// Whether the service must be asked for its key before this call can be sent.
    pub(crate) fn is_missing_for(&self, call: &Invocation) -> bool {
        !call.secrets.is_empty() && self.get().is_none()
    }

    /// Keeps the key that stands in a script of the service, unless one is known.
    pub(crate) fn learn<'a>(&self, mut scripts: impl Iterator<Item = &'a str>) {
        if self.get().is_none()
            && let Some(key) = scripts.find_map(|script| script.parse().ok())
        {
            self.keep(key);
        }
    }

    /// The value as it travels.
    pub(crate) fn encrypt(&self, value: &SecretParameter) -> Result<String, &'static str> {
        self.get().ok_or(NOT_SENT)?.encrypt(value)
    }
}

#[cfg(not(feature = "secure-strings"))]
#[expect(clippy::unused_self, reason = "the same methods as in a build that can encrypt")]
impl KnownKey {
    /// No key would help.
    pub(crate) fn is_missing_for(&self, _: &Invocation) -> bool {
        false
    }

    pub(crate) fn learn<'a>(&self, _: impl Iterator<Item = &'a str>) {}

    pub(crate) fn encrypt(&self, _: &SecretParameter) -> Result<String, &'static str> {
        Err(NOT_SENT)
    }
}

/// Why a secret is not sent.
#[cfg(feature = "secure-strings")]
pub(crate) const NOT_SENT: &str =
    "it is secret, and the service's public key is not known; ask what is offered first, or give the session the key";
/// Why a secret is not sent.
#[cfg(not(feature = "secure-strings"))]
pub(crate) const NOT_SENT: &str =
    "it is secret, and this build cannot encrypt; build `exo-session` with its feature `secure-strings`";
