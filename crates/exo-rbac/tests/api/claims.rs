//! Signing in: permission and directory roles.

use exo_model::Service::{self, Compliance, Exchange};
use exo_rbac::{Answer, DirectoryRole, Grants, NO_ROLE, PERMISSION, Why};

/// A token with the permission and these roles, by name.
pub(crate) fn token(service: Service, roles: &[&str]) -> Grants {
    let wids: Vec<String> =
        roles.iter().map(|name| DirectoryRole::by_name(name).unwrap().template_id.to_owned()).collect();
    Grants::from_claims(service, &[PERMISSION.to_owned()], &wids)
}

fn claims(service: Service, roles: &[&str], wids: &[&str]) -> Grants {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    Grants::from_claims(service, &owned(roles), &owned(wids))
}

#[test]
fn without_the_permission_nothing_is_open_whatever_the_roles() {
    let global = DirectoryRole::by_name("Global Administrator").unwrap().template_id;
    for service in [Exchange, Compliance] {
        for roles in [&[][..], &["Exchange.ManageAsAppV2"], &["exchange.manageasapp2", "full_access_as_app"]] {
            let grants = claims(service, roles, &[global]);
            assert!(!grants.permission());
            let answer = grants.opens(service);
            assert!(matches!(&answer, Answer::No { why: Why::PermissionMissing { .. } }), "{answer}");
            assert_eq!(answer.step(), Some(2));
            assert_eq!(grants.cmdlet(service, &"Get-RoleGroup".parse().unwrap()), answer);
        }
    }
}

#[test]
fn the_marker_is_no_role() {
    let upper = NO_ROLE.to_ascii_uppercase();
    let grants = claims(Exchange, &[PERMISSION], &[NO_ROLE, &upper]);
    assert!(grants.roles().is_empty() && grants.others().is_empty());
    let answer = grants.opens(Exchange);
    assert!(matches!(&answer, Answer::Maybe { why: Why::NoRole { held, .. } } if held.is_empty()), "{answer}");
    assert_eq!(answer.step(), Some(5));
}

#[test]
fn a_role_beside_the_marker_counts_in_any_case_and_once() {
    let reader = "F2EF992C-3AFB-46B9-B7CF-A126EE74C451";
    let grants = claims(Exchange, &["other", PERMISSION], &[NO_ROLE, reader, &reader.to_ascii_lowercase()]);
    assert_eq!(grants.roles().len(), 1);
    let answer = grants.opens(Exchange);
    assert!(matches!(&answer, Answer::Yes { by } if by.roles[0].name == "Global Reader"), "{answer}");
    assert_eq!((answer.step(), answer.hint()), (None, None));
}

#[test]
fn roles_outside_the_table_open_nothing_for_certain() {
    let user_administrator = "fe930be7-5e62-47db-91af-98c3a49a38b1";
    let unknown = "11111111-2222-3333-4444-555555555555";
    let grants = claims(Exchange, &[PERMISSION], &[user_administrator, unknown, "\u{1b}[31m"]);
    assert_eq!(grants.others(), ["User Administrator", unknown, "[31m"]);
    let answer = grants.opens(Exchange);
    assert!(matches!(&answer, Answer::Maybe { why: Why::NoRole { held, .. } } if held.len() == 3), "{answer}");
}

#[test]
fn roles_for_exchange_alone_open_compliance_only_perhaps() {
    for name in ["Exchange Administrator", "Exchange Recipient Administrator", "Helpdesk Administrator"] {
        assert!(token(Exchange, &[name]).opens(Exchange).is_yes(), "{name}");
        let answer = token(Compliance, &[name]).opens(Compliance);
        assert!(matches!(&answer, Answer::Maybe { why: Why::NoRole { held, .. } } if held == &[name]), "{answer}");
    }
    assert!(token(Compliance, &["Exchange Administrator", "Security Reader"]).opens(Compliance).is_yes());
}

#[test]
fn a_token_for_one_service_says_nothing_of_the_other() {
    let answer = token(Exchange, &["Global Administrator"]).opens(Compliance);
    assert!(matches!(answer, Answer::Maybe { why: Why::OtherToken { .. } }));
}
