//! Every refusal of the token service, by its code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exo_emulator::{App, Emulator, Tenant};
use serde_json::{Value, json};

use crate::client::*;

#[track_caller]
pub(crate) fn assert_refused(reply: &Reply, status: u16, error: &str, code: u32) {
    let body = reply.json();
    assert_eq!((reply.status, body["error"].as_str()), (status, Some(error)), "{body}");
    assert_eq!(body["error_codes"], json!([code]), "{body}");
    let text = body["error_description"].as_str().unwrap();
    assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
    assert_eq!(body["trace_id"], reply.header("x-ms-request-id"));
    assert!(reply.header("content-type").starts_with("application/json"));
}

fn tenant() -> Emulator {
    start(Tenant::contoso().app(full_app()))
}

fn with_app(app: App) -> Reply {
    ask(&start(Tenant::contoso().app(app)), &assertion(), EXCHANGE_SCOPE)
}

fn with_fields(change: impl FnOnce(&mut Vec<(&'static str, String)>)) -> Reply {
    let mut fields = fields(&assertion(), EXCHANGE_SCOPE);
    change(&mut fields);
    post_form(&tenant(), &format!("/{TENANT}/oauth2/v2.0/token"), &form(&fields))
}

fn with_claims(change: impl FnOnce(&mut Value)) -> Reply {
    let mut claims = claims();
    change(&mut claims);
    let me = identity();
    ask(&tenant(), &me.jwt(&me.header(), &claims), EXCHANGE_SCOPE)
}

fn with_header(header: &Value) -> Reply {
    ask(&tenant(), &identity().jwt(header, &claims()), EXCHANGE_SCOPE)
}

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name);
}

#[test]
fn the_body_tells_the_request_it_answers() {
    let reply = with_app(app().service_principal(false));
    assert_eq!(reply.json()["correlation_id"], "5b4e6c1e-2b7d-4f0c-9b0e-8a6a5f0d7c33");
    let timestamp = reply.json()["timestamp"].as_str().unwrap().to_owned();
    assert_eq!((timestamp.len(), &timestamp[10..11], &timestamp[19..]), (20, " ", "Z"));
}

#[test]
fn forms_that_are_not_right() {
    let emulator = tenant();
    let path = format!("/{TENANT}/oauth2/v2.0/token");
    let reply = send(&emulator, "login.localhost", &format!("GET {path}"), &[], "").unwrap();
    assert_refused(&reply, 400, "invalid_request", 900_144);
    let headers = [("Content-Type", "application/json")];
    let reply = send(&emulator, "login.localhost", &format!("POST {path}"), &headers, "{}").unwrap();
    assert_refused(&reply, 400, "invalid_request", 900_144);
    assert_refused(&with_fields(|f| f[4].1 = "password".into()), 400, "unsupported_grant_type", 70_003);
    assert_refused(&with_fields(|f| drop(f.remove(0))), 400, "invalid_request", 900_144);
    assert_refused(&with_fields(|f| drop(f.remove(2))), 400, "invalid_request", 900_144);
}

#[test]
fn tenants_that_are_not_there() {
    let emulator = tenant();
    let body = form(&fields(&assertion(), EXCHANGE_SCOPE));
    let reply = post_form(&emulator, "/contoso/oauth2/v2.0/token", &body);
    assert_refused(&reply, 400, "invalid_request", 900_023);
    let reply = post_form(&emulator, "/fabrikam.onmicrosoft.com/oauth2/v2.0/token", &body);
    assert_refused(&reply, 400, "invalid_request", 90_002);
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let path = format!("POST /{TENANT}/oauth2/v2.0/token");
    let reply = send(&emulator, "login.microsoftonline.us", &path, &headers, &body).unwrap();
    assert_refused(&reply, 401, "invalid_client", 700_023);
}

#[test]
fn apps_that_may_not_sign_in() {
    let emulator = start(Tenant::contoso());
    let reply = ask(&emulator, &assertion(), EXCHANGE_SCOPE);
    assert_refused(&reply, 400, "unauthorized_client", 700_016);
    assert_refused(&with_app(full_app().public_client(true)), 401, "invalid_client", 700_025);
    assert_refused(&with_app(full_app().service_principal(false)), 401, "invalid_client", 7_000_229);
    assert_refused(&with_app(full_app().enabled(false)), 400, "unauthorized_client", 7_000_112);
    let reply = with_app(full_app().blocked(true));
    assert_refused(&reply, 400, "invalid_grant", 53_003);
    assert_eq!(reply.json()["suberror"], "message_only");
    assert!(reply.json()["claims"].is_string());
}

#[test]
fn credentials_that_are_not_there() {
    assert_refused(&with_fields(|f| drop(f.remove(3))), 401, "invalid_client", 7_000_218);
    let secret = with_fields(|f| f[3] = ("client_secret", "s".into()));
    assert_refused(&secret, 401, "invalid_client", 7_000_215);
}

#[test]
fn assertions_that_are_malformed() {
    let emulator = tenant();
    for text in ["x", "a.b", "a.b.c", "e30.e30.!", "W10.W10.AA"] {
        let reply = ask(&emulator, text, EXCHANGE_SCOPE);
        assert_refused(&reply, 400, "invalid_request", 50_027);
    }
    for algorithm in ["HS256", "ES256", "none", "PS384"] {
        let header = json!({"alg": algorithm, "x5t": URL_SAFE_NO_PAD.encode(identity().sha1())});
        assert_refused(&with_header(&header), 401, "invalid_client", 5_002_738);
    }
    assert_refused(&with_header(&json!({"alg": "PS256"})), 401, "invalid_client", 5_002_723);
}

#[test]
fn claims_that_are_missing_or_wrong() {
    for name in ["iss", "sub", "aud", "exp"] {
        assert_refused(&with_claims(|c| remove(c, name)), 400, "invalid_request", 90_014);
    }
    for name in ["iss", "sub"] {
        let other = json!("00000000-0812-40a2-b820-b22ebd02bce3");
        assert_refused(&with_claims(|c| c[name] = other), 401, "invalid_client", 700_021);
    }
    for aud in [
        format!("https://login.microsoftonline.us/{TENANT}/oauth2/v2.0/token"),
        "https://login.microsoftonline.com/fabrikam.com/oauth2/v2.0/token".to_owned(),
        "https://outlook.office365.com".to_owned(),
    ] {
        assert_refused(&with_claims(|c| c["aud"] = json!(aud)), 401, "invalid_client", 700_023);
    }
}

#[test]
fn keys_that_are_not_the_apps() {
    let me = identity();
    let (sha1, sha256) = (URL_SAFE_NO_PAD.encode(me.sha1()), URL_SAFE_NO_PAD.encode(me.sha256()));
    let text = |reply: &Reply| reply.json()["error_description"].as_str().unwrap().to_owned();
    // Right digest, wrong member.
    for header in [json!({"alg": "RS256", "x5t": sha256}), json!({"alg": "RS256", "x5t#S256": sha1})] {
        let reply = with_header(&header);
        assert_refused(&reply, 401, "invalid_client", 700_027);
        assert!(text(&reply).contains("The key was not found"));
    }
    let other = Identity::make();
    let reply = ask(&tenant(), &other.jwt(&other.header(), &claims()), EXCHANGE_SCOPE);
    assert!(text(&reply).contains("The key was not found"));
    let reply = ask(&tenant(), &other.jwt(&me.header(), &claims()), EXCHANGE_SCOPE);
    assert_refused(&reply, 401, "invalid_client", 700_027);
    assert!(text(&reply).contains("signature value"), "{}", text(&reply));
    let (start, end) = (now() - 1000, now() - 500);
    let expired = full_app_with(|app| app.certificate_der_with_dates(me.der.clone(), start, end));
    let reply = with_app(expired);
    assert_refused(&reply, 401, "invalid_client", 700_027);
    assert!(text(&reply).contains("is expired on application"));
}

fn full_app_with(change: impl FnOnce(App) -> App) -> App {
    change(App::new(APP))
}

#[test]
fn assertions_outside_their_time() {
    let late = with_claims(|c| c["exp"] = json!(now() - 301));
    assert_refused(&late, 401, "invalid_client", 700_024);
    let early = with_claims(|c| c["nbf"] = json!(now() + 400));
    assert_refused(&early, 401, "invalid_client", 700_024);
    let emulator = start(Tenant::contoso().app(full_app()).clock_skew(3600));
    let reply = ask(&emulator, &assertion(), EXCHANGE_SCOPE);
    assert_refused(&reply, 401, "invalid_client", 700_024);
    assert!(reply.json()["error_description"].as_str().unwrap().contains("Current time: "));
    assert!(reply.header("date").ends_with("GMT"));
}

#[test]
fn scopes_that_name_no_resource() {
    let scope = |scope: &str| with_fields(|f| f[1].1 = scope.to_owned());
    for bad in ["https://outlook.office365.com", "https%3A%2F%2Foutlook.office365.com%2F.default"] {
        assert_refused(&scope(bad), 400, "invalid_scope", 1_002_012);
    }
    let two = format!("{EXCHANGE_SCOPE} {COMPLIANCE_SCOPE}");
    assert_refused(&scope(&two), 400, "invalid_scope", 70_011);
    let localhost = "https://outlook.localhost/.default";
    assert_refused(&scope(localhost), 400, "invalid_resource", 500_011);
    assert_refused(&with_fields(|f| drop(f.remove(1))), 400, "invalid_request", 900_144);
    let resource = with_fields(|f| f.push(("resource", "https://outlook.office365.com".into())));
    assert_refused(&resource, 400, "invalid_request", 901_002);
    assert_eq!(scope(&format!("openid profile offline_access {EXCHANGE_SCOPE}")).status, 200);
}
