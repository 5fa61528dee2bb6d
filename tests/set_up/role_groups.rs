//! An app without a directory role gets in by a role group of each service.

use crate::world::{NEW, OLD, World, wanted};
use exo_emulator::{App, Service as Emulated, Tenant};
use exo_model::{AppId, Diagnose as _, ErrorKind, Service};
use exo_onboard::{Joined, Principal, Prover as _, join, memberships};

/// An app that may change role groups.
const ADMINISTRATOR: &str = "5d1e0b9a-6a35-4f0c-9f35-0d5c3a7c1e42";
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

#[tokio::test]
async fn a_member_of_a_role_group_gets_in_without_a_directory_role() {
    let administrator = App::new(ADMINISTRATOR)
        .certificate_der(NEW.certificate().der())
        .permission(Emulated::Exchange)
        .permission(Emulated::Compliance)
        .role(GLOBAL_ADMINISTRATOR);
    let world = World::start(Tenant::contoso().app(administrator));
    let ready = world.create_with(&wanted().roles([]), None).await.unwrap().unwrap();
    let administrator: AppId = ADMINISTRATOR.parse().unwrap();
    let principal = Principal::new(ready.app_id.clone(), ready.service_principal, "ExO reports");
    let groups =
        [(Service::Exchange, "View-Only Organization Management"), (Service::Compliance, "Organization Management")];
    for (service, group) in groups {
        let refused = world.sign_in(&OLD).prove(&ready.app_id, service).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Authorization, "{service}: {refused}");

        let session = world.session(&administrator, &NEW, service);
        let first = join(&session, service, &principal, group).await.unwrap();
        assert!(first.registered && first.joined, "{service}: {first:?}");
        world.sign_in(&OLD).prove(&ready.app_id, service).await.unwrap();

        let Joined { registered, joined, .. } = join(&session, service, &principal, group).await.unwrap();
        assert!(!registered && !joined, "{service}");
        assert_eq!(memberships(&session, service, &principal).await.unwrap(), [group]);
    }
}

#[tokio::test]
async fn whoever_may_not_change_role_groups_is_told() {
    let world = World::start(Tenant::contoso());
    let ready = world.create(&wanted()).await.unwrap().unwrap();
    let session = world.session(&ready.app_id, &OLD, Service::Exchange);
    let principal = Principal::new(ready.app_id, ready.service_principal, "ExO reports");
    let error = join(&session, Service::Exchange, &principal, "Help Desk").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authorization, "{error}");
}
