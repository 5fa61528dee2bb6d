//! Refusals: kind, words and way out; no secret anywhere.

use crate::world::{Outcome, World, get, page};
use exo_http::ScriptedTransport;
use exo_model::{Diagnose, ErrorKind, Invocation, SeamError, Service, TokenProvider, TokenRequest};
use exo_session::{Error, Session};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::format::FmtSpan;

async fn refused(status: u16, headers: &[(&str, &str)], body: impl Into<bytes::Bytes>) -> SeamError {
    let body = body.into();
    let script = ScriptedTransport::new().reply(status, headers, body.clone());
    // A 401 is tried a second time with a new token.
    let script = if status == 401 { script.reply(status, headers, body) } else { script };
    World::exchange(script).run(get("Get-Mailbox")).await.error()
}

fn hint(error: &SeamError) -> String {
    error.hint().unwrap_or_default().into_owned()
}

#[tokio::test]
async fn a_403_with_nul_bytes_or_nothing_is_a_missing_role() {
    for body in [vec![0_u8; 4096], Vec::new()] {
        let diagnostics =
            ("x-ms-diagnostics", "2000006;reason=\"The app has no role.\";error_category=\"invalid_client\"");
        let error = refused(403, &[diagnostics, ("request-id", "r-1")], body).await;
        assert_eq!(error.kind(), ErrorKind::Authorization);
        let text = error.to_string();
        assert!(
            text.contains("403 Forbidden") && text.contains("r-1") && text.contains("The app has no role."),
            "{text}"
        );
        assert!(!text.contains('\0'));
        assert!(hint(&error).contains("set-up step 5"), "{}", hint(&error));
    }
}

#[tokio::test]
async fn a_403_names_the_cmdlet_that_is_not_allowed() {
    let body = r#"{"error":{"code":"Forbidden","message":"User is not allowed to call Get-Mailbox"}}"#;
    let error = refused(403, &[], body).await;
    assert!(error.to_string().contains("not allowed to call Get-Mailbox"));
    assert!(hint(&error).contains("none of its roles allows `Get-Mailbox`"));
    let body = "The role assigned to application 1 isn't supported in this scenario.";
    assert!(hint(&refused(403, &[], body).await).contains("directory role is missing"));
}

#[tokio::test]
async fn a_403_for_the_other_services_cmdlet_says_so() {
    let script = ScriptedTransport::new().reply(403, &[], "");
    let error = World::exchange(script).run(get("Get-Label")).await.error();
    assert!(hint(&error).contains("a cmdlet of the other service"), "{}", hint(&error));
    let script = ScriptedTransport::new().reply(403, &[], "");
    let error = World::exchange(script).run(get("Get-Mailboks")).await.error();
    assert!(hint(&error).contains("there is no cmdlet of this name"), "{}", hint(&error));
}

#[tokio::test]
async fn a_401_tells_a_missing_permission_from_a_token_that_is_not_taken() {
    let diagnosed = |text: &'static str| async move { refused(401, &[("x-ms-diagnostics", text)], "").await };
    let error =
        diagnosed("2000008;reason=\"The token contains no permissions.\";error_category=\"invalid_grant\"").await;
    assert_eq!(error.kind(), ErrorKind::Authorization);
    assert!(hint(&error).contains("Exchange.ManageAsApp") && hint(&error).contains("set-up step 2"));
    for (text, words) in [
        ("2000002;reason=\"expired\"", "clock"),
        ("2000003;reason=\"audience\"", "another service"),
        ("2000004;reason=\"tenant\"", "another tenant"),
        ("2000001;reason=\"bad\"", "set-up step 2"),
    ] {
        let error = diagnosed(text).await;
        assert_eq!(error.kind(), ErrorKind::Authentication, "{text}");
        assert!(hint(&error).contains(words), "{text}: {}", hint(&error));
    }
    let error = refused(401, &[], r#"{"error":{"message":"User is not allowed to call Get-Mailbox"}}"#).await;
    assert_eq!(error.kind(), ErrorKind::Authorization);
}

#[tokio::test]
async fn a_cmdlets_own_error_is_told_in_the_services_words() {
    let body = json!({"error": {"code": "NotFound", "message": "Error executing cmdlet", "details": [{"code": "Context",
        "message": "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|object 'nobody' couldn't be found | really"}]}});
    let headers =
        [("X-CalculatedBETarget", "am0p000a001"), ("Date", "Sun, 22 Nov 2026 10:00:00 GMT"), ("request-id", "r-7")];
    let error = refused(404, &headers, body.to_string()).await;
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.service_code(), Some("ManagementObjectNotFoundException"));
    assert_eq!(
        error.to_string(),
        "Exchange Online answered `Get-Mailbox` with 404 Not Found: ManagementObjectNotFoundException: object 'nobody' \
         couldn't be found | really (server am0p000a001, request id r-7, time Sun, 22 Nov 2026 10:00:00 GMT)"
    );
}

#[tokio::test]
async fn what_is_not_the_services_answer_is_not_understood() {
    let error = refused(404, &[], "<html><head><title>Not here</title></head></html>").await;
    assert_eq!(error.kind(), ErrorKind::Answer);
    assert!(error.to_string().ends_with("404 Not Found: Not here"), "{error}");
    assert!(hint(&error).contains("organization"));
    assert_eq!(refused(405, &[], "").await.kind(), ErrorKind::Answer);
}

#[tokio::test]
async fn a_parameter_that_cannot_be_sent_is_refused_before_the_network() {
    let mut deep = json!(1);
    for _ in 0..11 {
        deep = json!([deep]);
    }
    let world = World::exchange(ScriptedTransport::new());
    let outcome = world.run(get("Set-Mailbox").with("Deep", deep)).await;
    assert_eq!(outcome.error().kind(), ErrorKind::Usage);
    let other = Invocation::new(Service::Compliance, "Get-Label".parse().unwrap());
    let outcome: Outcome = world.run(other).await;
    assert!(matches!(outcome.error().downcast_ref(), Some(Error::OtherService { .. })));
}

#[tokio::test]
async fn a_provider_without_a_token_is_told_as_it_is() {
    #[derive(Debug)]
    struct Nothing;
    #[async_trait::async_trait]
    impl TokenProvider for Nothing {
        async fn token(&self, _: &TokenRequest) -> Result<exo_model::AccessToken, SeamError> {
            Err(SeamError::message(ErrorKind::Authentication, "certificate is unknown")
                .code("AADSTS700027")
                .hinted("step 4"))
        }
    }
    let mut world = World::exchange(ScriptedTransport::new());
    let organization = "contoso.onmicrosoft.com".parse().unwrap();
    world.session = Session::builder(
        Service::Exchange,
        organization,
        Arc::new(Nothing),
        world.transport.clone(),
        world.clock.clone(),
    )
    .build();
    let error = world.run(get("Get-Mailbox")).await.error();
    assert_eq!(
        (error.kind(), error.service_code(), error.hint().as_deref()),
        (ErrorKind::Authentication, Some("AADSTS700027"), Some("step 4"))
    );
    assert_eq!(error.to_string(), "certificate is unknown");
}

#[tokio::test]
async fn no_error_holds_the_token_or_the_body() {
    for (status, body) in [(401, ""), (403, ""), (404, ""), (500, "x"), (200, "{")] {
        let script = ScriptedTransport::new().reply(status, &[], body);
        let script = if status == 401 { script.reply(401, &[], "") } else { script };
        let world = World::new(Service::Exchange, script, |b| b.attempts(1));
        let error = world.run(get("Get-Mailbox").with("Password", "m4rked")).await.error();
        let shown = format!("{error} {error:?} {:?}", world.session);
        assert!(!shown.contains("token-") && !shown.contains("m4rked"), "{shown}");
    }
}

#[tokio::test]
async fn who_asks_is_told_truthfully() {
    let script = ScriptedTransport::new().reply(200, &[], page(0, 1, None)).reply(200, &[], page(0, 1, None));
    let world = World::new(Service::Exchange, script, |b| b.client_name("exo\r\nctl", "0.1.0"));
    world.run(get("Get-Mailbox")).await.end();
    assert_eq!(world.requests()[0].headers()["user-agent"], "exoctl/0.1.0");
    world.run(get("Get-Mailbox").with("RecipientFilter", "x -eq $true")).await.end();
    assert!(String::from_utf8_lossy(world.requests()[1].body()).contains("x -eq 'True'"));
}

/// Where the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_tells_of_pages_and_holds_no_token_no_body_and_no_record() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // For the whole process: a subscriber of one thread misses what other threads have already asked about.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let headers = [("request-id", "r-5"), ("Set-Cookie", "c00kie=m4rked")];
    let script = ScriptedTransport::new().reply(429, &[("Retry-After", "5")], "").reply(
        200,
        &headers,
        page(0, 1, None).replace("user0", "m4rked"),
    );
    World::exchange(script).run(get("Get-Mailbox").with("Identity", "m4rked")).await.end();
    #[cfg(feature = "secure-strings")]
    crate::secrets::marked_call().await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let closed = text.lines().find(|line| line.contains("close") && line.contains("r-5")).unwrap();
    for field in ["invoke{cmdlet=Get-Mailbox", "page=1", "status=429", "status=200", "request_id=r-5", "waited=5.0"] {
        assert!(closed.contains(field), "{field}: {closed}");
    }
    for secret in ["m4rked", "token-", "Bearer"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}
