//! `Get-Mailbox`.

use std::collections::HashMap;
use std::sync::Arc;

use super::set_mailbox::Changes;
use super::view::{View, archive_status};
use super::{Call, Output, Table};
use crate::cmdlet_error::CmdletError;
use crate::filter::Filter;
use crate::parameters::{Declared, Type};
use crate::population::{Id, Kind, Population};
use crate::rows::{Row, Zone};

pub(super) const TYPES: &[&str] = &[
    "UserMailbox",
    "LinkedMailbox",
    "SharedMailbox",
    "LegacyMailbox",
    "RoomMailbox",
    "EquipmentMailbox",
    "TeamMailbox",
    "SchedulingMailbox",
    "GroupMailbox",
    "DiscoveryMailbox",
    "PublicFolderMailbox",
];

pub(super) const PARAMETERS: Declared = &[
    ("Identity", Type::Text),
    ("Anr", Type::Text),
    ("Archive", Type::Switch),
    ("Filter", Type::Text),
    ("GroupMailbox", Type::Switch),
    ("InactiveMailboxOnly", Type::Switch),
    ("IncludeAcceptMessagesOnlyFromWithDisplayNames", Type::Switch),
    ("IncludeEmailAddressDisplayNames", Type::Switch),
    ("IncludeForwardingAddressWithDisplayNames", Type::Switch),
    ("IncludeGrantSendOnBehalfToWithDisplayNames", Type::Switch),
    ("IncludeInactiveMailbox", Type::Switch),
    ("RecipientTypeDetails", Type::Names(TYPES)),
    ("ResultSize", Type::ResultSize),
    ("SoftDeletedMailbox", Type::Switch),
    ("SortBy", Type::Text),
];

pub(super) fn run<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    read(call, whole)
}

/// The same mailboxes as recipients.
pub(super) fn recipients<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    read(call, super::recipient::write)
}

/// Writes one of the rows.
pub(super) type Write = fn(&View<'_>, &mut Row<'_>);

pub(super) fn read<'a>(call: &Call<'a>, write: Write) -> Result<Output<'a>, CmdletError> {
    let parameters = call.parameters;
    if parameters.has("Identity") && (parameters.has("Anr") || parameters.has("Filter")) {
        return Err(CmdletError::ambiguous());
    }
    let only = match parameters.identity() {
        Some(_) => Some(call.mailbox()?.position),
        None => None,
    };
    let sorted = parameters.text("SortBy").map(|name| call.world.orders.by(call.people(), name));
    let filter = parameters.text("Filter").map(Filter::parse).transpose()?;
    let elsewhere = ["GroupMailbox", "InactiveMailboxOnly", "SoftDeletedMailbox"];
    Ok(Output::Rows(Box::new(Mailboxes {
        people: call.people(),
        changes: call.world.overlay.snapshot(),
        only,
        none: elsewhere.iter().any(|name| parameters.switch(name)),
        kinds: parameters.names("RecipientTypeDetails").map(<[_]>::to_vec),
        archive: parameters.switch("Archive"),
        beginning: parameters.text("Anr").map(str::to_lowercase),
        filter,
        order: sorted.transpose()?,
        write,
    })))
}

struct Mailboxes<'a> {
    people: Population<'a>,
    changes: Arc<HashMap<u64, Changes>>,
    only: Option<u64>,
    none: bool,
    kinds: Option<Vec<&'static str>>,
    archive: bool,
    beginning: Option<String>,
    filter: Option<Filter>,
    order: Option<Arc<Vec<u32>>>,
    write: Write,
}

impl Mailboxes<'_> {
    fn position(&self, unit: u64) -> u64 {
        let sorted = || usize::try_from(unit).ok().and_then(|unit| self.order.as_ref()?.get(unit)).copied();
        self.only.unwrap_or_else(|| sorted().map_or(unit, u64::from))
    }

    fn is_wanted(&self, position: u64) -> bool {
        let kind = self.people.kind(position);
        if self.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&kind.name())) {
            return false;
        }
        if self.filter.is_none() && self.beginning.is_none() && !self.archive {
            return true;
        }
        let view = View::of(self.people, position, &self.changes);
        let begins = |text: &str| {
            let text = text.to_lowercase();
            self.beginning
                .as_ref()
                .is_none_or(|b| text.split(' ').any(|word| word.starts_with(b)) || text.starts_with(b))
        };
        (!self.archive || view.mailbox.has_archive())
            && (begins(view.display_name()) || begins(&view.mailbox.alias))
            && self.filter.as_ref().is_none_or(|filter| filter.takes(|name| view.property(name)))
    }
}

impl Table for Mailboxes<'_> {
    fn units(&self) -> u64 {
        match (self.none, self.only) {
            (true, _) => 0,
            (false, Some(_)) => 1,
            (false, None) => self.people.count(),
        }
    }

    fn rows(&self, unit: u64) -> u64 {
        u64::from(self.is_wanted(self.position(unit)))
    }

    fn write(&self, unit: u64, _row: u64, out: &mut Row<'_>) {
        (self.write)(&View::of(self.people, self.position(unit), &self.changes), out);
    }
}

impl View<'_> {
    fn write(&self, out: &mut Row<'_>) {
        self.write_store(out);
        self.write_holds(out);
        self.write_quotas(out);
        self.write_archive_and_audit(out);
        self.write_delivery(out);
        self.write_names(out);
    }

    fn write_store(&self, out: &mut Row<'_>) {
        let mailbox = &self.mailbox;
        let number = mailbox.fact(30);
        let (group, database) = (number % 400, number / 400 % 90);
        out.lazy("Database", || format!("EURPR02DG{group:03}-db{database:03}"));
        out.guid("DatabaseGuid", crate::guid::Guid::hashed(31, group * 90 + database));
        out.guid("ExchangeGuid", mailbox.id(Id::Exchange));
        out.lazy("ServerName", || format!("am{}pr02mb{:04}", number % 9, number / 9 % 9000));
        out.booleans([
            ("IsMailboxEnabled", true),
            ("MessageTrackingReadStatusEnabled", true),
            ("UseDatabaseRetentionDefaults", false),
            ("RetainDeletedItemsUntilBackup", false),
            ("SingleItemRecoveryEnabled", true),
            ("IsResource", matches!(mailbox.kind, Kind::Room | Kind::Equipment)),
            ("IsLinked", false),
            ("IsShared", mailbox.kind == Kind::Shared),
            ("IsRootPublicFolderMailbox", false),
            ("AccountDisabled", mailbox.kind != Kind::User),
        ]);
        out.text("RetainDeletedItemsFor", "14.00:00:00");
        match mailbox.kind {
            Kind::Room => {
                out.int32("ResourceCapacity", 4 + mailbox.fact(32) % 20);
                out.text("ResourceType", "Room");
                out.boolean("RoomMailboxAccountEnabled", false);
            }
            Kind::Equipment => {
                out.null("ResourceCapacity");
                out.text("ResourceType", "Equipment");
                out.null("RoomMailboxAccountEnabled");
            }
            Kind::User | Kind::Shared => {
                out.nulls(["ResourceCapacity", "ResourceType", "RoomMailboxAccountEnabled"]);
            }
        }
        out.empty_lists(["ResourceCustom"]);
        let plan = if mailbox.kind == Kind::User { Some("ExchangeOnlineEnterprise") } else { None };
        out.maybe_text("MailboxPlan", plan);
        out.dates("WhenMailboxCreated", "WhenMailboxCreatedUTC", mailbox.created());
    }

    fn write_holds(&self, out: &mut Row<'_>) {
        let held = self.is_on_hold();
        let since = held.then(|| self.mailbox.created() + 86_400 * 90);
        out.boolean("LitigationHoldEnabled", held);
        out.date("LitigationHoldDate", since, Zone::Local);
        if held {
            let domain = &self.mailbox.tenant().initial_domain;
            out.lazy("LitigationHoldOwner", || format!("admin@{domain}"));
        } else {
            out.text("LitigationHoldOwner", "");
        }
        out.text("LitigationHoldDuration", "Unlimited");
        if self.mailbox.is_one_in(10, 35) {
            let policy = || crate::guid::Guid::hashed(33, self.mailbox.fact(34) % 3).to_string();
            out.lazy_list("InPlaceHolds", || vec![format!("mbx{}:2", policy().replace('-', ""))]);
        } else {
            out.empty_lists(["InPlaceHolds"]);
        }
        out.booleans([
            ("ComplianceTagHoldApplied", self.mailbox.is_one_in(80, 36)),
            ("DelayHoldApplied", false),
            ("RetentionHoldEnabled", false),
            ("WasInactiveMailbox", false),
        ]);
        out.nulls(["StartDateForRetentionHold", "EndDateForRetentionHold", "WhenSoftDeleted"]);
        out.texts([
            ("RetentionComment", ""),
            ("RetentionUrl", ""),
            ("RetentionPolicy", "Default MRM Policy"),
            ("RoleAssignmentPolicy", "Default Role Assignment Policy"),
            ("SharingPolicy", "Default Sharing Policy"),
        ]);
        out.nulls(["AddressBookPolicy", "ThrottlingPolicy"]);
    }

    fn write_quotas(&self, out: &mut Row<'_>) {
        const GIB: u64 = 1 << 30;
        let quota = self.mailbox.quota();
        let below = |bytes| quota.map(|quota| quota.saturating_sub(bytes));
        // Large mailboxes warn 2 GB early, small ones half a tenth of a GB.
        let step = if quota.is_some_and(|quota| quota >= 50 * GIB) { GIB } else { GIB / 20 };
        out.size("IssueWarningQuota", below(2 * step));
        out.size("ProhibitSendQuota", below(step));
        out.size("ProhibitSendReceiveQuota", quota);
        out.texts([
            ("RecoverableItemsQuota", "30 GB (32,212,254,720 bytes)"),
            ("RecoverableItemsWarningQuota", "20 GB (21,474,836,480 bytes)"),
            ("CalendarLoggingQuota", "6 GB (6,442,450,944 bytes)"),
            ("RulesQuota", "256 KB (262,144 bytes)"),
            ("MaxSendSize", "35 MB (36,700,160 bytes)"),
            ("MaxReceiveSize", "36 MB (37,748,736 bytes)"),
            ("RecipientLimits", "500"),
        ]);
        out.boolean("UseDatabaseQuotaDefaults", false);
    }

    fn write_archive_and_audit(&self, out: &mut Row<'_>) {
        let has = self.mailbox.has_archive();
        out.text("ArchiveStatus", archive_status(has));
        out.text("ArchiveState", if has { "Local" } else { "None" });
        if has {
            out.guid("ArchiveGuid", self.mailbox.id(Id::Archive));
            out.lazy_list("ArchiveName", || vec![format!("In-Place Archive -{}", self.display_name())]);
        } else {
            out.no_guid("ArchiveGuid");
            out.empty_lists(["ArchiveName"]);
        }
        out.text("ArchiveQuota", "110 GB (118,111,600,640 bytes)");
        out.text("ArchiveWarningQuota", "100 GB (107,374,182,400 bytes)");
        let expands = has && self.mailbox.fact(37).is_multiple_of(6);
        out.boolean("AutoExpandingArchiveEnabled", expands);
        out.boolean("AuditEnabled", !self.mailbox.is_one_in(150, 38));
        out.text("AuditLogAgeLimit", "90.00:00:00");
        out.list("AuditAdmin", &["Update", "MoveToDeletedItems", "SoftDelete", "HardDelete", "SendAs"]);
        out.list("AuditDelegate", &["Update", "SoftDelete", "HardDelete", "SendAs", "Create"]);
        out.list("AuditOwner", &["Update", "MoveToDeletedItems", "SoftDelete", "HardDelete"]);
        out.list("DefaultAuditSet", &["Admin", "Delegate", "Owner"]);
    }

    fn write_delivery(&self, out: &mut Row<'_>) {
        if out.wants(["DeliverToMailboxAndForward", "ForwardingAddress", "ForwardingSmtpAddress"]) {
            let (recipient, address) = self.forwarding();
            out.boolean("DeliverToMailboxAndForward", self.delivers_and_forwards());
            out.maybe_text("ForwardingAddress", recipient.as_deref());
            out.maybe_text("ForwardingSmtpAddress", address.as_deref());
        }
        let shared = self.mailbox.kind == Kind::Shared;
        out.booleans([
            ("MessageCopyForSentAsEnabled", shared && self.mailbox.fact(39).is_multiple_of(2)),
            ("MessageCopyForSendOnBehalfEnabled", false),
            ("ModerationEnabled", false),
            ("EmailAddressPolicyEnabled", false),
        ]);
        out.lazy_list("GrantSendOnBehalfTo", || {
            if let Some(given) = self.changes.and_then(Changes::on_behalf) {
                return given.to_vec();
            }
            let first = self.mailbox.delegates(40).into_iter().take(1);
            first.map(|position| self.mailbox.people.at(position).name()).collect()
        });
        out.empty_lists([
            "AcceptMessagesOnlyFrom",
            "AcceptMessagesOnlyFromSendersOrMembers",
            "RejectMessagesFrom",
            "ModeratedBy",
        ]);
        out.text("SendModerationNotifications", "Always");
        out.lazy_list("EmailAddresses", || self.addresses());
        out.boolean("HiddenFromAddressListsEnabled", self.is_hidden());
    }

    fn write_names(&self, out: &mut Row<'_>) {
        let mailbox = &self.mailbox;
        let wants_name = out.wants(["Identity", "Id", "Name"]);
        let name = if wants_name { mailbox.name() } else { String::new() };
        let address = mailbox.address();
        let tenant = mailbox.tenant();
        out.text("UserPrincipalName", &address);
        out.text("PrimarySmtpAddress", &address);
        out.text("WindowsEmailAddress", &address);
        out.text("Alias", &mailbox.alias);
        out.text("DisplayName", self.display_name());
        out.texts([("SimpleDisplayName", ""), ("CustomAttribute1", ""), ("CustomAttribute2", "")]);
        out.empty_lists(["ExtensionCustomAttribute1"]);
        out.text("RecipientType", "UserMailbox");
        out.text("RecipientTypeDetails", mailbox.kind.name());
        let id = mailbox.id(Id::Object);
        out.lazy("LegacyExchangeDN", || {
            format!(
                "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={}-{}",
                id.to_string().replace('-', ""),
                mailbox.alias
            )
        });
        let unit = || format!("EURPR02A001.PROD.OUTLOOK.COM/{}", tenant.initial_domain);
        out.lazy("OrganizationId", unit);
        out.lazy("ExternalDirectoryObjectId", || mailbox.id(Id::Directory).to_string());
        out.booleans([("IsDirSynced", false), ("IsInactiveMailbox", false)]);
        out.list("Languages", &["en-US"]);
        out.null("MailTip");
        out.lazy("DistinguishedName", || mailbox.distinguished_name());
        out.text("Identity", &name);
        out.text("Id", &name);
        out.text("Name", &name);
        out.guid("Guid", id);
        out.dates("WhenChanged", "WhenChangedUTC", mailbox.created() + 86_400 * 200);
        out.dates("WhenCreated", "WhenCreatedUTC", mailbox.created());
        out.text("ExchangeVersion", "0.20 (15.0.0.0)");
        out.boolean("IsValid", true);
        out.text("ObjectState", "Unchanged");
    }
}

fn whole(view: &View<'_>, out: &mut Row<'_>) {
    view.write(out);
}
