//! Calling cmdlets: the envelope, the headers, who may call what, and what is refused.

use exo_emulator::{App, Emulator, ForbiddenBody, Service, Tenant};
use serde_json::{Value, json};

use crate::caller::*;
use crate::client::*;

#[test]
fn the_envelope_is_in_the_order_of_the_service() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let reply = caller.call("Get-AcceptedDomain", json!({}));
    assert_eq!(reply.status, 200);
    let text = String::from_utf8(reply.body.clone()).unwrap();
    let context = format!(
        "{{\"@odata.context\":\"https://outlook.localhost:{}/adminapi/beta/{TENANT}/$metadata#Collection(Exchange.GenericHashTable)\",\
         \"adminapi.warnings@odata.type\":\"#Collection(String)\",\"@adminapi.warnings\":[],\"value\":[",
        emulator.port()
    );
    assert!(text.starts_with(&context), "{text}");
    let rows = reply.json()["value"].as_array().unwrap().clone();
    assert_eq!(rows[0]["DomainName"], "contoso.com");
    let initial: Vec<&Value> = rows.iter().filter(|row| row["InitialDomain"] == true).collect();
    assert_eq!(initial[0]["DomainName"], "contoso.onmicrosoft.com");
    assert_eq!(
        reply.header("content-type"),
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
    );
    for header in ["request-id", "x-calculatedbetarget", "rate-limit-limit", "rate-limit-remaining", "date"] {
        assert!(!reply.header(header).is_empty(), "{header}");
    }
    assert_eq!((reply.header("x-concurrencycount"), reply.header("x-combinedapponlyconcurrencycount")), ("0", "0"));
    assert_eq!(reply.header("x-backendhttpstatus"), "200,200");
    assert!(reply.header("rate-limit-reset").ends_with('Z'));
    assert!(reply.header("set-cookie").starts_with("exchangecookie="));
    assert_eq!(reply.header("odata-version"), "4.0");
}

#[test]
fn the_tenant_is_a_guid_or_the_initial_domain_and_words_have_no_case() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let body = body("Get-AcceptedDomain", &json!({}));
    let status = |path: &str| caller.post(path, &body).unwrap().status;
    assert_eq!(status("/AdminApi/beta/contoso.onmicrosoft.com/invokecommand"), 200);
    assert_eq!(status(&format!("/adminapi/v1.0/{TENANT}/InvokeCommand")), 405);
    assert_eq!(status("/adminapi/beta/contoso.com/InvokeCommand"), 404);
    assert_eq!(status("/adminapi/beta/fabrikam.onmicrosoft.com/InvokeCommand"), 404);
    assert_eq!(status("/somewhere"), 404);
}

#[test]
fn bodies_that_are_no_calls() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    for body in [
        "",
        "[]",
        "{}",
        r#"{"cmdletinput":{"CmdletName":"Get-Mailbox","Parameters":{}}}"#,
        r#"{"CmdletInput":{"CmdletName":"Get-Mailbox","Parameters":null}}"#,
        r#"{"CmdletInput":{"CmdletName":"Get-Mailbox"}}"#,
    ] {
        let reply = caller.post(&path(""), body).unwrap();
        assert_eq!(reply.status, 400, "{body}");
        assert_eq!(reply.json()["error"]["message"], "Invalid Operation");
    }
    let bearer = format!("Bearer {}", caller.token);
    let headers = [("Authorization", bearer.as_str())];
    let get = send(&emulator, "outlook.localhost", &format!("GET {}", path("")), &headers, "");
    assert_eq!(get.unwrap().status, 405);
    let clixml = caller.with("X-ResponseFormat", "clixml");
    assert_eq!(clixml.call("Get-AcceptedDomain", json!({})).status, 400);
}

#[test]
fn tokens_that_do_not_open_the_door() {
    let diagnosed = |emulator: &Emulator, host, token: String| {
        let caller = Caller { emulator, host, token, headers: Vec::new() };
        let reply = caller.call("Get-AcceptedDomain", json!({}));
        assert_eq!(reply.status, 401);
        assert!(!reply.header("x-ms-diagnostics").is_empty());
        reply.header("x-ms-diagnostics").split(';').next().unwrap().to_owned()
    };
    let emulator = start(tenant());
    let exchange = token(&emulator, EXCHANGE_SCOPE);
    assert_eq!(diagnosed(&emulator, "outlook.localhost", "x".into()), "2000001");
    assert_eq!(diagnosed(&emulator, "outlook.localhost", token(&emulator, COMPLIANCE_SCOPE)), "2000003");
    assert_eq!(diagnosed(&emulator, "eur02b.ps.compliance.localhost", exchange), "2000003");
    let bare = start(Tenant::contoso().app(app()));
    assert_eq!(diagnosed(&bare, "outlook.localhost", token(&bare, EXCHANGE_SCOPE)), "2000008");
    let short = start(tenant().token_lifetime(0));
    assert_eq!(diagnosed(&short, "outlook.localhost", token(&short, EXCHANGE_SCOPE)), "2000002");
}

#[test]
fn the_challenge_names_the_service() {
    let emulator = start(tenant());
    let none = send(&emulator, "outlook.localhost", &format!("POST {}", path("")), &[], "{}").unwrap();
    assert_eq!((none.status, none.header("www-authenticate")), (401, "Basic Realm=\"\""));
    let senseless = |host, token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str())];
        send(&emulator, host, &format!("POST {}", path("")), &headers, "{}").unwrap()
    };
    assert_eq!(senseless("eur02b.ps.compliance.localhost", "x").status, 500);
    assert_eq!(senseless("eur02b.ps.compliance.localhost", "a.b.c").status, 401);
    assert_eq!(senseless("outlook.localhost", "x").status, 401);
}

#[test]
fn roles_and_role_groups_decide() {
    let status = |app: App, cmdlet: &str| {
        let emulator = start(Tenant::contoso().app(app));
        Caller::exchange(&emulator).call(cmdlet, json!({"Identity": "nobody"})).status
    };
    let permitted = || app().permission(Service::Exchange);
    assert_eq!(status(permitted(), "Get-Mailbox"), 403);
    assert_eq!(status(permitted().role(GLOBAL_READER), "Get-Mailbox"), 404);
    assert_eq!(status(permitted().role(GLOBAL_READER), "Set-Mailbox"), 403);
    assert_eq!(status(permitted().role(EXCHANGE_ADMINISTRATOR), "Set-Mailbox"), 404);
    let grouped = permitted().role_group(Service::Exchange, "View-Only Organization Management");
    assert_eq!(status(grouped, "Get-Mailbox"), 404);
    let elsewhere = permitted().role_group(Service::Compliance, "Organization Management");
    assert_eq!(status(elsewhere, "Get-Mailbox"), 403);
    assert_eq!(status(full_app(), "Get-Nonsense"), 403);
    assert_eq!(status(full_app(), "Get-ProtectionAlert"), 403);
}

#[test]
fn a_403_has_three_faces() {
    let refused = |body| {
        let emulator = start(tenant().forbidden_body(body));
        let reply = Caller::exchange(&emulator).call("Get-Nonsense", json!({}));
        assert_eq!(reply.status, 403);
        assert!(reply.header("x-ms-diagnostics").starts_with("2000006;"));
        reply
    };
    let nul = refused(ForbiddenBody::NulGzip);
    assert_eq!(nul.header("content-encoding"), "gzip");
    assert!(nul.body.len() > 1000 && nul.body.iter().all(|byte| *byte == 0));
    assert!(refused(ForbiddenBody::Empty).body.is_empty());
    let json = refused(ForbiddenBody::Json).json();
    assert_eq!(json["error"]["code"], "Forbidden");
    let text = json["error"]["details"][0]["message"].as_str().unwrap();
    assert!(text.ends_with("User is not allowed to call Get-Nonsense"));
}

#[test]
fn compliance_is_reached_through_its_region() {
    let emulator = start(tenant());
    let caller = Caller::compliance(&emulator);
    let front = Caller { host: "ps.compliance.localhost", ..Caller::compliance(&emulator) };
    let reply = front.call("Get-ProtectionAlert", json!({}));
    assert_eq!(reply.status, 302);
    assert_eq!(reply.header("location"), format!("https://eur02b.admin.compliance.localhost:446{}", path("")));
    let elsewhere = Caller { host: "nam11b.ps.compliance.localhost", ..Caller::compliance(&emulator) };
    assert_eq!(elsewhere.call("Get-ProtectionAlert", json!({})).status, 302);
    let rows = caller.rows("Get-ProtectionAlert", json!({}));
    let named = |name: &str| {
        let found = rows.iter().find(|row| row["Name"].as_str().unwrap().eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| panic!("{name}")).clone()
    };
    for name in [
        "suspicious email sending patterns detected",
        "suspicious connector activity",
        "suspicious email forwarding activity",
        "messages have been delayed",
        "tenant restricted from sending unprovisioned email",
        "tenant restricted from sending email",
        "a potentially malicious url click was detected",
    ] {
        assert_eq!(named(name)["IsSystemRule"], true);
    }
    assert_eq!(named("suspicious email forwarding activity")["Disabled"], true);
    assert_eq!(named("messages have been delayed")["NotifyUser"], json!([]));
    let direct = start(tenant().compliance_redirect(false));
    let stays = Caller { host: "ps.compliance.localhost", ..Caller::compliance(&direct) };
    assert_eq!(stays.call("Get-ProtectionAlert", json!({})).status, 200);
}

#[test]
fn parameters_and_values_that_are_refused() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let detail = |cmdlet, parameters: Value| {
        let reply = caller.call(cmdlet, parameters);
        let error = reply.json()["error"].clone();
        let detail = error["details"][0]["message"].as_str().unwrap_or_default().to_owned();
        let inner = error["innererror"]["internalexception"]["type"].as_str().unwrap().to_owned();
        (reply.status, error["code"].as_str().unwrap().to_owned(), detail, inner)
    };
    let (status, code, text, _) = detail("Get-Mailbox", json!({"Nonsense": 1}));
    assert_eq!((status, code.as_str()), (400, "BadRequest"));
    assert!(text.starts_with("|Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException|"));
    for value in [json!({"RecipientTypeDetails": "Nonsense"}), json!({"ResultSize": "many"})] {
        let (status, _, text, inner) = detail("Get-Mailbox", value);
        assert_eq!((status, text.as_str()), (400, ""));
        assert!(inner.ends_with("ParameterTransformationException"));
    }
    for cmdlet in ["Get-Mailbox", "Get-MailboxStatistics", "Get-MailboxPermission", "Get-RecipientPermission"] {
        let (status, code, text, _) = detail(cmdlet, json!({"Identity": "nobody"}));
        assert_eq!((status, code.as_str()), (404, "NotFound"), "{cmdlet}");
        assert!(text.starts_with("Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|"));
        assert!(text.contains("object 'nobody' couldn't be found"));
    }
    for cmdlet in ["Get-MailboxStatistics", "Get-MailboxPermission"] {
        assert_eq!(detail(cmdlet, json!({})).0, 400);
    }
}

#[test]
fn what_was_asked_is_on_record_without_the_token() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator)
        .with("client-request-id", "6f0c8a52-93b1-4c59-8d6d-2b6f1f3f6a01")
        .with("Prefer", "odata.maxpagesize=500;odata.continue-on-error");
    caller.call("get-accepteddomain", json!({}));
    assert_eq!(emulator.received("Get-AcceptedDomain"), 1);
    let log = emulator.log();
    let entry = log.last().unwrap();
    assert_eq!(entry.host, "outlook.localhost");
    assert_eq!(entry.cmdlet.as_deref(), Some("get-accepteddomain"));
    assert_eq!(entry.page_size, Some(500));
    assert_eq!((entry.page, entry.status), (Some(1), 200));
    assert_eq!(entry.headers["x-anchormailbox"], ANCHOR);
    assert_eq!(entry.headers["client-request-id"], "6f0c8a52-93b1-4c59-8d6d-2b6f1f3f6a01");
    assert!(entry.headers["authorization"].starts_with("sha256:"));
    assert!(!format!("{log:?}").contains(&caller.token));
}
