//! One token per scope, renewed before its end by one caller for all.

use crate::{HALF, ISSUED, World, compliance, exchange, form};
use exo_http::{FakeClock, ScriptedTransport};
use exo_model::{AccessToken, Clock, Diagnose, ErrorKind, SeamError, Secret, TokenProvider, TokenRequest};
use exo_token::Cached;
use std::sync::Arc;
use std::time::Duration;

fn issued(name: &str, seconds: u64) -> String {
    format!(r#"{{"token_type":"Bearer","expires_in":{seconds},"access_token":"{name}"}}"#)
}

async fn name(provider: &Cached, request: &TokenRequest) -> String {
    provider.token(request).await.unwrap().secret().expose().to_owned()
}

#[tokio::test]
async fn a_hundred_callers_are_one_request() {
    for seconds in [3599, 200] {
        let world = World::new(ScriptedTransport::new().reply(200, &[], issued("a", seconds)));
        let provider = Arc::new(world.credential().cached());
        let callers: Vec<_> = (0..100)
            .map(|_| {
                let provider = Arc::clone(&provider);
                tokio::spawn(async move { provider.token(&exchange()).await.unwrap().secret().expose().to_owned() })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap(), "a");
        }
        assert_eq!(world.transport.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_hundred_callers_are_told_of_one_failure() {
    let refusal = r#"{"error":"invalid_client","error_codes":[700027]}"#;
    let world = World::new(ScriptedTransport::new().reply(401, &[], refusal).reply(200, &[], ISSUED));
    let provider = Arc::new(world.credential().cached());
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let provider = Arc::clone(&provider);
            tokio::spawn(async move { provider.token(&exchange()).await.unwrap_err() })
        })
        .collect();
    for caller in callers {
        let error = caller.await.unwrap();
        assert_eq!((error.kind(), error.service_code()), (ErrorKind::Authentication, Some("AADSTS700027")));
        assert!(error.hint().unwrap().contains("step 4"));
    }
    assert_eq!(world.transport.requests().len(), 1);
    // Whoever asks later asks anew.
    assert!(provider.token(&exchange()).await.is_ok());
}

#[tokio::test]
async fn each_scope_has_its_token() {
    let script = ScriptedTransport::new().reply(200, &[], issued("exo", 3599)).reply(200, &[], issued("scc", 3599));
    let world = World::new(script);
    let provider = world.credential().cached();
    for _ in 0..3 {
        assert_eq!(name(&provider, &exchange()).await, "exo");
        assert_eq!(name(&provider, &compliance()).await, "scc");
    }
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_and_a_chance_before_its_end() {
    let script = ScriptedTransport::new().reply(200, &[], issued("a", 3600)).reply(200, &[], issued("b", 3600));
    let world = World::new(script);
    let provider = world.credential().cached().random(HALF);
    assert_eq!(name(&provider, &exchange()).await, "a");
    // Half a minute of chance.
    world.clock.advance(Duration::from_secs(3600 - 300 - 30 - 1));
    assert_eq!(name(&provider, &exchange()).await, "a");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(name(&provider, &exchange()).await, "b");
}

#[tokio::test]
async fn the_services_wish_to_renew_earlier_is_kept_to() {
    let told = r#"{"token_type":"Bearer","expires_in":86399,"refresh_in":43199,"access_token":"a"}"#;
    let world = World::new(ScriptedTransport::new().reply(200, &[], told).reply(200, &[], issued("b", 3600)));
    let provider = world.credential().cached();
    assert_eq!(name(&provider, &exchange()).await, "a");
    world.clock.advance(Duration::from_secs(43_198));
    assert_eq!(name(&provider, &exchange()).await, "a");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(name(&provider, &exchange()).await, "b");
}

#[tokio::test]
async fn a_short_token_is_used_and_not_kept() {
    let script = ScriptedTransport::new().reply(200, &[], issued("a", 200)).reply(200, &[], issued("b", 200));
    let world = World::new(script);
    let provider = world.credential().cached();
    assert_eq!(name(&provider, &exchange()).await, "a");
    assert_eq!(name(&provider, &exchange()).await, "b");
}

#[tokio::test]
async fn a_failed_renewal_gives_the_old_token_while_it_lives() {
    let refusal = r#"{"error":"invalid_client","error_codes":[700027]}"#;
    let script = ScriptedTransport::new()
        .reply(200, &[], issued("a", 3600))
        .reply(401, &[], refusal)
        .reply(401, &[], refusal)
        .reply(401, &[], refusal);
    let world = World::new(script);
    let provider = world.credential().cached();
    assert_eq!(name(&provider, &exchange()).await, "a");
    world.clock.advance(Duration::from_secs(3400));
    assert_eq!(name(&provider, &exchange()).await, "a");
    assert_eq!(world.transport.requests().len(), 2);
    // Not asked again at once, but a little later.
    assert_eq!(name(&provider, &exchange()).await, "a");
    assert_eq!(world.transport.requests().len(), 2);
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(name(&provider, &exchange()).await, "a");
    assert_eq!(world.transport.requests().len(), 3);
    // A dead token is given to nobody.
    world.clock.advance(Duration::from_secs(170));
    let error = provider.token(&exchange()).await.unwrap_err();
    assert_eq!(error.service_code(), Some("AADSTS700027"));
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once_for_all() {
    let script = ScriptedTransport::new().reply(200, &[], issued("a", 3600)).reply(200, &[], issued("b", 3600));
    let world = World::new(script);
    let provider = world.credential().cached();
    let first = provider.token(&exchange()).await.unwrap();
    let again = exchange().rejected(first);
    assert_eq!(name(&provider, &again).await, "b");
    // The other one, who was refused with the same token, finds the new one.
    assert_eq!(name(&provider, &again).await, "b");
    assert_eq!(name(&provider, &exchange()).await, "b");
}

#[tokio::test]
async fn a_rejected_token_is_not_given_again_when_there_is_no_other() {
    let script =
        ScriptedTransport::new().reply(200, &[], issued("a", 3600)).reply(401, &[], r#"{"error":"invalid_client"}"#);
    let world = World::new(script);
    let provider = world.credential().cached();
    let first = provider.token(&exchange()).await.unwrap();
    let error = provider.token(&exchange().rejected(first)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

/// Gives one token after another, each good for an hour.
#[derive(Debug)]
struct Counting(Arc<FakeClock>, std::sync::atomic::AtomicU32);

#[async_trait::async_trait]
impl TokenProvider for Counting {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        let number = self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(AccessToken::new(Secret::new(number.to_string()), self.0.now() + Duration::from_hours(1)))
    }
}

#[tokio::test]
async fn any_provider_can_be_kept() {
    let clock = Arc::new(FakeClock::at(0));
    let provider = Cached::new(Counting(Arc::clone(&clock), 0.into()), Arc::clone(&clock) as _);
    assert_eq!(name(&provider, &exchange()).await, "0");
    assert_eq!(name(&provider, &exchange()).await, "0");
    clock.advance(Duration::from_hours(1));
    assert_eq!(name(&provider, &exchange()).await, "1");
}

/// Never answers the first caller.
#[derive(Debug, Default)]
struct Hanging(std::sync::atomic::AtomicU32);

#[async_trait::async_trait]
impl TokenProvider for Hanging {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        if self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            std::future::pending::<()>().await;
        }
        Ok(AccessToken::new(Secret::from("a"), std::time::UNIX_EPOCH + Duration::from_hours(1)))
    }
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_block_the_others() {
    let clock = Arc::new(FakeClock::at(0));
    let provider = Arc::new(Cached::new(Hanging::default(), clock));
    let (first, second) = (Arc::clone(&provider), Arc::clone(&provider));
    let quitter = tokio::spawn(async move { first.token(&exchange()).await.map(drop) });
    tokio::task::yield_now().await;
    let waiter = tokio::spawn(async move { name(&second, &exchange()).await });
    tokio::task::yield_now().await;
    assert!(!waiter.is_finished());
    quitter.abort();
    assert_eq!(waiter.await.unwrap(), "a");
}

/// Gives a token of an hour, and then never answers.
#[derive(Debug, Default)]
struct OnceOnly(std::sync::atomic::AtomicU32);

#[async_trait::async_trait]
impl TokenProvider for OnceOnly {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        if self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 0 {
            std::future::pending::<()>().await;
        }
        Ok(AccessToken::new(Secret::from("a"), std::time::UNIX_EPOCH + Duration::from_hours(1)))
    }
}

#[tokio::test]
async fn a_living_token_serves_while_another_caller_renews() {
    let clock = Arc::new(FakeClock::at(0));
    let provider = Arc::new(Cached::new(OnceOnly::default(), Arc::clone(&clock) as _));
    assert_eq!(name(&provider, &exchange()).await, "a");
    clock.advance(Duration::from_secs(3500));
    let renewing = Arc::clone(&provider);
    let renewer = tokio::spawn(async move { renewing.token(&exchange()).await.map(drop) });
    tokio::task::yield_now().await;
    assert!(!renewer.is_finished());
    assert_eq!(name(&provider, &exchange()).await, "a");
    renewer.abort();
}

#[tokio::test]
async fn a_claims_challenge_is_answered_by_a_new_token_that_then_serves_all() {
    let script = ScriptedTransport::new().reply(200, &[], issued("old", 3599)).reply(200, &[], issued("new", 3599));
    let world = World::new(script);
    let provider = world.credential().cached();
    assert_eq!(name(&provider, &exchange()).await, "old");
    let challenge = r#"{"access_token":{"nbf":{"essential":true,"value":"1780000000"}}}"#;
    let challenged = exchange().claims(challenge);
    assert_eq!(name(&provider, &challenged).await, "new");
    assert_eq!(name(&provider, &challenged).await, "new");
    assert_eq!(name(&provider, &exchange()).await, "new");
    let requests = world.transport.requests();
    assert_eq!(requests.len(), 2);
    assert!(!form(&requests[0]).contains_key("claims"));
    assert_eq!(form(&requests[1])["claims"], challenge);
}
