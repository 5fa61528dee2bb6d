//! The words of endpoints that refuse, in whichever form they come.

use crate::json;
use crate::service_error::clean;
use exo_model::Secret;
use serde_json::{Map, Value};

/// What the body of a refusal says: one line, cut, without anything that looks like a token, and without the secret that
/// was sent, which whoever repeats the request in its refusal would make seen.
pub(crate) fn said(body: &[u8], sent: Option<&Secret>) -> String {
    let members = json::object(body).unwrap_or_default();
    let inner = members.get("error").and_then(Value::as_object);
    let text = |members: &Map<String, Value>, name: &str| {
        members.get(name).and_then(Value::as_str).map(|words| clean(words, sent))
    };
    NAMES
        .iter()
        .find_map(|name| text(&members, name).or_else(|| inner.and_then(|inner| text(inner, name))))
        .or_else(|| text(&members, "error"))
        .filter(|words| !words.is_empty())
        .unwrap_or_else(|| "it did not say why".to_owned())
}

/// How Azure's platforms and the issuers of tokens name it.
const NAMES: &[&str] = &["error_description", "message", "Message", "ExceptionMessage"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_found_in_each_form() {
        for body in [
            r#"{"error":"e","error_description":"the words"}"#,
            r#"{"statusCode":400,"message":"the words"}"#,
            r#"{"StatusCode":400,"Message":"the words"}"#,
            r#"{"error":{"code":"c","message":"the words"}}"#,
            r#"{"ExceptionMessage":"the words"}"#,
            r#"{"error":"the words"}"#,
        ] {
            assert_eq!(said(body.as_bytes(), None), "the words", "{body}");
        }
        for body in ["", "<html>", "[]", r#"{"message":7}"#, r#"{"message":" "}"#] {
            assert_eq!(said(body.as_bytes(), None), "it did not say why", "{body}");
        }
    }

    #[test]
    fn the_secret_that_was_sent_is_hidden_before_the_words_are_cut() {
        let secret = Secret::from(" 5E29463D-71DA-4FE0-8E69-999B57DB23B0 ");
        for at in [0, 20, 970, 999, 5000] {
            let words = format!("{}|5e29463d-71da-4fe0-8e69-999b57db23b0|", "x".repeat(at));
            for body in [serde_json::json!({ "message": words }), serde_json::json!({ "error": { "message": words } })]
            {
                let shown = said(body.to_string().as_bytes(), Some(&secret));
                assert!(!shown.contains("5e2") && shown.len() <= 1000, "{at}: {shown}");
                assert_eq!(shown.contains("***"), at < 990, "{at}: {shown}");
            }
        }
        // What could stand in any word is no secret.
        assert_eq!(said(br#"{"error":"the words"}"#, Some(&Secret::from("w"))), "the words");
        assert_eq!(said(br#"{"error":"the words"}"#, Some(&Secret::from(" "))), "the words");
    }
}
