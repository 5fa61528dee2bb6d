//! `Set-Mailbox`, and what it changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Call, Output};
use crate::cmdlet_error::CmdletError;
use crate::parameters::{Change, Declared, Parameters, Type};
use crate::population::{Kind, Mailbox};

pub(super) const PARAMETERS: Declared = &[
    ("Identity", Type::Text),
    ("Confirm", Type::Switch),
    ("DeliverToMailboxAndForward", Type::Switch),
    ("DisplayName", Type::Text),
    ("EmailAddresses", Type::Many),
    ("Force", Type::Switch),
    ("ForwardingAddress", Type::Text),
    ("ForwardingSmtpAddress", Type::Text),
    ("GrantSendOnBehalfTo", Type::Many),
    ("HiddenFromAddressListsEnabled", Type::Switch),
    ("LitigationHoldEnabled", Type::Switch),
    ("Password", Type::Secret),
    ("RoomMailboxPassword", Type::Secret),
    ("WhatIf", Type::Switch),
];

/// A property of one value, as a change leaves it.
#[derive(Clone, Debug, Default)]
pub(super) enum Field {
    #[default]
    Kept,
    Cleared,
    Set(String),
}

impl Field {
    /// The value, given what it is when nothing was changed.
    pub(super) fn or(self, by_nature: Option<String>) -> Option<String> {
        match self {
            Self::Kept => by_nature,
            Self::Cleared => None,
            Self::Set(value) => Some(value),
        }
    }
}

/// What was changed on one mailbox.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    pub(super) display_name: Option<String>,
    pub(super) hidden: Option<bool>,
    pub(super) hold: Option<bool>,
    pub(super) deliver: Option<bool>,
    pub(super) forwarding_address: Field,
    pub(super) forwarding_smtp_address: Field,
    addresses: Option<Vec<String>>,
    password: Option<Hidden>,
    on_behalf: Option<Vec<String>>,
}

impl Changes {
    /// Who may send on behalf of the mailbox, if that was changed.
    pub(super) fn on_behalf(&self) -> Option<&[String]> {
        self.on_behalf.as_deref()
    }
}

/// A text that is in no output.
#[derive(Clone)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Everything that was changed since the tenant started; usually nothing.
#[derive(Debug, Default)]
pub(crate) struct Overlay(Mutex<Arc<HashMap<u64, Changes>>>);

impl Overlay {
    /// The changes as they are now.
    pub(super) fn snapshot(&self) -> Arc<HashMap<u64, Changes>> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, position: u64, changes: Changes) {
        let mut overlay = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut overlay).insert(position, changes);
    }

    /// The password that a mailbox was given.
    pub(crate) fn password(&self, position: u64) -> Option<String> {
        self.snapshot().get(&position)?.password.clone().map(|Hidden(text)| text)
    }

    /// The proxy addresses of a mailbox.
    pub(super) fn addresses(mailbox: &Mailbox<'_>, changes: Option<&Changes>) -> Vec<String> {
        if let Some(addresses) = changes.and_then(|changes| changes.addresses.clone()) {
            return addresses;
        }
        let initial = &mailbox.tenant().initial_domain;
        let mut addresses = vec![format!("SMTP:{}", mailbox.address()), format!("smtp:{}@{initial}", mailbox.alias)];
        if mailbox.kind == Kind::User {
            addresses.push(format!("SIP:{}", mailbox.address()));
        }
        addresses
    }
}

pub(super) fn run<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let mailbox = call.mailbox()?;
    call.may_change(mailbox.position)?;
    let overlay = &call.world.overlay;
    let mut changes = overlay.snapshot().get(&mailbox.position).cloned().unwrap_or_default();
    apply(call, &mailbox, &mut changes)?;
    if call.asks_only() {
        return Ok(Output::Confirm(format!("Setting mailbox Identity:\"{}\".", mailbox.name())));
    }
    overlay.keep(mailbox.position, changes);
    Ok(Output::Done)
}

fn apply(call: &Call<'_>, mailbox: &Mailbox<'_>, changes: &mut Changes) -> Result<(), CmdletError> {
    let parameters = call.parameters;
    if let Some(name) = parameters.text("DisplayName") {
        changes.display_name = Some(name.to_owned());
    }
    let flag = |name: &str, kept: &mut Option<bool>| {
        if let Some(on) = parameters.switch_if_given(name) {
            *kept = Some(on);
        }
    };
    flag("HiddenFromAddressListsEnabled", &mut changes.hidden);
    flag("LitigationHoldEnabled", &mut changes.hold);
    flag("DeliverToMailboxAndForward", &mut changes.deliver);
    if parameters.has("ForwardingAddress") {
        changes.forwarding_address = recipient(call)?;
    }
    if parameters.has("ForwardingSmtpAddress") {
        changes.forwarding_smtp_address = smtp_address(parameters)?;
    }
    for name in ["Password", "RoomMailboxPassword"] {
        if let Some(sealed) = parameters.text(name) {
            let unreadable = || CmdletError::transformation(name, "(hidden)");
            changes.password = Some(Hidden(call.world.secure_text.open(sealed).ok_or_else(unreadable)?));
        }
    }
    // What an empty array does is a setting.
    let changes_nothing =
        |change: &&Change| **change == Change::Replace(Vec::new()) && !call.world.tenant.unsettled.empty_array_clears;
    if let Some(change) = parameters.change("GrantSendOnBehalfTo").filter(|change| !changes_nothing(change)) {
        changes.on_behalf = Some(people(call, changes.on_behalf.take().unwrap_or_default(), change)?);
    }
    if let Some(change) = parameters.change("EmailAddresses").filter(|change| !changes_nothing(change)) {
        let now = Overlay::addresses(mailbox, Some(changes));
        changes.addresses = Some(changed(call, mailbox, now, change)?);
    }
    Ok(())
}

/// A changed list of recipients, by their names.
fn people(call: &Call<'_>, mut now: Vec<String>, change: &Change) -> Result<Vec<String>, CmdletError> {
    let name = |text: &String| {
        let position = call.people().find(text).ok_or_else(|| CmdletError::not_found(text))?;
        Ok::<_, CmdletError>(call.people().at(position).name())
    };
    let names = |list: &[String]| list.iter().map(name).collect::<Result<Vec<_>, _>>();
    match change {
        Change::Clear => return Ok(Vec::new()),
        Change::Replace(all) => return names(all),
        Change::Delta { add, remove } => {
            let gone = names(remove)?;
            now.retain(|known| !gone.contains(known));
            for added in names(add)? {
                if !now.contains(&added) {
                    now.push(added);
                }
            }
        }
    }
    Ok(now)
}

fn recipient(call: &Call<'_>) -> Result<Field, CmdletError> {
    let Some(target) = call.parameters.text("ForwardingAddress") else { return Ok(Field::Cleared) };
    let position = call.people().find(target).ok_or_else(|| CmdletError::not_found(target))?;
    Ok(Field::Set(call.people().at(position).name()))
}

fn smtp_address(parameters: &Parameters) -> Result<Field, CmdletError> {
    let Some(target) = parameters.text("ForwardingSmtpAddress") else { return Ok(Field::Cleared) };
    let address = target.strip_prefix("smtp:").unwrap_or(target);
    if address.split_once('@').is_none_or(|(local, domain)| local.is_empty() || domain.is_empty()) {
        return Err(CmdletError::transformation("ForwardingSmtpAddress", target));
    }
    Ok(Field::Set(format!("smtp:{address}")))
}

fn changed(
    call: &Call<'_>,
    mailbox: &Mailbox<'_>,
    mut now: Vec<String>,
    change: &Change,
) -> Result<Vec<String>, CmdletError> {
    let (added, removed) = match change {
        Change::Clear => return Ok(vec![format!("SMTP:{}", mailbox.address())]),
        Change::Replace(all) => (all, &Vec::new()),
        Change::Delta { add, remove } => (add, remove),
    };
    for address in added {
        let bare = address.split_once(':').map_or(address.as_str(), |(_, bare)| bare);
        if call.people().find(bare).is_some_and(|owner| owner != mailbox.position) {
            return Err(CmdletError::exists(address));
        }
    }
    if matches!(change, Change::Replace(_)) {
        return Ok(added.clone());
    }
    now.retain(|known| !removed.iter().any(|gone| gone.eq_ignore_ascii_case(known)));
    for address in added {
        if !now.iter().any(|known| known.eq_ignore_ascii_case(address)) {
            now.push(address.clone());
        }
    }
    Ok(now)
}
