//! All error texts with their kinds and hints, to be read in one place.

use crate::{World, exchange};
use exo_http::{Error as HttpError, ScriptedTransport};
use exo_model::{Diagnose, SeamError, Secret, TokenProvider};
use exo_token::{
    Aadsts, AzurePipelines, DeviceCode, FederatedTokenFile, GitHubActions, Identity, ManagedIdentity,
    ManagedIdentityHost,
};
use std::fmt::Write;
use std::sync::Arc;

#[tokio::test]
async fn every_text_fits_after_failed() {
    let mut all = String::new();
    let refusal = r#"{"error":"invalid_client","error_description":"AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.] Trace ID: t","error_codes":[700027],"timestamp":"2026-11-20 10:11:12Z","trace_id":"t","correlation_id":"c"}"#;
    let four =
        |status, header: &[(&str, &str)]| (0..4).fold(ScriptedTransport::new(), |s, _| s.reply(status, header, ""));
    for script in [
        ScriptedTransport::new().reply(401, &[], refusal),
        ScriptedTransport::new().reply(429, &[("retry-after", "3600")], ""),
        four(429, &[]),
        four(503, &[("retry-after", "1")]),
        ScriptedTransport::new().reply(403, &[], "<html>"),
        ScriptedTransport::new().reply(200, &[], "{}"),
        ScriptedTransport::new().error(HttpError::tls("login.example")),
        ScriptedTransport::new().error(HttpError::too_large("login.example", 100)),
    ] {
        let error = World::new(script).credential().token(&exchange()).await.unwrap_err();
        // A proxy or a wrong address may be what answers, and a refusal has the service's own words.
        let named = ["`login.microsoftonline.com`", "the exchange with", "AADSTS700027"];
        assert!(named.iter().any(|name| error.to_string().contains(name)), "{error}");
        describe(&mut all, &error);
    }
    let error = World::new(ScriptedTransport::new()).builder().token_url("http://a.example/token").build().unwrap_err();
    describe(&mut all, &error);
    insta::with_settings!({filters => vec![(r"[0-9a-f]{8}-[0-9a-f-]{27}", "[guid]")]}, {
        insta::assert_snapshot!(all);
    });
}

fn describe(all: &mut String, error: &impl Diagnose) {
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    writeln!(all, "{error}\n  caused by: {source}\n  kind: {:?}", error.kind()).unwrap();
    writeln!(all, "  hint: {}", error.hint().unwrap_or_default()).unwrap();
}

#[test]
fn every_code_of_the_token_service_is_explained() {
    let mut all = String::new();
    for entry in Aadsts::ALL {
        let steps: Vec<_> = entry.steps.iter().map(|s| s.number()).collect();
        writeln!(all, "{} {:?} {}: {}", entry.code, steps, entry.cause, entry.remedy).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn every_text_of_the_other_credentials_fits_after_failed() {
    let mut all = String::new();
    for error in machine_errors() {
        describe(&mut all, &error);
    }
    for error in issuer_errors() {
        describe(&mut all, &error);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn every_text_of_a_persons_sign_in_fits_after_failed() {
    let mut all = String::new();
    let begun = r#"{"device_code":"d","user_code":"FJC3DTWJQ","verification_uri":"https://microsoft.com/devicelogin"}"#;
    let refusals = ["authorization_declined", "expired_token", "invalid_grant"].map(ToOwned::to_owned);
    let codes = [53_003, 7_000_218, 65_001, 700_016, 50_020, 50_076, 50_105, 90_002];
    let described = codes.map(|code| format!(r#"invalid_grant","error_description":"AADSTS{code}: Refused."#));
    for error in refusals.iter().chain(&described) {
        let refusal = format!(r#"{{"error":"{error}","correlation_id":"c"}}"#);
        let world = World::new(ScriptedTransport::new().reply(200, &[], begun).reply(400, &[], refusal));
        let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
        let client_id = "6ad4d1c8-3c0f-4a6e-9d53-2f1f6f0c8e11".parse().unwrap();
        let person = DeviceCode::new(transport, clock, "contoso.onmicrosoft.com".parse().unwrap(), client_id, |_| {});
        describe(&mut all, &now(person.token(&exchange())).unwrap_err());
    }
    insta::assert_snapshot!(all);
}

/// What keeps a host from giving a token of a managed identity, by what it is asked and what it answers.
fn machine_errors() -> Vec<SeamError> {
    let ask = |script: ScriptedTransport, host: ManagedIdentityHost| {
        let world = World::new(script);
        let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
        now(ManagedIdentity::new(transport, clock, host).token(&exchange())).unwrap_err()
    };
    let reply = |status, body: &'static str| ScriptedTransport::new().reply(status, &[], body);
    let vm = ManagedIdentityHost::virtual_machine;
    let app = || ManagedIdentityHost::app_service("http://localhost/t", Secret::from("h")).unwrap();
    let arc = || ManagedIdentityHost::arc(ManagedIdentityHost::ARC_ENDPOINT, "/tokens").unwrap();
    let challenge =
        |path: &str| ScriptedTransport::new().reply(401, &[("www-authenticate", &format!("Basic realm={path}"))], "");
    let four = (0..4).fold(ScriptedTransport::new(), |script, _| script.reply(404, &[], ""));
    let not_found = r#"{"error":"invalid_request","error_description":"Identity not found"}"#;
    let refused = r#"{"statusCode":400,"message":"AADSTS500011: The resource principal was not found."}"#;
    let variables = |names: &'static [&'static str]| {
        let lookup = |name: &str| names.contains(&name).then(|| "http://10.0.0.1/t".to_owned());
        SeamError::new(ManagedIdentityHost::from_variables(lookup).unwrap_err())
    };
    vec![
        variables(&["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"]),
        variables(&["IDENTITY_ENDPOINT"]),
        variables(&["MSI_ENDPOINT"]),
        variables(&["IDENTITY_ENDPOINT", "IDENTITY_HEADER"]),
        SeamError::new("x".parse::<Identity>().unwrap_err()),
        ask(ScriptedTransport::new().error(HttpError::connect("169.254.169.254")), vm()),
        ask(ScriptedTransport::new().error(HttpError::connect("localhost")), arc()),
        ask(ScriptedTransport::new().error(HttpError::tls("h")), vm()),
        ask(reply(400, not_found), vm()),
        ask(reply(400, r#"{"error_description":"Required metadata header not specified"}"#), vm()),
        ask(reply(401, ""), app()),
        ask(reply(302, ""), app()),
        ask(four, vm()),
        ask(reply(400, refused), app()),
        ask(reply(400, "<html>"), app()),
        ask(reply(200, "<html>"), vm()),
        ask(challenge("/tokens/none.key"), arc()),
        ask(challenge("/etc/shadow.key"), arc()),
        ask(challenge("/tokens/a.txt"), arc()),
    ]
}

/// What keeps another issuer from vouching.
fn issuer_errors() -> Vec<SeamError> {
    let github = |script: ScriptedTransport| {
        let world = World::new(script);
        let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
        let source = GitHubActions::new(transport, clock, "https://h/t", Secret::from("t"), "a").unwrap();
        now(world.vouched_by(source).build().unwrap().token(&exchange())).unwrap_err()
    };
    let no_variables = |_: &str| None;
    let world = World::new(ScriptedTransport::new());
    let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
    let github_variables = GitHubActions::from_variables(transport, clock, no_variables, "a").unwrap_err();
    let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
    let pipelines_variables = AzurePipelines::from_variables(transport, clock, no_variables, "c").unwrap_err();
    let file = world.vouched_by(FederatedTokenFile::new("/no/such/file")).build().unwrap();
    vec![
        SeamError::new(github_variables),
        SeamError::new(pipelines_variables),
        now(file.token(&exchange())).unwrap_err(),
        github(ScriptedTransport::new().reply(401, &[], r#"{"message":"The token is not authorized."}"#)),
        github(ScriptedTransport::new().reply(200, &[], "{}")),
        github(ScriptedTransport::new().reply(200, &[], r#"{"value":"a"}"#)),
        github(ScriptedTransport::new().error(HttpError::tls("h"))),
    ]
}

/// The outcome of what waits for nothing real.
fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
