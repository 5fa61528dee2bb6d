//! `$batch`: ten at most, each with its own outcome, in both forms of reply.

use exo_emulator::{Emulator, Fault, Tenant};
use serde_json::{Value, json};

use crate::caller::{Caller, path};
use crate::client::*;

fn tenant() -> Tenant {
    Tenant::contoso().mailboxes(25).seed(7).app(full_app())
}

fn item(emulator: &Emulator, id: &str, cmdlet: &str, parameters: Value) -> Value {
    json!({
        "id": id,
        "method": "POST",
        "url": format!("https://outlook.localhost:{}{}", emulator.port(), path("")),
        "headers": {"Content-Type": "application/json"},
        "body": {"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}},
    })
}

fn post(caller: &Caller<'_>, items: &[Value]) -> Reply {
    let path = format!("/adminapi/beta/{TENANT}/$batch");
    caller.post(&path, &json!({"requests": items}).to_string()).unwrap()
}

fn caller(emulator: &Emulator) -> Caller<'_> {
    Caller::exchange(emulator).with("Accept", "application/json")
}

/// The answer to an id.
#[track_caller]
fn answer(reply: &Reply, id: &str) -> Value {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let all = reply.json()["responses"].as_array().unwrap().clone();
    all.into_iter().find(|answer| answer["id"] == id).unwrap()
}

#[test]
fn each_item_has_an_outcome_of_its_own() {
    let emulator = start(tenant().fault(Fault::on_cmdlet("Get-OrganizationConfig").throttle(Some("1.5"))));
    let items = [
        item(&emulator, "a", "Get-AcceptedDomain", json!({})),
        item(&emulator, "b", "Get-Mailbox", json!({"Identity": "nobody"})),
        item(&emulator, "c", "Get-OrganizationConfig", json!({})),
        item(&emulator, "d", "Get-Nonsense", json!({})),
    ];
    let reply = post(&caller(&emulator), &items);
    assert_eq!(answer(&reply, "a")["body"]["value"].as_array().unwrap().len(), 3);
    assert!(answer(&reply, "a")["headers"]["request-id"].is_string());
    assert_eq!(answer(&reply, "b")["status"], 404);
    assert_eq!(answer(&reply, "b")["body"]["error"]["code"], "NotFound");
    let throttled = answer(&reply, "c");
    assert_eq!((throttled["status"].clone(), throttled["headers"]["retry-after"].clone()), (json!(429), json!("1.5")));
    assert_eq!(answer(&reply, "d")["status"], 403);
    assert!(answer(&reply, "d").get("body").is_none());
    let log = emulator.log();
    let inner: Vec<u16> = log.iter().filter(|r| r.in_batch).map(|r| r.status).collect();
    assert_eq!(inner, [200, 404, 429, 403]);
    assert_eq!(emulator.received("Get-AcceptedDomain"), 1);
}

#[test]
fn eleven_are_too_many_and_ids_are_there_once() {
    let emulator = start(tenant());
    let many = |count: usize, id: fn(usize) -> String| {
        let items: Vec<Value> = (0..count).map(|n| item(&emulator, &id(n), "Get-AcceptedDomain", json!({}))).collect();
        post(&caller(&emulator), &items)
    };
    let ten = many(10, |n| n.to_string());
    assert_eq!(ten.json()["responses"].as_array().unwrap().len(), 10);
    let eleven = many(11, |n| n.to_string());
    assert_eq!(eleven.status, 400);
    assert!(String::from_utf8_lossy(&eleven.body).contains("the maximum is 10"));
    assert_eq!(many(2, |_| "same".to_owned()).status, 400);
    assert_eq!(emulator.received("Get-AcceptedDomain"), 10);
}

#[test]
fn items_may_have_a_token_of_their_own() {
    let emulator = start(tenant());
    let mut own = item(&emulator, "own", "Get-AcceptedDomain", json!({}));
    own["headers"]["Authorization"] = json!("Bearer a.b.c");
    let other = item(&emulator, "other", "Get-AcceptedDomain", json!({}));
    let reply = post(&caller(&emulator), &[own, other]);
    assert_eq!(answer(&reply, "own")["status"], 401);
    assert_eq!(answer(&reply, "other")["status"], 200);
}

#[test]
fn pages_of_an_item_go_on_singly_and_in_another_batch() {
    let emulator = start(tenant());
    let caller = caller(&emulator);
    let mut first = item(&emulator, "0", "Get-Mailbox", json!({"ResultSize": "Unlimited"}));
    first["headers"]["Prefer"] = json!("odata.maxpagesize = 10;odata.continue-on-error");
    let reply = post(&caller, std::slice::from_ref(&first));
    let one = answer(&reply, "0")["body"].clone();
    assert_eq!(one["value"].as_array().unwrap().len(), 10);
    first["url"] = one["@odata.nextLink"].clone();
    let two = answer(&post(&caller, std::slice::from_ref(&first)), "0")["body"].clone();
    assert_eq!(two["value"].as_array().unwrap().len(), 10);
    assert_ne!(one["value"][0]["Guid"], two["value"][0]["Guid"]);
    let link = two["@odata.nextLink"].as_str().unwrap();
    let singly = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=10");
    let three = singly.post(&link[link.find("/adminapi").unwrap()..], &first["body"].to_string()).unwrap();
    assert_eq!(three.json()["value"].as_array().unwrap().len(), 5);
}

#[test]
fn without_accept_the_reply_comes_in_parts() {
    let emulator = start(tenant());
    let items = [
        item(&emulator, "a", "Get-AcceptedDomain", json!({})),
        item(&emulator, "b", "Get-Mailbox", json!({"Identity": "nobody"})),
    ];
    let reply = post(&Caller::exchange(&emulator), &items);
    let boundary = reply.header("content-type").strip_prefix("multipart/mixed; boundary=").unwrap().to_owned();
    let text = String::from_utf8(reply.body).unwrap();
    let parts: Vec<&str> = text.split(&format!("--{boundary}")).collect();
    assert_eq!(parts.len(), 4);
    assert_eq!(parts[3], "--\r\n");
    assert!(parts[1].contains("HTTP/1.1 200 OK\r\n") && parts[2].contains("HTTP/1.1 404 Not Found\r\n"));
    let json: Value = serde_json::from_str(parts[1].rsplit("\r\n\r\n").next().unwrap()).unwrap();
    assert_eq!(json["value"].as_array().unwrap().len(), 3);
}

#[test]
fn an_item_for_another_place_or_a_batch_is_refused() {
    let emulator = start(tenant());
    let mut elsewhere = item(&emulator, "x", "Get-AcceptedDomain", json!({}));
    elsewhere["url"] = json!(format!("https://ps.compliance.localhost{}", path("")));
    let mut nested = item(&emulator, "y", "Get-AcceptedDomain", json!({}));
    nested["url"] = json!(format!("/adminapi/beta/{TENANT}/$batch"));
    let reply = post(&caller(&emulator), &[elsewhere, nested]);
    assert_eq!(answer(&reply, "x")["status"], 404);
    assert_eq!(answer(&reply, "y")["status"], 400);
}

#[test]
fn a_reset_of_one_item_ends_the_connection_of_all() {
    let emulator = start(tenant().fault(Fault::on_cmdlet("Get-AcceptedDomain").call(2).reset()));
    let items = ["a", "b", "c"].map(|id| item(&emulator, id, "Get-AcceptedDomain", json!({})));
    let caller = caller(&emulator);
    let text = json!({"requests": items}).to_string();
    let path = format!("/adminapi/beta/{TENANT}/$batch");
    assert_eq!(caller.post(&path, &text).unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(caller.post(&path, &text).unwrap().status, 200);
}
