//! Service Fabric: over HTTPS, with a certificate that clients know by its thumbprint.

use serde_json::json;

use super::{system_assigned, token_for, user_assigned};
use crate::answer::Answer;
use crate::form::Form;
use crate::request::Request;
use crate::world::World;

/// Whether a request that came over TLS is for the node's token service.
pub(crate) fn is_meant(world: &World, request: &Request) -> bool {
    request.path.eq_ignore_ascii_case("/metadata/identity/oauth2/token")
        && ["fabric.localhost", "localhost", "127.0.0.1"].iter().any(|name| name.eq_ignore_ascii_case(request.host()))
        && world.tenant.has_managed_identity()
}

/// Answers `GET /metadata/identity/oauth2/token`; the identity is that of the calling application.
pub(crate) fn answer(world: &World, request: &Request) -> Answer {
    if request.method != "GET" {
        return Answer::text(405, "");
    }
    let query = Form::parse(&request.query);
    let version = query.get("api-version").unwrap_or_default();
    if version != "2019-07-01-preview" {
        let text = format!("The api-version '{version}' is not supported. Supported version is '2019-07-01-preview'.");
        return refused(world, 400, "InvalidApiVersion", &text);
    }
    match request.header("secret") {
        None => {
            return refused(world, 400, "SecretHeaderNotFound", "Secret is not found in the request headers.");
        }
        Some(secret) if secret == world.neighbours.identity_header => {}
        Some(_) => return refused(world, 404, "ManagedIdentityNotFound", "Managed identity not found for the secret."),
    }
    let Some(resource) = query.get("resource") else {
        let text = "The parameter 'resource' should not be null or empty string.";
        return refused(world, 400, "ArgumentNullOrEmpty", text);
    };
    let Some(number) = system_assigned(world).or_else(|| user_assigned(world).first().copied()) else {
        return refused(world, 404, "ManagedIdentityNotFound", "Managed identity not found for the application.");
    };
    match token_for(world, number, resource) {
        Ok(given) => {
            let body = json!({
                "token_type": "Bearer",
                "access_token": given.token,
                "expires_on": given.expires,
                "resource": given.resource,
            });
            Answer::json(200, body.to_string())
        }
        Err(refusal) => {
            let text = format!("AADSTS{}: {}", refusal.code, refusal.text);
            refused(world, 400, "InternalServerError", &text)
        }
    }
}

fn refused(world: &World, status: u16, code: &str, message: &str) -> Answer {
    let error = json!({ "correlationId": world.fresh_guid(), "code": code, "message": message });
    Answer::json(status, json!({ "error": error }).to_string())
}
