//! Answers of a key vault for scripts: what it hands out, and signatures of digests as it makes them.

use crate::world::{HALF, NOW, PEM};
use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use exo_http::{Error as HttpError, FakeClock, Request, Response, ScriptedTransport, response};
use exo_model::{AccessToken, SeamError, Secret, TokenProvider, TokenRequest};
use exo_token::KeyVault;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

pub(crate) const VAULT: &str = "https://contoso.vault.azure.net";
pub(crate) const ADDRESS: &str = "https://contoso.vault.azure.net/certificates/exo-app";
pub(crate) const KEY: &str = "https://contoso.vault.azure.net/keys/exo-app/0123456789abcdef0123456789abcdef";
pub(crate) const APP: &str = include_str!("../data/app.der.b64");
pub(crate) const APP_PFX: &str = include_str!("../data/app.pfx.b64");
pub(crate) const OTHER: &str = include_str!("../data/other.der.b64");

/// An identity whose tokens are numbered, and which keeps what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Identity(Mutex<Vec<TokenRequest>>);

impl Identity {
    pub(crate) fn asked(&self) -> Vec<TokenRequest> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl TokenProvider for Identity {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        let mut asked = self.0.lock().unwrap();
        let number =
            asked.iter().filter(|request| request.rejected.is_some()).count() + usize::from(request.rejected.is_some());
        asked.push(request.clone());
        let ends = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + 3600);
        Ok(AccessToken::new(Secret::new(format!("marked-token-{number}")), ends))
    }
}

/// A vault that answers from a script.
pub(crate) struct Vault {
    pub(crate) transport: Arc<ScriptedTransport>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) identity: Arc<Identity>,
}

impl Vault {
    pub(crate) fn new(script: ScriptedTransport) -> Self {
        Self {
            transport: Arc::new(script),
            clock: Arc::new(FakeClock::at(NOW)),
            identity: Arc::new(Identity::default()),
        }
    }

    pub(crate) fn at(&self, address: &str) -> KeyVault {
        self.asked_by(Arc::clone(&self.identity), address)
    }

    pub(crate) fn asked_by(&self, identity: impl TokenProvider + 'static, address: &str) -> KeyVault {
        let (transport, clock) = (Arc::clone(&self.transport) as _, Arc::clone(&self.clock) as _);
        KeyVault::new(transport, clock, identity, address.parse().unwrap()).random(HALF)
    }

    pub(crate) fn key_vault(&self) -> KeyVault {
        self.at(ADDRESS)
    }

    pub(crate) fn addresses(&self) -> Vec<String> {
        self.transport.requests().iter().map(|r| format!("{} {}", r.method(), r.uri())).collect()
    }

    pub(crate) fn waits(&self) -> Vec<f64> {
        self.clock.slept().iter().map(Duration::as_secs_f64).collect()
    }
}

/// What the vault says of a certificate.
pub(crate) fn described() -> Value {
    json!({
        "id": "https://contoso.vault.azure.net/certificates/exo-app/0123456789abcdef0123456789abcdef",
        "kid": KEY,
        "sid": "https://contoso.vault.azure.net/secrets/exo-app/0123456789abcdef0123456789abcdef",
        "x5t": "unused",
        "cer": APP,
        "attributes": {"enabled": true, "nbf": 1_430_344_421, "exp": 4_083_975_921_u64, "recoveryLevel": "Recoverable"},
        "policy": {"key_props": {"exportable": false, "kty": "RSA-HSM", "key_size": 2048, "reuse_key": false}}
    })
}

/// What the vault says of a secret.
pub(crate) fn secret(kind: &str, value: &str) -> String {
    json!({
        "value": value,
        "contentType": kind,
        "id": "https://contoso.vault.azure.net/secrets/exo-app/0123456789abcdef0123456789abcdef",
        "managed": true,
        "attributes": {"enabled": true}
    })
    .to_string()
}

/// A refusal in the vault's form.
pub(crate) fn refusal(code: &str, inner: &str, message: &str) -> String {
    let inner = if inner.is_empty() { Value::Null } else { json!({ "code": inner }) };
    json!({"error": {"code": code, "message": message, "innererror": inner}}).to_string()
}

/// Signs the digest that a request brings, as a vault does.
#[expect(clippy::unnecessary_wraps, reason = "this is the form of an answer in a script")]
pub(crate) fn signed(request: &Request) -> Result<Response, HttpError> {
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let digest = URL_SAFE_NO_PAD.decode(body["value"].as_str().unwrap()).unwrap();
    let algorithm = body["alg"].as_str().unwrap();
    let encoding: &'static dyn RsaEncoding = if algorithm == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
    let key = std::str::from_utf8(PEM).unwrap().split("-----").nth(2).unwrap().split_whitespace().collect::<String>();
    let key = KeyPair::from_pkcs8(&STANDARD.decode(key).unwrap()).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign_digest(encoding, &Digest::import_less_safe(&digest, &SHA256).unwrap(), &mut signature).unwrap();
    let body = json!({"kid": KEY, "value": URL_SAFE_NO_PAD.encode(signature)});
    Ok(response(200, &[], body.to_string()))
}

/// A certificate, then signatures.
pub(crate) fn signing(times: usize) -> ScriptedTransport {
    (0..times).fold(ScriptedTransport::new().reply(200, &[], described().to_string()), |s, _| s.answer(signed))
}
