//! `Get-MailboxStatistics`.

use super::{Call, Output, Short};
use crate::cmdlet_error::CmdletError;
use crate::parameters::{Declared, Type};
use crate::population::{Id, Kind, Mailbox};
use crate::rows::{Row, Zone};

pub(super) const PARAMETERS: Declared = &[
    ("Identity", Type::Text),
    ("Archive", Type::Switch),
    ("IncludeMoveHistory", Type::Switch),
    ("IncludeMoveReport", Type::Switch),
    ("IncludeSoftDeletedRecipients", Type::Switch),
];

pub(super) fn run<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let mailbox = call.mailbox()?;
    let archive = call.parameters.switch("Archive");
    if archive && !mailbox.has_archive() {
        return Err(CmdletError::not_found(&format!("{} (archive)", mailbox.name())));
    }
    if mailbox.is_one_in(200, 50) {
        return Ok(Output::Warned(format!(
            "The user hasn't logged on to mailbox '{}' ('{}'), so there is no data to return. After the user logs on, \
             this warning will no longer appear.",
            mailbox.name(),
            mailbox.id(Id::Exchange)
        )));
    }
    let write = move |_, out: &mut Row<'_>| row(&mailbox, archive, out);
    Ok(Output::Rows(Box::new(Short { rows: vec![0], write })))
}

/// How full a mailbox is, in thousandths of its quota: mostly little, a few over one of the limits.
fn fullness(mailbox: &Mailbox<'_>, archive: bool) -> u64 {
    let topic = if archive { 52 } else { 51 };
    let (sort, place) = (mailbox.fact(topic) % 1000, mailbox.fact(topic + 10) % 1000);
    match sort {
        0..800 => place * place / 1000 * 600 / 1000 + 1,
        800..950 => 600 + place * 350 / 1000,
        950..975 => 980 + place * 10 / 1000,
        975..990 => 990 + place * 9 / 1000,
        _ => 1000 + place * 20 / 1000,
    }
}

fn row(mailbox: &Mailbox<'_>, archive: bool, out: &mut Row<'_>) {
    const GIB: u64 = 1 << 30;
    let quota = if archive { 110 * GIB } else { mailbox.quota().unwrap_or(100 * GIB) };
    let bytes = quota / 1000 * fullness(mailbox, archive) + mailbox.fact(53) % 1_000_000;
    let deleted = bytes / 1000 * (mailbox.fact(54) % 120);
    let items = bytes / (40_000 + mailbox.fact(55) % 90_000);
    let id = if archive { Id::Archive } else { Id::Exchange };
    out.int32("AssociatedItemCount", 400 + mailbox.fact(56) % 3000);
    out.int32("DeletedItemCount", items / 1000 * (mailbox.fact(54) % 120));
    out.int32("ItemCount", items);
    out.size("TotalItemSize", Some(bytes));
    out.size("TotalDeletedItemSize", Some(deleted));
    out.size("SystemMessageSize", Some(mailbox.fact(57) % 5_000_000));
    out.int32("SystemMessageCount", mailbox.fact(57) % 600);
    out.text("DisplayName", &mailbox.display_name);
    out.guid("MailboxGuid", mailbox.id(id));
    out.guid("OwnerADGuid", mailbox.id(Id::Object));
    out.text("MailboxType", "Private");
    out.text("MailboxTypeDetail", detail(mailbox.kind));
    out.boolean("IsArchiveMailbox", archive);
    out.booleans([("IsQuarantined", false), ("IsAbandonedMoveDestination", false)]);
    let last = last_logon(mailbox);
    out.date("LastLogonTime", last, Zone::Local);
    out.date("LastLogoffTime", None, Zone::Local);
    out.date("LastInteractionTime", last.map(|time| time - 3600), Zone::Local);
    out.date("LastUserActionTime", last.map(|time| time - 7200), Zone::Local);
    out.nulls(["DisconnectDate", "DisconnectReason", "StorageLimitStatus"]);
    out.text("ServerName", &format!("AM{}PR02MB{:04}", mailbox.fact(30) % 9, mailbox.fact(30) / 9 % 9000));
    let number = mailbox.fact(30);
    out.text("DatabaseName", &format!("EURPR02DG{:03}-db{:03}", number % 400, number / 400 % 90));
    out.size("DatabaseIssueWarningQuota", Some(49 * GIB));
    out.size("DatabaseProhibitSendQuota", Some(49 * GIB + GIB / 2));
    out.size("DatabaseProhibitSendReceiveQuota", Some(50 * GIB));
    out.text("MessageTableTotalSize", &crate::rows::size_text(bytes / 3));
    out.text("AttachmentTableTotalSize", &crate::rows::size_text(bytes / 2));
    out.guid(
        "ExternalDirectoryOrganizationId",
        crate::guid::Guid::parse(&mailbox.tenant().id).unwrap_or(mailbox.id(Id::Object)),
    );
    out.guid("Identity", mailbox.id(id));
    out.boolean("IsValid", true);
    out.text("ObjectState", "Unchanged");
}

/// Seconds since 1970 of the last logon; a few never logged on, some long ago.
fn last_logon(mailbox: &Mailbox<'_>) -> Option<i64> {
    const NEWEST: i64 = 1_793_000_000;
    let days = match mailbox.fact(58) % 100 {
        0..3 => return None,
        3..15 => 90 + mailbox.fact(59) % 900,
        _ => mailbox.fact(59) % 30,
    };
    let within = mailbox.fact(60) % 86_400;
    i64::try_from(days * 86_400 + within).ok().map(|ago| NEWEST - ago)
}

const fn detail(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "UserMailbox",
        Kind::Shared => "SharedMailbox",
        Kind::Room => "RoomMailbox",
        Kind::Equipment => "EquipmentMailbox",
    }
}
