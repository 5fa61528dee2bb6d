//! Key Vault: certificates, their secrets, and signatures of keys that stay where they are.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use exo_emulator::{
    App, Cloud, Emulator, Fault, ManagedIdentity, Tenant, Vault, VaultCertificate, VaultContent, VaultPermission,
};
use serde_json::{Value, json};

use crate::client::*;

const HOST: &str = "contoso.vault.localhost";
const SCOPE: &str = "https://vault.azure.net/.default";
const ALL: [VaultPermission; 4] = [
    VaultPermission::CertificatesGet,
    VaultPermission::SecretsGet,
    VaultPermission::KeysGet,
    VaultPermission::KeysSign,
];

fn vault_of(certificates: impl IntoIterator<Item = VaultCertificate>) -> Vault {
    certificates.into_iter().fold(Vault::new("contoso"), Vault::certificate)
}

fn tenant(certificate: &VaultCertificate) -> Tenant {
    Tenant::contoso().app(full_app().vault_access("contoso", ALL)).vault(vault_of([certificate.clone()]))
}

fn call(emulator: &Emulator, head: &str, token: &str, body: &Value) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(emulator, HOST, head, &headers, &body).unwrap()
}

fn look(emulator: &Emulator, path: &str) -> Reply {
    call(emulator, &format!("GET {path}?api-version=7.4"), &token(emulator, SCOPE), &Value::Null)
}

fn sign(emulator: &Emulator, path: &str, algorithm: &str, value: &[u8]) -> Reply {
    let body = json!({"alg": algorithm, "value": URL_SAFE_NO_PAD.encode(value)});
    call(emulator, &format!("POST {path}/sign?api-version=7.4"), &token(emulator, SCOPE), &body)
}

fn path_of(url: &str, emulator: &Emulator) -> String {
    url.strip_prefix(emulator.vault_url("contoso").as_str()).unwrap().to_owned()
}

fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["error"]["code"].as_str().unwrap().to_owned())
}

#[test]
fn a_certificate_leads_to_its_key_and_its_secret() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let emulator = start(tenant(&signing));
    for path in ["/certificates/signing", "/certificates/signing/", "/certificates/SIGNING"] {
        let body = look(&emulator, path).json();
        assert_eq!(body["cer"], STANDARD.encode(signing.der()));
        let here = emulator.vault_url("contoso");
        for (member, kind) in [("id", "certificates"), ("kid", "keys"), ("sid", "secrets")] {
            assert_eq!(body[member], format!("{here}/{kind}/signing/{}", signing.version()));
        }
        assert_eq!(body["attributes"]["enabled"], true);
        let [start, end] = ["nbf", "exp"].map(|name| body["attributes"][name].as_i64().unwrap());
        assert!(start < now() && end > now() && end < now() + 400 * 86_400);
    }
    assert_eq!(signing.version().len(), 32);
}

#[test]
fn the_vault_signs_what_the_certificate_verifies() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let emulator = start(tenant(&signing));
    let kid = look(&emulator, "/certificates/signing").json()["kid"].as_str().unwrap().to_owned();
    let key = look(&emulator, &path_of(&kid, &emulator)).json()["key"].clone();
    let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let numbers = aws_lc_rs::signature::RsaPublicKeyComponents { n: part("n"), e: part("e") };
    let digest = digest(&SHA256, b"message");
    let algorithms: [(&str, &'static RsaParameters); 2] =
        [("PS256", &RSA_PSS_2048_8192_SHA256), ("RS256", &RSA_PKCS1_2048_8192_SHA256)];
    for (name, algorithm) in algorithms {
        let body = sign(&emulator, &path_of(&kid, &emulator), name, digest.as_ref()).json();
        assert_eq!(body["kid"], kid);
        let signature = URL_SAFE_NO_PAD.decode(body["value"].as_str().unwrap()).unwrap();
        numbers.verify(algorithm, b"message", &signature).unwrap();
        assert!(numbers.verify(algorithm, b"other", &signature).is_err());
    }
    let public = x509_key(&signing.der());
    let body = sign(&emulator, "/keys/signing", "RS256", digest.as_ref()).json();
    let signature = URL_SAFE_NO_PAD.decode(body["value"].as_str().unwrap()).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public).verify(b"message", &signature).unwrap();
}

/// The PKCS#1 key of a certificate: the sequence behind the algorithm of RSA and the zero of its bit string.
fn x509_key(der: &[u8]) -> Vec<u8> {
    let rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03];
    let start = der.windows(rsa.len()).position(|window| window == rsa).unwrap() + rsa.len() + 4;
    let length = usize::from(der[start + 2]) << 8 | usize::from(der[start + 3]);
    der[start..start + 4 + length].to_vec()
}

#[test]
fn an_app_signs_in_with_the_key_that_stays_in_the_vault() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let own = "5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52";
    let host = App::new(own).managed_identity(ManagedIdentity::system_assigned()).vault_access("contoso", ALL);
    let app = App::new(APP).certificate_der(signing.der());
    let emulator = start(Tenant::contoso().app(app).app(host).vault(vault_of([signing.clone()])));
    let key = format!("/keys/signing/{}", signing.version());
    let header =
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(digest(&SHA256, &signing.der()))});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(&claims()));
    let query = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net";
    let given = crate::machine::plainly(&emulator, &format!("GET {query}"), &[("Metadata", "true")]).unwrap().json();
    let body = json!({"alg": "PS256", "value": URL_SAFE_NO_PAD.encode(digest(&SHA256, message.as_bytes()))});
    let head = format!("POST {key}/sign?api-version=7.4");
    let signed = call(&emulator, &head, given["access_token"].as_str().unwrap(), &body).json();
    let assertion = format!("{message}.{}", signed["value"].as_str().unwrap());
    assert_eq!(ask(&emulator, &assertion, EXCHANGE_SCOPE).status, 200);
}

#[test]
fn a_secret_holds_the_certificate_with_its_key_unless_that_may_not_leave() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let emulator = start(tenant(&signing.clone().content(VaultContent::Pem)));
    let body = look(&emulator, "/secrets/signing").json();
    assert_eq!(body["contentType"], "application/x-pem-file");
    let pem = body["value"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n") && pem.contains("-----BEGIN CERTIFICATE-----\n"));
    let sealed = signing.content(VaultContent::Pem).exportable(false);
    let emulator = start(tenant(&sealed));
    let body = look(&emulator, "/secrets/signing").json();
    assert!(body["value"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert_eq!(look(&emulator, "/certificates/signing").json()["policy"]["key_props"]["exportable"], false);
}

#[test]
fn the_file_in_a_secret_has_key_and_certificate_and_no_password() {
    let signing = VaultCertificate::generate("signing").unwrap();
    for (certificate, keys) in [(signing.clone(), 1), (signing.exportable(false), 0)] {
        let emulator = start(tenant(&certificate));
        let body = look(&emulator, "/secrets/signing").json();
        assert_eq!(body["contentType"], "application/x-pkcs12");
        let pfx = STANDARD.decode(body["value"].as_str().unwrap()).unwrap();
        let Some(text) = openssl(&pfx) else { return };
        assert_eq!(text.matches("-----BEGIN PRIVATE KEY-----").count(), keys, "{text}");
        let lines: String = text.split("CERTIFICATE-----").nth(1).unwrap().split("-----").next().unwrap().into();
        let der = STANDARD.decode(lines.replace('\n', "")).unwrap();
        assert_eq!(der, certificate.der());
    }
}

/// What another program finds in a PKCS#12 file, after it checked it with the empty password; none on machines
/// that do not have it.
fn openssl(pfx: &[u8]) -> Option<String> {
    let arguments = ["pkcs12", "-passin", "pass:", "-nodes"];
    let mut command = Command::new("openssl");
    let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return None;
        }
        spawned => spawned.unwrap(),
    };
    child.stdin.take().unwrap().write_all(pfx).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn without_a_token_for_the_vault_there_is_a_challenge() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let emulator = start(tenant(&signing));
    let port = emulator.port();
    let challenge = |host: &str| {
        let reply = send(&emulator, host, "GET /certificates/signing?api-version=7.4", &[], "").unwrap();
        assert_eq!(code(&reply), (401, "Unauthorized".to_owned()));
        reply.header("www-authenticate").to_owned()
    };
    let expected = |login: &str, resource: &str| {
        format!("Bearer authorization=\"https://{login}:{port}/{TENANT}\", resource=\"{resource}\"")
    };
    assert_eq!(challenge(HOST), expected("login.localhost", "https://vault.azure.net"));
    assert_eq!(challenge("contoso.vault.azure.net"), expected("login.microsoftonline.com", "https://vault.azure.net"));
    assert_eq!(challenge("localhost"), expected("localhost", "https://vault.azure.net"));
    for scope in [EXCHANGE_SCOPE, "https://vault.azure.net//.default"] {
        let path = "GET /certificates/signing?api-version=7.4";
        let reply = call(&emulator, path, &token(&emulator, scope), &Value::Null);
        assert_eq!(code(&reply), (401, "Unauthorized".to_owned()));
        let message = reply.json()["error"]["message"].to_string();
        assert!(message.contains("AKV10022: Invalid audience. Expected https://vault.azure.net, found: "), "{message}");
        assert!(reply.header("www-authenticate").starts_with("Bearer authorization="));
    }
    let unknown = call(&emulator, "GET /certificates/signing?api-version=7.4", "a.b.c", &Value::Null);
    assert_eq!(unknown.status, 401);
    let good = token(&emulator, SCOPE);
    emulator.advance_clock(4000);
    let late = call(&emulator, "GET /certificates/signing?api-version=7.4", &good, &Value::Null);
    assert_eq!(late.status, 401);
}

#[test]
fn each_cloud_has_vaults_of_its_own() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let emulator = start(tenant(&signing).cloud(Cloud::GccHigh));
    let path = "GET /certificates/signing?api-version=7.4";
    let reply = send(&emulator, "contoso.vault.usgovcloudapi.net", path, &[], "").unwrap();
    let port = emulator.port();
    let authority = format!("https://login.microsoftonline.us:{port}/{TENANT}");
    let resource = "https://vault.usgovcloudapi.net";
    let expected = format!("Bearer authorization=\"{authority}\", resource=\"{resource}\"");
    assert_eq!((reply.status, reply.header("www-authenticate")), (401, expected.as_str()));
    assert_eq!(send(&emulator, "contoso.vault.azure.net", path, &[], "").unwrap().status, 404);
}

#[test]
fn what_an_app_may_not_do_is_forbidden_and_named() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let vault = vault_of([signing]);
    let emulator = start(Tenant::contoso().app(full_app()).vault(vault));
    let calls = [
        (look(&emulator, "/certificates/signing"), "certificates get"),
        (look(&emulator, "/secrets/signing"), "secrets get"),
        (look(&emulator, "/keys/signing"), "keys get"),
        (sign(&emulator, "/keys/signing", "PS256", &[0; 32]), "keys sign"),
    ];
    for (reply, permission) in calls {
        assert_eq!(code(&reply), (403, "Forbidden".to_owned()));
        let error = reply.json()["error"].clone();
        assert_eq!(error["innererror"]["code"], "AccessDenied");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(&format!("'appid={APP};oid=")), "{message}");
        assert!(
            message.contains(&format!("does not have {permission} permission on key vault 'contoso;")),
            "{message}"
        );
    }
}

#[test]
fn roles_and_firewalls_forbid_in_words_of_their_own() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let inner = |vault: Vault, permissions: &[VaultPermission]| {
        let app = full_app().vault_access("contoso", permissions.iter().copied());
        let emulator = start(Tenant::contoso().app(app).vault(vault));
        let reply = look(&emulator, "/certificates/signing");
        (reply.status, reply.json()["error"].clone())
    };
    let vault = vault_of([signing]);
    let (status, error) = inner(vault.clone().by_role(true), &[]);
    assert_eq!((status, &error["innererror"]["code"]), (403, &json!("ForbiddenByRbac")));
    let action = "Action: 'Microsoft.KeyVault/vaults/certificates/read'";
    assert!(error["message"].as_str().unwrap().contains(action), "{error}");
    assert_eq!(inner(vault.clone().by_role(true), &ALL).0, 200);
    let (status, error) = inner(vault.firewall(true), &ALL);
    assert_eq!((status, &error["innererror"]["code"]), (403, &json!("ForbiddenByFirewall")));
}

#[test]
fn what_is_not_there_is_named_by_its_kind() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let emulator = start(tenant(&signing));
    for (path, expected) in [
        ("/certificates/other", "CertificateNotFound"),
        ("/certificates/signing/00000000000000000000000000000000", "CertificateNotFound"),
        ("/secrets/other", "SecretNotFound"),
        ("/keys/other", "KeyNotFound"),
    ] {
        assert_eq!(code(&look(&emulator, path)), (404, expected.to_owned()), "{path}");
    }
    assert_eq!(code(&sign(&emulator, "/keys/other", "PS256", &[0; 32])), (404, "KeyNotFound".to_owned()));
    let unknown = "GET /certificates/signing?api-version=7.4";
    assert_eq!(send(&emulator, "fabrikam.vault.localhost", unknown, &[], "").unwrap().status, 404);
}

#[test]
fn parameters_that_make_no_sense_are_bad() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let emulator = start(tenant(&signing));
    let bad = (400, "BadParameter".to_owned());
    let bare = token(&emulator, SCOPE);
    for query in ["", "?api-version=", "?api-version=2016-10-01"] {
        let reply = call(&emulator, &format!("GET /certificates/signing{query}"), &bare, &Value::Null);
        assert_eq!(code(&reply), bad, "{query}");
    }
    let newest = call(&emulator, "GET /certificates/signing?api-version=2025-07-01", &bare, &Value::Null);
    assert_eq!(newest.status, 200);
    for (algorithm, value) in [("ES256", vec![0; 32]), ("HS256", vec![0; 32]), ("PS256", vec![0; 31]), ("", vec![])] {
        assert_eq!(code(&sign(&emulator, "/keys/signing", algorithm, &value)), bad, "{algorithm}");
    }
}

#[test]
fn a_disabled_version_neither_signs_nor_is_handed_out() {
    let old = VaultCertificate::generate("signing").unwrap();
    let disabled = VaultCertificate::generate("signing").unwrap().enabled(false);
    let versions = vault_of([old.clone(), disabled.clone()]);
    let emulator = start(Tenant::contoso().app(full_app().vault_access("contoso", ALL)).vault(versions));
    let shown = look(&emulator, "/certificates/signing").json();
    assert_eq!(
        (&shown["attributes"]["enabled"], &shown["cer"]),
        (&json!(false), &json!(STANDARD.encode(disabled.der())))
    );
    let secret = look(&emulator, "/secrets/signing");
    assert_eq!(code(&secret), (403, "Forbidden".to_owned()));
    assert_eq!(secret.json()["error"]["innererror"]["code"], "SecretDisabled");
    let signed = sign(&emulator, "/keys/signing", "PS256", &[0; 32]);
    assert_eq!(signed.json()["error"]["innererror"]["code"], "KeyDisabled");
    let before = format!("/keys/signing/{}", old.version());
    assert_eq!(sign(&emulator, &before, "PS256", &[0; 32]).status, 200);
}

#[test]
fn a_vault_fails_when_told_to() {
    let signing = VaultCertificate::generate("signing").unwrap();
    let emulator = start(tenant(&signing).fault(Fault::on_vault().throttle(Some("2"))));
    emulator.fault("vault status=503".parse().unwrap());
    let throttled = look(&emulator, "/certificates/signing");
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, "2"));
    assert_eq!(code(&throttled).1, "too_many_requests");
    assert_eq!(look(&emulator, "/certificates/signing").status, 503);
    assert_eq!(look(&emulator, "/certificates/signing").status, 200);
    emulator.fault(Fault::on_vault().member("value", "7"));
    assert_eq!(look(&emulator, "/secrets/signing").json()["value"], 7);
}
