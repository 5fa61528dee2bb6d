//! What is asked again, and after which waits; nobody waits here.

use crate::{ISSUED, NOW, World, assertion, exchange};
use exo_http::{Error as HttpError, Phase, ScriptedTransport};
use exo_model::{Diagnose, ErrorKind, TokenProvider};
use exo_token::Error;
use std::time::Duration;

#[tokio::test]
async fn the_services_wish_is_kept_to() {
    for (value, wait) in [("7", 7.0), ("0.5", 0.5), ("Thu, 28 May 2026 20:26:50 GMT", 10.0)] {
        let script = ScriptedTransport::new().reply(429, &[("retry-after", value)], "").reply(200, &[], ISSUED);
        let world = World::new(script);
        assert!(world.credential().token(&exchange()).await.is_ok());
        assert_eq!(world.waits(), [wait], "{value}");
    }
}

#[tokio::test]
async fn throttling_without_a_wish_is_waited_out_in_growing_steps() {
    let script = (0..4).fold(ScriptedTransport::new(), |script, _| script.reply(429, &[], "{}"));
    let world = World::new(script);
    let seam = world.credential().token(&exchange()).await.unwrap_err();
    assert_eq!(world.waits(), [2.5, 5.0, 10.0]);
    assert_eq!(seam.kind(), ErrorKind::Throttled);
    assert!(matches!(seam.downcast_ref(), Some(Error::Throttled { attempts: 4, retry_after: None, .. })), "{seam:?}");
}

#[tokio::test]
async fn an_outage_is_waited_out_whatever_its_body() {
    let script = ScriptedTransport::new()
        .reply(502, &[("content-type", "text/html")], "<html>Bad gateway</html>")
        .reply(503, &[("retry-after", "3")], "")
        .reply(400, &[], r#"{"error":"temporarily_unavailable","error_description":"AADSTS90033: A transient error."}"#)
        .reply(200, &[], ISSUED);
    let world = World::new(script);
    assert!(world.credential().token(&exchange()).await.is_ok());
    assert_eq!(world.waits(), [0.5, 3.0, 2.0]);
}

#[tokio::test]
async fn an_outage_that_lasts_is_not_available() {
    let script = (0..4).fold(ScriptedTransport::new(), |script, _| script.reply(502, &[], "<html>"));
    let world = World::new(script);
    let seam = world.credential().token(&exchange()).await.unwrap_err();
    assert_eq!(world.waits(), [0.5, 1.0, 2.0]);
    assert_eq!(seam.kind(), ErrorKind::Unavailable);
    assert!(seam.to_string().contains("status 502 after 4 requests"), "{seam}");
}

#[tokio::test]
async fn broken_connections_are_tried_again_and_mistrusted_ones_not() {
    let script = ScriptedTransport::new()
        .error(HttpError::dns("login.example"))
        .error(HttpError::reset("login.example"))
        .error(HttpError::truncated("login.example", 10))
        .error(HttpError::timeout("login.example", Phase::Answer));
    let world = World::new(script);
    let seam = world.credential().token(&exchange()).await.unwrap_err();
    assert_eq!(world.waits().len(), 3);
    assert_eq!(seam.kind(), ErrorKind::Unavailable);

    let world = World::new(ScriptedTransport::new().error(HttpError::tls("login.example")));
    let seam = world.credential().token(&exchange()).await.unwrap_err();
    assert!(world.waits().is_empty());
    assert!(seam.hint().unwrap().contains("extra CA"));
}

#[tokio::test]
async fn a_wait_beyond_the_limit_is_not_begun() {
    let world = World::new(ScriptedTransport::new().reply(429, &[("retry-after", "60")], ""));
    let credential = world.builder().longest_wait(Duration::from_secs(59)).build().unwrap();
    let seam = credential.token(&exchange()).await.unwrap_err();
    assert!(world.waits().is_empty());
    assert_eq!(seam.kind(), ErrorKind::Throttled);
    assert!(seam.to_string().contains("60 seconds"), "{seam}");
}

#[tokio::test]
async fn the_limit_is_on_the_sum_of_waits() {
    let asks = |seconds| [("retry-after", seconds)];
    let script = ScriptedTransport::new().reply(429, &asks("40"), "").reply(429, &asks("40"), "");
    let world = World::new(script);
    let credential = world.builder().longest_wait(Duration::from_secs(79)).build().unwrap();
    assert!(credential.token(&exchange()).await.is_err());
    assert_eq!(world.waits(), [40.0]);
}

#[tokio::test]
async fn a_request_that_the_service_gave_up_on_is_asked_again() {
    let world = World::new(ScriptedTransport::new().reply(408, &[], "").reply(200, &[], ISSUED));
    assert!(world.credential().token(&exchange()).await.is_ok());
    assert_eq!(world.waits(), [0.5]);
}

const LATE: &str = r#"{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range. Current time: x","error_codes":[700024]}"#;
/// Twenty minutes after the clock of these tests.
const DATE: (&str, &str) = ("date", "Thu, 28 May 2026 20:46:40 GMT");

#[tokio::test]
async fn a_clock_that_differs_is_corrected_once_and_remembered() {
    let script = ScriptedTransport::new().reply(401, &[DATE], LATE).reply(200, &[], ISSUED).reply(200, &[], ISSUED);
    let world = World::new(script);
    let credential = world.credential();
    let token = credential.token(&exchange()).await.unwrap();
    // The end of a token is told by our own clock.
    assert_eq!(token.expires_at(), std::time::UNIX_EPOCH + Duration::from_secs(NOW + 3599));
    credential.token(&exchange()).await.unwrap();
    let issued_at: Vec<_> = world.transport.requests().iter().map(|r| assertion(r).1["iat"].clone()).collect();
    assert_eq!(issued_at, [NOW, NOW + 1200, NOW + 1200]);
    assert!(world.waits().is_empty());
}

#[tokio::test]
async fn a_second_refusal_for_the_time_is_final_and_tells_the_difference() {
    let world = World::new(ScriptedTransport::new().reply(401, &[DATE], LATE).reply(401, &[DATE], LATE));
    let seam = world.credential().token(&exchange()).await.unwrap_err();
    assert_eq!(seam.kind(), ErrorKind::Authentication);
    assert_eq!(seam.hint().unwrap(), "set this machine's clock; it is 1200 seconds behind the service's");
}

#[tokio::test]
async fn without_the_services_time_the_refusal_is_final() {
    for headers in [&[][..], &[("date", "yesterday")][..]] {
        let world = World::new(ScriptedTransport::new().reply(401, headers, LATE));
        let seam = world.credential().token(&exchange()).await.unwrap_err();
        assert_eq!(seam.service_code(), Some("AADSTS700024"));
    }
}

const NOT_FOUND: &str = r#"{"error":"invalid_client","error_description":"AADSTS700027: The certificate is not registered on application. [Reason - The key was not found.]","error_codes":[700027]}"#;

#[tokio::test]
async fn a_certificate_just_uploaded_is_waited_for_if_that_is_wanted() {
    let script = (0..5).fold(ScriptedTransport::new(), |script, _| script.reply(401, &[], NOT_FOUND));
    let world = World::new(script.reply(200, &[], ISSUED));
    let credential = world.builder().wait_for_propagation(Duration::from_mins(5)).build().unwrap();
    assert!(credential.token(&exchange()).await.is_ok());
    assert_eq!(world.waits(), [10.0; 5]);
}

#[tokio::test]
async fn a_certificate_that_never_comes_is_refused_after_that_time() {
    let script = (0..4).fold(ScriptedTransport::new(), |script, _| script.reply(401, &[], NOT_FOUND));
    let world = World::new(script);
    let credential = world.builder().wait_for_propagation(Duration::from_secs(30)).build().unwrap();
    let error = credential.token(&exchange()).await.unwrap_err();
    assert_eq!((error.service_code(), world.waits()), (Some("AADSTS700027"), vec![10.0; 3]));
}

#[tokio::test]
async fn what_no_waiting_mends_is_not_waited_for() {
    for refusal in [
        NOT_FOUND.replace("The key was not found.", "Client assertion signature value did not match."),
        NOT_FOUND.replace("700027", "7000112"),
    ] {
        let world = World::new(ScriptedTransport::new().reply(401, &[], refusal));
        let credential = world.builder().wait_for_propagation(Duration::from_mins(5)).build().unwrap();
        assert!(credential.token(&exchange()).await.is_err());
        assert!(world.waits().is_empty());
    }
}
