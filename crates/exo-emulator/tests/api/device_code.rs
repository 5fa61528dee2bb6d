//! The device code flow: a code is shown, an administrator enters it elsewhere, the program asks until then.

use exo_emulator::{Administrator, App, DeviceAnswer, Emulator, Fault, Tenant};
use serde_json::{Value, json};

use crate::client::*;
use crate::graph::{Graph, text};

const TOOL: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
const SCOPE: &str = "https://graph.microsoft.com/Application.ReadWrite.All https://graph.microsoft.com/User.Read \
                     offline_access";

fn begin(emulator: &Emulator, client: &str, scope: &str) -> Reply {
    let fields = [("client_id", client.to_owned()), ("scope", scope.to_owned())];
    post_form(emulator, &format!("/{TENANT}/oauth2/v2.0/devicecode"), &form(&fields))
}

fn poll(emulator: &Emulator, client: &str, code: &str) -> Reply {
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code".to_owned()),
        ("client_id", client.to_owned()),
        ("device_code", code.to_owned()),
    ];
    post_form(emulator, &format!("/{TENANT}/oauth2/v2.0/token"), &form(&fields))
}

fn error(reply: &Reply) -> (u16, Value) {
    (reply.status, reply.json()["error"].clone())
}

#[test]
fn the_code_is_entered_elsewhere_and_the_token_is_the_administrators() {
    let emulator = start(Tenant::contoso());
    let begun = begin(&emulator, TOOL, SCOPE).json();
    assert_eq!((&begun["expires_in"], &begun["interval"]), (&json!(900), &json!(5)));
    let (code, shown) = (text(&begun, "device_code"), text(&begun, "user_code"));
    assert!(text(&begun, "message").contains(&shown));
    assert!(text(&begun, "verification_uri").starts_with("https://login.localhost:"));
    assert_eq!(emulator.device_codes(), [shown.as_str()]);
    assert_eq!(error(&poll(&emulator, TOOL, &code)), (400, json!("authorization_pending")));
    let page = post_form(&emulator, "/devicelogin", &form(&[("user_code", shown.clone())]));
    assert_eq!(page.status, 200);
    let token = poll(&emulator, TOOL, &code).json();
    assert_eq!(token["scope"], "Application.ReadWrite.All User.Read");
    let claims = decoded(&text(&token, "access_token"));
    assert_eq!((&claims["aud"], &claims["appid"]), (&json!("https://graph.microsoft.com"), &json!(TOOL)));
    assert_eq!((&claims["scp"], &claims["upn"]), (&token["scope"], &json!("admin@contoso.onmicrosoft.com")));
    let graph = Graph { emulator: &emulator, token: text(&token, "access_token") };
    assert_eq!(graph.get("/me")["id"], claims["oid"]);
    assert_eq!(graph.refused("GET /domains", &Value::Null), (403, "Authorization_RequestDenied".to_owned()));
    // A code serves once.
    assert_eq!(error(&poll(&emulator, TOOL, &code)), (400, json!("invalid_grant")));
    assert!(emulator.device_codes().is_empty());
}

#[test]
fn every_answer_of_the_administrator_has_its_error() {
    use DeviceAnswer::{Approve, Block, Decline, Expire, Pending, SlowDown};
    for (last, expected) in [(Decline, "authorization_declined"), (Block, "invalid_grant"), (Expire, "expired_token")] {
        let administrator = Administrator::global().device_code([Pending, SlowDown, last]);
        let emulator = start(Tenant::contoso().administrator(administrator));
        let code = text(&begin(&emulator, TOOL, SCOPE).json(), "device_code");
        for word in ["authorization_pending", "slow_down", expected, expected] {
            assert_eq!(error(&poll(&emulator, TOOL, &code)), (400, json!(word)));
        }
    }
    let emulator = start(Tenant::contoso().set("device-code=pending:2,approve").unwrap());
    let code = text(&begin(&emulator, TOOL, SCOPE).json(), "device_code");
    let statuses = [(); 3].map(|()| poll(&emulator, TOOL, &code).status);
    assert_eq!(statuses, [400, 400, 200]);
    let blocked = start(Tenant::contoso());
    let begun = begin(&blocked, TOOL, SCOPE).json();
    let entered = [("user_code", text(&begun, "user_code")), ("outcome", "block".to_owned())];
    assert_eq!(post_form(&blocked, "/devicelogin", &form(&entered)).status, 200);
    let refused = poll(&blocked, TOOL, &text(&begun, "device_code")).json();
    assert_eq!(refused["error_codes"], json!([53_003]));
    blocked.enter_device_code(&text(&begun, "user_code"), Approve).unwrap();
    assert_eq!(poll(&blocked, TOOL, &text(&begun, "device_code")).status, 200);
    assert!(blocked.enter_device_code("XXXXXXXXX", Approve).is_err());
}

#[test]
fn polls_that_come_too_soon_are_slowed_down() {
    let tenant = Tenant::contoso().set("device-interval-kept=true").unwrap().set("device-code=pending:2,approve");
    let emulator = start(tenant.unwrap());
    let code = text(&begin(&emulator, TOOL, SCOPE).json(), "device_code");
    let mut seen = Vec::new();
    for seconds in [1, 11, 8, 16, 16] {
        emulator.advance_clock(seconds);
        let reply = poll(&emulator, TOOL, &code);
        seen.push(if reply.status == 200 { "token".to_owned() } else { text(&reply.json(), "error") });
    }
    let pending = "authorization_pending";
    assert_eq!(seen, ["slow_down", pending, "slow_down", pending, "token"]);
}

#[test]
fn codes_end_and_others_are_none() {
    let emulator = start(Tenant::contoso().app(App::new(APP)).app(App::new(OTHER).public_client(true)));
    let code = text(&begin(&emulator, TOOL, SCOPE).json(), "device_code");
    assert_eq!(error(&poll(&emulator, TOOL, "nonsense")), (400, json!("bad_verification_code")));
    assert_eq!(error(&poll(&emulator, OTHER, &code)), (400, json!("bad_verification_code")));
    emulator.advance_clock(901);
    assert_eq!(error(&poll(&emulator, TOOL, &code)), (400, json!("expired_token")));
    assert_eq!(error(&begin(&emulator, TENANT, SCOPE)), (400, json!("unauthorized_client")));
    assert_eq!(error(&begin(&emulator, TOOL, "openid")), (400, json!("invalid_scope")));
    let scope = "https://outlook.office365.com/.default";
    assert_eq!(error(&begin(&emulator, TOOL, scope)), (400, json!("invalid_scope")));
    // A registration of the tenant has to be one for public clients.
    for (client, status) in [(APP, 401), (OTHER, 200)] {
        let begun = begin(&emulator, client, SCOPE).json();
        emulator.enter_device_code(&text(&begun, "user_code"), DeviceAnswer::Approve).unwrap();
        assert_eq!(poll(&emulator, client, &text(&begun, "device_code")).status, status);
    }
}

const OTHER: &str = "8a3f1c52-97d4-4be0-a6c1-5d2e7f904b38";

#[test]
fn a_request_for_a_code_may_fail() {
    let tenant = Tenant::contoso().fault("device-code throttle=3".parse().unwrap());
    let emulator = start(tenant.fault(Fault::on_device_code().aadsts(53_003)));
    let reply = begin(&emulator, TOOL, SCOPE);
    assert_eq!((reply.status, reply.header("retry-after")), (429, "3"));
    assert_eq!(begin(&emulator, TOOL, SCOPE).json()["error_codes"], json!([53_003]));
    assert_eq!(begin(&emulator, TOOL, SCOPE).status, 200);
}

#[test]
fn a_poll_may_fail_and_no_code_is_on_record() {
    let tenant = Tenant::contoso().set("device-code=approve").unwrap();
    let emulator = start(tenant.fault(Fault::on_token().status(503)));
    let code = text(&begin(&emulator, TOOL, "https://graph.microsoft.com/.default").json(), "device_code");
    assert_eq!(poll(&emulator, TOOL, &code).status, 503);
    let token = poll(&emulator, TOOL, &code).json();
    assert!(text(&token, "scope").contains("RoleManagement.ReadWrite.Directory"));
    let kept = format!("{:?}", emulator.log());
    assert!(!kept.contains(&code) && !kept.contains(&text(&token, "access_token")));
}
