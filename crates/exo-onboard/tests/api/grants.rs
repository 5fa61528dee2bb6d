//! Further rights, and fewer.

use crate::world::{World, global_reader, wanted};
use exo_model::Service;
use exo_onboard::{Changes, Role, Step, grant};

fn administrator() -> Role {
    Role::new("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator").unwrap()
}

#[tokio::test]
async fn rights_are_given_and_taken_once() {
    let world = World::with_lag(0);
    world.run(&wanted().services([Service::Exchange])).await.unwrap().unwrap();
    let kept = world.watcher.kept().unwrap();
    let changes = Changes::new()
        .assign([administrator()])
        .unassign([global_reader()])
        .consent([Service::Compliance])
        .revoke([Service::Exchange]);
    let made = grant(&world.graph(), &changes, kept.clone(), &world.watcher).await.unwrap();
    assert_eq!(
        made,
        [
            Step::Permissions,
            Step::Resource(Service::Compliance),
            Step::Consent(Service::Compliance),
            Step::Role(administrator()),
            Step::Unassign(global_reader()),
            Step::Revoke(Service::Exchange),
        ]
    );
    let truth = world.directory.truth();
    assert_eq!(truth["roles"].as_array().unwrap().len(), 1);
    assert!(truth["roles"][0].as_str().unwrap().contains(administrator().template_id.as_str()));
    assert_eq!(truth["consents"].as_array().unwrap().len(), 1);
    assert!(truth["consents"][0].as_str().unwrap().contains("00000007-0000-0ff1-ce00-000000000000"));

    let again = grant(&world.graph(), &changes, kept, &world.watcher).await.unwrap();
    assert!(again.is_empty(), "{again:?}");
}

#[tokio::test]
async fn what_is_gone_already_need_not_be_taken() {
    let world = World::with_lag(60);
    world.run(&wanted()).await.unwrap().unwrap();
    world.clock.advance(std::time::Duration::from_mins(20));
    let kept = world.watcher.kept().unwrap();
    let changes = Changes::new().unassign([global_reader()]);
    grant(&world.graph(), &changes, kept.clone(), &world.watcher).await.unwrap();
    // It is still seen, and gone.
    let writes = world.directory.writes().len();
    grant(&world.graph(), &changes, kept, &world.watcher).await.unwrap();
    assert_eq!(world.directory.writes().len(), writes + 1);
    assert!(world.directory.truth()["roles"].as_array().unwrap().is_empty());
}
