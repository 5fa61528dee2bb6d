//! The `claims` of a token request: capabilities that a client declares, challenges that it answers.

use serde_json::{Map, Value};

use crate::token_error::Refusal;

/// What a request wanted to be in the access token, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestedClaims(Map<String, Value>);

impl RequestedClaims {
    /// Reads the field of the form; without it nothing is wanted.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = text else { return Ok(Self::default()) };
        Self::read(text).ok_or_else(|| {
            let text = "Invalid request. The 'claims' parameter of the request is malformed or invalid.";
            Refusal::new(9_002_313, text)
        })
    }

    /// The members of `access_token`, each `null` or an object; other members stand for other tokens.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let Value::Object(mut kinds) = serde_json::from_str(text).ok()? else { return None };
        let members = match kinds.remove("access_token") {
            None => Map::new(),
            Some(Value::Object(members)) => members,
            Some(_) => return None,
        };
        let well_formed = members.values().chain(kinds.values()).all(|value| value.is_object() || value.is_null());
        well_formed.then_some(Self(members))
    }

    /// Whether the client says that it can answer a claims challenge.
    pub(crate) fn declares_cp1(&self) -> bool {
        let values = self.0.get("xms_cc").and_then(|member| member.get("values")).and_then(Value::as_array);
        values.is_some_and(|values| {
            values.iter().filter_map(Value::as_str).any(|value| value.eq_ignore_ascii_case("cp1"))
        })
    }

    /// Whether all that a challenge demanded was asked for.
    pub(crate) fn answers(&self, challenge: &Self) -> bool {
        challenge.0.iter().all(|(name, wanted)| self.0.get(name) == Some(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1780000000"}}}"#;
    const MERGED: &str =
        r#"{"access_token":{"xms_cc":{"values":["CP1"]},"nbf":{"value":"1780000000","essential":true}}}"#;

    fn read(text: &str) -> RequestedClaims {
        RequestedClaims::parse(Some(text)).unwrap()
    }

    #[test]
    fn a_challenge_is_answered_by_all_its_members() {
        let challenge = read(CHALLENGE);
        assert!(read(CHALLENGE).answers(&challenge));
        assert!(read(MERGED).answers(&challenge));
        assert!(!read(CHALLENGE).answers(&read(MERGED)));
        assert!(!RequestedClaims::default().answers(&challenge));
        assert!(!read(&CHALLENGE.replace("178", "179")).answers(&challenge));
    }

    #[test]
    fn the_capability_is_known_in_both_cases() {
        assert!(read(MERGED).declares_cp1());
        assert!(read(r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#).declares_cp1());
        assert!(!read(CHALLENGE).declares_cp1());
        assert!(!read(r#"{"access_token":{"xms_cc":{"values":["cp2", 1]}}}"#).declares_cp1());
    }

    #[test]
    fn what_is_no_request_for_claims_is_refused() {
        for text in ["x", "[]", "{", r#"{"access_token":1}"#, r#"{"access_token":{"nbf":1}}"#, r#"{"id_token":"x"}"#] {
            assert_eq!(RequestedClaims::parse(Some(text)).unwrap_err().code, 9_002_313, "{text}");
        }
        for text in ["{}", r#"{"id_token":{}}"#, r#"{"access_token":{"auth_time":null}}"#] {
            assert!(!read(text).declares_cp1());
        }
        assert_eq!(RequestedClaims::parse(None), Ok(RequestedClaims::default()));
    }
}
