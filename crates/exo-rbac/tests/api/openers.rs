//! Which roles of all three kinds would open a cmdlet.

use crate::need;
use exo_model::Service::{Compliance, Exchange};
use exo_rbac::{Holds, Need, Sureness, openers, roles_for_cmdlet};

fn options(cmdlet: &str) -> Vec<(&'static str, bool)> {
    roles_for_cmdlet(&cmdlet.parse().unwrap()).iter().map(|o| (o.role.name, o.answer.is_yes())).collect()
}

fn management(need: &Need) -> Vec<(&'static str, Holds)> {
    openers(need).management_roles.into_iter().map(|(role, holds)| (role.name(), holds)).collect()
}

fn groups(need: &Need) -> Vec<(&'static str, Holds)> {
    openers(need).role_groups.into_iter().map(|option| (option.group.name(), option.holds)).collect()
}

#[test]
fn roles_for_a_cmdlet_come_surest_first_and_without_the_hopeless() {
    let found = options("Get-AcceptedDomain");
    assert_eq!(found[..2], [("Exchange Administrator", true), ("Global Administrator", true)]);
    assert!(found.contains(&("Global Reader", false)));
    assert!(!found.iter().any(|(name, _)| *name == "Security Reader"));

    let found = options("Set-Mailbox");
    assert!(!found.iter().any(|(name, _)| name.contains("Reader")), "{found:?}");

    // In both services.
    let found = roles_for_cmdlet(&"Get-RoleGroup".parse().unwrap());
    assert!(found.iter().any(|o| o.service == Compliance) && found.iter().any(|o| o.service == Exchange));
    assert!(options("Get-Nothing").is_empty() && options("Get-AddressList").is_empty());
}

#[test]
fn role_groups_and_management_roles_come_surest_first_and_readers_before_others() {
    let found = management(&need(Exchange, "Get-AcceptedDomain"));
    assert_eq!(found[..2], [("View-Only Configuration", Holds::Seen), ("Distribution Groups", Holds::Possible)]);
    let found = groups(&need(Exchange, "Get-AcceptedDomain"));
    // By the article's mark, and by the roles of 2022; the smaller group first.
    assert_eq!(
        found[..2],
        [("Organization Management", Holds::Documented), ("View-Only Organization Management", Holds::Seen)]
    );
    assert!(!found.iter().any(|(name, _)| *name == "Discovery Management"));
}

#[test]
fn what_microsofts_page_puts_in_one_role_is_in_no_other() {
    let list = need(Exchange, "Get-AddressList");
    assert_eq!(management(&list), [("Address Lists", Holds::Documented)]);
    assert!(groups(&list).is_empty());
    let purge = need(Compliance, "New-ComplianceSearchAction").with("Purge");
    assert_eq!(management(&purge), [("Search And Purge", Holds::Documented)]);
    assert_eq!(
        groups(&purge),
        [("Data Investigator", Holds::Documented), ("Organization Management", Holds::Documented)]
    );
    assert_eq!(management(&need(Compliance, "New-ComplianceSearchAction")), []);
}

#[test]
fn groups_of_the_one_service_do_not_open_the_other() {
    let found = groups(&need(Compliance, "Add-RoleGroupMember"));
    assert_eq!(
        found.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["Purview Administrators", "Organization Management"]
    );
    let cmdlet = need(Compliance, "Invoke-ComplianceSecurityFilterAction");
    assert_eq!(groups(&cmdlet), [("Compliance Administrator", Holds::Documented)]);
    assert!(openers(&cmdlet).limit.is_some());
}

#[test]
fn roles_and_groups_are_asked_one_by_one_too() {
    let role = |name| exo_rbac::management_role(Compliance, name).unwrap();
    let purge = need(Compliance, "New-ComplianceSearchAction").with("Purge");
    assert_eq!(role("Search And Purge").holds(&purge), Holds::Documented);
    assert_eq!(role("Compliance Search").holds(&purge), Holds::Doubtful);
    assert_eq!(role("Compliance Search").holds(&need(Compliance, "New-ComplianceSearchAction")), Holds::Unknown);
    // What is of the other service is held by nothing of this one.
    assert_eq!(role("Security Reader").holds(&need(Exchange, "Get-MalwareFilterPolicy")), Holds::Doubtful);
    let group = exo_rbac::role_group(Compliance, "Data Investigator").unwrap();
    assert_eq!(group.holds(&purge), Holds::Documented);
    assert_eq!(group.holds(&need(Exchange, "Get-Mailbox")), Holds::Doubtful);
}

#[test]
fn a_limit_hides_no_role() {
    let found = openers(&need(Exchange, "New-UnifiedGroup"));
    assert!(found.limit.is_some());
    assert_eq!(found.directory_roles[0].answer.sureness(), Sureness::Yes);
}

#[test]
fn the_modules_cmdlet_means_the_services() {
    assert_eq!(management(&need(Exchange, "Get-EXOMailbox")), management(&need(Exchange, "Get-Mailbox")));
    assert_eq!(management(&need(Compliance, "Get-Mailbox")), []);
}
