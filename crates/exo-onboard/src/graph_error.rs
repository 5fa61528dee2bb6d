//! What Microsoft Graph said when it refused, as data.

use crate::read;
use exo_http::{Response, RetryAfter};
use serde_json::Value;
use std::fmt;
use std::time::{Duration, SystemTime};

/// A refusal of Microsoft Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GraphError {
    /// The HTTP status.
    pub status: u16,
    /// Graph's name for the failure, such as `Authorization_RequestDenied`.
    pub code: Option<String>,
    /// Graph's words: one line, cut, without anything that looks like a token.
    pub message: String,
    /// The names in `details`, such as `InvalidKeyEndDate`.
    pub details: Vec<String>,
    /// By which Microsoft finds the request.
    pub request_id: Option<String>,
    /// By which both sides find it.
    pub client_request_id: String,
    /// When it was, by Graph's clock.
    pub date: Option<String>,
    /// How long it wants to be left alone, if it said so.
    pub retry_after: Option<Duration>,
}

impl GraphError {
    /// Reads an answer that is not a success, whatever its body is.
    pub(crate) fn of(response: &Response, client_request_id: &str, now: SystemTime) -> Self {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let error = body.get("error").unwrap_or(&Value::Null);
        let word = |object: &Value, name: &str| read::text(object, name).map(clean);
        let inner = error.get("innerError").or_else(|| error.get("innererror")).unwrap_or(&Value::Null);
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(clean);
        let details = error.get("details").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Self {
            status: response.status().as_u16(),
            code: word(error, "code"),
            message: word(error, "message").unwrap_or_default(),
            details: details.iter().filter_map(|detail| word(detail, "code")).take(10).collect(),
            request_id: word(inner, "request-id").or_else(|| header("request-id")),
            client_request_id: client_request_id.to_owned(),
            date: word(inner, "date").or_else(|| header("date")),
            retry_after: RetryAfter::of(response.headers(), now),
        }
    }

    fn is(&self, code: &str) -> bool {
        let same = |known: &str| known.eq_ignore_ascii_case(code);
        self.code.as_deref().is_some_and(same) || self.details.iter().any(|detail| same(detail))
    }

    fn says(&self, words: &str) -> bool {
        self.message.to_ascii_lowercase().contains(words)
    }

    /// There is no such object, or none yet.
    pub(crate) fn is_absent(&self) -> bool {
        self.status == 404 && self.is("Request_ResourceNotFound")
    }

    /// A refusal that passes once an object that was just made is known everywhere; no bound for that is published.
    pub(crate) fn is_lag(&self) -> bool {
        let of_the_role = self.says("role definition") || self.says("roledefinition");
        match self.status {
            404 => !of_the_role,
            400 => {
                self.is("NoBackingApplicationObject")
                    || self.says("does not reference a valid application object")
                    || self.says("not a valid reference update")
                    || self.is("PrincipalNotFound")
                    || (self.says("principal") && (self.says("not found") || self.says("does not exist")))
                    || (self.says("resource '") && self.says("does not exist") && !of_the_role)
            }
            _ => false,
        }
    }

    /// A refusal of what was sent back since it is out of date, and not of a new certificate, its dates, or the form.
    pub(crate) fn is_of_an_old_copy(&self) -> bool {
        let names = self.code.iter().chain(&self.details);
        let of_the_new_one = |name: &String| name.starts_with("Credential") || name.starts_with("KeyCredential");
        self.status == 400 && !names.into_iter().any(of_the_new_one) && !self.is_fixed_key()
    }

    /// A certificate that is there cannot be sent back in the form in which it came.
    pub(crate) fn is_fixed_key(&self) -> bool {
        self.is("KeyNotUpdatable") || self.says("update to existing credential")
    }

    /// There is no certificate to be removed.
    pub(crate) fn is_without_key(&self) -> bool {
        self.status == 404 || (self.status == 400 && self.says("no credentials found"))
    }

    /// What was asked for is so already: consents and role assignments are not made twice.
    pub(crate) fn is_already_so(&self) -> bool {
        let conflict = self.status == 400 || self.status == 409;
        conflict
            && (self.says("permission being assigned already exists")
                || self.says("entitlementgrant entry already exists")
                || self.says("conflicting object with one or more of the specified property values is present")
                || self.is("RoleAssignmentExists")
                || self.is("Request_MultipleObjectsWithSameKeyValue")
                || self.says("is already in use")
                || self.says("another object with the same value for property"))
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => f.write_str(code)?,
            None => write!(f, "status {}", self.status)?,
        }
        if !self.details.is_empty() {
            write!(f, " ({})", self.details.join(", "))?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request id {id}"),
            None => write!(f, " (client request id {}", self.client_request_id),
        }?;
        self.date.as_ref().map_or(Ok(()), |date| write!(f, ", {date}"))?;
        f.write_str(")")
    }
}

/// One line of at most a thousand characters, without anything that looks like a token.
fn clean(text: &str) -> String {
    let text = exo_model::without_tokens(text);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').chars().take(1000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_http::response;
    use proptest::prelude::*;

    fn error(status: u16, code: &str, message: &str) -> GraphError {
        let body = serde_json::json!({ "error": { "code": code, "message": message } }).to_string();
        GraphError::of(&response(status, &[], body), "c", SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn the_members_of_an_error_are_kept() {
        let body = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges\r\n to complete.","innerError":{"date":"2026-11-22T10:00:00","request-id":"r","client-request-id":"c"},"details":[{"code":"X"}]}}"#;
        let error = GraphError::of(&response(403, &[], body), "c", SystemTime::UNIX_EPOCH);
        assert_eq!(
            error.to_string(),
            "Authorization_RequestDenied (X): Insufficient privileges to complete (request id r, 2026-11-22T10:00:00)"
        );
    }

    #[test]
    fn nothing_that_looks_like_a_token_is_repeated() {
        let error = error(401, "InvalidAuthenticationToken", "bad token eyJhbGciOi.eyJ.sig here");
        assert_eq!(error.message, "bad token *** here");
    }

    #[test]
    fn only_the_published_answers_pass_with_time() {
        for (status, code, message) in [
            (
                400,
                "NoBackingApplicationObject",
                "The appId 'x' of the service principal does not reference a valid application object.",
            ),
            (400, "Request_BadRequest", "Not a valid reference update."),
            (404, "Request_BadRequest", "Not a valid reference update."),
            (
                404,
                "Request_ResourceNotFound",
                "Resource 'x' does not exist or one of its queried reference-property objects are not present.",
            ),
            (400, "Request_BadRequest", "Principal x was not found in the directory."),
            (400, "PrincipalNotFound", ""),
        ] {
            assert!(error(status, code, message).is_lag(), "{code} {message}");
        }
        for (status, code, message) in [
            (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
            (
                400,
                "Request_BadRequest",
                "Invalid value specified for property 'displayName' of resource 'Application'.",
            ),
            (400, "CredentialInvalidLifetimeAsPerAppPolicy", ""),
            (404, "Request_ResourceNotFound", "The role definition with id 'x' was not found."),
            (409, "Request_MultipleObjectsWithSameKeyValue", ""),
        ] {
            assert!(!error(status, code, message).is_lag(), "{code} {message}");
        }
    }

    #[test]
    fn an_old_copy_is_told_from_a_new_certificate_that_is_not_taken() {
        let of_an_old_copy = |code: &str, message: &str| error(400, code, message).is_of_an_old_copy();
        assert!(of_an_old_copy("Request_BadRequest", "New key credential values must have a key value."));
        assert!(!of_an_old_copy("CredentialInvalidLifetimeAsPerAppPolicy", "Too long."));
        assert!(!of_an_old_copy("KeyCredentialsInvalidEndDate", "Key credential end date is invalid."));
        let fixed = "Update to existing credential with KeyId '5d6f1ed5' is not allowed.";
        assert!(!of_an_old_copy("Request_BadRequest", fixed));
        assert!(!error(403, "Authorization_RequestDenied", "").is_of_an_old_copy());
    }

    #[test]
    fn what_is_so_already_is_done() {
        for (status, code, message) in [
            (400, "Request_BadRequest", "Another object with the same value for property uniqueName already exists."),
            (400, "Request_BadRequest", "Permission being assigned already exists on the object"),
            (409, "Conflict", "EntitlementGrant entry already exists."),
            (
                400,
                "Request_BadRequest",
                "A conflicting object with one or more of the specified property values is present in the directory.",
            ),
            (
                409,
                "Request_MultipleObjectsWithSameKeyValue",
                "The service principal cannot be created, updated, or restored because the service principal name x is already in use.",
            ),
        ] {
            assert!(error(status, code, message).is_already_so(), "{message}");
        }
        assert!(!error(403, "Authorization_RequestDenied", "").is_already_so());
    }

    proptest! {
        #[test]
        fn any_answer_is_read_without_panic(status in 100_u16..600, body: Vec<u8>) {
            let error = GraphError::of(&response(status, &[], body), "c", SystemTime::UNIX_EPOCH);
            prop_assert!(error.message.chars().count() <= 1000);
        }
    }
}
