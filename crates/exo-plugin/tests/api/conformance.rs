//! The plugin that is written by hand against the tables, in the fake host: it ends as in a child and in a thread.

use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, FakeRun, args};
use exo_plugin::serde_json::json;
use exo_plugin::{Failure, FailureKind};

#[path = "../../../exo-plugin-host/tests/plugins/conformance.rs"]
mod plugin;

/// Answers with so many pages of three mailboxes.
fn tenant(pages: usize) -> FakeHost {
    let mailboxes = (0..pages * 3).map(|n| json!({"UserPrincipalName": format!("user{}@page{}", n % 3, n / 3)}));
    FakeHost::new()
        .on("Get-Mailbox", Answer::records(mailboxes).page_rows(3))
        .on("Get-MailboxStatistics", json!({"ItemCount": 7}))
}

#[expect(unsafe_code, reason = "a table is entered as the host enters it")]
fn run_on(host: &FakeHost, mode: &str) -> FakeRun {
    // SAFETY: it is the table of the plugin above.
    unsafe { host.run_table(&plugin::EXO_PLUGIN_V0, "hazard", args! { mode: mode }) }
}

fn run(mode: &str) -> FakeRun {
    run_on(&tenant(2), mode)
}

#[test]
fn it_streams_its_rows() {
    let run = run("stream");
    assert!(run.is_ok() && run.is_complete() && run.leaked_pages() == 0, "{run:?}");
    assert_eq!((run.rows().len(), &run.rows()[0]), (6, &json!(["user0@page0", 1])));
    assert_eq!(run.calls("Get-Mailbox"), 1);
    assert_eq!(self::run("eight").rows(), [json!(["ends", 8])]);
}

#[test]
fn it_ends_as_in_the_other_carriers() {
    for mode in ["panic", "panic-in-drop"] {
        let run = run(mode);
        assert!(
            matches!(run.outcome(), FakeOutcome::Panicked(note) if note.to_string() == "as asked (src/report.rs:7:9)")
        );
    }
    assert_eq!(run("failed").failure_kind(), Some(FailureKind::NotFound));
    assert!(matches!(run("unexplained").outcome(), FakeOutcome::Failed(_)));
    assert!(matches!(run("no-such-mode").outcome(), FakeOutcome::Failed(_)));
    assert!(run("nothing").is_ok());
    assert_eq!(run("leak").leaked_pages(), 1);
    let abandoned = run("abandon");
    assert!(abandoned.is_ok() && !abandoned.is_complete() && abandoned.abandoned() == 1, "{abandoned:?}");
    assert_eq!(run("flood").log().len(), 1000);
}

#[test]
fn what_it_may_not_do_is_a_violation() {
    let modes = [
        ("arity", "it has another number of cells"),
        ("type", "the cell is not a whole number"),
        ("utf8", "it is not UTF-8"),
        ("spans", "its span is not inside the data"),
        ("backwards", "its span is not inside the data"),
        ("huge", "it is larger than a row or a batch may be"),
        ("undeclared", "`Remove-Mailbox` is not declared"),
        ("unread", "`Remove-Mailbox` is not declared"),
        ("parameter", "parameter `Filter` of `Get-Mailbox` is not declared"),
        ("request", "the request cannot be read"),
        ("large-request", "the request: "),
        ("twice", "the number 1 was given to two requests"),
        ("wrong-thread", "called `submit` from another thread"),
        ("small-event", "called `wait` with memory"),
    ];
    // Miri takes minutes for a million letters.
    let large = |mode: &str| ["huge", "large-request"].contains(&mode);
    for (mode, text) in modes.into_iter().filter(|(mode, _)| !cfg!(miri) || !large(mode)) {
        let run = run(mode);
        assert!(matches!(run.outcome(), FakeOutcome::Violated(f) if f.message.contains(text)), "{mode}: {run:?}");
    }
}

#[test]
fn a_failure_of_the_service_reaches_it() {
    let failing = Failure::new(FailureKind::Denied, "the service says no");
    let run = run_on(&FakeHost::new().on("Get-Mailbox", Answer::failing(failing)), "stream");
    assert_eq!((run.failure_kind(), run.is_complete()), (Some(FailureKind::Denied), false), "{run:?}");
}

#[test]
fn it_is_cancelled_in_the_middle() {
    let run = run_on(&tenant(9).cancel_after(4), "stream");
    assert_eq!((run.outcome(), run.rows().len()), (&FakeOutcome::Cancelled, 4), "{run:?}");
}

#[test]
fn a_thread_that_it_leaves_behind_is_answered_gone() {
    assert!(run("late").is_ok());
    // The thread stores its answer some time after the run; the last run that looks sees it.
    assert!((0..10_000).any(|_| run("late-answer").rows() == [json!(["gone", 0])]));
}
