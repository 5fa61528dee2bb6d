//! The services beside the token service and the admin API: key vaults, pipelines, a Service Fabric node.

use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::json;

use crate::answer::Answer;
use crate::faults::{Action, Fault, Target};
use crate::request::Request;
use crate::token_error::Refusal;
use crate::world::World;
use crate::{federation, machine, spoil, vault};

/// What the neighbours remember and what they want to be told; made anew at each start.
#[derive(Debug)]
pub(crate) struct Neighbours {
    /// What App Service, Service Fabric and Azure ML want in a header.
    pub(crate) identity_header: String,
    /// What a pipeline's job proves itself with.
    pub(crate) runner_token: String,
    /// The contents of Azure Arc's files that were not used yet.
    pub(crate) arc_keys: Mutex<Vec<(String, PathBuf)>>,
}

impl Neighbours {
    pub(crate) fn new(mut fresh: impl FnMut() -> String) -> Self {
        Self { identity_header: fresh(), runner_token: fresh(), arc_keys: Mutex::default() }
    }
}

/// Answers what is for one of the neighbours; none if it is for nobody here.
pub(crate) async fn answer(world: &World, request: &Request) -> Option<Answer> {
    if let Some(door) = vault::Door::of(world, request) {
        return Some(spoilt(world, &Target::Vault, || vault::answer(world, request, &door)).await);
    }
    let plain = ["localhost", "127.0.0.1"].contains(&request.host()) && federation::is_runner_path(&request.path);
    if plain || RUNNERS.iter().any(|host| is_under(request.host(), host)) {
        return Some(spoilt(world, &Target::Issuer, || federation::answer(world, request)).await);
    }
    if machine::fabric::is_meant(world, request) {
        return Some(spoilt(world, &Target::Machine, || machine::fabric::answer(world, request)).await);
    }
    None
}

/// The names of the neighbours in the server's certificate.
pub(crate) fn certificate_names() -> Vec<String> {
    let runners = RUNNERS.iter().map(|name| (*name).to_owned());
    let wild = ["*.actions.githubusercontent.com", "fabric.localhost"].map(ToOwned::to_owned);
    vault::certificate_names().chain(runners).chain(wild).collect()
}

/// Serves, or fails as a fault says.
pub(crate) async fn spoilt(world: &World, target: &Target, serve: impl FnOnce() -> Answer) -> Answer {
    let Some(fault) = world.faults.strike_beside(target) else { return serve() };
    spoil::wait(&fault).await;
    let answer = failed(world, &fault, target).unwrap_or_else(serve);
    spoil::finish(&fault, answer)
}

fn failed(world: &World, fault: &Fault, target: &Target) -> Option<Answer> {
    let body = |code: &str, text: &str| match target {
        Target::Vault => json!({ "error": { "code": code, "message": text } }).to_string(),
        _ => json!({ "error": code, "error_description": text }).to_string(),
    };
    Some(match &fault.action {
        Action::Throttle(retry_after) => {
            let answer = Answer::json(429, body("too_many_requests", "Too many requests. Try again later."));
            match retry_after {
                Some(value) => answer.with("retry-after", value.as_str()),
                None => answer,
            }
        }
        Action::Status(status) | Action::ServerError { code: status, .. } => {
            Answer::json(*status, body("unknown", "The emulator was told to fail this request."))
        }
        Action::Aadsts(code) if *target == Target::Machine => machine::passed_on(world, &Refusal::plain(*code)),
        action => return spoil::plain(action),
    })
}

fn is_under(host: &str, name: &str) -> bool {
    let (host, name) = (host.as_bytes(), name.as_bytes());
    let label = host.len().checked_sub(name.len()).and_then(|length| host.split_at_checked(length));
    label.is_some_and(|(label, rest)| rest.eq_ignore_ascii_case(name) && matches!(label.last(), None | Some(b'.')))
}

/// Where runners give out tokens, and where the keys of issuers are published.
const RUNNERS: [&str; 5] =
    ["actions.localhost", "pipelines.localhost", "oidc.localhost", "actions.githubusercontent.com", "dev.azure.com"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_under_itself_and_its_subdomains_only() {
        for (host, expected) in [
            ("dev.azure.com", true),
            ("contoso.DEV.azure.com", true),
            ("xdev.azure.com", false),
            ("azure.com", false),
            ("dev.azure.com.example.net", false),
        ] {
            assert_eq!(is_under(host, "dev.azure.com"), expected, "{host}");
        }
    }
}
