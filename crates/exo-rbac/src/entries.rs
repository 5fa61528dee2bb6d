//! What is known of the cmdlets in Exchange Online's management roles.

use crate::{DirectoryRole, role_group};
use exo_model::Service;

/// What is known of one cmdlet.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Entry {
    alone: &'static str,
    proven: &'static str,
    at_most: &'static str,
}

impl Entry {
    /// The entry of a cmdlet; an empty one where nothing is known.
    pub(crate) fn of(cmdlet: &str) -> Self {
        let named = |line: &&str| line.split('\t').next().is_some_and(|name| name.eq_ignore_ascii_case(cmdlet));
        let Some(line) = TABLE.lines().filter(|line| !line.starts_with('#')).find(named) else {
            return Self::default();
        };
        let mut parts =
            line.split('\t').skip(1).map(Some).chain(std::iter::repeat(None)).map(Option::unwrap_or_default);
        let mut next = || parts.next().unwrap_or_default();
        Self { alone: next(), proven: next(), at_most: next() }
    }

    /// Roles that hold it according to its reference page, and that no role group has by default.
    pub(crate) fn alone(self) -> Vec<&'static str> {
        roles(self.alone)
    }

    /// Roles that held it in 2022.
    pub(crate) fn proven(self) -> Vec<&'static str> {
        roles(self.proven)
    }

    /// The only roles that could hold it in 2022; empty where nothing is known. Roles of end users are left out.
    pub(crate) fn at_most(self) -> Vec<&'static str> {
        roles(self.at_most).into_iter().filter(|role| !role.starts_with("My")).collect()
    }
}

/// The management roles of Exchange Online that a directory role is known to give.
pub(crate) fn management_roles(role: &DirectoryRole) -> Vec<&'static str> {
    let group = role.exchange_group.and_then(|link| role_group(Service::Exchange, link.group));
    group.map(|group| group.roles().collect()).unwrap_or_default()
}

/// Whether a directory role was reported not to have a cmdlet.
pub(crate) fn reported_missing(role: &DirectoryRole, cmdlet: &str) -> bool {
    MISSING.iter().any(|(name, missing)| *name == role.name && missing.eq_ignore_ascii_case(cmdlet))
}

fn roles(list: &'static str) -> Vec<&'static str> {
    list.split(';').filter(|role| !role.is_empty()).collect()
}

/// Directory roles and cmdlets they lack: MicrosoftDocs/office-docs-powershell issue 9428, confirmed there by the article's writer.
const MISSING: &[(&str, &str)] = &[("Global Reader", "Get-RecipientPermission")];

const TABLE: &str = include_str!("../data/role_cmdlets.txt");

#[cfg(test)]
mod tests {
    use super::*;
    use exo_catalog::find;

    #[test]
    fn entries_are_found_and_absent_ones_are_empty() {
        let entry = Entry::of("get-accepteddomain");
        assert_eq!(entry.proven(), ["View-Only Configuration"]);
        assert!(entry.at_most().contains(&"Remote and Accepted Domains"));
        assert_eq!(Entry::of("Get-AddressList").alone(), ["Address Lists"]);
        assert!(Entry::of("Get-Nothing").at_most().is_empty());
        // Its sources contradict each other.
        assert!(Entry::of("Get-OMEConfiguration").at_most().is_empty());
        assert!(Entry::of("Get-Mailbox").at_most().iter().all(|role| !role.starts_with("My")));
    }

    #[test]
    fn what_is_proven_is_within_the_bound_and_reads() {
        let mut seen = 0;
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split('\t').next().unwrap();
            let entry = Entry::of(name);
            for role in entry.proven() {
                assert!(entry.at_most().contains(&role), "{name} {role}");
                let cmdlet = find(&name.parse().unwrap()).unwrap();
                assert_eq!(cmdlet.access(), exo_catalog::Access::Read, "{name}");
                seen += 1;
            }
        }
        assert!(seen > 40);
    }
}
