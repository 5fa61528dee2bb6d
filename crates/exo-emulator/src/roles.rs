//! Which directory role or role group opens which service, and for what.
//!
//! Written from Microsoft's article on app-only sign-in (its table of 2022 and that of 2026) and from
//! the descriptions of the role groups behind the directory roles. What has no source is not refused.

use crate::app::{App, Service};

/// The id that stands on every app-only token beside the roles, and is none.
pub(crate) const MARKER: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";

/// How far a role or role group reaches in one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// It does not open the service.
    Closed,
    /// It opens the service for cmdlets that read, as View-Only Organization Management does.
    ViewOnly,
    /// It opens the service for cmdlets that read.
    Reading,
    /// It opens the service; nothing certain is known to be refused.
    Open,
}

struct DirectoryRole {
    template_id: &'static str,
    exchange: Reach,
    compliance: Reach,
}

const DIRECTORY_ROLES: [DirectoryRole; 8] = [
    // Global Administrator
    DirectoryRole {
        template_id: "62e90394-69f5-4237-9190-012177145e10",
        exchange: Reach::Open,
        compliance: Reach::Open,
    },
    // Global Reader
    DirectoryRole {
        template_id: "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
        exchange: Reach::ViewOnly,
        compliance: Reach::Reading,
    },
    // Exchange Administrator
    DirectoryRole {
        template_id: "29232cdf-9323-42fd-ade2-1d097af3e4de",
        exchange: Reach::Open,
        compliance: Reach::Closed,
    },
    // Exchange Recipient Administrator
    DirectoryRole {
        template_id: "31392ffb-586c-42d1-9346-e59415a2cc4e",
        exchange: Reach::Open,
        compliance: Reach::Closed,
    },
    // Compliance Administrator
    DirectoryRole {
        template_id: "17315797-102d-40b4-93e0-432062caca18",
        exchange: Reach::Open,
        compliance: Reach::Open,
    },
    // Security Administrator
    DirectoryRole {
        template_id: "194ae4cb-b126-40b2-bd5b-6091b380977d",
        exchange: Reach::Open,
        compliance: Reach::Open,
    },
    // Security Reader
    DirectoryRole {
        template_id: "5d6b6bb7-de71-4623-b4af-96380a352509",
        exchange: Reach::Reading,
        compliance: Reach::Reading,
    },
    // Helpdesk Administrator: a member of View-Only Organization Management
    DirectoryRole {
        template_id: "729827e3-9c14-49f7-bb1b-9608f156bbb8",
        exchange: Reach::ViewOnly,
        compliance: Reach::Closed,
    },
];

/// The answer to "may this app do that here".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It may.
    Granted,
    /// Nothing opens the service to the app.
    NoRole,
    /// The service is open, the cmdlet is not.
    NotThisCmdlet,
}

/// Decides from the roles in the token (`wids`) and the role groups that no token shows.
pub(crate) fn access(app: &App, wids: &[String], service: Service, cmdlet: &str) -> Access {
    let from_roles = wids.iter().map(|id| directory_role(id, service));
    let from_groups = app.role_groups.iter().filter(|(of, _)| *of == service).map(|(_, name)| role_group(name));
    let mut any = false;
    for reach in from_roles.chain(from_groups) {
        any |= reach != Reach::Closed;
        if allows(reach, cmdlet) {
            return Access::Granted;
        }
    }
    if any { Access::NotThisCmdlet } else { Access::NoRole }
}

/// Whether a caller who may run a cmdlet may pass this parameter to it.
pub(crate) fn may_pass(app: &App, wids: &[String], service: Service, (cmdlet, parameter): (&str, &str)) -> bool {
    let is_this = cmdlet.eq_ignore_ascii_case("Get-QuarantineMessage") && parameter == "EntityType";
    let from_roles = wids.iter().map(|id| directory_role(id, service));
    let from_groups = app.role_groups.iter().filter(|(of, _)| *of == service).map(|(_, name)| role_group(name));
    // Security Reader lacks it; what the other readers have is not known, and not refused.
    !is_this || from_roles.chain(from_groups).any(|reach| matches!(reach, Reach::Open | Reach::ViewOnly))
}

fn directory_role(template_id: &str, service: Service) -> Reach {
    DIRECTORY_ROLES.iter().find(|role| role.template_id.eq_ignore_ascii_case(template_id)).map_or(
        Reach::Closed,
        |role| match service {
            Service::Exchange => role.exchange,
            Service::Compliance => role.compliance,
        },
    )
}

fn role_group(name: &str) -> Reach {
    let name: String = name.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    match name.to_ascii_lowercase().as_str() {
        "viewonlyorganizationmanagement" => Reach::ViewOnly,
        "securityreader" | "globalreader" => Reach::Reading,
        _ => Reach::Open,
    }
}

fn allows(reach: Reach, cmdlet: &str) -> bool {
    let verb = cmdlet.split('-').next().unwrap_or_default();
    let reads = ["Get", "Test", "Search"].iter().any(|v| v.eq_ignore_ascii_case(verb));
    match reach {
        Reach::Closed => false,
        // The two view-only management roles do not hold this one; Microsoft's writers confirmed it.
        Reach::ViewOnly => reads && !cmdlet.eq_ignore_ascii_case("Get-RecipientPermission"),
        Reach::Reading => reads,
        Reach::Open => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> App {
        App::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3")
    }

    fn with_role(id: &str, service: Service, cmdlet: &str) -> Access {
        access(&app(), &[id.to_owned(), MARKER.to_owned()], service, cmdlet)
    }

    #[test]
    fn exchange_administrator_opens_exchange_only() {
        let role = "29232cdf-9323-42fd-ade2-1d097af3e4de";
        assert_eq!(with_role(role, Service::Exchange, "Set-Mailbox"), Access::Granted);
        assert_eq!(with_role(role, Service::Compliance, "Get-ProtectionAlert"), Access::NoRole);
    }

    #[test]
    fn readers_read_and_do_not_write() {
        for role in ["f2ef992c-3afb-46b9-b7cf-a126ee74c451", "5d6b6bb7-de71-4623-b4af-96380a352509"] {
            assert_eq!(with_role(role, Service::Exchange, "get-mailbox"), Access::Granted);
            assert_eq!(with_role(role, Service::Compliance, "Get-ProtectionAlert"), Access::Granted);
            assert_eq!(with_role(role, Service::Exchange, "Set-Mailbox"), Access::NotThisCmdlet);
        }
    }

    #[test]
    fn view_only_roles_lack_recipient_permissions() {
        let reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
        let cmdlet = "Get-RecipientPermission";
        assert_eq!(with_role(reader, Service::Exchange, cmdlet), Access::NotThisCmdlet);
        let recipients = "31392ffb-586c-42d1-9346-e59415a2cc4e";
        assert_eq!(with_role(recipients, Service::Exchange, cmdlet), Access::Granted);
    }

    #[test]
    fn the_marker_and_foreign_roles_open_nothing() {
        assert_eq!(with_role(MARKER, Service::Exchange, "Get-Mailbox"), Access::NoRole);
        let data = "e6d1a23a-da11-4be4-9570-befc86d067a7";
        assert_eq!(with_role(data, Service::Compliance, "Get-Mailbox"), Access::NoRole);
    }

    #[test]
    fn a_role_group_opens_its_own_service() {
        let app = app().role_group(Service::Compliance, "Security Reader");
        assert_eq!(access(&app, &[], Service::Compliance, "Get-ProtectionAlert"), Access::Granted);
        assert_eq!(access(&app, &[], Service::Exchange, "Get-Mailbox"), Access::NoRole);
    }
}
