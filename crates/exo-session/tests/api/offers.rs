//! The list of cmdlets that the service offers: asked once, redirected like a call, refused in words.

use crate::world::{EXCHANGE, ORGANIZATION, World};
use exo_http::ScriptedTransport;
use exo_model::{CmdletName, Diagnose, ErrorKind, Service};
use exo_session::Error;
use serde_json::json;

fn files(cmdlets: &str) -> String {
    let script = "function script:Get-Mailbox {\nparam(\n[Object]\n${Identity},\n${Filter}\n)\n}\n";
    json!({"value": [{"fileName": "ExchangeOnline.psm1", "fileContent": script, "exportedCmdlets": cmdlets}]})
        .to_string()
}

fn name(text: &str) -> CmdletName {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_list_is_asked_for_once_whoever_asks() {
    let world = World::exchange(ScriptedTransport::new().reply(200, &[], files("Get-Mailbox,Set-Mailbox")));
    let other = world.session.clone();
    let (first, second) = tokio::join!(world.session.offered(), other.offered());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first, second);
    assert!(first.has(&name("set-mailbox")) && !first.has(&name("Get-User")));
    assert_eq!(first.parameters(&name("Get-Mailbox")).unwrap(), ["Identity", "Filter"]);
    assert_eq!(first.cmdlets().len(), 2);

    let requests = world.requests();
    assert_eq!(requests[0].method(), "GET");
    assert_eq!(
        requests[0].uri().to_string(),
        format!("{EXCHANGE}/adminapi/v1.0/{ORGANIZATION}/EXOModuleFile?Version=3.4.0")
    );
    assert!(requests[0].body().is_empty());
    let headers = requests[0].headers();
    for (header, value) in [("commandname", "*"), ("accept", "application/json"), ("authorization", "Bearer token-1")] {
        assert_eq!(headers[header], value);
    }
    assert!(headers["x-anchormailbox"].to_str().unwrap().starts_with("APP:SystemMailbox{"));
    for header in ["content-type", "x-cmdletname", "prefer", "x-responseformat"] {
        assert!(!headers.contains_key(header), "{header}");
    }
}

#[tokio::test]
async fn a_failure_is_repeated_and_not_kept() {
    let world = World::exchange(ScriptedTransport::new().reply(503, &[], "").reply(403, &[], "\0\0").reply(
        200,
        &[],
        files("Get-Mailbox"),
    ));
    let error = world.session.offered().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authorization);
    assert!(error.hint().unwrap().contains("the directory role is missing"), "{error:?}");
    assert!(world.session.offered().await.unwrap().has(&name("Get-Mailbox")));
}

#[tokio::test]
async fn a_role_that_is_not_supported_is_explained_under_any_status() {
    let text = "The role assigned to application 11111111-1111-4111-8111-111111111111 isn't supported in this scenario. Please check online documentation for assigning correct Directory Roles to Azure AD Application for EXO App-Only Authentication.";
    for (status, body) in [
        (403, json!({"error": {"code": "Forbidden", "message": text}}).to_string()),
        (400, json!({"error": {"code": "BadRequest", "details": [{"message": text}]}}).to_string()),
        (401, text.to_owned()),
    ] {
        let mut script = ScriptedTransport::new().reply(status, &[], body.clone());
        if status == 401 {
            script = script.reply(status, &[], body);
        }
        let error = World::exchange(script).session.offered().await.unwrap_err();
        assert!(error.hint().unwrap().contains("set-up step 5"), "{status} {error:?}");
        assert_eq!(error.kind(), ErrorKind::Authorization, "{status}");
        assert!(error.to_string().contains("supported in this scenario"));
    }
}

#[tokio::test]
async fn the_list_of_the_other_service_is_found_by_its_redirect() {
    let script = ScriptedTransport::new()
        .reply(302, &[("Location", "https://eur02b.admin.protection.outlook.com:446/adminapi/v1.0/x")], "")
        .reply(200, &[], files("Get-Label"));
    let world = World::new(Service::Compliance, script, |builder| builder);
    assert!(world.session.offered().await.unwrap().has(&name("Get-Label")));
    let address = world.requests()[1].uri().to_string();
    let expected = "https://eur02b.ps.compliance.protection.outlook.com/adminapi/v1.0/contoso.onmicrosoft.com/EXOModuleFile?Version=3.4.0";
    assert_eq!(address, expected);
    assert_eq!(world.session.region().as_deref(), Some("eur02b.ps.compliance.protection.outlook.com"));
}

#[tokio::test]
async fn what_is_no_list_is_an_error_and_not_an_empty_list() {
    for body in ["", "<html></html>", r#"{"value":[]}"#, r#"{"value":[{"fileCont"#] {
        let world = World::exchange(ScriptedTransport::new().reply(200, &[("request-id", "r")], body));
        let error = world.session.offered().await.unwrap_err();
        assert!(matches!(error, Error::Answer { .. }), "{body}: {error:?}");
    }
}
