//! From host and path to what answers.

use crate::admin_api;
use crate::answer::{Answer, Ending};
use crate::faults::{Action, Target};
use crate::hosts::Host;
use crate::received::Received;
use crate::request::Request;
use crate::token_endpoint::{self, Version, refused};
use crate::token_error::Refusal;
use crate::world::World;
use crate::{device_code, discovery, graph, neighbours, spoil, token_fault};

/// Answers a request, and keeps a note of it.
pub(crate) async fn answer(world: &World, request: &Request) -> Answer {
    let mut note = Received::of(request);
    let answer = match neighbours::answer(world, request).await {
        Some(answer) => answer,
        None => host(world, request, &mut note).await,
    };
    note.status = match answer.ending {
        Ending::Whole | Ending::Cut(_) => answer.status,
        Ending::Reset | Ending::Silence => 0,
    };
    note.at = world.clock.now_millis();
    world.journal.keep(note);
    answer
}

async fn host(world: &World, request: &Request, note: &mut Received) -> Answer {
    match Host::of(request.host(), world.tenant.cloud, &world.regions()) {
        Host::Login | Host::OtherCloud => login(world, request).await,
        Host::Admin(service) => admin_api::answer(world, request, service, note).await,
        Host::OtherAdmin(service, cloud) => admin_api::elsewhere(world, request, service, cloud),
        Host::FrontDoor(door) => admin_api::front_door(world, request, door, note).await,
        Host::Graph => graph::answer(world, request, note).await,
        Host::OtherGraph => graph::elsewhere(world, request),
        Host::Unknown => Answer::text(404, "no service has this host name"),
    }
}

async fn login(world: &World, request: &Request) -> Answer {
    let segments = request.segments();
    let words: Vec<String> = segments.iter().map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let tenant = segments.first().copied().unwrap_or_default();
    match words.get(1..).unwrap_or_default() {
        ["oauth2", "v2.0", "token"] => token_endpoint::answer(world, request, tenant, Version::V2).await,
        ["oauth2", "v2.0", "devicecode"] => {
            let target = Target::DeviceCode;
            struck(world, request, &target, || device_code::give(world, request, tenant)).await
        }
        [] if tenant.eq_ignore_ascii_case("devicelogin") => device_code::enter(world, request),
        ["oauth2", "token"] => token_endpoint::answer(world, request, tenant, Version::V1).await,
        ["v2.0", ".well-known", "openid-configuration"] => {
            discover(world, request, || discovery::configuration(world, request, tenant, Version::V2)).await
        }
        [".well-known", "openid-configuration"] => {
            discover(world, request, || discovery::configuration(world, request, tenant, Version::V1)).await
        }
        ["discovery", "v2.0", "keys"] | ["discovery", "keys"] => discovery::keys(world),
        ["discovery", "instance"] => discover(world, request, || discovery::instance(world, request)).await,
        _ => Answer::text(404, ""),
    }
}

async fn discover(world: &World, request: &Request, serve: impl FnOnce() -> Answer) -> Answer {
    struck(world, request, &Target::Discovery, serve).await
}

/// Serves, or fails as a fault says, in the words of the token service.
async fn struck(world: &World, request: &Request, target: &Target, serve: impl FnOnce() -> Answer) -> Answer {
    let Some(fault) = world.faults.strike_beside(target) else { return serve() };
    spoil::wait(&fault).await;
    let answer = match &fault.action {
        // Discovery has an error of its own for what the token endpoint calls an invalid request.
        Action::Aadsts(code @ (90_002 | 900_021 | 900_023)) if *target == Target::Discovery => {
            refused(world, request, &Refusal::plain(*code).called("invalid_tenant"))
        }
        _ => token_fault::answer(world, request, &fault).unwrap_or_else(serve),
    };
    spoil::finish(&fault, answer)
}
