//! The instance metadata service of a virtual machine.

use serde_json::json;

use super::{Named, find, system_assigned, token_for, user_assigned};
use crate::answer::Answer;
use crate::clock::Civil;
use crate::form::Form;
use crate::request::Request;
use crate::token_error::{About, Refusal};
use crate::world::World;

/// Answers `GET /metadata/identity/oauth2/token`.
pub(crate) fn answer(world: &World, request: &Request) -> Answer {
    match respond(world, request) {
        Ok(answer) | Err(answer) => answer.with("server", "IMDS/150.870.65.1854"),
    }
}

fn respond(world: &World, request: &Request) -> Result<Answer, Answer> {
    check_origin(request)?;
    let query = Form::parse(&request.query);
    if query.get("api-version").is_none_or(|version| version < "2018-02-01") {
        return Err(refused("invalid_request", "Required query variable 'api-version' is missing or not supported"));
    }
    let resource = required_resource(&query)?;
    let number = chosen(world, &query)?;
    let given = token_for(world, number, resource).map_err(|refusal| passed_on(world, &refusal))?;
    let body = json!({
        "access_token": given.token,
        "client_id": given.client_id,
        "expires_in": given.lifetime.to_string(),
        "expires_on": given.expires.to_string(),
        "ext_expires_in": given.lifetime.to_string(),
        "not_before": given.begins.to_string(),
        "resource": given.resource,
        "token_type": "Bearer",
    });
    Ok(Answer::json(200, body.to_string()))
}

/// Refuses what a browser or a proxy may have been talked into sending.
pub(super) fn check_origin(request: &Request) -> Result<(), Answer> {
    if request.method != "GET" {
        return Err(Answer::text(405, ""));
    }
    if request.header("x-forwarded-for").is_some() {
        return Err(refused("invalid_request", "Requests with the header X-Forwarded-For are not served"));
    }
    if !request.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(refused("invalid_request", "Required metadata header not specified"));
    }
    Ok(())
}

pub(super) fn required_resource(query: &Form) -> Result<&str, Answer> {
    query.get("resource").ok_or_else(|| refused("invalid_request", "Required audience parameter not specified"))
}

/// The identity that the query names, or the one that there is.
pub(super) fn chosen(world: &World, query: &Form) -> Result<usize, Answer> {
    let by = [
        query.get("client_id").map(Named::Client),
        query.get("object_id").map(Named::Object),
        query.get("msi_res_id").or_else(|| query.get("mi_res_id")).map(Named::Resource),
    ];
    let named: Vec<Named<'_>> = by.into_iter().flatten().collect();
    match (named.as_slice(), system_assigned(world), user_assigned(world).as_slice()) {
        ([one], ..) => find(world, *one).ok_or_else(|| refused("invalid_request", "Identity not found")),
        ([], Some(own), _) => Ok(own),
        ([], None, [only]) => Ok(*only),
        ([], None, []) => Err(refused("invalid_request", "Identity not found")),
        ([], None, _) => Err(refused(
            "invalid_request",
            "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in \
             the token request",
        )),
        _ => Err(refused("invalid_request", "Only one of client_id, object_id and msi_res_id may be specified")),
    }
}

pub(super) fn refused(error: &str, description: &str) -> Answer {
    Answer::json(400, json!({ "error": error, "error_description": description }).to_string())
}

/// What the token service refused, in its own words.
pub(crate) fn passed_on(world: &World, refusal: &Refusal) -> Answer {
    let timestamp = Civil::from_unix(world.clock.now()).token_service();
    let body = refusal.body(&About {
        trace: &world.fresh_guid(),
        correlation: &world.fresh_guid(),
        timestamp: &timestamp,
        host: "login.microsoftonline.com",
    });
    Answer::json(if refusal.status == 401 { 400 } else { refusal.status }, body)
}
