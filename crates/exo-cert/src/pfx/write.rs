//! Writes a PFX file in the shape of Windows, so that Windows imports its key as a CSP key.

use super::derive::{Hash, Passwords, Pkcs12Kdf, Purpose};
use super::pbkdf2::Pbkdf2;
use crate::asn1::{Elements, Tag};
use crate::encode::{self, Encoded, bmp_string, encode, octet_string, oid, sequence, small_unsigned};
use crate::provider::AES_PROVIDER;
use crate::{Certificate, Error, oids};
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeEncrypt, KeyIvInit};
use der::asn1::ObjectIdentifier;
use exo_model::{Secret, SecretBytes};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// How a PFX file is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PfxEncryption {
    /// AES-256 with PBKDF2 and SHA-256: Windows Server 2019, Windows 10 1709, and everything newer.
    Aes256,
    /// Triple DES with SHA-1, for Windows Server 2016 and older.
    TripleDes,
}

/// A key and its certificate.
pub(crate) struct Entry<'a> {
    pub(crate) pkcs8: &'a [u8],
    pub(crate) certificate: &'a [u8],
    /// The certificates of its issuers.
    pub(crate) issuers: &'a [Certificate],
}

/// Writes the file: first the key, then the certificate, as Windows does.
pub(crate) fn write(entry: &Entry<'_>, password: &Secret, encryption: PfxEncryption) -> Result<SecretBytes, Error> {
    let sealer = Sealer { passwords: Passwords::new(Some(password))?, encryption };
    let key = key_with_usage(entry.pkcs8)?;
    let (algorithm, ciphertext) = sealer.seal(&key)?;
    let key_bag = bag(
        oids::SHROUDED_KEY_BAG,
        &sequence(&[&algorithm, &octet_string(&ciphertext)]),
        &[&local_key_id(), &attribute(oids::PROVIDER_NAME, &bmp_string(AES_PROVIDER))],
    );
    let mut bags = vec![certificate_bag(entry.certificate, &[&local_key_id()])];
    bags.extend(entry.issuers.iter().map(|issuer| certificate_bag(issuer.der(), &[])));
    let bags: Vec<&[u8]> = bags.iter().map(|bag| bag.as_slice()).collect();
    let (algorithm, ciphertext) = sealer.seal(&sequence(&bags))?;
    let safes = sequence(&[&data(&sequence(&[&key_bag])), &encrypted_data(&algorithm, &ciphertext)]);
    let file = sequence(&[&small_unsigned(3), &data(&safes), &sealer.mac(&safes)?]);
    Ok(SecretBytes::new(file.to_vec()))
}

/// Says `AT_KEYEXCHANGE` in the attribute in which Windows keeps it.
fn key_with_usage(pkcs8: &[u8]) -> Result<Encoded, Error> {
    let malformed = |_| Error::Malformed { what: "private key" };
    let content = Elements::new(pkcs8).expect(Tag::Sequence).map_err(malformed)?.content;
    let usage = attribute(oids::KEY_USAGE, &encode(0x03, &[&[0, KEY_EXCHANGE]]));
    Ok(sequence(&[content, &encode(0xA0, &[&usage])]))
}

fn attribute(kind: ObjectIdentifier, value: &[u8]) -> Encoded {
    sequence(&[&oid(kind), &encode(0x31, &[value])])
}

/// What Windows gives to the first key of a file.
fn local_key_id() -> Encoded {
    attribute(oids::LOCAL_KEY_ID, &octet_string(&[1, 0, 0, 0]))
}

fn certificate_bag(der: &[u8], attributes: &[&[u8]]) -> Encoded {
    let certificate = sequence(&[&oid(oids::X509_CERTIFICATE), &encode(0xA0, &[&octet_string(der)])]);
    bag(oids::CERT_BAG, &certificate, attributes)
}

fn bag(kind: ObjectIdentifier, value: &[u8], attributes: &[&[u8]]) -> Encoded {
    let attributes = if attributes.is_empty() { Encoded::default() } else { encode(0x31, attributes) };
    sequence(&[&oid(kind), &encode(0xA0, &[value]), &attributes])
}

fn data(content: &[u8]) -> Encoded {
    sequence(&[&oid(oids::DATA), &encode(0xA0, &[&octet_string(content)])])
}

fn encrypted_data(algorithm: &[u8], ciphertext: &[u8]) -> Encoded {
    let info = sequence(&[&oid(oids::DATA), algorithm, &encode(0x80, &[ciphertext])]);
    let data = sequence(&[&small_unsigned(0), &info]);
    sequence(&[&oid(oids::ENCRYPTED_DATA), &encode(0xA0, &[&data])])
}

/// Encrypts and authenticates under one password.
struct Sealer {
    passwords: Passwords,
    encryption: PfxEncryption,
}

impl Sealer {
    /// The algorithm identifier and the ciphertext.
    fn seal(&self, plain: &[u8]) -> Result<(Encoded, Vec<u8>), Error> {
        match self.encryption {
            PfxEncryption::Aes256 => self.seal_aes(plain),
            PfxEncryption::TripleDes => self.seal_triple_des(plain),
        }
    }

    fn seal_aes(&self, plain: &[u8]) -> Result<(Encoded, Vec<u8>), Error> {
        let (salt, iv) = (random::<16>()?, random::<16>()?);
        let kdf = Pbkdf2 { prf: Hash::Sha256, salt: salt.to_vec(), iterations: ITERATIONS, key_length: None };
        let key = kdf.derive(self.passwords.utf8(), 32);
        let sealed = padded(cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &iv).ok(), plain)?;
        let prf = sequence(&[&oid(oids::HMAC_SHA256), encode::NULL]);
        let parameters = sequence(&[&octet_string(&salt), &small_unsigned(ITERATIONS.get()), &prf]);
        let derivation = sequence(&[&oid(oids::PBKDF2), &parameters]);
        let cipher = sequence(&[&oid(oids::AES_256_CBC), &octet_string(&iv)]);
        Ok((sequence(&[&oid(oids::PBES2), &sequence(&[&derivation, &cipher])]), sealed))
    }

    fn seal_triple_des(&self, plain: &[u8]) -> Result<(Encoded, Vec<u8>), Error> {
        let salt = random::<8>()?;
        let kdf = Pkcs12Kdf { hash: Hash::Sha1, salt: salt.to_vec(), iterations: ITERATIONS };
        let password = self.passwords.first_utf16();
        let key = kdf.derive(Purpose::Key, password, 24);
        let iv = kdf.derive(Purpose::Iv, password, 8);
        let sealed = padded(cbc::Encryptor::<des::TdesEde3>::new_from_slices(&key, &iv).ok(), plain)?;
        let parameters = sequence(&[&octet_string(&salt), &small_unsigned(ITERATIONS.get())]);
        Ok((sequence(&[&oid(oids::PBE_3DES), &parameters]), sealed))
    }

    /// `MacData` over the content.
    fn mac(&self, content: &[u8]) -> Result<Encoded, Error> {
        let (hash, algorithm, name) = match self.encryption {
            PfxEncryption::Aes256 => (Hash::Sha256, hmac::HMAC_SHA256, oids::SHA256),
            PfxEncryption::TripleDes => (Hash::Sha1, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, oids::SHA1),
        };
        let salt = random::<20>()?;
        let kdf = Pkcs12Kdf { hash, salt: salt.to_vec(), iterations: ITERATIONS };
        let key = kdf.derive(Purpose::Mac, self.passwords.first_utf16(), hash.length());
        let tag = hmac::sign(&hmac::Key::new(algorithm, &key), content);
        let name = sequence(&[&oid(name), encode::NULL]);
        let digest = sequence(&[&name, &octet_string(tag.as_ref())]);
        Ok(sequence(&[&digest, &octet_string(&salt), &small_unsigned(ITERATIONS.get())]))
    }
}

fn padded(cipher: Option<impl BlockModeEncrypt>, plain: &[u8]) -> Result<Vec<u8>, Error> {
    let failed = || Error::Generate { reason: "the PFX file could not be encrypted".into() };
    let mut buffer = Zeroizing::new(plain.to_vec());
    buffer.resize(plain.len() + LARGEST_BLOCK, 0);
    let sealed = cipher.ok_or_else(failed)?.encrypt_padded::<Pkcs7>(&mut buffer, plain.len());
    sealed.map(<[u8]>::to_vec).map_err(|_| failed())
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Error::Generate { reason: "the system gives no random numbers".into() })?;
    Ok(bytes)
}

const KEY_EXCHANGE: u8 = 0x10;
const LARGEST_BLOCK: usize = 16;
const ITERATIONS: NonZeroU32 = match NonZeroU32::new(100_000) {
    Some(count) => count,
    None => NonZeroU32::MIN,
};
