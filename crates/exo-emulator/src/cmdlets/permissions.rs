//! `Get-MailboxPermission` and `Get-RecipientPermission`.

use serde_json::{Value, json};

use super::{Call, Output, Short, Table};
use crate::cmdlet_error::CmdletError;
use crate::parameters::{Declared, Type};
use crate::population::{Mailbox, Population};
use crate::rows::Row;

pub(super) const MAILBOX: Declared = &[
    ("Identity", Type::Text),
    ("User", Type::Text),
    ("Owner", Type::Switch),
    ("GroupMailbox", Type::Switch),
    ("IncludeSoftDeletedUserPermissions", Type::Switch),
    ("IncludeUnresolvedPermissions", Type::Switch),
    ("IncludeUserWithDisplayName", Type::Switch),
    ("ReadFromDomainController", Type::Switch),
    ("ResultSize", Type::ResultSize),
    ("SoftDeletedMailbox", Type::Switch),
];

pub(super) const RECIPIENT: Declared = &[
    ("Identity", Type::Text),
    ("Trustee", Type::Text),
    ("AccessRights", Type::Names(&["SendAs"])),
    ("IncludeTrusteeWithPrimarySmtpAddress", Type::Switch),
    ("ReadFromDomainController", Type::Switch),
    ("ResultSize", Type::ResultSize),
];

const SELF: &str = "NT AUTHORITY\\SELF";
/// Topics of the facts that say who was given what.
const FULL_ACCESS: u64 = 70;
const SEND_AS: u64 = 71;

/// One entry of a mailbox's list.
struct Entry {
    user: String,
    rights: &'static str,
    inherited: bool,
    denied: bool,
}

impl Entry {
    fn own(user: impl Into<String>, rights: &'static str) -> Self {
        Self { user: user.into(), rights, inherited: false, denied: false }
    }

    fn inherited(user: &str, rights: &'static str, denied: bool) -> Self {
        Self { user: format!("EURPR02A001\\{user}"), rights, inherited: true, denied }
    }
}

fn entries(mailbox: &Mailbox<'_>) -> Vec<Entry> {
    const ALL: &str = "FullAccess, DeleteItem, ReadPermission, ChangePermission, ChangeOwner";
    let mut entries = vec![Entry::own(SELF, "FullAccess, ReadPermission")];
    let people = mailbox.people;
    for position in mailbox.delegates(FULL_ACCESS) {
        entries.push(Entry::own(people.at(position).address(), "FullAccess"));
    }
    if mailbox.is_one_in(35, 72) {
        // Somebody who is no longer there.
        let account = 1_000_000 + mailbox.fact(73) % 40_000_000;
        let sid = format!("S-1-5-21-2034581724-1284409351-3912887463-{account}");
        entries.push(Entry::own(sid, "FullAccess"));
    }
    if mailbox.is_one_in(90, 74) {
        let other = people.at(mailbox.fact(75) % people.count().max(1));
        entries.push(Entry { denied: true, ..Entry::own(other.address(), "FullAccess") });
    }
    entries.extend([
        Entry::inherited("Domain Admins", "FullAccess", true),
        Entry::inherited("Enterprise Admins", "FullAccess", true),
        Entry::inherited("Organization Management", "FullAccess", true),
        Entry { user: "NT AUTHORITY\\SYSTEM".to_owned(), inherited: true, ..Entry::own("", "FullAccess") },
        Entry { user: "NT AUTHORITY\\NETWORK SERVICE".to_owned(), inherited: true, ..Entry::own("", "ReadPermission") },
        Entry::inherited("Exchange Servers", "FullAccess, ReadPermission", false),
        Entry::inherited("Exchange Trusted Subsystem", ALL, false),
        Entry::inherited("Managed Availability Servers", "ReadPermission", false),
    ]);
    entries
}

/// One mailbox's entries, all of them.
pub(super) fn mailbox<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let mailbox = call.mailbox()?;
    let name = mailbox.name();
    if call.parameters.switch("Owner") {
        let write = move |_, out: &mut Row<'_>| out.texts([("Identity", &name), ("Owner", SELF)]);
        return Ok(Output::Rows(Box::new(Short { rows: vec![0], write })));
    }
    let mut entries = entries(&mailbox);
    if let Some(user) = call.parameters.text("User") {
        let address = call.people().find(user).map(|position| call.people().at(position).address());
        let wanted = address.as_deref().unwrap_or(user);
        entries.retain(|entry| entry.user.eq_ignore_ascii_case(wanted));
    }
    let rows = (0..entries.len() as u64).collect();
    let write = move |number: u64, out: &mut Row<'_>| {
        let Some(entry) = usize::try_from(number).ok().and_then(|n| entries.get(n)) else { return };
        out.list("AccessRights", &[entry.rights]);
        out.boolean("Deny", entry.denied);
        out.text("InheritanceType", "All");
        out.text("Identity", &name);
        out.text("User", &entry.user);
        out.boolean("IsInherited", entry.inherited);
        out.boolean("IsValid", true);
        out.text("ObjectState", "Unchanged");
    };
    Ok(Output::Rows(Box::new(Short { rows, write })))
}

/// One mailbox's entries by who holds them, as they are read by noun.
pub(crate) fn groups(call: &Call<'_>) -> Result<Vec<Value>, CmdletError> {
    let mailbox = call.mailbox()?;
    let entries = entries(&mailbox);
    let mut rows: Vec<(&str, Vec<Value>)> = Vec::new();
    for entry in &entries {
        let one = json!({
            "AccessRights": [entry.rights], "IsInherited": entry.inherited, "Deny": entry.denied,
            "InheritanceType": "All",
        });
        match rows.iter_mut().find(|(user, _)| *user == entry.user) {
            Some((_, list)) => list.push(one),
            None => rows.push((&entry.user, vec![one])),
        }
    }
    let name = mailbox.name();
    let row = |(user, list): (&str, Vec<Value>)| {
        let id = format!("{name}\\{user}");
        json!({"PermissionId": id, "MailboxIdentity": name, "User": user, "IsOwner": false, "PermissionList": list})
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Who may send as whom, for the whole tenant or one recipient.
pub(super) fn recipient<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let only = match call.parameters.identity() {
        Some(_) => Some(call.mailbox()?.position),
        None => None,
    };
    let trustee = call.parameters.text("Trustee").map(|trustee| {
        let found = call.people().find(trustee);
        found.map_or_else(|| trustee.to_owned(), |position| call.people().at(position).address())
    });
    Ok(Output::Rows(Box::new(SendAs { people: call.people(), only, trustee })))
}

struct SendAs<'a> {
    people: Population<'a>,
    only: Option<u64>,
    trustee: Option<String>,
}

impl SendAs<'_> {
    fn trustees(&self, mailbox: &Mailbox<'_>) -> Vec<String> {
        let mut trustees = vec![SELF.to_owned()];
        let given = mailbox.delegates(SEND_AS).into_iter();
        trustees.extend(given.map(|position| self.people.at(position).address()));
        if let Some(wanted) = &self.trustee {
            trustees.retain(|trustee| trustee.eq_ignore_ascii_case(wanted));
        }
        trustees
    }

    fn mailbox(&self, unit: u64) -> Mailbox<'_> {
        self.people.at(self.only.unwrap_or(unit))
    }
}

impl Table for SendAs<'_> {
    fn units(&self) -> u64 {
        if self.only.is_some() { 1 } else { self.people.count() }
    }

    fn rows(&self, unit: u64) -> u64 {
        self.trustees(&self.mailbox(unit)).len() as u64
    }

    fn write(&self, unit: u64, row: u64, out: &mut Row<'_>) {
        let mailbox = self.mailbox(unit);
        let trustees = self.trustees(&mailbox);
        let Some(trustee) = usize::try_from(row).ok().and_then(|row| trustees.get(row)) else { return };
        out.text("Identity", &mailbox.name());
        out.text("Trustee", trustee);
        out.text("AccessControlType", "Allow");
        out.list("AccessRights", &["SendAs"]);
        out.boolean("IsInherited", false);
        out.text("InheritanceType", "None");
        let sid = if trustee == SELF {
            "S-1-5-10".to_owned()
        } else {
            format!("S-1-5-21-2034581724-1284409351-3912887463-{}", 1000 + mailbox.fact(76) % 9_000_000)
        };
        out.text("TrusteeSidString", &sid);
        out.boolean("IsValid", true);
        out.text("ObjectState", "Unchanged");
    }
}
