//! Tokens of other issuers as assertions.

use crate::{ISSUED, NOW, World, exchange, form, jwt};
use exo_http::{Error as HttpError, ScriptedTransport};
use exo_model::{Diagnose, ErrorKind, SeamError, Secret, TokenProvider};
use exo_token::{
    AzurePipelines, Error, FederatedManagedIdentity, FederatedTokenFile, FederationError, GitHubActions,
    ManagedIdentity, ManagedIdentityHost,
};
use serde_json::json;
use std::fs;
use std::sync::Arc;

const AUDIENCE: &str = "api://AzureADTokenExchange";
const GITHUB: &str = "https://pipelines.actions.example/abc/idtoken?api-version=2.0";
const PIPELINES: &str =
    "https://dev.azure.example/org/project/_apis/distributedtask/hubs/build/plans/p/jobs/j/oidctoken";

fn fresh(sub: &str) -> String {
    jwt(&json!({"sub": sub, "exp": NOW + 300}))
}

fn github(world: &World) -> GitHubActions {
    let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
    GitHubActions::new(transport, clock, GITHUB, Secret::from("marked-request"), AUDIENCE).unwrap()
}

fn pipelines(world: &World) -> AzurePipelines {
    let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
    AzurePipelines::new(transport, clock, PIPELINES, "the-connection", Secret::from("marked-job")).unwrap()
}

/// What the source said, and what is said of it.
fn cause(error: &SeamError) -> &FederationError {
    match error.downcast_ref() {
        Some(Error::Assertion { source, .. }) => source.downcast_ref().unwrap(),
        _ => unreachable!("{error}"),
    }
}

#[tokio::test]
async fn the_file_of_a_federated_token_is_read_anew_for_each_exchange() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let world = World::new(ScriptedTransport::new().reply(200, &[], ISSUED).reply(200, &[], ISSUED));
    let credential = world.vouched_by(FederatedTokenFile::new(&path)).build().unwrap();
    let tokens = [1, 2].map(|sub| jwt(&json!({"sub": sub, "exp": NOW + 600})));
    for token in &tokens {
        fs::write(&path, format!("{token}\n")).unwrap();
        credential.token(&exchange()).await.unwrap();
    }
    let sent: Vec<_> =
        world.transport.requests().iter().map(|request| form(request)["client_assertion"].clone()).collect();
    assert_eq!(sent, tokens);
}

#[tokio::test]
async fn what_is_wrong_with_the_file_is_named_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let fails = async |content: Option<Vec<u8>>| {
        match content {
            Some(content) => fs::write(&path, content).unwrap(),
            None => drop(fs::remove_file(&path)),
        }
        let world = World::new(ScriptedTransport::new());
        let credential = world.vouched_by(FederatedTokenFile::new(&path)).build().unwrap();
        credential.token(&exchange()).await.unwrap_err()
    };
    for (content, kind, text) in [
        (None, ErrorKind::Profile, "it does not exist"),
        (Some(Vec::new()), ErrorKind::Profile, "it is empty"),
        (Some(vec![0xff, 0xfe]), ErrorKind::Profile, "it is not text"),
        (Some(vec![b'a'; (64 << 10) + 1]), ErrorKind::Profile, "larger than 65536 bytes"),
        (Some(b"hello".to_vec()), ErrorKind::Authentication, "it is not a JWT"),
        (Some(jwt(&json!({"exp": NOW})).into()), ErrorKind::Authentication, "expired at 2026-05-28T20:26:40Z"),
    ] {
        let error = fails(content).await;
        assert_eq!(error.kind(), kind, "{text}");
        assert!(cause(&error).to_string().contains(text), "{}", cause(&error));
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn a_job_of_github_asks_for_a_token_per_exchange() {
    let tokens = ["one", "two"].map(fresh);
    let mut script = ScriptedTransport::new();
    for token in &tokens {
        script = script.reply(200, &[], json!({"count": 1, "value": token}).to_string()).reply(200, &[], ISSUED);
    }
    let world = World::new(script);
    let credential = world.vouched_by(github(&world)).build().unwrap();
    for _ in &tokens {
        credential.token(&exchange()).await.unwrap();
    }
    let requests = world.transport.requests();
    assert_eq!(requests[0].uri().to_string(), format!("{GITHUB}&audience=api%3A%2F%2FAzureADTokenExchange"));
    assert_eq!((requests[0].method().as_str(), requests[0].body().len()), ("GET", 0));
    assert_eq!(requests[0].headers()["authorization"], "Bearer marked-request");
    assert!(requests[0].headers()["authorization"].is_sensitive());
    assert_eq!([1, 3].map(|index| form(&requests[index])["client_assertion"].clone()), tokens);
}

#[tokio::test]
async fn a_pipeline_asks_for_the_token_of_its_service_connection() {
    let token = fresh("sc://org/project/connection");
    let script =
        ScriptedTransport::new().reply(200, &[], json!({"oidcToken": token}).to_string()).reply(200, &[], ISSUED);
    let world = World::new(script);
    world.vouched_by(pipelines(&world)).build().unwrap().token(&exchange()).await.unwrap();
    let requests = world.transport.requests();
    assert_eq!(
        requests[0].uri().to_string(),
        format!("{PIPELINES}?api-version=7.1&serviceConnectionId=the-connection")
    );
    assert_eq!(requests[0].method(), "POST");
    assert_eq!(requests[0].headers()["authorization"], "Bearer marked-job");
    assert_eq!(requests[0].headers()["x-tfs-fedauthredirect"], "Suppress");
    assert_eq!(form(&requests[1])["client_assertion"], token);
}

#[tokio::test]
async fn a_managed_identity_vouches_with_a_token_for_the_exchange() {
    let token = fresh("object-id");
    let body = json!({"access_token": token, "expires_in": "86000", "token_type": "Bearer"}).to_string();
    let world = World::new(ScriptedTransport::new().reply(200, &[], body).reply(200, &[], ISSUED));
    let identity = ManagedIdentity::new(
        Arc::clone(&world.transport) as _,
        Arc::clone(&world.clock) as _,
        ManagedIdentityHost::virtual_machine(),
    );
    let source = FederatedManagedIdentity::new(identity, AUDIENCE);
    world.vouched_by(source).build().unwrap().token(&exchange()).await.unwrap();
    let requests = world.transport.requests();
    assert!(requests[0].uri().to_string().ends_with("&resource=api%3A%2F%2FAzureADTokenExchange"));
    assert_eq!(form(&requests[1])["client_assertion"], token);
}

#[tokio::test]
async fn the_refusal_of_whoever_vouches_keeps_its_code() {
    let body =
        r#"{"error":"invalid_resource","error_description":"AADSTS500011: The resource principal was not found."}"#;
    let world = World::new(ScriptedTransport::new().reply(400, &[], body));
    let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
    let identity = ManagedIdentity::new(transport, clock, ManagedIdentityHost::virtual_machine());
    let source = FederatedManagedIdentity::new(identity, AUDIENCE);
    let error = world.vouched_by(source).build().unwrap().token(&exchange()).await.unwrap_err();
    assert_eq!((error.service_code(), error.kind()), (Some("AADSTS500011"), ErrorKind::Authentication));
}

#[tokio::test]
async fn what_passes_is_asked_again_within_limits() {
    let script = ScriptedTransport::new()
        .reply(503, &[], "")
        .error(HttpError::reset("h"))
        .reply(429, &[("retry-after", "9")], "")
        .reply(200, &[], json!({"value": fresh("x")}).to_string())
        .reply(200, &[], ISSUED);
    let world = World::new(script);
    world.vouched_by(github(&world)).build().unwrap().token(&exchange()).await.unwrap();
    assert_eq!(world.waits(), [1.0, 2.0, 9.0]);

    let world = World::new((0..4).fold(ScriptedTransport::new(), |script, _| script.reply(500, &[], "")));
    let error = world.vouched_by(github(&world)).build().unwrap().token(&exchange()).await.unwrap_err();
    assert!(matches!(cause(&error), FederationError::Refused { status: 500, attempts: 4, .. }));
    assert_eq!((error.kind(), world.waits().len()), (ErrorKind::Unavailable, 3));
}

#[tokio::test]
async fn a_refusal_is_final_and_says_what_to_look_at() {
    let said = r#"{"$id":"1","message":"No service connection found with identifier x."}"#;
    for (status, body, github_too) in [(401, "", true), (404, said, false), (302, "", false)] {
        let world = World::new(ScriptedTransport::new().reply(status, &[], body));
        let error = world.vouched_by(pipelines(&world)).build().unwrap().token(&exchange()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.hint().unwrap().contains("service connection"));
        assert!(world.waits().is_empty());
        if github_too {
            let world = World::new(ScriptedTransport::new().reply(status, &[], body));
            let error = world.vouched_by(github(&world)).build().unwrap().token(&exchange()).await.unwrap_err();
            assert!(error.hint().unwrap().contains("id-token: write"));
        }
    }
}

#[tokio::test]
async fn an_answer_without_a_living_token_is_told() {
    let expired = json!({"value": jwt(&json!({"exp": NOW}))}).to_string();
    for (body, kind) in [
        ("", ErrorKind::Answer),
        ("[]", ErrorKind::Answer),
        (r#"{"value":7}"#, ErrorKind::Answer),
        (r#"{"oidcToken":"a.b.c"}"#, ErrorKind::Answer),
        (r#"{"value":"opaque"}"#, ErrorKind::Authentication),
        (expired.as_str(), ErrorKind::Authentication),
    ] {
        let world = World::new(ScriptedTransport::new().reply(200, &[], body.to_owned()));
        let error = world.vouched_by(github(&world)).build().unwrap().token(&exchange()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{body}");
        assert!(!format!("{error:?}").contains("opaque"));
    }
}

#[test]
fn a_job_without_its_variables_is_told_which() {
    let world = World::new(ScriptedTransport::new());
    let of = |variables: &'static [(&str, &str)]| {
        let lookup = move |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
        GitHubActions::from_variables(transport, clock, lookup, AUDIENCE).map(drop)
    };
    let error = of(&[("ACTIONS_ID_TOKEN_REQUEST_URL", GITHUB)]).unwrap_err();
    assert_eq!(error.to_string(), "GitHub Actions offers this job no token: ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set");
    assert!(error.hint().unwrap().contains("id-token: write"));
    let plain =
        of(&[("ACTIONS_ID_TOKEN_REQUEST_URL", "http://a.example/?k=marked"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")]);
    let error = plain.unwrap_err();
    assert!(matches!(error, FederationError::Address { .. }) && !format!("{error:?}").contains("marked"));
}
