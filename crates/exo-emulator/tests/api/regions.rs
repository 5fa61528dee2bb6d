//! Regions: Exchange Online that answers with a redirect to another host of its cloud, and names that tell too little.

use exo_emulator::{Cloud, Emulator, Fault, Location, Service, Tenant};
use serde_json::json;

use crate::caller::{Caller, path, tenant};
use crate::client::*;

fn at<'a>(emulator: &'a Emulator, host: &'static str) -> Caller<'a> {
    Caller { host, ..Caller::exchange(emulator) }
}

#[track_caller]
fn assert_redirected(reply: &Reply, location: &str) {
    assert_eq!((reply.status, reply.header("location")), (302, location));
    assert!(!reply.header("request-id").is_empty());
}

#[test]
fn exchange_redirects_to_its_region_and_serves_there() {
    let emulator = start(tenant().mailboxes(3).exchange_redirect("eurprd05"));
    let port = emulator.port();
    for (generic, regional, elsewhere) in [
        ("outlook.localhost", "eurprd05.outlook.localhost", "namprd01.outlook.localhost"),
        ("outlook.office365.com", "eurprd05.outlook.office365.com", "namprd01.outlook.office365.com"),
    ] {
        let location = format!("https://{regional}:{port}{}", path("?$select=Name"));
        for host in [generic, elsewhere] {
            let reply = at(&emulator, host).post(&path("?$select=Name"), "{}").unwrap();
            assert_redirected(&reply, &location);
        }
        let served = at(&emulator, regional).with("Prefer", "odata.maxpagesize=2").call("Get-Mailbox", json!({}));
        let link = served.json()["@odata.nextLink"].as_str().unwrap().to_owned();
        assert!(link.starts_with(&format!("https://{regional}:{port}/adminapi/beta/")), "{link}");
    }
    let banner = format!("/adminapi/beta/{TENANT}/EXOBanner('AutogenSession')?Version=3.4.0");
    let reply = at(&emulator, "outlook.localhost").get(&banner);
    assert_redirected(&reply, &format!("https://eurprd05.outlook.localhost:{port}{banner}"));
    assert_eq!(emulator.received("Get-Mailbox"), 2);
}

#[test]
fn a_redirect_is_for_those_with_a_token_of_the_service() {
    let emulator = start(tenant().exchange_redirect("eurprd05"));
    let nobody = Caller { token: "nonsense".to_owned(), ..Caller::exchange(&emulator) };
    assert_eq!(nobody.call("Get-Mailbox", json!({})).status, 401);
    let other = Caller { token: token(&emulator, COMPLIANCE_SCOPE), ..Caller::exchange(&emulator) };
    assert_eq!(other.call("Get-Mailbox", json!({})).status, 401);
}

#[test]
fn a_region_is_named_in_either_way() {
    let inner = start(tenant().exchange_redirect("eurprd05").exchange_location(Location::Inner));
    let reply = Caller::exchange(&inner).call("Get-Mailbox", json!({}));
    assert_redirected(&reply, &format!("https://eurprd05.outlook.localhost:446{}", path("")));
    let public = start(tenant().compliance_location(Location::Public));
    let front = Caller { host: "ps.compliance.localhost", ..Caller::compliance(&public) };
    let region = format!("https://eur02b.ps.compliance.localhost:{}{}", public.port(), path(""));
    assert_redirected(&front.call("Get-ProtectionAlert", json!({})), &region);
}

#[test]
fn mailboxes_move_to_a_region_and_on() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 200);
    for label in ["eurprd05", "namprd01"] {
        emulator.move_exchange(label);
        let moved = caller.call("Get-AcceptedDomain", json!({}));
        assert_redirected(&moved, &format!("https://{label}.outlook.localhost:{}{}", emulator.port(), path("")));
    }
    assert_eq!(at(&emulator, "eurprd05.outlook.localhost").call("Get-AcceptedDomain", json!({})).status, 302);
    assert_eq!(at(&emulator, "namprd01.outlook.localhost").call("Get-AcceptedDomain", json!({})).status, 200);
}

#[test]
fn a_fault_redirects_within_the_service() {
    let emulator = start(tenant().fault(Fault::on_cmdlet("Get-AcceptedDomain").call(2).redirect_to("eurprd05")));
    let caller = Caller::exchange(&emulator);
    assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 200);
    let reply = caller.call("Get-AcceptedDomain", json!({}));
    assert_redirected(&reply, &format!("https://eurprd05.outlook.localhost:{}{}", emulator.port(), path("")));
    assert_eq!(at(&emulator, "eurprd05.outlook.localhost").call("Get-AcceptedDomain", json!({})).status, 200);
    emulator.fault(Fault::on_cmdlet("Get-ProtectionAlert").redirect_to("nam11b"));
    let reply = Caller::compliance(&emulator).call("Get-ProtectionAlert", json!({}));
    assert!(reply.header("location").starts_with("https://nam11b.ps.compliance.localhost:"), "{reply:?}");
}

#[test]
fn regions_are_served_under_the_names_of_every_cloud() {
    for (cloud, regional) in [
        (Cloud::GccHigh, "usgov01.outlook.office365.us"),
        (Cloud::Dod, "usgov01.outlook-dod.office365.us"),
        (Cloud::China, "usgov01.partner.outlook.cn"),
    ] {
        let emulator = start(Tenant::contoso().cloud(cloud).app(full_app()).exchange_redirect("usgov01"));
        let login = cloud.login_host();
        let scope = format!("{}/.default", cloud.audience(Service::Exchange));
        let token = ask_at(&emulator, login, &assertion_for(login), &scope).json();
        let token = token["access_token"].as_str().unwrap().to_owned();
        let headers = vec![("X-AnchorMailbox", ANCHOR.to_owned())];
        let caller = Caller { emulator: &emulator, host: regional, token, headers };
        assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 200, "{cloud}");
    }
}

#[test]
fn nobody_answers_under_the_inner_name() {
    let emulator = start(tenant());
    let inner = Caller { host: "eur02b.admin.compliance.localhost", ..Caller::compliance(&emulator) };
    assert!(inner.try_call("Get-ProtectionAlert", &json!({})).is_err());
}

#[test]
fn contexts_and_links_repeat_host_and_tenant_as_they_were_called() {
    let emulator = start(tenant().mailboxes(5));
    let caller = at(&emulator, "outlook.office.com").with("Prefer", "odata.maxpagesize=2");
    let path = "/adminapi/beta/Contoso.onmicrosoft.com/InvokeCommand";
    let text = crate::caller::body("Get-Mailbox", &json!({}));
    let reply = caller.post(path, &text).unwrap().json();
    let base = format!("https://outlook.office.com:{}/adminapi/beta/Contoso.onmicrosoft.com/", emulator.port());
    for member in ["@odata.context", "@odata.nextLink"] {
        assert!(reply[member].as_str().unwrap().starts_with(&base), "{reply:#}");
    }
}
