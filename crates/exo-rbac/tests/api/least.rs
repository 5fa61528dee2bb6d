//! The least that would do, case by case.

use crate::need;
use exo_model::Service::{Compliance, Exchange};
use exo_rbac::{Least, Need, Sureness, least};

/// The roles, and how many cmdlets stay to be seen.
fn first(needed: &[Need]) -> (Vec<&'static str>, usize) {
    let least = least(needed);
    assert!(least.beyond.is_empty(), "{least}");
    (least.roles.iter().map(|role| role.name).collect(), least.unsure.len())
}

fn lines(least: &Least) -> String {
    let groups = least.groups.iter().map(ToString::to_string);
    std::iter::once(least.to_string()).chain(groups).collect::<Vec<_>>().join("\n")
}

#[test]
fn reading_begins_with_a_reader() {
    let mailboxes = [need(Exchange, "Get-Mailbox"), need(Exchange, "Get-InboxRule")];
    assert_eq!(first(&mailboxes), (vec!["Global Reader"], 2));
    assert_eq!(first(&[need(Exchange, "Get-HostedOutboundSpamFilterPolicy")]), (vec!["Security Reader"], 1));
    assert_eq!(first(&[need(Exchange, "Get-HostedOutboundSpamFilterRule")]), (vec!["Security Reader"], 1));
    assert_eq!(first(&[need(Compliance, "Get-ProtectionAlert")]), (vec!["Global Reader"], 1));
    assert_eq!(first(&[need(Compliance, "Get-DlpCompliancePolicy")]), (vec!["Security Reader"], 1));
    // One for both services.
    let both = [need(Exchange, "Get-HostedOutboundSpamFilterPolicy"), need(Compliance, "Get-ProtectionAlert")];
    assert_eq!(first(&both), (vec!["Global Reader"], 2));
}

#[test]
fn what_readers_lack_by_a_source_and_all_writing_needs_more() {
    assert_eq!(first(&[need(Exchange, "Get-RecipientPermission")]), (vec!["Exchange Administrator"], 0));
    let both = [need(Exchange, "Set-Mailbox"), need(Exchange, "Get-Mailbox")];
    assert_eq!(first(&both), (vec!["Exchange Administrator"], 0));
    assert_eq!(first(&[need(Compliance, "New-Label")]), (vec!["Compliance Administrator"], 1));
    let both = [need(Exchange, "Set-Mailbox"), need(Compliance, "Get-Label")];
    assert_eq!(first(&both), (vec!["Global Reader", "Exchange Administrator"], 1));
    assert_eq!(first(&[]), (vec![], 0));
}

#[test]
fn cmdlets_that_exist_in_both_services_are_asked_of_the_one_that_is_meant() {
    assert_eq!(first(&[need(Exchange, "Add-RoleGroupMember")]), (vec!["Exchange Administrator"], 0));
    assert_eq!(first(&[need(Compliance, "Add-RoleGroupMember")]), (vec!["Compliance Administrator"], 1));
}

#[test]
fn what_no_directory_role_opens_asks_for_none() {
    let least =
        least(&[need(Exchange, "Get-AddressList"), need(Compliance, "Get-Mailbox"), need(Exchange, "Get-Nothing")]);
    assert!(least.roles.is_empty() && least.unsure.is_empty());
    assert_eq!(least.beyond.len(), 3);
    assert_eq!(
        lines(&least),
        "no Entra role is known to open Get-AddressList, Get-Mailbox, Get-Nothing\n\
         Exchange Online: add the app to a role group of its own with Address Lists; which role holds Get-Nothing an \
         administrator learns with Get-ManagementRole -Cmdlet"
    );
}

#[test]
fn a_parameter_can_ask_for_more_than_its_cmdlet() {
    let action = need(Compliance, "New-ComplianceSearchAction");
    assert_eq!(first(std::slice::from_ref(&action)), (vec!["Compliance Administrator"], 1));
    let least = least(&[action.with("Purge")]);
    assert_eq!(
        lines(&least),
        "assign the app the Entra role Global Administrator; whether it is enough for 1 cmdlet shows after connecting; \
         Microsoft reserves Global Administrator for emergencies, so rather use a role group; Microsoft lists as unsupported \
         for apps: New-ComplianceSearchAction\n\
         Security & Compliance: add the app to the role group Data Investigator, or to one of its own with Search And Purge"
    );
    // Of a parameter that nobody knows, the cmdlet is still opened.
    let least = exo_rbac::least(&[need(Exchange, "Get-Mailbox").with("Nothing")]);
    assert_eq!((least.roles[0].name, least.beyond.len()), ("Global Reader", 1));
}

#[test]
fn role_groups_cannot_replace_a_role_that_is_looked_for_in_the_directory() {
    let least = least(&[need(Compliance, "Set-DlpComplianceRule").with("EndpointDlpRestrictions")]);
    assert_eq!(least.roles[0].name, "Compliance Administrator");
    assert_eq!(least.groups[0].in_directory, ["Compliance Administrator", "Compliance Data Administrator"]);
    assert!(
        lines(&least).contains("all the same assign it the Entra role Compliance Administrator or"),
        "{}",
        lines(&least)
    );
}

#[test]
fn the_role_groups_are_the_least_too() {
    let way = |needs: &[Need]| {
        let way = least(needs).groups.remove(0);
        let built_in: Vec<_> = way.built_in.iter().map(|group| group.name()).collect();
        (built_in, way.custom.iter().map(|role| role.name()).collect::<Vec<_>>())
    };
    let mailbox = need(Exchange, "Get-Mailbox");
    assert_eq!(
        way(std::slice::from_ref(&mailbox)),
        (vec!["View-Only Organization Management"], vec!["View-Only Recipients"])
    );
    let both = [mailbox, need(Exchange, "Get-AcceptedDomain")];
    let roles = vec!["View-Only Configuration", "View-Only Recipients"];
    assert_eq!(way(&both), (vec!["View-Only Organization Management"], roles));
    // One role that reads both is enough.
    let policies = [need(Exchange, "Get-HostedContentFilterPolicy"), need(Exchange, "Get-MalwareFilterPolicy")];
    assert_eq!(way(&policies), (vec!["Security Reader"], vec!["Security Reader"]));
    assert_eq!(way(&[need(Exchange, "Set-JournalRule")]).1, ["Journaling"]);
    // Where several could hold it, one that reads.
    assert_eq!(way(&[need(Exchange, "Get-HostedOutboundSpamFilterRule")]).1, ["Security Reader"]);
    // Held by role groups, nobody says by which of their roles.
    let asking = need(Exchange, "Get-ManagementRoleEntry");
    assert_eq!(
        way(std::slice::from_ref(&asking)),
        (vec!["View-Only Organization Management"], vec!["View-Only Configuration"])
    );
    let asking = [need(Exchange, "Get-ManagementRoleAssignment"), need(Exchange, "Get-Mailbox")];
    assert_eq!(way(&asking), (vec!["View-Only Organization Management"], vec!["View-Only Recipients"]));
    assert!(
        least(&asking).groups[0]
            .to_string()
            .ends_with("with View-Only Recipients, which may lack Get-ManagementRoleAssignment")
    );
}

#[test]
fn the_same_cmdlet_of_several_reports_is_one_need() {
    let needs = [need(Exchange, "Get-Mailbox").with("ResultSize"), need(Exchange, "get-mailbox").with("Archive")];
    assert_eq!(first(&needs), (vec!["Global Reader"], 1));
}

#[test]
fn the_sentence_says_what_is_unsure() {
    let least = least(&[(Exchange, "Get-Mailbox".parse().unwrap())]);
    assert_eq!(
        least.to_string(),
        "assign the app the Entra role Global Reader; whether it is enough for 1 cmdlet shows after connecting"
    );
    assert_eq!(least.unsure[0].1.sureness(), Sureness::Likely);
}

#[test]
fn each_role_is_there_for_cmdlets_that_no_other_one_serves() {
    let alerts = need(Compliance, "Get-ProtectionAlert");
    let found = least(&[need(Exchange, "Get-Mailbox"), alerts, need(Exchange, "Get-RecipientPermission")]);
    assert_eq!(found.because.len(), found.roles.len());
    let of = |name: &str| {
        let place = found.roles.iter().position(|role| role.name == name).unwrap();
        found.because[place].iter().map(exo_model::CmdletName::as_str).collect::<Vec<_>>()
    };
    assert_eq!(found.roles.len(), 2, "{found}");
    assert_eq!(of("Global Reader"), ["Get-ProtectionAlert"]);
    assert_eq!(of("Exchange Administrator"), ["Get-RecipientPermission"], "both open the mailboxes");
}
