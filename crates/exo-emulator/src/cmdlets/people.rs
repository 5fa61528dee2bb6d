//! People beside their mailboxes: `Get-User`, `Get-InboxRule`, and photos.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::view::View;
use super::{Call, Output, Short, mailbox};
use crate::cmdlet_error::CmdletError;
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

/// Topic of the facts about people.
const RULE: u64 = 151;

pub(super) fn users<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    mailbox::read(call, write_user)
}

pub(super) fn write_user(view: &View<'_>, out: &mut Row<'_>) {
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
    call.may_change(mailbox.position)?;
    if call.asks_only() {
        return Ok(Output::Confirm(format!("Setting the photo of \"{}\".", mailbox.name())));
    }
    call.world.photos.0.lock().unwrap_or_else(PoisonError::into_inner).insert(mailbox.position, photo.to_vec());
    Ok(Output::Done)
}
