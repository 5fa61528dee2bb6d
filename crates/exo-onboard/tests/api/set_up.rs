//! The set-up from nothing: whole, repeated, interrupted anywhere, refused.

use crate::directory::{Cut, refusal};
use crate::world::{World, certificate, wanted};
use exo_http::Error as TransportError;
use exo_model::{Diagnose as _, ErrorKind, SeamError, Service};
use exo_onboard::{Error, SameName, Step, Wanted};
use proptest::prelude::*;
use serde_json::{Value, json};

async fn truth_of_a_whole_run() -> (Value, usize) {
    let world = World::with_lag(0);
    world.run(&wanted()).await.unwrap().unwrap();
    (world.directory.truth(), world.directory.calls().len())
}

#[tokio::test]
async fn from_nothing_to_an_app_that_signs_in() {
    let world = World::with_lag(0);
    let ready = world.run(&wanted()).await.unwrap().unwrap();
    assert_eq!(ready.signed_in, Service::ALL);
    assert_eq!(ready.made.first(), Some(&Step::Application));
    let truth = world.directory.truth();
    insta::assert_snapshot!(format!("{truth:#}").replace(&key(), "…"));
    insta::assert_snapshot!("writes", world.directory.writes().join("\n"));
}

fn key() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(certificate().der())
}

#[tokio::test]
async fn a_second_run_changes_nothing_and_says_so() {
    let world = World::with_lag(0);
    let first = world.run(&wanted()).await.unwrap().unwrap();
    let writes = world.directory.writes();
    let second = world.run(&wanted()).await.unwrap().unwrap();
    assert!(second.made.is_empty(), "{:?}", second.made);
    assert_eq!((second.app_id, second.service_principal), (first.app_id, first.service_principal));
    assert_eq!(world.directory.writes(), writes);
}

#[tokio::test]
async fn a_directory_that_is_late_is_waited_for_in_view() {
    let world = World::with_lag(45);
    world.run(&wanted()).await.unwrap().unwrap();
    assert_eq!(world.directory.truth(), truth_of_a_whole_run().await.0);
    let events = world.watcher.events();
    let waits: Vec<_> = events.iter().filter(|event| event.starts_with("waiting")).take(4).collect();
    insta::assert_debug_snapshot!(waits);
    // What is not seen yet is not made again.
    let prompt = World::with_lag(0);
    prompt.run(&wanted()).await.unwrap().unwrap();
    assert_eq!(world.directory.writes().len(), prompt.directory.writes().len());
    // Second by second, and a step that was waited for is made once.
    assert!(world.clock.slept().iter().all(|slept| slept.as_secs() <= 1));
    assert_eq!(events.iter().filter(|event| *event == "made the certificate").count(), 1);
}

#[tokio::test]
async fn interrupted_at_every_call_and_started_again_nothing_is_doubled() {
    let (truth, calls) = truth_of_a_whole_run().await;
    let mut interrupted = 0;
    for lag in [0, 45] {
        for cut in Cut::ALL {
            for at in 0..calls {
                let world = World::with_lag(lag);
                world.directory.cut(at, cut);
                let mut outcome = world.run(&wanted()).await;
                while outcome.is_none() {
                    interrupted += 1;
                    outcome = world.run(&wanted()).await;
                }
                outcome.unwrap().unwrap_or_else(|error| panic!("lag {lag}, {cut:?} at call {at}: {error}"));
                assert_eq!(world.directory.truth(), truth, "lag {lag}, {cut:?} at call {at}");
            }
        }
    }
    assert_eq!(interrupted, 4 * calls);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn interrupted_again_and_again_nothing_is_doubled(
        lag in 0_u64..120,
        cuts in proptest::collection::vec((0_usize..30, 0_usize..4), 1..8),
        pause in 0_u64..300,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (truth, _) = truth_of_a_whole_run().await;
            let world = World::with_lag(lag);
            for (after, cut) in cuts {
                world.directory.cut(after, Cut::ALL[cut]);
            }
            loop {
                if let Some(outcome) = world.run(&wanted()).await {
                    outcome.unwrap();
                    break;
                }
                world.clock.advance(std::time::Duration::from_secs(pause));
            }
            assert_eq!(world.directory.truth(), truth);
        });
    }
}

#[tokio::test]
async fn servers_that_know_different_things_are_no_reason_to_double() {
    let (truth, calls) = truth_of_a_whole_run().await;
    for cut in Cut::ALL {
        for at in 0..calls {
            let mut world = World::with_lag(100);
            std::sync::Arc::get_mut(&mut world.directory).unwrap().flapping = true;
            world.directory.cut(at, cut);
            let mut outcome = world.run(&wanted()).await;
            while outcome.is_none() {
                outcome = world.run(&wanted()).await;
            }
            outcome.unwrap().unwrap_or_else(|error| panic!("{cut:?} at call {at}: {error}"));
            assert_eq!(world.directory.truth(), truth, "{cut:?} at call {at}");
        }
    }
}

#[tokio::test]
async fn an_app_of_the_same_name_is_told_of_and_adopted_only_when_chosen() {
    let world = World::with_lag(0);
    world.run(&wanted()).await.unwrap().unwrap();
    *world.watcher.kept.lock().unwrap() = Some(exo_onboard::Kept::new());
    let error = world.run(&wanted()).await.unwrap().unwrap_err();
    let Error::NameTaken { same, .. } = &error else { panic!("{error}") };
    assert_eq!((same.len(), error.kind()), (1, ErrorKind::Usage));
    let app_id: exo_model::AppId = same[0].app_id.parse().unwrap();
    let truth = world.directory.truth();

    let adopted = world.run(&wanted().same_name(SameName::Adopt(app_id.clone()))).await.unwrap().unwrap();
    assert_eq!((adopted.app_id, adopted.made), (app_id, vec![]));
    assert_eq!(world.directory.truth(), truth);

    *world.watcher.kept.lock().unwrap() = None;
    let graph = world.graph();
    let beside = wanted().same_name(SameName::Beside);
    exo_onboard::create(&graph, &beside, exo_onboard::Kept::new(), &world.watcher, None).await.unwrap();
    assert_eq!(world.directory.truth()["applications"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_adopted_app_keeps_what_it_has() {
    let world = World::with_lag(0);
    let app_id = world.directory.with(|objects| {
        let (id, app_id) = (objects.id(), objects.id());
        objects.applications.push(crate::objects::Objects::old(json!({
            "id": id, "appId": app_id, "displayName": "Old", "signInAudience": "AzureADMyOrg",
            "requiredResourceAccess": [{ "resourceAppId": "r", "resourceAccess": [{ "id": "x", "type": "Role" }] }],
            "keyCredentials": [{ "keyId": "11111111-2222-4333-8444-555555555555", "key": null, "customKeyIdentifier": "AAAA", "usage": "Verify", "odd": 1 }],
        })));
        app_id
    });
    world.run(&wanted().same_name(SameName::Adopt(app_id.parse().unwrap()))).await.unwrap().unwrap();
    let app = world.directory.with(|objects| objects.applications[0].last().unwrap().1.clone().unwrap());
    assert_eq!(app["keyCredentials"][0]["odd"], 1);
    assert_eq!(app["keyCredentials"].as_array().unwrap().len(), 2);
    assert_eq!(app["requiredResourceAccess"].as_array().unwrap().len(), 3);
    assert_eq!(app["displayName"], "Old");
}

#[tokio::test]
async fn an_app_that_is_not_there_is_not_waited_for() {
    let world = World::with_lag(0);
    let app_id = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
    let error = world.run(&wanted().same_name(SameName::Adopt(app_id))).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
    assert!(world.clock.slept().is_empty());
}

#[tokio::test]
async fn what_never_becomes_visible_is_given_up_after_ten_minutes() {
    let world = World::with_lag(100_000);
    let error = world.run(&wanted()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::NotYet { step: Step::Permissions, .. }), "{error:?}");
    assert_eq!(world.clock.slept().iter().sum::<std::time::Duration>().as_secs(), 600);
}

#[tokio::test]
async fn a_missing_privilege_names_permission_and_role() {
    for (begins, needed) in [
        ("PATCH /v1.0/applications", "Application.ReadWrite.All"),
        ("POST /v1.0/servicePrincipals/", "AppRoleAssignment.ReadWrite.All and Application.Read.All"),
        ("POST /v1.0/roleManagement", "Privileged Role Administrator"),
    ] {
        let world = World::with_lag(0);
        let body = refusal("Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
        world.directory.instead(begins, 403, &[], body);
        let error = world.run(&wanted()).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authorization);
        assert!(error.hint().unwrap().contains(needed), "{begins}: {:?}", error.hint());
        assert_eq!(error.graph_error().unwrap().request_id.as_deref(), Some("r-1"));
        assert!(world.clock.slept().is_empty());
        // Given the privilege, it goes on.
        world.run(&wanted()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_certificate_that_the_tenant_does_not_allow_is_not_waited_for() {
    let world = World::with_lag(0);
    world.run(&wanted()).await.unwrap().unwrap();
    let other = exo_cert::Certificate::from_bytes(include_bytes!("../../../../tests/data/app.cer")).unwrap();
    for code in ["CredentialInvalidLifetimeAsPerAppPolicy", "KeyCredentialsInvalidEndDate"] {
        world.directory.instead("PATCH /v1.0/applications/", 400, &[], refusal(code, "No."));
        let error = world.run(&Wanted::new("ExO reports", other.clone())).await.unwrap().unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    }
    assert!(world.clock.slept().is_empty());
}

#[tokio::test]
async fn throttling_is_heeded_and_outages_are_waited_out() {
    let world = World::with_lag(0);
    world.directory.instead("POST /v1.0/servicePrincipals", 429, &[("Retry-After", "37")], json!({}));
    world.directory.instead("PATCH /v1.0/applications(", 503, &[], json!({}));
    world.run(&wanted()).await.unwrap().unwrap();
    assert_eq!(world.clock.slept().iter().sum::<std::time::Duration>().as_secs(), 38);
    assert_eq!(world.directory.truth(), truth_of_a_whole_run().await.0);
}

#[tokio::test]
async fn a_sign_in_that_may_pass_is_tried_again_and_another_is_final() {
    let refused = |code: &str| SeamError::message(ErrorKind::Authentication, "no").code(code);
    let world = World::with_lag(0);
    world.door.0.lock().unwrap().extend([
        refused("AADSTS700016"),
        refused("AADSTS700027"),
        SeamError::message(ErrorKind::Authorization, "no role in the token"),
    ]);
    assert_eq!(world.run(&wanted()).await.unwrap().unwrap().signed_in.len(), 2);
    assert_eq!(world.clock.slept().iter().sum::<std::time::Duration>().as_secs(), 7);

    world.door.0.lock().unwrap().push_back(refused("AADSTS53003"));
    let error = world.run(&wanted()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::SignIn { service: Service::Exchange, .. }), "{error:?}");
}

#[tokio::test]
async fn a_sign_in_is_not_waited_for_where_nothing_was_changed_lately() {
    let world = World::with_lag(0);
    world.run(&wanted()).await.unwrap().unwrap();
    world.clock.advance(std::time::Duration::from_hours(2));
    let before = world.clock.slept().len();
    world.door.0.lock().unwrap().push_back(SeamError::message(ErrorKind::Authorization, "no role in the token"));
    world.run(&wanted()).await.unwrap().unwrap_err();
    assert_eq!(world.clock.slept().len(), before);
}

#[tokio::test]
async fn a_lost_connection_that_will_not_come_back_is_final() {
    let error = TransportError::tls("graph.microsoft.com");
    assert!(!error.is_transient());
    let transport = exo_http::ScriptedTransport::new().error(error);
    let world = World::with_lag(0);
    let graph = exo_onboard::Graph::new(
        std::sync::Arc::new(transport),
        std::sync::Arc::clone(&world.clock) as _,
        std::sync::Arc::new(crate::world::Tokens::default()),
        &exo_model::Cloud::Worldwide.endpoints(),
    );
    let wanted = Wanted::new("x", certificate());
    let outcome = exo_onboard::create(&graph, &wanted, exo_onboard::Kept::new(), &world.watcher, None).await;
    assert!(matches!(outcome, Err(Error::Transport { .. })));
    assert!(world.clock.slept().is_empty());
}
