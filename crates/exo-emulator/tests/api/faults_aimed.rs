//! Faults by app and by chance, answers in pieces and with a wrong time, links that lead astray.

use std::time::{Duration, Instant};

use exo_emulator::{App, Fault, Service};
use serde_json::json;

use crate::caller::{Caller, body, tenant};
use crate::client::*;

fn on() -> Fault {
    Fault::on_cmdlet("Get-AcceptedDomain")
}

#[test]
fn a_fault_of_another_app_does_not_strike() {
    let other = App::new("5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52").permission(Service::Exchange);
    let emulator = start(tenant().app(other).fault(on().app("5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52").status(500)));
    emulator.fault(on().app(APP.to_ascii_uppercase()).status(503));
    emulator.fault(Fault::on_token().app("5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52").status(500));
    let caller = Caller::exchange(&emulator);
    let statuses = [(); 2].map(|()| caller.call("Get-AcceptedDomain", json!({})).status);
    assert_eq!(statuses, [503, 200]);
}

#[test]
fn chance_strikes_as_the_seed_says() {
    let struck = |seed: u64| {
        let emulator = start(tenant().fault(on().one_in(3, seed).status(500)));
        let caller = Caller::exchange(&emulator);
        (0..30).map(|_| caller.call("Get-AcceptedDomain", json!({})).status == 500).collect::<Vec<_>>()
    };
    let first = struck(1);
    assert_eq!(first, struck(1));
    assert_ne!(first, struck(2));
    assert!((4..20).contains(&first.iter().filter(|hit| **hit).count()));
}

#[test]
fn a_body_may_come_in_pieces() {
    let emulator = start(tenant().fault(on().slow(600, Duration::from_millis(10))));
    let caller = Caller::exchange(&emulator);
    let begun = Instant::now();
    let slow = caller.call("Get-AcceptedDomain", json!({}));
    let pauses = u32::try_from((slow.body.len() - 1) / 600).unwrap();
    assert!(pauses >= 2 && begun.elapsed() >= Duration::from_millis(10) * pauses);
    assert_eq!(slow.json()["value"].as_array().unwrap().len(), 3);
}

#[test]
fn the_date_may_be_wrong_on_one_answer_alone() {
    let emulator = start(tenant().fault(on().skew(86_400 * 365)));
    let caller = Caller::exchange(&emulator);
    let year = |reply: &Reply| reply.header("date")[12..16].parse::<u32>().unwrap();
    let wrong = year(&caller.call("Get-AcceptedDomain", json!({})));
    assert_eq!(wrong, year(&caller.call("Get-AcceptedDomain", json!({}))) + 1);
}

#[test]
fn links_lead_astray() {
    let on = || Fault::on_cmdlet("Get-Mailbox").page(2);
    let emulator = start(
        tenant()
            .fault(on().repeated_link())
            .fault(on().foreign_link("evil.example:8443"))
            .fault(on().other_tenant_link("fabrikam.onmicrosoft.com")),
    );
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=10");
    let link = |reply: &Reply| reply.json()["@odata.nextLink"].as_str().unwrap().to_owned();
    let follow = |link: &str| caller.post(&link[link.find("/adminapi").unwrap()..], &body("Get-Mailbox", &json!({})));
    let first = link(&caller.call("Get-Mailbox", json!({})));
    let second = follow(&first).unwrap();
    let again = follow(&link(&second)).unwrap();
    assert_eq!(again.json()["value"], second.json()["value"]);
    assert!(link(&again).starts_with("https://evil.example:8443/adminapi/beta/7b0f6a52"));
    let strayed = link(&follow(&first).unwrap());
    assert!(strayed.contains("/adminapi/beta/fabrikam.onmicrosoft.com/InvokeCommand?%24skiptoken="), "{strayed}");
    assert_eq!(follow(&strayed).unwrap().status, 404);
}
