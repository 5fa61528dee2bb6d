//! The properties of a registration that are kept as they are given, and what each of them takes.

use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::keys::wrong_type;
use crate::guid::Guid;

/// The key that whoever makes a registration may choose, and nobody changes.
pub(super) const UNIQUE_NAME: &str = "uniqueName";
/// What a registration is for if nobody said anything.
pub(super) const USUAL_AUDIENCE: &str = "AzureADMultipleOrgs";
const AUDIENCES: [&str; 4] =
    ["AzureADMyOrg", USUAL_AUDIENCE, "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"];
/// Properties that are kept as they are given, with what they are if nobody said anything.
const KEPT: [(&str, Usual); 16] = [
    ("api", Usual::Object),
    ("description", Usual::Null),
    ("identifierUris", Usual::List),
    ("info", Usual::Object),
    ("isFallbackPublicClient", Usual::Null),
    ("notes", Usual::Null),
    ("optionalClaims", Usual::Null),
    ("passwordCredentials", Usual::List),
    ("publicClient", Usual::Object),
    ("requiredResourceAccess", Usual::List),
    ("serviceManagementReference", Usual::Null),
    ("signInAudience", Usual::Null),
    ("spa", Usual::Object),
    ("tags", Usual::List),
    (UNIQUE_NAME, Usual::Null),
    ("web", Usual::Object),
];

#[derive(Clone, Copy)]
enum Usual {
    Null,
    List,
    Object,
}

/// All of them, with what is usual for those that were not given.
pub(super) fn shown(given: &Map<String, Value>) -> Map<String, Value> {
    let all = KEPT.iter().map(|(name, usual)| {
        let usual = || match usual {
            Usual::Null => Value::Null,
            Usual::List => json!([]),
            Usual::Object => json!({}),
        };
        ((*name).to_owned(), given.get(*name).cloned().unwrap_or_else(usual))
    });
    all.collect()
}

/// Refuses a property that a registration does not have, or a value that it does not take.
pub(super) fn check(name: &str, value: &Value) -> Result<(), Failure> {
    let known = KEPT.iter().find(|(known, _)| *known == name);
    match (known, name, value) {
        (_, "requiredResourceAccess", value) => check_required(value),
        (_, "signInAudience", Value::String(text)) if AUDIENCES.contains(&text.as_str()) => Ok(()),
        (_, "signInAudience", _) => Err(Failure::bad("Invalid value specified for property 'signInAudience'.")),
        (_, "passwordCredentials", Value::Array(list)) if !list.is_empty() => {
            Err(Failure::bad("Secrets are made by addPassword, which is not here."))
        }
        (None, ..) => Err(Failure::bad(format!("Invalid property '{name}'."))),
        (Some(_), _, Value::Null)
        | (Some((_, Usual::List)), _, Value::Array(_))
        | (Some((_, Usual::Object)), _, Value::Object(_))
        | (Some((_, Usual::Null)), _, Value::String(_) | Value::Object(_)) => Ok(()),
        _ => Err(wrong_type(name)),
    }
}

/// A list of resources, each with a list of permissions, all of them by GUIDs.
fn check_required(value: &Value) -> Result<(), Failure> {
    let wrong = || wrong_type("requiredResourceAccess");
    let is_guid = |value: Option<&Value>| value.and_then(Value::as_str).is_some_and(|id| Guid::parse(id).is_some());
    for resource in value.as_array().ok_or_else(wrong)? {
        let access = resource.get("resourceAccess").and_then(Value::as_array).ok_or_else(wrong)?;
        let is_permission = |permission: &Value| {
            let kind = permission.get("type").and_then(Value::as_str);
            is_guid(permission.get("id")) && matches!(kind, Some("Role" | "Scope"))
        };
        if !is_guid(resource.get("resourceAppId")) || !access.iter().all(is_permission) {
            return Err(wrong());
        }
    }
    Ok(())
}
