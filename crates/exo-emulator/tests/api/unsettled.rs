//! What documents leave open is a setting: every way of it, as a client sees it.

use std::time::Duration;

use exo_emulator::{Limits, Remaining, Tenant};
use serde_json::{Value, json};

use crate::caller::{Caller, body, path, tenant};
use crate::client::*;

const CMDLET: &str = "Get-AcceptedDomain";

#[test]
fn what_is_left_is_told_on_a_refusal_in_three_ways() {
    let limits = || Limits::new().concurrent(0).window(10, Duration::from_hours(1));
    let left = |remaining| {
        let emulator = start(tenant().limits(limits()).remaining(remaining));
        let reply = Caller::exchange(&emulator).call(CMDLET, json!({}));
        assert_eq!(reply.status, 429);
        reply.headers.get("rate-limit-remaining").cloned()
    };
    assert_eq!(left(Remaining::Zero).as_deref(), Some("0"));
    assert_eq!(left(Remaining::Counted).as_deref(), Some("10"));
    assert_eq!(left(Remaining::Absent), None);
    let emulator = start(tenant().remaining(Remaining::Absent));
    let reply = Caller::exchange(&emulator).call(CMDLET, json!({}));
    assert!(!reply.headers.keys().any(|name| name.starts_with("rate-limit")), "{reply:?}");
}

#[test]
fn a_page_that_nobody_sizes_has_the_default_size() {
    let emulator = start(tenant().mailboxes(30).default_page_size(7));
    let rows = |caller: &Caller<'_>, parameters: Value| {
        caller.call("Get-Mailbox", parameters).json()["value"].as_array().unwrap().len()
    };
    let caller = Caller::exchange(&emulator);
    assert_eq!((rows(&caller, json!({})), rows(&caller, json!({"ResultSize": 9}))), (7, 9));
    assert_eq!(rows(&caller, json!({"ResultSize": "Unlimited"})), 7);
    assert_eq!(rows(&caller.with("Prefer", "odata.maxpagesize=20"), json!({})), 20);
    let usual = start(tenant().mailboxes(1001));
    assert_eq!(rows(&Caller::exchange(&usual), json!({})), 1000);
    let greedy = Caller::exchange(&usual).with("Prefer", "odata.maxpagesize=5000");
    assert_eq!(rows(&greedy, json!({"ResultSize": 5000})), 1000);
}

fn batch(caller: &Caller<'_>, items: usize) -> Reply {
    let item = |id: usize| {
        json!({
            "id": id.to_string(), "method": "POST", "url": path(""), "headers": {"Content-Type": "application/json"},
            "body": {"CmdletInput": {"CmdletName": CMDLET, "Parameters": {}}},
        })
    };
    let requests: Vec<Value> = (0..items).map(item).collect();
    caller.post(&format!("/adminapi/beta/{TENANT}/$batch"), &json!({"requests": requests}).to_string()).unwrap()
}

#[test]
fn a_batch_may_be_larger_and_run_in_order() {
    let latency = Duration::from_millis(5);
    let emulator = start(tenant().batch_limit(20).batch_in_order(true).latency(latency, latency));
    let in_order = || {
        emulator.limits(Limits::new().concurrent(1).each_item_counts(true));
        batch(&Caller::exchange(&emulator).with("Accept", "application/json"), 20)
    };
    let reply = in_order();
    let all = reply.json()["responses"].as_array().unwrap().clone();
    assert!(all.len() == 20 && all.iter().all(|answer| answer["status"] == 200), "{all:?}");
    assert_eq!(emulator.usage().peak, 1);
    assert_eq!(batch(&Caller::exchange(&emulator), 21).status, 400);
}

fn at(emulator: &exo_emulator::Emulator, tenant: &str) -> Reply {
    let path = format!("/adminapi/beta/{tenant}/InvokeCommand");
    Caller::exchange(emulator).post(&path, &body(CMDLET, &json!({}))).unwrap()
}

#[test]
fn names_of_a_tenant_are_taken_or_not() {
    let usual = start(tenant());
    assert_eq!((at(&usual, "contoso.com").status, at(&usual, "fabrikam.onmicrosoft.com").status), (404, 404));
    let other = start(tenant().custom_domain_in_path(true).unknown_tenant_is_unauthorized(true));
    assert_eq!(at(&other, "contoso.com").status, 200);
    let wrong = at(&other, "fabrikam.onmicrosoft.com");
    assert_eq!(wrong.status, 401);
    assert!(wrong.header("x-ms-diagnostics").starts_with("2000004;"), "{wrong:?}");
}

#[test]
fn the_front_door_of_compliance_may_want_a_domain() {
    let emulator = start(tenant().front_door_wants_domain(true));
    let front = || Caller { host: "ps.compliance.localhost", ..Caller::compliance(&emulator) };
    let ask = |caller: Caller<'_>| caller.call("Get-ProtectionAlert", json!({})).status;
    assert_eq!(ask(front()), 302);
    assert_eq!(ask(front().with("X-AnchorMailbox", format!("TID:{TENANT}"))), 400);
    assert_eq!(ask(front().without("X-AnchorMailbox")), 400);
    let usual = start(tenant());
    let usual = Caller { host: "ps.compliance.localhost", ..Caller::compliance(&usual) };
    assert_eq!(ask(usual.without("X-AnchorMailbox")), 302);
}

#[test]
fn the_module_comes_with_format_data_or_without() {
    let files = |tenant: Tenant| -> Vec<String> {
        let emulator = start(tenant);
        let reply = Caller::exchange(&emulator).get(&format!("/adminapi/v1.0/{TENANT}/EXOModuleFile"));
        let files = reply.json()["value"].as_array().unwrap().clone();
        files.iter().map(|file| file["fileName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(files(tenant()), ["ExchangeOnline.Format.ps1xml", "ExchangeOnline.psm1"]);
    assert_eq!(files(tenant().format_file(Some("x.ps1xml"))), ["x.ps1xml", "ExchangeOnline.psm1"]);
    assert_eq!(files(tenant().format_file(None)), ["ExchangeOnline.psm1"]);
}
