//! Who signs: the seam for keys that live elsewhere, and the RSA key in memory.

use crate::Error;
use crate::private_key::{self, PrivateKey, RsaKey};
#[cfg(feature = "aws-lc")]
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding},
};
#[cfg(not(feature = "aws-lc"))]
use ring::{
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding},
};
use std::borrow::Cow;
use std::fmt;

/// How a message is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the two that the sign-in service takes; a third is a breaking change")]
pub enum SignatureAlgorithm {
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes; goes with the SHA-256 thumbprint.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256; goes with the SHA-1 thumbprint.
    Rs256,
}

impl SignatureAlgorithm {
    /// The name in a token's header: `PS256` or `RS256`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whoever can sign with a certificate's private key: this process, a store of the system, a vault, a token.
///
/// It is given the message and not its digest, since some keys hash by themselves.
///
/// ```
/// use exo_cert::{Error, SignatureAlgorithm, Signer};
///
/// /// A key that lives elsewhere, and is out of reach now.
/// #[derive(Debug)]
/// struct Unplugged;
///
/// #[async_trait::async_trait]
/// impl Signer for Unplugged {
///     fn algorithms(&self) -> &[SignatureAlgorithm] {
///         &[SignatureAlgorithm::Rs256]
///     }
///     async fn sign(&self, algorithm: SignatureAlgorithm, _: &[u8]) -> Result<Vec<u8>, Error> {
///         Err(Error::sign(algorithm, "the token is not plugged in"))
///     }
/// }
/// ```
#[async_trait::async_trait]
pub trait Signer: Send + Sync + fmt::Debug {
    /// What it can do, best first.
    fn algorithms(&self) -> &[SignatureAlgorithm];

    /// Signs a message.
    async fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error>;
}

/// An RSA key in this process' memory.
// ring's interface is AWS-LC's, too. Which keys are taken and which signatures come is the same with both; ring checks
// them in the self-test, so that with the feature no library vouches for itself.
pub struct RsaSigner {
    key: KeyPair,
    length: usize,
    random: SystemRandom,
}

impl RsaSigner {
    /// Takes a key as PKCS#8 (`BEGIN PRIVATE KEY`) in DER.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::UnsupportedKey`] and [`Error::KeySize`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        Self::from_private_key(&PrivateKey::from_pkcs8(der)?.0)
    }

    /// Takes a key as PKCS#1 (`BEGIN RSA PRIVATE KEY`) in DER.
    ///
    /// # Errors
    /// [`Error::Malformed`] and [`Error::KeySize`].
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, Error> {
        Self::from_private_key(&PrivateKey::from_pkcs1(der)?)
    }

    fn from_private_key(key: &PrivateKey) -> Result<Self, Error> {
        match key {
            PrivateKey::Rsa(key) => Self::from_rsa(key),
            PrivateKey::Other { algorithm } => Err(Error::UnsupportedKey { algorithm: algorithm.clone() }),
        }
    }

    pub(crate) fn from_rsa(key: &RsaKey) -> Result<Self, Error> {
        let bits = private_key::bits(&key.modulus);
        let refused = |reason: Cow<'static, str>| Error::KeySize { bits, reason };
        if key.multi_prime {
            return Err(refused("it has more than two primes".into()));
        }
        match bits {
            0..2048 => return Err(refused("it is too short".into())),
            2048 | 3072 | 4096 => {}
            _ => return Err(refused("this length is not supported".into())),
        }
        if private_key::bits(&key.exponent) < 17 {
            return Err(refused("its public exponent is smaller than 65537".into()));
        }
        // Hand over the inner PKCS#1: the library refuses some PKCS#8 wrappings.
        let pair =
            KeyPair::from_der(&key.pkcs1).map_err(|rejected| refused(format!("it is broken ({rejected})").into()))?;
        Ok(Self { key: pair, length: bits / 8, random: SystemRandom::new() })
    }

    /// Signs without waiting for anybody.
    ///
    /// # Errors
    /// [`Error::Sign`] if the system gives no random numbers.
    pub fn sign_now(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        let encoding: &'static dyn RsaEncoding = match algorithm {
            SignatureAlgorithm::Ps256 => &RSA_PSS_SHA256,
            SignatureAlgorithm::Rs256 => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.length];
        self.key
            .sign(encoding, &self.random, message, &mut signature)
            .map_err(|_| Error::sign(algorithm, "the signature could not be computed"))?;
        Ok(signature)
    }
}

#[async_trait::async_trait]
impl Signer for RsaSigner {
    fn algorithms(&self) -> &[SignatureAlgorithm] {
        &[SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256]
    }

    async fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.sign_now(algorithm, message)
    }
}

impl fmt::Debug for RsaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaSigner").field("bits", &(self.length * 8)).finish_non_exhaustive()
    }
}
