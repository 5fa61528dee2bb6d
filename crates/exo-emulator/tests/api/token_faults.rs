//! The token endpoint failing on demand: every code, throttling, outages, and answers that no client may trust.

use std::time::{Duration, Instant};

use exo_emulator::{Emulator, Fault, Tenant};
use serde_json::json;

use crate::client::*;
use crate::refusals::assert_refused;

fn failing(fault: Fault) -> Emulator {
    start(Tenant::contoso().app(full_app()).fault(fault))
}

fn try_ask(emulator: &Emulator) -> std::io::Result<Reply> {
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let path = format!("POST /{TENANT}/oauth2/v2.0/token");
    send(emulator, "login.localhost", &path, &headers, &form(&fields(&assertion(), EXCHANGE_SCOPE)))
}

/// The first answer under a fault; the next is a token.
#[track_caller]
fn struck(fault: Fault) -> Reply {
    let emulator = failing(fault);
    let first = try_ask(&emulator).unwrap();
    assert_eq!(try_ask(&emulator).unwrap().status, 200);
    assert_eq!(emulator.token_requests(), 2);
    first
}

/// Codes by the OAuth error that goes with them, as the service was seen or is taken to pair them.
const CODES: [(u16, &str, &[u32]); 11] = [
    (
        400,
        "invalid_request",
        &[
            50_027, 50_171, 70_021, 90_002, 90_014, 90_038, 100_007, 392_200, 392_204, 900_021, 900_023, 900_144,
            900_382, 900_432, 901_002, 5_002_730, 9_002_313,
        ],
    ),
    (400, "invalid_grant", &[50_034, 50_196, 53_003, 65_001, 501_051, 530_032, 530_035]),
    (400, "invalid_scope", &[28_002, 28_003, 70_011, 700_022, 1_002_012]),
    (400, "invalid_resource", &[50_001, 500_011, 650_052, 650_057]),
    (400, "invalid_instance", &[50_049]),
    (400, "unsupported_grant_type", &[70_003]),
    (400, "unauthorized_client", &[70_001, 650_056, 700_011, 700_016, 1_000_031, 7_000_112]),
    (429, "temporarily_unavailable", &[90_055]),
    (503, "temporarily_unavailable", &[90_024, 90_033]),
    (
        401,
        "invalid_client",
        &[
            50_012, 500_181, 700_021, 700_023, 700_024, 700_025, 700_027, 700_030, 700_211, 700_212, 700_213, 700_222,
            700_229, 5_002_723, 5_002_738,
        ],
    ),
    (401, "invalid_client", &[7_000_215, 7_000_216, 7_000_218, 7_000_222, 7_000_229]),
];

#[test]
fn every_code_can_be_had() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let mut seen = Vec::new();
    for (status, error, codes) in CODES {
        for code in codes {
            emulator.fault(Fault::on_token().aadsts(*code));
            let reply = try_ask(&emulator).unwrap();
            assert_refused(&reply, status, error, *code);
            let body = reply.json();
            let blocked = *code == 53_003;
            assert_eq!((body.get("suberror").is_some(), body.get("claims").is_some()), (blocked, blocked), "{code}");
            seen.push(*code);
        }
    }
    let mut offered: Vec<u32> = Fault::aadsts_codes().collect();
    seen.sort_unstable();
    offered.sort_unstable();
    assert_eq!(seen, offered);
    assert_eq!(try_ask(&emulator).unwrap().status, 200);
}

#[test]
fn a_block_names_its_policy() {
    let body = struck(Fault::on_token().aadsts(53_003)).json();
    assert_eq!(body["suberror"], "message_only");
    let claims: serde_json::Value = serde_json::from_str(body["claims"].as_str().unwrap()).unwrap();
    assert_eq!(claims["access_token"]["capolids"]["essential"], true);
}

#[test]
fn throttling_tells_its_wait_in_each_form() {
    for value in ["0", "17", "-5", "Fri, 20 Nov 2026 10:11:12 GMT", "soon"] {
        let reply = struck(Fault::on_token().throttle(Some(value)));
        assert_refused(&reply, 429, "temporarily_unavailable", 90_055);
        assert_eq!(reply.header("retry-after"), value);
    }
    assert_eq!(struck(Fault::on_token().throttle(None)).header("retry-after"), "");
    assert_eq!(struck(Fault::on_token().throttle_text()).status, 429);
}

#[test]
fn outages_speak_json_or_html() {
    for status in [500, 502, 503, 504] {
        let reply = struck(Fault::on_token().status(status));
        assert_refused(&reply, status, "temporarily_unavailable", 90_033);
    }
    let page = struck(Fault::on_token().answer(503, "text/html", "<html><h1>Service Unavailable</h1></html>"));
    assert_eq!((page.status, page.header("content-type")), (503, "text/html"));
    assert_eq!(page.body, b"<html><h1>Service Unavailable</h1></html>");
    assert_eq!(struck(Fault::on_token().html()).status, 502);
    let told = struck(Fault::on_token().status(503).retry_after("7"));
    assert_eq!((told.status, told.header("retry-after")), (503, "7"));
    let throttled = struck(Fault::on_token().throttle(Some("1")).retry_after("Fri, 20 Nov 2026 10:11:12 GMT"));
    assert_eq!(throttled.header("retry-after"), "Fri, 20 Nov 2026 10:11:12 GMT");
    let dated = struck(Fault::on_token().aadsts(700_024).date("yesterday"));
    assert_eq!((dated.status, dated.header("date")), (401, "yesterday"));
}

#[test]
fn connections_break() {
    let emulator = failing(Fault::on_token().reset());
    assert!(try_ask(&emulator).is_err());
    let short = struck(Fault::on_token().truncate(40));
    assert_eq!((short.header("content-length").parse::<usize>().unwrap() > 40, short.body.len()), (true, 40));
    let started = Instant::now();
    let late = struck(Fault::on_token().delay(Duration::from_millis(60)));
    assert!(late.status == 200 && started.elapsed() >= Duration::from_millis(60));
}

#[test]
fn bytes_are_given_as_they_are() {
    let hostile = b"{\"access_token\":\"\xff\xfe\",\"expires_in\":3599,\"token_type\":\"Bearer\"}".to_vec();
    let reply = struck(Fault::on_token().answer(200, "application/json", hostile.clone()));
    assert_eq!((reply.status, reply.body), (200, hostile));
    let big = struck(Fault::on_token().answer(200, "application/octet-stream", vec![b'x'; 10 << 20]));
    assert_eq!(big.body.len(), 10 << 20);
}

#[test]
fn members_are_bent_one_by_one() {
    let on = Fault::on_token;
    assert_eq!(struck(on().member("expires_in", "\"3599\"")).json()["expires_in"], "3599");
    assert_eq!(struck(on().member("expires_in", "-1")).json()["expires_in"], -1);
    assert_eq!(struck(on().member("access_token", "null")).json()["access_token"], json!(null));
    for member in ["access_token", "token_type", "expires_in"] {
        let reply = struck(on().without_member(member));
        assert!(reply.status == 200 && reply.json().get(member).is_none());
    }
    let big = struck(on().padded(10 << 20));
    assert!(big.body.len() > 10 << 20);
    assert!(big.json()["access_token"].is_string());
    let deep = struck(on().nested(100_000));
    assert!(deep.body.starts_with(b"{\"nested\":[[["));
    let html = struck(on().content_type("text/html"));
    assert_eq!(html.header("content-type"), "text/html");
    assert!(html.json()["access_token"].is_string());
}

#[test]
fn a_fault_waits_for_a_request_that_would_be_granted() {
    let emulator = failing(Fault::on_token().aadsts(90_024));
    let refused = ask(&emulator, "x", EXCHANGE_SCOPE);
    assert_refused(&refused, 400, "invalid_request", 50_027);
    assert_refused(&try_ask(&emulator).unwrap(), 503, "temporarily_unavailable", 90_024);
}
