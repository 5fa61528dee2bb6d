//! Cmdlets without links: all pages come, none twice, and what is missing is said.

use crate::world::{MORE, World, get};
use exo_http::{Request, ScriptedTransport};
use exo_model::{Diagnose, ErrorKind, GapKind, Invocation};
use exo_session::BatchCount;
use serde_json::{Value, json};

fn parameters(request: &Request) -> Value {
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    body["CmdletInput"]["Parameters"].clone()
}

fn rows(range: std::ops::Range<usize>) -> Vec<Value> {
    range
        .map(|i| {
            json!({"MessageTraceId": i / 2, "RecipientAddress": format!("user{i}"), "Received": "2026-11-01T00:00:00", "Identity": i})
        })
        .collect()
}

fn reply(script: ScriptedTransport, rows: &[Value], warnings: &[String]) -> ScriptedTransport {
    script.reply(200, &[], json!({"value": rows, "@adminapi.warnings": warnings}).to_string())
}

fn recipients(pages: &[Vec<Value>]) -> Vec<String> {
    pages.iter().flatten().map(|row| row["RecipientAddress"].as_str().unwrap().to_owned()).collect()
}

fn users(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("user{i}")).collect()
}

fn seam(end: &str, recipient: &str) -> Vec<String> {
    vec![format!(
        "There are more results, use the following command to get more. Get-MessageTraceV2 -StartDate \"2026-11-01T00:00:00Z\" -EndDate \"{end}\" -StartingRecipientAddress \"{recipient}\" -ResultSize 5000"
    )]
}

fn trace() -> Invocation {
    get("Get-MessageTraceV2").with("SenderAddress", "ana@contoso.com").with("EndDate", "2026-11-09T00:00:00Z")
}

#[tokio::test]
async fn numbered_pages_end_with_a_short_one() {
    let script = reply(reply(ScriptedTransport::new(), &rows(0..3), &[]), &rows(3..6), &[]);
    let world = World::exchange(reply(script, &rows(6..7), &[]));
    let outcome = world.run(get("Get-QuarantineMessage").with("Type", "Spam").with("PageSize", 3)).await;
    assert_eq!(recipients(&outcome.pages), users(7));
    let end = outcome.end();
    assert!(end.is_complete() && !end.limited);
    assert_eq!((end.pages, end.records), (3, 7));
    let sent: Vec<Value> = world.requests().iter().map(parameters).collect();
    for (index, sent) in sent.iter().enumerate() {
        assert_eq!(*sent, json!({"Type": "Spam", "Page": index + 1, "PageSize": 3}));
    }
}

#[tokio::test]
async fn a_page_is_never_larger_than_what_the_service_gives() {
    for (asked, sent) in [(json!(5000), 1000), (json!("20"), 20), (Value::Null, 0)] {
        let script = if sent == 0 { ScriptedTransport::new() } else { reply(ScriptedTransport::new(), &[], &[]) };
        let world = World::exchange(script);
        let outcome = world.run(get("Get-QuarantineMessage").with("PageSize", asked)).await;
        if sent == 0 {
            assert_eq!(outcome.error().kind(), ErrorKind::Usage);
            continue;
        }
        assert!(outcome.end().is_complete());
        assert_eq!(parameters(&world.requests()[0])["PageSize"], sent);
    }
    let world = World::exchange(reply(ScriptedTransport::new(), &rows(0..1), &[]));
    world.run(get("Get-QuarantineMessage")).await.end();
    assert_eq!(parameters(&world.requests()[0]), json!({"Page": 1, "PageSize": 1000}));
}

#[tokio::test]
async fn who_names_a_page_gets_that_page() {
    let world = World::exchange(reply(ScriptedTransport::new(), &rows(0..2), &[]));
    assert_eq!(world.run(get("Get-QuarantineMessage").with("Page", 4).with("PageSize", 2)).await.end().records, 2);
}

#[tokio::test]
async fn a_service_that_gives_the_same_page_again_is_not_asked_for_ever() {
    let script = reply(reply(ScriptedTransport::new(), &rows(0..2), &[]), &rows(0..2), &[]);
    let world = World::exchange(script);
    let end = world.run(get("Get-QuarantineMessage").with("PageSize", 2)).await.end();
    assert_eq!(end.gaps[0].kind, GapKind::Truncated);
    assert!(end.gaps[0].what.contains("twice"));
}

#[tokio::test]
async fn a_limit_ends_all_pages() {
    let script = reply(reply(ScriptedTransport::new(), &rows(0..2), &[]), &rows(2..4), &[]);
    let world = World::exchange(script);
    let outcome = world.run(get("Get-QuarantineMessage").with("PageSize", 2).limit(3)).await;
    assert_eq!(recipients(&outcome.pages), users(3));
    let end = outcome.end();
    assert!(end.limited && end.is_complete());
}

#[tokio::test]
async fn a_trace_goes_on_where_the_warning_says_and_repeats_nothing() {
    let script = reply(ScriptedTransport::new(), &rows(0..4), &seam("2026-11-05T00:00:00.7240000Z", "user3"));
    // The rows at the seam come again.
    let script = reply(script, &rows(2..7), &seam("2026-11-03T00:00:00Z", "user6"));
    let world = World::exchange(reply(script, &rows(6..8), &[]));
    let outcome = world.run(trace()).await;
    assert_eq!(recipients(&outcome.pages), users(8));
    let end = outcome.end();
    assert!(end.is_complete() && end.warnings.is_empty(), "{end:?}");
    assert_eq!(end.records, 8);
    let sent: Vec<Value> = world.requests().iter().map(parameters).collect();
    assert_eq!(sent[0]["ResultSize"], 5000);
    assert!(sent[0].get("StartingRecipientAddress").is_none());
    for (index, end, recipient) in [(1, "2026-11-05T00:00:00.7240000", "user3"), (2, "2026-11-03T00:00:00", "user6")] {
        assert_eq!(sent[index]["EndDate"], end);
        assert_eq!(sent[index]["StartDate"], "2026-11-01T00:00:00");
        assert_eq!(sent[index]["StartingRecipientAddress"], recipient);
        assert_eq!(sent[index]["SenderAddress"], "ana@contoso.com");
    }
}

#[tokio::test]
async fn a_trace_that_cannot_go_on_says_that_it_is_cut() {
    for (again, warnings) in [
        (false, vec!["more: -StartingRecipientAddress x".to_owned()]),
        (false, vec![MORE.to_owned()]),
        (true, seam("2026-11-05T00:00:00Z", "user3")),
    ] {
        let mut script = reply(ScriptedTransport::new(), &rows(0..2), &warnings);
        if again {
            script = reply(script, &rows(0..2), &warnings);
        }
        let end = World::exchange(script).run(trace()).await.end();
        assert_eq!((end.gaps.len(), end.gaps[0].kind), (1, GapKind::Truncated), "{warnings:?}");
    }
}

#[tokio::test]
async fn a_trace_that_breaks_is_no_short_one() {
    let script =
        reply(ScriptedTransport::new(), &rows(0..4), &seam("2026-11-05T00:00:00Z", "user3")).reply(404, &[], "");
    let outcome = World::exchange(script).run(trace()).await;
    assert_eq!(recipients(&outcome.pages), users(4));
    outcome.error();
}

fn audit(range: std::ops::Range<usize>, announced: i64) -> Vec<Value> {
    range.map(|i| json!({"Identity": i, "RecipientAddress": format!("user{i}"), "ResultCount": announced})).collect()
}

fn search() -> Invocation {
    get("Search-UnifiedAuditLog").with("StartDate", "2026-11-01").with("EndDate", "2026-11-02")
}

#[tokio::test]
async fn an_audit_search_is_one_session_until_nothing_comes() {
    let script = reply(ScriptedTransport::new(), &audit(0..3, 5), &[]);
    // Records may come twice in one session.
    let script = reply(script, &audit(2..5, 5), &[]);
    let world = World::exchange(reply(script, &[], &[]));
    let outcome = world.run(search()).await;
    assert_eq!(recipients(&outcome.pages), users(5));
    assert!(outcome.end().is_complete());
    let sent: Vec<Value> = world.requests().iter().map(parameters).collect();
    assert_eq!([&sent[0], &sent[0]], [&sent[1], &sent[2]]);
    assert_eq!((&sent[0]["SessionCommand"], &sent[0]["ResultSize"]), (&json!("ReturnLargeSet"), &json!(5000)));
    assert_eq!(sent[0]["SessionId"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn an_audit_search_that_lost_records_says_so() {
    for (announced, word) in [(9, "9 records"), (-1, "broke off")] {
        let script = reply(reply(ScriptedTransport::new(), &audit(0..3, announced), &[]), &[], &[]);
        let end = World::exchange(script).run(search()).await.end();
        assert_eq!(end.gaps[0].kind, GapKind::Truncated);
        assert!(end.gaps[0].what.contains(word), "{end:?}");
    }
    // A session of the caller's own is the caller's.
    let world = World::exchange(reply(ScriptedTransport::new(), &audit(0..3, 9), &[]));
    assert!(world.run(search().with("SessionId", "mine")).await.end().is_complete());
}

#[tokio::test]
async fn an_audit_search_whose_answer_was_lost_begins_another_session() {
    // The only answer is lost, and what the session gives after it looks like nothing at all.
    let lost = || ScriptedTransport::new().error(exo_http::Error::timeout("h", exo_http::Phase::Body));
    let script = reply(reply(reply(lost(), &[], &[]), &audit(0..2, 2), &[]), &[], &[]);
    let world = World::exchange(script);
    let outcome = world.run(search()).await;
    assert_eq!(recipients(&outcome.pages), users(2));
    assert!(outcome.end().is_complete());
    let sessions: Vec<Value> = world.requests().iter().map(|r| parameters(r)["SessionId"].clone()).collect();
    assert!(sessions[0] == sessions[1] && sessions[1] != sessions[2] && sessions[2] == sessions[3]);

    // Where it is lost again and again, that is said.
    let script = (0..3).fold(ScriptedTransport::new(), |script, _| reply(script.reply(504, &[], ""), &[], &[]));
    let end = World::exchange(script).run(search()).await.end();
    assert!(end.gaps[0].kind == GapKind::Truncated && end.gaps[0].what.contains("lost"), "{end:?}");
}

#[tokio::test]
async fn among_many_calls_they_are_paged_as_well() {
    let script = reply(reply(ScriptedTransport::new(), &rows(0..2), &[]), &rows(2..3), &[]);
    let world = World::exchange(script);
    let calls = [get("Get-QuarantineMessage").with("PageSize", 2)];
    let mut each = world.session.each(calls).in_batches(BatchCount::One);
    assert_eq!(each.next().await.unwrap().read().await.unwrap().1.records, 3);
    assert!(each.next().await.is_none());
}
