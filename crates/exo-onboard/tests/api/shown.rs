//! What an app that was set up is seen to have.

use crate::world::{World, certificate, global_reader, wanted};
use exo_model::{Clock as _, Service};
use exo_onboard::{Error, Needed, Standing, show};

#[tokio::test]
async fn an_app_that_was_set_up_has_what_it_needs_and_nothing_more() {
    let world = World::with_lag(0);
    let ready = world.run(&wanted()).await.unwrap().unwrap();
    let state = show(&world.graph(), &ready.app_id).await.unwrap();
    let needed = Needed::new(Service::ALL.iter().copied(), [global_reader()]).certificate(certificate().thumbprint());
    let items = state.compare(&needed, world.clock.now());
    assert!(items.iter().all(|item| item.standing == Standing::Matching), "{items:#?}");
    assert_eq!(items.len(), 7);
    assert_eq!(state.service_principal.unwrap().consented.len(), 2);
    // One look at each resource, however often it is named.
    let looks = world.directory.calls();
    let looks = &looks[looks.iter().rposition(|call| call.contains("PATCH")).unwrap()..];
    assert!(looks.iter().filter(|call| call.contains("00000002-0000-0ff1")).count() <= 2, "{looks:#?}");
}

#[tokio::test]
async fn an_app_without_a_service_principal_is_shown_as_that() {
    let world = World::with_lag(0);
    world.run(&wanted()).await.unwrap().unwrap();
    world.directory.with(|objects| {
        objects.service_principals.retain(|sp| sp.last().unwrap().1.as_ref().unwrap()["appRoles"].is_array());
    });
    let app_id = world.watcher.kept().unwrap().app_id().unwrap();
    let state = show(&world.graph(), &app_id).await.unwrap();
    assert_eq!(state.service_principal, None);
    assert_eq!(state.certificates[0].thumbprint.as_deref(), Some(certificate().thumbprint().to_string().as_str()));
}

#[tokio::test]
async fn an_app_that_is_not_there_is_named() {
    let world = World::with_lag(0);
    let app_id = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
    assert!(matches!(show(&world.graph(), &app_id).await, Err(Error::Gone { .. })));
}
