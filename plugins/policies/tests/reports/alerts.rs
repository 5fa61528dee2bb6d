//! Check `purview-alerts`.

use crate::records::{told, with, without};
use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, FakeRun, args};
use exo_plugin::serde_json::{Value, json};
use exo_plugin::{Failure, FailureKind, Service, Severity, Status};
use reports_policies::PurviewAlerts;

const NAMES: [&str; 6] = [
    "Suspicious email sending patterns detected",
    "Suspicious connector activity",
    "Suspicious Email Forwarding Activity",
    "Messages have been delayed",
    "Tenant restricted from sending unprovisioned email",
    "Tenant restricted from sending email",
];
const CLICK: &str = "A potentially malicious URL click was detected";

fn alert(name: &str) -> Value {
    json!({
        "Name": name, "Disabled": false, "NotificationEnabled": true, "NotifyUser": ["TenantAdmins"], "Severity": "High"
    })
}

fn all() -> Vec<Value> {
    NAMES.into_iter().chain([CLICK, "Gel\u{f6}schte \"Richtlinie\""]).map(alert).collect()
}

/// All alerts, one of them changed.
fn all_with(at: usize, change: Value) -> Vec<Value> {
    let mut all = all();
    all[at] = with(all[at].clone(), change);
    all
}

fn run(alerts: Vec<Value>) -> FakeRun {
    FakeHost::new().on("Get-ProtectionAlert", Answer::records(alerts)).run(PurviewAlerts, args! {})
}

#[test]
fn all_enabled_passes_with_one_finding_on_the_compliance_service() {
    let run = run(all());
    assert_eq!(told(&run), [("all alert policies".to_owned(), Status::Pass)]);
    assert!(run.findings()[0].evidence.starts_with("7 alerts"), "{run:?}");
    assert_eq!(run.invocations("Get-ProtectionAlert")[0].service, Service::Compliance);
}

#[test]
fn the_licensed_alert_may_be_absent_and_not_disabled() {
    let absent: Vec<_> = all().into_iter().filter(|alert| alert["Name"] != CLICK).collect();
    let run_absent = run(absent);
    assert_eq!(told(&run_absent), [("all alert policies".to_owned(), Status::Pass)]);
    assert!(run_absent.findings()[0].evidence.contains(CLICK));
    let disabled = run(all_with(6, json!({"Disabled": true})));
    assert_eq!(told(&disabled), [(CLICK.to_owned(), Status::Fail)]);
}

#[test]
fn each_named_alert_fails_when_disabled_or_absent() {
    for (at, name) in NAMES.into_iter().enumerate() {
        let disabled = run(all_with(at, json!({"Disabled": "True"})));
        assert_eq!(told(&disabled), [(name.to_owned(), Status::Fail)]);
        let mut rest = all();
        rest.remove(at);
        let absent = run(rest);
        assert_eq!(told(&absent), [(name.to_owned(), Status::Fail)]);
        for run in [disabled, absent] {
            let finding = &run.findings()[0];
            assert_eq!((finding.control.as_str(), finding.severity), ("purview-alerts", Severity::High));
            assert!(!finding.evidence.is_empty() && !finding.remedy.is_empty());
        }
    }
}

#[test]
fn names_are_compared_without_case_and_are_not_beginnings() {
    let upper: Vec<_> = all()
        .into_iter()
        .map(|a| with(a.clone(), json!({"Name": a["Name"].as_str().unwrap().to_uppercase()})))
        .collect();
    assert_eq!(told(&run(upper)), [("all alert policies".to_owned(), Status::Pass)]);
    let other = run(all_with(1, json!({"Name": "Suspicious connector activity (copy)"})));
    assert_eq!(told(&other), [(NAMES[1].to_owned(), Status::Fail)]);
}

#[test]
fn of_two_with_one_name_one_that_is_enabled_is_enough() {
    let mut two = all_with(0, json!({"Disabled": true}));
    two.push(alert(NAMES[0]));
    assert_eq!(told(&run(two)), [("all alert policies".to_owned(), Status::Pass)]);
}

#[test]
fn an_alert_that_tells_nobody_is_for_a_person_to_judge() {
    let silent = [
        json!({"NotifyUser": []}),
        json!({"NotifyUser": null}),
        json!({"NotifyUser": " "}),
        json!({"NotificationEnabled": false}),
    ];
    for change in silent {
        let run = run(all_with(3, change));
        let expected = [("all alert policies".to_owned(), Status::Pass), (NAMES[3].to_owned(), Status::Manual)];
        assert_eq!(told(&run), expected);
    }
    let told_by_text = run(all_with(3, json!({"NotifyUser": "soc@contoso.com"})));
    assert_eq!(told_by_text.findings().len(), 1);
    let absent = [without(alert(NAMES[3]), "NotifyUser")];
    let without_property = run(all().into_iter().filter(|a| a["Name"] != NAMES[3]).chain(absent).collect());
    assert_eq!(told(&without_property), [("all alert policies".to_owned(), Status::Pass)]);
}

#[test]
fn a_property_that_is_missing_or_null_is_no_verdict() {
    let missing: Vec<_> = all().into_iter().map(|alert| without(alert, "Disabled")).collect();
    let run_missing = run(missing);
    assert!(run_missing.findings().iter().all(|f| f.status == Status::NotEvaluated && f.evidence.contains("Disabled")));
    assert_eq!(run_missing.findings().len(), 7);
    let null = run(all_with(2, json!({"Disabled": null})));
    assert_eq!(told(&null), [(NAMES[2].to_owned(), Status::NotEvaluated)]);
}

#[test]
fn an_empty_list_means_that_nothing_was_shown() {
    assert_eq!(told(&run(Vec::new())), [("all alert policies".to_owned(), Status::NotEvaluated)]);
}

#[test]
fn one_alert_alone_leaves_the_others_absent() {
    let run = run(vec![alert("Something of their own")]);
    assert_eq!(told(&run).len(), 6);
    assert!(run.findings().iter().all(|finding| finding.status == Status::Fail));
}

#[test]
fn what_cannot_be_read_is_an_error_and_never_a_verdict() {
    let gone = Failure::new(FailureKind::Io, "the connection was reset");
    let answers = [
        (Answer::denied("no role"), FailureKind::Denied),
        (Answer::records(all()).page_rows(2).then_fails(gone), FailureKind::Io),
        (Answer::records([json!({"Name": null, "Disabled": 1e30})]), FailureKind::Decode),
    ];
    for (answer, kind) in answers {
        let run = FakeHost::new().on("Get-ProtectionAlert", answer).run(PurviewAlerts, args! {});
        assert_eq!(run.failure_kind(), Some(kind), "{run:?}");
        assert!(run.rows().is_empty());
    }
}

#[test]
fn cancellation_ends_it() {
    let host = FakeHost::new().on("Get-ProtectionAlert", Answer::records(all())).cancel_after(0);
    assert_eq!(*host.run(PurviewAlerts, args! {}).outcome(), FakeOutcome::Cancelled);
}
