//! A plugin made with the SDK, in both carriers.

use crate::world::{Told, World, carriers, library};
use exo_plugin::fake::{FakeHost, FakeOutcome, args, rows};
use exo_plugin_host::{Outcome, Plugin};
use serde_json::json;
use std::sync::Arc;

fn world(carrier: exo_plugin_host::Carrier, report: &'static str) -> World {
    let mut world = World::new(carrier);
    world.plugin = Arc::new(Plugin::open(&library("written")).unwrap());
    world.report = report;
    world
}

#[test]
fn its_reports_are_known_without_loading_it() {
    let plugin = Plugin::open(&library("written")).unwrap();
    let names: Vec<_> = plugin.manifest().reports.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["per-mailbox", "clumsy", "hide-mailbox"]);
    assert_eq!(plugin.report("per-mailbox").unwrap().params[0].help, "Smallest number of items");
}

#[test]
fn one_call_per_mailbox_gives_one_row_each() {
    for carrier in carriers() {
        let mut world = world(carrier, "per-mailbox");
        (world.tenant.pages, world.tenant.records) = (3, 40);
        let (end, told) = world.run_with([("over", "0")]);
        assert!(end.is_complete(), "{end:?}");
        let mut rows = told.rows.lock().unwrap().clone();
        rows.sort_by_key(ToString::to_string);
        assert_eq!((rows.len(), &rows[0]), (120, &json!(["user0@page0", 7])));
        let counts: Vec<_> = end.calls.iter().map(|call| (call.cmdlet.to_string(), call.count)).collect();
        assert_eq!(counts, [("Get-Mailbox".to_owned(), 1), ("Get-MailboxStatistics".to_owned(), 120)]);
        assert_eq!(end.leaked_pages, 0);
    }
}

#[test]
fn it_can_be_cancelled_in_the_middle() {
    for carrier in carriers() {
        let mut world = world(carrier, "per-mailbox");
        (world.tenant.pages, world.tenant.records) = (usize::MAX, 100);
        world.told = Told { cancel_after_rows: Some((500, world.cancel.clone())), ..Told::default() };
        let (end, _) = world.run_with([]);
        assert!(matches!(end.outcome, Outcome::Cancelled), "{end:?}");
        assert!(!end.is_complete());
    }
}

#[test]
fn its_panics_are_told_wherever_they_happen() {
    for carrier in carriers() {
        for (how, text) in [("run", "cannot cope with 6"), ("drop", "dropped")] {
            let (end, _) = world(carrier.clone(), "clumsy").run_with([("how", how)]);
            let Outcome::Panicked { message, location } = &end.outcome else { panic!("{end:?}") };
            assert_eq!(message, text);
            assert!(location.as_ref().unwrap().contains("written.rs:"), "{location:?}");
        }
    }
}

/// The same text, compiled into this program for the authors' fake.
#[path = "../plugins/written.rs"]
mod source;

#[test]
fn it_ends_in_every_carrier_in_the_same_way() {
    for (how, word, leaked) in [
        ("nothing", "ok", 0),
        ("run", "panicked", 0),
        ("drop", "panicked", 0),
        ("miss", "ok", 0),
        ("refused", "violated", 0),
        ("unread", "violated", 0),
        ("wrong", "failed", 0),
        ("leak", "ok", 1),
    ] {
        for carrier in carriers() {
            let (end, _) = world(carrier, "clumsy").run_with([("how", how)]);
            assert_eq!((end.outcome.word(), end.leaked_pages), (word, leaked), "{how}: {end:?}");
        }
        let host = FakeHost::new().on("Get-Mailbox", rows![{"UserPrincipalName": "a"}, {"UserPrincipalName": "b"}]);
        let run = host.run(source::Clumsy, args! { how: how });
        let fake = match run.outcome() {
            FakeOutcome::Ok => "ok",
            FakeOutcome::Failed(_) => "failed",
            FakeOutcome::Panicked(_) => "panicked",
            FakeOutcome::Violated(_) => "violated",
            other => panic!("{how}: {other:?}"),
        };
        assert_eq!((fake, run.leaked_pages() as u64), (word, leaked), "{how}: {run:?}");
    }
}

#[test]
fn one_call_per_mailbox_gives_one_row_each_in_the_fake_too() {
    let mailboxes = rows![{"UserPrincipalName": "a"}, {"UserPrincipalName": "b"}];
    let host = FakeHost::new().on("Get-Mailbox", mailboxes).on("Get-MailboxStatistics", rows![{"ItemCount": 7}]);
    let run = host.run(source::PerMailbox, args! { over: 0 });
    assert!(run.is_ok() && run.rows().len() == 2, "{run:?}");
}

#[test]
fn what_it_says_is_missing_makes_its_result_incomplete() {
    for carrier in carriers() {
        let (end, _) = world(carrier, "clumsy").run_with([("how", "miss")]);
        assert!(end.outcome.is_ok(), "{end:?}");
        assert_eq!(end.gaps.iter().map(|gap| gap.what.as_str()).collect::<Vec<_>>(), ["one thing"]);
        assert!(!end.is_complete());
    }
}
