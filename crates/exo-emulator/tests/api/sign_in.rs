//! Signing in: every form of assertion that libraries send is taken, and the token says what was granted.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use exo_emulator::{Service, Tenant};
use serde_json::{Value, json};

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
fn every_form_of_assertion_in_use_is_taken() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let me = identity();
    let (sha1, sha256) = (me.sha1(), me.sha256());
    let hex = sha1.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
    let chain = STANDARD.encode(&me.der);
    let broken_lines: Vec<String> =
        chain.as_bytes().chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    let headers = [
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE.encode(&sha256)}),
        json!({"alg": "RS256", "typ": "JWT", "x5t": URL_SAFE_NO_PAD.encode(&sha1)}),
        json!({"alg": "RS256", "typ": "JWT", "x5t": URL_SAFE.encode(&sha1)}),
        json!({"alg": "RS256", "typ": "JWT", "x5t": STANDARD.encode(&sha1)}),
        json!({"alg": "RS256", "typ": "JWT", "x5t#S256": STANDARD.encode(&sha256)}),
        json!({"alg": "RS256", "x5t": URL_SAFE_NO_PAD.encode(&sha1), "kid": hex, "x5c": [chain]}),
        json!({"alg": "RS256", "kid": hex}),
        json!({"alg": "PS256", "x5t#S256": URL_SAFE.encode(&sha256), "x5c": chain}),
        json!({"alg": "PS256", "x5t#S256": URL_SAFE.encode(&sha256), "x5c": [broken_lines.join("\n")]}),
        json!({"alg": "RS256", "x5t": URL_SAFE.encode(&sha1), "x5c": STANDARD.encode("-----BEGIN CERTIFICATE-----")}),
        json!({"alg": "PS256", "x5t#S256": URL_SAFE.encode(&sha256), "unknown": {"a": 1}}),
    ];
    for header in headers {
        let reply = ask(&emulator, &me.jwt(&header, &claims()), EXCHANGE_SCOPE);
        assert_eq!(reply.status, 200, "{header}: {}", String::from_utf8_lossy(&reply.body));
    }
}

#[test]
fn every_form_of_claims_in_use_is_taken() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims();
        change(&mut claims);
        claims
    };
    let without = |name: &'static str| move |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove(name));
    let audience = |aud: &str| {
        let aud = aud.to_owned();
        move |claims: &mut Value| claims["aud"] = json!(aud)
    };
    let port = emulator.port();
    let variants = [
        changed(&|claims| {
            claims["exp"] = json!((now() + 600).to_string());
            claims["nbf"] = json!((now() - 5).to_string());
            claims["iat"] = json!(now().to_string());
        }),
        changed(&|claims| claims["exp"] = json!(1.5 + f64::from(u32::try_from(now()).unwrap()) + 600.0)),
        changed(&without("nbf")),
        changed(&without("iat")),
        changed(&without("jti")),
        changed(&|claims| claims["exp"] = json!(now() + 1_000_000)),
        changed(&|claims| claims["more"] = json!([1, 2])),
        changed(&audience("https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token")),
        changed(&audience(&format!("https://login.localhost:{port}/contoso.com/oauth2/token"))),
        changed(&audience(&format!("https://login.windows.net/{TENANT}/v2.0"))),
        changed(&audience(&format!("https://sts.windows.net/{TENANT}/"))),
        changed(&|claims| claims["iss"] = json!(APP.to_uppercase())),
        // Inside the tolerance of five minutes.
        changed(&|claims| claims["exp"] = json!(now() - 200)),
        changed(&|claims| claims["nbf"] = json!(now() + 200)),
    ];
    for claims in variants {
        let me = identity();
        let reply = ask(&emulator, &me.jwt(&me.header(), &claims), EXCHANGE_SCOPE);
        assert_eq!(reply.status, 200, "{claims}: {}", String::from_utf8_lossy(&reply.body));
    }
}

#[test]
fn segments_in_the_standard_alphabet_are_taken() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let me = identity();
    let header = me.header();
    let message = format!("{}.{}", STANDARD.encode(header.to_string()), STANDARD.encode(claims().to_string()));
    let signed = me.sign(&message, &header);
    assert_eq!(ask(&emulator, &signed, EXCHANGE_SCOPE).status, 200);
}

#[test]
fn one_assertion_serves_both_services_and_again() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let assertion = assertion();
    for scope in [EXCHANGE_SCOPE, COMPLIANCE_SCOPE, EXCHANGE_SCOPE] {
        assert_eq!(ask(&emulator, &assertion, scope).status, 200);
    }
}

#[test]
fn the_tenant_goes_by_guid_and_by_each_domain() {
    let emulator = start(Tenant::contoso().app(full_app()));
    for tenant in [TENANT, "contoso.onmicrosoft.com", "contoso.com"] {
        let path = format!("/{tenant}/oauth2/v2.0/token");
        let reply = post_form(&emulator, &path, &form(&fields(&assertion(), EXCHANGE_SCOPE)));
        assert_eq!(reply.status, 200, "{tenant}");
    }
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
fn the_openid_configuration_leads_to_the_tenant() {
    let emulator = start(Tenant::contoso());
    let path = "GET /contoso.com/v2.0/.well-known/openid-configuration";
    let reply = send(&emulator, "login.localhost", path, &[], "").unwrap();
    assert_eq!(reply.status, 200);
    let base = format!("https://login.localhost:{}/{TENANT}", emulator.port());
    assert_eq!(reply.json()["token_endpoint"], format!("{base}/oauth2/v2.0/token"));
    assert_eq!(reply.json()["issuer"], format!("{base}/v2.0"));

    let path = "GET /fabrikam.com/v2.0/.well-known/openid-configuration";
    let reply = send(&emulator, "login.localhost", path, &[], "").unwrap();
    assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("invalid_tenant")));
    assert_eq!(reply.json()["error_codes"], json!([90_002]));
}

#[test]
fn instance_discovery_knows_its_own_names() {
    let emulator = start(Tenant::contoso());
    let ask = |authority: &str| {
        let url = encode(&format!("https://{authority}/{TENANT}/oauth2/v2.0/authorize"));
        let path = format!("GET /common/discovery/instance?api-version=1.1&authorization_endpoint={url}");
        send(&emulator, "login.localhost", &path, &[], "").unwrap()
    };
    let reply = ask("login.microsoftonline.com");
    assert_eq!(reply.json()["api-version"], "1.1");
    let reply = ask("login.example.com");
    assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("invalid_instance")));
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
