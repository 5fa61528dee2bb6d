//! What a vault says of a certificate, its secret and its key.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::settings::{VaultCertificate, VaultContent, VaultPermission};
use super::{Call, pfx, refused, refused_within};
use crate::answer::Answer;
use crate::rsa_numbers;

impl Call<'_> {
    pub(super) fn certificate(&self, app: usize, name: &str, version: Option<&str>) -> Result<Answer, Answer> {
        self.check(app, VaultPermission::CertificatesGet)?;
        let certificate = self.find("certificate", name, version)?;
        let sha1 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate.der);
        let mut policy_id = self.url("certificates", certificate);
        policy_id.truncate(policy_id.len() - certificate.version.len());
        let body = json!({
            "id": self.url("certificates", certificate),
            "kid": self.url("keys", certificate),
            "sid": self.url("secrets", certificate),
            "x5t": URL_SAFE_NO_PAD.encode(sha1),
            "cer": STANDARD.encode(&certificate.der),
            "attributes": attributes(certificate),
            "policy": {
                "id": format!("{policy_id}policy"),
                "key_props": {
                    "exportable": certificate.exportable, "kty": "RSA", "key_size": 2048, "reuse_key": false,
                },
                "secret_props": { "contentType": certificate.content.media_type() },
                "issuer": { "name": "Self" },
            },
        });
        Ok(Answer::json(200, body.to_string()))
    }

    pub(super) fn secret(&self, app: usize, name: &str, version: Option<&str>) -> Result<Answer, Answer> {
        self.check(app, VaultPermission::SecretsGet)?;
        let certificate = self.find("secret", name, version)?;
        if !certificate.enabled {
            let text = "Operation get is not allowed on a disabled secret.";
            return Err(refused_within(403, "Forbidden", text, "SecretDisabled"));
        }
        let key = certificate.exportable.then_some(certificate.pkcs8.as_slice());
        let value = match certificate.content {
            VaultContent::Pfx => pfx::write(&certificate.der, key).map(|bytes| STANDARD.encode(bytes)),
            VaultContent::Pem => Some(pem(&certificate.der, key)),
        };
        let value = value.ok_or_else(|| refused(500, "InternalServerError", "The secret cannot be written."))?;
        let body = json!({
            "value": value,
            "contentType": certificate.content.media_type(),
            "id": self.url("secrets", certificate),
            "managed": true,
            "attributes": attributes(certificate),
            "kid": self.url("keys", certificate),
        });
        Ok(Answer::json(200, body.to_string()))
    }

    pub(super) fn key(&self, app: usize, name: &str, version: Option<&str>) -> Result<Answer, Answer> {
        self.check(app, VaultPermission::KeysGet)?;
        let certificate = self.find("key", name, version)?;
        let pair = aws_lc_rs::rsa::KeyPair::from_pkcs8(&certificate.pkcs8).ok();
        let numbers = pair.as_ref().and_then(rsa_numbers::of);
        let (modulus, exponent) =
            numbers.ok_or_else(|| refused(500, "InternalServerError", "The key cannot be read."))?;
        let body = json!({
            "key": {
                "kid": self.url("keys", certificate),
                "kty": "RSA",
                "key_ops": ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"],
                "n": URL_SAFE_NO_PAD.encode(modulus),
                "e": URL_SAFE_NO_PAD.encode(exponent),
            },
            "attributes": attributes(certificate),
            "managed": true,
        });
        Ok(Answer::json(200, body.to_string()))
    }
}

/// What all three objects have in common.
fn attributes(certificate: &VaultCertificate) -> Value {
    let mut attributes = json!({
        "enabled": certificate.enabled,
        "recoveryLevel": "Recoverable+Purgeable",
        "recoverableDays": 90,
    });
    if let Ok(read) = Certificate::from_der(&certificate.der) {
        let validity = read.tbs_certificate().validity();
        let [start, end] = [validity.not_before, validity.not_after].map(|time| time.to_unix_duration().as_secs());
        for (name, time) in [("nbf", start), ("exp", end), ("created", start), ("updated", start)] {
            attributes[name] = json!(time);
        }
    }
    attributes
}

fn pem(certificate: &[u8], key: Option<&[u8]>) -> String {
    let block = |label: &str, der: &[u8]| {
        let mut text = format!("-----BEGIN {label}-----\n");
        for line in STANDARD.encode(der).as_bytes().chunks(64) {
            text.extend(line.iter().copied().map(char::from));
            text.push('\n');
        }
        text + "-----END " + label + "-----\n"
    };
    let key = key.map(|der| block("PRIVATE KEY", der)).unwrap_or_default();
    key + &block("CERTIFICATE", certificate)
}

impl VaultContent {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Pfx => "application/x-pkcs12",
            Self::Pem => "application/x-pem-file",
        }
    }
}

impl VaultPermission {
    /// How a vault names the permission when it is missing.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::CertificatesGet => "certificates get",
            Self::SecretsGet => "secrets get",
            Self::KeysGet => "keys get",
            Self::KeysSign => "keys sign",
        }
    }

    /// The same as the action of an Azure role.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::CertificatesGet => "Microsoft.KeyVault/vaults/certificates/read",
            Self::SecretsGet => "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            Self::KeysGet => "Microsoft.KeyVault/vaults/keys/read",
            Self::KeysSign => "Microsoft.KeyVault/vaults/keys/sign/action",
        }
    }
}
