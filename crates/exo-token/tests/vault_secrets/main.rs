//! No key, no vault's token and no kept token appears in any text, at any level.
//!
//! Alone in its process: a subscriber that comes while other threads meet their first event may be overlooked.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

#[path = "../api/vault.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod vault;
#[path = "../api/world.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod world;

use exo_http::ScriptedTransport;
use exo_model::{AccessToken, Cloud, SeamError, Secret, TokenProvider, TokenRequest};
use exo_token::{CredentialKind, KeyVaultError, TokenFile, TokenOwner};
use std::fmt::Debug;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};
use vault::{APP_PFX, Vault, described, refusal, secret, signing};
use world::{NOW, PEM, exchange};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn note(&self, shown: &impl Debug) {
        let text = format!("{shown:?} {shown:#?}");
        self.0.lock().unwrap().extend_from_slice(text.as_bytes());
    }

    fn note_error(&self, error: KeyVaultError) {
        self.note(&error.to_string());
        self.note(&error);
        self.note(&SeamError::from(error));
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// All ways in which a vault's answers can go, with its secrets in places where they do not belong.
async fn ask_vaults(log: &Log) {
    let pem = std::str::from_utf8(PEM).unwrap();
    let echo = |value: &str| refusal(value, value, &format!("it was {value}"));
    let jwt = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJtYXJrZWQiOiJtYXJrZWQifQ.bWFya2VkLXNpZ25hdHVyZQ";
    let vault = Vault::new(signing(2));
    let client = vault.key_vault().remote().await.unwrap();
    client.sign(exo_cert::SignatureAlgorithm::Ps256, b"message").await.unwrap();
    log.note(&vault.key_vault());
    log.note(&client);
    for (kind, value) in [("application/x-pkcs12", APP_PFX), ("application/x-pem-file", pem)] {
        let vault = Vault::new(ScriptedTransport::new().reply(200, &[], secret(kind, value)));
        log.note(&vault.key_vault().fetched().await.unwrap());
    }
    for body in [
        secret("application/x-pkcs12", pem),
        secret("application/x-pkcs12", APP_PFX.get(..1000).unwrap()),
        secret("application/x-pem-file", pem.get(..600).unwrap()),
        secret("application/x-pem-file", pem).replace('}', ""),
    ] {
        let vault = Vault::new(ScriptedTransport::new().reply(200, &[], body));
        log.note_error(vault.key_vault().fetched().await.unwrap_err());
    }
    let script = ScriptedTransport::new()
        .reply(429, &[("retry-after", "1")], echo(jwt))
        .reply(503, &[], echo(jwt))
        .reply(401, &[], echo(jwt))
        .reply(200, &[], described().to_string())
        .reply(403, &[], echo(jwt));
    log.note_error(Vault::new(script).key_vault().remote().await.unwrap_err());
    // A token that nothing but its bearer knows for one.
    let opaque = |request: &exo_http::Request| {
        let sent = request.headers()["authorization"].to_str().unwrap().to_owned();
        Ok(exo_http::response(403, &[], refusal(&sent, &sent, &format!("it was {sent}"))))
    };
    log.note_error(Vault::new(ScriptedTransport::new().answer(opaque)).key_vault().remote().await.unwrap_err());
}

/// Gives a marked token.
#[derive(Debug)]
struct Source;

#[async_trait::async_trait]
impl TokenProvider for Source {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        Ok(AccessToken::new(Secret::from("marked-token"), UNIX_EPOCH + Duration::from_secs(NOW + 3600)))
    }
}

/// Keeps tokens, reads them, and fails to.
async fn keep_tokens(log: &Log, folder: &Path) {
    let owner = TokenOwner::new(
        &Cloud::Worldwide.endpoints().login,
        &"contoso.onmicrosoft.com".parse().unwrap(),
        &"36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap(),
        CredentialKind::Certificate,
        "",
    );
    let clock = Arc::new(exo_http::FakeClock::at(NOW));
    let kept = TokenFile::open(Source, clock, folder, owner).unwrap();
    for _ in 0..2 {
        log.note(&kept.token(&exchange()).await.unwrap());
    }
    log.note(&kept);
    log.note(&kept.path(&exchange().scope));
    std::fs::remove_file(kept.path(&exchange().scope)).unwrap();
    std::fs::create_dir(kept.path(&exchange().scope)).unwrap();
    log.note(&kept.token(&exchange()).await.unwrap());
    log.note(&kept.forget(&exchange().scope).unwrap_err());
}

#[tokio::test]
async fn neither_key_nor_token_is_shown_anywhere() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    ask_vaults(&log).await;
    let folder = tempfile::tempdir().unwrap();
    keep_tokens(&log, &folder.path().join("tokens")).await;
    drop(guard);

    let text = log.text();
    for seen in
        ["asking the key vault again", "the token is not kept", "the kept token is not used", "client_request_id"]
    {
        assert!(text.contains(seen), "{seen}: {text}");
    }
    assert!(!text.contains("marked") && !text.contains("eyJ"), "{text}");
    // Any piece of the key, in the forms in which it came.
    let pem = std::str::from_utf8(PEM).unwrap().split("-----").nth(2).unwrap();
    for line in pem.lines().filter(|line| line.len() > 40) {
        assert!(!text.contains(line.get(..24).unwrap()), "{text}");
    }
    assert!(APP_PFX.as_bytes().chunks(64).all(|piece| !text.contains(std::str::from_utf8(piece).unwrap())));
}
