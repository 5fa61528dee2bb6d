//! Management roles: what role groups consist of, and what grants cmdlets.

use crate::role_group::in_no_group;
use crate::{RoleGroup, role_groups};
use exo_model::Service;
use std::fmt;

/// A management role of a service; what a role group of one's own is made of.
///
/// ```
/// use exo_model::Service;
/// let role = exo_rbac::management_role(Service::Exchange, "view-only recipients").ok_or("no such role")?;
/// assert!(role.reads_only());
/// assert!(role.role_groups().any(|group| group.name() == "View-Only Organization Management"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ManagementRole {
    service: Service,
    name: &'static str,
}

impl ManagementRole {
    pub(crate) const fn new(service: Service, name: &'static str) -> Self {
        Self { service, name }
    }

    /// The service it belongs to; roles of the same name in the other service are others.
    pub fn service(self) -> Service {
        self.service
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Whether it is taken to hold reading cmdlets alone: View-Only roles and Security Reader.
    ///
    /// No source says so for all of them; none of the exports of 2022 contradicts it.
    pub fn reads_only(self) -> bool {
        self.name.starts_with("View-Only ") || self.name == "Security Reader"
    }

    /// Whether it is left over from Unified Messaging, and grants nothing any more.
    pub fn is_retired(self) -> bool {
        self.service == Service::Exchange && RETIRED.contains(&self.name)
    }

    /// The role groups that have it by default.
    pub fn role_groups(self) -> impl Iterator<Item = RoleGroup> {
        role_groups(self.service).filter(move |group| group.roles().any(|name| name == self.name))
    }
}

impl fmt::Display for ManagementRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for ManagementRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.service)
    }
}

/// The published management roles of a service, in the order of their names.
pub fn management_roles(service: Service) -> Vec<ManagementRole> {
    let mut names: Vec<_> = role_groups(service).flat_map(RoleGroup::roles).chain(in_no_group(service)).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| ManagementRole::new(service, name)).collect()
}

/// The management role of this name, in any case.
pub fn management_role(service: Service, name: &str) -> Option<ManagementRole> {
    management_roles(service).into_iter().find(|role| role.name.eq_ignore_ascii_case(name.trim()))
}

const RETIRED: &[&str] = &["UM Mailboxes", "UM Prompts", "Unified Messaging"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_role_is_there() {
        assert_eq!(management_roles(Service::Exchange).len(), 44);
        assert_eq!(management_roles(Service::Compliance).len(), 119);
        assert_eq!(management_roles(Service::Exchange).iter().filter(|role| role.is_retired()).count(), 3);
        assert!(management_role(Service::Exchange, "Address Lists").unwrap().role_groups().next().is_none());
        assert!(management_role(Service::Exchange, "Search And Purge").is_none());
    }
}
