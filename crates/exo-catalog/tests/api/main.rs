//! The catalogue as its users see it.

use exo_catalog::{Access, Cmdlet, Parameter, ParameterKind, ServiceSet, all, find};
use exo_model::Service;

fn cmdlet(name: &str) -> Option<Cmdlet> {
    find(&name.parse().ok()?)
}

#[test]
fn services_are_those_of_the_reference() {
    assert_eq!(cmdlet("Get-Mailbox").unwrap().services().to_string(), "exo");
    assert_eq!(cmdlet("Get-ProtectionAlert").unwrap().services().to_string(), "scc");
    assert_eq!(cmdlet("Get-RoleGroup").unwrap().services(), ServiceSet::BOTH);
}

#[test]
fn cmdlets_of_exchange_server_alone_are_left_out() {
    for name in ["Add-ADPermission", "Get-ExchangeServer", "Search-Mailbox", "Get-MailboxDatabase"] {
        assert!(find(&name.parse().unwrap()).is_none(), "{name}");
    }
}

#[test]
fn no_cmdlet_is_without_a_service_and_no_parameter_outside_its_cmdlets() {
    for cmdlet in all() {
        assert!(!cmdlet.services().is_empty(), "{cmdlet:?}");
        for parameter in cmdlet.parameters() {
            let inside = parameter.services().iter().all(|s| cmdlet.services().contains(s));
            assert!(inside && !parameter.services().is_empty(), "{cmdlet:?} {parameter:?}");
        }
    }
}

#[test]
fn parameters_are_found_by_name_and_alias_in_any_case() {
    let set = cmdlet("Set-Mailbox").unwrap();
    assert_eq!(set.parameter("whatif"), set.parameter("WI"));
    assert_eq!(set.parameter("WhatIf").map(Parameter::kind), Some(ParameterKind::Switch));
    assert_eq!(set.parameter("ProhibitSendQuota").map(Parameter::kind), Some(ParameterKind::Unlimited));
    assert!(set.parameter("NoSuchThing").is_none());
    // Exchange Server's own parameters are not offered.
    assert!(set.parameter("DomainController").is_none());
}

#[test]
fn mandatory_means_in_every_call() {
    assert!(cmdlet("Search-UnifiedAuditLog").unwrap().parameter("StartDate").is_some_and(Parameter::mandatory));
    assert!(!cmdlet("Get-Mailbox").unwrap().parameter("Identity").is_some_and(Parameter::mandatory));
}

#[test]
fn the_modules_own_cmdlets_are_marked() {
    assert!(cmdlet("Get-EXOMailbox").unwrap().module_only());
    assert!(!cmdlet("Get-Mailbox").unwrap().module_only());
    assert_eq!(all().filter(|c| c.module_only()).count(), 35);
}

#[test]
fn reading_is_more_than_get_and_everything_unknown_writes() {
    for name in
        ["Get-Mailbox", "Search-UnifiedAuditLog", "Export-TransportRuleCollection", "Test-ApplicationAccessPolicy"]
    {
        assert_eq!(cmdlet(name).unwrap().access(), Access::Read, "{name}");
    }
    for name in ["Set-Mailbox", "Test-Message", "Start-HistoricalSearch", "Connect-ExchangeOnline"] {
        assert_eq!(cmdlet(name).unwrap().access(), Access::Write, "{name}");
    }
}

#[test]
fn services_know_their_members() {
    let only = ServiceSet::EMPTY.with(Service::Compliance);
    assert_eq!(only.iter().collect::<Vec<_>>(), [Service::Compliance]);
    assert!(!only.contains(Service::Exchange));
}
