//! The answer to a batch → an answer to each of its calls, without I/O.

use bytes::Bytes;
use exo_http::Response;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The answers in the order of the calls, whose ids are their numbers; the bodies are parts of the whole one.
pub(super) fn read(body: &Bytes, calls: usize) -> Result<Vec<Result<Response, &'static str>>, &'static str> {
    let Ok(whole) = serde_json::from_slice::<Whole<'_>>(body) else {
        return Err("it is no list of answers to the calls of a batch");
    };
    let mut answers: Vec<_> = (0..calls).map(|_| Err("the batch has no answer to it")).collect();
    for part in whole.responses {
        let id = match &part.id {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_u64().and_then(|id| usize::try_from(id).ok()),
            _ => None,
        };
        let Some(answer) = id.and_then(|id: usize| answers.get_mut(id)) else {
            return Err("the batch has an answer to a call that was not in it");
        };
        *answer = if answer.is_ok() { Err("the batch has two answers to it") } else { part.response(body) };
    }
    Ok(answers)
}

#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow)]
    responses: Vec<Part<'a>>,
}

#[derive(Deserialize)]
struct Part<'a> {
    id: Value,
    status: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

impl Part<'_> {
    fn response(&self, whole: &Bytes) -> Result<Response, &'static str> {
        let status = StatusCode::from_u16(self.status).map_err(|_| "the batch's answer to it has no status")?;
        let mut response = Response::new(self.bytes(whole));
        *response.status_mut() = status;
        for (name, value) in self.headers.iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::try_from(text)) {
                response.headers_mut().append(name, value);
            }
        }
        Ok(response)
    }

    /// A body that is no JSON stands there as a text.
    fn bytes(&self, whole: &Bytes) -> Bytes {
        let json = self.body.map_or("null", RawValue::get);
        if json == "null" {
            return Bytes::new();
        }
        match serde_json::from_str::<Cow<'_, str>>(json) {
            Ok(text) => text.into_owned().into(),
            Err(_) => whole.slice_ref(json.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answers(responses: &Value, calls: usize) -> Result<Vec<Result<Response, &'static str>>, &'static str> {
        read(&json!({ "responses": responses }).to_string().into(), calls)
    }

    #[test]
    fn answers_are_matched_by_their_ids() {
        let found = answers(
            &json!([
                {"id": "1", "status": 429, "headers": {"Retry-After": 7, "X": "y"}, "body": "<html>"},
                {"id": "0", "status": 200, "body": {"value": [1]}},
                {"id": 2, "status": 204},
                {"id": "3", "status": 200, "body": null},
            ]),
            5,
        )
        .unwrap();
        let body = |i: usize| found[i].as_ref().unwrap().body().clone();
        assert_eq!(body(0), r#"{"value":[1]}"#);
        assert_eq!(body(1), "<html>");
        assert!(body(2).is_empty() && body(3).is_empty());
        let second = found[1].as_ref().unwrap();
        assert_eq!((second.status().as_u16(), &second.headers()["retry-after"]), (429, &HeaderValue::from_static("7")));
        assert_eq!(found[4].as_ref().unwrap_err(), &"the batch has no answer to it");
    }

    #[test]
    fn what_does_not_belong_together_is_an_error() {
        let ok = |id: Value| json!({"id": id, "status": 200, "body": {}});
        assert!(answers(&json!([ok("0".into()), ok("0".into())]), 1).unwrap()[0].is_err());
        for stranger in ["1".into(), "x".into(), Value::Null, (-1).into()] {
            assert!(answers(&json!([ok(stranger)]), 1).is_err());
        }
        assert!(answers(&json!([{"id": "0", "status": 7}]), 1).unwrap()[0].is_err());
        assert!(answers(&json!({}), 1).is_err());
        assert!(read(&Bytes::from_static(b"{}"), 1).is_err());
    }
}
