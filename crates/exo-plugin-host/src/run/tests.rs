//! What a run makes of a plugin that asks too much or too late.

use super::*;
use exo_model::{Column, ColumnType, Invocation, Pages};

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

fn run(runtime: &tokio::runtime::Runtime) -> Arc<Run> {
    let report = serde_json::json!({
        "name": "x", "kind": "inventory", "columns": [Column::new("name", ColumnType::String)],
        "needs": [{"service": "exo", "cmdlets": [{"name": "Get-Mailbox"}]}],
    });
    let report = serde_json::from_value(report).unwrap();
    let setup = Setup { report, invoker: Arc::new(Silent), events: Arc::new(Silent), consent: Consent::ReadOnly };
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
}
