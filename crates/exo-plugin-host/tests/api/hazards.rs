//! Every hazard of the boundary, in every carrier that survives it.

use crate::world::{Told, World, carriers, child, conformance};
use exo_model::{Completeness, ErrorKind, Gap, GapKind};
use exo_plugin_host::{CancelToken, Carrier, Isolation, Limits, LogLevel, Outcome, Refusal};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Runs a mode in both carriers.
fn both(mode: &str, check: impl Fn(exo_plugin_host::RunEnd, Vec<Value>)) {
    for carrier in carriers() {
        let (end, told) = World::new(carrier).run(mode);
        check(end, told.rows.lock().unwrap().clone());
    }
}

#[test]
fn a_report_streams_its_rows() {
    both("stream", |end, rows| {
        assert!(end.is_complete(), "{end:?}");
        assert_eq!((end.rows, rows.len()), (6, 6));
        assert_eq!(rows[0], json!(["user0@page0", 1]));
        let [call] = end.calls.as_slice() else { panic!("{end:?}") };
        assert_eq!((call.count, call.completeness.pages, call.completeness.records), (1, 2, 6));
    });
}

#[test]
fn pages_larger_than_a_frame_arrive_whole_in_pieces() {
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.tenant.records = 3;
        world.tenant.padding = 7 << 20;
        let (end, told) = world.run("stream");
        assert!(end.is_complete(), "{end:?}");
        assert_eq!(told.rows.lock().unwrap().len(), 6);
    }
}

#[test]
fn eight_calls_are_in_flight_together() {
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.tenant.together = Some(Arc::new(tokio::sync::Barrier::new(8)));
        let (end, told) = world.run("eight");
        assert!(end.is_complete(), "{end:?}");
        assert_eq!(*told.rows.lock().unwrap(), [json!(["ends", 8])]);
        assert_eq!(end.calls[0].count, 8);
    }
}

#[test]
fn at_most_one_page_is_fetched_ahead_of_the_window_of_two() {
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.tenant.pages = 100;
        let served = Arc::clone(&world.tenant.served);
        // It takes one page and waits for nothing more; credit for a third is never given.
        let (end, _) = world.run("leak");
        assert!(served.load(Ordering::SeqCst) <= 3, "{end:?}");
    }
}

#[test]
fn a_panic_is_told_with_its_place() {
    both("panic", |end, _| match end.outcome {
        Outcome::Panicked { message, location } => {
            assert_eq!((message.as_str(), location.as_deref()), ("as asked", Some("src/report.rs:7:9")));
        }
        other => panic!("{other:?}"),
    });
}

#[test]
fn rows_that_are_not_as_declared_are_a_violation() {
    for mode in ["arity", "type", "utf8", "spans", "backwards", "huge", "monstrous"] {
        both(mode, |end, rows| {
            assert!(matches!(end.outcome, Outcome::Violated), "{mode}: {end:?}");
            assert_eq!((end.rows, rows.len(), end.violations.len()), (0, 0, 1), "{mode}");
            assert_eq!(end.outcome.error_kind(), Some(ErrorKind::Plugin));
        });
    }
}

#[test]
fn a_refused_call_comes_as_an_event_and_is_recorded() {
    for mode in ["undeclared", "parameter"] {
        both(mode, |end, _| {
            assert!(matches!(end.outcome, Outcome::Violated), "{mode}: {end:?}");
            let named =
                matches!(end.refusals.as_slice(), [Refusal::NotDeclared { .. } | Refusal::ParameterNotDeclared { .. }]);
            assert!(named && end.calls.is_empty(), "{mode}: {end:?}");
        });
    }
    for mode in ["request", "large-request", "twice"] {
        both(mode, |end, _| {
            assert!(matches!(end.outcome, Outcome::Violated), "{mode}: {end:?}");
            assert_eq!(end.violations.len(), 1, "{mode}: {end:?}");
        });
    }
}

#[test]
fn a_thread_that_is_left_behind_is_answered_gone() {
    let plugin = conformance();
    let again = |mode| {
        let mut world = World::new(Carrier::Thread);
        world.plugin = Arc::clone(&plugin);
        world.run(mode)
    };
    let (end, _) = again("late");
    assert!(end.outcome.is_ok(), "{end:?}");
    // The thread stores its answer some time after the run; the last run that looks sees it.
    let seen = (0..10_000).any(|_| *again("late-answer").1.rows.lock().unwrap() == [json!(["gone", 0])]);
    assert!(seen);
    let (end, _) = World::new(child()).run("late");
    assert!(end.outcome.is_ok(), "{end:?}");
}

#[test]
fn what_a_thread_survives_too_ends_there_as_in_a_child() {
    for (mode, text) in [
        ("panic-in-drop", "panicked: as asked (src/report.rs:7:9)"),
        ("thread-local", "ok"),
        ("unread", "violated its declaration"),
        ("endless", "violated its declaration"),
    ] {
        for carrier in carriers() {
            let mut world = World::new(carrier);
            world.limits = Limits::default().rows(10_000);
            let (end, _) = world.run(mode);
            assert_eq!(end.outcome.to_string(), text, "{mode}: {end:?}");
            assert_eq!(end.violations.is_empty(), text == "ok" || text.starts_with("panicked"), "{mode}: {end:?}");
        }
    }
}

#[test]
fn a_plugin_that_never_yields_is_killed() {
    for carrier in carriers() {
        let mut world = World::new(carrier.clone());
        world.limits = Limits::default().grace(Duration::from_millis(50));
        world.told = Told { cancel_at_line: Some(world.cancel.clone()), ..Told::default() };
        let (end, told) = world.run("spin-a-while");
        assert!(matches!(end.outcome, Outcome::Killed), "{end:?}");
        let explanation = end.explanation.unwrap();
        assert!(explanation.contains("did not end within 50ms"), "{explanation}");
        assert_eq!(matches!(carrier, Carrier::Thread), explanation.contains("thread goes on"), "{explanation}");
        drop(told);
    }
}

#[test]
fn the_wall_clock_ends_a_run() {
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.limits = Limits::default().wall_clock(Duration::from_millis(50));
        world.tenant.pages = usize::MAX;
        let (end, _) = world.run("stream");
        assert!(matches!(end.outcome, Outcome::Killed), "{end:?}");
        assert!(end.explanation.unwrap().contains("50ms were over"));
    }
}

#[test]
fn a_cancelled_run_ends_within_a_page() {
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.tenant.pages = usize::MAX;
        world.told = Told { cancel_after_rows: Some((10, world.cancel.clone())), ..Told::default() };
        let served = Arc::clone(&world.tenant.served);
        let (end, told) = world.run("stream");
        assert!(matches!(end.outcome, Outcome::Cancelled), "{end:?}");
        assert_eq!(end.calls[0].completeness.gaps[0].kind, GapKind::Abandoned);
        // The page that it was in, two in the window, and one that was asked for when the word came.
        let rows = told.rows.lock().unwrap().len();
        assert!(served.load(Ordering::SeqCst) <= rows / 3 + 5, "{rows} rows of {served:?} pages");
    }
}

#[test]
fn a_run_that_is_cancelled_before_it_begins_ends() {
    for carrier in carriers() {
        let world = World::new(carrier);
        world.cancel.cancel();
        let (end, _) = world.run("stream");
        assert!(matches!(end.outcome, Outcome::Cancelled), "{end:?}");
    }
}

#[test]
fn a_sink_that_takes_no_more_fails_the_run() {
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.told.refuse_rows = true;
        let (end, _) = world.run("stream");
        let Outcome::Failed(failure) = &end.outcome else { panic!("{end:?}") };
        assert_eq!(failure.message, "the disk is full");
        assert_eq!(end.outcome.error_kind(), Some(ErrorKind::Output));
    }
}

#[test]
fn too_many_rows_are_a_violation() {
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.limits = Limits::default().rows(4);
        let (end, told) = world.run("stream");
        assert!(matches!(end.outcome, Outcome::Violated), "{end:?}");
        assert_eq!((end.rows, told.rows.lock().unwrap().len()), (4, 4));
    }
}

#[test]
fn what_a_stream_lacks_makes_the_run_incomplete() {
    for carrier in carriers() {
        let mut world = World::new(carrier.clone());
        world.tenant.end.gaps.push(Gap::new(GapKind::Truncated, "the service has more"));
        let (end, _) = world.run("stream");
        assert!(end.outcome.is_ok() && !end.is_complete(), "{end:?}");

        let (end, _) = World::new(carrier).run("abandon");
        assert!(end.outcome.is_ok() && !end.is_complete(), "{end:?}");
        assert_eq!(end.calls[0].completeness.gaps[0].what, "`Get-Mailbox` was not read to its end");
    }
}

#[test]
fn an_error_of_the_service_reaches_the_plugin_and_the_end() {
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.tenant.refuse = Some(ErrorKind::Authorization);
        let (end, _) = world.run("stream");
        let Outcome::Failed(failure) = &end.outcome else { panic!("{end:?}") };
        assert_eq!((failure.message.as_str(), failure.code.as_deref()), ("the service says no", Some("Oops")));
        assert_eq!(end.outcome.error_kind(), Some(ErrorKind::Authorization));
        let call = &end.calls[0];
        assert_eq!((call.failed, call.completeness.gaps[0].kind), (1, GapKind::Refused));
        assert_eq!(call.error.as_ref().unwrap().service_code(), Some("Oops"));
    }
}

#[test]
fn a_plugin_says_how_it_ended() {
    both("failed", |end, _| assert_eq!(end.outcome.to_string(), "failed: no such mailbox"));
    both("unexplained", |end, _| assert!(matches!(end.outcome, Outcome::Failed(_)), "{end:?}"));
    both("no-such-mode", |end, _| assert!(matches!(end.outcome, Outcome::Failed(_)), "{end:?}"));
    both("leak", |end, _| assert_eq!(end.leaked_pages, 1));
}

#[test]
fn a_call_from_a_wrong_thread_or_with_a_small_event_is_refused() {
    both("wrong-thread", |end, rows| {
        assert_eq!(rows, [json!(["wrong thread", 0])]);
        assert_eq!(end.outcome.word(), "violated", "{end:?}");
        assert_eq!(end.violations, ["called `submit` from another thread than the one that it was started on"]);
    });
    both("small-event", |end, rows| {
        assert_eq!(rows, [json!(["invalid", 0])]);
        assert_eq!(end.outcome.word(), "violated", "{end:?}");
        assert_eq!(end.violations, ["called `wait` with memory that is not what it takes"]);
    });
}

#[test]
fn what_a_child_prints_becomes_log_lines() {
    let (end, told) = World::new(child()).run("noise");
    assert!(end.is_complete(), "{end:?}");
    let lines = told.lines.lock().unwrap();
    assert!(lines.contains(&(LogLevel::Info, "plain[31m noise".into())), "{lines:?}");
    assert!(lines.contains(&(LogLevel::Warn, "more noise".into())), "{lines:?}");
    assert_eq!(*told.rows.lock().unwrap(), [json!(["quiet", 1])]);
}

#[test]
fn log_lines_above_the_rate_are_counted() {
    for carrier in carriers() {
        let (end, told) = World::new(carrier).run("flood");
        let lines = told.lines.lock().unwrap().len();
        assert!(lines >= 200, "{lines}");
        assert!(end.outcome.is_ok(), "{end:?}");
        // Whether a second ended in between, the clock decides; all lines are accounted for.
        assert_eq!(lines as u64 + end.dropped_log_lines, 1000);
    }
}

#[test]
fn a_child_has_nothing_of_its_parent() {
    // Somebody's oversight: a file that every child inherits.
    let file = tempfile::tempfile().unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    let (end, told) = World::new(child()).run("look");
    assert!(end.outcome.is_ok(), "{end:?}");
    // Standard streams, the socket and its double for reading, the library, the pipe for a call that ends it.
    let expected = [
        json!(["environment", 0]),
        json!(["descriptors", 7]),
        json!(["parent's death", 9]),
        json!(["own group", 1]),
        json!(["input", 0]),
    ];
    assert_eq!(*told.rows.lock().unwrap(), expected);
}

#[test]
fn a_runner_that_is_not_there_is_named() {
    let carrier = Carrier::Child { runner: "/nowhere/runner".into(), arguments: vec![] };
    let (end, _) = World::new(carrier).run("stream");
    assert_eq!(end.outcome.to_string(), "failed to start `/nowhere/runner` for the plugin");
}

#[test]
fn a_runner_that_speaks_no_frames_is_told_apart_from_the_plugin() {
    let carrier = Carrier::Child { runner: "/bin/true".into(), arguments: vec![] };
    let (end, _) = World::new(carrier).run("stream");
    assert!(matches!(end.outcome, Outcome::Crashed { code: Some(0), .. }), "{end:?}");
}

#[test]
fn jobs_that_cannot_run_are_refused_before_anything_starts() {
    let carrier = || Carrier::Child { runner: "/nowhere/runner".into(), arguments: vec![] };
    let mut world = World::new(carrier());
    world.report = "other";
    let (end, _) = world.run("stream");
    assert_eq!(end.outcome.to_string(), "the plugin `conformance` has no report `other`; it has `hazard`");
    let (end, _) = World::new(carrier()).run_with([("mood", "x")]);
    assert_eq!(end.outcome.to_string(), "report `hazard` cannot run with these arguments");
    assert_eq!(end.outcome.error_kind(), Some(ErrorKind::Usage));
}

#[test]
fn a_dropped_run_takes_its_child_with_it() {
    let mut world = World::new(child());
    let heard = CancelToken::new();
    world.told = Told { cancel_at_line: Some(heard.clone()), ..Told::default() };
    let told = world.run_until("spin", async move { heard.cancelled().await });
    crate::parent::gone(&told);
}

#[test]
fn a_dropped_run_ends_its_plugin_in_a_thread() {
    let mut world = World::new(Carrier::Thread);
    world.tenant.pages = usize::MAX;
    let heard = CancelToken::new();
    world.told = Told { cancel_after_rows: Some((10, heard.clone())), ..Told::default() };
    let told = world.run_until("stream", async move { heard.cancelled().await });
    // Whatever belongs to the run holds the events; the plugin needs a moment to hear that it is over.
    let patience = Instant::now() + Duration::from_secs(10);
    while Arc::strong_count(&told) > 1 {
        assert!(Instant::now() < patience, "the plugin goes on");
        std::thread::yield_now();
    }
}

#[test]
fn what_a_plugin_started_ends_with_its_run() {
    let mut world = World::new(child());
    world.isolation = Isolation::Process;
    let (end, told) = world.run("grandchild");
    assert!(end.outcome.is_ok(), "{end:?}");
    crate::parent::gone(&told);
}

#[test]
fn the_end_of_a_stream_keeps_its_warnings() {
    let mut world = World::new(child());
    let mut end = Completeness::default();
    end.warnings.push("there is more than you think".into());
    end.retries = 3;
    world.tenant.end = end;
    let (end, _) = world.run("stream");
    assert_eq!(end.calls[0].completeness.retries, 3);
    assert_eq!(end.calls[0].completeness.warnings, ["there is more than you think"]);
}
