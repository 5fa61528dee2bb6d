//! Which directory role puts an app into which role group of which service.

use super::source::Source;
use crate::app::Service;

/// A directory role that opens app-only sessions.
pub(crate) struct DirectoryRole {
    pub(crate) name: &'static str,
    pub(crate) template_id: &'static str,
    exchange: Option<Link>,
    compliance: Option<Link>,
}

/// The role group behind a directory role.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    pub(crate) group: &'static str,
    /// The group of a hidden membership that is a member of the role group, without its number.
    pub(crate) through: Option<&'static str>,
    pub(crate) source: Source,
}

impl DirectoryRole {
    /// The role group that it opens a service by.
    pub(crate) const fn link(&self, service: Service) -> Option<Link> {
        match service {
            Service::Exchange => self.exchange,
            Service::Compliance => self.compliance,
        }
    }
}

/// The table of the article on app-only sign-in: a role that is not in it opens nothing.
pub(crate) const TABLE: Source = Source::documented(
    "App-only authentication in Exchange Online PowerShell, role table of 2022-04 and the same of 2026-08-21",
);
const PERMISSIONS: Source = Source::documented("Permissions in Exchange Online, text of 2022-04-27");
const LISTED: Source = Source::seen("Get-RoleGroupMember in live organizations, 2021 to 2026");
const COMPLIANCE: Source =
    Source::documented("Microsoft Defender for Office 365 and Microsoft Purview permissions, text of 2026-07-10");
const SAME_NAME: Source = Source::inferred("the role group of Security & Compliance that has the role's name");
const ALWEYS: Source = Source::inferred("alweys.ch, azure-docs issue 73362: no linked group is visible");

/// The roles of the table.
pub(crate) const DIRECTORY_ROLES: [DirectoryRole; 8] = [
    DirectoryRole {
        name: "Compliance Administrator",
        template_id: "17315797-102d-40b4-93e0-432062caca18",
        exchange: Some(linked("Compliance Management", "ComplianceAdmins", LISTED)),
        compliance: Some(direct("Compliance Administrator", SAME_NAME)),
    },
    DirectoryRole {
        name: "Exchange Administrator",
        template_id: "29232cdf-9323-42fd-ade2-1d097af3e4de",
        exchange: Some(linked("Organization Management", "ExchangeServiceAdmins", PERMISSIONS)),
        compliance: None,
    },
    DirectoryRole {
        name: "Exchange Recipient Administrator",
        template_id: "31392ffb-586c-42d1-9346-e59415a2cc4e",
        exchange: Some(direct("Recipient Management", ALWEYS)),
        compliance: None,
    },
    DirectoryRole {
        name: "Global Administrator",
        template_id: "62e90394-69f5-4237-9190-012177145e10",
        exchange: Some(linked("Organization Management", "TenantAdmins", PERMISSIONS)),
        compliance: Some(direct("Organization Management", COMPLIANCE)),
    },
    DirectoryRole {
        name: "Global Reader",
        template_id: "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
        exchange: Some(linked("View-Only Organization Management", "GlobalReaders", LISTED)),
        compliance: Some(direct("Global Reader", SAME_NAME)),
    },
    DirectoryRole {
        name: "Helpdesk Administrator",
        template_id: "729827e3-9c14-49f7-bb1b-9608f156bbb8",
        exchange: Some(linked("View-Only Organization Management", "HelpdeskAdmins", PERMISSIONS)),
        compliance: None,
    },
    DirectoryRole {
        name: "Security Administrator",
        template_id: "194ae4cb-b126-40b2-bd5b-6091b380977d",
        exchange: Some(linked("Security Administrator", "SecurityAdmins", PERMISSIONS)),
        compliance: Some(direct("Security Administrator", COMPLIANCE)),
    },
    DirectoryRole {
        name: "Security Reader",
        template_id: "5d6b6bb7-de71-4623-b4af-96380a352509",
        exchange: Some(linked("Security Reader", "SecurityReaders", PERMISSIONS)),
        compliance: Some(direct("Security Reader", COMPLIANCE)),
    },
];

const fn linked(group: &'static str, through: &'static str, source: Source) -> Link {
    Link { group, through: Some(through), source }
}

const fn direct(group: &'static str, source: Source) -> Link {
    Link { group, through: None, source }
}

/// The role of a template id, as it stands in `wids`.
pub(crate) fn find(template_id: &str) -> Option<&'static DirectoryRole> {
    DIRECTORY_ROLES.iter().find(|role| role.template_id.eq_ignore_ascii_case(template_id))
}
