//! Answers that no honest token service gives: a clear error with the request's id, or a harmless reading; never a panic.

use crate::{ISSUED, NOW, World, exchange};
use exo_http::ScriptedTransport;
use exo_model::{AccessToken, Cloud, Diagnose, ErrorKind, SeamError, TokenProvider};
use exo_token::{Error, openid};
use std::time::{Duration, UNIX_EPOCH};

async fn asked(status: u16, body: impl Into<bytes::Bytes>) -> Result<AccessToken, SeamError> {
    World::new(ScriptedTransport::new().reply(status, &[], body)).credential().token(&exchange()).await
}

/// Asserts that the answer is not understood, in words that name the request.
async fn not_understood(status: u16, body: impl Into<bytes::Bytes>, part: &str) {
    let error = asked(status, body).await.unwrap_err();
    let text = error.to_string();
    assert_eq!(error.kind(), ErrorKind::Answer, "{text}");
    assert!(matches!(error.downcast_ref(), Some(Error::NotUnderstood { .. })), "{error:?}");
    assert!(text.contains(part) && text.contains("client request id"), "{text}");
    assert!(!text.contains("marked") && text.len() < 400, "{text}");
}

/// Whatever else can stand in the place of a text.
const NO_TEXT: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1e400",
    "12345678901234567890123456789",
    "{}",
    r#"{"a":1}"#,
    "[]",
    r#"["t"]"#,
];

fn answer(token: &str, kind: &str, lifetime: &str) -> String {
    format!(r#"{{"access_token":{token},"token_type":{kind},"expires_in":{lifetime}}}"#)
}

#[tokio::test]
async fn a_token_of_another_type_is_none() {
    for wrong in NO_TEXT {
        // A number beyond all numbers is no JSON to the parser.
        let part = if *wrong == "1e400" { "not a JSON object" } else { "holds no access token" };
        not_understood(200, answer(wrong, "\"Bearer\"", "3599"), part).await;
    }
    for wrong in
        [r#""""#, r#"" ""#, r#""two words""#, r#""a\nb""#, r#""a\u0000b""#, r#""ä""#, r#""a\r\nx-injected: 1""#]
    {
        not_understood(200, answer(wrong, "\"Bearer\"", "3599"), "not one word").await;
    }
    not_understood(200, r#"{"token_type":"Bearer","expires_in":3599}"#, "holds no access token").await;
    not_understood(200, r#"{"Access_Token":"marked","token_type":"Bearer"}"#, "holds no access token").await;
}

#[tokio::test]
async fn a_token_of_another_kind_is_not_sent_as_a_bearer_token() {
    for wrong in NO_TEXT.iter().filter(|wrong| **wrong != "1e400") {
        not_understood(200, answer("\"marked\"", wrong, "3599"), "not a bearer token").await;
    }
    for wrong in [r#""""#, r#""pop""#, r#""Bearer ""#, r#""mac""#] {
        not_understood(200, answer("\"marked\"", wrong, "3599"), "not a bearer token").await;
    }
    not_understood(200, r#"{"access_token":"marked","expires_in":3599}"#, "not a bearer token").await;
}

#[tokio::test]
async fn a_lifetime_that_is_none_is_used_and_not_kept() {
    let texts =
        [r#""""#, r#""NaN""#, r#""inf""#, r#""-5""#, r#""soon""#, r#""1e400""#, "-5", "1e300", "18446744073709551616"];
    for wrong in NO_TEXT.iter().chain(&texts).filter(|wrong| !["0", "1e400"].contains(*wrong)) {
        for refresh in ["1800", wrong] {
            let body =
                format!(r#"{{"access_token":"t","token_type":"Bearer","expires_in":{wrong},"refresh_in":{refresh}}}"#);
            let token = asked(200, body).await.unwrap();
            let left = token.expires_at().duration_since(UNIX_EPOCH + Duration::from_secs(NOW)).unwrap();
            assert!(left <= Duration::from_mins(1), "{wrong}: {left:?}");
        }
    }
    // One that has ended is told by the other member, or by none.
    let token = asked(200, answer("\"t\"", "\"Bearer\"", "0")).await.unwrap();
    assert_eq!(token.expires_at(), UNIX_EPOCH + Duration::from_secs(NOW));
}

#[tokio::test]
async fn of_a_member_that_stands_twice_the_last_is_taken() {
    let body = r#"{"access_token":"first","access_token":"second","token_type":"pop","token_type":"Bearer","expires_in":1,"expires_in":3599}"#;
    let token = asked(200, body).await.unwrap();
    assert_eq!(token.secret().expose(), "second");
    assert_eq!(token.expires_at(), UNIX_EPOCH + Duration::from_secs(NOW + 3599));
}

/// What is no JSON object, and what people get instead of one.
fn no_objects() -> Vec<Vec<u8>> {
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0x2c, 0x28, 0xca];
    let mut bodies = vec![
        Vec::new(),
        b" ".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\"marked\"".to_vec(),
        b"7".to_vec(),
        b"<!DOCTYPE html><html><title>Sign in to the proxy marked</title></html>".to_vec(),
        b"\xef\xbb\xbf<html>".to_vec(),
        [b"\xef\xbb\xbf", ISSUED.as_bytes()].concat(),
        ISSUED.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        b"{\"access_token\":\"\xff\xfe marked\",\"token_type\":\"Bearer\"}".to_vec(),
        b"{\"access_token\":\"\\ud800\",\"token_type\":\"Bearer\"}".to_vec(),
        format!("{ISSUED}{ISSUED}").into_bytes(),
        format!("{ISSUED}<!-- served by a proxy -->").into_bytes(),
        ISSUED.replace(':', "=").into_bytes(),
        ISSUED.replace("3599", "0x10").into_bytes(),
        ISSUED.replace("3599", "NaN").into_bytes(),
        format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes(),
        "{\"a\":".repeat(100_000).into_bytes(),
        gzip.to_vec(),
        vec![0; 1000],
        format!("{{\"access_token\":\"{}\",\"token_type\":\"Bearer\"}}", "a".repeat(10 << 20)).into_bytes(),
    ];
    bodies.extend((1..ISSUED.len()).map(|end| ISSUED.as_bytes()[..end].to_vec()));
    bodies
}

#[tokio::test]
async fn a_success_that_is_no_object_is_not_understood() {
    for body in no_objects() {
        not_understood(200, body, "(status 200) is not understood: it is ").await;
    }
}

#[tokio::test]
async fn a_refusal_in_other_words_than_the_services_is_not_understood() {
    for status in [201, 204, 302, 307, 400, 401, 403, 404, 407, 413, 451] {
        for body in no_objects().into_iter().take(22) {
            not_understood(status, body, &format!("(status {status}) is not understood: it is not an OAuth error"))
                .await;
        }
        not_understood(status, ISSUED, "not an OAuth error").await;
    }
}

#[tokio::test]
async fn a_page_of_a_proxy_that_is_out_of_order_is_an_outage() {
    for body in no_objects().into_iter().take(22) {
        let script =
            (0..4).fold(ScriptedTransport::new(), |s, _| s.reply(502, &[("content-type", "text/html")], body.clone()));
        let error = World::new(script).credential().token(&exchange()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("status 502 after 4 requests; client request id"), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_with_odd_members_is_still_a_refusal() {
    for wrong in NO_TEXT.iter().filter(|wrong| **wrong != "1e400") {
        for name in
            ["error_description", "error_codes", "timestamp", "trace_id", "correlation_id", "suberror", "claims"]
        {
            let body = format!(r#"{{"error":"invalid_client","{name}":{wrong}}}"#);
            let error = asked(401, body).await.unwrap_err();
            assert!(matches!(error.downcast_ref(), Some(Error::Refused { .. })), "{name} {wrong}: {error:?}");
            assert!(error.to_string().contains("invalid_client"), "{error}");
        }
    }
    let long = format!(r#"{{"error":"{0}","error_description":"{0}","trace_id":"{0}"}}"#, "ab ".repeat(100_000));
    let error = asked(400, long).await.unwrap_err();
    assert!(error.to_string().len() < 4000, "{}", error.to_string().len());
}

#[tokio::test]
async fn a_configuration_that_names_no_tenant_is_not_understood() {
    let (login, tenant) = (Cloud::Worldwide.endpoints().login, "contoso.onmicrosoft.com".parse().unwrap());
    let odd = NO_TEXT.iter().map(|wrong| format!(r#"{{"token_endpoint":{wrong},"issuer":{wrong}}}"#).into_bytes());
    let paths = ["", "https://", "https://h", "https://h/", "https://h/common/x", "https://h/%00", "//", "\\u0000"];
    let paths = paths.iter().map(|path| format!(r#"{{"token_endpoint":"{path}","issuer":"{path}"}}"#).into_bytes());
    for body in no_objects().into_iter().chain(odd).chain(paths) {
        let script = ScriptedTransport::new().reply(200, &[], body);
        let error = openid::tenant_id(&script, &login, &tenant).await.unwrap_err();
        assert!(matches!(error, Error::NotUnderstood { status: 200, .. }), "{error:?}");
        assert!(error.to_string().contains("client request id"), "{error}");
    }
}
