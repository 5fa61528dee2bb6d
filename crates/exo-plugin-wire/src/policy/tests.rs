//! What is allowed, what is refused, and what is then called.

use super::*;
use crate::{PluginManifest, ReportManifest};
use proptest::prelude::*;
use serde_json::json;

fn report(access: &str, needs: &Value) -> ReportManifest {
    let manifest = json!({
        "format": 1, "name": "p", "version": "1.0.0", "abi": {"major": 0},
        "reports": [{"name": "r", "kind": "inventory", "access": access, "needs": needs,
            "columns": [{"name": "a", "type": "string"}]}],
    });
    PluginManifest::from_json(manifest.to_string().as_bytes()).unwrap().reports.remove(0)
}

fn exo(access: &str, cmdlets: &Value) -> ReportManifest {
    report(access, &json!([{"service": "exo", "cmdlets": cmdlets}]))
}

fn reader() -> ReportManifest {
    let properties = ["UserPrincipalName", "Guid"];
    exo("read", &json!([{"name": "Get-Mailbox", "parameters": ["ResultSize", "Identity"], "properties": properties}]))
}

fn request(cmdlet: &str, parameters: &Value) -> Request {
    let body = json!({"cmdlet": cmdlet, "parameters": parameters});
    Request::parse(body.to_string().as_bytes()).unwrap()
}

#[test]
fn a_declared_call_asks_for_the_declared_properties() {
    let mut request = request("GET-mailbox", &json!({"resultsize": "Unlimited"}));
    (request.page_rows, request.limit) = (Some(50), Some(7));
    let call = decide(&reader(), &request, Consent::ReadOnly).unwrap();
    assert_eq!((call.service, call.cmdlet.as_str()), (Service::Exchange, "Get-Mailbox"));
    assert_eq!(call.select, ["UserPrincipalName", "Guid"]);
    assert_eq!((call.page_size, call.limit), (Some(50), Some(7)));
    assert_eq!(call.parameter("ResultSize"), Some(&json!("Unlimited")));
}

#[test]
fn what_is_not_declared_is_refused() {
    let decided = decide(&reader(), &request("Get-TransportRule", &json!({})), Consent::Write);
    assert!(matches!(decided, Err(Refusal::NotDeclared { .. })), "{decided:?}");
    let decided = decide(&reader(), &request("Get-Mailbox", &json!({"Filter": "x"})), Consent::Write);
    assert!(matches!(decided, Err(Refusal::ParameterNotDeclared { .. })), "{decided:?}");
    let mut elsewhere = request("Get-Mailbox", &json!({}));
    elsewhere.service = Some(Service::Compliance);
    let decided = decide(&reader(), &elsewhere, Consent::Write);
    assert!(matches!(decided, Err(Refusal::OtherService { .. })), "{decided:?}");
}

#[test]
fn parameters_that_redirect_or_hide_are_refused_in_every_spelling() {
    for bad in ["OutVariable", "outvariable", "ov", "OutV", "ErrorAction", "EA", "PipelineVariable", "Verbose"] {
        let decided = decide(&reader(), &request("Get-Mailbox", &json!({bad: "x"})), Consent::Write);
        assert!(matches!(decided, Err(Refusal::Redirects { .. })), "{bad}: {decided:?}");
    }
    for good in ["ResultSize", "Identity", "Error", "Info", "Out"] {
        // The last three are too short to abbreviate one thing; they are refused as undeclared, or are not known.
        assert_eq!(redirects(good), matches!(good, "Error" | "Info"), "{good}");
    }
}

#[test]
fn a_writing_cmdlet_needs_declaration_and_consent() {
    let cmdlets = json!([{"name": "Set-Mailbox", "parameters": ["Identity", "LitigationHoldEnabled"]}]);
    let call = request("Set-Mailbox", &json!({"Identity": "a", "LitigationHoldEnabled": true}));
    let decided = decide(&exo("read", &cmdlets), &call, Consent::Write);
    assert!(matches!(decided, Err(Refusal::Writes { .. })), "{decided:?}");
    let decided = decide(&exo("write", &cmdlets), &call, Consent::ReadOnly);
    assert!(matches!(decided, Err(Refusal::NoConsent { .. })), "{decided:?}");
    assert!(decide(&exo("write", &cmdlets), &call, Consent::Write).is_ok());
}

#[test]
fn a_reading_cmdlet_may_write_by_a_parameter() {
    let parameters = ["Identity", "NotificationEmailAddresses"];
    let cmdlets = json!([{"name": "Get-MobileDeviceStatistics", "parameters": parameters}]);
    let quiet = request("Get-MobileDeviceStatistics", &json!({"Identity": "a"}));
    assert!(decide(&exo("read", &cmdlets), &quiet, Consent::ReadOnly).is_ok());
    let mail = request("Get-MobileDeviceStatistics", &json!({"notificationemailaddresses": ["a@b.example"]}));
    let decided = decide(&exo("read", &cmdlets), &mail, Consent::Write);
    assert!(matches!(decided, Err(Refusal::Writes { .. })), "{decided:?}");
}

#[test]
fn a_parameter_that_nobody_knows_is_refused() {
    let cmdlets = json!([{"name": "Get-Mailbox", "parameters": ["Conjured"]}]);
    let decided = decide(&exo("read", &cmdlets), &request("Get-Mailbox", &json!({"Conjured": 1})), Consent::ReadOnly);
    assert!(matches!(decided, Err(Refusal::UnknownParameter { .. })), "{decided:?}");
}

#[test]
fn secrets_are_refused() {
    let cmdlets = json!([{"name": "Set-Mailbox", "parameters": ["Identity", "Password"]}]);
    let call = request("Set-Mailbox", &json!({"Identity": "a", "Password": "hunter2"}));
    let refusal = decide(&exo("write", &cmdlets), &call, Consent::Write).unwrap_err();
    assert!(matches!(refusal, Refusal::Secret { .. }), "{refusal:?}");
    assert!(!format!("{refusal} {refusal:?}").contains("hunter2"));
}

#[test]
fn a_cmdlet_of_both_services_needs_a_word() {
    let needs = json!([
        {"service": "exo", "cmdlets": [{"name": "Get-RoleGroup"}]},
        {"service": "scc", "cmdlets": [{"name": "Get-RoleGroup"}]},
    ]);
    let report = report("read", &needs);
    let mut call = request("Get-RoleGroup", &json!({}));
    assert!(matches!(decide(&report, &call, Consent::ReadOnly), Err(Refusal::WhichService { .. })));
    call.service = Some(Service::Compliance);
    assert_eq!(decide(&report, &call, Consent::ReadOnly).unwrap().service, Service::Compliance);
}

#[test]
fn size_and_depth_are_limited() {
    let nested = |levels| (0..levels).fold(json!(1), |value, _| json!([value]));
    let deep =
        |levels| decide(&reader(), &request("Get-Mailbox", &json!({"Identity": nested(levels)})), Consent::ReadOnly);
    assert!(deep(DEPTH_LIMIT).is_ok());
    assert!(matches!(deep(DEPTH_LIMIT + 1), Err(Refusal::TooLarge { unit: "levels", .. })));
    let mut large = request("Get-Mailbox", &json!({}));
    large.parameters.insert("Identity".into(), "x".repeat(REQUEST_LIMIT).into());
    let refusal = decide(&reader(), &large, Consent::ReadOnly).unwrap_err();
    assert!(matches!(refusal, Refusal::TooLarge { unit: "bytes", .. }));
    assert_eq!(refusal.failure_kind(), FailureKind::Limit);
}

#[test]
fn names_of_the_powershell_module_are_no_cmdlets() {
    assert!(!is_known(&"Get-EXOMailbox".parse().unwrap(), Service::Exchange));
    assert!(is_known(&"get-mailbox".parse().unwrap(), Service::Exchange));
    assert!(!is_known(&"Get-Mailbox".parse().unwrap(), Service::Compliance));
}

proptest! {
    /// Whatever is asked, a report that reads makes no other call than the ones it declared.
    #[test]
    fn nothing_but_the_declaration_passes(verb in "[A-Z][a-z]{2,8}", noun in "[A-Z][a-z]{2,8}", name in "[A-Za-z]{1,20}") {
        let call = request(&format!("{verb}-{noun}"), &json!({}));
        prop_assert!(decide(&reader(), &call, Consent::Write).is_err());
        let declared = name.eq_ignore_ascii_case("ResultSize") || name.eq_ignore_ascii_case("Identity");
        let call = request("Get-Mailbox", &json!({name: 1}));
        prop_assert_eq!(decide(&reader(), &call, Consent::Write).is_ok(), declared);
    }

    #[test]
    fn no_bytes_make_a_request_panic(body in proptest::collection::vec(any::<u8>(), 0..100)) {
        drop(Request::parse(&body));
    }
}
