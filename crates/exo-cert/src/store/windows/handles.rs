//! Windows' certificate stores and certificates, as values that close themselves.
#![expect(unsafe_code, reason = "the system's store is reached by its C functions alone")]

use super::key::Key;
use crate::Thumbprint;
#[cfg(test)]
use core::ffi::c_void;
use std::io;
use std::ptr;
use windows_sys::Win32::Security::Cryptography as win;

/// An open store.
pub(super) struct SystemStore(win::HCERTSTORE);

impl SystemStore {
    /// Opens `My` at this location, for reading, if it is there.
    pub(super) fn open(location: u32) -> Result<Self, u32> {
        let name = wide("MY");
        let flags = location | win::CERT_STORE_READONLY_FLAG | win::CERT_STORE_OPEN_EXISTING_FLAG;
        // SAFETY: the provider is one of the system's own, and its parameter a text that ends with zero and outlives the call.
        let store = unsafe { win::CertOpenStore(win::CERT_STORE_PROV_SYSTEM_W, 0, 0, flags, name.as_ptr().cast()) };
        if store.is_null() { Err(last_error()) } else { Ok(Self(store)) }
    }

    /// A store that nobody else sees, with this certificate in it.
    #[cfg(test)]
    pub(super) fn in_memory(der: &[u8]) -> (Self, Context) {
        // SAFETY: the provider is one of the system's own and takes no parameter.
        let store = unsafe { win::CertOpenStore(win::CERT_STORE_PROV_MEMORY, 0, 0, 0, ptr::null()) };
        assert!(!store.is_null(), "CertOpenStore: {}", io::Error::last_os_error());
        let (alone, mut stored) = (Context::alone(der).unwrap(), ptr::null_mut());
        let replace = win::CERT_STORE_ADD_REPLACE_EXISTING;
        // SAFETY: store and certificate are open, and the place for the answer outlives the call.
        let added = unsafe { win::CertAddCertificateContextToStore(store, alone.0, replace, &raw mut stored) };
        assert_ne!(added, 0, "CertAddCertificateContextToStore: {}", io::Error::last_os_error());
        (Self(store), Context(stored))
    }

    /// The certificate with this thumbprint.
    pub(super) fn by_thumbprint(&self, wanted: &Thumbprint) -> Option<Context> {
        let mut bytes = *wanted.as_bytes();
        let hash = win::CRYPT_INTEGER_BLOB { cbData: 20, pbData: bytes.as_mut_ptr() };
        let parameter = ptr::from_ref(&hash).cast();
        // SAFETY: the store is open; the parameter is what a search by hash takes, and outlives the call.
        let found = unsafe {
            win::CertFindCertificateInStore(
                self.0,
                win::X509_ASN_ENCODING,
                0,
                win::CERT_FIND_HASH,
                parameter,
                ptr::null(),
            )
        };
        Context::take(found)
    }

    /// Every certificate.
    pub(super) fn certificates(&self) -> Vec<Context> {
        let mut all = Vec::new();
        let mut last: *const win::CERT_CONTEXT = ptr::null();
        loop {
            // SAFETY: the store is open; the last certificate is one that it gave, and is given back to it.
            let next = unsafe { win::CertEnumCertificatesInStore(self.0, last) };
            // SAFETY: what the store gave is valid until it is given back; null is allowed and stays null.
            let Some(own) = Context::take(unsafe { win::CertDuplicateCertificateContext(next) }) else { return all };
            all.push(own);
            last = next;
        }
    }
}

impl Drop for SystemStore {
    fn drop(&mut self) {
        // SAFETY: the store was opened by `open`, and nobody else closes it; its certificates keep what they need.
        unsafe { win::CertCloseStore(self.0, 0) };
    }
}

/// A certificate of a store.
pub(super) struct Context(*const win::CERT_CONTEXT);

// SAFETY: the system counts references to a certificate across threads, and nothing here changes it.
unsafe impl Send for Context {}

impl Context {
    fn take(found: *const win::CERT_CONTEXT) -> Option<Self> {
        (!found.is_null()).then_some(Self(found))
    }

    /// A certificate of no store.
    #[cfg(test)]
    pub(super) fn alone(der: &[u8]) -> Option<Self> {
        let length = u32::try_from(der.len()).ok()?;
        // SAFETY: the bytes have the stated length, and are copied.
        Self::take(unsafe { win::CertCreateCertificateContext(win::X509_ASN_ENCODING, der.as_ptr(), length) })
    }

    /// Says where the private key is, and that it is open already if it is; the key stays the caller's to close.
    #[cfg(test)]
    pub(super) fn link(&self, info: &win::CRYPT_KEY_PROV_INFO, key: Option<usize>) {
        self.set(win::CERT_KEY_PROV_INFO_PROP_ID, ptr::from_ref(info).cast());
        if let Some(key) = key {
            let open = win::CERT_KEY_CONTEXT {
                cbSize: u32::try_from(size_of::<win::CERT_KEY_CONTEXT>()).unwrap(),
                Anonymous: win::CERT_KEY_CONTEXT_0 { hNCryptKey: key },
                dwKeySpec: win::CERT_NCRYPT_KEY_SPEC,
            };
            self.set(win::CERT_KEY_CONTEXT_PROP_ID, ptr::from_ref(&open).cast());
        }
    }

    /// `value` is the structure that the property has.
    #[cfg(test)]
    fn set(&self, property: u32, value: *const c_void) {
        let keep = win::CERT_STORE_NO_CRYPT_RELEASE_FLAG;
        // SAFETY: the certificate is valid, and the value is what the caller promises.
        let set = unsafe { win::CertSetCertificateContextProperty(self.0, property, keep, value) };
        assert_ne!(set, 0, "CertSetCertificateContextProperty: {}", io::Error::last_os_error());
    }

    /// The certificate's DER.
    pub(super) fn der(&self) -> &[u8] {
        // SAFETY: the pointer is not null and valid until `drop`.
        let context = unsafe { &*self.0 };
        let length = usize::try_from(context.cbCertEncoded).unwrap_or_default();
        // SAFETY: the two fields describe the encoded certificate, which lives as long as the context.
        unsafe { std::slice::from_raw_parts(context.pbCertEncoded, length) }
    }

    /// Where the store believes the private key to be.
    pub(super) fn key_info(&self) -> Option<KeyInfo> {
        let mut length = 0;
        self.property(ptr::null_mut(), &mut length)?;
        let mut buffer = vec![0_u16; usize::try_from(length).ok()?.div_ceil(2)];
        self.property(buffer.as_mut_ptr(), &mut length)?;
        if buffer.len() * 2 < size_of::<win::CRYPT_KEY_PROV_INFO>() {
            return None;
        }
        // SAFETY: the buffer holds this structure at its start, as was just checked; alignment is not required.
        let info = unsafe { buffer.as_ptr().cast::<win::CRYPT_KEY_PROV_INFO>().read_unaligned() };
        Some(KeyInfo {
            container: text_at(&buffer, info.pwszContainerName)?,
            provider: text_at(&buffer, info.pwszProvName)?,
            provider_type: info.dwProvType,
            flags: info.dwFlags,
            key_spec: info.dwKeySpec,
        })
    }

    fn property(&self, buffer: *mut u16, length: &mut u32) -> Option<()> {
        // SAFETY: the buffer is null, which asks for the length, or has that length.
        let found = unsafe {
            win::CertGetCertificateContextProperty(self.0, win::CERT_KEY_PROV_INFO_PROP_ID, buffer.cast(), length)
        };
        (found != 0).then_some(())
    }

    /// Opens the private key, or takes it as it is open already: never asking anybody, the new kind of handle where there is one.
    ///
    /// The handle is then the certificate's own, which is why the key keeps the certificate.
    pub(super) fn acquire(self) -> Result<Key, u32> {
        let flags = win::CRYPT_ACQUIRE_SILENT_FLAG
            | win::CRYPT_ACQUIRE_CACHE_FLAG
            | win::CRYPT_ACQUIRE_COMPARE_KEY_FLAG
            | win::CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG;
        let (mut handle, mut spec, mut must_free) = (0, 0, 0);
        // SAFETY: the certificate is valid, and the three places for the answers outlive the call.
        let acquired = unsafe {
            win::CryptAcquireCertificatePrivateKey(
                self.0,
                flags,
                ptr::null(),
                &raw mut handle,
                &raw mut spec,
                &raw mut must_free,
            )
        };
        if acquired == 0 {
            return Err(last_error());
        }
        Ok(Key::new(handle, spec, must_free != 0, self))
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the reference belongs to this value and is given back once.
        unsafe { win::CertFreeCertificateContext(self.0) };
    }
}

/// Where the store believes a private key to be.
pub(super) struct KeyInfo {
    /// Ends with zero, as the system wants it.
    pub(super) container: Vec<u16>,
    /// Ends with zero, as the system wants it.
    pub(super) provider: Vec<u16>,
    /// Zero for the new kind (CNG).
    pub(super) provider_type: u32,
    pub(super) flags: u32,
    pub(super) key_spec: u32,
}

/// A text within the buffer, with its end mark. Nothing is read outside of the buffer, wherever the pointer points.
fn text_at(buffer: &[u16], text: *const u16) -> Option<Vec<u16>> {
    if text.is_null() {
        return Some(vec![0]);
    }
    let offset = text.addr().checked_sub(buffer.as_ptr().addr())?;
    let from = buffer.get(offset / 2..)?;
    let end = from.iter().position(|unit| *unit == 0)?;
    from.get(..=end).map(<[u16]>::to_vec)
}

/// A text as the system takes it.
pub(super) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// Why the last function failed.
pub(super) fn last_error() -> u32 {
    io::Error::last_os_error().raw_os_error().unwrap_or_default().cast_unsigned()
}
