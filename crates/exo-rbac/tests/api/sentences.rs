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
";
