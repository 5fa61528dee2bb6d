//! What the token service says of itself: OpenID configuration, signing keys, its other names.

use serde_json::json;

use crate::answer::Answer;
use crate::form::Form;
use crate::hosts;
use crate::request::Request;
use crate::token_endpoint::{check_tenant_name, refused};
use crate::token_error::Refusal;
use crate::world::World;

/// `/{tenant}/v2.0/.well-known/openid-configuration`.
pub(crate) fn configuration(world: &World, request: &Request, tenant: &str) -> Answer {
    if let Err(refusal) = check_tenant_name(world, tenant) {
        return refused(world, request, &refusal.called("invalid_tenant"));
    }
    if !hosts::is_login(request.host()) {
        let text = format!("Tenant '{tenant}' not found.");
        return refused(world, request, &Refusal::new(90_002, text).called("invalid_tenant"));
    }
    let base = format!("https://{}/{}", request.authority, world.tenant.id);
    let body = json!({
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{base}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    });
    Answer::json(200, body.to_string()).with("cache-control", "max-age=86400, private")
}

/// `/{tenant}/discovery/v2.0/keys`.
pub(crate) fn keys(world: &World) -> Answer {
    let key = &world.token_key;
    let body = json!({ "keys": [{
        "kty": "EC", "use": "sig", "crv": "P-256", "alg": "ES256",
        "kid": key.id, "x5t": key.id, "x": key.x, "y": key.y,
    }] });
    Answer::json(200, body.to_string()).with("cache-control", "max-age=86400, private")
}

/// `/common/discovery/instance`.
pub(crate) fn instance(world: &World, request: &Request) -> Answer {
    let query = Form::parse(&request.query);
    let asked = query.get("authorization_endpoint").and_then(|url| url.strip_prefix("https://"));
    let Some((authority, path)) = asked.and_then(|rest| rest.split_once('/')) else {
        let text = "The request must contain the parameter 'authorization_endpoint'.";
        return refused(world, request, &Refusal::new(900_144, text));
    };
    if !hosts::is_login(hosts::without_port(authority)) {
        let text = "Unknown or invalid instance.";
        return refused(world, request, &Refusal::new(50_049, text));
    }
    let tenant = path.split('/').next().unwrap_or("common");
    let here = &request.authority;
    let body = json!({
        "tenant_discovery_endpoint": format!("https://{here}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{
            "preferred_network": authority,
            "preferred_cache": authority,
            "aliases": [
                authority, "login.microsoftonline.com", "login.windows.net", "login.microsoft.com",
                "sts.windows.net",
            ],
        }],
    });
    Answer::json(200, body.to_string()).with("cache-control", "max-age=86400, private")
}
