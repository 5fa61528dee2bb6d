//! No assertion and no token appears in any text, at any level.
//!
//! Alone in its process: a subscriber that comes while other threads meet their first event may be overlooked.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

#[path = "../api/world.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod world;

use exo_http::{Error as HttpError, ScriptedTransport};
use exo_model::{SeamError, Secret, TokenProvider};
use exo_token::{AzurePipelines, DeviceCode, FederatedTokenFile, GivenToken, ManagedIdentity, ManagedIdentityHost};
use std::error::Error as StdError;
use std::io::Write;
use std::sync::{Arc, Mutex};
use world::{World, exchange, form};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn note(&self, text: &str) {
        self.0.lock().unwrap().extend_from_slice(text.as_bytes());
    }

    fn note_error(&self, error: &SeamError) {
        self.note(&format!("{error} {error:?} {error:#?}"));
        let mut next = error.source();
        while let Some(cause) = next {
            self.note(&format!("{cause} {cause:?}"));
            next = cause.source();
        }
    }
}

/// Everything that is logged, at every level, until the guard is dropped.
fn listen(log: &Log) -> tracing::subscriber::DefaultGuard {
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::set_default(subscriber)
}

#[tokio::test]
async fn neither_assertion_nor_token_is_shown_anywhere() {
    let log = Log::default();
    let guard = listen(&log);

    // Each way an exchange can go; a service that repeats the assertion in its refusal among them.
    let echo = |request: &exo_http::Request| {
        let assertion = form(request).remove("client_assertion").unwrap();
        let body = format!(
            r#"{{"error":"invalid_request","error_description":"AADSTS50027: JWT {assertion} is malformed.","claims":"{assertion}","trace_id":"{assertion}"}}"#
        );
        Ok(exo_http::response(400, &[], body))
    };
    let token = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"marked-token"}"#;
    let script = ScriptedTransport::new()
        .error(HttpError::reset("login.example"))
        .reply(429, &[], r#"{"error":"slow_down","access_token":"marked-token"}"#)
        .answer(echo)
        .reply(200, &[], r#"{"token_type":"pop","access_token":"marked-token"}"#)
        .reply(200, &[], r#"{"token_type":"Bearer","access_token":"marked-token"#)
        .reply(200, &[], token);
    let world = World::new(script);
    log.note(&format!("{:?}", world.builder()));
    let credential = world.credential();
    log.note(&format!("{credential:?}"));
    let provider = credential.cached();
    for _ in 0..3 {
        log.note_error(&provider.token(&exchange()).await.unwrap_err());
    }
    log.note(&format!("{:?} {provider:?}", provider.token(&exchange()).await.unwrap()));
    drop(guard);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("client_request_id") && text.contains("AADSTS50027"), "{text}");
    assert!(!text.contains("marked"), "{text}");
    // Every JWT begins so.
    assert!(!text.contains("eyJ"), "{text}");
    for request in world.transport.requests() {
        let assertion = form(&request).remove("client_assertion").unwrap();
        for part in assertion.split('.') {
            assert!(!text.contains(part), "{text}");
        }
    }
}

#[tokio::test]
async fn the_secrets_of_hosts_and_pipelines_are_shown_nowhere() {
    let log = Log::default();
    let guard = listen(&log);
    let jwt = world::jwt(&serde_json::json!({"aud": "marked-not", "exp": world::NOW + 60}));
    let jwt = jwt.as_str();
    // A host that repeats what it was sent, in each of the ways of refusing.
    let echo = |request: &exo_http::Request| {
        let sent: Vec<_> = request.headers().values().filter_map(|value| value.to_str().ok()).collect();
        let body = serde_json::json!({"message": format!("{} {}", sent.join(" "), "Trace ID: 1"), "value": 7});
        Ok(exo_http::response(503, &[("retry-after", "0")], body.to_string()))
    };
    // One is known by its form, the other only by whoever sent it.
    let secrets = [format!("eyJ{}", "x".repeat(60)), "5f1e7c0a-Runner-0815".to_owned()];
    let script = || (0..4).fold(ScriptedTransport::new(), |script, _| script.answer(echo)).error(HttpError::tls("h"));

    for secret in &secrets {
        let world = World::new(script());
        let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
        let host = ManagedIdentityHost::app_service("http://localhost/t", Secret::from(secret.as_str())).unwrap();
        let identity = ManagedIdentity::new(transport, clock, host);
        log.note(&format!("{identity:?}"));
        for _ in 0..2 {
            log.note_error(&identity.token(&exchange()).await.unwrap_err());
        }
        let jobs = World::new(script());
        let (transport, clock) = (Arc::clone(&jobs.transport) as _, Arc::clone(&jobs.clock) as _);
        let proof = Secret::from(secret.as_str());
        let pipelines = AzurePipelines::new(transport, clock, "https://h/t", "c", proof).unwrap();
        log.note(&format!("{pipelines:?}"));
        let credential = jobs.vouched_by(pipelines).build().unwrap();
        for _ in 0..2 {
            log.note_error(&credential.token(&exchange()).await.unwrap_err());
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, format!("{jwt} {jwt}")).unwrap();
    let source = FederatedTokenFile::new(&path);
    log.note(&format!("{source:?}"));
    log.note_error(
        &World::new(ScriptedTransport::new()).vouched_by(source).build().unwrap().token(&exchange()).await.unwrap_err(),
    );

    let given = GivenToken::new(&Secret::from(jwt), World::new(ScriptedTransport::new()).clock).unwrap();
    log.note(&format!("{:?}", given.token(&exchange()).await));
    drop(guard);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("status 503 after 4 requests") && text.contains("asking for a federated token again"),
        "{text}"
    );
    assert!(!text.contains("eyJ") && !text.contains("marked-token"), "{text}");
    assert!(!text.contains(jwt.split('.').nth(1).unwrap()), "{text}");
    assert!(!text.contains("Runner"), "{text}");
}

#[tokio::test]
async fn the_code_that_is_asked_with_is_shown_nowhere() {
    let log = Log::default();
    let guard = listen(&log);
    let begun = r#"{"device_code":"marked-device-code","user_code":"FJC3DTWJQ","interval":0,
        "verification_uri":"https://microsoft.com/devicelogin"}"#;
    // A service that repeats what it was sent, in a refusal that passes and in one that does not.
    let echo = |status: u16| {
        move |request: &exo_http::Request| {
            let code = form(request).remove("device_code").unwrap();
            let body = serde_json::json!({"error": "slow", "error_description": format!("AADSTS1: {code}")});
            Ok(exo_http::response(status, &[], body.to_string()))
        }
    };
    let token = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"marked-token"}"#;
    let script = ScriptedTransport::new()
        .reply(200, &[], begun)
        .answer(echo(503))
        .answer(echo(400))
        .reply(200, &[], begun)
        .reply(200, &[], token);
    let world = World::new(script);
    let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
    let client_id = "6ad4d1c8-3c0f-4a6e-9d53-2f1f6f0c8e11".parse().unwrap();
    let shown = log.clone();
    let prompt = move |code: &exo_token::UserCode| shown.note(&format!("{code:?}"));
    let person = DeviceCode::new(transport, clock, "contoso.onmicrosoft.com".parse().unwrap(), client_id, prompt);
    log.note(&format!("{person:?}"));
    log.note_error(&person.token(&exchange()).await.unwrap_err());
    log.note(&format!("{:?}", person.token(&exchange()).await.unwrap()));
    drop(guard);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("AADSTS1: ***") && text.contains("FJC3DTWJQ") && text.contains("client_request_id"),
        "{text}"
    );
    assert!(!text.contains("marked"), "{text}");
}
