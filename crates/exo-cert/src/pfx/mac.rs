//! The MAC over a PFX file: the classic one, and PBMAC1 (RFC 9579).

use super::derive::{Hash, Passwords, Pkcs12Kdf, Purpose, iterations, salt};
use super::pbkdf2::Pbkdf2;
use super::{Budget, PfxError};
use crate::asn1::{Elements, Tag};
use crate::oids;
use hmac::{KeyInit, Mac as _, SimpleHmac};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use std::num::NonZeroU32;

/// The MAC of a file, and how its key is derived.
#[derive(Debug)]
pub(super) struct Mac {
    key: MacKey,
    hash: Hash,
    digest: Vec<u8>,
}

#[derive(Debug)]
enum MacKey {
    Classic(Pkcs12Kdf),
    Pbmac1 { kdf: Pbkdf2, length: usize },
}

impl Mac {
    /// Reads the inside of `MacData`.
    pub(super) fn parse(data: &mut Elements<'_>) -> Result<Self, PfxError> {
        let mut digest_info = data.sequence()?;
        let mut algorithm = digest_info.sequence()?;
        let digest = digest_info.octets()?.into_owned();
        let salt = salt(&data.octets()?)?;
        let oid = algorithm.oid()?;
        if oid == oids::PBMAC1.as_bytes() {
            // The outer salt and count are dummies.
            return Self::parse_pbmac1(&mut algorithm.sequence()?, digest);
        }
        let hash = Hash::from_oid(oid)?;
        let iterations = if data.is_finished() { NonZeroU32::MIN } else { iterations(data)? };
        Ok(Self { key: MacKey::Classic(Pkcs12Kdf { hash, salt, iterations }), hash, digest })
    }

    fn parse_pbmac1(parameters: &mut Elements<'_>, digest: Vec<u8>) -> Result<Self, PfxError> {
        let kdf = Pbkdf2::parse(&mut parameters.sequence()?)?;
        let hash = Hash::from_hmac_oid(parameters.sequence()?.oid()?)?;
        match kdf.key_length {
            Some(length @ 20..=MAX_MAC_KEY) => Ok(Self { key: MacKey::Pbmac1 { kdf, length }, hash, digest }),
            _ => Err(PfxError::Malformed { what: "the key length of its MAC" }),
        }
    }

    /// Puts the cost of checking on the bill.
    pub(super) fn charge(&self, budget: &mut Budget) -> Result<(), PfxError> {
        match &self.key {
            MacKey::Classic(kdf) => budget.spend_half(kdf.iterations.get(), 1),
            MacKey::Pbmac1 { kdf, length } => budget.spend(kdf.iterations.get(), kdf.prf.blocks(*length)),
        }
    }

    /// Whether this password made the MAC over `content`.
    pub(super) fn verify(&self, content: &[u8], passwords: &Passwords, budget: &mut Budget) -> bool {
        match &self.key {
            MacKey::Classic(kdf) => {
                let made = |password: &[u8]| {
                    self.matches(&kdf.derive(Purpose::Mac, password, self.hash.length()), content).then_some(())
                };
                budget.try_forms(passwords, (kdf.iterations.get(), 1), made).is_some()
            }
            MacKey::Pbmac1 { kdf, length } => self.matches(&kdf.derive(passwords.utf8(), *length), content),
        }
    }

    fn matches(&self, key: &[u8], content: &[u8]) -> bool {
        macro_rules! verify {
            ($hash:ty) => {
                SimpleHmac::<$hash>::new_from_slice(key)
                    .is_ok_and(|mac| mac.chain_update(content).verify_slice(&self.digest).is_ok())
            };
        }
        match self.hash {
            Hash::Sha1 => verify!(Sha1),
            Hash::Sha224 => verify!(Sha224),
            Hash::Sha256 => verify!(Sha256),
            Hash::Sha384 => verify!(Sha384),
            Hash::Sha512 => verify!(Sha512),
            Hash::Sha512Of224 => verify!(Sha512_224),
            Hash::Sha512Of256 => verify!(Sha512_256),
        }
    }
}

/// Reads `MacData` if there is one; what follows a PFX is not looked at.
pub(super) fn parse_optional(pfx: &mut Elements<'_>) -> Result<Option<Mac>, PfxError> {
    match pfx.optional(Tag::Sequence)? {
        Some(data) => Mac::parse(&mut data.inside()).map(Some),
        None => Ok(None),
    }
}

const MAX_MAC_KEY: usize = 1 << 10;
