//! Apps that have the wanted name already: a name identifies nothing, so somebody has to choose.

use crate::ObjectId;
use crate::read::text;
use exo_model::AppId;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// What to do when there are apps of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SameName {
    /// Stop, and tell which there are.
    #[default]
    Tell,
    /// Make another one beside them.
    Beside,
    /// Take the app with this application id, whatever its name, and complete it.
    Adopt(AppId),
}

/// An app that has the wanted name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Namesake {
    /// Its application (client) id, by which it can be adopted.
    pub app_id: String,
    /// The id of the registration.
    pub id: String,
    /// When it was made, if the directory tells.
    pub created: Option<String>,
}

impl Namesake {
    pub(crate) fn of(application: &Value) -> Option<Self> {
        let guid = |name| Some(text(application, name)?.parse::<ObjectId>().ok()?.to_string());
        Some(Self {
            app_id: guid("appId")?,
            id: guid("id")?,
            created: text(application, "createdDateTime").map(ToOwned::to_owned),
        })
    }
}

impl fmt::Display for Namesake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.app_id)?;
        self.created.as_ref().map_or(Ok(()), |created| write!(f, " (made {created})"))
    }
}
