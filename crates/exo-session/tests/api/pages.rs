//! Page runs: to the end, not past it, and never a short result that looks whole.

use crate::world::{EXCHANGE, MORE, ORGANIZATION, World, get, link, page, page_of};
use exo_http::{Error as TransportError, ScriptedTransport, response};
use exo_model::{Diagnose, ErrorKind, GapKind, Invoker, Next, Pages, Service};
use exo_session::Error;
use serde_json::json;

const EXPIRED: &str = r#"{"error":{"code":"BadRequest","message":"Error executing cmdlet","details":[{"code":"Context","message":"|System.Exception|Expired or Invalid pagination request. Default Expiry time is 00:30:00"}]}}"#;

#[tokio::test]
async fn three_pages_to_the_end() {
    let world = World::exchange(
        ScriptedTransport::new().reply(200, &[], page(0, 2, Some("A"))).reply(200, &[], page(2, 2, Some("B"))).reply(
            200,
            &[],
            page(4, 1, None),
        ),
    );
    let outcome = world.run(get("Get-Mailbox").with("ResultSize", "Unlimited")).await;
    assert_eq!(outcome.sizes(), [2, 2, 1]);
    assert_eq!(outcome.pages[2][0]["Identity"], "user4");
    let end = outcome.end();
    assert_eq!((end.pages, end.records, end.retries, end.limited), (3, 5, 0, false));
    assert!(end.is_complete() && end.warnings.is_empty(), "{end:?}");

    let requests = world.requests();
    assert_eq!(requests[0].uri().to_string(), format!("{EXCHANGE}/adminapi/beta/{ORGANIZATION}/InvokeCommand"));
    assert_eq!(requests[1].uri().to_string(), link("A"));
    assert_eq!(requests[2].uri().to_string(), link("B"));
    for request in &requests {
        assert_eq!(request.method(), "POST");
        assert_eq!(request.body(), requests[0].body());
        for name in ["client-request-id", "connection-id", "x-anchormailbox", "prefer", "accept-language"] {
            assert_eq!(request.headers()[name], requests[0].headers()[name], "{name}");
        }
    }
}

#[tokio::test]
async fn a_token_is_asked_for_before_every_request() {
    let world = World::exchange(ScriptedTransport::new().reply(200, &[], page(0, 1, Some("A"))).reply(
        200,
        &[],
        page(1, 1, None),
    ));
    world.run(get("Get-Mailbox")).await.end();
    let bearers: Vec<_> = world.requests().iter().map(|r| r.headers()["authorization"].clone()).collect();
    assert_eq!(bearers, ["Bearer token-1", "Bearer token-2"]);
    assert_eq!(world.tokens.asked.lock().unwrap()[0], ("https://outlook.office365.com/.default".to_owned(), None));
}

#[tokio::test]
async fn calls_differ_in_their_id_and_share_the_connection() {
    let world =
        World::exchange(ScriptedTransport::new().reply(200, &[], page(0, 1, None)).reply(200, &[], page(0, 1, None)));
    world.run(get("Get-Mailbox")).await.end();
    world.run(get("Get-Mailbox")).await.end();
    let requests = world.requests();
    let header = |i: usize, name: &str| requests[i].headers()[name].clone();
    assert_ne!(header(0, "client-request-id"), header(1, "client-request-id"));
    assert_eq!(header(0, "connection-id"), header(1, "connection-id"));
}

#[tokio::test]
async fn the_forms_of_no_records_are_complete() {
    for (status, body) in [(200, r#"{"value":[]}"#), (200, r#"{"value":null}"#), (200, "{}"), (200, ""), (204, "")] {
        let outcome = World::exchange(ScriptedTransport::new().reply(status, &[], body)).run(get("Get-Mailbox")).await;
        assert!(outcome.pages.is_empty());
        assert!(outcome.end().is_complete(), "{status} {body}");
    }
}

#[tokio::test]
async fn the_limit_counts_records_and_cuts_the_last_page() {
    let world = World::exchange(ScriptedTransport::new().reply(200, &[], page(0, 2, Some("A"))).reply(
        200,
        &[],
        page(2, 2, Some("B")),
    ));
    let outcome = world.run(get("Get-Mailbox").limit(3).page_size(2)).await;
    assert_eq!(outcome.sizes(), [2, 1]);
    let end = outcome.end();
    assert!(end.limited && end.is_complete() && end.warnings.is_empty(), "{end:?}");
    let sizes: Vec<_> = world.requests().iter().map(|r| r.headers()["prefer"].clone()).collect();
    assert_eq!(sizes, ["odata.maxpagesize=2", "odata.maxpagesize=1"]);
}

#[tokio::test]
async fn a_limit_that_is_met_exactly_is_a_limit_only_if_there_is_more() {
    let met = World::exchange(ScriptedTransport::new().reply(200, &[], page(0, 2, None)));
    assert!(!met.run(get("Get-Mailbox").limit(2)).await.end().limited);
    let more = World::exchange(ScriptedTransport::new().reply(200, &[], page(0, 2, Some("A"))));
    assert!(more.run(get("Get-Mailbox").with("ResultSize", 2)).await.end().limited);
    let body = json!({"value": [{}, {}], "@adminapi.warnings": [MORE]}).to_string();
    let told =
        World::exchange(ScriptedTransport::new().reply(200, &[], body)).run(get("Get-Mailbox").limit(2)).await.end();
    assert!(told.limited && told.is_complete());
    let none = World::exchange(ScriptedTransport::new());
    assert!(none.run(get("Get-Mailbox").limit(0)).await.end().limited);
}

#[tokio::test]
async fn more_results_without_a_link_are_a_gap() {
    for warning in [MORE, "use -StartDate a -EndDate b -StartingRecipientAddress c"] {
        let body = json!({"value": [{}], "@adminapi.warnings": [warning, "an object is corrupted"]}).to_string();
        let end = World::exchange(ScriptedTransport::new().reply(200, &[], body)).run(get("Get-Mailbox")).await.end();
        assert_eq!((end.gaps.len(), end.gaps[0].kind), (1, GapKind::Truncated));
        assert_eq!(end.warnings, ["an object is corrupted"]);
        assert!(!end.limited);
    }
}

#[tokio::test]
async fn failures_that_did_not_end_the_cmdlet_are_gaps() {
    let body = json!({"value": [{}], "@adminapi.errors": ["mailbox ben is locked"]}).to_string();
    let end = World::exchange(ScriptedTransport::new().reply(200, &[], body)).run(get("Get-Mailbox")).await.end();
    assert_eq!(end.gaps[0].kind, GapKind::Refused);
    assert!(end.gaps[0].what.contains("mailbox ben is locked"));
}

#[tokio::test]
async fn what_would_be_done_is_told() {
    let body = json!({"value": [], "@adminapi.confirmationmessage": "remove mailbox ben"}).to_string();
    let world = World::exchange(ScriptedTransport::new().reply(200, &[], body));
    let end = world.run(get("Remove-Mailbox").with("Identity", "ben").with("WhatIf", true)).await.end();
    assert!(end.warnings[0].contains("remove mailbox ben"));
}

#[tokio::test]
async fn a_link_to_another_place_is_refused_and_gets_no_token() {
    for foreign in [
        "https://outlook.office365.com.evil.example/x",
        "http://outlook.office365.com/x",
        "https://outlook.office365.com:8443/x",
        "https://outlook.office365.com@evil.example/x",
        "/adminapi/beta/x",
        "no address",
    ] {
        let world = World::exchange(ScriptedTransport::new().reply(200, &[], page_of(EXCHANGE, 0, 1, Some(foreign))));
        let outcome = world.run(get("Get-Mailbox")).await;
        // What came before it is given.
        assert_eq!(outcome.pages.len(), 1);
        let error = outcome.error();
        assert!(matches!(error.downcast_ref(), Some(Error::ForeignLink { .. })), "{foreign}: {error:?}");
        assert_eq!(error.kind(), ErrorKind::Answer);
        assert_eq!(world.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_page_that_comes_again_under_another_link_ends_the_run() {
    let script =
        ScriptedTransport::new().reply(200, &[], page(0, 10, Some("A"))).reply(200, &[], page(10, 10, Some("B")));
    let world = World::exchange(script.reply(200, &[], page(10, 10, Some("C"))));
    let outcome = world.run(get("Get-Mailbox")).await;
    assert_eq!(outcome.pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10]);
    let error = outcome.error();
    assert!(matches!(error.downcast_ref(), Some(Error::RepeatedLink { pages: 2, .. })), "{error:?}");
}

#[tokio::test]
async fn a_link_that_comes_again_ends_the_run() {
    let world = World::exchange(
        ScriptedTransport::new().reply(200, &[], page(0, 1, Some("A"))).reply(200, &[], page(1, 1, Some("B"))).reply(
            200,
            &[],
            page(2, 1, Some("A")),
        ),
    );
    let error = world.run(get("Get-Mailbox")).await.error();
    assert!(matches!(error.downcast_ref(), Some(Error::RepeatedLink { .. })), "{error:?}");
}

#[tokio::test]
async fn a_run_whose_pages_expire_at_once_begins_anew_one_time() {
    let world = World::exchange(
        ScriptedTransport::new()
            .reply(200, &[], page(0, 2, Some("A")))
            .reply(400, &[], EXPIRED)
            .reply(200, &[], page(0, 2, Some("A")))
            .reply(200, &[], page(2, 1, None)),
    );
    let outcome = world.run(get("Get-Mailbox")).await;
    assert_eq!(outcome.sizes(), [2, 1]);
    let end = outcome.end();
    assert_eq!((end.pages, end.records, end.retries), (2, 3, 1));

    let world = World::exchange(
        ScriptedTransport::new()
            .reply(200, &[], page(0, 2, Some("A")))
            .reply(400, &[], EXPIRED)
            .reply(200, &[], page(0, 2, Some("A")))
            .reply(400, &[], EXPIRED),
    );
    let outcome = world.run(get("Get-Mailbox")).await;
    assert!(matches!(outcome.error().downcast_ref(), Some(Error::PagesExpired { .. })));
}

#[tokio::test]
async fn pages_that_expire_later_are_an_error_that_says_so() {
    let world = World::exchange(
        ScriptedTransport::new().reply(200, &[], page(0, 2, Some("A"))).reply(200, &[], page(2, 2, Some("B"))).reply(
            400,
            &[],
            EXPIRED,
        ),
    );
    let outcome = world.run(get("Get-Mailbox")).await;
    assert_eq!(outcome.sizes(), [2, 2]);
    let error = outcome.error();
    assert!(matches!(error.downcast_ref(), Some(Error::PagesExpired { pages: 2, .. })), "{error:?}");
    assert_eq!((error.kind(), error.service_code()), (ErrorKind::Unavailable, Some("PagesExpired")));
    assert!(error.to_string().contains("what came is not all"));
}

#[tokio::test]
async fn a_failure_in_the_middle_fails_the_run_after_what_came() {
    for (status, body) in [(404, "not here"), (200, ""), (204, ""), (200, r#"{"value":[{"#)] {
        let script = ScriptedTransport::new().reply(200, &[], page(0, 2, Some("A"))).reply(status, &[], body);
        let outcome = World::exchange(script).run(get("Get-Mailbox")).await;
        assert_eq!(outcome.sizes(), [2], "{status} {body}");
        assert_eq!(outcome.error().kind(), ErrorKind::Answer);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_never_a_short_page() {
    let whole = page(0, 3, None);
    for end in 1..whole.len() {
        let script = ScriptedTransport::new().reply(200, &[("request-id", "r-9")], whole.as_bytes()[..end].to_vec());
        let outcome = World::exchange(script).run(get("Get-Mailbox")).await;
        assert!(outcome.pages.is_empty());
        let error = outcome.error();
        assert!(error.to_string().contains("r-9"), "{error}");
        assert_eq!(error.kind(), ErrorKind::Answer);
    }
}

#[tokio::test]
async fn another_tenants_answer_is_an_error() {
    let theirs = page(0, 1, None).replace(ORGANIZATION, "fabrikam.onmicrosoft.com");
    let error = World::exchange(ScriptedTransport::new().reply(200, &[], theirs)).run(get("Get-Mailbox")).await.error();
    assert!(matches!(error.downcast_ref(), Some(Error::OtherTenant { .. })), "{error:?}");
    // A GUID may stand for the domain, but for one tenant only.
    let named = |guid: &str, token| page(0, 1, token).replace(&format!("{ORGANIZATION}/$"), &format!("{guid}/$"));
    let (one, two) = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222");
    let script = ScriptedTransport::new().reply(200, &[], named(one, Some("A"))).reply(200, &[], named(two, None));
    let outcome = World::exchange(script).run(get("Get-Mailbox")).await;
    assert!(matches!(outcome.error().downcast_ref(), Some(Error::OtherTenant { .. })));
    let script = ScriptedTransport::new().reply(200, &[], named(two, None));
    let world = World::new(Service::Exchange, script, |b| b.tenant(one.parse().unwrap()));
    assert!(world.run(get("Get-Mailbox")).await.error.is_some());
}

#[tokio::test]
async fn nothing_is_sent_until_a_page_is_asked_for() {
    let world = World::exchange(ScriptedTransport::new());
    let pages = world.session.invoke(get("Get-Mailbox")).await.unwrap();
    drop(pages);
    assert!(world.requests().is_empty());
}

#[tokio::test]
async fn no_more_than_two_pages_are_fetched_ahead_of_the_reader() {
    let script = ScriptedTransport::new().reply(200, &[], page(0, 1, Some("A"))).reply(200, &[], page(1, 1, Some("B")));
    let world = World::exchange(script);
    let mut pages = world.session.invoke(get("Get-Mailbox")).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(pages.next().await, Ok(Next::Page(_))));
    }
    assert_eq!(world.requests().len(), 2);
}

#[tokio::test]
async fn cookies_go_back_over_the_pages() {
    let script = ScriptedTransport::new()
        .reply(200, &[("Set-Cookie", "ClientId=abc; path=/; secure")], page(0, 1, Some("A")))
        .answer(|request| {
            assert_eq!(request.headers()["cookie"], "ClientId=abc");
            Ok(response(200, &[], page(1, 1, None)))
        });
    let world = World::exchange(script);
    assert_eq!(world.run(get("Get-Mailbox")).await.end().records, 2);
    assert!(world.requests()[0].headers().get("cookie").is_none());
}

#[tokio::test]
async fn a_page_is_asked_again_after_a_failure_that_passes() {
    let script = ScriptedTransport::new()
        .reply(200, &[], page(0, 1, Some("A")))
        .error(TransportError::truncated("outlook.office365.com", 10))
        .reply(200, &[], page(1, 1, None));
    let world = World::exchange(script);
    let end = world.run(get("Get-Mailbox")).await.end();
    assert_eq!((end.records, end.retries), (2, 1));
    let requests = world.requests();
    assert_eq!(requests[1].uri(), requests[2].uri());
    assert_eq!(requests[1].headers()["client-request-id"], requests[2].headers()["client-request-id"]);
}

/// Asks for the next page, and gives up before the answer.
async fn give_up(pages: &mut dyn Pages) {
    tokio::select! {
        biased;
        _ = pages.next() => panic!("the answer was there at once"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn a_reader_that_gives_up_and_comes_back_misses_nothing() {
    let script = ScriptedTransport::new().reply(200, &[], page(0, 1, Some("A"))).reply(200, &[], page(1, 1, None));
    let world = World::exchange(script);
    let mut pages = world.session.invoke(get("Get-Mailbox")).await.unwrap();
    give_up(&mut *pages).await;
    assert!(matches!(pages.next().await, Ok(Next::Page(_))));
    assert!(matches!(pages.next().await, Ok(Next::Page(_))));
    assert!(matches!(pages.next().await, Ok(Next::End(end)) if end.records == 2));
}

#[tokio::test]
async fn a_write_that_was_given_up_is_not_run_twice() {
    let world = World::exchange(ScriptedTransport::new());
    let mut pages = world.session.invoke(get("Set-Mailbox")).await.unwrap();
    give_up(&mut *pages).await;
    let error = pages.next().await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::Answer { uncertain: true, .. })), "{error:?}");
}

#[tokio::test]
async fn asking_on_after_an_error_never_gives_a_whole_result() {
    let script = ScriptedTransport::new().reply(200, &[], page(0, 1, Some("A"))).reply(404, &[], "");
    let world = World::exchange(script);
    let mut pages = world.session.invoke(get("Get-Mailbox")).await.unwrap();
    assert!(matches!(pages.next().await, Ok(Next::Page(_))));
    assert!(pages.next().await.is_err());
    let Ok(Next::End(end)) = pages.next().await else { panic!("the stream has ended") };
    assert_eq!(end.gaps[0].kind, GapKind::Failed);
}

#[tokio::test]
async fn pages_without_records_are_passed_over() {
    let script = ScriptedTransport::new()
        .reply(200, &[], page(0, 0, Some("A")))
        .reply(200, &[], page(0, 0, Some("B")))
        .reply(200, &[], page(0, 1, None));
    let outcome = World::exchange(script).run(get("Get-Mailbox")).await;
    assert_eq!(outcome.sizes(), [1]);
    assert_eq!(outcome.end().pages, 1);
}

#[tokio::test]
async fn a_write_is_never_begun_anew() {
    let script = ScriptedTransport::new().reply(200, &[], page(0, 1, Some("A"))).reply(400, &[], EXPIRED);
    let world = World::exchange(script);
    let outcome = world.run(get("Set-Mailbox")).await;
    assert!(matches!(outcome.error().downcast_ref(), Some(Error::PagesExpired { .. })));
    assert_eq!(world.requests().len(), 2);
}
