//! The key derivation PBKDF2 (RFC 8018).

use super::PfxError;
use super::derive::{Hash, iterations, salt};
use crate::asn1::{Elements, Tag};
use crate::oids;
use hmac::{EagerHash, Hmac, KeyInit, Mac as _};
use ring::pbkdf2;
use sha2::{Sha224, Sha512_224, Sha512_256};
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// Salt and count of PBKDF2.
#[derive(Debug, Clone)]
pub(super) struct Pbkdf2 {
    pub(super) prf: Hash,
    pub(super) salt: Vec<u8>,
    pub(super) iterations: NonZeroU32,
    pub(super) key_length: Option<usize>,
}

impl Pbkdf2 {
    /// Reads an algorithm identifier that must be PBKDF2's.
    pub(super) fn parse(algorithm: &mut Elements<'_>) -> Result<Self, PfxError> {
        let oid = algorithm.oid()?;
        if oid != oids::PBKDF2.as_bytes() {
            return Err(PfxError::Unsupported { what: oids::name(oid).into() });
        }
        let mut parameters = algorithm.sequence()?;
        let salt = salt(&parameters.octets()?)?;
        let iterations = iterations(&mut parameters)?;
        let key_length = match parameters.optional(Tag::Integer)? {
            Some(length) => usize::try_from(Elements::new(length.whole).small()?).ok(),
            None => None,
        };
        let prf = match parameters.optional(Tag::Sequence)? {
            Some(prf) => Hash::from_hmac_oid(prf.inside().oid()?)?,
            None => Hash::Sha1,
        };
        Ok(Self { prf, salt, iterations, key_length })
    }

    pub(super) fn derive(&self, password: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let algorithm = match self.prf {
            Hash::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Hash::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Hash::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
            // ring has only the usual ones.
            Hash::Sha224 => return self.derive_with::<Sha224>(password, length),
            Hash::Sha512Of224 => return self.derive_with::<Sha512_224>(password, length),
            Hash::Sha512Of256 => return self.derive_with::<Sha512_256>(password, length),
        };
        let mut key = Zeroizing::new(vec![0; length]);
        pbkdf2::derive(algorithm, self.iterations, &self.salt, password, &mut key);
        key
    }

    fn derive_with<D: EagerHash>(&self, password: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(Vec::with_capacity(length + self.prf.length()));
        let Ok(mac) = <Hmac<D> as KeyInit>::new_from_slice(password) else { return key };
        for number in 1_u32.. {
            if key.len() >= length {
                break;
            }
            let mut round =
                mac.clone().chain_update(&self.salt).chain_update(number.to_be_bytes()).finalize().into_bytes();
            let mut sum = Zeroizing::new(round.to_vec());
            for _ in 1..self.iterations.get() {
                round = mac.clone().chain_update(&round).finalize().into_bytes();
                sum.iter_mut().zip(&round).for_each(|(sum, byte)| *sum ^= byte);
            }
            key.extend_from_slice(&sum);
        }
        key.truncate(length);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ring knows these well: what is written here must do the same.
    #[test]
    fn the_own_loop_gives_the_keys_of_another_one() {
        for iterations in [1, 2, 77] {
            let iterations = NonZeroU32::new(iterations).unwrap();
            for length in [1, 20, 32, 33, 100] {
                let kdf = |prf| Pbkdf2 { prf, salt: b"salt and salt".to_vec(), iterations, key_length: None };
                let password = "pä ß €😀 ".as_bytes();
                let sha256 = kdf(Hash::Sha256);
                assert_eq!(sha256.derive_with::<sha2::Sha256>(password, length), sha256.derive(password, length));
                let sha512 = kdf(Hash::Sha512);
                assert_eq!(sha512.derive_with::<sha2::Sha512>(password, length), sha512.derive(password, length));
            }
        }
    }

    /// `openssl kdf -keylen 16 -kdfopt digest:SHA2-224 -kdfopt pass:password -kdfopt salt:saltsalt -kdfopt iter:2000 PBKDF2`
    #[test]
    fn rare_hashes_give_the_keys_that_openssl_derives() {
        for (prf, expected) in KNOWN {
            let kdf = Pbkdf2 { prf: *prf, salt: b"saltsalt".to_vec(), iterations: ITERATIONS, key_length: None };
            assert_eq!(kdf.derive(b"password", 16)[..], expected[..], "{prf:?}");
        }
    }

    const ITERATIONS: NonZeroU32 = NonZeroU32::new(2000).unwrap();
    const KNOWN: &[(Hash, [u8; 16])] = &[
        (
            Hash::Sha224,
            [0x03, 0x3A, 0x69, 0x51, 0x1D, 0x9D, 0x37, 0xD0, 0x0D, 0x55, 0x28, 0x9A, 0xC0, 0x1F, 0x6B, 0xAF],
        ),
        (
            Hash::Sha512Of224,
            [0x9F, 0xBD, 0x7C, 0xF4, 0xC6, 0x63, 0xF0, 0x2C, 0x4D, 0xD4, 0xEB, 0x37, 0x93, 0xB8, 0xAE, 0xAC],
        ),
        (
            Hash::Sha512Of256,
            [0x2C, 0xF8, 0x99, 0xB8, 0x14, 0x63, 0xAC, 0x36, 0x9A, 0x37, 0xBC, 0xC2, 0xAF, 0xF4, 0x78, 0x56],
        ),
    ];
}
