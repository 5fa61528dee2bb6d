//! Which roles would do.

use exo_model::CmdletName;
use exo_model::Service::{self, Compliance, Exchange};
use exo_rbac::{least, roles_for_cmdlet};

fn first(needed: &[(Service, &str)]) -> (Vec<&'static str>, usize) {
    let needed: Vec<(Service, CmdletName)> = needed.iter().map(|(s, c)| (*s, c.parse().unwrap())).collect();
    let least = least(&needed);
    (least.roles.iter().map(|role| role.name).collect(), least.unsure.len())
}

fn options(cmdlet: &str) -> Vec<(&'static str, bool)> {
    roles_for_cmdlet(&cmdlet.parse().unwrap()).iter().map(|o| (o.role.name, o.answer.is_yes())).collect()
}

#[test]
fn reading_begins_with_a_reader() {
    assert_eq!(first(&[(Exchange, "Get-Mailbox"), (Exchange, "Get-InboxRule")]), (vec!["Global Reader"], 2));
    assert_eq!(first(&[(Exchange, "Get-HostedOutboundSpamFilterPolicy")]), (vec!["Security Reader"], 1));
    assert_eq!(first(&[(Compliance, "Get-ProtectionAlert")]), (vec!["Global Reader"], 1));
    assert_eq!(
        first(&[(Exchange, "Get-HostedOutboundSpamFilterPolicy"), (Compliance, "Get-ProtectionAlert")]),
        (vec!["Global Reader"], 2)
    );
}

#[test]
fn what_readers_probably_lack_and_all_writing_needs_more() {
    assert_eq!(first(&[(Exchange, "Get-RecipientPermission")]), (vec!["Exchange Administrator"], 0));
    assert_eq!(first(&[(Exchange, "Set-Mailbox"), (Exchange, "Get-Mailbox")]), (vec!["Exchange Administrator"], 0));
    assert_eq!(first(&[(Compliance, "New-Label")]), (vec!["Compliance Administrator"], 1));
    assert_eq!(
        first(&[(Exchange, "Set-Mailbox"), (Compliance, "Get-Label")]),
        (vec!["Global Reader", "Exchange Administrator"], 1)
    );
    assert_eq!(first(&[]), (vec![], 0));
}

#[test]
fn the_sentence_says_what_is_unsure() {
    let least = least(&[(Exchange, "Get-Mailbox".parse().unwrap())]);
    assert_eq!(
        least.to_string(),
        "assign the app the Entra role Global Reader; whether it is enough for 1 cmdlet shows after connecting"
    );
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
    assert!(options("Get-Nothing").is_empty());
}
