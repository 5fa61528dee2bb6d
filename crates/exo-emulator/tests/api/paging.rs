//! Runs of pages: to the end, with the anchor of their beginning, within their time.

use std::time::Duration;

use exo_emulator::Tenant;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::caller::{Caller, body, path};
use crate::client::*;

fn tenant(mailboxes: u64) -> Tenant {
    Tenant::contoso().mailboxes(mailboxes).seed(7).app(full_app())
}

/// The path and query of a link, which must lead to the host called.
fn followed(emulator: &exo_emulator::Emulator, reply: &Reply) -> String {
    let body = reply.json();
    let link = body["@odata.nextLink"].as_str().unwrap();
    let origin = format!("https://outlook.localhost:{}", emulator.port());
    let rest = link.strip_prefix(&origin).unwrap().to_owned();
    assert!(rest.starts_with(&format!("{}?%24skiptoken=AD", path(""))), "{rest}");
    rest
}

fn names(reply: &Reply) -> Vec<String> {
    let rows = reply.json()["value"].as_array().unwrap().clone();
    rows.iter().map(|row| row["PrimarySmtpAddress"].as_str().unwrap().to_owned()).collect()
}

const MORE: &str = "There are more results available than are currently displayed. To view them, increase the value \
                    for the ResultSize parameter.";

#[test]
fn a_run_ends_after_all_its_pages() {
    let emulator = start(tenant(25));
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=10");
    let parameters = json!({"ResultSize": "Unlimited"});
    let body = body("Get-Mailbox", &parameters);
    let mut reply = caller.call("Get-Mailbox", parameters);
    assert!(reply.header("preference-applied").ends_with("odata.maxpagesize=10"));
    let mut all = Vec::new();
    for left in [2, 1] {
        assert_eq!(reply.json()["@adminapi.warnings"], json!([MORE]));
        assert_eq!(names(&reply).len(), 10);
        all.extend(names(&reply));
        let next = followed(&emulator, &reply);
        assert!(!next.contains(['+', '=', '$']) || next.matches('=').count() == 1, "{left}: {next}");
        reply = caller.post(&next, &body).unwrap();
    }
    assert!(reply.json().get("@odata.nextLink").is_none());
    assert_eq!(reply.json()["@adminapi.warnings"], json!([]));
    all.extend(names(&reply));
    assert_eq!(all.len(), 25);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 25);
    assert_eq!(emulator.received("Get-Mailbox"), 3);
    let pages: Vec<Option<u32>> = emulator.log().iter().filter(|r| r.cmdlet.is_some()).map(|r| r.page).collect();
    assert_eq!(pages, [Some(1), Some(2), Some(3)]);
}

#[track_caller]
fn assert_expired(reply: &Reply) {
    assert_eq!(reply.status, 400);
    let error = reply.json()["error"].clone();
    let text = error["details"][0]["message"].as_str().unwrap();
    assert!(text.contains("Expired or Invalid pagination request. Default Expiry time is 00:30:00"));
    assert_eq!(error["innererror"]["internalexception"]["type"], "System.Exception");
}

#[test]
fn a_link_holds_only_with_its_anchor_body_and_verb() {
    let emulator = start(tenant(25));
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=10");
    let parameters = json!({"ResultSize": "Unlimited"});
    let text = body("Get-Mailbox", &parameters);
    let next = followed(&emulator, &caller.call("Get-Mailbox", parameters));
    assert_expired(&caller.post(&next, &body("Get-Mailbox", &json!({}))).unwrap());
    let other = Caller::exchange(&emulator).with("X-AnchorMailbox", "UPN:OAuthUser@contoso.onmicrosoft.com");
    assert_expired(&other.post(&next, &text).unwrap());
    assert_expired(&Caller::exchange(&emulator).without("X-AnchorMailbox").post(&next, &text).unwrap());
    let mut broken = next.clone();
    broken.replace_range(broken.len() - 12..broken.len() - 11, "x");
    assert_expired(&caller.post(&broken, &text).unwrap());
    let bearer = format!("Bearer {}", caller.token);
    let headers = [("Authorization", bearer.as_str()), ("X-AnchorMailbox", ANCHOR)];
    let get = send(&emulator, "outlook.localhost", &format!("GET {next}"), &headers, "").unwrap();
    assert_eq!(get.status, 405);
    assert_eq!(caller.post(&next, &text).unwrap().status, 200);
}

#[test]
fn a_run_begun_without_a_good_anchor_cannot_go_on() {
    let emulator = start(tenant(25));
    let text = body("Get-Mailbox", &json!({}));
    let none = Caller::exchange(&emulator).without("X-AnchorMailbox");
    let custom = Caller::exchange(&emulator)
        .with("X-AnchorMailbox", "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.com");
    for caller in [none, custom] {
        let caller = caller.with("Prefer", "odata.maxpagesize=10");
        let first = caller.call("Get-Mailbox", json!({}));
        assert_eq!(first.status, 200);
        let next = followed(&emulator, &first);
        assert_expired(&caller.post(&next, &text).unwrap());
        assert_expired(&Caller::exchange(&emulator).post(&next, &text).unwrap());
    }
}

#[test]
fn a_link_expires() {
    let emulator = start(tenant(25).page_link_lifetime(Duration::ZERO));
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=10");
    let next = followed(&emulator, &caller.call("Get-Mailbox", json!({})));
    assert_expired(&caller.post(&next, &body("Get-Mailbox", &json!({}))).unwrap());
}

#[test]
fn result_size_stands_in_for_the_page_size_and_never_ends_a_run() {
    let emulator = start(tenant(25));
    let caller = Caller::exchange(&emulator);
    let reply = caller.call("Get-Mailbox", json!({"ResultSize": 1}));
    assert_eq!(names(&reply).len(), 1);
    assert_eq!(reply.json()["@adminapi.warnings"], json!([MORE]));
    let next = followed(&emulator, &reply);
    let second = caller.post(&next, &body("Get-Mailbox", &json!({"ResultSize": 1}))).unwrap();
    assert_eq!(names(&second).len(), 1);
    let caller = caller.with("Prefer", "odata.maxpagesize=1000");
    assert_eq!(names(&caller.call("Get-Mailbox", json!({"ResultSize": 10}))).len(), 25);
}

#[test]
fn a_strict_result_size_cuts() {
    let emulator = start(tenant(25).strict_result_size(true));
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=10");
    let parameters = json!({"ResultSize": 12});
    let first = caller.call("Get-Mailbox", parameters.clone());
    let next = followed(&emulator, &first);
    let second = caller.post(&next, &body("Get-Mailbox", &parameters)).unwrap();
    assert_eq!(names(&second).len(), 2);
    assert!(second.json().get("@odata.nextLink").is_none());
    assert_eq!(second.json()["@adminapi.warnings"], json!([MORE]));
}

#[test]
fn a_filter_keeps_pages_full() {
    let emulator = start(tenant(300));
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=10");
    let parameters = json!({"RecipientTypeDetails": ["SharedMailbox"]});
    let mut reply = caller.call("Get-Mailbox", parameters.clone());
    let mut count = 0;
    loop {
        let rows = reply.json()["value"].as_array().unwrap().clone();
        assert!(rows.iter().all(|row| row["RecipientTypeDetails"] == "SharedMailbox"));
        count += rows.len();
        if reply.json().get("@odata.nextLink").is_none() {
            break;
        }
        assert_eq!(rows.len(), 10);
        reply = caller.post(&followed(&emulator, &reply), &body("Get-Mailbox", &parameters)).unwrap();
    }
    assert!((20..60).contains(&count), "{count}");
}

#[test]
fn a_link_keeps_the_selection() {
    let emulator = start(tenant(25));
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=20");
    let text = body("Get-Mailbox", &json!({}));
    let first = caller.post(&path("?$select=Guid,PrimarySmtpAddress"), &text).unwrap();
    let link = first.json()["@odata.nextLink"].as_str().unwrap().to_owned();
    let second = caller.post(&link[link.find("/adminapi").unwrap()..], &text).unwrap();
    assert_eq!(names(&second).len(), 5);
    assert_eq!(second.json()["value"][0].as_object().unwrap().len(), 4);
}

#[test]
fn gzip_comes_when_it_is_asked_for() {
    let emulator = start(tenant(25));
    let plain = Caller::exchange(&emulator).call("Get-Mailbox", json!({}));
    assert_eq!(plain.header("content-encoding"), "");
    let packed = Caller::exchange(&emulator).with("Accept-Encoding", "gzip").call("Get-Mailbox", json!({}));
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() * 4 < plain.body.len());
    let value: Value = serde_json::from_reader(GzDecoder::new(packed.body.as_slice())).unwrap();
    assert_eq!(value, plain.json());
}

#[test]
fn the_seed_decides_every_byte_and_select_limits() {
    let rows = |seed, query: &str| {
        let emulator = start(tenant(25).seed(seed));
        let reply = Caller::exchange(&emulator).post(&path(query), &body("Get-Mailbox", &json!({}))).unwrap();
        let text = String::from_utf8(reply.body).unwrap();
        text.split_once("\"value\":").unwrap().1.to_owned()
    };
    assert_eq!(rows(7, ""), rows(7, ""));
    assert_ne!(rows(7, ""), rows(8, ""));
    assert!(rows(7, "").is_ascii());
    let narrow: Value = {
        let text = rows(7, "?$select=Guid,primarysmtpaddress");
        serde_json::from_str(text.strip_suffix('}').unwrap()).unwrap()
    };
    let members: Vec<&String> = narrow[0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["Guid", "Guid@data.type", "Guid@odata.type", "PrimarySmtpAddress"]);
}

#[test]
fn a_run_without_links_goes_by_order_and_filter() {
    let emulator = start(tenant(57));
    for cmdlet in ["Get-Mailbox", "Get-Recipient"] {
        let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=10");
        let mut all: Vec<String> = Vec::new();
        loop {
            let mut parameters = json!({"SortBy": "Alias", "ResultSize": 10});
            if let Some(last) = all.last() {
                parameters["Filter"] = json!(format!("Alias -gt '{last}'"));
            }
            let rows = caller.call(cmdlet, parameters).json()["value"].as_array().unwrap().clone();
            all.extend(rows.iter().map(|row| row["Alias"].as_str().unwrap().to_owned()));
            if rows.len() < 10 {
                break;
            }
        }
        assert!(all.is_sorted());
        all.dedup();
        assert_eq!(all.len(), 57);
    }
    let caller = Caller::exchange(&emulator);
    assert_eq!(caller.call("Get-Mailbox", json!({"SortBy": "Nonsense"})).status, 400);
}
