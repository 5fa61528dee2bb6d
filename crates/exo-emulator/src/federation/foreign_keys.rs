//! The keys of the issuers that the emulator plays, and the tokens made with them.

use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::rsa_numbers;

/// An RSA key of all issuers, and one that is nobody's; made when first needed, since that takes a while.
#[derive(Debug, Default)]
pub(crate) struct ForeignKeys {
    issuers: OnceLock<Option<KeyPair>>,
    stranger: OnceLock<Option<KeyPair>>,
}

impl ForeignKeys {
    /// Makes a token with these claims; none if the machine refuses randomness.
    pub(crate) fn token(&self, claims: &Value, by_stranger: bool) -> Option<String> {
        let kept = if by_stranger { &self.stranger } else { &self.issuers };
        let pair = kept.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).ok()).as_ref()?;
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key_id(pair), "x5t": key_id(pair) });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).ok()?;
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Whether one of the issuers signed this.
    pub(crate) fn verify(&self, message: &str, signature: &[u8]) -> bool {
        let Some(Some(pair)) = self.issuers.get() else { return false };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
            .verify(message.as_bytes(), signature)
            .is_ok()
    }

    /// The published key, as a key set.
    pub(crate) fn published(&self) -> Value {
        let pair = self.issuers.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).ok());
        let Some((pair, numbers)) = pair.as_ref().and_then(|pair| Some((pair, rsa_numbers::of(pair)?))) else {
            return json!({ "keys": [] });
        };
        let (modulus, exponent) = numbers;
        json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id(pair),
            "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
        }] })
    }
}

fn key_id(pair: &KeyPair) -> String {
    let der = pair.public_key().as_der();
    let digest = der.map(|der| aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der.as_ref()));
    digest.map(|digest| URL_SAFE_NO_PAD.encode(digest.as_ref().get(..20).unwrap_or_default())).unwrap_or_default()
}
