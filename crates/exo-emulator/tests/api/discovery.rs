//! What the token service says of itself, without being asked for a token.

use exo_emulator::{Emulator, Fault, Tenant};
use serde_json::{Value, json};

use crate::client::*;
use crate::refusals::assert_refused;

fn get(emulator: &Emulator, host: &str, path: &str) -> Reply {
    send(emulator, host, &format!("GET {path}"), &[], "").unwrap()
}

fn configuration(emulator: &Emulator, path: &str) -> Value {
    let reply = get(emulator, "login.localhost", &format!("/{path}/.well-known/openid-configuration"));
    assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
    assert!(reply.header("content-type").starts_with("application/json"));
    reply.json()
}

#[test]
fn the_second_configuration_leads_to_the_tenant() {
    let emulator = start(Tenant::contoso());
    let base = format!("https://login.localhost:{}/{TENANT}", emulator.port());
    for name in [TENANT, "contoso.com", "contoso.onmicrosoft.com"] {
        let told = configuration(&emulator, &format!("{name}/v2.0"));
        for (member, path) in [
            ("token_endpoint", "oauth2/v2.0/token"),
            ("jwks_uri", "discovery/v2.0/keys"),
            ("issuer", "v2.0"),
            ("authorization_endpoint", "oauth2/v2.0/authorize"),
            ("device_authorization_endpoint", "oauth2/v2.0/devicecode"),
            ("end_session_endpoint", "oauth2/v2.0/logout"),
        ] {
            assert_eq!(told[member], format!("{base}/{path}"), "{member}");
        }
        assert_eq!(told["tenant_region_scope"], "EU");
        assert!(told.get("tenant_region_sub_scope").is_none());
        assert_eq!(told["cloud_instance_name"], "microsoftonline.com");
        assert_eq!(told["msgraph_host"], "graph.microsoft.com");
        assert_eq!(
            told["token_endpoint_auth_methods_supported"],
            json!(["client_secret_post", "private_key_jwt", "client_secret_basic"])
        );
    }
}

#[test]
fn the_first_configuration_names_the_first_endpoints() {
    let emulator = start(Tenant::contoso());
    let told = configuration(&emulator, TENANT);
    let host = format!("https://login.localhost:{}", emulator.port());
    assert_eq!(told["token_endpoint"], format!("{host}/{TENANT}/oauth2/token"));
    assert_eq!(told["issuer"], format!("https://sts.windows.net/{TENANT}/"));
    assert_eq!(told["jwks_uri"], format!("{host}/common/discovery/keys"));
}

#[test]
fn without_a_tenant_the_issuer_is_left_open() {
    let emulator = start(Tenant::contoso());
    let told = configuration(&emulator, "organizations/v2.0");
    let host = format!("https://login.localhost:{}", emulator.port());
    assert_eq!(told["issuer"], format!("{host}/{{tenantid}}/v2.0"));
    assert_eq!(told["token_endpoint"], format!("{host}/organizations/oauth2/v2.0/token"));
}

#[test]
fn a_tenant_that_is_not_there_is_said_to_be_invalid() {
    let emulator = start(Tenant::contoso());
    for (name, code) in [
        ("fabrikam.com", 90_002),
        ("11111111-4c1d-4a6e-9d53-2f1f6f0c8e11", 90_002),
        ("contoso", 900_023),
        ("00000000-0000-0000-0000-000000000000", 900_021),
    ] {
        let reply = get(&emulator, "login.localhost", &format!("/{name}/v2.0/.well-known/openid-configuration"));
        assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("invalid_tenant")), "{name}");
        assert_eq!(reply.json()["error_codes"], json!([code]));
    }
}

#[test]
fn both_versions_of_the_keys_are_one() {
    let emulator = start(Tenant::contoso());
    let keys = |path: &str| get(&emulator, "login.localhost", path).json();
    let second = keys(&format!("/{TENANT}/discovery/v2.0/keys"));
    assert!(second["keys"][0]["kid"].is_string());
    assert_eq!(keys("/common/discovery/keys"), second);
}

#[test]
fn instance_discovery_knows_the_aliases_of_every_cloud() {
    let emulator = start(Tenant::contoso());
    let ask = |authority: &str| {
        let url = encode(&format!("https://{authority}/{TENANT}/oauth2/v2.0/authorize"));
        let path = format!("/common/discovery/instance?api-version=1.1&authorization_endpoint={url}");
        get(&emulator, "login.localhost", &path)
    };
    let own = format!("localhost:{}", emulator.port());
    for (authority, preferred) in [
        ("login.microsoftonline.com", "login.microsoftonline.com"),
        ("sts.windows.net", "login.microsoftonline.com"),
        ("login.usgovcloudapi.net", "login.microsoftonline.us"),
        ("login.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
        (own.as_str(), &format!("login.{own}")),
    ] {
        let reply = ask(authority);
        assert_eq!((reply.status, reply.header("cache-control")), (200, "max-age=86400, private"));
        let told = reply.json();
        assert_eq!(told["api-version"], "1.1");
        let next = format!("https://{authority}/{TENANT}/v2.0/.well-known/openid-configuration");
        assert_eq!(told["tenant_discovery_endpoint"], next);
        let groups = told["metadata"].as_array().unwrap();
        let group = groups.iter().find(|group| group["aliases"].as_array().unwrap().contains(&json!(authority)));
        assert_eq!(group.unwrap()["preferred_network"], *preferred, "{authority}");
    }
    for authority in ["login.example.com", "login.microsoftonline.com.example.com"] {
        let reply = ask(authority);
        assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("invalid_instance")));
        assert_eq!(reply.json()["error_codes"], json!([50_049]));
    }
    let reply = get(&emulator, "login.localhost", "/common/discovery/instance?api-version=1.1");
    assert_eq!((reply.status, reply.json()["error_codes"][0].as_u64()), (400, Some(900_144)));
}

#[test]
fn discovery_fails_when_told_to() {
    let emulator = start(Tenant::contoso().fault(Fault::on_discovery().answer(503, "text/html", "<html>")));
    let path = format!("/{TENANT}/v2.0/.well-known/openid-configuration");
    let reply = get(&emulator, "login.localhost", &path);
    assert_eq!((reply.status, reply.body.as_slice()), (503, b"<html>".as_slice()));
    emulator.fault(Fault::on_discovery().aadsts(90_002));
    assert_refused(&get(&emulator, "login.localhost", &path), 400, "invalid_tenant", 90_002);
    emulator.fault(Fault::on_discovery().throttle(Some("3")));
    assert_eq!(get(&emulator, "login.localhost", &path).header("retry-after"), "3");
    assert_eq!(get(&emulator, "login.localhost", &path).status, 200);
}
