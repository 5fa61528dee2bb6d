//! A certificate in a key vault: signed with there, or fetched.

use crate::vault::{ADDRESS, APP_PFX, KEY, VAULT, Vault, described, secret, signed, signing};
use crate::world::PEM;
use crate::{ISSUED, World, app_certificate, assertion, exchange, form};
use exo_cert::{ClientCertificate, SignatureAlgorithm};
use exo_http::ScriptedTransport;
use exo_model::{Diagnose, ErrorKind, Scope, TokenProvider};
use exo_token::{CertificateAssertion, KeyVaultError, VaultCertificate};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn the_key_stays_in_the_vault_and_signs_assertions_there() {
    let vault = Vault::new(signing(2));
    let certificate = vault.key_vault().remote().await.unwrap();
    assert_eq!(certificate.certificate(), app_certificate().certificate());

    let world = World::new(ScriptedTransport::new().reply(200, &[], ISSUED));
    let source = CertificateAssertion::new(certificate.clone()).unwrap();
    world.vouched_by(source).build().unwrap().token(&exchange()).await.unwrap();

    let request = &world.transport.requests()[0];
    assert_eq!(assertion(request).0["alg"], "PS256");
    let jwt = form(request).remove("client_assertion").unwrap();
    let (input, signature) = jwt.rsplit_once('.').unwrap();
    certificate.certificate().verify(SignatureAlgorithm::Ps256, input.as_bytes(), &decoded(signature)).unwrap();

    let sign = format!("POST {KEY}/sign?api-version=7.4");
    assert_eq!(vault.addresses(), [format!("GET {ADDRESS}?api-version=7.4"), sign.clone(), sign]);
}

#[tokio::test]
async fn the_vault_is_given_the_digest_and_the_token() {
    let vault = Vault::new(signing(2));
    let certificate = vault.key_vault().remote().await.unwrap();
    certificate.sign(SignatureAlgorithm::Rs256, b"abc").await.unwrap();
    let requests = vault.transport.requests();
    let body: Value = serde_json::from_slice(requests[2].body()).unwrap();
    // The digest of `abc`, as the standard gives it.
    assert_eq!(body, json!({"alg": "RS256", "value": "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"}));
    assert_eq!(requests[2].headers()["content-type"], "application/json");
    for request in &requests {
        assert_eq!(request.headers()["authorization"], "Bearer marked-token-0");
        assert!(request.headers()["authorization"].is_sensitive());
        assert_eq!(request.headers()["client-request-id"], request.headers()["x-ms-client-request-id"]);
    }
    assert!(requests[0].body().is_empty());
    assert!(vault.identity.asked().iter().all(|r| r.scope.as_str() == "https://vault.azure.net/.default"));
}

#[tokio::test]
async fn both_algorithms_of_an_rsa_key_can_be_asked_for() {
    let vault = Vault::new(signing(3));
    let certificate = vault.key_vault().remote().await.unwrap();
    assert_eq!(certificate.signer().algorithms(), [SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256]);
    for algorithm in [SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256] {
        let signature = certificate.sign(algorithm, b"message").await.unwrap();
        certificate.certificate().verify(algorithm, b"message", &signature).unwrap();
    }
}

#[tokio::test]
async fn a_version_is_asked_for_and_the_scope_may_be_another() {
    let vault = Vault::new(ScriptedTransport::new().reply(200, &[], described().to_string()).answer(signed));
    let address = format!("{VAULT}/keys/exo-app/0123456789abcdef0123456789abcdef/");
    vault.at(&address).scope(Scope::new("https://vault.example/.default")).remote().await.unwrap();
    let expected = format!("GET {ADDRESS}/0123456789abcdef0123456789abcdef?api-version=7.4");
    assert_eq!(vault.addresses()[0], expected);
    assert_eq!(vault.identity.asked()[0].scope.as_str(), "https://vault.example/.default");
}

#[tokio::test]
async fn a_vault_under_another_address_is_asked_there() {
    let host = "https://vault.corp.example:8443".parse().unwrap();
    let address = VaultCertificate::allowing("https://vault.corp.example:8443/certificates/exo-app", &host).unwrap();
    let vault = Vault::new(signing(1));
    let (transport, clock) = (vault.transport.clone(), vault.clock.clone());
    exo_token::KeyVault::new(transport, clock, vault.identity.clone(), address).remote().await.unwrap();
    assert!(
        vault.addresses().iter().all(|a| a.contains(" https://vault.corp.example:8443/")),
        "{:?}",
        vault.addresses()
    );
}

#[tokio::test]
async fn an_exportable_certificate_is_fetched_with_its_key() {
    let lines = APP_PFX.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>();
    let pem = std::str::from_utf8(PEM).unwrap();
    for (kind, value) in [
        ("application/x-pkcs12", APP_PFX.to_owned()),
        ("application/x-pkcs12", lines.join("\r\n")),
        ("application/x-pem-file", pem.to_owned()),
        ("application/x-pem-file", pem.replace('\n', "\r\n")),
        // Put there by hand.
        ("", APP_PFX.to_owned()),
        ("text/plain", pem.to_owned()),
    ] {
        let vault = Vault::new(ScriptedTransport::new().reply(200, &[], secret(kind, &value)));
        let certificate = vault.key_vault().fetched().await.unwrap();
        assert_eq!(certificate.certificate(), app_certificate().certificate());
        certificate.self_test().await.unwrap();
        assert_eq!(vault.addresses(), [format!("GET {VAULT}/secrets/exo-app?api-version=7.4")]);
    }
}

#[tokio::test]
async fn a_lapsed_token_is_renewed_once() {
    let script =
        ScriptedTransport::new().reply(401, &[CHALLENGE], "").reply(200, &[], described().to_string()).answer(signed);
    let vault = Vault::new(script);
    vault.key_vault().remote().await.unwrap();
    let rejected = vault.identity.asked().into_iter().map(|r| r.rejected.map(|t| t.secret().expose().to_owned()));
    assert_eq!(rejected.collect::<Vec<_>>(), [None, Some("marked-token-0".to_owned()), None]);
    assert_eq!(vault.transport.requests()[1].headers()["authorization"], "Bearer marked-token-1");

    let vault = Vault::new(ScriptedTransport::new().reply(401, &[CHALLENGE], "").reply(401, &[CHALLENGE], ""));
    let error = vault.key_vault().remote().await.unwrap_err();
    assert!(matches!(error, KeyVaultError::Unauthorized { .. }), "{error:?}");
    assert!(vault.waits().is_empty());
}

/// What a vault answers to a request without a token that it takes.
const CHALLENGE: (&str, &str) = (
    "www-authenticate",
    r#"Bearer authorization="https://login.microsoftonline.com/7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11", resource="https://vault.azure.net""#,
);

#[tokio::test]
async fn a_busy_vault_is_waited_for_as_it_wishes() {
    let script = ScriptedTransport::new()
        .reply(429, &[("retry-after", "7")], "")
        .reply(503, &[], "<html>")
        .error(exo_http::Error::reset("contoso.vault.azure.net"))
        .reply(200, &[], described().to_string())
        .reply(429, &[], "{}")
        .answer(signed);
    let vault = Vault::new(script);
    vault.key_vault().remote().await.unwrap();
    assert_eq!(vault.waits(), [7.0, 1.0, 2.0, 2.5]);
}

#[tokio::test]
async fn a_wait_beyond_the_limit_is_not_begun() {
    let vault = Vault::new(ScriptedTransport::new().reply(429, &[("retry-after", "60")], ""));
    let error = vault.key_vault().longest_wait(Duration::from_secs(59)).fetched().await.unwrap_err();
    assert!(vault.waits().is_empty());
    let expected = Some(Duration::from_mins(1));
    assert!(matches!(error, KeyVaultError::Throttled { attempts: 1, retry_after, .. } if retry_after == expected));
}

#[tokio::test]
async fn what_goes_wrong_later_is_a_failure_of_the_key_in_words() {
    let script = signing(1).reply(
        403,
        &[],
        crate::vault::refusal("Forbidden", "KeyDisabled", "Operation sign is not allowed on a disabled key."),
    );
    let vault = Vault::new(script);
    let certificate: ClientCertificate = vault.key_vault().remote().await.unwrap();
    let error = certificate.sign(SignatureAlgorithm::Ps256, b"message").await.unwrap_err();
    assert_eq!(error.code(), "sign-failed");
    assert!(error.to_string().ends_with("/sign` is disabled"), "{error}");
}

#[tokio::test]
async fn what_goes_wrong_later_keeps_its_kind_and_its_way_out() {
    for (status, code, times, kind) in
        [(503, "", 4, ErrorKind::Unavailable), (403, "AccessDenied", 1, ErrorKind::Authorization)]
    {
        let body = crate::vault::refusal("Forbidden", code, "no");
        let script = (0..times).fold(signing(1), |script, _| script.reply(status, &[], body.clone()));
        let vault = Vault::new(script);
        let certificate = vault.key_vault().remote().await.unwrap();
        let error = certificate.sign(SignatureAlgorithm::Ps256, b"message").await.unwrap_err();
        assert_eq!((error.code(), error.kind()), ("sign-failed", kind), "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}
