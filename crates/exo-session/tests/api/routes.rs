//! Redirects: the region's host is found, kept and moved, and the token never leaves the cloud.

use crate::world::{ORGANIZATION, World, page_of};
use exo_http::{FakeClock, ScriptedTransport};
use exo_model::{Cloud, Diagnose, ErrorKind, Invocation, Invoker, Next, Service};
use exo_session::{Error, Session};
use std::sync::Arc;

const GENERIC: &str = "https://ps.compliance.protection.outlook.com";
const REGION: &str = "https://eur02b.ps.compliance.protection.outlook.com";

fn get(cmdlet: &str) -> Invocation {
    Invocation::new(Service::Compliance, cmdlet.parse().unwrap())
}

fn world(script: ScriptedTransport) -> World {
    World::new(Service::Compliance, script, |builder| builder)
}

/// The inner name that nobody outside can reach.
fn inner(label: &str) -> String {
    format!("https://{label}.admin.protection.outlook.com:446/adminapi/beta/{ORGANIZATION}/InvokeCommand")
}

fn redirect(script: ScriptedTransport, label: &str) -> ScriptedTransport {
    script.reply(302, &[("Location", &inner(label)), ("Set-Cookie", "X-Region=1")], "")
}

fn addresses(world: &World) -> Vec<String> {
    let path = format!("/adminapi/beta/{ORGANIZATION}/InvokeCommand");
    world.requests().iter().map(|r| r.uri().to_string().replace(&path, "")).collect()
}

#[tokio::test]
async fn the_regions_host_is_found_and_kept() {
    let one = || page_of(REGION, 0, 1, None);
    let script = redirect(ScriptedTransport::new(), "eur02b").reply(200, &[], one()).reply(200, &[], one());
    let world = world(script);
    assert_eq!(world.session.region(), None);
    world.run(get("Get-Label")).await.end();
    assert_eq!(world.session.region().as_deref(), Some("eur02b.ps.compliance.protection.outlook.com"));
    let end = world.run(get("Get-Label")).await.end();
    assert_eq!(end.retries, 0);
    assert_eq!(addresses(&world), [GENERIC, REGION, REGION]);
    let requests = world.requests();
    assert_eq!(requests[1].method(), "POST");
    assert_eq!(requests[0].body(), requests[1].body());
    assert_eq!(requests[0].headers()["client-request-id"], requests[1].headers()["client-request-id"]);
    assert_eq!(requests[1].headers()["authorization"], "Bearer token-2");
    assert_eq!(
        requests[1].headers()["x-anchormailbox"],
        "UPN:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com"
    );
    // Cookies stay with the host that set them.
    assert!(requests[1].headers().get("cookie").is_none());
    assert_eq!(world.tokens.asked.lock().unwrap()[1].0, format!("{GENERIC}/.default"));
}

#[tokio::test]
async fn a_later_redirect_moves_the_kept_host() {
    let script = redirect(ScriptedTransport::new(), "eur02b").reply(200, &[], page_of(REGION, 0, 1, None));
    let script = redirect(script, "deu01b").reply(200, &[], "").reply(200, &[], "");
    let world = world(script);
    for _ in 0..3 {
        world.run(get("Get-Label")).await.end();
    }
    let moved = "https://deu01b.ps.compliance.protection.outlook.com";
    assert_eq!(addresses(&world), [GENERIC, REGION, REGION, moved, moved]);
}

#[tokio::test]
async fn pages_are_asked_of_the_regions_host() {
    let link = format!("{REGION}/adminapi/beta/{ORGANIZATION}/InvokeCommand?%24skiptoken=A");
    let script = redirect(ScriptedTransport::new(), "eur02b")
        .reply(200, &[], page_of(REGION, 0, 1, Some(&link)))
        .reply(200, &[], page_of(REGION, 1, 1, None));
    let world = world(script);
    assert_eq!(world.run(get("Get-Label")).await.end().records, 2);
    assert_eq!(world.requests()[2].uri().to_string(), link);
}

#[tokio::test]
async fn a_page_that_is_redirected_keeps_its_link() {
    let link = format!("{REGION}/adminapi/beta/{ORGANIZATION}/InvokeCommand?%24skiptoken=A%2B");
    let script = redirect(ScriptedTransport::new(), "eur02b").reply(200, &[], page_of(REGION, 0, 1, Some(&link)));
    let moved = "https://deu01b.ps.compliance.protection.outlook.com";
    let world = world(redirect(script, "deu01b").reply(200, &[], page_of(moved, 1, 1, None)));
    world.run(get("Get-Label")).await.end();
    assert_eq!(world.requests()[3].uri().to_string(), link.replace("eur02b", "deu01b"));
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let script = redirect(redirect(ScriptedTransport::new(), "eur02b"), "eur02b");
    let world1 = world(script);
    let error = world1.run(get("Get-Label")).await.error();
    assert!(matches!(error.downcast_ref(), Some(Error::Redirect { .. })), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Answer);
    let script = ["a", "b", "c", "d", "e"].into_iter().fold(ScriptedTransport::new(), redirect);
    let world2 = world(script);
    assert!(matches!(world2.run(get("Get-Label")).await.error().downcast_ref(), Some(Error::Redirect { .. })));
    assert_eq!(world2.requests().len(), 5);
}

#[tokio::test]
async fn a_redirect_out_of_the_cloud_gets_no_token() {
    for location in [
        "https://login.microsoftonline.com/x/oauth2",
        "http://eur02b.admin.protection.outlook.com/x",
        "/relative",
        "https://x y/",
        "https://eur02b.admin.protection.evil.example:446/x",
        "https://ps.compliance.protection.outlook.com.evil.example/x",
        "https://proxy.corp.example/please-sign-in",
    ] {
        let world = world(ScriptedTransport::new().reply(302, &[("Location", location)], ""));
        let error = world.run(get("Get-Label")).await.error();
        assert!(matches!(error.downcast_ref(), Some(Error::Redirect { .. })), "{location}");
        assert_eq!(world.requests().len(), 1);
        assert_eq!(world.session.region(), None);
    }
}

#[tokio::test]
async fn searches_for_content_are_best_effort_and_say_so() {
    let world1 = world(ScriptedTransport::new().reply(200, &[], page_of(GENERIC, 0, 1, None)).reply(200, &[], ""));
    let end = world1.run(get("Get-ComplianceSearch")).await.end();
    assert!(end.is_complete());
    assert!(end.warnings[0].contains("best effort"), "{end:?}");
    assert!(world1.run(get("Get-Label")).await.end().warnings.is_empty());
    let asks = r#"{"error":{"code":"BadRequest","message":"Open a new session with -EnableSearchOnlySession."}}"#;
    for (cmdlet, status, body) in [("Get-ComplianceSearch", 403, ""), ("Get-ComplianceCase", 400, asks)] {
        let error = world(ScriptedTransport::new().reply(status, &[], body)).run(get(cmdlet)).await.error();
        assert!(error.hint().unwrap().contains("EnableSearchOnlySession"), "{error:?}");
    }
    let other = world(ScriptedTransport::new().reply(403, &[], "")).run(get("Get-Label")).await.error();
    assert!(!other.hint().unwrap().contains("EnableSearchOnlySession"));
}

#[tokio::test]
async fn a_redirect_without_a_place_is_an_error() {
    let error = world(ScriptedTransport::new().reply(302, &[], "")).run(get("Get-Label")).await.error();
    assert_eq!(error.kind(), ErrorKind::Answer);
}

#[tokio::test]
async fn exchange_may_be_redirected_too() {
    let script = ScriptedTransport::new()
        .reply(307, &[("Location", "https://gcc02b.outlook.office365.com/adminapi")], "")
        .reply(200, &[], "");
    let world = World::exchange(script);
    world.run(crate::world::get("Get-Mailbox")).await.end();
    assert_eq!(addresses(&world)[1], "https://gcc02b.outlook.office365.com");
}

#[tokio::test]
async fn hosts_of_other_clouds_and_of_ones_own_are_used() {
    let script = ScriptedTransport::new()
        .reply(302, &[("Location", "https://dod01b.admin.protection.office365.us:446/x")], "")
        .reply(200, &[], "");
    let dod = World::new(Service::Compliance, script, |b| b.endpoints(Cloud::Dod.endpoints()));
    dod.run(get("Get-Label")).await.end();
    assert_eq!(
        addresses(&dod),
        ["https://l5.ps.compliance.protection.office365.us", "https://dod01b.ps.compliance.protection.office365.us"]
    );
    assert_eq!(dod.tokens.asked.lock().unwrap()[0].0, "https://ps.compliance.protection.office365.us/.default");

    let mut endpoints = Cloud::Worldwide.endpoints();
    endpoints.compliance = "https://ps.compliance.localhost:8443".parse().unwrap();
    endpoints.compliance_region = endpoints.compliance.clone();
    let script = redirect(ScriptedTransport::new(), "eur02b").reply(200, &[], "");
    let own = World::new(Service::Compliance, script, |b| b.endpoints(endpoints));
    own.run(get("Get-Label")).await.end();
    assert_eq!(addresses(&own)[1], "https://eur02b.ps.compliance.localhost:8443");
}

#[tokio::test]
async fn sessions_of_two_tenants_share_nothing() {
    let script = redirect(ScriptedTransport::new(), "eur02b").reply(429, &[("Retry-After", "7200")], "");
    let one = world(script);
    assert_eq!(one.run(get("Get-Label")).await.error().kind(), ErrorKind::Throttled);
    let (transport, clock) = (Arc::new(ScriptedTransport::new().reply(200, &[], "")), one.clock.clone());
    let organization = "fabrikam.onmicrosoft.com".parse().unwrap();
    let other =
        Session::builder(Service::Compliance, organization, one.tokens.clone(), transport.clone(), clock.clone())
            .build();
    let mut pages = other.invoke(get("Get-Label")).await.unwrap();
    assert!(matches!(pages.next().await, Ok(Next::End(end)) if end.retries == 0));
    let request = &transport.requests()[0];
    assert_eq!(request.uri().host(), Some("ps.compliance.protection.outlook.com"), "a host of its own");
    assert!(!request.headers().contains_key("cookie"), "cookies of its own");
    assert_ne!(request.headers()["connection-id"], one.requests()[0].headers()["connection-id"]);
    assert!(request.headers()["x-anchormailbox"].to_str().unwrap().ends_with("@fabrikam.onmicrosoft.com"));
    assert!(clock.slept().is_empty(), "a budget of its own");
}

#[test]
fn a_session_shows_no_secret_and_is_cheap_to_clone() {
    let world = world(ScriptedTransport::new());
    let shown = format!("{:?}", world.session.clone());
    assert!(shown.contains(ORGANIZATION) && shown.contains("ps.compliance"), "{shown}");
    let clock = Arc::new(FakeClock::at(0));
    let tokens = world.tokens.clone();
    let builder =
        Session::builder(Service::Exchange, ORGANIZATION.parse().unwrap(), tokens, world.transport.clone(), clock);
    assert_eq!(builder.build().service(), Service::Exchange);
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_not_kept() {
    let script = redirect(ScriptedTransport::new(), "nowhere")
        .error(exo_http::Error::tls("nowhere.ps.compliance.protection.outlook.com"))
        .reply(200, &[], "");
    let world = world(script);
    assert_eq!(world.run(get("Get-Label")).await.error().kind(), ErrorKind::Unavailable);
    assert_eq!(world.session.region(), None);
    world.run(get("Get-Label")).await.end();
    assert_eq!(addresses(&world)[2], GENERIC);
}
