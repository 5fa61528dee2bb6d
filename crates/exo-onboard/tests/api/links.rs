//! Collections that come in pages: all of them, and never from another host.

use crate::world::{Tokens, certificate};
use exo_http::{FakeClock, Request, ScriptedTransport};
use exo_model::Cloud;
use exo_onboard::{Error, Graph, Kept, Quiet, Wanted, create};
use std::sync::Arc;

async fn named(transport: ScriptedTransport) -> (Result<exo_onboard::Ready, Error>, Vec<Request>) {
    let transport = Arc::new(transport);
    let clock = Arc::new(FakeClock::at(1_790_000_000));
    let endpoints = Cloud::Worldwide.endpoints();
    let graph = Graph::new(Arc::clone(&transport) as _, clock, Arc::new(Tokens::default()), &endpoints);
    let wanted = Wanted::new("O'Neil", certificate());
    let outcome = create(&graph, &wanted, Kept::new(), &Quiet, None).await;
    (outcome, transport.requests())
}

fn page(next: &str) -> String {
    let app = r#"{"id":"11111111-2222-4333-8444-555555555555","appId":"36ee4c6c-0812-40a2-b820-b22ebd02bce3"}"#;
    format!(r#"{{"value":[{app}],"@odata.nextLink":"{next}"}}"#)
}

#[tokio::test]
async fn all_pages_are_read() {
    let transport = ScriptedTransport::new()
        .reply(200, &[], page("https://graph.microsoft.com/v1.0/applications?$skiptoken=a"))
        .reply(200, &[], page("https://GRAPH.microsoft.com:443/v1.0/applications?$skiptoken=b"))
        .reply(200, &[], r#"{"value":[]}"#);
    let (outcome, requests) = named(transport).await;
    let Err(Error::NameTaken { same, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(same.len(), 2);
    assert_eq!(requests[2].uri(), "https://graph.microsoft.com/v1.0/applications?$skiptoken=b");
    assert!(requests[0].uri().query().unwrap().contains("'O%27%27Neil'"));
}

#[tokio::test]
async fn no_token_goes_to_another_host() {
    for link in [
        "https://evil.example/v1.0/applications?$skiptoken=a",
        "https://graph.microsoft.com.evil.example/v1.0/applications",
        "https://graph.microsoft.com@evil.example/v1.0/applications",
        "https://graph.microsoft.com:8443/v1.0/applications",
        "http://graph.microsoft.com/v1.0/applications",
        "https://graph.microsoft.com/beta/applications",
        "//evil.example/v1.0/applications",
        "/v1.0/applications",
        "",
    ] {
        let (outcome, requests) = named(ScriptedTransport::new().reply(200, &[], page(link))).await;
        assert!(matches!(outcome, Err(Error::ForeignLink { .. })), "{link}: {outcome:?}");
        assert_eq!(requests.len(), 1, "{link}");
    }
}

#[tokio::test]
async fn a_graph_that_cannot_make_an_app_once_is_not_waited_for() {
    let absent = r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource does not exist."}}"#;
    let transport =
        ScriptedTransport::new().reply(200, &[], r#"{"value":[]}"#).reply(404, &[], absent).reply(404, &[], absent);
    let (outcome, requests) = named(transport).await;
    assert!(matches!(outcome, Err(Error::NotUnderstood { .. })), "{outcome:?}");
    assert_eq!(requests[2].headers()["prefer"], "create-if-missing");
}

#[tokio::test]
async fn pages_without_end_are_given_up() {
    let link = page("https://graph.microsoft.com/v1.0/applications?$skiptoken=a");
    let transport = (0..1000).fold(ScriptedTransport::new(), |script, _| script.reply(200, &[], link.clone()));
    let (outcome, requests) = named(transport).await;
    assert!(matches!(outcome, Err(Error::NotUnderstood { .. })), "{outcome:?}");
    assert_eq!(requests.len(), 1000);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refused = r#"{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed."}}"#;
    let transport = ScriptedTransport::new().reply(401, &[], refused).reply(401, &[], refused);
    let (outcome, requests) = named(transport).await;
    assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}");
    let bearers: Vec<_> = requests.iter().map(|request| request.headers()["authorization"].to_str().unwrap()).collect();
    assert_eq!(bearers, ["Bearer token-0", "Bearer token-1"]);
    assert!(requests[0].headers()["authorization"].is_sensitive());
}

#[tokio::test]
async fn what_is_not_what_graph_says_is_not_understood() {
    for (status, body) in [(200, "<html>"), (200, "[]"), (200, "{}"), (302, "")] {
        let (outcome, _) = named(ScriptedTransport::new().reply(status, &[], body)).await;
        assert!(matches!(outcome, Err(Error::NotUnderstood { .. })), "{status} {body}: {outcome:?}");
    }
}
