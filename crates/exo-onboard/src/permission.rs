//! The application permission that opens each service.

use exo_model::Service;

/// An application permission, by the resource that defines it.
///
/// Source: Microsoft's app-only authentication article; the ids are the same in every tenant.
///
/// ```
/// use exo_model::Service;
/// use exo_onboard::Permission;
/// assert_eq!(Permission::of(Service::Exchange).value, "Exchange.ManageAsApp");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Permission {
    /// The application id of the resource.
    pub resource_app_id: &'static str,
    /// What the portal calls the resource.
    pub resource: &'static str,
    /// What the permission is called in a token's `roles`.
    pub value: &'static str,
    /// Its id among the resource's app roles, for a resource that does not tell.
    pub id: &'static str,
}

impl Permission {
    /// What an app needs to be let in by a service; it grants no cmdlet by itself.
    pub const fn of(service: Service) -> Self {
        match service {
            Service::Compliance => Self {
                resource_app_id: "00000007-0000-0ff1-ce00-000000000000",
                resource: "Microsoft Exchange Online Protection",
                value: "Exchange.ManageAsApp",
                id: "455e5cd2-84e8-4751-8344-5672145dfa17",
            },
            _ => Self {
                resource_app_id: "00000002-0000-0ff1-ce00-000000000000",
                resource: "Office 365 Exchange Online",
                value: "Exchange.ManageAsApp",
                id: "dc50a0fb-09a3-484d-be87-e023b12c6440",
            },
        }
    }
}
