//! Private keys out of PKCS#8 and PKCS#1.

use crate::Error;
use crate::asn1::{Broken, Elements, Tag};
use crate::oids;
use zeroize::Zeroizing;

/// A private key, read as far as is needed to match and use it.
pub(crate) enum PrivateKey {
    Rsa(RsaKey),
    /// Of an algorithm that cannot be used.
    Other {
        algorithm: String,
    },
}

/// An RSA key: its PKCS#1 form, and the public numbers without leading zeros.
pub(crate) struct RsaKey {
    pub(crate) pkcs1: Zeroizing<Vec<u8>>,
    pub(crate) modulus: Vec<u8>,
    pub(crate) exponent: Vec<u8>,
    /// More than two primes.
    pub(crate) multi_prime: bool,
}

impl PrivateKey {
    /// Reads a `PrivateKeyInfo`; the number is the key usage that Windows puts into its attributes.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<(Self, Option<u8>), Error> {
        read_pkcs8(der).map_err(|_| Error::Malformed { what: "private key" })
    }

    /// Reads an `RSAPrivateKey`.
    pub(crate) fn from_pkcs1(der: &[u8]) -> Result<Self, Error> {
        RsaKey::from_pkcs1(der).map(Self::Rsa).map_err(|_| Error::Malformed { what: "private key" })
    }
}

fn read_pkcs8(der: &[u8]) -> Result<(PrivateKey, Option<u8>), Broken> {
    let mut info = Elements::new(der).sequence()?;
    info.small()?;
    let mut algorithm = info.sequence()?;
    let oid = algorithm.oid()?;
    if oid != oids::RSA_ENCRYPTION.as_bytes() {
        return Ok((PrivateKey::Other { algorithm: algorithm_name(oid, &mut algorithm) }, None));
    }
    let inner = Zeroizing::new(info.octets()?.into_owned());
    let key_usage = match info.context(0)? {
        Some(attributes) => key_usage(&mut attributes.inside()),
        None => None,
    };
    Ok((PrivateKey::Rsa(RsaKey::from_pkcs1(&inner)?), key_usage))
}

/// Attributes that are not understood are no reason to refuse the key.
fn key_usage(attributes: &mut Elements<'_>) -> Option<u8> {
    while let Some(attribute) = attributes.next().ok()? {
        let mut attribute = attribute.inside();
        if attribute.oid().ok()? == oids::KEY_USAGE.as_bytes() {
            let bits = attribute.expect(Tag::Set).ok()?.inside().expect(Tag::BitString).ok()?;
            return bits.content.get(1).copied();
        }
    }
    None
}

/// Such as `EC P-256`; the parameters are the curve.
pub(crate) fn algorithm_name(oid: &[u8], parameters: &mut Elements<'_>) -> String {
    let name = oids::name(oid);
    match parameters.oid() {
        Ok(curve) if oid == oids::EC_PUBLIC_KEY.as_bytes() => format!("{name} {}", oids::name(curve)),
        _ => name,
    }
}

impl RsaKey {
    fn from_pkcs1(der: &[u8]) -> Result<Self, Broken> {
        let whole = Elements::new(der).expect(Tag::Sequence)?;
        let mut key = whole.inside();
        let multi_prime = key.small()? != 0;
        let modulus = key.unsigned()?.to_vec();
        let exponent = key.unsigned()?.to_vec();
        Ok(Self { pkcs1: Zeroizing::new(whole.whole.to_vec()), modulus, exponent, multi_prime })
    }
}

/// How many bits a number has; its digits carry no leading zeros.
pub(crate) fn bits(digits: &[u8]) -> usize {
    digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize)
}
