//! A new certificate for an old one: by the administrator, and by the app with nothing but its signature.

use crate::cutting::Cut;
use crate::world::{NEW, OLD, World, named, wanted};
use exo_onboard::{By, Error, Retire, RolledOver, Rollover, Step, rollover, show};

fn change(by: By) -> Rollover {
    Rollover::new(NEW.certificate().clone(), Retire::Only(vec![OLD.certificate().thumbprint()])).by(by)
}

async fn roll(world: &World, by: By) -> Option<Result<RolledOver, Error>> {
    let kept = world.memory.0.lock().unwrap().clone().unwrap();
    let graph = match by {
        By::Administrator => world.administrator(),
        _ => world.app(&kept.app_id().unwrap()),
    };
    let (change, prover) = (change(by), world.sign_in(&NEW));
    tokio::select! {
        biased;
        () = world.graph.killed() => None,
        outcome = rollover(&graph, &change, kept, &world.memory, &prover) => Some(outcome),
    }
}

async fn thumbprints(world: &World) -> Vec<String> {
    world.truth("ExO reports").await;
    let app_id = world.memory.0.lock().unwrap().clone().unwrap().app_id().unwrap();
    let state = show(&world.administrator(), &app_id).await.unwrap();
    state.certificates.into_iter().filter_map(|key| key.thumbprint).collect()
}

async fn set_up(lag: u64) -> World {
    let world = World::late(lag);
    world.create_with(&wanted(), None).await.unwrap().unwrap();
    world
}

#[tokio::test]
async fn the_administrator_changes_the_certificate() {
    let world = set_up(20).await;
    let done = roll(&world, By::Administrator).await.unwrap().unwrap();
    assert_eq!(done.made, [Step::Certificate, Step::Retire]);
    assert_eq!(thumbprints(&world).await, [NEW.certificate().thumbprint().to_string()]);
    let again = roll(&world, By::Administrator).await.unwrap().unwrap();
    assert_eq!(again, RolledOver::default());
}

#[tokio::test]
async fn the_app_changes_its_own_certificate() {
    let world = set_up(20).await;
    let done = roll(&world, By::app(OLD.clone(), NEW.clone())).await.unwrap().unwrap();
    assert_eq!((done.made, done.left), (vec![Step::Certificate, Step::Retire], vec![]));
    assert_eq!(thumbprints(&world).await, [NEW.certificate().thumbprint().to_string()]);
}

async fn interrupted_at_every_call(cut: Cut, by: fn() -> By) {
    let world = set_up(20).await;
    let before = world.graph.calls().len();
    roll(&world, by()).await.unwrap().unwrap();
    let calls = world.graph.calls().len() - before;
    assert!(calls >= 4, "{calls}");
    for at in 0..calls {
        *world.memory.0.lock().unwrap() = None;
        world.create_with(&named(&format!("ExO reports {at}")), None).await.unwrap().unwrap();
        world.graph.cut(world.graph.calls().len() + at, cut);
        let mut outcome = roll(&world, by()).await;
        while outcome.is_none() {
            outcome = roll(&world, by()).await;
        }
        outcome.unwrap().unwrap_or_else(|error| panic!("{cut:?} at call {at}: {error:?}"));
        assert_eq!(thumbprints(&world).await, [NEW.certificate().thumbprint().to_string()], "{cut:?} at {at}");
    }
}

#[tokio::test]
async fn the_administrator_is_interrupted_at_every_call_and_it_ends_the_same() {
    for cut in Cut::ALL {
        interrupted_at_every_call(cut, || By::Administrator).await;
    }
}

#[tokio::test]
async fn the_app_is_interrupted_at_every_call_and_it_ends_the_same() {
    for cut in Cut::ALL {
        interrupted_at_every_call(cut, || By::app(OLD.clone(), NEW.clone())).await;
    }
}
