//! The role groups that every organization has, with their roles by default.

use super::source::{Source, lines, names};
use crate::app::Service;

const EXCHANGE: &str = include_str!("exchange_groups.txt");
const COMPLIANCE: &str = include_str!("compliance_groups.txt");

/// A role group as it is published.
#[derive(Clone, Debug)]
pub(crate) struct PublishedGroup {
    pub(crate) display_name: &'static str,
    /// The name that cmdlets show: that of Security & Compliance is without spaces.
    pub(crate) name: String,
    /// None where the roles are not published.
    pub(crate) roles: Option<Vec<&'static str>>,
    pub(crate) source: Source,
}

/// The role groups that every organization has.
pub(crate) fn groups(service: Service) -> Vec<PublishedGroup> {
    let text = match service {
        Service::Exchange => EXCHANGE,
        Service::Compliance => COMPLIANCE,
    };
    let groups = lines::<3>(text).map(|line| {
        let [display_name, name, roles] = line.fields;
        let name = match (name, service) {
            ("-", Service::Exchange) => display_name.to_owned(),
            ("-", Service::Compliance) => display_name.replace(' ', ""),
            (name, _) => name.to_owned(),
        };
        let roles = (roles != "?").then(|| names(roles));
        PublishedGroup { display_name, name, roles, source: line.source }
    });
    groups.collect()
}

/// Roles that are in no group by default.
const IN_NO_GROUP: [&str; 2] = ["Address Lists", "Mailbox Import Export"];
/// Roles that open mailboxes to applications over other interfaces, and no cmdlet.
const FOR_APPLICATIONS: [&str; 13] = [
    "Application Mail.Read",
    "Application Mail.ReadBasic",
    "Application Mail.ReadWrite",
    "Application Mail.Send",
    "Application MailboxSettings.Read",
    "Application MailboxSettings.ReadWrite",
    "Application Calendars.Read",
    "Application Calendars.ReadWrite",
    "Application Contacts.Read",
    "Application Contacts.ReadWrite",
    "Application Mail Full Access",
    "Application Exchange Full Access",
    "Application EWS.AccessAsApp",
];

/// The management roles that there are in a service.
pub(crate) fn all(service: Service) -> Vec<&'static str> {
    let grouped = groups(service).into_iter().flat_map(|group| group.roles.unwrap_or_default());
    let others = IN_NO_GROUP.into_iter().chain(FOR_APPLICATIONS).filter(|_| service == Service::Exchange);
    let mut roles: Vec<&str> = grouped.chain(others).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::roles::directory_roles::DIRECTORY_ROLES;
    use crate::roles::source::{Certainty, count};

    #[test]
    fn the_tables_are_read_whole() {
        let (exchange, compliance) = (groups(Service::Exchange), groups(Service::Compliance));
        assert_eq!((exchange.len(), count(EXCHANGE)), (26, 26));
        assert_eq!((compliance.len(), count(COMPLIANCE)), (74, 74));
        let roles: BTreeSet<&str> = compliance.iter().flat_map(|group| group.roles.clone().unwrap()).collect();
        assert_eq!(roles.len(), 119);
        assert!(compliance.iter().all(|group| group.source.certainty == Certainty::Documented));
        let unknown = exchange.iter().filter(|group| group.roles.is_none()).count();
        assert_eq!(unknown, 14);
    }

    #[test]
    fn every_directory_role_leads_to_a_group_of_known_roles() {
        for role in DIRECTORY_ROLES {
            for service in [Service::Exchange, Service::Compliance] {
                let Some(link) = role.link(service) else { continue };
                let known = groups(service);
                let group = known.iter().find(|group| group.display_name == link.group);
                let group = group.unwrap_or_else(|| panic!("{} of {}", link.group, role.name));
                assert!(group.roles.is_some() && !link.source.text.is_empty(), "{}", role.name);
            }
        }
    }
}
