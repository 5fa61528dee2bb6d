//! What the fake host can do beside answering: recordings, the time, the log, a cancellation at every moment.

use crate::reports::Forwarding;
use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, args, rows};
use exo_plugin::prelude::*;
use exo_plugin::serde_json::json;
use exo_plugin::{FailureKind, LogLevel};
use std::path::PathBuf;

#[derive(Record)]
struct Domain {
    domain_name: String,
    when_created: DateTime,
}

#[derive(Row)]
struct Age {
    #[column(key)]
    domain: String,
    days: i64,
}

/// How old domains are
#[report(reads("Get-AcceptedDomain": Domain, params("Identity")))]
struct Ages;

#[async_trait(?Send)]
impl Report for Ages {
    type Args = ();
    type Row = Age;

    async fn run(&self, cx: &Cx, (): (), out: &mut Rows<Age>) -> Result<()> {
        log::info!("reading");
        log::debug!("of no interest");
        tracing::warn!(domains = 2, by = "hand", "counted");
        tracing::debug!("of no interest");
        for domain in cx.cmdlet("Get-AcceptedDomain").rows::<Domain>().await? {
            let days = cx.now().since(domain.when_created).whole_seconds() / 86_400;
            let one = cx.cmdlet("Get-AcceptedDomain").param("Identity", &domain.domain_name).one::<Domain>().await?;
            out.push(Age { domain: one.domain_name, days })?;
        }
        Ok(())
    }
}

/// A folder of recordings that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("exo-plugin-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap_or_default();
        for (file, text) in files {
            std::fs::write(folder.join(file), text).unwrap_or_default();
        }
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

const RECORDED: &str = r#"{"DomainName":"a.example","WhenCreated":"2025-12-31T00:00:00Z"}
{"DomainName":"b.example","WhenCreated":"2025-12-22T00:00:00Z"}
"#;

#[test]
fn a_recording_answers_lists_and_single_objects() {
    let folder = Folder::new("lists", &[("Get-AcceptedDomain.jsonl", RECORDED), ("notes.txt", "no recording")]);
    let run = FakeHost::recorded(&folder.0).run(Ages, args! {});
    assert!(run.is_ok(), "{run:?}");
    assert_eq!(run.rows(), [json!(["a.example", 1]), json!(["b.example", 10])]);
    assert_eq!(run.calls("Get-AcceptedDomain"), 3);
}

#[test]
fn an_object_that_was_not_recorded_is_not_found() {
    let only_a = r#"{"@for":"a.example","DomainName":"a.example","WhenCreated":"2025-12-31T00:00:00Z"}
        {"@for":"c.example","DomainName":"b.example","WhenCreated":"2025-12-31T00:00:00Z"}"#;
    let folder = Folder::new("unknown", &[("get-accepteddomain.jsonl", only_a)]);
    let run = FakeHost::recorded(&folder.0).run(Ages, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::NotFound));
    assert_eq!(run.rows().len(), 1);
}

#[test]
fn a_call_that_failed_when_it_was_recorded_fails_again() {
    let failed = r#"{"@for":"b.example","@error":{"kind":"refused","code":"ManagementObjectNotFoundException"}}"#;
    let first = RECORDED.lines().map(|line| line.replacen('{', r#"{"@for":"a.example","#, 1)).next().unwrap();
    let text = format!("{RECORDED}{first}\n{failed}");
    let folder = Folder::new("failed", &[("Get-AcceptedDomain.jsonl", &text)]);
    let run = FakeHost::recorded(&folder.0).run(Ages, args! {});
    assert_eq!((run.rows().len(), run.failure_kind()), (1, Some(FailureKind::NotFound)), "{run:?}");
    assert_eq!(run.failure().unwrap().code.as_deref(), Some("ManagementObjectNotFoundException"));
    let folder = Folder::new("broken-off", &[("Get-AcceptedDomain.jsonl", r#"{"@error":{"kind":"throttled"}}"#)]);
    assert_eq!(FakeHost::recorded(&folder.0).run(Ages, args! {}).failure_kind(), Some(FailureKind::Throttled));
}

#[test]
#[should_panic(expected = "record 2 is no JSON object")]
fn a_broken_recording_fails_the_test() {
    let folder = Folder::new("broken", &[("Get-AcceptedDomain.jsonl", "{}\n[]")]);
    drop(FakeHost::recorded(&folder.0));
}

#[test]
fn the_time_stands_where_the_test_puts_it() {
    let one = json!({"DomainName": "a.example", "WhenCreated": "2025-12-31T00:00:00Z"});
    let host = FakeHost::new().on("Get-AcceptedDomain", one);
    assert_eq!(host.run(Ages, args! {}).rows(), [json!(["a.example", 1])]);
    let host = host.now("2026-03-01T12:00:00Z");
    assert_eq!(host.run(Ages, args! {}).rows(), [json!(["a.example", 60])]);
}

#[test]
fn what_crates_log_comes_to_the_host() {
    let run = FakeHost::new().on("Get-AcceptedDomain", rows![]).run(Ages, args! {});
    let lines: Vec<_> = run.log().iter().map(|line| (line.level, line.message.as_str())).collect();
    let traced = (LogLevel::Warn, r#"api::fake_host: counted domains=2 by="hand""#);
    assert_eq!(lines, [(LogLevel::Info, "api::fake_host: reading"), traced]);
}

#[test]
fn a_report_can_be_cancelled_at_every_moment() {
    let mailbox = |n: u32| json!({"UserPrincipalName": format!("u{n}@x.y"), "ForwardingSmtpAddress": null, "DeliverToMailboxAndForward": false});
    let host = FakeHost::new()
        .on("Get-Mailbox", Answer::records((0..4).map(mailbox)).page_rows(2))
        .on("Get-MailboxStatistics", json!({"TotalItemSize": "1 KB (1,024 bytes)"}));
    // Before the first of eleven answers and after each: two pages and their end, a page and an end for four mailboxes.
    assert_eq!(host.cancelled_everywhere(|| Forwarding, &args! {}), 12);
}

#[test]
#[should_panic(expected = "cancelled after 1 answers")]
fn a_drop_that_panics_is_found_wherever_it_happens() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!std::mem::needs_drop::<Self>(), "dropped with {:?}", FakeOutcome::Ok);
        }
    }
    /// A report that may not be dropped after its first page
    #[report(reads("Get-AcceptedDomain": Domain))]
    struct Fragile;

    #[async_trait(?Send)]
    impl Report for Fragile {
        type Args = ();
        type Row = Age;

        async fn run(&self, cx: &Cx, (): (), _out: &mut Rows<Age>) -> Result<()> {
            let mut pages = cx.cmdlet("Get-AcceptedDomain").pages();
            pages.next().await?;
            let bomb = Bomb;
            pages.next().await?;
            std::mem::forget(bomb);
            Ok(())
        }
    }
    let host = FakeHost::new().on("Get-AcceptedDomain", json!({"DomainName": "a", "WhenCreated": "2025-12-31"}));
    host.cancelled_everywhere(|| Fragile, &args! {});
}
