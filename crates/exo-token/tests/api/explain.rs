//! Why a token will not work, out of what it says.

use crate::{NOW, jwt};
use exo_model::{AccessToken, Cloud, Secret, Service, Severity, Status, TenantId};
use exo_token::{Claims, SetupStep, TokenFault, TokenFinding, Wanted, explain};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::{Duration, UNIX_EPOCH};

const TENANT: &str = "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11";
const MARK: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";

/// A good token for a service, with these changes; null takes a claim away.
fn findings(service: Service, changes: Value) -> Vec<TokenFinding> {
    let endpoints = Cloud::Worldwide.endpoints();
    let mut claims = json!({
        "aud": endpoints.scope(service).audience(), "tid": TENANT, "idtyp": "app",
        "nbf": NOW - 300, "exp": NOW + 3600, "roles": ["Exchange.ManageAsApp"],
        "wids": ["29232cdf-9323-42fd-ade2-1d097af3e4de", MARK],
    });
    let Value::Object(changes) = changes else { unreachable!() };
    for (name, value) in changes {
        claims[name] = value;
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let claims = Claims::decode(&AccessToken::new(Secret::new(jwt(&claims)), UNIX_EPOCH)).unwrap();
    let tenant: TenantId = TENANT.parse().unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(NOW);
    explain(&claims, &Wanted::new(service, endpoints.scope(service), now).tenant(&tenant))
}

fn faults(service: Service, changes: Value) -> Vec<TokenFault> {
    findings(service, changes).into_iter().map(|finding| finding.fault).collect()
}

#[test]
fn nothing_is_said_of_a_good_token() {
    for service in Service::ALL {
        assert_eq!(faults(*service, json!({})), []);
        // What a real token of 2024 did not have.
        assert_eq!(faults(*service, json!({"idtyp": null})), []);
    }
    assert_eq!(faults(Service::Exchange, json!({"aud": "https://outlook.office365.com/"})), []);
    assert_eq!(faults(Service::Exchange, json!({"aud": "00000002-0000-0ff1-ce00-000000000000"})), []);
    assert_eq!(faults(Service::Compliance, json!({"aud": "00000007-0000-0ff1-ce00-000000000000"})), []);
    assert_eq!(faults(Service::Exchange, json!({"aud": TENANT})), []);
}

#[test]
fn each_fault_is_found_alone() {
    use TokenFault as F;
    for (changes, fault) in [
        (json!({"aud": "https://graph.microsoft.com"}), F::WrongAudience),
        (json!({"aud": "00000003-0000-0000-c000-000000000000"}), F::WrongAudience),
        (json!({"aud": "https://ps.compliance.protection.outlook.com"}), F::WrongAudience),
        (json!({"tid": "36ee4c6c-0812-40a2-b820-b22ebd02bce3"}), F::OtherTenant),
        (json!({"exp": NOW}), F::Expired),
        (json!({"nbf": NOW + 301}), F::NotYetValid),
        (json!({"scp": "Exchange.Manage", "upn": "adele@contoso.com", "idtyp": "user"}), F::OfAUser),
        (json!({"roles": null}), F::NoPermission),
        (json!({"roles": ["full_access_as_app"]}), F::OtherPermission),
        (json!({"wids": [MARK]}), F::NoDirectoryRole),
        (json!({"wids": null}), F::NoDirectoryRole),
    ] {
        assert_eq!(faults(Service::Exchange, changes.clone()), [fault], "{changes}");
    }
    for aud in ["https://outlook.office365.com", "00000002-0000-0ff1-ce00-000000000000"] {
        assert_eq!(faults(Service::Compliance, json!({"aud": aud})), [F::ExchangeForCompliance]);
    }
}

#[test]
fn clocks_may_differ_by_five_minutes() {
    assert_eq!(faults(Service::Exchange, json!({"nbf": NOW + 300})), []);
}

#[test]
fn only_what_is_certain_is_a_failure() {
    let severity = |changes| findings(Service::Compliance, changes)[0].severity;
    assert_eq!(severity(json!({"roles": null})), Severity::High);
    assert_eq!(severity(json!({"aud": "https://outlook.office365.com"})), Severity::Medium);
    let role = &findings(Service::Exchange, json!({"wids": [MARK]}))[0];
    assert!(!role.is_certain() && role.step == Some(SetupStep::Role) && role.remedy.contains("custom role groups"));
    let row = role.finding("token for exo");
    assert_eq!(
        (row.status, row.severity, row.control.as_str()),
        (Status::Manual, Severity::Low, "token-no-directory-role")
    );
    assert!(row.remedy.starts_with("set-up step 5"));
    assert_eq!(findings(Service::Exchange, json!({"exp": 1}))[0].finding("x").status, Status::Fail);
}

#[test]
fn every_explanation_reads_well() {
    let mut all = String::new();
    for (service, changes) in [
        (Service::Exchange, json!({"aud": "https://graph.microsoft.com"})),
        (Service::Compliance, json!({"aud": "https://outlook.office365.com"})),
        (Service::Exchange, json!({"tid": "36ee4c6c-0812-40a2-b820-b22ebd02bce3"})),
        (Service::Exchange, json!({"exp": NOW})),
        (Service::Exchange, json!({"nbf": NOW + 600})),
        (Service::Exchange, json!({"scp": "Exchange.Manage", "upn": "adele@contoso.com"})),
        (Service::Exchange, json!({"roles": null})),
        (Service::Compliance, json!({"roles": null})),
        (Service::Exchange, json!({"roles": null, "xms_mirid": "/subscriptions/s"})),
        (
            Service::Exchange,
            json!({"roles": ["full_access_as_app", "EopPolicySync.AccessAsApp", "Exchange.AdminAPI.ManageAsApp", "Mail.Read"]}),
        ),
        (Service::Exchange, json!({"wids": [MARK]})),
        (Service::Exchange, json!({"wids": null})),
    ] {
        for finding in findings(service, changes) {
            let step = finding.step.map(SetupStep::number);
            writeln!(all, "{service} {:?} {:?} step {step:?}: {}", finding.fault, finding.severity, finding.seen)
                .unwrap();
            writeln!(all, "  {}", finding.remedy).unwrap();
        }
    }
    insta::assert_snapshot!(all);
}
