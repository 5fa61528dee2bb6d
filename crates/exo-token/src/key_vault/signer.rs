//! Signatures that are made in the vault, so that the key never leaves it.

use super::connection::{Connection, Question};
use super::error::{KeyVaultError, VaultPermission};
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use exo_cert::{Certificate, SignatureAlgorithm, Signer};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

/// A key that stays in its vault.
#[derive(Debug)]
pub(super) struct VaultSigner {
    pub(super) connection: Connection,
    /// Whose key it is; every signature is checked with it.
    pub(super) certificate: Certificate,
    /// The path of the key in the vault, with its version.
    pub(super) key: String,
}

impl VaultSigner {
    /// Has a message signed: its digest goes to the vault, the signature comes back.
    pub(super) async fn sign_there(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, KeyVaultError> {
        let value = URL_SAFE_NO_PAD.encode(digest(&SHA256, message));
        let question = Question {
            permission: VaultPermission::KeysSign,
            path: format!("{}/sign", self.key),
            body: Some(json!({ "alg": algorithm.as_str(), "value": value }).to_string()),
        };
        let answer = self.connection.ask(&question).await?;
        let value = answer
            .members
            .get("value")
            .and_then(Value::as_str)
            .ok_or_else(|| answer.garbled("it holds no signature"))?;
        let signature = BASE64URL.decode(value).map_err(|_| answer.garbled("its signature is not in base64url"))?;
        let checked = self.certificate.verify(algorithm, message, &signature);
        checked.map_err(|_| answer.garbled("its signature is not one of the certificate's key"))?;
        Ok(signature)
    }
}

#[async_trait::async_trait]
impl Signer for VaultSigner {
    fn algorithms(&self) -> &[SignatureAlgorithm] {
        &[SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256]
    }

    async fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, exo_cert::Error> {
        let signature = self.sign_there(algorithm, message).await;
        signature.map_err(|error| exo_cert::Error::sign_because(algorithm, error.sentence(), &error))
    }
}

/// Padding is not foreseen, and not refused.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
