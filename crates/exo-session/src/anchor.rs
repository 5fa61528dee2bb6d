//! The header that routes a call to a back end.

use exo_model::{Organization, Service, TenantId};

/// The value of `X-AnchorMailbox` for a call that has no user.
///
/// Pages live on the back end that this header chose for the first request, so it is sent with every request.
/// Security & Compliance finds the tenant's region by the domain in it.
pub(crate) fn anchor(service: Service, organization: &Organization, tenant: Option<&TenantId>) -> String {
    match service {
        Service::Compliance => format!("UPN:{SYSTEM_MAILBOX}@{organization}"),
        _ => format!("APP:{SYSTEM_MAILBOX}@{}", tenant.map_or(organization.as_str(), TenantId::as_str)),
    }
}

/// The arbitration mailbox that every organization has.
const SYSTEM_MAILBOX: &str = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_form() {
        let organization = "contoso.onmicrosoft.com".parse().unwrap();
        let tenant = "11111111-1111-4111-8111-111111111111".parse().unwrap();
        assert_eq!(
            anchor(Service::Exchange, &organization, None),
            "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com"
        );
        assert_eq!(
            anchor(Service::Exchange, &organization, Some(&tenant)),
            "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@11111111-1111-4111-8111-111111111111"
        );
        assert_eq!(
            anchor(Service::Compliance, &organization, Some(&tenant)),
            "UPN:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com"
        );
    }
}
