//! Nothing secret is logged, at any level.
//!
//! Alone in its process: a subscriber that comes while other threads meet their first event may be overlooked.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

#[path = "../api/server.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod server;

use exo_http::{HttpsTransport, Transport};
use server::{Server, Then, ok};
use std::io::Write;
use std::sync::{Arc, Mutex};

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

#[tokio::test]
async fn tokens_bodies_and_queries_are_not_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);

    let answer = ok("Set-Cookie: marked-cookie\r\nRequest-Id: shown-id\r\n", b"marked-answer");
    let server = Server::start(vec![Then::Close(answer)]).await;
    let request = http::Request::post(server.url("/shown-path?token=marked-query"))
        .header("authorization", "Bearer marked-token")
        .body("client_assertion=marked-assertion".into())
        .unwrap();
    let transport = HttpsTransport::builder().build().unwrap();
    transport.send(request.clone()).await.unwrap();
    drop(server);
    drop(guard);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("shown-path") && text.contains("shown-id"), "{text}");
    assert!(!text.contains("marked"), "{text}");
}
