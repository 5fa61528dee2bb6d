//! Signing with a key that stays in the vault.

use aws_lc_rs::digest::{Algorithm, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::settings::VaultPermission;
use super::{Call, refused, refused_within};
use crate::answer::Answer;

impl Call<'_> {
    pub(super) fn sign(&self, app: usize, name: &str, version: Option<&str>) -> Result<Answer, Answer> {
        self.check(app, VaultPermission::KeysSign)?;
        let certificate = self.find("key", name, version)?;
        if !certificate.enabled {
            let text = "Operation sign is not allowed on a disabled key.";
            return Err(refused_within(403, "Forbidden", text, "KeyDisabled"));
        }
        let bad = |property: &str| refused(400, "BadParameter", &format!("Property {property} has invalid value"));
        let body: Value = serde_json::from_slice(&self.request.body).map_err(|_| bad("body"))?;
        let field = |name: &str| body.get(name).and_then(Value::as_str);
        let (hash, encoding) = field("alg").and_then(algorithm).ok_or_else(|| bad("alg"))?;
        let value = field("value").and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok());
        let digest = value.and_then(|value| Digest::import_less_safe(&value, hash).ok()).ok_or_else(|| bad("value"))?;
        let signature = signature(&certificate.pkcs8, encoding, &digest)
            .ok_or_else(|| refused(500, "InternalServerError", "The key cannot be used."))?;
        let body = json!({ "kid": self.url("keys", certificate), "value": URL_SAFE_NO_PAD.encode(signature) });
        Ok(Answer::json(200, body.to_string()))
    }
}

/// The digest and the padding of a name; the elliptic ones do not fit the vault's keys.
fn algorithm(name: &str) -> Option<(&'static Algorithm, &'static dyn RsaEncoding)> {
    Some(match name {
        "PS256" => (&SHA256, &RSA_PSS_SHA256),
        "PS384" => (&SHA384, &RSA_PSS_SHA384),
        "PS512" => (&SHA512, &RSA_PSS_SHA512),
        "RS256" => (&SHA256, &RSA_PKCS1_SHA256),
        "RS384" => (&SHA384, &RSA_PKCS1_SHA384),
        "RS512" => (&SHA512, &RSA_PKCS1_SHA512),
        _ => return None,
    })
}

fn signature(pkcs8: &[u8], encoding: &'static dyn RsaEncoding, digest: &Digest) -> Option<Vec<u8>> {
    let pair = KeyPair::from_pkcs8(pkcs8).ok()?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign_digest(encoding, digest, &mut signature).ok()?;
    Some(signature)
}
