//! What a call asks of whoever sends it.

use serde::Serialize;
use std::fmt;

/// What whoever does the set-up must be allowed, one member per group of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Privilege {
    /// To look at apps and service principals.
    ReadApps,
    /// To create and change the app and its service principal.
    WriteApps,
    /// To consent to an application permission.
    Consent,
    /// To look at who holds which directory role.
    ReadRoles,
    /// To assign a directory role.
    AssignRoles,
    /// To change the app's own certificates, with a signature by one of them.
    OwnKeys,
}

impl Privilege {
    /// Every member.
    pub const ALL: &'static [Self] =
        &[Self::ReadApps, Self::WriteApps, Self::Consent, Self::ReadRoles, Self::AssignRoles, Self::OwnKeys];

    /// The least permissions of Microsoft Graph, delegated or application, that do.
    pub const fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::ReadApps => &["Application.Read.All"],
            Self::WriteApps => &["Application.ReadWrite.All"],
            // The first alone is refused: the resource must be read, too.
            Self::Consent => &["AppRoleAssignment.ReadWrite.All", "Application.Read.All"],
            Self::ReadRoles => &["RoleManagement.Read.Directory"],
            Self::AssignRoles => &["RoleManagement.ReadWrite.Directory"],
            Self::OwnKeys => &[],
        }
    }

    /// The directory role that a person who signs in needs beside them.
    pub const fn administrator(self) -> Option<&'static str> {
        match self {
            Self::WriteApps | Self::Consent => Some("Cloud Application Administrator or Application Administrator"),
            Self::AssignRoles => Some("Privileged Role Administrator"),
            Self::ReadApps | Self::ReadRoles | Self::OwnKeys => None,
        }
    }

    /// Of these permissions, those that no other of them includes.
    pub fn least(needed: impl IntoIterator<Item = Self>) -> Vec<&'static str> {
        let mut all: Vec<&str> = needed.into_iter().flat_map(Self::permissions).copied().collect();
        all.sort_unstable();
        all.dedup();
        let included =
            |permission: &str| INCLUDED.iter().any(|(larger, smaller)| *smaller == permission && all.contains(larger));
        all.iter().copied().filter(|permission| !included(permission)).collect()
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadApps => "to read apps",
            Self::WriteApps => "to create and change apps",
            Self::Consent => "to consent to application permissions",
            Self::ReadRoles => "to read directory roles",
            Self::AssignRoles => "to assign directory roles",
            Self::OwnKeys => "to change the app's own certificates",
        })
    }
}

/// Which permission does what another one does, and more.
const INCLUDED: &[(&str, &str)] = &[
    ("Application.ReadWrite.All", "Application.Read.All"),
    ("RoleManagement.ReadWrite.Directory", "RoleManagement.Read.Directory"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_included_is_not_asked_for() {
        assert_eq!(Privilege::least([Privilege::ReadApps, Privilege::ReadRoles]).len(), 2);
        assert_eq!(
            Privilege::least([Privilege::ReadApps, Privilege::WriteApps, Privilege::Consent]),
            ["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All"]
        );
        assert!(Privilege::least([Privilege::OwnKeys]).is_empty());
    }
}
