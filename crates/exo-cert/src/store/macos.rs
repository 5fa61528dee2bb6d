//! The keychain of macOS, with keys that may not leave it.

use super::{Description, KeyStore, choose};
use crate::{Certificate, ClientCertificate, Error, Selector, SignatureAlgorithm, Signer, StoreError, Thumbprint};
use security_framework::identity::SecIdentity;
use security_framework::item::{ItemClass, ItemSearchOptions, Limit, Reference, SearchResult};
use security_framework::key::{Algorithm, SecKey};
use security_framework::os::macos::keychain::SecKeychain;
use std::fmt;
use std::sync::Arc;

/// The user's keychains on macOS: certificates with their keys, which stay there and sign there.
///
/// It was only compiled, and is unverified: nobody saw it run on a Mac.
/// [`Description::unverified`](crate::Description::unverified) says so.
///
/// Nobody is asked for a password or a consent; a key that would ask is refused with
/// [`StoreError::PromptNeeded`](crate::StoreError::PromptNeeded).
///
/// ```no_run
/// use exo_cert::{KeyStore, KeychainStore, Selector};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let wanted: Selector = "84E05C1D98BCE3A5421D225B140B36E86A3D5534".parse()?;
/// let certificate = KeychainStore::new().find(&wanted).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeychainStore;

impl KeychainStore {
    /// The keychains that this user's programs search.
    pub const fn new() -> Self {
        Self
    }

    fn identities(self) -> Result<Vec<(Certificate, SecIdentity)>, StoreError> {
        let found = ItemSearchOptions::new()
            .class(ItemClass::identity())
            .load_refs(true)
            .limit(Limit::All)
            .skip_authenticated_items(true)
            .search();
        let results = match found {
            Err(error) if error.code() == ITEM_NOT_FOUND => Vec::new(),
            Err(error) => return Err(self.system("SecItemCopyMatching", error.code())),
            Ok(results) => results,
        };
        let parsed = |identity: SecIdentity| {
            // What does not parse is skipped.
            let der = identity.certificate().ok()?.to_der();
            Some((Certificate::from_der(&der).ok()?, identity))
        };
        let identity = |result| match result {
            SearchResult::Ref(Reference::Identity(identity)) => parsed(identity),
            _ => None,
        };
        Ok(results.into_iter().filter_map(identity).collect())
    }

    fn describe(self, certificate: &Certificate) -> Description {
        let bare = Description::bare(certificate, self.place());
        Description { has_private_key: true, unverified: true, ..bare }
    }

    fn ready(self, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
        let identities = self.identities()?;
        let there: Vec<Description> = identities.iter().map(|(certificate, _)| self.describe(certificate)).collect();
        let thumbprint = choose(&self.place(), wanted, &there)?.thumbprint;
        let meant = identities.into_iter().find(|(certificate, _)| certificate.thumbprint() == thumbprint);
        let (certificate, identity) = meant.ok_or_else(|| StoreError::not_found(wanted, self.place()))?;
        let unusable = |source| StoreError::Unusable { thumbprint, place: self.place(), source };
        certificate.require_rsa().map_err(unusable)?;
        let key = identity
            .private_key()
            .map_err(|error| self.failed(thumbprint, "SecIdentityCopyPrivateKey", error.code()))?;
        let signer = self.signer(thumbprint, key)?;
        ClientCertificate::new(vec![certificate], Arc::new(signer)).map_err(unusable)
    }

    /// Finds out what the key can do, best first.
    fn signer(self, thumbprint: Thumbprint, key: SecKey) -> Result<KeychainSigner, StoreError> {
        if sign(&key, SignatureAlgorithm::Ps256, PROBE).is_ok() {
            return Ok(KeychainSigner { key, algorithms: &[SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256] });
        }
        match sign(&key, SignatureAlgorithm::Rs256, PROBE) {
            Ok(_) => Ok(KeychainSigner { key, algorithms: &[SignatureAlgorithm::Rs256] }),
            Err(code) => Err(self.failed(thumbprint, "SecKeyCreateSignature", code)),
        }
    }

    /// What the system's code means to the user.
    fn failed(self, thumbprint: Thumbprint, call: &'static str, code: i32) -> StoreError {
        let place = self.place();
        match code {
            ITEM_NOT_FOUND => StoreError::NoPrivateKey { thumbprint, place },
            AUTH_FAILED => StoreError::NoAccess { thumbprint, place },
            INTERACTION_NOT_ALLOWED | INTERACTION_REQUIRED | USER_CANCELED => {
                StoreError::PromptNeeded { thumbprint, place }
            }
            _ => self.system(call, code),
        }
    }

    fn system(self, call: &'static str, code: i32) -> StoreError {
        StoreError::System { place: self.place(), call, code: code.cast_unsigned() }
    }
}

#[async_trait::async_trait]
impl KeyStore for KeychainStore {
    fn place(&self) -> String {
        "the keychain".to_owned()
    }

    async fn find(&self, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
        let certificate = self.ready(wanted)?;
        let thumbprint = certificate.certificate().thumbprint();
        let tested = certificate.self_test().await;
        tested.map_err(|source| StoreError::Unusable { thumbprint, place: self.place(), source })?;
        Ok(certificate)
    }

    async fn list(&self) -> Result<Vec<Description>, StoreError> {
        Ok(self.identities()?.iter().map(|(certificate, _)| self.describe(certificate)).collect())
    }
}

/// A key that stays in the keychain.
struct KeychainSigner {
    key: SecKey,
    algorithms: &'static [SignatureAlgorithm],
}

#[async_trait::async_trait]
impl Signer for KeychainSigner {
    fn algorithms(&self) -> &[SignatureAlgorithm] {
        self.algorithms
    }

    async fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        sign(&self.key, algorithm, message)
            .map_err(|code| Error::sign(algorithm, format!("the keychain refused to sign ({code})")))
    }
}

impl fmt::Debug for KeychainSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeychainSigner").field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}

/// The keychain hashes by itself. While it signs, it may not ask anybody.
fn sign(key: &SecKey, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, i32> {
    let algorithm = match algorithm {
        SignatureAlgorithm::Ps256 => Algorithm::RSASignatureMessagePSSSHA256,
        SignatureAlgorithm::Rs256 => Algorithm::RSASignatureMessagePKCS1v15SHA256,
    };
    let silence = SecKeychain::disable_user_interaction().map_err(security_framework::base::Error::code)?;
    let signed = key.create_signature(algorithm, message);
    drop(silence);
    signed.map_err(|error| i32::try_from(error.code()).unwrap_or(i32::MIN))
}

const ITEM_NOT_FOUND: i32 = -25300;
const AUTH_FAILED: i32 = -25293;
const INTERACTION_NOT_ALLOWED: i32 = -25308;
const INTERACTION_REQUIRED: i32 = -25315;
const USER_CANCELED: i32 = -128;

/// Signed once, to see what the key can do; nobody ever sees the signature.
const PROBE: &[u8] = b"what can this key do?";
