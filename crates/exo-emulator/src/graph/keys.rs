//! Certificates on a registration, as Graph tells and takes them, and the proof with which an app changes its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Call;
use super::failure::Failure;
use crate::credential::KeyCredential;
use crate::dates;
use crate::directory::{Application, Key, Kind, Life};
use crate::guid::Guid;
use crate::vault::hex;
use crate::verify_assertion;

/// What the proof of an app is made for.
const PROOF_AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";
/// For how many seconds a proof may be good.
const PROOF_LIFETIME: i64 = 600;

impl Call<'_> {
    /// A certificate as it is told; its bytes only where they were asked for.
    pub(super) fn shown_key(&self, key: &Key, with_bytes: bool) -> Value {
        let KeyCredential { der, sha1, start, end, .. } = &key.credential;
        let usual = || {
            if self.world.tenant.graph.base64_identifiers {
                STANDARD.encode(sha1)
            } else {
                hex(sha1, 40).to_ascii_uppercase()
            }
        };
        json!({
            "customKeyIdentifier": key.identifier.clone().unwrap_or_else(usual),
            "displayName": key.display_name,
            "endDateTime": dates::utc(end.saturating_mul(1000)),
            "key": with_bytes.then(|| STANDARD.encode(der)),
            "keyId": key.id,
            "startDateTime": dates::utc(start.saturating_mul(1000)),
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
        })
    }

    /// The whole collection as it is to be: entries that are there are kept, others are new.
    pub(super) fn read_keys(&self, given: &Value, there: &[Key]) -> Result<Vec<Key>, Failure> {
        let list = given.as_array().ok_or_else(|| wrong_type("keyCredentials"))?;
        list.iter().map(|entry| self.read_key(entry, there)).collect()
    }

    fn read_key(&self, entry: &Value, there: &[Key]) -> Result<Key, Failure> {
        let entry = entry.as_object().ok_or_else(|| wrong_type("keyCredentials"))?;
        let display_name = text(entry, "displayName")?.map(ToOwned::to_owned);
        let id = text(entry, "keyId")?;
        let known = there.iter().find(|key| id.is_some_and(|id| key.id.eq_ignore_ascii_case(id)) && key.life.lasts());
        let bytes = text(entry, "key")?;
        if let (Some(known), None) = (known, bytes) {
            let display_name = display_name.or_else(|| known.display_name.clone());
            return Ok(Key { display_name, ..known.clone() });
        }
        if id.is_some_and(|id| Guid::parse(id).is_none()) {
            return Err(wrong_type("keyId"));
        }
        check_word(entry, "type", &["AsymmetricX509Cert", "X509CertAndPassword"])?;
        check_word(entry, "usage", &["Verify", "Sign"])?;
        let bytes = bytes.ok_or_else(|| Failure::bad("New key credential values must have a key value."))?;
        let credential = self.read_certificate(bytes, entry)?;
        let id = id.map_or_else(|| self.world.fresh_guid(), ToOwned::to_owned);
        let life = Life::begun(Kind::Certificate, &self.world.moment());
        let key = Key::new(id, credential, life);
        let identifier = text(entry, "customKeyIdentifier")?.map(ToOwned::to_owned);
        let display_name = display_name.or_else(|| key.display_name.clone());
        Ok(Key { display_name, identifier, ..key })
    }

    /// Reads the certificate of an entry, and holds it against its dates and the policies of the tenant.
    fn read_certificate(&self, bytes: &str, entry: &Map<String, Value>) -> Result<KeyCredential, Failure> {
        let tenant = &self.world.tenant;
        let der = STANDARD.decode(bytes).map_err(|_| wrong_type("key"))?;
        let unreadable = |_| Failure::bad("Key credential value is invalid: it is no X.509 certificate.");
        let own = KeyCredential::read(&der, None).map_err(unreadable)?;
        let (start, end) = (date(entry, "startDateTime")?, date(entry, "endDateTime")?);
        let (begins, ends) = own.validity;
        let (start, end) = (start.unwrap_or(begins), end.unwrap_or(ends));
        if start < begins || start > ends {
            let text = "Key credential start date is invalid.";
            return Err(Failure::new(400, "KeyCredentialsInvalidStartDate", text));
        }
        if end > ends || end <= start {
            let text = "Key credential end date is invalid.";
            return Err(Failure::new(400, "KeyCredentialsInvalidEndDate", text));
        }
        let key = KeyCredential { start, end, ..own };
        if tenant.check_lifetime(&key).is_err() {
            let text = format!("Credential lifetime exceeds the max value allowed as per assigned policy '{POLICY}'.");
            let failure = Failure::new(400, "CredentialInvalidLifetimeAsPerAppPolicy", text);
            return Err(failure.about("InvalidKeyEndDate", "EndDate"));
        }
        if tenant.graph.trusted_authority && key.self_signed {
            let text =
                format!("The certificate was not issued by an authority that the assigned policy '{POLICY}' trusts.");
            return Err(Failure::new(400, "CredentialTypeNotAllowedAsPerAppPolicy", text));
        }
        Ok(key)
    }

    /// The new certificate of `addKey`.
    pub(super) fn added_key(&self, body: &Map<String, Value>) -> Result<Key, Failure> {
        let entry = body.get("keyCredential").ok_or_else(|| missing("keyCredential"))?;
        if entry.get("key").is_none_or(Value::is_null) {
            return Err(missing("key"));
        }
        self.read_key(entry, &[])
    }

    /// Whether the proof was signed with a certificate that is good, a short while ago, for this very object.
    pub(super) fn check_proof(&self, body: &Map<String, Value>, application: &Application) -> Result<(), Failure> {
        let malformed = || Failure::new(401, "Authentication_MissingOrMalformed", "Access Token missing or malformed.");
        let proof = text(body, "proof")?.ok_or_else(|| missing("proof"))?;
        if proof.contains('=') {
            return Err(malformed());
        }
        let now = self.now.div_euclid(1000);
        let is_good = |key: &&Key| {
            key.life.is_seen(self.eye, self.now) && (key.credential.start..=key.credential.end).contains(&now)
        };
        let keys: Vec<_> = application.keys.iter().filter(is_good).map(|key| key.credential.clone()).collect();
        let claims = verify_assertion::signed_claims(proof, &keys).map_err(|_| malformed())?;
        let number = |name: &str| claims.get(name).and_then(Value::as_i64);
        let is_claim = |name: &str, wanted: &str| {
            claims.get(name).and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(wanted))
        };
        let (Some(begins), Some(ends)) = (number("nbf"), number("exp")) else { return Err(malformed()) };
        let tolerance = self.world.tenant.assertion_tolerance;
        let is_now = begins <= now + tolerance && ends >= now - tolerance && ends - begins <= PROOF_LIFETIME;
        if is_now && is_claim("aud", PROOF_AUDIENCE) && is_claim("iss", &application.id) {
            return Ok(());
        }
        Err(malformed())
    }
}

/// The id of the policy that a refusal names.
const POLICY: &str = "5e0f3c8a-21d7-4b6c-9a48-7d13c2f0b695";

/// The refusal of a value that is not of the type that the property has.
pub(super) fn wrong_type(property: &str) -> Failure {
    Failure::bad(format!("A value of the wrong type was provided for property '{property}'."))
}

/// The refusal of a body that lacks a property.
pub(super) fn missing(property: &str) -> Failure {
    Failure::bad(format!("A value is required for property '{property}' of resource."))
}

/// A property that is a text, if it is there and not null.
pub(super) fn text<'v>(object: &'v Map<String, Value>, name: &str) -> Result<Option<&'v str>, Failure> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong_type(name)),
    }
}

fn check_word(entry: &Map<String, Value>, name: &str, words: &[&str]) -> Result<(), Failure> {
    let given = text(entry, name)?.ok_or_else(|| missing(name))?;
    if words.iter().any(|word| word.eq_ignore_ascii_case(given)) {
        return Ok(());
    }
    Err(Failure::bad(format!("Invalid value specified for property '{name}' of resource 'KeyCredential'.")))
}

/// A time in seconds.
fn date(entry: &Map<String, Value>, name: &str) -> Result<Option<i64>, Failure> {
    let Some(given) = text(entry, name)? else { return Ok(None) };
    let millis = dates::read(given).ok_or_else(|| wrong_type(name))?;
    Ok(Some(millis.div_euclid(1000)))
}
