//! Modulus and exponent of an RSA key, as JSON key sets print them.

use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Decode as _, Reader as _, SliceReader};

/// Modulus and public exponent, big-endian and without leading zeros.
pub(crate) fn of(pair: &KeyPair) -> Option<(Vec<u8>, Vec<u8>)> {
    read(pair.public_key().as_ref())
}

/// The two numbers of a PKCS#1 public key.
fn read(key: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut reader = SliceReader::new(key).ok()?;
    reader
        .sequence(|inner| {
            let modulus = UintRef::decode(inner)?;
            let exponent = UintRef::decode(inner)?;
            Ok::<_, x509_cert::der::Error>((modulus.as_bytes().to_vec(), exponent.as_bytes().to_vec()))
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_numbers_come_without_sign_byte() {
        let key = [0x30, 0x0a, 0x02, 0x03, 0x00, 0xab, 0xcd, 0x02, 0x03, 0x01, 0x00, 0x01];
        assert_eq!(read(&key), Some((vec![0xab, 0xcd], vec![1, 0, 1])));
        assert_eq!(read(&key[..9]), None);
    }
}
