//! No assertion and no token appears in any text, at any level.
//!
//! Alone in its process: a subscriber that comes while other threads meet their first event may be overlooked.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

#[path = "../api/world.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod world;

use exo_http::{Error as HttpError, ScriptedTransport};
use exo_model::{SeamError, TokenProvider};
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

#[tokio::test]
async fn neither_assertion_nor_token_is_shown_anywhere() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);

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
