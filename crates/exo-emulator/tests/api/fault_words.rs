//! Faults as they are written on a command line, as a client sees them on the wire.

use std::time::{Duration, Instant};

use exo_emulator::Emulator;
use serde_json::json;

use crate::caller::{Caller, tenant};
use crate::client::*;

/// What the first call of a cmdlet gets under a fault; the one after it is served.
#[track_caller]
fn struck(words: &str) -> std::io::Result<Reply> {
    let emulator = start(tenant().fault(format!("Get-AcceptedDomain {words}").parse().unwrap()));
    let caller = Caller::exchange(&emulator);
    let first = caller.try_call("Get-AcceptedDomain", &json!({}));
    let fresh = Caller::exchange(&emulator);
    assert_eq!(fresh.call("Get-AcceptedDomain", json!({})).status, 200, "{words}");
    first
}

#[test]
fn each_word_is_seen_on_the_wire() {
    for (words, status, header, shown) in [
        ("status=503", 503, "content-type", "application/json"),
        ("throttle=1.5", 429, "retry-after", "1.5"),
        ("throttle-text=503", 503, "content-type", "text/plain"),
        ("html", 502, "content-type", "text/html"),
        ("nul-403", 403, "content-encoding", "gzip"),
        ("server-error=500:ADTransientException", 500, "content-type", "application/json"),
        ("answer=418:text/plain:a body", 418, "content-type", "text/plain"),
        ("wrong-label status=404", 404, "content-encoding", "gzip"),
        ("redirect=https://elsewhere.localhost/x", 302, "location", "https://elsewhere.localhost/x"),
        ("redirect-to=eurprd05", 302, "location", "https://eurprd05.outlook.localhost:"),
        ("revoke-token", 401, "x-ms-diagnostics", "2000001"),
        ("expired-page", 400, "content-type", "application/json"),
        ("garbage", 200, "content-type", "application/json"),
        ("skew=-600", 200, "content-type", "application/json"),
        ("delay=30ms", 200, "content-type", "application/json"),
        ("slow=100:1ms", 200, "content-type", "application/json"),
    ] {
        let reply = struck(words).unwrap();
        assert_eq!(reply.status, status, "{words}");
        assert!(reply.header(header).starts_with(shown), "{words}: {reply:?}");
    }
}

#[test]
fn bodies_and_connections_end_as_the_words_say() {
    assert_eq!(struck("answer=418:text/plain:a body").unwrap().body, b"a body");
    assert_eq!(struck("truncate=40").unwrap().body.len(), 40);
    assert!(struck("reset").is_err());
    let begun = Instant::now();
    struck("delay=60ms").unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(60));
}

#[test]
fn words_aim_at_app_page_and_call() {
    let emulator: Emulator = start(tenant());
    emulator.fault(format!("Get-Mailbox app={APP} page=1 call=2 times=2 status=503").parse().unwrap());
    emulator.fault("Get-Mailbox app=5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52 status=500".parse().unwrap());
    let caller = Caller::exchange(&emulator);
    let statuses: Vec<u16> = (0..4).map(|_| caller.call("Get-Mailbox", json!({"ResultSize": 1})).status).collect();
    assert_eq!(statuses, [200, 503, 503, 200]);
}

#[test]
fn a_token_is_revoked_in_the_middle_of_a_run() {
    let emulator = start(tenant().fault("Get-Mailbox page=2 revoke-token".parse().unwrap()));
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=20");
    let first = caller.call("Get-Mailbox", json!({})).json();
    let link = first["@odata.nextLink"].as_str().unwrap();
    let next = &link[link.find("/adminapi").unwrap()..];
    let body = crate::caller::body("Get-Mailbox", &json!({}));
    assert_eq!(caller.post(next, &body).unwrap().status, 401);
    assert_eq!(caller.post(next, &body).unwrap().status, 401);
    let renewed = Caller { token: token(&emulator, EXCHANGE_SCOPE), ..caller };
    assert_eq!(renewed.post(next, &body).unwrap().status, 200);
}
