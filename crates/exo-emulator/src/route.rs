//! From host and path to what answers.

use crate::admin_api;
use crate::answer::{Answer, Ending};
use crate::faults::{Action, Fault};
use crate::hosts::Host;
use crate::received::Received;
use crate::request::Request;
use crate::token_endpoint::{self, Version, refused};
use crate::token_error::Refusal;
use crate::world::World;
use crate::{discovery, spoil};

/// Answers a request, and keeps a note of it.
pub(crate) async fn answer(world: &World, request: &Request) -> Answer {
    let mut note = Received::of(request);
    let answer = match Host::of(request.host(), &world.tenant.region) {
        Host::Login | Host::OtherCloud => login(world, request).await,
        Host::Admin(service) => admin_api::answer(world, request, service, &mut note).await,
        Host::FrontDoor { inner } => admin_api::front_door(world, request, inner, &mut note).await,
        Host::Unknown => Answer::text(404, "no service has this host name"),
    };
    note.status = match answer.ending {
        Ending::Whole | Ending::Cut(_) => answer.status,
        Ending::Reset | Ending::Silence => 0,
    };
    world.journal.keep(note);
    answer
}

async fn login(world: &World, request: &Request) -> Answer {
    let segments = request.segments();
    let words: Vec<String> = segments.iter().map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let tenant = segments.first().copied().unwrap_or_default();
    match words.get(1..).unwrap_or_default() {
        ["oauth2", "v2.0", "token"] => token(world, request, tenant, Version::V2).await,
        ["oauth2", "token"] => token(world, request, tenant, Version::V1).await,
        ["v2.0", ".well-known", "openid-configuration"] | [".well-known", "openid-configuration"] => {
            discovery::configuration(world, request, tenant)
        }
        ["discovery", "v2.0", "keys"] => discovery::keys(world),
        ["discovery", "instance"] => discovery::instance(world, request),
        _ => Answer::text(404, ""),
    }
}

async fn token(world: &World, request: &Request, tenant: &str, version: Version) -> Answer {
    world.journal.count_token();
    let Some(fault) = world.faults.strike(None, None) else {
        return token_endpoint::answer(world, request, tenant, version);
    };
    spoil::wait(&fault).await;
    let answer =
        token_fault(world, request, &fault).unwrap_or_else(|| token_endpoint::answer(world, request, tenant, version));
    spoil::finish(&fault, answer)
}

fn token_fault(world: &World, request: &Request, fault: &Fault) -> Option<Answer> {
    let refusal = |code, text: &str| refused(world, request, &Refusal::new(code, text));
    Some(match &fault.action {
        Action::Throttle(retry_after) => {
            let answer = refusal(90_055, "The request exceeded the allowed rate. Try again later.");
            match retry_after {
                Some(value) => answer.with("retry-after", value.as_str()),
                None => answer,
            }
        }
        Action::Status(status) | Action::ServerError { code: status, .. } => {
            let text = "A transient error has occurred. Please try again.";
            Answer { status: *status, ..refusal(90_033, text) }
        }
        Action::Aadsts(code) => refusal(*code, "The emulator was told to refuse this request."),
        action => return spoil::plain(action),
    })
}
