//! Giving a parameter.

use crate::claims::token;
use exo_model::Service::{self, Compliance, Exchange};
use exo_rbac::{Answer, Grants, Need, PERMISSION, Sureness, Why};

fn ask(service: Service, roles: &[&str], cmdlet: &str, parameter: &str) -> Answer {
    token(service, roles).parameter(service, &cmdlet.parse().unwrap(), parameter)
}

#[test]
fn where_nothing_is_known_it_is_as_its_cmdlet() {
    assert!(ask(Exchange, &["Exchange Administrator"], "Get-Mailbox", "ResultSize").is_yes());
    let answer = ask(Exchange, &["Global Reader"], "Get-Mailbox", "resultsize");
    assert!(matches!(answer, Answer::Maybe { why: Why::Likely { .. } }), "{answer}");
    assert!(ask(Exchange, &["Global Reader"], "Set-Mailbox", "Name").is_no());
    assert!(ask(Compliance, &["Global Reader"], "Get-Mailbox", "ResultSize").is_no());
    let answer = ask(Exchange, &[], "Get-Mailbox", "ResultSize");
    assert!(matches!(answer, Answer::Maybe { why: Why::NoRole { .. } }), "{answer}");
}

#[test]
fn twenty_parameters_look_into_the_directory_itself() {
    let endpoint = |roles: &[&str]| ask(Compliance, roles, "New-DlpCompliancePolicy", "EndpointDlpLocation");
    for role in ["Global Administrator", "Security Administrator"] {
        let answer = endpoint(&[role]);
        assert!(
            matches!(&answer, Answer::Maybe { why: Why::DirectoryRoleNeeded { any, .. } } if any.len() == 2),
            "{answer}"
        );
        assert_eq!(answer.step(), Some(5));
    }
    assert_eq!(endpoint(&["Compliance Administrator"]).sureness(), Sureness::Likely);
    // Not in the table for apps, but it is looked for by name.
    let compliance_data = "e6d1a23a-da11-4be4-9570-befc86d067a7".to_owned();
    let global = "62e90394-69f5-4237-9190-012177145e10".to_owned();
    let grants = Grants::from_claims(Compliance, &[PERMISSION.to_owned()], &[compliance_data, global]);
    let answer = grants.parameter(Compliance, &"New-DlpCompliancePolicy".parse().unwrap(), "EndpointDlpLocation");
    assert_eq!(answer.sureness(), Sureness::Likely);
}

#[test]
fn a_role_that_alone_has_it_decides() {
    let purge = |role: &str| ask(Compliance, &[role], "Get-ComplianceSearchAction", "Purge");
    let answer = purge("Compliance Administrator");
    assert!(
        matches!(&answer, Answer::Maybe { why: Why::OtherRole { needs, groups, .. } }
            if needs == &["Search And Purge"] && groups == &["Data Investigator", "Organization Management"]),
        "{answer}"
    );
    let answer = purge("Global Administrator");
    assert!(
        matches!(&answer, Answer::Maybe { why: Why::Likely { parameter: Some(p), .. } } if p == "Purge"),
        "{answer}"
    );
    // The two roles that are enough for any task have it too.
    let bypass = |role: &str| ask(Exchange, &[role], "Add-RoleGroupMember", "BypassSecurityGroupManagerCheck");
    assert!(bypass("Exchange Administrator").is_yes());
    assert!(!bypass("Exchange Recipient Administrator").is_yes());
}

#[test]
fn one_was_reported_to_be_refused() {
    let entity = |role: &str| ask(Exchange, &[role], "Get-QuarantineMessage", "EntityType");
    assert_eq!(entity("Security Reader").sureness(), Sureness::Doubtful);
    assert_eq!(entity("Global Reader").sureness(), Sureness::Possible);
    assert_eq!(ask(Exchange, &["Security Reader"], "Get-QuarantineMessage", "Page").sureness(), Sureness::Possible);
}

#[test]
fn unknown_parameters_and_those_of_the_other_service() {
    let answer = ask(Exchange, &["Exchange Administrator"], "Get-Mailbox", "Resultsise");
    assert!(matches!(answer, Answer::Maybe { why: Why::UnknownParameter { .. } }), "{answer}");
    let (cmdlet, parameter) = exo_catalog::all()
        .filter(|cmdlet| cmdlet.services() == exo_catalog::ServiceSet::BOTH)
        .find_map(|cmdlet| Some((cmdlet, cmdlet.parameters().find(|p| !p.services().contains(Compliance))?)))
        .unwrap();
    let answer = ask(Compliance, &["Global Administrator"], cmdlet.name(), parameter.name());
    assert!(matches!(answer, Answer::Maybe { why: Why::OtherServicesParameter { .. } }), "{answer}");
    // The module's cmdlets have parameters of their own.
    assert!(ask(Exchange, &["Exchange Administrator"], "Get-EXOMailbox", "PropertySets").is_yes());
}

#[test]
fn a_need_is_as_sure_as_its_least_sure_part() {
    let need = Need::new(Exchange, "Get-Mailbox".parse().unwrap()).with("ResultSize");
    let grants = token(Exchange, &["Global Reader"]);
    assert_eq!(grants.need(&need).sureness(), Sureness::Likely);
    assert_eq!(grants.need(&need.with("Nothing")).sureness(), Sureness::Doubtful);
}
