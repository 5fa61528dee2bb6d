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

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};

    /// A key of the new kind that nobody stores, and its public numbers.
    fn key() -> (Key, RsaPublicKeyComponents<Vec<u8>>) {
        let (mut provider, mut handle, bits) = (0, 0, 2048_u32.to_le_bytes());
        // SAFETY: the place for the handle outlives the call.
        let opened = unsafe { win::NCryptOpenStorageProvider(&raw mut provider, win::MS_KEY_STORAGE_PROVIDER, 0) };
        assert_eq!(opened, 0, "NCryptOpenStorageProvider");
        // SAFETY: the provider is open; a key without a name is not stored.
        let created = unsafe {
            let rsa = win::BCRYPT_RSA_ALGORITHM;
            win::NCryptCreatePersistedKey(provider, &raw mut handle, rsa, ptr::null(), 0, 0)
        };
        assert_eq!(created, 0, "NCryptCreatePersistedKey");
        let length = win::NCRYPT_LENGTH_PROPERTY;
        // SAFETY: the key is open, and the value has the stated length.
        unsafe { win::NCryptSetProperty(handle, length, bits.as_ptr(), 4, 0) };
        // SAFETY: the key is open and not yet finished.
        assert_eq!(unsafe { win::NCryptFinalizeKey(handle, 0) }, 0, "NCryptFinalizeKey");
        let der = crate::Certificate::from_bytes(include_bytes!("../../../tests/data/contoso.crt")).unwrap();
        let context = Context::alone(der.der()).unwrap();
        (Key::new(handle, win::CERT_NCRYPT_KEY_SPEC, true, context), public(handle))
    }

    /// Out of a `BCRYPT_RSAKEY_BLOB`: six numbers, then exponent and modulus.
    fn public(handle: usize) -> RsaPublicKeyComponents<Vec<u8>> {
        let (mut blob, mut length) = ([0_u8; 1024], 0);
        let (kind, none) = (win::BCRYPT_RSAPUBLIC_BLOB, ptr::null());
        // SAFETY: the key is open, and the room for the answer has the stated length.
        let exported =
            unsafe { win::NCryptExportKey(handle, 0, kind, none, blob.as_mut_ptr(), 1024, &raw mut length, 0) };
        assert_eq!(exported, 0, "NCryptExportKey");
        let number = |at: usize| u32::from_le_bytes(blob[at..at + 4].try_into().unwrap()) as usize;
        let (exponent, modulus) = (number(8), number(12));
        RsaPublicKeyComponents {
            n: blob[24 + exponent..24 + exponent + modulus].to_vec(),
            e: blob[24..24 + exponent].to_vec(),
        }
    }

    #[test]
    fn a_key_of_the_new_kind_signs_in_both_ways() {
        let (key, public) = key();
        assert!(key.is_cng());
        let message = b"message";
        let mut digest = [0; 32];
        digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, message).as_ref());
        let signature = key.sign(SignatureAlgorithm::Rs256, &digest).unwrap();
        public.verify(&RSA_PKCS1_2048_8192_SHA256, message, &signature).unwrap();
        let signature = key.sign(SignatureAlgorithm::Ps256, &digest).unwrap();
        public.verify(&RSA_PSS_2048_8192_SHA256, message, &signature).unwrap();
    }
}
