//! Refusals of the token service: code, OAuth error, status, and the JSON that carries them.

use serde::Serialize;

/// A refusal, before it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u32,
    pub(crate) error: &'static str,
    pub(crate) status: u16,
    pub(crate) text: String,
}

/// Code, OAuth error, HTTP status.
const CODES: &[(u32, &str, u16)] = &[
    (50_001, "invalid_resource", 400),
    (50_027, "invalid_request", 400),
    (50_049, "invalid_instance", 400),
    (53_003, "invalid_grant", 400),
    (70_003, "unsupported_grant_type", 400),
    (70_011, "invalid_scope", 400),
    (70_021, "invalid_request", 400),
    (90_002, "invalid_request", 400),
    (90_014, "invalid_request", 400),
    (90_024, "temporarily_unavailable", 400),
    (90_033, "temporarily_unavailable", 503),
    (90_055, "temporarily_unavailable", 429),
    (500_011, "invalid_resource", 400),
    (501_051, "invalid_grant", 400),
    (700_016, "unauthorized_client", 400),
    (700_021, "invalid_client", 401),
    (700_023, "invalid_client", 401),
    (700_024, "invalid_client", 401),
    (700_025, "invalid_client", 401),
    (700_027, "invalid_client", 401),
    (700_211, "invalid_client", 401),
    (700_212, "invalid_client", 401),
    (700_213, "invalid_client", 401),
    (700_222, "invalid_client", 401),
    (900_023, "invalid_request", 400),
    (900_144, "invalid_request", 400),
    (901_002, "invalid_request", 400),
    (1_002_012, "invalid_scope", 400),
    (5_002_723, "invalid_client", 401),
    (5_002_730, "invalid_request", 400),
    (5_002_738, "invalid_client", 401),
    (7_000_112, "unauthorized_client", 400),
    (7_000_215, "invalid_client", 401),
    (7_000_218, "invalid_client", 401),
    (7_000_229, "invalid_client", 401),
];

impl Refusal {
    pub(crate) fn new(code: u32, text: impl Into<String>) -> Self {
        let (error, status) = CODES
            .iter()
            .find(|(known, ..)| *known == code)
            .map_or(("invalid_request", 400), |(_, error, status)| (*error, *status));
        Self { code, error, status, text: text.into() }
    }

    /// The same with another OAuth error; the discovery endpoints use their own.
    pub(crate) const fn called(mut self, error: &'static str) -> Self {
        self.error = error;
        self
    }

    /// The JSON body.
    pub(crate) fn body(&self, about: &About<'_>) -> Vec<u8> {
        let Self { code, error, text, .. } = self;
        let About { trace, correlation, timestamp, host } = about;
        let blocked = *code == 53_003;
        let shown = Shown {
            error,
            error_description: format!(
                "AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
            ),
            error_codes: [*code],
            timestamp,
            trace_id: trace,
            correlation_id: correlation,
            error_uri: format!("https://{host}/error?code={code}"),
            suberror: blocked.then_some("message_only"),
            claims: blocked.then_some(
                r#"{"access_token":{"capolids":{"essential":true,"values":["a9c1b6de-0a1f-4a0e-9d37-6c2b9a1f5e70"]}}}"#,
            ),
        };
        serde_json::to_vec(&shown).unwrap_or_default()
    }
}

/// What a refusal says of the request that it answers.
pub(crate) struct About<'a> {
    pub(crate) trace: &'a str,
    pub(crate) correlation: &'a str,
    pub(crate) timestamp: &'a str,
    pub(crate) host: &'a str,
}

#[derive(Serialize)]
struct Shown<'a> {
    error: &'a str,
    error_description: String,
    error_codes: [u32; 1],
    timestamp: &'a str,
    trace_id: &'a str,
    correlation_id: &'a str,
    error_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    suberror: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_carries_its_code_in_three_places() {
        let about = About { trace: "t", correlation: "c", timestamp: "2026-11-20 10:11:12Z", host: "h:1" };
        let body = Refusal::new(700_027, "The key was not found.").body(&about);
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value["error"], "invalid_client");
        assert_eq!(value["error_codes"], serde_json::json!([700_027]));
        assert_eq!(value["error_uri"], "https://h:1/error?code=700027");
        assert_eq!(
            value["error_description"],
            "AADSTS700027: The key was not found. Trace ID: t Correlation ID: c Timestamp: 2026-11-20 10:11:12Z"
        );
        assert!(value.get("suberror").is_none());
    }
}
