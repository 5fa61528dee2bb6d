//! Check `exo-outbound-autoforward`.

use crate::records::{told, with, without};
use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, FakeRun, args};
use exo_plugin::serde_json::{Value, json};
use exo_plugin::{FailureKind, Finding, Severity, Status};
use reports_policies::OutboundAutoforward;

const ALL: &str = "all outbound spam policies";

fn policy(name: &str, mode: &str) -> Value {
    json!({"Identity": name, "Name": name, "IsDefault": false, "AutoForwardingMode": mode, "Enabled": "True"})
}

fn default(mode: &str) -> Value {
    with(policy("Default", mode), json!({"IsDefault": true}))
}

fn rule(policy: &str, state: &str) -> Value {
    json!({
        "Name": format!("{policy} rule"),
        "HostedOutboundSpamFilterPolicy": policy,
        "State": state,
        "Priority@data.type": "System.Int32",
        "Priority": 0,
        "From": [],
        "FromMemberOf": ["partners@contoso.com"],
        "SenderDomainIs": null,
        "RuleIdentity": 15_394_007_230_974_001_153_u64
    })
}

fn host(policies: impl IntoIterator<Item = Value>, rules: impl IntoIterator<Item = Value>) -> FakeHost {
    FakeHost::new()
        .on("Get-HostedOutboundSpamFilterPolicy", Answer::records(policies))
        .on("Get-HostedOutboundSpamFilterRule", Answer::records(rules))
}

fn run(policies: impl IntoIterator<Item = Value>, rules: impl IntoIterator<Item = Value>) -> FakeRun {
    host(policies, rules).run(OutboundAutoforward, args! {})
}

fn only(run: &FakeRun) -> Finding {
    let [finding] = &run.findings()[..] else { panic!("{run:?}") };
    finding.clone()
}

#[test]
fn off_everywhere_passes_with_one_finding() {
    let run = run([default("Off"), policy("Board", "off")], [rule("Board", "Enabled")]);
    let finding = only(&run);
    assert_eq!((finding.status, finding.subject.as_str(), finding.severity), (Status::Pass, ALL, Severity::High));
    assert_eq!(finding.control, "exo-outbound-autoforward");
    assert!(finding.remedy.is_empty());
}

#[test]
fn automatic_and_on_fail_in_the_default_policy() {
    for (mode, word) in [("Automatic", "CIS"), ("On", "default")] {
        let run = run([default(mode)], []);
        let finding = only(&run);
        assert_eq!((finding.subject.as_str(), finding.status), ("Default", Status::Fail));
        assert!(finding.evidence.contains(mode) && finding.evidence.contains(word), "{}", finding.evidence);
        assert!(finding.remedy.contains("-Identity 'Default' -AutoForwardingMode Off"), "{}", finding.remedy);
    }
}

#[test]
fn a_policy_counts_when_a_rule_of_it_is_enabled() {
    let policies = || [default("Off"), policy("Partners", "On"), policy("Old", "On"), policy("Loose", "On")];
    let run = run(policies(), [rule("PARTNERS", "enabled"), rule("Old", "Disabled")]);
    assert_eq!(told(&run), [("Partners".to_owned(), Status::Fail)]);
    let evidence = only(&run).evidence;
    assert!(evidence.contains("`PARTNERS rule` (priority 0) to members of partners@contoso.com"), "{evidence}");
}

#[test]
fn a_rule_names_the_policy_by_name_or_by_identity() {
    let odd = with(policy("contoso\\Partners", "On"), json!({"Name": "Partners"}));
    for name in ["Partners", "contoso\\partners"] {
        let run = run([default("Off"), odd.clone()], [rule(name, "Enabled")]);
        assert_eq!(told(&run), [("contoso\\Partners".to_owned(), Status::Fail)]);
    }
}

#[test]
fn whom_a_rule_applies_to_is_told_in_every_form() {
    let seven: Vec<_> = (0..7).map(|n| format!("a{n}@contoso.com")).collect();
    let cases = [
        (json!({"FromMemberOf": null}), "to all senders"),
        (json!({"From": "boss@contoso.com", "FromMemberOf": []}), "to senders boss@contoso.com"),
        (json!({"SenderDomainIs": ["b\u{fc}cher.example"]}), "and senders in the domains b\u{fc}cher.example"),
        (json!({"FromMemberOf": seven}), "a4@contoso.com and 2 more"),
        (json!({"Name": null, "Priority": null}), "`without a name` to"),
    ];
    for (change, words) in cases {
        let run = run([default("Off"), policy("P", "On")], [with(rule("P", "Enabled"), change)]);
        let evidence = only(&run).evidence;
        assert!(evidence.contains(words), "{evidence}");
    }
}

#[test]
fn approved_policies_are_named_and_not_blamed() {
    let host = host([default("Off"), policy("Partners", "On")], [rule("Partners", "Enabled")]);
    let run = host.run(OutboundAutoforward, args! { approved: "partners" });
    let finding = only(&run);
    assert_eq!(finding.status, Status::Pass);
    assert!(finding.evidence.contains("Partners"), "{}", finding.evidence);
    assert!(run.log().is_empty());
    let typo = host.run(OutboundAutoforward, args! { approved: "partner" });
    assert_eq!(told(&typo), [("Partners".to_owned(), Status::Fail)]);
    assert!(typo.log()[0].message.contains("`partner`"));
}

#[test]
fn a_property_that_is_missing_or_null_is_no_verdict() {
    let cases = [
        (without(default("On"), "AutoForwardingMode"), "AutoForwardingMode"),
        (with(default("On"), json!({"AutoForwardingMode": null})), "AutoForwardingMode"),
        (without(default("On"), "IsDefault"), "IsDefault"),
    ];
    for (policy, property) in cases {
        let run = run([policy], []);
        let finding = only(&run);
        assert_eq!((finding.subject.as_str(), finding.status), ("Default", Status::NotEvaluated));
        assert!(finding.evidence.contains(property), "{}", finding.evidence);
    }
    let odd = run([default("Off"), policy("P", "On")], [rule("P", "Unknown")]);
    assert_eq!(told(&odd), [("P".to_owned(), Status::NotEvaluated)]);
    for property in ["State", "HostedOutboundSpamFilterPolicy"] {
        let run = run([default("Off"), policy("P", "On")], [without(rule("P", "Enabled"), property)]);
        let finding = only(&run);
        assert_eq!((finding.subject.as_str(), finding.status), ("P", Status::NotEvaluated));
        assert!(finding.evidence.contains(property), "{}", finding.evidence);
    }
}

#[test]
fn a_mode_that_nobody_knows_is_not_off() {
    let run = run([default("Z\u{fc}gig \"2\"")], []);
    assert_eq!(told(&run), [("Default".to_owned(), Status::Fail)]);
}

#[test]
fn a_list_without_the_default_policy_is_not_the_whole_one() {
    assert_eq!(told(&run([], [])), [("Default".to_owned(), Status::NotEvaluated)]);
    let some = run([policy("P", "On")], [rule("P", "Enabled")]);
    let expected = [("P".to_owned(), Status::Fail), ("Default".to_owned(), Status::NotEvaluated)];
    assert_eq!(told(&some), expected);
}

#[test]
fn a_name_with_an_apostrophe_can_be_pasted() {
    let run = run([default("Off"), policy("Bob's", "On")], [rule("Bob's", "Enabled")]);
    assert!(only(&run).remedy.contains("'Bob''s'"));
}

#[test]
fn what_cannot_be_read_is_an_error_and_never_a_verdict() {
    for cmdlet in ["Get-HostedOutboundSpamFilterPolicy", "Get-HostedOutboundSpamFilterRule"] {
        let run = host([default("Off")], []).on(cmdlet, Answer::denied("no role")).run(OutboundAutoforward, args! {});
        assert_eq!(run.failure_kind(), Some(FailureKind::Denied));
        assert!(run.rows().is_empty(), "{run:?}");
        let odd = host([default("Off")], [])
            .on(cmdlet, Answer::json_lines("{\"Identity\": 7, \"Priority\": \"first\"}"))
            .run(OutboundAutoforward, args! {});
        assert_eq!(odd.failure_kind(), Some(FailureKind::Decode), "{odd:?}");
        assert!(odd.rows().is_empty());
    }
}

#[test]
fn cancellation_ends_it() {
    let run = host([default("On")], []).cancel_after(0).run(OutboundAutoforward, args! {});
    assert_eq!(*run.outcome(), FakeOutcome::Cancelled);
    assert!(run.rows().is_empty());
}
