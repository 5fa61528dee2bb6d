//! Comparisons of apps that are right, half made, or too much.

use super::*;
use crate::show::RoleState;

const EXCHANGE: Permission = Permission::of(Service::Exchange);

fn role(name: &str, id: &str) -> Role {
    Role::new(id, name).unwrap()
}

fn reader() -> Role {
    role("Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451")
}

fn now() -> SystemTime {
    moment("2026-11-22T00:00:00Z").unwrap()
}

fn permission(value: &str, id: &str) -> AppRole {
    AppRole {
        resource_app_id: EXCHANGE.resource_app_id.to_owned(),
        resource: Some(EXCHANGE.resource.to_owned()),
        id: id.to_owned(),
        value: Some(value.to_owned()),
        application: true,
    }
}

fn certificate(thumbprint: Thumbprint, ends: &str) -> KeyState {
    KeyState {
        key_id: None,
        thumbprint: Some(thumbprint.to_string()),
        name: None,
        starts: None,
        ends: Some(ends.to_owned()),
    }
}

fn right() -> AppState {
    AppState {
        app_id: "36ee4c6c-0812-40a2-b820-b22ebd02bce3".to_owned(),
        application: "a".to_owned(),
        display_name: "Reports".to_owned(),
        single_tenant: true,
        declared: vec![permission(EXCHANGE.value, EXCHANGE.id)],
        certificates: vec![certificate(Thumbprint::new([1; 20]), "2027-11-21T00:00:00Z")],
        secrets: vec![],
        service_principal: Some(PrincipalState {
            id: "sp".to_owned(),
            enabled: true,
            consented: vec![permission(EXCHANGE.value, EXCHANGE.id)],
            roles: vec![RoleState { role: reader(), scope: "/".to_owned() }],
        }),
    }
}

fn needed() -> Needed {
    Needed::new([Service::Exchange], [reader()]).certificate(Thumbprint::new([1; 20]))
}

fn standing(state: &AppState, standing: Standing) -> Vec<(Aspect, String)> {
    let items = state.compare(&needed(), now());
    items.into_iter().filter(|item| item.standing == standing).map(|item| (item.aspect, item.what)).collect()
}

#[test]
fn an_app_that_is_right_lacks_nothing_and_has_nothing_too_much() {
    assert!(standing(&right(), Standing::Lacking).is_empty());
    assert!(standing(&right(), Standing::Surplus).is_empty());
    assert_eq!(standing(&right(), Standing::Matching).len(), 5);
}

#[test]
fn each_part_that_is_missing_is_named() {
    type Spoil = fn(&mut AppState);
    let cases: &[(Aspect, Spoil)] = &[
        (Aspect::Declared, |app| app.declared.clear()),
        (Aspect::Certificate, |app| app.certificates.clear()),
        (Aspect::Certificate, |app| app.certificates[0].ends = Some("2026-11-21T00:00:00Z".to_owned())),
        (Aspect::ServicePrincipal, |app| app.service_principal.as_mut().unwrap().enabled = false),
        (Aspect::Consent, |app| app.service_principal.as_mut().unwrap().consented.clear()),
        (Aspect::Role, |app| app.service_principal.as_mut().unwrap().roles.clear()),
        (Aspect::Role, |app| {
            app.service_principal.as_mut().unwrap().roles[0].scope = "/administrativeUnits/x".to_owned();
        }),
    ];
    for (aspect, spoil) in cases {
        let mut app = right();
        spoil(&mut app);
        let lacking: Vec<Aspect> = standing(&app, Standing::Lacking).into_iter().map(|(aspect, _)| aspect).collect();
        assert_eq!(lacking, [*aspect]);
    }
    let mut app = right();
    app.service_principal = None;
    assert_eq!(standing(&app, Standing::Lacking).len(), 3);
}

#[test]
fn what_is_too_much_is_named() {
    let mut app = right();
    app.single_tenant = false;
    app.certificates.push(certificate(Thumbprint::new([2; 20]), "2027-11-21T00:00:00Z"));
    app.secrets.push(KeyState { name: Some("old".to_owned()), thumbprint: None, ..app.certificates[0].clone() });
    let other = permission("full_access_as_app", "dc890d15-9560-4a4c-9b7f-a736ec74ec40");
    app.declared.push(AppRole { application: false, ..other.clone() });
    let principal = app.service_principal.as_mut().unwrap();
    principal.consented.push(other);
    let administrator = role("Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de");
    principal.roles.push(RoleState { role: administrator, scope: "/".to_owned() });
    let surplus: Vec<Aspect> = standing(&app, Standing::Surplus).into_iter().map(|(aspect, _)| aspect).collect();
    assert_eq!(
        surplus,
        [Aspect::Registration, Aspect::Declared, Aspect::Certificate, Aspect::Secret, Aspect::Consent, Aspect::Role,]
    );
    assert!(standing(&app, Standing::Lacking).is_empty());
}

#[test]
fn a_permission_of_users_does_not_count_for_the_app() {
    let mut app = right();
    app.declared[0].application = false;
    assert_eq!(standing(&app, Standing::Lacking)[0].0, Aspect::Declared);
}

#[test]
fn the_end_of_a_certificate_is_told_in_time() {
    let note = |ends| ending(&certificate(Thumbprint::new([1; 20]), ends), now()).1.unwrap();
    assert_eq!(note("2026-12-01T00:00:00Z"), "expires soon, on 2026-12-01T00:00:00Z");
    assert_eq!(note("2027-12-01T00:00:00Z"), "until 2027-12-01T00:00:00Z");
}
