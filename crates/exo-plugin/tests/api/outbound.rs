//! The check on tenants of several kinds.

use crate::reports::Outbound;
use exo_plugin::fake::{Answer, FakeHost, args, rows};
use exo_plugin::{FailureKind, Status};

const POLICIES: &str = "Get-HostedOutboundSpamFilterPolicy";

#[test]
fn findings_say_what_is_and_what_to_do() {
    let host = FakeHost::new().on(
        POLICIES,
        rows![
            {"Name": "Default", "AutoForwardingMode": "Automatic"},
            {"Name": "Strict \"1\"", "AutoForwardingMode": "Off"},
        ],
    );
    let run = host.run(Outbound, args! {});
    let findings = run.findings();
    assert!(run.is_ok(), "{run:?}");
    assert_eq!(findings.len(), 2);
    assert_eq!((findings[0].status, findings[0].subject.as_str()), (Status::Fail, "Default"));
    assert_eq!(findings[0].evidence, "AutoForwardingMode is Automatic");
    assert_eq!((findings[1].status, findings[1].subject.as_str()), (Status::Pass, "Strict \"1\""));
}

#[test]
fn an_empty_tenant_has_no_findings() {
    let run = FakeHost::new().on(POLICIES, Answer::empty()).run(Outbound, args! {});
    assert!(run.is_ok() && run.findings().is_empty());
}

#[test]
fn a_policy_without_the_property_is_never_a_pass() {
    let run = FakeHost::new().on(POLICIES, rows![{"Name": "Default"}]).run(Outbound, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::Decode));
    assert_eq!(run.failure().unwrap().field.as_deref(), Some("AutoForwardingMode"));
}

#[test]
fn what_cannot_be_read_is_no_verdict() {
    let run = FakeHost::new().on(POLICIES, Answer::denied("the role is missing")).run(Outbound, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::Denied));
    assert!(run.findings().is_empty() && !run.is_complete());
}
