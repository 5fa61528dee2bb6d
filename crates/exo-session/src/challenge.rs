//! The claims challenge: what a service demands of a token beyond its audience.
//!
//! Source: Microsoft's page on claims challenges (continuous access evaluation).

use crate::endpoint::shown_host;
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use serde_json::{Map, Value};

/// The JSON that a 401 wants the next token to be asked for with.
pub(crate) fn claims(headers: &HeaderMap) -> Option<String> {
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).find_map(of)
}

/// The host that signs in for the cloud which a refusing service belongs to.
pub(crate) fn sign_in_host(headers: &HeaderMap) -> Option<String> {
    let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let (_, address) = texts.flat_map(parameters).find(|(name, _)| name.eq_ignore_ascii_case("authorization_uri"))?;
    Some(shown_host(&address)).filter(|host| !host.is_empty())
}

fn of(challenge: &str) -> Option<String> {
    let parameter = |name: &str| parameters(challenge).find(|(key, _)| key.eq_ignore_ascii_case(name));
    let (_, error) = parameter("error")?;
    if error != "insufficient_claims" {
        return None;
    }
    let (_, encoded) = parameter("claims")?;
    let json = [&STANDARD, &URL_SAFE].iter().find_map(|alphabet| decode(alphabet, &encoded))?;
    // Only an object goes on; what else stands there would be refused by the token service.
    serde_json::from_slice::<Map<String, Value>>(&json).ok()?;
    String::from_utf8(json).ok()
}

fn decode(alphabet: &base64::alphabet::Alphabet, text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, lenient).decode(text).ok()
}

/// The parameters of a challenge (RFC 9110, section 11.2): `name=token` or `name="quoted"`, with commas between.
fn parameters(text: &str) -> impl Iterator<Item = (String, String)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (before, after) = rest.split_once('=')?;
        // The scheme stands before the first name.
        let name = before.rsplit([' ', ',', '\t']).find(|word| !word.is_empty())?.to_owned();
        let (value, left) = if let Some(quoted) = after.trim_start().strip_prefix('"') {
            unquoted(quoted)
        } else {
            let (value, left) = after.split_once(',').unwrap_or((after, ""));
            (value.trim().to_owned(), left)
        };
        rest = left;
        Some((name, value))
    })
}

/// A quoted text up to its closing mark, and what follows.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => value.extend(rest.next()),
            c => value.push(c),
        }
    }
    (value, rest.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const JSON: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1780000000"}}}"#;
    const ENCODED: &str = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzgwMDAwMDAwIn19fQ==";

    #[test]
    fn a_challenge_is_read_in_all_its_spellings() {
        let bare = ENCODED.trim_end_matches('=');
        for challenge in [
            format!(
                r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="{ENCODED}""#
            ),
            format!(r#"Bearer realm="a, b=\"c\"",error=insufficient_claims,claims="{bare}""#),
            format!(r#"Basic realm="x", Bearer Claims="{bare}", Error="insufficient_claims""#),
        ] {
            assert_eq!(of(&challenge).as_deref(), Some(JSON), "{challenge}");
        }
    }

    #[test]
    fn what_is_no_challenge_is_none() {
        for challenge in [
            "",
            "Bearer",
            "Bearer realm=\"\"",
            r#"Bearer error="invalid_token", claims="e30=""#,
            r#"Bearer error="insufficient_claims""#,
            r#"Bearer error="insufficient_claims", claims="%%%""#,
            r#"Bearer error="insufficient_claims", claims="W10=""#,
            r#"Bearer error="insufficient_claims, claims="#,
        ] {
            assert_eq!(of(challenge), None, "{challenge}");
        }
    }

    #[test]
    fn the_second_of_two_headers_counts_too() {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, "Basic realm=\"x\"".parse().unwrap());
        let second = format!(r#"Bearer error="insufficient_claims", claims="{ENCODED}""#);
        headers.append(WWW_AUTHENTICATE, second.parse().unwrap());
        assert_eq!(claims(&headers).as_deref(), Some(JSON));
    }

    #[test]
    fn a_refusal_names_the_sign_in_host_of_its_cloud() {
        let host = |challenge: &str| {
            let mut headers = HeaderMap::new();
            headers.append(WWW_AUTHENTICATE, challenge.parse().unwrap());
            sign_in_host(&headers)
        };
        let challenge = r#"Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000001-0000-0000-c000-000000000000@*", authorization_uri="https://login.microsoftonline.us/common/oauth2/authorize", error="invalid_token", Basic Realm="""#;
        assert_eq!(host(challenge).as_deref(), Some("login.microsoftonline.us"));
        assert_eq!(host("Basic Realm=\"\""), None);
        assert_eq!(host("Bearer authorization_uri=\"\""), None);
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_panic(text: String) {
            drop(of(&text));
            drop(of(&format!("Bearer error=\"insufficient_claims\", claims={text}")));
        }
    }
}
