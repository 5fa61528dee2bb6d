//! Many small calls: side by side or in batches, each with its own end.

use crate::world::{EXCHANGE, ORGANIZATION, World, get, link};
use exo_http::{Error as TransportError, Request, Response, ScriptedTransport, response};
use exo_model::{Diagnose, ErrorKind, GapKind, Invocation, Next, Service};
use exo_session::{BatchCount, Budget, Each, Error};
use serde_json::{Value, json};
use std::time::Duration;

const EXPIRED_TOKEN: &str = r#"{"error":{"code":"Unauthorized","message":"expired"}}"#;

fn of(user: usize) -> Invocation {
    get("Get-MailboxPermission").with("Identity", format!("user{user}"))
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

fn user(call: &Value) -> String {
    call["CmdletInput"]["Parameters"]["Identity"].as_str().unwrap().to_owned()
}

/// The objects of the calls in a batch.
fn users(request: &Request) -> Vec<String> {
    body(request)["requests"].as_array().unwrap().iter().map(|item| user(&item["body"])).collect()
}

fn answer(users: &[&str]) -> Value {
    json!({"@adminapi.warnings": [], "value": users.iter().map(|user| json!({"User": user})).collect::<Vec<_>>()})
}

/// Answers each call of a batch as `status` says of its object; in the other order, since ids decide.
fn batch(script: ScriptedTransport, status: fn(&str) -> (u16, Value, Value)) -> ScriptedTransport {
    script.answer(move |request| Ok(batched(request, status)))
}

fn batched(request: &Request, status: fn(&str) -> (u16, Value, Value)) -> Response {
    assert_eq!(request.uri().path(), format!("/adminapi/beta/{ORGANIZATION}/$batch"));
    let items = body(request)["requests"].as_array().unwrap().clone();
    let responses: Vec<Value> = items
        .iter()
        .rev()
        .map(|item| {
            let (status, headers, body) = status(&user(&item["body"]));
            json!({"id": item["id"], "status": status, "headers": headers, "body": body})
        })
        .collect();
    response(200, &[], json!({ "responses": responses }).to_string())
}

fn good(user: &str) -> (u16, Value, Value) {
    (200, json!({"Content-Type": "application/json"}), answer(&[user]))
}

/// Answers a single call.
fn single(script: ScriptedTransport) -> ScriptedTransport {
    script.answer(|request| Ok(response(200, &[], answer(&[&user(&body(request))]).to_string())))
}

/// Which object gave which records, or why it gave none; by index, in the order in which they came.
async fn all(mut each: Each) -> Vec<(usize, Result<Vec<String>, exo_model::SeamError>)> {
    let mut out = Vec::new();
    while let Some(object) = each.next().await {
        let index = object.index;
        assert_eq!(object.name(), format!("`Get-MailboxPermission` of `user{index}`"));
        let records = object.read().await.map(|(pages, end)| {
            let records: Vec<Value> =
                pages.iter().flat_map(exo_model::Page::records).map(|r| serde_json::from_slice(r).unwrap()).collect();
            assert!(end.is_complete() && end.records == records.len() as u64);
            records.iter().map(|record| record["User"].as_str().unwrap().to_owned()).collect()
        });
        out.push((index, records));
    }
    assert!(each.next().await.is_none());
    out
}

fn batches(world: &World, count: BatchCount, users: usize) -> Each {
    world.session.each((0..users).map(of)).in_batches(count).in_order()
}

fn assert_own(objects: &[(usize, Result<Vec<String>, exo_model::SeamError>)], count: usize) {
    let indexes: Vec<usize> = objects.iter().map(|(index, _)| *index).collect();
    assert_eq!(indexes, (0..count).collect::<Vec<_>>());
    for (index, records) in objects {
        assert_eq!(records.as_ref().unwrap(), &[format!("user{index}")]);
    }
}

#[tokio::test]
async fn calls_run_side_by_side_and_keep_their_order_where_it_is_asked_for() {
    let world = World::exchange((0..25).fold(ScriptedTransport::new(), |script, _| single(script)));
    assert_own(&all(world.session.each((0..25).map(of)).in_order()).await, 25);
    let requests = world.requests();
    assert!(requests.iter().all(|r| r.uri().path().ends_with("/InvokeCommand")));
    let id = |request: &Request| request.headers()["client-request-id"].clone();
    assert!(requests.iter().all(|r| id(r) == id(&requests[0])));
}

#[tokio::test]
async fn nothing_is_sent_before_it_is_asked_for_and_there_may_be_nothing() {
    let world = World::exchange(ScriptedTransport::new());
    drop(world.session.each((0..25).map(of)));
    assert!(all(world.session.each(Vec::new())).await.is_empty());
    assert!(all(world.session.each(Vec::new()).in_batches(BatchCount::One)).await.is_empty());
}

#[tokio::test]
async fn ten_calls_travel_in_one_request_as_the_service_wants_them() {
    let script = batch(batch(ScriptedTransport::new(), good), good);
    let world = World::exchange(script);
    assert_own(&all(batches(&world, BatchCount::One, 13)).await, 13);
    let mut requests = world.requests();
    requests.sort_by_key(|request| std::cmp::Reverse(users(request).len()));
    assert_eq!([users(&requests[0]).len(), users(&requests[1]).len()], [10, 3]);
    let headers = requests[0].headers();
    for (name, value) in
        [("accept", "application/json"), ("content-type", "application/json"), ("prefer", "odata.continue-on-error")]
    {
        assert_eq!(headers[name], value);
    }
    assert!(headers["authorization"].to_str().unwrap().starts_with("Bearer token-"));
    let item = body(&requests[0])["requests"][3].clone();
    assert_eq!((&item["id"], &item["method"]), (&json!("3"), &json!("POST")));
    assert_eq!(item["url"], format!("{EXCHANGE}/adminapi/beta/{ORGANIZATION}/InvokeCommand"));
    assert_eq!(item["headers"]["prefer"], "odata.maxpagesize=1000;odata.continue-on-error");
    assert_eq!(item["headers"]["x-cmdletname"], "Get-MailboxPermission");
    assert_eq!(item["headers"]["client-request-id"], headers["client-request-id"].to_str().unwrap());
    assert!(item["headers"]["x-anchormailbox"].as_str().unwrap().starts_with("APP:SystemMailbox{"));
    // The token stands in the one header that nobody logs.
    assert!(!String::from_utf8_lossy(requests[0].body()).contains("token-"));
}

#[tokio::test]
async fn a_batch_is_no_larger_than_the_budget_unless_it_counts_as_one() {
    let script = (0..3).fold(ScriptedTransport::new(), |script, _| batch(script, good));
    let world = World::new(Service::Exchange, script, |builder| builder.budget(Budget::new(4)));
    assert_own(&all(batches(&world, BatchCount::Calls, 12)).await, 12);
    assert_eq!(world.requests().iter().map(|r| users(r).len()).collect::<Vec<_>>(), [4, 4, 4]);
    let script = (0..2).fold(ScriptedTransport::new(), |script, _| batch(script, good));
    let world = World::new(Service::Exchange, script, |builder| builder.budget(Budget::new(1)));
    assert_own(&all(batches(&world, BatchCount::One, 12)).await, 12);
}

#[tokio::test]
async fn one_that_fails_is_named_and_ends_nobody_elses_run() {
    for count in [BatchCount::One, BatchCount::Calls] {
        let world = World::exchange(batch(ScriptedTransport::new(), |user| match user {
            "user1" => (
                404,
                json!({}),
                json!({"error": {"code": "NotFound", "message": "Error executing cmdlet", "details": [
                    {"message": "Ex41BAF5|Microsoft.ManagementObjectNotFoundException|user1 doesn't exist"}]}}),
            ),
            "user2" => (403, json!({}), Value::Null),
            "user3" => (200, json!({}), json!({"value": 1})),
            user => good(user),
        }));
        let objects = all(batches(&world, count, 4)).await;
        assert_eq!(objects.len(), 4);
        let error = |index: usize| objects[index].1.as_ref().unwrap_err();
        assert!(
            matches!(error(1).downcast_ref(), Some(Error::Service(e)) if e.status == 404 && e.text.contains("user1"))
        );
        assert_eq!(error(2).kind(), ErrorKind::Authorization);
        assert!(matches!(error(3).downcast_ref(), Some(Error::Answer { .. })));
        assert!(objects[0].1.is_ok());
    }
}

#[tokio::test]
async fn only_what_was_refused_for_a_time_travels_again() {
    let world = World::exchange(batch(
        batch(ScriptedTransport::new(), |user| match user {
            "user3" => (429, json!({"Retry-After": "7"}), json!("wait")),
            "user5" => (429, json!({"Retry-After": 2.5}), Value::Null),
            user => good(user),
        }),
        good,
    ));
    assert_own(&all(batches(&world, BatchCount::One, 8)).await, 8);
    let mut again = users(&world.requests()[1]);
    again.sort();
    assert_eq!(again, ["user3", "user5"]);
    // The longer wait of the two; each has a place of its own, now that the service is known to count them.
    assert_eq!(world.clock.slept(), [Duration::from_secs(7); 2]);

    let busy = |user: &str| if user == "user2" { (503, json!({}), json!("busy")) } else { good(user) };
    let world = World::exchange(batch(batch(ScriptedTransport::new(), busy), good));
    assert_own(&all(batches(&world, BatchCount::Calls, 4)).await, 4);
    assert_eq!(users(&world.requests()[1]), ["user2"]);
    assert_eq!(world.clock.slept().len(), 1);
}

#[tokio::test]
async fn what_fails_every_time_is_given_up_after_as_many_attempts_as_alone() {
    let down = |user: &str| if user == "user1" { (503, json!({}), Value::Null) } else { good(user) };
    let script = (0..3).fold(ScriptedTransport::new(), |script, _| batch(script, down));
    let world = World::new(Service::Exchange, script, |builder| builder.attempts(3));
    let objects = all(batches(&world, BatchCount::One, 2)).await;
    assert!(objects[0].1.is_ok());
    let error = objects[1].1.as_ref().unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::Service(e)) if e.status == 503), "{error:?}");
}

#[tokio::test]
async fn a_call_whose_token_was_refused_travels_again_with_another_once() {
    let refused = |user: &str| if user == "user0" { (401, json!({}), json!(EXPIRED_TOKEN)) } else { good(user) };
    let world = World::exchange(batch(batch(ScriptedTransport::new(), refused), good));
    assert_own(&all(batches(&world, BatchCount::One, 3)).await, 3);
    assert_eq!(users(&world.requests()[1]), ["user0"]);
    assert_eq!(world.tokens.asked.lock().unwrap()[1].1.as_deref(), Some("token-1"));
    let world = World::exchange(batch(batch(ScriptedTransport::new(), refused), refused));
    let objects = all(batches(&world, BatchCount::One, 1)).await;
    assert_eq!(objects[0].1.as_ref().unwrap_err().kind(), ErrorKind::Authentication);
}

#[tokio::test]
async fn a_call_with_more_pages_goes_on_by_itself() {
    let paged = |user: &str| {
        let mut body = answer(&[user, user]);
        if user == "user1" {
            body["@odata.nextLink"] = link("A").into();
        }
        (200, json!({}), body)
    };
    let script = batch(ScriptedTransport::new(), paged).answer(|request| {
        assert_eq!(request.uri().to_string(), link("A"));
        assert_eq!(user(&body(request)), "user1");
        assert_eq!(request.headers()["prefer"], "odata.maxpagesize=1000");
        Ok(response(200, &[], answer(&["last"]).to_string()))
    });
    let objects = all(batches(&World::exchange(script), BatchCount::Calls, 3)).await;
    let sizes: Vec<usize> = objects.iter().map(|(_, records)| records.as_ref().unwrap().len()).collect();
    assert_eq!(sizes, [2, 3, 2]);
    assert_eq!(objects[1].1.as_ref().unwrap(), &["user1", "user1", "last"]);
}

#[tokio::test]
async fn writes_travel_alone_unless_it_is_asked_for() {
    let write = |user: usize| get("Set-Mailbox").with("Identity", format!("user{user}"));
    let empty = |script: ScriptedTransport| script.reply(200, &[], "");
    let world = World::exchange(empty(empty(ScriptedTransport::new())));
    let mut each = world.session.each((0..2).map(write)).in_batches(BatchCount::One);
    while let Some(object) = each.next().await {
        object.read().await.unwrap();
    }
    assert!(world.requests().iter().all(|r| r.uri().path().ends_with("/InvokeCommand")));
    let world = World::exchange(batch(ScriptedTransport::new(), |user| match user {
        "user0" => (504, json!({}), Value::Null),
        _ => (204, json!({}), Value::Null),
    }));
    let mut each = world.session.each((0..2).map(write)).in_batches(BatchCount::One).writes_in_batches().in_order();
    // Whether it ran is unknown, so it is not sent again.
    let first = each.next().await.unwrap().read().await.unwrap_err();
    assert!(first.hint().unwrap().contains("unknown"), "{first:?}");
    assert!(each.next().await.unwrap().read().await.unwrap().1.is_complete());
}

#[tokio::test]
async fn an_answer_in_parts_is_refused_in_words() {
    let parts = "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n--b--";
    let script = ScriptedTransport::new().reply(200, &[("Content-Type", "multipart/mixed; boundary=b")], parts);
    let objects = all(batches(&World::exchange(script), BatchCount::One, 2)).await;
    for (_, object) in &objects {
        let error = object.as_ref().unwrap_err();
        let Some(Error::Shared { source, .. }) = error.downcast_ref() else { panic!("{error:?}") };
        assert!(source.to_string().contains("multipart"), "{source}");
        assert_eq!(error.kind(), ErrorKind::Answer);
    }
    assert_eq!(objects.len(), 2);
}

#[tokio::test]
async fn calls_that_the_batch_forgot_are_named() {
    let script = ScriptedTransport::new().answer(|request| {
        let id = body(request)["requests"][1]["id"].clone();
        let only = json!({"responses": [{"id": id, "status": 200, "body": answer(&["user1"])}]});
        Ok(response(200, &[], only.to_string()))
    });
    let objects = all(batches(&World::exchange(script), BatchCount::One, 2)).await;
    assert!(objects[0].1.as_ref().unwrap_err().to_string().contains("no answer to it"));
    assert!(objects[1].1.is_ok());
}

#[tokio::test]
async fn a_batch_that_fails_as_a_whole_travels_again_or_is_taken_apart() {
    let throttled = ScriptedTransport::new().reply(429, &[("Retry-After", "3")], "");
    let world = World::exchange(batch(throttled, good));
    assert_own(&all(batches(&world, BatchCount::One, 4)).await, 4);
    let silent = ScriptedTransport::new().error(TransportError::reset("h"));
    assert_own(&all(batches(&World::exchange(batch(silent, good)), BatchCount::Calls, 4)).await, 4);
    // A service that takes no batches still takes calls.
    let none = ScriptedTransport::new().reply(405, &[], "");
    let world = World::exchange((0..4).fold(none, |script, _| single(script)));
    assert_own(&all(batches(&world, BatchCount::Calls, 4)).await, 4);
    assert_eq!(world.requests().len(), 5);
    let refused = World::exchange(ScriptedTransport::new().error(TransportError::tls("h")));
    for (_, object) in all(batches(&refused, BatchCount::One, 2)).await {
        let error = object.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(Error::Shared { .. })));
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn a_batch_is_redirected_and_its_calls_with_it() {
    let script =
        ScriptedTransport::new().reply(302, &[("Location", "https://eur02b.admin.protection.outlook.com:446/x")], "");
    let world = World::new(Service::Compliance, batch(script, good), |builder| builder);
    let calls = (0..2).map(|user| {
        Invocation::new(Service::Compliance, "Get-RetentionCompliancePolicy".parse().unwrap())
            .with("Identity", format!("user{user}"))
    });
    let mut each = world.session.each(calls).in_batches(BatchCount::One);
    while let Some(object) = each.next().await {
        object.read().await.unwrap();
    }
    let region = "https://eur02b.ps.compliance.protection.outlook.com/";
    let request = &world.requests()[1];
    assert!(request.uri().to_string().starts_with(region));
    assert!(body(request)["requests"][0]["url"].as_str().unwrap().starts_with(region));
}

#[tokio::test]
async fn the_window_bounds_what_is_begun_and_not_taken() {
    let world = World::exchange((0..6).fold(ScriptedTransport::new(), |script, _| single(script)));
    let mut each = world.session.each((0..6).map(of)).window(2);
    let first = each.next().await.unwrap();
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    // One was given away, so that another could begin.
    assert_eq!(world.requests().len(), 3);
    drop(first);
    while each.next().await.is_some() {}
}

#[tokio::test]
async fn a_reader_that_needs_a_place_gets_it_while_others_run() {
    let paged = |user: &str, more: bool| {
        let mut body = answer(&[user]);
        if more {
            body["@odata.nextLink"] = link(user).into();
        }
        body.to_string()
    };
    // Every object has three pages, and there is one place for all.
    let script = (0..12).fold(ScriptedTransport::new(), |script, _| {
        script.answer(move |request| {
            let uri = request.uri().to_string();
            let user = user(&body(request));
            let next = match uri.split_once("skiptoken=") {
                None => Some(format!("{user}-1")),
                Some((_, token)) if token.contains("-1") => Some(format!("{user}-2")),
                Some(_) => None,
            };
            let name = next.clone().unwrap_or_else(|| "end".into());
            Ok(response(200, &[], paged(&name, next.is_some())))
        })
    });
    let world = World::new(Service::Exchange, script, |builder| builder.budget(Budget::new(1)));
    let objects = tokio::time::timeout(Duration::from_secs(20), all(world.session.each((0..4).map(of)))).await.unwrap();
    assert!(objects.iter().all(|(_, records)| records.as_ref().unwrap().len() == 3));
}

#[tokio::test]
async fn as_one_stream_its_end_says_what_is_missing_of_whom() {
    let script = batch(ScriptedTransport::new(), |user| match user {
        "user1" => (404, json!({}), json!({"error": {"code": "NotFound", "message": "gone"}})),
        "user2" => (200, json!({}), json!({"value": [{"User": user}], "@adminapi.errors": ["half"]})),
        user => good(user),
    });
    let world = World::exchange(script);
    let mut pages = batches(&world, BatchCount::One, 4).together();
    let mut records = 0;
    let end = loop {
        match pages.next().await.unwrap() {
            Next::Page(page) => records += page.len(),
            Next::End(end) => break end,
        }
    };
    assert_eq!((records, end.records, end.pages), (3, 3, 3));
    assert!(!end.is_complete());
    assert!(end.gaps[0].what.contains("`Get-MailboxPermission` of `user1`") && end.gaps[0].what.contains("gone"));
    assert!(end.gaps[1].what.contains("of `user2`") && end.gaps[1].what.contains("half"));
    assert_eq!([end.gaps[0].kind, end.gaps[1].kind], [GapKind::Refused, GapKind::Refused]);
}

#[tokio::test]
async fn a_call_that_cannot_be_sent_is_one_that_failed() {
    let world = World::exchange(batch(ScriptedTransport::new(), good));
    let other = Invocation::new(Service::Compliance, "Get-Label".parse().unwrap());
    let mut each = world.session.each([other, of(1)]).in_batches(BatchCount::One).in_order();
    let mut first = each.next().await.unwrap();
    assert_eq!(first.name(), "`Get-Label` (call 1)");
    let error = first.pages.next().await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::OtherService { .. })));
    let Next::End(end) = first.pages.next().await.unwrap() else { panic!("it must have ended") };
    assert!(!end.is_complete());
    assert!(each.next().await.unwrap().read().await.is_ok());
}
