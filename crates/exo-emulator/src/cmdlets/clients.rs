//! What mailboxes are reached with: `Get-CASMailbox`, `Get-MobileDevice`, `Get-MobileDeviceStatistics`.

use super::view::View;
use super::{Call, Output, Table, mailbox};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::parameters::{Declared, Type};
use crate::population::{Id, Kind, Mailbox, Population};
use crate::rows::{Row, Zone};

pub(super) const CAS: Declared = &[
    ("Identity", Type::Text),
    ("Anr", Type::Text),
    ("Filter", Type::Text),
    ("ProtocolSettings", Type::Switch),
    ("ReadIsOptimizedForAccessibility", Type::Switch),
    ("RecipientTypeDetails", Type::Names(mailbox::TYPES)),
    ("ResultSize", Type::ResultSize),
    ("SortBy", Type::Text),
];

pub(super) const DEVICES: Declared = &[
    ("Identity", Type::Text),
    ("ActiveSync", Type::Switch),
    ("Mailbox", Type::Text),
    ("OWAforDevices", Type::Switch),
    ("RestApi", Type::Switch),
    ("ResultSize", Type::ResultSize),
    ("UniversalOutlook", Type::Switch),
];

/// Topics of the facts about clients.
const PROTOCOLS: u64 = 130;
const DEVICE: u64 = 131;

pub(super) fn protocols<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    mailbox::read(call, write_protocols)
}

fn write_protocols(view: &View<'_>, out: &mut Row<'_>) {
    let mailbox = &view.mailbox;
    let (name, fact) = (mailbox.name(), mailbox.fact(PROTOCOLS));
    out.texts([("Identity", &name), ("Name", &name), ("DisplayName", view.display_name())]);
    out.text("PrimarySmtpAddress", &mailbox.address());
    out.lazy_list("EmailAddresses", || view.addresses());
    out.booleans([
        ("ActiveSyncEnabled", !fact.is_multiple_of(9)),
        ("OWAEnabled", !fact.is_multiple_of(50)),
        ("ECPEnabled", true),
        ("EwsEnabled", !fact.is_multiple_of(30)),
        ("ImapEnabled", fact.is_multiple_of(4)),
        ("PopEnabled", fact.is_multiple_of(7)),
        ("MAPIEnabled", true),
        ("HasActiveSyncDevicePartnership", devices(mailbox) > 0),
        ("ActiveSyncMailboxPolicyIsDefaulted", true),
        ("ActiveSyncSuppressReadReceipt", false),
        ("ImapUseProtocolDefaults", true),
        ("PopUseProtocolDefaults", true),
    ]);
    // Off for one in three, and left to the organization elsewhere.
    let basic = if fact.is_multiple_of(3) { Some("True") } else { None };
    out.maybe_text("SmtpClientAuthenticationDisabled", basic);
    out.text("ActiveSyncMailboxPolicy", "Default");
    out.text("OwaMailboxPolicy", "OwaMailboxPolicy-Default");
    out.empty_lists(["ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs"]);
    out.lazy("ExternalDirectoryObjectId", || mailbox.id(Id::Directory).to_string());
    out.guid("Guid", mailbox.id(Id::Object));
    out.lazy("DistinguishedName", || mailbox.distinguished_name());
    let domain = &mailbox.tenant().initial_domain;
    out.lazy("OrganizationId", || format!("EURPR02A001.PROD.OUTLOOK.COM/{domain}"));
    out.texts([("ServerLegacyDN", ""), ("ExchangeVersion", "0.20 (15.0.0.0)"), ("ObjectState", "Unchanged")]);
    out.boolean("IsValid", true);
}

/// How many devices a mailbox has.
fn devices(mailbox: &Mailbox<'_>) -> u64 {
    if mailbox.kind == Kind::User { mailbox.fact(DEVICE) % 3 } else { 0 }
}

/// The devices of the tenant, of a mailbox, or one.
struct Devices<'a> {
    people: Population<'a>,
    mailbox: Option<u64>,
    device: Option<u64>,
    statistics: bool,
}

impl Devices<'_> {
    fn mailbox(&self, unit: u64) -> Mailbox<'_> {
        self.people.at(self.mailbox.unwrap_or(unit))
    }
}

impl Table for Devices<'_> {
    fn units(&self) -> u64 {
        if self.mailbox.is_some() { 1 } else { self.people.count() }
    }

    fn rows(&self, unit: u64) -> u64 {
        let count = devices(&self.mailbox(unit));
        if self.device.is_some() { count.min(1) } else { count }
    }

    fn write(&self, unit: u64, row: u64, out: &mut Row<'_>) {
        write_device(&self.mailbox(unit), self.device.unwrap_or(row), self.statistics, out);
    }
}

pub(super) fn all<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let (mailbox, device) = meant(call)?;
    Ok(Output::Rows(Box::new(Devices { people: call.people(), mailbox, device, statistics: false })))
}

pub(super) fn statistics<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let (mailbox, device) = meant(call)?;
    if mailbox.is_none() {
        return Err(CmdletError::missing("Mailbox"));
    }
    Ok(Output::Rows(Box::new(Devices { people: call.people(), mailbox, device, statistics: true })))
}

/// The mailbox and the device that a call is about.
fn meant(call: &Call<'_>) -> Result<(Option<u64>, Option<u64>), CmdletError> {
    let people = call.people();
    match (call.parameters.text("Mailbox"), call.parameters.identity()) {
        (Some(_), Some(_)) => Err(CmdletError::ambiguous()),
        (Some(mailbox), None) => Ok((Some(people.find(mailbox).ok_or_else(|| CmdletError::not_found(mailbox))?), None)),
        (None, Some(identity)) => {
            let missing = || CmdletError::not_found(identity);
            let owner = identity.split_once('/').map_or("", |(owner, _)| owner);
            let mailbox = people.at(people.find(owner).ok_or_else(missing)?);
            let known = |device: &u64| Device::of(&mailbox, *device).identity.eq_ignore_ascii_case(identity);
            let device = (0..devices(&mailbox)).find(known).ok_or_else(missing)?;
            Ok((Some(mailbox.position), Some(device)))
        }
        (None, None) => Ok((None, None)),
    }
}

struct Device {
    guid: Guid,
    id: String,
    kind: &'static str,
    identity: String,
}

impl Device {
    fn of(mailbox: &Mailbox<'_>, number: u64) -> Self {
        const KINDS: [&str; 4] = ["iPhone", "Android", "Outlook", "WindowsMail"];
        let guid = Guid::hashed(mailbox.fact(DEVICE), number);
        let id = guid.to_string().replace('-', "").to_uppercase();
        let place = usize::try_from((mailbox.fact(DEVICE) + number) % 4).unwrap_or(0);
        let kind = KINDS.get(place).copied().unwrap_or("Outlook");
        let identity = format!("{}/ExchangeActiveSyncDevices/{kind}\u{a7}{id}", mailbox.name());
        Self { guid, id, kind, identity }
    }
}

fn write_device(mailbox: &Mailbox<'_>, number: u64, statistics: bool, out: &mut Row<'_>) {
    let device = Device::of(mailbox, number);
    let first = mailbox.created() + 86_400 * 30;
    out.texts([("Identity", &device.identity), ("DeviceId", &device.id), ("DeviceType", device.kind)]);
    out.texts([("DeviceModel", device.kind), ("DeviceOS", "1.0"), ("DeviceFriendlyName", device.kind)]);
    out.text("UserDisplayName", &mailbox.name());
    let blocked = mailbox.is_one_in(40, 132);
    out.text("DeviceAccessState", if blocked { "Blocked" } else { "Allowed" });
    out.text("DeviceAccessStateReason", if blocked { "DeviceRule" } else { "Global" });
    out.texts([("ClientType", if device.kind == "Outlook" { "Outlook" } else { "EAS" }), ("ClientVersion", "16.1")]);
    out.date("FirstSyncTime", Some(first), Zone::Local);
    out.guid("Guid", device.guid);
    if statistics {
        let last = (!blocked).then_some(1_793_000_000 - i64::try_from(mailbox.fact(133) % 8_000_000).unwrap_or(0));
        out.date("LastSuccessSync", last, Zone::Local);
        out.date("LastSyncAttemptTime", last, Zone::Local);
        out.text("Status", "DeviceOk");
        out.int32("NumberOfFoldersSynced", 5 + number);
    } else {
        out.booleans([("IsManaged", false), ("IsCompliant", false), ("IsDisabled", false)]);
        out.text("Name", &format!("{}\u{a7}{}", device.kind, device.id));
        out.dates("WhenChanged", "WhenChangedUTC", first + 86_400);
        out.dates("WhenCreated", "WhenCreatedUTC", first);
    }
    out.boolean("IsValid", true);
    out.text("ObjectState", "Unchanged");
}
