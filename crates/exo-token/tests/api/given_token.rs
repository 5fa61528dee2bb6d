//! Access tokens that somebody else has fetched.

use crate::{NOW, World, compliance, exchange, jwt};
use exo_http::ScriptedTransport;
use exo_model::{Clock, Diagnose, ErrorKind, Scope, SeamError, Secret, TokenProvider, TokenRequest};
use exo_token::{GivenToken, GivenTokenError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

fn app(aud: &str) -> Value {
    json!({"aud": aud, "exp": NOW + 3600, "roles": ["Exchange.ManageAsApp"], "idtyp": "app"})
}

fn given(world: &World, claims: &Value) -> Result<GivenToken, GivenTokenError> {
    GivenToken::new(&Secret::new(jwt(claims)), Arc::clone(&world.clock) as Arc<dyn Clock>)
}

fn cause(error: &SeamError) -> &GivenTokenError {
    error.downcast_ref().unwrap()
}

#[tokio::test]
async fn a_token_is_used_until_it_ends() {
    let world = World::new(ScriptedTransport::new());
    let provider = given(&world, &app("https://outlook.office365.com")).unwrap();
    let token = provider.token(&exchange()).await.unwrap();
    assert_eq!(token.expires_at(), UNIX_EPOCH + Duration::from_secs(NOW + 3600));
    world.clock.advance(Duration::from_hours(1));
    let error = provider.token(&exchange()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the given access token expired at 2026-05-28T21:26:40Z, and there is nothing to renew it with"
    );
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[tokio::test]
async fn each_service_has_its_token() {
    let world = World::new(ScriptedTransport::new());
    let exo = given(&world, &app("https://outlook.office365.com/")).unwrap();
    let error = exo.token(&compliance()).await.unwrap_err();
    assert!(matches!(cause(&error), GivenTokenError::Audience { .. }));
    assert!(
        error.to_string().contains("for `https://outlook.office365.com/`, not for `https://ps.compliance"),
        "{error}"
    );
    let scc = jwt(&app("https://ps.compliance.protection.outlook.com"));
    let both = exo.and(&Secret::new(format!("Bearer {scc}\n"))).unwrap();
    assert_eq!(both.token(&compliance()).await.unwrap().secret().expose(), scc);
    assert_ne!(both.token(&exchange()).await.unwrap().secret().expose(), scc);
}

#[tokio::test]
async fn a_token_that_names_its_resource_by_guid_may_be_the_right_one() {
    let world = World::new(ScriptedTransport::new());
    let provider = given(&world, &app("00000002-0000-0ff1-ce00-000000000000")).unwrap();
    assert!(provider.token(&exchange()).await.is_ok());
}

#[tokio::test]
async fn a_refused_token_and_a_challenge_have_no_answer() {
    let world = World::new(ScriptedTransport::new());
    let provider = given(&world, &app("https://outlook.office365.com")).unwrap();
    let token = provider.token(&exchange()).await.unwrap();
    let error = provider.token(&exchange().rejected(token)).await.unwrap_err();
    assert_eq!(cause(&error), &GivenTokenError::Rejected);
    let error = provider.token(&exchange().claims("{}")).await.unwrap_err();
    assert_eq!(cause(&error), &GivenTokenError::Claims);
}

#[test]
fn what_is_no_apps_living_token_is_refused_at_once() {
    let world = World::new(ScriptedTransport::new());
    let user = json!({"aud": "a", "exp": NOW + 3600, "scp": "Exchange.Manage", "upn": "adele@contoso.com"});
    let error = given(&world, &user).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the given access token is that of a user (adele@contoso.com), with the permissions `Exchange.Manage`"
    );
    assert!(matches!(given(&world, &json!({"exp": NOW})).unwrap_err(), GivenTokenError::Expired { .. }));
    for text in ["", "opaque", &jwt(&json!({"aud": "a"})), "a.b.c"] {
        let error = GivenToken::new(&Secret::from(text), Arc::clone(&world.clock) as _).unwrap_err();
        assert!(matches!(error, GivenTokenError::NotReadable { .. }), "{text}");
    }
}

#[tokio::test]
async fn a_users_token_is_taken_where_an_administrator_sets_something_up() {
    let world = World::new(ScriptedTransport::new());
    let graph = TokenRequest::new(Scope::new("https://graph.microsoft.com/.default"));
    let claims = |aud: &str, exp: u64| json!({"aud": aud, "exp": exp, "upn": "admin@contoso.com", "scp": "User.Read"});
    let of = |claims: &Value| {
        GivenToken::of_administrator(&Secret::new(jwt(claims)), Arc::clone(&world.clock) as Arc<dyn Clock>)
    };
    for aud in ["https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"] {
        assert!(of(&claims(aud, NOW + 60)).unwrap().token(&graph).await.is_ok(), "{aud}");
    }
    let error = of(&claims("https://management.azure.com", NOW + 60)).unwrap().token(&graph).await.unwrap_err();
    assert!(error.to_string().contains("for `https://management.azure.com`, not for `https://graph"), "{error}");
    assert!(matches!(of(&claims("https://graph.microsoft.com", NOW)), Err(GivenTokenError::Expired { .. })));
}
