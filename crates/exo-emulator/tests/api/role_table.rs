//! Every directory role, service and cmdlet: what is known, what is offered and what is refused are one.

use exo_emulator::{App, Certainty, Emulator, Service, Tenant};
use serde_json::{Value, json};

use crate::caller::{Caller, path};
use crate::client::*;
use crate::role_groups::{as_app, permitted};

/// The roles of the article's table, in the order of the letters below: name, template id, and an app that has it.
const ROLES: [(&str, &str, &str); 8] = [
    ("Global Administrator", "62e90394-69f5-4237-9190-012177145e10", "10000000-0000-4000-8000-000000000001"),
    ("Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de", "10000000-0000-4000-8000-000000000002"),
    (
        "Exchange Recipient Administrator",
        "31392ffb-586c-42d1-9346-e59415a2cc4e",
        "10000000-0000-4000-8000-000000000003",
    ),
    ("Compliance Administrator", "17315797-102d-40b4-93e0-432062caca18", "10000000-0000-4000-8000-000000000004"),
    ("Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "10000000-0000-4000-8000-000000000005"),
    ("Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8", "10000000-0000-4000-8000-000000000006"),
    ("Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d", "10000000-0000-4000-8000-000000000007"),
    ("Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509", "10000000-0000-4000-8000-000000000008"),
];

/// Directory roles that the article does not name: they open nothing.
const OTHERS: [(&str, &str); 5] = [
    ("Compliance Data Administrator", "e6d1a23a-da11-4be4-9570-befc86d067a7"),
    ("Security Operator", "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f"),
    ("User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1"),
    ("Password Administrator", "966707d0-3269-4727-9be2-8c3a10f19b9d"),
    ("none: stands in every token", "0997a1d0-0d1d-4acb-b408-d5ca73121e90"),
];

/// `y`: held. `n`: not held. `?`: no document says, and a setting decides. A letter for each of the eight roles.
///
/// The first two are Organization Management, which the article marks as enough for any task in Exchange Online.
/// Then come Recipient Management, Compliance Management, View-Only Organization Management twice, and the groups
/// Security Administrator and Security Reader, which have one role each.
const EXCHANGE: &[(&str, &str)] = &[
    // Export of 2022: nine roles of Recipient Management may have it, View-Only Recipients does, the security roles not.
    ("Get-Mailbox", "yy?yyynn"),
    // The same export, and roles that only read change nothing.
    ("Set-Mailbox", "yy??nnnn"),
    // Nothing is published on these.
    ("Get-Recipient", "yy??????"),
    ("Get-MailboxStatistics", "yy??????"),
    ("Get-MailboxFolderStatistics", "yy??????"),
    ("Get-MailboxFolderPermission", "yy??????"),
    ("Get-CASMailbox", "yy??????"),
    ("Get-MobileDevice", "yy??????"),
    ("Get-MobileDeviceStatistics", "yy??????"),
    ("Get-InboxRule", "yy??????"),
    ("Get-User", "yy??????"),
    ("Get-DistributionGroupMember", "yy??????"),
    ("Get-DynamicDistributionGroupMember", "yy??????"),
    ("Get-MessageTrace", "yy??????"),
    ("Get-MessageTraceV2", "yy??????"),
    ("Get-MessageTraceDetailV2", "yy??????"),
    ("Get-MailDetailATPReport", "yy??????"),
    // Nothing is published on these either, but they change something.
    ("Set-UserPhoto", "yy??nn?n"),
    ("Add-MailboxFolderPermission", "yy??nn?n"),
    ("Set-MailboxFolderPermission", "yy??nn?n"),
    ("Remove-MailboxFolderPermission", "yy??nn?n"),
    // Microsoft365DSC of 2026 reads it with View-Only Recipients.
    ("Get-MailboxPermission", "yy?yyy??"),
    // Issue 9428: in neither of the two view-only roles; Compliance Management has others beside them.
    ("Get-RecipientPermission", "yy??nn??"),
    // Measured with Security Reader.
    ("Get-QuarantineMessage", "yy?????y"),
    // Microsoft's page on searching the audit log: Audit Logs or View-Only Audit Logs.
    ("Search-UnifiedAuditLog", "yynynnnn"),
    // Export of 2022, in which View-Only Configuration has them.
    ("Get-AcceptedDomain", "yy?yyynn"),
    ("Get-OrganizationConfig", "yy?yyynn"),
    // Export of 2022: Transport Hygiene, Security Admin, Security Reader, View-Only Configuration, and nobody else.
    ("Get-HostedOutboundSpamFilterPolicy", "yynyyy?y"),
    ("Get-HostedOutboundSpamFilterRule", "yyn?????"),
    // Microsoft's page on finding permissions, and the export: Role Management, readable with View-Only Configuration.
    ("Get-ManagementRole", "yynyyynn"),
    ("Get-ManagementRoleEntry", "yynyyynn"),
    ("Get-ManagementRoleAssignment", "yynyyynn"),
    ("New-ManagementRoleAssignment", "yynnnnnn"),
    ("Remove-ManagementRoleAssignment", "yynnnnnn"),
    ("Get-ManagementScope", "yy?yyy??"),
    ("New-ManagementScope", "yynnnnnn"),
    ("Remove-ManagementScope", "yynnnnnn"),
    ("Get-ServicePrincipal", "yy?yyy??"),
    ("New-ServicePrincipal", "yynnnnnn"),
    ("Set-ServicePrincipal", "yynnnnnn"),
    ("Remove-ServicePrincipal", "yynnnnnn"),
    ("Get-RoleGroup", "yy?yyy??"),
    ("New-RoleGroup", "yynnnnnn"),
    ("Set-RoleGroup", "yynnnnnn"),
    ("Remove-RoleGroup", "yynnnnnn"),
    ("Get-RoleGroupMember", "yy?yyy??"),
    ("Add-RoleGroupMember", "yynnnnnn"),
    ("Remove-RoleGroupMember", "yynnnnnn"),
    ("Update-RoleGroupMember", "yynnnnnn"),
];

/// The same for Security & Compliance, which three of the roles do not open, by the article's table.
const COMPLIANCE: &[(&str, &str)] = &[
    // No entries of a role are published.
    ("Get-ProtectionAlert", "?nn??n??"),
    ("Get-Label", "?nn??n??"),
    ("Get-RoleGroup", "?nn??n??"),
    ("Get-RoleGroupMember", "?nn??n??"),
    ("Get-ServicePrincipal", "?nn??n??"),
    ("Get-ManagementRole", "?nn??n??"),
    ("Get-ComplianceSearch", "?nn??n??"),
    ("Get-ComplianceSearchAction", "?nn??n??"),
    // The groups of the two readers have nothing but roles that read.
    ("Set-Label", "?nn?nn?n"),
    ("New-ComplianceSearch", "?nn?nn?n"),
    ("Start-ComplianceSearch", "?nn?nn?n"),
    ("Remove-ComplianceSearch", "?nn?nn?n"),
    ("New-ComplianceSearchAction", "?nn?nn?n"),
    // Role Management is in Organization Management alone.
    ("New-ServicePrincipal", "ynnnnnnn"),
    ("Set-ServicePrincipal", "ynnnnnnn"),
    ("Remove-ServicePrincipal", "ynnnnnnn"),
    ("New-RoleGroup", "ynnnnnnn"),
    ("Set-RoleGroup", "ynnnnnnn"),
    ("Remove-RoleGroup", "ynnnnnnn"),
    ("Add-RoleGroupMember", "ynnnnnnn"),
    ("Remove-RoleGroupMember", "ynnnnnnn"),
    ("Update-RoleGroupMember", "ynnnnnnn"),
];

fn table(service: Service) -> &'static [(&'static str, &'static str)] {
    if service == Service::Exchange { EXCHANGE } else { COMPLIANCE }
}

fn tenant() -> Tenant {
    let tenant = Tenant::contoso().mailboxes(5).batch_limit(100);
    ROLES.iter().fold(tenant, |tenant, (_, role, app)| tenant.app(permitted(App::new(*app)).role(*role)))
}

/// What the module file offers; none where the session is refused.
fn offered(caller: &Caller<'_>) -> Option<Vec<String>> {
    let reply = caller.get(&format!("/AdminApi/v1.0/{TENANT}/EXOModuleFile"));
    if reply.status == 403 {
        return None;
    }
    let module = reply.json()["value"].as_array().unwrap().last().unwrap().clone();
    let names = module["exportedCmdlets"].as_str().unwrap();
    Some(names.split(',').filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect())
}

/// Which of the cmdlets are not refused, each called without parameters.
fn served(caller: &Caller<'_>, cmdlets: &[&str]) -> Vec<String> {
    let item = |name: &&str| {
        let url = format!("https://{}:{}{}", caller.host, caller.emulator.port(), path(""));
        let body = json!({"CmdletInput": {"CmdletName": name, "Parameters": {}}});
        json!({"id": name, "method": "POST", "url": url, "headers": {"Content-Type": "application/json"}, "body": body})
    };
    let requests: Vec<Value> = cmdlets.iter().map(item).collect();
    let path = format!("/adminapi/beta/{TENANT}/$batch");
    let reply = caller.post(&path, &json!({"requests": requests}).to_string()).unwrap();
    let responses = reply.json()["responses"].as_array().unwrap().clone();
    assert_eq!(responses.len(), cmdlets.len());
    let allowed = responses.iter().filter(|answer| answer["status"] != 403);
    let mut names: Vec<String> = allowed.map(|answer| answer["id"].as_str().unwrap().to_owned()).collect();
    names.sort_unstable();
    names
}

/// Compares a tenant with the table, whose question marks mean this here.
fn holds(emulator: &Emulator, unknown: bool) {
    for service in [Service::Exchange, Service::Compliance] {
        let cmdlets: Vec<&str> = table(service).iter().map(|(name, _)| *name).collect();
        for (place, (role, template, app)) in ROLES.iter().enumerate() {
            let caller = as_app(emulator, app, service).with("Accept", "application/json");
            let mut expected = Vec::new();
            for (cmdlet, letters) in table(service) {
                let letter = letters.as_bytes()[place];
                let verdict = emulator.verdict(service, template, cmdlet);
                assert_eq!(verdict.certainty.is_none(), letter == b'?', "{role} {cmdlet}: {verdict:?}");
                let granted = letter == b'y' || letter == b'?' && unknown;
                assert_eq!(verdict.granted, granted, "{role} {service:?} {cmdlet}: {verdict:?}");
                assert_eq!(verdict.source.is_empty(), letter == b'?', "{role} {cmdlet}");
                if granted {
                    expected.push((*cmdlet).to_owned());
                }
            }
            expected.sort_unstable();
            let is_open = table(service).iter().any(|(_, letters)| letters.as_bytes()[place] != b'n');
            assert_eq!(offered(&caller), is_open.then(|| expected.clone()), "offered to {role} by {service:?}");
            assert_eq!(served(&caller, &cmdlets), expected, "{role} in {service:?}");
        }
    }
}

#[test]
fn what_is_known_offered_and_served_is_one_for_every_role_service_and_cmdlet() {
    holds(&start(tenant()), true);
}

#[test]
fn what_nobody_says_is_refused_where_that_is_wanted_and_the_rest_stays() {
    holds(&start(tenant().set("unknown-cells=refused").unwrap()), false);
}

#[test]
fn the_table_has_every_cmdlet_and_a_letter_for_every_role() {
    // Whoever may do anything is offered all that there is.
    let emulator = start(tenant());
    for service in [Service::Exchange, Service::Compliance] {
        let mut known: Vec<&str> = table(service).iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        assert_eq!(offered(&as_app(&emulator, ROLES[0].2, service)).unwrap(), known);
        assert!(table(service).iter().all(|(_, letters)| letters.len() == ROLES.len()));
    }
}

#[test]
fn a_role_that_the_article_does_not_name_opens_nothing() {
    for (name, template) in OTHERS {
        let emulator = start(Tenant::contoso().app(permitted(App::new(APP)).role(template)));
        for service in [Service::Exchange, Service::Compliance] {
            assert_eq!(offered(&as_app(&emulator, APP, service)), None, "{name} {service:?}");
            let verdict = emulator.verdict(service, template, "Get-RoleGroup");
            assert_eq!((verdict.granted, verdict.certainty), (false, Some(Certainty::Documented)), "{name}");
        }
    }
}

#[test]
fn a_chain_is_as_sure_as_its_weakest_link() {
    let emulator = start(Tenant::contoso());
    let verdict = |role: usize, cmdlet| emulator.verdict(Service::Exchange, ROLES[role].1, cmdlet);
    // Documented mark of the article, group documented.
    assert_eq!(verdict(1, "Get-InboxRule").certainty, Some(Certainty::Documented));
    assert_eq!(verdict(1, "Get-InboxRule").path, ["Exchange Administrator", "Organization Management"]);
    // The page says who may search the audit log; that Compliance Administrator leads there was only seen.
    assert_eq!(verdict(3, "Search-UnifiedAuditLog").certainty, Some(Certainty::Seen));
    // Which group stands behind Exchange Recipient Administrator is a third party's word.
    assert_eq!(verdict(2, "Search-UnifiedAuditLog").certainty, Some(Certainty::Inferred));
}

#[test]
fn a_parameter_that_is_refused_is_not_offered() {
    let emulator = start(tenant());
    let script = |place: usize| {
        let caller = as_app(&emulator, ROLES[place].2, Service::Exchange).with("CommandName", "Get-QuarantineMessage");
        let reply = caller.get(&format!("/AdminApi/v1.0/{TENANT}/EXOModuleFile")).json();
        reply["value"].as_array().unwrap().last().unwrap()["fileContent"].as_str().unwrap().to_owned()
    };
    let (global, reader) = (script(4), script(7));
    assert!(global.contains("${EntityType}") && global.contains("${PageSize}"));
    assert!(!reader.contains("${EntityType}") && reader.contains("${PageSize}"));
}

#[test]
fn a_parameter_of_security_and_compliance_has_its_own_role() {
    // Search And Purge is in Organization Management and not in Compliance Administrator.
    let script = |emulator: &Emulator, place: usize| {
        let caller = as_app(emulator, ROLES[place].2, Service::Compliance);
        let reply = caller.get(&format!("/AdminApi/v1.0/{TENANT}/EXOModuleFile")).json();
        let text = reply["value"].as_array().unwrap().last().unwrap()["fileContent"].as_str().unwrap().to_owned();
        let purge = json!({"SearchName": "Quarterly", "Purge": true});
        (text.contains("[switch] ${Purge}"), caller.call("New-ComplianceSearchAction", purge).status)
    };
    let search_only = || tenant().set("content-search=search-only").unwrap();
    let emulator = start(search_only());
    assert_eq!((script(&emulator, 0), script(&emulator, 3)), ((true, 200), (false, 403)));
    let emulator = start(search_only().set("refused-parameter=unknown").unwrap());
    assert_eq!(script(&emulator, 3), (false, 400));
}

#[test]
fn a_directory_role_may_open_nothing_in_security_and_compliance() {
    let emulator = start(tenant().set("directory-roles-in-compliance=false").unwrap());
    for (name, template, app) in ROLES {
        assert_eq!(offered(&as_app(&emulator, app, Service::Compliance)), None, "{name}");
        assert!(!emulator.verdict(Service::Compliance, template, "Get-Label").granted, "{name}");
        assert!(offered(&as_app(&emulator, app, Service::Exchange)).is_some(), "{name}");
    }
}
