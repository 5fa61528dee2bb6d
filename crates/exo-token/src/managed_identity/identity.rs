//! Which of a host's managed identities is meant.

use super::error::ManagedIdentityError;
use super::host::HostKind;
use exo_model::AppId;
use std::fmt;
use std::str::FromStr;

/// Which of a host's managed identities is meant.
///
/// ```
/// use exo_token::Identity;
/// assert_eq!("system".parse::<Identity>()?, Identity::System);
/// let given: Identity = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse()?;
/// assert_eq!(given.to_string(), "the user-assigned identity with client id 36ee4c6c-0812-40a2-b820-b22ebd02bce3");
/// # Ok::<(), exo_token::ManagedIdentityError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Identity {
    /// The system-assigned one, which lives and dies with its resource.
    #[default]
    System,
    /// The user-assigned one with this client id.
    ClientId(AppId),
    /// The user-assigned one with this object id of its service principal.
    ObjectId(String),
    /// The user-assigned one with this id of a resource, `/subscriptions/…/userAssignedIdentities/NAME`.
    ResourceId(String),
}

impl Identity {
    /// The parameter by which this host is told.
    pub(super) fn parameter(&self, host: HostKind) -> Result<Option<(&'static str, &str)>, ManagedIdentityError> {
        let refused = || Err(ManagedIdentityError::Unsupported { identity: self.clone(), host });
        match (host, self) {
            (_, Self::System) => Ok(None),
            (HostKind::Arc | HostKind::ServiceFabric, _)
            | (HostKind::MachineLearning, Self::ObjectId(_) | Self::ResourceId(_)) => refused(),
            (HostKind::MachineLearning, Self::ClientId(id)) => Ok(Some(("clientid", id.as_str()))),
            (_, Self::ClientId(id)) => Ok(Some(("client_id", id.as_str()))),
            (HostKind::AppService, Self::ObjectId(id)) => Ok(Some(("principal_id", id))),
            (HostKind::VirtualMachine, Self::ObjectId(id)) => Ok(Some(("object_id", id))),
            (HostKind::AppService, Self::ResourceId(id)) => Ok(Some(("mi_res_id", id))),
            (HostKind::VirtualMachine, Self::ResourceId(id)) => Ok(Some(("msi_res_id", id))),
        }
    }
}

impl FromStr for Identity {
    type Err = ManagedIdentityError;

    /// `system`, a client id, `object-id:GUID`, or a resource id.
    fn from_str(text: &str) -> Result<Self, ManagedIdentityError> {
        let text = text.trim();
        let fail = || ManagedIdentityError::NotAnIdentity { text: text.chars().take(120).collect() };
        if text.eq_ignore_ascii_case("system") {
            return Ok(Self::System);
        }
        if let Some(id) = text.strip_prefix("object-id:") {
            return id.parse::<AppId>().map(|id| Self::ObjectId(id.to_string())).map_err(|_| fail());
        }
        if text.to_ascii_lowercase().starts_with("/subscriptions/") {
            return Ok(Self::ResourceId(text.to_owned()));
        }
        text.parse().map(Self::ClientId).map_err(|_| fail())
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("the system-assigned identity"),
            Self::ClientId(id) => write!(f, "the user-assigned identity with client id {id}"),
            Self::ObjectId(id) => write!(f, "the user-assigned identity with object id {id}"),
            Self::ResourceId(id) => write!(f, "the user-assigned identity `{id}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_named_in_four_ways() {
        let guid = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
        let path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n";
        assert_eq!("System".parse::<Identity>().unwrap(), Identity::System);
        assert_eq!(guid.parse::<Identity>().unwrap(), Identity::ClientId(guid.parse().unwrap()));
        assert_eq!(format!("object-id:{guid}").parse::<Identity>().unwrap(), Identity::ObjectId(guid.to_owned()));
        assert_eq!(path.parse::<Identity>().unwrap(), Identity::ResourceId(path.to_owned()));
        for bad in ["", "name", "object-id:name", "user"] {
            assert!(matches!(bad.parse::<Identity>(), Err(ManagedIdentityError::NotAnIdentity { .. })), "{bad}");
        }
    }

    #[test]
    fn each_host_has_its_own_names_for_the_parameter() {
        let client = Identity::ClientId("36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap());
        let (object, resource) = (Identity::ObjectId("o".into()), Identity::ResourceId("/r".into()));
        let name = |identity: &Identity, host| identity.parameter(host).map(|p| p.map(|(name, _)| name)).ok();
        for (host, names) in [
            (HostKind::VirtualMachine, [Some("client_id"), Some("object_id"), Some("msi_res_id")]),
            (HostKind::AppService, [Some("client_id"), Some("principal_id"), Some("mi_res_id")]),
            (HostKind::MachineLearning, [Some("clientid"), None, None]),
            (HostKind::ServiceFabric, [None, None, None]),
            (HostKind::Arc, [None, None, None]),
        ] {
            assert_eq!([&client, &object, &resource].map(|i| name(i, host).flatten()), names, "{host}");
            assert_eq!(name(&Identity::System, host), Some(None));
        }
    }
}
