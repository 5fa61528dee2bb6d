//! Certificates and keys that a test puts into the system's stores, and takes out again.
#![expect(unsafe_code, reason = "certificates and keys come into the system's store by its C functions alone")]

use exo_cert::{Certificate, Selector};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use windows_sys::Win32::Security::Cryptography as win;

pub(super) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// A text of the system's, its end mark included.
#[cfg(feature = "aws-lc")]
fn text(start: *const u16) -> Vec<u16> {
    let mut length = 0;
    loop {
        // SAFETY: the text goes on to its zero, which was not met yet.
        let unit = unsafe { start.add(length) };
        length += 1;
        // SAFETY: as before; it is part of the text.
        if unsafe { *unit } == 0 {
            break;
        }
    }
    // SAFETY: so many units were just read.
    unsafe { std::slice::from_raw_parts(start, length) }.to_vec()
}

/// Whether this is no Windows: then some things cannot be shown, and are printed as unverified.
pub(super) fn under_wine() -> bool {
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

/// A provider of the old kind (CAPI), and the container of the key that a test makes in it.
pub(super) struct Container {
    pub(super) name: Vec<u16>,
    pub(super) provider: Vec<u16>,
    pub(super) provider_type: u32,
    pub(super) key_spec: u32,
    /// `CRYPT_MACHINE_KEYSET`, or nothing.
    pub(super) keyset: u32,
}

impl Container {
    /// Where the key of this certificate is.
    #[cfg(feature = "aws-lc")]
    fn of(certificate: *const win::CERT_CONTEXT) -> Self {
        // As large as any, and aligned as the structure at its start has to be.
        let mut room = [0_u64; 512];
        let (property, mut length) = (win::CERT_KEY_PROV_INFO_PROP_ID, 4096);
        // SAFETY: the certificate is valid, and the room has the stated length.
        let got = unsafe {
            win::CertGetCertificateContextProperty(certificate, property, room.as_mut_ptr().cast(), &raw mut length)
        };
        assert_ne!(got, 0, "CertGetCertificateContextProperty: {}", std::io::Error::last_os_error());
        // SAFETY: the system put this structure there.
        let info = unsafe { &*room.as_ptr().cast::<win::CRYPT_KEY_PROV_INFO>() };
        Self {
            name: text(info.pwszContainerName),
            provider: text(info.pwszProvName),
            provider_type: info.dwProvType,
            key_spec: info.dwKeySpec,
            keyset: info.dwFlags & win::CRYPT_MACHINE_KEYSET,
        }
    }

    pub(super) fn open(&self, flags: u32) -> Option<usize> {
        let mut handle = 0;
        // SAFETY: both texts end with zero, and the place for the handle outlives the call.
        let opened = unsafe {
            win::CryptAcquireContextW(
                &raw mut handle,
                self.name.as_ptr(),
                self.provider.as_ptr(),
                self.provider_type,
                flags | self.keyset,
            )
        };
        (opened != 0).then_some(handle)
    }

    /// As a certificate says it; for as long as this value lives.
    fn info(&self) -> win::CRYPT_KEY_PROV_INFO {
        win::CRYPT_KEY_PROV_INFO {
            pwszContainerName: self.name.as_ptr().cast_mut(),
            pwszProvName: self.provider.as_ptr().cast_mut(),
            dwProvType: self.provider_type,
            dwKeySpec: self.key_spec,
            dwFlags: self.keyset,
            ..Default::default()
        }
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

/// A certificate in a store of the system, taken out again with its key.
pub(super) struct Installed {
    pub(super) container: Container,
    certificate: *const win::CERT_CONTEXT,
    store: win::HCERTSTORE,
    #[expect(dead_code, reason = "held until the certificate is gone again")]
    turn: MutexGuard<'static, ()>,
}

impl Installed {
    pub(super) fn new(container: Container, subject: &str, with_key: bool) -> Self {
        Self::at(win::CERT_SYSTEM_STORE_CURRENT_USER, container, subject, with_key)
    }

    /// Makes key and certificate.
    pub(super) fn at(location: u32, container: Container, subject: &str, with_key: bool) -> Self {
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
        Self::put(location, container, certificate, subject, turn)
    }

    /// A PFX, imported as it is by a double click, but for the question.
    #[cfg(feature = "aws-lc")]
    pub(super) fn import(pfx: &[u8], password: &str, subject: &str) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut pfx, password) = (pfx.to_vec(), wide(password));
        let blob = win::CRYPT_INTEGER_BLOB { cbData: u32::try_from(pfx.len()).unwrap(), pbData: pfx.as_mut_ptr() };
        // SAFETY: the blob has the stated length, the password ends with zero, and both outlive the call.
        let imported = unsafe { win::PFXImportCertStore(&raw const blob, password.as_ptr(), win::CRYPT_USER_KEYSET) };
        assert!(!imported.is_null(), "PFXImportCertStore: {}", std::io::Error::last_os_error());
        // SAFETY: the store is open.
        let found = unsafe { win::CertEnumCertificatesInStore(imported, ptr::null()) };
        assert!(!found.is_null());
        // SAFETY: the certificate keeps what it needs of its store, which is closed once.
        unsafe { win::CertCloseStore(imported, 0) };
        let mut container = Container::of(found);
        if container.key_spec == win::AT_KEYEXCHANGE | win::AT_SIGNATURE && under_wine() {
            println!("unverified: that an import keeps the key's purpose (AT_KEYEXCHANGE); Wine notes both purposes");
            container.key_spec = win::AT_KEYEXCHANGE;
            let (property, info) = (win::CERT_KEY_PROV_INFO_PROP_ID, container.info());
            // SAFETY: the certificate is valid, and the value is the structure that the property has.
            let set =
                unsafe { win::CertSetCertificateContextProperty(found, property, 0, ptr::from_ref(&info).cast()) };
            assert_ne!(set, 0, "CertSetCertificateContextProperty: {}", std::io::Error::last_os_error());
        }
        Self::put(win::CERT_SYSTEM_STORE_CURRENT_USER, container, found, subject, turn)
    }

    fn put(
        location: u32,
        container: Container,
        certificate: *const win::CERT_CONTEXT,
        subject: &str,
        turn: MutexGuard<'static, ()>,
    ) -> Self {
        let (store, mut stored) = (my_store(location), ptr::null_mut());
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

    pub(super) fn certificate(&self) -> Certificate {
        // SAFETY: the pointer is valid until it is given back in `drop`.
        let context = unsafe { &*self.certificate };
        let length = usize::try_from(context.cbCertEncoded).unwrap();
        // SAFETY: the two fields describe the encoded certificate.
        Certificate::from_bytes(unsafe { std::slice::from_raw_parts(context.pbCertEncoded, length) }).unwrap()
    }

    pub(super) fn selector(&self) -> Selector {
        Selector::Thumbprint(self.certificate().thumbprint())
    }

    /// Whether the system gives the private key away.
    pub(super) fn key_leaves(&self) -> bool {
        let provider = self.container.open(0).expect("the container");
        let (mut key, mut length) = (0, 0);
        // SAFETY: the provider is open, and the place for the handle outlives the call.
        assert_ne!(unsafe { win::CryptGetUserKey(provider, self.container.key_spec, &raw mut key) }, 0);
        // SAFETY: the key is open; without a buffer nothing but the length is written.
        let left = unsafe { win::CryptExportKey(key, 0, win::PRIVATEKEYBLOB, 0, ptr::null_mut(), &raw mut length) };
        // SAFETY: the key was opened just now, and is closed once.
        unsafe { win::CryptDestroyKey(key) };
        // SAFETY: the provider was opened just now, and is closed once.
        unsafe { win::CryptReleaseContext(provider, 0) };
        left != 0
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

fn my_store(location: u32) -> win::HCERTSTORE {
    let name = wide("MY");
    // SAFETY: the provider is one of the system's own, and its parameter a text that ends with zero.
    let store = unsafe { win::CertOpenStore(win::CERT_STORE_PROV_SYSTEM_W, 0, 0, location, name.as_ptr().cast()) };
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
    let info = container.info();
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
