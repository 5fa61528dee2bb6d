//! The least directory roles are truly least: every subset of the eight roles is tried.

use crate::claims::token;
use exo_model::Service::{self, Compliance, Exchange};
use exo_rbac::{DirectoryRole, Holds, ManagementRole, Need, Sureness, Why, least, limits, openers};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::sync::LazyLock;

/// The roles from the least; the order is the promise of `least`.
const BY_DANGER: [&str; 8] = [
    "Security Reader",
    "Global Reader",
    "Exchange Recipient Administrator",
    "Compliance Administrator",
    "Exchange Administrator",
    "Helpdesk Administrator",
    "Security Administrator",
    "Global Administrator",
];

/// What a role is asked for: what it may do, if it is a general one; else only what a source says of it.
fn fits(role: &str, need: &Need) -> bool {
    let answer = token(need.service, &[role]).need(need);
    let general = match role {
        "Global Reader" | "Global Administrator" => true,
        "Exchange Administrator" => need.service == Exchange,
        "Compliance Administrator" => need.service == Compliance,
        _ => false,
    };
    match answer.sureness() {
        Sureness::Yes | Sureness::Likely => true,
        Sureness::Possible => {
            general || (role == "Security Reader" && matches!(answer.why(), Some(Why::Bounded { .. })))
        }
        Sureness::Doubtful | Sureness::No => false,
    }
}

/// Which of the needs a set of roles covers, from a table made once.
fn covered(roles: &[usize], needs: &[usize]) -> Vec<bool> {
    needs.iter().map(|need| roles.iter().any(|role| TABLE[*need].1[*role])).collect()
}

/// Every third cmdlet of both services that no list calls unsupported, and which role fits each.
static TABLE: LazyLock<Vec<(Need, [bool; 8])>> = LazyLock::new(|| {
    let listed = |name: &str| limits().iter().any(|limit| limit.cmdlet == name && limit.until.is_none());
    let cmdlets = exo_catalog::all().filter(|cmdlet| !cmdlet.module_only() && !listed(cmdlet.name()));
    let needs = cmdlets.flat_map(|c| c.services().iter().map(move |s| Need::new(s, c.name().parse().unwrap())));
    let given = [
        crate::need(Exchange, "Add-RoleGroupMember").with("BypassSecurityGroupManagerCheck"),
        crate::need(Exchange, "Get-QuarantineMessage").with("EntityType"),
        crate::need(Compliance, "New-DlpCompliancePolicy").with("EndpointDlpLocation"),
    ];
    needs.step_by(3).chain(given).map(|need| (need.clone(), BY_DANGER.map(|role| fits(role, &need)))).collect()
});

fn places(roles: &[&'static DirectoryRole]) -> Vec<usize> {
    roles.iter().map(|role| BY_DANGER.iter().position(|name| *name == role.name).unwrap()).collect()
}

/// The most dangerous role first; of two sets the one is less that is less at the first difference, or ends there.
fn danger(mut roles: Vec<usize>) -> Vec<usize> {
    roles.sort_by_key(|role| Reverse(*role));
    roles
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn no_role_can_go_and_no_lesser_set_does_as_much(
        needs in prop::collection::vec(any::<prop::sample::Index>(), 1..12),
    ) {
        let needs: Vec<usize> = needs.iter().map(|index| index.index(TABLE.len())).collect();
        let chosen = places(&least(&needs.iter().map(|need| &TABLE[*need].0).collect::<Vec<_>>()).roles);
        let done = covered(&chosen, &needs);

        // As much as all roles together can.
        prop_assert_eq!(&done, &covered(&[0, 1, 2, 3, 4, 5, 6, 7], &needs));
        for gone in &chosen {
            let rest: Vec<usize> = chosen.iter().copied().filter(|role| role != gone).collect();
            prop_assert_ne!(&covered(&rest, &needs), &done, "{} can go", BY_DANGER[*gone]);
        }
        for subset in 0..256_usize {
            let other: Vec<usize> = (0..8).filter(|role| subset >> role & 1 == 1).collect();
            if covered(&other, &needs) == done {
                prop_assert!(danger(other.clone()) >= danger(chosen.clone()), "{other:?} is less than {chosen:?}");
            }
        }
    }
}

#[test]
fn where_a_reader_may_do_nobody_else_is_asked_for() {
    for service in [Exchange, Compliance] {
        for (need, fit) in TABLE.iter().filter(|(need, _)| need.service == service) {
            let roles = least(&[need]).roles;
            if fit[0] || fit[1] {
                assert!(roles.iter().all(|role| role.reads_only) && roles.len() == 1, "{need}: {roles:?}");
            }
            assert!(roles.iter().all(|role| role.today.contains(service)), "{need}: {roles:?}");
        }
    }
}

#[test]
fn everything_at_once_is_found_in_time_and_names_no_more_than_it_must() {
    let all: Vec<&Need> = TABLE.iter().map(|(need, _)| need).collect();
    let least = least(&all);
    let names: Vec<_> = least.roles.iter().map(|role| role.name).collect();
    assert_eq!(names, ["Compliance Administrator", "Exchange Administrator"]);
    let way = |service: Service| least.groups.iter().find(|way| way.service == service).unwrap();
    assert!(way(Exchange).custom.len() > 8 && way(Exchange).custom.iter().all(|role| !role.is_retired()));
    // The roles that hold each cmdlet as surely as any does.
    let holders: Vec<Vec<_>> = all.iter().filter(|need| need.service == Exchange).map(|need| holders(need)).collect();
    for role in &way(Exchange).custom {
        let others: Vec<_> = way(Exchange).custom.iter().filter(|other| *other != role).collect();
        let lost = holders.iter().any(|of| of.contains(role) && !others.iter().any(|other| of.contains(other)));
        assert!(lost, "{role} can go");
    }
}

fn holders(need: &Need) -> Vec<ManagementRole> {
    let found = openers(need).management_roles;
    let sure = found.iter().any(|(_, holds)| *holds <= Holds::Reported);
    found.into_iter().filter(|(_, holds)| !sure || *holds <= Holds::Reported).map(|(role, _)| role).collect()
}

#[test]
fn a_wide_bound_of_roles_that_change_something_names_none_of_them() {
    let wide = least(&[(Exchange, "Set-Mailbox".parse().unwrap())]);
    assert!(wide.groups[0].custom.is_empty() && wide.groups[0].built_in.is_empty());
    let text = wide.groups[0].to_string();
    assert!(
        text.contains("which role holds Set-Mailbox an administrator learns with Get-ManagementRole -Cmdlet"),
        "{text}"
    );
    let few = least(&[(Exchange, "New-TransportRule".parse().unwrap())]);
    assert_eq!(few.groups[0].custom[0].name(), "Transport Rules");
}
