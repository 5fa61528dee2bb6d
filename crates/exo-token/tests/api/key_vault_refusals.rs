//! Why a key vault gives no certificate, each reason in words; and no token in any of them.

use crate::vault::{ADDRESS, APP, OTHER, VAULT, Vault, described, refusal, secret, signed};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exo_http::{Error as HttpError, ScriptedTransport};
use exo_model::{AccessToken, Diagnose, ErrorKind, SeamError, Secret, TokenProvider, TokenRequest};
use exo_token::{KeyVaultError, VaultPermission};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::SystemTime;

const EC: &str = include_str!("../data/ec.der.b64");
const NO_KEY: &str = include_str!("../data/no-key.pfx.b64");

const BY_ROLES: &str = "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: appid=36ee4c6c-0812-40a2-b820-b22ebd02bce3\r\nVault: contoso;location=westeurope\r\n";
const BY_POLICY: &str = "The user, group or application 'appid=36ee4c6c-0812-40a2-b820-b22ebd02bce3' does not have keys sign permission on key vault 'contoso;location=westeurope'.";
const BY_ADDRESS: &str = "Client address is not authorized and caller is not a trusted service.\r\nClient address: 192.0.2.1\r\nVault: contoso;location=westeurope";

async fn remote(script: ScriptedTransport) -> KeyVaultError {
    Vault::new(script).key_vault().remote().await.unwrap_err()
}

async fn fetched(script: ScriptedTransport) -> KeyVaultError {
    Vault::new(script).key_vault().fetched().await.unwrap_err()
}

fn reply(status: u16, body: impl Into<bytes::Bytes>) -> ScriptedTransport {
    ScriptedTransport::new().reply(status, &[("x-ms-request-id", "0f4c2a6d")], body)
}

fn after_the_certificate(status: u16, body: impl Into<bytes::Bytes>) -> ScriptedTransport {
    ScriptedTransport::new().reply(200, &[], described().to_string()).reply(status, &[], body)
}

fn changed(name: &str, value: Value) -> String {
    let mut body = described();
    body[name] = value;
    body.to_string()
}

#[tokio::test]
async fn a_missing_permission_is_named_with_the_place_where_it_is_given() {
    let roles = refusal("Forbidden", "ForbiddenByRbac", BY_ROLES);
    let policy = refusal("Forbidden", "AccessDenied", BY_POLICY);
    let neither = refusal("Forbidden", "", "no");
    for (error, permission, hint) in [
        (remote(reply(403, roles.clone())).await, VaultPermission::CertificatesGet, "role Key Vault Certificate User"),
        (
            remote(after_the_certificate(403, policy)).await,
            VaultPermission::KeysSign,
            "`keys/sign` in the vault's access",
        ),
        (remote(after_the_certificate(403, roles.clone())).await, VaultPermission::KeysSign, "Key Vault Crypto User"),
        (fetched(reply(403, roles)).await, VaultPermission::SecretsGet, "role Key Vault Secrets User"),
        (fetched(reply(403, neither)).await, VaultPermission::SecretsGet, "or the role Key Vault Secrets User"),
    ] {
        assert!(matches!(&error, KeyVaultError::Denied { permission: p, .. } if *p == permission), "{error:?}");
        assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
        assert_eq!(error.kind(), ErrorKind::Authorization);
    }
}

#[tokio::test]
async fn a_network_that_is_shut_out_is_not_a_missing_permission() {
    for inner in ["ForbiddenByFirewall", "ForbiddenByConnection"] {
        let error = remote(reply(403, refusal("Forbidden", inner, BY_ADDRESS))).await;
        assert!(matches!(error, KeyVaultError::Firewall { .. }), "{error:?}");
        assert!(error.to_string().contains("192.0.2.1"), "{error}");
        assert_eq!(SeamError::from(error).service_code(), Some(inner));
    }
}

#[tokio::test]
async fn what_is_disabled_is_named() {
    let message = "Operation get is not allowed on a disabled secret.";
    for inner in ["SecretDisabled", ""] {
        let error = fetched(reply(403, refusal("Forbidden", inner, message))).await;
        assert!(matches!(&error, KeyVaultError::Disabled { address, .. } if address.ends_with("/secrets/exo-app")));
    }
    let error = remote(reply(200, changed("attributes", json!({"enabled": false})))).await;
    assert!(matches!(&error, KeyVaultError::Disabled { address, .. } if address == ADDRESS), "{error:?}");
}

#[tokio::test]
async fn what_is_not_there_is_told_from_a_page_that_is_not_there() {
    let error = remote(reply(
        404,
        refusal("CertificateNotFound", "", "A certificate with (name/id) exo-app was not found in this key vault."),
    ))
    .await;
    assert!(matches!(&error, KeyVaultError::NotFound { address, .. } if address == ADDRESS), "{error:?}");
    assert!(error.to_string().contains("(request id 0f4c2a6d)"), "{error}");
    let error = remote(reply(404, "<html>not here</html>")).await;
    assert!(matches!(error, KeyVaultError::NotUnderstood { status: 404, .. }), "{error:?}");
}

/// A token whose claims name its tenant.
#[derive(Debug)]
struct Of(&'static str);

#[async_trait::async_trait]
impl TokenProvider for Of {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        let claims = URL_SAFE_NO_PAD.encode(json!({ "tid": self.0 }).to_string());
        Ok(AccessToken::new(Secret::new(format!("eyJhIjoxfQ.{claims}.marked")), SystemTime::UNIX_EPOCH))
    }
}

#[tokio::test]
async fn an_identity_of_another_tenant_is_told_so_at_once() {
    let (ours, theirs) = ("7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11", "11111111-4c1d-4a6e-9d53-2f1f6f0c8e11");
    let challenge = |tenant| {
        format!(
            r#"Bearer authorization="https://login.microsoftonline.com/{tenant}", resource="https://vault.azure.net""#
        )
    };
    let body = refusal("Unauthorized", "", "AKV10032: Invalid issuer.");
    let foreign = challenge(theirs);
    let vault = Vault::new(ScriptedTransport::new().reply(401, &[("www-authenticate", &foreign)], body.clone()));
    let error = vault.asked_by(Of(ours), ADDRESS).remote().await.unwrap_err();
    assert!(
        error.to_string().contains(&format!("the vault is of tenant {theirs}, and the identity is of tenant {ours}")),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::Authentication);

    // Of the same tenant, or without a challenge, it is another reason.
    let own = challenge(ours);
    for headers in [&[("www-authenticate", own.as_str())][..], &[("www-authenticate", "Negotiate")], &[]] {
        let script = ScriptedTransport::new().reply(401, headers, body.clone()).reply(401, headers, body.clone());
        let vault = Vault::new(script);
        let error = vault.asked_by(Of(ours), ADDRESS).remote().await.unwrap_err();
        assert!(error.to_string().contains("AKV10032"), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_sign_in_is_refused_in_words() {
    let error = remote(reply(200, changed("cer", json!(EC)))).await;
    assert_eq!(error.kind(), ErrorKind::Certificate);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("only RSA is"), "{cause}");

    let error = fetched(reply(200, secret("application/x-pkcs12", "bm90IGEgcGZ4"))).await;
    assert!(matches!(error, KeyVaultError::Certificate { .. }), "{error:?}");
}

#[tokio::test]
async fn a_key_that_may_not_leave_the_vault_is_told_with_the_way_out() {
    let pem = format!("-----BEGIN CERTIFICATE-----\n{APP}\n-----END CERTIFICATE-----\n");
    for (kind, value) in
        [("application/x-pkcs12", NO_KEY), ("application/x-pkcs12", APP), ("application/x-pem-file", &pem)]
    {
        let error = fetched(reply(200, secret(kind, value))).await;
        assert!(matches!(&error, KeyVaultError::NotExportable { address, .. } if address == ADDRESS), "{error:?}");
        assert!(error.hint().unwrap().contains("remote signing"));
    }
}

#[tokio::test]
async fn the_token_goes_to_the_vault_alone() {
    for key in [
        "https://fabrikam.vault.azure.net/keys/exo-app/1a",
        "https://example.com/keys/exo-app/1a",
        "https://contoso.vault.azure.net@example.com/keys/exo-app/1a",
        "https://contoso.vault.azure.net/secrets/exo-app/1a",
        "not an address",
    ] {
        let vault = Vault::new(reply(200, changed("kid", json!(key))));
        let error = vault.key_vault().remote().await.unwrap_err();
        assert!(error.to_string().contains("its key is not in this vault"), "{error}");
        assert_eq!(vault.addresses().len(), 1);
    }
}

#[tokio::test]
async fn a_signature_of_another_key_is_noticed_on_load() {
    let script = ScriptedTransport::new().reply(200, &[], changed("cer", json!(OTHER))).answer(signed);
    let error = remote(script).await;
    assert!(error.to_string().contains("not one of the certificate's key"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_not_a_vaults_is_told_with_its_request_id() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in ["", "<html>", "[]", "null", "{}", r#"{"cer":1}"#, r#"{"cer":"!"}"#, "{\"cer\":\"", &deep] {
        for error in [remote(reply(200, body.to_owned())).await, fetched(reply(200, body.to_owned())).await] {
            assert!(matches!(error, KeyVaultError::NotUnderstood { status: 200, .. }), "{error:?}");
            assert!(error.to_string().contains("client request id"), "{error}");
            assert_eq!(error.kind(), ErrorKind::Answer);
        }
    }
    for body in ["", "{}", r#"{"value":7}"#, r#"{"value":"!"}"#, r#"{"value":"AAAA"}"#] {
        let error = remote(after_the_certificate(200, body)).await;
        assert!(matches!(error, KeyVaultError::NotUnderstood { status: 200, .. }), "{error:?}");
    }
    for status in [204, 302, 400, 403, 407] {
        let error = remote(reply(status, "<html>proxy</html>")).await;
        assert!(matches!(error, KeyVaultError::NotUnderstood { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_vault_without_an_address_is_tried_and_told() {
    let unknown = || HttpError::dns("contoso.vault.azure.net");
    let script = (0..4).fold(ScriptedTransport::new(), |script, _| script.error(unknown()));
    let error = remote(script).await;
    assert!(matches!(error, KeyVaultError::Transport { attempts: 4, .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.hint().unwrap().contains("vault's name"));
}

/// An identity that has no token to give.
#[derive(Debug)]
struct Nobody;

#[async_trait::async_trait]
impl TokenProvider for Nobody {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        Err(SeamError::message(ErrorKind::Unavailable, "no managed identity answers here").hinted("run on Azure"))
    }
}

/// One error of each kind, as it is told.
async fn all() -> Vec<KeyVaultError> {
    let throttled = ScriptedTransport::new().reply(429, &[("retry-after", "3600")], "");
    let out = (0..4).fold(ScriptedTransport::new(), |s, _| s.reply(503, &[], ""));
    vec![
        Vault::new(ScriptedTransport::new()).asked_by(Nobody, ADDRESS).remote().await.unwrap_err(),
        remote(reply(401, "").reply(401, &[], "")).await,
        remote(reply(403, refusal("Forbidden", "ForbiddenByRbac", BY_ROLES))).await,
        remote(after_the_certificate(403, refusal("Forbidden", "AccessDenied", BY_POLICY))).await,
        remote(reply(403, refusal("Forbidden", "ForbiddenByFirewall", BY_ADDRESS))).await,
        remote(reply(404, refusal("CertificateNotFound", "", "A certificate with (name/id) exo-app was not found.")))
            .await,
        fetched(reply(
            403,
            refusal("Forbidden", "SecretDisabled", "Operation get is not allowed on a disabled secret."),
        ))
        .await,
        fetched(reply(400, refusal("BadParameter", "", "The request URI contains an invalid name: exo-app"))).await,
        remote(throttled).await,
        remote(out).await,
        remote(reply(200, "{}")).await,
        remote(ScriptedTransport::new().error(HttpError::tls("contoso.vault.azure.net"))).await,
        fetched(reply(200, secret("application/x-pkcs12", APP))).await,
        remote(reply(200, changed("cer", json!(EC)))).await,
    ]
}

#[tokio::test]
async fn every_text_fits_after_failed() {
    let mut text = String::new();
    for error in all().await {
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        writeln!(text, "{error}\n  caused by: {source}\n  kind: {:?}", error.kind()).unwrap();
        writeln!(text, "  hint: {}", error.hint().unwrap_or_default()).unwrap();
    }
    for bad in ["https://example.com/certificates/a", "https://contoso.vault.azure.net/"] {
        let error = bad.parse::<exo_token::VaultCertificate>().unwrap_err();
        writeln!(text, "{error}\n  hint: {}", error.hint().unwrap()).unwrap();
    }
    insta::with_settings!({filters => vec![(r"[0-9a-f]{8}-[0-9a-f-]{27}", "[guid]")]}, {
        insta::assert_snapshot!(text);
    });
}

#[tokio::test]
async fn no_token_is_in_any_text() {
    let jwt =
        format!("eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.{}.marked", URL_SAFE_NO_PAD.encode("marked marked marked marked"));
    let mut text = String::new();
    for error in all().await {
        write!(text, "{error} {error:?}").unwrap();
    }
    let echo = refusal(&jwt, &jwt, &format!("token {jwt} is bad"));
    for script in [reply(400, echo.clone()), reply(403, echo.clone()), reply(401, echo.clone()).reply(401, &[], echo)] {
        let error = remote(script).await;
        write!(text, "{error} {error:?}").unwrap();
        write!(text, "{:?}", SeamError::from(error)).unwrap();
    }
    let vault = Vault::new(ScriptedTransport::new().reply(200, &[], described().to_string()).answer(signed));
    let key_vault = vault.key_vault();
    write!(text, "{key_vault:?} {:?}", key_vault.remote().await.unwrap()).unwrap();
    assert!(text.contains("VaultSigner") && text.contains(VAULT));
    assert!(!text.contains("marked") && !text.contains("eyJ"), "{text}");
}
