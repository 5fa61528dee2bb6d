//! From nothing to an app that signs in to both services, interrupted anywhere, and with each privilege missing.

use crate::cutting::Cut;
use crate::world::{OLD, World, global_reader, named, wanted};
use exo_emulator::{Fault, Service as Emulated, Tenant};
use exo_model::{Clock as _, Diagnose as _, ErrorKind, Service};
use exo_onboard::{Changes, Error, Needed, Standing, Step, grant, show};

#[tokio::test]
async fn from_nothing_to_an_app_that_signs_in_to_both_services() {
    let world = World::late(20);
    let ready = world.create(&wanted()).await.unwrap().unwrap();
    assert_eq!(ready.signed_in, Service::ALL);
    let state = show(&world.administrator(), &ready.app_id).await.unwrap();
    let thumbprint = OLD.certificate().thumbprint();
    let needed = Needed::new(Service::ALL.iter().copied(), [global_reader()]).certificate(thumbprint);
    let items = state.compare(&needed, world.clock.now());
    assert!(items.iter().all(|item| item.standing == Standing::Matching), "{items:#?}");

    let again = world.create(&wanted()).await.unwrap().unwrap();
    assert!(again.made.is_empty(), "{:?}", again.made);
}

/// Cuts each call in turn, starts again until it is done, and compares; without signing in, which no call of Graph is.
async fn interrupted_at_every_call(cut: Cut) -> usize {
    let world = World::late(25);
    world.create_with(&wanted(), None).await.unwrap().unwrap();
    let calls = world.graph.calls().len();
    let truth = world.truth("ExO reports").await;
    assert_eq!(truth["apps of the name"], 1);
    let mut interrupted = 0;
    for at in 0..calls {
        // Another app of the same tenant, of which nothing is remembered.
        let name = format!("ExO reports {at}");
        let wanted = named(&name);
        *world.memory.0.lock().unwrap() = None;
        world.graph.cut(world.graph.calls().len() + at, cut);
        let mut outcome = world.create_with(&wanted, None).await;
        while outcome.is_none() {
            interrupted += 1;
            outcome = world.create_with(&wanted, None).await;
        }
        outcome.unwrap().unwrap_or_else(|error| panic!("{cut:?} at call {at}: {error:?}"));
        assert_eq!(world.truth(&name).await, truth, "{cut:?} at call {at}");
    }
    assert!(calls > 15, "{calls}");
    interrupted
}

#[tokio::test]
async fn killed_before_every_single_graph_call_and_started_again_nothing_is_doubled() {
    assert!(interrupted_at_every_call(Cut::KilledBefore).await > 15);
}

#[tokio::test]
async fn killed_after_every_single_graph_call_and_started_again_nothing_is_doubled() {
    assert!(interrupted_at_every_call(Cut::KilledAfter).await > 15);
}

#[tokio::test]
async fn cut_off_before_every_single_graph_call_nothing_is_doubled() {
    assert_eq!(interrupted_at_every_call(Cut::LostBefore).await, 0);
}

#[tokio::test]
async fn cut_off_before_every_single_answer_of_graph_nothing_is_doubled() {
    assert_eq!(interrupted_at_every_call(Cut::LostAfter).await, 0);
}

#[tokio::test]
async fn each_way_in_which_graph_may_answer_leads_to_the_same() {
    let usual = World::start(Tenant::contoso());
    usual.create(&wanted()).await.unwrap().unwrap();
    let truth = usual.truth("ExO reports").await;
    for setting in [
        "base64-identifiers=true",
        "graph-conflict=conflict",
        "graph-page-size=1",
        "reference-status=404",
        "missing-resource=exchange,compliance",
    ] {
        let tenant = Tenant::contoso().replication(std::time::Duration::from_secs(7)).set(setting).unwrap();
        let world = World::start(tenant);
        world.create(&wanted()).await.unwrap().unwrap_or_else(|error| panic!("{setting}: {error:?}"));
        assert_eq!(world.truth("ExO reports").await, truth, "{setting}");
        assert!(world.create(&wanted()).await.unwrap().unwrap().made.is_empty(), "{setting}");
    }
}

#[tokio::test]
async fn throttling_and_outages_are_waited_out() {
    for fault in [
        Fault::on_graph().method("POST").throttle(Some("40")),
        Fault::on_graph().method("PATCH").times(3).status(503),
        Fault::on_graph().method("POST").times(2).done().reset(),
        Fault::on_graph().method("GET").times(2).reset(),
        Fault::on_graph().method("PATCH").done().status(504),
    ] {
        let shown = format!("{fault:?}");
        let world = World::start(Tenant::contoso().fault(fault));
        world.create(&wanted()).await.unwrap().unwrap_or_else(|error| panic!("{shown}: {error:?}"));
        assert_eq!(world.truth("ExO reports").await["apps of the name"], 1, "{shown}");
    }
}

#[tokio::test]
async fn a_missing_privilege_is_named_and_nothing_is_lost() {
    for (setting, kind, needed) in [
        ("administrator=reader", ErrorKind::Authorization, "Application.ReadWrite.All"),
        ("administrator=cloud-application", ErrorKind::Authorization, "Privileged Role Administrator"),
        ("administrator=privileged-role", ErrorKind::Authorization, "Application Administrator"),
        ("administrator-scopes=Application.ReadWrite.All", ErrorKind::Authorization, "AppRoleAssignment.ReadWrite.All"),
        (
            "administrator-scopes=Application.ReadWrite.All AppRoleAssignment.ReadWrite.All",
            ErrorKind::Authorization,
            "RoleManagement",
        ),
    ] {
        let world = World::start(Tenant::contoso().set(setting).unwrap());
        let error = world.create(&wanted()).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), kind, "{setting}: {error}");
        assert!(error.hint().unwrap().contains(needed), "{setting}: {:?}", error.hint());
        assert!(error.graph_error().unwrap().request_id.is_some());
    }
}

#[tokio::test]
async fn the_asked_permissions_are_enough() {
    let scopes = exo_onboard::plan(&wanted(), &exo_onboard::Kept::new()).permissions().join(" ");
    let tenant = Tenant::contoso().set(&format!("administrator-scopes={scopes}")).unwrap();
    World::start(tenant).create(&wanted()).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_policy_on_certificates_is_told() {
    let world = World::start(Tenant::contoso().set("max-certificate-days=365").unwrap());
    let error = world.create(&wanted()).await.unwrap().unwrap_err();
    assert!(error.hint().unwrap().contains("shorter"), "{error}");
}

#[tokio::test]
async fn a_service_that_the_tenant_may_not_have_is_a_refusal() {
    let tenant = Tenant::contoso().without_resource(Emulated::Compliance).entitled(false);
    let error = World::start(tenant).create(&wanted()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Refused { .. } | Error::NotYet { .. }), "{error:?}");
}

#[tokio::test]
async fn rights_are_changed_and_take_effect() {
    let world = World::late(15);
    let exchange = wanted().services([Service::Exchange]);
    let ready = world.create(&exchange).await.unwrap().unwrap();
    let kept = world.memory.0.lock().unwrap().clone().unwrap();
    let changes = Changes::new().consent([Service::Compliance]).unassign([global_reader()]);
    let made = grant(&world.administrator(), &changes, kept, &world.memory).await.unwrap();
    assert!(made.contains(&Step::Unassign(global_reader())) && made.contains(&Step::Consent(Service::Compliance)));
    world.clock.sleep(std::time::Duration::from_mins(5)).await;
    let state = show(&world.administrator(), &ready.app_id).await.unwrap();
    let principal = state.service_principal.unwrap();
    assert_eq!((principal.roles.len(), principal.consented.len()), (0, 2));
}
