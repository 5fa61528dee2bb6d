//! People beside their mailboxes: `Get-User`, `Get-RoleGroup`, `Get-RoleGroupMember`, `Get-InboxRule`, and photos.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::view::View;
use super::{Call, Output, Short, mailbox, short};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::parameters::{Declared, Type};
use crate::population::Id;
use crate::rows::Row;

pub(super) const USERS: Declared = &[
    ("Identity", Type::Text),
    ("Anr", Type::Text),
    ("Filter", Type::Text),
    ("RecipientTypeDetails", Type::Names(mailbox::TYPES)),
    ("ResultSize", Type::ResultSize),
    ("SortBy", Type::Text),
];
pub(super) const GROUPS: Declared =
    &[("Identity", Type::Text), ("Filter", Type::Text), ("ResultSize", Type::ResultSize)];
pub(super) const MEMBERS: Declared = &[("Identity", Type::Text), ("ResultSize", Type::ResultSize)];
pub(super) const RULES: Declared = &[
    ("Identity", Type::Text),
    ("BypassScopeCheck", Type::Switch),
    ("IncludeHidden", Type::Switch),
    ("Mailbox", Type::Text),
    ("ResultSize", Type::ResultSize),
];
pub(super) const PHOTO: Declared = &[
    ("Identity", Type::Text),
    ("Confirm", Type::Switch),
    ("PictureData", Type::Bytes),
    ("Save", Type::Switch),
    ("WhatIf", Type::Switch),
];

/// The groups that every tenant has.
const ROLE_GROUPS: [&str; 5] = [
    "Organization Management",
    "Recipient Management",
    "View-Only Organization Management",
    "Compliance Management",
    "Security Reader",
];
/// Topics of the facts about people.
const MEMBER: u64 = 150;
const RULE: u64 = 151;

pub(super) fn users<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    mailbox::read(call, write_user)
}

fn write_user(view: &View<'_>, out: &mut Row<'_>) {
    let mailbox = &view.mailbox;
    let (name, address) = (mailbox.name(), mailbox.address());
    out.texts([("Identity", &name), ("Id", &name), ("Name", &name), ("DisplayName", view.display_name())]);
    let (first, last) = mailbox.display_name.split_once(' ').unwrap_or((&mailbox.display_name, ""));
    out.texts([("FirstName", first), ("LastName", last), ("UserPrincipalName", &address)]);
    out.texts([("WindowsEmailAddress", &address), ("Department", ""), ("Office", ""), ("Title", "")]);
    out.text("RecipientType", "UserMailbox");
    out.text("RecipientTypeDetails", mailbox.kind.name());
    out.lazy("ExternalDirectoryObjectId", || mailbox.id(Id::Directory).to_string());
    out.booleans([("AccountDisabled", mailbox.is_one_in(30, 152)), ("IsDirSynced", false)]);
    out.guid("Guid", mailbox.id(Id::Object));
    out.dates("WhenCreated", "WhenCreatedUTC", mailbox.created());
    out.boolean("IsValid", true);
}

pub(super) fn role_groups<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let names = |number: usize| ROLE_GROUPS.get(number).map(|name| (*name).to_owned()).into_iter().collect();
    short(call, ROLE_GROUPS.len(), names, |number, out| {
        let Some(name) = usize::try_from(number).ok().and_then(|n| ROLE_GROUPS.get(n)) else { return };
        out.texts([("Name", name), ("DisplayName", name), ("Identity", name), ("Description", "")]);
        out.guid("Guid", Guid::hashed(MEMBER, number));
        out.boolean("IsValid", true);
    })
}

/// The members of a role group: a few people, by chance.
pub(super) fn role_group_members<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.parameters.identity().ok_or_else(|| CmdletError::missing("Identity"))?;
    let number = ROLE_GROUPS.iter().position(|name| name.eq_ignore_ascii_case(identity));
    let number = number.ok_or_else(|| CmdletError::not_found(identity))? as u64;
    let people = call.people();
    let all = people.count();
    let count = (1 + people.fact(MEMBER, number) % 4).min(all);
    let rows = (0..count).map(|place| (people.fact(MEMBER, number) / 4 + place) % all.max(1)).collect();
    let changes = call.world.overlay.snapshot();
    let write = move |position: u64, out: &mut Row<'_>| write_user(&View::of(people, position, &changes), out);
    Ok(Output::Rows(Box::new(Short { rows, write })))
}

/// The rules of one mailbox, some of which send mail away.
pub(super) fn inbox_rules<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let named = call.parameters.text("Mailbox").or_else(|| call.parameters.identity());
    let owner = named.ok_or_else(|| CmdletError::missing("Mailbox"))?;
    let position = call.people().find(owner).ok_or_else(|| CmdletError::not_found(owner))?;
    let mailbox = call.people().at(position);
    let rows = (0..mailbox.fact(RULE) % 4).collect();
    let write = move |number: u64, out: &mut Row<'_>| {
        let id = 15_394_007_230_974_001_153 + mailbox.fact(RULE) % 1_000_000 + number;
        out.text("Identity", &format!("{}\\{id}", mailbox.name()));
        out.number("RuleIdentity", id);
        out.text("Name", &format!("Rule {}", number + 1));
        out.text("MailboxOwnerId", &mailbox.name());
        out.int32("Priority", number + 1);
        out.boolean("Enabled", !mailbox.is_one_in(5, RULE));
        let away = mailbox.is_one_in(20, RULE + 1) && number == 0;
        let target = format!("\"drop@example.net\" [SMTP:drop@example.net {}]", mailbox.position);
        if away {
            out.list("ForwardTo", &[target]);
        } else {
            out.null("ForwardTo");
        }
        out.nulls(["RedirectTo", "ForwardAsAttachmentTo"]);
        out.booleans([("DeleteMessage", away), ("StopProcessingRules", true), ("InError", false)]);
        out.text("Description", "If the message:\r\n\tthe message was received\r\n");
        out.boolean("IsValid", true);
    };
    Ok(Output::Rows(Box::new(Short { rows, write })))
}

/// The photos that mailboxes were given since the tenant started.
#[derive(Debug, Default)]
pub(crate) struct Photos(Mutex<HashMap<u64, Vec<u8>>>);

impl Photos {
    /// The photo of a mailbox.
    pub(crate) fn of(&self, position: u64) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&position).cloned()
    }
}

pub(super) fn set_photo<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let mailbox = call.mailbox()?;
    let photo = call.parameters.bytes("PictureData").ok_or_else(|| CmdletError::missing("PictureData"))?;
    if call.parameters.switch("Confirm") || call.parameters.switch("WhatIf") {
        return Ok(Output::Confirm(format!("Setting the photo of \"{}\".", mailbox.name())));
    }
    call.world.photos.0.lock().unwrap_or_else(PoisonError::into_inner).insert(mailbox.position, photo.to_vec());
    Ok(Output::Done)
}
