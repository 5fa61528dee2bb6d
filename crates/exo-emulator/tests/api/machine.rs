//! Managed identities: each host's own way to ask, and what is refused.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use exo_emulator::{App, ArcChallenge, Emulator, Fault, Machine, ManagedIdentity, Service, Tenant};
use serde_json::{Value, json};

use crate::client::*;

const OWN: &str = "5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52";
const GIVEN: &str = "0f6a52aa-4c1d-4a6e-9d53-2f1f6f0c8e22";
const GIVEN_OBJECT: &str = "d1a3f1aa-6c58-4c1d-8f3e-9a2d1b7e4f60";
const GIVEN_PATH: &str =
    "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reports";
const IMDS: &str = "/metadata/identity/oauth2/token";
const RESOURCE: &str = "resource=https%3A%2F%2Foutlook.office365.com%2F";

fn own() -> App {
    App::new(OWN)
        .permission(Service::Exchange)
        .permission(Service::Compliance)
        .role(EXCHANGE_ADMINISTRATOR)
        .managed_identity(ManagedIdentity::system_assigned().resource_id("/subscriptions/s/vm"))
}

fn given() -> App {
    App::new(GIVEN).managed_identity(ManagedIdentity::user_assigned(GIVEN_PATH).object_id(GIVEN_OBJECT))
}

fn both() -> Tenant {
    Tenant::contoso().app(own()).app(given())
}

/// Asks over plain HTTP.
fn ask(emulator: &Emulator, path_and_query: &str, headers: &[(&str, &str)]) -> Reply {
    plainly(emulator, &format!("GET {path_and_query}"), headers).unwrap()
}

pub(crate) fn plainly(emulator: &Emulator, head: &str, headers: &[(&str, &str)]) -> std::io::Result<Reply> {
    let url = emulator.machine_url().unwrap();
    let authority = url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(authority)?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut text = format!("{head} HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    socket.write_all((text + "\r\n").as_bytes())?;
    let mut raw = Vec::new();
    socket.read_to_end(&mut raw)?;
    if raw.is_empty() {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(parse(&raw))
}

fn imds(emulator: &Emulator, more: &str) -> Reply {
    ask(emulator, &format!("{IMDS}?api-version=2018-02-01&{RESOURCE}{more}"), &[("Metadata", "true")])
}

fn variable(emulator: &Emulator, place: &str, name: &str) -> String {
    emulator.environments()[place][name].clone()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is no text in {value}")).to_owned()
}

#[test]
fn a_virtual_machine_speaks_in_strings_and_for_a_day() {
    let emulator = start(both());
    let reply = imds(&emulator, "");
    assert_eq!(reply.status, 200, "{reply:?}");
    let body = reply.json();
    let [lifetime, expires, begins] =
        ["expires_in", "expires_on", "not_before"].map(|name| text(&body, name).parse::<i64>().unwrap());
    assert_eq!(lifetime, 86_399);
    assert_eq!(text(&body, "ext_expires_in"), "86399");
    assert!((expires - now() - lifetime).abs() < 30 && begins < now());
    assert_eq!((text(&body, "client_id"), text(&body, "token_type")), (OWN.to_owned(), "Bearer".to_owned()));
    assert_eq!(text(&body, "resource"), "https://outlook.office365.com/");
    let claims = decoded(&text(&body, "access_token"));
    assert_eq!(claims["aud"], "https://outlook.office365.com/");
    assert_eq!((&claims["appid"], &claims["appidacr"]), (&json!(OWN), &json!("2")));
    assert_eq!(claims["xms_mirid"], "/subscriptions/s/vm");
    assert_eq!(claims["roles"], json!(["Exchange.ManageAsApp"]));
    assert_eq!(claims["wids"][0], EXCHANGE_ADMINISTRATOR);
    assert_eq!(claims["exp"], expires);
    assert!(claims.get("app_displayname").is_none());
}

#[test]
fn the_token_of_a_machine_opens_the_admin_api_as_any_other() {
    let emulator = start(both());
    let token = text(&imds(&emulator, "").json(), "access_token");
    let body = json!({"CmdletInput": {"CmdletName": "Get-AcceptedDomain", "Parameters": {}}}).to_string();
    let bearer = format!("Bearer {token}");
    let headers =
        [("Authorization", bearer.as_str()), ("Content-Type", "application/json"), ("X-AnchorMailbox", ANCHOR)];
    let path = format!("POST /adminapi/beta/{TENANT}/InvokeCommand");
    let reply = send(&emulator, "outlook.localhost", &path, &headers, &body).unwrap();
    assert_eq!(reply.status, 200, "{reply:?}");
    let refused = text(&imds(&emulator, &format!("&client_id={GIVEN}")).json(), "access_token");
    let bearer = format!("Bearer {refused}");
    let headers =
        [("Authorization", bearer.as_str()), ("Content-Type", "application/json"), ("X-AnchorMailbox", ANCHOR)];
    assert_eq!(send(&emulator, "outlook.localhost", &path, &headers, &body).unwrap().status, 401);
}

#[test]
fn any_resource_of_the_token_service_is_given_as_asked() {
    let emulator = start(both());
    for resource in [
        "https://outlook.office365.com",
        "https://ps.compliance.protection.outlook.com",
        "https://vault.azure.net",
        "https://graph.microsoft.com/",
    ] {
        let query = format!("{IMDS}?api-version=2018-02-01&resource={}", encode(resource));
        let reply = ask(&emulator, &query, &[("Metadata", "true")]);
        assert_eq!(decoded(&text(&reply.json(), "access_token"))["aud"], resource);
    }
    let unknown = format!("{IMDS}?api-version=2018-02-01&resource=https%3A%2F%2Fnowhere");
    let reply = ask(&emulator, &unknown, &[("Metadata", "true")]);
    assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("invalid_resource")));
    assert!(text(&reply.json(), "error_description").starts_with("AADSTS500011: "));
}

#[test]
fn an_identity_is_named_in_three_ways() {
    let emulator = start(both());
    let path = encode(GIVEN_PATH);
    for named in [format!("client_id={GIVEN}"), format!("object_id={GIVEN_OBJECT}"), format!("msi_res_id={path}")] {
        let body = imds(&emulator, &format!("&{named}")).json();
        assert_eq!(text(&body, "client_id"), GIVEN, "{named}");
        let claims = decoded(&text(&body, "access_token"));
        assert_eq!((&claims["oid"], &claims["xms_mirid"]), (&json!(GIVEN_OBJECT), &json!(GIVEN_PATH)));
    }
    let reply = imds(&emulator, &format!("&client_id={TENANT}"));
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json(), json!({"error": "invalid_request", "error_description": "Identity not found"}));
}

#[test]
fn without_an_own_identity_a_machine_takes_the_only_one_and_no_other() {
    let one = start(Tenant::contoso().app(given()));
    assert_eq!(text(&imds(&one, "").json(), "client_id"), GIVEN);
    assert_eq!(variable(&one, "imds", "AZURE_CLIENT_ID"), GIVEN);
    assert_eq!(variable(&one, "azure-ml", "DEFAULT_IDENTITY_CLIENT_ID"), GIVEN);
    assert!(!start(both()).environments()["imds"].contains_key("AZURE_CLIENT_ID"));
    let secret = variable(&one, "app-service", "IDENTITY_HEADER");
    let path = format!("/msi/token?api-version=2019-08-01&{RESOURCE}");
    // The platform does not guess, other than a virtual machine.
    assert_eq!(ask(&one, &path, &[("X-IDENTITY-HEADER", &secret)]).status, 400);
    let second = App::new(OWN).managed_identity(ManagedIdentity::user_assigned("/subscriptions/s/second"));
    let two = start(Tenant::contoso().app(given()).app(second));
    let reply = imds(&two, "");
    assert_eq!(reply.status, 400);
    assert!(text(&reply.json(), "error_description").starts_with("Multiple user assigned identities exist"));
}

#[test]
fn what_a_browser_or_a_proxy_would_send_is_refused() {
    let emulator = start(both());
    let path = format!("{IMDS}?api-version=2018-02-01&{RESOURCE}");
    let bare = ask(&emulator, &path, &[]);
    assert_eq!(bare.status, 400);
    let text = "Required metadata header not specified";
    assert_eq!(bare.json(), json!({"error": "invalid_request", "error_description": text}));
    let forwarded = ask(&emulator, &path, &[("Metadata", "true"), ("X-Forwarded-For", "10.0.0.1")]);
    assert_eq!(forwarded.status, 400);
    let posted = plainly(&emulator, &format!("POST {path}"), &[("Metadata", "true"), ("Content-Length", "0")]);
    assert_eq!(posted.unwrap().status, 405);
    for query in ["", "?api-version=2018-02-01", "?resource=https%3A%2F%2Foutlook.office365.com"] {
        assert_eq!(ask(&emulator, &format!("{IMDS}{query}"), &[("Metadata", "true")]).status, 400, "{query}");
    }
}

#[test]
fn a_tenant_without_identities_has_no_machine() {
    let emulator = start(Tenant::contoso().app(full_app()));
    assert_eq!(emulator.machine_url(), None);
    assert!(!emulator.environments().contains_key("imds"));
    let path = format!("GET {IMDS}?api-version=2019-07-01-preview&{RESOURCE}");
    let reply = send(&emulator, "localhost", &path, &[("Secret", "x")], "").unwrap();
    assert_eq!((reply.status, reply.body.as_slice()), (404, b"".as_slice()));
}

#[test]
fn app_service_wants_its_header_and_answers_with_the_end() {
    let emulator = start(both());
    let secret = variable(&emulator, "app-service", "IDENTITY_HEADER");
    let endpoint = variable(&emulator, "app-service", "IDENTITY_ENDPOINT");
    assert_eq!(endpoint, format!("{}/msi/token", emulator.machine_url().unwrap()));
    let path = format!("/msi/token?api-version=2019-08-01&{RESOURCE}");
    let body = ask(&emulator, &path, &[("X-IDENTITY-HEADER", &secret)]).json();
    assert!((text(&body, "expires_on").parse::<i64>().unwrap() - now() - 86_399).abs() < 30);
    assert!(body.get("expires_in").is_none());
    assert_eq!(text(&body, "client_id"), OWN);
    for headers in [vec![], vec![("X-IDENTITY-HEADER", "guessed")], vec![("Metadata", "true")]] {
        assert_eq!(ask(&emulator, &path, &headers).status, 401, "{headers:?}");
    }
    let resource = format!("mi_res_id={}", encode(GIVEN_PATH));
    let object = format!("object_id={GIVEN_OBJECT}");
    let principal = format!("principal_id={GIVEN_OBJECT}");
    for named in [format!("client_id={GIVEN}"), principal, object, resource] {
        let body = ask(&emulator, &format!("{path}&{named}"), &[("X-IDENTITY-HEADER", &secret)]).json();
        assert_eq!(text(&body, "client_id"), GIVEN, "{named}");
    }
    let unknown = ask(&emulator, &format!("{path}&client_id={TENANT}"), &[("X-IDENTITY-HEADER", &secret)]);
    assert_eq!((unknown.status, unknown.json()["statusCode"].as_i64()), (400, Some(400)));
}

#[test]
fn very_old_hosts_print_a_date() {
    let emulator = start(both().machine(Machine::new().old_dates(true).token_lifetime(3600)));
    let secret = variable(&emulator, "app-service", "IDENTITY_HEADER");
    let path = format!("/msi/token?api-version=2019-08-01&{RESOURCE}");
    let end = text(&ask(&emulator, &path, &[("X-IDENTITY-HEADER", &secret)]).json(), "expires_on");
    let time = end.strip_suffix(" +00:00").unwrap();
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    assert_eq!(shape, "99/99/9999 99:99:99");
}

#[test]
fn the_version_before_has_its_own_header_and_name() {
    let emulator = start(both());
    let secret = variable(&emulator, "azure-ml", "MSI_SECRET");
    let path = format!("/msi/token?api-version=2017-09-01&{RESOURCE}");
    let body = ask(&emulator, &path, &[("secret", &secret)]).json();
    assert_eq!(decoded(&text(&body, "access_token"))["appid"], OWN);
    let body = ask(&emulator, &format!("{path}&clientid={GIVEN}"), &[("secret", &secret)]).json();
    assert_eq!(decoded(&text(&body, "access_token"))["appid"], GIVEN);
    assert!(text(&body, "expires_on").parse::<i64>().unwrap() > now());
    assert!(body.get("client_id").is_none());
    assert_eq!(ask(&emulator, &path, &[("X-IDENTITY-HEADER", &secret)]).status, 401);
}

#[test]
fn service_fabric_is_served_over_tls_with_a_pinned_certificate() {
    let emulator = start(both());
    let place = emulator.environments()["service-fabric"].clone();
    let endpoint = format!("https://localhost:{}{IMDS}", emulator.port());
    assert_eq!(place["IDENTITY_ENDPOINT"], endpoint);
    assert_eq!(place["IDENTITY_SERVER_THUMBPRINT"], sent_thumbprint(&emulator));
    let path = format!("GET {IMDS}?api-version=2019-07-01-preview&{RESOURCE}");
    let ask = |headers: &[(&str, &str)]| send(&emulator, "localhost", &path, headers, "").unwrap();
    let reply = ask(&[("Secret", &place["IDENTITY_HEADER"])]);
    assert_eq!(reply.status, 200);
    assert!(reply.json()["expires_on"].as_i64().unwrap() > now());
    assert_eq!(decoded(&text(&reply.json(), "access_token"))["appid"], OWN);
    assert_eq!((ask(&[]).status, ask(&[("Secret", "guessed")]).status), (400, 404));
    assert_eq!(ask(&[]).json()["error"]["code"], "SecretHeaderNotFound");
}

fn arc(name: &str, challenge: ArcChallenge) -> (Emulator, PathBuf) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("arc-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let machine = Machine::new().arc_folder(&folder).arc_challenge(challenge);
    (start(both().machine(machine)), folder)
}

fn arc_path(version: &str) -> String {
    format!("{IMDS}?api-version={version}&{RESOURCE}")
}

fn realm(reply: &Reply) -> PathBuf {
    assert_eq!(reply.status, 401, "{reply:?}");
    PathBuf::from(reply.header("www-authenticate").strip_prefix("Basic realm=").unwrap())
}

#[test]
fn azure_arc_gives_a_token_to_who_can_read_its_file_once() {
    let (emulator, folder) = arc("usual", ArcChallenge::KeyFile);
    let first = realm(&ask(&emulator, &arc_path("2020-06-01"), &[("Metadata", "true")]));
    let second = realm(&ask(&emulator, &arc_path("2019-11-01"), &[("Metadata", "true")]));
    assert_ne!(first, second);
    assert_eq!((first.parent(), first.extension()), (Some(folder.as_path()), Some("key".as_ref())));
    let proof = format!("Basic {}", std::fs::read_to_string(&first).unwrap());
    let headers = [("Metadata", "true"), ("Authorization", proof.as_str())];
    let reply = ask(&emulator, &arc_path("2020-06-01"), &headers);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(decoded(&text(&reply.json(), "access_token"))["appid"], OWN);
    assert!(!first.exists() && second.exists());
    let third = realm(&ask(&emulator, &arc_path("2020-06-01"), &headers));
    assert!(third != first && third.exists());
    assert_eq!(ask(&emulator, &arc_path("2020-06-01"), &[("Authorization", &proof)]).status, 400);
    let other = format!("{}&client_id={GIVEN}", arc_path("2020-06-01"));
    assert_eq!(ask(&emulator, &other, &[("Metadata", "true")]).status, 400);
    let endpoint = variable(&emulator, "azure-arc", "IDENTITY_ENDPOINT");
    let path = endpoint.strip_prefix(emulator.machine_url().unwrap().as_str()).unwrap();
    let path = format!("{path}?api-version=2019-11-01&{RESOURCE}");
    realm(&ask(&emulator, &path, &[("Metadata", "true")]));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_challenge_of_azure_arc_may_be_one_that_must_not_be_followed() {
    let elsewhere = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let asked = |name: &str, challenge| {
        let (emulator, folder) = arc(name, challenge);
        let reply = ask(&emulator, &arc_path("2020-06-01"), &[("Metadata", "true")]);
        (reply, folder)
    };
    let (reply, folder) = asked("extension", ArcChallenge::OtherExtension);
    assert!(realm(&reply).exists() && realm(&reply).extension() == Some("txt".as_ref()));
    std::fs::remove_dir_all(folder).unwrap();
    let (reply, folder) = asked("long", ArcChallenge::TooLong);
    assert!(std::fs::read(realm(&reply)).unwrap().len() > 4096);
    std::fs::remove_dir_all(folder).unwrap();
    let (reply, folder) = asked("missing", ArcChallenge::Missing);
    assert!(!realm(&reply).exists());
    std::fs::remove_dir_all(folder).unwrap();
    let (reply, folder) = asked("other", ArcChallenge::OtherFolder(elsewhere.clone()));
    assert_eq!(realm(&reply).parent(), Some(elsewhere.as_path()));
    std::fs::remove_file(realm(&reply)).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    let (reply, folder) = asked("realm", ArcChallenge::NoRealm);
    assert_eq!((reply.status, reply.header("www-authenticate")), (401, "Basic"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn faults_of_the_machine_come_when_told_and_go() {
    let emulator = start(
        both()
            .fault(Fault::on_machine().status(410))
            .fault(Fault::on_machine().status(404))
            .fault(Fault::on_machine().throttle(Some("1")))
            .fault("machine status=500".parse().unwrap())
            .fault(Fault::on_machine().redirect("http://127.0.0.1/elsewhere"))
            .fault(Fault::on_machine().html())
            .fault(Fault::on_machine().aadsts(53_003))
            .fault(Fault::on_machine().reset()),
    );
    let statuses: Vec<u16> = (0..7).map(|_| imds(&emulator, "").status).collect();
    assert_eq!(statuses, [410, 404, 429, 500, 302, 502, 400]);
    emulator.fault("machine without=access_token".parse().unwrap());
    let path = format!("GET {IMDS}?api-version=2018-02-01&{RESOURCE}");
    assert!(plainly(&emulator, &path, &[("Metadata", "true")]).is_err());
    assert!(imds(&emulator, "").json().get("access_token").is_none());
    assert!(imds(&emulator, "").json()["access_token"].is_string());
    let seen: Vec<u16> = emulator.log().iter().map(|received| received.status).collect();
    assert_eq!(seen, [410, 404, 429, 500, 302, 502, 400, 0, 200, 200]);
    assert_eq!(emulator.token_requests(), 0);
}
