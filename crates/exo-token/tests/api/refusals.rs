//! Refusals and answers that make no sense: kind, code, set-up step, way out.

use crate::{World, exchange};
use exo_http::ScriptedTransport;
use exo_model::{Diagnose, ErrorKind, SeamError, TokenProvider};
use exo_token::{Error, SetupStep};

async fn refused(status: u16, body: &str) -> SeamError {
    let world = World::new(ScriptedTransport::new().reply(status, &[], body.to_owned()));
    let error = world.credential().token(&exchange()).await.unwrap_err();
    assert!(world.waits().is_empty(), "a refusal is final");
    error
}

fn body(error: &str, code: u32, text: &str) -> String {
    format!(
        r#"{{"error":"{error}","error_description":"AADSTS{code}: {text} Trace ID: t-1 Correlation ID: c-1 Timestamp: 2026-11-20 10:11:12Z","error_codes":[{code}],"trace_id":"t-1","correlation_id":"c-1","timestamp":"2026-11-20 10:11:12Z"}}"#
    )
}

#[tokio::test]
async fn a_refusal_names_code_ids_and_the_open_step() {
    for (status, error, code, text, step) in [
        (
            400,
            "unauthorized_client",
            700_016,
            "Application with identifier 'x' was not found.",
            Some(SetupStep::Register),
        ),
        (
            401,
            "invalid_client",
            7_000_229,
            "The client application is missing service principal.",
            Some(SetupStep::Permission),
        ),
        (401, "invalid_client", 700_027, "Not registered. [Reason - The key was not found.]", Some(SetupStep::Attach)),
        (
            401,
            "invalid_client",
            700_027,
            "Bad. [Reason - The provided signature value did not match the expected signature value.]",
            Some(SetupStep::Certificate),
        ),
        (400, "invalid_resource", 500_011, "The resource principal was not found.", Some(SetupStep::Permission)),
        (400, "invalid_grant", 53003, "Access has been blocked by Conditional Access policies.", None),
        (400, "invalid_request", 90002, "Tenant 'contoso.onmicrosoft.com' not found.", None),
        (401, "invalid_client", 700_023, "Client assertion audience claim does not match Realm issuer.", None),
        (400, "invalid_request", 4242, "Something new.", None),
    ] {
        let seam = refused(status, &body(error, code, text)).await;
        assert_eq!(seam.kind(), ErrorKind::Authentication, "{code}");
        assert_eq!(seam.service_code(), Some(format!("AADSTS{code}").as_str()));
        let shown = seam.to_string();
        for part in ["AADSTS", "t-1", "c-1", "2026-11-20 10:11:12Z", error] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        let Some(Error::Refused { error, .. }) = seam.downcast_ref::<Error>() else { panic!("{seam:?}") };
        assert_eq!(error.setup_step(), step, "{code}");
        let hint = seam.hint().unwrap();
        match step {
            Some(step) => assert!(hint.starts_with(&format!("look at set-up {step}: ")), "{hint}"),
            None => assert!(!hint.contains("step"), "{hint}"),
        }
    }
}

#[tokio::test]
async fn a_wrong_cloud_or_tenant_is_said_to_be_one() {
    for code in [90002, 700_023] {
        let hint = refused(400, &body("invalid_request", code, "No.")).await.hint().unwrap();
        assert!(hint.contains("cloud") && hint.contains("tenant"), "{hint}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_microsofts_may_refuse_without_codes() {
    let seam = refused(401, r#"{"error":"invalid_client","error_description":"unknown client"}"#).await;
    assert_eq!((seam.kind(), seam.service_code()), (ErrorKind::Authentication, Some("invalid_client")));
    assert!(seam.to_string().contains("unknown client"));
}

#[tokio::test]
async fn what_is_no_answer_of_a_token_service_is_not_understood() {
    for (status, body) in [
        (403, "<html><h1>Blocked by proxy</h1></html>"),
        (404, ""),
        (302, ""),
        (200, "<html>Sign in</html>"),
        (200, r#"{"token_type":"Bearer","expires_in":3599}"#),
        (403, "\0\0\0\0"),
    ] {
        let seam = refused(status, body).await;
        assert_eq!(seam.kind(), ErrorKind::Answer, "{status} {body}");
        assert!(seam.to_string().contains(&status.to_string()));
        assert!(!seam.to_string().contains("Blocked"));
        assert!(seam.hint().unwrap().contains("sign-in host"));
    }
}

#[tokio::test]
async fn the_id_that_was_sent_is_kept() {
    let world = World::new(ScriptedTransport::new().reply(401, &[], r#"{"error":"invalid_client"}"#));
    let seam = world.credential().token(&exchange()).await.unwrap_err();
    let sent = world.transport.requests()[0].headers()["client-request-id"].to_str().unwrap().to_owned();
    let error = seam.downcast_ref::<Error>().unwrap().service_error().unwrap();
    assert_eq!(error.client_request_id.as_deref(), Some(sent.as_str()));
    assert!(seam.to_string().contains(&sent), "{seam}");
}
