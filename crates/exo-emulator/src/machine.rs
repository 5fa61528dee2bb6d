//! The endpoints at which a machine gives out tokens of its managed identities, over plain HTTP as the real ones.

use serde_json::json;

mod app_service;
mod arc;
pub(crate) mod fabric;
mod identity;
mod imds;

pub(crate) use imds::passed_on;

pub use identity::{ArcChallenge, Machine, ManagedIdentity};

use crate::access_token::{self, Grant};
use crate::answer::{Answer, Ending};
use crate::faults::Target;
use crate::federation::EXCHANGE_AUDIENCE;
use crate::neighbours::spoilt;
use crate::received::Received;
use crate::request::Request;
use crate::resource::owner_of;
use crate::tenant::Tenant;
use crate::token_error::Refusal;
use crate::world::World;

/// Answers on the listener without TLS, and keeps a note of the request.
pub(crate) async fn answer(world: &World, request: &Request) -> Answer {
    let mut note = Received::of(request);
    let answer = spoilt(world, &Target::Machine, || serve(world, request)).await;
    note.status = match answer.ending {
        Ending::Whole | Ending::Cut(_) => answer.status,
        Ending::Reset | Ending::Silence => 0,
    };
    world.journal.keep(note);
    answer
}

fn serve(world: &World, request: &Request) -> Answer {
    let path = request.path.to_ascii_lowercase();
    match path.trim_end_matches('/') {
        "/metadata/identity/oauth2/token" if arc::is_meant(world, request) => arc::answer(world, request),
        "/metadata/identity/oauth2/token" => imds::answer(world, request),
        "/arc/metadata/identity/oauth2/token" => arc::answer(world, request),
        "/msi/token" => app_service::answer(world, request),
        _ => Answer::text(404, ""),
    }
}

/// By what an identity is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named<'a> {
    Client(&'a str),
    Object(&'a str),
    Resource(&'a str),
}

/// The identity of that name.
pub(crate) fn find(world: &World, named: Named<'_>) -> Option<usize> {
    world.tenant.apps.iter().position(|app| {
        let Some(identity) = &app.managed_identity else { return false };
        match named {
            Named::Client(id) => app.id.eq_ignore_ascii_case(id),
            Named::Object(id) => app.object_id().eq_ignore_ascii_case(id),
            Named::Resource(path) => !identity.system_assigned && identity.resource_id.eq_ignore_ascii_case(path),
        }
    })
}

/// The identity that came with the machine.
pub(crate) fn system_assigned(world: &World) -> Option<usize> {
    let is_own = |identity: &ManagedIdentity| identity.system_assigned;
    world.tenant.apps.iter().position(|app| app.managed_identity.as_ref().is_some_and(is_own))
}

/// The identities that were given to the machine.
pub(crate) fn user_assigned(world: &World) -> Vec<usize> {
    let is_given = |identity: &ManagedIdentity| !identity.system_assigned;
    let numbered = world.tenant.apps.iter().enumerate();
    numbered.filter(|(_, app)| app.managed_identity.as_ref().is_some_and(is_given)).map(|(number, _)| number).collect()
}

/// The client id of the identity that has to be named, where none came with the machine.
pub(crate) fn to_be_named(world: &World) -> Option<String> {
    let given = user_assigned(world);
    let number = given.first().filter(|_| system_assigned(world).is_none())?;
    world.tenant.apps.get(*number).map(|app| app.id.clone())
}

/// A token that was given out.
pub(crate) struct Given {
    pub(crate) token: String,
    pub(crate) client_id: String,
    pub(crate) resource: String,
    pub(crate) lifetime: u32,
    pub(crate) expires: i64,
    pub(crate) begins: i64,
}

/// Has the token service make a token for an identity.
pub(crate) fn token_for(world: &World, number: usize, resource: &str) -> Result<Given, Refusal> {
    let transient = || Refusal::new(90_033, "A transient error has occurred. Please try again.");
    let app = world.app(number).ok_or_else(transient)?;
    if !world.is_enabled(&app.id) {
        let text = format!("Application '{}' ({}) is disabled.", app.id, app.display_name);
        return Err(Refusal::new(7_000_112, text));
    }
    let now = world.clock.now();
    let lifetime = world.tenant.machine.token_lifetime;
    let token = if resource.trim_end_matches('/').starts_with(EXCHANGE_AUDIENCE) {
        exchange_token(world, number, resource)
    } else {
        let owner = owner_of(world, resource)?;
        access_token::issue(Grant::new(world, number, resource, owner))
    };
    Ok(Given {
        token: token.ok_or_else(transient)?,
        client_id: app.id.clone(),
        resource: resource.to_owned(),
        lifetime,
        expires: now + i64::from(lifetime),
        begins: now - 301,
    })
}

/// A token that another app takes for a federated credential; those come in the second version.
fn exchange_token(world: &World, number: usize, audience: &str) -> Option<String> {
    let app = world.app(number)?;
    let identity = app.managed_identity.as_ref()?;
    let now = world.clock.now();
    let issuer = issuer(&world.tenant);
    let claims = json!({
        "aud": audience.trim_end_matches('/'),
        "iss": issuer,
        "iat": now - 301,
        "nbf": now - 301,
        "exp": now + i64::from(world.tenant.machine.token_lifetime),
        "aio": "k2RgYPhjx3Xp7/5cFoEzUy5LAQA=",
        "azp": app.id,
        "azpacr": "2",
        "idtyp": "app",
        "oid": app.object_id(),
        "sub": app.object_id(),
        "tid": world.tenant.id,
        "uti": world.fresh_guid(),
        "ver": "2.0",
        "xms_mirid": identity.resource_id,
    });
    world.foreign_keys.token(&claims, false)
}

/// The issuer of the tokens that managed identities bring for an exchange.
pub(crate) fn issuer(tenant: &Tenant) -> String {
    format!("https://{}/{}/v2.0", tenant.cloud.login_host(), tenant.id)
}
