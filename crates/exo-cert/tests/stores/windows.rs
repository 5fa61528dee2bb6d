//! The user's store of Windows: keys are made in it, sign in it, and leave with the test.
//!
//! What signs is checked with the certificate by another library than the system's.
#![expect(unsafe_code, reason = "certificates and keys come into the system's store by its C functions alone")]

use crate::fixtures::{FABRIKAM, by};
use exo_cert::{KeySpec, KeyStore, ProviderKind, Selector, SignatureAlgorithm, StoreChain, StoreError, WindowsStore};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use windows_sys::Win32::Security::Cryptography as win;

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// A provider of the old kind (CAPI), and the container of the key that a test makes in it.
struct Container {
    name: Vec<u16>,
    provider: Vec<u16>,
    provider_type: u32,
    key_spec: u32,
}

impl Container {
    fn open(&self, flags: u32) -> Option<usize> {
        let mut handle = 0;
        // SAFETY: both texts end with zero, and the place for the handle outlives the call.
        let opened = unsafe {
            win::CryptAcquireContextW(
                &raw mut handle,
                self.name.as_ptr(),
                self.provider.as_ptr(),
                self.provider_type,
                flags,
            )
        };
        (opened != 0).then_some(handle)
    }

    /// Makes a key of 2048 bits that cannot be exported.
    fn make_key(&self) -> usize {
        // What an interrupted test left.
        self.open(win::CRYPT_DELETEKEYSET);
        let provider = self.open(win::CRYPT_NEWKEYSET).expect("a new container");
        let mut key = 0;
        // SAFETY: the provider is open, and the place for the handle outlives the call.
        let made = unsafe { win::CryptGenKey(provider, self.key_spec, 2048 << 16, &raw mut key) };
        assert_ne!(made, 0, "CryptGenKey: {}", std::io::Error::last_os_error());
        // SAFETY: the key was made just now, and is closed once.
        unsafe { win::CryptDestroyKey(key) };
        provider
    }
}

/// A certificate in `CurrentUser\My`, taken out again with its key.
struct Installed {
    container: Container,
    certificate: *const win::CERT_CONTEXT,
    store: win::HCERTSTORE,
    #[expect(dead_code, reason = "held until the certificate is gone again")]
    turn: MutexGuard<'static, ()>,
}

impl Installed {
    fn new(container: Container, subject: &str, with_key: bool) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let provider = container.make_key();
        let certificate = self_signed(provider, &container, subject);
        // SAFETY: the provider was opened just now, and is closed once.
        unsafe { win::CryptReleaseContext(provider, 0) };
        if !with_key {
            // SAFETY: the certificate is valid; without a value the property is taken off.
            unsafe {
                win::CertSetCertificateContextProperty(certificate, win::CERT_KEY_PROV_INFO_PROP_ID, 0, ptr::null())
            };
        }
        let (store, mut stored) = (my_store(), ptr::null_mut());
        clear(store, subject);
        // SAFETY: store and certificate are open, and the place for the answer outlives the call.
        let added = unsafe {
            win::CertAddCertificateContextToStore(
                store,
                certificate,
                win::CERT_STORE_ADD_REPLACE_EXISTING,
                &raw mut stored,
            )
        };
        assert_ne!(added, 0, "CertAddCertificateContextToStore: {}", std::io::Error::last_os_error());
        // SAFETY: the store is open; what was added is written, so that others see it.
        unsafe { win::CertControlStore(store, 0, win::CERT_STORE_CTRL_COMMIT, ptr::null()) };
        // SAFETY: the copy in the store is the one that is needed; this one is given back once.
        unsafe { win::CertFreeCertificateContext(certificate) };
        Self { container, certificate: stored, store, turn }
    }

    fn selector(&self) -> Selector {
        // SAFETY: the pointer is valid until it is given back in `drop`.
        let context = unsafe { &*self.certificate };
        let length = usize::try_from(context.cbCertEncoded).unwrap();
        // SAFETY: the two fields describe the encoded certificate.
        let der = unsafe { std::slice::from_raw_parts(context.pbCertEncoded, length) };
        Selector::Thumbprint(exo_cert::Certificate::from_bytes(der).unwrap().thumbprint())
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        // SAFETY: the certificate belongs to this value; deleting it gives it back.
        unsafe { win::CertDeleteCertificateFromStore(self.certificate) };
        // SAFETY: the store is open; what was deleted is written, so that it is gone for others.
        unsafe { win::CertControlStore(self.store, 0, win::CERT_STORE_CTRL_COMMIT, ptr::null()) };
        // SAFETY: the store was opened by `new`, and is closed once.
        unsafe { win::CertCloseStore(self.store, 0) };
        self.container.open(win::CRYPT_DELETEKEYSET);
    }
}

fn my_store() -> win::HCERTSTORE {
    let (name, flags) = (wide("MY"), win::CERT_SYSTEM_STORE_CURRENT_USER);
    // SAFETY: the provider is one of the system's own, and its parameter a text that ends with zero.
    let store = unsafe { win::CertOpenStore(win::CERT_STORE_PROV_SYSTEM_W, 0, 0, flags, name.as_ptr().cast()) };
    assert!(!store.is_null(), "CertOpenStore: {}", std::io::Error::last_os_error());
    store
}

/// Takes out what an interrupted test left.
fn clear(store: win::HCERTSTORE, subject: &str) {
    let (name, kind) = (wide(subject.strip_prefix("CN=").unwrap_or(subject)), win::CERT_FIND_SUBJECT_STR_W);
    loop {
        // SAFETY: the store is open, and the text ends with zero and outlives the call.
        let found = unsafe {
            let parameter = name.as_ptr().cast();
            win::CertFindCertificateInStore(store, win::X509_ASN_ENCODING, 0, kind, parameter, ptr::null())
        };
        if found.is_null() {
            return;
        }
        // SAFETY: the certificate was found just now; deleting it gives it back.
        assert_ne!(unsafe { win::CertDeleteCertificateFromStore(found) }, 0);
    }
}

fn self_signed(provider: usize, container: &Container, subject: &str) -> *const win::CERT_CONTEXT {
    let subject = wide(subject);
    let mut encoded = [0_u8; 256];
    let mut length = 256;
    // SAFETY: the texts end with zero, and the room for the name has the stated length.
    let named = unsafe {
        win::CertStrToNameW(
            win::X509_ASN_ENCODING,
            subject.as_ptr(),
            win::CERT_X500_NAME_STR,
            ptr::null(),
            encoded.as_mut_ptr(),
            &raw mut length,
            ptr::null_mut(),
        )
    };
    assert_ne!(named, 0, "CertStrToName: {}", std::io::Error::last_os_error());
    let name = win::CRYPT_INTEGER_BLOB { cbData: length, pbData: encoded.as_mut_ptr() };
    let info = win::CRYPT_KEY_PROV_INFO {
        pwszContainerName: container.name.as_ptr().cast_mut(),
        pwszProvName: container.provider.as_ptr().cast_mut(),
        dwProvType: container.provider_type,
        dwKeySpec: container.key_spec,
        ..Default::default()
    };
    // SAFETY: the provider is open, and name and key information outlive the call.
    let certificate = unsafe {
        win::CertCreateSelfSignCertificate(
            provider,
            &raw const name,
            0,
            &raw const info,
            ptr::null(),
            ptr::null(),
            ptr::null(),
            ptr::null(),
        )
    };
    assert!(!certificate.is_null(), "CertCreateSelfSignCertificate: {}", std::io::Error::last_os_error());
    certificate
}

/// Wine writes the whole store at once, and loses what another wrote meanwhile.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const AES: &str = "Microsoft Enhanced RSA and AES Cryptographic Provider";
const STRONG: &str = "Microsoft Strong Cryptographic Provider";

fn container(name: &str, provider: &str, provider_type: u32, key_spec: u32) -> Container {
    Container { name: wide(&format!("exo-cert test {name}")), provider: wide(provider), provider_type, key_spec }
}

async fn signs(installed: &Installed, subject: &str, provider: &str, key_spec: KeySpec) {
    let store = WindowsStore::current_user();
    let wanted = installed.selector();
    let listed = store.list().await.unwrap();
    let description = listed.iter().find(|d| d.is(&wanted)).expect("it is listed");
    assert!(description.has_private_key && description.unverified);
    assert_eq!((description.subject.as_str(), description.place.as_str()), (subject, r"CurrentUser\My"));
    assert_eq!(description.provider.name.as_deref(), Some(provider));
    assert_eq!(description.provider.key_spec, Some(key_spec));
    assert_eq!(description.provider.kind, ProviderKind::Csp);

    for wanted in [wanted, Selector::Subject(subject.to_owned()), Selector::Sha256(description.sha256_thumbprint)] {
        let found = store.find(&wanted).await.unwrap();
        assert_eq!(found.provider(), &description.provider);
        let algorithms = found.signer().algorithms().to_vec();
        assert!(algorithms.contains(&SignatureAlgorithm::Rs256));
        for algorithm in algorithms {
            let signature = found.sign(algorithm, b"message").await.unwrap();
            found.certificate().verify(algorithm, b"message", &signature).unwrap();
            assert!(found.certificate().verify(algorithm, b"another", &signature).is_err());
        }
    }
}

#[tokio::test]
async fn keys_of_both_kinds_sign_in_the_aes_provider() {
    for (name, spec, key_spec) in
        [("exchange", win::AT_KEYEXCHANGE, KeySpec::KeyExchange), ("signature", win::AT_SIGNATURE, KeySpec::Signature)]
    {
        let subject = format!("CN=aes-{name}.exo-cert.test");
        let installed = Installed::new(container(name, AES, win::PROV_RSA_AES, spec), &subject, true);
        signs(&installed, &subject, AES, key_spec).await;
    }
}

#[tokio::test]
async fn a_key_of_a_provider_without_sha256_signs_all_the_same() {
    let subject = "CN=strong.exo-cert.test";
    let strong = container("strong", STRONG, win::PROV_RSA_FULL, win::AT_KEYEXCHANGE);
    let installed = Installed::new(strong, subject, true);
    signs(&installed, subject, STRONG, KeySpec::KeyExchange).await;
}

#[tokio::test]
async fn a_certificate_without_its_key_is_told_from_one_that_is_not_there() {
    let container = container("bare", AES, win::PROV_RSA_AES, win::AT_KEYEXCHANGE);
    let installed = Installed::new(container, "CN=bare.exo-cert.test", false);
    let store = WindowsStore::current_user();
    let listed = store.list().await.unwrap();
    assert!(listed.iter().any(|d| d.is(&installed.selector()) && !d.has_private_key));
    let error = store.find(&installed.selector()).await.unwrap_err();
    assert!(matches!(error, StoreError::NoPrivateKey { .. }), "{error:?}");
    let error = store.find(&by(FABRIKAM)).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn a_key_that_is_gone_is_no_key() {
    let gone = container("gone", AES, win::PROV_RSA_AES, win::AT_KEYEXCHANGE);
    let installed = Installed::new(gone, "CN=gone.exo-cert.test", true);
    installed.container.open(win::CRYPT_DELETEKEYSET);
    let error = WindowsStore::current_user().find(&installed.selector()).await.unwrap_err();
    assert!(matches!(error, StoreError::NoPrivateKey { .. }), "{error:?}");
}

#[tokio::test]
async fn both_stores_are_asked() {
    let chain = StoreChain::new(vec![Arc::new(WindowsStore::current_user()), Arc::new(WindowsStore::local_machine())]);
    let error = chain.find(&by(FABRIKAM)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            r"no certificate {FABRIKAM} that could sign; asked CurrentUser\My: not there; LocalMachine\My: not there"
        )
    );
}
