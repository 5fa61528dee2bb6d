//! The words of endpoints that refuse, in whichever form they come.

use crate::json;
use crate::service_error::clean;
use serde_json::{Map, Value};

/// What the body of a refusal says: one line, cut, without anything that looks like a token.
pub(crate) fn said(body: &[u8]) -> String {
    let members = json::object(body).unwrap_or_default();
    let inner = members.get("error").and_then(Value::as_object);
    let text = |members: &Map<String, Value>, name: &str| members.get(name).and_then(Value::as_str).map(clean);
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
            assert_eq!(said(body.as_bytes()), "the words", "{body}");
        }
        for body in ["", "<html>", "[]", r#"{"message":7}"#, r#"{"message":" "}"#] {
            assert_eq!(said(body.as_bytes()), "it did not say why", "{body}");
        }
    }
}
