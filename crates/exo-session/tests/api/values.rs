//! What a call carries: its mailbox as the anchor, no secret in clear, and answers in odd forms.

use crate::world::{ORGANIZATION, World, get, link, page};
use exo_http::{Request, ScriptedTransport};
use exo_model::{Delta, Diagnose, ErrorKind};
use exo_session::Error;
use serde_json::{Value, json};

const ELSEWHERE: &str = r#"{"error":{"code":"BadRequest","message":"Error executing cmdlet","details":[{"code":"Context","message":"|Microsoft.Exchange.CmdletProxyNotAvailableFailure|Cmdlet needs proxy. Required server: AM0P000A002"}]}}"#;

fn anchors(world: &World) -> Vec<String> {
    world.requests().iter().map(|r| r.headers()["x-anchormailbox"].to_str().unwrap().to_owned()).collect()
}

fn system() -> String {
    format!("APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{ORGANIZATION}")
}

pub(crate) fn parameters(request: &Request) -> Value {
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    body["CmdletInput"]["Parameters"].clone()
}

#[tokio::test]
async fn a_write_that_reached_the_wrong_server_goes_to_its_mailbox_once() {
    let script = ScriptedTransport::new().reply(400, &[], ELSEWHERE).reply(200, &[], "");
    let world = World::exchange(script);
    let call = || get("Set-Mailbox").with("Identity", "ana@contoso.com").with("CustomAttribute1", "x");
    let end = world.run(call()).await.end();
    assert_eq!(end.retries, 1);
    assert_eq!(anchors(&world), [system(), "UPN:ana@contoso.com".to_owned()]);
    assert_eq!(world.requests()[0].body(), world.requests()[1].body());
    assert!(world.clock.slept().is_empty());

    let world = World::exchange(ScriptedTransport::new().reply(400, &[], ELSEWHERE).reply(400, &[], ELSEWHERE));
    let error = world.run(call()).await.error();
    assert_eq!((error.kind(), world.requests().len()), (ErrorKind::Unavailable, 2));
}

#[tokio::test]
async fn a_write_without_a_mailbox_to_go_to_is_not_repeated() {
    let world = World::exchange(ScriptedTransport::new().reply(400, &[], ELSEWHERE));
    let error = world.run(get("Set-Mailbox").with("Identity", "ana")).await.error();
    assert!(error.hint().unwrap().contains("user principal name"), "{error:?}");
}

#[tokio::test]
async fn all_pages_have_the_anchor_of_the_first() {
    let script = ScriptedTransport::new().reply(400, &[], ELSEWHERE).reply(200, &[], page(0, 2, Some("A"))).reply(
        200,
        &[],
        page(2, 1, None),
    );
    let world = World::exchange(script);
    let end = world.run(get("Get-MailboxPermission").with("Identity", "ana@contoso.com")).await.end();
    assert_eq!(end.records, 3);
    let own = "UPN:ana@contoso.com".to_owned();
    assert_eq!(anchors(&world), [system(), own.clone(), own]);
    assert_eq!(world.requests()[2].uri().to_string(), link("A"));
}

#[tokio::test]
async fn folders_and_custom_routing_go_to_the_mailbox_at_once() {
    let world = World::exchange(ScriptedTransport::new().reply(200, &[], "").reply(200, &[], ""));
    let folder = get("Get-MailboxFolderPermission").with("Identity", "ana@contoso.com:\\Calendar");
    world.run(folder.clone()).await.end();
    world.run(folder.with("UseCustomRouting", true)).await.end();
    assert_eq!(anchors(&world), ["UPN:ana@contoso.com", "SMTP:ana@contoso.com"]);
    let requests = world.requests();
    assert!(!requests[0].headers().contains_key("parameter-based-routing"));
    assert_eq!(requests[1].headers()["parameter-based-routing"], "true");
    assert_eq!(parameters(&requests[1]), json!({"Identity": "ana@contoso.com:\\Calendar"}));
}

#[tokio::test]
async fn a_secret_in_clear_never_leaves() {
    let world = World::exchange(ScriptedTransport::new());
    let error = world.run(get("New-Mailbox").with("Password", "MARKED")).await.error();
    assert!(matches!(error.downcast_ref(), Some(Error::Parameter { name, .. }) if name == "Password"), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("MARKED"));
}

#[cfg(not(feature = "secure-strings"))]
#[tokio::test]
async fn a_build_that_cannot_encrypt_says_so_before_anything_is_sent() {
    let world = World::exchange(ScriptedTransport::new());
    let call = || get("New-Mailbox").with("Name", "ana").with_secret("Password", exo_model::Secret::from("MARKED"));
    let error = world.run(call()).await.error();
    assert!(error.to_string().contains("feature `secure-strings`"), "{error}");
    let object = world.session.each([call()]).next().await.unwrap();
    assert!(object.read().await.unwrap_err().to_string().contains("feature `secure-strings`"));
}

#[tokio::test]
async fn what_would_be_done_and_what_is_asked_come_back_as_texts() {
    for (name, kept) in [("Confirm", "Are you sure you want to remove ana?"), ("WhatIf", "Remove mailbox ana.")] {
        let body = json!({"value": [], "@adminapi.confirmationmessage": kept}).to_string();
        let world = World::exchange(ScriptedTransport::new().reply(200, &[], body));
        let end = world.run(get("Remove-Mailbox").with("Identity", "ana").with(name, true)).await.end();
        assert!(end.warnings.iter().any(|warning| warning.ends_with(kept)), "{end:?}");
        assert_eq!(parameters(&world.requests()[0]), json!({"Identity": "ana", name: true}));
    }
}

#[tokio::test]
async fn changes_of_lists_have_both_forms() {
    let world = World::exchange(ScriptedTransport::new().reply(200, &[], "").reply(204, &[], ""));
    for change in [Delta::new().add("a").remove("b"), Delta::new().add("a").of_texts()] {
        world.run(get("Set-Mailbox").with("Identity", "x").with("EmailAddresses", change)).await.end();
    }
    let requests = world.requests();
    assert_eq!(
        String::from_utf8_lossy(requests[0].body()),
        r##"{"CmdletInput":{"CmdletName":"Set-Mailbox","Parameters":{"Confirm":false,"EmailAddresses":{"@odata.type":"#Exchange.GenericHashTable","Add":["a"],"Remove":["b"]},"Identity":"x"}}}"##
    );
    assert_eq!(
        parameters(&requests[1])["EmailAddresses"],
        json!({"@odata.type": "#Exchange.StringFieldDeltaUpdateData", "Add": ["a"]})
    );
}

#[tokio::test]
async fn annotations_and_large_numbers_come_as_they_were_sent() {
    let record = r##"{"Id@data.type":"System.UInt64","Id@odata.type":"#Decimal","Id":15394007230974001153,"N":1e400,"S":"\u00e4\u0000","F":["FullAccess, ReadPermission"],"Z":null}"##;
    let body = format!("{{\"value\":[{record}]}}");
    let world = World::exchange(ScriptedTransport::new().reply(200, &[], body));
    let mut pages = exo_model::Invoker::invoke(&world.session, get("Get-InboxRule")).await.unwrap();
    let exo_model::Next::Page(page) = pages.next().await.unwrap() else { panic!("there must be a page") };
    assert_eq!(page.records().collect::<Vec<_>>(), [record.as_bytes()]);
}

#[tokio::test]
async fn odd_bodies_are_errors_with_what_can_be_told() {
    for (status, body, kind) in [
        (403, vec![0; 4096], ErrorKind::Authorization),
        (200, vec![0; 4096], ErrorKind::Answer),
        (200, b"<html><title>Sign in</title></html>".to_vec(), ErrorKind::Answer),
        (400, b"<html><title>Bad</title></html>".to_vec(), ErrorKind::Answer),
    ] {
        let headers = [("request-id", "r-1"), ("Content-Encoding", "gzip"), ("X-CalculatedBETarget", "am0p")];
        let world = World::exchange(ScriptedTransport::new().reply(status, &headers, body));
        let error = world.run(get("Get-Mailbox")).await.error();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains("r-1") && !error.to_string().contains('\0'), "{error}");
    }
}
