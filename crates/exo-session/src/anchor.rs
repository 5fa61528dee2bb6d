//! The headers that route a call to a back end.

use crate::request::Caller;
use exo_model::{Invocation, Organization, Service, TenantId};
use serde_json::Value;

/// Where a call goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The value of `X-AnchorMailbox`.
    pub(crate) anchor: String,
    /// Whether the service is told that a parameter chose the way.
    pub(crate) by_parameter: bool,
    /// The anchor of the mailbox that the call is about, where it is not `anchor` already.
    pub(crate) mailbox: Option<String>,
}

impl Route {
    /// The way of a call that is about no mailbox.
    pub(crate) fn of_organization(caller: &Caller) -> Self {
        let anchor = anchor(caller.service, &caller.organization, caller.tenant.as_ref());
        Self { anchor, by_parameter: false, mailbox: None }
    }
}

/// The way of a call: the organization's system mailbox, or for some cmdlets the mailbox that they are about.
pub(crate) fn route(caller: &Caller, call: &Invocation) -> Route {
    let usual = Route::of_organization(caller);
    let mailbox = if caller.service == Service::Exchange { mailbox(call) } else { None };
    let Some(mailbox) = mailbox else { return usual };
    let by_guid = |guid| format!("MBX:{guid}@{}", caller.tenant_in_url());
    if wants_custom_routing(call) {
        let anchor = match mailbox {
            Mailbox::Address(address) => format!("SMTP:{address}"),
            Mailbox::Guid(guid) => by_guid(guid),
        };
        return Route { anchor, by_parameter: true, mailbox: None };
    }
    let own = match mailbox {
        Mailbox::Address(address) => format!("UPN:{address}"),
        Mailbox::Guid(guid) => by_guid(guid),
    };
    let noun = call.cmdlet.as_str().split_once('-').map_or("", |(_, noun)| noun);
    if IN_THE_MAILBOX.iter().any(|known| known.eq_ignore_ascii_case(noun)) {
        return Route { anchor: own, by_parameter: false, mailbox: None };
    }
    Route { mailbox: Some(own), ..usual }
}

/// The way of a call to a documented address, by its reference: the mailbox that it is about, or else the system mailbox
/// under the initial domain.
pub(crate) fn documented(caller: &Caller, call: &Invocation) -> Route {
    let anchor = match mailbox(call) {
        Some(Mailbox::Address(address)) => format!("UPN:{address}"),
        Some(Mailbox::Guid(guid)) => format!("MBX:{guid}@{}", caller.tenant_in_url()),
        None => format!("APP:{SYSTEM_MAILBOX}@{}", caller.organization),
    };
    Route { anchor, by_parameter: false, mailbox: None }
}

/// Whether a parameter only says how the call is routed, and is not sent.
pub(crate) fn only_routes(call: &Invocation, parameter: &str) -> bool {
    parameter.eq_ignore_ascii_case(CUSTOM_ROUTING)
        && ROUTED.iter().any(|known| known.eq_ignore_ascii_case(call.cmdlet.as_str()))
}

fn wants_custom_routing(call: &Invocation) -> bool {
    only_routes(call, CUSTOM_ROUTING) && call.parameter(CUSTOM_ROUTING) == Some(&Value::Bool(true))
}

/// The value of `X-AnchorMailbox` for a call that has no user.
///
/// Pages live on the back end that this header chose for the first request, so it is sent with every request.
/// Security & Compliance finds the tenant's region by the domain in it.
fn anchor(service: Service, organization: &Organization, tenant: Option<&TenantId>) -> String {
    match service {
        Service::Compliance => format!("UPN:{SYSTEM_MAILBOX}@{organization}"),
        _ => format!("APP:{SYSTEM_MAILBOX}@{}", tenant.map_or(organization.as_str(), TenantId::as_str)),
    }
}

/// What a call names its mailbox by, if it can be routed by it.
enum Mailbox<'a> {
    Address(&'a str),
    Guid(&'a str),
}

/// The mailbox that a call is about: `ana@contoso.com`, also in `ana@contoso.com:\Calendar` and `ana@contoso.com\4711`.
fn mailbox(call: &Invocation) -> Option<Mailbox<'_>> {
    let text = ["Mailbox", "Identity"].into_iter().find_map(|name| call.parameter(name)?.as_str())?;
    let name = text.split([':', '\\']).next()?.trim();
    if name.parse::<TenantId>().is_ok() {
        return Some(Mailbox::Guid(name));
    }
    let (user, domain) = name.split_once('@')?;
    // A header holds no other characters.
    let plain = name.bytes().all(|b| b.is_ascii_graphic());
    (plain && !user.is_empty() && domain.contains('.') && !domain.contains('@')).then_some(Mailbox::Address(name))
}

/// The arbitration mailbox that every organization has.
const SYSTEM_MAILBOX: &str = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

const CUSTOM_ROUTING: &str = "UseCustomRouting";

/// The cmdlets whose switch `UseCustomRouting` sends them to the mailbox in `Identity`.
const ROUTED: &[&str] = &[
    "Get-Clutter",
    "Get-FocusedInbox",
    "Get-InboxRule",
    "Get-MailboxAutoReplyConfiguration",
    "Get-MailboxCalendarFolder",
    "Get-MailboxFolderPermission",
    "Get-MailboxFolderStatistics",
    "Get-MailboxMessageConfiguration",
    "Get-MailboxPermission",
    "Get-MailboxRegionalConfiguration",
    "Get-MailboxStatistics",
    "Get-MobileDeviceStatistics",
    "Get-UserPhoto",
    "Remove-CalendarEvents",
    "Set-Clutter",
    "Set-FocusedInbox",
    "Set-MailboxRegionalConfiguration",
    "Set-UserPhoto",
];

/// Nouns of what lives inside a mailbox, so that its own server has to answer.
const IN_THE_MAILBOX: &[&str] = &[
    "CalendarEvents",
    "CalendarProcessing",
    "InboxRule",
    "MailboxAutoReplyConfiguration",
    "MailboxCalendarConfiguration",
    "MailboxCalendarFolder",
    "MailboxFolderPermission",
    "RecipientPermission",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::{caller, invocation};
    use proptest::prelude::*;

    const TENANT: &str = "11111111-1111-4111-8111-111111111111";
    const GUID: &str = "7a1f0c62-8a3e-4b63-9d9e-0b3a52f1c001";

    fn to(call: &Invocation) -> Route {
        route(&caller(Service::Exchange, Some(TENANT)), call)
    }

    fn system() -> String {
        format!("APP:{SYSTEM_MAILBOX}@{TENANT}")
    }

    #[test]
    fn each_service_has_its_form() {
        let call = invocation("Get-Mailbox");
        let anchor = |service, tenant| route(&caller(service, tenant), &call).anchor;
        assert_eq!(
            anchor(Service::Exchange, None),
            "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com"
        );
        assert_eq!(anchor(Service::Exchange, Some(TENANT)), system());
        assert_eq!(
            anchor(Service::Compliance, Some(TENANT)),
            "UPN:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com"
        );
    }

    #[test]
    fn custom_routing_goes_by_address_or_guid() {
        let call = |identity: &str| {
            invocation("get-mailboxfolderpermission").with("identity", identity).with("usecustomrouting", true)
        };
        let routed = |anchor: String| Route { anchor, by_parameter: true, mailbox: None };
        assert_eq!(to(&call("ana@contoso.com")), routed("SMTP:ana@contoso.com".into()));
        assert_eq!(to(&call("ana@contoso.com:\\Calendar")), routed("SMTP:ana@contoso.com".into()));
        assert_eq!(to(&call(GUID)), routed(format!("MBX:{GUID}@{TENANT}")));
        assert_eq!(to(&call(&format!("{GUID}:\\Inbox\\a"))), routed(format!("MBX:{GUID}@{TENANT}")));
        // What cannot be routed by goes the usual way.
        for other in ["ana", "Ana Lee", "@contoso.com", "ana@local", "änä@contoso.com", ""] {
            assert_eq!(to(&call(other)), Route { anchor: system(), by_parameter: false, mailbox: None }, "{other}");
        }
        let off = call("ana@contoso.com").with("UseCustomRouting", false);
        assert!(!to(&off).by_parameter && only_routes(&off, "UseCustomRouting"));
        // Any other cmdlet has no such switch.
        let none = invocation("Get-Mailbox").with("Identity", "ana@contoso.com").with("UseCustomRouting", true);
        assert!(!to(&none).by_parameter && !only_routes(&none, "UseCustomRouting"));
    }

    #[test]
    fn the_eighteen_cmdlets_are_in_the_catalogue_or_were() {
        for name in ROUTED {
            let known = exo_catalog::find(&name.parse().unwrap());
            let gone = ["Get-UserPhoto", "Set-UserPhoto"].contains(name);
            let has = known.is_some_and(|known| known.parameter(CUSTOM_ROUTING).is_some());
            assert!(has || gone, "{name}");
        }
        assert_eq!(ROUTED.len(), 18);
        for noun in IN_THE_MAILBOX {
            let known = |verb| exo_catalog::find(&format!("{verb}-{noun}").parse().unwrap()).is_some();
            assert!(["Get", "Remove"].into_iter().any(known), "{noun}");
        }
    }

    #[test]
    fn what_lives_in_a_mailbox_is_anchored_to_it() {
        let own = |anchor: &str| Route { anchor: anchor.into(), by_parameter: false, mailbox: None };
        let rule = invocation("New-InboxRule").with("Mailbox", "ana@contoso.com").with("Identity", "x");
        assert_eq!(to(&rule), own("UPN:ana@contoso.com"));
        let rule = invocation("Remove-InboxRule").with("Identity", "ana@contoso.com\\4711");
        assert_eq!(to(&rule), own("UPN:ana@contoso.com"));
        let folder = invocation("Add-MailboxFolderPermission").with("Identity", "ana@contoso.com:\\Calendar");
        assert_eq!(to(&folder), own("UPN:ana@contoso.com"));
        assert_eq!(to(&invocation("Get-InboxRule")), own(&system()));
    }

    #[test]
    fn documented_addresses_have_the_anchors_of_their_reference() {
        let caller = caller(Service::Exchange, Some(TENANT));
        let anchor = |call: Invocation| documented(&caller, &call).anchor;
        assert_eq!(anchor(invocation("Get-AcceptedDomain")), format!("APP:{SYSTEM_MAILBOX}@contoso.onmicrosoft.com"));
        assert_eq!(anchor(invocation("Get-Mailbox").with("Identity", "ana@contoso.com")), "UPN:ana@contoso.com");
        let folder = invocation("Get-MailboxFolderPermission").with("Identity", "ana@contoso.com:\\Calendar");
        assert_eq!(anchor(folder), "UPN:ana@contoso.com");
    }

    #[test]
    fn the_mailbox_of_any_call_is_known_for_a_second_try() {
        let second = |call: Invocation| {
            let route = to(&call);
            assert_eq!(route.anchor, system());
            route.mailbox
        };
        let set = || invocation("Set-Mailbox");
        assert_eq!(second(set().with("Identity", "ana@contoso.com")).as_deref(), Some("UPN:ana@contoso.com"));
        assert_eq!(second(set().with("Identity", GUID)), Some(format!("MBX:{GUID}@{TENANT}")));
        assert_eq!(second(set().with("Identity", "ana")), None);
        assert_eq!(second(set().with("Identity", 7)), None);
        let label = invocation("Set-Label").with("Identity", "ana@contoso.com");
        assert_eq!(route(&caller(Service::Compliance, None), &label).mailbox, None);
    }

    proptest! {
        #[test]
        fn any_identity_makes_a_header(identity: String, cmdlet in prop::sample::select(&["Get-InboxRule", "Set-Mailbox"])) {
            let route = to(&invocation(cmdlet).with("Identity", identity).with("UseCustomRouting", true));
            for value in route.mailbox.iter().chain([&route.anchor]) {
                prop_assert!(http::HeaderValue::from_str(value).is_ok());
            }
        }
    }
}
