//! All error texts with their kinds and hints, to be read in one place; and no secret in any of them.

use super::*;
use exo_http::response;
use std::error::Error as StdError;
use std::fmt::Write as _;
use std::time::SystemTime;

fn graph_error(status: u16, code: &str, message: &str) -> Box<GraphError> {
    let inner = serde_json::json!({ "request-id": "r-1", "date": "2026-11-22T10:00:00" });
    let body = serde_json::json!({ "error": { "code": code, "message": message, "innerError": inner } });
    Box::new(GraphError::of(&response(status, &[], body.to_string()), "c-1", SystemTime::UNIX_EPOCH))
}

fn refused(needs: Privilege, status: u16, code: &str, message: &str) -> Error {
    let call = "POST /servicePrincipals".to_owned();
    Error::Refused { call, needs, error: graph_error(status, code, message) }
}

fn every_error() -> Vec<Error> {
    let call = || "PATCH /applications/x".to_owned();
    let seam = || SeamError::message(ErrorKind::Authorization, "no role in the token").hinted("assign one");
    let same = || Namesake { app_id: "a-1".to_owned(), id: "o-1".to_owned(), created: Some("2026-01-01".to_owned()) };
    let app_id: AppId = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
    let denied = |needs| refused(needs, 403, "Authorization_RequestDenied", "Insufficient privileges.");
    let mut all = vec![
        Error::Token { source: seam() },
        Error::Transport {
            call: call(),
            client_request_id: "c-1".to_owned(),
            source: TransportError::reset("graph.microsoft.com"),
        },
    ];
    all.extend(Privilege::ALL.iter().map(|needs| denied(*needs)));
    all.extend([
        refused(Privilege::WriteApps, 401, "InvalidAuthenticationToken", "Lifetime validation failed"),
        refused(Privilege::WriteApps, 400, "CredentialInvalidLifetimeAsPerAppPolicy", "Too long"),
        refused(Privilege::WriteApps, 400, "Request_BadRequest", "Invalid value"),
        refused(Privilege::WriteApps, 400, "Request_BadRequest", "Update to existing credential is not allowed"),
        Error::Throttled { call: call(), error: graph_error(429, "TooManyRequests", "Slow down") },
        Error::Throttled {
            call: call(),
            error: Box::new(GraphError {
                retry_after: Some(Duration::from_mins(15)),
                ..*graph_error(429, "TooManyRequests", "Slow down")
            }),
        },
        Error::Outage { call: call(), error: graph_error(503, "", "") },
        Error::NotUnderstood { call: call(), what: "it is no collection", client_request_id: "c-1".to_owned() },
        Error::ForeignLink { call: call(), link: "https://evil.example/v1.0/applications".to_owned() },
        Error::NameTaken { display_name: "Reports".to_owned(), same: vec![same()] },
        Error::NameTaken {
            display_name: "Reports".to_owned(),
            same: vec![same(), Namesake { created: None, ..same() }],
        },
        Error::Gone { app_id: app_id.to_string() },
        Error::NotYet { step: Step::Application, waited: Duration::from_mins(10), last: None },
        Error::NotYet {
            step: Step::Consent(Service::Exchange),
            waited: Duration::from_mins(10),
            last: Some(Box::new(refused(
                Privilege::Consent,
                400,
                "Request_BadRequest",
                "Not a valid reference update",
            ))),
        },
        Error::SignIn { app_id, service: Service::Compliance, waited: Duration::ZERO, source: seam() },
        Error::Proof {
            source: exo_cert::Error::sign(exo_cert::SignatureAlgorithm::Rs256, "the token is not plugged in"),
        },
        Error::Cmdlet { cmdlet: "Add-RoleGroupMember", source: seam() },
        Error::Keep { source: seam() },
    ]);
    all
}

#[test]
fn every_text_fits_after_failed() {
    let mut all = String::new();
    for error in every_error() {
        let source = StdError::source(&error).map(ToString::to_string).unwrap_or_default();
        writeln!(all, "{error}\n  caused by: {source}\n  kind: {:?}", error.kind()).unwrap();
        writeln!(all, "  hint: {}", error.hint().unwrap_or_default()).unwrap();
        assert!(!error.to_string().ends_with('.'), "{error}");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_token_that_is_repeated_by_whoever_refuses_is_not_shown() {
    let token = "eyJ0eXAiOiJKV1QifQ.eyJzZWNyZXQiOiJNYXJrZWQifQ.c2lnbmF0dXJl";
    for words in [format!("token {token} is bad"), format!("'{token}'"), format!("Bearer\n{token}")] {
        let error = refused(Privilege::WriteApps, 401, token, &words);
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(!shown.contains("eyJ"), "{shown}");
    }
}
