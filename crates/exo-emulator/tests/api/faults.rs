//! Every fault, as it reaches a client.

use std::time::{Duration, Instant};

use exo_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::caller::{Caller, body, path, tenant};
use crate::client::*;

fn on() -> Fault {
    Fault::on_cmdlet("Get-AcceptedDomain")
}

/// The first answer under a fault; the next is a good one.
#[track_caller]
fn struck(fault: Fault) -> Reply {
    let emulator = start(tenant().fault(fault));
    let caller = Caller::exchange(&emulator);
    let first = caller.call("Get-AcceptedDomain", json!({}));
    assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 200);
    assert_eq!(emulator.received("Get-AcceptedDomain"), 2);
    first
}

#[test]
fn throttling_in_its_forms() {
    for value in ["0", "1.5", "Fri, 20 Nov 2026 10:11:12 GMT"] {
        let reply = struck(on().throttle(Some(value)));
        assert_eq!((reply.status, reply.header("retry-after")), (429, value));
        assert_eq!(reply.json()["error"]["code"], "TooManyRequests");
        assert_eq!(reply.header("rate-limit-remaining"), "0");
    }
    let reply = struck(on().throttle(None));
    assert_eq!((reply.status, reply.header("retry-after")), (429, ""));
    let reply = struck(on().throttle_text());
    assert_eq!(reply.status, 429);
    assert!(reply.header("content-type").starts_with("text/plain"));
    assert!(reply.body.starts_with(b"You have reached the maximum number of concurrent requests per tenant."));
}

#[test]
fn gateways_and_servers() {
    for status in [500, 503, 504] {
        assert_eq!(struck(on().status(status)).status, status);
    }
    assert_eq!(struck(on().status(503)).json()["error"]["code"], "ServiceUnavailable");
    let page = struck(on().html());
    assert_eq!((page.status, page.header("content-type")), (502, "text/html"));
    assert!(page.body.starts_with(b"<!DOCTYPE html>"));
    let nul = struck(on().nul_403());
    assert_eq!((nul.status, nul.header("content-encoding")), (403, "gzip"));
    assert!(nul.body.iter().all(|byte| *byte == 0));
    let error = struck(on().server_error(500, "Microsoft.Exchange.Data.Directory.ADTransientException"));
    assert_eq!(error.status, 500);
    let text = error.json()["error"]["details"][0]["message"].as_str().unwrap().to_owned();
    assert!(text.contains("|Microsoft.Exchange.Data.Directory.ADTransientException|"));
}

#[test]
fn answers_that_cannot_be_read() {
    let garbage = struck(on().garbage());
    assert_eq!(garbage.status, 200);
    assert!(serde_json::from_slice::<Value>(&garbage.body).is_err());
    let cut = struck(on().truncate(100));
    assert_eq!((cut.status, cut.body.len()), (200, 100));
    assert!(cut.header("content-length").parse::<usize>().unwrap() > 100);
    let cut = struck(on().truncate(1_000_000));
    assert_eq!((cut.body.len(), cut.header("content-length")), (1_000_000, "1000001"));
    let mislabelled = struck(on().wrong_label());
    assert_eq!((mislabelled.status, mislabelled.header("content-encoding")), (200, "gzip"));
    assert_eq!(mislabelled.json()["value"].as_array().unwrap().len(), 3);
    let mislabelled = struck(on().wrong_label().status(404));
    assert_eq!((mislabelled.status, mislabelled.header("content-encoding")), (404, "gzip"));
    assert_eq!(mislabelled.json()["error"]["code"], "NotFound");
}

#[test]
fn connections_that_break() {
    let emulator = start(tenant().fault(on().reset()));
    let caller = Caller::exchange(&emulator);
    let error = caller.try_call("Get-AcceptedDomain", &json!({})).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(emulator.log().last().unwrap().status, 0);
    assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 200);
}

#[test]
fn silence_ends_when_the_emulator_stops() {
    let emulator = start(tenant().fault(on().hang()));
    let caller = Caller::exchange(&emulator);
    let (token, port) = (caller.token.clone(), emulator.port());
    drop(caller);
    let ca = emulator.ca_pem().to_owned();
    let waiting = std::thread::spawn(move || {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str())];
        let text = body("Get-AcceptedDomain", &json!({}));
        send_to((port, &ca), "outlook.localhost", &format!("POST {}", path("")), &headers, &text)
    });
    while emulator.received("Get-AcceptedDomain") == 0 {
        std::thread::yield_now();
    }
    assert!(!waiting.is_finished());
    drop(emulator);
    assert!(waiting.join().unwrap().is_err());
}

#[test]
fn late_answers_are_answers() {
    let begun = Instant::now();
    let reply = struck(on().delay(Duration::from_millis(30)));
    assert_eq!(reply.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(30));
}

#[test]
fn pages_that_fail() {
    let emulator = start(
        tenant()
            .fault(Fault::on_cmdlet("Get-Mailbox").page(2).throttle(Some("0")))
            .fault(Fault::on_cmdlet("Get-Mailbox").page(2).expired_page())
            .fault(Fault::on_cmdlet("Get-Mailbox").page(3).warning_without_link()),
    );
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=10");
    let next = |reply: &Reply| {
        let link = reply.json()["@odata.nextLink"].as_str().unwrap().to_owned();
        caller.post(&link[link.find("/adminapi").unwrap()..], &body("Get-Mailbox", &json!({}))).unwrap()
    };
    let first = caller.call("Get-Mailbox", json!({}));
    assert_eq!(next(&first).status, 429);
    let expired = next(&first);
    assert_eq!(expired.status, 400);
    assert!(String::from_utf8_lossy(&expired.body).contains("Expired or Invalid pagination request."));
    let third = next(&next(&first));
    assert_eq!(third.json()["value"].as_array().unwrap().len(), 10);
    assert!(third.json().get("@odata.nextLink").is_none());
    assert_eq!(third.json()["@adminapi.warnings"].as_array().unwrap().len(), 1);
}

#[test]
fn a_revoked_token_stays_revoked_and_a_new_one_works() {
    let emulator = start(tenant().fault(on().revoke_token()));
    let caller = Caller::exchange(&emulator);
    for _ in 0..2 {
        let reply = caller.call("Get-AcceptedDomain", json!({}));
        assert_eq!(reply.status, 401);
        assert!(reply.header("www-authenticate").contains("Realm") || !reply.header("x-ms-diagnostics").is_empty());
    }
    assert_eq!(Caller::exchange(&emulator).call("Get-AcceptedDomain", json!({})).status, 200);
    assert_eq!(emulator.token_requests(), 2);
}

#[test]
fn redirects_lead_where_they_are_told() {
    let reply = struck(on().redirect("https://elsewhere.localhost/x"));
    assert_eq!((reply.status, reply.header("location")), (302, "https://elsewhere.localhost/x"));
}

fn signing_in(fault: Fault) -> (Emulator, std::io::Result<Reply>) {
    let emulator = start(tenant().fault(fault));
    let text = form(&fields(&assertion(), EXCHANGE_SCOPE));
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let path = format!("POST /{TENANT}/oauth2/v2.0/token");
    let reply = send(&emulator, "login.localhost", &path, &headers, &text);
    assert_eq!(ask(&emulator, &assertion(), EXCHANGE_SCOPE).status, 200);
    (emulator, reply)
}

#[test]
fn the_token_service_fails_as_well() {
    let token = Fault::on_token;
    let reply = signing_in(token().throttle(Some("2"))).1.unwrap();
    assert_eq!((reply.status, reply.header("retry-after")), (429, "2"));
    assert_eq!(reply.json()["error"], "temporarily_unavailable");
    assert_eq!(signing_in(token().status(503)).1.unwrap().status, 503);
    assert_eq!(signing_in(token().html()).1.unwrap().header("content-type"), "text/html");
    assert!(serde_json::from_slice::<Value>(&signing_in(token().garbage()).1.unwrap().body).is_err());
    assert_eq!(signing_in(token().truncate(20)).1.unwrap().body.len(), 20);
    let refused = signing_in(token().aadsts(53_003)).1.unwrap();
    assert_eq!((refused.status, refused.json()["error_codes"].clone()), (400, json!([53_003])));
    let (emulator, reset) = signing_in(token().reset());
    assert_eq!(reset.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(emulator.token_requests(), 2);
}

#[test]
fn faults_can_be_added_while_it_runs() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 200);
    emulator.fault("any status=503".parse().unwrap());
    assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 503);
    assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 200);
}
