//! The directory roles of Microsoft's app-only article.

use crate::{ManagementRole, RoleGroup, role_group};
use exo_catalog::ServiceSet;
use exo_model::Service;
use std::fmt;

/// A directory role that is supported for app-only sign-in to one service at least.
///
/// ```
/// use exo_model::Service;
/// use exo_rbac::DirectoryRole;
/// let role = DirectoryRole::by_template_id("29232CDF-9323-42fd-ade2-1d097af3e4de").ok_or("no such role")?;
/// assert_eq!(role.name, "Exchange Administrator");
/// assert!(role.today.contains(Service::Exchange) && !role.today.contains(Service::Compliance));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryRole {
    /// Microsoft's name.
    pub name: &'static str,
    /// What stands in the claim `wids`.
    pub template_id: &'static str,
    /// The services it opened according to the article of 2022.
    pub article: ServiceSet,
    /// The services it opens according to the article of 2026-08-21.
    pub today: ServiceSet,
    /// The day on which the article began to name it, where that was after 2022-04.
    pub added: Option<&'static str>,
    /// Marked in the article as enough for any task in Exchange Online.
    pub any_exchange_task: bool,
    /// Whether it can change nothing.
    pub reads_only: bool,
    /// The role group behind it in Exchange Online.
    pub exchange_group: Option<GroupLink>,
    /// The role group behind it in Security & Compliance.
    pub compliance_group: Option<GroupLink>,
}

/// How a directory role comes to its rights: a role group, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupLink {
    /// The role group.
    pub group: &'static str,
    /// What the name of the linked group in it begins with, such as `TenantAdmins`; a number follows.
    pub through: Option<&'static str>,
    /// How sure the link is.
    pub certainty: Certainty,
}

/// How sure a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Certainty {
    /// One source outside Microsoft, or concluded from names.
    Reported,
    /// Seen in live organizations, or several independent sources agree.
    Observed,
    /// Stated by Microsoft.
    Documented,
}

impl DirectoryRole {
    /// All roles of the table, in the order of their names.
    pub const ALL: &'static [Self] = ROLES;

    /// The role of this template id, in any case.
    pub fn by_template_id(id: &str) -> Option<&'static Self> {
        ROLES.iter().find(|role| role.template_id.eq_ignore_ascii_case(id.trim()))
    }

    /// The role of this name, in any case.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        ROLES.iter().find(|role| role.name.eq_ignore_ascii_case(name.trim()))
    }

    /// The role group behind it in a service.
    pub fn group(&self, service: Service) -> Option<GroupLink> {
        match service {
            Service::Exchange => self.exchange_group,
            Service::Compliance => self.compliance_group,
            _ => None,
        }
    }

    /// The management roles of that role group; what a token with this role is known to bring.
    pub fn management_roles(&self, service: Service) -> impl Iterator<Item = ManagementRole> + use<> {
        let group = self.group(service).and_then(|link| role_group(service, link.group));
        group.into_iter().flat_map(RoleGroup::management_roles)
    }
}

impl fmt::Display for DirectoryRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const EXCHANGE: ServiceSet = ServiceSet::EMPTY.with(Service::Exchange);

const fn link(group: &'static str, through: Option<&'static str>, certainty: Certainty) -> GroupLink {
    GroupLink { group, through, certainty }
}

/// The table of the app-only article: as of 2022-04 (`article`) and of 2026-08-21 (`today`, MicrosoftDocs/office-docs-powershell
/// 93336da2, app-only-auth-powershell-v2.md). Ids: MicrosoftDocs/entra-docs 00fe95d6, permissions-reference.md.
/// Role groups: permissions-exo (2022-04-27) and scc-permissions (2026-07-10) on learn.microsoft.com; less sure ones from
/// published listings of live organizations, and from alweys.ch.
const ROLES: &[DirectoryRole] = &[
    DirectoryRole {
        name: "Compliance Administrator",
        template_id: "17315797-102d-40b4-93e0-432062caca18",
        article: ServiceSet::BOTH,
        today: ServiceSet::BOTH,
        added: None,
        any_exchange_task: false,
        reads_only: false,
        exchange_group: Some(link("Compliance Management", Some("ComplianceAdmins"), Certainty::Observed)),
        compliance_group: Some(link("Compliance Administrator", None, Certainty::Reported)),
    },
    DirectoryRole {
        name: "Exchange Administrator",
        template_id: "29232cdf-9323-42fd-ade2-1d097af3e4de",
        article: EXCHANGE,
        today: EXCHANGE,
        added: None,
        any_exchange_task: true,
        reads_only: false,
        exchange_group: Some(link("Organization Management", Some("ExchangeServiceAdmins"), Certainty::Documented)),
        compliance_group: None,
    },
    DirectoryRole {
        name: "Exchange Recipient Administrator",
        template_id: "31392ffb-586c-42d1-9346-e59415a2cc4e",
        article: ServiceSet::EMPTY,
        today: EXCHANGE,
        added: Some("2022-08-30"),
        any_exchange_task: false,
        reads_only: false,
        exchange_group: Some(link("Recipient Management", None, Certainty::Reported)),
        compliance_group: None,
    },
    DirectoryRole {
        name: "Global Administrator",
        template_id: "62e90394-69f5-4237-9190-012177145e10",
        article: ServiceSet::BOTH,
        today: ServiceSet::BOTH,
        added: None,
        any_exchange_task: true,
        reads_only: false,
        exchange_group: Some(link("Organization Management", Some("TenantAdmins"), Certainty::Documented)),
        compliance_group: Some(link("Organization Management", None, Certainty::Documented)),
    },
    DirectoryRole {
        name: "Global Reader",
        template_id: "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
        article: ServiceSet::BOTH,
        today: ServiceSet::BOTH,
        added: None,
        any_exchange_task: false,
        reads_only: true,
        exchange_group: Some(link("View-Only Organization Management", Some("GlobalReaders"), Certainty::Observed)),
        compliance_group: Some(link("Global Reader", None, Certainty::Reported)),
    },
    DirectoryRole {
        name: "Helpdesk Administrator",
        template_id: "729827e3-9c14-49f7-bb1b-9608f156bbb8",
        article: EXCHANGE,
        today: EXCHANGE,
        added: None,
        any_exchange_task: false,
        // Microsoft's text of 2022 names a viewing role group, a later third-party table one that resets passwords.
        reads_only: false,
        exchange_group: Some(link("View-Only Organization Management", Some("HelpdeskAdmins"), Certainty::Documented)),
        compliance_group: None,
    },
    DirectoryRole {
        name: "Security Administrator",
        template_id: "194ae4cb-b126-40b2-bd5b-6091b380977d",
        article: ServiceSet::BOTH,
        today: ServiceSet::BOTH,
        added: None,
        any_exchange_task: false,
        reads_only: false,
        exchange_group: Some(link("Security Administrator", Some("SecurityAdmins"), Certainty::Documented)),
        compliance_group: Some(link("Security Administrator", None, Certainty::Documented)),
    },
    DirectoryRole {
        name: "Security Reader",
        template_id: "5d6b6bb7-de71-4623-b4af-96380a352509",
        article: ServiceSet::BOTH,
        today: ServiceSet::BOTH,
        added: None,
        any_exchange_task: false,
        reads_only: true,
        exchange_group: Some(link("Security Reader", Some("SecurityReaders"), Certainty::Documented)),
        compliance_group: Some(link("Security Reader", None, Certainty::Documented)),
    },
];
