//! Azure Arc: whoever can read a file that only the agent's group may read is given a token.

use std::path::PathBuf;
use std::sync::PoisonError;

use serde_json::json;

use super::identity::ArcChallenge;
use super::imds::{check_origin, refused, required_resource};
use super::{passed_on, system_assigned, token_for};
use crate::answer::Answer;
use crate::form::Form;
use crate::request::Request;
use crate::world::World;

/// Whether a request to the address that the agent shares with IMDS is for the agent.
pub(crate) fn is_meant(world: &World, request: &Request) -> bool {
    let query = Form::parse(&request.query);
    world.tenant.machine.arc_folder.is_some()
        && query.get("api-version").is_some_and(|version| VERSIONS.contains(&version))
}

/// Answers both rounds.
pub(crate) fn answer(world: &World, request: &Request) -> Answer {
    if world.tenant.machine.arc_folder.is_none() {
        return Answer::text(404, "");
    }
    match respond(world, request) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn respond(world: &World, request: &Request) -> Result<Answer, Answer> {
    check_origin(request)?;
    let query = Form::parse(&request.query);
    if query.get("api-version").is_none_or(|version| !VERSIONS.contains(&version)) {
        return Err(refused("invalid_request", "The api-version is missing or not supported"));
    }
    let resource = required_resource(&query)?;
    let named = ["client_id", "object_id", "msi_res_id", "mi_res_id"];
    if named.iter().any(|name| query.get(name).is_some()) {
        return Err(refused("invalid_request", "Only the system-assigned identity is supported"));
    }
    let number = system_assigned(world).ok_or_else(|| refused("invalid_request", "Identity not found"))?;
    let proof = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    if !proof.is_some_and(|key| is_good(world, key)) {
        return Err(challenge(world));
    }
    let given = token_for(world, number, resource).map_err(|refusal| passed_on(world, &refusal))?;
    let body = json!({
        "access_token": given.token,
        "expires_in": given.lifetime.to_string(),
        "expires_on": given.expires.to_string(),
        "not_before": given.begins.to_string(),
        "resource": given.resource,
        "token_type": "Bearer",
    });
    Ok(Answer::json(200, body.to_string()))
}

/// Whether this is what a file holds; each is good once.
fn is_good(world: &World, key: &str) -> bool {
    let mut kept = world.neighbours.arc_keys.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(place) = kept.iter().position(|(content, _)| content == key) else { return false };
    let (_, path) = kept.swap_remove(place);
    // A file that somebody else removed is gone just as well.
    drop(std::fs::remove_file(path));
    true
}

fn challenge(world: &World) -> Answer {
    let body = json!({ "error": "unauthorized", "error_description": "The request is missing the proof of the file." });
    let answer = Answer::json(401, body.to_string());
    let machine = &world.tenant.machine;
    let Some(folder) = &machine.arc_folder else { return answer };
    let id = world.fresh_guid();
    let (folder, name) = match &machine.arc_challenge {
        ArcChallenge::NoRealm => return answer.with("www-authenticate", "Basic"),
        ArcChallenge::OtherFolder(other) => (other, format!("{id}.key")),
        ArcChallenge::OtherExtension => (folder, format!("{id}.txt")),
        _ => (folder, format!("{id}.key")),
    };
    let path = folder.join(name);
    let realm = format!("Basic realm={}", path.display());
    if machine.arc_challenge != ArcChallenge::Missing
        && let Err(error) = write(world, path)
    {
        return Answer::text(500, format!("the file of the challenge cannot be written: {error}"));
    }
    answer.with("www-authenticate", realm)
}

fn write(world: &World, path: PathBuf) -> std::io::Result<()> {
    let mut content = [world.fresh_guid(), world.fresh_guid()].concat();
    if world.tenant.machine.arc_challenge == ArcChallenge::TooLong {
        content = content.repeat(4097_usize.div_ceil(content.len()));
    }
    std::fs::write(&path, &content)?;
    let mut kept = world.neighbours.arc_keys.lock().unwrap_or_else(PoisonError::into_inner);
    kept.push((content, path));
    Ok(())
}

const VERSIONS: [&str; 3] = ["2019-08-15", "2019-11-01", "2020-06-01"];
