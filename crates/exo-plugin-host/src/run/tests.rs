//! What a run makes of a plugin that asks too much or too late.

use super::*;
use exo_model::{Column, ColumnType, Invocation, Next, Pages};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A service that never answers.
#[derive(Debug)]
struct Silent;

#[async_trait::async_trait]
impl Invoker for Silent {
    async fn invoke(&self, _: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        std::future::pending().await
    }
}

impl Events for Silent {
    fn rows(&self, _: Page) -> Result<(), SeamError> {
        Ok(())
    }
    fn progress(&self, _: u64, _: Option<u64>) {}
    fn log(&self, _: LogLevel, _: &str) {}
}

/// A service that counts how many calls it is in at a time.
#[derive(Debug, Default, Clone)]
struct Busy {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Busy {
    async fn work(&self) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Invoker for Busy {
    async fn invoke(&self, _: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        self.work().await;
        Ok(Box::new(self.clone()))
    }
}

#[async_trait::async_trait]
impl Pages for Busy {
    async fn next(&mut self) -> Result<Next, SeamError> {
        self.work().await;
        Ok(Next::End(Completeness::default()))
    }
}

fn run(runtime: &tokio::runtime::Runtime) -> Arc<Run> {
    run_on(runtime, Arc::new(Silent))
}

fn run_on(runtime: &tokio::runtime::Runtime, invoker: Arc<dyn Invoker>) -> Arc<Run> {
    let report = serde_json::json!({
        "name": "x", "kind": "inventory", "columns": [Column::new("name", ColumnType::String)],
        "needs": [{"service": "exo", "cmdlets": [{"name": "Get-Mailbox"}]}],
    });
    let report = serde_json::from_value(report).unwrap();
    let setup = Setup { report, invoker, events: Arc::new(Silent), consent: Consent::ReadOnly };
    Arc::new(Run::new(setup, &Limits::default(), runtime.handle().clone()))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

const BODY: &[u8] = br#"{"cmdlet":"Get-Mailbox"}"#;

/// Takes the next event, as a plugin would.
fn take(run: &Run) -> Event {
    let event = run.mailbox.wait(None).unwrap();
    run.delivered(&event);
    event
}

#[test]
fn credit_is_given_for_pages_that_were_taken_and_no_others() {
    let runtime = runtime();
    let run = run(&runtime);
    assert_eq!(run.submit(1, BODY), Status::OK);
    let credit = Arc::clone(&lock(&run.state).streams[&1].credit);
    for _ in 0..10 {
        assert_eq!(run.pull(1), Status::OK);
    }
    assert_eq!(credit.available_permits(), WINDOW);
    run.page(1, Page::from_records(["{}"]));
    take(&run);
    for _ in 0..10 {
        run.pull(1);
    }
    // The page itself was not paid for here.
    assert_eq!(credit.available_permits(), WINDOW + 1);
    assert_eq!(run.pull(7), Status::GONE);
}

#[test]
fn credit_waits_until_the_plugin_has_its_last_page() {
    let runtime = runtime();
    let run = run(&runtime);
    assert_eq!(run.submit(1, BODY), Status::OK);
    let credit = Arc::clone(&lock(&run.state).streams[&1].credit);
    for _ in 0..2 {
        run.page(1, Page::from_records(["{}"]));
    }
    take(&run);
    run.pull(1);
    assert_eq!(credit.available_permits(), WINDOW, "one waits: the task need not be woken yet");
    take(&run);
    assert_eq!(credit.available_permits(), WINDOW + 1, "the plugin may pull no more before the next page comes");
    run.pull(1);
    assert_eq!(credit.available_permits(), WINDOW + 2);
}

#[test]
fn an_end_that_nobody_read_is_not_an_end() {
    let runtime = runtime();
    let run = run(&runtime);
    for req in [1, 2] {
        run.submit(req, BODY);
        run.end(req, Ok(Completeness::default()), None);
        take(&run);
    }
    // The end was on its way when the plugin let go of the stream.
    run.abandon(1);
    run.abandon(1);
    let calls = run.close().ledger.take();
    assert_eq!((calls[0].count, calls[0].completeness.gaps.len()), (2, 1));
}

#[test]
fn a_number_is_given_once() {
    let runtime = runtime();
    let run = run(&runtime);
    run.submit(1, BODY);
    assert_eq!(run.submit(1, BODY), Status::INVALID);
    run.end(1, Ok(Completeness::default()), None);
    take(&run);
    assert_eq!(run.submit(1, BODY), Status::INVALID);
    assert_eq!(run.close().violations.len(), 2);
    assert_eq!(run.submit(2, BODY), Status::GONE);
}

#[test]
fn requests_that_wait_are_bounded() {
    let runtime = runtime();
    let run = run(&runtime);
    for req in 0..=UNFINISHED_REQUESTS as u64 {
        assert_eq!(run.submit(req, BODY), Status::OK);
    }
    let refused = take(&run);
    assert_eq!(refused.req, UNFINISHED_REQUESTS as u64);
    assert!(matches!(refused.post, Post::Fail(_)));
    assert_eq!(run.close().violations, ["more than 16384 requests at a time"]);
}

#[test]
fn what_goes_beyond_the_first_hundred_is_counted() {
    let runtime = runtime();
    let run = run(&runtime);
    for req in 0..150 {
        run.submit(req, br#"{"cmdlet":"Get-User"}"#);
    }
    let ended = run.close();
    assert_eq!((ended.violations.len(), ended.unnamed_violations, ended.refusals.len()), (100, 50, 100));
}

#[test]
fn something_that_is_missing_is_missing_in_whatever_words() {
    let runtime = runtime();
    let run = run(&runtime);
    for body in [&b""[..], b"\xff", br#"{"kind":"novel","what":"one page"}"#] {
        run.note(NoteKind::GAP, body);
    }
    let gaps: Vec<_> = run.close().gaps.into_iter().map(|gap| gap.what).collect();
    assert_eq!(gaps, ["something", "something", "one page"]);
}

#[test]
fn no_more_calls_are_in_flight_than_the_manifest_asks_for() {
    let runtime = runtime();
    let busy = Busy::default();
    let run = run_on(&runtime, Arc::new(busy.clone()));
    for req in 0..20 {
        assert_eq!(run.submit(req, BODY), Status::OK);
    }
    runtime.block_on(async {
        for _ in 0..20 {
            let event = run.mailbox.next().await.unwrap();
            run.delivered(&event);
            assert!(matches!(event.post, Post::End(_)));
        }
    });
    assert_eq!(busy.most.load(Ordering::SeqCst), 8);
}
