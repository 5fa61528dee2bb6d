//! `Get-AcceptedDomain` and `Get-OrganizationConfig`.

use super::{Call, Output, Short, short};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::parameters::{Declared, Type};
use crate::rows::Row;

pub(super) const DOMAINS: Declared = &[("Identity", Type::Text), ("ResultSize", Type::ResultSize)];

const MADE: i64 = 1_436_000_000;

pub(super) fn accepted_domains<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let tenant = &call.world.tenant;
    let stem = tenant.initial_domain.split('.').next().unwrap_or_default();
    let coexistence = format!("{stem}.mail.onmicrosoft.com");
    let domains = [tenant.domain.clone(), tenant.initial_domain.clone(), coexistence];
    let names = domains.clone();
    let name = move |number: usize| names.get(number).cloned().into_iter().collect();
    short(call, domains.len(), name, move |number, out| {
        let Some(domain) = usize::try_from(number).ok().and_then(|n| domains.get(n)) else { return };
        out.text("DomainName", domain);
        out.booleans([
            ("CatchAllRecipientEnabled", false),
            ("MatchSubDomains", false),
            ("Default", number == 0),
            ("EmailOnly", false),
            ("ExternallyManaged", false),
        ]);
        out.text("DomainType", "Authoritative");
        out.text("AuthenticationType", "Managed");
        out.boolean("InitialDomain", number == 1);
        out.boolean("IsCoexistenceDomain", number == 2);
        out.booleans([("PendingRemoval", false), ("PendingCompletion", false), ("DualProvisioningEnabled", false)]);
        out.text("FederatedOrganizationLink", "");
        out.null("MailFlowPartner");
        out.text("Name", domain);
        out.text("Identity", domain);
        out.text("Id", domain);
        out.guid("Guid", Guid::hashed(80, number));
        out.dates("WhenChanged", "WhenChangedUTC", MADE + 1_000_000);
        out.dates("WhenCreated", "WhenCreatedUTC", MADE);
        out.text("ExchangeVersion", "0.20 (15.0.0.0)");
        out.boolean("IsValid", true);
        out.text("ObjectState", "Unchanged");
    })
}

#[expect(clippy::unnecessary_wraps, reason = "all cmdlets have one signature")]
pub(super) fn configuration<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let initial = call.world.tenant.initial_domain.as_str();
    let display = call.world.tenant.display_name.as_str();
    let write = move |_, out: &mut Row<'_>| {
        out.text("DisplayName", display);
        out.texts([
            ("Name", initial),
            ("Identity", initial),
            ("Id", initial),
            ("OrganizationId", initial),
            ("DefaultPublicFolderAgeLimit", ""),
            ("HierarchicalAddressBookRoot", ""),
            ("ReleaseTrack", ""),
            ("ActivityBasedAuthenticationTimeoutInterval", "06:00:00"),
            ("DefaultAuthenticationPolicy", ""),
            ("EwsApplicationAccessPolicy", ""),
        ]);
        out.booleans([
            ("ActivityBasedAuthenticationTimeoutEnabled", true),
            ("AppsForOfficeEnabled", true),
            ("AuditDisabled", false),
            ("AutoExpandingArchiveEnabled", false),
            ("BookingsEnabled", true),
            ("ConnectorsEnabled", true),
            ("CustomerLockboxEnabled", false),
            ("FocusedInboxOn", true),
            ("IsDehydrated", false),
            ("IsGuidPrefixedLegacyDnDisabled", true),
            ("MailTipsAllTipsEnabled", true),
            ("MailTipsExternalRecipientsTipsEnabled", false),
            ("MailTipsGroupMetricsEnabled", true),
            ("MailTipsMailboxSourcedTipsEnabled", true),
            ("MessageRecallEnabled", true),
            ("OAuth2ClientProfileEnabled", true),
            ("OutlookMobileGCCRestrictionsEnabled", false),
            ("PublicComputersDetectionEnabled", false),
            ("RejectDirectSend", false),
            ("SendFromAliasEnabled", false),
        ]);
        out.nulls(["EwsEnabled", "EwsAllowOutlook", "EwsAllowMacOutlook", "AutodiscoverPartialDirSync"]);
        out.int32("MailTipsLargeAudienceThreshold", 25);
        let policy = Guid::hashed(33, 1).to_string().replace('-', "");
        out.list("InPlaceHolds", &[format!("mbx{policy}:2"), format!("grp{policy}:3")]);
        out.empty_lists(["EwsAllowList", "EwsBlockList", "RemotePublicFolderMailboxes"]);
        out.guid("Guid", Guid::hashed(81, 0));
        out.dates("WhenChanged", "WhenChangedUTC", MADE + 300_000_000);
        out.dates("WhenCreated", "WhenCreatedUTC", MADE);
        out.boolean("IsValid", true);
        out.text("ObjectState", "Unchanged");
    };
    Ok(Output::Rows(Box::new(Short { rows: vec![0], write })))
}
