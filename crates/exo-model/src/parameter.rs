//! Values of parameters that JSON has no form for, in the form that the service wants.

use crate::Secret;
use serde_json::{Map, Value, json};
use std::time::SystemTime;

/// What is added to a list and taken from it, all else staying as it is.
///
/// A plain list as a parameter replaces what is there; `null` clears it, and an empty list does not.
///
/// ```
/// use exo_model::{Delta, Invocation, Service};
/// let addresses = Delta::new().add("smtp:orders@contoso.com").remove("smtp:old@contoso.com");
/// let call = Invocation::new(Service::Exchange, "Set-Mailbox".parse()?).with("EmailAddresses", addresses);
/// assert_eq!(call.parameters["EmailAddresses"]["Add"][0], "smtp:orders@contoso.com");
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Delta {
    add: Vec<Value>,
    remove: Vec<Value>,
    of_texts: bool,
}

impl Delta {
    /// A change that changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an element.
    #[expect(clippy::should_implement_trait, reason = "the word of the service's own table")]
    pub fn add(mut self, element: impl Into<Value>) -> Self {
        self.add.push(element.into());
        self
    }

    /// Removes an element.
    pub fn remove(mut self, element: impl Into<Value>) -> Self {
        self.remove.push(element.into());
        self
    }

    /// Names the service's own type for lists of texts, where a table without a type is not taken.
    pub fn of_texts(mut self) -> Self {
        self.of_texts = true;
        self
    }
}

impl From<Delta> for Value {
    fn from(delta: Delta) -> Self {
        let kind = if delta.of_texts { "#Exchange.StringFieldDeltaUpdateData" } else { "#Exchange.GenericHashTable" };
        let mut table = Map::new();
        table.insert("@odata.type".to_owned(), kind.into());
        for (name, elements) in [("Add", delta.add), ("Remove", delta.remove)] {
            if !elements.is_empty() {
                table.insert(name.to_owned(), elements.into());
            }
        }
        table.into()
    }
}

/// Bytes as a parameter, such as a file's.
///
/// ```
/// use exo_model::ByteArray;
/// use serde_json::{Value, json};
/// let value = Value::from(ByteArray::from(b"\x00\xff"));
/// assert_eq!(value, json!({"@odata.type": "#Exchange.ByteArrayType", "Data": [0, 255]}));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByteArray(Vec<u8>);

impl<T: AsRef<[u8]>> From<T> for ByteArray {
    fn from(bytes: T) -> Self {
        Self(bytes.as_ref().to_vec())
    }
}

impl From<ByteArray> for Value {
    fn from(bytes: ByteArray) -> Self {
        json!({"@odata.type": "#Exchange.ByteArrayType", "Data": bytes.0})
    }
}

/// A moment as a parameter: in UTC, to the second, without a zone, as the service reads it.
///
/// ```
/// use exo_model::UtcTime;
/// use std::time::{Duration, SystemTime};
/// let moment = UtcTime::from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_769_817_600));
/// assert_eq!(serde_json::Value::from(moment), "2026-01-31T00:00:00");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UtcTime {
    /// Since 1970; a fraction of a second is dropped towards the past.
    seconds: i64,
}

impl UtcTime {
    /// Seconds since 1970 began in UTC; before it they are negative.
    pub fn from_unix(seconds: i64) -> Self {
        Self { seconds: seconds.clamp(EARLIEST, LATEST) }
    }
}

impl From<SystemTime> for UtcTime {
    fn from(time: SystemTime) -> Self {
        let whole = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
        Self::from_unix(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => whole(after.as_secs()),
            Err(before) => {
                let before = before.duration();
                -whole(before.as_secs() + u64::from(before.subsec_nanos() > 0))
            }
        })
    }
}

impl From<UtcTime> for Value {
    fn from(time: UtcTime) -> Self {
        let (day, second) = (time.seconds.div_euclid(86_400), time.seconds.rem_euclid(86_400));
        // Days since the first of March of the year 0; a cycle of 400 years has 146,097 days, one of its years ends in February.
        let day = day + 719_468;
        let (cycle, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let date = day - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}", cycle * 400 + year + next).into()
    }
}

/// What the service can hold: the first second of the year 1, and the last of 9999.
const EARLIEST: i64 = -62_135_596_800;
const LATEST: i64 = 253_402_300_799;

/// A parameter that travels encrypted, and that nothing shows: a password, or a user with one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SecretParameter {
    /// A secure string.
    Text(Secret),
    /// A user with a password.
    Credential {
        /// The user's name.
        user: String,
        /// The user's password.
        password: Secret,
    },
}

impl SecretParameter {
    /// A user with a password.
    pub fn credential(user: impl Into<String>, password: Secret) -> Self {
        Self::Credential { user: user.into(), password }
    }
}

impl From<Secret> for SecretParameter {
    fn from(text: Secret) -> Self {
        Self::Text(text)
    }
}

impl PartialEq for SecretParameter {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.expose() == b.expose(),
            (Self::Credential { user, password }, Self::Credential { user: other, password: another }) => {
                user == other && password.expose() == another.expose()
            }
            _ => false,
        }
    }
}

impl Eq for SecretParameter {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_change_has_both_forms() {
        let change = Delta::new().add("a").add(1).remove("b");
        assert_eq!(
            Value::from(change.clone()),
            json!({"@odata.type": "#Exchange.GenericHashTable", "Add": ["a", 1], "Remove": ["b"]})
        );
        assert_eq!(
            Value::from(Delta::new().remove("b").of_texts()),
            json!({"@odata.type": "#Exchange.StringFieldDeltaUpdateData", "Remove": ["b"]})
        );
    }

    #[test]
    fn moments_are_written_in_utc() {
        let at = |seconds| Value::from(UtcTime::from_unix(seconds));
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (4_107_542_400, "2100-03-01T00:00:00"),
            (1_798_761_599, "2026-12-31T23:59:59"),
            (-1, "1969-12-31T23:59:59"),
            (i64::MIN, "0001-01-01T00:00:00"),
            (i64::MAX, "9999-12-31T23:59:59"),
        ] {
            assert_eq!(at(seconds), text);
        }
        let early = SystemTime::UNIX_EPOCH - Duration::from_millis(500);
        assert_eq!(Value::from(UtcTime::from(early)), "1969-12-31T23:59:59");
    }

    #[test]
    fn a_secret_parameter_is_not_shown() {
        let password = Secret::from("MARKED");
        let credential = SecretParameter::credential("ana", password.clone());
        assert!(!format!("{credential:?} {:?}", SecretParameter::from(password.clone())).contains("MARKED"));
        assert_eq!(credential, SecretParameter::credential("ana", "MARKED".into()));
        assert_ne!(credential, SecretParameter::credential("ana", "other".into()));
        assert_ne!(credential, SecretParameter::from(password));
    }
}
