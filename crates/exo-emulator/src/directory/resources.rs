//! The applications of Microsoft whose permissions an app may be granted, with their app roles.

use crate::app::Service;

/// An app role: a permission that an application may be granted on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AppRole {
    pub(crate) id: &'static str,
    pub(crate) value: &'static str,
}

/// An application of Microsoft that other applications are granted permissions on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resource {
    pub(crate) app_id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) roles: &'static [AppRole],
}

impl Resource {
    pub(crate) fn of(service: Service) -> &'static Self {
        match service {
            Service::Exchange => &EXCHANGE,
            Service::Compliance => &PROTECTION,
        }
    }

    pub(crate) fn find(app_id: &str) -> Option<&'static Self> {
        ALL.into_iter().find(|resource| resource.app_id.eq_ignore_ascii_case(app_id))
    }

    pub(crate) fn role(&self, value: &str) -> Option<&'static AppRole> {
        self.roles.iter().find(|role| role.value.eq_ignore_ascii_case(value))
    }
}

const fn role(id: &'static str, value: &'static str) -> AppRole {
    AppRole { id, value }
}

pub(crate) const ALL: [&Resource; 3] = [&EXCHANGE, &PROTECTION, &GRAPH];

/// Office 365 Exchange Online.
pub(crate) static EXCHANGE: Resource = Resource {
    app_id: "00000002-0000-0ff1-ce00-000000000000",
    name: "Office 365 Exchange Online",
    roles: &[
        role("dc50a0fb-09a3-484d-be87-e023b12c6440", "Exchange.ManageAsApp"),
        role("ea3d980d-ebc7-4be4-8298-a167e5b8797c", "Exchange.ManageAsAppV2"),
        role("dc890d15-9560-4a4c-9b7f-a736ec74ec40", "full_access_as_app"),
    ],
};

/// Microsoft Exchange Online Protection.
pub(crate) static PROTECTION: Resource = Resource {
    app_id: "00000007-0000-0ff1-ce00-000000000000",
    name: "Microsoft Exchange Online Protection",
    roles: &[
        role("455e5cd2-84e8-4751-8344-5672145dfa17", "Exchange.ManageAsApp"),
        role("c79b0778-99a8-4d45-9063-3f160ec2776d", "EopPolicySync.AccessAsApp"),
    ],
};

/// Microsoft Graph.
pub(crate) static GRAPH: Resource = Resource {
    app_id: "00000003-0000-0000-c000-000000000000",
    name: "Microsoft Graph",
    roles: &[
        role("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", "Application.Read.All"),
        role("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", "Application.ReadWrite.All"),
        role("18a4783c-866b-4cc7-a460-3d5e5662c884", "Application.ReadWrite.OwnedBy"),
        role("06b708a9-e830-4db3-a914-8e69da51d44f", "AppRoleAssignment.ReadWrite.All"),
        role("7ab1d382-f21e-4acd-a863-ba3e13f7da61", "Directory.Read.All"),
        role("19dbc75e-c2e2-444c-a770-ec69d8559fc7", "Directory.ReadWrite.All"),
        role("dbb9058a-0e50-45d7-ae91-66909b5d4664", "Domain.Read.All"),
        role("810c84a8-4a9e-49e6-bf7d-12d183f40d01", "Mail.Read"),
        role("498476ce-e0fe-48b0-b801-37ba7e2685c6", "Organization.Read.All"),
        role("483bed4a-2ad3-4361-a73b-c83ccdbdc53c", "RoleManagement.Read.Directory"),
        role("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8", "RoleManagement.ReadWrite.Directory"),
        role("df021288-bdef-4463-88db-98f22de89214", "User.Read.All"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guid::Guid;

    #[test]
    fn ids_are_guids_that_occur_once() {
        let mut ids: Vec<&str> = ALL.iter().flat_map(|resource| resource.roles).map(|role| role.id).collect();
        ids.extend(ALL.iter().map(|resource| resource.app_id));
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(ids.into_iter().all(|id| Guid::parse(id).is_some()));
    }

    #[test]
    fn a_service_is_the_application_that_its_challenge_names() {
        for service in [Service::Exchange, Service::Compliance] {
            assert_eq!(Resource::of(service).app_id, service.application_id());
            assert!(Resource::of(service).role("exchange.manageasapp").is_some());
        }
    }
}
