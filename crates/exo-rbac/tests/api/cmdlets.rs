//! Running a cmdlet.

use crate::claims::token;
use exo_model::CmdletName;
use exo_model::Service::{self, Compliance, Exchange};
use exo_rbac::{Answer, PERMISSION, Why};

fn ask(service: Service, roles: &[&str], cmdlet: &str) -> Answer {
    token(service, roles).cmdlet(service, &cmdlet.parse::<CmdletName>().unwrap())
}

#[test]
fn two_roles_run_everything_in_exchange() {
    for role in ["Exchange Administrator", "Global Administrator"] {
        for cmdlet in ["Get-Mailbox", "set-mailbox", "Get-RecipientPermission", "Search-UnifiedAuditLog"] {
            let answer = ask(Exchange, &[role, "Security Reader"], cmdlet);
            assert!(
                matches!(&answer, Answer::Yes { by } if by.roles[0].name == role && by.roles.len() == 1),
                "{answer}"
            );
        }
    }
}

#[test]
fn nothing_in_compliance_is_certain() {
    for role in ["Global Administrator", "Compliance Administrator", "Security Reader"] {
        let answer = ask(Compliance, &[role], "Get-ProtectionAlert");
        assert!(matches!(answer, Answer::Maybe { why: Why::Unpublished { .. } }), "{answer}");
    }
}

#[test]
fn readers_do_not_write() {
    for (service, cmdlet) in [(Exchange, "Set-Mailbox"), (Compliance, "New-Label"), (Exchange, "Test-Message")] {
        for roles in [&["Global Reader"][..], &["Security Reader"], &["Global Reader", "Security Reader"]] {
            let answer = ask(service, roles, cmdlet);
            assert!(matches!(answer, Answer::No { why: Why::ReadOnlyRoles { .. } }), "{answer}");
            assert_eq!(answer.step(), Some(5));
        }
    }
    // Another role may write.
    assert!(!ask(Exchange, &["Global Reader", "Security Administrator"], "Set-Mailbox").is_no());
    assert!(!ask(Exchange, &["Helpdesk Administrator"], "Set-Mailbox").is_no());
}

#[test]
fn a_role_that_nobody_knows_keeps_a_no_from_being_certain() {
    let wids = ["f2ef992c-3afb-46b9-b7cf-a126ee74c451", "11111111-2222-3333-4444-555555555555"].map(ToOwned::to_owned);
    let grants = exo_rbac::Grants::from_claims(Exchange, &[PERMISSION.to_owned()], &wids);
    assert!(!grants.cmdlet(Exchange, &"Set-Mailbox".parse().unwrap()).is_no());
}

#[test]
fn the_wrong_service_is_refused_before_anything_else() {
    for roles in [&[][..], &["Global Administrator"]] {
        let answer = ask(Compliance, roles, "Get-Mailbox");
        assert!(matches!(&answer, Answer::No { why: Why::WrongService { exists: Exchange, .. } }), "{answer}");
        let answer = ask(Exchange, roles, "Get-ProtectionAlert");
        assert!(matches!(&answer, Answer::No { why: Why::WrongService { exists: Compliance, .. } }), "{answer}");
    }
}

#[test]
fn an_unknown_cmdlet_may_exist() {
    let answer = ask(Exchange, &["Global Administrator"], "Get-Mailbx");
    assert!(
        matches!(&answer, Answer::Maybe { why: Why::UnknownCmdlet { similar, .. } } if similar[0] == "Get-Mailbox")
    );
}

#[test]
fn cmdlets_of_the_module_mean_the_services_or_nothing() {
    assert!(ask(Exchange, &["Exchange Administrator"], "Get-EXOMailbox").is_yes());
    assert!(ask(Exchange, &["Exchange Administrator"], "get-exocasmailbox").is_yes());
    for cmdlet in ["Connect-ExchangeOnline", "Set-VivaInsightsSettings", "Get-ConnectionInformation"] {
        let answer = ask(Exchange, &["Exchange Administrator"], cmdlet);
        assert!(matches!(answer, Answer::No { why: Why::ModuleOnly { .. } }), "{answer}");
    }
}

#[test]
fn what_is_unsupported_for_apps_is_tried_all_the_same() {
    for (service, cmdlet) in [(Exchange, "New-UnifiedGroup"), (Compliance, "Start-ComplianceSearch")] {
        for role in ["Global Administrator", "Global Reader"] {
            let answer = ask(service, &[role], cmdlet);
            assert!(matches!(answer, Answer::Maybe { why: Why::Unsupported { .. } }), "{answer}");
        }
    }
    assert!(ask(Exchange, &["Exchange Administrator"], "Set-UnifiedGroup").is_yes());
}

#[test]
fn a_management_role_that_nobody_has_by_default_is_named() {
    for role in ["Global Administrator", "Global Reader"] {
        let answer = ask(Exchange, &[role], "Get-AddressList");
        assert!(matches!(&answer, Answer::Maybe { why: Why::OtherRole { needs, .. } } if needs == &["Address Lists"]));
        assert_eq!(answer.step(), Some(5));
    }
}

#[test]
fn what_was_so_in_2022_is_probable_and_not_certain() {
    let answer = ask(Exchange, &["Global Reader"], "Get-AcceptedDomain");
    assert!(
        matches!(answer, Answer::Maybe { why: Why::Likely { through: "View-Only Configuration", .. } }),
        "{answer}"
    );
    let answer = ask(Exchange, &["Security Reader"], "Get-AcceptedDomain");
    assert!(matches!(answer, Answer::Maybe { why: Why::Unlikely { .. } }), "{answer}");
    let answer = ask(Exchange, &["Exchange Recipient Administrator"], "Set-TransportRule");
    assert!(matches!(answer, Answer::Maybe { why: Why::Unlikely { .. } }), "{answer}");
    let answer = ask(Exchange, &["Security Administrator"], "Set-HostedContentFilterPolicy");
    assert!(
        matches!(&answer, Answer::Maybe { why: Why::Bounded { through: "Security Admin", at_most, .. } } if at_most.len() == 2),
        "{answer}"
    );
}

#[test]
fn global_reader_was_reported_to_lack_one_cmdlet() {
    for cmdlet in ["Get-RecipientPermission", "Get-EXORecipientPermission"] {
        let answer = ask(Exchange, &["Global Reader"], cmdlet);
        assert!(matches!(&answer, Answer::Maybe { why: Why::Unlikely { needs, .. } } if needs.is_empty()), "{answer}");
        let answer = ask(Exchange, &["Global Reader", "Compliance Administrator"], cmdlet);
        assert!(matches!(answer, Answer::Maybe { why: Why::Unpublished { .. } }), "{answer}");
    }
}

#[test]
fn every_cmdlet_has_an_answer_for_every_role() {
    for cmdlet in exo_catalog::all() {
        for role in exo_rbac::DirectoryRole::ALL {
            for service in [Exchange, Compliance] {
                let answer = ask(service, &[role.name], cmdlet.name());
                assert!(!answer.to_string().is_empty());
                let certain = service == Exchange && role.any_exchange_task;
                assert!(certain || !answer.is_yes(), "{role} {cmdlet:?}: {answer}");
            }
        }
    }
}
