//! Windows' own certificate store: `CurrentUser\My` and `LocalMachine\My`, with keys that may not leave it.

mod handles;
mod key;
#[cfg(test)]
mod tests;

use super::{Description, KeyStore, choose};
use crate::{
    Certificate, ClientCertificate, Error, KeySpec, Provider, ProviderKind, Selector, SignatureAlgorithm, Signer,
    StoreError, Thumbprint,
};
use handles::{Context, KeyInfo, SystemStore};
use key::Key;
use ring::digest;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use windows_sys::Win32::Foundation as code;
use windows_sys::Win32::Security::Cryptography as win;

/// The store `My` of Windows, for the user or for the machine. Keys stay in it and sign there.
///
/// It was compiled, and seen to find certificates and to sign under Wine; it is unverified on Windows itself, and
/// [`Description::unverified`](crate::Description::unverified) says so.
/// Even under Wine nobody saw a CNG key that is opened by its name, nor a key that is the machine's own.
///
/// A key of the new kind (CNG) signs with PS256, one of the old kind (CSP) with RS256.
/// The calls wait for the system; nobody is ever asked for a PIN or a consent.
///
/// ```no_run
/// use exo_cert::{KeyStore, Selector, StoreChain, WindowsStore};
/// use std::sync::Arc;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let stores = StoreChain::new(vec![
///     Arc::new(WindowsStore::current_user()),
///     Arc::new(WindowsStore::local_machine()),
/// ]);
/// let wanted: Selector = "84E05C1D98BCE3A5421D225B140B36E86A3D5534".parse()?;
/// let certificate = stores.find(&wanted).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowsStore {
    location: Location,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Location {
    User,
    Machine,
}

impl WindowsStore {
    /// `CurrentUser\My`.
    pub const fn current_user() -> Self {
        Self { location: Location::User }
    }

    /// `LocalMachine\My`.
    pub const fn local_machine() -> Self {
        Self { location: Location::Machine }
    }

    /// Nothing, where there is no such store.
    fn open(self) -> Result<Option<SystemStore>, StoreError> {
        let location = match self.location {
            Location::User => win::CERT_SYSTEM_STORE_CURRENT_USER,
            Location::Machine => win::CERT_SYSTEM_STORE_LOCAL_MACHINE,
        };
        match SystemStore::open(location) {
            Ok(store) => Ok(Some(store)),
            Err(code::ERROR_FILE_NOT_FOUND) => Ok(None),
            Err(code) => Err(StoreError::System { place: self.place(), call: "CertOpenStore", code }),
        }
    }

    fn look_in(self, store: &SystemStore) -> Vec<Description> {
        store.certificates().iter().filter_map(|context| self.describe(context)).collect()
    }

    /// What does not parse is skipped.
    fn describe(self, context: &Context) -> Option<Description> {
        let bare = Description::bare(&Certificate::from_der(context.der()).ok()?, self.place());
        let info = context.key_info();
        let provider = info.as_ref().map_or_else(Provider::unknown, provider);
        Some(Description { provider, has_private_key: info.is_some(), unverified: true, ..bare })
    }

    fn ready(self, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
        match self.open()? {
            Some(store) => self.ready_in(&store, wanted),
            None => Err(StoreError::not_found(wanted, self.place())),
        }
    }

    fn ready_in(self, store: &SystemStore, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
        let thumbprint = match wanted {
            Selector::Thumbprint(thumbprint) => *thumbprint,
            _ => choose(&self.place(), wanted, &self.look_in(store))?.thumbprint,
        };
        let not_found = || StoreError::not_found(&Selector::Thumbprint(thumbprint), self.place());
        let context = store.by_thumbprint(&thumbprint).ok_or_else(not_found)?;
        let unusable = |source| StoreError::Unusable { thumbprint, place: self.place(), source };
        let certificate = Certificate::from_der(context.der()).map_err(unusable)?;
        certificate.require_rsa().map_err(unusable)?;
        let info = context.key_info();
        let provider = info.as_ref().map_or_else(Provider::unknown, provider);
        let signer = self.signer(thumbprint, context, info.as_ref())?;
        let made = ClientCertificate::new(vec![certificate], Arc::new(signer)).map_err(unusable)?;
        Ok(made.provided_by(provider))
    }

    /// Opens the key and finds out what it can do, best first.
    fn signer(
        self,
        thumbprint: Thumbprint,
        context: Context,
        info: Option<&KeyInfo>,
    ) -> Result<WindowsSigner, StoreError> {
        let failed = |call, code| self.failed(thumbprint, call, code);
        let key = context.acquire().map_err(|code| failed("CryptAcquireCertificatePrivateKey", code))?;
        if key.is_cng() && key.sign(SignatureAlgorithm::Ps256, PROBE).is_ok() {
            return Ok(WindowsSigner::new(key, &[SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256]));
        }
        let only = &[SignatureAlgorithm::Rs256];
        match (key.sign(SignatureAlgorithm::Rs256, PROBE), info) {
            (Ok(_), _) => Ok(WindowsSigner::new(key, only)),
            (Err(code), Some(info)) if !key.is_cng() && code == code::NTE_BAD_ALGID.cast_unsigned() => {
                let key = key.reopened(info).map_err(|code| failed("CryptAcquireContext", code))?;
                let probed = key.sign(SignatureAlgorithm::Rs256, PROBE);
                probed.map_err(|code| failed("CryptSignHash", code))?;
                Ok(WindowsSigner::new(key, only))
            }
            (Err(code), _) => Err(failed(if key.is_cng() { "NCryptSignHash" } else { "CryptSignHash" }, code)),
        }
    }

    /// What the system's code means to the user.
    fn failed(self, thumbprint: Thumbprint, call: &'static str, code: u32) -> StoreError {
        let place = self.place();
        match code.cast_signed() {
            code::NTE_BAD_PUBLIC_KEY => {
                StoreError::Unusable { thumbprint, place, source: Error::KeyMismatch { thumbprint } }
            }
            code::CRYPT_E_NO_KEY_PROPERTY => StoreError::NoPrivateKey { thumbprint, place },
            // A key that this account may not read does not exist for it; in the machine's store that is the rule.
            code::NTE_BAD_KEYSET if self.location == Location::User => StoreError::NoPrivateKey { thumbprint, place },
            code::NTE_BAD_KEYSET | code::NTE_PERM | code::E_ACCESSDENIED => StoreError::NoAccess { thumbprint, place },
            code::NTE_SILENT_CONTEXT
            | code::NTE_UI_REQUIRED
            | code::NTE_USER_CANCELLED
            | code::SCARD_W_CANCELLED_BY_USER
            | code::SCARD_W_CARD_NOT_AUTHENTICATED
            | code::SCARD_W_WRONG_CHV => StoreError::PromptNeeded { thumbprint, place },
            _ if code == code::ERROR_ACCESS_DENIED => StoreError::NoAccess { thumbprint, place },
            _ => StoreError::System { place, call, code },
        }
    }
}

#[async_trait::async_trait]
impl KeyStore for WindowsStore {
    fn place(&self) -> String {
        match self.location {
            Location::User => r"CurrentUser\My".to_owned(),
            Location::Machine => r"LocalMachine\My".to_owned(),
        }
    }

    async fn find(&self, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
        let certificate = self.ready(wanted)?;
        let thumbprint = certificate.certificate().thumbprint();
        let tested = certificate.self_test().await;
        tested.map_err(|source| StoreError::Unusable { thumbprint, place: self.place(), source })?;
        Ok(certificate)
    }

    async fn list(&self) -> Result<Vec<Description>, StoreError> {
        Ok(self.open()?.map(|store| self.look_in(&store)).unwrap_or_default())
    }
}

/// A key that stays in Windows' keeping.
struct WindowsSigner {
    key: Mutex<Key>,
    algorithms: &'static [SignatureAlgorithm],
}

impl WindowsSigner {
    const fn new(key: Key, algorithms: &'static [SignatureAlgorithm]) -> Self {
        Self { key: Mutex::new(key), algorithms }
    }
}

#[async_trait::async_trait]
impl Signer for WindowsSigner {
    fn algorithms(&self) -> &[SignatureAlgorithm] {
        self.algorithms
    }

    async fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut hashed = [0; 32];
        hashed.copy_from_slice(digest::digest(&digest::SHA256, message).as_ref());
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        key.sign(algorithm, &hashed)
            .map_err(|code| Error::sign(algorithm, format!("Windows refused to sign ({code:#010X})")))
    }
}

impl fmt::Debug for WindowsSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WindowsSigner").field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}

fn provider(info: &KeyInfo) -> Provider {
    let name = String::from_utf16_lossy(info.provider.strip_suffix(&[0]).unwrap_or(&info.provider));
    let key_spec = match info.key_spec {
        win::AT_KEYEXCHANGE => Some(KeySpec::KeyExchange),
        win::AT_SIGNATURE => Some(KeySpec::Signature),
        _ => None,
    };
    let kind = if info.provider_type == 0 { ProviderKind::Cng } else { ProviderKind::Csp };
    Provider { name: Some(name).filter(|name| !name.is_empty()), kind, key_spec }
}

/// Signed once, to see what the key can do; nobody ever sees the signature.
const PROBE: &[u8; 32] = &[0x5A; 32];
