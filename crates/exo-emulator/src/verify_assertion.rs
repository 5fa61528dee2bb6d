//! Whether a client assertion proves the app: everything that libraries send is taken, nothing else.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::signature::{self, RsaParameters, UnparsedPublicKey};
use serde_json::Value;

use crate::clock::Civil;
use crate::credential::KeyCredential;
use crate::token_error::Refusal;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What an assertion is held against.
pub(crate) struct Expected<'a> {
    pub(crate) client_id: &'a str,
    /// Those that the token service knows by now.
    pub(crate) keys: &'a [KeyCredential],
    pub(crate) audience: &'a dyn Fn(&str) -> bool,
    pub(crate) now: i64,
    pub(crate) tolerance: i64,
}

/// Checks an assertion, in the order in which the service is taken to check; gives its `jti`.
pub(crate) fn verify(assertion: &str, expected: &Expected<'_>) -> Result<Option<String>, Refusal> {
    let jwt = Jwt::parse(assertion)?;
    let algorithm = jwt.algorithm()?;
    jwt.check_claims(expected)?;
    let key = jwt.find_key(expected.keys)?;
    jwt.check_signature(algorithm, key)?;
    if !(key.start..=key.end).contains(&expected.now) {
        let text = "The certificate with identifier used to sign the client assertion is expired on application. \
                    [Reason - The key used is expired.]";
        return Err(Refusal::new(700_027, text));
    }
    jwt.check_times(expected)?;
    Ok(jwt.claims.get("jti").and_then(Value::as_str).map(ToOwned::to_owned))
}

/// The claims of a JWT that one of the keys signed, whatever they say.
pub(crate) fn signed_claims(jwt: &str, keys: &[KeyCredential]) -> Result<Value, Refusal> {
    let jwt = Jwt::parse(jwt)?;
    let key = jwt.find_key(keys)?;
    jwt.check_signature(jwt.algorithm()?, key)?;
    Ok(jwt.claims)
}

struct Jwt<'a> {
    message: &'a str,
    header: Value,
    claims: Value,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    fn parse(assertion: &'a str) -> Result<Self, Refusal> {
        let malformed = || Refusal::new(50_027, "JWT token is invalid or malformed.");
        let (message, signature) = assertion.rsplit_once('.').ok_or_else(malformed)?;
        let (header, claims) = message.split_once('.').ok_or_else(malformed)?;
        let object = |part: &str| {
            let value: Value = serde_json::from_slice(&decode(part)?).ok()?;
            value.is_object().then_some(value)
        };
        Ok(Self {
            message,
            header: object(header).ok_or_else(malformed)?,
            claims: object(claims).ok_or_else(malformed)?,
            signature: decode(signature).ok_or_else(malformed)?,
        })
    }

    /// What verifies the named algorithm; for PS256 that demands a salt of 32 bytes, as RFC 7518 does.
    fn algorithm(&self) -> Result<&'static RsaParameters, Refusal> {
        let name = self.header.get("alg").and_then(Value::as_str).unwrap_or_default();
        match name {
            "PS256" => Ok(&signature::RSA_PSS_2048_8192_SHA256),
            "RS256" => Ok(&signature::RSA_PKCS1_2048_8192_SHA256),
            "RS384" => Ok(&signature::RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Ok(&signature::RSA_PKCS1_2048_8192_SHA512),
            _ => {
                let text = format!("'{name}' is not a supported signature algorithm.");
                Err(Refusal::new(5_002_738, text))
            }
        }
    }

    fn check_claims(&self, expected: &Expected<'_>) -> Result<(), Refusal> {
        let [issuer, subject, audience] = ["iss", "sub", "aud"].map(|name| self.text_claim(name));
        let (issuer, subject, audience) = (issuer?, subject?, audience?);
        if self.claims.get("exp").is_none() {
            return Err(missing("exp"));
        }
        if [issuer, subject].iter().any(|id| !id.eq_ignore_ascii_case(expected.client_id)) {
            let text = "Client assertion application identifier doesn't match 'client_id' parameter. Review the \
                        documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .";
            return Err(Refusal::new(700_021, text));
        }
        if !(expected.audience)(audience) {
            let text = "Client assertion audience claim does not match Realm issuer.";
            return Err(Refusal::new(700_023, text));
        }
        Ok(())
    }

    fn text_claim(&self, name: &'static str) -> Result<&str, Refusal> {
        match self.claims.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            _ => Err(missing(name)),
        }
    }

    /// The registered key that the first of the thumbprint members names.
    fn find_key<'k>(&self, keys: &'k [KeyCredential]) -> Result<&'k KeyCredential, Refusal> {
        let mut keys = keys.iter();
        let member = |name: &str| self.header.get(name).and_then(Value::as_str);
        let found = if let Some(given) = member("x5t#S256") {
            keys.find(|key| decode(given).as_ref() == Some(&key.sha256))
        } else if let Some(given) = member("x5t") {
            keys.find(|key| decode(given).as_ref() == Some(&key.sha1))
        } else if let Some(given) = member("kid") {
            keys.find(|key| named(given, key))
        } else {
            let text = "Client assertion must contain one of: SHA-1 thumbprint, SHA-256 thumbprint, key id.";
            return Err(Refusal::new(5_002_723, text));
        };
        found.ok_or_else(|| {
            let text = "The certificate with identifier used to sign the client assertion is not registered on \
                        application. [Reason - The key was not found.]";
            Refusal::new(700_027, text)
        })
    }

    fn check_signature(&self, algorithm: &'static RsaParameters, key: &KeyCredential) -> Result<(), Refusal> {
        let Some(public_key) = &key.rsa_key else {
            return Err(Refusal::new(5_002_730, "Invalid JWT token. Unsupported key for the signing algorithm."));
        };
        if UnparsedPublicKey::new(algorithm, public_key).verify(self.message.as_bytes(), &self.signature).is_ok() {
            return Ok(());
        }
        let text = "Client assertion contains an invalid signature. [Reason - The provided signature value did not \
                    match the expected signature value.]";
        Err(Refusal::new(700_027, text))
    }

    fn check_times(&self, expected: &Expected<'_>) -> Result<(), Refusal> {
        let expiry = seconds(self.claims.get("exp"))?.ok_or_else(|| missing("exp"))?;
        let start = seconds(self.claims.get("nbf"))?;
        let (now, tolerance) = (expected.now, expected.tolerance);
        let too_early = start.is_some_and(|start| start > now.saturating_add(tolerance));
        if too_early || expiry < now.saturating_sub(tolerance) {
            let shown = |time: i64| format!("{}.0000000Z", Civil::from_unix(time).iso());
            let text = format!(
                "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, \
                 expiry time of assertion {}.",
                shown(now),
                shown(start.unwrap_or(0)),
                shown(expiry)
            );
            return Err(Refusal::new(700_024, text));
        }
        Ok(())
    }
}

/// The refusal of an assertion that lacks a claim.
pub(crate) fn missing(name: &str) -> Refusal {
    let text = format!("The required field '{name}' is missing from the credential.");
    Refusal::new(90_014, text)
}

/// Base64 in any alphabet, with or without padding.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let text: String = text
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    LENIENT.decode(text).ok()
}

/// Whether a `kid` is the SHA-1 or SHA-256 thumbprint of a key, in hex or base64.
fn named(given: &str, key: &KeyCredential) -> bool {
    [&key.sha1, &key.sha256]
        .into_iter()
        .any(|digest| unhex(given).as_ref() == Some(digest) || decode(given).as_ref() == Some(digest))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// A time that may be a number, a number with fraction, or either as text.
fn seconds(value: Option<&Value>) -> Result<Option<i64>, Refusal> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(_) => String::new(),
    };
    let whole = text.split('.').next().unwrap_or_default();
    whole.parse().map(Some).map_err(|_| Refusal::new(50_027, "JWT token is invalid or malformed."))
}

#[cfg(test)]
mod tests;
