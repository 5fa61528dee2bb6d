//! What the sign-in service says when a code is asked for.

use crate::{exchange, json};
use exo_model::Secret;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime};

/// What the person is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserCode {
    /// The code to type in.
    pub code: String,
    /// The page to type it into.
    pub address: String,
    /// From when on it is too late.
    pub expires_at: SystemTime,
    /// How long that was when the code was made.
    pub lives: Duration,
}

/// A sign-in that waits for the person.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) user: UserCode,
    /// By which we ask; whoever has it is given the token.
    pub(super) device_code: Secret,
    /// Between two questions.
    pub(super) interval: Duration,
}

/// The code in the body of a success, or what is wrong with it.
pub(super) fn begun(body: &[u8], now: SystemTime) -> Result<Begun, &'static str> {
    let mut members = json::object(body)?;
    let device_code = word(&mut members, "device_code").ok_or("it holds no device code")?;
    let code = word(&mut members, "user_code").filter(|code| code.len() <= LONGEST_CODE);
    let code = code.ok_or("it holds no code that a person could type")?;
    let address = word(&mut members, "verification_uri").or_else(|| word(&mut members, "verification_url"));
    let address = address.filter(|text| text.len() <= LONGEST_ADDRESS && exchange::parse_url(text).is_ok());
    let address = address.ok_or("it names no page on https to type the code into")?;
    let time = |name: &str| members.get(name).and_then(exchange::seconds);
    let lives = time("expires_in").unwrap_or(LIVES).min(LONGEST_LIFE);
    let user = UserCode { code, address, expires_at: now + lives, lives };
    Ok(Begun { user, device_code: device_code.into(), interval: time("interval").unwrap_or(INTERVAL) })
}

/// A text of visible characters alone: it is shown at a terminal, or goes into a form.
fn word(members: &mut Map<String, Value>, name: &str) -> Option<String> {
    match members.remove(name)? {
        Value::String(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) => Some(text),
        _ => None,
    }
}

/// What the service says by itself: a quarter of an hour.
const LIVES: Duration = Duration::from_mins(15);
/// Nobody waits longer than this for a person.
const LONGEST_LIFE: Duration = Duration::from_hours(1);
/// Where none is told (RFC 8628, section 3.2).
const INTERVAL: Duration = Duration::from_secs(5);
/// Codes have nine characters.
const LONGEST_CODE: usize = 32;
/// Enough for any page.
const LONGEST_ADDRESS: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)
    }

    fn with(name: &str, value: Value) -> Result<Begun, &'static str> {
        let mut body = json!({
            "device_code": "d-1", "user_code": "FJC3DTWJQ", "verification_uri": "https://microsoft.com/devicelogin",
            "expires_in": 900, "interval": 5, "message": "To sign in, use a web browser"
        });
        body[name] = value;
        begun(body.to_string().as_bytes(), now())
    }

    #[test]
    fn the_person_is_told_code_page_and_time() {
        let begun = with("interval", json!(7)).unwrap();
        assert_eq!((begun.user.code.as_str(), begun.user.lives), ("FJC3DTWJQ", Duration::from_mins(15)));
        assert_eq!(begun.user.address, "https://microsoft.com/devicelogin");
        assert_eq!(begun.user.expires_at, now() + Duration::from_mins(15));
        assert_eq!(begun.interval, Duration::from_secs(7));
        assert!(!format!("{begun:?}").contains("d-1"));
    }

    #[test]
    fn what_is_not_told_is_what_the_rfc_says() {
        assert_eq!(with("interval", Value::Null).unwrap().interval, INTERVAL);
        assert_eq!(with("expires_in", json!(1e12)).unwrap().user.lives, LONGEST_LIFE);
    }

    #[test]
    fn what_a_terminal_must_not_show_is_no_code() {
        for (name, value) in [
            ("device_code", json!("")),
            ("user_code", json!("A\u{1b}[2J")),
            ("user_code", json!("A".repeat(33))),
            ("verification_uri", json!("http://login.example/device")),
            ("verification_uri", json!("javascript:alert(1)")),
            ("verification_uri", Value::Null),
        ] {
            assert!(with(name, value.clone()).is_err(), "{name}: {value}");
        }
    }

    proptest! {
        #[test]
        fn any_answer_is_read_without_panic(body: Vec<u8>) {
            drop(begun(&body, now()));
        }
    }
}
