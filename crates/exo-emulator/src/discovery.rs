//! What the token service says of itself: OpenID configuration, signing keys, its other names.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::cloud::Cloud;
use crate::form::Form;
use crate::hosts;
use crate::request::Request;
use crate::token_endpoint::{Version, check_tenant_name, refused};
use crate::token_error::Refusal;
use crate::world::World;

/// Tenants that stand for whatever tenant a user is of.
const ANY: [&str; 3] = ["common", "organizations", "consumers"];

/// `/{tenant}/v2.0/.well-known/openid-configuration`, and the same without `v2.0`.
pub(crate) fn configuration(world: &World, request: &Request, tenant: &str, version: Version) -> Answer {
    let any = ANY.iter().any(|known| known.eq_ignore_ascii_case(tenant));
    let known = if any { Ok(()) } else { check_tenant_name(world, tenant) };
    if let Err(refusal) = known {
        return refused(world, request, &refusal.called("invalid_tenant"));
    }
    let Some((authority, cloud)) = authority(world, request) else {
        let text = format!("Tenant '{tenant}' not found.");
        return refused(world, request, &Refusal::new(90_002, text).called("invalid_tenant"));
    };
    let (shown, id) = if any { (tenant, "{tenantid}") } else { (world.tenant.id.as_str(), world.tenant.id.as_str()) };
    let base = format!("https://{authority}/{shown}");
    let mut body = match version {
        Version::V2 => second(&base, &format!("https://{authority}/{id}/v2.0")),
        Version::V1 => first(&base, &format!("https://{authority}/common/discovery/keys"), &cloud.issuer(id)),
    };
    let [instance, graph, rbac] = cloud.instance();
    let (region, sub_region) = cloud.region();
    body["response_modes_supported"] = json!(["query", "fragment", "form_post"]);
    body["subject_types_supported"] = json!(["pairwise"]);
    body["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    body["tenant_region_scope"] = if any { Value::Null } else { json!(region) };
    if let Some(sub_region) = sub_region.filter(|_| !any) {
        body["tenant_region_sub_scope"] = json!(sub_region);
    }
    body["cloud_instance_name"] = json!(instance);
    body["cloud_graph_host_name"] = json!(graph);
    body["msgraph_host"] = json!(cloud.graph_host());
    body["rbac_url"] = json!(rbac);
    body["token_endpoint_auth_methods_supported"] =
        json!(["client_secret_post", "private_key_jwt", "client_secret_basic"]);
    Answer::json(200, body.to_string()).with("cache-control", "max-age=86400, private")
}

/// The authority and cloud of the tenant, if the host that was asked tells them.
///
/// The worldwide cloud knows the tenants of the others, and says where they live; the others know their own only.
fn authority(world: &World, request: &Request) -> Option<(String, Cloud)> {
    let own = world.tenant.cloud;
    if hosts::is_login(request.host(), own) {
        return Some((request.authority.clone(), own));
    }
    let asked = Cloud::of_login(request.host())?;
    (asked == Cloud::Worldwide).then(|| (hosts::at_port_of(&request.authority, own.login_host()), own))
}

/// What is said of the second version of the endpoints.
fn second(base: &str, issuer: &str) -> Value {
    json!({
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "kerberos_endpoint": format!("{base}/kerberos"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "request_uri_parameter_supported": false,
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "name", "tid", "ver"],
    })
}

/// What is said of the first version of the endpoints.
fn first(base: &str, keys: &str, issuer: &str) -> Value {
    json!({
        "token_endpoint": format!("{base}/oauth2/token"),
        "jwks_uri": keys,
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/oauth2/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth2/devicecode"),
        "end_session_endpoint": format!("{base}/oauth2/logout"),
        "check_session_iframe": format!("{base}/oauth2/checksession"),
        "microsoft_multi_refresh_token": true,
        "response_types_supported": ["code", "id_token", "code id_token", "token id_token", "token"],
        "scopes_supported": ["openid"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "amr", "nonce", "email", "tid", "ver"],
    })
}

/// `/{tenant}/discovery/v2.0/keys`, and the same without `v2.0`.
pub(crate) fn keys(world: &World) -> Answer {
    let key = &world.token_key;
    let body = json!({ "keys": [{
        "kty": "EC", "use": "sig", "crv": "P-256", "alg": "ES256",
        "kid": key.id, "x5t": key.id, "x": key.x, "y": key.y,
    }] });
    Answer::json(200, body.to_string()).with("cache-control", "max-age=86400, private")
}

/// Groups of names that mean the same, the preferred one for calls and the one for caches first.
const GROUPS: [(&str, &str, &[&str]); 6] = [
    (
        "login.microsoftonline.com",
        "login.windows.net",
        &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
    ),
    (
        "login.partner.microsoftonline.cn",
        "login.partner.microsoftonline.cn",
        &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
    ),
    ("login.microsoftonline.de", "login.microsoftonline.de", &["login.microsoftonline.de"]),
    ("login.microsoftonline.us", "login.microsoftonline.us", &["login.microsoftonline.us", "login.usgovcloudapi.net"]),
    ("login-us.microsoftonline.com", "login-us.microsoftonline.com", &["login-us.microsoftonline.com"]),
    ("login.localhost", "login.localhost", &["login.localhost", "localhost", "127.0.0.1"]),
];

/// `/common/discovery/instance`.
pub(crate) fn instance(world: &World, request: &Request) -> Answer {
    let query = Form::parse(&request.query);
    let asked = query.get("authorization_endpoint").and_then(|url| url.strip_prefix("https://"));
    let Some((authority, path)) = asked.and_then(|rest| rest.split_once('/')) else {
        let text = "The request must contain the parameter 'authorization_endpoint'.";
        return refused(world, request, &Refusal::new(900_144, text));
    };
    let host = hosts::without_port(authority).to_ascii_lowercase();
    if !GROUPS.iter().any(|(.., aliases)| aliases.contains(&host.as_str())) {
        return refused(world, request, &Refusal::plain(50_049));
    }
    let tenant = path.split('/').next().unwrap_or("common");
    let metadata: Vec<Value> = GROUPS
        .iter()
        .map(|(network, cache, aliases)| {
            // Names of this machine are of use only with the port that they are served on.
            let at_port = |name: &str| {
                if name.ends_with("localhost") || name == "127.0.0.1" {
                    hosts::at_port_of(&request.authority, name)
                } else {
                    name.to_owned()
                }
            };
            let aliases: Vec<String> = aliases.iter().map(|name| at_port(name)).collect();
            json!({ "preferred_network": at_port(network), "preferred_cache": at_port(cache), "aliases": aliases })
        })
        .collect();
    let body = json!({
        "tenant_discovery_endpoint": format!("https://{authority}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": query.get("api-version").unwrap_or("1.1"),
        "metadata": metadata,
    });
    Answer::json(200, body.to_string()).with("cache-control", "max-age=86400, private")
}
