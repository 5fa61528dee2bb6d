//! The endpoints of managed identities, each in its own words.

use crate::{HALF, NOW, World, exchange};
use exo_http::{Error as HttpError, Phase, ScriptedTransport};
use exo_model::{Diagnose, ErrorKind, Scope, SeamError, Secret, TokenProvider, TokenRequest};
use exo_token::{Identity, ManagedIdentity, ManagedIdentityError, ManagedIdentityHost};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// As a virtual machine answers: every value a text.
const DAY: &str = r#"{"access_token":"marked-token","client_id":"c","expires_in":"86315","expires_on":"1780086315","ext_expires_in":"86315","not_before":"1780000000","resource":"https://outlook.office365.com","token_type":"Bearer"}"#;

fn on(world: &World, host: ManagedIdentityHost) -> ManagedIdentity {
    ManagedIdentity::new(Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _, host)
}

fn machine(world: &World) -> ManagedIdentity {
    on(world, ManagedIdentityHost::virtual_machine())
}

fn app_service() -> ManagedIdentityHost {
    ManagedIdentityHost::app_service("http://localhost:42356/msi/token", Secret::from("marked-header")).unwrap()
}

fn query(world: &World, index: usize) -> String {
    world.transport.requests()[index].uri().to_string()
}

fn cause(error: &SeamError) -> &ManagedIdentityError {
    error.downcast_ref().unwrap()
}

async fn refused(script: ScriptedTransport, host: ManagedIdentityHost) -> (SeamError, Vec<f64>) {
    let world = World::new(script);
    let error = on(&world, host).token(&exchange()).await.unwrap_err();
    (error, world.waits())
}

#[tokio::test]
async fn a_virtual_machine_is_asked_at_its_fixed_address() {
    let world = World::new(ScriptedTransport::new().reply(200, &[], DAY));
    let token = machine(&world).token(&exchange()).await.unwrap();
    assert_eq!(token.secret().expose(), "marked-token");
    assert_eq!(token.expires_at(), UNIX_EPOCH + Duration::from_secs(NOW + 86_315));
    assert_eq!(
        query(&world, 0),
        "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Foutlook.office365.com"
    );
    let request = &world.transport.requests()[0];
    assert_eq!((request.method().as_str(), request.headers()["metadata"].as_bytes()), ("GET", b"true".as_slice()));
}

#[tokio::test]
async fn the_resource_is_what_stands_before_default_with_its_slash() {
    let world = World::new(ScriptedTransport::new().reply(200, &[], DAY));
    let scope = Scope::new("https://outlook.office365.com//.default");
    machine(&world).token(&TokenRequest::new(scope)).await.unwrap();
    assert!(query(&world, 0).ends_with("&resource=https%3A%2F%2Foutlook.office365.com%2F"));
}

#[tokio::test]
async fn a_user_assigned_identity_is_named_in_each_hosts_words() {
    let path = "/subscriptions/s/resourcegroups/g/providers/n";
    let vm = ManagedIdentityHost::virtual_machine;
    let ml = || ManagedIdentityHost::machine_learning("http://127.0.0.1:1/t", Secret::from("s")).unwrap();
    let guid = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
    for (host, identity, ending) in [
        (vm(), guid.to_owned(), format!("&client_id={guid}")),
        (vm(), format!("object-id:{guid}"), format!("&object_id={guid}")),
        (vm(), path.to_owned(), "&msi_res_id=%2Fsubscriptions%2Fs%2Fresourcegroups%2Fg%2Fproviders%2Fn".to_owned()),
        (app_service(), guid.to_owned(), format!("&client_id={guid}")),
        (app_service(), format!("object-id:{guid}"), format!("&principal_id={guid}")),
        (ml(), guid.to_owned(), format!("&clientid={guid}")),
    ] {
        let world = World::new(ScriptedTransport::new().reply(200, &[], DAY));
        let provider = on(&world, host).identity(identity.parse().unwrap()).unwrap();
        provider.token(&exchange()).await.unwrap();
        assert!(query(&world, 0).ends_with(&ending), "{}", query(&world, 0));
    }
}

#[tokio::test]
async fn what_a_host_cannot_be_asked_for_is_refused_before_it_is_asked() {
    let world = World::new(ScriptedTransport::new());
    let arc = ManagedIdentityHost::arc(ManagedIdentityHost::ARC_ENDPOINT, "/tokens").unwrap();
    let error = on(&world, arc).identity(Identity::ObjectId("o".into())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Profile);
    assert!(error.hint().unwrap().contains("system-assigned identity only"));
}

#[tokio::test]
async fn app_service_wants_its_header_and_tells_the_end_in_many_forms() {
    for (told, expires_at) in [
        (r#""expires_on":"1780003600""#, 1_780_003_600),
        (r#""expires_on":1780003600"#, 1_780_003_600),
        (r#""expires_on":"05/28/2026 21:26:40 +00:00""#, 1_780_003_600),
        (r#""expires_on":"5/28/2026 9:26:40 PM +00:00""#, 1_780_003_600),
        (r#""expires_on":"05/28/2026 22:26:40 +01:00""#, 1_780_003_600),
    ] {
        let body = format!(r#"{{"access_token":"t",{told},"resource":"r","token_type":"Bearer"}}"#);
        let world = World::new(ScriptedTransport::new().reply(200, &[], body));
        let token = on(&world, app_service()).token(&exchange()).await.unwrap();
        assert_eq!(token.expires_at(), UNIX_EPOCH + Duration::from_secs(expires_at), "{told}");
        let request = &world.transport.requests()[0];
        assert!(request.uri().to_string().starts_with("http://localhost:42356/msi/token?api-version=2019-08-01&"));
        assert_eq!(request.headers()["x-identity-header"], "marked-header");
        assert!(request.headers()["x-identity-header"].is_sensitive());
        assert!(!request.headers().contains_key("metadata"));
    }
}

#[tokio::test]
async fn the_old_endpoint_has_a_version_and_a_header_of_its_own() {
    let world = World::new(ScriptedTransport::new().reply(200, &[], DAY));
    let host = ManagedIdentityHost::machine_learning("http://127.0.0.1:1/msi?x=1", Secret::from("marked")).unwrap();
    on(&world, host).token(&exchange()).await.unwrap();
    assert!(query(&world, 0).starts_with("http://127.0.0.1:1/msi?x=1&api-version=2017-09-01&"));
    assert_eq!(world.transport.requests()[0].headers()["secret"], "marked");
}

#[tokio::test]
async fn azure_ml_says_which_identity_is_meant_where_none_is_named() {
    let default = "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11";
    let host = || {
        ManagedIdentityHost::from_variables(|name| match name {
            "MSI_ENDPOINT" => Some("http://127.0.0.1:1/t".to_owned()),
            "MSI_SECRET" => Some("s".to_owned()),
            "DEFAULT_IDENTITY_CLIENT_ID" => Some(default.to_owned()),
            _ => None,
        })
    };
    let other = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
    for (named, sent) in [("system", default), (other, other)] {
        let world = World::new(ScriptedTransport::new().reply(200, &[], DAY));
        let provider = on(&world, host().unwrap()).identity(named.parse().unwrap()).unwrap();
        provider.token(&exchange()).await.unwrap();
        assert!(query(&world, 0).ends_with(&format!("&clientid={sent}")));
    }
}

#[tokio::test]
async fn service_fabric_has_a_header_of_its_own_and_refuses_for_good() {
    let host = || {
        let thumbprint = "346078CBA8362CF6E34CD1A53411D5C312DE40D0";
        ManagedIdentityHost::service_fabric("https://localhost:2377/t", Secret::from("marked"), thumbprint).unwrap()
    };
    let token = r#"{"token_type":"Bearer","access_token":"t","expires_on":1780003600,"resource":"r"}"#;
    let world = World::new(ScriptedTransport::new().reply(200, &[], token));
    let token = on(&world, host()).token(&exchange()).await.unwrap();
    assert_eq!(token.expires_at(), UNIX_EPOCH + Duration::from_secs(NOW + 3600));
    assert!(query(&world, 0).starts_with("https://localhost:2377/t?api-version=2019-07-01-preview&resource="));
    assert_eq!(world.transport.requests()[0].headers()["secret"], "marked");

    let unknown = r#"{"error":{"correlationId":"c","code":"ManagedIdentityNotFound","message":"Managed identity not found for the secret."}}"#;
    let (error, waits) = refused(ScriptedTransport::new().reply(404, &[], unknown), host()).await;
    assert!(matches!(cause(&error), ManagedIdentityError::NotFound { .. }) && waits.is_empty(), "{error}");
    assert!(error.hint().unwrap().contains("manifest"));
    let lost = r#"{"error":{"code":"SecretHeaderNotFound","message":"Secret is not found in the request headers."}}"#;
    let (error, _) = refused(ScriptedTransport::new().reply(400, &[], lost), host()).await;
    assert!(matches!(cause(&error), ManagedIdentityError::Header { .. }), "{error}");
}

#[tokio::test]
async fn a_token_of_a_day_is_renewed_at_half_of_its_life() {
    let world = World::new(ScriptedTransport::new().reply(200, &[], DAY).reply(200, &[], DAY));
    let provider = machine(&world).cached().random(HALF);
    provider.token(&exchange()).await.unwrap();
    world.clock.advance(Duration::from_secs(43_157));
    provider.token(&exchange()).await.unwrap();
    assert_eq!(world.transport.requests().len(), 1);
    world.clock.advance(Duration::from_secs(1));
    provider.token(&exchange()).await.unwrap();
    assert_eq!(world.transport.requests().len(), 2);
}

#[tokio::test]
async fn a_shorter_token_is_renewed_shortly_before_its_end() {
    let body = r#"{"access_token":"t","expires_in":"7199","token_type":"Bearer"}"#;
    let world = World::new(ScriptedTransport::new().reply(200, &[], body));
    assert_eq!(machine(&world).token(&exchange()).await.unwrap().refresh_at(), None);
}

#[tokio::test]
async fn what_passes_is_asked_again_after_one_two_and_four_seconds() {
    for status in [404, 408, 429, 500, 503] {
        let script = (0..4).fold(ScriptedTransport::new(), |script, _| script.reply(status, &[], ""));
        let (error, waits) = refused(script, ManagedIdentityHost::virtual_machine()).await;
        assert_eq!(waits, [1.0, 2.0, 4.0], "{status}");
        assert!(matches!(cause(&error), ManagedIdentityError::Busy { attempts: 4, .. }), "{error}");
        let kind = if status == 429 { ErrorKind::Throttled } else { ErrorKind::Unavailable };
        assert_eq!(error.kind(), kind);
    }
}

#[tokio::test]
async fn an_endpoint_that_is_being_updated_is_waited_for_seven_times_ten_seconds() {
    let script = (0..8).fold(ScriptedTransport::new(), |script, _| script.reply(410, &[], ""));
    let (_, waits) = refused(script, ManagedIdentityHost::virtual_machine()).await;
    assert_eq!(waits, [10.0; 7]);
    let world = World::new(ScriptedTransport::new().reply(410, &[], "").reply(200, &[], DAY));
    assert!(machine(&world).token(&exchange()).await.is_ok());
}

#[tokio::test]
async fn the_endpoint_says_how_long_to_wait_unless_that_is_absurd() {
    let (_, waits) = refused(
        ScriptedTransport::new().reply(429, &[("retry-after", "7")], "").reply(429, &[("retry-after", "3600")], ""),
        ManagedIdentityHost::virtual_machine(),
    )
    .await;
    assert_eq!(waits, [7.0]);
}

#[tokio::test]
async fn a_broken_connection_is_tried_again_and_a_missing_one_is_not() {
    let world = World::new(ScriptedTransport::new().error(HttpError::reset("h")).reply(200, &[], DAY));
    assert!(machine(&world).token(&exchange()).await.is_ok());
    for failure in [HttpError::connect("169.254.169.254"), HttpError::timeout("169.254.169.254", Phase::Connect)] {
        let (error, waits) =
            refused(ScriptedTransport::new().error(failure), ManagedIdentityHost::virtual_machine()).await;
        assert!(waits.is_empty());
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().starts_with("there is no managed identity here"), "{error}");
        assert!(error.hint().unwrap().contains("certificate"));
    }
}

#[tokio::test]
async fn an_identity_that_the_host_does_not_have_is_named() {
    for (host, body) in [
        (
            ManagedIdentityHost::virtual_machine(),
            r#"{"error":"invalid_request","error_description":"Identity not found"}"#,
        ),
        (
            app_service(),
            r#"{"statusCode":400,"message":"No Managed Identity found for specified ClientId/ResourceId/PrincipalId."}"#,
        ),
        (
            app_service(),
            r#"{"StatusCode":400,"Message":"No MSI found for specified ClientId/ResourceId.","CorrelationId":"c"}"#,
        ),
    ] {
        let (error, waits) = refused(ScriptedTransport::new().reply(400, &[], body), host).await;
        assert!(matches!(cause(&error), ManagedIdentityError::NotFound { .. }), "{error}");
        assert!(error.to_string().contains("does not have the system-assigned identity"), "{error}");
        assert!(error.hint().unwrap().contains("switch the system-assigned identity on"));
        assert!(waits.is_empty());
    }
}

#[tokio::test]
async fn a_header_that_is_lost_or_wrong_is_named() {
    let lost = r#"{"error":"invalid_request","error_description":"Required metadata header not specified"}"#;
    let (error, _) =
        refused(ScriptedTransport::new().reply(400, &[], lost), ManagedIdentityHost::virtual_machine()).await;
    assert!(matches!(cause(&error), ManagedIdentityError::Header { .. }) && error.hint().unwrap().contains("proxy"));
    let (error, _) = refused(ScriptedTransport::new().reply(401, &[], ""), app_service()).await;
    assert!(matches!(cause(&error), ManagedIdentityError::Header { status: 401, .. }));
    assert!(error.hint().unwrap().contains("restart"), "{error}");
}

#[tokio::test]
async fn the_token_services_words_are_passed_on_with_their_remedy() {
    let body = r#"{"error":"invalid_resource","error_description":"AADSTS500011: The resource principal named x was not found. Trace ID: t"}"#;
    let (error, _) =
        refused(ScriptedTransport::new().reply(400, &[], body), ManagedIdentityHost::virtual_machine()).await;
    assert_eq!((error.kind(), error.service_code()), (ErrorKind::Authentication, Some("AADSTS500011")));
    assert!(error.hint().unwrap().contains("Exchange Online"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let script = ScriptedTransport::new().reply(302, &[("location", "http://evil.example/")], "");
    let (error, _) = refused(script, ManagedIdentityHost::virtual_machine()).await;
    assert_eq!(error.kind(), ErrorKind::Answer);
    assert!(error.to_string().contains("redirect"));
}

#[tokio::test]
async fn an_answer_that_is_no_token_is_not_understood() {
    for body in ["", "<html>", "[]", "{}", r#"{"access_token":7,"token_type":"Bearer"}"#, r#"{"access_token":"a b"}"#] {
        let (error, _) =
            refused(ScriptedTransport::new().reply(200, &[], body), ManagedIdentityHost::virtual_machine()).await;
        assert_eq!(error.kind(), ErrorKind::Answer, "{body}");
    }
}

#[tokio::test]
async fn a_claims_challenge_cannot_be_met() {
    let world = World::new(ScriptedTransport::new());
    let error = machine(&world).token(&exchange().claims("{}")).await.unwrap_err();
    assert!(matches!(cause(&error), ManagedIdentityError::Claims));
}

mod arc {
    use super::*;
    use std::fs;
    use std::path::{Path, PathBuf};

    const ADDRESS: &str = "http://localhost:40342/metadata/identity/oauth2/token";

    fn challenge(path: &Path) -> Vec<(&'static str, String)> {
        vec![("www-authenticate", format!("Basic realm={}", path.display()))]
    }

    async fn ask(world: &World, folder: &Path) -> Result<(), SeamError> {
        let host = ManagedIdentityHost::arc(ADDRESS, folder).unwrap();
        on(world, host).token(&exchange()).await.map(drop)
    }

    fn world(path: &Path, then: bool) -> World {
        let headers = challenge(path);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let script = ScriptedTransport::new().reply(401, &headers, "");
        World::new(if then { script.reply(200, &[], DAY) } else { script })
    }

    async fn fault(path: PathBuf, folder: &Path) -> SeamError {
        ask(&world(&path, false), folder).await.unwrap_err()
    }

    #[tokio::test]
    async fn the_key_of_the_challenge_is_the_proof() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        fs::write(&path, "marked-key\n").unwrap();
        let world = world(&path, true);
        ask(&world, folder.path()).await.unwrap();
        let requests = world.transport.requests();
        assert!(!requests[0].headers().contains_key("authorization"));
        assert_eq!(requests[1].headers()["authorization"], "Basic marked-key");
        assert!(requests[1].headers()["authorization"].is_sensitive());
        assert_eq!(requests[0].uri(), requests[1].uri());
        assert_eq!(requests[1].headers()["metadata"], "true");
    }

    #[tokio::test]
    async fn no_other_file_of_the_machine_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let outside = tempfile::tempdir().unwrap();
        for path in [outside.path().join("a.key"), inner.join("a.key"), folder.path().join("a.txt")] {
            fs::write(&path, "marked-key").unwrap();
            let error = fault(path.clone(), folder.path()).await;
            assert!(matches!(cause(&error), ManagedIdentityError::ArcKey { .. }), "{error}");
            assert!(error.hint().unwrap().contains("something other than the agent"), "{error}");
        }
        let dotted = inner.join("..").join("..").join("a.key");
        assert!(fault(dotted, folder.path()).await.to_string().contains("not directly in"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_out_of_the_folder_is_not_followed() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = outside.path().join("secret");
        fs::write(&target, "marked-key").unwrap();
        let path = folder.path().join("a.key");
        std::os::unix::fs::symlink(&target, &path).unwrap();
        assert!(fault(path, folder.path()).await.to_string().contains("not a regular file"));
    }

    #[tokio::test]
    async fn a_key_that_is_too_long_or_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        fs::write(&path, "k".repeat(4097)).unwrap();
        assert!(fault(path.clone(), folder.path()).await.to_string().contains("larger than 4096 bytes"));
        fs::write(&path, "k".repeat(4096)).unwrap();
        ask(&world(&path, true), folder.path()).await.unwrap();
        let error = fault(folder.path().join("none.key"), folder.path()).await;
        let group = if cfg!(windows) { "Hybrid agent extension applications" } else { "himds" };
        assert!(error.hint().unwrap().contains(group), "{error}");
    }

    #[tokio::test]
    async fn a_challenge_without_file_is_not_understood() {
        let folder = tempfile::tempdir().unwrap();
        for header in ["Basic", "Basic realm=", "Bearer realm=/a.key", "realm"] {
            let world = World::new(ScriptedTransport::new().reply(401, &[("www-authenticate", header)], ""));
            let error = ask(&world, folder.path()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Answer, "{header}");
        }
    }

    #[tokio::test]
    async fn a_proof_that_is_refused_is_not_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        fs::write(&path, "marked-key").unwrap();
        let headers = challenge(&path);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let world = World::new(ScriptedTransport::new().reply(401, &headers, "").reply(401, &headers, ""));
        let error = ask(&world, folder.path()).await.unwrap_err();
        assert!(matches!(cause(&error), ManagedIdentityError::Header { status: 401, .. }), "{error}");
    }
}
