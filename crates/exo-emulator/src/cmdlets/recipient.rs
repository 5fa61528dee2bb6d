//! `Get-Recipient`: the mailboxes, seen as what can get mail.

use super::view::{View, archive_status};
use crate::parameters::{Declared, Type};
use crate::population::Id;
use crate::rows::Row;

pub(super) const PARAMETERS: Declared = &[
    ("Identity", Type::Text),
    ("Anr", Type::Text),
    ("Filter", Type::Text),
    ("IncludeSoftDeletedRecipients", Type::Switch),
    ("RecipientTypeDetails", Type::Names(super::mailbox::TYPES)),
    ("ResultSize", Type::ResultSize),
    ("SortBy", Type::Text),
];

/// Writes a mailbox as a recipient.
pub(super) fn write(view: &View<'_>, out: &mut Row<'_>) {
    let mailbox = &view.mailbox;
    let (address, name) = (mailbox.address(), mailbox.name());
    out.texts([("Identity", &name), ("Alias", &mailbox.alias)]);
    out.guid("ArchiveGuid", mailbox.id(Id::Archive));
    out.text("ArchiveStatus", archive_status(mailbox.has_archive()));
    out.text("DisplayName", view.display_name());
    out.lazy_list("EmailAddresses", || view.addresses());
    out.lazy("ExternalDirectoryObjectId", || mailbox.id(Id::Directory).to_string());
    out.guid("ExchangeGuid", mailbox.id(Id::Exchange));
    out.boolean("HiddenFromAddressListsEnabled", view.is_hidden());
    out.text("PrimarySmtpAddress", &address);
    out.text("RecipientType", "UserMailbox");
    out.text("RecipientTypeDetails", mailbox.kind.name());
    out.boolean("EmailAddressPolicyEnabled", false);
    out.texts([("Name", &name), ("Id", &name)]);
    out.lazy("DistinguishedName", || mailbox.distinguished_name());
    let tenant = mailbox.tenant();
    out.lazy("OrganizationId", || format!("EURPR02A001.PROD.OUTLOOK.COM/{}", tenant.initial_domain));
    out.guid("Guid", mailbox.id(Id::Object));
    out.dates("WhenChanged", "WhenChangedUTC", mailbox.created() + 86_400 * 200);
    out.dates("WhenCreated", "WhenCreatedUTC", mailbox.created());
    out.text("ExchangeVersion", "0.20 (15.0.0.0)");
}
