//! The runners of pipelines: GitHub Actions and Azure Pipelines, where a job asks for a token of its issuer.

use serde_json::{Value, json};

use super::settings::{ForeignToken, Runner, RunnerKind, exchange_audience};
use crate::answer::Answer;
use crate::form::Form;
use crate::request::Request;
use crate::world::World;

/// The issuer of GitHub Actions.
pub(crate) const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// The issuer of Azure Pipelines for the emulated organization.
pub(crate) fn pipelines_issuer(tenant: &str) -> String {
    format!("https://vstoken.dev.azure.com/{tenant}")
}

/// Whether a path under a plain loopback name is a runner's; that is for programs whose resolver does not know
/// names under `.localhost`.
pub(crate) fn is_runner_path(path: &str) -> bool {
    path.starts_with("/idtoken/") || path.ends_with("/oidctoken")
}

/// Answers on the hosts of the runners and of the issuers.
pub(crate) fn answer(world: &World, request: &Request) -> Answer {
    let segments = request.segments();
    match segments.as_slice() {
        ["idtoken", ..] => github(world, request),
        [.., "oidctoken"] => pipelines(world, request),
        [.., ".well-known", "openid-configuration"] => configuration(request),
        [.., "keys"] => Answer::json(200, world.foreign_keys.published().to_string()),
        _ => Answer::text(404, ""),
    }
}

fn github(world: &World, request: &Request) -> Answer {
    let job = world.tenant.runners.iter().find(|runner| runner.kind == RunnerKind::Github);
    let Some(Runner { subject, .. }) = job else { return Answer::text(404, "") };
    if request.method != "GET" {
        return Answer::text(405, "");
    }
    if !is_authorized(world, request) {
        return Answer::json(401, json!({ "$id": "1", "message": "The token is not authorized." }).to_string());
    }
    let query = Form::parse(&request.query);
    let audience = query.get("audience").unwrap_or("https://github.com/contoso");
    let token = ForeignToken::new(GITHUB, subject).audience(audience).lifetime(300);
    let repository = subject.strip_prefix("repo:").and_then(|rest| rest.split(':').next()).unwrap_or_default();
    let more = json!({ "repository": repository, "runner_environment": "github-hosted", "event_name": "schedule" });
    handed_out(world, &token, &more, |token| json!({ "count": token.len(), "value": token }))
}

fn pipelines(world: &World, request: &Request) -> Answer {
    let query = Form::parse(&request.query);
    let named = query.get("serviceConnectionId").unwrap_or_default();
    let known = |runner: &&Runner| match &runner.kind {
        RunnerKind::Pipelines { connection } => connection.eq_ignore_ascii_case(named),
        RunnerKind::Github => false,
    };
    if request.method != "POST" {
        return Answer::text(405, "");
    }
    if !is_authorized(world, request) {
        // Azure DevOps sends those it does not know to its sign-in page, unless told not to.
        let quiet = request.header("x-tfs-fedauthredirect").is_some_and(|value| value.eq_ignore_ascii_case("suppress"));
        let page = format!("https://{}/_signin", request.authority);
        return if quiet { Answer::empty(401) } else { Answer::empty(302).with("location", page) };
    }
    if query.get("api-version").is_none() {
        let text = "No api-version was supplied for the POST request.";
        return Answer::json(400, json!({ "$id": "1", "message": text }).to_string());
    }
    let Some(Runner { subject, .. }) = world.tenant.runners.iter().find(known) else {
        let text = format!("No service connection found with identifier {named}.");
        return Answer::json(404, json!({ "$id": "1", "message": text }).to_string());
    };
    let token =
        ForeignToken::new(pipelines_issuer(&world.tenant.id), subject).audience(exchange_audience(world.tenant.cloud));
    handed_out(world, &token, &json!({}), |token| json!({ "oidcToken": token }))
}

/// Whether the request carries the job's own token.
fn is_authorized(world: &World, request: &Request) -> bool {
    let given = request.header("authorization").and_then(|value| value.split_once(' '));
    given.is_some_and(|(scheme, token)| {
        scheme.eq_ignore_ascii_case("bearer") && token.trim() == world.neighbours.runner_token
    })
}

fn handed_out(world: &World, token: &ForeignToken, more: &Value, body: impl Fn(&str) -> Value) -> Answer {
    let mut claims = token.claims(world.clock.now(), &world.fresh_guid());
    claims["aud"] = json!(token.audience);
    if let (Some(claims), Some(more)) = (claims.as_object_mut(), more.as_object()) {
        claims.extend(more.clone());
    }
    match world.foreign_keys.token(&claims, token.stranger) {
        Some(token) => Answer::json(200, body(&token).to_string()),
        None => Answer::empty(500),
    }
}

fn configuration(request: &Request) -> Answer {
    let base = format!("https://{}", request.authority);
    let body = json!({
        "issuer": base,
        "jwks_uri": format!("{base}/keys"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    Answer::json(200, body.to_string())
}
