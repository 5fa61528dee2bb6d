//! A mailbox as it is now: what the seed made of it, and what was changed since.

use std::collections::HashMap;

use super::Call;
use super::set_mailbox::{Changes, Field, Overlay};
use crate::cmdlet_error::CmdletError;
use crate::filter::Filter;
use crate::population::{Forwarding, Id, Mailbox, Population};

/// A mailbox with what was changed since.
pub(super) struct View<'a> {
    pub(super) mailbox: Mailbox<'a>,
    pub(super) changes: Option<&'a Changes>,
}

impl<'a> View<'a> {
    pub(super) fn of(people: Population<'a>, position: u64, changes: &'a HashMap<u64, Changes>) -> Self {
        Self { mailbox: people.at(position), changes: changes.get(&position) }
    }

    pub(super) fn display_name(&self) -> &str {
        let changed = self.changes.and_then(|changes| changes.display_name.as_deref());
        changed.unwrap_or(&self.mailbox.display_name)
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.changes.and_then(|c| c.hidden).unwrap_or_else(|| self.mailbox.is_one_in(25, 20))
    }

    pub(super) fn is_on_hold(&self) -> bool {
        self.changes.and_then(|c| c.hold).unwrap_or_else(|| self.mailbox.is_one_in(60, 21))
    }

    pub(super) fn delivers_and_forwards(&self) -> bool {
        let forwards = self.mailbox.forwarding() != Forwarding::None;
        let by_nature = forwards && self.mailbox.fact(22).is_multiple_of(3);
        self.changes.and_then(|changes| changes.deliver).unwrap_or(by_nature)
    }

    pub(super) fn forwarding(&self) -> (Option<String>, Option<String>) {
        let (recipient, address) = match self.mailbox.forwarding() {
            Forwarding::None => (None, None),
            Forwarding::Recipient(name) => (Some(name), None),
            Forwarding::Address(address) => (None, Some(address)),
        };
        let changed = |pick: fn(&Changes) -> &Field, by_nature| {
            self.changes.map_or(Field::Kept, |changes| pick(changes).clone()).or(by_nature)
        };
        (
            changed(|changes| &changes.forwarding_address, recipient),
            changed(|changes| &changes.forwarding_smtp_address, address),
        )
    }

    pub(super) fn addresses(&self) -> Vec<String> {
        Overlay::addresses(&self.mailbox, self.changes)
    }

    /// The text of a property that `Filter` may name; none if it is null.
    pub(super) fn property(&self, name: &str) -> Option<String> {
        let mailbox = &self.mailbox;
        let flag = |on: bool| Some(if on { "True" } else { "False" }.to_owned());
        match name {
            "alias" => Some(mailbox.alias.clone()),
            "name" | "identity" | "id" => Some(mailbox.name()),
            "displayname" => Some(self.display_name().to_owned()),
            "userprincipalname" | "primarysmtpaddress" | "windowsemailaddress" => Some(mailbox.address()),
            "recipienttypedetails" => Some(mailbox.kind.name().to_owned()),
            "recipienttype" => Some("UserMailbox".to_owned()),
            "forwardingaddress" => self.forwarding().0,
            "forwardingsmtpaddress" => self.forwarding().1,
            "delivertomailboxandforward" => flag(self.delivers_and_forwards()),
            "litigationholdenabled" => flag(self.is_on_hold()),
            "hiddenfromaddresslistsenabled" => flag(self.is_hidden()),
            "archivestatus" => Some(archive_status(mailbox.has_archive()).to_owned()),
            "exchangeguid" => Some(mailbox.id(Id::Exchange).to_string()),
            "externaldirectoryobjectid" => Some(mailbox.id(Id::Directory).to_string()),
            "guid" => Some(mailbox.id(Id::Object).to_string()),
            _ => None,
        }
    }
}

impl Call<'_> {
    /// Refuses to change a mailbox that is outside the write scope of all that allows the cmdlet.
    pub(super) fn may_change(&self, position: u64) -> Result<(), CmdletError> {
        let Some(filters) = &self.filters else { return Ok(()) };
        let changes = self.world.overlay.snapshot();
        let view = View::of(self.people(), position, &changes);
        let passes = |text: &String| Filter::parse(text).is_ok_and(|filter| filter.takes(|name| view.property(name)));
        if filters.iter().any(passes) {
            return Ok(());
        }
        Err(CmdletError::out_of_scope(&view.mailbox.name()))
    }
}

pub(super) const fn archive_status(has: bool) -> &'static str {
    if has { "Active" } else { "None" }
}
