//! Signing in: the token says what was granted.

use exo_emulator::{Service, Tenant};
use serde_json::json;

use crate::caller::Caller;
use crate::client::*;

#[test]
fn a_certificate_signs_the_app_in() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let reply = ask(&emulator, &assertion(), EXCHANGE_SCOPE);
    assert_eq!(reply.status, 200);
    let body = reply.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3599);
    assert!(body.get("scope").is_none());
    let claims = decoded(body["access_token"].as_str().unwrap());
    assert_eq!(claims["aud"], "https://outlook.office365.com");
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{TENANT}/"));
    assert_eq!(claims["appid"], APP);
    assert_eq!(claims["idtyp"], "app");
    assert_eq!(claims["appidacr"], "2");
    assert_eq!(claims["ver"], "1.0");
    assert_eq!(claims["oid"], claims["sub"]);
    assert_eq!(claims["roles"], json!(["Exchange.ManageAsApp"]));
    assert_eq!(claims["wids"], json!([EXCHANGE_ADMINISTRATOR, GLOBAL_READER, "0997a1d0-0d1d-4acb-b408-d5ca73121e90"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3900);
    assert_eq!(emulator.token_requests(), 1);
}

#[test]
fn permission_and_consent_decide_the_roles_claim() {
    let roles = |app, scope: &str| {
        let emulator = start(Tenant::contoso().app(app));
        decoded(&token(&emulator, scope)).get("roles").cloned()
    };
    let granted = Some(json!(["Exchange.ManageAsApp"]));
    assert_eq!(roles(app(), EXCHANGE_SCOPE), None);
    assert_eq!(roles(full_app().consented(false), EXCHANGE_SCOPE), None);
    assert_eq!(roles(app().permission(Service::Exchange), EXCHANGE_SCOPE), granted);
    assert_eq!(roles(app().permission(Service::Exchange), COMPLIANCE_SCOPE), None);
    assert_eq!(roles(app().permission(Service::Compliance), COMPLIANCE_SCOPE), granted);
}

#[test]
fn a_request_is_kept_with_its_assertion_readable_and_without_its_signature() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let assertion = assertion();
    ask(&emulator, &assertion, EXCHANGE_SCOPE);
    let kept = emulator.log().pop().unwrap();
    assert_eq!(kept.form["scope"], EXCHANGE_SCOPE);
    let header: serde_json::Value = serde_json::from_str(&kept.form["client_assertion.header"]).unwrap();
    assert_eq!(header, identity().header());
    let claims: serde_json::Value = serde_json::from_str(&kept.form["client_assertion.claims"]).unwrap();
    assert_eq!(claims["sub"], APP);
    let signature = assertion.rsplit('.').next().unwrap();
    assert!(!format!("{kept:?}").contains(signature));
}

#[test]
fn the_audience_is_what_stood_in_the_scope() {
    let emulator = start(Tenant::contoso().app(full_app()));
    for audience in
        ["https://outlook.office365.com/", "00000002-0000-0ff1-ce00-000000000000", "https://outlook.office.com"]
    {
        let token = token(&emulator, &format!("{audience}/.default"));
        assert_eq!(decoded(&token)["aud"], audience);
        assert_eq!(decoded(&token)["roles"], json!(["Exchange.ManageAsApp"]));
        let caller = Caller { emulator: &emulator, host: "outlook.localhost", token, headers: Vec::new() };
        assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 200, "{audience}");
    }
    let graph = decoded(&token(&emulator, "https://graph.microsoft.com/.default"));
    assert_eq!(graph.get("roles"), None);
}

#[test]
fn the_token_is_signed_with_the_published_key() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let token = token(&emulator, EXCHANGE_SCOPE);
    let path = format!("GET /{TENANT}/discovery/v2.0/keys");
    let keys = send(&emulator, "login.localhost", &path, &[], "").unwrap().json();
    let text = |name: &str| keys["keys"][0][name].as_str().unwrap().to_owned();
    let key = jsonwebtoken::DecodingKey::from_ec_components(&text("x"), &text("y")).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let algorithm = jsonwebtoken::Algorithm::ES256;
    assert!(jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm).unwrap());
}

#[test]
fn the_first_version_speaks_in_strings() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let mut fields = fields(&assertion(), "");
    fields[1] = ("resource", "https://outlook.office365.com".to_owned());
    let reply = post_form(&emulator, &format!("/{TENANT}/oauth2/token"), &form(&fields));
    assert_eq!(reply.status, 200);
    let body = reply.json();
    assert_eq!(body["expires_in"], "3599");
    assert_eq!(body["resource"], "https://outlook.office365.com");
    assert!(body["expires_on"].as_str().unwrap().parse::<i64>().unwrap() > now());
}

#[test]
fn the_real_names_are_served_and_certified() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let body = form(&fields(&assertion(), EXCHANGE_SCOPE));
    let path = format!("POST /{TENANT}/oauth2/v2.0/token");
    let reply = send(&emulator, "login.microsoftonline.com", &path, &headers, &body).unwrap();
    assert_eq!(reply.status, 200);
}
