//! The plan, whole, and what it asks for.

use crate::world::{certificate, global_reader};
use exo_model::Service;
use exo_onboard::{Kept, ObjectId, Permission, Privilege, SameName, Wanted, plan};

fn kept() -> Kept {
    let marker: ObjectId = "0b9f6b0e-5b0a-4f0e-9c63-54a1c1a52b11".parse().unwrap();
    Kept::new().marked(marker)
}

#[test]
fn the_plan_shows_every_call_and_body() {
    let wanted = Wanted::new("ExO reports", certificate()).roles([global_reader()]);
    let text = plan(&wanted, &kept()).to_string();
    let key = text.lines().find(|line| line.contains("\"key\": ")).unwrap().to_owned();
    insta::assert_snapshot!(text.replace(&key, "            \"key\": \"…\","));
}

#[test]
fn an_app_that_is_adopted_is_neither_looked_for_by_name_nor_made() {
    let app_id = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
    let wanted = Wanted::new("ExO reports", certificate()).same_name(SameName::Adopt(app_id));
    let plan = plan(&wanted, &kept());
    assert!(plan.calls().all(|call| !call.path.contains("displayName%20eq") && call.prefer.is_none()));
    assert!(plan.calls().next().unwrap().path.contains("36ee4c6c-0812-40a2-b820-b22ebd02bce3"));
}

#[test]
fn nothing_is_ever_asked_for_beyond_what_is_listed_here() {
    let both = Wanted::new("x", certificate()).roles([global_reader()]);
    let exchange = Wanted::new("x", certificate()).services([Service::Exchange]);
    let granted =
        |wanted: &Wanted| plan(wanted, &kept()).granted().iter().map(|p| (p.resource, p.value)).collect::<Vec<_>>();
    assert_eq!(granted(&exchange), [("Office 365 Exchange Online", "Exchange.ManageAsApp")]);
    assert_eq!(
        granted(&both),
        [
            ("Office 365 Exchange Online", "Exchange.ManageAsApp"),
            ("Microsoft Exchange Online Protection", "Exchange.ManageAsApp"),
        ]
    );
    // What the bodies hold is what is told.
    let text = serde_json::to_string(&plan(&both, &kept())).unwrap();
    for service in Service::ALL {
        assert!(text.contains(Permission::of(*service).id));
    }
    assert!(!text.contains("00000003-0000-0000-c000-000000000000"), "no permission of Microsoft Graph for the app");
    // Of the administrator.
    assert_eq!(
        plan(&exchange, &kept()).permissions(),
        ["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All",]
    );
    assert_eq!(
        plan(&both, &kept()).permissions(),
        ["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]
    );
    assert_eq!(
        Privilege::least(Privilege::ALL.iter().copied()),
        ["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]
    );
}
