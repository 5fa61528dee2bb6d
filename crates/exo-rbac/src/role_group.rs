//! Role groups of the two services and the management roles in them.

use crate::ManagementRole;
use exo_model::Service;
use std::fmt;

/// A role group, with the management roles it has by default.
///
/// ```
/// use exo_model::Service;
/// let group = exo_rbac::role_group(Service::Exchange, "help desk").ok_or("no such group")?;
/// assert!(group.roles().any(|role| role == "View-Only Recipients"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RoleGroup {
    service: Service,
    name: &'static str,
    roles: &'static str,
    powershell_name: &'static str,
}

impl RoleGroup {
    /// The service it belongs to; groups of the same name in the other service are others.
    pub fn service(self) -> Service {
        self.service
    }

    /// Its display name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The name by which PowerShell knew it in 2023, where that is another one.
    pub fn powershell_name(self) -> Option<&'static str> {
        Some(self.powershell_name).filter(|name| !name.is_empty())
    }

    /// Whether its management roles are published; of some groups only the name is known.
    pub fn is_published(self) -> bool {
        self.roles != UNPUBLISHED
    }

    /// The management roles in it by default; none where they are not published.
    pub fn roles(self) -> impl Iterator<Item = &'static str> {
        self.roles.split(';').filter(move |_| self.is_published())
    }

    /// The same, as management roles.
    pub fn management_roles(self) -> impl Iterator<Item = ManagementRole> {
        self.roles().map(move |name| ManagementRole::new(self.service, name))
    }

    fn of_line(line: &'static str) -> Option<Self> {
        let mut parts = line.split('\t');
        let service = match parts.next()? {
            "x" => Service::Exchange,
            "s" => Service::Compliance,
            _ => return None,
        };
        Some(Self { service, name: parts.next()?, roles: parts.next()?, powershell_name: parts.next()? })
    }
}

impl fmt::Display for RoleGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for RoleGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.service)
    }
}

/// The role groups of a service, also those whose management roles are not published.
pub fn role_groups(service: Service) -> impl Iterator<Item = RoleGroup> {
    lines(service).filter(|group| !group.name.is_empty())
}

/// The role group of this name, in any case; PowerShell's name counts too.
pub fn role_group(service: Service, name: &str) -> Option<RoleGroup> {
    let name = name.trim();
    let called = |known: &str| !known.is_empty() && known.eq_ignore_ascii_case(name);
    role_groups(service).find(|group| called(group.name) || called(group.powershell_name))
}

/// The management roles of a service that no role group has by default.
pub(crate) fn in_no_group(service: Service) -> impl Iterator<Item = &'static str> {
    lines(service).filter(|group| group.name.is_empty()).flat_map(RoleGroup::roles)
}

fn lines(service: Service) -> impl Iterator<Item = RoleGroup> {
    TABLE.lines().filter_map(RoleGroup::of_line).filter(move |group| group.service == service)
}

const TABLE: &str = include_str!("../data/role_groups.txt");
const UNPUBLISHED: &str = "?";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DirectoryRole;

    #[test]
    fn every_group_is_there() {
        let published = |service| role_groups(service).filter(|group| group.is_published()).count();
        assert_eq!((published(Service::Exchange), role_groups(Service::Exchange).count()), (12, 26));
        assert_eq!((published(Service::Compliance), role_groups(Service::Compliance).count()), (74, 74));
        let size = |service, name| role_group(service, name).map(|group| group.roles().count());
        assert_eq!(size(Service::Exchange, "Organization Management"), Some(40));
        assert_eq!(size(Service::Compliance, "Organization Management"), Some(46));
        assert_eq!(size(Service::Compliance, "Compliance Administrator"), Some(46));
        assert_eq!(size(Service::Compliance, "Global Reader"), Some(12));
        assert_eq!(size(Service::Compliance, "Security Administrator"), Some(19));
        assert_eq!(size(Service::Compliance, "Security Reader"), Some(8));
        assert_eq!(size(Service::Exchange, "Insider Risk Management"), Some(0));
    }

    #[test]
    fn groups_answer_to_both_their_names_and_not_to_none() {
        let group = role_group(Service::Compliance, "ediscoverymanager").unwrap();
        assert_eq!((group.name(), group.powershell_name()), ("eDiscovery Manager", Some("eDiscoveryManager")));
        assert_eq!(role_groups(Service::Compliance).filter(|group| group.powershell_name().is_some()).count(), 52);
        assert!(role_group(Service::Exchange, "").is_none());
        assert_eq!(in_no_group(Service::Exchange).collect::<Vec<_>>(), ["Address Lists", "Mailbox Import Export"]);
        assert_eq!(in_no_group(Service::Compliance).count(), 0);
    }

    #[test]
    fn every_group_behind_a_directory_role_is_there() {
        for role in DirectoryRole::ALL {
            for service in Service::ALL {
                assert_eq!(role.group(*service).is_some(), role.today.contains(*service), "{role} {service}");
                if let Some(link) = role.group(*service) {
                    assert!(role_group(*service, link.group).is_some(), "{role} {service}");
                }
            }
        }
    }
}
