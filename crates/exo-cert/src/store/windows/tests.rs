//! Keys of the new kind (CNG), which sign through a store that nobody else sees.
#![expect(unsafe_code, reason = "keys come into the system's keeping by its C functions alone")]

use super::handles::{Context, SystemStore, wide};
use super::key::Key;
use super::*;
use crate::asn1::Elements;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};
use std::ptr;

/// A key of the new kind that has no name and is closed with the test.
struct Cng(usize);

impl Cng {
    fn provider() -> usize {
        let mut provider = 0;
        // SAFETY: the place for the handle outlives the call.
        let opened = unsafe { win::NCryptOpenStorageProvider(&raw mut provider, win::MS_KEY_STORAGE_PROVIDER, 0) };
        assert_eq!(opened, 0, "NCryptOpenStorageProvider");
        provider
    }

    /// A new key of 2048 bits; nothing makes it exportable.
    fn generate() -> Self {
        let (provider, mut handle, bits) = (Self::provider(), 0, 2048_u32.to_le_bytes());
        let (rsa, length) = (win::BCRYPT_RSA_ALGORITHM, win::NCRYPT_LENGTH_PROPERTY);
        // SAFETY: the provider is open; a key without a name is not stored.
        let created = unsafe { win::NCryptCreatePersistedKey(provider, &raw mut handle, rsa, ptr::null(), 0, 0) };
        assert_eq!(created, 0, "NCryptCreatePersistedKey");
        // SAFETY: the key is open, and the value has the stated length.
        assert_eq!(unsafe { win::NCryptSetProperty(handle, length, bits.as_ptr(), 4, 0) }, 0, "NCryptSetProperty");
        // SAFETY: the key is open and not yet finished.
        assert_eq!(unsafe { win::NCryptFinalizeKey(handle, 0) }, 0, "NCryptFinalizeKey");
        Self(handle)
    }

    /// The key of a certificate that another program made.
    fn import(pkcs1: &[u8]) -> Self {
        let mut numbers = Elements::new(pkcs1).sequence().unwrap();
        let mut number = || {
            let content = numbers.any().unwrap().content;
            content.strip_prefix(&[0]).unwrap_or(content)
        };
        let (_version, modulus, exponent, _private) = (number(), number(), number(), number());
        let (first, second) = (number(), number());
        let head = [
            u32::try_from(modulus.len() * 8).unwrap(),
            length(exponent),
            length(modulus),
            length(first),
            length(second),
        ];
        let mut blob = win::BCRYPT_RSAPRIVATE_MAGIC.to_le_bytes().to_vec();
        blob.extend(head.iter().flat_map(|n| n.to_le_bytes()));
        blob.extend([exponent, modulus, first, second].concat());
        let (mut handle, kind) = (0, win::BCRYPT_RSAPRIVATE_BLOB);
        // SAFETY: the provider is open, and the blob has the stated length and the stated form.
        let imported = unsafe {
            win::NCryptImportKey(
                Self::provider(),
                0,
                kind,
                ptr::null(),
                &raw mut handle,
                blob.as_ptr(),
                length(&blob),
                0,
            )
        };
        assert_eq!(imported, 0, "NCryptImportKey");
        Self(handle)
    }

    /// Out of a `BCRYPT_RSAKEY_BLOB`: six numbers, then exponent and modulus.
    fn public(&self) -> RsaPublicKeyComponents<Vec<u8>> {
        let (mut blob, mut length) = ([0_u8; 1024], 0);
        let (kind, none) = (win::BCRYPT_RSAPUBLIC_BLOB, ptr::null());
        // SAFETY: the key is open, and the room for the answer has the stated length.
        let exported =
            unsafe { win::NCryptExportKey(self.0, 0, kind, none, blob.as_mut_ptr(), 1024, &raw mut length, 0) };
        assert_eq!(exported, 0, "NCryptExportKey");
        let number = |at: usize| u32::from_le_bytes(blob[at..at + 4].try_into().unwrap()) as usize;
        let (exponent, modulus) = (number(8), number(12));
        RsaPublicKeyComponents {
            n: blob[24 + exponent..24 + exponent + modulus].to_vec(),
            e: blob[24..24 + exponent].to_vec(),
        }
    }
}

impl Drop for Cng {
    fn drop(&mut self) {
        // SAFETY: the key was opened by this value, and is closed once.
        unsafe { win::NCryptFreeObject(self.0) };
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

fn contoso() -> Certificate {
    Certificate::from_bytes(include_bytes!("../../../tests/data/contoso.crt")).unwrap()
}

/// A store with the certificate in it, whose key is open.
fn linked(certificate: &Certificate, key: &Cng) -> SystemStore {
    let (store, context) = SystemStore::in_memory(certificate.der());
    let (mut container, mut provider) = (wide("exo-cert test"), wide("Microsoft Software Key Storage Provider"));
    let info = win::CRYPT_KEY_PROV_INFO {
        pwszContainerName: container.as_mut_ptr(),
        pwszProvName: provider.as_mut_ptr(),
        ..Default::default()
    };
    context.link(&info, key.0);
    store
}

#[test]
fn a_key_of_the_new_kind_signs_in_both_ways() {
    let made = Cng::generate();
    let context = Context::alone(contoso().der()).unwrap();
    let key = Key::new(made.0, win::CERT_NCRYPT_KEY_SPEC, false, context);
    assert!(key.is_cng());
    let (message, public) = (b"message", made.public());
    let mut hashed = [0; 32];
    hashed.copy_from_slice(digest::digest(&digest::SHA256, message).as_ref());
    let signature = key.sign(SignatureAlgorithm::Rs256, &hashed).unwrap();
    public.verify(&RSA_PKCS1_2048_8192_SHA256, message, &signature).unwrap();
    let signature = key.sign(SignatureAlgorithm::Ps256, &hashed).unwrap();
    public.verify(&RSA_PSS_2048_8192_SHA256, message, &signature).unwrap();
}

#[tokio::test]
async fn a_certificate_with_a_key_of_the_new_kind_is_found_and_signs_ps256_first() {
    let pkcs1 = pem::parse(include_bytes!("../../../tests/data/contoso.pkcs1.key")).unwrap();
    let (key, certificate) = (Cng::import(pkcs1.contents()), contoso());
    let store = linked(&certificate, &key);
    let place = WindowsStore::current_user();
    let described = place.look_in(&store);
    assert_eq!(described.len(), 1);
    assert!(described[0].has_private_key && described[0].unverified);
    assert_eq!((described[0].provider.kind, described[0].provider.key_spec), (ProviderKind::Cng, None));

    for wanted in [
        Selector::Thumbprint(certificate.thumbprint()),
        Selector::Sha256(certificate.sha256_thumbprint()),
        Selector::Subject("contoso.org".to_owned()),
        Selector::Only,
    ] {
        let found = place.ready_in(&store, &wanted).unwrap();
        assert!(found.provider().is_cng());
        found.self_test().await.unwrap();
        assert_eq!(found.signer().algorithms(), [SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256]);
        let signature = found.sign(SignatureAlgorithm::Ps256, b"message").await.unwrap();
        certificate.verify(SignatureAlgorithm::Ps256, b"message", &signature).unwrap();
        assert!(certificate.verify(SignatureAlgorithm::Ps256, b"another", &signature).is_err());
    }
}

#[tokio::test]
async fn a_key_of_another_certificate_is_seen_when_it_is_loaded() {
    let (key, certificate) = (Cng::generate(), contoso());
    let store = linked(&certificate, &key);
    let error = match WindowsStore::current_user().ready_in(&store, &Selector::Only) {
        Ok(found) => found.self_test().await.unwrap_err(),
        Err(StoreError::Unusable { source, .. }) => source,
        Err(other) => panic!("{other}"),
    };
    assert!(matches!(error, Error::KeyMismatch { .. }), "{error}");
}
