//! Of nobody's answer more is taken than is read, so that a flood costs little memory.

use crate::vault::Vault;
use crate::{World, exchange};
use exo_http::{BodyLimit, ScriptedTransport};
use exo_model::{Cloud, Secret, TokenProvider};
use exo_token::{AzurePipelines, GitHubActions, ManagedIdentity, ManagedIdentityHost, openid};
use std::sync::Arc;

fn refusing() -> ScriptedTransport {
    ScriptedTransport::new().reply(400, &[], "{}")
}

fn is_limited(transport: &ScriptedTransport) {
    let requests = transport.requests();
    let limits: Vec<_> = requests.iter().map(|request| request.extensions().get::<BodyLimit>().copied()).collect();
    assert_eq!(limits, [Some(BodyLimit(1 << 20))], "{requests:?}");
}

#[tokio::test]
async fn every_request_tells_what_is_taken_of_its_answer() {
    let world = World::new(refusing());
    world.credential().token(&exchange()).await.unwrap_err();
    is_limited(&world.transport);

    let transport = refusing();
    let login = Cloud::Worldwide.endpoints().login;
    openid::discover(&transport, &login, &"contoso.onmicrosoft.com".parse().unwrap()).await.unwrap_err();
    is_limited(&transport);

    let world = World::new(refusing());
    let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
    let identity = ManagedIdentity::new(transport, clock, ManagedIdentityHost::virtual_machine());
    identity.token(&exchange()).await.unwrap_err();
    is_limited(&world.transport);

    let world = World::new(refusing());
    let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
    let github = GitHubActions::new(transport, clock, "https://h/t", Secret::from("marked"), "a").unwrap();
    world.vouched_by(github).build().unwrap().token(&exchange()).await.unwrap_err();
    is_limited(&world.transport);

    let world = World::new(refusing());
    let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
    let pipelines = AzurePipelines::new(transport, clock, "https://h/t", "c", Secret::from("marked")).unwrap();
    world.vouched_by(pipelines).build().unwrap().token(&exchange()).await.unwrap_err();
    is_limited(&world.transport);

    let vault = Vault::new(refusing());
    vault.key_vault().remote().await.unwrap_err();
    is_limited(&vault.transport);
}
