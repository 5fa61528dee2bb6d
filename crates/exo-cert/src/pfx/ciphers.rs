//! Password-based encryption: PBES1 as Windows and old tools write it, and PBES2.

use super::derive::{Hash, Passwords, Pkcs12Kdf, Purpose, iterations, salt};
use super::pbkdf2::Pbkdf2;
use super::scrypt::Scrypt;
use super::{Budget, PfxError};
use crate::asn1::{Elements, Tag};
use crate::oids;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, InnerIvInit, KeyIvInit};
use der::asn1::ObjectIdentifier;
use rc2::Rc2;
use zeroize::Zeroizing;

/// A block cipher in CBC mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
    TwoKeyTripleDes,
    Rc2Of40,
    Rc2Of128,
}

impl Cipher {
    pub(super) const fn key_length(self) -> usize {
        match self {
            Self::Rc2Of40 => 5,
            Self::Aes128 | Self::TwoKeyTripleDes | Self::Rc2Of128 => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
        }
    }

    pub(super) const fn block(self) -> usize {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
            Self::TripleDes | Self::TwoKeyTripleDes | Self::Rc2Of40 | Self::Rc2Of128 => 8,
        }
    }

    /// Nothing if key or padding are wrong.
    pub(super) fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Aes128 => padded(cbc::Decryptor::<aes::Aes128>::new_from_slices(key, iv).ok()?, data),
            Self::Aes192 => padded(cbc::Decryptor::<aes::Aes192>::new_from_slices(key, iv).ok()?, data),
            Self::Aes256 => padded(cbc::Decryptor::<aes::Aes256>::new_from_slices(key, iv).ok()?, data),
            Self::TripleDes => padded(cbc::Decryptor::<des::TdesEde3>::new_from_slices(key, iv).ok()?, data),
            Self::TwoKeyTripleDes => padded(cbc::Decryptor::<des::TdesEde2>::new_from_slices(key, iv).ok()?, data),
            Self::Rc2Of40 | Self::Rc2Of128 => {
                let cipher = Rc2::new_with_eff_key_len(key, key.len() * 8);
                padded(cbc::Decryptor::<Rc2>::inner_iv_slice_init(cipher, iv).ok()?, data)
            }
        }
    }
}

fn padded(cipher: impl BlockModeDecrypt, data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(data.to_vec());
    let length = cipher.decrypt_padded::<Pkcs7>(&mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

/// How PBES2 gets its key.
#[derive(Debug, Clone)]
pub(super) enum Kdf {
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
}

impl Kdf {
    fn parse(algorithm: &mut Elements<'_>) -> Result<Self, PfxError> {
        let mut ahead = *algorithm;
        if ahead.oid()? == oids::SCRYPT.as_bytes() {
            return Scrypt::parse(&mut ahead.sequence()?).map(Self::Scrypt);
        }
        Pbkdf2::parse(algorithm).map(Self::Pbkdf2)
    }

    fn key_length(&self) -> Option<usize> {
        match self {
            Self::Pbkdf2(kdf) => kdf.key_length,
            Self::Scrypt(kdf) => kdf.key_length,
        }
    }

    fn charge(&self, length: usize, budget: &mut Budget) -> Result<(), PfxError> {
        match self {
            Self::Pbkdf2(kdf) => budget.spend(kdf.iterations.get(), kdf.prf.blocks(length)),
            Self::Scrypt(kdf) => kdf.charge(budget),
        }
    }

    fn derive(&self, password: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Pbkdf2(kdf) => kdf.derive(password, length),
            Self::Scrypt(kdf) => kdf.derive(password, length),
        }
    }
}

/// How something was encrypted under a password.
#[derive(Debug, Clone)]
pub(super) enum Scheme {
    Pbes1 { cipher: Cipher, kdf: Pkcs12Kdf },
    Pbes2 { cipher: Cipher, kdf: Kdf, iv: Vec<u8> },
}

impl Scheme {
    /// Reads an algorithm identifier.
    pub(super) fn parse(algorithm: &mut Elements<'_>) -> Result<Self, PfxError> {
        let oid = algorithm.oid()?;
        if oid == oids::PBES2.as_bytes() {
            return Self::parse_pbes2(&mut algorithm.sequence()?);
        }
        let cipher = named(PBES1, oid)?;
        let mut parameters = algorithm.sequence()?;
        let salt = salt(&parameters.octets()?)?;
        let iterations = iterations(&mut parameters)?;
        Ok(Self::Pbes1 { cipher, kdf: Pkcs12Kdf { hash: Hash::Sha1, salt, iterations } })
    }

    fn parse_pbes2(parameters: &mut Elements<'_>) -> Result<Self, PfxError> {
        let kdf = Kdf::parse(&mut parameters.sequence()?)?;
        let mut algorithm = parameters.sequence()?;
        let cipher = named(PBES2, algorithm.oid()?)?;
        let iv = algorithm.octets()?.into_owned();
        if iv.len() != cipher.block() || kdf.key_length().is_some_and(|l| l != cipher.key_length()) {
            return Err(PfxError::Malformed { what: "the parameters of its encryption" });
        }
        Ok(Self::Pbes2 { cipher, kdf, iv })
    }

    /// Puts the cost of one decryption on the bill.
    pub(super) fn charge(&self, budget: &mut Budget) -> Result<(), PfxError> {
        match self {
            Self::Pbes1 { cipher, kdf } => {
                let (iterations, blocks) = pbes1_cost(*cipher, kdf);
                budget.spend_half(iterations, blocks)
            }
            Self::Pbes2 { cipher, kdf, .. } => kdf.charge(cipher.key_length(), budget),
        }
    }

    /// Decrypts what must be one ASN.1 SEQUENCE: anything else was opened with a wrong password.
    pub(super) fn open(
        &self,
        data: &[u8],
        passwords: &Passwords,
        budget: &mut Budget,
    ) -> Result<Zeroizing<Vec<u8>>, PfxError> {
        let opened = match self {
            Self::Pbes1 { cipher, kdf } => budget.try_forms(passwords, pbes1_cost(*cipher, kdf), |password| {
                let key = kdf.derive(Purpose::Key, password, cipher.key_length());
                let iv = kdf.derive(Purpose::Iv, password, cipher.block());
                cipher.decrypt(&key, &iv, data).filter(is_sequence)
            }),
            Self::Pbes2 { cipher, kdf, iv } => {
                let key = kdf.derive(passwords.utf8(), cipher.key_length());
                cipher.decrypt(&key, iv, data).filter(is_sequence)
            }
        };
        opened.ok_or_else(|| passwords.refused())
    }
}

/// PBES1 derives key and initialization vector apart.
fn pbes1_cost(cipher: Cipher, kdf: &Pkcs12Kdf) -> (u32, u64) {
    (kdf.iterations.get(), kdf.hash.blocks(cipher.key_length()) + kdf.hash.blocks(cipher.block()))
}

pub(super) fn is_sequence(plain: &Zeroizing<Vec<u8>>) -> bool {
    Elements::new(plain).expect(Tag::Sequence).is_ok()
}

fn named(table: &[(ObjectIdentifier, Cipher)], oid: &[u8]) -> Result<Cipher, PfxError> {
    table
        .iter()
        .find(|(known, _)| known.as_bytes() == oid)
        .map(|(_, cipher)| *cipher)
        .ok_or_else(|| PfxError::Unsupported { what: oids::name(oid).into() })
}

/// Puts the cost of opening an `EncryptedPrivateKeyInfo` on the bill.
pub(crate) fn charge_sealed(der: &[u8], budget: &mut Budget) -> Result<(), PfxError> {
    Scheme::parse(&mut Elements::new(der).sequence()?.sequence()?)?.charge(budget)
}

/// Opens an `EncryptedPrivateKeyInfo`, as PEM and DER files hold it; it was charged for before.
pub(crate) fn open_sealed(
    der: &[u8],
    passwords: &Passwords,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, PfxError> {
    let mut sealed = Elements::new(der).sequence()?;
    let scheme = Scheme::parse(&mut sealed.sequence()?)?;
    scheme.open(&sealed.octets()?, passwords, budget)
}

const PBES1: &[(ObjectIdentifier, Cipher)] = &[
    (oids::PBE_3DES, Cipher::TripleDes),
    (oids::PBE_2DES, Cipher::TwoKeyTripleDes),
    (oids::PBE_RC2_128, Cipher::Rc2Of128),
    (oids::PBE_RC2_40, Cipher::Rc2Of40),
];

const PBES2: &[(ObjectIdentifier, Cipher)] = &[
    (oids::AES_128_CBC, Cipher::Aes128),
    (oids::AES_192_CBC, Cipher::Aes192),
    (oids::AES_256_CBC, Cipher::Aes256),
    (oids::DES_EDE3_CBC, Cipher::TripleDes),
];
