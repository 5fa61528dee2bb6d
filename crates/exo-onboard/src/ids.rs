//! The ids of objects in the directory.

use exo_http::RequestId;
use exo_model::{AppId, IdError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The GUID of an object in the directory, in lower case: an app registration, a service principal, a role's template.
///
/// Not the application (client) id, which is an [`AppId`].
///
/// ```
/// use exo_onboard::ObjectId;
/// let id: ObjectId = "F2EF992C-3AFB-46B9-B7CF-A126EE74C451".parse()?;
/// assert_eq!(id.as_str(), "f2ef992c-3afb-46b9-b7cf-a126ee74c451");
/// # Ok::<(), exo_model::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectId(String);

impl ObjectId {
    /// The GUID in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn random() -> Self {
        Self(RequestId::random().to_string())
    }

    /// A published id, as this crate's tables have it.
    pub(crate) fn published(id: &'static str) -> Self {
        Self(id.to_owned())
    }
}

impl FromStr for ObjectId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // Every id of the directory has the form of an application's.
        text.parse::<AppId>().map(|id| Self(id.as_str().to_owned()))
    }
}

impl TryFrom<String> for ObjectId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<ObjectId> for String {
    fn from(id: ObjectId) -> Self {
        id.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_guid_reaches_no_path() {
        for bad in ["", "me", "../users", "f2ef992c-3afb-46b9-b7cf-a126ee74c451/x"] {
            assert!(bad.parse::<ObjectId>().is_err(), "{bad}");
            assert!(serde_json::from_value::<ObjectId>(bad.into()).is_err(), "{bad}");
        }
    }
}
