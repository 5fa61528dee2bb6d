//! What is asked again, and after which wait.

use crate::world::{World, get, page};
use exo_http::{Error as TransportError, Phase, Request, Response, ScriptedTransport, Transport, response};
use exo_model::{Diagnose, ErrorKind, Invocation, Invoker, Service};
use exo_session::{Budget, Error, ServiceError, Session};
use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const HOST: &str = "outlook.office365.com";
const BUSY: &str = "You have reached the maximum number of concurrent requests per tenant. Please wait and try again";

#[tokio::test]
async fn retry_after_is_waited_for_as_it_stands() {
    let script = ScriptedTransport::new()
        .reply(429, &[("Retry-After", "12.5")], BUSY)
        .reply(429, &[("Retry-After", "3")], "")
        .reply(503, &[("Retry-After", "7")], "<html><title>busy</title></html>")
        .reply(200, &[], page(0, 1, None));
    let world = World::exchange(script);
    let end = world.run(get("Get-Mailbox")).await.end();
    assert_eq!(end.retries, 3);
    let waits = [Duration::from_millis(12_500), Duration::from_secs(3), Duration::from_secs(7)];
    assert_eq!(world.clock.slept(), waits);
    let ids: Vec<_> = world.requests().iter().map(|r| r.headers()["client-request-id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[tokio::test]
async fn without_retry_after_waits_grow() {
    let script = ScriptedTransport::new()
        .reply(500, &[], "")
        .reply(502, &[], "<html><body>Bad gateway</body></html>")
        .reply(504, &[], "")
        .error(TransportError::reset(HOST))
        .reply(408, &[], "")
        .reply(200, &[], page(0, 1, None));
    let world = World::exchange(script);
    assert_eq!(world.run(get("Get-Mailbox")).await.end().retries, 5);
    let slept = world.clock.slept();
    // Jitter may make a wait vanish, which is then not slept.
    assert!(slept.len() <= 5);
    assert!(slept.iter().sum::<Duration>() <= Duration::from_secs(2 + 4 + 8 + 16 + 32));
}

#[tokio::test]
async fn attempts_end() {
    let script = (0..3).fold(ScriptedTransport::new(), |script, _| script.reply(503, &[("request-id", "r-3")], ""));
    let world = World::new(Service::Exchange, script, |b| b.attempts(3));
    let error = world.run(get("Get-Mailbox")).await.error();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("503 Service Unavailable (request id r-3)"), "{error}");
    assert_eq!(world.requests().len(), 3);

    let script = (0..2).fold(ScriptedTransport::new(), |script, _| script.error(TransportError::reset(HOST)));
    let error = World::new(Service::Exchange, script, |b| b.attempts(2)).run(get("Get-Mailbox")).await.error();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(matches!(error.downcast_ref(), Some(Error::Transport { attempts: 2, uncertain: false, .. })));
    assert!(error.source().unwrap().to_string().contains(HOST));
}

#[tokio::test]
async fn throttling_ends_where_the_limit_on_waiting_is_reached() {
    let script = (0..4).fold(ScriptedTransport::new(), |script, _| script.reply(429, &[("Retry-After", "20")], BUSY));
    let budget = Budget::new(4).longest_wait(Duration::from_mins(1));
    let world = World::new(Service::Exchange, script, |b| b.budget(budget).attempts(2));
    let error = world.run(get("Get-Mailbox")).await.error();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    let Some(Error::WaitedTooLong { waited, wanted, source: Some(last), .. }) = error.downcast_ref() else {
        panic!("{error:?}");
    };
    assert_eq!((*waited, *wanted, last.status), (Duration::from_mins(1), Duration::from_secs(20), 429));
    assert_eq!(world.clock.slept(), [Duration::from_secs(20); 3]);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_not_begun() {
    let script = ScriptedTransport::new().reply(429, &[("Retry-After", "3600")], "");
    let world = World::exchange(script);
    assert_eq!(world.run(get("Get-Mailbox")).await.error().kind(), ErrorKind::Throttled);
    assert!(world.clock.slept().is_empty());
}

#[tokio::test]
async fn a_service_that_throttles_without_a_wait_is_left_alone_in_the_end() {
    let script = (0..12).fold(ScriptedTransport::new(), |script, _| script.reply(429, &[("Retry-After", "0")], ""));
    let world = World::exchange(script.reply(200, &[], page(0, 1, None)));
    world.run(get("Get-Mailbox")).await.end();
    assert!(world.clock.slept().iter().all(|wait| *wait >= Duration::from_secs(1)));
    assert!(world.clock.slept().len() >= 6);
}

#[tokio::test]
async fn the_limit_on_waiting_is_for_a_run_that_does_not_get_on() {
    let mut script = ScriptedTransport::new();
    for token in ["A", "B", "C"] {
        script = script.reply(429, &[("Retry-After", "40")], "").reply(200, &[], page(0, 1, Some(token)));
    }
    let budget = Budget::new(4).longest_wait(Duration::from_mins(1));
    let world = World::new(Service::Exchange, script.reply(200, &[], page(0, 1, None)), |b| b.budget(budget));
    assert_eq!(world.run(get("Get-Mailbox")).await.end().records, 4);
}

#[tokio::test]
async fn one_retry_after_holds_all_sessions_of_the_tenant() {
    let budget = Budget::new(4);
    let impatient = budget.clone().longest_wait(Duration::from_secs(1));
    let script = ScriptedTransport::new().reply(429, &[("Retry-After", "9")], "");
    let first = World::new(Service::Exchange, script, |b| b.budget(impatient));
    assert_eq!(first.run(get("Get-Mailbox")).await.error().kind(), ErrorKind::Throttled);
    assert!(first.clock.slept().is_empty());
    let script = ScriptedTransport::new().reply(200, &[], page(0, 1, None));
    let second = World::new(Service::Exchange, script, |b| b.budget(budget));
    second.run(get("Get-Mailbox")).await.end();
    assert_eq!(second.clock.slept(), [Duration::from_secs(9)]);
}

#[tokio::test]
async fn throttling_is_known_by_its_text_under_any_status() {
    let script = ScriptedTransport::new()
        .reply(400, &[("Retry-After", "2")], BUSY)
        .reply(200, &[("Retry-After", "4")], BUSY)
        .reply(401, &[("Retry-After", "3")], BUSY)
        .reply(401, &[("Retry-After", "5")], BUSY)
        .reply(200, &[], page(0, 1, None));
    let world = World::exchange(script);
    world.run(get("Get-Mailbox")).await.end();
    assert_eq!(world.clock.slept(), [2, 4, 3, 5].map(Duration::from_secs));
}

#[tokio::test]
async fn being_one_too_many_uses_up_no_attempt() {
    let script = (0..9).fold(ScriptedTransport::new(), |script, _| script.reply(429, &[("Retry-After", "1")], BUSY));
    let script = script.reply(503, &[], "").reply(429, &[], BUSY).error(TransportError::reset(HOST));
    let world = World::new(Service::Exchange, script.reply(200, &[], page(0, 1, None)), |b| b.attempts(3));
    assert_eq!(world.run(get("Get-Mailbox")).await.end().retries, 12);
}

#[tokio::test]
async fn a_date_is_waited_for_by_the_services_clock() {
    let told = [("Date", "Mon, 02 Mar 2026 10:00:00 GMT"), ("Retry-After", "Mon, 02 Mar 2026 10:00:07 GMT")];
    let item = |status, body: &str| {
        let item =
            serde_json::json!({"id": "0", "status": status, "headers": {"Retry-After": told[1].1}, "body": body});
        serde_json::json!({ "responses": [item] }).to_string()
    };
    let script = ScriptedTransport::new().reply(429, &told, BUSY).reply(200, &[], page(0, 1, None));
    let world = World::exchange(script);
    world.run(get("Get-Mailbox")).await.end();
    assert_eq!(world.clock.slept(), [Duration::from_secs(7)]);

    let script = ScriptedTransport::new().reply(200, &told[..1], item(429, BUSY)).reply(200, &[], item(204, ""));
    let world = World::exchange(script);
    let call = get("Get-MailboxPermission").with("Identity", "a");
    let mut each = world.session.each([call]).in_batches(exo_session::BatchCount::One);
    each.next().await.unwrap().read().await.unwrap();
    assert_eq!(world.clock.slept(), [Duration::from_secs(7)]);
}

#[tokio::test]
async fn a_401_renews_the_token_once() {
    let script = ScriptedTransport::new().reply(401, &[], "").reply(200, &[], page(0, 1, None));
    let world = World::exchange(script);
    world.run(get("Get-Mailbox")).await.end();
    let rejected: Vec<_> = world.tokens.asked.lock().unwrap().iter().map(|(_, rejected)| rejected.clone()).collect();
    assert_eq!(rejected, [None, Some("token-1".to_owned())]);
    assert_eq!(world.requests()[1].headers()["authorization"], "Bearer token-2");
    assert!(world.clock.slept().is_empty());

    let script = ScriptedTransport::new().reply(401, &[], "").reply(401, &[], "");
    let error = World::exchange(script).run(get("Get-Mailbox")).await.error();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[tokio::test]
async fn a_claims_challenge_is_answered_once_with_a_token_that_meets_it() {
    let json = r#"{"access_token":{"nbf":{"essential":true,"value":"1780000000"}}}"#;
    let challenge = (
        "www-authenticate",
        r#"Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzgwMDAwMDAwIn19fQ==""#,
    );
    let script = ScriptedTransport::new().reply(401, &[challenge], "").reply(200, &[], page(0, 1, None));
    let world = World::exchange(script);
    world.run(get("Get-Mailbox")).await.end();
    assert_eq!(*world.tokens.claims.lock().unwrap(), [json]);
    assert_eq!(world.requests()[1].headers()["authorization"], "Bearer token-2");

    let script = ScriptedTransport::new().reply(401, &[challenge], "").reply(401, &[challenge], "");
    let world = World::exchange(script);
    assert_eq!(world.run(get("Get-Mailbox")).await.error().kind(), ErrorKind::Authentication);
    assert_eq!(world.requests().len(), 2);
}

#[tokio::test]
async fn refusals_are_never_repeated() {
    for status in [400, 403, 404, 405, 409] {
        let world = World::exchange(ScriptedTransport::new().reply(status, &[], r#"{"error":{"code":"x"}}"#));
        assert!(world.run(get("Get-Mailbox")).await.error.is_some());
        assert_eq!(world.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_passing_exception_is_repeated_under_any_status() {
    let named = r#"{"error":{"code":"BadRequest","details":[{"message":"Ex1|Microsoft.Exchange.Data.StorageTransientException|try"}]}}"#;
    let header = [("x-ExceptionType", "ServerBusyException")];
    let script =
        ScriptedTransport::new().reply(400, &[], named).reply(400, &header, "").reply(200, &[], page(0, 1, None));
    assert_eq!(World::exchange(script).run(get("Get-Mailbox")).await.end().retries, 2);
}

#[tokio::test]
async fn a_write_whose_outcome_is_unknown_is_not_repeated() {
    for status in [408, 500, 502, 503, 504] {
        let world = World::exchange(ScriptedTransport::new().reply(status, &[], ""));
        let error = world.run(get("Set-Mailbox")).await.error();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.hint().unwrap().contains("look at the object before you try again"));
    }
    for failure in [TransportError::reset(HOST), TransportError::timeout(HOST, Phase::Answer)] {
        let world = World::exchange(ScriptedTransport::new().error(failure));
        let error = world.run(get("Set-Mailbox")).await.error();
        assert!(matches!(error.downcast_ref(), Some(Error::Transport { uncertain: true, .. })));
        assert!(error.hint().unwrap().contains("look at the object before you try again"));
    }
    let world = World::exchange(ScriptedTransport::new().error(TransportError::reset(HOST)));
    assert!(world.run(get("Get-SomethingNobodyKnows")).await.error.is_some());
}

#[tokio::test]
async fn a_write_that_surely_did_not_run_is_repeated() {
    let script = ScriptedTransport::new()
        .error(TransportError::connect(HOST))
        .reply(429, &[("Retry-After", "1")], "")
        .reply(401, &[], "")
        .reply(204, &[], "");
    assert_eq!(World::exchange(script).run(get("Set-Mailbox")).await.end().retries, 3);
}

/// Answers after a while, and notes how many requests there were at a time.
#[derive(Debug, Default)]
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait::async_trait]
impl Transport for Crowd {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        Ok(response(200, &[], page(0, 1, None)))
    }
}

#[tokio::test]
async fn no_more_calls_are_in_flight_than_the_budget_of_the_tenant_allows() {
    for allowed in [1, 3] {
        let (crowd, budget) = (Arc::new(Crowd::default()), Budget::new(allowed));
        let world = World::exchange(ScriptedTransport::new());
        let open = |service| {
            let organization = crate::world::ORGANIZATION.parse().unwrap();
            Session::builder(service, organization, world.tokens.clone(), crowd.clone(), world.clock.clone())
                .budget(budget.clone())
                .build()
        };
        let sessions = [open(Service::Exchange), open(Service::Compliance)];
        let calls: Vec<_> = (0..12)
            .map(|i| {
                let session = sessions[i % 2].clone();
                let call = Invocation::new(session.service(), "Get-Recipient".parse().unwrap());
                tokio::spawn(async move { session.invoke(call).await.unwrap().next().await.is_ok() })
            })
            .collect();
        for call in calls {
            assert!(call.await.unwrap());
        }
        assert_eq!(crowd.most.load(Ordering::SeqCst), allowed);
    }
}

#[tokio::test]
async fn the_services_own_error_is_there_as_data() {
    let error =
        World::exchange(ScriptedTransport::new().reply(403, &[("x-ms-diagnostics", "2000006;reason=\"no\"")], ""))
            .run(get("Get-Mailbox"))
            .await
            .error();
    let Some(Error::Service(data)) = error.downcast_ref::<Error>() else { panic!("{error:?}") };
    let data: &ServiceError = data;
    assert_eq!((data.status, data.diagnostics.as_deref()), (403, Some("2000006;reason=\"no\"")));
}

#[tokio::test]
async fn a_service_that_is_down_is_not_called_throttled() {
    let patience = || Budget::new(1).longest_wait(Duration::from_secs(10));
    let down = ScriptedTransport::new().reply(503, &[("Retry-After", "30")], "");
    let error = World::new(Service::Exchange, down, |b| b.budget(patience())).run(get("Get-Mailbox")).await.error();
    assert!(matches!(error.downcast_ref(), Some(Error::WaitedTooLong { .. })));
    assert_eq!(error.kind(), ErrorKind::Unavailable);

    // Not even the first wait fits, so how long it would have been does not matter.
    let silent = ScriptedTransport::new().error(TransportError::reset(HOST));
    let world = World::new(Service::Exchange, silent, |b| b.budget(Budget::new(1).longest_wait(Duration::ZERO)));
    let error = world.run(get("Get-Mailbox")).await.error();
    assert!(matches!(error.downcast_ref(), Some(Error::Transport { .. })), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_refusal_says_how_long_to_wait_and_a_success_how_much_is_left() {
    let headers = [("Retry-After", "5"), ("Rate-Limit-Remaining", "0"), ("Rate-Limit-Reset", "16")];
    let script = ScriptedTransport::new().reply(429, &headers, BUSY).reply(200, &headers[1..], page(0, 1, None));
    let world = World::exchange(script.reply(200, &[], page(0, 1, None)));
    world.run(get("Get-Mailbox")).await.end();
    assert_eq!(world.clock.slept(), [Duration::from_secs(5)]);
    world.run(get("Get-Mailbox")).await.end();
    assert_eq!(world.clock.slept(), [Duration::from_secs(5), Duration::from_secs(16)]);
}
