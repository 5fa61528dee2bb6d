//! Refusals as the service writes them.

use super::*;
use proptest::prelude::*;

fn parse(body: &str) -> ServiceError {
    ServiceError::parse(401, body.as_bytes()).unwrap()
}

const NOT_REGISTERED: &str = r#"{"error":"invalid_client","error_description":"AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: 'AB'] Trace ID: 9f0e3f1c-6f54-4a0e-8a1f-1f8f2b1a0c00 Correlation ID: 5b4e6c1e-2b7d-4f0c-9b0e-8a6a5f0d7c33 Timestamp: 2026-11-20 10:11:12Z","error_codes":[700027],"timestamp":"2026-11-20 10:11:12Z","trace_id":"9f0e3f1c-6f54-4a0e-8a1f-1f8f2b1a0c00","correlation_id":"5b4e6c1e-2b7d-4f0c-9b0e-8a6a5f0d7c33","error_uri":"https://login.microsoftonline.com/error?code=700027"}"#;

#[test]
fn a_refusal_is_read_into_its_parts() {
    let error = parse(NOT_REGISTERED);
    assert_eq!(error.code(), Some(700_027));
    assert_eq!(
        error.description,
        "AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application"
    );
    assert_eq!(error.reason, Some(KeyReason::NotFound));
    assert_eq!(error.setup_step(), Some(SetupStep::Attach));
    assert_eq!(error.trace_id.as_deref(), Some("9f0e3f1c-6f54-4a0e-8a1f-1f8f2b1a0c00"));
    assert_eq!(error.timestamp.as_deref(), Some("2026-11-20 10:11:12Z"));
    let shown = error.to_string();
    assert!(shown.contains("correlation id 5b4e6c1e-2b7d-4f0c-9b0e-8a6a5f0d7c33"), "{shown}");
}

#[test]
fn the_policy_that_blocks_is_named() {
    let blocked = |values: &str| {
        let claims = format!(r#"{{\"access_token\":{{\"capolids\":{{\"essential\":true,\"values\":[{values}]}}}}}}"#);
        parse(&format!(
            r#"{{"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies. Trace ID: 1","error_codes":[53003],"suberror":"message_only","claims":"{claims}"}}"#
        ))
    };
    let error = blocked(r#"\"3d2f9a0e-5b1c-4f0a-8c66-0a4f1e2d3c4b\""#);
    assert_eq!(error.policies(), ["3d2f9a0e-5b1c-4f0a-8c66-0a4f1e2d3c4b"]);
    assert!(error.remedy().ends_with("; it is policy 3d2f9a0e-5b1c-4f0a-8c66-0a4f1e2d3c4b"), "{}", error.remedy());
    let two =
        blocked(r#"\"3d2f9a0e-5b1c-4f0a-8c66-0a4f1e2d3c4b\",\"36ee4c6c-0812-40a2-b820-b22ebd02bce3\",\"not an id\",7"#);
    assert_eq!(two.policies().len(), 2);
    assert!(two.remedy().contains("they are the policies 3d2f"));
    // Without them, and with what is not JSON at all, the administrator is still to be asked.
    for error in [blocked(""), parse(r#"{"error":"invalid_grant","error_codes":[53003],"claims":"{"}"#)] {
        assert!(error.policies().is_empty() && error.remedy().ends_with("managed identities are exempt"));
    }
}

#[test]
fn the_reason_decides_between_key_and_attachment() {
    for (reason, step) in [
        ("The key was not found.", SetupStep::Attach),
        ("The provided signature value did not match the expected signature value.", SetupStep::Certificate),
        ("The key with the thumbprint is expired on application.", SetupStep::Certificate),
    ] {
        let body = NOT_REGISTERED.replace("The key was not found.", reason);
        assert_eq!(parse(&body).setup_step(), Some(step), "{reason}");
    }
}

#[test]
fn parts_separated_by_line_breaks_are_read_too() {
    let body = r#"{"error":"invalid_request","error_description":"AADSTS90002: Tenant 'x.onmicrosoft.com' not found. Check it.\r\nTrace ID: 1\r\nCorrelation ID: 2\r\nTimestamp: 3"}"#;
    let error = parse(body);
    assert_eq!(error.description, "AADSTS90002: Tenant 'x.onmicrosoft.com' not found");
    assert_eq!(error.code(), Some(90002));
    assert!(error.remedy().contains("cloud"));
    assert_eq!(error.setup_step(), None);
}

#[test]
fn codes_are_found_without_a_list_and_as_texts() {
    assert_eq!(
        parse(r#"{"error":"e","error_description":"AADSTS70002: Bad. AADSTS50012: Worse."}"#).codes,
        [70002, 50012]
    );
    assert_eq!(parse(r#"{"error":"e","error_codes":["700016", 7, null, -1]}"#).codes, [700_016, 7]);
    assert_eq!(parse(r#"{"error":"e","error_description":"AADSTS99999999999: no number"}"#).code(), None);
    let headline = parse(r#"{"error":"e","error_description":"AADSTS700016: No app.","error_codes":[50034, 700016]}"#);
    assert_eq!(headline.codes, [700_016, 50034]);
    // The first that is known gives the advice.
    let both = parse(r#"{"error":"e","error_description":"AADSTS70002: Bad. AADSTS50012: Worse."}"#);
    assert_eq!(both.known().map(|k| k.code), Some(50012));
}

#[test]
fn a_wrong_cloud_speaks_of_cloud_and_tenant() {
    let error = parse(
        r#"{"error":"invalid_client","error_description":"AADSTS700023: Client assertion audience claim does not match Realm issuer."}"#,
    );
    assert!(error.remedy().contains("cloud") && error.remedy().contains("tenant"));
}

#[test]
fn what_looks_like_a_token_is_not_kept() {
    let token = format!("eyJhbGciOiJQUzI1NiJ9.{}.sig", "a".repeat(60));
    let body = format!(
        r#"{{"error":"invalid_request","error_description":"AADSTS50027: JWT '{token}' is malformed.","claims":"{token}"}}"#
    );
    let error = parse(&body);
    assert_eq!(error.description, "AADSTS50027: JWT '***' is malformed");
    assert_eq!(error.claims.as_deref(), Some("***"));
}

#[test]
fn what_is_no_oauth_error_is_none() {
    for body in ["", "<html>", "[]", "{}", "null", r#"{"error":null}"#, "\u{0}"] {
        assert_eq!(ServiceError::parse(400, body.as_bytes()), None, "{body}");
    }
}

#[test]
fn a_long_description_is_cut() {
    let body = format!(r#"{{"error":"e","error_description":"{}"}}"#, "x".repeat(5000));
    assert_eq!(parse(&body).description.len(), 1000);
}

#[test]
fn a_clock_that_differs_is_told_by_how_much() {
    let mut error = parse(r#"{"error":"invalid_client","error_codes":[700024]}"#);
    assert_eq!(error.remedy(), "set this machine's clock; a token of another issuer must not have expired");
    error.clock_ahead_seconds = Some(601);
    assert_eq!(error.remedy(), "set this machine's clock; it is 601 seconds behind the service's");
    error.clock_ahead_seconds = Some(-601);
    assert!(error.remedy().contains("ahead of"));
}

proptest! {
    #[test]
    fn any_description_is_read_without_panic(text: String, code: i64) {
        let body = serde_json::json!({"error": "e", "error_description": text, "error_codes": [code]}).to_string();
        let error = parse(&body);
        prop_assert!(error.description.chars().count() <= 1000);
        prop_assert!(!error.to_string().chars().any(char::is_control));
    }

    #[test]
    fn any_body_is_read_without_panic(body: Vec<u8>) {
        drop(ServiceError::parse(400, &body));
    }
}
