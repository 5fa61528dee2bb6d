//! A person's sign-in by device code.

use crate::{HALF, NOW, World, form};
use exo_http::{Error as HttpError, ScriptedTransport};
use exo_model::{Diagnose, ErrorKind, Scope, SeamError, TokenProvider, TokenRequest};
use exo_token::{DeviceCode, DeviceCodeError, UserCode};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ISSUED: &str = r#"{"token_type":"Bearer","scope":"https://graph.microsoft.com/Application.ReadWrite.All","expires_in":4521,"access_token":"marked-token"}"#;

/// A sign-in that answers from a script, and the codes that were shown.
struct SignIn {
    world: World,
    provider: DeviceCode,
    shown: Arc<Mutex<Vec<UserCode>>>,
}

fn begun(interval: u64) -> String {
    json!({
        "device_code": "marked-device-code", "user_code": "FJC3DTWJQ", "interval": interval, "expires_in": 900,
        "verification_uri": "https://microsoft.com/devicelogin", "message": "To sign in, use a web browser"
    })
    .to_string()
}

fn refusal(error: &str, description: &str) -> String {
    json!({"error": error, "error_description": description, "trace_id": "t", "correlation_id": "c"}).to_string()
}

fn sign_in(script: ScriptedTransport) -> SignIn {
    let world = World::new(script);
    let shown = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&shown);
    let provider = DeviceCode::new(
        Arc::clone(&world.transport) as _,
        Arc::clone(&world.clock) as _,
        "contoso.onmicrosoft.com".parse().unwrap(),
        "6ad4d1c8-3c0f-4a6e-9d53-2f1f6f0c8e11".parse().unwrap(),
        move |code| seen.lock().unwrap().push(code.clone()),
    )
    .random(HALF);
    SignIn { world, provider, shown }
}

fn graph() -> TokenRequest {
    TokenRequest::new(Scope::new("https://graph.microsoft.com/.default"))
}

/// A sign-in that was begun, and then answered so.
fn answered(answers: &[(u16, String)]) -> ScriptedTransport {
    answers.iter().fold(ScriptedTransport::new().reply(200, &[], begun(5)), |script, (status, body)| {
        script.reply(*status, &[], body.clone())
    })
}

async fn failed(script: ScriptedTransport) -> SeamError {
    sign_in(script).provider.token(&graph()).await.unwrap_err()
}

#[tokio::test]
async fn the_code_is_shown_once_and_asked_for_until_it_is_confirmed() {
    let pending = || (400, refusal("authorization_pending", "AADSTS70016: OAuth 2.0 device flow error. Pending."));
    let script = answered(&[pending(), (400, refusal("slow_down", "")), pending(), (200, ISSUED.into())]);
    let SignIn { world, provider, shown } = sign_in(script);
    let token = provider.permissions(["Application.ReadWrite.All", "User.Read"]).token(&graph()).await.unwrap();
    assert_eq!(token.secret().expose(), "marked-token");
    assert_eq!(world.waits(), [5.0, 5.0, 10.0, 10.0], "slower once it was asked for");
    let shown = shown.lock().unwrap();
    assert_eq!((shown.len(), shown[0].code.as_str()), (1, "FJC3DTWJQ"));
    assert_eq!(shown[0].expires_at, std::time::UNIX_EPOCH + Duration::from_secs(NOW + 900));
    let requests = world.transport.requests();
    assert!(requests[0].uri().path().ends_with("/contoso.onmicrosoft.com/oauth2/v2.0/devicecode"));
    let scope = "https://graph.microsoft.com/Application.ReadWrite.All https://graph.microsoft.com/User.Read";
    assert_eq!(form(&requests[0])["scope"], scope);
    let poll = form(&requests[1]);
    assert!(requests[1].uri().path().ends_with("/contoso.onmicrosoft.com/oauth2/v2.0/token"));
    assert_eq!(poll["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(poll["device_code"], "marked-device-code");
    assert!(!poll.contains_key("scope"));
}

#[tokio::test]
async fn without_permissions_it_asks_for_what_the_app_may() {
    let SignIn { world, provider, .. } = sign_in(answered(&[(200, ISSUED.into())]));
    provider.token(&graph()).await.unwrap();
    assert_eq!(form(&world.transport.requests()[0])["scope"], "https://graph.microsoft.com/.default");
}

#[tokio::test]
async fn a_cached_sign_in_asks_the_person_once() {
    let SignIn { provider, shown, .. } = sign_in(answered(&[(200, ISSUED.into())]));
    let cached = provider.cached();
    cached.token(&graph()).await.unwrap();
    cached.token(&graph()).await.unwrap();
    assert_eq!(shown.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_passes_is_waited_for_while_the_code_lives() {
    let script = ScriptedTransport::new()
        .reply(503, &[("retry-after", "2")], "")
        .reply(200, &[], begun(5))
        .error(HttpError::reset("login.microsoftonline.com"))
        .reply(429, &[("retry-after", "30")], "")
        .reply(500, &[], "")
        .reply(200, &[], ISSUED);
    let SignIn { world, provider, shown } = sign_in(script);
    provider.token(&graph()).await.unwrap();
    assert_eq!(world.waits(), [2.0, 5.0, 10.0, 30.0, 35.0]);
    assert_eq!(shown.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_wait_does_not_outlast_the_code() {
    let script = ScriptedTransport::new().reply(200, &[], begun(5)).reply(429, &[("retry-after", "3600")], "").reply(
        400,
        &[],
        refusal("authorization_pending", ""),
    );
    let SignIn { world, provider, .. } = sign_in(script);
    let error = provider.token(&graph()).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(DeviceCodeError::Expired { .. })), "{error}");
    assert_eq!(world.waits(), [5.0, 895.0]);
    assert_eq!(error.to_string(), "nobody confirmed the device code within 15 minutes");
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    for (error, description, code, words) in [
        ("authorization_declined", "", None, "start again"),
        ("access_denied", "", None, "start again"),
        ("expired_token", "AADSTS70019: The code has expired.", None, "enter the new code"),
        ("invalid_grant", "AADSTS53003: Access has been blocked.", Some("AADSTS53003"), "hand the token over"),
        ("invalid_client", "AADSTS7000218: The body must contain.", Some("AADSTS7000218"), "public client flows"),
        ("invalid_grant", "AADSTS65001: The user has not consented.", Some("AADSTS65001"), "admin consent"),
        ("invalid_grant", "AADSTS50020: User account from another.", Some("AADSTS50020"), "this tenant"),
        ("bad_verification_code", "", Some("bad_verification_code"), "hand the token over"),
    ] {
        let failure = failed(answered(&[(400, refusal(error, description))])).await;
        assert_eq!(failure.kind(), ErrorKind::Authentication, "{failure}");
        assert_eq!(failure.service_code(), code, "{failure}");
        assert!(failure.hint().unwrap().contains(words), "{failure}: {:?}", failure.hint());
    }
}

#[tokio::test]
async fn a_refusal_at_the_beginning_shows_no_code() {
    let script = ScriptedTransport::new().reply(
        400,
        &[],
        refusal("unauthorized_client", "AADSTS700016: Application with identifier 'x' was not found."),
    );
    let SignIn { provider, shown, .. } = sign_in(script);
    let error = provider.token(&graph()).await.unwrap_err();
    assert!(error.to_string().contains("AADSTS700016") && shown.lock().unwrap().is_empty(), "{error}");
    assert!(error.hint().unwrap().contains("application (client) id"));
}

#[tokio::test]
async fn what_was_asked_for_in_secret_is_not_repeated() {
    let said = refusal("invalid_grant", "AADSTS1: the device code marked-device-code is not known.");
    let error = failed(answered(&[(400, said)])).await;
    assert!(error.to_string().contains("the device code *** is not known"), "{error}");
    assert!(!format!("{error:?}").contains("marked-device-code"));
}

#[tokio::test]
async fn another_answer_is_not_understood() {
    for body in ["<html>", "{}", r#"{"device_code":"d","user_code":"c","verification_uri":"ftp://x"}"#] {
        let error = failed(ScriptedTransport::new().reply(200, &[], body)).await;
        assert_eq!(error.kind(), ErrorKind::Answer, "{error}");
    }
    assert_eq!(failed(ScriptedTransport::new().error(HttpError::tls("h"))).await.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_demand_for_other_claims_asks_nobody() {
    let SignIn { provider, .. } = sign_in(ScriptedTransport::new());
    let error = provider.token(&graph().claims("{}")).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(DeviceCodeError::Claims)));
}
