//! Clouds: their hosts and audiences, and what each says of tenants that live elsewhere.

use exo_emulator::{Cloud, Emulator, Service, Tenant};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::client::*;
use crate::refusals::assert_refused;

fn living_in(cloud: Cloud) -> Emulator {
    start(Tenant::contoso().cloud(cloud).app(full_app()))
}

fn scope(cloud: Cloud, service: Service) -> String {
    format!("{}/.default", cloud.audience(service))
}

fn configuration(emulator: &Emulator, host: &str) -> Reply {
    send(emulator, host, &format!("GET /{TENANT}/v2.0/.well-known/openid-configuration"), &[], "").unwrap()
}

fn caller<'a>(emulator: &'a Emulator, host: &'static str, token: &str) -> Caller<'a> {
    Caller { emulator, host, token: token.to_owned(), headers: vec![("X-AnchorMailbox", ANCHOR.to_owned())] }
}

/// The hosts of sign-in, Exchange Online and the region of Security & Compliance.
const HOSTS: [(Cloud, [&str; 3]); 5] = [
    (
        Cloud::Worldwide,
        ["login.microsoftonline.com", "outlook.office365.com", "eur02b.ps.compliance.protection.outlook.com"],
    ),
    (Cloud::Gcc, ["login.microsoftonline.com", "outlook.office365.com", "eur02b.ps.compliance.protection.outlook.com"]),
    (
        Cloud::GccHigh,
        ["login.microsoftonline.us", "outlook.office365.us", "eur02b.ps.compliance.protection.office365.us"],
    ),
    (
        Cloud::Dod,
        ["login.microsoftonline.us", "outlook-dod.office365.us", "eur02b.ps.compliance.protection.office365.us"],
    ),
    (
        Cloud::China,
        [
            "login.partner.microsoftonline.cn",
            "partner.outlook.cn",
            "eur02b.ps.compliance.protection.partner.outlook.cn",
        ],
    ),
];

#[test]
fn every_cloud_is_served_under_its_own_names() {
    for (cloud, [login, exchange, compliance]) in HOSTS {
        let emulator = living_in(cloud);
        for (service, host, cmdlet) in [
            (Service::Exchange, exchange, "Get-AcceptedDomain"),
            (Service::Compliance, compliance, "Get-ProtectionAlert"),
        ] {
            let reply = ask_at(&emulator, login, &assertion_for(login), &scope(cloud, service));
            assert_eq!(reply.status, 200, "{cloud}: {}", String::from_utf8_lossy(&reply.body));
            let token = reply.json()["access_token"].as_str().unwrap().to_owned();
            assert_eq!(decoded(&token)["aud"], cloud.audience(service));
            assert_eq!(caller(&emulator, host, &token).call(cmdlet, json!({})).status, 200, "{cloud} {host}");
        }
    }
}

#[test]
fn the_configuration_tells_the_cloud() {
    for (cloud, region, sub_region, instance) in [
        (Cloud::Worldwide, "EU", None, "microsoftonline.com"),
        (Cloud::Gcc, "NA", Some("GCC"), "microsoftonline.com"),
        (Cloud::GccHigh, "USGov", Some("DODCON"), "microsoftonline.us"),
        (Cloud::Dod, "USGov", Some("DOD"), "microsoftonline.us"),
        (Cloud::China, "AS", None, "partner.microsoftonline.cn"),
    ] {
        let emulator = living_in(cloud);
        for host in [cloud.login_host(), "login.localhost"] {
            let told = configuration(&emulator, host).json();
            assert_eq!(told["tenant_region_scope"], region);
            assert_eq!(told.get("tenant_region_sub_scope").and_then(Value::as_str), sub_region);
            assert_eq!(told["cloud_instance_name"], instance);
            assert_eq!(told["msgraph_host"], cloud.graph_host());
            let endpoint = format!("https://{host}:{}/{TENANT}/oauth2/v2.0/token", emulator.port());
            assert_eq!(told["token_endpoint"], endpoint);
        }
    }
}

#[test]
fn an_assertion_at_another_clouds_sign_in_has_the_wrong_audience() {
    for (cloud, host) in [
        (Cloud::Worldwide, "login.microsoftonline.us"),
        (Cloud::Worldwide, "login.partner.microsoftonline.cn"),
        (Cloud::GccHigh, "login.microsoftonline.com"),
        (Cloud::China, "login.microsoftonline.us"),
    ] {
        let reply = ask_at(&living_in(cloud), host, &assertion_for(host), &scope(cloud, Service::Exchange));
        assert_refused(&reply, 401, "invalid_client", 700_023);
    }
    let own = Cloud::GccHigh.login_host();
    let worldwide = assertion_for("login.microsoftonline.com");
    let reply = ask_at(&living_in(Cloud::GccHigh), own, &worldwide, &scope(Cloud::GccHigh, Service::Exchange));
    assert_refused(&reply, 401, "invalid_client", 700_023);
}

#[test]
fn without_an_assertion_another_cloud_does_not_know_the_tenant() {
    let ask = |cloud, host| {
        let mut fields = fields("", &scope(cloud, Service::Exchange));
        fields[3] = ("client_secret", "s".to_owned());
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let path = format!("POST /{TENANT}/oauth2/v2.0/token");
        send(&living_in(cloud), host, &path, &headers, &form(&fields)).unwrap()
    };
    assert_refused(&ask(Cloud::Worldwide, "login.microsoftonline.us"), 400, "invalid_request", 90_002);
    assert_refused(&ask(Cloud::China, "login.microsoftonline.us"), 400, "invalid_request", 90_002);
    assert_refused(&ask(Cloud::Dod, "login.microsoftonline.com"), 400, "invalid_request", 90_038);
}

#[test]
fn the_worldwide_configuration_tells_where_a_national_tenant_lives() {
    let emulator = living_in(Cloud::GccHigh);
    let told = configuration(&emulator, "login.microsoftonline.com").json();
    let endpoint = format!("https://login.microsoftonline.us:{}/{TENANT}/oauth2/v2.0/token", emulator.port());
    assert_eq!(
        (told["token_endpoint"].as_str(), &told["tenant_region_sub_scope"]),
        (Some(endpoint.as_str()), &json!("DODCON"))
    );
    for (cloud, host) in [(Cloud::GccHigh, "login.chinacloudapi.cn"), (Cloud::Worldwide, "login.microsoftonline.us")] {
        let reply = configuration(&living_in(cloud), host);
        assert_refused(&reply, 400, "invalid_tenant", 90_002);
    }
}

#[test]
fn resources_of_another_cloud_have_no_principal_here() {
    for (cloud, other) in [(Cloud::Worldwide, Cloud::GccHigh), (Cloud::GccHigh, Cloud::Dod), (Cloud::China, Cloud::Gcc)]
    {
        let host = cloud.login_host();
        let reply = ask_at(&living_in(cloud), host, &assertion_for(host), &scope(other, Service::Exchange));
        assert_refused(&reply, 400, "invalid_resource", 500_011);
    }
}

#[test]
fn services_of_another_cloud_point_to_their_own_sign_in() {
    let emulator = living_in(Cloud::Worldwide);
    let token = token(&emulator, EXCHANGE_SCOPE);
    for (host, login, application) in [
        ("outlook-dod.office365.us", "login.microsoftonline.us", "00000002-0000-0ff1-ce00-000000000000"),
        (
            "l5.ps.compliance.protection.office365.us",
            "login.microsoftonline.us",
            "00000007-0000-0ff1-ce00-000000000000",
        ),
        ("partner.outlook.cn", "login.partner.microsoftonline.cn", "00000002-0000-0ff1-ce00-000000000000"),
    ] {
        let reply = caller(&emulator, host, &token).call("Get-AcceptedDomain", json!({}));
        assert_eq!(reply.status, 401, "{host}");
        let challenge = reply.header("www-authenticate");
        assert!(challenge.contains(&format!("https://{login}/common")), "{challenge}");
        assert!(challenge.contains(application), "{challenge}");
    }
}

#[test]
fn the_initial_domain_is_the_clouds() {
    for (cloud, domain) in [
        (Cloud::Gcc, "contoso.onmicrosoft.com"),
        (Cloud::Dod, "contoso.onmicrosoft.us"),
        (Cloud::China, "contoso.partner.onmschina.cn"),
    ] {
        let emulator = living_in(cloud);
        assert_eq!(emulator.tenant().initial_domain(), domain);
        let path = format!("GET /{domain}/v2.0/.well-known/openid-configuration");
        assert_eq!(send(&emulator, cloud.login_host(), &path, &[], "").unwrap().status, 200);
    }
}
