//! Role groups of the two services and the management roles in them.

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

    /// The management roles in it by default.
    pub fn roles(self) -> impl Iterator<Item = &'static str> {
        self.roles.split(';')
    }

    fn of_line(line: &'static str) -> Option<Self> {
        let mut parts = line.split('\t');
        let service = match parts.next()? {
            "x" => Service::Exchange,
            "s" => Service::Compliance,
            _ => return None,
        };
        Some(Self { service, name: parts.next()?, roles: parts.next()? })
    }
}

impl fmt::Debug for RoleGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.service)
    }
}

/// The role groups of a service whose management roles are published.
pub fn role_groups(service: Service) -> impl Iterator<Item = RoleGroup> {
    TABLE.lines().filter_map(RoleGroup::of_line).filter(move |group| group.service == service)
}

/// The role group of this name, in any case.
pub fn role_group(service: Service, name: &str) -> Option<RoleGroup> {
    role_groups(service).find(|group| group.name.eq_ignore_ascii_case(name))
}

const TABLE: &str = include_str!("../data/role_groups.txt");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DirectoryRole;

    #[test]
    fn every_published_group_is_there() {
        assert_eq!(role_groups(Service::Exchange).count(), 12);
        assert_eq!(role_groups(Service::Compliance).count(), 74);
        let size = |service, name| role_group(service, name).map(|group| group.roles().count());
        assert_eq!(size(Service::Exchange, "Organization Management"), Some(40));
        assert_eq!(size(Service::Compliance, "Organization Management"), Some(46));
        assert_eq!(size(Service::Compliance, "Global Reader"), Some(12));
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
