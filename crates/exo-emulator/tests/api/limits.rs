//! Limits of a tenant and of an app, told in every form, changed while it runs; and how long answers take.

use std::time::{Duration, Instant};

use exo_emulator::{Emulator, Fault, Limits, RetryAfter, Service, Tenant};
use serde_json::{Value, json};

use crate::caller::{Caller, path, tenant};
use crate::client::*;

const CMDLET: &str = "Get-AcceptedDomain";
const LONG: Duration = Duration::from_hours(1);

fn call(caller: &Caller<'_>) -> Reply {
    caller.call(CMDLET, json!({}))
}

#[test]
fn a_window_refuses_what_is_beyond_it_and_tells_its_end() {
    let emulator = start(tenant().window_limit(2, LONG));
    let caller = Caller::exchange(&emulator);
    let first = call(&caller);
    assert_eq!((first.header("rate-limit-limit"), first.header("rate-limit-remaining")), ("2", "1"));
    let reset = first.header("rate-limit-reset");
    assert!(reset.len() == 24 && reset.ends_with('Z') && reset.as_bytes()[10] == b'T', "{reset}");
    assert_eq!(call(&caller).header("rate-limit-remaining"), "0");
    let refused = call(&caller);
    assert_eq!(refused.status, 429);
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((3590..=3600).contains(&wait), "{wait}");
    assert_eq!(refused.json()["error"]["code"], "TooManyRequests");
    let usage = emulator.usage();
    assert_eq!((usage.granted, usage.refused), (2, 1));
    emulator.limits(Limits::new().window(3, LONG));
    assert_eq!((call(&caller).status, call(&caller).status), (200, 429));
    emulator.limits(Limits::new());
    assert_eq!(call(&caller).status, 200);
}

#[test]
fn refusals_come_in_every_form() {
    let emulator = start(tenant().concurrent_limit(0));
    let caller = Caller::exchange(&emulator);
    let limits = || Limits::new().concurrent(0).wait(Duration::from_millis(1_500));
    assert_eq!(call(&caller).header("retry-after"), "1");
    emulator.limits(limits());
    assert_eq!(call(&caller).header("retry-after"), "2");
    emulator.limits(limits().retry_after(RetryAfter::Decimal));
    assert_eq!(call(&caller).header("retry-after"), "1.500");
    emulator.limits(limits().retry_after(RetryAfter::Date));
    assert!(call(&caller).header("retry-after").ends_with(" GMT"));
    emulator.limits(limits().retry_after(RetryAfter::Absent));
    assert!(!call(&caller).headers.contains_key("retry-after"));
    emulator.limits(limits().text(503));
    let text = call(&caller);
    assert_eq!((text.status, text.header("content-type")), (503, "text/plain; charset=utf-8"));
    assert!(String::from_utf8_lossy(&text.body).contains("maximum number of concurrent requests per tenant"));
    emulator.fault(Fault::on_any().throttle_text_under(500));
    emulator.limits(Limits::new());
    assert_eq!(call(&caller).status, 500);
}

#[test]
fn an_app_has_a_budget_of_its_own() {
    const OTHER: &str = "5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52";
    let emulator = start(Tenant::contoso().app(full_app().limits(Limits::new().window(1, LONG))));
    let caller = Caller::exchange(&emulator);
    assert_eq!((call(&caller).status, call(&caller).status), (200, 429));
    assert_eq!(emulator.app_usage(APP).unwrap().refused, 1);
    assert!(emulator.app_usage(OTHER).is_err() && emulator.app_limits(OTHER, Limits::new()).is_err());
    emulator.app_limits(APP, Limits::new()).unwrap();
    assert_eq!(call(&caller).status, 200);
}

/// Holds calls back until so many are in, and gives what the next one got meanwhile.
fn while_running(emulator: &Emulator, count: u32, next: impl FnOnce() -> Reply) -> Reply {
    let caller = Caller::exchange(emulator);
    std::thread::scope(|scope| {
        let held: Vec<_> = (0..count).map(|_| scope.spawn(|| call(&caller).status)).collect();
        while emulator.usage().running < count {
            std::thread::yield_now();
        }
        let reply = next();
        for call in held {
            assert_eq!(call.join().unwrap(), 200);
        }
        reply
    })
}

#[test]
fn what_runs_at_once_is_counted_and_limited() {
    let emulator = start(tenant().concurrent_limit(2));
    for _ in 0..2 {
        emulator.fault(Fault::on_cmdlet(CMDLET).delay(Duration::from_millis(400)));
    }
    let caller = Caller::exchange(&emulator);
    let refused = while_running(&emulator, 2, || call(&caller));
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("x-concurrencycount"), "2");
    assert_eq!(refused.header("x-combinedapponlyconcurrencycount"), "2");
    let alone = call(&caller);
    assert_eq!((alone.status, alone.header("x-concurrencycount")), (200, "0"));
    assert_eq!(emulator.usage().peak, 2);
}

fn batch(caller: &Caller<'_>, items: usize) -> Vec<u16> {
    let item = |id: usize| {
        json!({
            "id": id.to_string(), "method": "POST", "url": path(""), "headers": {"Content-Type": "application/json"},
            "body": {"CmdletInput": {"CmdletName": CMDLET, "Parameters": {}}},
        })
    };
    let requests: Vec<Value> = (0..items).map(item).collect();
    let body = json!({"requests": requests}).to_string();
    let reply = caller.post(&format!("/adminapi/beta/{TENANT}/$batch"), &body).unwrap();
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let answers = reply.json()["responses"].as_array().unwrap().clone();
    answers.iter().map(|answer| u16::try_from(answer["status"].as_u64().unwrap()).unwrap()).collect()
}

#[test]
fn items_of_a_batch_are_throttled_one_by_one() {
    let emulator = start(tenant().window_limit(3, LONG));
    let caller = Caller::exchange(&emulator).with("Accept", "application/json");
    assert_eq!(batch(&caller, 5), [200, 200, 200, 429, 429]);
    emulator.latency(Duration::from_millis(20), Duration::from_millis(20), None);
    emulator.limits(Limits::new().concurrent(1));
    assert_eq!(batch(&caller, 5), [200; 5]);
    emulator.limits(Limits::new().concurrent(2).each_item_counts(true));
    assert_eq!(batch(&caller, 4), [200, 200, 429, 429]);
    assert_eq!(emulator.usage().running, 0);
}

#[test]
fn answers_take_their_time_and_more_of_it_under_load() {
    let least = Duration::from_millis(30);
    let emulator = start(tenant().latency(least, Duration::from_millis(40)).capacity(1));
    let caller = Caller::exchange(&emulator).with("Accept", "application/json");
    let begun = Instant::now();
    assert_eq!(call(&caller).status, 200);
    assert!(begun.elapsed() >= least);
    emulator.limits(Limits::new().each_item_counts(true));
    let begun = Instant::now();
    assert_eq!(batch(&caller, 5), [200; 5]);
    assert!(begun.elapsed() >= least * 5);
}

#[test]
fn tokens_and_redirects_cost_nothing() {
    let emulator = start(Tenant::contoso().app(app().permission(Service::Exchange)).concurrent_limit(0));
    assert_eq!(ask(&emulator, &assertion(), EXCHANGE_SCOPE).status, 200);
    assert_eq!(emulator.usage().refused, 0);
}
