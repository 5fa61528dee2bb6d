//! The paths beside `InvokeCommand`: what is sent by each, and that their streams are like all others.

use crate::world::{EXCHANGE, World, get};
use exo_http::{Request, ScriptedTransport};
use exo_model::{Diagnose, ErrorKind, GapKind, ReadPath, Service};
use exo_session::{BatchCount, Error};
use serde_json::{Value, json};

const TENANT: &str = "11111111-1111-4111-8111-111111111111";

/// A session that knows its tenant's GUID.
fn world(script: ScriptedTransport) -> World {
    World::new(Service::Exchange, script, |builder| builder.tenant(TENANT.parse().unwrap()))
}

fn list(noun: &str, names: &[&str], token: Option<&str>) -> String {
    let records: Vec<Value> = names.iter().map(|name| json!({"Name": name})).collect();
    let base = format!("{EXCHANGE}/adminapi/beta/{TENANT}");
    let mut body = json!({"@odata.context": format!("{base}/$metadata#{noun}"), "value": records});
    if let Some(token) = token {
        body["@odata.nextLink"] = json!(format!("{base}/{noun}?PropertySet=All&%24skiptoken={token}"));
    }
    body.to_string()
}

fn target(request: &Request) -> String {
    request.uri().to_string().replace(EXCHANGE, "").replace(TENANT, "T")
}

#[tokio::test]
async fn a_read_by_noun_is_paged_with_get_to_its_end() {
    let script = ScriptedTransport::new()
        .reply(200, &[], list("Mailbox", &["a", "b"], Some("x%2B1")))
        .reply(503, &[("Retry-After", "2")], "")
        .reply(200, &[], list("Mailbox", &["c"], None));
    let world = world(script);
    let outcome = world.run(get("Get-Mailbox").page_size(2).by(ReadPath::PerNoun)).await;
    assert_eq!(outcome.sizes(), [2, 1]);
    let end = outcome.end();
    assert!(end.is_complete() && end.records == 3 && end.retries == 1, "{end:?}");
    let requests = world.requests();
    let targets: Vec<String> = requests.iter().map(target).collect();
    let next = "/adminapi/beta/T/Mailbox?PropertySet=All&%24skiptoken=x%2B1";
    assert_eq!(targets, ["/adminapi/beta/T/Mailbox?PropertySet=All", next, next]);
    for request in &requests {
        assert_eq!((request.method().as_str(), request.body().len()), ("GET", 0));
        let headers = request.headers();
        assert!(!headers.contains_key("content-type") && headers["prefer"] == "odata.maxpagesize=2");
        assert!(headers["x-anchormailbox"].to_str().unwrap().starts_with("APP:SystemMailbox{"));
        assert_eq!(headers["client-request-id"], requests[0].headers()["client-request-id"]);
    }
}

#[tokio::test]
async fn one_object_is_a_record_and_a_warning_of_a_cut_is_a_gap() {
    let more = "There are more results available than are currently displayed.";
    let object =
        json!({"@odata.context": format!("{EXCHANGE}/adminapi/beta/{TENANT}/$metadata#X/$entity"), "ItemCount": 7});
    let script = ScriptedTransport::new().reply(200, &[], object.to_string()).reply(
        200,
        &[("X-Warnings", more)],
        list("Recipient", &["a"], None),
    );
    let world = world(script);
    let call = get("Get-MailboxStatistics").with("Identity", "ana@contoso.com").by(ReadPath::PerNoun);
    let outcome = world.run(call).await;
    assert_eq!(outcome.pages, [[object]]);
    assert!(outcome.end().is_complete());
    let end = world.run(get("Get-Recipient").by(ReadPath::PerNoun)).await.end();
    assert_eq!(end.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), [GapKind::Truncated]);
}

#[tokio::test]
async fn a_limit_ends_a_read_by_noun_and_a_link_to_another_host_gets_no_token() {
    let limited = world(ScriptedTransport::new().reply(200, &[], list("Mailbox", &["a", "b"], Some("x"))));
    let end = limited.run(get("Get-Mailbox").with("ResultSize", 2).by(ReadPath::PerNoun)).await.end();
    assert!(end.limited && end.is_complete() && end.records == 2, "{end:?}");
    let foreign = list("Mailbox", &["a"], Some("x")).replace(
        "outlook.office365.com/adminapi/beta/11111111-1111-4111-8111-111111111111/Mailbox?",
        "outlook.office365.com.evil.example/x?",
    );
    let foreign = world(ScriptedTransport::new().reply(200, &[], foreign));
    let error = foreign.run(get("Get-Mailbox").by(ReadPath::PerNoun)).await.error();
    assert!(matches!(error.downcast_ref(), Some(Error::ForeignLink { .. })), "{error:?}");
    assert_eq!(foreign.requests().len(), 1);
}

#[tokio::test]
async fn a_full_page_by_noun_without_a_link_is_never_called_complete() {
    let reply = || list("Mailbox", &["a", "b"], None);
    let script = (0..3).fold(ScriptedTransport::new(), |script, _| script.reply(200, &[], reply()));
    let world = world(script);
    let call = || get("Get-Mailbox").by(ReadPath::PerNoun);
    let end = world.run(call().page_size(2)).await.end();
    assert_eq!(end.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), [GapKind::Truncated]);
    assert!(world.run(call().page_size(3)).await.end().is_complete());
    let end = world.run(call().limit(2)).await.end();
    assert!(end.limited && end.is_complete(), "{end:?}");
}

#[tokio::test]
async fn a_documented_address_takes_the_body_of_invoke_command() {
    let script = ScriptedTransport::new().reply(200, &[], list("AcceptedDomain", &["a"], None)).reply(200, &[], "");
    let world = world(script);
    assert!(world.run(get("Get-AcceptedDomain").by(ReadPath::V2)).await.end().is_complete());
    let write = get("Set-Mailbox").with("Identity", "ana@contoso.com").with("GrantSendOnBehalfTo", json!(["ben"]));
    world.run(write.by(ReadPath::V2)).await.end();
    let requests = world.requests();
    assert_eq!(target(&requests[0]), "/adminapi/v2.0/T/AcceptedDomain");
    assert_eq!(requests[0].method(), "POST");
    assert_eq!(requests[0].body(), r#"{"CmdletInput":{"CmdletName":"Get-AcceptedDomain","Parameters":{}}}"#);
    let anchor = "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com";
    assert_eq!(requests[0].headers()["x-anchormailbox"], anchor);
    assert_eq!(requests[1].headers()["x-anchormailbox"], "UPN:ana@contoso.com");
    let body: Value = serde_json::from_slice(requests[1].body()).unwrap();
    let parameters = json!({"Identity": "ana@contoso.com", "GrantSendOnBehalfTo": ["ben"]});
    assert_eq!(body["CmdletInput"]["Parameters"], parameters, "no `Confirm`, which it does not take");
}

#[tokio::test]
async fn a_path_that_cannot_express_a_call_is_refused_before_anything_is_sent() {
    let world = world(ScriptedTransport::new());
    for (call, part) in [
        (get("Get-TransportRule").by(ReadPath::PerNoun), "the per-noun path"),
        (get("Get-Mailbox").with("GroupMailbox", true).by(ReadPath::PerNoun), "-GroupMailbox"),
        (get("Get-Recipient").by(ReadPath::V2), "v2.0"),
    ] {
        let error = world.run(call.clone()).await.error();
        assert!(matches!(error.downcast_ref(), Some(Error::Path { .. })), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(part) && error.hint().unwrap().contains("InvokeCommand"), "{error}");
        let object = world.session.each([call]).in_batches(BatchCount::One).next().await.unwrap();
        assert!(object.read().await.unwrap_err().to_string().contains(part));
    }
}

#[tokio::test]
async fn the_builder_prefers_a_path_and_a_call_overrides_it() {
    let empty = (0..3).fold(ScriptedTransport::new(), |script, _| script.reply(200, &[], r#"{"value":[]}"#));
    let world = World::new(Service::Exchange, empty, |builder| {
        builder.read_path(ReadPath::PerNoun).noun_version("v1.0").tenant(TENANT.parse().unwrap())
    });
    world.run(get("Get-Mailbox").select(["Guid"])).await.end();
    world.run(get("Get-TransportRule")).await.end();
    world.run(get("Get-Mailbox").by(ReadPath::InvokeCommand)).await.end();
    let targets: Vec<String> = world.requests().iter().map(target).collect();
    let invoke = "/adminapi/beta/T/InvokeCommand";
    assert_eq!(targets, ["/adminapi/v1.0/T/Mailbox?$select=Guid", invoke, invoke]);
}

#[tokio::test]
async fn other_paths_do_not_travel_in_batches() {
    let statistics = |_: &str| list("MailboxStatistics", &["x"], None);
    let script = ScriptedTransport::new().reply(200, &[], statistics("a")).reply(200, &[], statistics("b"));
    let world = world(script);
    let calls = ["a", "b"].map(|name| get("Get-MailboxStatistics").with("Identity", name).by(ReadPath::PerNoun));
    let mut each = world.session.each(calls).in_batches(BatchCount::One);
    while let Some(object) = each.next().await {
        assert_eq!(object.read().await.unwrap().1.records, 1);
    }
    assert!(world.requests().iter().all(|request| request.method() == "GET"));
}

#[tokio::test]
async fn a_refusal_says_by_which_path_it_came() {
    let told = r#"{"error":{"code":"Unauthorized","message":"User is not allowed to call Get-Mailbox"}}"#;
    let noun = world(ScriptedTransport::new().reply(401, &[], told).reply(401, &[], told));
    let error = noun.run(get("Get-Mailbox").by(ReadPath::PerNoun)).await.error();
    assert_eq!(error.kind(), ErrorKind::Authorization);
    assert!(error.to_string().contains("by the per-noun path") && error.hint().unwrap().contains("set-up step 5"));
    let v2 = world(ScriptedTransport::new().reply(403, &[], ""));
    let error = v2.run(get("Get-AcceptedDomain").by(ReadPath::V2)).await.error();
    assert!(error.hint().unwrap().contains("Exchange.ManageAsAppV2"), "{error:?}");
    let gone = world(ScriptedTransport::new().reply(404, &[], "<html/>"));
    let error = gone.run(get("Get-CASMailbox").by(ReadPath::PerNoun)).await.error();
    assert!(error.hint().unwrap().contains("InvokeCommand"), "{error:?}");
}
