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

    /// The key of a certificate that another program made; with a name it is kept until it is deleted.
    fn import(pkcs1: &[u8], name: Option<&str>) -> Result<Self, i32> {
        let blob = private_blob(pkcs1);
        let mut name = name.map(wide).unwrap_or_default();
        let mut buffer = win::BCryptBuffer {
            cbBuffer: length(&name) * 2,
            BufferType: win::NCRYPTBUFFER_PKCS_KEY_NAME,
            pvBuffer: name.as_mut_ptr().cast(),
        };
        let list = win::BCryptBufferDesc { ulVersion: 0, cBuffers: 1, pBuffers: &raw mut buffer };
        let (list, flags) =
            if name.is_empty() { (ptr::null(), 0) } else { (ptr::from_ref(&list), win::NCRYPT_OVERWRITE_KEY_FLAG) };
        let (mut handle, kind, size) = (0, win::BCRYPT_RSAPRIVATE_BLOB, length(&blob));
        // SAFETY: the provider is open, and the blob has the stated length and the stated form.
        let imported = unsafe {
            win::NCryptImportKey(Self::provider(), 0, kind, list, &raw mut handle, blob.as_ptr(), size, flags)
        };
        if imported == 0 { Ok(Self(handle)) } else { Err(imported) }
    }

    /// Takes it out of the provider's keeping.
    fn delete(self) {
        // SAFETY: the key is open; deleting it closes it.
        assert_eq!(unsafe { win::NCryptDeleteKey(self.0, 0) }, 0, "NCryptDeleteKey");
        std::mem::forget(self);
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

/// A `BCRYPT_RSAKEY_BLOB` with the two primes.
fn private_blob(pkcs1: &[u8]) -> Vec<u8> {
    let mut numbers = Elements::new(pkcs1).sequence().unwrap();
    let mut number = || {
        let content = numbers.any().unwrap().content;
        content.strip_prefix(&[0]).unwrap_or(content)
    };
    let (_version, modulus, exponent, _private) = (number(), number(), number(), number());
    let (first, second) = (number(), number());
    let head = [length(modulus) * 8, length(exponent), length(modulus), length(first), length(second)];
    let mut blob = win::BCRYPT_RSAPRIVATE_MAGIC.to_le_bytes().to_vec();
    blob.extend(head.iter().flat_map(|n| n.to_le_bytes()));
    blob.extend([exponent, modulus, first, second].concat());
    blob
}

fn length<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap()
}

/// Whether this is no Windows: then some things cannot be shown, and are printed as unverified.
fn under_wine() -> bool {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleA(name: *const u8) -> *const u8;
        fn GetProcAddress(module: *const u8, name: *const u8) -> *const u8;
    }
    // SAFETY: the name ends with zero.
    let module = unsafe { GetModuleHandleA(c"ntdll.dll".as_ptr().cast()) };
    // SAFETY: the library is part of every process, and the name ends with zero.
    !unsafe { GetProcAddress(module, c"wine_get_version".as_ptr().cast()) }.is_null()
}

fn contoso_key() -> Vec<u8> {
    pem::parse(include_bytes!("../../../tests/data/contoso.pkcs1.key")).unwrap().into_contents()
}

fn contoso() -> Certificate {
    Certificate::from_bytes(include_bytes!("../../../tests/data/contoso.crt")).unwrap()
}

/// A store with the certificate in it, which names its key, and has it open if it is given.
fn linked(certificate: &Certificate, key: Option<&Cng>) -> SystemStore {
    let (store, context) = SystemStore::in_memory(certificate.der());
    let (mut container, mut provider) = (wide(NAME), wide("Microsoft Software Key Storage Provider"));
    let info = win::CRYPT_KEY_PROV_INFO {
        pwszContainerName: container.as_mut_ptr(),
        pwszProvName: provider.as_mut_ptr(),
        ..Default::default()
    };
    context.link(&info, key.map(|key| key.0));
    store
}

async fn signs(found: &ClientCertificate, algorithm: SignatureAlgorithm) -> Result<(), Error> {
    let signature = found.sign(algorithm, b"message").await?;
    found.certificate().verify(algorithm, b"message", &signature).unwrap();
    assert!(found.certificate().verify(algorithm, b"another", &signature).is_err());
    Ok(())
}

const NAME: &str = "exo-cert test";

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
    let (key, certificate) = (Cng::import(&contoso_key(), None).unwrap(), contoso());
    let store = linked(&certificate, Some(&key));
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
        signs(&found, SignatureAlgorithm::Ps256).await.unwrap();
        if let Err(refused) = signs(&found, SignatureAlgorithm::Rs256).await {
            assert!(under_wine(), "{refused}");
            println!("unverified: RS256 by a CNG key that signed PS256 before; Wine lets a key do one of them");
        }
    }
}

#[tokio::test]
async fn a_key_of_the_new_kind_signs_rs256_for_a_certificate() {
    let key = Cng::import(&contoso_key(), None).unwrap();
    let context = Context::alone(contoso().der()).unwrap();
    let key_of_it = Key::new(key.0, win::CERT_NCRYPT_KEY_SPEC, false, context);
    let signer = WindowsSigner::new(key_of_it, &[SignatureAlgorithm::Rs256]);
    let found = ClientCertificate::new(vec![contoso()], Arc::new(signer)).unwrap();
    signs(&found, SignatureAlgorithm::Rs256).await.unwrap();
}

#[tokio::test]
async fn a_key_of_the_new_kind_is_opened_by_its_name() {
    let key = match Cng::import(&contoso_key(), Some(NAME)) {
        Ok(key) => key,
        Err(refused) => {
            assert!(under_wine(), "NCryptImportKey: {refused:#010X}");
            println!(
                "unverified: a CNG key that is opened by its name, as those of a store are; Wine keeps no CNG key"
            );
            return;
        }
    };
    let found = WindowsStore::current_user().ready_in(&linked(&contoso(), None), &Selector::Only).unwrap();
    signs(&found, SignatureAlgorithm::Ps256).await.unwrap();
    drop(found);
    key.delete();
}

#[tokio::test]
async fn a_key_of_another_certificate_is_seen_when_it_is_loaded() {
    let (key, certificate) = (Cng::generate(), contoso());
    let store = linked(&certificate, Some(&key));
    let error = match WindowsStore::current_user().ready_in(&store, &Selector::Only) {
        Ok(found) => found.self_test().await.unwrap_err(),
        Err(StoreError::Unusable { source, .. }) => source,
        Err(other) => panic!("{other}"),
    };
    assert!(matches!(error, Error::KeyMismatch { .. }), "{error}");
}
