//! From a password to a key: the forms of a password, the hash functions, PKCS#12's own derivation.

use super::PfxError;
use super::limits::{MAX_PASSWORD, MAX_SALT, at_most};
use crate::asn1::{Broken, Elements};
use crate::oids;
use exo_model::Secret;
use sha1::{Digest, Sha1};
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// A password in the forms that the derivations use.
pub(crate) struct Passwords {
    /// Big-endian UTF-16 with two zero bytes at its end, in the order of trying.
    utf16: Vec<Zeroizing<Vec<u8>>>,
    utf8: Zeroizing<Vec<u8>>,
}

impl Passwords {
    /// No password and an empty one are one and the same to the user. Files tell them apart: two zero bytes or none.
    pub(crate) fn new(password: Option<&Secret>) -> Result<Self, PfxError> {
        let text = password.map_or("", Secret::expose);
        if text.len() > MAX_PASSWORD {
            return Err(PfxError::PasswordTooLong);
        }
        let mut octets = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
        octets.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        octets.extend([0, 0]);
        let mut utf16 = vec![octets];
        if text.is_empty() {
            utf16.push(Zeroizing::new(Vec::new()));
        }
        Ok(Self { utf16, utf8: Zeroizing::new(text.as_bytes().to_vec()) })
    }

    pub(super) fn utf8(&self) -> &[u8] {
        &self.utf8
    }

    pub(super) fn utf16(&self) -> impl Iterator<Item = &[u8]> {
        self.utf16.iter().map(|form| form.as_slice())
    }

    /// The form that is written.
    #[cfg(feature = "aws-lc")]
    pub(super) fn first_utf16(&self) -> &[u8] {
        self.utf16.first().map_or(&[], |form| form)
    }

    /// What to say when the file does not open.
    pub(crate) fn refused(&self) -> PfxError {
        if self.utf8.is_empty() { PfxError::PasswordMissing } else { PfxError::WrongPassword }
    }
}

/// A hash function of the derivations and of the MAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512Of224,
    Sha512Of256,
}

impl Hash {
    pub(super) fn from_oid(oid: &[u8]) -> Result<Self, PfxError> {
        Self::find(oid, |(hash, _)| hash)
    }

    pub(super) fn from_hmac_oid(oid: &[u8]) -> Result<Self, PfxError> {
        Self::find(oid, |(_, hmac)| hmac)
    }

    fn find(
        oid: &[u8],
        side: impl Fn((der::asn1::ObjectIdentifier, der::asn1::ObjectIdentifier)) -> der::asn1::ObjectIdentifier,
    ) -> Result<Self, PfxError> {
        HASHES
            .iter()
            .find(|(_, hash, hmac)| side((*hash, *hmac)).as_bytes() == oid)
            .map(|(hash, ..)| *hash)
            .ok_or_else(|| PfxError::Unsupported { what: oids::name(oid).into() })
    }

    pub(super) const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 | Self::Sha512Of224 => 28,
            Self::Sha256 | Self::Sha512Of256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    const fn block(self) -> usize {
        match self {
            Self::Sha1 | Self::Sha224 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 | Self::Sha512Of224 | Self::Sha512Of256 => 128,
        }
    }

    /// How many blocks it takes to derive this many bytes.
    pub(super) fn blocks(self, bytes: usize) -> u64 {
        u64::try_from(bytes.div_ceil(self.length())).unwrap_or(u64::MAX)
    }
}

const HASHES: &[(Hash, der::asn1::ObjectIdentifier, der::asn1::ObjectIdentifier)] = &[
    (Hash::Sha1, oids::SHA1, oids::HMAC_SHA1),
    (Hash::Sha224, oids::SHA224, oids::HMAC_SHA224),
    (Hash::Sha256, oids::SHA256, oids::HMAC_SHA256),
    (Hash::Sha384, oids::SHA384, oids::HMAC_SHA384),
    (Hash::Sha512, oids::SHA512, oids::HMAC_SHA512),
    (Hash::Sha512Of224, oids::SHA512_224, oids::HMAC_SHA512_224),
    (Hash::Sha512Of256, oids::SHA512_256, oids::HMAC_SHA512_256),
];

/// What a derived key is for; the number goes into the derivation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// Salt and count of PKCS#12's own derivation (RFC 7292, appendix B).
#[derive(Debug, Clone)]
pub(super) struct Pkcs12Kdf {
    pub(super) hash: Hash,
    pub(super) salt: Vec<u8>,
    pub(super) iterations: NonZeroU32,
}

impl Pkcs12Kdf {
    pub(super) fn derive(&self, purpose: Purpose, password: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        match self.hash {
            Hash::Sha1 => self.derive_with::<Sha1>(purpose, password, length),
            Hash::Sha224 => self.derive_with::<Sha224>(purpose, password, length),
            Hash::Sha256 => self.derive_with::<Sha256>(purpose, password, length),
            Hash::Sha384 => self.derive_with::<Sha384>(purpose, password, length),
            Hash::Sha512 => self.derive_with::<Sha512>(purpose, password, length),
            Hash::Sha512Of224 => self.derive_with::<Sha512_224>(purpose, password, length),
            Hash::Sha512Of256 => self.derive_with::<Sha512_256>(purpose, password, length),
        }
    }

    fn derive_with<D: Digest>(&self, purpose: Purpose, password: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let block = self.hash.block();
        let diversifier = vec![purpose as u8; block];
        let mut input = Zeroizing::new(repeated(&self.salt, block));
        input.extend_from_slice(&Zeroizing::new(repeated(password, block)));
        let mut key = Zeroizing::new(Vec::with_capacity(length + self.hash.length()));
        while key.len() < length {
            let mut round = D::new().chain_update(&diversifier).chain_update(input.as_slice()).finalize();
            for _ in 1..self.iterations.get() {
                round = D::digest(&round);
            }
            key.extend_from_slice(&round);
            let addend: Zeroizing<Vec<u8>> = Zeroizing::new(round.iter().copied().cycle().take(block).collect());
            for chunk in input.chunks_exact_mut(block) {
                add_and_one(chunk, &addend);
            }
        }
        key.truncate(length);
        key
    }
}

/// As many copies as fill whole blocks; nothing if there is nothing to copy.
fn repeated(bytes: &[u8], block: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(bytes.len().div_ceil(block) * block).collect()
}

/// `number + addend + 1`, big-endian, carry out dropped.
fn add_and_one(number: &mut [u8], addend: &[u8]) {
    let mut carry = 1;
    for (digit, add) in number.iter_mut().zip(addend).rev() {
        let [high, low] = (u16::from(*digit) + u16::from(*add) + carry).to_be_bytes();
        *digit = low;
        carry = u16::from(high);
    }
}

/// A salt of a length that somebody might really use.
pub(super) fn salt(bytes: &[u8]) -> Result<Vec<u8>, PfxError> {
    at_most(bytes.len(), MAX_SALT, "bytes of salt")?;
    Ok(bytes.to_vec())
}

/// A count, which may not be zero, negative or longer than 32 bits.
pub(super) fn iterations(elements: &mut Elements<'_>) -> Result<NonZeroU32, PfxError> {
    elements.small().ok().and_then(NonZeroU32::new).ok_or(PfxError::Malformed { what: "an iteration count" })
}

impl From<Broken> for PfxError {
    fn from(_: Broken) -> Self {
        Self::Malformed { what: "its structure" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        text.as_bytes().chunks(2).map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect()
    }

    /// The vectors that circulate with every implementation of this derivation since the nineties.
    #[test]
    fn pkcs12_derivation_gives_the_known_keys() {
        let password = Passwords::new(Some(&Secret::from("smeg"))).unwrap();
        let password = password.utf16().next().unwrap().to_vec();
        let kdf = |salt: &str, iterations: u32| Pkcs12Kdf {
            hash: Hash::Sha1,
            salt: hex(salt),
            iterations: NonZeroU32::new(iterations).unwrap(),
        };
        assert_eq!(
            *kdf("0A58CF64530D823F", 1).derive(Purpose::Key, &password, 24),
            hex("8AAAE6297B6CB04642AB5B077851284EB7128F1A2A7FBCA3")
        );
        assert_eq!(*kdf("0A58CF64530D823F", 1).derive(Purpose::Iv, &password, 8), hex("79993DFE048D3B76"));
        assert_eq!(
            *kdf("3D83C0E4546AC140", 1).derive(Purpose::Mac, &password, 20),
            hex("8D967D88F6CAA9D714800AB3D48051D63F73A312")
        );
    }

    #[test]
    fn no_password_and_an_empty_one_are_tried_in_both_forms() {
        for none in [None, Some(&Secret::from(""))] {
            let forms = Passwords::new(none).unwrap();
            assert_eq!(forms.utf16().collect::<Vec<_>>(), [&[0, 0][..], &[]]);
            assert_eq!(forms.refused(), PfxError::PasswordMissing);
        }
    }

    #[test]
    fn characters_outside_the_first_plane_are_surrogate_pairs() {
        let forms = Passwords::new(Some(&Secret::from("😀"))).unwrap();
        assert_eq!(forms.utf16().next().unwrap(), [0xD8, 0x3D, 0xDE, 0x00, 0, 0]);
    }
}
