//! What was asked, as a test or a person sees it afterwards: in the log, and in a file.

use serde_json::{Value, json};

use crate::caller::{Caller, tenant};
use crate::client::*;

fn lines(file: &std::path::Path) -> Vec<Value> {
    std::fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_request_is_a_line_without_secrets() {
    let name = format!("{}/received-{}.ndjson", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    let file = std::path::Path::new(&name);
    let emulator = start(tenant().mailboxes(5).record(file));
    let caller =
        Caller::exchange(&emulator).with("client-request-id", "0d8b4b4f").with("Prefer", "odata.maxpagesize=2");
    assert_eq!(caller.call("Get-Mailbox", json!({"ResultSize": "Unlimited"})).status, 200);
    caller.call("Set-Mailbox", json!({"Identity": "x", "Password": "c2VjcmV0"}));
    caller.call("New-Nonsense", json!({"Credential": "c2VjcmV0", "Name": "n"}));
    let lines = lines(file);
    assert_eq!(lines.len(), emulator.log().len());
    let calls: Vec<&Value> = lines.iter().filter(|line| !line["cmdlet"].is_null()).collect();
    assert_eq!(calls[0]["cmdlet"], "Get-Mailbox");
    assert_eq!(calls[0]["parameters"], json!({"ResultSize": "Unlimited"}));
    assert_eq!((&calls[0]["page_size"], &calls[0]["page"], &calls[0]["status"]), (&json!(2), &json!(1), &json!(200)));
    assert_eq!(calls[0]["headers"]["client-request-id"], "0d8b4b4f");
    assert!(calls[0]["at"].as_i64().unwrap() >= now() * 1000 - 60_000);
    assert_eq!(calls[1]["parameters"], json!({"Identity": "x", "Password": "(hidden)"}));
    assert_eq!(calls[2]["parameters"], json!({"Credential": "(hidden)", "Name": "n"}));
    let text = std::fs::read_to_string(file).unwrap();
    assert!(!text.contains(&caller.token) && !text.contains("c2VjcmV0") && text.contains("sha256:"));
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_file_that_cannot_be_made_is_named() {
    let error = exo_emulator::Emulator::start(tenant().record("/nowhere/received.ndjson")).unwrap_err();
    assert!(error.to_string().contains("/nowhere/received.ndjson"), "{error}");
}
