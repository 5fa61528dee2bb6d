//! A sign-in certificate that lives in Azure Key Vault.

mod address;
mod connection;
mod error;
mod refusal;
mod signer;

pub use address::{InvalidVaultCertificate, VaultCertificate};
pub use error::{KeyVaultError, VaultPermission};
pub use refusal::VaultRefusal;

use crate::retry::Patience;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connection::{Answer, Connection, Question};
use exo_cert::{Certificate, ClientCertificate, SignatureAlgorithm};
use exo_http::{Transport, random_u32};
use exo_model::{Clock, Scope, Secret, SecretBytes, TokenProvider};
use serde_json::Value;
use signer::VaultSigner;
use std::sync::Arc;
use std::time::Duration;

/// Gets a certificate from a key vault: to sign there with a key that never leaves it, or with its key.
///
/// The identity is that of the machine, as a rule; it is another one than the app that the certificate is for, and
/// needs permissions in the vault only: `certificates/get` and `keys/sign` for [`remote`](Self::remote), `secrets/get`
/// for [`fetched`](Self::fetched).
///
/// ```
/// use exo_http::{HttpsTransport, SystemClock};
/// use exo_model::TokenProvider;
/// use exo_token::{CertificateAssertion, KeyVault};
/// use std::sync::Arc;
///
/// async fn vouch(identity: Arc<dyn TokenProvider>) -> Result<CertificateAssertion, Box<dyn std::error::Error>> {
///     let vault = KeyVault::new(
///         Arc::new(HttpsTransport::builder().build()?),
///         Arc::new(SystemClock::new()),
///         identity,
///         "https://contoso.vault.azure.net/certificates/exo-app".parse()?,
///     );
///     Ok(CertificateAssertion::new(vault.remote().await?)?)
/// }
/// # drop(vouch);
/// ```
#[derive(Debug)]
pub struct KeyVault {
    connection: Connection,
}

impl KeyVault {
    /// A certificate of a vault, and who may ask for it; nothing is sent yet.
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        identity: impl TokenProvider + 'static,
        certificate: VaultCertificate,
    ) -> Self {
        let connection = Connection {
            transport,
            clock,
            identity: Arc::new(identity),
            scope: certificate.scope(),
            certificate,
            patience: Patience::default(),
            random: random_u32,
        };
        Self { connection }
    }

    /// What the vault's token is asked for; by default what goes with the vault's address.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.connection.scope = scope;
        self
    }

    /// The sum of waits that one question may take at most; five minutes by default.
    #[must_use]
    pub fn longest_wait(mut self, limit: Duration) -> Self {
        self.connection.patience.waits = limit;
        self
    }

    /// Where the jitter of waits comes from; the system's random numbers by default.
    #[must_use]
    pub fn random(mut self, source: fn() -> u32) -> Self {
        self.connection.random = source;
        self
    }

    /// The certificate that is asked for.
    pub fn certificate(&self) -> &VaultCertificate {
        &self.connection.certificate
    }

    /// The certificate with a key that stays in the vault: each signature is one request, and one is made to see that it
    /// can be.
    ///
    /// Certificate and key are of one version from then on. Its issuers are not known.
    ///
    /// # Errors
    ///
    /// [`KeyVaultError`]: what keeps the vault from answering, and what is wrong with the certificate.
    pub async fn remote(&self) -> Result<ClientCertificate, KeyVaultError> {
        let question = self.reading(VaultPermission::CertificatesGet, "certificates");
        let answer = self.connection.ask(&question).await?;
        let (certificate, key) = self.described(&answer)?;
        let signer = VaultSigner { connection: self.connection.clone(), certificate: certificate.clone(), key };
        let signer = Arc::new(signer);
        let client = ClientCertificate::new(vec![certificate], Arc::clone(&signer) as _).map_err(self.unusable())?;
        signer.sign_there(SignatureAlgorithm::Ps256, SELF_TEST).await?;
        Ok(client)
    }

    /// The certificate with its key, read from the vault into this process.
    ///
    /// # Errors
    ///
    /// [`KeyVaultError`]: what keeps the vault from answering, and what is wrong with the certificate;
    /// [`KeyVaultError::NotExportable`] if its key may not leave the vault.
    pub async fn fetched(&self) -> Result<ClientCertificate, KeyVaultError> {
        let question = self.reading(VaultPermission::SecretsGet, "secrets");
        let mut answer = self.connection.ask(&question).await?;
        let Some(Value::String(value)) = answer.members.remove("value") else {
            return Err(answer.garbled("it holds no secret"));
        };
        let value = Secret::new(value);
        let kind = answer.members.get("contentType").and_then(Value::as_str).unwrap_or_default();
        let bytes = if kind.eq_ignore_ascii_case(PKCS12) {
            let text: Secret = value.expose().split_ascii_whitespace().collect::<String>().into();
            STANDARD.decode(text.expose()).map_err(|_| answer.garbled("its PFX is not in base64"))?
        } else {
            value.expose().as_bytes().to_vec()
        };
        let bytes = SecretBytes::new(bytes);
        match ClientCertificate::from_bytes(bytes.expose(), None) {
            Err(exo_cert::Error::NoPrivateKey { .. }) => {
                Err(KeyVaultError::NotExportable { address: self.certificate().to_string() })
            }
            other => other.map_err(self.unusable()),
        }
    }

    fn reading(&self, permission: VaultPermission, collection: &str) -> Question {
        Question { permission, path: self.certificate().path(collection), body: None }
    }

    /// The certificate of an answer, and the path of its key.
    fn described(&self, answer: &Answer) -> Result<(Certificate, String), KeyVaultError> {
        let attributes = answer.members.get("attributes");
        if attributes.and_then(|attributes| attributes.get("enabled")) == Some(&Value::Bool(false)) {
            return Err(KeyVaultError::Disabled { address: self.certificate().to_string() });
        }
        let text = |name: &str| answer.members.get(name).and_then(Value::as_str);
        let Some(der) = text("cer") else {
            return Err(answer.garbled("it holds no certificate; its issuer may not have delivered it yet"));
        };
        let der = STANDARD.decode(der).map_err(|_| answer.garbled("its certificate is not in base64"))?;
        let certificate = Certificate::from_bytes(&der).map_err(self.unusable())?;
        let key = text("kid").ok_or_else(|| answer.garbled("it names no key"))?;
        let key = self.certificate().key_path(key).ok_or_else(|| answer.garbled("its key is not in this vault"))?;
        Ok((certificate, key))
    }

    fn unusable(&self) -> impl FnOnce(exo_cert::Error) -> KeyVaultError {
        let address = self.certificate().to_string();
        |source| KeyVaultError::Certificate { address, source }
    }
}

/// What is signed to see that the key can be used.
const SELF_TEST: &[u8] = b"exo-token asks a key vault for a signature";

/// The secret is a PFX; else it is PEM, or whatever somebody has put there by hand.
const PKCS12: &str = "application/x-pkcs12";
