//! App Service, Functions, Container Apps and Automation; and Azure ML with App Service as it was before.

use serde_json::json;

use super::{Given, Named, find, system_assigned, token_for};
use crate::answer::Answer;
use crate::clock::Civil;
use crate::form::Form;
use crate::request::Request;
use crate::world::World;

/// Answers `GET /msi/token`.
pub(crate) fn answer(world: &World, request: &Request) -> Answer {
    match respond(world, request) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn respond(world: &World, request: &Request) -> Result<Answer, Answer> {
    if request.method != "GET" {
        return Err(Answer::text(405, ""));
    }
    let query = Form::parse(&request.query);
    let (header, old) = match query.get("api-version") {
        Some("2019-08-01") => ("x-identity-header", false),
        Some("2017-09-01") => ("secret", true),
        _ => return Err(refused(world, 400, "The api-version is missing or not supported.")),
    };
    if request.header(header) != Some(world.neighbours.identity_header.as_str()) {
        return Err(refused(world, 401, "The secret of the request is missing or wrong."));
    }
    let resource = query.get("resource").ok_or_else(|| refused(world, 400, "The parameter 'resource' is missing."))?;
    let number = chosen(world, &query, old)?;
    let given = token_for(world, number, resource).map_err(|refusal| {
        let text = format!("AADSTS{}: {}", refusal.code, refusal.text);
        refused(world, 400, &text)
    })?;
    Ok(Answer::json(200, body(world, &given, old).to_string()))
}

fn chosen(world: &World, query: &Form, old: bool) -> Result<usize, Answer> {
    let named = if old {
        query.get("clientid").map(Named::Client)
    } else {
        let object = || query.get("principal_id").or_else(|| query.get("object_id"));
        let path = || query.get("mi_res_id").or_else(|| query.get("msi_res_id"));
        let client = query.get("client_id").map(Named::Client);
        client.or_else(|| object().map(Named::Object)).or_else(|| path().map(Named::Resource))
    };
    // Other than a virtual machine, the platform never guesses which user-assigned identity was meant.
    let found = named.map_or_else(|| system_assigned(world), |named| find(world, named));
    let text = "No Managed Identity found for specified ClientId/ResourceId/PrincipalId.";
    found.ok_or_else(|| refused(world, 400, text))
}

fn body(world: &World, given: &Given, old: bool) -> serde_json::Value {
    let expires_on = if world.tenant.machine.old_dates {
        Civil::from_unix(given.expires).american()
    } else {
        given.expires.to_string()
    };
    let mut body = json!({
        "access_token": given.token,
        "expires_on": expires_on,
        "resource": given.resource,
        "token_type": "Bearer",
    });
    if !old {
        body["client_id"] = json!(given.client_id);
    }
    body
}

fn refused(world: &World, status: u16, message: &str) -> Answer {
    let body = json!({ "statusCode": status, "message": message, "correlationId": world.fresh_guid() });
    Answer::json(status, body.to_string())
}
