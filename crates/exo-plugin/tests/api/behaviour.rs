//! What reports do wrong, and what is done to them.

use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, Parameters, args, rows};
use exo_plugin::prelude::*;
use exo_plugin::serde_json::json;
use exo_plugin::{GapKind, LogLevel};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

#[derive(Record)]
struct Domain {
    domain_name: String,
}

#[derive(Row)]
struct Name {
    #[column(key)]
    domain: String,
}

fn domains(count: usize) -> Answer {
    Answer::records((0..count).map(|at| json!({"DomainName": format!("d{at}.example")})))
}

/// A report whose body is what a test says.
macro_rules! report {
    ($name:ident, |$cx:ident, $out:ident| $body:expr) => {
        /// A report of a test
        #[report(reads("Get-AcceptedDomain": Domain, params("Identity")))]
        struct $name;

        #[async_trait(?Send)]
        impl Report for $name {
            type Args = ();
            type Row = Name;

            async fn run(&self, $cx: &Cx, (): (), $out: &mut Rows<Name>) -> Result<()> {
                $body
            }
        }
    };
}

#[test]
fn an_undeclared_cmdlet_is_a_violation_even_if_nobody_looks() {
    report!(Sly, |cx, out| {
        let ignored = cx.cmdlet("Get-TransportRule").pages().next().await;
        assert_eq!(ignored.unwrap_err().kind(), FailureKind::Denied);
        out.push(Name { domain: "all is well".into() })
    });
    let run = FakeHost::new().on("Get-TransportRule", rows![{"Name": "secret"}]).run(Sly, args! {});
    let FakeOutcome::Violated(why) = run.outcome() else { panic!("{run:?}") };
    assert!(why.message.contains("`Get-TransportRule` is not declared"), "{why}");
    assert_eq!(run.calls("Get-TransportRule"), 0);
}

#[test]
fn an_undeclared_parameter_is_a_violation() {
    report!(Curious, |cx, _out| {
        cx.cmdlet("Get-AcceptedDomain").param("ResultSize", 1).rows::<Domain>().await.map(drop)
    });
    let run = FakeHost::new().on("Get-AcceptedDomain", domains(1)).run(Curious, args! {});
    assert!(matches!(run.outcome(), FakeOutcome::Violated(f) if f.message.contains("`ResultSize`")), "{run:?}");
}

#[test]
fn a_panic_is_told_with_text_and_place() {
    report!(Clumsy, |cx, _out| {
        let first = cx.cmdlet("Get-AcceptedDomain").rows::<Domain>().await?;
        panic!("cannot cope with {}", first.len());
    });
    let run = FakeHost::new().on("Get-AcceptedDomain", domains(3)).run(Clumsy, args! {});
    let FakeOutcome::Panicked(note) = run.outcome() else { panic!("{run:?}") };
    assert_eq!(note.message, "cannot cope with 3");
    assert!(note.file.ends_with("behaviour.rs") && note.line > 0, "{note}");
    assert_eq!(run.leaked_pages(), 0);
}

#[test]
fn a_panic_while_futures_are_dropped_is_told_too() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    report!(Trap, |cx, _out| {
        let _bomb = Bomb;
        cx.cmdlet("Get-AcceptedDomain").pages().next().await.map(drop)?;
        std::future::pending().await
    });
    let run = FakeHost::new().on("Get-AcceptedDomain", domains(1)).cancel_after(0).run(Trap, args! {});
    assert!(matches!(run.outcome(), FakeOutcome::Panicked(note) if note.message == "dropped"), "{run:?}");
}

#[test]
fn a_panic_whose_value_panics_when_it_is_dropped_stays_inside() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("again");
        }
    }
    report!(Payload, |_cx, _out| {
        std::panic::panic_any(Bomb);
    });
    let run = FakeHost::new().run(Payload, args! {});
    assert!(
        matches!(run.outcome(), FakeOutcome::Panicked(note) if note.message == "a value that is no text"),
        "{run:?}"
    );
}

#[test]
fn cancelling_drops_the_futures() {
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::SeqCst);
        }
    }
    report!(Long, |cx, out| {
        let items = cx.cmdlet("Get-AcceptedDomain").pages().records::<Domain>();
        let mut all = cx.concurrent(items, 4, |domain| async move {
            ALIVE.fetch_add(1, Ordering::SeqCst);
            let _guard = Guard;
            let again = cx.cmdlet("Get-AcceptedDomain").param("Identity", &domain.domain_name).rows::<Domain>().await?;
            Ok(Name { domain: format!("{} {}", domain.domain_name, again.len()) })
        });
        while let Some(row) = all.next().await? {
            out.push(row)?;
            out.flush()?;
        }
        Ok(())
    });
    let run = FakeHost::new().on("Get-AcceptedDomain", domains(50).page_rows(10)).cancel_after(7).run(Long, args! {});
    assert_eq!(*run.outcome(), FakeOutcome::Cancelled);
    assert_eq!(run.rows().len(), 7);
    assert_eq!(ALIVE.load(Ordering::SeqCst), 0);
    assert!(run.abandoned() > 0 && run.leaked_pages() == 0, "{run:?}");
}

#[test]
fn a_loop_that_asks_is_cancelled() {
    report!(Loop, |cx, _out| loop {
        cx.check()?;
    });
    let run = FakeHost::new().cancel_after(0).run(Loop, args! {});
    assert_eq!(*run.outcome(), FakeOutcome::Cancelled);
}

#[test]
fn swallowing_the_cancellation_does_not_help() {
    report!(Stubborn, |cx, out| loop {
        let page = cx.cmdlet("Get-AcceptedDomain").pages().next().await;
        let pushed = out.push(Name { domain: format!("{}", page.is_ok()) });
        drop((pushed, out.flush()));
    });
    let run = FakeHost::new().on("Get-AcceptedDomain", domains(1)).cancel_after(3).run(Stubborn, args! {});
    assert_eq!(*run.outcome(), FakeOutcome::Cancelled);
}

#[test]
fn calls_go_on_across_the_border_of_pages() {
    report!(Wide, |cx, out| {
        let items = cx.cmdlet("Get-AcceptedDomain").pages().records::<Domain>();
        let mut all = cx.concurrent(items, 8, |domain| async move {
            cx.cmdlet("Get-AcceptedDomain").param("Identity", &domain.domain_name).one::<Domain>().await
        });
        while let Some(domain) = all.next().await? {
            out.push(Name { domain: domain.domain_name })?;
        }
        Ok(())
    });
    let host = FakeHost::new().on("Get-AcceptedDomain", |given: &Parameters| match given.get("Identity") {
        Some(name) => Answer::records([json!({"DomainName": name})]),
        None => domains(20).page_rows(4),
    });
    let run = host.run(Wide, args! {});
    assert_eq!(run.rows().len(), 20, "{run:?}");
    // The stream of domains, and eight calls beside it, although no page has eight records.
    assert_eq!(run.most_in_flight(), 9);
}

#[test]
fn results_can_keep_the_order_of_the_items() {
    report!(Ordered, |cx, out| {
        let mut all = cx.concurrent_in_order(0..20_u32, 5, |number| async move {
            let name = format!("{number}");
            cx.cmdlet("Get-AcceptedDomain").param("Identity", &name).rows::<Domain>().await.map(|_| name)
        });
        while let Some(domain) = all.next().await? {
            out.push(Name { domain })?;
        }
        Ok(())
    });
    let run = FakeHost::new().on("Get-AcceptedDomain", domains(1)).shuffled(5).run(Ordered, args! {});
    let names: Vec<_> = run.rows().iter().map(|row| row[0].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_stream_that_is_dropped_early_ends_alone() {
    report!(Peek, |cx, out| {
        let mut pages = cx.cmdlet("Get-AcceptedDomain").pages();
        let first = pages.next().await?.map_or(0, |page| page.len());
        drop(pages);
        let all = cx.cmdlet("Get-AcceptedDomain").limit(3).rows::<Domain>().await?;
        out.push(Name { domain: format!("{first} {}", all.len()) })
    });
    let run = FakeHost::new().on("Get-AcceptedDomain", domains(9).page_rows(2)).run(Peek, args! {});
    assert_eq!(run.rows(), [json!(["2 3"])], "{run:?}");
    assert_eq!(run.abandoned(), 1);
    assert!(run.ends().iter().any(|end| end.gaps.iter().any(|gap| gap.kind == GapKind::Abandoned)));
    assert!(run.ends().iter().any(|end| end.limited && end.is_complete()));
}

#[test]
fn a_record_that_is_passed_over_makes_the_result_incomplete() {
    report!(Lax, |cx, out| {
        let mut pages = cx.cmdlet("Get-AcceptedDomain").pages();
        while let Some(page) = pages.next().await? {
            for domain in page.rows::<Domain>().flatten() {
                out.push(Name { domain: domain.domain_name })?;
            }
        }
        cx.missing("the names in DNS");
        Ok(())
    });
    let run = FakeHost::new().on("Get-AcceptedDomain", rows![{"DomainName": "a"}, {"Name": "b"}]).run(Lax, args! {});
    assert!(run.is_ok() && run.rows().len() == 1 && !run.is_complete(), "{run:?}");
    let gaps: Vec<_> = run.ends().iter().flat_map(|end| &end.gaps).map(|gap| gap.what.as_str()).collect();
    assert!(gaps[0].contains("record 2, property `DomainName`"), "{gaps:?}");
    assert_eq!(gaps[1], "the names in DNS");
}

#[test]
fn a_thread_of_the_report_can_wake_it() {
    report!(Threaded, |cx, out| {
        let (sender, receiver) = mpsc::channel();
        let woken = std::sync::Arc::new(AtomicBool::new(false));
        let flag = std::sync::Arc::clone(&woken);
        let thread = std::thread::spawn(move || {
            let waker: std::task::Waker = receiver.recv().unwrap();
            flag.store(true, Ordering::SeqCst);
            waker.wake();
        });
        std::future::poll_fn(|context| {
            if woken.load(Ordering::SeqCst) {
                return std::task::Poll::Ready(());
            }
            drop(sender.send(context.waker().clone()));
            std::task::Poll::Pending
        })
        .await;
        thread.join().unwrap();
        cx.info("woken");
        out.push(Name { domain: "woken".into() })
    });
    let run = FakeHost::new().run(Threaded, args! {});
    assert!(run.is_ok() && run.rows().len() == 1, "{run:?}");
    assert_eq!(run.log()[0].level, LogLevel::Info);
}

#[test]
fn thousands_of_rows_come_in_batches_and_in_order() {
    report!(Many, |_cx, out| {
        (0..10_000).try_for_each(|number| out.push(Name { domain: format!("{number}") }))?;
        // With these before it, the next row is beyond what a batch may have.
        (0..200).try_for_each(|_| out.push(Name { domain: "w".repeat(1000) }))?;
        // Above the size at which a batch goes out, below that of a row.
        out.push(Name { domain: "x".repeat(900_000) })?;
        out.push(Name { domain: "y".repeat(900_000) })?;
        out.push(Name { domain: "z".repeat(2 << 20) })
    });
    let run = FakeHost::new().run(Many, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::Limit));
    assert_eq!(run.rows().len(), 10_202);
    assert_eq!(run.row(9999).unwrap()[0], "9999");
    assert_eq!(run.row(10_201).unwrap()[0].as_str().unwrap().len(), 900_000);
}

#[test]
fn a_future_that_is_always_ready_to_go_on_starves_nobody() {
    report!(Busy, |cx, out| {
        let mut all = std::pin::pin!(cx.cmdlet("Get-AcceptedDomain").rows::<Domain>());
        let rows = std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            all.as_mut().poll(context)
        });
        let rows = rows.await?;
        out.push(Name { domain: format!("{}", rows.len()) })
    });
    let run = FakeHost::new().on("Get-AcceptedDomain", domains(4).page_rows(1)).run(Busy, args! {});
    assert_eq!(run.rows(), [json!(["4"])], "{run:?}");
}

#[test]
fn one_of_several_is_refused_and_one_of_none_is_not_found() {
    report!(One, |cx, _out| cx.cmdlet("Get-AcceptedDomain").one::<Domain>().await.map(drop));
    let kind = |records| FakeHost::new().on("Get-AcceptedDomain", domains(records)).run(One, args! {}).failure_kind();
    assert_eq!(kind(0), Some(FailureKind::NotFound));
    assert_eq!(kind(1), None);
    assert_eq!(kind(2), Some(FailureKind::Decode));
}

#[test]
fn errors_of_any_type_pass_with_their_causes() {
    report!(Failing, |_cx, _out| {
        "seven".parse::<i32>().map(drop).map_err(|e| Error::from(e).context("the seventh domain"))
    });
    let run = FakeHost::new().run(Failing, args! {});
    let failure = run.failure().unwrap();
    assert_eq!(failure.message, "the seventh domain");
    assert_eq!(failure.causes, ["invalid digit found in string"]);
}

#[test]
#[should_panic(expected = "only one may be asked for")]
fn a_panic_in_an_answer_of_the_test_fails_the_test() {
    report!(Any, |cx, _out| cx.cmdlet("Get-AcceptedDomain").rows::<Domain>().await.map(drop));
    let host = FakeHost::new().on("Get-AcceptedDomain", |given: &Parameters| {
        assert!(given.contains_key("Identity"), "only one may be asked for");
        Answer::empty()
    });
    drop(host.run(Any, args! {}));
}
