//! The sources: statements of reference pages, bounds from exports, patterns, single reports.

use exo_catalog::Cmdlet;
use exo_model::Service;

/// A role that holds a cmdlet or parameter according to Microsoft's reference page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) role: &'static str,
    /// Whether no other role holds it.
    pub(super) only: bool,
}

/// Which roles of Exchange Online could hold a cmdlet at most; empty where nothing is known.
#[derive(Debug, Default, Clone)]
pub(super) struct Bound {
    /// Without the roles of end users.
    pub(super) at_most: Vec<&'static str>,
    pub(super) proven: Vec<&'static str>,
    pub(super) contradicted: bool,
}

impl Bound {
    pub(super) fn is_empty(&self) -> bool {
        self.at_most.is_empty() && self.proven.is_empty()
    }
}

/// What the page of a cmdlet says of it, or of a parameter, for a service.
pub(super) fn statements(service: Service, cmdlet: &str, parameter: Option<&str>) -> Vec<Statement> {
    let of_service = if service == Service::Exchange { "x" } else { "s" };
    rows(DOCUMENTED)
        .filter(|[kind, _, _, what]| (*kind == "a" || *kind == of_service) && named(what, cmdlet, parameter))
        .map(|[_, marks, role, _]| Statement { role, only: marks.contains('o') })
        .collect()
}

/// The directory roles of which one is needed for a parameter, whatever the role groups; empty for most parameters.
pub(crate) fn directory_roles(service: Service, cmdlet: &str, parameter: &str) -> Vec<&'static str> {
    let found = rows(DOCUMENTED).find(|[kind, _, _, what]| *kind == "d" && named(what, cmdlet, Some(parameter)));
    found.filter(|_| service == Service::Compliance).map(|[_, _, roles, _]| list(roles)).unwrap_or_default()
}

/// The role groups that hold a cmdlet according to Microsoft, by no known management role.
pub(crate) fn groups_that_hold(service: Service, cmdlet: &str) -> Vec<&'static str> {
    if service == Service::Exchange {
        let asked = ASKING.0.iter().any(|name| name.eq_ignore_ascii_case(cmdlet));
        return if asked { ASKING.1.to_vec() } else { Vec::new() };
    }
    rows(DOCUMENTED)
        .filter(|[kind, _, _, what]| *kind == "g" && named(what, cmdlet, None))
        .map(|[_, _, group, _]| group)
        .collect()
}

/// Of how many cmdlets of Exchange Online the exports say that a role could hold them.
pub(crate) fn breadth(role: &str) -> usize {
    let could = rows(BOUNDS).filter(|[at_most, ..]| at_most.split(';').any(|known| known == role));
    could.map(|[_, _, _, cmdlets]| cmdlets.split(';').count()).sum()
}

/// The bound of a cmdlet of Exchange Online: from the exports, else from the pattern of its noun.
pub(super) fn bound(cmdlet: Cmdlet, writes: bool) -> Bound {
    let end_users = |role: &&str| !role.starts_with("My");
    match rows(BOUNDS).find(|[_, _, _, cmdlets]| named(cmdlets, cmdlet.name(), None)) {
        Some([at_most, proven, marks, _]) => Bound {
            at_most: list(at_most).into_iter().filter(end_users).collect(),
            proven: list(proven),
            contradicted: marks.contains('!'),
        },
        None => Bound { at_most: pattern(cmdlet.name(), writes), ..Bound::default() },
    }
}

/// The role that a newer release of the same exports names for a cmdlet of Security & Compliance.
pub(super) fn reported(service: Service, cmdlet: &str, writes: bool) -> Option<&'static str> {
    let noun = cmdlet.split_once('-').map(|(_, noun)| noun)?;
    let found = REPORTED.iter().find(|(known, _, _)| *known == noun).filter(|_| service == Service::Compliance);
    found.map(|(_, read, write)| if writes { *write } else { *read })
}

/// Whether a directory role was reported not to have a cmdlet or one of its parameters.
pub(crate) fn reported_missing(role: &str, cmdlet: &str, parameter: Option<&str>) -> bool {
    let same = |known: Option<&str>| match (known, parameter) {
        (None, None) => true,
        (Some(known), Some(asked)) => known.eq_ignore_ascii_case(asked),
        _ => false,
    };
    MISSING.iter().any(|(name, missing, p)| *name == role && missing.eq_ignore_ascii_case(cmdlet) && same(*p))
}

fn pattern(cmdlet: &str, writes: bool) -> Vec<&'static str> {
    let Some((_, noun)) = cmdlet.split_once('-') else { return Vec::new() };
    let found = PATTERNS.iter().find(|(nouns, _, _)| nouns.contains(&noun));
    found.map(|(_, write, read)| if writes { write.to_vec() } else { [*write, *read].concat() }).unwrap_or_default()
}

/// Whether a list of `Cmdlet` and `Cmdlet/Parameter` names this one.
fn named(list: &str, cmdlet: &str, parameter: Option<&str>) -> bool {
    list.split(';').any(|what| match (what.split_once('/'), parameter) {
        (None, None) => what.eq_ignore_ascii_case(cmdlet),
        (Some((of, known)), Some(asked)) => of.eq_ignore_ascii_case(cmdlet) && known.eq_ignore_ascii_case(asked),
        _ => false,
    })
}

fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 4]> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut parts = line.split('\t');
        Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?])
    })
}

fn list(text: &'static str) -> Vec<&'static str> {
    text.split(';').filter(|item| !item.is_empty()).collect()
}

/// Nouns, the roles that write them at most, and the further roles that read them at most: what the exports of 2022 have in common,
/// for the cmdlets of the same nouns that they do not hold. Seen in one organization; several exports agree.
const PATTERNS: &[(&[&str], &[&str], &[&str])] = &[
    (
        &[
            "AntiPhishPolicy",
            "AntiPhishRule",
            "DkimSigningConfig",
            "HostedConnectionFilterPolicy",
            "HostedContentFilterPolicy",
            "HostedContentFilterRule",
            "HostedOutboundSpamFilterPolicy",
            "HostedOutboundSpamFilterRule",
            "MalwareFilterPolicy",
            "MalwareFilterRule",
            "QuarantinePolicy",
            "SafeAttachmentPolicy",
            "SafeAttachmentRule",
            "SafeLinksPolicy",
            "SafeLinksRule",
        ],
        &["Security Admin", "Transport Hygiene"],
        &["Security Reader", "View-Only Configuration"],
    ),
    (
        &["InboundConnector", "OutboundConnector", "RemoteDomain"],
        &["Remote and Accepted Domains"],
        &["View-Only Configuration"],
    ),
    (
        &["ManagementRole", "ManagementRoleEntry", "RoleGroup", "RoleGroupMember"],
        &["Role Management"],
        &["View-Only Configuration"],
    ),
];

/// Nouns of Security & Compliance, the role that reads them and the one that changes them: microsoft/Microsoft365DSC, release
/// 1.26.708.1. One source outside Microsoft's documentation.
const REPORTED: &[(&str, &str, &str)] = &[
    ("DlpCompliancePolicy", "Security Reader", "Organization Configuration"),
    ("DeviceConfigurationRule", "View-Only Device Management", "Device Management"),
];

/// Directory roles and what they lack: MicrosoftDocs/office-docs-powershell issue 9428, confirmed there by the article's writer;
/// field notes of a collector project, measured in one tenant, 2026-07-23.
const MISSING: &[(&str, &str, Option<&str>)] = &[
    ("Global Reader", "Get-RecipientPermission", None),
    ("Security Reader", "Get-QuarantineMessage", Some("EntityType")),
];

/// The cmdlets that ask for role entries, and the role groups that have them: find-exchange-cmdlet-permissions.md in
/// MicrosoftDocs/office-docs-powershell 93336da2.
const ASKING: (&[&str], &[&str]) = (
    &["Get-ManagementRole", "Get-ManagementRoleAssignment", "Get-ManagementRoleEntry"],
    &["View-Only Organization Management", "Compliance Management", "Hygiene Management", "Organization Management"],
);

const DOCUMENTED: &str = include_str!("../../data/documented.txt");
const BOUNDS: &str = include_str!("../../data/bounds.txt");

#[cfg(test)]
mod tests {
    use super::*;
    use exo_catalog::{Access, find};
    use std::collections::BTreeSet;

    fn cmdlet(name: &str) -> Option<Cmdlet> {
        find(&name.parse().unwrap())
    }

    #[test]
    fn the_documented_part_is_whole() {
        let (mut count, mut cmdlets) = (0, BTreeSet::new());
        for [kind, _, _, what] in rows(DOCUMENTED).filter(|[kind, ..]| ["a", "x", "s", "p"].contains(kind)) {
            count += list(what).len();
            cmdlets.extend(list(what).into_iter().map(|what| what.split('/').next().unwrap()));
            let cloud = kind == "x" || kind == "s";
            assert!(!cloud || list(what).iter().all(|w| cmdlet(w.split('/').next().unwrap()).is_some()), "{what}");
        }
        assert_eq!((count, cmdlets.len()), (93, 60));
        let directory: Vec<_> = rows(DOCUMENTED).filter(|[kind, ..]| *kind == "d").collect();
        assert_eq!(directory.iter().map(|[_, _, _, what]| list(what).len()).sum::<usize>(), 20);
    }

    #[test]
    fn the_derived_part_is_whole() {
        let all: Vec<_> = rows(BOUNDS).flat_map(|row| list(row[3]).into_iter().map(move |name| (name, row))).collect();
        assert_eq!(all.len(), 195);
        assert_eq!(all.iter().filter(|(_, row)| !row[1].is_empty()).count(), 44);
        for (name, [at_most, proven, marks, _]) in all {
            assert!(!at_most.is_empty());
            for role in list(proven) {
                assert!(list(at_most).contains(&role) || marks == "!", "{name} {role}");
                assert_eq!(cmdlet(name).unwrap().access(), Access::Read, "{name}");
            }
        }
    }

    #[test]
    fn patterns_hold_where_the_exports_can_contradict_them() {
        let mut applied = 0;
        for known in exo_catalog::all().filter(|known| known.services().contains(Service::Exchange)) {
            let writes = known.access() == Access::Write;
            let (expected, bound) = (pattern(known.name(), writes), bound(known, writes));
            if !expected.is_empty() && !bound.contradicted {
                applied += 1;
                assert!(bound.at_most.iter().all(|role| expected.contains(role)), "{known:?} {bound:?}");
            }
        }
        assert!(applied > 60, "{applied}");
    }

    #[test]
    fn every_single_report_is_of_a_cmdlet_that_exists() {
        for (noun, _, _) in REPORTED {
            assert!(cmdlet(&format!("Get-{noun}")).unwrap().services().contains(Service::Compliance));
        }
        for (role, name, parameter) in MISSING {
            assert!(crate::DirectoryRole::by_name(role).is_some());
            assert!(parameter.is_none_or(|p| cmdlet(name).unwrap().parameter(p).is_some()), "{name}");
        }
        assert!(ASKING.0.iter().all(|name| cmdlet(name).is_some()));
        assert!(ASKING.1.iter().all(|group| crate::role_group(Service::Exchange, group).is_some()));
    }
}
