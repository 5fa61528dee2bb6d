//! Every sentence, with the open step and the hint, in one place.

use crate::claims::token;
use exo_model::Service::{Compliance, Exchange};
use exo_rbac::{Answer, Grants, PERMISSION};

fn line(answer: &Answer) -> String {
    let word = match answer {
        Answer::Yes { .. } => "yes",
        Answer::No { .. } => "no",
        Answer::Maybe { .. } => "maybe",
    };
    let step = answer.step().map_or_else(|| "-".to_owned(), |step| step.to_string());
    let hint = answer.hint().map(|hint| format!("\n    hint: {hint}")).unwrap_or_default();
    format!("{word} {step}: {answer}{hint}\n")
}

#[test]
fn every_sentence() {
    let claims = |roles: &[&str], wids: &[&str]| {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        Grants::from_claims(Exchange, &owned(roles), &owned(wids))
    };
    let ask = |service, role, cmdlet: &str| token(service, &[role]).cmdlet(service, &cmdlet.parse().unwrap());
    let give = |service, role, cmdlet: &str, parameter| {
        token(service, &[role]).parameter(service, &cmdlet.parse().unwrap(), parameter)
    };
    let answers = [
        claims(&[], &[]).opens(Exchange),
        Grants::from_claims(Compliance, &["full_access_as_app".to_owned()], &[]).opens(Compliance),
        claims(&[PERMISSION], &[]).opens(Exchange),
        claims(&[PERMISSION], &["fe930be7-5e62-47db-91af-98c3a49a38b1", "x"]).opens(Exchange),
        token(Compliance, &["Exchange Administrator"]).opens(Compliance),
        token(Exchange, &["Security Reader"]).opens(Compliance),
        token(Exchange, &["Security Reader"]).opens(Exchange),
        ask(Exchange, "Exchange Administrator", "Set-Mailbox"),
        ask(Exchange, "Global Reader", "Set-Mailbox"),
        token(Exchange, &["Global Reader", "Security Reader"]).cmdlet(Exchange, &"Set-Mailbox".parse().unwrap()),
        ask(Exchange, "Global Reader", "Get-Mailbx"),
        ask(Exchange, "Global Reader", "Format-Disk"),
        ask(Compliance, "Global Reader", "Get-Mailbox"),
        ask(Exchange, "Global Reader", "Connect-ExchangeOnline"),
        ask(Exchange, "Global Reader", "New-UnifiedGroup"),
        ask(Compliance, "Global Reader", "Invoke-HoldRemovalAction"),
        ask(Exchange, "Global Reader", "Get-AddressList"),
        ask(Exchange, "Global Reader", "Get-AcceptedDomain"),
        ask(Exchange, "Security Reader", "Get-RemoteDomain"),
        ask(Exchange, "Global Reader", "Get-RecipientPermission"),
        ask(Exchange, "Global Reader", "Get-Recipient"),
        ask(Exchange, "Security Administrator", "Set-HostedContentFilterPolicy"),
        ask(Exchange, "Global Reader", "Get-AddressBookPolicy"),
        ask(Exchange, "Security Reader", "Get-OMEConfiguration"),
        ask(Exchange, "Helpdesk Administrator", "Set-InboxRule"),
        ask(Exchange, "Compliance Administrator", "Get-ManagementRoleAssignment"),
        ask(Compliance, "Global Administrator", "Add-RoleGroupMember"),
        ask(Compliance, "Global Reader", "Get-DlpCompliancePolicy"),
        ask(Compliance, "Global Reader", "Start-ComplianceSearch"),
        give(Compliance, "Compliance Administrator", "Get-ComplianceSearchAction", "Purge"),
        give(Compliance, "Global Administrator", "Get-ComplianceSearchAction", "Purge"),
        give(Compliance, "Global Administrator", "New-DlpComplianceRule", "EndpointDlpRestrictions"),
        give(Exchange, "Security Reader", "Get-QuarantineMessage", "EntityType"),
        give(Exchange, "Global Reader", "Get-Mailbox", "Nothing"),
        give(Compliance, "Global Reader", "Get-User", "Anr"),
    ];
    let all: String = answers.iter().map(line).collect();
    assert_eq!(all, EXPECTED, "{all}");
}

const EXPECTED: &str = "\
no 2: the token has no permission `Exchange.ManageAsApp` for Exchange Online
    hint: grant the app the application permission `Exchange.ManageAsApp` of Office 365 Exchange Online (00000002-0000-0ff1-ce00-000000000000), and consent to it; then get a new token
no 2: the token has no permission `Exchange.ManageAsApp` for Security & Compliance, only full_access_as_app
    hint: grant the app the application permission `Exchange.ManageAsApp` of Microsoft Exchange Online Protection (00000007-0000-0ff1-ce00-000000000000), and consent to it; then get a new token
maybe 5: the token carries no directory role; it works only if the app's service principal is in a role group of Exchange Online
    hint: assign the app one of the Entra roles Compliance Administrator, Exchange Administrator, Exchange Recipient Administrator, Global Administrator, Global Reader, Helpdesk Administrator, Security Administrator, Security Reader; then get a new token
maybe 5: no directory role of the token (User Administrator, x) is supported for app-only sign-in to Exchange Online; it works only if the app's service principal is in a role group of Exchange Online
    hint: assign the app one of the Entra roles Compliance Administrator, Exchange Administrator, Exchange Recipient Administrator, Global Administrator, Global Reader, Helpdesk Administrator, Security Administrator, Security Reader; then get a new token
maybe 5: no directory role of the token (Exchange Administrator) is supported for app-only sign-in to Security & Compliance; it works only if the app's service principal is in a role group of Security & Compliance
    hint: assign the app one of the Entra roles Compliance Administrator, Global Administrator, Global Reader, Security Administrator, Security Reader; then get a new token
maybe -: the token is for Exchange Online and says nothing of the permission for Security & Compliance
yes -: Security Reader is supported for app-only sign-in to Exchange Online
yes -: Exchange Administrator is enough for any task in Exchange Online, so for `Set-Mailbox`
no 5: `Set-Mailbox` changes something, and Global Reader only reads; only a role group could grant it
    hint: add the app to a role group that has `Set-Mailbox`, or assign it a wider Entra role
no 5: `Set-Mailbox` changes something, and Global Reader and Security Reader only read; only a role group could grant it
    hint: add the app to a role group that has `Set-Mailbox`, or assign it a wider Entra role
maybe -: `Get-Mailbx` is not in the catalogue; it is misspelt, or newer; similar: Get-Mailbox, Set-Mailbox
maybe -: `Format-Disk` is not in the catalogue; it is misspelt, or newer
no -: `Get-Mailbox` is a cmdlet of Exchange Online, not of Security & Compliance
    hint: ask Exchange Online for it
no -: `Connect-ExchangeOnline` lives in Microsoft's PowerShell module, not in a service
maybe -: Microsoft lists `New-UnifiedGroup` as unsupported for app-only sign-in since 2022-08-04; instead: Microsoft Graph: create a group
maybe -: Microsoft lists `Invoke-HoldRemovalAction` as unsupported for app-only sign-in since 2025-11-25
maybe 5: `Get-AddressList` is in the management role Address Lists, which no role group has by default
    hint: add the management role Address Lists to a role group of the app
maybe -: probably: View-Only Configuration, which Global Reader has, held `Get-AcceptedDomain` in 2022
maybe 5: probably not: `Get-RemoteDomain` was in none of the management roles of Security Reader in 2022, at most in Remote and Accepted Domains, View-Only Configuration
    hint: add the app to a role group that has `Get-RemoteDomain`, or assign it a wider Entra role
maybe 5: probably not: Global Reader was reported not to have `Get-RecipientPermission`
    hint: add the app to a role group that has `Get-RecipientPermission`, or assign it a wider Entra role
maybe -: which roles hold `Get-Recipient` is not published; what the service offers after connecting decides
maybe -: Security Admin, which Security Administrator has, is one of the 2 management roles that could hold `Set-HostedContentFilterPolicy` in 2022; what the service offers decides
maybe -: sources disagree: View-Only Configuration had `Get-AddressBookPolicy` in 2022, its reference page puts it in Address Lists alone; what the service offers decides
maybe -: sources disagree on whether Security Reader had `Get-OMEConfiguration` in 2022; what the service offers decides
maybe 5: probably not: `Set-InboxRule` changes something, and the management roles of Helpdesk Administrator are taken to read only
    hint: add the app to a role group that has `Set-InboxRule`, or assign it a wider Entra role
maybe -: probably: the role group Compliance Management, which Compliance Administrator has, holds `Get-ManagementRoleAssignment` by Microsoft's documentation
maybe -: probably: Role Management, which Global Administrator has, holds `Add-RoleGroupMember` by Microsoft's documentation
maybe -: probably: Security Reader, which Global Reader has, was reported to hold `Get-DlpCompliancePolicy`
maybe -: Microsoft lists `Start-ComplianceSearch` as unsupported for app-only sign-in since 2024-01-09; it needs a session that was asked for as search-only; reported: a null reference; reported to work instead: Microsoft Graph's eDiscovery, with the service principal in eDiscovery Manager and added by Add-eDiscoveryCaseAdmin
maybe 5: `Get-ComplianceSearchAction -Purge` is only in the management role Search And Purge, which by default is in the role group Data Investigator or Organization Management
    hint: add the app to the role group Data Investigator or Organization Management
maybe -: probably: Search And Purge, which Global Administrator has, holds `Get-ComplianceSearchAction -Purge` by Microsoft's documentation
maybe 5: `New-DlpComplianceRule -EndpointDlpRestrictions` asks for Compliance Administrator or Compliance Data Administrator in the directory itself, whatever the role groups
    hint: assign the app the Entra role Compliance Administrator or Compliance Data Administrator; then get a new token
maybe 5: probably not: Security Reader was reported not to have `Get-QuarantineMessage -EntityType`
    hint: add the app to a role group that has `Get-QuarantineMessage`, or assign it a wider Entra role
maybe -: `Get-Mailbox` has no parameter `-Nothing` in the catalogue; it is misspelt, or newer
maybe -: `Get-User` has no parameter `-Anr` in Security & Compliance by its reference page
";
