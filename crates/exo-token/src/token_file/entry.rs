//! What stands in the file of a token.

use exo_model::{AccessToken, Secret, SecretBytes};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A token as it is kept.
pub(super) struct Entry(AccessToken);

#[derive(Serialize)]
struct Written<'a> {
    form: u32,
    key: &'a str,
    access_token: &'a str,
    expires_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_at: Option<u64>,
}

#[derive(Deserialize)]
struct Read {
    form: u32,
    key: String,
    access_token: String,
    expires_at: u64,
    refresh_at: Option<u64>,
}

impl Entry {
    /// Reads a file; nothing if it is of another form, of another token, or garbled.
    pub(super) fn read(bytes: &SecretBytes, key: &str) -> Option<Self> {
        let Read { form, key: read, access_token, expires_at, refresh_at } =
            serde_json::from_slice(bytes.expose()).ok()?;
        let access_token = Secret::new(access_token);
        let is_word = !access_token.expose().is_empty() && access_token.expose().bytes().all(|b| b.is_ascii_graphic());
        if form != FORM || read != key || !is_word {
            return None;
        }
        let token = AccessToken::new(access_token, time(expires_at)?);
        Some(Self(match refresh_at {
            Some(seconds) => token.refresh_from(time(seconds)?),
            None => token,
        }))
    }

    /// The file of a token; nothing if it cannot be written down, as no real one can.
    pub(super) fn write(key: &str, token: &AccessToken) -> Option<SecretBytes> {
        let written = Written {
            form: FORM,
            key,
            access_token: token.secret().expose(),
            expires_at: seconds(token.expires_at())?,
            refresh_at: token.refresh_at().and_then(seconds),
        };
        serde_json::to_vec(&written).ok().map(SecretBytes::new)
    }

    pub(super) fn into_token(self) -> AccessToken {
        self.0
    }
}

/// The form of the file; another one is not read.
const FORM: u32 = 1;

fn time(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn seconds(time: SystemTime) -> Option<u64> {
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token() -> AccessToken {
        AccessToken::new(Secret::from("a.b-c_d"), UNIX_EPOCH + Duration::from_secs(1_780_003_599))
    }

    #[test]
    fn a_token_comes_out_as_it_went_in() {
        for token in [token(), token().refresh_from(UNIX_EPOCH + Duration::from_secs(1_780_000_100))] {
            let read = Entry::read(&Entry::write("key", &token).unwrap(), "key").unwrap().into_token();
            assert_eq!(read.secret().expose(), token.secret().expose());
            assert_eq!((read.expires_at(), read.refresh_at()), (token.expires_at(), token.refresh_at()));
        }
    }

    #[test]
    fn what_is_garbled_or_anothers_counts_as_absent() {
        let whole = Entry::write("key", &token()).unwrap();
        assert!(Entry::read(&whole, "other").is_none());
        for end in 0..whole.expose().len() {
            assert!(Entry::read(&whole.expose()[..end].to_vec().into(), "key").is_none(), "{end}");
        }
        let text = String::from_utf8(whole.expose().to_vec()).unwrap();
        for (from, to) in [
            ("\"form\":1", "\"form\":2"),
            ("a.b-c_d", ""),
            ("a.b-c_d", "a\\nb"),
            ("1780003599", "18446744073709551615"),
            ("1780003599", "-1"),
            ("1780003599", "\"1780003599\""),
        ] {
            assert!(text.contains(from));
            assert!(Entry::read(&text.replace(from, to).into_bytes().into(), "key").is_none(), "{to}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            prop_assert!(Entry::read(&bytes.into(), "key").is_none());
        }
    }
}
