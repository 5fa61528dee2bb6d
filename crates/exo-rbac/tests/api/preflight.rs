//! Declared needs against tokens and offers.

use crate::claims::token;
use crate::need;
use exo_model::Service::{self, Compliance, Exchange};
use exo_rbac::{Access, Cause, Declared, Grants, Need, Offer, PERMISSION, Verdict, preflight};

fn declared(report: &str, needs: &[Need]) -> Declared {
    Declared { report: report.to_owned(), needs: needs.to_vec() }
}

fn offer(service: Service, cmdlets: &[(&str, &[&str])]) -> Offer {
    let add = |offer: Offer, (name, parameters): &(&str, &[&str])| {
        offer.with(name.parse().unwrap(), parameters.iter().copied())
    };
    cmdlets.iter().fold(Offer::new(service), add)
}

/// The one cmdlet of one report.
fn one(need: Need, roles: &[&str], offer: Option<Offer>) -> Access {
    let service = need.service;
    let offers: Vec<Offer> = offer.into_iter().collect();
    let flight = preflight(&[declared("r", &[need])], &[token(service, roles)], &offers);
    flight.reports[0].cmdlets[0].clone()
}

fn causes(access: &Access) -> &[Cause] {
    access.explanation.as_ref().map_or(&[], |explanation| &explanation.causes)
}

#[test]
fn before_connecting_only_what_is_certain_is_closed() {
    let reports = [
        declared("mailboxes", &[need(Exchange, "Get-Mailbox")]),
        declared("send-as", &[need(Exchange, "Get-RecipientPermission")]),
        declared("writer", &[need(Exchange, "Get-Mailbox"), need(Exchange, "Set-Mailbox")]),
    ];
    let flight = preflight(&reports, &[token(Exchange, &["Global Reader"])], &[]);
    let verdicts: Vec<_> = flight.reports.iter().map(exo_rbac::ReportAccess::verdict).collect();
    assert_eq!(verdicts, [Verdict::Unsure, Verdict::Unsure, Verdict::Closed]);
    assert_eq!(flight.verdict(), Verdict::Closed);
    let closed: Vec<_> = flight.closed().map(|(report, access)| (report, access.need.cmdlet.as_str())).collect();
    assert_eq!(closed, [("writer", "Set-Mailbox")]);
    assert_eq!(flight.unsure().count(), 3);
    let (_, access) = flight.closed().next().unwrap();
    assert_eq!((access.step(), access.hint().is_some()), (Some(5), true));
    assert_eq!(flight.add.unwrap().roles[0].name, "Exchange Administrator");
    assert_eq!(flight.least.roles.len(), 1);

    let flight = preflight(&reports, &[token(Exchange, &["Exchange Administrator"])], &[]);
    assert_eq!((flight.verdict(), flight.add), (Verdict::Open, None));
}

#[test]
fn without_a_token_and_without_an_offer_nothing_is_known() {
    let reports = [declared("alerts", &[need(Compliance, "Get-ProtectionAlert")])];
    let flight = preflight(&reports, &[token(Exchange, &["Global Administrator"])], &[]);
    assert_eq!(flight.services.len(), 1);
    assert_eq!((flight.services[0].opens.clone(), flight.services[0].offered), (None, None));
    assert_eq!(flight.verdict(), Verdict::Unsure);
    let offers = [offer(Compliance, &[("Get-ProtectionAlert", &[])])];
    let flight = preflight(&reports, &[], &offers);
    assert_eq!((flight.verdict(), flight.services[0].offered), (Verdict::Open, Some(1)));
}

#[test]
fn the_offer_decides_whatever_the_token_says() {
    let mailbox = || need(Exchange, "Get-Mailbox").with("ResultSize").with("Archive");
    let whole = offer(Exchange, &[("Get-Mailbox", &["ResultSize", "Archive"])]);
    let part = offer(Exchange, &[("Get-Mailbox", &["ResultSize"])]);
    let other = offer(Exchange, &[("Get-User", &[])]);
    for roles in [&[][..], &["Global Reader"], &["Exchange Administrator"], &["Security Reader"]] {
        assert_eq!(one(mailbox(), roles, Some(whole.clone())).verdict(), Verdict::Open);
        assert_eq!(one(mailbox(), roles, Some(part.clone())).verdict(), Verdict::Closed);
        assert_eq!(one(mailbox(), roles, Some(other.clone())).verdict(), Verdict::Closed);
    }
    let name = Offer::new(Exchange).with_name("Get-Mailbox".parse().unwrap());
    assert_eq!(one(mailbox(), &["Global Reader"], Some(name)).verdict(), Verdict::Unsure);
    let text = one(mailbox(), &["Global Reader"], Some(part)).to_string();
    assert_eq!(
        text,
        "Exchange Online offers it without -Archive; perhaps the token's role is not in force in this tenant, or the role \
         has changed since 2022, of which the data are, or the service has it no more"
    );
}

#[test]
fn more_than_the_token_explains() {
    let offered = || Some(offer(Exchange, &[("Set-Mailbox", &[]), ("Get-AddressList", &[]), ("Get-Nothing", &[])]));
    let set = || need(Exchange, "Set-Mailbox");
    // Without any directory role there is one way only.
    let access = one(set(), &[], offered());
    assert_eq!(access.to_string(), "Exchange Online offers it; so the app is in a role group, which no token shows");
    assert!(access.explanation.unwrap().certain);
    // With one, the data may be wrong as well: a guess, and said so.
    let access = one(set(), &["Global Reader"], offered());
    assert_eq!(causes(&access), [Cause::RoleGroup, Cause::OldData]);
    assert!(access.to_string().contains("; perhaps "), "{access}");
    assert_eq!(causes(&one(need(Exchange, "Get-AddressList"), &["Global Reader"], offered())).len(), 2);
    assert_eq!(causes(&one(need(Exchange, "Get-Nothing"), &["Global Reader"], offered())), [Cause::NewerThanCatalogue]);
    // What was expected, or not excluded, needs no explanation.
    assert!(causes(&one(set(), &["Exchange Administrator"], offered())).is_empty());
    let unpublished = offer(Exchange, &[("Get-InboxRule", &[])]);
    assert!(causes(&one(need(Exchange, "Get-InboxRule"), &["Security Reader"], Some(unpublished))).is_empty());
}

#[test]
fn other_roles_and_other_permissions_are_named() {
    let user_administrator = "fe930be7-5e62-47db-91af-98c3a49a38b1".to_owned();
    let grants = Grants::from_claims(Exchange, &[PERMISSION.to_owned()], &[user_administrator]);
    let reports = [declared("r", &[need(Exchange, "Get-Mailbox")])];
    let offers = [offer(Exchange, &[("Get-Mailbox", &[])])];
    let access = preflight(&reports, &[grants], &offers).reports[0].cmdlets[0].clone();
    assert_eq!(causes(&access), [Cause::RoleGroup, Cause::OtherRoles(vec!["User Administrator".into()])]);
    assert!(!access.explanation.unwrap().certain);

    let grants = Grants::from_claims(Exchange, &["Exchange.ManageAsAppV2".to_owned()], &[]);
    let access = preflight(&reports, &[grants], &offers).reports[0].cmdlets[0].clone();
    assert_eq!(causes(&access), [Cause::OtherPermission(vec!["Exchange.ManageAsAppV2".into()])]);
    assert_eq!(access.verdict(), Verdict::Open);
}

#[test]
fn less_than_the_token_lets_expect() {
    let nothing = || Some(offer(Exchange, &[("Get-User", &[])]));
    let access = |cmdlet: &str, role: &[&str]| one(need(Exchange, cmdlet), role, nothing());
    let expected = access("Get-Mailbox", &["Exchange Administrator"]);
    assert_eq!(causes(&expected), [Cause::NotInForce, Cause::OldData, Cause::Retired]);
    assert_eq!(causes(&access("Get-InboxRule", &["Global Reader"])), [Cause::NotInRoles, Cause::Retired]);
    assert_eq!(causes(&access("Get-Mailbox", &[])), [Cause::NotInRoles, Cause::NotInToken, Cause::Retired]);
    assert_eq!(causes(&access("New-UnifiedGroup", &["Exchange Administrator"]))[0], Cause::Unsupported);
    // A cmdlet that the catalogue does not know was never known to be there.
    assert_eq!(causes(&access("Get-Nothing", &["Global Reader"])), [Cause::NotInRoles]);
    assert!(
        access("Get-Mailbox", &["Exchange Administrator"])
            .to_string()
            .contains("does not offer it to this app; perhaps")
    );
}

#[test]
fn unsupported_is_a_warning_and_no_refusal() {
    let access = one(need(Exchange, "New-UnifiedGroup"), &["Exchange Administrator"], None);
    assert!(access.limit.is_some());
    assert_eq!(access.verdict(), Verdict::Unsure);
    let offered = Some(offer(Exchange, &[("New-UnifiedGroup", &[])]));
    let access = one(need(Exchange, "New-UnifiedGroup"), &["Exchange Administrator"], offered);
    assert_eq!((access.verdict(), access.limit.is_some(), causes(&access).len()), (Verdict::Open, true, 0));
}

#[test]
fn what_to_add_is_nothing_that_the_service_has_shown_not_to_do() {
    let add = |needs: &[Need], roles: &[&str], offer: Option<Offer>| {
        let service = needs[0].service;
        let offers: Vec<Offer> = offer.into_iter().collect();
        let flight = preflight(&[declared("r", needs)], &[token(service, roles)], &offers);
        let add = flight.add.unwrap();
        (add.roles.iter().map(|role| role.name).collect::<Vec<_>>(), add.beyond.len())
    };
    let other = || Some(offer(Exchange, &[("Get-User", &[])]));
    // Global Reader is there already, and so is what Helpdesk Administrator is in.
    let rule = [need(Exchange, "Get-InboxRule")];
    assert_eq!(add(&rule, &["Global Reader"], other()), (vec!["Exchange Administrator"], 0));
    assert_eq!(add(&rule, &[], other()), (vec!["Global Reader"], 0));
    // All other directory roles have management roles that Exchange Administrator has too: nothing to add.
    assert_eq!(add(&rule, &["Exchange Administrator"], other()), (vec![], 1));
    // Where the permission is missing, the roles may be enough.
    let grants = Grants::from_claims(Exchange, &[], &["f2ef992c-3afb-46b9-b7cf-a126ee74c451".to_owned()]);
    let flight = preflight(&[declared("r", &rule)], &[grants], &[]);
    assert_eq!(flight.verdict(), Verdict::Closed);
    assert!(flight.services[0].opens.as_ref().unwrap().is_no());
    assert_eq!(flight.add.unwrap().to_string(), "no further role is needed");
    // The token for one service tells the roles for both.
    let reports = [declared("alerts", &[need(Compliance, "Get-ProtectionAlert")])];
    let offers = [offer(Compliance, &[("Get-Label", &[])])];
    let flight = preflight(&reports, &[token(Exchange, &["Global Reader"])], &offers);
    assert_eq!(flight.add.unwrap().roles[0].name, "Compliance Administrator");
}

#[test]
fn a_parameter_that_the_token_forbids_shows_before_connecting() {
    let policy = need(Compliance, "New-DlpCompliancePolicy").with("Name").with("EndpointDlpLocation");
    let access = one(policy, &["Global Administrator"], None);
    assert_eq!(access.parameters.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["EndpointDlpLocation"]);
    assert!(
        access.to_string().contains("asks for Compliance Administrator or Compliance Data Administrator"),
        "{access}"
    );
    assert_eq!(access.step(), Some(5));
}
