//! A PKCS#12 file without password, as a vault hands out a certificate with its key.

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::{digest, hmac, pbkdf2, rand};
use std::num::NonZeroU32;

/// Writes the certificate, and the key if there is one, encrypted with the empty password.
pub(super) fn write(certificate: &[u8], pkcs8: Option<&[u8]>) -> Option<Vec<u8>> {
    let link = local_key(certificate);
    let certificate = sequence(&[&oid(X509_CERTIFICATE), &explicit(&octets(certificate))]);
    let certificates = sequence(&[&bag(CERTIFICATE_BAG, &certificate, &link)]);
    let mut safes = vec![encrypted_safe(&certificates)?];
    if let Some(pkcs8) = pkcs8 {
        let (algorithm, sealed) = sealed(pkcs8)?;
        let key = sequence(&[&algorithm, &octets(&sealed)]);
        safes.push(plain_safe(&sequence(&[&bag(SHROUDED_KEY_BAG, &key, &link)])));
    }
    let safes: Vec<&[u8]> = safes.iter().map(Vec::as_slice).collect();
    let content = sequence(&safes);
    Some(sequence(&[&integer(3), &plain_safe(&content), &mac(&content)?]))
}

fn plain_safe(content: &[u8]) -> Vec<u8> {
    sequence(&[&oid(DATA), &explicit(&octets(content))])
}

fn encrypted_safe(content: &[u8]) -> Option<Vec<u8>> {
    let (algorithm, sealed) = sealed(content)?;
    let info = sequence(&[&oid(DATA), &algorithm, &tagged(0x80, &[&sealed])]);
    Some(sequence(&[&oid(ENCRYPTED_DATA), &explicit(&sequence(&[&integer(0), &info]))]))
}

/// One thing in the file, linked to what belongs to it.
fn bag(kind: &[u8], value: &[u8], link: &[u8]) -> Vec<u8> {
    sequence(&[&oid(kind), &explicit(value), link])
}

fn local_key(certificate: &[u8]) -> Vec<u8> {
    let id = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    let attribute = sequence(&[&oid(LOCAL_KEY_ID), &tagged(0x31, &[&octets(id.as_ref())])]);
    tagged(0x31, &[&attribute])
}

/// AES-256 under PBES2, with the empty password: the algorithm as DER, and the sealed bytes.
fn sealed(content: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let salt = salt()?;
    let mut key = [0_u8; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, NonZeroU32::new(ITERATIONS)?, &salt, &[], &mut key);
    let mut bytes = content.to_vec();
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &key).ok()?).ok()?;
    let DecryptionContext::Iv128(iv) = key.encrypt(&mut bytes).ok()? else { return None };
    let iv: &[u8; 16] = iv.as_ref();
    let hmac = sequence(&[&oid(HMAC_SHA256), &NULL]);
    let derivation = sequence(&[&octets(&salt), &integer(ITERATIONS), &hmac]);
    let derivation = sequence(&[&oid(PBKDF2), &derivation]);
    let cipher = sequence(&[&oid(AES_256_CBC), &octets(iv)]);
    Some((sequence(&[&oid(PBES2), &sequence(&[&derivation, &cipher])]), bytes))
}

/// The check over the whole, by the derivation of RFC 7292 B.2 for the empty password.
fn mac(content: &[u8]) -> Option<Vec<u8>> {
    let salt = salt()?;
    let mut block = vec![3_u8; 64];
    block.extend(salt.iter().copied().cycle().take(64));
    // The empty password is its two zero bytes of an end, repeated.
    block.extend([0_u8; 64]);
    let mut key = digest::digest(&digest::SHA256, &block);
    for _ in 1..ITERATIONS {
        key = digest::digest(&digest::SHA256, key.as_ref());
    }
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()), content);
    let info = sequence(&[&sequence(&[&oid(SHA256), &NULL]), &octets(tag.as_ref())]);
    Some(sequence(&[&info, &octets(&salt), &integer(ITERATIONS)]))
}

fn salt() -> Option<[u8; 16]> {
    let mut salt = [0_u8; 16];
    rand::fill(&mut salt).ok()?;
    Some(salt)
}

fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match significant.as_slice() {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(&content);
    out
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(0x30, parts)
}

fn explicit(content: &[u8]) -> Vec<u8> {
    tagged(0xA0, &[content])
}

fn octets(content: &[u8]) -> Vec<u8> {
    tagged(0x04, &[content])
}

fn oid(body: &[u8]) -> Vec<u8> {
    tagged(0x06, &[body])
}

fn integer(value: u32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let mut body: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    if body.first().is_none_or(|first| *first >= 0x80) {
        body.insert(0, 0);
    }
    tagged(0x02, &[&body])
}

const ITERATIONS: u32 = 2000;
const NULL: [u8; 2] = [0x05, 0x00];
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
const SHROUDED_KEY_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02];
const CERTIFICATE_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x03];
const X509_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01];
const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x15];
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
const HMAC_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09];
const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
