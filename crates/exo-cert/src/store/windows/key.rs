//! A private key in Windows' keeping, and its two ways to sign.
#![expect(unsafe_code, reason = "keys that cannot be exported sign by the system's C functions alone")]

use super::handles::{Context, KeyInfo, last_error};
use crate::SignatureAlgorithm;
use core::ffi::c_void;
use std::ptr;
use windows_sys::Win32::Foundation::NTE_BAD_ALGID;
use windows_sys::Win32::Security::Cryptography as win;

/// A key that was opened.
pub(super) struct Key {
    // Closed before the certificate, whose own it may be.
    handle: Handle,
    spec: u32,
    #[expect(dead_code, reason = "the handle may be the certificate's own, which then has to live as long")]
    context: Context,
}

/// An open key (CNG), or the provider that has it open (CAPI).
struct Handle {
    value: usize,
    cng: bool,
    must_free: bool,
}

impl Key {
    pub(super) const fn new(value: usize, spec: u32, must_free: bool, context: Context) -> Self {
        let cng = spec == win::CERT_NCRYPT_KEY_SPEC;
        Self { handle: Handle { value, cng, must_free }, spec, context }
    }

    /// Whether it is a key of the new kind (CNG), which alone can do PSS.
    pub(super) const fn is_cng(&self) -> bool {
        self.handle.cng
    }

    /// Signs a SHA-256 digest.
    pub(super) fn sign(&self, algorithm: SignatureAlgorithm, digest: &[u8; 32]) -> Result<Vec<u8>, u32> {
        match (self.is_cng(), algorithm) {
            (true, SignatureAlgorithm::Ps256) => {
                let padding = win::BCRYPT_PSS_PADDING_INFO { pszAlgId: win::BCRYPT_SHA256_ALGORITHM, cbSalt: 32 };
                self.sign_cng(ptr::from_ref(&padding).cast(), win::BCRYPT_PAD_PSS, digest)
            }
            (true, SignatureAlgorithm::Rs256) => {
                let padding = win::BCRYPT_PKCS1_PADDING_INFO { pszAlgId: win::BCRYPT_SHA256_ALGORITHM };
                self.sign_cng(ptr::from_ref(&padding).cast(), win::BCRYPT_PAD_PKCS1, digest)
            }
            (false, SignatureAlgorithm::Ps256) => Err(NTE_BAD_ALGID.cast_unsigned()),
            (false, SignatureAlgorithm::Rs256) => self.sign_capi(digest),
        }
    }

    /// `padding` is the structure that goes with `flags`.
    fn sign_cng(&self, padding: *const c_void, flags: u32, digest: &[u8; 32]) -> Result<Vec<u8>, u32> {
        let mut signature = vec![0_u8; LONGEST_SIGNATURE];
        let mut length = 0;
        // SAFETY: the key is open; padding, digest and room for the signature outlive the call and have these lengths.
        let status = unsafe {
            win::NCryptSignHash(
                self.handle.value,
                padding,
                digest.as_ptr(),
                32,
                signature.as_mut_ptr(),
                LONGEST_SIGNATURE_U32,
                &raw mut length,
                flags | win::NCRYPT_SILENT_FLAG,
            )
        };
        if status != 0 {
            return Err(status.cast_unsigned());
        }
        signature.truncate(usize::try_from(length).unwrap_or_default());
        Ok(signature)
    }

    /// PKCS#1 padding is all that these providers know; their numbers are written backwards.
    fn sign_capi(&self, digest: &[u8; 32]) -> Result<Vec<u8>, u32> {
        let hash = Hash::of(self.handle.value, digest)?;
        let mut signature = vec![0_u8; LONGEST_SIGNATURE];
        let mut length = LONGEST_SIGNATURE_U32;
        // SAFETY: the hash is open, and the room for the signature has the stated length.
        let signed =
            unsafe { win::CryptSignHashW(hash.0, self.spec, ptr::null(), 0, signature.as_mut_ptr(), &raw mut length) };
        if signed == 0 {
            return Err(last_error());
        }
        signature.truncate(usize::try_from(length).unwrap_or_default());
        signature.reverse();
        Ok(signature)
    }

    /// The same key in the provider that knows SHA-256, where its own does not.
    pub(super) fn reopened(mut self, info: &KeyInfo) -> Result<Self, u32> {
        let flags = (info.flags & win::CRYPT_MACHINE_KEYSET) | win::CRYPT_SILENT;
        let (container, mut value) = (info.container.as_ptr(), 0);
        // SAFETY: container and provider end with zero and outlive the call, as does the place for the handle.
        let opened = unsafe {
            win::CryptAcquireContextW(&raw mut value, container, win::MS_ENH_RSA_AES_PROV_W, win::PROV_RSA_AES, flags)
        };
        if opened == 0 {
            return Err(last_error());
        }
        self.handle = Handle { value, cng: false, must_free: true };
        Ok(self)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if !self.must_free {
            return;
        }
        if self.cng {
            // SAFETY: the key is open, is this value's to close, and is closed once.
            unsafe { win::NCryptFreeObject(self.value) };
        } else {
            // SAFETY: the provider is open, is this value's to close, and is closed once.
            unsafe { win::CryptReleaseContext(self.value, 0) };
        }
    }
}

/// A digest in the keeping of a CAPI provider.
struct Hash(usize);

impl Hash {
    fn of(provider: usize, digest: &[u8; 32]) -> Result<Self, u32> {
        let mut handle = 0;
        // SAFETY: the provider is open, and the place for the handle outlives the call.
        let created = unsafe { win::CryptCreateHash(provider, win::CALG_SHA_256, 0, 0, &raw mut handle) };
        if created == 0 {
            return Err(last_error());
        }
        let hash = Self(handle);
        // SAFETY: the hash is open, and the value has the 32 bytes that its algorithm makes.
        let set = unsafe { win::CryptSetHashParam(hash.0, win::HP_HASHVAL, digest.as_ptr(), 0) };
        if set == 0 { Err(last_error()) } else { Ok(hash) }
    }
}

impl Drop for Hash {
    fn drop(&mut self) {
        // SAFETY: the hash was created by `of` and is destroyed once.
        unsafe { win::CryptDestroyHash(self.0) };
    }
}

/// Of a key of 16384 bits, the longest that Windows makes.
const LONGEST_SIGNATURE: usize = 2048;
const LONGEST_SIGNATURE_U32: u32 = 2048;
